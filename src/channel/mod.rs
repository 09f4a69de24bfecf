//! Messaging apps: how each platform proves that it calls, what it sends, what it can show, and what its answers mean. A
//! channel is pure: it turns bytes into updates and messages into calls; others read, store, wait and send.
//!
//! Start with `Channel`, the one trait; then `inbound` and `outbound`, its words. Each platform is one file and one line in
//! `KINDS`. What several need is in `proof` (signatures), `signed`
//! (Standard Webhooks), `pieces` (long texts), `press` (what a button brings back) and `given`
//! (an operator's settings). It must not know the store, the engine or HTTP's server.

mod given;
mod inbound;
mod link;
mod outbound;
mod pieces;
mod plain;
mod press;
mod proof;
mod signed;

mod line;
mod messenger;
mod meta;
mod slack;
mod telegram;
mod telegram_desk;
mod twilio;
mod viber;
mod webhook;
mod whatsapp;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::dialog::{Address, Undeliverable};
use crate::id::{ChannelName, SiteId};
use crate::time::Span;

pub use given::{Env, Given, SettingAt, SettingError, Written, check_url, instead, is_here};
pub use inbound::{Delivery, Inbound, Received, Rejected, Reply, Sender, Update, Vouched, What};
pub use link::{AppLink, LinkCode};
pub use outbound::{Answer, ApiCall, Ask, Body, Check, Fetch, Outcome, Outgoing, OutgoingButton};
pub use press::{Pressed, payload};
pub use signed::SigningKey;
pub use telegram_desk::{DeskMessage, DeskUpdate, DeskWhat, MAKE_TOPIC, TELEGRAM_DESK, TelegramDesk};

/// A platform, with the keys and settings of one account.
pub trait Channel: fmt::Debug + Send + Sync {
    /// What it can do.
    fn traits(&self) -> Traits;

    /// Looks at what came over the wire: first whether the platform sent it, then what it says.
    ///
    /// # Errors
    ///
    /// What is wrong with it. Nothing may be kept of a delivery without proof.
    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected>;

    /// How long after their last words an agent may still write to somebody; none where there is no end.
    fn window(&self, _to: &Address) -> Option<Span> {
        None
    }

    /// The calls that bring a message to somebody, in their order.
    ///
    /// # Errors
    ///
    /// Where the platform would not take it now, as far as we know.
    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable>;

    /// What the platform's answer to a call means.
    fn outcome(&self, answer: &Answer<'_>) -> Outcome;

    /// The call that shows somebody that an answer is being written; none where the platform has no such thing. `last` is the
    /// platform's id of their last message, where that is known.
    fn typing(&self, _to: &Address, _last: Option<&str>) -> Option<ApiCall> {
        None
    }

    /// The answer that greets somebody who looks at us for the first time and may not be written to yet.
    fn welcome(&self, _outgoing: &Outgoing) -> Reply {
        Reply::default()
    }

    /// The calls that show whether the platform knows us, and whether it is who the settings say; where that can be done by a
    /// call, they tell it our address.
    fn checks(&self, webhook_url: &str) -> Vec<Check>;

    /// What an operator must do by hand in the platform's console; none where nothing is left to do.
    fn by_hand(&self) -> Option<&'static str> {
        None
    }

    /// The link that opens a chat with us in the app and makes people send this code; none where the platform has no such link,
    /// or the operator has not said how we are called there.
    fn link(&self, _code: &LinkCode) -> Option<AppLink> {
        None
    }

    /// How to fetch something that lies at the platform; none where there is nothing to fetch.
    fn fetch(&self, _reference: &str) -> Option<Fetch> {
        None
    }

    /// Where the file is, after the platform was asked for it.
    fn found(&self, _answer: &serde_json::Value) -> Option<Fetch> {
        None
    }
}

/// What a channel can do, as far as others must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// What the platform tells of what was delivered and seen.
    pub receipts: Receipts,
    /// More buttons than this are shown as numbered lines, so that a number is a press.
    pub buttons_max: usize,
    /// How many calls it takes a second, over all people.
    pub calls_per_second: u32,
}

/// What a platform tells of what was delivered and seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipts {
    /// Nothing: that it took a message is all that is known.
    None,
    /// Until when everything was.
    UntilATime,
    /// Which messages were, by the ids that it gave them.
    OfMessages,
}

/// A kind of channel.
pub struct Kind {
    /// Its name in addresses, settings and paths.
    pub name: &'static str,
    build: fn(&mut Given<'_>) -> Arc<dyn Channel>,
}

impl Kind {
    /// Makes one of an operator's settings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn set_up(&self, mut given: Given<'_>) -> Result<Arc<dyn Channel>, Vec<SettingError>> {
        let channel = (self.build)(&mut given);
        let wrong = given.done();
        if wrong.is_empty() { Ok(channel) } else { Err(wrong) }
    }
}

/// All kinds of channels.
pub const KINDS: &[Kind] = &[
    telegram::KIND,
    whatsapp::KIND,
    messenger::KIND,
    slack::KIND,
    twilio::KIND,
    line::KIND,
    viber::KIND,
    webhook::KIND,
];

/// A kind by its name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Whether what is said to somebody on a channel of this name is sent to them, rather than fetched by them.
pub fn sends(name: &ChannelName) -> bool {
    kind(name.as_str()).is_some()
}

/// A channel that is set up.
#[derive(Debug, Clone)]
pub struct Account {
    /// The site that it belongs to.
    pub site: SiteId,
    /// The kind's name.
    pub name: ChannelName,
    /// The account's name; empty where there is one account.
    pub account: String,
    /// What it does.
    pub channel: Arc<dyn Channel>,
}

impl Account {
    /// The path at which the platform reaches it.
    pub fn path(&self) -> String {
        path(self.name.as_str(), &self.account)
    }
}

/// The path at which a platform reaches an account.
fn path(name: &str, account: &str) -> String {
    if account.is_empty() { format!("/webhooks/{name}") } else { format!("/webhooks/{name}/{account}") }
}

/// All channels that are set up.
#[derive(Debug, Clone, Default)]
pub struct Channels(BTreeMap<(String, String), Account>);

impl Channels {
    /// Adds a channel. Gives it back where there is one of this name and account already.
    pub fn add(&mut self, account: Account) -> Result<(), Account> {
        let key = (account.name.to_string(), account.account.clone());
        if self.0.contains_key(&key) {
            return Err(account);
        }
        self.0.insert(key, account);
        Ok(())
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.0.values()
    }

    /// The channel that reaches an address; none where it is not set up any more.
    pub fn of(&self, address: &Address) -> Option<&Account> {
        let found = self.0.get(&(address.channel.to_string(), address.account.clone()));
        found.filter(|account| account.site == address.site)
    }
}
