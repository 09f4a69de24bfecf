//! Whoever is seen for the first time: their contact, and the commit that makes it with all that is known of them then. Whoever waits for
//! an answer waits for that commit, so it is one.

use crate::channel::Vouched;
use crate::dialog::Address;
use crate::engine::Told;
use crate::engine::sources::Sources;
use crate::id::ContactId;
use crate::store::{Append, AppendError, Space, Store, StreamId, Unique};
use crate::time::Time;

use super::{Contact, ContactEvent, Known, TRIES, commit, load, person_key};

/// The contact of an address, made at first use.
pub(in crate::engine) async fn of_address(
    store: &dyn Store,
    address: &Address,
    now: Time,
) -> Result<(ContactId, Known), AppendError> {
    let mut tries = 0;
    loop {
        let newcomer = match meet(store, address, now, &Told::default(), &[])? {
            Met::Before(id, known) => return Ok((id, known)),
            Met::New(newcomer) => *newcomer,
        };
        match store.append(newcomer.made).await {
            Ok(_) => return Ok((newcomer.id, newcomer.known)),
            Err(AppendError::Duplicate { .. }) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Whether somebody was seen before.
pub(in crate::engine) enum Met {
    /// They were.
    Before(ContactId, Known),
    /// They were not.
    New(Box<Newcomer>),
}

/// Somebody who is seen for the first time.
pub(in crate::engine) struct Newcomer {
    /// Their contact.
    pub(in crate::engine) id: ContactId,
    /// What is known of them from the first moment.
    pub(in crate::engine) known: Known,
    /// The commit that makes the contact. Until it is durable, they were never seen.
    pub(in crate::engine) made: Append,
}

/// The contact of an address and what is known of them. At first use there is a commit to make it, with all that is told of them
/// then, and each key of what somebody vouches for that nobody is known by: somebody waits for it, so it is one commit.
pub(in crate::engine) fn meet(
    store: &dyn Store,
    address: &Address,
    now: Time,
    told: &Told,
    vouched: &[(Vouched, String)],
) -> Result<Met, AppendError> {
    let key = person_key(address);
    if let Some(StreamId::Contact(site, id)) = store.get(Space::Unique, &key)?.map(|row| row.owner) {
        return Ok(Met::Before(id, load(store, &site, id)?.map(|contact| contact.known).unwrap_or_default()));
    }
    let blank = Contact::blank(ContactId::from_uuid(uuid::Uuid::now_v7()));
    let (mut events, mut claim) = (vec![ContactEvent::Created { address: address.clone() }], vec![Unique::Guard(key)]);
    for (what, key) in vouched {
        if store.get(Space::Unique, key)?.is_none() {
            events.push(ContactEvent::Vouched { what: what.clone(), by: address.channel.clone() });
            claim.push(Unique::Guard(key.clone()));
        }
    }
    let mut contact = blank.clone();
    events.iter().for_each(|event| contact.apply(event, now));
    let news = told.news(&contact, &Sources::default());
    news.iter().for_each(|event| contact.apply(event, now));
    events.extend(news);
    let mut made = commit(&address.site, &blank, &contact, &events, now)?;
    made.unique = claim;
    Ok(Met::New(Box::new(Newcomer { id: contact.id, known: contact.known, made })))
}
