//! One worker for each endpoint: it sends what happened, in the order that its `line` gives. Sent at least once; twice only where
//! there was no answer, or the answer was lost with the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::line::{Line, Next, Sent};
use super::log::{Progress, event_of};
use super::{Endpoint, EventKind, event_id};
use crate::channel::{ApiCall, Body};
use crate::dialog::Recorded;
use crate::engine::post::{PAUSE, RETRY_FOR, pause};
use crate::engine::{Engine, TurnError};
use crate::store::{ReadError, Settle, Space};
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
    /// Whether the endpoint takes nothing.
    down: AtomicBool,
}

impl Worker {
    pub(in crate::engine) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, wake: Notify::new(), again: AtomicBool::new(false), down: AtomicBool::new(false) }
    }

    /// Whether the endpoint takes nothing.
    pub(super) fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// A row that was settled waits again.
    pub(super) fn look_again(&self) {
        self.again.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }
}

/// What an answer means.
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
        let (mut line, mut sending) = (Line::default(), JoinSet::new());
        loop {
            let until = match self.tell_on(&worker, &mut line, &mut sending).await {
                Ok(until) => until,
                Err(error) => {
                    tracing::error!(endpoint = worker.endpoint.id(), %error, "events wait, because the store gives no answer");
                    Some(self.0.clock.now() + PAUSE)
                }
            };
            let due = async {
                match until {
                    Some(until) => self.0.clock.sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(done) = sending.join_next() => match done {
                    Ok((key, sent)) => line.sent(key, sent, self.0.clock.now()),
                    // Only a stop ends a task that does nothing but wait for another.
                    Err(_) => return,
                },
                () = worker.wake.notified() => {}
                () = due => {}
            }
            worker.down.store(line.is_down(), Ordering::Relaxed);
        }
    }

    /// Sends what can be sent now, and says when there is more to do by itself.
    async fn tell_on(
        &self,
        worker: &Arc<Worker>,
        line: &mut Line,
        sending: &mut JoinSet<(String, Sent)>,
    ) -> Result<Option<Time>, TurnError> {
        if worker.again.swap(false, Ordering::SeqCst) {
            line.read_again();
        }
        self.read_events(&worker.endpoint, line)?;
        let done = line.too_many();
        if !done.is_empty() {
            self.settle(Settle { done, ..Settle::default() }).await?;
        }
        // From here on a shutdown waits: what was sent must be written down.
        while let Some(ticket) = self.0.flight.board() {
            let key = match line.next(self.0.clock.now()) {
                Next::Send(key) => key,
                Next::Wait(until) => return Ok(Some(until)),
                Next::Rest => return Ok(None),
            };
            let (engine, worker, row) = (self.clone(), Arc::clone(worker), key.clone());
            let sent = tokio::spawn(async move {
                let _ticket = ticket;
                engine.send_event(&worker.endpoint, row).await
            });
            let (engine, later) = (self.clone(), Sent::Later { next: self.0.clock.now() + PAUSE, asked: None });
            sending.spawn(async move {
                let trouble = match sent.await {
                    Ok(Ok(sent)) => return (key, sent),
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error.to_string(),
                };
                tracing::error!(row = key, error = trouble, "an event waits, because of the store");
                engine.0.clock.sleep_until(engine.0.clock.now() + PAUSE).await;
                (key, later)
            });
        }
        Ok(None)
    }

    /// Reads what is new in the outbox.
    fn read_events(&self, endpoint: &Endpoint, line: &mut Line) -> Result<(), ReadError> {
        let prefix = endpoint.rows();
        while let Some(after) = line.reads_after() {
            let page = self.0.store.scan(Space::Outbox, &prefix, after, PAGE)?;
            if page.is_empty() {
                break;
            }
            for row in page {
                line.read(&row);
            }
        }
        Ok(())
    }

    /// Sends an event and writes down what came of it.
    async fn send_event(&self, endpoint: &Endpoint, key: String) -> Result<Sent, TurnError> {
        // The conversation may have been erased meanwhile.
        let Some(row) = self.0.store.get(Space::Outbox, &key)? else { return Ok(Sent::Gone) };
        let mut progress = Progress::read(&row);
        let payload = match event_of(&row) {
            Some((conversation, event)) => {
                self.payload(conversation, event)?.map(|(at, body)| (event_id(conversation, event), at, body))
            }
            None => None,
        };
        let Some((id, at, body)) = payload else {
            tracing::error!(row = key, "an event that cannot be told is left out");
            self.settle(Settle { done: vec![key], ..Settle::default() }).await?;
            return Ok(Sent::Gone);
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
        let sent = match tried {
            Tried::Arrived => Sent::Settled { arrived: true, heard: true },
            Tried::Never => Sent::Settled { arrived: false, heard: true },
            Tried::Later(asked) => {
                let next = now + asked.unwrap_or_else(|| pause(tries));
                if progress.again || next.since(at) > RETRY_FOR {
                    Sent::Settled { arrived: false, heard: false }
                } else {
                    Sent::Later { next, asked }
                }
            }
        };
        let outcome = match sent {
            Sent::Settled { arrived: true, .. } => "delivered",
            Sent::Settled { arrived: false, .. } => "failed",
            Sent::Later { .. } | Sent::Gone => "later",
        };
        metrics::counter!("frontdesk_events_total", "outcome" => outcome).increment(1);
        if outcome != "delivered" {
            tracing::warn!(endpoint = endpoint.id(), id, tries, answer, outcome, "an event was not taken");
        }
        progress.answer = Some(answer);
        match sent {
            Sent::Settled { arrived, .. } => {
                progress = Progress { settled: Some((now, arrived)), next: None, again: false, ..progress };
            }
            Sent::Later { next, .. } => progress.next = Some(next),
            Sent::Gone => {}
        }
        self.settle(Settle { retry: vec![(key, progress.written())], ..Settle::default() }).await?;
        Ok(sent)
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
