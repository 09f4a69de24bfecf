//! The words of one language, cut and folded as messages are, so that they can be looked up at a place of a message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::token::{Token, tokens};
use crate::flow::{KindWords, Part, SHIPPED, kind_words, parse_phrase};
use crate::text::fold;

/// Word groups with a meaning; the longest that stands at a place counts.
#[derive(Debug)]
pub(super) struct Table<T> {
    groups: BTreeMap<String, Vec<(Vec<String>, T)>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { groups: BTreeMap::new() }
    }
}

impl<T: Copy> Table<T> {
    /// The meaning of the longest group at a place, and the place after it.
    pub(super) fn at(&self, tokens: &[Token], index: usize) -> Option<(T, usize)> {
        let first = tokens.get(index)?;
        let fits = |group: &Vec<String>| {
            group
                .iter()
                .zip(tokens.get(index..)?)
                .all(|(word, token)| *word == token.text)
                .then_some(index + group.len())
        };
        self.groups
            .get(&first.text)?
            .iter()
            .find_map(|(group, meaning)| fits(group).filter(|end| *end <= tokens.len()).map(|end| (*meaning, end)))
    }

    /// The meaning of the longest group that ends before a place, and where it begins.
    pub(super) fn before(&self, tokens: &[Token], index: usize) -> Option<(T, usize)> {
        (index.saturating_sub(4)..index).find_map(|start| {
            self.at(tokens, start).filter(|(_, end)| *end == index).map(|(meaning, _)| (meaning, start))
        })
    }

    fn add<'w>(&mut self, words: impl IntoIterator<Item = &'w String>, meaning: T) {
        for words in words {
            let group: Vec<String> =
                tokens(words).into_iter().map(|token| token.text).filter(|text| text != "-").collect();
            let Some(first) = group.first().cloned() else { continue };
            let groups = self.groups.entry(first).or_default();
            groups.push((group, meaning));
            groups.sort_by_key(|(group, _)| std::cmp::Reverse(group.len()));
        }
    }

    fn of<'w>(lists: impl IntoIterator<Item = (T, &'w Vec<String>)>) -> Self {
        let mut table = Self::default();
        for (meaning, words) in lists {
            table.add(words, meaning);
        }
        table
    }
}

/// A set of word groups.
pub(super) type Group = Table<()>;

/// A length of time that messages name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Year,
    Hour,
    Minute,
}

/// The half of the day that a time is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayPart {
    Morning,
    Afternoon,
    Night,
}

/// Everything that recognisers know of one language.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    pub(super) language: &'static str,
    pub(super) yes: BTreeSet<String>,
    pub(super) no: BTreeSet<String>,
    pub(super) name_before: Group,
    pub(super) relative_days: Table<i64>,
    pub(super) next: Group,
    pub(super) this: Group,
    pub(super) last: Group,
    pub(super) within: Group,
    pub(super) ago: Group,
    pub(super) of: Group,
    pub(super) ordinal_suffix: Group,
    pub(super) ordinal_prefix: Group,
    pub(super) units: Table<Unit>,
    /// From 0 for Monday.
    pub(super) weekdays: Table<i8>,
    pub(super) months: Table<i8>,
    pub(super) months_solar_hijri: Table<i8>,
    pub(super) now: Group,
    pub(super) noon: Group,
    pub(super) midnight: Group,
    pub(super) day_parts: Table<DayPart>,
    pub(super) oclock: Group,
    pub(super) half_past: Group,
    pub(super) quarter_past: Group,
    pub(super) quarter_to: Group,
    pub(super) past: Group,
    pub(super) to: Group,
    pub(super) at: Group,
    pub(super) hours: Table<u32>,
    pub(super) numbers: Table<u32>,
    pub(super) joiners: Group,
    pub(super) ordinals: Table<u32>,
    pub(super) currencies: Table<&'static str>,
    pub(super) multipliers: Table<u32>,
}

/// The lexicon of a shipped language.
pub(super) fn lexicon(language: &str) -> Option<&'static Lexicon> {
    static ALL: LazyLock<Vec<Lexicon>> = LazyLock::new(|| {
        SHIPPED.iter().filter_map(|language| Some(compile(language, kind_words(language)?))).collect()
    });
    ALL.iter().find(|lexicon| lexicon.language == language)
}

/// Words for the night, at which twelve is midnight and one to four are early.
const NIGHT: [&str; 10] =
    ["at night", "night", "το βράδυ", "βράδυ", "ng gabi", "sa gabi", "gabi", "شب", "gyda'r nos", "y nos"];

/// Thousands and millions, which `entities:` does not list.
const MULTIPLIERS: [(&str, u32); 12] = [
    ("thousand", 1_000),
    ("million", 1_000_000),
    ("هزار", 1_000),
    ("میلیون", 1_000_000),
    ("χίλια", 1_000),
    ("χιλιάδες", 1_000),
    ("εκατομμύριο", 1_000_000),
    ("εκατομμύρια", 1_000_000),
    ("libo", 1_000),
    ("libong", 1_000),
    ("milyon", 1_000_000),
    ("mil", 1_000),
];

fn compile(language: &'static str, words: &'static KindWords) -> Lexicon {
    let group = |list: &Vec<String>| Group::of([((), list)]);
    let neutral = kind_words("und");
    let date = &words.date;
    let time = &words.time;
    let mut day_parts = Table::of([(DayPart::Morning, &time.am), (DayPart::Afternoon, &time.pm)]);
    if let Some(neutral) = neutral {
        day_parts.add(&neutral.time.am, DayPart::Morning);
        day_parts.add(&neutral.time.pm, DayPart::Afternoon);
    }
    let night: Vec<String> = NIGHT.iter().map(|words| (*words).to_owned()).collect();
    // Added last and looked up first, because groups of one length keep their order of entry.
    let mut parts = Table::of([(DayPart::Night, &night)]);
    parts.merge(day_parts);
    let unit = |name: &str| match name {
        "day" => Some(Unit::Day),
        "week" => Some(Unit::Week),
        "month" => Some(Unit::Month),
        "year" => Some(Unit::Year),
        "hour" => Some(Unit::Hour),
        "minute" => Some(Unit::Minute),
        _ => None,
    };
    let units = date.units.iter().chain(&time.units).filter_map(|(name, list)| Some((unit(name)?, list)));
    let weekday = |name: &str| {
        let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        names.iter().zip(0..).find(|(known, _)| **known == name).map(|(_, index)| index)
    };
    let month = |(number, list): (&u32, &'static Vec<String>)| Some((i8::try_from(*number).ok()?, list));
    let mut currencies = Table::of(words.currencies.iter().map(|(code, list)| (code.as_str(), list)));
    currencies
        .merge(Table::of(neutral.iter().flat_map(|words| &words.currencies).map(|(code, list)| (code.as_str(), list))));
    let mut multipliers = Table::default();
    for (word, factor) in MULTIPLIERS {
        multipliers.add([&word.to_owned()], factor);
    }
    Lexicon {
        language,
        yes: sentences(words.yes.iter().chain(neutral.iter().flat_map(|words| &words.yes))),
        no: sentences(words.no.iter().chain(neutral.iter().flat_map(|words| &words.no))),
        name_before: group(&words.name.before),
        relative_days: Table::of([
            (0, &date.today),
            (1, &date.tomorrow),
            (2, &date.day_after_tomorrow),
            (-1, &date.yesterday),
            (-2, &date.day_before_yesterday),
        ]),
        next: group(&date.next),
        this: group(&date.this),
        last: group(&date.last),
        within: group(&date.within),
        ago: group(&date.ago),
        of: group(&date.of),
        ordinal_suffix: group(&date.ordinal_suffix),
        ordinal_prefix: group(&date.ordinal_prefix),
        units: Table::of(units),
        weekdays: Table::of(date.weekdays.iter().filter_map(|(name, list)| Some((weekday(name)?, list)))),
        months: Table::of(date.months.iter().filter_map(month)),
        months_solar_hijri: Table::of(date.months_solar_hijri.iter().filter_map(month)),
        now: group(&time.now),
        noon: group(&time.noon),
        midnight: group(&time.midnight),
        day_parts: parts,
        oclock: group(&time.oclock),
        half_past: group(&time.half_past),
        quarter_past: group(&time.quarter_past),
        quarter_to: group(&time.quarter_to),
        past: group(&time.past),
        to: group(&time.to),
        at: group(&time.at),
        hours: Table::of(time.hours.iter().map(|(hour, list)| (*hour, list))),
        numbers: Table::of(words.numbers.iter().map(|(number, list)| (*number, list))),
        joiners: group(&words.number_joiners),
        ordinals: Table::of(words.ordinals.iter().map(|(number, list)| (*number, list))),
        currencies,
        multipliers,
    }
}

impl<T> Table<T> {
    fn merge(&mut self, other: Self) {
        for (first, groups) in other.groups {
            let own = self.groups.entry(first).or_default();
            own.extend(groups);
            own.sort_by_key(|(group, _)| std::cmp::Reverse(group.len()));
        }
    }
}

/// All messages that templates stand for, each as its words with blanks between.
fn sentences<'w>(templates: impl Iterator<Item = &'w String>) -> BTreeSet<String> {
    templates
        .filter_map(|template| parse_phrase(template).ok())
        .flat_map(|parts| expand(&parts))
        .map(|text| spoken(&tokens(&text)))
        .filter(|text| !text.is_empty())
        .collect()
}

/// The words of a message with blanks between, without signs that say nothing.
pub(super) fn spoken(tokens: &[Token]) -> String {
    let said = tokens.iter().filter(|token| !token.is_sign(".,!?…·;:؟،؛()\"“”«»-–—'’"));
    said.map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The expansions of a template without snippets and entities. The templates that ship have some hundreds each.
fn expand(parts: &[Part]) -> Vec<String> {
    parts.iter().fold(vec![String::new()], |before, part| {
        let options: Vec<String> = match part {
            Part::Text(text) => vec![text.clone()],
            Part::Choice(choices) => choices.iter().flat_map(|choice| expand(choice)).collect(),
            Part::Optional(choices) => {
                std::iter::once(String::new()).chain(choices.iter().flat_map(|choice| expand(choice))).collect()
            }
            Part::Entity { .. } | Part::Snippet(_) => vec![],
        };
        before.iter().flat_map(|start| options.iter().map(move |option| format!("{start}{option}"))).collect()
    })
}

/// Whether a word is one of these; both sides are folded.
pub(super) fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|known| fold(known) == word)
}
