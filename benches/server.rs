//! The server from outside, each figure beside its aim: turns per second through the REST channel with the server on one core,
//! durable, with the example bot; and memory per idle WebSocket. `cargo bench --bench server`, or one part:
//! `cargo bench --bench server -- turns`, `-- sockets`.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt, stream};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const CONNECTIONS: usize = 32;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(10);
const TURNS_PER_SECOND_AIM: f64 = 5_000.0;
const P99_MS_AIM: f64 = 17.0;

const SOCKETS: usize = 10_000;
const AT_ONCE: usize = 64;
const SOCKET_KB_AIM: f64 = 10.0;

/// What visitors of the example shop say; none of it calls a service.
const MESSAGES: &[&str] = &[
    "when are you open",
    "how long does delivery take",
    "what is your return policy",
    "do you ship to Ireland",
    "thank you",
];

fn main() {
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let wanted = |part: &str| {
        let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
        named.is_empty() || named.iter().any(|name| name == part)
    };
    if wanted("turns") {
        runtime.block_on(turns());
    }
    if wanted("sockets") {
        runtime.block_on(sockets());
    }
}

/// A server of the example bot with a data folder of its own.
struct Server {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(one_core: bool) -> Self {
        // In the target folder and not in /tmp, which may be memory: then nothing would be durable.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let program = env!("CARGO_BIN_EXE_frontdesk");
        let mut command = if one_core { Command::new("taskset") } else { Command::new(program) };
        if one_core {
            command.args(["-c", "1", program]);
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--flows"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/flows"))
            .arg("--data")
            .arg(folder.path().join("data"))
            .current_dir(folder.path())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let page = lines.find_map(|line| Some(line.unwrap().split_once("http://")?.1.trim_end_matches('/').to_owned()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: page.unwrap().parse().unwrap(), _folder: folder }
    }

    /// The memory that the server holds, in KB.
    fn resident_kb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn turns() {
    let server = Server::start(true);
    let begun = Instant::now();
    let mut talking = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        talking.spawn(talk(server.address, connection, begun));
    }
    let mut latencies: Vec<Duration> = talking.join_all().await.into_iter().flatten().collect();
    latencies.sort_unstable();
    let per_second = latencies.len() as f64 / MEASURED.as_secs_f64();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    println!("REST turns, {CONNECTIONS} connections, server on one core, durable, example bot:");
    println!("  turns/s   {per_second:>8.0}   aim ≥ {TURNS_PER_SECOND_AIM}");
    println!("  p50 ms    {:>8.1}", at(0.5));
    println!("  p99 ms    {:>8.1}   aim ≤ {P99_MS_AIM}", at(0.99));
    println!("  memory    {:>8.0} KB after {} turns", server.resident_kb(), latencies.len());
}

/// One program that says one thing after the other. Gives how long each answer took, the first seconds left out.
async fn talk(address: SocketAddr, connection: usize, begun: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut latencies = Vec::new();
    for turn in connection.. {
        let body = json!({ "sender": format!("sender-{connection}"), "message": MESSAGES[turn % MESSAGES.len()] });
        let asked = Instant::now();
        let answer = post(&mut stream, "/webhooks/rest/webhook", &body).await;
        assert!(answer[0]["text"].is_string(), "the bot answers: {answer}");
        let done = begun.elapsed();
        if done > WARM_UP + MEASURED {
            break;
        }
        if done > WARM_UP {
            latencies.push(asked.elapsed());
        }
    }
    latencies
}

/// A request on a connection that stays open, by hand: a client library would need the core that the server does not have.
async fn post(stream: &mut TcpStream, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::with_capacity(4_096);
    loop {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "the connection stays open");
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&answer[..end]).unwrap().to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let length = head.split("content-length:").nth(1).unwrap().lines().next().unwrap().trim();
        let whole = end + 4 + length.parse::<usize>().unwrap();
        if answer.len() >= whole {
            return serde_json::from_slice(&answer[end + 4..whole]).unwrap();
        }
    }
}

async fn sockets() {
    let server = Server::start(false);
    let address = server.address;
    let sessions = stream::iter(0..SOCKETS).map(|visitor| begin(visitor, address)).buffer_unordered(AT_ONCE);
    let sessions: Vec<Session> = sessions.collect().await;
    let before = server.resident_kb();
    let open = stream::iter(sessions).map(|session| open(session, address)).buffer_unordered(AT_ONCE);
    // Each socket goes on reading, so that it answers pings as a browser does.
    let reading: Vec<_> = open.map(|socket| tokio::spawn(socket.for_each(|_| async {}))).collect().await;
    let each = (server.resident_kb() - before) / SOCKETS as f64;
    let gone = reading.iter().filter(|reader| reader.is_finished()).count();
    assert_eq!(gone, 0, "every socket is still open");
    println!("{SOCKETS} idle WebSockets:");
    println!("  KB each   {each:>8.1}   aim ≤ {SOCKET_KB_AIM}");
    println!("  memory    {before:>8.0} KB before");
}

/// A visitor who has begun a conversation.
struct Session {
    visitor: usize,
    token: String,
    last: Value,
}

async fn begin(visitor: usize, address: SocketAddr) -> Session {
    let mut stream = connect_from(visitor, address).await;
    let session = post(&mut stream, "/api/visitor/session", &json!({})).await;
    Session { visitor, token: session["token"].as_str().unwrap().to_owned(), last: session["last"].clone() }
}

async fn open(session: Session, address: SocketAddr) -> WebSocketStream<TcpStream> {
    let stream = connect_from(session.visitor, address).await;
    let url = format!("ws://{address}/api/visitor/socket");
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    say(&mut socket, &json!({ "token": session.token, "after": session.last })).await;
    say(&mut socket, &json!({ "type": "ping" })).await;
    // The pong says that the socket is up and idle.
    socket.next().await.unwrap().unwrap();
    socket
}

async fn say(socket: &mut WebSocketStream<TcpStream>, frame: &Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

/// A connection from an address of its own, as of another network: new visitors of one address are limited.
async fn connect_from(visitor: usize, to: SocketAddr) -> TcpStream {
    let [_, _, high, low] = u32::try_from(visitor).unwrap().to_be_bytes();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_nodelay(true).unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 1, high, low), 0))).unwrap();
    socket.connect(to).await.unwrap()
}

fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}
