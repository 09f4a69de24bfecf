//! Filipino: roots with prefixes, infixes, suffixes, a repeated first syllable and a joined `-ng`, all at once. Everything that may
//! be an affix is taken away in every order, and each thing that is left is a form.

use super::{Form, Kind};

const PREFIXES: [&str; 31] = [
    "nakapag", "makapag", "ipinag", "ipapag", "nakaka", "makaka", "ipina", "pinaki", "ikina", "ipag", "paki", "naka",
    "maka", "pina", "nang", "mang", "pang", "nag", "mag", "pag", "nai", "mai", "ipa", "ika", "ini", "pa", "na", "ma",
    "ka", "ni", "i",
];

const SUFFIXES: [&str; 6] = ["han", "hin", "nan", "nin", "an", "in"];

/// Shorter roots are too much alike.
const ROOT_MIN: usize = 4;

/// How many affixes a word may have, and how many forms are looked at.
const AFFIXES_MAX: u32 = 4;
const FORMS_MAX: usize = 64;

pub(super) fn forms(word: &str, forms: &mut Vec<Form>) {
    if let Some(rest) = word.strip_suffix("ng").filter(|rest| rest.len() > 1 && rest.ends_with(is_vowel)) {
        forms.push(Form { cost: 1, kind: Kind::Filipino, text: sound(rest) });
    }
    if word.len() < ROOT_MIN {
        forms.push(Form { cost: 0, kind: Kind::Filipino, text: sound(word) });
    }
    if word.len() < ROOT_MIN || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    let mut found: Vec<(String, u32)> = vec![(word.to_owned(), 0)];
    let mut at = 0;
    while let Some((word, cost)) = found.get(at).cloned() {
        at += 1;
        if cost >= AFFIXES_MAX || found.len() >= FORMS_MAX {
            continue;
        }
        for left in less_one_affix(&word) {
            if left.len() >= ROOT_MIN && has_vowel(&left) && found.iter().all(|(known, _)| *known != left) {
                found.push((left, cost + 1));
            }
        }
    }
    forms.extend(found.into_iter().map(|(root, cost)| Form { cost, kind: Kind::Filipino, text: sound(&root) }));
}

/// The word with one affix less, in every way.
fn less_one_affix(word: &str) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    left.extend(PREFIXES.iter().filter_map(|prefix| word.strip_prefix(prefix)).map(str::to_owned));
    left.extend(SUFFIXES.iter().filter_map(|suffix| word.strip_suffix(suffix)).map(str::to_owned));
    // The linker: -ng after a vowel, -g after an n.
    if let Some(rest) = word.strip_suffix("ng") {
        left.push(if rest.ends_with(is_vowel) { rest.to_owned() } else { format!("{rest}n") });
        left.push(format!("{rest}n"));
    }
    left.extend(without_infix(word));
    left.extend(without_repetition(word));
    left
}

/// `um` or `in` behind the first consonant, or before a first vowel: kumain, binayaran, umalis, inorder.
fn without_infix(word: &str) -> Option<String> {
    let start = usize::from(!word.starts_with(is_vowel));
    let rest = &word[start..];
    let after = rest.strip_prefix("um").or_else(|| rest.strip_prefix("in"))?;
    after
        .starts_with(is_vowel)
        .then(|| format!("{}{after}", &word[..start]))
        .or_else(|| (start == 0).then(|| after.to_owned()))
}

/// A repeated first syllable: babayad, aalis, tatrabaho; a d becomes an r between vowels: darating.
fn without_repetition(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let like = |a: char, b: char| a == b || matches!((a, b), ('d', 'r') | ('r', 'd'));
    match letters.as_slice() {
        [first, again, rest @ ..] if is_vowel(*first) && first == again => {
            Some(std::iter::once(*again).chain(rest.iter().copied()).collect())
        }
        [consonant, vowel, rest @ ..] if !is_vowel(*consonant) && is_vowel(*vowel) => {
            let same_vowel = rest.iter().find(|c| is_vowel(**c)) == Some(vowel);
            let repeats = rest.first().is_some_and(|c| like(*c, *consonant));
            (repeats && same_vowel).then(|| rest.iter().collect())
        }
        _ => None,
    }
}

/// Sounds that change with an affix are one letter: bayad and bayaran, limot and limutan.
fn sound(root: &str) -> String {
    root.chars()
        .map(|c| match c {
            'd' => 'r',
            'o' => 'u',
            'e' => 'i',
            'c' => 'k',
            other => other,
        })
        .collect()
}

fn has_vowel(word: &str) -> bool {
    word.contains(is_vowel)
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}
