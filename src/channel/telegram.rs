//! Telegram: the Bot API. A word that we chose comes back with every delivery; presses are answered at once, or the app would
//! spin. Facts: <https://core.telegram.org/bots/api>.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::channel::link::encoded;
use crate::channel::pieces::{pieces, shortened};
use crate::channel::{
    Answer, ApiCall, AppLink, Channel, Check, Delivery, Fetch, Given, Inbound, Kind, LinkCode, Outcome, Outgoing,
    Receipts, Rejected, Sender, SettingError, Traits, Update, Vouched, What, proof,
};
use crate::dialog::{Address, RemoteFile, RemoteKind, Undeliverable, UndeliverableBecause};
use crate::id::Language;
use crate::time::Span;

/// The kind.
pub(super) const KIND: Kind = Kind { name: "telegram", build };

/// Units of one message.
pub(super) const TEXT_MAX: usize = 4_096;

/// Buttons of one message.
const BUTTONS_MAX: usize = 100;

/// Units of a button's label; more is not seen.
const LABEL_MAX: usize = 64;

/// Calls a second.
const CALLS_PER_SECOND: u32 = 30;

/// The secret words that Telegram accepts.
const SECRET_MAX: usize = 256;

/// One bot.
pub(super) struct Telegram {
    api: String,
    token: String,
    pub(super) secret: String,
    /// The bot's name, without `@`; links need it.
    username: Option<String>,
}

impl std::fmt::Debug for Telegram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telegram")
    }
}

fn build(given: &mut Given<'_>) -> Result<Arc<dyn Channel>, SettingError> {
    let bot = Telegram::of(given)?;
    let username = given.text("username")?.map(|name| name.trim_start_matches('@').to_owned());
    Ok(Arc::new(Telegram { username, ..bot }))
}

impl Telegram {
    /// Makes one of an operator's settings.
    pub(super) fn of(given: &mut Given<'_>) -> Result<Self, SettingError> {
        let api = given.api("https://api.telegram.org")?;
        let token = given.secret("token", "the bot's token, as BotFather gave it")?;
        let secret = given.secret("secret", "a word of your own that Telegram sends with every message")?;
        if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_-".contains(&byte)) {
            let what = "token: the environment variable does not hold a bot's token such as 123456:ABC-DEF".to_owned();
            return Err(SettingError { key: Some("token".into()), what });
        }
        let fits = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if !fits || secret.len() > SECRET_MAX {
            let what = format!(
                "secret: Telegram takes 1 to {SECRET_MAX} letters, digits, _ and - in the environment variable"
            );
            return Err(SettingError { key: Some("secret".into()), what });
        }
        Ok(Self { api, token, secret, username: None })
    }

    pub(super) fn call(&self, method: &'static str, body: &Value) -> ApiCall {
        ApiCall::json(method, format!("{}/bot{}/{method}", self.api, self.token), body)
    }
}

impl Channel for Telegram {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::None, buttons_max: BUTTONS_MAX, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, webhook_url: &str) -> Vec<Check> {
        let me = Check::get("token", format!("{}/bot{}/getMe", self.api, self.token), Vec::new());
        let wanted = json!({
            "url": webhook_url, "secret_token": self.secret, "allowed_updates": ["message", "callback_query", "my_chat_member"],
        });
        vec![me, Check::call("webhook", self.call("setWebhook", &wanted))]
    }

    fn verdict(&self, answer: &Answer<'_>) -> Result<String, String> {
        let body = answer.json();
        if body["ok"] != true {
            return Err(body["description"]
                .as_str()
                .map_or_else(|| format!("status {}", answer.status), str::to_owned));
        }
        let name = body["result"]["username"].as_str().map(|name| format!("@{name}"));
        Ok(name.unwrap_or_else(|| "registered".to_owned()))
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        let word = delivery.header("x-telegram-bot-api-secret-token").unwrap_or_default();
        if !proof::is_word(word, &self.secret) {
            return Err(Rejected::NoProof);
        }
        let update = delivery.json()?;
        let Some(id) = update["update_id"].as_i64() else {
            return Err(Rejected::Malformed("an update without update_id".to_owned()));
        };
        let mut courtesies = Vec::new();
        let happened = if update["callback_query"].is_object() {
            let query = &update["callback_query"];
            let answer = query["id"].as_str().map(|id| json!({ "callback_query_id": id }));
            courtesies.extend(answer.map(|answer| self.call("answerCallbackQuery", &answer)));
            pressed(query)
        } else if update["message"].is_object() {
            // A token begins with the bot's own number.
            let own = self.token.split(':').next().and_then(|number| number.parse().ok());
            message(&update["message"], own)
        } else {
            left(&update["my_chat_member"])
        };
        let updates = happened.map(|(from, what)| Update::of(from, id.to_string(), what));
        Ok(Inbound { updates: updates.into_iter().collect(), courtesies, ..Inbound::default() })
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        let chat = if to.chat.is_empty() { &to.user } else { &to.chat };
        let chat = chat.parse::<i64>().map_or_else(|_| Value::from(chat.as_str()), Value::from);
        let mut calls: Vec<ApiCall> = outgoing
            .pictures
            .iter()
            .map(|picture| {
                let caption = shortened(&picture.alt, 1_024);
                self.call("sendPhoto", &json!({ "chat_id": chat, "photo": picture.url, "caption": caption })).optional()
            })
            .collect();
        let mut texts = pieces(&outgoing.text, TEXT_MAX);
        // Buttons stand below words.
        if texts.is_empty() && !outgoing.buttons.is_empty() {
            texts.push(outgoing.choose().to_owned());
        }
        let last = texts.len().saturating_sub(1);
        for (number, text) in texts.into_iter().enumerate() {
            let mut body = json!({ "chat_id": chat, "text": text });
            if number == last && !outgoing.buttons.is_empty() {
                let rows = outgoing.buttons.iter().take(BUTTONS_MAX).map(
                    |button| json!([{ "text": shortened(&button.label, LABEL_MAX), "callback_data": button.payload }]),
                );
                body["reply_markup"] = json!({ "inline_keyboard": rows.collect::<Vec<_>>() });
            }
            calls.push(self.call("sendMessage", &body));
        }
        Ok(calls)
    }

    fn outcome(&self, answer: &Answer<'_>) -> Outcome {
        let body = answer.json();
        if body["ok"] == true {
            let result = &body["result"];
            let id = result["message_id"].as_i64().or_else(|| result["message_thread_id"].as_i64());
            return Outcome::Sent { id: id.map(|id| id.to_string()) };
        }
        if let Some(to) = body["parameters"]["migrate_to_chat_id"].as_i64() {
            return Outcome::Moved { to: to.to_string() };
        }
        let said = body["description"].as_str().unwrap_or_default();
        let code = body["error_code"].as_u64().unwrap_or_else(|| answer.status.into());
        let never = |reason| Outcome::Never(Undeliverable::new(reason, said));
        match code {
            // Without our words, or with others': nothing is known.
            200..=299 => Outcome::Later { after: None, why: "an answer that is none".to_owned() },
            429 => {
                let seconds = body["parameters"]["retry_after"].as_i64();
                Outcome::Later { after: seconds.map(Span::seconds).or_else(|| answer.after()), why: said.to_owned() }
            }
            403 => never(UndeliverableBecause::Blocked),
            400 if ["chat not found", "deactivated", "PEER_ID_INVALID"].iter().any(|words| said.contains(words)) => {
                never(UndeliverableBecause::Blocked)
            }
            400 => never(UndeliverableBecause::Refused),
            401 | 404 => never(UndeliverableBecause::Credentials),
            _ => answer.by_status(),
        }
    }

    fn typing(&self, to: &Address, _last: Option<&str>) -> Option<ApiCall> {
        let chat = if to.chat.is_empty() { &to.user } else { &to.chat };
        Some(self.call("sendChatAction", &json!({ "chat_id": chat, "action": "typing" })))
    }

    fn link(&self, code: &LinkCode) -> Option<AppLink> {
        let name = encoded(self.username.as_deref()?);
        Some(AppLink::new("Telegram", format!("https://t.me/{name}?start={}", code.as_str())))
    }

    fn fetch(&self, reference: &str) -> Option<Fetch> {
        let id = percent_encoding::utf8_percent_encode(reference, percent_encoding::NON_ALPHANUMERIC);
        let url = format!("{}/bot{}/getFile?file_id={id}", self.api, self.token);
        Some(Fetch { url, headers: Vec::new(), is_file: false })
    }

    fn found(&self, answer: &Value) -> Option<Fetch> {
        let path = answer["result"]["file_path"].as_str()?;
        let url = format!("{}/file/bot{}/{path}", self.api, self.token);
        Some(Fetch { url, headers: Vec::new(), is_file: true })
    }
}

/// Who wrote; none for other bots.
fn person(from: &Value) -> Option<Sender> {
    let user = from["id"].as_i64().filter(|_| from["is_bot"] != true)?.to_string();
    let names = [&from["first_name"], &from["last_name"]].into_iter().filter_map(Value::as_str);
    let name = names.collect::<Vec<_>>().join(" ");
    let facts = Vec::from_iter(Some(("name".to_owned(), name)).filter(|(_, name)| !name.is_empty()));
    let language = from["language_code"].as_str().map(Language::from);
    Some(Sender { user, facts, language, ..Sender::default() })
}

/// The chat's name; empty where a person and their chat are the same.
fn chat(chat: &Value) -> String {
    let private = chat["type"] == "private" || chat["type"].is_null();
    chat["id"].as_i64().filter(|_| !private).map(|id| id.to_string()).unwrap_or_default()
}

fn pressed(query: &Value) -> Option<(Sender, What)> {
    let (data, from) = (query["data"].as_str()?, person(&query["from"])?);
    let message = &query["message"];
    let rows = message["reply_markup"]["inline_keyboard"].as_array();
    let mut buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    let label = buttons.find(|button| button["callback_data"] == data).and_then(|button| button["text"].as_str());
    let what = What::Press { payload: data.to_owned(), label: label.map(str::to_owned) };
    Some((Sender { chat: chat(&message["chat"]), ..from }, what))
}

fn message(message: &Value, own: Option<i64>) -> Option<(Sender, What)> {
    let sender = person(&message["from"])?;
    let chat = chat(&message["chat"]);
    if message["chat"]["type"] == "channel" || (!chat.is_empty() && !concerns_us(message, own)) {
        return None;
    }
    let vouched = own_number(message).into_iter().collect();
    let from = Sender { chat, vouched, ..sender };
    let what = match message["text"].as_str() {
        Some(text) => written(text),
        None => sent(message)?,
    };
    Some((from, what))
}

/// The number of whoever wrote, where they shared it: a card of somebody else has another id.
fn own_number(message: &Value) -> Option<Vouched> {
    let card = message["contact"].as_object()?;
    let own = card.get("user_id").is_some_and(|id| id.is_i64() && *id == message["from"]["id"]);
    card.get("phone_number").and_then(Value::as_str).filter(|_| own).and_then(Vouched::whole_phone)
}

/// In a group, whether a message is said to us: a command, or the answer to something of ours.
fn concerns_us(message: &Value, own: Option<i64>) -> bool {
    message["text"].as_str().is_some_and(|text| text.starts_with('/'))
        || own.is_some_and(|own| message["reply_to_message"]["from"]["id"] == own)
}

/// A text, or the command that it is.
fn written(text: &str) -> What {
    let Some(command) = text.strip_prefix('/') else { return What::Text(text.to_owned()) };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let name = name.split('@').next().unwrap_or_default();
    match name {
        // Whoever follows a link of ours begins with its code.
        "start" => LinkCode::find(rest).map_or(What::Start, |code| What::Text(code.as_str().to_owned())),
        name => What::Text(format!("{name} {rest}").trim_end().to_owned()),
    }
}

/// What a message holds that is not text; none for what happens in groups by itself.
pub(super) fn sent(message: &Value) -> Option<What> {
    let file = |kind, key: &str| {
        let held: &Map<String, Value> = message[key].as_object()?;
        let text = |key: &str| held.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(RemoteFile { kind, reference: text("file_id"), name: text("file_name"), words: text("emoji") })
    };
    let photo = || {
        // The last is the largest.
        let largest = message["photo"].as_array()?.last()?;
        let reference = largest["file_id"].as_str().map(str::to_owned);
        Some(RemoteFile { kind: RemoteKind::Image, reference, name: None, words: None })
    };
    let nothing_to_fetch = |kind, words| Some(RemoteFile { kind, reference: None, name: None, words: Some(words) });
    let place = || {
        let location = message["location"].as_object()?;
        let (latitude, longitude) = (location.get("latitude")?, location.get("longitude")?);
        nothing_to_fetch(RemoteKind::Location, format!("{latitude}, {longitude}"))
    };
    let card = || {
        let contact = &message["contact"];
        let phone = contact["phone_number"].as_str()?;
        let name = contact["first_name"].as_str().unwrap_or_default();
        nothing_to_fetch(RemoteKind::Contact, format!("{name} {phone}").trim().to_owned())
    };
    let file = photo()
        .or_else(|| file(RemoteKind::Audio, "voice"))
        .or_else(|| file(RemoteKind::Audio, "audio"))
        .or_else(|| file(RemoteKind::Video, "video"))
        .or_else(|| file(RemoteKind::Video, "video_note"))
        .or_else(|| file(RemoteKind::Sticker, "sticker"))
        // A film without sound is a document as well.
        .or_else(|| file(RemoteKind::Video, "animation"))
        .or_else(|| file(RemoteKind::File, "document"))
        .or_else(place)
        .or_else(card)?;
    Some(What::Media { file, caption: message["caption"].as_str().map(str::to_owned) })
}

/// Somebody who blocked the bot.
fn left(change: &Value) -> Option<(Sender, What)> {
    let gone = matches!(change["new_chat_member"]["status"].as_str(), Some("kicked" | "left"));
    let from = person(&change["from"]).filter(|_| gone && chat(&change["chat"]).is_empty())?;
    Some((from, What::Left))
}
