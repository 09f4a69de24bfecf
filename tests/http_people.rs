//! People, supervisors and the audit trail over HTTP: what works, who may, and what is written down.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::server::{Agent, Server, Visitor};

/// The contact of a conversation.
async fn contact_of(agent: &Agent<'_>, conversation: &str) -> String {
    let card = agent.get(&format!("/api/agent/conversations/{conversation}")).await.ok();
    card["card"]["person"]["id"].as_str().unwrap_or_else(|| panic!("{card}")).to_owned()
}

async fn edit(agent: &Agent<'_>, contact: &str, fact: &str, value: &str) -> Value {
    let body = json!({ "fact": fact, "value": value });
    agent.call(Method::PATCH, &format!("/api/agent/people/{contact}")).json(&body).send().await.ok()
}

async fn kinds(admin: &Agent<'_>) -> Vec<String> {
    let trail = admin.get("/api/agent/audit").await.ok();
    let entries = trail["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["what"]["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_person_is_edited_found_merged_taken_apart_blocked_and_erased() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let (one, two) = (Visitor::new(&server).await, Visitor::new(&server).await);
    let (zoe, una) = (contact_of(&bob, one.conversation()).await, contact_of(&bob, two.conversation()).await);

    let person = edit(&bob, &zoe, "name", "Zoe").await;
    let value = &person["facts"][0]["values"][0];
    assert_eq!(
        (value["value"].as_str(), value["source"].as_str(), value["from"].as_str()),
        (Some("Zoe"), Some("agent"), Some("Bob"))
    );
    edit(&bob, &una, "phone", "+30 210 1234567").await;
    let found = bob.get("/api/agent/people?q=2101234567").await.ok();
    assert_eq!(found["people"][0]["id"].as_str(), Some(una.as_str()));

    let people = |verb: &str, id: &str| format!("/api/agent/people/{id}/{verb}");
    bob.post(&people("merge", &zoe), json!({ "with": zoe })).await.refused(409, "same_person");
    bob.post(&people("merge", &zoe), json!({ "with": "nobody" })).await.refused(404, "not_found");
    let merged = bob.post(&people("merge", &zoe), json!({ "with": una })).await.ok();
    assert_eq!(
        (merged["contacts"].as_array().unwrap().len(), merged["conversations"].as_array().unwrap().len()),
        (2, 2)
    );
    assert_eq!(contact_of(&bob, two.conversation()).await, zoe, "the card names the person");
    let apart = bob.post(&people("unmerge", &una), json!({})).await.ok();
    assert_eq!((apart["id"].as_str(), apart["contacts"].as_array().unwrap().len()), (Some(una.as_str()), 1));
    bob.post(&people("unmerge", &una), json!({})).await.refused(409, "not_merged");

    one.say("I want to talk to a person").await;
    bob.post(&people("block", &zoe), json!({ "reason": "insults" })).await.ok();
    let card = bob.get(&format!("/api/agent/conversations/{}", one.conversation())).await.ok();
    assert_eq!(
        (card["row"]["owner"].as_str(), card["card"]["person"]["blocked"].as_bool()),
        (Some("closed"), Some(true))
    );
    assert!(bob.get(&format!("/desk/c/{}", one.conversation())).await.text.contains("Blocked"));
    let news = one.events_after(0).await;
    let last = crate::support::server::texts(&news).into_iter().rev().find(|text| text.starts_with("Thank you"));
    assert!(last.is_some(), "a kind sentence ends it: {news}");
    let refused = one.post("/api/visitor/messages", json!({ "text": "hello" })).await.refused(403, "blocked");
    assert!(refused.contains("another way"), "a kind sentence: {refused}");
    server.post("/api/visitor/session", json!({})).bearer(&one.token).send().await.ok();
    bob.post(&people("unblock", &zoe), json!({})).await.ok();
    one.say("hello again").await;

    bob.post(&people("erase", &zoe), json!({ "confirm": true })).await.refused(403, "admins_only");
    ada.post(&people("erase", &zoe), json!({})).await.refused(400, "not_confirmed");
    let erased = ada.post(&people("erase", &zoe), json!({ "confirm": true })).await.ok();
    assert_eq!(erased["conversations"], 2);
    ada.get(&format!("/api/agent/people/{zoe}")).await.refused(404, "not_found");
    assert_eq!(ada.get(&format!("/desk/p/{zoe}")).await.status, 404);

    let trail = kinds(&ada).await;
    let expected = [
        "contact_erased",
        "contact_unblocked",
        "contact_blocked",
        "contacts_unmerged",
        "contacts_merged",
        "contact_edited",
        "contact_edited",
        "logged_in",
        "account_created",
        "logged_in",
        "account_created",
    ];
    assert_eq!(trail, expected);
    let all = ada.get("/api/agent/audit").await.text;
    for secret in ["+30 210", "insults", "argon2", "a long password", &bob.cookie, &bob.csrf] {
        assert!(!all.contains(secret), "{secret} stands in the trail: {all}");
    }
    let of_kind = ada.get("/api/agent/audit?kind=contact_erased").await.ok();
    assert_eq!((of_kind["entries"].as_array().unwrap().len(), of_kind["entries"][0]["by"].as_str()), (1, Some("Ada")));
}

#[tokio::test]
async fn each_page_is_for_those_who_may_see_it() {
    let server = Server::of_sites(&["shop", "other"]).await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let sue = ada.hired("Sue", "supervisor").await;
    let eve = ada.hired_for("Eve", &["other"], &[]).await;
    let visitor = Visitor::at(&server, "shop").await;
    let id = visitor.conversation();
    let zoe = contact_of(&ada, id).await;
    visitor.say("I want to talk to a person").await;

    for path in ["/api/agent/floor", "/desk/team", "/desk/fragments/team"] {
        bob.get(path).await.refused(403, "supervisors_only");
        assert_eq!(sue.get(path).await.status, 200, "{path}");
    }
    let admins = ["audit", "deliveries", "agents"].map(|what| format!("/api/agent/{what}"));
    for path in ["audit", "events", "agents"].map(|page| format!("/desk/{page}")).iter().chain(&admins) {
        bob.get(path).await.refused(403, "admins_only");
        sue.get(path).await.refused(403, "admins_only");
        assert_eq!(ada.get(path).await.status, 200, "{path}");
    }
    for path in ["/desk/team", "/desk/audit", "/desk/people", &*format!("/desk/p/{zoe}")] {
        assert_eq!(server.get(path).send().await.status, 303, "{path}: first log in");
    }
    let presence = |id: &str| format!("/api/agent/agents/{id}/presence");
    bob.post(&presence(&sue.id), json!({ "status": "away" })).await.refused(403, "supervisors_only");
    sue.post(&presence(&ada.id), json!({ "status": "away" })).await.refused(403, "not_allowed");
    bob.command(id, "assign", json!({ "agent": bob.id })).await.refused(403, "supervisors_only");
    bob.post(&format!("/api/agent/agents/{}/reset-link", sue.id), json!({})).await.refused(403, "admins_only");

    // Whoever serves another site finds nobody there.
    eve.get(&format!("/api/agent/people/{zoe}")).await.refused(404, "not_found");
    assert_eq!(eve.get(&format!("/desk/p/{zoe}")).await.status, 404);
    for verb in ["merge", "unmerge", "block", "unblock"] {
        let body = if verb == "merge" { json!({ "with": zoe }) } else { json!({}) };
        eve.post(&format!("/api/agent/people/{zoe}/{verb}"), body).await.refused(404, "not_found");
    }
    assert_eq!(eve.get(&format!("/api/agent/people?q={zoe}")).await.ok()["people"], json!([]));
    let change = json!({ "role": "supervisor" });
    ada.call(Method::PATCH, &format!("/api/agent/agents/{}", eve.id)).json(&change).send().await.ok();
    let floor = eve.get("/api/agent/floor").await.ok();
    assert_eq!(floor["live"], json!([]));
    assert!(floor["queues"].as_array().unwrap().iter().all(|queue| queue["site"] == "other"), "{floor}");
    eve.command(id, "assign", json!({ "agent": eve.id })).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_supervisor_sees_the_floor_gives_away_and_sets_away() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let sue = ada.hired("Sue", "supervisor").await;
    let bob = ada.hired("Bob", "agent").await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    visitor.say("I want to talk to a person").await;
    let floor = sue.get("/api/agent/floor").await.ok();
    let desk = floor["queues"].as_array().unwrap().iter().find(|queue| queue["queue"] == "desk").unwrap();
    assert_eq!((desk["waiting"].as_u64(), desk["oldest_at"].as_i64()), (Some(1), Some(server.clock.now().0)));
    sue.command(id, "assign", json!({ "agent": bob.id })).await.ok();
    let floor = sue.get("/api/agent/floor").await.ok();
    let row = floor["agents"].as_array().unwrap().iter().find(|agent| agent["name"] == "Bob").unwrap();
    assert_eq!(row["load"], 1);
    let page = sue.get("/desk/fragments/team").await.text;
    assert!(page.contains(&format!("{id}/take-over")) && page.contains("Bob"), "{page}");
    bob.post("/api/agent/presence", json!({ "status": "available" })).await.ok();
    let away = sue.post(&format!("/api/agent/agents/{}/presence", bob.id), json!({ "status": "away" })).await.ok();
    assert_eq!(away["status"], "away");
    sue.command(id, "take-over", json!({})).await.ok();
    assert_eq!(kinds(&ada).await[..3], ["took_over", "status_set", "reassigned"]);
}

#[tokio::test]
async fn a_password_is_set_by_a_link_once() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let path = format!("/api/agent/agents/{}/reset-link", bob.id);
    let first = ada.post(&path, json!({})).await.ok()["path"].as_str().unwrap().to_owned();
    let second = ada.post(&path, json!({})).await.ok()["path"].as_str().unwrap().to_owned();
    let token = |path: &str| path.split_once("/desk/reset#").unwrap().1.to_owned();
    let redeem = async |token: &str, password: &str, from: u8| {
        let body = json!({ "token": token, "password": password });
        server.post("/api/agent/reset", body).from([192, 0, 2, from]).send().await
    };
    redeem(&token(&first), "another password", 1).await.refused(403, "wrong_reset_link");
    redeem(&token(&second), "short", 2).await.refused(400, "bad_password");
    redeem(&token(&second), "another password", 3).await.ok();
    redeem(&token(&second), "a third password", 4).await.refused(403, "wrong_reset_link");
    bob.get("/api/agent/me").await.refused(401, "not_logged_in");
    let login = |password: &str| {
        server.post("/api/agent/login", json!({ "email": "bob@shop.test", "password": password })).send()
    };
    login("another password").await.ok();
    let late = ada.post(&path, json!({})).await.ok()["path"].as_str().unwrap().to_owned();
    server.clock.advance(frontdesk::time::Span::hours(24));
    redeem(&token(&late), "a late password", 5).await.refused(403, "wrong_reset_link");
    let trail = ada.get("/api/agent/audit").await.text;
    assert!(!trail.contains(&token(&second)), "no token in the trail");
    assert!(kinds(&ada).await.contains(&"password_set".to_owned()));
    assert_eq!(server.get("/desk/reset").send().await.status, 200);
}

#[tokio::test]
async fn an_unknown_key_is_named_and_nothing_is_changed() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let change = json!({ "capacity": 5, "roles": "admin" });
    let reply = ada.call(Method::PATCH, &format!("/api/agent/agents/{}", bob.id)).json(&change).send().await;
    let refused = reply.refused(400, "bad_value");
    assert!(refused.contains("roles"), "{refused}");
    let agents = ada.get("/api/agent/agents").await.ok();
    assert!(agents["agents"].as_array().unwrap().iter().all(|agent| agent["capacity"] == 3));
}

#[tokio::test]
async fn what_people_are_called_stays_text_on_every_page() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    let zoe = contact_of(&ada, visitor.conversation()).await;
    let evil = "<img src=x onerror=alert(1)>";
    edit(&ada, &zoe, "name", evil).await;
    ada.post(&format!("/api/agent/people/{zoe}/block"), json!({ "reason": evil })).await.ok();
    for path in [
        format!("/desk/p/{zoe}"),
        format!("/desk/p/{zoe}?q=img"),
        format!("/desk/c/{}", visitor.conversation()),
        "/desk/people?q=img".to_owned(),
        "/desk/audit".to_owned(),
    ] {
        let page = ada.get(&path).await.text;
        assert!(page.contains("</html>") && !page.contains("<img src=x"), "{path}");
    }
    assert!(ada.get("/desk/people?q=img").await.text.contains("&lt;img src=x"));
}
