//! The search over the whole archive, for agents' programs.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::{Found, Hit, HitLine};
use crate::http::agent::session::Agent;
use crate::http::agent::wire::Row;
use crate::http::app::App;
use crate::http::body::QueryPart;
use crate::http::desk::filter::SearchQuery;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::search_failed;
use crate::view::Speaker;

/// Conversations on a page where nothing else is asked for.
const PAGE: usize = 20;

/// The most conversations on a page.
const PAGE_MAX: usize = 100;

/// `GET /api/agent/search`. Only what is given counts.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct SearchParams {
    /// The words; all of them count, in every spelling that the bot takes for the same. The last may be the beginning of one.
    q: String,
    /// The site.
    site: String,
    /// The queue.
    queue: String,
    /// A label.
    label: String,
    /// The channel.
    channel: String,
    /// The language.
    language: String,
    /// The id of an agent who had to do with it.
    agent: String,
    /// The first day on which somebody last said something, such as `2026-11-26`.
    from: String,
    /// The last such day.
    until: String,
    /// Anything, where the bot's words count too.
    bot: String,
    /// What the page before gave as `next`.
    after: String,
    /// Conversations on the page, at most 100.
    limit: Option<usize>,
}

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
    get, path = "/api/agent/search", tag = "agent", security(("agent" = [])), params(SearchParams),
    responses((status = 200, body = SearchAnswer), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn search(
    State(app): State<App>,
    agent: Agent,
    QueryPart(params): QueryPart<SearchParams>,
) -> Result<Json<SearchAnswer>, ApiError> {
    let limit = params.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let query = SearchQuery {
        q: params.q,
        site: params.site,
        queue: params.queue,
        label: params.label,
        channel: params.channel,
        language: params.language,
        agent: params.agent,
        from: params.from,
        until: params.until,
        bot: params.bot,
        after: params.after,
    };
    let asked = query.search(app.engine(), &agent.account);
    let found = app.engine().search(&agent.account, &asked, query.offset(), limit).map_err(search_failed)?;
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
