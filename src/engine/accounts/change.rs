//! What is asked of accounts, and what cannot be: names, addresses and capacities that nobody may have.

use crate::engine::accounts::CAPACITY_MAX;
use crate::engine::accounts::account::{Account, AccountEvent, AgentStatus, Role};
use crate::id::{Language, QueueName, SiteId};
use crate::store::AppendError;

/// A new account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewAccount {
    /// The name that visitors see.
    pub name: String,
    /// The address to log in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// The hash of the password, if there is one already.
    pub password: Option<String>,
    /// The sites they serve; empty means all.
    pub sites: Vec<SiteId>,
    /// The queues they serve; empty means all.
    pub queues: Vec<QueueName>,
    /// The languages they speak.
    pub languages: Vec<Language>,
    /// How many conversations at a time, if not as many as usual.
    pub capacity: Option<u32>,
    /// Whether new conversations may come at once.
    pub status: AgentStatus,
}

/// A change to an account; what is none stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are those of the account")]
pub struct AccountChange {
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<Role>,
    pub sites: Option<Vec<SiteId>>,
    pub queues: Option<Vec<QueueName>>,
    pub languages: Option<Vec<Language>>,
    pub capacity: Option<u32>,
    pub disabled: Option<bool>,
    /// The hash of a new password; every session ends.
    pub password: Option<String>,
}

/// Why an account was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// There is none with that id.
    #[error("there is no such account")]
    NotFound,
    /// Another account has the address.
    #[error("the e-mail address {0} belongs to another account")]
    EmailTaken(String),
    /// A value that cannot be.
    #[error("{0}")]
    Invalid(&'static str),
    /// A capacity that cannot be.
    #[error("a capacity is a number from 0 to {CAPACITY_MAX}")]
    BadCapacity,
    /// The last admin must stay one.
    #[error("this is the last admin: make somebody else an admin first")]
    LastAdmin,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] AppendError),
}

impl AccountChange {
    /// Refuses what no account may have.
    pub(super) fn check(&self) -> Result<(), AccountError> {
        check_capacity(self.capacity)?;
        check_languages(self.languages.as_deref().unwrap_or_default())?;
        self.name.as_deref().map_or(Ok(()), check_name)?;
        self.email.as_deref().map_or(Ok(()), check_email)
    }

    /// Whether an admin would be none afterwards.
    pub(super) fn demotes(&self, account: &Account) -> bool {
        let lowered = self.role.is_some_and(|role| role < Role::Admin) || self.disabled == Some(true);
        lowered && account.role == Role::Admin
    }

    /// What happens to an account by it.
    pub(super) fn events(&self, account: &Account) -> Vec<AccountEvent> {
        let mut events = Vec::new();
        let differs = |new: &Option<String>, old: &str| new.clone().filter(|new| new != old);
        events.extend(differs(&self.name, &account.name).map(|name| AccountEvent::NameSet { name }));
        events.extend(differs(&self.email, &account.email).map(|email| AccountEvent::EmailSet { email }));
        let role = self.role.filter(|role| *role != account.role);
        events.extend(role.map(|role| AccountEvent::RoleSet { role }));
        let sites = self.sites.clone().unwrap_or_else(|| account.sites.clone());
        let queues = self.queues.clone().unwrap_or_else(|| account.queues.clone());
        if sites != account.sites || queues != account.queues {
            events.push(AccountEvent::ServesSet { sites, queues });
        }
        let languages = self.languages.clone().filter(|languages| *languages != account.languages);
        events.extend(languages.map(|languages| AccountEvent::LanguagesSet { languages }));
        let capacity = self.capacity.filter(|capacity| *capacity != account.capacity);
        events.extend(capacity.map(|capacity| AccountEvent::CapacitySet { capacity }));
        let disabled = self.disabled.filter(|disabled| *disabled != account.disabled);
        events.extend(disabled.map(|disabled| AccountEvent::Disabled { disabled }));
        events.extend(self.password.clone().map(|hash| AccountEvent::PasswordSet { hash }));
        events
    }
}

impl NewAccount {
    /// Refuses what no account may have.
    pub(super) fn check(&self) -> Result<(), AccountError> {
        check_name(&self.name)?;
        check_email(&self.email)?;
        check_languages(&self.languages)?;
        check_capacity(self.capacity)
    }

    /// What happens to the account that it makes.
    pub(super) fn events(self) -> Vec<AccountEvent> {
        let mut events = vec![AccountEvent::Created { name: self.name, email: self.email, role: self.role }];
        if !self.sites.is_empty() || !self.queues.is_empty() {
            events.push(AccountEvent::ServesSet { sites: self.sites, queues: self.queues });
        }
        if !self.languages.is_empty() {
            events.push(AccountEvent::LanguagesSet { languages: self.languages });
        }
        events.extend(self.capacity.map(|capacity| AccountEvent::CapacitySet { capacity }));
        events.extend(self.password.map(|hash| AccountEvent::PasswordSet { hash }));
        if self.status != AgentStatus::default() {
            events.push(AccountEvent::StatusSet { status: self.status });
        }
        events
    }
}

fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = (1..=80).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(AccountError::Invalid("a name has 1 to 80 characters")) }
}

fn check_capacity(capacity: Option<u32>) -> Result<(), AccountError> {
    let fits = capacity.is_none_or(|capacity| capacity <= CAPACITY_MAX);
    if fits { Ok(()) } else { Err(AccountError::BadCapacity) }
}

fn check_languages(languages: &[Language]) -> Result<(), AccountError> {
    let tag = |language: &Language| {
        let tag = language.as_str();
        (2..=35).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let fits = languages.len() <= 20 && languages.iter().all(tag);
    if fits { Ok(()) } else { Err(AccountError::Invalid("languages are tags such as en, fil or pt-br, at most 20")) }
}

fn check_email(email: &str) -> Result<(), AccountError> {
    let email = email.trim();
    let parts = email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    let fits = parts && email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits { Ok(()) } else { Err(AccountError::Invalid("that is not an e-mail address")) }
}
