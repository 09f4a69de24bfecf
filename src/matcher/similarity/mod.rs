//! How like a message is to the phrases of each intent, as a probability: a linear classifier over words, neighbours, pairs and
//! pieces says which intent is the most separable, the nearest phrase says how like it is, and a logistic function that is fitted
//! to the bot's own held-out phrases makes one probability of both. It knows texts and numbers of intents, nothing of templates.

mod calibrate;
mod exact;
mod family;
mod features;
mod grouped;
mod index;
mod logistic;
mod nearest;
mod packed;
mod plan;
mod similar;
mod train;

use crate::text::Words;

use super::vocabulary::stable_hash;
use family::Families;
use features::features;
use grouped::Grouped;
use index::Index;
use logistic::{Logistic, Signals};
use nearest::{Near, Pieces};
use packed::Packed;
use plan::{Grouping, Plan};
use train::train;

/// A sentence of an intent to learn from.
#[derive(Debug, Clone)]
pub(super) struct Sentence {
    /// The number of its intent.
    pub(super) intent: u32,
    /// The number of the phrase it is an expansion of.
    pub(super) phrase: u32,
    /// The sentence.
    pub(super) words: Words,
    /// Its share of the phrase.
    pub(super) weight: f32,
}

/// How like the message is to the phrases of one intent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Likeness {
    pub(super) intent: u32,
    /// The probability that this is the right intent.
    pub(super) confidence: f64,
    /// The phrase that is most like the message.
    pub(super) phrase: u32,
    /// How like, 0 to 1.
    pub(super) nearest: f64,
}

/// The trained scorer.
#[derive(Debug, Clone, Default)]
pub(super) struct Similarity {
    intents: usize,
    index: Index,
    classifier: Classifier,
    families: Option<Families>,
    logistic: Logistic,
}

/// What tells intents apart.
#[derive(Debug, Clone)]
enum Classifier {
    Flat(Packed),
    Grouped(Box<Grouped>),
}

impl Default for Classifier {
    fn default() -> Self {
        Self::Flat(Packed::default())
    }
}

/// The number of an intent in sentences that belong to none: phrases that only look like those of an intent.
pub(super) const NO_INTENT: u32 = u32::MAX;

/// At most so many intents are told.
const TOLD_MAX: usize = 5;

/// A message held against the sentences.
struct Reading {
    pieces: Pieces,
    /// The intents with the highest scores, the best first.
    ranked: Vec<(u32, f32)>,
    /// The scores of the families of intents; empty where there are none.
    families: Vec<f32>,
}

impl Similarity {
    /// Learns from the sentences of all intents. The order of the sentences does not matter; that of the intents' numbers must
    /// be fixed by their names.
    pub(super) fn learn(mut sentences: Vec<Sentence>, intents: usize) -> Self {
        let hash = |sentence: &Sentence| stable_hash(3, sentence.words.folded().as_bytes());
        sentences.retain(|sentence| !sentence.words.is_empty());
        sentences.sort_by_cached_key(|sentence| (hash(sentence), sentence.intent, sentence.phrase));
        merge_equal(&mut sentences);
        if sentences.is_empty() || intents == 0 {
            return Self { intents, ..Self::default() };
        }
        let all: Vec<&Sentence> = sentences.iter().collect();
        let plan = Plan::of(&all, intents);
        let logistic = calibrate::calibrate(&all, intents, &plan);
        Self { logistic, ..Self::train(&all, intents, &plan) }
    }

    /// Trains on the sentences, with coefficients that hold for bots in general.
    fn train(sentences: &[&Sentence], intents: usize, plan: &Plan) -> Self {
        let (index, mut samples) = Index::of(sentences, intents, plan.effort);
        let mut families = None;
        let classifier = match &plan.grouping {
            Grouping::Groups(groups) => Classifier::Grouped(Box::new(Grouped::learn(groups, samples, intents))),
            Grouping::Families(family_of) => {
                let classifier = Classifier::Flat(train(&samples, intents));
                families = Some(Families::learn(family_of, &mut samples));
                classifier
            }
            Grouping::None => Classifier::Flat(train(&samples, intents)),
        };
        Self { intents, index, classifier, families, logistic: Logistic::general(intents) }
    }

    /// The intents that the message is most like, the best first; empty where it has nothing in common with any phrase.
    pub(super) fn score(&self, words: &Words) -> Vec<Likeness> {
        let Some(reading) = self.read(words) else { return Vec::new() };
        let mut told: Vec<Likeness> = Vec::with_capacity(TOLD_MAX);
        for place in 0..reading.ranked.len().min(TOLD_MAX) {
            let (signals, nearest) = self.signals(&reading, place);
            if nearest.explained <= 0.0 {
                continue;
            }
            let left = 1.0 - told.iter().map(|likeness| likeness.confidence).sum::<f64>();
            let better = told.last().map_or(1.0, |better| better.confidence.min(left));
            let confidence = self.logistic.probability(&signals).min(better);
            told.push(Likeness {
                intent: reading.ranked[place].0,
                confidence,
                phrase: nearest.phrase,
                nearest: f64::from(nearest.cosine),
            });
        }
        told
    }

    /// The best intent and all that speaks for it.
    fn best(&self, words: &Words) -> Option<(u32, Signals)> {
        let reading = self.read(words)?;
        let (intent, _) = *reading.ranked.first()?;
        Some((intent, self.signals(&reading, 0).0))
    }

    fn read(&self, words: &Words) -> Option<Reading> {
        if self.index.is_empty() || words.is_empty() {
            return None;
        }
        let mut found = Vec::with_capacity(256);
        features(words, &mut found);
        let seen = self.index.seen(&found);
        if seen.is_empty() {
            return None;
        }
        let rows = self.index.rows(&found, &seen);
        let (ranked, families) = match &self.classifier {
            Classifier::Flat(weights) => {
                let mut scores = weights.zeros();
                weights.add(&rows, &mut scores);
                let families = self.families.as_ref().map(|families| families.scores(&rows));
                (best((0..).zip(scores).take(self.intents), TOLD_MAX + 1), families.unwrap_or_default())
            }
            Classifier::Grouped(grouped) => {
                let (scores, groups) = grouped.score(&rows);
                (best(scores, TOLD_MAX + 1), groups)
            }
        };
        Some(Reading { pieces: self.index.pieces(&found, &seen), ranked, families })
    }

    /// What speaks for the intent at a place of the ranking.
    fn signals(&self, reading: &Reading, place: usize) -> (Signals, Near) {
        let (intent, score) = reading.ranked[place];
        let others = reading.ranked.iter().filter(|other| other.0 != intent).take(4);
        let (sum, count) = others.fold((0.0, 0.0), |(sum, count), other| (sum + other.1, count + 1.0));
        let others = if count > 0.0 { sum / count } else { -1.0 };
        let family = match (&self.classifier, &self.families) {
            (Classifier::Grouped(grouped), _) => grouped.group_of(intent),
            (_, Some(families)) => families.of(intent),
            _ => usize::MAX,
        };
        let family = reading.families.get(family).copied().unwrap_or(0.0);
        let near = self.index.nearest.find(intent, &reading.pieces);
        ([1.0, score, score - others, near.explained, near.cosine, family], near)
    }
}

/// Equal sentences of one intent count once, with the greatest of their weights. A sentence of none is no other intent's either
/// only where no intent says it: what is not this one is often just another one's phrase.
fn merge_equal(sentences: &mut Vec<Sentence>) {
    sentences.dedup_by(|next, kept| {
        let same_text = next.words.folded() == kept.words.folded();
        let equal = same_text && (next.intent == kept.intent || next.intent == NO_INTENT);
        if equal && next.intent == kept.intent {
            kept.weight = kept.weight.max(next.weight);
        }
        equal
    });
}

/// The highest scores with their numbers, the best first; of equal ones the lower number.
fn best(scores: impl IntoIterator<Item = (u32, f32)>, count: usize) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
    for (number, score) in scores {
        let before = |other: &(u32, f32)| other.1 > score || (other.1 == score && other.0 < number);
        if best.len() == count && best.last().is_some_and(before) {
            continue;
        }
        let at = best.partition_point(before);
        best.insert(at, (number, score));
        best.truncate(count);
    }
    best
}
