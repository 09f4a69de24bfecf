//! Which account somebody in Telegram has: a code that an agent gets at the web desk, once and for a quarter of an hour, and says
//! to the bot.

use std::sync::PoisonError;

use crate::engine::{Account, AccountError, AgentStatus, Audit, Engine, token};
use crate::id::AgentId;
use crate::time::{Span, Time};

/// A code counts for so long.
const CODE: Span = Span::minutes(15);

/// A code's letters: short enough to be typed, too many to be guessed.
const CODE_CHARS: usize = 20;

/// A code for an agent to say to the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelegramOffer {
    /// What to type: `/start <code>`.
    pub code: String,
    /// The link that does it; none where Telegram has not told the bot's name.
    pub link: Option<String>,
    /// When it ends.
    pub until: Time,
}

impl Engine {
    /// Makes a code by which an agent links their account with Telegram. An earlier one of theirs ends. None where the desk in
    /// Telegram is not set up.
    pub async fn offer_telegram(&self, agent: AgentId) -> Option<TelegramOffer> {
        let desk = self.telegram_desk()?;
        let now = self.0.clock.now();
        let code: String = token::mint().chars().take(CODE_CHARS).collect();
        let until = now + CODE;
        {
            let mut codes = self.0.desk.codes.lock().unwrap_or_else(PoisonError::into_inner);
            codes.retain(|_, (whose, ends)| *whose != agent && *ends > now);
            codes.insert(token::hash(&code), (agent, until));
        }
        let known = self.0.desk.name.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let name = match known {
            Some(name) => Some(name),
            None => {
                let asked = self.ask_platform(&desk.who()).await.ok();
                let answer = asked.and_then(|(_, _, body)| serde_json::from_slice::<serde_json::Value>(&body).ok());
                let name = answer.and_then(|answer| answer["result"]["username"].as_str().map(str::to_owned));
                self.0.desk.name.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&name);
                name
            }
        };
        Some(TelegramOffer { link: name.map(|name| format!("https://t.me/{name}?start={code}")), code, until })
    }

    /// Links whoever says a code with the account that it was made for. None where the code does not count, or not any more.
    pub(super) async fn link_telegram(
        &self,
        code: &str,
        user: i64,
    ) -> Result<Option<std::sync::Arc<Account>>, AccountError> {
        let now = self.0.clock.now();
        let found = self.0.desk.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(&token::hash(code));
        let Some((agent, _)) = found.filter(|(_, until)| *until > now) else { return Ok(None) };
        if self.accounts().get(agent).is_none_or(|account| account.disabled) {
            return Ok(None);
        }
        let before = self.accounts().of_telegram(user).filter(|before| before.id != agent);
        self.accounts().set_telegram(agent, Some(user)).await?;
        // Who links wants to answer from there: a new account is away until it says otherwise.
        let account = self.set_status(agent, AgentStatus::Available).await?;
        let unlinked = before.map(|before| Audit::TelegramUnlinked { account: before.agent() });
        let linked = Audit::TelegramLinked { account: account.agent() };
        self.audit(Some(&account.agent()), unlinked.into_iter().chain([linked]).collect()).await;
        Ok(Some(account))
    }

    /// Somebody no longer answers from Telegram.
    pub async fn unlink_telegram(&self, account: &Account) -> Result<(), AccountError> {
        self.accounts().set_telegram(account.id, None).await?;
        if account.telegram.is_some() {
            let unlinked = Audit::TelegramUnlinked { account: account.agent() };
            self.audit(Some(&account.agent()), vec![unlinked]).await;
        }
        Ok(())
    }
}
