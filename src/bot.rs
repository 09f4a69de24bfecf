//! A bot, ready to talk: the linked program and the understanding compiled from it. Immutable; swapped whole on a reload.

#![deny(clippy::disallowed_methods)]

mod confusable;
mod left_out;

use std::sync::Arc;

use crate::flow::{At, Flow, Op, Program, Text, Trigger};
use crate::id::FlowName;
use crate::matcher::{Matcher, Moment, Understand};
use crate::time::Time;

pub use confusable::Confusable;
pub use left_out::{Dealt, LeftOut, Sentence, content_hash};

/// A compiled bot.
#[derive(Debug)]
pub struct Bot {
    /// What it does.
    pub program: Arc<Program>,
    /// How it understands.
    pub matcher: Box<dyn Understand>,
    /// What starts a flow beside an intent, in the order of the flows: there are few, also in a bot of many answers.
    pub starts: Vec<(Trigger, FlowName)>,
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
        let triggers = |flow: &Flow| flow.start_on.iter().map(|on| (on.clone(), flow.name.clone())).collect::<Vec<_>>();
        let starts = program.flows.values().flat_map(triggers);
        let starts = starts.filter(|(trigger, _)| !matches!(trigger, Trigger::Intent(_))).collect();
        Self { program: Arc::new(program), matcher, starts, version }
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
