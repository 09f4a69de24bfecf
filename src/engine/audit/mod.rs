//! The audit trail: what agents, supervisors and admins did beyond what conversations record themselves. A stream for every day,
//! to which is only added; whole days are erased when they are older than [`KEPT`]. It names people and conversations by their
//! ids and facts by their names: nothing in it is a secret, and nothing of a person who was erased is left in it.

mod failures;
mod read;

use serde::{Deserialize, Serialize};

use crate::dialog::AgentRef;
use crate::engine::rebuild::StateAndRows;
use crate::engine::{Account, AgentStatus, Engine, Role, codec};
use crate::id::{AgentId, CommitId, ContactId, ConversationId, EventNo, SiteId};
use crate::store::{Append, AppendError, ReadError, Store, StreamId, Version};
use crate::time::{Day, Span, Time};

pub(super) use failures::Failures;
pub use read::{AuditFilter, AuditPage, Audited};

/// The trail is kept for so long.
pub const KEPT: Span = Span::days(365);

/// How often an append is tried again when somebody else was first.
const TRIES: usize = 16;

/// What errors call the state of a day: how many entries it has.
const STATE: &str = "a day of the audit trail";

/// What somebody did. Stored for as long as the trail is kept: variants and fields are only added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Audit {
    /// Logged in.
    LoggedIn,
    /// Logged out.
    LoggedOut,
    /// Somebody tried to log in and failed, so many times in a while. None as the account: an address that has none.
    LoginsFailed {
        /// Whose address was tried.
        account: Option<AgentRef>,
        /// How often.
        times: u32,
        /// The first of them.
        since: Time,
    },
    /// An account was made.
    AccountCreated {
        /// Which.
        account: AgentRef,
        /// What it may do.
        role: Role,
    },
    /// An account was changed.
    AccountChanged {
        /// Which.
        account: AgentRef,
        /// What of it.
        what: Vec<String>,
    },
    /// An account may do something else.
    RoleChanged {
        /// Which.
        account: AgentRef,
        /// Before.
        from: Role,
        /// Now.
        to: Role,
    },
    /// An account was closed or opened again.
    AccountDisabled {
        /// Which.
        account: AgentRef,
        /// Whether it is closed.
        disabled: bool,
    },
    /// A link was made by which somebody sets a new password.
    ResetLinkMade {
        /// For whom.
        account: AgentRef,
    },
    /// A new password was set.
    PasswordSet {
        /// Whose.
        account: AgentRef,
    },
    /// An account was linked with somebody in Telegram, who acts for it from there.
    TelegramLinked {
        /// Which.
        account: AgentRef,
    },
    /// It is linked no longer.
    TelegramUnlinked {
        /// Which.
        account: AgentRef,
    },
    /// A colleague was set to available or away.
    StatusSet {
        /// Who.
        account: AgentRef,
        /// What.
        status: AgentStatus,
    },
    /// A fact of a person was written down or removed.
    ContactEdited {
        /// The person's site.
        site: SiteId,
        /// Who.
        contact: ContactId,
        /// Which fact; its value stands with the person.
        fact: String,
    },
    /// Two contacts became one person.
    ContactsMerged {
        /// Their site.
        site: SiteId,
        /// The one that stands for both.
        into: ContactId,
        /// The other.
        contact: ContactId,
    },
    /// An agent made a link by which a conversation can go on elsewhere.
    LinkMade {
        /// Its site.
        site: SiteId,
        /// Which conversation.
        conversation: ConversationId,
    },
    /// That was undone.
    ContactsUnmerged {
        /// Their site.
        site: SiteId,
        /// The one that stood for both.
        into: ContactId,
        /// The other.
        contact: ContactId,
    },
    /// A person was blocked.
    ContactBlocked {
        /// The person's site.
        site: SiteId,
        /// Who.
        contact: ContactId,
    },
    /// A person was let in again.
    ContactUnblocked {
        /// The person's site.
        site: SiteId,
        /// Who.
        contact: ContactId,
    },
    /// A person was erased.
    ContactErased {
        /// The person's site.
        site: SiteId,
        /// Who.
        contact: ContactId,
        /// How many conversations went with them.
        conversations: usize,
    },
    /// A conversation was taken from a colleague.
    TookOver {
        /// The site.
        site: SiteId,
        /// Which.
        conversation: ConversationId,
        /// Whose it was.
        from: Option<AgentRef>,
    },
    /// A conversation was given to a colleague by somebody who did not own it.
    Reassigned {
        /// The site.
        site: SiteId,
        /// Which.
        conversation: ConversationId,
        /// Whose it is now.
        to: AgentRef,
    },
    /// Everything was exported.
    Exported,
    /// A setting was changed.
    SettingChanged {
        /// Which.
        what: String,
    },
}

impl Audit {
    /// The name of its kind, as stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::LoggedIn => "logged_in",
            Self::LoggedOut => "logged_out",
            Self::LoginsFailed { .. } => "logins_failed",
            Self::AccountCreated { .. } => "account_created",
            Self::AccountChanged { .. } => "account_changed",
            Self::RoleChanged { .. } => "role_changed",
            Self::AccountDisabled { .. } => "account_disabled",
            Self::ResetLinkMade { .. } => "reset_link_made",
            Self::PasswordSet { .. } => "password_set",
            Self::TelegramLinked { .. } => "telegram_linked",
            Self::TelegramUnlinked { .. } => "telegram_unlinked",
            Self::StatusSet { .. } => "status_set",
            Self::ContactEdited { .. } => "contact_edited",
            Self::ContactsMerged { .. } => "contacts_merged",
            Self::ContactsUnmerged { .. } => "contacts_unmerged",
            Self::LinkMade { .. } => "link_made",
            Self::ContactBlocked { .. } => "contact_blocked",
            Self::ContactUnblocked { .. } => "contact_unblocked",
            Self::ContactErased { .. } => "contact_erased",
            Self::TookOver { .. } => "took_over",
            Self::Reassigned { .. } => "reassigned",
            Self::Exported => "exported",
            Self::SettingChanged { .. } => "setting_changed",
        }
    }

    /// The names of all kinds, in the order in which one chooses from them.
    pub const KINDS: [&str; 23] = [
        "logged_in",
        "logged_out",
        "logins_failed",
        "account_created",
        "account_changed",
        "role_changed",
        "account_disabled",
        "reset_link_made",
        "password_set",
        "telegram_linked",
        "telegram_unlinked",
        "status_set",
        "contact_edited",
        "contacts_merged",
        "contacts_unmerged",
        "contact_blocked",
        "contact_unblocked",
        "contact_erased",
        "link_made",
        "took_over",
        "reassigned",
        "exported",
        "setting_changed",
    ];

    /// What a change of an account was.
    pub fn of_change(before: &Account, after: &Account, new_password: bool) -> Vec<Self> {
        let account = after.agent();
        let mut all = Vec::new();
        if before.role != after.role {
            all.push(Self::RoleChanged { account: account.clone(), from: before.role, to: after.role });
        }
        if before.disabled != after.disabled {
            all.push(Self::AccountDisabled { account: account.clone(), disabled: after.disabled });
        }
        if new_password {
            all.push(Self::PasswordSet { account: account.clone() });
        }
        let parts = [
            ("name", before.name != after.name),
            ("email", before.email != after.email),
            ("sites", before.sites != after.sites),
            ("queues", before.queues != after.queues),
            ("languages", before.languages != after.languages),
            ("capacity", before.capacity != after.capacity),
        ];
        let what: Vec<_> = parts.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()).collect();
        if !what.is_empty() {
            all.push(Self::AccountChanged { account, what });
        }
        all
    }

    /// The account that it was done to.
    fn account(&self) -> Option<AgentId> {
        match self {
            Self::LoginsFailed { account, .. } => account.as_ref().map(|account| account.id),
            Self::AccountCreated { account, .. }
            | Self::AccountChanged { account, .. }
            | Self::RoleChanged { account, .. }
            | Self::AccountDisabled { account, .. }
            | Self::ResetLinkMade { account }
            | Self::PasswordSet { account }
            | Self::TelegramLinked { account }
            | Self::TelegramUnlinked { account }
            | Self::StatusSet { account, .. } => Some(account.id),
            Self::TookOver { from, .. } => from.as_ref().map(|from| from.id),
            Self::Reassigned { to, .. } => Some(to.id),
            _ => None,
        }
    }
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Who; none for a command on the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<AgentRef>,
    #[serde(flatten)]
    what: Audit,
}

/// Adds entries to the trail. Nobody as `by` stands for a command on the server.
pub async fn audit(store: &dyn Store, now: Time, by: Option<&AgentRef>, what: Vec<Audit>) -> Result<(), AppendError> {
    if what.is_empty() {
        return Ok(());
    }
    let stream = StreamId::Audit(Day::of(now));
    let invalid = |_| AppendError::Invalid("an entry of the audit trail cannot be encoded");
    let entries = what.into_iter().map(|what| codec::encode_event(now, &Entry { by: by.cloned(), what }));
    let events = entries.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
    let mut tries = 0;
    loop {
        let version = store.load(&stream)?.map_or(Version::NONE, |loaded| loaded.version);
        let state = codec::encode(STATE, &(version.0 + events.len() as u64)).map_err(invalid)?;
        let commit = CommitId::from_uuid(uuid::Uuid::now_v7());
        let append = Append::new(stream.clone(), version, commit, events.clone(), state);
        match store.append(append).await {
            Err(AppendError::Conflict { .. }) if tries < TRIES => tries += 1,
            outcome => return outcome.map(drop),
        }
    }
}

/// A day's state as its events make it, for `verify` and `import`.
pub(super) fn rebuild<'a>(events: impl Iterator<Item = &'a [u8]>) -> Result<StateAndRows, codec::CodecError> {
    let mut entries = 0_u64;
    for bytes in events {
        codec::decode_event::<Entry>(bytes)?;
        entries += 1;
    }
    Ok((codec::encode(STATE, &entries)?, Vec::new()))
}

impl Engine {
    /// Adds to the audit trail what somebody has done. It is done: what cannot be written down is told to the operator.
    pub async fn audit(&self, by: Option<&AgentRef>, what: Vec<Audit>) {
        if let Err(error) = audit(&*self.0.store, self.0.clock.now(), by, what).await {
            tracing::error!(by = by.map(|by| by.id.to_string()), %error, "the audit trail misses an entry");
        }
    }

    /// Erases the days of the trail that are older than it is kept.
    pub(super) async fn forget_old_audits(&self, now: Time) -> Result<usize, AppendError> {
        let first_kept = Day::of(now - KEPT);
        let old: Vec<_> = days(&*self.0.store)?.into_iter().filter(|day| *day < first_kept).collect();
        if !old.is_empty() {
            self.0.store.erase(old.iter().map(|day| StreamId::Audit(*day)).collect(), now).await?;
        }
        Ok(old.len())
    }
}

/// All days that have entries, the first first.
fn days(store: &dyn Store) -> Result<Vec<Day>, ReadError> {
    let mut days = Vec::new();
    let mut after = Some(StreamId::Audit(Day(0)));
    loop {
        let page = store.streams(after.as_ref(), 500)?;
        let found = page.len();
        for stream in &page {
            match stream {
                StreamId::Audit(day) => days.push(*day),
                // The streams of a site with such a name stand between the days.
                other if other.to_string().starts_with(Day::PREFIX) => {}
                _ => return Ok(days),
            }
        }
        if found == 0 {
            return Ok(days);
        }
        after = page.last().cloned();
    }
}

/// The entries of a day, with their numbers.
fn entries(store: &dyn Store, day: Day) -> Result<Vec<(EventNo, Time, Entry)>, ReadError> {
    let stored = store.events(&StreamId::Audit(day), EventNo(0), usize::MAX)?;
    let decode = |event: &crate::store::Recorded| {
        let (at, entry) = codec::decode_event(&event.bytes).ok()?;
        Some((event.no, at, entry))
    };
    Ok(stored.iter().filter_map(decode).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_stored_name() {
        let agent = || AgentRef { id: AgentId::from_uuid(uuid::Uuid::from_u128(1)), name: "Ann".to_owned() };
        let all = [
            Audit::LoggedIn,
            Audit::LoginsFailed { account: Some(agent()), times: 3, since: Time(5) },
            Audit::RoleChanged { account: agent(), from: Role::Agent, to: Role::Admin },
            Audit::Exported,
        ];
        for what in all {
            let json = serde_json::to_value(&what).unwrap();
            assert_eq!(json["type"], what.kind());
            assert!(Audit::KINDS.contains(&what.kind()));
            let entry = Entry { by: Some(agent()), what };
            let bytes = codec::encode_event(Time(7), &entry).unwrap();
            assert_eq!(codec::decode_event::<Entry>(&bytes).unwrap(), (Time(7), entry));
        }
    }
}
