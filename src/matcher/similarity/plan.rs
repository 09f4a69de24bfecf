//! How a bot is learnt, decided once for the bot and for all of its parts that calibration trains.

use super::Sentence;
use super::similar::{alike, clusters};
use super::train::Effort;

/// Above so many intents, classifiers against all others would take minutes to train: there they are grouped.
pub(super) const FLAT_MAX: usize = 400;

/// From so many intents on, families of similar ones are told apart too.
const FAMILIES_FROM: usize = 100;

/// A family has about so many intents.
const FAMILY_SIZE: usize = 5;

/// The plan.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) grouping: Grouping,
    pub(super) effort: Effort,
}

/// What is told apart.
#[derive(Debug, Clone)]
pub(super) enum Grouping {
    /// Each intent from all others.
    None,
    /// The same, and each family of intents from all others: the family of each intent.
    Families(Vec<u32>),
    /// Each group of intents from all others, and in each group each intent from the others: the intents of each group.
    Groups(Vec<Vec<u32>>),
}

impl Plan {
    pub(super) fn of(sentences: &[&Sentence], intents: usize) -> Self {
        let grouping = match intents {
            _ if intents > FLAT_MAX => Grouping::Groups(clusters(sentences, intents)),
            _ if intents >= FAMILIES_FROM => Grouping::Families(alike(sentences, intents, intents / FAMILY_SIZE)),
            _ => Grouping::None,
        };
        Self { grouping, effort: Effort::of(sentences.iter().map(|sentence| sentence.weight).sum()) }
    }

    /// The intents of so many groups that they are about `limit`, in order; none where all are no more than that.
    pub(super) fn some(&self, limit: usize) -> Vec<u32> {
        let Grouping::Groups(groups) = &self.grouping else { return Vec::new() };
        let mut some: Vec<u32> = Vec::new();
        for group in groups {
            if some.len() >= limit {
                some.sort_unstable();
                return some;
            }
            some.extend(group);
        }
        Vec::new()
    }

    /// The plan for some of the intents, which get new numbers.
    pub(super) fn restricted(&self, kept: &[u32]) -> Self {
        let grouping = match &self.grouping {
            Grouping::None => Grouping::None,
            Grouping::Families(family_of) => {
                Grouping::Families(kept.iter().map(|intent| family_of[*intent as usize]).collect())
            }
            Grouping::Groups(groups) => {
                let number = |intent: &u32| kept.binary_search(intent).ok().map(|number| number as u32);
                let groups = groups.iter().map(|group| group.iter().filter_map(number).collect());
                Grouping::Groups(groups.filter(|group: &Vec<u32>| !group.is_empty()).collect())
            }
        };
        Self { grouping, effort: self.effort }
    }

    /// Parts intents into so many parts, those that are alike into the same: for each intent the number of its part.
    pub(super) fn parts(&self, sentences: &[&Sentence], intents: usize, parts: usize) -> Vec<u32> {
        let Grouping::Groups(groups) = &self.grouping else { return alike(sentences, intents, parts) };
        let mut sizes = vec![0_usize; parts];
        let mut part_of = vec![0; intents];
        for group in groups {
            let smallest = (0..parts).min_by_key(|part| sizes[*part]).unwrap_or(0);
            sizes[smallest] += group.len();
            group.iter().for_each(|intent| part_of[*intent as usize] = smallest as u32);
        }
        part_of
    }
}
