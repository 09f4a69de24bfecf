//! What the phrases of a bot stand for, sentence by sentence, for those who examine a bot by its own words.

use crate::flow::{Phrase, Program};

use super::expand::Expander;

/// The sentences of a program's phrases, values and snippets filled in.
pub struct Wordings<'p>(Expander<'p>);

impl<'p> Wordings<'p> {
    /// Prepares what the phrases of the program refer to.
    pub fn new(program: &'p Program) -> Self {
        Self(Expander::new(&program.snippets, &program.entities))
    }

    /// The sentences that a phrase stands for: all where they are few, else a choice that depends on the phrase alone.
    pub fn of(&self, phrase: &Phrase) -> Vec<String> {
        self.0.sentences(phrase)
    }
}

impl std::fmt::Debug for Wordings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wordings").finish_non_exhaustive()
    }
}
