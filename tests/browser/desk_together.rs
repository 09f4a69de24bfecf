//! Two agents at once: they see each other in a conversation, are warned before both answer, and call each other in notes.

use fantoccini::key::Key;
use serde_json::json;

use super::desk::WRITTEN;
use super::driver::{Browser, Driver};
use super::hands::{line, owner, says};
use super::pictures;
use super::server::Server;
use super::sets_up;

/// Maria, who is the admin, and Nikos, both before a visitor who waits.
async fn two_agents(server: &Server, driver: &Driver) -> (Browser, Browser) {
    says(server, &["Talk to a person"]).await;
    let (maria, nikos) = (driver.browser().await, driver.browser().await);
    sets_up(&maria, server, "Maria").await;
    let make = "const done = arguments[1]; fetch('/api/agent/agents', { method: 'POST', headers: { 'Content-Type': 'application/json', \
        'X-CSRF-Token': document.body.dataset.csrf }, body: JSON.stringify(arguments[0]) }).then((answer) => done(answer.status))";
    let account = json!({ "name": "Nikos Papas", "email": "nikos@example.org", "password": "a long enough secret" });
    assert_eq!(maria.client.execute_async(make, vec![account]).await.unwrap(), 200);
    nikos.go(&format!("{}/desk/login", server.url)).await;
    nikos.type_into("input[name=email]", "nikos@example.org").await;
    nikos.type_into("input[name=password]", "a long enough secret\n").await;
    nikos.find("#inbox").await;
    (maria, nikos)
}

#[tokio::test]
async fn two_agents_see_each_other_and_do_not_answer_twice() {
    let (server, driver) = (Server::start(), Driver::start());
    let (maria, nikos) = two_agents(&server, &driver).await;
    maria.click("#queue .row a").await;
    nikos.click("#queue .row a").await;
    maria.until("Maria sees Nikos", "document.getElementById('watchers')?.textContent.includes('Nikos Papas')").await;
    nikos.type_into("#text", "Good morning").await;
    maria
        .until(
            "Maria sees him write",
            "document.querySelector('.watchers.busy')?.textContent.includes('is writing an answer')",
        )
        .await;
    pictures(&maria, "desk-collision").await;

    // She begins as well; he sends, and gives the conversation back, so that nothing else would stop her.
    maria.type_into("#text", "Hello, how can I help").await;
    nikos.keys([Key::Enter.into()]).await;
    line(&maria, "agent", "Good morning").await;
    nikos.click("#do-hand-back").await;
    nikos.click("#do-hand-back-now").await;
    owner(&maria, "Bot").await;
    maria.type_into("#text", "?\n").await;
    maria
        .until(
            "she is warned",
            "document.querySelector('#composer .error').textContent.startsWith('A colleague has answered')",
        )
        .await;
    assert_eq!(maria.ask("return document.querySelectorAll('#transcript .agent').length").await, 1, "nothing was sent");
    maria.type_into("#text", "\n").await;
    line(&maria, "agent", "Hello, how can I help?").await;
    nikos.click(".back").await;
    maria.until("he is gone", "document.getElementById('watchers').textContent === ''").await;
    maria.close().await;
    nikos.close().await;
}

#[tokio::test]
async fn a_hint_of_writing_that_is_lost_is_given_again() {
    let (server, driver) = (Server::start(), Driver::start());
    let (maria, nikos) = two_agents(&server, &driver).await;
    let lose = "const real = window.fetch; window.lost = 0; window.fetch = (url, ...rest) => \
        String(url).endsWith('/composing') && !window.lost++ ? Promise.reject(new TypeError('lost')) : real(url, ...rest)";
    nikos.before_every_page(lose).await;
    nikos.client.refresh().await.unwrap();
    maria.click("#queue .row a").await;
    nikos.click("#queue .row a").await;
    maria.until("Maria sees Nikos", "document.getElementById('watchers')?.textContent.includes('Nikos Papas')").await;
    nikos.type_into("#text", "G").await;
    maria.until("Maria sees him write", "document.querySelector('.watchers.busy')").await;
    assert_eq!(nikos.ask("return window.lost > 1").await, true, "the first one was lost");
    nikos.type_into("#text", "\u{e003}").await;
    maria.until("Maria sees that he stopped", "!document.querySelector('.watchers.busy')").await;
    maria.close().await;
    nikos.close().await;
}

#[tokio::test]
async fn who_is_named_in_a_note_finds_it_on_top_until_it_is_seen() {
    let (server, driver) = (Server::start(), Driver::start());
    let (maria, nikos) = two_agents(&server, &driver).await;
    maria.click("#queue .row a").await;
    maria.click("input[value=note]").await;
    maria.type_into("#text", "Can you look, @nik").await;
    maria
        .until(
            "he is found",
            "document.querySelector('#complete [aria-selected=true]')?.textContent.trim() === 'Nikos Papas'",
        )
        .await;
    maria.keys([Key::Tab.into()]).await;
    maria.until("he stands there", &format!("{WRITTEN} === 'Can you look, @Nikos Papas '")).await;
    maria.keys([Key::Enter.into()]).await;
    line(&maria, "note", "Can you look, @Nikos Papas").await;

    nikos
        .until("it is on top of his inbox", "document.querySelector('#mentions .row')?.textContent.includes('Maria')")
        .await;
    assert_eq!(maria.ask("return document.querySelectorAll('#mentions').length").await, 0);
    pictures(&nikos, "desk-mentioned").await;
    nikos.client.refresh().await.unwrap();
    nikos.click("#mentions .row a").await;
    line(&nikos, "note", "Can you look, @Nikos Papas").await;
    nikos.click(".back").await;
    nikos
        .until("what is seen is gone", "document.getElementById('inbox') && !document.querySelector('#mentions')")
        .await;
    maria.close().await;
    nikos.close().await;
}
