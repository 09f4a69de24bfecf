//! Kills a writing process at random instants and looks at what it left: everything it acknowledged is there, in order,
//! once. The process is this test binary itself, started again with an environment variable that says where to write.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk::id::{CommitId, ConversationId, EventNo, Position};
use frontdesk::store::transfer::{Rebuild, Rebuilt, verify};
use frontdesk::store::{Append, AppendError, Key, Recorded, RowChanges, Space, Store, StreamId, Unique, Version, open};
use frontdesk::time::Time;
use uuid::Uuid;

/// Where the child writes; its presence makes this process the child.
const FOLDER: &str = "FRONTDESK_CRASH_TEST_FOLDER";
const ROUNDS: u32 = 50;
const WRITERS: u128 = 8;

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut acknowledged = BTreeMap::new();
    for round in 1..=ROUNDS {
        let (mut child, output) = start_writer(&data);
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let began = lines.find_map(|line| acknowledgement(&line)).expect("the child acknowledged nothing");
        note(&mut acknowledged, began);
        std::thread::scope(|scope| {
            // Read while it writes: a full pipe would hold the child up.
            let reading = scope.spawn(|| lines.filter_map(|line| acknowledgement(&line)).collect::<Vec<_>>());
            let until = Instant::now() + Duration::from_micros(u64::from(random()) % 150_000);
            while Instant::now() < until {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            child.wait().unwrap();
            for one in reading.join().unwrap() {
                note(&mut acknowledged, one);
            }
        });
        look(&data, &acknowledged, round);
    }
    let all: u64 = acknowledged.values().sum();
    assert!(all > u64::from(ROUNDS) * 10, "only {all} messages were acknowledged, so little was tested");
}

/// Stream and message number of a line such as `ack 3 17`; the test harness writes lines of its own.
fn acknowledgement(line: &str) -> Option<(u128, u64)> {
    let (_, rest) = line.split_once("ack ")?;
    let (writer, message) = rest.split_once(' ')?;
    Some((writer.parse().ok()?, message.parse().ok()?))
}

fn note(acknowledged: &mut BTreeMap<u128, u64>, (writer, message): (u128, u64)) {
    let highest = acknowledged.entry(writer).or_default();
    *highest = message.max(*highest);
}

fn start_writer(data: &Path) -> (Child, ChildStdout) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store_crash::a_killed_process_loses_nothing_it_acknowledged", "--nocapture"])
        .env(FOLDER, data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    (child, output)
}

/// Opens what the child left. Each message is two events, so the messages of a stream are 1, 1, 2, 2, 3, 3, …
fn look(data: &Path, acknowledged: &BTreeMap<u128, u64>, round: u32) {
    let store = open(data, "crash test").unwrap_or_else(|error| panic!("round {round}: {error}"));
    for (writer, message) in acknowledged {
        let events = all_events(&*store, &stream(*writer));
        let expected =
            (1..=events.len() as u64 / 2).flat_map(|n| [format!("\u{1}\"in {n}\""), format!("\u{1}\"out {n}\"")]);
        let expected: Vec<_> = expected.collect();
        let found: Vec<_> = events.iter().map(|event| String::from_utf8_lossy(&event.bytes).into_owned()).collect();
        assert_eq!(found, expected, "round {round}, writer {writer}: not each message once and in order");
        assert!(found.len() as u64 >= message * 2, "round {round}: message {message} of {writer} is lost");
        let held = store.get(Space::Unique, &format!("in/{writer}/{message}")).unwrap();
        assert!(held.is_some(), "round {round}: a repeat of message {message} of {writer} would act again");
    }
    let report = verify(&*store, &Counting).unwrap();
    assert_eq!(report.problems, [], "round {round}");
    let positions: Vec<_> = log_positions(&*store);
    assert!(positions.iter().zip(1..).all(|(position, no)| position.0 == no), "round {round}: positions have gaps");
}

fn log_positions(store: &dyn Store) -> Vec<Position> {
    let mut positions: Vec<Position> = Vec::new();
    loop {
        let page = store.log(positions.last().copied().unwrap_or_default(), 1_000).unwrap();
        if page.is_empty() {
            return positions;
        }
        positions.extend(page.into_iter().map(|commit| commit.position));
    }
}

fn all_events(store: &dyn Store, stream: &StreamId) -> Vec<Recorded> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let page = store.events(stream, events.last().map_or(EventNo(0), |event| event.no), 1_000).unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// The child: every writer sends its messages one after the other and says so after each acknowledgement. It begins with
/// the last message of its predecessor, as a platform does that got no answer.
fn write_until_killed(data: &Path) -> ! {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = open(data, "crash test child").unwrap();
        let writers = (1..=WRITERS).map(|writer| tokio::spawn(write(Arc::clone(&store), writer)));
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
    unreachable!("writers write until they are killed")
}

async fn write(store: Arc<dyn Store>, writer: u128) {
    let stream = stream(writer);
    let mut version = store.load(&stream).unwrap().map_or(0, |loaded| loaded.version.0);
    let mut message = (version / 2).max(1);
    loop {
        let before = if version == 0 { Vec::new() } else { rows(&stream, version) };
        let texts = [format!("\u{1}\"in {message}\""), format!("\u{1}\"out {message}\"")];
        let events = texts.map(String::into_bytes).to_vec();
        let id = CommitId::from_uuid(Uuid::from_u128(writer << 64 | u128::from(message)));
        let mut one = Append::new(stream.clone(), Version(version), id, events, state(version + 2));
        one.rows = RowChanges::between(before, rows(&stream, version + 2));
        one.unique = vec![Unique::Once { key: format!("in/{writer}/{message}"), expires: Time(i64::MAX) }];
        match store.append(one).await {
            Ok(appended) => version = appended.version.0,
            Err(AppendError::Duplicate { .. }) if message * 2 == version => {}
            Err(error) => panic!("message {message} of {writer} at {version}: {error:?}"),
        }
        // One write of one line, so that no line is ever torn.
        std::io::stdout().lock().write_all(format!("ack {writer} {message}\n").as_bytes()).unwrap();
        message += 1;
    }
}

fn stream(writer: u128) -> StreamId {
    StreamId::Conversation("shop".into(), ConversationId::from_uuid(Uuid::from_u128(writer)))
}

fn state(events: u64) -> Vec<u8> {
    format!("\u{1}{{\"events\":{events},\"filling\":\"{}\"}}", "x".repeat(1_000)).into_bytes()
}

fn rows(stream: &StreamId, events: u64) -> Vec<(Key, Vec<u8>)> {
    vec![
        (Key::new(format!("count/{events:06}/{stream}")), Vec::new()),
        (Key::at("last/", EventNo(events), format!("/{stream}")), b"x".to_vec()),
    ]
}

struct Counting;

impl Rebuild for Counting {
    fn rebuild(&self, stream: &StreamId, events: &[Recorded]) -> Result<Rebuilt, String> {
        let count = events.len() as u64;
        Ok(Rebuilt { state: state(count), rows: rows(stream, count) })
    }
}

fn random() -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u32::from_le_bytes(bytes)
}
