//! Understanding: from a visitor's text to intents with a confidence, and to values. Compiled once from the linked program,
//! run once per message whatever the number of intents. It knows no conversation; what it needs of the moment is in [`Moment`].
//!
//! `compile` turns the rules into machines (`graph` and `templates`, `keywords`, `values`, `similarity`), `rank` weighs what they
//! find, `heard` hears the built-in intents, `choose` matches a text with offered options, `explain` puts an understanding into words.

#![deny(clippy::disallowed_methods)]

mod answers;
mod choose;
mod clauses;
mod compile;
mod counted;
mod denials;
mod expand;
mod explain;
mod fillers;
mod frustration;
mod graph;
mod heard;
mod keywords;
pub mod kinds;
mod lower;
mod negation;
mod neighbours;
mod numbers;
mod parts;
mod rank;
mod similarity;
mod small_talk;
mod templates;
mod understanding;
mod values;
mod vocabulary;
mod wordings;

use std::collections::BTreeMap;

use regex::{Regex, RegexSet};

use crate::flow::{At, Builtin, Counted, Cue, Kind, Synonyms};
use crate::id::{EntityName, IntentName, Language};
use crate::text::{Told, Words, language_of_words, plain};

pub use explain::explain;
pub use understanding::*;
pub use wordings::Wordings;

use answers::Asker;
use denials::Denials;
use graph::{Graph, Reader};
use keywords::{Hit, Keywords};
use neighbours::Neighbours;
use similarity::{Likeness, Similarity};
use small_talk::SmallTalk;
use templates::Templates;
use values::Values;
use vocabulary::{Corrected, Vocabulary};

/// What the dialog asks of understanding. There is one real implementation; tests of the dialog script their own, so that they
/// do not depend on how well messages are understood.
pub trait Understand: std::fmt::Debug + Send + Sync {
    /// What a message may mean.
    fn understand(&self, text: &str, moment: &Moment) -> Understanding;

    /// The values of one kind in a text: for [`Kind::Text`] the whole text.
    fn values(&self, kind: &Kind, text: &str, moment: &Moment) -> Vec<Found>;

    /// Those of them that a text gives as the answer to a question: not the Monday of "any day but Monday".
    fn answers(&self, kind: &Kind, text: &str, moment: &Moment) -> Vec<Found> {
        self.values(kind, text, moment)
    }

    /// Which of the offered options a typed text means; each has one or more spellings.
    fn choose(&self, options: &[Vec<String>], text: &str, moment: &Moment) -> Option<usize>;

    /// Whether a text begins as a correction does: "no, I meant …".
    fn is_correction(&self, text: &str) -> bool;

    /// Whether a text asks something.
    fn is_question(&self, _text: &str) -> bool {
        false
    }

    /// Whether a text says yes to a question, perhaps in the question's own words or in those of the intents that led to it.
    fn says_yes_to(&self, _text: &str, _question: &str, _intents: &[&IntentName]) -> bool {
        false
    }
}

/// Everything that a bot understands, compiled.
#[derive(Debug, Clone)]
pub struct Matcher {
    graph: Graph,
    vocabulary: Vocabulary,
    /// What counts as another word.
    synonyms: Synonyms,
    /// The author's intents by number: in the order of their names.
    intents: Vec<IntentName>,
    /// The phrases of the author's intents, and the rule that each stands for.
    phrases: Templates,
    phrase_rules: Vec<Rule>,
    /// What stands beside the named values of the phrases.
    neighbours: Neighbours,
    /// How many words each phrase takes literally at least: the more, the more specific.
    literal_words: Vec<u32>,
    /// Sentences that mean something else than the intent they stand at.
    denials: Templates,
    denied: Vec<Target>,
    near_denials: Denials,
    /// The phrases of the built-in intents.
    builtin_phrases: Templates,
    builtins: Vec<Builtin>,
    /// Pairs of cues that speak for a built-in intent: the halves, two for each pair.
    near: Templates,
    near_of: Vec<Builtin>,
    /// Phrases that speak for a built-in intent anywhere, where no intent of the author fits better.
    maybe: Templates,
    maybe_of: Vec<Builtin>,
    /// Words and word groups that say how the rest of a message is meant.
    cues: Templates,
    cue_of: Vec<Cue>,
    /// What capitals and exclamation marks count as signs of impatience.
    shouting: [u32; 2],
    small_talk: SmallTalk,
    keywords: Keywords,
    keyword_rules: Vec<KeywordRule>,
    patterns: Patterns,
    values: Values,
    fillers: Templates,
    /// What opens a correction.
    corrections: Templates,
    similarity: Similarity,
    /// For each word of the rules the author's intents whose phrases have it, in order.
    word_intents: Vec<Vec<u16>>,
    /// The built-in kinds that phrases or questions use.
    kinds: Vec<Kind>,
    languages: Vec<Language>,
    zone: jiff::tz::TimeZone,
}

/// A phrase or keyword as the author wrote it.
#[derive(Debug, Clone)]
struct Rule {
    /// The entities with listed values of which every wording of the phrase has one.
    needs: Vec<EntityName>,
    intent: u32,
    source: String,
    at: At,
}

/// Whom a keyword speaks for or against.
#[derive(Debug, Clone)]
struct KeywordRule {
    target: Target,
    excludes: bool,
    source: String,
    at: At,
    /// How many intents have the same keyword.
    sharers: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Intent(u32),
    Builtin(Builtin),
}

/// The regular expressions of the author's intents: one set says which fit, then only these are searched.
#[derive(Debug, Clone)]
struct Patterns {
    set: RegexSet,
    list: Vec<(Regex, Rule)>,
}

/// All that was found in one message, before it is weighed.
struct Findings {
    words: Words,
    /// Exact fits of the author's phrases: the rule, the first word, the word after the last.
    exact: Vec<(u32, usize, usize)>,
    /// Intents of which the whole message is a sentence that means something else.
    denied: Vec<Target>,
    /// Where such sentences stand, for the built-in intents, which are heard in parts of a message too.
    denials: Vec<(Builtin, std::ops::Range<usize>)>,
    /// Fits of the built-in phrases anywhere.
    builtin: Vec<(u32, usize, usize)>,
    /// Cues of pairs, found anywhere: twice the number of the pair, one more for its second half.
    near: Vec<(u32, usize, usize)>,
    /// Fits of the phrases that may speak for a built-in intent.
    maybe: Vec<(u32, usize, usize)>,
    /// The cues: which, the first word, the word after the last.
    cues: Vec<(Cue, usize, usize)>,
    /// What stands between marks of punctuation.
    clauses: Vec<std::ops::Range<usize>>,
    /// Fits of small talk anywhere.
    small_talk: Vec<(u32, usize, usize)>,
    keywords: Vec<Hit>,
    patterns: Vec<(usize, std::ops::Range<usize>)>,
    /// The first words past fillers at the start, and the ends before fillers at the end.
    starts: Vec<usize>,
    ends: Vec<usize>,
    /// How many words were taken for mistyped ones.
    mistyped: usize,
    /// Words that count as others.
    counted: Vec<Counted>,
}

/// Longer messages are looked at up to here; the dialog's limit on a message lies below.
const WORDS_MAX: usize = 1_000;

/// Parts of a message are understood for themselves, and parts of these, but not without end.
const DEPTH_MAX: u8 = 2;

impl Understand for Matcher {
    fn understand(&self, text: &str, moment: &Moment) -> Understanding {
        self.understand_at(text, moment, 0)
    }

    fn values(&self, kind: &Kind, text: &str, moment: &Moment) -> Vec<Found> {
        match kind {
            Kind::Entity(name) => {
                let (_, words, corrected) = self.read(text, Words::of(text));
                let mut found = self.entity_values(text, &words, corrected.as_ref().map(|corrected| &corrected.words));
                found.retain(|value| value.kind == *kind);
                if found.is_empty() {
                    found.extend(self.values.nearest(name, text));
                }
                found
            }
            other => kinds::answer(text, other, moment, &self.zone),
        }
    }

    fn answers(&self, kind: &Kind, text: &str, moment: &Moment) -> Vec<Found> {
        let mut found = self.values(kind, text, moment);
        if !matches!(kind, Kind::Text | Kind::Name | Kind::YesNo) && !found.is_empty() {
            let (_, words, _) = self.read(text, Words::of(text));
            self.leave_out(text, &words, &mut found, Asker::Question);
        }
        found
    }

    fn choose(&self, options: &[Vec<String>], text: &str, _moment: &Moment) -> Option<usize> {
        let as_typed = self.chosen(options, text);
        as_typed.or_else(|| {
            let (.., corrected) = self.read(text, Words::of(text));
            let respelt = corrected.filter(|corrected| corrected.is_respelt)?;
            self.chosen(options, respelt.words.folded())
        })
    }

    fn is_correction(&self, text: &str) -> bool {
        let words = Words::of(text);
        let reader = Reader::new(&self.graph, &self.vocabulary, &words, &[]);
        self.corrections.anywhere(&reader).iter().any(|(_, first, _)| *first == 0)
    }

    fn is_question(&self, text: &str) -> bool {
        self.asks(text)
    }

    fn says_yes_to(&self, text: &str, question: &str, intents: &[&IntentName]) -> bool {
        self.affirms(text, question, intents)
    }
}

impl Matcher {
    /// Understands a text that is the message, or what is left of it at a depth of so many parts in parts.
    fn understand_at(&self, text: &str, moment: &Moment, depth: u8) -> Understanding {
        let words = Words::of(text);
        if words.len() > WORDS_MAX {
            let end = words.list()[WORDS_MAX - 1].end as usize;
            return self.understand_at(&text[..end], moment, depth);
        }
        let (told, words, corrected) = self.read(text, words);
        let mut values = self.find_values(text, &words, corrected.as_ref().map(|corrected| &corrected.words), moment);
        let mut typed = self.look(text, words, &values, 0);
        typed.counted = self.counted(&typed.words, corrected.as_ref().map(|corrected| &corrected.words));
        // What is only spelt in another way is judged by the words that it stands for; a mistyped word by its letters.
        let respelt = corrected.as_ref().filter(|corrected| corrected.is_respelt).map(|corrected| &corrected.words);
        let judged = self.synonyms.with_counted(respelt.unwrap_or(&typed.words), &typed.counted);
        let likeness = self.similarity.score(&judged);
        let corrected = corrected.map(|corrected| self.look(text, corrected.words, &values, corrected.mistyped));
        let mut weighed = self.weigh(text, &typed, corrected.as_ref(), &likeness, &values);
        let (ranked, unexplained) = (&mut weighed.ranked, &mut weighed.unexplained);
        let is_talk = self.add_small_talk(text, &typed, corrected.as_ref(), ranked, unexplained);
        if let Some((rule, first, end, corrected_fit)) = weighed.named {
            let found = if corrected_fit { corrected.as_ref().unwrap_or(&typed) } else { &typed };
            self.name_slots(&found.words, rule, first, end, &mut values, text);
        } else if let Some(best) = weighed.ranked.first()
            && let Ok(intent) = self.intents.binary_search(&best.intent)
        {
            let words = &corrected.as_ref().unwrap_or(&typed).words;
            self.neighbours.name(intent as u32, words, &self.vocabulary, &mut values);
        }
        self.leave_out(text, &typed.words, &mut values, Asker::Anybody);
        let mut builtin = self.heard(&typed, corrected.as_ref());
        if is_talk {
            // "Am I talking to a real person?" has a wish for a person in it, and is none.
            builtin.retain(|builtin, heard| *builtin != Builtin::Human || heard.whole);
        }
        let understanding = Understanding {
            ranked: weighed.ranked,
            unwanted: Vec::new(),
            parts: Vec::new(),
            frustration: self.frustration(text, corrected.as_ref().unwrap_or(&typed)),
            farewell: typed.says_goodbye() || corrected.as_ref().is_some_and(Findings::says_goodbye),
            builtin,
            unexplained: weighed.unexplained,
            counted: self.told_as_counted(text, &typed.words, &typed.counted),
            language: told.map(|told| told.language),
            values,
        };
        let found = corrected.as_ref().unwrap_or(&typed);
        let understanding = self.without_unwanted(understanding, found, text, moment, depth);
        self.in_parts(understanding, found, text, moment, depth)
    }

    /// The language of a message, its words with the borders that were meant, and these as they were probably meant.
    fn read(&self, text: &str, words: Words) -> (Option<Told>, Words, Option<Corrected>) {
        let told = language_of_words(&words, text, &self.languages);
        let words = self.vocabulary.regrouped(text, &words).unwrap_or(words);
        let corrected = self.vocabulary.corrected(&words, told.as_ref());
        (told, words, corrected)
    }

    fn find_values(&self, text: &str, words: &Words, corrected: Option<&Words>, moment: &Moment) -> Vec<Found> {
        let mut found = self.entity_values(text, words, corrected);
        if !self.kinds.is_empty() {
            let reading = kinds::Reading::of(text, moment, &self.zone);
            found.extend(self.kinds.iter().flat_map(|kind| reading.find(kind)));
        }
        values::longest_of_each_kind(found)
    }

    /// The values of the bot's entities, where needed with mistyped words read as they were probably meant.
    fn entity_values(&self, text: &str, words: &Words, corrected: Option<&Words>) -> Vec<Found> {
        if self.values.is_empty() {
            return Vec::new();
        }
        let mut found = self.values.find(text, words, &Reader::new(&self.graph, &self.vocabulary, words, &[]));
        if let Some(corrected) = corrected {
            let reader = Reader::new(&self.graph, &self.vocabulary, corrected, &[]);
            for value in self.values.find(text, corrected, &reader) {
                let apart = |other: &Found| other.range.1 <= value.range.0 || value.range.1 <= other.range.0;
                if found.iter().all(|other| other.kind != value.kind || apart(other)) {
                    found.push(value);
                }
            }
            found = values::longest_of_each_kind(found);
        }
        found
    }

    fn look(&self, text: &str, words: Words, values: &[Found], mistyped: usize) -> Findings {
        let spans = values::spans(values, &words);
        let reader = Reader::new(&self.graph, &self.vocabulary, &words, &spans);
        let (starts, ends) = self.without_fillers(&reader);
        let exact = self.phrases.whole(&reader, &starts, &ends);
        let denied: Vec<Target> =
            self.denials.whole(&reader, &starts, &ends).iter().map(|fit| self.denied[fit.0 as usize]).collect();
        let denials = self.denials.anywhere(&reader);
        let denials = denials.iter().filter_map(|(number, first, end)| match self.denied[*number as usize] {
            Target::Builtin(builtin) => Some((builtin, *first..*end)),
            Target::Intent(_) => None,
        });
        let denials = denials.collect();
        let builtin = self.builtin_phrases.anywhere(&reader);
        let near = self.near.anywhere(&reader);
        let maybe = self.maybe.anywhere(&reader);
        let cues = self.cues_in(&reader);
        let clauses = clauses::clauses(text, &words);
        let small_talk = self.small_talk.find(&reader);
        let keywords = self.keywords.find(&words, &reader);
        let patterns = self.patterns.find(text, &words);
        drop(reader);
        let counted = Vec::new();
        Findings {
            words,
            exact,
            denied,
            denials,
            builtin,
            near,
            maybe,
            cues,
            clauses,
            small_talk,
            keywords,
            patterns,
            starts,
            ends,
            mistyped,
            counted,
        }
    }

    /// Where the message may begin and end when words of courtesy are left out: the whole message first.
    fn without_fillers(&self, reader: &Reader<'_>) -> (Vec<usize>, Vec<usize>) {
        let count = reader.ids().len();
        let fillers = self.fillers.anywhere(reader);
        let (mut starts, mut ends) = (vec![0], vec![count]);
        while let Some(next) = fillers
            .iter()
            .filter(|(_, first, _)| starts.last() == Some(first))
            .map(|(_, _, end)| *end)
            .max()
            .filter(|end| *end < count)
        {
            starts.push(next);
        }
        while let Some(next) = fillers
            .iter()
            .filter(|(_, _, end)| ends.last() == Some(end))
            .map(|(_, first, _)| *first)
            .min()
            .filter(|first| *first > 0)
        {
            ends.push(next);
        }
        (starts, ends)
    }

    /// Puts the slots that the fitting phrase named on the values, and adds values of kinds that have no shape of their own.
    fn name_slots(&self, words: &Words, rule: u32, first: usize, end: usize, values: &mut Vec<Found>, text: &str) {
        let spans = values::spans(&*values, words);
        let reader = Reader::new(&self.graph, &self.vocabulary, words, &spans);
        for capture in self.phrases.captures(&reader, rule, first, end) {
            let list = words.list();
            let from = list.partition_point(|word| word.from < capture.from);
            let to = list.partition_point(|word| word.to <= capture.to);
            if from >= to {
                continue;
            }
            let span = from..to;
            let known = values.iter_mut().find(|value| {
                kind_name(&value.kind) == capture.entity.as_str() && words.within(value.range.0..value.range.1) == span
            });
            if let Some(value) = known {
                value.slot = capture.slot.cloned();
            } else if let Some(kind) = shapeless_kind(capture.entity.as_str()) {
                let range = (list[from].start as usize, list[to - 1].end as usize);
                let said = text[range.0..range.1].to_owned();
                let value = serde_json::Value::String(said.clone());
                values.retain(|other| other.kind != kind || other.range.1 <= range.0 || range.1 <= other.range.0);
                values.push(Found { kind, value, said, range, slot: capture.slot.cloned() });
            }
        }
        values.sort_by(|a, b| a.range.cmp(&b.range).then_with(|| a.kind.cmp(&b.kind)));
    }
}

impl Patterns {
    fn find(&self, text: &str, words: &Words) -> Vec<(usize, std::ops::Range<usize>)> {
        if self.list.is_empty() {
            return Vec::new();
        }
        let plain = plain(text);
        let fitting = self.set.matches(&plain);
        // Where the plain text is the original, the place of the fit tells the words; else all words count.
        let same = plain == text;
        fitting
            .iter()
            .map(|number| {
                let found = self.list[number].0.find(&plain).filter(|_| same);
                (number, found.map_or(0..words.len(), |found| words.within(found.range())))
            })
            .collect()
    }
}

/// The name of a kind in a template.
fn kind_name(kind: &Kind) -> &str {
    match kind {
        Kind::Text => "text",
        Kind::YesNo => "yes_no",
        Kind::Name => "name",
        Kind::Email => "email",
        Kind::Phone => "phone",
        Kind::Number => "number",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::Money => "money",
        Kind::Url => "url",
        Kind::Photo => "photo",
        Kind::File => "file",
        Kind::Entity(name) => name.as_str(),
    }
}

/// The kinds whose values only the words around them tell.
fn shapeless_kind(name: &str) -> Option<Kind> {
    match name {
        "text" => Some(Kind::Text),
        "name" => Some(Kind::Name),
        _ => None,
    }
}

type HeardBy = BTreeMap<Builtin, Heard>;

#[cfg(test)]
mod tests;
