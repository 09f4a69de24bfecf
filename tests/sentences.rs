//! What the bot, the widget and the desk can say: every sentence is said somewhere, and whatever is said exists. A sentence
//! that nobody says costs five translations and promises what does not happen.

use std::collections::BTreeSet;
use std::path::Path;

use frontdesk::flow::{self, SourceFile};

/// Everything under a folder with one of these endings, in one text.
fn source(folder: &str, endings: &[&str]) -> String {
    fn read(folder: &Path, endings: &[&str], all: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, endings, all);
            } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
                all.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut all = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), endings, &mut all);
    assert!(all.len() > 10_000, "the scan found next to nothing in {folder}");
    all
}

/// The names of the built-in sentences; that every language has the same is tested beside them.
fn sentences() -> BTreeSet<String> {
    let loaded = flow::load(&[SourceFile::new("bot.yaml", "bot: { name: Tiny }")]);
    let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
    program.sentences.keys().cloned().collect()
}

/// The names that stand in quotes behind one of these words in a source.
fn behind(source: &str, words: &[&str]) -> BTreeSet<String> {
    let found = words.iter().flat_map(|word| source.split(word).skip(1));
    found.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next().map(str::to_owned)).collect()
}

#[test]
fn every_built_in_sentence_is_said_somewhere() {
    let code = source("src/dialog", &["rs"]) + &source("src/flow", &["rs"]);
    let flows = include_str!("../src/flow/builtin/flows.yaml");
    let said = |name: &String| {
        // An example is found by the name of its kind.
        let kind = name.strip_prefix("example_");
        let in_flows = flows.lines().any(|line| line.trim_end().ends_with(&format!(": {name}")));
        kind.is_some() || in_flows || code.contains(&format!("\"{name}\""))
    };
    let silent: Vec<_> = sentences().into_iter().filter(|name| !said(name)).collect();
    assert!(silent.is_empty(), "nobody says {silent:?}");
}

#[test]
fn every_sentence_that_the_dialog_says_exists() {
    let known = sentences();
    let code = source("src/dialog", &["rs"]);
    let calls = ["sentence(", "sentence_for_agents(", "builtin_button(", "say_unless_own(&flow,"];
    let said = behind(&code, &calls);
    assert!(said.len() > 30, "the scan found only {said:?}");
    let missing: Vec<_> = said.difference(&known).collect();
    assert!(missing.is_empty(), "these do not exist: {missing:?}");
}

#[test]
fn every_kind_of_answer_has_an_example() {
    let known = sentences();
    let kinds = ["text", "yes_no", "name", "email", "phone", "number", "date", "time", "money", "url", "photo", "file"];
    let examples: BTreeSet<_> = kinds.iter().map(|kind| format!("example_{kind}")).collect();
    let found: BTreeSet<_> = known.into_iter().filter(|name| name.starts_with("example_")).collect();
    assert_eq!(found, examples);
}

#[test]
fn every_text_of_the_pages_is_shown_somewhere() {
    // Operators read theirs in Telegram.
    let code =
        source("src/http", &["rs", "js"]) + &source("src/engine/telegram_desk", &["rs"]) + &source("src/view", &["rs"]);
    let english = include_str!("../src/http/assets/texts/en.ftl");
    let names: Vec<_> = english.lines().filter_map(|line| line.split_once(" = ").map(|(name, _)| name)).collect();
    assert!(names.len() > 100, "the scan found only {names:?}");
    let shown = |name: &str| {
        let in_quotes = |name: &str| ['"', '\''].iter().any(|quote| code.contains(&format!("{quote}{name}{quote}")));
        // The desk finds the words for a refusal by its code.
        let refusal = name.strip_prefix("desk-error-").map(|code| code.replace('-', "_"));
        // The widget's script knows its texts without the first word, and with another dash.
        let short = name.strip_prefix("widget-").map(|short| short.replace('-', "_"));
        // Of names that are put together the beginning stands in the code, and after it what makes the rest.
        let dashes = name.match_indices('-').map(|(at, _)| &name[..=at]).filter(|start| start.matches('-').count() > 1);
        let mut starts =
            dashes.flat_map(|start| [start.to_owned(), start.trim_start_matches("widget-").replace('-', "_")]);
        let begun = starts.any(|start| {
            [format!("\"{start}{{"), format!("\"{start}\""), format!("`{start}${{")]
                .iter()
                .any(|made| code.contains(made))
        });
        in_quotes(name)
            || begun
            || refusal.is_some_and(|code| in_quotes(&code))
            || short.is_some_and(|short| in_quotes(&short) || code.contains(&format!("texts.{short}")))
    };
    let unseen: Vec<_> = names.into_iter().filter(|name| !shown(name)).collect();
    assert!(unseen.is_empty(), "nobody shows {unseen:?}");
}
