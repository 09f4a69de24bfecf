//! The inbox: what is due, mine, waiting and left, with the latest of the rest; or one list, a page at a time. The address carries
//! list and filter.

use maud::{Markup, html};

use super::filing::label_name;
use super::filter::{InboxQuery, LISTS, name_of};
use super::layout::{Place, page};
use super::mentions::mentions;
use super::row::{RowStyle, language_name, row, since_tag, visitor_name};
use super::view::{Colleague, InboxView, ListView, StripView, Viewer};
use crate::engine::{Count, List};
use crate::http::texts::{Texts, Value};

/// The page.
pub fn inbox(view: &InboxView, viewer: &Viewer, t: &Texts) -> Markup {
    let query = &view.query;
    let fragment = query.address("/desk/fragments/inbox", query.list(), query.after());
    let main = html! {
        h1.vh { (t.get("desk-inbox")) }
        @if !viewer.available {
            form.away data-api="/api/agent/presence" data-then="reload" {
                input type="hidden" name="status" value="available";
                p { (t.get(if view.alone { "desk-first-hint" } else { "desk-away-hint" })) }
                button.main { (t.get("desk-presence")) }
            }
        }
        (filters(view, t))
        div #inbox data-listing=(fragment) { (inbox_fragment(view, viewer, t)) }
    };
    page(&t.get("desk-inbox"), Place::Inbox, viewer, t, &main)
}

/// What changes in it. `data-waiting` goes into the window's title.
pub fn inbox_fragment(view: &InboxView, viewer: &Viewer, t: &Texts) -> Markup {
    let one = |list: &ListView| section(list, view, viewer, t);
    let by_name = |wanted: List| view.lists.iter().find(|list| list.list == wanted);
    html! {
        (tabs(view, t))
        @if view.query.list().is_some() {
            div.column data-waiting=(view.waiting) { @for list in &view.lists { (one(list)) } }
        } @else {
            div.inbox data-waiting=(view.waiting) {
                div.column {
                    (mentions(&view.mentions, view.now, t))
                    @for list in [List::Due, List::Undelivered] {
                        @if let Some(list) = by_name(list).filter(|list| !list.rows.is_empty()) { (one(list)) }
                    }
                    @for list in [List::Mine, List::Queue, List::Left] { @if let Some(list) = by_name(list) { (one(list)) } }
                }
                div.column {
                    @for list in [List::Others, List::Closed] { @if let Some(list) = by_name(list) { (one(list)) } }
                    (colleagues(&view.colleagues, t))
                }
            }
        }
    }
}

/// The lists with how long they are.
fn tabs(view: &InboxView, t: &Texts) -> Markup {
    let here = view.query.list();
    let tab = |list: Option<List>, text: &str, count: Option<Count>| {
        html! {
            a href=(view.query.address("/desk", list, None)) aria-current=[(here == list).then_some("page")] id={ "tab-" (list.map_or("all", name_of)) } {
                (t.get(text))
                @if let Some(count) = count { " " span.count { (t.count(count.count)) @if count.or_more { "+" } } }
            }
        }
    };
    html! {
        nav.tabs aria-label=(t.get("desk-lists")) {
            (tab(None, "desk-overview", None))
            @for (list, _, text) in LISTS {
                @let count = view.count(list);
                // What is seldom, and wrong, is shown only where there is some.
                @if list != List::Undelivered || here == Some(list) || count.is_some_and(|count| count.count > 0) {
                    (tab(Some(list), text, count))
                }
            }
        }
    }
}

fn filters(view: &InboxView, t: &Texts) -> Markup {
    let query = &view.query;
    let offer = &view.offer;
    let filtered = !query.filter().is_empty();
    let same = |names: &[String]| names.iter().map(|name| (name.clone(), name.clone())).collect::<Vec<_>>();
    let labels = labelled(&offer.labels, t);
    let languages = offer.languages.iter().map(|tag| (tag.clone(), language_name(tag).to_owned())).collect::<Vec<_>>();
    let priorities = ["urgent", "high", "normal", "low"];
    let priorities = priorities.map(|name| (name.to_owned(), t.get(&format!("desk-priority-{name}"))));
    html! {
        details.filters open[filtered] {
            summary #do-filter { (t.get("desk-filter")) }
            form method="get" action="/desk" {
                input type="hidden" name="list" value=(query.list);
                (choice("site", "desk-site", &query.common.site, &offer.sites, t))
                (choice("queue", "desk-fact-queue", &query.common.queue, &same(&offer.queues), t))
                (choice("label", "desk-label", &query.common.label, &labels, t))
                (choice("channel", "desk-fact-channel", &query.common.channel, &same(&offer.channels), t))
                (choice("language", "demo-language", &query.common.language, &languages, t))
                (choice("agent", "desk-role-agent", &query.common.agent, &offer.agents, t))
                (choice("priority", "desk-priority", &query.priority, &priorities, t))
                div.does {
                    button.main { (t.get("desk-filter")) }
                    @if filtered { a href=(InboxQuery::default().address("/desk", query.list(), None)) { (t.get("desk-filter-clear")) } }
                }
            }
        }
    }
}

/// Labels with what people read.
pub(super) fn labelled(labels: &[String], t: &Texts) -> Vec<(String, String)> {
    labels.iter().map(|label| (label.clone(), label_name(label, t))).collect()
}

/// One choice of a filter, where there is something to choose; what is chosen now stays, even if nothing offers it.
pub(super) fn choice(name: &str, text: &str, now: &str, options: &[(String, String)], t: &Texts) -> Markup {
    html! {
        @if options.len() > 1 || !now.is_empty() {
            label {
                span { (t.get(text)) }
                select name=(name) {
                    option value="" { (t.get("desk-any")) }
                    @if !now.is_empty() && !options.iter().any(|(value, _)| value == now) { option value=(now) selected { (now) } }
                    @for (value, shown) in options { option value=(value) selected[value == now] { (shown) } }
                }
            }
        }
    }
}

/// The agent's conversations in one line, for the page of one of them: who else is there, who waits for an answer, and how
/// many wait in the queues.
pub fn strip_fragment(view: &StripView, viewer: &Viewer, t: &Texts) -> Markup {
    html! {
        div data-waiting=(view.waiting) {
            @for summary in &view.mine {
                a #{ "strip-" (summary.id) } href={ "/desk/c/" (summary.id) } .waits[summary.unanswered.is_some()] {
                    bdi { (visitor_name(summary, t)) }
                    @if let Some(since) = summary.unanswered { " " span.since { (since_tag(since, view.now, t)) } }
                }
            }
            @if view.mentions > 0 { a #strip-mentions href="/desk" { (t.get("desk-mentions")) " " span.count { (t.count(view.mentions)) } } }
            @if view.waiting > 0 { a #strip-queue href="/desk" { (t.get("desk-queue")) " " span.count { (t.count(view.waiting)) } } }
            @if viewer.available && view.mine.is_empty() && view.waiting == 0 { span.faint { (t.get("desk-queue-empty")) } }
        }
    }
}

fn section(list: &ListView, view: &InboxView, viewer: &Viewer, t: &Texts) -> Markup {
    let id = if list.list == List::Others { "open" } else { name_of(list.list) };
    let (title, empty) = words(list.list);
    let style = |row: &super::view::ListRow| RowStyle {
        now: view.now,
        with_site: view.several_sites,
        position: row.position.filter(|_| list.list == List::Queue),
        target: row.target,
        reminders: matches!(list.list, List::Due | List::FollowUps),
    };
    let on_page = view.query.list() == Some(list.list);
    let all = if list.list == List::Others { List::Open } else { list.list };
    html! {
        section aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } {
                (t.get(title))
                @if let Some(count) = list.count.filter(|count| count.count > 0) { " " span.count { (t.count(count.count)) @if count.or_more { "+" } } }
            }
            @if list.rows.is_empty() { p.empty { (t.get(if list.next.is_some() { "desk-none-here" } else { empty })) } }
            @else { ul.rows id=(id) { @for listed in &list.rows { (row(&listed.summary, style(listed), viewer, t)) } } }
            @if on_page {
                p.pages {
                    @if view.query.after().is_some() { a href=(view.query.address("/desk", Some(list.list), None)) { (t.get("desk-first-page")) } }
                    @if let Some(next) = &list.next { a #next-page rel="next" href=(view.query.address("/desk", Some(list.list), Some(next))) { (t.get("desk-next-page")) } }
                }
            } @else if list.next.is_some() {
                p.pages { a href=(view.query.address("/desk", Some(all), None)) { (t.get("desk-all-of-them")) } }
            }
        }
    }
}

/// A list's title, and what it says when nothing is in it.
fn words(list: List) -> (&'static str, &'static str) {
    match list {
        List::Due => ("desk-due", "desk-due-empty"),
        List::Mine => ("desk-mine", "desk-mine-empty"),
        List::Queue => ("desk-queue", "desk-queue-empty"),
        List::Left => ("desk-left", "desk-left-empty"),
        List::Open => ("desk-all-open", "desk-open-empty"),
        List::Others => ("desk-open", "desk-open-empty"),
        List::Undelivered => ("desk-undelivered-list", "desk-undelivered-none"),
        List::Snoozed => ("desk-snoozed", "desk-snoozed-empty"),
        List::FollowUps => ("desk-reminders", "desk-due-empty"),
        List::Closed => ("desk-closed", "desk-closed-empty"),
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
