//! Nearness to `not_phrases`: a message that is more like a sentence that means something else than like the phrases of an intent is
//! less likely to be that intent, whatever else speaks for it. Only intents with such sentences are looked at.

use std::collections::BTreeMap;

use crate::flow::{Intent, Synonyms};
use crate::text::{Words, is_little_word};

use super::expand::Expander;

/// What a little word counts here: "when is it" and "is it there" differ in nothing else.
const LITTLE: f64 = 0.5;

/// Words whose letters have less in common are different words.
const ALIKE: f64 = 0.6;

/// A sentence less like the message than this says nothing, and one this much more like it says all that it can.
const LIKE_FROM: f64 = 0.5;
const LIKE_RANGE: f64 = 0.2;

/// How much more like the message than the phrases it must be to count wholly.
const NEARER_RANGE: f64 = 0.15;

/// At most so much of a confidence goes; the sentence itself rules an intent out in another way.
const TAKEN_MAX: f64 = 0.95;

/// The intents that have `not_phrases`.
#[derive(Debug, Clone, Default)]
pub(super) struct Denials {
    intents: BTreeMap<u32, Sides>,
}

/// A longer message is a story and like no single sentence.
const WORDS_MAX: usize = 40;

/// What an intent is and is not.
#[derive(Debug, Clone, Default)]
struct Sides {
    /// Its words: each once.
    words: Vec<Box<str>>,
    phrases: Vec<Sentence>,
    denied: Vec<Sentence>,
}

/// A sentence as numbers of words.
type Sentence = Vec<u32>;

impl Denials {
    /// Notes the sentences of an intent, if it has any to deny.
    pub(super) fn add(&mut self, number: u32, intent: &Intent, expander: &Expander<'_>, synonyms: &Synonyms) {
        if intent.not_phrases.is_empty() {
            return;
        }
        let mut sides = Sides::default();
        let own = intent.phrases.iter().filter(|phrase| !phrase.is_built_in());
        for phrase in own {
            let sentences = expander.sentences(phrase);
            sides.phrases.extend(sentences.iter().map(|text| sentence(text, synonyms, &mut sides.words)));
        }
        for phrase in &intent.not_phrases {
            let sentences = expander.sentences(phrase);
            sides.denied.extend(sentences.iter().map(|text| sentence(text, synonyms, &mut sides.words)));
        }
        self.intents.insert(number, sides);
    }

    /// The share of its confidence that an intent keeps.
    pub(super) fn kept(&self, intent: u32, words: &Words) -> f64 {
        let Some(sides) = self.intents.get(&intent) else { return 1.0 };
        if words.len() > WORDS_MAX {
            return 1.0;
        }
        let message: Vec<&str> = words.iter().map(|(word, _)| word).collect();
        let alike = Alike::new(&message, &sides.words);
        let like = |sentence: &Sentence| alike.likeness(sentence);
        let most = |sentences: &[Sentence]| sentences.iter().map(|sentence| like(sentence).0).fold(0.0, f64::max);
        let phrases = most(&sides.phrases);
        let taken = sides.denied.iter().map(|sentence| {
            let (likeness, said) = like(sentence);
            let like = ((likeness.min(said) - LIKE_FROM) / LIKE_RANGE).clamp(0.0, 1.0);
            let nearer = ((likeness - phrases) / NEARER_RANGE).clamp(0.0, 1.0);
            like * nearer
        });
        1.0 - TAKEN_MAX * taken.fold(0.0, f64::max)
    }
}

fn sentence(text: &str, synonyms: &Synonyms, known: &mut Vec<Box<str>>) -> Sentence {
    let words = Words::of(text);
    let words = synonyms.canonical(&words);
    let mut number = |word: &str| {
        let at = known.iter().position(|other| **other == *word).unwrap_or_else(|| {
            known.push(word.into());
            known.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    };
    words.iter().map(|(word, _)| number(word)).collect()
}

/// How like each word of a message is to each word of an intent.
struct Alike {
    /// For each word of the message its weight, and its likeness to each word of the intent.
    message: Vec<(f64, Vec<f64>)>,
    /// The weight of each word of the intent.
    weights: Vec<f64>,
}

impl Alike {
    fn new(message: &[&str], known: &[Box<str>]) -> Self {
        let row = |word: &&str| (weight(word), known.iter().map(|other| alike(word, other)).collect());
        Self { message: message.iter().map(row).collect(), weights: known.iter().map(|word| weight(word)).collect() }
    }

    /// How like the message and a sentence are, and how much of the sentence the message says.
    fn likeness(&self, sentence: &Sentence) -> (f64, f64) {
        let (mut all, mut common) = (0.0, 0.0);
        for (weight, row) in &self.message {
            all += weight;
            let best = sentence.iter().filter_map(|word| row.get(*word as usize)).copied().fold(0.0, f64::max);
            common += weight * best;
        }
        let (mut of_sentence, mut said) = (0.0, 0.0);
        for word in sentence {
            let weight = self.weights.get(*word as usize).copied().unwrap_or(0.0);
            of_sentence += weight;
            let best = self.message.iter().filter_map(|(_, row)| row.get(*word as usize)).copied().fold(0.0, f64::max);
            said += weight * best;
        }
        if all <= 0.0 || of_sentence <= 0.0 {
            return (0.0, 0.0);
        }
        ((common + said) / (all + of_sentence), said / of_sentence)
    }
}

fn weight(word: &str) -> f64 {
    if is_little_word(word) { LITTLE } else { 1.0 }
}

/// How like two words are by their letters: mistyped and bent words are alike, others are not at all.
fn alike(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let (one_letters, other_letters) = (one.chars().count(), other.chars().count());
    let longest = one_letters.max(other_letters);
    // Words are at least as far apart as their lengths are.
    if longest < 4 || one_letters.abs_diff(other_letters) as f64 > (1.0 - ALIKE) * longest as f64 {
        return 0.0;
    }
    let share = 1.0 - strsim::osa_distance(one, other) as f64 / longest as f64;
    if share >= ALIKE { share } else { 0.0 }
}
