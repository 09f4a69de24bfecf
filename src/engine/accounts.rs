//! Agents' accounts: a stream of events each, all in memory. An e-mail address belongs to one account; passwords arrive
//! hashed, session tokens are kept hashed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::dialog::AgentRef;
use crate::engine::clock::Clock;
use crate::engine::codec;
use crate::engine::rebuild::StateAndRows;
use crate::engine::token;
use crate::id::{AgentId, CommitId, QueueName, SiteId};
use crate::store::{Append, AppendError, Row, RowChanges, Space, Store, StreamId, Unique, Version};
use crate::time::{Span, Time};

/// Who is not told otherwise serves so many conversations at a time.
pub const CAPACITY: u32 = 3;

/// The most conversations at a time; with 0 they only take some by hand.
pub const CAPACITY_MAX: u32 = 100;

/// A session ends after so long.
pub const SESSION: Span = Span::days(14);

/// An account keeps so many sessions; a new one ends the oldest.
const SESSIONS_MAX: usize = 20;

/// How often an append is tried again when somebody else changed the account.
const TRIES: usize = 8;

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
    /// How many conversations the assigner gives them at a time.
    pub capacity: u32,
    /// Whether they may no longer log in.
    pub disabled: bool,
    /// The hash of the password, with its salt and parameters; none until one is set.
    pub password: Option<String>,
    /// Where they are logged in: the hash of the token and when it ends.
    pub sessions: Vec<(String, Time)>,
    /// When the account was made.
    pub created_at: Time,
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

    fn apply(&mut self, event: &AccountEvent, at: Time) {
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
            AccountEvent::PasswordSet { hash } => {
                self.password = Some(hash.clone());
                self.sessions.clear();
            }
            AccountEvent::Disabled { disabled } => {
                self.disabled = *disabled;
                if *disabled {
                    self.sessions.clear();
                    self.status = AgentStatus::Away;
                }
            }
            AccountEvent::SessionStarted { hash, until } => {
                self.sessions.retain(|(_, ends)| *ends > at);
                self.sessions.push((hash.clone(), *until));
                let surplus = self.sessions.len().saturating_sub(SESSIONS_MAX);
                self.sessions.drain(..surplus);
            }
            AccountEvent::SessionEnded { hash } => self.sessions.retain(|(kept, _)| kept != hash),
        }
    }

    fn blank(id: AgentId) -> Self {
        Self {
            id,
            version: 0,
            name: String::new(),
            email: String::new(),
            role: Role::Agent,
            status: AgentStatus::default(),
            sites: Vec::new(),
            queues: Vec::new(),
            capacity: CAPACITY,
            disabled: false,
            password: None,
            sessions: Vec::new(),
            created_at: Time::default(),
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
    /// Logged out.
    SessionEnded {
        /// The token's hash.
        hash: String,
    },
}

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
    /// How many conversations at a time, if not as many as usual.
    pub capacity: Option<u32>,
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

/// All accounts.
pub struct Accounts {
    store: Arc<dyn Store>,
    clock: Clock,
    by_id: RwLock<BTreeMap<AgentId, Arc<Account>>>,
    /// Held while an account is made or changed: whether an address is free, and whether another admin is left, are
    /// questions about all accounts, and the answers must still be true when the change is stored.
    changing: tokio::sync::Mutex<()>,
    /// The token of the one-time link to make the first admin, while there is no account.
    setup: Mutex<Option<String>>,
    changed: Box<dyn Fn() + Send + Sync>,
}

impl Accounts {
    /// Reads all accounts. `changed` is called after every change.
    pub(super) fn load(
        store: Arc<dyn Store>,
        clock: Clock,
        changed: Box<dyn Fn() + Send + Sync>,
    ) -> Result<Self, crate::engine::StartError> {
        let mut by_id = BTreeMap::new();
        for row in all_rows(&*store, "account/")? {
            let StreamId::Agent(id) = row.owner else { continue };
            if let Some(account) = load_account(&*store, id)? {
                by_id.insert(id, Arc::new(account));
            }
        }
        let setup = by_id.is_empty().then(token::mint);
        Ok(Self {
            store,
            clock,
            by_id: RwLock::new(by_id),
            changing: tokio::sync::Mutex::default(),
            setup: Mutex::new(setup),
            changed,
        })
    }

    /// All accounts, in the order of their making.
    pub fn list(&self) -> Vec<Arc<Account>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// One account.
    pub fn get(&self, id: AgentId) -> Option<Arc<Account>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// The account that logs in with an address.
    pub fn find_by_email(&self, email: &str) -> Option<Arc<Account>> {
        let email = fold_email(email);
        self.list().into_iter().find(|account| fold_email(&account.email) == email)
    }

    /// The token of the one-time link to make the first admin; none once there is an account.
    pub fn setup_token(&self) -> Option<String> {
        self.setup.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a token is that of the one-time link.
    pub fn is_setup_token(&self, given: &str) -> bool {
        self.setup_token().is_some_and(|token| token::equal(&token, given))
    }

    /// Makes an account, with all that is said of it in one commit: a crash leaves none that serves more than it may. The
    /// first one ends the one-time link.
    pub async fn create(&self, new: NewAccount) -> Result<Arc<Account>, AccountError> {
        check_name(&new.name)?;
        check_email(&new.email)?;
        check_capacity(new.capacity)?;
        let _alone = self.changing.lock().await;
        if self.find_by_email(&new.email).is_some() {
            return Err(AccountError::EmailTaken(new.email));
        }
        let account = Account::blank(AgentId::from_uuid(uuid::Uuid::now_v7()));
        let mut events = vec![AccountEvent::Created { name: new.name, email: new.email, role: new.role }];
        if !new.sites.is_empty() || !new.queues.is_empty() {
            events.push(AccountEvent::ServesSet { sites: new.sites, queues: new.queues });
        }
        events.extend(new.capacity.map(|capacity| AccountEvent::CapacitySet { capacity }));
        events.extend(new.password.map(|hash| AccountEvent::PasswordSet { hash }));
        let account = self.append(&account, events).await?;
        self.setup.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(account)
    }

    /// Sets a password by its hash. Every session ends.
    pub async fn set_password(&self, id: AgentId, hash: String) -> Result<Arc<Account>, AccountError> {
        self.change(id, |_| Ok(vec![AccountEvent::PasswordSet { hash: hash.clone() }])).await
    }

    /// What an agent has chosen.
    pub async fn set_status(&self, id: AgentId, status: AgentStatus) -> Result<Arc<Account>, AccountError> {
        self.change(id, |account| {
            Ok(if account.status == status { vec![] } else { vec![AccountEvent::StatusSet { status }] })
        })
        .await
    }

    /// Changes an account, all in one commit.
    pub async fn update(&self, id: AgentId, change: AccountChange) -> Result<Arc<Account>, AccountError> {
        check_capacity(change.capacity)?;
        let _alone = self.changing.lock().await;
        if let Some(name) = &change.name {
            check_name(name)?;
        }
        if let Some(email) = &change.email {
            check_email(email)?;
            if self.find_by_email(email).is_some_and(|other| other.id != id) {
                return Err(AccountError::EmailTaken(email.clone()));
            }
        }
        self.change(id, |account| {
            let demoted = change.role.is_some_and(|role| role < Role::Admin) || change.disabled == Some(true);
            if demoted && account.role == Role::Admin && self.other_admins(account.id) == 0 {
                return Err(AccountError::LastAdmin);
            }
            let mut events = Vec::new();
            let differs = |new: &Option<String>, old: &str| new.clone().filter(|new| new != old);
            events.extend(differs(&change.name, &account.name).map(|name| AccountEvent::NameSet { name }));
            events.extend(differs(&change.email, &account.email).map(|email| AccountEvent::EmailSet { email }));
            let role = change.role.filter(|role| *role != account.role);
            events.extend(role.map(|role| AccountEvent::RoleSet { role }));
            let sites = change.sites.clone().unwrap_or_else(|| account.sites.clone());
            let queues = change.queues.clone().unwrap_or_else(|| account.queues.clone());
            if sites != account.sites || queues != account.queues {
                events.push(AccountEvent::ServesSet { sites, queues });
            }
            let capacity = change.capacity.filter(|capacity| *capacity != account.capacity);
            events.extend(capacity.map(|capacity| AccountEvent::CapacitySet { capacity }));
            let disabled = change.disabled.filter(|disabled| *disabled != account.disabled);
            events.extend(disabled.map(|disabled| AccountEvent::Disabled { disabled }));
            events.extend(change.password.clone().map(|hash| AccountEvent::PasswordSet { hash }));
            Ok(events)
        })
        .await
    }

    /// Logs in somebody whose password was checked. Gives the token for the cookie; only its hash is kept.
    pub async fn start_session(&self, id: AgentId) -> Result<String, AccountError> {
        let token = token::mint();
        let (hash, until) = (token::hash(&token), self.clock.now() + SESSION);
        self.change(id, |_| Ok(vec![AccountEvent::SessionStarted { hash: hash.clone(), until }])).await?;
        Ok(token)
    }

    /// Who a session's token belongs to, if it still counts.
    pub fn session(&self, token: &str) -> Option<Arc<Account>> {
        let hash = token::hash(token);
        let now = self.clock.now();
        let valid = |account: &Account| account.sessions.iter().any(|(kept, until)| *kept == hash && *until > now);
        self.list().into_iter().find(|account| !account.disabled && valid(account))
    }

    /// Logs out.
    pub async fn end_session(&self, token: &str) -> Result<(), AccountError> {
        let Some(account) = self.session(token) else { return Ok(()) };
        let hash = token::hash(token);
        self.change(account.id, |_| Ok(vec![AccountEvent::SessionEnded { hash: hash.clone() }])).await.map(drop)
    }

    fn other_admins(&self, id: AgentId) -> usize {
        let admins = self.list().into_iter();
        admins.filter(|account| account.id != id && account.role == Role::Admin && !account.disabled).count()
    }

    async fn change(
        &self,
        id: AgentId,
        events: impl Fn(&Account) -> Result<Vec<AccountEvent>, AccountError>,
    ) -> Result<Arc<Account>, AccountError> {
        let mut tries = 0;
        loop {
            let account = self.get(id).ok_or(AccountError::NotFound)?;
            let events = events(&account)?;
            if events.is_empty() {
                return Ok(account);
            }
            match self.append(&account, events).await {
                Err(AccountError::Store(AppendError::Conflict { .. })) if tries < TRIES => {
                    tries += 1;
                    let stored = load_account(&*self.store, id).map_err(AppendError::from)?;
                    self.keep(Arc::new(stored.ok_or(AccountError::NotFound)?));
                }
                outcome => return outcome,
            }
        }
    }

    async fn append(&self, before: &Account, events: Vec<AccountEvent>) -> Result<Arc<Account>, AccountError> {
        let now = self.clock.now();
        let mut after = before.clone();
        let mut bytes = Vec::with_capacity(events.len());
        for event in &events {
            after.apply(event, now);
            bytes
                .push(codec::encode_event(now, event).map_err(|_| AppendError::Invalid("an event cannot be encoded"))?);
        }
        let state =
            codec::encode("an account", &after).map_err(|_| AppendError::Invalid("an account cannot be encoded"))?;
        let commit = CommitId::from_uuid(uuid::Uuid::now_v7());
        let mut append = Append::new(StreamId::Agent(after.id), Version(before.version), commit, bytes, state);
        append.rows = RowChanges::between(rows(before), rows(&after));
        if fold_email(&before.email) != fold_email(&after.email) {
            append.unique.push(Unique::Guard(email_key(&after.email)));
            if !before.email.is_empty() {
                append.release.push(email_key(&before.email));
            }
        }
        match self.store.append(append).await {
            Ok(_) => {}
            Err(AppendError::Duplicate { .. }) => return Err(AccountError::EmailTaken(after.email)),
            Err(error) => return Err(error.into()),
        }
        let after = Arc::new(after);
        self.keep(Arc::clone(&after));
        Ok(after)
    }

    /// Two changes may end in either order; the later version stays.
    fn keep(&self, account: Arc<Account>) {
        {
            let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
            let known = by_id.entry(account.id).or_insert_with(|| Arc::clone(&account));
            if known.version < account.version {
                *known = account;
            }
        }
        (self.changed)();
    }
}

/// An account is found by one row; everything else of it is in its state.
fn rows(account: &Account) -> Vec<(crate::store::Key, Vec<u8>)> {
    if account.version == 0 { Vec::new() } else { vec![(format!("account/{}", account.id).into(), Vec::new())] }
}

/// An account's rows and state as its events make them, for `verify` and `import`.
pub(super) fn rebuild<'a>(
    id: AgentId,
    events: impl Iterator<Item = &'a [u8]>,
) -> Result<StateAndRows, codec::CodecError> {
    let account = fold(id, events)?;
    Ok((codec::encode("an account", &account)?, rows(&account)))
}

fn fold<'a>(id: AgentId, events: impl Iterator<Item = &'a [u8]>) -> Result<Account, codec::CodecError> {
    let mut account = Account::blank(id);
    for bytes in events {
        let (at, event) = codec::decode_event(bytes)?;
        account.apply(&event, at);
    }
    Ok(account)
}

fn load_account(store: &dyn Store, id: AgentId) -> Result<Option<Account>, crate::store::ReadError> {
    let stream = StreamId::Agent(id);
    let Some(loaded) = store.load(&stream)? else { return Ok(None) };
    if let Ok(account) = codec::decode("an account", &loaded.state) {
        return Ok(Some(account));
    }
    let events = store.events(&stream, crate::id::EventNo(0), usize::MAX)?;
    let account = fold(id, events.iter().map(|event| event.bytes.as_slice()));
    if let Err(error) = &account {
        tracing::error!(agent = %id, %error, "an account cannot be read; its owner cannot log in");
    }
    Ok(account.ok())
}

/// All index rows under a prefix, page by page.
pub(super) fn all_rows(store: &dyn Store, prefix: &str) -> Result<Vec<Row>, crate::store::ReadError> {
    const PAGE: usize = 1_000;
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let after = rows.last().map(|row| row.key.clone());
        let page = store.scan(Space::Index, prefix, after.as_deref(), PAGE)?;
        let full = page.len() == PAGE;
        rows.extend(page);
        if !full {
            return Ok(rows);
        }
    }
}

fn email_key(email: &str) -> String {
    format!("email/{}", fold_email(email))
}

fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = (1..=80).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(AccountError::Invalid("a name has 1 to 80 characters")) }
}

fn check_capacity(capacity: Option<u32>) -> Result<(), AccountError> {
    let fits = capacity.is_none_or(|capacity| capacity <= CAPACITY_MAX);
    if fits { Ok(()) } else { Err(AccountError::BadCapacity) }
}

fn check_email(email: &str) -> Result<(), AccountError> {
    let email = email.trim();
    let parts = email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    let fits = parts && email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits { Ok(()) } else { Err(AccountError::Invalid("that is not an e-mail address")) }
}
