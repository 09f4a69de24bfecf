//! What the sentences of a bot are made of: their features with a number and a rarity each, and which sentences hold which
//! pieces. It knows no scores.

use std::ops::Range;

use super::features::{Feature, features, features_max};
use super::nearest::{Nearest, Piece, Pieces, Sketch};
use super::train::{Effort, Samples};
use super::{Sentence, exact};
use crate::matcher::vocabulary::Map;

/// The value of the one feature that every text has. Without it a message of which little is known would be stretched to the
/// length of one that is wholly known.
const BIAS: f32 = 0.5;

/// What the unknown features of a message count in its length: with nothing, three known words among ten unknown ones would look
/// like a message of three words; with all, an inflected form would cost too much.
const UNKNOWN_SHARE: f32 = 0.3;

/// The features of all sentences.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    known: Map<u64, u32>,
    list: Vec<Known>,
    bias_row: u32,
    total: f32,
    /// The sentences of each intent by their pieces of three characters.
    pub(super) nearest: Nearest,
}

/// A feature that some phrase has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    pub(super) rarity: f32,
    row: u32,
    /// Its share of a row that several features share.
    share: f32,
}

/// A known feature of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) feature: Feature,
    pub(super) id: u32,
    pub(super) known: Known,
}

/// The features of all sentences one after the other: number and value, and where each sentence begins. Behind those of each
/// sentence stands the bias, so that they become a sample in place: of a large bot nothing else takes as much memory.
struct Entries {
    list: Vec<(u32, f32)>,
    starts: Vec<usize>,
}

/// The number of the bias until that of its row is known.
const BIAS_ID: u32 = u32::MAX;

impl Entries {
    /// Without any yet, but with room for all.
    fn for_all(sentences: &[&Sentence]) -> Self {
        let most: usize = sentences.iter().map(|sentence| features_max(&sentence.words) + 1).sum();
        let mut starts = Vec::with_capacity(sentences.len() + 1);
        starts.push(0);
        Self { list: Vec::with_capacity(most), starts }
    }

    /// Where the features of a sentence stand.
    fn range(&self, sentence: usize) -> Range<usize> {
        self.starts[sentence]..self.starts[sentence + 1] - 1
    }
}

impl Index {
    /// Counts the features of the sentences, and gives the vectors to train on.
    pub(super) fn of(sentences: &[&Sentence], intents: usize, effort: Effort) -> (Self, Samples) {
        let mut index = Self::default();
        let entries = index.count(sentences, intents);
        let samples = Samples { effort, ..index.samples(sentences, entries) };
        (index, samples)
    }

    /// Whether no sentence has any feature.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The features of a message that are known.
    pub(super) fn seen(&self, found: &[Feature]) -> Vec<Seen> {
        // One kind of look-up after the other: so the processor waits for many of them at once.
        let mut seen: Vec<Seen> = Vec::with_capacity(found.len());
        seen.extend(found.iter().filter_map(|feature| {
            Some(Seen { feature: *feature, id: *self.known.get(&feature.hash)?, known: Known::default() })
        }));
        for seen in &mut seen {
            seen.known = self.list[seen.id as usize];
        }
        seen
    }

    /// The message as a vector: rows of weights with its value in each.
    pub(super) fn rows(&self, found: &[Feature], seen: &[Seen]) -> Vec<(u32, f32)> {
        let value = |seen: &Seen| seen.feature.value * seen.known.rarity.sqrt();
        let square = |feature: &Feature| feature.value * feature.value;
        let all: f32 = found.iter().map(square).sum();
        let known: f32 = seen.iter().map(|seen| square(&seen.feature)).sum();
        let unknown = (all - known).max(0.0) * self.unknown_rarity() * UNKNOWN_SHARE;
        let length = (seen.iter().map(|seen| value(seen).powi(2)).sum::<f32>() + unknown).sqrt();
        let mut rows = Vec::with_capacity(seen.len() + 1);
        rows.extend(seen.iter().map(|seen| (seen.known.row, value(seen) * seen.known.share / length)));
        rows.push((self.bias_row, BIAS));
        rows
    }

    /// The pieces of a message, to be held against sentences.
    pub(super) fn pieces(&self, found: &[Feature], seen: &[Seen]) -> Pieces {
        let mut known = Vec::with_capacity(seen.len() / 2);
        known.extend(seen.iter().filter(|seen| seen.feature.is_trigram()).map(|seen| Piece {
            id: seen.id,
            rarity: seen.known.rarity,
            value: seen.feature.value * seen.known.rarity,
        }));
        let unknown = found.iter().filter(|feature| feature.is_trigram()).count() - known.len();
        let (unknown, rarity) = (unknown as f32, self.unknown_rarity());
        Pieces {
            rarity: known.iter().map(|piece| piece.rarity).sum::<f32>() + unknown * rarity,
            length: (known.iter().map(|piece| piece.value * piece.value).sum::<f32>() + unknown * rarity * rarity)
                .sqrt(),
            known,
        }
    }

    /// The rarity of what no sentence has.
    fn unknown_rarity(&self) -> f32 {
        rarity(self.total, 0.0)
    }

    /// Gives every feature a number and a rarity, and notes which intents and sentences hold which pieces.
    fn count(&mut self, sentences: &[&Sentence], intents: usize) -> Entries {
        let mut entries = Entries::for_all(sentences);
        let mut frequency: Vec<f32> = Vec::new();
        let mut pieces: Vec<bool> = Vec::new();
        let mut found = Vec::new();
        for sentence in sentences {
            features(&sentence.words, &mut found);
            for feature in &found {
                let fresh = self.known.len() as u32;
                let id = *self.known.entry(feature.hash).or_insert(fresh);
                if id == fresh {
                    frequency.push(0.0);
                    pieces.push(feature.is_trigram());
                }
                frequency[id as usize] += sentence.weight;
                entries.list.push((id, feature.value));
            }
            entries.list.push((BIAS_ID, BIAS));
            entries.starts.push(entries.list.len());
            self.total += sentence.weight;
        }
        let total = self.total;
        self.list =
            frequency.iter().map(|frequency| Known { rarity: rarity(total, *frequency), row: 0, share: 1.0 }).collect();
        self.note_pieces(sentences, intents, &entries, &pieces);
        entries
    }

    fn note_pieces(&mut self, sentences: &[&Sentence], intents: usize, entries: &Entries, pieces: &[bool]) {
        let mut by_intent: Vec<Vec<u32>> = vec![Vec::new(); intents];
        for (number, sentence) in (0..).zip(sentences) {
            if let Some(numbers) = by_intent.get_mut(sentence.intent as usize) {
                numbers.push(number);
            }
        }
        for numbers in &by_intent {
            let own: Vec<Sketch> = numbers
                .iter()
                .map(|number| {
                    let own = entries.list[entries.range(*number as usize)].iter().map(|(id, _)| *id);
                    let trigrams: Vec<u32> = own.filter(|id| pieces[*id as usize]).collect();
                    let square: f32 = trigrams.iter().map(|id| self.list[*id as usize].rarity.powi(2)).sum();
                    Sketch { pieces: trigrams, length: square.sqrt(), phrase: sentences[*number as usize].phrase }
                })
                .collect();
            self.nearest.push(&own);
        }
    }

    /// The vectors to learn from. Features that only one sentence has would all get multiples of that sentence's own weights, so
    /// they share one row, with the same result. No sample has more entries than its sentence had.
    fn samples(&mut self, sentences: &[&Sentence], mut entries: Entries) -> Samples {
        let mut holders = vec![0_u32; self.list.len()];
        for (id, _) in entries.list.iter().filter(|(id, _)| *id != BIAS_ID) {
            holders[*id as usize] += 1;
        }
        let mut rows = 0;
        for (known, holders) in self.list.iter_mut().zip(&holders) {
            if *holders > 1 {
                known.row = rows;
                rows += 1;
            }
        }
        let mut filled = 0;
        for number in 0..sentences.len() {
            let range = entries.range(number);
            entries.starts[number] = filled;
            let own = &mut entries.list[range.clone()];
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
            for at in range {
                let (id, value) = entries.list[at];
                let value = value / length;
                if holders[id as usize] > 1 {
                    entries.list[filled] = (self.list[id as usize].row, value);
                    filled += 1;
                } else {
                    self.list[id as usize].row = rows;
                    self.list[id as usize].share = value / private;
                }
            }
            let private = (private > 0.0).then_some((rows, private));
            rows += u32::from(private.is_some());
            for entry in private.into_iter().chain([(BIAS_ID, BIAS)]) {
                entries.list[filled] = entry;
                filled += 1;
            }
        }
        entries.starts[sentences.len()] = filled;
        entries.list.truncate(filled);
        // The number of the bias's row is known only when all others are.
        self.bias_row = rows;
        entries.list.iter_mut().filter(|entry| entry.0 == BIAS_ID).for_each(|entry| entry.0 = rows);
        Samples {
            rows: rows as usize + 1,
            starts: entries.starts,
            entries: entries.list,
            classes: sentences.iter().map(|sentence| sentence.intent).collect(),
            weights: sentences.iter().map(|sentence| sentence.weight).collect(),
            ..Samples::default()
        }
    }
}

/// How rare something is that is found with that frequency among so many.
pub(super) fn rarity(total: f32, frequency: f32) -> f32 {
    exact::ln((1.0 + total) / (1.0 + frequency)) + 1.0
}
