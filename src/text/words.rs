//! Words: what a text is made of, folded, each with the place in the original text that it came from. Words of scripts without
//! blanks (Thai, Khmer, Chinese, Japanese …) are found by ICU's dictionaries and models.

use std::ops::Range;
use std::sync::LazyLock;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use super::fold::{fold_into, is_apostrophe, is_invisible, is_mark, is_picture};

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_auto(WordBreakInvariantOptions::default()));

/// Prefixes of Persian verbs that are written apart, joined, or with a joiner between.
const PERSIAN_PREFIXES: [&str; 2] = ["می", "نمی"];

/// Endings of Persian nouns that are written in the same three ways.
const PERSIAN_SUFFIXES: [&str; 4] = ["ها", "های", "هایی", "هایم"];

/// The words of one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    folded: String,
    list: Vec<Word>,
}

/// One word: where it stands in the folded text and in the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The first byte in [`Words::folded`].
    pub from: u32,
    /// The first byte after it in [`Words::folded`].
    pub to: u32,
    /// The first byte in the original text.
    pub start: u32,
    /// The first byte after it in the original text.
    pub end: u32,
}

impl Words {
    /// Finds and folds the words of a text.
    pub fn of(text: &str) -> Self {
        let mut words =
            Self { folded: String::with_capacity(text.len() + 8), list: Vec::with_capacity(text.len() / 4) };
        if text.is_ascii() {
            words.read_ascii(text);
        } else {
            words.read_unicode(text);
        }
        words
    }

    /// All words in order, one blank between two, except where the script writes none.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The places of the words.
    pub fn list(&self) -> &[Word] {
        &self.list
    }

    /// The word of that number, folded; empty past the end.
    pub fn get(&self, index: usize) -> &str {
        self.list.get(index).map_or("", |word| &self.folded[word.from as usize..word.to as usize])
    }

    /// The folded words with their byte ranges in the original text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.list
            .iter()
            .map(|word| (&self.folded[word.from as usize..word.to as usize], word.start as usize..word.end as usize))
    }

    /// The numbers of the words that lie wholly or partly in a byte range of the original text.
    pub fn within(&self, range: Range<usize>) -> Range<usize> {
        let first = self.list.partition_point(|word| word.end as usize <= range.start);
        let last = self.list.partition_point(|word| (word.start as usize) < range.end);
        first..last.max(first)
    }

    /// The same words with some replaced, at the same places of the original text.
    pub(crate) fn replaced<'a>(&self, mut by: impl FnMut(&str) -> Option<&'a str>) -> Self {
        let mut words =
            Self { folded: String::with_capacity(self.folded.len() + 8), list: Vec::with_capacity(self.len()) };
        let mut before = 0;
        for word in &self.list {
            words.folded.push_str(&self.folded[before..word.from as usize]);
            let said = &self.folded[word.from as usize..word.to as usize];
            let from = size(words.folded.len());
            words.folded.push_str(by(said).unwrap_or(said));
            words.list.push(Word { from, to: size(words.folded.len()), ..*word });
            before = word.to as usize;
        }
        words
    }

    /// The same words with other borders: two neighbours are one word where `joins` says so, and one is several where `splits`
    /// names the bytes of the folded word before which the others begin. None where nothing changes.
    pub(crate) fn regrouped(
        &self,
        text: &str,
        joins: impl Fn(&str, &str) -> bool,
        splits: impl Fn(&str) -> Vec<usize>,
    ) -> Option<Self> {
        let mut words =
            Self { folded: String::with_capacity(self.folded.len() + 8), list: Vec::with_capacity(self.len() + 4) };
        let mut changed = false;
        let mut before = 0;
        let mut at = 0;
        while let Some(word) = self.list.get(at) {
            words.folded.push_str(&self.folded[before..word.from as usize]);
            before = word.to as usize;
            let said = self.get(at);
            if let Some(next) = self.list.get(at + 1).filter(|_| joins(said, self.get(at + 1))) {
                let from = size(words.folded.len());
                words.folded.push_str(said);
                words.folded.push_str(self.get(at + 1));
                words.list.push(Word { from, to: size(words.folded.len()), start: word.start, end: next.end });
                before = next.to as usize;
                changed = true;
                at += 2;
                continue;
            }
            let parts = original_places(&text[word.start as usize..word.end as usize], said, &splits(said));
            changed |= !parts.is_empty();
            let (mut from, mut start) = (0, word.start);
            for (folded, original) in parts {
                words.push_part(&said[from..folded], start..word.start + size(original));
                words.folded.push(' ');
                (from, start) = (folded, word.start + size(original));
            }
            words.push_part(&said[from..], start..word.end);
            at += 1;
        }
        changed.then_some(words)
    }

    fn push_part(&mut self, folded: &str, place: Range<u32>) {
        let from = size(self.folded.len());
        self.folded.push_str(folded);
        self.list.push(Word { from, to: size(self.folded.len()), start: place.start, end: place.end });
    }

    fn read_ascii(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let mut at = 0;
        while at < bytes.len() {
            if !is_word(at) {
                at += 1;
                continue;
            }
            let start = at;
            while is_word(at) || (matches!(bytes.get(at), Some(b'\'' | b'`')) && is_word(at + 1)) {
                at += 1;
            }
            self.add(text, start..at, false);
        }
    }

    pub(super) fn read_unicode(&mut self, text: &str) {
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            if is_picture(c) {
                self.add(text, start..start + c.len_utf8(), false);
                continue;
            }
            if !is_word_char(c) {
                continue;
            }
            let mut end = start + c.len_utf8();
            let mut unspaced = is_unspaced(c);
            // An apostrophe or a joiner belongs to the word if the word goes on behind it.
            while let Some((at, next)) = chars.peek().copied() {
                if is_word_char(next) {
                    unspaced |= is_unspaced(next);
                    end = at + next.len_utf8();
                } else if !(is_invisible(next) || (is_apostrophe(next) && follows_word(&text[at + next.len_utf8()..])))
                {
                    break;
                }
                chars.next();
            }
            if unspaced { self.add_segments(text, start..end) } else { self.add_spaced(text, start..end) }
        }
    }

    fn add_spaced(&mut self, text: &str, range: Range<usize>) {
        let before = self.list.last().copied();
        self.add(text, range.clone(), false);
        let (Some(before), Some(word)) = (before, self.list.last().copied()) else { return };
        if before.to >= word.from || !text[before.end as usize..range.start].chars().all(char::is_whitespace) {
            return;
        }
        let said = |word: Word| &self.folded[word.from as usize..word.to as usize];
        let joins = (PERSIAN_PREFIXES.contains(&said(before)) && said(word).starts_with(is_arabic))
            || (PERSIAN_SUFFIXES.contains(&said(word)) && said(before).ends_with(is_arabic));
        if joins {
            self.folded.remove(before.to as usize);
            self.list.pop();
            if let Some(last) = self.list.last_mut() {
                last.to = word.to - 1;
                last.end = word.end;
            }
        }
    }

    fn add_segments(&mut self, text: &str, range: Range<usize>) {
        let run = &text[range.clone()];
        let mut start = 0;
        let mut glued = false;
        for end in SEGMENTER.segment_str(run).filter(|end| *end > 0) {
            let count = self.list.len();
            self.add(text, range.start + start..range.start + end, glued);
            glued |= self.list.len() > count;
            start = end;
        }
    }

    /// Folds one word and adds it, unless nothing is left of it.
    fn add(&mut self, text: &str, range: Range<usize>, glued: bool) {
        let before = self.folded.len();
        if !glued && before > 0 {
            self.folded.push(' ');
        }
        let from = self.folded.len();
        let original = &text[range.clone()];
        fold_into(original, &mut self.folded);
        if !original.is_ascii() && self.folded[from..].contains(|c| !is_word_char(c) && !is_picture(c)) {
            // Compatibility forms may unfold into more than letters: "½" has a slash, some ligatures have blanks.
            let kept: String = self.folded[from..].chars().filter(|c| is_word_char(*c) || is_picture(*c)).collect();
            self.folded.truncate(from);
            self.folded.push_str(&kept);
        }
        if self.folded.len() == from {
            self.folded.truncate(before);
            return;
        }
        self.list.push(Word {
            from: size(from),
            to: size(self.folded.len()),
            start: size(range.start),
            end: size(range.end),
        });
    }
}

/// For places in a folded word the places in the original that they come from; nothing where one of them falls inside a letter
/// of the original or the letters before it fold differently by themselves. A word of which most is folded away is not looked at:
/// every place is found by folding all that stands before it.
fn original_places(original: &str, folded: &str, places: &[usize]) -> Vec<(usize, usize)> {
    if original.chars().count() > 2 * folded.chars().count() {
        return Vec::new();
    }
    let mut found = Vec::with_capacity(places.len());
    let mut prefix = String::new();
    for place in places {
        let fits = original.char_indices().map(|(at, _)| at).find(|at| {
            prefix.clear();
            fold_into(&original[..*at], &mut prefix);
            folded.get(..*place) == Some(prefix.as_str())
        });
        match fits {
            Some(at) if at > 0 => found.push((*place, at)),
            _ => return Vec::new(),
        }
    }
    found
}

/// Whether scripts without blanks use this character, so that every place beside it may be the border of a word.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(
        u32::from(c),
        0x0e00..=0x0eff
            | 0x1000..=0x109f
            | 0x1780..=0x17ff
            | 0x1950..=0x19df
            | 0x1a20..=0x1aaf
            | 0x3005..=0x3007
            | 0x3031..=0x3035
            | 0x3040..=0x30ff
            | 0x31f0..=0x31ff
            | 0x3400..=0x4dbf
            | 0x4e00..=0x9fff
            | 0xa9e0..=0xa9ff
            | 0xaa60..=0xaadf
            | 0xf900..=0xfaff
            | 0xff66..=0xff9f
            | 0x2_0000..=0x3_ffff
    )
}

fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn is_word_char(c: char) -> bool {
    (c.is_alphanumeric() && !is_apostrophe(c) && !is_invisible(c)) || c == '_' || (is_mark(c) && !is_invisible(c))
}

fn follows_word(rest: &str) -> bool {
    rest.chars().find(|c| !is_invisible(*c)).is_some_and(is_word_char)
}

fn is_arabic(c: char) -> bool {
    matches!(u32::from(c), 0x0600..=0x06ff | 0x0750..=0x077f)
}
