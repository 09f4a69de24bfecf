//! What the calls of the visitor API share: checking texts, taking a turn, and collecting what is new.

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use crate::engine::{Push, Signal, SignalKind, VisitorFacts, VisitorTurn};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::limits::{EVENTS_MAX, MESSAGE_CHARS_MAX, POLL_WAIT_MAX};
use crate::http::trouble::turn_failed;
use crate::http::visitor::token::Visitor;
use crate::http::visitor::wire::{ConversationFacts, EventsAnswer, EventsQuery, VisitorEvent};
use crate::id::{ConversationId, EventNo};

/// A message that can be taken: not blank, and not over the limit.
pub(crate) fn checked_text(text: String) -> Result<String, ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::bad_request("empty_message", "The message is empty."));
    }
    // A character has at most four bytes, so most texts need no counting.
    if text.len() > MESSAGE_CHARS_MAX && text.chars().count() > MESSAGE_CHARS_MAX {
        return Err(ApiError::bad_request(
            "message_too_long",
            format!("The message is too long: at most {MESSAGE_CHARS_MAX} characters are possible."),
        ));
    }
    Ok(text)
}

/// Takes a turn of a visitor and tells what followed.
pub(super) async fn take_turn(app: &App, visitor: &Visitor, turn: VisitorTurn) -> Result<EventsAnswer, ApiError> {
    let done = app.engine().visitor(&visitor.address, VisitorFacts::default(), turn).await.map_err(turn_failed)?;
    let last = done.events.last().map_or(done.version, |event| event.no);
    answer(app, done.conversation, VisitorEvent::all_of(&done.events), last)
}

/// What happened after a number; waits for something new if there is nothing yet and the query says so.
pub(super) async fn wait_for_news(app: &App, visitor: &Visitor, query: EventsQuery) -> Result<EventsAnswer, ApiError> {
    let Some(id) = app.conversation_of(&visitor.address)? else {
        return Ok(EventsAnswer { conversation: None, events: Vec::new(), last: 0, queue: None, read: 0 });
    };
    let named = query.conversation.as_deref().is_none_or(|named| named == id.to_string());
    let after = if named { EventNo(query.after) } else { EventNo(0) };
    let mut pushes = app.engine().hub().conversation(id);
    let wait = Duration::from_secs(query.wait).min(POLL_WAIT_MAX);
    let deadline = tokio::time::Instant::now() + wait;
    let mut after = after;
    loop {
        let (events, last) = news(app, id, after)?;
        if !events.is_empty() || wait.is_zero() {
            return answer(app, id, events, last);
        }
        after = last;
        tokio::select! {
            push = pushes.recv() => if is_read_on(&push) {
                return answer(app, id, Vec::new(), after);
            },
            () = app.stopping().wait() => return answer(app, id, Vec::new(), after),
            () = tokio::time::sleep_until(deadline) => return answer(app, id, Vec::new(), after),
        }
    }
}

/// Whether an agent may have read on: a chat that polls hears that in an answer without events.
fn is_read_on(push: &Result<Push, RecvError>) -> bool {
    matches!(push, Ok(Push::Signal(Signal { kind: SignalKind::Receipts(_), .. })))
}

/// What a visitor sees of a conversation after a number, and the number after which to go on. That is never beyond the end:
/// who remembers more than there is (the data may have come from a backup) would not hear anything again.
pub(super) fn news(app: &App, id: ConversationId, after: EventNo) -> Result<(Vec<VisitorEvent>, EventNo), ApiError> {
    let mut last = after;
    loop {
        let events = app.engine().events(id, last, EVENTS_MAX).map_err(turn_failed)?;
        let Some(newest) = events.last() else {
            let end = app.engine().conversation(id).map_err(turn_failed)?.map_or(last, |now| now.version);
            return Ok((Vec::new(), last.min(end)));
        };
        last = newest.no;
        let seen = VisitorEvent::all_of(&events);
        if !seen.is_empty() {
            return Ok((seen, last));
        }
    }
}

/// The answer to a call that concerns one conversation.
pub(super) fn answer(
    app: &App,
    id: ConversationId,
    events: Vec<VisitorEvent>,
    last: EventNo,
) -> Result<EventsAnswer, ApiError> {
    let conversation = app.engine().conversation(id).map_err(turn_failed)?;
    let facts = conversation.map(|conversation| ConversationFacts::of(id, &conversation));
    let read = app.engine().receipts(id).map_err(turn_failed)?.read.0;
    Ok(EventsAnswer { conversation: facts, events, last: last.0, queue: app.queue_hint(id), read })
}
