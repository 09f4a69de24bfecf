//! A message that its visitor took back: nothing that they said in it stays. What is left is that something was said, and that it
//! was taken back; whoever reads an empty message knows why by the event that follows.

use std::collections::BTreeMap;

use crate::dialog::turn::Turn;
use crate::dialog::{Event, Recorded, RemoteFile};
use crate::id::{EventNo, SlotName};
use crate::matcher::Understanding;

/// So many messages that were taken back are kept in mind.
pub(super) const TAKEN_BACK_MAX: usize = 100;

impl Turn<'_> {
    /// The visitor takes a message back. What the bot learned from it is forgotten with it; a repeat changes nothing.
    pub(super) fn taken_back(&mut self, of: EventNo) {
        let state = &self.state;
        if state.taken_back.contains(&of) {
            return;
        }
        let own = |from: Option<EventNo>| from == Some(of);
        let in_task = state.tasks.last().into_iter().flat_map(|task| &task.slots);
        let in_task = in_task.filter(|(_, slot)| own(slot.from)).map(|(name, _)| name.clone());
        let of_contact = state.contact.iter().filter(|(_, slot)| own(slot.from));
        let of_contact = of_contact.map(|(name, _)| SlotName::from(format!("contact.{name}").as_str()));
        let emptied: Vec<SlotName> = in_task.chain(of_contact).collect();
        for slot in emptied {
            self.emit(Event::SlotEmptied { slot });
        }
        self.emit(Event::TakenBack { of });
    }
}

/// What replaces those of these events that hold words of a message, by their numbers.
pub fn without_words(events: &[Recorded], of: EventNo) -> BTreeMap<EventNo, Recorded> {
    let said = events.iter().find_map(|recorded| match &recorded.event {
        Event::VisitorSaid { text, .. } if recorded.no == of => Some(text.as_str()),
        _ => None,
    });
    let emptied = events.iter().filter_map(|recorded| {
        let event = emptied(recorded, of, said)?;
        Some((recorded.no, Recorded { event, ..recorded.clone() }))
    });
    emptied.collect()
}

/// An event without the words of a message; none where it holds none of them.
fn emptied(recorded: &Recorded, of: EventNo, said: Option<&str>) -> Option<Event> {
    let repeats =
        |text: &str| recorded.no > of && said.is_some_and(|said| !said.is_empty() && text.trim() == said.trim());
    Some(match &recorded.event {
        Event::VisitorSaid { client, pressed, .. } if recorded.no == of => {
            Event::VisitorSaid { text: String::new(), client: client.clone(), pressed: pressed.clone() }
        }
        Event::RemoteSent { file, client, with_words } if recorded.no == of => {
            let file = RemoteFile { kind: file.kind, reference: None, name: None, words: None };
            Event::RemoteSent { file, client: client.clone(), with_words: *with_words }
        }
        Event::RemoteKept { of: sent, .. } if *sent == of => Event::RemoteLost { of },
        Event::Held { of: held, .. } if *held == of => Event::Held { of, text: String::new() },
        Event::Understood { of: message, understanding } if *message == of => {
            Event::Understood { of, understanding: wordless(understanding) }
        }
        Event::SlotSet { slot, kind, from, sensitive, .. } if *from == Some(of) => Event::SlotSet {
            slot: slot.clone(),
            value: serde_json::Value::Null,
            said: String::new(),
            kind: kind.clone(),
            from: *from,
            sensitive: *sensitive,
        },
        // What was left or said of a rating is the visitor's message once more.
        Event::MessageLeft { queue, text } if repeats(text) => {
            Event::MessageLeft { queue: queue.clone(), text: String::new() }
        }
        Event::Rated { score, comment: Some(comment) } if repeats(comment) => {
            Event::Rated { score: *score, comment: None }
        }
        _ => return None,
    })
}

/// What was understood, without the words from which.
fn wordless(understanding: &Understanding) -> Understanding {
    let mut understanding = understanding.clone();
    understanding.unexplained.clear();
    understanding.values.clear();
    understanding.counted.clear();
    understanding.parts.clear();
    understanding.unwanted.clear();
    understanding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::{Attachment, Conversation, RemoteKind};
    use crate::time::Time;

    const SECRET: &str = "my card is 4111";

    fn recorded(events: impl IntoIterator<Item = Event>) -> Vec<Recorded> {
        (1..).zip(events).map(|(no, event)| Recorded { no: EventNo(no), at: Time(no.cast_signed()), event }).collect()
    }

    fn said(text: &str) -> Event {
        Event::VisitorSaid { text: text.to_owned(), client: Some("m1".to_owned()), pressed: None }
    }

    #[test]
    fn no_event_holds_a_word_of_what_was_taken_back_and_others_stay() {
        let slot = Event::SlotSet {
            slot: "card".into(),
            value: SECRET.into(),
            said: SECRET.to_owned(),
            kind: None,
            from: Some(EventNo(1)),
            sensitive: false,
        };
        let understood = Event::Understood {
            of: EventNo(1),
            understanding: Understanding { unexplained: vec![SECRET.to_owned()], ..Understanding::default() },
        };
        let left = Event::MessageLeft { queue: None, text: SECRET.to_owned() };
        let rated = Event::Rated { score: 2, comment: Some(SECRET.to_owned()) };
        let held = Event::Held { of: EventNo(1), text: SECRET.to_owned() };
        let events = recorded([said(SECRET), understood, slot, left, rated, held, said("and another thing")]);
        let changed = without_words(&events, EventNo(1));
        assert_eq!(changed.keys().map(|no| no.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        let text = serde_json::to_string(&changed.values().collect::<Vec<_>>()).unwrap();
        assert!(!text.contains("4111"), "{text}");
        assert!(text.contains("m1"), "a repeat of the platform is still known: {text}");
        // The state that follows holds none of it either.
        let after: Vec<Recorded> = events.iter().map(|old| changed.get(&old.no).unwrap_or(old).clone()).collect();
        let state = serde_json::to_string(&Conversation::replay(&after)).unwrap();
        assert!(!state.contains("4111") && state.contains("and another thing"), "{state}");
    }

    #[test]
    fn a_file_that_was_taken_back_is_told_as_lost() {
        let file = RemoteFile {
            kind: RemoteKind::Image,
            reference: Some("ref".into()),
            name: Some("secret.png".into()),
            words: Some("secret".into()),
        };
        let kept = Attachment {
            id: crate::id::FileId::from_uuid(uuid::Uuid::from_u128(7)),
            name: "secret.png".into(),
            media: "image/png".into(),
            bytes: 9,
        };
        let events = recorded([
            Event::RemoteSent { file, client: None, with_words: false },
            Event::RemoteKept { of: EventNo(1), file: kept },
        ]);
        let changed = without_words(&events, EventNo(1));
        let text = serde_json::to_string(&changed.values().collect::<Vec<_>>()).unwrap();
        assert!(!text.contains("secret") && !text.contains("ref\""), "{text}");
        assert_eq!(changed[&EventNo(2)].event, Event::RemoteLost { of: EventNo(1) });
    }
}
