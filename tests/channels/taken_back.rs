//! A message that a visitor takes back in their app: its words are nowhere any more, and that it was taken back is.

use std::sync::Arc;

use frontdesk::dialog::Event;
use frontdesk::engine::FromEvents;
use frontdesk::store::{self, Store, transfer};
use frontdesk::time::Span;
use serde_json::{Value, json};

use super::api::{Api, PICTURE};
use super::platform::{self, Platform};
use super::{PATIENCE, Shop};
use crate::support::server::{Agent, Server};

/// Words that nothing else has.
const SECRET: &str = "xylophone 4711";

/// A shop whose archive can be searched.
async fn searching(platform: Platform, store: Arc<dyn Store>) -> Shop {
    let api = Api::start(platform).await;
    let settings = format!("sites: {{ default: {{}} }}\nchannels:\n{}", platform.settings(&api.url));
    let server = Server::searching_with_settings(store, &settings, &platform::env);
    Shop { server, api, platform }
}

/// How a platform tells that somebody took back their message with a number.
fn taken_back(platform: Platform, user: usize, number: usize) -> Value {
    let who = platform.user(user);
    match platform {
        Platform::Line => json!({ "events": [unsend(&json!({ "type": "user", "userId": who }), number, "active")] }),
        Platform::WhatsApp => {
            json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "messages", "value": {
            "metadata": { "phone_number_id": "20555" }, "messages": [{ "from": who, "id": "wamid.revoke", "timestamp": "2",
            "type": "revoke", "revoke": { "original_message_id": format!("wamid.{number}") } }] } }] }] })
        }
        Platform::Slack => json!({ "type": "event_callback", "event_id": "EvDel", "event": {
            "type": "message", "subtype": "message_deleted", "channel": format!("D{who}"), "channel_type": "im", "ts": "1700000099.000001",
            "deleted_ts": format!("1700000000.{number:06}"), "previous_message": { "type": "message", "user": who,
            "ts": format!("1700000000.{number:06}"), "text": "whatever" } } }),
        Platform::Webhook => {
            json!({ "type": "taken_back", "id": "back-1", "user": who, "message": format!("m{number}") })
        }
        other => panic!("{other:?} does not tell of it"),
    }
}

fn unsend(source: &Value, number: usize, mode: &str) -> Value {
    json!({ "type": "unsend", "mode": mode, "timestamp": 2, "source": source, "webhookEventId": "01UNSEND",
        "deliveryContext": { "isRedelivery": false }, "unsend": { "messageId": number.to_string() } })
}

/// All of a store, as an export has it.
fn exported(store: &dyn Store) -> String {
    let mut bytes = Vec::new();
    transfer::export(store, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What an agent can find by a word.
async fn hits(agent: &Agent<'_>, word: &str) -> usize {
    let reply = agent.get(&format!("/api/agent/search?q={word}")).await;
    reply.json["hits"].as_array().map_or(usize::MAX, Vec::len)
}

async fn until_hits(agent: &Agent<'_>, word: &str, expected: usize) {
    let began = std::time::Instant::now();
    while hits(agent, word).await != expected {
        assert!(began.elapsed() < PATIENCE, "the search finds {:?} of {word}", hits(agent, word).await);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_was_taken_back_is_nowhere_and_that_it_was_is() {
    for platform in [Platform::Line, Platform::WhatsApp, Platform::Slack, Platform::Webhook] {
        let shop = searching(platform, store::memory().unwrap()).await;
        let agent = Agent::admin(&shop.server).await;
        shop.writes(1, "there is a mistake in my bill", 1).await;
        shop.writes(1, SECRET, 2).await;
        let id = shop.events()[0].0.clone();
        until_hits(&agent, "xylophone", 1).await;
        let paths = [
            format!("/api/agent/conversations/{id}/events"),
            format!("/api/agent/conversations/{id}"),
            "/api/agent/inbox".to_owned(),
            format!("/desk/c/{id}"),
        ];
        for path in &paths {
            let before = agent.get(path).await.text;
            assert!(before.contains("xylophone") || path.ends_with(&id), "{platform:?}: {path} shows it before");
        }
        let last = shop.events().into_iter().filter(|(of, _)| *of == id).map(|(_, one)| one.no.0).max().unwrap();
        for _ in 0..2 {
            let body = taken_back(platform, 1, 2).to_string().into_bytes();
            let reply = shop.deliver(body).await;
            assert!(reply.status.is_success(), "{platform:?}: {}", reply.text);
        }
        let told = shop.events().iter().filter(|(_, one)| matches!(one.event, Event::TakenBack { .. })).count();
        assert_eq!(told, 1, "{platform:?}: once");
        for path in &paths {
            let after = agent.get(path).await.text;
            assert!(!after.contains("xylophone"), "{platform:?}: {path}: {after}");
        }
        let page = agent.get(&format!("/desk/c/{id}")).await.text;
        assert!(page.contains("took this message back"), "{platform:?}: the desk says so");
        // Whoever has it open already reads it no more either.
        let live = agent.get(&format!("/desk/fragments/c/{id}?after={last}")).await.text;
        assert!(live.contains("took this message back"), "{platform:?}: {live}");
        let api = agent.get(&paths[0]).await.text;
        assert!(api.contains("taken_back") && api.contains("withdrawn"), "{platform:?}: programs are told: {api}");
        until_hits(&agent, "xylophone", 0).await;
        assert_eq!(hits(&agent, "mistake").await, 1, "{platform:?}: the rest is found");
        let store = shop.server.engine.store();
        let export = exported(&**store);
        assert!(!export.contains("xylophone") && export.contains("taken_back"), "{platform:?}: {export}");
        let report = transfer::verify(&**store, &FromEvents).unwrap();
        assert!(report.is_good(), "{platform:?}: {:?}", report.problems);
        // Nothing is answered, and the platform's repeat of the message does not bring it back.
        let said = shop.said_to(1).len();
        shop.deliver(platform.text_from(1, SECRET, 2)).await;
        assert_eq!(shop.said_to(1).len(), said, "{platform:?}");
        assert!(!exported(&**store).contains("xylophone"), "{platform:?}");
    }
}

#[tokio::test]
async fn a_picture_goes_with_its_words_and_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = store::memory_with_files(folder.path()).unwrap();
    let shop = Shop::on(Platform::Line, store).await;
    let agent = Agent::admin(&shop.server).await;
    let source = json!({ "type": "user", "userId": Platform::Line.user(1) });
    let picture = json!({ "events": [{ "type": "message", "mode": "active", "timestamp": 1, "source": source,
        "webhookEventId": "01PIC", "message": { "type": "file", "id": "77", "fileName": "xylophone.png" } }] });
    shop.api.serve("/v2/bot/message/77/content", PICTURE);
    assert!(shop.deliver(picture.to_string().into_bytes()).await.status.is_success());
    let kept = || shop.events().into_iter().find(|(_, one)| matches!(one.event, Event::RemoteKept { .. }));
    shop.until("it is kept", || kept().is_some()).await;
    let (id, no) = kept().map(|(id, one)| (id, one.no)).unwrap();
    let path = format!("/api/agent/conversations/{id}/files/{no}");
    assert_eq!(agent.get(&path).await.status.as_u16(), 200);
    let files = || walk(folder.path());
    assert_eq!(files(), 1);
    let last = shop.events().into_iter().map(|(_, one)| one.no.0).max().unwrap();
    let body = json!({ "events": [unsend(&source, 77, "active")] });
    assert!(shop.deliver(body.to_string().into_bytes()).await.status.is_success());
    shop.until("the file is gone", || files() == 0).await;
    assert_eq!(agent.get(&path).await.status.as_u16(), 404);
    let export = exported(&**shop.server.engine.store());
    assert!(!export.contains("xylophone"), "{export}");
    assert!(transfer::verify(&**shop.server.engine.store(), &FromEvents).unwrap().is_good());
    let page = agent.get(&format!("/desk/c/{id}")).await.text;
    assert!(page.contains("took this message back") && !page.contains("xylophone"));
    // Whoever has it open gets a line in the place of the file's.
    let live = agent.get(&format!("/desk/fragments/c/{id}?after={last}")).await.text;
    assert!(live.matches("took this message back").count() == 2 && live.contains(&format!("id=\"e{no}\"")), "{live}");
}

/// How many files lie in a folder.
fn walk(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let all = entries.flatten().map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { 1 });
    all.sum()
}

#[tokio::test]
async fn also_after_the_conversation_in_a_group_and_while_another_module_answers() {
    let shop = Shop::open(Platform::Line).await;
    let agent = Agent::admin(&shop.server).await;
    let who = Platform::Line.user(1);
    // Said in one conversation, taken back in the next.
    shop.writes(1, SECRET, 1).await;
    let first = shop.events()[0].0.clone();
    crate::http_desk::close(&shop.server, &agent, &first).await;
    shop.writes(1, "when are you open", 2).await;
    // And in a group, where we were called by name.
    let group = json!({ "type": "group", "groupId": "C1", "userId": who });
    let called = json!({ "events": [{ "type": "message", "mode": "active", "timestamp": 1, "source": group, "webhookEventId": "01G",
        "message": { "type": "text", "id": "9", "text": SECRET, "mention": { "mentionees": [{ "isSelf": true }] } } }] });
    assert!(shop.deliver(called.to_string().into_bytes()).await.status.is_success());
    assert_eq!(super::said(&shop.events()).iter().filter(|text| *text == SECRET).count(), 2);
    let alone = json!({ "type": "user", "userId": who });
    let both = json!({ "events": [unsend(&alone, 1, "standby"), unsend(&group, 9, "active")] });
    assert!(shop.deliver(both.to_string().into_bytes()).await.status.is_success());
    shop.server.clock.advance(Span::seconds(1));
    assert!(!super::said(&shop.events()).iter().any(|text| text == SECRET), "{:?}", super::said(&shop.events()));
    let of = |id: &str| {
        shop.events().iter().filter(|(of, one)| of == id && matches!(one.event, Event::TakenBack { .. })).count()
    };
    assert_eq!(of(&first), 1, "in the conversation in which it was said");
}
