//! No sequence of legal inputs may make a state or a commit that the store refuses: conversations driven with the largest
//! messages, replies, persons and bots that are allowed.

use frontdesk::bot::Bot;
use frontdesk::dialog::{
    Address, AgentCommand, AgentRef, CallOutcome, Conversation, Event, Input, Page, Press, QueueFacts, Recorded, World,
    decide,
};
use frontdesk::engine::codec::{self, Record};
use frontdesk::flow::{self, Builtin, Kind, Slot, SourceFile};
use frontdesk::id::{AgentId, ContactId, EventNo, IntentName, Position};
use frontdesk::matcher::{Evidence, EvidenceKind, Found, Heard, Moment, Ranked, Understand, Understanding};
use frontdesk::store::VALUE_BYTES_MAX;
use frontdesk::time::{Span, Time};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

/// What the store adds to a commit: its id, its stream, two unique keys, and the length of each event.
const ENVELOPE: usize = 1_536;

/// The state's own budget, with what grows uncounted at the end of a turn.
const STATE: usize = 50 * 1024;

/// A bot that keeps, repeats, lists and passes on all that it hears.
const GREEDY: &str = r#"
bot: { name: Shop, languages: [en], timezone: Europe/Athens }
intents:
  tell: { label: Tell, phrases: tell }
  shout: { label: Shout, phrases: shout }
  copy: { label: Copy, phrases: copy }
  lookup: { label: Lookup, phrases: lookup }
  person: { label: About me, phrases: about me }
  judge: { label: Judge, phrases: judge }
  secret: { label: Secret, phrases: secret }
entities:
  digit: { pattern: '\d', example: "7", sensitive: true }
  code: { pattern: '[A-Z]{3}', example: ABC }
flows:
  tell:
    start_on: tell
    steps:
      - ask: Tell me
        expect: text
        save_as: first
      - ask: "And then? {{ first }}"
        expect: text
        save_as: second
      - ask: At last?
        expect: text
        save_as: third
      - call: find
        with: { a: "{{ first }}", b: "{{ second }}", c: "{{ message }}" }
        save_as: found
      - say: Done.
  shout:
    start_on: shout
    steps:
      - ask: What?
        expect: text
        save_as: what
      - say: ["{{ what }}", "{{ what }} {{ what }}", "{{ message }}", "{{ what }}"]
      - handoff: desk
        reason: "{{ what }} {{ what }}"
  copy:
    start_on: copy
    steps:
      - ask: What?
        expect: text
        save_as: one
      - set: { two: "{{ one }}" }
      - set: { three: "{{ one }}{{ two }}" }
      - set: { four: "{{ message }}" }
      - run: take_message
      - handoff: desk
  lookup:
    start_on: lookup
    steps:
      - call: find
        with: { message: "{{ message }}" }
        save_as: found
      - choose: "Which? {{ found.name }}"
        options_from: found.list
        save_as: chosen
      - call: find
        with: { all: "{{ found }}" }
        save_as: again
      - say: "{{ again.name }}"
  person:
    start_on: person
    steps:
      - ask: Your name?
        expect: text
        save_as: contact.name
      - ask: Your town?
        expect: text
        save_as: contact.town
      - ask: Your street?
        expect: text
        save_as: contact.street
  judge:
    start_on: judge
    steps:
      - rate: How was it?
        save_as: rating
  secret:
    start_on: secret
    steps:
      - ask: A secret?
        expect: text
        save_as: hidden
      - call: find
        with: { hidden: "{{ hidden }}" }
        save_as: found
  take_message:
    steps:
      - ask: What is it?
        expect: text
        save_as: letter
      - say: Noted.
services:
  find: { get: "https://shop.example", sample: { name: x, list: [a] } }
queues:
  desk: { when_closed: take_message, when_waited: take_message }
"#;

/// Understands what the bot's intents are called, and explains every message at the greatest length.
#[derive(Debug)]
struct Wordy(Vec<IntentName>);

impl Understand for Wordy {
    fn understand(&self, text: &str, _: &Moment) -> Understanding {
        let heard = Heard { confidence: 1.0, whole: true };
        let builtin = match text {
            "human" => Some(Builtin::Human),
            "cancel" => Some(Builtin::Cancel),
            "back" => Some(Builtin::Back),
            "skip" => Some(Builtin::Skip),
            "leave a message" => Some(Builtin::LeaveMessage),
            _ => None,
        };
        let evidence = Evidence {
            kind: EvidenceKind::Similar,
            rule: text.to_owned(),
            at: "bot.yaml:1".to_owned(),
            words: text.to_owned(),
            weight: 1.0,
        };
        let named = self.0.iter().any(|intent| intent.as_str() == text);
        let confidence = |intent: &IntentName| if intent.as_str() == text { 1.0 } else { 0.1 };
        let mut ranked: Vec<Ranked> = self
            .0
            .iter()
            .map(|intent| Ranked {
                intent: intent.clone(),
                confidence: confidence(intent),
                evidence: vec![evidence.clone(); 4],
            })
            .collect();
        ranked.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        Understanding {
            ranked,
            builtin: builtin.into_iter().map(|builtin| (builtin, heard)).collect(),
            unexplained: if named { Vec::new() } else { text.chars().map(String::from).collect() },
            ..Understanding::default()
        }
    }

    fn values(&self, kind: &Kind, text: &str, _: &Moment) -> Vec<Found> {
        let found = |range: (usize, usize)| Found {
            kind: kind.clone(),
            value: text[range.0..range.1].into(),
            said: text[range.0..range.1].to_owned(),
            range,
            slot: None,
        };
        match kind {
            Kind::Text | Kind::Name => vec![found((0, text.len()))],
            Kind::Number => text.parse::<u64>().ok().map(|_| found((0, text.len()))).into_iter().collect(),
            Kind::Entity(name) if name.as_str() == "digit" => {
                text.match_indices('7').map(|(at, _)| found((at, at + 1))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn choose(&self, options: &[Vec<String>], text: &str, _: &Moment) -> Option<usize> {
        text.parse::<usize>().ok().filter(|number| *number < options.len())
    }

    fn is_correction(&self, _: &str) -> bool {
        false
    }
}

fn bot() -> Bot {
    let loaded = flow::load(&[SourceFile::new("bot.yaml", GREEDY)]);
    let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
    let intents = program.intents.keys().cloned().collect();
    Bot::new(program, Box::new(Wordy(intents)), "test".to_owned())
}

/// What somebody does next.
#[derive(Debug, Clone)]
enum Act {
    Says(String),
    Presses(usize),
    Rates(String),
    Reply(u8),
    Agent(u8),
    Passes(i64),
    Opens(bool),
}

fn act() -> impl Strategy<Value = Act> {
    let words = ["tell", "shout", "copy", "lookup", "person", "judge", "secret"];
    let steering = ["human", "cancel", "back", "skip", "leave a message", "0", "5"];
    let letters = ["𝒳", "λ", "\"", "\\", "\u{1}", "\n\u{1}x", "7", "7 ", "x ", "سلام "];
    let full =
        || proptest::sample::select(letters.to_vec()).prop_map(|letter| letter.repeat(4_000 / letter.chars().count()));
    prop_oneof![
        6 => proptest::sample::select(words.to_vec()).prop_map(|word| Act::Says(word.to_owned())),
        2 => proptest::sample::select(steering.to_vec()).prop_map(|word| Act::Says(word.to_owned())),
        12 => full().prop_map(Act::Says),
        2 => (0..60_usize).prop_map(Act::Presses),
        1 => full().prop_map(Act::Rates),
        6 => (0..6_u8).prop_map(Act::Reply),
        2 => (0..6_u8).prop_map(Act::Agent),
        1 => (1..5_000_i64).prop_map(Act::Passes),
        1 => any::<bool>().prop_map(Act::Opens),
    ]
}

fn reply(kind: u8) -> CallOutcome {
    let items = |text: &str, count: usize| json!({ "name": text.repeat(40), "list": vec![json!({ "label": text.repeat(60), "value": { "id": text.repeat(60) } }); count] });
    match kind {
        0 => CallOutcome::Reply(items("x", 50)),
        1 => CallOutcome::Reply(items("𝒳", 30)),
        2 => CallOutcome::Reply(json!({ "name": "\u{1}".repeat(16_000), "list": [] })),
        3 => CallOutcome::Reply(json!({ "name": "x".repeat(16_300), "list": ["a", "b"] })),
        4 => CallOutcome::Timeout,
        _ => CallOutcome::Reply(json!({ "name": "\u{1}".repeat(1_300), "list": vec!["\u{1}".repeat(200); 6] })),
    }
}

struct Talk {
    bot: Bot,
    conversation: Conversation,
    events: Vec<Recorded>,
    now: Time,
    open: bool,
}

impl Talk {
    fn new() -> Self {
        let (conversation, events) = (Conversation::default(), Vec::new());
        Self { bot: bot(), conversation, events, now: Time(1_767_600_000_000), open: true }
    }

    fn world(&self) -> World {
        let facts = QueueFacts { open: self.open, online: 1, free_agents: 1, ..QueueFacts::default() };
        let queues = (0..300).map(|number| (format!("queue_{number}").as_str().into(), facts.clone()));
        let known = (0..6).map(|number| (format!("a{number}"), Slot::plain("x".repeat(1_900))));
        World {
            now: self.now,
            queues: queues.chain([("desk".into(), facts.clone())]).collect(),
            contact: known.collect(),
            ..World::default()
        }
    }

    /// Decides inputs as one commit, and checks what the store would be given.
    fn commit(&mut self, inputs: Vec<Input>) {
        let world = self.world();
        let mut after = self.conversation.clone();
        let mut events = Vec::new();
        for input in &inputs {
            let Ok(decision) = decide(&self.bot, &after, input, &world) else { return };
            after = decision.after;
            events.extend(decision.events);
        }
        let of_events = events.iter().map(|event| codec::encode_event(event.at, &event.event).unwrap().len() + 4);
        let of_events: usize = of_events.sum();
        let inputs: Vec<Input> = inputs.into_iter().map(|input| Record::keep(input, &events)).collect();
        let record = Record { inputs, bot: "0123456789abcdef".to_owned(), world: Record::facts(world, &events) };
        let record = codec::encode("a record", &record).unwrap().len();
        let state = codec::encode("a state", &after).unwrap().len();
        let kinds = || events.iter().map(|event| format!("{:.60?}", event.event)).collect::<Vec<_>>();
        assert!(
            of_events + record + ENVELOPE <= VALUE_BYTES_MAX,
            "a commit: events {of_events}, record {record}: {:#?}",
            kinds()
        );
        assert!(state <= STATE, "a state of {state}: {:#?}", kinds());
        assert!(events.len() <= 1_000);
        self.events.extend(events);
        self.conversation = after;
        let live = Conversation { clear: frontdesk::dialog::Clear::default(), ..self.conversation.clone() };
        assert_eq!(Conversation::replay(&self.events), live, "a replay must give the live state");
    }

    fn act(&mut self, act: Act) {
        let input = match act {
            Act::Says(text) => Input::Message { text, client: Some("c".repeat(64)) },
            Act::Presses(number) => {
                let Some(live) = self.conversation.buttons.get(number).cloned() else { return };
                let press = Press { event: live.event, option: live.option };
                Input::Press { press, label: live.button.label, target: live.button.target, client: None }
            }
            Act::Rates(comment) => Input::Rate { score: 3, comment: Some(comment) },
            Act::Reply(kind) => {
                let called = |recorded: &&Recorded| matches!(recorded.event, Event::Called { .. });
                let call = self.events.iter().rev().find(called).map_or(EventNo(1), |recorded| recorded.no);
                Input::CallDone { call, outcome: reply(kind) }
            }
            Act::Agent(kind) => {
                let agent = AgentRef { id: AgentId::from_uuid(Uuid::nil()), name: "Maria".to_owned() };
                let text = "\u{1}𝒳".repeat(2_000);
                match kind {
                    0 => Input::Assign { agent, entered: Position(3) },
                    1 => Input::Agent { agent, command: AgentCommand::Say { text, client: None } },
                    2 => Input::Agent { agent, command: AgentCommand::Note { text, mentions: Vec::new() } },
                    3 => Input::Agent { agent, command: AgentCommand::HandBack { flow: None } },
                    4 => Input::Agent {
                        agent,
                        command: AgentCommand::TransferToQueue { queue: "desk".into(), note: Some(text) },
                    },
                    _ => Input::Agent { agent, command: AgentCommand::HandBack { flow: Some("copy".into()) } },
                }
            }
            Act::Passes(minutes) => {
                self.now = self.now + Span::minutes(minutes);
                let Some((_, deadline)) = self.conversation.deadlines().into_iter().find(|(due, _)| *due <= self.now)
                else {
                    return;
                };
                Input::Due(deadline)
            }
            Act::Opens(open) => {
                self.open = open;
                return;
            }
        };
        self.commit(vec![input]);
    }

    /// The conversation begins with a message, in one commit.
    fn begin(&mut self, text: String) {
        let part = |letter: &str| letter.repeat(128);
        let address = Address {
            site: "main".into(),
            channel: "web".into(),
            account: part("\""),
            chat: part("\\"),
            user: part("\""),
        };
        let page = || "\"".repeat(1_000);
        let page = Page { url: page(), title: page(), referrer: page(), agent: page() };
        let contact = ContactId::from_uuid(Uuid::nil());
        let open = Input::Open { address, contact, language: None, page: Some(page), greet: false };
        self.commit(vec![open, Input::Message { text, client: None }]);
    }

    fn says(&mut self, text: &str) {
        self.act(Act::Says(text.to_owned()));
    }

    fn faults(&self) -> Vec<&str> {
        let code = |recorded| match recorded {
            &Recorded { event: Event::Fault { ref code, .. }, .. } => Some(code.as_str()),
            _ => None,
        };
        self.events.iter().filter_map(code).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_legal_input_makes_more_than_the_store_takes(
        first in proptest::sample::select(vec!["𝒳", "\"", "x "]),
        acts in proptest::collection::vec(act(), 10..40),
    ) {
        let mut talk = Talk::new();
        talk.begin(first.repeat(4_000 / first.chars().count()));
        acts.into_iter().for_each(|act| talk.act(act));
    }
}

#[test]
fn messages_during_a_call_are_held_within_the_budget_and_a_visitor_is_told_when_one_is_not() {
    let mut talk = Talk::new();
    talk.begin("lookup".to_owned());
    for _ in 0..5 {
        talk.says(&"𝒳".repeat(4_000));
    }
    assert_eq!(talk.conversation.held.len(), 1, "one message of the full length");
    let Some(Event::BotSaid { message, .. }) = talk.events.last().map(|recorded| &recorded.event) else {
        panic!("nothing was said: {:?}", talk.events.last())
    };
    assert_eq!(message.text, "I am still checking. Please wait a moment before you write more.");
}

#[test]
fn what_nobody_can_see_is_not_kept_of_a_message() {
    let mut talk = Talk::new();
    talk.begin("lookup".to_owned());
    talk.says(&format!("a\u{1}b\tc\r\nd{}", "\u{1}".repeat(3_000)));
    assert_eq!(talk.conversation.held[0].text, "ab\tc\nd");
    let version = talk.conversation.version;
    talk.says(&"\u{1}".repeat(4_000));
    assert_eq!(talk.conversation.version, version, "a message of nothing else is empty");
}

#[test]
fn a_full_conversation_is_passed_on_and_a_message_can_still_be_left() {
    let mut talk = Talk::new();
    talk.open = false;
    talk.begin("tell".to_owned());
    for letter in ["a", "𝒳", "𝒴"] {
        talk.says(&letter.repeat(4_000));
    }
    assert!(talk.faults().contains(&"state_limit") || talk.faults().contains(&"turn_limit"), "{:?}", talk.faults());
    assert!(talk.faults().contains(&"card_limit"), "what was too large to hand on is named: {:?}", talk.faults());
    let card = talk.conversation.handoff.clone().unwrap();
    assert!(card.slots.is_empty(), "the card lends its slots to the flow that runs");
    assert!(talk.conversation.tasks[0].slots.contains_key("first"), "and the smallest went along");
    talk.says(&"𝒵".repeat(4_000));
    let left = talk
        .events
        .iter()
        .any(|recorded| matches!(&recorded.event, Event::MessageLeft { text, .. } if text.chars().count() == 4_000));
    assert!(left, "{:?}", talk.faults());
    assert!(talk.conversation.handoff.clone().unwrap().slots.contains_key("first"), "the card has its slots back");
}
