//! Events for the owner's own systems: what happened, as signed webhooks. An event for an endpoint is an outbox row of the commit
//! it comes from, so no crash loses one; a worker for each endpoint sends them (`deliver`) in the order of its `line`, and the row stays
//! for a while as the entry of the delivery log (`log`). What an event tells is in `payload`; the way back, for a desk elsewhere,
//! in `desk`.

mod deliver;
mod desk;
mod line;
mod log;
mod payload;

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::channel::SigningKey;
use crate::dialog::{Conversation, Event, Owner, Recorded};
use crate::id::{ConversationId, EventNo, SiteId};
use crate::store::Key;

pub(super) use deliver::Worker;
pub use desk::{DeskCommand, DeskDone};
pub use log::{EndpointLog, LogFilter, Logged, State};

/// What the keys of the rows begin with: `event/<endpoint>/<position>/<event>`.
const ROWS: &str = "event/";

/// A kind of event, as receivers know it. Their names are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A conversation began.
    ConversationOpened,
    /// A conversation is over for good.
    ConversationClosed,
    /// The visitor needs a person.
    HandoffRequested,
    /// A person has the conversation.
    HandoffAssigned,
    /// A person gave the conversation up or lost it: the visitor waits again.
    HandoffReturned,
    /// The visitor no longer needs a person: the bot has the conversation again.
    HandoffEnded,
    /// The visitor wrote to a person, or to the queue.
    MessageReceived,
    /// The visitor took a message back.
    MessageTakenBack,
    /// The case is solved.
    ConversationResolved,
    /// The visitor wrote after that: the bot has the conversation again.
    ConversationReopened,
    /// The visitor rated.
    RatingGiven,
    /// A message was left for later.
    MessageLeft,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::ConversationOpened,
        Self::ConversationClosed,
        Self::HandoffRequested,
        Self::HandoffAssigned,
        Self::HandoffReturned,
        Self::HandoffEnded,
        Self::MessageReceived,
        Self::MessageTakenBack,
        Self::ConversationResolved,
        Self::ConversationReopened,
        Self::RatingGiven,
        Self::MessageLeft,
    ];

    /// Its name on the wire and in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConversationOpened => "conversation.opened",
            Self::ConversationClosed => "conversation.closed",
            Self::HandoffRequested => "handoff.requested",
            Self::HandoffAssigned => "handoff.assigned",
            Self::HandoffReturned => "handoff.returned",
            Self::HandoffEnded => "handoff.ended",
            Self::MessageReceived => "message.received",
            Self::MessageTakenBack => "message.taken_back",
            Self::ConversationResolved => "conversation.resolved",
            Self::ConversationReopened => "conversation.reopened",
            Self::RatingGiven => "rating.given",
            Self::MessageLeft => "message.left",
        }
    }

    /// The kind with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind that tells of an event; none where it is nobody's business.
    fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Opened { .. } => Self::ConversationOpened,
            Event::Closed { .. } => Self::ConversationClosed,
            Event::HandoffRequested { .. } => Self::HandoffRequested,
            Event::Assigned { .. } => Self::HandoffAssigned,
            Event::Returned { .. } => Self::HandoffReturned,
            Event::QueueLeft { .. } | Event::HandedBack { .. } => Self::HandoffEnded,
            Event::VisitorSaid { .. } | Event::VisitorSent { .. } | Event::RemoteSent { .. } => Self::MessageReceived,
            Event::TakenBack { .. } => Self::MessageTakenBack,
            Event::Resolved { .. } => Self::ConversationResolved,
            Event::Reopened => Self::ConversationReopened,
            Event::Rated { .. } => Self::RatingGiven,
            Event::MessageLeft { .. } => Self::MessageLeft,
            _ => return None,
        })
    }
}

/// One of the owner's systems that hears of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name made of its address and site: it stays the same over restarts.
    id: String,
    /// Where.
    pub url: String,
    /// With which the events are proved to come from us, and its commands from it.
    pub key: SigningKey,
    /// Only events of this site; none means all.
    pub site: Option<SiteId>,
    /// Only these; none means all.
    pub send: Vec<EventKind>,
}

impl Endpoint {
    /// An endpoint.
    pub fn new(url: String, key: SigningKey, site: Option<SiteId>, send: Vec<EventKind>) -> Self {
        let named = format!("{url}\n{}", site.as_ref().map_or("", SiteId::as_str));
        let id = Sha256::digest(named.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { id, url, key, site, send }
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its address without what may be a secret in it: the name of a user, and what follows `?`.
    pub fn shown_url(&self) -> String {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or_default())
    }

    /// Whether it may know of a site.
    fn serves(&self, site: &SiteId) -> bool {
        self.site.as_ref().is_none_or(|own| own == site)
    }

    fn wants(&self, kind: EventKind) -> bool {
        self.send.is_empty() || self.send.contains(&kind)
    }

    /// What the keys of its rows begin with.
    fn rows(&self) -> String {
        format!("{ROWS}{}/", self.id)
    }
}

/// All endpoints, and the address under which the world reaches the desk, which events name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Each once.
    pub all: Vec<Endpoint>,
    /// Such as `https://chat.example`.
    pub public_url: String,
}

impl Endpoints {
    /// A worker for each.
    pub(super) fn workers(&self) -> Vec<Arc<Worker>> {
        self.all.iter().cloned().map(|endpoint| Arc::new(Worker::new(endpoint))).collect()
    }
}

/// The outbox rows of what the endpoints must hear of these events. `before` is the conversation as it was: what the visitor
/// writes is told while a person should answer it, and what they ask the bot is not.
pub(super) fn rows(
    workers: &[Arc<Worker>],
    site: &SiteId,
    before: &Conversation,
    events: &[Recorded],
) -> Vec<(Key, Vec<u8>)> {
    let mut rows = Vec::new();
    let to_person = matches!(before.owner(), Some(Owner::Queue(_) | Owner::Agent(_)));
    for recorded in events {
        let Some(kind) = EventKind::of(&recorded.event) else { continue };
        if kind == EventKind::MessageReceived && !to_person {
            continue;
        }
        let endpoints = workers.iter().map(|worker| &worker.endpoint);
        for endpoint in endpoints.filter(|endpoint| endpoint.serves(site) && endpoint.wants(kind)) {
            let key = Key::at(endpoint.rows(), recorded.no, format!("/{:020}", recorded.no.0));
            rows.push((key, Vec::new()));
        }
    }
    rows
}

/// The name of an event, the same for every endpoint and every try: receivers know by it what they have had.
fn event_id(conversation: ConversationId, event: EventNo) -> String {
    format!("{conversation}-{event}")
}

/// The conversation and the event that such a name names.
fn read_event_id(id: &str) -> Option<(ConversationId, EventNo)> {
    let (conversation, event) = id.rsplit_once('-')?;
    Some((conversation.parse().ok()?, EventNo(event.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (url, shown) in [
            ("https://user:secret@shop.example/hooks?key=secret#secret", "https://shop.example/hooks"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("https://shop.example/@team/hook", "https://shop.example/@team/hook"),
        ] {
            let key = SigningKey::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
            assert_eq!(Endpoint::new(url.to_owned(), key, None, Vec::new()).shown_url(), shown);
        }
    }
}
