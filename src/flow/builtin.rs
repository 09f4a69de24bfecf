//! What every bot has by itself: the intents that no rule can shadow, the sentences it says, and its own flows. The data are
//! YAML files beside this module, read by the same code as an author's.

pub(crate) mod small_talk;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::flow::document::{Data, Field, Lines, Named, Word};
use crate::flow::hearing::{Cue, Hearing, Near, Snippets};
use crate::flow::read::{Entries, Reader};
use crate::flow::report::Report;
use crate::flow::source::{Problems, SourceFile, Sources};
use crate::flow::tree::Tree;
use crate::flow::{At, Localized, Phrase, Text, parse_alternatives, parse_phrase};
use crate::flow::{Builtin, Intent};
use crate::id::{IntentName, Language};

/// The path of the built-in flows in reports.
pub(crate) const FLOWS_PATH: &str = "built-in/flows.yaml";

/// The languages and their files. The neutral one holds signs that mean the same everywhere, and no sentences.
const FILES: [(&str, &str); 6] = [
    ("built-in/en.yaml", include_str!("builtin/en.yaml")),
    ("built-in/cy.yaml", include_str!("builtin/cy.yaml")),
    ("built-in/fil.yaml", include_str!("builtin/fil.yaml")),
    ("built-in/fa.yaml", include_str!("builtin/fa.yaml")),
    ("built-in/el.yaml", include_str!("builtin/el.yaml")),
    ("built-in/neutral.yaml", include_str!("builtin/neutral.yaml")),
];

/// The language of the file that belongs to all.
const NEUTRAL: &str = "und";

/// The built-in intents, with the names that authors use for them.
const INTENTS: [(Builtin, &str); 9] = [
    (Builtin::Human, "human"),
    (Builtin::Cancel, "cancel"),
    (Builtin::Restart, "restart"),
    (Builtin::Back, "back"),
    (Builtin::Yes, "yes"),
    (Builtin::No, "no"),
    (Builtin::Skip, "skip"),
    (Builtin::LeaveQueue, "leave_queue"),
    (Builtin::LeaveMessage, "leave_message"),
];

/// The sentence that is the label of a built-in intent's button.
const LABELS: [(Builtin, &str); 9] = [
    (Builtin::Human, "person_button"),
    (Builtin::Cancel, "cancel_button"),
    (Builtin::Restart, "restart_button"),
    (Builtin::Back, "back_button"),
    (Builtin::Yes, "yes_button"),
    (Builtin::No, "no_button"),
    (Builtin::Skip, "skip_button"),
    (Builtin::LeaveQueue, "leave_queue_button"),
    (Builtin::LeaveMessage, "leave_message_button"),
];

/// The built-in data, read.
#[derive(Debug)]
pub(crate) struct BuiltinData {
    pub(crate) intents: IndexMap<Builtin, Intent>,
    pub(crate) sentences: IndexMap<String, Text>,
    pub(crate) hearing: Hearing,
}

/// The file of the built-in flows.
pub(crate) fn flows_file() -> SourceFile {
    SourceFile::new(FLOWS_PATH, include_str!("builtin/flows.yaml"))
}

/// The built-in data; read once.
pub(crate) fn data() -> &'static BuiltinData {
    static DATA: LazyLock<BuiltinData> = LazyLock::new(|| read().0);
    &DATA
}

/// The name that authors use for a built-in intent.
pub(crate) fn intent_name(builtin: Builtin) -> &'static str {
    INTENTS.iter().find(|(kind, _)| *kind == builtin).map_or("", |(_, name)| *name)
}

/// The built-in intent of a name.
pub(crate) fn named(name: &str) -> Option<Builtin> {
    INTENTS.iter().find(|(_, known)| *known == name).map(|(builtin, _)| *builtin)
}

#[derive(Deserialize)]
struct FileDoc {
    language: Field<Word>,
    snippets: Option<Field<Named<Lines>>>,
    intents: Field<Named<IntentDoc>>,
    negation: Option<Field<NegationDoc>>,
    not_values: Option<Field<NotValuesDoc>>,
    asks: Option<Field<Lines>>,
    joins: Option<Field<Lines>>,
    farewell: Option<Field<Lines>>,
    frustration: Option<Field<Named<Lines>>>,
    texts: Field<Data>,
    #[serde(rename = "entities")]
    _entities: Field<Data>,
}

#[derive(Deserialize)]
struct NegationDoc {
    unwanted: Option<Field<Lines>>,
    at_start: Option<Field<Lines>>,
    around: Option<Field<Lines>>,
    ends: Option<Field<Lines>>,
    keeps: Option<Field<Lines>>,
}

#[derive(Deserialize)]
struct NotValuesDoc {
    before: Option<Field<Lines>>,
    no: Option<Field<Lines>>,
    after: Option<Field<Lines>>,
    also: Option<Field<Lines>>,
}

#[derive(Deserialize)]
struct IntentDoc {
    phrases: Option<Field<Lines>>,
    keywords: Option<Field<Lines>>,
    near: Option<Field<Lines>>,
    maybe: Option<Field<Lines>>,
    exclude: Option<Field<Lines>>,
}

/// Reads the data, with a report that a test proves empty.
fn read() -> (BuiltinData, Report) {
    let files: Vec<SourceFile> = FILES.iter().map(|(path, text)| SourceFile::new(*path, *text)).collect();
    let sources = Sources::new(&files);
    let mut problems = Problems::new(&sources);
    let tree = Tree::parse(&mut problems);
    let mut reader = reader(&tree, problems);
    let mut intents: IndexMap<Builtin, Intent> = IndexMap::new();
    for (builtin, name) in INTENTS {
        intents.insert(builtin, empty(builtin, name));
    }
    let mut texts: IndexMap<String, BTreeMap<Language, Text>> = IndexMap::new();
    let mut hearing = Hearing::default();
    for root in tree.roots.clone() {
        let Some(doc) = reader.item::<FileDoc>(root, "a built-in file") else { continue };
        let Some(language) = reader.word(doc.language, "the language").map(Language) else { continue };
        let marked = (language.as_str() != NEUTRAL).then(|| language.clone());
        let snippets = snippets(&mut reader, doc.snippets, marked.as_ref());
        for (name, _, value) in reader.named(doc.intents.node, "`intents`") {
            let Some(builtin) = named(&name) else { continue };
            let Some(intent) = intents.get_mut(&builtin) else { continue };
            let Some(doc) = reader.item::<IntentDoc>(value, "a built-in intent") else { continue };
            let mut read = |field| phrases(&mut reader, field, marked.as_ref(), &snippets);
            intent.phrases.extend(read(doc.phrases));
            intent.keywords.extend(read(doc.keywords));
            intent.exclude.extend(read(doc.exclude));
            hearing.maybe.extend(read(doc.maybe).into_iter().map(|phrase| (builtin, phrase)));
            hearing.near.extend(read(doc.near).into_iter().filter_map(|phrase| Near::of(builtin, phrase)));
        }
        if let Some(doc) = doc.negation.and_then(|doc| reader.item::<NegationDoc>(doc.node, "`negation`")) {
            let mut add = |cue, field| {
                let read = phrases(&mut reader, field, marked.as_ref(), &snippets);
                hearing.cues.extend(read.into_iter().map(|phrase| (cue, phrase)));
            };
            add(Cue::Unwanted, doc.unwanted);
            add(Cue::UnwantedAtStart, doc.at_start);
            add(Cue::UnwantedAround, doc.around);
            add(Cue::Ends, doc.ends);
            add(Cue::Keeps, doc.keeps);
        }
        if let Some(doc) = doc.not_values.and_then(|doc| reader.item::<NotValuesDoc>(doc.node, "`not_values`")) {
            let mut add = |cue, field| {
                let read = phrases(&mut reader, field, marked.as_ref(), &snippets);
                hearing.cues.extend(read.into_iter().map(|phrase| (cue, phrase)));
            };
            add(Cue::NotValue, doc.before);
            add(Cue::NoValue, doc.no);
            add(Cue::NotValueAfter, doc.after);
            add(Cue::AlsoValue, doc.also);
        }
        let asks = phrases(&mut reader, doc.asks, marked.as_ref(), &snippets);
        hearing.cues.extend(asks.into_iter().map(|phrase| (Cue::Asks, phrase)));
        let joins = phrases(&mut reader, doc.joins, marked.as_ref(), &snippets);
        for (weight, _, value) in
            doc.frustration.map_or_else(Vec::new, |field| reader.named(field.node, "`frustration`"))
        {
            let words = phrases(&mut reader, Some(Field::at(value)), marked.as_ref(), &snippets);
            let weight = weight.parse().unwrap_or_default();
            hearing.cues.extend(words.into_iter().map(|phrase| (Cue::Anger(weight), phrase)));
        }
        let farewell = phrases(&mut reader, doc.farewell, marked.as_ref(), &snippets);
        hearing.cues.extend(farewell.into_iter().map(|phrase| (Cue::Farewell, phrase)));
        hearing.cues.extend(joins.into_iter().map(|phrase| (Cue::Joins, phrase)));
        for (key, _, value) in reader.named(doc.texts.node, "`texts`") {
            if let Some(text) = reader.translation(value) {
                texts.entry(key).or_default().insert(language.clone(), text);
            }
        }
    }
    let sentences: IndexMap<String, Text> =
        texts.into_iter().map(|(key, texts)| (key, Text::In(Localized(texts)))).collect();
    for (builtin, sentence) in LABELS {
        if let Some(intent) = intents.get_mut(&builtin) {
            intent.label = sentences.get(sentence).cloned();
        }
    }
    (BuiltinData { intents, sentences, hearing }, reader.problems.into_report())
}

/// The word groups that the phrases of one file share. One may refer to those above it.
fn snippets(reader: &mut Reader<'_>, field: Option<Field<Named<Lines>>>, language: Option<&Language>) -> Snippets {
    let mut snippets = Snippets::default();
    let Some(field) = field else { return snippets };
    for (name, _, value) in reader.named(field.node, "`snippets`") {
        let mut all = Vec::new();
        for line in reader.lines_in(value, language, Entries::Sentences, "snippets") {
            match parse_alternatives(&line.text) {
                Ok(parsed) => all.extend(parsed.into_iter().map(|parts| snippets.inlined(parts))),
                Err(error) => {
                    let place = line.place.shifted(error.start, error.width);
                    reader.problems.error(crate::flow::report::code::BAD_PHRASE, place, error.message);
                }
            }
        }
        snippets.add(name, all);
    }
    snippets
}

/// Reads built-in files: they are of no bot, and nothing in them is translated elsewhere.
fn reader<'s>(tree: &'s Tree, problems: Problems<'s>) -> Reader<'s> {
    Reader {
        tree,
        problems,
        languages: Vec::new(),
        translations: BTreeMap::new(),
        sentences: None,
        texts: IndexMap::new(),
        values: Vec::new(),
        lost: Default::default(),
    }
}

fn phrases(
    reader: &mut Reader<'_>,
    field: Option<Field<Lines>>,
    language: Option<&Language>,
    snippets: &Snippets,
) -> Vec<Phrase> {
    let Some(field) = field else { return Vec::new() };
    let mut phrases = Vec::new();
    for line in reader.lines_in(field.node, language, Entries::Sentences, "phrases") {
        match parse_phrase(&line.text) {
            Ok(parts) => {
                let at = reader.at(line.place);
                let parts = snippets.inlined(parts);
                phrases.push(Phrase { parts, source: line.text, language: language.cloned(), at });
            }
            Err(error) => {
                let place = line.place.shifted(error.start, error.width);
                reader.problems.error(crate::flow::report::code::BAD_PHRASE, place, error.message);
            }
        }
    }
    phrases
}

fn empty(builtin: Builtin, name: &str) -> Intent {
    let at = At { file: "built-in/en.yaml".into(), line: 1, column: 1 };
    Intent { builtin: Some(builtin), ..Intent::new(IntentName::from(name), at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_data_have_no_problems() {
        let (data, report) = read();
        assert!(report.is_empty(), "{report}");
        for (builtin, intent) in &data.intents {
            assert!(!intent.phrases.is_empty(), "{builtin:?} has no phrases");
        }
    }

    /// The path of every key, with numbers and words of single languages left out.
    fn keys(value: &serde_yaml::Value, path: &str, found: &mut Vec<String>) {
        let serde_yaml::Value::Mapping(map) = value else { return };
        for (key, value) in map {
            let key = key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned);
            let path = format!("{path}/{key}");
            keys(value, &path, found);
            found.push(path);
        }
    }

    #[test]
    fn every_shipped_language_has_the_same_intents_and_sentences() {
        let read = |(path, text): (&str, &str)| {
            let value: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
            let mut found = Vec::new();
            for part in ["intents", "texts"] {
                let mut own = Vec::new();
                keys(&value[part], part, &mut own);
                // A language that says a thing without keywords or excluded words has none.
                found.extend(own.into_iter().filter(|key| !key.ends_with("/keywords") && !key.ends_with("/exclude")));
            }
            found.sort();
            (path.to_owned(), found)
        };
        let (_, english) = read(FILES[0]);
        for file in FILES.iter().filter(|(path, _)| !path.contains("neutral")) {
            let (path, own) = read(*file);
            assert_eq!(own, english, "{path}");
        }
    }
}
