//! The search at the desk and in the API: who finds what, with which filter, and how it is shown.

use std::sync::Arc;

use frontdesk::http::limits::ARCHIVE_READS_MAX;
use frontdesk::time::Span;
use serde_json::{Value, json};

use crate::support::server::{Agent, Server, Visitor};

fn ids(found: &Value) -> Vec<String> {
    let hits = found["hits"].as_array().unwrap_or_else(|| panic!("no hits: {found}"));
    hits.iter().map(|hit| hit["row"]["id"].as_str().unwrap().to_owned()).collect()
}

async fn found(agent: &Agent<'_>, query: &str) -> Value {
    agent.get(&format!("/api/agent/search?{query}")).await.ok()
}

/// Waits until the index has followed.
async fn until_found(agent: &Agent<'_>, query: &str, expected: &[&str]) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let reply = agent.get(&format!("/api/agent/search?{query}")).await;
        if reply.status == 200 && ids(&reply.json) == expected {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{query}: waited in vain for {expected:?}: {}", reply.text);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn filters_and_permissions_hold_and_pages_go_on() {
    let server = Server::searching(&["default", "hotel"]).await;
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &["hotel"], &[]).await;
    let sue = ada.hired_for("Sue", &["default"], &["second"]).await;
    let shop = Visitor::at(&server, "default").await;
    let hotel = Visitor::at(&server, "hotel").await;
    shop.say("the xylophone is broken").await;
    // Less than the day after which the bot's conversation would be over.
    server.clock.advance(Span::hours(20));
    hotel.say("a xylophone in the lobby").await;
    let (one, two) = (shop.conversation(), hotel.conversation());
    until_found(&ada, "q=xylophone", &[two, one]).await;
    assert_eq!(ids(&found(&bob, "q=xylophone").await), [two], "only his site");
    assert_eq!(ids(&found(&sue, "q=xylophone").await), [one], "no queue had to do with it");
    server.clock.advance(Span::minutes(5));
    shop.say("I want to talk to a person").await;
    until_found(&ada, "q=person", &[one]).await;
    assert_eq!(ids(&found(&sue, "q=xylophone").await), [""; 0], "another queue than hers");
    ada.command(one, "claim", json!({})).await.ok();
    ada.command(one, "transfer", json!({ "agent": sue.id })).await.ok();
    ada.command(one, "labels", json!({ "add": ["Music"] })).await.ok();
    until_found(&ada, "label=music", &[one]).await;
    assert_eq!(ids(&found(&sue, "q=xylophone").await), [one], "it was given to her");
    assert_eq!(ids(&found(&ada, &format!("q=xylophone&agent={}", sue.id)).await), [one]);
    assert_eq!(ids(&found(&ada, "q=xylophone&site=hotel").await), [two]);
    assert_eq!(ids(&found(&ada, "q=xylophone&from=2026-01-06").await), [one, two]);
    assert_eq!(ids(&found(&ada, "q=xylophone&until=2026-01-05").await), [""; 0]);
    let first = found(&ada, "q=xylophone&limit=1").await;
    assert_eq!(
        (first["total"].as_u64(), first["next"].as_u64(), ids(&first)),
        (Some(2), Some(1), vec![one.to_owned()])
    );
    assert_eq!(ids(&found(&ada, "q=xylophone&limit=1&after=1").await), [two]);
    assert_eq!(found(&ada, "q=%3F%21").await["total"], 0, "no word was asked for");
    assert_eq!(found(&ada, "").await["total"], 0);
    for strange in ["q=%00%ff", "after=x&q=a", "from=never&q=a", "limit=999999&q=a", "q=%F0%9F%98%80"] {
        let status = ada.get(&format!("/api/agent/search?{strange}")).await.status;
        assert!(status.is_success() || status == 400, "{strange}: {status}");
        assert!(ada.get(&format!("/desk/search?{strange}")).await.status.is_success(), "{strange}");
    }
}

#[tokio::test]
async fn the_line_that_was_found_is_marked_and_the_bots_words_count_only_when_asked() {
    let server = Server::searching(&["default"]).await;
    let ada = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    visitor.say("when are you open").await;
    visitor.say("my <b>Xylophone</b> order is AB1234").await;
    until_found(&ada, "q=XYLOPHON", &[id]).await;
    let answer = found(&ada, "q=xylophone+ab1234").await;
    let line = &answer["hits"][0]["line"];
    assert_eq!(line["speaker"], "visitor");
    let text = line["text"].as_str().unwrap();
    let marked: Vec<&str> = line["marks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mark| {
            &text[usize::try_from(mark[0].as_u64().unwrap()).unwrap()
                ..usize::try_from(mark[1].as_u64().unwrap()).unwrap()]
        })
        .collect();
    assert_eq!(marked, ["Xylophone", "AB1234"]);
    let page = ada.get("/desk/search?q=xylophone").await.text;
    assert!(page.contains("my &lt;b&gt;<mark>Xylophone</mark>&lt;/b&gt; order"), "{page}");
    assert!(page.contains(&format!("/desk/c/{id}#e")), "{page}");
    assert_eq!(ids(&found(&ada, "q=nine+to+five").await), [""; 0]);
    assert_eq!(ids(&found(&ada, "q=nine+to+five&bot=1").await), [id]);
}

#[tokio::test]
async fn a_server_without_a_search_says_so() {
    let server = Server::start().await;
    let ada = Agent::admin(&server).await;
    ada.get("/api/agent/search?q=x").await.refused(503, "search_not_ready");
    let page = ada.get("/desk/search?q=x").await;
    assert!(page.status.is_success() && page.text.contains("still being read"), "{}", page.text);
}

#[tokio::test]
async fn who_looks_while_too_many_do_is_asked_to_come_again_and_everything_else_goes_on() {
    let server = Server::searching(&["default"]).await;
    let ada = Agent::admin(&server).await;
    let visitor = Visitor::new(&server).await;
    visitor.say("xylophone").await;
    until_found(&ada, "q=xylophone", &[visitor.conversation()]).await;
    let all = u32::try_from(ARCHIVE_READS_MAX).unwrap();
    let places = Arc::clone(server.app.archive()).acquire_many_owned(all).await.unwrap();
    // Waiting costs the test no time.
    tokio::time::pause();
    for path in ["/api/agent/search?q=xylophone", "/api/agent/people?q=zoe", "/api/agent/audit"] {
        let answer = ada.get(path).await;
        assert!(answer.headers.contains_key("retry-after"), "{path}");
        answer.refused(503, "archive_busy");
    }
    for path in ["/desk/search?q=xylophone", "/desk/people?q=zoe", "/desk/audit"] {
        let page = ada.get(path).await;
        assert_eq!((page.status.as_u16(), page.headers.contains_key("retry-after")), (503, true), "{path}");
        assert!(page.text.contains("Please try again in a moment.") && page.text.contains("<h1>"), "{}", page.text);
    }
    assert!(ada.get("/desk").await.status.is_success());
    assert!(ada.get("/desk/people").await.status.is_success(), "nothing is looked for");
    visitor.say("hello?").await;
    drop(places);
    assert_eq!(ids(&found(&ada, "q=xylophone").await), [visitor.conversation()]);
}
