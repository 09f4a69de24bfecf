//! Every folder that cannot be opened is refused with one sentence that names the folder and says what to do.

use std::path::Path;

use super::*;
use crate::id::{CommitId, ConversationId};
use crate::store::swap::{NEW, swap};
use crate::store::transfer::compact;
use crate::store::types::{Append, StreamId, Version};
use crate::store::{Store, open, open_existing};

fn refusal(folder: &Path) -> OpenError {
    match open(folder, "test") {
        Ok(_) => panic!("{} was opened", folder.display()),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains(&folder.display().to_string()), "it does not name the folder: {text}");
            assert!(!text.contains('\n'), "more than one line: {text}");
            error
        }
    }
}

async fn one_commit(store: &dyn Store) {
    let stream = StreamId::Conversation("shop".into(), ConversationId::from_uuid(uuid::Uuid::from_u128(1)));
    let id = CommitId::from_uuid(uuid::Uuid::from_u128(2));
    store.append(Append::new(stream, Version::NONE, id, vec![b"one".to_vec()], Vec::new())).await.unwrap();
}

#[test]
fn a_folder_that_another_holds_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), "serve on 127.0.0.1:8080").unwrap();
    let by = match refusal(folder.path()) {
        OpenError::Held { by, .. } => by,
        other => panic!("{other}"),
    };
    assert_eq!(by, format!("process {} (serve on 127.0.0.1:8080)", std::process::id()));
    drop(store);
    assert!(open(folder.path(), "test").is_ok(), "the lock outlived its holder");
}

#[test]
fn a_folder_is_made_where_its_parent_exists_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no/such/data");
    assert!(matches!(refusal(&missing), OpenError::NoParent { parent, .. } if parent.ends_with("no/such")));
    assert!(!folder.path().join("no").exists());
    assert!(open(&folder.path().join("data"), "test").is_ok());
}

#[test]
fn a_new_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(open(&data, "test").unwrap());
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_folder_that_was_open_to_everybody_is_closed_to_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    drop(open(folder.path(), "test").unwrap());
    assert_eq!(std::fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o750, "a group stays");
}

#[test]
fn who_only_looks_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nosuch");
    assert!(matches!(open_existing(&missing, "test"), Err(OpenError::Missing(_))));
    assert!(compact(&missing).is_err());
    assert!(!missing.exists());
    std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    assert!(matches!(open_existing(folder.path(), "test"), Err(OpenError::NoData(_))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    drop(open(folder.path(), "test").unwrap());
    assert!(open_existing(folder.path(), "test").is_ok());
}

#[test]
fn a_file_is_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "text").unwrap();
    assert!(matches!(refusal(&file), OpenError::NotAFolder(_)));
    assert!(matches!(refusal(&file.join("below")), OpenError::NotAFolder(_)));
}

#[test]
fn a_newer_format_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), "test").unwrap());
    std::fs::write(folder.path().join("format"), "2\n").unwrap();
    assert!(matches!(refusal(folder.path()), OpenError::Newer { found: 2, known: 1, .. }));
    for text in ["", "one", "0"] {
        std::fs::write(folder.path().join("format"), text).unwrap();
        assert!(matches!(refusal(folder.path()), OpenError::Damaged { .. }), "{text}");
    }
    std::fs::remove_file(folder.path().join("format")).unwrap();
    assert!(matches!(refusal(folder.path()), OpenError::Damaged { .. }));
}

#[tokio::test]
async fn damaged_files_are_told_and_never_a_panic() {
    type Damage = fn(&mut Vec<u8>);
    let cases: [(&str, &str, Damage); 4] = [
        ("a configuration of noise", "conf", |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 0x5A)),
        ("an emptied database", "db", Vec::clear),
        ("a database of noise", "db", |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 0x5A)),
        ("a database that is something else", "db", |bytes| *bytes = b"PK\x03\x04".repeat(50_000)),
    ];
    for (what, file, damage) in cases {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), "test").unwrap();
        one_commit(&*store).await;
        drop(store);
        let path = folder.path().join("store").join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let error = refusal(folder.path());
        assert!(matches!(error, OpenError::Damaged { .. }), "{what}: {error}");
        assert!(error.to_string().contains("restore"), "{what}: it does not say what to do: {error}");
        let inner = ["offset", "backtrace", "socket"].iter().any(|word| error.to_string().contains(word));
        assert!(!inner, "{what}: an operator is told of the insides: {error}");
    }
}

#[tokio::test]
async fn an_older_copy_of_the_files_is_not_taken_for_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), "test").unwrap();
    one_commit(&*store).await;
    drop(store);
    std::fs::write(folder.path().join("position"), "2\n").unwrap();
    // As often as it is tried: what is refused must not make itself right.
    for _ in 0..2 {
        let error = refusal(folder.path());
        assert!(matches!(error, OpenError::Older { found: Position(1), known: Position(2), .. }), "{error}");
        assert!(compact(folder.path()).is_err(), "what is older is not made final");
    }
    for noise in [&b"soon"[..], b"", b"\xff\xfe"] {
        std::fs::write(folder.path().join("position"), noise).unwrap();
        for _ in 0..2 {
            assert!(matches!(refusal(folder.path()), OpenError::Damaged { .. }));
        }
        assert_eq!(std::fs::read(folder.path().join("position")).unwrap(), noise);
    }
    std::fs::remove_file(folder.path().join("position")).unwrap();
    drop(open(folder.path(), "test").unwrap());
    assert_eq!(std::fs::read_to_string(folder.path().join("position")).unwrap(), "1\n");
}

#[test]
fn what_the_system_says_is_sorted() {
    let sorted = |kind: ErrorKind| OpenError::io(Path::new("data"), kind.into()).to_string();
    for (kind, what) in [
        (ErrorKind::StorageFull, "is full"),
        (ErrorKind::QuotaExceeded, "is full"),
        (ErrorKind::PermissionDenied, "cannot use"),
    ] {
        assert!(sorted(kind).contains(what), "{kind}");
    }
}

#[tokio::test]
async fn a_swap_cut_short_anywhere_leaves_a_whole_store() {
    // What a crash leaves behind, step by step: the names that exist, and whether the new files count.
    type Left = &'static [(&'static str, &'static str)];
    let cases: [(&str, Left, &str); 5] = [
        ("while the new files are written", &[("store", "old"), (NEW, "half")], "old"),
        ("after the old ones were put aside", &[("store.old", "old"), (NEW, "new")], "new"),
        ("after the new ones were put in place", &[("store.old", "old"), ("store", "new")], "new"),
        ("after everything", &[("store", "new")], "new"),
        ("with only the old ones, put aside", &[("store.old", "old")], "old"),
    ];
    for (when, left, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in left {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("which"), content).unwrap();
        }
        crate::store::swap::recover(folder.path()).unwrap();
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["store"], "{when}");
        assert_eq!(std::fs::read_to_string(folder.path().join("store/which")).unwrap(), expected, "{when}");
    }
    // And whole: with and without a store before it.
    let folder = tempfile::tempdir().unwrap();
    for content in ["first", "second"] {
        std::fs::create_dir(folder.path().join(NEW)).unwrap();
        std::fs::write(folder.path().join(NEW).join("which"), content).unwrap();
        swap(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("store/which")).unwrap(), content);
    }
}

#[test]
fn the_free_space_of_a_disk_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), "test").unwrap();
    let stats = store.stats();
    let free = stats.free_bytes.unwrap();
    assert!(free > 0);
    assert_eq!(stats.low_space(), free < crate::store::FREE_BYTES_MIN);
    let nearly_full = crate::store::Stats { free_bytes: Some(crate::store::FREE_BYTES_MIN - 1), ..stats };
    assert!(nearly_full.low_space());
    assert_eq!(free_bytes(Path::new("/no/such/place")), None);
}

#[tokio::test]
async fn large_values_stay_in_the_one_file_that_is_synced() {
    use crate::store::types::{Key, VALUE_BYTES_MAX};
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), "test").unwrap();
    let large = || vec![7; VALUE_BYTES_MAX - 1_000];
    for number in 0..24 {
        let stream = StreamId::Conversation("shop".into(), ConversationId::from_uuid(uuid::Uuid::from_u128(number)));
        for version in 0..3 {
            let id = CommitId::from_uuid(uuid::Uuid::from_u128(number * 10 + u128::from(version)));
            let mut one = Append::new(stream.clone(), Version(version), id, vec![large()], large());
            one.rows.put.push((Key::new(format!("large/{number}")), large()));
            store.append(one).await.unwrap();
        }
    }
    let blobs = folder.path().join("store/blobs");
    let left: Vec<_> =
        std::fs::read_dir(blobs).map_or_else(|_| Vec::new(), |dir| dir.map(|e| e.unwrap().path()).collect());
    assert!(left.is_empty(), "values in files of their own are never synced: {left:?}");
}
