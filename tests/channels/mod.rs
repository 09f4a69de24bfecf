//! Messaging apps: real payloads in, calls to a platform's API out, against a platform that the test plays on this machine.

pub(crate) mod api;
mod check;
mod continuing;
mod crash;
mod desk;
mod desk_reach;
mod desk_told;
mod faults;
mod flow;
mod others;
mod payloads;
mod platform;
mod proofs;
mod rare;
mod taken_back;
mod tally;
mod told;
mod undelivered;
mod webhook;

use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk::dialog::{Event, Recorded};
use frontdesk::engine::{ContactEvent, codec};
use frontdesk::id::{EventNo, Position};
use frontdesk::store::{self, StreamId};

pub(crate) use self::api::Api;
pub(crate) use self::platform::Platform;
pub(crate) use self::platform::{PUBLIC_URL, env};
use crate::support::server::{Reply, Server};

/// How long something may take: far more than it should.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that has one messaging app, and the app.
struct Shop {
    server: Server,
    api: Api,
    platform: Platform,
}

impl Shop {
    async fn open(platform: Platform) -> Self {
        Self::on(platform, store::memory().unwrap()).await
    }

    async fn on(platform: Platform, store: Arc<dyn frontdesk::store::Store>) -> Self {
        let api = Api::start(platform).await;
        let server = Server::with_channels(store, &platform.settings(&api.url), &platform::env);
        Self { server, api, platform }
    }

    /// With a bot of the test's own.
    async fn of_bot(platform: Platform, bot: &str) -> Self {
        let api = Api::start(platform).await;
        let server = Server::with_bot(bot, &platform.settings(&api.url), &platform::env);
        Self { server, api, platform }
    }

    /// Delivers a body as the platform does: signed.
    async fn deliver(&self, body: Vec<u8>) -> Reply {
        let now = self.server.clock.now().0 / 1_000;
        let mut call = self.server.call(axum::http::Method::POST, &self.platform.path());
        for (name, value) in self.platform.signed(&body, now) {
            call = call.header(name, &value);
        }
        call.bytes(body).send().await
    }

    /// Somebody writes.
    async fn writes(&self, user: usize, text: &str, number: usize) {
        let reply = self.deliver(self.platform.text_from(user, text, number)).await;
        assert!(reply.status.is_success(), "{:?}: {} {}", self.platform, reply.status, reply.text);
    }

    /// Every event that is stored of conversations, with its conversation.
    fn events(&self) -> Vec<(String, Recorded)> {
        let commits = self.server.engine.store().log(Position(0), 100_000).unwrap();
        let mut all = Vec::new();
        for commit in commits {
            let StreamId::Conversation(_, id) = &commit.stream else { continue };
            for (no, bytes) in (commit.first.0..).zip(&commit.events) {
                all.push((id.to_string(), codec::decode_recorded(EventNo(no), bytes).unwrap()));
            }
        }
        all
    }

    /// The names that platforms told.
    fn introduced(&self) -> Vec<String> {
        let commits = self.server.engine.store().log(Position(0), 100_000).unwrap();
        let of_people = commits.into_iter().filter(|commit| matches!(commit.stream, StreamId::Contact(..)));
        let events = of_people.flat_map(|commit| commit.events).map(|bytes| codec::decode_event(&bytes).unwrap().1);
        let name = |event: ContactEvent| match event {
            ContactEvent::Introduced { facts, .. } => facts.get("name").cloned(),
            _ => None,
        };
        events.filter_map(name).collect()
    }

    /// Waits until something is so, and lets the server's time pass meanwhile.
    async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            let said = || (self.said_to(1), self.api.read_by(1));
            assert!(began.elapsed() < PATIENCE, "{:?}: waited in vain for: {what}; {:?}", self.platform, said());
            self.server.clock.advance(frontdesk::time::Span(100));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Shop {
    /// What the bot said in the last conversation of all.
    fn said_to_last(&self) -> Vec<String> {
        let events = self.events();
        let last = events.iter().rev().find(|(_, one)| matches!(one.event, Event::Opened { .. })).map(|(id, _)| id);
        let own = events.iter().filter(|(id, _)| Some(id) == last);
        let said = own.filter_map(|(_, one)| match &one.event {
            Event::BotSaid { message, .. } => Some(message.text.clone()),
            _ => None,
        });
        said.collect()
    }

    /// What was said to somebody, by bot and agents, as it is recorded.
    fn said_to(&self, user: usize) -> Vec<String> {
        let (events, user) = (self.events(), self.platform.user(user));
        let theirs = events.iter().find_map(|(id, recorded)| match &recorded.event {
            Event::Opened { address, .. } if address.user == user => Some(id.clone()),
            _ => None,
        });
        let said = |event: &Event| match event {
            Event::BotSaid { message, .. } => {
                // Where there are no buttons, they are lines.
                let labels =
                    message.all_buttons().enumerate().map(|(at, button)| format!("{}. {}", at + 1, button.label));
                let lines = labels.collect::<Vec<_>>().join("\n");
                let shown = self.platform == Platform::Twilio && !lines.is_empty();
                let numbered = || format!("{}\n\n{lines}\n\nAnswer with a number.", message.text);
                Some(if shown { numbered() } else { message.text.clone() })
            }
            Event::AgentSaid { text, .. } => Some(text.clone()),
            _ => None,
        };
        let own = events.iter().filter(|(id, _)| Some(id) == theirs.as_ref());
        own.filter_map(|(_, recorded)| said(&recorded.event)).collect()
    }
}

/// What visitors said.
fn said(events: &[(String, Recorded)]) -> Vec<String> {
    let said = |event: &Event| match event {
        Event::VisitorSaid { text, .. } => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(|(_, recorded)| said(&recorded.event)).collect()
}
