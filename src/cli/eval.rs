//! `frontdesk eval`: labelled messages against a bot. What is measured is understanding alone: the best intent and its
//! confidence before any threshold.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use serde::Serialize;
use serde_json::json;

use crate::bot::Bot;
use crate::cli::bot_folder::bot_in_order;
use crate::matcher::Moment;
use crate::time::Time;

/// The label of messages that no intent should win.
const OUT_OF_SCOPE: &str = "oos";

/// Confidences are put into so many equal bins for the calibration error.
const BINS: usize = 10;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bot's folder
    folder: PathBuf,
    /// Messages, one a line: the text, a tab, the intent; the intent oos marks what is out of scope
    file: PathBuf,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Write each message with what was predicted as a line of JSON
    #[arg(long, value_name = "OUT.jsonl")]
    predictions: Option<PathBuf>,
}

/// One labelled message and what came of it.
#[derive(Debug, Serialize)]
struct Prediction {
    text: String,
    expected: String,
    /// The best intent before any threshold; null only where nothing matched at all.
    intent: Option<String>,
    confidence: f64,
}

impl Prediction {
    fn in_scope(&self) -> bool {
        self.expected != OUT_OF_SCOPE
    }

    fn right(&self) -> bool {
        self.intent.as_deref() == Some(self.expected.as_str())
    }
}

/// What `eval` prints.
#[derive(Debug, Serialize)]
struct Figures {
    messages: usize,
    in_scope: usize,
    out_of_scope: usize,
    /// Right among in-scope messages, whatever the confidence.
    accuracy: f64,
    /// In-scope messages that the bot would act on surely, and the share of them that is right.
    acted_on: f64,
    right_when_acting: Option<f64>,
    /// Out-of-scope messages on which the bot would not act surely, and those that would be a miss.
    out_of_scope_recall_sure: Option<f64>,
    out_of_scope_recall_unsure: Option<f64>,
    /// The probability that a right in-scope message has a higher confidence than an out-of-scope one.
    auroc: Option<f64>,
    /// The mean distance of confidence from being right over ten equal bins, weighted; out of scope is never right.
    calibration_error: f64,
    microseconds_per_message: f64,
    compile_seconds: f64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let labelled = read_labelled(&args.file)?;
    let started = Instant::now();
    let bot = bot_in_order(&args.folder)?;
    let compile_seconds = started.elapsed().as_secs_f64();
    let unknown = unknown_labels(&bot, &labelled);
    let started = Instant::now();
    let predictions = predict(&bot, labelled);
    let microseconds = started.elapsed().as_secs_f64() * 1e6 / predictions.len() as f64;
    if let Some(path) = &args.predictions {
        write_predictions(path, &predictions)?;
    }
    let figures = measure(&bot, &predictions, microseconds, compile_seconds);
    let confusions = confusions(&predictions);
    if args.json {
        let confusions: Vec<_> = confusions
            .iter()
            .map(|((expected, got), count)| json!({ "expected": expected, "got": got, "count": count }))
            .collect();
        let all = json!({ "figures": figures, "confusions": confusions, "unknown_labels": unknown });
        outln!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(ExitCode::SUCCESS);
    }
    print_figures(&bot, &figures);
    for name in unknown {
        outln!("the bot has no intent \"{name}\"; its messages count as wrong");
    }
    for ((expected, got), count) in confusions.iter().take(10) {
        outln!("{count:>5} x {expected} taken for {got}");
    }
    Ok(ExitCode::SUCCESS)
}

fn read_labelled(path: &PathBuf) -> anyhow::Result<Vec<(String, String)>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut labelled = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let Some((text, intent)) = line.rsplit_once('\t') else {
            bail!("{}:{}: there is no tab between text and intent", path.display(), number + 1);
        };
        labelled.push((text.to_owned(), intent.trim().to_owned()));
    }
    if labelled.is_empty() {
        bail!("{} holds no messages", path.display());
    }
    Ok(labelled)
}

fn unknown_labels(bot: &Bot, labelled: &[(String, String)]) -> Vec<String> {
    let mut unknown: Vec<String> = labelled
        .iter()
        .map(|(_, intent)| intent)
        .filter(|intent| *intent != OUT_OF_SCOPE && !bot.program.intents.contains_key(intent.as_str()))
        .cloned()
        .collect();
    unknown.sort();
    unknown.dedup();
    unknown
}

fn predict(bot: &Bot, labelled: Vec<(String, String)>) -> Vec<Prediction> {
    let moment = Moment { now: Time::from(jiff::Timestamp::now()), language: bot.program.default_language().clone() };
    labelled
        .into_iter()
        .map(|(text, expected)| {
            let understanding = bot.matcher.understand(&text, &moment);
            let best = understanding.ranked.first();
            let intent = best.map(|ranked| ranked.intent.to_string());
            Prediction { text, expected, intent, confidence: best.map_or(0.0, |ranked| ranked.confidence) }
        })
        .collect()
}

fn write_predictions(path: &PathBuf, predictions: &[Prediction]) -> anyhow::Result<()> {
    let file = fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    let mut file = std::io::BufWriter::new(file);
    for prediction in predictions {
        serde_json::to_writer(&mut file, prediction)?;
        file.write_all(b"\n")?;
    }
    file.flush().with_context(|| format!("{} cannot be written", path.display()))
}

fn measure(bot: &Bot, predictions: &[Prediction], microseconds_per_message: f64, compile_seconds: f64) -> Figures {
    let fallback = &bot.program.fallback;
    let (inside, outside): (Vec<_>, Vec<_>) = predictions.iter().partition(|prediction| prediction.in_scope());
    let share = |count: usize, of: usize| (of > 0).then(|| count as f64 / of as f64);
    let acting = inside.iter().filter(|prediction| prediction.confidence >= fallback.sure);
    let acted = acting.clone().count();
    let right: Vec<f64> =
        inside.iter().filter(|prediction| prediction.right()).map(|prediction| prediction.confidence).collect();
    let strange: Vec<f64> = outside.iter().map(|prediction| prediction.confidence).collect();
    let below = |limit: f64| share(strange.iter().filter(|confidence| **confidence < limit).count(), strange.len());
    Figures {
        messages: predictions.len(),
        in_scope: inside.len(),
        out_of_scope: outside.len(),
        accuracy: share(right.len(), inside.len()).unwrap_or_default(),
        acted_on: share(acted, inside.len()).unwrap_or_default(),
        right_when_acting: share(acting.filter(|prediction| prediction.right()).count(), acted),
        out_of_scope_recall_sure: below(fallback.sure),
        out_of_scope_recall_unsure: below(fallback.unsure),
        auroc: auroc(&right, &strange),
        calibration_error: calibration_error(predictions),
        microseconds_per_message,
        compile_seconds,
    }
}

/// The area under the curve, by ranks (Mann–Whitney); ties count half.
fn auroc(right: &[f64], strange: &[f64]) -> Option<f64> {
    if right.is_empty() || strange.is_empty() {
        return None;
    }
    let mut all: Vec<(f64, bool)> =
        right.iter().map(|score| (*score, true)).chain(strange.iter().map(|score| (*score, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rank_sum = 0.0;
    let mut start = 0;
    while start < all.len() {
        let end = all[start..].iter().take_while(|(score, _)| *score == all[start].0).count() + start;
        let mean_rank = (start + end + 1) as f64 / 2.0;
        rank_sum += mean_rank * all[start..end].iter().filter(|(_, right)| *right).count() as f64;
        start = end;
    }
    let (n, m) = (right.len() as f64, strange.len() as f64);
    Some((rank_sum - n * (n + 1.0) / 2.0) / (n * m))
}

fn calibration_error(predictions: &[Prediction]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for prediction in predictions {
        let bin = &mut bins[((prediction.confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += 1.0;
        bin.1 += prediction.confidence;
        bin.2 += f64::from(u8::from(prediction.right()));
    }
    bins.iter().map(|(_, confidence, right)| (confidence - right).abs()).sum::<f64>() / predictions.len() as f64
}

fn confusions(predictions: &[Prediction]) -> Vec<((String, String), usize)> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for prediction in predictions.iter().filter(|prediction| prediction.in_scope() && !prediction.right()) {
        let got = prediction.intent.clone().unwrap_or_else(|| "nothing".to_owned());
        *counts.entry((prediction.expected.clone(), got)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

fn print_figures(bot: &Bot, figures: &Figures) {
    let fallback = &bot.program.fallback;
    let percent = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0));
    outln!("{} messages: {} in scope, {} out of scope", figures.messages, figures.in_scope, figures.out_of_scope);
    outln!("accuracy in scope              {}", percent(Some(figures.accuracy)));
    outln!("acted on at sure {:<4}          {}", fallback.sure, percent(Some(figures.acted_on)));
    outln!("right when acting              {}", percent(figures.right_when_acting));
    outln!("out of scope below sure        {}", percent(figures.out_of_scope_recall_sure));
    outln!("out of scope below unsure      {}", percent(figures.out_of_scope_recall_unsure));
    outln!(
        "AUROC                          {}",
        figures.auroc.map_or_else(|| "-".to_owned(), |area| format!("{area:.3}"))
    );
    outln!("calibration error              {:.3}", figures.calibration_error);
    outln!("time per message               {:.1} µs", figures.microseconds_per_message);
    outln!("time to read and compile       {:.2} s", figures.compile_seconds);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_counts_pairs_and_halves_ties() {
        assert_eq!(auroc(&[0.9, 0.8], &[0.1, 0.2]), Some(1.0));
        assert_eq!(auroc(&[0.1], &[0.9]), Some(0.0));
        assert_eq!(auroc(&[0.5, 0.9], &[0.5]), Some(0.75));
        assert_eq!(auroc(&[], &[0.5]), None);
    }

    #[test]
    fn a_confidence_that_keeps_its_word_has_no_error() {
        let prediction = |confidence: f64, right: bool| Prediction {
            text: String::new(),
            expected: "a".to_owned(),
            intent: Some(if right { "a" } else { "b" }.to_owned()),
            confidence,
        };
        let fair = [prediction(0.5, true), prediction(0.5, false)];
        assert!(calibration_error(&fair) < 1e-9);
        let boastful = [prediction(1.0, true), prediction(1.0, false)];
        assert!((calibration_error(&boastful) - 0.5).abs() < 1e-9);
    }
}
