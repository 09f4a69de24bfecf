//! What reaches a visitor who looks elsewhere: the badge, the count in the page's title, a sound, and where the news begin.

use serde_json::json;

use super::driver::{Browser, Driver};
use super::server::Server;
use super::{WIDGET, answers, hears, in_widget, visits, wants_a_person, works};

/// Counts the sounds, and lets the test say whether the page is seen.
const EARS: &str = "window.sounds = 0; \
    class Param { setValueAtTime() {} exponentialRampToValueAtTime() {} } \
    class Tone { frequency = new Param(); gain = new Param(); connect(next) { return next; } start() { window.sounds += 0.5; } stop() {} } \
    window.AudioContext = class { currentTime = 0; createOscillator() { return new Tone(); } createGain() { return new Tone(); } }; \
    window.away = false; Object.defineProperty(document, 'hidden', { get: () => window.away });";

async fn looks_away(visitor: &Browser, away: bool) {
    visitor.ask(&format!("window.away = {away}; document.dispatchEvent(new Event('visibilitychange'))")).await;
}

#[tokio::test]
async fn a_visitor_who_looks_elsewhere_is_told_and_finds_where_the_news_begin() {
    for storage in [
        "",
        "for (const area of ['localStorage', 'sessionStorage']) \
        Object.defineProperty(window, area, { get() { throw new DOMException('denied', 'SecurityError'); } });",
    ] {
        let (server, driver) = (Server::start(), Driver::start());
        let visitor = driver.browser().await;
        visitor.before_every_page(EARS).await;
        visitor.before_every_page(storage).await;
        visitor.go(&format!("{}/?lang=en", server.url)).await;
        super::open_widget(&visitor).await;
        wants_a_person(&visitor).await;
        let agent = works(&driver, &server, "Maria").await;
        answers(&agent, "Hello.").await;
        hears(&visitor, "agent: Hello.").await;
        let title = visitor.ask("return document.title").await;
        assert_eq!(visitor.ask("return window.sounds").await, 0, "what a visitor watches makes no sound");

        looks_away(&visitor, true).await;
        agent.type_into("#text", "Are you there?\n").await;
        hears(&visitor, "agent: Are you there?").await;
        let expected = format!("(1) {}", title.as_str().unwrap());
        visitor.until("the title counts", &format!("document.title === {}", json!(expected))).await;
        assert_eq!(visitor.ask("return window.sounds").await, 1);
        let marked =
            format!("return {WIDGET}.querySelector('.divider').nextElementSibling.querySelector('.text').textContent");
        assert_eq!(visitor.ask(&marked).await, "Are you there?");
        looks_away(&visitor, false).await;
        assert_eq!(visitor.ask("return document.title").await, title, "it is as it was");
        looks_away(&visitor, true).await;
        agent.type_into("#text", "Still there?\n").await;
        visitor.until("the title counts", &format!("document.title === {}", json!(expected))).await;

        // The page changes its title meanwhile: that one comes back.
        visitor.ask("document.title = 'Basket'").await;
        looks_away(&visitor, false).await;
        assert_eq!(visitor.ask("return document.title").await, "Basket");

        // Closed, the badge counts; the switch in the menu makes it silent, for the next visit too.
        in_widget(&visitor, "[aria-controls=menu]").await.click().await.unwrap();
        let switch = in_widget(&visitor, "[role=switch]").await;
        assert_eq!(switch.attr("aria-checked").await.unwrap().as_deref(), Some("true"));
        switch.click().await.unwrap();
        in_widget(&visitor, ".close").await.click().await.unwrap();
        let before = visitor.ask("return window.sounds").await;
        agent.type_into("#text", "Hello?\n").await;
        let badge = format!("{WIDGET}.querySelector('.badge')");
        visitor.until("the badge counts", &format!("{badge}.textContent === '1' && !{badge}.hidden")).await;
        assert_eq!(visitor.ask("return window.sounds").await, before, "it is silent");
        let name = format!("return {WIDGET}.querySelector('.launcher').ariaLabel");
        assert_eq!(visitor.ask(&name).await, "Chat with us. New messages: 1");
        in_widget(&visitor, ".launcher").await.click().await.unwrap();
        visitor.until("it is read", &format!("{badge}.hidden && {WIDGET}.querySelector('.divider')")).await;
        visitor.close().await;
        agent.close().await;
    }
}

#[tokio::test]
async fn a_reader_of_old_words_is_not_pulled_away_and_comes_to_the_latest_by_one_press() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = visits(&driver, &server).await;
    visitor.stand_still().await;
    wants_a_person(&visitor).await;
    let agent = works(&driver, &server, "Maria").await;
    answers(&agent, "One.").await;
    hears(&visitor, "agent: One.").await;
    for words in ["Two.", "Three.", "Four.", "Five.", "Six.", "Seven.", "Eight.", "Nine."] {
        agent.type_into("#text", &format!("{words}\n")).await;
        hears(&visitor, &format!("agent: {words}")).await;
    }
    let jump = format!("{WIDGET}.querySelector('.jump')");
    let log = format!("{WIDGET}.querySelector('.log')");
    assert_eq!(visitor.ask(&format!("return {jump}.hidden")).await, true, "at the end there is nothing to jump to");
    visitor.ask(&format!("{log}.scrollTop = 0")).await;
    visitor.until("there is a way back", &format!("!{jump}.hidden")).await;
    agent.type_into("#text", "Ten.\n").await;
    hears(&visitor, "agent: Ten.").await;
    assert_eq!(visitor.ask(&format!("return {log}.scrollTop")).await, 0);
    in_widget(&visitor, ".jump").await.click().await.unwrap();
    visitor.until("the end is seen", &format!("{jump}.hidden && {log}.scrollTop > 0")).await;
    visitor.close().await;
    agent.close().await;
}
