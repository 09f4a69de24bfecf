//! Erasing people, and what is older than the operator wants to keep.

use std::collections::BTreeSet;

use crate::engine::{Clock, Engine, TurnError, contact_of, contacts};
use crate::id::{ContactId, ConversationId, SiteId};
use crate::store::{AppendError, ReadError, Space, Store, StreamId};
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

/// Erases a person from a store: their conversations, each told to `forget`, and all that is known of them. Gives the number
/// of erased conversations.
async fn erase_person(
    store: &dyn Store,
    site: &SiteId,
    contact: ContactId,
    now: Time,
    forget: impl Fn(ConversationId) + Send,
) -> Result<usize, EraseError> {
    let mut erased = 0;
    loop {
        let conversations = contacts::conversations(store, site, contact)?;
        if conversations.is_empty() {
            break;
        }
        let streams = conversations.iter().map(|id| StreamId::Conversation(site.clone(), *id));
        store.erase(streams.collect(), now).await?;
        erased += conversations.len();
        conversations.into_iter().for_each(&forget);
    }
    store.erase(vec![StreamId::Contact(site.clone(), contact)], now).await?;
    Ok(erased)
}

/// Erases a person from a store that no engine runs on. Gives the number of erased conversations.
pub async fn erase_contact(store: &dyn Store, site: &SiteId, contact: ContactId) -> Result<usize, EraseError> {
    erase_person(store, site, contact, Clock::system().now(), |_| ()).await
}

impl Engine {
    /// Erases a person: their conversations and all that is known of them. Gives the number of erased conversations.
    pub async fn erase_contact(&self, site: &SiteId, contact: ContactId) -> Result<usize, EraseError> {
        if contacts::load(&*self.0.store, site, contact)?.is_none() {
            return Err(EraseError::NoSuchContact);
        }
        let now = self.0.clock.now();
        let erased = erase_person(&*self.0.store, site, contact, now, |id| self.forget(id)).await?;
        // A cached conversation may still hold what was known.
        self.0.cache.clear();
        Ok(erased)
    }

    /// Erases closed conversations that nobody touched for longer than `keep`, and the people of whom no conversation is
    /// left. Gives the number of conversations.
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

    /// Erases conversations and, in the same request, the people who have no other: the store ends an erasing that a crash
    /// cut short, so nobody is left behind without a conversation by which they would be found.
    async fn erase_with_people(&self, site: &SiteId, ids: &BTreeSet<ConversationId>) -> Result<(), EraseError> {
        let store = &*self.0.store;
        let mut people = BTreeSet::new();
        for id in ids {
            people.extend(contact_of(store, site, *id)?);
        }
        let mut streams: Vec<_> = ids.iter().map(|id| StreamId::Conversation(site.clone(), *id)).collect();
        // While this looks and erases, nobody of them may come back: their next conversation would name a person who is gone.
        let mut lanes = Vec::new();
        for contact in people {
            for address in contacts::load(store, site, contact)?.map(|contact| contact.addresses).unwrap_or_default() {
                lanes.push(self.0.lanes.enter(&address.key()).await.map_err(|_| TurnError::busy())?);
            }
            if contacts::conversations(store, site, contact)?.iter().all(|id| ids.contains(id)) {
                streams.push(StreamId::Contact(site.clone(), contact));
            }
        }
        store.erase(streams, self.0.clock.now()).await?;
        ids.iter().for_each(|id| self.forget(*id));
        Ok(())
    }
}
