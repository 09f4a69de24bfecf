//! One person: what is known and from where, where they are reached, everything that happened with them over all channels, and
//! what can be done about them: writing down, merging and its undoing, blocking, erasing.

use maud::{Markup, html};

use super::layout::{Place, page};
use super::row::{clock_tag, owner, since_tag};
use super::view::{PersonView, Rank, Viewer};
use crate::channel::Vouched;
use crate::dialog::AgentRef;
use crate::engine::{Deed, Fact, FactValue, Member, PersonRow, Source};
use crate::http::texts::{Texts, Value};
use crate::id::ContactId;
use crate::time::Time;
use crate::view::Summary;

/// The page.
pub fn sheet(view: &PersonView, viewer: &Viewer, t: &Texts) -> Markup {
    let sheet = &view.sheet;
    let name = sheet.name().unwrap_or_else(|| t.get("desk-visitor"));
    let main = html! {
        div.head {
            a.back href="/desk/people" aria-label=(t.get("desk-people")) { "‹" }
            h1 { bdi { (name) } @if sheet.blocked.is_some() { " " span.chip.hot { (t.get("desk-blocked")) } } }
        }
        (blocked(view, t))
        div.sheets {
            div.column { (facts(view, t)) (contacts(view, t)) (merging(view, t)) }
            div.column { (timeline(view, viewer, t)) (last_resorts(view, viewer, t)) }
        }
    };
    page(&name, Place::People, viewer, t, &main)
}

fn api(id: ContactId, verb: &str) -> String {
    format!("/api/agent/people/{id}{verb}")
}

fn blocked(view: &PersonView, t: &Texts) -> Markup {
    html! {
        @if let Some(block) = &view.sheet.blocked {
            form.away #blocked data-api=(api(view.sheet.id, "/unblock")) data-then="reload" {
                p {
                    strong { (t.with("desk-blocked-by", &[("agent", Value::Text(&block.by.name))])) } " "
                    (since_tag(block.at, view.now, t))
                    @if !block.reason.is_empty() { br; span dir="auto" { (block.reason) } }
                }
                button #unblock .main { (t.get("desk-unblock")) }
                p.error role="alert" {}
            }
        }
    }
}

fn facts(view: &PersonView, t: &Texts) -> Markup {
    html! {
        section aria-labelledby="facts-title" {
            h2 #facts-title { (t.get("desk-known")) }
            @if view.sheet.facts.is_empty() { p.empty { (t.get("desk-person-nothing-known")) } }
            ul.facts-list {
                @for known in &view.sheet.facts { li.fact { (fact(known, view, t)) } }
            }
            details.menu {
                summary #add-fact { (t.get("desk-person-add")) }
                form.sheet data-api=(api(view.sheet.id, "")) data-method="PATCH" data-then="reload" {
                    label { span { (t.get("desk-person-fact")) } input name="fact" list="fact-names" maxlength="40" required; }
                    datalist #fact-names { @for name in ["name", "email", "phone"] { option value=(name) {} } }
                    label { span { (t.get("desk-person-value")) } input name="value" maxlength="300" dir="auto" required; }
                    p.error role="alert" {}
                    button.main { (t.get("desk-save")) }
                }
            }
        }
    }
}

fn fact(fact: &Fact, view: &PersonView, t: &Texts) -> Markup {
    html! {
        h3 { bdi { (fact_name(&fact.name, t)) } @if fact.is_disputed() { " " span.chip.hot { (t.get("desk-person-disputed")) } } }
        @for value in &fact.values { (one_value(fact, value, view, t)) }
    }
}

fn one_value(fact: &Fact, value: &FactValue, view: &PersonView, t: &Texts) -> Markup {
    let edit = format!("edit-{}-{}", fact.name, value.contact);
    html! {
        div.value {
            div {
                span.known dir="auto" { (value.value) } " "
                span.faint { (source(value, view, t)) }
            }
            @if !value.masked {
                details.menu {
                    summary #(edit) { (t.get("desk-person-edit")) }
                    form.sheet data-api=(api(value.contact, "")) data-method="PATCH" data-then="reload" {
                        input type="hidden" name="fact" value=(fact.name);
                        label { span { (fact_name(&fact.name, t)) } input name="value" value=(value.value) maxlength="300" dir="auto"; }
                        p.hint { (t.get("desk-person-empty-removes")) }
                        p.error role="alert" {}
                        button.main { (t.get("desk-save")) }
                    }
                }
            }
        }
    }
}

fn source(value: &FactValue, view: &PersonView, t: &Texts) -> Markup {
    html! {
        @match &value.source {
            Some(Source::Conversation(id)) => { a href={ "/desk/c/" (id) } { (t.get("desk-person-told")) } }
            Some(Source::Agent(agent)) => { (t.with("desk-person-written", &[("agent", Value::Text(&agent.name))])) }
            Some(Source::Form) => { (t.get("desk-person-form")) }
            Some(Source::Channel(by)) => { (t.with("desk-person-channel", &[("channel", Value::Text(by.as_str()))])) }
            Some(Source::Page { proved: true }) => { (t.get("desk-person-page-verified")) }
            Some(Source::Page { proved: false }) => { (t.get("desk-person-page")) }
            None => {}
        }
        @if let Some(at) = value.at { " " (since_tag(at, view.now, t)) }
    }
}

/// Name, e-mail and phone have names in every language; what flows invent is called as they call it.
pub(super) fn fact_name(name: &str, t: &Texts) -> String {
    match name {
        "name" => t.get("desk-name"),
        "email" => t.get("desk-email"),
        "phone" => t.get("desk-person-phone"),
        other => other.replace('_', " "),
    }
}

fn contacts(view: &PersonView, t: &Texts) -> Markup {
    html! {
        section aria-labelledby="contacts-title" {
            h2 #contacts-title { (t.get("desk-person-contacts")) }
            ul.rows {
                @for member in &view.sheet.members {
                    li.row.contact {
                        div { (one_contact(member, view, t)) }
                        @if member.alias_of.is_some() {
                            form data-api=(api(member.id, "/unmerge")) data-then="reload" {
                                button.small { (t.get("desk-person-unmerge")) }
                                p.error role="alert" {}
                            }
                        }
                    }
                }
            }
            @if view.sheet.members.len() > 1 { p.hint { (t.get("desk-person-unmerge-lead")) } }
        }
    }
}

/// Why a contact is the same person.
fn same_by(member: &Member) -> &'static str {
    match &member.same_by {
        Some(Vouched::Phone(_)) => "desk-person-same-phone",
        Some(Vouched::Email(_)) => "desk-person-same-email",
        Some(Vouched::Id(_)) => "desk-person-same-id",
        Some(Vouched::WhatsApp(_)) => "desk-person-same-whatsapp",
        None => "desk-person-merged",
    }
}

fn one_contact(member: &Member, view: &PersonView, t: &Texts) -> Markup {
    html! {
        strong { bdi { (member.name.clone().unwrap_or_else(|| t.get("desk-visitor"))) } }
        @if member.alias_of.is_some() { " " span.chip { (t.get(same_by(member))) } }
        p.faint {
            @for address in &member.addresses { span.chip { bdi { (address.channel) } } " " }
            (t.get("desk-person-first-seen")) " " (since_tag(member.created_at, view.now, t)) " · "
            bdi dir="ltr" { (member.id) }
        }
    }
}

fn merging(view: &PersonView, t: &Texts) -> Markup {
    let own =
        |row: &&PersonRow| !view.sheet.members.iter().any(|member| member.id == row.id) && row.site == view.sheet.site;
    html! {
        section aria-labelledby="merge-title" {
            h2 #merge-title { (t.get("desk-person-merge-title")) }
            p.hint { (t.get("desk-person-merge-lead")) }
            (search_form(&format!("/desk/p/{}", view.sheet.id), &view.query, t))
            @if let Some(found) = &view.found {
                @let others: Vec<_> = found.iter().filter(own).collect();
                @if others.is_empty() { p.empty { (t.get("desk-people-none")) } }
                @else {
                    ul.rows #candidates {
                        @for other in others {
                            li.row {
                                (found_person(other, t))
                                form data-api=(api(view.sheet.id, "/merge")) data-then={ "/desk/p/" (view.sheet.id) } {
                                    input type="hidden" name="with" value=(other.id);
                                    button.small { (t.get("desk-person-merge")) }
                                    p.error role="alert" {}
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Where one types whom one looks for.
pub(super) fn search_form(action: &str, query: &str, t: &Texts) -> Markup {
    html! {
        form.find method="get" action=(action) role="search" {
            input type="search" name="q" value=(query) maxlength="200" dir="auto" aria-label=(t.get("desk-people-search")) placeholder=(t.get("desk-people-search"));
            button.plain { (t.get("desk-people-find")) }
        }
    }
}

/// A person in a line, with a link to their page.
pub(super) fn found_person(row: &PersonRow, t: &Texts) -> Markup {
    html! {
        a href={ "/desk/p/" (row.id) } {
            span.who { bdi { (row.name.clone().unwrap_or_else(|| t.get("desk-visitor"))) } @if row.blocked { " " span.chip.hot { (t.get("desk-blocked")) } } }
            span.where {
                @if let Some(email) = &row.email { bdi { (email) } " " }
                @if let Some(phone) = &row.phone { bdi dir="ltr" { (phone) } " " }
                @if row.email.is_none() && row.phone.is_none() { bdi dir="ltr" { (row.id) } }
            }
        }
    }
}

enum Happened<'a> {
    Conversation(&'a Summary),
    Deed(&'a AgentRef, &'a Deed),
}

fn timeline(view: &PersonView, viewer: &Viewer, t: &Texts) -> Markup {
    let talks = view.sheet.conversations.iter().map(|summary| (summary.last_at, Happened::Conversation(summary)));
    let deeds = view.sheet.deeds.iter().map(|(at, by, deed)| (*at, Happened::Deed(by, deed)));
    let mut all: Vec<(Time, Happened<'_>)> = talks.chain(deeds).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    html! {
        section aria-labelledby="timeline-title" {
            h2 #timeline-title { (t.get("desk-person-timeline")) }
            @if all.is_empty() { p.empty { (t.get("desk-closed-empty")) } }
            ol.rows.timeline {
                @for (at, happened) in &all {
                    @match happened {
                        Happened::Conversation(summary) => { li.row { (talk(summary, viewer, view, t)) } }
                        Happened::Deed(by, deed) => { li.row.deed { p.faint { (told(by, deed, t)) " " (clock_tag(*at)) } } }
                    }
                }
            }
        }
    }
}

fn talk(summary: &Summary, viewer: &Viewer, view: &PersonView, t: &Texts) -> Markup {
    html! {
        a href={ "/desk/c/" (summary.id) } {
            span.who {
                span.chip { bdi { (summary.channel) } } " "
                @if view.sheet.went_on.contains(&summary.id) { span.chip { (t.get("desk-person-went-on")) } " " }
                (owner(summary, viewer, t))
            }
            span.since { (since_tag(summary.last_at, view.now, t)) }
            span.words dir="auto" { (summary.reason.as_deref().unwrap_or(&summary.last_text)) }
        }
    }
}

fn told(by: &AgentRef, deed: &Deed, t: &Texts) -> String {
    let agent = Value::Text(&by.name);
    match deed {
        Deed::Edited { name, value: Some(value) } => {
            let fact = fact_name(name, t);
            t.with("desk-deed-wrote", &[("agent", agent), ("fact", Value::Text(&fact)), ("value", Value::Text(value))])
        }
        Deed::Edited { name, value: None } => {
            let fact = fact_name(name, t);
            t.with("desk-deed-removed", &[("agent", agent), ("fact", Value::Text(&fact))])
        }
        Deed::Merged(_) => t.with("desk-deed-merged", &[("agent", agent)]),
        Deed::Unmerged(_) => t.with("desk-deed-unmerged", &[("agent", agent)]),
        Deed::Blocked(reason) => t.with("desk-deed-blocked", &[("agent", agent), ("reason", Value::Text(reason))]),
        Deed::Unblocked => t.with("desk-deed-unblocked", &[("agent", agent)]),
    }
}

/// Blocking, and, for admins, erasing.
fn last_resorts(view: &PersonView, viewer: &Viewer, t: &Texts) -> Markup {
    html! {
        @if view.sheet.blocked.is_none() {
            section.boxed aria-labelledby="block-title" {
                h2 #block-title { (t.get("desk-block-title")) }
                p.hint { (t.get("desk-block-lead")) }
                form.stack #block data-api=(api(view.sheet.id, "/block")) data-then="reload" {
                    label { span { (t.get("desk-block-reason")) } input name="reason" maxlength="300" dir="auto"; }
                    p.error role="alert" {}
                    button.plain { (t.get("desk-block")) }
                }
            }
        }
        @if viewer.rank >= Rank::Admin {
            section.boxed aria-labelledby="erase-title" {
                h2 #erase-title { (t.get("desk-erase-title")) }
                p.hint { (t.get("desk-erase-lead")) }
                form.stack #erase data-api=(api(view.sheet.id, "/erase")) data-then="/desk/people" {
                    label.check { input type="checkbox" name="confirm" value="true" data-as="boolean" required; span { (t.get("desk-erase-confirm")) } }
                    p.error role="alert" {}
                    button.danger { (t.get("desk-erase")) }
                }
            }
        }
    }
}
