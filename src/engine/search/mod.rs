//! The search over the whole archive: an index beside the store, which knows which conversation has which words, and nothing that
//! could not be read from the store again. `feed` keeps it in step with the store, `find` answers.
//!
//! Everything that the index holds follows from events and from what is known of people, so a missing, broken or foreign index is
//! made anew; one that the system does not let us use stays as it is, and the server goes on without a search. It holds words only, each once a conversation, never what was masked; a result's line is read from the store.

mod feed;
mod find;

use std::path::PathBuf;

use uuid::Uuid;

use crate::id::ConversationId;

pub(super) use feed::Feed;
pub use find::{Found, Hit, HitLine, Search, SearchError};

/// Where the index is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SearchIn {
    /// Nowhere: there is no search.
    #[default]
    Nowhere,
    /// In memory, for tests.
    Memory,
    /// In a folder of its own, which is made where it is missing.
    Folder(PathBuf),
}

/// The fields of the index.
mod field {
    /// Words of people, and what became known.
    pub(super) const PEOPLE: u8 = b'p';
    /// Words of the bot.
    pub(super) const BOT: u8 = b'b';
    /// What filters and permissions ask.
    pub(super) const FACET: u8 = b'f';
}

fn name_of(id: ConversationId) -> [u8; 16] {
    id.uuid().into_bytes()
}

fn id_of(name: [u8; 16]) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_bytes(name))
}
