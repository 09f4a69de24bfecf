//! The figures of labelled messages: how often the bot is right, and what its confidence is worth. Only arithmetic over
//! predictions; every definition stands at its function, because others compare their figures with these.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::eval::labelled::Prediction;
use crate::flow::Fallback;

/// Confidences are put into so many equal bins.
pub(super) const BINS: usize = 10;

/// The headline figures.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) messages: usize,
    pub(super) in_scope: usize,
    pub(super) out_of_scope: usize,
    /// Right among in-scope messages, whatever the confidence.
    pub(super) accuracy: Option<f64>,
    /// The mean of the intents' F1: small intents count as much as large ones.
    pub(super) macro_f1: Option<f64>,
    /// In-scope messages that the bot would act on surely, and the share of them that is right.
    pub(super) acted_on: Option<f64>,
    pub(super) right_when_acting: Option<f64>,
    /// Out-of-scope messages on which the bot would not act surely, and those that would be a miss.
    pub(super) out_of_scope_recall_sure: Option<f64>,
    pub(super) out_of_scope_recall_unsure: Option<f64>,
    /// The probability that a right in-scope message has a higher confidence than an out-of-scope one.
    pub(super) auroc: Option<f64>,
    /// Of the out-of-scope messages those that are escalated by the highest threshold which keeps 95 % of the right answers.
    pub(super) escalated_at_95_kept: Option<f64>,
    /// Of the in-scope messages those that are right and kept by the lowest threshold which escalates so much of what is
    /// out of scope.
    pub(super) accuracy_at_80_escalated: Option<f64>,
    pub(super) accuracy_at_90_escalated: Option<f64>,
    /// The mean distance of confidence from being right over ten equal bins, weighted; out of scope is never right.
    pub(super) calibration_error: f64,
    pub(super) calibration_error_in_scope: Option<f64>,
    pub(super) microseconds_per_message: f64,
    pub(super) microseconds_per_message_p50: f64,
    pub(super) microseconds_per_message_p99: f64,
    /// Reading and compiling; of a cross-validation, all compiling together.
    pub(super) compile_seconds: f64,
}

/// How one intent fares among the in-scope messages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct OfIntent {
    pub(super) intent: String,
    pub(super) messages: usize,
    /// Of the messages taken for it, those that are.
    pub(super) precision: Option<f64>,
    /// Of its messages, those taken for it.
    pub(super) recall: Option<f64>,
    pub(super) f1: f64,
}

/// The messages of one intent that were taken for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Confusion {
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) count: usize,
}

/// One bin of the reliability table: confidence promised against being right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Bin {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) messages: usize,
    pub(super) confidence: f64,
    pub(super) right: f64,
    /// What its messages count.
    #[serde(skip)]
    weight: f64,
}

/// What acting at a threshold would do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Cut {
    pub(super) threshold: f64,
    /// The share of all messages that is acted on.
    pub(super) coverage: f64,
    /// The share of these that is wrong.
    pub(super) risk: f64,
}

/// Figures over some predictions.
pub(super) fn measure(fallback: &Fallback, predictions: &[Prediction], compile_seconds: f64) -> Figures {
    let (inside, outside): (Vec<_>, Vec<_>) = predictions.iter().partition(|prediction| prediction.in_scope());
    let acting: Vec<_> = inside.iter().filter(|prediction| prediction.confidence >= fallback.sure).collect();
    let right = in_order(inside.iter().filter(|prediction| prediction.right()).map(|right| right.confidence));
    let strange = in_order(outside.iter().map(|prediction| prediction.confidence));
    let below = |limit: f64| share(strange.partition_point(|confidence| *confidence < limit), strange.len());
    let intents = of_intents(predictions);
    let times = in_order(predictions.iter().map(|prediction| prediction.microseconds));
    let time = |part: f64| times.get(((times.len().max(1) - 1) as f64 * part).round() as usize).copied();
    Figures {
        messages: predictions.len(),
        in_scope: inside.len(),
        out_of_scope: outside.len(),
        accuracy: share(right.len(), inside.len()),
        macro_f1: mean(intents.iter().filter(|intent| intent.messages > 0).map(|intent| intent.f1)),
        acted_on: share(acting.len(), inside.len()),
        right_when_acting: share(acting.iter().filter(|prediction| prediction.right()).count(), acting.len()),
        out_of_scope_recall_sure: below(fallback.sure),
        out_of_scope_recall_unsure: below(fallback.unsure),
        auroc: auroc(&right, &strange),
        escalated_at_95_kept: keeping_95(&right).and_then(below),
        accuracy_at_80_escalated: left_when_escalated(&right, &strange, inside.len(), 8),
        accuracy_at_90_escalated: left_when_escalated(&right, &strange, inside.len(), 9),
        calibration_error: calibration_error(&reliability(predictions.iter())).unwrap_or(0.0),
        calibration_error_in_scope: calibration_error(&reliability(inside.iter().copied())),
        microseconds_per_message: mean(times.iter().copied()).unwrap_or(0.0),
        microseconds_per_message_p50: time(0.5).unwrap_or(0.0),
        microseconds_per_message_p99: time(0.99).unwrap_or(0.0),
        compile_seconds,
    }
}

/// The highest threshold at which at least 95 % of the right answers (in order) have the threshold or more.
pub(super) fn keeping_95(right: &[f64]) -> Option<f64> {
    right.get(right.len() / 20).copied()
}

/// The lowest threshold at which so many tenths of the out-of-scope messages (in order) lie below it leaves so many of the
/// in-scope messages right and at the threshold or above.
fn left_when_escalated(right: &[f64], strange: &[f64], in_scope: usize, tenths: usize) -> Option<f64> {
    let escalated = (strange.len() * tenths).div_ceil(10);
    let last = strange.get(escalated.checked_sub(1)?)?;
    share(right.len() - right.partition_point(|confidence| confidence <= last), in_scope)
}

/// The area under the curve, by ranks (Mann–Whitney); ties count half. Both in order.
fn auroc(right: &[f64], strange: &[f64]) -> Option<f64> {
    if right.is_empty() || strange.is_empty() {
        return None;
    }
    let wins: f64 = right
        .iter()
        .map(|score| {
            let below = strange.partition_point(|other| other < score);
            let equal = strange.partition_point(|other| other <= score) - below;
            below as f64 + equal as f64 / 2.0
        })
        .sum();
    Some(wins / (right.len() as f64 * strange.len() as f64))
}

/// The reliability table: every bin, also the empty ones.
pub(super) fn reliability<'p>(predictions: impl Iterator<Item = &'p Prediction>) -> Vec<Bin> {
    let mut sums = [(0_usize, 0.0, 0.0, 0.0); BINS];
    for prediction in predictions {
        let bin = &mut sums[((prediction.confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += 1;
        bin.1 += prediction.weight;
        bin.2 += prediction.weight * prediction.confidence;
        bin.3 += prediction.weight * f64::from(u8::from(prediction.right()));
    }
    (0..BINS)
        .zip(sums)
        .map(|(number, (messages, weight, confidence, right))| {
            let of = if messages > 0 { weight } else { 1.0 };
            let (from, to) = (number as f64 / BINS as f64, (number + 1) as f64 / BINS as f64);
            Bin { from, to, messages, confidence: confidence / of, right: right / of, weight }
        })
        .collect()
}

fn calibration_error(bins: &[Bin]) -> Option<f64> {
    let all: f64 = bins.iter().map(|bin| bin.weight).sum();
    let sum: f64 = bins.iter().map(|bin| (bin.confidence - bin.right).abs() * bin.weight).sum();
    (all > 0.0).then(|| sum / all)
}

/// Every threshold that changes what is acted on, the highest first; risk over all messages given, of which those out of
/// scope are never right.
pub(super) fn cuts<'p>(predictions: impl Iterator<Item = &'p Prediction>) -> Vec<Cut> {
    let mut scores: Vec<(f64, bool, f64)> =
        predictions.map(|prediction| (prediction.confidence, prediction.right(), prediction.weight)).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all: f64 = scores.iter().map(|(.., weight)| weight).sum();
    let (mut acted, mut wrong) = (0.0, 0.0);
    let mut cuts = Vec::new();
    for same in scores.chunk_by(|a, b| a.0 == b.0) {
        acted += same.iter().map(|(.., weight)| weight).sum::<f64>();
        wrong += same.iter().filter(|(_, right, _)| !right).map(|(.., weight)| weight).sum::<f64>();
        cuts.push(Cut { threshold: same[0].0, coverage: acted / all, risk: wrong / acted });
    }
    cuts
}

/// The cuts nearest to round coverages: a curve short enough to read.
pub(super) fn round_cuts(cuts: &[Cut]) -> Vec<Cut> {
    let mut round: Vec<Cut> = (1..=10)
        .filter_map(|tenth| {
            let wanted = f64::from(tenth) / 10.0;
            let distance = |cut: &&Cut| (cut.coverage - wanted).abs();
            cuts.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).copied()
        })
        .collect();
    round.dedup();
    round
}

/// Each intent that a message has or was taken for, the worst first.
pub(super) fn of_intents(predictions: &[Prediction]) -> Vec<OfIntent> {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for prediction in predictions.iter().filter(|prediction| prediction.in_scope()) {
        counts.entry(&prediction.expected).or_default()[0] += 1;
        if let Some(intent) = &prediction.intent {
            counts.entry(intent).or_default()[1] += 1;
        }
        if prediction.right() {
            counts.entry(&prediction.expected).or_default()[2] += 1;
        }
    }
    let mut intents: Vec<OfIntent> = counts
        .into_iter()
        .map(|(intent, [messages, taken, right])| OfIntent {
            intent: intent.to_owned(),
            messages,
            precision: share(right, taken),
            recall: share(right, messages),
            f1: 2.0 * right as f64 / (messages + taken).max(1) as f64,
        })
        .collect();
    intents.sort_by(|a, b| a.f1.total_cmp(&b.f1).then_with(|| a.intent.cmp(&b.intent)));
    intents
}

/// What was taken for what, the most frequent first.
pub(super) fn confusions(predictions: &[Prediction]) -> Vec<Confusion> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for prediction in predictions.iter().filter(|prediction| prediction.in_scope() && !prediction.right()) {
        let got = prediction.intent.as_deref().unwrap_or("nothing");
        *counts.entry((&prediction.expected, got)).or_default() += 1;
    }
    let mut confusions: Vec<Confusion> = counts
        .into_iter()
        .map(|((expected, got), count)| Confusion { expected: expected.to_owned(), got: got.to_owned(), count })
        .collect();
    confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.count));
    confusions
}

/// Two intents that are taken for each other, in both directions together, the most confused first.
pub(super) fn confused_pairs(confusions: &[Confusion]) -> Vec<(String, String, usize)> {
    let mut pairs: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for Confusion { expected, got, count } in confusions {
        *pairs.entry((expected.min(got), expected.max(got))).or_default() += count;
    }
    let mut pairs: Vec<_> = pairs.into_iter().map(|((a, b), count)| (a.to_owned(), b.to_owned(), count)).collect();
    pairs.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    pairs
}

pub(super) fn share(count: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| count as f64 / of as f64)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

pub(super) fn in_order(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests;
