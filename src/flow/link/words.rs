//! `words:` of the bot and of its language files. A word group may mean one word only, and that word nothing else: so the result
//! never depends on an order, and nothing goes round in a circle.

use std::collections::BTreeMap;

use crate::flow::document::Field;
use crate::flow::link::Linker;
use crate::flow::read::{Entries, Line};
use crate::flow::report::code;
use crate::flow::source::Place;
use crate::flow::tree::{NodeId, shown};
use crate::flow::{Part, Synonym, Synonyms, parse_alternatives};
use crate::id::Language;
use crate::text::Words;

/// So many words and word groups may count as one word, all spelled out.
const OF_ONE_WORD: usize = 64;

/// So many words and word groups may count as another one in one bot.
const IN_ALL: usize = 5_000;

/// A word of the author, as it is read.
struct Entry {
    synonym: Synonym,
    folded: String,
    place: Place,
}

/// What a folded word group means so far: the number of its word, where it stands, and whether it is that word itself.
type Meanings = BTreeMap<String, (usize, Place, bool)>;

impl Linker<'_> {
    pub(crate) fn synonyms(&mut self) -> Synonyms {
        let mut rows: Vec<(String, NodeId, NodeId, Option<Language>)> =
            self.draft.words.iter().map(|(word, key, value)| (word.clone(), *key, *value, None)).collect();
        for (language, node) in self.language_sections(|doc| doc.words.map(|field| Field::at(field.node))) {
            let named = self.reader.named(node, "`words`");
            rows.extend(named.into_iter().map(|(word, key, value)| (word, key, value, Some(language.clone()))));
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines: Vec<(usize, Vec<Line>)> = Vec::new();
        for (word, key, value, language) in rows {
            let Some(number) = self.word_entry(&mut entries, word, key, language.is_some()) else { continue };
            lines.push((number, self.reader.lines_in(value, language.as_ref(), Entries::Words, "the words")));
        }
        let mut meanings: Meanings = entries
            .iter()
            .enumerate()
            .map(|(number, entry)| (entry.folded.clone(), (number, entry.place, true)))
            .collect();
        for (number, lines) in lines {
            for line in lines {
                for text in self.spelled(&line) {
                    self.counts_as(&mut entries, &mut meanings, number, text, line.place);
                }
            }
        }
        let count: usize = entries.iter().map(|entry| entry.synonym.said.len()).sum();
        let longest = entries.iter().max_by_key(|entry| entry.synonym.said.len());
        if let Some(entry) = longest.filter(|entry| entry.synonym.said.len() > OF_ONE_WORD) {
            let (said, word) = (entry.synonym.said.len(), shown(&entry.synonym.word));
            let message = format!("{said} words count as \"{word}\"; at most {OF_ONE_WORD} may");
            self.reader.problems.error(code::LIMIT, entry.place, message);
        } else if count > IN_ALL
            && let Some(entry) = entries.first()
        {
            let message = format!("{count} words under `words:`; one bot may have {IN_ALL}");
            self.reader.problems.error(code::LIMIT, entry.place, message);
        }
        Synonyms::new(entries.into_iter().map(|entry| entry.synonym).collect())
    }

    /// The number of a word; a language file may add to a word of the bot.
    fn word_entry(&mut self, entries: &mut Vec<Entry>, word: String, key: NodeId, adds: bool) -> Option<usize> {
        let place = self.reader.tree.place(key);
        let folded = Words::of(&word).folded().to_owned();
        if folded.is_empty() {
            self.reader
                .problems
                .error(code::BAD_WORD, place, "there is no word here")
                .hint("on the left stands the word that the others count as: `parcel: [package, box]`");
            return None;
        }
        if word.contains(['(', ')', '[', ']', '|', '<', '>', '{', '}']) {
            self.reader
                .problems
                .error(code::BAD_WORD, place, "the word that the others count as is written plainly")
                .hint("brackets may stand on the right: `parcel: |`, and below it `package[s]`");
            return None;
        }
        if let Some(number) = entries.iter().position(|entry| entry.folded == folded) {
            if adds {
                return Some(number);
            }
            let message = format!("\"{}\" is already defined under `words:`", shown(&word));
            let first = entries[number].place;
            self.reader.problems.error(code::DUPLICATE_NAME, place, message).related(first, "the first one");
            return None;
        }
        let at = self.reader.at(place);
        entries.push(Entry { synonym: Synonym { word, said: Vec::new(), at }, folded, place });
        Some(entries.len() - 1)
    }

    /// What a line stands for, spelled out.
    fn spelled(&mut self, line: &Line) -> Vec<String> {
        let alternatives = match parse_alternatives(&line.text) {
            Ok(alternatives) => alternatives,
            Err(error) => {
                self.phrase_error(&error, line);
                return Vec::new();
            }
        };
        match spell(&alternatives) {
            Ok(texts) => texts,
            Err(message) => {
                self.reader.problems.error(code::BAD_WORD, line.place, message);
                Vec::new()
            }
        }
    }

    /// Notes that a text counts as a word, if it means nothing else.
    fn counts_as(&mut self, entries: &mut [Entry], meanings: &mut Meanings, number: usize, text: String, place: Place) {
        let problems = &mut self.reader.problems;
        let folded = Words::of(&text).folded().to_owned();
        if folded.is_empty() {
            problems
                .error(code::BAD_WORD, place, "there is no word here")
                .hint("pictures are words, but punctuation marks are none");
            return;
        }
        let word = shown(&entries[number].synonym.word).to_owned();
        match meanings.get(&folded) {
            Some((known, _, true)) if *known == number => {
                problems
                    .error(code::BAD_WORD, place, format!("\"{}\" is the word \"{word}\" itself", shown(&text)))
                    .hint("take it out: case and accents make no difference");
            }
            Some((known, first, is_word)) if *known != number => {
                let (first, other) = (*first, shown(&entries[*known].synonym.word).to_owned());
                let (message, hint) = if *is_word {
                    (
                        format!("\"{}\" counts as \"{word}\" here and is a word of its own", shown(&text)),
                        format!("write what counts as \"{other}\" under \"{word}\" too, and take \"{other}\" out"),
                    )
                } else {
                    (
                        format!("\"{}\" counts as \"{word}\" here and as \"{other}\" elsewhere", shown(&text)),
                        "it can mean only one of the two".to_owned(),
                    )
                };
                problems.error(code::BAD_WORD, place, message).hint(hint).related(first, "the other place");
            }
            Some(_) => {}
            None => {
                meanings.insert(folded, (number, place, false));
                let at = self.reader.at(place);
                entries[number].synonym.said.push((text, at));
            }
        }
    }
}

/// All texts that some alternatives stand for.
fn spell(alternatives: &[Vec<Part>]) -> Result<Vec<String>, String> {
    let mut texts = Vec::new();
    for parts in alternatives {
        let mut heads = vec![String::new()];
        for part in parts {
            let tails = match part {
                Part::Text(text) => vec![text.clone()],
                Part::Choice(inner) => spell(inner)?,
                Part::Optional(inner) => std::iter::once(String::new()).chain(spell(inner)?).collect(),
                Part::Entity { .. } | Part::Snippet(_) => {
                    return Err("what counts as a word holds no `{entity}` and no `<snippet>`".to_owned());
                }
            };
            if heads.len() * tails.len() > OF_ONE_WORD {
                return Err(format!("this stands for more than {OF_ONE_WORD} word groups"));
            }
            heads = heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect();
        }
        texts.extend(heads);
    }
    // What may be missing leaves blanks behind.
    Ok(texts.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

#[cfg(test)]
mod tests {
    use crate::flow::{SourceFile, load};

    const BOT: &str =
        "bot: { name: Test, languages: [en, el] }\nintents: { a: { phrases: my parcel, answer: { en: A, el: Α } } }\n";

    fn report(words: &str) -> String {
        load(&[SourceFile::new("bot.yaml", format!("{BOT}words:\n{words}"))]).report.to_string()
    }

    #[test]
    fn words_are_a_list_or_a_block_and_language_files_add_to_them() {
        let files = [
            SourceFile::new(
                "bot.yaml",
                format!("{BOT}words:\n  parcel: [package, Box]\n  my: |\n    our[s]\n    (his|her) own\n"),
            ),
            SourceFile::new("el.yaml", "language: el\nwords:\n  Parcel: |\n    δέμα[τα]\n"),
        ];
        let loaded = load(&files);
        assert!(loaded.report.is_empty(), "{}", loaded.report);
        let synonyms = loaded.program.unwrap().synonyms;
        assert_eq!(synonyms.spellings(0), ["parcel", "box", "package", "δεμα", "δεματα"]);
        assert_eq!(synonyms.spellings(1), ["my", "her own", "his own", "our", "ours"]);
    }

    #[test]
    fn a_language_file_denies_sentences_too() {
        let files = [
            SourceFile::new("bot.yaml", BOT),
            SourceFile::new("el.yaml", "language: el\nnot_phrases:\n  a: |\n    χάθηκε [το] δέμα\n"),
        ];
        let loaded = load(&files);
        assert!(loaded.report.is_empty(), "{}", loaded.report);
        let denied = &loaded.program.unwrap().intents["a"].not_phrases;
        assert_eq!((denied.len(), denied[0].language.as_ref().map(|tag| tag.as_str())), (1, Some("el")));
    }

    #[test]
    fn too_many_words_are_an_error_that_names_the_limit() {
        let many = |count: usize| (0..count).map(|n| format!("    w{n}\n")).collect::<String>();
        assert!(report(&format!("  parcel: |\n{}", many(64))).is_empty());
        assert!(
            report(&format!("  parcel: |\n{}", many(65)))
                .contains("bot.yaml:4:3: error[limit]: 65 words count as \"parcel\"; at most 64 may")
        );
        let rows = (0..100).map(|row| {
            format!("  r{row}: [{}]\n", (0..51).map(|n| format!("x{row}y{n}")).collect::<Vec<_>>().join(", "))
        });
        let all: String = rows.collect();
        assert!(report(&all).contains("error[limit]: 5100 words under `words:`; one bot may have 5000"));
    }
}
