//! Who calls Direct Line: the bearer of the secret, for whom every conversation is open, or of a token, for whom one is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use crate::http::allowed::{AllowedOrigin, allows};
use crate::http::app::App;
use crate::http::directline::conversation::LineId;
use crate::http::directline::key::{Key, Purpose, Refused};
use crate::http::error::ApiError;
use crate::http::visitor::token::bearer;
use crate::http::{origin, peer};
use crate::id::SiteId;

/// Direct Line as it is set up, ready to use.
#[derive(Debug, Clone)]
pub struct DirectLine {
    pub(super) key: Key,
    pub(super) site: SiteId,
    pub(super) origins: Vec<AllowedOrigin>,
}

impl DirectLine {
    /// What is set up; none if the secret is too short to be one.
    pub fn new(secret: String, site: SiteId, origins: Vec<AllowedOrigin>) -> Option<Self> {
        Some(Self { key: Key::of(secret)?, site, origins })
    }

    /// What is set up. Without it there is no route that could ask.
    pub(super) fn of(app: &App) -> Result<&Self, ApiError> {
        app.config().direct_line.as_ref().ok_or_else(|| ApiError::internal("Direct Line is not set up"))
    }

    /// Whether a page of this origin may call.
    pub(super) fn welcomes(&self, app: &App, origin: &str, headers: &HeaderMap) -> bool {
        origin::is_own(origin, headers, app.public_origin()) || allows(&self.origins, origin)
    }

    /// Refuses a page that is neither ours nor listed.
    pub(super) fn check_page(&self, app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
        match origin::origin_of(headers) {
            Some(page) if !self.welcomes(app, page, headers) => {
                Err(ApiError::forbidden("origin_not_allowed", "This page is not allowed to use the chat.").inside(
                    format!(
                        "the page {page} is not among the origins of Direct Line; add it to `origins` if it should be"
                    ),
                ))
            }
            _ => Ok(()),
        }
    }
}

/// A caller who may call.
#[derive(Debug)]
pub(super) enum Caller {
    /// The site's own server, or whoever else has the secret.
    Secret,
    /// A client of one conversation.
    Client {
        /// The conversation.
        line: LineId,
        /// The user, where the token says who it is.
        user: Option<String>,
    },
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let own = DirectLine::of(app)?;
        own.check_page(app, &parts.headers)?;
        let given = bearer(&parts.headers);
        // The site's own server calls for all its visitors.
        if given.is_some_and(|given| own.key.is_secret(given)) {
            return Ok(Self::Secret);
        }
        app.rates().address_calls(peer::rate_key(app.client(parts)))?;
        let given = given.ok_or_else(|| {
            ApiError::unauthorized(
                "MissingToken",
                "The header Authorization must say Bearer and the secret or a token.",
            )
        })?;
        let claims = own.key.open(given, Purpose::Talk, app.engine().clock().now()).map_err(refused)?;
        let line = claims.conversation.parse().map_err(|_| refused(Refused::Wrong))?;
        Ok(Self::Client { line, user: claims.user })
    }
}

impl Caller {
    /// The conversation that the address names, if the caller may reach it, and the user as far as they are known.
    pub(super) fn line(self, named: &str) -> Result<(LineId, Option<String>), ApiError> {
        let line: LineId = named.parse().map_err(|_| no_such_line())?;
        let known = line.user().map(str::to_owned);
        match self {
            Self::Secret => Ok((line, known)),
            Self::Client { line: own, user } if own == line => Ok((line, known.or(user))),
            Self::Client { .. } => {
                Err(ApiError::forbidden("WrongConversation", "The token is for another conversation."))
            }
        }
    }
}

/// What a token that opens nothing gets. Clients take 403 for a token that has ended.
pub(super) fn refused(why: Refused) -> ApiError {
    let (code, message) = match why {
        Refused::Expired => ("TokenExpired", "The token has expired."),
        Refused::Wrong => ("BadToken", "The token is not valid here."),
    };
    ApiError::forbidden(code, message)
}

/// The answer to an id that leads nowhere.
pub(super) fn no_such_line() -> ApiError {
    ApiError::not_found("There is no such conversation.")
}

/// What the engine refuses. Clients take 403 for a token that has ended and would try again, so it is not said here.
pub(super) fn turn_refused(error: ApiError) -> ApiError {
    if error.status() == StatusCode::FORBIDDEN {
        return ApiError::conflict(error.code(), error.body().error.message);
    }
    error
}

/// Where the caller reaches us, such as `https://chat.example.com`.
pub(super) fn own_address(app: &App, headers: &HeaderMap) -> String {
    let called = || {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        format!("http://{host}")
    };
    app.public_origin().map_or_else(called, str::to_owned)
}
