//! The visitor API: start or resume by token, say, press, and hear what happens, by long poll or WebSocket. A visitor can
//! reach nothing but the own conversation, because every call finds it by the token's address.

mod files;
mod form;
mod introduction;
mod invites;
mod said;
mod session;
mod signals;
mod socket;
pub(super) mod token;
mod transcript;
pub(super) mod wire;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::engine::VisitorTurn;
use crate::http::app::App;
use crate::http::body::{JsonBody, QueryPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::visitor::token::Visitor;
use crate::http::visitor::wire::{EventsAnswer, EventsQuery, MessageRequest, PressRequest, RateRequest};
use crate::id::EventNo;

pub(super) use said::checked_text;
pub(super) use session::checked_language;

/// The routes of the visitor API.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::session))
        .routes(routes!(session::forget))
        .routes(routes!(invites::invites))
        .routes(routes!(messages))
        .routes(routes!(press))
        .routes(routes!(rate))
        .routes(routes!(end))
        .routes(routes!(events))
        .routes(routes!(files::send))
        .routes(routes!(files::fetch))
        .routes(routes!(signals::receipts))
        .routes(routes!(signals::typing))
        .routes(routes!(transcript::transcript))
        .routes(routes!(socket::socket))
}

/// The visitor says something. A message to a closed conversation opens a new one; a repeated `client_id` changes nothing
/// and gets the same answer.
#[utoipa::path(
    post, path = "/api/visitor/messages", tag = "visitor", security(("visitor" = [])), request_body = MessageRequest,
    responses(
        (status = 200, description = "What followed from it", body = EventsAnswer),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
async fn messages(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(request): JsonBody<MessageRequest>,
) -> Result<Json<EventsAnswer>, ApiError> {
    app.rates().visitor_speaks(visitor.name())?;
    said::take_turn(&app, &visitor, message(request)?).await.map(Json)
}

/// The visitor presses a button of a bot's message.
#[utoipa::path(
    post, path = "/api/visitor/press", tag = "visitor", security(("visitor" = [])), request_body = PressRequest,
    responses(
        (status = 200, description = "What followed from it", body = EventsAnswer),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
async fn press(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(request): JsonBody<PressRequest>,
) -> Result<Json<EventsAnswer>, ApiError> {
    app.rates().visitor_speaks(visitor.name())?;
    said::take_turn(&app, &visitor, pressed(request)).await.map(Json)
}

/// The visitor rates the conversation.
#[utoipa::path(
    post, path = "/api/visitor/rate", tag = "visitor", security(("visitor" = [])), request_body = RateRequest,
    responses(
        (status = 200, description = "What followed from it", body = EventsAnswer),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
async fn rate(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(request): JsonBody<RateRequest>,
) -> Result<Json<EventsAnswer>, ApiError> {
    app.rates().visitor_speaks(visitor.name())?;
    if !(1..=5).contains(&request.score) {
        return Err(ApiError::bad_request("bad_score", "A rating is a number from 1 to 5."));
    }
    let comment = request.comment.filter(|comment| !comment.trim().is_empty()).map(checked_text).transpose()?;
    said::take_turn(&app, &visitor, VisitorTurn::Rate { score: request.score, comment }).await.map(Json)
}

/// The visitor ends the conversation. A reply reopens it, and a rating is possible; ended twice is ended once.
#[utoipa::path(
    post, path = "/api/visitor/end", tag = "visitor", security(("visitor" = [])),
    responses(
        (status = 200, description = "What followed from it", body = EventsAnswer),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
async fn end(State(app): State<App>, visitor: Visitor) -> Result<Json<EventsAnswer>, ApiError> {
    app.rates().visitor_speaks(visitor.name())?;
    said::take_turn(&app, &visitor, VisitorTurn::End).await.map(Json)
}

/// What happened after a number; waits for something new if asked to.
#[utoipa::path(
    get, path = "/api/visitor/events", tag = "visitor", security(("visitor" = [])), params(EventsQuery),
    responses(
        (status = 200, description = "What is new", body = EventsAnswer),
        (status = "4XX", description = "Refused", body = ErrorBody),
    )
)]
async fn events(
    State(app): State<App>,
    visitor: Visitor,
    QueryPart(query): QueryPart<EventsQuery>,
) -> Result<Json<EventsAnswer>, ApiError> {
    said::wait_for_news(&app, &visitor, query).await.map(Json)
}

/// What the engine is asked for a message.
fn message(request: MessageRequest) -> Result<VisitorTurn, ApiError> {
    Ok(VisitorTurn::Message { text: checked_text(request.text)?, client: request.client_id })
}

/// What the engine is asked for a press.
fn pressed(request: PressRequest) -> VisitorTurn {
    VisitorTurn::Press { event: EventNo(request.event), option: request.option, client: request.client_id }
}
