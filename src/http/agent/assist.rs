//! What helps an agent to write: the bot's ready answers.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::dialog::ReadyReply;
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::body::PathPart;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;
use crate::id::ConversationId;

/// The ready answers for a conversation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ReadyAnswers {
    /// In the order of the bot's files.
    replies: Vec<ReadyAnswer>,
}

/// A ready answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ReadyAnswer {
    /// What an agent types after a `/`.
    name: String,
    /// The text in the conversation's language, with its values filled in.
    text: String,
    /// What has no value, as it stands in the text, such as `{{ contact.name }}`.
    missing: Vec<String>,
}

impl From<ReadyReply> for ReadyAnswer {
    fn from(reply: ReadyReply) -> Self {
        Self { name: reply.name, text: reply.filled.text, missing: reply.filled.missing }
    }
}

/// The ready answers (`replies:` of the bot), filled in for a conversation as the caller would send them.
#[utoipa::path(
    get, path = "/api/agent/conversations/{id}/replies", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = ReadyAnswers), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn replies(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
) -> Result<Json<ReadyAnswers>, ApiError> {
    let replies = app.engine().replies(&agent.account, id).map_err(turn_failed)?;
    Ok(Json(ReadyAnswers { replies: replies.into_iter().map(ReadyAnswer::from).collect() }))
}
