//! What reaches an agent, and what does not: left messages, queues and sites that are others' business, and the live stream.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support::server::{Agent, Server, Visitor};

fn ids(inbox: &Value, list: &str) -> Vec<String> {
    let rows = inbox[list].as_array().unwrap_or_else(|| panic!("no list {list}: {inbox}"));
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn leaves_a_message(visitor: &Visitor<'_>, text: &str) {
    for said in ["leave a message", text, "Zoe", "zoe@home.test"] {
        visitor.say(said).await;
    }
}

#[tokio::test]
async fn a_left_message_is_seen_at_the_desk_and_taken_up() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    visitor.say("I want to talk to a person").await;
    let mut stream = Stream::open(&ada, "").await;
    leaves_a_message(&visitor, "My lamp came broken").await;
    stream.hears("event: inbox").await;

    let inbox = ada.get("/api/agent/inbox").await.ok();
    assert_eq!(ids(&inbox, "left"), [id], "{inbox}");
    let row = &inbox["left"][0];
    assert_eq!((row["left"].as_str(), row["queue"].as_str()), (Some("My lamp came broken"), Some("desk")));
    assert_eq!(row["since"], server.clock.now().0);
    assert_eq!((ids(&inbox, "queue").len(), ids(&inbox, "open").len()), (0, 0), "it stands in one list");

    let page = ada.get("/desk").await.text;
    let listed = page.split("id=\"left-title\"").nth(1).unwrap_or_else(|| panic!("no list of left messages: {page}"));
    assert!(listed.contains("My lamp came broken") && listed.contains(&format!("{id}/claim")), "{listed}");
    assert!(listed.contains("For desk"), "{listed}");

    ada.command(id, "claim", json!({})).await.ok();
    let inbox = ada.get("/api/agent/inbox").await.ok();
    assert_eq!((ids(&inbox, "left").len(), ids(&inbox, "mine")), (0, vec![id.to_owned()]), "taken up");
}

#[tokio::test]
async fn left_messages_for_others_do_not_hide_ones_own() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    for number in 0..101 {
        for said in ["I want to talk to a person", "leave a message", "Help", "Zoe", "zoe@home.test"] {
            server.rest(&format!("v{number}"), said).await.ok();
        }
    }
    for said in ["there is a mistake in my bill", "leave a message", "You charged me twice", "Max", "max@home.test"] {
        server.rest("max", said).await.ok();
    }
    let inbox = bob.get("/api/agent/inbox").await.ok();
    let left: Vec<_> = inbox["left"].as_array().unwrap().iter().map(|row| row["left"].as_str().unwrap()).collect();
    assert_eq!(left, ["You charged me twice"]);
}

/// An agent's live stream.
struct Stream {
    body: Body,
    heard: String,
}

impl Stream {
    async fn open(agent: &Agent<'_>, query: &str) -> Self {
        let response = agent.call(Method::GET, &format!("/api/agent/stream{query}")).open().await;
        assert_eq!(response.status(), 200);
        let mut stream = Self { body: response.into_body(), heard: String::new() };
        stream.hears("event: hello").await;
        stream.pause(Duration::from_millis(1_300)).await;
        stream.heard.clear();
        stream
    }

    /// Waits until this was heard.
    async fn hears(&mut self, text: &str) {
        let wanted = async {
            while !self.heard.contains(text) {
                let frame = self.body.frame().await.expect("the stream goes on").unwrap();
                self.heard.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(10), wanted).await;
        assert!(heard.is_ok(), "not heard: {text} in {}", self.heard);
    }

    /// Listens for so long. Says whether the stream goes on.
    async fn pause(&mut self, time: Duration) -> bool {
        let listening = async {
            while let Some(frame) = self.body.frame().await {
                self.heard.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
            }
        };
        tokio::time::timeout(time, listening).await.is_err()
    }

    fn count(&self, text: &str) -> usize {
        self.heard.matches(text).count()
    }
}
