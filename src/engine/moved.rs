//! Chats that have another id than the one under which they are known here: a group in Telegram that grows gets a new one. What is
//! stored keeps the old; a call goes to the new. Nothing of it is stored: the platform tells it again when the old one is called.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::channel::Account;
use crate::dialog::Address;
use crate::engine::Engine;
use crate::id::ChannelName;

/// The channel, its account and a chat.
type Chat = (ChannelName, String, String);

/// Where chats went.
#[derive(Debug, Default)]
pub(super) struct Moved(Mutex<HashMap<Chat, String>>);

impl Moved {
    /// A chat has another id from now on. Says whether that is news.
    pub(super) fn learn(&self, address: &Address, to: &str) -> bool {
        let before = self.with(|moved| moved.insert(chat(address), to.to_owned()));
        before.as_deref() != Some(to)
    }

    /// The address at which somebody is called now.
    pub(super) fn now_at(&self, address: &Address) -> Address {
        let chat = self.with(|moved| moved.get(&chat(address)).cloned());
        Address { chat: chat.unwrap_or_else(|| address.chat.clone()), ..address.clone() }
    }

    fn with<T>(&self, f: impl FnOnce(&mut HashMap<Chat, String>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Engine {
    /// A platform tells that a chat has another id.
    pub(super) fn moved_to(&self, account: &Account, address: &Address, to: &str) {
        if self.0.outbox.moved.learn(address, to) {
            let (channel, before) = (&account.name, &address.chat);
            tracing::warn!(%channel, before, now = to, "a chat has another id; where frontdesk.yaml names it, change it there");
        }
    }
}

/// Where the chat is the same as the person, that is the chat.
fn chat(address: &Address) -> Chat {
    let chat = if address.chat.is_empty() { &address.user } else { &address.chat };
    (address.channel.clone(), address.account.clone(), chat.clone())
}
