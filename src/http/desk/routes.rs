//! The desk's addresses: who may see a page, in which language, and with which view of the engine it is filled. Pages
//! send those who are not logged in to the login; fragments answer them 401, so that the script does.

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::Markup;
use serde::Deserialize;

use super::filter::{InboxQuery, LISTS, SearchQuery};
use super::labels::{Labels, SiteLabels};
use super::office::rank;
use super::view::{
    AccountRow, AgentsView, Colleague, ConversationView, Earlier, InboxView, ListRow, ListView, Offer, StripView,
    Viewer,
};
use super::{
    SearchView, Searched, agents, busy, conversation, conversation_fragment, inbox, inbox_fragment, login,
    nothing_here, office, reset, search, setup, strip_fragment,
};
use crate::dialog::AgentRef;
use crate::engine::{self, Account, AgentStatus, Engine, List, SearchError, TurnError};
use crate::flow::OTHERWISE;
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::body::{PathPart, QueryPart};
use crate::http::error::ApiError;
use crate::http::texts::{Texts, accepted, languages, texts};
use crate::http::trouble::{ARCHIVE_BUSY, search_failed, turn_failed};
use crate::id::{ConversationId, EventNo, FlowName, QueueName};
use crate::view::{AgentLine, Folded, agent_lines, steps};

/// The cookie in which a browser keeps the language that somebody chose at the desk.
const LANGUAGE_COOKIE: &str = "frontdesk_language";

/// The desk's pages.
pub fn router() -> Router<App> {
    Router::new()
        .route("/desk", get(inbox_page))
        .route("/desk/login", get(login_page))
        .route("/desk/setup", get(setup_page))
        .route("/desk/agents", get(agents_page))
        .route("/desk/c/{id}", get(conversation_page))
        .route("/desk/search", get(search_page))
        .route("/desk/fragments/inbox", get(inbox_part))
        .route("/desk/fragments/strip", get(strip_part))
        .route("/desk/fragments/c/{id}", get(conversation_part))
        .route("/desk/reset", get(reset_page))
        .merge(office::router())
}

/// Whoever asks for a page: their language, and who they are if they are logged in.
pub(super) struct Reader {
    pub(super) t: &'static Texts,
    pub(super) agent: Option<Agent>,
}

impl FromRequestParts<App> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let agent = Agent::from_request_parts(parts, app).await.ok();
        Ok(Self { t: language(parts), agent })
    }
}

/// The language that was chosen, else the best of those that the browser asks for.
fn language(parts: &Parts) -> &'static Texts {
    let values = |name| parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let chosen = values(header::COOKIE)
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, value)| *name == LANGUAGE_COOKIE && languages().any(|(tag, _)| tag == *value));
    match chosen {
        Some((_, tag)) => texts(tag),
        None => accepted(values(header::ACCEPT_LANGUAGE).next().unwrap_or_default()),
    }
}

async fn login_page(reader: Reader) -> Response {
    match reader.agent {
        Some(_) => Redirect::to("/desk").into_response(),
        None => fresh(login(reader.t)),
    }
}

async fn setup_page(reader: Reader) -> Response {
    fresh(setup(reader.t))
}

async fn reset_page(reader: Reader) -> Response {
    fresh(reset(reader.t))
}

async fn inbox_page(
    State(app): State<App>,
    reader: Reader,
    query: Result<QueryPart<InboxQuery>, ApiError>,
) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    // An address that cannot be read shows everything.
    let query = query.map(|QueryPart(query)| query).unwrap_or_default();
    Ok(fresh(inbox(&inbox_view(&app, agent, query, reader.t)?, &viewer(agent), reader.t)))
}

async fn search_page(
    State(app): State<App>,
    reader: Reader,
    query: Result<QueryPart<SearchQuery>, ApiError>,
) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    let query = query.map(|QueryPart(query)| query).unwrap_or_default();
    let (account, t) = (agent.account.clone(), reader.t);
    match app.read_archive(move |engine| search_view(engine, &account, query, t)).await {
        Ok(view) => Ok(fresh(search(&view, &viewer(agent), reader.t))),
        Err(error) => later(error, agent, reader.t),
    }
}

async fn inbox_part(
    State(app): State<App>,
    agent: Agent,
    reader: Reader,
    query: Result<QueryPart<InboxQuery>, ApiError>,
) -> Result<Response, ApiError> {
    let query = query.map(|QueryPart(query)| query).unwrap_or_default();
    Ok(fresh(inbox_fragment(&inbox_view(&app, &agent, query, reader.t)?, &viewer(&agent), reader.t)))
}

async fn strip_part(State(app): State<App>, agent: Agent, reader: Reader) -> Result<Response, ApiError> {
    Ok(fresh(strip_fragment(&strip_view(&app, &agent)?, &viewer(&agent), reader.t)))
}

async fn agents_page(State(app): State<App>, reader: Reader) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    agent.must_be_admin()?;
    Ok(fresh(agents(&agents_view(app.engine()), &viewer(agent), reader.t)))
}

async fn conversation_page(
    State(app): State<App>,
    reader: Reader,
    id: Result<PathPart<ConversationId>, ApiError>,
) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    let Ok(PathPart(id)) = id else { return Ok(missing(agent, reader.t)) };
    let found = match app.engine().card(&agent.account, id) {
        Err(TurnError::NoSuchConversation(_)) => return Ok(missing(agent, reader.t)),
        found => found.map_err(turn_failed)?,
    };
    let view = conversation_view(app.engine(), agent, &found, EventNo(0), reader.t)?;
    Ok(fresh(conversation(&view, &strip_view(&app, agent)?, &viewer(agent), reader.t)))
}

/// `?after=`.
#[derive(Debug, Default, Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn conversation_part(
    State(app): State<App>,
    agent: Agent,
    reader: Reader,
    PathPart(id): PathPart<ConversationId>,
    QueryPart(query): QueryPart<After>,
) -> Result<Response, ApiError> {
    let found = app.engine().card(&agent.account, id).map_err(turn_failed)?;
    let view = conversation_view(app.engine(), &agent, &found, EventNo(query.after), reader.t)?;
    Ok(fresh(conversation_fragment(&view, &viewer(&agent), reader.t)))
}

/// A page that no cache may keep: the next reader may be somebody else.
pub(super) fn fresh(page: Markup) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], page).into_response()
}

pub(super) fn to_login() -> Response {
    Redirect::to("/desk/login").into_response()
}

pub(super) fn missing(agent: &Agent, t: &Texts) -> Response {
    (StatusCode::NOT_FOUND, fresh(nothing_here(&viewer(agent), t))).into_response()
}

/// What the reader gets who should ask for the archive a little later; other errors are errors.
pub(super) fn later(error: ApiError, agent: &Agent, t: &Texts) -> Result<Response, ApiError> {
    if error.code() != ARCHIVE_BUSY {
        return Err(error);
    }
    let mut response = (error.status(), fresh(busy(&viewer(agent), t))).into_response();
    if let Some(seconds) = error.retry_after_s() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

pub(super) fn viewer(agent: &Agent) -> Viewer {
    Viewer {
        agent: agent.reference(),
        rank: rank(agent.account.role),
        available: agent.account.status == AgentStatus::Available,
        csrf: agent.csrf.clone(),
        telegram: agent.telegram,
        endpoints: agent.endpoints,
    }
}

/// The lists of the overview, with how many conversations each shows.
const OVERVIEW: [(List, usize); 7] = [
    (List::Due, 20),
    (List::Undelivered, 10),
    (List::Mine, 50),
    (List::Queue, 50),
    (List::Left, 20),
    (List::Others, 10),
    (List::Closed, 10),
];

/// Conversations on a page of a list.
const PAGE: usize = 50;

fn inbox_view(app: &App, agent: &Agent, query: InboxQuery, t: &Texts) -> Result<InboxView, ApiError> {
    let (engine, account) = (app.engine(), &agent.account);
    let labels = SiteLabels::new(engine, t);
    let filter = query.filter();
    let mut counts = Vec::new();
    for (list, ..) in LISTS {
        counts.push((list, engine.count(account, list, &filter).map_err(turn_failed)?));
    }
    let count_of = |list| counts.iter().find(|(counted, _)| *counted == list).map(|(_, count)| *count);
    let one = |list, after: Option<&str>, limit| {
        let page = engine.list(account, list, &filter, after, limit).map_err(turn_failed)?;
        let row = |mut row: engine::Row| {
            labels.name(&mut row.summary);
            ListRow { summary: row.summary, position: row.position, target: row.target }
        };
        let rows = page.rows.into_iter().map(row).collect();
        Ok::<_, ApiError>(ListView { list, rows, next: page.next, count: count_of(list) })
    };
    let lists = match query.list() {
        Some(list) => vec![one(list, query.after(), PAGE)?],
        None => OVERVIEW.into_iter().map(|(list, limit)| one(list, None, limit)).collect::<Result<_, _>>()?,
    };
    let waiting = match count_of(List::Queue) {
        Some(count) if filter.is_empty() => count.count,
        _ => engine.count(account, List::Queue, &engine::Filter::default()).map_err(turn_failed)?.count,
    };
    let colleagues = colleagues(engine.colleagues(account));
    Ok(InboxView {
        now: engine.clock().now(),
        mentions: engine.mentions(account).map_err(turn_failed)?,
        offer: offer(engine, account, &lists, &colleagues)?,
        query,
        lists,
        counts,
        waiting,
        colleagues,
        alone: engine.accounts().list().len() == 1,
        several_sites: engine.sites().count() > 1,
    })
}

/// What filters can ask for: what the bots of the agent's sites know, and what the lists show.
fn offer(engine: &Engine, account: &Account, lists: &[ListView], colleagues: &[Colleague]) -> Result<Offer, ApiError> {
    let sites: Vec<_> = engine.sites().filter(|site| account.serves_site(&site.id)).collect();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names.dedup();
        names
    };
    let bots = || sites.iter().map(|site| site.bot());
    let languages = bots().flat_map(|bot| bot.program.languages.iter().map(ToString::to_string).collect::<Vec<_>>());
    let shown = lists.iter().flat_map(|list| &list.rows);
    Ok(Offer {
        sites: sites.iter().map(|site| (site.id.to_string(), site.title.clone())).collect(),
        queues: sorted(sites.iter().flat_map(|site| queues_of(site)).map(|queue| queue.to_string()).collect()),
        labels: engine.labels(account).map_err(turn_failed)?,
        channels: sorted(shown.map(|row| row.summary.channel.to_string()).collect()),
        languages: sorted(languages.collect()),
        agents: colleagues.iter().map(|other| (other.agent.id.to_string(), other.agent.name.clone())).collect(),
    })
}

/// Conversations on a page of the search.
const FOUND: usize = 20;

fn search_view(engine: &Engine, account: &Account, query: SearchQuery, t: &Texts) -> Result<SearchView, ApiError> {
    let asked = query.search(engine, account);
    let labels = SiteLabels::new(engine, t);
    let mut found = match engine.search(account, &asked, query.offset(), FOUND) {
        Ok(found) => Searched::Found(found),
        Err(SearchError::NotReady) => Searched::NotReady,
        Err(SearchError::Out) => Searched::Out,
        Err(error) => return Err(search_failed(error)),
    };
    if let Searched::Found(found) = &mut found {
        found.hits.iter_mut().for_each(|hit| labels.name(&mut hit.row.summary));
    }
    Ok(SearchView {
        found,
        offer: offer(engine, account, &[], &colleagues(engine.colleagues(account)))?,
        query,
        several_sites: engine.sites().count() > 1,
    })
}

fn strip_view(app: &App, agent: &Agent) -> Result<StripView, ApiError> {
    let (engine, none) = (app.engine(), engine::Filter::default());
    let mine = engine.list(&agent.account, List::Mine, &none, None, PAGE).map_err(turn_failed)?;
    Ok(StripView {
        now: engine.clock().now(),
        mine: mine.rows.into_iter().map(|row| row.summary).collect(),
        waiting: engine.count(&agent.account, List::Queue, &none).map_err(turn_failed)?.count,
        mentions: engine.mentions(&agent.account).map_err(turn_failed)?.len(),
    })
}

fn colleagues(rows: Vec<engine::AgentRow>) -> Vec<Colleague> {
    let colleague = |row: engine::AgentRow| Colleague {
        agent: AgentRef { id: row.id, name: row.name },
        available: row.status == AgentStatus::Available,
        online: row.online,
        load: row.load,
        capacity: row.capacity,
    };
    rows.into_iter().map(colleague).collect()
}

/// The view of one conversation. After a number, only the lines that can have changed since: new ones, and those of which a new
/// event says that they did not leave, did not arrive or were taken back.
fn conversation_view<'a>(
    engine: &Engine,
    agent: &Agent,
    found: &'a engine::Card,
    after: EventNo,
    t: &Texts,
) -> Result<ConversationView<'a>, ApiError> {
    let summary = &found.row.summary;
    let site = engine.site(&summary.site);
    let steps = steps(&found.events);
    let grew = |no: EventNo| steps.get(&no).is_some_and(|steps| steps.last > after);
    let marked = |folded: &Folded<'_>| folded.cancelled || folded.taken_back || folded.undelivered.is_some();
    let new = |line: &AgentLine<'_>| line.no > after || marked(&line.folded) || grew(line.no);
    let lines = agent_lines(&found.events).into_iter().filter(new).collect();
    Ok(ConversationView {
        now: engine.clock().now(),
        summary: summary.clone(),
        card: found.card.clone(),
        person: found.person.clone(),
        whose: found.whose.clone(),
        earlier: found
            .earlier
            .iter()
            .map(|earlier| Earlier {
                id: earlier.id,
                at: earlier.last_at,
                about: earlier.reason.clone().unwrap_or_else(|| earlier.last_text.clone()),
            })
            .collect(),
        lines,
        steps,
        suggested: engine.suggestions(found).map_err(turn_failed)?,
        mentioned: found.conversation.mentions.contains_key(&agent.account.id),
        labels: Labels::new(site.map(|site| site.bot()), t),
        last: found.events.last().map_or(after, |event| event.no),
        colleagues: colleagues(engine.agents_of(&summary.site)),
        queues: site.map(|site| queues_of(site)).unwrap_or_default(),
        flows: site.map(|site| flows_of(site)).unwrap_or_default(),
        writable_until: found.writable_until,
    })
}

fn queues_of(site: &engine::LiveSite) -> Vec<QueueName> {
    site.bot().program.queues.keys().cloned().collect()
}

/// The author's flows; the built-in ones are nothing that an agent would choose.
fn flows_of(site: &engine::LiveSite) -> Vec<FlowName> {
    let bot = site.bot();
    let authored = bot.program.flows.values().filter(|flow| !flow.builtin && flow.name.as_str() != OTHERWISE);
    authored.map(|flow| flow.name.clone()).collect()
}

fn agents_view(engine: &Engine) -> AgentsView {
    let mut accounts: Vec<_> = engine.accounts().list().iter().map(|account| account_row(account)).collect();
    accounts.sort_by(|a, b| (a.disabled, &a.name).cmp(&(b.disabled, &b.name)));
    let mut queues: Vec<_> = engine.sites().flat_map(|site| queues_of(site)).collect();
    queues.sort();
    queues.dedup();
    let spoken = accounts.iter().flat_map(|account| account.languages.iter().cloned());
    let of_bots = engine.sites().flat_map(|site| site.bot().program.languages.clone());
    let mut languages: Vec<_> = of_bots.chain(spoken).collect();
    languages.sort();
    languages.dedup();
    AgentsView {
        accounts,
        languages,
        sites: engine.sites().map(|site| (site.id.clone(), site.title.clone())).collect(),
        queues,
    }
}

fn account_row(account: &Account) -> AccountRow {
    AccountRow {
        id: account.id,
        name: account.name.clone(),
        email: account.email.clone(),
        rank: rank(account.role),
        sites: account.sites.clone(),
        queues: account.queues.clone(),
        languages: account.languages.clone(),
        capacity: account.capacity,
        disabled: account.disabled,
    }
}
