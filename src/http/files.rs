//! Files over HTTP, for visitors and agents alike: read from a body piece by piece, and sent so that no browser runs them.

use std::io::SeekFrom;
use std::net::IpAddr;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{TryStreamExt, try_unfold};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::dialog::{Attachment, FILE_BYTES_MAX};
use crate::engine::{FileError, Received};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::limits::{FILE_NAME_BYTES_MAX, UPLOAD_TIME_MAX};
use crate::http::uploads::{Arriving, Place, too_slow};
use crate::id::AgentId;

/// The header with what the sender calls the file, percent-encoded: a name belongs in no address, which others log.
pub(super) const NAME_HEADER: HeaderName = HeaderName::from_static("x-file-name");

/// The header with the sender's own id of the message.
pub(super) const CLIENT_HEADER: HeaderName = HeaderName::from_static("x-client-id");

/// How much is read from the disk at once.
const PIECE_BYTES: usize = 64 * 1024;

/// A file that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SentFile {
    /// What it is called.
    pub name: String,
    /// What it is, by its content.
    pub media: String,
    /// How large.
    pub bytes: u64,
    /// Whether it is a picture that may be shown.
    pub picture: bool,
}

impl SentFile {
    /// What both sides are told of a file.
    pub(crate) fn of(file: &Attachment) -> Self {
        Self { name: file.name.clone(), media: file.media.clone(), bytes: file.bytes, picture: file.is_picture() }
    }
}

/// What a call that sends a file says in its headers.
pub(super) struct Sent {
    pub(super) name: String,
    pub(super) client: Option<String>,
}

impl Sent {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let text = |name: &HeaderName| headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
        let name = text(&NAME_HEADER);
        if name.len() > FILE_NAME_BYTES_MAX {
            return Err(ApiError::bad_request("bad_value", "The header X-File-Name is too long."));
        }
        let name = percent_decode_str(std::str::from_utf8(name).unwrap_or_default()).decode_utf8_lossy().into_owned();
        let client = text(&CLIENT_HEADER);
        let client = (!client.is_empty()).then(|| String::from_utf8_lossy(client).into_owned());
        Ok(Self { name, client })
    }
}

/// Who sends a file.
pub(super) enum Sender {
    /// A visitor, from an address.
    Visitor(IpAddr),
    /// An agent.
    Agent(AgentId),
}

impl Sender {
    /// A place for a file that arrives.
    pub(super) fn place(&self, app: &App) -> Result<Place, ApiError> {
        match self {
            Self::Visitor(address) => app.uploads().visitor(*address),
            Self::Agent(agent) => app.uploads().agent(*agent),
        }
    }

    /// Whether they may send so much more.
    pub(super) fn may_send(&self, app: &App, bytes: usize) -> Result<(), ApiError> {
        match self {
            Self::Visitor(address) => app.rates().visitor_file_bytes(*address, bytes),
            Self::Agent(_) => Ok(()),
        }
    }
}

/// Receives a file from a body. What is too large, too slow or of a wrong kind leaves nothing behind.
pub(super) async fn receive(
    app: &App,
    sender: &Sender,
    headers: &HeaderMap,
    body: Body,
    name: &str,
) -> Result<Received, ApiError> {
    // Whoever says how much comes is refused before it comes.
    let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|bytes| bytes > FILE_BYTES_MAX) {
        return Err(not_taken(FileError::TooLarge));
    }
    let _place = sender.place(app)?;
    let all = async {
        let mut arriving = Arriving::new(body);
        let mut incoming = app.engine().receive_file().map_err(not_taken)?;
        while let Some(piece) = arriving.next().await? {
            sender.may_send(app, piece.len())?;
            incoming.write(&piece).await.map_err(not_taken)?;
        }
        incoming.finish(name).await.map_err(not_taken)
    };
    timeout(UPLOAD_TIME_MAX, all).await.map_err(|_| too_slow())?
}

/// A file as an answer. Only a picture of dots may be shown; anything else is saved, and a browser that would open it all the
/// same lets it do nothing.
pub(super) async fn send(found: Option<(Attachment, std::fs::File)>) -> Result<Response, ApiError> {
    let (attachment, file) = found.ok_or_else(|| ApiError::not_found("There is no such file."))?;
    let mut file = tokio::fs::File::from_std(file);
    let bytes = file.seek(SeekFrom::End(0)).await.map_err(ApiError::internal)?;
    file.seek(SeekFrom::Start(0)).await.map_err(ApiError::internal)?;
    let how = if attachment.is_picture() { "inline" } else { "attachment" };
    let name = utf8_percent_encode(&attachment.name, NON_ALPHANUMERIC);
    let disposition = format!("{how}; filename*=UTF-8''{name}");
    let fixed = |text: &'static str| HeaderValue::from_static(text);
    let headers = [
        (header::CONTENT_TYPE, attachment.media.parse().unwrap_or_else(|_| fixed("application/octet-stream"))),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CONTENT_DISPOSITION, disposition.parse().unwrap_or_else(|_| fixed("attachment"))),
        (header::CONTENT_SECURITY_POLICY, fixed("default-src 'none'; sandbox")),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (HeaderName::from_static("cross-origin-resource-policy"), fixed("same-origin")),
        (header::CACHE_CONTROL, fixed("private, no-store")),
    ];
    let pieces = try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    Ok((headers, Body::from_stream(pieces.into_stream())).into_response())
}

/// Why a file was not taken.
pub(super) fn not_taken(error: FileError) -> ApiError {
    match error {
        FileError::TooLarge => {
            let most = FILE_BYTES_MAX / 1024 / 1024;
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", format!("A file has at most {most} MB."))
        }
        FileError::Empty => ApiError::bad_request("file_empty", "There is nothing in the file."),
        FileError::Kind => ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "file_kind",
            "Pictures, PDFs, office documents, texts, sound and video can be sent; this is something else.",
        ),
        FileError::NotKept => ApiError::conflict("files_not_kept", "This server keeps no files."),
        FileError::LowSpace => ApiError::unavailable("low_space", "No files are taken at the moment.", 60)
            .inside("the disk is nearly full, so files are refused"),
        FileError::Io(error) => ApiError::internal(format!("a file could not be written: {error}")),
    }
}
