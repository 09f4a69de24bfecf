//! What becomes of the contact of a browser that signs in: what it had open went along with the person, so the rest of it is theirs
//! too. An empty contact goes; one with earlier conversations becomes an alias, which an agent can undo. Where anything says that
//! somebody else used the browser, it stays apart.

use crate::dialog::{Address, bytes_of};
use crate::engine::contacts::{self, Contact, ContactEvent, Keys};
use crate::engine::people::CONTACTS_MAX;
use crate::engine::sources::Sources;
use crate::engine::{Engine, TurnError, sources};
use crate::id::{ContactId, SiteId};
use crate::store::{AppendError, Store, StreamId};
use crate::time::Time;

impl Engine {
    /// Settles the contact of the address that a browser leaves. `brought`: whether the person's conversation came from there.
    pub(in crate::engine) async fn leave_behind(
        &self,
        from: &Address,
        person: ContactId,
        id: &str,
        brought: bool,
    ) -> Result<(), TurnError> {
        let Some((site, old)) = contacts::find(&*self.0.store, from)? else { return Ok(()) };
        let _alone = self.0.merging.lock().await;
        let group = self.0.people.group(old);
        let theirs = self.is_of_nobody_else(&site, &group, id)?;
        if group.len() == 1 && self.remove_if_empty(&site, old, (brought && theirs).then_some(person)).await? {
            return Ok(());
        }
        if !brought || !theirs {
            return Ok(());
        }
        let (into, alias) = (self.0.people.root(person), self.0.people.root(old));
        if into != alias && group.len() + self.0.people.group(person).len() > CONTACTS_MAX {
            tracing::warn!(contact = %old, person = %person, "a person has too many contacts for one more; it stays apart");
            return Ok(());
        }
        let (store, now) = (&*self.0.store, self.0.clock.now());
        if into != alias {
            contacts::record(store, &site, alias, now, &Keys::default(), |_| {
                vec![ContactEvent::Recognized { into, by: None }]
            })
            .await?;
            if let Some(contact) = contacts::load(store, &site, alias)? {
                self.0.people.note(&contact);
            }
        }
        // Whoever has the old token begins anew, as somebody of whom nothing is known.
        let keys = Keys { claim: None, release: Some(contacts::person_key(from)) };
        contacts::record(store, &site, old, now, &keys, |_| vec![ContactEvent::SignedOut]).await?;
        self.forget_known(&site, &self.0.people.group(into))?;
        Ok(())
    }

    /// Removes a contact without conversations, whose facts go to a person if they are theirs. Says whether it did.
    async fn remove_if_empty(&self, site: &SiteId, old: ContactId, heir: Option<ContactId>) -> Result<bool, TurnError> {
        let (store, now) = (&*self.0.store, self.0.clock.now());
        // Who writes meanwhile would begin a conversation of somebody who is gone a moment later.
        let _still = self.hold_still(site, &[old]).await?;
        if contacts::count(store, site, old)? > 0 {
            return Ok(false);
        }
        let Some(contact) = contacts::load(store, site, old)? else { return Ok(false) };
        if let Some(heir) = heir {
            hand_over(store, site, &contact, heir, now).await?;
        }
        store.erase(vec![StreamId::Contact(site.clone(), old)], now).await?;
        self.0.people.forget(&[old]);
        Ok(true)
    }

    /// Whether no page ever said of these contacts that they are somebody with another id.
    fn is_of_nobody_else(&self, site: &SiteId, group: &[ContactId], id: &str) -> Result<bool, TurnError> {
        for member in group {
            let says_else = |event: &ContactEvent| match event {
                ContactEvent::Identified { id: other } | ContactEvent::Claimed { id: other } => other != id,
                _ => false,
            };
            if sources::history(&*self.0.store, site, *member)?.iter().any(|(_, event)| says_else(event)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Gives a contact what another has learned, each fact with its source, where it has the better word. What a page claimed
/// without proof stays behind.
async fn hand_over(
    store: &dyn Store,
    site: &SiteId,
    from: &Contact,
    to: ContactId,
    now: Time,
) -> Result<(), AppendError> {
    let handed = Sources::read(store, site, from)?;
    let Some(receiver) = contacts::load(store, site, to)? else { return Ok(()) };
    let own = Sources::read(store, site, &receiver)?;
    let decide = |contact: &Contact| {
        let mut after = contact.known.clone();
        let better = from.known.iter().filter_map(|(name, slot)| {
            let (source, at) = handed.get(name)?;
            if contact.known.get(name) == Some(slot) || !own.yield_to(name, source.weight(), *at) {
                return None;
            }
            let event = source.fact(name, slot)?;
            after.insert(name.clone(), slot.clone());
            (bytes_of(&after) <= contacts::KNOWN_BYTES_MAX).then_some(event)
        });
        better.collect()
    };
    contacts::record(store, site, to, now, &Keys::default(), decide).await.map(drop)
}
