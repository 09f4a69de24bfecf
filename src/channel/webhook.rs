//! The generic webhook, both ways, for whatever has no channel of its own; proved as `signed` says.
//!
//! In: `{"type":"message","id":"m1","user":"u1","text":"hello"}`, with `chat`, `name`, `email`, `phone`, `language`,
//! `identity` (the id that the owner's site has for them) and `verified: ["email", "phone"]`, or
//! `{"type":"press","id":…,"user":…,"payload":…}`, or `{"type":"start",…}`. Out: `{"type":"message","id":…,"to":{…},"text":…,
//! "buttons":[{"label":…,"payload":…}],"pictures":[…],"from":"bot"|"agent"}`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use crate::channel::{
    Answer, ApiCall, Channel, Check, Delivery, Given, Inbound, Kind, Outcome, Outgoing, Receipts, Rejected, Sender,
    SettingError, SigningKey, Traits, Update, Vouched, What,
};
use crate::dialog::{Address, Undeliverable};
use crate::id::Language;

/// The kind.
pub(super) const KIND: Kind = Kind { name: "webhook", build };

/// Calls a second.
const CALLS_PER_SECOND: u32 = 100;

struct Webhook {
    key: SigningKey,
    url: String,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhook")
    }
}

fn build(given: &mut Given<'_>) -> Result<Arc<dyn Channel>, SettingError> {
    let key = SigningKey::given(given)?;
    Ok(Arc::new(Webhook { key, url: given.url("url", "the address to which we send what is said")? }))
}

/// What comes.
#[derive(Deserialize)]
struct Incoming {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<String>,
    user: String,
    #[serde(default)]
    chat: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    payload: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    language: Option<String>,
    /// The id that the owner's site has for them.
    #[serde(default)]
    identity: Option<String>,
    /// Which of e-mail and phone the caller has made sure of.
    #[serde(default)]
    verified: Vec<String>,
}

impl Incoming {
    /// What the caller vouches for.
    fn vouched(&self) -> Vec<Vouched> {
        let verified = |name: &str| self.verified.iter().any(|verified| verified == name);
        let phone = self.phone.as_deref().filter(|_| verified("phone")).and_then(Vouched::phone);
        let email = self.email.as_deref().filter(|_| verified("email")).and_then(Vouched::email);
        let id = self.identity.clone().filter(|id| !id.is_empty()).map(Vouched::Id);
        [id, phone, email].into_iter().flatten().collect()
    }
}

impl Channel for Webhook {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::None, buttons_max: usize::MAX, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, _webhook_url: &str) -> Vec<Check> {
        Vec::new()
    }

    fn by_hand(&self) -> Option<&'static str> {
        Some("sign what you send to the webhook, and check the signature of what comes, as standardwebhooks.com says")
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        let id = self.key.proved(delivery).ok_or(Rejected::NoProof)?;
        let body: Incoming = serde_json::from_slice(delivery.body)
            .map_err(|error| Rejected::Malformed(format!("the body is not what this channel expects: {error}")))?;
        let vouched = body.vouched();
        let what = match (&*body.kind, body.text, body.payload) {
            ("message", Some(text), _) => What::Text(text),
            ("press", label, Some(payload)) => What::Press { payload, label },
            ("start", _, _) => What::Start,
            ("taken_back", ..) => match body.message {
                Some(message) => What::TakenBack { message },
                None => return Err(Rejected::Malformed("what is taken back has a `message`".to_owned())),
            },
            ("message", ..) => return Err(Rejected::Malformed("a message has a `text`".to_owned())),
            ("press", ..) => return Err(Rejected::Malformed("a press has a `payload`".to_owned())),
            // What a newer caller may say.
            _ => return Ok(Inbound::default()),
        };
        let facts = [("name", body.name), ("email", body.email), ("phone", body.phone)];
        let facts = facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let language = body.language.as_deref().map(Language::from);
        let from = Sender { chat: body.chat, user: body.user, facts, language, vouched };
        Ok(Inbound::of(vec![Update::of(from, body.id.unwrap_or_else(|| id.to_owned()), what)]))
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        let buttons = outgoing.buttons.iter().map(|button| json!({ "label": button.label, "payload": button.payload }));
        let pictures = outgoing.pictures.iter().map(|picture| json!({ "url": picture.url, "alt": picture.alt }));
        let body = json!({
            "type": "message", "id": outgoing.key, "to": { "user": to.user, "chat": to.chat }, "text": outgoing.text,
            "buttons": buttons.collect::<Vec<_>>(), "pictures": pictures.collect::<Vec<_>>(),
            "from": if outgoing.human { "agent" } else { "bot" },
        });
        let mut call = ApiCall::json("webhook", self.url.as_str(), &body);
        let text = body.to_string();
        call.headers.extend(self.key.headers(&outgoing.key, outgoing.now, text.as_bytes()));
        Ok(vec![call])
    }

    fn outcome(&self, answer: &Answer<'_>) -> Outcome {
        // Whoever receives it may be changed and come back: only the clear refusals are for good.
        match answer.status {
            401 | 403 | 404 => Outcome::Later { after: answer.after(), why: format!("status {}", answer.status) },
            _ => answer.by_status(),
        }
    }
}
