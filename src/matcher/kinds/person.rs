//! A person's name, as typed: the answer to "your name?" without what people put before it, or what follows "my name is" in a
//! longer message. There is no list of names; so what is clearly something else is refused.

use std::ops::Range;

use super::Reading;
use super::lexicon::{Lexicon, is_one_of, spoken};
use super::token::{Class, Token};

/// Words that a name may have.
const WORDS_MAX: usize = 6;

/// Characters that a name may have.
const CHARS_MAX: usize = 80;

/// Phrases that say "my name is" and nothing else, so that they count in the middle of a message.
const PLAIN_BEFORE: [&str; 12] = [
    "my name is",
    "my name's",
    "the name is",
    "με λένε",
    "ονομάζομαι",
    "το όνομά μου είναι",
    "اسم من",
    "نام من",
    "fy enw i yw",
    "fy enw i ydy",
    "ang pangalan ko ay",
    "ang pangalan ko po ay",
];

/// Words of questions and requests, which no name has.
const NO_NAME: [&str; 78] = [
    "what",
    "why",
    "how",
    "when",
    "where",
    "who",
    "which",
    "want",
    "need",
    "would",
    "could",
    "can",
    "cannot",
    "cant",
    "do",
    "dont",
    "does",
    "please",
    "help",
    "not",
    "know",
    "tell",
    "later",
    "person",
    "human",
    "agent",
    "booking",
    "appointment",
    "order",
    "the",
    "your",
    "you",
    "we",
    "they",
    "nothing",
    "none",
    "skip",
    "rather",
    "say",
    "looking",
    "problem",
    "question",
    "τι",
    "γιατί",
    "πώς",
    "πότε",
    "πού",
    "ποιος",
    "θέλω",
    "μπορώ",
    "δεν",
    "παρακαλώ",
    "βοήθεια",
    "ραντεβού",
    "μου",
    "σας",
    "چرا",
    "چی",
    "چه",
    "چطور",
    "کجا",
    "می‌خواهم",
    "می‌خوام",
    "لطفا",
    "کمک",
    "ano",
    "bakit",
    "paano",
    "kailan",
    "gusto",
    "tulong",
    "beth",
    "pam",
    "sut",
    "pryd",
    "eisiau",
    "helpu",
    "apwyntiad",
];

/// Words of thanks and courtesy around a name.
const COURTESY: [&str; 14] = [
    "thanks",
    "thank",
    "please",
    "pls",
    "here",
    "hi",
    "hello",
    "sir",
    "po",
    "ευχαριστώ",
    "γεια",
    "هستم",
    "ممنون",
    "diolch",
];

/// The name that an answer consists of.
pub(super) fn answer(reading: &Reading<'_>) -> Option<Range<usize>> {
    let tokens = &reading.tokens;
    let mut start = 0;
    let mut end = tokens.len();
    let courtesy = |token: &Token| token.class == Class::Sign || is_one_of(&token.text, &COURTESY);
    loop {
        while start < end && courtesy(&tokens[start]) {
            start += 1;
        }
        match reading
            .lexicons
            .iter()
            .filter_map(|lexicon| lexicon.name_before.at(tokens, start))
            .map(|((), end)| end)
            .max()
        {
            // Somebody may be called "Si" or "Enw"; what stands before a name is only so if a name follows.
            Some(after) if after < end && after > start => start = after,
            _ => break,
        }
    }
    while end > start && courtesy(&tokens[end - 1]) && !is_initial(tokens, end - 1) {
        end -= 1;
    }
    let name = tokens.get(start..end).filter(|name| !name.is_empty())?;
    is_name(reading, name).then(|| name[0].range.start..name[name.len() - 1].range.end)
}

/// Names after "my name is" anywhere in a message.
pub(super) fn mentioned(reading: &Reading<'_>, lexicon: &Lexicon, index: usize) -> Option<(Range<usize>, usize)> {
    let tokens = &reading.tokens;
    let ((), start) = lexicon.name_before.at(tokens, index)?;
    if !is_one_of(&spoken(&tokens[index..start]), &PLAIN_BEFORE) {
        return None;
    }
    let capital = |token: &Token| reading.text[token.range.clone()].chars().next().is_some_and(char::is_uppercase);
    let cased = |token: &Token| reading.text[token.range.clone()].chars().any(|c| c.is_lowercase() || c.is_uppercase());
    let is_cased = tokens.get(start).is_some_and(cased);
    let limit = if is_cased { 4 } else { 2 };
    let mut end = start;
    while let Some(token) = tokens.get(end)
        && token.is_word()
        && end < start + limit
        && (!is_cased || capital(token) || end == start)
        && !is_one_of(&token.text, &COURTESY)
    {
        end += 1;
    }
    let name = tokens.get(start..end).filter(|name| !name.is_empty())?;
    is_name(reading, name).then(|| (name[0].range.start..name[name.len() - 1].range.end, end))
}

fn is_name(reading: &Reading<'_>, name: &[Token]) -> bool {
    let text = &reading.text[name[0].range.start..name[name.len() - 1].range.end];
    let words = name.iter().filter(|token| token.is_word()).count();
    let letters = text.chars().filter(|character| character.is_alphabetic()).count();
    let said = spoken(name);
    (1..=WORDS_MAX).contains(&words)
        && letters >= 2
        && text.chars().count() <= CHARS_MAX
        && name.iter().all(|token| token.is_word() || token.is_sign(".-'’·"))
        && !name.iter().any(|token| token.is_word() && is_one_of(&token.text, &NO_NAME))
        && !reading.lexicons.iter().any(|lexicon| lexicon.yes.contains(&said) || lexicon.no.contains(&said))
        && !reading.text.contains(['?', '؟', ';'])
}

/// Whether a full stop belongs to a letter, as in `J. R.`
fn is_initial(tokens: &[Token], index: usize) -> bool {
    tokens[index].is_sign(".")
        && index
            .checked_sub(1)
            .is_some_and(|before| tokens[before].is_word() && tokens[before].text.chars().count() == 1)
}
