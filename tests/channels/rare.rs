//! What platforms send now and then: each kind is heard as what it is, or left alone.

use frontdesk::dialog::{ClosedBecause, Event, RemoteKind};
use frontdesk::time::Span;
use serde_json::{Value, json};

use super::api::Behaviour;
use super::platform::Platform;
use super::{Shop, said};

/// A moment after everything that the tests do, in milliseconds.
const LATE: i64 = 4_102_444_800_000;

/// What is made of a delivery.
#[derive(Debug, PartialEq)]
enum Taken {
    Nothing,
    Words(&'static str),
    Greeted,
    Sent(RemoteKind, Option<&'static str>),
    Elsewhere(&'static str),
}

/// A form as platforms send it.
fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut url = reqwest::Url::parse("http://x/").unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap().as_bytes().to_vec()
}

fn sms(from: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let own = [("MessageSid", "SM1"), ("From", from), ("To", "whatsapp:+12125550111")];
    form(&[&own, more].concat())
}

fn telegram(chat: &Value, message: &Value) -> Vec<u8> {
    let mut body =
        json!({ "message_id": 1, "date": 1, "chat": chat, "from": { "id": 7, "is_bot": false, "first_name": "Ann" } });
    body.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
    json!({ "update_id": 1, "message": body }).to_string().into_bytes()
}

fn whatsapp(field: &str, value: &Value) -> Vec<u8> {
    let mut all = json!({ "messaging_product": "whatsapp", "metadata": { "phone_number_id": "20555" } });
    all.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": field, "value": all }] }] });
    body.to_string().into_bytes()
}

fn written(message: &Value) -> Vec<u8> {
    let mut all = json!({ "from": "447700900001", "id": "wamid.1", "timestamp": "1" });
    all.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
    whatsapp("messages", &json!({ "messages": [all] }))
}

fn messenger(list: &str, event: &Value) -> Vec<u8> {
    let mut all = json!({ "sender": { "id": "77" }, "recipient": { "id": "104005550100273" }, "timestamp": 1 });
    all.as_object_mut().unwrap().extend(event.as_object().unwrap().clone());
    let mut body = json!({ "object": "page", "entry": [{ "id": "104005550100273", "time": 1 }] });
    body["entry"][0][list] = json!([all]);
    body.to_string().into_bytes()
}

fn slack(event: &Value, authorizations: &Value) -> Vec<u8> {
    let body = json!({ "type": "event_callback", "event_id": "Ev1", "event": event, "authorizations": authorizations });
    body.to_string().into_bytes()
}

fn line(source: &Value, event: &Value) -> Vec<u8> {
    let mut all =
        json!({ "mode": "active", "timestamp": 1, "webhookEventId": "01E", "replyToken": "r", "source": source });
    all.as_object_mut().unwrap().extend(event.as_object().unwrap().clone());
    json!({ "destination": "U0", "events": [all] }).to_string().into_bytes()
}

/// Each delivery and what is made of it.
fn rows() -> Vec<(Platform, &'static str, Vec<u8>, Taken)> {
    use Platform::{Line, Messenger, Slack, Telegram, Twilio, WhatsApp};
    let alone = json!({ "id": 7, "type": "private" });
    let group = json!({ "id": -100, "type": "supergroup", "is_forum": true });
    let mention = json!([{ "type": "mention", "offset": 0, "length": 9 }]);
    let of_group = json!({ "type": "group", "groupId": "C1", "userId": "U1" });
    let of_one = json!({ "type": "user", "userId": "U1" });
    let direct = |text: &str| json!({ "type": "message", "channel_type": "im", "channel": "D1", "user": "U7", "ts": "1.1", "text": text });
    let echo = json!({ "is_echo": true, "app_id": "263902037430900", "mid": "m1", "text": "This is Maria." });
    let by_page = json!({ "sender": { "id": "104005550100273" }, "recipient": { "id": "77" }, "message": echo });
    let flow =
        json!({ "name": "flow", "body": "Sent", "response_json": r#"{"flow_token":"t","day":"friday","lamps":2}"# });
    let nothing_said = json!({ "name": "flow", "body": "Sent", "response_json": "{}" });
    let order = json!({ "catalog_id": "1", "text": "soon", "product_items": [{ "product_retailer_id": "heron", "quantity": 2 }] });
    vec![
        (
            Telegram,
            "a poll",
            telegram(&alone, &json!({ "poll": { "id": "1" } })),
            Taken::Sent(RemoteKind::Unsupported, None),
        ),
        (
            Telegram,
            "data of a web app",
            telegram(&alone, &json!({ "web_app_data": { "data": "when are you open", "button_text": "x" } })),
            Taken::Words("when are you open"),
        ),
        (
            Telegram,
            "a venue",
            telegram(
                &alone,
                &json!({ "location": { "latitude": 1.5, "longitude": 2 }, "venue": { "title": "Park", "address": "1 Way" } }),
            ),
            Taken::Sent(RemoteKind::Location, Some("Park, 1 Way, 1.5, 2")),
        ),
        (
            Telegram,
            "a call with nothing else",
            telegram(&group, &json!({ "text": "@LampsBot", "entities": mention })),
            Taken::Greeted,
        ),
        (
            Telegram,
            "a picture that calls",
            telegram(
                &group,
                &json!({ "photo": [{ "file_id": "f" }], "caption": "@LampsBot when are you open", "caption_entities": mention }),
            ),
            Taken::Words("when are you open"),
        ),
        (
            Telegram,
            "a channel's own post in its group",
            telegram(&group, &json!({ "text": "@LampsBot hello", "entities": mention, "is_automatic_forward": true })),
            Taken::Nothing,
        ),
        (
            Telegram,
            "the first words in a topic that the bot made",
            telegram(
                &group,
                &json!({ "text": "hello all", "is_topic_message": true, "message_thread_id": 5, "reply_to_message": { "from": { "id": 123, "is_bot": true }, "forum_topic_created": { "name": "x" } } }),
            ),
            Taken::Nothing,
        ),
        (
            WhatsApp,
            "a form",
            written(&json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": flow } })),
            Taken::Words("day: friday\nlamps: 2"),
        ),
        (
            WhatsApp,
            "a form without answers",
            written(
                &json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": nothing_said } }),
            ),
            Taken::Words("Sent"),
        ),
        (
            WhatsApp,
            "leave to call",
            written(&json!({ "type": "interactive", "interactive": { "type": "call_permission_reply" } })),
            Taken::Sent(RemoteKind::Unsupported, None),
        ),
        (
            WhatsApp,
            "an order",
            written(&json!({ "type": "order", "order": order })),
            Taken::Sent(RemoteKind::Unsupported, Some("soon, 2 × heron")),
        ),
        (
            WhatsApp,
            "a reaction of the shop's phone",
            whatsapp(
                "smb_message_echoes",
                &json!({ "message_echoes": [{ "from": "1", "to": "447700900001", "id": "wamid.e", "type": "reaction", "reaction": { "emoji": "👍" } }] }),
            ),
            Taken::Nothing,
        ),
        (
            Messenger,
            "how most pages begin",
            messenger(
                "messaging",
                &json!({ "postback": { "title": "Get Started", "payload": "GET_STARTED_PAYLOAD", "mid": "m1" } }),
            ),
            Taken::Greeted,
        ),
        (Messenger, "an app's number as a text", messenger("messaging", &by_page), Taken::Elsewhere("This is Maria.")),
        (
            Messenger,
            "an answer of the inbox that has the thread",
            messenger("standby", &by_page),
            Taken::Elsewhere("This is Maria."),
        ),
        (
            Messenger,
            "what Messenger does not pass on",
            messenger("messaging", &json!({ "message": { "mid": "m1", "is_unsupported": true } })),
            Taken::Sent(RemoteKind::Unsupported, None),
        ),
        (
            Slack,
            "whoever installed the app",
            slack(&direct("when are you open"), &json!([{ "user_id": "U7", "is_bot": false }])),
            Taken::Words("when are you open"),
        ),
        (
            Slack,
            "our own words",
            slack(&direct("when are you open"), &json!([{ "user_id": "U7", "is_bot": true }])),
            Taken::Nothing,
        ),
        (
            Slack,
            "a call with nothing else",
            slack(
                &json!({ "type": "app_mention", "channel": "C1", "user": "U7", "ts": "1.1", "text": "<@U0BOT>" }),
                &json!([]),
            ),
            Taken::Greeted,
        ),
        (Twilio, "the end of all messages", sms("+12175550171", &[("Body", "Stop ")]), Taken::Nothing),
        (Twilio, "the same word on WhatsApp", sms("whatsapp:+12175550171", &[("Body", "stop")]), Taken::Words("stop")),
        (
            Twilio,
            "what Twilio answers",
            sms("+12175550171", &[("Body", "HELP"), ("OptOutType", "HELP")]),
            Taken::Nothing,
        ),
        (
            Twilio,
            "what Twilio does not pass on",
            sms("whatsapp:+12175550171", &[("MessageType", "order"), ("NumMedia", "0")]),
            Taken::Sent(RemoteKind::Unsupported, None),
        ),
        (
            Line,
            "another menu of the app",
            line(
                &of_one,
                &json!({ "type": "postback", "postback": { "data": "x", "params": { "newRichMenuAliasId": "b", "status": "SUCCESS" } } }),
            ),
            Taken::Nothing,
        ),
        (
            Line,
            "a moment that was picked",
            line(
                &of_one,
                &json!({ "type": "postback", "postback": { "data": "when", "params": { "datetime": "2026-12-01T10:00" } } }),
            ),
            Taken::Words("when"),
        ),
        (
            Line,
            "a call with nothing else",
            line(
                &of_group,
                &json!({ "type": "message", "message": { "type": "text", "id": "9", "text": "@Lamps", "mention": { "mentionees": [{ "index": 0, "length": 6, "isSelf": true }] } } }),
            ),
            Taken::Greeted,
        ),
    ]
}

fn taken(shop: &Shop) -> Taken {
    let events = shop.events();
    let leaked = |text: &str| -> &'static str { text.to_owned().leak() };
    if let Some(words) = said(&events).first() {
        return Taken::Words(leaked(words));
    }
    let of = |event: &Event| match event {
        Event::RemoteSent { file, .. } => Some(Taken::Sent(file.kind, file.words.as_deref().map(leaked))),
        Event::SaidElsewhere { text, .. } => Some(Taken::Elsewhere(leaked(text))),
        Event::BotSaid { message, .. } if message.text == "Welcome." => Some(Taken::Greeted),
        _ => None,
    };
    events.iter().find_map(|(_, one)| of(&one.event)).unwrap_or(Taken::Nothing)
}

#[tokio::test]
async fn what_comes_seldom_is_taken_as_what_it_is() {
    for (platform, what, body, expected) in rows() {
        let shop = Shop::open(platform).await;
        let reply = shop.deliver(body).await;
        assert_eq!(reply.status.as_u16(), 200, "{platform:?}, {what}: {}", reply.text);
        assert_eq!(taken(&shop), expected, "{platform:?}, {what}: {:?}", shop.events());
    }
}

#[tokio::test]
async fn a_topic_of_a_group_on_telegram_is_answered_in_the_topic() {
    let shop = Shop::open(Platform::Telegram).await;
    let mention = json!([{ "type": "mention", "offset": 0, "length": 9 }]);
    let group = json!({ "id": -100, "type": "supergroup", "is_forum": true });
    let asked = json!({ "text": "@LampsBot when are you open", "entities": mention, "is_topic_message": true, "message_thread_id": 5 });
    assert!(shop.deliver(telegram(&group, &asked)).await.status.is_success());
    let sent = || {
        let bodies = shop.api.asked().into_iter().filter_map(|call| serde_json::from_slice::<Value>(&call.body).ok());
        bodies.filter(|body| body["text"].is_string()).collect::<Vec<_>>()
    };
    shop.until("the answer is sent", || !sent().is_empty()).await;
    assert!(sent().iter().all(|body| body["chat_id"] == -100 && body["message_thread_id"] == 5), "{:?}", sent());
}

#[tokio::test]
async fn whoever_leaves_while_they_wait_is_waited_for_no_more_and_hears_nothing() {
    let kicked = json!({ "update_id": 9, "my_chat_member": { "from": { "id": 7_000_000_001_i64, "is_bot": false },
        "chat": { "id": 7_000_000_001_i64, "type": "private" }, "new_chat_member": { "status": "kicked" } } });
    let viber = Platform::Viber.user(1);
    for (platform, leaves) in [
        (Platform::Telegram, kicked.to_string().into_bytes()),
        (
            Platform::Line,
            line(
                &json!({ "type": "user", "userId": Platform::Line.user(1) }),
                &json!({ "type": "unfollow", "timestamp": LATE }),
            ),
        ),
        (
            Platform::Viber,
            json!({ "event": "unsubscribed", "user_id": viber, "message_token": 9, "timestamp": LATE })
                .to_string()
                .into_bytes(),
        ),
        (
            Platform::Twilio,
            form(&[
                ("MessageSid", "SM9"),
                ("From", &Platform::Twilio.user(1)),
                ("To", "+12125550111"),
                ("Body", "STOP"),
                ("OptOutType", "STOP"),
            ]),
        ),
    ] {
        let shop = Shop::open(platform).await;
        shop.writes(1, "I want to talk to a person", 1).await;
        shop.until("all is said", || shop.api.read_by(1).len() == shop.said_to(1).len()).await;
        for _ in 0..2 {
            assert!(shop.deliver(leaves.clone()).await.status.is_success());
        }
        let closed = shop
            .events()
            .into_iter()
            .filter(|(_, one)| matches!(one.event, Event::Closed { why: ClosedBecause::Unsubscribed }));
        assert_eq!(closed.count(), 1, "{platform:?}");
        let before = (shop.said_to(1).len(), shop.api.read_by(1).len());
        shop.server.clock.advance(Span::minutes(30));
        shop.writes(2, "when are you open", 2).await;
        shop.until("somebody else is answered", || !shop.api.read_by(2).is_empty()).await;
        assert_eq!((shop.said_to(1).len(), shop.api.read_by(1).len()), before, "{platform:?}: nothing more is said");
        shop.writes(1, "when are you open", 3).await;
        let opened = shop
            .events()
            .into_iter()
            .filter(|(_, one)| matches!(&one.event, Event::Opened { address, .. } if address.user == platform.user(1)));
        assert_eq!(opened.count(), 2, "{platform:?}: who comes back begins anew");
    }
}

#[tokio::test]
async fn a_number_and_an_id_of_whatsapp_are_one_conversation() {
    let shop = Shop::open(Platform::WhatsApp).await;
    let says =
        |text: &str, id: &str| json!({ "type": "text", "id": id, "text": { "body": text }, "from_user_id": "GB.1" });
    assert!(shop.deliver(written(&says("when are you open", "wamid.1"))).await.status.is_success());
    let mut nameless = says("where is my parcel", "wamid.2");
    nameless["from"] = Value::Null;
    // The id is written down a moment after the first answer.
    let known =
        || shop.server.engine.store().scan(frontdesk::store::Space::Unique, "vouched/", None, 9).unwrap().len() == 2;
    shop.until("both names are known", known).await;
    assert!(shop.deliver(written(&nameless)).await.status.is_success());
    let opened = || shop.events().into_iter().filter(|(_, one)| matches!(one.event, Event::Opened { .. })).count();
    assert_eq!((opened(), said(&shop.events()).len()), (1, 2));
    // With another number they hold another phone, which is answered by itself.
    let mut elsewhere = says("thank you", "wamid.3");
    elsewhere["from"] = json!("447700900002");
    assert!(shop.deliver(written(&elsewhere)).await.status.is_success());
    assert_eq!(opened(), 2);
}

#[tokio::test]
async fn nobody_is_told_that_an_inbox_has_left() {
    let shop = Shop::open(Platform::Messenger).await;
    let user = Platform::Messenger.user(1);
    let echo = json!({ "sender": { "id": "104005550100273" }, "recipient": { "id": user },
        "message": { "is_echo": true, "app_id": 263_902_037_430_900_u64, "mid": "m1", "text": "This is Maria." } });
    assert!(shop.deliver(messenger("messaging", &echo)).await.status.is_success());
    shop.writes(1, "when are you open", 1).await;
    let returned = || shop.events().iter().any(|(_, one)| matches!(one.event, Event::Returned { .. }));
    for _ in 0..11 {
        shop.server.clock.advance(Span::minutes(1));
        tokio::task::yield_now().await;
    }
    shop.until("the visitor waits at our desk", returned).await;
    assert!(shop.said_to(1).iter().all(|text| !text.contains("inbox")), "{:?}", shop.said_to(1));
}

#[tokio::test]
async fn that_somebody_left_who_has_come_back_since_ends_nothing() {
    let shop = Shop::open(Platform::Line).await;
    let user = json!({ "type": "user", "userId": Platform::Line.user(1) });
    let leaves = |event: &str, at: i64| {
        line(&user, &json!({ "type": "unfollow", "timestamp": at, "webhookEventId": event, "replyToken": null }))
    };
    let closed = || shop.events().into_iter().filter(|(_, one)| matches!(one.event, Event::Closed { .. })).count();
    shop.writes(1, "I want to talk to a person", 1).await;
    let before = shop.server.clock.now() - Span::minutes(2);
    assert!(shop.deliver(leaves("01L", before.0)).await.status.is_success());
    assert_eq!(closed(), 0, "it was told late");
    assert!(shop.deliver(leaves("01M", LATE)).await.status.is_success());
    assert_eq!(closed(), 1);
    shop.writes(1, "when are you open", 2).await;
    assert!(shop.deliver(leaves("01M", LATE)).await.status.is_success());
    assert_eq!(closed(), 1, "it was told twice");
    shop.until("they are answered", || shop.api.read_by(1).last() == shop.said_to_last().last()).await;
}

#[tokio::test]
async fn an_agent_sees_what_did_not_reach_somebody_who_left() {
    let shop = Shop::open(Platform::Line).await;
    let agent = crate::support::server::Agent::admin(&shop.server).await;
    shop.writes(1, "I want to talk to a person", 1).await;
    shop.until("all is said", || shop.api.read_by(1).len() == shop.said_to(1).len()).await;
    let id = shop.events()[0].0.clone();
    shop.api.always(1, Behaviour::TooMuch(60));
    agent.command(&id, "claim", json!({})).await.ok();
    agent.command(&id, "say", json!({ "text": "I am Maria" })).await.ok();
    let user = json!({ "type": "user", "userId": Platform::Line.user(1) });
    assert!(shop.deliver(line(&user, &json!({ "type": "unfollow", "timestamp": LATE }))).await.status.is_success());
    let events = shop.events();
    let said =
        events.iter().find(|(_, one)| matches!(&one.event, Event::AgentSaid { text, .. } if text == "I am Maria"));
    let said = said.unwrap().1.no;
    assert!(
        events.iter().any(|(_, one)| matches!(one.event, Event::Undelivered { of, .. } if of == said)),
        "{events:?}"
    );
}
