//! Writes everything that does not follow from events, and the events: one JSON line each. The store may go on meanwhile;
//! the export is what it held when the export began.

use std::collections::BTreeSet;
use std::io::{Read, Write};

use crate::id::Position;
use crate::store::Store;
use crate::store::rows::mark_parts;
use crate::store::types::{ReadError, Row, Space, StreamId};

use super::PAGE;
use super::lines::{FORMAT, Line};

/// Bytes of a file that one line holds: a multiple of three, so that base64 adds no padding within a file.
const PIECE_BYTES: u64 = 48 * 1024;

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store is not readable.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lines could not be written, or a file that somebody sent could not be read.
    #[error("writing the export failed: {0}")]
    Write(#[from] std::io::Error),
}

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// How many commits.
    pub commits: u64,
    /// The position of the last one.
    pub position: Position,
}

/// Writes the whole store as JSON Lines. `out` should be buffered; it is flushed at the end.
pub fn export(store: &dyn Store, out: &mut dyn Write) -> Result<Exported, ExportError> {
    let until = store.position();
    let mut lines = Lines { out, written: 0 };
    lines.write(&Line::Frontdesk { export: FORMAT, position: until })?;
    let with_files: BTreeSet<_> = match store.files() {
        Some(files) => files.conversations()?.into_iter().collect(),
        None => BTreeSet::new(),
    };
    let mut have_files = BTreeSet::new();
    let mut commits = 0;
    let mut after = Position(0);
    while after < until {
        let page = store.log(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for commit in page.iter().filter(|commit| commit.position <= until) {
            lines.write(&Line::commit(commit))?;
            if matches!(&commit.stream, StreamId::Conversation(_, id) if with_files.contains(id)) {
                have_files.insert(commit.stream.clone());
            }
            commits += 1;
        }
    }
    // Later commits may have claimed keys and filled the outbox meanwhile; their events are not in this export.
    let in_time = |row: &Row| row.position.is_none_or(|position| position <= until);
    for_each_row(store, Space::Unique, |row| if in_time(&row) { lines.write(&Line::unique(row)) } else { Ok(()) })?;
    for_each_row(store, Space::Mark, |row| match mark_parts(&row.key) {
        Some((stream, name)) => {
            let to = row.number().unwrap_or_default();
            lines.write(&Line::Mark { stream, name: name.to_owned(), to })
        }
        None => Ok(()),
    })?;
    for_each_row(store, Space::Outbox, |row| if in_time(&row) { lines.write(&Line::outbox(row)) } else { Ok(()) })?;
    for stream in have_files {
        export_files(store, &stream, &mut lines)?;
    }
    let written = lines.written;
    lines.write(&Line::End { lines: written })?;
    lines.out.flush()?;
    Ok(Exported { commits, position: until })
}

/// The files of a conversation, in pieces: a line must not grow without bound.
fn export_files(store: &dyn Store, stream: &StreamId, lines: &mut Lines<'_>) -> Result<(), ExportError> {
    let (Some(files), StreamId::Conversation(_, conversation)) = (store.files(), stream) else { return Ok(()) };
    for id in files.of_conversation(*conversation)? {
        // What was erased meanwhile is not there any more.
        let Some(file) = files.read(*conversation, id)? else { continue };
        loop {
            let mut piece = Vec::new();
            (&file).take(PIECE_BYTES).read_to_end(&mut piece)?;
            if piece.is_empty() {
                break;
            }
            lines.write(&Line::file(stream, id, &piece))?;
        }
    }
    Ok(())
}

struct Lines<'a> {
    out: &'a mut dyn Write,
    written: u64,
}

impl Lines<'_> {
    fn write(&mut self, line: &Line) -> Result<(), ExportError> {
        self.written += 1;
        serde_json::to_writer(&mut *self.out, line).map_err(std::io::Error::from)?;
        Ok(self.out.write_all(b"\n")?)
    }
}

fn for_each_row(
    store: &dyn Store,
    space: Space,
    mut each: impl FnMut(Row) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut after: Option<String> = None;
    loop {
        let page = store.scan(space, "", after.as_deref(), PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        page.into_iter().try_for_each(&mut each)?;
    }
}
