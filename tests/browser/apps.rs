//! What agents see of somebody who writes from a messaging app, and admins of the systems that hear of events: judged as in
//! `access`.

use frontdesk::time::Span;

use super::axe::usable_by_all;
use super::driver::{Browser, Driver};
use super::server::{BOT, Server};
use super::{pictures, sets_up};
use crate::channels::api::Behaviour;
use crate::channels::{Api, Platform};
use crate::events::receiver::{self, Receiver};

#[tokio::test]
async fn an_agent_sees_who_writes_until_when_they_may_answer_and_what_did_not_arrive() {
    let (api, receiver) = (Api::start(Platform::WhatsApp).await, Receiver::start().await);
    api.always(1, Behaviour::Blocked);
    receiver.next([receiver::Behaviour::Says(204, None), receiver::Behaviour::Says(422, None)]);
    receiver.always(Some(receiver::Behaviour::Says(503, None)));
    let channels = Platform::WhatsApp.settings(&api.url);
    let more = format!(
        "public_url: https://bot.example.com\nchannels:\n{channels}events:\n  - {{ url: '{}', secret: EVENTS }}\n",
        receiver.url
    );
    let (mut server, driver) = (Server::with_more(BOT, "origins: []", &more), Driver::start());
    let agent = driver.browser().await;
    writes(&server, "Talk to a person").await;
    sets_up(&agent, &server, "Maria").await;
    agent.click("#queue .row a").await;
    agent.until("the name that the app tells", "document.querySelector('#head h1')?.textContent === 'Ann'").await;
    agent.click("#do-claim").await;
    agent.until("it is hers", "document.getElementById('owner').textContent === 'With you'").await;
    let window = "/^You can write until: .*\\d/.test(document.getElementById('standing').textContent.trim())";
    agent.until("how long she may write", window).await;
    agent.type_into("#text", "Hello Ann\n").await;
    agent.until("what did not arrive", "document.querySelector('.undelivered button')").await;
    let page = agent.ask("return location.pathname").await.as_str().unwrap().to_owned();
    for language in ["en", "fa"] {
        agent.ask(&format!("document.cookie = 'frontdesk_language={language}; Path=/'")).await;
        judged(&agent, &server, &page, ".undelivered", &format!("app-{language}")).await;
        judged(&agent, &server, "/desk/events", "table.events tbody tr", &format!("events-{language}")).await;
    }
    agent.ask("document.querySelector('table.events').id = 'before'").await;
    agent.click("table.events tbody tr form button").await;
    let anew = "document.querySelector('table.events:not(#before) tbody tr')";
    agent.until("the page has come again", anew).await;
    // A day later the app lets nobody write, and the agent is told what they can do.
    server.rest_for(Span::hours(25));
    server.restart();
    for language in ["en", "fa"] {
        agent.ask(&format!("document.cookie = 'frontdesk_language={language}; Path=/'")).await;
        judged(&agent, &server, &page, ".window.over", &format!("app-over-{language}")).await;
    }
    agent.close().await;
}

async fn judged(agent: &Browser, server: &Server, path: &str, css: &str, name: &str) {
    agent.go(&format!("{}{path}", server.url)).await;
    agent.find(css).await;
    // A picture of a phone shows what is asked for, too.
    let follow = format!("document.querySelector('{css}').scrollIntoView({{ block: 'center' }})");
    agent.ask(&format!("addEventListener('resize', () => {follow}); {follow}")).await;
    pictures(agent, &format!("desk-{name}")).await;
    usable_by_all(agent, name).await;
}

/// Somebody writes from the app.
async fn writes(server: &Server, text: &str) {
    let platform = Platform::WhatsApp;
    let body = platform.text_from(1, text, 1);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut call = reqwest::Client::new().post(format!("{}{}", server.url, platform.path()));
    for (name, value) in platform.signed(&body, 0) {
        call = call.header(name, value);
    }
    assert_eq!(call.body(body).send().await.unwrap().status(), 200);
}
