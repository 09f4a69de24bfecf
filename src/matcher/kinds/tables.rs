//! The tables of values in `fixtures/values/`, one for each language that ships: at a moment and in a zone, what a message
//! gives. A row with a fourth column is a known miss: what it gives, which is wrong, and what it should give.

use jiff::Timestamp;

use super::*;
use crate::time::Time;

const TABLES: [(&str, &str); 5] = [
    ("en", include_str!("../../../fixtures/values/en.tsv")),
    ("cy", include_str!("../../../fixtures/values/cy.tsv")),
    ("fil", include_str!("../../../fixtures/values/fil.tsv")),
    ("fa", include_str!("../../../fixtures/values/fa.tsv")),
    ("el", include_str!("../../../fixtures/values/el.tsv")),
];

/// Fewer rows than these are no table.
const ROWS_MIN: usize = 60;

const NAMES: [(&str, Kind); 9] = [
    ("date", Kind::Date),
    ("time", Kind::Time),
    ("number", Kind::Number),
    ("money", Kind::Money),
    ("phone", Kind::Phone),
    ("email", Kind::Email),
    ("url", Kind::Url),
    ("yes_no", Kind::YesNo),
    ("name", Kind::Name),
];

/// Where and when a row is read.
struct Place {
    moment: Moment,
    zone: TimeZone,
}

impl Place {
    /// `@ 2026-01-05T10:00:00Z Europe/London`, and another language than the table's if one follows.
    fn read(line: &str, language: &str) -> Self {
        let mut words = line.trim_start_matches('@').split_whitespace();
        let now: Timestamp = words.next().unwrap().parse().unwrap();
        let zone = TimeZone::get(words.next().unwrap()).unwrap();
        let language = Language::from(words.next().unwrap_or(language));
        Self { moment: Moment { now: Time(now.as_millisecond()), language }, zone }
    }

    fn values(&self, text: &str, kind: &str) -> Vec<Found> {
        let name = kind.trim_end_matches('?');
        let (_, asked) = NAMES.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no kind: {kind}"));
        let read = if kind.ends_with('?') { answer } else { find };
        read(text, asked, &self.moment, &self.zone)
    }
}

/// What a message gives, written as `expected` is: with the original text where that has it.
fn shown(found: &[Found], expected: &str) -> String {
    let one = |(index, found): (usize, &Found)| {
        let value = found.value.as_str().map_or_else(|| found.value.to_string(), str::to_owned);
        let wants_said =
            expected.split("; ").nth(index).is_none_or(|expected| expected == "-" || expected.contains(" = "));
        if wants_said && found.said != value { format!("{value} = {}", found.said) } else { value }
    };
    if found.is_empty() { String::from("-") } else { found.iter().enumerate().map(one).collect::<Vec<_>>().join("; ") }
}

fn check(language: &str) {
    let (_, table) = TABLES.iter().find(|(known, _)| *known == language).unwrap();
    let mut place = None;
    let mut wrong = Vec::new();
    let (mut rows, mut misses) = (0, 0);
    for (number, line) in (1..).zip(table.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('@') {
            place = Some(Place::read(line, language));
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        let (text, kind, expected) = match columns[..] {
            [text, kind, expected] => (text, kind, expected),
            [text, kind, expected, wanted] => {
                assert_ne!(expected, wanted, "{number}: this is no miss");
                misses += 1;
                (text, kind, expected)
            }
            _ => panic!("{language}.tsv:{number}: not a row: {line}"),
        };
        rows += 1;
        let found = place.as_ref().unwrap().values(text, kind);
        for value in &found {
            assert_eq!(text.get(value.range.0..value.range.1), Some(value.said.as_str()), "{number}: {line}");
        }
        let shown = shown(&found, expected);
        if shown != expected {
            wrong.push(format!("{language}.tsv:{number}: {text} [{kind}]\n    wanted {expected}\n    found  {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows - misses >= ROWS_MIN, "{language} has too few rows: {rows}");
    assert!(misses * 10 <= rows, "{language} has too many known misses: {misses} of {rows}");
}

#[test]
fn english_values() {
    check("en");
}

#[test]
fn welsh_values() {
    check("cy");
}

#[test]
fn filipino_values() {
    check("fil");
}

#[test]
fn persian_values() {
    check("fa");
}

#[test]
fn greek_values() {
    check("el");
}
