//! Files that operators send in Telegram. Each is fetched before Telegram hears that it was taken, so that a crash loses none; the
//! visitor gets it as from the web desk, wherever they are.

use std::sync::Arc;

use crate::channel::DeskUpdate;
use crate::dialog::{AgentCommand, RemoteFile};
use crate::engine::telegram_desk::rows::once;
use crate::engine::{Account, Engine, TurnError};
use crate::id::ConversationId;
use crate::store::Space;

impl Engine {
    /// Passes a file on to the visitor. Says whether they get it.
    pub(super) async fn pass_on(
        &self,
        update: &DeskUpdate,
        account: &Arc<Account>,
        id: ConversationId,
        file: &RemoteFile,
    ) -> Result<bool, TurnError> {
        let once = once(update.chat, update.id);
        // A repeat is not fetched once more.
        if self.0.store.get(Space::Unique, &format!("in/{once}"))?.is_some() {
            return Ok(true);
        }
        let (Some(desk), Some(reference)) = (self.telegram_desk(), &file.reference) else { return Ok(false) };
        let name = file.name.as_deref().unwrap_or_default();
        let Some(received) = self.fetch_now(&desk.account, reference, name).await else { return Ok(false) };
        received.name(id).await?;
        let command = AgentCommand::Send { file: received.attachment.clone(), client: None };
        let (engine, account) = (self.clone(), Arc::clone(account));
        self.fly(async move {
            let outcome = engine.agent_once(&account.agent(), account.role, id, command, Some(once)).await;
            received.kept_if(&outcome).await;
            outcome.map(|_| true)
        })
        .await
    }
}
