//! The accounts, for admins: who may log in, with which role, for which sites and queues.

use maud::{Markup, html};

use super::layout::{Place, page};
use super::row::language_name;
use super::view::{AccountRow, AgentsView, Rank, Viewer};
use crate::http::texts::Texts;

/// The page.
pub fn agents(view: &AgentsView, viewer: &Viewer, t: &Texts) -> Markup {
    let main = html! {
        h1 { (t.get("desk-agents")) }
        ul.accounts { @for account in &view.accounts { (one(account, view, viewer, t)) } }
        section aria-labelledby="add-title" {
            h2 #add-title { (t.get("desk-add-agent")) }
            form #add .stack.boxed data-api="/api/agent/agents" data-then="reload" {
                (text_field(t, "desk-name", "name", "text", None))
                (text_field(t, "desk-email", "email", "email", None))
                (text_field(t, "desk-password", "password", "password", None))
                p.hint { (t.get("desk-password-hint")) }
                (rights(None, view, viewer, t))
                p.error role="alert" {}
                button.main { (t.get("desk-add-agent")) }
            }
        }
    };
    page(&t.get("desk-agents"), Place::Agents, viewer, t, &main)
}

fn one(account: &AccountRow, view: &AgentsView, viewer: &Viewer, t: &Texts) -> Markup {
    let api = format!("/api/agent/agents/{}", account.id);
    let myself = account.id == viewer.agent.id;
    html! {
        li.account.off[account.disabled] {
            details {
                summary {
                    strong { bdi { (account.name) } }
                    span.faint { bdi { (account.email) } }
                    span.chip { (t.get(role_text(account.rank))) }
                    @if account.disabled { span.chip.hot { (t.get("desk-disabled")) } }
                }
                form.stack data-api=(api) data-method="PATCH" data-then="reload" {
                    (text_field(t, "desk-name", "name", "text", Some(&account.name)))
                    (rights(Some(account), view, viewer, t))
                    p.error role="alert" {}
                    button.main { (t.get("desk-save")) }
                }
                form.stack data-api=(api) data-method="PATCH" data-then="reload" {
                    (text_field(t, "desk-new-password", "password", "password", None))
                    p.error role="alert" {}
                    button.plain { (t.get("desk-set-password")) }
                }
                @if !account.disabled {
                    form.stack data-api={ (api) "/reset-link" } data-show="path" {
                        p.hint { (t.get("desk-reset-lead")) }
                        output dir="ltr" {}
                        p.error role="alert" {}
                        button.plain { (t.get("desk-reset-make")) }
                    }
                }
                @if !myself {
                    form data-api=(api) data-method="PATCH" data-then="reload" {
                        input type="hidden" name="disabled" value=(if account.disabled { "false" } else { "true" }) data-as="boolean";
                        p.error role="alert" {}
                        button.plain { (t.get(if account.disabled { "desk-enable" } else { "desk-disable" })) }
                    }
                }
            }
        }
    }
}

fn text_field(t: &Texts, label: &str, name: &str, kind: &str, value: Option<&str>) -> Markup {
    let complete = if kind == "password" { "new-password" } else { "off" };
    let shortest = (kind == "password").then_some("10");
    let longest = (name == "name").then_some("80");
    html! {
        label {
            span { (t.get(label)) }
            input name=(name) type=(kind) value=[value] autocomplete=(complete) minlength=[shortest] maxlength=[longest] dir=[(kind == "email").then_some("ltr")] required;
        }
    }
}

/// Role, capacity, sites and queues. An admin cannot lower their own role, so that somebody always can manage accounts.
fn rights(account: Option<&AccountRow>, view: &AgentsView, viewer: &Viewer, t: &Texts) -> Markup {
    let rank = account.map_or(Rank::Agent, |account| account.rank);
    let myself = account.is_some_and(|account| account.id == viewer.agent.id);
    html! {
        @if !myself {
            label {
                span { (t.get("desk-role")) }
                select name="role" {
                    @for choice in Rank::ALL { option value=(choice.name()) selected[choice == rank] { (t.get(role_text(choice))) } }
                }
            }
        }
        label {
            span { (t.get("desk-capacity")) }
            input name="capacity" type="number" min="1" max="50" value=(account.map_or(3, |account| account.capacity)) data-as="number";
        }
        @if view.sites.len() > 1 {
            fieldset data-list="sites" {
                legend { (t.get("desk-sites")) }
                @for (site, title) in &view.sites {
                    label.check {
                        input type="checkbox" value=(site) checked[account.is_some_and(|account| account.sites.contains(site))];
                        bdi { (title) }
                    }
                }
            }
        }
        fieldset data-list="languages" {
            legend { (t.get("desk-languages")) " " span.faint { (t.get("desk-languages-hint")) } }
            @for language in &view.languages {
                label.check {
                    input type="checkbox" value=(language) checked[account.is_some_and(|account| account.languages.contains(language))];
                    bdi { (language_name(language.as_str())) }
                }
            }
        }
        @if !view.queues.is_empty() {
            fieldset data-list="queues" {
                legend { (t.get("desk-queues")) " " span.faint { (t.get("desk-none-means-all")) } }
                @for queue in &view.queues {
                    label.check {
                        input type="checkbox" value=(queue) checked[account.is_some_and(|account| account.queues.contains(queue))];
                        bdi { (queue) }
                    }
                }
            }
        }
    }
}

pub(super) fn role_text(rank: Rank) -> &'static str {
    match rank {
        Rank::Agent => "desk-role-agent",
        Rank::Supervisor => "desk-role-supervisor",
        Rank::Admin => "desk-role-admin",
    }
}
