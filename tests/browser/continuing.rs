//! A conversation that goes on in another browser, and the page that offers it and the apps.

use serde_json::json;

use super::axe::usable_by_all;
use super::driver::Driver;
use super::ends::chooses;
use super::server::{BOT, Server};
use super::{WIDGET, hears, open_widget, pictures, sets_up, visits, wants_a_person, writes};

const APPS: &str = "channels: { telegram: { token: TOKEN, secret: SECRET, username: LampsBot }, \
    line: { token: TOKEN, secret: SECRET, basic_id: '@lamps' } }\n";

#[tokio::test]
async fn a_link_of_the_desk_takes_the_visitor_to_another_browser() {
    let (server, driver) = (Server::with_more(BOT, "origins: []", APPS), Driver::start());
    let visitor = visits(&driver, &server).await;
    writes(&visitor, "when are you open\n").await;
    hears(&visitor, "bot: Every day from nine to five.").await;
    wants_a_person(&visitor).await;
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.click("#queue .row a").await;
    agent.click("#do-claim").await;
    agent.find("#do-resolve").await;
    agent.type_into("#text", "On your phone:").await;
    agent.click("#link").await;
    agent.until("the link is in the answer", "document.getElementById('text').value.includes('/continue#chat-')").await;
    let written = agent.ask("return document.getElementById('text').value").await;
    let link = written.as_str().and_then(|text| text.split_whitespace().last()).unwrap().to_owned();

    let phone = driver.browser().await;
    phone.be_a_phone(360, 740).await;
    phone.go(&link).await;
    phone.until("the ways", "!document.getElementById('ways').hidden").await;
    let apps =
        phone.ask("return Array.from(document.querySelectorAll('#apps a'), (a) => [a.textContent, a.protocol])").await;
    assert_eq!(apps, json!([["Go on in LINE", "https:"], ["Go on in Telegram", "https:"]]));
    assert_eq!(phone.ask("return location.hash").await, "", "the code stays in no history");
    pictures(&phone, "continue").await;
    usable_by_all(&phone, "continue").await;
    phone.click("#here").await;
    phone.until("the chat is there", &format!("location.pathname === '/chat/main' && {WIDGET}")).await;
    hears(&phone, "bot: Every day from nine to five.").await;
    agent
        .until("the desk tells of it", "document.getElementById('transcript').textContent.includes('goes on by')")
        .await;
    agent.ask("document.getElementById('text').value = ''").await;
    agent.type_into("#text", "Here you are.\n").await;
    hears(&phone, "agent: Here you are.").await;

    // Once used, the link says so.
    let other = driver.browser().await;
    other.go(&link.replace("/continue#", "/continue?lang=fa#")).await;
    other
        .until("it is over", "!document.getElementById('over').hidden && document.documentElement.dir === 'rtl'")
        .await;
    pictures(&other, "continue-over").await;
    usable_by_all(&other, "continue-over").await;
    for browser in [visitor, agent, phone, other] {
        browser.close().await;
    }
}

#[tokio::test]
async fn the_chat_offers_to_go_on_elsewhere() {
    let (server, driver) = (Server::with_more(BOT, "origins: []", APPS), Driver::start());
    let visitor = driver.browser().await;
    visitor.before_every_page("window.open = (url) => { window.opened = url; return {}; }").await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
    chooses(&visitor, "Go on in another app").await;
    visitor.until("the page of the link", "(window.opened || '').includes('/continue#chat-')").await;
    visitor.close().await;
}

#[tokio::test]
async fn an_older_conversation_that_comes_is_shown_in_every_tab() {
    let (server, driver) = (Server::with_more(BOT, "origins: []", APPS), Driver::start());
    let before = driver.browser().await;
    before.before_every_page("window.open = (url) => { window.opened = url; return {}; }").await;
    before.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&before).await;
    hears(&before, "bot: Hello, I am the assistant of Corner Lamps.").await;
    writes(&before, "when are you open\n").await;
    hears(&before, "bot: Every day from nine to five.").await;
    chooses(&before, "Go on in another app").await;
    before.until("the page of the link", "(window.opened || '').includes('/continue#chat-')").await;
    let link = before.ask("return window.opened").await.as_str().unwrap().to_owned();

    // Who follows it has a conversation already, a younger one, and it open in another tab.
    let visitor = driver.browser().await;
    let first = visitor.client.window().await.unwrap();
    let second = visitor.client.new_window(true).await.unwrap().handle;
    visitor.client.switch_to_window(second.clone()).await.unwrap();
    visitor.go(&format!("{}/chat/main?lang=en", server.url)).await;
    visitor.until("the chat is there", &format!("{WIDGET}.querySelector('.message')")).await;
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
    visitor.client.switch_to_window(first).await.unwrap();
    visitor.go(&link).await;
    visitor.until("the ways", "!document.getElementById('ways').hidden").await;
    visitor.click("#here").await;
    visitor.until("the chat is there", &format!("location.pathname === '/chat/main' && {WIDGET}")).await;
    visitor.client.switch_to_window(second).await.unwrap();
    hears(&visitor, "bot: Every day from nine to five.").await;
    for browser in [before, visitor] {
        browser.close().await;
    }
}
