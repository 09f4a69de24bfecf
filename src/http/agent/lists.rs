//! The desk's lists, a page at a time, filtered.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::agent::session::Agent;
use crate::http::agent::wire::Row;
use crate::http::app::App;
use crate::http::body::QueryPart;
use crate::http::desk::filter::{FilterQuery, InboxQuery};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;

/// Conversations on a page where nothing else is asked for.
const PAGE: usize = 50;

/// The most conversations on a page.
const PAGE_MAX: usize = 200;

/// How much of what was found one answer carries.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct PageSize {
    /// Conversations on the page: of a list at most 200, of the search at most 100.
    pub limit: Option<usize>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListPage {
    /// The conversations.
    pub rows: Vec<Row>,
    /// What to ask for as `after` for the next page; none after the last. A page may be empty and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many conversations the list has, counted up to 1,000.
    pub count: usize,
    /// Whether it has more than were counted.
    pub or_more: bool,
}

/// One list of the desk: a page of it, of what fits the filter.
#[utoipa::path(
    get, path = "/api/agent/conversations", tag = "agent", security(("agent" = [])), params(InboxQuery, FilterQuery, PageSize),
    responses((status = 200, body = ListPage), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn list(
    State(app): State<App>,
    agent: Agent,
    QueryPart(query): QueryPart<InboxQuery>,
    QueryPart(size): QueryPart<PageSize>,
) -> Result<Json<ListPage>, ApiError> {
    let unknown = || ApiError::bad_request("bad_value", "There is no such list.");
    let list = query.list().ok_or_else(unknown)?;
    let filter = query.filter();
    let limit = size.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let page = app.engine().list(&agent.account, list, &filter, query.after(), limit).map_err(turn_failed)?;
    let count = app.engine().count(&agent.account, list, &filter).map_err(turn_failed)?;
    let rows = page.rows.iter().map(Row::of).collect();
    Ok(Json(ListPage { rows, next: page.next, count: count.count, or_more: count.or_more }))
}
