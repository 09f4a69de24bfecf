//! What helps agents to answer, alone and together: ready answers, notes that name colleagues, who else is there, what is to be
//! heard.

use std::time::Duration;

use axum::http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support::server::{Agent, PASSWORD, Server, Visitor};

#[tokio::test]
async fn ready_answers_are_filled_in_as_the_caller_would_send_them() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    visitor.say("I want to choose a colour").await;
    visitor.say("Blue").await;
    visitor.say("I want to talk to a person").await;
    let path = format!("/api/agent/conversations/{}/replies", visitor.conversation());
    let replies = ada.get(&path).await.ok();
    let hello =
        json!({ "name": "hello", "text": "Hello {{ contact.name }}, this is Ada.", "missing": ["{{ contact.name }}"] });
    assert_eq!(replies["replies"][0], hello);
    assert_eq!(replies["replies"][1]["missing"], json!([]));
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    bob.get(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_note_names_colleagues_who_may_read_it_until_they_have_seen_it() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let ann = ada.hired("Ann", "agent").await;
    let lee = json!({ "name": "Ann Lee", "email": "lee@shop.test", "password": PASSWORD });
    ada.post("/api/agent/agents", lee).await.ok();
    let lee = Agent::login(&server, "lee@shop.test").await;
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    let visitor = Visitor::new(&server).await;
    visitor.say("I want to talk to a person").await;
    let id = visitor.conversation();
    let named = async |agent: &Agent<'_>| agent.get("/desk").await.text.contains("id=\"mentions\"");
    let note = json!({ "text": "@ann lee: look at this, not @Bobby, @Bob or ann@shop.test. @Ada" });
    ada.command(id, "note", note).await.ok();
    assert_eq!((named(&lee).await, named(&ann).await), (true, false), "the longer name is meant");
    assert_eq!((named(&bob).await, named(&ada).await), (false, false), "one may not read it, one wrote it");
    let heard = lee.get("/api/agent/alerts").await.ok();
    assert!(
        heard["alerts"].as_array().unwrap().iter().any(|alert| alert["why"] == "named" && alert["id"] == id),
        "{heard}"
    );
    ann.command(id, "mentions/seen", json!({})).await.ok();
    assert!(named(&lee).await, "others see for themselves");
    lee.command(id, "mentions/seen", json!({})).await.ok();
    assert!(!named(&lee).await);
    let again = lee.command(id, "mentions/seen", json!({})).await.ok();
    assert_eq!(again["events"], json!([]), "seen twice is seen once");
    assert!(!visitor.events_after(0).await.to_string().contains("look at this"));
}

#[tokio::test]
async fn an_answer_is_held_back_where_a_colleague_has_answered_since_it_began() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let visitor = Visitor::new(&server).await;
    visitor.say("I want to talk to a person").await;
    let id = visitor.conversation();
    let seen = ada.get(&format!("/api/agent/conversations/{id}")).await.ok()["last"].clone();
    bob.command(id, "say", json!({ "text": "Hello", "seen": seen })).await.ok();
    bob.command(id, "hand-back", json!({})).await.ok();
    let late = json!({ "text": "Good morning", "seen": seen });
    let refused = ada.command(id, "say", late).await.refused(409, "answered_meanwhile");
    assert!(refused.starts_with("Bob has answered"), "{refused}");
    ada.command(id, "say", json!({ "text": "Good morning" })).await.ok();
    bob.command(id, "say", json!({ "text": "x", "seen": u64::MAX })).await.refused(409, "owned_by_another");
}

#[tokio::test]
async fn who_has_a_conversation_open_is_told_who_else_has_and_who_writes() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let visitor = Visitor::new(&server).await;
    visitor.say("I want to talk to a person").await;
    let id = visitor.conversation();
    let open = |agent: &Agent<'_>| agent.call(Method::GET, &format!("/api/agent/stream?conversation={id}"));
    let mut adas = open(&ada).open().await.into_body();
    let watchers = async |body: &mut axum::body::Body| -> Value {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(10), body.frame()).await.unwrap().unwrap().unwrap();
            let text = String::from_utf8(frame.data_ref().unwrap().to_vec()).unwrap();
            if let Some(data) = text.split("event: watchers\ndata: ").nth(1) {
                return serde_json::from_str(data.lines().next().unwrap()).unwrap();
            }
        }
    };
    assert_eq!(watchers(&mut adas).await, json!([]), "nobody else");
    let mut bobs = open(&bob).open().await.into_body();
    assert_eq!(watchers(&mut bobs).await, json!([{ "name": "Ada", "writing": null }]));
    assert_eq!(watchers(&mut adas).await, json!([{ "name": "Bob", "writing": null }]));
    let composing = format!("/api/agent/conversations/{id}/composing");
    assert_eq!(bob.post(&composing, json!({ "kind": "say" })).await.status, 204);
    assert_eq!(watchers(&mut adas).await, json!([{ "name": "Bob", "writing": "say" }]));
    bob.post(&composing, json!({})).await;
    assert_eq!(watchers(&mut adas).await, json!([{ "name": "Bob", "writing": null }]));
    bob.post(&composing, json!({ "kind": "shout" })).await.refused(400, "bad_value");
    drop(bobs);
    assert_eq!(watchers(&mut adas).await, json!([]));
    // One whose desk does not have it open is not told of.
    bob.post(&composing, json!({ "kind": "note" })).await;
    let before = visitor.events_after(0).await["last"].clone();
    assert_eq!(ada.get(&format!("/api/agent/conversations/{id}")).await.ok()["last"], before, "nothing is stored");
}

#[tokio::test]
async fn what_should_be_heard_is_who_waits_and_whose_words_are_unanswered() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    let visitor = Visitor::new(&server).await;
    let why = async |agent: &Agent<'_>| -> Vec<String> {
        let alerts = agent.get("/api/agent/alerts").await.ok();
        alerts["alerts"].as_array().unwrap().iter().map(|alert| alert["why"].as_str().unwrap().to_owned()).collect()
    };
    assert!(why(&ada).await.is_empty());
    visitor.say("I want to talk to a person").await;
    assert_eq!((why(&ada).await, why(&bob).await), (vec!["waits".to_owned()], vec![]));
    server.clock.advance(frontdesk::time::Span::minutes(6));
    assert_eq!(why(&ada).await, ["late"]);
    let id = visitor.conversation();
    ada.command(id, "say", json!({ "text": "Hello" })).await.ok();
    assert!(why(&ada).await.is_empty());
    visitor.say("My lamp is broken").await;
    assert_eq!(why(&ada).await, ["wrote"]);
}
