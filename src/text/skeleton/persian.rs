//! Persian: letters that sound alike, endings (plural, whose it is, the object) joined to a word, and words in Latin letters, where
//! everybody writes the vowels as they hear them and only the consonants are sure.

use super::{Form, Kind, squeezed};

/// Endings with the fewest letters that must be left, the longest first.
const ENDINGS: [(&str, usize); 33] = [
    ("هایمان", 3),
    ("هایتان", 3),
    ("هایشان", 3),
    ("هامون", 3),
    ("هاتون", 3),
    ("هاشون", 3),
    ("هایی", 3),
    ("هایم", 3),
    ("هایت", 3),
    ("هایش", 3),
    ("های", 3),
    ("هام", 3),
    ("هات", 3),
    ("هاش", 3),
    ("مان", 3),
    ("تان", 3),
    ("شان", 3),
    ("مون", 3),
    ("تون", 3),
    ("شون", 3),
    ("امو", 3),
    ("مو", 3),
    ("تو", 3),
    ("شو", 3),
    ("ها", 3),
    ("ات", 4),
    ("رو", 4),
    ("م", 3),
    ("ت", 4),
    ("ش", 4),
    ("ی", 4),
    ("و", 4),
    ("ه", 4),
];

/// Endings in Latin letters, the longest first.
const LATIN_ENDINGS: [&str; 22] = [
    "hamoon", "hatoon", "emoon", "etoon", "eshoon", "eman", "etan", "eshan", "haye", "hash", "ham", "ha", "amo", "eto",
    "esho", "am", "et", "at", "esh", "ash", "ro", "o",
];

pub(super) fn forms(word: &str, forms: &mut Vec<Form>) {
    let heard = one_letter_a_sound(word);
    if heard.chars().count() < 3 {
        return;
    }
    for (ending, least) in ENDINGS {
        if let Some(rest) = heard.strip_suffix(ending)
            && rest.chars().count() >= least
        {
            forms.push(Form { cost: 2, kind: Kind::Persian, text: rest.to_owned() });
        }
    }
    forms.push(Form { cost: 1, kind: Kind::Persian, text: heard });
}

/// The consonants of a word of the rules. A last alef may be an adverb's -an.
pub(super) fn consonants(word: &str, forms: &mut Vec<Form>) {
    let consonants: String = word.chars().filter_map(consonant).collect();
    let consonants = squeezed(&consonants);
    if word.ends_with('ا') {
        forms.push(Form { cost: 1, kind: Kind::PersianConsonants, text: format!("{consonants}n") });
    }
    forms.push(Form { cost: 0, kind: Kind::PersianConsonants, text: consonants });
}

/// The consonants of a word typed in Latin letters, also without what may be an ending.
pub(super) fn from_latin(word: &str, forms: &mut Vec<Form>) {
    if word.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    for ending in LATIN_ENDINGS {
        if let Some(rest) = word.strip_suffix(ending).filter(|rest| rest.len() >= 3) {
            forms.push(Form { cost: 2, kind: Kind::PersianConsonants, text: latin_consonants(rest) });
        }
    }
    forms.push(Form { cost: 1, kind: Kind::PersianConsonants, text: latin_consonants(word) });
}

/// How far a word in Latin letters is from the Persian word that it may be; none where it cannot be that word. `shortened` says
/// that an ending of the typed word may be left over.
pub(super) fn distance(typed: &str, rule: &str, shortened: bool) -> Option<u32> {
    let letters: Vec<char> = rule.chars().collect();
    // Of two words that can be meant, such as من and مان, the one with fewer letters.
    let size = 2 * letters.len() as u32;
    if let Some(left) = reads(&squeezed(typed), &letters) {
        return Some(size + left);
    }
    let endings = LATIN_ENDINGS.iter().filter_map(|ending| typed.strip_suffix(ending)).filter(|_| shortened);
    let fits = endings.filter(|rest| rest.len() >= 3).any(|rest| reads(&squeezed(rest), &letters).is_some());
    fits.then_some(size + 100)
}

/// Whether the Latin letters can be read as the Persian ones: a short vowel may stand between any two, and at the end at a cost.
fn reads(typed: &str, letters: &[char]) -> Option<u32> {
    let length = typed.len();
    let mut reached = vec![false; length + 1];
    reached[0] = true;
    for (number, letter) in letters.iter().enumerate() {
        let mut next = vec![false; length + 1];
        for at in (0..=length).filter(|at| reached[*at]) {
            let starts = if number == 0 { [Some(at), None] } else { [Some(at), skipped_vowel(typed, at)] };
            for start in starts.into_iter().flatten() {
                for spelling in spellings(*letter) {
                    if typed[start..].starts_with(spelling) {
                        next[start + spelling.len()] = true;
                    }
                }
                if number + 1 == letters.len() && *letter == 'ا' && typed[start..].starts_with("an") {
                    next[start + 2] = true;
                }
            }
        }
        reached = next;
    }
    let but_one = length > 0 && reached[length - 1] && typed.ends_with(['e', 'a', 'o', 'h']);
    if reached[length] { Some(0) } else { but_one.then_some(3) }
}

fn skipped_vowel(typed: &str, at: usize) -> Option<usize> {
    typed[at..].starts_with(['a', 'e', 'o']).then_some(at + 1)
}

/// How people write a Persian letter in Latin ones, doubled letters squeezed; nothing where it may be left out.
fn spellings(letter: char) -> &'static [&'static str] {
    match letter {
        'ا' => &["a", "o", "u", "ou", "e", "i", ""],
        'ب' => &["b"],
        'پ' => &["p"],
        'ت' | 'ط' => &["t"],
        'ث' | 'س' | 'ص' => &["s", "c"],
        'ج' => &["j", "g"],
        'چ' => &["ch"],
        'ح' => &["h"],
        'خ' => &["kh", "x"],
        'د' => &["d"],
        'ذ' | 'ز' | 'ض' | 'ظ' => &["z"],
        'ر' => &["r"],
        'ژ' => &["zh", "j"],
        'ش' => &["sh"],
        'ع' => &["a", "e", "o", "i", ""],
        'غ' | 'ق' => &["gh", "q"],
        'ف' => &["f", "ph"],
        'ک' => &["k", "c"],
        'گ' => &["g"],
        'ل' => &["l"],
        'م' => &["m"],
        'ن' => &["n", "m"],
        'و' => &["v", "w", "o", "u", "ou", ""],
        'ه' => &["h", "e", "eh", "a", ""],
        'ی' => &["i", "y", "e", "ey", "ei", "ye", ""],
        _ => &[],
    }
}

fn latin_consonants(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let pairs = [("kh", 'x'), ("gh", 'q'), ("sh", '$'), ("ch", 'c'), ("zh", 'j'), ("ph", 'f')];
        if let Some((pair, sound)) = pairs.iter().find(|(pair, _)| rest.starts_with(pair)) {
            out.push(*sound);
            rest = &rest[pair.len()..];
            continue;
        }
        match first {
            'a' | 'e' | 'i' | 'o' | 'u' | 'v' | 'w' | 'y' | 'h' => {}
            other => out.push(other),
        }
        rest = &rest[first.len_utf8()..];
    }
    squeezed(&out)
}

fn consonant(letter: char) -> Option<char> {
    Some(match letter {
        'ب' => 'b',
        'پ' => 'p',
        'ت' | 'ط' => 't',
        'ث' | 'س' | 'ص' => 's',
        'ج' | 'ژ' => 'j',
        'چ' => 'c',
        'خ' => 'x',
        'د' => 'd',
        'ذ' | 'ز' | 'ض' | 'ظ' => 'z',
        'ر' => 'r',
        'ش' => '$',
        'غ' | 'ق' => 'q',
        'ف' => 'f',
        'ک' => 'k',
        'گ' => 'g',
        'ل' => 'l',
        'م' => 'm',
        'ن' => 'n',
        _ => return None,
    })
}

fn one_letter_a_sound(word: &str) -> String {
    word.chars()
        .map(|c| match c {
            'ث' | 'ص' => 'س',
            'ذ' | 'ض' | 'ظ' => 'ز',
            'ط' => 'ت',
            'ح' => 'ه',
            'غ' => 'ق',
            other => other,
        })
        .collect()
}
