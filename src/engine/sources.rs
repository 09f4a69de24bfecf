//! Where what is known of a contact came from, read from its events: who said it, and how much that counts against what others
//! say. What a page claims without proof replaces nobody's word.

use std::collections::BTreeMap;

use crate::dialog::AgentRef;
use crate::engine::codec;
use crate::engine::contacts::{Contact, ContactEvent};
use crate::flow::Slot;
use crate::id::{ChannelName, ContactId, ConversationId, EventNo, SiteId};
use crate::store::{ReadError, Store, StreamId};
use crate::time::Time;

/// The most events of a contact that are looked at: the latest.
const EVENTS_MAX: usize = 2_000;

/// Where a fact came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// They said it.
    Conversation(ConversationId),
    /// They filled in the form before the chat.
    Form,
    /// The page told it.
    Page {
        /// Whether the page had proved who they are.
        proved: bool,
    },
    /// A platform, or the owner's own server, vouches for it.
    Channel(ChannelName),
    /// An agent wrote it down.
    Agent(AgentRef),
}

impl Source {
    /// The event by which another contact gets this fact; none for hearsay.
    pub(super) fn fact(&self, name: &str, slot: &Slot) -> Option<ContactEvent> {
        let name = name.to_owned();
        Some(match self {
            Self::Conversation(from) => ContactEvent::Learned { name, slot: slot.clone(), from: *from },
            Self::Form => ContactEvent::Introduced { by_page: false, facts: [(name, slot.text())].into() },
            Self::Agent(by) => ContactEvent::Edited { name, value: Some(slot.text()), by: by.clone() },
            // Who is vouched for is known by it wherever they are.
            Self::Page { .. } | Self::Channel(_) => return None,
        })
    }

    pub(super) fn weight(&self) -> Weight {
        match self {
            Self::Page { proved: false } => Weight::Hearsay,
            Self::Conversation(_) | Self::Form => Weight::Said,
            Self::Page { proved: true } | Self::Channel(_) | Self::Agent(_) => Weight::Vouched,
        }
    }
}

/// How much a source counts against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Anybody could have told the page.
    Hearsay,
    /// The visitor's own word.
    Said,
    /// Somebody stands for it.
    Vouched,
}

/// The sources of what is known of one contact, by attribute, and since when. An agent who removed a fact is the source of its
/// not being known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sources(BTreeMap<String, (Source, Time)>);

impl Sources {
    pub(super) fn read(store: &dyn Store, site: &SiteId, contact: &Contact) -> Result<Self, ReadError> {
        Ok(Self::of(contact, &history(store, site, contact.id)?))
    }

    pub(super) fn of(contact: &Contact, history: &[(Time, ContactEvent)]) -> Self {
        let mut sources = BTreeMap::new();
        let seen = history.iter().any(|(_, event)| matches!(event, ContactEvent::Identified { .. }));
        // Of a long history the proof may be too far back.
        let mut proved = contact.person.identity.is_some() && !seen;
        for (at, event) in history {
            match event {
                ContactEvent::Identified { .. } => proved = true,
                ContactEvent::Learned { name, from, .. } => {
                    sources.insert(name.clone(), (Source::Conversation(*from), *at));
                }
                ContactEvent::Edited { name, by, .. } => {
                    sources.insert(name.clone(), (Source::Agent(by.clone()), *at));
                }
                ContactEvent::Introduced { by_page, facts } => {
                    let source = if *by_page { Source::Page { proved } } else { Source::Form };
                    sources.extend(facts.keys().map(|name| (name.clone(), (source.clone(), *at))));
                }
                ContactEvent::Vouched { what, by } => {
                    sources.insert(what.parts().0.to_owned(), (Source::Channel(by.clone()), *at));
                }
                ContactEvent::Forgot { name } => drop(sources.remove(name)),
                _ => {}
            }
        }
        Self(sources)
    }

    pub(super) fn get(&self, attribute: &str) -> Option<&(Source, Time)> {
        self.0.get(attribute)
    }

    /// Whether something of this weight and time has the better word on an attribute than what is known.
    pub(super) fn yield_to(&self, attribute: &str, weight: Weight, at: Time) -> bool {
        self.0.get(attribute).is_none_or(|(source, since)| (weight, at) >= (source.weight(), *since))
    }
}

/// The latest events of a contact.
pub(super) fn history(store: &dyn Store, site: &SiteId, id: ContactId) -> Result<Vec<(Time, ContactEvent)>, ReadError> {
    let stream = StreamId::Contact(site.clone(), id);
    let version = store.load(&stream)?.map_or(0, |loaded| loaded.version.0);
    let after = EventNo(version.saturating_sub(EVENTS_MAX as u64));
    let stored = store.events(&stream, after, EVENTS_MAX)?;
    // An event that cannot be read says nothing of where a fact came from; the fact stands all the same.
    Ok(stored.iter().filter_map(|event| codec::decode_event(&event.bytes).ok()).collect())
}
