//! Who is whose alias, and who is blocked: kept in memory, because every message asks. Read at the start from the contacts'
//! index rows; nothing here is true by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use crate::engine::accounts::all_rows;
use crate::engine::contacts::{ALIASES, BLOCKED, Contact};
use crate::id::ContactId;
use crate::store::{ReadError, Store, StreamId};

/// A chain of aliases is followed so far. Merging makes no circles; damaged data could.
const CHAIN_MAX: usize = 100;

/// So many who stay apart are kept in mind.
const APART_MAX: usize = 10_000;

/// The relations between contacts.
#[derive(Debug, Default)]
pub(in crate::engine) struct Relations(RwLock<Now>);

#[derive(Debug, Default)]
struct Now {
    alias_of: BTreeMap<ContactId, ContactId>,
    aliases: BTreeMap<ContactId, BTreeSet<ContactId>>,
    blocked: BTreeSet<ContactId>,
    /// Two contacts that are known by the same and stay two people all the same, so that not every message asks why. It holds
    /// until anybody's relations change.
    apart: BTreeSet<(ContactId, ContactId)>,
}

impl Relations {
    /// Reads them from the index rows.
    pub(in crate::engine) fn read(store: &dyn Store) -> Result<Self, ReadError> {
        let mut now = Now::default();
        for row in all_rows(store, ALIASES)? {
            let StreamId::Contact(_, alias) = row.owner else { continue };
            let into = row.key.rsplit('/').nth(1).and_then(|into| into.parse().ok());
            if let Some(into) = into {
                now.link(alias, into);
            }
        }
        for row in all_rows(store, BLOCKED)? {
            if let StreamId::Contact(_, id) = row.owner {
                now.blocked.insert(id);
            }
        }
        Ok(Self(RwLock::new(now)))
    }

    /// Notes how a contact stands now.
    pub(super) fn note(&self, contact: &Contact) {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        now.apart.clear();
        now.unlink(contact.id);
        if let Some(into) = contact.alias_of {
            now.link(contact.id, into);
        }
        if contact.blocked.is_some() {
            now.blocked.insert(contact.id);
        } else {
            now.blocked.remove(&contact.id);
        }
    }

    /// Forgets contacts that were erased.
    pub(in crate::engine) fn forget(&self, erased: &[ContactId]) {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        now.apart.clear();
        for id in erased {
            now.unlink(*id);
            now.blocked.remove(id);
        }
    }

    /// Notes that a contact stays apart from another, though both are known by the same.
    pub(super) fn note_apart(&self, own: ContactId, holder: ContactId) {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if now.apart.len() >= APART_MAX {
            now.apart.clear();
        }
        now.apart.insert((own, holder));
    }

    /// Whether that was so when it was last asked.
    pub(super) fn stay_apart(&self, own: ContactId, holder: ContactId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).apart.contains(&(own, holder))
    }

    /// The contact that stands for a person: the end of the chain of aliases.
    pub(in crate::engine) fn root(&self, id: ContactId) -> ContactId {
        self.0.read().unwrap_or_else(PoisonError::into_inner).root(id)
    }

    /// All contacts of a person, the one that stands for them first.
    pub(in crate::engine) fn group(&self, id: ContactId) -> Vec<ContactId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).group(id)
    }

    /// A contact and all that were made its aliases.
    pub(in crate::engine) fn branch(&self, id: ContactId) -> Vec<ContactId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).branch(id)
    }

    /// Whether somebody is blocked at all: most servers need not look further.
    pub(super) fn anybody_blocked(&self) -> bool {
        !self.0.read().unwrap_or_else(PoisonError::into_inner).blocked.is_empty()
    }

    /// Whether a person is blocked: by one contact, all of them are.
    pub(in crate::engine) fn is_blocked(&self, id: ContactId) -> bool {
        let now = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !now.blocked.is_empty() && now.group(id).iter().any(|member| now.blocked.contains(member))
    }
}

impl Now {
    fn link(&mut self, alias: ContactId, into: ContactId) {
        self.alias_of.insert(alias, into);
        self.aliases.entry(into).or_default().insert(alias);
    }

    fn unlink(&mut self, alias: ContactId) {
        let Some(into) = self.alias_of.remove(&alias) else { return };
        if let Some(aliases) = self.aliases.get_mut(&into) {
            aliases.remove(&alias);
            if aliases.is_empty() {
                self.aliases.remove(&into);
            }
        }
    }

    fn root(&self, id: ContactId) -> ContactId {
        let chain = std::iter::successors(Some(id), |id| self.alias_of.get(id).copied());
        chain.take(CHAIN_MAX).last().unwrap_or(id)
    }

    fn group(&self, id: ContactId) -> Vec<ContactId> {
        self.branch(self.root(id))
    }

    fn branch(&self, id: ContactId) -> Vec<ContactId> {
        let mut group = vec![id];
        let mut at = 0;
        while let Some(member) = group.get(at).copied() {
            at += 1;
            for alias in self.aliases.get(&member).into_iter().flatten() {
                if !group.contains(alias) {
                    group.push(*alias);
                }
            }
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> ContactId {
        ContactId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_person_is_all_contacts_of_a_tree_whichever_is_asked() {
        let mut now = Now::default();
        now.link(id(2), id(1));
        now.link(id(3), id(2));
        now.link(id(4), id(1));
        for any in 1..=4 {
            let mut group = now.group(id(any));
            assert_eq!((group[0], now.root(id(any))), (id(1), id(1)));
            group.sort();
            assert_eq!(group, [1, 2, 3, 4].map(id));
        }
        assert_eq!(now.branch(id(2)), [2, 3].map(id));
        now.unlink(id(2));
        assert_eq!((now.group(id(3)), now.group(id(4))), (vec![id(2), id(3)], vec![id(1), id(4)]));
    }

    #[test]
    fn a_circle_in_damaged_data_ends() {
        let mut now = Now::default();
        now.link(id(1), id(2));
        now.link(id(2), id(1));
        assert_eq!(now.group(id(1)).len(), 2);
    }
}
