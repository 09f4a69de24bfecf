//! What somebody in an app is told where nothing has answered them before: the first word, words around buttons, links that lead
//! nowhere, and files.

use std::collections::BTreeSet;

use frontdesk::dialog::Event;
use serde_json::{Value, json};

use super::Shop;
use super::platform::Platform;
use crate::support::server::{Agent, Visitor};

/// A bot that greets nobody, and has more to choose than fits on buttons.
const QUIET: &str = r#"
bot: { name: Lamp Shop, languages: [en, el, fa], default_queue: desk }
queues: { desk: {} }
intents:
  colour: { label: Colours, phrases: { en: which colours are there, el: ποια χρώματα υπάρχουν, fa: چه رنگ‌هایی هست } }
flows:
  colour:
    start_on: colour
    steps:
      - choose: { en: Which colour?, el: "Ποιο χρώμα;", fa: "کدام رنگ؟" }
        options: [{ label: Red }, { label: Green }, { label: Blue }, { label: Yellow }]
        save_as: colour
      - say: "{{ colour }}!"
"#;

const HELLO: &str = "Hello, this is the automatic assistant of Lamp Shop. Write in your own words what you need.";

/// The body by which a platform says that somebody pressed "Start", or what it has in its place.
fn start(platform: Platform) -> Vec<u8> {
    let who = platform.user(1);
    let id: i64 = who.parse().unwrap_or_default();
    let body = match platform {
        Platform::Telegram => json!({ "update_id": 5, "message": { "message_id": 1, "date": 1, "text": "/start",
            "from": { "id": id, "is_bot": false }, "chat": { "id": id, "type": "private" } } }),
        Platform::Messenger => {
            json!({ "object": "page", "entry": [{ "id": "104005550100273", "messaging": [{ "sender": { "id": who },
            "timestamp": 5, "postback": { "mid": "m_s", "title": "Get started", "payload": "GET_STARTED" } }] }] })
        }
        Platform::Line => {
            json!({ "events": [{ "type": "follow", "mode": "active", "source": { "type": "user", "userId": who },
            "webhookEventId": "01F" }] })
        }
        Platform::Viber => subscribed(),
        _ => json!({ "type": "start", "id": "s1", "user": who }),
    };
    body.to_string().into_bytes()
}

fn subscribed() -> Value {
    json!({ "event": "subscribed", "timestamp": 1, "message_token": 5_741_311_803_571_721_000_u64,
        "user": { "id": Platform::Viber.user(1), "name": "Ann", "language": "en" } })
}

#[tokio::test]
async fn who_presses_start_gets_a_word_from_a_bot_that_greets_nobody_once() {
    for platform in [Platform::Telegram, Platform::Messenger, Platform::Line, Platform::Viber, Platform::Webhook] {
        let shop = Shop::of_bot(platform, QUIET).await;
        for _ in 0..2 {
            assert!(shop.deliver(start(platform)).await.status.is_success(), "{platform:?}");
        }
        shop.until("the word", || shop.said_to(1) == [HELLO]).await;
        shop.until("it is sent", || !shop.api.asked().is_empty()).await;
    }
    let shop = Shop::of_bot(Platform::Telegram, QUIET).await;
    shop.writes(1, "which colours are there", 1).await;
    assert_eq!(shop.said_to(1), ["Which colour?"], "who writes first is answered, not greeted");
}

#[tokio::test]
async fn who_opens_the_chat_in_viber_is_greeted_once_also_when_they_subscribe_then() {
    let shop = Shop::of_bot(Platform::Viber, QUIET).await;
    let looks = json!({ "event": "conversation_started", "timestamp": 1, "message_token": 5_741_311_803_571_720_000_u64,
        "type": "open", "subscribed": false, "user": { "id": Platform::Viber.user(1), "name": "Ann", "language": "en" } });
    let reply = shop.deliver(looks.to_string().into_bytes()).await;
    assert!(reply.text.contains(HELLO) && reply.text.contains("Talk to a person"), "{}", reply.text);
    assert!(shop.deliver(subscribed().to_string().into_bytes()).await.status.is_success());
    assert!(shop.events().is_empty(), "they have been greeted");
}

#[tokio::test]
async fn a_list_opens_by_a_word_in_the_visitors_language() {
    for (asks, opens) in
        [("which colours are there", "Choose"), ("ποια χρώματα υπάρχουν", "Επιλογή"), ("چه رنگ‌هایی هست", "انتخاب")]
    {
        let shop = Shop::of_bot(Platform::WhatsApp, QUIET).await;
        shop.writes(1, asks, 1).await;
        let word = || {
            let bodies =
                shop.api.asked().into_iter().filter_map(|call| serde_json::from_slice::<Value>(&call.body).ok());
            bodies.filter_map(|body| Some(body["interactive"]["action"]["button"].as_str()?.to_owned())).next()
        };
        shop.until("the list", || word().is_some()).await;
        assert_eq!(word().as_deref(), Some(opens));
    }
}

#[tokio::test]
async fn numbered_lines_say_how_to_answer_and_a_number_in_any_digits_is_the_choice() {
    for (asks, how, answer) in [
        ("which colours are there", "4. Yellow\n\nAnswer with a number.", "2."),
        ("چه رنگ‌هایی هست", "4. Yellow\n\nبا یک شماره پاسخ دهید.", "۲"),
    ] {
        let shop = Shop::of_bot(Platform::Twilio, QUIET).await;
        shop.writes(1, asks, 1).await;
        shop.until("the question", || shop.api.read_by(1).iter().any(|text| text.ends_with(how))).await;
        shop.writes(1, answer, 2).await;
        assert!(shop.said_to(1).iter().any(|text| text == "Green!"), "{:?}", shop.said_to(1));
    }
}

#[tokio::test]
async fn a_link_between_two_conversations_with_people_says_that_both_stay() {
    for platform in [Platform::Telegram, Platform::WhatsApp] {
        let shop = Shop::open(platform).await;
        let agent = Agent::admin(&shop.server).await;
        let visitor = Visitor::new(&shop.server).await;
        visitor.say("I want to talk to a person").await;
        let link = visitor.post("/api/visitor/continue", json!({})).await.ok();
        let code = link["url"].as_str().unwrap().rsplit_once('#').unwrap().1.to_owned();
        shop.writes(1, "I want to talk to a person", 1).await;
        let own =
            shop.events().iter().rev().find(|(_, one)| matches!(one.event, Event::Opened { .. })).unwrap().0.clone();
        agent.command(&own, "claim", json!({})).await.ok();
        for _ in 0..2 {
            assert!(shop.deliver(platform.text_from(1, &code, 2)).await.status.is_success());
        }
        let apart = |text: &String| text.contains("so the two stay apart");
        shop.until("the sentence", || shop.api.read_by(1).iter().any(apart)).await;
        assert_eq!(shop.said_to(1).iter().filter(|text| apart(text)).count(), 1, "{platform:?}: once");
        let conversations: BTreeSet<_> = shop.events().into_iter().map(|(id, _)| id).collect();
        assert_eq!(conversations.len(), 2);
        // One of them is over: now it works.
        agent.command(&own, "resolve", json!({})).await.ok();
        assert!(shop.deliver(platform.text_from(1, &code, 3)).await.status.is_success());
        shop.until("it goes on", || shop.api.read_by(1).iter().any(|text| text.contains("We go on here"))).await;
    }
}

#[tokio::test]
async fn a_link_that_is_over_is_told_also_to_whom_an_agent_answers() {
    let shop = Shop::open(Platform::Telegram).await;
    let agent = Agent::admin(&shop.server).await;
    shop.writes(1, "I want to talk to a person", 1).await;
    let id = shop.events()[0].0.clone();
    agent.command(&id, "say", json!({ "text": "Hello, this is Ada." })).await.ok();
    shop.writes(1, "chat-aaaaaaaaaaaaaaaa", 2).await;
    shop.until("the sentence", || shop.api.read_by(1).iter().any(|text| text.ends_with("or simply go on here."))).await;
    let page = agent.get(&format!("/desk/c/{id}?lang=en")).await.text;
    assert!(page.contains("or simply go on here."), "and the agent sees what they were told");
    let state = agent.get(&format!("/api/agent/conversations/{id}")).await.ok();
    assert_eq!(state["row"]["owner"], "agent", "{state}");
}

#[tokio::test]
async fn a_photo_is_said_to_be_here_when_it_is_and_who_sent_what_nobody_gets_hears_that() {
    let folder = tempfile::tempdir().unwrap();
    let store = frontdesk::store::open(folder.path(), "a test").unwrap();
    let shop = Shop::on(Platform::Telegram, store).await;
    let user: i64 = Platform::Telegram.user(1).parse().unwrap();
    let sends = |number: i64, what: Value| {
        let mut body = json!({ "update_id": number, "message": { "message_id": number, "date": 1,
            "from": { "id": user, "is_bot": false }, "chat": { "id": user, "type": "private" } } });
        body["message"].as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        body.to_string().into_bytes()
    };
    assert!(shop.deliver(sends(1, json!({ "photo": [{ "file_id": "large" }] }))).await.status.is_success());
    shop.until("the word", || {
        shop.api.read_by(1).iter().any(|text| text.starts_with("Thank you, I have received it."))
    })
    .await;
    let order: Vec<&str> = shop
        .events()
        .iter()
        .filter_map(|(_, one)| match &one.event {
            Event::RemoteKept { .. } => Some("kept"),
            Event::BotSaid { .. } => Some("said"),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["kept", "said"]);
    assert!(shop.deliver(sends(2, json!({ "voice": { "file_id": "gone" } }))).await.status.is_success());
    shop.until("the truth", || shop.api.read_by(1).iter().any(|text| text.contains("did not arrive"))).await;
}
