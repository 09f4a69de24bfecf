//! The walk through a flow: from step to step until something waits, the flow ends or the turn's budget is used up. A walk
//! keeps nothing but its place; all else is events.

use crate::dialog::step;
use crate::dialog::turn::{STACK_MAX, STEPS_MAX, Turn};
use crate::dialog::{Ended, Event, Message, Started, WaitKind};
use crate::flow::{Flow, Op, Slot, StepIndex, Trigger};
use crate::id::{FlowName, PlaceName};

/// The flow that takes a message where nobody can answer.
pub(super) const TAKE_MESSAGE: &str = "take_message";

/// What a step says of the walk.
pub(super) enum Next {
    /// Go on with that step of the flow on top.
    Step(StepIndex),
    /// The flow on top has ended.
    End,
    /// Something waits, or the flow is gone with a handoff: the walk is over.
    Stop,
}

impl<'a> Turn<'a> {
    /// Starts a flow as a task of its own, before its first step.
    pub(super) fn start(&mut self, name: &FlowName) {
        self.begin(name, Started::Task);
        self.walk(0);
    }

    /// Starts a flow of the bot's own accord: at its end no more help is offered.
    pub(super) fn start_quiet(&mut self, name: &FlowName) {
        self.quiet = true;
        self.start(name);
        self.quiet = false;
    }

    /// Records that a flow starts, if the stack has room.
    pub(super) fn begin(&mut self, name: &FlowName, how: Started) {
        let depth: usize = self.state.tasks.iter().map(|task| task.frames.len()).sum();
        if depth >= STACK_MAX && how != Started::Goto {
            // The task that waits longest is given up: nobody comes back to a question sixteen tasks ago.
            let detail = format!("more than {STACK_MAX} flows wait for each other; all but the newest were given up");
            self.emit(Event::Fault { code: "stack_limit".to_owned(), detail });
            self.end_all(Ended::Replaced);
        }
        self.emit(Event::FlowStarted { flow: name.clone(), how });
    }

    /// Walks the flow on top from a step on.
    pub(super) fn walk(&mut self, from: StepIndex) {
        let mut at = from;
        loop {
            let Some(flow) = self.top_flow() else { return };
            self.steps += 1;
            if self.steps > STEPS_MAX {
                let detail = format!("flow \"{}\" walked {STEPS_MAX} steps in one turn without waiting", flow.name);
                self.go_over("steps_in_turn", detail);
            } else if !self.turn_has_room(0) {
                self.go_over("turn_limit", format!("flow \"{}\" says too much in one turn", flow.name));
            }
            if self.is_over() {
                return self.hand_over_if_over();
            }
            let next = match flow.code.get(at) {
                Some(step) => self.step(flow, step, at),
                None => Next::End,
            };
            at = match next {
                Next::Step(next) => next,
                Next::Stop => return,
                Next::End => match self.end_flow() {
                    Some(next) => next,
                    None => return,
                },
            };
        }
    }

    fn step(&mut self, flow: &Flow, step: &crate::flow::Step, at: StepIndex) -> Next {
        match &step.op {
            Op::Say(say) => step::say::walk(self, say, &step.at, at),
            Op::Ask(ask) => step::ask::walk(self, flow, ask, &step.at, at),
            Op::Choose(choose) => step::choose::walk(self, flow, choose, &step.at, at),
            Op::Confirm(confirm) => step::confirm::walk(self, flow, confirm, &step.at),
            Op::AskAgain { slot, to } => {
                self.empty_slot(slot);
                Next::Step(*to)
            }
            Op::Set(values) => step::set::walk(self, values, at),
            Op::Branch { condition, otherwise } => {
                let holds = self.with_scope(&[], |scope| condition.truth(scope));
                Next::Step(if holds { at + 1 } else { *otherwise })
            }
            Op::Switch { value, cases, otherwise } => {
                let value = self.with_scope(&[], |scope| value.value(scope));
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let case = cases.iter().find(|(case, _)| *case == value);
                Next::Step(case.map_or(*otherwise, |(_, to)| *to))
            }
            Op::Jump(to) => Next::Step(*to),
            Op::Call(call) => step::call::walk(self, flow, call, &step.at),
            Op::Run { place, flow: other } => self.run(&flow.name, place, other),
            Op::Goto(other) => {
                self.begin(other, Started::Goto);
                Next::Step(0)
            }
            Op::End => Next::End,
            Op::Handoff(handoff) => step::handoff::walk(self, handoff),
            Op::Rate(rate) => step::rate::walk(self, flow, rate, &step.at),
            Op::Wait { place, span } => {
                let until = self.world.now + *span;
                self.wait(&flow.name, place, WaitKind::Timer { until })
            }
        }
    }

    /// Records where the flow on top waits.
    pub(super) fn wait(&mut self, flow: &FlowName, place: &PlaceName, kind: WaitKind) -> Next {
        self.emit_if_room(Event::Waits { flow: flow.clone(), place: place.clone(), kind });
        Next::Stop
    }

    /// Runs another flow above this one; its end comes back behind `place`.
    pub(super) fn run(&mut self, flow: &FlowName, place: &PlaceName, other: &FlowName) -> Next {
        self.emit(Event::Waits { flow: flow.clone(), place: place.clone(), kind: WaitKind::Run });
        self.begin(other, Started::Run);
        Next::Step(0)
    }

    /// The flow on top has come to its end: its caller goes on, or the task below comes back, or more help is offered.
    /// Gives the caller's next step.
    fn end_flow(&mut self) -> Option<StepIndex> {
        let flow = self.state.tasks.last()?.frames.last()?.flow.clone();
        let tasks = self.state.tasks.len();
        if flow.as_str() == TAKE_MESSAGE {
            self.message_left();
        }
        self.emit(Event::FlowEnded { flow: flow.clone(), how: Ended::Finished });
        if self.state.tasks.len() == tasks {
            let caller = self.top_flow()?;
            let place = self.state.open_wait()?.place.clone();
            // A caller whose place is gone has no step to go on with: it ends too.
            return Some(find_place(caller, &place).map_or(caller.code.len(), |index| index + 1));
        }
        if self.state.tasks.is_empty() {
            self.offer_more(&flow);
        } else {
            self.ask_open_question();
        }
        None
    }

    /// Offers what the visitor asked for besides. Says whether there was anything.
    fn offer_also(&mut self) -> bool {
        let Some(also) = self.state.also.clone() else { return false };
        let button = self.intent_button(&also);
        let text = self.sentence("also_asked", &[("label", Slot::plain(button.label.clone()))]);
        self.emit(Event::AlsoOffered);
        self.say_message(Message { text, buttons: vec![button], ..Message::default() }, None);
        true
    }

    /// "Anything else?", once, unless the bot's last message has buttons.
    fn offer_more(&mut self, ended: &FlowName) {
        let name = FlowName::from("anything_else");
        if self.quiet || !self.state.with_bot() || self.offer_also() {
            return;
        }
        if self.state.anything_else || *ended == name {
            return;
        }
        let last_said = self.events.iter().rev().find_map(|recorded| match &recorded.event {
            Event::BotSaid { message, .. } => Some(message),
            _ => None,
        });
        if last_said.is_some_and(|message| message.all_buttons().next().is_some()) {
            return;
        }
        self.emit(Event::AnythingElseAsked);
        if self.flow(&name).is_some() {
            self.start(&name);
        } else {
            self.say_sentence("anything_else", &[]);
        }
    }

    /// Ends every flow.
    pub(super) fn end_all(&mut self, how: Ended) {
        while !self.state.tasks.is_empty() {
            self.end_task(how);
        }
    }

    /// Ends the flows of the task on top.
    pub(super) fn end_task(&mut self, how: Ended) {
        let tasks = self.state.tasks.len();
        while self.state.tasks.len() == tasks
            && let Some(frame) = self.state.tasks.last().and_then(|task| task.frames.last())
        {
            let flow = frame.flow.clone();
            self.emit(Event::FlowEnded { flow, how });
        }
    }

    /// The question that waits on top is asked again: after an interruption, or because an answer did not fit.
    pub(super) fn ask_open_question(&mut self) {
        let Some((flow, index)) = self.open_step() else { return };
        let Some(step) = flow.code.get(index) else { return };
        let over = match self.state.open_wait().map(|wait| wait.kind.clone()) {
            Some(WaitKind::ConfirmChange) => return step::confirm::ask_change(self, &step.op),
            Some(WaitKind::RateComment { .. }) => return step::rate::ask_comment(self),
            Some(WaitKind::Timer { until }) => until <= self.world.now,
            _ => false,
        };
        match &step.op {
            Op::Ask(ask) => step::ask::say(self, ask, &step.at),
            Op::Choose(choose) => step::choose::say(self, choose, &step.at),
            Op::Confirm(confirm) => step::confirm::say(self, confirm, &step.at),
            Op::Rate(rate) => step::rate::say(self, rate, &step.at),
            Op::Wait { .. } if over => self.walk(index + 1),
            _ => {}
        }
    }

    /// A `wait` step is over.
    pub(super) fn timer_over(&mut self) {
        if self.mend() {
            return;
        }
        if let Some((_, index)) = self.open_step() {
            self.walk(index + 1);
        }
    }

    /// The flow on top and the step at which it waits.
    pub(super) fn open_step(&self) -> Option<(&'a Flow, StepIndex)> {
        let flow = self.top_flow()?;
        let index = find_place(flow, &self.state.open_wait()?.place)?;
        Some((flow, index))
    }

    /// A changed bot may lack the place where the conversation waits. Then the slots are kept, the visitor is told, and the flow
    /// starts again, skipping what is known; if the flow is gone, more help is offered. Says whether it did so.
    pub(super) fn mend(&mut self) -> bool {
        let Some(task) = self.state.tasks.last() else { return false };
        let lost = task.frames.iter().position(|frame| self.flow(&frame.flow).is_none());
        if let Some(lost) = lost {
            let detail = format!("the flow \"{}\" is gone from the bot", task.frames[lost].flow);
            self.emit(Event::Fault { code: "flow_gone".to_owned(), detail });
            self.end_task(Ended::Gone);
            self.say_sentence("bot_changed", &[]);
            if self.state.tasks.is_empty() {
                self.say_sentence("anything_else", &[]);
            } else if !self.mend() {
                self.ask_open_question();
            }
            return true;
        }
        let frames: Vec<(FlowName, Option<PlaceName>)> = task
            .frames
            .iter()
            .map(|frame| (frame.flow.clone(), frame.wait.as_ref().map(|wait| wait.place.clone())))
            .collect();
        let keeps = |(name, place): &(FlowName, Option<PlaceName>)| {
            let (Some(flow), Some(place)) = (self.flow(name), place) else { return false };
            find_place(flow, place).is_some()
        };
        let Some(broken) = frames.iter().position(|frame| !keeps(frame)) else { return false };
        let detail = format!("the flow \"{}\" no longer has the place where it waited", frames[broken].0);
        self.emit(Event::Fault { code: "place_gone".to_owned(), detail });
        self.say_sentence("bot_changed", &[]);
        for (flow, _) in frames[broken + 1..].iter().rev() {
            self.emit(Event::FlowEnded { flow: flow.clone(), how: Ended::Gone });
        }
        self.emit(Event::WaitLeft);
        self.walk(0);
        true
    }

    /// Greets: the flow on `conversation_opened`. Says whether there is one.
    pub(super) fn greet(&mut self) -> bool {
        let flow = self.flow_on(|trigger| *trigger == Trigger::ConversationOpened);
        if let Some(flow) = &flow {
            self.start_quiet(flow);
        }
        flow.is_some()
    }

    /// Whoever begins in an app has pressed something and expects a word: who this is, and what to do. A website shows that around
    /// the chat.
    pub(super) fn introduce(&mut self) {
        if self.world.app.is_some() {
            let text = self.sentence("greeting", &[("bot", Slot::plain(self.bot.program.name.clone()))]);
            let buttons = vec![self.person_button()];
            self.say_message(Message { text, buttons, ..Message::default() }, None);
        }
    }

    /// Goes on with what an invitation said, and with its flow. One that the bot no longer has leads to the greeting.
    pub(super) fn invited(&mut self, name: &str) {
        let Some(invite) = self.bot.program.invites.get(name) else {
            self.greet();
            return;
        };
        self.emit(Event::Invited { invite: name.to_owned() });
        let text = invite.text(&self.state.language, &self.bot.program).to_owned();
        self.say_message(Message { text, ..Message::default() }, Some(&invite.at));
        if let Some(flow) = &invite.start {
            self.start(flow);
        }
    }

    /// The first flow that starts on something.
    pub(super) fn flow_on(&self, fits: impl Fn(&Trigger) -> bool) -> Option<FlowName> {
        self.bot.starts.iter().find(|(trigger, _)| fits(trigger)).map(|(_, flow)| flow.clone())
    }

    /// Sets the flows that follow silence, once the bot has spoken to a visitor who has spoken.
    pub(super) fn set_nudges(&mut self) {
        let spoke = self.events.iter().any(|recorded| matches!(recorded.event, Event::BotSaid { .. }));
        if !spoke || self.gone || !self.state.with_bot() || self.state.visitor_at.is_none() {
            return;
        }
        for (trigger, flow) in &self.bot.starts {
            let Trigger::NoReply { after, times } = trigger else { continue };
            let nudge = self.state.nudges.get(flow).cloned().unwrap_or_default();
            if nudge.due.is_none() && nudge.count < *times {
                let due = self.world.now + *after;
                self.emit(Event::NudgeSet { flow: flow.clone(), due });
            }
        }
    }

    /// The flow on top of the stack.
    pub(super) fn top_flow(&self) -> Option<&'a Flow> {
        self.flow(&self.state.tasks.last()?.frames.last()?.flow)
    }
}

/// The step at which a place stands.
pub(super) fn find_place(flow: &Flow, place: &PlaceName) -> Option<StepIndex> {
    flow.code.iter().position(|step| match &step.op {
        Op::Ask(ask) => ask.place == *place,
        Op::Choose(choose) => choose.place == *place,
        Op::Confirm(confirm) => confirm.place == *place,
        Op::Call(call) => call.place == *place,
        Op::Rate(rate) => rate.place == *place,
        Op::Run { place: other, .. } | Op::Wait { place: other, .. } => other == place,
        _ => false,
    })
}
