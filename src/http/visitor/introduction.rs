//! What a page tells of its visitor when a chat starts or goes on: who they are, with proof or without, and attributes. What
//! is proved, what is hearsay and what is left out is decided here; whoever builds the page is told in notes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::channel::Vouched;
use crate::engine::{
    ATTRIBUTE_NAME_BYTES_MAX, ATTRIBUTES_MAX, Attributes, FACT_CHARS_MAX, IDENTITY_BYTES_MAX, Told, fact, is_name,
};
use crate::http::app::App;
use crate::id::SiteId;

/// Who the visitor is, as the page says.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Identity {
    /// The id that the site has for the visitor.
    pub id: String,
    /// HMAC-SHA256 of exactly that id with the site's secret, in lower-case hexadecimal digits, made by the site's server. Made of
    /// the id and the e-mail address, each in a line, it vouches for the address too.
    pub hash: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

/// What was made of it.
#[derive(Debug, Default)]
pub(super) struct Introduction {
    /// The id, if it is proved.
    pub(super) proved: Option<String>,
    /// What the same signature vouches for besides.
    pub(super) vouched: Vec<Vouched>,
    /// Whether an id was given at all.
    pub(super) claims: bool,
    /// What is hearsay.
    pub(super) told: Told,
    /// For whoever builds the page: why something was not taken.
    pub(super) notes: Vec<String>,
}

/// Looks at what a page tells.
pub(super) fn introduced(
    app: &App,
    site: &SiteId,
    identity: Option<Identity>,
    attributes: BTreeMap<String, Value>,
) -> Introduction {
    let mut introduction = Introduction::default();
    if let Some(identity) = identity {
        introduction.claims = true;
        introduction.identify(app, site, identity);
    }
    introduction.told.attributes = introduction.attributes(attributes);
    introduction
}

impl Introduction {
    fn identify(&mut self, app: &App, site: &SiteId, identity: Identity) {
        let Identity { id, hash, name, email } = identity;
        if id.is_empty() || id.len() > IDENTITY_BYTES_MAX || id.chars().any(char::is_control) {
            self.notes.push(format!(
                "identify: the id must have 1 to {IDENTITY_BYTES_MAX} bytes and no control characters, so the visitor stays anonymous"
            ));
            return;
        }
        let key = app.config().identity.get(site);
        let signs = |text: &str| key.zip(hash.as_deref()).is_some_and(|(key, hash)| key.signs(text, hash));
        // No id holds the end of a line, so the two signatures cannot be mistaken for each other.
        let address = email.as_deref().filter(|email| signs(&format!("{id}\n{email}")));
        self.vouched.extend(address.and_then(Vouched::email));
        let is_proved = address.is_some() || signs(&id);
        let given = [("name", name), ("email", email)];
        let given = given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), fact(&value?)?)));
        self.told.given = given.filter(|(key, value)| key != "email" || is_email(value)).collect();
        if is_proved {
            self.told.proved = Some(id.clone());
            self.proved = Some(id);
            return;
        }
        let trouble = match (key, &hash) {
            (None, _) => "this site has no `identity: secret` in frontdesk.yaml",
            (Some(_), None) => "there is no hash",
            (Some(_), Some(_)) => "the hash does not fit the id",
        };
        self.notes
            .push(format!("identify: {trouble}, so the visitor stays anonymous, and the desk shows \"not verified\""));
        self.told.claimed = Some(id);
    }

    /// The attributes that can be kept.
    fn attributes(&mut self, told: BTreeMap<String, Value>) -> Attributes {
        let mut attributes = Attributes::new();
        for (name, value) in told {
            let value = match value {
                Value::Null => Some(None),
                Value::String(text) => fact(&text).map(Some),
                Value::Number(number) => Some(Some(number.to_string())),
                Value::Bool(yes) => Some(Some(yes.to_string())),
                Value::Array(_) | Value::Object(_) => None,
            };
            match value {
                Some(value) if is_name(&name) && attributes.len() < ATTRIBUTES_MAX => {
                    drop(attributes.insert(name, value))
                }
                _ => {
                    let name: String = name.chars().take(ATTRIBUTE_NAME_BYTES_MAX).collect();
                    self.notes.push(format!(
                        "attributes: \"{name}\" is left out: there may be {ATTRIBUTES_MAX} attributes with names of at most \
                         {ATTRIBUTE_NAME_BYTES_MAX} bytes and texts (cut at {FACT_CHARS_MAX} characters), numbers, true or false"
                    ));
                }
            }
        }
        attributes
    }
}

/// Whether a text has the form of an e-mail address; whether mail arrives there nobody knows.
pub(super) fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        let plain =
            |part: &str| !part.is_empty() && !part.contains(|letter: char| letter.is_whitespace() || letter == '@');
        plain(name) && plain(host) && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    })
}
