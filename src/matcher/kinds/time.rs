//! Times of day: `17:30`, `5pm`, `half past five`, `στις 5 μ.μ.`, `ساعت ۵ عصر`, `alas singko y medya`.
//!
//! An hour from one to six without a half of the day is in the afternoon, because nobody books five in the morning; `05:00`
//! with its nought is as written.

use jiff::Span;
use serde_json::Value as Json;

use super::lexicon::{DayPart, Lexicon, Unit, is_one_of};
use super::token::{Class, Token};
use super::{Reading, date, numeral};

/// More hours or minutes than these from now are no time of day.
const COUNT_MAX: u32 = 1_000;

/// Words that stand before many numbers, so that they make none of them a time.
const WEAK_AT: [&str; 10] = ["around", "about", "by", "ng", "mga", "sa", "tua", "erbyn", "تا", "حدودا"];

/// A time at a place.
pub(super) fn time(reading: &Reading<'_>, lexicon: &Lexicon, index: usize) -> Option<(Json, usize)> {
    let finder = Finder { reading, lexicon, tokens: &reading.tokens };
    let readings = [
        finder.named(index),
        finder.clock(index),
        finder.dotted(index),
        finder.four_digits(index),
        finder.minutes_first(index),
        finder.hour(index),
        finder.distance(index),
    ];
    let (minutes, end) = readings.into_iter().flatten().rev().max_by_key(|(_, end)| *end)?;
    // "στις 5 Νοεμβρίου" is a day.
    if date::day(reading, lexicon, index).is_some_and(|(_, day_end)| day_end > end) {
        return None;
    }
    Some((Json::String(format!("{:02}:{:02}", minutes / 60, minutes % 60)), end))
}

struct Finder<'r> {
    reading: &'r Reading<'r>,
    lexicon: &'r Lexicon,
    tokens: &'r [Token],
}

impl Finder<'_> {
    /// `noon`, `midnight`, `now`.
    fn named(&self, index: usize) -> Option<(u32, usize)> {
        let at = |group: &super::lexicon::Group| group.at(self.tokens, index).map(|((), end)| end);
        if let Some(end) = at(&self.lexicon.midnight) {
            return Some((0, end));
        }
        if let Some(end) = at(&self.lexicon.noon) {
            return Some((12 * 60, end));
        }
        // "I want it now" is haste; a time only where one was asked for.
        let now = self.reading.now.time();
        at(&self.lexicon.now)
            .filter(|_| self.reading.answering)
            .map(|end| (u32::from(now.hour().unsigned_abs()) * 60 + u32::from(now.minute().unsigned_abs()), end))
    }

    /// `17:30`, `5:30 pm`, `17:30:00`, `17h30`.
    fn clock(&self, index: usize) -> Option<(u32, usize)> {
        let (_, start) = self.prefix(index);
        let (hour, text) = self.hour_digits(start)?;
        let colon = self.tokens.get(start + 1).filter(|mark| mark.glued && (mark.is_sign(":∶") || mark.text == "h"))?;
        let minute = self.two_digits(start + 2).filter(|minute| *minute < 60)?;
        let mut end = start + 3;
        if self.tokens.get(end).is_some_and(|next| next.glued && next.text == colon.text) {
            self.two_digits(end + 1).filter(|second| *second < 60)?;
            end += 2;
        }
        let (part, end) = self.suffix(end);
        in_day(hour, minute, self.part_around(part, index, end), text.starts_with('0')).map(|minutes| (minutes, end))
    }

    /// `1730 hrs`, `at 1730`.
    fn four_digits(&self, index: usize) -> Option<(u32, usize)> {
        let token = self.tokens.get(index).filter(|token| token.text.len() == 4 && !self.is_tail(index))?;
        let digits = token.digits()?;
        let (part, end) = self.suffix(index + 1);
        let told = end > index + 1 || self.after_at(index) && !self.goes_on(end);
        let (hour, minute) = (digits / 100, digits % 100);
        in_day(hour, minute, part, true).filter(|_| told && hour <= 24 && minute < 60).map(|minutes| (minutes, end))
    }

    /// `5.30pm`, `at 17.30`: with a dot only where something else says that it is a time.
    fn dotted(&self, index: usize) -> Option<(u32, usize)> {
        let (prefixed, start) = self.prefix(index);
        let (hour, text) = self.hour_digits(start)?;
        self.tokens.get(start + 1).filter(|dot| dot.glued && dot.is_sign("."))?;
        let minute = self.two_digits(start + 2).filter(|minute| *minute < 60)?;
        let (part, end) = self.suffix(start + 3);
        if end == start + 3 && self.goes_on(end) {
            return None;
        }
        let told = prefixed
            || end > start + 3
            || self.after_at(index)
            || self.is_answer(index, end)
            || self.is_beside_a_day(index, end);
        let part = self.part_around(part, index, end);
        in_day(hour, minute, part, text.starts_with('0')).filter(|_| told).map(|minutes| (minutes, end))
    }

    /// `half past five`, `ten to six`, `یک ربع به پنج`.
    fn minutes_first(&self, index: usize) -> Option<(u32, usize)> {
        let at = |group: &super::lexicon::Group| group.at(self.tokens, index).map(|((), end)| end);
        let exact = [
            (at(&self.lexicon.half_past), 30),
            (at(&self.lexicon.quarter_past), 15),
            (at(&self.lexicon.quarter_to), -15),
        ];
        if let Some((start, minutes)) = exact.into_iter().find_map(|(end, minutes)| Some((end?, minutes))) {
            let (hour, end) = self.any_hour(start)?;
            let (part, end) = self.suffix(end);
            let part = self.part_around(part, index, end);
            return shift(in_day(hour, 0, part, false)?, minutes).map(|minutes| (minutes, end));
        }
        let (minutes, after) = self.count(index).filter(|(minutes, _)| (1..60).contains(minutes))?;
        let minutes = i32::try_from(minutes).ok()?;
        let (unit_said, word) = self.minute_unit(after);
        let past = self.lexicon.past.at(self.tokens, word).filter(|_| matches!(self.lexicon.language, "en" | "cy"));
        let to = self.lexicon.to.at(self.tokens, word).filter(|_| self.lexicon.language != "el");
        let (sign, start) = match (past, to) {
            (Some(((), start)), _) => (1, start),
            (None, Some(((), start))) => (-1, start),
            (None, None) => return None,
        };
        let (_, start_of_hour) = self.prefix(start);
        let (hour, end) = self.any_hour(start_of_hour)?;
        let (part, after_part) = self.suffix(end);
        // "five to ten people": a row of numbers, not a time, unless something says so.
        let longer = start > word + 1 || unit_said;
        let told = longer || after_part > end || self.after_at(index) || self.is_answer(index, after_part);
        // A row of numbers would go up: "twenty to nine" is none.
        let hours = i32::try_from(hour).ok()?;
        let usual = minutes % 5 == 0 && (sign > 0 || minutes > hours);
        if !(told || usual) {
            return None;
        }
        let part = self.part_around(part, index, after_part);
        shift(in_day(hour, 0, part, false)?, sign * minutes).map(|minutes| (minutes, after_part))
    }

    /// `5pm`, `five o'clock`, `at 5`, `πέντε και μισή`, `πεντέμισι`, `alas tres`.
    fn hour(&self, index: usize) -> Option<(u32, usize)> {
        let (prefixed, start) = self.prefix(index);
        let mut told = prefixed || self.after_at(index);
        let half = self.lexicon.half_hours.at(self.tokens, start);
        let (hour, mut end) = half.or_else(|| self.any_hour(start))?;
        let zero = self.tokens[start].text.starts_with('0');
        let (minutes, after) = if half.is_some() { (30, end) } else { self.minutes_after(end, told) };
        told |= after > end;
        end = after;
        let (part, after) = self.suffix(end);
        told |= after > end;
        let around = self.part_around(part, index, after);
        told |= around.is_some() && part.is_none() && self.part_behind(after).is_some();
        if !told && !self.is_answer(index, after) {
            return None;
        }
        if after == end && (self.goes_on(end) || self.is_tail(start)) {
            return None;
        }
        shift(in_day(hour, 0, around, zero)?, minutes).map(|minutes| (minutes, after))
    }

    /// `in two hours`, `in half an hour`, `in an hour and a half`, `نیم ساعت دیگه`. The clock may change on the way.
    fn distance(&self, index: usize) -> Option<(u32, usize)> {
        let within = self.lexicon.within.at(self.tokens, index).map(|((), end)| end);
        let (minutes, end) = self.minutes_long(within.unwrap_or(index))?;
        let later = self.lexicon.later.at(self.tokens, end).map(|((), end)| end);
        let end = later.or(within.map(|_| end))?;
        let then = self.reading.instant.checked_add(Span::new().try_minutes(minutes).ok()?).ok()?.time();
        Some((u32::from(then.hour().unsigned_abs()) * 60 + u32::from(then.minute().unsigned_abs()), end))
    }

    /// A length of time in minutes.
    fn minutes_long(&self, index: usize) -> Option<(u32, usize)> {
        if let Some(((), end)) = self.lexicon.half_an_hour.at(self.tokens, index) {
            return Some((30, end));
        }
        let one = self.lexicon.articles.at(self.tokens, index).map(|((), end)| (1, end));
        let bare = || (self.lexicon.language == "cy").then_some((1, index));
        let (count, after) =
            one.or_else(|| self.count(index)).or_else(bare).filter(|(count, _)| *count <= COUNT_MAX)?;
        match self.lexicon.units.at(self.tokens, after)? {
            (Unit::Minute, end) => Some((count, end)),
            (Unit::Hour, end) => match self.lexicon.and_a_half.at(self.tokens, end) {
                Some(((), end)) => Some((count * 60 + 30, end)),
                None => Some((count * 60, end)),
            },
            _ => None,
        }
    }

    /// What follows an hour and shifts it: `και μισή`, `y medya`, `και δέκα`, `παρά τέταρτο`, `و ده دقیقه`.
    fn minutes_after(&self, index: usize, told: bool) -> (i32, usize) {
        let at = |group: &super::lexicon::Group| group.at(self.tokens, index).map(|((), end)| end);
        if !matches!(self.lexicon.language, "en" | "cy") {
            for (group, minutes) in
                [(&self.lexicon.half_past, 30), (&self.lexicon.quarter_past, 15), (&self.lexicon.quarter_to, -15)]
            {
                if let Some(end) = at(group) {
                    return (minutes, end);
                }
            }
        }
        // "alas kuwatro kinse": Filipino may say the minutes at once.
        if self.lexicon.language == "fil"
            && told
            && let Some((minutes, end)) = numeral::words(self.lexicon, self.tokens, index)
            && (10..60).contains(&minutes)
        {
            return (i32::try_from(minutes).unwrap_or_default(), end);
        }
        let past = at(&self.lexicon.past).filter(|_| matches!(self.lexicon.language, "el" | "fil" | "fa"));
        let to = at(&self.lexicon.to).filter(|_| matches!(self.lexicon.language, "el" | "fil"));
        let Some((sign, start)) = past.map(|end| (1, end)).or(to.map(|end| (-1, end))) else { return (0, index) };
        let Some((minutes, end)) = self.count(start).filter(|(minutes, _)| *minutes < 60) else { return (0, index) };
        let (unit_said, end) = self.minute_unit(end);
        let usual = sign < 0 && minutes.is_multiple_of(5);
        if !(told || unit_said || usual || self.lexicon.day_parts.at(self.tokens, end).is_some()) {
            return (0, index);
        }
        (sign * i32::try_from(minutes).unwrap_or_default(), end)
    }

    /// The word that stands before an hour in some languages: `ساعت`, `alas`.
    fn prefix(&self, index: usize) -> (bool, usize) {
        if !matches!(self.lexicon.language, "fa" | "fil") {
            return (false, index);
        }
        match self.lexicon.oclock.at(self.tokens, index) {
            // "ika-5" is the fifth, unless a half of the day follows.
            Some(((), after)) if self.tokens[index].text != "ika" => {
                (true, after + usize::from(self.tokens.get(after).is_some_and(|sign| sign.is_sign("-"))))
            }
            Some(((), after)) => {
                (false, after + usize::from(self.tokens.get(after).is_some_and(|sign| sign.is_sign("-"))))
            }
            None => (false, index),
        }
    }

    /// `o'clock` and the half of the day after a time.
    fn suffix(&self, index: usize) -> (Option<DayPart>, usize) {
        let mut end = index;
        if !matches!(self.lexicon.language, "fa" | "fil")
            && let Some(((), after)) = self.lexicon.oclock.at(self.tokens, end)
        {
            end = after;
        }
        match self.lexicon.day_parts.at(self.tokens, end) {
            Some((part, after)) => (Some(part), after),
            None => (None, end),
        }
    }

    /// The half of the day that a time is in: the one said after it, else the one of the day beside it, as in "tomorrow evening
    /// at eight" or "nine tomorrow morning".
    fn part_around(&self, own: Option<DayPart>, index: usize, end: usize) -> Option<DayPart> {
        own.or_else(|| self.part_behind(end)).or_else(|| self.part_ahead(index))
    }

    fn part_behind(&self, end: usize) -> Option<DayPart> {
        let after = self.day_at(end)?;
        self.lexicon.parts_of_days.at(self.tokens, after).map(|(part, _)| part)
    }

    fn part_ahead(&self, index: usize) -> Option<DayPart> {
        let place = self.lexicon.at.before(self.tokens, index).map_or(index, |(_, start)| start);
        let part = |place: usize| self.lexicon.parts_of_days.before(self.tokens, place).map(|(part, _)| part);
        part(place).or_else(|| part(self.day_before(place)?))
    }

    /// The place after a day that is one word or two.
    fn day_at(&self, index: usize) -> Option<usize> {
        let start = self.lexicon.before_days.at(self.tokens, index).map_or(index, |((), end)| end);
        let relative = self.lexicon.relative_days.at(self.tokens, start).map(|(_, end)| end);
        relative.or_else(|| self.lexicon.weekdays.at(self.tokens, start).map(|(_, end)| end))
    }

    /// The place where such a day begins that ends at another.
    fn day_before(&self, index: usize) -> Option<usize> {
        let relative = self.lexicon.relative_days.before(self.tokens, index).map(|(_, start)| start);
        relative.or_else(|| self.lexicon.weekdays.before(self.tokens, index).map(|(_, start)| start))
    }

    fn is_beside_a_day(&self, index: usize, end: usize) -> bool {
        self.day_at(end).is_some() || self.day_before(index).is_some()
    }

    fn any_hour(&self, index: usize) -> Option<(u32, usize)> {
        let digits = self.hour_digits(index).map(|(hour, _)| (hour, index + 1));
        let words = || {
            let own = self.lexicon.hours.at(self.tokens, index);
            own.or_else(|| numeral::words(self.lexicon, self.tokens, index)).filter(|(hour, _)| (1..=24).contains(hour))
        };
        digits.or_else(words)
    }

    fn hour_digits(&self, index: usize) -> Option<(u32, &str)> {
        let token = self.tokens.get(index).filter(|token| token.text.len() <= 2)?;
        token.digits().filter(|hour| *hour <= 24 && !self.is_tail(index)).map(|hour| (hour, token.text.as_str()))
    }

    fn two_digits(&self, index: usize) -> Option<u32> {
        self.tokens.get(index).filter(|token| token.glued && token.text.len() == 2).and_then(Token::digits)
    }

    fn count(&self, index: usize) -> Option<(u32, usize)> {
        let digits = self.tokens.get(index).filter(|_| !self.is_tail(index)).and_then(Token::digits);
        digits.map(|count| (count, index + 1)).or_else(|| numeral::words(self.lexicon, self.tokens, index))
    }

    fn minute_unit(&self, index: usize) -> (bool, usize) {
        match self.lexicon.units.at(self.tokens, index) {
            Some((Unit::Minute, end)) => (true, end),
            _ => (false, index),
        }
    }

    /// Whether `at` or the like stands before a place.
    fn after_at(&self, index: usize) -> bool {
        self.lexicon.at.before(self.tokens, index).is_some_and(|(_, start)| {
            let first = &self.tokens[start];
            let single = start + 1 == index;
            !(single && is_one_of(&first.text, &WEAK_AT))
        })
    }

    /// Whether a time was asked for and this is all that was said, perhaps with a word before or after.
    fn is_answer(&self, index: usize, end: usize) -> bool {
        self.reading.answering && index <= 1 && end + 1 >= self.tokens.len() && !self.goes_on(end)
    }

    /// Whether digits go on behind a place, as in `5,50`, `5-6` or `24/11`.
    fn goes_on(&self, end: usize) -> bool {
        let Some(next) = self.tokens.get(end).filter(|next| next.glued) else { return false };
        let digits_follow = self.tokens.get(end + 1).is_some_and(|far| far.glued && far.class == Class::Digits);
        next.class != Class::Sign || next.is_sign("%€£$@₱") || (next.is_sign(".,:/-+") && digits_follow)
    }

    /// Whether digits are the rest of something longer.
    fn is_tail(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1).map(|before| &self.tokens[before]) else { return false };
        let glued = self.tokens.get(index).is_some_and(|token| token.glued);
        // "alas-5" and "ika-5": the hyphen belongs to the word before.
        let after_word = before.is_sign("-") && index.checked_sub(2).is_some_and(|far| self.tokens[far].is_word());
        glued && !after_word && (before.class != Class::Sign || before.is_sign(".,:/-+€£$#@"))
    }
}

/// Minutes after midnight.
fn in_day(hour: u32, minute: u32, part: Option<DayPart>, as_written: bool) -> Option<u32> {
    let hour = match part {
        Some(DayPart::Morning) if hour == 12 => 0,
        Some(DayPart::Afternoon) if hour < 12 && hour > 0 => hour + 12,
        Some(DayPart::Night) if hour == 12 => 0,
        Some(DayPart::Night) if (5..12).contains(&hour) => hour + 12,
        None if (1..=6).contains(&hour) && !as_written => hour + 12,
        _ => hour,
    };
    (hour < 24 || (hour == 24 && minute == 0)).then_some(hour % 24 * 60 + minute)
}

fn shift(minutes: u32, by: i32) -> Option<u32> {
    let day = 24 * 60;
    u32::try_from((i32::try_from(minutes).ok()? + by).rem_euclid(day)).ok()
}
