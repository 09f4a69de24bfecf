//! LINE. The first answer within a minute is free, by a token that came with the message; whatever is later is pushed. Facts:
//! <https://developers.line.biz/en/reference/messaging-api/>.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::channel::inbound::moment;
use crate::channel::link::encoded;
use crate::channel::pieces::{pieces, shortened};
use crate::channel::{
    Answer, ApiCall, AppLink, Channel, Check, Delivery, Fetch, Given, Inbound, Kind, LinkCode, Outcome, Outgoing,
    Receipts, Rejected, Sender, Traits, Update, What, proof,
};
use crate::dialog::{Address, RemoteFile, RemoteKind, Undeliverable, UndeliverableBecause};
use crate::id::Language;
use crate::time::Span;

/// The kind.
pub(super) const KIND: Kind = Kind { name: "line", build };

/// Units of a text, and messages of one call.
const TEXT_MAX: usize = 5_000;
const MESSAGES_MAX: usize = 5;

/// Quick replies of a message, and units of their labels.
const REPLIES_MAX: usize = 13;
const LABEL_MAX: usize = 20;

/// Calls a second; the platform allows more.
const CALLS_PER_SECOND: u32 = 200;

struct Line {
    token: String,
    secret: String,
    api: String,
    /// The account's name, with `@`; links need it.
    basic_id: Option<String>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}

fn build(given: &mut Given<'_>) -> Arc<dyn Channel> {
    Arc::new(Line {
        api: given.api("https://api.line.me"),
        token: given.secret("token", "the channel's access token"),
        secret: given.secret("secret", "the channel's secret"),
        basic_id: given.text("basic_id"),
    })
}

impl Line {
    fn call(&self, name: &'static str, path: &str, body: &Value) -> ApiCall {
        ApiCall::json(name, format!("{}{path}", self.api), body)
            .header("Authorization", format!("Bearer {}", self.token))
    }
}

impl Channel for Line {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::None, buttons_max: REPLIES_MAX, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, webhook_url: &str) -> Vec<Check> {
        let key = || vec![("Authorization", format!("Bearer {}", self.token))];
        let own = self.basic_id.clone();
        let info = Check::get("token", format!("{}/v2/bot/info", self.api), key(), move |answer| {
            let name = answer.verdict(&["message"], &["displayName"])?;
            let body = answer.json();
            let ids = ["basicId", "premiumId"].into_iter().filter_map(|key| body[key].as_str()).collect::<Vec<_>>();
            match &own {
                Some(own) if !ids.is_empty() && !ids.contains(&own.as_str()) => Err(format!(
                    "it is the token of {name} ({}), and `basic_id` says {own}: links would lead to the other one",
                    ids.join(", ")
                )),
                _ => Ok(name),
            }
        });
        // That LINE can reach us; the address itself is set in the console.
        let test = self.call("test", "/v2/bot/channel/webhook/test", &json!({ "endpoint": webhook_url }));
        let tested = Check::call("webhook", test, |answer| {
            let body = answer.json();
            if body["success"] == false {
                return Err(body["reason"].as_str().unwrap_or("LINE cannot reach the webhook").to_owned());
            }
            answer.verdict(&["message"], &["reason"])
        });
        vec![info, tested.registering()]
    }

    fn by_hand(&self) -> Option<&'static str> {
        Some(
            "in LINE's console, under Messaging API: type the webhook's address, switch \"Use webhook\" and \"Webhook redelivery\" on",
        )
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        let expected = proof::sha256(self.secret.as_bytes(), &[delivery.body]);
        if !delivery.header("x-line-signature").is_some_and(|given| proof::is_base64(given, &expected)) {
            return Err(Rejected::NoProof);
        }
        let body = delivery.json()?;
        let events = body["events"].as_array().into_iter().flatten();
        // In standby another module answers; what was said to us before can be taken back all the same.
        let ours = events.filter(|event| event["mode"] != "standby" || event["type"] == "unsend");
        Ok(Inbound::of(ours.filter_map(happened).collect()))
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        let https = outgoing.pictures.iter().filter(|picture| picture.url.starts_with("https://"));
        let mut messages: Vec<Value> = https
            .map(
                |picture| json!({ "type": "image", "originalContentUrl": picture.url, "previewImageUrl": picture.url }),
            )
            .collect();
        let native = outgoing.buttons.len() <= REPLIES_MAX;
        let text = if native { outgoing.text.clone() } else { outgoing.numbered() };
        messages.extend(pieces(&text, TEXT_MAX).into_iter().map(|text| json!({ "type": "text", "text": text })));
        if native && !outgoing.buttons.is_empty() {
            if text.is_empty() {
                messages.push(json!({ "type": "text", "text": outgoing.choose() }));
            }
            if let Some(last) = messages.last_mut() {
                let items: Vec<Value> = outgoing.buttons.iter().map(item).collect();
                last["quickReply"] = json!({ "items": items });
            }
        }
        let chat = if to.chat.is_empty() { &to.user } else { &to.chat };
        let calls = messages.chunks(MESSAGES_MAX).enumerate().map(|(number, chunk)| match &outgoing.reply_token {
            Some(token) if number == 0 => {
                self.call("reply", "/v2/bot/message/reply", &json!({ "replyToken": token, "messages": chunk }))
            }
            _ => self
                .call("push", "/v2/bot/message/push", &json!({ "to": chat, "messages": chunk }))
                .header("X-Line-Retry-Key", retry_key(&outgoing.key, number)),
        });
        Ok(calls.collect())
    }

    fn outcome(&self, answer: &Answer<'_>) -> Outcome {
        let body = answer.json();
        let said = body["message"].as_str().unwrap_or_default().to_owned();
        let never = |reason| Outcome::Never(Undeliverable::new(reason, said.as_str()));
        match answer.status {
            200..=299 if !body.is_object() => Outcome::Later { after: None, why: "an answer that is none".to_owned() },
            200..=299 => Outcome::Sent { id: body["sentMessages"][0]["id"].as_str().map(str::to_owned) },
            // A push with a key that it has seen: it was sent.
            409 => Outcome::Sent { id: None },
            // The free answer is over: what is sent once more is pushed.
            400 if said.contains("reply token") => Outcome::Later { after: Some(Span(0)), why: said },
            429 if said.contains("monthly limit") => never(UndeliverableBecause::Refused),
            401 | 403 => never(UndeliverableBecause::Credentials),
            400 | 404 => never(UndeliverableBecause::Refused),
            _ => answer.by_status(),
        }
    }

    fn typing(&self, to: &Address, _last: Option<&str>) -> Option<ApiCall> {
        let body = json!({ "chatId": to.user, "loadingSeconds": 10 });
        to.chat.is_empty().then(|| self.call("loading", "/v2/bot/chat/loading/start", &body))
    }

    fn link(&self, code: &LinkCode) -> Option<AppLink> {
        let name = encoded(self.basic_id.as_deref()?);
        Some(AppLink::new("LINE", format!("https://line.me/R/oaMessage/{name}/?{}", code.as_str())))
    }

    fn fetch(&self, reference: &str) -> Option<Fetch> {
        let fits = reference.bytes().all(|byte| byte.is_ascii_alphanumeric());
        // Files lie on a host of their own, beside the API's.
        let data = self.api.replace("https://api.", "https://api-data.");
        let url = format!("{data}/v2/bot/message/{reference}/content");
        fits.then(|| Fetch { url, headers: vec![("Authorization", format!("Bearer {}", self.token))], is_file: true })
    }
}

fn item(button: &crate::channel::OutgoingButton) -> Value {
    let label = shortened(&button.label, LABEL_MAX);
    // What the visitor seems to have said is the whole label.
    let said = shortened(&button.label, 300);
    json!({ "type": "action", "action": { "type": "postback", "label": label, "data": button.payload, "displayText": said } })
}

/// A UUID that stays the same when the same is sent once more.
fn retry_key(key: &str, part: usize) -> String {
    let digest = Sha256::digest(format!("{key}/{part}").as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

fn happened(event: &Value) -> Option<Update> {
    let source = &event["source"];
    let user = source["userId"].as_str()?;
    let room = source["groupId"].as_str().or_else(|| source["roomId"].as_str());
    let message = &event["message"];
    let called = message["mention"]["mentionees"].as_array().into_iter().flatten().any(|one| one["isSelf"] == true);
    // What is taken back need not have been said to us: then nobody knows it.
    if room.is_some() && !called && event["type"] != "postback" && event["type"] != "unsend" {
        return None;
    }
    let what = match event["type"].as_str()? {
        "message" => written(message)?,
        "postback" => picked(&event["postback"])?,
        "follow" => What::Start,
        "unfollow" => What::Left { at: event["timestamp"].as_i64().and_then(moment) },
        "unsend" => What::TakenBack { message: event["unsend"]["messageId"].as_str()?.to_owned() },
        _ => return None,
    };
    let language = event["source"]["language"].as_str().map(Language::from);
    let from =
        Sender { chat: room.unwrap_or_default().to_owned(), user: user.to_owned(), language, ..Sender::default() };
    // The message's own id is what a later `unsend` names.
    let event_id = event["webhookEventId"].as_str()?;
    let id = message["id"].as_str().map_or_else(|| event_id.to_owned(), |message| format!("{event_id}/{message}"));
    let reply_token = event["replyToken"].as_str().map(str::to_owned);
    Some(Update { reply_token, ..Update::of(from, id, what) })
}

/// A press of a button; none where it only turned over a menu of the app.
fn picked(postback: &Value) -> Option<What> {
    let turned_over = postback["params"]["newRichMenuAliasId"].is_string();
    let payload = postback["data"].as_str().filter(|_| !turned_over)?.to_owned();
    Some(What::Press { payload, label: None })
}

/// A text without our name, by which people call us in groups.
fn without_call(message: &Value) -> Option<String> {
    let text = message["text"].as_str()?;
    // LINE counts in units of UTF-16.
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut mentioned = message["mention"]["mentionees"].as_array().into_iter().flatten();
    let rest = mentioned.find(|one| one["isSelf"] == true).and_then(|own| {
        let number = |key: &str| own[key].as_u64().and_then(|number| usize::try_from(number).ok());
        let (from, length) = (number("index")?, number("length")?);
        let rest = [units.get(..from)?, units.get(from.checked_add(length)?..)?].concat();
        Some(String::from_utf16_lossy(&rest).trim().to_owned())
    });
    Some(rest.unwrap_or_else(|| text.to_owned()))
}

fn written(message: &Value) -> Option<What> {
    let kind = match message["type"].as_str()? {
        "text" => {
            return Some(match without_call(message)? {
                // Who only calls us wants to begin.
                text if text.is_empty() => What::Start,
                text => What::Text(text),
            });
        }
        "image" => RemoteKind::Image,
        "video" => RemoteKind::Video,
        "audio" => RemoteKind::Audio,
        "file" => RemoteKind::File,
        "sticker" => RemoteKind::Sticker,
        "location" => RemoteKind::Location,
        _ => RemoteKind::Unsupported,
    };
    let words = match kind {
        RemoteKind::Location => {
            let named = [&message["title"], &message["address"]].into_iter().filter_map(Value::as_str);
            let place = format!("{}, {}", message["latitude"], message["longitude"]);
            Some(named.chain([place.as_str()]).collect::<Vec<_>>().join(", "))
        }
        RemoteKind::Sticker => message["keywords"][0].as_str().map(str::to_owned),
        _ => None,
    };
    let fetchable = !matches!(kind, RemoteKind::Sticker | RemoteKind::Location | RemoteKind::Unsupported);
    let reference = message["id"].as_str().filter(|_| fetchable).map(str::to_owned);
    let name = message["fileName"].as_str().map(str::to_owned);
    Some(What::Media { file: RemoteFile { kind, reference, name, words }, caption: None })
}
