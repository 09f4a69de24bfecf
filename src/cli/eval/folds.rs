//! Cross-validation: a bot examined by its own phrases. Each phrase is left out once and then asked about; whole intents are
//! left out in turn, and their phrases asked as strangers. Nothing depends on the order of files, intents or phrases.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::bail;
use sha2::{Digest, Sha256};

use crate::cli::eval::labelled::{Labelled, OUT_OF_SCOPE, Prediction, predict};
use crate::flow::{Intent, Program};
use crate::id::IntentName;
use crate::matcher::{Matcher, Wordings};
use crate::text::Words;

/// A phrase is asked in at most so many of its sentences, so that one with many options does not outweigh the others.
const SENTENCES_MAX: usize = 3;

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

/// The phrases of one intent that may be left out, each with its fold and the sentences to ask.
struct Folded<'p> {
    intent: &'p Intent,
    /// For each phrase of the intent its fold; none for what is never left out.
    folds: Vec<Option<usize>>,
    /// Fold and sentence.
    sentences: Vec<(usize, String)>,
}

/// Examines the program in so many folds.
///
/// # Errors
///
/// If it has no phrase that could be left out.
pub(super) fn rehearse(program: &Program, folds: usize, progress: &dyn Fn(usize, usize)) -> anyhow::Result<Rehearsed> {
    let wordings = Wordings::new(program);
    let own = program.intents.values().filter(|intent| intent.phrases.iter().any(|phrase| !phrase.is_built_in()));
    let mut intents: Vec<Folded<'_>> = own.map(|intent| fold(intent, &wordings, folds)).collect();
    intents.sort_by_cached_key(|folded| hash(folded.intent.name.as_str()));
    let mut unasked: Vec<IntentName> =
        intents.iter().filter(|folded| folded.sentences.is_empty()).map(|folded| folded.intent.name.clone()).collect();
    unasked.sort();
    intents.retain(|folded| !folded.sentences.is_empty());
    if intents.is_empty() {
        bail!("there is nothing to leave out: no intent has two phrases or more");
    }
    let groups = if intents.len() < INTENTS_MIN { 0 } else { folds.min(intents.len()) };
    let mut rehearsed = Rehearsed { predictions: Vec::new(), compile_seconds: 0.0, unasked };
    for number in 0..folds {
        progress(number, folds + groups);
        let left_out = |folded: &Folded<'_>, phrase: usize| folded.folds[phrase] == Some(number);
        let asked = intents.iter().flat_map(|folded| {
            let sentences = folded.sentences.iter().filter(|(fold, _)| *fold == number);
            sentences.map(|(_, text)| labelled(text, folded.intent.name.as_str()))
        });
        rehearsed.ask(&reduced(program, &intents, left_out), asked.collect());
    }
    let wanted = rehearsed.predictions.len() / (STRANGERS - 1);
    let mut strangers: Vec<(usize, &str)> = (0..)
        .zip(&intents)
        .flat_map(|(number, folded)| folded.sentences.iter().map(move |(_, text)| (number, text.as_str())))
        .collect();
    strangers.sort_by_cached_key(|(_, text)| hash(text));
    strangers.truncate(wanted.max(1));
    for group in 0..groups {
        progress(folds + group, folds + groups);
        let hidden: BTreeSet<&IntentName> =
            intents.iter().skip(group).step_by(groups).map(|folded| &folded.intent.name).collect();
        let mut without = program.clone();
        without.intents.retain(|name, _| !hidden.contains(name));
        let asked = strangers.iter().filter(|(number, _)| number % groups == group);
        rehearsed.ask(&without, asked.map(|(_, text)| labelled(text, OUT_OF_SCOPE)).collect());
    }
    Ok(rehearsed)
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

/// Deals the phrases of an intent into folds by their content, so that every fold has as many of each intent as the next. All
/// sentences of a phrase are in its fold; a sentence that another phrase says too shows nothing and is not asked.
fn fold<'p>(intent: &'p Intent, wordings: &Wordings<'p>, folds: usize) -> Folded<'p> {
    let sentences: Vec<Vec<(String, String)>> = intent
        .phrases
        .iter()
        .map(|phrase| if phrase.is_built_in() { Vec::new() } else { distinct(wordings.of(phrase)) })
        .collect();
    let mut sayers: BTreeMap<&str, usize> = BTreeMap::new();
    for (folded, _) in sentences.iter().flatten() {
        *sayers.entry(folded).or_default() += 1;
    }
    let mut order: Vec<usize> = (0..intent.phrases.len()).filter(|number| !sentences[*number].is_empty()).collect();
    order.sort_by_cached_key(|number| {
        let phrase = &intent.phrases[*number];
        (hash(&phrase.source), phrase.language.clone(), phrase.at.clone())
    });
    let mut folded = Folded { intent, folds: vec![None; intent.phrases.len()], sentences: Vec::new() };
    if order.len() < 2 {
        return folded;
    }
    // Small intents must not all begin with the first fold.
    let first = hash(intent.name.as_str()) as usize % folds;
    for (place, number) in order.into_iter().enumerate() {
        let own = (first + place) % folds;
        folded.folds[number] = Some(own);
        let mut asked: Vec<&(String, String)> =
            sentences[number].iter().filter(|(folded, _)| sayers.get(folded.as_str()) == Some(&1)).collect();
        asked.sort_by_cached_key(|(folded, _)| hash(folded));
        folded.sentences.extend(asked.into_iter().take(SENTENCES_MAX).map(|(_, text)| (own, text.clone())));
    }
    folded
}

/// Sentences that differ when folded, each with its folded form; none that is empty.
fn distinct(texts: Vec<String>) -> Vec<(String, String)> {
    let mut distinct: BTreeMap<String, String> = BTreeMap::new();
    for text in texts {
        let folded = Words::of(&text).folded().trim().to_owned();
        if !folded.is_empty() {
            let spaced = || text.split_whitespace().collect::<Vec<_>>().join(" ");
            distinct.entry(folded).or_insert_with(spaced);
        }
    }
    distinct.into_iter().collect()
}

/// The program without some phrases.
fn reduced(program: &Program, intents: &[Folded<'_>], left_out: impl Fn(&Folded<'_>, usize) -> bool) -> Program {
    let mut reduced = program.clone();
    for folded in intents {
        let Some(intent) = reduced.intents.get_mut(&folded.intent.name) else { continue };
        let mut number = 0;
        intent.phrases.retain(|_| {
            number += 1;
            !left_out(folded, number - 1)
        });
    }
    reduced
}

/// A number that looks random and depends on the text alone.
fn hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
