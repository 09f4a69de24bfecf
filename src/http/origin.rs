//! Which web pages may call: an `Origin` is fine if it is our own or one that the site's owner listed. Requests without one
//! do not come from a page of another site.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::http::allowed::{AllowedOrigin, allows};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::files;

/// Whether the page is one of ours: its origin names the host that was called, or the server's public address.
pub(super) fn is_own(origin: &str, headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    if public_origin.is_some_and(|public| public.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let page = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    matches!((host, page), (Some(host), Some(page)) if host.eq_ignore_ascii_case(page))
}

/// The origin of the calling page, if the browser named one. One that cannot be read is an origin too: a foreign one.
pub(super) fn origin_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or("null"))
}

/// Refuses a page that is neither ours nor listed.
pub(super) fn check_site(app: &App, allowed: &[AllowedOrigin], headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(origin) = origin_of(headers) else { return Ok(()) };
    if is_own(origin, headers, app.public_origin()) || allows(allowed, origin) {
        return Ok(());
    }
    Err(ApiError::forbidden("origin_not_allowed", "This page is not allowed to use the chat.").inside(format!(
        "the page {origin} is not among the site's allowed origins; add it to `origins` in frontdesk.yaml if it should be"
    )))
}

/// Refuses a request that a page of another site makes in an agent's name.
pub(super) fn check_own(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let own = match (origin_of(headers), headers.get("sec-fetch-site").and_then(|value| value.to_str().ok())) {
        (Some(origin), _) => is_own(origin, headers, app.public_origin()),
        (None, Some(site)) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
    };
    if own {
        return Ok(());
    }
    Err(ApiError::forbidden("foreign_page", "This request comes from another website, so it was refused."))
}

/// Where a chat begins. Any page may read the answer, because that is how the widget on a page that is not listed learns that it is not wanted.
const SESSION: &str = "/api/visitor/session";

/// Whether a page of this origin may use the chat of at least one site.
pub(super) fn is_welcome(app: &App, origin: &str, headers: &HeaderMap) -> bool {
    is_own(origin, headers, app.public_origin()) || app.any_site_allows(|rules| allows(rules, origin))
}

/// CORS for the visitor API: a browser may read answers on pages that at least one site lists. Whether it is the right
/// site is checked by [`check_site`] once the token has named it.
pub(super) fn cors(app: &App) -> CorsLayer {
    let app = app.clone();
    let allow = AllowOrigin::predicate(move |origin: &HeaderValue, parts| {
        let Ok(origin) = origin.to_str() else { return false };
        parts.uri.path() == SESSION || is_welcome(&app, origin, &parts.headers)
    });
    CorsLayer::new()
        .allow_origin(allow)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, files::NAME_HEADER, files::CLIENT_HEADER])
        .expose_headers([header::RETRY_AFTER])
        .max_age(std::time::Duration::from_secs(3_600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_pages_are_known_by_host_or_public_address() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "localhost:8080".parse().unwrap());
        assert!(is_own("http://localhost:8080", &headers, None));
        assert!(!is_own("http://localhost:9090", &headers, None));
        assert!(!is_own("null", &headers, None));
        assert!(is_own("https://chat.example", &headers, Some("https://chat.example")));
    }
}
