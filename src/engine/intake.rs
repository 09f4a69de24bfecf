//! What happens on messaging apps, as turns of conversations. Each update is durable when this gives its answer; a repeat of the
//! platform changes nothing.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::channel::{Account, ApiCall, LinkCode, Outgoing, Pressed, Sender, Update, What};
use crate::dialog::{
    Address, AgentCommand, ButtonTarget, ClosedBecause, Event, Input, MESSAGE_CHARS_MAX, Press, World, decide,
    elsewhere,
};
use crate::engine::cache::Hot;
use crate::engine::visitor::{CLIENT_ID_BYTES_MAX, LANGUAGE_BYTES_MAX};
use crate::engine::{Engine, GoesOn, Told, TurnDone, TurnError, VisitorFacts, VisitorTurn};
use crate::flow::Builtin;
use crate::id::{ContactId, ConversationId, EventNo};
use crate::store::Space;
use crate::text;
use crate::time::{Span, Time};

/// A platform's clock may be so far from ours.
const CLOCKS_APART: Span = Span::minutes(1);

/// What stands for a button of which nobody knows any more what it said: the bot answers as to words that it does not understand.
const A_BUTTON: &str = "🔘";

impl Engine {
    /// Takes an update. What a conversation refuses (an empty message, a rating of nothing) is over with that: the platform need
    /// not send it again.
    ///
    /// # Errors
    ///
    /// Where it could not be stored, so that the platform must send it again.
    pub async fn take_update(&self, account: &Account, update: Update) -> Result<(), TurnError> {
        let address = address_of(account, &update.from);
        let trouble = format!("{}/{}", address.key(), update.id.as_deref().unwrap_or_default());
        let done = match self.known_as(&address, &update.from.vouched) {
            Ok(known) => self.known_and_taken(&known.unwrap_or(address), update).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(()),
            Err(error @ (TurnError::Busy { .. } | TurnError::Halted)) => Err(error),
            // What cannot be stored for a reason of its own must not hold up what comes behind it for ever: a platform that
            // keeps the order would send nothing else for a day.
            Err(error @ TurnError::Store(_)) if !self.0.outbox.troubles.is_hopeless(trouble) => Err(error),
            Err(error) => {
                let lost = matches!(error, TurnError::Store(_) | TurnError::LowSpace);
                if lost {
                    tracing::error!(channel = %account.name, %error, "an update of a messaging app is lost");
                } else {
                    tracing::info!(channel = %account.name, %error, "an update of a messaging app was not taken");
                }
                Ok(())
            }
        }
    }

    /// What greets somebody who only looks at us. Nothing is stored: a conversation begins when they write, and what is offered
    /// comes back as words.
    pub fn welcome(&self, account: &Account, from: &Sender) -> Option<Outgoing> {
        let site = self.site(&account.site)?;
        let address = address_of(account, from);
        // Whoever is in the midst of something has been greeted.
        if self.current(&address).ok()?.is_some() {
            return None;
        }
        let hot = Hot {
            id: ConversationId::from_uuid(uuid::Uuid::now_v7()),
            site: Arc::clone(site),
            conversation: Arc::default(),
            rows: Arc::new([]),
            place: None,
            known: Arc::default(),
        };
        let bot = site.bot();
        let world = World { app: self.app_at(&address), ..self.world(&bot, &hot) };
        let open = Input::Open {
            address,
            contact: ContactId::from_uuid(hot.id.uuid()),
            language: from.language.clone(),
            page: None,
            greet: true,
        };
        let decision = decide(&bot, &hot.conversation, &open, &world).ok()?;
        let said = decision.events.iter().filter_map(|recorded| match &recorded.event {
            Event::BotSaid { message, .. } => Some(Outgoing::of(String::new(), message, |_| String::new())),
            _ => None,
        });
        let mut welcome = said.reduce(|all, more| Outgoing {
            text: [all.text, more.text].join("\n\n"),
            buttons: [all.buttons, more.buttons].concat(),
            ..all
        })?;
        welcome.buttons.iter_mut().for_each(|button| button.payload.clone_from(&button.label));
        Some(welcome)
    }

    /// Makes a call whose outcome matters to nobody, in the background.
    pub fn courtesy(&self, account: &Account, call: ApiCall) {
        let (engine, account) = (self.clone(), account.clone());
        tokio::spawn(async move {
            let outcome = engine.call_platform(&account, &call).await;
            tracing::debug!(channel = %account.name, call = call.name, ?outcome, "a courtesy");
        });
    }

    /// Knows whoever did it from other channels, before they are answered, by what is vouched for. What nobody is known by yet is
    /// written down when they have their answer: their next message would say it again. Whatever is wrong with it, the update
    /// is taken.
    async fn known_and_taken(&self, address: &Address, mut update: Update) -> Result<(), TurnError> {
        let theirs = update.what.is_theirs() && !update.if_open;
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for what in std::mem::take(&mut update.from.vouched).into_iter().filter(|_| theirs) {
            let known = self.is_known_by(&address.site, &what)?;
            if known { old.push(what) } else { new.push(what) }
        }
        // Whoever is seen for the first time is known by the new from the first commit on.
        update.from.vouched.clone_from(&new);
        match self.vouch(address, &old).await {
            Err(error @ (TurnError::Busy { .. } | TurnError::Halted)) => return Err(error),
            Err(error) => {
                tracing::warn!(channel = %address.channel, %error, "somebody is not known from other channels")
            }
            Ok(()) => {}
        }
        self.take(address, update).await?;
        if !new.is_empty() {
            let (engine, address) = (self.clone(), address.clone());
            tokio::spawn(async move {
                if let Err(error) = engine.vouch(&address, &new).await {
                    tracing::debug!(channel = %address.channel, %error, "somebody is not known from other channels yet");
                }
            });
        }
        Ok(())
    }

    async fn take(&self, address: &Address, update: Update) -> Result<(), TurnError> {
        let Update { from, id, what, reply_token, if_open } = update;
        if if_open && self.current(address)?.is_none() {
            return Ok(());
        }
        let was_here = self.was_here(address);
        // What is taken back is nothing to answer.
        if id.is_some() && !matches!(what, What::TakenBack { .. }) {
            self.came_from(address, id.clone(), reply_token);
        }
        let client = id.as_deref().map(client_id);
        let facts = facts(from);
        let turn = match what {
            What::Text(text) => match LinkCode::alone(&text) {
                Some(code) => return self.follow_link(address, &code, facts, client).await,
                None => self.text(address, text, client)?,
            },
            What::Looks => return Ok(()),
            // Who looked at us a moment ago was greeted then.
            What::Follows if was_here || self.current(address)?.is_some() => return Ok(()),
            What::Start | What::Follows => return self.start_over(address, facts, client).await.map(drop),
            What::Press { payload, label } => self.press(address, &payload, label, client)?,
            What::Media { file, caption } => {
                let caption = caption.map(|caption| cut(&caption));
                VisitorTurn::Remote { file, caption, client }
            }
            What::Receipt { received, messages, until } => {
                return self.received(address, received, &messages, until).await;
            }
            // Where nothing is open, a conversation begins: the desk sees it, and the bot leaves the visitor's reply alone.
            What::AnsweredElsewhere { inbox, text } => {
                VisitorTurn::AnsweredElsewhere { inbox: inbox.to_owned(), text, client }
            }
            What::GivenBack { inbox } => return self.given_back(address, inbox, client).await,
            What::TakenBack { message } => return self.take_back(address, &client_id(&message)).await,
            What::Left { at } => return self.left(address, at, client).await,
        };
        self.visitor(address, facts, turn).await.map(drop)
    }

    /// A text: the number of a button where buttons are numbers, else words.
    fn text(&self, address: &Address, text: String, client: Option<String>) -> Result<VisitorTurn, TurnError> {
        let native = self.channels().of(address).map_or(usize::MAX, |account| account.channel.traits().buttons_max);
        let digits = text::plain(text.trim().trim_end_matches(['.', ')']));
        let number = digits.parse::<usize>().ok().filter(|number| native < usize::MAX && *number > 0);
        if let Some(number) = number
            && let Some(id) = self.current(address)?
            && let Some(conversation) = self.conversation(id)?
            && conversation.with_agent().is_none()
            && let Some(last) = conversation.buttons.last().map(|live| live.event)
        {
            let of_last = conversation.buttons.iter().filter(|live| live.event == last);
            let labels: Vec<_> = of_last.collect();
            let misleading = labels.iter().any(|live| live.button.label.starts_with(char::is_numeric));
            if let Some(live) = labels.get(number - 1).filter(|_| !misleading && labels.len() > native) {
                return Ok(VisitorTurn::Press { event: live.event, option: live.option, client });
            }
        }
        Ok(VisitorTurn::Message { text: cut(&text), client })
    }

    /// A press: of a button of ours, else what it says. Whoever presses what nobody knows any more is not left without an answer.
    fn press(
        &self,
        address: &Address,
        payload: &str,
        label: Option<String>,
        client: Option<String>,
    ) -> Result<VisitorTurn, TurnError> {
        if let Some(pressed) = Pressed::read(payload)
            && let Some(id) = self.latest(address)?
            && pressed.is_of(id)
        {
            return Ok(VisitorTurn::Press { event: pressed.event, option: pressed.option, client });
        }
        // A button of long ago, or of somebody else's making: what it says is what the visitor means.
        let said = match (label, Pressed::read(payload)) {
            (Some(label), _) => Some(label),
            (None, Some(pressed)) => self.old_label(address, &pressed)?,
            (None, None) => Some(payload.to_owned()),
        };
        Ok(match said {
            Some(text) => VisitorTurn::Message { text: cut(&text), client },
            None if self.current(address)?.is_some() => VisitorTurn::Message { text: A_BUTTON.to_owned(), client },
            None => VisitorTurn::Open { greet: true, invite: None },
        })
    }

    /// They followed a link, and the conversation goes on here. Who follows one that works no more is told so, and begins or goes on
    /// here as they are; so is whom people answer here and there, for neither may lose them.
    async fn follow_link(
        &self,
        address: &Address,
        code: &LinkCode,
        facts: VisitorFacts,
        client: Option<String>,
    ) -> Result<(), TurnError> {
        let once = client.as_ref().map(|client| format!("{}/{client}", address.key()));
        // Asked before the repeat is known: what a crash cut off is finished.
        let told = match self.go_on(code, address, once.clone()).await? {
            GoesOn::Here(_) => return self.tell(address, &facts.told).await,
            GoesOn::Nowhere => Input::LinkOver,
            GoesOn::WithPeople => Input::LinkApart,
        };
        if self.was_taken(once.as_deref())? {
            return Ok(());
        }
        let id = match self.current(address)? {
            Some(id) => id,
            None => {
                let open = VisitorTurn::Open { greet: true, invite: None };
                self.visitor(address, facts, open).await?.conversation
            }
        };
        let engine = self.clone();
        self.fly(async move { engine.turn_of(id, told, once).await }).await.map(drop)
    }

    /// Who wants to hear nothing more is not waited for, and hears nothing of what is still on its way to them. Who has written since
    /// has come back: platforms tell things late, and twice.
    async fn left(&self, address: &Address, at: Option<Time>, client: Option<String>) -> Result<(), TurnError> {
        let once = client.map(|client| format!("{}/{client}", address.key()));
        let Some(id) = self.current(address)? else { return Ok(()) };
        let written_at = self.conversation(id)?.and_then(|conversation| conversation.visitor_at);
        let is_back = at.zip(written_at).is_some_and(|(left, written)| written.since(left) > CLOCKS_APART);
        if is_back || self.was_taken(once.as_deref())? {
            return Ok(());
        }
        let (engine, input) = (self.clone(), Input::Left { why: ClosedBecause::Unsubscribed });
        match self.fly(async move { engine.turn_of(id, input, once).await }).await {
            Ok(_) => self.leave_unsent(address, id).await,
            Err(TurnError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whoever answered in the platform's own inbox leaves the rest to the bot. An agent of ours who has it keeps it.
    async fn given_back(&self, address: &Address, inbox: &str, client: Option<String>) -> Result<(), TurnError> {
        let Some(id) = self.current(address)? else { return Ok(()) };
        let agent = elsewhere(inbox);
        let theirs = self.conversation(id)?.is_some_and(|now| now.with_agent().is_some_and(|with| with.agent == agent));
        if !theirs {
            return Ok(());
        }
        let once = client.map(|client| format!("{}/{client}", address.key()));
        let input = Input::Agent { agent, command: AgentCommand::HandBack { flow: None } };
        let engine = self.clone();
        self.fly(async move { engine.turn_of(id, input, once).await }).await.map(drop)
    }

    /// They begin, or begin anew: with the bot alone, for whoever waits or talks with a person goes on with that.
    async fn start_over(
        &self,
        address: &Address,
        facts: VisitorFacts,
        client: Option<String>,
    ) -> Result<Option<TurnDone>, TurnError> {
        let open = VisitorTurn::Open { greet: true, invite: None };
        let once = client.as_ref().map(|client| format!("{}/{client}", address.key()));
        let Some(id) = self.current(address)? else {
            return self.visitor_once(address, facts, open, client).await.map(Some);
        };
        // A repeat of what began the conversation does not begin it anew.
        if self.was_taken(once.as_deref())? {
            return Ok(None);
        }
        if !self.conversation(id)?.is_some_and(|conversation| conversation.with_bot()) {
            return Ok(None);
        }
        let target = ButtonTarget::Builtin(Builtin::Restart);
        let press = Press { event: EventNo(0), option: 0 };
        let input = Input::Press { press, label: "/start".to_owned(), target, client };
        let engine = self.clone();
        self.fly(async move { engine.turn_of(id, input, once).await }).await.map(Some)
    }

    /// Whether an update was taken before, by what makes it known against repeats.
    fn was_taken(&self, once: Option<&str>) -> Result<bool, TurnError> {
        let Some(once) = once else { return Ok(false) };
        Ok(self.0.store.get(Space::Unique, &format!("in/{once}"))?.is_some())
    }
}

/// Where somebody on a platform is reached.
fn address_of(account: &Account, from: &Sender) -> Address {
    Address {
        site: account.site.clone(),
        channel: account.name.clone(),
        account: account.account.clone(),
        chat: from.chat.clone(),
        user: from.user.clone(),
    }
}

/// What the platform tells of somebody.
fn facts(from: Sender) -> VisitorFacts {
    let language = from.language.filter(|language| language.as_str().len() <= LANGUAGE_BYTES_MAX);
    let given = from.facts.into_iter().filter_map(|(name, value)| Some((name, super::fact(&value)?)));
    let told = Told { given: given.collect(), ..Told::default() };
    VisitorFacts { language, page: None, told, vouched: from.vouched }
}

/// A platform's id of a message, as short as ours.
pub(super) fn client_id(id: &str) -> String {
    if !id.is_empty() && id.len() <= CLIENT_ID_BYTES_MAX && !id.chars().any(char::is_control) {
        return id.to_owned();
    }
    Sha256::digest(id.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text that is not longer than a message may be: the rest is left out rather than all of it.
fn cut(text: &str) -> String {
    if text.chars().count() <= MESSAGE_CHARS_MAX {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MESSAGE_CHARS_MAX - 1).collect();
    format!("{kept}…")
}
