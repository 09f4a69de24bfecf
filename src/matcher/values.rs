//! Values in a message: the built-in kinds, and the entities of the bot by their listed values or by a pattern.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use regex::Regex;
use serde_json::Value as Json;

use crate::flow::{Entity, Kind};
use crate::id::EntityName;
use crate::text::{Words, plain};

use super::graph::{NodeId, Reader, ValueSpan};
use super::lower::Lowering;
use super::templates::Templates;
use super::vocabulary::typos_allowed;
use super::{Found, kind_name};

/// A value of a pattern may be typed in so many words (`AB 12-34`).
const PATTERN_WORDS_MAX: usize = 8;

/// All entities of a bot.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    templates: Templates,
    owners: Vec<Listed>,
    patterns: Vec<Shape>,
}

/// What a template of a value means.
#[derive(Debug, Clone)]
struct Listed {
    entity: EntityName,
    key: String,
    /// The template if it is a plain text, folded, to compare mistyped answers with.
    folded: String,
}

/// An entity with a pattern.
#[derive(Debug, Clone)]
struct Shape {
    entity: EntityName,
    whole: Regex,
    /// Finds out cheaply that the text has no value; none where the pattern asks about its surroundings.
    anywhere: Option<Regex>,
    example: Option<String>,
}

impl Values {
    pub(super) fn build<'p>(entities: &'p IndexMap<EntityName, Entity>, lowering: &mut Lowering<'p>) -> Self {
        let mut names: Vec<&EntityName> = entities.keys().collect();
        names.sort_unstable();
        let mut listed: Vec<(NodeId, Listed)> = Vec::new();
        let mut patterns = Vec::new();
        for (name, entity) in names.into_iter().filter_map(|name| entities.get_key_value(name)) {
            for value in &entity.values {
                for phrase in &value.said {
                    let owner = Listed {
                        entity: name.clone(),
                        key: value.key.clone(),
                        folded: Words::of(&phrase.source).folded().to_owned(),
                    };
                    listed.push((lowering.phrase(phrase), owner));
                }
            }
            patterns.extend(entity.pattern.as_ref().and_then(|pattern| Shape::new(name, &pattern.source, entity)));
        }
        // Of equal places the value whose key comes first wins, whatever the order in the file.
        listed.sort_by(|a, b| (&a.1.entity, &a.1.key, &a.1.folded).cmp(&(&b.1.entity, &b.1.key, &b.1.folded)));
        let roots: Vec<NodeId> = listed.iter().map(|(root, _)| *root).collect();
        let owners = listed.into_iter().map(|(_, owner)| owner).collect();
        Self { templates: Templates::new(&lowering.graph, &roots), owners, patterns }
    }

    /// Whether the bot has no entities.
    pub(super) fn is_empty(&self) -> bool {
        self.owners.is_empty() && self.patterns.is_empty()
    }

    /// All values of all entities of the bot; of one entity the longest that do not overlap.
    pub(super) fn find(&self, text: &str, words: &Words, reader: &Reader<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        for (number, first, end) in self.templates.anywhere(reader) {
            let owner = &self.owners[number as usize];
            let range = (words.list()[first].start as usize, words.list()[end - 1].end as usize);
            found.push(Found {
                kind: Kind::Entity(owner.entity.clone()),
                value: Json::String(owner.key.clone()),
                said: text[range.0..range.1].to_owned(),
                range,
                slot: None,
            });
        }
        for shape in &self.patterns {
            shape.find(text, words, &mut found);
        }
        longest_of_each_kind(found)
    }

    /// The one listed value of the entity that a whole mistyped text was probably meant to be.
    pub(super) fn nearest(&self, entity: &EntityName, text: &str) -> Option<Found> {
        let words = Words::of(text);
        let typed = words.folded().chars().count();
        let mut near: Vec<(usize, &str)> = self
            .owners
            .iter()
            .filter(|owner| owner.entity == *entity)
            .filter_map(|owner| {
                let letters = owner.folded.chars().count();
                let allowed = typos_allowed(letters);
                // Comparing costs the product of the lengths, which is for nothing where they alone tell.
                let distance = || strsim::osa_distance(&owner.folded, words.folded());
                let near = (letters.abs_diff(typed) <= allowed).then(distance).filter(|distance| *distance <= allowed);
                near.map(|distance| (distance, owner.key.as_str()))
            })
            .collect();
        near.sort_unstable();
        near.dedup_by_key(|(_, key)| *key);
        let (distance, key) = *near.first()?;
        let alone = near.iter().filter(|(other, _)| *other == distance).count() == 1;
        let (first, last) = (words.list().first()?, words.list().last()?);
        let range = (first.start as usize, last.end as usize);
        alone.then(|| Found {
            kind: Kind::Entity(entity.clone()),
            value: Json::String(key.to_owned()),
            said: text[range.0..range.1].to_owned(),
            range,
            slot: None,
        })
    }
}

/// The places of the values among the words, for the templates.
pub(super) fn spans<'f>(found: impl IntoIterator<Item = &'f Found>, words: &Words) -> Vec<ValueSpan> {
    found
        .into_iter()
        .filter_map(|value| {
            let within = words.within(value.range.0..value.range.1);
            (!within.is_empty()).then(|| ValueSpan {
                entity: EntityName::from(kind_name(&value.kind)),
                first: within.start,
                end: within.end,
            })
        })
        .collect()
}

/// Keeps of each kind the longest values that do not overlap, then sorts by place. Different kinds may overlap.
pub(super) fn longest_of_each_kind(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| {
        let length = |value: &Found| value.range.1 - value.range.0;
        length(b).cmp(&length(a)).then(a.range.cmp(&b.range))
    });
    // The kept ranges of each kind by their starts: they do not overlap, so that one look tells.
    let mut taken: BTreeMap<Kind, BTreeMap<usize, usize>> = BTreeMap::new();
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for value in found {
        let ranges = taken.entry(value.kind.clone()).or_default();
        let last_before = ranges.range(..value.range.1).next_back();
        if last_before.is_none_or(|(_, end)| *end <= value.range.0) {
            ranges.insert(value.range.0, value.range.1);
            kept.push(value);
        }
    }
    kept.sort_by(|a, b| a.range.cmp(&b.range).then_with(|| a.kind.cmp(&b.kind)));
    kept
}

impl Shape {
    fn new(entity: &EntityName, source: &str, written: &Entity) -> Option<Self> {
        let whole = Regex::new(&format!("^(?:{source})$")).ok()?;
        let looks_around = ["\\b", "\\B", "^", "$", "\\A", "\\z"].iter().any(|sign| source.contains(sign));
        let anywhere = if looks_around { None } else { Regex::new(&format!("(?i:{source})")).ok() };
        Some(Self { entity: entity.clone(), whole, anywhere, example: written.example.clone() })
    }

    /// Looks for values that begin and end with words. Blanks and hyphens in between do not count.
    fn find(&self, text: &str, words: &Words, found: &mut Vec<Found>) {
        let squeezed = |text: &str| -> String { text.chars().filter(|c| !is_gap(*c)).collect() };
        if let Some(anywhere) = &self.anywhere {
            let typed = plain(text);
            if !anywhere.is_match(&typed) && !anywhere.is_match(&squeezed(&typed)) {
                return;
            }
        }
        let list = words.list();
        let mut first = 0;
        while first < list.len() {
            let last_end = (first + PATTERN_WORDS_MAX).min(list.len());
            let fitting = (first + 1..=last_end).rev().find_map(|end| {
                let range = (list[first].start as usize, list[end - 1].end as usize);
                Some((end, range, self.value(&plain(&text[range.0..range.1]))?))
            });
            let Some((end, range, value)) = fitting else {
                first += 1;
                continue;
            };
            found.push(Found {
                kind: Kind::Entity(self.entity.clone()),
                value: Json::String(value),
                said: text[range.0..range.1].to_owned(),
                range,
                slot: None,
            });
            first = end;
        }
    }

    /// The form of the text that fits: as typed, in capitals, in lower case, each with and without blanks and hyphens.
    fn value(&self, typed: &str) -> Option<String> {
        let cases = [typed.to_owned(), typed.to_uppercase(), typed.to_lowercase()];
        let value = cases.into_iter().find_map(|cased| {
            if self.whole.is_match(&cased) {
                return Some(cased);
            }
            let squeezed: String = cased.chars().filter(|c| !is_gap(*c)).collect();
            (squeezed.len() < cased.len() && self.whole.is_match(&squeezed)).then_some(squeezed)
        })?;
        let recased = match self.example.as_deref() {
            Some(example) if example.chars().any(char::is_alphabetic) => {
                if !example.chars().any(char::is_lowercase) {
                    value.to_uppercase()
                } else if !example.chars().any(char::is_uppercase) {
                    value.to_lowercase()
                } else {
                    value.clone()
                }
            }
            _ => value.clone(),
        };
        Some(if self.whole.is_match(&recased) { recased } else { value })
    }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}
