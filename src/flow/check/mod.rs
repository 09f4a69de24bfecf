//! What can only be seen in the linked bot as a whole. Each check stands in a file of its own and only adds problems.

mod graph;
mod intents;
mod reads;
mod replies;
mod services;
mod slots;
mod unused;
mod words;

use crate::flow::link::Linked;
use crate::flow::read::Reader;
use crate::flow::source::Place;
use crate::flow::{At, Op, Program, Template};

/// Runs all checks.
pub(crate) fn run(linked: &mut Linked, reader: &mut Reader<'_>) {
    graph::run(linked, reader);
    slots::run(linked, reader);
    services::run(linked, reader);
    replies::run(linked, reader);
    intents::run(linked, reader);
    // Last, because the checks before it find uses inside of expressions; and only where nothing is wrong, because a name that
    // is misspelt where it is used is not unused.
    if !reader.problems.has_errors() {
        unused::run(linked, reader);
        words::run(linked, reader);
    }
}

/// The buttons that are plain texts: an intent must understand each surely, which only a compiled bot can tell. `bot` asks.
pub fn plain_buttons(program: &Program) -> Vec<&Template> {
    let says = program.flows.values().flat_map(|flow| &flow.code).filter_map(|step| match &step.op {
        Op::Say(say) => Some(say),
        _ => None,
    });
    says.flat_map(|say| &say.buttons).flat_map(|button| button.templates()).collect()
}

/// Where a place in the program stands in the files; for built-in parts, the built-in file.
fn place_of(reader: &Reader<'_>, at: &At) -> Place {
    let files = &reader.problems.sources.files;
    let file = files.binary_search_by(|source| source.path.cmp(&at.file)).ok();
    let file = file.or_else(|| files.iter().position(|source| source.path == at.file)).unwrap_or(0);
    Place { file: file as u32, line: at.line, column: at.column, width: 1 }
}

/// Where a word stands in a text that begins at a place: on its line, or one of the next where the text goes on.
fn place_of_word(reader: &Reader<'_>, at: &At, word: &str) -> Place {
    let start = place_of(reader, at);
    for line in start.line..start.line.saturating_add(12) {
        let column = if line == start.line { start.column } else { 1 };
        let row = Place { line, column, ..start };
        let text = reader.problems.sources.line(row);
        let from = text.char_indices().nth(column as usize - 1).map_or(text.len(), |(byte, _)| byte);
        let rest = text.get(from..).unwrap_or("");
        let found = rest.match_indices(word).find(|(byte, _)| {
            let before = rest.get(..*byte).and_then(|text| text.chars().next_back());
            let after = rest.get(byte + word.len()..).and_then(|text| text.chars().next());
            let inner = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !inner(before) && !inner(after)
        });
        if let Some((byte, _)) = found {
            return row.shifted(rest.get(..byte).unwrap_or("").chars().count(), word.chars().count());
        }
    }
    start
}
