//! Days that count from today: `tomorrow`, `next Friday`, `in 3 days`, `friday week`, `the end of the month`.

use jiff::Span;
use jiff::civil::Date;

use super::calendar::days_after;
use super::date::Finder;
use super::lexicon::{Group, Unit};
use super::numeral;
use super::token::Class;

/// More of them is no length of time that somebody means.
const COUNT_MAX: u32 = 1_000;

/// A length of time.
#[derive(Debug, Clone, Copy)]
enum Length {
    Days(u32),
    Weeks(u32),
    Months(u32),
    Years(u32),
}

impl Finder<'_> {
    /// `Friday`, `next Friday`, `Friday next week`, `friday week`, `جمعه آینده`.
    pub(super) fn weekday(&self, index: usize) -> Option<(Date, usize)> {
        let next_before = self.end_of(&self.lexicon.next, index);
        let last_before = self.end_of(&self.lexicon.last, index);
        let name = next_before.or(last_before).unwrap_or_else(|| self.after_this(index));
        let (weekday, end) = self.lexicon.weekdays.at(self.tokens, name)?;
        if !self.is_a_weekday(name, end) {
            return None;
        }
        let (weeks, end) = if next_before.is_some() {
            (Weeks::Next, end)
        } else if last_before.is_some() {
            (Weeks::Last, end)
        } else {
            self.weeks_after(end)
        };
        let in_week = |weeks: i64| self.in_week(weekday, weeks);
        let coming = || in_week(0).filter(|date| *date > self.today).or_else(|| in_week(1));
        let date = match weeks {
            Weeks::Coming => coming(),
            Weeks::Next => in_week(1),
            Weeks::Last => in_week(0).filter(|date| *date < self.today).or_else(|| in_week(-1)),
            Weeks::After(days) => days_after(coming()?, days),
        };
        date.map(|date| (date, end))
    }

    /// What follows a weekday and tells its week: `next week`, `هفته بعد`, `nesaf`, `week`.
    fn weeks_after(&self, end: usize) -> (Weeks, usize) {
        if let Some(after) = self.next_week(end) {
            return (Weeks::Next, after);
        }
        if let Some(after) = self.end_of(&self.lexicon.next, end) {
            return (Weeks::Next, self.week(after).unwrap_or(after));
        }
        if let Some(after) = self.end_of(&self.lexicon.last, end) {
            return (Weeks::Last, self.week(after).unwrap_or(after));
        }
        if self.lexicon.language == "en" {
            if let Some(after) = self.week(end) {
                return (Weeks::After(7), after);
            }
            if let Some((days, after)) = self.lexicon.spans.at(self.tokens, end) {
                return (Weeks::After(days.into()), after);
            }
        }
        // "dydd Gwener yma": the word for this stands behind.
        match self.end_of(&self.lexicon.this, end) {
            Some(after) if self.lexicon.language == "cy" && self.is_closed(after) => (Weeks::Coming, after),
            _ => (Weeks::Coming, end),
        }
    }

    /// `next week` or `week next`, after a weekday.
    fn next_week(&self, index: usize) -> Option<usize> {
        let start = self.after_this(self.after_of(index));
        let next = |place: usize| self.end_of(&self.lexicon.next, place);
        next(start).and_then(|end| self.week(end)).or_else(|| self.week(start).and_then(next))
    }

    fn week(&self, index: usize) -> Option<usize> {
        self.lexicon.units.at(self.tokens, index).filter(|(unit, _)| *unit == Unit::Week).map(|(_, end)| end)
    }

    /// A weekday of the week of today or of one before or after it. In Iran weeks begin on Saturday.
    fn in_week(&self, weekday: i8, weeks: i64) -> Option<Date> {
        let first = if self.lexicon.language == "fa" { 5 } else { 0 };
        let into_week = |weekday: i8| i64::from((weekday - first).rem_euclid(7));
        let today = into_week(self.today.weekday().to_monday_zero_offset());
        days_after(self.today, weeks * 7 + into_week(weekday) - today)
    }

    /// Whether a weekday's name is meant as one: "sat" and "sun" are ordinary words too, and the Filipino week is a Sunday.
    fn is_a_weekday(&self, name: usize, end: usize) -> bool {
        let after_day_word = || self.lexicon.before_days.before(self.tokens, name).is_some();
        if self.week(name).is_some() {
            let capital = self.reading.text[self.tokens[name].range.clone()].starts_with(char::is_uppercase);
            return capital || self.reading.words <= 1 || after_day_word();
        }
        if self.lexicon.common_words.at(self.tokens, name).is_none() || self.reading.words <= 2 {
            return true;
        }
        let hour_follows = || {
            let ((), hour) = self.lexicon.at.at(self.tokens, end)?;
            self.tokens.get(hour).filter(|token| token.class == Class::Digits)
        };
        self.is_capital(name)
            || after_day_word()
            || self.lexicon.parts_of_days.at(self.tokens, end).is_some()
            || hour_follows().is_some()
    }

    /// `at the weekend`, `next weekend`: its first day.
    pub(super) fn weekend(&self, index: usize) -> Option<(Date, usize)> {
        let next = self.end_of(&self.lexicon.next, index);
        let last = self.end_of(&self.lexicon.last, index);
        let ((), end) = self.lexicon.weekend.at(self.tokens, next.or(last).unwrap_or(index))?;
        let saturday = |weeks: i64| self.in_week(5, weeks);
        let date = match (next, last) {
            (Some(_), _) => saturday(1),
            (None, Some(_)) => saturday(-1),
            (None, None) => saturday(0).filter(|date| *date >= self.today).or_else(|| saturday(1)),
        };
        date.map(|date| (date, end))
    }

    /// `today`, `the day after tomorrow`.
    pub(super) fn relative(&self, index: usize) -> Option<(Date, usize)> {
        let (days, end) = self.lexicon.relative_days.at(self.tokens, index)?;
        Some((days_after(self.today, days)?, end))
    }

    /// `in 3 days`, `two weeks ago`, `a week on Friday`, `سه روز دیگر`.
    pub(super) fn distance(&self, index: usize) -> Option<(Date, usize)> {
        let within = self.end_of(&self.lexicon.within, index);
        let ago_before = self.end_of(&self.lexicon.ago, index);
        let start = within.or(ago_before).unwrap_or(index);
        let (length, end) = self.length(start)?;
        // "yr wythnos nesaf" is next week, no week from now.
        let counted = self.lexicon.units.at(self.tokens, start).is_none();
        if ago_before.is_some() && within.is_none() {
            return length.from(self.today, -1).map(|date| (date, end));
        }
        if let Some(end) = self.end_of(&self.lexicon.ago, end) {
            return length.from(self.today, -1).map(|date| (date, end));
        }
        let next = || self.end_of(&self.lexicon.next, end).filter(|_| counted);
        let later = self.end_of(&self.lexicon.later, end).or_else(next);
        if within.is_some() || later.is_some() {
            return length.from(self.today, 1).map(|date| (date, later.unwrap_or(end)));
        }
        let day = self.end_of(&self.lexicon.counted_from, end)?;
        let (from, end) = self.weekday(day).or_else(|| self.relative(day))?;
        length.from(from, 1).map(|date| (date, end))
    }

    /// `3 days`, `a week`, `a fortnight`.
    fn length(&self, index: usize) -> Option<(Length, usize)> {
        let (count, after) = self.count(index)?;
        if let Some((days, end)) = self.lexicon.spans.at(self.tokens, after) {
            return Some((Length::Days(days * count), end));
        }
        let (unit, end) = self.lexicon.units.at(self.tokens, after)?;
        let length = match unit {
            Unit::Day => Length::Days(count),
            Unit::Week => Length::Weeks(count),
            Unit::Month => Length::Months(count),
            Unit::Year => Length::Years(count),
            Unit::Hour | Unit::Minute => return None,
        };
        Some((length, end))
    }

    /// How many, with "a week" for one; Welsh says just "week".
    fn count(&self, index: usize) -> Option<(u32, usize)> {
        let token = self.tokens.get(index)?;
        if let Some(end) = self.end_of(&self.lexicon.articles, index) {
            return Some((1, end));
        }
        let single =
            self.lexicon.units.at(self.tokens, index).is_some() || self.lexicon.spans.at(self.tokens, index).is_some();
        if self.lexicon.language == "cy" && single {
            return Some((1, index));
        }
        let digits = token.digits().filter(|_| !self.is_tail(index)).map(|count| (count, index + 1));
        digits.or_else(|| numeral::words(self.lexicon, self.tokens, index)).filter(|(count, _)| *count <= COUNT_MAX)
    }

    /// `end of the month`, `beginning of next week`, `آخر ماه`, `end of May`.
    pub(super) fn edge_of_period(&self, index: usize) -> Option<(Date, usize)> {
        let start = self.end_of(&self.lexicon.start_of, index);
        let after = self.after_this(start.or_else(|| self.end_of(&self.lexicon.end_of, index))?);
        let edge = |bounds: (Date, Date)| if start.is_some() { bounds.0 } else { bounds.1 };
        if let Some((month, end, calendar)) = self.month(after) {
            let first = calendar.next_such(self.today, 1, month)?;
            return Some((edge(calendar.month_around(first, 0)?), end));
        }
        let next_before = self.end_of(&self.lexicon.next, after);
        let (unit, mut end) = self.lexicon.units.at(self.tokens, next_before.unwrap_or(after))?;
        let next_after = self.end_of(&self.lexicon.next, end);
        end = next_after.unwrap_or(end);
        let bounds = |ahead: i16| match unit {
            Unit::Week => {
                let first = if self.lexicon.language == "fa" { 5 } else { 0 };
                let first = self.in_week(first, ahead.into())?;
                Some((first, days_after(first, 6)?))
            }
            Unit::Month => self.calendar().month_around(self.today, ahead.into()),
            Unit::Year => self.calendar().year_around(self.today, ahead),
            Unit::Day | Unit::Hour | Unit::Minute => None,
        };
        if next_before.or(next_after).is_some() {
            return Some((edge(bounds(1)?), end));
        }
        let date = Some(edge(bounds(0)?)).filter(|date| *date >= self.today);
        Some((date.or_else(|| Some(edge(bounds(1)?)))?, end))
    }

    fn end_of(&self, group: &Group, index: usize) -> Option<usize> {
        group.at(self.tokens, index).map(|((), end)| end)
    }
}

/// Which of the weekdays of one name is meant.
#[derive(Debug, Clone, Copy)]
enum Weeks {
    Coming,
    Next,
    Last,
    /// So many days after the coming one.
    After(i64),
}

impl Length {
    fn from(self, date: Date, sign: i64) -> Option<Date> {
        let span = match self {
            Self::Days(count) => Span::new().try_days(sign * i64::from(count)),
            Self::Weeks(count) => Span::new().try_weeks(sign * i64::from(count)),
            Self::Months(count) => Span::new().try_months(sign * i64::from(count)),
            Self::Years(count) => Span::new().try_years(sign * i64::from(count)),
        };
        date.checked_add(span.ok()?).ok()
    }
}
