//! Calls to services. A `Called` event has an outbox row in its own commit; the call is made after the commit is durable, and
//! its result comes back as an input, whose commit removes the row. What may not be repeated is marked before it is sent, so
//! that after a crash its outcome is unknown rather than done twice. Addresses, bodies and secrets are never logged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::dialog::{CallOutcome, Conversation, Event, Input, Recorded, WaitKind};
use crate::engine::settings::Lookup;
use crate::engine::{Engine, Settings, TurnError, rebuild};
use crate::flow::{Method, Request, Service, request};
use crate::id::{ConversationId, EventNo, ServiceName, SiteId};
use crate::store::{AppendError, ReadError, Row, Settle, Space, StreamId};
use crate::time::{Span, Time};
use crate::view;

/// The value of the row of a call that was not sent, or may be sent again.
pub(super) const WAITING: &[u8] = b"1waiting";

/// The value of the row of a call that was sent and may not be sent again.
const SENT: &[u8] = b"1sent";

/// A call is tried so often in all, if it may be repeated.
const TRIES_MAX: u32 = 5;

/// The pause before the second try; each later one is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// The most bytes of a reply.
const REPLY_BYTES_MAX: usize = 16 * 1024;

/// So many calls are made at once, to all services together.
const CALLS_MAX: usize = 64;

/// So many calls are made at once to one service, so that a slow one leaves room for the others.
const CALLS_PER_SERVICE_MAX: usize = 16;

/// A busy store is asked again after this, then after twice as long, and so on.
const BUSY_PAUSE: Span = Span(200);

/// The longest pause before a busy store is asked again.
const BUSY_PAUSE_MAX: Span = Span::seconds(5);

/// A call to make.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) site: SiteId,
    pub(super) conversation: ConversationId,
    /// The event that calls: the call's id.
    pub(super) event: EventNo,
    pub(super) service: ServiceName,
    /// What the service gets, sensitive values in clear.
    pub(super) with: Value,
    /// When the flow goes on without the result.
    until: Option<Time>,
}

/// A call that was under way when the server stopped.
pub(super) struct Interrupted {
    pending: Pending,
    /// Whether it was sent and may not be sent again.
    sent: bool,
}

/// What calls are made with.
pub(super) struct Calls {
    client: reqwest::Client,
    lines: Lines,
    env: Lookup,
    secret: Lookup,
}

impl Calls {
    pub(super) fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        // reqwest takes the process's provider and brings none itself. Where one is installed already, that one serves as well.
        // Certificates are checked against the roots of the system, whoever computes.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::limited(3))
            .build()?;
        Ok(Self { client, lines: Lines::default(), env: settings.env.clone(), secret: settings.secret.clone() })
    }
}

/// Where calls wait for their turn, in the order in which they came.
struct Lines {
    all: Semaphore,
    /// As many as bots name services.
    services: Mutex<HashMap<(SiteId, ServiceName), Arc<Semaphore>>>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { all: Semaphore::new(CALLS_MAX), services: Mutex::default() }
    }
}

impl Lines {
    /// Waits for the turn of a call, first at its service: those who wait there take no place from calls to others.
    async fn enter(&self, call: &Pending) -> Result<(OwnedSemaphorePermit, SemaphorePermit<'_>), AcquireError> {
        let service = {
            let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
            let line = services.entry((call.site.clone(), call.service.clone()));
            Arc::clone(line.or_insert_with(|| Arc::new(Semaphore::new(CALLS_PER_SERVICE_MAX))))
        };
        Ok((service.acquire_owned().await?, self.all.acquire().await?))
    }
}

/// The key of a call's outbox row.
pub(super) fn key(site: &SiteId, conversation: ConversationId, event: EventNo) -> String {
    format!("call/{}/{conversation}/{:020}", view::part(site.as_str()), event.0)
}

/// The calls that events of a conversation ask for.
pub(super) fn pending(
    site: &SiteId,
    conversation: ConversationId,
    state: &Conversation,
    events: &[Recorded],
) -> Vec<Pending> {
    let until = |event: EventNo| {
        events.iter().find_map(|recorded| match recorded.event {
            Event::Waits { kind: WaitKind::Call { call, until }, .. } if call == event => until,
            _ => None,
        })
    };
    let call = |recorded: &Recorded| match &recorded.event {
        Event::Called { service, with } => Some(Pending {
            site: site.clone(),
            conversation,
            event: recorded.no,
            service: service.clone(),
            with: state.clear.calls.get(&recorded.no).unwrap_or(with).clone(),
            until: until(recorded.no),
        }),
        _ => None,
    };
    events.iter().filter_map(call).collect()
}

impl Engine {
    /// Makes a call in the background. When the server is stopping, it waits in its row for the next start.
    pub(super) fn begin_call(&self, pending: Pending) {
        let engine = self.clone();
        self.under_way(async move { engine.call(pending).await });
    }

    /// Does something in the background for whose end a shutdown waits.
    fn under_way(&self, work: impl Future<Output = ()> + Send + 'static) {
        let Some(ticket) = self.0.flight.board() else { return };
        tokio::spawn(async move {
            let _ticket = ticket;
            work.await;
        });
    }

    /// The calls that were under way when the server stopped. They are collected before anything else may begin a call: one
    /// that a turn of this run begins has a row too, and would be made twice.
    pub(super) fn interrupted_calls(&self) -> Result<Vec<Interrupted>, ReadError> {
        let mut calls = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Outbox, "call/", after.as_deref(), 500)?;
            let Some(last) = page.last() else { return Ok(calls) };
            after = Some(last.key.clone());
            for row in page {
                match self.pending(&row) {
                    Ok(Some(pending)) => calls.push(Interrupted { pending, sent: row.value == SENT }),
                    Ok(None) => tracing::warn!(row = row.key, "a row of a call names no call"),
                    Err(error) => tracing::error!(row = row.key, %error, "a call cannot be resumed"),
                }
            }
        }
    }

    /// Makes the calls that were under way when the server stopped, or says that their outcome is unknown.
    pub(super) fn resume_calls(&self, calls: Vec<Interrupted>) {
        for Interrupted { pending, sent } in calls {
            if sent {
                let engine = self.clone();
                self.under_way(async move { engine.call_done(&pending, CallOutcome::Unknown).await });
            } else {
                self.begin_call(pending);
            }
        }
    }

    fn pending(&self, row: &Row) -> Result<Option<Pending>, TurnError> {
        let StreamId::Conversation(site, conversation) = &row.owner else { return Ok(None) };
        let event = row.key.rsplit_once('/').and_then(|(_, event)| event.parse().ok()).map_or(EventNo(0), EventNo);
        // The event that calls and the one that waits for it stand side by side in one commit.
        let before = EventNo(event.0.saturating_sub(1));
        let events = rebuild::recorded(&self.0.store.events(&row.owner, before, 2)?)?;
        let state = self.find_since(*conversation, event)?.map(|hot| Arc::clone(&hot.conversation)).unwrap_or_default();
        let mut calls = pending(site, *conversation, &state, &events).into_iter();
        Ok(calls.find(|call| call.event == event))
    }

    async fn call(&self, pending: Pending) {
        let bot = self.site(&pending.site).map(|site| site.bot());
        let service = bot.as_ref().and_then(|bot| bot.program.services.get(&pending.service));
        let outcome = match service {
            None => CallOutcome::Error(format!("the bot has no service \"{}\" any more", pending.service)),
            Some(service) => {
                let empty = serde_json::Map::new();
                let with = pending.with.as_object().unwrap_or(&empty);
                match request(service, with, &*self.0.calls.env, &*self.0.calls.secret) {
                    Err(error) => CallOutcome::Error(error.to_string()),
                    Ok(request) => match self.ask(&pending, service, &request).await {
                        Some(outcome) => outcome,
                        // It was not sent: its row waits for the next start, if it is still there.
                        None => return,
                    },
                }
            }
        };
        let (service, conversation) = (&pending.service, pending.conversation);
        match &outcome {
            CallOutcome::Reply(_) => {}
            CallOutcome::Status(status) => tracing::warn!(%service, %conversation, status, "a service refused a call"),
            CallOutcome::Error(why) => tracing::warn!(%service, %conversation, why, "a call to a service failed"),
            CallOutcome::Timeout => tracing::warn!(%service, %conversation, "a service did not answer in time"),
            CallOutcome::Unknown => tracing::warn!(%service, %conversation, "the outcome of a call is unknown"),
        }
        self.call_done(&pending, outcome).await;
    }

    /// Sends, and sends again what may be repeated, until there is an answer that counts.
    async fn ask(&self, pending: &Pending, service: &Service, request: &Request) -> Option<CallOutcome> {
        // Nobody closes a line.
        let _turn = self.0.calls.lines.enter(pending).await.ok()?;
        if self.0.flight.is_closed() {
            return None;
        }
        let repeatable = service.idempotent || service.method == Method::Get;
        if !repeatable && !self.mark_sent(pending).await {
            return None;
        }
        let timeout = Duration::from_millis(u64::try_from(service.timeout.0).unwrap_or(10_000));
        // The visitor would be told of a failure before the answer can be there, so it must not succeed behind their back.
        if pending.until.is_some_and(|until| self.0.clock.now() + service.timeout > until) {
            return Some(CallOutcome::Timeout);
        }
        let began = Instant::now();
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let left = (timeout * 2).saturating_sub(began.elapsed()).min(timeout);
            let outcome = self.send(pending, request, left).await;
            let (name, kind) = (pending.service.to_string(), kind(&outcome));
            metrics::counter!("frontdesk_calls_total", "service" => name, "outcome" => kind).increment(1);
            let may_pass = match &outcome {
                CallOutcome::Reply(_) | CallOutcome::Unknown => false,
                CallOutcome::Status(status) => *status == 429 || *status >= 500,
                CallOutcome::Timeout | CallOutcome::Error(_) => true,
            };
            // The visitor is waiting: repeats end when the time of two timeouts is used up.
            if !may_pass || !repeatable || tries >= TRIES_MAX || began.elapsed() + pause > timeout * 2 {
                return Some(outcome);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            tries += 1;
        }
    }

    /// Notes that a call is sent, before it is. Says whether it may be: a row that is gone means that its outcome was told.
    async fn mark_sent(&self, pending: &Pending) -> bool {
        let sent = (key(&pending.site, pending.conversation, pending.event), SENT.to_vec());
        let mut pause = BUSY_PAUSE;
        loop {
            match self.0.store.settle(Settle { retry: vec![sent.clone()], ..Settle::default() }).await {
                Ok(rows) => return rows > 0,
                Err(AppendError::Busy(_)) => pause = self.pause(pause).await,
                Err(error) => {
                    tracing::error!(service = %pending.service, %error, "a call waits for the next start");
                    return false;
                }
            }
        }
    }

    /// Waits until a busy store is worth asking again. Gives the next pause.
    async fn pause(&self, pause: Span) -> Span {
        self.0.clock.sleep_until(self.0.clock.now() + pause).await;
        Span(pause.0.saturating_mul(2)).min(BUSY_PAUSE_MAX)
    }

    async fn send(&self, pending: &Pending, request: &Request, timeout: Duration) -> CallOutcome {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.0.calls.client.request(method, &request.url).timeout(timeout);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        builder = builder.header("Idempotency-Key", format!("{}-{}", pending.conversation, pending.event));
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        match self.read(builder).await {
            Ok(outcome) => outcome,
            Err(error) if error.is_timeout() => CallOutcome::Timeout,
            // Only what kind of failure: the error's own text holds the address.
            Err(error) if error.is_connect() => CallOutcome::Error("the service could not be reached".to_owned()),
            Err(error) if error.is_builder() => {
                CallOutcome::Error("the service's address or a header is not valid".to_owned())
            }
            Err(_) => CallOutcome::Error("the reply broke off".to_owned()),
        }
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> Result<CallOutcome, reqwest::Error> {
        let mut response = request.send().await?;
        let status = response.status();
        if !status.is_success() {
            return Ok(CallOutcome::Status(status.as_u16()));
        }
        let mut body: Vec<u8> = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > REPLY_BYTES_MAX {
                return Ok(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        if body.is_empty() {
            return Ok(CallOutcome::Reply(Value::Null));
        }
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        let reply = serde_json::from_slice(&body).unwrap_or_else(|_| text());
        // What is kept is JSON: bytes that are no text, or control characters, take up to six times their size in it.
        if serde_json::to_string(&reply).map_or(usize::MAX, |json| json.len()) > REPLY_BYTES_MAX {
            return Ok(too_large());
        }
        Ok(CallOutcome::Reply(reply))
    }

    /// Brings a result to the conversation. A visitor waits for it, so it is offered until it is taken: the row is left to
    /// the next start only if the store can take nothing any more.
    async fn call_done(&self, pending: &Pending, mut outcome: CallOutcome) {
        let mut pause = BUSY_PAUSE;
        loop {
            let input = Input::CallDone { call: pending.event, outcome: outcome.clone() };
            match self.turn_of(pending.conversation, input, None).await {
                Ok(_) | Err(TurnError::NoSuchConversation(_)) => return,
                Err(TurnError::Busy { .. }) => pause = self.pause(pause).await,
                Err(TurnError::TooLarge(why)) if matches!(outcome, CallOutcome::Reply(_)) => {
                    tracing::warn!(service = %pending.service, conversation = %pending.conversation, why, "a reply does not fit into its conversation");
                    outcome = CallOutcome::Error("the reply does not fit into the conversation".to_owned());
                }
                Err(error) => {
                    tracing::error!(service = %pending.service, conversation = %pending.conversation, %error, "the result of a call was not stored; it is looked at again at the next start");
                    return;
                }
            }
        }
    }
}

fn too_large() -> CallOutcome {
    CallOutcome::Error("the reply is larger than 16 KB".to_owned())
}

fn kind(outcome: &CallOutcome) -> &'static str {
    match outcome {
        CallOutcome::Reply(_) => "reply",
        CallOutcome::Status(_) => "status",
        CallOutcome::Timeout => "timeout",
        CallOutcome::Error(_) => "error",
        CallOutcome::Unknown => "unknown",
    }
}
