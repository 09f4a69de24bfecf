//! Who the visitor is: a page's proof, its absence, and what the page tells besides.

use serde_json::{Value, json};

use crate::support::server::{Agent, Reply, Server, Visitor, signed, texts};

/// What a page says of its visitor with the right proof.
fn proof(id: &str) -> Value {
    json!({ "id": id, "hash": signed(id), "name": "Maria Light", "email": "maria@shop.test" })
}

async fn session(server: &Server, token: Option<&str>, body: Value) -> Reply {
    let call = server.post("/api/visitor/session", body);
    match token {
        Some(token) => call.bearer(token).send().await,
        None => call.send().await,
    }
}

/// A browser whose page proves who its visitor is.
async fn signed_in<'a>(server: &'a Server, id: &str) -> Visitor<'a> {
    Visitor::of(server, session(server, None, json!({ "identity": proof(id) })).await.ok())
}

async fn card(agent: &Agent<'_>, id: &str) -> Value {
    agent.get(&format!("/api/agent/conversations/{id}")).await.ok()["card"].clone()
}

#[tokio::test]
async fn a_proved_person_has_one_conversation_on_every_device() {
    let server = Server::start().await;
    let agent = Agent::admin(&server).await;
    let phone = signed_in(&server, "42").await;
    assert_eq!(phone.session["verified"], true);
    phone.say("when are you open").await;
    let laptop = signed_in(&server, "42").await;
    assert_ne!(laptop.token, phone.token);
    assert_eq!(laptop.conversation(), phone.conversation());
    assert!(texts(&laptop.session).contains(&"when are you open".to_owned()));
    laptop.say("I want to choose a colour").await;
    assert!(texts(&phone.events_after(0).await).contains(&"Which colour?".to_owned()));
    assert_ne!(signed_in(&server, "43").await.conversation(), phone.conversation());

    let card = card(&agent, phone.conversation()).await;
    assert_eq!((&card["verified"], &card["claimed"]), (&json!("42"), &Value::Null));
    let slots = card["slots"].as_array().unwrap();
    assert!(slots.iter().any(|slot| slot["name"] == "contact.email" && slot["value"] == "maria@shop.test"));

    // The same page view again: the token stays, and nothing is written.
    let again = session(&server, Some(&phone.token), json!({ "identity": proof("42"), "greet": false })).await.ok();
    assert_eq!((again.get("token"), &again["verified"]), (None, &json!(true)));
}

#[tokio::test]
async fn without_the_right_proof_nobody_reads_what_a_person_wrote() {
    let server = Server::start().await;
    let agent = Agent::admin(&server).await;
    let maria = signed_in(&server, "42").await;
    maria.say("I live in Elm Street").await;
    for hash in
        [Value::Null, json!(""), json!("0".repeat(64)), json!(signed("42 ")), json!(signed("42").to_uppercase())]
    {
        let claim = json!({ "id": "42", "hash": hash, "name": "<b>Mallory</b>", "email": "m@evil.test" });
        // A stranger, and the person's own browser on which somebody else claims to be that person.
        for token in [None, Some(maria.token.as_str())] {
            let got = Visitor::of(&server, session(&server, token, json!({ "identity": claim })).await.ok());
            assert_eq!(got.session["verified"], false, "{hash}");
            assert_ne!(got.conversation(), maria.conversation(), "{hash}");
            assert_eq!(texts(&got.session), ["Welcome."], "{hash}");
            assert!(got.session["notes"][0].as_str().unwrap().starts_with("identify: "), "{}", got.session["notes"]);
            let card = card(&agent, got.conversation()).await;
            assert_eq!((&card["claimed"], &card["verified"]), (&json!("42"), &Value::Null));
            assert_eq!(card["earlier"], json!([]));
            let slots = card["slots"].as_array().unwrap();
            assert!(slots.iter().any(|slot| slot["value"] == "<b>Mallory</b>"), "an unverified fact: {slots:?}");
        }
    }
    assert_eq!(card(&agent, maria.conversation()).await["slots"][1]["value"], "Maria Light", "nothing was overwritten");

    let no_secret = Server::with(|config| config.identity.clear()).await;
    let first = signed_in(&no_secret, "42").await;
    let second = signed_in(&no_secret, "42").await;
    assert_eq!((&first.session["verified"], &second.session["verified"]), (&json!(false), &json!(false)));
    assert_ne!(first.conversation(), second.conversation());
    assert!(first.session["notes"][0].as_str().unwrap().contains("no `identity: secret`"));
}

#[tokio::test]
async fn an_anonymous_conversation_is_not_lost_when_its_visitor_signs_in() {
    let server = Server::start().await;
    let agent = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    visitor.say("when are you open").await;
    visitor.say("human").await;
    let body = json!({ "identity": proof("42"), "greet": false });
    let person = Visitor::of(&server, session(&server, Some(&visitor.token), body).await.ok());
    assert_eq!(person.conversation(), visitor.conversation());
    assert_eq!(person.session["queue"]["position"], 1);
    assert!(texts(&person.session).contains(&"when are you open".to_owned()));
    assert_eq!(card(&agent, visitor.conversation()).await["verified"], "42");
    agent.command(visitor.conversation(), "say", json!({ "text": "Hello Maria." })).await.ok();
    assert!(texts(&person.events_after(0).await).contains(&"Hello Maria.".to_owned()));
    // The old token sees no more, and leads nowhere.
    visitor.post("/api/visitor/messages", json!({ "text": "hello" })).await.refused(401, "unknown_token");
}

#[tokio::test]
async fn whoever_claims_something_on_a_browser_where_a_person_still_talks_is_somebody_else() {
    let server = Server::start().await;
    let agent = Agent::admin(&server).await;
    let (phone, laptop) = (signed_in(&server, "42").await, Visitor::new(&server).await);
    for visitor in [&phone, &laptop] {
        visitor.say("human").await;
        agent.command(visitor.conversation(), "claim", json!({})).await.ok();
    }
    let body = json!({ "identity": proof("42"), "greet": false });
    let later = session(&server, Some(&laptop.token), body).await.ok();
    assert_eq!((later.get("token"), &later["verified"]), (None, &json!(false)), "people answer both: {later}");
    let claim = json!({ "identity": { "id": "7", "name": "Mallory" } });
    let mallory = Visitor::of(&server, session(&server, Some(&laptop.token), claim).await.ok());
    assert_ne!(mallory.conversation(), laptop.conversation());
    let theirs = card(&agent, laptop.conversation()).await;
    assert_eq!((&theirs["verified"], &theirs["claimed"]), (&json!("42"), &Value::Null));
    assert!(!theirs.to_string().contains("Mallory"), "{theirs}");
}

#[tokio::test]
async fn who_signs_out_is_forgotten_and_the_next_person_sees_nothing() {
    let server = Server::start().await;
    let maria = signed_in(&server, "42").await;
    maria.say("I live in Elm Street").await;

    // Another person on the same browser, without a sign-out in between.
    let zoe = Visitor::of(&server, session(&server, Some(&maria.token), json!({ "identity": proof("43") })).await.ok());
    assert_ne!(zoe.conversation(), maria.conversation());
    maria.post("/api/visitor/messages", json!({ "text": "hello" })).await.refused(401, "unknown_token");

    assert_eq!(zoe.post("/api/visitor/forget", Value::Null).await.status, 204);
    zoe.post("/api/visitor/messages", json!({ "text": "hello" })).await.refused(401, "unknown_token");
    let next = Visitor::of(&server, session(&server, Some(&zoe.token), json!({})).await.ok());
    assert_eq!(texts(&next.session), ["Welcome."]);

    let stranger = Visitor::new(&server).await;
    stranger.post("/api/visitor/forget", Value::Null).await;
    stranger.post("/api/visitor/messages", json!({ "text": "hello" })).await.refused(401, "unknown_token");
}

#[tokio::test]
async fn attributes_are_hearsay_within_limits() {
    let server = Server::start().await;
    let agent = Agent::admin(&server).await;
    let told = json!({ "plan": "pro", "seats": 3, "trial": false, "email": "boss@shop.test", "x": "<i>".repeat(200), "deep": {} });
    let visitor = Visitor::of(&server, session(&server, None, json!({ "attributes": told })).await.ok());
    assert!(visitor.session["notes"][0].as_str().unwrap().starts_with("attributes: \"deep\""));
    let seen = card(&agent, visitor.conversation()).await;
    let page = &seen["told_by_page"];
    assert_eq!((&page["plan"], &page["seats"], &page["trial"]), (&json!("pro"), &json!("3"), &json!("false")));
    assert_eq!(page["x"].as_str().map(str::len), Some(200));
    assert_eq!(seen["slots"], json!([]), "what is told is never taken for a fact");

    let less = json!({ "attributes": { "plan": null }, "greet": false });
    session(&server, Some(&visitor.token), less).await.ok();
    assert_eq!(card(&agent, visitor.conversation()).await["told_by_page"]["plan"], Value::Null);
    let many: serde_json::Map<_, _> = (0..40).map(|number| (format!("a{number}"), json!(1))).collect();
    let answer = session(&server, Some(&visitor.token), json!({ "attributes": many, "greet": false })).await.ok();
    assert_eq!(answer["notes"].as_array().map(Vec::len), Some(8));
}

#[tokio::test]
async fn who_only_looks_in_begins_nothing() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    visitor.say("human").await;
    let agent = Agent::admin(&server).await;
    agent.command(visitor.conversation(), "claim", Value::Null).await.ok();
    agent.command(visitor.conversation(), "resolve", Value::Null).await.ok();
    server.clock.advance(frontdesk::time::Span::days(30));
    let closed = async {
        while visitor.events_after(0).await["conversation"]["phase"] != "closed" {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), closed).await.expect("it closes");
    let look = visitor.post("/api/visitor/session", json!({ "greet": false })).await.ok();
    assert_eq!(
        (&look["conversation"]["id"], &look["conversation"]["phase"]),
        (&json!(visitor.conversation()), &json!("closed"))
    );
    let begin = visitor.post("/api/visitor/session", json!({})).await.ok();
    assert_ne!(begin["conversation"]["id"], visitor.conversation());
}
