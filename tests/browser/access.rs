//! Every page and every state of the widget, judged by axe-core's rules, from left to right and from right to left.

use super::axe::{faults, usable_by_all};
use super::driver::{Browser, Driver};
use super::server::Server;
use super::{WIDGET, hears, in_widget, open_widget, pictures, registers, sees_place, writes};

#[tokio::test]
async fn the_rules_find_what_is_broken() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    visitor.until("the launcher is there", "document.querySelector('frontdesk-chat')").await;
    visitor.ask(&format!("{WIDGET}.querySelector('.launcher').removeAttribute('aria-label')")).await;
    let faults = faults(&visitor).await;
    assert!(faults.iter().any(|line| line.contains("button-name")), "also inside the shadow root: {faults:#?}");
    visitor.close().await;
}

#[tokio::test]
async fn everybody_can_use_the_widget() {
    for language in ["en", "fa"] {
        let (server, driver) = (Server::start(), Driver::start());
        let visitor = driver.browser().await;
        visitor.go(&format!("{}/?lang={language}", server.url)).await;
        visitor.until("the launcher is there", "document.querySelector('frontdesk-chat')").await;
        usable_by_all(&visitor, &format!("{language}: closed")).await;
        open_widget(&visitor).await;
        hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
        usable_by_all(&visitor, &format!("{language}: greeting")).await;
        for (button, list) in [("[aria-controls=menu]", ".menu"), (".emojis", ".emoji")] {
            in_widget(&visitor, button).await.click().await.unwrap();
            visitor.until(list, &format!("!{WIDGET}.querySelector('{list}').hidden")).await;
            pictures(&visitor, &format!("widget-{}-{language}", &list[1..])).await;
            usable_by_all(&visitor, &format!("{language}: {list}")).await;
            visitor.keys(['\u{e00c}']).await;
            visitor.until("it is closed", &format!("{WIDGET}.querySelector('{list}').hidden")).await;
        }
        writes(&visitor, "when are you open\n").await;
        hears(&visitor, "bot: Every day from nine to five.").await;
        visitor.until("a person is in reach", &format!("!{WIDGET}.querySelector('.person').hidden")).await;
        in_widget(&visitor, ".person").await.click().await.unwrap();
        visitor.until("it waits", &format!("!{WIDGET}.querySelector('.place').hidden")).await;
        usable_by_all(&visitor, &format!("{language}: waiting")).await;
        visitor.close().await;
    }
}

#[tokio::test]
async fn everybody_can_use_the_desk() {
    let (server, driver) = (Server::start(), Driver::start());
    let (visitor, agent) = (driver.browser().await, driver.browser().await);
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    writes(&visitor, "when are you open\n").await;
    hears(&visitor, "bot: Every day from nine to five.").await;
    in_widget(&visitor, ".person").await.click().await.unwrap();
    sees_place(&visitor, "You are number 1 in the queue.").await;

    agent.go(&server.setup_link).await;
    usable_by_all(&agent, "setup").await;
    registers(&agent, "Maria").await;
    agent.find("#queue .row a").await;
    for language in ["en", "fa"] {
        speaks(&agent, language).await;
        agent.go(&format!("{}/desk", server.url)).await;
        agent.find("#queue .row a").await;
        usable_by_all(&agent, &format!("{language}: inbox")).await;
        agent.click("#queue .row a").await;
        agent.find("#transcript .line").await;
        usable_by_all(&agent, &format!("{language}: conversation")).await;
        agent.go(&format!("{}/desk/agents", server.url)).await;
        agent.find(".accounts").await;
        usable_by_all(&agent, &format!("{language}: agents")).await;
    }
    agent.click(".top .me summary").await;
    agent.click("form[data-api='/api/agent/logout'] button").await;
    agent.find("input[name=password]").await;
    usable_by_all(&agent, "login").await;
    visitor.close().await;
    agent.close().await;
}

async fn speaks(agent: &Browser, language: &str) {
    agent.ask(&format!("document.cookie = 'frontdesk_language={language}; Path=/'")).await;
}
