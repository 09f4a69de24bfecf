//! Conversations that went on as somebody else's, by a link: who began them and who has them each said something there, and nobody
//! can part the two. So they belong to the history of both, and go when either is forgotten. What was told of a person before a
//! conversation went is not known of whoever has it, once an agent says that the two are two.

use std::collections::BTreeSet;

use crate::dialog::Recorded;
use crate::engine::contacts::ContactEvent;
use crate::engine::unlearning::{becomes, unlearn};
use crate::engine::{Engine, TurnError, rebuild, sources};
use crate::flow::Slot;
use crate::id::{ContactId, ConversationId, EventNo, SiteId};
use crate::store::{AppendError, ReadError, Store, StreamId};
use crate::time::Time;

/// A conversation that went on as somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct WentOn {
    pub(in crate::engine) conversation: ConversationId,
    /// Whose it is now.
    pub(in crate::engine) to: ContactId,
    /// The event by which it went.
    at: EventNo,
}

impl WentOn {
    /// What was told before it went is not known of whoever has it now, one of the contacts of a `group`.
    pub(in crate::engine) async fn unlearned(
        &self,
        store: &dyn Store,
        site: &SiteId,
        group: &[ContactId],
        now: Time,
    ) -> Result<bool, AppendError> {
        let before = |slot: &Slot| slot.from.is_none_or(|from| from < self.at);
        unlearn(store, site, (self.to, group), self.conversation, now, before).await
    }
}

/// The conversations of a contact that went on as somebody else's, by links that were made for them.
pub(in crate::engine) fn went_on(
    store: &dyn Store,
    site: &SiteId,
    contact: ContactId,
) -> Result<Vec<WentOn>, ReadError> {
    let history = sources::history(store, site, contact)?;
    let linked = history.iter().filter_map(|(_, event)| match event {
        ContactEvent::LinkMade { conversation, .. } => Some(*conversation),
        _ => None,
    });
    let linked: BTreeSet<ConversationId> = linked.collect();
    let mut found = Vec::new();
    for conversation in linked {
        let stream = StreamId::Conversation(site.clone(), conversation);
        // What cannot be read is told of where it is opened.
        let Some(Ok(state)) = rebuild::stored(store, &stream)? else { continue };
        let Some(to) = state.opening.map(|opening| opening.contact).filter(|to| *to != contact) else { continue };
        let Ok(events) = rebuild::recorded(&store.events(&stream, EventNo(0), usize::MAX)?) else { continue };
        found.extend(left_at(&events, contact).map(|at| WentOn { conversation, to, at }));
    }
    Ok(found)
}

/// The event by which a conversation went from a contact for good.
fn left_at(events: &[Recorded], contact: ContactId) -> Option<EventNo> {
    let mut left = None;
    let mut had = false;
    for recorded in events {
        let Some(now) = becomes(&recorded.event) else { continue };
        if now == contact {
            (had, left) = (true, None);
        } else if had && left.is_none() {
            left = Some(recorded.no);
        }
    }
    left
}

impl Engine {
    /// Some contacts of a person are somebody else: neither knows what the other told in a conversation that went from the one to
    /// the other.
    pub(super) async fn part(&self, site: &SiteId, parted: &[ContactId], group: &[ContactId]) -> Result<(), TurnError> {
        let (parted, rest): (Vec<_>, Vec<_>) = group.iter().copied().partition(|contact| parted.contains(contact));
        for (began, have) in [(&parted, &rest), (&rest, &parted)] {
            for contact in began {
                for went in went_on(&*self.0.store, site, *contact)? {
                    if have.contains(&went.to) {
                        went.unlearned(&*self.0.store, site, have, self.0.clock.now()).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::{Address, Event};

    #[test]
    fn a_conversation_that_comes_back_did_not_go() {
        let contact = |number| ContactId::from_uuid(uuid::Uuid::from_u128(number));
        let address = Address {
            site: "shop".into(),
            channel: "web".into(),
            account: String::new(),
            chat: String::new(),
            user: "zoe".into(),
        };
        let moved = |number| Event::Moved { address: address.clone(), contact: contact(number) };
        let recorded = |events: Vec<Event>| -> Vec<Recorded> {
            (1..).zip(events).map(|(no, event)| Recorded { no: EventNo(no), at: Time(0), event }).collect()
        };
        let events = recorded(vec![moved(1), Event::CountsReset, moved(2), moved(3)]);
        assert_eq!(left_at(&events, contact(1)), Some(EventNo(3)));
        assert_eq!(left_at(&events, contact(2)), Some(EventNo(4)));
        assert_eq!(left_at(&events, contact(3)), None, "it is there");
        assert_eq!(left_at(&events, contact(4)), None, "it was never theirs");
        let back = recorded(vec![moved(1), moved(2), moved(1)]);
        assert_eq!((left_at(&back, contact(1)), left_at(&back, contact(2))), (None, Some(EventNo(3))));
    }
}
