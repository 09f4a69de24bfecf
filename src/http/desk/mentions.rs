//! Notes that name the viewer and that they have not seen: on top of the inbox until they have.

use maud::{Markup, html};

use super::row::{since_tag, visitor_name};
use crate::engine::MentionRow;
use crate::http::texts::{Texts, Value};
use crate::time::Time;

/// The list; nothing where nothing names the viewer.
pub(super) fn mentions(rows: &[MentionRow], now: Time, t: &Texts) -> Markup {
    html! {
        @if !rows.is_empty() {
            section aria-labelledby="mentions-title" {
                h2 #mentions-title { (t.get("desk-mentions")) " " span.count { (t.count(rows.len())) } }
                ul #mentions .rows {
                    @for row in rows {
                        li.row {
                            a href={ "/desk/c/" (row.summary.id) "#e" (row.mention.note) } id={ "mention-" (row.summary.id) } {
                                span.who { bdi { (visitor_name(&row.summary, t)) } }
                                span.since { (since_tag(row.mention.at, now, t)) }
                                span.words dir="auto" { (row.text) }
                                span.where { (t.with("desk-note-by", &[("agent", Value::Text(&row.mention.by.name))])) }
                            }
                        }
                    }
                }
            }
        }
    }
}
