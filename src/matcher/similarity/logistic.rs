//! From signals to a probability: a logistic function, and its fit to examples by Newton's method. The fit is pulled towards
//! coefficients that hold for bots in general, so that few examples move it little. Then the line that it draws is bent: how fast
//! the odds rise where an intent is more likely right than wrong is not how fast they rise below.

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

/// The log-odds of an intent before they are bent: 1, the odds, and what of them is above even.
const BENT: usize = 3;

/// The bend of a bot without examples is none. What a few of them say about it is mostly chance, so that the pull is stronger.
const STRAIGHT: [f64; BENT] = [0.0, 1.0, 0.0];
const STRAIGHT_PULL: f64 = 30.0;

/// The coefficients of a bot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Logistic {
    signals: [f64; SIGNALS],
    bend: [f64; BENT],
}

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
        let signals = std::array::from_fn(|at| MANY_INTENTS[at] + (FEW_INTENTS[at] - MANY_INTENTS[at]) * few);
        Self { signals, bend: STRAIGHT }
    }

    /// The probability.
    pub(super) fn probability(&self, signals: &Signals) -> f64 {
        probability(product(&self.bend, &bent(product(&self.signals, &signals.map(f64::from)))))
    }

    /// The coefficients that make the examples most probable, pulled towards these.
    pub(super) fn fitted(self, examples: &[Example]) -> Self {
        let seen: Vec<Observed<SIGNALS>> =
            examples.iter().map(|example| (example.signals.map(f64::from), example.right, example.weight)).collect();
        let pull = SPREAD.map(|spread| PULL * spread * spread);
        let Some(signals) = fit(self.signals, pull, &seen) else { return self };
        let seen: Vec<Observed<BENT>> =
            seen.iter().map(|(values, right, weight)| (bent(product(&signals, values)), *right, *weight)).collect();
        // What is likelier before the bend must be likelier behind it.
        let rises = |bend: &[f64; BENT]| bend[1] > 0.0 && bend[1] + bend[2] > 0.0;
        Self { signals, bend: fit(STRAIGHT, [STRAIGHT_PULL; BENT], &seen).filter(rises).unwrap_or(STRAIGHT) }
    }
}

/// What was seen once: values, whether the intent was right, and what it counts.
type Observed<const N: usize> = ([f64; N], bool, f64);

fn bent(odds: f64) -> [f64; BENT] {
    [1.0, odds, odds.max(0.0)]
}

fn product<const N: usize>(coefficients: &[f64; N], values: &[f64; N]) -> f64 {
    values.iter().zip(coefficients).map(|(value, coefficient)| value * coefficient).sum()
}

fn probability(odds: f64) -> f64 {
    1.0 / (1.0 + exp(-odds))
}

/// The coefficients that make what was seen most probable, pulled towards those of `start`. None where it runs away, which the
/// pull should prevent.
fn fit<const N: usize>(start: [f64; N], pull: [f64; N], seen: &[Observed<N>]) -> Option<[f64; N]> {
    let mut fitted = start;
    for _ in 0..ROUNDS {
        let (mut gradient, mut curvature) = slope(&fitted, seen);
        for (row, pull) in pull.iter().enumerate() {
            gradient[row] -= pull * (fitted[row] - start[row]);
            curvature[row][row] += pull;
        }
        let step = solve(curvature, gradient)?;
        fitted.iter_mut().zip(step).for_each(|(coefficient, step)| *coefficient += step);
        if step.iter().all(|step| step.abs() < 1e-9) {
            return Some(fitted);
        }
    }
    None
}

/// The first and second derivatives of the logarithm of the probability of all that was seen.
fn slope<const N: usize>(at: &[f64; N], seen: &[Observed<N>]) -> ([f64; N], [[f64; N]; N]) {
    let mut gradient = [0.0; N];
    let mut curvature = [[0.0; N]; N];
    for (values, right, weight) in seen {
        let probability = probability(product(at, values));
        let missed = weight * (f64::from(u8::from(*right)) - probability);
        let sharpness = weight * probability * (1.0 - probability);
        for (row, one) in values.iter().enumerate() {
            gradient[row] += missed * one;
            for (column, other) in values.iter().enumerate() {
                curvature[row][column] += sharpness * one * other;
            }
        }
    }
    (gradient, curvature)
}

/// The solution of a system of linear equations by elimination; none where it has no single one.
#[expect(clippy::needless_range_loop, reason = "rows and columns of a matrix are read best by their numbers")]
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        let size = matrix[pivot][column].abs();
        if size.is_nan() || size <= 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..N {
            let factor = matrix[row][column] / matrix[column][column];
            for at in column..N {
                matrix[row][at] -= factor * matrix[column][at];
            }
            right[row] -= factor * right[column];
        }
    }
    let mut solution = [0.0; N];
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|at| matrix[row][at] * solution[at]).sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Example {
        /// The same twice: right in that share of what it counts, wrong in the rest.
        fn parted(self, right: f64) -> [Self; 2] {
            [Self { right: true, weight: right, ..self }, Self { right: false, weight: 1.0 - right, ..self }]
        }
    }

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
    fn odds_may_rise_faster_above_even_than_below() {
        let rising = |score: f32| {
            let from_even = f64::from(score) - 0.5;
            probability(if from_even > 0.0 { 12.0 * from_even } else { 3.0 * from_even })
        };
        let scores = (0..40_000).map(|number: u16| f32::from(number % 100) / 100.0);
        let seen: Vec<Example> = scores.flat_map(|score| example(score, true).parted(rising(score))).collect();
        let fitted = Logistic::general(20).fitted(&seen);
        for score in [0.1, 0.3, 0.7, 0.9] {
            let promised = fitted.probability(&example(score, true).signals);
            assert!((promised - rising(score)).abs() < 0.05, "{score}: {promised}, not {}", rising(score));
        }
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
