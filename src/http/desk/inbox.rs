//! The inbox: mine, waiting, left messages, all open, closed, and who is there.

use maud::{Markup, html};

use super::layout::{Place, page};
use super::mentions::mentions;
use super::row::{RowStyle, row, since_tag, visitor_name};
use super::view::{Colleague, InboxView, Viewer};
use crate::http::texts::{Texts, Value};
use crate::view::Summary;

/// The page.
pub fn inbox(view: &InboxView, viewer: &Viewer, t: &Texts) -> Markup {
    let main = html! {
        h1.vh { (t.get("desk-inbox")) }
        @if !viewer.available {
            form.away data-api="/api/agent/presence" data-then="reload" {
                input type="hidden" name="status" value="available";
                p { (t.get(if view.alone { "desk-first-hint" } else { "desk-away-hint" })) }
                button.main { (t.get("desk-presence")) }
            }
        }
        div #inbox .inbox data-listing="/desk/fragments/inbox" { (inbox_fragment(view, viewer, t)) }
    };
    page(&t.get("desk-inbox"), Place::Inbox, viewer, t, &main)
}

/// What changes in it. `data-waiting` goes into the window's title.
pub fn inbox_fragment(view: &InboxView, viewer: &Viewer, t: &Texts) -> Markup {
    let plain = |summary: &Summary| {
        row(summary, RowStyle { now: view.now, with_site: view.several_sites, position: None }, viewer, t)
    };
    html! {
        div.column data-waiting=(view.queue.len()) {
            (mentions(&view.mentions, view.now, t))
            (list("mine", "desk-mine", "desk-mine-empty", view.mine.iter().map(plain).collect(), t))
            (list("queue", "desk-queue", "desk-queue-empty", view.queue.iter().map(|waits| {
                let style = RowStyle { now: view.now, with_site: view.several_sites, position: Some(waits.position) };
                row(&waits.summary, style, viewer, t)
            }).collect(), t))
            (list("left", "desk-left", "desk-left-empty", view.left.iter().map(plain).collect(), t))
        }
        div.column {
            (list("open", "desk-open", "desk-open-empty", view.open.iter().map(plain).collect(), t))
            (list("closed", "desk-closed", "desk-closed-empty", view.closed.iter().map(plain).collect(), t))
            (colleagues(&view.colleagues, t))
        }
    }
}

/// The agent's conversations in one line, for the page of one of them: who else is there, who waits for an answer, and how
/// many wait in the queues.
pub fn strip_fragment(view: &InboxView, viewer: &Viewer, t: &Texts) -> Markup {
    html! {
        div data-waiting=(view.queue.len()) {
            @for summary in &view.mine {
                a #{ "strip-" (summary.id) } href={ "/desk/c/" (summary.id) } .waits[summary.unanswered.is_some()] {
                    bdi { (visitor_name(summary, t)) }
                    @if let Some(since) = summary.unanswered { " " span.since { (since_tag(since, view.now, t)) } }
                }
            }
            @if !view.mentions.is_empty() { a #strip-mentions href="/desk" { (t.get("desk-mentions")) " " span.count { (t.count(view.mentions.len())) } } }
            @if !view.queue.is_empty() { a #strip-queue href="/desk" { (t.get("desk-queue")) " " span.count { (t.count(view.queue.len())) } } }
            @if viewer.available && view.mine.is_empty() && view.queue.is_empty() { span.faint { (t.get("desk-queue-empty")) } }
        }
    }
}

fn list(id: &str, title: &str, empty: &str, rows: Vec<Markup>, t: &Texts) -> Markup {
    html! {
        section aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (t.get(title)) @if !rows.is_empty() { " " span.count { (t.count(rows.len())) } } }
            @if rows.is_empty() { p.empty { (t.get(empty)) } }
            @else { ul.rows id=(id) { @for row in rows { (row) } } }
        }
    }
}

fn colleagues(colleagues: &[Colleague], t: &Texts) -> Markup {
    html! {
        section aria-labelledby="team-title" {
            h2 #team-title { (t.get("desk-team")) }
            ul.team {
                @for colleague in colleagues {
                    li {
                        span.dot.on[colleague.online && colleague.available] {}
                        bdi { (colleague.agent.name) }
                        span.faint {
                            (t.get(presence(colleague))) " · "
                            (t.with("desk-load", &[
                                ("load", Value::Number(colleague.load.into())),
                                ("capacity", Value::Number(colleague.capacity.into())),
                            ]))
                        }
                    }
                }
            }
        }
    }
}

fn presence(colleague: &Colleague) -> &'static str {
    match (colleague.online, colleague.available) {
        (false, _) => "desk-offline",
        (true, false) => "desk-away",
        (true, true) => "desk-available",
    }
}
