//! What visitors sent and still lies at a messaging app: fetched after the event that tells of it is durable, never in the
//! handler, and kept as the files are that came by the website. An outbox row says what is still to be fetched.

use std::time::Duration;

use crate::channel::{Account, Fetch};
use crate::dialog::{Address, Event, Input, Recorded};
use crate::engine::{Engine, FileError, Received, TurnDone, TurnError, rebuild};
use crate::id::{ConversationId, EventNo, SiteId};
use crate::store::{Key, ReadError, Row, Space, StreamId};
use crate::time::Span;
use crate::view;

/// What the keys of the rows begin with.
const ROWS: &str = "fetch/";

/// So often it is tried; the platform's addresses live for minutes.
const TRIES_MAX: u32 = 8;

/// The pause before the second try; each later one is twice as long.
const PAUSE: Span = Span::seconds(2);

/// So many files are fetched at once.
pub(super) const AT_ONCE: usize = 8;

/// A whole file comes within this time.
const WITHIN: Duration = Duration::from_secs(120);

/// The same while a platform waits for our answer.
const WHILE_WAITED_FOR: Duration = Duration::from_secs(40);

/// The most bytes of the answer that says where a file is.
const PLACE_BYTES_MAX: usize = 64 * 1024;

/// Why a file was not fetched.
enum Missed {
    /// It may work another time.
    Now(String),
    /// It never will.
    Ever(String),
}

/// The key of the row that asks for a file.
pub(super) fn key(site: &SiteId, conversation: ConversationId, event: EventNo) -> Key {
    format!("{ROWS}{}/{conversation}/{:020}", view::part(site.as_str()), event.0).into()
}

/// Whether an event tells of something that is to be fetched.
pub(super) fn is_to_fetch(event: &Event) -> bool {
    matches!(event, Event::RemoteSent { file, .. } if file.reference.is_some())
}

impl Engine {
    /// Fetches what these events tell of, in the background.
    pub(super) fn fetch_soon(&self, address: &Address, conversation: ConversationId, events: &[Recorded]) {
        for recorded in events.iter().filter(|recorded| is_to_fetch(&recorded.event)) {
            let Event::RemoteSent { file, .. } = &recorded.event else { continue };
            let Some(reference) = file.reference.clone() else { continue };
            let Some(account) = self.channels().of(address).cloned() else { continue };
            let (engine, name, of) = (self.clone(), file.name.clone().unwrap_or_default(), recorded.no);
            tokio::spawn(async move { engine.fetch(&account, conversation, of, &reference, &name).await });
        }
    }

    /// Goes on with what was to be fetched when the server stopped.
    pub(super) fn resume_fetching(&self) -> Result<(), ReadError> {
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Outbox, ROWS, after.as_deref(), 500)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for row in page {
                if let Err(error) = self.resume_one(&row) {
                    tracing::error!(row = row.key, %error, "what a visitor sent cannot be fetched");
                }
            }
        }
    }

    fn resume_one(&self, row: &Row) -> Result<(), TurnError> {
        let StreamId::Conversation(_, conversation) = row.owner else { return Ok(()) };
        let no: u64 = row.key.rsplit('/').next().and_then(|no| no.parse().ok()).unwrap_or_default();
        let events = rebuild::recorded(&self.0.store.events(&row.owner, EventNo(no.saturating_sub(1)), 1)?)?;
        if let Some(opening) = self.find(conversation)?.and_then(|hot| hot.conversation.opening.clone()) {
            self.fetch_soon(&opening.address, conversation, &events);
        }
        Ok(())
    }

    async fn fetch(&self, account: &Account, conversation: ConversationId, of: EventNo, reference: &str, name: &str) {
        for tries in 0..TRIES_MAX {
            if tries > 0 {
                self.0.clock.sleep_until(self.0.clock.now() + Span(PAUSE.0 << (tries - 1))).await;
            }
            // Nobody closes the places. Without a ticket the row waits for the next start.
            let Ok(_place) = self.0.outbox.fetching.acquire().await else { return };
            let Some(_ticket) = self.0.flight.board() else { return };
            let fetched = tokio::time::timeout(WITHIN, self.fetched(account, reference, name)).await;
            match fetched.unwrap_or_else(|_| Err(Missed::Now("it took too long".to_owned()))) {
                Ok(file) => return self.keep_fetched(conversation, of, file).await,
                Err(Missed::Now(why)) => {
                    tracing::info!(channel = %account.name, %conversation, tries, why, "a file is fetched later");
                }
                Err(Missed::Ever(why)) => {
                    tracing::warn!(channel = %account.name, %conversation, why, "a file cannot be fetched");
                    break;
                }
            }
        }
        self.note_lost(conversation, of).await;
    }

    /// Fetches a file while somebody waits for it; none where that does not succeed.
    pub(super) async fn fetch_now(&self, account: &Account, reference: &str, name: &str) -> Option<Received> {
        let _place = self.0.outbox.fetching.acquire().await.ok()?;
        let fetched = tokio::time::timeout(WHILE_WAITED_FOR, self.fetched(account, reference, name)).await;
        match fetched.unwrap_or_else(|_| Err(Missed::Now("it took too long".to_owned()))) {
            Ok(file) => Some(file),
            Err(Missed::Now(why) | Missed::Ever(why)) => {
                tracing::warn!(channel = %account.name, why, "a file cannot be fetched");
                None
            }
        }
    }

    async fn keep_fetched(&self, conversation: ConversationId, of: EventNo, file: Received) {
        if let Err(error) = file.name(conversation).await {
            tracing::error!(%conversation, %error, "a file that was fetched cannot be kept");
            return self.note_lost(conversation, of).await;
        }
        let outcome = self.note_fetched(conversation, Input::Fetched { of, file: Some(file.attachment.clone()) }).await;
        // A conversation that is full keeps no more.
        let full = |done: &TurnDone| !done.events.iter().any(|told| matches!(told.event, Event::RemoteKept { .. }));
        if outcome.as_ref().is_ok_and(full) {
            return;
        }
        file.kept_if(&outcome).await;
        if let Err(error) = outcome {
            tracing::warn!(%conversation, %error, "a file that was fetched was not noted");
        }
    }

    async fn note_lost(&self, conversation: ConversationId, of: EventNo) {
        if let Err(error) = self.note_fetched(conversation, Input::Fetched { of, file: None }).await {
            tracing::warn!(%conversation, %error, "that a file is lost was not noted");
        }
    }

    /// The visitor waits for a word about it, so a busy moment is waited for.
    async fn note_fetched(&self, conversation: ConversationId, input: Input) -> Result<TurnDone, TurnError> {
        loop {
            match self.inner_turn(conversation, input.clone()).await {
                Err(TurnError::Busy { retry_after }) => {
                    self.0.clock.sleep_until(self.0.clock.now() + retry_after).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn fetched(&self, account: &Account, reference: &str, name: &str) -> Result<Received, Missed> {
        let nowhere = || Missed::Ever("the platform does not say where it is".to_owned());
        let first = account.channel.fetch(reference).ok_or_else(nowhere)?;
        let file = if first.is_file {
            first
        } else {
            let place = self.place_of(&first).await?;
            account.channel.found(&place).ok_or_else(nowhere)?
        };
        self.download(&file, name).await
    }

    async fn place_of(&self, fetch: &Fetch) -> Result<serde_json::Value, Missed> {
        let mut response = self.get(fetch).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > PLACE_BYTES_MAX {
                return Err(Missed::Ever("the answer that says where it is has no end".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|_| Missed::Now("the answer that says where it is is none".to_owned()))
    }

    async fn download(&self, fetch: &Fetch, name: &str) -> Result<Received, Missed> {
        let mut response = self.get(fetch).await?;
        let mut incoming = self.receive_file().map_err(not_taken)?;
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            incoming.write(&chunk).await.map_err(not_taken)?;
        }
        incoming.finish(name).await.map_err(not_taken)
    }

    async fn get(&self, fetch: &Fetch) -> Result<reqwest::Response, Missed> {
        let mut request = self.0.outbox.fetcher.get(&fetch.url);
        for (name, value) in &fetch.headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.map_err(broken)?;
        match response.status().as_u16() {
            200..=299 => Ok(response),
            status @ (400 | 401 | 403 | 404 | 410) => Err(Missed::Ever(format!("status {status}"))),
            status => Err(Missed::Now(format!("status {status}"))),
        }
    }
}

/// Only what kind of failure: the error's own text holds the address, and that a secret.
fn broken(error: reqwest::Error) -> Missed {
    Missed::Now(if error.is_connect() { "the platform could not be reached" } else { "the file broke off" }.to_owned())
}

fn not_taken(error: FileError) -> Missed {
    match error {
        FileError::LowSpace | FileError::Io(_) => Missed::Now(error.to_string()),
        error => Missed::Ever(error.to_string()),
    }
}
