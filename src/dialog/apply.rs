//! The fold: what each event does to the state. It is total: an event that does not fit is a fact all the same, and changes
//! nothing that it does not speak of.

use crate::dialog::budget;
use crate::dialog::delivery::UNDELIVERED_MAX;
use crate::dialog::taken_back::TAKEN_BACK_MAX;
use crate::dialog::{
    Attachment, Coming, Conversation, Event, FILES_MAX, Frame, HandoffCard, HeldMessage, InQueue, LeftMessage,
    LiveButton, MENTIONED_MAX, Mention, Nudge, Opening, Owner, Phase, Recorded, RemoteKind, ReturnedBecause, Started,
    Task, Wait, WaitKind, WithAgent,
};
use crate::flow::{Builtin, Kind, Slot};
use crate::id::{EventNo, SlotName};
use crate::matcher::Understanding;
use crate::time::{Span, Time};

/// Live buttons are bounded; a turn that offers more keeps the latest.
const LIVE_BUTTONS_MAX: usize = 64;

/// Below this confidence a message is about no intent.
const ABOUT_FROM: f64 = 0.5;

/// Files that come within so long are told of together.
const TOGETHER: Span = Span::minutes(1);

/// Characters of a message that lists show.
const LAST_TEXT_CHARS: usize = 140;

impl Conversation {
    /// The state that these events make.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Self {
        let mut conversation = Self::default();
        for event in events {
            conversation.apply(event);
        }
        conversation
    }

    /// Records one event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let Recorded { no, at, event } = recorded;
        self.version = *no;
        match event {
            Event::Opened { address, contact, language, page, earlier } => {
                self.opening = Some(Opening {
                    address: address.clone(),
                    contact: *contact,
                    page: page.clone(),
                    earlier: *earlier,
                    left: Vec::new(),
                });
                self.language = language.clone();
                self.opened_at = *at;
                self.active_at = *at;
            }
            Event::Identified { address, contact, earlier } => {
                if let Some(opening) = &mut self.opening {
                    opening.address = address.clone();
                    opening.contact = *contact;
                    opening.earlier = *earlier;
                }
            }
            Event::Moved { address, contact } => {
                if let Some(opening) = &mut self.opening {
                    opening.moves_to(address);
                    opening.contact = *contact;
                }
            }
            // Nothing is left of what was taken back: lists show what was said before it.
            Event::VisitorSaid { text, .. } if text.is_empty() => {
                let before = self.last_text.clone();
                self.visitor_said("", *at);
                self.last_text = before;
            }
            Event::VisitorSaid { text, .. } => self.visitor_said(text, *at),
            Event::LanguageSet { language } => self.language = language.clone(),
            Event::BotSaid { message, .. } => {
                self.bot_at = Some(*at);
                let event = *no;
                let buttons = message.all_buttons().cloned().enumerate();
                self.buttons.extend(buttons.map(|(option, button)| LiveButton { event, option, button }));
                self.fit_buttons();
            }
            Event::VisitorSent { file, .. } => {
                self.holds(file);
                self.visitor_said(&file.name, *at);
            }
            Event::AgentSaid { .. } => self.agent_said(*at),
            Event::AgentSent { file, .. } => {
                self.holds(file);
                self.agent_said(*at);
            }
            Event::FlowStarted { flow, how } => self.flow_started(Frame { flow: flow.clone(), wait: None }, *how),
            Event::FlowEnded { .. } => self.flow_ended(),
            Event::Waits { place, kind, .. } => {
                let wait = Wait { place: place.clone(), kind: kind.clone(), since: *at, retries: 0 };
                if !matches!(kind, WaitKind::Run | WaitKind::Call { .. }) {
                    self.anything_else = false;
                }
                self.with_top_frame(|frame| frame.wait = Some(wait));
            }
            Event::WaitLeft => self.with_top_frame(|frame| frame.wait = None),
            Event::SlotSet { slot, value, said, kind, from, sensitive } => {
                // What was sent together with a file that answers a question belongs to the answer.
                if matches!(kind, Some(Kind::Photo | Kind::File)) {
                    self.coming.iter_mut().for_each(|coming| coming.answered = true);
                }
                let (value, said, kind) = (value.clone(), said.clone(), kind.clone());
                self.slot_set(slot, Slot { value, said, kind, from: *from, sensitive: *sensitive });
            }
            Event::SlotEmptied { slot } => self.slot_emptied(slot),
            Event::Missed { .. } => self.misses += 1,
            Event::Retried { .. } => self.with_top_frame(|frame| {
                if let Some(wait) = &mut frame.wait {
                    wait.retries += 1;
                }
            }),
            Event::CountsReset => {
                self.misses = 0;
                self.with_top_frame(|frame| {
                    if let Some(wait) = &mut frame.wait {
                        wait.retries = 0;
                    }
                });
            }
            Event::Held { of, text } => self.held.push(HeldMessage { of: *of, text: text.clone() }),
            Event::HeldTaken => self.held.clear(),
            Event::HandoffRequested { .. }
            | Event::QueueLeft { .. }
            | Event::AwayTold
            | Event::Assigned { .. }
            | Event::Returned { .. }
            | Event::HandedBack { .. }
            | Event::Resolved { .. }
            | Event::Reopened
            | Event::Closed { .. } => self.passed_on(recorded),
            Event::MessageLeft { queue, text } => {
                self.left = Some(LeftMessage { queue: queue.clone(), at: *at, text: shortened(text) });
            }
            Event::Rated { score, .. } => self.rating = Some(*score),
            Event::NudgeSet { flow, due } => {
                self.nudges.entry(flow.clone()).or_default().due = Some(*due);
            }
            Event::NudgeDone { flow } => {
                let nudge = self.nudges.entry(flow.clone()).or_default();
                *nudge = Nudge { due: None, count: nudge.count + 1 };
            }
            Event::Understood { understanding, .. } => self.understood(understanding),
            Event::PersonOffered { for_file } => {
                self.person_offered = true;
                self.frustration_asked = self.frustration;
                self.file_told = *for_file;
                if *for_file {
                    self.coming.iter_mut().for_each(|coming| coming.answered = true);
                }
            }
            Event::AlsoAsked { intent } => self.also = Some(intent.clone()),
            Event::AlsoOffered => self.also_offered = self.also.take(),
            Event::AlsoForgotten => self.also = None,
            Event::AnythingElseAsked => self.anything_else = true,
            Event::CallDone { call, .. } => {
                self.clear.calls.remove(call);
            }
            Event::Mentioned { note, by, agents } => {
                for agent in agents {
                    if self.mentions.len() < MENTIONED_MAX || self.mentions.contains_key(agent) {
                        let mention = Mention { note: *note, by: by.clone(), at: *at };
                        self.mentions.entry(*agent).or_insert(mention);
                    }
                }
            }
            Event::MentionSeen { agent } => {
                self.mentions.remove(agent);
            }
            Event::Filed { agent, change } => self.filed(*no, agent, change),
            Event::Woken { .. } => self.woken(*at),
            Event::FollowUpDue { of } => self.follow_up_told(*of),
            Event::Undelivered { of, .. } => {
                if self.undelivered.len() == UNDELIVERED_MAX {
                    self.undelivered.remove(0);
                }
                self.undelivered.push(*of);
            }
            Event::Resent { of, .. } => self.undelivered.retain(|lost| lost != of),
            Event::SaidElsewhere { .. } => self.agent_said(*at),
            Event::RemoteSent { file, with_words, .. } => {
                // Who was told of one file a moment ago and sends another is not told again.
                let told = self.file_told && self.bot_at.is_some_and(|said| at.since(said) < TOGETHER);
                self.visitor_said(file.name.as_deref().or(file.words.as_deref()).unwrap_or_default(), *at);
                (self.person_offered, self.file_told) = (told, told);
                // A sticker says nothing that needs an answer, whether it is lost or not.
                if file.reference.is_some() && file.kind != RemoteKind::Sticker {
                    if self.coming.len() == FILES_MAX as usize {
                        self.coming.remove(0);
                    }
                    self.coming.push(Coming { of: *no, answered: *with_words || told });
                }
            }
            Event::RemoteKept { of, file } => {
                self.holds(file);
                self.came(*of);
            }
            Event::RemoteLost { of } => {
                self.came(*of);
                // What is sent in its place is told of.
                (self.person_offered, self.file_told) = (false, false);
            }
            Event::TakenBack { of } => {
                if self.taken_back.len() == TAKEN_BACK_MAX {
                    self.taken_back.remove(0);
                }
                self.taken_back.push(*of);
            }
            Event::Invited { .. }
            | Event::BotSaidCancelled { .. }
            | Event::Noted { .. }
            | Event::Called { .. }
            | Event::Fault { .. } => {}
        }
    }

    /// Another owner, or another phase of the conversation's life.
    fn passed_on(&mut self, recorded: &Recorded) {
        let Recorded { no, at, event } = recorded;
        match event {
            Event::HandoffRequested { queue, priority, reason, closed, max_wait, closes } => {
                let mut slots = self.all_slots();
                budget::fit_card(&mut slots);
                self.handoff = Some(HandoffCard {
                    event: *no,
                    queue: queue.clone(),
                    priority: *priority,
                    reason: reason.clone(),
                    at: *at,
                    slots,
                    flows: self.running_flows(),
                    misses: self.misses,
                });
                self.tasks.iter_mut().for_each(|task| task.lent.clear());
                self.end_tasks();
                self.misses = 0;
                self.also = None;
                (self.frustration, self.frustration_asked) = (0, 0);
                if !closed {
                    self.phase = Phase::Active(Owner::Queue(InQueue {
                        queue: queue.clone(),
                        priority: *priority,
                        since: *at,
                        entered: None,
                        place: *no,
                        max_wait: *max_wait,
                        closes: *closes,
                        away_told: false,
                        left_by: None,
                    }));
                }
            }
            Event::QueueLeft { .. } | Event::HandedBack { .. } | Event::Reopened => {
                self.phase = Phase::Active(Owner::Bot);
                self.active_at = *at;
            }
            Event::Assigned { agent, entered, silent_after, .. } => {
                let (queue, priority, place) = match &self.phase {
                    Phase::Active(Owner::Queue(waits)) => {
                        (Some(waits.queue.clone()), waits.priority, Some(waits.place))
                    }
                    Phase::Active(Owner::Agent(before)) => (before.queue.clone(), before.priority, before.place),
                    _ => (None, self.filed.priority.unwrap_or_default(), None),
                };
                let unanswered = self.visitor_at.map(|_| *at);
                self.left = None;
                let (agent, entered, silent_after) = (agent.clone(), *entered, *silent_after);
                self.phase = Phase::Active(Owner::Agent(WithAgent {
                    agent,
                    queue,
                    priority,
                    since: *at,
                    entered,
                    place,
                    silent_after,
                    unanswered,
                    snoozed: None,
                }));
                self.active_at = *at;
            }
            Event::Returned { queue, why, agent, entered, max_wait, closes } => {
                let (priority, place) = match &self.phase {
                    Phase::Active(Owner::Agent(before)) => (before.priority, before.place),
                    _ => (self.filed.priority.unwrap_or_default(), None),
                };
                let place = place.filter(|_| *why != ReturnedBecause::Transfer).unwrap_or(*no);
                let (queue, entered) = (queue.clone(), *entered);
                let (max_wait, closes) = (*max_wait, *closes);
                self.phase = Phase::Active(Owner::Queue(InQueue {
                    queue,
                    priority,
                    since: *at,
                    entered,
                    place,
                    max_wait,
                    closes,
                    away_told: false,
                    // Whoever only lost the connection may go on where they were.
                    left_by: (*why != ReturnedBecause::Away).then_some(agent.id),
                }));
                self.active_at = *at;
            }
            Event::Resolved { agent, until, .. } => {
                self.end_tasks();
                self.phase = Phase::Resolved { until: *until, agent: agent.clone() };
                self.active_at = *at;
            }
            Event::Closed { .. } => {
                self.end_tasks();
                self.buttons.clear();
                self.held.clear();
                self.also = None;
                self.nudges.clear();
                self.phase = Phase::Closed;
            }
            Event::AwayTold => {
                if let Phase::Active(Owner::Queue(waits)) = &mut self.phase {
                    waits.away_told = true;
                }
            }
            _ => {}
        }
    }

    /// The slots of all tasks; where two tasks know a slot, the upper one's.
    pub fn all_slots(&self) -> std::collections::BTreeMap<SlotName, Slot> {
        let mut slots = std::collections::BTreeMap::new();
        for task in &self.tasks {
            slots.extend(task.slots.clone());
        }
        slots
    }

    /// The flows that run or wait, the first task first.
    pub fn running_flows(&self) -> Vec<crate::id::FlowName> {
        self.tasks.iter().flat_map(|task| task.frames.iter().map(|frame| frame.flow.clone())).collect()
    }

    /// How patient the visitor is now, and what they last asked for.
    fn understood(&mut self, understanding: &Understanding) {
        self.frustration = match understanding.frustration {
            // Who asks for a person is not calmer for it.
            0 if understanding.builtin.contains_key(&Builtin::Human) => self.frustration,
            0 => self.frustration.saturating_sub(1),
            signs => self.frustration.saturating_add(signs),
        };
        self.frustration_asked = self.frustration_asked.min(self.frustration);
        let best = understanding.ranked.first().filter(|best| best.confidence >= ABOUT_FROM);
        self.last_intent = best.map(|best| best.intent.clone());
    }

    fn holds(&mut self, file: &Attachment) {
        self.files.count = self.files.count.saturating_add(1);
        self.files.bytes = self.files.bytes.saturating_add(file.bytes);
    }

    /// What was on its way is here, or lost.
    fn came(&mut self, of: EventNo) {
        self.coming.retain(|coming| coming.of != of);
    }

    fn agent_said(&mut self, at: Time) {
        self.active_at = at;
        if let Phase::Active(Owner::Agent(with_agent)) = &mut self.phase {
            with_agent.unanswered = None;
        }
    }

    fn visitor_said(&mut self, text: &str, at: Time) {
        self.visitor_at = Some(at);
        self.active_at = at;
        self.last_text = shortened(text);
        self.buttons.clear();
        self.also_offered = None;
        (self.person_offered, self.file_told) = (false, false);
        for nudge in self.nudges.values_mut() {
            nudge.due = None;
        }
        if let Phase::Active(Owner::Agent(with_agent)) = &mut self.phase {
            with_agent.unanswered.get_or_insert(at);
        }
    }

    fn flow_started(&mut self, frame: Frame, how: Started) {
        match (how, self.tasks.last_mut()) {
            (Started::Run, Some(task)) => task.frames.push(frame),
            (Started::Goto, Some(task)) => {
                task.frames.pop();
                task.frames.push(frame);
            }
            (Started::Task | Started::Run | Started::Goto, _) => {
                self.tasks.push(Task { frames: vec![frame], ..Task::default() });
            }
            (Started::WithHandoff, _) => {
                // The card lends its slots for as long as the task runs: they are not held twice.
                let slots = self.handoff.as_mut().map(|card| std::mem::take(&mut card.slots)).unwrap_or_default();
                let lent = slots.keys().cloned().collect();
                self.tasks.push(Task { frames: vec![frame], slots, filled: Vec::new(), lent });
            }
        }
    }

    fn flow_ended(&mut self) {
        if let Some(task) = self.tasks.last_mut() {
            task.frames.pop();
            if task.frames.is_empty() {
                let ended = self.tasks.pop();
                self.give_back(ended);
                self.forget_clear();
            }
        }
    }

    fn end_tasks(&mut self) {
        let ended = std::mem::take(&mut self.tasks);
        self.give_back(ended);
        self.forget_clear();
    }

    /// What the card lent to a task goes back to it, as the task knows it now.
    fn give_back(&mut self, ended: impl IntoIterator<Item = Task>) {
        let Some(card) = &mut self.handoff else { return };
        for mut task in ended {
            let lent = std::mem::take(&mut task.lent);
            card.slots.extend(lent.into_iter().filter_map(|name| task.slots.remove_entry(&name)));
        }
    }

    /// Keeps the live buttons within their limits.
    pub(super) fn fit_buttons(&mut self) {
        budget::fit_buttons(&mut self.buttons, LIVE_BUTTONS_MAX);
    }

    /// Clear values live no longer than their slot.
    fn forget_clear(&mut self) {
        let tasks = &self.tasks;
        self.clear.slots.retain(|slot, _| tasks.iter().any(|task| task.slots.contains_key(slot)));
    }

    fn slot_set(&mut self, name: &SlotName, slot: Slot) {
        // What was masked in the value before is not part of this one; the writer adds what is.
        self.clear.slots.remove(name);
        if let Some(attribute) = name.contact_attribute() {
            self.contact.insert(attribute.to_owned(), slot);
        } else if let Some(task) = self.tasks.last_mut() {
            task.filled.retain(|filled| filled != name);
            task.filled.push(name.clone());
            task.slots.insert(name.clone(), slot);
        }
    }

    fn slot_emptied(&mut self, name: &SlotName) {
        if let Some(attribute) = name.contact_attribute() {
            self.contact.remove(attribute);
            self.clear.slots.remove(name);
        } else if let Some(task) = self.tasks.last_mut() {
            task.filled.retain(|filled| filled != name);
            task.slots.remove(name);
            self.clear.slots.remove(name);
        }
    }

    fn with_top_frame(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.tasks.last_mut().and_then(|task| task.frames.last_mut()) {
            change(frame);
        }
    }
}

/// A message as lists show it.
fn shortened(text: &str) -> String {
    text.chars().take(LAST_TEXT_CHARS).collect()
}
