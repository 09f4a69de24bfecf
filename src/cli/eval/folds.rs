//! Cross-validation: a bot examined by its own phrases. Each phrase is left out once and then asked about; whole intents are
//! left out in turn, and their phrases asked as strangers.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::bail;

use crate::bot::{Dealt, LeftOut, content_hash};
use crate::cli::eval::labelled::{Labelled, OUT_OF_SCOPE, Prediction, predict};
use crate::flow::Program;
use crate::id::IntentName;
use crate::matcher::Matcher;

/// Strangers are so much of all messages: one in so many. What real visitors bring differs from bot to bot.
const STRANGERS: usize = 5;

/// With fewer intents nothing can be told apart once one of them is hidden.
const INTENTS_MIN: usize = 3;

/// What came of it.
pub(super) struct Rehearsed {
    pub(super) predictions: Vec<Prediction>,
    pub(super) compile_seconds: f64,
    /// Intents of which nothing could be asked: they have one phrase only, or phrases that all say the same.
    pub(super) unasked: Vec<IntentName>,
}

/// Examines the program in so many parts.
///
/// # Errors
///
/// If it has no phrase that could be left out.
pub(super) fn rehearse(program: &Program, parts: usize, progress: &dyn Fn(usize, usize)) -> anyhow::Result<Rehearsed> {
    let left_out = LeftOut::deal(program, parts);
    let (asked, unasked): (Vec<&Dealt<'_>>, Vec<&Dealt<'_>>) =
        left_out.intents().iter().partition(|dealt| !dealt.sentences.is_empty());
    if asked.is_empty() {
        bail!("there is nothing to leave out: no intent has two phrases or more");
    }
    let mut unasked: Vec<IntentName> = unasked.iter().map(|dealt| dealt.intent.name.clone()).collect();
    unasked.sort();
    let groups = if asked.len() < INTENTS_MIN { 0 } else { parts.min(asked.len()) };
    let mut rehearsed = Rehearsed { predictions: Vec::new(), compile_seconds: 0.0, unasked };
    for part in 0..parts {
        progress(part, parts + groups);
        let own = left_out.asked(part).map(|(intent, sentence)| labelled(&sentence.text, intent.name.as_str()));
        rehearsed.ask(&left_out.without(part), own.collect());
    }
    let strangers = strangers(&asked, rehearsed.predictions.len() / (STRANGERS - 1));
    for group in 0..groups {
        progress(parts + group, parts + groups);
        let hidden: BTreeSet<&IntentName> =
            asked.iter().skip(group).step_by(groups).map(|dealt| &dealt.intent.name).collect();
        let mut without = program.clone();
        without.intents.retain(|name, _| !hidden.contains(name));
        let own = strangers.iter().filter(|(intent, _)| intent % groups == group);
        rehearsed.ask(&without, own.map(|(_, text)| labelled(text, OUT_OF_SCOPE)).collect());
    }
    Ok(rehearsed)
}

/// So many sentences of all intents, chosen by their content, each with the number of its intent.
fn strangers<'s>(asked: &[&'s Dealt<'_>], wanted: usize) -> Vec<(usize, &'s str)> {
    let of = |(number, dealt): (usize, &&'s Dealt<'_>)| {
        let sentences: &'s [_] = &dealt.sentences;
        sentences.iter().map(move |sentence| (number, sentence.text.as_str()))
    };
    let mut strangers: Vec<(usize, &str)> = asked.iter().enumerate().flat_map(of).collect();
    strangers.sort_by_cached_key(|(_, text)| content_hash(text));
    strangers.truncate(wanted.max(1));
    strangers
}

impl Rehearsed {
    fn ask(&mut self, program: &Program, asked: Vec<Labelled>) {
        if asked.is_empty() {
            return;
        }
        let started = Instant::now();
        let matcher = Matcher::compile(program);
        self.compile_seconds += started.elapsed().as_secs_f64();
        self.predictions.extend(predict(&matcher, program, &BTreeSet::new(), asked));
    }
}

fn labelled(text: &str, expected: &str) -> Labelled {
    Labelled { text: text.to_owned(), expected: expected.to_owned() }
}
