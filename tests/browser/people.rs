//! People at the desk, in a real browser: merging and its undoing, blocking and letting in again, and a supervisor who takes over.

use serde_json::{Value, json};

use super::driver::Driver;
use super::server::Server;
use super::{pictures, sets_up};

const SECRET: &str = "a long enough secret";

/// A visitor without a browser.
pub(super) struct Visitor {
    client: reqwest::Client,
    url: String,
    token: String,
    conversation: String,
}

impl Visitor {
    pub(super) async fn new(server: &Server) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        let session = client.post(format!("{}/api/visitor/session", server.url)).json(&json!({})).send().await.unwrap();
        let session: Value = session.json().await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (token, conversation) = (text(&session["token"]), text(&session["conversation"]["id"]));
        Self { client, url: server.url.clone(), token, conversation }
    }

    /// Says something. Gives the status of the answer.
    pub(super) async fn says(&self, text: &str) -> u16 {
        let url = format!("{}/api/visitor/messages", self.url);
        let sent = self.client.post(url).bearer_auth(&self.token).json(&json!({ "text": text })).send().await;
        sent.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn a_person_is_merged_and_taken_apart_blocked_and_let_in_again() {
    let (server, driver) = (Server::start(), Driver::start());
    let (one, two) = (Visitor::new(&server).await, Visitor::new(&server).await);
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;

    // She writes down who they are.
    for (visitor, name) in [(&one, "Nina"), (&two, "Nina Light")] {
        agent.go(&format!("{}/desk/c/{}", server.url, visitor.conversation)).await;
        agent.click("#card .person a").await;
        agent.click("#add-fact").await;
        agent.type_into("input[name=fact]", "name").await;
        agent.type_into(".sheet input[name=value]", name).await;
        agent.click("#add-fact + form button").await;
        agent
            .until("the name is known", &format!("document.querySelector('h1 bdi')?.textContent === {}", json!(name)))
            .await;
    }

    // She finds the other and merges.
    agent.type_into("input[name=q]", "nina\n").await;
    agent.click("#candidates form button").await;
    agent.until("two contacts are one person", "document.querySelectorAll('.contact').length === 2").await;
    agent.until("the difference is seen", "document.querySelector('.fact .chip.hot')").await;
    let talks = "document.querySelectorAll('.timeline a').length";
    agent.until("both conversations are hers", &format!("{talks} === 2")).await;
    pictures(&agent, "desk-person").await;
    agent.click(".contact form button").await;
    agent.until("they are two again", "document.querySelectorAll('.contact').length === 1").await;

    // She blocks the one, who is refused; and lets them in again.
    agent.go(&format!("{}/desk/c/{}", server.url, one.conversation)).await;
    agent.click("#card .person a").await;
    agent.type_into("#block input[name=reason]", "insults").await;
    agent.click("#block button").await;
    agent.until("the page says so", "document.querySelector('#blocked')?.textContent.includes('insults')").await;
    assert_eq!(one.says("hello").await, 403);
    agent.go(&format!("{}/desk/c/{}", server.url, one.conversation)).await;
    agent.until("the card says so", "document.querySelector('#card .person .chip.hot')").await;
    agent.click("#card .person a").await;
    agent.click("#unblock").await;
    agent.until("the block is gone", "!document.querySelector('#blocked')").await;
    assert_eq!(one.says("hello").await, 200);

    // Erasing wants to be meant.
    agent.click("#erase button").await;
    assert_eq!(agent.ask("return location.pathname.startsWith('/desk/p/')").await, true, "the box is not ticked");
    agent.click("#erase input[type=checkbox]").await;
    agent.click("#erase button").await;
    agent.until("the person is gone", "location.pathname === '/desk/people'").await;
    assert_eq!(one.says("hello").await, 401, "whoever comes back is somebody new");
    agent.go(&format!("{}/desk/audit", server.url)).await;
    agent
        .until("it is written down", "document.querySelector('table.audit')?.textContent.includes('Person erased')")
        .await;
    pictures(&agent, "desk-audit").await;
    agent.close().await;
}

#[tokio::test]
async fn a_supervisor_sees_who_waits_live_looks_in_and_takes_over() {
    let (server, driver) = (Server::start(), Driver::start());
    let (boss, bob) = (driver.browser().await, driver.browser().await);
    sets_up(&boss, &server, "Maria").await;
    boss.go(&format!("{}/desk/agents", server.url)).await;
    boss.type_into("#add input[name=name]", "Bob").await;
    boss.type_into("#add input[name=email]", "bob@example.org").await;
    boss.type_into("#add input[name=password]", SECRET).await;
    boss.click("#add > button").await;
    boss.until("the account is there", "document.querySelectorAll('.account').length === 2").await;
    bob.go(&format!("{}/desk/login", server.url)).await;
    bob.type_into("input[name=email]", "bob@example.org").await;
    bob.type_into("input[name=password]", &format!("{SECRET}\n")).await;
    bob.find("#inbox").await;
    assert_eq!(bob.ask("return document.querySelectorAll('nav a[href=\"/desk/team\"]').length").await, 0);

    boss.go(&format!("{}/desk/team", server.url)).await;
    boss.find("#queues").await;
    let visitor = Visitor::new(&server).await;
    visitor.says("Talk to a person").await;
    // Nothing is loaded anew: the page hears of it.
    let row = format!("#live-{}", visitor.conversation);
    boss.until("who waits is there", &format!("document.querySelector({})", json!(row))).await;
    bob.go(&format!("{}/desk/c/{}", server.url, visitor.conversation)).await;
    bob.click("#do-claim").await;
    let with = |name: &str| {
        format!("document.querySelector({} )?.textContent.includes({})", json!(row), json!(format!("With {name}")))
    };
    boss.until("Bob has it", &with("Bob")).await;
    pictures(&boss, "desk-team").await;

    // She looks in: she may write notes only, until she takes over.
    boss.click(&format!("{row} a")).await;
    boss.until("it is Bob's", "document.getElementById('owner')?.textContent === 'With Bob'").await;
    assert_eq!(boss.ask("return document.getElementById('standing').hasAttribute('data-can-say')").await, false);
    boss.go(&format!("{}/desk/team", server.url)).await;
    boss.click(&format!("#act-{}", visitor.conversation)).await;
    boss.click(&format!("#take-{}", visitor.conversation)).await;
    boss.until("it is hers", "document.getElementById('owner')?.textContent === 'With you'").await;
    bob.until("Bob sees that", "document.getElementById('owner')?.textContent === 'With Maria'").await;
    boss.close().await;
    bob.close().await;
}
