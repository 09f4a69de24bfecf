//! Failed logins, gathered: somebody who guesses passwords must not fill the trail. What was gathered for a while becomes one
//! entry for each account that was tried, and one for all addresses that have none.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::dialog::AgentRef;
use crate::engine::Engine;
use crate::engine::audit::Audit;
use crate::id::AgentId;
use crate::time::{Span, Time};

/// Failed logins are gathered for so long.
const GATHERED: Span = Span::minutes(10);

/// Failed logins that are not written down yet, by the account that was tried.
#[derive(Debug, Default)]
pub(in crate::engine) struct Failures(Mutex<BTreeMap<Option<AgentId>, Tried>>);

#[derive(Debug)]
struct Tried {
    account: Option<AgentRef>,
    times: u32,
    since: Time,
}

impl Failures {
    fn note(&self, account: Option<AgentRef>, now: Time) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = account.as_ref().map(|account| account.id);
        let tried = all.entry(id).or_insert(Tried { account, times: 0, since: now });
        tried.times = tried.times.saturating_add(1);
    }

    /// Those whose first is older than a moment.
    fn take(&self, older: impl Fn(Option<AgentId>, Time) -> bool) -> Vec<Audit> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due: Vec<_> = all.iter().filter(|(id, tried)| older(**id, tried.since)).map(|(id, _)| *id).collect();
        let taken = due.into_iter().filter_map(|id| all.remove(&id));
        taken.map(|Tried { account, times, since }| Audit::LoginsFailed { account, times, since }).collect()
    }
}

impl Engine {
    /// Notes that somebody failed to log in; none as the account: with an address that has none.
    pub fn login_failed(&self, account: Option<AgentRef>) {
        self.0.failures.note(account, self.0.clock.now());
    }

    /// Writes down that an account logged in, and before it what failed.
    pub async fn logged_in(&self, agent: &AgentRef) {
        let failed = self.0.failures.take(|id, _| id == Some(agent.id));
        self.audit(None, failed).await;
        self.audit(Some(agent), vec![Audit::LoggedIn]).await;
    }

    /// Writes down the failed logins that were gathered long enough.
    pub(in crate::engine) async fn write_failures(&self, now: Time) {
        let failed = self.0.failures.take(|_, since| since + GATHERED <= now);
        self.audit(None, failed).await;
    }

    /// Writes down all of them, before a stop.
    pub(in crate::engine) async fn write_all_failures(&self) {
        let failed = self.0.failures.take(|_, _| true);
        self.audit(None, failed).await;
    }
}
