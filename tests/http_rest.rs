//! The REST channel as clients of Rasa use it, and the routes for operators.

use std::time::Duration;

use axum::http::Method;
use frontdesk::dialog::Address;
use frontdesk::time::Span;
use serde_json::json;

use crate::support::server::{Agent, Server};

fn said(reply: &serde_json::Value) -> Vec<&str> {
    reply.as_array().unwrap().iter().filter_map(|message| message["text"].as_str()).collect()
}

#[tokio::test]
async fn a_program_says_presses_and_hears_everything_once() {
    let server = Server::start().await;
    assert_eq!(server.get("/webhooks/rest/").send().await.ok(), json!({ "status": "ok" }));
    let answer = server.rest("zoe", "when are you open").await.ok();
    assert_eq!(answer[0]["recipient_id"], "zoe");
    assert_eq!(said(&answer)[0], "We are open from nine to five.");

    let asked = server.rest("zoe", "I want to choose a colour").await.ok();
    assert_eq!(said(&asked), ["Which colour?"], "nothing of before");
    let payload = asked[0]["buttons"][1]["payload"].as_str().unwrap();
    assert_eq!(asked[0]["buttons"][1]["title"], "Blue");
    let chosen = server.rest("zoe", payload).await.ok();
    assert_eq!(said(&chosen)[0], "Blue it is.\nAll colours: https://shop.test/colours");
    assert_eq!(chosen[1]["image"], "https://shop.test/Blue.png");

    assert_eq!(said(&server.rest("max", "I want to choose a colour").await.ok()), ["Which colour?"], "another sender");
    let named =
        json!({ "sender": "eve", "message": "when are you open", "metadata": { "language": "en", "more": [1] } });
    let named = server.post("/webhooks/rest/default/webhook", named).send().await.ok();
    assert_eq!(said(&named)[0], "We are open from nine to five.");
}

#[tokio::test]
async fn an_agents_words_come_with_the_next_answer() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    server.rest("zoe", "when are you open").await.ok();
    let inbox = ada.get("/api/agent/inbox").await.ok();
    let id = inbox["open"][0]["id"].as_str().unwrap();
    ada.command(id, "say", json!({ "text": "Ada here." })).await.ok();
    let heard = server.rest("zoe", "oh").await.ok();
    assert_eq!(said(&heard), ["Ada has joined the conversation.", "Ada here."]);
    assert_eq!(server.rest("zoe", "thanks").await.ok(), json!([]), "the bot is silent while an agent owns");
}

#[tokio::test]
async fn of_calls_at_the_same_time_each_message_goes_to_one() {
    let server = Server::start().await;
    let asked = 24;
    let calls = (0..asked).map(|_| server.rest("zoe", "when are you open"));
    let answers: Vec<_> = futures_util::future::join_all(calls).await.into_iter().map(|reply| reply.ok()).collect();
    let heard: Vec<&str> = answers.iter().flat_map(said).collect();
    let hours = heard.iter().filter(|text| **text == "We are open from nine to five.").count();
    assert_eq!(hours, asked, "{heard:?}");
    let later = server.rest("zoe", "I want to choose a colour").await.ok();
    assert_eq!(said(&later), ["Which colour?"], "nothing comes again");
}

#[tokio::test]
async fn a_sender_who_was_erased_begins_anew() {
    let server = Server::start().await;
    let greeted = server.rest("zoe", "when are you open").await.ok();
    assert_eq!(said(&greeted)[0], "We are open from nine to five.");
    let address = Address {
        site: "default".into(),
        channel: "rest".into(),
        account: String::new(),
        chat: String::new(),
        user: "zoe".to_owned(),
    };
    let id = server.engine.current(&address).unwrap().unwrap();
    let contact = server.engine.conversation(id).unwrap().unwrap().opening.as_ref().unwrap().contact;
    server.engine.erase_contact(&"default".into(), contact).await.unwrap();
    for _ in 0..2 {
        let again = server.rest("zoe", "when are you open").await.ok();
        assert_eq!(said(&again)[0], "We are open from nine to five.");
    }
}

#[tokio::test]
async fn without_a_token_only_programs_on_this_machine_are_heard() {
    let server = Server::start().await;
    let call = || server.post("/webhooks/rest/webhook", json!({ "sender": "a", "message": "hi" }));
    call().from([192, 0, 2, 1]).send().await.refused(403, "not_here");
    call().header("x-forwarded-for", "1.2.3.4").send().await.refused(403, "not_here");
    call().header("origin", "https://evil.test").send().await.refused(403, "not_here");
    call().header("sec-fetch-site", "cross-site").send().await.refused(403, "not_here");

    let server = Server::with(|config| config.rest_token = Some("the token".to_owned())).await;
    let call = || server.post("/webhooks/rest/webhook", json!({ "sender": "a", "message": "hi" }));
    call().send().await.refused(401, "wrong_token");
    call().bearer("another").send().await.refused(401, "wrong_token");
    call().bearer("the token").from([192, 0, 2, 1]).send().await.ok();
}

#[tokio::test]
async fn a_server_that_the_internet_reaches_wants_the_token_from_everybody() {
    // A plain proxy on the same machine adds no header, so its calls look like those of a program here.
    let call = |server: &Server| server.post("/webhooks/rest/webhook", json!({ "sender": "a", "message": "hi" }));
    let public = Server::with(|config| config.public_url = Some("https://chat.test".to_owned())).await;
    call(&public).send().await.refused(403, "token_needed");
    let proxied = Server::with(|config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]).await;
    call(&proxied).send().await.refused(403, "token_needed");
    for here in ["http://localhost:8080", "http://127.0.0.1:9000", "http://[::1]:80", "https://127.1.2.3"] {
        let server = Server::with(|config| config.public_url = Some(here.to_owned())).await;
        call(&server).send().await.ok();
    }
    for elsewhere in ["https://localhost.evil.test", "http://192.168.0.9:8080", "https://127.0.0.1.evil.test"] {
        let server = Server::with(|config| config.public_url = Some(elsewhere.to_owned())).await;
        call(&server).send().await.refused(403, "token_needed");
    }
    let with_token = Server::with(|config| {
        config.public_url = Some("https://chat.test".to_owned());
        config.rest_token = Some("the token".to_owned());
    });
    call(&with_token.await).bearer("the token").send().await.ok();
}

#[tokio::test]
async fn a_sender_with_very_many_conversations_still_gets_the_last_one() {
    let server = Server::start().await;
    let rest = Address {
        site: "default".into(),
        channel: "rest".into(),
        account: String::new(),
        chat: String::new(),
        user: "default".to_owned(),
    };
    for _ in 0..1_003 {
        let events = server.rest("default", "when are you open").await.ok();
        assert!(!events.as_array().unwrap().is_empty());
        let id = server.engine.current(&rest).unwrap().unwrap();
        server.clock.advance(Span::days(2));
        let closed = async {
            while server.engine.current(&rest).unwrap() == Some(id) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), closed).await.expect("it closes by its deadline");
        assert_eq!(server.engine.latest(&rest).unwrap(), Some(id));
    }
}

#[tokio::test]
async fn what_a_program_gets_wrong_it_is_told() {
    let server = Server::start().await;
    let call = |body: &str| server.call(Method::POST, "/webhooks/rest/webhook").bytes(body).send();
    for (body, code) in [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("[]", "bad_value"),
        ("{\"sender\":\"a\"}", "bad_value"),
        ("{\"sender\":1,\"message\":\"hi\"}", "bad_value"),
        ("{\"sender\":\"\",\"message\":\"hi\"}", "bad_sender"),
        ("{\"sender\":\"a\",\"message\":\"\"}", "empty_message"),
        ("{\"sender\":\"a\\u0000\",\"message\":\"hi\"}", "bad_value"),
    ] {
        call(body).await.refused(400, code);
    }
    for language in [&"x".repeat(100_000), "english language", ""] {
        let body = json!({ "sender": "a", "message": "hi", "metadata": { "language": language } });
        call(&body.to_string()).await.refused(400, "bad_language");
    }
    call(&json!({ "sender": "x".repeat(129), "message": "hi" }).to_string()).await.refused(400, "bad_sender");
    call(&json!({ "sender": "a", "message": "x".repeat(4_001) }).to_string()).await.refused(400, "message_too_long");
    call(&json!({ "sender": "a", "message": "/press{\"event\":900,\"option\":0}" }).to_string())
        .await
        .refused(404, "not_found");
    call(&" ".repeat(3 * 1024 * 1024 + 1)).await.refused(413, "body_too_large");
    let elsewhere = server.post("/webhooks/rest/nowhere/webhook", json!({ "message": "hi" })).send().await;
    elsewhere.refused(404, "not_found");
    server.get("/webhooks/rest/webhook").send().await.refused(405, "wrong_method");
}

#[tokio::test]
async fn operators_learn_whether_it_is_ready_and_what_it_did() {
    let server = Server::start().await;
    assert_eq!(server.get("/healthz").send().await.status, 200);
    let ready = server.get("/readyz").send().await.ok();
    assert_eq!(ready["ready"], true);
    assert!(ready["warnings"][0].as_str().unwrap().contains("nobody serves the queue \"desk\""), "{ready}");
    Agent::admin(&server).await;
    assert_eq!(server.get("/readyz").send().await.ok()["warnings"], json!([]), "an account that serves all queues");
    server.rest("zoe", "when are you open").await.ok();
    let figures = server.get("/metrics").send().await;
    assert!(figures.text.contains("frontdesk_rest_turns_total"), "{}", figures.text);
    assert!(figures.text.contains("route=\"/api/agent/setup\""), "{}", figures.text);
    let named = |what: &str| -> Vec<String> {
        let lines = figures.text.lines().filter_map(|line| line.strip_prefix(what)?.split(' ').next());
        lines.map(str::to_owned).collect()
    };
    assert_eq!(named("# TYPE "), named("# HELP "), "every figure says what it is");
}

#[tokio::test]
async fn the_pretended_shop_knows_orders() {
    let server = Server::start().await;
    let order = server.get("/demo/orders/ab1234").send().await.ok();
    assert_eq!((order["order"].as_str(), order["status"].as_str()), (Some("AB1234"), Some("shipped")));
    server.get("/demo/orders/AB1200").send().await.refused(404, "not_found");
    server.get("/demo/orders/%E0%A4%A").send().await.refused(404, "not_found");
    server.post("/demo/orders/AB1234/cancel", json!({})).send().await.refused(409, "too_late");
    server.post("/demo/orders/AB1231/cancel", json!({})).send().await.ok();
    assert_eq!(server.get("/demo/orders/AB1231").send().await.ok()["status"], "cancelled");
    let wanted = json!({ "order": "AB1237", "item": "Armchair" });
    let register = |key: &str| server.post("/demo/returns", wanted.clone()).header("idempotency-key", key).send();
    let (one, again, other) = (register("1").await.ok(), register("1").await.ok(), register("2").await.ok());
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert_eq!(server.get("/demo/stock?product=armchair").send().await.ok()["count"], 0);
}
