//! `POST /webhooks/desk`: what a desk elsewhere says to visitors, proved by the secret with which it hears of events. The bytes are
//! proved before they are read, and nothing is kept of what is not proved. Without `events:` there is no route.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::channel::Delivery;
use crate::engine::{DeskCommand, Endpoint};
use crate::http::app::App;
use crate::http::body;
use crate::http::channel::only;
use crate::http::error::ApiError;
use crate::http::limits::JSON_BODY_BYTES_MAX;
use crate::http::trouble::turn_failed;
use crate::id::{ConversationId, FlowName};

/// What comes.
#[derive(Debug, Deserialize)]
struct Written {
    conversation: ConversationId,
    /// Who, by the name that visitors see.
    #[serde(default)]
    agent: Option<String>,
    #[serde(flatten)]
    command: Command,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Command {
    Claim,
    Say {
        text: String,
    },
    Resolve,
    HandBack {
        #[serde(default)]
        flow: Option<FlowName>,
    },
}

/// The route, where somebody may use it.
pub(super) fn router(app: &App) -> Router<App> {
    if app.engine().endpoints().next().is_none() {
        return Router::new();
    }
    Router::new().route("/webhooks/desk", post(take))
}

async fn take(State(app): State<App>, request: Request) -> Result<Json<Value>, ApiError> {
    let (parts, body) = request.into_parts();
    let body = body::read(body, JSON_BODY_BYTES_MAX).await?;
    let header = |name: &str| only(&parts.headers, name);
    let now = app.engine().clock().now();
    let delivery = Delivery { get: false, url: "", body: &body, header: &header, now };
    let proofs = app.engine().endpoints().filter_map(|endpoint| Some((endpoint, endpoint.key.proved(&delivery)?)));
    let (proved, ids): (Vec<&Endpoint>, Vec<&str>) = proofs.unzip();
    let Some(id) = ids.first() else {
        metrics::counter!("frontdesk_webhooks_refused_total", "channel" => "desk", "why" => "proof").increment(1);
        return Err(ApiError::new(StatusCode::FORBIDDEN, "no_proof", "The proof of the sender is missing or wrong."));
    };
    let Written { conversation, agent, command } = body::parse(&body)?;
    let command = match command {
        Command::Claim => DeskCommand::Claim,
        Command::Say { text } => DeskCommand::Say { text },
        Command::Resolve => DeskCommand::Resolve,
        Command::HandBack { flow } => DeskCommand::HandBack { flow },
    };
    let done = app.engine().desk_elsewhere(&proved, id, conversation, agent.as_deref(), command).await;
    let done = done.map_err(turn_failed)?;
    Ok(Json(json!({ "conversation": conversation, "duplicate": done.duplicate })))
}
