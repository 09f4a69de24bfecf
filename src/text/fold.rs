//! Folding: the one spelling that all spellings of a word share. Compatibility forms, case, accents, digits of other
//! scripts, lengthened letters and apostrophes go; marks that carry meaning (vowel signs of Indic scripts, tones of Thai) stay.

use std::borrow::Cow;

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_normalizer::{
    ComposingNormalizer, ComposingNormalizerBorrowed, DecomposingNormalizer, DecomposingNormalizerBorrowed,
};
use icu_properties::props::{GeneralCategory, Script};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};

const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();
const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfc();
const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizer::new_nfkd();
const CASE: CaseMapperBorrowed<'static> = CaseMapper::new();
const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();
const SCRIPT: CodePointMapDataBorrowed<'static, Script> = CodePointMapData::<Script>::new();

/// Folds a text. Folding a folded text changes nothing.
///
/// ```
/// use frontdesk::text::fold;
/// assert_eq!(fold("Don’t WORRYYYY"), fold("dont worryy"));
/// assert_eq!(fold("Καλημέρας"), "καλημερασ");
/// assert_eq!(fold("۱۲۳"), "123");
/// ```
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// The text in NFKC with ASCII digits: what regular expressions see. Case, accents and punctuation stay.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let normal = NFKC.normalize(text);
    if normal.chars().any(|c| ascii_digit(c).is_some()) {
        return Cow::Owned(normal.chars().map(|c| ascii_digit(c).unwrap_or(c)).collect());
    }
    normal
}

/// Folds `text` onto the end of `folded`. Letters repeated across the seam are not shortened.
pub(super) fn fold_into(text: &str, folded: &mut String) {
    let mut tail = Tail { out: folded, last: None, run: 0 };
    if text.is_ascii() {
        for byte in text.bytes().filter(|byte| !matches!(byte, b'\'' | b'`')) {
            tail.push(byte.to_ascii_lowercase() as char);
        }
        return;
    }
    // Apostrophes and invisible characters go first, because compatibility forms would turn some of them into a blank with a mark.
    let bare: String = text.chars().filter(|c| !is_apostrophe(*c) && !is_invisible(*c)).collect();
    let normal = NFKC.normalize(&bare);
    let cased = CASE.fold_string(&normal);
    let decomposed = NFKD.normalize(&cased);
    let mut letters = String::with_capacity(decomposed.len());
    let mut strips = true;
    for c in decomposed.chars() {
        if c.is_ascii() {
            strips = true;
            letters.push(c);
        } else if CATEGORY.get(c) == GeneralCategory::NonspacingMark {
            if !strips {
                letters.push(c);
            }
        } else if !is_apostrophe(c) && !is_invisible(c) {
            push_plain_letter(c, &mut letters);
            strips = letters.chars().next_back().is_none_or(loses_marks);
        }
    }
    for c in NFC.normalize(&letters).chars() {
        tail.push(c);
    }
}

/// Whether this is one of the many characters that people type for an apostrophe.
pub(crate) fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`'
            | '\u{b4}'
            | '\u{2b9}'
            | '\u{2bb}'..='\u{2bd}'
            | '\u{2c8}'
            | '\u{2ca}'
            | '\u{2cb}'
            | '\u{374}'
            | '\u{384}'
            | '\u{55a}'
            | '\u{5f3}'
            | '\u{1fbd}'
            | '\u{1fbf}'
            | '\u{1fef}'
            | '\u{1ffd}'
            | '\u{1ffe}'
            | '\u{2018}'..='\u{201b}'
            | '\u{2032}'
            | '\u{2035}'
            | '\u{a78c}'
            | '\u{ff07}'
            | '\u{ff40}'
    )
}

/// Whether this shows nothing or only stretches its neighbours: joiners, direction marks, variation selectors, the kashida.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{640}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether this is a combining mark of any kind.
pub(super) fn is_mark(c: char) -> bool {
    !c.is_ascii()
        && matches!(
            CATEGORY.get(c),
            GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
        )
}

/// Whether this is a picture: an emoji or another symbol that stands for a word.
pub(super) fn is_picture(c: char) -> bool {
    !c.is_ascii() && CATEGORY.get(c) == GeneralCategory::OtherSymbol
}

/// The scripts whose nonspacing marks are accents or optional vowels. Everywhere else a mark is part of the letter.
fn loses_marks(c: char) -> bool {
    matches!(
        SCRIPT.get(c),
        Script::Latin
            | Script::Greek
            | Script::Cyrillic
            | Script::Arabic
            | Script::Hebrew
            | Script::Common
            | Script::Inherited
    )
}

/// Letters that Unicode does not take apart but people exchange, and digits.
fn push_plain_letter(c: char, out: &mut String) {
    out.push(match c {
        // Arabic and Persian keyboards: two yehs, two kafs, several hehs; a hamza is often left out.
        '\u{649}' | '\u{64a}' | '\u{6cd}' | '\u{6d0}' | '\u{6d2}' => '\u{6cc}',
        '\u{643}' | '\u{6aa}' | '\u{6ab}' => '\u{6a9}',
        '\u{629}' | '\u{6be}' | '\u{6c1}' | '\u{6c3}' | '\u{6d5}' => '\u{647}',
        '\u{671}' => '\u{627}',
        '\u{621}' => return,
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        'ł' => 'l',
        'ø' => 'o',
        'ŧ' => 't',
        'æ' => return out.push_str("ae"),
        'œ' => return out.push_str("oe"),
        'þ' => return out.push_str("th"),
        // A sigma in the middle and at the end is one letter; case folding gives the first form already.
        other => ascii_digit(other).unwrap_or(other),
    });
}

/// The ASCII digit of a decimal digit of any script. Unicode keeps the ten digits of a script in one unbroken run, and runs
/// that touch are all of ten, so the distance from the start of the run tells the value.
fn ascii_digit(c: char) -> Option<char> {
    let is_digit = |code: u32| CATEGORY.get32(code) == GeneralCategory::DecimalNumber;
    let code = u32::from(c);
    if c.is_ascii() || !is_digit(code) {
        return None;
    }
    let start = (0..code).rev().take_while(|before| is_digit(*before)).last().unwrap_or(code);
    char::from_digit((code - start) % 10, 10)
}

/// Shortens three or more equal letters to two while text is added.
struct Tail<'a> {
    out: &'a mut String,
    last: Option<char>,
    run: u32,
}

impl Tail<'_> {
    fn push(&mut self, c: char) {
        self.run = if self.last == Some(c) { self.run + 1 } else { 1 };
        self.last = Some(c);
        if self.run <= 2 || !c.is_alphabetic() {
            self.out.push(c);
        }
    }
}
