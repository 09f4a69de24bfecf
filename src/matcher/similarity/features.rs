//! What the scorer sees of a text: its words, neighbours, pairs and the pieces of its words, each as one number.

use crate::text::Words;

use super::exact::ln;

/// Pairs are made of so many distinct words at most.
const PAIRED_WORDS_MAX: usize = 24;

/// The groups of features; the lowest three bits of a feature's number.
const WORD: u64 = 0;
const NEIGHBOURS: u64 = 1;
const PAIR: u64 = 2;
/// Pieces of 2, 3, 4 and 5 characters are the groups 3 to 6.
const PIECE: u64 = 3;

/// A feature of a text with its weight before rarity counts: group weight times (1 + ln of how often it occurs).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Feature {
    pub(super) hash: u64,
    pub(super) value: f32,
}

impl Feature {
    /// Whether it is a piece of three characters.
    pub(super) fn is_trigram(self) -> bool {
        self.hash & 7 == PIECE + 1
    }
}

/// All features of a text, each once, in the order of their numbers.
pub(super) fn features(words: &Words, out: &mut Vec<Feature>) {
    let mut hashes = Vec::with_capacity(256);
    let border = mix(0, 0x5e);
    let mut before = border;
    let mut distinct = Vec::with_capacity(PAIRED_WORDS_MAX);
    for (word, _) in words.iter() {
        let hash = word.bytes().fold(0x9ae1_6a3b_2f90_404f, |hash, byte| mix(hash, u64::from(byte)));
        hashes.push(number(hash, WORD));
        hashes.push(number(mix(before, hash), NEIGHBOURS));
        before = hash;
        if distinct.len() < PAIRED_WORDS_MAX && !distinct.contains(&hash) {
            distinct.push(hash);
        }
        push_pieces(word, &mut hashes);
    }
    hashes.push(number(mix(before, border), NEIGHBOURS));
    distinct.sort_unstable();
    for (at, one) in distinct.iter().enumerate() {
        hashes.extend(distinct[at + 1..].iter().map(|other| number(mix(*one, *other), PAIR)));
    }
    hashes.sort_unstable();
    out.clear();
    for run in hashes.chunk_by(|a, b| a == b) {
        let group_weight = if run[0] & 7 == NEIGHBOURS { 1.5 } else { 1.0 };
        let often = if run.len() == 1 { 1.0 } else { 1.0 + ln(run.len() as f32) };
        out.push(Feature { hash: run[0], value: group_weight * often });
    }
}

/// No text has more features than this: nearly so many where nothing occurs twice.
pub(super) fn features_max(words: &Words) -> usize {
    let paired = words.len().min(PAIRED_WORDS_MAX);
    let pieces = words.iter().map(|(word, _)| {
        let bordered = word.chars().count() + 2;
        (1..=4).map(|shorter| bordered.saturating_sub(shorter)).sum::<usize>()
    });
    2 * words.len() + 1 + paired * paired.saturating_sub(1) / 2 + pieces.sum::<usize>()
}

/// Pieces of 2 to 5 characters inside ` word `.
fn push_pieces(word: &str, hashes: &mut Vec<u64>) {
    let mut window = [0_u64; 4];
    for (filled, c) in std::iter::once(' ').chain(word.chars()).chain(std::iter::once(' ')).enumerate() {
        let code = u64::from(u32::from(c));
        // `window[n]` is the hash of the piece of n + 1 characters that ends just before this one.
        for length in (1..=filled.min(4_usize)).rev() {
            let piece = mix(window[length - 1], code);
            hashes.push(number(piece, PIECE + length as u64 - 1));
            if length < 4 {
                window[length] = piece;
            }
        }
        window[0] = mix(0x51ed, code);
    }
}

fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(25) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn number(hash: u64, group: u64) -> u64 {
    let mixed = (hash ^ (hash >> 31)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    ((mixed ^ (mixed >> 29)) << 3) | group
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Feature> {
        let mut out = Vec::new();
        features(&Words::of(text), &mut out);
        out
    }

    #[test]
    fn a_word_has_itself_two_neighbours_and_its_pieces() {
        // ` ab `: pieces of two: 3, of three: 2, of four: 1; the word; (start, ab) and (ab, end).
        assert_eq!(of("ab").len(), 3 + 2 + 1 + 1 + 2);
        assert_eq!(of("ab").iter().filter(|feature| feature.is_trigram()).count(), 2);
        // No words: only (start, end).
        assert_eq!(of("?").len(), 1);
    }

    #[test]
    fn so_many_features_at_most_are_expected() {
        for text in ["", "a", "ab cd", "where is my order", "παραγγελία μου", "no no no"] {
            let (found, most) = (of(text).len(), features_max(&Words::of(text)));
            assert!(found <= most && (most < found + 3 || text.starts_with("no")), "{text}: {found} {most}");
        }
    }

    #[test]
    fn pairs_do_not_depend_on_order_but_neighbours_do() {
        let (one, other) = (of("red lamp"), of("lamp red"));
        let common = one.iter().filter(|feature| other.contains(feature)).count();
        assert_eq!(one.len(), other.len());
        assert_eq!(one.len() - common, 3);
    }

    #[test]
    fn a_repeated_word_counts_more_but_not_twice() {
        let value = |text: &str| of(text).iter().map(|feature| feature.value).fold(0.0, f32::max);
        assert_eq!(value("no"), 1.5);
        assert!(value("no no no no") > 1.5 && value("no no no no") < 6.0);
    }
}
