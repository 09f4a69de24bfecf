//! The values that texts, conditions and data are rendered with, and the rendering itself.
//!
//! A [`Scope`] is put together by the dialog for one moment of one conversation. Readers get [`Text::render`] and
//! [`Template::render`]: values as they write them. Services, slots and conditions get [`Template::value`], [`ValueTemplate::value`],
//! [`Expr::value`] and [`Expr::truth`]: normal forms. Rendering cannot fail: what goes wrong at run time prints as nothing and
//! is false, because a visitor waits for an answer; `check` finds what can be found before.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::civil;
use jiff::tz::TimeZone;
use minijinja::Value;
use minijinja::value::Rest;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::flow::evaluate::{self, Evaluated, Named, Names, Reader};
use crate::flow::timetable;
use crate::flow::{Expr, Hours, Kind, Localized, Piece, Program, Template, Text, ValueTemplate, print};
use crate::id::{ChannelName, EventNo, HoursName, Language, QueueName, SlotName};
use crate::time::Time;

/// The most characters that one template may give; the rest is cut off.
pub const OUTPUT_CHARS_MAX: usize = 4_000;

/// What stands for a sensitive value wherever people read.
pub const MASK: &str = "••••";

/// A remembered value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// The normal form.
    pub value: Json,
    /// The visitor's own text; empty where it is the value itself.
    pub said: String,
    /// The kind of value, for printing it.
    pub kind: Option<Kind>,
    /// The message it came from.
    pub from: Option<EventNo>,
    /// Whether it is masked wherever it is recorded.
    pub sensitive: bool,
}

impl Slot {
    /// The visitor's own text.
    pub fn words(&self) -> &str {
        words(&self.value, &self.said)
    }

    /// The value as a person reads it, where no language is known.
    pub fn text(&self) -> String {
        self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned)
    }

    /// A value that nobody said, such as a service's reply or a number that a sentence of the bot names.
    pub fn plain(value: impl Into<Json>) -> Self {
        let value = value.into();
        let said = value.as_str().unwrap_or_default().to_owned();
        Self { value, said, kind: None, from: None, sensitive: false }
    }

    /// A value of a kind that nobody said, so that it prints as that kind does.
    pub fn of_kind(kind: Kind, value: impl Into<Json>) -> Self {
        Self { kind: Some(kind), ..Self::plain(value) }
    }
}

/// The visitor's own text for a value: `said`, which is empty where it is the value itself.
pub fn words<'a>(value: &'a Json, said: &'a str) -> &'a str {
    if said.is_empty() { value.as_str().unwrap_or_default() } else { said }
}

/// All that a text or condition may read:
///
/// | written | is |
/// |---|---|
/// | `day`, `free.times` | a slot; a field of a service's reply |
/// | `day.said` | the visitor's own words for it |
/// | `contact.name` | what is known of the contact |
/// | `today`, `now`, `now.time`, `now.date` | the clock in the bot's zone |
/// | `language`, `channel`, `message` | of the conversation |
/// | `hours.clinic` | a timetable as a sentence |
/// | `is_open("clinic")`, with a day, with a day and a time | whether a timetable is open; for a day, whether it opens on it |
/// | `has_agent("sales")`, `has_agent()` | whether an agent is online; without a name for the default queue |
/// | `answers_here()` | whether an answer of the visitor's queue, given when it is open next, still reaches them in their app |
/// | `known(x)` | whether there is a value that is not empty |
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The bot: its languages, entities, timetables and zone.
    pub program: &'a Program,
    /// The slots, without `contact.…`.
    pub slots: &'a BTreeMap<SlotName, Slot>,
    /// What is known of the contact, such as `name`.
    pub contact: &'a BTreeMap<String, Slot>,
    /// The time.
    pub now: Time,
    /// The reader's language.
    pub language: &'a Language,
    /// The channel.
    pub channel: &'a ChannelName,
    /// The visitor's latest message.
    pub message: &'a str,
    /// Whether an agent is online for a queue.
    pub has_agent: &'a dyn Fn(&QueueName) -> bool,
    /// Whether a later answer still reaches the visitor where they are.
    pub answers_here: &'a dyn Fn() -> bool,
}

impl Template {
    /// The text for a reader: values as the reader's language writes them, sensitive ones masked.
    pub fn render(&self, scope: &Scope<'_>) -> String {
        let names = ScopeNames::for_reader(scope);
        self.join(|expr| evaluate::evaluate(expr, &names).map(|evaluated| evaluated.print()).unwrap_or_default())
    }

    /// The value: exactly one `{{ }}` keeps its type, anything else is text with normal forms in it.
    pub fn value(&self, scope: &Scope<'_>) -> Json {
        if let [Piece::Expr(expr)] = &self.pieces[..] {
            return expr.value(scope);
        }
        let names = ScopeNames::normal(scope);
        Json::String(
            self.join(|expr| evaluate::evaluate(expr, &names).map(|evaluated| evaluated.print()).unwrap_or_default()),
        )
    }

    /// An address for a link or a picture: normal forms, percent-encoded, except for an expression that begins the address.
    pub fn url(&self, scope: &Scope<'_>) -> String {
        let names = ScopeNames::normal(scope);
        let mut first = true;
        self.join(|expr| {
            let value = evaluate::evaluate(expr, &names).map(|evaluated| evaluated.print()).unwrap_or_default();
            let begins = std::mem::take(&mut first) && matches!(self.pieces.first(), Some(Piece::Expr(_)));
            if begins { value } else { crate::flow::request::encode(&value) }
        })
    }

    /// Literal pieces and what `print` gives for expressions, no longer than [`OUTPUT_CHARS_MAX`].
    pub(super) fn join(&self, mut print: impl FnMut(&Expr) -> String) -> String {
        let mut joined = String::with_capacity(self.source.len());
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => joined.push_str(text),
                Piece::Expr(expr) => joined.push_str(&print(expr)),
            }
        }
        if let Some((end, _)) = joined.char_indices().nth(OUTPUT_CHARS_MAX) {
            joined.truncate(end);
        }
        joined
    }
}

impl ValueTemplate {
    /// The value, in normal forms.
    pub fn value(&self, scope: &Scope<'_>) -> Json {
        self.build(&|template| template.value(scope))
    }

    /// Whether anything in it reads a sensitive slot, so that what it gives is sensitive too.
    pub fn is_sensitive(&self, scope: &Scope<'_>) -> bool {
        self.expressions().into_iter().any(|expr| expr.is_sensitive(scope))
    }

    pub(super) fn build(&self, text: &dyn Fn(&Template) -> Json) -> Json {
        match self {
            Self::Text(template) => text(template),
            Self::List(items) => items.iter().map(|item| item.build(text)).collect(),
            Self::Map(entries) => {
                Json::Object(entries.iter().map(|(key, value)| (key.clone(), value.build(text))).collect())
            }
            Self::Literal(value) => value.clone(),
        }
    }
}

impl Expr {
    /// Whether it is true; what cannot be computed is false.
    pub fn truth(&self, scope: &Scope<'_>) -> bool {
        self.evaluate(scope).is_some_and(|evaluated| evaluated.value.is_true())
    }

    /// Its value in normal form; null if it is unset or cannot be computed.
    pub fn value(&self, scope: &Scope<'_>) -> Json {
        self.evaluate(scope).map_or(Json::Null, |evaluated| evaluated.json())
    }

    /// Whether it reads a sensitive slot.
    pub fn is_sensitive(&self, scope: &Scope<'_>) -> bool {
        let parts = self.parts();
        parts.reads.iter().any(|read| match &read.path[..] {
            [contact] if contact == "contact" => scope.contact.values().any(|slot| slot.sensitive),
            path => scope.slot(path).is_some_and(|(slot, _)| slot.sensitive),
        })
    }

    fn evaluate(&self, scope: &Scope<'_>) -> Option<Evaluated> {
        evaluate::evaluate(self, &ScopeNames::normal(scope)).ok()
    }
}

impl Text {
    /// The messages in the reader's language, else in the bot's first, else in any. `seed` picks among variants; the same
    /// seed picks the same. A message without anything visible is left out.
    pub fn render(&self, scope: &Scope<'_>, seed: u64) -> Vec<String> {
        let messages = self.picked(scope, seed).into_iter().map(|template| template.render(scope).trim().to_owned());
        messages.filter(|message| !message.is_empty()).collect()
    }

    /// The templates of the messages, one a message.
    pub(super) fn picked(&self, scope: &Scope<'_>, seed: u64) -> Vec<&Template> {
        let mut templates = Vec::new();
        self.pick(scope, &mut Mix(seed), &mut templates);
        templates
    }

    /// The template in a language, of several messages or variants the first: for short texts, such as labels.
    pub fn in_language(&self, language: &Language, fallback: &[Language]) -> Option<&Template> {
        match self {
            Self::One(template) => Some(template),
            Self::Several(texts) | Self::OneOf(texts) => texts.first()?.in_language(language, fallback),
            Self::In(localized) => localized.get(language, fallback)?.in_language(language, fallback),
        }
    }

    fn pick<'t>(&'t self, scope: &Scope<'_>, mix: &mut Mix, templates: &mut Vec<&'t Template>) {
        match self {
            Self::One(template) => templates.push(template),
            Self::Several(texts) => texts.iter().for_each(|text| text.pick(scope, mix, templates)),
            Self::OneOf(variants) => {
                if let Some(text) = variants.get(mix.below(variants.len())) {
                    text.pick(scope, mix, templates);
                }
            }
            Self::In(localized) => {
                if let Some(text) = localized.get(scope.language, &scope.program.languages) {
                    text.pick(scope, mix, templates);
                }
            }
        }
    }
}

impl Localized {
    /// The text in the language, also without its region; else in the first of `fallback` that there is; else in any.
    pub fn get(&self, language: &Language, fallback: &[Language]) -> Option<&Text> {
        let exact = |language: &Language| self.0.get(language);
        let near = |language: &Language| self.0.get(print::primary(language));
        std::iter::once(language)
            .chain(fallback)
            .find_map(|language| exact(language).or_else(|| near(language)))
            .or_else(|| self.0.values().next())
    }
}

impl Scope<'_> {
    /// The day in the bot's zone.
    pub fn today(&self) -> civil::Date {
        self.clock().date()
    }

    /// A value as the reader sees it, for buttons, corrections and the desk.
    pub fn print(&self, slot: &Slot) -> String {
        let names = ScopeNames::for_reader(self);
        let named = names.of_slot(slot, &[]);
        named.map_or_else(String::new, |named| evaluate::print(named, names.reader()))
    }

    fn clock(&self) -> civil::DateTime {
        self.program.zone.to_datetime(self.now.timestamp())
    }

    /// The slot that a path begins with, and the rest of the path.
    fn slot<'p>(&self, path: &'p [String]) -> Option<(&Slot, &'p [String])> {
        match path {
            [contact, attribute, rest @ ..] if contact == "contact" => Some((self.contact.get(attribute)?, rest)),
            [name, rest @ ..] => Some((self.slots.get(name.as_str())?, rest)),
            [] => None,
        }
    }
}

/// The names of a scope, for a reader or in normal form.
pub(super) struct ScopeNames<'s> {
    scope: &'s Scope<'s>,
    reader: Option<Reader>,
}

impl<'s> ScopeNames<'s> {
    fn normal(scope: &'s Scope<'s>) -> Self {
        Self { scope, reader: None }
    }

    pub(super) fn for_reader(scope: &'s Scope<'s>) -> Self {
        let sentences = timetable::Sentences { program: scope.program, language: scope.language };
        let reader = Reader {
            language: scope.language.clone(),
            today: scope.today(),
            yes: sentences.fill("yes_button", &[]).unwrap_or_else(|| String::from("yes")),
            no: sentences.fill("no_button", &[]).unwrap_or_else(|| String::from("no")),
            and: sentences.fill("list_and", &[("first", ""), ("last", "")]).unwrap_or_else(|| String::from(", ")),
        };
        Self { scope, reader: Some(reader) }
    }

    fn of_slot(&self, slot: &Slot, rest: &[String]) -> Option<Named> {
        let mut value = &slot.value;
        for key in rest {
            match value.get(key) {
                Some(inner) => value = inner,
                None if rest.len() == 1 && key == "said" => return Some(self.mask(slot, slot.words().into())),
                None => return None,
            }
        }
        if slot.sensitive {
            return Some(self.mask(slot, evaluate::data(value)));
        }
        let shown = match (&self.reader, &slot.kind, value.as_str()) {
            (Some(reader), Some(kind), Some(normal)) if rest.is_empty() => self.shown(kind, normal, reader),
            _ => None,
        };
        Some(match (shown, value.as_str()) {
            (Some(shown), Some(normal)) => Named::typed(normal, shown),
            _ => Named::plain(evaluate::data(value)),
        })
    }

    /// A sensitive value: whole for machines, masked for people.
    fn mask(&self, slot: &Slot, value: Value) -> Named {
        match (&self.reader, value.as_str()) {
            (Some(_), _) if !slot.sensitive => Named::plain(value),
            (Some(_), Some(text)) => Named::typed(text, MASK.to_owned()),
            (Some(_), None) => Named::plain(MASK),
            (None, _) => Named::plain(value),
        }
    }

    /// What a reader sees for a normal form, if that is something else.
    fn shown(&self, kind: &Kind, normal: &str, reader: &Reader) -> Option<String> {
        match kind {
            Kind::Date => Some(print::date(normal.parse().ok()?, reader.today, &reader.language)),
            Kind::Time => Some(print::time(normal.parse().ok()?, &reader.language)),
            Kind::Money => Some(print::money(normal, &reader.language)),
            Kind::Entity(name) => {
                let program = self.scope.program;
                let entity = program.entities.get(name)?;
                let value = entity.values.iter().find(|value| value.key == normal)?;
                Some(value.label.in_language(&reader.language, &program.languages)?.source.clone())
            }
            _ => None,
        }
    }
}

impl Names for ScopeNames<'_> {
    fn named(&self, path: &[String]) -> Option<Named> {
        let scope = self.scope;
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let typed = |normal: String, shown: &dyn Fn(&Reader) -> String| match &self.reader {
            Some(reader) => Named::typed(&normal, shown(reader)),
            None => Named::plain(normal),
        };
        let clock = scope.clock();
        let today =
            || typed(clock.date().to_string(), &|reader| print::date(clock.date(), reader.today, &reader.language));
        Some(match &words[..] {
            ["now"] => typed(clock.strftime("%Y-%m-%dT%H:%M").to_string(), &|reader| {
                print::date_time(clock, reader.today, &reader.language)
            }),
            ["now", "time"] => {
                typed(clock.strftime("%H:%M").to_string(), &|reader| print::time(clock.time(), &reader.language))
            }
            ["now", "date"] | ["today"] => today(),
            ["language"] => Named::plain(scope.language.as_str()),
            ["channel"] => Named::plain(scope.channel.as_str()),
            ["message"] => Named::plain(scope.message),
            ["hours", name] => {
                let hours = scope.program.hours.get(*name)?;
                Named::plain(timetable::sentence(hours, scope.program, scope.language))
            }
            ["contact"] => {
                let seen = |slot: &Slot| self.reader.is_none() || !slot.sensitive;
                let attributes = scope.contact.iter().filter(|(_, slot)| seen(slot));
                Named::plain(evaluate::data(
                    &attributes.map(|(name, slot)| (name, &slot.value)).collect::<BTreeMap<_, _>>(),
                ))
            }
            _ => {
                let (slot, rest) = scope.slot(path)?;
                self.of_slot(slot, rest)?
            }
        })
    }

    fn function(&self, name: &str) -> Option<Value> {
        let program = self.scope.program;
        match name {
            "known" => Some(Value::from_function(|value: Value| !evaluate::is_unset(&value))),
            "has_agent" => {
                let queues = program.queues.keys();
                let with: BTreeMap<String, bool> =
                    queues.map(|queue| (queue.0.clone(), (self.scope.has_agent)(queue))).collect();
                let default = program.default_queue.0.clone();
                Some(Value::from_function(move |queue: Option<String>| {
                    with.get(&queue.unwrap_or_else(|| default.clone())).copied().unwrap_or(false)
                }))
            }
            "answers_here" => {
                let answers = (self.scope.answers_here)();
                Some(Value::from_function(move || answers))
            }
            "is_open" => {
                let (hours, zone, now) = (program.hours.clone(), program.zone.clone(), self.scope.now);
                Some(Value::from_function(move |Rest(arguments): Rest<Value>| {
                    let texts: Option<Vec<&str>> = arguments.iter().map(Value::as_str).collect();
                    // An argument that is unset makes it false: an unknown day is not today.
                    texts.is_some_and(|texts| is_open(&hours, &zone, now, &texts))
                }))
            }
            _ => None,
        }
    }

    fn reader(&self) -> Option<Reader> {
        self.reader.clone()
    }
}

/// `is_open("clinic")`, `is_open("clinic", day)`, `is_open("clinic", day, time)`.
fn is_open(hours: &IndexMap<HoursName, Hours>, zone: &TimeZone, now: Time, arguments: &[&str]) -> bool {
    let [name, when @ ..] = arguments else { return false };
    let Some(hours) = hours.get(*name) else { return false };
    match when {
        [] => hours.held_open || hours.is_open(zone, now),
        [day] => day.parse().is_ok_and(|day| hours.is_open_on(day)),
        [day, time, ..] => {
            let wall = day.parse().ok().zip(time.parse().ok());
            let wall = wall.map(|(day, time)| civil::DateTime::from_parts(day, time));
            let moment = wall.and_then(|wall| zone.to_ambiguous_timestamp(wall).compatible().ok());
            moment.is_some_and(|moment| hours.is_open(zone, moment.into()))
        }
    }
}

/// A row of numbers from one seed (SplitMix64), so that several variants in one text are picked apart.
struct Mix(u64);

impl Mix {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % count.max(1) as u64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
