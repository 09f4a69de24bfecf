//! What agents do, and which conversations are theirs to see. Whether the conversation allows an act, `decide` says; here is
//! only what it cannot know: roles, and what accounts serve.

use std::sync::Arc;

use crate::dialog::{AgentCommand, AgentRef, Conversation, Input, Phase};
use crate::engine::visitor::check_client;
use crate::engine::{Account, Audit, Engine, Role, TurnDone, TurnError};
use crate::id::{ConversationId, QueueName, SiteId};
use crate::view;

impl Account {
    /// Whether they serve at least one of these sites; none means all, on either side.
    pub fn shares(&self, sites: &[SiteId]) -> bool {
        sites.is_empty() || self.sites.is_empty() || sites.iter().any(|site| self.sites.contains(site))
    }

    /// Whether a conversation is theirs to read, to list and to act on: one of their sites and, for agents, of their queues.
    /// What was given to them is theirs whatever its queue, and what never had a queue is everybody's of its site.
    pub fn may(&self, conversation: &Conversation) -> bool {
        let Some(opening) = &conversation.opening else { return false };
        let site = &opening.address.site;
        let given = match &conversation.phase {
            Phase::Resolved { agent, .. } => agent.as_ref().is_some_and(|agent| agent.id == self.id),
            _ => conversation.with_agent().is_some_and(|with_agent| with_agent.agent.id == self.id),
        };
        self.may_see(site, given, view::queue_of(conversation))
    }

    /// The same for a conversation of which one knows the site, whether it was given to them, and the queue that serves it.
    pub fn may_see(&self, site: &SiteId, given: bool, queue: Option<&QueueName>) -> bool {
        self.serves_site(site)
            && (given || self.role >= Role::Supervisor || queue.is_none_or(|queue| self.serves(site, queue)))
    }
}

impl Engine {
    /// An agent acts on a conversation.
    pub async fn agent(
        &self,
        agent: &AgentRef,
        role: Role,
        id: ConversationId,
        command: AgentCommand,
    ) -> Result<TurnDone, TurnError> {
        let mut once = None;
        if let AgentCommand::Say { client, .. } | AgentCommand::Send { client, .. } = &command {
            check_client(client.as_deref())?;
            // A program may count its messages anew in every conversation.
            once = client.as_ref().map(|client| format!("desk/{}/{id}/{client}", agent.id));
        }
        self.agent_once(agent, role, id, command, once).await
    }

    /// The same, known by a name of the caller's: a repeat changes nothing.
    pub(super) async fn agent_once(
        &self,
        agent: &AgentRef,
        role: Role,
        id: ConversationId,
        command: AgentCommand,
        once: Option<String>,
    ) -> Result<TurnDone, TurnError> {
        let account = self.accounts().get(agent.id).filter(|account| !account.disabled);
        let account = account.ok_or(TurnError::NoSuchAgent)?;
        self.seen(account.id);
        let found = self.find(id)?.ok_or(TurnError::NoSuchConversation(id))?;
        // Reading it would find nothing either.
        if !account.may(&found.conversation) {
            return Err(TurnError::NoSuchConversation(id));
        }
        let took_over = matches!(command, AgentCommand::TakeOver).then(|| {
            (found.site.id.clone(), found.conversation.with_agent().map(|with_agent| with_agent.agent.clone()))
        });
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
            AgentCommand::Note { text, .. } => {
                let mentions = self.mentioned(&found.site.id, &found.conversation, &text);
                AgentCommand::Note { text, mentions }
            }
            command => command,
        };
        let (engine, input) = (self.clone(), Input::Agent { agent: agent.clone(), command });
        drop::<Arc<_>>(found);
        let done = self.fly(async move { engine.turn_of(id, input, once).await }).await?;
        if let Some((site, from)) = took_over.filter(|_| !done.events.is_empty()) {
            self.audit(Some(agent), vec![Audit::TookOver { site, conversation: id, from }]).await;
        }
        Ok(done)
    }
}
