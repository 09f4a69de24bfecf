//! From signals to a probability: a logistic function, and its fit to examples by Newton's method. The fit is pulled towards
//! coefficients that hold for bots in general, so that few examples move it little.

use super::exact::exp;

/// How many signals there are, the constant included.
pub(super) const SIGNALS: usize = 6;

/// What speaks for an intent, in numbers: 1, its score, how far that is above the next ones, which share of the message its
/// phrases explain, how like its nearest sentence is, the score of the intent's family or group.
pub(super) type Signals = [f32; SIGNALS];

/// The spread of each signal over many bots: the pull counts in its units.
const SPREAD: [f64; SIGNALS] = [1.0, 0.75, 0.77, 0.21, 0.22, 0.5];

/// How strong the pull is, as a number of examples.
const PULL: f64 = 10.0;

/// Newton's method converges in less than ten rounds where it converges.
const ROUNDS: usize = 30;

/// The coefficients of a bot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Logistic([f64; SIGNALS]);

impl Default for Logistic {
    fn default() -> Self {
        Self::general(0)
    }
}

/// One observed message: its signals, whether the best intent was the right one, and what it counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Example {
    pub(super) signals: Signals,
    pub(super) right: bool,
    pub(super) weight: f64,
}

impl Logistic {
    /// Coefficients for bots in general, fitted on large and small labelled sets whose strangers were held-out intents. Small bots
    /// meet more strangers, so that their values lie between the two rows.
    pub(super) fn general(intents: usize) -> Self {
        const MANY_INTENTS: [f64; SIGNALS] = [-5.4, -1.7, 4.8, 2.4, 1.5, 0.55];
        const FEW_INTENTS: [f64; SIGNALS] = [-5.0, -0.3, 4.8, 2.2, 5.0, 0.0];
        let few = exp(-(intents as f64) / 50.0);
        Self(std::array::from_fn(|at| MANY_INTENTS[at] + (FEW_INTENTS[at] - MANY_INTENTS[at]) * few))
    }

    /// The probability.
    pub(super) fn probability(&self, signals: &Signals) -> f64 {
        let sum: f64 = signals.iter().zip(self.0).map(|(signal, coefficient)| f64::from(*signal) * coefficient).sum();
        1.0 / (1.0 + exp(-sum))
    }

    /// The coefficients that make the examples most probable, pulled towards these.
    pub(super) fn fitted(self, examples: &[Example]) -> Self {
        let mut fitted = self;
        for _ in 0..ROUNDS {
            let (gradient, curvature) = self.slope(&fitted, examples);
            let Some(step) = solve(curvature, gradient) else { return self };
            fitted.0.iter_mut().zip(step).for_each(|(coefficient, step)| *coefficient += step);
            if step.iter().all(|step| step.abs() < 1e-9) {
                return fitted;
            }
        }
        // It ran away, which the pull should prevent.
        self
    }

    /// The first and second derivatives of the logarithm of the probability of all examples, the pull towards `self` included.
    fn slope(&self, at: &Self, examples: &[Example]) -> ([f64; SIGNALS], [[f64; SIGNALS]; SIGNALS]) {
        let mut gradient = [0.0; SIGNALS];
        let mut curvature = [[0.0; SIGNALS]; SIGNALS];
        for example in examples {
            let signals = example.signals.map(f64::from);
            let probability = at.probability(&example.signals);
            let missed = example.weight * (f64::from(u8::from(example.right)) - probability);
            let sharpness = example.weight * probability * (1.0 - probability);
            for (row, one) in signals.iter().enumerate() {
                gradient[row] += missed * one;
                for (column, other) in signals.iter().enumerate() {
                    curvature[row][column] += sharpness * one * other;
                }
            }
        }
        for (row, spread) in SPREAD.iter().enumerate() {
            gradient[row] -= PULL * spread * spread * (at.0[row] - self.0[row]);
            curvature[row][row] += PULL * spread * spread;
        }
        (gradient, curvature)
    }
}

/// The solution of a system of linear equations by elimination; none where it has no single one.
#[expect(clippy::needless_range_loop, reason = "rows and columns of a matrix are read best by their numbers")]
fn solve(mut matrix: [[f64; SIGNALS]; SIGNALS], mut right: [f64; SIGNALS]) -> Option<[f64; SIGNALS]> {
    for column in 0..SIGNALS {
        let pivot = (column..SIGNALS).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        let size = matrix[pivot][column].abs();
        if size.is_nan() || size <= 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..SIGNALS {
            let factor = matrix[row][column] / matrix[column][column];
            for at in column..SIGNALS {
                matrix[row][at] -= factor * matrix[column][at];
            }
            right[row] -= factor * right[column];
        }
    }
    let mut solution = [0.0; SIGNALS];
    for row in (0..SIGNALS).rev() {
        let known: f64 = (row + 1..SIGNALS).map(|at| matrix[row][at] * solution[at]).sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(score: f32, right: bool) -> Example {
        Example { signals: [1.0, score, score, 1.0, 0.5, 0.0], right, weight: 1.0 }
    }

    #[test]
    fn without_examples_nothing_is_learnt() {
        let general = Logistic::general(20);
        assert_eq!(general.fitted(&[]), general);
    }

    #[test]
    fn what_is_often_wrong_becomes_improbable() {
        let general = Logistic::general(20);
        let wrong: Vec<Example> = (0..500).map(|number| example(0.4, number % 10 == 0)).collect();
        let right: Vec<Example> = (0..500).map(|number| example(0.9, number % 10 != 0)).collect();
        let fitted = general.fitted(&[wrong, right].concat());
        let (low, high) =
            (fitted.probability(&example(0.4, true).signals), fitted.probability(&example(0.9, true).signals));
        assert!((low - 0.1).abs() < 0.06 && (high - 0.9).abs() < 0.06, "{low} {high}");
    }

    #[test]
    fn few_examples_move_it_little() {
        let general = Logistic::general(20);
        let signals = example(0.4, false).signals;
        let fitted = general.fitted(&[example(0.4, true)]);
        let (before, after) = (general.probability(&signals), fitted.probability(&signals));
        assert!(after > before && after - before < 0.35, "{before} {after}");
    }
}
