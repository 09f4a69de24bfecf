//! What a supervisor oversees: who is there and how much they have, how the queues stand, and every conversation that people
//! have a part in; and what a supervisor does about it. Sites are limits for supervisors too.

use std::sync::Arc;

use crate::dialog::{AgentCommand, Input};
use crate::engine::audit::Audit;
use crate::engine::desk::Row;
use crate::engine::{Account, AccountError, AgentStatus, Engine, LATE, Role, TurnDone, TurnError};
use crate::id::{AgentId, ConversationId, Language, QueueName, SiteId};
use crate::time::{Span, Time};

/// The most live conversations on the page.
const LIVE_MAX: usize = 200;

/// All that a supervisor oversees.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Floor {
    /// Everybody who works on at least one of the supervisor's sites; who is there first.
    pub agents: Vec<FloorAgent>,
    /// The queues of the supervisor's sites; where somebody waits longest first.
    pub queues: Vec<FloorQueue>,
    /// Conversations that agents have or that wait, who waits longest for an answer first.
    pub live: Vec<Row>,
    /// How many more there are.
    pub more: usize,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorAgent {
    /// Their account.
    pub account: Arc<Account>,
    /// Whether their desk is connected.
    pub online: bool,
    /// How many conversations they have.
    pub load: u32,
    /// When they last did something at the desk, since the server started.
    pub active: Option<Time>,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorQueue {
    /// The site.
    pub site: SiteId,
    /// The queue.
    pub queue: QueueName,
    /// Whether it is inside its hours.
    pub open: bool,
    /// How many wait.
    pub waiting: u32,
    /// Since when the one waits who has waited longest.
    pub oldest: Option<Time>,
    /// How long nobody should wait.
    pub target: Span,
    /// Agents who are there for it.
    pub online: u32,
    /// Agents who could take another conversation.
    pub free: u32,
}

impl Engine {
    /// What a supervisor oversees.
    pub fn floor(&self, supervisor: &Account) -> Result<Floor, TurnError> {
        let mut floor = Floor { agents: self.floor_agents(supervisor), ..Floor::default() };
        for site in self.sites().filter(|site| supervisor.serves_site(&site.id)) {
            floor.queues.extend(self.floor_queues(&site.id));
        }
        floor.queues.sort_by_key(|queue| (queue.oldest.unwrap_or(Time(i64::MAX)), queue.site.clone()));
        let mut live: Vec<ConversationId> = self.0.views.with(|now| {
            let owned = now.owned.values().flatten().copied();
            owned.chain(now.queue.all().iter().map(|waiting| waiting.conversation)).collect()
        });
        live.sort();
        let mut rows = self.rows(supervisor, live, self.0.clock.now())?;
        rows.sort_by_key(|row| {
            let waits = row.position.map(|_| row.summary.since);
            (row.summary.unanswered.or(waits).unwrap_or(Time(i64::MAX)), row.summary.since)
        });
        floor.more = rows.len().saturating_sub(LIVE_MAX);
        rows.truncate(LIVE_MAX);
        floor.live = rows;
        Ok(floor)
    }

    fn floor_agents(&self, supervisor: &Account) -> Vec<FloorAgent> {
        let accounts = self.accounts().list().into_iter();
        let agent = |account: Arc<Account>| FloorAgent {
            online: self.0.presence.connected(account.id),
            load: self.0.views.with(|now| now.load(account.id)),
            active: self.0.presence.active(account.id),
            account,
        };
        let mut agents: Vec<_> =
            accounts.filter(|account| !account.disabled && supervisor.shares(&account.sites)).map(agent).collect();
        let rank = |agent: &FloorAgent| match (agent.online, agent.account.status) {
            (true, AgentStatus::Available) => 0,
            (true, AgentStatus::Away) => 1,
            (false, _) => 2,
        };
        agents.sort_by(|a, b| (rank(a), &a.account.name).cmp(&(rank(b), &b.account.name)));
        agents
    }

    fn floor_queues(&self, site: &SiteId) -> Vec<FloorQueue> {
        let Some(live) = self.site(site) else { return Vec::new() };
        let (bot, now) = (live.bot(), self.0.clock.now());
        let mut queues = live.hours(&bot, now);
        self.staff(&bot, site, &mut queues, now);
        let oldest = |queue: &QueueName| {
            self.0.views.with(|views| views.queue.queue(site, queue).map(|waiting| waiting.since).min())
        };
        let row = |(queue, facts): (QueueName, crate::dialog::QueueFacts)| FloorQueue {
            site: site.clone(),
            open: facts.open,
            waiting: facts.waiting,
            oldest: oldest(&queue),
            target: bot.program.queues.get(&queue).and_then(|queue| queue.target).unwrap_or(LATE),
            online: facts.online,
            free: facts.free_agents,
            queue,
        };
        queues.into_iter().map(row).collect()
    }

    /// A supervisor sets a colleague to available or away; an admin's status is for admins to set.
    pub async fn set_status_of(
        &self,
        supervisor: &Account,
        id: AgentId,
        status: AgentStatus,
    ) -> Result<Arc<Account>, TurnError> {
        let known = self.accounts().get(id).filter(|account| !account.disabled && supervisor.shares(&account.sites));
        let account = known.ok_or(TurnError::NoSuchAgent)?;
        if supervisor.role < Role::Supervisor || supervisor.role < account.role {
            return Err(TurnError::NotAllowed(
                "only a supervisor sets the status of another agent, and only an admin that of an admin",
            ));
        }
        if account.status == status {
            return Ok(account);
        }
        let account = self.set_status(id, status).await.map_err(|error| match error {
            AccountError::Store(error) => error.into(),
            error => TurnError::Store(error.to_string()),
        })?;
        self.audit(Some(&supervisor.agent()), vec![Audit::StatusSet { account: account.agent(), status }]).await;
        Ok(account)
    }

    /// A supervisor gives a conversation to an agent, whoever has it.
    pub async fn reassign(&self, by: &Account, id: ConversationId, to: AgentId) -> Result<TurnDone, TurnError> {
        if by.role < Role::Supervisor {
            return Err(TurnError::NotAllowed("only a supervisor gives away conversations of others"));
        }
        let found = self.find(id)?.filter(|hot| by.may(&hot.conversation));
        let found = found.ok_or(TurnError::NoSuchConversation(id))?;
        let to = self.accounts().get(to).filter(|to| !to.disabled).ok_or(TurnError::NoSuchAgent)?;
        if !to.serves_site(&found.site.id) {
            return Err(TurnError::NotAllowed("that agent is not assigned to this conversation's site"));
        }
        let (site, agent, to) = (found.site.id.clone(), by.agent(), to.agent());
        drop::<Arc<_>>(found);
        let act = |command| Input::Agent { agent: agent.clone(), command };
        let pass = AgentCommand::TransferToAgent { to: to.clone(), note: None };
        let inputs = if to.id == by.id {
            vec![act(AgentCommand::TakeOver)]
        } else {
            vec![act(AgentCommand::TakeOver), act(pass)]
        };
        let engine = self.clone();
        let done = self.fly(async move { engine.turn_of_all(id, inputs, None).await }).await?;
        self.audit(Some(&by.agent()), vec![Audit::Reassigned { site, conversation: id, to }]).await;
        Ok(done)
    }

    /// Whether an agent speaks a language well: 0 if they say so, 1 if they say nothing of languages, 2 if they name only others.
    pub(super) fn speaks(account: &Account, language: &Language) -> u8 {
        let main = |language: &Language| language.as_str().split('-').next().unwrap_or_default().to_lowercase();
        match account.languages.is_empty() {
            true => 1,
            false if account.languages.iter().any(|spoken| main(spoken) == main(language)) => 0,
            false => 2,
        }
    }
}
