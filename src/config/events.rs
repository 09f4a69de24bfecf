//! `events:` of the settings: the owner's own systems that hear of what happens, each with the secret that proves it.
//!
//! ```yaml
//! events:
//!   - { url: https://shop.example/hooks, secret: EVENTS_SECRET, site: shop, send: [handoff.requested] }
//! ```

use serde::Deserialize;

use crate::channel::{SigningKey, check_url, instead};
use crate::config::mistakes::{Mistake, Mistakes, Place, no_site};
use crate::config::{Config, Sites};
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
    /// Where its secret is named.
    pub place: Place,
    /// Where events go.
    pub url: String,
    /// The environment variable that holds the secret.
    pub secret: String,
    /// Only events of this site; none means all.
    pub site: Option<SiteId>,
    /// Only these; none means all.
    pub send: Vec<EventKind>,
}

/// Reads `events:`.
pub(super) fn read(written: Vec<WrittenEndpoint>, sites: &Sites, mistakes: &mut Mistakes) -> Vec<EndpointConfig> {
    let mut read: Vec<EndpointConfig> = Vec::new();
    for (number, WrittenEndpoint { url, secret, site, send }) in written.into_iter().enumerate() {
        let number = number.to_string();
        let own = ["events", &number];
        match &url {
            None => mistakes.missing(&own, "url", "the address to which events are sent"),
            Some(url) => {
                if let Err(what) = check_url("url", url) {
                    mistakes.add(mistakes.place(&["events", &number, "url"]), format!("events: {what}"));
                }
            }
        }
        if secret.is_none() {
            let what = "it names the environment variable that holds the shared secret (whsec_…)";
            mistakes.missing(&own, "secret", what);
        }
        if let Some(what) = site.as_deref().and_then(|site| no_site(site, sites)) {
            mistakes.value(&["events", &number, "site"], what);
        }
        let mut kinds = Vec::new();
        for (nth, name) in send.iter().enumerate() {
            match EventKind::named(name) {
                Some(kind) => kinds.push(kind),
                None => {
                    let known: Vec<_> = EventKind::ALL.into_iter().map(EventKind::name).collect();
                    let path = ["events", &number, "send", &nth.to_string()];
                    mistakes.value(&path, format!("there is no event \"{name}\"; {}", instead(name, &known)));
                }
            }
        }
        let (Some(url), Some(secret)) = (url, secret) else { continue };
        let site = site.as_deref().map(SiteId::from);
        if read.iter().any(|before| before.url == url && before.site == site) {
            mistakes.value(&own, format!("\"{url}\" stands twice"));
        }
        let place = mistakes.place(&["events", &number, "secret"]);
        read.push(EndpointConfig { place, url, secret, site, send: kinds });
    }
    read
}

impl Config {
    /// The endpoints, ready to use. `env` gives the secrets, `public_url` is the address under which the world reaches the desk.
    pub(super) fn endpoints(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
        public_url: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Endpoints {
        let mut all = Vec::new();
        for EndpointConfig { place, url, secret, site, send } in &self.events {
            let key = env(secret).ok_or_else(|| "is not set".to_owned());
            match key.and_then(|key| SigningKey::read(key.trim())) {
                Ok(key) => all.push(Endpoint::new(url.clone(), key, site.clone(), send.clone())),
                Err(what) => mistakes.push(Mistake {
                    place: place.clone(),
                    what: format!("events: secret: the environment variable \"{secret}\" {what}"),
                }),
            }
        }
        Endpoints { all, public_url: public_url.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::tests::first_lines;

    /// The endpoints, else the first line of each mistake.
    fn config(events: &str) -> Result<Endpoints, String> {
        let text = format!("sites: {{ shop: {{}}, office: {{}} }}\nevents:\n{events}");
        let env = |name: &str| match name {
            "SET" => Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            "SHORT" => Some("whsec_aaaa".to_owned()),
            _ => None,
        };
        let config = super::super::parse(&text, Path::new("f.yaml"), &|_| None).map_err(first_lines)?;
        config.connections(&env, "https://chat.example").map(|read| read.events).map_err(first_lines)
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
                "f.yaml:3:12: events: url \"http://a.example\" is not an https address, nor http on this machine",
            ),
            (
                "  - { url: 'https://a.example' }\n",
                "f.yaml:3:7: events: secret is missing: it names the environment variable that holds the shared secret (whsec_…)",
            ),
            (
                "  - { url: 'https://a.example', secret: NOT_SET }\n",
                "f.yaml:3:41: events: secret: the environment variable \"NOT_SET\" is not set",
            ),
            (
                "  - { url: 'https://a.example', secret: SHORT }\n",
                "f.yaml:3:41: events: secret: the environment variable \"SHORT\" must hold whsec_ and 16 bytes or more in base64",
            ),
            (
                "  - { url: 'https://a.example', secret: SET, site: ofice }\n",
                "f.yaml:3:52: events: site: there is no site \"ofice\"; did you mean \"office\"?",
            ),
            (
                "  - { url: 'https://a.example', secret: SET, send: [handoff.requsted] }\n",
                "f.yaml:3:53: events: send: there is no event \"handoff.requsted\"; did you mean \"handoff.requested\"?",
            ),
            (
                "  - { url: 'https://a.example', secret: SET, send: [visit] }\n",
                "f.yaml:3:53: events: send: there is no event \"visit\"; there are conversation.opened, \
                 conversation.closed, handoff.requested, handoff.assigned, handoff.returned, handoff.ended, message.received, \
                 message.taken_back, conversation.resolved, conversation.reopened, rating.given, message.left",
            ),
            (
                "  - { url: 'https://a.example', secret: SET }\n  - { url: 'https://a.example', secret: SET }\n",
                "f.yaml:4:7: events: \"https://a.example\" stands twice",
            ),
            (
                "  - { urll: 'https://a.example', secrt: SET }\n",
                "f.yaml:3:7: there is no setting \"urll\"; did you mean \"url\"?\n\
                 f.yaml:3:34: there is no setting \"secrt\"; did you mean \"secret\"?",
            ),
        ] {
            assert_eq!(config(events).map(|_| ()).unwrap_err(), expected);
        }
    }
}
