//! The audit trail, for admins.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::{Audit, AuditFilter, AuditPage, Audited};
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::body::QueryPart;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;
use crate::id::EventNo;
use crate::time::{Day, Span, Time};

/// `GET /api/agent/audit`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Done by this account, or to it: its id.
    #[serde(default)]
    pub agent: String,
    /// Of this kind.
    #[serde(default)]
    pub kind: String,
    /// Not before this day, such as 2026-01-05, in UTC.
    #[serde(default)]
    pub from: String,
    /// Not after this day.
    #[serde(default)]
    pub to: String,
    /// Only what stands before this entry: its `id`.
    #[serde(default)]
    pub before: String,
}

/// Entries of the audit trail, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditAnswer {
    /// At most 100.
    pub entries: Vec<AuditFacts>,
    /// Whether there are more: ask again with `before`, the last one's `id`.
    pub more: bool,
}

/// An entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditFacts {
    /// Its id.
    pub id: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The name of the account that did it; none for a command on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_id: Option<String>,
    /// What, by its `type`.
    #[schema(value_type = Object)]
    pub what: serde_json::Value,
}

/// What was done at the desk beyond what conversations record; admins only. It is kept for a year.
#[utoipa::path(
    get, path = "/api/agent/audit", tag = "agent", security(("agent" = [])), params(AuditQuery),
    responses((status = 200, body = AuditAnswer), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn trail(
    State(app): State<App>,
    agent: Agent,
    QueryPart(query): QueryPart<AuditQuery>,
) -> Result<Json<AuditAnswer>, ApiError> {
    agent.must_be_admin()?;
    let page = read(&app, &query).await?;
    Ok(Json(AuditAnswer { entries: page.entries.iter().map(AuditFacts::of).collect(), more: page.more }))
}

/// The entries that a query asks for.
pub(crate) async fn read(app: &App, query: &AuditQuery) -> Result<AuditPage, ApiError> {
    let filter = query.filter()?;
    app.read_archive(move |engine| engine.audit_trail(&filter).map_err(turn_failed)).await
}

impl AuditQuery {
    /// What it asks for.
    fn filter(&self) -> Result<AuditFilter, ApiError> {
        let bad = |message: &'static str| ApiError::bad_request("bad_query", message);
        let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let day = |text: &str| match given(text) {
            None => Ok(None),
            Some(text) => day(&text).map(Some).ok_or_else(|| bad("A day is written like 2026-01-05.")),
        };
        let agent = match given(&self.agent) {
            None => None,
            Some(id) => Some(id.parse().map_err(|_| bad("There is no such account."))?),
        };
        let kind = given(&self.kind);
        if kind.as_ref().is_some_and(|kind| !Audit::KINDS.contains(&kind.as_str())) {
            return Err(bad("There is no such kind of entry."));
        }
        let before = match given(&self.before) {
            None => None,
            Some(id) => Some(entry(&id).ok_or_else(|| bad("There is no such entry."))?),
        };
        Ok(AuditFilter {
            agent,
            kind,
            from: day(&self.from)?,
            to: day(&self.to)?.map(|day| day + Span::days(1)),
            before,
        })
    }
}

impl AuditFacts {
    fn of(entry: &Audited) -> Self {
        Self {
            id: entry_id(entry),
            at: entry.at.0,
            by: entry.by.as_ref().map(|by| by.name.clone()),
            by_id: entry.by.as_ref().map(|by| by.id.to_string()),
            what: serde_json::to_value(&entry.what).unwrap_or_default(),
        }
    }
}

/// An entry's id: its day and its number.
pub(crate) fn entry_id(entry: &Audited) -> String {
    format!("{}-{}", entry.day, entry.no)
}

fn entry(id: &str) -> Option<(Day, EventNo)> {
    let (day, no) = id.rsplit_once('-')?;
    Some((day.parse().ok()?, EventNo(no.parse().ok()?)))
}

/// The beginning of a day in UTC.
fn day(text: &str) -> Option<Time> {
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(Time::from(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_or_refused() {
        let query = AuditQuery { from: "2026-01-05".into(), to: "2026-01-05".into(), ..AuditQuery::default() };
        let filter = query.filter().unwrap();
        let start = Time(1_767_571_200_000);
        assert_eq!((filter.from, filter.to), (Some(start), Some(start + Span::days(1))));
        for bad in [
            AuditQuery { from: "yesterday".into(), ..AuditQuery::default() },
            AuditQuery { kind: "nothing".into(), ..AuditQuery::default() },
            AuditQuery { agent: "x".into(), ..AuditQuery::default() },
            AuditQuery { before: "x-1".into(), ..AuditQuery::default() },
        ] {
            assert_eq!(bad.filter().unwrap_err().code(), "bad_query");
        }
    }
}
