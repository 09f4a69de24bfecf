//! `frontdesk eval`: how well a bot understands, on labelled messages or on its own phrases left out in turn. What is measured is
//! understanding alone: the best intent and its confidence before any threshold.

mod figures;
mod folds;
mod labelled;
mod picture;
mod tables;
mod thresholds;

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;

use crate::bot::Bot;
use crate::cli::bot_folder::bot_in_order;
use crate::cli::note;

use figures::{Figures, confusions, cuts, measure, of_intents, reliability, round_cuts};
use labelled::Prediction;
use thresholds::{assumed, present, suggest};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bot's folder
    folder: PathBuf,
    /// Messages, one a line: the text, a tab, the intent; the intent oos marks what is out of scope
    #[arg(required_unless_present = "cross_validate", conflicts_with = "cross_validate")]
    file: Option<PathBuf>,
    /// Instead of a file, ask the bot its own phrases, each left out once, in so many parts
    #[arg(long, value_name = "PARTS", num_args = 0..=1, require_equals = true, default_missing_value = "5",
        value_parser = clap::value_parser!(u8).range(2..=50))]
    cross_validate: Option<u8>,
    /// Count the messages out of scope as if they were so much of all: a file often holds few, and visitors bring more
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    strangers: Option<f64>,
    /// Print every table in full
    #[arg(long)]
    all: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Write each message with what was predicted as a line of JSON
    #[arg(long, value_name = "OUT.jsonl")]
    predictions: Option<PathBuf>,
    /// Draw what the confidence is worth
    #[arg(long, value_name = "OUT.svg")]
    svg: Option<PathBuf>,
}

/// Everything that was measured.
struct Measured {
    bot: Bot,
    predictions: Vec<Prediction>,
    figures: Figures,
    /// Labels that the bot lacks, each with its messages.
    unknown: BTreeMap<String, usize>,
    /// What share of all messages strangers count as, if that was told.
    strangers: Option<f64>,
    /// Of a cross-validation: in how many parts, and the intents of which nothing could be asked.
    parts: Option<(usize, Vec<String>)>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let measured = match (&args.file, args.cross_validate) {
        (Some(file), _) => on_file(args, file)?,
        (None, parts) => on_itself(args, usize::from(parts.unwrap_or(5)))?,
    };
    if let Some(path) = &args.predictions {
        labelled::write(path, &measured.predictions)?;
    }
    if let Some(path) = &args.svg {
        let picture = picture::draw(&measured.predictions, &measured.bot.program.fallback);
        fs::write(path, picture).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&as_json(&measured))?);
    } else {
        tables::print(&measured, args.all);
    }
    Ok(ExitCode::SUCCESS)
}

fn on_file(args: &Args, file: &std::path::Path) -> anyhow::Result<Measured> {
    let messages = labelled::read(file)?;
    let started = Instant::now();
    let bot = bot_in_order(&args.folder)?;
    let compile_seconds = started.elapsed().as_secs_f64();
    let unknown = labelled::unknown_labels(&bot.program, &messages)?;
    let listening = labelled::listening(&bot.program, &messages);
    let mut predictions = labelled::predict(bot.matcher.as_ref(), &bot.program, &listening, messages);
    if let Some(share) = args.strangers {
        labelled::reweigh(&mut predictions, share)?;
    }
    let figures = measure(&bot.program.fallback, &predictions, compile_seconds);
    Ok(Measured { bot, predictions, figures, unknown, strangers: args.strangers, parts: None })
}

fn on_itself(args: &Args, parts: usize) -> anyhow::Result<Measured> {
    let bot = bot_in_order(&args.folder)?;
    let shows = std::io::stderr().is_terminal() && bot.program.intents.len() > 50;
    let progress = |done: usize, of: usize| {
        if shows {
            note(&format!("compiling part {} of {of} …", done + 1));
        }
    };
    let mut rehearsed = folds::rehearse(&bot.program, parts, &progress)?;
    if let Some(share) = args.strangers {
        labelled::reweigh(&mut rehearsed.predictions, share)?;
    }
    let figures = measure(&bot.program.fallback, &rehearsed.predictions, rehearsed.compile_seconds);
    let unasked = rehearsed.unasked.iter().map(ToString::to_string).collect();
    let parts = Some((parts, unasked));
    let (predictions, strangers) = (rehearsed.predictions, args.strangers);
    Ok(Measured { bot, predictions, figures, unknown: BTreeMap::new(), strangers, parts })
}

/// A share of all as people write it: "18" or "18%".
fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    let share = number.parse::<f64>().map_or(f64::NAN, |number| number / 100.0);
    if share > 0.0 && share < 1.0 { Ok(share) } else { Err("write it as 18%: more than 0, less than 100".to_owned()) }
}

fn as_json(measured: &Measured) -> serde_json::Value {
    let predictions = &measured.predictions;
    let inside = || predictions.iter().filter(|prediction| prediction.in_scope());
    json!({
        "figures": measured.figures,
        "confusions": confusions(predictions),
        "unknown_labels": measured.unknown.keys().collect::<Vec<_>>(),
        "intents": of_intents(predictions),
        "reliability": { "all": reliability(predictions.iter()), "in_scope": reliability(inside()) },
        "risk_coverage": { "all": round_cuts(&cuts(predictions.iter())), "in_scope": round_cuts(&cuts(inside())) },
        "thresholds": {
            "present": present(predictions, &measured.bot.program.fallback),
            "suggested": suggest(predictions, assumed(&measured.figures, measured.strangers)).ok(),
        },
        "strangers_counted_as": measured.strangers,
        "cross_validation": measured.parts.as_ref().map(|(parts, unasked)| {
            json!({ "parts": parts, "strangers": "simulated", "unasked": unasked })
        }),
    })
}
