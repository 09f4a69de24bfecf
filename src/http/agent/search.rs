//! The search over the whole archive, for agents' programs.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::engine::{Engine, Found, Hit, HitLine};
use crate::http::agent::lists::PageSize;
use crate::http::agent::session::Agent;
use crate::http::agent::wire::Row;
use crate::http::app::App;
use crate::http::body::QueryPart;
use crate::http::desk::filter::{FilterQuery, SearchQuery};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::search_failed;
use crate::view::Speaker;

/// Conversations on a page where nothing else is asked for.
const PAGE: usize = 20;

/// The most conversations on a page.
const PAGE_MAX: usize = 100;

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchAnswer {
    /// The conversations, the latest first.
    pub hits: Vec<SearchHit>,
    /// How many there are in all.
    pub total: usize,
    /// What to ask for as `after` for the next page; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
    /// Whether the whole archive was looked at: while the index is being made, older conversations are missing.
    pub whole: bool,
}

/// A conversation that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchHit {
    /// The conversation in a line.
    pub row: Row,
    /// The line that shows why; none where no words were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<SearchLine>,
}

/// A line with what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchLine {
    /// Its event, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// `visitor`, `agent`, `note`, `bot`, or `known` for what became known or was filed.
    #[schema(value_type = String, example = "visitor")]
    pub speaker: &'static str,
    /// The text around what was found.
    pub text: String,
    /// What was found in it: first byte and the one after the last.
    pub marks: Vec<[usize; 2]>,
}

/// Searches the whole archive: what people said and noted, names, addresses and numbers, of all conversations that the agent may see.
#[utoipa::path(
    get, path = "/api/agent/search", tag = "agent", security(("agent" = [])), params(SearchQuery, FilterQuery, PageSize),
    responses((status = 200, body = SearchAnswer), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn search(
    State(app): State<App>,
    agent: Agent,
    QueryPart(query): QueryPart<SearchQuery>,
    QueryPart(size): QueryPart<PageSize>,
) -> Result<Json<SearchAnswer>, ApiError> {
    let limit = size.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let account = agent.account.clone();
    let search = move |engine: &Engine| {
        let asked = query.search(engine, &account);
        engine.search(&account, &asked, query.offset(), limit).map_err(search_failed)
    };
    let found = app.read_archive(search).await?;
    Ok(Json(SearchAnswer::of(found)))
}

impl SearchAnswer {
    fn of(found: Found) -> Self {
        let Found { hits, total, next, whole } = found;
        Self { hits: hits.into_iter().map(SearchHit::of).collect(), total, next, whole }
    }
}

impl SearchHit {
    fn of(hit: Hit) -> Self {
        Self { row: Row::of(&hit.row), line: hit.line.map(SearchLine::of) }
    }
}

impl SearchLine {
    fn of(line: HitLine) -> Self {
        Self {
            event: line.no.map(|no| no.0),
            speaker: match line.speaker {
                Speaker::Visitor => "visitor",
                Speaker::Agent => "agent",
                Speaker::Note => "note",
                Speaker::Bot => "bot",
                Speaker::Known => "known",
            },
            text: line.text,
            marks: line.marks.into_iter().map(|mark| [mark.start, mark.end]).collect(),
        }
    }
}
