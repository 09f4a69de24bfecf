//! Appending: versions, positions, unique keys, limits, and what a reopened store still knows.

use std::sync::Arc;

use super::{Fixture, append, commit, commit_id, contract, conversation, put, refused};
use crate::id::{EventNo, Position};
use crate::store::types::{
    Append, AppendError, Appended, COMMIT_ITEMS_MAX, Commit, KEY_BYTES_MAX, Key, Notice, RowChanges, Settle, Space,
    Unique, VALUE_BYTES_MAX, Version,
};
use crate::store::{Store, StreamId};
use crate::time::Time;

contract!(
    versions_are_dense_and_positions_grow,
    a_stale_version_conflicts_and_changes_nothing,
    events_are_read_in_order_from_anywhere,
    the_log_holds_every_commit_in_order,
    what_was_rewritten_is_read_so_everywhere,
    a_record_can_lose_something_and_nothing_else_changes,
    everything_outlives_a_reopening,
    a_repeat_is_a_duplicate_even_from_another_stream,
    a_repeat_in_the_same_batch_is_a_duplicate,
    exactly_one_of_many_claims_wins,
    a_guard_belongs_to_one_stream_until_it_is_released,
    a_commit_that_needs_a_stream_stands_or_falls_with_it,
    expired_keys_are_purged_and_others_stay,
    an_outcome_can_be_looked_up,
    limits_are_refused_before_anything_is_written,
    a_malformed_commit_is_refused,
    notices_come_after_durability_in_order,
    streams_are_listed_in_pages,
);

fn once(key: &str, expires: i64) -> Unique {
    Unique::Once { key: key.to_owned(), expires: Time(expires) }
}

fn with_unique(mut append: Append, unique: Vec<Unique>) -> Append {
    append.unique = unique;
    append
}

fn texts(store: &Arc<dyn Store>, stream: &StreamId, after: u64, limit: usize) -> Vec<(u64, String)> {
    let events = store.events(stream, EventNo(after), limit).unwrap();
    events.into_iter().map(|event| (event.no.0, String::from_utf8(event.bytes).unwrap())).collect()
}

async fn versions_are_dense_and_positions_grow(fixture: Fixture) {
    let (store, a, b) = (&fixture.store, conversation(1), conversation(2));
    assert_eq!(store.load(&a).unwrap(), None);
    let first = append(store, commit(&a, 0, &["one", "two"])).await;
    let other = append(store, commit(&b, 0, &["x"])).await;
    let second = append(store, commit(&a, 2, &["three"])).await;
    assert_eq!([first.version, other.version, second.version], [Version(2), Version(1), Version(3)]);
    assert_eq!([first.position, other.position, second.position], [Position(1), Position(2), Position(3)]);
    let loaded = store.load(&a).unwrap().unwrap();
    assert_eq!((loaded.version, loaded.position, loaded.state), (Version(3), Position(3), b"three".to_vec()));
    assert_eq!(store.position(), Position(3));
}

async fn a_stale_version_conflicts_and_changes_nothing(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    append(store, commit(&stream, 0, &["one", "two"])).await;
    for stale in [0, 1, 3] {
        let mut late = commit(&stream, stale, &["late"]);
        late.rows = put(&[("row", "late")]);
        late.unique = vec![once("late", 9)];
        assert_eq!(refused(store, late).await, AppendError::Conflict { actual: Version(2) }, "expected {stale}");
    }
    assert_eq!(texts(store, &stream, 0, 9), [(1, "one".into()), (2, "two".into())]);
    assert_eq!(store.get(Space::Index, "row").unwrap(), None);
    assert_eq!(store.get(Space::Unique, "late").unwrap(), None);
    assert_eq!(store.position(), Position(1));
}

async fn events_are_read_in_order_from_anywhere(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    for (expected, events) in [(0, &["1", "2", "3"][..]), (3, &["4"]), (4, &["5", "6"])] {
        append(store, commit(&stream, expected, events)).await;
    }
    append(store, commit(&conversation(2), 0, &["other"])).await;
    for after in 0..=7 {
        for limit in 0..=7 {
            let expected: Vec<_> = (after + 1..=6).take(limit).map(|no| (no, no.to_string())).collect();
            assert_eq!(texts(store, &stream, after, limit), expected, "after {after}, limit {limit}");
        }
    }
    let positions: Vec<_> = store.events(&stream, EventNo(2), 3).unwrap().iter().map(|e| e.position.0).collect();
    assert_eq!(positions, [1, 2, 3]);
}

async fn the_log_holds_every_commit_in_order(fixture: Fixture) {
    let (store, a, b) = (&fixture.store, conversation(1), conversation(2));
    let mut first = commit(&a, 0, &["one", "two"]);
    first.meta = b"because".to_vec();
    first.unique = vec![once("in/1", 5), Unique::Guard("open/1".to_owned())];
    append(store, first.clone()).await;
    append(store, commit(&b, 0, &["x"])).await;
    append(store, commit(&a, 2, &["three"])).await;
    let log = store.log(Position(0), 9).unwrap();
    let summary: Vec<_> = log.iter().map(|c| (c.position.0, c.stream.clone(), c.first.0, c.last().0)).collect();
    assert_eq!(summary, [(1, a.clone(), 1, 2), (2, b, 1, 1), (3, a, 3, 3)]);
    assert_eq!((&log[0].id, &log[0].meta, &log[0].events), (&first.commit, &first.meta, &first.events));
    assert_eq!(log[0].unique, first.unique);
    assert_eq!(store.log(Position(1), 1).unwrap(), log[1..2]);
    assert_eq!(store.log(Position(3), 9).unwrap(), []);
}

async fn what_was_rewritten_is_read_so_everywhere(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let mut first = commit(&stream, 0, &["one", "secret", "three"]);
    first.meta = b"because".to_vec();
    first.unique = vec![once("in/1", 5)];
    append(store, first.clone()).await;
    append(store, commit(&stream, 3, &["four"])).await;
    let taken_back = |expected, no| {
        let mut back = commit(&stream, expected, &["taken back"]);
        back.rewritten = vec![(EventNo(no), b"-".to_vec()), (EventNo(4), b"4".to_vec())];
        back
    };
    // Whoever is late rewrites nothing, nor does whoever means an event that is not there.
    assert_eq!(refused(store, taken_back(3, 2)).await, AppendError::Conflict { actual: Version(4) });
    assert_eq!(refused(store, taken_back(4, 9)).await, AppendError::Conflict { actual: Version::NONE });
    assert_eq!(texts(store, &stream, 1, 1), [(2, "secret".into())]);
    append(store, taken_back(4, 2)).await;
    let fixture = fixture.reopen();
    let store = &fixture.store;
    let expected = ["one", "-", "three", "4", "taken back"].map(str::to_owned);
    assert_eq!(texts(store, &stream, 0, 9), (1..).zip(expected).collect::<Vec<_>>());
    let log = store.log(Position(0), 9).unwrap();
    assert_eq!(log.iter().map(|commit| commit.events.len()).collect::<Vec<_>>(), [3, 1, 1]);
    assert_eq!((&log[0].id, &log[0].meta, &log[0].unique), (&first.commit, &first.meta, &first.unique));
    assert_eq!(log[0].events[1], b"-");
}

async fn a_record_can_lose_something_and_nothing_else_changes(fixture: Fixture) {
    let (store, a, b) = (&fixture.store, conversation(1), conversation(2));
    let mut first = commit(&a, 0, &["one", "two"]);
    first.meta = b"because of a secret".to_vec();
    first.unique = vec![once("in/1", 5)];
    append(store, first).await;
    append(store, commit(&b, 0, &["x"])).await;
    let before = store.log(Position(0), 9).unwrap();
    let settled = async |stream: &StreamId, position: u64, record: &str| {
        let records = vec![(stream.clone(), Position(position), record.as_bytes().to_vec())];
        store.settle(Settle { records, ..Settle::default() }).await.unwrap()
    };
    // Another stream's, one that is not there, and one that would grow.
    for (stream, position, record) in [(&b, 1, "-"), (&a, 9, "-"), (&a, 1, "because of two more secrets")] {
        assert_eq!(settled(stream, position, record).await, 0);
    }
    assert_eq!(store.log(Position(0), 9).unwrap(), before);
    assert_eq!(settled(&a, 1, "because").await, 1);
    let fixture = fixture.reopen();
    let after = fixture.store.log(Position(0), 9).unwrap();
    assert_eq!(after[0], Commit { meta: b"because".to_vec(), ..before[0].clone() });
    assert_eq!(after[1], before[1]);
}

async fn everything_outlives_a_reopening(fixture: Fixture) {
    let stream = conversation(1);
    let mut first = commit(&stream, 0, &["one"]);
    first.rows = put(&[("row", "value")]);
    first.unique = vec![once("in/1", 5)];
    append(&fixture.store, first.clone()).await;
    let fixture = fixture.reopen();
    let store = &fixture.store;
    assert_eq!(store.position(), Position(1));
    assert_eq!(store.get(Space::Index, "row").unwrap().unwrap().value, b"value");
    assert!(matches!(refused(store, first).await, AppendError::Duplicate { .. }));
    assert_eq!(refused(store, commit(&stream, 0, &["x"])).await, AppendError::Conflict { actual: Version(1) });
    let next = append(store, commit(&stream, 1, &["two"])).await;
    assert_eq!(next, Appended { version: Version(2), position: Position(2) });
}

async fn a_repeat_is_a_duplicate_even_from_another_stream(fixture: Fixture) {
    let (store, a, b) = (&fixture.store, conversation(1), conversation(2));
    append(store, commit(&b, 0, &["x"])).await;
    append(store, with_unique(commit(&a, 0, &["one"]), vec![once("in/7", 5)])).await;
    let duplicate = AppendError::Duplicate { key: "in/7".into(), stream: a.clone(), position: Position(2) };
    for (stream, expected) in [(&a, 1), (&b, 1), (&a, 0), (&conversation(3), 0)] {
        let repeat = with_unique(commit(stream, expected, &["again"]), vec![once("in/8", 5), once("in/7", 5)]);
        assert_eq!(refused(store, repeat).await, duplicate);
    }
    assert_eq!(store.get(Space::Unique, "in/8").unwrap(), None);
}

async fn a_repeat_in_the_same_batch_is_a_duplicate(fixture: Fixture) {
    let store = &fixture.store;
    for round in 0..20 {
        let commits: Vec<_> = (0..8)
            .map(|n| {
                with_unique(commit(&conversation(round * 8 + n), 0, &["x"]), vec![once(&format!("in/{round}"), 5)])
            })
            .collect();
        let outcomes = futures_util::future::join_all(commits.into_iter().map(|c| store.append(c))).await;
        let won: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
        assert_eq!(won.len(), 1, "round {round}");
        for outcome in &outcomes {
            if let Err(error) = outcome {
                assert!(
                    matches!(error, AppendError::Duplicate { position, .. } if *position == won[0].position),
                    "{error:?}"
                );
            }
        }
    }
    let stats = store.stats();
    assert!(stats.batches < 160, "no two of 160 appends shared a batch, so this test tested nothing: {stats:?}");
}

async fn exactly_one_of_many_claims_wins(fixture: Fixture) {
    let (store, stream) = (Arc::clone(&fixture.store), conversation(1));
    append(&store, commit(&stream, 0, &["queued"])).await;
    let tasks: Vec<_> = (0..32)
        .map(|agent| {
            let (store, stream) = (Arc::clone(&store), stream.clone());
            tokio::spawn(async move { store.append(commit(&stream, 1, &[&format!("claimed by {agent}")])).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(appended) => {
                won += 1;
                assert_eq!(appended.version, Version(2));
            }
            Err(error) => assert_eq!(error, AppendError::Conflict { actual: Version(2) }),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(texts(&store, &stream, 0, 9).len(), 2);
}

async fn a_guard_belongs_to_one_stream_until_it_is_released(fixture: Fixture) {
    let (store, a, b) = (&fixture.store, conversation(1), conversation(2));
    let guard = || vec![Unique::Guard("open/web/1".to_owned())];
    append(store, with_unique(commit(&a, 0, &["opened"]), guard())).await;
    let held = store.get(Space::Unique, "open/web/1").unwrap().unwrap();
    assert_eq!((held.owner, held.position, held.value), (a.clone(), Some(Position(1)), Vec::new()));
    let taken = refused(store, with_unique(commit(&b, 0, &["opened"]), guard())).await;
    assert!(matches!(taken, AppendError::Duplicate { stream, .. } if stream == a));
    append(store, with_unique(commit(&a, 1, &["reopened"]), guard())).await;

    let mut stranger = commit(&b, 0, &["x"]);
    stranger.release = vec!["open/web/1".to_owned()];
    append(store, stranger).await;
    assert!(store.get(Space::Unique, "open/web/1").unwrap().is_some(), "a stranger released it");

    let mut closing = commit(&a, 2, &["closed"]);
    closing.release = vec!["open/web/1".to_owned()];
    append(store, closing).await;
    assert_eq!(store.get(Space::Unique, "open/web/1").unwrap(), None);
    append(store, with_unique(commit(&b, 1, &["opened"]), guard())).await;
    assert_eq!(store.get(Space::Unique, "open/web/1").unwrap().unwrap().owner, b);
}

async fn a_commit_that_needs_a_stream_stands_or_falls_with_it(fixture: Fixture) {
    let store = &fixture.store;
    let needing = |at: u128, needed: u128| {
        let mut append = commit(&conversation(at), 0, &["x"]);
        append.needs = Some(conversation(needed));
        append
    };
    assert_eq!(refused(store, needing(1, 2)).await, AppendError::Conflict { actual: Version::NONE });
    assert_eq!(store.load(&conversation(1)).unwrap(), None, "nothing of it is stored");
    let made = store.append(commit(&conversation(2), 0, &["made"]));
    let (made, needs_it) = futures_util::future::join(made, store.append(needing(1, 2))).await;
    assert!(made.unwrap().position < needs_it.unwrap().position, "handed in at once, in this order");
    let guard = || vec![Unique::Guard("open/web/1".to_owned())];
    append(store, with_unique(commit(&conversation(3), 0, &["opened"]), guard())).await;
    let second = store.append(with_unique(commit(&conversation(4), 0, &["opened"]), guard()));
    let (second, needs_it) = futures_util::future::join(second, store.append(needing(5, 4))).await;
    assert!(matches!(second, Err(AppendError::Duplicate { .. })), "{second:?}");
    assert_eq!(needs_it, Err(AppendError::Conflict { actual: Version::NONE }), "it needs what was refused");
    store.erase(vec![conversation(2)], Time(1)).await.unwrap();
    assert_eq!(refused(store, needing(6, 2)).await, AppendError::Conflict { actual: Version::NONE }, "it is erased");
}

async fn expired_keys_are_purged_and_others_stay(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let keys =
        [vec![once("old", 10)], vec![Unique::Guard("guard".into())], vec![once("mid", 20)], vec![once("new", 30)]];
    for (expected, unique) in keys.into_iter().enumerate() {
        append(store, with_unique(commit(&stream, expected as u64, &["x"]), unique)).await;
    }
    assert_eq!(store.get(Space::Unique, "mid").unwrap().unwrap().number(), Some(20));
    assert_eq!(store.purge(Time(9)).await, Ok(0));
    assert_eq!(store.purge(Time(20)).await, Ok(2));
    assert_eq!(store.purge(Time(20)).await, Ok(0));
    let left: Vec<_> = store.scan(Space::Unique, "", None, 9).unwrap().into_iter().map(|row| row.key).collect();
    assert_eq!(left, ["guard", "new"]);
    append(store, with_unique(commit(&stream, 4, &["again"]), vec![once("old", 40)])).await;
    assert_eq!(store.purge(Time(30)).await, Ok(1));
    assert!(store.get(Space::Unique, "old").unwrap().is_some(), "a key claimed again must not go with its old commit");
}

async fn an_outcome_can_be_looked_up(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let mut mine = commit(&stream, 0, &["one", "two"]);
    mine.commit = commit_id(77);
    assert_eq!(store.committed(&stream, Version(0), mine.commit), Ok(None));
    let appended = append(store, mine.clone()).await;
    append(store, commit(&stream, 2, &["three"])).await;
    assert_eq!(store.committed(&stream, Version(0), mine.commit), Ok(Some(appended)));
    assert_eq!(store.committed(&stream, Version(0), commit_id(78)), Ok(None));
    assert_eq!(store.committed(&stream, Version(2), mine.commit), Ok(None));
}

async fn limits_are_refused_before_anything_is_written(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let long = |len: usize| "x".repeat(len);
    let plain = || commit(&stream, 0, &["one"]);
    let mut cases: Vec<(&str, Append)> = vec![
        ("the commit", commit(&stream, 0, &[&long(VALUE_BYTES_MAX)])),
        ("the number of events", commit(&stream, 0, &vec!["x"; COMMIT_ITEMS_MAX + 1])),
        ("a key", with_unique(plain(), vec![once(&long(KEY_BYTES_MAX + 1), 1)])),
        ("the number of unique keys", with_unique(plain(), vec![once("k", 1); COMMIT_ITEMS_MAX + 1])),
    ];
    cases.push(("the state", Append { state: vec![0; VALUE_BYTES_MAX + 1], ..plain() }));
    cases.push(("the commit", Append { meta: vec![0; VALUE_BYTES_MAX], ..plain() }));
    cases.push(("a row", Append { rows: put(&[("k", &long(VALUE_BYTES_MAX + 1))]), ..plain() }));
    cases.push(("a key", Append { outbox: put(&[(&long(KEY_BYTES_MAX + 1), "v")]), ..plain() }));
    cases.push(("the number of rows", Append { rows: put(&[("k", "v"); COMMIT_ITEMS_MAX + 1]), ..plain() }));
    let many: Vec<_> = (0..5).map(|n| (Key::new(format!("k{n}")), vec![0; VALUE_BYTES_MAX])).collect();
    cases.push(("the rows together", Append { rows: RowChanges { put: many, delete: Vec::new() }, ..plain() }));
    for (what, too_large) in cases {
        match refused(store, too_large).await {
            AppendError::TooLarge { what: named, size, max } => assert!(named == what && size > max, "{named}, {what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
    assert_eq!(store.load(&stream).unwrap(), None);
    // One byte less than too much is written and comes back whole.
    let state = vec![7; VALUE_BYTES_MAX];
    append(store, Append { state: state.clone(), ..plain() }).await;
    assert_eq!(store.load(&stream).unwrap().unwrap().state, state);
}

async fn a_malformed_commit_is_refused(fixture: Fixture) {
    let store = &fixture.store;
    let on = |site: &str| match conversation(1) {
        StreamId::Conversation(_, id) => StreamId::Conversation(site.into(), id),
        other => other,
    };
    let cases = [commit(&conversation(1), 0, &[]), commit(&on("a/b"), 0, &["x"]), commit(&on(""), 0, &["x"])];
    for malformed in cases {
        assert!(matches!(refused(store, malformed).await, AppendError::Invalid(_)));
    }
}

async fn notices_come_after_durability_in_order(fixture: Fixture) {
    let (store, a, b) = (&fixture.store, conversation(1), conversation(2));
    let mut notices = store.subscribe();
    append(store, commit(&a, 0, &["one", "two"])).await;
    append(store, commit(&b, 0, &["x"])).await;
    refused(store, commit(&b, 0, &["x"])).await;
    append(store, commit(&a, 2, &["three"])).await;
    let expected = [(1, &a, 2), (2, &b, 1), (3, &a, 3)];
    for (position, stream, version) in expected {
        let notice = Notice::Commit { position: Position(position), stream: stream.clone(), version: Version(version) };
        assert_eq!(notices.try_recv().unwrap(), notice);
    }
    assert!(notices.try_recv().is_err());
}

async fn streams_are_listed_in_pages(fixture: Fixture) {
    let store = &fixture.store;
    for number in 1..=5 {
        append(store, commit(&conversation(number), 0, &["x"])).await;
    }
    let mut listed = Vec::new();
    loop {
        let page = store.streams(listed.last(), 2).unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    assert_eq!(listed, (1..=5).map(conversation).collect::<Vec<_>>());
    assert_eq!(store.streams(None, 3).unwrap().len(), 3);
}
