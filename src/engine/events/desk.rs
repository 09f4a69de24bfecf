//! A desk elsewhere (another helpdesk, behind the owner's own system) takes a conversation over: what its people say reaches the
//! visitor as an agent's words, whatever the channel. None of its people has an account here.

use super::Endpoint;
use crate::dialog::{AgentCommand, AgentRef, Input};
use crate::engine::intake::client_id;
use crate::engine::{Engine, TurnError};
use crate::id::{AgentId, ConversationId, FlowName};

/// The most characters of a name.
const NAME_CHARS_MAX: usize = 80;

/// What a desk elsewhere does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskCommand {
    /// It takes the conversation: from here on the bot is silent.
    Claim,
    /// It says something; that takes it, too.
    Say {
        /// What.
        text: String,
    },
    /// The case is solved.
    Resolve,
    /// The bot goes on.
    HandBack {
        /// With this flow.
        flow: Option<FlowName>,
    },
}

/// What a command did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskDone {
    /// Whether it repeats a delivery that was taken before.
    pub duplicate: bool,
}

impl Engine {
    /// Does what a desk elsewhere asks. `proved` are the endpoints whose secret proves it; `delivery` is the delivery's id, and
    /// the same one acts once.
    ///
    /// # Errors
    ///
    /// Where the conversation is none of theirs or does not allow it.
    pub async fn desk_elsewhere(
        &self,
        proved: &[&Endpoint],
        delivery: &str,
        conversation: ConversationId,
        agent: Option<&str>,
        command: DeskCommand,
    ) -> Result<DeskDone, TurnError> {
        let found = self.find(conversation)?.ok_or(TurnError::NoSuchConversation(conversation))?;
        let endpoint = proved.iter().find(|endpoint| endpoint.serves(&found.site.id));
        let endpoint = endpoint.ok_or(TurnError::NoSuchConversation(conversation))?;
        let delivery = client_id(delivery);
        let name = match agent.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) => {
                return Err(TurnError::Invalid("the agent's name is at most 80 characters, in one line"));
            }
            Some(name) => name.to_owned(),
            None => {
                let there = found.conversation.with_agent().filter(|with_agent| with_agent.agent.id == AgentId::NOBODY);
                there.map_or_else(|| found.site.title.clone(), |with_agent| with_agent.agent.name.clone())
            }
        };
        let command = match command {
            DeskCommand::Claim => AgentCommand::Claim,
            DeskCommand::Say { text } => AgentCommand::Say { text, client: Some(delivery.clone()) },
            DeskCommand::Resolve => AgentCommand::Resolve,
            DeskCommand::HandBack { flow } => AgentCommand::HandBack { flow },
        };
        let input = Input::Agent { agent: AgentRef { id: AgentId::NOBODY, name }, command };
        let once = format!("events/{}/{delivery}", endpoint.id());
        let engine = self.clone();
        drop(found);
        let done = self.fly(async move { engine.turn_of(conversation, input, Some(once)).await }).await?;
        Ok(DeskDone { duplicate: done.duplicate })
    }
}
