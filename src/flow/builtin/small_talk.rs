//! `use: [small_talk]`: ready intents for what visitors say beside what they want, each with one friendly sentence. They are data
//! like the built-in intents, one file for each shipped language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::flow::document::{Field, Lines, Named, Says, Word};
use crate::flow::report::Report;
use crate::flow::source::{Problems, SourceFile, Sources};
use crate::flow::tree::Tree;
use crate::flow::{Intent, Localized, SmallTalk, Text};
use crate::id::{IntentName, Language};

const FILES: [(&str, &str); 5] = [
    ("built-in/small_talk/en.yaml", include_str!("small_talk/en.yaml")),
    ("built-in/small_talk/cy.yaml", include_str!("small_talk/cy.yaml")),
    ("built-in/small_talk/fil.yaml", include_str!("small_talk/fil.yaml")),
    ("built-in/small_talk/fa.yaml", include_str!("small_talk/fa.yaml")),
    ("built-in/small_talk/el.yaml", include_str!("small_talk/el.yaml")),
];

/// What a small-talk intent does beside its sentence.
enum Manner {
    Plain,
    /// A person is offered.
    OffersPerson,
    /// The visitor leaves: nothing more is asked.
    Leaves,
    /// It means something only where no question is open.
    Idle,
}

/// The intents: where a message has several of them, the first counts.
const INTENTS: [(&str, Manner); 11] = [
    ("are_you_a_robot", Manner::OffersPerson),
    ("insult", Manner::OffersPerson),
    ("who_are_you", Manner::OffersPerson),
    ("help", Manner::Plain),
    ("how_are_you", Manner::Plain),
    ("compliment", Manner::Plain),
    ("sorry", Manner::Plain),
    ("goodbye", Manner::Leaves),
    ("thanks", Manner::Plain),
    ("greeting", Manner::Plain),
    ("acknowledge", Manner::Idle),
];

/// An intent with what is said to it.
pub(crate) type Entry = (Intent, SmallTalk);

/// The small talk in the order in which it counts; read once.
pub(crate) fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| read().0);
    &ENTRIES
}

/// The names of all small talk.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    INTENTS.iter().map(|(name, _)| *name)
}

#[derive(Deserialize)]
struct FileDoc {
    language: Field<Word>,
    intents: Field<Named<IntentDoc>>,
}

#[derive(Deserialize)]
struct IntentDoc {
    label: Field<Says>,
    phrases: Field<Lines>,
    said: Field<Says>,
    more: Option<Field<Says>>,
}

/// The texts of one intent in all languages.
#[derive(Default)]
struct Texts {
    label: BTreeMap<Language, Text>,
    said: BTreeMap<Language, Text>,
    more: BTreeMap<Language, Text>,
}

/// Reads the data, with a report that a test proves empty.
fn read() -> (Vec<Entry>, Report) {
    let files: Vec<SourceFile> = FILES.iter().map(|(path, text)| SourceFile::new(*path, *text)).collect();
    let sources = Sources::new(&files);
    let mut problems = Problems::new(&sources);
    let tree = Tree::parse(&mut problems);
    let mut reader = super::reader(&tree, problems);
    let mut found: IndexMap<String, (Intent, Texts)> = IndexMap::new();
    for root in tree.roots.clone() {
        let Some(doc) = reader.item::<FileDoc>(root, "a built-in file") else { continue };
        let Some(language) = reader.word(doc.language, "the language").map(Language) else { continue };
        for (name, key, value) in reader.named(doc.intents.node, "`intents`") {
            let Some(doc) = reader.item::<IntentDoc>(value, "small talk") else { continue };
            let phrases = super::phrases(&mut reader, Some(doc.phrases), Some(&language), &super::Snippets::default());
            let at = reader.at_node(key);
            let (intent, texts) = found
                .entry(name.clone())
                .or_insert_with(|| (Intent::new(IntentName(name.clone()), at), Texts::default()));
            intent.phrases.extend(phrases);
            let fields =
                [(Some(doc.label), &mut texts.label), (Some(doc.said), &mut texts.said), (doc.more, &mut texts.more)];
            for (field, texts) in fields {
                if let Some(text) = field.and_then(|field| reader.translation(field.node)) {
                    texts.insert(language.clone(), text);
                }
            }
        }
    }
    let entries = INTENTS.iter().filter_map(|(name, manner)| {
        let (mut intent, texts) = found.shift_remove(*name)?;
        intent.label = Some(Text::In(Localized(texts.label)));
        let talk = SmallTalk {
            said: Text::In(Localized(texts.said)),
            more: (!texts.more.is_empty()).then_some(Text::In(Localized(texts.more))),
            offers_person: matches!(manner, Manner::OffersPerson),
            leaves: matches!(manner, Manner::Leaves),
            idle: matches!(manner, Manner::Idle),
        };
        Some((intent, talk))
    });
    (entries.collect(), reader.problems.into_report())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Part, SHIPPED};

    /// How many sentences parts stand for, up to a limit that no test needs more than.
    fn count(parts: &[Part]) -> usize {
        let sum = |all: &[Vec<Part>]| all.iter().map(|parts| count(parts)).sum::<usize>();
        let ways = parts.iter().map(|part| match part {
            Part::Choice(all) => sum(all),
            Part::Optional(all) => 1 + sum(all),
            Part::Text(_) | Part::Entity { .. } | Part::Snippet(_) => 1,
        });
        ways.fold(1, |product, ways| (product * ways).min(1_000_000))
    }

    #[test]
    fn the_small_talk_has_no_problems_and_all_that_is_there_is_used() {
        let (entries, report) = read();
        assert!(report.is_empty(), "{report}");
        assert_eq!(entries.len(), INTENTS.len());
        for (path, text) in FILES {
            let file: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
            let mut written: Vec<&str> =
                file["intents"].as_mapping().unwrap().keys().map(|key| key.as_str().unwrap()).collect();
            let mut known: Vec<&str> = names().collect();
            written.sort_unstable();
            known.sort_unstable();
            assert_eq!(written, known, "{path}");
        }
    }

    #[test]
    fn every_shipped_language_has_every_phrase_and_sentence_of_small_talk() {
        for (intent, talk) in entries() {
            for language in SHIPPED {
                let language = Language::from(language);
                let has = |text: &Text| matches!(text, Text::In(Localized(texts)) if texts.contains_key(&language));
                let own = intent.phrases.iter().filter(|phrase| phrase.language.as_ref() == Some(&language));
                let sentences: usize = own.map(|phrase| count(&phrase.parts)).sum();
                let name = &intent.name;
                assert!(sentences >= 25, "{name} in {language}: {sentences} sentences");
                assert!(has(&talk.said) && intent.label.as_ref().is_some_and(has), "{name} in {language}");
                assert!(talk.more.as_ref().is_none_or(has), "{name} in {language}");
            }
        }
    }
}
