//! How a conversation reads for operators in Telegram: the context card, what is said with who says it, and each move in a line.

use std::fmt::Write as _;

use crate::channel::{ApiCall, DeskMessage, Outgoing, OutgoingButton, TelegramDesk};
use crate::dialog::{
    Address, ClosedBecause, Conversation, Event, Phase, Recorded, UndeliverableBecause, WaitKind, readable,
};
use crate::engine::cache::Hot;
use crate::engine::telegram_desk::Topic;
use crate::engine::{Engine, TurnError, rebuild};
use crate::id::{ConversationId, EventNo, SiteId};
use crate::store::StreamId;
use crate::view::{self, CardSlot, Tried, told};

/// So many of the visitor's last words are on a card.
const LAST_WORDS: usize = 3;

/// Characters that are quoted of what somebody said.
const QUOTE_CHARS_MAX: usize = 300;

/// So many events are looked through for a card.
const EVENTS_MAX: usize = 5_000;

impl Engine {
    /// The calls that tell operators of an event, and the event; none where there is nothing to tell any more.
    pub(in crate::engine) fn desk_calls(
        &self,
        address: &Address,
        id: ConversationId,
        event: EventNo,
    ) -> Result<Option<(Recorded, Vec<ApiCall>)>, TurnError> {
        let now_at = self.0.outbox.moved.now_at(address);
        let (Some(desk), Ok(chat)) = (self.telegram_desk(), now_at.chat.parse()) else { return Ok(None) };
        let Some(hot) = self.find_since(id, event)? else { return Ok(None) };
        let stream = StreamId::Conversation(hot.site.id.clone(), id);
        let before = EventNo(event.0.saturating_sub(1));
        let found = rebuild::recorded(&self.0.store.events(&stream, before, 1)?)?;
        let Some(recorded) = found.into_iter().find(|recorded| recorded.no == event) else { return Ok(None) };
        let mirror = self.0.desk.mirror(id);
        let language = self.language_at(chat, &address.site);
        let teller = Teller { engine: self, desk, hot: &hot, language };
        if mirror.as_ref().is_some_and(|mirror| mirror.topic == Topic::Wanted) {
            return Ok(Some((recorded, vec![desk.make_topic(chat, &teller.topic_name())])));
        }
        let topic = mirror.and_then(|mirror| mirror.topic());
        if let Event::TakenBack { of } = &recorded.event {
            let calls = teller.without_words(address, chat, topic, *of)?;
            return Ok(Some((recorded, calls)));
        }
        let mut calls = Vec::new();
        if let Some(topic) = topic
            && teller.takes_up_again(&recorded)?
        {
            calls.push(desk.reopen_topic(chat, topic));
        }
        if let Some(message) = teller.titled(&recorded, topic)? {
            calls.extend(desk.send(chat, topic, id, &message));
        }
        if let (Event::Resolved { .. } | Event::Closed { .. }, Some(topic)) = (&recorded.event, topic) {
            calls.push(desk.close_topic(chat, topic));
        }
        Ok(Some((recorded, calls)))
    }

    /// The language in which operators read in a chat: their own, where it is one operator's who has said which, else the bot's.
    pub(super) fn language_at(&self, chat: i64, site: &SiteId) -> String {
        let own = self.accounts().of_telegram(chat).and_then(|account| account.languages.first().cloned());
        let of_bot = || self.site(site).and_then(|site| site.bot().program.languages.first().cloned());
        own.or_else(of_bot).map_or_else(|| "en".to_owned(), |language| language.to_string())
    }

    /// A text for operators.
    pub(super) fn words(&self, language: &str, id: &str, values: &[(&'static str, &str)]) -> String {
        (self.0.desk.words)(language, id, values)
    }
}

/// Who tells of one conversation in one chat.
struct Teller<'a> {
    engine: &'a Engine,
    desk: &'a TelegramDesk,
    hot: &'a Hot,
    language: String,
}

impl Teller<'_> {
    fn say(&self, id: &str, values: &[(&'static str, &str)]) -> String {
        self.engine.words(&self.language, id, values)
    }

    fn visitor(&self) -> String {
        self.hot.summary().and_then(|summary| summary.name).unwrap_or_else(|| self.say("desk-visitor", &[]))
    }

    fn topic_name(&self) -> String {
        let reason = self.hot.conversation.handoff.as_ref().map(|card| card.reason.as_str()).unwrap_or_default();
        [self.visitor().as_str(), reason].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// Whether an event takes up what was resolved: then its topic, which is closed, goes on. An agent may do that as well as the
    /// visitor.
    fn takes_up_again(&self, recorded: &Recorded) -> Result<bool, TurnError> {
        match recorded.event {
            Event::Reopened => Ok(true),
            Event::Assigned { .. } => {
                let before = usize::try_from(recorded.no.0.saturating_sub(1)).unwrap_or(usize::MAX);
                let events = self.engine.events(self.hot.id, EventNo(0), before)?;
                Ok(matches!(Conversation::replay(&events).phase, Phase::Resolved { .. }))
            }
            _ => Ok(false),
        }
    }

    /// What was sent of a message that the visitor took back, and the cards that quote it, become what they say without it.
    fn without_words(
        &self,
        address: &Address,
        chat: i64,
        topic: Option<i64>,
        of: EventNo,
    ) -> Result<Vec<ApiCall>, TurnError> {
        let mut calls = Vec::new();
        for (no, ids) in self.engine.sent_to(address)? {
            let found = self.engine.events(self.hot.id, EventNo(no.0.saturating_sub(1)), 1)?;
            let quotes = |event: &Event| matches!(event, Event::HandoffRequested { .. });
            let found = found.into_iter().find(|found| found.no == no && (no == of || quotes(&found.event)));
            let Some(found) = found else { continue };
            if let Some(message) = self.titled(&found, topic)? {
                calls.extend(self.desk.edit(chat, &ids, self.hot.id, &message));
            }
        }
        Ok(calls)
    }

    /// How an event reads where it goes: in a topic, or among those of others.
    fn titled(&self, recorded: &Recorded, topic: Option<i64>) -> Result<Option<DeskMessage>, TurnError> {
        let message = self.message(recorded)?;
        Ok(message.map(|message| {
            let title = message.title.or_else(|| topic.is_none().then(|| self.visitor()));
            DeskMessage { title, ..message }
        }))
    }

    fn message(&self, recorded: &Recorded) -> Result<Option<DeskMessage>, TurnError> {
        let by = |name: &str, text: &str| format!("{name}: {text}");
        let text = match &recorded.event {
            _ if self.hot.conversation.taken_back.contains(&recorded.no) => {
                by(&self.visitor(), &self.say("desk-taken-back", &[]))
            }
            Event::HandoffRequested { closed: false, .. } => return self.card(recorded).map(Some),
            Event::VisitorSaid { text, .. } => by(&self.visitor(), text),
            // Whoever may see it sees it at the web desk.
            Event::VisitorSent { file, .. } => {
                by(&self.visitor(), &format!("[{}] {}", file.name, self.desk.page(self.hot.id)))
            }
            Event::RemoteSent { file, .. } => {
                let words = file.name.as_ref().or(file.words.as_ref()).map(|words| format!(" ({words})"));
                let page = file.reference.as_ref().map(|_| format!(" {}", self.desk.page(self.hot.id)));
                let what = format!("[{}{}]", self.say(told::remote(file.kind), &[]), words.unwrap_or_default());
                by(&self.visitor(), &format!("{what}{}", page.unwrap_or_default()))
            }
            Event::BotSaid { message, .. } => {
                let outgoing = Outgoing::of(String::new(), message, |_| String::new());
                by(&self.hot.site.bot().program.name, &outgoing.numbered())
            }
            Event::AgentSaid { agent, text, .. } => by(&agent.name, text),
            Event::AgentSent { agent, file, .. } => by(&agent.name, &format!("[{}]", file.name)),
            Event::SaidElsewhere { inbox, text, .. } => by(inbox, text),
            Event::Noted { agent, text } => by(&self.say("desk-note-by", &[("agent", &agent.name)]), text),
            Event::MessageLeft { text, .. } => by(&self.say("desk-message-left", &[]), text),
            Event::Undelivered { of, failure } => self.undelivered(*of, failure.reason)?,
            event => return Ok(self.moved(event).map(|text| DeskMessage { text, ..DeskMessage::default() })),
        };
        Ok(Some(DeskMessage { text, ..DeskMessage::default() }))
    }

    /// That a message did not arrive, why, which one, and where it can be sent once more.
    fn undelivered(&self, of: EventNo, why: UndeliverableBecause) -> Result<String, TurnError> {
        let lost = self.engine.events(self.hot.id, EventNo(of.0.saturating_sub(1)), 1)?;
        let words = lost.first().and_then(|lost| match &lost.event {
            Event::BotSaid { message, .. } => Some(message.text.clone()),
            Event::AgentSaid { text, .. } => Some(text.clone()),
            Event::AgentSent { file, .. } => Some(format!("[{}]", file.name)),
            _ => None,
        });
        let mut lines =
            vec![format!("{} {}", self.say("desk-undelivered", &[]), self.say(told::undelivered(why), &[]))];
        lines.extend(words.filter(|words| !words.is_empty()).map(|words| quoted(&words)));
        lines.push(format!("{}: {}", self.say("desk-resend", &[]), self.desk.page(self.hot.id)));
        Ok(lines.join("\n"))
    }

    /// A move, in a line.
    fn moved(&self, event: &Event) -> Option<String> {
        let of = |id: &str, agent: &str| self.say(id, &[("agent", agent)]);
        Some(match event {
            Event::HandoffRequested { queue, reason, .. } => {
                self.say("desk-moved-handoff-closed", &[("queue", queue.as_str()), ("reason", reason)])
            }
            Event::QueueLeft { why } => self.say(told::left(*why), &[]),
            Event::Assigned { agent, by, .. } => of(told::assigned(*by), &agent.name),
            Event::Returned { agent, queue, why, .. } => {
                self.say(told::returned(*why), &[("agent", &agent.name), ("queue", queue.as_str())])
            }
            Event::HandedBack { agent, .. } => of("desk-handed-back", &agent.name),
            Event::Resolved { agent: Some(agent), .. } => of("desk-resolved-by", &agent.name),
            Event::Resolved { by_visitor: true, .. } => self.say("desk-ended-by-visitor", &[]),
            Event::Resolved { .. } => self.say("desk-resolved-idle", &[]),
            Event::Reopened => self.say("desk-reopened", &[]),
            // That was said when it was resolved.
            Event::Closed { why: ClosedBecause::Resolved } => return None,
            Event::Closed { why } => self.say(told::closed(*why), &[]),
            _ => return None,
        })
    }

    /// What an operator must know before they answer.
    fn card(&self, handoff: &Recorded) -> Result<DeskMessage, TurnError> {
        let events = self.engine.events(self.hot.id, EventNo(0), EVENTS_MAX)?;
        let card = view::card(&self.hot.conversation, &self.hot.known, &events, Some(handoff.at));
        let mut text = String::new();
        let mut line = |line: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        };
        if let Event::HandoffRequested { queue, reason, .. } = &handoff.event {
            line(&self.say("desk-moved-handoff", &[("queue", queue.as_str()), ("reason", reason)]));
        }
        let channel = card.channel.as_ref().map(ToString::to_string).unwrap_or_default();
        line(&format!("{channel} · {}", card.language));
        let known = card.slots.iter().filter(|slot| !slot.sensitive).map(known);
        for known in known.flatten() {
            line(&known);
        }
        let tried: Vec<String> = card.tried.iter().map(|tried| self.tried(tried)).collect();
        if !tried.is_empty() {
            line(&format!("{}: {}", self.say("desk-tried", &[]), tried.join(", ")));
        }
        for (question, words) in last_words(&events, handoff.no) {
            if let Some(question) = question {
                line(&format!("{}: {}", self.hot.site.bot().program.name, shortened(question)));
            }
            line(&quoted(words));
        }
        line(&self.desk.page(self.hot.id));
        line(&self.say("telegram-desk-help", &[]));
        let button = |label: &str, letter: &str| OutgoingButton {
            label: self.say(label, &[]),
            payload: super::take::payload(letter, self.hot.id),
        };
        let buttons = vec![
            vec![button("desk-claim", "c"), button("telegram-desk-ready", "a")],
            vec![button("desk-resolve", "r"), button("desk-hand-back", "b")],
        ];
        Ok(DeskMessage { title: Some(self.visitor()), text, buttons })
    }

    fn tried(&self, tried: &Tried) -> String {
        let (what, how) = match tried {
            Tried::Flow { flow, ended, .. } => (readable(flow.as_str()), told::ended(*ended)),
            Tried::Service { service, .. } => (readable(service.as_str()), "desk-tried-service"),
        };
        format!("{what} ({})", self.say(how, &[]))
    }
}

/// A known value, as a line.
fn known(slot: &CardSlot) -> Option<String> {
    let value = match &slot.value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => return None,
        other => other.to_string(),
    };
    Some(format!("{}: {value}", readable(slot.name.trim_start_matches("contact."))))
}

/// The visitor's last words before a handoff; an answer with the question that it answers.
fn last_words(events: &[Recorded], handoff: EventNo) -> Vec<(Option<&str>, &str)> {
    let mut state = Conversation::default();
    let mut asked = None;
    let mut said = Vec::new();
    for recorded in events.iter().take_while(|recorded| recorded.no < handoff) {
        match &recorded.event {
            Event::BotSaid { message, .. } if !message.text.is_empty() => asked = Some(message.text.as_str()),
            Event::VisitorSaid { text, .. } if !text.is_empty() => {
                said.push((asked.take().filter(|_| is_asking(&state)), text.as_str()));
            }
            _ => {}
        }
        state.apply(recorded);
    }
    let before = said.len().saturating_sub(LAST_WORDS);
    said.split_off(before)
}

/// Whether the bot waits for an answer.
fn is_asking(state: &Conversation) -> bool {
    use WaitKind::{Ask, Call, Choose, Confirm, ConfirmChange, Rate, RateComment, Run, Timer};
    state.open_wait().is_some_and(|wait| match wait.kind {
        Ask | Choose { .. } | Confirm | ConfirmChange | Rate | RateComment { .. } => true,
        Timer { .. } | Run | Call { .. } => false,
    })
}

/// What somebody said, as a quotation.
fn quoted(words: &str) -> String {
    format!("“{}”", shortened(words))
}

fn shortened(words: &str) -> String {
    let mut letters = words.chars();
    let mut kept: String = letters.by_ref().take(QUOTE_CHARS_MAX).collect();
    if letters.next().is_some() {
        kept.push('…');
    }
    kept
}
