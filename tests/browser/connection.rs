//! A connection that breaks while a visitor and an agent talk: the server dies and comes back, the visitor's network goes
//! and comes back, tabs are switched. Nothing is lost and nothing comes twice, on either side.

use serde_json::{Value, json};

use super::driver::{Browser, Driver};
use super::server::Server;
use super::signals::talking;
use super::{SAID, WIDGET, hears, open_widget, writes};

/// What people said, as the desk shows it.
const AT_DESK: &str = "return Array.from(document.querySelectorAll('#transcript .line.visitor, #transcript .line.agent'), \
    (line) => (line.classList.contains('agent') ? 'agent: ' : 'visitor: ') + line.querySelector('.said').textContent)";

/// What the visitor is told of the line.
const LINE: &str = "document.querySelector('frontdesk-chat').shadowRoot.querySelector('.line').textContent";

/// That both sides show what people said, each once and in this order.
async fn both_show(visitor: &Browser, agent: &Browser, said: &[&str]) {
    let last = json!(said.last());
    visitor.until("the visitor has the last line", &format!("(() => {{ {SAID} }})().at(-1) === {last}")).await;
    agent.until("the desk has the last line", &format!("(() => {{ {AT_DESK} }})().at(-1) === {last}")).await;
    let all: Vec<String> = serde_json::from_value(visitor.ask(SAID).await).unwrap();
    let people: Vec<&str> = all.iter().map(String::as_str).filter(|line| !line.starts_with("bot: ")).collect();
    assert_eq!(people, said, "at the visitor's: {all:#?}");
    assert_eq!(agent.ask(AT_DESK).await, json!(said), "at the desk");
}

#[tokio::test]
async fn a_server_that_dies_in_mid_conversation_comes_back_to_both_sides() {
    let (mut server, driver) = (Server::start(), Driver::start());
    let (visitor, agent) = talking(&server, &driver).await;
    agent.type_into("#text", "Hello, this is Maria.\n").await;
    hears(&visitor, "agent: Hello, this is Maria.").await;
    writes(&visitor, "I look for a lamp.\n").await;
    let before = ["visitor: Talk to a person", "agent: Hello, this is Maria.", "visitor: I look for a lamp."];
    both_show(&visitor, &agent, &before).await;

    server.kill();
    visitor.until("the visitor is told", &format!("{LINE}.startsWith('No connection')")).await;
    agent.until("the agent is told", "!document.getElementById('lost').hidden").await;
    writes(&visitor, "A green one.\n").await;
    writes(&visitor, "Are you there?\n").await;
    let waits = format!("{WIDGET}.querySelectorAll('.pending').length === 2");
    visitor.until("both messages wait", &waits).await;
    agent.type_into("#text", "Which colour?\n").await;
    let told = "document.querySelector('#composer .error').textContent.startsWith('No connection')";
    agent.until("the agent is told that nothing was sent", told).await;
    assert_eq!(agent.ask("return document.getElementById('text').value").await, "Which colour?");

    server.restart();
    visitor.until("the line is back", &format!("!{LINE} && !{WIDGET}.querySelector('.pending')")).await;
    agent.until("the desk's line is back", "document.getElementById('lost').hidden").await;
    let waited = [&before[..], &["visitor: A green one.", "visitor: Are you there?"]].concat();
    both_show(&visitor, &agent, &waited).await;
    agent.type_into("#text", "\n").await;
    let all = [&waited[..], &["agent: Which colour?"]].concat();
    both_show(&visitor, &agent, &all).await;

    // The same after both have loaded their pages again.
    visitor.client.refresh().await.unwrap();
    agent.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    both_show(&visitor, &agent, &all).await;
    visitor.close().await;
    agent.close().await;
}

async fn network(browser: &Browser, offline: bool) {
    browser.devtools("Network.enable", json!({})).await;
    let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.devtools("Network.emulateNetworkConditions", conditions).await;
}

#[tokio::test]
async fn a_visitor_who_loses_the_network_gets_and_sends_everything_once_it_is_back() {
    let (server, driver) = (Server::start(), Driver::start());
    let (visitor, agent) = talking(&server, &driver).await;
    agent.type_into("#text", "Hello, this is Maria.\n").await;
    hears(&visitor, "agent: Hello, this is Maria.").await;

    network(&visitor, true).await;
    visitor.until("the visitor is told at once", &format!("{LINE}.startsWith('No connection')")).await;
    writes(&visitor, "Do you have green lamps?\n").await;
    let waits = format!("{WIDGET}.querySelector('.pending[data-note]')");
    visitor.until("the message waits, and says so", &waits).await;
    agent.type_into("#text", "Are you still there?\n").await;
    agent.type_into("#text", "I will wait.\n").await;
    let state = "Array.from(document.querySelectorAll('#transcript .line.agent .by')).at(-1)?.dataset.state";
    agent.until("the agent sees that it did not arrive", &format!("{state} === 'Sent'")).await;

    network(&visitor, false).await;
    let said = [
        "visitor: Talk to a person",
        "agent: Hello, this is Maria.",
        "agent: Are you still there?",
        "agent: I will wait.",
        "visitor: Do you have green lamps?",
    ];
    both_show_in_some_order(&visitor, &agent, &said).await;
    visitor.until("nothing waits", &format!("!{LINE} && !{WIDGET}.querySelector('.pending')")).await;
    agent.until("the agent sees that it arrived", &format!("{state} === 'Seen'")).await;
    visitor.close().await;
    agent.close().await;
}

/// The same where the two sides did not wait for each other: each line once, the desk in the order of the log.
async fn both_show_in_some_order(visitor: &Browser, agent: &Browser, said: &[&str]) {
    let there = format!("(() => {{ {SAID} }})().filter((line) => !line.startsWith('bot: ')).length >= {}", said.len());
    visitor.until("the visitor has as many lines", &there).await;
    agent.until("so has the desk", &format!("(() => {{ {AT_DESK} }})().length >= {}", said.len())).await;
    assert_eq!(agent.ask(AT_DESK).await, json!(said), "at the desk");
    let mut lines: Vec<String> = serde_json::from_value(visitor.ask(SAID).await).unwrap();
    lines.retain(|line| !line.starts_with("bot: "));
    lines.sort();
    let mut wanted: Vec<&str> = said.to_vec();
    wanted.sort_unstable();
    assert_eq!(lines, wanted, "at the visitor's");
}

#[tokio::test]
async fn every_tab_of_a_visitor_shows_everything_once() {
    let (server, driver) = (Server::start(), Driver::start());
    let (visitor, agent) = talking(&server, &driver).await;
    let first = visitor.client.window().await.unwrap();
    let second = visitor.client.new_window(true).await.unwrap().handle;
    visitor.client.switch_to_window(second).await.unwrap();
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    writes(&visitor, "I look for a lamp.\n").await;
    agent.type_into("#text", "Which colour?\n").await;
    let said = ["visitor: Talk to a person", "visitor: I look for a lamp.", "agent: Which colour?"];
    hears(&visitor, said[2]).await;
    both_show(&visitor, &agent, &said).await;
    visitor.client.switch_to_window(first).await.unwrap();
    hears(&visitor, said[2]).await;
    both_show(&visitor, &agent, &said).await;
    writes(&visitor, "Green.\n").await;
    both_show(&visitor, &agent, &[&said[..], &["visitor: Green."]].concat()).await;
    assert_eq!(visitor.ask("return document.hidden").await, Value::Bool(false));
    visitor.close().await;
    agent.close().await;
}
