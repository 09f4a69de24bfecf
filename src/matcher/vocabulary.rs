//! The words that the rules of a bot use, as numbers, and the nearest of them to a mistyped word.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use crate::text::{Form, Skeletons, Told, Words, is_latin};

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

/// A set with the same hash.
type Set<T> = HashSet<T, BuildHasherDefault<Mixer>>;

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
    shortened: Runs<WordId>,
    /// Words of the rules by their skeletons, with what each skeleton costs.
    skeletons: Runs<(u32, WordId)>,
    rules: Skeletons,
    /// Pairs of words that stand beside each other in the rules.
    neighbours: Set<u64>,
}

/// Several values for each key: one list for all of them, because nearly every key has one or two.
#[derive(Debug, Clone)]
struct Runs<T> {
    ranges: Map<u64, (u32, u32)>,
    list: Vec<T>,
}

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Self { ranges: Map::default(), list: Vec::new() }
    }
}

impl<T: Copy + Ord> Runs<T> {
    fn of(mut pairs: Vec<(u64, T)>) -> Self {
        pairs.sort_unstable();
        let keys = pairs.chunk_by(|a, b| a.0 == b.0).count();
        let mut ranges = Map::with_capacity_and_hasher(keys, BuildHasherDefault::default());
        let mut from = 0;
        for same in pairs.chunk_by(|a, b| a.0 == b.0) {
            let to = from + same.len() as u32;
            ranges.insert(same[0].0, (from, to));
            from = to;
        }
        Self { ranges, list: pairs.into_iter().map(|(_, value)| value).collect() }
    }

    /// The values of a key, in order.
    fn get(&self, key: u64) -> &[T] {
        self.ranges.get(&key).map_or(&[], |(from, to)| &self.list[*from as usize..*to as usize])
    }
}

/// A message with unknown words read as known ones.
#[derive(Debug, Clone)]
pub(super) struct Corrected {
    pub(super) words: Words,
    /// How many words were taken for mistyped ones or had another ending.
    pub(super) mistyped: usize,
    /// Whether a word was read as one that looks quite different.
    pub(super) is_respelt: bool,
}

/// What an unknown word was probably meant to be.
enum Reading<'v> {
    /// The same word in another spelling.
    Respelt(&'v str),
    /// A word with a mistake or another ending: its letters are best compared as they were typed.
    Mistyped(&'v str),
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

    /// Notes which words of a rule stand beside each other.
    pub(super) fn note_neighbours(&mut self, words: &Words) {
        self.neighbours.extend((1..words.len()).map(|at| pair_hash(words.get(at - 1), words.get(at))));
    }

    /// The number of a word; [`UNKNOWN`] if no rule uses it.
    pub(super) fn id(&self, word: &str) -> WordId {
        self.ids.get(word).copied().unwrap_or(UNKNOWN)
    }

    /// Prepares the search for mistyped and otherwise spelt words, after the last word came in.
    pub(super) fn index(&mut self, rules: Skeletons) {
        self.rules = rules;
        let mut skeletons = Vec::new();
        for (id, word) in (0..).zip(&self.words) {
            skeletons.extend(rules.of_rule(word).iter().map(|form| (hash_of(form), (form.cost, id))));
        }
        self.skeletons = Runs::of(skeletons);
        let mut shortened = Vec::new();
        let mut left = Vec::new();
        for (id, word) in (0..).zip(&self.words) {
            let chars: Vec<char> = word.chars().collect();
            if typos_allowed(chars.len()) == 0 || chars.iter().any(char::is_ascii_digit) {
                continue;
            }
            left.clear();
            shorten(&chars, typos_allowed(chars.len()), &mut left);
            shortened.extend(left.iter().map(|hash| (*hash, id)));
        }
        self.shortened = Runs::of(shortened);
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
            .flat_map(|hash| self.shortened.get(*hash))
            .filter_map(|id| {
                let word = &*self.words[*id as usize];
                let distance = strsim::osa_distance(typed, word);
                (distance <= typos_allowed(word.chars().count())).then_some((distance, word))
            })
            .min()
            .map(|(_, word)| word)
    }

    /// The words with every unknown one replaced by the one that was probably meant; none if there is nothing to replace. In a
    /// message that is Greek or Persian in Latin letters a known word is read too: `to` is not the English word there.
    pub(super) fn corrected(&self, words: &Words, told: Option<&Told>) -> Option<Corrected> {
        let rules = self.rules.only(told.map(|told| &told.language));
        let romanised = told.is_some_and(|told| told.romanised);
        let (mut mistyped, mut respelt, mut looked_at) = (0, 0, 0);
        let corrected = words.replaced(|word| {
            let is_known = self.id(word) != UNKNOWN;
            if is_known && !(romanised && is_latin(word)) {
                return None;
            }
            looked_at += 1;
            if looked_at > LOOKED_AT_MAX {
                return None;
            }
            match self.reading(word, rules, is_known)? {
                Reading::Respelt(meant) => {
                    respelt += 1;
                    Some(meant)
                }
                Reading::Mistyped(meant) => {
                    mistyped += 1;
                    Some(meant)
                }
            }
        });
        (mistyped + respelt > 0).then_some(Corrected { words: corrected, mistyped, is_respelt: respelt > 0 })
    }

    fn reading(&self, word: &str, rules: Skeletons, is_known: bool) -> Option<Reading<'_>> {
        if let Some(reading) = self.same(word, rules) {
            return Some(reading);
        }
        if is_known { None } else { self.meant(word).map(Reading::Mistyped) }
    }

    /// The word of the rules with the same skeleton: of several the one of which least was taken away, then the nearest, then
    /// the first in the alphabet.
    fn same(&self, typed: &str, rules: Skeletons) -> Option<Reading<'_>> {
        let mut best: Option<(u32, u32, &str, bool)> = None;
        for form in rules.of_typed(typed) {
            let holders = self.skeletons.get(hash_of(&form));
            if form.is_vague() && !self.are_alike(holders) {
                continue;
            }
            for (cost, id) in holders {
                let word = &*self.words[*id as usize];
                let cost = form.cost + cost;
                if word == typed || best.is_some_and(|best| best.0 < cost) {
                    continue;
                }
                let Some(distance) = rules.distance(&form, typed, word) else { continue };
                let found = (cost, distance, word, form.is_inflected());
                best = Some(best.map_or(found, |best| best.min(found)));
            }
        }
        best.map(|(.., word, is_inflected)| if is_inflected { Reading::Mistyped(word) } else { Reading::Respelt(word) })
    }

    /// Whether that piece of a joined word is a word; the short `is` of `wheresmyorder` is one behind a question word.
    fn may_be_part(&self, word: &str, from: usize, to: usize) -> bool {
        let part = &word[from..to];
        if part.chars().nth(1).is_none() {
            return part == SHORT_IS && self.rules.has_english() && ASKING.contains(&&word[..from]);
        }
        self.id(part) != UNKNOWN
    }

    /// Whether the words are one and its misspellings.
    fn are_alike(&self, holders: &[(u32, WordId)]) -> bool {
        let letters = |holder: &(u32, WordId)| self.words[holder.1 as usize].chars().collect::<BTreeSet<char>>();
        holders.len() <= ALIKE_MAX && holders.iter().all(|other| letters(other) == letters(&holders[0]))
    }

    /// The words with blanks where people leave them out, and without blanks where people put too many: only unknown words
    /// change, and only into known ones. None if nothing changes.
    pub(super) fn regrouped(&self, text: &str, words: &Words) -> Option<Words> {
        let is_known = |word: &str| self.id(word) != UNKNOWN;
        if words.iter().all(|(word, _)| is_known(word)) {
            return None;
        }
        let joins = |one: &str, other: &str| {
            let (letters, more) = (one.chars().count(), other.chars().count());
            let may_join = letters.min(more) > 1 && letters + more >= JOINED_MIN;
            may_join && (!is_known(one) || !is_known(other)) && is_known(&format!("{one}{other}"))
        };
        words.regrouped(text, joins, |word| if is_known(word) { Vec::new() } else { self.split(word) })
    }

    /// Where a word falls apart into known ones that stand beside each other in the rules, in as few as possible; of several ways
    /// the one with the longest first word.
    fn split(&self, word: &str) -> Vec<usize> {
        let places: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        let letters = places.len() - 1;
        if !(JOINED_MIN..=JOINED_MAX).contains(&letters) || !word.chars().all(char::is_alphabetic) {
            return Vec::new();
        }
        // For each place the fewest known words from there to the end, and where the first of them ends.
        let mut ways: Vec<Option<(usize, usize)>> = vec![None; letters + 1];
        ways[letters] = Some((0, letters));
        for from in (0..letters).rev() {
            ways[from] = (from + 1..=letters)
                .rev()
                .filter(|to| self.may_be_part(word, places[from], places[*to]))
                .filter_map(|to| ways[to].map(|(count, next)| (count + 1, to, next)))
                .filter(|(count, to, next)| {
                    let pair = (&word[places[from]..places[*to]], &word[places[*to]..places[*next]]);
                    *count == 1 || self.neighbours.contains(&pair_hash(pair.0, pair.1))
                })
                .map(|(count, to, _)| (count, to))
                .min_by_key(|(count, _)| *count);
        }
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some((_, to)) = ways[at].filter(|(_, to)| *to < letters) {
            parts.push(places[to]);
            at = to;
        }
        parts
    }
}

/// The end of `where's`, and the words that it is joined to.
const SHORT_IS: &str = "s";
const ASKING: [&str; 7] = ["where", "what", "who", "how", "when", "that", "here"];

/// So many unknown words of a message are looked at: nobody's message has more, and each costs many looks.
const LOOKED_AT_MAX: usize = 100;

/// A word has at most so many misspellings that are words of the rules too.
const ALIKE_MAX: usize = 4;

/// Fewer letters are no two words.
const JOINED_MIN: usize = 6;

/// More are not looked at.
const JOINED_MAX: usize = 40;

fn pair_hash(one: &str, other: &str) -> u64 {
    let [one, other] = [one, other].map(|word| if word == SHORT_IS { "is" } else { word });
    stable_hash(stable_hash(8, one.as_bytes()), other.as_bytes())
}

fn hash_of(form: &Form) -> u64 {
    stable_hash(7, &form.key())
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
    use proptest::prelude::*;

    use super::*;
    use crate::id::Language;
    use crate::text::language_of_words;

    fn vocabulary(words: &str, languages: &[&str]) -> Vocabulary {
        let languages: Vec<Language> = languages.iter().map(|tag| Language::from(*tag)).collect();
        let mut vocabulary = Vocabulary::default();
        for (word, _) in Words::of(words).iter() {
            vocabulary.intern(word);
        }
        vocabulary.note_neighbours(&Words::of(words));
        vocabulary.index(Skeletons::of(&languages));
        vocabulary
    }

    /// A message as it is read by a bot of these words and languages, and how many words were taken for mistyped ones.
    fn read(words: &str, languages: &[&str], text: &str) -> (String, usize) {
        let vocabulary = vocabulary(words, languages);
        let among: Vec<Language> = languages.iter().map(|tag| Language::from(*tag)).collect();
        let typed = Words::of(text);
        let told = language_of_words(&typed, text, &among);
        let typed = vocabulary.regrouped(text, &typed).unwrap_or(typed);
        match vocabulary.corrected(&typed, told.as_ref()) {
            Some(corrected) => (corrected.words.folded().to_owned(), corrected.mistyped),
            None => (typed.folded().to_owned(), 0),
        }
    }

    #[test]
    fn messages_are_read_in_the_words_of_the_rules() {
        let rows: &[(&str, &[&str], &str, &str, usize)] = &[
            ("cwsmer newydd", &["cy"], "nghwsmer newydd", "cwsmer newydd", 0),
            ("cwsmer newydd", &["en"], "nghwsmer newydd", "nghwsmer newydd", 0),
            ("paano magbayad", &["fil"], "pano nagbabayad", "paano magbayad", 0),
            (
                "που ειναι η παραγγελια μου to",
                &["en", "el"],
                "pou einai h paraggelia to",
                "που ειναι η παραγγελια to",
                0,
            ),
            ("το δεμα μου to me που", &["en", "el"], "pou to dema mou", "που το δεμα μου", 0),
            ("το δεμα μου to me που", &["en", "el"], "to me", "to me", 0),
            ("سفارش من کجاست man", &["en", "fa"], "sefaresh man kojast", "سفارش من کجاست", 0),
            ("cancel my order", &["en"], "cancelmyorder", "cancel my order", 0),
            ("where is my order", &["en"], "wheresmyorder", "where is my order", 0),
            ("where is my order", &["en"], "wheres my order", "where is my order", 0),
            ("the order is here", &["en"], "the orders here", "the order here", 1),
            ("where is my order", &["cy"], "wheresmyorder", "wheresmyorder", 0),
            ("the bookshelf", &["en"], "the book shelf", "the bookshelf", 0),
            ("the bookshelf book", &["en"], "the book shelf", "the bookshelf", 0),
            ("bookshelf book shelf", &["en"], "book shelf", "book shelf", 0),
            ("cancel the order", &["en"], "cancle the ordr", "cancel the order", 2),
            ("cancel the order", &["de"], "cancle the ordr", "cancel the order", 2),
            ("pay the bill", &["en", "cy"], "the bay", "the bay", 0),
            ("است وجه شو", &["en", "fa"], "set aj show", "set aj show", 0),
            ("πληρωμη", &["en", "el"], "plirwmi", "πληρωμη", 0),
            ("how are you", &["en"], "how r u", "how are you", 0),
            ("cancel it cancle", &["en"], "cncl it", "cancel it", 0),
            ("chair it choir", &["en"], "chr it", "chr it", 0),
            ("how are u you", &["en"], "how r u", "how are u", 0),
        ];
        for (words, languages, text, expected, mistyped) in rows {
            assert_eq!(read(words, languages, text), ((*expected).to_owned(), *mistyped), "{text:?} in {languages:?}");
        }
    }

    #[test]
    fn the_hundredth_unknown_word_is_the_last_that_is_looked_at() {
        let text = "gwsmer ".repeat(150);
        let (read, _) = read("cwsmer", &["cy"], &text);
        assert_eq!(read.matches("cwsmer").count(), 100);
    }

    proptest! {
        #[test]
        fn any_message_is_read_in_order_and_in_place(
            text in "\\PC{0,40}|[a-z0-9 ']{0,40}|(pou|to|h|paraggelia|sefaresh|man|nghwsmer|nag|bayad|order|my|an| ){0,12}|[α-ω ]{0,30}|[آ-ی\u{200c} ]{0,30}",
        ) {
            let words = "που ειναι η παραγγελια μου سفارش من کجاست cwsmer bayad order my man to an ab cd abcd";
            let vocabulary = vocabulary(words, &["en", "cy", "fil", "fa", "el"]);
            let typed = Words::of(&text);
            let told = language_of_words(&typed, &text, &["en", "cy", "fil", "fa", "el"].map(Language::from));
            let typed = vocabulary.regrouped(&text, &typed).unwrap_or(typed);
            let Some(corrected) = vocabulary.corrected(&typed, told.as_ref()) else { return Ok(()) };
            prop_assert_eq!(corrected.words.len(), typed.len());
            let mut end = 0;
            for (at, (word, range)) in corrected.words.iter().enumerate() {
                prop_assert!(range.start >= end && range.end > range.start);
                prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
                end = range.end;
                let changed = word != typed.get(at);
                prop_assert!(!changed || vocabulary.id(word) != UNKNOWN, "{} is no word of the rules", word);
                let romanised = told.as_ref().is_some_and(|told| told.romanised);
                prop_assert!(!changed || romanised || vocabulary.id(typed.get(at)) == UNKNOWN, "{} was known", word);
            }
        }
    }

    #[test]
    fn a_mistyped_word_finds_the_one_that_was_meant() {
        let mut vocabulary = Vocabulary::default();
        for word in ["order", "cancel", "appointment", "refund", "lamp", "person", "παραγγελια", "1234567"] {
            vocabulary.intern(word);
        }
        vocabulary.index(Skeletons::default());
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
