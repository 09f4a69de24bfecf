//! What every store promises, written once and run against each. A new store is one more line in `contract!`.

mod append;
mod erase;
mod failure;
mod model;
mod rows;

use std::sync::Arc;

use uuid::Uuid;

use super::kv_store::KvStore;
use super::memory::MemoryKv;
use super::types::{Append, Appended, Key, RowChanges, StreamId, Version};
use super::{AppendError, Store};
use crate::id::{CommitId, ConversationId};

/// A store under test that can be closed and opened again.
pub(super) struct Fixture {
    pub(super) store: Arc<dyn Store>,
    home: Home,
}

enum Home {
    Memory(Arc<MemoryKv>),
    Sled(tempfile::TempDir),
}

impl Home {
    fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Memory(kv) => Arc::new(KvStore::new(Arc::clone(kv), None).unwrap()),
            Self::Sled(folder) => super::open(&folder.path().join("data"), "test").unwrap(),
        }
    }
}

impl Fixture {
    fn memory() -> Self {
        Self::at(Home::Memory(Arc::default()))
    }

    fn sled() -> Self {
        Self::at(Home::Sled(tempfile::tempdir().unwrap()))
    }

    fn at(home: Home) -> Self {
        Self { store: home.open(), home }
    }

    /// Closes the store and opens what it left.
    pub(super) fn reopen(self) -> Self {
        drop(self.store);
        Self::at(self.home)
    }
}

/// Runs each test against each store.
macro_rules! contract {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::store::contract::Fixture::memory()).await;
            })*
        }
        mod sled {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::store::contract::Fixture::sled()).await;
            })*
        }
    };
}
pub(super) use contract;

/// The conversation with this number on the site `shop`.
pub(super) fn conversation(number: u128) -> StreamId {
    StreamId::Conversation("shop".into(), ConversationId::from_uuid(Uuid::from_u128(number)))
}

/// The commit id with this number.
pub(super) fn commit_id(number: u128) -> CommitId {
    CommitId::from_uuid(Uuid::from_u128(number))
}

/// A commit of some events, whose state is their text.
pub(super) fn commit(stream: &StreamId, expected: u64, events: &[&str]) -> Append {
    let id = commit_id(u128::from(expected) + 1);
    let bytes = events.iter().map(|event| event.as_bytes().to_vec()).collect();
    Append::new(stream.clone(), Version(expected), id, bytes, events.concat().into_bytes())
}

/// Rows to write.
pub(super) fn put(rows: &[(&str, &str)]) -> RowChanges {
    let put = rows.iter().map(|(key, value)| (Key::new(*key), value.as_bytes().to_vec())).collect();
    RowChanges { put, delete: Vec::new() }
}

/// Appends and expects it to be done.
pub(super) async fn append(store: &Arc<dyn Store>, append: Append) -> Appended {
    store.append(append).await.unwrap()
}

/// The error of an append that must fail.
pub(super) async fn refused(store: &Arc<dyn Store>, append: Append) -> AppendError {
    store.append(append).await.unwrap_err()
}
