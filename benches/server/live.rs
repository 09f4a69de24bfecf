//! How long what one side says takes to the other's screen, with 1,000 open conversations and 50 desks: from a visitor's "a person
//! please" to the row in an agent's inbox, fetched as the desk's script fetches it, and from an agent's words to the visitor's
//! socket. Once with free agents, who get the conversation at once, and once with none, so that it comes to the queue of all.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::desks::{Desk, Shown};
use crate::program::Server;
use crate::sockets::{begin, open};

const CONVERSATIONS: usize = 1_000;
const DESKS: usize = 50;
const AT_ONCE: usize = 32;
const SAMPLES: usize = 150;
/// So many come to the queue: the overview shows no more.
const QUEUED: usize = 40;
const AIM_MS: f64 = 100.0;

/// The next visitor asks for a person so long after the one before.
const APART: Duration = Duration::from_millis(150);

/// Nothing takes so long, or it is lost.
const LOST: Duration = Duration::from_secs(20);

pub(crate) async fn run() {
    let server = Server::start(false);
    let visitors = stream::iter(0..CONVERSATIONS).map(|number| Visitor::new(number, server.address));
    let mut visitors: Vec<Visitor> = visitors.buffer_unordered(AT_ONCE).collect().await;
    let mut desks = vec![Desk::first(server.address, &server.setup).await];
    for number in 1..DESKS {
        let next = desks[0].hire(number).await;
        desks.push(next);
    }
    let (shown, _) = broadcast::channel(4_096);
    for desk in &mut desks {
        desk.watch(shown.clone()).await;
        desk.is_available(true).await;
    }
    println!(
        "live, {CONVERSATIONS} open conversations, {DESKS} desks, a wish for a person every {} ms:",
        APART.as_millis()
    );
    let (mut to_agent, mut to_visitor) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let mut visitor = visitors.pop().unwrap();
        let (desk, took) = visitor.asks_for_a_person(&shown, owns).await;
        to_agent.push(took);
        let path = format!("/api/agent/conversations/{}", visitor.conversation);
        let asked = Instant::now();
        desks[desk].call("POST", &format!("{path}/say"), Some(&json!({ "text": "Hello, how can I help?" }))).await;
        visitor.hears("agent").await;
        to_visitor.push(asked.elapsed());
        desks[desk].call("POST", &format!("{path}/resolve"), Some(&json!({}))).await;
        tokio::time::sleep(APART).await;
    }
    tell("visitor's wish to the agent's screen", &mut to_agent);
    tell("agent's words to the visitor's screen", &mut to_visitor);
    // One is there and has all that they take: whoever comes now waits, and every desk sees it.
    for desk in &mut desks[1..] {
        desk.is_available(false).await;
    }
    let mut to_queue = Vec::new();
    for sample in 0..QUEUED + 10 {
        let mut visitor = visitors.pop().unwrap();
        let (_, took) = visitor.asks_for_a_person(&shown, |shown, id| shown.page.contains(id)).await;
        // The first ones fill the one who is there.
        if sample >= 10 {
            to_queue.push(took);
        }
        tokio::time::sleep(APART).await;
    }
    tell("visitor's wish to the queue on the first desk", &mut to_queue);
    println!("  memory    {:>8.0} KB", server.resident_kb());
}

/// Whether the desk shows the conversation as its own: there the row stands in the list of mine.
fn owns(shown: &Shown, id: &str) -> bool {
    let Some(at) = shown.page.find(id) else { return false };
    let mine = shown.page.find("id=\"mine\"").is_some_and(|mine| mine < at);
    mine && shown.page[..at].rfind("<section").is_none_or(|section| shown.page[section..at].contains("id=\"mine\""))
}

fn tell(what: &str, took: &mut [Duration]) {
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1_000.0;
    println!("  {what:<46} p50 {:>7.1} ms   p99 {:>7.1} ms   aim ≤ {AIM_MS}", at(0.5), at(0.99));
}

/// A visitor whose chat is open.
struct Visitor {
    conversation: String,
    say: SplitSink<WebSocketStream<TcpStream>, Message>,
    hear: SplitStream<WebSocketStream<TcpStream>>,
}

impl Visitor {
    async fn new(number: usize, address: SocketAddr) -> Self {
        let (say, hear) = open(begin(number, address).await, address).await.split();
        let mut visitor = Self { conversation: String::new(), say, hear };
        visitor.says("when are you open").await;
        let answer = visitor.hears("bot").await;
        visitor.conversation = answer["conversation"]["id"].as_str().unwrap().to_owned();
        visitor
    }

    async fn says(&mut self, text: &str) {
        self.say.send(Message::text(json!({ "type": "message", "text": text }).to_string())).await.unwrap();
    }

    /// The next events in which somebody speaks.
    async fn hears(&mut self, who: &str) -> Value {
        let heard = async {
            loop {
                let frame = self.hear.next().await.expect("the socket is open").unwrap();
                let Message::Text(text) = frame else { continue };
                let frame: Value = serde_json::from_str(&text).unwrap();
                let events = frame["events"].as_array();
                if events.is_some_and(|events| events.iter().any(|event| event["type"] == who)) {
                    return frame;
                }
            }
        };
        tokio::time::timeout(LOST, heard).await.expect("somebody speaks")
    }

    /// Asks for a person, and waits until a desk shows it. Gives the desk, and how long it took.
    async fn asks_for_a_person(
        &mut self,
        shown: &broadcast::Sender<Shown>,
        shows: impl Fn(&Shown, &str) -> bool,
    ) -> (usize, Duration) {
        let mut pages = shown.subscribe();
        let asked = Instant::now();
        self.says("a person please").await;
        let seen = async {
            loop {
                match pages.recv().await {
                    Ok(page) if shows(&page, &self.conversation) => return (page.desk, page.at - asked),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(LOST, seen).await.expect("a desk shows it")
    }
}
