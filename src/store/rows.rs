//! What is written where: the keys and values below the store, and nothing about when.
//!
//! | key                              | value                                                            |
//! |----------------------------------|------------------------------------------------------------------|
//! | `c` position                     | a commit: id, stream, first event, unique keys, record, events   |
//! | `e` stream `/` first event       | the position of the commit that begins with this event           |
//! | `s` stream                       | version, position, state; or the mark of an erased stream        |
//! | `i` text, `o` text               | index and outbox rows: owner, position in the key, value         |
//! | `u` text                         | a unique key: position, expiry, stream                           |
//! | `m` stream `/` name              | a mark                                                           |
//! | `f` name                         | facts of the store: the highest position, how far it was purged  |
//!
//! A turn's events share one row with their commit: the cost of a write is by the key. Numbers in keys are big-endian,
//! so that keys sort as numbers do. Every value begins with a format byte; the bytes of the caller have their own.

use crate::id::{CommitId, EventNo, Position};
use crate::time::Time;

use super::types::{Commit, Loaded, ReadError, Row, Space, StreamId, Unique, Version};

/// The format byte of every value written now.
const FORMAT: u8 = 1;
/// The only byte of the state row of an erased stream.
const ERASED: u8 = 0xEE;
/// The expiry of a guard: never.
const NEVER: i64 = i64::MAX;
/// Where the position stands in rows that hold it, right after the format byte.
const POSITION_AT: std::ops::Range<usize> = 1..9;

/// The highest position ever given, written where the log no longer tells it.
pub(super) const HIGHEST: &[u8] = b"fhighest";
/// The position up to which expired unique keys were purged.
pub(super) const PURGED: &[u8] = b"fpurged";

/// What the state row says of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// The stream's version; 0 where there is none.
    At(Version),
    /// It was erased.
    Erased,
}

/// Who holds a unique key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) position: Position,
    pub(super) expires: Option<Time>,
    pub(super) stream: StreamId,
}

/// The key of a commit.
pub(super) fn commit_key(position: Position) -> Vec<u8> {
    join(b"c", &position.0.to_be_bytes())
}

/// The key that finds the commit beginning with an event.
pub(super) fn event_key(stream: &str, first: EventNo) -> Vec<u8> {
    let mut key = event_prefix(stream);
    key.extend_from_slice(&first.0.to_be_bytes());
    key
}

/// What all event keys of a stream begin with.
pub(super) fn event_prefix(stream: &str) -> Vec<u8> {
    let mut key = join(b"e", stream.as_bytes());
    key.push(b'/');
    key
}

/// The key of a stream's state.
pub(super) fn state_key(stream: &str) -> Vec<u8> {
    join(b"s", stream.as_bytes())
}

/// The stream of a state's key.
pub(super) fn state_stream(key: &[u8]) -> Result<StreamId, ReadError> {
    let text = key.get(1..).and_then(|text| std::str::from_utf8(text).ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(|| damaged("a stream's key"))
}

/// The key of a row.
pub(super) fn row_key(space: Space, text: &str) -> Vec<u8> {
    join(space_byte(space), text.as_bytes())
}

/// The first key after all keys that begin with `prefix`. No prefix here is all 0xFF.
pub(super) fn prefix_end(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while end.pop_if(|last| *last == u8::MAX).is_some() {}
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}

/// The number in a pointer row or fact.
pub(super) fn number(bytes: &[u8]) -> Result<u64, ReadError> {
    bytes.try_into().map(u64::from_be_bytes).map_err(|_| damaged("a number"))
}

/// The number at the end of a key.
pub(super) fn key_number(key: &[u8]) -> Result<u64, ReadError> {
    number(key.last_chunk::<8>().map_or(&[][..], |chunk| chunk))
}

/// Writes a position into a row that has a place for it.
pub(super) fn set_position(value: &mut [u8], position: Position) {
    if let Some(place) = value.get_mut(POSITION_AT) {
        place.copy_from_slice(&position.0.to_be_bytes());
    }
}

/// A commit's value; its position is its key.
pub(super) fn encode_commit(
    id: CommitId,
    stream: &str,
    first: EventNo,
    unique: &[Unique],
    meta: &[u8],
    events: &[Vec<u8>],
) -> Vec<u8> {
    let bytes = events.iter().map(|e| e.len() + 4).sum::<usize>() + meta.len() + stream.len() + 64;
    let mut out = Vec::with_capacity(bytes);
    out.push(FORMAT);
    out.extend_from_slice(id.uuid().as_bytes());
    put_bytes(&mut out, stream.as_bytes());
    out.extend_from_slice(&first.0.to_be_bytes());
    put_count(&mut out, unique.len());
    for key in unique {
        put_bytes(&mut out, key.key().as_bytes());
        out.extend_from_slice(&expiry(key).to_be_bytes());
    }
    put_bytes(&mut out, meta);
    put_count(&mut out, events.len());
    for event in events {
        put_bytes(&mut out, event);
    }
    out
}

/// Reads a commit back.
pub(super) fn decode_commit(position: Position, value: &[u8]) -> Result<Commit, ReadError> {
    let mut input = Input::new(value, "a commit")?;
    let id = CommitId::from_uuid(uuid::Uuid::from_bytes(input.array()?));
    let stream = input.stream()?;
    let first = EventNo(u64::from_be_bytes(input.array()?));
    let unique = (0..input.count()?)
        .map(|_| {
            let key = input.text()?.to_owned();
            Ok(match i64::from_be_bytes(input.array()?) {
                NEVER => Unique::Guard(key),
                expires => Unique::Once { key, expires: Time(expires) },
            })
        })
        .collect::<Result<_, ReadError>>()?;
    let meta = input.bytes()?.to_vec();
    let events = (0..input.count()?).map(|_| input.bytes().map(<[u8]>::to_vec)).collect::<Result<_, _>>()?;
    Ok(Commit { position, id, stream, first, meta, events, unique })
}

/// A state's value, with a place for the position of its commit.
pub(super) fn encode_state(version: Version, state: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(17 + state.len());
    out.push(FORMAT);
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&version.0.to_be_bytes());
    out.extend_from_slice(state);
    out
}

/// The value of an erased stream's state row.
pub(super) fn encode_erased() -> Vec<u8> {
    vec![ERASED]
}

/// What a state row says of its stream.
pub(super) fn decode_head(value: Option<&[u8]>) -> Result<Head, ReadError> {
    match value {
        None => Ok(Head::At(Version::NONE)),
        Some([ERASED]) => Ok(Head::Erased),
        Some(value) => Ok(Head::At(decode_state_header(value)?.0)),
    }
}

/// Reads a state back; nothing where the stream was erased.
pub(super) fn decode_state(value: &[u8]) -> Result<Option<Loaded>, ReadError> {
    if value == [ERASED] {
        return Ok(None);
    }
    let (version, position, state) = decode_state_header(value)?;
    Ok(Some(Loaded { version, position, state: state.to_vec() }))
}

fn decode_state_header(value: &[u8]) -> Result<(Version, Position, &[u8]), ReadError> {
    let mut input = Input::new(value, "a state")?;
    let position = Position(u64::from_be_bytes(input.array()?));
    let version = Version(u64::from_be_bytes(input.array()?));
    Ok((version, position, input.rest))
}

/// The value of an index or outbox row, with a place for the position that stands in its key; 0 where none does.
pub(super) fn encode_row(owner: &str, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(11 + owner.len() + value.len());
    out.push(FORMAT);
    out.extend_from_slice(&[0; 8]);
    put_bytes(&mut out, owner.as_bytes());
    out.extend_from_slice(value);
    out
}

/// A unique key's value, with a place for the position of the commit that claims it.
pub(super) fn encode_unique(owner: &str, unique: &Unique) -> Vec<u8> {
    let mut out = Vec::with_capacity(19 + owner.len());
    out.push(FORMAT);
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&expiry(unique).to_be_bytes());
    put_bytes(&mut out, owner.as_bytes());
    out
}

/// Who holds a unique key.
pub(super) fn decode_unique(value: &[u8]) -> Result<Holder, ReadError> {
    let mut input = Input::new(value, "a unique key")?;
    let position = Position(u64::from_be_bytes(input.array()?));
    let expires = match i64::from_be_bytes(input.array()?) {
        NEVER => None,
        expires => Some(Time(expires)),
    };
    Ok(Holder { position, expires, stream: input.stream()? })
}

/// A mark's value.
pub(super) fn encode_mark(to: u64) -> Vec<u8> {
    let mut out = vec![FORMAT];
    out.extend_from_slice(&to.to_be_bytes());
    out
}

/// How far a mark is.
pub(super) fn decode_mark(value: &[u8]) -> Result<u64, ReadError> {
    Ok(u64::from_be_bytes(Input::new(value, "a mark")?.array()?))
}

/// Any row of any space, as readers see it.
pub(super) fn decode_row(space: Space, key: &[u8], value: &[u8]) -> Result<Row, ReadError> {
    let text = key.get(1..).and_then(|text| std::str::from_utf8(text).ok()).ok_or_else(|| damaged("a row's key"))?;
    let key = text.to_owned();
    match space {
        Space::Index | Space::Outbox => {
            let mut input = Input::new(value, "a row")?;
            let position = Some(Position(u64::from_be_bytes(input.array()?))).filter(|position| position.0 > 0);
            Ok(Row { key, owner: input.stream()?, position, value: input.rest.to_vec() })
        }
        Space::Unique => {
            let holder = decode_unique(value)?;
            let value = holder.expires.map_or_else(Vec::new, |time| time.0.to_string().into_bytes());
            Ok(Row { key, owner: holder.stream, position: Some(holder.position), value })
        }
        Space::Mark => {
            let (owner, _) = mark_parts(text).ok_or_else(|| damaged("a mark's key"))?;
            Ok(Row { key, owner, position: None, value: decode_mark(value)?.to_string().into_bytes() })
        }
    }
}

/// A mark's stream and name. The name begins after the stream's id, which is the first part of a known length and form.
pub(super) fn mark_parts(text: &str) -> Option<(StreamId, &str)> {
    text.match_indices('/').find_map(|(at, _)| Some((text[..at].parse().ok()?, &text[at + 1..])))
}

fn space_byte(space: Space) -> &'static [u8] {
    match space {
        Space::Index => b"i",
        Space::Outbox => b"o",
        Space::Unique => b"u",
        Space::Mark => b"m",
    }
}

fn expiry(unique: &Unique) -> i64 {
    match unique {
        Unique::Once { expires, .. } => expires.0.min(NEVER - 1),
        Unique::Guard(_) => NEVER,
    }
}

fn join(prefix: &[u8], rest: &[u8]) -> Vec<u8> {
    [prefix, rest].concat()
}

/// Lengths fit because every part was checked against the limits before it is encoded.
fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

fn damaged(what: &str) -> ReadError {
    ReadError(format!("{what} is not readable; run `frontdesk verify`"))
}

/// Reads a value from its front; every step can find it too short.
struct Input<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Input<'a> {
    fn new(value: &'a [u8], what: &'static str) -> Result<Self, ReadError> {
        match value.split_first() {
            Some((&FORMAT, rest)) => Ok(Self { rest, what }),
            Some((format, _)) => Err(ReadError(format!("{what} has format {format}, this program reads {FORMAT}"))),
            None => Err(damaged(what)),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| damaged(self.what))?;
        self.rest = rest;
        Ok(*array)
    }

    fn count(&mut self) -> Result<usize, ReadError> {
        Ok(u32::from_be_bytes(self.array()?) as usize)
    }

    fn bytes(&mut self) -> Result<&'a [u8], ReadError> {
        let count = self.count()?;
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or_else(|| damaged(self.what))?;
        self.rest = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<&'a str, ReadError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| damaged(self.what))
    }

    fn stream(&mut self) -> Result<StreamId, ReadError> {
        self.text()?.parse().map_err(|_| damaged(self.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AgentId, ConversationId};

    #[test]
    fn the_end_of_a_prefix_is_just_after_all_its_keys() {
        for (prefix, end) in [(&b"a"[..], &b"b"[..]), (b"a/", b"a0"), (b"a\xff", b"b"), (b"c\xff\xff", b"d")] {
            assert_eq!(prefix_end(prefix), end);
        }
    }

    #[test]
    fn a_mark_is_told_from_its_stream() {
        let conversation = StreamId::Conversation("shop".into(), ConversationId::from_uuid(uuid::Uuid::from_u128(7)));
        let agent = StreamId::Agent(AgentId::from_uuid(uuid::Uuid::from_u128(8)));
        for stream in [conversation, agent] {
            let text = format!("{stream}/seen/visitor");
            assert_eq!(mark_parts(&text), Some((stream, "seen/visitor")));
        }
    }

    #[test]
    fn a_cut_commit_is_an_error_at_every_length() {
        let stream = StreamId::Agent(AgentId::from_uuid(uuid::Uuid::from_u128(8)));
        let unique = [Unique::Guard("g".into()), Unique::Once { key: "k".into(), expires: Time(5) }];
        let id = CommitId::from_uuid(uuid::Uuid::from_u128(9));
        let events = [b"one".to_vec(), b"two".to_vec()];
        let value = encode_commit(id, &stream.to_string(), EventNo(4), &unique, b"meta", &events);
        let commit = decode_commit(Position(3), &value).unwrap();
        assert_eq!((commit.last(), commit.unique, commit.meta), (EventNo(5), unique.to_vec(), b"meta".to_vec()));
        for len in 0..value.len() {
            assert!(decode_commit(Position(3), &value[..len]).is_err(), "{len} bytes");
        }
    }
}
