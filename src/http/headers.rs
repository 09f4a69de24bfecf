//! Headers that every page carries, so that a browser runs nothing and shows nothing that we did not write.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

/// Pages load scripts, styles and pictures from here only; pictures in messages may come from any https address. No inline
/// scripts or styles, no frames around us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
     img-src 'self' https: data:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// The policy of a page that pages of these origins may show in a frame.
pub(super) fn policy_of_page(frames: &[String]) -> String {
    let alone = "frame-ancestors 'none'";
    let framed = format!("frame-ancestors 'self' {}", frames.join(" "));
    CONTENT_SECURITY_POLICY.replace(alone, framed.trim_end())
}

/// Adds the headers of pages. A handler that sets one itself keeps its own.
pub(super) fn of_pages<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    of_api(router)
        .layer(set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(set(header::REFERRER_POLICY, "same-origin"))
        .layer(set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"))
}

/// Adds the headers of everything that is not a page.
pub(super) fn of_api<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
