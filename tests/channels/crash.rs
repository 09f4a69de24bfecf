//! The server dies in the middle, again and again: what a platform heard 200 for is answered, each person's answers come in their
//! order, and only what got no answer, or was on its way when the server died, may come twice: of each person at most the last
//! call of the server that died, which the next server makes first.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use frontdesk::dialog::Event;
use frontdesk::engine::codec;
use frontdesk::id::{EventNo, Position};
use frontdesk::store::{self, StreamId};

use super::api::Api;
use super::platform::{self, ALL, PUBLIC_URL, Platform};
use super::tally::{self, Tally};

/// How often the server is killed.
const ROUNDS: usize = 20;

/// How many people write on each platform, in each round one message each.
const PEOPLE: usize = 2;

/// A bot whose answers can be told apart.
const BOT: &str = "bot: { name: Echo, languages: [en] }
intents:
  repeat:
    phrases: repeat {number}
flows:
  repeat:
    start_on: repeat
    steps:
      - ask: Which number?
        save_as: number
        expect: number
      - say: You said {{ number }}.
";

/// A server that ends with the test, whatever becomes of it.
struct Running(Child);

impl Running {
    /// Ends it as a power cut would.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path, port: u16) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    for name in ["TOKEN", "SECRET", "WEBHOOK_SECRET"] {
        command.env(name, platform::env(name).unwrap());
    }
    let mut child = command
        .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
        .current_dir(folder)
        .env("RUST_LOG", "error")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().contains("/desk")).expect("the server says where it is").unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    Running(child)
}

/// Delivers what somebody says, as often as the platform would, until it hears 200.
async fn deliver(client: &reqwest::Client, port: u16, platform: Platform, user: usize, number: usize) -> bool {
    let body = platform.text_from(user, &format!("repeat {number}"), user * 1_000 + number);
    let now = jiff::Timestamp::now().as_second();
    let mut request = client.post(format!("http://127.0.0.1:{port}{}", platform.path()));
    for (name, value) in platform.signed(&body, now) {
        request = request.header(name, value);
    }
    request.body(body).send().await.is_ok_and(|answer| answer.status().is_success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_nothing_and_keeps_every_order() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut apis = Vec::new();
    for platform in ALL {
        apis.push(Api::start(platform).await);
    }
    std::fs::create_dir(folder.path().join("flows")).unwrap();
    std::fs::write(folder.path().join("flows/bot.yaml"), BOT).unwrap();
    // Each run of the server knows the platforms under an address of its own, so that each call says which run made it.
    let begin = |run: usize| {
        let settings = ALL.iter().zip(&apis).map(|(platform, api)| platform.settings(&format!("{}/run{run}", api.url)));
        let config = format!("public_url: {PUBLIC_URL}\nchannels:\n{}", settings.collect::<String>());
        std::fs::write(folder.path().join("frontdesk.yaml"), config).unwrap();
        start(folder.path(), port)
    };

    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let mut child = begin(0);
    for round in 0..ROUNDS {
        let people = ALL.into_iter().flat_map(|platform| (0..PEOPLE).map(move |user| (platform, user)));
        let mut waiting: Vec<(Platform, usize)> = people.collect();
        // A moment between the first delivery and the last answer; which one, the machine decides.
        let moment = Duration::from_millis((round as u64 * 37) % 60);
        let begun = Instant::now();
        let killed = {
            let deliveries = waiting.iter().map(|(platform, user)| deliver(&client, port, *platform, *user, round));
            let all = futures_util::future::join_all(deliveries);
            tokio::select! {
                done = all => done,
                () = tokio::time::sleep(moment) => Vec::new(),
            }
        };
        while begun.elapsed() < moment {
            tokio::task::yield_now().await;
        }
        child.kill();
        if !killed.is_empty() {
            let mut heard = killed.into_iter();
            waiting.retain(|_| !heard.next().unwrap_or_default());
        }
        child = begin(round + 1);
        // What was not answered with 200 the platform sends again; what was, sometimes, too.
        for (platform, user) in waiting {
            let began = Instant::now();
            while !deliver(&client, port, platform, user, round).await {
                assert!(began.elapsed() < super::PATIENCE, "{platform:?} is not heard");
            }
        }
    }

    // Everything that was said, as the last server knows it, against what everybody got to read.
    let expected = ROUNDS;
    let complete = |api: &Api, user: usize| {
        let read: Vec<usize> = api.read_by(user).iter().filter_map(|text| number_in(text)).collect();
        (0..expected).all(|number| read.contains(&number))
    };
    let began = Instant::now();
    while !apis.iter().all(|api| (0..PEOPLE).all(|user| complete(api, user))) {
        if began.elapsed() > Duration::from_secs(60) {
            child.kill();
            let said = said(folder.path());
            for (platform, api) in ALL.into_iter().zip(&apis) {
                for user in 0..PEOPLE {
                    let said = &said[&(platform.name().to_owned(), platform.user(user))];
                    assert!(
                        complete(api, user),
                        "{platform:?} lost something: said {said:?}, read {:?}",
                        api.read_by(user)
                    );
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill();
    let said = said(folder.path());
    let mut lines = Vec::new();
    let mut all = Tally::default();
    for (platform, api) in ALL.into_iter().zip(&apis) {
        let mut tally = Tally::default();
        for user in 0..PEOPLE {
            let recorded: Vec<String> = said[&(platform.name().to_owned(), platform.user(user))]
                .iter()
                .filter(|text| number_in(text).is_some())
                .cloned()
                .collect();
            let numbers: Vec<usize> = recorded.iter().filter_map(|text| number_in(text)).collect();
            assert_eq!(numbers, (0..ROUNDS).collect::<Vec<_>>(), "{platform:?}: each message is answered once");
            tally = tally.and(Tally::of(&recorded, api, user, &[]));
        }
        lines.push(tally.line(platform.name(), &format!("{ROUNDS} times kill -9")));
        all = all.and(tally);
    }
    lines.push(all.line("all", &format!("{ROUNDS} times kill -9")));
    tally::print(&lines);
    let sent = ROUNDS * PEOPLE * ALL.len();
    // Nobody refused, and everybody answered: what came twice was on its way at a kill.
    let expected = Tally { sent, delivered: sent, after_a_kill: all.after_a_kill, ..Tally::default() };
    assert_eq!(all, expected);
}

fn number_in(text: &str) -> Option<usize> {
    // Where buttons are lines, they stand below.
    text.lines().next()?.strip_prefix("You said ")?.strip_suffix('.')?.parse().ok()
}

/// What was said to each person of each channel, from the data folder.
fn said(folder: &Path) -> BTreeMap<(String, String), Vec<String>> {
    let store = store::open(&folder.join("data"), "a test").unwrap();
    let mut people = BTreeMap::new();
    let mut said: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for commit in store.log(Position(0), 1_000_000).unwrap() {
        let StreamId::Conversation(_, id) = &commit.stream else { continue };
        for (no, bytes) in (commit.first.0..).zip(&commit.events) {
            match codec::decode_recorded(EventNo(no), bytes).unwrap().event {
                Event::Opened { address, .. } => {
                    people.insert(*id, (address.channel.to_string(), address.user));
                }
                Event::BotSaid { message, .. } => said.entry(people[id].clone()).or_default().push(message.text),
                Event::Undelivered { of, failure } => {
                    said.entry(people[id].clone()).or_default().push(format!("{of} is undelivered: {failure:?}"));
                }
                _ => {}
            }
        }
    }
    said
}
