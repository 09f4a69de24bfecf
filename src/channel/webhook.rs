//! The generic webhook, both ways, for whatever has no channel of its own; proved as `signed` says.
//!
//! The README says what comes and goes; `http/webhooks.json` describes it for programs.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::channel::pieces::shortened;
use crate::channel::{
    Answer, ApiCall, Channel, Check, Delivery, Given, Inbound, Kind, Outcome, Outgoing, Receipts, Rejected, Sender,
    SigningKey, Traits, Update, Vouched, What, instead,
};
use crate::dialog::{Address, MESSAGE_CHARS_MAX, Undeliverable};
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

fn build(given: &mut Given<'_>) -> Arc<dyn Channel> {
    let key = SigningKey::given(given);
    Arc::new(Webhook { key, url: given.url("url", "the address to which we send what is said") })
}

/// What can come, by `type`.
const TYPES: [&str; 4] = ["message", "press", "start", "taken_back"];

/// What a caller can have made sure of.
const VERIFIED: [&str; 2] = ["email", "phone"];

/// Bytes of the name of a person or chat.
const NAME_BYTES_MAX: usize = 256;

/// The fields of a body. Whoever calls wrote a program for this: each slip is answered with the field that it is in.
struct Fields(Map<String, Value>);

impl Fields {
    fn read(body: &[u8]) -> Result<Self, Rejected> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Rejected::Malformed("the body must be a JSON object".to_owned())),
            Err(error) => Err(Rejected::Malformed(format!("the body is not JSON: {error}"))),
        }
    }

    /// A text; none where it is missing.
    fn text(&self, key: &str) -> Result<Option<String>, Rejected> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Rejected::Malformed(format!("`{key}` must be a text (numbers in quotes)"))),
        }
    }

    /// A text that must say something; `what` is what it is.
    fn needed(&self, key: &str, what: &str) -> Result<String, Rejected> {
        match self.text(key)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(Rejected::Malformed(format!("`{key}` is empty: {what}"))),
            None => Err(Rejected::Malformed(format!("`{key}` is missing: {what}"))),
        }
    }

    /// The name of a person or chat.
    fn name(key: &str, name: String) -> Result<String, Rejected> {
        if name.len() > NAME_BYTES_MAX {
            return Err(Rejected::Malformed(format!("`{key}` is longer than {NAME_BYTES_MAX} bytes")));
        }
        Ok(name)
    }

    /// The caller's id of it; without one, that of the delivery.
    fn id(&self, delivery: &str) -> Result<String, Rejected> {
        match self.text("id")? {
            Some(id) if id.is_empty() => {
                Err(Rejected::Malformed("`id` is empty; without an `id` the header webhook-id counts".to_owned()))
            }
            id => Ok(id.unwrap_or_else(|| delivery.to_owned())),
        }
    }

    fn what(&self) -> Result<What, Rejected> {
        let kind = self.needed("type", &format!("it is one of {}", TYPES.join(", ")))?;
        match &*kind {
            "message" => match self.needed("text", "what they wrote")? {
                text if text.chars().count() > MESSAGE_CHARS_MAX => {
                    Err(Rejected::Malformed(format!("`text` is longer than {MESSAGE_CHARS_MAX} characters")))
                }
                text => Ok(What::Text(text)),
            },
            "press" => Ok(What::Press {
                payload: self.needed("payload", "what the button that they pressed had as `payload`")?,
                label: self.text("text")?,
            }),
            "start" => Ok(What::Start),
            "taken_back" => Ok(What::TakenBack { message: self.needed("message", "the `id` of what is taken back")? }),
            _ => {
                let kind = shortened(&kind, 40);
                Err(Rejected::Malformed(format!("`type`: there is no \"{kind}\"; {}", instead(&kind, &TYPES))))
            }
        }
    }

    fn sender(&self) -> Result<Sender, Rejected> {
        let user = Self::name("user", self.needed("user", "your id of whoever wrote")?)?;
        let chat = Self::name("chat", self.text("chat")?.unwrap_or_default())?;
        let mut facts = Vec::new();
        for key in ["name", "email", "phone"] {
            facts.extend(self.text(key)?.map(|value| (key.to_owned(), value)));
        }
        let language = self.text("language")?.as_deref().map(Language::from);
        Ok(Sender { chat, user, facts, language, vouched: self.vouched()? })
    }

    /// What the caller vouches for. A number or address that is none proves nothing.
    fn vouched(&self) -> Result<Vec<Vouched>, Rejected> {
        let wrong = |what: String| Rejected::Malformed(format!("`verified`: {what}"));
        let words = match self.0.get("verified") {
            None | Some(Value::Null) => &[][..],
            Some(Value::Array(words)) => words.as_slice(),
            Some(_) => return Err(wrong(format!("a list belongs here, such as [\"{}\"]", VERIFIED.join("\", \"")))),
        };
        let mut vouched = Vec::from_iter(self.text("identity")?.filter(|id| !id.is_empty()).map(Vouched::Id));
        for word in words {
            let word = word.as_str().map_or_else(|| word.to_string(), str::to_owned);
            if !VERIFIED.contains(&&*word) {
                let word = shortened(&word, 40);
                return Err(wrong(format!("there is no \"{word}\"; {}", instead(&word, &VERIFIED))));
            }
            let Some(value) = self.text(&word)? else {
                return Err(wrong(format!("it says {word}, and there is no `{word}`")));
            };
            vouched.extend(if word == "email" { Vouched::email(&value) } else { Vouched::phone(&value) });
        }
        Ok(vouched)
    }
}

impl Channel for Webhook {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::None, buttons_max: usize::MAX, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, _webhook_url: &str) -> Vec<Check> {
        vec![Check::reach("url", self.url.clone())]
    }

    fn by_hand(&self) -> Option<&'static str> {
        Some("sign what you send to the webhook, and check the signature of what comes, as standardwebhooks.com says")
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        let id = self.key.proved(delivery).ok_or(Rejected::NoProof)?;
        let fields = Fields::read(delivery.body)?;
        Ok(Inbound::of(vec![Update::of(fields.sender()?, fields.id(id)?, fields.what()?)]))
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
