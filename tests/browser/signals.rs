//! Besides words: what was delivered and seen, and who types, in two browsers at once.

use super::driver::{Browser, Driver};
use super::server::Server;
use super::{WIDGET, hears, in_widget, open_widget, pictures, sets_up, writes};

/// A visitor with the widget open, and an agent who has taken the conversation.
pub(super) async fn talking(server: &Server, driver: &Driver) -> (Browser, Browser) {
    let (visitor, agent) = (driver.browser().await, driver.browser().await);
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    in_widget(&visitor, ".person").await.click().await.unwrap();
    sets_up(&agent, server, "Maria").await;
    agent.click("#queue .row a").await;
    agent.click("#do-claim").await;
    agent.until("it is hers", "document.getElementById('owner').textContent === 'With you'").await;
    (visitor, agent)
}

/// What stands beside the agent's last line at the desk.
const STATE: &str = "Array.from(document.querySelectorAll('#transcript .line.agent .by')).at(-1)?.dataset.state";

async fn own_state(visitor: &Browser, state: &str) {
    let what = format!("the visitor's last message is marked “{state}”");
    let label = format!("{WIDGET}.querySelector('.message.visitor .fate')");
    visitor.until(&what, &format!("{label}?.textContent === '{state}' && !{label}.hidden")).await;
}

#[tokio::test]
async fn both_sides_see_what_was_delivered_and_seen() {
    let (server, driver) = (Server::start(), Driver::start());
    let (visitor, agent) = talking(&server, &driver).await;

    // The agent's words are seen where the chat is open, and only delivered where it is closed.
    agent.type_into("#text", "Hello, this is Maria.\n").await;
    agent.until("her words were seen", &format!("{STATE} === 'Seen'")).await;
    in_widget(&visitor, ".close").await.click().await.unwrap();
    agent.type_into("#text", "Are you still there?\n").await;
    agent.until("her words were delivered", &format!("{STATE} === 'Delivered'")).await;
    let before = "document.querySelector('#transcript .line.agent .by').dataset.state === 'Seen'";
    agent.until("what was seen stays so", before).await;
    in_widget(&visitor, ".launcher").await.click().await.unwrap();
    agent.until("now they were seen", &format!("{STATE} === 'Seen'")).await;
    agent.client.refresh().await.unwrap();
    agent.until("a reload still knows it", &format!("{STATE} === 'Seen'")).await;

    // The visitor's words are seen where the desk has the conversation open.
    writes(&visitor, "Yes, I am.\n").await;
    own_state(&visitor, "Seen").await;
    pictures(&visitor, "widget-seen").await;
    pictures(&agent, "desk-seen").await;
    agent.go(&format!("{}/desk", server.url)).await;
    agent.find("#inbox").await;
    writes(&visitor, "Do you have green lamps?\n").await;
    own_state(&visitor, "Sent").await;
    let labels = format!("return {WIDGET}.querySelectorAll('.fate').length");
    assert_eq!(visitor.ask(&labels).await, 1, "only the last message is marked");
    agent.click(".row a").await;
    own_state(&visitor, "Seen").await;
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    own_state(&visitor, "Seen").await;

    // A message that nobody could get yet is delivered when there is somebody again.
    visitor.go("about:blank").await;
    agent.type_into("#text", "In green and blue.\n").await;
    agent.until("her words are only sent", &format!("{STATE} === 'Sent'")).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    agent.until("the next page got them", &format!("{STATE} === 'Delivered'")).await;
    visitor.close().await;
    agent.close().await;
}

#[tokio::test]
async fn both_sides_see_who_types_and_no_word_of_it() {
    let (server, driver) = (Server::start(), Driver::start());
    let (visitor, agent) = talking(&server, &driver).await;
    let typing = "document.getElementById('typing').textContent";

    writes(&visitor, "Do you ha").await;
    agent.until("the desk shows it", &format!("{typing} === 'The visitor is typing…'")).await;
    assert_eq!(agent.ask("return document.body.textContent.includes('Do you ha')").await, false);
    pictures(&agent, "desk-typing").await;
    agent.until("which ends by itself", &format!("{typing} === ''")).await;
    writes(&visitor, "ve lamps?").await;
    agent.until("and begins anew", &format!("{typing} !== ''")).await;
    writes(&visitor, "\n").await;
    agent.until("and ends with the message", &format!("{typing} === ''")).await;

    // A note is nobody's answer.
    let dots = format!("!{WIDGET}.querySelector('.typing').hidden");
    agent.click("input[value=note]").await;
    agent.type_into("#text", "Loves lamps.\n").await;
    agent.find("#transcript .note").await;
    assert_eq!(visitor.ask(&format!("return {dots}")).await, false);
    agent.click("input[value=say]").await;
    agent.type_into("#text", "Yes, the Her").await;
    let told = format!("{WIDGET}.querySelector('.footer .vh').textContent === 'Maria is typing…'");
    visitor.until("the widget shows it, also to those who listen", &format!("{dots} && {told}")).await;
    pictures(&visitor, "widget-typing").await;
    agent.type_into("#text", "on.\n").await;
    hears(&visitor, "agent: Yes, the Heron.").await;
    visitor.until("it ends with her words", &format!("!({dots})")).await;
    visitor.close().await;
    agent.close().await;
}
