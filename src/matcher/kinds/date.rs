//! Days: `24 November`, `24/11/2026`, `۳ آذر`, `the 24th`, `5-7 May`; what counts from today stands in `relative`. What names no
//! year means the next such day.

use jiff::civil::Date;
use serde_json::Value as Json;

use super::Reading;
use super::calendar::{Calendar, days_after};
use super::lexicon::{Lexicon, Unit};
use super::numeral;
use super::token::{Class, Token};

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
        finder.start_of_range(index),
        finder.day_of_this_month(index),
        finder.weekday(index),
        finder.weekend(index),
        finder.relative(index),
        finder.distance(index),
        finder.edge_of_period(index),
        finder.day_of_month(index),
    ];
    readings.into_iter().flatten().rev().max_by_key(|(_, end)| *end)
}

pub(super) struct Finder<'r> {
    pub(super) reading: &'r Reading<'r>,
    pub(super) lexicon: &'r Lexicon,
    pub(super) tokens: &'r [Token],
    pub(super) today: Date,
}

impl Finder<'_> {
    /// The calendar in which people of this language count days.
    pub(super) fn calendar(&self) -> Calendar {
        if self.lexicon.language == "fa" { Calendar::Persian } else { Calendar::Gregorian }
    }

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
        let calendar = self.calendar();
        let month_first = calendar == Calendar::Persian || self.reading.month_first;
        let order = |swap: bool| {
            let (day, month) = if swap { (b, a) } else { (a, b) };
            calendar.next_such(self.today, day, month)
        };
        order(month_first).or_else(|| order(!month_first)).map(|date| (date, end))
    }

    fn three(&self, first: &str, second: &str, third: &str) -> Option<Date> {
        let number = |text: &str| text.parse::<i16>().ok();
        let (a, b, c) = (number(first)?, number(second)?, number(third)?);
        if first.len() == 4 {
            return Calendar::of_year(a)?.day(a, i8::try_from(b).ok()?, i8::try_from(c).ok()?);
        }
        if first.len() > 2 || second.len() > 2 || !matches!(third.len(), 2 | 4) {
            return None;
        }
        let year = if third.len() == 2 { self.century(c) } else { c };
        let calendar = Calendar::of_year(year)?;
        let (a, b) = (i8::try_from(a).ok()?, i8::try_from(b).ok()?);
        let order = |swap: bool| if swap { calendar.day(year, a, b) } else { calendar.day(year, b, a) };
        order(self.reading.month_first).or_else(|| order(!self.reading.month_first))
    }

    /// `24 November 2026`, `November 24`, `Tuesday, the 24th of November`, `۳ آذر`.
    fn named_month(&self, index: usize) -> Option<(Date, usize)> {
        let weekday = self.lexicon.weekdays.at(self.tokens, index);
        let after_weekday = weekday
            .and_then(|(_, after)| self.month_and_day(self.after_this(after + usize::from(self.sign(after, ",،")))));
        // In Welsh a Tuesday is a March.
        after_weekday.or_else(|| self.month_and_day(index))
    }

    fn month_and_day(&self, start: usize) -> Option<(Date, usize)> {
        let day_first = || {
            let (day, after, _) = self.day_number(start)?;
            let name = self.after_of(after);
            let (month, end, calendar) = self.month(name)?;
            let end = if self.lexicon.language == "fa" { self.after_of(end) } else { end };
            Some((day, month, name, end, calendar))
        };
        let month_first = || {
            let (month, after, calendar) = self.month(start)?;
            let (day, end, _) = self.day_number(self.after_this(after))?;
            // In "May 5pm" the five is a time.
            let time = self.sign(end, ":") || self.lexicon.day_parts.at(self.tokens, end).is_some();
            (!time).then_some((day, month, start, end, calendar))
        };
        let (day, month, name, end, calendar) = day_first().or_else(month_first)?;
        if let Some((year, end)) = self.year(end).filter(|(year, _)| Calendar::of_year(*year) == Some(calendar)) {
            return calendar.day(year, month, day).map(|date| (date, end));
        }
        if !self.is_a_month(name, end) {
            return None;
        }
        calendar.next_such(self.today, day, month).map(|date| (date, end))
    }

    /// The first day of `5-7 May` or `from the 5th to the 7th of May`: it has the month of the last one.
    fn start_of_range(&self, index: usize) -> Option<(Date, usize)> {
        let (day, end, ordinal) = self.day_number(index)?;
        let dash = self.sign(end, "-–—");
        let last = match self.lexicon.until.at(self.tokens, end) {
            _ if dash => end + 1,
            Some(((), after)) => self.after_this(after),
            None => return None,
        };
        let told = dash || ordinal || self.lexicon.from.before(self.tokens, index).is_some();
        let (last_day, ..) = self.day_number(last).filter(|(last_day, ..)| told && *last_day > day)?;
        let (last_date, _) = self.named_month(last)?;
        days_after(last_date, i64::from(day) - i64::from(last_day)).map(|date| (date, end))
    }

    /// `the 12th of this month`, `12 του μήνα`, `بیستم ماه`.
    fn day_of_this_month(&self, index: usize) -> Option<(Date, usize)> {
        let (day, end, _) = self.day_number(index)?;
        let after = self.after_this(self.after_of(end));
        let next_before = self.lexicon.next.at(self.tokens, after).map(|((), end)| end);
        let is_month =
            |place: usize| self.lexicon.units.at(self.tokens, place).filter(|(unit, _)| *unit == Unit::Month);
        // In Persian the word for month is "of" too: "بیستم ماه".
        let ((_, mut end), next_before) = match is_month(next_before.unwrap_or(after)) {
            Some(found) => (found, next_before),
            None => (is_month(end)?, None),
        };
        let next_after = self.lexicon.next.at(self.tokens, end).map(|((), end)| end);
        end = next_after.unwrap_or(end);
        let calendar = self.calendar();
        let date = if next_before.or(next_after).is_some() {
            let (year, month) = calendar.month_of(self.today, 1)?;
            calendar.day(year, month, day)
        } else {
            calendar.next_day_of_month(self.today, day)
        };
        date.map(|date| (date, end))
    }

    /// `the 24th`, `στις 24`; as an answer also `24`.
    fn day_of_month(&self, index: usize) -> Option<(Date, usize)> {
        let (day, end, ordinal) = self.day_number(index)?;
        if !self.is_closed(end) {
            return None;
        }
        let before = |group: &super::lexicon::Group| group.before(self.tokens, index).is_some();
        let has_digits = self.tokens[index..end].iter().any(|token| token.class == Class::Digits);
        let told = before(&self.lexicon.this)
            || before(&self.lexicon.of)
            || before(&self.lexicon.at)
            || has_digits && (before(&self.lexicon.before_days) || self.reading.words <= 2)
            || self.lexicon.weekdays.before(self.tokens, index).is_some();
        let answered = self.reading.answering && self.reading.words <= 3 && index <= 1;
        if !(answered || ordinal && told) {
            return None;
        }
        self.calendar().next_day_of_month(self.today, day).map(|date| (date, end))
    }

    /// A number from 1 to 31, and whether its form says that it is a day: `24th`, `24η`, `ika-24`, `twenty-first`.
    fn day_number(&self, index: usize) -> Option<(i8, usize, bool)> {
        let in_month = |day: u32| i8::try_from(day).ok().filter(|day| (1..=31).contains(day));
        if let Some(((), after)) = self.lexicon.ordinal_prefix.at(self.tokens, index) {
            let after = after + usize::from(self.sign(after, "-"));
            let digits = self.tokens.get(after).and_then(Token::digits).map(|day| (day, after + 1));
            let number = digits.or_else(|| numeral::words(self.lexicon, self.tokens, after));
            if let Some((day, end)) = number {
                return Some((in_month(day)?, end, true));
            }
        }
        if let Some(day) = self.tokens.get(index).filter(|_| !self.is_tail(index)).and_then(Token::digits) {
            let day = in_month(day)?;
            let suffix = self.lexicon.ordinal_suffix.at(self.tokens, index + 1).filter(|_| {
                self.lexicon.language == "fa" || self.tokens.get(index + 1).is_some_and(|suffix| suffix.glued)
            });
            return Some(suffix.map_or((day, index + 1, false), |((), end)| (day, end, true)));
        }
        let ordinal = numeral::ordinal(self.lexicon, self.tokens, index).map(|(day, end)| (day, end, true));
        let number = || numeral::words(self.lexicon, self.tokens, index).map(|(day, end)| (day, end, false));
        let (day, end, ordinal) = ordinal.or_else(number)?;
        Some((in_month(day)?, end, ordinal))
    }

    pub(super) fn month(&self, index: usize) -> Option<(i8, usize, Calendar)> {
        let persian =
            self.lexicon.months_solar_hijri.at(self.tokens, index).map(|(month, end)| (month, end, Calendar::Persian));
        persian.or_else(|| {
            self.lexicon.months.at(self.tokens, index).map(|(month, end)| (month, end, Calendar::Gregorian))
        })
    }

    /// Whether a month's name is meant as one: "may", "march" and «می» are ordinary words too.
    fn is_a_month(&self, name: usize, end: usize) -> bool {
        self.lexicon.common_words.at(self.tokens, name).is_none() || self.is_capital(name) || self.is_closed(end)
    }

    /// Whether what follows a date leaves it one: nothing, a sign, or a word that may follow.
    pub(super) fn is_closed(&self, end: usize) -> bool {
        let Some(next) = self.tokens.get(end) else { return true };
        let (l, tokens) = (self.lexicon, self.tokens);
        let groups = [&l.after_dates, &l.at, &l.until];
        next.class == Class::Sign && !(next.glued && next.is_sign("/:@€£$%"))
            || groups.iter().any(|group| group.at(tokens, end).is_some())
            || l.parts_of_days.at(tokens, end).is_some()
            || l.relative_days.at(tokens, end).is_some()
    }

    /// Whether a word inside a sentence that is not all capitals begins with one.
    pub(super) fn is_capital(&self, index: usize) -> bool {
        let begins = index == 0 || self.tokens[index - 1].is_sign(".!?…:");
        let text = &self.reading.text[self.tokens[index].range.clone()];
        !begins && text.chars().next().is_some_and(char::is_uppercase) && text.chars().any(char::is_lowercase)
    }

    /// A year after a day and a month, perhaps after a comma or the word for year.
    fn year(&self, index: usize) -> Option<(i16, usize)> {
        let index = index + usize::from(self.sign(index, ",،"));
        let index = match self.lexicon.units.at(self.tokens, index) {
            Some((Unit::Year, after)) => after,
            _ => index,
        };
        let token = self.tokens.get(index).filter(|token| token.class == Class::Digits && token.text.len() == 4)?;
        let goes_on = self.sign(index + 1, ":/-") && self.tokens.get(index + 2).is_some_and(|next| next.glued);
        token.text.parse().ok().map(|year| (year, index + 1)).filter(|_| !goes_on)
    }

    /// Two digits of a year: up to twenty years ahead, else in the past.
    fn century(&self, year: i16) -> i16 {
        let century = self.today.year() / 100 * 100;
        if century + year > self.today.year() + 20 { century - 100 + year } else { century + year }
    }

    pub(super) fn after_this(&self, index: usize) -> usize {
        self.lexicon.this.at(self.tokens, index).map_or(index, |((), end)| end)
    }

    pub(super) fn after_of(&self, index: usize) -> usize {
        self.lexicon.of.at(self.tokens, index).map_or(index, |((), end)| end)
    }

    pub(super) fn sign(&self, index: usize, signs: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is_sign(signs))
    }

    /// Whether digits are the rest of something: of a code, an amount or a longer row of numbers. The last day of `5-7 May` is not.
    pub(super) fn is_tail(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1).map(|before| &self.tokens[before]) else { return false };
        if !self.tokens[index].glued {
            return false;
        }
        let day_before = |place: usize| {
            let token = &self.tokens[place];
            token.class == Class::Digits && token.text.len() <= 2 && !(place > 0 && token.glued)
        };
        match before.class {
            Class::Word | Class::Digits => true,
            Class::Sign if before.is_sign("-–—") && index >= 2 && day_before(index - 2) => false,
            Class::Sign => before.is_sign("/.-:,+€£$") && (before.glued || before.is_sign("+€£$")),
        }
    }
}
