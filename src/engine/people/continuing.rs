//! A conversation that goes on elsewhere: by a link that works once, for whoever has it; and back, when its visitor writes again
//! where it was before. Whoever follows a link is the person whose conversation it is.

use crate::channel::LinkCode;
use crate::dialog::{Address, Input, Phase};
use crate::engine::cache::Hot;
use crate::engine::contacts::{self, ContactEvent, Keys};
use crate::engine::identity::Brought;
use crate::engine::{Engine, TurnError, sources, token};
use crate::id::{ContactId, ConversationId, SiteId};
use crate::store::{Space, StreamId, Unique};
use crate::time::{Span, Time};

/// A link works for so long: enough to take up one's phone, or to read an agent's message.
pub(in crate::engine) const LINK_LIFE: Span = Span::hours(1);

/// Of each contact of a person so many of the latest conversations may be the one that they come back to.
const LATEST_MAX: usize = 3;

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
    pub async fn make_link(&self, id: ConversationId) -> Result<Option<(LinkCode, Time)>, TurnError> {
        let hot = self.find(id)?.ok_or(TurnError::NoSuchConversation(id))?;
        let Some(opening) = hot.conversation.opening.as_ref().filter(|_| is_open(&hot)) else { return Ok(None) };
        let code = LinkCode::of_random(token::random());
        let now = self.0.clock.now();
        let expires = now + LINK_LIFE;
        let event = ContactEvent::LinkMade { conversation: id, link: kept(&code) };
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

    /// Whoever is at this address has followed a link: its conversation goes on here. None where the link works no more, or where
    /// the two are known to be different people, or where the conversation is over. Following it once more after the server failed
    /// in between does no harm; what it came by is known against repeats as `once`.
    ///
    /// # Errors
    ///
    /// Where it could not be stored: the link works still.
    pub async fn go_on(
        &self,
        code: &LinkCode,
        here: &Address,
        once: Option<String>,
    ) -> Result<Option<ConversationId>, TurnError> {
        let (engine, code, here) = (self.clone(), code.clone(), here.clone());
        self.fly(async move { engine.going_on(&code, &here, once).await }).await
    }

    async fn going_on(
        &self,
        code: &LinkCode,
        here: &Address,
        once: Option<String>,
    ) -> Result<Option<ConversationId>, TurnError> {
        let alone = self.0.merging.lock().await;
        let Some(link) = self.leads_to(code)?.filter(|link| link.site == here.site) else { return Ok(None) };
        let now = self.0.clock.now();
        let (own, _) = contacts::of_address(&*self.0.store, here, now).await?;
        if !self.recognize(&link.site, own, link.contact, None).await? || self.0.people.is_blocked(own) {
            return Ok(None);
        }
        if let Some(hot) = self.find(link.conversation)?.filter(|hot| is_open(hot)) {
            self.move_to(&hot, here, true, once).await?;
        }
        let keys = Keys { claim: None, release: Some(key(code)) };
        let event = ContactEvent::LinkFollowed { to: here.channel.clone() };
        contacts::record(&*self.0.store, &link.site, link.contact, now, &keys, |_| vec![event.clone()]).await?;
        drop(alone);
        self.current(here)
    }

    /// A conversation of theirs that was here before and went on elsewhere comes back with its visitor. Says whether one did.
    pub(in crate::engine) async fn comes_back(&self, here: &Address) -> Result<bool, TurnError> {
        let Some((site, own)) = contacts::find(&*self.0.store, here)? else { return Ok(false) };
        for member in self.0.people.group(own) {
            for id in contacts::latest(&*self.0.store, &site, member).take(LATEST_MAX) {
                let Some(hot) = self.find(id?)?.filter(|hot| is_open(hot)) else { continue };
                let was_here = hot.conversation.opening.as_ref().is_some_and(|opening| opening.left.contains(here));
                if was_here && self.move_to(&hot, here, false, None).await? == Brought::Along {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn move_to(
        &self,
        hot: &Hot,
        here: &Address,
        by_link: bool,
        once: Option<String>,
    ) -> Result<Brought, TurnError> {
        let Some(from) = hot.conversation.opening.as_ref().map(|opening| opening.address.clone()) else {
            return Ok(Brought::Nothing);
        };
        if from == *here {
            return Ok(Brought::Along);
        }
        let arrives = Input::Moved { address: here.clone(), by_link };
        self.bring_to(hot, (&from, here), arrives, None, once).await
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
            ContactEvent::LinkMade { conversation, link } if link == kept => Some(conversation),
            _ => None,
        });
        Ok(made.map(|conversation| Link { site, contact, conversation }))
    }
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
