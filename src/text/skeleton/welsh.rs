//! Welsh: the first letter changes after many words (soft, nasal and aspirate mutation, `h` before a vowel), and the plural often
//! changes a vowel too. All radicals that a word can come from are tried.

use super::{Form, Kind};

/// What a mutated word begins with, and what it may have begun with.
const MUTATIONS: [(&str, &[&str]); 16] = [
    ("ngh", &["c"]),
    ("ng", &["g"]),
    ("mh", &["p"]),
    ("nh", &["t"]),
    ("ph", &["p"]),
    ("th", &["t"]),
    ("ch", &["c"]),
    ("dd", &["d"]),
    ("b", &["p"]),
    ("d", &["t"]),
    ("g", &["c"]),
    ("f", &["b", "m"]),
    ("m", &["b"]),
    ("n", &["d"]),
    ("l", &["ll"]),
    ("r", &["rh"]),
];

const PLURALS: [&str; 9] = ["iaid", "iau", "ion", "oedd", "ydd", "au", "on", "od", "i"];

/// Shorter radicals are too much alike.
const RADICAL_MIN: usize = 3;

/// What is left of a plural.
const SINGULAR_MIN: usize = 4;

pub(super) fn forms(word: &str, forms: &mut Vec<Form>) {
    let mut radicals = vec![(word.to_owned(), 0)];
    let begins = |sign: &str| word.strip_prefix(sign).filter(|rest| !rest.is_empty());
    // The longest sign decides: what begins with "ngh" does not begin with "n".
    if let Some((sign, origins)) = MUTATIONS.iter().find(|(sign, _)| begins(sign).is_some()) {
        let double = ["ll", "rh", "ff"].iter().any(|letter| word.starts_with(letter));
        if !double {
            radicals.extend(origins.iter().map(|origin| (format!("{origin}{}", &word[sign.len()..]), 1)));
        }
    }
    if let Some(rest) = begins("h").filter(|rest| rest.starts_with(is_vowel)) {
        radicals.push((rest.to_owned(), 1));
    }
    // The soft mutation of g leaves nothing.
    if word.len() >= RADICAL_MIN
        && word.starts_with(|c| is_vowel(c) || matches!(c, 'l' | 'r'))
        && !word.starts_with("ll")
    {
        radicals.push((format!("g{word}"), 1));
    }
    for (radical, cost) in radicals {
        if radical.chars().count() < RADICAL_MIN {
            continue;
        }
        forms.push(Form { cost: cost + 1, kind: Kind::WelshSingular, text: without_affection(&radical) });
        if let Some(singular) = singular(&radical) {
            forms.push(Form { cost: cost + 2, kind: Kind::WelshSingular, text: without_affection(&singular) });
        }
        forms.push(Form { cost, kind: Kind::Welsh, text: radical });
    }
}

fn singular(word: &str) -> Option<String> {
    PLURALS
        .iter()
        .find_map(|ending| word.strip_suffix(ending))
        .filter(|left| left.chars().count() >= SINGULAR_MIN)
        .map(str::to_owned)
}

/// A plural turns `ai` into `ei` and doubles an n: cadair, cadeiriau; tocyn, tocynnau.
fn without_affection(word: &str) -> String {
    word.replace("ei", "ai").replace("nn", "n")
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'w' | 'y')
}
