//! Durable turns per second through the store, beside what the same machine can do without it in the same minute: bare
//! sled with the same rows, group commit and `sync_data`, and a plain file with the same bytes and `fdatasync`.
//!
//! A turn is a realistic commit: four events of about 300 bytes, a state of 2 KB, three index rows of which one moves, one
//! unique key. The store writes the four events as one row, so there is also bare sled with a row for each event: what the
//! same turn costs when it is written as one would at first. Run it with `cargo bench --bench store`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use frontdesk::id::{CommitId, ConversationId, EventNo};
use frontdesk::store::{Append, Key, RowChanges, Store, StreamId, Unique, Version, open};
use frontdesk::time::Time;
use uuid::Uuid;

const WRITERS: [u64; 3] = [1, 16, 128];
const REPEATS: usize = 3;
const LENGTH: Duration = Duration::from_millis(1_300);
const EVENTS: u64 = 4;
const BATCH_MAX: usize = 256;

/// One way of making a turn durable.
trait Contender: Send + Sync {
    fn turn(&self, writer: u64, turn: u64) -> BoxFuture<'_, ()>;
}

fn main() {
    // `cargo test --benches` calls this too, and is not the time for it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = Runtime::new().unwrap();
    println!("durable turns per second, median of {REPEATS} interleaved runs of {} ms", LENGTH.as_millis());
    println!("writers   store  sled, same rows  sled, row an event  plain file   store/sled  store/naive  store/file");
    for writers in WRITERS {
        let mut figures: [Vec<f64>; 4] = Default::default();
        for _ in 0..REPEATS {
            for (figure, make) in figures.iter_mut().zip(CONTENDERS) {
                let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
                let contender = make(folder.path());
                figure.push(measure(&runtime, contender, writers));
            }
        }
        let [store, sled, naive, file] = figures.map(median);
        let (of_sled, of_naive, of_file) = (store / sled, store / naive, store / file);
        println!(
            "{writers:>7} {store:>7.0} {sled:>16.0} {naive:>19.0} {file:>11.0} {of_sled:>12.2} {of_naive:>12.2} {of_file:>11.2}"
        );
    }
}

type Make = fn(&Path) -> Arc<dyn Contender>;

const CONTENDERS: [Make; 4] = [
    |folder| Arc::new(Whole(open(folder, "bench").unwrap())),
    |folder| Arc::new(Bare::sled(folder, bare_rows)),
    |folder| Arc::new(Bare::sled(folder, naive_rows)),
    |folder| Arc::new(Bare::file(folder)),
];

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn measure(runtime: &Runtime, contender: Arc<dyn Contender>, writers: u64) -> f64 {
    let (stop, turns) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let began = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..writers)
            .map(|writer| {
                let (contender, stop, turns) = (Arc::clone(&contender), Arc::clone(&stop), Arc::clone(&turns));
                tokio::spawn(async move {
                    let mut turn = 0;
                    while !stop.load(Ordering::Relaxed) {
                        contender.turn(writer, turn).await;
                        turn += 1;
                    }
                    turns.fetch_add(turn, Ordering::Relaxed);
                })
            })
            .collect();
        tokio::time::sleep(LENGTH).await;
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await.unwrap();
        }
    });
    turns.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// The store itself.
struct Whole(Arc<dyn Store>);

impl Contender for Whole {
    fn turn(&self, writer: u64, turn: u64) -> BoxFuture<'_, ()> {
        let events = (0..EVENTS).map(|n| event(turn * EVENTS + n)).collect();
        let id = CommitId::from_uuid(Uuid::from_u128(u128::from(writer) << 64 | u128::from(turn)));
        let mut one = Append::new(stream(writer), Version(turn * EVENTS), id, events, state(turn));
        one.meta = meta();
        one.rows = RowChanges {
            put: index_keys(writer, turn).map(|key| (Key::new(key), row())).to_vec(),
            delete: old_index_key(writer, turn).map(Key::new).into_iter().collect(),
        };
        one.unique = vec![Unique::Once { key: unique_key(writer, turn), expires: Time(0) }];
        Box::pin(async move {
            let appended = self.0.append(one).await.unwrap();
            assert_eq!(appended.version.last_event(), EventNo((turn + 1) * EVENTS));
        })
    }
}

/// The bytes of one turn: rows to write, keys to remove.
type Rows = (Vec<(Vec<u8>, Vec<u8>)>, Option<Vec<u8>>);

/// Group commit without any checks: a thread drains what waits, writes it as one, syncs, answers.
struct Bare {
    jobs: SyncSender<(Rows, oneshot::Sender<()>)>,
    rows: fn(u64, u64) -> Rows,
}

impl Bare {
    fn sled(folder: &Path, rows: fn(u64, u64) -> Rows) -> Self {
        let config = sled::Config::new().path(folder).cache_capacity(128 * 1024 * 1024).flush_every_ms(None);
        let db = config.open().unwrap();
        let file = File::open(folder.join("db")).unwrap();
        Self::new(rows, move |turns| {
            let mut batch = sled::Batch::default();
            for (put, delete) in turns {
                for (key, value) in put {
                    batch.insert(key, value);
                }
                if let Some(key) = delete {
                    batch.remove(key);
                }
            }
            db.apply_batch(batch).unwrap();
            db.flush().unwrap();
            file.sync_data().unwrap();
        })
    }

    fn file(folder: &Path) -> Self {
        let mut file = File::create(folder.join("log")).unwrap();
        Self::new(bare_rows, move |turns| {
            let mut bytes = Vec::new();
            for (key, value) in turns.into_iter().flat_map(|(put, _)| put) {
                bytes.extend_from_slice(&key);
                bytes.extend_from_slice(&value);
            }
            file.write_all(&bytes).unwrap();
            file.sync_data().unwrap();
        })
    }

    fn new(rows: fn(u64, u64) -> Rows, mut write: impl FnMut(Vec<Rows>) + Send + 'static) -> Self {
        let (jobs, inbox) = sync_channel::<(Rows, oneshot::Sender<()>)>(4_096);
        std::thread::spawn(move || {
            while let Ok(first) = inbox.recv() {
                let more = std::iter::from_fn(|| inbox.try_recv().ok()).take(BATCH_MAX - 1);
                let (turns, answers): (Vec<_>, Vec<_>) = std::iter::once(first).chain(more).unzip();
                write(turns);
                for answer in answers {
                    let _ = answer.send(());
                }
            }
        });
        Self { jobs, rows }
    }
}

impl Contender for Bare {
    fn turn(&self, writer: u64, turn: u64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let (answer, done) = oneshot::channel();
            self.jobs.try_send(((self.rows)(writer, turn), answer)).map_err(|_| "full").unwrap();
            done.await.unwrap();
        })
    }
}

/// The rows that the store writes for a turn, with keys and values of the same lengths.
fn bare_rows(writer: u64, turn: u64) -> Rows {
    let stream = stream(writer).to_string();
    let mut commit = vec![0; 16 + 1 + 4 + stream.len() + 8 + 4 + 4 + unique_key(writer, turn).len() + 8 + 4 + 4];
    commit.extend(meta());
    for n in 0..EVENTS {
        commit.extend([0; 4]);
        commit.extend(event(turn * EVENTS + n));
    }
    let pointer = event_key(&stream, turn * EVENTS + 1);
    // Every turn has a position of its own, as in the store, though not in the order of writing.
    let position = [&b"c"[..], &(turn << 8 | writer).to_be_bytes()].concat();
    let (mut put, delete) = other_rows(writer, turn, &stream);
    put.push((position, commit));
    put.push((pointer, vec![0; 8]));
    (put, delete)
}

/// The same turn with a row for each event.
fn naive_rows(writer: u64, turn: u64) -> Rows {
    let stream = stream(writer).to_string();
    let (mut put, delete) = other_rows(writer, turn, &stream);
    put.extend((0..EVENTS).map(|n| turn * EVENTS + n).map(|no| (event_key(&stream, no + 1), event(no))));
    (put, delete)
}

fn other_rows(writer: u64, turn: u64, stream: &str) -> Rows {
    let owned = |head: usize, value: Vec<u8>| [vec![0; head + stream.len()], value].concat();
    let mut put = vec![(format!("s{stream}").into_bytes(), [vec![0; 17], state(turn)].concat())];
    put.extend(index_keys(writer, turn).map(|key| (format!("i{key}").into_bytes(), owned(13, row()))));
    put.push((format!("u{}", unique_key(writer, turn)).into_bytes(), owned(21, Vec::new())));
    (put, old_index_key(writer, turn).map(|key| format!("i{key}").into_bytes()))
}

fn event_key(stream: &str, no: u64) -> Vec<u8> {
    [b"e", stream.as_bytes(), b"/", &no.to_be_bytes()].concat()
}

/// A UUIDv7 has the time in front and noise behind; the noise is what spreads the keys.
fn stream(writer: u64) -> StreamId {
    let noise = u128::from((writer + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    StreamId::Conversation("shop".into(), ConversationId::from_uuid(Uuid::from_u128(0x0192_f0c1_a2b3 << 80 | noise)))
}

fn event(no: u64) -> Vec<u8> {
    format!("\u{1}{{\"said\":\"{no:020} {}\"}}", "where is my order, please? ".repeat(10)).into_bytes()
}

fn state(turn: u64) -> Vec<u8> {
    format!("\u{1}{{\"turn\":{turn:08},\"slots\":\"{}\"}}", "0123456789abcdef".repeat(125)).into_bytes()
}

fn meta() -> Vec<u8> {
    format!("\u{1}{{\"bot\":\"0123456789abcdef\",\"input\":\"{}\"}}", "where is my order? ".repeat(5)).into_bytes()
}

fn row() -> Vec<u8> {
    b"\x01{\"owner\":\"bot\"}".to_vec()
}

/// Two rows stay where they are; the deadline moves.
fn index_keys(writer: u64, turn: u64) -> [String; 3] {
    let stream = stream(writer);
    [format!("owner/shop/bot/{stream}"), format!("address/shop/web/{writer:08}"), deadline(writer, turn)]
}

fn old_index_key(writer: u64, turn: u64) -> Option<String> {
    turn.checked_sub(1).map(|before| deadline(writer, before))
}

fn deadline(writer: u64, turn: u64) -> String {
    format!("deadline/{:020}/{}", 1_767_225_600_000 + turn * 1_000, stream(writer))
}

fn unique_key(writer: u64, turn: u64) -> String {
    format!("in/shop/web/default/{writer:08}-{turn:024}")
}
