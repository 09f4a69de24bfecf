//! What flows between visitor and agent besides words: how far each has read, and who is typing. Reading moves marks, which
//! only go forward and never enter the log; typing is a hint that nobody stores and that ends by itself.

use crate::dialog::{Address, Conversation, Phase};
use crate::engine::hub::Push;
use crate::engine::{Account, Engine, TurnError};
use crate::id::{AgentId, ConversationId, EventNo};

/// The mark of what the visitor's chat has.
const DELIVERED: &str = "delivered/web";

/// The mark of what stood before the visitor's eyes.
const SEEN: &str = "seen/visitor";

/// The mark of what stood before an agent's eyes.
const READ: &str = "seen/agent";

/// How far each side is; 0 where nothing was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipts {
    /// The visitor's chat has everything up to here.
    pub delivered: EventNo,
    /// The visitor has seen everything up to here.
    pub seen: EventNo,
    /// An agent has seen everything up to here.
    pub read: EventNo,
}

/// Something that flows besides words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// The conversation.
    pub conversation: ConversationId,
    /// What.
    pub kind: SignalKind,
}

/// What flows besides words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignalKind {
    /// Somebody read on.
    Receipts(Receipts),
    /// The visitor is typing just now.
    VisitorTypes,
    /// The agent with this name is typing just now.
    AgentTypes(String),
}

impl Engine {
    /// How far each side of a conversation has read.
    pub fn receipts(&self, id: ConversationId) -> Result<Receipts, TurnError> {
        Ok(Receipts { delivered: self.mark(id, DELIVERED)?, seen: self.mark(id, SEEN)?, read: self.mark(id, READ)? })
    }

    /// A visitor's chat has everything up to `delivered`, and the visitor has seen everything up to `seen`. What is said of
    /// somebody else's conversation is not heard.
    pub fn visitor_received(
        &self,
        address: &Address,
        id: ConversationId,
        delivered: EventNo,
        seen: EventNo,
    ) -> Result<(), TurnError> {
        let Some(conversation) = self.conversation(id)?.filter(|conversation| was_at(conversation, address)) else {
            return Err(TurnError::NoSuchConversation(id));
        };
        // Who has seen it has it.
        self.read_on(id, &conversation, &[(DELIVERED, delivered.max(seen)), (SEEN, seen)])
    }

    /// An agent has a conversation up to `read` before the eyes. That counts for whoever the visitor waits for or talks with;
    /// a supervisor who looks in reads nothing in the visitor's sense.
    pub fn agent_read(&self, agent: &Account, id: ConversationId, read: EventNo) -> Result<(), TurnError> {
        let conversation = self.seen_by(agent, id)?;
        let concerns = conversation.in_queue().is_some() || is_with(&conversation, agent.id);
        if concerns { self.read_on(id, &conversation, &[(READ, read)]) } else { Ok(()) }
    }

    /// The visitor on an address is typing.
    pub fn visitor_types(&self, address: &Address) -> Result<(), TurnError> {
        if let Some(id) = self.current(address)? {
            self.signal(&address.key(), id, SignalKind::VisitorTypes);
        }
        Ok(())
    }

    /// An agent is typing an answer. Only the one who has the conversation is shown to the visitor.
    pub fn agent_types(&self, agent: &Account, id: ConversationId) -> Result<(), TurnError> {
        let conversation = self.seen_by(agent, id)?;
        if let Some(opening) = conversation.opening.as_ref().filter(|_| is_with(&conversation, agent.id)) {
            self.show_typing(&opening.address);
            self.signal(&opening.address.key(), id, SignalKind::AgentTypes(agent.name.clone()));
        }
        Ok(())
    }

    fn seen_by(&self, agent: &Account, id: ConversationId) -> Result<std::sync::Arc<Conversation>, TurnError> {
        let found = self.conversation(id)?.filter(|conversation| agent.may(conversation));
        found.ok_or(TurnError::NoSuchConversation(id))
    }

    /// Moves marks forward, never beyond the end, and says so if one has moved.
    fn read_on(
        &self,
        id: ConversationId,
        conversation: &Conversation,
        marks: &[(&'static str, EventNo)],
    ) -> Result<(), TurnError> {
        let mut moved = false;
        for (name, to) in marks {
            let to = (*to).min(conversation.version);
            if to > self.mark(id, name)? {
                self.move_mark(id, name, to)?;
                moved = true;
            }
        }
        if let Some(opening) = conversation.opening.as_ref().filter(|_| moved) {
            self.signal(&opening.address.key(), id, SignalKind::Receipts(self.receipts(id)?));
        }
        Ok(())
    }

    fn signal(&self, address: &str, conversation: ConversationId, kind: SignalKind) {
        self.0.hub.push(address, conversation, || Push::Signal(Signal { conversation, kind }));
    }
}

fn was_at(conversation: &Conversation, address: &Address) -> bool {
    conversation.opening.as_ref().is_some_and(|opening| opening.address == *address || opening.left.contains(address))
}

/// Whether the conversation is an agent's, or was when it was solved.
fn is_with(conversation: &Conversation, agent: AgentId) -> bool {
    match &conversation.phase {
        Phase::Resolved { agent: solved, .. } => solved.as_ref().is_some_and(|solved| solved.id == agent),
        _ => conversation.with_agent().is_some_and(|with_agent| with_agent.agent.id == agent),
    }
}
