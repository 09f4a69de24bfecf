//! Text as the matcher sees it: folding, words and languages. There is one definition for rules and for messages, so that what
//! an author writes and what a visitor types meet in the same form. It knows nothing of bots.

#![deny(clippy::disallowed_methods)]

mod fold;
mod language;
mod skeleton;
mod words;

pub use fold::{fold, plain};
pub use language::language;
pub use words::{Word, Words};
pub(crate) use {
    fold::{is_apostrophe, is_invisible},
    language::{Told, is_little_word, language_of_words},
    skeleton::{Form, Skeletons, is_latin},
    words::is_unspaced,
};

#[cfg(test)]
mod tests;
