//! Understanding: from a visitor's text to intents with a confidence, and to values. Compiled once from the linked program,
//! run once per message whatever the number of intents. It knows no conversation; what it needs of the moment is in [`Moment`].

#![deny(clippy::disallowed_methods)]

mod understanding;

pub use understanding::*;
