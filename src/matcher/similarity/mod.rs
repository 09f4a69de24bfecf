//! How like a message is to the phrases of each intent, as a probability: a linear classifier over words, neighbours, pairs and
//! pieces, then a logistic over how well the best intent fits. It knows texts and numbers of intents, nothing of templates.

mod features;
mod grouped;
mod holders;
mod nearest;
mod packed;
mod train;

use crate::text::Words;

use super::vocabulary::{Map, stable_hash};
use features::{Feature, features};
use grouped::Grouped;
use holders::Holders;
use nearest::{Nearest, Pieces};
use packed::Packed;
use train::{Samples, train};

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
    known: Map<u64, u32>,
    list: Vec<Known>,
    classifier: Classifier,
    bias_row: u32,
    intents: usize,
    total: f32,
    /// For each piece the intents whose phrases hold it.
    holders: Holders,
    /// The sentences of each intent by their pieces of three characters.
    nearest: Nearest,
    coefficients: [f64; 5],
}

/// A feature that some phrase has.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    rarity: f32,
    row: u32,
    /// Its share of a row that several features share.
    share: f32,
}

/// A known feature of the message.
#[derive(Debug, Clone, Copy)]
struct Seen {
    feature: Feature,
    id: u32,
    known: Known,
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

/// The value of the one feature that every text has.
const BIAS: f32 = 0.5;

/// Above so many intents, classifiers against all others would take minutes to train: there they are grouped.
const FLAT_MAX: usize = 400;

/// At most so many intents are told.
const TOLD_MAX: usize = 5;

impl Similarity {
    /// Learns from the sentences of all intents. The order of the sentences does not matter; that of the intents' numbers must
    /// be fixed by their names.
    pub(super) fn learn(mut sentences: Vec<Sentence>, intents: usize) -> Self {
        let hash = |sentence: &Sentence| stable_hash(3, sentence.words.folded().as_bytes());
        sentences.retain(|sentence| !sentence.words.is_empty());
        sentences.sort_by_cached_key(|sentence| (hash(sentence), sentence.intent, sentence.phrase));
        merge_equal(&mut sentences);
        let mut similarity = Self { intents, ..Self::default() };
        if sentences.is_empty() || intents == 0 {
            return similarity;
        }
        let (entries, starts) = similarity.count(&sentences);
        let samples = similarity.samples(&sentences, entries, starts);
        similarity.classifier = if intents <= FLAT_MAX {
            Classifier::Flat(train(&samples, intents))
        } else {
            Classifier::Grouped(Box::new(Grouped::learn(&sentences, samples, intents)))
        };
        similarity.coefficients = coefficients(intents);
        similarity
    }

    /// The intents that the message is most like, the best first; empty where it has nothing in common with any phrase.
    pub(super) fn score(&self, words: &Words) -> Vec<Likeness> {
        if self.list.is_empty() || words.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::with_capacity(256);
        features(words, &mut found);
        // One kind of look-up after the other: so the processor waits for many of them at once.
        let mut seen: Vec<Seen> = Vec::with_capacity(found.len());
        seen.extend(found.iter().filter_map(|feature| {
            Some(Seen { feature: *feature, id: *self.known.get(&feature.hash)?, known: Known::default() })
        }));
        if seen.is_empty() {
            return Vec::new();
        }
        for seen in &mut seen {
            seen.known = self.list[seen.id as usize];
        }
        let ranked = self.linear(&seen);
        self.confidences(&found, &seen, &ranked)
    }

    /// Gives every feature a number and a rarity, and notes which intents and sentences hold which pieces.
    fn count(&mut self, sentences: &[Sentence]) -> (Vec<(u32, f32)>, Vec<usize>) {
        let mut entries = Vec::new();
        let mut starts = vec![0];
        let mut frequency: Vec<f32> = Vec::new();
        let mut pieces: Vec<(bool, bool)> = Vec::new();
        let mut found = Vec::new();
        for sentence in sentences {
            features(&sentence.words, &mut found);
            for feature in &found {
                let fresh = self.known.len() as u32;
                let id = *self.known.entry(feature.hash).or_insert(fresh);
                if id == fresh {
                    frequency.push(0.0);
                    pieces.push((feature.is_piece(), feature.is_trigram()));
                }
                frequency[id as usize] += sentence.weight;
                entries.push((id, feature.value));
            }
            starts.push(entries.len());
            self.total += sentence.weight;
        }
        let total = self.total;
        self.list =
            frequency.iter().map(|frequency| Known { rarity: rarity(total, *frequency), row: 0, share: 1.0 }).collect();
        self.note_pieces(sentences, &entries, &starts, &pieces);
        (entries, starts)
    }

    fn note_pieces(
        &mut self,
        sentences: &[Sentence],
        entries: &[(u32, f32)],
        starts: &[usize],
        pieces: &[(bool, bool)],
    ) {
        let mut by_intent: Vec<Vec<u32>> = vec![Vec::new(); self.intents];
        let mut holders: Vec<Vec<u16>> = vec![Vec::new(); self.list.len()];
        for (number, sentence) in (0..).zip(sentences) {
            if let Some(numbers) = by_intent.get_mut(sentence.intent as usize) {
                numbers.push(number);
            }
        }
        for (intent, numbers) in (0_u16..).zip(&by_intent) {
            for number in numbers {
                for (id, _) in &entries[starts[*number as usize]..starts[*number as usize + 1]] {
                    let holders = &mut holders[*id as usize];
                    if pieces[*id as usize].0 && holders.last() != Some(&intent) {
                        holders.push(intent);
                    }
                }
            }
        }
        self.holders = Holders::new(&holders, self.intents);
        for numbers in &by_intent {
            let own: Vec<Pieces> = numbers
                .iter()
                .map(|number| {
                    let number = *number as usize;
                    let own = entries[starts[number]..starts[number + 1]].iter().map(|(id, _)| *id);
                    let trigrams: Vec<u32> = own.filter(|id| pieces[*id as usize].1).collect();
                    let square: f32 = trigrams.iter().map(|id| self.list[*id as usize].rarity.powi(2)).sum();
                    Pieces { pieces: trigrams, length: square.sqrt(), phrase: sentences[number].phrase }
                })
                .collect();
            self.nearest.push(&own);
        }
    }

    /// The vectors to learn from. Features that only one sentence has would all get multiples of that sentence's own weights, so
    /// they share one row, with the same result.
    fn samples(&mut self, sentences: &[Sentence], mut entries: Vec<(u32, f32)>, starts: Vec<usize>) -> Samples {
        let mut holders = vec![0_u32; self.list.len()];
        for (id, _) in &entries {
            holders[*id as usize] += 1;
        }
        let mut rows = 0;
        for (known, holders) in self.list.iter_mut().zip(&holders) {
            if *holders > 1 {
                known.row = rows;
                rows += 1;
            }
        }
        let mut packed = Vec::with_capacity(entries.len());
        let mut packed_starts = vec![0];
        for number in 0..sentences.len() {
            let own = &mut entries[starts[number]..starts[number + 1]];
            for (id, value) in own.iter_mut() {
                *value *= self.list[*id as usize].rarity.sqrt();
            }
            let length = own.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
            let private = own
                .iter()
                .filter(|(id, _)| holders[*id as usize] == 1)
                .map(|(_, value)| (value / length).powi(2))
                .sum::<f32>()
                .sqrt();
            for (id, value) in own.iter() {
                let value = value / length;
                if holders[*id as usize] > 1 {
                    packed.push((self.list[*id as usize].row, value));
                } else {
                    self.list[*id as usize].row = rows;
                    self.list[*id as usize].share = value / private;
                }
            }
            if private > 0.0 {
                packed.push((rows, private));
                rows += 1;
            }
            packed_starts.push(packed.len());
        }
        self.bias_row = rows;
        let mut samples = Samples {
            rows: rows as usize + 1,
            starts: vec![0],
            entries: Vec::with_capacity(packed.len() + sentences.len()),
            classes: sentences.iter().map(|sentence| sentence.intent).collect(),
            weights: sentences.iter().map(|sentence| sentence.weight).collect(),
        };
        for range in packed_starts.windows(2) {
            samples.entries.extend_from_slice(&packed[range[0]..range[1]]);
            samples.entries.push((rows, BIAS));
            samples.starts.push(samples.entries.len());
        }
        samples
    }

    /// The intents with the highest scores, the best first.
    fn linear(&self, seen: &[Seen]) -> Vec<(u32, f32)> {
        let value = |seen: &Seen| seen.feature.value * seen.known.rarity.sqrt();
        let length = seen.iter().map(|seen| value(seen).powi(2)).sum::<f32>().sqrt();
        let mut rows = Vec::with_capacity(seen.len() + 1);
        rows.extend(seen.iter().map(|seen| (seen.known.row, value(seen) * seen.known.share / length)));
        rows.push((self.bias_row, BIAS));
        match &self.classifier {
            Classifier::Flat(weights) => {
                let mut scores = weights.zeros();
                weights.add(&rows, &mut scores);
                best((0..).zip(scores).take(self.intents), TOLD_MAX + 1)
            }
            Classifier::Grouped(grouped) => best(grouped.score(&rows), TOLD_MAX + 1),
        }
    }

    fn confidences(&self, found: &[Feature], seen: &[Seen], ranked: &[(u32, f32)]) -> Vec<Likeness> {
        let unknown_rarity = rarity(self.total, 0.0);
        let mut pieces: Vec<(u32, f32)> = Vec::with_capacity(seen.len());
        let mut trigrams: Vec<(u32, f32)> = Vec::with_capacity(seen.len() / 2);
        for Seen { feature, id, known } in seen {
            if feature.is_piece() {
                pieces.push((*id, known.rarity));
            }
            if feature.is_trigram() {
                trigrams.push((*id, feature.value * known.rarity));
            }
        }
        let unknown_pieces = found.iter().filter(|feature| feature.is_piece()).count() - pieces.len();
        let unknown_trigrams = found.iter().filter(|feature| feature.is_trigram()).count() - trigrams.len();
        let all = pieces.iter().map(|(_, rarity)| rarity).sum::<f32>() + unknown_pieces as f32 * unknown_rarity;
        let square: f32 = trigrams.iter().map(|(_, value)| value * value).sum();
        let length = (square + unknown_trigrams as f32 * unknown_rarity.powi(2)).sqrt();
        for (trigram, seen) in trigrams.iter_mut().zip(seen.iter().filter(|seen| seen.feature.is_trigram())) {
            trigram.1 *= seen.known.rarity;
        }
        let explained = |intent: u32| -> f32 {
            pieces.iter().filter(|(id, _)| self.holders.has(*id, intent)).map(|(_, rarity)| rarity).sum::<f32>() / all
        };
        let mut told: Vec<Likeness> = Vec::with_capacity(TOLD_MAX);
        for &(intent, score) in ranked.iter().take(TOLD_MAX) {
            let others: Vec<f32> =
                ranked.iter().filter(|other| other.0 != intent).take(4).map(|other| other.1).collect();
            let mean = if others.is_empty() { -1.0 } else { others.iter().sum::<f32>() / others.len() as f32 };
            let explained = explained(intent);
            if explained <= 0.0 {
                continue;
            }
            let probability = |nearest: f32| {
                let signals = [1.0, score, score - mean, explained, nearest];
                let sum: f64 = signals.iter().zip(self.coefficients).map(|(signal, b)| f64::from(*signal) * b).sum();
                1.0 / (1.0 + (-sum).exp())
            };
            // Looking for the nearest sentence is not worth while where even an equal one would not make the intent likely.
            let (nearest, phrase) = if told.is_empty() || probability(1.0) > UNLIKELY {
                self.nearest.find(intent, &trigrams, length)
            } else {
                (0.0, u32::MAX)
            };
            let left = 1.0 - told.iter().map(|likeness| likeness.confidence).sum::<f64>();
            let better = told.last().map_or(1.0, |better| better.confidence.min(left));
            let confidence = probability(nearest).min(better);
            told.push(Likeness { intent, confidence, phrase, nearest: f64::from(nearest) });
        }
        told
    }
}

/// Below this a runner-up is not looked at more closely.
const UNLIKELY: f64 = 0.1;

/// Equal sentences of one intent count once, with the greatest of their weights.
fn merge_equal(sentences: &mut Vec<Sentence>) {
    sentences.dedup_by(|next, kept| {
        let equal = next.intent == kept.intent && next.words.folded() == kept.words.folded();
        if equal {
            kept.weight = kept.weight.max(next.weight);
        }
        equal
    });
}

fn rarity(total: f32, frequency: f32) -> f32 {
    ((1.0 + total) / (1.0 + frequency)).ln() + 1.0
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

/// Constant, score, gap, explained, nearest: fitted on large labelled sets whose strangers were held-out intents. Small bots meet
/// more strangers, so that their values lie between the two rows.
fn coefficients(intents: usize) -> [f64; 5] {
    const FEW_STRANGERS: [f64; 5] = [-5.30, -0.75, 4.31, 1.98, 1.62];
    const MORE_STRANGERS: [f64; 5] = [-6.12, -0.55, 3.96, 1.96, 2.69];
    let strangers = 0.1 + 0.3 * (-(intents as f64) / 50.0).exp();
    let share = ((strangers - 0.1) / 0.1).clamp(0.0, 1.0);
    std::array::from_fn(|at| FEW_STRANGERS[at] + (MORE_STRANGERS[at] - FEW_STRANGERS[at]) * share)
}
