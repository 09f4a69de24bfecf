//! Timetables: days, ranges, closed days and special days, from the words an author uses for them.

use indexmap::IndexMap;

use crate::flow::link::{Linker, What};
use crate::flow::report::code;
use crate::flow::tree::{Data, NodeId, shown};
use crate::flow::{CalendarDay, Hours, OpenRange};
use crate::id::HoursName;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_OF_DAY: u16 = 24 * 60;

impl Linker<'_> {
    pub(crate) fn hours(&mut self) -> IndexMap<HoursName, Hours> {
        let mut hours = IndexMap::new();
        for (name, (key, value)) in self.section(What::Hours).clone() {
            let name = HoursName(name);
            let table = self.timetable(name.clone(), key, value);
            hours.insert(name, table);
        }
        hours
    }

    fn timetable(&mut self, name: HoursName, key: NodeId, value: NodeId) -> Hours {
        let at = self.reader.at_node(key);
        let mut hours =
            Hours { name, week: Default::default(), closed: Vec::new(), special: Vec::new(), held_open: false, at };
        let mut written: [Option<NodeId>; 7] = [None; 7];
        for (days, day_key, value) in self.reader.named(value, "the days of a timetable") {
            match days.as_str() {
                "closed" => hours.closed = self.closed_days(value),
                "special" => {
                    for (day, day_key, value) in self.reader.named(value, "`special` days") {
                        let day = self.calendar_day(&day, day_key);
                        let ranges = self.ranges(value);
                        hours.special.extend(day.map(|day| (day, ranges)));
                    }
                }
                _ => {
                    let Some(indexes) = week_days(&days) else {
                        let place = self.reader.tree.place(day_key);
                        self.reader
                            .problems
                            .error(code::BAD_TIME, place, format!("\"{}\" is not a day", shown(&days)))
                            .hint("days are mon, tue, wed, thu, fri, sat, sun, ranges such as mon-fri, and daily; beside them `closed` and `special`");
                        continue;
                    };
                    let ranges = self.ranges(value);
                    for day in indexes {
                        if let Some(first) = written.get(day).copied().flatten() {
                            let (place, first) = (self.reader.tree.place(day_key), self.reader.tree.place(first));
                            let message = format!("{} stands in this timetable twice", DAYS.get(day).unwrap_or(&""));
                            self.reader
                                .problems
                                .error(code::DUPLICATE_KEY, place, message)
                                .related(first, "the first one");
                        }
                        if let (Some(slot), Some(mark)) = (hours.week.get_mut(day), written.get_mut(day)) {
                            slot.clone_from(&ranges);
                            *mark = Some(day_key);
                        }
                    }
                }
            }
        }
        hours
    }

    fn closed_days(&mut self, node: NodeId) -> Vec<CalendarDay> {
        let nodes = match &self.reader.tree.node(node).data {
            Data::List(items) => items.clone(),
            _ => vec![node],
        };
        let mut days = Vec::new();
        for node in nodes {
            if let Some(text) = self.reader.scalar(node, "a closed day") {
                days.extend(self.calendar_day(&text, node));
            }
        }
        days
    }

    fn calendar_day(&mut self, text: &str, node: NodeId) -> Option<CalendarDay> {
        let day = parse_day(text);
        if day.is_none() {
            let place = self.reader.tree.place(node);
            self.reader
                .problems
                .error(code::BAD_TIME, place, format!("\"{}\" is not a day of the calendar", shown(text)))
                .hint("write month and day, 12-25, for every year, or 2027-05-03 for once");
        }
        day
    }

    fn ranges(&mut self, node: NodeId) -> Vec<OpenRange> {
        let nodes = match &self.reader.tree.node(node).data {
            Data::List(items) => items.clone(),
            _ => vec![node],
        };
        let mut ranges: Vec<OpenRange> = Vec::new();
        for node in nodes {
            let Some(text) = self.reader.scalar(node, "the opening hours") else { continue };
            if text.trim() == "closed" {
                continue;
            }
            for part in text.split(',') {
                match parse_range(part) {
                    Some(range) => ranges.push(range),
                    None => {
                        let place = self.spot(self.reader.tree.place(node), part.trim());
                        self.reader
                            .problems
                            .error(code::BAD_TIME, place, format!("\"{}\" is not a range of times", shown(part.trim())))
                            .hint("write 09:00-17:30, several with commas between them, or closed");
                    }
                }
            }
        }
        ranges.sort_by_key(|range| range.from);
        let overlap = ranges.windows(2).any(|pair| match pair {
            [first, second] => end(*first) > second.from,
            _ => false,
        });
        if overlap {
            let place = self.reader.tree.place(node);
            self.reader.problems.error(code::BAD_TIME, place, "these ranges of times overlap");
        }
        ranges
    }
}

/// The first closed minute, counted from the midnight before the range begins.
fn end(range: OpenRange) -> u16 {
    if range.to <= range.from { range.to + MINUTES_OF_DAY } else { range.to }
}

/// `mon`, `mon-fri`, `sat-mon`, `mon, wed`, `daily`.
fn week_days(text: &str) -> Option<Vec<usize>> {
    let index = |name: &str| DAYS.iter().position(|day| *day == name.trim().to_lowercase());
    if text.trim() == "daily" {
        return Some((0..7).collect());
    }
    let mut days = Vec::new();
    for part in text.split(',') {
        match part.split_once('-') {
            Some((from, to)) => {
                let (from, to) = (index(from)?, index(to)?);
                days.extend((from..from + 7).map(|day| day % 7).take((to + 7 - from) % 7 + 1));
            }
            None => days.push(index(part)?),
        }
    }
    Some(days)
}

fn parse_range(text: &str) -> Option<OpenRange> {
    let (from, to) = text.split_once(['-', '–'])?;
    let range = OpenRange { from: parse_minute(from)?, to: parse_minute(to)? };
    (range.from < MINUTES_OF_DAY && range.from != range.to).then_some(range)
}

fn parse_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "00"));
    let digits = |text: &str| (1..=2).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
    if !digits(hour) || !digits(minute) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= MINUTES_OF_DAY).then_some(total)
}

fn parse_day(text: &str) -> Option<CalendarDay> {
    let parts: Vec<&str> = text.trim().split('-').collect();
    let (year, month, day) = match parts.as_slice() {
        [month, day] => (None, *month, *day),
        [year, month, day] if year.len() == 4 => (Some(year.parse::<i16>().ok()?), *month, *day),
        _ => return None,
    };
    let (month, day): (i8, i8) = (month.parse().ok()?, day.parse().ok()?);
    // The 29th of February is a day of every year that has one.
    jiff::civil::Date::new(year.unwrap_or(2024), month, day).ok()?;
    Some(CalendarDay { year, month, day })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        for (text, days) in [
            ("mon", Some(vec![0])),
            ("mon-fri", Some(vec![0, 1, 2, 3, 4])),
            ("sat-mon", Some(vec![5, 6, 0])),
            ("Mon, wed", Some(vec![0, 2])),
            ("sun-sun", Some(vec![6])),
            ("daily", Some(vec![0, 1, 2, 3, 4, 5, 6])),
            ("someday", None),
        ] {
            assert_eq!(week_days(text), days, "{text}");
        }
    }

    #[test]
    fn ranges_may_pass_midnight_and_nothing_else_is_odd() {
        for (text, range) in [
            ("09:00-14:00", Some((540, 840))),
            (" 9-14 ", Some((540, 840))),
            ("12:00-02:00", Some((720, 120))),
            ("00:00-24:00", Some((0, 1440))),
            ("24:00-02:00", None),
            ("9:5-10:00", None),
            ("10:00-10:00", None),
            ("25:00-26:00", None),
            ("", None),
        ] {
            assert_eq!(parse_range(text).map(|range| (range.from, range.to)), range, "{text}");
        }
    }
}
