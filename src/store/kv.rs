//! What the store needs from a key-value engine: ordered keys, an atomic batch, and an honest sync. It knows nothing of
//! streams or rows; `memory` and `sled` implement it, `rows` decides what the keys and values are.

use std::collections::BTreeMap;

/// A batch: each key's new value, or `None` where the key goes.
pub(super) type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// One key with its value.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// The engine below failed; the text says how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum KvError {
    /// The system refused to read or write.
    #[error("{0}")]
    Failed(String),
    /// What was read is not what was written.
    #[error("{0}")]
    Damaged(String),
}

/// The end of all keys: what begins with this byte or a higher one belongs to the engine.
pub(super) const KEYS_END: &[u8] = b"\xFE";

/// An ordered map of bytes. Readers on any thread; one writer at a time.
pub(super) trait Kv: Send + Sync + 'static {
    /// The value of one key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError>;

    /// At most `limit` pairs with `from <= key < to`, in order.
    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, KvError>;

    /// The last pair with `from <= key < to`.
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, KvError>;

    /// Writes the whole batch or nothing. Readers see it at once; it need not be durable yet.
    fn apply(&self, writes: Writes) -> Result<(), KvError>;

    /// When this returns, everything applied before is durable.
    fn sync(&self) -> Result<(), KvError>;

    /// How many bytes the engine holds on disk, as far as it knows.
    fn disk_bytes(&self) -> u64 {
        0
    }
}

/// A store and its tools may share one engine.
impl<K: Kv> Kv for std::sync::Arc<K> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        (**self).get(key)
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, KvError> {
        (**self).range(from, to, limit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, KvError> {
        (**self).last(from, to)
    }

    fn apply(&self, writes: Writes) -> Result<(), KvError> {
        (**self).apply(writes)
    }

    fn sync(&self) -> Result<(), KvError> {
        (**self).sync()
    }

    fn disk_bytes(&self) -> u64 {
        (**self).disk_bytes()
    }
}
