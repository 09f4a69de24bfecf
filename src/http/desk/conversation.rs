//! One conversation: transcript, context card, and what the agent can do. The parts that change have ids; the composer,
//! which holds a half-typed answer, is never replaced.

use maud::{Markup, html};

use super::card::{card, card_label};
use super::inbox::strip_fragment;
use super::layout::{Place, page};
use super::row::{owner, priority, visitor_name};
use super::transcript::transcript;
use super::view::{ConversationView, InboxView, Rank, Viewer};
use crate::http::texts::{Texts, Value};

/// What the viewer can do with a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is theirs.
    Mine,
    /// Bot or queue has it: they can take it.
    Free,
    /// Another agent has it.
    Another,
    /// It is resolved or closed.
    Over,
}

/// The page.
pub fn conversation(view: &ConversationView<'_>, lists: &InboxView, viewer: &Viewer, t: &Texts) -> Markup {
    let id = view.summary.id;
    let main = html! {
        div #conversation .conversation data-id=(id) data-fragment={ "/desk/fragments/c/" (id) } {
            nav #strip .strip aria-label=(t.get("desk-mine")) data-listing="/desk/fragments/strip" { (strip_fragment(lists, viewer, t)) }
            (conversation_fragment(view, viewer, t))
            (composer(view, t))
        }
    };
    page(&visitor_name(&view.summary, t), Place::Conversation, viewer, t, &main)
}

/// The parts that change. With `view.lines` cut to what is new, the script adds or replaces lines by their ids.
pub fn conversation_fragment(view: &ConversationView<'_>, viewer: &Viewer, t: &Texts) -> Markup {
    let standing = standing(view, viewer);
    html! {
        div #head .head {
            a.back href="/desk" aria-label=(t.get("desk-back")) { "‹" }
            div {
                h1 { bdi { (visitor_name(&view.summary, t)) } (priority(view.summary.priority, t)) }
                p #owner .faint { (owner(&view.summary, viewer, t)) }
            }
            div.actions { (actions(view, standing, viewer, t)) }
        }
        aside #card .card aria-label=(t.get("desk-card")) {
            details open { summary { (card_label(view, t)) } div.inside { (card(view, t)) } }
        }
        ol #transcript .transcript role="log" aria-label=(t.get("widget-messages")) tabindex="0" data-last=(view.last) { (transcript(&view.lines, t)) }
        p #standing .standing data-can-say[matches!(standing, Standing::Mine | Standing::Free)] { (hint(view, standing, t)) }
    }
}

fn standing(view: &ConversationView<'_>, viewer: &Viewer) -> Standing {
    match (view.summary.owner, &view.summary.agent) {
        ("agent", Some(agent)) if agent.id == viewer.agent.id => Standing::Mine,
        ("agent", _) => Standing::Another,
        ("bot" | "queue", _) => Standing::Free,
        _ => Standing::Over,
    }
}

fn hint(view: &ConversationView<'_>, standing: Standing, t: &Texts) -> String {
    match (standing, &view.summary.agent) {
        (Standing::Free, _) => t.get("desk-hint-free"),
        (Standing::Another, Some(agent)) => t.with("desk-hint-another", &[("agent", Value::Text(&agent.name))]),
        (Standing::Over, _) => t.get("desk-hint-over"),
        (Standing::Mine | Standing::Another, _) => String::new(),
    }
}

fn actions(view: &ConversationView<'_>, standing: Standing, viewer: &Viewer, t: &Texts) -> Markup {
    let api = format!("/api/agent/conversations/{}", view.summary.id);
    let press = |verb: &str, text: &str, class: &str| {
        html! { form data-api={ (api) "/" (verb) } { button id={ "do-" (verb) } class=(class) { (t.get(text)) } } }
    };
    html! {
        @match standing {
            Standing::Free => { (press("claim", "desk-claim", "main")) }
            Standing::Another => { @if viewer.rank >= Rank::Supervisor { (press("take-over", "desk-take-over", "main")) } }
            Standing::Over => {}
            Standing::Mine => {
                (press("resolve", "desk-resolve", "main"))
                (hand_back(view, &api, t))
                (transfer(view, viewer, &api, t))
                (press("return", "desk-return", "plain"))
            }
        }
    }
}

fn hand_back(view: &ConversationView<'_>, api: &str, t: &Texts) -> Markup {
    html! {
        details.menu {
            summary #do-hand-back { (t.get("desk-hand-back")) }
            form.sheet data-api={ (api) "/hand-back" } {
                label {
                    span { (t.get("desk-hand-back-flow")) }
                    select name="flow" {
                        option value="" { (t.get("desk-hand-back-none")) }
                        @for flow in &view.flows { option value=(flow) { (flow) } }
                    }
                }
                button #do-hand-back-now .main { (t.get("desk-hand-back")) }
            }
        }
    }
}

fn transfer(view: &ConversationView<'_>, viewer: &Viewer, api: &str, t: &Texts) -> Markup {
    html! {
        details.menu {
            summary #do-transfer { (t.get("desk-transfer")) }
            form.sheet data-api={ (api) "/transfer" } {
                label {
                    span { (t.get("desk-transfer-to")) }
                    select name="to" required {
                        optgroup label=(t.get("desk-queues")) {
                            @for queue in &view.queues { option value={ "queue:" (queue) } { (queue) } }
                        }
                        optgroup label=(t.get("desk-agents")) {
                            @for colleague in view.colleagues.iter().filter(|colleague| colleague.agent.id != viewer.agent.id) {
                                option value={ "agent:" (colleague.agent.id) } {
                                    (colleague.agent.name)
                                    @if !colleague.online { " (" (t.get("desk-offline")) ")" }
                                }
                            }
                        }
                    }
                }
                label { span { (t.get("desk-transfer-note")) } textarea name="note" rows="2" dir="auto" maxlength="4000" {} }
                button #do-transfer-now .main { (t.get("desk-transfer")) }
            }
        }
    }
}

/// Where the agent writes: to the visitor, or a note that the visitor never sees.
fn composer(view: &ConversationView<'_>, t: &Texts) -> Markup {
    html! {
        form #composer .composer autocomplete="off" data-conversation=(view.summary.id) {
            fieldset.kinds {
                legend.vh { (t.get("desk-write")) }
                label { input type="radio" name="kind" value="say" checked; span { (t.get("desk-reply")) } }
                label { input type="radio" name="kind" value="note"; span { (t.get("desk-note")) } }
            }
            textarea #text rows="2" maxlength="4000" aria-label=(t.get("desk-write"))
                data-say=(t.get("desk-reply-placeholder")) data-note=(t.get("desk-note-placeholder")) placeholder=(t.get("desk-reply-placeholder")) {}
            p.error role="alert" {}
            button.main { (t.get("widget-send")) }
        }
    }
}
