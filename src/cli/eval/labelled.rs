//! Labelled messages: reading them from a file, asking the bot about each, and writing down what it said. It judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use serde::Serialize;

use crate::flow::{Builtin, Program};
use crate::matcher::{Moment, Understand, Understanding};
use crate::time::Time;

/// The label of messages that no intent should win.
pub(super) const OUT_OF_SCOPE: &str = "oos";

/// A message, and the intent that it should win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Labelled {
    pub(super) text: String,
    pub(super) expected: String,
}

/// One labelled message and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Prediction {
    pub(super) text: String,
    pub(super) expected: String,
    /// The best intent before any threshold; null only where nothing matched at all.
    pub(super) intent: Option<String>,
    pub(super) confidence: f64,
    #[serde(skip)]
    pub(super) microseconds: f64,
    /// What it counts where in-scope and out-of-scope messages are counted together.
    #[serde(skip)]
    pub(super) weight: f64,
}

impl Prediction {
    pub(super) fn in_scope(&self) -> bool {
        self.expected != OUT_OF_SCOPE
    }

    pub(super) fn right(&self) -> bool {
        self.intent.as_deref() == Some(self.expected.as_str())
    }
}

/// Reads a file of messages, one a line: the text, a tab, the intent.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Labelled>> {
    let shown = path.display();
    let bytes = fs::read(path).with_context(|| format!("{shown} cannot be read"))?;
    let Ok(text) = String::from_utf8(bytes) else { bail!("{shown} is not a text in UTF-8; save it as UTF-8") };
    let mut labelled = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let number = index + 1;
        let Some((text, expected)) = line.rsplit_once('\t') else {
            bail!(
                "{shown}:{number}: there is no tab between text and intent; a line is a message, a tab, and the name \
                 of its intent, or {OUT_OF_SCOPE} for one that no intent should win"
            );
        };
        let expected = expected.trim();
        if text.trim().is_empty() || expected.is_empty() {
            let (what, side) = if text.trim().is_empty() { ("message", "before") } else { ("intent", "after") };
            bail!("{shown}:{number}: there is no {what} {side} the tab");
        }
        labelled.push(Labelled { text: text.to_owned(), expected: expected.to_owned() });
    }
    if labelled.is_empty() {
        bail!("{shown} holds no messages; a line is a message, a tab, and the name of its intent");
    }
    Ok(labelled)
}

/// Labels that no intent of the bot has, each with how many messages carry it.
///
/// # Errors
///
/// If no label but [`OUT_OF_SCOPE`] is known: then the file belongs to another bot.
pub(super) fn unknown_labels(program: &Program, labelled: &[Labelled]) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    let mut known = false;
    for message in labelled.iter().filter(|message| message.expected != OUT_OF_SCOPE) {
        if program.intents.contains_key(message.expected.as_str()) {
            known = true;
        } else {
            *unknown.entry(message.expected.clone()).or_default() += 1;
        }
    }
    if known || unknown.is_empty() {
        return Ok(unknown);
    }
    let some = |names: Vec<&str>| {
        let more = if names.len() > 5 { ", …" } else { "" };
        format!("{}{more}", names.iter().take(5).copied().collect::<Vec<_>>().join(", "))
    };
    let labels = some(unknown.keys().map(String::as_str).collect());
    let own = program.intents.values().filter(|intent| intent.builtin.is_none());
    let intents = some(own.map(|intent| intent.name.as_str()).collect());
    bail!("the bot has none of the intents that the file names ({labels}); it has {intents}")
}

/// Asks understanding about every message. `listening` are the built-in intents that count beside the author's.
pub(super) fn predict(
    matcher: &dyn Understand,
    program: &Program,
    listening: &BTreeSet<Builtin>,
    labelled: impl IntoIterator<Item = Labelled>,
) -> Vec<Prediction> {
    let moment = Moment { now: Time::from(jiff::Timestamp::now()), language: program.default_language().clone() };
    let ask = |Labelled { text, expected }| {
        let started = Instant::now();
        let understanding = matcher.understand(&text, &moment);
        let microseconds = started.elapsed().as_secs_f64() * 1e6;
        let (intent, confidence) = best(program, &understanding, listening).unzip();
        Prediction { text, expected, intent, confidence: confidence.unwrap_or(0.0), microseconds, weight: 1.0 }
    };
    // What is made ready with the first message is no part of what a message costs.
    matcher.understand("", &moment);
    matcher.understand("hello, who are you?", &moment);
    labelled.into_iter().map(ask).collect()
}

/// Lets messages that are out of scope count as if they were that share of all.
///
/// # Errors
///
/// If there is none, or nothing else.
pub(super) fn reweigh(predictions: &mut [Prediction], share: f64) -> anyhow::Result<()> {
    let inside = predictions.iter().filter(|prediction| prediction.in_scope()).count();
    let outside = predictions.len() - inside;
    if inside == 0 || outside == 0 {
        bail!("--strangers needs messages in scope and messages labelled {OUT_OF_SCOPE}; one of these is missing");
    }
    let weight = share / (1.0 - share) * inside as f64 / outside as f64;
    predictions.iter_mut().filter(|prediction| !prediction.in_scope()).for_each(|stranger| stranger.weight = weight);
    Ok(())
}

/// The built-in intents that messages are labelled with and that are ranked nowhere, because the author gave them no phrase.
/// They are what visitors say to the program itself; a file that has none of them measures the author's intents alone.
pub(super) fn listening(program: &Program, labelled: &[Labelled]) -> BTreeSet<Builtin> {
    let labels: BTreeSet<&str> = labelled.iter().map(|message| message.expected.as_str()).collect();
    let intents = labels.into_iter().filter_map(|label| program.intents.get(label));
    let silent = intents.filter(|intent| intent.phrases.iter().all(|phrase| phrase.is_built_in()));
    silent.filter_map(|intent| intent.builtin).collect()
}

fn best(program: &Program, understanding: &Understanding, listening: &BTreeSet<Builtin>) -> Option<(String, f64)> {
    let ranked = understanding.ranked.first().map(|ranked| (ranked.intent.to_string(), ranked.confidence));
    let heard = understanding.builtin.iter().filter(|(builtin, _)| listening.contains(builtin));
    let heard = heard.max_by(|a, b| a.1.confidence.total_cmp(&b.1.confidence).then(b.0.cmp(a.0)));
    match heard {
        Some((builtin, heard)) if ranked.as_ref().is_none_or(|ranked| heard.confidence >= ranked.1) => {
            let intent = program.intents.values().find(|intent| intent.builtin == Some(*builtin))?;
            Some((intent.name.to_string(), heard.confidence))
        }
        _ => ranked,
    }
}

/// Writes each prediction as a line of JSON.
pub(super) fn write(path: &Path, predictions: &[Prediction]) -> anyhow::Result<()> {
    let file = fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    let mut file = std::io::BufWriter::new(file);
    for prediction in predictions {
        serde_json::to_writer(&mut file, prediction)?;
        file.write_all(b"\n")?;
    }
    file.flush().with_context(|| format!("{} cannot be written", path.display()))
}
