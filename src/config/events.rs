//! `events:` of the settings: the owner's own systems that hear of what happens, each with the secret that proves it.
//!
//! ```yaml
//! events:
//!   - { url: https://shop.example/hooks, secret: EVENTS_SECRET, site: shop, send: [handoff.requested] }
//! ```

use indexmap::IndexMap;
use serde::Deserialize;

use crate::channel::{SigningKey, check_url};
use crate::config::{Config, ConfigError, SiteConfig};
use crate::engine::{Endpoint, Endpoints, EventKind};
use crate::id::SiteId;

/// An endpoint as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenEndpoint {
    url: Option<String>,
    secret: Option<String>,
    site: Option<String>,
    send: Vec<String>,
}

/// An endpoint, checked, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointConfig {
    /// Where it stands: file, line and column.
    pub place: String,
    /// Where events go.
    pub url: String,
    /// The environment variable that holds the secret.
    pub secret: String,
    /// Only events of this site; none means all.
    pub site: Option<SiteId>,
    /// Only these; none means all.
    pub send: Vec<EventKind>,
}

/// Reads `events:`. What is wrong comes with the path of the setting.
pub(super) fn read(
    written: Vec<WrittenEndpoint>,
    sites: &IndexMap<SiteId, SiteConfig>,
    place: &dyn Fn(&[&str]) -> String,
) -> Result<Vec<EndpointConfig>, (Vec<String>, String)> {
    let mut read: Vec<EndpointConfig> = Vec::new();
    for (number, WrittenEndpoint { url, secret, site, send }) in written.into_iter().enumerate() {
        let number = number.to_string();
        let wrong = |what: String| (vec!["events".to_owned(), number.clone()], what);
        let url = url.ok_or_else(|| wrong("url is missing: the address to which events are sent".to_owned()))?;
        check_url("url", &url).map_err(|error| wrong(error.what))?;
        let secret = secret.ok_or_else(|| {
            wrong(
                "secret is missing: it names the environment variable that holds the shared secret (whsec_…)"
                    .to_owned(),
            )
        })?;
        if let Some(site) = site.as_ref().filter(|site| !sites.contains_key(site.as_str())) {
            return Err(wrong(format!("site: there is no site \"{site}\"")));
        }
        let mut kinds = Vec::new();
        for name in &send {
            kinds.push(EventKind::named(name).ok_or_else(|| {
                let known: Vec<_> = EventKind::ALL.into_iter().map(EventKind::name).collect();
                wrong(format!("send: there is no event \"{name}\"; there are {}", known.join(", ")))
            })?);
        }
        let site = site.as_deref().map(SiteId::from);
        if read.iter().any(|before| before.url == url && before.site == site) {
            return Err(wrong(format!("\"{url}\" stands twice")));
        }
        read.push(EndpointConfig { place: place(&["events", &number]), url, secret, site, send: kinds });
    }
    Ok(read)
}

impl Config {
    /// The endpoints, ready to use. `env` gives the secrets, `public_url` is the address under which the world reaches the desk.
    ///
    /// # Errors
    ///
    /// What is wrong with a secret, with the place of its endpoint.
    pub fn events(&self, env: &dyn Fn(&str) -> Option<String>, public_url: &str) -> Result<Endpoints, ConfigError> {
        let mut all = Vec::new();
        for EndpointConfig { place, url, secret, site, send } in &self.events {
            let wrong = |what: String| ConfigError {
                place: place.clone(),
                what: format!("events: secret: the environment variable \"{secret}\" {what}"),
            };
            let value = env(secret).ok_or_else(|| wrong("is not set".to_owned()))?;
            let key = SigningKey::read(value.trim()).map_err(wrong)?;
            all.push(Endpoint::new(url.clone(), key, site.clone(), send.clone()));
        }
        Ok(Endpoints { all, public_url: public_url.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config(events: &str) -> Result<Endpoints, String> {
        let text = format!("sites: {{ shop: {{}}, office: {{}} }}\nevents:\n{events}");
        let env = |name: &str| match name {
            "SET" => Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            "SHORT" => Some("whsec_aaaa".to_owned()),
            _ => None,
        };
        let config = super::super::parse(&text, Path::new("f.yaml"), &|_| None).map_err(|error| error.to_string())?;
        config.events(&env, "https://chat.example").map_err(|error| error.to_string())
    }

    #[test]
    fn endpoints_hear_of_all_or_of_some() {
        let read = config(
            "  - { url: 'https://a.example/hook/', secret: SET }\n  \
             - { url: 'https://a.example/hook/', secret: SET, site: shop, send: [rating.given, message.left] }\n",
        );
        let read = read.unwrap().all;
        assert_eq!((read[0].url.as_str(), &read[0].site, read[0].send.len()), ("https://a.example/hook/", &None, 0));
        assert_eq!(read[1].send, [EventKind::RatingGiven, EventKind::MessageLeft]);
        assert_ne!(read[0].id(), read[1].id(), "two sites of one address are two endpoints");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (events, expected) in [
            ("  - { secret: SET }\n", "f.yaml:3:7: events: url is missing: the address to which events are sent"),
            (
                "  - { url: 'http://a.example', secret: SET }\n",
                "f.yaml:3:7: events: url \"http://a.example\" is not an https address, nor http on this machine",
            ),
            (
                "  - { url: 'https://a.example' }\n",
                "f.yaml:3:7: events: secret is missing: it names the environment variable that holds the shared secret (whsec_…)",
            ),
            (
                "  - { url: 'https://a.example', secret: NOT_SET }\n",
                "f.yaml:3:7: events: secret: the environment variable \"NOT_SET\" is not set",
            ),
            (
                "  - { url: 'https://a.example', secret: SHORT }\n",
                "f.yaml:3:7: events: secret: the environment variable \"SHORT\" must hold whsec_ and 16 bytes or more in base64",
            ),
            (
                "  - { url: 'https://a.example', secret: SET, site: nowhere }\n",
                "f.yaml:3:7: events: site: there is no site \"nowhere\"",
            ),
            (
                "  - { url: 'https://a.example', secret: SET, send: [handoff.asked] }\n",
                "f.yaml:3:7: events: send: there is no event \"handoff.asked\"; there are conversation.opened, \
                 conversation.closed, handoff.requested, handoff.assigned, handoff.returned, handoff.ended, message.received, \
                 message.taken_back, conversation.resolved, conversation.reopened, rating.given, message.left",
            ),
            (
                "  - { url: 'https://a.example', secret: SET }\n  - { url: 'https://a.example', secret: SET }\n",
                "f.yaml:4:7: events: \"https://a.example\" stands twice",
            ),
            (
                "  - { url: 'https://a.example', secrt: SET }\n",
                "f.yaml:3:33: there is no setting \"secrt\"; did you mean \"secret\"?",
            ),
        ] {
            assert_eq!(config(events).map(|_| ()).unwrap_err(), expected);
        }
    }
}
