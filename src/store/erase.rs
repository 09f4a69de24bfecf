//! Erasing people: first the names of their streams go to `erased.jsonl`, durably, then everything they own goes. The
//! file outlives backups: whatever brings old data back (`import`, a copied folder) is erased again by it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::id::Position;
use crate::time::Time;

use super::Store;
use super::committer::{Erase, Job};
use super::files::Files;
use super::folder::OpenError;
use super::kv::Kv;
use super::kv_store::{KvStore, PAGE};
use super::rows;
use super::types::{AppendError, ReadError, Space, StreamId, Version};

/// The file in the data folder.
pub(super) const ERASED_FILE: &str = "erased.jsonl";
/// How many streams are erased by one job.
const STREAMS_AT_ONCE: usize = 32;
/// How often a stream that grows meanwhile is tried again.
const TRIES: usize = 8;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ErasedLine {
    pub(super) stream: StreamId,
    pub(super) at: Time,
}

/// Erases streams; see `Store::erase`.
pub(super) async fn erase<K: Kv>(store: &KvStore<K>, streams: Vec<StreamId>, now: Time) -> Result<u64, AppendError> {
    if let Some(folder) = &store.folder {
        let lines: Vec<_> = streams.iter().map(|stream| ErasedLine { stream: stream.clone(), at: now }).collect();
        let folder = folder.clone();
        // Waiting for the disk would hold up everybody else on this thread.
        let written = tokio::task::spawn_blocking(move || append_lines(&folder, &lines)).await;
        written
            .map_err(|error| AppendError::Unrecorded(error.to_string()))?
            .map_err(|error| AppendError::Unrecorded(error.to_string()))?;
    }
    erase_files(store, streams.clone()).await?;
    let mut erased = 0;
    for some in streams.chunks(STREAMS_AT_ONCE) {
        erased += erase_collected(store, some).await?;
    }
    // What came to its place while the rows went.
    erase_files(store, streams).await?;
    Ok(erased)
}

/// Removes the attachments of streams. They go before the rows: what a crash leaves of them is then still found by its stream.
async fn erase_files<K: Kv>(store: &KvStore<K>, streams: Vec<StreamId>) -> Result<(), AppendError> {
    let Some(files) = store.files.clone() else { return Ok(()) };
    let removed = tokio::task::spawn_blocking(move || remove_files(&files, &streams)).await;
    removed
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(|error| AppendError::Read(ReadError(format!("attachments could not be erased: {error}"))))
}

fn remove_files<'a>(files: &Files, streams: impl IntoIterator<Item = &'a StreamId>) -> std::io::Result<()> {
    for stream in streams {
        if let StreamId::Conversation(_, id) = stream {
            files.erase(*id)?;
        }
    }
    Ok(())
}

async fn erase_collected<K: Kv>(store: &KvStore<K>, streams: &[StreamId]) -> Result<u64, AppendError> {
    let mut tries = 0;
    loop {
        let job = collect(store, streams).await?;
        match store.ask(|reply| Job::Erase(job, reply)).await {
            Err(AppendError::Conflict { .. }) if tries < TRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

/// The streams that were erased and never come back.
pub(super) fn erased_streams(folder: &Path) -> std::io::Result<BTreeSet<StreamId>> {
    let file = match File::open(folder.join(ERASED_FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(error),
    };
    let mut streams = BTreeSet::new();
    for line in BufReader::new(file).lines() {
        // A line cut short by a crash was never answered: its erasing will be asked for again.
        if let Ok(ErasedLine { stream, .. }) = serde_json::from_str(&line?) {
            streams.insert(stream);
        }
    }
    Ok(streams)
}

/// A line of the list of erased streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedStream {
    /// The stream; none where the line cannot be read.
    pub stream: Option<StreamId>,
    /// Where the next line begins.
    pub end: u64,
}

/// At most `limit` lines of a data folder's list of erased streams, from a place on that an earlier line gave. A line stands there
/// before its stream is gone.
pub fn erased_since(folder: &Path, from: u64, limit: usize) -> std::io::Result<Vec<ErasedStream>> {
    let mut file = match File::open(folder.join(ERASED_FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    // A list that is shorter than it was is another one.
    let mut end = if from > file.metadata()?.len() { 0 } else { from };
    file.seek(SeekFrom::Start(end))?;
    let mut reader = BufReader::new(file);
    let mut lines = Vec::new();
    let mut line = Vec::new();
    // What does not end yet is still being written.
    while lines.len() < limit && reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        end += line.len() as u64;
        let stream = serde_json::from_slice(&line).ok().map(|ErasedLine { stream, .. }| stream);
        lines.push(ErasedStream { stream, end });
        line.clear();
    }
    Ok(lines)
}

/// Erases again whatever an older backup brought back. The search is over names only, so it costs little at every start.
pub(super) fn finish<K: Kv>(store: &KvStore<K>, folder: &Path) -> Result<(), OpenError> {
    let damaged = |why: String| OpenError::Damaged { folder: folder.to_owned(), why };
    let mut back = Vec::new();
    let erased = erased_streams(folder).map_err(|error| OpenError::io(folder, error))?;
    // Attachments of erased conversations may come back with a copied folder too.
    if let Some(files) = &store.files {
        let there = files.conversations().map_err(|error| OpenError::io(folder, error))?;
        let is_there = |stream: &&StreamId| match stream {
            StreamId::Conversation(_, id) => there.binary_search(id).is_ok(),
            _ => false,
        };
        remove_files(files, erased.iter().filter(is_there)).map_err(|error| OpenError::io(folder, error))?;
    }
    for stream in erased {
        if store.load(&stream).map_err(|error| damaged(error.to_string()))?.is_some() {
            back.push(stream);
        }
    }
    for some in back.chunks(STREAMS_AT_ONCE) {
        tracing::warn!(streams = some.len(), "erased streams came back with older data; erasing them again");
        // The store is opened from plain and from asynchronous code; a thread of its own may wait in both.
        let erased = std::thread::scope(|scope| scope.spawn(|| block_on(erase_collected(store, some))).join());
        match erased {
            Ok(outcome) => outcome.map_err(|error| damaged(error.to_string()))?,
            Err(_) => return Err(damaged("erasing again panicked".to_owned())),
        };
    }
    Ok(())
}

fn block_on<T>(future: impl Future<Output = Result<T, AppendError>>) -> Result<T, AppendError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.map_err(|error| AppendError::Read(ReadError(error.to_string())))?.block_on(future)
}

/// Adds lines and makes them durable. A line cut short by a crash is ended first.
pub(super) fn append_lines(folder: &Path, lines: &[ErasedLine]) -> std::io::Result<()> {
    let path = folder.join(ERASED_FILE);
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path)?;
    // Only the last byte is read: the file grows for ever.
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let mut text = if last == *b"\n" { String::new() } else { "\n".to_owned() };
    for line in lines {
        text.push_str(&serde_json::to_string(line).map_err(std::io::Error::other)?);
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    File::open(folder)?.sync_all()
}

/// Everything that the streams own. Index and outbox rows are found by looking at all of them: rows that an older program
/// or a bug left behind go too. Between pages other tasks get their turn.
async fn collect<K: Kv>(store: &KvStore<K>, streams: &[StreamId]) -> Result<Erase, AppendError> {
    let mut versions = BTreeMap::new();
    let mut keys = Vec::new();
    for stream in streams {
        let loaded = store.load(stream)?;
        versions.insert(stream.clone(), loaded.map_or(Version::NONE, |loaded| loaded.version));
    }
    for stream in streams {
        let prefix = rows::event_prefix(&stream.to_string());
        let mut after = prefix.clone();
        loop {
            let page = store.kv.range(&after, &rows::prefix_end(&prefix), PAGE).map_err(ReadError::from)?;
            let Some((last, _)) = page.last() else { break };
            after = [last.as_slice(), &[0]].concat();
            for (pointer_key, pointer) in page {
                let position = Position(rows::number(&pointer)?);
                keys.extend(claimed_keys(store, stream, position)?);
                keys.push(rows::commit_key(position));
                keys.push(pointer_key);
            }
            tokio::task::yield_now().await;
        }
    }
    for space in [Space::Index, Space::Outbox] {
        let mut after = None;
        loop {
            let page = store.scan(space, "", after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            let owned = page.iter().filter(|row| versions.contains_key(&row.owner));
            keys.extend(owned.map(|row| rows::row_key(space, &row.key)));
            tokio::task::yield_now().await;
        }
    }
    Ok(Erase { streams: versions.into_iter().collect(), keys })
}

/// The unique keys that a commit claimed and its stream still holds.
fn claimed_keys<K: Kv>(store: &KvStore<K>, stream: &StreamId, position: Position) -> Result<Vec<Vec<u8>>, ReadError> {
    let Some(value) = store.kv.get(&rows::commit_key(position))? else { return Ok(Vec::new()) };
    let mut keys = Vec::new();
    for unique in rows::decode_commit(position, &value)?.unique {
        let key = rows::row_key(Space::Unique, unique.key());
        let holder = store.kv.get(&key)?.map(|value| rows::decode_unique(&value)).transpose()?;
        if holder.is_some_and(|holder| holder.stream == *stream) {
            keys.push(key);
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_erased_streams_is_followed_line_by_line_and_not_beyond_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let since = |from, limit| erased_since(folder, from, limit).unwrap();
        assert_eq!(since(0, 9), [], "nobody was ever erased");
        let stream = |number| StreamId::Conversation("shop".into(), crate::id::ConversationId::from_uuid(number));
        let streams = [uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2)].map(stream);
        append_lines(folder, &streams.clone().map(|stream| ErasedLine { stream, at: Time(1) })).unwrap();
        let all = since(0, 9);
        assert_eq!(all.iter().map(|line| line.stream.clone()).collect::<Vec<_>>(), streams.map(Some));
        assert_eq!(since(0, 1), all[..1]);
        assert_eq!(since(all[0].end, 9), all[1..]);
        let mut file = OpenOptions::new().append(true).open(folder.join(ERASED_FILE)).unwrap();
        file.write_all(b"{\"stream\":").unwrap();
        assert_eq!(since(all[1].end, 9), [], "a line that does not end is still being written");
        file.write_all(b"\n").unwrap();
        assert_eq!(since(all[1].end, 9)[0].stream, None, "one that a crash cut short names nobody");
        assert_eq!(since(9_999, 9)[..2], all, "a shorter list is another one");
    }
}
