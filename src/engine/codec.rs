//! How events, states, records and rows become bytes: one format byte, then JSON. Events of every format ever written stay
//! readable (`fixtures/log` pins them); a state of another format is folded again from its events.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::dialog::{Event, Input, Recorded, World};
use crate::id::EventNo;
use crate::time::Time;

/// The format written now, in front of every JSON text.
const FORMAT: u8 = b'1';

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
    /// The inputs, in order. A message is kept as its event holds it: sensitive values in it are masked.
    pub inputs: Vec<Input>,
    /// The bot's version.
    pub bot: String,
    /// The facts of the world.
    pub world: World,
}

impl Record {
    /// Takes out of an input what must not be kept.
    pub fn keep(input: Input, events: &[Recorded]) -> Input {
        let said = events.iter().find_map(|recorded| match &recorded.event {
            Event::VisitorSaid { text, .. } => Some(text),
            _ => None,
        });
        match input {
            Input::Message { text, client } => Input::Message { text: said.cloned().unwrap_or(text), client },
            input => input,
        }
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
    bytes.push(FORMAT);
    serde_json::to_writer(&mut bytes, value).map_err(|error| CodecError { what, why: error.to_string() })?;
    Ok(bytes)
}

/// Reads a value back.
pub fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, CodecError> {
    let why = match bytes.split_first() {
        Some((&FORMAT, json)) => match serde_json::from_slice(json) {
            Ok(value) => return Ok(value),
            Err(error) => error.to_string(),
        },
        Some((format, _)) => format!("it has format {format}, this program reads {FORMAT}"),
        None => "it is empty".to_owned(),
    };
    Err(CodecError { what, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::Message;

    #[test]
    fn a_sensitive_message_is_not_kept_in_clear() {
        let events = [Recorded {
            no: EventNo(1),
            at: Time(0),
            event: Event::VisitorSaid { text: "••••".to_owned(), client: None, pressed: None },
        }];
        let kept = Record::keep(Input::Message { text: "4111 1111".to_owned(), client: None }, &events);
        assert_eq!(kept, Input::Message { text: "••••".to_owned(), client: None });
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
        let kinds = OLD_EVENTS.lines().filter_map(|line| line.split("\"type\":\"").nth(1)?.split('"').next());
        let kinds: std::collections::BTreeSet<_> = kinds.collect();
        assert_eq!(kinds.len(), 36, "every kind of event has a line: {kinds:?}");
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
