//! What flows between visitor and agent besides words: how far each has read, and who types.

use std::time::Duration;

use serde_json::{Value, json};

use crate::http_desk::Stream;
use crate::http_visitor::{connect, hear, send};
use crate::support::server::{Agent, Server, Visitor};

/// A conversation that an agent has, and the number of the agent's first words.
async fn spoken(visitor: &Visitor<'_>, agent: &Agent<'_>) -> u64 {
    let said = agent.command(visitor.conversation(), "say", json!({ "text": "Hello, I am Ada." })).await.ok();
    said["last"].as_u64().unwrap()
}

async fn receipts(visitor: &Visitor<'_>, delivered: u64, seen: u64) {
    let body = json!({ "conversation": visitor.conversation(), "delivered": delivered, "seen": seen });
    assert_eq!(visitor.post("/api/visitor/receipts", body).await.status, 204);
}

async fn read(agent: &Agent<'_>, visitor: &Visitor<'_>, read: u64) {
    assert_eq!(agent.command(visitor.conversation(), "read", json!({ "read": read })).await.status, 204);
}

fn signal(visitor: &Visitor<'_>, delivered: u64, seen: u64) -> String {
    let told = json!({ "id": visitor.conversation(), "delivered": delivered, "seen": seen });
    format!("event: signal\ndata: {told}")
}

#[tokio::test]
async fn a_desk_sees_what_of_its_words_arrived_and_was_seen_and_that_never_goes_back() {
    let server = Server::start().await;
    let (visitor, ada) = (Visitor::new(&server).await, Agent::admin(&server).await);
    let words = spoken(&visitor, &ada).await;
    let query = format!("?conversation={}", visitor.conversation());
    let mut desk = Stream::open(&ada, &query).await;
    receipts(&visitor, words, 0).await;
    desk.hears(&signal(&visitor, words, 0)).await;
    receipts(&visitor, 0, words).await;
    desk.hears(&signal(&visitor, words, words)).await;
    // What is behind changes nothing, and nobody is further than the end.
    desk.heard.clear();
    receipts(&visitor, 1, 1).await;
    receipts(&visitor, words, words).await;
    receipts(&visitor, u64::MAX, 0).await;
    receipts(&visitor, 1, 1).await;
    desk.pause(Duration::from_millis(300)).await;
    assert!(!desk.heard.contains("signal"), "{}", desk.heard);

    // A desk that comes later is told how far the visitor is.
    let response = ada.call(axum::http::Method::GET, &format!("/api/agent/stream{query}"));
    drop(desk);
    let mut later = Stream::of(response.open().await);
    later.hears(&signal(&visitor, words, words)).await;
}

#[tokio::test]
async fn a_visitor_sees_what_the_agent_read_by_every_way() {
    let server = Server::start().await;
    let (visitor, ada) = (Visitor::new(&server).await, Agent::admin(&server).await);
    spoken(&visitor, &ada).await;
    let said = visitor.say("Do you have green lamps?").await;
    let (last, own) = (said["last"].clone(), said["events"][0]["no"].as_u64().unwrap());
    assert_eq!(said["read"], 0);
    let mut socket = connect(&server, None).await.unwrap();
    send(&mut socket, json!({ "token": visitor.token, "after": last, "conversation": visitor.conversation() })).await;
    send(&mut socket, json!({ "type": "ping" })).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "pong");

    // One who polls is answered as soon as it is read.
    let poll = server.get(&format!("/api/visitor/events?after={last}&wait=30")).bearer(&visitor.token).send();
    // It is asked first, and nothing before its waiting takes its turn away.
    let (polled, ()) = tokio::join!(biased; poll, read(&ada, &visitor, own));
    let polled = polled.ok();
    assert_eq!((polled["read"].as_u64(), polled["events"].as_array().map(Vec::len)), (Some(own), Some(0)));
    assert_eq!(hear(&mut socket).await.unwrap(), json!({ "type": "read", "read": own }));
    assert_eq!(visitor.events_after(0).await["read"], own);
    let session = visitor.post("/api/visitor/session", json!({})).await.ok();
    assert_eq!(session["read"], own, "also after a reload");
}

#[tokio::test]
async fn only_the_agent_whom_the_visitor_talks_with_reads_and_types() {
    let server = Server::start().await;
    let (visitor, ada) = (Visitor::new(&server).await, Agent::admin(&server).await);
    let bob = ada.hired("Bob", "supervisor").await;
    // With the bot, an agent who looks in is nobody's reader.
    let first = visitor.say("when are you open").await["last"].as_u64().unwrap();
    read(&ada, &visitor, first).await;
    assert_eq!(visitor.events_after(0).await["read"], 0);

    let words = spoken(&visitor, &ada).await;
    read(&bob, &visitor, words).await;
    assert_eq!(visitor.events_after(0).await["read"], 0, "a supervisor who looks in is not the one");
    let mut socket = connect(&server, None).await.unwrap();
    let hello = json!({ "token": visitor.token, "after": words, "conversation": visitor.conversation() });
    send(&mut socket, hello).await;
    send(&mut socket, json!({ "type": "ping" })).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "pong");
    for agent in [&bob, &ada] {
        let answer = agent.command(visitor.conversation(), "typing", json!({})).await;
        assert_eq!(answer.status, 204);
    }
    assert_eq!(hear(&mut socket).await.unwrap(), json!({ "type": "typing", "agent": { "name": "Ada" } }));
    // What colleagues are told tells the visitor too, if it says so and is an answer.
    let composing = async |told| assert_eq!(ada.command(visitor.conversation(), "composing", told).await.status, 204);
    composing(json!({ "kind": "note", "typing": true })).await;
    composing(json!({ "kind": "say" })).await;
    send(&mut socket, json!({ "type": "ping" })).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "pong", "nothing was told");
    composing(json!({ "kind": "say", "typing": true })).await;
    assert_eq!(hear(&mut socket).await.unwrap(), json!({ "type": "typing", "agent": { "name": "Ada" } }));

    // What the visitor does goes to the desk, by socket or call, and no word of it.
    let mut desk = Stream::open(&ada, &format!("?conversation={}", visitor.conversation())).await;
    let typing = format!("event: signal\ndata: {}", json!({ "id": visitor.conversation(), "typing": true }));
    send(&mut socket, json!({ "type": "typing" })).await;
    desk.hears(&typing).await;
    desk.heard.clear();
    assert_eq!(visitor.post("/api/visitor/typing", Value::Null).await.status, 204);
    desk.hears(&typing).await;
    let receipt =
        json!({ "type": "receipts", "conversation": visitor.conversation(), "delivered": words, "seen": words });
    send(&mut socket, receipt).await;
    desk.hears(&signal(&visitor, words, words)).await;
    let events = ada.get(&format!("/api/agent/conversations/{}/events", visitor.conversation())).await.ok();
    assert_eq!(events["last"], words, "nothing of this is an event");
}

#[tokio::test]
async fn nobody_reads_or_types_in_a_conversation_that_is_not_theirs() {
    let server = Server::start().await;
    let (visitor, other) = (Visitor::new(&server).await, Visitor::new(&server).await);
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    for id in [other.conversation(), "c_nonsense", ""] {
        let body = json!({ "conversation": id, "delivered": 1, "seen": 1 });
        visitor.post("/api/visitor/receipts", body).await.refused(404, "not_found");
    }
    visitor.say("a person please").await;
    bob.command(visitor.conversation(), "read", json!({ "read": 1 })).await.refused(404, "not_found");
    bob.command(visitor.conversation(), "typing", json!({})).await.refused(404, "not_found");
}

#[tokio::test]
async fn hints_are_limited() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let mut refused = 0;
    for _ in 0..60 {
        refused += usize::from(visitor.post("/api/visitor/typing", Value::Null).await.status == 429);
    }
    assert!(refused > 0, "a visitor who hints sixty times at once is heard no more");
    visitor.say("but may write").await;
}
