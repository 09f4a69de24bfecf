//! How to reach somebody: e-mail addresses, telephone numbers, web addresses. Their forms are the same in every language, so
//! they are found in the text itself, without words.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Reading;
use super::lexicon::{Lexicon, is_one_of, step};
use super::token::{Class, Token};
use crate::text::{fold, plain};

/// Digits that a telephone number has (E.164 allows fifteen).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Fewer digits without a sign or a blank are a telephone number only where one was asked for.
const PHONE_DIGITS_UNASKED: usize = 9;

/// What is longer than these is no telephone number, however it goes on.
const DIGITS_LOOKED_AT: usize = 24;
const TOKENS_LOOKED_AT: usize = 64;

/// So many signs and words may stand between "order" and its number.
const BETWEEN_MAX: usize = 4;

/// Endings that make a bare `name.ending` a web address.
const TOP_LEVELS: &str =
    "com|org|net|info|eu|gr|ir|uk|wales|cymru|ph|io|gov|edu|biz|app|dev|shop|me|co|de|fr|it|es|nl|us";

#[expect(clippy::expect_used, reason = "the patterns are constants; every test of this module compiles them")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}

/// E-mail addresses, the domain in lower case.
pub(super) fn emails(text: &str) -> Vec<(String, Range<usize>)> {
    static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"[\p{L}\p{N}_%+'\-]+(?:\.[\p{L}\p{N}_%+'\-]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}\-]*[\p{L}\p{N}])?\.)+\p{L}{2,24}",
        )
    });
    EMAIL
        .find_iter(text)
        .filter(|found| !text[..found.start()].ends_with(['.', '@']) && !text[found.end()..].starts_with('@'))
        .filter_map(|found| {
            let (local, domain) = found.as_str().rsplit_once('@')?;
            Some((format!("{}@{}", plain(local), domain.to_lowercase()), found.range()))
        })
        .collect()
}

/// Web addresses, with a scheme; the host in lower case.
pub(super) fn urls(text: &str) -> Vec<(String, Range<usize>)> {
    static URL: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            r"(?i)\bhttps?://[^\s<>«»“”]+|\bwww\.[^\s<>«»“”]+|\b(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+(?:{TOP_LEVELS})\b(?:/[^\s<>«»“”]*)?"
        ))
    });
    let emails = emails(text);
    let in_email = |found: &regex::Match<'_>| {
        let after = emails.partition_point(|(_, range)| range.end <= found.start());
        emails.get(after).is_some_and(|(_, range)| range.start < found.end())
    };
    // "2.io.1" is no address.
    let goes_on = |rest: &str| {
        rest.starts_with('@') || rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    };
    URL.find_iter(text)
        .filter(|found| !in_email(found))
        .filter(|found| !text[..found.start()].ends_with(['@', '/', '.']) && !goes_on(&text[found.end()..]))
        .filter_map(|found| {
            // The full stop of the sentence is not part of the address.
            let address =
                found.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '"', '؟', '،', '·']);
            let (scheme, rest) = match address.split_once("://") {
                Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
                None => (String::from("https"), address),
            };
            let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (host, path) = rest.split_at(host_end);
            let valid = host.contains('.') && !host.starts_with('.');
            valid.then(|| {
                (format!("{scheme}://{}{path}", host.to_lowercase()), found.start()..found.start() + address.len())
            })
        })
        .collect()
}

/// An address in the reply to a question for one: with blanks in it, or with its signs in words, as in "anna at example dot com".
pub(super) fn spoken_email(reading: &Reading<'_>) -> Option<(String, Range<usize>)> {
    static PIECE: LazyLock<Regex> = LazyLock::new(|| regex(r"[\p{L}\p{N}_%+'\-]+|\S"));
    let is = |list: fn(&Lexicon) -> &BTreeSet<String>, piece: &str| {
        reading.lexicons.iter().any(|lexicon| list(lexicon).contains(&fold(piece)))
    };
    let pieces: Vec<(&str, Range<usize>)> = PIECE
        .find_iter(reading.text)
        .filter(|found| !matches!(found.as_str(), "(" | ")" | "[" | "]"))
        .map(|found| (found.as_str(), found.range()))
        .collect();
    let sign = |place: usize| {
        let (piece, _) = pieces.get(place)?;
        match *piece {
            "@" | "＠" => Some('@'),
            "." => Some('.'),
            piece if is(|lexicon| &lexicon.email_at, piece) => Some('@'),
            piece if is(|lexicon| &lexicon.email_dot, piece) => Some('.'),
            _ => None,
        }
    };
    let is_word = |place: usize| {
        pieces.get(place).is_some_and(|(piece, _)| piece.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
            && sign(place).is_none()
    };
    let mut signs = (0..pieces.len()).filter(|place| sign(*place) == Some('@'));
    let at = signs.next().filter(|_| signs.next().is_none())?;
    let mut first = at.checked_sub(1).filter(|place| is_word(*place))?;
    while first >= 2 && sign(first - 1) == Some('.') && is_word(first - 2) {
        first -= 2;
    }
    let mut last = at + 1;
    while sign(last + 1) == Some('.') && is_word(last + 2) {
        last += 2;
    }
    let top = pieces.get(last).filter(|_| last > at + 1 && is_word(at + 1))?.0;
    let local: String = (first..at).map(|place| sign(place).map_or(pieces[place].0.into(), String::from)).collect();
    let domain: String =
        (at + 1..=last).map(|place| sign(place).map_or(pieces[place].0.to_lowercase(), String::from)).collect();
    let valid = top.chars().all(char::is_alphabetic) && (2..=24).contains(&top.chars().count());
    valid.then(|| (format!("{}@{}", plain(&local), plain(&domain)), pieces[first].1.start..pieces[last].1.end))
}

/// Telephone numbers: digits of any script with what people write between them. `00` at the beginning is `+`; no country is
/// guessed.
pub(super) fn phones(reading: &Reading<'_>) -> Vec<(String, Range<usize>)> {
    let tokens = &reading.tokens;
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        match phone(tokens, index).filter(|(number, end)| is_meant(reading, number, index..*end)) {
            Some((number, end)) => {
                found.push((number, tokens[index].range.start..tokens[end - 1].range.end));
                index = end;
            }
            None => index += 1,
        }
    }
    found
}

/// Whether digits are meant as a telephone number where nobody asked for one: not the number of an order, and not just some
/// digits in a row.
fn is_meant(reading: &Reading<'_>, number: &str, place: Range<usize>) -> bool {
    if reading.answering || number.starts_with('+') {
        return true;
    }
    let tokens = &reading.tokens;
    let sign = |place: usize| tokens.get(place).is_some_and(|token| token.is_sign(".:#№"));
    // "order no. 123", "order: #123", "order number is 123"
    let mut before = place.start;
    while before > 0
        && before + BETWEEN_MAX > place.start
        && (sign(before - 1) || is_one_of(&tokens[before - 1].text, &["is", "είναι", "yw", "ay"]))
    {
        before -= 1;
    }
    let numbered = place.start > 0 && tokens[place.start - 1].is_sign("#№");
    let named = reading.lexicons.iter().any(|lexicon| lexicon.identifiers.before(tokens, before).is_some());
    let in_groups = place.len() > 1;
    let bare = number.len() < PHONE_DIGITS_UNASKED && !number.starts_with('0') && !in_groups;
    !(numbered || named || bare)
}

fn phone(tokens: &[Token], start: usize) -> Option<(String, usize)> {
    let first = &tokens[start];
    let before = start.checked_sub(1).map(|before| &tokens[before]);
    if first.glued && before.is_some_and(|before| !before.is_sign("(:،") && !before.is_sign("\"'")) {
        return None;
    }
    // The rest of a row that is too long, such as a card's number, is no number of its own.
    if before.is_some_and(|before| before.class == Class::Digits) {
        return None;
    }
    let mut digits = String::new();
    let mut groups = Vec::new();
    let mut marks = String::new();
    let mut end = start;
    let mut index = start;
    while let Some(token) = tokens.get(index) {
        step();
        if digits.len() > DIGITS_LOOKED_AT || index > start + TOKENS_LOOKED_AT {
            return None;
        }
        if let Some(run) = (token.class == Class::Digits).then_some(token.text.as_str()) {
            // "+44 (0)20": the nought is for callers inside the country.
            let inner_nought = run == "0" && digits.starts_with('+') && index > start && tokens[index - 1].is_sign("(");
            if !inner_nought {
                digits.push_str(run);
            }
            groups.push(run.len());
            end = index + 1;
        } else if index == start && token.is_sign("+＋") {
            digits.push('+');
        } else if token.is_sign("()-–.") {
            marks.push_str(&token.text);
        } else {
            break;
        }
        index += 1;
    }
    // A bracket that closes what was opened belongs to the number only between digits, which `end` has seen to.
    if first.is_sign("()-–.") && !first.is_sign("(") {
        return None;
    }
    if tokens
        .get(end)
        .is_some_and(|next| next.glued && (next.is_word() || (next.is_sign("@/:") && goes_on(tokens, end))))
    {
        return None;
    }
    let international = digits.strip_prefix("00").map(|rest| format!("+{rest}"));
    let number = international.unwrap_or(digits);
    let count = number.bytes().filter(u8::is_ascii_digit).count();
    if !PHONE_DIGITS.contains(&count) || number[1..].contains('+') {
        return None;
    }
    // A date may be followed by a time.
    let date = groups.starts_with(&[4, 2, 2]) && marks.starts_with("--")
        || matches!(groups[..], [1..=2, 1..=2, 4, ..]) && (marks.starts_with("..") || marks.starts_with("--"));
    let amount = groups.len() > 1
        && marks.len() == groups.len() - 1
        && marks.bytes().all(|mark| mark == b'.')
        && groups[1..].iter().all(|group| *group == 3);
    (!date && !amount).then_some((number, end))
}

fn goes_on(tokens: &[Token], sign: usize) -> bool {
    tokens.get(sign + 1).is_some_and(|next| next.glued)
}
