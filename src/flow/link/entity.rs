//! Entities: listed values with their words, or a pattern.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::flow::document::{EntityDoc, Field, Values};
use crate::flow::link::content::PATTERN_BYTES;
use crate::flow::link::intent::label_phrases;
use crate::flow::link::parts::KINDS;
use crate::flow::link::{Linker, What};
use crate::flow::read::{Entries, Line, ShownValue};
use crate::flow::report::code;
use crate::flow::source::Place;
use crate::flow::tree::{Data, NodeId, shown};
use crate::flow::{Entity, EntityValue};
use crate::flow::{Localized, Phrase, Template, Text};
use crate::id::{EntityName, Language};

impl Linker<'_> {
    pub(crate) fn entities(&mut self) -> IndexMap<EntityName, Entity> {
        let mut translated = self.translated_values();
        let mut entities = IndexMap::new();
        for (name, (key, value)) in self.draft.entities.clone() {
            if KINDS.iter().any(|(kind, _)| *kind == name) {
                let place = self.reader.tree.place(key);
                self.reader
                    .problems
                    .error(code::DUPLICATE_NAME, place, format!("\"{name}\" is a built-in entity"))
                    .hint("choose another name");
                continue;
            }
            let Some(doc) = self.reader.item::<EntityDoc>(value, &format!("the entity \"{name}\"")) else { continue };
            let place = self.reader.tree.place(key);
            match (doc.values.is_some(), doc.pattern.is_some()) {
                (true, true) => {
                    self.reader.problems.error(
                        code::BAD_VALUE,
                        place,
                        format!("the entity \"{name}\" has both `values` and a `pattern`"),
                    );
                }
                (false, false) if !self.reader.tree.node(value).partial => {
                    self.reader.problems.error(
                        code::MISSING_KEY,
                        place,
                        format!("the entity \"{name}\" needs `values` or a `pattern`"),
                    );
                }
                _ => {}
            }
            let mut translations = translated.shift_remove(&name).unwrap_or_default();
            let values = doc.values.map(|field| self.values(&name, field, &mut translations)).unwrap_or_default();
            for (value, (_, key, _)) in
                translations.iter().flat_map(|(value, rows)| rows.iter().map(move |row| (value, row)))
            {
                let place = self.reader.tree.place(*key);
                let known: Vec<&str> = values.iter().map(|value| value.key.as_str()).collect();
                let hint = self.reader.problems.did_you_mean(value, known.iter().copied());
                let message = format!("the entity \"{name}\" has no value \"{}\"", shown(value));
                self.reader.problems.error(code::UNKNOWN_NAME, place, message).maybe_hint(hint);
            }
            let pattern = doc.pattern.and_then(|field| {
                let text = self.reader.prose(field.node, "the pattern")?;
                self.pattern(&Line { text, place: self.reader.tree.place(field.node), language: None })
            });
            let example = doc.example.and_then(|field| self.reader.prose(field.node, "the example"));
            if let (Some(pattern), Some(example), Some(field)) = (&pattern, &example, doc.example)
                && !fits(&pattern.source, example)
            {
                let place = self.reader.tree.place(field.node);
                self.reader.problems.error(
                    code::EXAMPLE_REJECTED,
                    place,
                    format!("the pattern does not fit its own example \"{}\"", shown(example)),
                );
            }
            let sensitive = self.reader.flag(doc.sensitive);
            let at = self.reader.at_node(key);
            let name = EntityName(name);
            entities.insert(name.clone(), Entity { name, values, pattern, example, sensitive, at });
        }
        entities
    }

    fn values(&mut self, entity: &str, field: Field<Values>, translations: &mut Translations) -> Vec<EntityValue> {
        let mut rows: Vec<(String, NodeId, Option<NodeId>)> = Vec::new();
        match &self.reader.tree.node(field.node).data {
            Data::Map(_) => {
                let entries = self.reader.named(field.node, "`values`");
                rows.extend(entries.into_iter().map(|(name, key, value)| (name, key, Some(value))));
            }
            _ => {
                // Just names: each is its own word.
                let lines = self.reader.lines_in(field.node, None, Entries::Words, "values");
                return lines.into_iter().filter_map(|line| self.plain_value(entity, line, translations)).collect();
            }
        }
        rows.into_iter()
            .filter_map(|(name, key, value)| self.entity_value((entity, &name), key, value, translations))
            .collect()
    }

    fn plain_value(&mut self, entity: &str, line: Line, translations: &mut Translations) -> Option<EntityValue> {
        let at = self.reader.at(line.place);
        let label =
            Template { source: line.text.clone(), pieces: vec![crate::flow::Piece::Literal(line.text.clone())], at };
        self.build_value((entity, &line.text), line.place, label, Vec::new(), translations)
    }

    fn entity_value(
        &mut self,
        (entity, name): (&str, &str),
        key: NodeId,
        value: Option<NodeId>,
        translations: &mut Translations,
    ) -> Option<EntityValue> {
        if name.trim().is_empty() {
            let place = self.reader.tree.place(key);
            self.reader.problems.error(code::EMPTY, place, "a value needs a name");
            return None;
        }
        // `next_day` is a name for the bot; its reader gets `next day`.
        let words = name.replace('_', " ");
        let label = Template {
            source: words.clone(),
            pieces: vec![crate::flow::Piece::Literal(words)],
            at: self.reader.at_node(key),
        };
        let said = match value.filter(|value| !self.reader.tree.is_empty(*value)) {
            Some(value) if self.reader.is_language_map(value) => {
                for (key, value) in self.reader.tree.entries(value).to_vec() {
                    if let Some(language) = self.reader.language(key) {
                        translations.entry(name.to_owned()).or_default().push((language, key, value));
                    }
                }
                Vec::new()
            }
            Some(value) => self.alternatives(value, None, "the words of a value"),
            None => Vec::new(),
        };
        self.build_value((entity, name), self.reader.tree.place(key), label, said, translations)
    }

    fn build_value(
        &mut self,
        (entity, key): (&str, &str),
        place: Place,
        label: Template,
        said: Vec<Phrase>,
        translations: &mut Translations,
    ) -> Option<EntityValue> {
        let default = self.reader.languages.first().cloned()?;
        let at = label.at.clone();
        let mut texts = BTreeMap::new();
        for translation in self.reader.translations.get_mut(&label.source).into_iter().flatten() {
            translation.used = true;
            texts.insert(translation.language.clone(), translation.text.clone());
        }
        let mut all = said;
        for (language, _, node) in translations.shift_remove(key).unwrap_or_default() {
            // What is still to be written is missing, not wrong.
            if self.reader.tree.is_empty(node) {
                continue;
            }
            let words = self.alternatives(node, Some(&language), "the words of a value");
            // In another language the first word is the one that is shown: the key is none of that language.
            if language != default
                && let Some(first) = words.first()
            {
                let shown = plain_words(&first.parts);
                let template = Template {
                    source: shown.clone(),
                    pieces: vec![crate::flow::Piece::Literal(shown)],
                    at: first.at.clone(),
                };
                texts.entry(language).or_insert(Text::One(template));
            }
            all.extend(words);
        }
        if label.source.chars().any(char::is_alphabetic) {
            let missing: Vec<Language> = (self.reader.languages.iter().skip(1))
                .filter(|language| !texts.contains_key(*language))
                .cloned()
                .collect();
            self.reader.missing_translation(&missing, place, "value");
            let (entity, value, at) = (entity.to_owned(), key.to_owned(), at.clone());
            self.reader.values.push(ShownValue { entity, value, at, missing });
        }
        let label = if texts.is_empty() {
            Text::One(label)
        } else {
            texts.insert(default.clone(), Text::One(label));
            Text::In(Localized(texts))
        };
        all.push(Phrase::literal(key, None, at));
        all.extend(label_phrases(&label, Some(&default)));
        Some(EntityValue { key: key.to_owned(), label, said: all })
    }

    /// What language files hold for the values of each entity.
    fn translated_values(&mut self) -> IndexMap<String, Translations> {
        let mut found: IndexMap<String, Translations> = IndexMap::new();
        for (language, node) in self.language_sections(|doc| doc.values) {
            for (entity, key, values) in self.reader.named(node, "`values`") {
                if !self.draft.entities.contains_key(&entity) {
                    self.refer(What::Entity, &entity, key);
                    continue;
                }
                for (value, key, words) in self.reader.named(values, "the values of an entity") {
                    let rows = found.entry(entity.clone()).or_default().entry(value).or_default();
                    rows.push((language.clone(), key, words));
                }
            }
        }
        found
    }
}

/// By value: the language, where its key stands, and the words.
type Translations = IndexMap<String, Vec<(Language, NodeId, NodeId)>>;

/// The words that a template surely has.
fn plain_words(parts: &[crate::flow::Part]) -> String {
    use crate::flow::Part;
    let mut words = String::new();
    for part in parts {
        match part {
            Part::Text(text) => words.push_str(text),
            Part::Choice(alternatives) => {
                words.push_str(&alternatives.first().map(|parts| plain_words(parts)).unwrap_or_default())
            }
            Part::Optional(_) | Part::Entity { .. } | Part::Snippet(_) => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a pattern fits the whole example: as it stands, or without blanks and hyphens.
fn fits(pattern: &str, example: &str) -> bool {
    let whole = format!("^(?:{pattern})$");
    let Ok(regex) = regex::RegexBuilder::new(&whole).case_insensitive(true).size_limit(PATTERN_BYTES * 2).build()
    else {
        return true;
    };
    let bare: String = example.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    regex.is_match(example) || regex.is_match(&bare)
}
