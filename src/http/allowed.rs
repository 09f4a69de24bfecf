//! The origins of pages that may use a site's chat, as the operator wrote them: `config` has checked them.

/// An origin that a site allows: `https://shop.example`, `https://*.shop.example` or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin(Pattern);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Any,
    Exact(String),
    /// The scheme with `://`, and what the host ends with, the dot included.
    Subdomains(String, String),
}

/// What is wrong with an allowed origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an origin: write it like https://shop.example or https://*.shop.example, without a path")]
pub struct OriginError(String);

impl std::str::FromStr for AllowedOrigin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let text = text.trim().trim_end_matches('/');
        if text == "*" {
            return Ok(Self(Pattern::Any));
        }
        let refused = || OriginError(text.to_owned());
        let (scheme, host) = text.split_once("://").ok_or_else(refused)?;
        let plain = |host: &str| {
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
        };
        if !matches!(scheme, "http" | "https") {
            return Err(refused());
        }
        match host.strip_prefix("*.") {
            Some(rest) if plain(rest) => {
                Ok(Self(Pattern::Subdomains(format!("{scheme}://"), format!(".{}", rest.to_ascii_lowercase()))))
            }
            None if plain(host) => Ok(Self(Pattern::Exact(text.to_ascii_lowercase()))),
            _ => Err(refused()),
        }
    }
}

impl std::fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Pattern::Any => f.write_str("*"),
            Pattern::Exact(origin) => f.write_str(origin),
            Pattern::Subdomains(scheme, end) => write!(f, "{scheme}*{end}"),
        }
    }
}

impl AllowedOrigin {
    /// Whether a page of this origin may use the chat.
    pub fn allows(&self, origin: &str) -> bool {
        match &self.0 {
            Pattern::Any => true,
            Pattern::Exact(exact) => origin.eq_ignore_ascii_case(exact),
            Pattern::Subdomains(scheme, end) => origin.strip_prefix(scheme.as_str()).is_some_and(|host| {
                let host = host.to_ascii_lowercase();
                host.len() > end.len() && host.ends_with(end.as_str())
            }),
        }
    }
}

/// Whether one of the rules fits.
pub(super) fn allows(rules: &[AllowedOrigin], origin: &str) -> bool {
    rules.iter().any(|rule| rule.allows(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_allowed_exactly_or_by_subdomain() {
        for (rule, origin, expected) in [
            ("https://shop.example", "https://shop.example", true),
            ("https://shop.example/", "https://SHOP.example", true),
            ("https://shop.example", "http://shop.example", false),
            ("https://shop.example", "https://shop.example.evil.test", false),
            ("https://shop.example", "https://shop.example:8443", false),
            ("https://*.shop.example", "https://www.shop.example", true),
            ("https://*.shop.example", "https://shop.example", false),
            ("https://*.shop.example", "https://evilshop.example", false),
            ("https://*.shop.example", "https://.shop.example", false),
            ("*", "https://anything.test", true),
        ] {
            let rules = [rule.parse().unwrap()];
            assert_eq!(allows(&rules, origin), expected, "{rule} {origin}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_at_the_start() {
        for text in ["", "shop.example", "ftp://shop.example", "https://", "https://shop.example/path", "https://*"] {
            assert!(text.parse::<AllowedOrigin>().is_err(), "{text}");
        }
    }
}
