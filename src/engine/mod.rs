//! The engine: what makes the pure dialog a server. A turn is: load the state, decide, append, and only after the append is
//! durable let anybody see or do anything. It knows no HTTP and no channel; those call it.
//!
//! Start with `turn` (the one way in which conversations change), then `visitor` and `agent` (who asks for turns), then the
//! tasks that ask for turns by themselves: `timers`, `calls`, `assigner`. `world` says what decisions may know. Whatever is
//! kept in memory (`cache`, `views`, `presence`) can be lost: it is read back from the store at the start.

mod clock;
mod settings;
mod sites;
pub mod token;

pub mod codec;
mod rebuild;

mod cache;
mod lanes;

mod agent;
mod turn;
mod visitor;
mod world;

mod accounts;
mod alerts;
mod audit;
mod contacts;
mod identity;
mod people;
mod person;
mod presence;
mod sources;

mod assigner;
mod assist;
mod calls;
mod events;
mod fetching;
mod intake;
mod latest;
mod moved;
mod outbox;
mod platform;
mod post;
mod progress;
mod receipts;
mod remembered;
mod taken_back;
mod timers;
mod unlearning;
mod views;

mod desk;
mod erase;
mod files;
mod floor;
mod housekeeping;
mod hub;
mod lists;
mod marks;
mod mentions;
mod outside;
mod pictures;
pub mod reload;
mod search;
mod signals;
mod telegram_desk;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::dialog::{Address, Conversation, Recorded};
use crate::id::{AgentId, ConversationId, EventNo, SiteId};
use crate::store::{ReadError, Store, StreamId};

pub use accounts::{
    Account, AccountChange, AccountError, AccountEvent, Accounts, AgentStatus, CAPACITY, CAPACITY_MAX, NewAccount,
    RESET_LINK, Role, SESSION,
};
pub use alerts::{Alert, Heard, LATE};
pub use audit::{Audit, AuditFilter, AuditPage, Audited, KEPT as AUDIT_KEPT, audit};
pub use clock::Clock;
pub use contacts::{Block, Contact, ContactEvent, Known};
pub use desk::{AgentRow, Card, Inbox, Row, Whose};
pub use erase::{EraseError, erase_contact};
pub use events::{
    DeskCommand, DeskDone, Endpoint, EndpointLog, Endpoints, EventKind, LogFilter, Logged, State as EventState,
};
pub use files::{FileError, Incoming, Received};
pub use floor::{Floor, FloorAgent, FloorQueue};
pub use hub::{DeskHint, Grown, Hint, Hub, Push, Pushed};
pub use identity::{SIGNED_IN, Told, address_of};
pub use lists::{COUNT_MAX, Count, Filter, List, Page};
pub use mentions::MentionRow;
pub use outside::{Health, contact_of, has_contact, open_accounts};
pub use people::{Deed, Fact, FactValue, GoesOn, Member, PersonError, PersonRow, PersonSheet};
pub use person::{
    ATTRIBUTE_NAME_BYTES_MAX, ATTRIBUTES_MAX, Attributes, FACT_CHARS_MAX, IDENTITY_BYTES_MAX, Person, fact, is_name,
};
pub use presence::{Connected, GRACE};
pub use rebuild::FromEvents;
pub use search::{Found, Hit, HitLine, Search, SearchError, SearchIn};
pub use settings::{Lookup, Settings, Words};
pub use signals::{Receipts, Signal, SignalKind};
pub use sites::{LiveSite, Look, Site};
pub use sources::Source;
pub use telegram_desk::TelegramOffer;
pub use turn::{TurnDone, TurnError};
pub use visitor::{CLIENT_ID_BYTES_MAX, LANGUAGE_BYTES_MAX, VisitorFacts, VisitorTurn};
pub use watch::{Watcher, Watching, Writing};

/// The engine. Cloning it is cheap; all clones are the same engine.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    settings: Settings,
    clock: Clock,
    sites: BTreeMap<SiteId, Arc<LiveSite>>,
    lanes: Arc<lanes::Lanes>,
    cache: cache::Cache,
    hub: Hub,
    accounts: Accounts,
    presence: Arc<presence::Presence>,
    views: views::Views,
    timers: timers::Timers,
    calls: calls::Calls,
    outbox: outbox::Outbox,
    events: Vec<Arc<events::Worker>>,
    desk: telegram_desk::Desk,
    marks: marks::Marks,
    search: search::Feed,
    watchers: Arc<watch::Watchers>,
    people: people::Relations,
    directory: people::Directory,
    failures: audit::Failures,
    wakers: Arc<Wakers>,
    /// Held while two people become one, or two again.
    merging: tokio::sync::Mutex<()>,
    /// Held while somebody is assigned, and while an agent is found silent.
    assigning: tokio::sync::Mutex<()>,
    flight: turn::Flight,
    /// Whether the disk is so full that no new conversation may begin.
    low_space: AtomicBool,
    tasks: Mutex<JoinSet<()>>,
}

/// What wakes the tasks that act by themselves.
#[derive(Debug, Default)]
struct Wakers {
    assigner: Notify,
    timers: Notify,
    contacts: Notify,
    places: Notify,
}

/// Why the engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is nothing to serve.
    #[error("there is no site to serve")]
    NoSite,
    /// Two sites have one id.
    #[error("two sites are called \"{0}\"")]
    SameSite(SiteId),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Calls to services cannot be made.
    #[error("the HTTP client for services cannot be set up: {0}")]
    Client(String),
}

impl Engine {
    /// Reads what it must know from the store and begins to work: deadlines that passed meanwhile fire, calls that were under
    /// way are settled, those who wait keep their places. Must be called inside a tokio runtime.
    pub fn start(store: Arc<dyn Store>, sites: Vec<Site>, settings: Settings) -> Result<Self, StartError> {
        let mut by_id = BTreeMap::new();
        for site in sites {
            let site = Arc::new(LiveSite::new(site));
            if let Some(same) = by_id.insert(site.id.clone(), site) {
                return Err(StartError::SameSite(same.id.clone()));
            }
        }
        if by_id.is_empty() {
            return Err(StartError::NoSite);
        }
        let clock = settings.clock.clone();
        let wakers = Arc::new(Wakers::default());
        let changed = {
            let wakers = Arc::clone(&wakers);
            Box::new(move || wakers.assigner.notify_one())
        };
        let accounts = Accounts::load(Arc::clone(&store), clock.clone(), changed)?;
        let calls = calls::Calls::new(&settings).map_err(|error| StartError::Client(error.to_string()))?;
        let outbox = outbox::Outbox::new(&settings).map_err(|error| StartError::Client(error.to_string()))?;
        let events = settings.events.workers();
        let desk = telegram_desk::Desk::new(&settings);
        let engine = Self(Arc::new(Inner {
            presence: Arc::new(presence::Presence::new(clock.clone())),
            people: people::Relations::read(&*store)?,
            directory: people::Directory::default(),
            failures: audit::Failures::default(),
            merging: tokio::sync::Mutex::default(),
            timers: timers::Timers::default(),
            views: views::Views::default(),
            store,
            settings,
            clock,
            sites: by_id,
            lanes: Arc::default(),
            cache: cache::Cache::default(),
            hub: Hub::default(),
            accounts,
            calls,
            outbox,
            events,
            desk,
            marks: marks::Marks::default(),
            search: search::Feed::default(),
            watchers: Arc::default(),
            wakers,
            assigning: tokio::sync::Mutex::default(),
            flight: turn::Flight::default(),
            low_space: AtomicBool::new(false),
            tasks: Mutex::new(JoinSet::new()),
        }));
        engine.read_views()?;
        engine.read_mirrors()?;
        engine.look_at_disk();
        engine.finish_files(true);
        let interrupted = engine.interrupted_calls()?;
        {
            let mut tasks = engine.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            tasks.spawn(engine.clone().keep_time());
            tasks.spawn(engine.clone().assign());
            tasks.spawn(engine.clone().tell_places());
            tasks.spawn(engine.clone().bring_to_contacts());
            tasks.spawn(engine.clone().keep_house());
            tasks.spawn(engine.clone().write_marks());
            tasks.spawn(engine.clone().keep_index());
            for worker in &engine.0.events {
                tasks.spawn(engine.clone().keep_telling(Arc::clone(worker)));
            }
        }
        engine.resume_calls(interrupted);
        engine.resume_sending()?;
        engine.resume_fetching()?;
        Ok(engine)
    }

    /// Lets turns and calls that are under way come to their end, for a while, and stops.
    pub async fn shutdown(&self) {
        self.0.flight.close();
        let mut tasks = std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
        self.0.flight.landed().await;
        self.write_all_failures().await;
        if let Err(error) = self.flush_marks().await {
            tracing::warn!(%error, "the last marks of delivery were not written; something may be sent once more");
        }
    }

    /// A site.
    pub fn site(&self, id: &SiteId) -> Option<&Arc<LiveSite>> {
        self.0.sites.get(id)
    }

    /// All sites, by id.
    pub fn sites(&self) -> impl Iterator<Item = &Arc<LiveSite>> {
        self.0.sites.values()
    }

    /// Puts another bot in the place of a site's. Turns that have begun end with the old one. Says whether there is such a site.
    pub fn swap_bot(&self, site: &SiteId, bot: Arc<crate::bot::Bot>) -> bool {
        let Some(site) = self.site(site) else { return false };
        site.swap(bot);
        self.0.wakers.assigner.notify_one();
        true
    }

    /// Notes that a site's changed bot has mistakes, so that the old one goes on.
    pub fn refuse_bot(&self, site: &SiteId) {
        if let Some(site) = self.site(site) {
            site.refuse();
        }
    }

    /// Agents' accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Live push.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The store, for tools that export, verify or show figures.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// An agent's desk is connected until what this gives is dropped.
    pub fn connected(&self, agent: AgentId) -> Connected {
        self.0.presence.connect(agent);
        self.0.wakers.assigner.notify_one();
        self.hint_of(agent);
        let wakers = Arc::clone(&self.0.wakers);
        let changed = Box::new(move || wakers.assigner.notify_one());
        Connected { agent, presence: Arc::clone(&self.0.presence), changed }
    }

    /// An agent did something, by whatever way: that counts as being at the desk for the time of the grace.
    pub fn seen(&self, agent: AgentId) {
        if self.0.presence.seen(agent) {
            self.0.wakers.assigner.notify_one();
        }
    }

    /// What an agent has chosen: available or away.
    pub async fn set_status(&self, agent: AgentId, status: AgentStatus) -> Result<Arc<Account>, AccountError> {
        let before = self.0.accounts.get(agent).map(|account| account.status);
        if before == Some(AgentStatus::Available) && status == AgentStatus::Away {
            self.0.presence.chose_away(agent);
        }
        let account = self.0.accounts.set_status(agent, status).await?;
        self.hint_of(agent);
        Ok(account)
    }

    /// Says to the desks of an agent's sites that the agent changed.
    fn hint_of(&self, agent: AgentId) {
        let sites = self.0.accounts.get(agent).map(|account| account.sites.clone()).unwrap_or_default();
        self.0.hub.hint(DeskHint { sites, urgent: false });
    }

    /// A conversation's state; none if there is no such conversation on any site.
    pub fn conversation(&self, id: ConversationId) -> Result<Option<Arc<Conversation>>, TurnError> {
        Ok(self.find(id)?.map(|hot| Arc::clone(&hot.conversation)))
    }

    /// The open conversation on an address.
    pub fn current(&self, address: &Address) -> Result<Option<ConversationId>, TurnError> {
        Ok(self.open_on(address)?.map(|hot| hot.id))
    }

    /// At most `limit` events of a conversation after a number.
    pub fn events(&self, id: ConversationId, after: EventNo, limit: usize) -> Result<Vec<Recorded>, TurnError> {
        let Some(hot) = self.find(id)? else { return Err(TurnError::NoSuchConversation(id)) };
        if hot.conversation.version <= after {
            return Ok(Vec::new());
        }
        let stream = StreamId::Conversation(hot.site.id.clone(), id);
        Ok(rebuild::recorded(&self.0.store.events(&stream, after, limit)?)?)
    }

    /// The visitor's place in the queue and how long it may take; none if they do not wait.
    pub fn place(&self, id: ConversationId) -> Option<Hint> {
        self.0.views.place(id)
    }

    /// Whether the visitor's next word is awaited, or a person's answer: nothing more comes by itself soon.
    pub fn awaits_somebody(conversation: &Conversation) -> bool {
        use crate::dialog::WaitKind;
        let kind = conversation.open_wait().map(|wait| &wait.kind);
        !conversation.with_bot() || !matches!(kind, Some(WaitKind::Call { .. } | WaitKind::Timer { .. }))
    }
}
