//! Agents' accounts: a stream of events each, all in memory. An e-mail address belongs to one account; passwords arrive
//! hashed, session tokens are kept hashed.

mod account;
mod change;
mod stored;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::engine::clock::Clock;
use crate::engine::{codec, token};
use crate::id::{AgentId, CommitId};
use crate::store::{Append, AppendError, RowChanges, Store, StreamId, Unique, Version};
use crate::time::Span;

pub use account::{Account, AccountEvent, AgentStatus, Role};
pub use change::{AccountChange, AccountError, NewAccount};
pub(super) use stored::{all_rows, rebuild};
use stored::{email_key, fold_email, load_account, rows};

/// Who is not told otherwise serves so many conversations at a time.
pub const CAPACITY: u32 = 3;

/// The most conversations at a time; with 0 they only take some by hand.
pub const CAPACITY_MAX: u32 = 100;

/// A session ends after so long.
pub const SESSION: Span = Span::days(14);

/// A link by which somebody sets a new password ends after so long.
pub const RESET_LINK: Span = Span::hours(24);

/// An account keeps so many sessions; a new one ends the oldest.
const SESSIONS_MAX: usize = 20;

/// How often an append is tried again when somebody else changed the account.
const TRIES: usize = 8;

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
        new.check()?;
        let _alone = self.changing.lock().await;
        if self.find_by_email(&new.email).is_some() {
            return Err(AccountError::EmailTaken(new.email));
        }
        let account = Account::blank(AgentId::from_uuid(uuid::Uuid::now_v7()));
        let account = self.append(&account, new.events()).await?;
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
        change.check()?;
        let _alone = self.changing.lock().await;
        if let Some(email) = &change.email
            && self.find_by_email(email).is_some_and(|other| other.id != id)
        {
            return Err(AccountError::EmailTaken(email.clone()));
        }
        self.change(id, |account| {
            if change.demotes(account) && self.other_admins(account.id) == 0 {
                return Err(AccountError::LastAdmin);
            }
            Ok(change.events(account))
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

    /// Makes the token of a link by which somebody sets a new password, once. An earlier one ends.
    pub async fn offer_reset(&self, id: AgentId) -> Result<String, AccountError> {
        let token = token::mint();
        let (hash, until) = (token::hash(&token), self.clock.now() + RESET_LINK);
        self.change(id, |account| {
            if account.disabled {
                return Err(AccountError::NotFound);
            }
            Ok(vec![AccountEvent::ResetOffered { hash: hash.clone(), until }])
        })
        .await?;
        Ok(token)
    }

    /// Whose link a token is of, if it still counts.
    pub fn reset(&self, token: &str) -> Option<Arc<Account>> {
        let (hash, now) = (token::hash(token), self.clock.now());
        let counts = |(kept, until): &(String, crate::time::Time)| token::equal(kept, &hash) && *until > now;
        self.list().into_iter().find(|account| !account.disabled && account.reset.as_ref().is_some_and(counts))
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

    /// Links an account with somebody in Telegram, or with nobody any more. Whoever is linked with one account is no longer with
    /// another.
    pub async fn set_telegram(&self, id: AgentId, user: Option<i64>) -> Result<Arc<Account>, AccountError> {
        let _alone = self.changing.lock().await;
        let set = |account: &Account, user: Option<i64>| {
            Ok(if account.telegram == user { vec![] } else { vec![AccountEvent::TelegramSet { user }] })
        };
        let others = self.list().into_iter().filter(|other| other.id != id);
        for other in others.filter(|other| user.is_some() && other.telegram == user) {
            self.change(other.id, |account| set(account, None)).await?;
        }
        self.change(id, |account| set(account, user)).await
    }

    /// The account of somebody in Telegram, if it still counts.
    pub fn of_telegram(&self, user: i64) -> Option<Arc<Account>> {
        self.list().into_iter().find(|account| !account.disabled && account.telegram == Some(user))
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
