//! The search: a question with filters, and the conversations that answer it, each with the line that shows why.

use maud::{Markup, html};

use super::filing::chips;
use super::filter::SearchQuery;
use super::inbox::choice;
use super::layout::{Place, page};
use super::row::{clock_tag, language_name, owner, priority, visitor_name};
use super::view::{Offer, Viewer};
use crate::engine::{Found, Hit, HitLine};
use crate::http::texts::Texts;
use crate::view::Speaker;

/// What the page shows.
#[derive(Debug, Clone)]
pub struct SearchView {
    /// What the address asks for.
    pub query: SearchQuery,
    /// What came of it.
    pub found: Searched,
    /// What filters can ask for.
    pub offer: Offer,
    /// Whether the server has more than one site.
    pub several_sites: bool,
}

/// What came of a question.
#[derive(Debug, Clone)]
pub enum Searched {
    /// What was found; nothing where nothing was asked.
    Found(Found),
    /// The archive is not read yet.
    NotReady,
    /// The search does not work at the moment.
    Out,
}

/// The page.
pub fn search(view: &SearchView, viewer: &Viewer, t: &Texts) -> Markup {
    let main = html! {
        h1 { (t.get("desk-search")) }
        (question(view, t))
        @match &view.found {
            Searched::Out => { p.away role="status" { (t.get("desk-search-out")) } }
            Searched::NotReady => { p.away role="status" { (t.get("desk-search-building")) } }
            Searched::Found(found) => {
                @if !found.whole { p.away role="status" { (t.get("desk-search-building")) } }
                @if !view.query.is_empty() { (answers(found, view, viewer, t)) }
            }
        }
    };
    page(&t.get("desk-search"), Place::Search, viewer, t, &main)
}

fn question(view: &SearchView, t: &Texts) -> Markup {
    let (query, offer) = (&view.query, &view.offer);
    let day = |name: &str, text: &str, now: &str| html! { label { span { (t.get(text)) } input type="date" name=(name) value=(now); } };
    let same = |names: &[String]| names.iter().map(|name| (name.clone(), name.clone())).collect::<Vec<_>>();
    let languages = offer.languages.iter().map(|tag| (tag.clone(), language_name(tag).to_owned())).collect::<Vec<_>>();
    let filtered = query.is_filtered();
    html! {
        form #search .filters role="search" method="get" action="/desk/search" {
            div.ask {
                input #q type="search" name="q" value=(query.q) dir="auto" maxlength="400" autofocus aria-label=(t.get("desk-search-for")) aria-describedby="search-hint" placeholder=(t.get("desk-search-for"));
                button.main { (t.get("desk-search-go")) }
            }
            p #search-hint .hint { (t.get("desk-search-hint")) }
            details open[filtered] {
                summary { (t.get("desk-filter")) }
                div.choices {
                    (day("from", "desk-search-from", &query.from))
                    (day("until", "desk-search-until", &query.until))
                    (choice("agent", "desk-role-agent", &query.common.agent, &offer.agents, t))
                    (choice("label", "desk-label", &query.common.label, &super::inbox::labelled(&offer.labels, t), t))
                    (choice("site", "desk-site", &query.common.site, &offer.sites, t))
                    (choice("queue", "desk-fact-queue", &query.common.queue, &same(&offer.queues), t))
                    (choice("language", "demo-language", &query.common.language, &languages, t))
                    label.check { input type="checkbox" name="bot" value="1" checked[!query.bot.is_empty()]; span { (t.get("desk-search-bot")) } }
                }
            }
        }
    }
}

fn answers(found: &Found, view: &SearchView, viewer: &Viewer, t: &Texts) -> Markup {
    html! {
        section aria-labelledby="found-title" {
            h2 #found-title { (t.get("desk-search-found")) " " span.count { (t.count(found.total)) } }
            @if found.hits.is_empty() { p.empty { (t.get("desk-search-empty")) } }
            @else { ul.rows #found { @for hit in &found.hits { (answer(hit, view, viewer, t)) } } }
            p.pages {
                @if !view.query.after.is_empty() { a href=(view.query.address(None)) { (t.get("desk-first-page")) } }
                @if let Some(next) = found.next { a #next-page rel="next" href=(view.query.address(Some(next))) { (t.get("desk-next-page")) } }
            }
        }
    }
}

fn answer(hit: &Hit, view: &SearchView, viewer: &Viewer, t: &Texts) -> Markup {
    let summary = &hit.row.summary;
    let place = hit.line.as_ref().and_then(|line| line.no).map(|no| format!("#e{no}")).unwrap_or_default();
    html! {
        li.row {
            a href={ "/desk/c/" (summary.id) (place) } id={ "found-" (summary.id) } {
                span.who { bdi { (visitor_name(summary, t)) } (priority(summary.priority, t)) }
                span.since { (clock_tag(summary.last_at)) }
                @match &hit.line {
                    Some(line) => { span.line-found dir="auto" { @if let Some(who) = speaker(line.speaker, t) { span.faint { (who) ": " } } (marked(line)) } }
                    None => { span.words dir="auto" { (summary.last_text) } }
                }
                span.where {
                    (owner(summary, viewer, t))
                    @if view.several_sites { " · " bdi { (summary.site) } }
                    " · " bdi { (summary.channel) } " · " bdi { (language_name(summary.language.as_str())) }
                }
                (chips(summary, t))
            }
        }
    }
}

fn speaker(speaker: Speaker, t: &Texts) -> Option<String> {
    Some(t.get(match speaker {
        Speaker::Visitor => "desk-visitor",
        Speaker::Agent => "desk-role-agent",
        Speaker::Note => "desk-note",
        Speaker::Bot => "widget-assistant",
        Speaker::Known => return None,
    }))
}

/// A line with what was found in it marked.
fn marked(line: &HitLine) -> Markup {
    let mut parts = Vec::new();
    let mut at = 0;
    for mark in &line.marks {
        let (before, inside) = (line.text.get(at..mark.start), line.text.get(mark.clone()));
        parts.push((before.unwrap_or_default(), inside.unwrap_or_default()));
        at = mark.end;
    }
    let rest = line.text.get(at..).unwrap_or_default();
    html! { @for (before, inside) in parts { (before) mark { (inside) } } (rest) }
}
