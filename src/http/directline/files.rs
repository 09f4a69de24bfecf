//! Files over Direct Line: sent as parts of a form, each of which becomes a file of the conversation, and fetched by an address
//! that is good for a day, because the pictures of a page come without a token.

use std::net::IpAddr;

use axum::Json;
use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Path, Query, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream::{TryStreamExt, try_unfold};
use serde::Deserialize;
use tokio::time::timeout;

use crate::dialog::Address;
use crate::engine::{CLIENT_ID_BYTES_MAX, Received, TurnDone, VisitorFacts, VisitorTurn};
use crate::http::app::App;
use crate::http::body::{self, PathPart};
use crate::http::directline::activity::{Posted, id_of};
use crate::http::directline::caller::{self, Caller, DirectLine, turn_refused};
use crate::http::directline::conversation::LineId;
use crate::http::directline::key::{Purpose, Refused};
use crate::http::directline::{Taken, known, said};
use crate::http::error::ApiError;
use crate::http::files::{self, Sender, not_taken};
use crate::http::limits::{JSON_BODY_BYTES_MAX, UPLOAD_TIME_MAX};
use crate::http::peer;
use crate::http::trouble::turn_failed;
use crate::http::uploads::{Arriving, too_slow};
use crate::http::visitor::checked_text;
use crate::id::{ConversationId, EventNo};

/// What the part with the activity is called; all others are files.
const ACTIVITY: &str = "activity";

/// Files of one upload.
const FILES_MAX: usize = 10;

/// Bytes that are left in a client's id of an activity, so that each of its files has an id of its own.
const NUMBER_BYTES: usize = 3;

/// The user sends files, and may say something with them.
pub(super) async fn upload(
    State(app): State<App>,
    caller: Caller,
    PathPart(named): PathPart<String>,
    request: Request,
) -> Result<Json<Taken>, ApiError> {
    let (line, _) = known(&app, caller, &named)?;
    let (parts, body) = request.into_parts();
    let from = peer::rate_key(app.client(&parts));
    let _place = Sender::Visitor(from).place(&app)?;
    // The form is read by a library of its own; a body that does not keep coming ends here.
    let pieces = try_unfold(Arriving::new(body), |mut arriving| async move {
        let piece = arriving.next().await.map_err(|error| std::io::Error::other(error.body().error.message))?;
        Ok::<_, std::io::Error>(piece.map(|piece| (piece, arriving)))
    });
    let request = Request::from_parts(parts, Body::from_stream(pieces.into_stream()));
    let form = Multipart::from_request(request, &()).await.map_err(|_| {
        let message = "Files are sent as parts of a form: Content-Type must say multipart/form-data.";
        ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    })?;
    let form = timeout(UPLOAD_TIME_MAX, read(&app, &line, from, form)).await.map_err(|_| too_slow())??;
    let address = line.address(&DirectLine::of(&app)?.site);
    act(&app, &line, &address, form).await.map(Json)
}

/// What a form holds.
#[derive(Default)]
struct Form {
    activity: Option<Posted>,
    files: Vec<Received>,
}

async fn read(app: &App, line: &LineId, from: IpAddr, mut parts: Multipart) -> Result<Form, ApiError> {
    let mut form = Form::default();
    while let Some(mut part) = parts.next_field().await.map_err(broken)? {
        if part.name() == Some(ACTIVITY) {
            form.activity = Some(activity(&mut part).await?);
            continue;
        }
        if form.files.len() == FILES_MAX {
            let message = format!("At most {FILES_MAX} files can be sent at once.");
            return Err(ApiError::bad_request("BadArgument", message));
        }
        app.rates().visitor_sends_file(line.name(), from)?;
        let name = part.file_name().unwrap_or_default().to_owned();
        let mut incoming = app.engine().receive_file().map_err(not_taken)?;
        while let Some(piece) = part.chunk().await.map_err(broken)? {
            Sender::Visitor(from).may_send(app, piece.len())?;
            incoming.write(&piece).await.map_err(not_taken)?;
        }
        form.files.push(incoming.finish(&name).await.map_err(not_taken)?);
    }
    Ok(form)
}

async fn activity(part: &mut Field<'_>) -> Result<Posted, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        if bytes.len() + piece.len() > JSON_BODY_BYTES_MAX {
            let message = format!("The activity is larger than {} KB.", JSON_BODY_BYTES_MAX / 1024);
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message));
        }
        bytes.extend_from_slice(&piece);
    }
    body::parse(&bytes)
}

/// What was said comes first, then the files. Each has an id of its own, so that all of it can be sent again.
async fn act(app: &App, line: &LineId, address: &Address, form: Form) -> Result<Taken, ApiError> {
    if form.files.is_empty() {
        return Err(ApiError::bad_request("MissingProperty", "There is no file in the form."));
    }
    let client = form.activity.as_ref().and_then(Posted::client);
    if client.as_ref().is_some_and(|client| client.len() > CLIENT_ID_BYTES_MAX - NUMBER_BYTES) {
        return Err(ApiError::bad_request("BadArgument", "The client's id of the activity is too long."));
    }
    let mut first: Option<TurnDone> = None;
    if let Some(text) = form.activity.as_ref().and_then(Posted::said) {
        app.rates().visitor_speaks(line.name())?;
        let turn = VisitorTurn::Message { text: checked_text(text)?, client: client.clone() };
        let done = app.engine().visitor(address, VisitorFacts::default(), turn).await;
        first = Some(done.map_err(turn_failed).map_err(turn_refused)?);
    }
    for (number, file) in form.files.into_iter().enumerate() {
        let own = match (&client, &first) {
            (Some(client), Some(_)) => Some(format!("{client}#{}", number + 1)),
            _ => client.clone(),
        };
        let done = app.engine().visitor_file(address, file, own).await.map_err(turn_failed).map_err(turn_refused)?;
        first.get_or_insert(done);
    }
    let first = first.ok_or_else(|| ApiError::internal("an upload of nothing"))?;
    Ok(Taken { id: said(&first) })
}

fn broken(_: MultipartError) -> ApiError {
    ApiError::bad_request("broken_body", "The form cannot be read.")
}

/// What stands in the address of a file.
#[derive(Debug, Deserialize)]
pub(super) struct FileQuery {
    #[serde(default)]
    t: String,
}

/// A file that an activity names.
pub(super) async fn fetch(
    State(app): State<App>,
    Path((named, conversation, no)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let own = DirectLine::of(&app)?;
    app.rates().address_calls(peer::rate_key(app.client(&parts)))?;
    let nothing = || ApiError::not_found("There is no such file.");
    let line: LineId = named.parse().map_err(|_| nothing())?;
    let id: ConversationId = conversation.parse().map_err(|_| nothing())?;
    let no = EventNo(no.parse().map_err(|_| nothing())?);
    // What is wrong with the query may not be told in its own words: it holds the token.
    let Query(query) = Query::<FileQuery>::try_from_uri(&parts.uri).map_err(|_| caller::refused(Refused::Wrong))?;
    let claims = own.key.open(&query.t, Purpose::File, app.engine().clock().now()).map_err(caller::refused)?;
    if claims.conversation != named || claims.file != Some(id_of(id, no)) {
        return Err(caller::refused(Refused::Wrong));
    }
    let found = app.engine().conversation(id).map_err(turn_failed)?.ok_or_else(nothing)?;
    if found.opening.as_ref().is_none_or(|opening| opening.address != line.address(&own.site)) {
        return Err(nothing());
    }
    let mut response = files::send(app.engine().file(id, no).map_err(turn_failed)?).await?;
    // The page that shows it is another site's.
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(policy, HeaderValue::from_static("cross-origin"));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
