//! Start or resume: a visitor without a token, or with one that is not known any more, gets a new one.

use axum::Json;
use axum::extract::{Request, State};

use crate::dialog::Page;
use crate::engine::{VisitorFacts, VisitorTurn};
use crate::http::app::App;
use crate::http::body;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::{EVENTS_MAX, LANGUAGE_BYTES_MAX, PAGE_CHARS_MAX};
use crate::http::trouble::turn_failed;
use crate::http::visitor::token::{Visitor, bearer};
use crate::http::visitor::wire::{
    ConversationFacts, PageFacts, SessionAnswer, SessionRequest, SiteFacts, VisitorEvent,
};
use crate::http::{origin, peer, texts};
use crate::id::{ConversationId, EventNo, Language};

/// Of a long conversation the widget gets what so many of its latest events show.
const LATEST_EVENTS: u64 = 1_000;

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
    let known = bearer(&parts.headers)
        .and_then(|token| Visitor::of_token(&app, token))
        .map(|visitor| app.knows(&visitor.address).map(|known| known.then_some(visitor)))
        .transpose()?
        .flatten();
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
    let (visitor, token) = match known.filter(|visitor| visitor.address.site == *site) {
        Some(visitor) => (visitor, None),
        None => {
            app.rates().new_visitor(caller)?;
            let (visitor, token) = Visitor::mint(site);
            (visitor, Some(token))
        }
    };
    let language = wanted.language.as_deref().map(checked_language).transpose()?;
    let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let page = wanted.page.map(|facts| page(facts, agent));
    let current = app.engine().current(&visitor.address).map_err(turn_failed)?;
    let (id, events, last) = match current {
        Some(id) => {
            let (events, last) = latest(&app, id)?;
            (id, events, last)
        }
        None => {
            let facts = VisitorFacts { language: language.clone(), page };
            let turn = VisitorTurn::Open { greet: wanted.greet };
            let done = app.engine().visitor(&visitor.address, facts, turn).await.map_err(turn_failed)?;
            (done.conversation, VisitorEvent::all_of(&done.events), done.version)
        }
    };
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
    }))
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
