//! The generic webhook as whoever writes a program for it meets it: slips are answered with the field that they are in, and what
//! is written of it in the README and in the API's description is so.

use std::collections::BTreeSet;

use axum::http::Method;
use frontdesk::store;
use serde_json::{Value, json};

use super::api::Api;
use super::platform::{self, Platform};
use super::{Shop, said};
use crate::events::receiver::Receiver;
use crate::support::server::Server;

#[tokio::test]
async fn a_slip_is_answered_with_its_field_and_nothing_is_stored() {
    let with = |field: &str, value: Value| {
        let mut body = json!({ "type": "message", "id": "m1", "user": "u1", "text": "hello" });
        if value.is_null() {
            body.as_object_mut().unwrap().remove(field);
        } else {
            body[field] = value;
        }
        body
    };
    let shop = Shop::open(Platform::Webhook).await;
    for (body, expected) in [
        (with("type", json!("mesage")), "`type`: there is no \"mesage\"; did you mean \"message\"?"),
        (with("type", json!("poke")), "`type`: there is no \"poke\"; there are message, press, start, taken_back."),
        (with("type", Value::Null), "`type` is missing: it is one of message, press, start, taken_back."),
        (with("user", Value::Null), "`user` is missing: your id of whoever wrote."),
        (with("user", json!("")), "`user` is empty: your id of whoever wrote."),
        (with("user", json!(42)), "`user` must be a text (numbers in quotes)."),
        (with("user", json!("u".repeat(257))), "`user` is longer than 256 bytes."),
        (with("text", json!("t".repeat(4_001))), "`text` is longer than 4000 characters."),
        (with("id", json!("")), "`id` is empty; without an `id` the header webhook-id counts."),
        (with("text", Value::Null), "`text` is missing: what they wrote."),
        (with("text", json!("  ")), "`text` is empty: what they wrote."),
        (with("verified", json!(["mail"])), "`verified`: there is no \"mail\"; did you mean \"email\"?"),
        (with("verified", json!("email")), "`verified`: a list belongs here, such as [\"email\", \"phone\"]."),
        (with("verified", json!(["phone"])), "`verified`: it says phone, and there is no `phone`."),
        (
            json!({ "type": "press", "user": "u1" }),
            "`payload` is missing: what the button that they pressed had as `payload`.",
        ),
        (json!({ "type": "taken_back", "user": "u1" }), "`message` is missing: the `id` of what is taken back."),
        (json!(["message"]), "the body must be a JSON object."),
    ] {
        let message = shop.deliver(body.to_string().into_bytes()).await.refused(400, "bad_delivery");
        assert_eq!(message, format!("The delivery has its proof and makes no sense: {expected}"), "{body}");
    }
    assert!(shop.events().is_empty(), "{:?}", shop.events());
}

#[tokio::test]
async fn without_an_id_that_of_the_delivery_makes_a_repeat_known() {
    let shop = Shop::open(Platform::Webhook).await;
    for text in ["hello", "hello", "good morning"] {
        let body = json!({ "type": "message", "user": "u1", "text": text, "id": null });
        shop.deliver(body.to_string().into_bytes()).await.ok();
    }
    assert_eq!(said(&shop.events()), ["hello", "good morning"]);
}

#[tokio::test]
async fn the_readmes_worked_example_is_taken() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let after = |mark: &str, end: char| readme.split_once(mark).unwrap().1.split(end).next().unwrap().to_owned();
    assert_eq!(after("\nHOOK_SECRET=", '\n'), platform::env("WEBHOOK_SECRET").unwrap());
    let shop = Shop::open(Platform::Webhook).await;
    let call = shop.server.call(Method::POST, "/webhooks/webhook").header("webhook-id", &after("\nid=", ' '));
    let call = call.header("webhook-timestamp", &after("With this secret and body, `at=", '`'));
    let call = call.header("webhook-signature", &after("gives `", '`'));
    let reply = call.bytes(after("body='", '\'')).send().await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, ""));
    assert_eq!(said(&shop.events()), ["hello"]);
}

/// The names of an object's fields.
fn fields(object: &Value) -> BTreeSet<&String> {
    object.as_object().unwrap().keys().collect()
}

/// That a value has the fields that its schema has, and what holds fields of its own has theirs.
fn fits(value: &Value, schema: &Value) {
    let properties = &schema["properties"];
    assert_eq!(fields(value), fields(properties), "{value}");
    for (name, part) in value.as_object().unwrap() {
        if properties[name]["properties"].is_object() {
            fits(part, &properties[name]);
        }
        if let Some(known) = properties[name]["enum"].as_array() {
            assert!(known.contains(part), "{name}: {part}");
        }
    }
}

#[tokio::test]
async fn what_the_description_says_of_webhooks_is_what_comes_and_goes() {
    let (api, receiver) = (Api::start(Platform::Webhook).await, Receiver::start().await);
    let events = format!("events: [{{ secret: WEBHOOK_SECRET, url: '{}' }}]\n", receiver.url);
    let settings = format!("{}{events}", Platform::Webhook.settings(&api.url));
    let server = Server::with_channels(store::memory().unwrap(), &settings, &platform::env);
    let shop = Shop { server, api, platform: Platform::Webhook };
    let described = shop.server.get("/openapi.json").send().await.ok();
    let schemas = &described["components"]["schemas"];

    let update = &schemas["WebhookUpdate"];
    let examples = update["examples"].as_array().unwrap();
    for example in examples {
        let unknown: Vec<_> =
            fields(example).into_iter().filter(|name| update["properties"][*name].is_null()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        shop.deliver(example.to_string().into_bytes()).await.ok();
    }
    let mut kinds: Vec<_> = examples.iter().map(|example| &example["type"]).collect();
    kinds.dedup();
    assert_eq!(kinds, Vec::from_iter(update["properties"]["type"]["enum"].as_array().unwrap()), "an example of each");

    shop.until("a message and an event", || {
        let bodies = shop.api.asked().into_iter().map(|asked| asked.body);
        let any = bodies.filter_map(|body| serde_json::from_slice::<Value>(&body).ok());
        any.into_iter().any(|body| body["type"] == "message") && !receiver.taken().is_empty()
    })
    .await;
    for asked in shop.api.asked() {
        fits(&serde_json::from_slice(&asked.body).unwrap(), &schemas["WebhookMessage"]);
    }
    for event in receiver.taken() {
        fits(&event, &schemas["WebhookEvent"]);
        // The server's clock stands at a whole second here: the fraction is there all the same.
        for at in [&event["at"], &event["conversation"]["opened_at"]] {
            assert_eq!(at.as_str().map(str::len), Some("2026-01-05T10:00:00.000Z".len()), "{event}");
        }
    }
    let named: Vec<_> = frontdesk::engine::EventKind::ALL.into_iter().map(|kind| json!(kind.name())).collect();
    assert_eq!(*schemas["WebhookEvent"]["properties"]["type"]["enum"].as_array().unwrap(), named);
}
