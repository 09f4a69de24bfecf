//! How long platforms wait for 200: a thousand deliveries a second over seven platforms mixed, each signed, each durable before
//! it is answered, while the answers go out to a platform that takes everything.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::platform::{self, PUBLIC_URL, Platform};
use crate::program::Server;

const PER_SECOND: usize = 1_000;
const CONNECTIONS: usize = 64;
/// So many people write, each on one platform, where they have written before.
const PEOPLE: usize = 1_400;
const WARM_UP: usize = 2;
const MEASURED: usize = 10;
const P99_MS_AIM: f64 = 20.0;

/// The platforms that are mixed.
const SEVEN: [Platform; 7] = [
    Platform::Telegram,
    Platform::WhatsApp,
    Platform::Messenger,
    Platform::Slack,
    Platform::Twilio,
    Platform::Line,
    Platform::Viber,
];

/// What visitors of the example shop say; none of it calls a service.
const MESSAGES: &[&str] =
    &["when are you open", "how long does delivery take", "what is your return policy", "thank you"];

/// Who writes.
#[derive(Clone, Copy)]
enum Senders {
    /// People whose conversation goes on.
    Known,
    /// Somebody else each time: every delivery makes a contact and begins a conversation.
    New,
}

pub(crate) async fn run() {
    println!(
        "Webhooks, {PER_SECOND} a second, {} platforms mixed, durable, server and sender on the same cores:",
        SEVEN.len()
    );
    for senders in [Senders::Known, Senders::New] {
        measure(senders).await;
    }
}

async fn measure(senders: Senders) {
    let sink = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", sink.local_addr().unwrap());
    tokio::spawn(take_everything(sink));
    let channels: String = SEVEN.iter().map(|platform| platform.settings(&api)).collect();
    let server = Server::with_settings(&format!("public_url: {PUBLIC_URL}\nchannels:\n{channels}"), &platform::env);
    let begun = Instant::now() + Duration::from_millis(200);
    let mut sending = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        sending.spawn(deliver(server.address, senders, connection, begun));
    }
    let mut waits: Vec<Duration> = sending.join_all().await.into_iter().flatten().collect();
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    match senders {
        Senders::Known => println!("{PEOPLE} people whose conversations go on"),
        Senders::New => println!("somebody new with each delivery"),
    }
    println!("  delivered {:>8}", waits.len());
    println!("  p50 ms    {:>8.1}", at(0.5));
    println!("  p99 ms    {:>8.1}   aim ≤ {P99_MS_AIM}", at(0.99));
    println!("  longest   {:>8.1}", at(1.0));
}

/// Every connection sends at its own moments, whether or not the server is late: a delivery that had to wait for the one
/// before counts from the moment at which it was due.
async fn deliver(address: std::net::SocketAddr, senders: Senders, connection: usize, begun: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut waits = Vec::new();
    let mut answer = vec![0; 4_096];
    for number in (connection..PER_SECOND * (WARM_UP + MEASURED)).step_by(CONNECTIONS) {
        let due = begun + Duration::from_micros(number as u64 * 1_000_000 / PER_SECOND as u64);
        tokio::time::sleep_until(due.into()).await;
        let user = match senders {
            Senders::Known => number % PEOPLE,
            Senders::New => number,
        };
        let request = request(SEVEN[user % SEVEN.len()], user, MESSAGES[number % MESSAGES.len()], number);
        stream.write_all(&request).await.unwrap();
        let mut read = 0;
        // The answers are short, and end with their head or a body of a few bytes that comes with it.
        while !answer[..read].windows(4).any(|end| end == b"\r\n\r\n") {
            let more = stream.read(&mut answer[read..]).await.unwrap();
            assert!(more > 0, "the server closed the connection");
            read += more;
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..read]));
        if number >= PER_SECOND * WARM_UP {
            waits.push(due.elapsed());
        }
    }
    waits
}

/// A delivery as it is on the wire.
fn request(platform: Platform, user: usize, text: &str, number: usize) -> Vec<u8> {
    let body = platform.text_from(user, text, number);
    let signed = platform.signed(&body, jiff::Timestamp::now().as_second());
    let headers: String = signed.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (path, length) = (platform.path(), body.len());
    let head = format!("POST {path} HTTP/1.1\r\nhost: bot.example.com\r\n{headers}content-length: {length}\r\n\r\n");
    [head.into_bytes(), body].concat()
}

/// A platform that takes everything.
async fn take_everything(sink: TcpListener) {
    loop {
        let Ok((mut stream, _)) = sink.accept().await else { return };
        tokio::spawn(async move {
            let mut buffer = vec![0; 16 * 1024];
            let mut held = Vec::new();
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                held.extend_from_slice(&buffer[..read]);
                while let Some(length) = whole(&held) {
                    held.drain(..length);
                    let body = r#"{"ok":true,"status":0,"result":{"message_id":1},"messages":[{"id":"w"}],"message_id":"m","sid":"SM","sentMessages":[{"id":"1"}],"ts":"1"}"#;
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                        body.len()
                    );
                    if stream.write_all((head + body).as_bytes()).await.is_err() {
                        return;
                    }
                }
            }
        });
    }
}

/// How long the first request in these bytes is, if it is whole.
fn whole(held: &[u8]) -> Option<usize> {
    let head = held.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&held[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let all = head + length.unwrap_or_default();
    (held.len() >= all).then_some(all)
}
