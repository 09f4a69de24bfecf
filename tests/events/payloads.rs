//! What each event tells.

use frontdesk::channel::{Sender, Update, What};
use serde_json::{Value, json};

use super::receiver::{Behaviour, Receiver};
use super::{server, until};
use crate::channels::PUBLIC_URL;
use crate::http_desk::close;
use crate::support::server::{Agent, Visitor};

/// The one event of a type.
#[track_caller]
fn only<'a>(taken: &'a [Value], kind: &str) -> &'a Value {
    let found: Vec<_> = taken.iter().filter(|event| event["type"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}: {taken:#?}");
    found[0]
}

#[tokio::test]
async fn each_event_is_told_once_with_what_belongs_to_it() {
    let receiver = Receiver::start().await;
    let server = server(&[(&receiver, "")]);
    let ada = Agent::admin(&server).await;
    let page = json!({ "url": "https://shop.test/lamps", "title": "Lamps", "referrer": "https://news.test/" });
    let visitor = Visitor::of(
        &server,
        server.post("/api/visitor/session", json!({ "site": "default", "page": page })).send().await.ok(),
    );
    let id = visitor.conversation().to_owned();
    visitor.say("what is this asparagus").await;
    visitor.say("there is a mistake in my bill").await;
    visitor.say("Are you there?").await;
    ada.command(&id, "claim", json!({})).await.ok();
    ada.command(&id, "note", json!({ "text": "a secret of ours" })).await.ok();
    ada.command(&id, "resolve", json!({})).await.ok();
    visitor.post("/api/visitor/rate", json!({ "score": 4, "comment": "Nice" })).await.ok();
    server.clock.advance(frontdesk::time::Span::hours(25));
    until(&server, "the end", || receiver.types().contains(&"conversation.closed".to_owned())).await;

    let taken = receiver.taken();
    let expected = [
        "conversation.opened",
        "handoff.requested",
        "message.received",
        "handoff.assigned",
        "conversation.resolved",
        "rating.given",
        "conversation.closed",
    ];
    assert_eq!(receiver.types(), expected, "in their order, and what the bot was asked is nobody's business");
    for (event, came) in taken.iter().zip(receiver.came()) {
        assert_eq!((&event["version"], &event["site"]), (&json!(1), &json!("default")));
        assert_eq!(event["id"], came.id, "the id of the delivery is the event's");
        assert!(event["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{event}");
        let conversation = &event["conversation"];
        assert_eq!((&conversation["id"], &conversation["channel"]), (&json!(id), &json!("web")));
        assert_eq!(
            (&conversation["language"], &conversation["url"]),
            (&json!("en"), &json!(format!("{PUBLIC_URL}/desk/c/{id}")))
        );
        assert!(conversation["opened_at"].as_str().unwrap().starts_with("2026-01-05T10:00:00"));
        assert!(event["contact"]["id"].as_str().unwrap().starts_with("p_"), "{event}");
    }
    let data = |kind: &str| only(&taken, kind)["data"].clone();
    assert_eq!(data("conversation.opened"), json!({ "page": page, "earlier": 0 }));
    assert_eq!(data("message.received"), json!({ "text": "Are you there?" }));
    assert_eq!(data("handoff.assigned"), json!({ "agent": { "id": ada.id, "name": "Ada" }, "by": "claim" }));
    assert_eq!(data("conversation.resolved"), json!({ "agent": { "id": ada.id, "name": "Ada" }, "by": "agent" }));
    assert_eq!(data("rating.given"), json!({ "score": 4, "comment": "Nice" }));
    assert_eq!(data("conversation.closed"), json!({ "why": "resolved" }));

    let handoff = data("handoff.requested");
    assert_eq!(
        (&handoff["queue"], &handoff["priority"], &handoff["closed"]),
        (&json!("second"), &json!("normal"), &json!(false))
    );
    assert!(!handoff["reason"].as_str().unwrap().is_empty(), "{handoff}");
    assert_eq!(handoff["page"], page);
    let tried = handoff["tried"].as_array().unwrap();
    assert_eq!(tried.last(), Some(&json!({ "flow": "billing", "ended": null })), "{handoff}");
    let lines = handoff["transcript"]["lines"].as_array().unwrap();
    let said: Vec<_> =
        lines.iter().map(|line| (line["from"].as_str().unwrap(), line["text"].as_str().unwrap())).collect();
    assert_eq!(said[0], ("bot", "Welcome."));
    assert!(said.contains(&("visitor", "what is this asparagus")), "{said:?}");
    assert!(said.contains(&("visitor", "there is a mistake in my bill")), "{said:?}");
    assert!(!said.iter().any(|(_, text)| text.contains("Are you there")), "only what was said until then: {said:?}");
    assert_eq!(handoff["transcript"]["left_out"], 0);
}

#[tokio::test]
async fn a_message_that_is_left_is_told_with_who_left_it() {
    let receiver = Receiver::start().await;
    let server = server(&[(&receiver, ", send: [message.left, handoff.ended]")]);
    let visitor = Visitor::new(&server).await;
    for said in ["I want to talk to a person", "leave a message", "My lamp came broken", "Zoe", "zoe@home.test"] {
        visitor.say(said).await;
    }
    until(&server, "the message", || receiver.taken().len() == 2).await;
    assert_eq!(receiver.types(), ["handoff.ended", "message.left"], "nothing but what was asked for");
    assert_eq!(receiver.taken()[0]["data"], json!({ "why": "left_message" }));
    let event = &receiver.taken()[1];
    assert_eq!(event["data"], json!({ "queue": "desk", "text": "My lamp came broken" }));
    assert_eq!((&event["contact"]["name"], &event["contact"]["email"]), (&json!("Zoe"), &json!("zoe@home.test")));
}

#[tokio::test]
async fn an_endpoint_of_one_site_hears_nothing_of_another() {
    let (both, other) = (Receiver::start().await, Receiver::start().await);
    let server = server(&[(&both, ""), (&other, ", site: other")]);
    let ada = Agent::admin(&server).await;
    let here = Visitor::at(&server, "default").await;
    close(&server, &ada, here.conversation()).await;
    let _there = Visitor::at(&server, "other").await;
    until(&server, "both sites", || both.taken().iter().any(|event| event["site"] == "other")).await;
    until(&server, "its own", || !other.taken().is_empty()).await;
    assert!(other.taken().iter().all(|event| event["site"] == "other"), "{:#?}", other.taken());
    until(&server, "the end of the first", || both.types().contains(&"conversation.closed".to_owned())).await;
}

#[tokio::test]
async fn a_visitor_who_waits_again_is_told_of_with_all_that_the_next_person_must_know() {
    let receiver = Receiver::start().await;
    let server = server(&[(&receiver, ", send: [handoff.returned, conversation.reopened]")]);
    let ada = Agent::admin(&server).await;
    ada.post("/api/agent/presence", json!({ "status": "away" })).await.ok();
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation().to_owned();
    visitor.say("there is a mistake in my bill").await;
    let agent = json!({ "id": ada.id, "name": "Ada" });
    let back = [("return", json!({}), "second", "agent"), ("transfer", json!({ "queue": "desk" }), "desk", "transfer")];
    for (command, body, queue, why) in back {
        ada.command(&id, "claim", json!({})).await.ok();
        visitor.say(&format!("Before {command}")).await;
        ada.command(&id, command, body).await.ok();
        until(&server, why, || receiver.taken().last().is_some_and(|event| event["data"]["why"] == why)).await;
        let data = receiver.taken().last().unwrap()["data"].clone();
        assert_eq!((&data["queue"], &data["agent"], &data["waits_until"]), (&json!(queue), &agent, &Value::Null));
        assert_eq!(data["priority"], "normal");
        assert!(!data["reason"].as_str().unwrap().is_empty(), "{data:#}");
        let lines = data["transcript"]["lines"].as_array().unwrap();
        let of_visitor = lines.iter().rev().find(|line| line["from"] == "visitor").unwrap();
        assert_eq!(of_visitor["text"], format!("Before {command}"));
    }
    // Whoever is not at the desk any more loses it.
    ada.command(&id, "claim", json!({})).await.ok();
    server.clock.advance(frontdesk::time::Span::minutes(2));
    until(&server, "away", || receiver.taken().last().is_some_and(|event| event["data"]["why"] == "away")).await;

    ada.command(&id, "claim", json!({})).await.ok();
    ada.command(&id, "resolve", json!({})).await.ok();
    visitor.say("One more thing").await;
    until(&server, "the rest", || receiver.types().last().is_some_and(|kind| kind == "conversation.reopened")).await;
    assert_eq!(receiver.types().len(), 4, "{:?}", receiver.types());
}

#[tokio::test]
async fn what_a_visitor_takes_back_is_told_and_told_no_more() {
    let receiver = Receiver::start().await;
    let channel = crate::channels::Platform::Webhook.settings("http://127.0.0.1:9");
    let text = format!("{}channels:\n{channel}", super::settings(&[(&receiver, "")]));
    let server = crate::support::server::Server::with_settings(frontdesk::store::memory().unwrap(), &text, &super::env);
    let account = server.engine.channels().iter().next().unwrap().clone();
    let happens = async |id: &str, what: What| {
        let from = Sender { user: "u1".to_owned(), ..Sender::default() };
        server.engine.take_update(&account, Update::of(from, id, what)).await.unwrap();
    };
    let back = |message: &str| What::TakenBack { message: message.to_owned() };
    happens("m1", What::Text("there is a mistake in my bill".to_owned())).await;
    happens("m2", What::Text("my code is xylophone".to_owned())).await;
    until(&server, "the message", || receiver.types().contains(&"message.received".to_owned())).await;
    let told = only(&receiver.taken(), "message.received")["id"].clone();
    happens("b2", back("m2")).await;
    until(&server, "that it is taken back", || receiver.types().contains(&"message.taken_back".to_owned())).await;
    assert_eq!(only(&receiver.taken(), "message.taken_back")["data"], json!({ "of": told }));
    // What was not told yet is told without its words.
    receiver.always(Some(Behaviour::Says(503, None)));
    let before = receiver.came().len();
    happens("m3", What::Text("a xylophone once more".to_owned())).await;
    until(&server, "it is refused", || receiver.came().len() > before).await;
    happens("b3", back("m3")).await;
    let came = receiver.came().len();
    receiver.always(None);
    until(&server, "the rest", || receiver.types().iter().filter(|kind| *kind == "message.taken_back").count() == 2)
        .await;
    let late: Vec<_> = receiver.came().into_iter().skip(came).map(|came| came.event).collect();
    let said = late.iter().find(|event| event["type"] == "message.received").unwrap();
    assert_eq!(said["data"], json!({ "text": "", "taken_back": true }));
    assert!(!late.iter().any(|event| event.to_string().contains("xylophone")), "{late:#?}");
}
