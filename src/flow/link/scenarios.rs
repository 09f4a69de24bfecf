//! `tests:`: conversations and labelled messages, as data for the runner.

use std::collections::BTreeMap;

use crate::flow::document::{Agents, Chat, ExpectDoc, Field, IntentTests, TestDoc};
use crate::flow::link::{Linker, What};
use crate::flow::read::{Entries, parse_span};
use crate::flow::report::code;
use crate::flow::scenario::{ChatLine, ChatLineKind, Expect, IntentLine, Test, TestAgents, TestReply};
use crate::flow::source::Place;
use crate::flow::tree::{Data, NodeId, shown};
use crate::id::{ChannelName, FlowName, IntentName, ServiceName};

/// The entry of `intents:` for messages that no intent may win.
const NONE: &str = "none";

impl Linker<'_> {
    pub(crate) fn tests(&mut self) -> Vec<Test> {
        // A test is no use of what it names: what only tests name is still unused.
        let used = self.used.clone();
        let tests = self.draft.tests.clone();
        let tests = tests.into_iter().filter_map(|node| self.test(node)).collect();
        self.used = used;
        tests
    }

    fn test(&mut self, node: NodeId) -> Option<Test> {
        let doc = self.reader.item::<TestDoc>(node, "a test")?;
        let at = self.reader.at_node(node);
        let name = doc.name.and_then(|field| self.reader.prose(field.node, "the name of the test"));
        let starts = doc.at.and_then(|field| {
            let text = self.reader.word(field, "when the test begins")?;
            let parsed = parse_moment(&text);
            if parsed.is_none() {
                let place = self.reader.tree.place(field.node);
                self.reader
                    .problems
                    .error(code::BAD_TIME, place, format!("\"{}\" is not a day and time", shown(&text)))
                    .hint("write 2026-11-23 23:10");
            }
            parsed
        });
        let agents = doc.agents.map(|field| self.agents(field)).unwrap_or_default();
        let mut services = BTreeMap::new();
        if let Some(field) = doc.services {
            for (service, key, value) in self.reader.named(field.node, "`services`") {
                if self.refer(What::Service, &service, key) {
                    let reply = match self.reader.json(value) {
                        serde_json::Value::String(text) if text == "timeout" => TestReply::Timeout,
                        serde_json::Value::Number(number) => match number.as_u64().filter(|n| (100..600).contains(n)) {
                            Some(status) => TestReply::Status(status as u16),
                            None => TestReply::Json(serde_json::Value::Number(number)),
                        },
                        other => TestReply::Json(other),
                    };
                    services.insert(ServiceName(service), reply);
                }
            }
        }
        let language = doc.language.and_then(|field| self.reader.language(field.node));
        let channel = doc.channel.and_then(|field| self.reader.word(field, "the channel")).map(ChannelName);
        let mut contact = BTreeMap::new();
        if let Some(field) = doc.contact {
            for (attribute, _, value) in self.reader.named(field.node, "`contact`") {
                let value = self.reader.json(value);
                contact.insert(attribute, value);
            }
        }
        let chat = doc.chat.map(|field| self.chat(field)).unwrap_or_default();
        let expect = doc.expect.and_then(|field| self.expect(field)).unwrap_or_default();
        let intents = doc.intents.map(|field| self.intent_lines(field)).unwrap_or_default();
        if doc.chat.is_none() && doc.intents.is_none() && !self.reader.tree.node(node).partial {
            let place = self.reader.tree.place(node);
            self.reader.problems.error(code::MISSING_KEY, place, "a test needs a `chat` or `intents`");
        }
        let name = name.unwrap_or_else(|| format!("{}:{}", at.file, at.line));
        Some(Test { name, starts, agents, services, language, channel, contact, chat, expect, intents, at })
    }

    fn agents(&mut self, field: Field<Agents>) -> TestAgents {
        match &self.reader.tree.node(field.node).data {
            Data::Map(_) => {
                let mut agents = BTreeMap::new();
                for (queue, key, value) in self.reader.named(field.node, "`agents`") {
                    let count = self.reader.count(Some(Field::at(value)));
                    if let (Some(queue), Some(count)) = (self.queue_of(&queue, key), count) {
                        agents.insert(queue, count);
                    }
                }
                TestAgents::By(agents)
            }
            _ => TestAgents::Everywhere(self.reader.count(Some(Field::at(field.node))).unwrap_or(1)),
        }
    }

    fn chat(&mut self, field: Field<Chat>) -> Vec<ChatLine> {
        // In a list `- visitor: hello` is a map of one key, which means the same.
        if let Data::List(items) = &self.reader.tree.node(field.node).data {
            let items = items.clone();
            return items.into_iter().filter_map(|item| self.chat_item(item)).collect();
        }
        let lines = self.reader.lines_in(field.node, None, Entries::Sentences, "the lines of a chat");
        lines.into_iter().filter_map(|line| self.chat_line(&line.text, line.place)).collect()
    }

    fn chat_item(&mut self, item: NodeId) -> Option<ChatLine> {
        let place = self.reader.tree.place(item);
        if let &[(key, value)] = self.reader.tree.entries(item) {
            let who = self.reader.tree.text(key)?.to_owned();
            let what = self.reader.prose(value, "a line of a chat")?;
            return self.chat_line(&format!("{who}: {what}"), place);
        }
        let text = self.reader.prose(item, "a line of a chat")?;
        self.chat_line(&text, place)
    }

    fn chat_line(&mut self, text: &str, place: Place) -> Option<ChatLine> {
        let at = self.reader.at(place);
        let kind = parse_chat_line(text);
        if kind.is_none() {
            self.reader
                .problems
                .error(code::BAD_VALUE, place, "this is not a line of a chat")
                .hint("lines are `visitor: …`, `bot: …`, `agent: …`, `...` and `(10m pass)`");
        }
        Some(ChatLine { kind: kind?, at })
    }

    fn expect(&mut self, field: Field<ExpectDoc>) -> Option<Expect> {
        let doc = self.reader.item::<ExpectDoc>(field.node, "`expect`")?;
        let mut expect = Expect::default();
        if let Some(field) = doc.queue {
            let name = self.reader.word(field, "the queue")?;
            expect.queue = self.queue_of(&name, field.node);
        }
        expect.priority = doc.priority.and_then(|field| self.priority(field));
        if let Some(field) = doc.flow {
            let name = self.reader.word(field, "the flow")?;
            if ["did_you_mean", "anything_else"].contains(&name.as_str()) || self.refer(What::Flow, &name, field.node) {
                expect.flow = Some(FlowName(name));
            }
        }
        if let Some(field) = doc.slots {
            for (slot, _, value) in self.reader.named(field.node, "`slots`") {
                let value = self.reader.json(value);
                expect.slots.insert(slot, value);
            }
        }
        if let Some(field) = doc.owner {
            let owner = self.reader.word(field, "the owner")?;
            if !["bot", "queue", "agent"].contains(&owner.as_str()) {
                let place = self.reader.tree.place(field.node);
                self.reader
                    .problems
                    .error(code::BAD_VALUE, place, format!("nobody is \"{}\"", shown(&owner)))
                    .hint("the owner is bot, queue or agent");
            }
            expect.owner = Some(owner);
        }
        Some(expect)
    }

    fn intent_lines(&mut self, field: Field<IntentTests>) -> Vec<IntentLine> {
        let mut found = Vec::new();
        for (intent, key, value) in self.reader.named(field.node, "`intents`") {
            let known = intent == NONE || self.refer(What::Intent, &intent, key);
            let lines = self.reader.lines_in(value, None, Entries::Sentences, "messages");
            let name = (intent != NONE).then_some(IntentName(intent));
            found.extend(lines.into_iter().filter(|_| known).map(|line| IntentLine {
                intent: name.clone(),
                text: line.text,
                at: self.reader.at(line.place),
            }));
        }
        found
    }
}

/// `2026-11-23 23:10`, or a day alone.
fn parse_moment(text: &str) -> Option<jiff::civil::DateTime> {
    let text = text.trim();
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let date: jiff::civil::Date = day.parse().ok()?;
    let time: jiff::civil::Time = time.trim().parse().ok()?;
    Some(date.to_datetime(time))
}

fn parse_chat_line(text: &str) -> Option<ChatLineKind> {
    let text = text.trim();
    if text == "..." || text == "…" {
        return Some(ChatLineKind::Skip);
    }
    if let Some(span) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        let span = span.trim().strip_suffix("pass").or_else(|| span.trim().strip_suffix("passes"))?;
        return parse_span(span).map(ChatLineKind::Pass);
    }
    let (who, what) = text.split_once(':')?;
    let what = what.trim().to_owned();
    if what.is_empty() {
        return None;
    }
    match who.trim() {
        "visitor" => Some(ChatLineKind::Visitor(what)),
        "bot" => Some(ChatLineKind::Bot(what)),
        "agent" => Some(ChatLineKind::Agent(what)),
        _ => None,
    }
}
