//! By keyboard alone, by an input method, and on a phone.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::driver::{Browser, Driver};
use super::server::Server;
use super::{WIDGET, hears, in_widget, open_widget, sets_up, writes};

/// The id or the class of what has the focus in the widget.
const FOCUS: &str = "(document.querySelector('frontdesk-chat').shadowRoot.activeElement?.id || \
    document.querySelector('frontdesk-chat').shadowRoot.activeElement?.className || '')";

#[tokio::test]
async fn the_widget_is_used_by_keyboard_and_everything_has_a_name() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    visitor.until("the launcher is there", "document.querySelector('frontdesk-chat')").await;
    visitor.tab_until("the launcher", &format!("{FOCUS} === 'launcher'")).await;
    visitor.keys([Key::Enter.into()]).await;
    visitor.until("the input has the focus", &format!("{FOCUS} === 'message'")).await;
    visitor.until("the greeting is there", &format!("{WIDGET}.querySelector('.message')")).await;
    visitor.keys("when are you open".chars().chain([Key::Enter.into()])).await;
    hears(&visitor, "bot: Every day from nine to five.").await;
    assert_eq!(visitor.ask(&format!("return {FOCUS}")).await, "message", "the focus stays for the next message");

    let log = format!("return [{WIDGET}.querySelector('.log').role, {WIDGET}.querySelector('.log').ariaLive]");
    assert_eq!(visitor.ask(&log).await, json!(["log", "polite"]));
    let nameless = format!(
        "return Array.from({WIDGET}.querySelectorAll('button, textarea, a, [role=log], [role=dialog]')).filter((e) => \
         !(e.ariaLabel || e.textContent.trim() || {WIDGET}.getElementById(e.getAttribute('aria-labelledby'))?.textContent)).length"
    );
    assert_eq!(visitor.ask(&nameless).await, 0, "every control has a name");

    visitor.keys([Key::Escape.into()]).await;
    visitor.until("the panel is closed", &format!("{WIDGET}.querySelector('.panel').hidden")).await;
    assert_eq!(visitor.ask(&format!("return {FOCUS}")).await, "launcher", "the focus is where it came from");
    visitor.close().await;
}

#[tokio::test]
async fn enter_belongs_to_the_input_method_while_it_composes() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    in_widget(&visitor, "textarea").await.click().await.unwrap();
    // A word that is being composed, as a Japanese or Greek keyboard does it.
    let composed = json!({ "text": "にほん", "selectionStart": 3, "selectionEnd": 3 });
    visitor.devtools("Input.imeSetComposition", composed).await;
    let enter = |event: &str| {
        format!(
            "const i = {WIDGET}.querySelector('textarea'); i.dispatchEvent(new KeyboardEvent('keydown', \
             {{ key: 'Enter', bubbles: true, composed: true, cancelable: true, {event} }})); return i.value"
        )
    };
    for composing in ["isComposing: true", "keyCode: 229"] {
        assert_eq!(visitor.ask(&enter(composing)).await, "にほん", "{composing}: it is still being written");
    }
    visitor.devtools("Input.insertText", json!({ "text": "日本" })).await;
    assert_eq!(visitor.ask(&enter("keyCode: 13")).await, "", "then Enter sends");
    hears(&visitor, "visitor: 日本").await;
    visitor.close().await;
}

#[tokio::test]
async fn on_a_phone_the_panel_is_the_screen_and_the_input_stays_above_the_keyboard() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.stand_still().await;
    visitor.be_a_phone(360, 740).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    let part = |css: &str, what: &str| format!("{WIDGET}.querySelector('{css}').getBoundingClientRect().{what}");
    let panel =
        format!("return [{}, {}, {}]", part(".panel", "top"), part(".panel", "width"), part(".panel", "height"));
    assert_eq!(visitor.ask(&panel).await, json!([0, 360, 740]), "the panel is the whole screen");
    assert_eq!(
        visitor.ask("return [document.body.inert, getComputedStyle(document.documentElement).overflowY]").await,
        json!([true, "hidden"])
    );
    let size =
        visitor.ask(&format!("return parseFloat(getComputedStyle({WIDGET}.querySelector('textarea')).fontSize)")).await;
    assert!(size.as_f64().is_some_and(|size| size >= 16.0), "a smaller input makes phones zoom: {size}");

    // A long word and many buttons on the narrowest screen.
    writes(&visitor, &format!("{}\n", "x".repeat(120))).await;
    visitor.until("it is answered", &format!("{WIDGET}.querySelectorAll('.message.bot').length > 1")).await;
    visitor.be_a_phone(320, 568).await;
    visitor.until("the screen is narrow", &format!("innerWidth === 320 && {} === 320", part(".panel", "width"))).await;
    let too_wide = format!(
        "return Array.from({WIDGET}.querySelectorAll('.panel, .panel *')).filter((e) => !e.closest('.vh, svg') && \
         (e.getBoundingClientRect().right > 320.5 || e.getBoundingClientRect().left < -0.5)).map((e) => e.className)"
    );
    assert_eq!(visitor.ask(&too_wide).await, json!([]), "nothing sticks out");
    assert_eq!(visitor.ask(&format!("return {WIDGET}.querySelector('.log').scrollWidth")).await, 320);

    // The keyboard comes: the visible part is smaller, and iOS has pushed it down.
    let keyboard = "for (const [name, value] of [['height', 300], ['offsetTop', 40]]) \
        Object.defineProperty(visualViewport, name, { get: () => value, configurable: true }); \
        visualViewport.dispatchEvent(new Event('resize'))";
    visitor.ask(keyboard).await;
    let panel = format!("return [{}, {}]", part(".panel", "top"), part(".panel", "bottom"));
    assert_eq!(visitor.ask(&panel).await, json!([40, 340]));
    let input = visitor.ask(&format!("return {}", part("textarea", "bottom"))).await;
    assert!(input.as_f64().is_some_and(|bottom| bottom <= 340.0), "the input is above the keyboard: {input}");

    in_widget(&visitor, ".close").await.click().await.unwrap();
    assert_eq!(
        visitor.ask("return [document.body.inert, getComputedStyle(document.documentElement).overflowY]").await,
        json!([false, "visible"]),
        "the page is free again"
    );
    visitor.close().await;
}

#[tokio::test]
async fn on_a_phone_the_way_back_closes_the_chat_and_stays_on_the_page() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.be_a_phone(360, 740).await;
    visitor.go(&format!("{}/demo?lang=en", server.url)).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    visitor.ask("window.same = true; history.replaceState({ page: 1 }, '')").await;
    let hidden = format!("{WIDGET}.querySelector('.panel').hidden");
    let here = "return [window.same === true, history.length, history.state]";
    open_widget(&visitor).await;
    assert_eq!(
        visitor.ask(here).await,
        json!([true, 4, { "page": 1, "frontdesk": true }]),
        "the page's own state stays"
    );
    visitor.client.back().await.unwrap();
    visitor.until("the chat is closed", &hidden).await;
    assert_eq!(visitor.ask(here).await, json!([true, 4, { "page": 1 }]), "and the page is the same");

    // Closed by its button, it leaves no entry behind, however often.
    for _ in 0..2 {
        open_widget(&visitor).await;
        in_widget(&visitor, ".close").await.click().await.unwrap();
        visitor.until("the entry is gone", "!history.state?.frontdesk").await;
        assert_eq!(visitor.ask(&format!("return {hidden}")).await, true);
    }
    visitor.client.back().await.unwrap();
    visitor.until("back leads to the page before", "location.pathname === '/demo'").await;

    // On a wide screen the chat is a part of the page.
    visitor.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    assert_eq!(visitor.ask("return history.state").await, Value::Null);
    visitor.close().await;
}

#[tokio::test]
async fn the_desk_is_used_by_keyboard_and_refuses_in_the_agents_language() {
    let (server, driver) = (Server::start(), Driver::start());
    assert_eq!(says(&server, &["Talk to a person"]).await, "queue");
    let agent = driver.browser().await;
    agent.go(&server.setup_link).await;
    focus(&agent, "input[name=name]").await;
    agent.keys("Maria\u{e004}maria@example.org\u{e004}a long enough secret\u{e007}".chars()).await;

    agent.find("#inbox").await;
    // Whoever makes the first account is there for visitors, unless they say otherwise: who waits is hers at once.
    agent
        .until(
            "she is available",
            "document.querySelector('#presence')?.ariaChecked === 'true' && !document.querySelector('.away')",
        )
        .await;
    agent.find("#mine .row a").await;
    focus(&agent, "#mine .row a").await;
    agent.keys([Key::Enter.into()]).await;
    owner(&agent, "With you").await;

    focus(&agent, "#text").await;
    agent.keys("Hello, this is Maria.\u{e007}".chars()).await;
    line(&agent, "agent", "Hello, this is Maria.").await;
    focus(&agent, "input[name=kind]:checked").await;
    agent.keys([Key::Right.into()]).await;
    focus(&agent, "#text").await;
    agent.keys("Loves green".chars()).await;
    // A half-typed note is still one after a reload, and no answer to the visitor.
    agent.client.refresh().await.unwrap();
    agent.until("the draft is a note", "document.querySelector('.noting #text')?.value === 'Loves green'").await;
    focus(&agent, "#text").await;
    agent.keys([Key::End.into(), '.', Key::Enter.into()]).await;
    line(&agent, "note", "Loves green.").await;

    press(&agent, "#do-hand-back").await;
    press(&agent, "#do-hand-back-now").await;
    owner(&agent, "Bot").await;
    agent.until("the focus is where one writes", "document.activeElement.id === 'text'").await;
    press(&agent, "#do-claim").await;
    owner(&agent, "With you").await;
    // Away, so that what she passes on does not come straight back.
    press(&agent, "#presence").await;
    agent.until("she is away", "document.querySelector('#presence')?.ariaChecked === 'false'").await;
    press(&agent, "#do-transfer").await;
    focus(&agent, "textarea[name=note]").await;
    agent.keys("Please help.".chars()).await;
    press(&agent, "#do-transfer-now").await;
    owner(&agent, "Waiting for").await;
    line(&agent, "note", "Please help.").await;
    press(&agent, "#do-claim").await;
    owner(&agent, "With you").await;
    press(&agent, "#do-resolve").await;
    owner(&agent, "Resolved").await;

    press(&agent, ".me .menu > summary").await;
    press(&agent, "form[data-api='/api/agent/logout'] button").await;
    agent.find("input[name=email]").await;
    agent.ask("document.cookie = 'frontdesk_language=fa; Path=/'").await;
    agent.client.refresh().await.unwrap();
    agent.until("the desk is Persian", "document.documentElement.dir === 'rtl'").await;
    focus(&agent, "input[name=email]").await;
    agent.keys("maria@example.org\u{e004}a wrong secret\u{e007}".chars()).await;
    agent
        .until(
            "the refusal is Persian",
            "document.querySelector('.error').textContent === 'ایمیل یا گذرواژه نادرست است.'",
        )
        .await;
    agent.close().await;
}

#[tokio::test]
async fn a_message_that_was_left_stands_in_the_inbox_until_somebody_answers_it() {
    let (server, driver) = (Server::start(), Driver::start());
    says(&server, &["Talk to a person", "Leave a message", "My lamp is broken", "Nina", "nina@example.org"]).await;
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.click("#left .row button").await;
    agent
        .until("the card says it", "document.querySelector('#card .left')?.textContent.includes('My lamp is broken')")
        .await;
    owner(&agent, "With you").await;
    agent.click(".back").await;
    agent.find("#mine .row").await;
    assert_eq!(agent.ask("return document.querySelectorAll('#left .row').length").await, 0, "it is taken up");
    agent.close().await;
}

/// A visitor without a browser: these tests are about the agent's. Returns who has the conversation at the end.
pub(super) async fn says(server: &Server, messages: &[&str]) -> Value {
    // A client takes the process's provider of TLS, and here no server of ours has set one; what it asks for is plain.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let call = |path: &str, token: &str, body: Value| {
        client.post(format!("{}{path}", server.url)).bearer_auth(token).json(&body).send()
    };
    let session: Value = call("/api/visitor/session", "", json!({})).await.unwrap().json().await.unwrap();
    let token = session["token"].as_str().unwrap();
    let mut owner = Value::Null;
    for text in messages {
        let body = json!({ "text": text, "client_id": text.replace(' ', "-") });
        let answer: Value = call("/api/visitor/messages", token, body).await.unwrap().json().await.unwrap();
        owner = answer["conversation"]["owner"].clone();
    }
    owner
}

pub(super) async fn focus(agent: &Browser, css: &str) {
    agent.find(css).await;
    agent.tab_until(css, &format!("document.activeElement.matches({})", json!(css))).await;
}

async fn press(agent: &Browser, css: &str) {
    focus(agent, css).await;
    agent.keys([Key::Enter.into()]).await;
}

pub(super) async fn owner(agent: &Browser, words: &str) {
    let says = format!("document.getElementById('owner')?.textContent.startsWith({})", json!(words));
    agent.until(&format!("the owner is “{words}”"), &says).await;
}

pub(super) async fn line(agent: &Browser, kind: &str, words: &str) {
    let lines =
        format!("Array.from(document.querySelectorAll('#transcript .{kind} .said'), (said) => said.textContent)");
    agent.until(&format!("“{words}” stands there"), &format!("{lines}.includes({})", json!(words))).await;
}
