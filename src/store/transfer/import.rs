//! Reads an export into an empty data folder. The files are prepared beside the place of the store and put there as one
//! step at the end: a bad line, a full disk or a crash leaves the folder empty. States and index rows are not in an
//! export; they are rebuilt from the events.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use crate::id::{EventNo, FileId, Position};
use crate::store::committer::position_of;
use crate::store::erase::erased_streams;
use crate::store::files::Files;
use crate::store::folder::{Folder, OpenError};
use crate::store::kv::{Kv, KvError, Writes};
use crate::store::kv_store::KvStore;
use crate::store::rows;
use crate::store::sled::SledKv;
use crate::store::swap;
use crate::store::types::{Key, ReadError, Space, StreamId, Unique, VALUE_BYTES_MAX, Version};

use super::lines::{CommitLine, FORMAT, Line, piece};
use super::{Rebuild, all_events};

/// A batch that has grown this large is written.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The data folder is not usable.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The folder already holds a store.
    #[error("the data folder {} already holds conversations; import into an empty folder", .0.display())]
    NotEmpty(PathBuf),
    /// A line is not what it should be. Nothing was imported.
    #[error("line {line} of the export: {why}; nothing was imported")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The events of a stream cannot be read by this program. Nothing was imported.
    #[error("the events of {stream} cannot be read ({why}); nothing was imported")]
    Rebuild {
        /// The stream.
        stream: StreamId,
        /// What the reader of events said.
        why: String,
    },
    /// The new files could not be written.
    #[error("writing the imported data failed: {0}; nothing was imported")]
    Write(String),
}

impl From<KvError> for ImportError {
    fn from(error: KvError) -> Self {
        Self::Write(error.to_string())
    }
}

impl From<ReadError> for ImportError {
    fn from(error: ReadError) -> Self {
        Self::Write(error.to_string())
    }
}

/// What was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// How many commits.
    pub commits: u64,
    /// How many streams.
    pub streams: u64,
    /// How many commits were left out because their streams are in `erased.jsonl`.
    pub erased: u64,
}

/// Imports an export into a data folder that holds no store yet; an `erased.jsonl` in it is applied.
pub fn import(folder: &Path, input: &mut dyn BufRead, rebuild: &dyn Rebuild) -> Result<Imported, ImportError> {
    let locked = Folder::lock(folder, "import")?;
    if !locked.is_empty() {
        return Err(ImportError::NotEmpty(folder.to_owned()));
    }
    let io = |error| OpenError::io(folder, error);
    let erased = erased_streams(folder).map_err(io)?;
    let new = folder.join(swap::NEW);
    let files = Files::beside(folder).map_err(io)?;
    let outcome = SledKv::create_beside(folder)
        .map_err(ImportError::from)
        .and_then(|kv| import_into(kv, input, rebuild, erased, Some(&files)));
    match outcome {
        Ok(imported) => {
            files.take_place(folder).map_err(io)?;
            swap::swap(folder).map_err(io)?;
            Ok(imported)
        }
        Err(error) => {
            // What is left of it is removed at the next start otherwise; the first error is the one to tell.
            let _ = std::fs::remove_dir_all(new);
            let _ = files.remove();
            Err(error)
        }
    }
}

/// Imports into an empty engine.
pub(super) fn import_into<K: Kv>(
    kv: K,
    input: &mut dyn BufRead,
    rebuild: &dyn Rebuild,
    erased: BTreeSet<StreamId>,
    files: Option<&Files>,
) -> Result<Imported, ImportError> {
    let mut import = Import {
        kv: &kv,
        erased,
        files,
        streams: BTreeMap::new(),
        writes: Writes::new(),
        bytes: 0,
        done: Imported::default(),
    };
    let position = import.read(input)?;
    let Import { streams, done, .. } = import;
    let mut done = done;
    // Rebuilding reads through a store, which reads no further than the last commit: it is opened after all are written.
    let store = KvStore::new(kv, None)?;
    let mut writes = Writes::new();
    let mut bytes = 0;
    for (stream, at) in streams {
        done.streams += 1;
        let events = all_events(&store, &stream)?;
        let rebuilt = rebuild.rebuild(&stream, &events);
        let rebuilt = rebuilt.map_err(|why| ImportError::Rebuild { stream: stream.clone(), why })?;
        let text = stream.to_string();
        let mut state = rows::encode_state(at.version, &rebuilt.state);
        rows::set_position(&mut state, at.position);
        bytes += state.len();
        writes.insert(rows::state_key(&text), Some(state));
        for (key, value) in rebuilt.rows {
            let (key, value) = placed(&*store.kv, &text, &key, &value)?;
            bytes += value.len();
            writes.insert(rows::row_key(Space::Index, &key), Some(value));
        }
        if bytes > BATCH_BYTES {
            store.kv.apply(std::mem::take(&mut writes))?;
            bytes = 0;
        }
    }
    // Positions that the exported store gave to commits that were erased since are not given again.
    writes.insert(rows::HIGHEST.to_vec(), Some(position.0.to_be_bytes().to_vec()));
    store.kv.apply(writes)?;
    store.kv.sync()?;
    Ok(done)
}

/// An index row with the position that belongs in its key, found among stored events.
fn placed<K: Kv>(kv: &K, stream: &str, key: &Key, value: &[u8]) -> Result<(String, Vec<u8>), ReadError> {
    let position = match &key.hole {
        None => Position(0),
        Some((event, _)) => position_of(kv, stream, *event)?.unwrap_or_default(),
    };
    let mut value = rows::encode_row(stream, value);
    rows::set_position(&mut value, position);
    Ok((key.text(|_| position), value))
}

/// The end of a stream so far.
struct At {
    version: Version,
    position: Position,
}

struct Import<'a, K> {
    kv: &'a K,
    erased: BTreeSet<StreamId>,
    files: Option<&'a Files>,
    streams: BTreeMap<StreamId, At>,
    writes: Writes,
    bytes: usize,
    done: Imported,
}

impl<K: Kv> Import<'_, K> {
    /// Reads all lines; gives the position that the export was made at.
    fn read(&mut self, input: &mut dyn BufRead) -> Result<Position, ImportError> {
        let mut text = String::new();
        let mut number = 0;
        let mut exported_at = None;
        let mut last = Position(0);
        let mut ended = false;
        loop {
            text.clear();
            number += 1;
            let wrong = |why: String| ImportError::Line { line: number, why };
            if input.read_line(&mut text).map_err(|error| wrong(error.to_string()))? == 0 {
                break;
            }
            if ended {
                return Err(wrong("something follows the end of the export".to_owned()));
            }
            let line = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
            match (line, exported_at) {
                (Line::Frontdesk { export: FORMAT, position }, None) => exported_at = Some(position),
                (Line::Frontdesk { export, .. }, None) => {
                    return Err(wrong(format!("the export has format {export}, this program reads {FORMAT}")));
                }
                (_, None) => return Err(wrong("it is not the first line of an export".to_owned())),
                (Line::Frontdesk { .. }, Some(_)) => return Err(wrong("a second export begins".to_owned())),
                (Line::End { lines }, Some(_)) if lines + 1 == number => ended = true,
                (Line::End { lines }, Some(_)) => {
                    return Err(wrong(format!("the export was written with {lines} lines before this one")));
                }
                (Line::Commit(commit), Some(end)) if last < commit.position && commit.position <= end => {
                    last = commit.position;
                    self.commit(commit).map_err(wrong)?;
                }
                (Line::Commit(commit), Some(_)) => {
                    return Err(wrong(format!("position {} is out of order", commit.position)));
                }
                (Line::Unique { key, stream, position, expires }, Some(_)) => {
                    self.unique(key, &stream, position, expires).map_err(wrong)?;
                }
                (Line::File { stream, id, base64 }, Some(_)) => {
                    self.file(&stream, id, &base64).map_err(wrong)?;
                }
                (Line::Mark { stream, name, to }, Some(_)) => self.mark(&stream, &name, to),
                (Line::Outbox { key, stream, position, value }, Some(_)) => {
                    let value = value.bytes().map_err(wrong)?;
                    self.outbox(&key, &stream, position, &value);
                }
            }
            if self.bytes > BATCH_BYTES {
                self.flush()?;
            }
        }
        self.flush()?;
        match exported_at {
            Some(position) if ended => Ok(position),
            _ => Err(ImportError::Line { line: number, why: "the export ends too early".to_owned() }),
        }
    }

    fn commit(&mut self, line: CommitLine) -> Result<(), String> {
        if self.erased.contains(&line.stream) {
            self.done.erased += 1;
            return Ok(());
        }
        let at =
            self.streams.entry(line.stream.clone()).or_insert(At { version: Version::NONE, position: Position(0) });
        let first = at.version.last_event().next();
        if EventNo(line.first) != first {
            return Err(format!("{} goes on with event {}, but {first} is the next one", line.stream, line.first));
        }
        if line.events.is_empty() {
            return Err("a commit has no events".to_owned());
        }
        let events: Vec<_> = line.events.iter().map(super::lines::Bytes::bytes).collect::<Result<_, _>>()?;
        let unique: Vec<_> = line.unique.into_iter().map(super::lines::UniqueLine::unique).collect();
        let text = line.stream.to_string();
        let value = rows::encode_commit(line.id, &text, first, &unique, &line.meta.bytes()?, &events);
        if value.len() > VALUE_BYTES_MAX {
            return Err(format!("the commit has {} bytes, the most is {VALUE_BYTES_MAX}", value.len()));
        }
        *at = At { version: Version(at.version.0 + events.len() as u64), position: line.position };
        self.done.commits += 1;
        self.put(rows::commit_key(line.position), value);
        self.put(rows::event_key(&text, first), line.position.0.to_be_bytes().to_vec());
        Ok(())
    }

    fn unique(
        &mut self,
        key: String,
        stream: &StreamId,
        position: Position,
        expires: Option<crate::time::Time>,
    ) -> Result<(), String> {
        if !self.streams.contains_key(stream) {
            return Ok(());
        }
        let unique = match expires {
            Some(expires) => Unique::Once { key, expires },
            None => Unique::Guard(key),
        };
        let below = rows::row_key(Space::Unique, unique.key());
        if self.writes.contains_key(&below) || self.kv.get(&below).map_err(|error| error.to_string())?.is_some() {
            return Err(format!("\"{}\" is held twice", unique.key()));
        }
        let mut value = rows::encode_unique(&stream.to_string(), &unique);
        rows::set_position(&mut value, position);
        self.put(below, value);
        Ok(())
    }

    fn file(&mut self, stream: &StreamId, id: FileId, base64: &str) -> Result<(), String> {
        let (Some(files), StreamId::Conversation(_, conversation)) = (self.files, stream) else { return Ok(()) };
        if !self.streams.contains_key(stream) {
            return Ok(());
        }
        files.add(*conversation, id, &piece(base64)?).map_err(|error| format!("a file cannot be written: {error}"))
    }

    fn mark(&mut self, stream: &StreamId, name: &str, to: u64) {
        if self.streams.contains_key(stream) {
            self.put(rows::row_key(Space::Mark, &format!("{stream}/{name}")), rows::encode_mark(to));
        }
    }

    fn outbox(&mut self, key: &str, stream: &StreamId, position: Option<Position>, value: &[u8]) {
        if self.streams.contains_key(stream) {
            let mut row = rows::encode_row(&stream.to_string(), value);
            rows::set_position(&mut row, position.unwrap_or_default());
            self.put(rows::row_key(Space::Outbox, key), row);
        }
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.bytes += key.len() + value.len();
        self.writes.insert(key, Some(value));
    }

    fn flush(&mut self) -> Result<(), KvError> {
        self.bytes = 0;
        self.kv.apply(std::mem::take(&mut self.writes))
    }
}
