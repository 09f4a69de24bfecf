//! One person on several channels: whoever is known by the same number, address or id, and somebody vouches for that, is the same
//! person. The first contact that is known by something holds its key; who comes with it later becomes an alias, which an agent
//! can undo for good.

use std::sync::atomic::Ordering;

use sha2::{Digest, Sha256};

use crate::channel::Vouched;
use crate::dialog::Address;
use crate::engine::contacts::{self, ContactEvent, Keys};
use crate::engine::identity::address_of;
use crate::engine::people::CONTACTS_MAX;
use crate::engine::visitor::check_address;
use crate::engine::{Engine, IDENTITY_BYTES_MAX, TurnError};
use crate::id::{ContactId, SiteId};
use crate::store::{AppendError, Space, StreamId, Unique};
use crate::view;

impl Engine {
    /// Whoever is at an address is known by this, for which the channel of the address vouches: their contacts become one
    /// person's.
    ///
    /// # Errors
    ///
    /// Where it could not be stored.
    pub async fn vouch(&self, address: &Address, vouched: &[Vouched]) -> Result<(), TurnError> {
        if vouched.is_empty() || self.0.low_space.load(Ordering::Relaxed) {
            return Ok(());
        }
        check_address(address)?;
        for what in vouched.iter().filter(|what| is_usable(what)) {
            // Nearly every message is of somebody who is known already: two keys are all that it costs.
            let known = contacts::find(&*self.0.store, address)?;
            if let Some((_, own)) = known
                && let Some(holder) = self.holder(&address.site, what)?
                && (holder == own
                    || self.0.people.group(holder).contains(&own)
                    || self.0.people.stay_apart(own, holder))
            {
                continue;
            }
            let (own, _) = contacts::of_address(&*self.0.store, address, self.0.clock.now()).await?;
            let (engine, address, what) = (self.clone(), address.clone(), what.clone());
            self.fly(async move { engine.vouch_for(&address, own, what).await }).await?;
        }
        Ok(())
    }

    /// Where somebody is known in the same chat by another name, if nobody is known there by this one: WhatsApp names a person by a
    /// number or by an id, and either may be missing.
    pub(in crate::engine) fn known_as(
        &self,
        address: &Address,
        vouched: &[Vouched],
    ) -> Result<Option<Address>, TurnError> {
        let Some(what) = vouched.iter().find(|what| matches!(what, Vouched::WhatsApp(_))) else { return Ok(None) };
        if contacts::find(&*self.0.store, address)?.is_some() {
            return Ok(None);
        }
        let Some(holder) = self.holder(&address.site, what)? else { return Ok(None) };
        let contact = contacts::load(&*self.0.store, &address.site, holder)?;
        // Another number of the same person is another phone: what is said there is not answered here.
        let is_number = |at: &Address| at.user.bytes().all(|byte| byte.is_ascii_digit());
        let same_chat = |at: &Address| Address { user: address.user.clone(), ..at.clone() } == *address;
        let same_phone = |at: &Address| same_chat(at) && is_number(at) != is_number(address);
        Ok(contact.and_then(|contact| contact.addresses.into_iter().find(same_phone)))
    }

    /// Whether somebody is known by this.
    pub(in crate::engine) fn is_known_by(&self, site: &SiteId, what: &Vouched) -> Result<bool, TurnError> {
        Ok(matches!(what, Vouched::Id(_)) || self.holder(site, what)?.is_some())
    }

    async fn vouch_for(&self, address: &Address, own: ContactId, what: Vouched) -> Result<(), TurnError> {
        let site = &address.site;
        let _alone = self.0.merging.lock().await;
        let holder = match &what {
            Vouched::Id(id) => Some(self.contact_of_identity(site, id).await?),
            what => self.holder(site, what)?,
        };
        let Some(holder) = holder else {
            let claim = Some(Unique::Guard(key(site, &what)));
            let event = ContactEvent::Vouched { what, by: address.channel.clone() };
            let (now, keys) = (self.0.clock.now(), Keys { claim, release: None });
            let recorded = contacts::record(&*self.0.store, site, own, now, &keys, |_| vec![event.clone()]).await;
            return match recorded {
                // Somebody else was first, at this very moment: the next message joins them.
                Ok(_) | Err(AppendError::Duplicate { .. }) => self.forget_known(site, &self.0.people.group(own)),
                Err(error) => Err(error.into()),
            };
        };
        if !self.recognize(site, own, holder, Some(what)).await? {
            self.0.people.note_apart(own, holder);
        }
        Ok(())
    }

    /// Makes all contacts of one person those of another who is the same. Says whether they are one person now: they stay apart
    /// where an agent said so, or where they are proved to be two.
    pub(in crate::engine) async fn recognize(
        &self,
        site: &SiteId,
        own: ContactId,
        other: ContactId,
        by: Option<Vouched>,
    ) -> Result<bool, TurnError> {
        let (into, alias) = (self.0.people.root(other), self.0.people.root(own));
        if into == alias {
            return Ok(true);
        }
        let (ours, theirs) = (self.0.people.group(alias), self.0.people.group(into));
        if !self.can_be_one(site, &ours, &theirs)? {
            return Ok(false);
        }
        if ours.len() + theirs.len() > CONTACTS_MAX {
            tracing::warn!(contact = %alias, person = %into, "a person has too many contacts for one more; it stays apart");
            return Ok(false);
        }
        self.record_of(site, alias, |_| vec![ContactEvent::Recognized { into, by: by.clone() }]).await?;
        tracing::info!(contact = %alias, person = %into, "somebody is known from another channel");
        let group = self.0.people.group(into);
        self.forget_known(site, &group)?;
        if self.0.people.is_blocked(into) {
            self.end_conversations(site, &group).await?;
        }
        Ok(true)
    }

    fn can_be_one(&self, site: &SiteId, ours: &[ContactId], theirs: &[ContactId]) -> Result<bool, TurnError> {
        let mut identity = None;
        for member in ours.iter().chain(theirs) {
            let Some(contact) = contacts::load(&*self.0.store, site, *member)? else { continue };
            let other =
                contact.person.identity.clone().is_some_and(|id| *identity.get_or_insert_with(|| id.clone()) != id);
            if contact.apart || other {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn contact_of_identity(&self, site: &SiteId, id: &str) -> Result<ContactId, TurnError> {
        let now = self.0.clock.now();
        let (contact, _) = contacts::of_address(&*self.0.store, &address_of(site, id), now).await?;
        self.prove(site, contact, id).await?;
        Ok(contact)
    }

    /// The contact that is known by something.
    fn holder(&self, site: &SiteId, what: &Vouched) -> Result<Option<ContactId>, TurnError> {
        let key = match what {
            Vouched::Id(id) => contacts::person_key(&address_of(site, id)),
            what => key(site, what),
        };
        let owner = self.0.store.get(Space::Unique, &key)?.map(|row| row.owner);
        Ok(owner.and_then(|owner| if let StreamId::Contact(_, holder) = owner { Some(holder) } else { None }))
    }
}

/// What somebody may be known by from the first moment, each with its key. An id of the owner's server is not among it: its key is
/// that of the address at which its pages know them.
pub(in crate::engine) fn keys(site: &SiteId, vouched: &[Vouched]) -> Vec<(Vouched, String)> {
    let own = vouched.iter().filter(|what| is_usable(what) && !matches!(what, Vouched::Id(_)));
    own.map(|what| (what.clone(), key(site, what))).collect()
}

/// An id that the owner's server gives is one that its pages can give as well.
fn is_usable(what: &Vouched) -> bool {
    let (_, value) = what.parts();
    !value.is_empty() && value.len() <= IDENTITY_BYTES_MAX && !value.chars().any(char::is_control)
}

/// The key of what somebody is known by. What it is cannot be read from it.
fn key(site: &SiteId, what: &Vouched) -> String {
    let (kind, value) = what.parts();
    let digest = Sha256::digest(value.as_bytes());
    let hidden: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("vouched/{}/{kind}/{hidden}", view::part(site.as_str()))
}
