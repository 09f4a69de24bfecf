//! Every payload in `fixtures/payloads` does what its index says.

use std::path::PathBuf;

use frontdesk::dialog::{Event, RemoteKind};
use serde_json::{Value, json};

use super::platform::Platform;
use super::{Shop, said};

fn folder(platform: Platform) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/payloads").join(platform.name())
}

/// The body as the platform sends it.
fn body(platform: Platform, entry: &Value, payload: &Value) -> Vec<u8> {
    let pairs = |pairs: &[(String, String)]| {
        let mut url = reqwest::Url::parse("http://x/").unwrap();
        url.query_pairs_mut().extend_pairs(pairs);
        url.query().unwrap_or_default().as_bytes().to_vec()
    };
    if platform == Platform::Twilio {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all: Vec<_> = payload.as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        return pairs(&all);
    }
    match entry["form_field"].as_str() {
        Some(field) => pairs(&[(field.to_owned(), payload.to_string())]),
        None => payload.to_string().into_bytes(),
    }
}

/// Puts a value at a path such as `events.0.deliveryContext.isRedelivery`.
fn patch(payload: &mut Value, path: &str, value: &Value) {
    let pointer = format!("/{}", path.replace('.', "/"));
    *payload.pointer_mut(&pointer).unwrap_or_else(|| panic!("there is no {path}")) = value.clone();
}

fn kind(name: &str) -> RemoteKind {
    match name {
        "image" => RemoteKind::Image,
        "audio" => RemoteKind::Audio,
        "file" => RemoteKind::File,
        "sticker" => RemoteKind::Sticker,
        "location" => RemoteKind::Location,
        "fallback" => RemoteKind::Unsupported,
        other => panic!("an attachment of a kind that no test knows: {other}"),
    }
}

async fn behaves(platform: Platform) {
    let index = std::fs::read_to_string(folder(platform).join("index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let entries = index["payloads"].as_array().unwrap();
    assert!(entries.len() >= 8, "{platform:?} has payloads");
    for entry in entries {
        let file = entry["file"].as_str().unwrap();
        let payload = std::fs::read_to_string(folder(platform).join(file)).unwrap();
        let mut payload: Value = serde_json::from_str(&payload).unwrap();
        let what = format!("{}/{file}", platform.name());
        let shop = Shop::open(platform).await;

        let times = entry["send_times"].as_u64().unwrap_or(1);
        let mut reply = String::new();
        for time in 0..times {
            if time > 0 {
                for change in entry["second_patch"].as_array().into_iter().flatten() {
                    patch(&mut payload, change[0].as_str().unwrap(), &change[1]);
                }
            }
            let answer = shop.deliver(body(platform, entry, &payload)).await;
            assert_eq!(json!(answer.status.as_u16()), entry["expect"]["status"][0], "{what}: {}", answer.text);
            reply = answer.text;
        }
        if let Some(part) = entry["response_contains"].as_str() {
            assert!(reply.contains(part), "{what}: {reply}");
        }

        let events = shop.events();
        let process = entry["expect"]["process"].as_array().unwrap();
        if entry["expect"]["ignore"] == true {
            // What a person wrote in the platform's inbox is on record, and nobody's word to us.
            let of_a_person = |event: &Event| {
                matches!(event, Event::Opened { .. } | Event::Assigned { .. } | Event::SaidElsewhere { .. })
            };
            let all_theirs = events.iter().any(|(_, one)| matches!(one.event, Event::SaidElsewhere { .. }))
                && events.iter().all(|(_, one)| of_a_person(&one.event));
            assert!(events.is_empty() || all_theirs, "{what} is nobody's word: {events:?}");
            assert!(shop.api.asked().is_empty(), "{what}: nobody may be answered");
            continue;
        }
        for expected in process {
            understood(&what, expected, &events, &reply);
            if let Some(name) = expected["name"].as_str() {
                assert!(shop.introduced().contains(&name.to_owned()), "{what}: the name is known");
            }
        }
        let answers = events.iter().filter(|(_, recorded)| matches!(recorded.event, Event::BotSaid { .. })).count();
        shop.until("the answers are sent", || {
            shop.api.asked().iter().filter(|asked| platform.message(&asked.body).is_some()).count() >= answers
        })
        .await;
        for call in entry["must_call"].as_array().into_iter().flatten() {
            let call = call.as_str().unwrap();
            shop.until(call, || shop.api.asked().iter().any(|asked| asked.path.ends_with(call))).await;
        }
    }
}

/// What a payload says was taken as it says.
fn understood(what: &str, expected: &Value, events: &[(String, frontdesk::dialog::Recorded)], reply: &str) {
    let user = expected["user"].as_str().unwrap();
    if expected["kind"] == "start" || expected["kind"] == "command" {
        let greeted = events.iter().any(
            |(_, recorded)| matches!(&recorded.event, Event::BotSaid { message, .. } if message.text == "Welcome."),
        );
        assert!(greeted || reply.contains("Welcome."), "{what} greets: {events:?} {reply}");
        assert!(said(events).is_empty(), "{what} is not a message to understand");
        return;
    }
    let opened = events.iter().find_map(|(_, recorded)| match &recorded.event {
        Event::Opened { address, .. } => Some(address.clone()),
        _ => None,
    });
    let address = opened.unwrap_or_else(|| panic!("{what}: nobody was heard"));
    assert_eq!(address.user, user, "{what}");
    if let Some(channel) = expected["channel"].as_str() {
        assert!(address.chat.starts_with(channel), "{what}: {}", address.chat);
    }
    let kinds: Vec<RemoteKind> = events
        .iter()
        .filter_map(|(_, recorded)| match &recorded.event {
            Event::RemoteSent { file, .. } => Some(file.kind),
            _ => None,
        })
        .collect();
    let attachments = expected["attachments"].as_array().cloned().unwrap_or_default();
    let mut wanted: Vec<RemoteKind> = attachments.iter().map(|name| kind(name.as_str().unwrap())).collect();
    // A picture that came as a file is a picture.
    if what == "slack/10-dm-file-share.json" {
        wanted = vec![RemoteKind::Image];
    }
    if what == "whatsapp/11-unsupported.json" {
        wanted = vec![RemoteKind::Unsupported];
    }
    assert_eq!(kinds, wanted, "{what}");
    // A button is understood by what it says; where the platform does not tell that, by what it brings back.
    let words = said(events);
    match expected["title"].as_str().or(expected["text"].as_str()).or(expected["payload"].as_str()) {
        Some(text) if kinds.is_empty() || expected["text"].is_string() => assert_eq!(words, [text], "{what}"),
        _ => assert!(words.is_empty(), "{what}: {words:?}"),
    }
}

#[tokio::test]
async fn telegram_payloads_do_what_their_index_says() {
    behaves(Platform::Telegram).await;
}

#[tokio::test]
async fn whatsapp_payloads_do_what_their_index_says() {
    behaves(Platform::WhatsApp).await;
}

#[tokio::test]
async fn messenger_payloads_do_what_their_index_says() {
    behaves(Platform::Messenger).await;
}

#[tokio::test]
async fn slack_payloads_do_what_their_index_says() {
    behaves(Platform::Slack).await;
}

#[tokio::test]
async fn twilio_payloads_do_what_their_index_says() {
    behaves(Platform::Twilio).await;
}

#[tokio::test]
async fn line_payloads_do_what_their_index_says() {
    behaves(Platform::Line).await;
}

#[tokio::test]
async fn viber_payloads_do_what_their_index_says() {
    behaves(Platform::Viber).await;
}
