//! A bot, ready to talk: the linked program and the understanding compiled from it. Immutable; swapped whole on a reload.

#![deny(clippy::disallowed_methods)]

use std::sync::Arc;

use crate::flow::{At, Op, Program, Text};
use crate::matcher::{Matcher, Moment, Understand};
use crate::time::Time;

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
    /// Compiles the matcher of a linked program.
    pub fn compile(program: Program, version: String) -> Self {
        let matcher = Matcher::compile(&program);
        Self::new(program, Box::new(matcher), version)
    }

    /// Puts a bot together.
    pub fn new(program: Program, matcher: Box<dyn Understand>, version: String) -> Self {
        Self { program: Arc::new(program), matcher, version }
    }

    /// Plain-text buttons that no intent surely understands: a press on one is a miss. Each with its place and label.
    pub fn unheard_buttons(&self) -> Vec<(At, String)> {
        let moment = Moment { now: Time::default(), language: self.program.default_language().clone() };
        let heard = |label: &str| {
            let understanding = self.matcher.understand(label, &moment);
            let best = understanding.ranked.iter().map(|ranked| ranked.confidence);
            let built_in = understanding.builtin.values().map(|heard| heard.confidence);
            best.chain(built_in).any(|confidence| confidence >= self.program.fallback.sure)
        };
        let mut unheard = Vec::new();
        for step in self.program.flows.values().flat_map(|flow| &flow.code) {
            let Op::Say(say) = &step.op else { continue };
            for label in say.buttons.iter().flat_map(Text::templates) {
                // A label with an expression is known only when it is said.
                if label.expressions().next().is_none() && !heard(&label.source) {
                    unheard.push((label.at.clone(), label.source.clone()));
                }
            }
        }
        unheard
    }
}
