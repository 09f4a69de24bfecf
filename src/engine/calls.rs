//! Calls to services. A `Called` event has an outbox row in its own commit; the call is made after the commit is durable, and
//! its result comes back as an input, whose commit removes the row. What may not be repeated is marked before it is sent, so
//! that after a crash its outcome is unknown rather than done twice. Addresses, bodies and secrets are never logged.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::dialog::{CallOutcome, Event, Input};
use crate::engine::settings::Lookup;
use crate::engine::{Engine, Settings, TurnError, codec};
use crate::flow::{Method, Request, Service, request};
use crate::id::{ConversationId, EventNo, ServiceName, SiteId};
use crate::store::{ReadError, Row, Settle, Space, StreamId};
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

/// How often a result is offered to a busy store before it waits for the next start.
const RESULT_TRIES: u32 = 20;

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
}

/// What calls are made with.
pub(super) struct Calls {
    client: reqwest::Client,
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
        Ok(Self { client, env: settings.env.clone(), secret: settings.secret.clone() })
    }
}

/// The key of a call's outbox row.
pub(super) fn key(site: &SiteId, conversation: ConversationId, event: EventNo) -> String {
    format!("call/{}/{conversation}/{:020}", view::part(site.as_str()), event.0)
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

    /// Makes the calls that were under way when the server stopped, or says that their outcome is unknown.
    pub(super) fn resume_calls(&self) -> Result<(), ReadError> {
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Outbox, "call/", after.as_deref(), 500)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for row in page {
                match self.pending(&row) {
                    Ok(Some(pending)) if row.value == SENT => {
                        let engine = self.clone();
                        self.under_way(async move { engine.call_done(&pending, CallOutcome::Unknown).await });
                    }
                    Ok(Some(pending)) => self.begin_call(pending),
                    Ok(None) => tracing::warn!(row = row.key, "a row of a call names no call"),
                    Err(error) => tracing::error!(row = row.key, %error, "a call cannot be resumed"),
                }
            }
        }
    }

    fn pending(&self, row: &Row) -> Result<Option<Pending>, TurnError> {
        let StreamId::Conversation(site, conversation) = &row.owner else { return Ok(None) };
        let event = row.key.rsplit_once('/').and_then(|(_, event)| event.parse().ok()).map_or(EventNo(0), EventNo);
        let before = EventNo(event.0.saturating_sub(1));
        let Some(stored) = self.0.store.events(&row.owner, before, 1)?.into_iter().next() else { return Ok(None) };
        let Event::Called { service, with } = codec::decode_recorded(stored.no, &stored.bytes)?.event else {
            return Ok(None);
        };
        let clear = self.find(*conversation)?.and_then(|hot| hot.conversation.clear.calls.get(&event).cloned());
        let with = clear.unwrap_or(with);
        Ok(Some(Pending { site: site.clone(), conversation: *conversation, event, service, with }))
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
                        // It could not be marked as sent, so it was not sent: it waits for the next start.
                        None => return,
                    },
                }
            }
        };
        self.call_done(&pending, outcome).await;
    }

    /// Sends, and sends again what may be repeated, until there is an answer that counts.
    async fn ask(&self, pending: &Pending, service: &Service, request: &Request) -> Option<CallOutcome> {
        let repeatable = service.idempotent || service.method == Method::Get;
        if !repeatable {
            let sent = (key(&pending.site, pending.conversation, pending.event), SENT.to_vec());
            let settle = Settle { retry: vec![sent], ..Settle::default() };
            if let Err(error) = self.0.store.settle(settle).await {
                tracing::error!(service = %pending.service, %error, "a call waits for the next start");
                return None;
            }
        }
        let timeout = Duration::from_millis(u64::try_from(service.timeout.0).unwrap_or(10_000));
        let began = Instant::now();
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let outcome = self.send(pending, request, timeout).await;
            let (name, kind) = (pending.service.to_string(), kind(&outcome));
            metrics::counter!("frontdesk_calls_total", "service" => name, "outcome" => kind).increment(1);
            let may_pass = match &outcome {
                CallOutcome::Reply(_) | CallOutcome::Unknown => false,
                CallOutcome::Status(status) => *status == 429 || *status >= 500,
                CallOutcome::Timeout | CallOutcome::Error(_) => true,
            };
            // The visitor is waiting: repeats end when the time of two timeouts is used up.
            if !may_pass || !repeatable || tries >= TRIES_MAX || began.elapsed() + pause > timeout * 2 {
                if may_pass {
                    tracing::warn!(service = %pending.service, conversation = %pending.conversation, outcome = kind, tries, "a service failed");
                }
                return Some(outcome);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            tries += 1;
        }
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
                return Ok(CallOutcome::Error("the reply is larger than 16 KB".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        if body.is_empty() {
            return Ok(CallOutcome::Reply(Value::Null));
        }
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        Ok(CallOutcome::Reply(serde_json::from_slice(&body).unwrap_or_else(|_| text())))
    }

    /// Brings a result to the conversation.
    async fn call_done(&self, pending: &Pending, outcome: CallOutcome) {
        for attempt in 1..=RESULT_TRIES {
            let input = Input::CallDone { call: pending.event, outcome: outcome.clone() };
            match self.turn_of(pending.conversation, input, None).await {
                Ok(_) => return,
                Err(TurnError::Busy { .. }) if attempt < RESULT_TRIES => tokio::time::sleep(PAUSE * attempt).await,
                Err(TurnError::NoSuchConversation(_)) => return,
                Err(error) => {
                    tracing::error!(service = %pending.service, conversation = %pending.conversation, %error, "the result of a call was not stored; it is looked at again at the next start");
                    return;
                }
            }
        }
    }
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
