//! One worker for each endpoint: it sends what happened in its order, and waits for nobody but its endpoint. Sent at least once;
//! twice only where there was no answer, or the answer was lost with the process.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::log::{DELIVERED_KEPT, FAILED_KEPT, Progress, event_of};
use super::{Endpoint, EventKind, event_id};
use crate::channel::{ApiCall, Body};
use crate::dialog::Recorded;
use crate::engine::post::{PAUSE, RETRY_FOR, pause};
use crate::engine::{Engine, TurnError};
use crate::store::{ReadError, Row, Settle, Space};
use crate::time::{Span, Time};

/// Rows that are read at once.
const PAGE: usize = 200;

/// So many letters of an answer that is no success are kept for the log.
const ANSWER_CHARS_MAX: usize = 120;

/// What the engine has of an endpoint.
#[derive(Debug)]
pub(in crate::engine) struct Worker {
    pub(in crate::engine) endpoint: Endpoint,
    wake: Notify,
    /// Whether an old row waits again.
    again: AtomicBool,
}

impl Worker {
    pub(in crate::engine) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, wake: Notify::new(), again: AtomicBool::new(false) }
    }

    /// A row that was passed waits again.
    pub(super) fn look_again(&self) {
        self.again.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }
}

/// How far a worker is: the last row behind which all are settled, and which of those are kept as the log.
#[derive(Debug, Default)]
struct Place {
    after: Option<String>,
    delivered: VecDeque<String>,
    failed: VecDeque<String>,
}

impl Place {
    /// A settled row is behind us.
    fn pass(&mut self, key: String, arrived: bool) {
        let kept = if arrived { &mut self.delivered } else { &mut self.failed };
        kept.push_back(key.clone());
        self.after = Some(key);
    }

    /// What the log need not hold any more.
    fn too_many(&mut self) -> Vec<String> {
        let delivered = self.delivered.len().saturating_sub(DELIVERED_KEPT);
        let failed = self.failed.len().saturating_sub(FAILED_KEPT);
        self.delivered.drain(..delivered).chain(self.failed.drain(..failed)).collect()
    }
}

/// What came of a step.
enum Step {
    /// Something was done: look again.
    On,
    /// Nothing can be done before then.
    Wait(Time),
    /// There is nothing to do, or the server is stopping.
    Rest,
}

/// What came of a try.
enum Tried {
    Arrived,
    Later(Option<Span>),
    /// They will never take it.
    Never,
}

impl Engine {
    /// There may be something to tell the endpoints.
    pub(in crate::engine) fn tell_endpoints(&self, events: &[Recorded]) {
        if events.iter().any(|recorded| EventKind::of(&recorded.event).is_some()) {
            self.0.events.iter().for_each(|worker| worker.wake.notify_one());
        }
    }

    /// Sends what an endpoint should hear, until the engine stops.
    pub(in crate::engine) async fn keep_telling(self, worker: Arc<Worker>) {
        let mut place = Place::default();
        loop {
            let until = match self.tell_next(&worker, &mut place).await {
                Ok(Step::On) => continue,
                Ok(Step::Wait(until)) => Some(until),
                Ok(Step::Rest) => None,
                Err(error) => {
                    tracing::error!(endpoint = worker.endpoint.id(), %error, "events wait, because the store gives no answer");
                    Some(self.0.clock.now() + PAUSE)
                }
            };
            match until {
                Some(until) => tokio::select! {
                    () = self.0.clock.sleep_until(until) => {}
                    () = worker.wake.notified() => {}
                },
                None => worker.wake.notified().await,
            }
        }
    }

    async fn tell_next(&self, worker: &Arc<Worker>, place: &mut Place) -> Result<Step, TurnError> {
        if worker.again.swap(false, Ordering::SeqCst) {
            *place = Place::default();
        }
        let found = self.next_event(&worker.endpoint, place)?;
        let done = place.too_many();
        if !done.is_empty() {
            self.settle(Settle { done, ..Settle::default() }).await?;
        }
        let Some((row, progress)) = found else { return Ok(Step::Rest) };
        if let Some(next) = progress.next.filter(|next| *next > self.0.clock.now()) {
            return Ok(Step::Wait(next));
        }
        // From here on a shutdown waits: what was sent must be written down.
        let Some(ticket) = self.0.flight.board() else { return Ok(Step::Rest) };
        let (engine, worker) = (self.clone(), Arc::clone(worker));
        let sent = tokio::spawn(async move {
            let _ticket = ticket;
            engine.send_event(&worker.endpoint, row, progress).await
        });
        match sent.await {
            Ok(sent) => sent.map(|()| Step::On),
            Err(error) => Err(TurnError::Store(error.to_string())),
        }
    }

    /// The first row of an endpoint that is not settled.
    fn next_event(&self, endpoint: &Endpoint, place: &mut Place) -> Result<Option<(Row, Progress)>, ReadError> {
        let prefix = endpoint.rows();
        loop {
            let page = self.0.store.scan(Space::Outbox, &prefix, place.after.as_deref(), PAGE)?;
            if page.is_empty() {
                return Ok(None);
            }
            for row in page {
                let progress = Progress::read(&row);
                match progress.settled {
                    Some((_, arrived)) => place.pass(row.key, arrived),
                    None => return Ok(Some((row, progress))),
                }
            }
        }
    }

    /// Sends an event and writes down what came of it.
    async fn send_event(&self, endpoint: &Endpoint, row: Row, mut progress: Progress) -> Result<(), TurnError> {
        let payload = match event_of(&row) {
            Some((conversation, event)) => {
                self.payload(conversation, event)?.map(|(at, body)| (event_id(conversation, event), at, body))
            }
            None => None,
        };
        let Some((id, at, body)) = payload else {
            tracing::error!(row = row.key, "an event that cannot be told is left out");
            return self.settle(Settle { done: vec![row.key], ..Settle::default() }).await;
        };
        let headers = endpoint.key.headers(&id, self.0.clock.now().0 / 1_000, body.as_bytes());
        let call = ApiCall {
            name: "event",
            url: endpoint.url.clone(),
            headers: headers.into(),
            body: Body::Json(body),
            optional: false,
        };
        let (tried, answer) = match self.0.outbox.post.send(&call).await {
            Ok((status, after, body)) => (tried(status, after), answer(status, &body)),
            Err(unanswered) => (Tried::Later(None), unanswered.to_owned()),
        };
        progress.tries += 1;
        let (tries, now) = (progress.tries, self.0.clock.now());
        let arrived = match tried {
            Tried::Arrived => Some(true),
            Tried::Never => Some(false),
            Tried::Later(after) => {
                let next = now + after.unwrap_or_else(|| pause(tries));
                progress.next = Some(next);
                (progress.again || next.since(at) > RETRY_FOR).then_some(false)
            }
        };
        let outcome = match arrived {
            Some(true) => "delivered",
            Some(false) => "failed",
            None => "later",
        };
        metrics::counter!("frontdesk_events_total", "outcome" => outcome).increment(1);
        match arrived {
            Some(true) => {}
            Some(false) => tracing::warn!(endpoint = endpoint.id(), id, tries, answer, "an event is given up"),
            None => tracing::warn!(endpoint = endpoint.id(), id, tries, answer, "an event is sent later"),
        }
        progress.answer = Some(answer);
        if let Some(arrived) = arrived {
            progress = Progress { settled: Some((now, arrived)), next: None, again: false, ..progress };
        }
        self.settle(Settle { retry: vec![(row.key, progress.written())], ..Settle::default() }).await
    }
}

/// What a status means. Whoever receives it may be changed and come back: only what says that this body is wrong is for good.
fn tried(status: u16, after: Option<u64>) -> Tried {
    match status {
        200..=299 => Tried::Arrived,
        400 | 410 | 413 | 415 | 422 => Tried::Never,
        _ => Tried::Later(after.map(|seconds| Span::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000)))),
    }
}

/// What they answered, for the log: the status, and of what is no success the beginning of the words.
fn answer(status: u16, body: &[u8]) -> String {
    let words = String::from_utf8_lossy(body);
    let words: String = words.trim().chars().filter(|letter| !letter.is_control()).take(ANSWER_CHARS_MAX).collect();
    if (200..300).contains(&status) || words.is_empty() { status.to_string() } else { format!("{status} {words}") }
}
