//! What a client has not seen yet: everything after its watermark, over all conversations of the address in their order, so that
//! nothing is lost and nothing comes twice where a new one follows a closed one.

use crate::dialog::{Address, Recorded};
use crate::engine::TurnError;
use crate::http::app::App;
use crate::http::directline::activity::{Activity, ActivitySet, Reader};
use crate::http::directline::conversation::Watermark;
use crate::http::error::ApiError;
use crate::http::limits::EVENTS_MAX;
use crate::http::trouble::turn_failed;
use crate::id::{ConversationId, EventNo};
use crate::view;

/// What follows a watermark: the next activities, or none at the end.
pub(super) fn after(
    app: &App,
    address: &Address,
    reader: &Reader<'_>,
    from: Watermark,
) -> Result<ActivitySet, ApiError> {
    let mut mark = checked(app, address, from)?;
    loop {
        let Some(id) = mark.conversation else {
            match following(app, address, None)? {
                Some(first) => mark = Watermark { conversation: Some(first), no: EventNo(0) },
                None => return Ok(ActivitySet { activities: Vec::new(), watermark: mark.to_string() }),
            }
            continue;
        };
        // Asked before the events are read: a conversation that another follows grows no more.
        let next = following(app, address, Some(id))?;
        let events = match app.engine().events(id, mark.no, EVENTS_MAX) {
            Ok(events) => events,
            // It was erased.
            Err(TurnError::NoSuchConversation(_)) => Vec::new(),
            Err(error) => return Err(turn_failed(error)),
        };
        match (events.last(), next) {
            (Some(newest), _) => {
                mark.no = newest.no;
                let activities = activities(reader, id, &events);
                if !activities.is_empty() {
                    return Ok(ActivitySet { activities, watermark: mark.to_string() });
                }
            }
            (None, Some(next)) => mark = Watermark { conversation: Some(next), no: EventNo(0) },
            (None, None) => {
                // Who remembers more than there is (the data may come from a backup) would not hear anything again.
                let end = app.engine().conversation(id).map_err(turn_failed)?.map_or(mark.no, |now| now.version);
                mark.no = mark.no.min(end);
                return Ok(ActivitySet { activities: Vec::new(), watermark: mark.to_string() });
            }
        }
    }
}

fn activities(reader: &Reader<'_>, id: ConversationId, events: &[Recorded]) -> Vec<Activity> {
    view::visitor_lines(events).iter().filter_map(|line| reader.activity(id, line)).collect()
}

fn following(app: &App, address: &Address, id: Option<ConversationId>) -> Result<Option<ConversationId>, ApiError> {
    app.engine().following(address, id).map_err(turn_failed)
}

/// A watermark of somebody else's conversation opens nothing.
fn checked(app: &App, address: &Address, mark: Watermark) -> Result<Watermark, ApiError> {
    let Some(id) = mark.conversation else { return Ok(mark) };
    let conversation = app.engine().conversation(id).map_err(turn_failed)?;
    let stranger =
        conversation.is_some_and(|found| found.opening.as_ref().is_none_or(|opening| opening.address != *address));
    if stranger { Err(no_watermark()) } else { Ok(mark) }
}

/// A watermark that was never given out.
pub(super) fn no_watermark() -> ApiError {
    ApiError::bad_request("BadArgument", "The watermark is none that this conversation has given.")
}
