//! Going on with a conversation elsewhere: a link that works once, for visitors and for agents who send them one, and the page
//! that it opens. The code stands behind the `#` of our address, so that it is in no log of ours or of a proxy.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::channel::LinkCode;
use crate::http::app::App;
use crate::http::body::JsonBody;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;
use crate::http::visitor::token::{Visitor, bearer};
use crate::http::{chat_page, origin, pages, peer};
use crate::id::{ConversationId, SiteId};

/// The routes by which visitors make links and follow them.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(make)).routes(routes!(ways)).routes(routes!(here))
}

/// A link.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkAnswer {
    /// The page that shows where the conversation can go on.
    pub url: String,
    /// Until when it works, in milliseconds since 1970; it works once.
    pub expires_at: i64,
}

/// `POST /api/continue` and `POST /api/continue/here`.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CodeRequest {
    /// What stands behind the `#` of the link.
    pub code: String,
}

/// Where a conversation can go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaysAnswer {
    /// The site.
    pub site: String,
    /// What visitors read above its chat.
    pub title: String,
    /// The apps.
    pub apps: Vec<AppWay>,
    /// The link itself as a QR code, to be opened on a phone: a drawing in SVG.
    pub qr: Option<String>,
}

/// An app in which it can go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppWay {
    /// What people call it.
    pub app: &'static str,
    /// The link that opens it.
    pub url: String,
}

/// Whose conversation it is from here on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HereAnswer {
    /// The site.
    pub site: String,
    /// The visitor's token, where it is new.
    pub token: Option<String>,
}

/// Makes a link by which the visitor's conversation goes on in an app or on another device.
#[utoipa::path(
    post, path = "/api/visitor/continue", tag = "visitor", security(("visitor" = [])),
    responses((status = 200, body = LinkAnswer), (status = "4XX", description = "Refused", body = ErrorBody))
)]
async fn make(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Json<LinkAnswer>, ApiError> {
    app.rates().visitor_speaks(visitor.name())?;
    let id = app.engine().current(&visitor.address).map_err(turn_failed)?.ok_or_else(over)?;
    link(&app, id, &headers).await.map(Json)
}

/// A link for a conversation.
pub(super) async fn link(app: &App, id: ConversationId, headers: &HeaderMap) -> Result<LinkAnswer, ApiError> {
    let (code, expires) = app.engine().make_link(id).await.map_err(turn_failed)?.ok_or_else(over)?;
    Ok(LinkAnswer { url: page_of(app, headers, &code), expires_at: expires.0 })
}

/// Says where the conversation of a link can go on. The link works as before.
#[utoipa::path(
    post, path = "/api/continue", tag = "visitor", security(()), request_body = CodeRequest,
    responses((status = 200, body = WaysAnswer), (status = "4XX", description = "The link works no more", body = ErrorBody))
)]
async fn ways(
    State(app): State<App>,
    parts: Parts,
    JsonBody(request): JsonBody<CodeRequest>,
) -> Result<Json<WaysAnswer>, ApiError> {
    let (code, site) = followed(&app, &parts, &request)?;
    let live = app.engine().site(&site).ok_or_else(|| ApiError::internal("a site without a bot"))?;
    let accounts = app.engine().channels().iter().filter(|account| account.site == site);
    let links = accounts.filter_map(|account| account.channel.link(&code));
    let apps = links.map(|link| AppWay { app: link.app, url: link.url }).collect();
    let qr = chat_page::qr(&page_of(&app, &parts.headers, &code)).map(maud::PreEscaped::into_string);
    Ok(Json(WaysAnswer { site: site.to_string(), title: live.title.clone(), apps, qr }))
}

/// Goes on with the conversation in this browser, as the visitor of the token, else as a new one.
#[utoipa::path(
    post, path = "/api/continue/here", tag = "visitor", security((), ("visitor" = [])), request_body = CodeRequest,
    responses((status = 200, body = HereAnswer), (status = "4XX", description = "The link works no more", body = ErrorBody))
)]
async fn here(
    State(app): State<App>,
    parts: Parts,
    JsonBody(request): JsonBody<CodeRequest>,
) -> Result<Json<HereAnswer>, ApiError> {
    let (code, site) = followed(&app, &parts, &request)?;
    let known = bearer(&parts.headers).map(|token| Visitor::of_token(&app, token)).transpose()?.flatten();
    let (visitor, token) = match known.filter(|visitor| visitor.address.site == site) {
        Some(visitor) => (visitor, None),
        None => {
            app.rates().new_visitor(peer::rate_key(app.client(&parts)))?;
            let (visitor, token) = Visitor::mint(&site);
            (visitor, Some(token))
        }
    };
    app.engine().go_on(&code, &visitor.address, None).await.map_err(turn_failed)?.ok_or_else(over)?;
    Ok(Json(HereAnswer { site: site.to_string(), token }))
}

/// The code of a request, and the site that it leads to. Only our own page asks, so that no other page can make a browser take
/// part in a conversation.
fn followed(app: &App, parts: &Parts, request: &CodeRequest) -> Result<(LinkCode, SiteId), ApiError> {
    app.rates().address_calls(peer::rate_key(app.client(parts)))?;
    origin::check_own(app, &parts.headers)?;
    let code = LinkCode::find(&request.code).ok_or_else(over)?;
    let (site, _) = app.engine().linked(&code).map_err(turn_failed)?.ok_or_else(over)?;
    Ok((code, site))
}

fn page_of(app: &App, headers: &HeaderMap, code: &LinkCode) -> String {
    format!("{}/continue#{}", pages::public_url(app, headers), code.as_str())
}

fn over() -> ApiError {
    ApiError::not_found("This link has been used or is too old. Please ask for a new one.")
}
