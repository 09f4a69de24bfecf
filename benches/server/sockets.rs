//! Memory and CPU of widgets that are open and idle.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;

use crate::program::{Server, connect_from, post, say};

const SOCKETS: usize = 10_000;
const AT_ONCE: usize = 64;
const SOCKET_KB_AIM: f64 = 10.0;

/// How long the idle sockets are watched: two rounds of pings.
const IDLE: Duration = Duration::from_secs(65);

pub(crate) async fn run() {
    let server = Server::start(false);
    let address = server.address;
    let sessions = stream::iter(0..SOCKETS).map(|visitor| begin(visitor, address)).buffer_unordered(AT_ONCE);
    let sessions: Vec<Session> = sessions.collect().await;
    let before = server.resident_kb();
    let open = stream::iter(sessions).map(|session| open(session, address)).buffer_unordered(AT_ONCE);
    // Each socket goes on reading, so that it answers pings as a browser does.
    let reading: Vec<_> = open.map(|socket| tokio::spawn(socket.for_each(|_| async {}))).collect().await;
    let each = (server.resident_kb() - before) / SOCKETS as f64;
    let (begun, cpu) = (Instant::now(), server.cpu_seconds());
    tokio::time::sleep(IDLE).await;
    let busy = (server.cpu_seconds() - cpu) / begun.elapsed().as_secs_f64() * 100.0;
    let gone = reading.iter().filter(|reader| reader.is_finished()).count();
    assert_eq!(gone, 0, "every socket is still open");
    println!("{SOCKETS} idle WebSockets:");
    println!("  KB each   {each:>8.1}   aim ≤ {SOCKET_KB_AIM}");
    println!("  memory    {:>8.0} KB in all, {before:.0} before the sockets", server.resident_kb());
    println!("  CPU       {busy:>8.2} % of a core while idle for {} s", IDLE.as_secs());
}

/// A visitor who has begun a conversation.
pub(crate) struct Session {
    visitor: usize,
    token: String,
    last: Value,
}

pub(crate) async fn begin(visitor: usize, address: SocketAddr) -> Session {
    let mut stream = connect_from(visitor, address).await;
    let session = post(&mut stream, "/api/visitor/session", &json!({})).await;
    Session { visitor, token: session["token"].as_str().unwrap().to_owned(), last: session["last"].clone() }
}

pub(crate) async fn open(session: Session, address: SocketAddr) -> WebSocketStream<TcpStream> {
    let stream = connect_from(session.visitor, address).await;
    let url = format!("ws://{address}/api/visitor/socket");
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    say(&mut socket, &json!({ "token": session.token, "after": session.last })).await;
    say(&mut socket, &json!({ "type": "ping" })).await;
    // The pong says that the socket is up and idle.
    socket.next().await.unwrap().unwrap();
    socket
}
