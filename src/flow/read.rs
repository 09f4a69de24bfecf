//! From places in the tree to values: texts, phrases, names, times. Each value that cannot be read is reported where it
//! stands, and reading goes on. It knows the shape of values, not what they mean to a bot.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};

use crate::flow::document::{Condition, Count, Duration, Field, Flag, Fraction, LATER_KEYS, Lines, Word, Words};
use crate::flow::report::code;
use crate::flow::source::{Place, Problems};
use crate::flow::tree::{Data, NodeId, Style, Tree, shown};
use crate::flow::{At, Expr, TemplateError, Text, ValueTemplate, traps};
use crate::id::Language;
use crate::time::Span;

/// The longest text that a bot may say or a phrase may be, in characters.
pub(crate) const TEXT_CHARS: usize = 4_000;

/// Reads values of the tree and reports what is wrong with them.
pub(crate) struct Reader<'s> {
    pub(crate) tree: &'s Tree,
    pub(crate) problems: Problems<'s>,
    /// The languages of the bot, the default first.
    pub(crate) languages: Vec<Language>,
    /// Translations of language files, by source text.
    pub(crate) translations: BTreeMap<String, Vec<Translation>>,
    /// The sentences that a text of a built-in flow may name.
    pub(crate) sentences: Option<&'s indexmap::IndexMap<String, Text>>,
    /// Every text that language files may translate, in the order of reading, with its first place.
    pub(crate) texts: indexmap::IndexMap<String, NodeId>,
    /// Every value of an entity that has words, in the order of reading.
    pub(crate) values: Vec<ShownValue>,
    /// Names in parts that were reported and not understood.
    pub(crate) lost: BTreeSet<String>,
}

/// A value of an entity as visitors read it.
#[derive(Debug, Clone)]
pub(crate) struct ShownValue {
    pub(crate) entity: String,
    pub(crate) value: String,
    pub(crate) at: At,
    /// The languages in which it is missing.
    pub(crate) missing: Vec<Language>,
}

impl ShownValue {
    /// Whether a text of a language file names it, as it is shown.
    pub(crate) fn is_named(&self, source: &str) -> bool {
        self.value == source || self.value.replace('_', " ") == source
    }
}

/// What the entries of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entries {
    /// Whole sentences, which may have commas.
    Sentences,
    /// Words and word groups, which have none.
    Words,
}

/// One translation of a language file.
#[derive(Debug)]
pub(crate) struct Translation {
    pub(crate) language: Language,
    pub(crate) key: NodeId,
    pub(crate) text: Text,
    pub(crate) used: bool,
}

/// One line of a text block or one item of a list.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) place: Place,
    pub(crate) language: Option<Language>,
}

impl<'s> Reader<'s> {
    pub(crate) fn at(&self, place: Place) -> At {
        self.problems.sources.at(place)
    }

    pub(crate) fn at_node(&self, node: NodeId) -> At {
        self.at(self.tree.place(node))
    }

    /// Reads a map of fixed keys. Unknown keys are reported with a suggestion, and the rest is still read.
    pub(crate) fn item<T: DeserializeOwned>(&mut self, node: NodeId, what: &str) -> Option<T> {
        let keys = keys_of::<T>();
        match &self.tree.node(node).data {
            Data::Map(_) => {}
            Data::Bad => return None,
            Data::Scalar(_) if self.tree.is_empty(node) => {
                let problem =
                    self.problems.error(code::EMPTY, self.tree.place(node), format!("{what} has nothing in it"));
                problem.hint(format!("its keys are {}", keys.join(", ")));
                return None;
            }
            Data::Scalar(_) | Data::List(_) => {
                let problem =
                    self.problems.error(code::BAD_VALUE, self.tree.place(node), format!("{what} is a map of keys"));
                problem.hint(format!("its keys are {}", keys.join(", ")));
                return None;
            }
        }
        let mut known = serde_yaml::Mapping::new();
        for &(key, value) in self.tree.entries(node) {
            let name = self.tree.text(key).unwrap_or("");
            if keys.contains(&name) {
                known.insert(name.into(), value.0.into());
            } else {
                self.unknown_key(key, value, keys, what);
            }
        }
        match serde_yaml::from_value(serde_yaml::Value::Mapping(known)) {
            Ok(item) => Some(item),
            Err(error) => {
                if !self.tree.node(node).partial {
                    let text = error.to_string();
                    let key = text.split('`').nth(1).unwrap_or("").to_owned();
                    self.problems.error(code::MISSING_KEY, self.tree.place(node), format!("{what} needs \"{key}\""));
                }
                None
            }
        }
    }

    pub(crate) fn unknown_key(&mut self, key: NodeId, value: NodeId, keys: &[&str], what: &str) {
        let place = self.tree.place(key);
        let name = self.tree.text(key).unwrap_or("").to_owned();
        if traps::is_split_text(self.tree, key, value) {
            self.problems
                .error(code::SWALLOWED, place, "a comma inside `{ }` splits this text in two")
                .hint("put the whole text in quotes");
        } else if LATER_KEYS.contains(&name.as_str()) {
            self.problems.error(
                code::NOT_YET,
                place,
                format!("\"{name}\" is kept for a later version, and does nothing yet"),
            );
        } else {
            if let Some(key) = name.strip_prefix('-') {
                self.problems
                    .error(code::SYNTAX, place, "a blank is missing after this dash")
                    .hint(format!("write `- {}: …`", shown(key)));
                return;
            }
            self.lose(value);
            let hint = self.problems.did_you_mean(&name, keys.iter().copied());
            let hint = hint.unwrap_or_else(|| format!("the keys here are {}", keys.join(", ")));
            self.problems
                .error(code::UNKNOWN_KEY, place, format!("unknown key \"{}\" in {what}", shown(&name)))
                .hint(hint);
        }
    }

    /// Keeps the names in a part that was not understood: whoever misses one of them must not be told that it is nowhere.
    pub(crate) fn lose(&mut self, node: NodeId) {
        match &self.tree.node(node).data {
            Data::Scalar(scalar) if !scalar.text.trim().contains(' ') => {
                self.lost.insert(scalar.text.trim().to_owned());
            }
            Data::Scalar(_) | Data::Bad => {}
            Data::List(items) => items.clone().into_iter().for_each(|item| self.lose(item)),
            Data::Map(entries) => {
                for (key, value) in entries.clone() {
                    self.lose(key);
                    self.lose(value);
                }
            }
        }
    }

    /// Whether a name that is missing stands in a part that was not understood.
    pub(crate) fn is_lost(&self, name: &str) -> bool {
        self.lost.contains(name) || self.problems.was_meant(name)
    }

    /// A map of names that the author chose, in his order.
    pub(crate) fn named(&mut self, node: NodeId, what: &str) -> Vec<(String, NodeId, NodeId)> {
        match &self.tree.node(node).data {
            Data::Map(entries) => {
                entries.iter().map(|&(key, value)| (self.tree.text(key).unwrap_or("").to_owned(), key, value)).collect()
            }
            Data::Bad => Vec::new(),
            Data::Scalar(_) if self.tree.is_empty(node) => Vec::new(),
            Data::Scalar(_) | Data::List(_) => {
                self.problems.error(code::BAD_VALUE, self.tree.place(node), format!("{what} are a map of names"));
                Vec::new()
            }
        }
    }

    /// A text that is one scalar, whatever YAML would make of it.
    pub(crate) fn scalar(&mut self, node: NodeId, what: &str) -> Option<String> {
        match &self.tree.node(node).data {
            Data::Bad => None,
            Data::Scalar(scalar) if !scalar.text.trim().is_empty() => Some(scalar.text.clone()),
            Data::Scalar(_) => {
                if !self.tree.node(node).partial {
                    self.problems.error(code::EMPTY, self.tree.place(node), format!("{what} is empty"));
                }
                None
            }
            Data::Map(_) if traps::map_for_text(&mut self.problems, self.tree, node) => None,
            Data::Map(_) | Data::List(_) => {
                self.problems.error(code::BAD_VALUE, self.tree.place(node), format!("{what} is one text here"));
                None
            }
        }
    }

    /// A text of the author's prose: nothing of it may have been cut.
    pub(crate) fn prose(&mut self, node: NodeId, what: &str) -> Option<String> {
        let text = self.scalar(node, what)?;
        traps::cut_by_comment(&mut self.problems, self.tree, node);
        traps::joined_by_dash(&mut self.problems, self.tree, node);
        if text.chars().nth(TEXT_CHARS).is_some() {
            self.problems
                .error(code::TOO_LONG, self.tree.place(node), format!("{what} has more than {TEXT_CHARS} characters"))
                .hint("split it into several messages");
            return None;
        }
        Some(match &self.tree.node(node).data {
            // The line break that ends a text block is no part of the text.
            Data::Scalar(scalar) if matches!(scalar.style, Style::Lines | Style::Folded) => text.trim_end().to_owned(),
            _ => text,
        })
    }

    pub(crate) fn word(&mut self, field: Field<Word>, what: &str) -> Option<String> {
        self.scalar(field.node, what)
    }

    /// One name or several.
    pub(crate) fn words(&mut self, field: Field<Words>, what: &str) -> Vec<(String, NodeId)> {
        let nodes = match &self.tree.node(field.node).data {
            Data::List(items) => items.clone(),
            _ => vec![field.node],
        };
        nodes.into_iter().filter_map(|node| Some((self.scalar(node, what)?, node))).collect()
    }

    pub(crate) fn flag(&mut self, field: Option<Field<Flag>>) -> bool {
        field.and_then(|field| self.value(field.node, "true or false")).unwrap_or(false)
    }

    pub(crate) fn count(&mut self, field: Option<Field<Count>>) -> Option<u32> {
        field.and_then(|field| self.value(field.node, "a whole number, such as 2"))
    }

    pub(crate) fn fraction(&mut self, field: Option<Field<Fraction>>) -> Option<f64> {
        let field = field?;
        let value: f64 = self.value(field.node, "a number from 0 to 1, such as 0.75")?;
        if !(0.0..=1.0).contains(&value) {
            let place = self.tree.place(field.node);
            self.problems.error(code::BAD_VALUE, place, "this must be a number from 0 to 1, such as 0.75");
            return None;
        }
        Some(value)
    }

    /// A plain value through serde_yaml, on its own, so that a failure has its own place.
    fn value<T: DeserializeOwned>(&mut self, node: NodeId, expected: &str) -> Option<T> {
        let value = match &self.tree.node(node).data {
            Data::Bad => return None,
            Data::Scalar(scalar) if scalar.style == Style::Plain => plain_value(&scalar.text),
            _ => serde_yaml::Value::Null,
        };
        let value = serde_yaml::from_value(value).ok();
        if value.is_none() {
            self.problems.error(code::BAD_VALUE, self.tree.place(node), format!("this must be {expected}"));
        }
        value
    }

    pub(crate) fn span(&mut self, field: Field<Duration>) -> Option<Span> {
        let text = self.scalar(field.node, "a length of time")?;
        let span = parse_span(&text);
        if span.is_none() {
            self.problems
                .error(
                    code::BAD_TIME,
                    self.tree.place(field.node),
                    format!("\"{}\" is not a length of time", shown(&text)),
                )
                .hint("write a number and a unit: 30s, 5m, 2h, 1d, or 1h 30m");
        }
        span
    }

    pub(crate) fn condition(&mut self, field: Field<Condition>) -> Option<Expr> {
        let text = self.prose(field.node, "a condition")?;
        self.expression(&text, field.node)
    }

    pub(crate) fn expression(&mut self, text: &str, node: NodeId) -> Option<Expr> {
        match Expr::parse(text) {
            Ok(expr) => Some(expr),
            Err(error) => {
                self.template_error(&error, text, node, code::BAD_EXPRESSION);
                None
            }
        }
    }

    pub(crate) fn template_error(&mut self, error: &TemplateError, text: &str, node: NodeId, code: &'static str) {
        let place = self.within(node, text, error.range.0, error.range.1);
        self.problems.error(code, place, error.to_string()).maybe_hint(error.hint());
    }

    /// The place of some bytes of a scalar's text. Where escapes make that unsure, the whole scalar.
    pub(crate) fn within(&self, node: NodeId, text: &str, from: usize, to: usize) -> Place {
        let whole = self.tree.place(node);
        let Data::Scalar(scalar) = &self.tree.node(node).data else { return whole };
        let before = text.get(..from).unwrap_or("");
        let width = text.get(from..to).map_or(1, |part| part.chars().take_while(|&c| c != '\n').count()).max(1);
        let line = before.matches('\n').count() as u32;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count();
        match scalar.style {
            Style::Lines => {
                let row = self.block_line(node, line, text.split('\n').nth(line as usize).unwrap_or(""));
                row.shifted(column, width)
            }
            Style::Plain if line == 0 && whole.width != u32::MAX => whole.shifted(column, width),
            Style::Quoted if line == 0 && whole.width as usize == text.chars().count() + 2 => {
                whole.shifted(column + 1, width)
            }
            _ => whole,
        }
    }

    /// The place of one line of a `|` block.
    fn block_line(&self, node: NodeId, index: u32, text: &str) -> Place {
        let node = self.tree.node(node);
        let mut place = Place { file: node.file, line: node.start.line + 1 + index, column: 1, width: 1 };
        let line = self.problems.sources.line(place);
        let indent = line.trim_end().chars().count().saturating_sub(text.trim_end().chars().count());
        place.column = indent as u32 + 1;
        place.width = text.trim_end().chars().count().max(1) as u32;
        place
    }

    /// The entries of a list, of a text block, or of a map of languages with such.
    pub(crate) fn lines(&mut self, field: Field<Lines>, entries: Entries, what: &str) -> Vec<Line> {
        self.lines_in(field.node, None, entries, what)
    }

    pub(crate) fn lines_in(
        &mut self,
        node: NodeId,
        language: Option<&Language>,
        kind: Entries,
        what: &str,
    ) -> Vec<Line> {
        match &self.tree.node(node).data {
            Data::Bad => Vec::new(),
            Data::Scalar(scalar) if matches!(scalar.style, Style::Lines) => {
                let lines: Vec<(u32, String)> = scalar
                    .text
                    .split('\n')
                    .enumerate()
                    .map(|(index, line)| (index as u32, line.trim().to_owned()))
                    .filter(|(_, line)| !line.is_empty())
                    .collect();
                if lines.is_empty() {
                    self.problems.error(code::EMPTY, self.tree.place(node), format!("{what} have nothing in them"));
                }
                lines
                    .into_iter()
                    .map(|(index, text)| {
                        let mut place = self.block_line(node, index, &text);
                        // Blanks before an entry belong to the indentation, so the column is where its text begins.
                        let line = self.problems.sources.line(place);
                        place.column = (line.chars().count() - line.trim_start().chars().count()) as u32 + 1;
                        self.line_of(text, place, language)
                    })
                    .collect()
            }
            Data::Scalar(_) => self.one_line(node, language, what).into_iter().collect(),
            Data::List(items) => {
                let items = items.clone();
                traps::split_by_comma(&mut self.problems, self.tree, node, kind);
                if items.is_empty() {
                    self.problems.error(code::EMPTY, self.tree.place(node), format!("{what} have nothing in them"));
                }
                items.into_iter().filter_map(|item| self.one_line(item, language, what)).collect()
            }
            Data::Map(entries) if language.is_none() && self.is_language_map(node) => {
                let entries = entries.clone();
                let mut lines = Vec::new();
                for (key, value) in entries {
                    if let Some(language) = self.language(key) {
                        lines.extend(self.lines_in(value, Some(&language), kind, what));
                    }
                }
                lines
            }
            Data::Map(_) => {
                if !traps::map_for_text(&mut self.problems, self.tree, node) {
                    let place = self.tree.place(node);
                    self.problems
                        .error(code::BAD_VALUE, place, format!("{what} are a text block or a list"))
                        .hint("write them after `|`, one a line");
                }
                Vec::new()
            }
        }
    }

    fn one_line(&mut self, node: NodeId, language: Option<&Language>, what: &str) -> Option<Line> {
        let text = self.prose(node, &format!("an entry of {what}"))?;
        Some(self.line_of(text.trim().to_owned(), self.tree.place(node), language))
    }

    fn line_of(&mut self, text: String, place: Place, language: Option<&Language>) -> Line {
        if text.chars().nth(TEXT_CHARS).is_some() {
            self.problems.error(code::TOO_LONG, place, format!("a line of more than {TEXT_CHARS} characters"));
        }
        Line { text, place, language: language.cloned() }
    }

    /// Data whose texts are templates.
    pub(crate) fn value_template(&mut self, node: NodeId) -> Option<ValueTemplate> {
        match &self.tree.node(node).data {
            Data::Bad => None,
            Data::Scalar(scalar) => {
                if scalar.style == Style::Plain {
                    let value = plain_value(&scalar.text);
                    if !value.is_string() {
                        return serde_json::to_value(value).ok().map(ValueTemplate::Literal);
                    }
                }
                let source = self.prose(node, "a value")?;
                self.template(&source, node).map(ValueTemplate::Text)
            }
            Data::List(items) => {
                let items = items.clone();
                Some(ValueTemplate::List(items.into_iter().filter_map(|item| self.value_template(item)).collect()))
            }
            Data::Map(_) => Some(ValueTemplate::Map(self.value_templates(node))),
        }
    }

    /// The entries of a map whose texts are templates.
    pub(crate) fn value_templates(&mut self, node: NodeId) -> Vec<(String, ValueTemplate)> {
        let entries = self.named(node, "values");
        entries.into_iter().filter_map(|(name, _, value)| Some((name, self.value_template(value)?))).collect()
    }

    /// Plain data, typed as YAML types it.
    pub(crate) fn json(&mut self, node: NodeId) -> serde_json::Value {
        match &self.tree.node(node).data {
            Data::Bad => serde_json::Value::Null,
            Data::Scalar(scalar) if scalar.style == Style::Plain => {
                serde_json::to_value(plain_value(&scalar.text)).unwrap_or_default()
            }
            Data::Scalar(scalar) => scalar.text.clone().into(),
            Data::List(items) => {
                let items = items.clone();
                items.into_iter().map(|item| self.json(item)).collect()
            }
            Data::Map(entries) => {
                let entries = entries.clone();
                let map = entries
                    .into_iter()
                    .filter_map(|(key, value)| Some((self.tree.text(key)?.to_owned(), self.json(value))));
                serde_json::Value::Object(map.collect())
            }
        }
    }
}

/// What YAML makes of a text without quotes. A leading zero or a version number stays a text.
fn plain_value(text: &str) -> serde_yaml::Value {
    let looks_plain = text.len() <= 40 && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-._~".contains(c));
    let is_code = text.len() > 1 && text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit());
    if !looks_plain || is_code {
        return serde_yaml::Value::String(text.to_owned());
    }
    match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Ok(value @ (serde_yaml::Value::Null | serde_yaml::Value::Bool(_) | serde_yaml::Value::Number(_))) => value,
        _ => serde_yaml::Value::String(text.to_owned()),
    }
}

/// `1h 30m` and the like.
pub(crate) fn parse_span(text: &str) -> Option<Span> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|&digits| digits > 0 && digits <= 9)?;
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match rest.get(..letters)? {
            "ms" => 1,
            "s" | "sec" | "second" | "seconds" => 1_000,
            "m" | "min" | "minute" | "minutes" => 60_000,
            "h" | "hour" | "hours" => 3_600_000,
            "d" | "day" | "days" => 86_400_000,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = rest.get(letters..)?.trim_start();
    }
    Some(Span(total))
}

/// The names of a struct's fields, as serde knows them.
fn keys_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    let _ = T::deserialize(Keys(&mut keys));
    keys
}

/// A deserializer that only listens for the names of the fields.
struct Keys<'k>(&'k mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Keys<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("not a map of fixed keys"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(Self::Error::custom("only the keys are wanted"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
