//! The operators' group, which may get another id: a group that grows becomes another kind of group in Telegram. Here it keeps
//! the id under which frontdesk.yaml names it.

use std::sync::PoisonError;

use crate::channel::{DeskUpdate, DeskWhat, Outcome};
use crate::dialog::Address;
use crate::engine::Engine;
use crate::engine::telegram_desk::rows::address_of;
use crate::id::ConversationId;

/// So many other chats are remembered; then they may be looked at once more.
const CHATS_MAX: usize = 10_000;

impl Engine {
    /// What was done, as done in the group that frontdesk.yaml names, wherever that is now. None where it only tells of the move.
    pub(super) async fn in_our_group(&self, update: &DeskUpdate) -> Option<DeskUpdate> {
        let desk = self.telegram_desk()?;
        let Some(group) = desk.group else { return Some(update.clone()) };
        let ours = address_of(&desk.account.site, group, ConversationId::from_uuid(uuid::Uuid::nil()));
        if let DeskWhat::MovedTo(to) = update.what {
            if self.is_now(&ours, update.chat) {
                self.moved_to(&desk.account, &ours, &to.to_string());
            }
            return None;
        }
        if update.private || update.chat == group {
            return Some(update.clone());
        }
        // Perhaps it moved while nobody was told: the old one says so when it is called.
        if !self.is_now(&ours, update.chat)
            && self.is_unknown(update.chat)
            && let Outcome::Moved { to } = self.call_platform(&desk.account, &desk.look_at(group)).await
        {
            self.moved_to(&desk.account, &ours, &to);
        }
        let chat = if self.is_now(&ours, update.chat) { group } else { update.chat };
        Some(DeskUpdate { chat, ..update.clone() })
    }

    fn is_now(&self, ours: &Address, chat: i64) -> bool {
        self.0.outbox.moved.now_at(ours).chat == chat.to_string()
    }

    /// Whether a chat is seen for the first time. Chats of many have negative ids, so strangers are not mistaken for them.
    fn is_unknown(&self, chat: i64) -> bool {
        let mut told = self.0.desk.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= CHATS_MAX {
            told.clear();
        }
        told.insert(chat)
    }
}
