//! The sentences that a template stands for: all of them where they are few, else a fixed choice of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::flow::{Entity, Part, Phrase};
use crate::id::EntityName;

use super::vocabulary::stable_hash;

/// A template gives the similarity scorer at most so many sentences.
pub(super) const EXPANSIONS_MAX: usize = 32;

/// Snippets may refer to each other at most so deep.
pub(super) const SNIPPET_DEPTH_MAX: usize = 64;

/// A count of sentences above this is not counted further.
const MANY: usize = 4096;

/// An entity stands in sentences with at most so many of its values.
const SAMPLES_MAX: usize = 8;

/// What templates refer to.
pub(super) struct Expander<'p> {
    /// The alternatives of each snippet, in an order that the author's order does not change.
    snippets: BTreeMap<&'p str, Vec<&'p Phrase>>,
    samples: BTreeMap<&'p str, Vec<String>>,
    /// How many sentences each snippet stands for, and whether it holds values.
    known: RefCell<BTreeMap<&'p str, (Option<usize>, bool)>>,
}

impl<'p> Expander<'p> {
    pub(super) fn new(snippets: &'p IndexMap<String, Vec<Phrase>>, entities: &'p IndexMap<EntityName, Entity>) -> Self {
        let snippets = snippets
            .iter()
            .map(|(name, phrases)| {
                let mut phrases: Vec<&Phrase> = phrases.iter().collect();
                phrases.sort_by(|a, b| a.source.cmp(&b.source));
                (name.as_str(), phrases)
            })
            .collect();
        let mut expander = Self { snippets, samples: BTreeMap::new(), known: RefCell::default() };
        let builtin: [(&str, &[&str]); 10] = [
            ("text", &[""]),
            ("yes_no", &["yes", "no"]),
            ("name", &["anna", "maria lopez"]),
            ("email", &["anna@example.com"]),
            ("phone", &["555 0123 456"]),
            ("number", &["2", "3", "12"]),
            ("date", &["tomorrow", "friday", "12 may", "today"]),
            ("time", &["17:30", "5 pm", "noon"]),
            ("money", &["20 euros", "15"]),
            ("url", &["example.com"]),
        ];
        for (name, samples) in builtin {
            expander.samples.insert(name, samples.iter().map(|sample| (*sample).to_owned()).collect());
        }
        for (name, entity) in entities {
            let mut said: Vec<String> = entity
                .values
                .iter()
                .flat_map(|value| &value.said)
                .flat_map(|phrase| expander.sentences(phrase))
                .collect();
            said.extend(entity.example.clone());
            said.sort_by_key(|text| stable_hash(7, text.as_bytes()));
            said.truncate(SAMPLES_MAX);
            expander.samples.insert(name.as_str(), said);
        }
        expander
    }

    /// At most [`EXPANSIONS_MAX`] sentences of the template, chosen by its content.
    pub(super) fn sentences(&self, phrase: &Phrase) -> Vec<String> {
        if let Some(all) = self.all(&phrase.parts, EXPANSIONS_MAX) {
            return all;
        }
        let mut chosen: Vec<String> = (0..EXPANSIONS_MAX as u64)
            .map(|number| {
                let mut dice = Dice(stable_hash(number, phrase.source.as_bytes()));
                let mut out = String::new();
                self.choose(&phrase.parts, &mut dice, 0, &mut out);
                out
            })
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    /// All sentences of the parts, if they are at most `limit`.
    pub(super) fn all(&self, parts: &[Part], limit: usize) -> Option<Vec<String>> {
        (self.count(parts)? <= limit).then(|| {
            let mut all = vec![String::new()];
            self.extend_all(parts, &mut all);
            all
        })
    }

    /// Whether a value stands in the parts, snippets included.
    pub(super) fn has_values(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| match part {
            Part::Text(_) => false,
            Part::Entity { .. } => true,
            Part::Choice(all) | Part::Optional(all) => all.iter().any(|parts| self.has_values(parts)),
            Part::Snippet(name) => self.of_snippet(name).1,
        })
    }

    /// What is known of a snippet. One that refers to itself, which linking reports, stands for too many sentences.
    fn of_snippet(&self, name: &str) -> (Option<usize>, bool) {
        if let Some(known) = self.known.borrow().get(name) {
            return *known;
        }
        let Some((&name, phrases)) = self.snippets.get_key_value(name) else { return (Some(0), false) };
        self.known.borrow_mut().insert(name, (None, true));
        let count = phrases
            .iter()
            .try_fold(0_usize, |sum, phrase| Some(sum + self.count(&phrase.parts)?).filter(|sum| *sum <= MANY));
        let known = (count, phrases.iter().any(|phrase| self.has_values(&phrase.parts)));
        self.known.borrow_mut().insert(name, known);
        known
    }

    fn snippet(&self, name: &str) -> &[&'p Phrase] {
        self.snippets.get(name).map_or(&[], Vec::as_slice)
    }

    fn entity(&self, name: &EntityName) -> &[String] {
        self.samples.get(name.as_str()).map_or(&[], Vec::as_slice)
    }

    /// How many sentences the parts stand for; none if they are thousands.
    fn count(&self, parts: &[Part]) -> Option<usize> {
        let sum = |all: &[Vec<Part>]| -> Option<usize> {
            all.iter().try_fold(0_usize, |sum, parts| Some(sum + self.count(parts)?))
        };
        parts.iter().try_fold(1_usize, |product, part| {
            let count = match part {
                Part::Text(_) => 1,
                Part::Choice(all) => sum(all)?,
                Part::Optional(all) => 1 + sum(all)?,
                Part::Entity { entity, .. } => self.entity(entity).len().max(1),
                Part::Snippet(name) => self.of_snippet(name).0?,
            };
            product.checked_mul(count).filter(|product| *product <= MANY)
        })
    }

    fn extend_all(&self, parts: &[Part], all: &mut Vec<String>) {
        for part in parts {
            let before = std::mem::take(all);
            let mut with = |tails: &[String]| {
                for head in &before {
                    all.extend(tails.iter().map(|tail| format!("{head}{tail}")));
                }
            };
            let spell = |parts: &[Part]| {
                let mut tails = vec![String::new()];
                self.extend_all(parts, &mut tails);
                tails
            };
            match part {
                Part::Text(text) => with(std::slice::from_ref(text)),
                Part::Choice(choices) => choices.iter().for_each(|parts| with(&spell(parts))),
                Part::Optional(choices) => {
                    with(&[String::new()]);
                    choices.iter().for_each(|parts| with(&spell(parts)));
                }
                Part::Entity { entity, .. } if self.entity(entity).is_empty() => with(&[String::new()]),
                Part::Entity { entity, .. } => with(self.entity(entity)),
                Part::Snippet(name) => self.snippet(name).iter().for_each(|phrase| with(&spell(&phrase.parts))),
            }
        }
    }

    fn choose(&self, parts: &[Part], dice: &mut Dice, depth: usize, out: &mut String) {
        if depth > SNIPPET_DEPTH_MAX || out.len() > 1_000 {
            return;
        }
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Choice(all) => {
                    if let Some(parts) = all.get(dice.below(all.len())) {
                        self.choose(parts, dice, depth, out);
                    }
                }
                Part::Optional(all) => {
                    if let Some(parts) = all.get(dice.below(2 * all.len())) {
                        self.choose(parts, dice, depth, out);
                    }
                }
                Part::Entity { entity, .. } => {
                    let samples = self.entity(entity);
                    out.push_str(samples.get(dice.below(samples.len())).map_or("", String::as_str));
                }
                Part::Snippet(name) => {
                    let all = self.snippet(name);
                    if let Some(phrase) = all.get(dice.below(all.len())) {
                        self.choose(&phrase.parts, dice, depth + 1, out);
                    }
                }
            }
        }
    }
}

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = stable_hash(self.0, b"next");
        if limit == 0 { 0 } else { (self.0 % limit as u64) as usize }
    }
}
