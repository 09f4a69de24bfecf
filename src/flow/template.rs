//! Texts with `{{ expressions }}`: their shape. Rendering needs a scope of names and lives beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::flow::{At, Kind};
use crate::id::{EventNo, Language};

/// What the bot says in one place: one or more messages, each perhaps with variants, each perhaps in several languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// One message.
    One(Template),
    /// Several messages, in order.
    Several(Vec<Text>),
    /// Variants: one is picked by a hash of conversation and event number.
    OneOf(Vec<Text>),
    /// The same in several languages; the first language of the bot is the fall-back.
    In(Localized),
}

/// A text in several languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Localized(pub BTreeMap<Language, Text>);

/// A string with expressions in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The string as the author wrote it: the key of its translations.
    pub source: String,
    /// Literal text and expressions, in order.
    pub pieces: Vec<Piece>,
    /// Where it stands.
    pub at: At,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Literal(String),
    /// `{{ … }}`.
    Expr(Expr),
}

/// A MiniJinja expression without its braces, checked when the bot was linked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expr {
    /// The expression as written.
    pub source: String,
}

/// A value of `with`, `set` or a service body: data whose texts are templates.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueTemplate {
    /// A text; one that is exactly one `{{ }}` keeps the type of its value.
    Text(Template),
    /// A list of values.
    List(Vec<ValueTemplate>),
    /// A map of values, in the author's order.
    Map(Vec<(String, ValueTemplate)>),
    /// A number, a truth value or nothing.
    Literal(serde_json::Value),
}

/// A remembered value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// The normal form.
    pub value: serde_json::Value,
    /// The visitor's own text.
    pub said: String,
    /// The kind of value, for printing it.
    pub kind: Option<Kind>,
    /// The message it came from.
    pub from: Option<EventNo>,
    /// Whether it is masked wherever it is recorded.
    pub sensitive: bool,
}
