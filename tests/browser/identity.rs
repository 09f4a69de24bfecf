//! Who the visitor is, as a page tells the widget: on two devices, in two tabs, with and without proof, and after signing out.

use serde_json::json;

use super::driver::{Browser, Driver};
use super::server::Server;
use super::{SAID, WIDGET, hears, open_widget, pictures, screenshots, sets_up, writes};
use crate::support::server::signed;

/// A name that would do something if anybody read it as HTML.
const EVIL: &str = "<img src=x onerror=\"window.evil = true\">";

/// What the page says of its visitor.
async fn identify(browser: &Browser, id: &str, hash: &str) {
    let who = json!({ "id": id, "hash": hash, "name": EVIL, "email": "maria@shop.test" });
    browser.ask(&format!("frontdesk('identify', {who})")).await;
}

async fn is_told(browser: &Browser, verified: bool) {
    browser.until("the page hears whether it is so", &format!("window.told?.verified === {verified}")).await;
}

/// Listens to what the widget tells the page: both ways in which it does.
const LISTEN: &str = "window.told = null; window.heard = []; \
    addEventListener('frontdesk:identified', (e) => { window.told = e.detail; }); \
    for (const name of ['ready', 'open', 'close', 'message', 'unread']) { \
        addEventListener('frontdesk:' + name, () => window.heard.push('dom ' + name)); } \
    window.frontdesk = window.frontdesk || function () { (window.frontdesk.q = window.frontdesk.q || []).push(arguments); }; \
    for (const name of ['ready', 'open', 'close', 'message', 'unread']) frontdesk('on', name, () => window.heard.push(name));";

#[tokio::test]
async fn a_signed_in_visitor_goes_on_elsewhere_and_signing_out_forgets_them() {
    let (mut server, driver) = (Server::start(), Driver::start());
    let (phone, laptop, agent) = (driver.browser().await, driver.browser().await, driver.browser().await);
    for browser in [&phone, &laptop] {
        browser.before_every_page(LISTEN).await;
        browser.go(&format!("{}/?lang=en", server.url)).await;
    }

    // What was said before the page says who it is comes along.
    open_widget(&phone).await;
    writes(&phone, "I need a lamp\n").await;
    hears(&phone, "bot: For which room?").await;
    identify(&phone, "42", &signed("42")).await;
    is_told(&phone, true).await;
    hears(&phone, "visitor: I need a lamp").await;
    identify(&laptop, "42", &signed("42")).await;
    open_widget(&laptop).await;
    hears(&laptop, "bot: For which room?").await;
    writes(&laptop, "kitchen\n").await;
    hears(&phone, "bot: For the kitchen we have the Heron.").await;
    laptop.ask("frontdesk('attributes', { plan: '<b>pro</b>' })").await;

    // The desk shows it as text.
    writes(&laptop, "a person please\n").await;
    sets_up(&agent, &server, "Ann").await;
    agent.click("#queue .row a").await;
    let who = "document.querySelector('#card .who.verified')?.textContent";
    agent.until("the visitor is verified", &format!("{who}?.endsWith('42')")).await;
    let told = "document.querySelector('#card .told')?.textContent";
    agent.until("what the page told is text", &format!("{told}?.includes('<b>pro</b>')")).await;
    let name = json!(EVIL);
    agent.until("the name is text", &format!("document.querySelector('#card').textContent.includes({name})")).await;
    assert_eq!(agent.ask("return Boolean(window.evil)").await, json!(false));
    if screenshots().is_some() {
        pictures(&agent, "desk-verified").await;
    }

    // A second tab of the laptop is the same person, also after a restart of the server.
    let first = laptop.client.window().await.unwrap();
    let second = laptop.client.new_window(true).await.unwrap().handle;
    laptop.client.switch_to_window(second).await.unwrap();
    laptop.go(&format!("{}/?lang=en", server.url)).await;
    server.kill();
    server.restart();
    open_widget(&laptop).await;
    hears(&laptop, "bot: For the kitchen we have the Heron.").await;

    // Signing out in one tab: nothing is left in either, and the token is worth nothing.
    let token = laptop.ask("return localStorage.getItem('frontdesk::token')").await;
    assert!(token.is_string());
    laptop.ask("frontdesk('reset')").await;
    laptop.until("a new conversation begins", &format!("(() => {{ {SAID} }})().length === 1")).await;
    laptop.client.switch_to_window(first).await.unwrap();
    laptop
        .until("the other tab has forgotten too", &format!("!(() => {{ {SAID} }})().includes('visitor: kitchen')"))
        .await;
    assert_ne!(laptop.ask("return localStorage.getItem('frontdesk::token')").await, token);
    let url = format!("{}/api/visitor/events", server.url);
    assert_eq!(status_of(&url, token.as_str().unwrap()).await, 401);
    // The phone is signed in still.
    hears(&phone, "bot: For the kitchen we have the Heron.").await;
    writes(&phone, "still here\n").await;
    hears(&phone, "visitor: still here").await;
    for browser in [phone, laptop, agent] {
        browser.close().await;
    }
}

#[tokio::test]
async fn without_proof_the_visitor_is_a_stranger_and_the_page_is_told_why() {
    let (server, driver) = (Server::start(), Driver::start());
    let (maria, mallory) = (driver.browser().await, driver.browser().await);
    for browser in [&maria, &mallory] {
        browser.before_every_page(LISTEN).await;
        let keep = "window.warned = []; const warn = console.warn; console.warn = (...all) => { window.warned.push(all.join(' ')); warn(...all); };";
        browser.before_every_page(keep).await;
        browser.go(&format!("{}/?lang=en", server.url)).await;
    }
    identify(&maria, "42", &signed("42")).await;
    open_widget(&maria).await;
    writes(&maria, "I need a lamp\n").await;
    hears(&maria, "bot: For which room?").await;

    identify(&mallory, "42", &signed("41")).await;
    open_widget(&mallory).await;
    is_told(&mallory, false).await;
    assert_eq!(mallory.ask(SAID).await, json!(["bot: Hello, I am the assistant of Corner Lamps."]));
    mallory
        .until("the console says why", "window.warned.some((line) => line.includes('the hash does not fit the id'))")
        .await;

    // What pages listen to, in both ways; the launcher goes and comes.
    writes(&mallory, "when are you open\n").await;
    hears(&mallory, "bot: Every day from nine to five.").await;
    mallory.ask("frontdesk('close')").await;
    for name in ["ready", "open", "message", "close"] {
        let both = format!("heard.includes('{name}') && heard.includes('dom {name}')");
        mallory.until(&format!("{name} is heard in both ways"), &both).await;
    }
    for (command, hidden) in [("hide", true), ("show", false)] {
        mallory.ask(&format!("frontdesk('{command}')")).await;
        mallory.until(command, &format!("{WIDGET}.querySelector('.launcher').hidden === {hidden}")).await;
    }
    for browser in [maria, mallory] {
        browser.close().await;
    }
}

/// What a caller with this token gets.
async fn status_of(url: &str, token: &str) -> u16 {
    // A client takes the process's provider of TLS, and here no server of ours has set one; what it asks for is plain.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
}
