//! `frontdesk events …`: what was sent to the owner's own systems, whether it arrived, and sending it once more.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use crate::cli::control::{self, Replies, Request};
use crate::cli::perform::{line, say, words};
use crate::cli::{Server, control::connect};
use crate::engine::{Engine, EventState, Logged};

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List what is waiting, and what was delivered or given up of late
    List {
        #[command(flatten)]
        server: Server,
        /// Only what was given up
        #[arg(long)]
        failed: bool,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Send an event once more: where it was given up, else everywhere
    Resend {
        #[command(flatten)]
        server: Server,
        /// The event, as `list` shows it
        id: String,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let (server, request) = match command {
        Command::List { server, failed, json } => (server, Request::EventList { failed, json }),
        Command::Resend { server, id } => (server, Request::EventResend { id }),
    };
    let config = server.config()?;
    if connect(&config.data)?.is_none() {
        anyhow::bail!("no server runs on {}, and only a running one can tell", config.data.display());
    }
    control::run(&server, &request)
}

/// Lists the deliveries of all endpoints, each endpoint's in its order.
pub(super) async fn list(engine: &Engine, failed: bool, json: bool, replies: &Replies) -> Result<(), String> {
    let mut endpoints = 0;
    for endpoint in engine.endpoints() {
        endpoints += 1;
        let (reader, of) = (engine.clone(), endpoint.clone());
        let read = tokio::task::spawn_blocking(move || reader.deliveries(&of, failed));
        let (entries, more) = read.await.map_err(words)?.map_err(words)?;
        if !json {
            line(replies, format!("{} ({})", endpoint.url, endpoint.id())).await?;
        }
        for entry in &entries {
            line(replies, if json { as_json(endpoint.id(), entry) } else { as_text(entry) }).await?;
        }
        if more > 0 {
            say(replies, format!("{more} more wait for {}", endpoint.url)).await?;
        }
    }
    if endpoints == 0 {
        say(replies, "nobody hears of events: there is nothing under `events:` in frontdesk.yaml".to_owned()).await?;
    }
    Ok(())
}

/// Sends an event once more.
pub(super) async fn resend(engine: &Engine, id: &str, replies: &Replies) -> Result<(), String> {
    match engine.resend_event(id, None).await.map_err(words)? {
        0 => Err(format!("no event \"{id}\" is in the log; `frontdesk events list` shows what is")),
        1 => say(replies, "it is sent again; `frontdesk events list` shows what comes of it".to_owned()).await,
        many => {
            say(replies, format!("it is sent again to {many}; `frontdesk events list` shows what comes of it")).await
        }
    }
}

fn as_text(entry: &Logged) -> String {
    let at = entry.at.map_or_else(String::new, |at| at.to_string());
    let kind = entry.kind.map_or("?", |kind| kind.name());
    let tries = if entry.tries == 1 { "1 try".to_owned() } else { format!("{} tries", entry.tries) };
    let next = entry.next.filter(|_| entry.state == EventState::Waiting);
    let next = next.map(|next| format!(", next {next}")).unwrap_or_default();
    let answer = entry.answer.as_ref().map(|answer| format!(", last answer: {answer}")).unwrap_or_default();
    format!("  {:<9}  {at:<24}  {kind:<21}  {}  {tries}{next}{answer}", entry.state.name(), entry.id)
}

fn as_json(endpoint: &str, entry: &Logged) -> String {
    let text = |time: Option<crate::time::Time>| time.map(|time| time.to_string());
    json!({
        "endpoint": endpoint, "url": entry.url, "id": entry.id, "type": entry.kind.map(|kind| kind.name()),
        "at": text(entry.at), "state": entry.state.name(), "tries": entry.tries, "answer": entry.answer,
        "next": text(entry.next), "settled": text(entry.settled),
    })
    .to_string()
}
