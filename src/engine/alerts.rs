//! What should make itself heard at an agent's desk: who waits, who has waited too long, whose words are unanswered, what names
//! the agent. Made from the views in memory, so that a desk may ask often.

use crate::engine::{Account, Engine, TurnError};
use crate::id::ConversationId;
use crate::time::{Span, Time};

/// The most of each kind.
const EACH_MAX: usize = 50;

/// One who waits so long has waited too long, where the queue does not say.
pub const LATE: Span = Span::minutes(5);

/// Why something should be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A visitor waits for a person.
    Waits,
    /// And has waited too long.
    Late,
    /// A visitor of the agent's wrote.
    Wrote,
    /// A note names the agent.
    Named,
}

/// One thing that should be heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Why.
    pub why: Heard,
    /// The conversation.
    pub id: ConversationId,
    /// The visitor's name, if they told it.
    pub name: Option<String>,
    /// Since when.
    pub since: Time,
}

impl Engine {
    /// What an agent should hear now.
    pub fn alerts(&self, agent: &Account) -> Result<Vec<Alert>, TurnError> {
        let now = self.0.clock.now();
        let (mine, waiting): (Vec<_>, Vec<_>) = self.0.views.with(|views| {
            let mine = views.owned.get(&agent.id).into_iter().flatten().copied().take(EACH_MAX).collect();
            (mine, views.queue.all().iter().map(|waiting| waiting.conversation).collect())
        });
        let mut alerts = Vec::new();
        for id in waiting {
            if alerts.len() >= EACH_MAX {
                break;
            }
            let Some(hot) = self.find(id)?.filter(|hot| agent.may(&hot.conversation)) else { continue };
            let Some(waits) = hot.conversation.in_queue() else { continue };
            let summary = hot.summary();
            let target = summary.as_ref().and_then(|summary| self.target(summary)).unwrap_or(LATE);
            let why = if now.since(waits.since) > target { Heard::Late } else { Heard::Waits };
            alerts.push(Alert { why, id, name: summary.and_then(|summary| summary.name), since: waits.since });
        }
        for id in mine {
            let Some(hot) = self.find(id)? else { continue };
            let Some(since) = hot.conversation.with_agent().and_then(|with_agent| with_agent.unanswered) else {
                continue;
            };
            let name = hot.summary().and_then(|summary| summary.name);
            alerts.push(Alert { why: Heard::Wrote, id, name, since: hot.conversation.visitor_at.unwrap_or(since) });
        }
        for row in self.mentions(agent)? {
            let (id, name) = (row.summary.id, row.summary.name);
            alerts.push(Alert { why: Heard::Named, id, name, since: row.mention.at });
        }
        Ok(alerts)
    }
}
