//! From an append to the bytes that the committer writes: limits are checked and rows encoded on the caller's thread, so
//! that the one writing thread only compares and copies.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::id::{EventNo, Position};

use super::rows;
use super::types::{
    Append, AppendError, COMMIT_ITEMS_MAX, Commit, KEY_BYTES_MAX, Key, ROWS_BYTES_MAX, ReadError, RowChanges, Settle,
    Space, StreamId, Unique, VALUE_BYTES_MAX, Version,
};

/// How many digits a position has in a key.
const POSITION_DIGITS: usize = 20;

/// An append, ready to be written.
pub(super) struct Prepared {
    pub(super) stream: StreamId,
    pub(super) text: String,
    pub(super) expected: Version,
    pub(super) version: Version,
    commit: Vec<u8>,
    state: Vec<u8>,
    /// Earlier commits with other bytes, by their keys below.
    rewritten: Vec<Written>,
    rows: Vec<PreparedRow>,
    /// The key below, what was asked for, and the row to write.
    pub(super) unique: Vec<(Vec<u8>, Unique, Vec<u8>)>,
    /// The keys below.
    pub(super) release: Vec<Vec<u8>>,
    /// The text of a stream that must be there.
    pub(super) needs: Option<String>,
}

/// A key below and its value.
type Written = (Vec<u8>, Vec<u8>);

struct PreparedRow {
    key: Vec<u8>,
    /// Where the digits of this commit's own position go.
    own_position_at: Option<usize>,
    value: Option<Vec<u8>>,
}

/// Checks and encodes. `position_of` finds the position of an event that is already stored, `commit_at` the commit there.
pub(super) fn prepare(
    append: Append,
    position_of: impl Fn(&str, EventNo) -> Result<Option<Position>, ReadError>,
    commit_at: impl Fn(Position) -> Result<Option<Commit>, ReadError>,
) -> Result<Prepared, AppendError> {
    check_stream(&append.stream)?;
    check_size("the number of events", append.events.len(), COMMIT_ITEMS_MAX)?;
    check_size("the number of unique keys", append.unique.len() + append.release.len(), COMMIT_ITEMS_MAX)?;
    check_size("the state", append.state.len(), VALUE_BYTES_MAX)?;
    if append.events.is_empty() {
        return Err(AppendError::Invalid("it has no events"));
    }
    for key in append.unique.iter().map(Unique::key).chain(append.release.iter().map(String::as_str)) {
        check_key(key)?;
    }
    let text = append.stream.to_string();
    let Append {
        stream,
        expected,
        commit,
        meta,
        events,
        state,
        rewritten,
        rows: index,
        outbox,
        unique,
        release,
        needs,
    } = append;
    check_size("the number of rewritten events", rewritten.len(), COMMIT_ITEMS_MAX)?;
    let rewritten = rewrite(&text, rewritten, &position_of, commit_at)?;
    let first = expected.last_event().next();
    let version = Version(expected.0 + events.len() as u64);
    let commit = rows::encode_commit(commit, &text, first, &unique, &meta, &events);
    check_size("the commit", commit.len(), VALUE_BYTES_MAX)?;

    let mut prepared_rows = Vec::with_capacity(index.put.len() + index.delete.len() + outbox.put.len());
    for (space, changes) in [(Space::Index, index), (Space::Outbox, outbox)] {
        check_size("the number of rows", changes.put.len() + changes.delete.len(), COMMIT_ITEMS_MAX)?;
        check_size("the rows together", changes.put.iter().map(|(_, value)| value.len()).sum(), ROWS_BYTES_MAX)?;
        // Deletes first: where a key is both removed and written, the written row stands.
        let RowChanges { put, delete } = changes;
        let deletes = delete.into_iter().map(|key| (key, None));
        let puts = put.into_iter().map(|(key, value)| (key, Some(value)));
        for (key, value) in deletes.chain(puts) {
            check_size("a row", value.as_ref().map_or(0, Vec::len), VALUE_BYTES_MAX)?;
            let value = value.map(|value| rows::encode_row(&text, &value));
            prepared_rows.push(prepare_row(space, &key, value, &text, expected, version, &position_of)?);
        }
    }
    let unique = unique
        .into_iter()
        .map(|unique| {
            let value = rows::encode_unique(&text, &unique);
            (rows::row_key(Space::Unique, unique.key()), unique, value)
        })
        .collect();
    let release = release.iter().map(|key| rows::row_key(Space::Unique, key)).collect();
    let state = rows::encode_state(version, &state);
    let needs = needs.map(|stream| stream.to_string());
    let rows = prepared_rows;
    Ok(Prepared { stream, text, expected, version, commit, state, rewritten, rows, unique, release, needs })
}

impl Prepared {
    /// The number of bytes that this adds to a batch, roughly.
    pub(super) fn bytes(&self) -> usize {
        let rows: usize = self.rows.iter().map(|row| row.key.len() + row.value.as_ref().map_or(0, Vec::len)).sum();
        let rewritten: usize = self.rewritten.iter().map(|(key, value)| key.len() + value.len()).sum();
        self.commit.len() + self.state.len() + rewritten + rows
    }

    /// All rows with the commit's position filled in, each handed to `write`.
    pub(super) fn write(self, position: Position, mut write: impl FnMut(Vec<u8>, Option<Vec<u8>>)) {
        let first = self.expected.last_event().next();
        let mut state = self.state;
        rows::set_position(&mut state, position);
        write(rows::commit_key(position), Some(self.commit));
        write(rows::event_key(&self.text, first), Some(position.0.to_be_bytes().to_vec()));
        write(rows::state_key(&self.text), Some(state));
        for (key, value) in self.rewritten {
            write(key, Some(value));
        }
        for mut row in self.rows {
            if let Some(at) = row.own_position_at {
                if let Some(place) = row.key.get_mut(at..at + POSITION_DIGITS) {
                    place.copy_from_slice(format!("{:020}", position.0).as_bytes());
                }
                if let Some(value) = &mut row.value {
                    rows::set_position(value, position);
                }
            }
            write(row.key, row.value);
        }
        for key in self.release {
            write(key, None);
        }
        for (key, _, mut value) in self.unique {
            rows::set_position(&mut value, position);
            write(key, Some(value));
        }
    }
}

/// The earlier commits whose events get other bytes. That nobody else changes them meanwhile, the expected version says.
fn rewrite(
    text: &str,
    rewritten: Vec<(EventNo, Vec<u8>)>,
    position_of: &impl Fn(&str, EventNo) -> Result<Option<Position>, ReadError>,
    commit_at: impl Fn(Position) -> Result<Option<Commit>, ReadError>,
) -> Result<Vec<Written>, AppendError> {
    let mut commits: BTreeMap<Position, Commit> = BTreeMap::new();
    for (no, bytes) in rewritten {
        // An event that the caller has seen and the store has not: the stream is not where the caller believes it is.
        let elsewhere = AppendError::Conflict { actual: Version::NONE };
        let Some(position) = position_of(text, no)? else { return Err(elsewhere) };
        let commit = match commits.entry(position) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => match commit_at(position)? {
                Some(commit) => place.insert(commit),
                None => return Err(elsewhere),
            },
        };
        let at = no.0.checked_sub(commit.first.0).and_then(|at| usize::try_from(at).ok());
        match at.and_then(|at| commit.events.get_mut(at)) {
            Some(event) => *event = bytes,
            None => return Err(elsewhere),
        }
    }
    let encoded = commits.into_values().map(|commit| {
        let Commit { position, id, first, unique, meta, events, .. } = commit;
        let value = rows::encode_commit(id, text, first, &unique, &meta, &events);
        check_size("a rewritten commit", value.len(), VALUE_BYTES_MAX)?;
        Ok((rows::commit_key(position), value))
    });
    encoded.collect()
}

/// Checks what a settle brings; it needs no encoding.
pub(super) fn check_settle(settle: &Settle) -> Result<(), AppendError> {
    let rows = settle.put.len() + settle.retry.len() + settle.done.len();
    let items = settle.marks.len() + rows + settle.records.len();
    check_size("the number of settled rows", items, COMMIT_ITEMS_MAX)?;
    for mark in &settle.marks {
        check_stream(&mark.stream)?;
        check_key(&mark.name)?;
    }
    for (stream, key, value) in &settle.put {
        check_stream(stream)?;
        check_key(&key.text(|_| Position(0)))?;
        check_size("a row", value.len(), VALUE_BYTES_MAX)?;
    }
    for (key, value) in &settle.retry {
        check_key(key)?;
        check_size("a row", value.len(), VALUE_BYTES_MAX)?;
    }
    settle.done.iter().try_for_each(|key| check_key(key))
}

fn prepare_row(
    space: Space,
    key: &Key,
    mut value: Option<Vec<u8>>,
    stream: &str,
    expected: Version,
    version: Version,
    position_of: &impl Fn(&str, EventNo) -> Result<Option<Position>, ReadError>,
) -> Result<PreparedRow, AppendError> {
    let mut own_position_at = None;
    let position = match &key.hole {
        None => Position(0),
        Some((event, _)) if event.0 == 0 || event.0 > version.0 => {
            return Err(AppendError::Invalid("a row names an event that does not exist"));
        }
        Some((event, _)) if event.0 > expected.0 => {
            own_position_at = Some(1 + key.before.len());
            Position(0)
        }
        // An event that the caller has seen and the store has not: the stream is not where the caller believes it is.
        Some((event, _)) => position_of(stream, *event)?.ok_or(AppendError::Conflict { actual: Version::NONE })?,
    };
    let text = key.text(|_| position);
    check_key(&text)?;
    if let Some(value) = &mut value {
        rows::set_position(value, position);
    }
    Ok(PreparedRow { key: rows::row_key(space, &text), own_position_at, value })
}

fn check_stream(stream: &StreamId) -> Result<(), AppendError> {
    match stream.site() {
        Some(site) if site.as_str().is_empty() || site.as_str().contains(|c: char| c == '/' || c.is_control()) => {
            Err(AppendError::Invalid("the name of its site is empty or holds a slash or a control character"))
        }
        Some(site) => check_key(site.as_str()),
        None => Ok(()),
    }
}

fn check_key(key: &str) -> Result<(), AppendError> {
    check_size("a key", key.len(), KEY_BYTES_MAX)
}

fn check_size(what: &'static str, size: usize, max: usize) -> Result<(), AppendError> {
    if size > max { Err(AppendError::TooLarge { what, size, max }) } else { Ok(()) }
}
