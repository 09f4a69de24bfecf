//! The desk's cookie: which name it has on this connection, how it is set and read.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::engine::SESSION;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::peer;

/// The name over https: the prefix makes browsers refuse it from other hosts, paths and plain http.
const SECURE: &str = "__Host-frontdesk";

/// The name over plain http on this machine, where the prefix is not possible.
const PLAIN: &str = "frontdesk";

/// How the agent's browser reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Over https.
    Https,
    /// Over plain http on the same machine.
    Loopback,
}

/// How the agent's browser reaches us; plain http over a network is refused, because a password would be readable there.
pub(crate) fn reached(app: &App, peer: IpAddr, headers: &HeaderMap) -> Result<Reached, ApiError> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let public_https = app.public_origin().and_then(|public| public.strip_prefix("https://"));
    if public_https.is_some_and(|public| public.eq_ignore_ascii_case(host))
        || peer::forwarded_https(peer, headers, &app.config().trusted_proxies)
    {
        return Ok(Reached::Https);
    }
    if is_loopback_host(host) {
        return Ok(Reached::Loopback);
    }
    Err(ApiError::forbidden(
        "https_needed",
        "The desk needs https. Ask the operator to set public_url to the https address of this server.",
    )
    .inside(format!("a login over plain http on {host}: set `public_url` or `trusted_proxies` in frontdesk.yaml")))
}

/// The session's token that a request has, if any.
pub(crate) fn read(reached: Reached, headers: &HeaderMap) -> Option<String> {
    let name = name(reached);
    let pairs =
        headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value.to_owned())
}

/// The header that gives a browser its session.
pub(crate) fn set(reached: Reached, session: &str) -> Result<HeaderValue, ApiError> {
    header_value(reached, session, SESSION.0 / 1_000)
}

/// The header that takes it away.
pub(crate) fn clear(reached: Reached) -> Result<HeaderValue, ApiError> {
    header_value(reached, "", 0)
}

fn header_value(reached: Reached, value: &str, seconds: i64) -> Result<HeaderValue, ApiError> {
    let secure = match reached {
        Reached::Https => "; Secure",
        Reached::Loopback => "",
    };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", name(reached));
    HeaderValue::from_str(&text).map_err(ApiError::internal)
}

fn name(reached: Reached) -> &'static str {
    match reached {
        Reached::Https => SECURE,
        Reached::Loopback => PLAIN,
    }
}

/// Whether a host, with or without a port, is this machine by its name or number.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_by_name_and_number() {
        for (host, expected) in [
            ("localhost:8080", true),
            ("127.0.0.1:8080", true),
            ("127.9.9.9", true),
            ("[::1]:8080", true),
            ("localhost.evil.test", false),
            ("192.168.0.2:8080", false),
            ("", false),
        ] {
            assert_eq!(is_loopback_host(host), expected, "{host}");
        }
    }

    #[test]
    fn a_cookie_reads_back_and_only_under_its_name() {
        let set = set(Reached::Https, "secret").unwrap();
        let set = set.to_str().unwrap();
        assert!(
            set.starts_with("__Host-frontdesk=") && set.ends_with("; Secure") && set.contains("; HttpOnly"),
            "{set}"
        );
        let pair = set.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("other=1; {pair}").parse().unwrap());
        assert_eq!(read(Reached::Https, &headers).as_deref(), Some("secret"));
        assert!(read(Reached::Loopback, &headers).is_none());
    }
}
