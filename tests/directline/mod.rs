//! Microsoft's own client of Direct Line, the npm package, against a server as it ships: a conversation that is handed to a person,
//! over its WebSocket and by polling, and one that outlives the server.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::process::{Running, frontdesk, run_with, text};

const SECRET: &str = "the secret of direct line";

const BOT: &str = "bot: { name: Tiny, languages: [en], default_queue: desk }
queues: { desk: {} }
intents:
  hours:
    label: Opening hours
    phrases: when are you open
    answer: Always.
flows:
  welcome:
    start_on: conversation_opened
    steps:
      - say: Welcome.
        offer: [hours]
";

/// How long anything may take; the client waits up to 20 seconds by itself before it tries again.
const PATIENCE: Duration = Duration::from_secs(60);

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("flows")).unwrap();
    std::fs::write(folder.path().join("flows/bot.yaml"), BOT).unwrap();
    std::fs::write(folder.path().join("frontdesk.yaml"), "direct_line: { secret: DIRECT_LINE_SECRET }\n").unwrap();
    let added = run_with(folder.path(), &["agent", "add", "ada@shop.test", "--name", "Ada"], "a long password\n");
    assert!(added.status.success());
    folder
}

fn start(folder: &Path, listen: &str) -> Running {
    let mut command = frontdesk(folder);
    command.env("DIRECT_LINE_SECRET", SECRET);
    Running::of(command, listen)
}

/// The client, told by lines and telling in lines.
struct Client {
    child: Child,
    stdin: ChildStdin,
    lines: mpsc::Receiver<Value>,
    /// The activities that came, in order.
    seen: Vec<Value>,
    posted: Vec<String>,
}

impl Client {
    /// A page's client: with a token that the site's server made for its visitor.
    async fn new(server: &Running, options: Value) -> Self {
        // Another test of this process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let domain = format!("http://{}/v3/directline", server.address);
        let made = reqwest::Client::new().post(format!("{domain}/tokens/generate"));
        let made = made.bearer_auth(SECRET).json(&json!({ "user": { "id": "zoe" } })).send().await.unwrap();
        let made: Value = made.error_for_status().unwrap().json().await.unwrap();
        let mut all = json!({ "domain": domain, "token": made["token"] });
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/directline");
        assert!(folder.join("node_modules").exists(), "no client here; .ci/test fetches it");
        let mut child = Command::new("node")
            .arg(folder.join("client.cjs"))
            .arg(all.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs the client; .ci/test installs it");
        let (line, lines) = mpsc::channel();
        let told = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            told.map_while(Result::ok).try_for_each(|text| line.send(serde_json::from_str(&text).unwrap()))
        });
        let stdin = child.stdin.take().unwrap();
        Self { child, stdin, lines, seen: Vec::new(), posted: Vec::new() }
    }

    fn says(&mut self, text: &str) {
        let activity = json!({ "type": "message", "from": { "id": "zoe" }, "text": text });
        writeln!(self.stdin, "{activity}").unwrap();
    }

    /// Waits until this was heard, by whomever.
    #[track_caller]
    fn hears(&mut self, text: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(heard) = self.seen.iter().find(|activity| activity["text"] == text) {
                return heard.clone();
            }
            let line = self.lines.recv_timeout(until.saturating_duration_since(Instant::now()));
            self.note(line.unwrap_or_else(|_| panic!("\"{text}\" was not heard: {:#?}", self.seen)));
        }
    }

    /// Waits until the server has taken everything that was said so far.
    #[track_caller]
    fn has_posted(&mut self, count: usize) {
        let until = Instant::now() + PATIENCE;
        while self.posted.len() < count {
            let line = self.lines.recv_timeout(until.saturating_duration_since(Instant::now()));
            self.note(line.unwrap_or_else(|_| panic!("not all was posted: {:#?}", self.posted)));
        }
    }

    #[track_caller]
    fn note(&mut self, line: Value) {
        assert!(line.get("failed").is_none(), "{line}");
        if let Some(posted) = line.get("posted") {
            self.posted.push(posted.as_str().unwrap().to_owned());
        }
        self.seen.extend(line.get("activity").cloned());
    }

    /// That everything came once, and what the client said under the ids that its posts returned.
    #[track_caller]
    fn heard_everything_once(&self) {
        let ids: Vec<&str> = self.seen.iter().map(|activity| activity["id"].as_str().unwrap()).collect();
        let mut once = ids.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{:#?}", self.seen);
        let own = self.seen.iter().filter(|activity| activity["from"] == json!({ "id": "zoe", "role": "user" }));
        let own: Vec<&str> = own.map(|activity| activity["id"].as_str().unwrap()).collect();
        assert_eq!(own, self.posted, "{:#?}", self.seen);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An agent at the desk's API.
struct Ada {
    address: String,
    http: reqwest::Client,
    cookie: String,
    csrf: String,
}

impl Ada {
    async fn new(server: &Running) -> Self {
        let (address, http) = (server.address.clone(), reqwest::Client::new());
        let login = json!({ "email": "ada@shop.test", "password": "a long password" });
        let answer = http.post(format!("http://{address}/api/agent/login")).json(&login).send().await.unwrap();
        let answer = answer.error_for_status().unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let me: Value = answer.json().await.unwrap();
        Self { address, http, cookie, csrf: me["csrf"].as_str().unwrap().to_owned() }
    }

    /// Answers in the conversation that an activity belongs to.
    async fn answers(&self, activity: &Value, text: &str) {
        let (id, _) = activity["id"].as_str().unwrap().split_once('.').unwrap();
        let url = format!("http://{}/api/agent/conversations/{id}/say", self.address);
        let said = self.http.post(url).header("cookie", &self.cookie).header("x-csrf-token", &self.csrf);
        said.json(&json!({ "text": text })).send().await.unwrap().error_for_status().unwrap();
    }
}

/// A whole conversation: the bot's answer, a person asked for, their words.
async fn is_handed_to_a_person(options: Value) {
    let folder = folder();
    let server = start(folder.path(), "127.0.0.1:0");
    let mut zoe = Client::new(&server, options).await;
    zoe.hears("Welcome.");
    zoe.says("when are you open");
    zoe.hears("Always.");
    zoe.says("I want to talk to a person");
    let asked = zoe.hears("I want to talk to a person");
    zoe.has_posted(2);
    let ada = Ada::new(&server).await;
    ada.answers(&asked, "Ada here.").await;
    let heard = zoe.hears("Ada here.");
    assert_eq!(heard["from"], json!({ "id": "agent/Ada", "name": "Ada", "role": "bot" }));
    zoe.says("hello Ada");
    zoe.hears("hello Ada");
    zoe.has_posted(3);
    zoe.heard_everything_once();
}

#[test]
fn a_secret_that_is_missing_or_short_is_told_at_the_start() {
    let folder = folder();
    for (secret, expected) in [(None, "is not set"), (Some("short"), "must hold 16 bytes or more")] {
        let mut command = frontdesk(folder.path());
        command.env_remove("DIRECT_LINE_SECRET").envs(secret.map(|secret| ("DIRECT_LINE_SECRET", secret)));
        let output = command.args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
        let said = text(&output.stderr);
        assert!(
            !output.status.success() && said.contains(expected) && said.contains("`direct_line: secret`"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn over_the_websocket_a_conversation_is_handed_to_a_person() {
    is_handed_to_a_person(json!({})).await;
}

#[tokio::test]
async fn by_polling_a_conversation_is_handed_to_a_person() {
    is_handed_to_a_person(json!({ "webSocket": false, "pollingInterval": 200 })).await;
}

#[tokio::test]
async fn a_conversation_goes_on_where_the_server_was_killed() {
    let folder = folder();
    let server = start(folder.path(), "127.0.0.1:0");
    let mut zoe = Client::new(&server, json!({})).await;
    zoe.hears("Welcome.");
    zoe.says("when are you open");
    let answered = zoe.hears("Always.");
    zoe.has_posted(1);
    server.kill();
    let address = server.address.clone();
    drop(server);
    let server = start(folder.path(), &address);
    // Before the client has come back, so that it must ask for what it missed.
    Ada::new(&server).await.answers(&answered, "Ada here.").await;
    zoe.hears("Ada here.");
    zoe.says("thanks");
    zoe.hears("thanks");
    zoe.has_posted(2);
    zoe.heard_everything_once();
    let said: Vec<_> = zoe.seen.iter().filter_map(|activity| activity["text"].as_str()).collect();
    let wanted = [
        "Welcome.",
        "when are you open",
        "Always.",
        "Is there anything else I can help with?",
        "Ada has joined the conversation.",
        "Ada here.",
        "thanks",
    ];
    assert_eq!(said, wanted);
}
