//! A process that writes until it is killed, and the look at what it left: everything it acknowledged is there, in order,
//! once. Shared by the test that kills the process and the one that crashes the system under it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use frontdesk::id::{CommitId, ConversationId, EventNo, Position};
use frontdesk::store::transfer::{Rebuild, Rebuilt, verify};
use frontdesk::store::{Append, AppendError, Key, Recorded, RowChanges, Space, Store, StreamId, Unique, Version, open};
use frontdesk::time::Time;
use uuid::Uuid;

const WRITERS: u128 = 8;

/// How the writing process ends when the store refuses a message.
pub(crate) const REFUSED: i32 = 3;

/// The last message that each writer was told is durable.
pub(crate) type Acknowledged = BTreeMap<u128, u64>;

/// Stream and message number of a line such as `ack 3 17`; the test harness writes lines of its own.
pub(crate) fn acknowledgement(line: &str) -> Option<(u128, u64)> {
    let (_, rest) = line.split_once("ack ")?;
    let (writer, message) = rest.split_once(' ')?;
    Some((writer.parse().ok()?, message.parse().ok()?))
}

pub(crate) fn note(acknowledged: &mut Acknowledged, (writer, message): (u128, u64)) {
    let highest = acknowledged.entry(writer).or_default();
    *highest = message.max(*highest);
}

/// Opens what the child left and says what is wrong with it. Each message is two events, so the messages of a stream are
/// 1, 1, 2, 2, 3, 3, …
pub(crate) fn look(data: &Path, acknowledged: &Acknowledged) -> Result<(), String> {
    let store = open(data, "crash test").map_err(|error| error.to_string())?;
    for (writer, message) in acknowledged {
        let events = all_events(&*store, &stream(*writer));
        let expected =
            (1..=events.len() as u64 / 2).flat_map(|n| [format!("\u{1}\"in {n}\""), format!("\u{1}\"out {n}\"")]);
        let expected: Vec<_> = expected.collect();
        let found: Vec<_> = events.iter().map(|event| String::from_utf8_lossy(&event.bytes).into_owned()).collect();
        if found != expected {
            return Err(format!("writer {writer}: not each message once and in order"));
        }
        if (found.len() as u64) < message * 2 {
            return Err(format!("writer {writer}: message {message} is lost, {} is the last", found.len() / 2));
        }
        if store.get(Space::Unique, &format!("in/{writer}/{message}")).map_err(|e| e.to_string())?.is_none() {
            return Err(format!("writer {writer}: a repeat of message {message} would act again"));
        }
    }
    let report = verify(&*store, &Counting).map_err(|error| error.to_string())?;
    if let Some(problem) = report.problems.first() {
        return Err(format!("{problem}, and {} more", report.problem_count - 1));
    }
    if log_positions(&*store).into_iter().zip(1..).any(|(position, no)| position != Position(no)) {
        return Err("positions have gaps".to_owned());
    }
    Ok(())
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
/// the last message of its predecessor, as a platform does that got no answer. It ends by itself only when it is refused.
pub(crate) fn write_until_killed(data: &Path) -> ! {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = open(data, "crash test child").unwrap();
        for writer in 1..=WRITERS {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let refused = write(store, writer).await;
                std::io::stdout().lock().write_all(format!("refused: {refused}\n").as_bytes()).unwrap();
                std::process::exit(REFUSED);
            });
        }
        std::future::pending().await
    })
}

async fn write(store: Arc<dyn Store>, writer: u128) -> AppendError {
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
            Err(error) => return error,
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

pub(crate) fn random() -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u32::from_le_bytes(bytes)
}
