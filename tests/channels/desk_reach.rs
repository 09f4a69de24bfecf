//! The desk in Telegram, further: who waits already, who counts as there, files both ways, a group that moves, what is taken back.

use frontdesk::channel::{Sender, Update, What};
use frontdesk::dialog::Event;
use frontdesk::engine::{AgentStatus, GRACE};
use frontdesk::id::AgentId;
use frontdesk::store::{self, Space};
use frontdesk::time::Span;
use serde_json::{Value, json};

use super::PUBLIC_URL;
use super::api::{Api, Behaviour, PICTURE};
use super::desk::{Desk, GROUP, MARIA, NIKOS, answer_to, from, in_topic};
use super::platform::Platform;
use crate::support::server::Agent;

/// The id that the operators' group has after it moved.
const MOVED: i64 = -1_009_876_543_210;

/// Somebody is at the web desk, or can be reached.
async fn available(desk: &Desk, agent: &Agent<'_>, status: AgentStatus) -> AgentId {
    let id: AgentId = agent.id.parse().unwrap();
    desk.shop.server.engine.set_status(id, status).await.unwrap();
    id
}

/// Nothing is mirrored.
fn is_silent(desk: &Desk) -> bool {
    desk.shop.server.engine.store().scan(Space::Outbox, "mirror/", None, 9).unwrap().is_empty()
}

#[tokio::test]
async fn who_waits_already_is_told_of_when_the_last_agent_leaves_the_web_desk() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    let id = available(&desk, &ada, AgentStatus::Away).await;
    let connected = desk.shop.server.engine.connected(id);
    desk.shop.writes(1, "there is a mistake in my bill", 100).await;
    desk.shop.writes(1, "It is the one of May", 101).await;
    assert!(is_silent(&desk), "somebody is at the web desk");
    // A page that is loaded anew is nobody leaving.
    drop(connected);
    desk.shop.server.clock.advance(Span(GRACE.0 / 2));
    let connected = desk.shop.server.engine.connected(id);
    desk.shop.server.clock.advance(GRACE);
    desk.shop.writes(1, "Hello?", 102).await;
    assert!(is_silent(&desk));
    drop(connected);
    desk.until_read(GROUP, "Hello?").await;
    let texts = desk.texts(GROUP);
    assert!(texts[0].contains("“there is a mistake in my bill”") && texts[0].contains("/desk/c/"), "{texts:?}");
    let theirs: Vec<_> = texts[1..].iter().filter(|text| text.starts_with("Ann")).collect();
    assert_eq!(theirs, ["Ann: It is the one of May", "Ann: Hello?"], "once each, in order");
    assert_eq!(desk.calls("createForumTopic"), 1);
    // What comes next goes there by itself.
    desk.shop.writes(1, "Is anybody there?", 103).await;
    desk.until_read(GROUP, "Is anybody there?").await;
}

#[tokio::test]
async fn nobody_is_told_that_nobody_is_there_while_an_operator_can_be_reached() {
    for (status, told) in [(AgentStatus::Available, false), (AgentStatus::Away, true)] {
        let desk = Desk::in_group().await;
        let ada = Agent::admin(&desk.shop.server).await;
        let maria = ada.hired("Maria", "agent").await;
        desk.link(&maria, MARIA).await;
        available(&desk, &ada, AgentStatus::Away).await;
        available(&desk, &maria, status).await;
        // Whoever just did something counts as there for a while.
        desk.shop.server.clock.advance(Span(GRACE.0 * 3));
        desk.asked_for(1, GROUP).await;
        for number in 0..5 {
            desk.shop.server.clock.advance(GRACE);
            // Somebody else's turn is stored behind whatever the grace's end would have stored.
            desk.shop.writes(2, "when are you open", 200 + number).await;
        }
        let away = || desk.shop.events().iter().any(|(_, one)| matches!(one.event, Event::AwayTold));
        if told {
            desk.shop.until("it is told", away).await;
        } else {
            assert!(!away(), "{:?}", desk.shop.said_to(1));
        }
    }
}

#[tokio::test]
async fn take_takes_whoever_waits_longest() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    let maria = ada.hired("Maria", "agent").await;
    desk.link(&maria, MARIA).await;
    let (first, _) = desk.asked_for(1, GROUP).await;
    desk.shop.server.clock.advance(Span::seconds(5));
    let (second, _) = desk.asked_for(2, GROUP).await;
    let owner = |id: &str| {
        let id = id.parse().unwrap();
        desk.shop.server.engine.conversation(id).unwrap().unwrap().with_agent().map(|with| with.agent.name.clone())
    };
    let told = desk.tells(MARIA, "/take", 1).await;
    assert!(told["text"].as_str().unwrap().contains("You take Ann"), "{told}");
    assert_eq!((owner(&first).as_deref(), owner(&second)), (Some("Maria"), None));
    // A repeat of Telegram takes nobody else.
    desk.tells(MARIA, "/take", 1).await;
    assert_eq!(owner(&second), None);
    desk.tells(MARIA, "/take", 2).await;
    assert_eq!(owner(&second).as_deref(), Some("Maria"));
    let nobody = desk.tells(MARIA, "/take", 3).await;
    assert!(nobody["text"].as_str().unwrap().contains("Nobody is waiting"), "{nobody}");
    // In a topic it means the conversation of the topic.
    let (third, topic) = desk.asked_for(3, GROUP).await;
    let (fourth, _) = desk.asked_for(4, GROUP).await;
    desk.writes_in(topic.unwrap(), MARIA, "/take", 4).await;
    assert_eq!((owner(&third).as_deref(), owner(&fourth)), (Some("Maria"), None));
}

#[tokio::test]
async fn linking_and_unlinking_stand_in_the_audit_trail() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    let maria = ada.hired("Maria", "agent").await;
    desk.link(&maria, MARIA).await;
    // The same person takes another account: the first is linked no longer.
    desk.link(&ada, MARIA).await;
    ada.call(axum::http::Method::DELETE, "/api/agent/me/telegram").send().await;
    let trail = ada.get("/api/agent/audit").await.ok();
    let entries = trail["entries"].as_array().unwrap();
    let kinds: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| &entry["what"])
        .filter(|what| what["type"].as_str().unwrap().starts_with("telegram"))
        .map(|what| (what["type"].as_str().unwrap(), what["account"]["name"].as_str().unwrap()))
        .collect();
    let expected = [
        ("telegram_unlinked", "Ada"),
        ("telegram_linked", "Ada"),
        ("telegram_unlinked", "Maria"),
        ("telegram_linked", "Maria"),
    ];
    assert_eq!(kinds, expected, "{trail}");
    let page = ada.get("/desk/audit").await.text;
    assert!(page.contains("Answers from Telegram now") && page.contains("No longer answers from Telegram"));
}

/// A message in a topic that is not text.
fn sent_in_topic(topic: i64, user: i64, what: Value, number: i64) -> Value {
    let mut update = in_topic(topic, user, "", number);
    let message = update["message"].as_object_mut().unwrap();
    message.remove("text");
    message.extend(what.as_object().unwrap().clone());
    update
}

#[tokio::test]
async fn what_an_operator_sends_reaches_the_visitor_and_what_the_visitor_sent_is_one_press_away() {
    let folder = tempfile::tempdir().unwrap();
    let (visitors, api) = (Api::start(Platform::Telegram).await, Api::start(Platform::Telegram).await);
    let store = store::memory_with_files(folder.path()).unwrap();
    let desk = Desk::on(store, &format!("group: {GROUP}"), visitors, api);
    let ada = Agent::admin(&desk.shop.server).await;
    let maria = ada.hired("Maria", "agent").await;
    desk.link(&maria, MARIA).await;
    let (id, topic) = desk.asked_for(1, GROUP).await;
    let topic = topic.unwrap();
    let photo = json!({ "photo": [{ "file_id": "small" }, { "file_id": "large" }], "caption": "Is it this lamp?" });
    for _ in 0..2 {
        let told = desk.deliver(sent_in_topic(topic, MARIA, photo.clone(), 1)).await;
        assert_eq!(told, Value::Null, "it was passed on");
    }
    desk.until_visitor_reads(1, "Is it this lamp?").await;
    let bodies = || {
        let asked = desk.shop.api.asked();
        asked.iter().filter_map(|call| serde_json::from_slice::<Value>(&call.body).ok()).collect::<Vec<_>>()
    };
    let photos: Vec<String> = bodies().iter().filter_map(|body| Some(body["photo"].as_str()?.to_owned())).collect();
    assert_eq!(photos.len(), 1, "once: {photos:?}");
    let local = photos[0].strip_prefix(PUBLIC_URL).unwrap();
    let got = desk.shop.server.get(local).send().await;
    assert_eq!((got.status.as_u16(), got.text), (200, String::from_utf8_lossy(PICTURE).into_owned()));
    let asked = desk.api.asked();
    assert!(asked.iter().any(|call| call.path.ends_with("/getFile?file_id=large")), "by the operators' bot");
    desk.until_read(GROUP, "Maria answers").await;
    // What cannot be passed on is said.
    let place = json!({ "location": { "latitude": 1, "longitude": 2 } });
    let told = desk.deliver(sent_in_topic(topic, MARIA, place, 2)).await;
    assert!(told["text"].as_str().unwrap().contains("cannot be passed on"), "{told}");
    let gone = json!({ "document": { "file_id": "gone", "file_name": "a.pdf" } });
    let told = desk.deliver(sent_in_topic(topic, MARIA, gone, 3)).await;
    assert!(told["text"].as_str().unwrap().contains("was not passed on"), "{told}");
    // And from the visitor.
    let user: i64 = Platform::Telegram.user(1).parse().unwrap();
    let sent = json!({ "update_id": 501, "message": { "message_id": 501, "date": 1, "from": from(user),
        "chat": { "id": user, "type": "private" }, "document": { "file_id": "d1", "file_name": "bill.pdf" } } });
    assert!(desk.shop.deliver(sent.to_string().into_bytes()).await.status.is_success());
    desk.until_read(GROUP, "bill.pdf").await;
    let line = desk.texts(GROUP).into_iter().find(|text| text.contains("bill.pdf")).unwrap();
    assert!(line.starts_with("Ann: [") && line.ends_with(&format!("{PUBLIC_URL}/desk/c/{id}")), "{line}");
}

#[tokio::test]
async fn a_group_that_moves_is_followed_both_ways_also_after_a_restart() {
    let group = format!("group: {GROUP}");
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.link(&ada, MARIA).await;
    desk.api.next_to("createForumTopic", [Behaviour::Moved(MOVED)]);
    desk.api.always_to("sendChatAction", Behaviour::Moved(MOVED));
    desk.api.always_to(&GROUP.to_string(), Behaviour::Moved(MOVED));
    let (_, topic) = desk.asked_for(1, MOVED).await;
    let topic = topic.unwrap();
    assert!(desk.texts(GROUP).is_empty());
    let in_moved = |text: &str, number: i64| {
        let mut update = in_topic(topic, MARIA, text, number);
        update["message"]["chat"]["id"] = MOVED.into();
        update
    };
    desk.deliver(in_moved("Which bill?", 1)).await;
    desk.until_visitor_reads(1, "Which bill?").await;
    // The next server does not know: it asks when somebody writes from a group that it does not know.
    let desk = desk.restarted(&group).await;
    desk.deliver(in_moved("The one of May?", 2)).await;
    desk.until_visitor_reads(1, "The one of May?").await;
    desk.shop.writes(1, "Yes, that one", 105).await;
    desk.until_read(MOVED, "Yes, that one").await;
    assert!(desk.texts(GROUP).is_empty(), "the old one takes nothing any more");
    // Other groups are asked about once, and stay strangers.
    let mut asked = Vec::new();
    for number in 3..6 {
        let mut other = in_topic(topic, MARIA, "Hello", number);
        other["message"]["chat"]["id"] = json!(-77);
        desk.deliver(other).await;
        asked.push(desk.calls("sendChatAction"));
    }
    assert!(asked.iter().all(|count| *count == asked[0]), "once: {asked:?}");
    assert!(!desk.shop.api.read_by(1).iter().any(|text| text == "Hello"));
}

#[tokio::test]
async fn telegrams_word_of_the_move_is_enough() {
    let desk = Desk::in_group().await;
    let _ada = Agent::admin(&desk.shop.server).await;
    let word = json!({ "update_id": 1, "message": { "message_id": 1, "from": from(NIKOS), "chat": { "id": GROUP, "type": "group" },
        "migrate_to_chat_id": MOVED } });
    assert_eq!(desk.deliver(word).await, Value::Null);
    desk.asked_for(1, MOVED).await;
    let tried =
        desk.api.asked().iter().filter(|call| String::from_utf8_lossy(&call.body).contains(&GROUP.to_string())).count();
    assert_eq!(tried, 0, "the old one is not even tried");
}

#[tokio::test]
async fn a_topic_whose_making_got_no_answer_is_made_once_more_and_nothing_is_split() {
    let desk = Desk::in_group().await;
    let _ada = Agent::admin(&desk.shop.server).await;
    // Telegram made it, and its answer was lost, as when the server is killed before it notes it. Topics cannot be looked up.
    desk.api.next_to("createForumTopic", [Behaviour::TakesAndDrops]);
    desk.asked_for(1, GROUP).await;
    for number in 0..3 {
        desk.shop.writes(1, &format!("Word {number}."), 101 + number).await;
    }
    desk.until_read(GROUP, "Word 2.").await;
    assert_eq!(desk.calls("createForumTopic"), 2, "one more than needed, and no third");
    let topics: std::collections::BTreeSet<_> = desk.read(GROUP).into_iter().map(|(topic, _)| topic).collect();
    assert_eq!(topics.len(), 1, "all of it stands in one: {topics:?}");
}

#[tokio::test]
async fn what_a_visitor_takes_back_is_taken_out_of_the_group_too() {
    for closed in [false, true] {
        let desk = Desk::in_group().await;
        let ada = Agent::admin(&desk.shop.server).await;
        desk.link(&ada, MARIA).await;
        desk.shop.writes(1, "my code is xylophone", 99).await;
        let (id, topic) = desk.asked_for(1, GROUP).await;
        desk.shop.writes(1, "I repeat: xylophone", 101).await;
        desk.until_read(GROUP, "I repeat: xylophone").await;
        let (_, card) = desk.card(GROUP, &id);
        assert!(card["text"].as_str().unwrap().contains("xylophone"), "the card quotes it: {card}");
        if closed {
            crate::http_desk::close(&desk.shop.server, &ada, &id).await;
            desk.shop.until("the topic is closed", || is_silent(&desk)).await;
        }
        let engine = &desk.shop.server.engine;
        let account = engine.channels().iter().next().unwrap().clone();
        for (number, message) in [99, 101].into_iter().enumerate() {
            let from = Sender { user: Platform::Telegram.user(1), ..Sender::default() };
            let what = What::TakenBack { message: (10_000 + message).to_string() };
            engine.take_update(&account, Update::of(from, format!("back{number}"), what)).await.unwrap();
        }
        let edits = || {
            let asked = desk.api.asked();
            let edits = asked.iter().filter(|call| call.path.ends_with("/editMessageText"));
            edits.map(|call| serde_json::from_slice::<Value>(&call.body).unwrap()).collect::<Vec<_>>()
        };
        let text = |body: &Value| body["text"].as_str().unwrap().to_owned();
        let now = |what: &str| edits().iter().any(|body| text(body).contains(what));
        desk.shop.until("both are edited", || now("took this message back") && now(&format!("/desk/c/{id}"))).await;
        desk.shop
            .until("the card forgets it", || {
                edits()
                    .iter()
                    .rev()
                    .find(|body| text(body).contains("/desk/c/"))
                    .is_some_and(|body| !text(body).contains("xylophone"))
            })
            .await;
        assert!(edits().iter().all(|body| body["message_id"].is_i64() && body["chat_id"] == GROUP), "{:?}", edits());
        let line = edits().into_iter().find(|body| text(body).contains("took this message back")).unwrap();
        assert!(!text(&line).contains("xylophone"), "{line}");
        let answer = answer_to(&card, MARIA, "Thanks", 7);
        assert!(topic.is_some() && !answer.is_null());
    }
}
