//! All that is known of a person, with where it came from: facts of all their contacts side by side, so that what disagrees is
//! seen; where they are reached; their conversations over all channels; and what agents did about them.

use std::collections::{BTreeMap, BTreeSet};

use crate::channel::Vouched;
use crate::dialog::{Address, AgentRef};
use crate::engine::contacts::{self, Block, Contact, ContactEvent};
use crate::engine::people::{PersonError, went_on};
use crate::engine::sources::{self, Source, Sources};
use crate::engine::{Account, Engine};
use crate::id::{ContactId, ConversationId, SiteId};
use crate::time::Time;
use crate::view::{self, Summary};

/// The most conversations on a sheet.
const CONVERSATIONS_MAX: usize = 100;

/// A person.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonSheet {
    /// The contact that stands for them.
    pub id: ContactId,
    /// Their site.
    pub site: SiteId,
    /// All their contacts, the one that stands for them first.
    pub members: Vec<Member>,
    /// What is known, by attribute.
    pub facts: Vec<Fact>,
    /// Why nobody hears them, if it is so.
    pub blocked: Option<Block>,
    /// Their conversations over all channels, those that are the agent's to see; the latest first.
    pub conversations: Vec<Summary>,
    /// Those of them that went on as another person's.
    pub went_on: BTreeSet<ConversationId>,
    /// What agents did about them, the latest first.
    pub deeds: Vec<(Time, AgentRef, Deed)>,
}

impl PersonSheet {
    /// Their name, as the contact that stands for them knows it, else as another does.
    pub fn name(&self) -> Option<String> {
        self.members.iter().find_map(|member| member.name.clone())
    }
}

/// One contact of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its id.
    pub id: ContactId,
    /// The contact whose alias it is; none for the one that stands for the person.
    pub alias_of: Option<ContactId>,
    /// What both are known by, where that made it an alias.
    pub same_by: Option<Vouched>,
    /// The name that it knows.
    pub name: Option<String>,
    /// Where it is reached.
    pub addresses: Vec<Address>,
    /// When it was first seen.
    pub created_at: Time,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its values: one of each contact that knows any.
    pub values: Vec<FactValue>,
}

impl Fact {
    /// Whether the contacts of the person disagree.
    pub fn is_disputed(&self) -> bool {
        let plain = |value: &str| match self.name.as_str() {
            "phone" => value.chars().filter(char::is_ascii_digit).collect(),
            _ => value.trim().to_lowercase(),
        };
        let mut values = self.values.iter().map(|value| plain(&value.value));
        let first = values.next();
        values.any(|value| Some(&value) != first.as_ref())
    }
}

/// What one contact knows.
#[derive(Debug, Clone, PartialEq)]
pub struct FactValue {
    /// Which contact.
    pub contact: ContactId,
    /// The value as a person reads it.
    pub value: String,
    /// Whether it is masked.
    pub masked: bool,
    /// Where it came from, as far as that is recorded.
    pub source: Option<Source>,
    /// Since when it is known.
    pub at: Option<Time>,
}

/// What an agent did about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Wrote down a fact; none removed it.
    Edited {
        /// Which.
        name: String,
        /// What.
        value: Option<String>,
    },
    /// Merged another contact into this person.
    Merged(ContactId),
    /// Undid that.
    Unmerged(ContactId),
    /// Blocked them.
    Blocked(String),
    /// Let them in again.
    Unblocked,
}

impl Engine {
    /// All that is known of the person of a contact, if they are the agent's to see.
    pub fn person(&self, agent: &Account, id: ContactId) -> Result<PersonSheet, PersonError> {
        let seen = self.may_see(agent, id)?;
        let mut sheet = PersonSheet {
            id: seen.group.first().copied().unwrap_or(id),
            site: seen.site.clone(),
            members: Vec::new(),
            facts: Vec::new(),
            blocked: None,
            conversations: Vec::new(),
            went_on: BTreeSet::new(),
            deeds: Vec::new(),
        };
        let mut facts: BTreeMap<String, Vec<FactValue>> = BTreeMap::new();
        for member in &seen.group {
            let Some(contact) = contacts::load(&*self.0.store, &seen.site, *member)? else { continue };
            let history = sources::history(&*self.0.store, &seen.site, *member)?;
            for (name, value) in known(&contact, &history) {
                facts.entry(name).or_default().push(value);
            }
            sheet.deeds.extend(history.iter().filter_map(|(at, event)| deed(*member, *at, event)));
            sheet.blocked = sheet.blocked.or_else(|| contact.blocked.clone());
            sheet.conversations.extend(self.conversations_of(agent, &seen.site, *member)?);
            for went in went_on(&*self.0.store, &seen.site, *member)? {
                if !seen.group.contains(&went.to)
                    && let Some(hot) = self.find(went.conversation)?.filter(|hot| agent.may(&hot.conversation))
                    && sheet.went_on.insert(went.conversation)
                {
                    sheet.conversations.extend(view::summary(went.conversation, &hot.conversation));
                }
            }
            sheet.members.push(Member {
                id: *member,
                alias_of: contact.alias_of,
                same_by: contact.alias_of.and_then(|_| same_by(&history)),
                name: name_of(&contact),
                addresses: contact.addresses,
                created_at: contact.created_at,
            });
        }
        // Name, e-mail and phone first: that is what one looks for.
        let rank = |name: &str| ["name", "email", "phone"].iter().position(|first| *first == name).unwrap_or(3);
        sheet.facts = facts.into_iter().map(|(name, values)| Fact { name, values }).collect();
        sheet.facts.sort_by_key(|fact| rank(&fact.name));
        sheet.conversations.sort_by_key(|summary| std::cmp::Reverse(summary.last_at));
        sheet.conversations.truncate(CONVERSATIONS_MAX);
        sheet.deeds.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        Ok(sheet)
    }

    fn conversations_of(
        &self,
        agent: &Account,
        site: &SiteId,
        contact: ContactId,
    ) -> Result<Vec<Summary>, PersonError> {
        let mut found = Vec::new();
        for id in contacts::latest(&*self.0.store, site, contact).take(CONVERSATIONS_MAX) {
            let id = id?;
            if let Some(hot) = self.find(id)?
                && agent.may(&hot.conversation)
            {
                found.extend(view::summary(id, &hot.conversation));
            }
        }
        Ok(found)
    }
}

/// The name that a contact knows.
pub(super) fn name_of(contact: &Contact) -> Option<String> {
    let name = contact.known.get("name")?.text();
    (!name.is_empty()).then_some(name)
}

/// What a contact knows, each with its source.
fn known(contact: &Contact, history: &[(Time, ContactEvent)]) -> Vec<(String, FactValue)> {
    let sources = Sources::of(contact, history);
    let values = contact.known.iter().map(|(name, slot)| {
        let source = sources.get(name).cloned();
        let value = FactValue {
            contact: contact.id,
            value: slot.text(),
            masked: slot.sensitive,
            at: source.as_ref().map(|(_, at)| *at),
            source: source.map(|(source, _)| source),
        };
        (name.clone(), value)
    });
    values.collect()
}

/// What made a contact an alias, if no agent did.
fn same_by(history: &[(Time, ContactEvent)]) -> Option<Vouched> {
    let made = history.iter().rev().find_map(|(_, event)| match event {
        ContactEvent::Recognized { by, .. } => Some(by.clone()),
        ContactEvent::Merged { .. } => Some(None),
        _ => None,
    });
    made.flatten()
}

fn deed(member: ContactId, at: Time, event: &ContactEvent) -> Option<(Time, AgentRef, Deed)> {
    Some(match event {
        ContactEvent::Edited { name, value, by } => {
            (at, by.clone(), Deed::Edited { name: name.clone(), value: value.clone() })
        }
        ContactEvent::Merged { by, .. } => (at, by.clone(), Deed::Merged(member)),
        ContactEvent::Unmerged { by } => (at, by.clone(), Deed::Unmerged(member)),
        ContactEvent::Blocked { reason, by } => (at, by.clone(), Deed::Blocked(reason.clone())),
        ContactEvent::Unblocked { by } => (at, by.clone(), Deed::Unblocked),
        _ => return None,
    })
}
