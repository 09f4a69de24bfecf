//! Finding people by what is known of them: name, e-mail address, phone number, or an id. The directory is made when somebody
//! first looks for somebody, and follows the store's log from there; it is memory only.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use crate::engine::contacts::{self, Contact};
use crate::engine::people::{PersonError, sheet};
use crate::engine::{Account, Engine};
use crate::id::{ContactId, Position, SiteId};
use crate::store::{ReadError, Store, StreamId};
use crate::text;

/// The most people that are found.
const FOUND_MAX: usize = 20;

/// So many that fit are taken from the directory at a time, to find those whom the agent may see.
const LOOK_AT_ONCE: usize = 200;

/// Streams and commits are read so many at a time.
const PAGE: usize = 1_000;

/// After more commits than this it is cheaper to read all contacts again.
const BEHIND_MAX: u64 = 20_000;

/// Fewer digits than this are no phone number.
const DIGITS_MIN: usize = 4;

/// A person as one finds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The contact that stands for them.
    pub id: ContactId,
    /// Their site.
    pub site: SiteId,
    /// Their name.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Whether they are blocked.
    pub blocked: bool,
}

/// All contacts, by what they are found by.
#[derive(Debug, Default)]
pub(in crate::engine) struct Directory(Mutex<Option<Read>>);

#[derive(Debug)]
struct Read {
    to: Position,
    texts: BTreeMap<Key, String>,
}

/// A contact with its site.
type Key = (ContactId, SiteId);

impl Directory {
    /// The newest contacts of these sites that have all these words, so many at a time: those before one that was given.
    fn find(
        &self,
        store: &dyn Store,
        words: &[String],
        sites: &BTreeSet<SiteId>,
        before: Option<&Key>,
    ) -> Result<Vec<Key>, ReadError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = store.position();
        let read = match kept.take() {
            Some(read) if now.0.saturating_sub(read.to.0) <= BEHIND_MAX => read.follow(store, now)?,
            _ => Read::all(store, now)?,
        };
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let fits = |(_, site): &Key, text: &String| {
            sites.contains(site) && words.iter().all(|word| text.contains(word.as_str()))
        };
        let found = read.texts.range::<Key, _>((Bound::Unbounded, end)).rev();
        let found = found.filter(|(key, text)| fits(key, text)).map(|(key, _)| key.clone());
        let found = found.take(LOOK_AT_ONCE).collect();
        *kept = Some(read);
        Ok(found)
    }
}

impl Read {
    fn all(store: &dyn Store, to: Position) -> Result<Self, ReadError> {
        let mut read = Self { to, texts: BTreeMap::new() };
        let mut after = None;
        loop {
            let page = store.streams(after.as_ref(), PAGE)?;
            let Some(last) = page.last() else { return Ok(read) };
            after = Some(last.clone());
            for stream in &page {
                read.note(store, stream)?;
            }
        }
    }

    fn follow(mut self, store: &dyn Store, to: Position) -> Result<Self, ReadError> {
        while self.to < to {
            let page = store.log(self.to, PAGE)?;
            let Some(last) = page.last() else { break };
            self.to = last.position;
            for commit in &page {
                self.note(store, &commit.stream)?;
            }
        }
        Ok(self)
    }

    fn note(&mut self, store: &dyn Store, stream: &StreamId) -> Result<(), ReadError> {
        let StreamId::Contact(site, id) = stream else { return Ok(()) };
        let key = (*id, site.clone());
        match contacts::load(store, site, *id)? {
            Some(contact) => drop(self.texts.insert(key, text_of(&contact))),
            None => drop(self.texts.remove(&key)),
        }
        Ok(())
    }
}

/// What a contact is found by, folded.
fn text_of(contact: &Contact) -> String {
    let mut found = text::fold(&contact.id.to_string());
    for slot in contact.known.values().filter(|slot| !slot.sensitive) {
        let value = slot.text();
        found.push('\n');
        found.push_str(&text::fold(&value));
        found.push('\n');
        found.extend(digits(&value));
    }
    for address in &contact.addresses {
        found.push('\n');
        found.push_str(&text::fold(&address.user));
    }
    found
}

/// The digits of what may be a phone number, as one writes it.
fn digits(value: &str) -> Option<String> {
    let plain = text::plain(value);
    let phone = plain.chars().all(|letter| letter.is_ascii_digit() || " +-/().".contains(letter));
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    (phone && digits.len() >= DIGITS_MIN).then_some(digits)
}

/// What somebody looks for: a phone number whole, whatever stands between its digits, else every word.
fn words(query: &str) -> Vec<String> {
    match digits(query) {
        Some(digits) => vec![digits],
        None => text::fold(query).split_whitespace().map(str::to_owned).collect(),
    }
}

impl Engine {
    /// The people who fit all words of a query, the newest first; only those whom the agent may see. The first look reads all
    /// contacts.
    pub fn find_people(&self, agent: &Account, query: &str) -> Result<Vec<PersonRow>, PersonError> {
        let words = words(query);
        let mut rows: Vec<PersonRow> = Vec::new();
        if words.is_empty() {
            return Ok(rows);
        }
        let sites = self.sites().map(|site| site.id.clone()).filter(|site| agent.serves_site(site)).collect();
        let mut last: Option<Key> = None;
        loop {
            let page = self.0.directory.find(&*self.0.store, &words, &sites, last.as_ref())?;
            for (id, site) in &page {
                let root = self.0.people.root(*id);
                if rows.iter().any(|row| row.id == root)
                    || !self.sees_person(agent, site, &self.0.people.group(root))?
                {
                    continue;
                }
                rows.extend(self.person_row(site, root)?);
                if rows.len() == FOUND_MAX {
                    return Ok(rows);
                }
            }
            if page.len() < LOOK_AT_ONCE {
                return Ok(rows);
            }
            last = page.last().cloned();
        }
    }

    /// A person in a line, by the contact that stands for them.
    fn person_row(&self, site: &SiteId, root: ContactId) -> Result<Option<PersonRow>, ReadError> {
        let Some(mut contact) = contacts::load(&*self.0.store, site, root)? else { return Ok(None) };
        contact.known = self.known_of(site, &contact)?;
        let known = |name: &str| {
            let slot = contact.known.get(name).filter(|slot| !slot.sensitive)?;
            Some(slot.text())
        };
        Ok(Some(PersonRow {
            id: root,
            site: site.clone(),
            name: sheet::name_of(&contact),
            email: known("email"),
            phone: known("phone"),
            blocked: self.0.people.is_blocked(root),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_found_however_they_are_written() {
        assert_eq!(words("+30 210 123-4567"), ["302101234567"]);
        assert_eq!(words("۰۹۱۲۳۴۵"), ["0912345"]);
        assert_eq!(words("Zoë Light"), ["zoe", "light"]);
        assert_eq!(words("12"), ["12"]);
        assert_eq!(digits("flat 12345"), None);
    }

    #[test]
    fn an_id_is_found_whatever_letters_stand_in_it() {
        // Folding makes two of three equal letters.
        let id = ContactId::from_uuid(uuid::Uuid::from_u128(0x01a2_19da_3b2b_7135_88ee_e073_3534_49e3));
        assert!(text_of(&Contact::blank(id)).contains(&words(&id.to_string())[0]));
    }
}
