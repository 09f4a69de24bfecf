//! Recognisers of the built-in kinds: pure functions from a text, a moment and a zone to values with their places. They know
//! the words of the languages that ship and nothing of any bot.
//!
//! [`find`] looks for values anywhere in a message and is strict, because nobody asked. [`answer`] reads the reply to a question
//! for one kind: where [`find`] sees nothing, the whole text may be the value, so `5` is a time and `Maria` a name.

mod calendar;
mod contact;
mod date;
mod lexicon;
mod money;
mod number;
mod numeral;
mod person;
mod relative;
mod time;
mod token;

use std::ops::Range;

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use self::lexicon::Lexicon;
use self::token::Token;
use super::{Found, Moment};
use crate::flow::{Kind, SHIPPED};
use crate::id::Language;
use crate::text;

/// All values of a kind in a message, in order, without overlaps. An entity of the bot and plain text are not built in and
/// give nothing.
pub fn find(text: &str, kind: &Kind, moment: &Moment, zone: &TimeZone) -> Vec<Found> {
    Reading::of(text, moment, zone).find(kind)
}

/// The values of a kind in the reply to a question for it; more than one only where the visitor named several.
pub fn answer(text: &str, kind: &Kind, moment: &Moment, zone: &TimeZone) -> Vec<Found> {
    Reading::of(text, moment, zone).answer(kind)
}

/// A message prepared for several kinds.
#[derive(Debug)]
pub struct Reading<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// How many words and numbers there are.
    words: usize,
    /// The languages in which it is read, the likeliest first.
    lexicons: Vec<&'static Lexicon>,
    /// The moment, and the wall clock of the zone.
    instant: Zoned,
    now: DateTime,
    /// Whether `3/4` is the fourth of March.
    month_first: bool,
    /// Whether the whole text is the reply to a question for this kind.
    answering: bool,
}

impl<'t> Reading<'t> {
    /// Cuts a message and finds the languages in which to read it: the conversation's, the text's own, and English.
    pub fn of(text: &'t str, moment: &Moment, zone: &TimeZone) -> Self {
        let tokens = token::tokens(text);
        let shipped: Vec<Language> = SHIPPED.iter().map(|tag| Language::from(*tag)).collect();
        let detected = text::language(text, &shipped);
        let script = |from: char, to: char, tag| text.chars().any(|c| (from..=to).contains(&c)).then_some(tag);
        let primary = |language: &Language| language.as_str().split('-').next().unwrap_or_default().to_owned();
        let mut lexicons: Vec<&'static Lexicon> = Vec::new();
        let spoken = primary(&moment.language);
        let candidates = [
            Some(spoken.as_str()),
            detected.as_ref().map(Language::as_str),
            script('\u{370}', '\u{3ff}', "el"),
            script('\u{600}', '\u{6ff}', "fa"),
            Some("en"),
        ];
        let told = candidates.into_iter().flatten().filter_map(lexicon::lexicon);
        for lexicon in told.chain(lexicon::of_days(&tokens)) {
            if !lexicons.iter().any(|known| known.language == lexicon.language) {
                lexicons.push(lexicon);
            }
        }
        let month_first = matches!(moment.language.as_str(), "en-us" | "en-ph" | "fil" | "fil-ph" | "tl");
        let words = tokens.iter().filter(|token| token.class != token::Class::Sign).count();
        let instant = moment.now.timestamp().to_zoned(zone.clone());
        let now = instant.datetime();
        Self { text, tokens, words, lexicons, instant, now, month_first, answering: false }
    }

    /// As [`find`].
    pub fn find(&self, kind: &Kind) -> Vec<Found> {
        let found = |value: Json, range: Range<usize>| self.found(kind, value, range);
        let texts = |list: Vec<(String, Range<usize>)>| -> Vec<Found> {
            list.into_iter().map(|(value, range)| found(Json::String(value), range)).collect()
        };
        match kind {
            Kind::Date => self.scan(kind, date::date),
            Kind::Time => self.scan(kind, time::time),
            Kind::Number => self.numbers(kind),
            Kind::Money => self.scan(kind, money::money),
            Kind::Email if self.answering => texts(contact::spoken_email(self).into_iter().collect()),
            Kind::Email => texts(contact::emails(self.text)),
            Kind::Url => texts(contact::urls(self.text)),
            Kind::Phone => texts(contact::phones(self)),
            Kind::Photo | Kind::File => Vec::new(),
            Kind::YesNo => self.yes_no().into_iter().map(|(yes, range)| found(yes.into(), range)).collect(),
            Kind::Name => {
                let mut names: Vec<Found> = Vec::new();
                for lexicon in &self.lexicons {
                    for index in 0..self.tokens.len() {
                        if let Some((range, _)) = person::mentioned(self, lexicon, index)
                            && !names.iter().any(|name| name.range.0 < range.end && range.start < name.range.1)
                        {
                            names.push(found(self.text[range.clone()].into(), range));
                        }
                    }
                }
                names.sort_by_key(|name| name.range);
                names
            }
            Kind::Text | Kind::Entity(_) => Vec::new(),
        }
    }

    /// As [`answer`].
    pub fn answer(mut self, kind: &Kind) -> Vec<Found> {
        match kind {
            Kind::Text => {
                let start = self.text.len() - self.text.trim_start().len();
                let trimmed = self.text.trim();
                let found =
                    (!trimmed.is_empty()).then(|| self.found(kind, trimmed.into(), start..start + trimmed.len()));
                found.into_iter().collect()
            }
            Kind::Name => {
                let name = person::answer(&self);
                let name = name.map(|range| self.found(kind, self.text[range.clone()].into(), range));
                name.map_or_else(|| self.find(kind), |name| vec![name])
            }
            _ => {
                let strict = self.find(kind);
                if !strict.is_empty() {
                    return strict;
                }
                self.answering = true;
                self.find(kind)
            }
        }
    }

    /// Reads at every place in every language; where two readings overlap, the longer one counts, then the likelier language.
    fn scan(&self, kind: &Kind, recognise: impl Fn(&Self, &Lexicon, usize) -> Option<(Json, usize)>) -> Vec<Found> {
        let mut readings: Vec<(Range<usize>, Json)> = Vec::new();
        for lexicon in &self.lexicons {
            let mut index = 0;
            while index < self.tokens.len() {
                if !lexicon.may_begin(&self.tokens[index]) {
                    index += 1;
                    continue;
                }
                match recognise(self, lexicon, index) {
                    Some((value, end)) if end > index => {
                        readings.push((index..end, value));
                        index = end;
                    }
                    _ => index += 1,
                }
            }
        }
        // The sort is stable, so that of two equally long readings the likelier language's stays first.
        readings.sort_by_key(|(range, _)| std::cmp::Reverse(range.len()));
        let mut taken = vec![false; self.tokens.len()];
        let mut kept: Vec<(Range<usize>, Json)> = Vec::new();
        for (range, value) in readings {
            let place = &mut taken[range.clone()];
            if !place.contains(&true) {
                place.fill(true);
                kept.push((range, value));
            }
        }
        kept.sort_by_key(|(range, _)| range.start);
        let bytes = |range: &Range<usize>| self.tokens[range.start].range.start..self.tokens[range.end - 1].range.end;
        kept.into_iter().map(|(range, value)| self.found(kind, value, bytes(&range))).collect()
    }

    /// Numbers but those that are groups of a telephone number.
    fn numbers(&self, kind: &Kind) -> Vec<Found> {
        let mut found = self.scan(kind, number::number);
        let phones = contact::phones(self);
        let is_group = |number: &Found| {
            let after = phones.partition_point(|(_, phone)| phone.end <= number.range.0);
            phones.get(after).is_some_and(|(_, phone)| {
                phone.start <= number.range.0
                    && number.range.1 <= phone.end
                    && phone.len() > number.range.1 - number.range.0
            })
        };
        found.retain(|number| !is_group(number));
        found
    }

    /// A message that as a whole says yes or no, or begins so before a comma.
    fn yes_no(&self) -> Option<(bool, Range<usize>)> {
        let said = |tokens: &[Token]| {
            let words = lexicon::spoken(tokens);
            let yes = self.lexicons.iter().any(|lexicon| lexicon.yes.contains(&words));
            let no = self.lexicons.iter().any(|lexicon| lexicon.no.contains(&words));
            // A word that is both in two languages decides nothing, except in the conversation's own.
            let own = self.lexicons.first();
            match (yes, no) {
                (true, true) => own.map(|own| own.yes.contains(&words) && !own.no.contains(&words)),
                (false, false) => None,
                (yes, _) => Some(yes),
            }
        };
        let range = |tokens: &[Token]| Some(tokens.first()?.range.start..tokens.last()?.range.end);
        if let Some(yes) = said(&self.tokens) {
            return Some((yes, range(&self.tokens)?));
        }
        let comma = self.tokens.iter().position(|token| token.is_sign(",،.!;·"))?;
        let start = &self.tokens[..comma];
        Some((said(start)?, range(start)?))
    }

    fn found(&self, kind: &Kind, value: Json, range: Range<usize>) -> Found {
        let said = self.text[range.clone()].to_owned();
        Found { kind: kind.clone(), value, said, range: (range.start, range.end), slot: None }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod tables;
