//! Notes that name colleagues: whom a note names, and what names an agent who has not seen it.

use crate::dialog::{Conversation, Event, Mention};
use crate::engine::{Account, Engine, TurnError, rebuild};
use crate::id::{AgentId, EventNo, SiteId};
use crate::store::Space;
use crate::text;
use crate::view::{self, Summary};

/// The most that one agent's list shows.
const LIST_MAX: usize = 50;

/// What stands before a name.
const SIGN: char = '@';

/// A note that names an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct MentionRow {
    /// The conversation.
    pub summary: Summary,
    /// The note.
    pub mention: Mention,
    /// What it says.
    pub text: String,
}

impl Engine {
    /// The agents of a site whom a note names by `@` and their whole name, and who may read the conversation.
    pub(super) fn mentioned(&self, site: &SiteId, conversation: &Conversation, note: &str) -> Vec<AgentId> {
        if !note.contains(SIGN) {
            return Vec::new();
        }
        let accounts = self.accounts().list().into_iter();
        let mut readers: Vec<_> = accounts
            .filter(|account| !account.disabled && account.serves_site(site) && account.may(conversation))
            .map(|account| (text::fold(&account.name), account.id))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        // Ann must not be called where Ann Lee is.
        readers.sort_by_key(|(name, _)| std::cmp::Reverse(name.chars().count()));
        let named = note.split(SIGN).skip(1).map(text::fold).filter_map(|after| {
            let fits = |name: &str| {
                let rest = after.strip_prefix(name)?;
                (!rest.starts_with(char::is_alphanumeric)).then_some(())
            };
            readers.iter().find(|(name, _)| fits(name).is_some()).map(|(_, id)| *id)
        });
        named.collect()
    }

    /// What names an agent and was not seen by them, the oldest first.
    pub fn mentions(&self, agent: &Account) -> Result<Vec<MentionRow>, TurnError> {
        let rows = self.0.store.scan(Space::Index, &view::prefix::mentions(agent.id), None, LIST_MAX)?;
        let mut mentions = Vec::with_capacity(rows.len());
        for id in rows.iter().filter_map(rebuild::conversation_of) {
            let Some(hot) = self.find(id)?.filter(|hot| agent.may(&hot.conversation)) else { continue };
            let mention = hot.conversation.mentions.get(&agent.id).cloned();
            if let (Some(summary), Some(mention)) = (hot.summary(), mention) {
                let before = EventNo(mention.note.0.saturating_sub(1));
                let text = match self.events(id, before, 1)?.pop().map(|recorded| recorded.event) {
                    Some(Event::Noted { text, .. }) => text,
                    _ => String::new(),
                };
                mentions.push(MentionRow { summary, mention, text });
            }
        }
        Ok(mentions)
    }
}
