//! What agents do. Whether the conversation allows it, `decide` says; here is only what it cannot know: roles and accounts.

use std::sync::Arc;

use crate::dialog::{AgentCommand, AgentRef, Input};
use crate::engine::{Engine, Role, TurnDone, TurnError};
use crate::id::ConversationId;

/// The most bytes of a sender's own id of a message.
const CLIENT_MAX: usize = 64;

impl Engine {
    /// An agent acts on a conversation.
    pub async fn agent(
        &self,
        agent: &AgentRef,
        role: Role,
        id: ConversationId,
        command: AgentCommand,
    ) -> Result<TurnDone, TurnError> {
        let account = self.accounts().get(agent.id).filter(|account| !account.disabled);
        let account = account.ok_or(TurnError::NoSuchAgent)?;
        self.seen(account.id);
        let found = self.find(id)?.ok_or(TurnError::NoSuchConversation(id))?;
        if !account.serves_site(&found.site.id) {
            return Err(TurnError::NotAllowed("you are not assigned to this conversation's site"));
        }
        let mut once = None;
        let command = match command {
            AgentCommand::TakeOver if role < Role::Supervisor => {
                return Err(TurnError::NotAllowed("only a supervisor takes a conversation from another agent"));
            }
            AgentCommand::TransferToAgent { to, note } => {
                let to = self.accounts().get(to.id).filter(|to| !to.disabled).ok_or(TurnError::NoSuchAgent)?;
                if !to.serves_site(&found.site.id) {
                    return Err(TurnError::NotAllowed("that agent is not assigned to this conversation's site"));
                }
                AgentCommand::TransferToAgent { to: to.agent(), note }
            }
            AgentCommand::Say { text, client } => {
                if let Some(client) = &client {
                    if client.is_empty() || client.len() > CLIENT_MAX || client.chars().any(char::is_control) {
                        return Err(TurnError::Invalid("the sender's id of a message has 1 to 64 characters"));
                    }
                    once = Some(format!("desk/{}/{client}", agent.id));
                }
                AgentCommand::Say { text, client }
            }
            command => command,
        };
        let (engine, input) = (self.clone(), Input::Agent { agent: agent.clone(), command });
        drop::<Arc<_>>(found);
        self.fly(async move { engine.turn_of(id, input, once).await }).await
    }
}
