//! The executable as it ships, as a child process in a folder of its own: its commands, and a server that takes plain requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

pub(crate) const BOT: &str =
    "bot: { name: Tiny }\nintents:\n  hours:\n    phrases: when are you open\n    answer: Always.\n";

pub(crate) fn frontdesk(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    command.current_dir(folder).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    frontdesk(folder).args(args).output().unwrap()
}

/// Runs with more in its environment.
pub(crate) fn run_with_env(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    frontdesk(folder).args(args).envs(env.iter().copied()).output().unwrap()
}

/// Runs with a password on the standard input.
pub(crate) fn run_with(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut command = frontdesk(folder);
    let mut child =
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that is killed at the latest when the test ends.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
    log: Mutex<mpsc::Receiver<String>>,
}

impl Running {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn start_with(folder: &Path, env: &[(&str, &str)]) -> Self {
        let mut command = frontdesk(folder);
        command.envs(env.iter().copied());
        Self::of(command, "127.0.0.1:0")
    }

    /// One that this command starts, listening there.
    pub(crate) fn of(mut command: Command, listen: &str) -> Self {
        let mut child =
            command.args(["serve", "--listen", listen]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (line, log) = mpsc::channel();
        let written = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || written.map_while(Result::ok).try_for_each(|text| line.send(text)));
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let desk = lines.find_map(|line| Some(line.unwrap().split_once("Desk")?.1.trim().to_owned())).unwrap();
        let address = desk.trim_start_matches("http://").trim_end_matches("/desk").to_owned();
        // The rest of what it prints is read, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, log: Mutex::new(log) }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Waits until it logs a line with these words.
    #[track_caller]
    pub(crate) fn logs(&self, words: &str) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        let mut seen = Vec::new();
        let log = self.log.lock().unwrap();
        while let Ok(line) = log.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if line.contains(words) {
                return line;
            }
            seen.push(line);
        }
        panic!("no line with \"{words}\" in {seen:#?}");
    }

    /// What the bot answers to somebody new.
    pub(crate) fn answers(&self, sender: &str, message: &str) -> String {
        self.ask("POST /webhooks/rest/webhook", &format!("{{\"sender\":\"{sender}\",\"message\":\"{message}\"}}"))
    }

    pub(crate) fn ask(&self, what: &str, body: &str) -> String {
        self.try_ask(what, "", body).unwrap()
    }

    /// The answer to a request with more headers, each with its line end; a server that is killed meanwhile gives none.
    pub(crate) fn try_ask(&self, what: &str, headers: &str, body: &str) -> std::io::Result<String> {
        let (address, length) = (&self.address, body.len());
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "{what} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.is_empty() { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
    }

    /// Ends it as a power cut would: at once, whatever it is doing.
    pub(crate) fn kill(&self) {
        self.signal("-KILL");
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) {
        self.signal("-TERM");
        assert!(self.child.wait().unwrap().success(), "it stops in order");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn folder_with_bot() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("flows")).unwrap();
    std::fs::write(folder.path().join("flows/bot.yaml"), BOT).unwrap();
    folder
}
