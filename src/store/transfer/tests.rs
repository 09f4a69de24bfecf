//! Whole stores, moved and checked.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::id::{CommitId, ConversationId, Position};
use crate::store::OpenError;
use crate::store::erase::{ERASED_FILE, append_lines};
use crate::store::kv::{Kv, Writes};
use crate::store::kv_store::KvStore;
use crate::store::memory::MemoryKv;
use crate::store::types::{Append, Mark, RowChanges, Settle, Space, Unique, Version};
use crate::store::{memory, open, rows};
use crate::time::Time;

/// The state is the number of events; there is a row for it, and one that stands at the place of the second event.
struct Counting;

impl Rebuild for Counting {
    fn rebuild(&self, stream: &StreamId, events: &[Recorded]) -> Result<Rebuilt, String> {
        match events.iter().find(|event| event.bytes == b"\x01\"unreadable\"") {
            Some(event) => Err(format!("event {} is of no known kind", event.no)),
            None => Ok(rebuilt(stream, events.len() as u64)),
        }
    }
}

fn rebuilt(stream: &StreamId, events: u64) -> Rebuilt {
    let mut rows = vec![(Key::new(format!("count/{stream}/{events}")), b"x".to_vec())];
    if events >= 2 {
        rows.push((Key::at("second/", EventNo(2), format!("/{stream}")), b"y".to_vec()));
    }
    Rebuilt { state: format!("\u{1}{events}").into_bytes(), rows }
}

fn stream(number: u128) -> StreamId {
    StreamId::Conversation("shop".into(), ConversationId::from_uuid(Uuid::from_u128(number)))
}

async fn grow(store: &dyn Store, number: u128, events: &[&str]) {
    let version = store.load(&stream(number)).unwrap().map_or(0, |loaded| loaded.version.0);
    let after = rebuilt(&stream(number), version + events.len() as u64);
    let before = if version == 0 { Vec::new() } else { rebuilt(&stream(number), version).rows };
    let id = CommitId::from_uuid(Uuid::from_u128(number * 1_000 + u128::from(version)));
    let bytes = events.iter().map(|text| format!("\u{1}{}", serde_json::json!(text)).into_bytes()).collect();
    let mut one = Append::new(stream(number), Version(version), id, bytes, after.state);
    one.rows = RowChanges::between(before, after.rows);
    one.meta = b"\x01{\"bot\":\"v1\"}".to_vec();
    one.unique = vec![Unique::Once { key: format!("in/{number}/{version}"), expires: Time(50) }];
    if version == 0 {
        one.unique.push(Unique::Guard(format!("open/{number}")));
    }
    one.outbox.put.push((Key::at(format!("web/{number}/"), EventNo(version + 1), "/0"), b"not json".to_vec()));
    store.append(one).await.unwrap();
}

/// Three streams of which one was erased, with rows of every kind.
async fn fill(store: &dyn Store) {
    for (number, events) in [(1, &["hello", "سلام"][..]), (2, &["x"]), (3, &["y"]), (1, &["again"]), (3, &["last"])]
    {
        grow(store, number, events).await;
    }
    let marks = vec![Mark { stream: stream(1), name: "seen/visitor".into(), to: 3 }];
    store.settle(Settle { marks, ..Settle::default() }).await.unwrap();
    store.erase(vec![stream(3)], Time(1)).await.unwrap();
}

fn exported(store: &dyn Store) -> String {
    let mut out = Vec::new();
    export(store, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn import_text(folder: &Path, text: &str) -> Result<Imported, ImportError> {
    import(folder, &mut BufReader::new(text.as_bytes()), &Counting)
}

/// Everything that a reader can see.
fn everything(store: &dyn Store) -> String {
    let streams = store.streams(None, 99).unwrap();
    let states: Vec<_> = streams.iter().map(|stream| store.load(stream).unwrap()).collect();
    let rows: Vec<_> = [Space::Index, Space::Outbox, Space::Unique, Space::Mark]
        .into_iter()
        .map(|space| store.scan(space, "", None, 99).unwrap())
        .collect();
    format!("{streams:#?}{states:#?}{rows:#?}{:#?}{}", store.log(Position(0), 99).unwrap(), store.position())
}

#[tokio::test]
async fn what_is_exported_and_imported_is_the_same_store() {
    let source = memory().unwrap();
    fill(&*source).await;
    let text = exported(&*source);
    assert!(text.contains(r#"{"format":1,"json":"سلام"}"#), "events are readable: {text}");
    let folder = tempfile::tempdir().unwrap();
    let imported = import_text(folder.path(), &text).unwrap();
    assert_eq!(imported, Imported { commits: 3, streams: 2, erased: 0 });
    let store = open(folder.path(), "test").unwrap();
    assert_eq!(everything(&*store), everything(&*source));
    assert_eq!(exported(&*store), text);
    let report = verify(&*store, &Counting).unwrap();
    assert_eq!((report.problems, report.streams, report.events, report.commits), (vec![], 2, 4, 3));
    // It goes on where the other one was, and a repeat of what the other one did is still a duplicate.
    grow(&*store, 2, &["on"]).await;
    assert_eq!(store.position(), Position(6));
}

#[tokio::test]
async fn a_bad_export_is_refused_with_its_line_and_leaves_the_folder_empty() {
    let source = memory().unwrap();
    fill(&*source).await;
    let text = exported(&*source);
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let with = |at: usize, line: &str| {
        let mut lines = lines.clone();
        lines[at] = line;
        joined(&lines)
    };
    let changed = |at: usize, from: &str, to: &str| with(at, &lines[at].replacen(from, to, 1));
    let count = lines.len() as u64;
    let cases = [
        (with(2, "{\"commit\": oops}"), 3, "expected"),
        (with(2, "{\"comit\":{}}"), 3, "comit"),
        (with(2, "\u{0}"), 3, "expected"),
        (with(0, lines[1]), 1, "not the first line"),
        (with(0, "{\"frontdesk\":{\"export\":99,\"position\":5}}"), 1, "format 99"),
        (with(3, lines[0]), 4, "second export"),
        (joined(&lines[..lines.len() - 1]), count, "ends too early"),
        (joined(&[&lines[..2], &lines[3..]].concat()), count - 1, "was written with"),
        (text.clone() + "\n", count + 1, "follows the end"),
        (changed(3, "\"first\":3", "\"first\":4"), 4, "event 4"),
        (changed(2, "\"position\":2", "\"position\":1"), 3, "out of order"),
        (changed(3, "\"position\":4", "\"position\":9"), 4, "out of order"),
        (changed(2, "\"events\":[{\"format\":1,\"json\":\"x\"}]", "\"events\":[]"), 3, "no events"),
        (changed(2, "{\"format\":1,\"json\":\"x\"}", "{\"base64\":\"?\"}"), 3, "base64"),
        (String::new(), 1, "ends too early"),
    ];
    for (bad, line, what) in cases {
        let folder = tempfile::tempdir().unwrap();
        match import_text(folder.path(), &bad) {
            Err(ImportError::Line { line: told, why }) => {
                assert_eq!(told, line, "{why}");
                assert!(why.contains(what), "{what}: {why}");
            }
            other => panic!("{what}: {other:?}"),
        }
        let imported = import_text(folder.path(), &text);
        assert!(imported.is_ok(), "{what}: the folder was not left empty: {imported:?}");
    }
}

#[tokio::test]
async fn an_import_never_writes_over_conversations() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), "test").unwrap();
    fill(&*store).await;
    let text = exported(&*store);
    assert!(matches!(import_text(folder.path(), &text), Err(ImportError::Open(OpenError::Held { .. }))));
    drop(store);
    assert!(matches!(import_text(folder.path(), &text), Err(ImportError::NotEmpty(_))));
}

#[tokio::test]
async fn unreadable_events_stop_an_import() {
    let source = memory().unwrap();
    grow(&*source, 1, &["unreadable"]).await;
    let folder = tempfile::tempdir().unwrap();
    let error = import_text(folder.path(), &exported(&*source)).unwrap_err().to_string();
    assert!(error.contains("event 1 is of no known kind") && error.contains(&stream(1).to_string()), "{error}");
}

#[tokio::test]
async fn an_import_leaves_out_who_was_erased() {
    let source = memory().unwrap();
    fill(&*source).await;
    let text = exported(&*source);
    source.erase(vec![stream(1)], Time(2)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let line = crate::store::erase::ErasedLine { stream: stream(1), at: Time(2) };
    append_lines(folder.path(), &[line]).unwrap();
    assert_eq!(import_text(folder.path(), &text).unwrap(), Imported { commits: 1, streams: 1, erased: 2 });
    let store = open(folder.path(), "test").unwrap();
    assert_eq!(everything(&*store), everything(&*source));
}

#[tokio::test]
async fn an_older_copy_of_the_files_is_erased_again_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), "test").unwrap();
    fill(&*store).await;
    drop(store);
    let line = crate::store::erase::ErasedLine { stream: stream(1), at: Time(2) };
    // A line that a crash cut short stands before it.
    std::fs::write(folder.path().join(ERASED_FILE), "{\"stream\":\"sh").unwrap();
    append_lines(folder.path(), &[line]).unwrap();
    let store = open(folder.path(), "test").unwrap();
    assert_eq!(store.streams(None, 9).unwrap(), [stream(2)]);
    assert_eq!(store.scan(Space::Outbox, "web/1/", None, 9).unwrap(), []);
}

#[tokio::test]
async fn compacting_keeps_what_is_live_and_forgets_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "remember-4071".repeat(40);
    let store = open(folder.path(), "test").unwrap();
    for number in 10..60 {
        grow(&*store, number, &[&secret]).await;
    }
    grow(&*store, 1, &["kept"]).await;
    store.erase((10..60).map(stream).collect(), Time(1)).await.unwrap();
    let before = everything(&*store);
    drop(store);
    let compacted = compact(folder.path()).unwrap();
    assert!(compacted.rows > 0, "{compacted:?}");
    for file in walk(&folder.path().join("store")) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(13).any(|window| window == b"remember-4071");
        assert!(!found, "{} still holds what was erased", file.display());
    }
    let store = open(folder.path(), "test").unwrap();
    assert_eq!(everything(&*store), before);
    grow(&*store, 1, &["on"]).await;
    drop(store);
    compact_at_next_start(folder.path()).unwrap();
    let store = open(folder.path(), "test").unwrap();
    assert_eq!(store.load(&stream(1)).unwrap().unwrap().version, Version(2));
    assert!(!folder.path().join("compact.wanted").exists());
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn verify_finds_every_kind_of_damage() {
    type Damage = fn(&mut Writes);
    type Expected = fn(&Problem) -> bool;
    let text = stream(1).to_string();
    let cases: [(&str, Damage, Expected); 9] = [
        ("nothing", |_| {}, |_| false),
        (
            "another state",
            |w| drop(w.insert(state_key(), Some(rows::encode_state(Version(3), b"other")))),
            |p| matches!(p, Problem::State(_)),
        ),
        (
            "a lost index row",
            |w| drop(w.insert(count_key(3), None)),
            |p| matches!(p, Problem::Row { key, .. } if key.ends_with("/3")),
        ),
        (
            "a changed index row",
            |w| drop(w.insert(count_key(3), Some(rows::encode_row(&stream(1).to_string(), b"z")))),
            |p| matches!(p, Problem::Row { .. }),
        ),
        (
            "an orphan index row",
            |w| drop(w.insert(count_key(9), Some(rows::encode_row(&stream(1).to_string(), b"x")))),
            |p| matches!(p, Problem::Orphan { space: Space::Index, key, .. } if key.ends_with("/9")),
        ),
        (
            "an outbox row of nobody",
            |w| drop(w.insert(b"oweb/9".to_vec(), Some(rows::encode_row(&stream(9).to_string(), b"x")))),
            |p| matches!(p, Problem::Orphan { space: Space::Outbox, .. }),
        ),
        (
            "a mark of nobody",
            |w| drop(w.insert(rows::row_key(Space::Mark, &format!("{}/seen", stream(9))), Some(rows::encode_mark(1)))),
            |p| matches!(p, Problem::Orphan { space: Space::Mark, .. }),
        ),
        (
            "a lost pointer",
            |w| drop(w.insert(rows::event_key(&stream(1).to_string(), EventNo(1)), None)),
            |p| {
                matches!(
                    p,
                    Problem::Numbering { expected: EventNo(1), .. }
                        | Problem::Commit { .. }
                        | Problem::Row { .. }
                        | Problem::State(_)
                )
            },
        ),
        (
            "a version too high",
            |w| drop(w.insert(state_key(), Some(rows::encode_state(Version(4), b"\x013")))),
            |p| matches!(p, Problem::Numbering { expected: EventNo(4), .. }),
        ),
    ];
    fn count_key(events: u64) -> Vec<u8> {
        rows::row_key(Space::Index, &format!("count/{}/{events}", stream(1)))
    }
    fn state_key() -> Vec<u8> {
        rows::state_key(&stream(1).to_string())
    }
    for (what, damage, expected) in cases {
        let kv = Arc::new(MemoryKv::default());
        let store = KvStore::new(Arc::clone(&kv), None).unwrap();
        fill(&store).await;
        let mut writes = Writes::new();
        damage(&mut writes);
        let damaged = !writes.is_empty();
        kv.apply(writes).unwrap();
        let report = verify(&store, &Counting).unwrap();
        assert_eq!(!report.is_good(), damaged, "{what}: {report:?}");
        assert!(
            report.problems.iter().all(|p| expected(p) || matches!(p, Problem::Orphan { .. })),
            "{what}: {report:?}"
        );
        assert_eq!(report.problems.iter().any(expected), damaged, "{what}: {report:?}");
        assert!(report.problems.iter().all(|p| !p.to_string().is_empty()), "{text}");
    }
}

#[tokio::test]
async fn verify_says_which_events_cannot_be_read() {
    let store = memory().unwrap();
    grow(&*store, 1, &["fine", "unreadable"]).await;
    let report = verify(&*store, &Counting).unwrap();
    assert!(matches!(&report.problems[0], Problem::Events { why, .. } if why.contains("event 2")), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_grows_meanwhile_has_no_problems() {
    let store = memory().unwrap();
    fill(&*store).await;
    // So many commits may come under one look: one that grew without a bound could be read more slowly than it grows.
    let allowed = Arc::new(tokio::sync::Semaphore::new(0));
    let growing = {
        let (store, allowed) = (Arc::clone(&store), Arc::clone(&allowed));
        tokio::spawn(async move {
            while let Ok(permit) = allowed.acquire().await {
                permit.forget();
                grow(&*store, 1, &["more"]).await;
                grow(&*store, 2, &["more"]).await;
            }
        })
    };
    // Until it has grown under several looks, however fast either side is.
    let mut sizes = BTreeSet::new();
    while sizes.len() < 10 && !growing.is_finished() {
        if allowed.available_permits() == 0 {
            allowed.add_permits(20);
        }
        let report = verify(&*store, &Counting).unwrap();
        assert_eq!(report.problems, []);
        sizes.insert(report.events);
        tokio::task::yield_now().await;
    }
    assert!(!growing.is_finished(), "it grows as long as it may");
    growing.abort();
}

#[test]
fn an_import_into_an_engine_that_is_full_is_an_error() {
    struct Full(MemoryKv);
    impl Kv for Full {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, crate::store::kv::KvError> {
            self.0.get(key)
        }
        fn range(
            &self,
            from: &[u8],
            to: &[u8],
            limit: usize,
        ) -> Result<Vec<crate::store::kv::Pair>, crate::store::kv::KvError> {
            self.0.range(from, to, limit)
        }
        fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<crate::store::kv::Pair>, crate::store::kv::KvError> {
            self.0.last(from, to)
        }
        fn apply(&self, _: Writes) -> Result<(), crate::store::kv::KvError> {
            Err(crate::store::kv::KvError::Failed("no space left".into()))
        }
        fn sync(&self) -> Result<(), crate::store::kv::KvError> {
            Ok(())
        }
    }
    let text = "{\"frontdesk\":{\"export\":1,\"position\":0}}\n{\"end\":{\"lines\":1}}\n";
    let outcome =
        import::import_into(Full(MemoryKv::default()), &mut text.as_bytes(), &Counting, BTreeSet::new(), None);
    assert!(matches!(&outcome, Err(ImportError::Write(why)) if why.contains("no space left")), "{outcome:?}");
}
