//! Classifiers for many intents: one tells groups of similar intents apart, and in each group one tells its intents apart. A message
//! is held against the intents of its best groups only, so that neither training nor a message costs what all intents would.

use crate::matcher::vocabulary::Map;

use super::best;
use super::packed::{Block, Entry, Packed};
use super::train::{Samples, in_parallel, train, train_whole};

/// So many groups are looked into.
const TRIED: usize = 3;

/// The trained classifiers.
#[derive(Debug, Clone, Default)]
pub(super) struct Grouped {
    groups: Packed,
    /// The intents of each group in order; their places are the classes inside the group.
    members: Vec<Vec<u32>>,
    /// The group of each intent.
    group_of: Vec<u16>,
    /// For each row where its groups begin in `holders`, and at last where all end.
    starts: Vec<u32>,
    /// The groups that have the row, in order. The place of one here is its row in `inside`.
    holders: Vec<u16>,
    inside: Packed,
}

/// What training inside one group gives: the numbers of the rows that its samples have, and their weights.
struct Inside {
    rows: Vec<u32>,
    blocks: Vec<Block>,
}

impl Inside {
    /// The weights of one of its rows.
    fn row(&self, at: usize) -> impl Iterator<Item = Entry> {
        self.blocks.iter().flat_map(move |block| block.row(at))
    }
}

impl Grouped {
    /// Trains the classifiers of the groups, which hold every intent once.
    pub(super) fn learn(members: &[Vec<u32>], mut samples: Samples, intents: usize) -> Self {
        let mut place = vec![(0_u32, 0_u32); intents];
        for (group, own) in (0..).zip(members) {
            for (class, intent) in (0..).zip(own) {
                place[*intent as usize] = (group, class);
            }
        }
        let group_of = |class: u32| place.get(class as usize).map_or(class, |place| place.0);
        let inside = in_parallel(members.len(), |group| {
            let own: Vec<usize> = (0..samples.classes.len())
                .filter(|sample| group_of(samples.classes[*sample]) == group as u32)
                .collect();
            train_inside(&samples, &own, members[group].len(), |class| place[class as usize].1)
        });
        samples.classes.iter_mut().for_each(|class| *class = group_of(*class));
        let mut grouped = Self { groups: train(&samples, members.len()), ..Self::default() };
        let has_weights = |inside: &Inside, at: u32| inside.row(at as usize).next().is_some();
        let mut order: Vec<(u32, u16, u32)> = (0_u16..)
            .zip(&inside)
            .flat_map(|(group, inside)| {
                let kept = (0..).zip(&inside.rows).filter(move |(at, _)| has_weights(inside, *at));
                kept.map(move |(at, row)| (*row, group, at))
            })
            .collect();
        order.sort_unstable();
        let mut entries = Vec::new();
        grouped.inside = Packed::empty(members.iter().map(Vec::len).max().unwrap_or(0));
        grouped.starts.push(0);
        for (row, group, at) in order {
            grouped.starts.resize(row as usize + 1, grouped.holders.len() as u32);
            grouped.holders.push(group);
            entries.clear();
            entries.extend(inside[usize::from(group)].row(at as usize));
            grouped.inside.push(&entries);
        }
        grouped.inside.shrink();
        grouped.starts.resize(samples.rows + 1, grouped.holders.len() as u32);
        grouped.members = members.to_vec();
        grouped.group_of = place.iter().map(|place| place.0 as u16).collect();
        grouped
    }

    /// The group of an intent.
    pub(super) fn group_of(&self, intent: u32) -> usize {
        self.group_of.get(intent as usize).map_or(usize::MAX, |group| usize::from(*group))
    }

    /// The intents of the best groups with their scores, and the scores of all groups.
    pub(super) fn score(&self, rows: &[(u32, f32)]) -> (Vec<(u32, f32)>, Vec<f32>) {
        let mut coarse = self.groups.zeros();
        self.groups.add(rows, &mut coarse);
        let mut told = Vec::new();
        let mut scores = self.inside.zeros();
        let mut inside = Vec::with_capacity(rows.len());
        for (group, coarse) in best((0..).zip(coarse.iter().copied()).take(self.members.len()), TRIED) {
            inside.clear();
            inside.extend(rows.iter().filter_map(|(row, value)| {
                let (from, to) = (self.starts[*row as usize], self.starts[*row as usize + 1]);
                let at = self.holders[from as usize..to as usize].binary_search(&(group as u16)).ok()?;
                Some((from + at as u32, *value))
            }));
            scores.fill(0.0);
            self.inside.add(&inside, &mut scores);
            let members = &self.members[group as usize];
            told.extend(members.iter().zip(&scores).map(|(intent, score)| (*intent, (coarse + score) / 2.0)));
        }
        (told, coarse)
    }
}

/// Trains on the samples of one group, whose rows get short numbers of their own meanwhile.
fn train_inside(samples: &Samples, own: &[usize], classes: usize, class_of: impl Fn(u32) -> u32) -> Inside {
    let mut numbers: Map<u32, u32> = Map::default();
    let mut rows = Vec::new();
    let mut short = Samples { effort: samples.effort, ..Samples::default() };
    short.starts.push(0);
    for sample in own {
        for (row, value) in samples.entries_of(*sample) {
            let number = *numbers.entry(*row).or_insert_with(|| {
                rows.push(*row);
                rows.len() as u32 - 1
            });
            short.entries.push((number, *value));
        }
        short.starts.push(short.entries.len());
        short.classes.push(class_of(samples.classes[*sample]));
        short.weights.push(samples.weights[*sample]);
    }
    short.rows = rows.len();
    Inside { blocks: train_whole(&short, classes), rows }
}

#[cfg(test)]
mod tests {
    use super::super::plan::FLAT_MAX;
    use super::super::{Sentence, Similarity};
    use crate::text::Words;

    fn name(mut number: usize) -> String {
        let mut name = String::new();
        for _ in 0..3 {
            name.push_str(["ka", "lo", "mi", "ren", "tu", "sha", "po", "vel", "di", "gor"][number % 10]);
            number /= 10;
        }
        name
    }

    #[test]
    fn many_intents_are_told_apart_and_their_order_changes_nothing() {
        let intents = FLAT_MAX + 50;
        let mut sentences: Vec<Sentence> = (0..intents)
            .flat_map(|intent| {
                let (own, shared) = (name(intent), name(900 + intent % 20));
                [format!("where is my {own} {shared}"), format!("i want a new {shared} {own}"), format!("{own} help")]
                    .map(|text| (intent as u32, text))
            })
            .zip(0..)
            .map(|((intent, text), phrase)| Sentence { intent, phrase, words: Words::of(&text), weight: 1.0 })
            .collect();
        let one = Similarity::learn(sentences.clone(), intents);
        sentences.reverse();
        let other = Similarity::learn(sentences, intents);
        for intent in (0..intents).step_by(7) {
            let words = Words::of(&format!("is my {} here", name(intent)));
            let told = one.score(&words);
            assert_eq!(told.first().map(|like| like.intent), Some(intent as u32), "{}", words.folded());
            assert_eq!(told, other.score(&words));
        }
    }
}
