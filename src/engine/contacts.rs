//! People: a stream for each contact of a site. What a conversation learns (`contact.*`) comes to the contact by an outbox row
//! of the conversation's own commit, so a crash loses nothing and a repeat changes nothing. `meeting` makes the contact of whoever is
//! seen for the first time.

mod meeting;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::Vouched;
use crate::dialog::{Address, AgentRef, Event, Recorded, bytes_of};
use crate::engine::codec::{self, CodecError};
use crate::engine::person::{self, Attributes, Person};
use crate::engine::rebuild::{self, StateAndRows};
use crate::engine::sources::{Sources, Weight};
use crate::engine::unlearning;
use crate::flow::{Kind, Slot};
use crate::id::{ChannelName, CommitId, ContactId, ConversationId, EventNo, SiteId};
use crate::store::{Append, AppendError, Key, ReadError, RowChanges, Space, Store, StreamId, Unique, Version};
use crate::time::Time;
use crate::view;

pub(super) use meeting::{Met, meet, of_address};

/// How often an append is tried again when somebody else changed the contact.
pub(super) const TRIES: usize = 8;

/// Bytes of what is known of a person, over all conversations.
pub(super) const KNOWN_BYTES_MAX: usize = 24 * 1024;

/// Earlier conversations are counted up to so many: more make no difference to anybody, and counting them would cost every
/// opening.
const COUNTED_MAX: usize = 100;

/// How many conversations are read at a time, to erase them.
const PAGE: usize = 1_000;

/// What the keys of the rows of aliases begin with: `alias/<site>/<contact>/<its alias>`.
pub(super) const ALIASES: &str = "alias/";

/// What the keys of the rows of blocked contacts begin with: `blocked/<site>/<contact>`.
pub(super) const BLOCKED: &str = "blocked/";

/// What happened to a contact. Stored for ever, as the events of conversations are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContactEvent {
    /// They were first seen.
    Created {
        /// Where.
        address: Address,
    },
    /// Something became known.
    Learned {
        /// The attribute, such as `name`.
        name: String,
        /// Its value.
        slot: Slot,
        /// The conversation that it came from.
        from: ConversationId,
    },
    /// Something is no longer known.
    Forgot {
        /// The attribute.
        name: String,
    },
    /// What a conversation told is not known any more, as if it had never been said. It stands where that became known, in the
    /// place of the value, and where it was unlearned.
    Unlearned {
        /// The attribute.
        name: String,
        /// The conversation.
        from: ConversationId,
    },
    /// A page proved who they are.
    Identified {
        /// The id that the page has for them.
        id: String,
    },
    /// A page said who they are, without proof.
    Claimed {
        /// The id that the page named.
        id: String,
    },
    /// A page told something that nobody vouches for. None as a value: it tells so no longer.
    PageTold {
        /// What.
        attributes: Attributes,
    },
    /// Their page or their own hand, in a form, introduced them: that is known as if they had said it.
    Introduced {
        /// Whether the page did.
        by_page: bool,
        /// Attributes, such as `name`, and their values.
        facts: BTreeMap<String, String>,
    },
    /// A browser became theirs.
    SignedIn,
    /// A browser is theirs no longer.
    SignedOut,
    /// A link was made by which a conversation of theirs can go on elsewhere.
    LinkMade {
        /// Which conversation.
        conversation: ConversationId,
        /// What the link's code is kept as.
        link: String,
        /// The agent who made it; none for the visitor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<AgentRef>,
    },
    /// It was followed, and leads nowhere any more.
    LinkFollowed {
        /// To which channel.
        to: ChannelName,
    },
    /// An agent wrote down what is so, or that it is not.
    Edited {
        /// The attribute.
        name: String,
        /// Its value; none where nothing is known any more.
        value: Option<String>,
        /// Who.
        by: AgentRef,
    },
    /// They turned out to be the person of another contact: until that is undone, this one is its alias.
    Merged {
        /// The other.
        into: ContactId,
        /// Who said so.
        by: AgentRef,
    },
    /// They turned out to be somebody who is known: this one is an alias from here on. Their browser signed in and what they had
    /// open went along; or both are known by the same, for which somebody vouches.
    Recognized {
        /// The contact of that person.
        into: ContactId,
        /// What both are known by; none where a browser signed in or a link led here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Vouched>,
    },
    /// A platform or the owner's own server vouches for what they are known by on every channel.
    Vouched {
        /// What.
        what: Vouched,
        /// The channel.
        by: ChannelName,
    },
    /// They are somebody of their own again.
    Unmerged {
        /// Who said so.
        by: AgentRef,
    },
    /// What they write reaches nobody from here on.
    Blocked {
        /// Why, for colleagues.
        reason: String,
        /// Who did it.
        by: AgentRef,
    },
    /// What they write is heard again.
    Unblocked {
        /// Who did it.
        by: AgentRef,
    },
}

/// Why nobody hears what somebody writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Why, for colleagues.
    pub reason: String,
    /// Who did it.
    pub by: AgentRef,
    /// Since when.
    pub at: Time,
}

/// A contact as its events made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The number of its last event.
    pub version: u64,
    /// Where they are reached.
    pub addresses: Vec<Address>,
    /// What is known.
    pub known: Known,
    /// When they were first seen.
    pub created_at: Time,
    /// Who they are, as far as a page says. Contacts of whom no page said anything are stored without it.
    #[serde(default, skip_serializing_if = "Person::is_nobody")]
    pub person: Person,
    /// The contact whose alias this one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_of: Option<ContactId>,
    /// Why nobody hears what they write, if it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Block>,
    /// Whether an agent has said that they are not who they seemed to be: only an agent joins them with anybody again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
}

/// What is known of a person, by attribute.
pub type Known = BTreeMap<String, Slot>;

impl Contact {
    pub(super) fn blank(id: ContactId) -> Self {
        Self {
            id,
            version: 0,
            addresses: Vec::new(),
            known: Known::new(),
            created_at: Time::default(),
            person: Person::default(),
            alias_of: None,
            blocked: None,
            apart: false,
        }
    }

    pub(super) fn apply(&mut self, event: &ContactEvent, at: Time) {
        self.version += 1;
        match event {
            ContactEvent::Created { address } => {
                self.addresses.push(address.clone());
                self.created_at = at;
            }
            ContactEvent::Learned { name, slot, .. } => {
                self.known.insert(name.clone(), slot.clone());
            }
            ContactEvent::Forgot { name } => {
                self.known.remove(name);
            }
            ContactEvent::Identified { id } => {
                self.person.identity = Some(id.clone());
                self.person.claimed = None;
            }
            ContactEvent::Claimed { id } => self.person.claimed = Some(id.clone()),
            ContactEvent::PageTold { attributes } => {
                for (name, value) in attributes {
                    match value {
                        Some(value) => self.person.attributes.insert(name.clone(), value.clone()),
                        None => self.person.attributes.remove(name),
                    };
                }
            }
            ContactEvent::Introduced { by_page, facts } => {
                for (name, value) in facts {
                    self.known.insert(name.clone(), person::slot(name, value));
                    if *by_page {
                        self.person.given.insert(name.clone(), value.clone());
                    }
                }
            }
            ContactEvent::Unlearned { .. }
            | ContactEvent::SignedIn
            | ContactEvent::SignedOut
            | ContactEvent::LinkMade { .. }
            | ContactEvent::LinkFollowed { .. } => {}
            ContactEvent::Edited { name, value, .. } => {
                match value {
                    Some(value) => self.known.insert(name.clone(), written(name, value)),
                    None => self.known.remove(name),
                };
            }
            ContactEvent::Vouched { what, .. } => {
                if let (name @ ("phone" | "email"), value) = what.parts() {
                    self.known.insert(name.to_owned(), written(name, value));
                }
            }
            ContactEvent::Merged { into, .. } | ContactEvent::Recognized { into, .. } => {
                self.alias_of = Some(*into);
                self.apart = false;
            }
            ContactEvent::Unmerged { .. } => {
                self.alias_of = None;
                self.apart = true;
            }
            ContactEvent::Blocked { reason, by } => {
                self.blocked = Some(Block { reason: reason.clone(), by: by.clone(), at });
            }
            ContactEvent::Unblocked { .. } => self.blocked = None,
        }
    }

    /// The index rows: what must be known of all contacts at the start.
    fn rows(&self, site: &SiteId) -> Vec<(Key, Vec<u8>)> {
        let site = view::part(site.as_str());
        let alias = self.alias_of.map(|into| format!("{ALIASES}{site}/{into}/{}", self.id));
        let blocked = self.blocked.as_ref().map(|_| format!("{BLOCKED}{site}/{}", self.id));
        alias.into_iter().chain(blocked).map(|key| (key.into(), Vec::new())).collect()
    }
}

/// What an agent wrote down, as flows know it.
fn written(name: &str, value: &str) -> Slot {
    let kind = match name {
        "name" => Kind::Name,
        "email" => Kind::Email,
        "phone" => Kind::Phone,
        _ => Kind::Text,
    };
    Slot { kind: Some(kind), ..Slot::plain(value) }
}

/// The key by which the contact of an address is found.
pub(super) fn person_key(address: &Address) -> String {
    format!("person/{}", address.key())
}

/// The contact of an address, if they were ever seen.
pub(super) fn find(store: &dyn Store, address: &Address) -> Result<Option<(SiteId, ContactId)>, ReadError> {
    let row = store.get(Space::Unique, &person_key(address))?;
    Ok(row.and_then(|row| match row.owner {
        StreamId::Contact(site, id) => Some((site, id)),
        StreamId::Conversation(..) | StreamId::Agent(_) | StreamId::Audit(_) => None,
    }))
}

/// A contact.
pub(super) fn load(store: &dyn Store, site: &SiteId, id: ContactId) -> Result<Option<Contact>, ReadError> {
    let stream = StreamId::Contact(site.clone(), id);
    let Some(loaded) = store.load(&stream)? else { return Ok(None) };
    if let Ok(contact) = codec::decode("a contact", &loaded.state) {
        return Ok(Some(contact));
    }
    let events = store.events(&stream, EventNo(0), usize::MAX)?;
    let contact = fold(id, events.iter().map(|event| event.bytes.as_slice()));
    if let Err(error) = &contact {
        tracing::error!(contact = %id, %error, "a contact cannot be read; the visitor is treated as unknown");
    }
    Ok(contact.ok())
}

/// The first conversations of a contact, a page of them.
pub(super) fn conversations(
    store: &dyn Store,
    site: &SiteId,
    contact: ContactId,
) -> Result<Vec<ConversationId>, ReadError> {
    let rows = store.scan(Space::Index, &view::prefix::contact(site, contact), None, PAGE)?;
    Ok(rows.iter().filter_map(rebuild::conversation_of).collect())
}

/// How many conversations a contact has had; no more than [`COUNTED_MAX`] are counted.
pub(super) fn count(store: &dyn Store, site: &SiteId, contact: ContactId) -> Result<u32, ReadError> {
    let rows = store.scan(Space::Index, &view::prefix::contact(site, contact), None, COUNTED_MAX)?;
    Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
}

/// The conversations of a contact, the last first.
pub(super) fn latest<'a>(
    store: &'a dyn Store,
    site: &SiteId,
    contact: ContactId,
) -> impl Iterator<Item = Result<ConversationId, ReadError>> + 'a {
    let prefix = view::prefix::contact(site, contact);
    let mut before: Option<String> = None;
    std::iter::from_fn(move || {
        loop {
            let row = match store.last(Space::Index, &prefix, before.as_deref()) {
                Ok(row) => row?,
                Err(error) => return Some(Err(error)),
            };
            let id = rebuild::conversation_of(&row);
            before = Some(row.key);
            if let Some(id) = id {
                return Some(Ok(id));
            }
        }
    })
}

/// The last conversation of whoever is at an address.
pub(super) fn last_at(store: &dyn Store, address: &Address) -> Result<Option<ConversationId>, ReadError> {
    let Some((site, contact)) = find(store, address)? else { return Ok(None) };
    latest(store, &site, contact).next().transpose()
}

/// Whether a conversation is another contact's from this event on, who then learns what was told before.
pub(super) fn becomes_anothers(recorded: &Recorded) -> bool {
    matches!(recorded.event, Event::Identified { .. } | Event::Moved { .. })
}

/// Whether these events tell something of the person, or take it back, so that an outbox row must bring it to the contact.
pub(super) fn tells(events: &[Recorded]) -> bool {
    events.iter().any(|recorded| {
        learned(recorded).is_some() || becomes_anothers(recorded) || matches!(recorded.event, Event::TakenBack { .. })
    })
}

/// The key of that outbox row: one per conversation and commit.
pub(super) fn outbox_key(site: &SiteId, conversation: ConversationId, first: EventNo) -> String {
    format!("contact/{}/{conversation}/{:020}", view::part(site.as_str()), first.0)
}

/// Brings what a conversation's events tell to its contact. What was told before it was known whose conversation it is has no
/// better word than what is known of that person already, unless it is newer and known no better.
pub(super) async fn learn(
    store: &dyn Store,
    site: &SiteId,
    id: ContactId,
    conversation: ConversationId,
    events: &[Recorded],
    now: Time,
) -> Result<(), AppendError> {
    let mut tries = 0;
    loop {
        let Some(contact) = load(store, site, id)? else { return Ok(()) };
        let mut known = contact.known.clone();
        for (name, slot) in lessons(store, site, &contact, events)? {
            match slot {
                Some(slot) => known.insert(name.to_owned(), slot),
                None => known.remove(name),
            };
            // A person of whom too much is known already: what is new is left out, and stays in its conversation.
            if bytes_of(&known) > KNOWN_BYTES_MAX {
                known.remove(name);
                known.extend(contact.known.get_key_value(name).map(|(name, slot)| (name.clone(), slot.clone())));
            }
        }
        let learned = known.iter().filter(|(name, slot)| contact.known.get(*name) != Some(slot));
        let mut new: Vec<_> = learned
            .map(|(name, slot)| ContactEvent::Learned { name: name.clone(), slot: slot.clone(), from: conversation })
            .collect();
        let forgotten = contact.known.keys().filter(|name| !known.contains_key(*name));
        new.extend(forgotten.map(|name| ContactEvent::Forgot { name: name.clone() }));
        if new.is_empty() {
            return Ok(());
        }
        match append(store, site, &contact, new, now, Keys::default(), Vec::new()).await {
            Err(AppendError::Conflict { .. }) if tries < TRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

/// What a contact learns from a conversation's events: an attribute and its value, or that it is gone.
fn lessons<'a>(
    store: &dyn Store,
    site: &SiteId,
    contact: &Contact,
    events: &'a [Recorded],
) -> Result<Vec<(&'a str, Option<Slot>)>, ReadError> {
    let taken_back = unlearning::taken_back(events);
    let learned = |recorded: &'a Recorded| learned(recorded).filter(|_| !taken_back.contains(&recorded.no));
    let identified = events.iter().rposition(becomes_anothers);
    let Some(identified) = identified else { return Ok(events.iter().filter_map(learned).collect()) };
    let (before, since) = events.split_at(identified);
    let sources = Sources::read(store, site, contact)?;
    let mut told = BTreeMap::new();
    for recorded in before {
        told.extend(learned(recorded).map(|(name, slot)| (name, (slot, recorded.at))));
    }
    let counts = |(name, (slot, at)): (&'a str, (Option<Slot>, Time))| {
        let slot = slot.filter(|_| sources.yield_to(name, Weight::Said, at))?;
        Some((name, Some(slot)))
    };
    Ok(told.into_iter().filter_map(counts).chain(since.iter().filter_map(learned)).collect())
}

/// A contact's state as its events make it, for `verify` and `import`.
pub(super) fn rebuild<'a>(
    site: &SiteId,
    id: ContactId,
    events: impl Iterator<Item = &'a [u8]>,
) -> Result<StateAndRows, CodecError> {
    let contact = fold(id, events)?;
    Ok((codec::encode("a contact", &contact)?, contact.rows(site)))
}

fn fold<'a>(id: ContactId, events: impl Iterator<Item = &'a [u8]>) -> Result<Contact, CodecError> {
    let mut contact = Contact::blank(id);
    for bytes in events {
        let (at, event) = codec::decode_event(bytes)?;
        contact.apply(&event, at);
    }
    Ok(contact)
}

/// What an event tells of the person: an attribute and its value, or that it is gone.
fn learned(recorded: &Recorded) -> Option<(&str, Option<Slot>)> {
    match &recorded.event {
        Event::SlotSet { slot, value, said, kind, from, sensitive } => {
            let slot_value = Slot {
                value: value.clone(),
                said: said.clone(),
                kind: kind.clone(),
                from: *from,
                sensitive: *sensitive,
            };
            slot.contact_attribute().map(|name| (name, Some(slot_value)))
        }
        Event::SlotEmptied { slot } => slot.contact_attribute().map(|name| (name, None)),
        _ => None,
    }
}

/// Records something of a contact that is decided on what is known of it; nothing, where nothing is decided.
pub(super) async fn record(
    store: &dyn Store,
    site: &SiteId,
    id: ContactId,
    now: Time,
    keys: &Keys,
    decide: impl Fn(&Contact) -> Vec<ContactEvent>,
) -> Result<bool, AppendError> {
    let mut tries = 0;
    loop {
        let Some(contact) = load(store, site, id)? else { return Err(AppendError::Erased) };
        let events = decide(&contact);
        if events.is_empty() {
            return Ok(false);
        }
        match append(store, site, &contact, events, now, keys.clone(), Vec::new()).await {
            Err(AppendError::Conflict { .. }) if tries < TRIES => tries += 1,
            outcome => return outcome.map(|()| true),
        }
    }
}

/// The keys that a commit of a contact takes and gives up.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    /// Takes.
    pub(super) claim: Option<Unique>,
    /// Gives up.
    pub(super) release: Option<String>,
}

/// Where earlier events get other bytes, `before` is what follows from those.
pub(super) async fn append(
    store: &dyn Store,
    site: &SiteId,
    before: &Contact,
    events: Vec<ContactEvent>,
    now: Time,
    keys: Keys,
    rewritten: Vec<(EventNo, Vec<u8>)>,
) -> Result<(), AppendError> {
    let mut after = before.clone();
    events.iter().for_each(|event| after.apply(event, now));
    let mut append = commit(site, before, &after, &events, now)?;
    append.rewritten = rewritten;
    append.unique.extend(keys.claim);
    append.release.extend(keys.release);
    store.append(append).await.map(drop)
}

/// The commit of events that make one contact of another.
fn commit(
    site: &SiteId,
    before: &Contact,
    after: &Contact,
    events: &[ContactEvent],
    now: Time,
) -> Result<Append, AppendError> {
    let invalid = |_| AppendError::Invalid("a contact cannot be encoded");
    let bytes =
        events.iter().map(|event| codec::encode_event(now, event)).collect::<Result<_, _>>().map_err(invalid)?;
    let state = codec::encode("a contact", after).map_err(invalid)?;
    let stream = StreamId::Contact(site.clone(), after.id);
    let id = CommitId::from_uuid(uuid::Uuid::now_v7());
    let mut append = Append::new(stream, Version(before.version), id, bytes, state);
    append.rows = RowChanges::between(before.rows(site), after.rows(site));
    Ok(append)
}
