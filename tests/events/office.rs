//! The delivery log at the desk: how each system is doing, what was sent to it and what came of it, and sending it again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::receiver::{Behaviour, Receiver};
use super::{PATIENCE, server, until};
use crate::support::server::{Agent, Visitor};

const LOG: &str = "/api/agent/deliveries";

/// What the log says as soon as that is so.
async fn told(ada: &Agent<'_>, query: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let log = ada.get(&format!("{LOG}{query}")).await.ok();
        if is_so(&log) {
            return log;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn entries(ada: &Agent<'_>, query: &str) -> Vec<Value> {
    ada.get(&format!("{LOG}{query}")).await.ok()["entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_admin_sees_what_was_given_up_and_sends_it_again_to_that_system_alone() {
    let (works, refuses) = (Receiver::start().await, Receiver::start().await);
    refuses.always(Some(Behaviour::Says(422, None)));
    let opened = ", send: [conversation.opened]";
    let server = server(&[(&works, opened), (&refuses, opened)]);
    let ada = Agent::admin(&server).await;
    let bob = ada.hired("Bob", "supervisor").await;
    let visitor = Visitor::new(&server).await;
    until(&server, "both", || works.came().len() + refuses.came().len() == 2).await;
    let ids: Vec<String> = server.engine.endpoints().map(|endpoint| endpoint.id().to_owned()).collect();
    let failed = format!("?endpoint={}&state=failed", ids[1]);
    let log = told(&ada, &failed, "the failure", |log| log["entries"][0].is_object()).await;
    let entry = &log["entries"][0];
    assert_eq!((&entry["type"], &entry["tries"]), (&json!("conversation.opened"), &json!(1)));
    assert_eq!((&entry["state"], &entry["answer"]), (&json!("failed"), &json!("422 not now")));
    let endpoints = ada.get(LOG).await.ok()["endpoints"].clone();
    let facts = |no: usize| (endpoints[no]["failed"].as_u64(), endpoints[no]["waiting"].as_u64());
    assert_eq!((facts(0), facts(1)), ((Some(0), Some(0)), (Some(1), Some(0))), "{endpoints:#}");
    let page = ada.get(&format!("/desk/events{failed}")).await.text;
    assert!(page.contains(visitor.conversation()) && page.contains("422 not now"), "{page}");
    assert!(ada.get("/desk").await.text.contains("href=\"/desk/events\""), "the menu leads there");

    let again = format!("{LOG}/{}/resend", entry["id"].as_str().unwrap());
    let only = json!({ "endpoint": ids[1] });
    bob.post(&again, only.clone()).await.refused(403, "admins_only");
    ada.post(&format!("{LOG}/c_nothing-1/resend"), json!({})).await.refused(404, "not_found");
    ada.post(&again, json!({ "endpoint": "nowhere" })).await.refused(404, "not_found");
    // While they are down it is tried once, so that it holds up nothing.
    refuses.always(Some(Behaviour::Says(503, None)));
    assert_eq!(ada.post(&again, only.clone()).await.ok()["endpoints"], 1);
    told(&ada, &failed, "its second failure", |log| log["entries"][0]["answer"] == "503 not now").await;
    refuses.always(None);
    assert_eq!(ada.post(&again, only).await.ok()["endpoints"], 1);
    until(&server, "it", || refuses.taken().len() == 1).await;
    assert_eq!(works.came().len(), 1, "what had arrived was sent once more");
}

#[tokio::test]
async fn the_log_is_read_page_by_page_the_latest_first() {
    let receiver = Receiver::start().await;
    receiver.always(Some(Behaviour::Says(503, None)));
    let server = server(&[(&receiver, ", send: [conversation.opened]")]);
    let ada = Agent::admin(&server).await;
    let mut opened = Vec::new();
    for _ in 0..53 {
        opened.push(Visitor::new(&server).await.conversation().to_owned());
    }
    let first = ada.get(&format!("{LOG}?state=waiting")).await.ok();
    let last = first["entries"][49]["place"].as_str().unwrap();
    let second = ada.get(&format!("{LOG}?state=waiting&before={last}")).await.ok();
    assert_eq!((&first["more"], &second["more"]), (&json!(true), &json!(false)));
    let read = [&first, &second].into_iter().flat_map(|page| page["entries"].as_array().unwrap());
    let read: Vec<_> = read.map(|entry| entry["id"].as_str().unwrap().split('-').next().unwrap().to_owned()).collect();
    opened.reverse();
    assert_eq!(read, opened);
    assert_eq!(first["endpoints"][0]["waiting"], 53);
    ada.get(&format!("{LOG}?state=lost")).await.refused(400, "bad_query");
    assert!(entries(&ada, "?endpoint=nowhere").await.is_empty());
    assert!(entries(&ada, "?before=%00").await.is_empty());
    until(&server, "the news that it takes nothing", || receiver.came().len() >= 4).await;
    told(&ada, "", "the same in the log", |log| log["endpoints"][0]["down"] == true).await;
    assert!(ada.get("/desk/events").await.text.contains("takes nothing at the moment"));
}
