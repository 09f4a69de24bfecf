//! Reading the audit trail: the latest entries first, by who did it or to whom, what, and when.

use crate::dialog::AgentRef;
use crate::engine::audit::{Audit, days, entries};
use crate::engine::{Engine, TurnError};
use crate::id::{AgentId, EventNo};
use crate::time::{Day, Time};

/// The most entries of a page.
const PAGE_MAX: usize = 100;

/// Which entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Done by this account, or to it.
    pub agent: Option<AgentId>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Not before this moment.
    pub from: Option<Time>,
    /// Before this moment.
    pub to: Option<Time>,
    /// Only what stands before this entry: a day and a number.
    pub before: Option<(Day, EventNo)>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// Its day.
    pub day: Day,
    /// Its number in that day.
    pub no: EventNo,
    /// When.
    pub at: Time,
    /// Who; none for a command on the server.
    pub by: Option<AgentRef>,
    /// What.
    pub what: Audit,
}

/// Entries, the latest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<Audited>,
    /// Whether there are more before them.
    pub more: bool,
}

impl AuditFilter {
    fn covers(&self, day: Day) -> bool {
        self.from.is_none_or(|from| day >= Day::of(from))
            && self.to.is_none_or(|to| day <= Day::of(to))
            && self.before.is_none_or(|(before, _)| day <= before)
    }

    fn fits(&self, entry: &Audited) -> bool {
        let of = |id: AgentId| entry.by.as_ref().is_some_and(|by| by.id == id) || entry.what.account() == Some(id);
        self.agent.is_none_or(of)
            && self.kind.as_ref().is_none_or(|kind| entry.what.kind() == kind)
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
            && self.before.is_none_or(|before| (entry.day, entry.no) < before)
    }
}

impl Engine {
    /// The latest entries of the audit trail that fit.
    pub fn audit_trail(&self, filter: &AuditFilter) -> Result<AuditPage, TurnError> {
        let store = &*self.0.store;
        let mut page = AuditPage::default();
        for day in days(store)?.into_iter().rev().filter(|day| filter.covers(*day)) {
            for (no, at, entry) in entries(store, day)?.into_iter().rev() {
                let entry = Audited { day, no, at, by: entry.by, what: entry.what };
                if !filter.fits(&entry) {
                    continue;
                }
                if page.entries.len() == PAGE_MAX {
                    page.more = true;
                    return Ok(page);
                }
                page.entries.push(entry);
            }
        }
        Ok(page)
    }
}
