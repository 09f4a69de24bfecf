//! One agent at the desk: pages that change in place, keys, ready and suggested answers, drafts, and what makes itself heard.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::driver::Driver;
use super::hands::{line, owner, says};
use super::people::Visitor;
use super::server::Server;
use super::{pictures, sets_up};

/// What stands in the field where the agent writes.
pub(super) const WRITTEN: &str = "document.getElementById('text')?.value";

#[tokio::test]
async fn pages_change_in_place_and_back_and_forward_find_them_again() {
    let (server, driver) = (Server::start(), Driver::start());
    says(&server, &["when are you open", "Talk to a person"]).await;
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.find("#queue .row a").await;
    agent.ask("window.same = true").await;
    agent.click("#queue .row a").await;
    agent.until("the conversation is there", "document.querySelector('#transcript .line')").await;
    agent.until("its address too", "location.pathname.startsWith('/desk/c/')").await;
    agent.client.back().await.unwrap();
    agent.until("the lists are back", "location.pathname === '/desk' && document.getElementById('queue')").await;
    agent.until("the focus is on the row it came from", "document.activeElement.closest('#queue .row')").await;
    agent.client.forward().await.unwrap();
    agent.until("and the conversation again", "document.querySelector('#transcript .line')").await;
    agent.click(".top nav a[href='/desk/agents']").await;
    agent.until("the accounts", "document.querySelector('.accounts') && document.title.includes('Agents')").await;
    agent.client.back().await.unwrap();
    agent.until("the conversation", "document.getElementById('do-claim')").await;
    // What came in meanwhile is live on a page that was come back to.
    agent.click("#do-claim").await;
    owner(&agent, "With you").await;
    assert_eq!(agent.ask("return window.same === true").await, true, "no page was loaded anew");

    // On a phone: from the list to the conversation and back.
    agent.be_a_phone(360, 740).await;
    agent.click(".back").await;
    agent.click("#mine .row a").await;
    agent
        .until(
            "the conversation fits",
            "document.getElementById('text') && document.scrollingElement.scrollWidth <= 360",
        )
        .await;
    assert_eq!(agent.ask("return window.same === true").await, true, "nor on a phone");
    agent.close().await;
}

#[tokio::test]
async fn a_link_to_a_line_leads_to_it_where_the_page_changes_in_place() {
    let (server, driver) = (Server::start(), Driver::start());
    let questions: Vec<String> = (1..20).map(|number| format!("when are you open {number}")).collect();
    let said: Vec<&str> =
        ["I need a lamp", "kitchen"].into_iter().chain(questions.iter().map(String::as_str)).collect();
    says(&server, &said).await;
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.find("#open .row a").await;
    // At once: the list may be written anew at any moment.
    let follow = "const link = document.querySelector('#open .row a'); link.href += '#e3'; link.click()";
    agent.ask(&format!("window.same = true; {follow}")).await;
    let line = "document.querySelector('#e3:target')";
    agent.until("the line is marked", line).await;
    let log = "document.getElementById('transcript')";
    let seen = format!(
        "{log}.scrollHeight > {log}.clientHeight + 300 && {line}?.getBoundingClientRect().top >= {log}.getBoundingClientRect().top - 1 \
         && {line}.getBoundingClientRect().bottom <= {log}.getBoundingClientRect().bottom + 1"
    );
    agent.until("and seen", &seen).await;
    // The way back leads to the lists, and forward to the line again.
    agent.client.back().await.unwrap();
    agent.find("#open .row a").await;
    agent.client.forward().await.unwrap();
    agent.until("the line is marked again", line).await;
    agent.until("and seen again", &seen).await;
    assert_eq!(agent.ask("return window.same === true").await, true, "no page was loaded anew");
    agent.close().await;
}

#[tokio::test]
async fn pages_that_are_left_give_their_connections_back() {
    let (server, driver) = (Server::start(), Driver::start());
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    // More than a browser has connections to one server. Each is loaded whole, and kept by the browser for the way back.
    for number in 0..8 {
        agent.go(&format!("{}/desk/people?q={number}", server.url)).await;
        agent.until("its stream is open", "document.querySelector('#lost')?.hidden && performance.getEntriesByType('resource').some((entry) => entry.name.includes('/alerts'))").await;
    }
    agent.click(".top nav a[href='/desk/audit']").await;
    agent.find("table.audit").await;
    // What comes back from there is live again.
    agent.go(&format!("{}/desk", server.url)).await;
    agent.find("#inbox").await;
    agent.go(&format!("{}/desk/people", server.url)).await;
    agent.client.back().await.unwrap();
    agent.find("#inbox").await;
    says(&server, &["Talk to a person"]).await;
    agent.find("#queue .row a").await;
    agent.close().await;
}

#[tokio::test]
async fn talks_with_the_bot_are_live_in_the_list_of_all_that_are_open() {
    let (server, driver) = (Server::start(), Driver::start());
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.go(&format!("{}/desk?list=open", server.url)).await;
    agent.find("#open-title").await;
    let talk = Visitor::new(&server).await;
    talk.says("when are you open").await;
    let words = "Array.from(document.querySelectorAll('#open .row .words'), (words) => words.textContent).join()";
    agent.until("the talk is there", &format!("{words} === 'when are you open'")).await;
    // What is said later in it is nothing of which desks are told.
    talk.says("I need a lamp").await;
    agent.until("and what was said last", &format!("{words} === 'I need a lamp'")).await;
    agent.close().await;
}

#[tokio::test]
async fn a_conversation_is_claimed_answered_and_resolved_by_single_keys() {
    let (server, driver) = (Server::start(), Driver::start());
    says(&server, &["Talk to a person"]).await;
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.find("#queue .row a").await;
    agent.keys("?".chars()).await;
    agent.until("the sheet is open", "document.getElementById('keys').open").await;
    pictures(&agent, "desk-keys").await;
    agent.keys([Key::Escape.into()]).await;
    agent.until("the sheet is closed", "!document.getElementById('keys').open").await;
    agent.keys("j".chars()).await;
    agent.until("the first row has the focus", "document.activeElement.closest('#queue .row')").await;
    assert_eq!(agent.ask("return document.querySelector('#queue .row button').title").await, "Answer (c)");
    agent.keys([Key::Enter.into()]).await;
    agent.until("the conversation is open", "document.activeElement?.id === 'text'").await;
    // A key typed into a field is the field's.
    agent.keys("ce?".chars()).await;
    agent.until("it is text", &format!("{WRITTEN} === 'ce?'")).await;
    agent.keys([Key::Backspace.into(), Key::Backspace.into(), Key::Backspace.into(), Key::Escape.into()]).await;
    agent.until("the field is left", "document.activeElement?.id !== 'text'").await;
    agent.keys("c".chars()).await;
    owner(&agent, "With you").await;
    agent.keys([Key::Escape.into(), 'n']).await;
    agent.until("a note is written", "document.querySelector('.noting') && document.activeElement.id === 'text'").await;
    agent.keys("A regular.".chars().chain([Key::Enter.into()])).await;
    line(&agent, "note", "A regular.").await;
    agent.keys([Key::Escape.into(), 'r']).await;
    agent
        .until("an answer is written", "!document.querySelector('.noting') && document.activeElement.id === 'text'")
        .await;
    agent.keys("Good morning.".chars().chain([Key::Enter.into()])).await;
    line(&agent, "agent", "Good morning.").await;
    agent.keys([Key::Escape.into(), 'e']).await;
    owner(&agent, "Resolved").await;
    agent.keys("gi".chars()).await;
    agent.find("#inbox").await;
    agent.close().await;
}

#[tokio::test]
async fn ready_answers_are_found_by_a_slash_and_suggested_ones_wait_for_a_press() {
    let (mut server, driver) = (Server::start(), Driver::start());
    says(&server, &["Talk to a person", "when are you open"]).await;
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.click("#queue .row a").await;
    agent.click("#do-claim").await;
    owner(&agent, "With you").await;

    // What the bot would have said is offered, with its intent, and sent by nobody.
    agent
        .until("it is suggested", "document.querySelector('#suggested button')?.textContent.includes('Opening hours')")
        .await;
    pictures(&agent, "desk-suggested").await;
    agent.click("#suggested button").await;
    agent.until("it stands in the field", &format!("{WRITTEN} === 'Every day from nine to five.'")).await;
    assert_eq!(agent.ask("return document.querySelectorAll('#transcript .agent').length").await, 0, "nothing was sent");
    agent.keys([Key::Enter.into()]).await;
    line(&agent, "agent", "Every day from nine to five.").await;
    agent.until("it is not suggested again", "!document.querySelector('#suggested button')").await;

    // A ready answer, found by a piece of its name. What has no value is shown and holds the answer back once.
    agent.type_into("#text", "/gree").await;
    agent
        .until(
            "it is found",
            "document.querySelector('#complete [aria-selected=true]')?.textContent.startsWith('greeting')",
        )
        .await;
    pictures(&agent, "desk-ready").await;
    agent.keys([Key::Enter.into()]).await;
    agent.until("it is filled in", &format!("{WRITTEN} === 'Hello {{{{ contact.name }}}}, this is Maria.'")).await;
    agent.keys([Key::Enter.into()]).await;
    agent
        .until("the gap is told", "document.querySelector('#composer .error').textContent.includes('contact.name')")
        .await;
    agent.keys("Nina".chars()).await;
    agent.until("the gap is filled", &format!("{WRITTEN} === 'Hello Nina, this is Maria.'")).await;

    // A draft outlives the page and the server, and nothing else.
    server.kill();
    server.restart();
    agent.client.refresh().await.unwrap();
    agent.until("the draft is kept", &format!("{WRITTEN} === 'Hello Nina, this is Maria.'")).await;
    agent.type_into("#text", "\n").await;
    line(&agent, "agent", "Hello Nina, this is Maria.").await;
    agent.client.refresh().await.unwrap();
    agent.until("what was sent is no draft", &format!("{WRITTEN} === ''")).await;
    agent.type_into("#text", "half").await;
    agent.click(".top .me > details:last-of-type summary").await;
    agent.click("form[data-api='/api/agent/logout'] button").await;
    agent.find("input[name=email]").await;
    let kept = "return Object.keys(localStorage).filter((key) => key.startsWith('frontdesk:draft')).length";
    assert_eq!(agent.ask(kept).await, 0, "who logs out leaves nothing behind");
    agent.close().await;
}

/// A browser that counts what it is made to play and show, in all tabs of one origin.
const EARS: &str = "
    const count = (what) => localStorage.setItem('test:' + what, 1 + Number(localStorage.getItem('test:' + what)));
    const node = { connect: (next) => next, frequency: {}, gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, start() {}, stop() {} };
    window.AudioContext = class {
        state = 'running'; currentTime = 0; destination = {};
        createOscillator() { return { ...node, start: () => count('tones') }; }
        createGain() { return node; }
    };
    window.Notification = class { static permission = 'granted'; constructor(text) { count('notes'); localStorage.setItem('test:text', text); } close() {} };
    Object.defineProperty(document, 'hasFocus', { value: () => false });
";

#[tokio::test]
async fn who_waits_is_heard_once_over_all_tabs() {
    let (server, driver) = (Server::start(), Driver::start());
    let agent = driver.browser().await;
    agent.before_every_page(EARS).await;
    sets_up(&agent, &server, "Maria").await;
    agent.click("#inbox h2").await;
    let first = agent.client.window().await.unwrap();
    let second = agent.client.new_window(true).await.unwrap().handle;
    agent.client.switch_to_window(second).await.unwrap();
    agent.before_every_page(EARS).await;
    agent.go(&format!("{}/desk", server.url)).await;
    agent.click("#inbox h2").await;
    says(&server, &["Talk to a person"]).await;
    agent.until("it is seen here", "document.querySelector('#queue .row') && document.title.startsWith('(1)')").await;
    agent.until("it is heard", "localStorage.getItem('test:tones') && localStorage.getItem('test:notes')").await;
    agent.client.switch_to_window(first).await.unwrap();
    agent.until("it is seen there", "document.querySelector('#queue .row') && document.title.startsWith('(1)')").await;
    let heard =
        agent.ask("return ['tones', 'notes', 'text'].map((name) => localStorage.getItem('test:' + name))").await;
    // One who waits rings two tones.
    assert_eq!(heard, json!(["2", "1", "A visitor waits for a person"]));
    // After a while, if nobody touched a desk meanwhile, it is heard again, and again once.
    let later = "const key = (name) => Object.keys(localStorage).find((key) => key.startsWith('frontdesk:' + name)); \
        localStorage[key('touched')] = String(Date.now() - 60000); \
        localStorage[key('heard')] = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(localStorage[key('heard')])).map(([what, at]) => [what, at - 31000])))";
    agent.ask(later).await;
    agent.until("it is heard again", "localStorage.getItem('test:notes') === '2'").await;
    assert_eq!(agent.ask("return localStorage.getItem('test:tones')").await, "4");
    // Switched off, nothing more is heard.
    agent.click("#alerts > summary").await;
    pictures(&agent, "desk-alerts").await;
    agent.click("#alerts [name=sound]").await;
    agent.click("#alerts [name=desktop]").await;
    says(&server, &["Talk to a person"]).await;
    agent.until("the next one is seen", "document.title.startsWith('(2)')").await;
    let heard = agent.ask("return localStorage.getItem('test:notes')").await;
    assert_eq!(heard, Value::from("2"));
    agent.close().await;
}
