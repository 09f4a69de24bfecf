//! What an agent is offered to say: the bot's own answers, and the ready ones of its author.

use std::collections::BTreeMap;

use frontdesk::bot::Bot;
use frontdesk::dialog::{Rehearsal, Setting, World, ready_replies, suggestions};
use frontdesk::flow::TestAgents;

use crate::support::talk::{START, bot};

const SHOP: &str = r#"
bot: { name: Shop, languages: [en] }
use: [small_talk]
intents:
  hours:
    label: Opening hours
    phrases: when are you open
    answer: Always.
  track:
    label: Where is my order
    phrases: where is my order [{order}]
  stock:
    label: Do you have it
    phrases: do you have lamps
  complain:
    label: A complaint
    phrases: I want to complain
entities:
  order: { pattern: '[A-Z]{2}\d{4}', example: AB1234 }
flows:
  track:
    start_on: track
    steps:
      - ask: Which order?
        expect: order
        save_as: order
      - say: I am looking for {{ order }}.
      - call: find
        save_as: found
      - choose: It is {{ found.state }}. Does that help?
        options:
          - label: It does
          - label: Not at all
      - say: Noted.
  stock:
    start_on: stock
    steps:
      - call: find
        save_as: found
  complain:
    start_on: complain
    steps:
      - handoff:
services:
  find: { get: "https://shop.test/find", sample: { state: on its way } }
replies:
  order: Your order {{ order }}, {{ contact.name or 'dear customer' }}.
"#;

fn waiting(bot: &Bot) -> Rehearsal<'_> {
    let setting = Setting {
        starts: START,
        keeps_hours: false,
        agents: TestAgents::Everywhere(1),
        services: BTreeMap::new(),
        language: None,
        channel: "web".into(),
        contact: BTreeMap::new(),
    };
    let mut talk = Rehearsal::new(bot, setting);
    talk.visitor("I want to talk to a person").unwrap();
    talk
}

fn suggested(bot: &Bot, said: &[&str]) -> Vec<(String, String)> {
    let mut talk = waiting(bot);
    for text in said {
        talk.visitor(text).unwrap();
    }
    let world = World { now: START, ..World::default() };
    let found = suggestions(bot, &talk.conversation, &world, &talk.events);
    assert!(found.iter().all(|one| one.confidence >= bot.program.fallback.unsure && one.confidence <= 1.0));
    found.into_iter().map(|one| (one.label, one.text)).collect()
}

#[test]
fn the_bots_own_answer_is_suggested_up_to_where_it_would_act() {
    let bot = bot(SHOP);
    for (said, expected) in [
        (&["when are you open"][..], Some(("Opening hours", "Always."))),
        // What the message tells is used, and no service is asked for a suggestion.
        (&["where is my order AB1234"], Some(("Where is my order", "I am looking for AB1234."))),
        (&["where is my order"], Some(("Where is my order", "Which order?"))),
        (&["do you have lamps"], None),
        // To call a person is no answer of a person, nor is small talk.
        (&["I want to complain"], None),
        (&["hello"], None),
        (&["my cat is blue"], None),
        // What nobody answered yet counts, also if more was written since.
        (&["when are you open", "please"], Some(("Opening hours", "Always."))),
    ] {
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(label, text)| (label.to_owned(), text.to_owned())).collect();
        assert_eq!(suggested(&bot, said), expected, "{said:?}");
    }
}

#[test]
fn what_was_said_is_not_suggested_again() {
    use frontdesk::dialog::AgentCommand;
    let bot = bot(SHOP);
    let mut talk = waiting(&bot);
    talk.visitor("when are you open").unwrap();
    talk.agent(AgentCommand::Say { text: "Always.".to_owned(), client: None }).unwrap();
    let world = World { now: START, ..World::default() };
    assert_eq!(suggestions(&bot, &talk.conversation, &world, &talk.events), [], "answered");
    talk.visitor("when are you open").unwrap();
    assert_eq!(suggestions(&bot, &talk.conversation, &world, &talk.events), [], "asked again, answered before");
}

#[test]
fn a_ready_answer_knows_the_slots_of_the_case_also_after_the_handoff() {
    let bot = bot(SHOP);
    let mut talk = waiting(&bot);
    let world = World { now: START, ..World::default() };
    let order = |talk: &Rehearsal<'_>| ready_replies(&bot, &talk.conversation, &world, "Maria").remove(0).filled;
    assert_eq!(order(&talk).missing, ["{{ order }}"]);
    assert_eq!(order(&talk).text, "Your order {{ order }}, dear customer.");
    talk.visitor("leave the queue").unwrap();
    talk.visitor("where is my order AB1234").unwrap();
    talk.visitor("I want to talk to a person").unwrap();
    assert!(talk.conversation.in_queue().is_some());
    assert_eq!(order(&talk).text, "Your order AB1234, dear customer.");
}
