//! Who is calling: the address of the caller, seen through the proxies that the operator trusts and no others.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::config::Network;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// The address of whoever opened the connection. Where none is known it is one that nothing trusts.
pub(super) fn peer(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip().to_canonical())
}

/// The caller's address: the connection's, or, where that is a trusted proxy, the last address in `X-Forwarded-For` that is
/// not. Anything before it may be invented by the caller.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let mut client = peer;
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(','))
        .collect();
    for hop in hops.into_iter().rev() {
        let Some(address) = parse_hop(hop.trim()) else { break };
        client = address;
        if !is_trusted(address, trusted) {
            break;
        }
    }
    client
}

/// Whether the visitor's browser spoke https, as far as a trusted proxy tells.
pub(super) fn forwarded_https(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> bool {
    is_trusted(peer, trusted)
        && headers
            .get("x-forwarded-proto")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
}

/// Whether the request passed a proxy, trusted or not: then a loopback connection does not mean a caller on this machine.
pub(super) fn was_forwarded(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// What rate limits count by: an IPv4 address, or the /64 network that one IPv6 customer gets.
pub(super) fn rate_key(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|net| net.contains(address))
}

/// An address, with or without a port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    hop.parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()))
        .or_else(|_| hop.trim_start_matches('[').trim_end_matches(']').parse())
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted: Vec<Network> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn the_client_is_the_last_hop_that_is_not_trusted() {
        for (peer, forwarded, trusted, expected) in [
            ("9.9.9.9", "1.2.3.4", &[][..], "9.9.9.9"),
            ("9.9.9.9", "1.2.3.4", &["10.0.0.0/8"], "9.9.9.9"),
            ("10.0.0.1", "1.2.3.4", &["10.0.0.0/8"], "1.2.3.4"),
            ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", &["10.0.0.0/8"], "1.2.3.4"),
            ("10.0.0.1", "6.6.6.6, rubbish", &["10.0.0.0/8"], "10.0.0.1"),
            ("10.0.0.1", "1.2.3.4:5678", &["10.0.0.0/8"], "1.2.3.4"),
            ("::1", "[2001:db8::1]:443", &["::1/128"], "2001:db8::1"),
            ("10.0.0.1", "", &["10.0.0.0/8"], "10.0.0.1"),
        ] {
            assert_eq!(client_of(peer, forwarded, trusted), expected, "{peer} {forwarded}");
        }
    }

    #[test]
    fn one_ipv6_customer_is_one_caller() {
        let key = |text: &str| rate_key(text.parse().unwrap()).to_string();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2::9"));
        assert_ne!(key("2001:db8:1:2::9"), key("2001:db8:1:3::9"));
        assert_eq!(key("192.0.2.7"), "192.0.2.7");
    }
}
