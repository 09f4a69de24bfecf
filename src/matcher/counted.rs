//! `words:` at run time: which words of a message count as others, for likeness and for what stays unexplained. Exact fits need
//! none of this: a template takes every spelling of a word (see `lower`).

use crate::flow::Counted;
use crate::text::Words;

use super::vocabulary::WordId;
use super::{CountedAs, Matcher};

impl Matcher {
    /// What counts as another word, mistyped words read as they were probably meant.
    pub(super) fn counted(&self, words: &Words, corrected: Option<&Words>) -> Vec<Counted> {
        self.synonyms.find(corrected.unwrap_or(words))
    }

    /// The number of each word, as it counts.
    pub(super) fn ids_as_counted(&self, words: &Words, counted: &[Counted]) -> Vec<WordId> {
        let mut ids: Vec<WordId> = words.iter().map(|(word, _)| self.vocabulary.id(word)).collect();
        for counted in counted {
            // Where a word counts as several, its places stand for these in their order.
            let mut as_words = self.synonyms.word(*counted).split(' ').map(|word| self.vocabulary.id(word));
            let mut last = None;
            for id in ids.iter_mut().take(counted.end).skip(counted.first) {
                last = as_words.next().or(last);
                *id = last.unwrap_or(*id);
            }
        }
        ids
    }

    /// The same in words, for an explanation.
    pub(super) fn told_as_counted(&self, text: &str, words: &Words, counted: &[Counted]) -> Vec<CountedAs> {
        let list = words.list();
        counted
            .iter()
            .filter_map(|counted| {
                let (word, at) = self.synonyms.written(*counted)?;
                let said = &text[list[counted.first].start as usize..list[counted.end - 1].end as usize];
                Some(CountedAs { said: said.to_owned(), word: word.to_owned(), at: format!("{}:{}", at.file, at.line) })
            })
            .collect()
    }
}
