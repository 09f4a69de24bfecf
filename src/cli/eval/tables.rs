//! The figures for people: first what the bot is worth, then where it is weak, then what to do about it.

use crate::cli::eval::Measured;
use crate::cli::eval::figures::{
    Bin, Confusion, Cut, OfIntent, confused_pairs, confusions, cuts, of_intents, reliability, round_cuts,
};
use crate::cli::eval::labelled::Prediction;
use crate::cli::eval::thresholds::{RIGHT_AT_SURE, RIGHT_AT_UNSURE, Thresholds, assumed, present, suggest};

/// Rows of a list when not everything is asked for.
const ROWS: usize = 8;

/// Characters of a message that are shown.
const TEXT_CHARS: usize = 60;

pub(super) fn print(measured: &Measured, all: bool) {
    head(measured);
    headline(measured);
    let intents = of_intents(&measured.predictions);
    worst_intents(&intents, all);
    let confusions = confusions(&measured.predictions);
    if measured.parts.is_some() {
        most_confused(&confusions, &measured.predictions, all);
    } else {
        top_confusions(&confusions, &measured.predictions, all);
    }
    if all {
        reliability_table(&measured.predictions);
        risk_coverage(&measured.predictions);
    }
    thresholds(measured);
    if !all {
        outln!("\nMore: --all prints every table, --svg OUT.svg draws what the confidence is worth.");
    }
}

fn head(measured: &Measured) {
    let figures = &measured.figures;
    let name = &measured.bot.program.name;
    let (inside, outside) = (figures.in_scope, figures.out_of_scope);
    match &measured.parts {
        None => outln!("{name}: {} messages, {inside} in scope, {outside} out of scope", figures.messages),
        Some((parts, unasked)) => {
            outln!("{name}: its own phrases, each left out once, in {parts} parts: {inside} sentences asked");
            if outside > 0 {
                outln!(
                    "Out of scope are {outside} simulated strangers: phrases of intents that were hidden in turn. Real \
                     strangers differ;\nlabelled messages of real visitors say more."
                );
            } else {
                outln!("With fewer than three intents none can be hidden, so nothing is out of scope.");
            }
            if !unasked.is_empty() {
                outln!(
                    "Nothing could be asked of {}: {} only one phrase, or phrases that all say the same.",
                    list(unasked.iter().map(String::as_str)),
                    if unasked.len() == 1 { "it has" } else { "they have" }
                );
            }
        }
    }
    for (label, count) in &measured.unknown {
        let hint = match label.as_str() {
            "none" | "out_of_scope" | "out-of-scope" | "OOS" => " (write oos for what no intent should win)",
            _ => "",
        };
        outln!(
            "The bot has no intent \"{label}\"{hint}; {} wrong.",
            counted(*count, "message counts as", "messages count as")
        );
    }
    if figures.in_scope == 0 {
        outln!("Every message is out of scope, so nothing can be said about right answers.");
    }
}

fn headline(measured: &Measured) {
    let figures = &measured.figures;
    let fallback = &measured.bot.program.fallback;
    let row = |name: &str, value: String, meaning: &str| outln!("{name:<34}{value:>8}   {meaning}");
    outln!();
    if figures.in_scope > 0 {
        row("accuracy", percent(figures.accuracy), "of the messages in scope, whatever the confidence");
        row("acted on", percent(figures.acted_on), &format!("of them, at sure ({}) or more", fallback.sure));
        row("right when acting", percent(figures.right_when_acting), "of those");
    }
    if figures.out_of_scope > 0 {
        row(
            "out of scope, not acted on",
            percent(figures.out_of_scope_recall_sure),
            &format!("below sure ({})", fallback.sure),
        );
        row(
            "out of scope, a miss",
            percent(figures.out_of_scope_recall_unsure),
            &format!("below unsure ({})", fallback.unsure),
        );
    }
    if figures.in_scope > 0 && figures.out_of_scope > 0 {
        let area = figures.auroc.map_or_else(|| "-".to_owned(), |area| format!("{area:.3}"));
        row("AUROC", area, "how often a right answer is more confident than a stranger's");
        row("strangers escalated", percent(figures.escalated_at_95_kept), "where 95 % of the right answers are kept");
        row("accuracy left", percent(figures.accuracy_at_80_escalated), "where 80 % of strangers are escalated");
        row("accuracy left", percent(figures.accuracy_at_90_escalated), "where 90 % of strangers are escalated");
    }
    let counted = measured.strangers.map(|share| format!(", if {} of all are strangers", percent(Some(share))));
    let meaning = format!("how far confidence is from being right{}", counted.unwrap_or_default());
    row("calibration error", format!("{:.3}", figures.calibration_error), &meaning);
    if figures.out_of_scope > 0 {
        let inside = figures.calibration_error_in_scope.map_or_else(|| "-".to_owned(), |error| format!("{error:.3}"));
        row("calibration error in scope", inside, "the same without strangers");
    }
    row(
        "time per message",
        format!("{:.0} µs", figures.microseconds_per_message),
        &format!(
            "half of them within {:.0} µs, 99 % within {:.0} µs",
            figures.microseconds_per_message_p50, figures.microseconds_per_message_p99
        ),
    );
    let meaning = if measured.parts.is_some() { "all parts together" } else { "the bot's files" };
    row("time to read and compile", format!("{:.2} s", figures.compile_seconds), meaning);
}

fn worst_intents(intents: &[OfIntent], all: bool) {
    // An intent that is only ever taken by mistake has no messages of its own.
    let shown: Vec<&OfIntent> = intents.iter().filter(|intent| all || intent.f1 < 1.0).collect();
    if shown.is_empty() {
        return;
    }
    let rows = if all { shown.len() } else { ROWS };
    outln!("\n{:<34}{:>8} {:>10} {:>8} {:>8}", "The weakest intents", "messages", "precision", "recall", "F1");
    for intent in shown.iter().take(rows) {
        outln!(
            "{:<34}{:>8} {:>10} {:>8} {:>8}",
            intent.intent,
            intent.messages,
            percent(intent.precision),
            percent(intent.recall),
            percent(Some(intent.f1))
        );
    }
    and_more(shown.len(), rows, "that are not perfect");
}

fn top_confusions(confusions: &[Confusion], predictions: &[Prediction], all: bool) {
    if confusions.is_empty() {
        return;
    }
    let rows = if all { confusions.len() } else { ROWS };
    outln!("\nThe most frequent confusions");
    for confusion in confusions.iter().take(rows) {
        outln!("{:>5} × {} taken for {}", confusion.count, confusion.expected, confusion.got);
        example(predictions, |one| is_of(one, confusion));
    }
    and_more(confusions.len(), rows, "confusions");
}

fn most_confused(confusions: &[Confusion], predictions: &[Prediction], all: bool) {
    let pairs = confused_pairs(confusions);
    if pairs.is_empty() {
        return;
    }
    let rows = if all { pairs.len() } else { ROWS };
    outln!("\nThe intents that are most confused with each other");
    for (one, other, count) in pairs.iter().take(rows) {
        outln!("{count:>5} × {one} and {other}");
        let within = |confusion: &Confusion| {
            [&confusion.expected, &confusion.got] == [one, other]
                || [&confusion.got, &confusion.expected] == [one, other]
        };
        if let Some(confusion) = confusions.iter().find(|confusion| within(confusion)) {
            example(predictions, |one| is_of(one, confusion));
        }
    }
    and_more(pairs.len(), rows, "pairs");
}

fn is_of(prediction: &Prediction, confusion: &Confusion) -> bool {
    prediction.expected == confusion.expected && prediction.intent.as_deref() == Some(confusion.got.as_str())
}

/// The message that was most surely misunderstood.
fn example(predictions: &[Prediction], which: impl Fn(&Prediction) -> bool) {
    let found = predictions.iter().filter(|prediction| which(prediction));
    let found = found.max_by(|a, b| a.confidence.total_cmp(&b.confidence).then_with(|| b.text.cmp(&a.text)));
    if let Some(Prediction { text, expected, intent, confidence, .. }) = found {
        let short: String = text.chars().take(TEXT_CHARS).collect();
        let dots = if short.len() < text.len() { " …" } else { "" };
        let got = intent.as_deref().unwrap_or("nothing");
        outln!("        \"{}{dots}\" is {expected}, taken for {got} ({confidence:.2})", short.trim_end());
    }
}

fn reliability_table(predictions: &[Prediction]) {
    let all = reliability(predictions.iter());
    let inside = reliability(predictions.iter().filter(|prediction| prediction.in_scope()));
    outln!("\nConfidence kept: what it promised and how often it was right");
    outln!("{:<12}{:>34}{:>34}", "", "all messages", "in scope");
    let names = format!("{:>10}{:>12}{:>12}", "messages", "promised", "right");
    outln!("{:<12}{names}{names}", "confidence");
    let cells = |bin: &Bin| {
        let value = |share: f64| if bin.messages > 0 { percent(Some(share)) } else { "-".to_owned() };
        format!("{:>10}{:>12}{:>12}", bin.messages, value(bin.confidence), value(bin.right))
    };
    for (all, inside) in all.iter().zip(&inside) {
        outln!("{:<12}{}{}", format!("{:.1} to {:.1}", all.from, all.to), cells(all), cells(inside));
    }
}

fn risk_coverage(predictions: &[Prediction]) {
    let table = |title: &str, cuts: &[Cut]| {
        outln!("\n{title}");
        outln!("{:>10}{:>12}{:>10}", "acted on", "threshold", "wrong");
        for cut in cuts {
            outln!("{:>10}{:>12.3}{:>10}", percent(Some(cut.coverage)), cut.threshold, percent(Some(cut.risk)));
        }
    };
    table("Risk and coverage: the more is acted on, the more of it is wrong", &round_cuts(&cuts(predictions.iter())));
    if predictions.iter().any(|prediction| !prediction.in_scope()) {
        let inside = cuts(predictions.iter().filter(|prediction| prediction.in_scope()));
        table("The same in scope only", &round_cuts(&inside));
    }
}

fn thresholds(measured: &Measured) {
    let strangers = assumed(&measured.figures, measured.strangers);
    let suggested = match suggest(&measured.predictions, strangers) {
        Ok(suggested) => suggested,
        Err(why) => {
            outln!("\nNo thresholds are suggested: {why}.");
            return;
        }
    };
    let present = present(&measured.predictions, &measured.bot.program.fallback);
    outln!("\n{:<34}{:>9}{:>11}", "Thresholds", "present", "suggested");
    let number = |name: &str, of: fn(&Thresholds) -> f64| {
        outln!("{name:<34}{:>9}{:>11}", of(&present), of(&suggested));
    };
    let share = |name: &str, of: fn(&Thresholds) -> Option<f64>| {
        outln!("{name:<34}{:>9}{:>11}", percent(of(&present)), percent(of(&suggested)));
    };
    number("sure", |thresholds| thresholds.sure);
    number("unsure", |thresholds| thresholds.unsure);
    if measured.figures.in_scope > 0 {
        share("  in scope: acted on", |thresholds| thresholds.acted_on);
        share("  in scope: asked \"did you mean\"", |thresholds| thresholds.asked_back);
    }
    share("  of all acted on: right", |thresholds| thresholds.right_when_acting);
    share("  out of scope: acted on", |thresholds| thresholds.out_of_scope_acted_on);
    share("  out of scope: a miss", |thresholds| thresholds.out_of_scope_missed);
    outln!(
        "Suggested: at sure {:.0} of 100 answers are right, at unsure {:.0}, if {:.0} of 100 messages are out of scope.",
        RIGHT_AT_SURE * 100.0,
        RIGHT_AT_UNSURE * 100.0,
        strangers * 100.0
    );
}

fn and_more(all: usize, shown: usize, what: &str) {
    if all > shown {
        outln!("      and {} more {what}", all - shown);
    }
}

fn list<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let count = names.len();
    let shown: Vec<&str> = names.take(ROWS).collect();
    let more = if count > shown.len() { format!(" and {} more", count - shown.len()) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn counted(count: usize, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {several}") }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}
