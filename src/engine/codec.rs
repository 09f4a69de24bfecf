//! How events, states, records and rows become bytes: one format byte, then JSON. Events of every format ever written stay
//! readable (`fixtures/log` pins them); a state of another format is folded again from its events.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::dialog::{AgentCommand, CallOutcome, Event, Filing, Input, Recorded, RemoteFile, World, bytes_of};
use crate::id::{EventNo, QueueName};
use crate::time::Time;

/// The format written now, in front of every JSON text.
const FORMAT: u8 = b'1';

/// That of a conversation's state, which changes whenever folding the same events gives another one.
const STATE_FORMAT: u8 = b'5';

fn format_of(what: &str) -> u8 {
    if what == STATE { STATE_FORMAT } else { FORMAT }
}

/// What errors call a conversation's state.
pub const STATE: &str = "a state";

/// Bytes of the world's facts in a record: what a commit of 64 KB has beside the events of a turn.
const WORLD_BYTES_MAX: usize = 6 * 1024;

/// Bytes that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not readable: {why}")]
pub struct CodecError {
    what: &'static str,
    why: String,
}

/// The record of a commit: what came in, and what was known of the world. With it a conversation can be replayed against a
/// changed bot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Record {
    /// The inputs, in order, without what the events of the commit hold: [`Record::inputs_with`] gives it back.
    pub inputs: Vec<Input>,
    /// The bot's version.
    pub bot: String,
    /// The facts of the world.
    pub world: World,
}

impl Record {
    /// Takes out of an input what must not be kept, or not twice: what people said and what a service replied is in the
    /// events, with sensitive values masked. A reply that no event holds stays, because without it nothing could be replayed.
    pub fn keep(mut input: Input, events: &[Recorded]) -> Input {
        if let Some(words) = words_of(&mut input) {
            words.clear();
        }
        match &mut input {
            Input::Open { page, .. } => *page = None,
            Input::Remote { file, .. } => {
                *file = RemoteFile { kind: file.kind, reference: None, name: None, words: None };
            }
            Input::Fetched { file: Some(file), .. } => file.name.clear(),
            Input::CallDone { call, outcome } if held(*call, events).is_some() => {
                *outcome = CallOutcome::Reply(serde_json::Value::Null);
            }
            _ => {}
        }
        input
    }

    /// The facts of the world that are kept: all of them, unless a bot has so many queues or a person so many attributes that
    /// the commit would grow too large. Then the queues that the events name go first.
    pub fn facts(mut world: World, events: &[Recorded]) -> World {
        if bytes_of(&world) <= WORLD_BYTES_MAX {
            return world;
        }
        while bytes_of(&world.contact) > WORLD_BYTES_MAX / 2 {
            world.contact.pop_last();
        }
        let named: Vec<QueueName> = events.iter().filter_map(|recorded| queue_of(&recorded.event)).cloned().collect();
        let mut room = WORLD_BYTES_MAX / 2;
        let (first, rest): (Vec<_>, Vec<_>) = world.queues.into_iter().partition(|(queue, _)| named.contains(queue));
        let kept = first.into_iter().chain(rest).take_while(|(queue, facts)| {
            let bytes = queue.as_str().len() + bytes_of(facts) + 8;
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        });
        world.queues = kept.collect();
        world
    }

    /// The inputs with what the events of the commit hold of them, to decide them again.
    pub fn inputs_with(&self, events: &[Recorded]) -> Vec<Input> {
        let mut inputs = self.inputs.clone();
        for input in &mut inputs {
            let said = events.iter().find_map(|recorded| match (&recorded.event, &*input) {
                (
                    Event::VisitorSaid { text, .. },
                    Input::Message { .. } | Input::Press { .. } | Input::Remote { caption: Some(_), .. },
                ) => Some(text),
                (Event::SaidElsewhere { text, .. }, Input::AnsweredElsewhere { .. }) => Some(text),
                (Event::Rated { comment, .. }, Input::Rate { .. }) => comment.as_ref(),
                (Event::AgentSaid { text, .. } | Event::Noted { text, .. }, Input::Agent { .. }) => Some(text),
                (Event::Filed { change: Filing::FollowUp { note, .. }, .. }, Input::Agent { .. }) => Some(note),
                (Event::Filed { change: Filing::Complaint { cause }, .. }, Input::Agent { .. }) => cause.as_ref(),
                _ => None,
            });
            if let (Some(words), Some(said)) = (words_of(input), said)
                && words.is_empty()
            {
                words.clone_from(said);
            }
            match input {
                Input::Remote { file, .. } => {
                    let sent = events.iter().find_map(|recorded| match &recorded.event {
                        Event::RemoteSent { file, .. } => Some(file),
                        _ => None,
                    });
                    if let Some(sent) = sent {
                        file.clone_from(sent);
                    }
                }
                Input::Fetched { of, file: Some(file) } => {
                    let kept = events.iter().find_map(|recorded| match &recorded.event {
                        Event::RemoteKept { of: kept, file } if kept == of => Some(file),
                        _ => None,
                    });
                    if let Some(kept) = kept {
                        file.clone_from(kept);
                    }
                }
                Input::Open { page: page @ None, .. } => {
                    *page = events.iter().find_map(|recorded| match &recorded.event {
                        Event::Opened { page, .. } => page.clone(),
                        _ => None,
                    });
                }
                Input::CallDone { call, outcome: outcome @ CallOutcome::Reply(serde_json::Value::Null) } => {
                    if let Some(held) = held(*call, events) {
                        *outcome = held;
                    }
                }
                _ => {}
            }
        }
        inputs
    }
}

/// What somebody said in an input.
fn words_of(input: &mut Input) -> Option<&mut String> {
    match input {
        Input::Message { text, .. } => Some(text),
        Input::Press { label, .. } => Some(label),
        Input::Remote { caption, .. } => caption.as_mut(),
        Input::AnsweredElsewhere { text, .. } => Some(text),
        Input::Rate { comment, .. } => comment.as_mut(),
        Input::Agent { command: AgentCommand::Say { text, .. } | AgentCommand::Note { text, .. }, .. } => Some(text),
        Input::Agent { command: AgentCommand::FollowUp { note, .. }, .. } => Some(note),
        Input::Agent { command: AgentCommand::Complaint { cause }, .. } => cause.as_mut(),
        Input::Agent {
            command: AgentCommand::TransferToQueue { note, .. } | AgentCommand::TransferToAgent { note, .. },
            ..
        } => note.as_mut(),
        _ => None,
    }
}

/// The outcome of a call as events hold it: in the event that says so, or, for a reply, in the slot that took it.
fn held(call: EventNo, events: &[Recorded]) -> Option<CallOutcome> {
    let done = |recorded: &Recorded| matches!(&recorded.event, Event::CallDone { call: done, .. } if *done == call);
    let at = events.iter().position(done)?;
    match &events[at].event {
        Event::CallDone { outcome: CallOutcome::Reply(serde_json::Value::Null), awaited: true, .. } => {}
        Event::CallDone { outcome, .. } => return Some(outcome.clone()),
        _ => return None,
    }
    // An awaited reply counts as a success, and the slot that takes it comes next; nothing else stands between.
    match &events.get(at + 1..at + 3)? {
        [
            Recorded { event: Event::CountsReset, .. },
            Recorded { event: Event::SlotSet { value, from: None, .. }, .. },
        ] => Some(CallOutcome::Reply(value.clone())),
        _ => None,
    }
}

/// The queue that an event names.
fn queue_of(event: &Event) -> Option<&QueueName> {
    match event {
        Event::HandoffRequested { queue, .. } | Event::Returned { queue, .. } => Some(queue),
        Event::MessageLeft { queue, .. } => queue.as_ref(),
        _ => None,
    }
}

/// An event without its number, which the store knows.
#[derive(Serialize, Deserialize)]
struct Stored<E> {
    at: Time,
    #[serde(flatten)]
    event: E,
}

/// An event's bytes.
pub fn encode_event<E: Serialize>(at: Time, event: &E) -> Result<Vec<u8>, CodecError> {
    encode("an event", &Stored { at, event })
}

/// Reads an event back.
pub fn decode_event<E: DeserializeOwned>(bytes: &[u8]) -> Result<(Time, E), CodecError> {
    decode("an event", bytes).map(|Stored { at, event }| (at, event))
}

/// Reads an event of a conversation back.
pub fn decode_recorded(no: EventNo, bytes: &[u8]) -> Result<Recorded, CodecError> {
    decode_event(bytes).map(|(at, event)| Recorded { no, at, event })
}

/// A value's bytes.
pub fn encode<T: Serialize>(what: &'static str, value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(format_of(what));
    serde_json::to_writer(&mut bytes, value).map_err(|error| CodecError { what, why: error.to_string() })?;
    Ok(bytes)
}

/// Reads a value back.
pub fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, CodecError> {
    let expected = format_of(what);
    let why = match bytes.split_first() {
        Some((format, json)) if *format == expected => match serde_json::from_slice(json) {
            Ok(value) => return Ok(value),
            Err(error) => error.to_string(),
        },
        Some((format, _)) => format!("it has format {format}, this program reads {expected}"),
        None => "it is empty".to_owned(),
    };
    Err(CodecError { what, why })
}

/// The kinds of events of which none is among these lines. What reads them names all that it knows when it meets another.
#[cfg(test)]
pub(super) fn without_a_line<E: DeserializeOwned + std::fmt::Debug>(lines: &str) -> Vec<String> {
    let unknown = serde_json::from_str::<E>(r#"{"type":"?"}"#).unwrap_err().to_string();
    let kinds: Vec<&str> = unknown.split('`').skip(3).step_by(2).collect();
    assert!(kinds.len() > 10, "{unknown}");
    let has = |kind: &&str| lines.contains(&format!(r#""type":"{kind}""#));
    kinds.into_iter().filter(|kind| !has(kind)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::Message;

    fn recorded(events: impl IntoIterator<Item = Event>) -> Vec<Recorded> {
        (1..).zip(events).map(|(no, event)| Recorded { no: EventNo(no), at: Time(0), event }).collect()
    }

    fn kept_and_restored(input: Input, events: &[Recorded]) -> (Input, Input) {
        let record = Record { inputs: vec![Record::keep(input, events)], ..Record::default() };
        let restored = record.inputs_with(events).remove(0);
        (record.inputs[0].clone(), restored)
    }

    #[test]
    fn a_record_holds_nothing_that_people_said_and_gets_it_back_masked_from_the_events() {
        let (card, mask) = (String::from("4111 1111"), String::from("••••"));
        let said = Event::VisitorSaid { text: mask.clone(), client: None, pressed: None };
        let rated = Event::Rated { score: 5, comment: Some(mask.clone()) };
        let message = |text: &String| Input::Message { text: text.clone(), client: None };
        let rate = |comment: &str| Input::Rate { score: 5, comment: Some(comment.to_owned()) };
        for (input, event, kept, restored) in [
            (message(&card), said, message(&String::new()), message(&mask)),
            (rate(&card), rated, rate(""), rate(&mask)),
        ] {
            let events = recorded([event]);
            assert_eq!(kept_and_restored(input, &events), (kept, restored));
        }
    }

    #[test]
    fn a_reply_is_stored_once_and_can_be_replayed() {
        let reply = CallOutcome::Reply(serde_json::json!({ "state": "on its way" }));
        let nothing = CallOutcome::Reply(serde_json::Value::Null);
        let done = |outcome: &CallOutcome| Input::CallDone { call: EventNo(7), outcome: outcome.clone() };
        let event =
            |outcome: &CallOutcome, awaited| Event::CallDone { call: EventNo(7), outcome: outcome.clone(), awaited };
        let slot = Event::SlotSet {
            slot: "found".into(),
            value: serde_json::json!({ "state": "on its way" }),
            said: String::new(),
            kind: None,
            from: None,
            sensitive: false,
        };
        // A slot took it; nobody awaited it; no slot took it.
        let taken = recorded([event(&nothing, true), Event::CountsReset, slot.clone()]);
        assert_eq!(kept_and_restored(done(&reply), &taken), (done(&nothing), done(&reply)));
        let late = recorded([event(&reply, false)]);
        assert_eq!(kept_and_restored(done(&reply), &late), (done(&nothing), done(&reply)));
        let dropped = recorded([event(&nothing, true), Event::CountsReset]);
        assert_eq!(kept_and_restored(done(&reply), &dropped), (done(&reply), done(&reply)));
    }

    #[test]
    fn a_record_of_a_bot_with_very_many_queues_stays_short_and_knows_the_queue_that_counted() {
        let facts = crate::dialog::QueueFacts { open: true, ..Default::default() };
        let queues = (0..500).map(|number| (QueueName::from(format!("queue_{number:03}").as_str()), facts.clone()));
        let world = World { queues: queues.collect(), ..World::default() };
        let events = recorded([Event::MessageLeft { queue: Some("queue_499".into()), text: String::new() }]);
        let kept = Record::facts(world, &events);
        assert!(bytes_of(&kept) <= WORLD_BYTES_MAX);
        assert_eq!(kept.queues.get("queue_499"), Some(&facts));
    }

    /// Events as every format so far wrote them, one a line. Lines are added, never changed: old data must stay readable.
    const OLD_EVENTS: &str = include_str!("../../fixtures/log/events-1.jsonl");

    #[test]
    fn events_of_every_format_are_read_and_written_as_they_were() {
        for (at, line) in OLD_EVENTS.lines().enumerate() {
            let no = EventNo(at as u64 + 1);
            let read = decode_recorded(no, line.as_bytes()).unwrap_or_else(|error| panic!("line {no}: {error}"));
            let written = encode_event(read.at, &read.event).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), line, "line {no}");
        }
        assert_eq!(without_a_line::<Event>(OLD_EVENTS), [""; 0], "every kind of event has a line");
    }

    #[test]
    fn what_is_written_reads_back_and_another_format_says_so() {
        let step = crate::flow::At { file: "a.yaml".into(), line: 3, column: 5 };
        let event = Event::BotSaid { message: Message { text: "hi".to_owned(), ..Message::default() }, at: Some(step) };
        let mut bytes = encode_event(Time(7), &event).unwrap();
        assert_eq!(decode_recorded(EventNo(3), &bytes).unwrap(), Recorded { no: EventNo(3), at: Time(7), event });
        bytes[0] = b'9';
        let error = decode_recorded(EventNo(3), &bytes).unwrap_err();
        assert!(error.to_string().contains("format 57"), "{error}");
    }
}
