//! Numbers in digits of any script and in words. Whether `1.234` has a group or a fraction is the language's custom.

use serde_json::Value as Json;

use super::Reading;
use super::lexicon::{Lexicon, step};
use super::numeral;
use super::token::{Class, Token};
use crate::text::is_unspaced;

/// Digits a number may have; a longer run is a card or an account, not an amount.
const DIGITS_MAX: usize = 15;

/// Words before `one` that make it no number.
const NOT_BEFORE_ONE: [&str; 16] = [
    "this", "that", "which", "the", "no", "any", "some", "every", "another", "last", "first", "second", "next",
    "other", "new", "old",
];

/// A number at a place, as JSON.
pub(super) fn number(reading: &Reading<'_>, lexicon: &Lexicon, index: usize) -> Option<(Json, usize)> {
    let tokens = &reading.tokens;
    let negative = tokens[index].is_sign("-−")
        && tokens.get(index + 1).is_some_and(|next| next.class == Class::Digits && next.glued)
        && !tokens[index].glued;
    let start = index + usize::from(negative);
    if tokens.get(start)?.class == Class::Digits && !stands_alone(tokens, start, negative) {
        return None;
    }
    let in_words = || {
        let (value, end) = numeral::words(lexicon, tokens, start)?;
        counts(reading, lexicon, value, start..end).then(|| (value.to_string(), end))
    };
    let (plain, end) = match spaced(tokens, start).or_else(|| digits(lexicon, tokens, start)) {
        Some((plain, end)) => multiplied(lexicon, tokens, plain, end),
        None => in_words()?,
    };
    if tokens[end - 1].class == Class::Digits && !ends_well(lexicon, tokens, end) {
        return None;
    }
    let signed = if negative { format!("-{plain}") } else { plain };
    Some((json(&signed)?, end))
}

/// Digits with groups and a fraction, in plain form: `1234.5`.
pub(super) fn digits(lexicon: &Lexicon, tokens: &[Token], index: usize) -> Option<(String, usize)> {
    let mut groups = vec![tokens.get(index).filter(|token| token.class == Class::Digits)?.text.as_str()];
    let mut marks = Vec::new();
    let mut end = index + 1;
    while let [mark, group, ..] = tokens.get(end..)?
        && mark.glued
        && mark.is_sign(".,٬٫'’")
        && group.glued
        && group.class == Class::Digits
    {
        step();
        marks.push(mark.text.as_str());
        groups.push(&group.text);
        end += 2;
        if marks.len() > DIGITS_MAX {
            return None;
        }
    }
    if groups.iter().map(|group| group.len()).sum::<usize>() > DIGITS_MAX {
        return None;
    }
    let fraction = has_fraction(lexicon, &groups, &marks)?;
    let whole = groups.len() - usize::from(fraction);
    let grouped_well = groups[1..whole].iter().all(|group| group.len() == 3) && (whole == 1 || groups[0].len() <= 3);
    if !grouped_well {
        return None;
    }
    let integer = groups[..whole].concat();
    Some((if fraction { format!("{integer}.{}", groups[whole]) } else { integer }, end))
}

/// `1 234 567`: three groups or more, because two are as well two numbers.
fn spaced(tokens: &[Token], index: usize) -> Option<(String, usize)> {
    let group = |place: usize| tokens.get(place).filter(|token| token.class == Class::Digits).map(|token| &*token.text);
    let first = group(index).filter(|first| first.len() <= 3)?;
    let rest: Vec<&str> = (index + 1..index + 6)
        .map_while(|place| group(place).filter(|group| group.len() == 3 && !tokens[place].glued))
        .collect();
    let end = index + 1 + rest.len();
    (rest.len() >= 2 && group(end).is_none() && first != "0").then(|| (first.to_owned() + &rest.concat(), end))
}

/// `50 هزار`, `2 thousand`, `2k`.
fn multiplied(lexicon: &Lexicon, tokens: &[Token], plain: String, end: usize) -> (String, usize) {
    let kilo = tokens.get(end).filter(|next| next.glued && next.text == "k").map(|_| (1_000, end + 1));
    match kilo.or_else(|| numeral::multiplier(lexicon, tokens, end)) {
        Some((factor, end)) => (times(&plain, factor), end),
        None => (plain, end),
    }
}

/// A number in plain form times 100, 1,000 or 1,000,000, without an error of rounding.
pub(super) fn times(plain: &str, factor: u32) -> String {
    let (integer, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let places = factor.ilog10() as usize;
    let digits = format!("{integer}{fraction:0<places$}");
    let (whole, rest) = digits.split_at(integer.len() + places);
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
}

/// Whether the last group is a fraction; none if the marks make no number.
fn has_fraction(lexicon: &Lexicon, groups: &[&str], marks: &[&str]) -> Option<bool> {
    let [before @ .., last] = marks else { return Some(false) };
    let custom = if lexicon.language == "el" { "." } else { "," };
    match (*last, before) {
        ("٫", _) => Some(true),
        ("٬" | "'" | "’", _) => Some(false),
        (mark, []) => {
            let group = mark == custom && groups[1].len() == 3 && groups[0] != "0";
            Some(!group)
        }
        (mark, before) if before.iter().all(|other| *other == mark) => Some(false),
        (mark, before) => before.iter().all(|other| *other != mark).then_some(true),
    }
}

/// `1234.5` as a JSON number; whole where it is whole.
pub(super) fn json(plain: &str) -> Option<Json> {
    let short = if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.') } else { plain };
    match short.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => serde_json::Number::from_f64(short.parse().ok()?).map(Json::Number),
    }
}

/// Whether a number word is meant as a number: articles and "none" are such words in many languages.
fn counts(reading: &Reading<'_>, lexicon: &Lexicon, value: u32, place: std::ops::Range<usize>) -> bool {
    let alone = reading.words <= 2;
    let first = reading.tokens[place.start].text.as_str();
    let next = reading.tokens.get(place.end).map_or("", |next| &next.text);
    match (value, lexicon.language) {
        (0, _) => reading.words <= place.len() || ["zero", "nought", "sero", "μηδεν", "صفر"].contains(&first),
        (1, "en") => {
            let before = place.start.checked_sub(1).map_or("", |before| &reading.tokens[before].text);
            !NOT_BEFORE_ONE.contains(&before) && next != "of"
        }
        (1, "fil") => (alone || first == "isa" || first == "one") && next != "sa" && first != "isang",
        (1, _) => alone,
        // Nine and no are one word.
        (9, "fa") => place.len() > 1,
        _ => true,
    }
}

/// Whether digits begin a number, not the rest of a code, a date, a time or a telephone number.
fn stands_alone(tokens: &[Token], index: usize, negative: bool) -> bool {
    let token = &tokens[index];
    let before = |steps: usize| index.checked_sub(steps).and_then(|place| tokens.get(place));
    let Some(last) = before(1).filter(|_| token.glued && !negative) else { return true };
    match last.class {
        // Thai, Chinese and others write no blanks.
        Class::Word => last.text.chars().next_back().is_some_and(is_unspaced),
        Class::Digits => false,
        Class::Sign if last.is_sign("+@_") => false,
        Class::Sign => !(last.is_sign(":/-.,") && last.glued && before(2).is_some_and(|far| far.class != Class::Sign)),
    }
}

/// Whether nothing goes on behind digits that makes them something else.
fn ends_well(lexicon: &Lexicon, tokens: &[Token], end: usize) -> bool {
    let Some(next) = tokens.get(end).filter(|next| next.glued) else { return true };
    match next.class {
        Class::Word => {
            let marks_other =
                lexicon.ordinal_suffix.at(tokens, end).is_some() || lexicon.day_parts.at(tokens, end).is_some();
            let unspaced = next.text.chars().next().is_some_and(is_unspaced);
            unspaced || next.text.chars().count() <= 3 && !marks_other
        }
        Class::Digits => false,
        Class::Sign if next.is_sign("@_") => false,
        Class::Sign => {
            !(next.is_sign(":/-") && tokens.get(end + 1).is_some_and(|far| far.glued && far.class == Class::Digits))
        }
    }
}
