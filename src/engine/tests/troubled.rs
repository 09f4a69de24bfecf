//! A store in trouble: it passes everything on, and does first, or answers instead, what a test says.

use futures_util::future::BoxFuture;
use tokio::sync::broadcast;

use super::*;
use crate::id::{CommitId, Position};
use crate::store::{
    Append, AppendError, Appended, Commit, Files, Loaded, Notice, ReadError, Recorded, Row, Settle, Stats, StreamId,
    Version,
};

type Refuses<T> = Box<dyn Fn(&T) -> Option<AppendError> + Send + Sync>;

pub(super) struct Troubled {
    pub(super) store: Arc<dyn Store>,
    pub(super) append: Refuses<Append>,
    pub(super) settle: Refuses<Settle>,
    /// Called before rows are searched for, with the beginning of their keys.
    pub(super) scan: Box<dyn Fn(&str) + Send + Sync>,
}

impl Troubled {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, append: Box::new(|_| None), settle: Box::new(|_| None), scan: Box::new(|_| ()) }
    }

    /// A shop on this store.
    pub(super) fn shop(self, clock: Clock, services: &str) -> Shop {
        Shop::start(Arc::new(self), clock, services.to_owned(), None)
    }
}

impl Store for Troubled {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        match (self.append)(&append) {
            Some(error) => Box::pin(std::future::ready(Err(error))),
            None => self.store.append(append),
        }
    }

    fn settle(&self, settle: Settle) -> BoxFuture<'_, Result<u64, AppendError>> {
        match (self.settle)(&settle) {
            Some(error) => Box::pin(std::future::ready(Err(error))),
            None => self.store.settle(settle),
        }
    }

    fn last(&self, space: Space, prefix: &str, before: Option<&str>) -> Result<Option<Row>, ReadError> {
        self.store.last(space, prefix, before)
    }

    fn scan(&self, space: Space, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Row>, ReadError> {
        (self.scan)(prefix);
        self.store.scan(space, prefix, after, limit)
    }

    fn purge(&self, now: Time) -> BoxFuture<'_, Result<u64, AppendError>> {
        self.store.purge(now)
    }

    fn erase(&self, streams: Vec<StreamId>, now: Time) -> BoxFuture<'_, Result<u64, AppendError>> {
        self.store.erase(streams, now)
    }

    fn load(&self, stream: &StreamId) -> Result<Option<Loaded>, ReadError> {
        self.store.load(stream)
    }

    fn events(&self, stream: &StreamId, after: EventNo, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.store.events(stream, after, limit)
    }

    fn committed(&self, stream: &StreamId, expected: Version, commit: CommitId) -> Result<Option<Appended>, ReadError> {
        self.store.committed(stream, expected, commit)
    }

    fn log(&self, after: Position, limit: usize) -> Result<Vec<Commit>, ReadError> {
        self.store.log(after, limit)
    }

    fn streams(&self, after: Option<&StreamId>, limit: usize) -> Result<Vec<StreamId>, ReadError> {
        self.store.streams(after, limit)
    }

    fn get(&self, space: Space, key: &str) -> Result<Option<Row>, ReadError> {
        self.store.get(space, key)
    }

    fn position(&self) -> Position {
        self.store.position()
    }

    fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.store.subscribe()
    }

    fn stats(&self) -> Stats {
        self.store.stats()
    }

    fn files(&self) -> Option<&Files> {
        self.store.files()
    }
}

/// Whether a commit brings the result of a call.
pub(super) fn brings_result(append: &Append) -> bool {
    String::from_utf8_lossy(&append.meta).contains("\"inputs\":[{\"call_done\"")
}
