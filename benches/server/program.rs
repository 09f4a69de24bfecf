//! The program under measurement, and connections to it by hand: a client library would need the core that the server does not have.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};

use futures_util::SinkExt;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// A server of the example bot with a data folder of its own.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// The token of the link that makes the first account.
    pub(crate) setup: String,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start(one_core: bool) -> Self {
        Self::with(one_core, "", &|_| None)
    }

    /// A server with these settings; the environment variables that they name are set.
    pub(crate) fn with_settings(settings: &str, env: &dyn Fn(&str) -> Option<String>) -> Self {
        Self::with(false, settings, env)
    }

    fn with(one_core: bool, settings: &str, env: &dyn Fn(&str) -> Option<String>) -> Self {
        // In the target folder and not in /tmp, which may be memory: then nothing would be durable.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        std::fs::write(folder.path().join("frontdesk.yaml"), settings).unwrap();
        // A port that is free now: the server does not say its own where it has a public address.
        let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let program = env!("CARGO_BIN_EXE_frontdesk");
        let mut command = if one_core { Command::new("taskset") } else { Command::new(program) };
        if one_core {
            command.args(["-c", "1", program]);
        }
        for name in ["TOKEN", "SECRET", "WEBHOOK_SECRET"] {
            command.envs(env(name).map(|value| (name, value)));
        }
        let mut child = command
            .args(["serve", "--listen", &address.to_string(), "--flows"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/flows"))
            .arg("--data")
            .arg(folder.path().join("data"))
            .current_dir(folder.path())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let setup = loop {
            let line = lines.next().expect("the server says where it is").unwrap();
            if let Some((_, token)) = line.split_once("/desk/setup#") {
                break token.trim().to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, setup, _folder: folder }
    }

    /// The memory that the server holds, in KB.
    pub(crate) fn resident_kb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Server {
    /// The processor's time that the server has used, in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // After the name in brackets: fields 14 and 15 of the whole are user and system time in hundredths.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        ticks / 100.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request with a JSON body on a connection that stays open. Gives the body of the answer.
pub(crate) async fn post(stream: &mut TcpStream, path: &str, body: &Value) -> Value {
    let answer = request(stream, "POST", path, "", Some(body)).await;
    serde_json::from_slice(&answer.body).unwrap()
}

/// An answer of the server.
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// A request on a connection that stays open, with more lines in its head, each ended. The answer must be a success.
pub(crate) async fn request(
    stream: &mut TcpStream,
    method: &str,
    path: &str,
    more: &str,
    body: Option<&Value>,
) -> Answer {
    let body = body.map(Value::to_string).unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{more}{kind}content-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::with_capacity(4_096);
    loop {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "the connection stays open");
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&answer[..end]).unwrap().to_owned();
        let lower = head.to_ascii_lowercase();
        let success = lower.starts_with("http/1.1 2");
        let length: usize = lower
            .split("content-length:")
            .nth(1)
            .map_or(0, |rest| rest.lines().next().unwrap().trim().parse().unwrap());
        if answer.len() >= end + 4 + length {
            let body = answer[end + 4..end + 4 + length].to_vec();
            assert!(success, "{method} {path}: {head}\n{}", String::from_utf8_lossy(&body));
            return Answer { head, body };
        }
    }
}

pub(crate) async fn say(socket: &mut WebSocketStream<TcpStream>, frame: &Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

/// A connection from an address of its own, as of another network: new visitors of one address are limited.
pub(crate) async fn connect_from(visitor: usize, to: SocketAddr) -> TcpStream {
    let [_, _, high, low] = u32::try_from(visitor).unwrap().to_be_bytes();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_nodelay(true).unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 1, high, low), 0))).unwrap();
    socket.connect(to).await.unwrap()
}

pub(crate) fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}
