//! What the engine is told at its start.

use std::sync::Arc;

use crate::channel::{Channels, TelegramDesk};
use crate::engine::clock::Clock;
use crate::engine::events::Endpoints;
use crate::engine::search::SearchIn;
use crate::time::Span;

/// Gives a value by its name, or nothing.
pub type Lookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Gives a text for operators: a language, the text's name, what is filled in.
pub type Words = Arc<dyn Fn(&str, &str, &[(&'static str, &str)]) -> String + Send + Sync>;

/// What the engine is told at its start.
#[derive(Clone)]
pub struct Settings {
    /// Where the time comes from.
    pub clock: Clock,
    /// The environment as services see it (`env.NAME`).
    pub env: Lookup,
    /// Secrets of services (`secret.NAME`). They are never recorded and never logged.
    pub secret: Lookup,
    /// Closed conversations are erased after so long, and people of whom nothing else is left; none keeps them.
    pub retention: Option<Span>,
    /// Where the index of the search is.
    pub search: SearchIn,
    /// Messaging apps.
    pub channels: Arc<Channels>,
    /// The address under which the world reaches the server, without a path.
    pub public_url: String,
    /// The owner's own systems that hear of events.
    pub events: Arc<Endpoints>,
    /// The desk in Telegram.
    pub telegram_desk: Option<Arc<TelegramDesk>>,
    /// The texts that operators read there.
    pub words: Words,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            env: Arc::new(|_| None),
            secret: Arc::new(|_| None),
            retention: None,
            search: SearchIn::Nowhere,
            channels: Arc::default(),
            public_url: String::new(),
            events: Arc::default(),
            telegram_desk: None,
            words: Arc::new(|_, id, _| id.to_owned()),
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("clock", &self.clock)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
