//! The whole way in real browsers: a visitor asks, gets an answer, asks for a person and waits; an agent answers and hands
//! back; the bot goes on. With `FRONTDESK_SCREENSHOTS=<folder>` the tests also write pictures of what they see.

mod access;
mod access_pages;
mod apps;
mod axe;
mod before;
mod connection;
mod continuing;
mod desk;
mod desk_hostile;
mod desk_together;
mod driver;
mod embed;
mod ends;
mod files;
mod hands;
mod identity;
mod lasting;
mod looks;
mod people;
mod server;
mod signals;
mod unread;
mod words;
mod zoom;

use std::path::PathBuf;

use driver::{Browser, Driver};
use fantoccini::Locator;
use serde_json::json;
use server::Server;

/// The widget's own document.
const WIDGET: &str = "document.querySelector('frontdesk-chat').shadowRoot";

/// What stands in the visitor's chat, in order: who and what. What is not sent yet is marked by a question mark.
const SAID: &str = "return Array.from(document.querySelector('frontdesk-chat').shadowRoot.querySelectorAll('.message .text'), \
    (text) => { const m = text.closest('.message'); \
    return (m.classList.contains('pending') ? '?' : '') + m.classList[1] + ': ' + text.textContent; })";

#[tokio::test]
async fn a_visitor_is_answered_by_bot_and_person_and_the_bot_goes_on() {
    let (server, driver) = (Server::start(), Driver::start());
    let (visitor, agent) = (driver.browser().await, driver.browser().await);

    // The visitor asks and is answered.
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
    pictures(&visitor, "widget-greeting").await;
    writes(&visitor, "when are you open\n").await;
    hears(&visitor, "bot: Every day from nine to five.").await;

    // A reload keeps it.
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    hears(&visitor, "bot: Every day from nine to five.").await;

    // The visitor asks for a person and is the first who waits, also after a reload.
    visitor.until("the wish for a person is in reach", &format!("!{WIDGET}.querySelector('.person').hidden")).await;
    in_widget(&visitor, ".person").await.click().await.unwrap();
    sees_place(&visitor, "You are number 1 in the queue.").await;
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    sees_place(&visitor, "You are number 1 in the queue.").await;
    pictures(&visitor, "widget-waiting").await;

    // An agent makes the first account, logs out and in again, and sees who waits and why.
    agent.go(&server.setup_link).await;
    pictures(&agent, "desk-setup").await;
    registers(&agent, "Maria").await;
    agent.click(".top .me summary").await;
    agent.click("form[data-api='/api/agent/logout'] button").await;
    agent.type_into("input[name=email]", "maria@example.org").await;
    pictures(&agent, "desk-login").await;
    agent.type_into("input[name=password]", "a long enough secret\n").await;
    agent.find("#queue .row .place").await;
    pictures(&agent, "desk-inbox").await;
    agent.click("#queue .row a").await;
    agent.until("the card says why", "document.querySelector('#card .reason').textContent.length > 5").await;
    let transcript = "document.getElementById('transcript').textContent";
    agent.until("the card has the bot's part", &format!("{transcript}.includes('Every day from nine to five.')")).await;

    // She claims it, and both write.
    agent.click("#do-claim").await;
    agent.until("it is hers", "document.getElementById('owner').textContent === 'With you'").await;
    visitor.until("Maria has joined", &format!("{WIDGET}.querySelector('.owner').textContent === 'Maria'")).await;
    agent.type_into("#text", "Hello, this is Maria.\n").await;
    hears(&visitor, "agent: Hello, this is Maria.").await;
    writes(&visitor, "Do you have <b>green</b> lamps?\n").await;
    agent
        .until(
            "the visitor's words are live at the desk",
            &format!("{transcript}.includes('Do you have <b>green</b> lamps?')"),
        )
        .await;

    // A note is for colleagues; a half-typed answer survives what comes in meanwhile and a reload.
    agent.click("input[value=note]").await;
    agent.type_into("#text", "Loves green.\n").await;
    agent
        .until("the note is there", "document.querySelector('#transcript .note .said')?.textContent === 'Loves green.'")
        .await;
    agent.click("input[value=say]").await;
    agent.type_into("#text", "We have the").await;
    writes(&visitor, "Or blue ones?\n").await;
    agent.until("the next words are live", &format!("{transcript}.includes('Or blue ones?')")).await;
    agent.client.refresh().await.unwrap();
    agent.until("the draft is kept", "document.getElementById('text')?.value === 'We have the'").await;
    agent.type_into("#text", " Heron in both.\n").await;
    hears(&visitor, "agent: We have the Heron in both.").await;
    pictures(&visitor, "widget-agent").await;
    pictures(&agent, "desk-conversation").await;
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    hears(&visitor, "agent: We have the Heron in both.").await;

    // She hands back, and the bot goes on.
    agent.click("#do-hand-back").await;
    agent.click("#do-hand-back-now").await;
    agent.until("the bot has it", "document.getElementById('owner').textContent === 'Bot'").await;
    visitor
        .until("the assistant is back", &format!("{WIDGET}.querySelector('.owner').textContent === 'Assistant'"))
        .await;
    writes(&visitor, "what are your opening hours\n").await;
    let answers = format!(
        "Array.from({WIDGET}.querySelectorAll('.bot .text')).filter((t) => t.textContent.startsWith('Every day')).length === 2"
    );
    visitor.until("the bot answers again", &answers).await;

    // Everything once, in order, and nothing of the note.
    let said: Vec<String> = serde_json::from_value(visitor.ask(SAID).await).unwrap();
    let people: Vec<&str> = said.iter().map(String::as_str).filter(|line| !line.starts_with("bot: ")).collect();
    let expected = [
        "visitor: when are you open",
        "visitor: Talk to a person",
        "agent: Hello, this is Maria.",
        "visitor: Do you have <b>green</b> lamps?",
        "visitor: Or blue ones?",
        "agent: We have the Heron in both.",
        "visitor: what are your opening hours",
    ];
    assert_eq!(people, expected, "all: {said:#?}");

    if screenshots().is_some() {
        right_to_left(&server, &visitor, &agent).await;
    }
    visitor.close().await;
    agent.close().await;
}

#[tokio::test]
async fn without_sockets_the_widget_polls_and_two_tabs_stay_in_step() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    let no_sockets = "delete window.WebSocket";
    visitor.before_every_page(no_sockets).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;

    let first = visitor.client.window().await.unwrap();
    let second = visitor.client.new_window(true).await.unwrap().handle;
    visitor.client.switch_to_window(second).await.unwrap();
    visitor.before_every_page(no_sockets).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    writes(&visitor, "I need a lamp\n").await;
    hears(&visitor, "bot: For which room?").await;

    visitor.client.switch_to_window(first).await.unwrap();
    hears(&visitor, "bot: For which room?").await;
    writes(&visitor, "kitchen\n").await;
    hears(&visitor, "bot: For the kitchen we have the Heron.").await;
    let said: Vec<String> = serde_json::from_value(visitor.ask(SAID).await).unwrap();
    let own: Vec<_> = said.iter().filter(|line| line.starts_with("visitor: ")).collect();
    assert_eq!(own, ["visitor: I need a lamp", "visitor: kitchen"], "each once, in both tabs: {said:#?}");
    visitor.close().await;
}

async fn open_widget(browser: &Browser) {
    let launcher = "document.querySelector('frontdesk-chat')?.shadowRoot.querySelector('.launcher')";
    browser.until("the launcher is there", launcher).await;
    in_widget(browser, ".launcher").await.click().await.unwrap();
    browser.until("the conversation is there", &format!("{WIDGET}.querySelector('.message')")).await;
}

async fn in_widget(browser: &Browser, css: &str) -> fantoccini::elements::Element {
    let root = browser.find("frontdesk-chat").await.shadow_root().await.unwrap();
    root.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("the widget has no {css}: {error}"))
}

async fn writes(visitor: &Browser, text: &str) {
    in_widget(visitor, "textarea").await.send_keys(text).await.unwrap();
}

async fn hears(visitor: &Browser, line: &str) {
    let wanted = json!(line);
    let condition = format!("(() => {{ {SAID} }})().includes({wanted})");
    visitor.until(&format!("the visitor reads “{line}”"), &condition).await;
}

/// The visitor's page with the chat open.
async fn visits(driver: &Driver, server: &Server) -> Browser {
    let visitor = driver.browser().await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    visitor
}

/// The first account, at the desk.
async fn works(driver: &Driver, server: &Server, name: &str) -> Browser {
    let agent = driver.browser().await;
    sets_up(&agent, server, name).await;
    agent
}

/// Makes the first account behind its link.
async fn sets_up(agent: &Browser, server: &Server, name: &str) {
    agent.go(&server.setup_link).await;
    registers(agent, name).await;
}

/// Fills in the page of the first account, without the wish for conversations: a test says itself who gets which, and when.
async fn registers(agent: &Browser, name: &str) {
    agent.type_into("input[name=name]", name).await;
    agent.type_into("input[name=email]", "maria@example.org").await;
    agent.click("input[name=available]").await;
    agent.type_into("input[name=password]", "a long enough secret\n").await;
    agent.find("#inbox").await;
}

/// The agent answers the visitor who waits.
async fn answers(agent: &Browser, words: &str) {
    agent.click("#queue .row a").await;
    agent.click("#do-claim").await;
    agent.until("it is hers", "document.getElementById('owner').textContent === 'With you'").await;
    agent.type_into("#text", &format!("{words}\n")).await;
}

/// The visitor asks for a person by the button that is always there.
async fn wants_a_person(visitor: &Browser) {
    visitor.until("a person is in reach", &format!("!{WIDGET}.querySelector('.person').hidden")).await;
    in_widget(visitor, ".person").await.click().await.unwrap();
    visitor.until("it waits", &format!("!{WIDGET}.querySelector('.place').hidden")).await;
}

async fn sees_place(visitor: &Browser, text: &str) {
    let wanted = json!(text);
    visitor.until(text, &format!("{WIDGET}.querySelector('.place').textContent.startsWith({wanted})")).await;
}

fn screenshots() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("FRONTDESK_SCREENSHOTS")?);
    std::fs::create_dir_all(&folder).expect("the folder for the pictures can be made");
    Some(folder)
}

async fn pictures(browser: &Browser, name: &str) {
    if let Some(folder) = screenshots() {
        browser.pictures(&folder, name).await;
    }
}

/// Pictures of both pages in a language that runs from right to left.
async fn right_to_left(server: &Server, visitor: &Browser, agent: &Browser) {
    visitor.go(&format!("{}/?lang=fa", server.url)).await;
    pictures(visitor, "demo-fa").await;
    open_widget(visitor).await;
    pictures(visitor, "widget-fa").await;
    agent.ask("document.cookie = 'frontdesk_language=fa; Path=/'").await;
    agent.client.refresh().await.unwrap();
    agent
        .until("the desk is Persian", "document.documentElement.dir === 'rtl' && document.getElementById('text')")
        .await;
    pictures(agent, "desk-conversation-fa").await;
    agent.go(&format!("{}/desk", server.url)).await;
    pictures(agent, "desk-inbox-fa").await;
    agent.go(&format!("{}/desk/agents", server.url)).await;
    pictures(agent, "desk-agents-fa").await;
}
