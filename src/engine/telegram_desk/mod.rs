//! The desk in Telegram: conversations that wait for a person while nobody is at the web desk are mirrored in a group or in the
//! operators' own chats, and answered from there. What goes there is a row of the outbox, in the commit that it tells of; where a
//! conversation is mirrored, a row beside them says. Who acts there acts by the same commands as at the web desk.
//!
//! Start with `rows` (what goes there), then `waiting` (who waits already), `words` (how it reads), `take` (what comes from
//! there), `files` (what of it is not text), `group` (which may move) and `link` (whose accounts).

mod files;
mod group;
mod link;
mod rows;
mod take;
mod waiting;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::channel::{Account, TELEGRAM_DESK, TelegramDesk};
use crate::dialog::Address;
use crate::engine::{Engine, Settings, TurnError, Words};
use crate::id::{AgentId, ConversationId, SiteId};
use crate::store::{ReadError, Settle, Space, StreamId};
use crate::time::Time;

pub use link::TelegramOffer;
pub(super) use rows::may_be_taken_back;

/// What the keys of the rows begin with that say where a conversation is mirrored: `mirror/<site>/<conversation>`.
const MIRRORS: &str = "mirror/";

/// What is kept in memory of the desk in Telegram.
pub(super) struct Desk {
    channel: Option<Arc<TelegramDesk>>,
    words: Words,
    mirrors: Mutex<Mirrors>,
    /// Codes that were given out, by their hashes: for whom and until when.
    codes: Mutex<HashMap<String, (AgentId, Time)>>,
    /// Strangers who were told that this is not for them, and chats of others that were looked at.
    told: Mutex<HashSet<i64>>,
    /// The bot's name, once Telegram has told it.
    name: Mutex<Option<String>>,
}

#[derive(Default)]
struct Mirrors {
    by_id: HashMap<ConversationId, Mirror>,
    by_topic: HashMap<(i64, i64), ConversationId>,
}

/// Where a conversation is mirrored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mirror {
    /// The group, or operators' own chats.
    chats: Vec<i64>,
    /// The topic in the group.
    topic: Topic,
}

/// A topic of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Topic {
    /// There is none: a chat of one operator, or a group without topics.
    None,
    /// It is to be made.
    Wanted,
    /// This one.
    Is(i64),
}

impl Mirror {
    fn topic(&self) -> Option<i64> {
        match self.topic {
            Topic::Is(topic) => Some(topic),
            Topic::None | Topic::Wanted => None,
        }
    }

    fn written(&self) -> Vec<u8> {
        let mut bytes = b"1".to_vec();
        // Numbers can always be written.
        bytes.extend(serde_json::to_vec(self).unwrap_or_default());
        bytes
    }

    fn read(value: &[u8]) -> Option<Self> {
        serde_json::from_slice(value.strip_prefix(b"1")?).ok()
    }
}

/// The key of the row that says where a conversation is mirrored.
fn key(site: &SiteId, id: ConversationId) -> String {
    format!("{MIRRORS}{site}/{id}")
}

/// Whether an address is the operators'.
pub(super) fn is_desk(address: &Address) -> bool {
    address.channel.as_str() == TELEGRAM_DESK
}

impl Desk {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            channel: settings.telegram_desk.clone(),
            words: Arc::clone(&settings.words),
            mirrors: Mutex::default(),
            codes: Mutex::default(),
            told: Mutex::default(),
            name: Mutex::default(),
        }
    }

    fn mirror(&self, id: ConversationId) -> Option<Mirror> {
        self.mirrors.lock().unwrap_or_else(PoisonError::into_inner).by_id.get(&id).cloned()
    }

    fn of_topic(&self, chat: i64, topic: i64) -> Option<ConversationId> {
        self.mirrors.lock().unwrap_or_else(PoisonError::into_inner).by_topic.get(&(chat, topic)).copied()
    }

    fn keep(&self, id: ConversationId, mirror: Mirror) {
        let mut mirrors = self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
        mirrors.forget(id);
        if let Topic::Is(topic) = mirror.topic {
            mirrors.by_topic.extend(mirror.chats.iter().map(|chat| ((*chat, topic), id)));
        }
        mirrors.by_id.insert(id, mirror);
    }
}

impl Mirrors {
    fn forget(&mut self, id: ConversationId) {
        self.by_id.remove(&id);
        self.by_topic.retain(|_, of| *of != id);
    }
}

impl Engine {
    /// The desk in Telegram; none where it is not set up.
    pub fn telegram_desk(&self) -> Option<&Arc<TelegramDesk>> {
        self.0.desk.channel.as_ref()
    }

    /// By whom an address is reached; none where it is not set up any more.
    pub(super) fn account_of(&self, address: &Address) -> Option<&Account> {
        if is_desk(address) {
            return self.telegram_desk().map(|desk| &desk.account);
        }
        self.channels().of(address)
    }

    /// Reads where conversations are mirrored.
    pub(super) fn read_mirrors(&self) -> Result<(), ReadError> {
        let mut after: Option<String> = None;
        while self.telegram_desk().is_some() {
            let page = self.0.store.scan(Space::Outbox, MIRRORS, after.as_deref(), 500)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for row in page {
                if let (StreamId::Conversation(_, id), Some(mirror)) = (row.owner, Mirror::read(&row.value)) {
                    self.0.desk.keep(id, mirror);
                }
            }
        }
        Ok(())
    }

    /// Whether what is said in a conversation reaches an agent in Telegram, so that nobody who answers from there counts as gone.
    pub(super) fn reaches(&self, agent: AgentId, id: ConversationId) -> bool {
        let (Some(desk), Some(mirror)) = (self.telegram_desk(), self.0.desk.mirror(id)) else { return false };
        let user = self.accounts().get(agent).filter(|account| !account.disabled).and_then(|account| account.telegram);
        user.is_some_and(|user| {
            desk.group.is_some_and(|group| mirror.chats.contains(&group)) || mirror.chats.contains(&user)
        })
    }

    /// A conversation's topic was made, or cannot be made: then the group itself is the place.
    pub(super) async fn topic_made(
        &self,
        address: &Address,
        id: ConversationId,
        topic: Option<i64>,
    ) -> Result<(), TurnError> {
        self.set_topic(address, id, topic.map_or(Topic::None, Topic::Is)).await
    }

    /// Somebody removed a conversation's topic: another is made.
    pub(super) async fn topic_lost(&self, address: &Address, id: ConversationId) -> Result<(), TurnError> {
        self.set_topic(address, id, Topic::Wanted).await
    }

    async fn set_topic(&self, address: &Address, id: ConversationId, topic: Topic) -> Result<(), TurnError> {
        let Some(mirror) = self.0.desk.mirror(id) else { return Ok(()) };
        let mirror = Mirror { topic, ..mirror };
        self.settle(Settle { retry: vec![(key(&address.site, id), mirror.written())], ..Settle::default() }).await?;
        self.0.desk.keep(id, mirror);
        Ok(())
    }

    /// Nothing more is said in a conversation.
    pub(super) async fn end_mirror(&self, address: &Address, id: ConversationId) -> Result<(), TurnError> {
        self.settle(Settle { done: vec![key(&address.site, id)], ..Settle::default() }).await?;
        self.0.desk.mirrors.lock().unwrap_or_else(PoisonError::into_inner).forget(id);
        Ok(())
    }
}
