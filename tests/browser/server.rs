//! A real server as a child process: the executable as it ships, in a folder of its own, with a small bot.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk::time::Span;
use regex::{Captures, Regex};

use crate::support::server::SECRET;

/// A bot that is always open, so that the test goes the same way at any hour.
pub(crate) const BOT: &str = r"
bot: { name: Corner Lamps, languages: [en] }

intents:
  opening_hours:
    label: Opening hours
    phrases: |
      when are you open
      [what are] your opening hours
    answer: Every day from nine to five.
  lamp:
    label: Find a lamp
    phrases: |
      [I] (want|need) a lamp
      do you have lamps
  introduce:
    phrases: I want to introduce myself

flows:
  welcome:
    start_on: conversation_opened
    steps:
      - say: Hello, I am the assistant of Corner Lamps.
        offer: [opening_hours, lamp]
  lamp:
    start_on: lamp
    steps:
      - ask: For which room?
        save_as: room
        expect: text
      - say: For the {{ room }} we have the Heron.
  introduce:
    start_on: introduce
    steps:
      - ask: Who are you?
        save_as: contact.name
        expect: text
      - say: Welcome, {{ contact.name }}.

replies:
  greeting: Hello {{ contact.name }}, this is {{ agent.name }}.
  moment: One moment please.
";

/// A server that ends with the test.
pub(crate) struct Server {
    child: Child,
    /// Its address, such as `http://127.0.0.1:40001`.
    pub(crate) url: String,
    /// The one-time link for the first admin.
    pub(crate) setup_link: String,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts a server that only its own pages may use.
    pub(crate) fn start() -> Self {
        Self::for_pages_of(&[])
    }

    /// Starts the server with the origins that it lists, and waits until it has printed the link for the first admin.
    pub(crate) fn for_pages_of(origins: &[&str]) -> Self {
        Self::with(BOT, &format!("origins: {origins:?}"))
    }

    /// Starts the server with another bot and these settings of its site.
    pub(crate) fn with(bot: &str, settings: &str) -> Self {
        Self::with_more(bot, settings, "")
    }

    /// The same with more settings beside those of its site, such as `channels:`.
    pub(crate) fn with_more(bot: &str, settings: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("the folder takes files");
        std::fs::create_dir(folder.path().join("flows")).expect("a folder for the bot");
        write("flows/bot.yaml", bot);
        let site = format!("sites: {{ main: {{ bot: flows, identity: {{ secret: SHOP_SECRET }}, {settings} }} }}");
        write("frontdesk.yaml", &format!("listen: 127.0.0.1:{port}\n{site}\n{more}"));
        let (child, link) = run(folder.path(), "/desk/setup#");
        let url = format!("http://127.0.0.1:{port}");
        // It is printed for whoever comes by the public address.
        let (_, secret) = link.split_once('#').expect("the link holds the secret");
        Self { child, setup_link: format!("{url}/desk/setup#{secret}"), url, folder }
    }

    /// Ends it as a power cut would: at once, whatever it was doing.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server is gone");
    }

    /// Ends it for so long: whatever it has stored happened that much earlier.
    pub(crate) fn rest_for(&mut self, span: Span) {
        self.kill();
        let earlier = |text: &str| {
            let moment = Regex::new(r"\b1[78]\d{11}\b").expect("a pattern");
            let earlier = |found: &Captures<'_>| (found[0].parse::<i64>().expect("digits") - span.0).to_string();
            moment.replace_all(text, earlier).into_owned()
        };
        let raw = Regex::new(r#""base64":"([^"]+)""#).expect("a pattern");
        let exported = command(self.folder.path(), "export").output().expect("it exports").stdout;
        let exported = earlier(&String::from_utf8(exported).expect("an export is text"));
        let exported = raw.replace_all(&exported, |found: &Captures<'_>| {
            let bytes = STANDARD.decode(&found[1]).expect("base64");
            let text = String::from_utf8(bytes).expect("a format byte and JSON");
            format!("\"base64\":\"{}\"", STANDARD.encode(earlier(&text)))
        });
        std::fs::remove_dir_all(self.folder.path().join("data")).expect("the data can go");
        std::fs::write(self.folder.path().join("backup.jsonl"), exported.as_bytes()).expect("the folder takes files");
        let imported = command(self.folder.path(), "import").arg("backup.jsonl").output().expect("it imports");
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    }

    /// Starts it again, on the same port and with the same data.
    pub(crate) fn restart(&mut self) {
        self.child = run(self.folder.path(), "/desk").0;
    }
}

/// Runs the server in its folder until it prints a word that has this in it.
fn run(folder: &Path, awaited: &str) -> (Child, String) {
    let mut child = command(folder, "serve").stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
    let word = loop {
        let line = lines.next().expect("the server says where it is before it ends").expect("the server prints text");
        if let Some(word) = line.split_whitespace().find(|word| word.contains(awaited)) {
            break word.to_owned();
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    (child, word)
}

/// The executable in a server's folder.
fn command(folder: &Path, what: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    command.arg(what).current_dir(folder).env("RUST_LOG", "warn").env("SHOP_SECRET", SECRET);
    command.env("EVENTS", crate::events::receiver::SECRET).stdin(Stdio::null());
    command.envs(["TOKEN", "SECRET"].map(|name| (name, crate::channels::env(name).unwrap())));
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
