//! What bad input gets: a clear 4xx, never a 5xx, and no change.

use axum::http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::server::{Agent, Call, Server, Visitor};

/// Every endpoint that takes a body, and whether a visitor (v) or an agent (a) calls it.
const TAKES_BODY: &[(char, &str, &str)] = &[
    ('v', "POST", "/api/visitor/session"),
    ('v', "POST", "/api/visitor/messages"),
    ('v', "POST", "/api/visitor/press"),
    ('v', "POST", "/api/visitor/rate"),
    ('v', "POST", "/api/visitor/receipts"),
    ('a', "POST", "/api/agent/setup"),
    ('a', "POST", "/api/agent/login"),
    ('a', "POST", "/api/agent/presence"),
    ('a', "POST", "/api/agent/agents"),
    ('a', "PATCH", "/api/agent/agents/{agent}"),
    ('a', "POST", "/api/agent/conversations/{id}/say"),
    ('a', "POST", "/api/agent/conversations/{id}/note"),
    ('a', "POST", "/api/agent/conversations/{id}/composing"),
    ('a', "POST", "/api/agent/conversations/{id}/transfer"),
    ('a', "POST", "/api/agent/conversations/{id}/hand-back"),
    ('a', "POST", "/api/agent/conversations/{id}/read"),
    ('a', "POST", "/api/agent/conversations/{id}/labels"),
    ('a', "POST", "/api/agent/conversations/{id}/priority"),
    ('a', "POST", "/api/agent/conversations/{id}/snooze"),
    ('a', "POST", "/api/agent/conversations/{id}/follow-ups"),
    ('a', "POST", "/api/agent/conversations/{id}/follow-ups/done"),
    ('a', "POST", "/api/agent/conversations/{id}/complaint"),
    ('a', "POST", "/api/agent/reset"),
    ('a', "PATCH", "/api/agent/people/{person}"),
    ('a', "POST", "/api/agent/people/{person}/merge"),
    ('a', "POST", "/api/agent/people/{person}/block"),
    ('a', "POST", "/api/agent/people/{person}/erase"),
    ('a', "POST", "/api/agent/agents/{agent}/presence"),
    ('a', "POST", "/api/agent/conversations/{id}/assign"),
    ('v', "POST", "/demo/orders/AB1231/address"),
    ('v', "POST", "/demo/returns"),
];

/// Endpoints without a body.
const TAKES_NONE: &[(char, &str, &str)] = &[
    ('v', "GET", "/api/visitor/events"),
    ('v', "POST", "/api/visitor/typing"),
    ('v', "GET", "/api/visitor/socket"),
    ('v', "GET", "/api/visitor/files/{id}/1"),
    ('a', "GET", "/api/agent/conversations/{id}/files/1"),
    ('v', "GET", "/api/visitor/transcript"),
    ('v', "GET", "/api/visitor/invites"),
    ('v', "GET", "/chat"),
    ('v', "GET", "/chat/default"),
    ('v', "GET", "/chat/default/qr.svg"),
    ('v', "GET", "/chat/default/card"),
    ('v', "POST", "/api/visitor/end"),
    ('a', "GET", "/api/agent/me"),
    ('a', "GET", "/api/agent/inbox"),
    ('a', "GET", "/api/agent/agents"),
    ('a', "GET", "/api/agent/conversations/{id}"),
    ('a', "GET", "/api/agent/conversations/{id}/events"),
    ('a', "GET", "/api/agent/conversations/{id}/replies"),
    ('a', "GET", "/api/agent/alerts"),
    ('a', "POST", "/api/agent/conversations/{id}/mentions/seen"),
    ('a', "POST", "/api/agent/conversations/{id}/typing"),
    ('a', "GET", "/api/agent/conversations"),
    ('a', "GET", "/api/agent/search"),
    ('a', "POST", "/api/agent/conversations/{id}/wake"),
    ('a', "POST", "/api/agent/conversations/{id}/claim"),
    ('a', "POST", "/api/agent/conversations/{id}/take-over"),
    ('a', "POST", "/api/agent/conversations/{id}/return"),
    ('a', "POST", "/api/agent/conversations/{id}/resolve"),
    ('a', "GET", "/api/agent/people"),
    ('a', "GET", "/api/agent/people/{person}"),
    ('a', "POST", "/api/agent/people/{person}/unmerge"),
    ('a', "POST", "/api/agent/people/{person}/unblock"),
    ('a', "POST", "/api/agent/agents/{agent}/reset-link"),
    ('a', "GET", "/api/agent/floor"),
    ('a', "GET", "/api/agent/audit"),
    ('a', "GET", "/api/agent/deliveries"),
    ('a', "GET", "/desk/people"),
    ('a', "GET", "/desk/p/{person}"),
    ('a', "GET", "/desk/team"),
    ('a', "GET", "/desk/audit"),
    ('a', "GET", "/desk/events"),
    ('v', "GET", "/demo/orders/AB1234"),
    ('v', "GET", "/demo/stock"),
    ('v', "GET", "/widget.js"),
    ('v', "GET", "/openapi.json"),
    ('v', "GET", "/metrics"),
    // Last, because it makes the visitor a stranger.
    ('v', "POST", "/api/visitor/forget"),
];

struct Callers<'a> {
    server: &'a Server,
    visitor: Visitor<'a>,
    agent: Agent<'a>,
    person: String,
}

impl<'a> Callers<'a> {
    async fn new(server: &'a Server) -> Self {
        let (agent, visitor) = (Agent::admin(server).await, Visitor::new(server).await);
        let card = agent.get(&format!("/api/agent/conversations/{}", visitor.conversation())).await.ok();
        let person = card["card"]["person"]["id"].as_str().unwrap().to_owned();
        Self { server, agent, visitor, person }
    }

    async fn until_search_is_ready(&self) {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while self.agent.get("/api/agent/search?q=a").await.status != 200 {
            assert!(std::time::Instant::now() < deadline, "the search is never ready");
            tokio::task::yield_now().await;
        }
    }

    fn call(&self, (who, method, path): (char, &str, &str)) -> Call {
        let path = path.replace("{id}", self.visitor.conversation()).replace("{agent}", &self.agent.id);
        let path = path.replace("{person}", &self.person);
        let method: Method = method.parse().unwrap();
        match who {
            'v' => self.server.call(method, &path).bearer(&self.visitor.token),
            _ => self.agent.call(method, &path),
        }
    }
}

#[tokio::test]
async fn every_endpoint_refuses_a_malformed_body_with_a_sentence_and_changes_nothing() {
    let server = Server::start().await;
    let callers = Callers::new(&server).await;
    let deep = "[".repeat(10_000);
    let names = [
        "text", "status", "name", "site", "event", "score", "token", "email", "queue", "flow", "address", "order",
        "kind",
    ];
    let lone_surrogate = format!("{{{}}}", names.map(|name| format!("\"{name}\":\"\\ud800\"")).join(","));
    let bodies: &[(&[u8], u16, &str)] = &[
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"not json", 400, "bad_json"),
        (b"{\"text\":\"\xff\xfe\"}", 400, "bad_json"),
(lone_surrogate.as_bytes(), 400, "bad_json"),
        (b"[1,2,3]", 400, "bad_value"),
        (deep.as_bytes(), 400, "bad_value"),
        (b"{\"text\":7,\"site\":7,\"event\":\"x\",\"score\":1e99,\"token\":7,\"email\":7,\"status\":7,\"name\":7,\"queue\":7,\"flow\":7,\"address\":7,\"order\":7,\"kind\":7}", 400, "bad_value"),
    ];
    // Logins are counted, so they come from elsewhere each time.
    let mut from = 0_u8;
    let before = callers.visitor.events_after(0).await;
    for endpoint in TAKES_BODY {
        for (body, status, code) in bodies {
            from = from.wrapping_add(1);
            let call = callers.call(*endpoint).header("content-type", "application/json").bytes(*body);
            let reply = call.from([192, 0, 2, from]).send().await;
            let got = (reply.status.as_u16(), reply.json["error"]["code"].as_str().unwrap_or_default().to_owned());
            // An array may be read as the fields in their order; what is in it is refused all the same.
            let refused = got == (*status, (*code).to_owned()) || (got.0 == 400 && got.1.starts_with("bad_"));
            assert!(refused, "{endpoint:?} {:?} got {got:?}", String::from_utf8_lossy(&body[..body.len().min(40)]));
        }
        let text = callers.call(*endpoint).header("content-type", "text/plain").bytes("{}").send().await;
        text.refused(415, "not_json");
        let large = callers.call(*endpoint).header("content-type", "application/json").bytes(" ".repeat(70_000));
        large.from([192, 0, 3, from]).send().await.refused(413, "body_too_large");
    }
    let after = callers.visitor.events_after(0).await;
    assert_eq!(before["events"], after["events"]);
}

#[tokio::test]
async fn wrong_addresses_and_methods_are_named() {
    let server = Server::start().await;
    let callers = Callers::new(&server).await;
    server.get("/api/visitor/nothing").send().await.refused(404, "not_found");
    server.get("/%ff%fe").send().await.refused(404, "not_found");
    for endpoint in TAKES_BODY.iter().chain(TAKES_NONE) {
        let wrong = callers.call((endpoint.0, "DELETE", endpoint.2)).send().await;
        wrong.refused(405, "wrong_method");
    }
    for query in ["after=-1", "after=x", "after=99999999999999999999", "wait=-1"] {
        let call = server.get(&format!("/api/visitor/events?{query}")).bearer(&callers.visitor.token);
        call.send().await.refused(400, "bad_query");
    }
}

#[tokio::test]
async fn texts_have_limits() {
    let server = Server::start().await;
    let callers = Callers::new(&server).await;
    let say = |body: Value| callers.visitor.post("/api/visitor/messages", body);
    say(json!({ "text": "x".repeat(4_001) })).await.refused(400, "message_too_long");
    say(json!({ "text": "🦀".repeat(4_000) })).await.ok();
    say(json!({ "text": " \n\t" })).await.refused(400, "empty_message");
    say(json!({ "text": "hi", "client_id": "" })).await.refused(400, "bad_client_id");
    say(json!({ "text": "hi", "client_id": "x".repeat(65) })).await.refused(400, "bad_client_id");
    let rate = |score: u8| callers.visitor.post("/api/visitor/rate", json!({ "score": score }));
    rate(0).await.refused(400, "bad_score");
    rate(6).await.refused(400, "bad_score");
    let language = server.post("/api/visitor/session", json!({ "language": "not a language" })).send().await;
    language.refused(400, "bad_language");
    let id = callers.visitor.conversation().to_owned();
    let long = callers.agent.command(&id, "say", json!({ "text": "x".repeat(4_001) })).await;
    long.refused(400, "message_too_long");
    callers.agent.command(&id, "note", json!({ "text": "" })).await.refused(400, "empty_message");
}

/// JSON of any shape, with the names that our bodies use.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("text"),
        Just("client_id"),
        Just("event"),
        Just("option"),
        Just("site"),
        Just("language"),
        Just("page"),
        Just("score"),
        Just("token"),
        Just("email"),
        Just("password"),
        Just("name"),
        Just("status"),
        Just("queue"),
        Just("agent"),
        Just("note"),
        Just("flow"),
        Just("sender"),
        Just("message"),
        Just("metadata"),
        Just("greet"),
        Just("role"),
        Just("capacity"),
        Just("sites"),
        Just("queues"),
        Just("disabled"),
        Just("order"),
        Just("item"),
        Just("identity"),
        Just("attributes"),
        Just("id"),
        Just("hash"),
        Just("answers"),
        Just("skipped"),
        Just("form"),
        Just("invite"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), any_json().prop_map(|json| json.to_string().into_bytes()),]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_to_every_endpoint_give_no_5xx(
        bodies in prop::collection::vec(any_body(), 4),
        path in "[a-z0-9/%._~-]{0,40}",
        query in "[a-z0-9=&%+-]{0,30}",
        seed in any::<[u8; 4]>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::searching(&["default"]).await;
            let callers = Callers::new(&server).await;
            callers.until_search_is_ready().await;
            let rest = [
                ('v', "POST", "/api/visitor/files"),
                ('a', "POST", "/api/agent/conversations/{id}/files"),
                ('v', "POST", "/webhooks/rest/webhook"), ('v', "POST", "/webhooks/rest/default/webhook")];
            for endpoint in TAKES_BODY.iter().chain(&rest) {
                for body in &bodies {
                    let call = callers.call(*endpoint).header("content-type", "application/json").bytes(body.clone());
                    // The REST channel is heard on loopback only; elsewhere each call is another network's.
                    let from = if endpoint.2.starts_with("/webhooks") { [127, 0, 0, 1] } else { seed };
                    let reply = call.from(from).send().await;
                    assert!(!reply.status.is_server_error(), "{endpoint:?} {body:?}: {}", reply.text);
                }
            }
            for endpoint in TAKES_NONE {
                let path = format!("{}?{query}", endpoint.2);
                let reply = callers.call((endpoint.0, endpoint.1, &path)).from(seed).send().await;
                assert!(!reply.status.is_server_error(), "{path}: {}", reply.text);
            }
            let anywhere = server.get(&format!("/{path}?{query}")).from(seed).send().await;
            assert!(!anywhere.status.is_server_error(), "{path}: {}", anywhere.text);
        });
    }
}
