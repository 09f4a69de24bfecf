//! Tables of moments: `wall time in Athens | expected`.

use jiff::civil::{DateTime, date};

use super::*;
use crate::flow::At;
use crate::id::HoursName;

fn ranges(text: &str) -> Vec<OpenRange> {
    let minutes = |clock: &str| {
        let (hour, minute) = clock.split_once(':').unwrap();
        hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
    };
    text.split_whitespace()
        .map(|range| range.split_once('-').unwrap())
        .map(|(from, to)| OpenRange { from: minutes(from), to: minutes(to) })
        .collect()
}

fn yearly(month: i8, day: i8) -> CalendarDay {
    CalendarDay { year: None, month, day }
}

fn timetable(week: [&str; 7]) -> Hours {
    Hours {
        held_open: false,
        name: HoursName::from("test"),
        week: week.map(ranges),
        closed: vec![yearly(12, 25), CalendarDay { year: Some(2026), month: 11, day: 26 }],
        special: vec![(yearly(12, 24), ranges("09:00-12:00"))],
        at: At { file: "bot.yaml".into(), line: 1, column: 1 },
    }
}

const CLINIC: [&str; 7] =
    ["09:00-14:00 17:00-21:00", "09:00-14:00", "09:00-14:00", "09:00-14:00", "09:00-14:00", "09:00-13:00", ""];
const BAR: [&str; 7] = ["", "", "", "", "20:00-03:30", "12:00-02:00", ""];
const ALWAYS: [&str; 7] = ["00:00-24:00"; 7];

fn athens() -> TimeZone {
    TimeZone::get("Europe/Athens").unwrap()
}

/// The moment of a wall time; `+` after it means the second one of two.
fn moment(text: &str) -> Time {
    let wall: DateTime = text.trim_end_matches('+').parse().unwrap();
    let ambiguous = athens().to_ambiguous_timestamp(wall);
    let picked = if text.ends_with('+') { ambiguous.later() } else { ambiguous.compatible() };
    picked.unwrap().into()
}

fn shown(at: Option<Time>) -> String {
    at.map_or_else(
        || String::from("-"),
        |at| athens().to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

#[test]
fn a_moment_is_open_or_not() {
    for (week, at, expected) in [
        (CLINIC, "2026-11-23 08:59", false),
        (CLINIC, "2026-11-23 09:00", true),
        (CLINIC, "2026-11-23 13:59", true),
        (CLINIC, "2026-11-23 14:00", false),
        (CLINIC, "2026-11-23 17:00", true),
        (CLINIC, "2026-11-24 17:00", false),
        (CLINIC, "2026-11-29 10:00", false),
        // A day closed once, and the same day a year later.
        (CLINIC, "2026-11-26 10:00", false),
        (CLINIC, "2027-11-26 10:00", true),
        (CLINIC, "2026-12-25 10:00", false),
        (CLINIC, "2029-12-25 10:00", false),
        (CLINIC, "2026-12-24 11:59", true),
        (CLINIC, "2026-12-24 12:00", false),
        // Past midnight.
        (BAR, "2026-11-27 23:59", true),
        (BAR, "2026-11-28 03:29", true),
        (BAR, "2026-11-28 03:30", false),
        (BAR, "2026-11-29 01:59", true),
        (BAR, "2026-11-29 02:00", false),
        (BAR, "2026-11-29 12:00", false),
        // 24 December 2027 is a Friday with hours of its own, so nothing runs past midnight into Christmas.
        (BAR, "2027-12-25 01:00", false),
        (ALWAYS, "2026-11-29 00:00", true),
        (ALWAYS, "2026-11-29 23:59", true),
    ] {
        assert_eq!(timetable(week).is_open(&athens(), moment(at)), expected, "{at}");
    }
}

#[test]
fn the_next_opening_is_found() {
    for (week, from, expected) in [
        (CLINIC, "2026-11-23 08:00", "2026-11-23 09:00"),
        (CLINIC, "2026-11-23 10:00", "2026-11-23 10:00"),
        (CLINIC, "2026-11-23 15:00", "2026-11-23 17:00"),
        (CLINIC, "2026-11-25 20:00", "2026-11-27 09:00"),
        (CLINIC, "2026-11-28 20:00", "2026-11-30 09:00"),
        (CLINIC, "2026-12-24 12:00", "2026-12-26 09:00"),
        (BAR, "2026-11-29 02:00", "2026-12-04 20:00"),
        (BAR, "2026-11-28 01:00", "2026-11-28 01:00"),
        ([""; 7], "2026-11-23 08:00", "2026-12-24 09:00"),
    ] {
        assert_eq!(shown(timetable(week).opens_at(&athens(), moment(from))), expected, "{from}");
    }
    let never = Hours { special: vec![], ..timetable([""; 7]) };
    assert_eq!(never.opens_at(&athens(), moment("2026-11-23 08:00")), None);
}

#[test]
fn the_closing_is_found() {
    for (week, from, expected) in [
        (CLINIC, "2026-11-23 09:00", "2026-11-23 14:00"),
        (CLINIC, "2026-11-23 15:00", "-"),
        (CLINIC, "2026-12-24 10:00", "2026-12-24 12:00"),
        (BAR, "2026-11-27 21:00", "2026-11-28 03:30"),
        (BAR, "2026-11-29 01:00", "2026-11-29 02:00"),
        // Open day and night until the day that is closed.
        (ALWAYS, "2026-11-23 12:00", "2026-11-26 00:00"),
    ] {
        assert_eq!(shown(timetable(week).closes_at(&athens(), moment(from))), expected, "{from}");
    }
    let always = Hours { closed: vec![], special: vec![], ..timetable(ALWAYS) };
    assert_eq!(always.closes_at(&athens(), moment("2026-11-23 08:00")), None);
}

/// On 29 March 2026 the clocks go from 03:00 to 04:00, on 25 October 2026 from 04:00 to 03:00.
#[test]
fn changing_clocks_shift_nothing() {
    let night =
        Hours { closed: vec![], special: vec![], ..timetable(["", "", "", "", "", "22:00-03:30", "03:30-05:00"]) };
    for (at, expected) in [
        // 03:30 does not exist: closing and opening fall on the jump.
        ("2026-03-29 02:59", true),
        ("2026-03-29 04:00", true),
        ("2026-03-29 04:59", true),
        ("2026-03-29 05:00", false),
        // 03:15 comes twice: open in both; 03:30 to 04:00 the first time is before the last closing.
        ("2026-10-25 03:15", true),
        ("2026-10-25 03:15+", true),
        ("2026-10-25 03:45+", true),
        ("2026-10-25 05:00", false),
    ] {
        assert_eq!(night.is_open(&athens(), moment(at)), expected, "{at}");
    }
    let early = Hours { closed: vec![], special: vec![], ..timetable(["", "", "", "", "", "", "03:30-05:00"]) };
    assert_eq!(early.opens_at(&athens(), moment("2026-03-29 00:00")), Some(moment("2026-03-29 04:00")));
    assert_eq!(early.opens_at(&athens(), moment("2026-10-25 00:00")), Some(moment("2026-10-25 03:30")));
    assert_eq!(early.closes_at(&athens(), moment("2026-10-25 03:30")), Some(moment("2026-10-25 05:00")));
    // Ordinary hours of such a day are ordinary.
    let shop = Hours { closed: vec![], special: vec![], ..timetable(["09:00-17:00"; 7]) };
    assert_eq!(shop.closes_at(&athens(), moment("2026-03-29 09:00")), Some(moment("2026-03-29 17:00")));
}

#[test]
fn a_day_is_open_if_a_range_begins_on_it() {
    assert!(timetable(BAR).is_open_on(date(2026, 11, 28)));
    assert!(!timetable(BAR).is_open_on(date(2026, 11, 29)));
    assert!(!timetable(CLINIC).is_open_on(date(2026, 11, 26)));
    assert!(timetable(CLINIC).is_open_on(date(2026, 12, 24)));
}
