//! One conversation of the pure dialog, driven by hand.

use frontdesk::bot::Bot;
use frontdesk::dialog::{
    Address, AgentCommand, AgentRef, Conversation, Decision, Event, Input, MessagingApp, QueueFacts, Recorded, Refused,
    World, decide,
};
use frontdesk::engine::codec::Record;
use frontdesk::flow::{self, SourceFile};
use frontdesk::id::{AgentId, ContactId};
use frontdesk::time::Time;
use uuid::Uuid;

/// When conversations begin.
pub(crate) const START: Time = Time(1_767_600_000_000);

/// A bot of one file.
pub(crate) fn bot(yaml: &str) -> Bot {
    let loaded = flow::load(&[SourceFile::new("bot.yaml", yaml)]);
    let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
    Bot::compile(program, "test".to_owned())
}

pub(crate) fn agent(number: u128, name: &str) -> AgentRef {
    AgentRef { id: AgentId::from_uuid(Uuid::from_u128(number)), name: name.to_owned() }
}

/// What the bot says in these events.
pub(crate) fn said(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| match event {
        Event::BotSaid { message, .. } => Some(message.text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

/// One conversation, with an agent who is free for every queue.
pub(crate) struct Talk {
    pub(crate) bot: Bot,
    pub(crate) conversation: Conversation,
    pub(crate) events: Vec<Recorded>,
    /// Its inputs, as a record of failures would keep them.
    pub(crate) kept: Vec<Input>,
    pub(crate) now: Time,
    /// The app through which the visitor is reached, if by one.
    pub(crate) app: Option<MessagingApp>,
    /// How the queues are.
    pub(crate) queues: QueueFacts,
}

impl Talk {
    pub(crate) fn new(yaml: &str) -> Self {
        let mut talk = Self::not_begun(yaml);
        talk.open(false);
        talk
    }

    /// A conversation that has not begun.
    pub(crate) fn not_begun(yaml: &str) -> Self {
        let (conversation, events, kept) = (Conversation::default(), Vec::new(), Vec::new());
        let queues = QueueFacts { open: true, online: 1, free_agents: 1, ..QueueFacts::default() };
        Self { bot: bot(yaml), conversation, events, kept, now: START, app: None, queues }
    }

    /// Begins it.
    pub(crate) fn open(&mut self, greet: bool) -> Vec<Event> {
        let address = Address {
            site: "main".into(),
            channel: "web".into(),
            account: String::new(),
            chat: String::new(),
            user: "v".to_owned(),
        };
        let contact = ContactId::from_uuid(Uuid::nil());
        self.give(Input::Open { address, contact, language: None, page: None, greet })
    }

    pub(crate) fn world(&self) -> World {
        let queues = self.bot.program.queues.keys().map(|queue| (queue.clone(), self.queues.clone())).collect();
        World { now: self.now, queues, app: self.app, ..World::default() }
    }

    pub(crate) fn decide(&self, input: &Input) -> Result<Decision, Refused> {
        decide(&self.bot, &self.conversation, input, &self.world())
    }

    /// Gives an input and returns its events.
    pub(crate) fn try_give(&mut self, input: Input) -> Result<Vec<Event>, Refused> {
        let decision = self.decide(&input)?;
        self.conversation = decision.after;
        self.kept.push(Record::keep(input, &decision.events));
        self.events.extend(decision.events.clone());
        let mut replayed = Conversation::replay(&self.events);
        // What is sensitive stands in clear in the live state alone.
        if self.bot.program.entities.values().any(|entity| entity.sensitive) {
            replayed.clear = self.conversation.clear.clone();
        }
        assert_eq!(replayed, self.conversation, "a replay must give the live state");
        Ok(decision.events.into_iter().map(|recorded| recorded.event).collect())
    }

    #[track_caller]
    pub(crate) fn give(&mut self, input: Input) -> Vec<Event> {
        self.try_give(input).unwrap()
    }

    /// The visitor writes; gives what follows.
    #[track_caller]
    pub(crate) fn writes(&mut self, text: &str) -> Vec<Event> {
        self.give(Input::Message { text: text.to_owned(), client: None })
    }

    /// The visitor writes; gives what the bot says.
    #[track_caller]
    pub(crate) fn visitor(&mut self, text: &str) -> Vec<String> {
        said(&self.writes(text))
    }

    #[track_caller]
    pub(crate) fn agent(&mut self, agent: &AgentRef, command: AgentCommand) -> Vec<Event> {
        self.give(Input::Agent { agent: agent.clone(), command })
    }
}
