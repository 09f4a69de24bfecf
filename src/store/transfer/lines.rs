//! The lines of an export: JSON that a person can read and another program can make. Values that are a format byte and
//! JSON are written as JSON; anything else is kept exactly, as base64.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::id::{CommitId, FileId, Position};
use crate::store::types::{Commit, Row, StreamId, Unique};
use crate::time::Time;

/// The format of the lines that this program writes.
pub(super) const FORMAT: u64 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    /// The first line.
    Frontdesk { export: u64, position: Position },
    /// One commit; they come in the order of their positions.
    Commit(CommitLine),
    /// A unique key that is held; `expires` is missing for a guard.
    Unique { key: String, stream: StreamId, position: Position, expires: Option<Time> },
    /// How far something was delivered or seen.
    Mark { stream: StreamId, name: String, to: u64 },
    /// What was still to be sent.
    Outbox { key: String, stream: StreamId, position: Option<Position>, value: Bytes },
    /// A piece of a file that somebody sent; those of one file follow each other.
    File { stream: StreamId, id: FileId, base64: String },
    /// The last line, so that an export cut short is noticed.
    End { lines: u64 },
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommitLine {
    pub(super) position: Position,
    pub(super) id: CommitId,
    pub(super) stream: StreamId,
    pub(super) first: u64,
    pub(super) meta: Bytes,
    pub(super) events: Vec<Bytes>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unique: Vec<UniqueLine>,
}

/// A unique key that a commit claimed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UniqueLine {
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
}

/// The bytes of a piece of a file.
pub(super) fn piece(base64: &str) -> Result<Vec<u8>, String> {
    BASE64_STANDARD.decode(base64).map_err(|error| format!("bad base64: {error}"))
}

/// Bytes of the caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Bytes {
    Readable { format: u8, json: serde_json::Value },
    Raw { base64: String },
}

impl Bytes {
    /// JSON that would not give the same bytes again is not written as JSON.
    pub(super) fn new(bytes: &[u8]) -> Self {
        if let Some((&format, text)) = bytes.split_first()
            && let Ok(json) = serde_json::from_slice::<serde_json::Value>(text)
            && serde_json::to_vec(&json).is_ok_and(|again| again == text)
        {
            return Self::Readable { format, json };
        }
        Self::Raw { base64: BASE64_STANDARD.encode(bytes) }
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Readable { format, json } => {
                let mut bytes = vec![*format];
                serde_json::to_writer(&mut bytes, json).map_err(|error| error.to_string())?;
                Ok(bytes)
            }
            Self::Raw { base64 } => piece(base64),
        }
    }
}

impl UniqueLine {
    fn new(unique: &Unique) -> Self {
        match unique {
            Unique::Once { key, expires } => Self { key: key.clone(), expires: Some(*expires) },
            Unique::Guard(key) => Self { key: key.clone(), expires: None },
        }
    }

    pub(super) fn unique(self) -> Unique {
        match self.expires {
            Some(expires) => Unique::Once { key: self.key, expires },
            None => Unique::Guard(self.key),
        }
    }
}

impl Line {
    pub(super) fn file(stream: &StreamId, id: FileId, piece: &[u8]) -> Self {
        Self::File { stream: stream.clone(), id, base64: BASE64_STANDARD.encode(piece) }
    }

    pub(super) fn commit(commit: &Commit) -> Self {
        Self::Commit(CommitLine {
            position: commit.position,
            id: commit.id,
            stream: commit.stream.clone(),
            first: commit.first.0,
            meta: Bytes::new(&commit.meta),
            events: commit.events.iter().map(|event| Bytes::new(event)).collect(),
            unique: commit.unique.iter().map(UniqueLine::new).collect(),
        })
    }

    pub(super) fn unique(row: Row) -> Self {
        let expires = row.number().and_then(|number| i64::try_from(number).ok()).map(Time);
        Self::Unique { key: row.key, stream: row.owner, position: row.position.unwrap_or_default(), expires }
    }

    pub(super) fn outbox(row: Row) -> Self {
        Self::Outbox { value: Bytes::new(&row.value), key: row.key, stream: row.owner, position: row.position }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_exactly() {
        let rows: [(&[u8], bool); 9] = [
            (b"", false),
            (b"\x01{\"b\":1,\"a\":[\"\xd8\xb3\"]}", true),
            (b"\x02\"x\"", true),
            (b"\x01{\"spaced\": 1}", false),
            (b"\x01{\"twice\":1,\"twice\":2}", false),
            (b"\x01{\"float\":1.50}", false),
            (b"\x01 18446744073709551616", false),
            (b"not json", false),
            (b"\xff\xfe", false),
        ];
        for (bytes, readable) in rows {
            let written = Bytes::new(bytes);
            assert_eq!(matches!(written, Bytes::Readable { .. }), readable, "{bytes:?}");
            let line = serde_json::to_string(&written).unwrap();
            let read: Bytes = serde_json::from_str(&line).unwrap();
            assert_eq!(read.bytes().as_deref(), Ok(bytes), "{line}");
        }
    }
}
