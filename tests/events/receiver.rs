//! One of the owner's systems, played on this machine: it checks each proof by a computation of its own, writes down what came,
//! and answers as the test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;

/// The secret that both sides know.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What it may answer.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    /// A status, with `Retry-After` where that is some.
    Says(u16, Option<u64>),
    /// It takes it, and the answer breaks off.
    TakesAndDrops,
    /// It takes it, and answers after a while.
    Slow(Duration),
    /// It never answers.
    Hangs,
}

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) id: String,
    pub(crate) event: Value,
    /// Whether it was taken.
    pub(crate) taken: bool,
}

#[derive(Debug, Default)]
struct Seen {
    came: Vec<Came>,
    next: VecDeque<Behaviour>,
    always: Option<Behaviour>,
    refused: Option<String>,
}

/// The system.
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Mutex<Seen>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    /// How the next calls are answered; then all are taken.
    pub(crate) fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.seen.lock().unwrap().next.extend(behaviours);
    }

    /// How all calls are answered.
    pub(crate) fn always(&self, behaviour: Option<Behaviour>) {
        self.seen.lock().unwrap().always = behaviour;
    }

    /// It answers 500 to whatever has this name.
    pub(crate) fn refuse(&self, id: Option<String>) {
        self.seen.lock().unwrap().refused = id;
    }

    /// All that came.
    pub(crate) fn came(&self) -> Vec<Came> {
        self.seen.lock().unwrap().came.clone()
    }

    /// What it took, in order.
    pub(crate) fn taken(&self) -> Vec<Value> {
        self.came().into_iter().filter(|came| came.taken).map(|came| came.event).collect()
    }

    /// The types of what it took, in order.
    pub(crate) fn types(&self) -> Vec<String> {
        self.taken().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

/// `v1,` and the HMAC in base64, as the specification says.
pub(crate) fn signature(secret: &str, id: &str, at: &str, body: &[u8]) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

async fn answer(State(seen): State<Arc<Mutex<Seen>>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let proved = signature(SECRET, &id, &at, &body) == header("webhook-signature");
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    let behaviour = {
        let mut seen = seen.lock().unwrap();
        let behaviour = seen.next.pop_front().or_else(|| seen.always.clone()).unwrap_or(Behaviour::Says(204, None));
        let behaviour = if seen.refused.as_ref() == Some(&id) { Behaviour::Says(500, None) } else { behaviour };
        let behaviour = if proved { behaviour } else { Behaviour::Says(401, None) };
        let taken = matches!(behaviour, Behaviour::Says(200..=299, _) | Behaviour::TakesAndDrops | Behaviour::Slow(_));
        seen.came.push(Came { id, event, taken });
        behaviour
    };
    let mut response = Response::new(Body::empty());
    match behaviour {
        Behaviour::Says(status, after) => {
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            if let Some(after) = after {
                response.headers_mut().insert("retry-after", after.into());
            }
            if status >= 400 {
                *response.body_mut() = Body::from("not now");
            }
        }
        Behaviour::TakesAndDrops => {
            let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
            *response.body_mut() = Body::from_stream(broken);
            response.headers_mut().insert("content-length", 100.into());
        }
        Behaviour::Slow(time) => tokio::time::sleep(time).await,
        Behaviour::Hangs => std::future::pending().await,
    }
    response
}
