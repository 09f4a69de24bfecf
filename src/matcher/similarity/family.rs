//! Families of similar intents, told apart by a classifier of their own: where the best intent's whole family fits well, the
//! message is in the bot's domain even if the intents of the family are hard to tell apart.

use super::packed::Packed;
use super::train::{Samples, train};

/// The trained classifier.
#[derive(Debug, Clone, Default)]
pub(super) struct Families {
    classifier: Packed,
    family_of: Vec<u32>,
}

impl Families {
    /// Trains on the samples, whose classes become the families of their intents.
    pub(super) fn learn(family_of: &[u32], samples: &mut Samples) -> Self {
        for class in &mut samples.classes {
            *class = family_of.get(*class as usize).copied().unwrap_or(*class);
        }
        let families = family_of.iter().max().map_or(0, |last| *last as usize + 1);
        Self { classifier: train(samples, families), family_of: family_of.to_vec() }
    }

    /// The scores of all families.
    pub(super) fn scores(&self, rows: &[(u32, f32)]) -> Vec<f32> {
        let mut scores = self.classifier.zeros();
        self.classifier.add(rows, &mut scores);
        scores
    }

    /// The family of an intent.
    pub(super) fn of(&self, intent: u32) -> usize {
        self.family_of.get(intent as usize).map_or(usize::MAX, |family| *family as usize)
    }
}
