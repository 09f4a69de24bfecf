//! What agents file: labels, priorities, on hold, reminders and complaints, as decisions and as their replay.

use frontdesk::dialog::{
    AgentCommand, AgentRef, COMPLAINT, Deadline, Event, FOLLOW_UP_MAX, FOLLOW_UPS_MAX, Filing, Input, LABELS_MAX,
    Owner, Phase, Refused, SNOOZE_MAX, WokenBecause,
};
use frontdesk::flow::Priority;
use frontdesk::id::EventNo;
use frontdesk::time::{Span, Time};
use frontdesk::view::{self, IndexKey};
use uuid::Uuid;

use crate::support::talk::{START, Talk, agent, said};

const SHOP: &str = "
bot: { name: Shop, languages: [en, el], timezone: Europe/Athens }
queues: { desk: { agent_silent: 10m } }
intents:
  hours: { label: Opening hours, phrases: when are you open, answer: Always. }
";

fn ann() -> AgentRef {
    agent(1, "Ann")
}

fn bob() -> AgentRef {
    agent(2, "Bob")
}

impl Talk {
    /// A visitor who has greeted the bot.
    fn greeted() -> Self {
        let mut talk = Self::new(SHOP);
        talk.visitor("when are you open");
        talk
    }

    /// A visitor whom Ann has.
    fn with_ann() -> Self {
        let mut talk = Self::greeted();
        talk.visitor("talk to a person");
        talk.ann(AgentCommand::Claim);
        talk
    }

    #[track_caller]
    fn ann(&mut self, command: AgentCommand) -> Vec<Event> {
        self.agent(&ann(), command)
    }

    fn by(&mut self, agent: &AgentRef, command: AgentCommand) -> Result<Vec<Event>, Refused> {
        self.try_give(Input::Agent { agent: agent.clone(), command })
    }

    fn label(&mut self, add: &[&str], remove: &[&str]) -> Result<Vec<Event>, Refused> {
        let all = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        self.by(&ann(), AgentCommand::Label { add: all(add), remove: all(remove) })
    }

    fn follow_up(&mut self, minutes: i64) -> EventNo {
        let due = self.now + Span::minutes(minutes);
        self.ann(AgentCommand::FollowUp { due, note: "Ring them".to_owned() });
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
        self.ann(AgentCommand::Resolve);
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

#[test]
fn labels_are_one_whatever_their_spelling_and_are_found_by_rows() {
    let mut talk = Talk::greeted();
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
    let mut talk = Talk::greeted();
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
    let mut talk = Talk::greeted();
    talk.ann(AgentCommand::Prioritise { priority: Priority::High });
    talk.visitor("talk to a person");
    let waits = |talk: &Talk| talk.conversation.in_queue().map(|waits| waits.priority);
    assert_eq!(waits(&talk), Some(Priority::High), "chosen before, kept at the handoff");
    talk.ann(AgentCommand::Prioritise { priority: Priority::Urgent });
    assert_eq!(waits(&talk), Some(Priority::Urgent));
    assert_eq!(talk.ann(AgentCommand::Prioritise { priority: Priority::Urgent }), [], "it is so already");
    talk.ann(AgentCommand::Claim);
    talk.ann(AgentCommand::Prioritise { priority: Priority::Low });
    talk.ann(AgentCommand::ReturnToQueue);
    assert_eq!(waits(&talk), Some(Priority::Low));
}

#[test]
fn on_hold_neither_silence_nor_idleness_counts_and_the_time_ends_it() {
    let mut talk = Talk::with_ann();
    talk.visitor("are you there");
    let until = talk.now + Span::days(5);
    talk.ann(AgentCommand::Snooze { until });
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
    talk.ann(AgentCommand::Snooze { until: START + Span::days(1) });
    let events = talk.writes("hello?");
    assert!(events.contains(&Event::Woken { why: WokenBecause::Visitor }), "{events:?}");
    assert_eq!(talk.conversation.with_agent().unwrap().snoozed, None);
    talk.ann(AgentCommand::Snooze { until: START + Span::days(1) });
    assert_eq!(talk.ann(AgentCommand::Wake), [Event::Woken { why: WokenBecause::Agent }]);
    assert_eq!(talk.ann(AgentCommand::Wake), [], "it was not on hold any more");
}

#[test]
fn only_the_owner_puts_on_hold_and_only_for_a_time_ahead() {
    let mut talk = Talk::with_ann();
    let until = START + Span::days(1);
    assert_eq!(talk.by(&bob(), AgentCommand::Snooze { until }), Err(Refused::OwnedBy { agent: ann() }));
    for until in [START, Time(0), START + SNOOZE_MAX + Span(1)] {
        assert_eq!(talk.by(&ann(), AgentCommand::Snooze { until }), Err(Refused::BadTime { days: 90 }));
    }
    talk.ann(AgentCommand::Snooze { until });
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
    talk.ann(AgentCommand::FollowUpDone { of, done: true });
    assert_eq!(talk.rows("follow/"), [""; 0]);
    assert_eq!(talk.ann(AgentCommand::FollowUpDone { of, done: true }), []);
    talk.ann(AgentCommand::FollowUpDone { of, done: false });
    assert_eq!(talk.rows("follow/").len(), 1);
    assert_eq!(talk.fire(), [], "it was told already");
    let unknown = talk.by(&ann(), AgentCommand::FollowUpDone { of: EventNo(1), done: true });
    assert_eq!(unknown, Err(Refused::NoSuchFollowUp));
}

#[test]
fn reminders_are_bounded_and_done_ones_make_room() {
    let mut talk = Talk::greeted();
    let far = AgentCommand::FollowUp { due: START + FOLLOW_UP_MAX + Span(1), note: "x".to_owned() };
    assert_eq!(talk.by(&ann(), far), Err(Refused::BadTime { days: 366 }));
    let all: Vec<EventNo> = (0..FOLLOW_UPS_MAX).map(|_| talk.follow_up(5)).collect();
    let more = || AgentCommand::FollowUp { due: START + Span::minutes(5), note: "x".to_owned() };
    assert!(matches!(talk.by(&ann(), more()), Err(Refused::TooMany { .. })));
    talk.ann(AgentCommand::FollowUpDone { of: all[0], done: true });
    talk.ann(more());
    let undo = talk.by(&ann(), AgentCommand::FollowUpDone { of: all[0], done: false });
    assert_eq!(undo, Err(Refused::NoSuchFollowUp), "its place is taken");
    talk.now = START + Span::minutes(5);
    assert_eq!(talk.fire().len(), FOLLOW_UPS_MAX);
}

#[test]
fn a_complaint_is_acknowledged_once_in_the_visitors_language() {
    let mut talk = Talk::greeted();
    talk.visitor("γεια σας τι ώρα ανοίγετε αύριο το πρωί");
    assert_eq!(talk.conversation.language.as_str(), "el");
    let cause = Some("It came late".to_owned());
    let events = talk.ann(AgentCommand::Complaint { cause });
    assert!(matches!(&events[0], Event::Filed { change: Filing::Complaint { cause: Some(_) }, .. }), "{events:?}");
    assert!(said(&events)[0].contains("παράπονό"), "{events:?}");
    assert!(talk.conversation.filed.has_label(COMPLAINT));
    let again = talk.ann(AgentCommand::Complaint { cause: Some("And broken".to_owned()) });
    assert!(said(&again).is_empty() && again.len() == 1, "one more cause, no second apology: {again:?}");
    assert_eq!(talk.ann(AgentCommand::Complaint { cause: None }), []);
    assert!(matches!(talk.conversation.owner(), Some(Owner::Bot)), "nobody takes it by that");
}

#[test]
fn what_is_over_can_still_be_filed_and_nobody_is_written_to() {
    let mut talk = Talk::with_ann();
    talk.close();
    talk.label(&["later"], &[]).unwrap();
    assert_eq!(said(&talk.ann(AgentCommand::Complaint { cause: None })), [""; 0]);
    talk.ann(AgentCommand::Note { text: "They rang.".to_owned(), mentions: Vec::new() });
    assert_eq!(talk.by(&ann(), AgentCommand::Claim), Err(Refused::Closed));
    assert_eq!(talk.by(&ann(), AgentCommand::Snooze { until: talk.now + Span::days(1) }), Err(Refused::Closed));
    assert_eq!(talk.by(&ann(), AgentCommand::Prioritise { priority: Priority::Low }), Err(Refused::Closed));
    assert_eq!(talk.conversation.phase, Phase::Closed);
}
