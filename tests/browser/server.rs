//! A real server as a child process: the executable as it ships, in a folder of its own, with a small bot.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// A bot that is always open, so that the test goes the same way at any hour.
const BOT: &str = r"
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
";

/// A server that ends with the test.
pub(crate) struct Server {
    child: Child,
    /// Its address, such as `http://127.0.0.1:40001`.
    pub(crate) url: String,
    /// The one-time link for the first admin.
    pub(crate) setup_link: String,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts the server and waits until it has printed the link for the first admin.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("the folder takes files");
        std::fs::create_dir(folder.path().join("flows")).expect("a folder for the bot");
        write("flows/bot.yaml", BOT);
        write("frontdesk.yaml", &format!("listen: 127.0.0.1:{port}\n"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_frontdesk"))
            .arg("serve")
            .current_dir(folder.path())
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let setup_link = loop {
            let line =
                lines.next().expect("the server prints the link before it ends").expect("the server prints text");
            if let Some(link) = line.split_whitespace().find(|word| word.contains("/desk/setup#")) {
                break link.to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://127.0.0.1:{port}"), setup_link, _folder: folder }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
