//! Rows: index and outbox rows with positions in their keys, marks that move only forward.

use std::collections::BTreeMap;

use super::{Fixture, append, commit, contract, conversation, put, refused};
use crate::id::{EventNo, Position};
use crate::store::types::{AppendError, Key, Mark, Notice, Row, RowChanges, Settle, Space, Version};
use crate::store::{Store, StreamId};
use crate::time::Time;

contract!(
    rows_follow_their_commit,
    a_row_can_stand_in_the_order_of_entry,
    a_row_keeps_the_place_of_an_earlier_event,
    a_row_of_an_event_that_does_not_exist_is_refused,
    rows_are_scanned_in_pages_by_prefix,
    the_last_row_is_found_without_reading_the_others,
    what_is_sent_leaves_the_outbox,
    a_settled_row_does_not_come_back,
    a_stream_gets_a_row_without_growing,
    marks_move_only_forward,
    marks_of_unknown_streams_are_dropped,
);

fn scan(store: &dyn Store, space: Space, prefix: &str) -> Vec<(String, String)> {
    let rows = store.scan(space, prefix, None, 99).unwrap();
    rows.into_iter().map(|row| (row.key, String::from_utf8(row.value).unwrap())).collect()
}

fn keyed(rows: Vec<(Key, &str)>) -> RowChanges {
    let put = rows.into_iter().map(|(key, value)| (key, value.as_bytes().to_vec())).collect();
    RowChanges { put, delete: Vec::new() }
}

fn mark(stream: &StreamId, name: &str, to: u64) -> Settle {
    let mark = Mark { stream: stream.clone(), name: name.to_owned(), to };
    Settle { marks: vec![mark], ..Settle::default() }
}

async fn rows_follow_their_commit(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let mut first = commit(&stream, 0, &["one"]);
    first.rows = put(&[("owner/bot/1", "a"), ("deadline/5/1", "b"), ("kept", "c")]);
    append(store, first).await;
    let mut second = commit(&stream, 1, &["two"]);
    second.rows = RowChanges {
        put: vec![("owner/queue/1".into(), b"d".to_vec()), ("deadline/5/1".into(), b"e".to_vec())],
        delete: vec!["owner/bot/1".into(), "deadline/5/1".into(), "never there".into()],
    };
    append(store, second).await;
    let expected = [("deadline/5/1", "e"), ("kept", "c"), ("owner/queue/1", "d")];
    assert_eq!(scan(&**store, Space::Index, ""), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    let row = store.get(Space::Index, "kept").unwrap();
    assert_eq!(row, Some(Row { key: "kept".into(), owner: stream, position: None, value: b"c".to_vec() }));
}

async fn a_row_can_stand_in_the_order_of_entry(fixture: Fixture) {
    let store = &fixture.store;
    for number in [3, 1, 2] {
        let stream = conversation(number);
        let mut entering = commit(&stream, 0, &["hello", "queued"]);
        let key = Key::at("queue/shop/sales/", EventNo(2), format!("/{number}"));
        entering.rows = keyed(vec![(key, "waiting")]);
        append(store, entering).await;
    }
    let order: Vec<_> = store.scan(Space::Index, "queue/shop/sales/", None, 9).unwrap();
    let order: Vec<_> = order.into_iter().map(|row| (row.owner, row.position.unwrap().0)).collect();
    assert_eq!(order, [(conversation(3), 1), (conversation(1), 2), (conversation(2), 3)]);
}

async fn a_row_keeps_the_place_of_an_earlier_event(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let place = || Key::at("queue/", EventNo(2), "/1");
    let mut entering = commit(&stream, 0, &["hello", "queued"]);
    entering.rows = keyed(vec![(place(), "waiting")]);
    append(store, entering).await;
    append(store, commit(&conversation(2), 0, &["other"])).await;
    let mut assigned = commit(&stream, 2, &["assigned"]);
    assigned.rows = RowChanges { put: Vec::new(), delete: vec![place()] };
    append(store, assigned).await;
    assert_eq!(scan(&**store, Space::Index, ""), []);
    let mut returned = commit(&stream, 3, &["returned"]);
    returned.rows = keyed(vec![(place(), "waiting again")]);
    append(store, returned).await;
    let key = format!("queue/{:020}/1", 1);
    assert_eq!(scan(&**store, Space::Index, ""), [(key.clone(), "waiting again".to_owned())]);
    assert_eq!(store.get(Space::Index, &key).unwrap().unwrap().position, Some(Position(1)));
}

async fn a_row_of_an_event_that_does_not_exist_is_refused(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    for event in [0, 3] {
        let mut wrong = commit(&stream, 0, &["one", "two"]);
        wrong.rows = keyed(vec![(Key::at("queue/", EventNo(event), ""), "x")]);
        assert!(matches!(refused(store, wrong).await, AppendError::Invalid(_)), "event {event}");
    }
    // A caller that believes in events the store never saw has lost a race; it must decide again.
    let mut ahead = commit(&stream, 5, &["six"]);
    ahead.rows = keyed(vec![(Key::at("queue/", EventNo(5), ""), "x")]);
    assert!(matches!(refused(store, ahead).await, AppendError::Conflict { .. }));
}

async fn rows_are_scanned_in_pages_by_prefix(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let mut first = commit(&stream, 0, &["one"]);
    first.rows = put(&[("a/1", ""), ("a/2", ""), ("a/3", ""), ("a0", ""), ("b/1", ""), ("a", "")]);
    first.outbox = put(&[("a/9", "")]);
    append(store, first).await;
    let keys = |prefix: &str, after: Option<&str>, limit| -> Vec<String> {
        let rows = store.scan(Space::Index, prefix, after, limit).unwrap();
        rows.into_iter().map(|row| row.key).collect()
    };
    assert_eq!(keys("a/", None, 9), ["a/1", "a/2", "a/3"]);
    assert_eq!(keys("a/", None, 2), ["a/1", "a/2"]);
    assert_eq!(keys("a/", Some("a/2"), 9), ["a/3"]);
    assert_eq!(keys("a/", Some("a/25"), 9), ["a/3"]);
    assert_eq!(keys("a/", Some("a/3"), 9), [""; 0]);
    assert_eq!(keys("a/", Some("a"), 1), ["a/1"]);
    assert_eq!(keys("", None, 9).len(), 6);
}

async fn the_last_row_is_found_without_reading_the_others(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let mut first = commit(&stream, 0, &["one"]);
    first.rows = put(&[("a/1", ""), ("a/2", ""), ("a/3", ""), ("a0", ""), ("b/1", "")]);
    append(store, first).await;
    let last =
        |prefix: &str, before: Option<&str>| store.last(Space::Index, prefix, before).unwrap().map(|row| row.key);
    assert_eq!(last("a/", None).as_deref(), Some("a/3"));
    assert_eq!(last("a/", Some("a/3")).as_deref(), Some("a/2"));
    assert_eq!(last("a/", Some("a/1")), None);
    assert_eq!(last("a/", Some("a")), None, "nothing before all of them");
    assert_eq!(last("a/", Some("b")).as_deref(), Some("a/3"), "nor anything outside the prefix");
    assert_eq!(last("c/", None), None);
}

async fn what_is_sent_leaves_the_outbox(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let mut first = commit(&stream, 0, &["hello", "reply"]);
    first.outbox =
        keyed(vec![(Key::at("telegram/42/", EventNo(2), "/0"), "2"), (Key::at("telegram/42/", EventNo(2), "/1"), "2")]);
    append(store, first).await;
    let rows = store.scan(Space::Outbox, "telegram/42/", None, 9).unwrap();
    assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [Some(Position(1)); 2]);
    let (first, second) = (rows[0].key.clone(), rows[1].key.clone());
    let settle = Settle { retry: vec![(first.clone(), b"try 2".to_vec())], done: vec![second], ..Settle::default() };
    assert_eq!(store.settle(settle).await, Ok(2));
    let left = store.scan(Space::Outbox, "", None, 9).unwrap();
    let expected =
        Row { key: first.clone(), owner: stream.clone(), position: Some(Position(1)), value: b"try 2".into() };
    assert_eq!(left, [expected]);
    // The owner changed before the reply was sent: a commit takes it out of the outbox.
    let mut cancelled = commit(&stream, 2, &["cancelled"]);
    cancelled.outbox = RowChanges { put: Vec::new(), delete: vec![Key::at("telegram/42/", EventNo(2), "/0")] };
    append(store, cancelled).await;
    assert_eq!(store.scan(Space::Outbox, "", None, 9).unwrap(), []);
}

async fn a_settled_row_does_not_come_back(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    let mut first = commit(&stream, 0, &["one"]);
    first.outbox = put(&[("web/1", "x")]);
    append(store, first).await;
    let done = Settle { done: vec!["web/1".into()], ..Settle::default() };
    assert_eq!(store.settle(done.clone()).await, Ok(1));
    let late = Settle { retry: vec![("web/1".into(), b"again".to_vec())], ..Settle::default() };
    assert_eq!(store.settle(late).await, Ok(0));
    assert_eq!(store.settle(done).await, Ok(0));
    assert_eq!(store.get(Space::Outbox, "web/1").unwrap(), None);
}

async fn a_stream_gets_a_row_without_growing(fixture: Fixture) {
    let (store, stream) = (&fixture.store, conversation(1));
    append(store, commit(&stream, 0, &["one", "two"])).await;
    let row = |stream: &StreamId| {
        let put = vec![(stream.clone(), Key::at("telegram/42/", EventNo(2), "/2"), b"x".to_vec())];
        Settle { put, ..Settle::default() }
    };
    assert_eq!(store.settle(row(&stream)).await, Ok(1));
    let rows = store.scan(Space::Outbox, "telegram/42/", None, 9).unwrap();
    let key = format!("telegram/42/{:020}/2", 1);
    let expected = Row { key, owner: stream.clone(), position: Some(Position(1)), value: b"x".into() };
    assert_eq!(rows, [expected]);
    assert_eq!(store.load(&stream).unwrap().unwrap().version, Version(2));
    // Nobody's row is a row that nobody would ever erase.
    assert_eq!(store.settle(row(&conversation(9))).await, Ok(0));
    store.erase(vec![stream.clone()], Time(0)).await.unwrap();
    assert_eq!(store.scan(Space::Outbox, "", None, 9).unwrap(), [], "it goes with its stream");
    assert_eq!(store.settle(row(&stream)).await, Ok(0));
}

async fn marks_move_only_forward(fixture: Fixture) {
    let stream = conversation(1);
    append(&fixture.store, commit(&stream, 0, &["one"])).await;
    let mut notices = fixture.store.subscribe();
    for (to, changed) in [(3, 1), (2, 0), (3, 0), (7, 1), (1, 0)] {
        assert_eq!(fixture.store.settle(mark(&stream, "seen/visitor", to)).await, Ok(changed), "to {to}");
    }
    fixture.store.settle(mark(&stream, "delivered", 5)).await.unwrap();
    let told: Vec<_> = std::iter::from_fn(|| notices.try_recv().ok())
        .map(|notice| match notice {
            Notice::Mark(mark) => mark.to,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [3, 7, 5]);
    let fixture = fixture.reopen();
    let marks = fixture.store.scan(Space::Mark, &format!("{stream}/"), None, 9).unwrap();
    let marks: BTreeMap<_, _> = marks.iter().map(|row| (row.key.as_str(), row.number())).collect();
    let (delivered, seen) = (format!("{stream}/delivered"), format!("{stream}/seen/visitor"));
    assert_eq!(marks, BTreeMap::from([(delivered.as_str(), Some(5)), (seen.as_str(), Some(7))]));
    assert_eq!(fixture.store.load(&stream).unwrap().unwrap().version.0, 1, "marks are outside the version");
}

async fn marks_of_unknown_streams_are_dropped(fixture: Fixture) {
    let store = &fixture.store;
    assert_eq!(store.settle(mark(&conversation(9), "seen", 1)).await, Ok(0));
    assert_eq!(store.scan(Space::Mark, "", None, 9).unwrap(), []);
}

#[test]
fn the_difference_of_two_states_rows_is_what_is_written() {
    let rows = |rows: &[(&str, &str)]| rows.iter().map(|(k, v)| (Key::new(*k), v.as_bytes().to_vec())).collect();
    let before = rows(&[("same", "1"), ("changed", "2"), ("gone", "3")]);
    let after = rows(&[("same", "1"), ("changed", "4"), ("new", "5")]);
    let changes = RowChanges::between(before, after);
    assert_eq!(changes.put, vec![(Key::new("changed"), b"4".to_vec()), (Key::new("new"), b"5".to_vec())]);
    assert_eq!(changes.delete, vec![Key::new("gone")]);
}
