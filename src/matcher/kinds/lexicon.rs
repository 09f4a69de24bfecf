//! The words of one language, cut and folded as messages are, so that they can be looked up at a place of a message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::token::{Token, tokens};
use crate::flow::{KindWords, Part, SHIPPED, TimeWords, kind_words, parse_phrase};
use crate::text::fold;

/// Counts what a recogniser does in tests, so that they can tell a time that grows faster than the text.
#[cfg(test)]
pub(super) fn step() {
    tests_steps::STEPS.with(|steps| steps.set(steps.get() + 1));
}

/// Outside of tests nothing is counted.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn step() {}

#[cfg(test)]
pub(super) mod tests_steps {
    use std::cell::Cell;

    thread_local! {
        /// Looks at a message since the thread began.
        pub(in crate::matcher::kinds) static STEPS: Cell<u64> = const { Cell::new(0) };
    }
}

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
        step();
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

    /// The first words of all groups.
    fn beginnings(&self) -> impl Iterator<Item = String> {
        self.groups.keys().cloned()
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
    pub(super) later: Group,
    pub(super) counted_from: Group,
    pub(super) articles: Group,
    /// In days.
    pub(super) spans: Table<u32>,
    pub(super) start_of: Group,
    pub(super) end_of: Group,
    pub(super) weekend: Group,
    pub(super) from: Group,
    pub(super) until: Group,
    pub(super) of: Group,
    pub(super) common_words: Group,
    pub(super) before_days: Group,
    pub(super) after_dates: Group,
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
    /// Right after a time.
    pub(super) day_parts: Table<DayPart>,
    /// Beside a day: these, and those that stand after a time.
    pub(super) parts_of_days: Table<DayPart>,
    pub(super) oclock: Group,
    pub(super) half_past: Group,
    pub(super) half_hours: Table<u32>,
    pub(super) half_an_hour: Group,
    pub(super) and_a_half: Group,
    pub(super) quarter_past: Group,
    pub(super) quarter_to: Group,
    pub(super) past: Group,
    pub(super) to: Group,
    pub(super) at: Group,
    pub(super) hours: Table<u32>,
    pub(super) numbers: Table<u32>,
    pub(super) numbers_before_nouns: Table<u32>,
    pub(super) multipliers: Table<u32>,
    pub(super) scores: Table<u32>,
    pub(super) joiners: Group,
    pub(super) dozen: Group,
    pub(super) half_dozen: Group,
    pub(super) ordinals: Table<u32>,
    pub(super) currencies: Table<&'static str>,
    pub(super) hundredths: Table<&'static str>,
    pub(super) identifiers: Group,
    pub(super) email_at: BTreeSet<String>,
    pub(super) email_dot: BTreeSet<String>,
    /// The first words of all groups that a day, a time, a number or an amount can begin with.
    beginnings: BTreeSet<String>,
}

impl Lexicon {
    /// Whether a day, a time, a number or an amount of this language can begin with the piece: a cheap look before dear ones.
    pub(super) fn may_begin(&self, token: &Token) -> bool {
        // Filipino writes a joiner onto numbers: "dalawampu't isa".
        let bare = if self.language == "fil" { token.text.strip_suffix('t') } else { None };
        !token.is_word()
            || self.beginnings.contains(&token.text)
            || bare.is_some_and(|bare| self.beginnings.contains(bare))
    }
}

static ALL: LazyLock<Vec<Lexicon>> =
    LazyLock::new(|| SHIPPED.iter().filter_map(|language| Some(compile(language, kind_words(language)?))).collect());

/// The lexicon of a shipped language.
pub(super) fn lexicon(language: &str) -> Option<&'static Lexicon> {
    ALL.iter().find(|lexicon| lexicon.language == language)
}

/// A word for a day that is shorter may be a word of any language.
const DAY_LETTERS: usize = 4;

/// The lexicons in which the text names a day by its distance: "avrio" and "farda" tell a language by themselves, even where a
/// text is too short to tell its own.
pub(super) fn of_days(tokens: &[Token]) -> impl Iterator<Item = &'static Lexicon> {
    let names = |lexicon: &&'static Lexicon| {
        (0..tokens.len())
            .filter(|index| tokens[*index].is_word() && tokens[*index].text.chars().count() >= DAY_LETTERS)
            .any(|index| lexicon.relative_days.at(tokens, index).is_some())
    };
    ALL.iter().filter(names)
}

fn compile(language: &'static str, words: &'static KindWords) -> Lexicon {
    let group = |list: &Vec<String>| Group::of([((), list)]);
    let by_number =
        |map: &'static BTreeMap<u32, Vec<String>>| Table::of(map.iter().map(|(number, list)| (*number, list)));
    let by_code = |map: &'static BTreeMap<String, Vec<String>>| map.iter().map(|(code, list)| (code.as_str(), list));
    let neutral = kind_words("und");
    let date = &words.date;
    let time = &words.time;
    let month = |(number, list): (&u32, &'static Vec<String>)| Some((i8::try_from(*number).ok()?, list));
    let mut currencies = Table::of(by_code(&words.currencies));
    currencies.merge(Table::of(neutral.iter().flat_map(|words| by_code(&words.currencies))));
    let mut lexicon = Lexicon {
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
        later: group(&date.later),
        counted_from: group(&date.counted_from),
        articles: group(&date.articles),
        spans: by_number(&date.spans),
        start_of: group(&date.start_of),
        end_of: group(&date.end_of),
        weekend: group(&date.weekend),
        from: group(&date.from),
        until: group(&date.until),
        of: group(&date.of),
        common_words: group(&date.common_words),
        before_days: group(&date.before),
        after_dates: group(&date.after),
        ordinal_suffix: group(&date.ordinal_suffix),
        ordinal_prefix: group(&date.ordinal_prefix),
        units: Table::of(date.units.iter().chain(&time.units).filter_map(|(name, list)| Some((unit(name)?, list)))),
        weekdays: Table::of(date.weekdays.iter().filter_map(|(name, list)| Some((weekday(name)?, list)))),
        months: Table::of(date.months.iter().filter_map(month)),
        months_solar_hijri: Table::of(date.months_solar_hijri.iter().filter_map(month)),
        now: group(&time.now),
        noon: group(&time.noon),
        midnight: group(&time.midnight),
        day_parts: day_parts(time, neutral.map(|words| &words.time)),
        parts_of_days: day_parts(time, neutral.map(|words| &words.time)),
        oclock: group(&time.oclock),
        half_past: group(&time.half_past),
        half_hours: by_number(&time.half_hours),
        half_an_hour: group(&time.half_an_hour),
        and_a_half: group(&time.and_a_half),
        quarter_past: group(&time.quarter_past),
        quarter_to: group(&time.quarter_to),
        past: group(&time.past),
        to: group(&time.to),
        at: group(&time.at),
        hours: by_number(&time.hours),
        numbers: by_number(&words.numbers),
        numbers_before_nouns: by_number(&words.numbers_before_nouns),
        multipliers: by_number(&words.number_multipliers),
        scores: by_number(&words.number_scores),
        joiners: group(&words.number_joiners),
        dozen: group(&words.dozen),
        half_dozen: group(&words.half_dozen),
        ordinals: by_number(&words.ordinals),
        currencies,
        hundredths: Table::of(by_code(&words.hundredths)),
        identifiers: group(&words.identifiers),
        email_at: words.email.at.iter().map(|word| fold(word)).collect(),
        email_dot: words.email.dot.iter().map(|word| fold(word)).collect(),
        beginnings: BTreeSet::new(),
    };
    lexicon.parts_of_days.merge(Table::of([(DayPart::Morning, &time.morning), (DayPart::Afternoon, &time.evening)]));
    lexicon.beginnings = beginnings(&lexicon);
    lexicon
}

fn day_parts(time: &TimeWords, neutral: Option<&TimeWords>) -> Table<DayPart> {
    // The night comes first, because of groups of one length the first entered is found.
    let mut parts =
        Table::of([(DayPart::Night, &time.night), (DayPart::Morning, &time.am), (DayPart::Afternoon, &time.pm)]);
    if let Some(neutral) = neutral {
        parts.add(&neutral.am, DayPart::Morning);
        parts.add(&neutral.pm, DayPart::Afternoon);
    }
    parts
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name {
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "year" => Unit::Year,
        "hour" => Unit::Hour,
        "minute" => Unit::Minute,
        _ => return None,
    })
}

fn weekday(name: &str) -> Option<i8> {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    names.iter().zip(0..).find(|(known, _)| **known == name).map(|(_, index)| index)
}

fn beginnings(lexicon: &Lexicon) -> BTreeSet<String> {
    let l = lexicon;
    let groups = [
        &l.next,
        &l.this,
        &l.last,
        &l.within,
        &l.ago,
        &l.articles,
        &l.start_of,
        &l.end_of,
        &l.weekend,
        &l.ordinal_prefix,
        &l.now,
        &l.noon,
        &l.midnight,
        &l.oclock,
        &l.half_past,
        &l.half_an_hour,
        &l.quarter_past,
        &l.quarter_to,
        &l.at,
        &l.dozen,
        &l.half_dozen,
    ];
    let numbers = [&l.spans, &l.half_hours, &l.hours, &l.numbers, &l.numbers_before_nouns, &l.ordinals];
    let months = [&l.weekdays, &l.months, &l.months_solar_hijri];
    let mut all: BTreeSet<String> = groups.into_iter().flat_map(Table::beginnings).collect();
    all.extend(numbers.into_iter().flat_map(Table::beginnings));
    all.extend(months.into_iter().flat_map(Table::beginnings));
    all.extend(l.relative_days.beginnings().chain(l.units.beginnings()).chain(l.currencies.beginnings()));
    all
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
