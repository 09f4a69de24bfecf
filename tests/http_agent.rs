//! The agent API as a desk uses it.

use std::time::Duration;

use axum::http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support::server::{Agent, PASSWORD, Server, Visitor, texts};

#[tokio::test]
async fn the_first_admin_is_made_by_the_link_and_only_once() {
    let server = Server::start().await;
    let token = server.engine.accounts().setup_token().unwrap();
    let setup = |token: &str, password: &str| {
        let body = json!({ "token": token, "name": "Ada", "email": "ada@shop.test", "password": password });
        server.post("/api/agent/setup", body).send()
    };
    setup("wrong", PASSWORD).await.refused(403, "wrong_link");
    setup(&token, "short").await.refused(400, "bad_password");
    let made = setup(&token, PASSWORD).await;
    let cookie = made.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("frontdesk=") && cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Secure")
    );
    assert_eq!(made.ok()["agent"]["role"], "admin");
    setup(&token, PASSWORD).await.refused(403, "wrong_link");
}

#[tokio::test]
async fn a_conversation_is_claimed_answered_noted_passed_on_and_resolved() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    visitor.say("I want to talk to a person").await;

    let inbox = bob.get("/api/agent/inbox").await.ok();
    assert_eq!((inbox["queue"][0]["id"].as_str(), inbox["queue"][0]["position"].as_u64()), (Some(id), Some(1)));
    assert_eq!(inbox["queue"][0]["last_text"], "I want to talk to a person");
    let card = bob.get(&format!("/api/agent/conversations/{id}")).await.ok();
    assert!(card["card"]["reason"].is_string(), "{card}");
    assert_eq!(card["events"][0]["type"], "opened");

    bob.command(id, "claim", json!({})).await.ok();
    let refused = ada.command(id, "say", json!({ "text": "Me too" })).await.refused(409, "owned_by_another");
    assert!(refused.contains("Bob"), "{refused}");
    let said = bob.command(id, "say", json!({ "text": "Hello", "client_id": "s1" })).await.ok();
    assert_eq!(texts(&said), ["Hello"]);
    let again = bob.command(id, "say", json!({ "text": "Hello", "client_id": "s1" })).await.ok();
    assert_eq!(again["events"], said["events"], "a repeat changes nothing");
    let other = Visitor::new(&server).await;
    bob.command(other.conversation(), "say", json!({ "text": "Hello you", "client_id": "s1" })).await.ok();
    let heard = texts(&other.events_after(0).await);
    assert!(heard.contains(&"Hello you".to_owned()), "ids count for one conversation only: {heard:?}");
    ada.command(id, "note", json!({ "text": "Be kind" })).await.ok();

    bob.command(id, "take-over", json!({})).await.refused(403, "supervisors_only");
    bob.command(id, "transfer", json!({ "queue": "nowhere" })).await.refused(404, "not_found");
    bob.command(id, "transfer", json!({})).await.refused(400, "bad_value");
    bob.command(id, "transfer", json!({ "agent": "a_0" })).await.refused(404, "not_found");
    bob.command(id, "transfer", json!({ "agent": ada.id, "note": "Yours" })).await.ok();
    assert_eq!(ada.get("/api/agent/inbox").await.ok()["mine"][0]["id"], id);
    ada.command(id, "transfer", json!({ "queue": "second" })).await.ok();
    assert_eq!(bob.get("/api/agent/inbox").await.ok()["queue"][0]["queue"], "second");
    bob.command(id, "claim", json!({})).await.ok();
    bob.command(id, "return", json!({})).await.ok();
    bob.command(id, "claim", json!({})).await.ok();
    ada.command(id, "take-over", json!({})).await.ok();
    ada.command(id, "hand-back", json!({ "flow": "nowhere" })).await.refused(409, "not_possible");
    ada.command(id, "hand-back", json!({ "flow": "colour" })).await.ok();
    let news = visitor.events_after(0).await;
    assert_eq!(texts(&news).last().map(String::as_str), Some("Which colour?"));
    assert!(!news.to_string().contains("Be kind") && !news.to_string().contains("Yours"), "notes stay inside");
    ada.command(id, "say", json!({ "text": "One more thing" })).await.ok();
    ada.command(id, "resolve", json!({})).await.ok();
    assert_eq!(visitor.events_after(0).await["conversation"]["phase"], "resolved");

    let events = ada.get(&format!("/api/agent/conversations/{id}/events?after=0")).await.ok();
    let kinds: Vec<_> = events["events"].as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
    assert!(kinds.contains(&json!("note")) && kinds.contains(&json!("understood")), "{kinds:?}");
}

#[tokio::test]
async fn an_unknown_conversation_is_not_found() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    for id in ["c_00000000000000000000000000000000", "nonsense", "p_00000000000000000000000000000000"] {
        ada.get(&format!("/api/agent/conversations/{id}")).await.refused(404, "not_found");
        ada.get(&format!("/api/agent/conversations/{id}/events")).await.refused(404, "not_found");
        ada.command(id, "claim", json!({})).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_change_needs_the_cookie_the_csrf_token_and_our_own_page() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let away = json!({ "status": "away" });
    server.post("/api/agent/presence", away.clone()).send().await.refused(401, "not_logged_in");
    let with_cookie = || server.post("/api/agent/presence", away.clone()).header("cookie", &ada.cookie);
    with_cookie().send().await.refused(403, "wrong_csrf_token");
    with_cookie().header("x-csrf-token", "wrong").send().await.refused(403, "wrong_csrf_token");
    let complete = || with_cookie().header("x-csrf-token", &ada.csrf);
    complete().header("origin", "https://evil.test").send().await.refused(403, "foreign_page");
    complete().header("sec-fetch-site", "cross-site").send().await.refused(403, "foreign_page");
    complete().header("origin", "http://localhost:8080").send().await.ok();
    complete().header("sec-fetch-site", "same-origin").send().await.ok();
    let login = json!({ "email": "ada@shop.test", "password": PASSWORD });
    let foreign = server.post("/api/agent/login", login).header("origin", "https://shop.test").send().await;
    foreign.refused(403, "foreign_page");
    let reading = server.get("/api/agent/me").header("cookie", &ada.cookie).send().await.ok();
    assert_eq!(reading["csrf"], ada.csrf.as_str());
}

#[tokio::test]
async fn logging_out_ends_the_session_for_everybody_who_has_its_cookie() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let gone = ada.post("/api/agent/logout", json!({})).await;
    assert_eq!(gone.status, 204);
    assert!(gone.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    ada.get("/api/agent/me").await.refused(401, "not_logged_in");
    Agent::login(&server, "ADA@shop.test ").await.get("/api/agent/me").await.ok();
}

#[tokio::test]
async fn a_wrong_login_tells_nothing_and_may_not_be_tried_for_ever() {
    let server = Server::start().await;
    Agent::admin(&server).await;
    let login = |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        server.post("/api/agent/login", body).from([192, 0, 2, 7]).send()
    };
    let known = login("ada@shop.test", "wrong password").await.refused(401, "wrong_login");
    let unknown = login("eve@shop.test", "wrong password").await.refused(401, "wrong_login");
    assert_eq!(known, unknown);
    let mut last = None;
    for _ in 0..6 {
        last = Some(login("ada@shop.test", "wrong password").await);
    }
    last.unwrap().refused(429, "too_many_requests");
    Agent::login(&server, "ada@shop.test").await;
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host_and_over_a_plain_network_there_is_none() {
    let public = |config: &mut frontdesk::http::HttpConfig| {
        config.public_url = Some("https://chat.test".to_owned());
        config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    };
    let server = Server::with(public).await;
    Agent::admin(&server).await;
    let login = json!({ "email": "ada@shop.test", "password": PASSWORD });
    let call = |host: &str| {
        let call = server.call(Method::POST, "/api/agent/login").json(&login);
        call.header("x-forwarded-host", "ignored").host(host)
    };
    let secure = call("chat.test").send().await;
    let cookie = secure.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-frontdesk=") && cookie.ends_with("; Secure") && cookie.contains("; Path=/;"));
    call("192.168.0.9:8080").send().await.refused(403, "https_needed");
    let forwarded = call("192.168.0.9:8080").header("x-forwarded-proto", "https");
    forwarded.from([10, 0, 0, 1]).send().await.ok();
    let invented = call("192.168.0.9:8080").header("x-forwarded-proto", "https");
    invented.from([192, 0, 2, 1]).send().await.refused(403, "https_needed");
}

#[tokio::test]
async fn admins_manage_accounts_and_nobody_else_does() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "supervisor").await;
    bob.get("/api/agent/agents").await.refused(403, "admins_only");
    bob.post("/api/agent/agents", json!({ "name": "Eve", "email": "eve@shop.test", "password": PASSWORD }))
        .await
        .refused(403, "admins_only");
    let new = |name: &str, email: &str, password: &str| {
        ada.post("/api/agent/agents", json!({ "name": name, "email": email, "password": password }))
    };
    new("Eve", "BOB@shop.test", PASSWORD).await.refused(409, "email_taken");
    new("", "eve@shop.test", PASSWORD).await.refused(400, "bad_value");
    new("Eve", "eve", PASSWORD).await.refused(400, "bad_value");
    new("Eve", "eve@shop.test", "short").await.refused(400, "bad_password");
    let change =
        |id: &str, change: Value| ada.call(Method::PATCH, &format!("/api/agent/agents/{id}")).json(&change).send();
    change(&bob.id, json!({ "sites": ["nowhere"] })).await.refused(400, "no_such_site");
    change(&bob.id, json!({ "capacity": 101 })).await.refused(400, "bad_capacity");
    change("a_00000000000000000000000000000000", json!({ "name": "X" })).await.refused(404, "not_found");
    change(&ada.id, json!({ "disabled": true })).await.refused(409, "own_account");
    let changed = change(&bob.id, json!({ "name": "Robert", "queues": ["second"], "capacity": 5 })).await.ok();
    assert_eq!(
        (&changed["name"], &changed["queues"], &changed["capacity"]),
        (&json!("Robert"), &json!(["second"]), &json!(5))
    );
    assert!(!changed.to_string().contains("argon2"), "no hash leaves");
    change(&bob.id, json!({ "disabled": true })).await.ok();
    bob.get("/api/agent/me").await.refused(401, "not_logged_in");
    let login = json!({ "email": "bob@shop.test", "password": PASSWORD });
    server.post("/api/agent/login", login).send().await.refused(401, "wrong_login");
    assert_eq!(ada.get("/api/agent/agents").await.ok()["agents"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_live_stream_says_what_changed_and_makes_the_agent_present() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let stream = ada.call(Method::GET, "/api/agent/stream").open().await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut body = stream.into_body();
    let mut heard = String::new();
    let online = |inbox: Value| inbox["agents"][0]["online"].as_bool();
    assert_eq!(online(ada.get("/api/agent/inbox").await.ok()), Some(true));
    let visitor = Visitor::new(&server).await;
    visitor.say("I want to talk to a person").await;
    let hears = async {
        while !(heard.contains("event: hello") && heard.contains("event: inbox")) {
            let frame = body.frame().await.unwrap().unwrap();
            heard.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(10), hears).await.unwrap();
    drop(body);
    assert_eq!(online(ada.get("/api/agent/inbox").await.ok()), Some(false));
}
