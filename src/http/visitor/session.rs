//! Start or resume: a visitor without a token, or with one that is not known any more, gets a new one.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;

use crate::dialog::Page;
use crate::engine::{VisitorFacts, VisitorTurn, address_of};
use crate::http::app::App;
use crate::http::body;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::{EVENTS_MAX, LANGUAGE_BYTES_MAX, PAGE_CHARS_MAX};
use crate::http::trouble::turn_failed;
use crate::http::visitor::form;
use crate::http::visitor::introduction::{Introduction, introduced};
use crate::http::visitor::token::{Visitor, bearer};
use crate::http::visitor::wire::{
    ConversationFacts, PageFacts, SessionAnswer, SessionRequest, SiteFacts, VisitorEvent,
};
use crate::http::{origin, peer, texts};
use crate::id::{ConversationId, EventNo, Language, SiteId};

/// Of a long conversation the widget gets what so many of its latest events show.
const LATEST_EVENTS: u64 = 1_000;

/// What the page's builder reads where a proved visitor stays anonymous for now.
const LATER: &str = "identify: the visitor is verified; the chat becomes theirs when they next begin a conversation";

/// Starts a chat, or resumes the one of the token. A token that is not known (any more) is replaced by a new one.
#[utoipa::path(
    post, path = "/api/visitor/session", tag = "visitor", security((), ("visitor" = [])), request_body = SessionRequest,
    responses(
        (status = 200, description = "The chat", body = SessionAnswer),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
pub(super) async fn session(State(app): State<App>, request: Request) -> Result<Json<SessionAnswer>, ApiError> {
    let (parts, body) = request.into_parts();
    let caller = peer::rate_key(app.client(&parts));
    app.rates().address_calls(caller)?;
    let known = bearer(&parts.headers).map(|token| Visitor::of_token(&app, token)).transpose()?.flatten();
    let headers = parts.headers.clone();
    let wanted: SessionRequest = body::json(Request::from_parts(parts, body)).await?;
    let (site, origins) = match &wanted.site {
        Some(site) => app.site(site).ok_or_else(|| ApiError::not_found("There is no such site here."))?,
        None => match &known {
            Some(visitor) => app.site(visitor.address.site.as_str()),
            None => app.default_site(),
        }
        .ok_or_else(|| ApiError::internal("a server without a site"))?,
    };
    origin::check_site(&app, origins, &headers)?;
    let language = wanted.language.as_deref().map(checked_language).transpose()?;
    let known = known.filter(|visitor| visitor.address.site == *site);
    let mut introduction = introduced(&app, site, wanted.identity, wanted.attributes);
    let questions = app.config().ask_first.get(site).map(Vec::as_slice).unwrap_or_default();
    introduction.told.answers = form::answers(questions, &wanted.answers);
    let spoken = || texts::texts(language.as_ref().map_or("", Language::as_str));
    if wanted.greet && wanted.form && !questions.is_empty() {
        let known = known_before(&app, site, known.as_ref(), &introduction)?;
        let is_known = |name: &str| known.as_ref().is_none_or(|known| known.contains(name));
        let language = language.as_ref().map_or("en", Language::as_str);
        let open = form::open_questions(questions, &wanted.answers, &wanted.skipped, language, is_known);
        if !open.is_empty() {
            let live = app.engine().site(site).ok_or_else(|| ApiError::internal("a site without a bot"))?;
            return Ok(Json(SessionAnswer::asking(live, open, introduction.notes, spoken())));
        }
    }
    let mint = || app.rates().new_visitor(caller).map(|()| Visitor::mint(site));
    let (visitor, token) = who(&app, site, known, &introduction, wanted.greet, mint).await?;
    let Introduction { told, mut notes, proved, claims, vouched } = introduction;
    if visitor.is_proved() {
        app.engine().vouch(&visitor.address, &vouched).await.map_err(turn_failed)?;
    }
    let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let page = wanted.page.map(|facts| page(facts, agent));
    let mut current = app.engine().current(&visitor.address).map_err(turn_failed)?;
    if current.is_none() && !wanted.greet {
        // Who only looks in sees what was said last; nothing new begins.
        current = app.conversation_of(&visitor.address)?;
    }
    let (id, events, last) = match current {
        Some(id) => {
            // A page that tells something new without end is not written down without end.
            if !told.is_nothing() && app.rates().visitor_speaks(visitor.name()).is_ok() {
                app.engine().tell(&visitor.address, &told).await.map_err(turn_failed)?;
            }
            let (events, last) = latest(&app, id)?;
            (id, events, last)
        }
        None => {
            let facts = VisitorFacts { language: language.clone(), page, told, vouched: Vec::new() };
            let invite = wanted.invite.filter(|_| wanted.greet);
            let turn = VisitorTurn::Open { greet: wanted.greet, invite };
            let done = app.engine().visitor(&visitor.address, facts, turn).await.map_err(turn_failed)?;
            (done.conversation, VisitorEvent::all_of(&done.events), done.version)
        }
    };
    let verified = visitor.is_proved();
    if proved.is_some() && !verified {
        notes.push(LATER.to_owned());
    }
    let live = app.engine().site(site).ok_or_else(|| ApiError::internal("a site without a bot"))?;
    let conversation = app.engine().conversation(id).map_err(turn_failed)?;
    let facts = conversation.as_ref().map(|conversation| ConversationFacts::of(id, conversation));
    let spoken = language.or_else(|| facts.as_ref().map(|facts| Language::from(facts.language.as_str())));
    let texts = texts::texts(spoken.as_ref().map_or("", Language::as_str));
    Ok(Json(SessionAnswer {
        token,
        visitor: visitor.name().chars().take(12).collect(),
        site: SiteFacts::of(live),
        conversation: facts,
        events,
        last: last.0,
        queue: app.queue_hint(id),
        read: app.engine().receipts(id).map_err(turn_failed)?.read.0,
        texts: texts.widget(),
        dir: texts.direction().as_str(),
        language: texts.language().to_owned(),
        verified: (claims || verified).then_some(verified),
        ask_first: Vec::new(),
        notes,
    }))
}

/// The names of what is known of a visitor who may begin a conversation; none where one is open, which goes on.
fn known_before(
    app: &App,
    site: &SiteId,
    known: Option<&Visitor>,
    introduction: &Introduction,
) -> Result<Option<BTreeSet<String>>, ApiError> {
    let person = introduction.proved.as_ref().map(|id| address_of(site, id));
    let own =
        known.filter(|visitor| !visitor.is_proved() || !introduction.claims).map(|visitor| visitor.address.clone());
    let told = &introduction.told;
    let mut names: BTreeSet<String> = told.given.iter().map(|(name, _)| name.clone()).collect();
    names.extend(told.attributes.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name.clone()));
    for address in [person, own].into_iter().flatten() {
        if app.engine().current(&address).map_err(turn_failed)?.is_some() {
            return Ok(None);
        }
        names.extend(app.engine().known_at(&address).map_err(turn_failed)?.into_keys());
    }
    Ok(Some(names))
}

/// The visitor whose chat this is, and their token if it is new. What the page proved counts; what it only claims leads
/// nowhere, not even back to the person who used the browser before.
async fn who(
    app: &App,
    site: &SiteId,
    known: Option<Visitor>,
    introduction: &Introduction,
    begins: bool,
    mint: impl Fn() -> Result<(Visitor, String), ApiError>,
) -> Result<(Visitor, Option<String>), ApiError> {
    let engine = app.engine();
    let (anonymous, person) = match known {
        Some(visitor) if visitor.is_proved() => (None, Some(visitor)),
        known => (known, None),
    };
    let new = || mint().map(|(visitor, token)| (visitor, Some(token)));
    let Some(id) = &introduction.proved else {
        let Some(visitor) = person.or(anonymous) else { return new() };
        // A conversation of somebody who is proved may stay on a browser's own token for a while.
        let of_somebody = visitor.is_proved() || engine.is_somebody(&visitor.address).map_err(turn_failed)?;
        return if introduction.claims && of_somebody { new() } else { Ok((visitor, None)) };
    };
    let person = match person {
        Some(person) if person.address == address_of(site, id) => return Ok((person, None)),
        person => person,
    };
    let (visitor, token) = mint()?;
    let from = anonymous.as_ref().map(|visitor| &visitor.address);
    let begins = begins || from.is_none();
    match (engine.sign_in(site, id, from, &visitor.token, begins).await.map_err(turn_failed)?, anonymous) {
        (Some(address), _) => {
            // Somebody else uses the browser now.
            if let Some(other) = person {
                engine.sign_out(site, &other.token, &other.address).await.map_err(turn_failed)?;
            }
            Ok((Visitor { address, ..visitor }, Some(token)))
        }
        (None, Some(anonymous)) => Ok((anonymous, None)),
        (None, None) => Err(ApiError::internal("somebody who begins was not signed in")),
    }
}

/// Ends what the visitor's token can reach: for signing out on a computer that others use.
#[utoipa::path(
    post, path = "/api/visitor/forget", tag = "visitor", security(("visitor" = [])),
    responses(
        (status = 204, description = "The token is worth nothing any more"),
        (status = "4XX", description = "Refused", body = ErrorBody),
    )
)]
pub(super) async fn forget(State(app): State<App>, visitor: Visitor) -> Result<StatusCode, ApiError> {
    let Visitor { address, token } = visitor;
    app.engine().sign_out(&address.site, &token, &address).await.map_err(turn_failed)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A language tag in our form: lower case, `-`.
pub(crate) fn checked_language(tag: &str) -> Result<Language, ApiError> {
    let tag = tag.trim().to_ascii_lowercase().replace('_', "-");
    let fits = !tag.is_empty()
        && tag.len() <= LANGUAGE_BYTES_MAX
        && tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if fits {
        return Ok(Language::from(tag));
    }
    Err(ApiError::bad_request("bad_language", "The language must be a tag such as en, fil or pt-br."))
}

/// The page, without what follows `?` or `#`: that may hold secrets of the visitor.
fn page(facts: PageFacts, agent: &str) -> Page {
    let cut = |text: &str| text.chars().take(PAGE_CHARS_MAX).collect::<String>();
    let place = |url: &str| cut(url.split(['?', '#']).next().unwrap_or_default());
    Page { url: place(&facts.url), title: cut(&facts.title), referrer: place(&facts.referrer), agent: cut(agent) }
}

/// What a visitor sees of the latest events, and the number after which to go on.
fn latest(app: &App, id: ConversationId) -> Result<(Vec<VisitorEvent>, EventNo), ApiError> {
    let version =
        app.engine().conversation(id).map_err(turn_failed)?.map_or(EventNo(0), |conversation| conversation.version);
    let mut last = EventNo(version.0.saturating_sub(LATEST_EVENTS));
    let mut seen = Vec::new();
    while last < version {
        let events = app.engine().events(id, last, EVENTS_MAX).map_err(turn_failed)?;
        let Some(newest) = events.last() else { break };
        last = newest.no;
        seen.extend(VisitorEvent::all_of(&events));
    }
    Ok((seen, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags() {
        assert_eq!(checked_language(" pt_BR ").unwrap().as_str(), "pt-br");
        for bad in ["", "english language", "e/n", "en-", "aaaaaaaaaaaa", "ε"] {
            assert!(checked_language(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_keeps_no_query() {
        let facts = PageFacts {
            url: "https://shop.example/cart?token=secret#top".to_owned(),
            title: "x".repeat(9_000),
            referrer: "https://search.example/?q=mine".to_owned(),
        };
        let page = page(facts, "Browser/1");
        assert_eq!(page.url, "https://shop.example/cart");
        assert_eq!(page.referrer, "https://search.example/");
        assert_eq!(page.title.len(), PAGE_CHARS_MAX);
    }
}
