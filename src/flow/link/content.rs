//! Phrases wherever they stand: read, and their entities and snippets looked up.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::flow::document::{Field, Lines};
use crate::flow::link::{Linker, What};
use crate::flow::read::{Entries, Line};
use crate::flow::report::code;
use crate::flow::source::Place;
use crate::flow::tree::NodeId;
use crate::flow::{Kind, Part, Pattern, Phrase, PhraseError, parse_alternatives, parse_phrase};
use crate::id::Language;

/// How large a compiled regular expression may be, in bytes.
pub(crate) const PATTERN_BYTES: usize = 1 << 20;

impl Linker<'_> {
    /// Whole sentences: one phrase a line.
    pub(crate) fn phrases(&mut self, field: Option<Field<Lines>>, what: &str) -> Vec<Phrase> {
        let Some(field) = field else { return Vec::new() };
        let lines = self.reader.lines(field, Entries::Sentences, what);
        lines.into_iter().filter_map(|line| self.phrase(line, true)).collect()
    }

    pub(crate) fn phrases_in(&mut self, node: NodeId, language: &Language, what: &str) -> Vec<Phrase> {
        let lines = self.reader.lines_in(node, Some(language), Entries::Sentences, what);
        lines.into_iter().filter_map(|line| self.phrase(line, true)).collect()
    }

    /// Words and word groups: templates without entities.
    pub(crate) fn keywords(&mut self, field: Option<Field<Lines>>, what: &str) -> Vec<Phrase> {
        let Some(field) = field else { return Vec::new() };
        let lines = self.reader.lines(field, Entries::Words, what);
        lines.into_iter().filter_map(|line| self.phrase(line, false)).collect()
    }

    pub(crate) fn keywords_in(&mut self, node: NodeId, language: &Language, what: &str) -> Vec<Phrase> {
        let lines = self.reader.lines_in(node, Some(language), Entries::Words, what);
        lines.into_iter().filter_map(|line| self.phrase(line, false)).collect()
    }

    /// What a snippet or a value holds: lines, each with alternatives.
    pub(crate) fn alternatives(&mut self, node: NodeId, language: Option<&Language>, what: &str) -> Vec<Phrase> {
        let lines = self.reader.lines_in(node, language, Entries::Words, what);
        let mut phrases = Vec::new();
        for line in lines {
            match parse_alternatives(&line.text) {
                Ok(alternatives) => {
                    let whole = alternatives.len() == 1;
                    for parts in alternatives {
                        let source = if whole { line.text.clone() } else { written(&parts) };
                        let at = self.reader.at(line.place);
                        let phrase = Phrase { parts, source, language: line.language.clone(), at };
                        phrases.extend(self.linked(phrase, line.place, true));
                    }
                }
                Err(error) => self.phrase_error(&error, &line),
            }
        }
        phrases
    }

    fn phrase(&mut self, line: Line, entities: bool) -> Option<Phrase> {
        match parse_phrase(&line.text) {
            Ok(parts) => {
                let at = self.reader.at(line.place);
                let phrase = Phrase { parts, source: line.text, language: line.language, at };
                self.linked(phrase, line.place, entities)
            }
            Err(error) => {
                self.phrase_error(&error, &line);
                None
            }
        }
    }

    pub(crate) fn phrase_error(&mut self, error: &PhraseError, line: &Line) {
        let exact = line.place.width as usize == line.text.chars().count();
        let place = if exact { line.place.shifted(error.start, error.width) } else { line.place };
        self.reader.problems.error(code::BAD_PHRASE, place, error.message.clone()).maybe_hint(error.hint.clone());
    }

    /// Looks up what a phrase names, and refuses one that fits a message without words.
    fn linked(&mut self, phrase: Phrase, place: Place, entities: bool) -> Option<Phrase> {
        if phrase.fits_nothing() {
            self.reader
                .problems
                .error(code::EMPTY_FIT, place, "this fits a message without any words")
                .hint("at least one word must stand outside of `[ ]`");
            return None;
        }
        let mut named: Vec<(What, String)> = Vec::new();
        phrase.each_part(&mut |part| match part {
            Part::Entity { entity, .. } => named.push((What::Entity, entity.0.clone())),
            Part::Snippet(name) => named.push((What::Snippet, name.clone())),
            Part::Text(_) | Part::Choice(_) | Part::Optional(_) => {}
        });
        let mut known = true;
        for (what, name) in named {
            let place = self.spot(place, &name);
            known &= match what {
                What::Entity if !entities => {
                    self.reader
                        .problems
                        .error(code::BAD_PHRASE, place, "words and word groups hold no `{entity}`")
                        .hint("write it as a phrase, or `\\{` for the sign itself");
                    false
                }
                What::Entity => {
                    let kind = self.kind_at(&name, place);
                    if kind.as_ref().is_some_and(Kind::is_sent) {
                        self.reader
                            .problems
                            .error(code::BAD_PHRASE, place, format!("words hold no {name}: it is sent"))
                            .hint(format!("ask for it: `expect: {name}`"));
                    }
                    kind.is_some_and(|kind| !kind.is_sent())
                }
                _ => self.refer_at(What::Snippet, &name, place),
            };
        }
        known.then_some(phrase)
    }

    /// Where a word stands on the line of a place.
    pub(crate) fn spot(&self, place: Place, word: &str) -> Place {
        let line = self.reader.problems.sources.line(place);
        let from = line.char_indices().nth(place.column as usize - 1).map_or(line.len(), |(byte, _)| byte);
        match line.get(from..).and_then(|rest| Some((rest, rest.find(word)?))) {
            Some((rest, byte)) => place.shifted(rest.get(..byte).unwrap_or("").chars().count(), word.chars().count()),
            None => place,
        }
    }

    /// A regular expression: it must compile within its limit, and must not fit the empty text.
    pub(crate) fn pattern(&mut self, line: &Line) -> Option<Pattern> {
        let place = line.place;
        let built = regex::RegexBuilder::new(&line.text).case_insensitive(true).size_limit(PATTERN_BYTES).build();
        let regex = match built {
            Ok(regex) => regex,
            Err(regex::Error::CompiledTooBig(_)) => {
                self.reader
                    .problems
                    .error(code::BAD_PATTERN, place, "this pattern becomes larger than 1 MB")
                    .hint("lower its counts, such as {1000}");
                return None;
            }
            Err(error) => {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or("").trim().trim_start_matches("error: ").to_owned();
                self.reader
                    .problems
                    .error(code::BAD_PATTERN, place, format!("this pattern cannot be read: {reason}"))
                    .hint("such as '[A-Z]{2}\\d{4}' for AB1234; signs like ( ) [ ] + ? as such are written \\( \\) \\[ \\] \\+ \\?");
                return None;
            }
        };
        if regex.is_match("") {
            self.reader
                .problems
                .error(code::EMPTY_FIT, place, "this pattern fits the empty text")
                .hint("use `+` in the place of `*`, or give the least number of characters");
            return None;
        }
        Some(Pattern { source: line.text.clone(), at: self.reader.at(place) })
    }

    /// Snippets may refer to each other, but never in a circle.
    pub(crate) fn check_snippets(&mut self, snippets: &IndexMap<String, Vec<Phrase>>) {
        let mut refers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, phrases) in snippets {
            let mut names = Vec::new();
            for phrase in phrases {
                each_snippet(&phrase.parts, &mut names);
            }
            refers.insert(name, names);
        }
        // Depth first with three colours; a chain of thousands of snippets must not use the stack.
        let mut done: BTreeMap<&str, bool> = BTreeMap::new();
        for name in snippets.keys() {
            let mut stack: Vec<(&str, usize)> = vec![(name.as_str(), 0)];
            while let Some((current, next)) = stack.pop() {
                if next == 0 {
                    if done.contains_key(current) {
                        continue;
                    }
                    done.insert(current, false);
                }
                let Some(&child) = refers.get(current).and_then(|names| names.get(next)) else {
                    done.insert(current, true);
                    continue;
                };
                stack.push((current, next + 1));
                match done.get(child) {
                    Some(false) => {
                        let chain: Vec<&str> = stack
                            .iter()
                            .map(|(name, _)| *name)
                            .skip_while(|name| *name != child)
                            .chain([child])
                            .collect();
                        let key = self.draft.snippets.get(child).map(|(key, _)| *key);
                        if let Some(key) = key {
                            let place = self.reader.tree.place(key);
                            let message = format!("this snippet leads back to itself: {}", chain.join(" → "));
                            self.reader.problems.error(code::SNIPPET_CYCLE, place, message);
                        }
                    }
                    Some(true) => {}
                    None => stack.push((child, 0)),
                }
            }
        }
    }
}

fn each_snippet<'p>(parts: &'p [Part], names: &mut Vec<&'p str>) {
    for part in parts {
        match part {
            Part::Snippet(name) => names.push(name),
            Part::Choice(alternatives) | Part::Optional(alternatives) => {
                alternatives.iter().for_each(|parts| each_snippet(parts, names));
            }
            Part::Text(_) | Part::Entity { .. } => {}
        }
    }
}

/// One of several alternatives as its author wrote it, near enough for an explanation.
fn written(parts: &[Part]) -> String {
    let group =
        |alternatives: &[Vec<Part>]| alternatives.iter().map(|parts| written(parts)).collect::<Vec<_>>().join("|");
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(words) => text.push_str(words),
            Part::Choice(alternatives) => text.push_str(&format!("({})", group(alternatives))),
            Part::Optional(alternatives) => text.push_str(&format!("[{}]", group(alternatives))),
            Part::Entity { entity, slot: None } => text.push_str(&format!("{{{entity}}}")),
            Part::Entity { entity, slot: Some(slot) } => text.push_str(&format!("{{{entity}:{slot}}}")),
            Part::Snippet(name) => text.push_str(&format!("<{name}>")),
        }
    }
    text
}
