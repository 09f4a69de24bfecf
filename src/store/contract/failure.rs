//! What happens when the disk refuses: nothing is acknowledged that may be lost, and nothing is written afterwards.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};
use std::task::{Context, Poll, Waker};

use super::{append, commit, conversation, put};
use crate::id::{EventNo, Position};
use crate::store::Store;
use crate::store::kv::{Kv, KvError, Pair, Writes};
use crate::store::kv_store::KvStore;
use crate::store::memory::MemoryKv;
use crate::store::types::{AppendError, Settle, Space, StreamId, Unique, Version};
use crate::time::Time;

/// A memory engine that fails or waits on command.
#[derive(Default)]
struct Frail {
    inner: MemoryKv,
    fail: Mutex<Fail>,
    syncs: AtomicU32,
    open_gate: Condvar,
}

#[derive(Default, PartialEq, Clone, Copy)]
enum Fail {
    #[default]
    Nothing,
    Apply,
    Sync,
    Panic,
    Read,
    /// A sync waits until told otherwise, and then succeeds.
    Wait,
}

impl Frail {
    fn now(&self, fail: Fail) {
        *self.fail.lock().unwrap() = fail;
        self.open_gate.notify_all();
    }

    fn is(&self, fail: Fail) -> bool {
        *self.fail.lock().unwrap() == fail
    }
}

impl Kv for Frail {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        if self.is(Fail::Read) { Err(KvError::Failed("input/output error".to_owned())) } else { self.inner.get(key) }
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, KvError> {
        self.inner.range(from, to, limit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, KvError> {
        self.inner.last(from, to)
    }

    fn apply(&self, writes: Writes) -> Result<(), KvError> {
        if self.is(Fail::Apply) { Err(KvError::Failed("no space left".to_owned())) } else { self.inner.apply(writes) }
    }

    fn sync(&self) -> Result<(), KvError> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        let gate = self.fail.lock().unwrap();
        let gate = self.open_gate.wait_while(gate, |fail| *fail == Fail::Wait).unwrap();
        let fail = *gate;
        drop(gate);
        match fail {
            Fail::Sync => Err(KvError::Failed("input/output error".to_owned())),
            Fail::Panic => panic!("a panic that this test asked for"),
            Fail::Nothing | Fail::Apply | Fail::Read | Fail::Wait => Ok(()),
        }
    }
}

fn store() -> (Arc<Frail>, Arc<dyn Store>) {
    let kv = Arc::new(Frail::default());
    let store = KvStore::new(Arc::clone(&kv), None).unwrap();
    (kv, Arc::new(store))
}

/// Starts a future without waiting for it.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn events(store: &Arc<dyn Store>, stream: &StreamId) -> usize {
    store.events(stream, EventNo(0), 99).unwrap().len()
}

#[tokio::test]
async fn a_failed_write_is_unknown_and_then_the_store_has_stopped() {
    for (fail, reason) in [(Fail::Apply, "no space left"), (Fail::Sync, "input/output error")] {
        let (kv, store) = store();
        let stream = conversation(1);
        append(&store, commit(&stream, 0, &["one"])).await;
        kv.now(fail);
        let unknown = store.append(commit(&stream, 1, &["two"])).await.unwrap_err();
        assert!(matches!(&unknown, AppendError::Unknown(why) if why.contains(reason)), "{unknown:?}");
        kv.now(Fail::Nothing);
        let syncs = kv.syncs.load(Ordering::SeqCst);
        for expected in [1, 2] {
            let halted = store.append(commit(&stream, expected, &["three"])).await.unwrap_err();
            assert!(matches!(&halted, AppendError::Halted(why) if why.contains(reason)), "{halted:?}");
        }
        assert!(matches!(store.settle(Settle::default()).await, Err(AppendError::Halted(_))));
        assert!(matches!(store.erase(vec![stream.clone()], Time(1)).await, Err(AppendError::Halted(_))));
        assert_eq!(kv.syncs.load(Ordering::SeqCst), syncs, "it went on writing after a failure");
        assert!(store.stats().halted.is_some_and(|why| why.contains(reason)));
        // Readers go on, and do not see what may be lost.
        assert_eq!(events(&store, &stream), 1);
        assert_eq!(store.log(Position(0), 9).unwrap().len(), 1);
    }
}

#[tokio::test]
async fn after_an_unknown_outcome_the_reopened_store_tells_it() {
    for (fail, written) in [(Fail::Apply, false), (Fail::Sync, true)] {
        let (kv, store) = store();
        let stream = conversation(1);
        kv.now(fail);
        let mine = commit(&stream, 0, &["one"]);
        assert!(matches!(store.append(mine.clone()).await, Err(AppendError::Unknown(_))));
        drop(store);
        kv.now(Fail::Nothing);
        let store = KvStore::new(kv, None).unwrap();
        let found = store.committed(&stream, Version(0), mine.commit).unwrap();
        assert_eq!(found.is_some(), written);
    }
}

#[tokio::test]
async fn a_panic_while_writing_is_an_unknown_outcome_and_a_stop() {
    let (kv, store) = store();
    kv.now(Fail::Panic);
    let unknown = store.append(commit(&conversation(1), 0, &["one"])).await;
    assert!(matches!(unknown, Err(AppendError::Unknown(_))), "{unknown:?}");
    let halted = store.append(commit(&conversation(1), 0, &["one"])).await;
    assert!(matches!(halted, Err(AppendError::Halted(_))), "{halted:?}");
}

#[tokio::test]
async fn a_store_that_cannot_read_stops_writing() {
    let (kv, store) = store();
    kv.now(Fail::Read);
    for _ in 0..2 {
        let halted = store.append(commit(&conversation(1), 0, &["one"])).await;
        assert!(matches!(halted, Err(AppendError::Halted(_))), "{halted:?}");
        kv.now(Fail::Nothing);
    }
}

#[tokio::test]
async fn nothing_is_told_before_it_is_durable() {
    let (kv, store) = store();
    let (a, b) = (conversation(1), conversation(2));
    kv.now(Fail::Wait);
    let mut notices = store.subscribe();
    let waiting = store.append({
        let mut first = commit(&a, 0, &["one"]);
        first.unique = vec![Unique::Once { key: "in/1".into(), expires: Time(9) }];
        first.rows = put(&[("row", "x")]);
        first
    });
    let mut waiting = Box::pin(waiting);
    assert!(poll_once(&mut waiting).is_pending());
    // The committer is inside the sync: its rows are in the engine, and must not be told as facts.
    while kv.syncs.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(events(&store, &a), 0);
    assert_eq!(store.log(Position(0), 9).unwrap(), []);
    assert_eq!(store.get(Space::Unique, "in/1").unwrap(), None);
    assert_eq!(store.position(), Position(0));
    assert!(notices.try_recv().is_err());
    let mut repeat = commit(&b, 0, &["again"]);
    repeat.unique = vec![Unique::Once { key: "in/1".into(), expires: Time(9) }];
    let mut repeat = Box::pin(store.append(repeat));
    assert!(poll_once(&mut repeat).is_pending());
    kv.now(Fail::Nothing);
    assert_eq!(waiting.await.unwrap().position, Position(1));
    assert!(matches!(repeat.await, Err(AppendError::Duplicate { .. })));
    assert_eq!(events(&store, &a), 1);
    assert!(notices.try_recv().is_ok());
}

#[tokio::test]
async fn a_refusal_that_hangs_on_a_lost_commit_is_not_told_as_one() {
    let (kv, store) = store();
    append(&store, commit(&conversation(1), 0, &["zero"])).await;
    kv.now(Fail::Wait);
    let mut first = Box::pin(store.append(commit(&conversation(9), 0, &["occupies the committer"])));
    assert!(poll_once(&mut first).is_pending());
    while kv.syncs.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    // These two share the next batch, which fails.
    let claim = |number| {
        let mut claim = commit(&conversation(number), 0, &["x"]);
        claim.unique = vec![Unique::Once { key: "in/1".into(), expires: Time(9) }];
        claim
    };
    let (mut one, mut two) = (Box::pin(store.append(claim(2))), Box::pin(store.append(claim(3))));
    assert!(poll_once(&mut one).is_pending());
    assert!(poll_once(&mut two).is_pending());
    kv.now(Fail::Sync);
    assert!(matches!(first.await, Err(AppendError::Unknown(_))));
    for outcome in [one.await, two.await] {
        assert!(matches!(outcome, Err(AppendError::Halted(_) | AppendError::Unknown(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_full_queue_answers_busy_at_once() {
    let (kv, store) = store();
    kv.now(Fail::Wait);
    let mut waiting = Vec::new();
    let busy = loop {
        let number = waiting.len() as u128;
        let mut one = Box::pin(store.append(commit(&conversation(number), 0, &["x"])));
        match poll_once(&mut one) {
            Poll::Pending => waiting.push(one),
            Poll::Ready(outcome) => break outcome,
        }
        assert!(waiting.len() < 10_000, "the queue has no end");
    };
    assert!(matches!(busy, Err(AppendError::Busy(_))), "{busy:?}");
    assert!(waiting.len() >= crate::store::committer::QUEUE_MAX);
    kv.now(Fail::Nothing);
    let done = futures_util::future::join_all(waiting).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(store.stats().waiting, 0);
}
