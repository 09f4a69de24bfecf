//! What a desk tells besides words: how far the agent has read, and that they are typing.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::engine::{Receipts, Signal, SignalKind};
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;
use crate::id::{ConversationId, EventNo};

/// `POST …/read`. A number that is behind what was told before changes nothing.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ReadRequest {
    /// The agent has seen everything up to this event.
    pub read: u64,
}

/// The agent has a conversation before the eyes. The visitor sees it beside the own message, if they wait for a person or
/// talk with this agent.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/read", tag = "agent", security(("agent" = [])), request_body = ReadRequest,
    params(("id" = String, Path)),
    responses((status = 204, description = "Heard"), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn read(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<ReadRequest>,
) -> Result<StatusCode, ApiError> {
    app.engine().agent_read(&agent.account, id, EventNo(request.read)).map_err(turn_failed)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The agent is typing an answer. The visitor sees that for a few seconds, if the conversation is this agent's.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/typing", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 204, description = "Heard"), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn typing(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
) -> Result<StatusCode, ApiError> {
    app.engine().agent_types(&agent.account, id).map_err(turn_failed)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a desk is told of a signal: nothing of what agents did.
pub(super) fn told(signal: &Signal) -> Option<Value> {
    match &signal.kind {
        SignalKind::Receipts(receipts) => Some(told_receipts(signal.conversation, receipts)),
        SignalKind::VisitorTypes => Some(json!({ "id": signal.conversation, "typing": true })),
        SignalKind::AgentTypes(_) => None,
    }
}

/// How far the visitor is.
pub(super) fn told_receipts(id: ConversationId, receipts: &Receipts) -> Value {
    json!({ "id": id, "delivered": receipts.delivered.0, "seen": receipts.seen.0 })
}
