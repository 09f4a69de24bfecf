//! The context card: what an agent must know when a conversation comes to them, so that the visitor need not repeat it.

use std::collections::BTreeMap;

use crate::dialog::{Conversation, Ended, Event, Page, Recorded};
use crate::flow::{Kind, Priority};
use crate::id::{ChannelName, EventNo, FlowName, Language, QueueName, ServiceName};
use crate::time::Time;

/// What an agent must know.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextCard {
    /// Why the visitor wants a person, in a sentence; none without a handoff.
    pub reason: Option<String>,
    /// The queue.
    pub queue: Option<QueueName>,
    /// How urgent.
    pub priority: Priority,
    /// What is known of the person and the case, each with the message it came from.
    pub slots: Vec<CardSlot>,
    /// What the bot tried, in order.
    pub tried: Vec<Tried>,
    /// Messages in a row that nothing fitted, at the handoff; now, if there was none.
    pub misses: u32,
    /// The language.
    pub language: Language,
    /// The page.
    pub page: Option<Page>,
    /// The channel.
    pub channel: Option<ChannelName>,
    /// How many earlier conversations this person had.
    pub earlier: u32,
    /// The invitation that the visitor accepted.
    pub invite: Option<String>,
    /// Messages left for a queue.
    pub messages_left: Vec<String>,
}

/// One remembered value.
#[derive(Debug, Clone, PartialEq)]
pub struct CardSlot {
    /// Its name; `contact.…` for those of the person.
    pub name: String,
    /// Its normal form; masked if sensitive.
    pub value: serde_json::Value,
    /// Its kind, for printing.
    pub kind: Option<Kind>,
    /// The visitor's own text; masked if sensitive.
    pub said: String,
    /// The message it came from.
    pub from: Option<EventNo>,
    /// Whether it is masked.
    pub sensitive: bool,
}

/// One thing that the bot tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// A flow, and how it ended; none while it runs.
    Flow {
        /// Which.
        flow: FlowName,
        /// The event that started it.
        from: EventNo,
        /// How it ended.
        ended: Option<Ended>,
    },
    /// A service that failed.
    Service {
        /// Which.
        service: ServiceName,
        /// The event that called.
        call: EventNo,
    },
}

/// The card of a conversation. `earlier` attributes of the contact stand below those told in this conversation.
pub fn card(
    conversation: &Conversation,
    contact: &BTreeMap<String, crate::flow::Slot>,
    events: &[Recorded],
    at: Option<Time>,
) -> ContextCard {
    let handoff = conversation.handoff.as_ref();
    let until = at.unwrap_or(Time(i64::MAX));
    let opening = conversation.opening.as_ref();
    let mut known = contact.clone();
    known.extend(conversation.contact.clone());
    let of_contact = known.into_iter().map(|(name, slot)| (format!("contact.{name}"), slot));
    // What was known at the handoff, and over it what a flow that runs now knows better.
    let mut of_case = handoff.map(|card| card.slots.clone()).unwrap_or_default();
    of_case.extend(conversation.all_slots());
    let of_case = of_case.into_iter().map(|(name, slot)| (name.0, slot));
    let slots = of_contact.chain(of_case).map(|(name, slot)| CardSlot {
        name,
        said: slot.words().to_owned(),
        value: slot.value,
        kind: slot.kind,
        from: slot.from,
        sensitive: slot.sensitive,
    });
    let messages_left = events.iter().filter_map(|recorded| match &recorded.event {
        Event::MessageLeft { text, .. } => Some(text.clone()),
        _ => None,
    });
    ContextCard {
        reason: handoff.map(|card| card.reason.clone()),
        queue: handoff.map(|card| card.queue.clone()),
        priority: handoff.map(|card| card.priority).unwrap_or_default(),
        slots: slots.collect(),
        tried: tried(events.iter().filter(|recorded| recorded.at <= until)),
        misses: handoff.map_or(conversation.misses, |card| card.misses),
        language: conversation.language.clone(),
        page: opening.and_then(|opening| opening.page.clone()),
        channel: opening.map(|opening| opening.address.channel.clone()),
        earlier: opening.map_or(0, |opening| opening.earlier),
        invite: events.iter().find_map(|recorded| match &recorded.event {
            Event::Invited { invite } => Some(invite.clone()),
            _ => None,
        }),
        messages_left: messages_left.collect(),
    }
}

fn tried<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Vec<Tried> {
    let mut tried = Vec::new();
    let mut services: BTreeMap<EventNo, &ServiceName> = BTreeMap::new();
    for recorded in events {
        match &recorded.event {
            Event::FlowStarted { flow, .. } => {
                tried.push(Tried::Flow { flow: flow.clone(), from: recorded.no, ended: None });
            }
            Event::FlowEnded { flow, how } => {
                let open = tried.iter_mut().rev().find_map(|tried| match tried {
                    Tried::Flow { flow: started, ended: ended @ None, .. } if started == flow => Some(ended),
                    _ => None,
                });
                if let Some(ended) = open {
                    *ended = Some(*how);
                }
            }
            Event::Called { service, .. } => {
                services.insert(recorded.no, service);
            }
            Event::CallDone { call, outcome, .. } if !matches!(outcome, crate::dialog::CallOutcome::Reply(_)) => {
                if let Some(service) = services.get(call) {
                    tried.push(Tried::Service { service: (*service).clone(), call: *call });
                }
            }
            _ => {}
        }
    }
    tried
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::{Address, CallOutcome, Started};
    use crate::id::ContactId;

    #[test]
    fn a_card_says_why_what_is_known_and_what_was_tried() {
        let address = Address {
            site: "shop".into(),
            channel: "web".into(),
            account: String::new(),
            chat: String::new(),
            user: "v".into(),
        };
        let opened = Event::Opened {
            address,
            contact: ContactId::from_uuid(uuid::Uuid::from_u128(1)),
            language: "en".into(),
            page: None,
            earlier: 2,
        };
        let set = |slot: &str, value: &str| Event::SlotSet {
            slot: slot.into(),
            value: value.into(),
            said: value.to_lowercase(),
            kind: None,
            from: Some(EventNo(2)),
            sensitive: false,
        };
        let all = [
            opened,
            Event::VisitorSaid { text: "where is ab17".to_owned(), client: None, pressed: None },
            Event::FlowStarted { flow: "track".into(), how: Started::Task },
            set("order", "AB17"),
            set("contact.name", "Zoe"),
            Event::Called { service: "orders".into(), with: serde_json::Value::Null },
            Event::CallDone { call: EventNo(6), outcome: CallOutcome::Timeout, awaited: true },
            Event::HandoffRequested {
                queue: "sales".into(),
                priority: Priority::High,
                reason: "The order service gave no answer".to_owned(),
                closed: false,
                max_wait: None,
                closes: None,
            },
            Event::FlowEnded { flow: "track".into(), how: Ended::HandedOff },
        ];
        let events: Vec<_> =
            (1..).zip(all).map(|(no, event)| Recorded { no: EventNo(no), at: Time(0), event }).collect();
        let card = card(&Conversation::replay(&events), &BTreeMap::new(), &events, None);
        assert_eq!(card.reason.as_deref(), Some("The order service gave no answer"));
        assert_eq!((card.priority, card.earlier), (Priority::High, 2));
        let slots: Vec<_> = card.slots.iter().map(|slot| (slot.name.as_str(), slot.said.as_str(), slot.from)).collect();
        assert_eq!(slots, [("contact.name", "zoe", Some(EventNo(2))), ("order", "ab17", Some(EventNo(2)))]);
        let flow = Tried::Flow { flow: "track".into(), from: EventNo(3), ended: Some(Ended::HandedOff) };
        assert_eq!(card.tried, [flow, Tried::Service { service: "orders".into(), call: EventNo(6) }]);
    }
}
