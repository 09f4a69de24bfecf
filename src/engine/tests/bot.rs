//! A small bot made by hand, whose understanding is a table: a message that is an intent's name means that intent.

use indexmap::IndexMap;

use crate::bot::Bot;
use crate::flow::{
    Ask, At, Builtin, Call, Fallback, Flow, Handoff, Intent, Kind, Method, Op, Priority, Program, Queue, Retry, Say,
    Service, Step, Template, Text, Trigger, ValueTemplate,
};
use crate::id::{IntentName, SlotName};
use crate::matcher::{Found, Heard, Moment, Ranked, Understand, Understanding};
use crate::time::Span;

/// The words that ask for a person.
pub(super) const PERSON: &str = "person";

#[derive(Debug)]
struct Table(Vec<IntentName>);

impl Understand for Table {
    fn understand(&self, text: &str, _: &Moment) -> Understanding {
        let mut understanding = Understanding::default();
        if text == PERSON {
            understanding.builtin.insert(Builtin::Human, Heard { confidence: 1.0, whole: true });
        }
        let intent = self.0.iter().find(|intent| intent.as_str() == text).cloned();
        understanding.ranked.extend(intent.map(|intent| Ranked { intent, confidence: 1.0, evidence: Vec::new() }));
        understanding
    }

    fn values(&self, kind: &Kind, text: &str, _: &Moment) -> Vec<Found> {
        let whole =
            Found { kind: kind.clone(), value: text.into(), said: text.to_owned(), range: (0, text.len()), slot: None };
        if matches!(kind, Kind::Text | Kind::Name) { vec![whole] } else { Vec::new() }
    }

    fn choose(&self, options: &[Vec<String>], text: &str, _: &Moment) -> Option<usize> {
        options.iter().position(|spellings| spellings.iter().any(|spelling| spelling == text))
    }

    fn is_correction(&self, _: &str) -> bool {
        false
    }
}

/// Where the services are, as `env.SHOP`.
pub(super) fn bot(version: &str) -> Bot {
    let say = |words: &str| Op::Say(Box::new(plain(words)));
    let mut flows = vec![
        flow("welcome", Trigger::ConversationOpened, vec![say("welcome")]),
        flow("hello", intent("hello"), vec![offering(version)]),
        flow("name", intent("name"), vec![ask("contact.name"), say("nice to meet you")]),
        flow(
            "later",
            intent("later"),
            vec![
                Op::Wait { place: "later/wait".into(), span: Span::minutes(90) },
                say("an hour and a half has passed"),
            ],
        ),
        flow("stock", intent("stock"), vec![call("stock"), say("in stock"), Op::End, say("no stock")]),
        flow("charge", intent("charge"), vec![call("charge"), say("charged"), Op::End, say("not charged")]),
        flow(
            "charge_later",
            intent("charge later"),
            vec![
                Op::Wait { place: "charge_later/wait".into(), span: Span::minutes(90) },
                Op::Run { place: "charge_later/run".into(), flow: "charge".into() },
            ],
        ),
        flow("sales", intent("sales"), vec![handoff("sales", Priority::Normal)]),
        flow("urgent", intent("urgent"), vec![handoff("desk", Priority::Urgent)]),
        flow("still_there", Trigger::NoReply { after: Span::minutes(3), times: 1 }, vec![say("are you still there?")]),
    ];
    flows.push(flow("take_message", intent("message"), vec![ask("message"), say("noted")]));
    let intents = ["hello", "name", "later", "stock", "charge", "charge later", "sales", "urgent", "message"];
    let mut program = Program {
        name: "Shop".to_owned(),
        languages: vec!["en".into()],
        zone: jiff::tz::TimeZone::UTC,
        default_queue: "desk".into(),
        fallback: Fallback { sure: 0.75, unsure: 0.45, misses: 99, retry: 2 },
        frustration: Default::default(),
        snippets: IndexMap::new(),
        synonyms: Default::default(),
        small_talk: Default::default(),
        intents: IndexMap::new(),
        entities: IndexMap::new(),
        flows: flows.into_iter().map(|flow| (flow.name.clone(), flow)).collect(),
        services: IndexMap::new(),
        replies: IndexMap::new(),
        queues: IndexMap::new(),
        hours: IndexMap::new(),
        invites: IndexMap::new(),
        sentences: IndexMap::new(),
        tests: Vec::new(),
    };
    for name in intents {
        let served = match name {
            "message" => "take_message",
            "charge later" => "charge_later",
            name => name,
        };
        program.intents.insert(name.into(), known_intent(name, served));
    }
    for (name, method) in [("stock", Method::Get), ("charge", Method::Post)] {
        program.services.insert(name.into(), service(name, method));
    }
    for (name, chats_per_agent) in [("desk", None), ("sales", Some(1))] {
        program.queues.insert(name.into(), queue(name, chats_per_agent));
    }
    let table = Table(program.intents.keys().cloned().collect());
    Bot::new(program, Box::new(table), version.to_owned())
}

fn at() -> At {
    At { file: "bot.yaml".into(), line: 1, column: 1 }
}

fn template(source: &str) -> Template {
    Template::parse(source, at()).unwrap()
}

fn text(words: &str) -> Text {
    Text::One(template(words))
}

fn intent(name: &str) -> Trigger {
    Trigger::Intent(name.into())
}

fn plain(words: &str) -> Say {
    Say { text: text(words), offer: vec![], buttons: vec![], image: None, link: None, cards: vec![] }
}

/// Says which bot this is, with buttons.
fn offering(version: &str) -> Op {
    let offer = vec!["stock".into(), "sales".into()];
    Op::Say(Box::new(Say { offer, ..plain(&format!("hello from bot {version}")) }))
}

fn flow(name: &str, start_on: Trigger, ops: Vec<Op>) -> Flow {
    let code = ops.into_iter().map(|op| Step { op, at: at() }).collect();
    Flow { name: name.into(), start_on: vec![start_on], interrupts: false, code, builtin: false, at: at() }
}

fn ask(slot: &str) -> Op {
    Op::Ask(Ask {
        place: format!("ask/{slot}").into(),
        text: text(&format!("what is your {slot}?")),
        expect: Kind::Name,
        save_as: SlotName::from(slot),
        must: vec![],
        retry: Retry::default(),
        otherwise: None,
        optional: false,
    })
}

/// A call whose failure goes on at step 3.
fn call(service: &str) -> Op {
    let with = vec![("item".to_owned(), ValueTemplate::Literal("lamp".into()))];
    let place = format!("{service}/call").into();
    Op::Call(Call {
        place,
        service: service.into(),
        with,
        save_as: Some("reply".into()),
        otherwise: Some(3),
        waiting: None,
    })
}

fn handoff(queue: &str, priority: Priority) -> Op {
    let reason = Some(text("wants a person"));
    Op::Handoff(Handoff { queue: queue.into(), reason, priority, say: None })
}

fn known_intent(name: &str, flow: &str) -> Intent {
    Intent { flow: Some(flow.into()), ..Intent::new(name.into(), at()) }
}

fn service(name: &str, method: Method) -> Service {
    Service {
        name: name.into(),
        method,
        url: template(&format!("{{{{ env.SHOP }}}}/{name}")),
        headers: vec![("X-Key".to_owned(), template("{{ secret.KEY }}"))],
        body: None,
        timeout: Span::seconds(10),
        idempotent: false,
        sample: None,
        at: at(),
    }
}

fn queue(name: &str, chats_per_agent: Option<u32>) -> Queue {
    Queue {
        name: name.into(),
        label: None,
        hours: None,
        max_wait: Some(Span::hours(2)),
        target: None,
        when_closed: None,
        when_waited: None,
        chats_per_agent,
        agent_silent: Some(Span::minutes(10)),
        at: at(),
    }
}
