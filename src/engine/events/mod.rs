//! Events for the owner's own systems: what happened, as signed webhooks. An event for an endpoint is an outbox row of the commit
//! it comes from, so no crash loses one; a worker for each endpoint sends them in their order (`deliver`), and the row stays for a
//! while as the entry of the delivery log (`log`). What an event tells is in `payload`; the way back, for a desk elsewhere, in
//! `desk`.

mod deliver;
mod desk;
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
pub use log::{Logged, State};

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
    /// The visitor no longer needs a person: the bot has the conversation again.
    HandoffEnded,
    /// The visitor wrote to a person, or to the queue.
    MessageReceived,
    /// The visitor took a message back.
    MessageTakenBack,
    /// The case is solved.
    ConversationResolved,
    /// The visitor rated.
    RatingGiven,
    /// A message was left for later.
    MessageLeft,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::ConversationOpened,
        Self::ConversationClosed,
        Self::HandoffRequested,
        Self::HandoffAssigned,
        Self::HandoffEnded,
        Self::MessageReceived,
        Self::MessageTakenBack,
        Self::ConversationResolved,
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
            Self::HandoffEnded => "handoff.ended",
            Self::MessageReceived => "message.received",
            Self::MessageTakenBack => "message.taken_back",
            Self::ConversationResolved => "conversation.resolved",
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
            Event::QueueLeft { .. } | Event::HandedBack { .. } => Self::HandoffEnded,
            Event::VisitorSaid { .. } | Event::VisitorSent { .. } | Event::RemoteSent { .. } => Self::MessageReceived,
            Event::TakenBack { .. } => Self::MessageTakenBack,
            Event::Resolved { .. } => Self::ConversationResolved,
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
