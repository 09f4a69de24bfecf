//! What `decide` must do where a script of `tests:` cannot show it: calls under way, changed bots, old buttons, refusals,
//! late deadlines.

use frontdesk::dialog::{
    AgentCommand, Button, ButtonTarget, CallOutcome, Conversation, Deadline, Event, Input, Owner, Phase, Press,
    Refused, decide,
};
use frontdesk::flow::{Op, Priority, Step};
use frontdesk::id::{EventNo, FlowName, Position, QueueName};
use frontdesk::time::Span;
use serde_json::json;

use crate::support::talk::{START, Talk, agent, bot, said};

const SHOP: &str = r#"
bot: { name: Shop, languages: [en], timezone: Europe/Athens }
intents:
  track:
    label: Where is my order
    phrases: where is my order [{order}]
  hours:
    label: Opening hours
    phrases: when are you open
    answer: Always.
entities:
  order: { pattern: '[A-Z]{2}\d{4}', example: AB1234 }
flows:
  track:
    start_on: track
    steps:
      - ask: Which order?
        expect: order
        save_as: order
      - call: find
        with: { order: "{{ order }}" }
        save_as: found
      - choose: It is {{ found.state }}. Anything to change?
        options:
          - label: The address
          - label: Nothing
        save_as: change
      - ask: Tell me more
        expect: text
        save_as: more
      - say: Noted.
  silence:
    start_on: no_reply
    after: 3m
    steps:
      - say: Still there?
services:
  find: { get: "{{ env.SHOP }}/orders/{{ order }}", sample: { state: on its way } }
"#;

impl Talk {
    #[track_caller]
    fn reply(&mut self, call: EventNo, outcome: CallOutcome) -> Vec<String> {
        said(&self.give(Input::CallDone { call, outcome }))
    }

    /// The last event that called.
    fn call(&self) -> EventNo {
        self.events.iter().rev().find(|recorded| matches!(recorded.event, Event::Called { .. })).unwrap().no
    }

    fn buttons(&self) -> Vec<(Press, Button)> {
        let live = self.conversation.buttons.iter();
        live.map(|live| (Press { event: live.event, option: live.option }, live.button.clone())).collect()
    }
}

fn found() -> CallOutcome {
    CallOutcome::Reply(json!({ "state": "on its way" }))
}

#[test]
fn messages_during_a_call_are_decided_after_it() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    assert_eq!(talk.visitor("when are you open"), ["I am still checking. I will come to your message right after."]);
    assert_eq!(talk.conversation.held.len(), 1);
    let said = talk.reply(talk.call(), found());
    assert_eq!(
        said,
        ["It is on its way. Anything to change?", "Always.", "It is on its way. Anything to change?"],
        "the reply, then the held message, then the question again"
    );
    assert!(talk.conversation.held.is_empty());
}

#[test]
fn only_so_many_messages_are_held() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    for _ in 0..5 {
        talk.visitor("hm");
    }
    let said = talk.visitor("hm");
    assert_eq!(said, ["I am still checking. Please wait a moment before you write more."]);
    assert_eq!(talk.conversation.held.len(), 5);
}

#[test]
fn a_person_is_called_at_once_during_a_call_and_the_result_comes_too_late() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    let call = talk.call();
    talk.visitor("talk to a person");
    assert!(talk.conversation.in_queue().is_some());
    let events = talk.give(Input::CallDone { call, outcome: found() });
    assert!(matches!(&events[..], [Event::CallDone { awaited: false, .. }]), "{events:?}");
}

#[test]
fn cancel_acts_at_once_during_a_call() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    assert_eq!(talk.visitor("never mind"), ["All right, I have stopped that."]);
    assert!(talk.conversation.tasks.is_empty());
}

#[test]
fn an_unknown_outcome_takes_the_way_of_a_failure() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    talk.reply(talk.call(), CallOutcome::Unknown);
    let card = talk.conversation.handoff.clone().unwrap();
    assert!(card.reason.contains("find"), "{}", card.reason);
    assert!(card.slots.contains_key("order"), "{:?}", card.slots);
}

#[test]
fn a_changed_bot_goes_on_at_the_same_place() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order");
    talk.bot = bot(&SHOP.replace("Which order?", "Your order number, please"));
    talk.visitor("AB1234");
    assert_eq!(talk.conversation.tasks[0].slots["order"].value, "AB1234");
}

#[test]
fn a_changed_bot_without_the_place_starts_the_flow_again_and_skips_what_is_known() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    talk.reply(talk.call(), found());
    talk.bot = bot(&SHOP.replace("save_as: change", "save_as: changed"));
    let said = talk.visitor("hm");
    assert_eq!(said, ["Our assistant was updated in the meantime; let us go on."]);
    assert!(talk.conversation.tasks[0].slots.contains_key("order"), "the slots are kept");
    assert!(
        talk.events.iter().any(|recorded| matches!(&recorded.event, Event::Fault { code, .. } if code == "place_gone"))
    );
    let said = talk.reply(talk.call(), found());
    assert_eq!(said, ["It is on its way. Anything to change?"], "the order is not asked for again");
}

#[test]
fn a_changed_bot_without_the_flow_offers_help() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order");
    let other = SHOP.replace("  track:\n    start_on: track", "  tracking:\n    start_on: track");
    talk.bot = bot(&other);
    let said = talk.visitor("AB1234");
    assert_eq!(said[0], "Our assistant was updated in the meantime; let us go on.");
    assert!(talk.conversation.tasks.is_empty());
}

#[test]
fn an_old_button_counts_while_its_question_stands_and_is_text_afterwards() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    talk.reply(talk.call(), found());
    let (press, button) = talk.buttons()[0].clone();
    let press = Input::Press { press, label: button.label, target: button.target, client: None };
    talk.give(press.clone());
    assert_eq!(talk.conversation.tasks[0].slots["change"].value, "The address");
    talk.give(press.clone());
    assert_eq!(talk.conversation.tasks[0].slots["change"].value, "The address", "the flow still has the question");
    talk.visitor("the door code is 7");
    assert!(talk.conversation.tasks.is_empty(), "the flow is over");
    let said = said(&talk.give(press));
    assert!(!said.is_empty(), "an old button is answered as text, never with silence");
}

#[test]
fn a_typed_label_of_a_live_button_is_a_press() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    talk.reply(talk.call(), found());
    let events = talk.give(Input::Message { text: "nothing".to_owned(), client: None });
    assert!(matches!(&events[0], Event::VisitorSaid { pressed: Some(_), .. }), "{:?}", events[0]);
}

#[test]
fn where_any_text_is_an_answer_only_a_whole_request_calls_a_person() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order AB1234");
    talk.reply(talk.call(), found());
    talk.visitor("the address");
    talk.visitor("your driver told me I should talk to a person but nobody opened");
    assert!(talk.conversation.with_bot(), "the text is the answer");
    assert!(talk.buttons().iter().any(|(_, button)| button.label == "Talk to a person"), "and a person is offered");
}

#[test]
fn a_nudge_comes_once_and_never_late() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order");
    let nudge = Input::Due(Deadline::NoReply { flow: FlowName::from("silence") });
    assert_eq!(talk.decide(&nudge), Err(Refused::NotDue), "three minutes are not over");
    talk.now = START + Span::minutes(3);
    assert_eq!(said(&talk.give(nudge.clone())), ["Still there?", "Which order?"]);
    assert_eq!(talk.decide(&nudge), Err(Refused::NotDue), "it fires once");

    let mut talk = Talk::new(SHOP);
    talk.visitor("where is my order");
    talk.now = START + Span::minutes(64);
    let events = talk.give(nudge);
    assert!(said(&events).is_empty(), "over an hour late it is of no use: {events:?}");
}

#[test]
fn a_conversation_ends_by_idleness_and_takes_nothing_more() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("when are you open");
    talk.now = START + Span::days(2);
    talk.give(Input::Due(Deadline::Idle));
    assert_eq!(talk.conversation.phase, Phase::Closed);
    assert!(talk.conversation.deadlines().is_empty());
    let message = Input::Message { text: "hello".to_owned(), client: None };
    assert_eq!(talk.decide(&message), Err(Refused::Closed));
    let claim = Input::Agent { agent: agent(1, "Maria"), command: AgentCommand::Claim };
    assert_eq!(talk.decide(&claim), Err(Refused::Closed));
}

#[test]
fn a_walk_without_end_calls_a_person() {
    let mut talk = Talk::new(SHOP);
    let mut bot = bot(SHOP);
    let program = std::sync::Arc::get_mut(&mut bot.program).unwrap();
    let track = program.flows.get_mut("track").unwrap();
    track.code = vec![Step { op: Op::Jump(0), at: track.at.clone() }];
    talk.bot = bot;
    talk.visitor("where is my order");
    assert!(talk.conversation.in_queue().is_some());
    assert!(
        talk.events
            .iter()
            .any(|recorded| matches!(&recorded.event, Event::Fault { code, .. } if code == "steps_in_turn"))
    );
}

#[test]
fn an_agent_owns_alone_and_the_bot_is_silent() {
    let mut talk = Talk::new(SHOP);
    let (maria, nikos) = (agent(1, "Maria"), agent(2, "Nikos"));
    talk.visitor("talk to a person");
    talk.give(Input::Assign { agent: maria.clone(), entered: Position(7) });
    assert_eq!(talk.visitor("when are you open"), Vec::<String>::new(), "the bot is silent");
    let owned = Err(Refused::OwnedBy { agent: maria.clone() });
    let say = |text: &str| AgentCommand::Say { text: text.to_owned(), client: None };
    for command in [
        AgentCommand::Claim,
        say("hello"),
        AgentCommand::Resolve,
        AgentCommand::ReturnToQueue,
        AgentCommand::HandBack { flow: None },
        AgentCommand::TransferToAgent { to: nikos.clone(), note: None },
    ] {
        let input = Input::Agent { agent: nikos.clone(), command };
        assert_eq!(talk.decide(&input), owned, "{input:?}");
    }
    talk.agent(&nikos, AgentCommand::Note { text: "a regular".to_owned(), mentions: Vec::new() });
    talk.agent(&maria, AgentCommand::ReturnToQueue);
    let waits = talk.conversation.in_queue().unwrap();
    assert_eq!(waits.entered, Some(Position(7)), "a return keeps the place");
    talk.agent(&nikos, say("hello"));
    assert_eq!(talk.conversation.with_agent().map(|with_agent| &with_agent.agent), Some(&nikos), "a word claims");
    talk.agent(&maria, AgentCommand::TakeOver);
    assert_eq!(talk.conversation.with_agent().map(|with_agent| &with_agent.agent), Some(&maria));
}

#[test]
fn agents_are_refused_what_does_not_exist() {
    let mut talk = Talk::new(SHOP);
    let maria = agent(1, "Maria");
    talk.agent(&maria, AgentCommand::Claim);
    let rows = [
        (AgentCommand::HandBack { flow: Some("nowhere".into()) }, Refused::UnknownFlow { flow: "nowhere".into() }),
        (
            AgentCommand::TransferToQueue { queue: "nowhere".into(), note: None },
            Refused::UnknownQueue { queue: "nowhere".into() },
        ),
        (AgentCommand::Say { text: " ".to_owned(), client: None }, Refused::Empty),
        (AgentCommand::Say { text: "x".repeat(4_001), client: None }, Refused::TooLong { limit: 4_000 }),
    ];
    for (command, refused) in rows {
        let input = Input::Agent { agent: maria.clone(), command };
        assert_eq!(talk.decide(&input), Err(refused), "{input:?}");
    }
}

#[test]
fn an_agent_who_takes_a_talk_from_the_bot_gives_it_back_with_its_open_question() {
    let mut talk = Talk::new(SHOP);
    let maria = agent(1, "Maria");
    talk.visitor("where is my order");
    talk.agent(&maria, AgentCommand::Claim);
    let said = said(&talk.agent(&maria, AgentCommand::HandBack { flow: None }));
    assert_eq!(said.last().map(String::as_str), Some("Which order?"));
}

#[test]
fn a_silent_agent_loses_the_talk_to_the_queue() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("talk to a person");
    talk.give(Input::Assign { agent: agent(1, "Maria"), entered: Position(3) });
    talk.agent(&agent(1, "Maria"), AgentCommand::Say { text: "hello".to_owned(), client: None });
    talk.now = START + Span::minutes(1);
    talk.visitor("are you there");
    talk.now = START + Span::minutes(5);
    assert_eq!(talk.decide(&Input::Due(Deadline::AgentSilent)), Err(Refused::NotDue));
    talk.now = START + Span::minutes(12);
    talk.give(Input::Due(Deadline::AgentSilent));
    assert!(matches!(talk.conversation.owner(), Some(Owner::Queue(waits)) if waits.priority == Priority::Normal));
    assert_eq!(talk.conversation.in_queue().map(|waits| waits.queue.clone()), Some(QueueName::from("desk")));
}

#[test]
fn bad_messages_change_nothing() {
    let talk = Talk::new(SHOP);
    let message = |text: String| Input::Message { text, client: None };
    assert_eq!(talk.decide(&message("  \n ".to_owned())), Err(Refused::Empty));
    assert_eq!(talk.decide(&message("x".repeat(4_001))), Err(Refused::TooLong { limit: 4_000 }));
    assert!(talk.decide(&message("ü".repeat(4_000))).is_ok());
    let rate = Input::Rate { score: 6, comment: None };
    assert_eq!(talk.decide(&rate), Err(Refused::BadRating));
    let unopened = decide(&talk.bot, &Conversation::default(), &message("hello".to_owned()), &talk.world());
    assert_eq!(unopened, Err(Refused::NotOpened));
}

#[test]
fn a_press_on_a_number_that_never_was_is_text() {
    let mut talk = Talk::new(SHOP);
    let target = ButtonTarget::Option { place: "track/change".into(), index: 99 };
    let press = Press { event: EventNo(1), option: 99 };
    let events = talk.give(Input::Press { press, label: "when are you open".to_owned(), target, client: None });
    assert_eq!(said(&events)[0], "Always.");
}

/// A question for free text, one for what is kept of the person, and one that is left for a queue.
const LETTERS: &str = r#"
bot: { name: Shop, languages: [en], timezone: Europe/Athens }
intents:
  write: { label: Write to us, phrases: write to us }
  note: { label: A note, phrases: note about me }
flows:
  write:
    start_on: write
    steps:
      - run: take_message
  note:
    start_on: note
    steps:
      - ask: What should we know?
        expect: text
        save_as: contact.note
      - say: Kept.
"#;

#[test]
fn a_message_of_any_script_and_the_full_length_is_left() {
    for letter in ["λ", "س", "𝒳", "\""] {
        let mut talk = Talk::new(LETTERS);
        talk.visitor("write to us");
        let letters = letter.repeat(4_000);
        assert_eq!(talk.visitor(&letters), ["What is your name?"], "{letter}");
        talk.visitor("skip");
        talk.visitor("skip");
        let left = talk.events.iter().find_map(|recorded| match &recorded.event {
            Event::MessageLeft { text, .. } => Some(text.clone()),
            _ => None,
        });
        assert_eq!(left.as_deref(), Some(letters.as_str()), "what the visitor is told was left, was left");
    }
}

#[test]
fn an_answer_that_cannot_be_kept_is_asked_for_again_and_the_visitor_is_told_why() {
    let mut talk = Talk::new(LETTERS);
    talk.visitor("note about me");
    let said = talk.visitor(&"λ".repeat(2_100));
    assert_eq!(
        said,
        ["That message is too long for me. Please keep it under 1024 characters.", "What should we know?"]
    );
    assert_eq!(talk.visitor("I am allergic to nuts")[0], "Kept.");
}

#[test]
fn a_walk_without_end_calls_a_person_once_even_where_the_flow_for_closed_hours_has_no_end_either() {
    let closed = SHOP.replace("services:\n", "queues:\n  desk: { when_closed: track }\nservices:\n");
    let mut talk = Talk::new(&closed);
    let mut bot = bot(&closed);
    let program = std::sync::Arc::get_mut(&mut bot.program).unwrap();
    let track = program.flows.get_mut("track").unwrap();
    track.code = vec![Step { op: Op::Jump(0), at: track.at.clone() }];
    talk.bot = bot;
    let mut world = talk.world();
    world.queues.values_mut().for_each(|facts| facts.open = false);
    let input = Input::Message { text: "where is my order".to_owned(), client: None };
    let decision = decide(&talk.bot, &talk.conversation, &input, &world).unwrap();
    for recorded in &decision.events {
        talk.conversation.apply(recorded);
    }
    assert!(talk.conversation.in_queue().is_some(), "somebody will come");
}
