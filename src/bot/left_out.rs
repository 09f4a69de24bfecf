//! Phrases left out in turn: the way to ask a bot what it would make of a sentence that it does not know by heart. Phrases are
//! dealt into parts by their content, so that nothing depends on the order of files, intents or phrases.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::flow::{Intent, Program};
use crate::matcher::Wordings;
use crate::text::Words;

/// A phrase is asked in at most so many of its sentences, so that one with many options does not outweigh the others.
const SENTENCES_MAX: usize = 3;

/// The phrases of a program, dealt into parts.
#[derive(Debug)]
pub struct LeftOut<'p> {
    program: &'p Program,
    /// In an order that their names alone decide.
    intents: Vec<Dealt<'p>>,
    parts: usize,
}

/// The phrases of one intent.
#[derive(Debug)]
pub struct Dealt<'p> {
    /// The intent.
    pub intent: &'p Intent,
    /// What may be asked of it; empty where leaving a phrase out would leave none, or all say the same.
    pub sentences: Vec<Sentence>,
    /// For each phrase of the intent its part; none for what is never left out.
    parts: Vec<Option<usize>>,
}

/// A sentence of a phrase that no other phrase of its intent says.
#[derive(Debug)]
pub struct Sentence {
    /// The part in which its phrase is left out.
    pub part: usize,
    /// The number of the phrase in its intent.
    pub phrase: usize,
    /// The sentence.
    pub text: String,
}

impl<'p> LeftOut<'p> {
    /// Deals the phrases of the program into so many parts, at least two, each with as many of every intent as the next.
    pub fn deal(program: &'p Program, parts: usize) -> Self {
        let wordings = Wordings::new(program);
        let own = program.intents.values().filter(|intent| intent.phrases.iter().any(|phrase| !phrase.is_built_in()));
        let mut intents: Vec<Dealt<'_>> = own.map(|intent| Dealt::new(intent, &wordings, parts.max(2))).collect();
        intents.sort_by_cached_key(|dealt| content_hash(dealt.intent.name.as_str()));
        Self { program, intents, parts: parts.max(2) }
    }

    /// The intents that have phrases of the author.
    pub fn intents(&self) -> &[Dealt<'p>] {
        &self.intents
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// What is to be asked while a part is left out.
    pub fn asked(&self, part: usize) -> impl Iterator<Item = (&'p Intent, &Sentence)> {
        self.intents.iter().flat_map(move |dealt| {
            let own = dealt.sentences.iter().filter(move |sentence| sentence.part == part);
            own.map(|sentence| (dealt.intent, sentence))
        })
    }

    /// The program without the phrases of a part.
    pub fn without(&self, part: usize) -> Program {
        let mut reduced = self.program.clone();
        for dealt in &self.intents {
            let Some(intent) = reduced.intents.get_mut(&dealt.intent.name) else { continue };
            let mut parts = dealt.parts.iter();
            intent.phrases.retain(|_| parts.next().is_none_or(|own| *own != Some(part)));
        }
        reduced
    }
}

impl<'p> Dealt<'p> {
    fn new(intent: &'p Intent, wordings: &Wordings<'p>, parts: usize) -> Self {
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
            (content_hash(&phrase.source), phrase.language.clone(), phrase.at.clone())
        });
        let mut dealt = Self { intent, parts: vec![None; intent.phrases.len()], sentences: Vec::new() };
        if order.len() < 2 {
            return dealt;
        }
        // Small intents must not all begin with the first part.
        let first = (content_hash(intent.name.as_str()) % parts as u64) as usize;
        for (place, phrase) in order.into_iter().enumerate() {
            let part = (first + place) % parts;
            dealt.parts[phrase] = Some(part);
            let only = sentences[phrase].iter().filter(|(folded, _)| sayers.get(folded.as_str()) == Some(&1));
            dealt.sentences.extend(chosen(only).map(|text| Sentence { part, phrase, text: text.clone() }));
        }
        dealt
    }
}

/// Some sentences of one phrase, by their content.
pub(super) fn chosen<'s>(sentences: impl Iterator<Item = &'s (String, String)>) -> impl Iterator<Item = &'s String> {
    let mut sentences: Vec<&(String, String)> = sentences.collect();
    sentences.sort_by_cached_key(|(folded, _)| content_hash(folded));
    sentences.into_iter().take(SENTENCES_MAX).map(|(_, text)| text)
}

/// Sentences that differ when folded, each with its folded form; none that is empty.
pub(super) fn distinct(texts: Vec<String>) -> Vec<(String, String)> {
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

/// A number that looks random and depends on the text alone.
pub fn content_hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
