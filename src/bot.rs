//! A bot, ready to talk: the linked program and the understanding compiled from it. Immutable; swapped whole on a reload.

#![deny(clippy::disallowed_methods)]

use std::sync::Arc;

use crate::flow::Program;
use crate::matcher::Understand;

/// A compiled bot.
#[derive(Debug)]
pub struct Bot {
    /// What it does.
    pub program: Arc<Program>,
    /// How it understands.
    pub matcher: Box<dyn Understand>,
    /// A hash of the files that it was made from, in hexadecimal digits; commits name it.
    pub version: String,
}

impl Bot {
    /// Puts a bot together.
    pub fn new(program: Program, matcher: Box<dyn Understand>, version: String) -> Self {
        Self { program: Arc::new(program), matcher, version }
    }
}
