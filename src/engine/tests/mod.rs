//! The engine, driven as the outside drives it, on a store in memory or on disk and a clock set by hand. Every test ends with
//! an audit: what is stored must be what follows from the events.

mod accounts;
mod audit;
mod bot;
mod calls;
mod continuing;
mod files;
mod filing;
mod floor;
mod identity;
mod people;
mod persons;
mod queue;
mod reload;
mod retention;
mod search;
mod taken_back;
mod time;
mod troubled;
mod turns;
mod vouching;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::dialog::{Address, AgentCommand, AgentRef, Conversation, Event, Recorded};
use crate::engine::{
    AgentStatus, Clock, Connected, Engine, FromEvents, NewAccount, Role, SearchIn, Settings, Site, TurnDone, TurnError,
    VisitorFacts, VisitorTurn,
};
use crate::id::{ConversationId, EventNo};
use crate::store::{self, Space, Store};
use crate::time::{Span, Time};

/// Monday 2026-01-05 10:00 UTC.
const START: Time = Time(1_767_607_200_000);

/// Whoever waits longer than this for something that must happen has found a mistake.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// A shop that runs.
struct Shop {
    engine: Engine,
    clock: Clock,
    store: Arc<dyn Store>,
    services: String,
    folder: Option<TempDir>,
    search: bool,
}

/// An agent at the desk; dropping it leaves the desk.
struct AtDesk {
    agent: AgentRef,
    connected: Option<Connected>,
}

impl Shop {
    fn new() -> Self {
        Self::with_services("http://127.0.0.1:9")
    }

    fn with_services(services: &str) -> Self {
        Self::start(store::memory().unwrap(), Clock::by_hand(START), services.to_owned(), None)
    }

    fn on_disk(services: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        Self::start(store, Clock::by_hand(START), services.to_owned(), Some(folder))
    }

    /// A shop on disk whose archive can be searched.
    fn searching() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        Self::start_with(store, Clock::by_hand(START), "http://127.0.0.1:9".to_owned(), Some(folder), true)
    }

    fn start(store: Arc<dyn Store>, clock: Clock, services: String, folder: Option<TempDir>) -> Self {
        Self::start_with(store, clock, services, folder, false)
    }

    fn start_with(
        store: Arc<dyn Store>,
        clock: Clock,
        services: String,
        folder: Option<TempDir>,
        search: bool,
    ) -> Self {
        let env = services.clone();
        let settings = Settings {
            clock: clock.clone(),
            env: Arc::new(move |name| (name == "SHOP").then(|| env.clone())),
            secret: Arc::new(|name| (name == "KEY").then(|| "swordfish".to_owned())),
            search: match &folder {
                Some(folder) if search => SearchIn::Folder(folder.path().join("search")),
                _ => SearchIn::Nowhere,
            },
            ..Settings::default()
        };
        let sites = ["shop", "other"].map(site).into();
        let engine = Engine::start(Arc::clone(&store), sites, settings).unwrap();
        Self { engine, clock, store, services, folder, search }
    }

    /// Stops and starts again on the same folder, after `pause`.
    async fn restart(self, pause: Span) -> Self {
        let Self { engine, clock, store, services, folder, search } = self;
        stopped(engine, &store).await;
        drop(store);
        clock.advance(pause);
        let store = open(folder.as_ref().expect("only a shop on disk can restart").path());
        Self::start_with(store, clock, services, folder, search)
    }

    async fn agent(&self, name: &str) -> AtDesk {
        let email = format!("{name}@shop.example");
        let new = NewAccount { name: name.to_owned(), email, role: Role::Agent, ..NewAccount::default() };
        let account = self.engine.accounts().create(new).await.unwrap();
        self.engine.set_status(account.id, AgentStatus::Available).await.unwrap();
        AtDesk { agent: account.agent(), connected: Some(self.engine.connected(account.id)) }
    }

    /// An agent who takes nothing by themselves.
    async fn quiet_agent(&self, name: &str) -> AtDesk {
        let desk = self.agent(name).await;
        let change = super::AccountChange { capacity: Some(0), ..Default::default() };
        self.engine.accounts().update(desk.agent.id, change).await.unwrap();
        desk
    }

    /// The account behind a desk.
    fn account(&self, desk: &AtDesk) -> Arc<super::Account> {
        self.engine.accounts().get(desk.agent.id).expect("the account exists")
    }

    async fn says(&self, user: &str, text: &str) -> TurnDone {
        self.message(user, text, None).await.unwrap()
    }

    async fn message(&self, user: &str, text: &str, client: Option<&str>) -> Result<TurnDone, TurnError> {
        let turn = VisitorTurn::Message { text: text.to_owned(), client: client.map(str::to_owned) };
        self.engine.visitor(&address(user), VisitorFacts::default(), turn).await
    }

    async fn command(&self, desk: &AtDesk, id: ConversationId, command: AgentCommand) -> Result<TurnDone, TurnError> {
        self.engine.agent(&desk.agent, Role::Agent, id, command).await
    }

    fn state(&self, id: ConversationId) -> Arc<Conversation> {
        self.engine.conversation(id).unwrap().expect("the conversation exists")
    }

    fn events(&self, id: ConversationId) -> Vec<Recorded> {
        self.engine.events(id, EventNo(0), 10_000).unwrap()
    }

    /// Who owns a conversation: `bot`, `queue`, an agent's name, `resolved` or `closed`.
    fn owner(&self, id: ConversationId) -> String {
        let state = self.state(id);
        let summary = crate::view::summary(id, &state).unwrap();
        summary.agent.map_or(summary.owner.to_owned(), |agent| agent.name)
    }

    /// The texts of the bot, in order.
    fn bot_said(&self, id: ConversationId) -> Vec<String> {
        let said = |recorded: Recorded| match recorded.event {
            Event::BotSaid { message, .. } => Some(message.text),
            _ => None,
        };
        self.events(id).into_iter().filter_map(said).collect()
    }

    /// Waits until something is so; looks again whenever anything was committed, and soon after: a commit is told before what
    /// follows from it.
    async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let mut notices = self.store.subscribe();
        let mut hints = self.engine.hub().desk();
        let waiting = async {
            while !is_so() {
                tokio::select! {
                    _ = notices.recv() => {}
                    _ = hints.recv() => {}
                    () = tokio::time::sleep(std::time::Duration::from_millis(20)) => {}
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "waited in vain until {what}");
    }

    /// Lets time pass until something is so.
    async fn until_in_time(&self, what: &str, is_so: impl Fn() -> bool) {
        let mut notices = self.store.subscribe();
        let waiting = async {
            while !is_so() {
                self.clock.advance(Span::seconds(1));
                // Whatever follows from the second that has passed gets its turn; nothing may follow.
                let _ = tokio::time::timeout(std::time::Duration::from_millis(5), notices.recv()).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "waited in vain until {what}");
    }

    /// Everything stored must be what follows from the events; the live states too.
    async fn audit(self) {
        self.engine.shutdown().await;
        let report = store::transfer::verify(&*self.store, &FromEvents).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        for stream in self.store.streams(None, usize::MAX).unwrap() {
            if let store::StreamId::Conversation(_, id) = stream {
                let live = self.state(id);
                let live = Conversation { clear: crate::dialog::Clear::default(), ..(*live).clone() };
                assert_eq!(live, Conversation::replay(&self.events(id)), "the live state is not that of its events");
            }
        }
    }
}

/// Stops an engine, and waits until the store is the caller's alone: tasks that were aborted may hold it for a moment.
async fn stopped(engine: Engine, store: &Arc<dyn Store>) {
    engine.shutdown().await;
    drop(engine);
    let waiting = async {
        while Arc::strong_count(store) > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("somebody still holds the store");
}

fn open(folder: &Path) -> Arc<dyn Store> {
    store::open(folder, "a test").unwrap()
}

pub(super) fn site(id: &str) -> Site {
    Site {
        id: id.into(),
        title: id.to_owned(),
        bot: Arc::new(bot::bot("1")),
        origins: Vec::new(),
        look: super::Look::default(),
    }
}

fn address(user: &str) -> Address {
    Address {
        site: "shop".into(),
        channel: "web".into(),
        account: String::new(),
        chat: String::new(),
        user: user.to_owned(),
    }
}
