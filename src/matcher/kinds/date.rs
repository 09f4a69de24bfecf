//! Days: `tomorrow`, `next Friday`, `24 November`, `24/11/2026`, `۳ آذر`, `in 3 days`. What names no year means the next such day.

use icu_calendar::{Date as IcuDate, Iso};
use jiff::Span;
use jiff::civil::Date;
use serde_json::Value as Json;

use super::Reading;
use super::lexicon::{Lexicon, Unit, is_one_of};
use super::number;
use super::token::{Class, Token};

/// Short names of weekdays and months are ordinary words too: these letters or fewer count only where a day is expected.
const SHORT_NAME: usize = 3;

/// Words before which a short name is a day.
const BEFORE_SHORT_NAMES: [&str; 20] = [
    "on", "this", "next", "last", "for", "by", "till", "until", "before", "after", "every", "from", "sa", "ngayong",
    "dydd", "ddydd", "nos", "ar", "στις", "την",
];

/// A day at a place.
pub(super) fn date(reading: &Reading<'_>, lexicon: &Lexicon, index: usize) -> Option<(Json, usize)> {
    let (date, end) = day(reading, lexicon, index)?;
    Some((Json::String(date.to_string()), end))
}

/// The longest way to read a day at a place.
pub(super) fn day(reading: &Reading<'_>, lexicon: &Lexicon, index: usize) -> Option<(Date, usize)> {
    let finder = Finder { reading, lexicon, tokens: &reading.tokens, today: reading.now.date() };
    let readings = [
        finder.numeric(index),
        finder.named_month(index),
        finder.weekday(index),
        finder.relative(index),
        finder.distance(index),
        finder.day_of_month(index),
    ];
    readings.into_iter().flatten().rev().max_by_key(|(_, end)| *end)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Calendar {
    Gregorian,
    Persian,
}

struct Finder<'r> {
    reading: &'r Reading<'r>,
    lexicon: &'r Lexicon,
    tokens: &'r [Token],
    today: Date,
}

impl Finder<'_> {
    /// `2026-11-24`, `24/11/2026`, `24.11.`, `۱۴۰۵/۹/۳`.
    fn numeric(&self, index: usize) -> Option<(Date, usize)> {
        let first = self.tokens.get(index).filter(|token| token.class == Class::Digits && !self.is_tail(index))?;
        let mark = self.tokens.get(index + 1).filter(|mark| mark.glued && mark.is_sign("/.-"))?;
        let group = |place: usize| {
            self.tokens
                .get(place)
                .filter(|token| token.glued && token.class == Class::Digits)
                .map(|token| token.text.as_str())
        };
        let second = group(index + 2)?;
        let third = self
            .tokens
            .get(index + 3)
            .filter(|next| next.glued && next.text == mark.text)
            .and_then(|_| group(index + 4));
        if let Some(third) = third {
            return self.three(&first.text, second, third).map(|date| (date, index + 5));
        }
        let more = self
            .tokens
            .get(index + 3)
            .is_some_and(|next| next.glued && (next.class != Class::Sign || next.is_sign(":/-")));
        if first.text.len() > 2 || second.len() > 2 || mark.text == "-" || more || (first.text == "24" && second == "7")
        {
            return None;
        }
        let dotted = mark.text == ".";
        if dotted && !(self.reading.answering && self.reading.words <= 2) {
            return None;
        }
        let end = index + 3 + usize::from(dotted && self.tokens.get(index + 3).is_some_and(|dot| dot.is_sign(".")));
        let (a, b) = (first.text.parse().ok()?, second.parse().ok()?);
        let (month_first, calendar) = match self.lexicon.language {
            "fa" => (true, Calendar::Persian),
            _ => (self.reading.month_first, Calendar::Gregorian),
        };
        let order = |swap: bool| if swap { self.next_such(b, a, calendar) } else { self.next_such(a, b, calendar) };
        order(month_first).or_else(|| order(!month_first)).map(|date| (date, end))
    }

    fn three(&self, first: &str, second: &str, third: &str) -> Option<Date> {
        let number = |text: &str| text.parse::<i16>().ok();
        let (a, b, c) = (number(first)?, number(second)?, number(third)?);
        if first.len() == 4 {
            return in_calendar(a, i8::try_from(b).ok()?, i8::try_from(c).ok()?);
        }
        if first.len() > 2 || second.len() > 2 || !matches!(third.len(), 2 | 4) {
            return None;
        }
        let year = if third.len() == 2 { self.century(c) } else { c };
        let (a, b) = (i8::try_from(a).ok()?, i8::try_from(b).ok()?);
        let order = |swap: bool| if swap { in_calendar(year, a, b) } else { in_calendar(year, b, a) };
        order(self.reading.month_first).or_else(|| order(!self.reading.month_first))
    }

    /// `24 November 2026`, `November 24`, `Tuesday, the 24th of November`, `۳ آذر`.
    fn named_month(&self, index: usize) -> Option<(Date, usize)> {
        let start = match self.lexicon.weekdays.at(self.tokens, index) {
            Some((_, after)) => {
                let after = after + usize::from(self.sign(after, ",،"));
                self.lexicon.this.at(self.tokens, after).map_or(after, |((), end)| end)
            }
            None => index,
        };
        let day_first = || {
            let (day, after, _) = self.day_number(start)?;
            let after = self.lexicon.of.at(self.tokens, after).map_or(after, |((), end)| end);
            let (month, end, calendar) = self.month(after)?;
            let end = if self.lexicon.language == "fa" {
                self.lexicon.of.at(self.tokens, end).map_or(end, |((), end)| end)
            } else {
                end
            };
            Some((day, month, end, calendar))
        };
        let month_first = || {
            let (month, after, calendar) = self.month(start)?;
            let after = self.lexicon.this.at(self.tokens, after).map_or(after, |((), end)| end);
            let (day, end, _) = self.day_number(after)?;
            // In "May 5pm" the five is a time.
            let time = self.sign(end, ":") || self.lexicon.day_parts.at(self.tokens, end).is_some();
            (!time).then_some((day, month, end, calendar))
        };
        let (day, month, end, calendar) = day_first().or_else(month_first)?;
        if let Some((year, end)) = self.year(end) {
            let date = if (1300..1500).contains(&year) || calendar == Calendar::Gregorian {
                exact(year, month, day, calendar)
            } else {
                None
            };
            if let Some(date) = date {
                return Some((date, end));
            }
        }
        self.next_such(day, month, calendar).map(|date| (date, end))
    }

    /// `Friday`, `next Friday`, `Friday next week`, `جمعه آینده`.
    fn weekday(&self, index: usize) -> Option<(Date, usize)> {
        let prefixed = |group: &super::lexicon::Group| group.at(self.tokens, index).map(|((), end)| end);
        let (mut next, mut last) = (prefixed(&self.lexicon.next), prefixed(&self.lexicon.last));
        let this = prefixed(&self.lexicon.this);
        let name = next.or(last).or(this).unwrap_or(index);
        let (weekday, mut end) = self.lexicon.weekdays.at(self.tokens, name)?;
        if !self.is_surely_a_day(name, end) {
            return None;
        }
        if next.is_none() && last.is_none() {
            next = self.lexicon.next.at(self.tokens, end).map(|((), after)| after);
            last = self.lexicon.last.at(self.tokens, end).map(|((), after)| after);
            end = next.or(last).unwrap_or(end);
            if next.is_none()
                && last.is_none()
                && let Some(after) = self.next_week(end)
            {
                (next, end) = (Some(after), after);
            } else if let Some((Unit::Week, after)) = self.lexicon.units.at(self.tokens, end.saturating_sub(1)) {
                // "Friday next week" read "Friday next" above; the week belongs to it.
                end = after;
            } else if next.is_some()
                && let Some((Unit::Week, after)) = self.lexicon.units.at(self.tokens, end)
            {
                end = after;
            }
        }
        let monday =
            self.today.checked_sub(Span::new().days(i64::from(self.today.weekday().to_monday_zero_offset()))).ok()?;
        let in_week = |weeks: i64| monday.checked_add(Span::new().days(weeks * 7 + i64::from(weekday))).ok();
        let date = if next.is_some() {
            in_week(1)
        } else if last.is_some() {
            in_week(0).filter(|date| *date < self.today).or_else(|| in_week(-1))
        } else {
            in_week(0).filter(|date| *date > self.today).or_else(|| in_week(1))
        };
        date.map(|date| (date, end))
    }

    /// `today`, `the day after tomorrow`.
    fn relative(&self, index: usize) -> Option<(Date, usize)> {
        let (days, end) = self.lexicon.relative_days.at(self.tokens, index)?;
        Some((self.today.checked_add(Span::new().days(days)).ok()?, end))
    }

    /// `in 3 days`, `two weeks ago`, `سه روز دیگر`.
    fn distance(&self, index: usize) -> Option<(Date, usize)> {
        let within = self.lexicon.within.at(self.tokens, index).map(|((), end)| end);
        let ago_before = self.lexicon.ago.at(self.tokens, index).map(|((), end)| end);
        let start = within.or(ago_before).unwrap_or(index);
        let (count, after) = self.count(start)?;
        let (unit, mut end) = self.lexicon.units.at(self.tokens, after)?;
        let mut sign = 1;
        if ago_before.is_some() && within.is_none() {
            sign = -1;
        } else if let Some(((), after)) = self.lexicon.ago.at(self.tokens, end) {
            (sign, end) = (-1, after);
        } else if within.is_none() {
            let ((), after) = self.lexicon.next.at(self.tokens, end).or_else(|| self.starting_now(end))?;
            end = after;
        }
        let count = i64::from(count) * sign;
        let span = match unit {
            Unit::Day => Span::new().try_days(count),
            Unit::Week => Span::new().try_weeks(count),
            Unit::Month => Span::new().try_months(count),
            Unit::Year => Span::new().try_years(count),
            Unit::Hour | Unit::Minute => return None,
        };
        Some((self.today.checked_add(span.ok()?).ok()?, end))
    }

    /// `the 24th`, `στις 24`; as an answer also `24`.
    fn day_of_month(&self, index: usize) -> Option<(Date, usize)> {
        let (day, end, ordinal) = self.day_number(index)?;
        let expected = self.lexicon.this.before(self.tokens, index).is_some()
            || self.lexicon.of.before(self.tokens, index).is_some()
            || self.lexicon.at.before(self.tokens, index).is_some()
            || self.lexicon.weekdays.before(self.tokens, index).is_some();
        let answered = self.reading.answering && index == 0 && end == self.tokens.len();
        if !(answered || ordinal && expected || ordinal && self.reading.words <= 2) {
            return None;
        }
        (0..12)
            .find_map(|months| {
                let first = self.today.first_of_month().checked_add(Span::new().months(months)).ok()?;
                Date::new(first.year(), first.month(), day).ok().filter(|date| *date >= self.today)
            })
            .map(|date| (date, end))
    }

    /// A number from 1 to 31, and whether its form says that it is a day: `24th`, `24η`, `ika-24`, `first`.
    fn day_number(&self, index: usize) -> Option<(i8, usize, bool)> {
        let in_month = |day: u32| i8::try_from(day).ok().filter(|day| (1..=31).contains(day));
        if let Some(((), after)) = self.lexicon.ordinal_prefix.at(self.tokens, index) {
            let after = after + usize::from(self.sign(after, "-"));
            return Some((in_month(self.tokens.get(after)?.digits()?)?, after + 1, true));
        }
        if let Some(day) = self.tokens.get(index).filter(|_| !self.is_tail(index)).and_then(Token::digits) {
            let day = in_month(day)?;
            let suffix = self.lexicon.ordinal_suffix.at(self.tokens, index + 1).filter(|_| {
                self.lexicon.language == "fa" || self.tokens.get(index + 1).is_some_and(|suffix| suffix.glued)
            });
            return Some(suffix.map_or((day, index + 1, false), |((), end)| (day, end, true)));
        }
        let ordinal = self.lexicon.ordinals.at(self.tokens, index).map(|(day, end)| (day, end, true));
        let (day, end, ordinal) =
            ordinal.or_else(|| number::words(self.lexicon, self.tokens, index).map(|(day, end)| (day, end, false)))?;
        Some((in_month(day)?, end, ordinal))
    }

    fn month(&self, index: usize) -> Option<(i8, usize, Calendar)> {
        let persian =
            self.lexicon.months_solar_hijri.at(self.tokens, index).map(|(month, end)| (month, end, Calendar::Persian));
        persian.or_else(|| {
            self.lexicon.months.at(self.tokens, index).map(|(month, end)| (month, end, Calendar::Gregorian))
        })
    }

    /// A year after a day and a month, perhaps after a comma or the word for year.
    fn year(&self, index: usize) -> Option<(i16, usize)> {
        let index = index + usize::from(self.sign(index, ",،"));
        let index = match self.lexicon.units.at(self.tokens, index) {
            Some((Unit::Year, after)) => after,
            _ => index,
        };
        let token = self.tokens.get(index).filter(|token| token.class == Class::Digits && token.text.len() == 4)?;
        let year = token.text.parse().ok()?;
        let goes_on = self.sign(index + 1, ":/-") && self.tokens.get(index + 2).is_some_and(|next| next.glued);
        ((1300..1500).contains(&year) || (1900..2200).contains(&year)).then_some((year, index + 1)).filter(|_| !goes_on)
    }

    /// How many, with "a week" for one.
    fn count(&self, index: usize) -> Option<(u32, usize)> {
        let token = self.tokens.get(index)?;
        if self.lexicon.language == "en" && is_one_of(&token.text, &["a", "an"]) {
            return Some((1, index + 1));
        }
        let digits = token.digits().filter(|_| !self.is_tail(index)).map(|count| (count, index + 1));
        digits.or_else(|| number::words(self.lexicon, self.tokens, index)).filter(|(count, _)| *count <= 1_000)
    }

    /// `3 days from now`, `3 days from today`.
    fn starting_now(&self, index: usize) -> Option<((), usize)> {
        let from = self.tokens.get(index).is_some_and(|token| token.text == "from");
        let now = self.tokens.get(index + 1).is_some_and(|token| is_one_of(&token.text, &["now", "today"]));
        (from && now).then_some(((), index + 2))
    }

    /// `next week` or `week next`, after a weekday.
    fn next_week(&self, index: usize) -> Option<usize> {
        let week = |at: usize| {
            self.lexicon.units.at(self.tokens, at).filter(|(unit, _)| *unit == Unit::Week).map(|(_, end)| end)
        };
        let next = |at: usize| self.lexicon.next.at(self.tokens, at).map(|((), end)| end);
        let index = self.lexicon.of.at(self.tokens, index).map_or(index, |((), end)| end);
        next(index).and_then(week).or_else(|| week(index).and_then(next))
    }

    /// Whether a weekday's name is meant as one: `sat` and `sun` are words of their own, and the Filipino week is a Sunday.
    fn is_surely_a_day(&self, index: usize, end: usize) -> bool {
        let token = &self.tokens[index];
        let capital = self.reading.text[token.range.clone()].chars().next().is_some_and(char::is_uppercase);
        if let Some((Unit::Week, _)) = self.lexicon.units.at(self.tokens, index) {
            return capital;
        }
        let latin = token.text.is_ascii() && end == index + 1;
        if !latin || token.text.len() > SHORT_NAME || capital || self.reading.words <= 4 {
            return true;
        }
        let before = index.checked_sub(1).map_or("", |before| &self.tokens[before].text);
        is_one_of(before, &BEFORE_SHORT_NAMES)
    }

    /// The next day of that day and month, today included.
    fn next_such(&self, day: i8, month: i8, calendar: Calendar) -> Option<Date> {
        let this_year = match calendar {
            Calendar::Gregorian => self.today.year(),
            // The Persian year that began last March, or the one before; a year too early is in the past and is passed over.
            Calendar::Persian => self.today.year() - 622,
        };
        (this_year..this_year + 10)
            .find_map(|year| exact(year, month, day, calendar).filter(|date| *date >= self.today))
    }

    /// Two digits of a year: up to twenty years ahead, else in the past.
    fn century(&self, year: i16) -> i16 {
        let century = self.today.year() / 100 * 100;
        if century + year > self.today.year() + 20 { century - 100 + year } else { century + year }
    }

    fn sign(&self, index: usize, signs: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is_sign(signs))
    }

    /// Whether digits are the rest of something: of a code, an amount or a longer row of numbers.
    fn is_tail(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1).map(|before| &self.tokens[before]) else { return false };
        if !self.tokens[index].glued {
            return false;
        }
        match before.class {
            Class::Word | Class::Digits => true,
            Class::Sign => before.is_sign("/.-:,+€£$") && (before.glued || before.is_sign("+€£$")),
        }
    }
}

/// A day of a year whose number tells the calendar.
fn in_calendar(year: i16, month: i8, day: i8) -> Option<Date> {
    let calendar = if (1300..1500).contains(&year) { Calendar::Persian } else { Calendar::Gregorian };
    exact(year, month, day, calendar).filter(|date| (1900..2200).contains(&date.year()))
}

fn exact(year: i16, month: i8, day: i8, calendar: Calendar) -> Option<Date> {
    if calendar == Calendar::Gregorian || (1900..2200).contains(&year) {
        return Date::new(year, month, day).ok();
    }
    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    let iso: IcuDate<Iso> = IcuDate::try_new_persian(year.into(), month, day).ok()?.to_calendar(Iso);
    let year = i16::try_from(iso.year().extended_year()).ok()?;
    Date::new(year, i8::try_from(iso.month().ordinal).ok()?, i8::try_from(iso.day_of_month().0).ok()?).ok()
}
