//! People: who they are, what is known of them and from where, and what agents do about them. Every act is written down in the
//! audit trail.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::{Audit, Deed, Fact, FactValue, Member, PersonRow, PersonSheet, Source};
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart, QueryPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::person_failed;
use crate::id::{ContactId, SiteId};
use crate::view::Summary;

/// Characters of what one looks for.
const QUERY_CHARS_MAX: usize = 200;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonAnswer {
    /// The contact that stands for them.
    pub id: String,
    /// The site.
    pub site: String,
    /// Why nobody hears them, if it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<BlockFacts>,
    /// All their contacts, the one that stands for them first.
    pub contacts: Vec<ContactFacts>,
    /// What is known.
    pub facts: Vec<KnownFact>,
    /// Their conversations over all channels, the latest first.
    pub conversations: Vec<PersonConversation>,
    /// What agents did about them, the latest first.
    pub deeds: Vec<PersonDeed>,
}

/// A block.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockFacts {
    /// Why.
    pub reason: String,
    /// Who did it.
    pub by: String,
    /// Since when, in milliseconds since 1970.
    pub at: i64,
}

/// A contact of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactFacts {
    /// Its id.
    pub id: String,
    /// The contact whose alias it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_of: Option<String>,
    /// What both are known by, where that made it an alias: `phone`, `email`, `id` or `whatsapp`.
    pub same_by: Option<&'static str>,
    /// The name that it knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The channels on which it is reached.
    pub channels: Vec<String>,
    /// When it was first seen.
    pub created_at: i64,
}

/// What is known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownFact {
    /// What.
    pub name: String,
    /// Whether the contacts of the person disagree.
    pub disputed: bool,
    /// What each contact knows.
    pub values: Vec<KnownValue>,
}

/// What one contact knows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownValue {
    /// The contact.
    pub contact: String,
    /// The value.
    pub value: String,
    /// Whether it is masked.
    pub masked: bool,
    /// `conversation`, `form`, `agent`, `page` or, if it had proved who they are, `verified_page`; none where that is not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub source: Option<&'static str>,
    /// The conversation's id or the agent's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// A conversation of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonConversation {
    /// Its id.
    pub id: String,
    /// The channel.
    pub channel: String,
    /// Who has it: `bot`, `queue`, `agent`, `resolved` or `closed`.
    #[schema(value_type = String)]
    pub owner: &'static str,
    /// Why a person was asked for, or the last words.
    pub about: String,
    /// When anybody last said or did something.
    pub at: i64,
}

/// What an agent did about a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonDeed {
    /// When.
    pub at: i64,
    /// Who.
    pub by: String,
    /// `edited`, `merged`, `unmerged`, `blocked` or `unblocked`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// The fact, the contact, or the reason.
    pub detail: String,
}

/// `GET /api/agent/people`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FindQuery {
    /// Words of a name, an e-mail address, a phone number, or an id.
    #[serde(default)]
    q: String,
}

/// The people who fit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeopleAnswer {
    /// At most 20, the newest first.
    pub people: Vec<FoundPerson>,
}

/// A person in a line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundPerson {
    /// The contact that stands for them.
    pub id: String,
    /// The site.
    pub site: String,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whether they are blocked.
    pub blocked: bool,
}

/// `PATCH /api/agent/people/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditPersonRequest {
    /// The fact's name, such as `name`, `email` or `phone`.
    pub fact: String,
    /// Its value; without one, nothing is known any more.
    pub value: Option<String>,
}

/// `POST /api/agent/people/{id}/merge`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeRequest {
    /// The contact that is the same person.
    pub with: String,
}

/// `POST /api/agent/people/{id}/block`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockRequest {
    /// Why, for colleagues.
    #[serde(default)]
    pub reason: String,
}

/// `POST /api/agent/people/{id}/erase`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErasePersonRequest {
    /// That it is meant: it cannot be undone.
    #[serde(default)]
    pub confirm: bool,
}

/// Who was erased.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasedAnswer {
    /// How many conversations went with them.
    pub conversations: usize,
}

type Person = Result<Json<PersonAnswer>, ApiError>;

/// Finds people by name, e-mail address, phone number or id.
#[utoipa::path(
    get, path = "/api/agent/people", tag = "agent", security(("agent" = [])), params(FindQuery),
    responses((status = 200, body = PeopleAnswer), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn find(
    State(app): State<App>,
    agent: Agent,
    QueryPart(query): QueryPart<FindQuery>,
) -> Result<Json<PeopleAnswer>, ApiError> {
    let people = found(&app, &agent, &query.q).await?;
    Ok(Json(PeopleAnswer { people: people.iter().map(FoundPerson::of).collect() }))
}

/// The people who fit what somebody typed.
pub(crate) async fn found(app: &App, agent: &Agent, query: &str) -> Result<Vec<PersonRow>, ApiError> {
    let query: String = query.chars().take(QUERY_CHARS_MAX).collect();
    let account = agent.account.clone();
    app.read_archive(move |engine| engine.find_people(&account, &query).map_err(person_failed)).await
}

/// One person, by any of their contacts.
#[utoipa::path(
    get, path = "/api/agent/people/{id}", tag = "agent", security(("agent" = [])), params(("id" = String, Path)),
    responses((status = 200, body = PersonAnswer), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn person(State(app): State<App>, agent: Agent, PathPart(id): PathPart<ContactId>) -> Person {
    sheet(&app, &agent, id)
}

/// Writes down a fact of a person, in this contact of theirs.
#[utoipa::path(
    patch, path = "/api/agent/people/{id}", tag = "agent", security(("agent" = [])), request_body = EditPersonRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = PersonAnswer), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn edit(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ContactId>,
    JsonBody(request): JsonBody<EditPersonRequest>,
) -> Person {
    let engine = app.engine();
    let (fact, value) = (request.fact, request.value.as_deref());
    let changed = engine.edit_person(&agent.account, id, &fact, value).await.map_err(person_failed)?;
    if changed {
        let contact = id;
        note(&app, &agent, id, |site| Audit::ContactEdited { site, contact, fact: fact.chars().take(40).collect() })
            .await;
    }
    sheet(&app, &agent, id)
}

/// Says that another contact is the same person: it becomes an alias of this one. That can be undone.
#[utoipa::path(
    post, path = "/api/agent/people/{id}/merge", tag = "agent", security(("agent" = [])), request_body = MergeRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = PersonAnswer), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn merge(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ContactId>,
    JsonBody(request): JsonBody<MergeRequest>,
) -> Person {
    let contact: ContactId = request.with.parse().map_err(|_| ApiError::not_found("There is no such person."))?;
    app.engine().merge_people(&agent.account, id, contact).await.map_err(person_failed)?;
    note(&app, &agent, id, |site| Audit::ContactsMerged { site, into: id, contact }).await;
    sheet(&app, &agent, id)
}

/// Undoes a merge: this contact is somebody of their own again.
#[utoipa::path(
    post, path = "/api/agent/people/{id}/unmerge", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = PersonAnswer), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn unmerge(State(app): State<App>, agent: Agent, PathPart(contact): PathPart<ContactId>) -> Person {
    let into = app.engine().unmerge_person(&agent.account, contact).await.map_err(person_failed)?;
    note(&app, &agent, contact, |site| Audit::ContactsUnmerged { site, into, contact }).await;
    sheet(&app, &agent, contact)
}

/// Blocks a person: their open conversations end, and what they write is refused, until somebody lets them in again.
#[utoipa::path(
    post, path = "/api/agent/people/{id}/block", tag = "agent", security(("agent" = [])), request_body = BlockRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = PersonAnswer), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn block(
    State(app): State<App>,
    agent: Agent,
    PathPart(contact): PathPart<ContactId>,
    JsonBody(request): JsonBody<BlockRequest>,
) -> Person {
    app.engine().block_person(&agent.account, contact, &request.reason).await.map_err(person_failed)?;
    note(&app, &agent, contact, |site| Audit::ContactBlocked { site, contact }).await;
    sheet(&app, &agent, contact)
}

/// Lets a blocked person in again.
#[utoipa::path(
    post, path = "/api/agent/people/{id}/unblock", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = PersonAnswer), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn unblock(State(app): State<App>, agent: Agent, PathPart(contact): PathPart<ContactId>) -> Person {
    app.engine().unblock_person(&agent.account, contact).await.map_err(person_failed)?;
    note(&app, &agent, contact, |site| Audit::ContactUnblocked { site, contact }).await;
    sheet(&app, &agent, contact)
}

/// Erases a person for good: all their contacts, conversations, and what is known of them. Admins only.
#[utoipa::path(
    post, path = "/api/agent/people/{id}/erase", tag = "agent", security(("agent" = [])), request_body = ErasePersonRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = ErasedAnswer), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn erase(
    State(app): State<App>,
    agent: Agent,
    PathPart(contact): PathPart<ContactId>,
    JsonBody(request): JsonBody<ErasePersonRequest>,
) -> Result<Json<ErasedAnswer>, ApiError> {
    agent.must_be_admin()?;
    if !request.confirm {
        let message = "Say by confirm: true that this person shall be erased for good.";
        return Err(ApiError::bad_request("not_confirmed", message));
    }
    let site = app.engine().person(&agent.account, contact).map_err(person_failed)?.site;
    let conversations = app.engine().forget_person(&agent.account, contact).await.map_err(person_failed)?;
    let what = vec![Audit::ContactErased { site, contact, conversations }];
    app.engine().audit(Some(&agent.reference()), what).await;
    Ok(Json(ErasedAnswer { conversations }))
}

fn sheet(app: &App, agent: &Agent, id: ContactId) -> Person {
    let sheet = app.engine().person(&agent.account, id).map_err(person_failed)?;
    Ok(Json(PersonAnswer::of(&sheet)))
}

/// Writes down what was done about a person.
async fn note(app: &App, agent: &Agent, id: ContactId, what: impl FnOnce(SiteId) -> Audit) {
    match app.engine().person(&agent.account, id) {
        Ok(sheet) => app.engine().audit(Some(&agent.reference()), vec![what(sheet.site)]).await,
        Err(error) => tracing::error!(contact = %id, %error, "the audit trail misses an entry"),
    }
}

impl FoundPerson {
    fn of(row: &PersonRow) -> Self {
        let PersonRow { id, site, name, email, phone, blocked } = row.clone();
        Self { id: id.to_string(), site: site.to_string(), name, email, phone, blocked }
    }
}

impl PersonAnswer {
    fn of(sheet: &PersonSheet) -> Self {
        let block = |block: &crate::engine::Block| BlockFacts {
            reason: block.reason.clone(),
            by: block.by.name.clone(),
            at: block.at.0,
        };
        Self {
            id: sheet.id.to_string(),
            site: sheet.site.to_string(),
            blocked: sheet.blocked.as_ref().map(block),
            contacts: sheet.members.iter().map(ContactFacts::of).collect(),
            facts: sheet.facts.iter().map(KnownFact::of).collect(),
            conversations: sheet.conversations.iter().map(PersonConversation::of).collect(),
            deeds: sheet.deeds.iter().map(|(at, by, deed)| PersonDeed::of(at.0, &by.name, deed)).collect(),
        }
    }
}

impl ContactFacts {
    fn of(member: &Member) -> Self {
        let mut channels: Vec<_> = member.addresses.iter().map(|address| address.channel.to_string()).collect();
        channels.sort();
        channels.dedup();
        Self {
            id: member.id.to_string(),
            alias_of: member.alias_of.map(|id| id.to_string()),
            same_by: member.same_by.as_ref().map(|by| by.parts().0),
            name: member.name.clone(),
            channels,
            created_at: member.created_at.0,
        }
    }
}

impl KnownFact {
    fn of(fact: &Fact) -> Self {
        let values = fact.values.iter().map(KnownValue::of).collect();
        Self { name: fact.name.clone(), disputed: fact.is_disputed(), values }
    }
}

impl KnownValue {
    fn of(value: &FactValue) -> Self {
        let (source, from) = match &value.source {
            Some(Source::Conversation(id)) => (Some("conversation"), Some(id.to_string())),
            Some(Source::Agent(agent)) => (Some("agent"), Some(agent.name.clone())),
            Some(Source::Form) => (Some("form"), None),
            Some(Source::Channel(by)) => (Some("channel"), Some(by.to_string())),
            Some(Source::Page { proved: true }) => (Some("verified_page"), None),
            Some(Source::Page { proved: false }) => (Some("page"), None),
            None => (None, None),
        };
        Self {
            contact: value.contact.to_string(),
            value: value.value.clone(),
            masked: value.masked,
            source,
            from,
            at: value.at.map(|at| at.0),
        }
    }
}

impl PersonConversation {
    fn of(summary: &Summary) -> Self {
        Self {
            id: summary.id.to_string(),
            channel: summary.channel.to_string(),
            owner: summary.owner,
            about: summary.reason.clone().unwrap_or_else(|| summary.last_text.clone()),
            at: summary.last_at.0,
        }
    }
}

impl PersonDeed {
    fn of(at: i64, by: &str, deed: &Deed) -> Self {
        let (kind, detail) = match deed {
            Deed::Edited { name, .. } => ("edited", name.clone()),
            Deed::Merged(contact) => ("merged", contact.to_string()),
            Deed::Unmerged(contact) => ("unmerged", contact.to_string()),
            Deed::Blocked(reason) => ("blocked", reason.clone()),
            Deed::Unblocked => ("unblocked", String::new()),
        };
        Self { at, by: by.to_owned(), kind, detail }
    }
}
