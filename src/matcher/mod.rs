//! Understanding: from a visitor's text to intents with a confidence, and to values. Compiled once from the linked program,
//! run once per message whatever the number of intents. It knows no conversation; what it needs of the moment is in [`Moment`].

#![deny(clippy::disallowed_methods)]

pub mod kinds;
mod understanding;

pub use understanding::*;

use crate::flow::Kind;

/// What the dialog asks of understanding. There is one real implementation; tests of the dialog script their own, so that they
/// do not depend on how well messages are understood.
pub trait Understand: std::fmt::Debug + Send + Sync {
    /// What a message may mean.
    fn understand(&self, text: &str, moment: &Moment) -> Understanding;

    /// The values of one kind in a text, as the answer to a question: for [`Kind::Text`] the whole text.
    fn values(&self, kind: &Kind, text: &str, moment: &Moment) -> Vec<Found>;

    /// Which of the offered options a typed text means; each has one or more spellings.
    fn choose(&self, options: &[Vec<String>], text: &str, moment: &Moment) -> Option<usize>;

    /// Whether a text begins as a correction does: "no, I meant …".
    fn is_correction(&self, text: &str) -> bool;
}
