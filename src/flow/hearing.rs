//! What the built-in files say of hearing beyond whole phrases: pairs of cues that mean something when they stand near each other.
//! Its snippets are put in their places when the files are read, so that they cannot meet an author's snippets of the same name.

use indexmap::IndexMap;

use crate::flow::{Builtin, Part, Phrase};

/// What stands between the two cues of a pair.
const GAP: &str = "...";

/// What is heard by cues, in all shipped languages.
#[derive(Debug, Clone, Default)]
pub struct Hearing {
    /// Pairs of cues that speak for a built-in intent where few words stand between them.
    pub near: Vec<Near>,
    /// Phrases that speak for a built-in intent anywhere in a message, where no intent of the bot fits better.
    pub maybe: Vec<(Builtin, Phrase)>,
    /// Words and word groups that say how the rest of a message is meant.
    pub cues: Vec<(Cue, Phrase)>,
}

/// What a word or word group says of what stands around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cue {
    /// What follows is not wanted.
    Unwanted,
    /// The same, where it begins a clause.
    UnwantedAtStart,
    /// What stands before it is not wanted, or, where that is nothing, what follows.
    UnwantedAround,
    /// What is not wanted ends here.
    Ends,
    /// Looks like one of the others and is none.
    Keeps,
    /// The value that follows is not meant.
    NotValue,
    /// The value that follows is not meant, where it answers a question; in a correction the same word says no to what was before.
    NoValue,
    /// The value that stands before it is not meant.
    NotValueAfter,
    /// Between two values: what holds of the first holds of the second.
    AlsoValue,
    /// Where it begins a clause, the clause is a question.
    Asks,
    /// Joins two wishes in one message.
    Joins,
    /// Ends the talk, as a whole message.
    Farewell,
    /// Shows anger, of that weight.
    Anger(u8),
}

/// Two cues, the first before the second, that together mean a built-in intent: `<talk> ... <person>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The intent.
    pub builtin: Builtin,
    /// What comes first.
    pub first: Phrase,
    /// What follows, perhaps after a few other words.
    pub second: Phrase,
}

impl Near {
    /// Cuts a phrase at its gap; none if it has none.
    pub(crate) fn of(builtin: Builtin, phrase: Phrase) -> Option<Self> {
        let at = phrase.parts.iter().position(|part| matches!(part, Part::Text(text) if text.contains(GAP)))?;
        let Part::Text(text) = &phrase.parts[at] else { return None };
        let (before, after) = text.split_once(GAP)?;
        let part = |text: &str| (!text.trim().is_empty()).then(|| Part::Text(text.to_owned()));
        let first = phrase.parts[..at].iter().cloned().chain(part(before.trim_end())).collect();
        let second = part(after.trim_start()).into_iter().chain(phrase.parts[at + 1..].iter().cloned()).collect();
        let half = |parts| Phrase { parts, ..phrase.clone() };
        Some(Self { builtin, first: half(first), second: half(second) })
    }
}

/// What every bot hears by cues.
pub fn hearing() -> &'static Hearing {
    &crate::flow::builtin::data().hearing
}

/// The word groups of one file.
#[derive(Default)]
pub(crate) struct Snippets(IndexMap<String, Vec<Vec<Part>>>);

impl Snippets {
    pub(crate) fn add(&mut self, name: String, alternatives: Vec<Vec<Part>>) {
        self.0.insert(name, alternatives);
    }

    /// The parts with every known snippet replaced by what it stands for.
    pub(crate) fn inlined(&self, parts: Vec<Part>) -> Vec<Part> {
        let all = |all: Vec<Vec<Part>>| all.into_iter().map(|parts| self.inlined(parts)).collect();
        parts
            .into_iter()
            .map(|part| match part {
                Part::Snippet(name) => match self.0.get(&name) {
                    Some(alternatives) => Part::Choice(alternatives.clone()),
                    None => Part::Snippet(name),
                },
                Part::Choice(alternatives) => Part::Choice(all(alternatives)),
                Part::Optional(alternatives) => Part::Optional(all(alternatives)),
                other @ (Part::Text(_) | Part::Entity { .. }) => other,
            })
            .collect()
    }
}
