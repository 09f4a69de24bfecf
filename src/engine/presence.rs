//! Who is at the desk. Being connected is memory; after a disconnection, and after a restart, there is a grace, because pages
//! reload and servers restart while people sit in front of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::accounts::{Account, AgentStatus};
use crate::engine::clock::Clock;
use crate::id::AgentId;
use crate::time::{Span, Time};

/// How long one who has disconnected still counts as there.
pub const GRACE: Span = Span::seconds(60);

/// Who is connected, and since when not.
#[derive(Debug)]
pub(super) struct Presence {
    clock: Clock,
    started: Time,
    agents: Mutex<BTreeMap<AgentId, Desk>>,
}

/// An agent's connections.
#[derive(Debug, Clone, Copy, Default)]
struct Desk {
    connections: usize,
    /// When the last connection ended, or, without one, when they last did something.
    left: Option<Time>,
    /// When they were last available.
    available: Option<Time>,
    /// When they last did something.
    active: Option<Time>,
}

impl Presence {
    pub(super) fn new(clock: Clock) -> Self {
        Self { started: clock.now(), clock, agents: Mutex::default() }
    }

    pub(super) fn connect(&self, agent: AgentId) {
        self.with(agent, |desk| desk.connections += 1);
    }

    pub(super) fn disconnect(&self, agent: AgentId) {
        let now = self.clock.now();
        self.with(agent, |desk| {
            desk.connections = desk.connections.saturating_sub(1);
            if desk.connections == 0 {
                desk.left = Some(now);
            }
        });
    }

    /// They did something. Without a connection, as programs act, that counts as being there until the grace is over. Says
    /// whether they were not there before.
    pub(super) fn seen(&self, agent: AgentId) -> bool {
        let now = self.clock.now();
        let was_there = self.there_until(agent) > now;
        self.with(agent, |desk| {
            desk.active = Some(now);
            if desk.connections == 0 {
                desk.left = Some(now);
            }
        });
        !was_there
    }

    /// They chose to be away: the grace for the queue begins now.
    pub(super) fn chose_away(&self, agent: AgentId) {
        let now = self.clock.now();
        self.with(agent, |desk| desk.available = Some(now));
    }

    /// When they last did something, since the server started.
    pub(super) fn active(&self, agent: AgentId) -> Option<Time> {
        self.desk(agent).active
    }

    /// Whether there is a connection now.
    pub(super) fn connected(&self, agent: AgentId) -> bool {
        self.desk(agent).connections > 0
    }

    /// Until when they count as there: the end of time while connected.
    pub(super) fn there_until(&self, agent: AgentId) -> Time {
        let desk = self.desk(agent);
        if desk.connections > 0 { Time(i64::MAX) } else { desk.left.unwrap_or(self.started) + GRACE }
    }

    /// Until when they count as serving their queues: available and there.
    pub(super) fn serving_until(&self, account: &Account) -> Time {
        if account.disabled {
            return Time(i64::MIN);
        }
        let there = self.there_until(account.id);
        match account.status {
            AgentStatus::Available => there,
            AgentStatus::Away => {
                self.desk(account.id).available.map_or(Time(i64::MIN), |until| there.min(until + GRACE))
            }
        }
    }

    fn desk(&self, agent: AgentId) -> Desk {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner).get(&agent).copied().unwrap_or_default()
    }

    fn with(&self, agent: AgentId, change: impl FnOnce(&mut Desk)) {
        change(self.agents.lock().unwrap_or_else(PoisonError::into_inner).entry(agent).or_default());
    }
}

/// A connection of an agent's desk; dropping it disconnects.
pub struct Connected {
    pub(super) agent: AgentId,
    pub(super) presence: Arc<Presence>,
    pub(super) changed: Box<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connected").field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.presence.disconnect(self.agent);
        (self.changed)();
    }
}
