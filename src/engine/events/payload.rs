//! What an event tells, as JSON: an envelope that is the same for all, and `data` of its own. Receivers rely on it: a field is
//! added, never renamed or removed. Sensitive values are masked, as they are in the events.

use serde_json::{Map, Value, json};

use super::{EventKind, event_id};
use crate::dialog::{AgentRef, Event, Page, Recorded};
use crate::engine::cache::Hot;
use crate::engine::{Engine, TurnError, contacts, rebuild};
use crate::flow::Slot;
use crate::id::{AgentId, ContactId, ConversationId, EventNo, SiteId};
use crate::store::StreamId;
use crate::time::Time;
use crate::view::{self, ContextCard, Tried};

/// What receivers find as `version`.
const VERSION: u32 = 1;

/// Lines of a transcript, the latest.
const LINES_MAX: usize = 200;

/// Bytes of all lines together, about.
const LINES_BYTES_MAX: usize = 64 * 1024;

impl Engine {
    /// When an event happened, and what is told of it; none where there is nothing to tell any more.
    pub(super) fn payload(
        &self,
        conversation: ConversationId,
        event: EventNo,
    ) -> Result<Option<(Time, String)>, TurnError> {
        let Some(hot) = self.find_since(conversation, event)? else { return Ok(None) };
        let stream = StreamId::Conversation(hot.site.id.clone(), conversation);
        let before = EventNo(event.0.saturating_sub(1));
        let recorded = rebuild::recorded(&self.0.store.events(&stream, before, 1)?)?.into_iter().next();
        let Some(recorded) = recorded.filter(|recorded| recorded.no == event) else { return Ok(None) };
        let (Some(kind), Some(opening)) = (EventKind::of(&recorded.event), &hot.conversation.opening) else {
            return Ok(None);
        };
        let mut data = data(conversation, &recorded.event);
        if matches!(kind, EventKind::HandoffRequested | EventKind::HandoffReturned) {
            let own = std::mem::replace(&mut data, self.context(&hot, &stream, event)?);
            data.extend(own);
        }
        let contact = contacts::load(&*self.0.store, &hot.site.id, opening.contact)?;
        let known = |name: &str| {
            let own = hot.conversation.contact.get(name);
            own.or_else(|| hot.known.get(name)).map(plain)
        };
        let told = json!({
            "type": kind.name(),
            "version": VERSION,
            "id": event_id(conversation, event),
            "at": recorded.at.to_string(),
            "site": hot.site.id,
            "conversation": {
                "id": conversation,
                "channel": opening.address.channel,
                "language": hot.conversation.language,
                "opened_at": hot.conversation.opened_at.to_string(),
                "url": format!("{}/desk/c/{conversation}", self.0.settings.events.public_url),
            },
            "contact": {
                "id": opening.contact,
                "name": known("name"),
                "email": known("email"),
                "phone": known("phone"),
                "person": self.0.people.root(opening.contact),
                "identity": self.identity_of(&hot.site.id, opening.contact)?,
                "attributes": contact.map(|contact| contact.person.attributes).unwrap_or_default(),
            },
            "data": data,
        });
        Ok(Some((recorded.at, told.to_string())))
    }

    /// The owner's own id of a person, whichever of their contacts it was proved of.
    fn identity_of(&self, site: &SiteId, contact: ContactId) -> Result<Option<String>, TurnError> {
        for member in self.0.people.group(contact) {
            let found = contacts::load(&*self.0.store, site, member)?;
            if let Some(identity) = found.and_then(|contact| contact.person.identity) {
                return Ok(Some(identity));
            }
        }
        Ok(None)
    }

    /// All that a person elsewhere must know, so that the visitor need not repeat it: as it was at that event.
    fn context(&self, hot: &Hot, stream: &StreamId, until: EventNo) -> Result<Map<String, Value>, TurnError> {
        let limit = usize::try_from(until.0).unwrap_or(usize::MAX);
        let stored = self.0.store.events(stream, EventNo(0), limit)?;
        // Folded from the events, a state holds sensitive values only masked.
        let then = rebuild::replay(&stored)?;
        let events = rebuild::recorded(&stored)?;
        let card = view::card(&then, &hot.known, &events, None);
        let lines: Vec<Value> = events.iter().filter_map(line).collect();
        let (lines, left_out) = latest(lines);
        let mut context = of_card(&card);
        let priority = then.in_queue().map_or(card.priority, |in_queue| in_queue.priority);
        context.insert("priority".to_owned(), json!(priority));
        context.insert("transcript".to_owned(), json!({ "left_out": left_out, "lines": lines }));
        Ok(context)
    }
}

/// What an event itself says.
fn data(conversation: ConversationId, event: &Event) -> Map<String, Value> {
    let data = match event {
        Event::Opened { page, earlier, .. } => json!({ "page": page.as_ref().map(of_page), "earlier": earlier }),
        Event::Closed { why } => json!({ "why": why }),
        Event::HandoffRequested { queue, priority, reason, closed, max_wait, .. } => json!({
            "queue": queue, "priority": priority, "reason": reason, "closed": closed, "waits_until": max_wait.map(|until| until.to_string()),
        }),
        Event::Assigned { agent, by, .. } => json!({ "agent": of_agent(agent), "by": by }),
        Event::Returned { queue, why, agent, max_wait, .. } => json!({
            "queue": queue, "why": why, "agent": of_agent(agent), "waits_until": max_wait.map(|until| until.to_string()),
        }),
        Event::QueueLeft { why } => json!({ "why": why }),
        Event::HandedBack { agent, .. } => json!({ "agent": of_agent(agent), "why": "handed_back" }),
        // It was taken back before it was told.
        Event::VisitorSaid { text, .. } if text.is_empty() => json!({ "text": text, "taken_back": true }),
        Event::VisitorSaid { text, .. } => json!({ "text": text }),
        Event::TakenBack { of } => json!({ "of": event_id(conversation, *of) }),
        Event::VisitorSent { file, .. } => {
            json!({ "file": { "name": file.name, "media": file.media, "bytes": file.bytes } })
        }
        Event::RemoteSent { file, .. } => {
            json!({ "file": { "name": file.name, "kind": file.kind, "words": file.words } })
        }
        Event::Resolved { agent, by_visitor, .. } => {
            let by = if *by_visitor {
                "visitor"
            } else if agent.is_some() {
                "agent"
            } else {
                "idleness"
            };
            json!({ "agent": agent.as_ref().map(of_agent), "by": by })
        }
        Event::Rated { score, comment } => json!({ "score": score, "comment": comment }),
        Event::MessageLeft { queue, text } => json!({ "queue": queue, "text": text }),
        _ => Value::Null,
    };
    match data {
        Value::Object(data) => data,
        _ => Map::new(),
    }
}

fn of_agent(agent: &AgentRef) -> Value {
    let id = (agent.id != AgentId::NOBODY).then_some(agent.id);
    json!({ "id": id, "name": agent.name })
}

fn of_page(page: &Page) -> Value {
    json!({ "url": page.url, "title": page.title, "referrer": page.referrer })
}

fn of_card(card: &ContextCard) -> Map<String, Value> {
    let slots = card
        .slots
        .iter()
        .map(|slot| json!({ "name": slot.name, "value": slot.value, "said": slot.said, "sensitive": slot.sensitive }));
    let tried = card.tried.iter().map(|tried| match tried {
        Tried::Flow { flow, ended, .. } => json!({ "flow": flow, "ended": ended }),
        Tried::Service { service, .. } => json!({ "service": service, "ended": "failed" }),
    });
    let mut told = Map::new();
    told.insert("reason".to_owned(), card.reason.clone().into());
    told.insert("slots".to_owned(), slots.collect());
    told.insert("tried".to_owned(), tried.collect());
    told.insert("misses".to_owned(), card.misses.into());
    told.insert("page".to_owned(), card.page.as_ref().map(of_page).into());
    told.insert("earlier".to_owned(), card.earlier.into());
    told.insert("invite".to_owned(), card.invite.clone().into());
    told.insert("messages_left".to_owned(), card.messages_left.clone().into());
    told
}

/// A line of the transcript: what the visitor sees too, no notes.
fn line(recorded: &Recorded) -> Option<Value> {
    let (from, name, text) = match &recorded.event {
        Event::VisitorSaid { text, .. } => ("visitor", None, text.clone()),
        Event::VisitorSent { file, .. } => ("visitor", None, format!("[{}]", file.name)),
        Event::RemoteSent { file, .. } => {
            let words = file.name.as_ref().or(file.words.as_ref()).map_or("file", String::as_str);
            ("visitor", None, format!("[{words}]"))
        }
        Event::BotSaid { message, .. } => ("bot", None, message.text.clone()),
        Event::AgentSaid { agent, text, .. } => ("agent", Some(&agent.name), text.clone()),
        Event::AgentSent { agent, file, .. } => ("agent", Some(&agent.name), format!("[{}]", file.name)),
        Event::SaidElsewhere { inbox, text, .. } => ("agent", Some(inbox), text.clone()),
        _ => return None,
    };
    let mut line = json!({ "at": recorded.at.to_string(), "from": from, "text": text });
    if from == "visitor" && text_is_gone(&recorded.event) {
        line["taken_back"] = true.into();
    }
    if let (Some(name), Some(line)) = (name, line.as_object_mut()) {
        line.insert("name".to_owned(), name.as_str().into());
    }
    Some(line)
}

/// Whether its words were taken back.
fn text_is_gone(event: &Event) -> bool {
    matches!(event, Event::VisitorSaid { text, .. } if text.is_empty())
}

/// The latest lines that fit, and how many stand before them.
fn latest(mut lines: Vec<Value>) -> (Vec<Value>, usize) {
    let mut bytes = 0;
    let fits = lines.iter().rev().take(LINES_MAX).take_while(|line| {
        bytes += line["text"].as_str().map_or(0, str::len);
        bytes <= LINES_BYTES_MAX
    });
    let left_out = lines.len() - fits.count();
    (lines.split_off(left_out), left_out)
}

/// A value as people write it.
fn plain(slot: &Slot) -> String {
    slot.value.as_str().map_or_else(|| slot.words().to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_transcript_the_latest_is_told_and_how_much_is_not() {
        let lines =
            |count: usize, text: &str| (0..count).map(|no| json!({ "no": no, "text": text })).collect::<Vec<_>>();
        let (kept, left_out) = latest(lines(LINES_MAX + 3, "hi"));
        assert_eq!((kept.len(), left_out, &kept[0]["no"]), (LINES_MAX, 3, &json!(3)));
        let (kept, left_out) = latest(lines(20, &"x".repeat(LINES_BYTES_MAX / 10)));
        assert_eq!((kept.len(), left_out), (10, 10));
        assert_eq!(latest(lines(2, "hi")), (lines(2, "hi"), 0));
    }
}
