//! The words of the store: streams, versions, what an append carries, what a read gives, and how either can fail.
//! Events, states and rows are bytes here; what is inside them is the caller's business.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::id::{AgentId, CommitId, ContactId, ConversationId, EventNo, IdError, Position, SiteId};
use crate::time::{Day, Time};

/// The most bytes that one value may have: a commit's record with its events, a state, a row.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;

/// The most bytes that the text of one key may have.
pub const KEY_BYTES_MAX: usize = 512;

/// The most bytes that all rows of one commit may have together, index rows and outbox rows each.
pub const ROWS_BYTES_MAX: usize = 256 * 1024;

/// The most events of one commit, and the most rows, unique keys and outbox rows each.
pub const COMMIT_ITEMS_MAX: usize = 1_000;

/// Below this much free disk the server takes no new conversations.
pub const FREE_BYTES_MIN: u64 = 500 * 1024 * 1024;

/// A series of events with a version of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// One conversation of a site: `<site>/c_…`.
    Conversation(SiteId, ConversationId),
    /// One contact of a site: `<site>/p_…`.
    Contact(SiteId, ContactId),
    /// One agent's account; accounts belong to the server, not to a site: `a_…`.
    Agent(AgentId),
    /// What was done at the desk on a day: `d_…`.
    Audit(Day),
}

impl StreamId {
    /// The site that the stream belongs to; accounts and days belong to none.
    pub fn site(&self) -> Option<&SiteId> {
        match self {
            Self::Conversation(site, _) | Self::Contact(site, _) => Some(site),
            Self::Agent(_) | Self::Audit(_) => None,
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conversation(site, id) => write!(f, "{site}/{id}"),
            Self::Contact(site, id) => write!(f, "{site}/{id}"),
            Self::Agent(id) => id.fmt(f),
            Self::Audit(day) => day.fmt(f),
        }
    }
}

impl FromStr for StreamId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let Some((site, id)) = text.rsplit_once('/') else {
            return if text.starts_with(Day::PREFIX) {
                text.parse().map(Self::Audit)
            } else {
                text.parse().map(Self::Agent)
            };
        };
        if id.starts_with(ContactId::PREFIX) {
            return Ok(Self::Contact(site.into(), id.parse()?));
        }
        Ok(Self::Conversation(site.into(), id.parse()?))
    }
}

impl serde::Serialize for StreamId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for StreamId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The number of a stream's last event; 0 where the stream does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub u64);

impl Version {
    /// The version of a stream that does not exist yet.
    pub const NONE: Self = Self(0);

    /// The last event's number.
    pub const fn last_event(self) -> EventNo {
        EventNo(self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The key of an index or outbox row: text, in which the position of one event of the stream may stand. The store fills
/// in that position (as 20 digits), because a commit's own position is known only when it is written. So a row that
/// orders by entry stays a pure function of the state: the state names the event, never the position.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub(super) before: String,
    pub(super) hole: Option<(EventNo, String)>,
}

impl Key {
    /// A key of fixed text, such as `deadline/shop/00001767225600000/c_…`.
    pub fn new(text: impl Into<String>) -> Self {
        Self { before: text.into(), hole: None }
    }

    /// `before`, the position of the commit that holds `event`, `after`: such as `queue/shop/sales/5/` + position + `/c_…`.
    pub fn at(before: impl Into<String>, event: EventNo, after: impl Into<String>) -> Self {
        Self { before: before.into(), hole: Some((event, after.into())) }
    }

    /// The text with the position filled in.
    pub fn text(&self, position_of: impl FnOnce(EventNo) -> Position) -> String {
        match &self.hole {
            None => self.before.clone(),
            Some((event, after)) => format!("{}{:020}{after}", self.before, position_of(*event).0),
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Rows to write and rows to remove.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowChanges {
    /// Rows that are new or have a new value.
    pub put: Vec<(Key, Vec<u8>)>,
    /// Rows that go.
    pub delete: Vec<Key>,
}

impl RowChanges {
    /// The difference between the rows of two states: the one way in which index rows are written.
    pub fn between(before: Vec<(Key, Vec<u8>)>, after: Vec<(Key, Vec<u8>)>) -> Self {
        let mut gone: std::collections::BTreeMap<Key, Vec<u8>> = before.into_iter().collect();
        let mut put = Vec::new();
        for (key, value) in after {
            if gone.remove(&key).as_ref() != Some(&value) {
                put.push((key, value));
            }
        }
        Self { put, delete: gone.into_keys().collect() }
    }
}

/// A key that only one commit, or one stream, may hold. A commit that asks for a held key is refused as a duplicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unique {
    /// Held by one commit until a purge after `expires`: a platform's message, so that its repeat does not act again.
    Once {
        /// Such as `in/<site>/<channel>/<account>/<platform id>`.
        key: String,
        /// From when on it may be forgotten.
        expires: Time,
    },
    /// Held by one stream until that stream releases it: such as `open/<address>`. Its own stream may claim it again.
    Guard(
        /// The key.
        String,
    ),
}

impl Unique {
    /// The key's text.
    pub fn key(&self) -> &str {
        match self {
            Self::Once { key, .. } | Self::Guard(key) => key,
        }
    }
}

/// One commit of one stream: written whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The stream that grows.
    pub stream: StreamId,
    /// The version that the caller decided on.
    pub expected: Version,
    /// The writer's name for this commit, by which it is found again after an unknown outcome.
    pub commit: CommitId,
    /// The commit's record: input, bot version, facts of the world.
    pub meta: Vec<u8>,
    /// The events, at least one; they are numbered from `expected + 1`.
    pub events: Vec<Vec<u8>>,
    /// The stream's state after the events: a cache, overwritten by every commit.
    pub state: Vec<u8>,
    /// Earlier events of the stream, each with the bytes that take its place: what somebody took back stays nowhere.
    pub rewritten: Vec<(EventNo, Vec<u8>)>,
    /// What changes in the index rows, all of which follow from the state. A key must name its stream: whoever writes a key
    /// last owns it.
    pub rows: RowChanges,
    /// What is to be sent, and what is no longer to be sent.
    pub outbox: RowChanges,
    /// Keys that nobody else may hold.
    pub unique: Vec<Unique>,
    /// Guards that this stream gives up. A key that another stream holds is left alone.
    pub release: Vec<String>,
    /// A stream that must be there: else this conflicts. So a commit need not wait until the one that makes that stream, handed in
    /// before it, is durable.
    pub needs: Option<StreamId>,
}

impl Append {
    /// A commit of events and a state and nothing else; the other fields are public.
    pub fn new(stream: StreamId, expected: Version, commit: CommitId, events: Vec<Vec<u8>>, state: Vec<u8>) -> Self {
        Self {
            stream,
            expected,
            commit,
            events,
            state,
            meta: Vec::new(),
            rewritten: Vec::new(),
            rows: RowChanges::default(),
            outbox: RowChanges::default(),
            unique: Vec::new(),
            release: Vec::new(),
            needs: None,
        }
    }
}

/// Where a commit went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The stream's version after it.
    pub version: Version,
    /// Its place in the order of all commits.
    pub position: Position,
}

/// Why nothing was appended; `Unknown` alone leaves that open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else appended first, or the stream that it needs is not there: decide again on the newer state.
    #[error("the stream is at version {actual}, not at the expected one, or needs another that is not there")]
    Conflict {
        /// The stream's version now.
        actual: Version,
    },
    /// A unique key is held: what this commit asks for has happened already.
    #[error("\"{key}\" is already held by {stream}, commit {position}")]
    Duplicate {
        /// The key.
        key: String,
        /// Whose commit holds it.
        stream: StreamId,
        /// Which commit holds it.
        position: Position,
    },
    /// The commit may be durable or not: ask `committed` after a reload.
    #[error("the outcome of the commit is unknown: {0}")]
    Unknown(Arc<str>),
    /// Too many commits are waiting: try again later.
    #[error("the store is busy: {0} commits are waiting")]
    Busy(usize),
    /// The store writes nothing any more.
    #[error("the store has stopped writing: {0}")]
    Halted(Arc<str>),
    /// Some part is over its limit.
    #[error("{what} has {size}, the most is {max}")]
    TooLarge {
        /// Which part.
        what: &'static str,
        /// How large it is.
        size: usize,
        /// How large it may be.
        max: usize,
    },
    /// The commit could never be written.
    #[error("the commit is malformed: {0}")]
    Invalid(&'static str),
    /// The stream was erased; it never comes back.
    #[error("the stream was erased")]
    Erased,
    /// The names of erased streams could not be written down, so nothing was erased.
    #[error("the names of the erased streams could not be written to erased.jsonl ({0}), so nothing was erased")]
    Unrecorded(String),
    /// Reading what the commit depends on failed, and nothing was written.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl AppendError {
    /// Whether the same may be accepted another time.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Conflict { .. }
            | Self::Unknown(_)
            | Self::Busy(_)
            | Self::Halted(_)
            | Self::Unrecorded(_)
            | Self::Read(_) => true,
            Self::Duplicate { .. } | Self::TooLarge { .. } | Self::Invalid(_) | Self::Erased => false,
        }
    }
}

/// A read failed: the files below are damaged or unreadable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading the store failed: {0}")]
pub struct ReadError(pub(super) String);

impl From<super::kv::KvError> for ReadError {
    fn from(error: super::kv::KvError) -> Self {
        Self(error.to_string())
    }
}

/// A stream's stored state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The number of its last event.
    pub version: Version,
    /// The position of its last commit.
    pub position: Position,
    /// The state's bytes.
    pub state: Vec<u8>,
}

/// One event as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the stream.
    pub no: EventNo,
    /// The position of its commit.
    pub position: Position,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// One commit as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its place in the order of all commits.
    pub position: Position,
    /// The writer's name for it.
    pub id: CommitId,
    /// The stream that grew.
    pub stream: StreamId,
    /// The number of its first event.
    pub first: EventNo,
    /// Its record.
    pub meta: Vec<u8>,
    /// Its events, numbered from `first`.
    pub events: Vec<Vec<u8>>,
    /// The unique keys that it claimed.
    pub unique: Vec<Unique>,
}

impl Commit {
    /// The number of its last event.
    pub fn last(&self) -> EventNo {
        EventNo(self.first.0 + self.events.len() as u64 - 1)
    }
}

/// The kinds of rows that can be read by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Rows that follow from the states: queue, deadlines, owners, addresses.
    Index,
    /// What is still to be sent.
    Outbox,
    /// Unique keys and guards; the value is the expiry in milliseconds as text, empty for a guard.
    Unique,
    /// How far something was delivered or seen; the key is `<stream>/<name>`, the value a number as text.
    Mark,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its key's text, a position filled in.
    pub key: String,
    /// The stream that wrote it.
    pub owner: StreamId,
    /// The position that stands in the key; for a unique key, that of the commit that holds it.
    pub position: Option<Position>,
    /// Its value.
    pub value: Vec<u8>,
}

impl Row {
    /// The number that a mark or an expiry holds.
    pub fn number(&self) -> Option<u64> {
        std::str::from_utf8(&self.value).ok()?.parse().ok()
    }
}

/// How far something got, such as `delivered` or `seen`: it moves only forward, outside the versioned log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The stream it belongs to; marks of a stream that does not exist are dropped.
    pub stream: StreamId,
    /// Its name in the stream, such as `seen/visitor`.
    pub name: String,
    /// How far; a smaller number than the stored one changes nothing.
    pub to: u64,
}

/// Writes outside the versioned log: how far things got, and what became of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settle {
    /// Marks to move forward.
    pub marks: Vec<Mark>,
    /// Outbox rows that a stream gets although it does not grow; one that was erased gets none.
    pub put: Vec<(StreamId, Key, Vec<u8>)>,
    /// Outbox rows (by their text, as read) that stay with a new value, such as the next try; rows already gone stay gone.
    pub retry: Vec<(String, Vec<u8>)>,
    /// Outbox rows that are done.
    pub done: Vec<String>,
    /// Records of commits that lose something: the commit of a stream at a position, and what its record is without it. One that
    /// would grow stays as it is.
    pub records: Vec<(StreamId, Position, Vec<u8>)>,
}

/// Said to subscribers after something became durable. A hint: whoever lags reads the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A stream grew.
    Commit {
        /// The commit's place.
        position: Position,
        /// The stream.
        stream: StreamId,
        /// Its version now.
        version: Version,
    },
    /// A mark moved forward.
    Mark(Mark),
    /// A stream was erased.
    Erased(StreamId),
}

/// Figures for operators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// Commits since the start.
    pub commits: u64,
    /// Batches since the start; commits per batch say how well syncs are shared.
    pub batches: u64,
    /// Commits that wait now.
    pub waiting: usize,
    /// How long the last batch took to write and sync, in microseconds.
    pub last_batch_us: u64,
    /// The bytes on disk.
    pub disk_bytes: u64,
    /// The free bytes of the disk, where there is a disk.
    pub free_bytes: Option<u64>,
    /// Why the store stopped writing.
    pub halted: Option<Arc<str>>,
}

impl Stats {
    /// Whether the disk is so full that no new conversation should begin.
    pub fn low_space(&self) -> bool {
        self.free_bytes.is_some_and(|free| free < FREE_BYTES_MIN)
    }
}
