//! What follows from the events of any stream: its state and its index rows. `verify` compares it with what is stored, `import`
//! writes it, and a state of another format is replaced by it.

use crate::dialog::{Conversation, Recorded};
use crate::engine::codec::{self, CodecError};
use crate::engine::{accounts, audit, contacts};
use crate::id::{ConversationId, EventNo, FileId};
use crate::store::transfer::{Rebuild, Rebuilt};
use crate::store::{self, Key, Store, StreamId};
use crate::view::{self, Facts, IndexKey, IndexRow};

/// What errors call the facts in a row.
const FACTS: &str = "a row";

/// What the store's tools (`verify`, `import`) ask when they must know what events mean.
#[derive(Debug, Clone, Copy, Default)]
pub struct FromEvents;

impl Rebuild for FromEvents {
    fn rebuild(&self, stream: &StreamId, events: &[store::Recorded]) -> Result<Rebuilt, String> {
        let (state, rows) = rebuild(stream, events).map_err(|error| error.to_string())?;
        Ok(Rebuilt { state, rows })
    }

    fn files(&self, stream: &StreamId, events: &[store::Recorded]) -> Vec<FileId> {
        if !matches!(stream, StreamId::Conversation(..)) {
            return Vec::new();
        }
        // Events that cannot be read were a problem before this.
        let events = events.iter().filter_map(|event| codec::decode_recorded(event.no, &event.bytes).ok());
        events.filter_map(|recorded| recorded.event.file().map(|file| file.id)).collect()
    }

    fn same_state(&self, stored: &[u8], rebuilt: &[u8]) -> bool {
        same_state(stored, rebuilt)
    }

    /// Rows of older programs carry no facts; whoever finds none asks the state.
    fn same_row(&self, stored: &[u8], rebuilt: &[u8]) -> bool {
        stored == rebuilt || stored.is_empty()
    }
}

/// A state's bytes and the index rows.
pub(super) type StateAndRows = (Vec<u8>, Vec<(Key, Vec<u8>)>);

/// The state and the index rows that a stream's events make.
pub(super) fn rebuild(stream: &StreamId, events: &[store::Recorded]) -> Result<StateAndRows, CodecError> {
    let bytes = events.iter().map(|event| event.bytes.as_slice());
    match stream {
        StreamId::Conversation(_, id) => {
            let conversation = replay(events)?;
            Ok((codec::encode(codec::STATE, &conversation)?, index_rows(&view::rows(*id, &conversation))?))
        }
        StreamId::Contact(site, id) => contacts::rebuild(site, *id, bytes),
        StreamId::Agent(id) => accounts::rebuild(*id, bytes),
        StreamId::Audit(_) => audit::rebuild(bytes),
    }
}

/// Whether a stored state is the rebuilt one, or of another format, so that it is rebuilt before it is used. Sensitive values in
/// clear are only in the stored one.
fn same_state(stored: &[u8], rebuilt: &[u8]) -> bool {
    let without_clear = |bytes: &[u8]| {
        let conversation = codec::decode::<Conversation>(codec::STATE, bytes).ok()?;
        Some(Conversation { clear: crate::dialog::Clear::default(), ..conversation })
    };
    stored.first() != rebuilt.first()
        || stored == rebuilt
        || matches!((without_clear(stored), without_clear(rebuilt)), (Some(one), Some(other)) if one == other)
}

/// A conversation folded from its stored events.
pub(super) fn replay(events: &[store::Recorded]) -> Result<Conversation, CodecError> {
    let mut conversation = Conversation::default();
    for event in events {
        conversation.apply(&codec::decode_recorded(event.no, &event.bytes)?);
    }
    Ok(conversation)
}

/// A conversation as it is stored; folded from its events where its state has another format.
pub(super) fn stored(
    store: &dyn Store,
    stream: &StreamId,
) -> Result<Option<Result<Conversation, CodecError>>, store::ReadError> {
    let Some(loaded) = store.load(stream)? else { return Ok(None) };
    Ok(Some(match codec::decode::<Conversation>(codec::STATE, &loaded.state) {
        Ok(conversation) if conversation.version.0 == loaded.version.0 => Ok(conversation),
        _ => replay(&store.events(stream, EventNo(0), usize::MAX)?),
    }))
}

/// Events of a conversation, read back.
pub(super) fn recorded(events: &[store::Recorded]) -> Result<Vec<Recorded>, CodecError> {
    events.iter().map(|event| codec::decode_recorded(event.no, &event.bytes)).collect()
}

/// Index rows as the store writes them: most say all in their keys, those of long lists carry what filters ask.
pub(super) fn index_rows(rows: &[IndexRow]) -> Result<Vec<(Key, Vec<u8>)>, CodecError> {
    let stored = rows.iter().map(|row| {
        let facts = row.facts.as_ref().map(|facts| codec::encode(FACTS, facts)).transpose()?;
        Ok((key(&row.key), facts.unwrap_or_default()))
    });
    stored.collect()
}

/// What filters ask of the conversation of a row; nothing in a row that carries nothing, or what an older program wrote.
pub(super) fn facts_of(row: &store::Row) -> Option<Facts> {
    codec::decode(FACTS, &row.value).ok()
}

/// An index key as the store's.
pub(super) fn key(row: &IndexKey) -> Key {
    match row {
        IndexKey::Fixed(text) => Key::new(text.clone()),
        IndexKey::AtEvent { before, event, after } => Key::at(before.clone(), *event, after.clone()),
    }
}

/// The conversation whose row this is, by the end of its key.
pub(super) fn conversation_of(row: &store::Row) -> Option<ConversationId> {
    match &row.owner {
        StreamId::Conversation(_, id) => Some(*id),
        StreamId::Contact(..) | StreamId::Agent(_) | StreamId::Audit(_) => None,
    }
}
