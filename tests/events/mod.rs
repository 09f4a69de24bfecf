//! Events for the owner's own systems, against a system that the test plays on this machine, and a desk elsewhere that answers.

mod crash;
mod delivery;
mod desk;
mod office;
mod payloads;
pub(crate) mod receiver;

use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk::store::{self, Store};
use frontdesk::time::Span;

use self::receiver::{Receiver, SECRET};
use crate::support::server::Server;

/// How long something may take: far more than it should.
const PATIENCE: Duration = Duration::from_secs(20);

/// The secrets, by the names of their environment variables.
fn env(name: &str) -> Option<String> {
    match name {
        "EVENTS" => Some(SECRET.to_owned()),
        name => crate::channels::env(name),
    }
}

/// A server with these endpoints, each as the rest of its settings.
fn server(endpoints: &[(&Receiver, &str)]) -> Server {
    on(store::memory().unwrap(), endpoints)
}

fn on(store: Arc<dyn Store>, endpoints: &[(&Receiver, &str)]) -> Server {
    Server::with_settings(store, &settings(endpoints), &env)
}

fn settings(endpoints: &[(&Receiver, &str)]) -> String {
    let line =
        |(receiver, rest): &(&Receiver, &str)| format!("  - {{ url: '{}', secret: EVENTS{rest} }}\n", receiver.url);
    format!("sites: {{ default: {{}}, other: {{}} }}\nevents:\n{}", endpoints.iter().map(line).collect::<String>())
}

/// Waits until something is so, and lets the server's time pass meanwhile.
async fn until(server: &Server, what: &str, is_so: impl Fn() -> bool) {
    until_in_steps(server, Span(100), what, is_so).await;
}

/// The same where much time must pass.
async fn until_in_steps(server: &Server, step: Span, what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for: {what}");
        server.clock.advance(step);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
