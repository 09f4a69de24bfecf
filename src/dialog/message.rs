//! What the bot says: a message as it is recorded and shown, with its buttons, picture, link and cards. Stored for ever as part
//! of events, so a field is added, never renamed or removed.

use serde::{Deserialize, Serialize};

use crate::flow::{Builtin, Program};
use crate::id::{IntentName, Language, PlaceName};

/// A message of the bot, rendered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Message {
    /// The text.
    pub text: String,
    /// Buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Picture>,
    /// A link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Hyperlink>,
    /// Cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<MessageCard>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What a press means.
    pub target: ButtonTarget,
}

/// What a press means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonTarget {
    /// An intent, with certainty.
    Intent(IntentName),
    /// A built-in intent, with certainty.
    Builtin(Builtin),
    /// An option of an open question.
    Option {
        /// The question.
        place: PlaceName,
        /// The option's number in it, from 0.
        index: usize,
    },
    /// The same as typing the label.
    Text,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Where it is.
    pub url: String,
    /// What it shows.
    pub alt: String,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hyperlink {
    /// Where it leads: `http`, `https`, `mailto` or `tel`.
    pub url: String,
    /// What it says.
    pub text: String,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageCard {
    /// Its heading.
    pub title: String,
    /// What stands below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Picture>,
    /// Its link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Hyperlink>,
    /// Its buttons, numbered on from those of the message and of the cards before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

/// What stands around buttons where an app shows them in a way of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ButtonWords {
    /// What opens a list of them, and stands above them where the message itself says nothing.
    pub choose: String,
    /// How to answer where they are numbered lines.
    pub by_number: String,
}

impl ButtonWords {
    /// The words in the visitor's language.
    pub fn of(program: &Program, language: &Language) -> Self {
        let word = |key: &str| {
            let text = program.sentences.get(key)?.in_language(language, &program.languages)?;
            Some(text.source.clone())
        };
        Self { choose: word("choose_button").unwrap_or_default(), by_number: word("choose_number").unwrap_or_default() }
    }
}

impl Message {
    /// All buttons in the order of their numbers: the message's, then those of the cards.
    pub fn all_buttons(&self) -> impl Iterator<Item = &Button> {
        self.buttons.iter().chain(self.cards.iter().flat_map(|card| &card.buttons))
    }
}
