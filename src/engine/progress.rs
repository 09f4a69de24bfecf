//! How far a message on its way is, as its row of the outbox says it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::store::Row;
use crate::time::Time;

/// How far a message is. A row that was just written has an empty one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Calls that are done, of those that the message takes.
    #[serde(default)]
    pub(super) parts: usize,
    /// Tries of the next one.
    #[serde(default)]
    pub(super) tries: u32,
    /// When to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Time>,
    /// The platform's ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ids: Vec<String>,
    /// Whether the topic that it goes to was made once more, because somebody had removed it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) remade: bool,
    /// When all of it was sent; the row is kept so that receipts find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<Time>,
}

impl Progress {
    /// Reads a row.
    pub(super) fn read(row: &Row) -> Self {
        read(row)
    }

    pub(super) fn written(&self) -> Vec<u8> {
        written(self)
    }
}

/// Reads what a row of the outbox says of how far something is: a byte of format, then JSON. One that was just written, or that a
/// newer program wrote, counts as new.
pub(super) fn read<P: DeserializeOwned + Default>(row: &Row) -> P {
    row.value.strip_prefix(b"1").and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default()
}

/// The value of such a row.
pub(super) fn written(progress: &impl Serialize) -> Vec<u8> {
    let mut bytes = b"1".to_vec();
    // Numbers and texts can always be written.
    bytes.extend(serde_json::to_vec(progress).unwrap_or_default());
    bytes
}
