//! Desks by hand: each is an account that is logged in, with its live stream open, and fetches its inbox whenever the stream says
//! that something changed, as the desk's script does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::broadcast;

use crate::program::{connect_from, request};

const PASSWORD: &str = "a long enough secret";

/// Addresses of desks lie above those of visitors.
const FIRST_ADDRESS: usize = 40_000;

/// Somebody who is logged in at the desk.
pub(crate) struct Desk {
    number: usize,
    address: SocketAddr,
    head: String,
    connection: TcpStream,
}

/// What a desk shows after it fetched its inbox, and when it did.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) desk: usize,
    pub(crate) at: Instant,
    pub(crate) page: Arc<str>,
}

impl Desk {
    /// The first account, an admin, by the one-time link.
    pub(crate) async fn first(address: SocketAddr, setup: &str) -> Self {
        let body = json!({ "token": setup, "name": "Agent 0", "email": "agent0@example.org", "password": PASSWORD });
        Self::enter(0, address, "/api/agent/setup", &body).await
    }

    /// Another account, made by this one.
    pub(crate) async fn hire(&mut self, number: usize) -> Self {
        let email = format!("agent{number}@example.org");
        let body = json!({ "name": format!("Agent {number}"), "email": email, "password": PASSWORD, "capacity": 5 });
        self.call("POST", "/api/agent/agents", Some(&body)).await;
        Self::enter(number, self.address, "/api/agent/login", &json!({ "email": email, "password": PASSWORD })).await
    }

    async fn enter(number: usize, address: SocketAddr, path: &str, body: &Value) -> Self {
        let mut connection = connect_from(FIRST_ADDRESS + number, address).await;
        let answer = request(&mut connection, "POST", path, "", Some(body)).await;
        let cookies = answer.head.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie:"));
        let cookie =
            cookies.map(|line| line["set-cookie:".len()..].split(';').next().unwrap().trim().to_owned()).next();
        let me: Value = serde_json::from_slice(&answer.body).unwrap();
        let head = format!("cookie: {}\r\nx-csrf-token: {}\r\n", cookie.unwrap(), me["csrf"].as_str().unwrap());
        Self { number, address, head, connection }
    }

    pub(crate) async fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Vec<u8> {
        request(&mut self.connection, method, path, &self.head, body).await.body
    }

    pub(crate) async fn is_available(&mut self, available: bool) {
        let status = if available { "available" } else { "away" };
        self.call("POST", "/api/agent/presence", Some(&json!({ "status": status }))).await;
    }

    /// Opens the live stream; each time that it speaks, the inbox is fetched and shown.
    pub(crate) async fn watch(&self, shown: broadcast::Sender<Shown>) {
        let mut stream = connect_from(FIRST_ADDRESS + self.number, self.address).await;
        let head = format!("GET /api/agent/stream HTTP/1.1\r\nhost: localhost\r\n{}\r\n", self.head);
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut fetching = connect_from(FIRST_ADDRESS + self.number, self.address).await;
        let (number, head) = (self.number, self.head.clone());
        let mut lines = BufReader::new(stream).lines();
        while !lines.next_line().await.unwrap().unwrap().contains("event: hello") {}
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if line.starts_with("event:") {
                    let page = request(&mut fetching, "GET", "/desk/fragments/inbox", &head, None).await.body;
                    let page = String::from_utf8_lossy(&page).into();
                    let _ = shown.send(Shown { desk: number, at: Instant::now(), page });
                }
            }
        });
    }
}
