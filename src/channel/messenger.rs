//! Facebook Messenger. For 24 hours after the visitor's last words the bot may speak, a person for seven days. Facts:
//! <https://developers.facebook.com/docs/messenger-platform>.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::channel::link::encoded;
use crate::channel::meta::{self, Meta, Opened};
use crate::channel::pieces::{pieces, shortened};
use crate::channel::{
    Answer, ApiCall, AppLink, Channel, Check, Delivery, Fetch, Given, Inbound, Kind, LinkCode, Outcome, Outgoing,
    Receipts, Received, Rejected, Sender, Traits, Update, What,
};
use crate::dialog::{Address, RemoteFile, RemoteKind, Undeliverable, UndeliverableBecause};
use crate::time::{Span, Time};

/// The kind.
pub(super) const KIND: Kind = Kind { name: "messenger", build };

/// Units of a text.
const TEXT_MAX: usize = 2_000;

/// Quick replies of one message, and units of their labels.
const REPLIES_MAX: usize = 13;
const REPLY_LABEL_MAX: usize = 20;

/// Calls a second; the platform allows more.
const CALLS_PER_SECOND: u32 = 80;

/// How long after the visitor's last words the bot may speak, and a person.
const WINDOW: Span = Span::hours(24);
const HUMAN_WINDOW: Span = Span::days(7);

/// The platform's own inbox, as an app, and as an agent is named.
const PAGE_INBOX: u64 = 263_902_037_430_900;
const INBOX: &str = "Messenger inbox";

struct Messenger {
    meta: Meta,
    /// Our page; none means the page of the token.
    page: Option<String>,
    /// Our app, whose messages come back to us.
    app: Option<u64>,
}

impl std::fmt::Debug for Messenger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Messenger")
    }
}

fn build(given: &mut Given<'_>) -> Arc<dyn Channel> {
    let (meta, page, app) = (Meta::of(given), given.text("page_id"), given.text("app_id"));
    let number = app.as_ref().and_then(|app| app.parse().ok());
    if app.is_some() && number.is_none() {
        given.wrong("app_id", "must be the app's number");
    }
    Arc::new(Messenger { meta, page, app: number })
}

impl Messenger {
    fn call(&self, name: &'static str, body: &Value) -> ApiCall {
        let page = self.page.as_deref().unwrap_or("me");
        ApiCall::json(name, format!("{}/{page}/messages", self.meta.api), body)
            .header("Authorization", self.meta.bearer())
    }

    fn happened(&self, event: &Value) -> Vec<Update> {
        let message = &event["message"];
        let from = person(&event["sender"]).filter(|_| message["is_echo"] != true);
        match (from, message["mid"].as_str()) {
            (Some(from), Some(id)) => written(&from, id, message),
            _ => self.besides(event).into_iter().collect(),
        }
    }

    /// What is not a message of the visitor.
    fn besides(&self, event: &Value) -> Option<Update> {
        if event["message"]["is_echo"] == true {
            return self.echo(event);
        }
        let from = person(&event["sender"])?;
        let moment = Time(event["timestamp"].as_i64().unwrap_or_default());
        let postback = &event["postback"];
        let referral = event["referral"]["ref"].as_str().or_else(|| postback["referral"]["ref"].as_str());
        if let Some(code) = referral.and_then(LinkCode::find) {
            let id = format!("{}.{}.link", from.user, moment.0);
            return Some(Update::of(from, id, What::Text(code.as_str().to_owned())));
        }
        if postback.is_object() {
            let payload = postback["payload"].as_str().or_else(|| postback["title"].as_str())?.to_owned();
            // Older deliveries have no id of their own.
            let made_up = || format!("{}.{}.{payload}", from.user, moment.0);
            let id = postback["mid"].as_str().map_or_else(made_up, str::to_owned);
            let label = postback["title"].as_str().map(str::to_owned);
            let letters = |text: &str| {
                text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_ascii_lowercase()
            };
            let starts = letters(&payload).starts_with("getstarted")
                || label.as_deref().is_some_and(|label| letters(label) == "getstarted");
            let what = if starts { What::Start } else { What::Press { payload, label } };
            return Some(Update::of(from, id, what));
        }
        if let Some(update) = self.control(event, &from, moment) {
            return Some(update);
        }
        for (key, received) in [("delivery", Received::Delivered), ("read", Received::Seen)] {
            if let Some(until) = event[key]["watermark"].as_i64() {
                let what = What::Receipt { received, messages: Vec::new(), until: Some(Time(until)) };
                return Some(Update { id: None, ..Update::of(from, "", what) });
            }
        }
        None
    }

    /// The thread changed hands, between us and the inbox in which people answer for the page.
    fn control(&self, event: &Value, from: &Sender, moment: Time) -> Option<Update> {
        let app = |change: &Value| app(&change["new_owner_app_id"]);
        let what = if let Some(new) = app(&event["take_thread_control"]).or_else(|| app(&event["pass_thread_control"]))
        {
            // Whom it was passed to is told to whoever has it now; another app's number can only be known to be another's.
            match self.app {
                _ if new == PAGE_INBOX => What::AnsweredElsewhere { inbox: INBOX, text: String::new() },
                Some(own) if own != new => What::AnsweredElsewhere { inbox: INBOX, text: String::new() },
                _ => What::GivenBack { inbox: INBOX },
            }
        } else {
            return None;
        };
        let id = format!("{}.{}.control", from.user, moment.0);
        Some(Update { if_open: true, ..Update::of(from.clone(), id, what) })
    }

    /// What was said on our page's behalf: by us, or by a person in an inbox.
    fn echo(&self, event: &Value) -> Option<Update> {
        let message = &event["message"];
        let app = app(&message["app_id"])?;
        let by_a_person = app == PAGE_INBOX || self.app.is_some_and(|own| own != app);
        let to = person(&event["recipient"]).filter(|_| by_a_person)?;
        let text = message["text"].as_str().unwrap_or("…").to_owned();
        Some(Update::of(to, message["mid"].as_str()?, What::AnsweredElsewhere { inbox: INBOX, text }))
    }
}

impl Channel for Messenger {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::UntilATime, buttons_max: REPLIES_MAX, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, _webhook_url: &str) -> Vec<Check> {
        let page = self.page.clone();
        let verdict = move |body: &Value| {
            let text = |key: &str| body[key].as_str();
            let name = text("name").or_else(|| text("id")).unwrap_or("known");
            match (&page, text("id")) {
                (Some(page), Some(id)) if page != id => {
                    Err(format!("it is the token of {name} ({id}), and `page_id` says {page}"))
                }
                _ => Ok(name.to_owned()),
            }
        };
        vec![self.meta.who("me", verdict)]
    }

    fn by_hand(&self) -> Option<&'static str> {
        Some(
            "in Meta's console, under Messenger, Webhooks: type the webhook's address and the verify token, and subscribe the page to \
             messages, messaging_postbacks, messaging_referrals, messaging_handovers, message_deliveries, message_reads and message_echoes",
        )
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        let body = match self.meta.open(delivery)? {
            Opened::Handshake(inbound) => return Ok(inbound),
            Opened::Body(body) => body,
        };
        if body["object"] != "page" {
            return Ok(Inbound::default());
        }
        let entries = body["entry"].as_array().into_iter().flatten();
        let ours = entries.filter(|entry| self.page.as_deref().is_none_or(|page| entry["id"] == page));
        let mut updates = Vec::new();
        for entry in ours {
            let said = entry["messaging"].as_array().into_iter().flatten();
            updates.extend(said.flat_map(|event| self.happened(event)));
            // What stands here is another app's to answer; what a person answers there is good to know.
            let aside = entry["standby"].as_array().into_iter().flatten();
            updates
                .extend(aside.filter(|event| event["message"]["is_echo"] == true).filter_map(|event| self.echo(event)));
        }
        Ok(Inbound::of(updates))
    }

    fn window(&self, _to: &Address) -> Option<Span> {
        Some(HUMAN_WINDOW)
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        let silent = outgoing.silent_for.unwrap_or(Span(0));
        if silent > if outgoing.human { HUMAN_WINDOW } else { WINDOW } {
            let said = "too much time has passed since the visitor's last message";
            return Err(Undeliverable::new(UndeliverableBecause::Window, said));
        }
        let message = |content: Value| {
            let mut body = json!({ "recipient": { "id": to.user }, "messaging_type": "RESPONSE", "message": content });
            if silent > WINDOW {
                body["messaging_type"] = "MESSAGE_TAG".into();
                body["tag"] = "HUMAN_AGENT".into();
            }
            self.call("messages", &body)
        };
        let picture = |picture: &crate::dialog::Picture| {
            message(json!({ "attachment": { "type": "image", "payload": { "url": picture.url } } })).optional()
        };
        let mut calls: Vec<ApiCall> = outgoing.pictures.iter().map(picture).collect();
        if outgoing.buttons.len() > REPLIES_MAX {
            calls.extend(
                pieces(&outgoing.numbered(), TEXT_MAX).into_iter().map(|text| message(json!({ "text": text }))),
            );
            return Ok(calls);
        }
        let mut texts = pieces(&outgoing.text, TEXT_MAX);
        let last = texts.pop();
        calls.extend(texts.into_iter().map(|text| message(json!({ "text": text }))));
        let last = last.or_else(|| (!outgoing.buttons.is_empty()).then(|| outgoing.choose().to_owned()));
        if let Some(text) = last {
            let mut content = json!({ "text": text });
            let replies = outgoing.buttons.iter().map(|button| {
                json!({
                    "content_type": "text", "title": shortened(&button.label, REPLY_LABEL_MAX), "payload": button.payload,
                })
            });
            if !outgoing.buttons.is_empty() {
                content["quick_replies"] = replies.collect::<Vec<_>>().into();
            }
            calls.push(message(content));
        }
        Ok(calls)
    }

    fn outcome(&self, answer: &Answer<'_>) -> Outcome {
        let id = |body: &Value| body["message_id"].as_str().map(str::to_owned);
        meta::outcome(answer, id, |code, subcode| match (code, subcode) {
            (_, 2_018_278) => Some(UndeliverableBecause::Window),
            (10, _) => Some(UndeliverableBecause::Credentials),
            (551, _) | (_, 1_545_041 | 2_018_001 | 2_018_108) => Some(UndeliverableBecause::Blocked),
            _ => None,
        })
    }

    fn typing(&self, to: &Address, _last: Option<&str>) -> Option<ApiCall> {
        Some(self.call("typing", &json!({ "recipient": { "id": to.user }, "sender_action": "typing_on" })))
    }

    fn link(&self, code: &LinkCode) -> Option<AppLink> {
        let page = encoded(self.page.as_deref()?);
        Some(AppLink::new("Messenger", format!("https://m.me/{page}?ref={}", code.as_str())))
    }

    fn fetch(&self, reference: &str) -> Option<Fetch> {
        let url = reference.starts_with("https://").then(|| reference.to_owned())?;
        Some(Fetch { url, headers: Vec::new(), is_file: true })
    }
}

/// An app's number, which comes as one or as a text.
fn app(id: &Value) -> Option<u64> {
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

fn person(somebody: &Value) -> Option<Sender> {
    Some(Sender { user: somebody["id"].as_str()?.to_owned(), ..Sender::default() })
}

/// A message: its words, its button, or each of its attachments, the words with the first.
fn written(from: &Sender, id: &str, message: &Value) -> Vec<Update> {
    let text = message["text"].as_str().map(str::to_owned);
    if let Some(payload) = message["quick_reply"]["payload"].as_str() {
        return vec![Update::of(from.clone(), id, What::Press { payload: payload.to_owned(), label: text })];
    }
    let attachments = message["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    if attachments.is_empty() && text.is_none() && message["is_unsupported"] == true {
        let file = RemoteFile { kind: RemoteKind::Unsupported, reference: None, name: None, words: None };
        return vec![Update::of(from.clone(), id, What::Media { file, caption: None })];
    }
    if attachments.is_empty() {
        return text.map(|text| Update::of(from.clone(), id, What::Text(text))).into_iter().collect();
    }
    let is_sticker = message["sticker_id"].is_number();
    let mut caption = text;
    let sent = attachments.iter().enumerate().map(|(number, attachment)| {
        let id = if number == 0 { id.to_owned() } else { format!("{id}/{number}") };
        let what = What::Media { file: attached(attachment, is_sticker), caption: caption.take() };
        Update::of(from.clone(), id, what)
    });
    sent.collect()
}

fn attached(attachment: &Value, is_sticker: bool) -> RemoteFile {
    let payload = &attachment["payload"];
    let kind = match attachment["type"].as_str().unwrap_or_default() {
        _ if is_sticker || payload["sticker_id"].is_number() => RemoteKind::Sticker,
        "image" => RemoteKind::Image,
        "video" | "reel" | "ig_reel" => RemoteKind::Video,
        "audio" => RemoteKind::Audio,
        "file" => RemoteKind::File,
        "location" => RemoteKind::Location,
        _ => RemoteKind::Unsupported,
    };
    let place = &payload["coordinates"];
    let words = match kind {
        RemoteKind::Location => Some(format!("{}, {}", place["lat"], place["long"])),
        _ => payload["title"].as_str().map(str::to_owned),
    };
    let fetchable = !matches!(kind, RemoteKind::Sticker | RemoteKind::Location | RemoteKind::Unsupported);
    let reference = payload["url"].as_str().filter(|_| fetchable).map(str::to_owned);
    RemoteFile { kind, reference, name: None, words }
}
