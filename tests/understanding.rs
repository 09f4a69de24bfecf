//! What small bots of every shipped language, and of scripts without blanks, make of messages as people type them: the tables of
//! `fixtures/understanding`. A row is a message, the intent that must come first or `none`, and the values that must be found.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use frontdesk::bot::Bot;
use frontdesk::cli::load_bot;
use frontdesk::id::Language;
use frontdesk::matcher::{Moment, Ranked, Understanding};
use frontdesk::text::language;
use frontdesk::time::Time;

/// The section of a table whose rows are beyond words and rules: they must not be understood surely, so that the first one that
/// is gets moved to the others.
const MISSES: &str = "known misses";

/// One line of a table.
struct Row {
    section: String,
    line: usize,
    text: String,
    expected: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/understanding")
}

fn rows(file: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let mut section = String::new();
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(title) = line.strip_prefix("# ") {
            section = title.to_owned();
        } else if let Some((text, expected)) = line.split_once('\t') {
            let (text, expected) = (text.to_owned(), expected.to_owned());
            rows.push(Row { section: section.clone(), line: number, text, expected });
        } else {
            assert!(line.is_empty(), "{file}:{number}: no tab in {line:?}");
        }
    }
    rows
}

/// What the bot made of a message, in the words of a table: nothing below `unsure`, with the confidence.
fn told(understanding: &Understanding) -> String {
    let mut told = String::new();
    if let Some(best) = understanding.ranked.first() {
        let _ = write!(told, "{} ({:.2})", best.intent, best.confidence);
    }
    for value in &understanding.values {
        let _ = write!(told, " {}", value.value);
    }
    told
}

/// An intent must come first, and at least be asked about; of `none` nothing may be acted on; of `any` only the values count.
fn fits(bot: &Bot, understanding: &Understanding, expected: &str, least: f64) -> bool {
    let best = understanding.ranked.first();
    let (intent, values) = expected.split_once(' ').unwrap_or((expected, ""));
    if intent == "none" {
        return best.is_none_or(|best| best.confidence < bot.program.fallback.sure);
    }
    let has = |wanted: &str| {
        let value = wanted.split_once('=').map_or("", |(_, value)| value);
        understanding.values.iter().any(|found| found.value.as_str() == Some(value))
    };
    let comes_first = |best: &Ranked| best.intent.as_str() == intent && best.confidence >= least;
    (intent == "any" || best.is_some_and(comes_first)) && (values.is_empty() || has(values))
}

fn check(name: &str, least: usize) {
    let loaded = load_bot(&folder().join(format!("{name}.yaml"))).unwrap();
    let report = loaded.report.errors();
    let bot = loaded.bot.unwrap_or_else(|| panic!("{name}.yaml has mistakes:\n{report}"));
    let moment = Moment { now: Time(1_767_607_200_000), language: bot.program.default_language().clone() };
    let rows = rows(&format!("{name}.tsv"));
    assert!(rows.len() >= least, "{name} has only {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let understanding = bot.matcher.understand(&row.text, &moment);
        let is_miss = row.section == MISSES;
        let least = if is_miss { bot.program.fallback.sure } else { bot.program.fallback.unsure };
        let fits = fits(&bot, &understanding, &row.expected, least);
        let place = format!("{name}.tsv:{} {:?}", row.line, row.text);
        match (fits, is_miss) {
            (false, false) => {
                wrong.push(format!("{place} is {}, not {}", told(&understanding), row.expected));
            }
            (true, true) => wrong.push(format!("{place} is understood now: move it up")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn english_is_understood_as_people_type_it() {
    check("en", 60);
}

#[test]
fn welsh_is_understood_as_people_type_it() {
    check("cy", 60);
}

#[test]
fn filipino_is_understood_as_people_type_it() {
    check("fil", 60);
}

#[test]
fn persian_is_understood_as_people_type_it() {
    check("fa", 60);
}

#[test]
fn greek_is_understood_as_people_type_it() {
    check("el", 60);
}

#[test]
fn scripts_without_blanks_are_understood_as_people_type_them() {
    check("unspaced", 40);
}

#[test]
fn the_language_of_a_message_is_told_or_not() {
    let mut wrong = Vec::new();
    for row in rows("languages.tsv") {
        // The title of a section names the bot's languages.
        let among: Vec<Language> = row.section.split_whitespace().map(Language::from).collect();
        let found = language(&row.text, &among).map_or_else(|| "none".to_owned(), |language| language.to_string());
        if found != row.expected {
            wrong.push(format!("languages.tsv:{} {:?} is {found}, not {}", row.line, row.text, row.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
