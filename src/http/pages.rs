//! The pages and files that need no login: the widget, its files, and the demo page.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::http::allowed::allows;
use crate::http::app::App;
use crate::http::assets::{self, Asset};
use crate::http::body::{PathPart, QueryPart};
use crate::http::chat_page::{self, ChatView};
use crate::http::demo_page::{self, DemoView};
use crate::http::error::ApiError;
use crate::http::texts::{self, Texts};
use crate::http::{headers, origin};

/// How long browsers keep files; they ask again with the tag afterwards.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// The routes of pages without a login.
pub(super) fn router() -> Router<App> {
    let files = Router::new().route("/widget.js", get(widget)).route("/assets/{name}", get(asset));
    let pages = Router::new()
        .route("/", get(demo))
        .route("/demo", get(demo))
        .route("/continue", get(go_on))
        .route("/chat", get(only_chat))
        .route("/chat/", get(only_chat))
        .route("/chat/{site}", get(chat))
        .route("/chat/{site}/qr.svg", get(qr))
        .route("/chat/{site}/card", get(card));
    headers::of_api(files).merge(headers::of_pages(pages))
}

/// Whose widget: the default site's, where none is named.
#[derive(Debug, Default, Deserialize)]
struct WidgetQuery {
    site: Option<String>,
}

async fn widget(
    State(app): State<App>,
    QueryPart(query): QueryPart<WidgetQuery>,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let named = query.site.is_some();
    let site = match query.site.as_deref() {
        Some(id) => app.site(id),
        None => app.default_site(),
    };
    let Some((id, origins)) = site else {
        return Ok(stays_away("there is no such site here. See `site` in the address of widget.js."));
    };
    // A page that names its site by `data-site` loads the default site's script.
    let welcome = |page: &str| match named {
        true => origin::is_own(page, &request, app.public_origin()) || allows(origins, page),
        false => origin::is_welcome(&app, page, &request),
    };
    if let Some(origin) = page_of(&request).filter(|page| !welcome(page)) {
        return Ok(stays_away(&format!(
            "{origin} is not among the allowed origins, so there is no chat on this page. Add it to `origins` in frontdesk.yaml."
        )));
    }
    let asset = app.widget(id, named).ok_or_else(|| ApiError::internal("a site that the engine does not have"))?;
    Ok(file(&request, &asset))
}

/// The origin of the page that loads the widget, if the browser names it.
fn page_of(request: &HeaderMap) -> Option<String> {
    let page = request.get(header::REFERER)?.to_str().ok()?;
    Some(reqwest::Url::parse(page).ok()?.origin().ascii_serialization())
}

/// What a page gets that is not listed, or whose site there is not: no launcher at all, and a line for whoever builds the page.
/// Kept by no cache, so that what is put right helps at once.
fn stays_away(reason: &str) -> Response {
    let script = format!("console.error({});\n", serde_json::Value::from(format!("frontdesk: {reason}")));
    let asset_headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    (asset_headers, script).into_response()
}

async fn asset(PathPart(name): PathPart<String>, request: HeaderMap) -> Result<Response, ApiError> {
    let asset = assets::asset(&name).ok_or_else(|| ApiError::not_found("There is no such file."))?;
    Ok(file(&request, &asset))
}

#[derive(Debug, Default, Deserialize)]
struct DemoQuery {
    lang: Option<String>,
}

async fn demo(
    State(app): State<App>,
    QueryPart(query): QueryPart<DemoQuery>,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let view = DemoView {
        public_url: public_url(&app, &request),
        chat: app.default_site().map(|(site, _)| format!("/chat/{site}")).unwrap_or_default(),
        site: app.default_site().filter(|_| app.config().sites.len() > 1).map(|(site, _)| site.to_string()),
    };
    let page = demo_page::page(&view, spoken(query.lang.as_deref(), &request));
    Ok(([(header::VARY, HeaderValue::from_static("Accept-Language"))], page).into_response())
}

/// The page of a link: the code behind the `#` never comes here, so it is the same for everybody.
async fn go_on(QueryPart(query): QueryPart<DemoQuery>, request: HeaderMap) -> Response {
    let page = chat_page::go_on(spoken(query.lang.as_deref(), &request));
    ([(header::VARY, HeaderValue::from_static("Accept-Language"))], page).into_response()
}

/// Where nothing says which chat: that of the only site. Whose of several it should be, nobody can tell.
async fn only_chat(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    QueryPart(query): QueryPart<DemoQuery>,
    request: HeaderMap,
) -> Response {
    match app.default_site().filter(|_| app.config().sites.len() == 1) {
        Some((site, _)) => {
            let rest = raw.map(|query| format!("?{query}")).unwrap_or_default();
            Redirect::temporary(&format!("/chat/{site}{rest}")).into_response()
        }
        None => no_chat(&query, &request),
    }
}

/// What a person sees where there is no chat.
fn no_chat(query: &DemoQuery, request: &HeaderMap) -> Response {
    let page = chat_page::nowhere(spoken(query.lang.as_deref(), request));
    (StatusCode::NOT_FOUND, [(header::VARY, HeaderValue::from_static("Accept-Language"))], page).into_response()
}

/// The hosted chat. The site's own pages may show it in a frame, nobody else's.
async fn chat(
    State(app): State<App>,
    PathPart(site): PathPart<String>,
    QueryPart(query): QueryPart<DemoQuery>,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let Some(view) = chat_view(&app, &site, &request) else { return Ok(no_chat(&query, &request)) };
    let frames: Vec<String> =
        app.site(&site).into_iter().flat_map(|(_, origins)| origins).map(ToString::to_string).collect();
    let policy = headers::policy_of_page(&frames);
    let policy = HeaderValue::from_str(&policy).map_err(|_| ApiError::internal("an origin that is no header"))?;
    let page = chat_page::chat(&view, spoken(query.lang.as_deref(), &request));
    let by_language = HeaderValue::from_static("Accept-Language");
    Ok(([(header::VARY, by_language), (header::CONTENT_SECURITY_POLICY, policy)], page).into_response())
}

async fn card(
    State(app): State<App>,
    PathPart(site): PathPart<String>,
    QueryPart(query): QueryPart<DemoQuery>,
    request: HeaderMap,
) -> Response {
    let Some(view) = chat_view(&app, &site, &request) else { return no_chat(&query, &request) };
    let page = chat_page::card(&view, spoken(query.lang.as_deref(), &request));
    ([(header::VARY, HeaderValue::from_static("Accept-Language"))], page).into_response()
}

async fn qr(
    State(app): State<App>,
    PathPart(site): PathPart<String>,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let view = chat_view(&app, &site, &request);
    let view = view.ok_or_else(|| ApiError::not_found("There is no such site here."))?;
    let code = chat_page::qr(&view.url).ok_or_else(|| ApiError::not_found("The address is too long for a code."))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"))], code.into_string()).into_response())
}

/// What the pages of a site's chat show; none where there is no such site.
fn chat_view(app: &App, site: &str, request: &HeaderMap) -> Option<ChatView> {
    let live = app.site(site).and_then(|(id, _)| app.engine().site(id))?;
    Some(ChatView {
        site: live.id.to_string(),
        title: live.title.clone(),
        color: live.look.color.clone(),
        url: format!("{}/chat/{}", public_url(app, request), live.id),
    })
}

/// The address that visitors' browsers use.
pub(super) fn public_url(app: &App, request: &HeaderMap) -> String {
    let host = request.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    app.public_origin().map_or_else(|| format!("http://{host}"), str::to_owned)
}

/// The texts for a reader: the language chosen in the address, else the browser's.
pub(super) fn spoken(chosen: Option<&str>, request: &HeaderMap) -> &'static Texts {
    match chosen {
        Some(language) => texts::texts(language),
        None => {
            let accepted = request.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            texts::accepted(accepted.unwrap_or_default())
        }
    }
}

/// A file with a tag of its content; whoever has it already gets only the news that nothing changed.
fn file(request: &HeaderMap, asset: &Asset) -> Response {
    let tag = asset.etag();
    let known = request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.content_type)], asset.body.clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, KEPT);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    // The widget is meant for the pages of other sites.
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}
