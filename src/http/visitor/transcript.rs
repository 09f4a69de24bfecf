//! The conversation as a plain text for its visitor to keep: what was said, by whom and when, in the visitor's language and
//! time zone. It shows what the chat shows and nothing else.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::dialog::{Conversation, Message};
use crate::flow::print;
use crate::http::app::App;
use crate::http::body::QueryPart;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::{EVENTS_MAX, TRANSCRIPT_EVENTS_MAX};
use crate::http::texts::{Texts, texts};
use crate::http::trouble::turn_failed;
use crate::http::visitor::session::checked_language;
use crate::http::visitor::token::Visitor;
use crate::http::visitor::wire::TranscriptQuery;
use crate::id::{ConversationId, EventNo, Language};
use crate::time::Time;
use crate::view::{VisitorLine, VisitorLineKind, visitor_lines};

/// The words of the conversation as plain text.
#[utoipa::path(
    get, path = "/api/visitor/transcript", tag = "visitor", security(("visitor" = [])), params(TranscriptQuery),
    responses(
        (status = 200, description = "What was said", body = String, content_type = "text/plain"),
        (status = "4XX", description = "Refused", body = ErrorBody),
    )
)]
pub(super) async fn transcript(
    State(app): State<App>,
    visitor: Visitor,
    QueryPart(query): QueryPart<TranscriptQuery>,
) -> Result<Response, ApiError> {
    let nothing = || ApiError::not_found("There is no conversation yet.");
    let id = app.conversation_of(&visitor.address)?.ok_or_else(nothing)?;
    let conversation = app.engine().conversation(id).map_err(turn_failed)?.ok_or_else(nothing)?;
    let site = app.engine().site(&visitor.address.site).ok_or_else(|| ApiError::internal("a site without a bot"))?;
    let wanted = query.language.as_deref().map(checked_language).transpose()?;
    let own = || site.bot().program.zone.clone();
    let reader = Reader {
        texts: texts(wanted.as_ref().unwrap_or(&conversation.language).as_str()),
        zone: query.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok()).unwrap_or_else(own),
    };
    let events = recorded(&app, id, &conversation)?;
    let text = format!("{}\n{}", site.title, reader.lines(&visitor_lines(&events)));
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// The latest events.
fn recorded(
    app: &App,
    id: ConversationId,
    conversation: &Conversation,
) -> Result<Vec<crate::dialog::Recorded>, ApiError> {
    let mut last = EventNo(conversation.version.0.saturating_sub(TRANSCRIPT_EVENTS_MAX));
    let mut all = Vec::new();
    while last < conversation.version {
        let events = app.engine().events(id, last, EVENTS_MAX).map_err(turn_failed)?;
        let Some(newest) = events.last() else { break };
        last = newest.no;
        all.extend(events.iter().cloned());
    }
    Ok(all)
}

/// For whom it is written.
struct Reader {
    texts: &'static Texts,
    zone: TimeZone,
}

impl Reader {
    fn lines(&self, lines: &[VisitorLine<'_>]) -> String {
        let language = Language::from(self.texts.language());
        let mut text = String::new();
        let mut day = None;
        for line in lines {
            let Some((who, words)) = self.said(&line.kind) else { continue };
            let Some((date, clock)) = self.moment(line.at) else { continue };
            if day != Some(date) {
                day = Some(date);
                // A year is always told: the text may be read years later.
                let _ = writeln!(text, "\n{}", print::date(date, Date::ZERO, &language));
            }
            let clock = print::time(clock, &language);
            let _ = match who {
                Some(who) => writeln!(text, "{clock}  {who}: {}", words.replace('\n', "\n    ")),
                None => writeln!(text, "{clock}  — {words}"),
            };
        }
        text
    }

    fn moment(&self, at: Time) -> Option<(Date, jiff::civil::Time)> {
        let moment = Timestamp::from_millisecond(at.0).ok()?.to_zoned(self.zone.clone());
        Some((moment.date(), moment.time()))
    }

    /// Who said what; nobody where something happened. None for what the chat does not tell either.
    fn said(&self, kind: &VisitorLineKind<'_>) -> Option<(Option<String>, String)> {
        use crate::view::Status;
        let by = |key: &str| Some(self.texts.get(key));
        Some(match kind {
            VisitorLineKind::Visitor { text, .. } => (by("widget-you"), (*text).to_owned()),
            VisitorLineKind::Bot(message) => (by("widget-assistant"), shown(message)),
            VisitorLineKind::Agent { name, text } => (Some((*name).to_owned()), (*text).to_owned()),
            VisitorLineKind::VisitorFile { file, .. } => (by("widget-you"), format!("[{}]", file.name)),
            VisitorLineKind::AgentFile { name, file } => (Some((*name).to_owned()), format!("[{}]", file.name)),
            VisitorLineKind::Status { status: Status::Closed, .. } => (None, self.texts.get("widget-closed")),
            VisitorLineKind::Status { status: Status::Rated, .. } => (None, self.texts.get("widget-rated")),
            VisitorLineKind::Status { .. } => return None,
        })
    }
}

/// A message of the bot in words: its text, its pictures by what they show, its links by their address, its buttons in brackets.
fn shown(message: &Message) -> String {
    let mut parts = vec![message.text.clone()];
    parts.extend(message.image.iter().map(|picture| format!("({}) {}", picture.alt, picture.url)));
    parts.extend(message.link.iter().map(|link| format!("{}: {}", link.text, link.url)));
    for card in &message.cards {
        parts.push(card.title.clone());
        parts.extend(card.text.clone());
        parts.extend(card.link.iter().map(|link| format!("{}: {}", link.text, link.url)));
    }
    let buttons: Vec<_> = message.all_buttons().map(|button| format!("[{}]", button.label)).collect();
    parts.push(buttons.join(" "));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::{Button, ButtonTarget};

    #[test]
    fn it_is_written_for_its_reader() {
        let message = Message {
            text: "Hello.\nHow can I help?".to_owned(),
            buttons: vec![Button { label: "Hours".to_owned(), target: ButtonTarget::Text }],
            ..Message::default()
        };
        let said = |no, at, kind| VisitorLine { no: EventNo(no), at: Time(at), kind };
        let lines = [
            said(1, 1_795_700_000_000, VisitorLineKind::Bot(&message)),
            said(2, 1_795_700_060_000, VisitorLineKind::Visitor { text: "hi", client: None, pressed: None }),
            said(3, 1_795_800_000_000, VisitorLineKind::Agent { name: "Maria", text: "Yes?" }),
        ];
        let reader = |language: &str, zone: &str| Reader { texts: texts(language), zone: TimeZone::get(zone).unwrap() };
        assert_eq!(
            reader("en", "Europe/London").lines(&lines),
            "\nThursday, 26 November 2026\n13:33  Assistant: Hello.\n    How can I help?\n    [Hours]\n13:34  You: hi\n\
             \nFriday, 27 November 2026\n17:20  Maria: Yes?\n"
        );
        let greek = reader("el", "Asia/Manila").lines(&lines);
        assert!(greek.contains("Πέμπτη 26 Νοεμβρίου 2026\n") && greek.contains("  Βοηθός: Hello."), "{greek}");
    }
}
