//! An account: what its events say of an agent, and what an agent may therefore do.

use serde::{Deserialize, Serialize};

use crate::dialog::AgentRef;
use crate::engine::accounts::{CAPACITY, SESSIONS_MAX};
use crate::id::{AgentId, Language, QueueName, SiteId};
use crate::time::Time;

/// What an agent may do. Greater may more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers visitors.
    #[default]
    Agent,
    /// Also takes conversations from other agents.
    Supervisor,
    /// Also manages accounts.
    Admin,
}

/// What an agent has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// New conversations may come.
    Available,
    /// No new conversations.
    #[default]
    Away,
}

/// An account as its events made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AgentId,
    /// The number of its last event.
    pub version: u64,
    /// The name that visitors see.
    pub name: String,
    /// The address to log in with, as typed.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// What they have chosen.
    pub status: AgentStatus,
    /// The sites they serve; empty means all.
    pub sites: Vec<SiteId>,
    /// The queues they serve; empty means all.
    pub queues: Vec<QueueName>,
    /// The languages they speak; empty means that they have not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// How many conversations the assigner gives them at a time.
    pub capacity: u32,
    /// Whether they may no longer log in.
    pub disabled: bool,
    /// The hash of the password, with its salt and parameters; none until one is set.
    pub password: Option<String>,
    /// The hash of the token of the link by which they set a new password, and when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<(String, Time)>,
    /// Where they are logged in: the hash of the token and when it ends.
    pub sessions: Vec<(String, Time)>,
    /// When the account was made.
    pub created_at: Time,
    /// Who they are in Telegram, where they answer from there too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telegram: Option<i64>,
}

impl Account {
    /// The agent as events name them.
    pub fn agent(&self) -> AgentRef {
        AgentRef { id: self.id, name: self.name.clone() }
    }

    /// Whether they serve a site.
    pub fn serves_site(&self, site: &SiteId) -> bool {
        self.sites.is_empty() || self.sites.contains(site)
    }

    /// Whether they serve a queue of a site.
    pub fn serves(&self, site: &SiteId, queue: &QueueName) -> bool {
        self.serves_site(site) && (self.queues.is_empty() || self.queues.contains(queue))
    }

    pub(super) fn apply(&mut self, event: &AccountEvent, at: Time) {
        self.version += 1;
        match event {
            AccountEvent::Created { name, email, role } => {
                self.name.clone_from(name);
                self.email.clone_from(email);
                self.role = *role;
                self.created_at = at;
            }
            AccountEvent::NameSet { name } => self.name.clone_from(name),
            AccountEvent::EmailSet { email } => self.email.clone_from(email),
            AccountEvent::RoleSet { role } => self.role = *role,
            AccountEvent::StatusSet { status } => self.status = *status,
            AccountEvent::ServesSet { sites, queues } => {
                self.sites.clone_from(sites);
                self.queues.clone_from(queues);
            }
            AccountEvent::CapacitySet { capacity } => self.capacity = *capacity,
            AccountEvent::LanguagesSet { languages } => self.languages.clone_from(languages),
            AccountEvent::ResetOffered { hash, until } => self.reset = Some((hash.clone(), *until)),
            AccountEvent::PasswordSet { hash } => {
                self.password = Some(hash.clone());
                self.reset = None;
                self.sessions.clear();
            }
            AccountEvent::Disabled { disabled } => {
                self.disabled = *disabled;
                if *disabled {
                    self.sessions.clear();
                    self.reset = None;
                    self.status = AgentStatus::Away;
                }
            }
            AccountEvent::SessionStarted { hash, until } => {
                self.sessions.retain(|(_, ends)| *ends > at);
                self.sessions.push((hash.clone(), *until));
                let surplus = self.sessions.len().saturating_sub(SESSIONS_MAX);
                self.sessions.drain(..surplus);
            }
            AccountEvent::TelegramSet { user } => self.telegram = *user,
            AccountEvent::SessionEnded { hash } => self.sessions.retain(|(kept, _)| kept != hash),
        }
    }

    pub(super) fn blank(id: AgentId) -> Self {
        Self {
            id,
            version: 0,
            name: String::new(),
            email: String::new(),
            role: Role::Agent,
            status: AgentStatus::default(),
            sites: Vec::new(),
            queues: Vec::new(),
            languages: Vec::new(),
            capacity: CAPACITY,
            disabled: false,
            password: None,
            reset: None,
            sessions: Vec::new(),
            created_at: Time::default(),
            telegram: None,
        }
    }
}

/// What happened to an account. Stored for ever, as the events of conversations are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AccountEvent {
    /// It was made.
    Created {
        /// The name that visitors see.
        name: String,
        /// The address to log in with.
        email: String,
        /// What they may do.
        role: Role,
    },
    /// Another name.
    NameSet {
        /// The name.
        name: String,
    },
    /// Another address.
    EmailSet {
        /// The address.
        email: String,
    },
    /// Another role.
    RoleSet {
        /// The role.
        role: Role,
    },
    /// Chosen by the agent.
    StatusSet {
        /// What.
        status: AgentStatus,
    },
    /// What they serve.
    ServesSet {
        /// Sites; empty means all.
        sites: Vec<SiteId>,
        /// Queues; empty means all.
        queues: Vec<QueueName>,
    },
    /// What they speak.
    LanguagesSet {
        /// Languages; empty means that they have not said.
        languages: Vec<Language>,
    },
    /// A link was made by which they set a new password.
    ResetOffered {
        /// The hash of its token.
        hash: String,
        /// When it ends.
        until: Time,
    },
    /// How many conversations at a time.
    CapacitySet {
        /// How many.
        capacity: u32,
    },
    /// A new password; every session ends.
    PasswordSet {
        /// Its hash.
        hash: String,
    },
    /// No longer, or again, allowed to log in.
    Disabled {
        /// Whether.
        disabled: bool,
    },
    /// Logged in.
    SessionStarted {
        /// The token's hash.
        hash: String,
        /// When it ends.
        until: Time,
    },
    /// Linked with somebody in Telegram, or no longer with anybody.
    TelegramSet {
        /// Who.
        user: Option<i64>,
    },
    /// Logged out.
    SessionEnded {
        /// The token's hash.
        hash: String,
    },
}
