//! The visitor API as a widget uses it.

use std::time::Duration;

use axum::http::Method;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::http_desk::close;
use crate::support::server::{ALLOWED, Agent, Server, Visitor, texts};

#[tokio::test]
async fn a_visitor_is_greeted_answered_and_known_again() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    assert_eq!(texts(&visitor.session), ["Welcome."]);
    assert_eq!(visitor.session["conversation"]["owner"], "bot");
    assert_eq!(visitor.session["events"][0]["buttons"][1], json!({ "label": "Choose a colour", "option": 1 }));
    assert_eq!(visitor.session["dir"], "ltr");
    assert!(visitor.session["texts"]["placeholder"].is_string());

    let answer = visitor.say("when are you open").await;
    assert_eq!(texts(&answer)[..2], ["when are you open", "We are open from nine to five."]);

    let again = visitor.post("/api/visitor/session", json!({ "language": "el" })).await.ok();
    assert_eq!(again["conversation"]["id"], visitor.session["conversation"]["id"]);
    assert_eq!(again.get("token"), None, "a known visitor keeps the token");
    assert_eq!(texts(&again)[..3], ["Welcome.", "when are you open", "We are open from nine to five."]);
    assert_eq!(again["last"], answer["last"]);
}

#[tokio::test]
async fn a_press_is_certain_and_pictures_and_links_arrive() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let event = visitor.session["events"][0]["no"].clone();
    let asked =
        visitor.post("/api/visitor/press", json!({ "event": event, "option": 1, "client_id": "p1" })).await.ok();
    assert_eq!(texts(&asked), ["Choose a colour", "Which colour?"]);
    let chosen = visitor.say("blue").await;
    let said = &chosen["events"][1];
    assert_eq!(said["text"], "Blue it is.");
    assert_eq!(said["image"]["url"], "https://shop.test/Blue.png");
    assert_eq!(said["link"]["text"], "All colours");
    visitor.post("/api/visitor/press", json!({ "event": 999, "option": 0 })).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_repeated_client_id_changes_nothing_and_gets_the_same_answer() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let body = json!({ "text": "when are you open", "client_id": "m1" });
    let first = visitor.post("/api/visitor/messages", body.clone()).await.ok();
    let second = visitor.post("/api/visitor/messages", body).await.ok();
    assert_eq!(first["events"], second["events"]);
    let all = visitor.events_after(0).await;
    let said = texts(&all).into_iter().filter(|text| text == "when are you open").count();
    assert_eq!(said, 1);
    assert_eq!(visitor.events_after(99_999).await["last"], all["last"], "nobody goes on beyond the end");
}

#[tokio::test]
async fn a_long_poll_ends_when_something_happens() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let last = visitor.session["last"].as_u64().unwrap();
    let path = format!("/api/visitor/events?after={last}&wait=30");
    let poll = tokio::spawn(server.get(&path).bearer(&visitor.token).send());
    tokio::task::yield_now().await;
    visitor.say("when are you open").await;
    let news = tokio::time::timeout(Duration::from_secs(10), poll).await.unwrap().unwrap().ok();
    assert_eq!(texts(&news)[0], "when are you open");
    let after = news["last"].as_u64().unwrap();
    assert!(visitor.events_after(after).await["events"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn who_waits_is_told_the_place_and_then_who_came() {
    let server = Server::start().await;
    let admin = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    let waits = visitor.say("I want to talk to a person").await;
    assert_eq!(waits["conversation"]["owner"], "queue");
    assert_eq!(waits["queue"]["position"], 1);
    assert!(texts(&waits).contains(&"queued".to_owned()), "{waits}");

    admin.command(visitor.conversation(), "claim", json!({})).await.ok();
    admin.command(visitor.conversation(), "note", json!({ "text": "a secret" })).await.ok();
    admin.command(visitor.conversation(), "say", json!({ "text": "Hello, I am Ada." })).await.ok();
    let news = visitor.events_after(waits["last"].as_u64().unwrap()).await;
    assert_eq!(news["conversation"]["agent"]["name"], "Ada");
    assert_eq!(texts(&news), ["agent", "Ada has joined the conversation.", "Hello, I am Ada."], "and no note");
    assert_eq!(news["events"][2]["agent"]["name"], "Ada");
}

#[tokio::test]
async fn a_message_to_a_closed_conversation_opens_a_new_one() {
    let server = Server::start().await;
    let admin = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    admin.command(visitor.conversation(), "claim", json!({})).await.ok();
    admin.command(visitor.conversation(), "resolve", json!({})).await.ok();
    let rated = visitor.post("/api/visitor/rate", json!({ "score": 5, "comment": "Good" })).await.ok();
    assert_eq!(texts(&rated)[0], "rated");
    let mut desk = server.engine.hub().desk();
    server.clock.advance(frontdesk::time::Span::hours(25));
    let closed = async {
        while visitor.events_after(0).await["conversation"]["phase"] != "closed" {
            desk.recv().await.ok();
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed).await.unwrap();
    let answer = visitor.say("when are you open").await;
    assert_ne!(answer["conversation"]["id"], visitor.session["conversation"]["id"]);
    assert_eq!(answer["conversation"]["phase"], "active");
    let stale = format!("/api/visitor/events?after=50&conversation={}", visitor.conversation());
    let anew = server.get(&stale).bearer(&visitor.token).send().await.ok();
    assert_eq!(texts(&anew)[0], "when are you open", "the numbers of another conversation begin anew");
}

#[tokio::test]
async fn a_press_or_a_rating_that_is_refused_changes_nothing() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    let stored = || server.engine.store().position();

    // Nobody knows this sender, so there is no button to press, and none is known afterwards.
    let before = stored();
    server.rest("stranger", "/press{\"event\":2,\"option\":0}").await.refused(404, "not_found");
    server.rest("stranger", &"x".repeat(4_001)).await.refused(400, "message_too_long");
    assert_eq!(stored(), before, "not even a contact is stored");

    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    close(&server, &ada, id).await;
    let before = stored();
    visitor.post("/api/visitor/press", json!({ "event": 900, "option": 0 })).await.refused(404, "not_found");
    let rate = || visitor.post("/api/visitor/rate", json!({ "score": 5 }));
    rate().await.refused(409, "conversation_closed");
    assert_eq!(stored(), before);
    assert_eq!(visitor.events_after(0).await["conversation"]["id"], id, "no other conversation was opened");

    // A button of the conversation that is over still means what it said.
    let welcome = visitor.session["events"].as_array().unwrap().iter().find(|event| event["text"] == "Welcome.");
    let press = json!({ "event": welcome.unwrap()["no"], "option": 0 });
    let answer = visitor.post("/api/visitor/press", press).await.ok();
    assert_ne!(answer["conversation"]["id"], id);
    assert!(texts(&answer).contains(&"We are open from nine to five.".to_owned()), "{answer}");
}

#[tokio::test]
async fn a_socket_does_not_go_back_to_an_older_conversation() {
    let service = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::asking(service.local_addr().unwrap()).await;
    let ada = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    let old = visitor.conversation();
    visitor.say("where is my parcel").await;
    let (mut call, _) = service.accept().await.unwrap();
    close(&server, &ada, old).await;
    let new = visitor.say("when are you open").await;
    let id = new["conversation"]["id"].as_str().unwrap();
    assert_ne!(id, old);

    let mut socket = connect(&server, None).await.unwrap();
    send(&mut socket, json!({ "token": visitor.token, "after": new["last"], "conversation": id })).await;
    send(&mut socket, json!({ "type": "ping" })).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "pong");

    // The service answers at last. What comes of it belongs to the conversation that is over.
    let conversation = server.engine.conversation(old.parse().unwrap()).unwrap().unwrap();
    let mut pushes = server.engine.hub().visitor(&conversation.opening.as_ref().unwrap().address);
    call.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await.unwrap();
    // The socket has it now too, before anything that is said later.
    pushes.recv().await.unwrap();
    visitor.say("I want to choose a colour").await;
    let next = hear(&mut socket).await.unwrap();
    assert_eq!(next["conversation"]["id"], id, "{next}");
    assert_eq!(texts(&next), ["I want to choose a colour", "Which colour?"], "only what is new");
}

#[tokio::test]
async fn only_known_tokens_and_listed_pages_are_let_in() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let events = || server.get("/api/visitor/events");
    events().send().await.refused(401, "no_token");
    for wrong in ["", "x", "abc.default", &format!("{}.default", "A".repeat(43)), &format!("{}.other", "A".repeat(43))]
    {
        events().bearer(wrong).send().await.refused(401, "unknown_token");
    }
    events()
        .bearer(&visitor.token)
        .header("origin", "https://evil.test")
        .send()
        .await
        .refused(403, "origin_not_allowed");
    events().bearer(&visitor.token).header("origin", "null").send().await.refused(403, "origin_not_allowed");
    let allowed = events().bearer(&visitor.token).header("origin", ALLOWED).send().await;
    assert_eq!(allowed.headers["access-control-allow-origin"], ALLOWED);
    allowed.ok();
    events().bearer(&visitor.token).header("origin", "http://localhost:8080").send().await.ok();

    let preflight = |origin: &str| {
        let call = server.call(Method::OPTIONS, "/api/visitor/messages").header("origin", origin);
        call.header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
            .send()
    };
    let allowed = preflight(ALLOWED).await;
    assert!(allowed.status.is_success());
    assert_eq!(allowed.headers["access-control-allow-origin"], ALLOWED);
    assert!(allowed.headers["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
    assert!(!preflight("https://evil.test").await.headers.contains_key("access-control-allow-origin"));

    let replaced = server.post("/api/visitor/session", json!({})).bearer("x.default").send().await.ok();
    assert!(replaced["token"].is_string(), "an unknown token is replaced by a new one");
    let unknown_site = server.post("/api/visitor/session", json!({ "site": "nowhere" })).send().await;
    unknown_site.refused(404, "not_found");
}

#[tokio::test]
async fn a_visitor_who_writes_too_fast_is_told_when_to_go_on() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let mut refused = None;
    for _ in 0..12 {
        let reply = visitor.post("/api/visitor/messages", json!({ "text": "hello" })).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("no more than ten at once");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    refused.refused(429, "too_many_requests");
    Visitor::new(&server).await.say("another visitor is not concerned").await;
}

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn connect(server: &Server, origin: Option<&str>) -> Result<Socket, String> {
    let address = server.listen().await;
    let mut request = format!("ws://{address}/api/visitor/socket").into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket).map_err(|error| error.to_string())
}

pub(crate) async fn send(socket: &mut Socket, frame: Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

/// The next frame with words; none when the socket is closed.
pub(crate) async fn hear(socket: &mut Socket) -> Option<Value> {
    let frame = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), frame).await.expect("a frame in time")
}

#[tokio::test]
async fn a_socket_hears_everything_once_also_after_it_broke() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let mut socket = connect(&server, Some(ALLOWED)).await.unwrap();
    send(&mut socket, json!({ "token": visitor.token, "after": 0 })).await;
    let greeted = hear(&mut socket).await.unwrap();
    assert_eq!((greeted["type"].as_str(), texts(&greeted)), (Some("events"), vec!["Welcome.".to_owned()]));

    send(&mut socket, json!({ "type": "message", "text": "when are you open", "client_id": "a" })).await;
    let answered = hear(&mut socket).await.unwrap();
    assert_eq!(texts(&answered)[..2], ["when are you open", "We are open from nine to five."]);
    assert_eq!(answered["events"][0]["client_id"], "a");
    let last = answered["last"].clone();
    drop(socket);

    // What happens while nobody listens is heard after the reconnection, and what was heard is not.
    visitor.say("I want to choose a colour").await;
    let mut socket = connect(&server, None).await.unwrap();
    let conversation = visitor.conversation();
    send(&mut socket, json!({ "token": visitor.token, "after": last, "conversation": conversation })).await;
    let missed = hear(&mut socket).await.unwrap();
    assert_eq!(texts(&missed), ["I want to choose a colour", "Which colour?"]);
    send(&mut socket, json!({ "type": "ping" })).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "pong");
    visitor.say("red").await;
    assert_eq!(texts(&hear(&mut socket).await.unwrap())[..2], ["red", "Red it is."], "pushed");
}

#[tokio::test]
async fn a_socket_refuses_what_it_cannot_use_and_goes_on() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    assert!(connect(&server, Some("https://evil.test")).await.is_err_and(|error| error.contains("403")));

    let mut stranger = connect(&server, None).await.unwrap();
    send(&mut stranger, json!({ "token": "x", "after": 0 })).await;
    assert_eq!(hear(&mut stranger).await.unwrap()["code"], "unknown_token");
    assert_eq!(hear(&mut stranger).await, None, "closed");

    let mut socket = connect(&server, None).await.unwrap();
    send(&mut socket, json!({ "token": visitor.token, "after": visitor.session["last"] })).await;
    for (frame, code) in [
        (json!({ "type": "dance" }), "bad_value"),
        (json!([]), "bad_value"),
        (json!({ "type": "message" }), "bad_value"),
        (json!({ "type": "message", "text": " ", "client_id": "b" }), "empty_message"),
        (json!({ "type": "message", "text": "x".repeat(4_001) }), "message_too_long"),
        (json!({ "type": "press", "event": 77, "option": 3 }), "not_found"),
    ] {
        send(&mut socket, frame.clone()).await;
        let error = hear(&mut socket).await.unwrap();
        assert_eq!((error["type"].as_str(), error["code"].as_str()), (Some("error"), Some(code)), "{frame} {error}");
    }
    socket.send(Message::text("not json")).await.unwrap();
    assert_eq!(hear(&mut socket).await.unwrap()["code"], "bad_json");
    send(&mut socket, json!({ "type": "message", "text": "when are you open" })).await;
    assert_eq!(texts(&hear(&mut socket).await.unwrap())[0], "when are you open");
    socket.send(Message::text("x".repeat(20_000))).await.unwrap();
    assert_eq!(hear(&mut socket).await, None, "a frame over the limit ends the socket");
}

/// That the server closes the socket by itself for this reason, and when, counted from `began`. What it sends is read under
/// the WebSocket, which would answer pings by itself.
async fn closed_by_itself(mut socket: Socket, began: Instant, seconds: u64, reason: &str) {
    // From here on the time stands, and jumps ahead whenever everybody waits.
    tokio::time::pause();
    let mut bytes = Vec::new();
    socket.get_mut().read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains(reason), "{text:?}");
    // What went before took real time.
    let after = began.elapsed().as_secs();
    assert!((seconds..seconds + 5).contains(&after), "closed after {after} seconds, not {seconds}");
}

#[tokio::test]
async fn a_socket_that_never_says_hello_is_closed() {
    let server = Server::start().await;
    let began = Instant::now();
    let socket = connect(&server, None).await.unwrap();
    closed_by_itself(socket, began, 5, "no token came in time").await;
}

#[tokio::test]
async fn a_socket_that_falls_silent_is_closed() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let mut socket = connect(&server, None).await.unwrap();
    let began = Instant::now();
    send(&mut socket, json!({ "token": visitor.token, "after": 0 })).await;
    hear(&mut socket).await.unwrap();
    closed_by_itself(socket, began, 75, "nothing was heard for too long").await;
}

#[tokio::test]
async fn pongs_alone_keep_a_socket_open() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    let mut socket = connect(&server, None).await.unwrap();
    send(&mut socket, json!({ "token": visitor.token, "after": 0 })).await;
    hear(&mut socket).await.unwrap();
    // Work on a blocking thread keeps the time from jumping by itself: it goes from ping to ping, and both sides keep up.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let holding = tokio::task::spawn_blocking(move || held.recv());
    tokio::time::pause();
    for _ in 0..10 {
        tokio::time::advance(Duration::from_secs(31)).await;
        // Whoever reads a ping answers it.
        let frame = socket.next().await.unwrap().unwrap();
        assert!(frame.is_ping(), "{frame:?}");
        socket.flush().await.unwrap();
    }
    send(&mut socket, json!({ "type": "ping" })).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "pong");
    drop(release);
    holding.await.unwrap().unwrap_err();
}
