//! What the desk's pages show, as plain values. Whoever answers a request fills them; the pages ask for nothing more.

use std::collections::BTreeMap;

use super::filter::InboxQuery;
use crate::dialog::{AgentRef, Suggestion};
use crate::engine::{AuditPage, Count, EndpointLog, Floor, List, MentionRow, Person, PersonRow, PersonSheet, Whose};
use crate::http::agent::audit::AuditQuery;
use crate::http::agent::deliveries::DeliveriesQuery;
use crate::http::desk::labels::Labels;
use crate::id::{AgentId, ConversationId, EventNo, FlowName, Language, QueueName, SiteId};
use crate::time::{Span, Time};
use crate::view::{AgentLine, ContextCard, Steps, Summary};

/// The agent who looks.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub agent: AgentRef,
    /// What they may do.
    pub rank: Rank,
    /// Whether they want conversations.
    pub available: bool,
    /// What every command must carry.
    pub csrf: String,
    /// Whether they are linked with Telegram; none where the desk is not there.
    pub telegram: Option<bool>,
    /// Whether there are systems that hear of events.
    pub endpoints: bool,
}

/// What an account may do; each may also do what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Serve visitors.
    Agent,
    /// Take conversations from other agents.
    Supervisor,
    /// Manage accounts.
    Admin,
}

impl Rank {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }

    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Supervisor, Self::Admin];
}

/// The inbox: the overview, or one list.
#[derive(Debug, Clone)]
pub struct InboxView {
    /// Now.
    pub now: Time,
    /// Notes that name the viewer and that they have not seen.
    pub mentions: Vec<MentionRow>,
    /// What the address asks for.
    pub query: InboxQuery,
    /// The lists that are shown, each as far as it is.
    pub lists: Vec<ListView>,
    /// How long the lists are that have a page of their own.
    pub counts: Vec<(List, Count)>,
    /// How many wait in all, whatever the filter.
    pub waiting: usize,
    /// What filters can ask for.
    pub offer: Offer,
    /// Everybody who serves a site that the viewer serves too.
    pub colleagues: Vec<Colleague>,
    /// Whether the viewer's is the only account: then it is new, and whose it is has yet to learn how visitors come.
    pub alone: bool,
    /// Whether the server has more than one site, so that rows name theirs.
    pub several_sites: bool,
}

impl InboxView {
    /// How long a list is, where it was counted.
    pub(super) fn count(&self, list: List) -> Option<Count> {
        self.counts.iter().find(|(counted, _)| *counted == list).map(|(_, count)| *count)
    }
}

/// A list, or a page of it.
#[derive(Debug, Clone)]
pub struct ListView {
    /// Which.
    pub list: List,
    /// The conversations.
    pub rows: Vec<ListRow>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
    /// How long the list is, where it was counted.
    pub count: Option<Count>,
}

/// A conversation in a list.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// The conversation.
    pub summary: Summary,
    /// The place in its queue, from 1, where it waits.
    pub position: Option<u32>,
    /// How long nobody should wait in its queue.
    pub target: Option<Span>,
}

/// What filters can ask for; values with what they are called.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// Sites.
    pub sites: Vec<(String, String)>,
    /// Queues.
    pub queues: Vec<String>,
    /// Labels, folded.
    pub labels: Vec<String>,
    /// Channels.
    pub channels: Vec<String>,
    /// Languages.
    pub languages: Vec<String>,
    /// Agents.
    pub agents: Vec<(String, String)>,
}

/// What stands above a conversation: what else the viewer has to do.
#[derive(Debug, Clone)]
pub struct StripView {
    /// Now.
    pub now: Time,
    /// Conversations of the viewer.
    pub mine: Vec<Summary>,
    /// How many wait.
    pub waiting: usize,
    /// How many notes name the viewer that they have not seen.
    pub mentions: usize,
}

/// A colleague.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// Who.
    pub agent: AgentRef,
    /// Whether they want conversations.
    pub available: bool,
    /// Whether their desk is open somewhere.
    pub online: bool,
    /// Conversations now.
    pub load: u32,
    /// Conversations at most, by the assigner.
    pub capacity: u32,
}

/// One conversation with all that an agent may know and do.
#[derive(Debug, Clone)]
pub struct ConversationView<'a> {
    /// Now.
    pub now: Time,
    /// In a line.
    pub summary: Summary,
    /// What an agent must know.
    pub card: ContextCard,
    /// Who they are, as far as a page says.
    pub person: Person,
    /// Whose it is.
    pub whose: Whose,
    /// Earlier conversations of the same person, the latest first.
    pub earlier: Vec<Earlier>,
    /// Everything that was said and done.
    pub lines: Vec<AgentLine<'a>>,
    /// What the bot did, by the lines that it follows from.
    pub steps: BTreeMap<EventNo, Steps<'a>>,
    /// What the bot would have answered.
    pub suggested: Vec<Suggestion>,
    /// Whether a note names the viewer that they have not seen.
    pub mentioned: bool,
    /// What the author calls things.
    pub labels: Labels,
    /// The number of the last event.
    pub last: EventNo,
    /// Whom it can be passed to.
    pub colleagues: Vec<Colleague>,
    /// Queues of the site.
    pub queues: Vec<QueueName>,
    /// Flows that the bot can go on with.
    pub flows: Vec<FlowName>,
    /// Until when the visitor's messaging app lets an agent write; none where there is no end.
    pub writable_until: Option<Time>,
}

/// An earlier conversation.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Which.
    pub id: ConversationId,
    /// When it began.
    pub at: Time,
    /// What it was about, or the visitor's last words.
    pub about: String,
}

/// One person, with what one looks for to merge with.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// Now.
    pub now: Time,
    /// What is known.
    pub sheet: PersonSheet,
    /// What was looked for.
    pub query: String,
    /// Who fits; none if nobody was looked for.
    pub found: Option<Vec<PersonRow>>,
}

/// What supervisors oversee.
#[derive(Debug, Clone)]
pub struct TeamView {
    /// Now.
    pub now: Time,
    /// All of it.
    pub floor: Floor,
    /// Whether the server has more than one site.
    pub several_sites: bool,
}

/// The audit trail, as it was asked for.
#[derive(Debug)]
pub struct AuditView {
    /// The entries.
    pub page: AuditPage,
    /// What was asked.
    pub(in crate::http) asked: AuditQuery,
    /// The accounts to choose from.
    pub agents: Vec<AgentRef>,
}

/// The systems that hear of events, and the log of one of them, as it was asked for.
#[derive(Debug)]
pub struct EventsView {
    /// All of them.
    pub endpoints: Vec<EndpointLog>,
    /// What was asked.
    pub(in crate::http) asked: DeliveriesQuery,
}

impl EventsView {
    /// The one whose log is shown.
    pub(super) fn shown(&self) -> Option<&EndpointLog> {
        self.asked.shown(&self.endpoints)
    }
}

/// The accounts, for admins.
#[derive(Debug, Clone)]
pub struct AgentsView {
    /// All accounts, closed ones last.
    pub accounts: Vec<AccountRow>,
    /// The sites with their titles.
    pub sites: Vec<(SiteId, String)>,
    /// The queues of all sites.
    pub queues: Vec<QueueName>,
    /// The languages of all bots, and those that agents speak.
    pub languages: Vec<Language>,
}

/// An account.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// Its id.
    pub id: AgentId,
    /// The name that visitors see.
    pub name: String,
    /// The address to log in with.
    pub email: String,
    /// What it may do.
    pub rank: Rank,
    /// Sites it serves; none means all.
    pub sites: Vec<SiteId>,
    /// Queues it serves; none means all.
    pub queues: Vec<QueueName>,
    /// The languages the agent speaks.
    pub languages: Vec<Language>,
    /// Conversations at most, by the assigner.
    pub capacity: u32,
    /// Whether it is closed.
    pub disabled: bool,
}
