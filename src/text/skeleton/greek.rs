//! Greek by its sound, which many letters share, so that misspelt endings meet, and so does Greek in Latin letters, for which
//! everybody has habits of their own: `pws mporw`, `pos boro`; `8elw`, `thelo`; `3exasa`, `xexasa`, `ksexasa`.

use super::{Form, Kind, squeezed};

/// A Latin word has at most so many readings.
const READINGS_MAX: usize = 48;

/// What is left of a word without its ending.
const STEM_MIN: usize = 3;

pub(super) fn forms(word: &str, forms: &mut Vec<Form>) {
    push(&sound(word), forms);
}

pub(super) fn from_latin(word: &str, forms: &mut Vec<Form>) {
    for reading in readings(word) {
        push(&reading, forms);
    }
}

fn push(sound: &str, forms: &mut Vec<Form>) {
    let stem = stem(sound);
    if stem.len() >= STEM_MIN {
        forms.push(Form { cost: 2 + u32::from(stem.len() == STEM_MIN), kind: Kind::GreekStem, text: stem.to_owned() });
    }
    forms.push(Form { cost: 1, kind: Kind::Greek, text: sound.to_owned() });
}

/// The sound without the ending: endings are vowels with an s or n around them, and verbs change an n into an s before them.
fn stem(sound: &str) -> &str {
    const ENDINGS: [&str; 14] =
        ["ume", "ete", "ite", "ste", "ame", "ate", "une", "un", "an", "on", "us", "is", "es", "as"];
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    let cut = ENDINGS.iter().find_map(|ending| sound.strip_suffix(ending)).unwrap_or(sound);
    let cut = if cut.len() == sound.len() { sound.strip_suffix("os").unwrap_or(sound) } else { cut };
    let bare = cut.trim_end_matches(is_vowel);
    match bare.strip_suffix(['s', 'n']) {
        Some(root) if root.ends_with(is_vowel) && root.len() > STEM_MIN + 1 => root.trim_end_matches(is_vowel),
        _ => bare,
    }
}

/// How a folded Greek word sounds, in Latin letters and 8 for θ, x for χ.
pub(in crate::text) fn sound(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut out = String::with_capacity(letters.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        let next = letters.get(at + 1);
        let pair: Option<&str> = match (letter, next) {
            ('ο', Some('υ')) => Some("u"),
            ('α', Some('ι')) => Some("e"),
            ('ε' | 'ο' | 'υ', Some('ι')) => Some("i"),
            ('α', Some('υ')) => Some("av"),
            ('ε', Some('υ')) => Some("ev"),
            ('μ', Some('π')) => Some("mp"),
            ('ν', Some('τ')) => Some("nt"),
            ('γ', Some('γ' | 'κ')) => Some("g"),
            _ => None,
        };
        out.push_str(pair.unwrap_or(match letter {
            'α' => "a",
            'β' => "v",
            'γ' => "g",
            'δ' => "d",
            'ε' => "e",
            'ζ' => "z",
            'η' | 'ι' | 'υ' => "i",
            'θ' => "8",
            'κ' => "k",
            'λ' => "l",
            'μ' => "m",
            'ν' => "n",
            'ξ' => "ks",
            'ο' | 'ω' => "o",
            'π' => "p",
            'ρ' => "r",
            'σ' | 'ς' => "s",
            'τ' => "t",
            'φ' => "f",
            'χ' => "x",
            'ψ' => "ps",
            _ => "",
        }));
        at += 1 + usize::from(pair.is_some());
    }
    squeezed(&out)
}

/// A Greek word in Latin letters, letter by letter, to find the nearest of words that sound alike.
pub(super) fn in_latin(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'η' => out.push('h'),
            'ω' => out.push('w'),
            'υ' => out.push('y'),
            'θ' => out.push_str("th"),
            other => out.push_str(&sound(&other.to_string())),
        }
    }
    out
}

/// All ways to read a word in Latin letters as Greek sounds; none for what is too long to be a word.
pub(in crate::text) fn readings(word: &str) -> Vec<String> {
    if word.len() > super::LONGEST {
        return Vec::new();
    }
    let mut all: Vec<String> = vec![String::new()];
    let mut rest = word;
    while !rest.is_empty() {
        let (length, ways) = WAYS
            .iter()
            .find(|(letters, _)| rest.starts_with(letters))
            .map_or((rest.chars().next().map_or(1, char::len_utf8), &[][..]), |(letters, ways)| (letters.len(), ways));
        // A letter that Greek does not have in any habit: this is not Greek.
        if ways.is_empty() {
            return Vec::new();
        }
        let several = all.len() * ways.len() <= READINGS_MAX;
        let ways = if several { ways } else { &ways[..1] };
        all = all.iter().flat_map(|start| ways.iter().map(move |way| format!("{start}{way}"))).collect();
        rest = &rest[length..];
    }
    let mut all: Vec<String> = all.iter().map(|sound| squeezed(sound)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Latin letters and the Greek sounds that they stand for, the longest first.
const WAYS: [(&str, &[&str]); 58] = [
    ("oy", &["u", "oi"]),
    ("ou", &["u"]),
    ("ai", &["e"]),
    ("ei", &["i"]),
    ("oi", &["i"]),
    ("au", &["av"]),
    ("eu", &["ev"]),
    ("ay", &["av"]),
    ("ey", &["ev", "i"]),
    ("af", &["av", "af"]),
    ("ef", &["ev", "ef"]),
    ("th", &["8", "ti"]),
    ("ph", &["f"]),
    ("ch", &["x"]),
    ("kh", &["x"]),
    ("ps", &["ps"]),
    ("mp", &["mp"]),
    ("mb", &["mp"]),
    ("nt", &["nt"]),
    ("nd", &["nt"]),
    ("gg", &["g"]),
    ("gk", &["g"]),
    ("ng", &["g"]),
    ("nk", &["g", "nk"]),
    ("gh", &["g", "gi"]),
    ("a", &["a"]),
    ("b", &["v", "mp"]),
    ("c", &["k", "s"]),
    ("d", &["d", "nt"]),
    ("e", &["e"]),
    ("f", &["f"]),
    ("g", &["g"]),
    ("h", &["i", "x"]),
    ("i", &["i"]),
    ("j", &["ks", "z"]),
    ("k", &["k"]),
    ("l", &["l"]),
    ("m", &["m"]),
    ("n", &["n"]),
    ("o", &["o"]),
    ("p", &["p"]),
    ("q", &["8", "k"]),
    ("r", &["r"]),
    ("s", &["s"]),
    ("t", &["t"]),
    ("u", &["i", "u"]),
    ("v", &["v"]),
    ("w", &["o"]),
    ("x", &["x", "ks"]),
    ("y", &["i"]),
    ("z", &["z"]),
    ("0", &["8", "o"]),
    ("3", &["ks", "e"]),
    ("4", &["ps"]),
    ("6", &["ks"]),
    ("8", &["8"]),
    ("9", &["8"]),
    ("1", &["i"]),
];
