//! What to write under `fallback:`: thresholds that follow from labelled messages, and what each would do to them.

use serde::Serialize;

use crate::cli::eval::figures::{Figures, share};
use crate::cli::eval::labelled::Prediction;
use crate::flow::Fallback;

/// At `sure` so much is right, and at `unsure`: what the defaults mean where confidence is a probability.
pub(super) const RIGHT_AT_SURE: f64 = 0.75;
pub(super) const RIGHT_AT_UNSURE: f64 = 0.45;

/// Strangers count as if at least so many of all messages were out of scope: files of labelled messages often hold few, and
/// visitors bring more.
const STRANGERS: f64 = 0.2;

/// Thresholds rest on this many messages at least, and on so many of them that the bot gets wrong or that are out of scope: with
/// fewer, where they happen to lie decides.
const MESSAGES_MIN: usize = 50;
const WRONG_MIN: usize = 20;

/// Two thresholds and what they do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Thresholds {
    pub(super) sure: f64,
    pub(super) unsure: f64,
    /// Of the in-scope messages those that are acted on, and those that get a "did you mean".
    pub(super) acted_on: Option<f64>,
    pub(super) asked_back: Option<f64>,
    /// Of everything acted on, what is right.
    pub(super) right_when_acting: Option<f64>,
    /// Of what is out of scope, what is acted on by mistake, and what is a miss.
    pub(super) out_of_scope_acted_on: Option<f64>,
    pub(super) out_of_scope_missed: Option<f64>,
}

/// The share of all messages that strangers count as where thresholds are suggested.
pub(super) fn assumed(figures: &Figures, told: Option<f64>) -> f64 {
    told.unwrap_or_else(|| share(figures.out_of_scope, figures.messages).unwrap_or(0.0).max(STRANGERS))
}

/// The thresholds at which confidence is worth what the defaults promise, if strangers are that share of all messages.
///
/// # Errors
///
/// Why none can be suggested.
pub(super) fn suggest(predictions: &[Prediction], strangers: f64) -> Result<Thresholds, &'static str> {
    let outside = predictions.iter().filter(|prediction| !prediction.in_scope()).count();
    if predictions.len() < MESSAGES_MIN {
        return Err("so few messages say too little; fifty are the least");
    }
    if outside == 0 {
        return Err("none of the messages is out of scope, and thresholds are there for those");
    }
    if predictions.iter().filter(|prediction| !prediction.right()).count() < WRONG_MIN {
        return Err("fewer than twenty are wrong or out of scope, and where so few lie is chance");
    }
    let inside = (predictions.len() - outside) as f64;
    let weight = inside * strangers / (1.0 - strangers) / outside as f64;
    let mut scores: Vec<(f64, bool, f64)> = predictions
        .iter()
        .map(|one| (one.confidence, one.right(), if one.in_scope() { 1.0 } else { weight }))
        .collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let suggested = worth(&scores, RIGHT_AT_SURE).zip(worth(&scores, RIGHT_AT_UNSURE));
    let (sure, unsure) = suggested.ok_or("at no confidence is enough of it right")?;
    Ok(effect(predictions, sure, unsure))
}

/// The confidence down to which messages are right often enough: there the gain is greatest if being right is worth what is
/// left of `wanted`, and being wrong costs `wanted`. In hundredths, as an author writes it. The scores come highest first.
fn worth(scores: &[(f64, bool, f64)], wanted: f64) -> Option<f64> {
    let (mut gain, mut best, mut lowest) = (0.0, 0.0, None);
    for same in scores.chunk_by(|a, b| a.0 == b.0) {
        gain += same.iter().map(|(_, right, weight)| weight * (f64::from(u8::from(*right)) - wanted)).sum::<f64>();
        if gain > best {
            (best, lowest) = (gain, Some(same[0].0));
        }
    }
    lowest.map(|lowest: f64| (lowest * 100.0).round().max(1.0) / 100.0)
}

/// What the bot's own thresholds do.
pub(super) fn present(predictions: &[Prediction], fallback: &Fallback) -> Thresholds {
    effect(predictions, fallback.sure, fallback.unsure)
}

fn effect(predictions: &[Prediction], sure: f64, unsure: f64) -> Thresholds {
    let count = |test: &dyn Fn(&Prediction) -> bool| predictions.iter().filter(|prediction| test(prediction)).count();
    let inside = count(&|prediction| prediction.in_scope());
    let outside = predictions.len() - inside;
    let acts = |prediction: &Prediction| prediction.confidence >= sure;
    let misses = |prediction: &Prediction| prediction.confidence < unsure;
    Thresholds {
        sure,
        unsure,
        acted_on: share(count(&|one| one.in_scope() && acts(one)), inside),
        asked_back: share(count(&|one| one.in_scope() && !acts(one) && !misses(one)), inside),
        right_when_acting: share(count(&|one| acts(one) && one.right()), count(&acts)),
        out_of_scope_acted_on: share(count(&|one| !one.in_scope() && acts(one)), outside),
        out_of_scope_missed: share(count(&|one| !one.in_scope() && misses(one)), outside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(expected: &str, got: &str, confidence: f64) -> Prediction {
        let (text, intent) = (String::new(), Some(got.to_owned()));
        Prediction { text, expected: expected.to_owned(), intent, confidence, microseconds: 0.0, weight: 1.0 }
    }

    /// A thousand messages whose chance of being right is what `chance` makes of their confidence; a fifth are strangers.
    fn messages(chance: fn(f64) -> f64) -> Vec<Prediction> {
        let mut owed = 0.0;
        let mut wrong = 0;
        let steps = (0..1000).map(|number| (f64::from(number) + 0.5) / 1000.0);
        let judged = steps.map(|confidence| {
            owed += chance(confidence);
            if owed >= 1.0 {
                owed -= 1.0;
                return prediction("a", "a", confidence);
            }
            wrong += 1;
            prediction(if wrong % 5 < 2 { "oos" } else { "a" }, "b", confidence)
        });
        judged.collect()
    }

    #[test]
    fn where_confidence_is_a_probability_the_defaults_are_suggested() {
        let suggested = suggest(&messages(|confidence| confidence), STRANGERS).unwrap();
        assert!((suggested.sure - RIGHT_AT_SURE).abs() < 0.03, "{suggested:?}");
        assert!((suggested.unsure - RIGHT_AT_UNSURE).abs() < 0.03, "{suggested:?}");
    }

    #[test]
    fn where_confidence_promises_too_much_more_is_asked_of_it() {
        let messages = messages(|confidence| confidence * confidence);
        let strange = messages.iter().filter(|message| !message.in_scope()).count();
        let suggested = suggest(&messages, strange as f64 / 1000.0).unwrap();
        assert!((suggested.sure - RIGHT_AT_SURE.sqrt()).abs() < 0.03, "{suggested:?}");
        assert!((suggested.unsure - RIGHT_AT_UNSURE.sqrt()).abs() < 0.03, "{suggested:?}");
    }

    #[test]
    fn few_strangers_count_as_more() {
        let mut few = vec![prediction("oos", "a", 0.6); 20];
        few.extend(vec![prediction("a", "a", 0.6); 980]);
        few.extend(vec![prediction("a", "a", 0.9); 1000]);
        let suggested = suggest(&few, STRANGERS).unwrap();
        assert_eq!((suggested.sure, suggested.unsure), (0.9, 0.6), "half of what is at 0.6 is strange then");
        assert_eq!((suggested.out_of_scope_acted_on, suggested.out_of_scope_missed), (Some(0.0), Some(0.0)));
        assert_eq!((suggested.acted_on, suggested.right_when_acting), (Some(1000.0 / 1980.0), Some(1.0)));
    }

    #[test]
    fn nothing_is_suggested_where_nothing_can_be_said() {
        let own = vec![prediction("a", "a", 0.6); 60];
        assert!(suggest(&own, STRANGERS).unwrap_err().contains("out of scope"));
        let mut nearly_right = vec![prediction("a", "a", 0.9); 400];
        nearly_right.extend(vec![prediction("oos", "a", 0.95); 3]);
        assert!(suggest(&nearly_right, STRANGERS).unwrap_err().contains("chance"));
        assert!(suggest(&own[..40], STRANGERS).unwrap_err().contains("fifty"));
        assert!(suggest(&vec![prediction("oos", "a", 0.6); 60], STRANGERS).unwrap_err().contains("at no confidence"));
    }
}
