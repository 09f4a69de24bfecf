//! Compares what is stored with what follows from the events, and says every difference. The store may go on meanwhile: a
//! stream that grew while it was looked at is looked at again.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::id::{ConversationId, EventNo, FileId, Position};
use crate::store::Store;
use crate::store::types::{ReadError, Recorded, Row, Space, StreamId};

use super::{PAGE, Rebuild, all_events};

/// More problems than this are counted, not kept.
const PROBLEMS_MAX: usize = 1_000;
/// How often a stream that does not add up is looked at.
const TRIES: usize = 25;

/// A stream that grows under so many looks is too busy to be judged.
const GROWN_MAX: usize = 5;

/// A sync that is under way is given so long between two looks.
const SETTLE: std::time::Duration = std::time::Duration::from_millis(20);

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The stream's events are not numbered 1, 2, 3, …, or do not end at its version.
    Numbering {
        /// The stream.
        stream: StreamId,
        /// The number that was expected.
        expected: EventNo,
    },
    /// The stream's events cannot be read.
    Events {
        /// The stream.
        stream: StreamId,
        /// What the reader of events said.
        why: String,
    },
    /// The stored state is not what follows from the events.
    State(
        /// The stream.
        StreamId,
    ),
    /// An index row that follows from the events is missing or different.
    Row {
        /// The stream.
        stream: StreamId,
        /// The row's key.
        key: String,
    },
    /// A row that nothing asks for.
    Orphan {
        /// Which kind of row.
        space: Space,
        /// The row's key.
        key: String,
        /// The stream that it says it belongs to.
        owner: StreamId,
    },
    /// A file that an event tells of is not there.
    File {
        /// The stream.
        stream: StreamId,
        /// The file.
        id: FileId,
    },
    /// Files of a conversation that does not exist.
    OrphanFiles(
        /// The conversation.
        ConversationId,
    ),
    /// A commit in the log that its stream does not know.
    Commit {
        /// Its position.
        position: Position,
        /// The stream that it says it belongs to.
        stream: StreamId,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbering { stream, expected } => write!(f, "{stream}: event {expected} is missing or surplus"),
            Self::Events { stream, why } => write!(f, "{stream}: its events cannot be read: {why}"),
            Self::State(stream) => write!(f, "{stream}: the stored state is not what follows from its events"),
            Self::Row { stream, key } => write!(f, "{stream}: the index row \"{key}\" is missing or different"),
            Self::Orphan { space, key, owner } => write!(f, "{owner}: nothing asks for the {space:?} row \"{key}\""),
            Self::File { stream, id } => write!(f, "{stream}: the file {id} that was sent is missing"),
            Self::OrphanFiles(id) => {
                write!(f, "{id}: there are files of this conversation, and there is no such conversation")
            }
            Self::Commit { position, stream } => write!(f, "{stream}: it does not know its commit at {position}"),
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Streams looked at.
    pub streams: u64,
    /// Events read.
    pub events: u64,
    /// Commits read.
    pub commits: u64,
    /// Rows compared.
    pub rows: u64,
    /// The first problems.
    pub problems: Vec<Problem>,
    /// How many problems there are in all.
    pub problem_count: u64,
}

impl Report {
    /// Whether everything is as it should be.
    pub fn is_good(&self) -> bool {
        self.problem_count == 0
    }

    fn add(&mut self, problems: Vec<Problem>) {
        self.problem_count += problems.len() as u64;
        let room = PROBLEMS_MAX.saturating_sub(self.problems.len());
        self.problems.extend(problems.into_iter().take(room));
    }
}

/// Looks at everything in the store.
pub fn verify(store: &dyn Store, rebuild: &dyn Rebuild) -> Result<Report, ReadError> {
    let mut report = Report::default();
    // Hashes instead of keys: a large store has many rows. Whatever they do not settle is looked at again.
    let mut known_rows = HashSet::new();
    let mut files: BTreeSet<ConversationId> = match store.files() {
        Some(files) => files.conversations().map_err(|error| ReadError(error.to_string()))?.into_iter().collect(),
        None => BTreeSet::new(),
    };
    let mut after = None;
    loop {
        let page = store.streams(after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for stream in page {
            let found = check_stream(store, rebuild, &stream)?;
            if let StreamId::Conversation(_, id) = &stream {
                files.remove(id);
            }
            report.streams += 1;
            report.events += found.events;
            report.rows += found.rows.len() as u64;
            known_rows.extend(found.rows.iter().map(|key| hash(key)));
            report.add(found.problems);
        }
    }
    report.add(files.into_iter().map(Problem::OrphanFiles).collect());
    check_log(store, &mut report)?;
    for space in [Space::Index, Space::Outbox, Space::Unique, Space::Mark] {
        let mut after: Option<String> = None;
        loop {
            let page = store.scan(space, "", after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            // A page that is not full was the last one; rows that come meanwhile belong to a later look.
            let is_last = page.len() < PAGE;
            for row in page {
                let known = match space {
                    Space::Index => known_rows.contains(&hash(&row.key)) || asked_for(store, rebuild, &row)?,
                    Space::Outbox | Space::Unique | Space::Mark => {
                        report.rows += 1;
                        store.load(&row.owner)?.is_some() || store.get(space, &row.key)?.is_none()
                    }
                };
                if !known {
                    report.add(vec![Problem::Orphan { space, key: row.key, owner: row.owner }]);
                }
            }
            if is_last {
                break;
            }
        }
    }
    Ok(report)
}

#[derive(Default)]
struct Found {
    events: u64,
    rows: Vec<String>,
    problems: Vec<Problem>,
    /// Whether the state knows more events than can be read. A commit whose sync is under way shows so for a moment.
    events_behind: bool,
}

fn check_stream(store: &dyn Store, rebuild: &dyn Rebuild, stream: &StreamId) -> Result<Found, ReadError> {
    let mut found = Found::default();
    let mut grown = 0;
    for _ in 0..TRIES {
        let before = store.load(stream)?.map(|loaded| loaded.version);
        found = check_once(store, rebuild, stream)?;
        let unchanged = store.load(stream)?.map(|loaded| loaded.version) == before;
        if found.problems.is_empty() || (unchanged && !found.events_behind) {
            return Ok(found);
        }
        if unchanged {
            std::thread::sleep(SETTLE);
            continue;
        }
        grown += 1;
        if grown == GROWN_MAX {
            // That explains all but events that cannot be read; the next verification may see it at rest.
            found.problems.retain(|problem| matches!(problem, Problem::Events { .. }));
            break;
        }
    }
    Ok(found)
}

fn check_once(store: &dyn Store, rebuild: &dyn Rebuild, stream: &StreamId) -> Result<Found, ReadError> {
    let mut found = Found::default();
    let Some(loaded) = store.load(stream)? else { return Ok(found) };
    let mut events = all_events(store, stream)?;
    // Events that came after the state was read say nothing of it; a stream that is long and grows fast always has some.
    let grew = events.len() as u64 > loaded.version.0
        && store.load(stream)?.is_some_and(|now| now.version.0 >= events.len() as u64);
    if grew {
        events.truncate(usize::try_from(loaded.version.0).unwrap_or(usize::MAX));
    }
    found.events = events.len() as u64;
    found.events_behind = found.events < loaded.version.0;
    let misnumbered = (1..).map(EventNo).zip(&events).find(|(no, event)| event.no != *no).map(|(no, _)| no);
    let end = (found.events != loaded.version.0).then(|| EventNo(found.events.min(loaded.version.0) + 1));
    if let Some(expected) = misnumbered.or(end) {
        found.problems.push(Problem::Numbering { stream: stream.clone(), expected });
    }
    let rebuilt = match rebuild.rebuild(stream, &events) {
        Ok(rebuilt) => rebuilt,
        Err(why) => {
            found.problems.push(Problem::Events { stream: stream.clone(), why });
            return Ok(found);
        }
    };
    if !rebuild.same_state(&loaded.state, &rebuilt.state) {
        found.problems.push(Problem::State(stream.clone()));
    }
    if let (Some(files), StreamId::Conversation(_, conversation)) = (store.files(), stream) {
        for id in rebuild.files(stream, &events) {
            if files.read(*conversation, id).map_err(|error| ReadError(error.to_string()))?.is_none() {
                found.problems.push(Problem::File { stream: stream.clone(), id });
            }
        }
    }
    for (key, value) in rebuilt.rows {
        let position = key.hole.as_ref().map(|(event, _)| position_in(&events, *event));
        let key = key.text(|event| position_in(&events, event));
        let same = |row: Row| row.owner == *stream && row.position == position && rebuild.same_row(&row.value, &value);
        if !store.get(Space::Index, &key)?.is_some_and(same) {
            found.problems.push(Problem::Row { stream: stream.clone(), key: key.clone() });
        }
        found.rows.push(key);
    }
    Ok(found)
}

fn check_log(store: &dyn Store, report: &mut Report) -> Result<(), ReadError> {
    // Up to where the log was when this began: whoever follows one that grows may never reach its end.
    let end = store.position();
    let mut after = Position(0);
    while after < end {
        let page = store.log(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.position;
        for commit in page {
            report.commits += 1;
            let before_it = EventNo(commit.first.0.saturating_sub(1));
            let first = store.events(&commit.stream, before_it, 1)?;
            let known =
                first.first().is_some_and(|event| event.position == commit.position && event.no == commit.first);
            // A commit that was erased since it was read is not a problem.
            let gone =
                || store.log(Position(commit.position.0.saturating_sub(1)), 1).map(|now| now.first() != Some(&commit));
            if !known && !gone()? {
                report.add(vec![Problem::Commit { position: commit.position, stream: commit.stream }]);
            }
        }
    }
    Ok(())
}

/// Whether a row that was not known a while ago follows from its stream now, or is gone.
fn asked_for(store: &dyn Store, rebuild: &dyn Rebuild, row: &Row) -> Result<bool, ReadError> {
    let found = check_stream(store, rebuild, &row.owner)?;
    Ok(found.rows.contains(&row.key) || store.get(Space::Index, &row.key)?.is_none())
}

fn position_in(events: &[Recorded], event: EventNo) -> Position {
    let found = events.binary_search_by_key(&event, |recorded| recorded.no);
    found.ok().and_then(|at| events.get(at)).map_or(Position(0), |recorded| recorded.position)
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
