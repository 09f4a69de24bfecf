//! The desk in Telegram: a bot of the operators' own, with a token of its own, so that operators and visitors never meet. What
//! comes is proved by the same word as the visitors'; what goes is a message with a link to the desk's page, by which an answer
//! finds its conversation again.

use std::str::FromStr as _;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::channel::pieces::{pieces, shortened, units};
use crate::channel::telegram::{TEXT_MAX, Telegram, result, sent};
use crate::channel::{
    Account, Answer, ApiCall, Channel, Check, Delivery, Env, Given, OutgoingButton, Rejected, Reply, SettingError,
    What, Written, proof,
};
use crate::dialog::RemoteFile;
use crate::id::{ChannelName, ConversationId, SiteId};

/// Its name in settings, paths and rows.
pub const TELEGRAM_DESK: &str = "telegram-desk";

/// The call that makes a topic; its answer is the topic's id.
pub const MAKE_TOPIC: &str = "createForumTopic";

/// Units of a topic's name.
const TOPIC_MAX: usize = 128;

/// Units of a notice that answers a press.
const NOTICE_MAX: usize = 200;

/// The reaction that says that a note was written down. Telegram lets bots choose among a few.
const NOTED: &str = "✍";

/// The operators' bot.
#[derive(Debug)]
pub struct TelegramDesk {
    /// By which calls are made and their answers understood.
    pub account: Account,
    /// The group in which conversations arrive; none means each operator's own chat.
    pub group: Option<i64>,
    /// Whether they arrive there also while somebody is at the web desk.
    pub always: bool,
    /// The only site whose conversations arrive; none means all.
    pub site: Option<SiteId>,
    telegram: Arc<Telegram>,
    public_url: String,
}

/// What an operator, or anybody else, did there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskUpdate {
    /// Telegram's number of it, by which a repeat is known.
    pub id: i64,
    /// Who.
    pub user: i64,
    /// The chat.
    pub chat: i64,
    /// Whether nobody else reads there.
    pub private: bool,
    /// The topic.
    pub topic: Option<i64>,
    /// The conversation whose message of ours is answered.
    pub about: Option<ConversationId>,
    /// Telegram's number of the message; none where there is none.
    pub message: Option<i64>,
    /// Whether it answers something of ours. Whatever is written in a topic answers the message that made it.
    pub to_us: bool,
    /// What.
    pub what: DeskWhat,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskWhat {
    /// Something was written.
    Written(String),
    /// A button was pressed.
    Pressed {
        /// Telegram's id of the press.
        press: String,
        /// What the button brings back.
        payload: String,
    },
    /// Something came that is not text: a file where it can be fetched.
    Sent {
        /// What.
        file: Option<RemoteFile>,
        /// The words below it.
        caption: Option<String>,
    },
    /// The group has another id from now on.
    MovedTo(i64),
}

/// A message to operators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskMessage {
    /// The first line, which leads to the conversation's page; none where the place says which conversation it is.
    pub title: Option<String>,
    /// The rest.
    pub text: String,
    /// Buttons, in rows.
    pub buttons: Vec<Vec<OutgoingButton>>,
}

impl TelegramDesk {
    /// Makes it of an operator's settings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with a setting or missing in the environment; without an environment only the settings are
    /// looked at.
    pub fn build(
        written: &Written,
        site: &SiteId,
        env: Option<&Env<'_>>,
        public_url: &str,
    ) -> Result<Self, Vec<SettingError>> {
        let mut given = Given::new(written, env, public_url);
        let telegram = Arc::new(Telegram::of(&mut given));
        let named = given.text("group");
        let group = named.as_ref().and_then(|group| group.parse().ok());
        if named.is_some() && group.is_none() {
            given.wrong("group", "is a number such as -1001234567890");
        }
        let always = match given.text("when").as_deref() {
            None | Some("empty") => false,
            Some("always") => true,
            Some(_) => {
                given.wrong("when", "is empty (nobody is at the desk) or always");
                false
            }
        };
        let wrong = given.done();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let account = Account {
            site: site.clone(),
            name: ChannelName::from(TELEGRAM_DESK),
            account: String::new(),
            channel: Arc::clone(&telegram) as Arc<dyn Channel>,
        };
        let only = written.site.as_deref().map(SiteId::from);
        Ok(Self { account, group, always, site: only, telegram, public_url: public_url.to_owned() })
    }

    /// Whether a site's conversations arrive there.
    pub fn serves(&self, site: &SiteId) -> bool {
        self.site.as_ref().is_none_or(|only| only == site)
    }

    /// The calls that show whether Telegram knows the bot, and whether it can do in the group what it must.
    pub fn checks(&self, webhook_url: &str) -> Vec<Check> {
        let group = self.group.map(|group| self.check_group(group));
        self.telegram.checks(webhook_url).into_iter().chain(group).collect()
    }

    fn check_group(&self, group: i64) -> Check {
        let rights = self
            .telegram
            .own_id()
            .map(|own| self.telegram.call("getChatMember", &json!({ "chat_id": group, "user_id": own })));
        let found = Check::call("group", self.telegram.call("getChat", &json!({ "chat_id": group })), move |answer| {
            if let Some(to) = answer.json()["parameters"]["migrate_to_chat_id"].as_i64() {
                return Err(format!("it has another number since it became a supergroup: write group: {to}"));
            }
            let chat =
                result(answer).map_err(|said| format!("{said}; is the number right, and is the bot in the group?"))?;
            let title = chat["title"].as_str().unwrap_or_default();
            match chat["type"].as_str() {
                Some("private") => Err(format!("{group} is a person, not a group")),
                Some("channel") => Err(format!("\"{title}\" is a channel, not a group")),
                _ if chat["is_forum"] == true => Ok(format!("\"{title}\", a topic for each conversation")),
                _ => Ok(format!("\"{title}\", without topics: operators answer by replying to the bot's messages")),
            }
        });
        found.then(move |answer| {
            let topics = answer.json()["result"]["is_forum"] == true;
            Some(Check::call("rights", rights.clone()?, move |answer| may(answer, topics)))
        })
    }

    /// Looks at what came over the wire. None where it is nothing that a person did.
    ///
    /// # Errors
    ///
    /// What is wrong with it. Nothing may be kept of a delivery without proof.
    pub fn receive(&self, delivery: &Delivery<'_>) -> Result<Option<DeskUpdate>, Rejected> {
        let word = delivery.header("x-telegram-bot-api-secret-token").unwrap_or_default();
        if !proof::is_word(word, &self.telegram.secret) {
            return Err(Rejected::NoProof);
        }
        let update = delivery.json()?;
        let Some(id) = update["update_id"].as_i64() else {
            return Err(Rejected::Malformed("an update without update_id".to_owned()));
        };
        let press = &update["callback_query"];
        if let (Some(query), Some(payload)) = (press["id"].as_str(), press["data"].as_str()) {
            let what = DeskWhat::Pressed { press: query.to_owned(), payload: payload.to_owned() };
            return Ok(self.update(id, &press["from"], &press["message"], what));
        }
        let message = &update["message"];
        if let (Some(chat), Some(to)) = (message["chat"]["id"].as_i64(), message["migrate_to_chat_id"].as_i64()) {
            let what = DeskWhat::MovedTo(to);
            let (topic, about, message, to_us) = (None, None, None, false);
            return Ok(Some(DeskUpdate { id, user: 0, chat, private: false, topic, about, message, to_us, what }));
        }
        let what = match message["text"].as_str() {
            Some(text) => DeskWhat::Written(text.to_owned()),
            None => match sent(message) {
                Some(What::Media { file, caption }) => {
                    DeskWhat::Sent { file: file.reference.is_some().then_some(file), caption }
                }
                _ => return Ok(None),
            },
        };
        Ok(self.update(id, &message["from"], message, what))
    }

    fn update(&self, id: i64, from: &Value, message: &Value, what: DeskWhat) -> Option<DeskUpdate> {
        let user = from["id"].as_i64().filter(|_| from["is_bot"] != true)?;
        let topic = message["message_thread_id"].as_i64().filter(|_| message["is_topic_message"] == true);
        Some(DeskUpdate {
            id,
            user,
            chat: message["chat"]["id"].as_i64()?,
            private: message["chat"]["type"] == "private",
            topic,
            about: self.about(&message["reply_to_message"]),
            message: message["message_id"].as_i64(),
            to_us: self.telegram.own_id().is_some_and(|own| message["reply_to_message"]["from"]["id"] == own),
            what,
        })
    }

    /// The conversation to whose page a message of ours leads. What others write is not asked: only bots set such links.
    fn about(&self, message: &Value) -> Option<ConversationId> {
        let ours = message["from"]["is_bot"] == true;
        let first = message["entities"].as_array()?.iter().find(|entity| entity["type"] == "text_link")?;
        let path = first["url"].as_str().filter(|_| ours && first["offset"] == 0)?;
        ConversationId::from_str(path.rsplit_once('/')?.1).ok()
    }

    /// The conversation's page at the web desk.
    pub fn page(&self, id: ConversationId) -> String {
        format!("{}/desk/c/{id}", self.public_url)
    }

    /// A call that does nothing but need the group: it tells whether the group has moved.
    pub fn look_at(&self, chat: i64) -> ApiCall {
        self.telegram.call("sendChatAction", &json!({ "chat_id": chat, "action": "typing" }))
    }

    /// The call that says who the bot is.
    pub fn who(&self) -> ApiCall {
        self.telegram.call("getMe", &json!({}))
    }

    /// A topic for a conversation.
    pub fn make_topic(&self, chat: i64, name: &str) -> ApiCall {
        self.telegram.call(MAKE_TOPIC, &json!({ "chat_id": chat, "name": shortened(name, TOPIC_MAX) }))
    }

    /// The topic is over. The message that says why counts, not this.
    pub fn close_topic(&self, chat: i64, topic: i64) -> ApiCall {
        let body = json!({ "chat_id": chat, "message_thread_id": topic });
        self.telegram.call("closeForumTopic", &body).optional()
    }

    /// The topic goes on.
    pub fn reopen_topic(&self, chat: i64, topic: i64) -> ApiCall {
        let body = json!({ "chat_id": chat, "message_thread_id": topic });
        self.telegram.call("reopenForumTopic", &body).optional()
    }

    /// The calls that bring a message.
    pub fn send(&self, chat: i64, topic: Option<i64>, id: ConversationId, message: &DeskMessage) -> Vec<ApiCall> {
        let bodies = self.bodies(chat, topic, Some(id), message);
        bodies.iter().map(|body| self.telegram.call("sendMessage", body)).collect()
    }

    /// The calls that bring a message in the place of one that was sent before, by Telegram's numbers of its parts.
    pub fn edit(&self, chat: i64, sent: &[String], id: ConversationId, message: &DeskMessage) -> Vec<ApiCall> {
        let mut bodies = self.bodies(chat, None, Some(id), message).into_iter();
        let parts = sent.iter().filter_map(|part| part.parse::<i64>().ok());
        let calls = parts.map(|part| match bodies.next() {
            Some(mut body) => {
                body["message_id"] = part.into();
                self.telegram.call("editMessageText", &body)
            }
            None => self.telegram.call("deleteMessage", &json!({ "chat_id": chat, "message_id": part })),
        });
        calls.map(ApiCall::optional).collect()
    }

    /// The call that marks a message as written down.
    pub fn noted(&self, chat: i64, message: i64) -> ApiCall {
        let reaction = json!([{ "type": "emoji", "emoji": NOTED }]);
        let body = json!({ "chat_id": chat, "message_id": message, "reaction": reaction });
        self.telegram.call("setMessageReaction", &body)
    }

    /// The call that says something below a message.
    pub fn say_below(&self, chat: i64, topic: Option<i64>, message: i64, text: &str) -> ApiCall {
        let below = json!({ "message_id": message, "allow_sending_without_reply": true });
        let mut body = json!({ "chat_id": chat, "text": text, "reply_parameters": below });
        if let Some(topic) = topic {
            body["message_thread_id"] = topic.into();
        }
        self.telegram.call("sendMessage", &body)
    }

    /// The call that ends the waiting of somebody who pressed a button.
    pub fn heard(&self, press: &str) -> ApiCall {
        self.telegram.call("answerCallbackQuery", &json!({ "callback_query_id": press }))
    }

    /// The body of our answer to a delivery: Telegram takes it as a call.
    pub fn reply(&self, update: &DeskUpdate, message: &DeskMessage) -> Reply {
        let call = match &update.what {
            DeskWhat::Pressed { press, .. } if message.buttons.is_empty() => json!({
                "method": "answerCallbackQuery", "callback_query_id": press,
                "text": shortened(&message.text, NOTICE_MAX), "show_alert": true,
            }),
            _ => {
                let Some(mut body) = self.bodies(update.chat, update.topic, update.about, message).into_iter().next()
                else {
                    return Reply::default();
                };
                body["method"] = "sendMessage".into();
                body
            }
        };
        Reply { content_type: Some("application/json"), body: call.to_string() }
    }

    fn bodies(&self, chat: i64, topic: Option<i64>, id: Option<ConversationId>, message: &DeskMessage) -> Vec<Value> {
        let title = message.title.as_ref().map(|title| shortened(title, TOPIC_MAX));
        let head = title.as_deref().unwrap_or_default();
        let texts = pieces(&message.text, TEXT_MAX - units(head) - 1);
        let texts = if texts.is_empty() { vec![String::new()] } else { texts };
        let last = texts.len() - 1;
        let body = |(number, text): (usize, String)| {
            let text = [head, &text].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
            let mut body = json!({ "chat_id": chat, "text": text });
            if let Some(topic) = topic {
                body["message_thread_id"] = topic.into();
            }
            if let (Some(id), false) = (id, head.is_empty()) {
                let link = json!({ "type": "text_link", "offset": 0, "length": units(head), "url": self.page(id) });
                body["entities"] = json!([link]);
            }
            if number == last && !message.buttons.is_empty() {
                let button = |button: &OutgoingButton| json!({ "text": shortened(&button.label, 64), "callback_data": button.payload });
                let rows = message.buttons.iter().map(|row| row.iter().map(button).collect::<Vec<_>>());
                body["reply_markup"] = json!({ "inline_keyboard": rows.collect::<Vec<_>>() });
            }
            body
        };
        texts.into_iter().enumerate().map(body).collect()
    }
}

/// What the bot may do in the group, else what it lacks.
fn may(answer: &Answer<'_>, topics: bool) -> Result<String, String> {
    let member = result(answer)?;
    match member["status"].as_str().unwrap_or_default() {
        "creator" => Ok("the group is the bot's own".to_owned()),
        "administrator" if !topics => Ok("the bot is an admin".to_owned()),
        "administrator" if member["can_manage_topics"] == true => {
            Ok("the bot is an admin who may manage topics".to_owned())
        }
        "administrator" => {
            Err("the bot is an admin who may not manage topics: allow it under the group's Administrators".to_owned())
        }
        "left" | "kicked" => Err("the bot is not in the group: add it".to_owned()),
        _ if topics => Err("the bot is no admin: make it one who may manage topics".to_owned()),
        "restricted" if member["can_send_messages"] == false => Err("the bot may not write in the group".to_owned()),
        _ => Ok("the bot is a member".to_owned()),
    }
}
