//! The audit trail, for admins: what was done at the desk beyond what conversations record, by whom, what and when.

use maud::{Markup, html};

use super::layout::{Place, page};
use super::row::moment;
use super::view::{AuditView, Viewer};
use crate::engine::{AgentStatus, Audit, Audited, Role};
use crate::http::agent::audit::entry_id;
use crate::http::texts::{Texts, Value};
use crate::id::{ContactId, ConversationId};

/// The page.
pub fn audit(view: &AuditView, viewer: &Viewer, t: &Texts) -> Markup {
    let main = html! {
        h1 { (t.get("desk-audit")) }
        p.hint { (t.get("desk-audit-lead")) }
        (filter(view, t))
        @if view.page.entries.is_empty() { p.empty { (t.get("desk-audit-empty")) } }
        @else {
            table.audit {
                thead { tr { th scope="col" { (t.get("desk-audit-when")) } th scope="col" { (t.get("desk-audit-who")) } th scope="col" { (t.get("desk-audit-what")) } } }
                tbody { @for entry in &view.page.entries { (row(entry, t)) } }
            }
        }
        @if view.page.more { @if let Some(last) = view.page.entries.last() { p { a href=(older(view, &entry_id(last))) { (t.get("desk-audit-older")) } } } }
    };
    page(&t.get("desk-audit"), Place::Audit, viewer, t, &main)
}

fn older(view: &AuditView, before: &str) -> String {
    let asked = &view.asked;
    let pairs = [
        ("agent", asked.agent.as_str()),
        ("kind", &asked.kind),
        ("from", &asked.from),
        ("to", &asked.to),
        ("before", before),
    ];
    let query = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    // Ids, names of kinds and days: none of them holds a character that a query could not.
    let query: Vec<_> = query.map(|(name, value)| format!("{name}={value}")).collect();
    format!("/desk/audit?{}", query.join("&"))
}

fn filter(view: &AuditView, t: &Texts) -> Markup {
    let asked = &view.asked;
    html! {
        form.filter method="get" action="/desk/audit" {
            label {
                span { (t.get("desk-audit-who")) }
                select name="agent" {
                    option value="" { (t.get("desk-audit-anybody")) }
                    @for agent in &view.agents { option value=(agent.id) selected[asked.agent == agent.id.to_string()] { (agent.name) } }
                }
            }
            label {
                span { (t.get("desk-audit-what")) }
                select name="kind" {
                    option value="" { (t.get("desk-audit-anything")) }
                    @for kind in Audit::KINDS { option value=(kind) selected[asked.kind == kind] { (t.get(&kind_text(kind))) } }
                }
            }
            label { span { (t.get("desk-audit-from")) } input type="date" name="from" value=(asked.from); }
            label { span { (t.get("desk-audit-to")) } input type="date" name="to" value=(asked.to); }
            button.plain { (t.get("desk-audit-show")) }
        }
    }
}

fn kind_text(kind: &str) -> String {
    format!("desk-audit-{}", kind.replace('_', "-"))
}

fn row(entry: &Audited, t: &Texts) -> Markup {
    html! {
        tr {
            td { (moment(entry.at)) }
            td { @match &entry.by { Some(by) => { bdi { (by.name) } } None => { span.faint { (t.get(nobody(&entry.what))) } } } }
            td { (t.get(&kind_text(entry.what.kind()))) " " span.faint { (detail(&entry.what, t)) } }
        }
    }
}

/// Who did what no account did.
fn nobody(what: &Audit) -> &'static str {
    if matches!(what, Audit::LoginsFailed { .. }) { "desk-audit-somebody" } else { "desk-audit-operator" }
}

fn detail(what: &Audit, t: &Texts) -> Markup {
    let person = |id: &ContactId| html! { a href={ "/desk/p/" (id) } dir="ltr" { (id) } };
    let talk = |id: &ConversationId| html! { a href={ "/desk/c/" (id) } dir="ltr" { (id) } };
    let role = |role: &Role| t.get(super::agents::role_text(super::office::rank(*role)));
    html! {
        @match what {
            Audit::LoggedIn | Audit::LoggedOut | Audit::Exported => {}
            Audit::LoginsFailed { account, times, .. } => {
                @match account { Some(account) => { bdi { (account.name) } } None => { (t.get("desk-audit-no-account")) } }
                " × " (t.number(*times))
            }
            Audit::AccountCreated { account, role: may } => { bdi { (account.name) } " (" (role(may)) ")" }
            Audit::AccountChanged { account, what } => { bdi { (account.name) } ": " (what.join(", ")) }
            Audit::RoleChanged { account, from, to } => { bdi { (account.name) } ": " (role(from)) " → " (role(to)) }
            Audit::AccountDisabled { account, disabled } => {
                bdi { (account.name) } ": " (t.get(if *disabled { "desk-disabled" } else { "desk-enable" }))
            }
            Audit::ResetLinkMade { account }
            | Audit::PasswordSet { account }
            | Audit::TelegramLinked { account }
            | Audit::TelegramUnlinked { account } => { bdi { (account.name) } }
            Audit::StatusSet { account, status } => {
                bdi { (account.name) } ": " (t.get(match status { AgentStatus::Available => "desk-available", AgentStatus::Away => "desk-away" }))
            }
            Audit::ContactEdited { contact, fact, .. } => { (person(contact)) ": " bdi { (fact) } }
            Audit::ContactsMerged { into, contact, .. } => { (person(contact)) " → " (person(into)) }
            Audit::ContactsUnmerged { into, contact, .. } => { (person(contact)) " ↛ " (person(into)) }
            Audit::ContactBlocked { contact, .. } | Audit::ContactUnblocked { contact, .. } => { (person(contact)) }
            Audit::ContactErased { contact, conversations, .. } => {
                bdi dir="ltr" { (contact) } " · " (t.with("desk-audit-conversations", &[("n", Value::Number(i64::try_from(*conversations).unwrap_or(i64::MAX)))]))
            }
            Audit::LinkMade { conversation, .. } => { (talk(conversation)) }
            Audit::TookOver { conversation, from, .. } => { (talk(conversation)) @if let Some(from) = from { " ← " bdi { (from.name) } } }
            Audit::Reassigned { conversation, to, .. } => { (talk(conversation)) " → " bdi { (to.name) } }
            Audit::SettingChanged { what } => { bdi { (what) } }
        }
    }
}
