//! Tables of messages in `rows/`: `language | message | value = said; …`. A line that begins with `?` is the reply to a
//! question. It is Monday 23 November 2026, 10:00 in Athens.

use proptest::prelude::*;

use super::*;
use crate::time::Time;

fn moment(language: &str) -> Moment {
    Moment { now: Time(1_795_420_800_000), language: Language::from(language) }
}

fn athens() -> TimeZone {
    TimeZone::get("Europe/Athens").unwrap()
}

/// Reads a table and reports every row that differs, so that one run shows all.
#[track_caller]
fn check(kind: &Kind, table: &str) {
    let mut wrong = Vec::new();
    let mut counts = std::collections::BTreeMap::<&str, u32>::new();
    for line in table.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let [language, message, expected] = line.splitn(3, '|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("not a row: {line}");
        };
        let asked = language.starts_with('?');
        let language = language.trim_start_matches(['?', ' ']);
        *counts.entry(language).or_default() += 1;
        let found = if asked {
            answer(message, kind, &moment(language), &athens())
        } else {
            find(message, kind, &moment(language), &athens())
        };
        let shown: Vec<String> = found
            .iter()
            .map(|found| {
                assert_eq!(&message[found.range.0..found.range.1], found.said, "{line}");
                let value = found.value.as_str().map_or_else(|| found.value.to_string(), str::to_owned);
                if found.said == value { value } else { format!("{value} = {}", found.said) }
            })
            .collect();
        if shown.join("; ") != expected {
            wrong.push(format!("{line}\n    found: {}", shown.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
    if matches!(kind, Kind::Date | Kind::Time | Kind::Number) {
        for language in SHIPPED {
            assert!(counts.get(language).is_some_and(|count| *count >= 15), "{language} has too few rows: {counts:?}");
        }
    }
}

#[test]
fn dates() {
    check(&Kind::Date, include_str!("rows/date.txt"));
}

#[test]
fn times() {
    check(&Kind::Time, include_str!("rows/time.txt"));
}

#[test]
fn numbers() {
    check(&Kind::Number, include_str!("rows/number.txt"));
}

#[test]
fn amounts_of_money() {
    check(&Kind::Money, include_str!("rows/money.txt"));
}

#[test]
fn telephone_numbers() {
    check(&Kind::Phone, include_str!("rows/phone.txt"));
}

#[test]
fn addresses() {
    check(&Kind::Email, include_str!("rows/email.txt"));
    check(&Kind::Url, include_str!("rows/url.txt"));
}

#[test]
fn names() {
    check(&Kind::Name, include_str!("rows/name.txt"));
}

#[test]
fn yes_and_no() {
    check(&Kind::YesNo, include_str!("rows/yes_no.txt"));
}

#[test]
fn any_text_is_text_when_asked() {
    let found = answer("  hello there ", &Kind::Text, &moment("en"), &athens());
    assert_eq!((found[0].said.as_str(), found[0].range), ("hello there", (2, 13)));
    assert!(find("hello", &Kind::Text, &moment("en"), &athens()).is_empty());
}

const KINDS: [Kind; 10] = [
    Kind::Text,
    Kind::YesNo,
    Kind::Name,
    Kind::Email,
    Kind::Phone,
    Kind::Number,
    Kind::Date,
    Kind::Time,
    Kind::Money,
    Kind::Url,
];

/// Pieces that recognisers look at, so that random texts reach deep into them.
fn pieces(most: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,6}",
        prop::sample::select(vec![
            "24",
            "11",
            "2026",
            "1405",
            "5",
            "30",
            "99999999999",
            "٣",
            "۱۴",
            "/",
            ".",
            "-",
            ":",
            ",",
            "+",
            "(",
            ")",
            "@",
            "€",
            "%",
            "'",
            "pm",
            "p.m.",
            "o'clock",
            "half past",
            "to",
            "past",
            "at",
            "in",
            "ago",
            "days",
            "week",
            "next",
            "the",
            "of",
            "th",
            "friday",
            "november",
            "may",
            "twenty",
            "one",
            "hundred",
            "thousand",
            "my name is",
            "Maria",
            "στις",
            "και",
            "μισή",
            "Νοεμβρίου",
            "ساعت",
            "و نیم",
            "آذر",
            "دیگر",
            "روز",
            "alas",
            "ika-",
            "y medya",
            "dydd",
            "o'r gloch",
            "wedi",
            "i",
            "www.",
            "https://",
            "a@b.example",
            ".com",
            "\u{200c}",
            "\u{200f}",
            "\u{301}",
            " ",
            "\n",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec((piece, prop::bool::ANY), 0..most)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, blank)| if blank { piece + " " } else { piece }).collect())
}

/// Reads a text for every kind in both ways and checks what was found.
fn read_all(text: &str, language: &str) -> Result<(), TestCaseError> {
    for kind in &KINDS {
        for found in [find(text, kind, &moment(language), &athens()), answer(text, kind, &moment(language), &athens())]
        {
            let mut end = 0;
            for value in found {
                prop_assert!(value.range.0 >= end && value.range.0 < value.range.1, "{:?}", value);
                prop_assert_eq!(text.get(value.range.0..value.range.1), Some(value.said.as_str()));
                end = value.range.1;
            }
        }
    }
    Ok(())
}

/// The longest message that the dialog lets through.
const CHARS_MAX: usize = 4_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_panics_and_every_range_is_of_the_text(text in pieces(12), language in 0..5_usize) {
        read_all(&text, SHIPPED[language])?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_long_text_panics(text in pieces(1_200), any in "\\PC{0,400}", language in 0..5_usize) {
        let text: String = text.chars().chain(any.chars()).take(CHARS_MAX).collect();
        read_all(&text, SHIPPED[language])?;
    }
}

/// Pieces that make readers look far, each with the language in which it does.
const STICKY: [(&str, &str); 46] = [
    ("en", "1-"),
    ("en", "1,"),
    ("en", "1."),
    ("en", "1:"),
    ("en", "1/"),
    ("en", "+1 "),
    ("en", "1 "),
    ("en", "123 "),
    ("en", "123,"),
    ("en", "(1)"),
    ("en", "a."),
    ("en", "a@"),
    ("en", "a@b."),
    ("en", "x.com "),
    ("en", "5 to "),
    ("en", "half past "),
    ("en", "twenty "),
    ("en", "hundred and "),
    ("en", "thousand "),
    ("en", "a dozen "),
    ("cy", "mil "),
    ("cy", "ar hugain "),
    ("cy", "un ar ddeg "),
    ("fil", "libo't "),
    ("fil", "alas singko "),
    ("fil", "ika-"),
    ("fa", "هزار و "),
    ("fa", "ساعت "),
    ("el", "εκατό "),
    ("el", "στις 5 έως "),
    ("en", "next "),
    ("en", "monday "),
    ("en", "next week "),
    ("en", "end of "),
    ("en", "the "),
    ("en", "of the "),
    ("en", "in a "),
    ("en", "5 May "),
    ("en", "5-7 "),
    ("en", "May "),
    ("en", "at 5 "),
    ("en", "my name is A "),
    ("en", "order : "),
    ("en", "£5 "),
    ("en", "dot "),
    ("en", "yes, "),
];

#[test]
fn the_steps_of_reading_grow_with_the_text_and_no_faster() {
    let mut steep = Vec::new();
    for (language, piece) in STICKY {
        let steps = |chars: usize| {
            let text: String = piece.chars().cycle().take(chars).collect();
            let before = lexicon::tests_steps::STEPS.with(std::cell::Cell::get);
            let mut reading = Reading::of(&text, &moment(language), &athens());
            for answering in [false, true] {
                reading.answering = answering;
                for kind in &KINDS {
                    reading.find(kind);
                }
            }
            lexicon::tests_steps::STEPS.with(std::cell::Cell::get) - before
        };
        let (half, whole) = (steps(400), steps(800));
        if whole > half * 2 + half / 10 + 200 {
            steep.push(format!("{language}: {piece:?} takes {half} steps, and {whole} for twice the text"));
        }
    }
    assert!(steep.is_empty(), "{}", steep.join("\n"));
}
