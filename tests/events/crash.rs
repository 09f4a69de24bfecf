//! The server dies in the middle, again and again: every event arrives, those of a conversation in their order, and only what was on
//! its way when the server died may come twice. And what the operator's commands show of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use frontdesk::dialog::Event;
use frontdesk::engine::codec;
use frontdesk::id::{EventNo, Position};
use frontdesk::store::{self, StreamId};
use serde_json::Value;

use super::PATIENCE;
use super::receiver::{Behaviour, Receiver, SECRET};
use crate::support::process::{Running, run_with_env, text};

/// How often the server is killed.
const ROUNDS: usize = 5;

/// So many events are on their way to an endpoint at once.
const AT_ONCE: usize = 4;

/// New people who write in each round.
const PEOPLE: usize = 12;

/// A bot that asks for something that nobody else may read, and passes everybody on.
const BOT: &str = "bot: { name: Tiny, default_queue: desk }
queues: { desk: {} }
entities:
  card: { pattern: '[0-9]{8}', example: \"41111111\", sensitive: true }
intents:
  pay:
    phrases: I cannot pay
flows:
  pay:
    start_on: pay
    steps:
      - ask: What is your card number?
        save_as: card
        expect: card
      - handoff: desk
";

const ENV: [(&str, &str); 1] = [("EVENTS", SECRET)];

fn folder(receiver: &Receiver) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("flows")).unwrap();
    std::fs::write(folder.path().join("flows/bot.yaml"), BOT).unwrap();
    let settings = format!("events:\n  - {{ url: '{}', secret: EVENTS }}\n", receiver.url);
    std::fs::write(folder.path().join("frontdesk.yaml"), settings).unwrap();
    folder
}

async fn wait(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The conversations for which something of a type came.
fn told(receiver: &Receiver, kind: &str) -> Vec<String> {
    let of_kind = receiver.taken().into_iter().filter(|event| event["type"] == kind);
    of_kind.map(|event| event["conversation"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_tells_everything_in_its_order() {
    let receiver = Receiver::start().await;
    // Slower than those who write, so that something waits whenever the server dies.
    receiver.always(Some(Behaviour::Slow(Duration::from_millis(15))));
    let folder = folder(&receiver);
    let mut answered = 0;
    for round in 0..ROUNDS {
        let server = Running::start_with(folder.path(), &ENV);
        let (tell, heard) = mpsc::channel();
        std::thread::scope(|threads| {
            for person in 0..PEOPLE {
                let (server, tell) = (&server, tell.clone());
                threads.spawn(move || {
                    for message in ["I cannot pay", "41111111"] {
                        let body = format!("{{\"sender\":\"r{round}p{person}\",\"message\":\"{message}\"}}");
                        let answer = server.try_ask("POST /webhooks/rest/webhook", "", &body);
                        if answer.is_ok_and(|answer| answer.contains(" 200 ")) {
                            tell.send(()).unwrap();
                        }
                    }
                });
            }
            drop(tell);
            // So many have their answer when it dies, however fast the machine is.
            answered += heard.iter().take(2 + round * 4).count();
            server.kill();
        });
        answered += heard.try_iter().count();
    }
    let server = Running::start_with(folder.path(), &ENV);
    // What the store has, as the truth to compare with.
    let listed = |failed: bool| {
        let mut args = vec!["events", "list", "--json"];
        args.extend(failed.then_some("--failed"));
        let out = run_with_env(folder.path(), &args, &ENV);
        text(&out.stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    wait("everything to be delivered", || {
        let all = listed(false);
        !all.is_empty() && all.iter().all(|entry| entry["state"] == "delivered")
    })
    .await;
    let ids =
        |events: &[Value]| events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let (logged, came) = (ids(&listed(false)), ids(&receiver.taken()));
    assert!(run_with_env(folder.path(), &["verify"], &ENV).status.success());
    server.stop();
    let expected = happened(folder.path());
    assert_eq!(logged, expected);
    let mut once: Vec<String> = Vec::new();
    let mut times: BTreeMap<&String, usize> = BTreeMap::new();
    for id in &came {
        *times.entry(id).or_default() += 1;
        if !once.contains(id) {
            once.push(id.clone());
        }
    }
    let twice = times.values().filter(|times| **times > 1).count();
    assert_eq!(by_conversation(&once), by_conversation(&expected), "each conversation in its order, nothing lost");
    assert!(
        twice <= ROUNDS * AT_ONCE,
        "{twice} of {} came twice in {ROUNDS} kills; {AT_ONCE} can be on their way when the server dies",
        expected.len()
    );
    assert!(answered >= 2 * ROUNDS && expected.len() >= answered, "each that was answered is told of");
}

/// The numbers of the events of each conversation, in this order.
fn by_conversation(ids: &[String]) -> BTreeMap<&str, Vec<&str>> {
    let mut by_conversation: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for id in ids {
        let (conversation, no) = id.rsplit_once('-').unwrap();
        by_conversation.entry(conversation).or_default().push(no);
    }
    by_conversation
}

/// What happened that is told of, in the order of the store.
fn happened(folder: &Path) -> Vec<String> {
    let store = store::open(&folder.join("data"), "a test").unwrap();
    let mut ids = Vec::new();
    for commit in store.log(Position(0), 1_000_000).unwrap() {
        let StreamId::Conversation(_, id) = &commit.stream else { continue };
        for (no, bytes) in (commit.first.0..).zip(&commit.events) {
            let event = codec::decode_recorded(EventNo(no), bytes).unwrap().event;
            if matches!(event, Event::Opened { .. } | Event::HandoffRequested { .. }) {
                ids.push(format!("{id}-{no}"));
            }
        }
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_show_what_failed_and_send_it_again() {
    let receiver = Receiver::start().await;
    receiver.next([Behaviour::Says(200, None), Behaviour::Says(400, None)]);
    let folder = folder(&receiver);
    let server = Running::start_with(folder.path(), &ENV);
    server.answers("zoe", "I cannot pay");
    server.answers("zoe", "41111111");
    let events = |args: &[&str]| run_with_env(folder.path(), &[&["events"], args].concat(), &ENV);
    wait("the failure", || text(&events(&["list", "--failed"]).stdout).contains("failed")).await;
    let shown = text(&events(&["list", "--failed"]).stdout);
    assert!(shown.starts_with(&receiver.url), "{shown}");
    let line = shown.lines().nth(1).unwrap();
    assert!(line.contains("handoff.requested") && line.contains("1 try, last answer: 400 not now"), "{shown}");
    let id = line.split_whitespace().find(|word| word.starts_with("c_")).unwrap();
    assert!(events(&["resend", id]).status.success());
    wait("it", || told(&receiver, "handoff.requested").len() == 1).await;
    let unknown = events(&["resend", "c_0-1"]);
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("no event \"c_0-1\""), "{unknown:?}");

    let handoff = receiver.taken().into_iter().find(|event| event["type"] == "handoff.requested").unwrap();
    let card = handoff["data"]["slots"].as_array().unwrap().iter().find(|slot| slot["name"] == "card").unwrap().clone();
    assert_eq!(card["sensitive"], true);
    assert!(!handoff.to_string().contains("4111"), "a sensitive value left the house: {handoff:#}");
    server.stop();
    let none = events(&["list"]);
    assert!(!none.status.success() && text(&none.stderr).contains("no server runs"), "{none:?}");
}

#[test]
fn a_secret_that_is_missing_is_said_before_anything_opens() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "events:\n  - { url: 'https://shop.example/hooks', secret: NOT_SET_ANYWHERE }\n";
    std::fs::create_dir(folder.path().join("flows")).unwrap();
    std::fs::write(folder.path().join("flows/bot.yaml"), BOT).unwrap();
    std::fs::write(folder.path().join("frontdesk.yaml"), settings).unwrap();
    let out = run_with_env(Path::new(folder.path()), &["serve", "--listen", "127.0.0.1:0"], &[]);
    let said = text(&out.stderr);
    assert!(!out.status.success() && said.contains("\"NOT_SET_ANYWHERE\" is not set"), "{said}");
}
