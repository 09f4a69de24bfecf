//! Turns per second through the REST channel.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpStream;

use crate::program::{Server, post};

const CONNECTIONS: usize = 32;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(10);
const TURNS_PER_SECOND_AIM: f64 = 5_000.0;
const P99_MS_AIM: f64 = 17.0;

/// What visitors of the example shop say; none of it calls a service.
const MESSAGES: &[&str] = &[
    "when are you open",
    "how long does delivery take",
    "what is your return policy",
    "do you ship to Ireland",
    "thank you",
];

pub(crate) async fn run() {
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
