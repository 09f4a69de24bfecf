//! Events as agents' programs get them: what the visitor sees, notes, and what the bot made of it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::dialog::{Event, Filing, Recorded, RemoteKind, UndeliverableBecause};
use crate::http::agent::inbox::priority_name;
use crate::http::agent::wire::plain;
use crate::http::visitor::wire::VisitorEvent;

/// An event as agents see it: what the visitor sees, notes, and what the bot made of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentEvent {
    /// What the visitor sees of it, or the number, time and kind of what they do not see.
    #[serde(flatten)]
    pub seen: VisitorEvent,
    /// Whether the visitor sees it.
    pub visible: bool,
    /// What the bot understood, for `understood`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub understood: Option<AgentUnderstanding>,
    /// More of the event, by name, where an agent may want it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub detail: BTreeMap<&'static str, String>,
}

/// What the bot made of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentUnderstanding {
    /// The message.
    pub of: u64,
    /// The best intents.
    pub ranked: Vec<AgentRanked>,
    /// Words that nothing explained.
    pub unexplained: Vec<String>,
}

/// An intent with its probability.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentRanked {
    /// The intent.
    pub intent: String,
    /// 0 to 1.
    pub confidence: f64,
    /// The rules that spoke for it.
    pub because: Vec<String>,
}

/// Why a message never arrives, as programs name it.
fn reason_name(reason: UndeliverableBecause) -> &'static str {
    match reason {
        UndeliverableBecause::Blocked => "blocked",
        UndeliverableBecause::Window => "window",
        UndeliverableBecause::Refused => "refused",
        UndeliverableBecause::Credentials => "credentials",
        UndeliverableBecause::Expired => "expired",
    }
}

/// What kind of thing was sent, as programs and texts name it.
pub(crate) fn remote_name(kind: RemoteKind) -> &'static str {
    match kind {
        RemoteKind::Image => "image",
        RemoteKind::Video => "video",
        RemoteKind::Audio => "audio",
        RemoteKind::File => "file",
        RemoteKind::Sticker => "sticker",
        RemoteKind::Location => "location",
        RemoteKind::Contact => "contact",
        RemoteKind::Unsupported => "unsupported",
    }
}

impl AgentEvent {
    /// The event as agents see it.
    pub(crate) fn of(recorded: &Recorded) -> Self {
        let seen = VisitorEvent::of(recorded);
        let visible = seen.is_some();
        let mut detail = BTreeMap::new();
        let mut understood = None;
        let mut said = None;
        let kind = match &recorded.event {
            Event::Opened { address, .. } => {
                detail.insert("channel", address.channel.to_string());
                "opened"
            }
            Event::Understood { of, understanding } => {
                understood = Some(AgentUnderstanding {
                    of: of.0,
                    ranked: understanding.ranked.iter().map(AgentRanked::of).collect(),
                    unexplained: understanding.unexplained.clone(),
                });
                "understood"
            }
            Event::Noted { agent, text } => {
                said = Some(text.clone());
                detail.insert("agent", agent.name.clone());
                "note"
            }
            Event::SlotSet { slot, value, said, .. } => {
                detail.insert("slot", slot.to_string());
                detail.insert("value", plain(value));
                detail.insert("said", crate::flow::words_said(value, said).to_owned());
                "slot_set"
            }
            Event::SlotEmptied { slot } => {
                detail.insert("slot", slot.to_string());
                "slot_emptied"
            }
            Event::FlowStarted { flow, .. } => {
                detail.insert("flow", flow.to_string());
                "flow_started"
            }
            Event::FlowEnded { flow, .. } => {
                detail.insert("flow", flow.to_string());
                "flow_ended"
            }
            Event::Called { service, .. } => {
                detail.insert("service", service.to_string());
                "called"
            }
            Event::CallDone { call, .. } => {
                detail.insert("call", call.to_string());
                "call_done"
            }
            Event::HandoffRequested { queue, reason, .. } => {
                detail.insert("queue", queue.to_string());
                detail.insert("reason", reason.clone());
                "handoff"
            }
            Event::MessageLeft { text, .. } => {
                said = Some(text.clone());
                "message_left"
            }
            Event::Rated { score, comment } => {
                detail.insert("score", score.to_string());
                if let Some(comment) = comment {
                    detail.insert("comment", comment.clone());
                }
                "rated"
            }
            Event::Fault { code, detail: text } => {
                detail.insert("code", code.clone());
                said = Some(text.clone());
                "fault"
            }
            Event::Invited { invite } => {
                detail.insert("invite", invite.clone());
                "invited"
            }
            Event::Identified { .. } => "identified",
            Event::Moved { address, .. } => {
                detail.insert("channel", address.channel.to_string());
                "moved"
            }
            Event::Filed { agent, change } => {
                detail.insert("agent", agent.name.clone());
                said = filed(change, &mut detail);
                "filed"
            }
            Event::Woken { .. } => "woken",
            Event::FollowUpDue { of } => {
                detail.insert("of", of.to_string());
                "follow_up_due"
            }
            Event::Undelivered { of, failure } => {
                detail.insert("of", of.to_string());
                detail.insert("reason", reason_name(failure.reason).to_owned());
                said = Some(failure.said.clone());
                "undelivered"
            }
            Event::Resent { of, agent } => {
                detail.insert("of", of.to_string());
                detail.insert("agent", agent.name.clone());
                "resent"
            }
            Event::SaidElsewhere { inbox, text, .. } => {
                detail.insert("agent", inbox.clone());
                said = Some(text.clone());
                "said_elsewhere"
            }
            Event::RemoteSent { file, .. } => {
                said = file.name.clone().or_else(|| file.words.clone());
                detail.insert("media", remote_name(file.kind).to_owned());
                "remote_sent"
            }
            Event::RemoteKept { of, file } => {
                detail.insert("of", of.to_string());
                detail.insert("file", file.name.clone());
                "remote_kept"
            }
            Event::RemoteLost { of } => {
                detail.insert("of", of.to_string());
                "remote_lost"
            }
            Event::TakenBack { of } => {
                detail.insert("of", of.to_string());
                "taken_back"
            }
            Event::Missed { .. } => "missed",
            Event::Retried { .. } => "retried",
            Event::BotSaidCancelled { .. } => "cancelled",
            Event::LanguageSet { language } => {
                detail.insert("language", language.to_string());
                "language_set"
            }
            Event::VisitorSaid { text, .. } if text.is_empty() => "withdrawn",
            Event::VisitorSaid { .. }
            | Event::VisitorSent { .. }
            | Event::AgentSent { .. }
            | Event::BotSaid { .. }
            | Event::AgentSaid { .. }
            | Event::Returned { .. }
            | Event::Assigned { .. }
            | Event::QueueLeft { .. }
            | Event::HandedBack { .. }
            | Event::Resolved { .. }
            | Event::Closed { .. }
            | Event::Reopened => "status",
            Event::Waits { .. }
            | Event::WaitLeft
            | Event::CountsReset
            | Event::Held { .. }
            | Event::HeldTaken
            | Event::NudgeSet { .. }
            | Event::NudgeDone { .. }
            | Event::AnythingElseAsked
            | Event::AlsoAsked { .. }
            | Event::AlsoOffered
            | Event::PersonOffered { .. }
            | Event::AlsoForgotten
            | Event::AwayTold
            | Event::Mentioned { .. }
            | Event::MentionSeen { .. } => "bookkeeping",
        };
        let hidden =
            || VisitorEvent { no: recorded.no.0, at: recorded.at.0, kind, text: said, ..VisitorEvent::default() };
        Self { seen: seen.unwrap_or_else(hidden), visible, understood, detail }
    }

    /// All of these events as agents see them.
    pub(crate) fn all_of(events: &[Recorded]) -> Vec<Self> {
        events.iter().map(Self::of).collect()
    }
}

impl AgentRanked {
    fn of(ranked: &crate::matcher::Ranked) -> Self {
        let because = ranked.evidence.iter().map(|evidence| format!("{} ({})", evidence.rule, evidence.at));
        Self { intent: ranked.intent.to_string(), confidence: ranked.confidence, because: because.collect() }
    }
}

/// What was filed, by name; gives what the agent wrote with it.
fn filed(change: &Filing, detail: &mut BTreeMap<&'static str, String>) -> Option<String> {
    let (what, value, words) = match change {
        Filing::Labelled { label } => ("labelled", Some(label.clone()), None),
        Filing::Unlabelled { label } => ("unlabelled", Some(label.clone()), None),
        Filing::Priority { priority } => ("priority", Some(priority_name(*priority).to_owned()), None),
        Filing::Snoozed { until } => ("snoozed", Some(until.0.to_string()), None),
        Filing::FollowUp { due, note } => ("follow_up", Some(due.0.to_string()), Some(note.clone())),
        Filing::FollowUpDone { of } => ("follow_up_done", Some(of.to_string()), None),
        Filing::FollowUpReopened { of } => ("follow_up_reopened", Some(of.to_string()), None),
        Filing::Complaint { cause } => ("complaint", None, cause.clone()),
    };
    detail.insert("what", what.to_owned());
    detail.extend(value.map(|value| ("value", value)));
    words
}
