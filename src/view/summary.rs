//! One conversation in a list: a few words, taken from its state alone.

use crate::dialog::{AgentRef, Conversation, Filed, Owner, Phase};
use crate::flow::Priority;
use crate::id::{ChannelName, ConversationId, Language, QueueName, SiteId};
use crate::time::Time;

/// One conversation in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The conversation.
    pub id: ConversationId,
    /// The site.
    pub site: SiteId,
    /// The visitor's name, if they told it.
    pub name: Option<String>,
    /// The channel.
    pub channel: ChannelName,
    /// The language.
    pub language: Language,
    /// `bot`, `queue`, `agent`, `resolved` or `closed`.
    pub owner: &'static str,
    /// The agent who owns it or solved it.
    pub agent: Option<AgentRef>,
    /// The queue whose agents serve it; none where no queue ever had to do with it.
    pub queue: Option<QueueName>,
    /// How urgent.
    pub priority: Priority,
    /// Since when it is so.
    pub since: Time,
    /// Why a person was asked for.
    pub reason: Option<String>,
    /// The visitor's last words, shortened.
    pub last_text: String,
    /// When anybody last said or did something.
    pub last_at: Time,
    /// Since when the visitor waits for an answer of their agent; none if the agent spoke last.
    pub unanswered: Option<Time>,
    /// What a message says, shortened, that was left and that no agent has taken up yet.
    pub left: Option<String>,
    /// Until when it is on hold, if it is.
    pub snoozed: Option<Time>,
    /// What agents filed.
    pub filed: Filed,
}

/// The queue whose agents serve a conversation: the one in which it waits or from which its agent has it, else the one for
/// which a message was left, else the last one that a flow asked for. None where no queue ever had to do with it.
pub fn queue_of(conversation: &Conversation) -> Option<&QueueName> {
    let waits = conversation.in_queue().map(|waits| &waits.queue);
    let served = || conversation.with_agent().and_then(|with_agent| with_agent.queue.as_ref());
    let left = || conversation.left.as_ref().and_then(|left| left.queue.as_ref());
    let asked = || conversation.handoff.as_ref().map(|card| &card.queue);
    waits.or_else(served).or_else(left).or_else(asked)
}

/// A conversation that has begun, in a few words.
pub fn summary(id: ConversationId, conversation: &Conversation) -> Option<Summary> {
    let opening = conversation.opening.as_ref()?;
    let mut summary = Summary {
        id,
        site: opening.address.site.clone(),
        name: name(conversation),
        channel: opening.address.channel.clone(),
        language: conversation.language.clone(),
        owner: "bot",
        agent: None,
        queue: queue_of(conversation).cloned(),
        priority: conversation.filed.priority.unwrap_or_default(),
        since: conversation.opened_at,
        reason: conversation.handoff.as_ref().map(|card| card.reason.clone()),
        last_text: conversation.last_text.clone(),
        last_at: conversation.active_at,
        unanswered: None,
        left: conversation.left.as_ref().map(|left| left.text.clone()),
        snoozed: None,
        filed: conversation.filed.clone(),
    };
    if let Some(left) = &conversation.left {
        summary.since = left.at;
    }
    match &conversation.phase {
        Phase::Active(Owner::Bot) => {}
        Phase::Active(Owner::Queue(waits)) => {
            summary.owner = "queue";
            summary.priority = waits.priority;
            summary.since = waits.since;
        }
        Phase::Active(Owner::Agent(with_agent)) => {
            summary.owner = "agent";
            summary.agent = Some(with_agent.agent.clone());
            summary.priority = with_agent.priority;
            summary.since = with_agent.since;
            summary.unanswered = with_agent.unanswered;
            summary.snoozed = with_agent.snoozed;
        }
        Phase::Resolved { agent, .. } => {
            summary.owner = "resolved";
            summary.agent = agent.clone();
            summary.since = conversation.active_at;
        }
        Phase::Closed => {
            summary.owner = "closed";
            summary.since = conversation.active_at;
        }
    }
    Some(summary)
}

/// The visitor's name as they told it in this conversation.
fn name(conversation: &Conversation) -> Option<String> {
    let slot = conversation.contact.get("name")?;
    Some(slot.value.as_str().unwrap_or(&slot.said).to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_that_has_not_begun_is_in_no_list() {
        let id = ConversationId::from_uuid(uuid::Uuid::from_u128(1));
        assert_eq!(summary(id, &Conversation::default()), None);
    }
}
