//! One conversation: transcript, context card, and what the agent can do. The parts that change have ids; the composer,
//! which holds a half-typed answer, is never replaced.

use maud::{Markup, html};

use super::card::{card, card_label};
use super::filing;
use super::inbox::strip_fragment;
use super::keys::{Key, tip};
use super::layout::{Place, page};
use super::row::{moment, owner, priority, visitor_name};
use super::suggested::suggested;
use super::transcript::transcript;
use super::view::{ConversationView, Rank, StripView, Viewer};
use crate::dialog::FILE_BYTES_MAX;
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
pub fn conversation(view: &ConversationView<'_>, strip: &StripView, viewer: &Viewer, t: &Texts) -> Markup {
    let id = view.summary.id;
    let main = html! {
        div #conversation .conversation data-id=(id) data-fragment={ "/desk/fragments/c/" (id) } {
            nav #strip .strip aria-label=(t.get("desk-mine")) data-listing="/desk/fragments/strip" { (strip_fragment(strip, viewer, t)) }
            (conversation_fragment(view, viewer, t))
            (composer(view, viewer, t))
        }
    };
    page(&visitor_name(&view.summary, t), Place::Conversation, viewer, t, &main)
}

/// The parts that change. With `view.lines` cut to what is new, the script adds or replaces lines by their ids.
pub fn conversation_fragment(view: &ConversationView<'_>, viewer: &Viewer, t: &Texts) -> Markup {
    let standing = standing(view, viewer);
    html! {
        div #head .head data-mentioned[view.mentioned] {
            a.back href="/desk" aria-label=(t.get("desk-back")) title=(tip("desk-back", Key::Back, t)) data-key=(Key::Back.sign()) { "‹" }
            div {
                h1 { bdi { (visitor_name(&view.summary, t)) } (priority(view.summary.priority, t)) }
                p #owner .faint { (owned(view, viewer, t)) }
                (filing::chips(&view.summary, t))
            }
            div.actions {
                (actions(view, standing, viewer, t))
                (filing::menu(&view.summary, standing == Standing::Mine, t))
            }
            (filing::reminders(&view.summary, view.now, t))
        }
        aside #card .card aria-label=(t.get("desk-card")) {
            details open { summary { (card_label(view, t)) } div.inside { (card(view, t)) } }
        }
        ol #transcript .transcript aria-live="polite" aria-label=(t.get("widget-messages")) tabindex="0" data-last=(view.last) { (transcript(view, t)) }
        div #suggested .suggested { @if matches!(standing, Standing::Mine | Standing::Free) { (suggested(view, t)) } }
        p #standing .standing data-can-say[matches!(standing, Standing::Mine | Standing::Free)] {
            (hint(view, standing, t))
            @if matches!(standing, Standing::Mine | Standing::Free) { (window(view, t)) }
        }
    }
}

/// Who has it, with the queue as its author calls it.
fn owned(view: &ConversationView<'_>, viewer: &Viewer, t: &Texts) -> String {
    let mut summary = view.summary.clone();
    summary.queue = summary.queue.map(|queue| view.labels.queue(&queue).into());
    owner(&summary, viewer, t)
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

/// How long the visitor's app lets the agent write, and what is left to do after that.
fn window(view: &ConversationView<'_>, t: &Texts) -> Markup {
    html! {
        @match view.writable_until {
            None => {}
            Some(until) if until > view.now => { " " span.window { (t.get("desk-window-open")) " " strong { (moment(until)) } } }
            Some(until) => { " " span.window.over { strong { (t.get("desk-window-over")) " " (moment(until)) "." } " " (t.get("desk-window-then")) } }
        }
    }
}

fn actions(view: &ConversationView<'_>, standing: Standing, viewer: &Viewer, t: &Texts) -> Markup {
    let api = format!("/api/agent/conversations/{}", view.summary.id);
    let press = |verb: &str, text: &str, class: &str, key: Option<Key>| {
        html! {
            form data-api={ (api) "/" (verb) } {
                button id={ "do-" (verb) } class=(class) data-key=[key.map(Key::sign)] title=[key.map(|key| tip(text, key, t))] { (t.get(text)) }
            }
        }
    };
    html! {
        @match standing {
            Standing::Free => { (press("claim", "desk-claim", "main", Some(Key::Claim))) }
            Standing::Another => { @if viewer.rank >= Rank::Supervisor { (press("take-over", "desk-take-over", "main", None)) } }
            Standing::Over => {}
            Standing::Mine => {
                (press("resolve", "desk-resolve", "main", Some(Key::Resolve)))
                (hand_back(view, &api, t))
                (transfer(view, viewer, &api, t))
                (press("return", "desk-return", "plain", None))
            }
        }
    }
}

fn hand_back(view: &ConversationView<'_>, api: &str, t: &Texts) -> Markup {
    html! {
        details.menu {
            summary #do-hand-back data-key=(Key::HandBack.sign()) title=(tip("desk-hand-back", Key::HandBack, t)) { (t.get("desk-hand-back")) }
            form.sheet data-api={ (api) "/hand-back" } {
                label {
                    span { (t.get("desk-hand-back-flow")) }
                    select name="flow" {
                        option value="" { (t.get("desk-hand-back-none")) }
                        @for flow in &view.flows { option value=(flow) { (view.labels.flow(flow, t)) } }
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
            summary #do-transfer data-key=(Key::Transfer.sign()) title=(tip("desk-transfer", Key::Transfer, t)) { (t.get("desk-transfer")) }
            form.sheet data-api={ (api) "/transfer" } {
                label {
                    span { (t.get("desk-transfer-to")) }
                    select name="to" required {
                        optgroup label=(t.get("desk-queues")) {
                            @for queue in &view.queues { option value={ "queue:" (queue) } { (view.labels.queue(queue)) } }
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

/// Where the agent writes: to the visitor, or a note that the visitor never sees. What the script completes while they type:
/// ready answers after a `/`, and in notes the names of colleagues after an `@`.
fn composer(view: &ConversationView<'_>, viewer: &Viewer, t: &Texts) -> Markup {
    let others = view.colleagues.iter().map(|colleague| &colleague.agent).filter(|agent| agent.id != viewer.agent.id);
    let names: Vec<&str> = others.map(|agent| agent.name.as_str()).collect();
    html! {
        form #composer .composer autocomplete="off" data-conversation=(view.summary.id) data-colleagues=(serde_json::json!(names)) {
            fieldset.kinds {
                legend.vh { (t.get("desk-write")) }
                label title=(tip("desk-reply", Key::Reply, t)) { input type="radio" name="kind" value="say" checked data-key=(Key::Reply.sign()); span { (t.get("desk-reply")) } }
                label title=(tip("desk-note", Key::Note, t)) { input type="radio" name="kind" value="note" data-key=(Key::Note.sign()); span { (t.get("desk-note")) } }
                button #ready .plain.small type="button" data-key=(Key::Search.sign()) title=(tip("desk-replies", Key::Search, t)) { (t.get("desk-replies")) }
                button #link .plain.small type="button" title=(t.get("desk-link-tip")) { (t.get("desk-link")) }
                button #attach .plain.small type="button" title=(t.get("widget-attach")) aria-label=(t.get("widget-attach")) {
                    svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" {
                        path d="M8 12.5l6.5-6.5a3 3 0 0 1 4.5 4.5L10 19.5a5 5 0 0 1-7-7L12 4" {}
                    }
                }
                input #file type="file" multiple hidden data-most=(FILE_BYTES_MAX);
                span #watchers .watchers role="status" {}
            }
            ul #complete .complete role="listbox" aria-label=(t.get("desk-replies")) hidden {}
            textarea #text rows="2" maxlength="4000" aria-label=(t.get("desk-write")) aria-autocomplete="list" aria-controls="complete"
                data-say=(t.get("desk-reply-placeholder")) data-note=(t.get("desk-note-placeholder")) placeholder=(t.get("desk-reply-placeholder")) {}
            p.error role="alert" {}
            button.main title=(tip("widget-send", Key::Send, t)) { (t.get("widget-send")) }
            p #sending .faint role="status" data-sending=(t.get("desk-sending")) {}
            p #typing .faint role="status" data-typing=(t.get("desk-visitor-types")) data-sent=(t.get("widget-sent"))
                data-delivered=(t.get("desk-delivered")) data-seen=(t.get("widget-seen")) {}
        }
    }
}
