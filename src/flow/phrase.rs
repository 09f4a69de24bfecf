//! A sentence template as a tree: what `(a|b)`, `[optional]`, `{entity:slot}` and `<snippet>` mean. The matcher compiles it;
//! nothing here folds or matches.

use crate::flow::At;
use crate::id::{EntityName, Language, SlotName};

/// One phrase of an intent, or one value of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The parts in order. Blanks are part of [`Part::Text`]: `order[s]` and `order [s]` differ only there.
    pub parts: Vec<Part>,
    /// The phrase as the author wrote it, for explanations and reports.
    pub source: String,
    /// The language of the file or of the side-by-side map that it stands in, if any.
    pub language: Option<Language>,
    /// Where it stands.
    pub at: At,
}

/// One part of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Literal text, unfolded, escapes resolved, with its blanks.
    Text(String),
    /// `(a|b)`: exactly one of the alternatives.
    Choice(Vec<Vec<Part>>),
    /// `[a|b]`: one of the alternatives or nothing.
    Optional(Vec<Vec<Part>>),
    /// `{entity}` or `{entity:slot}`: a value of that kind.
    Entity {
        /// The kind of value, built-in or the bot's own.
        entity: EntityName,
        /// The slot that the phrase names for it.
        slot: Option<SlotName>,
    },
    /// `<snippet>`: one of the alternatives of the snippet of that name.
    Snippet(String),
}

pub(crate) fn fits_nothing(parts: &[Part]) -> bool {
    parts.iter().all(|part| match part {
        Part::Text(text) => text.trim().is_empty(),
        Part::Choice(alternatives) => alternatives.iter().any(|parts| fits_nothing(parts)),
        Part::Optional(_) => true,
        Part::Entity { .. } | Part::Snippet(_) => false,
    })
}

pub(crate) fn each_part(parts: &[Part], visit: &mut dyn FnMut(&Part)) {
    for part in parts {
        visit(part);
        if let Part::Choice(alternatives) | Part::Optional(alternatives) = part {
            for parts in alternatives {
                each_part(parts, visit);
            }
        }
    }
}
