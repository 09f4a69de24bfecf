//! Files of agents, and what visitors sent: only for those who may see the conversation.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::Response;

use crate::http::agent::session::Agent;
use crate::http::agent::wire::{AgentEvent, AgentEvents};
use crate::http::app::App;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::files;
use crate::http::trouble::turn_failed;
use crate::id::{ConversationId, EventNo};

/// Sends a file to the visitor: its bytes are the body. Claims the conversation, as words do.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/files", tag = "agent", security(("agent" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(
        ("id" = String, Path),
        ("x-file-name" = Option<String>, Header, description = "What the file is called, percent-encoded"),
        ("x-client-id" = Option<String>, Header, description = "The sender's own id of the message"),
    ),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing is kept"))
)]
pub(super) async fn send(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<AgentEvents>, ApiError> {
    let (parts, body) = request.into_parts();
    let id = seen(&app, &agent, &id)?;
    app.rates().agent_sends_file(agent.account.id)?;
    let sent = files::Sent::of(&parts.headers)?;
    let (reference, role) = (agent.reference(), agent.account.role);
    let file = files::receive(&app, &files::Sender::Agent(reference.id), &parts.headers, body, &sent.name).await?;
    let done = app.engine().agent_file(&reference, role, id, file, sent.client).await.map_err(turn_failed)?;
    let last = done.events.last().map_or(done.version, |event| event.no);
    Ok(Json(AgentEvents { events: AgentEvent::all_of(&done.events), last: last.0 }))
}

/// A file of a conversation, by the number of the event that tells of it.
#[utoipa::path(
    get, path = "/api/agent/conversations/{id}/files/{no}", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path), ("no" = u64, Path, description = "The event")),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = "4XX", body = ErrorBody, description = "Refused"),
    )
)]
pub(super) async fn fetch(
    State(app): State<App>,
    agent: Agent,
    Path((id, no)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let id = seen(&app, &agent, &id)?;
    let no: u64 = no.parse().map_err(|_| ApiError::not_found("There is no such file."))?;
    files::send(app.engine().file(id, EventNo(no)).map_err(turn_failed)?).await
}

fn seen(app: &App, agent: &Agent, id: &str) -> Result<ConversationId, ApiError> {
    let id = id.parse().map_err(|_| ApiError::not_found("There is no such conversation."))?;
    agent.must_see(app, id)?;
    Ok(id)
}
