//! What a visitor's chat tells besides words: how far it has come, and that somebody is typing. The same things go through
//! the WebSocket, where it is open.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::{Signal, SignalKind};
use crate::http::app::App;
use crate::http::body::JsonBody;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;
use crate::http::visitor::token::Visitor;
use crate::http::visitor::wire::{AgentName, ServerFrame};
use crate::id::{ConversationId, EventNo};

/// `POST /api/visitor/receipts`. Numbers that are behind what was told before change nothing.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ReceiptsRequest {
    /// The conversation.
    pub conversation: String,
    /// The chat has everything up to this event.
    #[serde(default)]
    pub delivered: u64,
    /// The visitor has seen everything up to this event.
    #[serde(default)]
    pub seen: u64,
}

/// How far an agent has read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadHint {
    /// An agent has seen everything up to this event.
    pub read: u64,
}

/// An agent is typing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TypingHint {
    /// Who.
    pub agent: AgentName,
}

/// The visitor's chat has come further. Agents see it beside their messages.
#[utoipa::path(
    post, path = "/api/visitor/receipts", tag = "visitor", security(("visitor" = [])), request_body = ReceiptsRequest,
    responses((status = 204, description = "Heard"), (status = "4XX", description = "Refused", body = ErrorBody))
)]
pub(super) async fn receipts(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(request): JsonBody<ReceiptsRequest>,
) -> Result<StatusCode, ApiError> {
    received(&app, &visitor, &request).map(|()| StatusCode::NO_CONTENT)
}

/// The visitor is typing. Agents see that, and nothing of the words, for a few seconds; nothing is stored.
#[utoipa::path(
    post, path = "/api/visitor/typing", tag = "visitor", security(("visitor" = [])),
    responses((status = 204, description = "Heard"), (status = "4XX", description = "Refused", body = ErrorBody))
)]
pub(super) async fn typing(State(app): State<App>, visitor: Visitor) -> Result<StatusCode, ApiError> {
    types(&app, &visitor).map(|()| StatusCode::NO_CONTENT)
}

pub(super) fn received(app: &App, visitor: &Visitor, request: &ReceiptsRequest) -> Result<(), ApiError> {
    app.rates().signals(visitor.name())?;
    let unknown = |_| ApiError::not_found("There is no such conversation.");
    let id: ConversationId = request.conversation.parse().map_err(unknown)?;
    let (delivered, seen) = (EventNo(request.delivered), EventNo(request.seen));
    app.engine().visitor_received(&visitor.address, id, delivered, seen).map_err(turn_failed)
}

pub(super) fn types(app: &App, visitor: &Visitor) -> Result<(), ApiError> {
    app.rates().signals(visitor.name())?;
    app.engine().visitor_types(&visitor.address).map_err(turn_failed)
}

/// What the visitor is told of a signal: nothing of what they did themselves.
pub(super) fn frame(signal: &Signal) -> Option<ServerFrame> {
    match &signal.kind {
        SignalKind::Receipts(receipts) => Some(ServerFrame::Read(ReadHint { read: receipts.read.0 })),
        SignalKind::AgentTypes(name) => {
            Some(ServerFrame::Typing(TypingHint { agent: AgentName { name: name.clone() } }))
        }
        SignalKind::VisitorTypes => None,
    }
}
