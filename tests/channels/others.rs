//! Others on a platform: groups in which people talk to each other, and persons who answer in the platform's own inbox.

use frontdesk::dialog::Event;
use serde_json::{Value, json};

use super::platform::Platform;
use super::{Shop, said};

/// The number of our bot, as its token says.
const OURS: i64 = 123;

const GROUP: i64 = -100_200;

fn in_group(number: i64, text: &str, entity: &Value) -> Vec<u8> {
    let who = json!({ "id": 7, "is_bot": false, "first_name": "Ann" });
    let body = json!({ "update_id": number, "message": { "message_id": number, "date": 1, "from": who, "text": text,
        "chat": { "id": GROUP, "type": "supergroup", "title": "Lamp lovers" }, "entities": [entity] } });
    body.to_string().into_bytes()
}

#[tokio::test]
async fn in_a_group_on_telegram_only_what_is_said_to_the_bot_is_heard() {
    let entity = |kind: &str, offset: usize, length: usize| json!({ "type": kind, "offset": offset, "length": length });
    let named =
        |id: i64| json!({ "type": "text_mention", "offset": 0, "length": 5, "user": { "id": id, "is_bot": true } });
    for (text, entity, heard) in [
        ("when are you open", entity("bold", 0, 4), None),
        ("@LampsBot when are you open", entity("mention", 0, 9), Some("when are you open")),
        ("🏮 hello @lampsbot", entity("mention", 9, 9), Some("🏮 hello")),
        ("@OtherBot when are you open", entity("mention", 0, 9), None),
        ("@ann when are you open", entity("mention", 0, 4), None),
        ("Lamps when are you open", named(OURS), Some("when are you open")),
        ("Lamps when are you open", named(OURS + 1), None),
        ("/hours today", entity("bot_command", 0, 6), Some("hours today")),
        ("/hours@LampsBot", entity("bot_command", 0, 15), Some("hours")),
        ("/hours@OtherBot", entity("bot_command", 0, 15), None),
        ("broken entity", entity("mention", 5, 900), None),
    ] {
        let shop = Shop::open(Platform::Telegram).await;
        assert!(shop.deliver(in_group(1, text, &entity)).await.status.is_success());
        assert_eq!(said(&shop.events()), Vec::from_iter(heard), "{text}");
        let Some(_) = heard else { continue };
        let to_group = |call: &super::api::Asked| {
            serde_json::from_slice::<Value>(&call.body).is_ok_and(|body| body["chat_id"] == GROUP)
        };
        shop.until("the group is answered", || shop.api.asked().iter().any(to_group)).await;
    }
}

/// A message in a chat of a business account: from the customer, the owner, or from us.
fn business(number: i64, from: i64, text: &str, ours: bool) -> Vec<u8> {
    let mut message = json!({ "message_id": number, "date": 1, "text": text, "business_connection_id": "kR3x",
        "from": { "id": from, "is_bot": false, "first_name": "Ann" }, "chat": { "id": 7, "type": "private" } });
    if ours {
        message["sender_business_bot"] = json!({ "id": OURS, "is_bot": true });
    }
    json!({ "update_id": number, "business_message": message }).to_string().into_bytes()
}

#[tokio::test]
async fn a_business_account_on_telegram_is_answered_for_until_its_owner_speaks() {
    let shop = Shop::open(Platform::Telegram).await;
    assert!(shop.deliver(business(1, 7, "when are you open", false)).await.status.is_success());
    let sent = || {
        let bodies = shop.api.asked().into_iter().filter_map(|call| serde_json::from_slice::<Value>(&call.body).ok());
        bodies.filter(|body| body["text"].is_string()).collect::<Vec<_>>()
    };
    let answers = shop.said_to_last().len();
    assert!(answers > 0);
    shop.until("the customer is answered", || sent().len() == answers).await;
    let first = &sent()[0];
    assert_eq!((&first["chat_id"], &first["business_connection_id"]), (&json!(7), &json!("kR3x")));
    for (number, from, text, ours) in [(2, 7, "", true), (3, 99, "This is Maria.", false), (4, 7, "thank you", false)] {
        assert!(shop.deliver(business(number, from, text, ours)).await.status.is_success());
    }
    let events = shop.events();
    let elsewhere = |(_, one): &(String, frontdesk::dialog::Recorded)| match &one.event {
        Event::SaidElsewhere { text, .. } => Some(text.clone()),
        _ => None,
    };
    assert_eq!(events.iter().filter_map(elsewhere).collect::<Vec<_>>(), ["This is Maria."]);
    assert_eq!(said(&events), ["when are you open", "thank you"], "what our own messages bring back is nobody's word");
    assert_eq!((shop.said_to_last().len(), sent().len()), (answers, answers), "the bot is silent");
}

#[tokio::test]
async fn a_thread_that_the_inbox_of_messenger_takes_silences_the_bot_until_it_is_passed_back() {
    let own = 2_055_501_007_418_636_u64;
    let change = |kind: &str, at: i64, new_owner: Value| {
        let mut event = json!({ "sender": { "id": Platform::Messenger.user(1) },
            "recipient": { "id": "104005550100273" }, "timestamp": at });
        event[kind] = json!({ "new_owner_app_id": new_owner, "previous_owner_app_id": null, "metadata": "" });
        let body = json!({ "object": "page", "entry": [{ "id": "104005550100273", "messaging": [event] }] });
        body.to_string().into_bytes()
    };
    for (kind, inbox) in [
        ("pass_thread_control", json!(263_902_037_430_900_u64)),
        ("take_thread_control", json!("263902037430900")),
        ("take_thread_control", json!(77)),
    ] {
        let shop = Shop::open(Platform::Messenger).await;
        assert!(shop.deliver(change(kind, 1, inbox.clone())).await.status.is_success());
        assert!(shop.events().is_empty(), "{kind}: nobody has a conversation with us yet");
        shop.writes(1, "when are you open", 1).await;
        let before = shop.said_to(1).len();
        assert!(before > 0);
        for _ in 0..2 {
            assert!(shop.deliver(change(kind, 2, inbox.clone())).await.status.is_success());
        }
        shop.writes(1, "hello?", 2).await;
        assert_eq!(shop.said_to(1).len(), before, "{kind} {inbox}: the bot is silent");
        assert!(shop.deliver(change("pass_thread_control", 3, own.to_string().into())).await.status.is_success());
        shop.writes(1, "when are you open", 3).await;
        assert!(shop.said_to(1).len() > before, "{kind} {inbox}: it speaks again");
    }
}

#[tokio::test]
async fn what_is_said_in_a_group_on_whatsapp_is_not_said_to_us() {
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "messages", "value": {
        "metadata": { "phone_number_id": "20555" }, "messages": [{ "from": Platform::WhatsApp.user(1), "group_id": "Y2FwaQ",
        "id": "wamid.g", "timestamp": "1", "type": "text", "text": { "body": "when are you open" } }] } }] }] });
    let shop = Shop::open(Platform::WhatsApp).await;
    assert!(shop.deliver(body.to_string().into_bytes()).await.status.is_success());
    assert!(shop.events().is_empty(), "{:?}", shop.events());
}

#[tokio::test]
async fn in_a_thread_of_slack_what_is_said_to_another_is_not_answered() {
    let shop = Shop::open(Platform::Slack).await;
    for (number, kind, text) in [
        (1, "app_mention", "<@U0BOT> when are you open"),
        (2, "message", "<@U99> when are you open next week"),
        (3, "message", "thank you"),
    ] {
        let event = json!({ "type": kind, "channel_type": "channel", "channel": "C1", "user": "U7", "ts": format!("{number}.1"),
            "thread_ts": "1.1", "text": text });
        let body = json!({ "type": "event_callback", "event_id": format!("Ev{number}"), "event": event });
        assert!(shop.deliver(body.to_string().into_bytes()).await.status.is_success());
    }
    assert_eq!(said(&shop.events()), ["when are you open", "thank you"]);
}

#[tokio::test]
async fn on_line_the_bots_name_is_not_part_of_what_is_said_to_it() {
    let mention = |own: bool, index: usize, length: usize| json!([{ "index": index, "length": length, "isSelf": own, "type": "user" }]);
    for (text, mentioned, heard) in [
        ("@Lamps when are you open", mention(true, 0, 6), Some("when are you open")),
        ("🏮 hello @Lamps", mention(true, 9, 6), Some("🏮 hello")),
        ("@Ann when are you open", mention(false, 0, 4), None),
        ("@Lamps hello", mention(true, 5, 900), Some("@Lamps hello")),
    ] {
        let shop = Shop::open(Platform::Line).await;
        let body = json!({ "events": [{ "type": "message", "mode": "active", "webhookEventId": "01G", "replyToken": "r",
            "source": { "type": "group", "groupId": "C1", "userId": "U1" },
            "message": { "type": "text", "id": "9", "text": text, "mention": { "mentionees": mentioned } } }] });
        assert!(shop.deliver(body.to_string().into_bytes()).await.status.is_success());
        assert_eq!(said(&shop.events()), Vec::from_iter(heard), "{text}");
    }
}

#[tokio::test]
async fn a_command_in_a_channel_of_slack_is_between_the_bot_and_whoever_gave_it() {
    let shop = Shop::open(Platform::Slack).await;
    let form = |pairs: &[(&str, &str)]| {
        let mut url = reqwest::Url::parse("http://x/").unwrap();
        url.query_pairs_mut().extend_pairs(pairs);
        url.query().unwrap().as_bytes().to_vec()
    };
    let gives = |text: &str, trigger: &str| {
        form(&[
            ("command", "/lamps"),
            ("text", text),
            ("channel_id", "C0GENERAL"),
            ("user_id", "U1"),
            ("trigger_id", trigger),
        ])
    };
    assert!(shop.deliver(gives("when are you open", "t1")).await.status.is_success());
    let sent = || {
        let calls = shop.api.asked().into_iter().filter(|call| call.path.ends_with("/chat.postEphemeral"));
        calls.map(|call| serde_json::from_slice::<Value>(&call.body).unwrap()).collect::<Vec<_>>()
    };
    shop.until("they are answered", || !sent().is_empty()).await;
    assert!(sent().iter().all(|body| body["channel"] == "C0GENERAL" && body["user"] == "U1"), "{:?}", sent());
    assert!(sent().iter().all(|body| body["thread_ts"].is_null()), "{:?}", sent());
    // A button of what only they see is theirs as well.
    let press = json!({ "type": "block_actions", "user": { "id": "U1" }, "channel": { "id": "C0GENERAL" },
        "container": { "type": "message", "message_ts": "5.1", "is_ephemeral": true },
        "actions": [{ "type": "button", "action_id": "fd0", "value": "thank you", "action_ts": "9", "text": { "text": "Thanks" } }] });
    assert!(shop.deliver(form(&[("payload", &press.to_string())])).await.status.is_success());
    let opened = shop.events().iter().filter(|(_, one)| matches!(one.event, Event::Opened { .. })).count();
    assert_eq!((opened, said(&shop.events()).len()), (1, 2), "one conversation");
    assert!(shop.api.asked().iter().all(|call| !call.path.ends_with("/chat.postMessage")), "nothing for all to read");
}
