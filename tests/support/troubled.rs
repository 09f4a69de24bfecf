//! A store that is in trouble when a test says so: the disk is almost full, or it has stopped writing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use frontdesk::id::{CommitId, EventNo, Position};
use frontdesk::store::{
    Append, AppendError, Appended, Commit, FREE_BYTES_MIN, Loaded, Notice, ReadError, Recorded, Row, Settle, Space,
    Stats, Store, StreamId, Version, memory,
};
use frontdesk::time::Time;
use futures_util::future::BoxFuture;
use tokio::sync::broadcast;

/// A store in memory until trouble comes.
pub(crate) struct Troubled {
    inner: Arc<dyn Store>,
    full: AtomicBool,
    halted: OnceLock<Arc<str>>,
}

impl Troubled {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { inner: memory().unwrap(), full: AtomicBool::new(false), halted: OnceLock::new() })
    }

    /// The disk is almost full, or not any more.
    pub(crate) fn almost_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// It stops writing for good.
    pub(crate) fn halt(&self, why: &str) {
        self.halted.set(why.into()).unwrap();
    }

    fn writing<T: Send + 'static>(
        &self,
        write: impl FnOnce(&dyn Store) -> BoxFuture<'_, Result<T, AppendError>>,
    ) -> BoxFuture<'_, Result<T, AppendError>> {
        match self.halted.get() {
            Some(why) => Box::pin(std::future::ready(Err(AppendError::Halted(Arc::clone(why))))),
            None => write(&*self.inner),
        }
    }
}

impl Store for Troubled {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.writing(|store| store.append(append))
    }

    fn settle(&self, settle: Settle) -> BoxFuture<'_, Result<u64, AppendError>> {
        self.writing(|store| store.settle(settle))
    }

    fn purge(&self, now: Time) -> BoxFuture<'_, Result<u64, AppendError>> {
        self.writing(|store| store.purge(now))
    }

    fn erase(&self, streams: Vec<StreamId>, now: Time) -> BoxFuture<'_, Result<u64, AppendError>> {
        self.writing(|store| store.erase(streams, now))
    }

    fn load(&self, stream: &StreamId) -> Result<Option<Loaded>, ReadError> {
        self.inner.load(stream)
    }

    fn events(&self, stream: &StreamId, after: EventNo, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.inner.events(stream, after, limit)
    }

    fn committed(&self, stream: &StreamId, expected: Version, commit: CommitId) -> Result<Option<Appended>, ReadError> {
        self.inner.committed(stream, expected, commit)
    }

    fn log(&self, after: Position, limit: usize) -> Result<Vec<Commit>, ReadError> {
        self.inner.log(after, limit)
    }

    fn streams(&self, after: Option<&StreamId>, limit: usize) -> Result<Vec<StreamId>, ReadError> {
        self.inner.streams(after, limit)
    }

    fn scan(&self, space: Space, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Row>, ReadError> {
        self.inner.scan(space, prefix, after, limit)
    }

    fn last(&self, space: Space, prefix: &str, before: Option<&str>) -> Result<Option<Row>, ReadError> {
        self.inner.last(space, prefix, before)
    }

    fn get(&self, space: Space, key: &str) -> Result<Option<Row>, ReadError> {
        self.inner.get(space, key)
    }

    fn position(&self) -> Position {
        self.inner.position()
    }

    fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.inner.subscribe()
    }

    fn stats(&self) -> Stats {
        let free = if self.full.load(Ordering::SeqCst) { FREE_BYTES_MIN - 1 } else { FREE_BYTES_MIN };
        Stats { free_bytes: Some(free), halted: self.halted.get().cloned(), ..self.inner.stats() }
    }
}
