//! What bot, agent and visitor write, as the widget shows it: a little Markdown, and nothing that a browser would run.

use serde_json::{Value, json};

use super::driver::Driver;
use super::server::Server;
use super::{SAID, WIDGET, answers, hears, in_widget, open_widget, visits, wants_a_person, works, writes};

/// Words that would do something if they were read as HTML.
const EVIL: &str = "<img src=x onerror=window.hacked=1>";

/// A bot whose every text is evil.
const BOT: &str = r#"
bot: { name: "<img src=x onerror=window.hacked=1>", languages: [en] }
intents:
  marks: { phrases: show me the marks, answer: "**Bold**, *slanted*, `a_b *c*` and [a page](https://example.org/a_b_c).\n- one\n- **two**\n\n3. three\n4. four\n2*3*4, snake_case_name, https://example.org/x_y_z. [bad](javascript:window.hacked=1) **open" }
flows:
  welcome:
    start_on: conversation_opened
    steps:
      - say: "<img src=x onerror=window.hacked=1>"
        link: { url: "https://example.org/", text: "<img src=x onerror=window.hacked=1>" }
        cards:
          - title: "<img src=x onerror=window.hacked=1>"
            text: "<img src=x onerror=window.hacked=1>"
      - choose: "<script>window.hacked=1</script>"
        options:
          - label: "<b>one</b>"
          - label: "<b>two</b>"
        save_as: chosen
      - say: You chose {{ chosen }}.
"#;

#[tokio::test]
async fn what_bot_agent_and_visitor_write_is_never_run() {
    let (server, driver) = (Server::with(BOT, "title: '<img src=x onerror=window.hacked=1>'"), Driver::start());
    let visitor = visits(&driver, &server).await;
    hears(&visitor, "bot: <script>window.hacked=1</script>").await;
    writes(&visitor, &format!("{EVIL} **no bold** `no code`\n")).await;
    hears(&visitor, &format!("visitor: {EVIL} **no bold** `no code`")).await;
    wants_a_person(&visitor).await;
    let agent = works(&driver, &server, EVIL).await;
    answers(&agent, &format!("{EVIL} **bold**")).await;
    hears(&visitor, &format!("agent: {EVIL} bold")).await;
    for place in [".bot .text", ".bot a", ".card h3", ".card .text", "h2", ".owner", ".agent .name bdi"] {
        let text = visitor.ask(&format!("return {WIDGET}.querySelector('{place}').textContent")).await;
        assert_eq!(text, EVIL, "{place}");
    }
    let elements = "return Array.from(document.querySelector('frontdesk-chat').shadowRoot.querySelectorAll('.log *, .header *')) \
        .filter((e) => ['IMG', 'SCRIPT', 'B', 'U'].includes(e.tagName)).length";
    assert_eq!(visitor.ask(elements).await, 0);
    let bold = format!("return Array.from({WIDGET}.querySelectorAll('strong'), (e) => e.textContent)");
    assert_eq!(visitor.ask(&bold).await, json!(["bold"]), "the visitor's own words stand as they were typed");
    for page in [&visitor, &agent] {
        assert_eq!(page.ask("return window.hacked ?? null").await, Value::Null);
    }
    visitor.close().await;
    agent.close().await;
}

#[tokio::test]
async fn a_little_markdown_becomes_elements() {
    let (server, driver) = (Server::with(BOT, "title: Words"), Driver::start());
    let visitor = visits(&driver, &server).await;
    writes(&visitor, "show me the marks\n").await;
    visitor.until("it is answered", &format!("{WIDGET}.querySelector('.bot strong')")).await;
    let link =
        |url: &str, text: &str| format!("<a href=\"{url}\" target=\"_blank\" rel=\"noopener noreferrer\">{text}</a>");
    let expected = format!(
        "<strong>Bold</strong>, <em>slanted</em>, <code>a_b *c*</code> and {}.<ul><li>one</li><li><strong>two</strong></li></ul>\
         <ol start=\"3\"><li>three</li><li>four</li></ol>2*3*4, snake_case_name, {}. [bad](javascript:window.hacked=1) **open",
        link("https://example.org/a_b_c", "a page"),
        link("https://example.org/x_y_z", "https://example.org/x_y_z"),
    );
    let html = format!("return {WIDGET}.querySelector('.bot:has(strong) .text').innerHTML");
    assert_eq!(visitor.ask(&html).await, expected);
    visitor.close().await;
}

#[tokio::test]
async fn buttons_go_stale_after_use_and_the_chosen_one_stays_marked() {
    let (server, driver) = (Server::with(BOT, "title: Words"), Driver::start());
    let visitor = visits(&driver, &server).await;
    let buttons = format!(
        "return Array.from({WIDGET}.querySelectorAll('.options button'), (b) => [b.textContent, b.disabled, b.classList.contains('chosen')])"
    );
    visitor.until("the buttons are there", &format!("{WIDGET}.querySelectorAll('.options button').length === 2")).await;
    in_widget(&visitor, ".options button:last-child").await.click().await.unwrap();
    hears(&visitor, "bot: You chose <b>two</b>.").await;
    let stale = json!([["<b>one</b>", true, false], ["<b>two</b>", true, true]]);
    assert_eq!(visitor.ask(&buttons).await, stale);
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    hears(&visitor, "bot: You chose <b>two</b>.").await;
    assert_eq!(visitor.ask(&buttons).await, stale, "also after a reload");
    visitor.close().await;
}

#[tokio::test]
async fn emoji_are_picked_by_keyboard() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = visits(&driver, &server).await;
    writes(&visitor, "Hi ").await;
    in_widget(&visitor, ".emojis").await.click().await.unwrap();
    let focus = format!("{WIDGET}.activeElement.textContent");
    visitor.until("the first has the focus", &format!("{focus} === '😀'")).await;
    // To the right, down, and back up and left; then Escape leaves, and Enter takes one.
    visitor.keys(['\u{e014}', '\u{e015}', '\u{e013}']).await;
    assert_eq!(visitor.ask(&format!("return {focus}")).await, "😄");
    visitor.keys(['\u{e00c}']).await;
    assert_eq!(
        visitor
            .ask(&format!("return [{WIDGET}.querySelector('.emoji').hidden, {WIDGET}.activeElement.className]"))
            .await,
        json!([true, "icon emojis"])
    );
    visitor.keys(['\u{e007}', '\u{e007}']).await;
    visitor.until("it stands in the message", &format!("{WIDGET}.querySelector('textarea').value === 'Hi 😀'")).await;
    visitor.keys(['\u{e007}']).await;
    hears(&visitor, "visitor: Hi 😀").await;
    visitor.close().await;
}

#[tokio::test]
async fn who_speaks_in_a_row_has_one_name_and_one_time_and_days_are_told_apart() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = visits(&driver, &server).await;
    wants_a_person(&visitor).await;
    let agent = works(&driver, &server, "maria").await;
    answers(&agent, "One.").await;
    hears(&visitor, "agent: One.").await;
    agent.type_into("#text", "Two.\n").await;
    hears(&visitor, "agent: Two.").await;
    let seen = format!(
        "return [Array.from({WIDGET}.querySelectorAll('.agent'), (m) => [m.querySelector('.name')?.textContent ?? null, \
         getComputedStyle(m.querySelector('time')).display === 'none']), {WIDGET}.querySelectorAll('.day').length]"
    );
    assert_eq!(visitor.ask(&seen).await, json!([[["Mmaria", true], [null, false]], 0]), "an initial and a name, once");

    let wide = visitor.ask(&format!("return {WIDGET}.querySelector('.agent.more .bubble').offsetWidth")).await;
    assert!(
        wide.as_u64().is_some_and(|wide| wide < 100),
        "what is said before more is no wider than its words: {wide}"
    );

    // Two days later, the words of before stand under their day.
    let later = "const now = Date.now; Date.now = () => now() + 2 * 864e5; \
        window.Date = new Proxy(Date, { construct: (D, given) => new D(...(given.length ? given : [D.now()])) });";
    visitor.before_every_page(later).await;
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    hears(&visitor, "agent: Two.").await;
    let days = format!("return {WIDGET}.querySelectorAll('.day').length");
    assert_eq!(visitor.ask(&days).await, 1);
    let said: Vec<String> = serde_json::from_value(visitor.ask(SAID).await).unwrap();
    assert!(said.len() > 4, "{said:?}");
    visitor.close().await;
    agent.close().await;
}
