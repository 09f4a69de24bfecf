//! Who the visitor is: a token of 256 random bits and the site it belongs to, `<secret>.<site>`. Only its hash is kept; the
//! hash is the visitor's name on the web channel. Where a page has proved who the visitor is, the token leads to that person.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::dialog::Address;
use crate::engine::token;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::trouble::turn_failed;
use crate::http::{origin, peer};
use crate::id::{ChannelName, SiteId};

/// The channel of the website chat.
pub(crate) const CHANNEL: &str = "web";

/// The length of 256 random bits as base64url.
const SECRET_CHARS: usize = 43;

/// A visitor whose token fits and whose page may call.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Where the visitor is reached.
    pub address: Address,
    /// The hash of the token.
    pub token: String,
}

impl Visitor {
    /// The visitor's name: the hash of the token, unless they are somebody who is known by name.
    pub(crate) fn name(&self) -> &str {
        &self.address.user
    }

    /// The visitor of a new token on a site, and the token.
    pub(crate) fn mint(site: &SiteId) -> (Self, String) {
        let token = format!("{}.{site}", token::mint());
        (Self::named(site.clone(), &token), token)
    }

    /// The visitor of a token; none if we never gave it out, or if it leads nowhere any more.
    pub(crate) fn of_token(app: &App, token: &str) -> Result<Option<Self>, ApiError> {
        let Some((secret, site)) = token.split_once('.') else { return Ok(None) };
        let Some((site, _)) = app.site(site).filter(|_| well_formed(secret)) else { return Ok(None) };
        let visitor = Self::named(site.clone(), token);
        if app.knows(&visitor.address)? {
            return Ok(Some(visitor));
        }
        let person = app.engine().signed_in(site, &visitor.token).map_err(turn_failed)?;
        Ok(person.map(|address| Self { address, ..visitor }))
    }

    /// Whether a page has proved who they are.
    pub(crate) fn is_proved(&self) -> bool {
        self.address.user != self.token
    }

    fn named(site: SiteId, token: &str) -> Self {
        let token = token::visitor(token);
        let address = Address {
            site,
            channel: ChannelName::from(CHANNEL),
            account: String::new(),
            chat: String::new(),
            user: token.clone(),
        };
        Self { address, token }
    }
}

/// Whether a text can be one of our secrets at all.
fn well_formed(secret: &str) -> bool {
    secret.len() == SECRET_CHARS && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The bearer token of a request, if it has one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The answer to a token that is none of ours.
pub(crate) fn unknown_token() -> ApiError {
    ApiError::unauthorized(
        "unknown_token",
        "This chat is not known here. Start a new one with POST /api/visitor/session.",
    )
}

impl FromRequestParts<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        app.rates().address_calls(peer::rate_key(app.client(parts)))?;
        let token = bearer(&parts.headers).ok_or_else(|| {
            ApiError::unauthorized("no_token", "The header Authorization must say Bearer and the visitor's token.")
        })?;
        let visitor = Self::of_token(app, token)?.ok_or_else(unknown_token)?;
        visitor.check_page(app, &parts.headers)?;
        Ok(visitor)
    }
}

impl Visitor {
    /// Refuses a page that the visitor's site does not list.
    pub(crate) fn check_page(&self, app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
        let origins = app.site(self.address.site.as_str()).map(|(_, origins)| origins.as_slice());
        origin::check_site(app, origins.unwrap_or_default(), headers)
    }
}
