//! The words that the rules of a bot use, as numbers, and the nearest of them to a mistyped word.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::text::Words;

/// A word of the rules.
pub(super) type WordId = u32;

/// The number of every word that no rule uses.
pub(super) const UNKNOWN: WordId = WordId::MAX;

/// Words shorter than this are never taken for a mistyped one.
const ONE_TYPO_FROM: usize = 5;

/// From this length on a word may have two typing mistakes.
const TWO_TYPOS_FROM: usize = 9;

/// A fast hash for short keys that come from us; never iterated over.
pub(super) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

/// Hashes by multiplying and rotating; the same on every machine.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

/// A hash of text that is the same on every machine and for ever.
pub(super) fn stable_hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 29)
}

/// All words of the rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary {
    ids: Map<Box<str>, WordId>,
    words: Vec<Box<str>>,
    /// Words of the rules by what is left of them when one or two letters are missing.
    shortened: Map<u64, Vec<WordId>>,
}

impl Vocabulary {
    /// The number of a word, a new one if the word is new.
    pub(super) fn intern(&mut self, word: &str) -> WordId {
        if let Some(id) = self.ids.get(word) {
            return *id;
        }
        let id = WordId::try_from(self.words.len()).unwrap_or(UNKNOWN);
        self.ids.insert(word.into(), id);
        self.words.push(word.into());
        id
    }

    /// The number of a word; [`UNKNOWN`] if no rule uses it.
    pub(super) fn id(&self, word: &str) -> WordId {
        self.ids.get(word).copied().unwrap_or(UNKNOWN)
    }

    /// Prepares the search for mistyped words, after the last word came in.
    pub(super) fn index_typos(&mut self) {
        let mut left = Vec::new();
        for (id, word) in (0..).zip(&self.words) {
            let chars: Vec<char> = word.chars().collect();
            if typos_allowed(chars.len()) == 0 || chars.iter().any(char::is_ascii_digit) {
                continue;
            }
            left.clear();
            shorten(&chars, typos_allowed(chars.len()), &mut left);
            for hash in &left {
                self.shortened.entry(*hash).or_default().push(id);
            }
        }
    }

    /// The word of the rules that was probably meant: at one mistake from five letters on, at two from nine. Where several
    /// are as near, the first in the alphabet, so that the order of the rules does not matter.
    pub(super) fn meant(&self, typed: &str) -> Option<&str> {
        let chars: Vec<char> = typed.chars().collect();
        if chars.len() + 2 < ONE_TYPO_FROM || chars.len() > 40 || chars.iter().any(char::is_ascii_digit) {
            return None;
        }
        let mut left = Vec::new();
        shorten(&chars, if chars.len() + 2 >= TWO_TYPOS_FROM { 2 } else { 1 }, &mut left);
        left.iter()
            .filter_map(|hash| self.shortened.get(hash))
            .flatten()
            .filter_map(|id| {
                let word = &*self.words[*id as usize];
                let distance = strsim::osa_distance(typed, word);
                (distance <= typos_allowed(word.chars().count())).then_some((distance, word))
            })
            .min()
            .map(|(_, word)| word)
    }

    /// The words with every mistyped one replaced by the one that was probably meant; none if there is nothing to replace.
    pub(super) fn corrected(&self, words: &Words) -> Option<(Words, usize)> {
        let mut count = 0;
        let corrected = words.replaced(|word| {
            let meant = if self.id(word) == UNKNOWN { self.meant(word) } else { None };
            count += usize::from(meant.is_some());
            meant
        });
        (count > 0).then_some((corrected, count))
    }
}

/// How many typing mistakes a word of that many letters may have.
pub(super) fn typos_allowed(letters: usize) -> usize {
    usize::from(letters >= ONE_TYPO_FROM) + usize::from(letters >= TWO_TYPOS_FROM)
}

/// The hashes of a word with up to `missing` letters left out.
fn shorten(chars: &[char], missing: usize, out: &mut Vec<u64>) {
    let hash = |skip: [usize; 2]| {
        let mut mixer = Mixer::default();
        for (at, c) in chars.iter().enumerate().filter(|(at, _)| !skip.contains(at)) {
            let _ = at;
            mixer.write_u32(u32::from(*c));
        }
        mixer.finish()
    };
    let none = usize::MAX;
    out.push(hash([none, none]));
    for first in 0..chars.len() {
        out.push(hash([first, none]));
        if missing > 1 {
            out.extend((first + 1..chars.len()).map(|second| hash([first, second])));
        }
    }
    out.sort_unstable();
    out.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_finds_the_one_that_was_meant() {
        let mut vocabulary = Vocabulary::default();
        for word in ["order", "cancel", "appointment", "refund", "lamp", "person", "παραγγελια", "1234567"] {
            vocabulary.intern(word);
        }
        vocabulary.index_typos();
        let rows = [
            ("cancle", Some("cancel")),
            ("canel", Some("cancel")),
            ("canncel", Some("cancel")),
            ("ordr", Some("order")),
            ("appointmnet", Some("appointment")),
            ("apointmant", Some("appointment")),
            ("παραγελια", Some("παραγγελια")),
            ("lanp", None),
            ("odrre", None),
            ("1234568", None),
            ("banana", None),
        ];
        for (typed, meant) in rows {
            assert_eq!(vocabulary.meant(typed), meant, "{typed}");
        }
    }
}
