//! What the outside asks of the engine beside turns: who is known, and whether visitors can be served now; and what commands
//! ask of a data folder that no engine runs on.

use std::sync::Arc;

use crate::dialog::Address;
use crate::engine::{Accounts, Clock, Engine, StartError, TurnError, contacts, rebuild};
use crate::flow;
use crate::id::{ContactId, ConversationId, SiteId};
use crate::store::{Space, Store, StreamId};
use crate::view;

/// Whether visitors can be served now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// What keeps visitors from being served.
    pub problems: Vec<String>,
    /// What works, but not as it should.
    pub warnings: Vec<String>,
}

impl Engine {
    /// Whether a visitor was ever seen on an address, and was not erased since.
    pub fn knows(&self, address: &Address) -> Result<bool, TurnError> {
        Ok(self.open_on(address)?.is_some() || contacts::find(&*self.0.store, address)?.is_some())
    }

    /// The conversation on an address: the open one, else the last one.
    pub fn latest(&self, address: &Address) -> Result<Option<ConversationId>, TurnError> {
        if let Some(open) = self.current(address)? {
            return Ok(Some(open));
        }
        Ok(contacts::last_at(&*self.0.store, address)?)
    }

    /// The conversation that followed on an address after another; the first where none is named.
    pub fn following(
        &self,
        address: &Address,
        after: Option<ConversationId>,
    ) -> Result<Option<ConversationId>, TurnError> {
        let Some((site, contact)) = contacts::find(&*self.0.store, address)? else { return Ok(None) };
        let prefix = view::prefix::contact(&site, contact);
        let known = after.map(|id| self.conversation(id)).transpose()?.flatten();
        let mut key = after.zip(known).map(|(id, known)| format!("{prefix}{:020}/{id}", known.opened_at.0.max(0)));
        while let Some(row) = self.0.store.scan(Space::Index, &prefix, key.as_deref(), 1)?.into_iter().next() {
            // Where the other was erased, ids tell what came later: they grow with time.
            if let Some(id) = rebuild::conversation_of(&row).filter(|id| after.is_none_or(|after| *id > after))
                && let Some(found) = self.conversation(id)?
                && found.opening.as_ref().is_some_and(|opening| opening.address == *address)
            {
                return Ok(Some(id));
            }
            key = Some(row.key);
        }
        Ok(None)
    }

    /// Whether visitors can be served now, and what is not as it should be.
    pub fn health(&self) -> Health {
        let mut health = Health::default();
        let stats = self.0.store.stats();
        if let Some(why) = &stats.halted {
            health.problems.push(format!("the store has stopped writing: {why}"));
        }
        if stats.low_space() {
            let free_mb = stats.free_bytes.unwrap_or(0) / (1024 * 1024);
            health
                .problems
                .push(format!("the disk is almost full ({free_mb} MB free): no new conversations are taken"));
        }
        let accounts = self.accounts().list();
        for site in self.sites() {
            if site.is_outdated() {
                let (site, version) = (&site.id, &site.bot().version);
                health.warnings.push(format!(
                    "the changed bot of the site \"{site}\" has mistakes, so version {version} goes on; the log says which"
                ));
            }
            for queue in site.bot().program.queues.keys() {
                if !accounts.iter().any(|account| !account.disabled && account.serves(&site.id, queue)) {
                    health.warnings.push(format!("nobody serves the queue \"{queue}\" of the site \"{}\"", site.id));
                }
            }
        }
        health.warnings.extend(self.missing_settings());
        health
    }

    /// What services need of the environment that is not there, one sentence each: every call to them will fail.
    pub fn missing_settings(&self) -> Vec<String> {
        let settings = &self.0.settings;
        let mut missing = Vec::new();
        for site in self.sites() {
            for service in site.bot().program.services.values() {
                let needs = flow::needs(service);
                let variables = needs.env.iter().filter(|name| (settings.env)(name).is_none());
                let secrets = needs.secrets.iter().filter(|name| (settings.secret)(name).is_none());
                missing.extend(variables.chain(secrets).map(|name| {
                    let (service, site) = (&service.name, &site.id);
                    format!("the service \"{service}\" of the site \"{site}\" needs {name} in the environment, which is not set")
                }));
            }
        }
        missing
    }
}

/// The accounts of a store that no engine runs on.
pub fn open_accounts(store: Arc<dyn Store>) -> Result<Accounts, StartError> {
    Accounts::load(store, Clock::system(), Box::new(|| ()))
}

/// The person of a conversation.
pub fn contact_of(store: &dyn Store, site: &SiteId, id: ConversationId) -> Result<Option<ContactId>, TurnError> {
    let stream = StreamId::Conversation(site.clone(), id);
    let conversation = rebuild::stored(store, &stream)?.transpose()?;
    Ok(conversation.and_then(|conversation| conversation.opening).map(|opening| opening.contact))
}

/// Whether there is such a person.
pub fn has_contact(store: &dyn Store, site: &SiteId, id: ContactId) -> Result<bool, TurnError> {
    Ok(contacts::load(store, site, id)?.is_some())
}
