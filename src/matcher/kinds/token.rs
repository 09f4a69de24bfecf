//! A message cut for the recognisers: words, runs of digits and single signs, with their places. Other than the matcher's words
//! it keeps signs, because `24.11.` and `5:30` live from them, and parts digits from letters, because `5pm` has both.

use std::ops::Range;

use crate::text::{fold, plain};

/// One piece of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) class: Class,
    /// A word folded, digits as ASCII, a sign as it is.
    pub(super) text: String,
    /// Bytes of the message.
    pub(super) range: Range<usize>,
    /// Whether nothing stands between it and the piece before.
    pub(super) glued: bool,
}

/// Kinds of pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Word,
    Digits,
    Sign,
}

impl Token {
    pub(super) fn is_sign(&self, signs: &str) -> bool {
        self.class == Class::Sign && signs.contains(self.text.as_str())
    }

    pub(super) fn is_word(&self) -> bool {
        self.class == Class::Word
    }

    /// The value of up to nine digits.
    pub(super) fn digits(&self) -> Option<u32> {
        if self.class == Class::Digits && self.text.len() <= 9 { self.text.parse().ok() } else { None }
    }
}

/// Cuts a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut start = 0;
    let mut open = None::<Class>;
    let mut glued = false;
    let mut ends_at = 0;
    let mut close = |class: Option<Class>, range: Range<usize>, glued: bool| {
        if let Some(class) = class {
            let piece = &text[range.clone()];
            let text = match class {
                Class::Word => fold(piece),
                // Direction marks may stand among digits, and are none.
                Class::Digits => plain(piece).chars().filter(char::is_ascii_digit).collect(),
                Class::Sign => plain(piece).into_owned(),
            };
            tokens.push(Token { class, text, range, glued });
        }
    };
    for (at, character) in text.char_indices() {
        let class = class_of(character, open, &text[at + character.len_utf8()..]);
        if class == open && class.is_some_and(|class| class != Class::Sign) {
            ends_at = at + character.len_utf8();
            continue;
        }
        close(open, start..ends_at, glued);
        glued = open.is_some() && class.is_some();
        open = class;
        start = at;
        ends_at = at + character.len_utf8();
    }
    close(open, start..ends_at, glued);
    join_abbreviations(tokens)
}

/// What a character is, after the piece that is open and before the rest; none for what only separates.
fn class_of(character: char, open: Option<Class>, rest: &str) -> Option<Class> {
    let goes_on = || rest.chars().next().is_some_and(char::is_alphabetic);
    if character.is_ascii_digit() {
        return Some(Class::Digits);
    }
    if character.is_ascii_alphabetic() {
        return Some(Class::Word);
    }
    match character {
        '\'' | '’' | '‘' | 'ʼ' | '´' | '`' if open == Some(Class::Word) && goes_on() => Some(Class::Word),
        // Joiners and marks belong to the word before them.
        '\u{200c}' | '\u{200d}' if open.is_some() => open,
        '\u{200e}' | '\u{200f}' | '\u{feff}' => open,
        '-' | '‐' | '‑' if open == Some(Class::Word) && goes_on() => None,
        _ if character.is_whitespace() => None,
        _ if character.is_numeric()
            && plain(character.encode_utf8(&mut [0; 4])).bytes().all(|b| b.is_ascii_digit()) =>
        {
            Some(Class::Digits)
        }
        _ if character.is_alphabetic() => Some(Class::Word),
        _ if open == Some(Class::Word) && fold(character.encode_utf8(&mut [0; 4])).is_empty() => Some(Class::Word),
        _ => Some(Class::Sign),
    }
}

/// `p.m.` and `μ.μ.` become one word.
fn join_abbreviations(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let mut end = at;
        let single =
            |index: usize| tokens.get(index).is_some_and(|token| token.is_word() && token.text.chars().count() == 1);
        let dot = |index: usize| tokens.get(index).is_some_and(|token| token.glued && token.is_sign("."));
        while single(end) && dot(end + 1) && (end == at || tokens[end].glued) {
            end += 2;
        }
        // The last letter may have no dot: `p.m`.
        if end > at && single(end) && tokens[end].glued {
            end += 1;
        }
        if end > at + 2 {
            let pieces = &tokens[at..end];
            let text = pieces.iter().filter(|token| token.is_word()).map(|token| token.text.as_str()).collect();
            let range = pieces[0].range.start..pieces[pieces.len() - 1].range.end;
            joined.push(Token { class: Class::Word, text, range, glued: pieces[0].glued });
            at = end;
        } else {
            joined.push(tokens[at].clone());
            at += 1;
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_into_words_digits_and_signs() {
        for (text, expected) in [
            ("5pm", "5 pm"),
            ("05\u{200f}p", "05 p"),
            ("at 17:30!", "at 17 : 30 !"),
            ("five o'clock", "five oclock"),
            ("twenty-one", "twenty one"),
            ("2026-11-24", "2026 - 11 - 24"),
            ("5 p.m. or 6 μ.μ", "5 pm or 6 μμ"),
            ("ساعت ۵:۳۰", "ساعت 5 : 30"),
            ("سه‌شنبه", "سهشنبه"),
            ("24η Νοεμβρίου.", "24 η νοεμβριου ."),
            ("€12,50", "€ 12 , 50"),
            ("A. Smith", "a . smith"),
            ("", ""),
        ] {
            let shown: Vec<String> = tokens(text).into_iter().map(|token| token.text).collect();
            assert_eq!(shown.join(" "), expected, "{text}");
        }
    }
}
