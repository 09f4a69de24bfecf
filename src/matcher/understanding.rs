//! The result of understanding one message, and its explanation in data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::flow::{Builtin, Fallback, Kind};
use crate::id::{IntentName, Language, SlotName};
use crate::time::Time;

/// What understanding needs of the moment: dates are relative to it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The time.
    pub now: Time,
    /// The language of the conversation; its forms of dates and numbers win where two languages differ.
    pub language: Language,
}

/// What a message may mean.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Understanding {
    /// The author's intents, the most probable first, at most five; empty only where nothing matched at all.
    pub ranked: Vec<Ranked>,
    /// The intents that the message says are not wanted; they are not ranked for the words that say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwanted: Vec<Unwanted>,
    /// Whether the whole message ends the talk: "thanks, bye", "that's all".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub farewell: bool,
    /// What the signs of impatience in it count together: as understood those of the words, as recorded also that it repeats.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub frustration: u32,
    /// Different intents that parts of the message ask for, in its order: none, or at least two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Asked>,
    /// The built-in intents that were heard, apart from `ranked` because no rule of an author may shadow them.
    pub builtin: BTreeMap<Builtin, Heard>,
    /// The values found in the message, in its order.
    pub values: Vec<Found>,
    /// The words that nothing explains for the best intent, as typed.
    pub unexplained: Vec<String>,
    /// The words that count as other words of the bot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counted: Vec<CountedAs>,
    /// The language of the message among the bot's, where it can be told.
    pub language: Option<Language>,
}

/// What may be a wish for a person, where no intent of the bot fits better.
pub(super) const PERHAPS_PERSON: f64 = 0.7;

/// An intent of the bot that is so sure is what was meant, and not the person whom the message perhaps asks for.
const BEYOND_DOUBT: f64 = 0.95;

/// Calm messages say nothing of it.
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Understanding {
    /// Whether the wish for a person is clear: by itself, or because no intent of the bot surely fits better.
    pub fn asks_for_person(&self, fallback: &Fallback) -> bool {
        let Some(human) = self.builtin.get(&Builtin::Human) else { return false };
        let best = self.ranked.first();
        let fits = best.is_some_and(|best| best.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Phrase));
        let best = best.map_or(0.0, |best| best.confidence);
        let perhaps = human.confidence >= PERHAPS_PERSON && !fits && best < BEYOND_DOUBT;
        human.confidence >= fallback.sure || human.confidence > best.max(fallback.unsure) || perhaps
    }

    /// The confidence of the best intent less that of the runner-up; the confidence itself where there is none.
    pub fn margin(&self) -> f64 {
        let confidence = |rank: usize| self.ranked.get(rank).map_or(0.0, |ranked| ranked.confidence);
        confidence(0) - confidence(1)
    }
}

/// Words of the message that count as another word of the bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedAs {
    /// The words, as typed.
    pub said: String,
    /// What they count as.
    pub word: String,
    /// Where the author wrote that: `file:line`.
    pub at: String,
}

/// What a part of a message asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The intent.
    pub intent: IntentName,
    /// The words of that part, as typed.
    pub words: String,
    /// Its confidence in that part alone.
    pub confidence: f64,
}

/// An intent that is said not to be wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unwanted {
    /// The intent.
    pub intent: IntentName,
    /// The words of the message that say so, as typed.
    pub words: String,
    /// The confidence that it would have without them.
    pub confidence: f64,
}

/// One intent with the probability that it is the right one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The intent.
    pub intent: IntentName,
    /// 0 to 1; never 1 where the message is mostly unexplained.
    pub confidence: f64,
    /// What spoke for it, the strongest first.
    pub evidence: Vec<Evidence>,
}

/// One piece of evidence for an intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What kind.
    pub kind: EvidenceKind,
    /// The phrase, keyword or pattern of the author.
    pub rule: String,
    /// Where it stands: `file:line`.
    pub at: String,
    /// The words of the message that it fits, as typed.
    pub words: String,
    /// How much it counts, 0 to 1.
    pub weight: f64,
}

/// Kinds of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A phrase fits the whole message.
    Phrase,
    /// The message is like a phrase.
    Similar,
    /// A keyword is in the message.
    Keyword,
    /// A pattern fits.
    Pattern,
}

/// How a built-in intent was heard.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// 0 to 1.
    pub confidence: f64,
    /// Whether it explains the whole message. Where a question takes any text, only then does it win.
    pub whole: bool,
}

/// A value found in a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Its kind.
    pub kind: Kind,
    /// The normal form.
    pub value: serde_json::Value,
    /// The visitor's own text.
    pub said: String,
    /// Bytes of the message: the first, and the first after it.
    pub range: (usize, usize),
    /// The slot that the fitting phrase named for it (`{city:origin}`).
    pub slot: Option<SlotName>,
}
