//! Erasing people, and what is older than the operator wants to keep.

use std::collections::BTreeSet;

use crate::engine::{Engine, TurnError, contacts};
use crate::id::{ContactId, ConversationId, SiteId};
use crate::store::{AppendError, ReadError, Space, StreamId};
use crate::time::{Span, Time};
use crate::view;

/// How many conversations are erased at a time.
const AT_ONCE: usize = 50;

/// Why erasing failed. What was erased until then stays erased; asking again erases the rest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EraseError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// Reading failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] AppendError),
    /// The engine failed.
    #[error(transparent)]
    Turn(#[from] TurnError),
}

impl Engine {
    /// Erases a person: their conversations and all that is known of them. Gives the number of erased conversations.
    pub async fn erase_contact(&self, site: &SiteId, contact: ContactId) -> Result<usize, EraseError> {
        let mut erased = 0;
        if contacts::load(&*self.0.store, site, contact)?.is_none() {
            return Err(EraseError::NoSuchContact);
        }
        loop {
            let conversations = contacts::conversations(&*self.0.store, site, contact)?;
            if conversations.is_empty() {
                break;
            }
            erased += conversations.len();
            self.erase_conversations(site, conversations).await?;
        }
        self.0.store.erase(vec![StreamId::Contact(site.clone(), contact)], self.0.clock.now()).await?;
        // A cached conversation may still hold what was known.
        self.0.cache.clear();
        Ok(erased)
    }

    /// Erases conversations; the contact stays.
    pub async fn erase_conversations(&self, site: &SiteId, ids: Vec<ConversationId>) -> Result<(), EraseError> {
        for some in ids.chunks(AT_ONCE) {
            let streams = some.iter().map(|id| StreamId::Conversation(site.clone(), *id)).collect();
            self.0.store.erase(streams, self.0.clock.now()).await?;
            for id in some {
                self.forget(*id)?;
            }
        }
        Ok(())
    }

    /// Erases closed conversations that nobody touched for longer than `keep`, and people of whom nothing else is left. Gives
    /// the number of conversations.
    pub async fn erase_older(&self, keep: Span) -> Result<usize, EraseError> {
        let before = self.0.clock.now() - keep;
        let mut erased = 0;
        let sites: Vec<SiteId> = self.sites().map(|site| site.id.clone()).collect();
        for site in sites {
            let prefix = view::prefix::closed(&site);
            let from = format!("{prefix}{:020}/", i64::MAX - before.0.max(Time(0).0));
            loop {
                let rows = self.0.store.scan(Space::Index, &prefix, Some(&from), AT_ONCE)?;
                let ids: BTreeSet<_> = rows.iter().filter_map(super::rebuild::conversation_of).collect();
                if ids.is_empty() {
                    break;
                }
                self.erase_with_people(&site, &ids).await?;
                erased += ids.len();
            }
        }
        Ok(erased)
    }

    /// Erases conversations, and with them the people who have no other one: what is known of them came from these.
    async fn erase_with_people(&self, site: &SiteId, ids: &BTreeSet<ConversationId>) -> Result<(), EraseError> {
        let mut addresses = BTreeSet::new();
        let mut people = BTreeSet::new();
        for id in ids {
            let Some(hot) = self.find(*id)? else { continue };
            let Some(opening) = &hot.conversation.opening else { continue };
            people.insert(opening.contact);
            addresses.insert(opening.address.key());
        }
        // Whoever comes back just now waits for it, and is then somebody new.
        let mut turns = Vec::new();
        for address in &addresses {
            turns.push(self.0.lanes.enter(address).await.map_err(|_| TurnError::busy())?);
        }
        let mut streams: Vec<_> = ids.iter().map(|id| StreamId::Conversation(site.clone(), *id)).collect();
        for contact in people {
            if contacts::conversations(&*self.0.store, site, contact)?.iter().all(|id| ids.contains(id)) {
                streams.push(StreamId::Contact(site.clone(), contact));
            }
        }
        self.0.store.erase(streams, self.0.clock.now()).await?;
        ids.iter().try_for_each(|id| self.forget(*id))?;
        drop(turns);
        Ok(())
    }
}
