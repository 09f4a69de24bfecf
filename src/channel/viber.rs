//! Viber. Somebody who only opens the chat may be greeted once, by the answer to the delivery; whoever writes may be written to.
//! Facts: <https://developers.viber.com/docs/api/rest-bot-api/>.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::channel::inbound::moment;
use crate::channel::link::encoded;
use crate::channel::pieces::{pieces, shortened};
use crate::channel::{
    Answer, ApiCall, AppLink, Channel, Check, Delivery, Fetch, Given, Inbound, Kind, LinkCode, Outcome, Outgoing,
    Pressed, Receipts, Received, Rejected, Reply, Sender, Traits, Update, What, proof,
};
use crate::dialog::{Address, RemoteFile, RemoteKind, Undeliverable, UndeliverableBecause};
use crate::id::Language;

/// The kind.
pub(super) const KIND: Kind = Kind { name: "viber", build };

/// Units of a text: seven thousand would be taken, but not where each has three bytes and the call may have thirty thousand.
const TEXT_MAX: usize = 5_000;

/// Buttons of one keyboard, and units of a label and of our name.
const BUTTONS_MAX: usize = 24;
const LABEL_MAX: usize = 200;
const NAME_MAX: usize = 28;

/// Calls a second.
const CALLS_PER_SECOND: u32 = 50;

struct Viber {
    token: String,
    name: String,
    api: String,
    /// The bot's address in Viber; links need it.
    uri: Option<String>,
}

impl std::fmt::Debug for Viber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Viber")
    }
}

fn build(given: &mut Given<'_>) -> Arc<dyn Channel> {
    Arc::new(Viber {
        api: given.api("https://chatapi.viber.com/pa"),
        token: given.secret("token", "the bot's auth token"),
        uri: given.text("uri"),
        name: shortened(&given.needed("name", "the name under which the bot writes, up to 28 letters"), NAME_MAX),
    })
}

impl Viber {
    fn content(&self, text: &str, buttons: &[crate::channel::OutgoingButton]) -> Value {
        let mut body = json!({ "type": "text", "sender": { "name": self.name }, "text": text });
        if !buttons.is_empty() {
            let keys: Vec<Value> = buttons.iter().map(key).collect();
            body["keyboard"] = json!({ "Type": "keyboard", "Buttons": keys });
            body["min_api_version"] = 3.into();
        }
        body
    }
}

impl Channel for Viber {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::OfMessages, buttons_max: BUTTONS_MAX, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, webhook_url: &str) -> Vec<Check> {
        let call = |name: &'static str, body: &Value| {
            ApiCall::json(name, format!("{}/{name}", self.api), body).header("X-Viber-Auth-Token", self.token.as_str())
        };
        let events = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"];
        let wanted = json!({ "url": webhook_url, "event_types": events, "send_name": true });
        let own = self.uri.clone();
        let known = Check::call("token", call("get_account_info", &json!({})), move |answer| {
            let body = said(answer)?;
            let name = body["name"].as_str().unwrap_or("known");
            match (&own, body["uri"].as_str()) {
                (Some(own), Some(uri)) if !own.eq_ignore_ascii_case(uri) => Err(format!(
                    "it is the token of {name} ({uri}), and `uri` says {own}: links would lead to the other one"
                )),
                _ => Ok(name.to_owned()),
            }
        });
        let registered = Check::call("webhook", call("set_webhook", &wanted), |answer| {
            said(answer).map(|_| "registered".to_owned())
        });
        vec![known, registered.registering()]
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        let expected = proof::sha256(self.token.as_bytes(), &[delivery.body]);
        if !delivery.header("x-viber-content-signature").is_some_and(|given| proof::is_hex(given, &expected)) {
            return Err(Rejected::NoProof);
        }
        Ok(Inbound::of(happened(&delivery.json()?).into_iter().collect()))
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        let call = |mut body: Value| {
            body["receiver"] = to.user.as_str().into();
            ApiCall::json("send_message", format!("{}/send_message", self.api), &body)
                .header("X-Viber-Auth-Token", self.token.as_str())
        };
        let picture = |picture: &crate::dialog::Picture| {
            let text = shortened(&picture.alt, 120);
            call(json!({ "type": "picture", "sender": { "name": self.name }, "text": text, "media": picture.url }))
                .optional()
        };
        let mut calls: Vec<ApiCall> = outgoing.pictures.iter().map(picture).collect();
        let native = outgoing.buttons.len() <= BUTTONS_MAX;
        let mut texts = pieces(&if native { outgoing.text.clone() } else { outgoing.numbered() }, TEXT_MAX);
        let buttons = if native { outgoing.buttons.as_slice() } else { &[] };
        let last = texts.pop().or_else(|| (!buttons.is_empty()).then(|| outgoing.choose().to_owned()));
        calls.extend(texts.iter().map(|text| call(self.content(text, &[]))));
        calls.extend(last.map(|text| call(self.content(&text, buttons))));
        Ok(calls)
    }

    fn outcome(&self, answer: &Answer<'_>) -> Outcome {
        let body = answer.json();
        let said = body["status_message"].as_str().unwrap_or_default();
        let never = |reason| Outcome::Never(Undeliverable::new(reason, said));
        match body["status"].as_i64() {
            Some(0) => Outcome::Sent { id: token(&body["message_token"]) },
            Some(12) => Outcome::Later { after: answer.after(), why: said.to_owned() },
            Some(5 | 6 | 11) => never(UndeliverableBecause::Blocked),
            Some(2 | 7..=10 | 15) => never(UndeliverableBecause::Credentials),
            Some(1 | 3 | 4 | 13 | 14) => never(UndeliverableBecause::Refused),
            // "General error": any other number.
            Some(_) => Outcome::Later { after: answer.after(), why: said.to_owned() },
            None => match answer.by_status() {
                Outcome::Sent { .. } => Outcome::Later { after: None, why: "an answer that is none".to_owned() },
                other => other,
            },
        }
    }

    fn welcome(&self, outgoing: &Outgoing) -> Reply {
        let text = pieces(&outgoing.text, TEXT_MAX).into_iter().next().unwrap_or_default();
        if text.is_empty() {
            return Reply::default();
        }
        let body = self.content(&text, &outgoing.buttons[..outgoing.buttons.len().min(BUTTONS_MAX)]);
        Reply { content_type: Some("application/json"), body: body.to_string() }
    }

    fn link(&self, code: &LinkCode) -> Option<AppLink> {
        let name = encoded(self.uri.as_deref()?);
        Some(AppLink::new("Viber", format!("viber://pa?chatURI={name}&text={}", code.as_str())))
    }

    fn fetch(&self, reference: &str) -> Option<Fetch> {
        let url = reference.starts_with("https://").then(|| reference.to_owned())?;
        Some(Fetch { url, headers: Vec::new(), is_file: true })
    }
}

/// What Viber answers to a check, else what is wrong.
fn said(answer: &Answer<'_>) -> Result<Value, String> {
    let body = answer.json();
    if body["status"] == 0 {
        return Ok(body);
    }
    Err(body["status_message"].as_str().map_or_else(|| format!("status {}", answer.status), str::to_owned))
}

/// A key of the keyboard; its text may hold signs of HTML, and what it brings back is not shown.
fn key(button: &crate::channel::OutgoingButton) -> Value {
    let label = shortened(&button.label, LABEL_MAX).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({ "ActionType": "reply", "ActionBody": button.payload, "Text": label, "Columns": 6, "Rows": 1, "Silent": true })
}

/// The id of a message: larger than a double can hold, so it is never one.
fn token(value: &Value) -> Option<String> {
    value.as_u64().map(|token| token.to_string()).or_else(|| value.as_str().map(str::to_owned))
}

fn happened(event: &Value) -> Option<Update> {
    let person = |user: &Value| {
        let facts =
            user["name"].as_str().filter(|name| !name.is_empty()).map(|name| ("name".to_owned(), name.to_owned()));
        let language = user["language"].as_str().map(Language::from);
        Some(Sender {
            user: user["id"].as_str()?.to_owned(),
            facts: facts.into_iter().collect(),
            language,
            ..Sender::default()
        })
    };
    let by_id = || Some(Sender { user: event["user_id"].as_str()?.to_owned(), ..Sender::default() });
    let id = token(&event["message_token"])?;
    let receipt = |received| {
        let what = What::Receipt { received, messages: vec![id.clone()], until: None };
        Some(Update { id: None, ..Update::of(by_id()?, "", what) })
    };
    match event["event"].as_str()? {
        "message" => Some(Update::of(person(&event["sender"])?, id, written(&event["message"])?)),
        "subscribed" => Some(Update::of(person(&event["user"])?, id, What::Follows)),
        "conversation_started" => Some(Update::of(person(&event["user"])?, id, What::Looks)),
        "unsubscribed" => {
            let at = event["timestamp"].as_i64().and_then(moment);
            Some(Update::of(by_id()?, id, What::Left { at }))
        }
        "delivered" => receipt(Received::Delivered),
        "seen" => receipt(Received::Seen),
        "failed" => {
            let said = event["desc"].as_str().unwrap_or_default();
            receipt(Received::Failed(Undeliverable::new(UndeliverableBecause::Refused, said)))
        }
        _ => None,
    }
}

fn written(message: &Value) -> Option<What> {
    let text = message["text"].as_str().map(str::to_owned);
    let kind = match message["type"].as_str()? {
        "text" => {
            let text = text?;
            let ours = Pressed::read(&text).is_some();
            return Some(if ours { What::Press { payload: text, label: None } } else { What::Text(text) });
        }
        "url" => return Some(What::Text(message["media"].as_str()?.to_owned())),
        "picture" => RemoteKind::Image,
        "video" => RemoteKind::Video,
        "file" => RemoteKind::File,
        "sticker" => RemoteKind::Sticker,
        "location" => RemoteKind::Location,
        "contact" => RemoteKind::Contact,
        _ => RemoteKind::Unsupported,
    };
    let words = match kind {
        RemoteKind::Location => Some(format!("{}, {}", message["location"]["lat"], message["location"]["lon"])),
        RemoteKind::Contact => {
            let card = &message["contact"];
            let parts = [card["name"].as_str(), card["phone_number"].as_str()];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
        _ => None,
    };
    let fetchable = matches!(kind, RemoteKind::Image | RemoteKind::Video | RemoteKind::File);
    let reference = message["media"].as_str().filter(|_| fetchable).map(str::to_owned);
    let name = message["file_name"].as_str().map(str::to_owned);
    // Beside a sticker the platform leaves words that nobody wrote.
    let caption = text.filter(|_| fetchable);
    Some(What::Media { file: RemoteFile { kind, reference, name, words }, caption })
}
