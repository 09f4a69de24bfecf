//! What the made-up pages of the office show: accounts, a person, the audit trail, events.

use super::*;
use crate::channel::SigningKey;
use crate::engine::{
    Audit, AuditPage, Audited, Block, Deed, Endpoint, EndpointLog, EventKind, EventState, Fact, FactValue, Logged,
    Member, PersonRow, PersonSheet, Role, Source,
};
use crate::http::agent::audit::AuditQuery;
use crate::http::agent::deliveries::DeliveriesQuery;
use crate::id::SiteId;
use crate::time::Day;

pub(super) fn agents_view() -> AgentsView {
    let account = |number, name: &str, rank, disabled| AccountRow {
        id: agent(number, name).id,
        name: name.to_owned(),
        email: format!("{}@example.org", name.to_lowercase()),
        rank,
        sites: Vec::new(),
        queues: vec!["sales".into()],
        languages: vec!["el".into()],
        capacity: 3,
        disabled,
    };
    AgentsView {
        accounts: vec![account(1, "Maria", Rank::Admin, false), account(2, "Nikos", Rank::Agent, true)],
        sites: vec![("shop".into(), "Olive Lane".to_owned()), ("hotel".into(), "Hotel".to_owned())],
        queues: vec!["support".into(), "sales".into()],
        languages: vec!["el".into(), "en".into()],
    }
}

pub(super) fn contact() -> ContactId {
    ContactId::from_uuid(uuid::Uuid::from_u128(9))
}

/// A person in whom everything is that a visitor or an agent can put words into.
pub(super) fn person_view() -> PersonView {
    let other = ContactId::from_uuid(uuid::Uuid::from_u128(10));
    let maria = agent(1, "Maria");
    let value = |contact, value: &str, source| FactValue {
        contact,
        value: value.to_owned(),
        masked: false,
        source: Some(source),
        at: Some(NOW),
    };
    let member = |id, alias_of| Member {
        id,
        alias_of,
        same_by: None,
        name: Some(EVIL.to_owned()),
        addresses: vec![Address {
            site: "shop".into(),
            channel: EVIL.into(),
            account: String::new(),
            chat: String::new(),
            user: EVIL.to_owned(),
        }],
        created_at: NOW,
    };
    let values = vec![
        value(contact(), EVIL, Source::Conversation(id())),
        value(other, "Zoe", Source::Agent(maria.clone())),
        value(other, "Zoe", Source::Form),
        value(other, "Zoe", Source::Page { proved: true }),
        value(other, "Zoe", Source::Page { proved: false }),
    ];
    let sheet = PersonSheet {
        id: contact(),
        site: "shop".into(),
        members: vec![member(contact(), None), member(other, Some(contact()))],
        facts: vec![Fact { name: "name".to_owned(), values }],
        blocked: Some(Block { reason: EVIL.to_owned(), by: maria.clone(), at: NOW }),
        conversations: summary(id(), &Conversation::replay(&recorded(told()))).into_iter().collect(),
        went_on: [id()].into(),
        deeds: vec![
            (NOW, maria.clone(), Deed::Edited { name: EVIL.to_owned(), value: Some(EVIL.to_owned()) }),
            (NOW, maria.clone(), Deed::Edited { name: "name".to_owned(), value: None }),
            (NOW, maria.clone(), Deed::Merged(other)),
            (NOW, maria.clone(), Deed::Unmerged(other)),
            (NOW, maria.clone(), Deed::Blocked(EVIL.to_owned())),
            (NOW, maria, Deed::Unblocked),
        ],
    };
    PersonView { now: NOW, sheet, query: EVIL.to_owned(), found: Some(found()) }
}

pub(super) fn found() -> Vec<PersonRow> {
    let other = ContactId::from_uuid(uuid::Uuid::from_u128(11));
    let evil = || Some(EVIL.to_owned());
    vec![PersonRow { id: other, site: "shop".into(), name: evil(), email: evil(), phone: evil(), blocked: true }]
}

pub(super) fn audit_view() -> AuditView {
    let account = || agent(2, EVIL);
    let (site, conversation) = (SiteId::from("shop"), id());
    let all = vec![
        Audit::LoggedIn,
        Audit::LoginsFailed { account: Some(account()), times: 3, since: NOW },
        Audit::LoginsFailed { account: None, times: 3, since: NOW },
        Audit::RoleChanged { account: account(), from: Role::Agent, to: Role::Admin },
        Audit::AccountChanged { account: account(), what: vec![EVIL.to_owned()] },
        Audit::ContactEdited { site: site.clone(), contact: contact(), fact: EVIL.to_owned() },
        Audit::ContactErased { site: site.clone(), contact: contact(), conversations: 2 },
        Audit::TookOver { site, conversation, from: Some(account()) },
        Audit::Exported,
    ];
    let entry = |(no, what): (u64, Audit)| Audited {
        day: Day(20_458),
        no: EventNo(no),
        at: NOW,
        by: (no != 3).then(account),
        what,
    };
    AuditView {
        page: AuditPage { entries: (1..).zip(all).map(entry).collect(), more: true },
        asked: AuditQuery { kind: "exported".to_owned(), ..AuditQuery::default() },
        agents: vec![account()],
    }
}

pub(super) fn events_view() -> EventsView {
    let key = SigningKey::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let entry = |(no, state): (u64, EventState)| Logged {
        id: format!("{}-{no}", id()),
        place: format!("{no:020}/{no:020}"),
        kind: (no != 2).then_some(EventKind::HandoffRequested),
        at: Some(NOW),
        url: String::new(),
        state,
        tries: 2,
        answer: Some(EVIL.to_owned()),
        next: Some(NOW),
        settled: None,
    };
    let log = |site: Option<&str>, send, down| EndpointLog {
        endpoint: Endpoint::new(format!("https://shop.example/{EVIL}"), key.clone(), site.map(SiteId::from), send),
        down,
        waiting: 3,
        failed: 2,
        entries: (1..).zip(EventState::ALL).map(entry).collect(),
        more: true,
    };
    EventsView {
        endpoints: vec![log(None, Vec::new(), true), log(Some(EVIL), vec![EventKind::MessageLeft], false)],
        asked: DeliveriesQuery::default(),
    }
}
