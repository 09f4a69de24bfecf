//! Everything that a visitor can put words into, with words that a browser would run if the desk let it.

use serde_json::{Value, json};

use super::driver::Driver;
use super::server::Server;
use super::sets_up;

/// Runs if it becomes part of a page in any of the usual ways.
const HOSTILE: &str = "\"'><img src=x onerror=\"window.ran=1\"><script>window.ran=2</script><svg onload=window.ran=3>{{7*7}}`${window.ran=4}`";

/// The same, as short as the name of an attribute must be.
const ATTRIBUTE: &str = "<svg onload=window.ran=6>";

#[tokio::test]
async fn what_visitors_control_is_text_at_the_desk() {
    let (server, driver) = (Server::start(), Driver::start());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().user_agent(HOSTILE).build().unwrap();
    let call = |path: &str, token: &str, body: Value| {
        client.post(format!("{}{path}", server.url)).bearer_auth(token).json(&body).send()
    };
    let page = json!({ "url": format!("javascript:window.ran=5//{HOSTILE}"), "title": HOSTILE, "referrer": HOSTILE });
    let session = json!({ "page": page, "attributes": { ATTRIBUTE: HOSTILE }, "identity": { "id": HOSTILE } });
    let session: Value = call("/api/visitor/session", "", session).await.unwrap().json().await.unwrap();
    let token = session["token"].as_str().unwrap();
    // A name, a slot, a left message, the reason and the last words.
    let said = [
        "I want to introduce myself",
        HOSTILE,
        "I need a lamp",
        HOSTILE,
        "Talk to a person",
        "Leave a message",
        HOSTILE,
        "Nina",
        "nina@example.org",
        HOSTILE,
    ];
    for (number, text) in said.iter().enumerate() {
        let body = json!({ "text": text, "client_id": format!("message-{number}") });
        let answer = call("/api/visitor/messages", token, body).await.unwrap();
        assert!(answer.status().is_success(), "{text}: {}", answer.text().await.unwrap());
    }
    let name = percent_encoding::utf8_percent_encode(HOSTILE, percent_encoding::NON_ALPHANUMERIC).to_string();
    let file = client.post(format!("{}/api/visitor/files", server.url)).bearer_auth(token);
    let file = file.header("x-file-name", format!("{name}.txt")).body("words").send().await.unwrap();
    assert!(file.status().is_success(), "{}", file.text().await.unwrap());

    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.find("#left .row a").await;
    let ran = "return [window.ran ?? null, document.querySelectorAll('img[src=x], main script, svg[onload]').length]";
    let shown = "return document.querySelector('main').textContent.split('<script>window.ran=2</script>').length - 1";
    assert_eq!(agent.ask(ran).await, json!([null, 0]), "the lists");
    assert!(agent.ask(shown).await.as_i64().is_some_and(|times| times >= 1), "it is shown as what it is");
    agent.click("#left .row > a").await;
    agent.find("#transcript .line").await;
    agent.ask("document.querySelectorAll('main details').forEach((fold) => { fold.open = true })").await;
    assert_eq!(agent.ask(ran).await, json!([null, 0]), "the conversation");
    let times = agent.ask(shown).await;
    assert!(
        times.as_i64().is_some_and(|times| times >= 11),
        "name, messages, slot, left message, page, referrer, claimed id, attribute: {times}"
    );
    assert!(agent.client.title().await.unwrap().contains("<script>"), "the window's title is text as well");
    let links = "return Array.from(document.querySelectorAll('main a'), (a) => a.protocol).filter((p) => !/^https?:$/.test(p)).length";
    assert_eq!(agent.ask(links).await, 0, "no link runs a script");
    let told = agent.ask("return document.querySelector('#card .told dt').textContent").await;
    assert_eq!(told, ATTRIBUTE, "what an attribute is called");
    let sent = agent.ask("return document.querySelector('#transcript .sent').textContent").await;
    assert!(
        sent.as_str().is_some_and(|sent| sent.contains("svg onload=window.ran=3")),
        "what a file is called: {sent}"
    );
    // What is swapped in live goes another way than the page.
    let body = json!({ "text": format!("live {HOSTILE}"), "client_id": "live" });
    call("/api/visitor/messages", token, body).await.unwrap();
    agent.until("it is live", "document.getElementById('transcript').textContent.includes('live \"')").await;
    // And what is kept of it on the page is used again: as a draft, as a row.
    agent.ask("document.getElementById('text').value = document.querySelector('.visitor .said').textContent").await;
    agent.click(".back").await;
    agent.find("#inbox .row").await;
    assert_eq!(agent.ask(ran).await, json!([null, 0]), "after everything was swapped");
    // The same words on the pages that are about more than one conversation.
    agent.click("#inbox .row > a").await;
    agent.click("#card .person a").await;
    agent
        .until("the person's page", "location.pathname.startsWith('/desk/p/') && document.querySelector('.fact')")
        .await;
    let times = agent.ask(shown).await;
    assert!(times.as_i64().is_some_and(|times| times >= 1), "the name is shown: {times}");
    assert_eq!(agent.ask(ran).await, json!([null, 0]), "the person");
    let found = "fetch('/desk/search?q=onerror').then((r) => r.text()).then((page) => { window.found = page.includes('id=\"found\"'); })";
    agent.until("the index has followed", &format!("{found}, window.found")).await;
    for path in ["/desk/search?q=onerror", "/desk/people?q=onerror", "/desk/team"] {
        agent.go(&format!("{}{path}", server.url)).await;
        agent.find("main .row").await;
        assert_eq!(agent.ask(ran).await, json!([null, 0]), "{path}");
    }
    agent.close().await;
}
