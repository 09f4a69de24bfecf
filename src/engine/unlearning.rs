//! What a contact had learned in a conversation and does not know any more: the message was taken back, or it was somebody else
//! who said it. The values leave the log of the contact itself, so that exports have none of them, and what was known before is
//! known again.

use std::collections::BTreeSet;

use crate::dialog::{Event, Recorded};
use crate::engine::codec::{self, Record};
use crate::engine::contacts::{self, Contact, ContactEvent, Keys, TRIES, append};
use crate::flow::Slot;
use crate::id::{ContactId, ConversationId, EventNo, Position, SiteId};
use crate::store::{AppendError, Settle, Store, StreamId};
use crate::time::Time;

/// So many of a contact's latest conversations are looked through for what they recorded as known.
const CONVERSATIONS_MAX: usize = 100;

/// So many records are changed at once.
const RECORDS_AT_ONCE: usize = 100;

/// Those of a conversation's events that tell a contact nothing, because a message was taken back: what was remembered of it, and
/// what was emptied with it.
pub(super) fn taken_back(events: &[Recorded]) -> BTreeSet<EventNo> {
    let messages: BTreeSet<EventNo> = events.iter().filter_map(|recorded| of(&recorded.event)).collect();
    let mut nothing = BTreeSet::new();
    let mut emptied = false;
    for recorded in events.iter().rev() {
        let counts_for_nothing = match &recorded.event {
            Event::SlotSet { from: Some(from), .. } => messages.contains(from),
            Event::SlotEmptied { .. } => emptied,
            _ => false,
        };
        if counts_for_nothing {
            nothing.insert(recorded.no);
        }
        emptied = of(&recorded.event).is_some() || (emptied && matches!(recorded.event, Event::SlotEmptied { .. }));
    }
    nothing
}

/// The message that an event says was taken back.
pub(super) fn of(event: &Event) -> Option<EventNo> {
    match event {
        Event::TakenBack { of } => Some(*of),
        _ => None,
    }
}

/// Whose a conversation was in the course of these events, and is.
pub(super) fn whose(events: &[Recorded]) -> BTreeSet<ContactId> {
    events.iter().filter_map(|recorded| becomes(&recorded.event)).collect()
}

/// Whose a conversation is from an event on, where that says so.
pub(super) fn becomes(event: &Event) -> Option<ContactId> {
    match event {
        Event::Opened { contact, .. } | Event::Identified { contact, .. } | Event::Moved { contact, .. } => {
            Some(*contact)
        }
        _ => None,
    }
}

/// Takes out of a contact's log what it learned in a conversation and what `is_gone` of that, and out of the records of what was
/// known when its person, all contacts of a `group`, said something. Says whether there was anything.
pub(super) async fn unlearn(
    store: &dyn Store,
    site: &SiteId,
    (id, group): (ContactId, &[ContactId]),
    conversation: ConversationId,
    now: Time,
    is_gone: impl Fn(&Slot) -> bool + Send + Sync,
) -> Result<bool, AppendError> {
    let unreadable = |_| AppendError::Invalid("the events of a contact cannot be read");
    let stream = StreamId::Contact(site.clone(), id);
    let mut tries = 0;
    loop {
        let mut contact = Contact::blank(id);
        let (mut rewritten, mut gone) = (Vec::new(), Vec::new());
        for stored in store.events(&stream, EventNo(0), usize::MAX)? {
            let (at, mut event): (Time, ContactEvent) = codec::decode_event(&stored.bytes).map_err(unreadable)?;
            if let ContactEvent::Learned { name, slot, from } = &event
                && *from == conversation
                && is_gone(slot)
            {
                gone.push((name.clone(), slot.clone()));
                event = ContactEvent::Unlearned { name: name.clone(), from: conversation };
                rewritten.push((stored.no, codec::encode_event(at, &event).map_err(unreadable)?));
            }
            contact.apply(&event, at);
        }
        if rewritten.is_empty() {
            return Ok(false);
        }
        // First, because only the events say what must go: what a crash cuts short is found again by them.
        forget_in_records(store, site, group, &gone).await?;
        let names: BTreeSet<String> = gone.into_iter().map(|(name, _)| name).collect();
        let events = names.into_iter().map(|name| ContactEvent::Unlearned { name, from: conversation }).collect();
        match append(store, site, &contact, events, now, Keys::default(), rewritten).await {
            Err(AppendError::Conflict { .. }) if tries < TRIES => tries += 1,
            outcome => return outcome.map(|()| true),
        }
    }
}

/// Every commit records what was known of the person: there it must not be either.
async fn forget_in_records(
    store: &dyn Store,
    site: &SiteId,
    group: &[ContactId],
    gone: &[(String, Slot)],
) -> Result<(), AppendError> {
    let is_gone = |name: &String, slot: &Slot| gone.iter().any(|(gone, was)| gone == name && was == slot);
    let mut records = Vec::new();
    for contact in group {
        for id in contacts::latest(store, site, *contact).take(CONVERSATIONS_MAX) {
            let stream = StreamId::Conversation(site.clone(), id?);
            let events = store.events(&stream, EventNo(0), usize::MAX)?;
            let positions: BTreeSet<Position> = events.into_iter().map(|event| event.position).collect();
            for position in positions {
                let found = store.log(Position(position.0.saturating_sub(1)), 1)?;
                let Some(commit) = found.into_iter().find(|commit| commit.position == position) else { continue };
                // What cannot be read was written by another program and says nothing to this one.
                let Ok(mut record) = codec::decode::<Record>("a record", &commit.meta) else { continue };
                let before = record.world.contact.len();
                record.world.contact.retain(|name, slot| !is_gone(name, slot));
                if record.world.contact.len() < before {
                    let encoded = codec::encode("a record", &record);
                    let encoded = encoded.map_err(|_| AppendError::Invalid("a record cannot be encoded"))?;
                    records.push((stream.clone(), position, encoded));
                }
            }
        }
    }
    for some in records.chunks(RECORDS_AT_ONCE) {
        store.settle(Settle { records: some.to_vec(), ..Settle::default() }).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_remembered_of_a_message_that_was_taken_back_counts_for_nothing_and_the_rest_does() {
        let set = |slot: &str, from: u64| Event::SlotSet {
            slot: slot.into(),
            value: serde_json::Value::Null,
            said: String::new(),
            kind: None,
            from: Some(EventNo(from)),
            sensitive: false,
        };
        let emptied = |slot: &str| Event::SlotEmptied { slot: slot.into() };
        let events = [
            set("contact.name", 1),
            set("contact.phone", 2),
            emptied("contact.phone"),
            Event::CountsReset,
            emptied("contact.name"),
            emptied("order"),
            Event::TakenBack { of: EventNo(1) },
        ];
        let events: Vec<_> =
            (1..).zip(events).map(|(no, event)| Recorded { no: EventNo(no), at: Time(0), event }).collect();
        let nothing: Vec<u64> = taken_back(&events).into_iter().map(|no| no.0).collect();
        assert_eq!(nothing, [1, 5, 6]);
    }
}
