//! The definitions of the figures, on messages few enough to count by hand.

use super::*;
use crate::cli::eval::labelled::reweigh;

/// What is expected, what was predicted, how surely.
fn predictions(rows: &[(&str, &str, f64)]) -> Vec<Prediction> {
    let prediction = |(expected, got, confidence): &(&str, &str, f64)| Prediction {
        text: format!("{expected} {got} {confidence}"),
        expected: (*expected).to_owned(),
        intent: (!got.is_empty()).then(|| (*got).to_owned()),
        confidence: *confidence,
        microseconds: confidence * 100.0,
        weight: 1.0,
    };
    rows.iter().map(prediction).collect()
}

const FALLBACK: Fallback = Fallback { sure: 0.75, unsure: 0.45, misses: 2, retry: 2 };

fn of(rows: &[(&str, &str, f64)]) -> Figures {
    measure(&FALLBACK, &predictions(rows), 0.0)
}

#[test]
fn the_area_counts_pairs_and_halves_ties() {
    assert_eq!(auroc(&[0.8, 0.9], &[0.1, 0.2]), Some(1.0));
    assert_eq!(auroc(&[0.1], &[0.9]), Some(0.0));
    assert_eq!(auroc(&[0.5, 0.9], &[0.5]), Some(0.75));
    assert_eq!(auroc(&[], &[0.5]), None);
}

#[test]
fn a_confidence_that_keeps_its_word_has_no_error() {
    let error = |rows: &[(&str, &str, f64)]| calibration_error(&reliability(predictions(rows).iter())).unwrap();
    assert!(error(&[("a", "a", 0.5), ("a", "b", 0.5)]) < 1e-9);
    assert!((error(&[("a", "a", 1.0), ("a", "b", 1.0)]) - 0.5).abs() < 1e-9);
    // A stranger is never right, so a bot that is unsure of it keeps its word.
    assert!((error(&[("a", "a", 1.0), ("oos", "a", 0.1)]) - 0.05).abs() < 1e-9);
    let figures = of(&[("a", "a", 1.0), ("oos", "a", 1.0)]);
    assert!((figures.calibration_error - 0.5).abs() < 1e-9);
    assert_eq!(figures.calibration_error_in_scope, Some(0.0));
}

#[test]
fn strangers_count_as_the_share_that_they_are_said_to_be() {
    let mut mixed = predictions(&[("a", "a", 0.8), ("a", "a", 0.8), ("a", "b", 0.6), ("oos", "a", 0.6)]);
    reweigh(&mut mixed, 0.5).unwrap();
    let figures = measure(&FALLBACK, &mixed, 0.0);
    // A half of all is strange: the error is theirs, 0.6, and of the others two parts in three are 0.2 off, one 0.6.
    assert!((figures.calibration_error - (0.5 * 0.6 + (0.2 * 2.0 + 0.6) / 6.0)).abs() < 1e-9, "{figures:?}");
    assert!((figures.calibration_error_in_scope.unwrap() - (0.2 * 2.0 + 0.6) / 3.0).abs() < 1e-9);
    let all = cuts(mixed.iter());
    assert!((all[0].coverage - 1.0 / 3.0).abs() < 1e-9 && (all[1].risk - 2.0 / 3.0).abs() < 1e-9, "{all:?}");
    assert!(reweigh(&mut predictions(&[("a", "a", 0.8)]), 0.5).is_err());
    assert!(reweigh(&mut predictions(&[("oos", "a", 0.8)]), 0.5).is_err());
}

#[test]
fn of_twenty_right_answers_one_may_be_lost() {
    let right: Vec<f64> = (1..=20).map(|number| f64::from(number) / 20.0).collect();
    assert_eq!(keeping_95(&right), Some(0.1));
    assert_eq!(keeping_95(&right[1..]), Some(0.1), "of nineteen none");
    assert_eq!(keeping_95(&[]), None);
    let mut rows: Vec<(&str, &str, f64)> = right.iter().map(|confidence| ("a", "a", *confidence)).collect();
    // A wrong answer has no part in the threshold; a stranger at the threshold is not escalated.
    rows.extend([("a", "b", 0.01), ("oos", "a", 0.05), ("oos", "a", 0.1), ("oos", "b", 0.5), ("oos", "", 0.0)]);
    assert_eq!(of(&rows).escalated_at_95_kept, Some(0.5));
}

#[test]
fn what_is_left_is_right_and_above_the_strangers() {
    let mut rows = vec![("a", "a", 0.9), ("a", "b", 0.95), ("a", "a", 0.8), ("a", "a", 0.3)];
    rows.extend([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99].map(|confidence| ("oos", "a", confidence)));
    let figures = of(&rows);
    // Eight of ten lie below a threshold just above 0.8: an answer at 0.8 itself is lost.
    assert_eq!(figures.accuracy_at_80_escalated, Some(0.25));
    assert_eq!(figures.accuracy_at_90_escalated, Some(0.0));
    assert_eq!(figures.accuracy, Some(0.75));
    assert_eq!(of(&rows[..4]).accuracy_at_80_escalated, None, "without strangers there is none");
    assert_eq!(of(&rows[4..]).accuracy, None, "without own messages there is none");
}

#[test]
fn the_bots_thresholds_decide_what_is_acted_on() {
    let figures = of(&[("a", "a", 0.75), ("a", "b", 0.8), ("a", "a", 0.7), ("b", "b", 0.1), ("oos", "a", 0.5)]);
    assert_eq!((figures.acted_on, figures.right_when_acting), (Some(0.5), Some(0.5)));
    assert_eq!((figures.out_of_scope_recall_sure, figures.out_of_scope_recall_unsure), (Some(1.0), Some(0.0)));
}

#[test]
fn an_intent_is_measured_by_what_is_its_own_and_what_was_taken_for_it() {
    let rows = [("a", "a", 1.0), ("a", "b", 1.0), ("b", "b", 1.0), ("b", "b", 1.0), ("oos", "a", 1.0), ("c", "", 0.0)];
    let intents = of_intents(&predictions(&rows));
    let row = |name: &str| intents.iter().find(|intent| intent.intent == name).unwrap().clone();
    assert_eq!(row("a").precision, Some(1.0), "a stranger takes no part");
    assert_eq!((row("a").recall, row("a").f1), (Some(0.5), 2.0 / 3.0));
    assert_eq!((row("b").precision, row("b").recall, row("b").f1), (Some(2.0 / 3.0), Some(1.0), 0.8));
    assert_eq!((row("c").precision, row("c").recall, row("c").f1), (None, Some(0.0), 0.0));
    assert_eq!(intents[0].intent, "c", "the worst first");
}

#[test]
fn confusions_count_each_way_and_pairs_count_both() {
    let rows = [("a", "b", 0.9), ("a", "b", 0.8), ("b", "a", 0.9), ("b", "", 0.0), ("oos", "a", 0.9), ("a", "a", 0.9)];
    let confusions = confusions(&predictions(&rows));
    let told: Vec<_> = confusions.iter().map(|one| (&*one.expected, &*one.got, one.count)).collect();
    assert_eq!(told, [("a", "b", 2), ("b", "a", 1), ("b", "nothing", 1)]);
    assert_eq!(confused_pairs(&confusions)[0], ("a".to_owned(), "b".to_owned(), 3));
}

#[test]
fn the_more_is_acted_on_the_lower_the_threshold() {
    let rows = [("a", "a", 0.9), ("a", "b", 0.5), ("a", "a", 0.5), ("oos", "a", 0.2)];
    let cuts = cuts(predictions(&rows).iter());
    let told: Vec<_> = cuts.iter().map(|cut| (cut.threshold, cut.coverage, cut.risk)).collect();
    // Two messages of one confidence are acted on together or not at all.
    assert_eq!(told, [(0.9, 0.25, 0.0), (0.5, 0.75, 1.0 / 3.0), (0.2, 1.0, 0.5)]);
    assert_eq!(round_cuts(&cuts).len(), 3);
}

#[test]
fn times_are_told_by_the_middle_and_the_end() {
    let rows: Vec<(&str, &str, f64)> = (1..=101).map(|number| ("a", "a", f64::from(number) / 100.0)).collect();
    let figures = of(&rows);
    assert!((figures.microseconds_per_message - 51.0).abs() < 1e-9);
    assert!((figures.microseconds_per_message_p50 - 51.0).abs() < 1e-9);
    assert!((figures.microseconds_per_message_p99 - 100.0).abs() < 1e-9);
}
