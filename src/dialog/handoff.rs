//! Passing a visitor to people: into a queue, out of it again, and what is heard while waiting.

use serde_json::Value;

use crate::dialog::budget::{self, REASON_CHARS_MAX};
use crate::dialog::decide::{Refused, spoken};
use crate::dialog::turn::{LONG_SLOT_BYTES_MAX, Turn};
use crate::dialog::walk::TAKE_MESSAGE;
use crate::dialog::{
    AgentRef, AssignedBy, CallOutcome, Event, Message, QueueFacts, QueueLeft, RESOLVED_FOR, ReturnedBecause, Started,
    WaitKind,
};
use crate::flow::{Builtin, Kind, Op, Priority, Slot, Trigger};
use crate::id::{AgentId, EventNo, FlowName, Position, QueueName};
use crate::time::{Span, Time};

/// While a visitor waits, what they write is confirmed at most so often.
const CONFIRM_EVERY: Span = Span::minutes(1);

/// An agent who leaves the visitor without an answer for so long loses the conversation, where the queue says nothing.
pub const AGENT_SILENT: Span = Span::minutes(10);

/// A message that was left is answered within so long after its queue has opened, as far as a visitor is told.
const ANSWERED_WITHIN: Span = Span::hours(4);

/// What a left message takes beside its text, and what follows it in a turn.
const LEFT_ENVELOPE: usize = 1_024;

impl Turn<'_> {
    /// Passes the visitor to a queue; what runs is over. `say` stands in place of the built-in sentence; an empty one says
    /// nothing.
    pub(super) fn hand_off(&mut self, queue: &QueueName, reason: String, priority: Priority, say: Option<String>) {
        let facts = self.facts(queue);
        let known = self.bot.program.queues.get(queue);
        let max_wait = known.and_then(|queue| queue.max_wait).map(|span| self.world.now + span);
        let away = self.flow_on(|trigger| *trigger == Trigger::AgentsAway);
        let closed = !facts.open || (facts.online == 0 && away.is_some());
        let mut reason = reason;
        if let Some(also) = self.state.also.clone() {
            let label = Slot::plain(self.intent_label_for_agents(&also));
            reason =
                self.sentence_for_agents("handoff_reason_also", &[("reason", Slot::plain(reason)), ("label", label)]);
        }
        if self.state.frustration >= self.bot.program.frustration.offer_at.max(1) {
            reason = self.sentence_for_agents("handoff_reason_frustrated", &[("reason", Slot::plain(reason))]);
        }
        budget::clip(&mut reason, REASON_CHARS_MAX);
        for slot in budget::fit_card(&mut self.state.all_slots()) {
            let detail = format!("slot \"{slot}\" is too large to be handed on with the conversation");
            self.emit(Event::Fault { code: "card_limit".to_owned(), detail });
        }
        // What an agent chose stands over what a flow says.
        let priority = self.state.filed.priority.unwrap_or(priority);
        self.emit(Event::HandoffRequested {
            queue: queue.clone(),
            priority,
            reason,
            closed,
            max_wait: max_wait.filter(|_| !closed),
            closes: facts.closes.filter(|_| !closed),
        });
        if !facts.open {
            return self.run_when_closed(queue, &facts);
        }
        if facts.online == 0 {
            return match away {
                Some(flow) => self.run_instead(&flow),
                None => self.tell_away(),
            };
        }
        let text = say.unwrap_or_else(|| self.sentence("handoff", &[]));
        let text = match self.position_for_text_channels(facts.waiting + 1, facts.estimate) {
            Some(position) if !text.is_empty() => {
                format!("{text}\n{position}\n{}", self.sentence("queue_leave_hint", &[]))
            }
            _ => text,
        };
        self.say_message(Message { text, ..Message::default() }, None);
    }

    /// Why a handoff that names no reason happens.
    pub(super) fn handoff_reason(&mut self) -> String {
        if let Some(reason) = self.reason.take() {
            return reason;
        }
        let from = self.state.running_flows().last().map(|flow| crate::dialog::turn::readable(flow.as_str()));
        let from = Slot::plain(from.unwrap_or_else(|| self.bot.program.name.clone()));
        self.sentence_for_agents("handoff_reason_handed_on", &[("from", from)])
    }

    /// Out of the queue, because nobody could serve the visitor there: a flow runs instead.
    pub(super) fn leave_queue(&mut self, why: QueueLeft) {
        let Some(queue) = self.state.in_queue().map(|waits| waits.queue.clone()) else { return };
        let facts = self.facts(&queue);
        self.emit(Event::QueueLeft { why });
        match why {
            QueueLeft::Closed => self.run_when_closed(&queue, &facts),
            QueueLeft::WaitedTooLong => {
                let known = self.bot.program.queues.get(&queue).and_then(|queue| queue.when_waited.clone());
                let flow = known.or_else(|| self.flow_on(|trigger| *trigger == Trigger::WaitedTooLong));
                let flow = flow.unwrap_or_else(|| FlowName::from(TAKE_MESSAGE));
                self.say_unless_own(&flow, "queue_waited", &[]);
                self.run_instead(&flow);
            }
            QueueLeft::AgentsAway | QueueLeft::LeftMessage => self.run_instead(&FlowName::from(TAKE_MESSAGE)),
            QueueLeft::Visitor => self.say_sentence("queue_left", &[]),
        }
    }

    /// Nobody is at the desk, inside the queue's hours.
    pub(super) fn agents_away(&mut self) {
        match self.flow_on(|trigger| *trigger == Trigger::AgentsAway) {
            Some(flow) => {
                self.emit(Event::QueueLeft { why: QueueLeft::AgentsAway });
                self.run_instead(&flow);
            }
            None => self.tell_away(),
        }
    }

    fn tell_away(&mut self) {
        self.emit(Event::AwayTold);
        let text = self.sentence("agents_away", &[]);
        let buttons = self.waiting_buttons();
        self.say_message(Message { text, buttons, ..Message::default() }, None);
    }

    fn run_when_closed(&mut self, queue: &QueueName, facts: &QueueFacts) {
        let known = self.bot.program.queues.get(queue).and_then(|queue| queue.when_closed.clone());
        let flow = known.unwrap_or_else(|| FlowName::from(TAKE_MESSAGE));
        match facts.next_opening {
            Some(opens) => {
                let opens = Slot::plain(self.opening_words(opens));
                self.say_unless_own(&flow, "closed_now", &[("opens", opens)]);
            }
            None => self.say_unless_own(&flow, "closed_now_unknown", &[]),
        }
        self.run_instead(&flow);
    }

    /// The flow's own text stands in place of the built-in one.
    fn say_unless_own(&mut self, flow: &FlowName, key: &str, more: &[(&str, Slot)]) {
        if self.flow(flow).is_none_or(|flow| flow.builtin) {
            self.say_sentence(key, more);
        }
    }

    /// Runs a flow with the slots of the handoff.
    fn run_instead(&mut self, flow: &FlowName) {
        self.begin(flow, Started::WithHandoff);
        self.walk(0);
    }

    /// "Today at 9:00", "tomorrow at 9:00", "on Tuesday 24 November at 9:00".
    fn opening_words(&self, opens: Time) -> String {
        let zone = &self.bot.program.zone;
        let (now, opens) =
            (self.world.now.timestamp().to_zoned(zone.clone()), opens.timestamp().to_zoned(zone.clone()));
        let day = Slot::of_kind(Kind::Date, opens.date().to_string());
        let time = Slot::of_kind(Kind::Time, opens.strftime("%H:%M").to_string());
        let more = [("day", day), ("time", time)];
        let key = if opens.date() == now.date() {
            "opens_today"
        } else if now.date().tomorrow().is_ok_and(|tomorrow| tomorrow == opens.date()) {
            "opens_tomorrow"
        } else {
            "opens_on"
        };
        self.sentence(key, &more)
    }

    fn facts(&self, queue: &QueueName) -> QueueFacts {
        self.queue(queue).cloned().unwrap_or(QueueFacts { open: true, ..QueueFacts::default() })
    }

    /// Whether an answer to what the visitor leaves now still reaches them where they are. That takes until their queue is open, and
    /// some time then; where nobody knows when that is, it may take too long for every app that has an end.
    pub(super) fn answers_here(&self) -> bool {
        let Some(app) = self.world.app else { return false };
        let Some(window) = app.window else { return true };
        let queue = self.state.handoff.as_ref().map_or(&self.bot.program.default_queue, |card| &card.queue);
        let facts = self.facts(queue);
        let open_at = if facts.open { Some(self.world.now) } else { facts.next_opening };
        let said_at = self.state.visitor_at.unwrap_or(self.world.now);
        open_at.is_some_and(|open_at| open_at + ANSWERED_WITHIN <= said_at + window)
    }

    // ── While waiting ──

    /// The visitor wrote while waiting: it joins the transcript. Only leaving the queue and leaving a message are heard.
    pub(super) fn in_queue(&mut self) {
        let understanding = self.understand();
        self.follow_language(&understanding);
        let whole = |builtin: Builtin| understanding.builtin.get(&builtin).is_some_and(|heard| heard.whole);
        if whole(Builtin::LeaveMessage) {
            return self.builtin_in_queue(Builtin::LeaveMessage);
        }
        if whole(Builtin::LeaveQueue) || whole(Builtin::Cancel) {
            return self.builtin_in_queue(Builtin::LeaveQueue);
        }
        self.confirm_waiting();
    }

    /// What came while waiting joins the transcript; now and then the visitor is told so.
    pub(super) fn confirm_waiting(&mut self) {
        let lately = self.state.bot_at.is_some_and(|said| self.world.now.since(said) < CONFIRM_EVERY);
        if !lately {
            let mut text = self.sentence("queue_confirm", &[]);
            let facts = self.state.in_queue().map(|waits| self.facts(&waits.queue)).unwrap_or_default();
            if let Some(position) = self.world.position
                && let Some(words) = self.position_for_text_channels(position, facts.estimate)
            {
                text = format!("{text}\n{words}");
            }
            let buttons = self.waiting_buttons();
            self.say_message(Message { text, buttons, ..Message::default() }, None);
        }
    }

    pub(super) fn builtin_in_queue(&mut self, builtin: Builtin) {
        match builtin {
            Builtin::LeaveMessage => self.leave_queue(QueueLeft::LeftMessage),
            Builtin::LeaveQueue | Builtin::Cancel => self.leave_queue(QueueLeft::Visitor),
            _ => {}
        }
    }

    fn waiting_buttons(&self) -> Vec<crate::dialog::Button> {
        vec![
            self.builtin_button("leave_message_button", Builtin::LeaveMessage),
            self.builtin_button("leave_queue_button", Builtin::LeaveQueue),
        ]
    }

    /// The place and the usual wait in words, for channels where no live hint shows them.
    fn position_for_text_channels(&self, position: u32, estimate: Option<(Span, Span)>) -> Option<String> {
        let channel = &self.state.opening.as_ref()?.address.channel;
        if channel.as_str() == "web" {
            return None;
        }
        let mut text = match position {
            1 => self.sentence("queue_next", &[]),
            _ => self.sentence("queue_position", &[("position", Slot::plain(position))]),
        };
        if let Some((from, to)) = estimate {
            let minutes = |span: Span| (span.0 / 60_000).max(1);
            let (from, to) = (minutes(from), minutes(to));
            let words = match to {
                1 => self.sentence("queue_estimate_short", &[]),
                _ => self.sentence("queue_estimate", &[("from", Slot::plain(from)), ("to", Slot::plain(to))]),
            };
            text = format!("{text} {words}");
        }
        Some(text)
    }

    // ── Agents come and go ──

    /// The assigner gives the conversation to an agent.
    pub(super) fn assign(&mut self, agent: &AgentRef, entered: Position) -> Result<(), Refused> {
        if self.state.in_queue().is_none() {
            return Err(Refused::NotWaiting);
        }
        self.give_to(agent, AssignedBy::Assigner, Some(entered));
        Ok(())
    }

    /// An agent owns from now on, and the visitor is told.
    pub(super) fn give_to(&mut self, agent: &AgentRef, by: AssignedBy, entered: Option<Position>) {
        let queue = match (self.state.in_queue(), self.state.with_agent()) {
            (Some(waits), _) => Some(waits.queue.clone()),
            (None, Some(with_agent)) => with_agent.queue.clone(),
            (None, None) => None,
        };
        let entered = entered.or_else(|| self.state.in_queue().and_then(|waits| waits.entered));
        // Nobody sees at our desk whether somebody elsewhere is at theirs.
        let silent_after = queue.filter(|_| by != AssignedBy::OtherDesk).and_then(|queue| {
            let known = self.bot.program.queues.get(&queue)?;
            Some(known.agent_silent.unwrap_or(AGENT_SILENT))
        });
        let was_with_agent = self.state.with_agent().is_some();
        self.emit(Event::Assigned { agent: agent.clone(), by, entered, silent_after });
        let key = if was_with_agent { "agent_reassigned" } else { "agent_joined" };
        self.say_sentence(key, &[("agent", Slot::plain(agent.name.clone()))]);
    }

    /// The agent is away or silent, or gave the conversation back: it waits in its queue again, at its old place.
    pub(super) fn return_to_queue(&mut self, why: ReturnedBecause) {
        let Some(with_agent) = self.state.with_agent().cloned() else { return };
        let queue = with_agent.queue.unwrap_or_else(|| self.bot.program.default_queue.clone());
        let agent = with_agent.agent.name.clone();
        // Of whoever answers in the app's own inbox, and is silent there, the visitor was told nothing, and is told nothing now.
        let unseen = why == ReturnedBecause::Silent && with_agent.agent.id == AgentId::NOBODY;
        self.put_into(&queue, why, with_agent.agent, with_agent.entered);
        if unseen {
            return;
        }
        let text = self.sentence("agent_left", &[("agent", Slot::plain(agent))]);
        let buttons = self.waiting_buttons();
        self.say_message(Message { text, buttons, ..Message::default() }, None);
    }

    pub(super) fn put_into(
        &mut self,
        queue: &QueueName,
        why: ReturnedBecause,
        agent: AgentRef,
        entered: Option<Position>,
    ) {
        let facts = self.facts(queue);
        let limit = self.bot.program.queues.get(queue).and_then(|queue| queue.max_wait);
        let max_wait = limit.map(|span| self.world.now + span);
        self.emit(Event::Returned { queue: queue.clone(), why, agent, entered, max_wait, closes: facts.closes });
    }

    // ── Calls and ratings ──

    /// A call is over. If nobody awaits its result any more, it is recorded and ignored.
    pub(super) fn call_done(&mut self, call: EventNo, outcome: &CallOutcome) {
        // A body within the limit may be longer as JSON: control characters, numbers in short form.
        let too_large = CallOutcome::Error("the reply is larger than 16 KB".to_owned());
        let outcome = match outcome {
            CallOutcome::Reply(reply) if budget::bytes_of(reply) > LONG_SLOT_BYTES_MAX => &too_large,
            outcome => outcome,
        };
        let awaited = match self.state.open_wait().map(|wait| &wait.kind) {
            Some(WaitKind::Call { call: open, .. }) => *open == call && self.state.with_bot(),
            _ => false,
        };
        let recorded = match outcome {
            // The reply itself is recorded once, as the slot that it fills.
            CallOutcome::Reply(_) if awaited => CallOutcome::Reply(Value::Null),
            other => other.clone(),
        };
        self.emit(Event::CallDone { call, outcome: recorded, awaited });
        if !awaited || self.mend() {
            return self.take_held();
        }
        let Some((flow, index)) = self.open_step() else { return };
        if let Op::Call(step) = &flow.code[index].op {
            crate::dialog::step::call::done(self, step, index, outcome);
        }
        self.take_held();
    }

    /// The visitor ended the conversation, whoever owned it. What is over already stays as it is.
    pub(super) fn visitor_ended(&mut self) {
        if self.state.owner().is_none() {
            return;
        }
        // What waited for the result of a call is not wanted any more.
        if !self.state.held.is_empty() {
            self.emit(Event::HeldTaken);
        }
        self.say_sentence("resolved", &[]);
        let until = self.world.now + RESOLVED_FOR;
        self.emit(Event::Resolved { agent: None, until, by_visitor: true });
    }

    /// The visitor rated, outside a flow.
    pub(super) fn visitor_rated(&mut self, score: u8, comment: Option<&str>) -> Result<(), Refused> {
        if !(1..=5).contains(&score) {
            return Err(Refused::BadRating);
        }
        let comment = match comment.map(spoken) {
            Some(Ok(comment)) => Some(self.masked(&comment)),
            Some(Err(Refused::Empty)) | None => None,
            Some(Err(refused)) => return Err(refused),
        };
        self.emit(Event::Rated { score, comment });
        match self.flow_on(|trigger| *trigger == Trigger::Rated) {
            Some(flow) if self.state.with_bot() && !self.during_call() => self.start_quiet(&flow),
            _ => self.say_sentence("rate_thanks", &[("score", Slot::plain(score))]),
        }
        Ok(())
    }

    /// The flow that takes a message has come to its end: what it took belongs to the queue of the handoff.
    pub(super) fn message_left(&mut self) {
        let Some(task) = self.state.tasks.last() else { return };
        let asked = task.slots.get("message").or_else(|| {
            let texts = task.filled.iter().rev().filter_map(|slot| task.slots.get(slot));
            texts.into_iter().find(|slot| slot.kind == Some(Kind::Text))
        });
        let Some(mut text) = asked.map(|slot| slot.words().to_owned()) else { return };
        let queue = self.state.handoff.as_ref().map(|card| card.queue.clone());
        // Where a flow did much else in the same turn, the transcript holds the rest.
        budget::clip(&mut text, self.room_left().saturating_sub(LEFT_ENVELOPE) / 4);
        self.emit(Event::MessageLeft { queue, text });
    }
}
