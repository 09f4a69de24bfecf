//! A conversation that goes on elsewhere, by a link that works once, for whoever has it: it becomes the conversation of whoever is
//! known there.

use crate::channel::LinkCode;
use crate::dialog::{Address, AgentRef, Input, Phase, Refused};
use crate::engine::cache::Hot;
use crate::engine::contacts::{self, ContactEvent, Keys};
use crate::engine::identity::{Brought, PROVED, WEB};
use crate::engine::visitor::check_address;
use crate::engine::{Engine, TurnError, sources, token};
use crate::id::{ContactId, ConversationId, SiteId};
use crate::store::{Space, StreamId, Unique};
use crate::time::{Span, Time};

/// A link works for so long: enough to take up one's phone, or to read an agent's message.
pub(in crate::engine) const LINK_LIFE: Span = Span::hours(1);

/// How often a conversation is moved to where others begin meanwhile.
const TRIES: usize = 4;

/// What came of following a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesOn {
    /// The visitor talks here, in this conversation.
    Here(ConversationId),
    /// The link was used, is too old, or its conversation is over.
    Nowhere,
    /// People talk with them here already, and with the other conversation too: the link works still.
    WithPeople,
}

/// What a link leads to.
struct Link {
    site: SiteId,
    contact: ContactId,
    conversation: ConversationId,
}

impl Engine {
    /// Makes a link by which an open conversation can go on elsewhere: the code that it carries, and until when it works. None
    /// where the conversation is over.
    ///
    /// # Errors
    ///
    /// Where there is no such conversation, or nothing can be stored.
    pub async fn make_link(
        &self,
        id: ConversationId,
        by: Option<AgentRef>,
    ) -> Result<Option<(LinkCode, Time)>, TurnError> {
        let hot = self.find(id)?.ok_or(TurnError::NoSuchConversation(id))?;
        let Some(opening) = hot.conversation.opening.as_ref().filter(|_| is_open(&hot)) else { return Ok(None) };
        let code = LinkCode::of_random(token::random());
        let now = self.0.clock.now();
        let expires = now + LINK_LIFE;
        let event = ContactEvent::LinkMade { conversation: id, link: kept(&code), by };
        let keys = Keys { claim: Some(Unique::Once { key: key(&code), expires }), release: None };
        contacts::record(&*self.0.store, &hot.site.id, opening.contact, now, &keys, |_| vec![event.clone()]).await?;
        Ok(Some((code, expires)))
    }

    /// The site and the conversation that a link leads to, while it works.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn linked(&self, code: &LinkCode) -> Result<Option<(SiteId, ConversationId)>, TurnError> {
        Ok(self.leads_to(code)?.map(|link| (link.site, link.conversation)))
    }

    /// Whoever is at this address has followed a link: its conversation goes on here, as theirs. Following it once more after the
    /// server failed in between finishes it; what it came by is known against repeats as `once`.
    ///
    /// # Errors
    ///
    /// Where it could not be stored: the link works still.
    pub async fn go_on(&self, code: &LinkCode, here: &Address, once: Option<String>) -> Result<GoesOn, TurnError> {
        check_address(here)?;
        let (engine, code, here) = (self.clone(), code.clone(), here.clone());
        self.fly(async move { engine.going_on(&code, &here, once).await }).await
    }

    async fn going_on(&self, code: &LinkCode, here: &Address, once: Option<String>) -> Result<GoesOn, TurnError> {
        // No lane may be held here: moving enters those of both places.
        let _alone = self.0.merging.lock().await;
        let Some(link) = self.leads_to(code)?.filter(|link| link.site == here.site) else { return Ok(GoesOn::Nowhere) };
        let known = contacts::find(&*self.0.store, here)?.map(|(_, own)| own);
        if known.is_some_and(|own| self.0.people.is_blocked(own)) || self.0.people.is_blocked(link.contact) {
            return Ok(GoesOn::Nowhere);
        }
        let now = self.0.clock.now();
        if let Some(hot) = self.find(link.conversation)?.filter(|hot| is_open(hot)) {
            let (own, _) = contacts::of_address(&*self.0.store, here, now).await?;
            let Some(from) = came_from(&hot, here) else { return Ok(GoesOn::Nowhere) };
            let is_new = match known {
                None => true,
                // A crash came between the move and the end of the link: whoever had nothing then has this alone.
                Some(own) => {
                    let theirs = contacts::conversations(&*self.0.store, &here.site, own)?;
                    is_at(&hot, here) && theirs == [link.conversation]
                }
            };
            if self.move_to(&hot, here, own, true, once).await? == Brought::Apart {
                return Ok(GoesOn::WithPeople);
            }
            self.settle_people(&link, &from, own, is_new).await?;
        }
        let keys = Keys { claim: None, release: Some(key(code)) };
        let event = ContactEvent::LinkFollowed { to: here.channel.clone() };
        contacts::record(&*self.0.store, &link.site, link.contact, now, &keys, |_| vec![event.clone()]).await?;
        Ok(self.current(here)?.map_or(GoesOn::Nowhere, GoesOn::Here))
    }

    /// What becomes of the two contacts. Whoever goes on from an anonymous browser leaves nothing there that anybody could come back
    /// to: who has the browser then is a stranger, so that a link which was passed on shows nobody another's words. Otherwise
    /// the two are one person only where nothing was known of the one who followed.
    async fn settle_people(&self, link: &Link, from: &Address, own: ContactId, is_new: bool) -> Result<(), TurnError> {
        if !is_anonymous(from) {
            return if is_new { self.recognize(&link.site, own, link.contact, None).await.map(drop) } else { Ok(()) };
        }
        self.recognize(&link.site, link.contact, own, None).await?;
        let Some((site, left)) = contacts::find(&*self.0.store, from)? else { return Ok(()) };
        let keys = Keys { claim: None, release: Some(contacts::person_key(from)) };
        let now = self.0.clock.now();
        contacts::record(&*self.0.store, &site, left, now, &keys, |_| vec![ContactEvent::SignedOut]).await?;
        Ok(())
    }

    /// Whoever signs out of a browser to which a conversation came goes on where they were before. Says whether there is such a
    /// place.
    pub(in crate::engine) async fn goes_back(&self, hot: &Hot) -> Result<bool, TurnError> {
        let left = hot.conversation.opening.as_ref().and_then(|opening| opening.left.last().cloned());
        let Some(back) = left.filter(|left| !is_anonymous(left)) else { return Ok(false) };
        let (own, _) = contacts::of_address(&*self.0.store, &back, self.0.clock.now()).await?;
        Ok(self.move_to(hot, &back, own, false, None).await? == Brought::Along)
    }

    async fn move_to(
        &self,
        hot: &Hot,
        to: &Address,
        contact: ContactId,
        by_link: bool,
        once: Option<String>,
    ) -> Result<Brought, TurnError> {
        let Some(from) = hot.conversation.opening.as_ref().map(|opening| opening.address.clone()) else {
            return Ok(Brought::Nothing);
        };
        if from == *to {
            return Ok(Brought::Along);
        }
        for _ in 0..TRIES {
            let arrives = Input::Moved { address: to.clone(), contact, by_link };
            match self.bring_to(hot, (&from, to), arrives, None, once.clone()).await {
                // It is there already.
                Err(TurnError::Refused(Refused::NotDue)) => return Ok(Brought::Along),
                // They wrote there at this very moment, which began another conversation: that gives way, too.
                Err(TurnError::Busy { .. }) if self.open_on(to)?.is_some_and(|there| there.id != hot.id) => {}
                brought => return brought,
            }
        }
        Err(TurnError::busy())
    }

    fn leads_to(&self, code: &LinkCode) -> Result<Option<Link>, TurnError> {
        let Some(row) = self.0.store.get(Space::Unique, &key(code))? else { return Ok(None) };
        let until = row.number().and_then(|until| i64::try_from(until).ok()).map_or(Time(0), Time);
        let StreamId::Contact(site, contact) = row.owner else { return Ok(None) };
        if until <= self.0.clock.now() {
            return Ok(None);
        }
        let kept = kept(code);
        let history = sources::history(&*self.0.store, &site, contact)?;
        let made = history.into_iter().rev().find_map(|(_, event)| match event {
            ContactEvent::LinkMade { conversation, link, .. } if link == kept => Some(conversation),
            _ => None,
        });
        Ok(made.map(|conversation| Link { site, contact, conversation }))
    }
}

/// Where a conversation is that goes on here; where it was, if it is here already.
fn came_from(hot: &Hot, here: &Address) -> Option<Address> {
    let opening = hot.conversation.opening.as_ref()?;
    if opening.address == *here { opening.left.last().cloned() } else { Some(opening.address.clone()) }
}

fn is_at(hot: &Hot, here: &Address) -> bool {
    hot.conversation.opening.as_ref().is_some_and(|opening| opening.address == *here)
}

/// Whether whoever is at an address is known by nothing but a token of a browser.
fn is_anonymous(address: &Address) -> bool {
    address.channel.as_str() == WEB && !address.user.starts_with(PROVED)
}

fn is_open(hot: &Hot) -> bool {
    hot.conversation.phase != Phase::Closed
}

/// How a code is kept: it cannot be read from that.
fn kept(code: &LinkCode) -> String {
    token::hash(code.as_str())[..32].to_owned()
}

fn key(code: &LinkCode) -> String {
    format!("link/{}", kept(code))
}
