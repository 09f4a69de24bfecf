//! What the HTTP server must know of the operator's settings, ready to use.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::config::{Config, Limits, Network, Question};
use crate::http::agent::cookie::is_loopback_host;
use crate::http::allowed::{AllowedOrigin, OriginError};
use crate::http::directline::DirectLine;
use crate::http::identity_key::IdentityKey;
use crate::id::SiteId;

/// What the HTTP server is told.
#[derive(Debug, Clone, Default)]
pub struct HttpConfig {
    /// The address under which browsers reach the server, without a path, where it is not the one it listens on.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<Network>,
    /// The bearer token of the REST channel; none means loopback only, and nobody where others reach the server.
    pub rest_token: Option<String>,
    /// Direct Line, where it is set up; its secret is added.
    pub direct_line: Option<DirectLine>,
    /// Limits.
    pub limits: Limits,
    /// The sites with the pages that may use their chat, the default first.
    pub sites: IndexMap<SiteId, Vec<AllowedOrigin>>,
    /// The secrets of those sites that prove who their visitors are.
    pub identity: BTreeMap<SiteId, IdentityKey>,
    /// What those sites ask before the chat begins.
    pub ask_first: BTreeMap<SiteId, Vec<Question>>,
}

impl HttpConfig {
    /// Whether the settings say that more than this machine reaches the server.
    pub fn is_reached_from_elsewhere(&self) -> bool {
        let public = self.public_url.as_deref().and_then(|url| url.split_once("://")).map(|(_, host)| host);
        !self.trusted_proxies.is_empty() || public.is_some_and(|host| !is_loopback_host(host))
    }

    /// The part of the operator's settings that concerns HTTP, with the token that they name; the sites' secrets are added.
    pub fn of(config: &Config, rest_token: Option<String>) -> Result<Self, OriginError> {
        let mut sites = IndexMap::new();
        for (id, site) in &config.sites {
            let origins = site.origins.iter().map(|origin| origin.parse()).collect::<Result<_, _>>()?;
            sites.insert(id.clone(), origins);
        }
        Ok(Self {
            public_url: config.public_url.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            rest_token,
            direct_line: None,
            limits: config.limits.clone(),
            sites,
            identity: BTreeMap::new(),
            ask_first: config.sites.iter().map(|(id, site)| (id.clone(), site.ask_first.clone())).collect(),
        })
    }
}
