//! Invitations as a page's widget reads them: those that a site's bot has now, in the page's language. Nothing is known of
//! the visitor yet, and nothing is kept.

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::app::App;
use crate::http::body::QueryPart;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::visitor::session::checked_language;
use crate::http::{origin, peer};
use crate::id::Language;
use crate::time::Span;

/// A browser keeps the answer for a moment: visitors go from page to page.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=60");

/// `GET /api/visitor/invites`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InvitesQuery {
    /// The site; by default the only or first one.
    site: Option<String>,
    /// The language of the page, as a BCP 47 tag.
    language: Option<String>,
}

/// The invitations that a page may show.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvitesAnswer {
    /// Each with when to show it.
    invites: Vec<InviteRule>,
}

/// An invitation and when to show it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InviteRule {
    /// Its name, for the session request that accepts it.
    name: String,
    /// What it says.
    text: String,
    /// Paths or addresses of pages, in which `*` stands for anything; none means all.
    pages: Vec<String>,
    /// After so many seconds on the page.
    after_s: u64,
    /// From so many visits on.
    visits: u32,
    /// Who dismisses it sees no invitation for so many seconds.
    rest_s: u64,
}

/// The invitations of a site for pages in a language, as they are now.
#[utoipa::path(
    get, path = "/api/visitor/invites", tag = "visitor", params(InvitesQuery),
    responses(
        (status = 200, description = "What may be shown", body = InvitesAnswer),
        (status = "4XX", description = "Refused", body = ErrorBody),
    )
)]
pub(super) async fn invites(
    State(app): State<App>,
    QueryPart(query): QueryPart<InvitesQuery>,
    parts: Parts,
) -> Result<Response, ApiError> {
    app.rates().address_calls(peer::rate_key(app.client(&parts)))?;
    let site = match &query.site {
        Some(site) => app.site(site),
        None => app.default_site(),
    };
    let (site, origins) = site.ok_or_else(|| ApiError::not_found("There is no such site here."))?;
    origin::check_site(&app, origins, &parts.headers)?;
    let wanted = query.language.as_deref().map(checked_language).transpose()?;
    let live = app.engine().site(site).ok_or_else(|| ApiError::internal("a site without a bot"))?;
    let (bot, now) = (live.bot(), app.engine().clock().now());
    let program = &bot.program;
    let language = wanted.and_then(|wanted| program.language_like(&wanted));
    let language: Language = language.unwrap_or_else(|| program.default_language().clone());
    let seconds = |span: Span| u64::try_from(span.0 / 1_000).unwrap_or(0);
    let fitting = program.invites.values().filter(|invite| invite.is_for(&language, now, program));
    let invites = fitting.map(|invite| InviteRule {
        name: invite.name.clone(),
        text: invite.text(&language, program).to_owned(),
        pages: invite.pages.clone(),
        after_s: seconds(invite.after),
        visits: invite.visits,
        rest_s: seconds(invite.rest),
    });
    let answer = InvitesAnswer { invites: invites.collect() };
    Ok(([(header::CACHE_CONTROL, KEPT)], Json(answer)).into_response())
}
