//! The delivery log: did it arrive, what did they answer, when is the next try. An entry is the outbox row of the event itself;
//! of what is settled the last few hundred stay. Rows belong to their conversation and are erased with it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Endpoint, EventKind, ROWS, event_id, read_event_id};
use crate::dialog::Recorded;
use crate::engine::post::RETRY_FOR;
use crate::engine::{Engine, TurnError, progress, rebuild};
use crate::id::{ConversationId, EventNo};
use crate::store::{ReadError, Row, Settle, Space, StreamId};
use crate::time::Time;

/// So many delivered events of an endpoint are kept in the log.
pub(super) const DELIVERED_KEPT: usize = 300;

/// So many that failed for good.
pub(super) const FAILED_KEPT: usize = 1_000;

/// Of what waits, so many are listed; the rest is counted.
const WAITING_LISTED: usize = 100;

/// Rows that are read at once.
const PAGE: usize = 200;

/// How far an event is. A row that was just written has an empty one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Tries.
    #[serde(default)]
    pub(super) tries: u32,
    /// When to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Time>,
    /// What came of the last try: `200`, or why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<String>,
    /// When it was settled, and whether it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) settled: Option<(Time, bool)>,
    /// Whether an operator wants it sent once more: that is tried once, so that it never holds up what is new.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) again: bool,
}

impl Progress {
    pub(super) fn read(row: &Row) -> Self {
        progress::read(row)
    }

    pub(super) fn written(&self) -> Vec<u8> {
        progress::written(self)
    }

    fn state(&self) -> State {
        match self.settled {
            None => State::Waiting,
            Some((_, true)) => State::Delivered,
            Some((_, false)) => State::Failed,
        }
    }
}

/// The event that a row names.
pub(super) fn event_of(row: &Row) -> Option<(ConversationId, EventNo)> {
    let event = EventNo(row.key.rsplit('/').next()?.parse().ok()?);
    match row.owner {
        StreamId::Conversation(_, conversation) => Some((conversation, event)),
        StreamId::Contact(..) | StreamId::Agent(_) | StreamId::Audit(_) => None,
    }
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for its turn or its next try.
    Waiting,
    /// It arrived.
    Delivered,
    /// It was given up.
    Failed,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Failed];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The event's name.
    pub id: String,
    /// Where it stands in the log of its endpoint: later ones are greater.
    pub place: String,
    /// What it tells; none where that cannot be read any more.
    pub kind: Option<EventKind>,
    /// When it happened.
    pub at: Option<Time>,
    /// Where it goes.
    pub url: String,
    /// How far it is.
    pub state: State,
    /// How often it was tried.
    pub tries: u32,
    /// What the last try brought: a status, or why there was no answer.
    pub answer: Option<String>,
    /// When it is tried next.
    pub next: Option<Time>,
    /// When it was settled.
    pub settled: Option<Time>,
}

/// An endpoint, how it is doing, and of its log what was asked for.
#[derive(Debug, Clone)]
pub struct EndpointLog {
    /// It.
    pub endpoint: Endpoint,
    /// Whether it takes nothing at the moment.
    pub down: bool,
    /// How many events wait for it.
    pub waiting: usize,
    /// How many of those in the log were given up.
    pub failed: usize,
    /// Entries, the latest first.
    pub entries: Vec<Logged>,
    /// Whether there are more before them.
    pub more: bool,
}

/// What of a log is asked for.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Only these; none means all.
    pub state: Option<State>,
    /// Only what stands before this place.
    pub before: Option<String>,
    /// At most so many, the latest.
    pub entries_max: usize,
}

impl Engine {
    /// The endpoints, in the operator's order.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.0.events.iter().map(|worker| &worker.endpoint)
    }

    /// The log of an endpoint, the oldest entry first, and how many events wait besides those listed.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn deliveries(&self, endpoint: &Endpoint, failed: bool) -> Result<(Vec<Logged>, usize), TurnError> {
        let (mut logged, mut waiting) = (Vec::new(), 0);
        self.each_row(endpoint, |row| {
            let progress = Progress::read(row);
            let state = progress.state();
            waiting += usize::from(state == State::Waiting);
            let listed =
                if failed { state == State::Failed } else { state != State::Waiting || waiting <= WAITING_LISTED };
            if listed {
                logged.push((row.clone(), progress, state));
            }
        })?;
        let listed = logged.iter().filter(|(_, _, state)| *state == State::Waiting).count();
        let entries = logged.into_iter().filter_map(|(row, progress, _)| self.logged(endpoint, &row, progress));
        let entries = entries.collect();
        Ok((entries, if failed { 0 } else { waiting - listed }))
    }

    /// How an endpoint is doing, and of its log what is asked for.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn endpoint_log(&self, endpoint: &Endpoint, asked: &LogFilter) -> Result<EndpointLog, TurnError> {
        let (mut latest, mut waiting, mut failed) = (VecDeque::new(), 0, 0);
        let first = endpoint.rows().len();
        self.each_row(endpoint, |row| {
            let progress = Progress::read(row);
            let state = progress.state();
            waiting += usize::from(state == State::Waiting);
            failed += usize::from(state == State::Failed);
            let place = row.key.get(first..).unwrap_or_default();
            let earlier = asked.before.as_deref().is_none_or(|before| place < before);
            if earlier && asked.state.is_none_or(|wanted| wanted == state) {
                latest.push_back((row.clone(), progress));
                if latest.len() > asked.entries_max + 1 {
                    latest.pop_front();
                }
            }
        })?;
        let more = latest.len() > asked.entries_max;
        let entries = latest.into_iter().skip(usize::from(more)).rev();
        Ok(EndpointLog {
            down: self.0.events.iter().any(|worker| worker.endpoint == *endpoint && worker.is_down()),
            endpoint: endpoint.clone(),
            waiting,
            failed,
            entries: entries.filter_map(|(row, progress)| self.logged(endpoint, &row, progress)).collect(),
            more,
        })
    }

    /// The entry of the log that a row is.
    fn logged(&self, endpoint: &Endpoint, row: &Row, progress: Progress) -> Option<Logged> {
        let (conversation, event) = event_of(row)?;
        let told = self.recorded_of(row);
        Some(Logged {
            id: event_id(conversation, event),
            place: row.key.strip_prefix(&endpoint.rows())?.to_owned(),
            kind: told.as_ref().and_then(|recorded| EventKind::of(&recorded.event)),
            at: told.map(|recorded| recorded.at),
            url: endpoint.url.clone(),
            state: progress.state(),
            tries: progress.tries,
            answer: progress.answer,
            next: progress.next,
            settled: progress.settled.map(|(at, _)| at),
        })
    }

    /// Sends an event once more: to one endpoint, or where it failed, else everywhere. What still waits is tried at once. Gives the
    /// number of endpoints.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read or written.
    pub async fn resend_event(&self, id: &str, only: Option<&str>) -> Result<usize, TurnError> {
        let Some((conversation, event)) = read_event_id(id) else { return Ok(0) };
        let Some(hot) = self.find(conversation)? else { return Ok(0) };
        let stream = StreamId::Conversation(hot.site.id.clone(), conversation);
        let before = EventNo(event.0.saturating_sub(1));
        let found = self.0.store.events(&stream, before, 1)?;
        let Some(found) = found.first().filter(|found| found.no == event) else { return Ok(0) };
        let mut rows = Vec::new();
        for worker in self.0.events.iter().filter(|worker| only.is_none_or(|only| worker.endpoint.id() == only)) {
            let key = format!("{}{:020}/{:020}", worker.endpoint.rows(), found.position.0, event.0);
            if let Some(row) = self.0.store.get(Space::Outbox, &key)? {
                rows.push((worker, key, Progress::read(&row)));
            }
        }
        let failed = |progress: &Progress| matches!(progress.settled, Some((_, false)));
        if rows.iter().any(|(_, _, progress)| failed(progress)) {
            rows.retain(|(_, _, progress)| failed(progress));
        }
        for (worker, key, progress) in &rows {
            let again = progress.settled.is_some() || progress.again;
            let progress = Progress { next: None, settled: None, again, ..progress.clone() };
            self.settle(Settle { retry: vec![(key.clone(), progress.written())], ..Settle::default() }).await?;
            worker.look_again();
        }
        Ok(rows.len())
    }

    /// Forgets what waits for an endpoint that the settings do not name any more, and its log, after as long as a row would be
    /// tried: until then it may have been taken out by mistake.
    pub(in crate::engine) async fn forget_stray_events(&self, now: Time) -> Result<(), TurnError> {
        let known = |row: &Row| self.endpoints().any(|endpoint| row.key.starts_with(&endpoint.rows()));
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Outbox, ROWS, after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let old = |row: &Row| self.recorded_of(row).is_none_or(|recorded| now.since(recorded.at) > RETRY_FOR);
            let stray = page.into_iter().filter(|row| !known(row) && old(row));
            let done: Vec<String> = stray.map(|row| row.key).collect();
            if !done.is_empty() {
                tracing::warn!(
                    events = done.len(),
                    "events for an endpoint that frontdesk.yaml does not name any more are forgotten"
                );
                self.settle(Settle { done, ..Settle::default() }).await?;
            }
        }
    }

    /// The event that a row tells; none where it cannot be read.
    fn recorded_of(&self, row: &Row) -> Option<Recorded> {
        let (_, event) = event_of(row)?;
        let before = EventNo(event.0.saturating_sub(1));
        let events = self.0.store.events(&row.owner, before, 1).ok()?;
        rebuild::recorded(&events).ok()?.into_iter().find(|recorded| recorded.no == event)
    }

    /// Looks at all rows of an endpoint, in their order.
    pub(super) fn each_row(&self, endpoint: &Endpoint, mut look: impl FnMut(&Row)) -> Result<(), ReadError> {
        let prefix = endpoint.rows();
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Outbox, &prefix, after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            page.iter().for_each(&mut look);
        }
    }
}
