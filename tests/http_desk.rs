//! What reaches an agent, and what does not: left messages, queues and sites that are others' business, and the live stream.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support::server::{Agent, Server, Visitor, texts};

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
    assert!(listed.contains("For Desk"), "{listed}");

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

#[tokio::test]
async fn an_agent_reads_claims_and_lists_only_what_their_queues_bring() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let sue = ada.hired("Sue", "supervisor").await;
    let change = json!({ "queues": ["second"] });
    ada.call(Method::PATCH, &format!("/api/agent/agents/{}", sue.id)).json(&change).send().await.ok();
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();

    // With the bot, and never in a queue: everybody of the site may help.
    bob.get(&format!("/api/agent/conversations/{id}")).await.ok();
    assert_eq!(ids(&bob.get("/api/agent/inbox").await.ok(), "open"), [id]);

    let refused_to_bob = async |when: &str| {
        let inbox = bob.get("/api/agent/inbox").await.ok();
        for list in ["mine", "queue", "left", "open", "closed"] {
            assert!(!ids(&inbox, list).contains(&id.to_owned()), "{when}: {list}");
        }
        bob.get(&format!("/api/agent/conversations/{id}")).await.refused(404, "not_found");
        bob.get(&format!("/api/agent/conversations/{id}/events")).await.refused(404, "not_found");
        assert_eq!(bob.get(&format!("/desk/c/{id}")).await.status, 404, "{when}");
        assert_eq!(bob.get(&format!("/desk/fragments/c/{id}")).await.status, 404, "{when}");
        bob.get(&format!("/api/agent/stream?conversation={id}")).await.refused(404, "not_found");
        bob.command(id, "claim", json!({})).await.refused(404, "not_found");
        bob.command(id, "say", json!({ "text": "Me!" })).await.refused(404, "not_found");
        bob.command(id, "note", json!({ "text": "Me!" })).await.refused(404, "not_found");
    };
    visitor.say("I want to talk to a person").await;
    refused_to_bob("waiting").await;
    sue.get(&format!("/api/agent/conversations/{id}")).await.ok();
    leaves_a_message(&visitor, "Ring me").await;
    refused_to_bob("left").await;
    assert_eq!(ids(&sue.get("/api/agent/inbox").await.ok(), "left"), [id], "supervisors see all queues");
    ada.command(id, "claim", json!({})).await.ok();
    refused_to_bob("with an agent").await;

    ada.command(id, "transfer", json!({ "queue": "second" })).await.ok();
    assert_eq!(ids(&bob.get("/api/agent/inbox").await.ok(), "queue"), [id], "now it is for them");
    bob.command(id, "claim", json!({})).await.ok();
    let events = bob.get(&format!("/api/agent/conversations/{id}/events")).await.ok();
    assert!(!events.to_string().contains("Me!"), "a refusal changed nothing");
}

#[tokio::test]
async fn what_was_given_to_an_agent_is_theirs_whatever_its_queue() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    visitor.say("I want to talk to a person").await;
    ada.command(id, "claim", json!({})).await.ok();
    ada.command(id, "transfer", json!({ "agent": bob.id })).await.ok();
    assert_eq!(texts(&bob.command(id, "say", json!({ "text": "Hello" })).await.ok()), ["Hello"]);
}

#[tokio::test]
async fn earlier_conversations_of_other_queues_are_not_on_a_card() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    server.rest("zoe", "I want to talk to a person").await.ok();
    let first = ids(&ada.get("/api/agent/inbox").await.ok(), "queue").remove(0);
    close(&server, &ada, &first).await;
    server.rest("zoe", "there is a mistake in my bill").await.ok();
    let second = ids(&bob.get("/api/agent/inbox").await.ok(), "queue").remove(0);
    let earlier = async |agent: &Agent<'_>| {
        let card = agent.get(&format!("/api/agent/conversations/{second}")).await.ok();
        card["card"]["earlier"].as_array().unwrap().len()
    };
    assert_eq!((earlier(&ada).await, earlier(&bob).await), (1, 0));
}

/// Serves a conversation to its end.
pub(crate) async fn close(server: &Server, agent: &Agent<'_>, id: &str) {
    agent.command(id, "claim", json!({})).await.ok();
    agent.command(id, "resolve", json!({})).await.ok();
    server.clock.advance(frontdesk::time::Span::hours(25));
    let closed = async {
        while agent.get(&format!("/api/agent/conversations/{id}")).await.ok()["row"]["owner"] != "closed" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed).await.unwrap();
}

/// An agent's live stream.
pub(crate) struct Stream {
    body: Body,
    pub(crate) heard: String,
}

impl Stream {
    pub(crate) async fn open(agent: &Agent<'_>, query: &str) -> Self {
        let response = agent.call(Method::GET, &format!("/api/agent/stream{query}")).open().await;
        let mut stream = Self::of(response);
        stream.hears("event: hello").await;
        stream.pause(Duration::from_millis(1_300)).await;
        stream.heard.clear();
        stream
    }

    /// One from its beginning.
    pub(crate) fn of(response: axum::http::Response<Body>) -> Self {
        assert_eq!(response.status(), 200);
        Self { body: response.into_body(), heard: String::new() }
    }

    /// Waits until this was heard.
    pub(crate) async fn hears(&mut self, text: &str) {
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
    pub(crate) async fn pause(&mut self, time: Duration) -> bool {
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

#[tokio::test]
async fn a_desk_hears_of_the_conversations_that_it_has_open_or_owns_and_of_no_others() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let (open, other) = (Visitor::new(&server).await, Visitor::new(&server).await);
    let mut looks = Stream::open(&ada, &format!("?conversation={}", open.conversation())).await;
    let mut owns = Stream::open(&bob, "").await;
    looks.heard.clear();
    let hint = |visitor: &Visitor<'_>| format!("event: conversation\ndata: {{\"id\":\"{}\"", visitor.conversation());
    open.say("when are you open").await;
    other.say("when are you open").await;
    looks.hears(&hint(&open)).await;
    looks.pause(Duration::from_millis(300)).await;
    owns.pause(Duration::from_millis(1)).await;
    assert_eq!(looks.count(&hint(&open)), 1, "{}", looks.heard);
    assert_eq!(looks.count(&hint(&other)), 0, "{}", looks.heard);
    assert_eq!(owns.heard, "", "a bot's turn is nothing that a desk must know");

    bob.command(other.conversation(), "claim", json!({})).await.ok();
    owns.hears(&hint(&other)).await;
    owns.heard.clear();
    other.say("hello Bob").await;
    owns.hears(&hint(&other)).await;
    ada.get("/api/agent/stream?conversation=nonsense").await.refused(404, "not_found");
}

#[tokio::test]
async fn that_somebody_waits_is_hinted_at_once() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let mut stream = Stream::open(&ada, "").await;
    for number in 0..20 {
        server.rest(&format!("b{number}"), "when are you open").await.ok();
    }
    stream.hears("event: inbox").await;
    let before = stream.count("event: inbox");
    server.rest("v", "I want to talk to a person").await.ok();
    stream.pause(Duration::from_millis(400)).await;
    assert!(stream.count("event: inbox") > before, "within the second in which other changes rest: {}", stream.heard);
}

#[tokio::test]
async fn the_lists_are_hinted_at_once_a_second_and_the_last_change_is_never_lost() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let mut stream = Stream::open(&ada, "").await;
    for number in 0..20 {
        server.rest(&format!("v{number}"), "when are you open").await.ok();
    }
    stream.pause(Duration::from_millis(300)).await;
    assert_eq!(stream.count("event: inbox"), 1, "{}", stream.heard);
    stream.pause(Duration::from_millis(1_500)).await;
    assert_eq!(stream.count("event: inbox"), 2, "the first at once, the last after a second: {}", stream.heard);
}

#[tokio::test]
async fn a_stream_ends_soon_after_its_session() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let mut stream = Stream::open(&ada, "").await;
    ada.post("/api/agent/logout", json!({})).await;
    assert!(!stream.pause(Duration::from_secs(8)).await, "still open");
}

#[tokio::test]
async fn nothing_of_a_site_is_heard_or_seen_at_the_desks_of_another() {
    let server = Server::of_sites(&["default", "hotel"]).await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &["default"], &[]).await;
    let gwen = ada.hired_for("Gwen", &["hotel"], &[]).await;
    let names = |inbox: &Value| -> Vec<String> {
        let agents = inbox["agents"].as_array().unwrap().iter();
        agents.map(|agent| agent["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&bob.get("/api/agent/inbox").await.ok()), ["Ada", "Bob"]);
    assert_eq!(names(&gwen.get("/api/agent/inbox").await.ok()), ["Ada", "Gwen"]);
    assert_eq!(names(&ada.get("/api/agent/inbox").await.ok()), ["Ada", "Bob", "Gwen"]);
    assert!(!bob.get("/desk").await.text.contains("Gwen"));

    let mut stream = Stream::open(&bob, "").await;
    let guest = Visitor::at(&server, "hotel").await;
    guest.say("I want to talk to a person").await;
    gwen.command(guest.conversation(), "claim", json!({})).await.ok();
    gwen.post("/api/agent/presence", json!({ "status": "available" })).await.ok();
    bob.get(&format!("/api/agent/conversations/{}", guest.conversation())).await.refused(404, "not_found");
    bob.command(guest.conversation(), "note", json!({ "text": "?" })).await.refused(404, "not_found");
    stream.pause(Duration::from_millis(1_300)).await;
    assert_eq!(stream.heard, "");

    // The page of a conversation offers those who may serve it.
    let page = ada.get(&format!("/desk/c/{}", guest.conversation())).await.text;
    assert!(page.contains("Gwen") && !page.contains("Bob"), "{page}");
}
