//! What callers are told while the server cannot store: refused with a reason and a time to come back, never half done.

use std::time::Duration;

use frontdesk::time::Span;
use serde_json::json;

use crate::support::server::{Agent, Reply, Server, Visitor, texts};
use crate::support::troubled::Troubled;

/// That it is a 503 with this code, and says when to come again; gives the sentence.
#[track_caller]
fn unavailable(reply: Reply, code: &str) -> String {
    let seconds = reply.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=300).contains(&seconds)), "{:?}", reply.headers);
    reply.refused(503, code)
}

/// Lets the engine look at the disk, and waits until what it saw counts. Each look is by another sender, because whoever has
/// an open conversation may go on.
async fn disk_looked_at(server: &Server, low: bool) {
    server.clock.advance(Span::seconds(6));
    let looked = async {
        let mut senders = 0..;
        while (server.rest(&format!("{low} {:?}", senders.next()), "hello").await.status == 503) != low {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), looked).await.expect("the engine looks at the disk");
}

async fn not_ready(server: &Server, because: &str) {
    let ready = server.get("/readyz").send().await;
    let problems = ready.json["problems"].to_string();
    assert!(ready.status == 503 && ready.json["ready"] == false && problems.contains(because), "{}", ready.text);
}

#[tokio::test]
async fn on_a_full_disk_open_conversations_go_on_and_new_ones_are_refused() {
    let store = Troubled::new();
    let server = Server::on(store.clone(), |_| {});
    let visitor = Visitor::new(&server).await;
    server.get("/readyz").send().await.ok();

    store.almost_full(true);
    disk_looked_at(&server, true).await;
    let said = unavailable(server.post("/api/visitor/session", json!({})).send().await, "low_space");
    assert_eq!(said, "No new conversations are taken at the moment.");
    unavailable(server.rest("somebody", "hello").await, "low_space");
    let answer = visitor.say("when are you open").await;
    assert!(texts(&answer).contains(&"We are open from nine to five.".to_owned()), "who is talking goes on: {answer}");
    not_ready(&server, "disk").await;

    store.almost_full(false);
    disk_looked_at(&server, false).await;
    Visitor::new(&server).await;
    server.get("/readyz").send().await.ok();
}

#[tokio::test]
async fn when_the_store_has_stopped_nothing_is_acknowledged_and_the_operator_reads_why() {
    let store = Troubled::new();
    let server = Server::on(store.clone(), |_| {});
    let admin = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    let before = visitor.events_after(0).await;

    store.halt("input/output error");
    let said = visitor.post("/api/visitor/messages", json!({ "text": "when are you open" })).await;
    let said = unavailable(said, "store_halted");
    assert_eq!(said, "The server cannot store messages at the moment.");
    unavailable(server.post("/api/visitor/session", json!({})).send().await, "store_halted");
    unavailable(server.rest("somebody", "hello").await, "store_halted");
    unavailable(admin.command(visitor.conversation(), "claim", json!({})).await, "store_halted");
    let new = json!({ "name": "Bob", "email": "bob@shop.test", "password": "a long password", "role": "agent" });
    unavailable(admin.post("/api/agent/agents", new).await, "store_halted");
    not_ready(&server, "input/output error").await;

    // What was stored can still be read, and nothing of what was refused is shown.
    assert_eq!(visitor.events_after(0).await, before);
    assert_eq!(server.get("/healthz").send().await.status, 200);
}
