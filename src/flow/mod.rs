//! What the author wrote, from YAML text to a linked program: `source` (files, lines) → `tree` (YAML with places) → `draft`
//! (items by name) → `read` and `document` (items as typed) → `link` → [`Program`] → `check`. All problems come at once, in a
//! [`Report`]. It knows nothing of conversations, and reads no files: texts come in, a program or a report goes out.

#![deny(clippy::disallowed_methods)]

mod builtin;
mod check;
mod document;
mod draft;
mod evaluate;
mod expression;
mod hearing;
mod hours;
mod kinds;
mod languages;
mod link;
mod load;
mod outline;
mod phrase;
mod phrase_parse;
pub(crate) mod print;
mod program;
mod read;
mod reply;
mod report;
mod request;
mod scenario;
mod schema;
mod scope;
mod source;
mod step;
mod synonyms;
mod template;
#[cfg(test)]
mod tests;
mod texts;
mod timetable;
mod translate;
mod traps;
mod tree;
mod words;

pub use check::plain_buttons;
pub use expression::{Expr, FILTERS, FUNCTIONS, ROOTS};
pub use hearing::{Cue, Hearing, Near, hearing};
pub use languages::check_language;
pub use load::{Loaded, load};
pub use outline::{Outline, Spot};
pub use phrase::{Part, Phrase};
pub use phrase_parse::{PhraseError, parse_alternatives, parse_phrase};
pub use program::*;
pub use reply::{AGENT, AGENT_NAME, Filled};
pub use report::{CODES, Excerpt, Problem, Report, Severity, advice};
pub use request::{Needs, Request, RequestError, needs, request};
pub use scenario::*;
pub use schema::schema;
pub use scope::{MASK, OUTPUT_CHARS_MAX, Scope, Slot, words as words_said};
pub use source::{SourceFile, near_name, sort_files};
pub use step::*;
pub use synonyms::{Counted, Synonym, Synonyms};
pub use template::{Localized, Piece, Template, TemplateError, TemplateProblem, Text, ValueTemplate};
pub use translate::{TextsError, Translated, texts};
pub use words::{Before, DateWords, EmailWords, KindWords, SHIPPED, TimeWords, kind_words};
