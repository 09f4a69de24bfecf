//! Erasing people, and what is older than the operator wants to keep.

use std::collections::BTreeSet;

use crate::engine::lanes::LaneTurn;
use crate::engine::people::{Relations, went_on};
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

/// Erases a person from a store: the conversations of all their contacts, each told to `forget`, and all that is known of them.
/// Gives the number of erased conversations.
async fn erase_person(
    store: &dyn Store,
    site: &SiteId,
    group: &[ContactId],
    now: Time,
    group_of: impl Fn(ContactId) -> Vec<ContactId> + Send,
    forget: impl Fn(ConversationId) + Send,
) -> Result<usize, EraseError> {
    let mut erased = 0;
    for contact in group {
        // What went on as somebody else's holds their words, and so may what is known of whoever has it.
        for went in went_on(store, site, *contact)?.into_iter().filter(|went| !group.contains(&went.to)) {
            went.unlearned(store, site, &group_of(went.to), now).await?;
            store.erase(vec![StreamId::Conversation(site.clone(), went.conversation)], now).await?;
            erased += 1;
            forget(went.conversation);
        }
        loop {
            let conversations = contacts::conversations(store, site, *contact)?;
            if conversations.is_empty() {
                break;
            }
            let streams = conversations.iter().map(|id| StreamId::Conversation(site.clone(), *id));
            store.erase(streams.collect(), now).await?;
            erased += conversations.len();
            conversations.into_iter().for_each(&forget);
        }
    }
    // All at once: what a crash cuts short is ended at the next start, and no alias is left behind.
    store.erase(group.iter().map(|contact| StreamId::Contact(site.clone(), *contact)).collect(), now).await?;
    Ok(erased)
}

/// Erases a person from a store that no engine runs on. Gives the number of erased conversations.
pub async fn erase_contact(store: &dyn Store, site: &SiteId, contact: ContactId) -> Result<usize, EraseError> {
    let people = Relations::read(store)?;
    let group = people.group(contact);
    erase_person(store, site, &group, Clock::system().now(), |contact| people.group(contact), |_| ()).await
}

impl Engine {
    /// Erases a person: their conversations and all that is known of them. Gives the number of erased conversations.
    pub async fn erase_contact(&self, site: &SiteId, contact: ContactId) -> Result<usize, EraseError> {
        if contacts::load(&*self.0.store, site, contact)?.is_none() {
            return Err(EraseError::NoSuchContact);
        }
        let now = self.0.clock.now();
        let group = self.0.people.group(contact);
        // Who writes meanwhile would begin a conversation of somebody who is gone a moment later.
        let _still = self.hold_still(site, &group).await?;
        let group_of = |contact| self.0.people.group(contact);
        let erased = erase_person(&*self.0.store, site, &group, now, group_of, |id| self.forget(id)).await?;
        self.0.people.forget(&group);
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
            people.extend(contact_of(store, site, *id)?.map(|contact| self.0.people.root(contact)));
        }
        let mut streams: Vec<_> = ids.iter().map(|id| StreamId::Conversation(site.clone(), *id)).collect();
        // While this looks and erases, nobody of them may come back: their next conversation would name a person who is gone.
        let everybody: Vec<ContactId> = people.iter().flat_map(|person| self.0.people.group(*person)).collect();
        let _still = self.hold_still(site, &everybody).await?;
        let mut gone = Vec::new();
        for person in people {
            let group = self.0.people.group(person);
            let mut nothing_else = true;
            for contact in &group {
                nothing_else &= contacts::conversations(store, site, *contact)?.iter().all(|id| ids.contains(id));
            }
            if nothing_else {
                gone.extend(group);
            }
        }
        streams.extend(gone.iter().map(|contact| StreamId::Contact(site.clone(), *contact)));
        store.erase(streams, self.0.clock.now()).await?;
        self.0.people.forget(&gone);
        ids.iter().for_each(|id| self.forget(*id));
        Ok(())
    }

    /// Keeps all these contacts from writing until what this gives is dropped.
    pub(super) async fn hold_still(&self, site: &SiteId, group: &[ContactId]) -> Result<Vec<LaneTurn>, TurnError> {
        // Two contacts may have had the same address, one after the other: nobody waits for a lane that they hold themselves. In one
        // order, so that two who do this never wait for each other.
        let mut keys = BTreeSet::new();
        for contact in group {
            let contact = contacts::load(&*self.0.store, site, *contact)?;
            keys.extend(contact.into_iter().flat_map(|contact| contact.addresses).map(|address| address.key()));
        }
        let mut lanes = Vec::new();
        for key in &keys {
            lanes.push(self.0.lanes.enter(key).await.map_err(|_| TurnError::busy())?);
        }
        Ok(lanes)
    }

    /// Erases people of whom there is no conversation and who were first seen longer than `keep` ago: a crash, or an erasing of
    /// conversations alone, may leave some. Gives their number.
    pub(super) async fn erase_orphans(&self, keep: Span) -> Result<usize, EraseError> {
        let before = self.0.clock.now() - keep;
        let mut erased = 0;
        for site in self.sites().map(|site| site.id.clone()).collect::<Vec<_>>() {
            let mut after = Some(StreamId::Contact(site.clone(), ContactId::from_uuid(uuid::Uuid::nil())));
            loop {
                let page = self.0.store.streams(after.as_ref(), AT_ONCE)?;
                let contacts: Vec<ContactId> = page.iter().map_while(|stream| contact_on(&site, stream)).collect();
                after = page.last().cloned();
                for contact in &contacts {
                    erased += usize::from(self.erase_if_orphan(&site, *contact, before).await?);
                }
                if contacts.len() < AT_ONCE {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        Ok(erased)
    }

    async fn erase_if_orphan(&self, site: &SiteId, contact: ContactId, before: Time) -> Result<bool, EraseError> {
        let store = &*self.0.store;
        let group = self.0.people.group(contact);
        let old = |id: &ContactId| {
            Ok::<_, ReadError>(contacts::load(store, site, *id)?.is_none_or(|seen| seen.created_at < before))
        };
        let alone = |id: &ContactId| Ok::<_, ReadError>(contacts::count(store, site, *id)? == 0);
        let orphaned = || group.iter().try_fold(true, |all, id| Ok::<_, ReadError>(all && old(id)? && alone(id)?));
        // Of a person, the first contact speaks for all.
        if group.first() != Some(&contact) || !orphaned()? {
            return Ok(false);
        }
        let _lanes = self.hold_still(site, &group).await?;
        if !orphaned()? {
            return Ok(false);
        }
        store.erase(group.iter().map(|id| StreamId::Contact(site.clone(), *id)).collect(), self.0.clock.now()).await?;
        self.0.people.forget(&group);
        Ok(true)
    }
}

/// The contact that a stream is of, if it is one of this site.
fn contact_on(site: &SiteId, stream: &StreamId) -> Option<ContactId> {
    match stream {
        StreamId::Contact(on, id) if on == site => Some(*id),
        _ => None,
    }
}
