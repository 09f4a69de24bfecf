//! Webhooks of messaging apps. The bytes are proved before they are read; what they tell is durable before the platform hears
//! 200. A channel that is not set up has no route.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{OriginalUri, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::future::join_all;

use crate::channel::{Account, Delivery, DeskWhat, Inbound, Rejected, Reply, TelegramDesk, Update, What};
use crate::engine::TurnError;
use crate::http::app::App;
use crate::http::body;
use crate::http::error::ApiError;
use crate::http::files;
use crate::http::limits::WEBHOOK_BODY_BYTES_MAX;
use crate::http::trouble::turn_failed;
use crate::id::{ConversationId, EventNo, FileId};

/// A route for each channel that is set up, and for the desk in Telegram.
pub(super) fn router(app: &App) -> Router<App> {
    let shared = Router::new().route("/shared/{conversation}/{event}/{file}", get(shared));
    let desk = app.engine().telegram_desk().map(|desk| {
        let handler = {
            let desk = Arc::clone(desk);
            move |State(app): State<App>, OriginalUri(uri), request: Request| async move {
                take_of_desk(&app, &desk, &uri, request).await
            }
        };
        Router::new().route(&desk.account.path(), post(handler))
    });
    app.engine().channels().iter().fold(shared.merge(desk.unwrap_or_default()), |router, account| {
        let (path, account) = (account.path(), Arc::new(account.clone()));
        let handler = {
            let account = Arc::clone(&account);
            move |State(app): State<App>, OriginalUri(uri), request: Request| async move {
                take(&app, &account, &uri, request).await
            }
        };
        router.route(&path, get(handler.clone()).post(handler))
    })
}

/// A file that an agent sent to somebody in a messaging app. The platform fetches it, or the visitor by a link.
async fn shared(
    State(app): State<App>,
    Path((conversation, event, file)): Path<(String, u64, String)>,
) -> Result<Response, ApiError> {
    let nothing = || ApiError::not_found("There is no such file.");
    let conversation: ConversationId = conversation.parse().map_err(|_| nothing())?;
    let file: FileId = file.parse().map_err(|_| nothing())?;
    let found = app.engine().shared_file(conversation, EventNo(event), file).map_err(turn_failed)?;
    let mut response = files::send(found).await?;
    // A page of the owner's own may show it: whoever has the address was told it.
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(policy, HeaderValue::from_static("cross-origin"));
    Ok(response)
}

async fn take(app: &App, account: &Account, uri: &axum::http::Uri, request: Request) -> Result<Response, ApiError> {
    let received = |delivery: &Delivery<'_>| account.channel.receive(delivery);
    let inbound = read(app, uri, request, received).await?.map_err(|rejected| refused(app, account, rejected))?;
    let Inbound { updates, mut reply, courtesies } = inbound;
    if let Some(looks) = updates.iter().find(|update| update.what == What::Looks)
        && let Some(welcome) = app.engine().welcome(account, &looks.from)
    {
        reply = account.channel.welcome(&welcome);
    }
    for courtesy in courtesies {
        app.engine().courtesy(account, courtesy);
    }
    store(app, account, updates).await.map_err(turn_failed)?;
    Ok(answered(reply))
}

/// What operators do in Telegram. What they are told goes back as the answer: Telegram takes it as a call.
async fn take_of_desk(
    app: &App,
    desk: &TelegramDesk,
    uri: &axum::http::Uri,
    request: Request,
) -> Result<Response, ApiError> {
    let received = |delivery: &Delivery<'_>| desk.receive(delivery);
    let update = read(app, uri, request, received).await?.map_err(|rejected| refused(app, &desk.account, rejected))?;
    let Some(update) = update else { return Ok(answered(Reply::default())) };
    let told = app.engine().take_desk_update(&update).await.map_err(turn_failed)?;
    if let DeskWhat::Pressed { press, .. } = &update.what
        && told.as_ref().is_none_or(|told| !told.buttons.is_empty())
    {
        app.engine().courtesy(&desk.account, desk.heard(press));
    }
    Ok(answered(told.map(|told| desk.reply(&update, &told)).unwrap_or_default()))
}

/// Reads a delivery, the bytes as they are.
async fn read<T>(
    app: &App,
    uri: &axum::http::Uri,
    request: Request,
    received: impl FnOnce(&Delivery<'_>) -> T,
) -> Result<T, ApiError> {
    let (parts, body) = request.into_parts();
    let body: Bytes = body::read(body, WEBHOOK_BODY_BYTES_MAX).await?;
    let headers = &parts.headers;
    let url = public_url(app, uri, headers);
    let header = |name: &str| only(headers, name);
    let now = app.engine().clock().now();
    let get = parts.method == Method::GET;
    Ok(received(&Delivery { get, url: &url, body: &body, header: &header, now }))
}

fn answered(reply: Reply) -> Response {
    let mut response = Body::from(reply.body).into_response();
    match reply.content_type {
        Some(kind) => response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        None => response.headers_mut().remove(header::CONTENT_TYPE),
    };
    response
}

/// Stores what happened: one person's updates in their order, different people's side by side.
async fn store(app: &App, account: &Account, updates: Vec<Update>) -> Result<(), TurnError> {
    let mut people: BTreeMap<(String, String), Vec<Update>> = BTreeMap::new();
    for update in updates {
        people.entry((update.from.chat.clone(), update.from.user.clone())).or_default().push(update);
    }
    let each = people.into_values().map(|updates| async move {
        for update in updates {
            app.engine().take_update(account, update).await?;
        }
        Ok(())
    });
    join_all(each).await.into_iter().collect()
}

/// The address as the platform knows it: what the operator set; where nothing is set, what the caller calls us.
fn public_url(app: &App, uri: &axum::http::Uri, headers: &HeaderMap) -> String {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let called = || format!("http://{}", only(headers, "host").unwrap_or_default());
    format!("{}{path}", app.public_origin().map_or_else(called, str::to_owned))
}

/// A header that came once and is text: of two, nobody knows which one is meant.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok()).flatten()
}

fn refused(app: &App, account: &Account, rejected: Rejected) -> ApiError {
    let channel = account.name.to_string();
    let why = match &rejected {
        Rejected::NoProof => "proof",
        Rejected::Malformed(_) => "malformed",
    };
    metrics::counter!("frontdesk_webhooks_refused_total", "channel" => channel, "why" => why).increment(1);
    match rejected {
        Rejected::NoProof => {
            // A wrong secret is the commonest mistake; whoever only knocks must not fill the log.
            if app.rates().unproved(account.name.as_str()).is_ok() {
                tracing::warn!(channel = %account.name, "a delivery without proof was refused; is the secret the platform's?");
            }
            ApiError::new(StatusCode::FORBIDDEN, "no_proof", "The proof of the platform is missing or wrong.")
        }
        Rejected::Malformed(what) => {
            tracing::warn!(channel = %account.name, what, "a delivery with proof makes no sense");
            let end = if what.ends_with('?') { "" } else { "." };
            ApiError::bad_request("bad_delivery", format!("The delivery has its proof and makes no sense: {what}{end}"))
        }
    }
}
