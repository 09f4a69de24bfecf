//! A conversation without the world: a clock that is set by hand, agents that are numbers, services that answer as told. It
//! drives the same `decide` and `apply` as the server, for `frontdesk test` and `frontdesk chat`.

use std::collections::{BTreeMap, VecDeque};

use uuid::Uuid;

use crate::bot::Bot;
use crate::dialog::{
    Address, AgentCommand, AgentRef, Attachment, CallOutcome, Conversation, Decision, Event, Input, MEDIA,
    MessagingApp, QueueFacts, Recorded, Refused, World, decide,
};
use crate::flow::{Slot, TestAgents, TestReply};
use crate::id::{AgentId, ChannelName, ContactId, EventNo, FileId, Language, QueueName, ServiceName, SiteId};
use crate::time::{Span, Time};

/// Channels whose visitors come back to read what was answered. Every other is taken for an app that brings it to them.
const COME_BACK: [&str; 3] = ["web", "rest", "directline"];

/// A rehearsal stops after so many inputs that follow from one another: a service that fails for ever must not hang it.
const FOLLOW_UPS_MAX: usize = 100;

/// What a rehearsal assumes of the world.
#[derive(Debug, Clone)]
pub struct Setting {
    /// When it begins.
    pub starts: Time,
    /// Whether queues keep their hours; if not, they are always open.
    pub keeps_hours: bool,
    /// How many agents there are.
    pub agents: TestAgents,
    /// What services answer instead of their `sample`.
    pub services: BTreeMap<ServiceName, TestReply>,
    /// The language of the page.
    pub language: Option<Language>,
    /// The channel.
    pub channel: ChannelName,
    /// What is known of the contact.
    pub contact: BTreeMap<String, Slot>,
}

/// A conversation in rehearsal.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    bot: &'a Bot,
    setting: Setting,
    /// The clock.
    pub now: Time,
    /// The conversation so far.
    pub conversation: Conversation,
    /// All its events.
    pub events: Vec<Recorded>,
    /// Whether every turn goes on as after a restart: from the state in its stored form.
    pub restarting: bool,
}

impl<'a> Rehearsal<'a> {
    /// A conversation that has not begun.
    pub fn new(bot: &'a Bot, setting: Setting) -> Self {
        let now = setting.starts;
        Self { bot, setting, now, conversation: Conversation::default(), events: Vec::new(), restarting: false }
    }

    /// Opens the conversation; greets if the visitor has said nothing yet.
    ///
    /// # Errors
    ///
    /// As [`decide`].
    pub fn open(&mut self, greet: bool) -> Result<(), Refused> {
        let address = Address {
            site: SiteId::from("rehearsal"),
            channel: self.setting.channel.clone(),
            account: String::new(),
            chat: String::new(),
            user: "visitor".to_owned(),
        };
        let contact = ContactId::from_uuid(Uuid::nil());
        let language = self.setting.language.clone();
        self.input(Input::Open { address, contact, language, page: None, greet })
    }

    /// The visitor writes, or sends a file with `(sends lamp.jpg)`; opens the conversation if need be.
    ///
    /// # Errors
    ///
    /// As [`decide`].
    pub fn visitor(&mut self, text: &str) -> Result<(), Refused> {
        if self.conversation.opening.is_none() {
            self.open(false)?;
        }
        match sent(text) {
            Some(file) => self.input(Input::File { file, client: None }),
            None => self.input(Input::Message { text: text.to_owned(), client: None }),
        }
    }

    /// The agent of the rehearsal acts.
    ///
    /// # Errors
    ///
    /// As [`decide`].
    pub fn agent(&mut self, command: AgentCommand) -> Result<(), Refused> {
        let agent = AgentRef { id: AgentId::from_uuid(Uuid::nil()), name: "Alex".to_owned() };
        self.input(Input::Agent { agent, command })
    }

    /// Lets time pass; deadlines fire at their moment.
    ///
    /// # Errors
    ///
    /// As [`decide`].
    pub fn pass(&mut self, span: Span) -> Result<(), Refused> {
        let until = self.now + span;
        for _ in 0..FOLLOW_UPS_MAX {
            let Some((due, deadline)) = self.conversation.deadlines().into_iter().find(|(due, _)| *due <= until) else {
                break;
            };
            self.now = self.now.max(due);
            self.input(Input::Due(deadline))?;
        }
        self.now = until;
        Ok(())
    }

    /// Decides an input and all that follows from it: services answer at once.
    ///
    /// # Errors
    ///
    /// As [`decide`].
    pub fn input(&mut self, input: Input) -> Result<(), Refused> {
        let mut inputs = VecDeque::from([input]);
        for _ in 0..FOLLOW_UPS_MAX {
            let Some(input) = inputs.pop_front() else { break };
            let Decision { events, after, .. } = decide(self.bot, &self.conversation, &input, &self.world())?;
            self.conversation = after;
            for recorded in &events {
                if let Event::Called { service, .. } = &recorded.event {
                    inputs.push_back(Input::CallDone { call: recorded.no, outcome: self.answer(service) });
                }
            }
            self.events.extend(events);
            if self.restarting
                && let Ok(stored) = serde_json::to_vec(&self.conversation)
                && let Ok(read) = serde_json::from_slice(&stored)
            {
                self.conversation = read;
            }
        }
        Ok(())
    }

    /// The events after a number.
    pub fn since(&self, after: EventNo) -> &[Recorded] {
        let first = self.events.partition_point(|recorded| recorded.no <= after);
        &self.events[first..]
    }

    fn answer(&self, service: &ServiceName) -> CallOutcome {
        match self.setting.services.get(service) {
            Some(TestReply::Json(reply)) => CallOutcome::Reply(reply.clone()),
            Some(TestReply::Status(status)) => CallOutcome::Status(*status),
            Some(TestReply::Timeout) => CallOutcome::Timeout,
            None => {
                let known = self.bot.program.services.get(service);
                let sample = known.and_then(|service| service.sample.clone());
                CallOutcome::Reply(sample.unwrap_or(serde_json::Value::Null))
            }
        }
    }

    fn world(&self) -> World {
        let facts = |queue: &QueueName| {
            let online = match &self.setting.agents {
                TestAgents::Everywhere(number) => *number,
                TestAgents::By(numbers) => numbers.get(queue).copied().unwrap_or(0),
            };
            let mut facts = QueueFacts { open: true, online, free_agents: online, ..QueueFacts::default() };
            if self.setting.keeps_hours {
                let program = &self.bot.program;
                facts.open = program.queue_is_open(queue, self.now);
                facts.next_opening = program.queue_opens_at(queue, self.now).filter(|_| !facts.open);
                facts.closes = program.queue_closes_at(queue, self.now).filter(|_| facts.open);
            }
            facts
        };
        let queues = self.bot.program.queues.keys().map(|queue| (queue.clone(), facts(queue))).collect();
        let position = self.conversation.in_queue().map(|_| 1);
        let app = (!COME_BACK.contains(&self.setting.channel.as_str())).then(MessagingApp::default);
        World { now: self.now, contact: self.setting.contact.clone(), earlier: 0, app, position, queues }
    }
}

/// The file that a visitor of a rehearsal sends: it is what its name says.
fn sent(text: &str) -> Option<Attachment> {
    let name = text.trim().strip_prefix("(sends ")?.strip_suffix(')')?;
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let media = MEDIA.iter().find(|media| media.endings.contains(&ending.as_str())).or_else(|| MEDIA.last())?;
    Some(Attachment {
        id: FileId::from_uuid(Uuid::nil()),
        name: media.file_name(name),
        media: media.name.to_owned(),
        bytes: 1,
    })
}
