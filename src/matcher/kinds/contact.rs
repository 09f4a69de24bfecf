//! How to reach somebody: e-mail addresses, telephone numbers, web addresses. Their forms are the same in every language, so
//! they are found in the text itself, without words.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::token::{Class, Token};
use crate::text::plain;

/// Digits that a telephone number has (E.164 allows fifteen).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

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
    URL.find_iter(text)
        .filter(|found| !emails.iter().any(|(_, range)| range.start < found.end() && found.start() < range.end))
        .filter(|found| !text[..found.start()].ends_with(['@', '/', '.']) && !text[found.end()..].starts_with('@'))
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

/// Telephone numbers: digits of any script with what people write between them. `00` at the beginning is `+`; no country is
/// guessed.
pub(super) fn phones(tokens: &[Token]) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        match phone(tokens, index) {
            Some((number, end)) => {
                found.push((number, tokens[index].range.start..tokens[end - 1].range.end));
                index = end;
            }
            None => index += 1,
        }
    }
    found
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
    let date = groups == [4, 2, 2] && marks == "--"
        || matches!(groups[..], [1..=2, 1..=2, 4]) && matches!(&*marks, ".." | "--");
    let amount = groups.len() > 1
        && marks.len() == groups.len() - 1
        && marks.bytes().all(|mark| mark == b'.')
        && groups[1..].iter().all(|group| *group == 3);
    (!date && !amount).then_some((number, end))
}

fn goes_on(tokens: &[Token], sign: usize) -> bool {
    tokens.get(sign + 1).is_some_and(|next| next.glued)
}
