//! What agents' programs send and get. Their own types: the desk's pages are made from the same engine calls, not from these.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use crate::http::agent::events::AgentEvent;

/// `POST /api/agent/setup`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupRequest {
    /// The one-time token of the link that the server printed.
    pub token: String,
    /// The name that visitors will see.
    pub name: String,
    /// The e-mail address to log in with.
    pub email: String,
    /// At least 10 characters.
    pub password: String,
    /// Whether new conversations may come at once.
    #[serde(default)]
    pub available: bool,
}

/// `POST /api/agent/login`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Who is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The account.
    pub agent: AgentFacts,
    /// To be sent as `X-CSRF-Token` with everything that is not a GET.
    pub csrf: String,
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AgentFacts {
    /// Its id.
    pub id: String,
    /// The name that visitors see.
    pub name: String,
    /// The e-mail address to log in with.
    pub email: String,
    /// What the account may do.
    pub role: WireRole,
    /// The chosen status.
    pub status: WireStatus,
    /// The sites that the account serves; none means all.
    pub sites: Vec<String>,
    /// The queues that the account serves; none means all.
    pub queues: Vec<String>,
    /// The languages that the agent speaks; none means that they have not said.
    pub languages: Vec<String>,
    /// How many conversations the assigner gives at once.
    pub capacity: u32,
    /// Whether the account is closed.
    pub disabled: bool,
    /// Whether the agent also answers from Telegram.
    pub telegram: bool,
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireRole {
    /// Serve visitors.
    Agent,
    /// Also take conversations from other agents.
    Supervisor,
    /// Also manage accounts.
    Admin,
}

/// Whether an agent wants conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireStatus {
    /// Yes.
    Available,
    /// No.
    Away,
}

/// `POST /api/agent/presence`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PresenceRequest {
    /// The chosen status.
    pub status: WireStatus,
}

/// `POST /api/agent/agents`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAgentRequest {
    /// The name that visitors will see.
    pub name: String,
    /// The e-mail address to log in with.
    pub email: String,
    /// At least 10 characters.
    pub password: String,
    /// By default `agent`.
    #[serde(default = "plain_agent")]
    pub role: WireRole,
    /// None means all.
    #[serde(default)]
    pub sites: Vec<String>,
    /// None means all.
    #[serde(default)]
    pub queues: Vec<String>,
    /// The languages that the agent speaks, as tags; none means that they have not said.
    #[serde(default)]
    pub languages: Vec<String>,
    /// By default 3.
    pub capacity: Option<u32>,
}

/// `PATCH /api/agent/agents/{id}`: only what is given changes.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeAgentRequest {
    /// The name that visitors see.
    pub name: Option<String>,
    /// The e-mail address to log in with.
    pub email: Option<String>,
    /// At least 10 characters.
    pub password: Option<String>,
    /// What the account may do.
    pub role: Option<WireRole>,
    /// None means all.
    pub sites: Option<Vec<String>>,
    /// None means all.
    pub queues: Option<Vec<String>>,
    /// The languages that the agent speaks, as tags; none means that they have not said.
    pub languages: Option<Vec<String>>,
    /// How many conversations the assigner gives at once.
    pub capacity: Option<u32>,
    /// Closes the account, or opens it again.
    pub disabled: Option<bool>,
}

/// `GET /api/agent/agents`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentList {
    /// The accounts, closed ones too.
    pub agents: Vec<AgentFacts>,
}

/// `GET /api/agent/inbox`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Inbox {
    /// Conversations with a reminder that is due: this agent's, and those of accounts that are closed.
    pub due: Vec<Row>,
    /// Conversations of this agent.
    pub mine: Vec<Row>,
    /// Those who wait, in order.
    pub queue: Vec<Row>,
    /// Messages that were left and that no agent has taken up, the oldest first. Claiming one takes it up.
    pub left: Vec<Row>,
    /// What the bot or other agents have.
    pub open: Vec<Row>,
    /// What is on hold, the first to come back first.
    pub snoozed: Vec<Row>,
    /// Lately closed ones.
    pub closed: Vec<Row>,
    /// The colleagues.
    pub agents: Vec<Colleague>,
}

/// A conversation in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Row {
    /// Its id.
    pub id: String,
    /// The site.
    pub site: String,
    /// The visitor's name; empty if it is not known.
    pub name: String,
    /// The channel.
    pub channel: String,
    /// The language.
    pub language: String,
    /// `bot`, `queue` or `agent`; `resolved` or `closed` when it is over.
    #[schema(value_type = String)]
    pub owner: &'static str,
    /// The agent who owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The queue in which it is or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// How urgent.
    #[schema(value_type = String, example = "normal")]
    pub priority: &'static str,
    /// Since when it is where it is, in milliseconds since 1970.
    pub since: i64,
    /// How long the visitor has been waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_s: Option<u64>,
    /// The place in the queue, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// The visitor's last message, shortened.
    pub last_text: String,
    /// What a message says, shortened, that was left and that no agent has taken up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// When anybody last said or did something.
    pub last_at: i64,
    /// Its labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Until when it is on hold, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<i64>,
    /// Reminders that are not done, the first to be due first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<FollowUp>,
}

/// A reminder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FollowUp {
    /// The event that set it: its name.
    pub event: u64,
    /// Who wants to be reminded.
    pub agent: String,
    /// When it is due.
    pub due: i64,
    /// What is to be done, shortened.
    pub note: String,
}

/// A colleague.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Colleague {
    /// The account.
    pub id: String,
    /// The name.
    pub name: String,
    /// The chosen status.
    pub status: WireStatus,
    /// Whether the desk is open somewhere.
    pub online: bool,
    /// Conversations now.
    pub load: u32,
    /// Conversations at most, by the assigner.
    pub capacity: u32,
}

/// `GET /api/agent/conversations/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationAnswer {
    /// What an agent must know.
    pub card: Card,
    /// Everything that happened; the first page, if there is more.
    pub events: Vec<AgentEvent>,
    /// The conversation in a line.
    pub row: Row,
    /// The number of the last event given.
    pub last: u64,
}

/// The context card.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Card {
    /// Why the visitor wants a person, in a sentence; none without a handoff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// How urgent.
    #[schema(value_type = String, example = "normal")]
    pub priority: &'static str,
    /// The id that the page proved the visitor to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
    /// An id that the page claimed without proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed: Option<String>,
    /// What else the page told; nobody vouches for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub told_by_page: BTreeMap<String, String>,
    /// What is known, each with the message it came from.
    pub slots: Vec<CardSlot>,
    /// What the bot tried.
    pub tried: Vec<String>,
    /// Messages that nothing fitted.
    pub misses: u32,
    /// The language.
    pub language: String,
    /// The page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<CardPage>,
    /// The channel.
    pub channel: String,
    /// How many earlier conversations the person had when this one began.
    pub earlier_count: u32,
    /// Who it is, over all channels.
    pub person: CardPerson,
    /// The latest of them.
    pub earlier: Vec<EarlierConversation>,
    /// The invitation that the visitor accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
    /// Messages left for a queue.
    pub messages_left: Vec<String>,
}

/// Whose conversation it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CardPerson {
    /// The contact that stands for them: `GET /api/agent/people/{id}`.
    pub id: String,
    /// The name that is known of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether they are blocked.
    pub blocked: bool,
}

/// A value that the conversation brought.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CardSlot {
    /// Its name.
    pub name: String,
    /// The value, as an agent reads it.
    pub value: String,
    /// What the visitor wrote.
    pub said: String,
    /// The message it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Whether the value is masked, because it is sensitive.
    pub masked: bool,
}

/// The page on which the visitor writes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CardPage {
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Where the visitor came from.
    pub referrer: String,
}

/// An earlier conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EarlierConversation {
    /// Its id.
    pub id: String,
    /// When anybody last said or did something in it.
    pub at: i64,
    /// Why a person was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `GET /api/agent/conversations/{id}/events`, and the answer to every command.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentEvents {
    /// What is new.
    pub events: Vec<AgentEvent>,
    /// The number after which to go on.
    pub last: u64,
}

/// `POST …/say`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SayRequest {
    /// At most 4,000 characters.
    pub text: String,
    /// The sender's own id of the message: a repeat changes nothing.
    pub client_id: Option<String>,
    /// The number of the last event that the sender had seen when they began to write: where a colleague has said something
    /// since, the message is refused with `answered_meanwhile`. Without it nothing is compared.
    #[serde(default)]
    pub seen: Option<u64>,
}

/// `POST …/note`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteRequest {
    /// At most 4,000 characters.
    pub text: String,
}

/// `POST …/resend`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendRequest {
    /// The event whose words did not arrive.
    pub of: u64,
}

/// `POST …/transfer`: to a queue or to an agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferRequest {
    /// The queue.
    pub queue: Option<String>,
    /// The agent's id.
    pub agent: Option<String>,
    /// For whoever serves next.
    pub note: Option<String>,
}

/// `POST …/hand-back`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandBackRequest {
    /// The flow that goes on.
    pub flow: Option<String>,
}

/// A value as a person reads it.
pub(crate) fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn plain_agent() -> WireRole {
    WireRole::Agent
}
