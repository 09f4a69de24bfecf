//! What the author wrote, from YAML text to a linked program: `document` (one item as typed) → `parse` → `link` → [`Program`].
//! It knows nothing of conversations, and reads no files: texts come in, a program or a report goes out.

#![deny(clippy::disallowed_methods)]

mod evaluate;
mod expression;
mod hours;
mod phrase;
mod phrase_parse;
mod print;
mod program;
mod request;
mod scenario;
mod scope;
mod step;
mod template;
mod timetable;
mod words;

pub use expression::{Expr, FILTERS, FUNCTIONS, ROOTS};
pub use phrase::{Part, Phrase};
pub use phrase_parse::{PhraseError, parse_alternatives, parse_phrase};
pub use program::*;
pub use request::{Needs, Request, RequestError, needs, request};
pub use scenario::*;
pub use scope::{MASK, OUTPUT_CHARS_MAX, Scope, Slot};
pub use step::*;
pub use template::{Localized, Piece, Template, TemplateError, TemplateProblem, Text, ValueTemplate};
pub use words::{Before, DateWords, KindWords, SHIPPED, TimeWords, kind_words};
