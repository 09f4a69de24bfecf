//! What agents file, through the API and the pages, and the lists in which it is found again.

use frontdesk::time::Span;
use serde_json::{Value, json};

use crate::support::server::{Agent, Server, Visitor, texts};

fn ids(page: &Value) -> Vec<String> {
    let rows = page["rows"].as_array().unwrap_or_else(|| panic!("no rows: {page}"));
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn listed(agent: &Agent<'_>, query: &str) -> Value {
    agent.get(&format!("/api/agent/conversations?{query}")).await.ok()
}

/// Lets whatever is due by now be told.
async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !so().await {
        assert!(std::time::Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn labels_are_added_removed_and_filter_every_list() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let (one, other) = (Visitor::new(&server).await, Visitor::new(&server).await);
    let id = one.conversation();
    ada.command(id, "labels", json!({ "add": ["Big order", "VIP"] })).await.ok();
    ada.command(other.conversation(), "labels", json!({ "add": ["vip"] })).await.ok();
    ada.command(id, "labels", json!({ "remove": ["vip"], "add": [] })).await.ok();
    assert_eq!(ids(&listed(&ada, "list=open&label=BIG%20ORDER").await), [id]);
    assert_eq!(ids(&listed(&ada, "list=open&label=VIP").await), [other.conversation()]);
    let long = "x".repeat(41);
    ada.command(id, "labels", json!({ "add": [long] })).await.refused(400, "message_too_long");
    ada.command(id, "labels", json!({ "add": ["  "] })).await.refused(400, "empty_message");
    let many: Vec<String> = (0..17).map(|number| format!("l{number}")).collect();
    ada.command(id, "labels", json!({ "add": many })).await.refused(409, "too_many");
    let page = ada.get(&format!("/desk/c/{id}")).await.text;
    assert!(page.contains("Big order") && page.contains("Remove the label Big order"), "{page}");
    let inbox = ada.get("/desk?label=big+order").await.text;
    assert!(inbox.contains(&format!("/desk/c/{id}")) && !inbox.contains(other.conversation()), "{inbox}");
    assert!(inbox.contains("<option value=\"vip\">"), "the filter offers what is in use: {inbox}");
}

#[tokio::test]
async fn what_is_on_hold_leaves_the_lists_and_comes_back_when_the_visitor_writes() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    ada.command(id, "snooze", json!({ "minutes": 60 })).await.refused(409, "not_yours");
    ada.command(id, "claim", json!({})).await.ok();
    for wrong in [json!({}), json!({ "minutes": 5, "until": 5 })] {
        ada.command(id, "snooze", wrong).await.refused(400, "bad_value");
    }
    ada.command(id, "snooze", json!({ "until": 5 })).await.refused(400, "bad_time");
    ada.command(id, "snooze", json!({ "minutes": 60 })).await.ok();
    assert_eq!(ids(&listed(&ada, "list=mine").await), [""; 0]);
    let held = listed(&ada, "list=snoozed").await;
    assert_eq!(ids(&held), [id]);
    assert_eq!(held["rows"][0]["snoozed_until"], (server.clock.now() + Span::hours(1)).0);
    visitor.say("are you there?").await;
    assert_eq!(ids(&listed(&ada, "list=mine").await), [id]);
    assert_eq!(ids(&listed(&ada, "list=snoozed").await), [""; 0]);
    ada.command(id, "snooze", json!({ "minutes": 60 })).await.ok();
    ada.command(id, "wake", json!({})).await.ok();
    assert_eq!(ids(&listed(&ada, "list=mine").await), [id]);
}

#[tokio::test]
async fn a_reminder_stands_on_top_of_the_inbox_when_it_is_due_for_who_set_it() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "agent").await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    let set = ada.command(id, "follow-ups", json!({ "minutes": 30, "note": "Ring <them>" })).await.ok();
    let event = set["last"].as_u64().unwrap();
    assert_eq!(ids(&listed(&ada, "list=due").await), [""; 0]);
    assert_eq!(ids(&listed(&bob, "list=reminders").await), [id], "colleagues see that it was set");
    server.clock.advance(Span::minutes(30));
    let told = async || {
        let events = ada.get(&format!("/api/agent/conversations/{id}/events")).await.ok();
        events.to_string().contains("follow_up_due")
    };
    until("it is told", told).await;
    assert_eq!(ids(&listed(&ada, "list=due").await), [id]);
    assert_eq!(ids(&listed(&bob, "list=due").await), [""; 0], "it is not for him");
    let page = ada.get("/desk").await.text;
    let due = page.split("id=\"due-title\"").nth(1).unwrap_or_else(|| panic!("nothing is due: {page}"));
    assert!(due.contains("Ring &lt;them&gt;") && due.contains("follow-ups/done"), "{due}");
    ada.command(id, "follow-ups/done", json!({ "event": event, "done": true })).await.ok();
    assert_eq!(ids(&listed(&ada, "list=due").await), [""; 0]);
    ada.command(id, "follow-ups/done", json!({ "event": event, "done": false })).await.ok();
    assert_eq!(ids(&listed(&ada, "list=due").await), [id], "and back");
    ada.command(id, "follow-ups/done", json!({ "event": 1, "done": true })).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_complaint_is_acknowledged_to_the_visitor_who_sees_nothing_else_of_it() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    let before = visitor.events_after(0).await["events"].as_array().unwrap().len();
    let answer = ada.command(id, "complaint", json!({ "cause": "late parcel" })).await.ok();
    assert!(answer.to_string().contains("late parcel"), "{answer}");
    let seen = visitor.events_after(0).await;
    let new = &texts(&seen)[before..];
    assert_eq!(new, ["I am sorry about this. Your complaint has been recorded, and a person is looking after it."]);
    assert!(!seen.to_string().contains("late parcel"), "{seen}");
    assert_eq!(ids(&listed(&ada, "list=open&label=complaint").await), [id]);
}

#[tokio::test]
async fn a_priority_by_hand_changes_the_order_of_those_who_wait() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let (one, other) = (Visitor::new(&server).await, Visitor::new(&server).await);
    for visitor in [&one, &other] {
        visitor.say("I want to talk to a person").await;
    }
    assert_eq!(ids(&listed(&ada, "list=queue").await), [one.conversation(), other.conversation()]);
    ada.command(other.conversation(), "priority", json!({ "priority": "urgent" })).await.ok();
    assert_eq!(ids(&listed(&ada, "list=queue").await), [other.conversation(), one.conversation()]);
    assert_eq!(ids(&listed(&ada, "list=queue&priority=urgent").await), [other.conversation()]);
    ada.command(one.conversation(), "priority", json!({ "priority": "sky" })).await.refused(400, "bad_value");
}

#[tokio::test]
async fn long_lists_come_in_pages_of_all_sites_and_only_of_ones_own() {
    let server = Server::of_sites(&["default", "hotel"]).await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &["hotel"], &[]).await;
    let mut all = Vec::new();
    for number in 0..7 {
        let site = if number % 2 == 0 { "default" } else { "hotel" };
        all.push(Visitor::at(&server, site).await.conversation().to_owned());
        server.clock.advance(Span::minutes(1));
    }
    all.reverse();
    let mut found = Vec::new();
    let mut after = String::new();
    for _ in 0..9 {
        let page = listed(&ada, &format!("list=open&limit=2&after={after}")).await;
        found.extend(ids(&page));
        assert_eq!(page["count"], 7);
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, all, "the latest first, each once");
    assert_eq!(ids(&listed(&bob, "list=open").await), [all[1].clone(), all[3].clone(), all[5].clone()]);
    assert_eq!(ids(&listed(&ada, "list=open&site=hotel").await).len(), 3);
    assert_eq!(ids(&listed(&bob, "list=open&site=default").await), [""; 0]);
    ada.get("/api/agent/conversations?list=nonsense").await.refused(400, "bad_value");
    let strange = ada.get("/desk?list=nonsense&agent=%00&priority=x&after=%ff&site=%F0%9F&x=1").await;
    assert!(strange.status.is_success(), "{}", strange.status);
    for list in ["open", "closed", "left", "undelivered", "snoozed", "reminders", "due", "mine", "queue"] {
        let page = ada.get(&format!("/desk?list={list}&after=nonsense")).await;
        assert!(page.status.is_success(), "{list}: {}", page.status);
    }
}
