//! What agents do to a conversation, and who may: its owner, mostly.

use crate::dialog::decide::{Refused, spoken};
use crate::dialog::turn::Turn;
use crate::dialog::{AgentCommand, AgentRef, AssignedBy, Event, Message, Owner, Phase, RESOLVED_FOR, ReturnedBecause};
use crate::flow::{Slot, Trigger};
use crate::id::{AgentId, EventNo, FlowName};

/// One note names at most so many colleagues.
const MENTIONS_MAX: usize = 10;

impl Turn<'_> {
    /// An agent acts.
    pub(super) fn agent(&mut self, agent: &AgentRef, command: &AgentCommand) -> Result<(), Refused> {
        match command {
            AgentCommand::Claim => self.claim(agent),
            AgentCommand::TakeOver => {
                if !self.owned_by(agent) {
                    self.give_to(agent, AssignedBy::TakeOver, None);
                }
                Ok(())
            }
            AgentCommand::Say { text, client } => {
                let (text, client) = (spoken(text)?.into_owned(), client.clone());
                self.claim(agent)?;
                self.emit(Event::AgentSaid { agent: agent.clone(), text, client });
                Ok(())
            }
            AgentCommand::Send { file, client } => self.agent_sends(agent, file, client.as_deref()),
            AgentCommand::Note { text, mentions } => {
                self.see_mentions(agent);
                let note = self.emit(Event::Noted { agent: agent.clone(), text: spoken(text)?.into_owned() });
                self.mention(agent, note, mentions);
                Ok(())
            }
            AgentCommand::SeeMentions => {
                self.see_mentions(agent);
                Ok(())
            }
            AgentCommand::Resend { of } => self.resend(agent, *of),
            AgentCommand::ReturnToQueue => {
                self.must_own(agent)?;
                self.return_to_queue(ReturnedBecause::Agent);
                Ok(())
            }
            AgentCommand::TransferToQueue { queue, note } => {
                self.must_own(agent)?;
                if !self.bot.program.queues.contains_key(queue) {
                    return Err(Refused::UnknownQueue { queue: queue.clone() });
                }
                if let Some(facts) = self.queue(queue).filter(|facts| !facts.open) {
                    return Err(Refused::QueueClosed { queue: queue.clone(), opens: facts.next_opening });
                }
                self.transfer_note(agent, note.as_deref())?;
                self.put_into(queue, ReturnedBecause::Transfer, agent.clone(), None);
                self.say_sentence("agent_transferred", &[]);
                Ok(())
            }
            AgentCommand::TransferToAgent { to, note } => {
                self.must_own(agent)?;
                self.transfer_note(agent, note.as_deref())?;
                if to.id != agent.id {
                    self.give_to(to, AssignedBy::Transfer, None);
                }
                Ok(())
            }
            AgentCommand::Resolve => {
                self.must_own(agent)?;
                let until = self.world.now + RESOLVED_FOR;
                self.say_sentence("resolved", &[]);
                self.emit(Event::Resolved { agent: Some(agent.clone()), until, by_visitor: false });
                Ok(())
            }
            AgentCommand::HandBack { flow } => self.hand_back(agent, flow.as_ref()),
            AgentCommand::Label { add, remove } => self.label(agent, add, remove),
            AgentCommand::Prioritise { priority } => {
                self.prioritise(agent, *priority);
                Ok(())
            }
            AgentCommand::Snooze { until } => self.snooze(agent, *until),
            AgentCommand::Wake => self.wake(agent),
            AgentCommand::FollowUp { due, note } => self.follow_up(agent, *due, note),
            AgentCommand::FollowUpDone { of, done } => self.follow_up_done(agent, *of, *done),
            AgentCommand::Complaint { cause } => self.complaint(agent, cause.as_deref()),
        }
    }

    /// Whoever is named hears of it; not of what they wrote themselves.
    fn mention(&mut self, by: &AgentRef, note: EventNo, mentions: &[AgentId]) {
        let mut agents: Vec<AgentId> = mentions.iter().copied().filter(|agent| *agent != by.id).collect();
        agents.sort();
        agents.dedup();
        agents.truncate(MENTIONS_MAX);
        if !agents.is_empty() {
            self.emit(Event::Mentioned { note, by: by.clone(), agents });
        }
    }

    fn see_mentions(&mut self, agent: &AgentRef) {
        if self.state.mentions.contains_key(&agent.id) {
            self.emit(Event::MentionSeen { agent: agent.id });
        }
    }

    /// Takes it from bot or queue; a resolved conversation is taken up again.
    pub(super) fn claim(&mut self, agent: &AgentRef) -> Result<(), Refused> {
        match &self.state.phase {
            Phase::Active(Owner::Agent(with_agent)) if with_agent.agent.id == agent.id => Ok(()),
            // Whoever answers in an app's inbox cannot be asked: anybody here may go on. Another desk keeps what it has.
            Phase::Active(Owner::Agent(with_agent))
                if with_agent.agent.id == AgentId::NOBODY && with_agent.silent_after.is_some() =>
            {
                self.give_to(agent, AssignedBy::Claim, None);
                Ok(())
            }
            Phase::Active(Owner::Agent(with_agent)) => Err(Refused::OwnedBy { agent: with_agent.agent.clone() }),
            Phase::Active(Owner::Bot | Owner::Queue(_)) | Phase::Resolved { .. } => {
                let by = if agent.id == AgentId::NOBODY { AssignedBy::OtherDesk } else { AssignedBy::Claim };
                self.give_to(agent, by, None);
                Ok(())
            }
            Phase::Closed => Err(Refused::Closed),
        }
    }

    fn owned_by(&self, agent: &AgentRef) -> bool {
        self.state.with_agent().is_some_and(|with_agent| with_agent.agent.id == agent.id)
    }

    pub(super) fn must_own(&self, agent: &AgentRef) -> Result<(), Refused> {
        match self.state.with_agent() {
            Some(with_agent) if with_agent.agent.id == agent.id => Ok(()),
            Some(with_agent) => Err(Refused::OwnedBy { agent: with_agent.agent.clone() }),
            None => Err(Refused::NotYours),
        }
    }

    fn transfer_note(&mut self, agent: &AgentRef, note: Option<&str>) -> Result<(), Refused> {
        if let Some(text) = note.map(str::trim).filter(|text| !text.is_empty()) {
            self.emit(Event::Noted { agent: agent.clone(), text: spoken(text)?.into_owned() });
        }
        Ok(())
    }

    /// Back to the bot: the named flow, else the one on `handed_back`, else the question that was open when the agent came,
    /// else the offer of more help.
    fn hand_back(&mut self, agent: &AgentRef, flow: Option<&FlowName>) -> Result<(), Refused> {
        self.must_own(agent)?;
        if let Some(flow) = flow
            && self.flow(flow).is_none()
        {
            return Err(Refused::UnknownFlow { flow: flow.clone() });
        }
        self.emit(Event::HandedBack { agent: agent.clone(), flow: flow.cloned() });
        let name = [("agent", Slot::plain(agent.name.clone()))];
        if let Some(flow) = flow {
            self.start(flow);
        } else if let Some(flow) = self.flow_on(|trigger| *trigger == Trigger::HandedBack) {
            // It says itself how it goes on.
            self.start_quiet(&flow);
        } else {
            let text = self.sentence("handed_back", &name);
            self.say_message(Message { text, ..Message::default() }, None);
            if !self.mend() {
                self.ask_open_question();
            }
        }
        Ok(())
    }
}
