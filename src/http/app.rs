//! What all handlers share: the engine, the operator's config, rate limits and the places for sockets and streams.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::request::Parts;
use tokio::sync::Semaphore;

use crate::dialog::Address;
use crate::engine::Engine;
use crate::http::allowed::AllowedOrigin;
use crate::http::assets::{self, Asset};
use crate::http::demo::DemoShop;
use crate::http::directline::Lives;
use crate::http::error::ApiError;
use crate::http::limits::{ARCHIVE_READ_WAIT, ARCHIVE_READS_MAX, STREAMS_MAX};
use crate::http::listener::Stopping;
use crate::http::rate::Rates;
use crate::http::settings::HttpConfig;
use crate::http::trouble::{archive_busy, turn_failed};
use crate::http::uploads::Uploads;
use crate::http::visitor::wire::QueueHint;
use crate::http::{peer, rest::Cursors};
use crate::id::{ConversationId, SiteId};

/// The widgets that were made: of which site, and whether named; whether it had invitations.
type Widgets = BTreeMap<(SiteId, bool), (bool, Arc<Asset>)>;

/// What all handlers share; a cheap clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    engine: Engine,
    config: HttpConfig,
    stopping: Stopping,
    rates: Rates,
    sockets: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    lives: Arc<Lives>,
    uploads: Uploads,
    archive: Arc<Semaphore>,
    setup: tokio::sync::Mutex<()>,
    cursors: Cursors,
    demo: DemoShop,
    widgets: Mutex<Widgets>,
}

impl App {
    /// What handlers share, over an engine.
    pub fn new(engine: Engine, config: HttpConfig, stopping: Stopping) -> Self {
        Self(Arc::new(Inner {
            engine,
            stopping,
            rates: Rates::new(&config.limits),
            sockets: Arc::new(Semaphore::new(config.limits.sockets)),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            lives: Arc::default(),
            uploads: Uploads::default(),
            archive: Arc::new(Semaphore::new(ARCHIVE_READS_MAX)),
            setup: tokio::sync::Mutex::default(),
            cursors: Cursors::default(),
            demo: DemoShop::default(),
            widgets: Mutex::default(),
            config,
        }))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What the operator decided.
    pub fn config(&self) -> &HttpConfig {
        &self.0.config
    }

    /// Whether the server is stopping.
    pub fn stopping(&self) -> &Stopping {
        &self.0.stopping
    }

    /// How often one caller may call.
    pub fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// Places for WebSockets.
    pub fn sockets(&self) -> &Arc<Semaphore> {
        &self.0.sockets
    }

    /// Places for live streams of the desk.
    pub fn streams(&self) -> &Arc<Semaphore> {
        &self.0.streams
    }

    /// How long sockets of Direct Line may go on.
    pub(super) fn lives(&self) -> &Arc<Lives> {
        &self.0.lives
    }

    /// Places for files that arrive.
    pub(super) fn uploads(&self) -> &Uploads {
        &self.0.uploads
    }

    /// Places for reads of the archive.
    pub fn archive(&self) -> &Arc<Semaphore> {
        &self.0.archive
    }

    /// Reads the archive, which may take long, beside the threads that serve everybody. Only a few do so at once; whoever cannot
    /// begin soon is asked to come again.
    pub async fn read_archive<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Engine) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let place = tokio::time::timeout(ARCHIVE_READ_WAIT, Arc::clone(self.archive()).acquire_owned());
        let place = place.await.map_err(|_| archive_busy())?.map_err(ApiError::internal)?;
        let engine = self.0.engine.clone();
        // The place is held until the read ends, also where nobody waits for the answer any more.
        let done = tokio::task::spawn_blocking(move || {
            let read = read(&engine);
            drop(place);
            read
        });
        done.await.map_err(ApiError::internal)?
    }

    /// Held by the one who makes the first admin.
    pub fn setup(&self) -> &tokio::sync::Mutex<()> {
        &self.0.setup
    }

    /// How far the senders of the REST channel have read.
    pub(super) fn cursors(&self) -> &Cursors {
        &self.0.cursors
    }

    /// The pretended shop.
    pub fn demo(&self) -> &DemoShop {
        &self.0.demo
    }

    /// The widget of a site, which shows its look and knows whether it has invitations before it has asked for anything. It is
    /// told whether its address named the site; without that, its page may name another.
    pub fn widget(&self, id: &SiteId, named: bool) -> Option<Arc<Asset>> {
        let site = self.0.engine.site(id)?;
        let inviting = !site.bot().program.invites.is_empty();
        let mut kept = self.0.widgets.lock().unwrap_or_else(PoisonError::into_inner);
        // A bot that was read again may have other invitations.
        if let Some((before, asset)) = kept.get(&(id.clone(), named))
            && *before == inviting
        {
            return Some(Arc::clone(asset));
        }
        let mut look = serde_json::to_value(&site.look).unwrap_or_default();
        if let Some(look) = look.as_object_mut().filter(|_| inviting) {
            look.insert("invites".to_owned(), true.into());
        }
        let asset = Arc::new(assets::widget(&serde_json::json!({ "id": id, "named": named, "look": look })));
        kept.insert((id.clone(), named), (inviting, Arc::clone(&asset)));
        Some(asset)
    }

    /// The server's public address, if the operator named one.
    pub fn public_origin(&self) -> Option<&str> {
        self.0.config.public_url.as_deref()
    }

    /// A site by its name.
    pub fn site(&self, id: &str) -> Option<(&SiteId, &Vec<AllowedOrigin>)> {
        self.0.config.sites.get_key_value(id)
    }

    /// The site of a request that names none.
    pub fn default_site(&self) -> Option<(&SiteId, &Vec<AllowedOrigin>)> {
        self.0.config.sites.first()
    }

    /// Whether at least one site's allowed origins pass the test.
    pub fn any_site_allows(&self, test: impl Fn(&[AllowedOrigin]) -> bool) -> bool {
        self.0.config.sites.values().any(|origins| test(origins))
    }

    /// The caller's address.
    pub fn client(&self, parts: &Parts) -> IpAddr {
        peer::client(peer::peer(&parts.extensions), &parts.headers, &self.0.config.trusted_proxies)
    }

    /// Whether a visitor was ever seen at an address.
    pub fn knows(&self, address: &Address) -> Result<bool, ApiError> {
        self.0.engine.knows(address).map_err(turn_failed)
    }

    /// The visitor's conversation: the open one, else the last one.
    pub fn conversation_of(&self, address: &Address) -> Result<Option<ConversationId>, ApiError> {
        self.0.engine.latest(address).map_err(turn_failed)
    }

    /// The place in the queue, while the visitor waits.
    pub fn queue_hint(&self, id: ConversationId) -> Option<QueueHint> {
        self.0.engine.place(id).map(|hint| QueueHint::of(&hint))
    }
}
