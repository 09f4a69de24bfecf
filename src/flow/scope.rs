//! The values that a text or condition is rendered with.

use serde::{Deserialize, Serialize};

use crate::flow::Kind;
use crate::id::EventNo;

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
