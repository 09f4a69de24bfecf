//! The mean of an intent's sentences as its weights: less exact than training, but its cost grows with the number of sentences only.

use super::packed::{Entry, Packed};
use super::train::Samples;
use crate::matcher::vocabulary::Map;

/// Of a feature that very many intents have, only so many weights are kept, the greatest.
const ROW_MAX: usize = 128;

/// Cosines lie between 0 and 1, the scores of classifiers around -1 and 1. The two numbers bring their spread and their middle
/// together. They are estimates, not fitted: confidence above 400 intents comes out too low rather than too high.
const SPREAD: f32 = 4.0;
const MIDDLE: f32 = 1.5;

/// The weights of all intents.
pub(super) fn centroids(samples: &Samples, intents: usize) -> Packed {
    let bias_row = samples.rows - 1;
    let mut of_intent: Vec<Vec<usize>> = vec![Vec::new(); intents];
    for (sample, intent) in samples.classes.iter().enumerate() {
        if let Some(own) = of_intent.get_mut(*intent as usize) {
            own.push(sample);
        }
    }
    let mut rows: Vec<Vec<Entry>> = vec![Vec::new(); samples.rows];
    let mut sums: Map<u32, f32> = Map::default();
    for (intent, own) in (0_u16..).zip(&of_intent) {
        sums.clear();
        let mut order = Vec::new();
        for sample in own {
            let entries = &samples.entries[samples.starts[*sample]..samples.starts[*sample + 1]];
            for (row, value) in entries.iter().filter(|(row, _)| *row as usize != bias_row) {
                let sum = sums.entry(*row).or_insert_with(|| {
                    order.push(*row);
                    0.0
                });
                *sum += value * samples.weights[*sample];
            }
        }
        let square: f32 = order.iter().map(|row| sums[row] * sums[row]).sum();
        for row in order {
            let weight = SPREAD * sums[&row] / square.sqrt();
            rows[row as usize].push(Entry { row, class: intent, weight });
        }
    }
    for row in &mut rows {
        if row.len() > ROW_MAX {
            row.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.class.cmp(&b.class)));
            row.truncate(ROW_MAX);
            row.sort_by_key(|entry| entry.class);
        }
    }
    let middle = -MIDDLE / super::BIAS;
    rows[bias_row] =
        (0..intents).map(|class| Entry { row: bias_row as u32, class: class as u16, weight: middle }).collect();
    Packed::new(samples.rows, intents, vec![rows.into_iter().flatten().collect()])
}
