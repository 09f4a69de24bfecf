//! WhatsApp by Meta's Cloud API. A conversation belongs to the number that was written to; after 24 hours without a word of the
//! visitor nothing may be said to them. Facts: <https://developers.facebook.com/docs/whatsapp/cloud-api>.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::channel::link;
use crate::channel::meta::{self, Meta, Opened};
use crate::channel::pieces::{pieces, shortened, units};
use crate::channel::{
    Answer, ApiCall, AppLink, Channel, Check, Delivery, Fetch, Given, Inbound, Kind, LinkCode, Outcome, Outgoing,
    Receipts, Received, Rejected, Sender, Traits, Update, Vouched, What,
};
use crate::dialog::{Address, RemoteFile, RemoteKind, Undeliverable, UndeliverableBecause};
use crate::time::Span;

/// The kind.
pub(super) const KIND: Kind = Kind { name: "whatsapp", build };

/// Units of a text.
const TEXT_MAX: usize = 4_096;

/// Units of a text with buttons.
const BODY_MAX: usize = 1_024;

/// Buttons of one message, and units of their labels.
const BUTTONS_MAX: usize = 3;
const BUTTON_LABEL_MAX: usize = 20;

/// Rows of a list, units of their titles and of what stands below.
const ROWS_MAX: usize = 10;
const ROW_TITLE_MAX: usize = 24;
const ROW_BELOW_MAX: usize = 72;

/// Calls a second that a new number may make.
const CALLS_PER_SECOND: u32 = 80;

/// How long after the visitor's last words something may be said to them.
const WINDOW: Span = Span::hours(24);

/// The inbox in which a person can answer besides us.
const INBOX: &str = "WhatsApp Business";

struct WhatsApp {
    meta: Meta,
    /// The only number that is ours; none means all numbers of the app.
    number: Option<String>,
    /// The number that people see; links need it.
    phone: Option<String>,
}

impl std::fmt::Debug for WhatsApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WhatsApp")
    }
}

fn build(given: &mut Given<'_>) -> Arc<dyn Channel> {
    Arc::new(WhatsApp { meta: Meta::of(given), number: given.text("phone_number_id"), phone: given.phone("phone") })
}

impl WhatsApp {
    fn call(&self, name: &'static str, to: &Address, body: &Value) -> ApiCall {
        let url = format!("{}/{}/messages", self.meta.api, to.chat);
        ApiCall::json(name, url, body).header("Authorization", self.meta.bearer())
    }

    fn message(&self, to: &Address, kind: &str, content: &Value) -> ApiCall {
        // Who has no number to show is known by an id of the business.
        let whom = if to.user.bytes().all(|byte| byte.is_ascii_digit()) { "to" } else { "recipient" };
        let body = json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", whom: to.user, "type": kind, kind: content,
        });
        self.call("messages", to, &body)
    }
}

impl Channel for WhatsApp {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::OfMessages, buttons_max: ROWS_MAX, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, _webhook_url: &str) -> Vec<Check> {
        let phone = self.phone.clone();
        let verdict = move |body: &Value| {
            let text = |key: &str| body[key].as_str();
            if let (Some(phone), Some(shown)) = (&phone, text("display_phone_number"))
                && link::digits(phone) != link::digits(shown)
            {
                return Err(format!(
                    "its number is {shown}, and `phone` says {phone}: links would lead to the other one"
                ));
            }
            let names = ["verified_name", "display_phone_number", "name", "id"].into_iter().find_map(text);
            Ok(names.unwrap_or("known").to_owned())
        };
        vec![self.meta.who(self.number.as_deref().unwrap_or("me"), verdict)]
    }

    fn by_hand(&self) -> Option<&'static str> {
        Some(
            "in Meta's console, under WhatsApp, Configuration: type the webhook's address and the verify token, and subscribe to messages",
        )
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        let body = match self.meta.open(delivery)? {
            Opened::Handshake(inbound) => return Ok(inbound),
            Opened::Body(body) => body,
        };
        let entries = body["entry"].as_array().into_iter().flatten();
        let changes = entries.flat_map(|entry| entry["changes"].as_array().into_iter().flatten());
        let mut updates = Vec::new();
        for change in changes {
            let value = &change["value"];
            let Some(number) = value["metadata"]["phone_number_id"].as_str() else { continue };
            if self.number.as_deref().is_some_and(|own| own != number) {
                continue;
            }
            match change["field"].as_str() {
                Some("messages") => {
                    let messages = value["messages"].as_array().into_iter().flatten();
                    updates.extend(messages.filter_map(|message| written(message, value, number)));
                    let statuses = value["statuses"].as_array().into_iter().flatten();
                    updates.extend(statuses.filter_map(|status| receipt(status, number)));
                }
                Some("smb_message_echoes") => {
                    let echoes = value["message_echoes"].as_array().into_iter().flatten();
                    updates.extend(echoes.filter_map(|echo| answered_elsewhere(echo, number)));
                }
                _ => {}
            }
        }
        Ok(Inbound::of(updates))
    }

    fn window(&self, _to: &Address) -> Option<Span> {
        Some(WINDOW)
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        if outgoing.silent_for.is_some_and(|silent| silent > WINDOW) {
            let said = "more than 24 hours have passed since the visitor's last message";
            return Err(Undeliverable::new(UndeliverableBecause::Window, said));
        }
        let picture = |picture: &crate::dialog::Picture| {
            let content = json!({ "link": picture.url, "caption": shortened(&picture.alt, BODY_MAX) });
            self.message(to, "image", &content).optional()
        };
        let mut calls: Vec<ApiCall> = outgoing.pictures.iter().map(picture).collect();
        let Some(menu) = menu(outgoing) else {
            let text = |text: String| self.message(to, "text", &json!({ "body": text, "preview_url": false }));
            calls.extend(pieces(&outgoing.numbered(), TEXT_MAX).into_iter().map(text));
            return Ok(calls);
        };
        let mut texts = pieces(&outgoing.text, BODY_MAX);
        // Without words above them there are no buttons.
        let last = texts.pop().unwrap_or_else(|| outgoing.choose().to_owned());
        calls.extend(texts.into_iter().map(|text| self.message(to, "text", &json!({ "body": text }))));
        let mut interactive = menu;
        interactive["body"] = json!({ "text": last });
        calls.push(self.message(to, "interactive", &interactive));
        Ok(calls)
    }

    fn outcome(&self, answer: &Answer<'_>) -> Outcome {
        let id = |body: &Value| body["messages"][0]["id"].as_str().map(str::to_owned);
        meta::outcome(answer, id, |code, _| reason(code))
    }

    fn typing(&self, to: &Address, last: Option<&str>) -> Option<ApiCall> {
        let body = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": last?, "typing_indicator": { "type": "text" },
        });
        Some(self.call("typing", to, &body))
    }

    fn link(&self, code: &LinkCode) -> Option<AppLink> {
        Some(link::whatsapp(self.phone.as_deref()?, code))
    }

    fn fetch(&self, reference: &str) -> Option<Fetch> {
        let fits = reference.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let url = format!("{}/{reference}", self.meta.api);
        fits.then(|| Fetch { url, headers: vec![("Authorization", self.meta.bearer())], is_file: false })
    }

    fn found(&self, answer: &Value) -> Option<Fetch> {
        let url = answer["url"].as_str()?.to_owned();
        Some(Fetch { url, headers: vec![("Authorization", self.meta.bearer())], is_file: true })
    }
}

/// What Meta's codes mean for the message; none where another message may well arrive.
fn reason(code: i64) -> Option<UndeliverableBecause> {
    match code {
        131_047 => Some(UndeliverableBecause::Window),
        131_026 | 131_030 | 131_050 => Some(UndeliverableBecause::Blocked),
        _ => None,
    }
}

/// Buttons as the platform has them: up to three short ones as buttons, up to ten as a list. None where they do not fit.
fn menu(outgoing: &Outgoing) -> Option<Value> {
    let buttons = &outgoing.buttons;
    if buttons.is_empty() || buttons.len() > ROWS_MAX {
        return None;
    }
    let labels: BTreeSet<&str> = buttons.iter().map(|button| button.label.as_str()).collect();
    let short = buttons.iter().all(|button| units(&button.label) <= BUTTON_LABEL_MAX);
    if buttons.len() <= BUTTONS_MAX && short && labels.len() == buttons.len() {
        let replies = buttons
            .iter()
            .map(|button| json!({ "type": "reply", "reply": { "id": button.payload, "title": button.label } }));
        return Some(json!({ "type": "button", "action": { "buttons": replies.collect::<Vec<_>>() } }));
    }
    let rows = buttons.iter().map(|button| {
        let mut row = json!({ "id": button.payload, "title": shortened(&button.label, ROW_TITLE_MAX) });
        if units(&button.label) > ROW_TITLE_MAX {
            row["description"] = shortened(&button.label, ROW_BELOW_MAX).into();
        }
        row
    });
    let sections = json!([{ "rows": rows.collect::<Vec<_>>() }]);
    let opens = shortened(outgoing.choose(), BUTTON_LABEL_MAX);
    Some(json!({ "type": "list", "action": { "button": opens, "sections": sections } }))
}

/// A message of a visitor.
fn written(message: &Value, value: &Value, number: &str) -> Option<Update> {
    // What people say to each other in a group is not said to us.
    let id = message["id"].as_str().filter(|_| message["group_id"].is_null())?;
    let phone = message["from"].as_str();
    let user = phone.or_else(|| message["from_user_id"].as_str())?;
    let contacts = value["contacts"].as_array().into_iter().flatten();
    let mut own = contacts.filter(|contact| contact["wa_id"] == user || contact["user_id"] == user);
    let name = own.find_map(|contact| contact["profile"]["name"].as_str());
    let facts = [("name", name.map(str::to_owned)), ("phone", phone.map(|phone| format!("+{phone}")))];
    let facts = facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let vouched = [
        phone.and_then(Vouched::whole_phone),
        message["from_user_id"].as_str().map(|id| Vouched::WhatsApp(id.to_owned())),
    ];
    let from = Sender {
        chat: number.to_owned(),
        user: user.to_owned(),
        facts: facts.collect(),
        vouched: vouched.into_iter().flatten().collect(),
        ..Sender::default()
    };
    Some(Update::of(from, id, what(message)?))
}

fn what(message: &Value) -> Option<What> {
    let kind = message["type"].as_str()?;
    let content = &message[kind];
    let press = |reply: &Value| {
        let label = reply["title"].as_str().map(str::to_owned);
        Some(What::Press { payload: reply["id"].as_str()?.to_owned(), label })
    };
    Some(match kind {
        "text" => What::Text(content["body"].as_str()?.to_owned()),
        "interactive" => {
            return match content["type"].as_str() {
                Some("nfm_reply") => Some(filled_in(&content["nfm_reply"])),
                Some("list_reply") => press(&content["list_reply"]),
                Some("button_reply") => press(&content["button_reply"]),
                _ => Some(words(RemoteKind::Unsupported, None)),
            };
        }
        "button" => {
            let label = content["text"].as_str().map(str::to_owned);
            What::Press { payload: content["payload"].as_str().unwrap_or_default().to_owned(), label }
        }
        "image" => media(RemoteKind::Image, content),
        "video" => media(RemoteKind::Video, content),
        "audio" => media(RemoteKind::Audio, content),
        "document" => media(RemoteKind::File, content),
        "sticker" => media(RemoteKind::Sticker, content),
        "location" => {
            let place = format!("{}, {}", content["latitude"], content["longitude"]);
            let named = [&content["name"], &content["address"]].into_iter().filter_map(Value::as_str);
            let named = named.filter(|name| !name.is_empty()).chain([place.as_str()]);
            words(RemoteKind::Location, Some(named.collect::<Vec<_>>().join(", ")))
        }
        "contacts" => {
            let card = |card: &Value| {
                let name = card["name"]["formatted_name"].as_str().unwrap_or_default();
                let phone = card["phones"][0]["phone"].as_str().unwrap_or_default();
                format!("{name} {phone}").trim().to_owned()
            };
            let cards = content.as_array().into_iter().flatten().map(card);
            words(RemoteKind::Contact, Some(cards.collect::<Vec<_>>().join("; ")))
        }
        "revoke" => What::TakenBack { message: content["original_message_id"].as_str()?.to_owned() },
        "order" => words(RemoteKind::Unsupported, Some(ordered(content))),
        "unsupported" => words(RemoteKind::Unsupported, None),
        // Reactions, edits, what the platform says of itself.
        _ => return None,
    })
}

/// What somebody filled in, in a form of WhatsApp: each field and its value.
fn filled_in(reply: &Value) -> What {
    let form = reply["response_json"].as_str().and_then(|json| serde_json::from_str::<Value>(json).ok());
    let fields = form.as_ref().and_then(Value::as_object).into_iter().flatten();
    let own = fields.filter(|(name, value)| *name != "flow_token" && !value.is_null());
    let line = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => format!("{name}: {text}"),
        None => format!("{name}: {value}"),
    };
    let said = own.map(line).collect::<Vec<_>>().join("\n");
    What::Text(if said.is_empty() { reply["body"].as_str().unwrap_or("…").to_owned() } else { said })
}

/// What somebody chose from a catalogue, and what they wrote with it.
fn ordered(order: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let items = order["product_items"].as_array().into_iter().flatten();
    let item = |item: &Value| format!("{} × {}", text(&item["quantity"]), text(&item["product_retailer_id"]));
    let written = order["text"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    written.into_iter().chain(items.map(item)).collect::<Vec<_>>().join(", ")
}

fn media(kind: RemoteKind, content: &Value) -> What {
    let text = |key: &str| content[key].as_str().map(str::to_owned);
    What::Media {
        file: RemoteFile { kind, reference: text("id"), name: text("filename"), words: None },
        caption: text("caption"),
    }
}

fn words(kind: RemoteKind, words: Option<String>) -> What {
    What::Media { file: RemoteFile { kind, reference: None, name: None, words }, caption: None }
}

/// Whom a message went to, with the id by which they are known as well.
fn other_side(number: &str, user: &str, id: &Value) -> Sender {
    let vouched = id.as_str().map(|id| Vouched::WhatsApp(id.to_owned()));
    Sender {
        chat: number.to_owned(),
        user: user.to_owned(),
        vouched: vouched.into_iter().collect(),
        ..Sender::default()
    }
}

/// What became of a message of ours.
fn receipt(status: &Value, number: &str) -> Option<Update> {
    let received = match status["status"].as_str()? {
        "delivered" => Received::Delivered,
        "read" | "played" => Received::Seen,
        "failed" => {
            let error = &status["errors"][0];
            let because = error["code"].as_i64().and_then(reason).unwrap_or(UndeliverableBecause::Refused);
            Received::Failed(Undeliverable::new(because, meta::failure_said(error)))
        }
        _ => return None,
    };
    let user = status["recipient_id"].as_str().or_else(|| status["recipient_user_id"].as_str())?;
    let id = status["id"].as_str().filter(|_| status["recipient_type"] != "group")?;
    let from = other_side(number, user, &status["recipient_user_id"]);
    let what = What::Receipt { received, messages: vec![id.to_owned()], until: None };
    Some(Update { id: None, ..Update::of(from, id, what) })
}

/// A person answered by the app on the shop's phone.
fn answered_elsewhere(echo: &Value, number: &str) -> Option<Update> {
    let user = echo["to"].as_str().or_else(|| echo["to_user_id"].as_str())?;
    let from = other_side(number, user, &echo["to_user_id"]);
    // A thumb up, or a word taken back, is no answer.
    let kind = echo["type"].as_str().filter(|kind| !["reaction", "revoke", "edit", "system"].contains(kind))?;
    let text = echo["text"]["body"].as_str().map_or_else(|| format!("[{kind}]"), str::to_owned);
    Some(Update::of(from, echo["id"].as_str()?, What::AnsweredElsewhere { inbox: INBOX, text }))
}
