//! The one thread that writes. It drains what waits, checks each commit against the store and against the commits before
//! it in the same batch, writes all of them as one batch, makes that durable, and only then tells anyone. After a failed
//! write it never writes again: what the disk holds is no longer known, and guessing loses messages.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, oneshot};

use crate::id::{EventNo, Position};

use super::kv::{Kv, KvError, Writes};
use super::prepare::Prepared;
use super::rows::{self, Head};
use super::types::{AppendError, Appended, Commit, Mark, Notice, ReadError, Settle, Space, StreamId, Unique, Version};

/// How many jobs may wait; one more is answered with `Busy`.
pub(super) const QUEUE_MAX: usize = 4_096;
/// How many jobs share one batch and one sync.
const BATCH_MAX: usize = 256;
/// A batch that has grown this large takes no more jobs.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How many notices a slow subscriber may be behind before it is told that it lagged.
const NOTICES_MAX: usize = 4_096;
/// A batch of so many jobs waits for no more: the write is shared by enough.
const GATHERED: usize = 32;
/// A batch gathers jobs no longer than this: it bounds what the first one waits for the others.
const GATHERING_MAX: Duration = Duration::from_millis(3);
/// How many streams' versions are remembered, twice.
const HEADS_MAX: usize = 32_768;
/// How many rows are read at a time.
const PAGE: usize = 500;

/// Where an append's outcome goes.
pub(super) type AppendReply = oneshot::Sender<Result<Appended, AppendError>>;
/// Where the number of changed rows goes.
pub(super) type CountReply = oneshot::Sender<Result<u64, AppendError>>;

/// What the committer is asked to do.
pub(super) enum Job {
    Append(Box<Prepared>, AppendReply),
    Settle(Settle, CountReply),
    Purge(Purge, CountReply),
    Erase(Erase, CountReply),
}

/// Expired unique keys, each with the position of the commit that claimed it, and how far the log was searched.
pub(super) struct Purge {
    pub(super) keys: Vec<(Vec<u8>, Position)>,
    pub(super) searched: Position,
}

/// Streams to erase as they were when their rows were collected, and those rows' keys.
pub(super) struct Erase {
    pub(super) streams: Vec<(StreamId, Version)>,
    pub(super) keys: Vec<Vec<u8>>,
}

/// What the committer shares with readers.
pub(super) struct Shared {
    /// The position of the last durable commit. Readers do not see beyond it.
    pub(super) durable: AtomicU64,
    /// Why nothing is written any more.
    pub(super) halted: OnceLock<Arc<str>>,
    pub(super) waiting: AtomicUsize,
    pub(super) commits: AtomicU64,
    pub(super) batches: AtomicU64,
    pub(super) last_batch_us: AtomicU64,
    pub(super) notices: broadcast::Sender<Notice>,
}

impl Shared {
    pub(super) fn new(position: Position) -> Self {
        Self {
            durable: AtomicU64::new(position.0),
            halted: OnceLock::new(),
            waiting: AtomicUsize::new(0),
            commits: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            last_batch_us: AtomicU64::new(0),
            notices: broadcast::Sender::new(NOTICES_MAX),
        }
    }

    /// Stops writing for good; the first reason stands.
    fn halt(&self, why: String) -> Arc<str> {
        let mut first = false;
        let why = self.halted.get_or_init(|| {
            first = true;
            why.into()
        });
        if first {
            tracing::error!(why = %why, "the store has stopped writing; nothing more is acknowledged until a restart");
        }
        Arc::clone(why)
    }
}

/// The thread's own state.
pub(super) struct Committer<K> {
    kv: Arc<K>,
    shared: Arc<Shared>,
    heads: Heads,
    position: Position,
}

impl<K: Kv> Committer<K> {
    pub(super) fn new(kv: Arc<K>, shared: Arc<Shared>) -> Self {
        let position = Position(shared.durable.load(Ordering::Acquire));
        Self { kv, shared, heads: Heads::default(), position }
    }

    /// Works until every sender is gone.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        let _guard = HaltOnPanic(Arc::clone(&self.shared));
        while let Ok(first) = jobs.recv() {
            let began = Instant::now();
            let mut batch = Batch::default();
            let mut taken = 0;
            let mut next = Some(first);
            while let Some(job) = next {
                taken += 1;
                self.take(job, &mut batch);
                let room = taken < BATCH_MAX && batch.bytes < BATCH_BYTES_MAX;
                let waiting = if room { jobs.try_recv().ok() } else { None };
                next = waiting.or_else(|| if taken < GATHERED { yielded(jobs, began) } else { None });
            }
            self.shared.waiting.fetch_sub(taken, Ordering::Relaxed);
            self.finish(batch, began);
        }
    }

    /// Checks one job and adds its rows to the batch.
    fn take(&mut self, job: Job, batch: &mut Batch) {
        if let Some(why) = self.shared.halted.get() {
            return batch.replies.push(job.refuse(AppendError::Halted(Arc::clone(why))));
        }
        let reply = match job {
            Job::Append(prepared, to) => {
                let outcome = self.append(*prepared, batch);
                Reply::Append(to, self.halt_unread(outcome))
            }
            Job::Settle(settle, to) => {
                let outcome = self.settle(settle, batch);
                Reply::Count(to, self.halt_unread(outcome))
            }
            Job::Purge(purge, to) => {
                let outcome = self.purge(purge, batch);
                Reply::Count(to, self.halt_unread(outcome))
            }
            Job::Erase(erase, to) => {
                let outcome = self.erase(erase, batch);
                Reply::Count(to, self.halt_unread(outcome))
            }
        };
        batch.replies.push(reply);
    }

    /// Without reading, nothing can be checked before it is written.
    fn halt_unread<T>(&self, outcome: Result<T, AppendError>) -> Result<T, AppendError> {
        outcome.map_err(|error| match error {
            AppendError::Read(error) => AppendError::Halted(self.shared.halt(error.to_string())),
            other => other,
        })
    }

    /// Writes the batch, makes it durable, then answers.
    fn finish(&mut self, batch: Batch, began: Instant) {
        let Batch { writes, notices, replies, commits, .. } = batch;
        if writes.is_empty() {
            return replies.into_iter().for_each(Reply::send);
        }
        // An engine that panics has failed like one that returns an error, and must not take this thread with it.
        let write = AssertUnwindSafe(|| self.kv.apply(writes).and_then(|()| self.kv.sync()));
        let outcome = catch_unwind(write).unwrap_or_else(|_| Err(KvError::Failed("the engine panicked".to_owned())));
        if let Err(error) = outcome {
            let why = self.shared.halt(format!("writing to disk failed: {error}"));
            for reply in replies {
                reply.unknown(&why);
            }
            return;
        }
        self.shared.durable.store(self.position.0, Ordering::Release);
        self.shared.commits.fetch_add(commits, Ordering::Relaxed);
        self.shared.batches.fetch_add(1, Ordering::Relaxed);
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.shared.last_batch_us.store(took_us, Ordering::Relaxed);
        // Notices first: whoever has its answer knows that its notice is on the way to every subscriber.
        for notice in notices {
            // Having no subscriber is not a failure.
            let _ = self.shared.notices.send(notice);
        }
        for reply in replies {
            reply.send();
        }
    }

    fn append(&mut self, prepared: Prepared, batch: &mut Batch) -> Result<Appended, AppendError> {
        let actual = match self.head(&prepared.text)? {
            Head::Erased => return Err(AppendError::Erased),
            Head::At(version) => version,
        };
        // Held keys are looked at first: for a platform's repeat, deciding again on a newer state would be pointless.
        for (key, unique, _) in &prepared.unique {
            let Some(value) = batch.get(&*self.kv, key)? else { continue };
            let holder = rows::decode_unique(&value)?;
            let own_guard = matches!(unique, Unique::Guard(_)) && holder.stream == prepared.stream;
            if !own_guard {
                let rows::Holder { position, stream, .. } = holder;
                return Err(AppendError::Duplicate { key: unique.key().to_owned(), stream, position });
            }
        }
        if actual != prepared.expected {
            return Err(AppendError::Conflict { actual });
        }
        if let Some(needs) = &prepared.needs
            && matches!(self.head(needs)?, Head::Erased | Head::At(Version::NONE))
        {
            return Err(AppendError::Conflict { actual });
        }
        let mut prepared = prepared;
        let mut released = Vec::new();
        for key in std::mem::take(&mut prepared.release) {
            let held = batch.get(&*self.kv, &key)?.map(|value| rows::decode_unique(&value)).transpose()?;
            if held.is_some_and(|holder| holder.stream == prepared.stream) {
                released.push(key);
            }
        }
        prepared.release = released;

        self.position.0 += 1;
        let (position, version) = (self.position, prepared.version);
        self.heads.set(prepared.text.clone(), Head::At(version));
        batch.notices.push(Notice::Commit { position, stream: prepared.stream.clone(), version });
        batch.bytes += prepared.bytes();
        batch.commits += 1;
        prepared.write(position, |key, value| batch.put(key, value));
        Ok(Appended { version, position })
    }

    fn settle(&mut self, settle: Settle, batch: &mut Batch) -> Result<u64, AppendError> {
        let mut changed = 0;
        for mark in settle.marks {
            let Mark { stream, name, to } = &mark;
            let text = stream.to_string();
            if matches!(self.head(&text)?, Head::Erased | Head::At(Version::NONE)) {
                continue;
            }
            let key = rows::row_key(Space::Mark, &format!("{text}/{name}"));
            let now = batch.get(&*self.kv, &key)?.map(|value| rows::decode_mark(&value)).transpose()?;
            if now.is_none_or(|now| now < *to) {
                batch.put(key, Some(rows::encode_mark(*to)));
                batch.notices.push(Notice::Mark(mark));
                changed += 1;
            }
        }
        for (stream, key, value) in settle.put {
            let text = stream.to_string();
            if matches!(self.head(&text)?, Head::Erased | Head::At(Version::NONE)) {
                continue;
            }
            let position = match &key.hole {
                Some((event, _)) => position_of(&*self.kv, &text, *event)?.unwrap_or_default(),
                None => Position(0),
            };
            let key = rows::row_key(Space::Outbox, &key.text(|_| position));
            let mut new = rows::encode_row(&text, &value);
            rows::set_position(&mut new, position);
            batch.bytes += new.len();
            batch.put(key, Some(new));
            changed += 1;
        }
        for (key, value) in settle.retry {
            let key = rows::row_key(Space::Outbox, &key);
            let Some(old) = batch.get(&*self.kv, &key)? else { continue };
            let row = rows::decode_row(Space::Outbox, &key, &old)?;
            let mut new = rows::encode_row(&row.owner.to_string(), &value);
            rows::set_position(&mut new, row.position.unwrap_or_default());
            batch.bytes += new.len();
            batch.put(key, Some(new));
            changed += 1;
        }
        for key in settle.done {
            let key = rows::row_key(Space::Outbox, &key);
            if batch.get(&*self.kv, &key)?.is_some() {
                batch.put(key, None);
                changed += 1;
            }
        }
        for (stream, position, record) in settle.records {
            let key = rows::commit_key(position);
            let Some(old) = batch.get(&*self.kv, &key)? else { continue };
            let Commit { id, stream: of, first, meta, events, unique, .. } = rows::decode_commit(position, &old)?;
            if of == stream && record.len() < meta.len() {
                let new = rows::encode_commit(id, &stream.to_string(), first, &unique, &record, &events);
                batch.bytes += new.len();
                batch.put(key, Some(new));
                changed += 1;
            }
        }
        Ok(changed)
    }

    fn purge(&mut self, purge: Purge, batch: &mut Batch) -> Result<u64, AppendError> {
        let mut purged = 0;
        for (key, claimed) in purge.keys {
            let held = batch.get(&*self.kv, &key)?.map(|value| rows::decode_unique(&value)).transpose()?;
            if held.is_some_and(|holder| holder.position == claimed) {
                batch.put(key, None);
                purged += 1;
            }
        }
        batch.put(rows::PURGED.to_vec(), Some(purge.searched.0.to_be_bytes().to_vec()));
        Ok(purged)
    }

    fn erase(&mut self, erase: Erase, batch: &mut Batch) -> Result<u64, AppendError> {
        for (stream, version) in &erase.streams {
            match self.head(&stream.to_string())? {
                Head::At(actual) if actual != *version => return Err(AppendError::Conflict { actual }),
                Head::At(_) | Head::Erased => {}
            }
        }
        let mut erased = 0;
        for key in erase.keys {
            batch.put(key, None);
            erased += 1;
        }
        for (stream, _) in erase.streams {
            let text = stream.to_string();
            // Marks are not versioned, so they are looked for here, also among the rows of this batch.
            let from = rows::row_key(Space::Mark, &format!("{text}/"));
            for key in all_keys(&*self.kv, &from)?.into_iter().chain(batch.keys_under(&from)) {
                batch.put(key, None);
            }
            batch.put(rows::state_key(&text), Some(rows::encode_erased()));
            self.heads.set(text, Head::Erased);
            batch.notices.push(Notice::Erased(stream));
        }
        // The last commit may be among the erased ones; its position must not be given again.
        batch.put(rows::HIGHEST.to_vec(), Some(self.position.0.to_be_bytes().to_vec()));
        Ok(erased)
    }

    /// The version of a stream, with the commits of this batch already counted in.
    fn head(&mut self, stream: &str) -> Result<Head, ReadError> {
        if let Some(head) = self.heads.get(stream) {
            return Ok(head);
        }
        let head = rows::decode_head(self.kv.get(&rows::state_key(stream))?.as_deref())?;
        self.heads.set(stream.to_owned(), head);
        Ok(head)
    }
}

/// The next job, after those who make jobs had the core. A write costs far more than a job, and where cores are few, the one
/// that has just woken this thread has often more to hand in. With an idle core this costs a system call and no time.
fn yielded(jobs: &Receiver<Job>, began: Instant) -> Option<Job> {
    if began.elapsed() > GATHERING_MAX {
        return None;
    }
    std::thread::yield_now();
    jobs.try_recv().ok()
}

/// All keys that begin with `prefix`.
fn all_keys<K: Kv>(kv: &K, prefix: &[u8]) -> Result<Vec<Vec<u8>>, ReadError> {
    let end = rows::prefix_end(prefix);
    let mut from = prefix.to_vec();
    let mut keys = Vec::new();
    loop {
        let page = kv.range(&from, &end, PAGE)?;
        let full = page.len() == PAGE;
        keys.extend(page.into_iter().map(|(key, _)| key));
        match keys.last() {
            Some(last) if full => from = [last.as_slice(), &[0]].concat(),
            _ => return Ok(keys),
        }
    }
}

/// What one turn of the thread collects.
#[derive(Default)]
struct Batch {
    writes: Writes,
    notices: Vec<Notice>,
    replies: Vec<Reply>,
    commits: u64,
    bytes: usize,
}

impl Batch {
    fn put(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.writes.insert(key, value);
    }

    /// A row as it will be when this batch is written.
    fn get<K: Kv>(&self, kv: &K, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        match self.writes.get(key) {
            Some(value) => Ok(value.clone()),
            None => Ok(kv.get(key)?),
        }
    }

    fn keys_under(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let range = prefix.to_vec()..rows::prefix_end(prefix);
        self.writes.range(range).map(|(key, _)| key.clone()).collect()
    }
}

/// An answer that waits for the batch to be durable.
enum Reply {
    Append(AppendReply, Result<Appended, AppendError>),
    Count(CountReply, Result<u64, AppendError>),
}

impl Reply {
    /// A caller that no longer waits is not a failure.
    fn send(self) {
        match self {
            Self::Append(to, outcome) => drop(to.send(outcome)),
            Self::Count(to, outcome) => drop(to.send(outcome)),
        }
    }

    /// The batch failed. What was accepted may be durable or not; what was refused may have been refused because of a
    /// commit that was not durable, so it is not told as a refusal.
    fn unknown(self, why: &Arc<str>) {
        fn outcome<T>(checked: Result<T, AppendError>, why: &Arc<str>) -> AppendError {
            match checked {
                Ok(_) => AppendError::Unknown(Arc::clone(why)),
                Err(_) => AppendError::Halted(Arc::clone(why)),
            }
        }
        match self {
            Self::Append(to, checked) => drop(to.send(Err(outcome(checked, why)))),
            Self::Count(to, checked) => drop(to.send(Err(outcome(checked, why)))),
        }
    }
}

impl Job {
    fn refuse(self, error: AppendError) -> Reply {
        match self {
            Self::Append(_, to) => Reply::Append(to, Err(error)),
            Self::Settle(_, to) | Self::Purge(_, to) | Self::Erase(_, to) => Reply::Count(to, Err(error)),
        }
    }
}

/// The versions of the streams written last, in two generations: when the young one is full, the old one is dropped.
#[derive(Default)]
struct Heads {
    young: HashMap<String, Head>,
    old: HashMap<String, Head>,
}

impl Heads {
    fn get(&self, stream: &str) -> Option<Head> {
        self.young.get(stream).or_else(|| self.old.get(stream)).copied()
    }

    fn set(&mut self, stream: String, head: Head) {
        if self.young.len() >= HEADS_MAX && !self.young.contains_key(&stream) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(stream, head);
    }
}

/// A panic of the thread must not look like a quiet store.
struct HaltOnPanic(Arc<Shared>);

impl Drop for HaltOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.halt("the writing thread panicked".to_owned());
        }
    }
}

/// The position of the last commit in `kv`.
pub(super) fn last_position<K: Kv>(kv: &K) -> Result<Position, ReadError> {
    let (from, to) = (rows::commit_key(Position(0)), rows::commit_key(Position(u64::MAX)));
    let logged = kv.last(&from, &to)?.map(|(key, _)| rows::key_number(&key)).transpose()?.unwrap_or(0);
    let highest = kv.get(rows::HIGHEST)?.map(|value| rows::number(&value)).transpose()?.unwrap_or(0);
    Ok(Position(logged.max(highest)))
}

/// The commit that holds an event of a stream.
pub(super) fn position_of<K: Kv>(kv: &K, stream: &str, event: EventNo) -> Result<Option<Position>, ReadError> {
    let pointer = kv.last(&rows::event_key(stream, EventNo(0)), &rows::event_key(stream, event.next()))?;
    pointer.map(|(_, value)| rows::number(&value).map(Position)).transpose()
}
