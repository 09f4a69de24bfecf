//! A timetable as a sentence for readers: "Monday to Friday 09:00–14:00 and 17:00–21:00, Saturday 09:00–13:00". It knows the
//! bot's own sentences, because days and times are joined as each language does, and no scope.

use jiff::civil::Time as CivilTime;

use crate::flow::{Hours, OpenRange, Program, print};
use crate::id::Language;

/// The whole week in one sentence, without a full stop.
pub(super) fn sentence(hours: &Hours, program: &Program, language: &Language) -> String {
    let sentences = Sentences { program, language };
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for day in 0..hours.week.len() {
        match groups.last_mut() {
            Some((_, last)) if hours.week[*last] == hours.week[day] => *last = day,
            _ => groups.push((day, day)),
        }
    }
    let told: Vec<String> = groups
        .into_iter()
        .filter(|(first, _)| !hours.week[*first].is_empty())
        .map(|(first, last)| {
            let days = sentences.days(first, last);
            let times: Vec<String> = hours.week[first].iter().map(|range| times(*range, language)).collect();
            let times = sentences.and(&times);
            sentences
                .fill("hours_open", &[("days", &days), ("times", &times)])
                .unwrap_or_else(|| format!("{days} {times}"))
        })
        .collect();
    if told.is_empty() {
        sentences.fill("hours_closed", &[]).unwrap_or_default()
    } else {
        told.join(print::comma(language))
    }
}

/// `09:00–14:00`.
fn times(range: OpenRange, language: &Language) -> String {
    let clock = |minutes: u16| {
        let (hour, minute) = ((minutes / 60 % 24) as i8, (minutes % 60) as i8);
        print::time(CivilTime::new(hour, minute, 0, 0).unwrap_or_default(), language)
    };
    let closes = if range.to.is_multiple_of(24 * 60) { print::end_of_day(language) } else { clock(range.to) };
    format!("{}–{closes}", clock(range.from))
}

/// The bot's sentences in one language.
pub(super) struct Sentences<'p> {
    pub(super) program: &'p Program,
    pub(super) language: &'p Language,
}

impl Sentences<'_> {
    /// A sentence with values that are texts already.
    pub(super) fn fill(&self, key: &str, values: &[(&str, &str)]) -> Option<String> {
        let text = self.program.sentences.get(key)?;
        let template = text.in_language(self.language, &self.program.languages)?;
        Some(template.join(|expr| {
            let value = values.iter().find(|(name, _)| *name == expr.source);
            value.map_or_else(String::new, |(_, text)| (*text).to_owned())
        }))
    }

    fn days(&self, first: usize, last: usize) -> String {
        let name = |day| print::weekday(day, self.language);
        match last - first {
            0 => name(first),
            1 => self.and(&[name(first), name(last)]),
            6 => self.fill("hours_every_day", &[]).unwrap_or_default(),
            _ => {
                let (from, to) = (name(first), name(last));
                self.fill("hours_days", &[("from", &from), ("to", &to)]).unwrap_or_else(|| format!("{from}–{to}"))
            }
        }
    }

    /// `a, b and c`.
    fn and(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [only] => only.clone(),
            [before @ .., last] => {
                let first = before.join(print::comma(self.language));
                self.fill("list_and", &[("first", &first), ("last", last)])
                    .unwrap_or_else(|| format!("{first}, {last}"))
            }
        }
    }
}
