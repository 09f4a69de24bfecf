//! `words:`: words and word groups that count as another word, wherever the bot reads them. It knows folded words and where the
//! author wrote them, but no rules; `link` sees to it that every word group means one word only.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::flow::At;
use crate::text::Words;

/// A word and what counts as it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonym {
    /// The word as the author wrote it.
    pub word: String,
    /// What counts as it, spelled out, each with its place.
    pub said: Vec<(String, At)>,
    /// Where the word stands.
    pub at: At,
}

/// All synonyms of a bot, to be looked up.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    list: Vec<Synonym>,
    /// The spellings of each word, folded: its own first, the others in the order of the alphabet.
    spellings: Vec<Vec<String>>,
    /// By its first word every spelling, the longest first.
    by_first: BTreeMap<Box<str>, Vec<Spelling>>,
}

/// One way to say a word, as folded words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spelling {
    words: Vec<Box<str>>,
    synonym: usize,
    /// Its number among `said`; none for the word itself.
    said: Option<usize>,
}

/// Words of a text that count as another word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The number of the first word.
    pub first: usize,
    /// The number after the last word.
    pub end: usize,
    synonym: usize,
    said: usize,
}

impl Synonyms {
    /// Prepares synonyms. Where two words had one spelling, the first would win; linking reports that as an error.
    pub fn new(list: Vec<Synonym>) -> Self {
        let mut synonyms = Self { list, ..Self::default() };
        for (number, synonym) in synonyms.list.iter().enumerate() {
            let own = Words::of(&synonym.word);
            let mut spellings: Vec<String> = Vec::new();
            let all = synonym.said.iter().enumerate().map(|(said, (text, _))| (Words::of(text), Some(said)));
            for (words, said) in std::iter::once((own.clone(), None)).chain(all) {
                let folded = words.folded().to_owned();
                if words.is_empty() || spellings.contains(&folded) {
                    continue;
                }
                spellings.push(folded);
                let words: Vec<Box<str>> = words.iter().map(|(word, _)| word.into()).collect();
                let Some(first) = words.first().cloned() else { continue };
                synonyms.by_first.entry(first).or_default().push(Spelling { words, synonym: number, said });
            }
            spellings.get_mut(1..).unwrap_or_default().sort_unstable();
            synonyms.spellings.push(spellings);
        }
        for spellings in synonyms.by_first.values_mut() {
            spellings.sort_by(|a, b| b.words.len().cmp(&a.words.len()).then_with(|| a.cmp(b)));
        }
        synonyms
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The words, each with what counts as it.
    pub fn list(&self) -> &[Synonym] {
        &self.list
    }

    /// Every spelling that begins a list of folded words, the longest first: how many words it has, and the number of its word.
    pub fn beginning<'s>(&'s self, words: &'s [&str]) -> impl Iterator<Item = (usize, usize)> + 's {
        self.spellings_at(words).map(|spelling| (spelling.words.len(), spelling.synonym))
    }

    fn spellings_at<'s>(&'s self, words: &'s [&str]) -> impl Iterator<Item = &'s Spelling> + 's {
        let known = words.first().and_then(|first| self.by_first.get(*first)).map_or(&[][..], Vec::as_slice);
        known.iter().filter(move |spelling| {
            spelling.words.len() <= words.len() && spelling.words.iter().zip(words).all(|(one, other)| **one == **other)
        })
    }

    /// The folded spellings of a word, its own first.
    pub fn spellings(&self, synonym: usize) -> &[String] {
        self.spellings.get(synonym).map_or(&[], Vec::as_slice)
    }

    /// The words of a text that count as another word, the longest group at each place.
    pub fn find(&self, words: &Words) -> Vec<Counted> {
        let mut found = Vec::new();
        if self.is_empty() {
            return found;
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| word).collect();
        let mut first = 0;
        while first < all.len() {
            let Some(spelling) = self.spellings_at(&all[first..]).next() else {
                first += 1;
                continue;
            };
            let end = first + spelling.words.len();
            if let Some(said) = spelling.said {
                found.push(Counted { first, end, synonym: spelling.synonym, said });
            }
            first = end;
        }
        found
    }

    /// What the words count as, folded.
    pub fn word(&self, counted: Counted) -> &str {
        self.spellings(counted.synonym).first().map_or("", String::as_str)
    }

    /// The same as the author wrote it, and where he wrote what counts as it.
    pub fn written(&self, counted: Counted) -> Option<(&str, &At)> {
        let synonym = self.list.get(counted.synonym)?;
        Some((&synonym.word, &synonym.said.get(counted.said)?.1))
    }

    /// The text in which everything that counts as a word is that word.
    pub fn canonical<'w>(&self, words: &'w Words) -> Cow<'w, Words> {
        self.with_counted(words, &self.find(words))
    }

    /// The same where it is known what counts as a word.
    pub fn with_counted<'w>(&self, words: &'w Words, counted: &[Counted]) -> Cow<'w, Words> {
        if counted.is_empty() {
            return Cow::Borrowed(words);
        }
        let list = words.list();
        let mut text = String::with_capacity(words.folded().len() + 16);
        let mut from = 0;
        for counted in counted {
            let (first, last) = (list[counted.first], list[counted.end - 1]);
            text.push_str(&words.folded()[from..first.from as usize]);
            text.push_str(self.word(*counted));
            from = last.to as usize;
        }
        text.push_str(&words.folded()[from..]);
        // Folding a folded text changes nothing.
        Cow::Owned(Words::of(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synonyms(rows: &[(&str, &[&str])]) -> Synonyms {
        let at = At { file: "bot.yaml".into(), line: 1, column: 1 };
        let list = rows.iter().map(|(word, said)| Synonym {
            word: (*word).to_owned(),
            said: said.iter().map(|text| ((*text).to_owned(), at.clone())).collect(),
            at: at.clone(),
        });
        Synonyms::new(list.collect())
    }

    #[test]
    fn word_groups_become_the_word_that_they_count_as() {
        let synonyms = synonyms(&[
            ("cancel", &["call off", "scrap", "call"]),
            ("parcel", &["package", "jiffy bag"]),
            ("gift card", &["voucher"]),
            ("παραγγελία", &["αγορά"]),
        ]);
        let rows = [
            ("Call off my package!", "cancel my parcel"),
            ("call my package off", "cancel my parcel off"),
            ("scrapped packages", "scrapped packages"),
            ("a Jiffy Bag and a VOUCHER", "a parcel and a gift card"),
            ("parcel parcel", "parcel parcel"),
            ("η Αγορά μου", "η παραγγελια μου"),
            ("", ""),
        ];
        for (text, expected) in rows {
            assert_eq!(synonyms.canonical(&Words::of(text)).folded(), expected, "{text}");
        }
    }

    #[test]
    fn the_order_of_the_words_changes_nothing() {
        let one = synonyms(&[("a", &["x y", "x"]), ("b", &["y z", "z"])]);
        let other = synonyms(&[("b", &["z", "y z"]), ("a", &["x", "x y"])]);
        for text in ["x y z", "x z y", "y z x y", "z z x"] {
            let words = Words::of(text);
            assert_eq!(one.canonical(&words), other.canonical(&words), "{text}");
        }
        assert_eq!(one.canonical(&Words::of("x y z")).folded(), "a b");
    }
}
