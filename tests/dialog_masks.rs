//! What is sensitive is masked wherever it is recorded, asked for or not, and goes whole to a service.

use frontdesk::bot::Bot;
use frontdesk::dialog::{Address, Conversation, Event, Input, QueueFacts, Recorded, World, decide};
use frontdesk::engine::codec::Record;
use frontdesk::flow::{self, SourceFile};
use frontdesk::id::ContactId;
use frontdesk::time::Time;
use uuid::Uuid;

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

struct Talk {
    bot: Bot,
    conversation: Conversation,
    events: Vec<Recorded>,
    kept: Vec<Input>,
}

impl Talk {
    fn give(&mut self, input: Input) {
        let facts = QueueFacts { open: true, online: 1, free_agents: 1, ..QueueFacts::default() };
        let queues = [("desk".into(), facts)].into_iter().collect();
        let world = World { now: Time(1_767_600_000_000), queues, ..World::default() };
        let decision = decide(&self.bot, &self.conversation, &input, &world).unwrap();
        self.conversation = decision.after;
        self.kept.push(Record::keep(input, &decision.events));
        self.events.extend(decision.events);
    }

    fn says(&mut self, text: &str) {
        self.give(Input::Message { text: text.to_owned(), client: None });
    }
}

fn talk() -> Talk {
    let loaded = flow::load(&[SourceFile::new("bot.yaml", BANK)]);
    let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
    let bot = Bot::compile(program, "test".to_owned());
    let mut talk = Talk { bot, conversation: Conversation::default(), events: Vec::new(), kept: Vec::new() };
    let address = Address {
        site: "main".into(),
        channel: "web".into(),
        account: String::new(),
        chat: String::new(),
        user: "v".to_owned(),
    };
    let contact = ContactId::from_uuid(Uuid::nil());
    talk.give(Input::Open { address, contact, language: None, page: None, greet: false });
    talk
}

#[test]
fn a_card_number_that_nobody_asked_for_is_in_no_event_and_no_record_and_goes_whole_to_the_service() {
    let mut talk = talk();
    talk.says("I want to complain");
    talk.says(&format!("my card {CARD} was stolen"));
    let called = talk.events.iter().find(|recorded| matches!(recorded.event, Event::Called { .. })).unwrap().no;
    let with = talk.conversation.clear.calls[&called].clone();
    for name in ["problem", "copy", "message"] {
        assert_eq!(with[name], format!("my card {CARD} was stolen"), "{name}");
    }
    let slot = talk.conversation.tasks[0].slots["problem"].clone();
    assert_eq!(slot.value, "my card •••• was stolen", "the words around it can be read");
    let outcome = frontdesk::dialog::CallOutcome::Reply(serde_json::json!({}));
    talk.give(Input::CallDone { call: called, outcome });
    talk.says(CARD);
    talk.says(&format!("call me about {CARD}"));
    talk.says("skip");
    talk.says("skip");
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
    let mut talk = talk();
    talk.says("I want to complain");
    talk.says(&format!("{CARD} was stolen"));
    assert!(talk.conversation.clear.slots.contains_key("problem"));
    let call = talk.events.iter().find(|recorded| matches!(recorded.event, Event::Called { .. })).unwrap().no;
    talk.give(Input::CallDone { call, outcome: frontdesk::dialog::CallOutcome::Reply(serde_json::json!({})) });
    talk.says("back");
    talk.says("nothing after all");
    assert!(!talk.conversation.clear.slots.contains_key("problem"), "{:?}", talk.conversation.clear);
}
