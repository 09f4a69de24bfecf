//! How a conversation ends for a visitor: it is rated, kept as a text, ended; or a message is left where nobody is there.

use serde_json::{Value, json};

use super::driver::{Browser, Driver};
use super::server::Server;
use super::{WIDGET, answers, hears, in_widget, open_widget, visits, wants_a_person, works, writes};

/// Keeps what the page would save.
const SAVED: &str = "window.saved = []; const make = URL.createObjectURL; \
    URL.createObjectURL = (blob) => { blob.text().then((text) => window.saved.push(text)); return make(blob); };";

pub(super) async fn chooses(visitor: &Browser, entry: &str) {
    in_widget(visitor, "[aria-controls=menu]").await.click().await.unwrap();
    let press = format!(
        "const found = Array.from({WIDGET}.querySelectorAll('.menu button')).find((b) => b.textContent === {}); found?.click(); return Boolean(found)",
        json!(entry)
    );
    assert_eq!(visitor.ask(&press).await, true, "the menu has “{entry}”");
}

#[tokio::test]
async fn after_a_person_the_chat_is_rated_by_keyboard_and_the_desk_reads_it() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = visits(&driver, &server).await;
    wants_a_person(&visitor).await;
    let agent = works(&driver, &server, "Maria").await;
    answers(&agent, "Hello.").await;
    hears(&visitor, "agent: Hello.").await;
    agent.click("#do-resolve").await;
    visitor.until("it is asked how it was", &format!("{WIDGET}.querySelector('.rating')")).await;
    super::pictures(&visitor, "widget-rating").await;
    super::axe::usable_by_all(&visitor, "rating").await;

    let focus = format!("{WIDGET}.activeElement");
    visitor.tab_until("the scores", &format!("{focus}?.name === 'score'")).await;
    visitor.keys(" \u{e014}\u{e014}\u{e014}".chars()).await;
    let label = format!("return {focus}.closest('label').textContent");
    assert_eq!(visitor.ask(&label).await, "4Good", "a score has a word, not a colour alone");
    visitor.tab_until("the comment", &format!("{focus}?.tagName === 'TEXTAREA'")).await;
    visitor.keys("Maria <b>was</b> kind".chars()).await;
    visitor.tab_until("the button", &format!("{focus}?.type === 'submit'")).await;
    visitor.keys(['\u{e007}']).await;
    hears(&visitor, "bot: Thank you for your rating.").await;
    agent
        .until(
            "the desk reads it",
            "document.getElementById('transcript').textContent.includes('Rated 4 of 5 “Maria <b>was</b> kind”')",
        )
        .await;
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    assert_eq!(visitor.ask(&format!("return {WIDGET}.querySelector('.rating')")).await, Value::Null, "asked once");
    visitor.close().await;
    agent.close().await;
}

#[tokio::test]
async fn a_visitor_ends_the_talk_with_the_bot_rates_it_and_keeps_the_words() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.before_every_page(SAVED).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    writes(&visitor, "when are you open\n").await;
    hears(&visitor, "bot: Every day from nine to five.").await;
    chooses(&visitor, "Save the conversation").await;
    visitor.until("it is saved", "window.saved.length === 1").await;
    let saved = visitor.ask("return window.saved[0]").await;
    let saved = saved.as_str().unwrap();
    assert!(saved.starts_with("Corner Lamps\n"), "{saved}");
    for line in ["  Assistant: Hello, I am the assistant of Corner Lamps.\n", "  You: when are you open\n"] {
        assert!(saved.contains(line), "{line}: {saved}");
    }

    chooses(&visitor, "End the conversation").await;
    hears(&visitor, "bot: This conversation is closed. Write again any time.").await;
    visitor.until("it is asked how it was", &format!("{WIDGET}.querySelector('.rating')")).await;
    in_widget(&visitor, ".quiet").await.click().await.unwrap();
    let asked = format!("return {WIDGET}.querySelector('.rating')");
    assert_eq!(visitor.ask(&asked).await, Value::Null);
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    hears(&visitor, "bot: Every day from nine to five.").await;
    assert_eq!(visitor.ask(&asked).await, Value::Null, "who does not want to rate is not asked again");
    // A reply reopens it.
    writes(&visitor, "when are you open\n").await;
    let answers = format!(
        "Array.from({WIDGET}.querySelectorAll('.bot .text')).filter((t) => t.textContent.startsWith('Every day')).length === 2"
    );
    visitor.until("the bot answers again", &answers).await;
    visitor.close().await;
}

#[tokio::test]
async fn where_nobody_is_there_the_next_opening_is_told_and_a_message_is_left() {
    // Open for one minute a year at most: closed whenever the test runs, and opening some day.
    let bot = super::server::BOT.replace("\nintents:", "\nqueues: { desk: { hours: seldom, when_closed: take_message } }\nhours: { seldom: { 'mon-sun': '00:00-24:00', closed: [] } }\n\nintents:");
    let tomorrow = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
    let day = |days: i64| (tomorrow.date() + jiff::Span::new().days(days)).to_string();
    let closed = format!("closed: [{}, {}]", day(0), day(1));
    let bot = bot
        .replace("closed: []", &closed)
        .replace("languages: [en] }", "languages: [en], timezone: UTC, default_queue: desk }");
    let (server, driver) = (Server::with(&bot, "origins: []"), Driver::start());
    let visitor = visits(&driver, &server).await;
    visitor.until("a person is in reach", &format!("!{WIDGET}.querySelector('.person').hidden")).await;
    in_widget(&visitor, ".person").await.click().await.unwrap();
    let told = format!(
        "Array.from({WIDGET}.querySelectorAll('.bot .text')).some((t) => /^We are closed now\\. We open again on \\S+.* at 12:00/.test(t.textContent.replace('00:00', '12:00')))"
    );
    visitor.until("the next opening is told in one sentence", &told).await;
    hears(&visitor, "bot: What would you like to tell us?").await;
    writes(&visitor, "My lamp is broken\n").await;
    hears(&visitor, "bot: What is your name?").await;
    super::pictures(&visitor, "widget-closed").await;
    visitor.close().await;
}
