//! Erasing: nothing of a stream is left, nothing else goes, and it never comes back.

use super::{Fixture, append, commit, contract, conversation, put, refused};
use crate::id::{EventNo, Position};
use crate::store::StreamId;
use crate::store::types::{Append, AppendError, Key, Mark, Notice, Settle, Space, Unique};
use crate::time::Time;

contract!(
    an_erased_stream_leaves_nothing_behind,
    an_erased_stream_never_comes_back,
    positions_are_not_given_again_after_the_last_commit_was_erased,
    erasing_twice_is_harmless,
);

/// A commit that leaves a row in every space.
fn full(stream: &StreamId, number: u32) -> Append {
    let mut full = commit(stream, 0, &["hello", "my name is Ada"]);
    full.rows = put(&[(&format!("owner/bot/{number}"), "x")]);
    full.rows.put.push((Key::at("queue/", EventNo(2), format!("/{number}")), Vec::new()));
    full.outbox = put(&[(&format!("web/{number}"), "x")]);
    let once = Unique::Once { key: format!("in/{number}"), expires: Time(9) };
    full.unique = vec![once, Unique::Guard(format!("open/{number}"))];
    full
}

async fn two_streams(fixture: &Fixture) -> (StreamId, StreamId) {
    let streams = (conversation(1), conversation(2));
    for (stream, number) in [(&streams.0, 1), (&streams.1, 2)] {
        append(&fixture.store, full(stream, number)).await;
        let marks = vec![Mark { stream: stream.clone(), name: "seen".into(), to: 1 }];
        fixture.store.settle(Settle { marks, ..Settle::default() }).await.unwrap();
    }
    append(&fixture.store, commit(&streams.0, 2, &["more"])).await;
    streams
}

async fn an_erased_stream_leaves_nothing_behind(fixture: Fixture) {
    let (gone, stays) = two_streams(&fixture).await;
    let store = &fixture.store;
    let mut notices = store.subscribe();
    assert!(store.erase(vec![gone.clone()], Time(5)).await.unwrap() > 0);
    assert_eq!(notices.try_recv(), Ok(Notice::Erased(gone.clone())));
    let fixture = fixture.reopen();
    let store = &fixture.store;
    assert_eq!(store.load(&gone).unwrap(), None);
    assert_eq!(store.events(&gone, EventNo(0), 9).unwrap(), []);
    assert_eq!(store.streams(None, 9).unwrap(), std::slice::from_ref(&stays));
    let log: Vec<_> = store.log(Position(0), 9).unwrap().into_iter().map(|commit| commit.position.0).collect();
    assert_eq!(log, [2]);
    for space in [Space::Index, Space::Outbox, Space::Unique, Space::Mark] {
        let rows = store.scan(space, "", None, 99).unwrap();
        assert!(!rows.is_empty(), "{space:?}: the other stream's rows went too");
        assert!(rows.iter().all(|row| row.owner == stays), "{space:?}: {rows:?}");
    }
    // The next position is one that was never given.
    assert_eq!(append(store, commit(&stays, 2, &["on"])).await.position, Position(4));
}

async fn an_erased_stream_never_comes_back(fixture: Fixture) {
    let (gone, _) = two_streams(&fixture).await;
    fixture.store.erase(vec![gone.clone()], Time(5)).await.unwrap();
    for fixture in [fixture.reopen()] {
        for expected in [0, 2, 3] {
            assert_eq!(refused(&fixture.store, commit(&gone, expected, &["x"])).await, AppendError::Erased);
        }
        let marks = vec![Mark { stream: gone.clone(), name: "seen".into(), to: 9 }];
        assert_eq!(fixture.store.settle(Settle { marks, ..Settle::default() }).await, Ok(0));
    }
}

async fn positions_are_not_given_again_after_the_last_commit_was_erased(fixture: Fixture) {
    let (first, last) = (conversation(1), conversation(2));
    append(&fixture.store, commit(&first, 0, &["x"])).await;
    append(&fixture.store, commit(&last, 0, &["x"])).await;
    fixture.store.erase(vec![last], Time(5)).await.unwrap();
    let fixture = fixture.reopen();
    assert_eq!(append(&fixture.store, commit(&first, 1, &["x"])).await.position, Position(3));
}

async fn erasing_twice_is_harmless(fixture: Fixture) {
    let (gone, stays) = two_streams(&fixture).await;
    for _ in 0..2 {
        fixture.store.erase(vec![gone.clone(), conversation(77)], Time(5)).await.unwrap();
    }
    assert_eq!(fixture.store.streams(None, 9).unwrap(), [stays]);
}
