//! One linear classifier for each class against all others: squared hinge loss, dual coordinate descent. Classes are
//! independent of each other, so they are trained in blocks on as many threads as there are, with the same result on any number.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::packed::{Block, Packed};
use crate::matcher::vocabulary::stable_hash;

/// Up to so many phrases training may go on until nothing changes any more.
const THOROUGH_MAX: f32 = 3_000.0;

/// Classes trained together, so that one row of weights fits into a few cache lines.
const BLOCK: usize = 40;

/// Weights smaller than this are left out; from so many phrases on, where they would fill the memory, those smaller than that.
const PRUNE: f32 = 0.03;
const PRUNE_MANY: f32 = 0.05;
const MANY: f32 = 30_000.0;

/// How hard to train.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Effort {
    /// How often all samples are gone through.
    epochs: usize,
    /// How much a mistake costs against large weights.
    cost: f32,
    /// Weights smaller than this are left out.
    prune: f32,
}

impl Effort {
    /// The effort that so many phrases are worth: the last epochs bring half a point on small bots and little on large ones.
    pub(super) fn of(phrases: f32) -> Self {
        let prune = if phrases < MANY { PRUNE } else { PRUNE_MANY };
        let (epochs, cost) = if phrases <= THOROUGH_MAX { (15, 10.0) } else { (5, 3.0) };
        Self { epochs, cost, prune }
    }
}

/// Training is over when an epoch moves less than this share of what the first one moved.
const STILL: f32 = 0.05;

/// Samples as sparse vectors, in an order that does not depend on the order of files.
#[derive(Default)]
pub(super) struct Samples {
    /// How many rows of weights there are.
    pub(super) rows: usize,
    /// Where each sample's entries begin, and at last where they end.
    pub(super) starts: Vec<usize>,
    /// Row and value.
    pub(super) entries: Vec<(u32, f32)>,
    /// The class of each sample.
    pub(super) classes: Vec<u32>,
    /// The weight of each sample.
    pub(super) weights: Vec<f32>,
    pub(super) effort: Effort,
}

impl Samples {
    pub(super) fn entries_of(&self, sample: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[sample]..self.starts[sample + 1]]
    }
}

/// Trains the classifiers of all classes.
pub(super) fn train(samples: &Samples, classes: usize) -> Packed {
    let order = order(samples);
    let blocks = in_parallel(classes.div_ceil(BLOCK), |block| {
        train_block(samples, &order, block * BLOCK, (classes - block * BLOCK).min(BLOCK))
    });
    Packed::new(samples.rows, classes, &blocks)
}

/// The weights of all classes that are worth keeping, trained on one thread.
pub(super) fn train_whole(samples: &Samples, classes: usize) -> Vec<Block> {
    let order = order(samples);
    let blocks = (0..classes).step_by(BLOCK);
    blocks.map(|first| train_block(samples, &order, first, (classes - first).min(BLOCK))).collect()
}

/// The order in which samples are gone through: without any sense, but always the same.
fn order(samples: &Samples) -> Vec<usize> {
    let mut order: Vec<usize> = (0..samples.classes.len()).collect();
    order.sort_by_cached_key(|sample| (stable_hash(17, &(*sample as u64).to_le_bytes()), *sample));
    order
}

/// Does pieces of work on as many threads as there are, with the same result on any number.
pub(super) fn in_parallel<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(count).max(1);
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= count {
                return done;
            }
            done.push((piece, work(piece)));
        }
    };
    let mut done: Vec<(usize, T)> = if workers == 1 {
        worker()
    } else {
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
            handles.into_iter().flat_map(|handle| handle.join().unwrap_or_default()).collect()
        })
    };
    done.sort_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The weights of `count` classes from `first` on that are worth keeping, by row.
fn train_block(samples: &Samples, order: &[usize], first: usize, count: usize) -> Block {
    // A multiple of eight lets the compiler use wide registers for the whole row.
    let width = count.next_multiple_of(8);
    let mut weights = vec![0.0_f32; samples.rows * width];
    let mut duals = vec![0.0_f32; samples.classes.len() * width];
    let mut scores = vec![0.0_f32; width];
    let mut changes = vec![0.0_f32; width];
    let mut first_moved = None;
    for _ in 0..samples.effort.epochs {
        let mut moved = 0.0_f32;
        for sample in order {
            let entries = samples.entries_of(*sample);
            scores.fill(0.0);
            let mut square = 0.0;
            for (row, value) in entries {
                square += value * value;
                let row = &weights[*row as usize * width..][..width];
                for (score, weight) in scores.iter_mut().zip(row) {
                    *score += value * weight;
                }
            }
            let ridge = 1.0 / (2.0 * samples.effort.cost * samples.weights[*sample]);
            let class = (samples.classes[*sample] as usize).wrapping_sub(first);
            let duals = &mut duals[*sample * width..][..width];
            let mut any = 0.0_f32;
            for (k, ((dual, change), score)) in duals.iter_mut().zip(&mut changes).zip(&scores).enumerate() {
                let sign = if k == class { 1.0 } else { -1.0 };
                let updated = (*dual - (sign * score - 1.0 + *dual * ridge) / (square + ridge)).max(0.0);
                *change = sign * (updated - *dual);
                *dual = updated;
                any += change.abs();
            }
            moved += any;
            if any > 0.0 {
                for (row, value) in entries {
                    let row = &mut weights[*row as usize * width..][..width];
                    for (weight, change) in row.iter_mut().zip(&changes) {
                        *weight += value * change;
                    }
                }
            }
        }
        if moved < STILL * *first_moved.get_or_insert(moved) {
            break;
        }
    }
    Block::of(&weights, width, first, count, samples.effort.prune)
}
