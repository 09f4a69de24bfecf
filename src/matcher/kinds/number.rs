//! Numbers in digits of any script and in words from nought to some hundreds. Whether `1.234` has a group or a fraction is the
//! language's custom.

use serde_json::Value as Json;

use super::Reading;
use super::lexicon::Lexicon;
use super::token::{Class, Token};

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
    let (plain, end) = digits(lexicon, tokens, start).or_else(|| {
        let (value, end) = words(lexicon, tokens, start)?;
        counts(reading, lexicon, value, start..end).then(|| (value.to_string(), end))
    })?;
    if tokens[start].class == Class::Digits && !ends_well(lexicon, tokens, end) {
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
        marks.push(mark.text.as_str());
        groups.push(&group.text);
        end += 2;
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

/// A number in words: `twenty-one`, `بیست و یک`, `two hundred`.
pub(super) fn words(lexicon: &Lexicon, tokens: &[Token], index: usize) -> Option<(u32, usize)> {
    let (value, end) = lexicon.numbers.at(tokens, index).or_else(|| ten_with_ending(lexicon, tokens, index))?;
    let one = |from: usize| lexicon.numbers.at(tokens, from).filter(|(one, _)| (1..10).contains(one));
    if (20..100).contains(&value) && value % 10 == 0 {
        let joined = lexicon.joiners.at(tokens, end).and_then(|((), after)| one(after));
        if let Some((one, end)) = joined.or_else(|| one(end)) {
            return Some((value + one, end));
        }
    }
    if (2..10).contains(&value)
        && let Some((100, end)) = lexicon.numbers.at(tokens, end)
    {
        return Some((value * 100, end));
    }
    Some((value, end))
}

/// Filipino writes the joiner onto the ten: `dalawampu't isa`.
fn ten_with_ending(lexicon: &Lexicon, tokens: &[Token], index: usize) -> Option<(u32, usize)> {
    let token = tokens.get(index).filter(|token| token.is_word() && lexicon.language == "fil")?;
    let ten = Token { text: token.text.strip_suffix('t')?.to_owned(), ..token.clone() };
    lexicon.numbers.at(&[ten], 0).filter(|(value, _)| *value >= 20).map(|(value, _)| (value, index + 1))
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
    let short = reading.words <= 2;
    let first = &reading.tokens[place.start].text;
    match (value, lexicon.language) {
        (0, _) => short || ["zero", "nought", "sero", "μηδεν", "صفر"].contains(&first.as_str()),
        (1, "en") => {
            let before = place.start.checked_sub(1).map_or("", |before| &reading.tokens[before].text);
            !NOT_BEFORE_ONE.contains(&before)
        }
        (1, "fil") => short || first == "isa" || first == "one",
        (1, _) => short,
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
        Class::Word | Class::Digits => false,
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
            next.text.chars().count() <= 3 && !marks_other
        }
        Class::Digits => false,
        Class::Sign if next.is_sign("@_") => false,
        Class::Sign => {
            !(next.is_sign(":/-") && tokens.get(end + 1).is_some_and(|far| far.glued && far.class == Class::Digits))
        }
    }
}
