//! Kills a server while it follows, makes and cleans the index of the search, again and again: what it leaves is what an index has
//! that is made anew, no word more and none less.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use frontdesk::store::{Entry, Name, Postings};
use serde_json::{Value, json};

use crate::support::process::{Running, folder_with_bot, run_with};

const ROUNDS: usize = 6;

/// People who say something before each kill, and people who are erased before it, at least.
const SAID: usize = 12;
const ERASED: usize = 5;

const PASSWORD: &str = "a long password";

/// The headers of somebody who is logged in; they count after a restart too.
struct Admin(String);

impl Admin {
    fn of(server: &Running) -> Self {
        let body = json!({ "email": "ann@shop.test", "password": PASSWORD }).to_string();
        let answer = server.ask("POST /api/agent/login", &body);
        let cookie = answer.lines().find_map(|line| line.split_once("set-cookie: ")).expect("a session").1;
        let cookie = cookie.split(';').next().unwrap_or_default();
        let csrf = json_of(&answer)["csrf"].as_str().expect("a token").to_owned();
        Self(format!("Cookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n"))
    }

    fn ask(&self, server: &Running, what: &str, body: &Value) -> std::io::Result<Value> {
        server.try_ask(what, &self.0, &body.to_string()).map(|answer| json_of(&answer))
    }

    /// Erases one person after the other, until there are none or there is no server.
    fn erase_all(&self, server: &Running, erased: &AtomicUsize) -> std::io::Result<()> {
        loop {
            let found = self.ask(server, "GET /api/agent/people?q=visitor", &Value::Null)?;
            for person in found["people"].as_array().into_iter().flatten() {
                let path = format!("POST /api/agent/people/{}/erase", person["id"].as_str().unwrap_or_default());
                let done = self.ask(server, &path, &json!({ "confirm": true }))?;
                erased.fetch_add(usize::from(done["conversations"] == 1), Ordering::SeqCst);
            }
        }
    }

    /// Waits until the last that was said is found in a whole index: then everything before it is in it as well.
    fn until_followed(&self, server: &Running) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let found = self.ask(server, "GET /api/agent/search?q=quokka", &Value::Null).unwrap();
            if found["whole"] == true && found["total"] == 1 {
                return;
            }
            assert!(Instant::now() < until, "the index does not follow: {found}");
            std::thread::yield_now();
        }
    }
}

fn json_of(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    serde_json::from_str(body).unwrap_or_default()
}

fn say_until_killed(server: &Running, round: usize, said: &AtomicUsize) -> std::io::Result<()> {
    loop {
        let number = said.fetch_add(1, Ordering::SeqCst);
        let body =
            json!({ "sender": format!("visitor-{round}-{number}"), "message": format!("zyzzyva {number} of {round}") });
        server.try_ask("POST /webhooks/rest/webhook", "", &body.to_string())?;
    }
}

/// What the index has, once a server has followed everything and ended in order.
fn followed(folder: &Path, admin: &Admin) -> BTreeMap<Name, Entry> {
    let server = Running::start(folder);
    admin.until_followed(&server);
    server.stop();
    Postings::open(&folder.join("data/search")).unwrap().contents().unwrap()
}

#[test]
fn a_killed_server_leaves_an_index_that_equals_one_made_anew() {
    let folder = folder_with_bot();
    let folder = folder.path();
    let add = ["agent", "add", "ann@shop.test", "--name", "Ann", "--role", "admin"];
    assert!(run_with(folder, &add, &format!("{PASSWORD}\n")).status.success());
    let index = folder.join("data/search");
    let mut admin = None;
    let (mut all_said, mut all_erased) = (0, 0);
    for round in 0..ROUNDS {
        if round % 3 == 2 {
            // This time it is killed while it makes the index.
            std::fs::remove_dir_all(&index).unwrap();
        }
        let server = Running::start(folder);
        let admin = admin.get_or_insert_with(|| Admin::of(&server));
        let (said, erased) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let talking = scope.spawn(|| say_until_killed(&server, round, &said));
            let busy = |count: &AtomicUsize, least| {
                while count.load(Ordering::SeqCst) < least {
                    assert!(!talking.is_finished(), "round {round}: the server ended by itself");
                    std::thread::yield_now();
                }
            };
            busy(&said, SAID);
            let erasing = scope.spawn(|| admin.erase_all(&server, &erased));
            busy(&erased, ERASED);
            let until = Instant::now() + Duration::from_micros(u64::from(random()) % 400_000);
            while Instant::now() < until {
                std::thread::yield_now();
            }
            server.kill();
            assert!(talking.join().unwrap().is_err() && erasing.join().unwrap().is_err(), "both go on until the end");
        });
        all_said += said.into_inner();
        all_erased += erased.into_inner();
    }
    let admin = admin.expect("there was a round");
    let server = Running::start(folder);
    server.answers("last", "quokka");
    server.kill();
    let left = followed(folder, &admin);
    std::fs::remove_dir_all(&index).unwrap();
    let anew = followed(folder, &admin);
    assert!(left == anew, "{} conversations are left, and {} anew", left.len(), anew.len());
    assert!(
        all_erased >= ROUNDS * ERASED && left.len() <= all_said - all_erased + 1,
        "{}: {all_said}, {all_erased}",
        left.len()
    );
}

fn random() -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u32::from_le_bytes(bytes)
}
