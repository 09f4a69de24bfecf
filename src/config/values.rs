//! Single values of the settings: addresses, networks, lengths of time, words of a few.

use std::net::{IpAddr, SocketAddr};

use crate::engine::Look;
use crate::time::Span;

/// A network address, or a range of them such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u8| {
            let shift = u32::from(width.saturating_sub(self.bits));
            one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same(own.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let wrong = || format!("\"{text}\" is not a network address such as 10.0.0.1 or 10.0.0.0/8");
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > width { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

/// An address to listen on.
///
/// # Errors
///
/// What is written instead, for an operator.
pub fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!(
            "\"{text}\" is not an address with a port; write the address in numbers, such as 127.0.0.1:8080 for this computer \
             or 0.0.0.0:8080 for all"
        )
    })
}

/// A level, or levels of parts of the program: `info,frontdesk=debug`. A word that is no level would be taken for a part.
pub(super) fn check_level(text: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    for directive in text.split(',') {
        let level = directive.rsplit('=').next().unwrap_or_default().trim();
        if !LEVELS.contains(&level.to_lowercase().as_str()) {
            return Err(format!("there is no log level \"{level}\"; the levels are {}", LEVELS.join(", ")));
        }
    }
    Ok(())
}

pub(super) fn check_origin(text: &str) -> Result<String, String> {
    let wrong = || format!("\"{text}\" is not an address such as https://shop.example, without a path");
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(wrong)?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let fits = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
    if fits { Ok(text.trim_end_matches('/').to_lowercase()) } else { Err(wrong()) }
}

/// An origin, or all subdomains of one.
pub(super) fn check_pattern(text: &str) -> Result<String, String> {
    match text.split_once("://*.") {
        Some((scheme, domain)) => {
            check_origin(&format!("{scheme}://{domain}")).map_err(|_| {
                format!("\"{text}\" is not an address such as https://shop.example or https://*.shop.example, without a path")
            })?;
            Ok(text.trim_end_matches('/').to_lowercase())
        }
        None => check_origin(text),
    }
}

pub(super) fn check_look(look: &Look) -> Result<(), (&'static str, String)> {
    if let Some(color) = &look.color {
        let digits = color.strip_prefix('#').unwrap_or_default();
        if !matches!(digits.len(), 3 | 6) || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(("color", format!("\"{color}\" is not a colour such as \"#1f6feb\" (in quotes)")));
        }
    }
    let picture = |url: &str| url.starts_with('/') || url.starts_with("https://") || url.starts_with("http://");
    for (key, url) in [("logo", &look.logo), ("icon", &look.icon)] {
        if let Some(url) = url.as_deref().filter(|url| !picture(url)) {
            return Err((key, format!("\"{url}\" is not an address such as https://shop.example/logo.png")));
        }
    }
    let one_of = |key, value: &Option<String>, words: &[&str]| match value.as_deref() {
        Some(value) if !words.contains(&value) => Err((key, format!("\"{value}\" is not one of {}", words.join(", ")))),
        _ => Ok(()),
    };
    one_of("position", &look.position, &["left", "right"])?;
    one_of("theme", &look.theme, &["light", "dark", "auto"])?;
    one_of("sound", &look.sound, &["on", "off"])
}

/// `90d`, `12h`, `30m`.
pub(super) fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("\"{text}\" is not a time such as 90d or 12h");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let count: i64 = text[..text.len() - unit.len_utf8()].trim().parse().map_err(|_| wrong())?;
    if !(1..=36_500).contains(&count) {
        return Err(wrong());
    }
    match unit {
        'd' => Ok(Span::days(count)),
        'h' => Ok(Span::hours(count)),
        'm' => Ok(Span::minutes(count)),
        _ => Err(wrong()),
    }
}
