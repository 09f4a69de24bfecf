//! Files of visitors: sent like a message, and fetched again with the token, never by an address alone.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::Response;

use crate::http::app::App;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;
use crate::http::visitor::said;
use crate::http::visitor::token::Visitor;
use crate::http::visitor::wire::{EventsAnswer, VisitorEvent};
use crate::http::{files, peer};
use crate::id::{ConversationId, EventNo};

/// The visitor sends a file: its bytes are the body. A repeated `X-Client-Id` changes nothing and gets the same answer.
#[utoipa::path(
    post, path = "/api/visitor/files", tag = "visitor", security(("visitor" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(
        ("x-file-name" = Option<String>, Header, description = "What the file is called, percent-encoded"),
        ("x-client-id" = Option<String>, Header, description = "The sender's own id of the message"),
    ),
    responses(
        (status = 200, description = "What followed from it", body = EventsAnswer),
        (status = "4XX", description = "Refused; nothing is kept", body = ErrorBody),
    )
)]
pub(super) async fn send(
    State(app): State<App>,
    visitor: Visitor,
    request: Request,
) -> Result<Json<EventsAnswer>, ApiError> {
    let (parts, body) = request.into_parts();
    let address = peer::rate_key(app.client(&parts));
    app.rates().visitor_sends_file(visitor.name(), address)?;
    let sent = files::Sent::of(&parts.headers)?;
    let file = files::receive(&app, &files::Sender::Visitor(address), &parts.headers, body, &sent.name).await?;
    let done = app.engine().visitor_file(&visitor.address, file, sent.client).await.map_err(turn_failed)?;
    let last = done.events.last().map_or(done.version, |event| event.no);
    said::answer(&app, done.conversation, VisitorEvent::all_of(&done.events), last).map(Json)
}

/// A file of one of the visitor's conversations, by the number of the event that tells of it.
#[utoipa::path(
    get, path = "/api/visitor/files/{id}/{no}", tag = "visitor", security(("visitor" = [])),
    params(("id" = String, Path, description = "The conversation"), ("no" = u64, Path, description = "The event")),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = "4XX", description = "Refused", body = ErrorBody),
    )
)]
pub(super) async fn fetch(
    State(app): State<App>,
    visitor: Visitor,
    Path((id, no)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let nothing = || ApiError::not_found("There is no such file.");
    let id: ConversationId = id.parse().map_err(|_| nothing())?;
    let no: u64 = no.parse().map_err(|_| nothing())?;
    let conversation = app.engine().conversation(id).map_err(turn_failed)?.ok_or_else(nothing)?;
    // Somebody else's conversation has nothing for this visitor.
    if conversation.opening.as_ref().is_none_or(|opening| opening.address != visitor.address) {
        return Err(nothing());
    }
    files::send(app.engine().file(id, EventNo(no)).map_err(turn_failed)?).await
}
