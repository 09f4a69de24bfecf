//! What the widget needs of the server beside the conversation: the script itself, small, and the ways in which a visitor ends a
//! conversation and keeps its words.

use std::io::Write;

use axum::http::Method;
use frontdesk::http::AllowedOrigin;
use serde_json::json;

use crate::support::server::{Agent, Server, Visitor, texts};

/// What the whole widget may weigh on its way, compressed.
const WIDGET_BYTES_MAX: usize = 20_480;

#[tokio::test]
async fn the_whole_widget_is_small() {
    let server = Server::start().await;
    let answer = server.get("/widget.js").header("accept-encoding", "gzip").open().await;
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap().len();
    // Straight to the terminal: what a macro prints, the test runner keeps to itself.
    writeln!(std::io::stderr(), "widget.js: {bytes} bytes with gzip, of {WIDGET_BYTES_MAX} at most").unwrap();
    assert!(bytes <= WIDGET_BYTES_MAX, "{bytes} bytes with gzip");
}

#[tokio::test]
async fn a_page_is_told_of_its_own_site_only() {
    let hotels: AllowedOrigin = "https://hotel.test".parse().unwrap();
    let server = Server::of_sites_with(&["default", "hotel"], |config| {
        *config.sites.get_mut("hotel").unwrap() = vec![hotels];
    });
    let script = async |query: &str, page: &str| {
        server.get(&format!("/widget.js{query}")).header("referer", page).send().await.text
    };
    for (query, page, id, named) in [
        ("", "https://shop.test/x", "default", "false"),
        ("?site=default", "https://shop.test/", "default", "true"),
        ("?site=hotel", "https://hotel.test/", "hotel", "true"),
        // A page that names its site in its tag, as before.
        ("", "https://hotel.test/", "default", "false"),
    ] {
        let script = script(query, page).await;
        assert!(script.contains(&format!("const SITE={{\"id\":\"{id}\",")), "{query}: {}", &script[..200]);
        assert!(script.contains(&format!("\"named\":{named}")), "{query}");
        let other = if id == "hotel" { "\"default\"" } else { "\"hotel\"" };
        assert!(!script.contains(other), "{query} tells of another site");
    }
    for (query, page) in
        [("?site=hotel", "https://shop.test/"), ("?site=nowhere", "https://shop.test/"), ("", "https://x.test/")]
    {
        let script = script(query, page).await;
        assert!(script.starts_with("console.error(\"frontdesk: ") && script.len() < 300, "{query} on {page}: {script}");
    }
    assert!(script("?site=nowhere", "https://shop.test/").await.contains("no such site"));
    let chat = server.get("/chat/hotel").send().await.text;
    assert!(chat.contains("/widget.js?site=hotel\"") && !chat.contains("data-site"), "{chat}");
    assert!(server.get("/demo").send().await.text.contains("/widget.js?site=default\""));
}

#[tokio::test]
async fn the_transcript_has_the_words_and_nothing_of_the_desk() {
    let server = Server::start().await;
    let (ada, visitor) = (Agent::admin(&server).await, Visitor::new(&server).await);
    let id = visitor.conversation();
    visitor.say("I want to talk to a person").await;
    ada.command(id, "claim", json!({})).await.ok();
    ada.command(id, "note", json!({ "text": "A difficult one" })).await.ok();
    ada.command(id, "say", json!({ "text": "Hello,\nthis is Ada" })).await.ok();
    let get = async |query: &str, token: &str| {
        server.get(&format!("/api/visitor/transcript{query}")).bearer(token).send().await
    };
    let whole = get("?language=en&zone=Europe/Athens", &visitor.token).await;
    assert_eq!(whole.headers["content-type"], "text/plain; charset=utf-8");
    assert!(whole.text.contains("You: I want to talk to a person\n"), "{}", whole.text);
    assert!(whole.text.contains("Ada: Hello,\n    this is Ada\n"), "{}", whole.text);
    assert!(!whole.text.contains("difficult"), "notes stay inside: {}", whole.text);
    let greek = get("?language=el-CY&zone=Nowhere/At-all", &visitor.token).await.text;
    assert!(greek.contains("Εσείς: I want to talk to a person"), "a zone that is none is the bot's: {greek}");
    get("?language=e/n", &visitor.token).await.refused(400, "bad_language");
    get("", &"A".repeat(43)).await.refused(401, "unknown_token");
    let other = Visitor::new(&server).await;
    assert!(!get("", &other.token).await.text.contains("Ada"), "everybody has only their own");
}

#[tokio::test]
async fn a_visitor_ends_the_conversation_from_every_owner_and_a_reply_reopens_it() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    for owner in ["bot", "queue", "agent"] {
        let visitor = Visitor::new(&server).await;
        let id = visitor.conversation();
        if owner != "bot" {
            visitor.say("I want to talk to a person").await;
        }
        if owner == "agent" {
            ada.command(id, "claim", json!({})).await.ok();
        }
        assert_eq!(visitor.events_after(0).await["conversation"]["owner"], owner);
        let end = async || server.call(Method::POST, "/api/visitor/end").bearer(&visitor.token).send().await.ok();
        let ended = end().await;
        assert_eq!(ended["conversation"]["phase"], "resolved", "{owner}");
        assert_eq!(texts(&ended).last().map(String::as_str), Some("resolved"), "{owner}");
        assert_eq!(texts(&end().await), [""; 0], "{owner}: ended twice is ended once");
        let desk = ada.get(&format!("/api/agent/conversations/{id}/events?after=0")).await.text;
        assert!(desk.contains("resolved"), "{owner}");
        visitor.post("/api/visitor/rate", json!({ "score": 5, "comment": "Kind" })).await.ok();
        assert_eq!(visitor.say("One more thing").await["conversation"]["phase"], "active", "{owner}");
    }
    let nobody = format!("{}.default", "A".repeat(43));
    server.call(Method::POST, "/api/visitor/end").bearer(&nobody).send().await.refused(401, "unknown_token");
}
