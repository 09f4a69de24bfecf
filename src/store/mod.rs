//! The store: where events become durable, and where everything else is read from. It knows bytes, versions, positions and
//! keys, never dialog: the engine encodes and decodes, and says which rows follow from a state.
//!
//! A commit is atomic: events, state, index rows, outbox rows and unique keys of one stream are written together or not at
//! all. Readers may see a state or a row up to one sync before it is durable; `events`, `log` and every answer of
//! `append` never run ahead of the disk, and whatever is decided on such a state can only become durable after it.
//!
//! Start with the trait below and `types`; then `rows` (what is written where), `committer` (the one thread that writes),
//! `kv_store` (the trait over any key-value engine), `folder` (the data folder), `transfer` (export, import, verify, compact).

mod committer;
#[cfg(test)]
mod contract;
mod erase;
mod files;
mod folder;
mod kv;
mod kv_store;
mod memory;
mod postings;
mod prepare;
mod rows;
mod sled;
mod swap;
pub mod transfer;
mod types;

use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::broadcast;

use crate::id::{CommitId, EventNo, Position};
use crate::time::Time;

pub use erase::{ErasedStream, erased_since};
pub use files::{Files, Unfinished, Upload};
pub use folder::{INDEX_FOLDER, OpenError};
pub use postings::{Asked, Entry, FieldWords, Name, Postings, PostingsError, Term};
pub use types::{
    Append, AppendError, Appended, COMMIT_ITEMS_MAX, Commit, FREE_BYTES_MIN, KEY_BYTES_MAX, Key, Loaded, Mark, Notice,
    ROWS_BYTES_MAX, ReadError, Recorded, Row, RowChanges, Settle, Space, Stats, StreamId, Unique, VALUE_BYTES_MAX,
    Version,
};

/// What every store does. Reads are synchronous and answer from memory or the page cache; writes answer when durable.
pub trait Store: Send + Sync + 'static {
    /// Appends one commit. The answer comes when it is durable.
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>>;

    /// Moves marks forward and settles outbox rows, outside the versioned log. Gives the number of changed rows.
    fn settle(&self, settle: Settle) -> BoxFuture<'_, Result<u64, AppendError>>;

    /// Forgets the unique keys that expired before `now`, oldest first. Gives their number.
    fn purge(&self, now: Time) -> BoxFuture<'_, Result<u64, AppendError>>;

    /// Erases whole streams: events, state, marks and all rows and keys they own. Gives the number of removed rows. The
    /// streams never come back, not even from an older backup: their names are kept in `erased.jsonl`.
    fn erase(&self, streams: Vec<StreamId>, now: Time) -> BoxFuture<'_, Result<u64, AppendError>>;

    /// A stream's state; nothing where it does not exist or was erased.
    fn load(&self, stream: &StreamId) -> Result<Option<Loaded>, ReadError>;

    /// At most `limit` events of a stream after event `after`, in order.
    fn events(&self, stream: &StreamId, after: EventNo, limit: usize) -> Result<Vec<Recorded>, ReadError>;

    /// Where a commit went that was appended to `stream` at version `expected`: the answer to an unknown outcome.
    fn committed(&self, stream: &StreamId, expected: Version, commit: CommitId) -> Result<Option<Appended>, ReadError>;

    /// At most `limit` commits of all streams after position `after`, in order.
    fn log(&self, after: Position, limit: usize) -> Result<Vec<Commit>, ReadError>;

    /// At most `limit` streams after stream `after`, in the order of their text.
    fn streams(&self, after: Option<&StreamId>, limit: usize) -> Result<Vec<StreamId>, ReadError>;

    /// At most `limit` rows whose key begins with `prefix` and stands after the key `after`, in the order of their keys.
    fn scan(&self, space: Space, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Row>, ReadError>;

    /// The last row whose key begins with `prefix` and stands before the key `before`.
    fn last(&self, space: Space, prefix: &str, before: Option<&str>) -> Result<Option<Row>, ReadError>;

    /// One row.
    fn get(&self, space: Space, key: &str) -> Result<Option<Row>, ReadError>;

    /// The position of the last durable commit.
    fn position(&self) -> Position;

    /// Notices from now on.
    fn subscribe(&self) -> broadcast::Receiver<Notice>;

    /// Where attachments lie; none in a store that keeps none. `erase` takes those of a conversation with it.
    fn files(&self) -> Option<&Files> {
        None
    }

    /// Figures for operators, and whether the store still writes.
    fn stats(&self) -> Stats;
}

/// A store in memory, for tests and for chats in the terminal.
pub fn memory() -> Result<Arc<dyn Store>, ReadError> {
    Ok(Arc::new(kv_store::KvStore::new(memory::MemoryKv::default(), None)?))
}

/// A store in memory that keeps attachments in a folder, for tests.
pub fn memory_with_files(folder: &Path) -> Result<Arc<dyn Store>, ReadError> {
    let mut store = kv_store::KvStore::new(memory::MemoryKv::default(), None)?;
    store.files = Some(Files::of(folder));
    Ok(Arc::new(store))
}

/// Opens the store in a data folder, and makes the folder where only its parent exists. `holder` says to others who holds
/// it, such as `serve on 127.0.0.1:8080`.
pub fn open(folder: &Path, holder: &str) -> Result<Arc<dyn Store>, OpenError> {
    open_locked(folder, folder::Folder::lock(folder, holder)?)
}

/// Opens the store in a data folder that is there already. A command that only looks must not make an empty one: a wrong
/// path would then look like a shop without customers.
pub fn open_existing(folder: &Path, holder: &str) -> Result<Arc<dyn Store>, OpenError> {
    open_locked(folder, folder::Folder::lock_existing(folder, holder)?)
}

fn open_locked(folder: &Path, locked: folder::Folder) -> Result<Arc<dyn Store>, OpenError> {
    let locked = transfer::compact_if_wanted(locked)?;
    let mut store = kv_store::KvStore::new(sled::SledKv::open(locked)?, None)
        .map_err(|error| OpenError::Damaged { folder: folder.to_owned(), why: error.to_string() })?;
    // Only a store that is as far as it was may note how far it is when it is dropped; one that is refused would
    // otherwise make the loss look right to the next start.
    folder::check_position(folder, store.position())?;
    store.folder = Some(folder.to_owned());
    store.files = Some(Files::of(folder));
    erase::finish(&store, folder)?;
    Ok(Arc::new(store))
}
