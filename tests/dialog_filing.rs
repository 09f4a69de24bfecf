//! What agents file: labels, priorities, on hold, reminders and complaints, as decisions and as their replay.

use frontdesk::bot::Bot;
use frontdesk::dialog::{
    Address, AgentCommand, AgentRef, COMPLAINT, Conversation, Deadline, Event, FOLLOW_UP_MAX, FOLLOW_UPS_MAX, Filing,
    Input, LABELS_MAX, Owner, Phase, QueueFacts, Recorded, Refused, SNOOZE_MAX, WokenBecause, World, decide,
};
use frontdesk::flow::{self, Priority, SourceFile};
use frontdesk::id::{AgentId, ContactId, EventNo};
use frontdesk::time::{Span, Time};
use frontdesk::view::{self, IndexKey};
use uuid::Uuid;

const START: Time = Time(1_767_600_000_000);

const SHOP: &str = "
bot: { name: Shop, languages: [en, el], timezone: Europe/Athens }
queues: { desk: { agent_silent: 10m } }
intents:
  hours: { label: Opening hours, phrases: when are you open, answer: Always. }
";

struct Talk {
    bot: Bot,
    conversation: Conversation,
    events: Vec<Recorded>,
    now: Time,
}

fn ann() -> AgentRef {
    AgentRef { id: AgentId::from_uuid(Uuid::from_u128(1)), name: "Ann".to_owned() }
}

fn bob() -> AgentRef {
    AgentRef { id: AgentId::from_uuid(Uuid::from_u128(2)), name: "Bob".to_owned() }
}

impl Talk {
    /// A visitor who has greeted the bot.
    fn new() -> Self {
        let loaded = flow::load(&[SourceFile::new("bot.yaml", SHOP)]);
        let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
        let bot = Bot::compile(program, "test".to_owned());
        let mut talk = Self { bot, conversation: Conversation::default(), events: Vec::new(), now: START };
        let address = Address {
            site: "main".into(),
            channel: "web".into(),
            account: String::new(),
            chat: String::new(),
            user: "v".to_owned(),
        };
        let contact = ContactId::from_uuid(Uuid::nil());
        talk.give(Input::Open { address, contact, language: None, page: None, greet: false });
        talk.visitor("when are you open");
        talk
    }

    /// A visitor whom Ann has.
    fn with_ann() -> Self {
        let mut talk = Self::new();
        talk.visitor("talk to a person");
        talk.agent(AgentCommand::Claim);
        talk
    }

    fn try_give(&mut self, input: &Input) -> Result<Vec<Event>, Refused> {
        let facts = QueueFacts { open: true, online: 1, free_agents: 1, ..QueueFacts::default() };
        let queues = self.bot.program.queues.keys().map(|queue| (queue.clone(), facts.clone())).collect();
        let world = World { now: self.now, queues, ..World::default() };
        let decision = decide(&self.bot, &self.conversation, input, &world)?;
        self.conversation = decision.after;
        self.events.extend(decision.events.clone());
        assert_eq!(Conversation::replay(&self.events), self.conversation, "a replay must give the live state");
        Ok(decision.events.into_iter().map(|recorded| recorded.event).collect())
    }

    #[track_caller]
    fn give(&mut self, input: Input) -> Vec<Event> {
        self.try_give(&input).unwrap()
    }

    fn visitor(&mut self, text: &str) -> Vec<Event> {
        self.give(Input::Message { text: text.to_owned(), client: None })
    }

    #[track_caller]
    fn agent(&mut self, command: AgentCommand) -> Vec<Event> {
        self.by(&ann(), command).unwrap()
    }

    fn by(&mut self, agent: &AgentRef, command: AgentCommand) -> Result<Vec<Event>, Refused> {
        self.try_give(&Input::Agent { agent: agent.clone(), command })
    }

    fn label(&mut self, add: &[&str], remove: &[&str]) -> Result<Vec<Event>, Refused> {
        let all = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        self.by(&ann(), AgentCommand::Label { add: all(add), remove: all(remove) })
    }

    fn follow_up(&mut self, minutes: i64) -> EventNo {
        let due = self.now + Span::minutes(minutes);
        self.agent(AgentCommand::FollowUp { due, note: "Ring them".to_owned() });
        self.conversation.version
    }

    /// Everything that is due fires, each deadline once; gives which did.
    fn fire(&mut self) -> Vec<Deadline> {
        let mut fired = Vec::new();
        while let Some((due, deadline)) = self.conversation.deadlines().into_iter().next()
            && due <= self.now
        {
            self.give(Input::Due(deadline.clone()));
            fired.push(deadline);
            assert!(fired.len() < 20, "in a circle: {fired:?}");
        }
        fired
    }

    fn close(&mut self) {
        self.agent(AgentCommand::Resolve);
        self.now = self.now + Span::hours(25);
        self.fire();
        assert_eq!(self.conversation.phase, Phase::Closed);
    }

    fn rows(&self, kind: &str) -> Vec<String> {
        let id = frontdesk::id::ConversationId::from_uuid(Uuid::from_u128(9));
        let key = |row: view::IndexRow| match row.key {
            IndexKey::Fixed(key) => Some(key),
            IndexKey::AtEvent { .. } => None,
        };
        view::rows(id, &self.conversation).into_iter().filter_map(key).filter(|key| key.starts_with(kind)).collect()
    }
}

fn said(events: &[Event]) -> Vec<&str> {
    fn text(event: &Event) -> Option<&str> {
        match event {
            Event::BotSaid { message, .. } => Some(message.text.as_str()),
            _ => None,
        }
    }
    events.iter().filter_map(text).collect()
}

#[test]
fn labels_are_one_whatever_their_spelling_and_are_found_by_rows() {
    let mut talk = Talk::new();
    talk.label(&["  Big   Order ", "Παράπονο"], &[]).unwrap();
    assert_eq!(talk.conversation.filed.labels, ["Big Order", "Παράπονο"]);
    assert_eq!(talk.label(&["BIG ORDER", "παραπονο"], &[]).unwrap(), [], "they are there already");
    assert_eq!(talk.rows("label/").len(), 2);
    assert!(talk.rows("label/main/big order/").len() == 1, "{:?}", talk.rows("label/"));
    let events = talk.label(&[], &["big order", "never there"]).unwrap();
    assert!(matches!(&events[..], [Event::Filed { change: Filing::Unlabelled { .. }, .. }]), "{events:?}");
    assert_eq!(talk.conversation.filed.labels, ["Παράπονο"]);
    assert_eq!(talk.rows("label/").len(), 1);
}

#[test]
fn labels_are_bounded_and_a_refusal_changes_nothing() {
    let mut talk = Talk::new();
    assert_eq!(talk.label(&[" "], &[]), Err(Refused::Empty));
    assert_eq!(talk.label(&[&"x".repeat(41)], &[]), Err(Refused::TooLong { limit: 40 }));
    let many: Vec<String> = (0..=LABELS_MAX).map(|number| format!("label {number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(talk.label(&many, &[]), Err(Refused::TooMany { what: "labels", limit: LABELS_MAX }));
    assert_eq!(talk.conversation.filed.labels, [""; 0]);
    talk.label(&many[..LABELS_MAX], &[]).unwrap();
    talk.label(&[many[LABELS_MAX]], &[many[0]]).unwrap();
}

#[test]
fn a_priority_by_hand_moves_the_place_in_the_queue_and_stands_over_what_flows_say() {
    let mut talk = Talk::new();
    talk.agent(AgentCommand::Prioritise { priority: Priority::High });
    talk.visitor("talk to a person");
    let waits = |talk: &Talk| talk.conversation.in_queue().map(|waits| waits.priority);
    assert_eq!(waits(&talk), Some(Priority::High), "chosen before, kept at the handoff");
    talk.agent(AgentCommand::Prioritise { priority: Priority::Urgent });
    assert_eq!(waits(&talk), Some(Priority::Urgent));
    assert_eq!(talk.agent(AgentCommand::Prioritise { priority: Priority::Urgent }), [], "it is so already");
    talk.agent(AgentCommand::Claim);
    talk.agent(AgentCommand::Prioritise { priority: Priority::Low });
    talk.agent(AgentCommand::ReturnToQueue);
    assert_eq!(waits(&talk), Some(Priority::Low));
}

#[test]
fn on_hold_neither_silence_nor_idleness_counts_and_the_time_ends_it() {
    let mut talk = Talk::with_ann();
    talk.visitor("are you there");
    let until = talk.now + Span::days(5);
    talk.agent(AgentCommand::Snooze { until });
    assert_eq!(talk.conversation.deadlines(), [(until, Deadline::Snooze)]);
    assert_eq!(talk.rows("snoozed/").len(), 1);
    talk.now = talk.now + Span::days(4);
    assert_eq!(talk.fire(), []);
    talk.now = until;
    assert_eq!(talk.fire(), [Deadline::Snooze]);
    let with_ann = talk.conversation.with_agent().unwrap();
    assert_eq!((with_ann.snoozed, with_ann.unanswered), (None, Some(until)), "silence counts from now on");
    assert_eq!(talk.rows("snoozed/"), [""; 0]);
    talk.now = until + Span::minutes(10);
    assert_eq!(talk.fire(), [Deadline::AgentSilent]);
}

#[test]
fn a_visitor_who_writes_ends_it_too_and_so_does_the_agent() {
    let mut talk = Talk::with_ann();
    talk.agent(AgentCommand::Snooze { until: START + Span::days(1) });
    let events = talk.visitor("hello?");
    assert!(events.contains(&Event::Woken { why: WokenBecause::Visitor }), "{events:?}");
    assert_eq!(talk.conversation.with_agent().unwrap().snoozed, None);
    talk.agent(AgentCommand::Snooze { until: START + Span::days(1) });
    assert_eq!(talk.agent(AgentCommand::Wake), [Event::Woken { why: WokenBecause::Agent }]);
    assert_eq!(talk.agent(AgentCommand::Wake), [], "it was not on hold any more");
}

#[test]
fn only_the_owner_puts_on_hold_and_only_for_a_time_ahead() {
    let mut talk = Talk::with_ann();
    let until = START + Span::days(1);
    assert_eq!(talk.by(&bob(), AgentCommand::Snooze { until }), Err(Refused::OwnedBy { agent: ann() }));
    for until in [START, Time(0), START + SNOOZE_MAX + Span(1)] {
        assert_eq!(talk.by(&ann(), AgentCommand::Snooze { until }), Err(Refused::BadTime { days: 90 }));
    }
    talk.agent(AgentCommand::Snooze { until });
    talk.by(&bob(), AgentCommand::TakeOver).unwrap();
    assert_eq!(talk.conversation.with_agent().unwrap().snoozed, None, "whoever takes it has it before them");
}

#[test]
fn a_reminder_outlives_the_conversation_is_told_once_and_can_be_undone() {
    let mut talk = Talk::with_ann();
    let of = talk.follow_up(60 * 24 * 3);
    talk.close();
    assert_eq!(talk.rows("follow/").len(), 1);
    talk.now = START + Span::days(3);
    assert_eq!(talk.fire(), [Deadline::FollowUp { of }]);
    assert_eq!(talk.rows("follow/").len(), 1, "it stays in the list until it is done");
    talk.agent(AgentCommand::FollowUpDone { of, done: true });
    assert_eq!(talk.rows("follow/"), [""; 0]);
    assert_eq!(talk.agent(AgentCommand::FollowUpDone { of, done: true }), []);
    talk.agent(AgentCommand::FollowUpDone { of, done: false });
    assert_eq!(talk.rows("follow/").len(), 1);
    assert_eq!(talk.fire(), [], "it was told already");
    let unknown = talk.by(&ann(), AgentCommand::FollowUpDone { of: EventNo(1), done: true });
    assert_eq!(unknown, Err(Refused::NoSuchFollowUp));
}

#[test]
fn reminders_are_bounded_and_done_ones_make_room() {
    let mut talk = Talk::new();
    let far = AgentCommand::FollowUp { due: START + FOLLOW_UP_MAX + Span(1), note: "x".to_owned() };
    assert_eq!(talk.by(&ann(), far), Err(Refused::BadTime { days: 366 }));
    let all: Vec<EventNo> = (0..FOLLOW_UPS_MAX).map(|_| talk.follow_up(5)).collect();
    let more = || AgentCommand::FollowUp { due: START + Span::minutes(5), note: "x".to_owned() };
    assert!(matches!(talk.by(&ann(), more()), Err(Refused::TooMany { .. })));
    talk.agent(AgentCommand::FollowUpDone { of: all[0], done: true });
    talk.agent(more());
    let undo = talk.by(&ann(), AgentCommand::FollowUpDone { of: all[0], done: false });
    assert_eq!(undo, Err(Refused::NoSuchFollowUp), "its place is taken");
    talk.now = START + Span::minutes(5);
    assert_eq!(talk.fire().len(), FOLLOW_UPS_MAX);
}

#[test]
fn a_complaint_is_acknowledged_once_in_the_visitors_language() {
    let mut talk = Talk::new();
    talk.visitor("γεια σας τι ώρα ανοίγετε αύριο το πρωί");
    assert_eq!(talk.conversation.language.as_str(), "el");
    let cause = Some("It came late".to_owned());
    let events = talk.agent(AgentCommand::Complaint { cause });
    assert!(matches!(&events[0], Event::Filed { change: Filing::Complaint { cause: Some(_) }, .. }), "{events:?}");
    assert!(said(&events)[0].contains("παράπονό"), "{events:?}");
    assert!(talk.conversation.filed.has_label(COMPLAINT));
    let again = talk.agent(AgentCommand::Complaint { cause: Some("And broken".to_owned()) });
    assert!(said(&again).is_empty() && again.len() == 1, "one more cause, no second apology: {again:?}");
    assert_eq!(talk.agent(AgentCommand::Complaint { cause: None }), []);
    assert!(matches!(talk.conversation.owner(), Some(Owner::Bot)), "nobody takes it by that");
}

#[test]
fn what_is_over_can_still_be_filed_and_nobody_is_written_to() {
    let mut talk = Talk::with_ann();
    talk.close();
    talk.label(&["later"], &[]).unwrap();
    assert_eq!(said(&talk.agent(AgentCommand::Complaint { cause: None })), [""; 0]);
    talk.agent(AgentCommand::Note { text: "They rang.".to_owned(), mentions: Vec::new() });
    assert_eq!(talk.by(&ann(), AgentCommand::Claim), Err(Refused::Closed));
    assert_eq!(talk.by(&ann(), AgentCommand::Snooze { until: talk.now + Span::days(1) }), Err(Refused::Closed));
    assert_eq!(talk.by(&ann(), AgentCommand::Prioritise { priority: Priority::Low }), Err(Refused::Closed));
    assert_eq!(talk.conversation.phase, Phase::Closed);
}
