//! People, as agents know them: all contacts that are one person, what is known of them and from where, and what agents do about
//! them. Merging makes one contact the alias of another; nothing moves, so that it can be undone. Blocking ends the person's
//! conversations and lets no new one begin.

mod continuing;
mod directory;
mod joining;
mod parting;
mod relations;
mod sheet;
pub(super) mod vouching;

use std::sync::Arc;

use crate::dialog::{Address, Conversation, Input, Phase, bytes_of};
use crate::engine::contacts::{self, Contact, ContactEvent, Keys, Known};
use crate::engine::{Account, Engine, EraseError, Role, TurnDone, TurnError, VisitorTurn};
use crate::id::{ContactId, ConversationId, SiteId};
use crate::store::{AppendError, ReadError};

pub use continuing::GoesOn;
#[cfg(test)]
pub(super) use continuing::LINK_LIFE;
pub(super) use directory::Directory;
pub use directory::PersonRow;
pub(super) use parting::went_on;
pub(super) use relations::Relations;
pub use sheet::{Deed, Fact, FactValue, Member, PersonSheet};

/// Characters of what an agent writes down of a person, and of the reason for a block.
const WRITTEN_CHARS_MAX: usize = 300;

/// Bytes of an attribute's name.
const ATTRIBUTE_BYTES_MAX: usize = 40;

/// One person has so many contacts at most.
const CONTACTS_MAX: usize = 50;

/// So many of each contact's latest conversations are looked at to find the open ones.
const OPEN_LOOK_MAX: usize = 100;

/// Why nothing was done about a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// There is no such person, or not one whom the agent may see.
    #[error("there is no such person")]
    NotFound,
    /// The agent may not do this.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// A value that cannot be.
    #[error("{0}")]
    Invalid(&'static str),
    /// Both are one person already.
    #[error("these two are one person already")]
    SamePerson,
    /// They cannot be one person.
    #[error("only people of one site can be one person")]
    OtherSite,
    /// There is nothing to undo.
    #[error("this contact is not merged with another")]
    NotMerged,
    /// The store did not take it.
    #[error(transparent)]
    Turn(#[from] TurnError),
}

impl From<PersonError> for TurnError {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::Turn(error) => error,
            error => Self::Store(error.to_string()),
        }
    }
}

impl From<AppendError> for PersonError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Erased => Self::NotFound,
            error => Self::Turn(error.into()),
        }
    }
}

impl From<ReadError> for PersonError {
    fn from(error: ReadError) -> Self {
        Self::Turn(error.into())
    }
}

impl From<EraseError> for PersonError {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::NoSuchContact => Self::NotFound,
            EraseError::Read(error) => error.into(),
            EraseError::Store(error) => error.into(),
            EraseError::Turn(error) => error.into(),
        }
    }
}

/// A contact whom an agent may see, and all contacts that are the same person.
struct Seen {
    site: SiteId,
    contact: Contact,
    /// The one that stands for the person first.
    group: Vec<ContactId>,
}

impl Engine {
    /// The site of a contact.
    pub(super) fn site_of_contact(&self, id: ContactId) -> Result<Option<(SiteId, Contact)>, ReadError> {
        for site in self.sites() {
            if let Some(contact) = contacts::load(&*self.0.store, &site.id, id)? {
                return Ok(Some((site.id.clone(), contact)));
            }
        }
        Ok(None)
    }

    /// The contact, if it is the agent's to see: on one of their sites, and, for an agent of certain queues, with at least one
    /// conversation that is theirs to see.
    fn may_see(&self, agent: &Account, id: ContactId) -> Result<Seen, PersonError> {
        let (site, contact) = self.site_of_contact(id)?.ok_or(PersonError::NotFound)?;
        let group = self.0.people.group(id);
        if !self.sees_person(agent, &site, &group)? {
            return Err(PersonError::NotFound);
        }
        Ok(Seen { site, contact, group })
    }

    fn sees_person(&self, agent: &Account, site: &SiteId, group: &[ContactId]) -> Result<bool, PersonError> {
        if !agent.serves_site(site) {
            return Ok(false);
        }
        if agent.role >= Role::Supervisor || agent.queues.is_empty() {
            return Ok(true);
        }
        for member in group {
            for id in contacts::latest(&*self.0.store, site, *member).take(OPEN_LOOK_MAX) {
                if self.find(id?)?.is_some_and(|hot| agent.may(&hot.conversation)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What is known of a person when they come by one of their contacts: what that contact told first, then what the person's
    /// others did.
    pub(super) fn known_of(&self, site: &SiteId, contact: &Contact) -> Result<Known, ReadError> {
        let mut known = contact.known.clone();
        for other in self.0.people.group(contact.id).into_iter().filter(|other| *other != contact.id) {
            for (name, slot) in
                contacts::load(&*self.0.store, site, other)?.map(|other| other.known).unwrap_or_default()
            {
                known.entry(name).or_insert(slot);
            }
        }
        Ok(known)
    }

    /// Writes down what is known of a person, in one of their contacts; no value: nothing is. Says whether that changed anything.
    pub async fn edit_person(
        &self,
        by: &Account,
        id: ContactId,
        name: &str,
        value: Option<&str>,
    ) -> Result<bool, PersonError> {
        let name = attribute(name)?;
        let value = value.map(written).transpose()?.filter(|value| !value.is_empty());
        let seen = self.may_see(by, id)?;
        let event = ContactEvent::Edited { name: name.clone(), value: value.clone(), by: by.agent() };
        let mut after = seen.contact.known.clone();
        after.insert(name.clone(), crate::flow::Slot::plain(value.clone().unwrap_or_default()));
        if bytes_of(&after) > contacts::KNOWN_BYTES_MAX {
            return Err(PersonError::Invalid("too much is known of this person to write down more"));
        }
        let decide = move |contact: &Contact| {
            let before = contact.known.get(&name).map(|slot| slot.value.as_str().unwrap_or_default());
            if before == value.as_deref() { Vec::new() } else { vec![event.clone()] }
        };
        let changed = self.record_of(&seen.site, id, decide).await?;
        self.forget_known(&seen.site, &seen.group)?;
        Ok(changed)
    }

    /// Says that another contact is the same person as this one: it becomes an alias.
    pub async fn merge_people(&self, by: &Account, id: ContactId, other: ContactId) -> Result<(), PersonError> {
        // Of two who merge crosswise, the second finds that it is done.
        let _alone = self.0.merging.lock().await;
        let (seen, other) = (self.may_see(by, id)?, self.may_see(by, other)?);
        let (into, alias) = (seen.group.first().copied(), other.group.first().copied());
        let (Some(into), Some(alias)) = (into, alias) else { return Err(PersonError::NotFound) };
        if seen.site != other.site {
            return Err(PersonError::OtherSite);
        }
        if into == alias {
            return Err(PersonError::SamePerson);
        }
        if seen.group.len() + other.group.len() > CONTACTS_MAX {
            return Err(PersonError::Invalid("a person cannot have so many contacts"));
        }
        let event = ContactEvent::Merged { into, by: by.agent() };
        self.record_of(&seen.site, alias, move |_| vec![event.clone()]).await?;
        self.forget_known(&seen.site, &self.0.people.group(into))?;
        if self.0.people.is_blocked(into) {
            self.end_conversations(&seen.site, &self.0.people.group(into)).await?;
        }
        Ok(())
    }

    /// Undoes a merge: the alias is somebody of their own again, with all that was merged with them before. Gives the contact
    /// that it was an alias of.
    pub async fn unmerge_person(&self, by: &Account, alias: ContactId) -> Result<ContactId, PersonError> {
        let _alone = self.0.merging.lock().await;
        let seen = self.may_see(by, alias)?;
        let into = seen.contact.alias_of.ok_or(PersonError::NotMerged)?;
        // A turn under way would go on with what is known of both.
        let _still = self.hold_still(&seen.site, &seen.group).await?;
        // Before they are two: what a crash cuts short is done when it is asked for once more.
        self.part(&seen.site, &self.0.people.branch(alias), &seen.group).await?;
        let event = ContactEvent::Unmerged { by: by.agent() };
        self.record_of(&seen.site, alias, move |_| vec![event.clone()]).await?;
        self.forget_known(&seen.site, &seen.group)?;
        Ok(into)
    }

    /// Blocks a person: their open conversations end with a kind sentence, and what they write is refused.
    pub async fn block_person(&self, by: &Account, id: ContactId, reason: &str) -> Result<(), PersonError> {
        let reason = written(reason)?;
        let seen = self.may_see(by, id)?;
        let event = ContactEvent::Blocked { reason, by: by.agent() };
        // On the contact that was meant, so that undoing a merge leaves the block where it belongs.
        self.record_of(&seen.site, id, move |_| vec![event.clone()]).await?;
        self.end_conversations(&seen.site, &seen.group).await?;
        self.hint_of_site(&seen.site);
        Ok(())
    }

    /// Lets a person in again.
    pub async fn unblock_person(&self, by: &Account, id: ContactId) -> Result<(), PersonError> {
        let seen = self.may_see(by, id)?;
        for member in seen.group {
            let event = ContactEvent::Unblocked { by: by.agent() };
            let decide = move |contact: &Contact| contact.blocked.iter().map(|_| event.clone()).collect();
            self.record_of(&seen.site, member, decide).await?;
        }
        self.hint_of_site(&seen.site);
        Ok(())
    }

    /// Erases a person whom an agent may see, all contacts of theirs. Gives the number of erased conversations.
    pub async fn forget_person(&self, by: &Account, id: ContactId) -> Result<usize, PersonError> {
        if by.role < Role::Admin {
            return Err(PersonError::NotAllowed("only an admin can erase a person"));
        }
        let seen = self.may_see(by, id)?;
        Ok(self.erase_contact(&seen.site, id).await?)
    }

    async fn record_of(
        &self,
        site: &SiteId,
        id: ContactId,
        decide: impl Fn(&Contact) -> Vec<ContactEvent>,
    ) -> Result<bool, PersonError> {
        let store = &*self.0.store;
        let changed = contacts::record(store, site, id, self.0.clock.now(), &Keys::default(), decide).await?;
        if let Some(contact) = contacts::load(store, site, id)? {
            self.0.people.note(&contact);
        }
        Ok(changed)
    }

    /// Cached conversations know the person as they were; they are read again.
    pub(super) fn forget_known(&self, site: &SiteId, group: &[ContactId]) -> Result<(), TurnError> {
        for member in group {
            for id in contacts::latest(&*self.0.store, site, *member).take(OPEN_LOOK_MAX) {
                let id = id?;
                if let Some(hot) = self.0.cache.get(id)
                    && let Some(opening) = &hot.conversation.opening
                {
                    self.0.cache.forget(&opening.address.key(), id);
                }
            }
        }
        self.hint_of_site(site);
        Ok(())
    }

    fn hint_of_site(&self, site: &SiteId) {
        self.0.hub.hint(crate::engine::DeskHint { sites: vec![site.clone()], urgent: false });
    }

    /// Ends what a blocked person has open.
    async fn end_conversations(&self, site: &SiteId, group: &[ContactId]) -> Result<(), PersonError> {
        let mut open: Vec<ConversationId> = Vec::new();
        for member in group {
            for id in contacts::latest(&*self.0.store, site, *member).take(OPEN_LOOK_MAX) {
                let id = id?;
                if self.find(id)?.is_some_and(|hot| is_open(&hot.conversation)) {
                    open.push(id);
                }
            }
        }
        for id in open {
            match self.inner_turn(id, Input::Blocked).await {
                Ok(_) | Err(TurnError::Refused(_) | TurnError::NoSuchConversation(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What a visitor's turn gets who is blocked; nothing, if they are not. Opening the chat shows how it ended; whatever would
    /// be heard is refused, at the cost of no write.
    pub(super) fn turned_away(
        &self,
        address: &Address,
        turn: &VisitorTurn,
    ) -> Result<Option<Result<TurnDone, TurnError>>, TurnError> {
        if !self.0.people.anybody_blocked() {
            return Ok(None);
        }
        let open = self.open_on(address)?;
        let of_open = open.as_ref().and_then(|hot| hot.conversation.opening.as_ref()).map(|opening| opening.contact);
        let contact = match of_open {
            Some(contact) => Some(contact),
            None => contacts::find(&*self.0.store, address)?.map(|(_, contact)| contact),
        };
        if !contact.is_some_and(|contact| self.0.people.is_blocked(contact)) {
            return Ok(None);
        }
        let last = match (turn, self.latest(address)?) {
            (VisitorTurn::Open { .. }, Some(last)) => self.find(last)?,
            _ => None,
        };
        Ok(Some(last.map_or(Err(TurnError::Blocked), |hot| {
            let (conversation, version) = (hot.id, hot.conversation.version);
            Ok(TurnDone { conversation, events: Arc::new([]), version, duplicate: false })
        })))
    }
}

fn is_open(conversation: &Conversation) -> bool {
    conversation.opening.is_some() && conversation.phase != Phase::Closed
}

/// The name of an attribute, as flows can name it.
fn attribute(name: &str) -> Result<String, PersonError> {
    let name = name.trim().to_lowercase().replace([' ', '-'], "_");
    let fits = !name.is_empty()
        && name.len() <= ATTRIBUTE_BYTES_MAX
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if fits { Ok(name) } else { Err(PersonError::Invalid("the name of a fact is a short word of letters and digits")) }
}

/// What an agent wrote, in one line.
fn written(text: &str) -> Result<String, PersonError> {
    let seen: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let line = seen.trim();
    if line.chars().count() > WRITTEN_CHARS_MAX {
        return Err(PersonError::Invalid("this is too long: at most 300 characters are possible"));
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_facts_are_words_that_flows_can_use() {
        for (given, name) in
            [("Name", Some("name")), (" VAT No ", Some("vat_no")), ("a.b", None), ("", None), ("{{x}}", None)]
        {
            assert_eq!(attribute(given).ok().as_deref(), name, "{given}");
        }
        assert_eq!(written(" a\nb "), Ok("a b".to_owned()));
        assert!(written(&"x".repeat(301)).is_err());
    }
}
