//! A desk elsewhere: it hears of a visitor who needs a person, answers through a signed webhook, and the visitor reads it.

use frontdesk::dialog::Event;
use serde_json::{Value, json};

use super::receiver::{Receiver, SECRET, signature};
use super::{env, server, settings, until};
use crate::channels::{Api, PUBLIC_URL, Platform};
use crate::support::server::{Agent, Reply, Server, Visitor, texts};

/// A delivery of the desk elsewhere, proved with a secret, sent so many seconds ago.
async fn deliver(server: &Server, secret: &str, id: &str, ago: i64, body: &Value) -> Reply {
    let (body, at) = (body.to_string(), (server.clock.now().0 / 1_000 - ago).to_string());
    let proof = signature(secret, id, &at, body.as_bytes());
    let call = server.call(axum::http::Method::POST, "/webhooks/desk").header("webhook-id", id);
    call.header("webhook-timestamp", &at).header("webhook-signature", &proof).bytes(body).send().await
}

async fn says(server: &Server, id: &str, conversation: &str, text: &str) -> Reply {
    let body = json!({ "type": "say", "conversation": conversation, "text": text, "agent": "Ann" });
    deliver(server, SECRET, id, 0, &body).await
}

#[tokio::test]
async fn a_desk_elsewhere_takes_over_answers_and_hands_back() {
    let receiver = Receiver::start().await;
    let server = server(&[(&receiver, "")]);
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation().to_owned();
    let waits = visitor.say("there is a mistake in my bill").await;
    until(&server, "the handoff", || receiver.types().contains(&"handoff.requested".to_owned())).await;

    assert_eq!(says(&server, "m1", &id, "Hello, let me look.").await.ok()["duplicate"], false);
    assert_eq!(
        says(&server, "m1", &id, "Hello, let me look.").await.ok()["duplicate"],
        true,
        "the same delivery acts once"
    );
    let news = visitor.events_after(waits["last"].as_u64().unwrap()).await;
    assert_eq!(texts(&news), ["agent", "Ann has joined the conversation.", "Hello, let me look."]);
    assert_eq!(news["conversation"]["agent"]["name"], "Ann");

    // What the visitor answers goes there, and the bot is silent.
    let answer = visitor.say("when are you open").await;
    assert!(!answer.to_string().contains("nine to five"), "the bot spoke: {answer}");
    until(&server, "the answer", || receiver.taken().last().is_some_and(|event| event["type"] == "message.received"))
        .await;
    assert_eq!(receiver.taken().last().unwrap()["data"]["text"], "when are you open");
    let assigned: Vec<_> = receiver.taken().into_iter().filter(|event| event["type"] == "handoff.assigned").collect();
    assert_eq!(assigned[0]["data"], json!({ "agent": { "id": null, "name": "Ann" }, "by": "other_desk" }));

    // An agent here does not get between.
    let ada = Agent::admin(&server).await;
    ada.command(&id, "say", json!({ "text": "Me too" })).await.refused(409, "owned_by_another");

    deliver(&server, SECRET, "m2", 0, &json!({ "type": "hand_back", "conversation": id })).await.ok();
    assert!(visitor.say("when are you open").await.to_string().contains("nine to five"), "the bot goes on");
    until(&server, "its end", || receiver.types().contains(&"handoff.ended".to_owned())).await;
    let ended = receiver.taken().into_iter().find(|event| event["type"] == "handoff.ended").unwrap();
    assert_eq!(ended["data"], json!({ "agent": { "id": null, "name": "Ann" }, "why": "handed_back" }));
    deliver(&server, SECRET, "m3", 0, &json!({ "type": "resolve", "conversation": id }))
        .await
        .refused(409, "not_yours");
    deliver(&server, SECRET, "m4", 0, &json!({ "type": "claim", "conversation": id, "agent": "Ben" })).await.ok();
    deliver(&server, SECRET, "m5", 0, &json!({ "type": "resolve", "conversation": id })).await.ok();
    assert_eq!(visitor.events_after(0).await["conversation"]["phase"], "resolved");
}

#[tokio::test]
async fn what_a_desk_elsewhere_says_reaches_a_messaging_app() {
    let (receiver, platform) = (Receiver::start().await, Platform::Telegram);
    let api = Api::start(platform).await;
    let text = format!("{}channels:\n{}", settings(&[(&receiver, "")]), platform.settings(&api.url));
    let server = Server::with_settings(frontdesk::store::memory().unwrap(), &text, &env);
    let body = platform.text_from(1, "there is a mistake in my bill", 1);
    let mut call = server.call(axum::http::Method::POST, &platform.path());
    for (name, value) in platform.signed(&body, server.clock.now().0 / 1_000) {
        call = call.header(name, &value);
    }
    assert!(call.bytes(body).send().await.status.is_success());
    until(&server, "the handoff", || receiver.types().contains(&"handoff.requested".to_owned())).await;
    let event = receiver.taken().into_iter().find(|event| event["type"] == "handoff.requested").unwrap();
    assert_eq!(event["conversation"]["channel"], "telegram");
    says(&server, "m1", event["conversation"]["id"].as_str().unwrap(), "Hello from our helpdesk.").await.ok();
    until(&server, "the answer in the app", || api.read_by(1).contains(&"Hello from our helpdesk.".to_owned())).await;
    assert!(event["conversation"]["url"].as_str().unwrap().starts_with(PUBLIC_URL));
}

#[tokio::test]
async fn without_proof_or_as_a_recording_nothing_is_stored() {
    let receiver = Receiver::start().await;
    let server = server(&[(&receiver, ", site: default")]);
    let visitor = Visitor::new(&server).await;
    let other = Visitor::at(&server, "other").await;
    let say = json!({ "type": "say", "conversation": visitor.conversation(), "text": "Hi", "agent": "Ann" });
    let before = server.engine.store().position();

    let foreign = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    deliver(&server, foreign, "m1", 0, &say).await.refused(403, "no_proof");
    deliver(&server, SECRET, "m1", 301, &say).await.refused(403, "no_proof");
    deliver(&server, SECRET, "m1", -301, &say).await.refused(403, "no_proof");
    let at = (server.clock.now().0 / 1_000).to_string();
    let call = |id: &str, body: &str, proof: &str| {
        let call = server.call(axum::http::Method::POST, "/webhooks/desk").header("webhook-id", id);
        call.header("webhook-timestamp", &at).header("webhook-signature", proof).bytes(body.to_owned())
    };
    let proof = signature(SECRET, "m1", &at, say.to_string().as_bytes());
    call("m1", &say.to_string().replace("Hi", "Ho"), &proof).send().await.refused(403, "no_proof");
    call("m2", &say.to_string(), &proof).send().await.refused(403, "no_proof");
    server.post("/webhooks/desk", say.clone()).send().await.refused(403, "no_proof");
    // Proved, and not its business or nonsense.
    says(&server, "m3", other.conversation(), "Hi").await.refused(404, "not_found");
    deliver(&server, SECRET, "m4", 0, &json!({ "type": "sing", "conversation": visitor.conversation() }))
        .await
        .refused(400, "bad_value");
    let long = json!({ "type": "claim", "conversation": visitor.conversation(), "agent": "x".repeat(81) });
    deliver(&server, SECRET, "m5", 0, &long).await.refused(400, "bad_value");
    assert_eq!(server.engine.store().position(), before, "something was stored");

    call("m1", &say.to_string(), &proof).send().await.ok();
    let events = server.engine.events(visitor.conversation().parse().unwrap(), frontdesk::id::EventNo(0), 100).unwrap();
    assert!(events.iter().any(|recorded| matches!(&recorded.event, Event::AgentSaid { text, .. } if text == "Hi")));
}

#[tokio::test]
async fn without_endpoints_there_is_no_way_in() {
    let server = Server::start().await;
    server.post("/webhooks/desk", json!({})).send().await.refused(404, "not_found");
}
