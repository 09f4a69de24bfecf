//! English words without their endings, and without their vowels, as in text messages: `rfnd`, `whr`, `cncl`.

use super::{Form, Kind, squeezed};

/// Words of fewer consonants are too much alike.
const CONSONANTS_MIN: usize = 3;

/// What is left of a word without its ending.
const STEM_MIN: usize = 3;

/// The consonants of a word of the rules.
pub(super) fn consonants(word: &str, forms: &mut Vec<Form>) {
    let left: String = word.chars().filter(|c| !is_vowel(*c)).collect();
    if left.len() < word.len() {
        push(&left, forms);
    }
}

/// A typed word that has no vowel.
pub(super) fn without_vowels(word: &str, forms: &mut Vec<Form>) {
    if word.bytes().all(|byte| byte.is_ascii_alphabetic()) && !word.contains(|c| is_vowel(c) || c == 'y') {
        push(word, forms);
    }
}

fn push(consonants: &str, forms: &mut Vec<Form>) {
    let text = squeezed(consonants);
    if text.len() >= CONSONANTS_MIN {
        forms.push(Form { cost: 2, kind: Kind::EnglishConsonants, text });
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// The word without its plural or verbal ending: `shelves`, `deliveries`, `cancelled`, `booking`.
pub(super) fn stem(word: &str, forms: &mut Vec<Form>) {
    let cut = |ending: &str| word.strip_suffix(ending).filter(|rest| rest.len() >= STEM_MIN);
    let stem = cut("ves").map(|rest| format!("{rest}f"));
    let stem = stem.or_else(|| cut("ies").or_else(|| cut("ied")).map(|rest| format!("{rest}y")));
    let stem = stem.or_else(|| ["ing", "ed", "es"].iter().find_map(|ending| cut(ending)).map(str::to_owned));
    let stem = stem.or_else(|| cut("s").filter(|rest| !rest.ends_with('s')).map(str::to_owned));
    let stem = stem.as_deref().unwrap_or(word);
    let stem = stem.strip_suffix('e').unwrap_or(stem);
    // An ending doubles the consonant before it.
    let text = match stem.as_bytes() {
        [.., one, other] if one == other && stem.len() < word.len() => stem[..stem.len() - 1].to_owned(),
        _ => stem.to_owned(),
    };
    if text.len() >= STEM_MIN && !word.bytes().any(|byte| byte.is_ascii_digit()) {
        forms.push(Form { cost: 2, kind: Kind::EnglishStem, text });
    }
}
