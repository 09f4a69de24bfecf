//! Direct Line's WebSocket: what comes over it, and when it ends.

use std::net::SocketAddr;
use std::time::Duration;

use frontdesk::time::Span;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::http_directline::{Client, server};
use crate::support::server::Agent;

/// A client's open stream.
struct Stream(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Stream {
    async fn open(opened: &Value, address: SocketAddr) -> Self {
        let url = opened["streamUrl"].as_str().unwrap().replace("localhost:8080", &address.to_string());
        Self(tokio_tungstenite::connect_async(&url).await.unwrap().0)
    }

    async fn message(&mut self) -> Message {
        let message = tokio::time::timeout(Duration::from_secs(60), self.0.next()).await;
        message.expect("something comes within a minute").unwrap().unwrap()
    }

    /// The next empty frame, or the next that is not.
    async fn next(&mut self, empty: bool) -> String {
        loop {
            match self.message().await {
                Message::Text(text) if text.is_empty() == empty => return text.to_string(),
                Message::Close(why) => panic!("it was closed: {why:?}"),
                _ => {}
            }
        }
    }

    async fn set(&mut self) -> Value {
        serde_json::from_str(&self.next(false).await).unwrap()
    }

    /// How it is closed.
    async fn end(&mut self) -> CloseFrame {
        loop {
            if let Message::Close(why) = self.message().await {
                return why.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_stream_shows_what_happens_and_keeps_alive() {
    let server = server().await;
    let ada = Agent::admin(&server).await;
    let address = server.listen().await;
    let zoe = Client::new(&server, "zoe").await;
    let mut stream = Stream::open(&zoe.opened, address).await;
    let greeting = stream.set().await;
    assert_eq!(greeting["activities"][0]["text"], "Welcome.");
    let id = greeting["watermark"].as_str().unwrap().split_once('.').unwrap().0;
    ada.command(id, "say", json!({ "text": "Ada here." })).await.ok();
    let mut heard = Vec::new();
    while !heard.contains(&"Ada here.".to_owned()) {
        let set = stream.set().await;
        heard.extend(set["activities"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap().to_owned()));
    }
    ada.post(&format!("/api/agent/conversations/{id}/typing"), json!({})).await;
    let typing = stream.set().await;
    assert_eq!(
        (&typing["activities"][0]["type"], &typing["activities"][0]["from"]["name"]),
        (&json!("typing"), &json!("Ada"))
    );
    // From here on time passes as fast as nothing happens.
    tokio::time::pause();
    assert_eq!(stream.next(true).await, "", "an empty frame while nothing happens");
}

#[tokio::test]
async fn a_stream_ends_with_the_token_and_goes_on_where_that_was_refreshed() {
    let server = server().await;
    let address = server.listen().await;
    let (zoe, max) = (Client::new(&server, "zoe").await, Client::new(&server, "max").await);
    let mut lasting = Stream::open(&zoe.opened, address).await;
    let mut ending = Stream::open(&max.opened, address).await;
    lasting.set().await;
    ending.set().await;
    server.clock.advance(Span::minutes(20));
    let zoe = zoe.refreshed().await;
    server.clock.advance(Span::minutes(9));
    max.say("still here").await;
    assert_eq!(ending.set().await["activities"][0]["text"], "still here", "its token is still good");
    server.clock.advance(Span::minutes(1));
    let end = ending.end().await;
    assert_eq!((u16::from(end.code), end.reason.as_str()), (1008, "the token has ended"));

    zoe.say("and I still am").await;
    assert_eq!(lasting.set().await["activities"][0]["text"], "and I still am");
    server.clock.advance(Span::minutes(20));
    assert_eq!(u16::from(lasting.end().await.code), 1008, "the new token ends too");
}
