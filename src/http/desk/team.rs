//! What supervisors oversee: queues, who is there, and all conversations that people have a part in. The page is kept live as
//! the inbox is: the same hints fetch the same fragment.

use maud::{Markup, html};

use super::layout::{Place, page};
use super::row::{owner, priority, since_tag, visitor_name};
use super::view::{Rank, TeamView, Viewer};
use crate::engine::{AgentStatus, FloorAgent, FloorQueue, LATE, Row};
use crate::http::texts::{Texts, Value};

/// The page.
pub fn team(view: &TeamView, viewer: &Viewer, t: &Texts) -> Markup {
    let main = html! {
        h1.vh { (t.get("desk-supervise")) }
        div #floor .inbox data-listing="/desk/fragments/team" { (team_fragment(view, viewer, t)) }
    };
    page(&t.get("desk-supervise"), Place::Team, viewer, t, &main)
}

/// What changes in it.
pub fn team_fragment(view: &TeamView, viewer: &Viewer, t: &Texts) -> Markup {
    let waiting: u32 = view.floor.queues.iter().map(|queue| queue.waiting).sum();
    html! {
        div.column data-waiting=(waiting) {
            section aria-labelledby="live-title" {
                h2 #live-title { (t.get("desk-live")) " " span.count { (t.count(view.floor.live.len() + view.floor.more)) } }
                @if view.floor.live.is_empty() { p.empty { (t.get("desk-live-empty")) } }
                @else { ul.rows #live { @for row in &view.floor.live { (live(row, view, viewer, t)) } } }
                @if view.floor.more > 0 { p.hint { (t.with("desk-live-more", &[("n", Value::Number(i64::try_from(view.floor.more).unwrap_or(i64::MAX)))])) } }
            }
        }
        div.column { (queues(view, t)) (agents(view, viewer, t)) }
    }
}

fn live(row: &Row, view: &TeamView, viewer: &Viewer, t: &Texts) -> Markup {
    let summary = &row.summary;
    let waits = summary.unanswered.or(row.position.map(|_| summary.since));
    let late = waits.is_some_and(|since| view.now.since(since) > row.target.unwrap_or(LATE));
    let mine = summary.owner == "agent" && summary.agent.as_ref().is_some_and(|agent| agent.id == viewer.agent.id);
    html! {
        li #{ "live-" (summary.id) } .row.urgent[late] {
            a href={ "/desk/c/" (summary.id) } {
                span.who { bdi { (visitor_name(summary, t)) } (priority(summary.priority, t)) }
                span.since.late[late] { (since_tag(waits.unwrap_or(summary.since), view.now, t)) }
                span.words dir="auto" { (summary.reason.as_deref().unwrap_or(&summary.last_text)) }
                span.where { (owner(summary, viewer, t)) @if view.several_sites { " · " bdi { (summary.site) } } }
            }
            @if !mine { (acts(summary.id, view, t)) }
        }
    }
}

fn acts(id: crate::id::ConversationId, view: &TeamView, t: &Texts) -> Markup {
    let api = format!("/api/agent/conversations/{id}");
    html! {
        details.menu {
            summary #{ "act-" (id) } { (t.get("desk-act")) }
            div.sheet {
                form data-api={ (api) "/take-over" } data-then={ "/desk/c/" (id) } {
                    button #{ "take-" (id) } .main { (t.get("desk-take-over")) }
                    p.error role="alert" {}
                }
                form.stack data-api={ (api) "/assign" } {
                    label {
                        span { (t.get("desk-assign-to")) }
                        select name="agent" required {
                            option value="" {}
                            @for agent in &view.floor.agents {
                                option value=(agent.account.id) {
                                    (agent.account.name) " (" (load(agent, t)) ")"
                                }
                            }
                        }
                    }
                    p.error role="alert" {}
                    button.plain { (t.get("desk-assign")) }
                }
            }
        }
    }
}

fn queues(view: &TeamView, t: &Texts) -> Markup {
    html! {
        section aria-labelledby="queues-title" {
            h2 #queues-title { (t.get("desk-queues")) }
            ul.rows #queues { @for queue in &view.floor.queues { (one_queue(queue, view, t)) } }
        }
    }
}

fn one_queue(queue: &FloorQueue, view: &TeamView, t: &Texts) -> Markup {
    let late = queue.oldest.is_some_and(|since| view.now.since(since) > queue.target);
    html! {
        li.row.urgent[late] {
            div.fill {
                span.who { bdi { (queue.queue) } @if !queue.open { " " span.chip { (t.get("desk-queue-closed")) } } }
                @if let Some(since) = queue.oldest {
                    span.since.late[late] { (t.get("desk-queue-oldest")) " " (since_tag(since, view.now, t)) }
                }
                span.where {
                    @if view.several_sites { bdi { (queue.site) } " · " }
                    (t.with("desk-queue-waiting", &[("n", Value::Number(queue.waiting.into()))])) " · "
                    (t.with("desk-queue-staff", &[("online", Value::Number(queue.online.into())), ("free", Value::Number(queue.free.into()))]))
                }
            }
        }
    }
}

fn agents(view: &TeamView, viewer: &Viewer, t: &Texts) -> Markup {
    html! {
        section aria-labelledby="agents-title" {
            h2 #agents-title { (t.get("desk-team")) }
            ul.rows #agents { @for agent in &view.floor.agents { (one_agent(agent, view, viewer, t)) } }
        }
    }
}

fn load(agent: &FloorAgent, t: &Texts) -> String {
    t.with(
        "desk-load",
        &[("load", Value::Number(agent.load.into())), ("capacity", Value::Number(agent.account.capacity.into()))],
    )
}

fn one_agent(agent: &FloorAgent, view: &TeamView, viewer: &Viewer, t: &Texts) -> Markup {
    let available = agent.account.status == AgentStatus::Available;
    let state = match (agent.online, available) {
        (true, true) => "desk-available",
        (_, false) => "desk-away",
        (false, true) => "desk-offline",
    };
    let rank = super::office::rank(agent.account.role);
    let (next, text) = if available { ("away", "desk-set-away") } else { ("available", "desk-set-available") };
    html! {
        li.row.agent-row {
            div.fill {
                span.who { span.dot.on[agent.online && available] {} " " bdi { (agent.account.name) } }
                @if let Some(at) = agent.active { span.since { (since_tag(at, view.now, t)) } }
                span.where {
                    (t.get(state)) " · " (load(agent, t))
                    @if !agent.account.languages.is_empty() {
                        " · " @for language in &agent.account.languages { bdi { (super::row::language_name(language.as_str())) } " " }
                    }
                    @if !agent.account.queues.is_empty() { " · " @for queue in &agent.account.queues { bdi { (queue) } " " } }
                }
            }
            @if agent.account.id != viewer.agent.id && rank <= viewer.rank && viewer.rank >= Rank::Supervisor {
                form data-api={ "/api/agent/agents/" (agent.account.id) "/presence" } {
                    input type="hidden" name="status" value=(next);
                    button #{ "status-" (agent.account.id) } .small { (t.get(text)) }
                }
            }
        }
    }
}
