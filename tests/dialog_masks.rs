//! What is sensitive is masked wherever it is recorded, asked for or not, and goes whole to a service.

use frontdesk::dialog::{Event, Input, Recorded};

use crate::support::talk::Talk;

const CARD: &str = "411112";

const BANK: &str = r#"
bot: { name: Bank, languages: [en], timezone: Europe/Athens }
intents:
  complain: { label: Complain, phrases: I want to complain }
entities:
  card: { pattern: '\d{6}', example: "411112", sensitive: true }
flows:
  complain:
    start_on: complain
    steps:
      - ask: What happened?
        expect: text
        save_as: problem
      - set: { copy: "{{ problem }}", latest: "{{ message }}" }
      - say: "You wrote: {{ message }} {{ copy }}"
      - call: note
        with: { problem: "{{ problem }}", copy: "{{ copy }}", message: "{{ message }}" }
      - ask: How many?
        expect: number
        save_as: count
      - run: take_message
      - handoff: desk
        reason: "{{ message }} {{ problem }} {{ count }}"
services:
  note: { post: "https://bank.example", sample: {} }
"#;

#[test]
fn a_card_number_that_nobody_asked_for_is_in_no_event_and_no_record_and_goes_whole_to_the_service() {
    let mut talk = Talk::new(BANK);
    talk.visitor("I want to complain");
    talk.visitor(&format!("my card {CARD} was stolen"));
    let called = talk.events.iter().find(|recorded| matches!(recorded.event, Event::Called { .. })).unwrap().no;
    let with = talk.conversation.clear.calls[&called].clone();
    for name in ["problem", "copy", "message"] {
        assert_eq!(with[name], format!("my card {CARD} was stolen"), "{name}");
    }
    let slot = talk.conversation.tasks[0].slots["problem"].clone();
    assert_eq!(slot.value, "my card •••• was stolen", "the words around it can be read");
    let outcome = frontdesk::dialog::CallOutcome::Reply(serde_json::json!({}));
    talk.give(Input::CallDone { call: called, outcome });
    talk.visitor(CARD);
    talk.visitor(&format!("call me about {CARD}"));
    talk.visitor("skip");
    talk.visitor("skip");
    talk.give(Input::Rate { score: 1, comment: Some(format!("you lost {CARD}")) });
    let card = talk.conversation.handoff.clone().unwrap();
    assert!(card.reason.contains("••••"), "{}", card.reason);
    let left = |recorded: &Recorded| matches!(&recorded.event, Event::MessageLeft { text, .. } if text == "call me about ••••");
    assert!(talk.events.iter().any(left), "{:#?}", talk.events);
    for stored in
        talk.events.iter().map(|event| format!("{event:?}")).chain(talk.kept.iter().map(|input| format!("{input:?}")))
    {
        assert!(!stored.contains(CARD), "{stored}");
    }
    let state = serde_json::to_string(&talk.conversation).unwrap();
    assert!(!state.contains(CARD), "the flow is over, so nothing stays in clear: {state}");
}

#[test]
fn an_answer_without_a_secret_takes_the_place_of_one_with_it() {
    let mut talk = Talk::new(BANK);
    talk.visitor("I want to complain");
    talk.visitor(&format!("{CARD} was stolen"));
    assert!(talk.conversation.clear.slots.contains_key("problem"));
    let call = talk.events.iter().find(|recorded| matches!(recorded.event, Event::Called { .. })).unwrap().no;
    talk.give(Input::CallDone { call, outcome: frontdesk::dialog::CallOutcome::Reply(serde_json::json!({})) });
    talk.visitor("back");
    talk.visitor("nothing after all");
    assert!(!talk.conversation.clear.slots.contains_key("problem"), "{:?}", talk.conversation.clear);
}
