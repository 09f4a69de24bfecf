//! What happens before a chat: the form, the hosted page, invitations.

use serde_json::json;

use super::driver::{Browser, Driver};
use super::server::{BOT, Server};
use super::{SAID, WIDGET, axe, hears, in_widget, pictures, screenshots, sets_up, writes};

const INVITES: &str = r"
invites:
  lamp:
    say: Need a lamp?
    pages: /demo*
    after: 1s
    start: lamp
";

/// Whether the page has asked for something of this name.
fn asked_for(name: &str) -> String {
    format!("performance.getEntriesByType('resource').some((entry) => entry.name.includes('{name}'))")
}

async fn press(browser: &Browser, css: &str) {
    browser.until(css, &format!("document.querySelector('frontdesk-chat')?.shadowRoot.querySelector('{css}')")).await;
    in_widget(browser, css).await.click().await.unwrap();
}

#[tokio::test]
async fn a_form_comes_first_and_only_for_what_is_not_known() {
    let server = Server::with(BOT, "ask_first: [name, email, phone: optional]");
    let driver = Driver::start();
    let (visitor, agent) = (driver.browser().await, driver.browser().await);
    visitor.go(&format!("{}/?lang=el", server.url)).await;
    press(&visitor, ".launcher").await;
    let field = |name: &str| format!("{WIDGET}.querySelector('.first input[name={name}]')");
    visitor.until("the form is there", &field("email")).await;
    visitor.until("its first field has the focus", &format!("{WIDGET}.activeElement === {}", field("name"))).await;
    assert_eq!(visitor.ask("return localStorage.length").await, 0, "nothing is kept of who only looks");
    assert!(
        !visitor.ask(&format!("return {}", asked_for("invites"))).await.as_bool().unwrap(),
        "no invitations, no request"
    );
    pictures(&visitor, "widget-form-el").await;
    axe::usable_by_all(&visitor, "the form").await;

    // By keyboard alone. What is required holds the form back; what cannot be an address is asked again.
    in_widget(&visitor, "input[name=name]").await.send_keys("<i>Zoe</i>\n").await.unwrap();
    in_widget(&visitor, "input[name=email]").await.send_keys("zoe@home\n").await.unwrap();
    visitor
        .until("the address is asked again", &format!("{}?.getAttribute('aria-invalid') === 'true'", field("email")))
        .await;
    in_widget(&visitor, "input[name=email]").await.send_keys(".test\n").await.unwrap();
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
    visitor.until("the form is gone", &format!("!{WIDGET}.querySelector('.first')")).await;
    writes(&visitor, "a person please\n").await;

    sets_up(&agent, &server, "Ann").await;
    agent.click("#queue .row a").await;
    for fact in ["<i>Zoe</i>", "zoe@home.test"] {
        let condition = format!("document.querySelector('#card')?.textContent.includes({})", json!(fact));
        agent.until(fact, &condition).await;
    }

    // A chat that has begun goes on without a form.
    visitor.client.refresh().await.unwrap();
    press(&visitor, ".launcher").await;
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
    assert_eq!(visitor.ask(&format!("return Boolean({WIDGET}.querySelector('.first'))")).await, json!(false));
    visitor.close().await;
    agent.close().await;
}

#[tokio::test]
async fn the_hosted_chat_is_the_whole_page() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.go(&format!("{}/chat/main?lang=fa", server.url)).await;
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
    let panel = format!("{WIDGET}.querySelector('.panel').getBoundingClientRect()");
    for (width, height) in [(1280, 800), (360, 740)] {
        visitor.be_a_phone(width, height).await;
        let whole = format!("Math.round({panel}.height) === innerHeight && {panel}.width >= Math.min(innerWidth, 700)");
        visitor.until("the chat fills the page", &whole).await;
    }
    assert_eq!(visitor.ask(&format!("return Boolean({WIDGET}.querySelector('.launcher'))")).await, json!(false));
    writes(&visitor, "I need a lamp\n").await;
    hears(&visitor, "bot: For which room?").await;
    writes(&visitor, "\u{e00c}").await;
    writes(&visitor, "kitchen\n").await;
    hears(&visitor, "bot: For the kitchen we have the Heron.").await;
    assert_eq!(visitor.ask("return document.title").await, json!("Corner Lamps"));
    if screenshots().is_some() {
        pictures(&visitor, "chat-page-fa").await;
    }
    axe::usable_by_all(&visitor, "the hosted page").await;
    visitor.go(&format!("{}/chat/main/card?lang=en", server.url)).await;
    visitor.until("the code is drawn", "document.querySelector('img')?.naturalWidth > 0").await;
    if screenshots().is_some() {
        pictures(&visitor, "chat-card").await;
    }
    axe::usable_by_all(&visitor, "the card").await;
    visitor.close().await;
}

#[tokio::test]
async fn an_invitation_comes_in_its_place_is_accepted_and_is_not_repeated() {
    let (server, driver) = (Server::with(&format!("{BOT}{INVITES}"), "origins: []"), Driver::start());
    let (visitor, agent) = (driver.browser().await, driver.browser().await);
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    visitor.until("the rules have come", &asked_for("/invites")).await;
    visitor.until("the page is old enough", "performance.now() > 2500").await;
    let bubble = "document.querySelector('frontdesk-chat').shadowRoot.querySelector('.teaser:not([hidden]) .words')";
    assert_eq!(visitor.ask(&format!("return Boolean({bubble})")).await, json!(false), "not on this page");

    visitor.go(&format!("{}/demo?lang=en", server.url)).await;
    visitor.until("the invitation is there", &format!("{bubble}?.textContent === 'Need a lamp?'")).await;
    if screenshots().is_some() {
        pictures(&visitor, "widget-invite").await;
    }
    press(&visitor, ".teaser .words").await;
    hears(&visitor, "bot: For which room?").await;
    let said = visitor.ask(SAID).await;
    assert_eq!(said, json!(["bot: Need a lamp?", "bot: For which room?"]), "the invitation is the first line");
    writes(&visitor, "a person please\n").await;
    sets_up(&agent, &server, "Ann").await;
    agent.click("#queue .row a").await;
    agent.until("the card names it", "document.querySelector('#card .facts')?.textContent.includes('lamp')").await;

    visitor.go(&format!("{}/demo?lang=en", server.url)).await;
    visitor.until("the page is old enough", "performance.now() > 3000").await;
    assert_eq!(
        visitor.ask(&format!("return Boolean({bubble})")).await,
        json!(false),
        "not again, and not beside a conversation"
    );
    visitor.close().await;
    agent.close().await;
}

#[tokio::test]
async fn nobody_is_invited_while_typing_or_after_a_dismissal() {
    let (server, driver) = (Server::with(&format!("{BOT}{INVITES}"), "origins: []"), Driver::start());
    let visitor = driver.browser().await;
    let types = "window.typing = setInterval(() => dispatchEvent(new KeyboardEvent('keydown', { key: 'a' })), 300);";
    visitor.before_every_page(types).await;
    visitor.go(&format!("{}/demo?lang=en", server.url)).await;
    visitor.until("the rules have come", &asked_for("/invites")).await;
    visitor.until("the page is old enough", "performance.now() > 3000").await;
    let bubble = "document.querySelector('frontdesk-chat').shadowRoot.querySelector('.teaser:not([hidden]) .words')";
    assert_eq!(visitor.ask(&format!("return Boolean({bubble})")).await, json!(false), "not while the visitor types");
    visitor.ask("clearInterval(window.typing)").await;
    visitor.until("the invitation is there", bubble).await;
    press(&visitor, ".teaser .icon").await;
    visitor.until("it is gone", &format!("!{bubble}")).await;

    // Tomorrow is another day, but the dismissal holds.
    let tomorrow = "const kept = JSON.parse(localStorage.getItem('frontdesk::invites')); kept.day = 'yesterday'; \
        localStorage.setItem('frontdesk::invites', JSON.stringify(kept)); return kept.quiet > Date.now();";
    assert_eq!(visitor.ask(tomorrow).await, json!(true));
    visitor.before_every_page("clearInterval(window.typing)").await;
    visitor.go(&format!("{}/demo?lang=en", server.url)).await;
    visitor.until("the page is old enough", "performance.now() > 3000").await;
    assert_eq!(visitor.ask(&format!("return Boolean({bubble})")).await, json!(false));
    visitor.close().await;
}
