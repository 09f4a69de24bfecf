//! The desk in Telegram: visitors on one bot, operators on another, supervisors at the web desk, all in step.

use std::sync::Arc;

use frontdesk::dialog::Event;
use frontdesk::engine::GRACE;
use frontdesk::id::AgentId;
use frontdesk::store::{self, Store};
use frontdesk::time::Span;
use serde_json::{Value, json};

use super::api::{Api, Behaviour};
use super::platform::{self, Platform};
use super::{PATIENCE, PUBLIC_URL, Shop};
use crate::support::server::{Agent, Reply, Server};

/// The operators' group.
pub(super) const GROUP: i64 = -1_001_234_567_890;

/// Operators, as Telegram names them.
pub(super) const MARIA: i64 = 42;
pub(super) const NIKOS: i64 = 43;

/// Somebody who is no operator.
const STRANGER: i64 = 666;

/// A shop whose visitors and operators are in Telegram.
pub(super) struct Desk {
    pub(super) shop: Shop,
    pub(super) api: Api,
}

impl Desk {
    pub(super) async fn open(settings: &str) -> Self {
        let (visitors, api) = (Api::start(Platform::Telegram).await, Api::start(Platform::Telegram).await);
        Self::on(store::memory().unwrap(), settings, visitors, api)
    }

    pub(super) fn on(store: Arc<dyn Store>, settings: &str, visitors: Api, api: Api) -> Self {
        let channels = Platform::Telegram.settings(&visitors.url);
        let desk = format!("telegram_desk: {{ token: DESK_TOKEN, secret: SECRET, api: '{}', {settings} }}\n", api.url);
        let server = Server::with_channels(store, &format!("{channels}{desk}"), &platform::env);
        Self { shop: Shop { server, api: visitors, platform: Platform::Telegram }, api }
    }

    pub(super) async fn in_group() -> Self {
        Self::open(&format!("group: {GROUP}")).await
    }

    /// The server stops, and another begins on what it stored.
    pub(super) async fn restarted(self, settings: &str) -> Self {
        self.shop.server.engine.shutdown().await;
        let store = Arc::clone(self.shop.server.engine.store());
        Self::on(store, settings, self.shop.api, self.api)
    }

    /// Something comes at the operators' bot. Gives what it answers with.
    pub(super) async fn deliver(&self, body: Value) -> Value {
        let reply = self.delivered(body, "tg-Secret_token-123").await;
        assert!(reply.status.is_success(), "{} {}", reply.status, reply.text);
        serde_json::from_str(&reply.text).unwrap_or_default()
    }

    async fn delivered(&self, body: Value, word: &str) -> Reply {
        let call = self.shop.server.call(axum::http::Method::POST, "/webhooks/telegram-desk");
        let call = call.header("content-type", "application/json").header("x-telegram-bot-api-secret-token", word);
        call.bytes(body.to_string().into_bytes()).send().await
    }

    /// Somebody writes to the bot alone.
    pub(super) async fn tells(&self, user: i64, text: &str, number: i64) -> Value {
        self.deliver(json!({ "update_id": number, "message": { "message_id": number, "text": text, "from": from(user),
            "chat": { "id": user, "type": "private" } } }))
            .await
    }

    /// Somebody writes in a topic of the group.
    pub(super) async fn writes_in(&self, topic: i64, user: i64, text: &str, number: i64) -> Value {
        self.deliver(in_topic(topic, user, text, number)).await
    }

    /// Links somebody in Telegram with an account.
    pub(super) async fn link(&self, agent: &Agent<'_>, user: i64) {
        let offer = agent.post("/api/agent/me/telegram", json!({})).await.ok();
        let told = self.tells(user, offer["say"].as_str().unwrap(), 900_000 + user).await;
        assert!(told["text"].as_str().unwrap().contains("You are linked"), "{told}");
    }

    /// What was sent to a chat, with its topic, in order.
    pub(super) fn read(&self, chat: i64) -> Vec<(Option<i64>, Value)> {
        let taken = self.api.asked().into_iter().filter(|asked| asked.taken && asked.path.ends_with("/sendMessage"));
        let bodies = taken.filter_map(|asked| serde_json::from_slice::<Value>(&asked.body).ok());
        let here = bodies.filter(|body| body["chat_id"] == chat);
        here.map(|body| (body["message_thread_id"].as_i64(), body)).collect()
    }

    pub(super) fn texts(&self, chat: i64) -> Vec<String> {
        self.read(chat).into_iter().map(|(_, body)| body["text"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) async fn until_read(&self, chat: i64, what: &str) {
        let reads = || self.texts(chat).iter().any(|text| text.contains(what));
        let began = std::time::Instant::now();
        while !reads() {
            assert!(began.elapsed() < PATIENCE, "waited in vain for {what:?} in {chat}: {:#?}", self.texts(chat));
            self.shop.server.clock.advance(Span(100));
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }

    pub(super) async fn until_visitor_reads(&self, user: usize, what: &str) {
        self.shop.until(what, || self.shop.api.read_by(user).iter().any(|text| text == what)).await;
    }

    pub(super) fn calls(&self, method: &str) -> usize {
        let asked = self.api.asked();
        asked.iter().filter(|asked| asked.path.ends_with(&format!("/{method}"))).count()
    }

    /// A visitor asks for a person, and the card is read. Gives the conversation and its topic.
    pub(super) async fn asked_for(&self, visitor: usize, chat: i64) -> (String, Option<i64>) {
        self.shop.writes(visitor, "there is a mistake in my bill", visitor * 100).await;
        let visitor = Platform::Telegram.user(visitor);
        let opened = self.shop.events().into_iter().find_map(|(id, recorded)| match recorded.event {
            Event::Opened { address, .. } if address.user == visitor => Some(id),
            _ => None,
        });
        let id = opened.unwrap();
        self.until_read(chat, &id).await;
        let topic = self.card(chat, &id).0;
        (id, topic)
    }

    /// The card of a conversation in a chat, with its topic.
    pub(super) fn card(&self, chat: i64, id: &str) -> (Option<i64>, Value) {
        let is_it = |(_, body): &(_, Value)| body["text"].as_str().unwrap().contains(&format!("/desk/c/{id}"));
        self.read(chat).into_iter().find(is_it).unwrap()
    }
}

pub(super) fn from(user: i64) -> Value {
    json!({ "id": user, "is_bot": false, "first_name": "Somebody" })
}

pub(super) fn in_topic(topic: i64, user: i64, text: &str, number: i64) -> Value {
    json!({ "update_id": number, "message": { "message_id": number, "text": text, "from": from(user),
        "chat": { "id": GROUP, "type": "supergroup", "is_forum": true }, "message_thread_id": topic, "is_topic_message": true } })
}

fn press(payload: &str, user: i64, chat: i64, number: i64) -> Value {
    json!({ "update_id": number, "callback_query": { "id": format!("q{number}"), "data": payload, "from": from(user),
        "message": { "message_id": 1, "chat": { "id": chat, "type": if chat > 0 { "private" } else { "supergroup" } } } } })
}

/// The answer to a message of ours: Telegram shows it with its links.
pub(super) fn answer_to(message: &Value, user: i64, text: &str, number: i64) -> Value {
    let chat = message["chat_id"].as_i64().unwrap();
    json!({ "update_id": number, "message": { "message_id": number, "text": text, "from": from(user),
        "chat": { "id": chat, "type": if chat > 0 { "private" } else { "supergroup" } },
        "reply_to_message": { "message_id": 1, "from": { "id": 9, "is_bot": true }, "text": message["text"], "entities": message["entities"] } } })
}

fn button(message: &Value, label: &str) -> String {
    let rows = message["reply_markup"]["inline_keyboard"].as_array().unwrap_or_else(|| panic!("no buttons: {message}"));
    let mut buttons = rows.iter().flat_map(|row| row.as_array().unwrap());
    let found =
        buttons.find(|button| button["text"] == label).unwrap_or_else(|| panic!("no button {label}: {message}"));
    found["callback_data"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_visitor_an_operator_and_a_supervisor_are_in_step() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    let maria = ada.hired("Maria", "agent").await;
    desk.link(&maria, MARIA).await;

    // Nobody is at the web desk: the group hears of it, in a topic of its own, with what must be known.
    let (id, topic) = desk.asked_for(1, GROUP).await;
    let topic = topic.expect("a topic of its own");
    let (_, card) = desk.card(GROUP, &id);
    let text = card["text"].as_str().unwrap();
    for part in
        ["Ann\n", "second", "telegram · en", "“there is a mistake in my bill”", &format!("{PUBLIC_URL}/desk/c/{id}")]
    {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
    assert_eq!(card["entities"][0]["url"], format!("{PUBLIC_URL}/desk/c/{id}"));

    // An answer from there claims it and reaches the visitor, and is not said there once more.
    assert_eq!(desk.writes_in(topic, MARIA, "Which bill is it?", 1).await, Value::Null);
    desk.until_visitor_reads(1, "Which bill is it?").await;
    desk.until_read(GROUP, "Maria answers").await;
    desk.shop.writes(1, "The one of May", 101).await;
    desk.until_read(GROUP, "Ann: The one of May").await;
    desk.writes_in(topic, MARIA, "// she means April", 2).await;
    desk.writes_in(topic, MARIA, "/note and is kind", 3).await;

    // The supervisor sees all of it at the web desk, and writes a note there, which the topic shows.
    let page = ada.get(&format!("/api/agent/conversations/{id}/events")).await.ok().to_string();
    for part in ["Which bill is it?", "The one of May", "she means April", "and is kind"] {
        assert!(page.contains(part), "{part} is missing at the web desk");
    }
    ada.command(&id, "note", json!({ "text": "give her a discount" })).await.ok();
    desk.until_read(GROUP, "Note by Ada: give her a discount").await;

    // Taken over at the web desk: the topic says so, and shows what is said there.
    ada.command(&id, "take-over", json!({})).await.ok();
    desk.until_read(GROUP, "Ada took over").await;
    ada.command(&id, "say", json!({ "text": "You get 10 % off" })).await.ok();
    desk.until_read(GROUP, "Ada: You get 10 % off").await;
    let refused = desk.writes_in(topic, MARIA, "Hello?", 4).await;
    assert!(refused["text"].as_str().unwrap().contains("Ada already answers"), "{refused}");
    assert_eq!((refused["method"].as_str(), refused["message_thread_id"].as_i64()), (Some("sendMessage"), Some(topic)));

    ada.command(&id, "resolve", json!({})).await.ok();
    desk.until_read(GROUP, "Resolved by Ada").await;
    desk.shop.until("the topic is closed", || desk.calls("closeForumTopic") == 1).await;
    assert_eq!(desk.calls("createForumTopic"), 1);
    let topics: Vec<_> = desk.read(GROUP).into_iter().map(|(topic, _)| topic).collect();
    assert!(topics.iter().all(|other| *other == Some(topic)), "{topics:?}");
    for own in ["Which bill is it?", "she means April", "and is kind"] {
        assert!(!desk.texts(GROUP).iter().any(|text| text.contains(own)), "{own:?} was said there already");
    }
    assert!(!desk.shop.api.read_by(1).iter().any(|text| text.contains("April") || text.contains("Hello?")));
}

#[tokio::test]
async fn an_account_is_linked_by_a_code_and_unlinked_at_the_desk() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    let offer = ada.post("/api/agent/me/telegram", json!({})).await.ok();
    let say = offer["say"].as_str().unwrap();
    assert_eq!(offer["link"], format!("https://t.me/shop_desk_bot?start={}", &say["/start ".len()..]));
    let linked = async || ada.get("/api/agent/me").await.ok()["agent"]["telegram"].clone();
    assert_eq!(linked().await, false);
    assert!(desk.tells(MARIA, "/start wrong", 1).await["text"].as_str().unwrap().contains("does not work"));
    assert!(desk.tells(MARIA, say, 2).await["text"].as_str().unwrap().contains("the account of Ada"));
    assert_eq!(linked().await, true);
    assert!(desk.tells(STRANGER, say, 3).await["text"].as_str().unwrap().contains("does not work"), "it works once");

    // A code ends after a quarter of an hour, and with the next one.
    let old = ada.post("/api/agent/me/telegram", json!({})).await.ok();
    desk.shop.server.clock.advance(Span::minutes(16));
    assert!(
        desk.tells(NIKOS, old["say"].as_str().unwrap(), 4).await["text"].as_str().unwrap().contains("does not work")
    );

    // Whoever is linked with another account is no longer with the first.
    let nikos = ada.hired("Nikos", "agent").await;
    desk.link(&nikos, MARIA).await;
    assert_eq!(linked().await, false);

    let (_, topic) = desk.asked_for(1, GROUP).await;
    nikos.call(axum::http::Method::DELETE, "/api/agent/me/telegram").send().await;
    desk.writes_in(topic.unwrap(), MARIA, "I am not heard any more", 5).await;
    desk.link(&nikos, MARIA).await;
    ada.call(axum::http::Method::PATCH, &format!("/api/agent/agents/{}", nikos.id))
        .json(&json!({ "disabled": true }))
        .send()
        .await
        .ok();
    desk.writes_in(topic.unwrap(), MARIA, "Nor is a closed account", 6).await;
    let said = desk.shop.events().iter().any(|(_, recorded)| matches!(recorded.event, Event::AgentSaid { .. }));
    assert!(!said);
}

#[tokio::test]
async fn strangers_are_told_once_and_do_nothing() {
    let desk = Desk::in_group().await;
    let _ada = Agent::admin(&desk.shop.server).await;
    let (id, topic) = desk.asked_for(1, GROUP).await;
    let told = desk.tells(STRANGER, "Hello?", 1).await;
    assert!(told["text"].as_str().unwrap().contains("for the people who answer"), "{told}");
    assert_eq!(desk.tells(STRANGER, "Hello??", 2).await, Value::Null, "once");
    assert_eq!(desk.writes_in(topic.unwrap(), STRANGER, "Buy gold", 3).await, Value::Null);
    let pressed = desk.deliver(press(&format!("c:{id}"), STRANGER, GROUP, 4)).await;
    assert_eq!(pressed["method"], "answerCallbackQuery", "a press is always answered: {pressed}");
    let events = desk.shop.events();
    assert!(
        !events.iter().any(|(_, recorded)| matches!(recorded.event, Event::AgentSaid { .. } | Event::Assigned { .. }))
    );

    // Without the word, nobody is Telegram; and where the desk is not there, neither is its address.
    let forged = desk.delivered(in_topic(topic.unwrap(), MARIA, "Hello", 5), "wrong").await;
    assert_eq!(forged.status.as_u16(), 403);
    let shop = Shop::open(Platform::Telegram).await;
    let nowhere =
        shop.server.call(axum::http::Method::POST, "/webhooks/telegram-desk").bytes(b"{}".to_vec()).send().await;
    assert_eq!(nowhere.status.as_u16(), 404);
}

#[tokio::test]
async fn of_two_who_claim_at_once_one_wins_and_the_other_is_told() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    let maria = ada.hired("Maria", "agent").await;
    desk.link(&maria, MARIA).await;
    for round in 0..6 {
        let (id, topic) = desk.asked_for(round + 1, GROUP).await;
        let topic = topic.unwrap();
        let (text, number) = (format!("From Telegram {round}"), 10 + round as i64);
        let (web, telegram) =
            tokio::join!(ada.command(&id, "claim", json!({})), desk.writes_in(topic, MARIA, &text, number));
        let events = desk.shop.events();
        let own: Vec<_> = events.iter().filter(|(of, _)| *of == id).map(|(_, recorded)| &recorded.event).collect();
        let owners: Vec<_> = own
            .iter()
            .filter_map(|event| match event {
                Event::Assigned { agent, .. } => Some(agent.name.as_str()),
                _ => None,
            })
            .collect();
        let said = own.iter().any(|event| matches!(event, Event::AgentSaid { .. }));
        match owners.as_slice() {
            ["Ada"] => {
                assert!(web.status.is_success() && !said);
                assert!(telegram["text"].as_str().unwrap().contains("Ada already answers"), "{telegram}");
            }
            ["Maria"] => {
                assert!(said && telegram.is_null(), "{telegram}");
                assert_eq!(web.status.as_u16(), 409, "{}", web.text);
            }
            owners => panic!("{owners:?}"),
        }
    }
    // And the other way round for certain.
    let (id, topic) = desk.asked_for(20, GROUP).await;
    desk.writes_in(topic.unwrap(), MARIA, "/claim", 50).await;
    assert_eq!(ada.command(&id, "claim", json!({})).await.status.as_u16(), 409);
}

#[tokio::test]
async fn a_restart_in_the_middle_loses_neither_topic_nor_words() {
    let group = format!("group: {GROUP}");
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.link(&ada, MARIA).await;
    let (id, topic) = desk.asked_for(1, GROUP).await;
    let topic = topic.unwrap();
    desk.writes_in(topic, MARIA, "One moment", 1).await;
    desk.until_read(GROUP, "Ada answers").await;
    // What is on its way when the server stops arrives after the start, in the same topic and in its order.
    desk.api.next_to(&GROUP.to_string(), [Behaviour::TooMuch(3_600)]);
    desk.shop.writes(1, "First", 101).await;
    desk.shop.writes(1, "Second", 102).await;
    desk.shop.until("it was tried", || desk.api.asked().iter().any(|asked| !asked.taken)).await;
    let desk = desk.restarted(&group).await;
    desk.shop.server.clock.advance(Span::hours(1));
    desk.until_read(GROUP, "Second").await;
    let read = desk.read(GROUP);
    let at = |what: &str| read.iter().position(|(_, body)| body["text"].as_str().unwrap().contains(what)).unwrap();
    assert!(at("First") < at("Second"));
    assert!(read.iter().all(|(of, _)| *of == Some(topic)) && desk.calls("createForumTopic") == 1);
    // And what is said in the topic finds its conversation.
    desk.writes_in(topic, MARIA, "Here I am again", 2).await;
    desk.until_visitor_reads(1, "Here I am again").await;
    // A repeat of Telegram changes nothing.
    desk.writes_in(topic, MARIA, "Here I am again", 2).await;
    let said = desk.shop.events().into_iter().filter(|(of, recorded)| {
        *of == id && matches!(&recorded.event, Event::AgentSaid { text, .. } if text == "Here I am again")
    });
    assert_eq!(said.count(), 1);
}

#[tokio::test]
async fn too_much_at_the_desks_bot_loses_nothing_and_delays_no_visitor() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.api.next_to("createForumTopic", [Behaviour::TooMuch(60), Behaviour::Fails]);
    desk.api.next_to(&GROUP.to_string(), [Behaviour::TooMuch(60), Behaviour::TakesAndDrops]);
    desk.shop.writes(1, "there is a mistake in my bill", 1).await;
    let id = desk.shop.events()[0].0.clone();
    desk.shop.until("it was refused", || desk.api.asked().iter().any(|asked| !asked.taken)).await;
    let before = desk.shop.server.clock.now();
    ada.command(&id, "say", json!({ "text": "I look at it" })).await.ok();
    desk.until_visitor_reads(1, "I look at it").await;
    assert!(
        desk.shop.server.clock.now().since(before) < Span::seconds(59),
        "the visitor does not wait for the desk's bot"
    );
    assert!(desk.texts(GROUP).is_empty());
    desk.shop.server.clock.advance(Span::minutes(5));
    desk.until_read(GROUP, "Ada: I look at it").await;
    assert!(
        desk.texts(GROUP)[0].contains("“there is a mistake in my bill”"),
        "the card is first: {:?}",
        desk.texts(GROUP)
    );
}

#[tokio::test]
async fn without_a_group_each_operator_hears_of_it_and_one_answers() {
    let desk = Desk::open("").await;
    let ada = Agent::admin(&desk.shop.server).await;
    let maria = ada.hired("Maria", "agent").await;
    let nikos = ada.hired("Nikos", "agent").await;
    let elsewhere = ada.hired_for("Eleni", &[], &["desk"]).await;
    desk.link(&maria, MARIA).await;
    desk.link(&nikos, NIKOS).await;
    desk.link(&elsewhere, 44).await;
    let (first, _) = desk.asked_for(1, MARIA).await;
    let (second, _) = desk.asked_for(2, MARIA).await;
    desk.until_read(NIKOS, &first).await;
    desk.until_read(NIKOS, &second).await;
    assert!(desk.read(44).is_empty(), "who does not serve the queue hears nothing of it");

    // A press claims; the other is told in a line, and hears nothing more.
    let card = |chat: i64, id: &str| desk.card(chat, id).1;
    assert_eq!(desk.deliver(press(&button(&card(MARIA, &first), "Answer"), MARIA, MARIA, 1)).await, Value::Null);
    desk.until_read(NIKOS, "Maria answers").await;
    desk.shop.until("the press is answered", || desk.calls("answerCallbackQuery") == 1).await;
    desk.shop.writes(1, "It is the one of May", 101).await;
    desk.until_read(MARIA, "It is the one of May").await;
    assert!(!desk.texts(NIKOS).iter().any(|text| text.contains("the one of May")));
    let late = desk.deliver(press(&button(&card(NIKOS, &first), "Answer"), NIKOS, NIKOS, 2)).await;
    assert!(late["text"].as_str().unwrap().contains("Maria already answers"), "{late}");

    // What she writes goes to the only one that she has; with two, she says which by answering a message of it.
    desk.tells(MARIA, "I see it", 3).await;
    desk.until_visitor_reads(1, "I see it").await;
    desk.deliver(answer_to(&card(MARIA, &second), MARIA, "And you are?", 4)).await;
    desk.until_visitor_reads(2, "And you are?").await;
    let which = desk.tells(MARIA, "Hm", 5).await;
    assert!(which["text"].as_str().unwrap().contains("Which conversation"), "{which}");

    // Ready answers: a list of buttons; the visitor reads the answer with its values, and so does she.
    let list = desk.deliver(press(&button(&card(MARIA, &second), "Ready answers"), MARIA, MARIA, 6)).await;
    desk.deliver(press(&button(&list, "hello"), MARIA, MARIA, 7)).await;
    desk.until_visitor_reads(2, "Hello Ann, this is Maria.").await;
    desk.until_read(MARIA, "Maria: Hello Ann, this is Maria.").await;
    desk.deliver(answer_to(&card(MARIA, &second), MARIA, "/r colours", 8)).await;
    desk.until_visitor_reads(2, "We also have it in red.").await;

    // The ends.
    desk.deliver(press(&button(&card(MARIA, &first), "Resolve"), MARIA, MARIA, 10)).await;
    desk.until_read(NIKOS, "Resolved by Maria").await;
    desk.deliver(answer_to(&card(MARIA, &second), MARIA, "/bot", 11)).await;
    desk.until_read(MARIA, "Maria handed back to the bot").await;
}

#[tokio::test]
async fn a_group_without_topics_answers_by_replies() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.link(&ada, MARIA).await;
    desk.api.next_to("createForumTopic", [Behaviour::Blocked]);
    let (id, topic) = desk.asked_for(1, GROUP).await;
    assert_eq!(topic, None);
    let (_, card) = desk.card(GROUP, &id);
    // People talk among themselves.
    let aside = json!({ "update_id": 1, "message": { "message_id": 1, "text": "Lunch?", "from": from(MARIA),
        "chat": { "id": GROUP, "type": "supergroup" } } });
    assert_eq!(desk.deliver(aside).await, Value::Null);
    desk.deliver(answer_to(&card, MARIA, "Good day", 2)).await;
    desk.until_visitor_reads(1, "Good day").await;
    desk.shop.writes(1, "Good day to you", 101).await;
    desk.until_read(GROUP, "Ann\nAnn: Good day to you").await;
    assert!(!desk.shop.api.read_by(1).iter().any(|text| text == "Lunch?"));
    assert_eq!(desk.calls("createForumTopic"), 1, "it was tried once");
}

#[tokio::test]
async fn while_somebody_is_at_the_web_desk_nothing_goes_to_telegram_unless_always() {
    for (settings, goes) in [(format!("group: {GROUP}"), false), (format!("group: {GROUP}, when: always"), true)] {
        let desk = Desk::open(&settings).await;
        let ada = Agent::admin(&desk.shop.server).await;
        let id: AgentId = ada.id.parse().unwrap();
        let _connected = desk.shop.server.engine.connected(id);
        desk.shop.writes(1, "there is a mistake in my bill", 1).await;
        desk.shop.until("the answer", || !desk.shop.api.read_by(1).is_empty()).await;
        if goes {
            desk.until_read(GROUP, "mistake").await;
        } else {
            let rows = desk.shop.server.engine.store().scan(store::Space::Outbox, "mirror/", None, 9).unwrap();
            assert!(rows.is_empty() && desk.api.asked().is_empty());
        }
    }
}

#[tokio::test]
async fn who_answers_from_telegram_counts_as_there_and_a_lost_topic_is_made_anew() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.link(&ada, MARIA).await;
    let (id, topic) = desk.asked_for(1, GROUP).await;
    desk.writes_in(topic.unwrap(), MARIA, "One moment", 1).await;
    desk.until_read(GROUP, "Ada answers").await;
    let owner = || {
        let id = id.parse().unwrap();
        desk.shop.server.engine.conversation(id).unwrap().unwrap().with_agent().map(|with| with.agent.name.clone())
    };
    // Longer than the grace: they type slowly, and keep it. What the visitor says wakes everything that could take it away.
    for number in 0..3 {
        desk.shop.server.clock.advance(GRACE);
        // Somebody else's turn is stored behind whatever the grace's end would have stored.
        desk.shop.writes(2, "when are you open", 200 + number).await;
    }
    desk.api.next_to(&GROUP.to_string(), [Behaviour::NoTopic]);
    desk.shop.writes(1, "Are you there?", 101).await;
    desk.until_read(GROUP, "Are you there?").await;
    assert_eq!(owner().as_deref(), Some("Ada"));
    assert_eq!(desk.calls("createForumTopic"), 2);
    let (anew, _) = desk.read(GROUP).pop().unwrap();
    assert_ne!(anew, topic);
    desk.writes_in(anew.unwrap(), MARIA, "I am", 2).await;
    desk.until_visitor_reads(1, "I am").await;
}

#[tokio::test]
async fn words_that_come_while_others_are_on_their_way_are_all_read_in_order() {
    let desk = Desk::in_group().await;
    let _ada = Agent::admin(&desk.shop.server).await;
    desk.asked_for(1, GROUP).await;
    for number in 0..40 {
        desk.shop.writes(1, &format!("Word {number}."), 200 + number).await;
    }
    desk.until_read(GROUP, "Word 39.").await;
    let words = desk.texts(GROUP).into_iter().filter(|text| text.contains("Word "));
    assert_eq!(words.collect::<Vec<_>>(), (0..40).map(|number| format!("Ann: Word {number}.")).collect::<Vec<_>>());
}
