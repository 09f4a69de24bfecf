//! The server dies in the middle of a conversation and comes back: the visitor notices a pause, and loses nothing.

use super::driver::{Browser, Driver};
use super::server::Server;
use super::{SAID, WIDGET, open_widget, writes};

/// With this the bot ends an answer, unless it has just asked it.
const ENDS: &str = "bot: Is there anything else I can help with?";

#[tokio::test]
async fn a_killed_server_comes_back_and_nothing_is_lost_or_doubled() {
    let (mut server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    writes(&visitor, "when are you open\n").await;
    stands_last(&visitor, 4, ENDS).await;

    server.kill();
    let line = format!("{WIDGET}.querySelector('.line').textContent");
    visitor.until("the visitor is told", &format!("{line}.startsWith('No connection')")).await;
    writes(&visitor, "I need a lamp\n").await;
    writes(&visitor, "kitchen\n").await;
    let waiting = format!("{WIDGET}.querySelector('.pending[data-note]')");
    visitor.until("what is typed meanwhile waits, and says so", &waiting).await;

    server.restart();
    stands_last(&visitor, 9, ENDS).await;
    visitor.until("the line is back", &format!("!{line} && !{WIDGET}.querySelector('.pending')")).await;
    let expected = [
        "bot: Hello, I am the assistant of Corner Lamps.",
        "visitor: when are you open",
        "bot: Every day from nine to five.",
        ENDS,
        "visitor: I need a lamp",
        "bot: For which room?",
        "visitor: kitchen",
        "bot: For the kitchen we have the Heron.",
        ENDS,
    ];
    assert_eq!(visitor.ask(SAID).await, serde_json::json!(expected));

    // What waited when the page was left is sent by the next page of this tab.
    server.kill();
    writes(&visitor, "what are your opening hours\n").await;
    visitor.until("it waits", &waiting).await;
    server.restart();
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    stands_last(&visitor, 11, "bot: Every day from nine to five.").await;
    let said: Vec<String> = serde_json::from_value(visitor.ask(SAID).await).unwrap();
    assert_eq!(said[..9], expected, "the rest is as it was: {said:#?}");
    assert_eq!(said[9..], ["visitor: what are your opening hours", "bot: Every day from nine to five."]);
    visitor.close().await;
}

/// Waits until so many lines stand there, with this one as the last.
async fn stands_last(visitor: &Browser, lines: usize, last: &str) {
    let condition = format!("(() => {{ {SAID} }})()[{}] === {last:?}", lines - 1);
    visitor.until(&format!("{lines} lines stand there"), &condition).await;
}
