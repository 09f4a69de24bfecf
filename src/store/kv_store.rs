//! The `Store` over any `Kv`: reads straight from it, writes by the committer.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use futures_util::future::BoxFuture;
use tokio::sync::{broadcast, oneshot};

use crate::id::{CommitId, EventNo, Position};
use crate::time::Time;

use super::Store;
use super::committer::{self, Committer, Job, Purge, QUEUE_MAX, Shared};
use super::files::Files;
use super::kv::Kv;
use super::prepare::{check_settle, prepare};
use super::rows::{self, Head};
use super::types::{
    Append, AppendError, Appended, Commit, Loaded, Notice, ReadError, Recorded, Row, Settle, Space, Stats, StreamId,
    Unique, Version,
};

/// How many rows are read at a time by searches that read many.
pub(super) const PAGE: usize = 500;

/// A store over one key-value engine. Dropping it waits for the committer to finish what it holds.
pub(super) struct KvStore<K: Kv> {
    pub(super) kv: Arc<K>,
    shared: Arc<Shared>,
    /// The data folder, where there is one.
    pub(super) folder: Option<PathBuf>,
    /// The attachments, where any are kept.
    pub(super) files: Option<Files>,
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl<K: Kv> KvStore<K> {
    pub(super) fn new(kv: K, folder: Option<PathBuf>) -> Result<Self, ReadError> {
        let kv = Arc::new(kv);
        let shared = Arc::new(Shared::new(committer::last_position(&*kv)?));
        let (jobs, inbox) = sync_channel(QUEUE_MAX);
        let committer = Committer::new(Arc::clone(&kv), Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || committer.run(&inbox))
            .map_err(|error| ReadError(format!("the writing thread did not start: {error}")))?;
        Ok(Self { kv, shared, folder, files: None, jobs: Some(jobs), thread: Some(thread) })
    }

    /// Hands a job to the committer and waits for its answer.
    pub(super) async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, AppendError>>) -> Job,
    ) -> Result<T, AppendError> {
        let stopped = || Arc::<str>::from("the writing thread has ended");
        if let Some(why) = self.shared.halted.get() {
            return Err(AppendError::Halted(Arc::clone(why)));
        }
        let (reply, answer) = oneshot::channel();
        let Some(jobs) = &self.jobs else { return Err(AppendError::Halted(stopped())) };
        // Counted before it is sent: the committer subtracts as soon as it has taken the job.
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        jobs.try_send(job(reply)).map_err(|error| {
            let waiting = self.shared.waiting.fetch_sub(1, Ordering::Relaxed) - 1;
            match error {
                TrySendError::Full(_) => AppendError::Busy(waiting),
                TrySendError::Disconnected(_) => AppendError::Halted(stopped()),
            }
        })?;
        answer.await.unwrap_or_else(|_| Err(AppendError::Unknown(stopped())))
    }

    /// Whether a commit at this position may be shown.
    fn durable(&self, position: Position) -> bool {
        position <= self.position()
    }

    /// A unique key says that something has happened, and a row of the outbox that something is to be sent: each is shown only
    /// when that is durable.
    fn shown(&self, space: Space, row: &Row) -> bool {
        !matches!(space, Space::Unique | Space::Outbox) || row.position.is_none_or(|position| self.durable(position))
    }

    fn commit_at(&self, position: Position) -> Result<Option<Commit>, ReadError> {
        let value = self.kv.get(&rows::commit_key(position))?;
        value.map(|value| rows::decode_commit(position, &value)).transpose()
    }

    /// Expired keys claimed by the next page of commits; nothing when all durable commits were searched, or the next
    /// one still holds a key that is not expired.
    fn expired(&self, searched: Position, now: Time) -> Result<Option<Purge>, ReadError> {
        let mut purge = Purge { keys: Vec::new(), searched };
        for commit in self.log(searched, PAGE)? {
            let mut keys = Vec::new();
            let mut young = false;
            for unique in &commit.unique {
                match unique {
                    Unique::Once { expires, .. } if *expires > now => young = true,
                    Unique::Once { key, .. } => keys.push((rows::row_key(Space::Unique, key), commit.position)),
                    Unique::Guard(_) => {}
                }
            }
            if young {
                break;
            }
            purge.keys.append(&mut keys);
            purge.searched = commit.position;
        }
        Ok((purge.searched > searched).then_some(purge))
    }
}

impl<K: Kv> Store for KvStore<K> {
    fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let position_of = |stream: &str, event| committer::position_of(&*self.kv, stream, event);
            let prepared = prepare(append, position_of, |position| self.commit_at(position))?;
            self.ask(|reply| Job::Append(Box::new(prepared), reply)).await
        })
    }

    fn settle(&self, settle: Settle) -> BoxFuture<'_, Result<u64, AppendError>> {
        Box::pin(async move {
            check_settle(&settle)?;
            self.ask(|reply| Job::Settle(settle, reply)).await
        })
    }

    fn purge(&self, now: Time) -> BoxFuture<'_, Result<u64, AppendError>> {
        Box::pin(async move {
            let searched = self.kv.get(rows::PURGED).map_err(ReadError::from)?;
            let mut searched = Position(searched.map(|value| rows::number(&value)).transpose()?.unwrap_or(0));
            let mut purged = 0;
            while let Some(purge) = self.expired(searched, now)? {
                searched = purge.searched;
                purged += self.ask(|reply| Job::Purge(purge, reply)).await?;
            }
            Ok(purged)
        })
    }

    fn erase(&self, streams: Vec<StreamId>, now: Time) -> BoxFuture<'_, Result<u64, AppendError>> {
        Box::pin(super::erase::erase(self, streams, now))
    }

    fn load(&self, stream: &StreamId) -> Result<Option<Loaded>, ReadError> {
        let value = self.kv.get(&rows::state_key(&stream.to_string()))?;
        value.map_or(Ok(None), |value| rows::decode_state(&value))
    }

    fn events(&self, stream: &StreamId, after: EventNo, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let text = stream.to_string();
        let end = rows::prefix_end(&rows::event_prefix(&text));
        // The commit that holds event `after` may hold later ones too.
        let mut from = match self.kv.last(&rows::event_prefix(&text), &rows::event_key(&text, after.next()))? {
            Some((key, _)) => key,
            None => rows::event_prefix(&text),
        };
        let mut events = Vec::new();
        while events.len() < limit {
            let page = self.kv.range(&from, &end, PAGE.min((limit - events.len()).saturating_add(1)))?;
            let Some((last, _)) = page.last() else { break };
            from = [last.as_slice(), &[0]].concat();
            for (_, pointer) in &page {
                let position = Position(rows::number(pointer)?);
                if !self.durable(position) {
                    return Ok(events);
                }
                // Erased between the two reads: the stream has no events any more.
                let Some(commit) = self.commit_at(position)? else { return Ok(Vec::new()) };
                for (at, bytes) in commit.events.into_iter().enumerate() {
                    let no = EventNo(commit.first.0 + at as u64);
                    if no > after && events.len() < limit {
                        events.push(Recorded { no, position, bytes });
                    }
                }
            }
        }
        Ok(events)
    }

    fn committed(&self, stream: &StreamId, expected: Version, commit: CommitId) -> Result<Option<Appended>, ReadError> {
        let first = expected.last_event().next();
        let Some(pointer) = self.kv.get(&rows::event_key(&stream.to_string(), first))? else { return Ok(None) };
        let position = Position(rows::number(&pointer)?);
        let found = self.commit_at(position)?.filter(|found| found.id == commit);
        Ok(found.map(|found| Appended { version: Version(found.last().0), position }))
    }

    fn log(&self, after: Position, limit: usize) -> Result<Vec<Commit>, ReadError> {
        let from = rows::commit_key(Position(after.0.saturating_add(1)));
        let to = rows::commit_key(Position(self.position().0.saturating_add(1)));
        let page = self.kv.range(&from, &to, limit)?;
        page.iter().map(|(key, value)| rows::decode_commit(Position(rows::key_number(key)?), value)).collect()
    }

    fn streams(&self, after: Option<&StreamId>, limit: usize) -> Result<Vec<StreamId>, ReadError> {
        let end = rows::prefix_end(&rows::state_key(""));
        let mut from = match after {
            Some(stream) => [rows::state_key(&stream.to_string()), vec![0]].concat(),
            None => rows::state_key(""),
        };
        let mut streams = Vec::new();
        loop {
            let page = self.kv.range(&from, &end, PAGE.min(limit))?;
            let Some((last, _)) = page.last() else { return Ok(streams) };
            from = [last.as_slice(), &[0]].concat();
            for (key, value) in &page {
                if matches!(rows::decode_head(Some(value))?, Head::At(_)) {
                    streams.push(rows::state_stream(key)?);
                }
                if streams.len() == limit {
                    return Ok(streams);
                }
            }
        }
    }

    fn scan(&self, space: Space, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Row>, ReadError> {
        let prefix = rows::row_key(space, prefix);
        let after = after.map(|after| [rows::row_key(space, after), vec![0]].concat());
        let from = after.filter(|after| *after > prefix).unwrap_or_else(|| prefix.clone());
        let page = self.kv.range(&from, &rows::prefix_end(&prefix), limit)?;
        let rows = page.iter().map(|(key, value)| rows::decode_row(space, key, value));
        rows.filter(|row| row.as_ref().map_or(true, |row| self.shown(space, row))).collect()
    }

    fn last(&self, space: Space, prefix: &str, before: Option<&str>) -> Result<Option<Row>, ReadError> {
        let from = rows::row_key(space, prefix);
        let mut to = rows::prefix_end(&from);
        if let Some(before) = before {
            to = to.min(rows::row_key(space, before));
        }
        while from < to
            && let Some((key, value)) = self.kv.last(&from, &to)?
        {
            let row = rows::decode_row(space, &key, &value)?;
            if self.shown(space, &row) {
                return Ok(Some(row));
            }
            to = key;
        }
        Ok(None)
    }

    fn get(&self, space: Space, key: &str) -> Result<Option<Row>, ReadError> {
        let key = rows::row_key(space, key);
        let row = self.kv.get(&key)?.map(|value| rows::decode_row(space, &key, &value)).transpose()?;
        Ok(row.filter(|row| self.shown(space, row)))
    }

    fn position(&self) -> Position {
        Position(self.shared.durable.load(Ordering::Acquire))
    }

    fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.shared.notices.subscribe()
    }

    fn stats(&self) -> Stats {
        Stats {
            commits: self.shared.commits.load(Ordering::Relaxed),
            batches: self.shared.batches.load(Ordering::Relaxed),
            waiting: self.shared.waiting.load(Ordering::Relaxed),
            last_batch_us: self.shared.last_batch_us.load(Ordering::Relaxed),
            disk_bytes: self.kv.disk_bytes(),
            free_bytes: self.folder.as_deref().and_then(super::folder::free_bytes),
            halted: self.shared.halted.get().cloned(),
        }
    }
}

impl<K: Kv> Drop for KvStore<K> {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
        if let Some(folder) = &self.folder {
            // A note for the next start; without it, the note of the last start stands.
            let _ = super::folder::note_position(folder, self.position());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Mutex, PoisonError};

    use super::super::kv::{Kv, KvError, Pair, Writes};
    use super::super::memory::MemoryKv;
    use super::super::types::{Append, Key, RowChanges};
    use super::*;
    use crate::id::{CommitId, ConversationId};

    /// An engine whose syncs end when the test says so.
    struct Held {
        kv: MemoryKv,
        syncs: Mutex<(Sender<()>, Receiver<()>)>,
    }

    impl Kv for Held {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
            self.kv.get(key)
        }

        fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, KvError> {
            self.kv.range(from, to, limit)
        }

        fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, KvError> {
            self.kv.last(from, to)
        }

        fn apply(&self, writes: Writes) -> Result<(), KvError> {
            self.kv.apply(writes)
        }

        fn sync(&self) -> Result<(), KvError> {
            let syncs = self.syncs.lock().unwrap_or_else(PoisonError::into_inner);
            // The test may be over.
            let _ = syncs.0.send(());
            let _ = syncs.1.recv();
            self.kv.sync()
        }
    }

    #[tokio::test]
    async fn nothing_is_to_be_sent_before_it_is_durable() {
        let (begun, begins) = channel();
        let (ends, ended) = channel();
        let store =
            Arc::new(KvStore::new(Held { kv: MemoryKv::default(), syncs: Mutex::new((begun, ended)) }, None).unwrap());
        let stream = StreamId::Conversation("shop".into(), ConversationId::from_uuid(uuid::Uuid::from_u128(1)));
        let commit = CommitId::from_uuid(uuid::Uuid::from_u128(2));
        let mut append = Append::new(stream, Version::NONE, commit, vec![b"said".to_vec()], b"state".to_vec());
        let key = Key::at("out/shop/ann/", EventNo(1), "/1");
        append.outbox = RowChanges { put: vec![(key, Vec::new())], delete: Vec::new() };
        let appending = tokio::spawn({
            let store = Arc::clone(&store);
            async move { store.append(append).await }
        });
        // It is written, and the disk has not answered.
        tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap();
        let rows = || store.scan(Space::Outbox, "out/", None, 10).unwrap().len();
        assert_eq!(rows(), 0, "a crash now would take the words back");
        ends.send(()).unwrap();
        appending.await.unwrap().unwrap();
        assert_eq!(rows(), 1);
        drop(ends);
    }
}
