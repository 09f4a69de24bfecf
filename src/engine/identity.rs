//! People whom a page has proved to be somebody: the same person on every device, by an address of their own. A browser's
//! token leads there for a while; an open conversation comes along; signing out ends what the token can reach.

use sha2::{Digest, Sha256};

use crate::dialog::{Address, ClosedBecause, Conversation, Input, Refused};
use crate::engine::cache::Hot;
use crate::engine::contacts::{self, Keys};
use crate::engine::hub::{DeskHint, Grown};
use crate::engine::person::{self, Attributes};
use crate::engine::sources::{Source, Sources, Weight};
use crate::engine::{ContactEvent, Engine, TurnError};
use crate::id::{ChannelName, ContactId, SiteId};
use crate::store::{ReadError, Space, Store, StreamId, Unique};
use crate::time::Span;
use crate::view;

/// A browser stays somebody's for so long; the page signs it in again whenever it says who its visitor is.
pub const SIGNED_IN: Span = Span::days(30);

/// What the address of somebody who is proved begins with; the names of other visitors are digits.
pub(super) const PROVED: char = '~';

/// The channel of the website.
pub(super) const WEB: &str = "web";

/// What a page or a form tells of a visitor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The id that the page proved, if it did: then it stands for what it gives.
    pub proved: Option<String>,
    /// An id that the page claims without proof.
    pub claimed: Option<String>,
    /// Name and the like, from the page.
    pub given: Vec<(String, String)>,
    /// The same from the visitor's own hand, in a form.
    pub answers: Vec<(String, String)>,
    /// What else the page tells.
    pub attributes: Attributes,
}

impl Told {
    /// Whether nothing is told.
    pub fn is_nothing(&self) -> bool {
        *self == Self { proved: self.proved.clone(), ..Self::default() }
    }

    /// What of it is new of a contact. Whoever is proved is never who a page claims without proof, and no claim replaces what
    /// anybody said or stands for.
    pub(super) fn news(&self, contact: &contacts::Contact, sources: &Sources) -> Vec<ContactEvent> {
        let mut events = Vec::new();
        let person = &contact.person;
        let stranger = person.identity.is_some() && person.identity != self.proved;
        let claimed = self.claimed.clone().filter(|id| !stranger && person.claimed.as_ref() != Some(id));
        if let Some(id) = claimed {
            events.push(ContactEvent::Claimed { id });
        }
        let stands = person.identity.is_some() && !stranger;
        let counts = |name: &str| {
            let weighs = |source: &Source| stands || source.weight() == Weight::Hearsay;
            !stranger && sources.get(name).is_none_or(|(source, _)| weighs(source))
        };
        let given = self.given.iter().filter(|(name, value)| person.given.get(name) != Some(value) && counts(name));
        let said = |(name, value): &&(String, String)| contact.known.get(name).is_none_or(|slot| slot.value != **value);
        let answers = self.answers.iter().filter(said);
        for (by_page, facts) in [(true, given.cloned().collect()), (false, answers.cloned().collect())] {
            let facts: std::collections::BTreeMap<_, _> = facts;
            if !facts.is_empty() {
                events.push(ContactEvent::Introduced { by_page, facts });
            }
        }
        let attributes = person.news(&self.attributes);
        if !attributes.is_empty() {
            events.push(ContactEvent::PageTold { attributes });
        }
        events
    }
}

/// The address of somebody whom a page has proved to have this id.
pub fn address_of(site: &SiteId, id: &str) -> Address {
    let digest = Sha256::digest(format!("identity {id}").as_bytes());
    let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Address {
        site: site.clone(),
        channel: ChannelName::from(WEB),
        account: String::new(),
        chat: String::new(),
        user: format!("{PROVED}{name}"),
    }
}

/// What became of the open conversation of a browser that signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brought {
    /// There was none to bring.
    Nothing,
    /// It is the person's now, and the browser goes on as them.
    Along,
    /// It is the person's and stays where it is, and so does the browser: people answer another of theirs.
    Apart,
}

impl Engine {
    /// The person whose browser holds the token of this name, while it is theirs.
    pub fn signed_in(&self, site: &SiteId, token: &str) -> Result<Option<Address>, TurnError> {
        let Some(row) = self.0.store.get(Space::Unique, &token_key(site, token))? else { return Ok(None) };
        let until = row.number().unwrap_or(0);
        if until <= u64::try_from(self.0.clock.now().0).unwrap_or(0) {
            return Ok(None);
        }
        let StreamId::Contact(site, id) = row.owner else { return Ok(None) };
        let contact = contacts::load(&*self.0.store, &site, id)?;
        Ok(contact.and_then(|contact| contact.addresses.into_iter().next()))
    }

    /// Makes the browser with a new token that of a person whose id was proved. An open conversation at `from` comes along.
    /// Nothing happens, and the browser stays what it is, where somebody unknown has said nothing yet and does not `begin`
    /// now, or where people answer two conversations of theirs.
    pub async fn sign_in(
        &self,
        site: &SiteId,
        id: &str,
        from: Option<&Address>,
        token: &str,
        begins: bool,
    ) -> Result<Option<Address>, TurnError> {
        let (engine, site, id, from, token) =
            (self.clone(), site.clone(), id.to_owned(), from.cloned(), token.to_owned());
        self.fly(async move { engine.signing_in(&site, &id, from.as_ref(), &token, begins).await }).await
    }

    async fn signing_in(
        &self,
        site: &SiteId,
        id: &str,
        from: Option<&Address>,
        token: &str,
        begins: bool,
    ) -> Result<Option<Address>, TurnError> {
        let store = &*self.0.store;
        let person = address_of(site, id);
        let open = from.map(|from| self.open_on(from)).transpose()?.flatten();
        if contacts::find(store, &person)?.is_none() && open.is_none() && !begins {
            return Ok(None);
        }
        let (contact, _) = contacts::of_address(store, &person, self.0.clock.now()).await?;
        self.prove(site, contact, id).await?;
        if let Some(from) = from {
            match self.bring_along(from, &person, contact).await? {
                Brought::Apart => return Ok(None),
                brought => self.leave_behind(from, contact, id, brought == Brought::Along).await?,
            }
        }
        let now = self.0.clock.now();
        let claim = Some(Unique::Once { key: token_key(site, token), expires: now + SIGNED_IN });
        let keys = Keys { claim, release: None };
        contacts::record(store, site, contact, now, &keys, |_| vec![ContactEvent::SignedIn]).await?;
        Ok(Some(person))
    }

    pub(super) async fn prove(&self, site: &SiteId, contact: ContactId, id: &str) -> Result<(), TurnError> {
        let proof = |contact: &contacts::Contact| {
            let known = contact.person.identity.as_deref() == Some(id);
            if known { Vec::new() } else { vec![ContactEvent::Identified { id: id.to_owned() }] }
        };
        let now = self.0.clock.now();
        contacts::record(&*self.0.store, site, contact, now, &Keys::default(), proof).await?;
        Ok(())
    }

    /// Makes the open conversation of an anonymous visitor that of a person.
    async fn bring_along(&self, from: &Address, person: &Address, contact: ContactId) -> Result<Brought, TurnError> {
        let Some(here) = self.open_on(from)? else { return Ok(Brought::Nothing) };
        let whose = here.conversation.opening.as_ref().map(|opening| opening.contact);
        if whose != Some(contact) && self.is_somebody(from)? {
            // A proved person stayed here for people's sake, and somebody else is here now.
            self.signing_out(&from.site, "", from).await?;
            return Ok(Brought::Nothing);
        }
        let join = |address: &Address| Input::Identified { address: address.clone(), contact };
        let stays = (whose != Some(contact)).then(|| join(from));
        self.bring_to(&here, (from, person), join(person), stays, None).await
    }

    /// Makes the open conversation at an address that of whoever is at another, by the input that says so. Where it cannot go
    /// there, what it hears instead. `once` makes a repeat known.
    pub(super) async fn bring_to(
        &self,
        here: &Hot,
        (from, to): (&Address, &Address),
        arrives: Input,
        stays: Option<Input>,
        once: Option<String>,
    ) -> Result<Brought, TurnError> {
        let elsewhere = Input::Left { why: ClosedBecause::Elsewhere };
        let (inputs, brought) = match self.open_on(to)? {
            None => (vec![arrives], Brought::Along),
            // What nobody answers but the bot gives way to what the visitor does now.
            Some(there) if !with_people(&there.conversation) => {
                settled(self.turn_of(there.id, elsewhere, None).await)?;
                (vec![arrives], Brought::Along)
            }
            Some(_) if !with_people(&here.conversation) => {
                (stays.into_iter().chain([elsewhere]).collect(), Brought::Along)
            }
            // People answer both: neither may lose its visitor. They join another time.
            Some(_) => (Vec::from_iter(stays), Brought::Apart),
        };
        if !inputs.is_empty() {
            settled(self.turn_of_all(here.id, inputs, once).await)?;
            // What is known of the person was not known to it.
            self.0.cache.forget(&to.key(), here.id);
            self.0.cache.forget(&from.key(), here.id);
        }
        Ok(brought)
    }

    /// Whether the open conversation at an address is that of somebody whom a page has proved.
    pub fn is_somebody(&self, address: &Address) -> Result<bool, TurnError> {
        let Some(hot) = self.open_on(address)? else { return Ok(false) };
        let Some(opening) = &hot.conversation.opening else { return Ok(false) };
        Ok(person(&*self.0.store, &address.site, opening.contact)?.identity.is_some())
    }

    /// Keeps what a page or a form tells of the visitor at an address, if anybody is known there.
    pub async fn tell(&self, address: &Address, told: &Told) -> Result<(), TurnError> {
        if told.is_nothing() {
            return Ok(());
        }
        let Some((site, contact)) = self.person_at(address)? else { return Ok(()) };
        let changed = self.record_told(&site, contact, told).await?;
        if changed && let Some(hot) = self.open_on(address)? {
            self.0.cache.forget(&address.key(), hot.id);
            self.0.hub.hint(DeskHint { sites: vec![site.clone()], urgent: false });
            if let Some(with_agent) = hot.conversation.with_agent() {
                self.0.hub.grown(with_agent.agent.id, Grown { id: hot.id, last: hot.conversation.version });
            }
        }
        Ok(())
    }

    /// Keeps what is told of a person whose conversation is about to begin. Gives what is known of them then.
    pub(super) async fn tell_new(
        &self,
        site: &SiteId,
        contact: ContactId,
        known: contacts::Known,
        told: &Told,
    ) -> Result<contacts::Known, TurnError> {
        if told.is_nothing() {
            return Ok(known);
        }
        self.record_told(site, contact, told).await?;
        Ok(contacts::load(&*self.0.store, site, contact)?.map(|contact| contact.known).unwrap_or_default())
    }

    async fn record_told(&self, site: &SiteId, id: ContactId, told: &Told) -> Result<bool, TurnError> {
        let (store, now) = (&*self.0.store, self.0.clock.now());
        let Some(contact) = contacts::load(store, site, id)? else { return Ok(false) };
        let sources = Sources::read(store, site, &contact)?;
        let news = |contact: &contacts::Contact| told.news(contact, &sources);
        Ok(contacts::record(store, site, id, now, &Keys::default(), news).await?)
    }

    /// The contact of the open conversation at an address, else of the address.
    fn person_at(&self, address: &Address) -> Result<Option<(SiteId, ContactId)>, TurnError> {
        let open = self.open_on(address)?;
        let contact = open.and_then(|hot| Some(hot.conversation.opening.as_ref()?.contact));
        Ok(match contact {
            Some(contact) => Some((address.site.clone(), contact)),
            None => contacts::find(&*self.0.store, address)?,
        })
    }

    /// Ends what a browser's token can reach. A person who was proved keeps their conversation for their other devices; of an
    /// anonymous visitor nothing is left that anybody could come back to, so an open conversation ends.
    pub async fn sign_out(&self, site: &SiteId, token: &str, address: &Address) -> Result<(), TurnError> {
        let (engine, site, token, address) = (self.clone(), site.clone(), token.to_owned(), address.clone());
        self.fly(async move { engine.signing_out(&site, &token, &address).await }).await
    }

    async fn signing_out(&self, site: &SiteId, token: &str, address: &Address) -> Result<(), TurnError> {
        let key = if address.user.starts_with(PROVED) {
            token_key(site, token)
        } else {
            if let Some(hot) = self.open_on(address)?
                && !self.goes_back(&hot).await?
            {
                settled(self.turn_of(hot.id, Input::Left { why: ClosedBecause::SignedOut }, None).await)?;
            }
            contacts::person_key(address)
        };
        let Some((site, contact)) = contacts::find(&*self.0.store, address)? else { return Ok(()) };
        let keys = Keys { claim: None, release: Some(key) };
        let now = self.0.clock.now();
        contacts::record(&*self.0.store, &site, contact, now, &keys, |_| vec![ContactEvent::SignedOut]).await?;
        Ok(())
    }

    /// What is known of the visitor at an address.
    pub fn known_at(&self, address: &Address) -> Result<contacts::Known, TurnError> {
        let Some((site, contact)) = self.person_at(address)? else { return Ok(contacts::Known::new()) };
        let contact = contacts::load(&*self.0.store, &site, contact)?;
        Ok(contact.map(|contact| self.known_of(&site, &contact)).transpose()?.unwrap_or_default())
    }
}

/// The person of a contact, for the card.
pub(super) fn person(store: &dyn Store, site: &SiteId, id: ContactId) -> Result<person::Person, ReadError> {
    Ok(contacts::load(store, site, id)?.map(|contact| contact.person).unwrap_or_default())
}

fn token_key(site: &SiteId, token: &str) -> String {
    format!("token/{}/{token}", view::part(site.as_str()))
}

fn with_people(conversation: &Conversation) -> bool {
    conversation.in_queue().is_some() || conversation.with_agent().is_some()
}

/// A conversation that was closed meanwhile needs nothing more.
fn settled<T>(turn: Result<T, TurnError>) -> Result<(), TurnError> {
    match turn {
        Ok(_) | Err(TurnError::Refused(Refused::Closed)) => Ok(()),
        Err(error) => Err(error),
    }
}
