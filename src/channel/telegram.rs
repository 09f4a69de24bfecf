//! Telegram: the Bot API. A word that we chose comes back with every delivery; presses are answered at once, or the app would
//! spin. Facts: <https://core.telegram.org/bots/api>.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::channel::inbound::moment;
use crate::channel::link::encoded;
use crate::channel::pieces::{pieces, shortened};
use crate::channel::{
    Answer, ApiCall, AppLink, Channel, Check, Delivery, Fetch, Given, Inbound, Kind, LinkCode, Outcome, Outgoing,
    Receipts, Rejected, Sender, Traits, Update, Vouched, What, proof,
};
use crate::dialog::{Address, RemoteFile, RemoteKind, Undeliverable, UndeliverableBecause};
use crate::id::Language;
use crate::time::Span;

/// The kind.
pub(super) const KIND: Kind = Kind { name: "telegram", build };

/// What is to be delivered to us.
const UPDATES: [&str; 4] = ["message", "business_message", "callback_query", "my_chat_member"];

/// What people send and we cannot show; whatever else is unknown, the app tells of itself.
const UNSUPPORTED: [&str; 6] = ["poll", "dice", "story", "game", "paid_media", "checklist"];

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

/// What stands between a chat and its topic.
const TOPIC: char = ':';

/// What the chats of a business account begin with, for which the bot answers: the rest is the account's connection to the bot.
const BUSINESS: &str = "business:";

/// The inbox in which a person can answer besides us: the business account's own app.
const INBOX: &str = "Telegram";

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

fn build(given: &mut Given<'_>) -> Arc<dyn Channel> {
    let bot = Telegram::of(given);
    let username = given.text("username").map(|name| name.trim_start_matches('@').to_owned());
    let fits = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !username.as_ref().is_none_or(fits) {
        given.wrong("username", "is the bot's name, such as LampsBot: letters, digits and _");
    }
    Arc::new(Telegram { username, ..bot })
}

impl Telegram {
    /// Makes one of an operator's settings.
    pub(super) fn of(given: &mut Given<'_>) -> Self {
        let api = given.api("https://api.telegram.org");
        let token = given.secret("token", "the bot's token, as BotFather gave it");
        let secret = given.secret("secret", "a word of your own that Telegram sends with every message");
        if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_-".contains(&byte)) {
            given.wrong(
                "token",
                "names an environment variable that does not hold a bot's token such as 123456:ABC-DEF",
            );
        }
        let fits = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if !fits || secret.len() > SECRET_MAX {
            let what = "names an environment variable in which Telegram takes";
            given.wrong("secret", &format!("{what} 1 to {SECRET_MAX} letters, digits, _ and -"));
        }
        Self { api, token, secret, username: None }
    }

    /// What the bot is called by in groups.
    fn name(&self) -> Name<'_> {
        Name { number: self.own_id(), word: self.username.as_deref() }
    }

    /// The bot's own number: its token begins with it.
    pub(super) fn own_id(&self) -> Option<i64> {
        self.token.split(':').next().and_then(|number| number.parse().ok())
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
        let own = self.username.clone();
        let me = Check::get("token", format!("{}/bot{}/getMe", self.api, self.token), Vec::new(), move |answer| {
            let me = result(answer)?;
            let Some(name) = me["username"].as_str() else { return Ok("known".to_owned()) };
            match &own {
                Some(own) if !own.eq_ignore_ascii_case(name) => Err(format!(
                    "it is the token of @{name}, and `username` says @{own}: links would lead to the other one"
                )),
                _ => Ok(format!("@{name}")),
            }
        });
        let wanted = json!({
            "url": webhook_url, "secret_token": self.secret, "allowed_updates": UPDATES,
        });
        let set = Check::call("webhook", self.call("setWebhook", &wanted), |answer| {
            result(answer).map(|_| "registered".to_owned())
        });
        vec![me, set.registering()]
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
            message(&update["message"], &self.name())
        } else if update["business_message"].is_object() {
            of_business(&update["business_message"])
        } else {
            left(&update["my_chat_member"])
        };
        let updates = happened.map(|(from, what)| Update::of(from, id.to_string(), what));
        Ok(Inbound { updates: updates.into_iter().collect(), courtesies, ..Inbound::default() })
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        let mut calls: Vec<ApiCall> = outgoing
            .pictures
            .iter()
            .map(|picture| {
                let caption = shortened(&picture.alt, 1_024);
                self.call("sendPhoto", &said_to(to, json!({ "photo": picture.url, "caption": caption }))).optional()
            })
            .collect();
        let mut texts = pieces(&outgoing.text, TEXT_MAX);
        // Buttons stand below words.
        if texts.is_empty() && !outgoing.buttons.is_empty() {
            texts.push(outgoing.choose().to_owned());
        }
        let last = texts.len().saturating_sub(1);
        for (number, text) in texts.into_iter().enumerate() {
            let mut body = said_to(to, json!({ "text": text }));
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
        // What was wanted is so already: a topic is open or closed, a message says this.
        if said.contains("NOT_MODIFIED") || said.contains("message is not modified") {
            return Outcome::Sent { id: None };
        }
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
        Some(self.call("sendChatAction", &said_to(to, json!({ "action": "typing" }))))
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

/// What is sent to a person, a group, or a customer of a business account.
fn said_to(to: &Address, mut body: Value) -> Value {
    let connection = to.chat.strip_prefix(BUSINESS);
    let (chat, topic) = to.chat.split_once(TOPIC).unwrap_or((&to.chat, ""));
    let chat = if chat.is_empty() || connection.is_some() { &to.user } else { chat };
    body["chat_id"] = chat.parse::<i64>().map_or_else(|_| Value::from(chat), Value::from);
    if let Some(connection) = connection {
        body["business_connection_id"] = connection.into();
    } else if let Ok(topic) = topic.parse::<i64>() {
        body["message_thread_id"] = topic.into();
    }
    body
}

/// What the bot is called by in groups: its number, and its word where the operator told it.
struct Name<'a> {
    number: Option<i64>,
    word: Option<&'a str>,
}

impl Name<'_> {
    fn is_number(&self, id: &Value) -> bool {
        self.number.is_some_and(|own| *id == own)
    }

    /// Whether `@` and this word may mean the bot. Where its word is not known, every bot's may: they all end alike.
    fn may_be(&self, word: &str) -> bool {
        let word = word.to_ascii_lowercase();
        self.word.map_or_else(|| word.ends_with("bot"), |own| own.to_ascii_lowercase() == word)
    }
}

/// What Telegram answers to a check, else what is wrong in its words.
pub(super) fn result(answer: &Answer<'_>) -> Result<Value, String> {
    let mut body = answer.json();
    if body["ok"] == true {
        return Ok(body["result"].take());
    }
    Err(body["description"].as_str().map_or_else(|| format!("status {}", answer.status), str::to_owned))
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

/// The chat of a message, and its topic where it has some; empty where a person and their chat are the same.
fn chat(message: &Value) -> String {
    let chat = &message["chat"];
    let is_private = chat["type"] == "private" || chat["type"].is_null();
    let topic = message["message_thread_id"].as_i64().filter(|_| message["is_topic_message"] == true);
    match (chat["id"].as_i64(), topic) {
        (Some(id), Some(topic)) => format!("{id}{TOPIC}{topic}"),
        (Some(id), None) if !is_private => id.to_string(),
        _ => String::new(),
    }
}

/// Whether a message stands in a chat of one person with the bot.
fn is_alone(message: &Value) -> bool {
    message["chat"]["type"] == "private" || message["chat"]["type"].is_null()
}

fn pressed(query: &Value) -> Option<(Sender, What)> {
    let (data, from) = (query["data"].as_str()?, person(&query["from"])?);
    let message = &query["message"];
    let chat = connection(message).unwrap_or_else(|| chat(message));
    let rows = message["reply_markup"]["inline_keyboard"].as_array();
    let mut buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    let label = buttons.find(|button| button["callback_data"] == data).and_then(|button| button["text"].as_str());
    let what = What::Press { payload: data.to_owned(), label: label.map(str::to_owned) };
    Some((Sender { chat, ..from }, what))
}

fn message(message: &Value, own: &Name<'_>) -> Option<(Sender, What)> {
    let sender = person(&message["from"])?;
    let called = without_call(message, own);
    let is_ours = is_alone(message) || called.is_some() || concerns_us(message, own);
    // What a channel says comes into its group by itself.
    if message["chat"]["type"] == "channel" || message["is_automatic_forward"] == true || !is_ours {
        return None;
    }
    let vouched = own_number(message).into_iter().collect();
    let from = Sender { chat: chat(message), vouched, ..sender };
    let what = match (message["text"].as_str(), called) {
        // Who only calls us wants to begin.
        (Some(_), Some(rest)) if rest.is_empty() => What::Start,
        (Some(_), Some(rest)) => written(&rest),
        (Some(text), None) => written(text),
        (None, called) => captioned(sent(message)?, called),
    };
    Some((from, what))
}

/// What was sent, with these words below it, where they called us.
fn captioned(what: What, called: Option<String>) -> What {
    match (what, called) {
        (What::Media { file, .. }, Some(rest)) => {
            What::Media { file, caption: Some(rest).filter(|rest| !rest.is_empty()) }
        }
        (what, _) => what,
    }
}

/// The chat of somebody who writes to a business account for which the bot answers.
fn connection(message: &Value) -> Option<String> {
    message["business_connection_id"].as_str().map(|id| format!("{BUSINESS}{id}"))
}

/// A message in a chat of a business account: a customer's, or the owner's own answer, which silences the bot.
fn of_business(message: &Value) -> Option<(Sender, What)> {
    let (chat, customer) = (connection(message)?, message["chat"]["id"].as_i64()?.to_string());
    // Our own words, and those that the app says by itself while the owner is not there, are nobody's answer.
    let by_itself = message["sender_business_bot"].is_object() || message["is_from_offline"] == true;
    let sender = person(&message["from"]).filter(|_| !by_itself)?;
    let text = message["text"].as_str();
    if sender.user != customer {
        let text = text.or_else(|| message["caption"].as_str()).unwrap_or("…").to_owned();
        return Some((
            Sender { chat, user: customer, ..Sender::default() },
            What::AnsweredElsewhere { inbox: INBOX, text },
        ));
    }
    let from = Sender { chat, vouched: own_number(message).into_iter().collect(), ..sender };
    Some((from, text.map_or_else(|| sent(message), |text| Some(written(text)))?))
}

/// The number of whoever wrote, where they shared it: a card of somebody else has another id.
fn own_number(message: &Value) -> Option<Vouched> {
    let card = message["contact"].as_object()?;
    let own = card.get("user_id").is_some_and(|id| id.is_i64() && *id == message["from"]["id"]);
    card.get("phone_number").and_then(Value::as_str).filter(|_| own).and_then(Vouched::whole_phone)
}

/// In a group, whether a message is said to us: a command that is not another bot's, or the answer to something of ours.
fn concerns_us(message: &Value, own: &Name<'_>) -> bool {
    let command = message["text"].as_str().and_then(|text| text.strip_prefix('/')?.split_whitespace().next());
    command.is_some_and(|command| command.split_once('@').is_none_or(|(_, whose)| own.may_be(whose)))
        || is_reply_to(message, own)
}

/// Whether a message answers one of ours. In a topic, what answers nothing is told as an answer to the making of the topic.
fn is_reply_to(message: &Value, own: &Name<'_>) -> bool {
    let answered = &message["reply_to_message"];
    own.is_number(&answered["from"]["id"]) && answered["forum_topic_created"].is_null()
}

/// In a group, the words of a message that calls us by our name, without the name.
fn without_call(message: &Value, own: &Name<'_>) -> Option<String> {
    let (words, entities) = match message["text"].as_str() {
        Some(text) => (text, &message["entities"]),
        None => (message["caption"].as_str()?, &message["caption_entities"]),
    };
    if words.starts_with('/') || is_alone(message) {
        return None;
    }
    // Telegram counts in units of UTF-16.
    let text: Vec<u16> = words.encode_utf16().collect();
    entities.as_array()?.iter().find_map(|entity| {
        let number = |key: &str| entity[key].as_u64().and_then(|number| usize::try_from(number).ok());
        let (from, length) = (number("offset")?, number("length")?);
        let (before, named) = (text.get(..from)?, text.get(from..from.checked_add(length)?)?);
        let is_us = match entity["type"].as_str()? {
            "mention" => own.may_be(String::from_utf16_lossy(named).trim_start_matches('@')),
            "text_mention" => own.is_number(&entity["user"]["id"]),
            _ => false,
        };
        let rest = || [before, &text[from + length..]].concat();
        is_us.then(|| String::from_utf16_lossy(&rest()).trim().to_owned())
    })
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
        let venue = [&message["venue"]["title"], &message["venue"]["address"]].into_iter().filter_map(Value::as_str);
        let place = format!("{latitude}, {longitude}");
        nothing_to_fetch(RemoteKind::Location, venue.chain([place.as_str()]).collect::<Vec<_>>().join(", "))
    };
    let card = || {
        let contact = &message["contact"];
        let phone = contact["phone_number"].as_str()?;
        let names = [&contact["first_name"], &contact["last_name"]].into_iter().filter_map(Value::as_str);
        nothing_to_fetch(RemoteKind::Contact, names.chain([phone]).collect::<Vec<_>>().join(" "))
    };
    let unsupported = || {
        let has = UNSUPPORTED.iter().any(|key| message[*key].is_object());
        has.then_some(RemoteFile { kind: RemoteKind::Unsupported, reference: None, name: None, words: None })
    };
    if let Some(data) = message["web_app_data"]["data"].as_str() {
        return Some(What::Text(data.to_owned()));
    }
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
        .or_else(card)
        .or_else(unsupported)?;
    Some(What::Media { file, caption: message["caption"].as_str().map(str::to_owned) })
}

/// Somebody who blocked the bot.
fn left(change: &Value) -> Option<(Sender, What)> {
    let gone = matches!(change["new_chat_member"]["status"].as_str(), Some("kicked" | "left"));
    let from = person(&change["from"]).filter(|_| gone && is_alone(change))?;
    let at = change["date"].as_i64().and_then(|seconds| moment(seconds.checked_mul(1_000)?));
    Some((from, What::Left { at }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_so_already_is_done() {
        let word = String::new;
        let bot = Telegram { api: word(), token: "124:token".to_owned(), secret: word(), username: None };
        assert_eq!(bot.own_id(), Some(124));
        let outcome = |said: &str| {
            let body =
                json!({ "ok": false, "error_code": 400, "description": format!("Bad Request: {said}") }).to_string();
            bot.outcome(&Answer { status: 400, retry_after: None, body: body.as_bytes() })
        };
        for said in ["TOPIC_NOT_MODIFIED", "message is not modified: specified new message content is the same"] {
            assert_eq!(outcome(said), Outcome::Sent { id: None }, "{said}");
        }
        assert!(matches!(outcome("message thread not found"), Outcome::Never(_)));
    }
}
