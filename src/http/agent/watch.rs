//! Who else has a conversation open and writes in it: told by the stream, and by the desk while somebody types.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::Event;
use serde::{Deserialize, Serialize};

use crate::engine::{Watching, Writing};
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;
use crate::id::ConversationId;

/// What an agent writes at the moment.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct ComposingRequest {
    /// `say` for an answer to the visitor, `note` for a note; nothing when they have stopped.
    #[schema(value_type = Option<String>)]
    kind: Option<Writing>,
    /// Whether keys are being pressed: then the visitor is told as well, as by `typing`.
    #[serde(default)]
    typing: bool,
}

/// Tells colleagues who have the conversation open what the caller is writing. A hint that nobody stores: say it again every
/// few seconds while it holds. Only one whose desk has the conversation open in its stream is told of.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/composing", tag = "agent", security(("agent" = [])),
    request_body = ComposingRequest, params(("id" = String, Path)),
    responses((status = 204, description = "Told"), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn composing(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<ComposingRequest>,
) -> Result<StatusCode, ApiError> {
    agent.must_see(&app, id)?;
    app.engine().writes(id, agent.account.id, request.kind);
    if request.typing && request.kind == Some(Writing::Say) {
        app.engine().agent_types(&agent.account, id).map_err(turn_failed)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
struct Other {
    name: String,
    writing: Option<Writing>,
}

/// The next change of who watches; never, where nothing is open.
pub(super) async fn watchers(watching: &mut Option<Watching>) -> Event {
    let Some(watching) = watching else { return std::future::pending().await };
    watching.changed().await;
    let others: Vec<Other> =
        watching.others().into_iter().map(|other| Other { name: other.agent.name, writing: other.writing }).collect();
    let data = serde_json::to_string(&others).unwrap_or_else(|_| "[]".to_owned());
    Event::default().event("watchers").data(data)
}

/// Something that should be heard at the desk.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct AlertFacts {
    /// `waits`, `late`, `wrote` or `named`.
    why: &'static str,
    /// The conversation.
    id: String,
    /// The visitor's name, if they told it.
    name: Option<String>,
    /// Since when, in milliseconds since 1970.
    since: i64,
}

/// What should be heard at the caller's desk.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Alerts {
    alerts: Vec<AlertFacts>,
}

/// What should be heard at the desk now: who waits, who has waited too long, whose words the caller has not answered, and
/// what names the caller.
#[utoipa::path(
    get, path = "/api/agent/alerts", tag = "agent", security(("agent" = [])),
    responses((status = 200, body = Alerts), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn alerts(State(app): State<App>, agent: Agent) -> Result<Json<Alerts>, ApiError> {
    use crate::engine::Heard;
    let alerts = app.engine().alerts(&agent.account).map_err(crate::http::trouble::turn_failed)?;
    let facts = |alert: crate::engine::Alert| AlertFacts {
        why: match alert.why {
            Heard::Waits => "waits",
            Heard::Late => "late",
            Heard::Wrote => "wrote",
            Heard::Named => "named",
        },
        id: alert.id.to_string(),
        name: alert.name,
        since: alert.since.0,
    };
    Ok(Json(Alerts { alerts: alerts.into_iter().map(facts).collect() }))
}
