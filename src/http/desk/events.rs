//! What the owner's own systems hear of, for admins: each endpoint and how it is doing, and the log of what was sent to it.

use maud::{Markup, html};

use super::layout::{Place, page};
use super::row::moment;
use super::view::{EventsView, Viewer};
use crate::engine::{EndpointLog, EventState, Logged};
use crate::http::texts::{Texts, Value};

/// The page.
pub fn events(view: &EventsView, viewer: &Viewer, t: &Texts) -> Markup {
    let shown = view.shown();
    let main = html! {
        h1 { (t.get("desk-events")) }
        p.hint { (t.get("desk-events-lead")) }
        @if view.endpoints.is_empty() { p.empty { (t.get("desk-events-none")) } }
        ul #endpoints .rows { @for endpoint in &view.endpoints { (one(endpoint, view, t)) } }
        @if let Some(shown) = shown { (log(shown, view, t)) }
    };
    page(&t.get("desk-events"), Place::Events, viewer, t, &main)
}

fn one(log: &EndpointLog, view: &EventsView, t: &Texts) -> Markup {
    let here = view.shown().is_some_and(|shown| shown.endpoint.id() == log.endpoint.id());
    let count = |id, count: usize| t.with(id, &[("n", Value::Number(i64::try_from(count).unwrap_or(i64::MAX)))]);
    html! {
        li.endpoint {
            a href={ "/desk/events?endpoint=" (log.endpoint.id()) } aria-current=[here.then_some("true")] dir="ltr" { (log.endpoint.shown_url()) }
            p.faint {
                @match &log.endpoint.site { Some(site) => { bdi { (site) } } None => { (t.get("desk-events-all-sites")) } }
                " · "
                @if log.endpoint.send.is_empty() { (t.get("desk-events-all-kinds")) }
                @else { bdi dir="ltr" { (log.endpoint.send.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")) } }
            }
            p.chips {
                @if log.down { span.chip.hot { (t.get("desk-events-down")) } }
                span.chip { (count("desk-events-wait", log.waiting)) }
                @if log.failed > 0 { span.chip.hot { (count("desk-events-given-up", log.failed)) } }
            }
        }
    }
}

fn log(log: &EndpointLog, view: &EventsView, t: &Texts) -> Markup {
    let id = log.endpoint.id();
    html! {
        form.filter method="get" action="/desk/events" {
            input type="hidden" name="endpoint" value=(id);
            label {
                span { (t.get("desk-events-state")) }
                select name="state" {
                    option value="" { (t.get("desk-audit-anything")) }
                    @for state in EventState::ALL {
                        option value=(state.name()) selected[view.asked.state == state.name()] { (t.get(state_text(state))) }
                    }
                }
            }
            button.plain { (t.get("desk-audit-show")) }
        }
        @if log.entries.is_empty() { p.empty { (t.get("desk-audit-empty")) } }
        @else {
            table.audit.events {
                thead { tr {
                    th scope="col" { (t.get("desk-audit-when")) }
                    th scope="col" { (t.get("desk-audit-what")) }
                    th scope="col" { (t.get("desk-events-state")) }
                    th scope="col" { span.vh { (t.get("desk-resend")) } }
                } }
                tbody { @for entry in &log.entries { (row(entry, id, t)) } }
            }
        }
        @if log.more { @if let Some(last) = log.entries.last() {
            p { a href={ "/desk/events?endpoint=" (id) "&state=" (view.asked.state) "&before=" (last.place) } { (t.get("desk-audit-older")) } }
        } }
    }
}

fn state_text(state: EventState) -> &'static str {
    match state {
        EventState::Waiting => "desk-events-waiting",
        EventState::Delivered => "desk-events-delivered",
        EventState::Failed => "desk-events-failed",
    }
}

fn row(entry: &Logged, endpoint: &str, t: &Texts) -> Markup {
    let conversation = entry.id.rsplit_once('-').map_or(entry.id.as_str(), |(conversation, _)| conversation);
    html! {
        tr {
            td { @if let Some(at) = entry.at { (moment(at)) } }
            td {
                a href={ "/desk/c/" (conversation) } dir="ltr" { (entry.kind.map_or("?", |kind| kind.name())) }
                " " span.faint dir="ltr" { (entry.id) }
            }
            td {
                span.chip.hot[entry.state == EventState::Failed] { (t.get(state_text(entry.state))) }
                @if entry.tries > 0 {
                    " " span.faint { (t.with("desk-events-tries", &[("n", Value::Number(i64::from(entry.tries)))])) }
                }
                @if let Some(answer) = &entry.answer { span.faint { " · " } bdi.faint dir="ltr" { (answer) } }
                @if let Some(next) = entry.next.filter(|_| entry.state == EventState::Waiting) {
                    span.faint { " · " (t.get("desk-events-next")) " " (moment(next)) }
                }
            }
            td {
                form data-api={ "/api/agent/deliveries/" (entry.id) "/resend" } data-then="reload" {
                    input type="hidden" name="endpoint" value=(endpoint);
                    p.error role="alert" {}
                    button.plain aria-label={ (t.get("desk-resend")) " " (entry.id) } { (t.get("desk-resend")) }
                }
            }
        }
    }
}
