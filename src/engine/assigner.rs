//! The one automatic assigner: the most urgent first, then the first to enter; among agents who speak the conversation's language,
//! else those who have not said what they speak, else the others, the least loaded, then the longest idle. Nobody waits for a
//! language while somebody is free. It also notices agents who have left, and queues in which nobody is there any more. It only asks for turns; whether a
//! conversation may be given, its own state says.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::dialog::{AgentRef, Deadline, Event, Input, ReturnedBecause};
use crate::engine::views::capacity;
use crate::engine::{Account, AgentStatus, DeskHint, Engine, TurnDone, TurnError};
use crate::id::{AgentId, ConversationId, Language, Position};
use crate::time::Time;

impl Engine {
    /// A turn that the engine itself asks for.
    pub(super) async fn inner_turn(&self, id: ConversationId, input: Input) -> Result<TurnDone, TurnError> {
        let engine = self.clone();
        self.fly(async move { engine.turn_of(id, input, None).await }).await
    }

    /// Works for ever: woken by commits, by presence, and by the end of a grace.
    pub(super) async fn assign(self) {
        let mut told = BTreeSet::new();
        let mut grace_over = Time(i64::MIN);
        loop {
            let now = self.0.clock.now();
            if grace_over <= now {
                self.0.hub.hint(DeskHint::default());
            }
            self.take_from_gone(now).await;
            self.give_to_free().await;
            self.mirror_waiting(now).await;
            self.tell_away(now, &mut told).await;
            grace_over = self.next_grace(now);
            tokio::select! {
                () = self.0.wakers.assigner.notified() => {}
                () = self.0.clock.sleep_until(grace_over) => {}
            }
        }
    }

    /// Gives waiting visitors to agents until nobody waits or nobody is free.
    async fn give_to_free(&self) {
        let mut refused = BTreeSet::new();
        loop {
            let _alone = self.0.assigning.lock().await;
            let Some((id, entered, agent)) = self.next_assignment(&refused) else { return };
            match self.inner_turn(id, Input::Assign { agent, entered }).await {
                Ok(done) if !done.events.is_empty() => {}
                // It changed meanwhile; its own commit wakes this task again.
                Ok(_) | Err(TurnError::Refused(_)) => {
                    refused.insert(id);
                }
                Err(error) => {
                    tracing::error!(conversation = %id, %error, "a waiting visitor could not be given to an agent");
                    refused.insert(id);
                }
            }
        }
    }

    /// An agent was silent for too long: the visitor waits again, and the agent is set to away, because they are not looking.
    /// Nobody is assigned in between; an agent alone at the desk would get the visitor straight back.
    pub(super) async fn end_silence(&self, id: ConversationId) -> Result<TurnDone, TurnError> {
        let _alone = self.0.assigning.lock().await;
        let done = self.inner_turn(id, Input::Due(Deadline::AgentSilent)).await?;
        let silent = done.events.iter().find_map(|recorded| match &recorded.event {
            Event::Returned { why: ReturnedBecause::Silent, agent, .. } => {
                Some(agent.id).filter(|id| *id != AgentId::NOBODY)
            }
            _ => None,
        });
        if let Some(agent) = silent
            && let Err(error) = self.set_status(agent, AgentStatus::Away).await
        {
            tracing::error!(%agent, %error, "a silent agent could not be set to away");
        }
        Ok(done)
    }

    /// The next visitor for whom somebody is free, and who that is.
    fn next_assignment(&self, refused: &BTreeSet<ConversationId>) -> Option<(ConversationId, Position, AgentRef)> {
        let accounts = self.accounts().list();
        let free = |account: &&Arc<Account>| {
            !account.disabled && account.status == AgentStatus::Available && self.0.presence.connected(account.id)
        };
        let there: Vec<&Arc<Account>> = accounts.iter().filter(free).collect();
        if there.is_empty() {
            return None;
        }
        let speakers = there.iter().any(|account| !account.languages.is_empty());
        self.0.views.with(|now| {
            let mut full = BTreeSet::new();
            for waiting in now.queue.all() {
                let queue = (&waiting.site, &waiting.queue);
                if refused.contains(&waiting.conversation) || full.contains(&queue) {
                    continue;
                }
                let bot = self.site(&waiting.site).map(|site| site.bot());
                let chats = bot.and_then(|bot| bot.program.queues.get(&waiting.queue)?.chats_per_agent);
                let serves =
                    |account: &Account| account.serves(&waiting.site, &waiting.queue) && capacity(account, chats) > 0;
                // Whoever left the visitor gets them again only where nobody else is there to serve them.
                let skipped = waiting.left_by.filter(|left_by| {
                    let others = there.iter().filter(|account| account.id != *left_by);
                    others.into_iter().any(|account| serves(account))
                });
                let can = |account: &&&Arc<Account>| {
                    serves(account) && now.load(account.id) < capacity(account, chats) && skipped != Some(account.id)
                };
                let language = speakers.then(|| self.language_of(waiting.conversation)).flatten();
                let order = |account: &&&Arc<Account>| {
                    let idle_since = now.idle_since.get(&account.id).copied().unwrap_or_default();
                    let speaks = language.as_ref().map_or(0, |language| Self::speaks(account, language));
                    (speaks, now.load(account.id), idle_since, account.id)
                };
                match there.iter().filter(can).min_by_key(order) {
                    Some(account) => return Some((waiting.conversation, waiting.position, account.agent())),
                    // The agent who is skipped here may take those behind.
                    None if skipped.is_some() => {}
                    None => {
                        full.insert(queue);
                    }
                }
            }
            None
        })
    }

    /// The language of a conversation, where somebody's languages make a difference.
    fn language_of(&self, id: ConversationId) -> Option<Language> {
        self.find(id).ok().flatten().map(|hot| hot.conversation.language.clone())
    }

    /// Conversations of agents who have left go back to their queue.
    async fn take_from_gone(&self, now: Time) {
        let owned: Vec<(AgentId, Vec<ConversationId>)> = self.0.views.with(|views| {
            let owned = views.owned.iter();
            owned.map(|(agent, owned)| (*agent, owned.iter().copied().collect())).collect()
        });
        let on_hold: Vec<(AgentId, Vec<ConversationId>)> = self.0.views.with(|views| {
            let snoozed = views.snoozed.iter();
            snoozed.map(|(agent, snoozed)| (*agent, snoozed.iter().copied().collect())).collect()
        });
        let disabled = |agent| self.accounts().get(agent).is_none_or(|account| account.disabled);
        // Whoever answers in an inbox that is not ours cannot be seen, and does not leave.
        let ours = |agent: &AgentId| *agent != AgentId::NOBODY;
        let gone = |agent| disabled(agent) || self.0.presence.there_until(agent) <= now;
        let owned = owned.into_iter().filter(|(agent, _)| ours(agent) && gone(*agent));
        // What is on hold may wait for its agent, but not for an account that is closed.
        let on_hold = on_hold.into_iter().filter(|(agent, _)| disabled(*agent));
        for (agent, conversations) in owned.chain(on_hold) {
            for id in conversations {
                // Who answers from Telegram is there, however slowly they type; their silence has a limit of its own.
                if self.reaches(agent, id) {
                    continue;
                }
                match self.inner_turn(id, Input::AgentGone { agent }).await {
                    Ok(_) | Err(TurnError::Refused(_)) => {}
                    Err(error) => {
                        tracing::error!(conversation = %id, %error, "an absent agent still owns a conversation")
                    }
                }
            }
        }
    }

    /// Those who wait where nobody is any more are told, once.
    async fn tell_away(&self, now: Time, told: &mut BTreeSet<ConversationId>) {
        let waiting: Vec<_> = self.0.views.with(|views| views.queue.all().into_iter().cloned().collect());
        let all: BTreeSet<ConversationId> = waiting.iter().map(|waiting| waiting.conversation).collect();
        told.retain(|id| all.contains(id));
        if waiting.is_empty() {
            return;
        }
        let accounts = self.accounts().list();
        let there: Vec<_> = accounts.iter().filter(|account| self.0.presence.serving_until(account) > now).collect();
        for waiting in waiting {
            let reached = |account: &Arc<Account>| self.serves_from_telegram(account, &waiting.site, &waiting.queue);
            if there.iter().any(|account| account.serves(&waiting.site, &waiting.queue)) || accounts.iter().any(reached)
            {
                told.remove(&waiting.conversation);
                continue;
            }
            if told.insert(waiting.conversation) {
                match self.inner_turn(waiting.conversation, Input::AgentsAway).await {
                    Ok(_) | Err(TurnError::Refused(_)) => {}
                    Err(error) => {
                        tracing::error!(conversation = %waiting.conversation, %error, "a waiting visitor could not be told that nobody is there");
                    }
                }
            }
        }
    }

    /// When the next grace ends.
    fn next_grace(&self, now: Time) -> Time {
        let accounts = self.accounts().list();
        let ends = accounts
            .iter()
            .flat_map(|account| [self.0.presence.there_until(account.id), self.0.presence.serving_until(account)]);
        ends.filter(|end| *end > now).min().unwrap_or(Time(i64::MAX))
    }
}
