//! What visitors do. A message to a closed conversation opens a new one on the same address, in the same commit.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::channel::{Pressed, Vouched};
use crate::dialog::{Address, Button, Conversation, Event, Input, MESSAGE_CHARS_MAX, Page, Press, Refused, RemoteFile};
use crate::engine::cache::Hot;
use crate::engine::contacts::Met;
use crate::engine::people::vouching;
use crate::engine::sites::LiveSite;
use crate::engine::turn::Missed;
use crate::engine::{Engine, Received, Told, TurnDone, TurnError, codec, contacts};
use crate::id::{ConversationId, EventNo, Language};
use crate::store::{Append, StreamId};

/// How often a turn is decided again after somebody else appended first.
const TRIES: usize = 8;

/// The most bytes of each part of an address.
const ADDRESS_PART_MAX: usize = 128;

/// The most bytes of an address as a key: with a sender's own id of a message it is a key of the store, which has 512.
const ADDRESS_KEY_MAX: usize = 416;

/// The most bytes of a sender's own id of a message.
pub const CLIENT_ID_BYTES_MAX: usize = 64;

/// The most bytes of a language tag.
pub const LANGUAGE_BYTES_MAX: usize = 35;

/// The most bytes of each part of a page, as JSON.
const PAGE_PART_MAX: usize = 2_000;

/// Buttons of so many conversations of a person are known.
const OLD_CONVERSATIONS_MAX: usize = 50;

/// What is known of a visitor from outside; used when a conversation is opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitorFacts {
    /// The language of the page or app.
    pub language: Option<Language>,
    /// The page, on websites.
    pub page: Option<Page>,
    /// What the page or a form tells of them.
    pub told: Told,
    /// What the channel vouches for. It counts for somebody who is seen for the first time, where nobody is known by it yet;
    /// otherwise see `Engine::vouch`.
    pub vouched: Vec<Vouched>,
}

/// What a visitor does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitorTurn {
    /// Begins a conversation; an open one goes on, and nothing happens.
    Open {
        /// Whether the bot greets.
        greet: bool,
        /// The invitation that the visitor accepted; it takes the place of the greeting.
        invite: Option<String>,
    },
    /// Writes.
    Message {
        /// What.
        text: String,
        /// The sender's own id of the message, against repeats.
        client: Option<String>,
    },
    /// Presses a button.
    Press {
        /// The bot's message.
        event: EventNo,
        /// The button in it, from 0, cards included.
        option: usize,
        /// The sender's own id of the press, against repeats.
        client: Option<String>,
    },
    /// Sends a file.
    File {
        /// What.
        file: Received,
        /// The sender's own id of the message, against repeats.
        client: Option<String>,
    },
    /// Sends something that is not text and lies at the messaging app.
    Remote {
        /// What.
        file: RemoteFile,
        /// What they wrote below it.
        caption: Option<String>,
        /// The platform's id of it, against repeats.
        client: Option<String>,
    },
    /// Rates, outside a flow.
    Rate {
        /// 1 to 5.
        score: u8,
        /// In their words.
        comment: Option<String>,
    },
    /// Is answered by a person in the platform's own inbox, perhaps before they have said anything.
    AnsweredElsewhere {
        /// The inbox, as an agent is named.
        inbox: String,
        /// What was said.
        text: String,
        /// The platform's id of it, against repeats.
        client: Option<String>,
    },
    /// Ends the conversation.
    End,
}

impl VisitorTurn {
    fn client(&self) -> Option<&str> {
        match self {
            Self::Message { client, .. }
            | Self::File { client, .. }
            | Self::Remote { client, .. }
            | Self::AnsweredElsewhere { client, .. }
            | Self::Press { client, .. } => client.as_deref(),
            Self::Open { .. } | Self::Rate { .. } | Self::End => None,
        }
    }
}

impl Engine {
    /// What a visitor does on an address.
    pub async fn visitor(
        &self,
        address: &Address,
        facts: VisitorFacts,
        turn: VisitorTurn,
    ) -> Result<TurnDone, TurnError> {
        let client = turn.client().map(str::to_owned);
        self.visitor_once(address, facts, turn, client).await
    }

    /// The same, known by this id against repeats, also where the turn has none of its own.
    pub(super) async fn visitor_once(
        &self,
        address: &Address,
        facts: VisitorFacts,
        turn: VisitorTurn,
        client: Option<String>,
    ) -> Result<TurnDone, TurnError> {
        check(address, &facts, &turn)?;
        let site = self.site(&address.site).ok_or_else(|| TurnError::NoSuchSite(address.site.clone()))?;
        let (engine, site, address) = (self.clone(), Arc::clone(site), address.clone());
        self.fly(async move { engine.visitor_turn(&site, &address, &facts, &turn, client.as_deref()).await }).await
    }

    async fn visitor_turn(
        &self,
        site: &Arc<LiveSite>,
        address: &Address,
        facts: &VisitorFacts,
        turn: &VisitorTurn,
        client: Option<&str>,
    ) -> Result<TurnDone, TurnError> {
        let key = address.key();
        // A sender's ids need to be unique only among their own: nobody can take the answer to somebody else's message.
        let once = client.map(|client| format!("{key}/{client}"));
        let _turn = self.0.lanes.enter(&key).await.map_err(|_| TurnError::busy())?;
        if let Some(answer) = self.turned_away(address, turn)? {
            return answer;
        }
        for _ in 0..TRIES {
            let open = self.open_on(address)?;
            let (hot, inputs, newcomer) = match open {
                Some(hot) => match self.input(&hot, turn)? {
                    Some(input) => (hot, vec![input], None),
                    None => {
                        let (conversation, version) = (hot.id, hot.conversation.version);
                        return Ok(TurnDone { conversation, events: Arc::new([]), version, duplicate: false });
                    }
                },
                None => {
                    // What cannot be taken must leave nothing behind, and beginning keeps what is told.
                    let first = self.first_input(site, address, turn)?;
                    let (hot, open, newcomer) = self.begin(site, address, facts, turn).await?;
                    (hot, [Some(open), first].into_iter().flatten().collect(), newcomer)
                }
            };
            if let VisitorTurn::File { file, .. } = turn {
                file.name(hot.id).await?;
            }
            match self.attempt(&key, &hot, inputs, once.as_deref(), newcomer).await {
                Ok(done) => return Ok(done),
                Err(Missed::Again) => self.0.cache.forget(&key, hot.id),
                Err(Missed::Failed(error)) => return Err(error),
            }
        }
        Err(TurnError::busy())
    }

    /// A conversation that has not begun, the input that begins it, and the commit that makes its contact, if there is none yet.
    async fn begin(
        &self,
        site: &Arc<LiveSite>,
        address: &Address,
        facts: &VisitorFacts,
        turn: &VisitorTurn,
    ) -> Result<(Arc<Hot>, Input, Option<Append>), TurnError> {
        if self.0.low_space.load(Ordering::Relaxed) {
            return Err(TurnError::LowSpace);
        }
        let (store, now) = (&*self.0.store, self.0.clock.now());
        let vouched = vouching::keys(&site.id, &facts.vouched);
        let (contact, mut known, newcomer) = match contacts::meet(store, address, now, &facts.told, &vouched)? {
            Met::Before(contact, known) => (contact, self.tell_new(&site.id, contact, known, &facts.told).await?, None),
            Met::New(newcomer) => (newcomer.id, newcomer.known, Some(newcomer.made)),
        };
        if self.0.people.group(contact).len() > 1
            && let Some(stored) = contacts::load(&*self.0.store, &address.site, contact)?
        {
            known = self.known_of(&address.site, &stored)?;
        }
        let hot = Hot {
            id: ConversationId::from_uuid(uuid::Uuid::now_v7()),
            site: Arc::clone(site),
            conversation: Arc::new(Conversation::default()),
            rows: Arc::new([]),
            place: None,
            known: Arc::new(known),
        };
        let open = Input::Open {
            address: address.clone(),
            contact,
            language: facts.language.clone(),
            page: facts.page.as_ref().map(shortened),
            greet: matches!(turn, VisitorTurn::Open { greet: true, invite: None }),
        };
        Ok((Arc::new(hot), open, newcomer))
    }

    /// The input that a visitor's turn is where no conversation is open: after the opening, in the new one. A button of the
    /// last conversation, which is over, may still be pressed: what it meant may still be wanted. A rating belongs to the
    /// conversation that it rates, and what is over cannot be ended, so these open none.
    fn first_input(&self, site: &LiveSite, address: &Address, turn: &VisitorTurn) -> Result<Option<Input>, TurnError> {
        let last = || contacts::last_at(&*self.0.store, address);
        Ok(match turn {
            VisitorTurn::Open { invite, .. } => invite.clone().map(|invite| Input::Invited { invite }),
            VisitorTurn::Message { text, client } => {
                Some(Input::Message { text: text.clone(), client: client.clone() })
            }
            VisitorTurn::File { file, client } => {
                Some(Input::File { file: file.attachment.clone(), client: client.clone() })
            }
            VisitorTurn::Remote { file, caption, client } => {
                Some(Input::Remote { file: file.clone(), caption: caption.clone(), client: client.clone() })
            }
            VisitorTurn::AnsweredElsewhere { inbox, text, client } => {
                Some(Input::AnsweredElsewhere { inbox: inbox.clone(), text: text.clone(), client: client.clone() })
            }
            VisitorTurn::Rate { .. } | VisitorTurn::End => {
                return Err(if last()?.is_some() { Refused::Closed } else { Refused::NotOpened }.into());
            }
            VisitorTurn::Press { event, option, client } => {
                let press = Press { event: *event, option: *option };
                let button = match last()? {
                    Some(last) => self.button(site, last, &press)?,
                    None => None,
                };
                Some(pressed(press, button.ok_or(TurnError::NoSuchButton)?, client))
            }
        })
    }

    /// The input that a visitor's turn is in an open conversation; none for an opening, which an open conversation does not need.
    fn input(&self, hot: &Hot, turn: &VisitorTurn) -> Result<Option<Input>, TurnError> {
        Ok(match turn {
            VisitorTurn::Open { .. } => None,
            VisitorTurn::Message { text, client } => {
                Some(Input::Message { text: text.clone(), client: client.clone() })
            }
            VisitorTurn::File { file, client } => {
                Some(Input::File { file: file.attachment.clone(), client: client.clone() })
            }
            VisitorTurn::Remote { file, caption, client } => {
                Some(Input::Remote { file: file.clone(), caption: caption.clone(), client: client.clone() })
            }
            VisitorTurn::Rate { score, comment } => Some(Input::Rate { score: *score, comment: comment.clone() }),
            VisitorTurn::AnsweredElsewhere { inbox, text, client } => {
                Some(Input::AnsweredElsewhere { inbox: inbox.clone(), text: text.clone(), client: client.clone() })
            }
            VisitorTurn::End => Some(Input::Ended),
            VisitorTurn::Press { event, option, client } => {
                let press = Press { event: *event, option: *option };
                let live = hot.conversation.buttons.iter().find(|live| live.event == *event && live.option == *option);
                let button = match live {
                    Some(live) => Some(live.button.clone()),
                    None => self.button(&hot.site, hot.id, &press)?,
                };
                let button = button.ok_or(TurnError::NoSuchButton)?;
                Some(pressed(press, button, client))
            }
        })
    }

    /// What a button says that was shown to somebody in one of their last conversations.
    pub(super) fn old_label(&self, address: &Address, pressed: &Pressed) -> Result<Option<String>, TurnError> {
        let Some((site, contact)) = contacts::find(&*self.0.store, address)? else { return Ok(None) };
        for id in contacts::latest(&*self.0.store, &site, contact).take(OLD_CONVERSATIONS_MAX) {
            let id = id?;
            if pressed.is_of(id)
                && let Some(site) = self.site(&site)
            {
                let press = Press { event: pressed.event, option: pressed.option };
                return Ok(self.button(site, id, &press)?.map(|button| button.label));
            }
        }
        Ok(None)
    }

    /// A button as it was sent.
    fn button(&self, site: &LiveSite, id: ConversationId, press: &Press) -> Result<Option<Button>, TurnError> {
        let Some(before) = press.event.0.checked_sub(1) else { return Ok(None) };
        let stream = StreamId::Conversation(site.id.clone(), id);
        let Some(stored) = self.0.store.events(&stream, EventNo(before), 1)?.into_iter().next() else {
            return Ok(None);
        };
        Ok(match codec::decode_recorded(stored.no, &stored.bytes)?.event {
            Event::BotSaid { message, .. } => message.all_buttons().nth(press.option).cloned(),
            _ => None,
        })
    }
}

fn pressed(press: Press, button: Button, client: &Option<String>) -> Input {
    Input::Press { press, label: button.label, target: button.target, client: client.clone() }
}

/// Refuses a sender's own id of a message that is not short and printable.
pub(super) fn check_client(client: Option<&str>) -> Result<(), TurnError> {
    match client {
        Some(id) if id.is_empty() || id.len() > CLIENT_ID_BYTES_MAX || id.chars().any(char::is_control) => {
            Err(TurnError::BadClientId)
        }
        _ => Ok(()),
    }
}

fn check(address: &Address, facts: &VisitorFacts, turn: &VisitorTurn) -> Result<(), TurnError> {
    check_address(address)?;
    if facts.language.as_ref().is_some_and(|language| language.as_str().len() > LANGUAGE_BYTES_MAX) {
        return Err(TurnError::Invalid("the language is too long"));
    }
    match turn {
        VisitorTurn::Message { text, .. } if text.trim().is_empty() => Err(Refused::Empty)?,
        VisitorTurn::Message { text, .. }
            if text.len() > MESSAGE_CHARS_MAX && text.chars().count() > MESSAGE_CHARS_MAX =>
        {
            Err(Refused::TooLong { limit: MESSAGE_CHARS_MAX })?;
        }
        _ => {}
    }
    check_client(turn.client())
}

/// Whether somebody can be reached at this address at all.
pub(super) fn check_address(address: &Address) -> Result<(), TurnError> {
    let parts = [address.site.as_str(), address.channel.as_str(), &address.account, &address.chat, &address.user];
    if parts.iter().any(|part| part.len() > ADDRESS_PART_MAX || part.chars().any(char::is_control)) {
        return Err(TurnError::Invalid("a part of the sender's address is too long or has control characters"));
    }
    if address.key().len() > ADDRESS_KEY_MAX {
        return Err(TurnError::Invalid("the sender's address is too long"));
    }
    if address.user.is_empty() {
        return Err(TurnError::Invalid("the sender is empty"));
    }
    Ok(())
}

/// A page within its limit: what follows is cut off, and so is what nobody can see.
fn shortened(page: &Page) -> Page {
    let shorten = |text: &str| {
        let mut room = PAGE_PART_MAX;
        let seen = text.chars().filter(|letter| !letter.is_control());
        let fits = seen.take_while(|letter| {
            let bytes = if matches!(letter, '"' | '\\') { 2 } else { letter.len_utf8() };
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        });
        fits.collect()
    };
    let without_query = |url: &str| shorten(url.split(['?', '#']).next().unwrap_or_default());
    Page {
        url: without_query(&page.url),
        title: shorten(&page.title),
        referrer: without_query(&page.referrer),
        agent: shorten(&page.agent),
    }
}
