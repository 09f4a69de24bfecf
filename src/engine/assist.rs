//! What helps an agent to answer a conversation that is theirs to see.

use crate::dialog::{self, ReadyReply, Suggestion};
use crate::engine::{Account, Card, Engine, TurnError};
use crate::id::ConversationId;

impl Engine {
    /// The ready answers of the conversation's bot, as this agent would send them.
    pub fn replies(&self, agent: &Account, id: ConversationId) -> Result<Vec<ReadyReply>, TurnError> {
        let hot = self.find(id)?.filter(|hot| agent.may(&hot.conversation));
        let hot = hot.ok_or(TurnError::NoSuchConversation(id))?;
        let bot = hot.site.bot();
        Ok(dialog::ready_replies(&bot, &hot.conversation, &self.world(&bot, &hot), &agent.name))
    }

    /// What the bot would have answered, where an agent is to answer.
    pub fn suggestions(&self, card: &Card) -> Result<Vec<Suggestion>, TurnError> {
        if !matches!(card.row.summary.owner, "queue" | "agent") {
            return Ok(Vec::new());
        }
        let id = card.row.summary.id;
        let hot = self.find(id)?.ok_or(TurnError::NoSuchConversation(id))?;
        let bot = hot.site.bot();
        Ok(dialog::suggestions(&bot, &card.conversation, &self.world(&bot, &hot), &card.events))
    }
}
