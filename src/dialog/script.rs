//! Runs one entry of `tests:` on a rehearsal and says, line by line, where the conversation went otherwise.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use serde_json::Value;

use crate::bot::Bot;
use crate::dialog::{AgentCommand, Conversation, Event, Owner, Phase, Refused, Rehearsal, Setting};
use crate::flow::{At, Builtin, ChatLineKind, IntentLine, Slot, Test};
use crate::id::{ChannelName, EventNo, FlowName};
use crate::matcher::{Heard, Moment};
use crate::time::Time;

/// Tests begin here, where they say nothing else: a Monday morning.
const STARTS: jiff::civil::DateTime = jiff::civil::datetime(2026, 1, 5, 10, 0, 0, 0);

/// Where a test did not go as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The test.
    pub test: String,
    /// The line of the test that did not hold.
    pub at: At,
    /// What was expected, in the test's own form.
    pub expected: String,
    /// What happened, in the same form.
    pub got: String,
    /// The conversation up to there, a line each.
    pub so_far: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: test \"{}\"", self.at, self.test)?;
        for line in &self.so_far {
            writeln!(f, "    {line}")?;
        }
        for line in self.expected.lines() {
            writeln!(f, "  - {line}")?;
        }
        for line in self.got.lines() {
            writeln!(f, "  + {line}")?;
        }
        Ok(())
    }
}

/// Runs a test to its first failure; messages of `intents:` are all tried. Empty if it went as written.
pub fn run_test(bot: &Bot, test: &Test) -> Vec<Failure> {
    let mut failures: Vec<Failure> = test.intents.iter().filter_map(|line| intent_failure(bot, test, line)).collect();
    failures.extend(rehearse(bot, test, false).0);
    failures
}

/// Runs the conversation of a test, if wanted as after a restart at every turn. Gives the first failure, if any, and the
/// conversation as it stands then.
pub fn rehearse<'a>(bot: &'a Bot, test: &'a Test, restarting: bool) -> (Option<Failure>, Rehearsal<'a>) {
    let mut run = Run::new(bot, test);
    run.rehearsal.restarting = restarting;
    let failure = run.chat().err().or_else(|| run.expectations());
    (failure, run.rehearsal)
}

struct Run<'a> {
    test: &'a Test,
    rehearsal: Rehearsal<'a>,
    /// Messages of the bot that no line has named yet.
    unmatched: VecDeque<String>,
    /// Whether `...` stands before the next line.
    skipping: bool,
    seen: EventNo,
    so_far: Vec<String>,
}

impl<'a> Run<'a> {
    fn new(bot: &'a Bot, test: &'a Test) -> Self {
        let contact: BTreeMap<String, Slot> =
            test.contact.iter().map(|(name, value)| (name.clone(), Slot::plain(value.clone()))).collect();
        let setting = Setting {
            starts: starts(bot, test),
            keeps_hours: test.starts.is_some(),
            agents: test.agents.clone(),
            services: test.services.clone(),
            language: test.language.clone(),
            channel: test.channel.clone().unwrap_or_else(|| ChannelName::from("web")),
            contact,
        };
        Self {
            test,
            rehearsal: Rehearsal::new(bot, setting),
            unmatched: VecDeque::new(),
            skipping: false,
            seen: EventNo(0),
            so_far: Vec::new(),
        }
    }

    fn chat(&mut self) -> Result<(), Failure> {
        for (number, line) in self.test.chat.iter().enumerate() {
            let acted = match &line.kind {
                ChatLineKind::Bot(_) | ChatLineKind::Skip if number == 0 => {
                    let opened = self.rehearsal.open(true);
                    self.listen();
                    self.hear(&line.kind, &line.at)?;
                    opened
                }
                ChatLineKind::Bot(_) | ChatLineKind::Skip => {
                    self.hear(&line.kind, &line.at)?;
                    Ok(())
                }
                ChatLineKind::Visitor(text) => {
                    self.nothing_left(&line.at)?;
                    self.so_far.push(format!("visitor: {text}"));
                    self.rehearsal.visitor(text)
                }
                ChatLineKind::Agent(text) => {
                    self.nothing_left(&line.at)?;
                    self.so_far.push(format!("agent: {text}"));
                    self.rehearsal.agent(agent_command(text))
                }
                ChatLineKind::Pass(span) => {
                    self.nothing_left(&line.at)?;
                    self.so_far.push(format!("({} s pass)", span.0 / 1_000));
                    self.rehearsal.pass(*span)
                }
            };
            acted.map_err(|refused| self.refused(&line.at, &refused))?;
            self.listen();
        }
        Ok(())
    }

    /// Collects what the bot said since the last look.
    fn listen(&mut self) {
        for recorded in self.rehearsal.since(self.seen) {
            if let Event::BotSaid { message, .. } = &recorded.event {
                let cards = message.cards.iter().map(|card| card.title.clone());
                let text =
                    if message.text.is_empty() { cards.collect::<Vec<_>>().join(" / ") } else { message.text.clone() };
                self.unmatched.push_back(text);
            }
        }
        self.seen = self.rehearsal.conversation.version;
    }

    /// A `bot:` line takes the next message, behind `...` the next that begins so.
    fn hear(&mut self, line: &ChatLineKind, at: &At) -> Result<(), Failure> {
        let ChatLineKind::Bot(expected) = line else {
            self.skipping = true;
            return Ok(());
        };
        let skipped = std::mem::take(&mut self.skipping);
        let before = self.unmatched.clone();
        while let Some(message) = self.unmatched.pop_front() {
            self.so_far.push(format!("bot: {}", one_line(&message)));
            if begins_with(&message, expected) {
                return Ok(());
            }
            if !skipped {
                self.so_far.pop();
                return Err(self.failure(at, &format!("bot: {expected}"), &format!("bot: {}", one_line(&message))));
            }
        }
        let got = if before.is_empty() { "the bot says nothing more".to_owned() } else { said(&before) };
        Err(self.failure(at, &format!("bot: {expected}"), &got))
    }

    /// Before anybody else speaks, every message of the bot must have been named or skipped.
    fn nothing_left(&mut self, at: &At) -> Result<(), Failure> {
        if std::mem::take(&mut self.skipping) {
            self.unmatched.clear();
        }
        if self.unmatched.is_empty() {
            return Ok(());
        }
        let unmatched = std::mem::take(&mut self.unmatched);
        Err(self.failure(at, "the bot says nothing more here (or a line ... before this one)", &said(&unmatched)))
    }

    fn expectations(&self) -> Option<Failure> {
        let conversation = &self.rehearsal.conversation;
        let expect = &self.test.expect;
        let mut wrong = Vec::new();
        let mut compare = |what: &str, expected: Option<String>, got: String| {
            if let Some(expected) = expected
                && expected != got
            {
                wrong.push((format!("{what}: {expected}"), format!("{what}: {got}")));
            }
        };
        let card = conversation.handoff.as_ref();
        let none = || "none".to_owned();
        let queue = card.map_or_else(none, |card| card.queue.to_string());
        compare("queue", expect.queue.as_ref().map(ToString::to_string), queue);
        let priority = card.map_or_else(none, |card| plain(&serde_json::json!(card.priority)));
        compare("priority", expect.priority.map(|priority| plain(&serde_json::json!(priority))), priority);
        let flow = conversation.running_flows().last().map_or_else(none, FlowName::to_string);
        compare("flow", expect.flow.as_ref().map(ToString::to_string), flow);
        compare("owner", expect.owner.clone(), owner(conversation).to_owned());
        for (name, expected) in &expect.slots {
            compare(&format!("slot {name}"), Some(plain(expected)), plain(&slot(conversation, name)));
        }
        let (expected, got): (Vec<_>, Vec<_>) = wrong.into_iter().unzip();
        (!expected.is_empty()).then(|| self.failure(&self.test.at, &expected.join("\n"), &got.join("\n")))
    }

    fn refused(&self, at: &At, refused: &Refused) -> Failure {
        self.failure(at, "the conversation takes this", &refused.to_string())
    }

    fn failure(&self, at: &At, expected: &str, got: &str) -> Failure {
        Failure {
            test: self.test.name.clone(),
            at: at.clone(),
            expected: expected.to_owned(),
            got: got.to_owned(),
            so_far: self.so_far.clone(),
        }
    }
}

/// One line of `intents:`: the intent must come first, as `eval` counts it; `none` means that the bot may not act surely.
fn intent_failure(bot: &Bot, test: &Test, line: &IntentLine) -> Option<Failure> {
    let language = test.language.clone().unwrap_or_else(|| bot.program.default_language().clone());
    let understanding = bot.matcher.understand(&line.text, &Moment { now: starts(bot, test), language });
    let sure = bot.program.fallback.sure;
    let person = understanding.asks_for_person(&bot.program.fallback);
    let is_heard = |builtin, heard: &Heard| heard.confidence >= sure || (builtin == Builtin::Human && person);
    let built_in = understanding.builtin.iter().filter(|(builtin, heard)| is_heard(**builtin, heard));
    let name = |builtin| bot.program.intents.values().find(|intent| intent.builtin == Some(builtin));
    let heard: Vec<String> =
        built_in.filter_map(|(builtin, _)| name(*builtin)).map(|intent| intent.name.to_string()).collect();
    let best = understanding.ranked.first();
    let winner = best.filter(|ranked| ranked.confidence >= sure).map(|ranked| ranked.intent.to_string());
    let fits = match &line.intent {
        Some(expected) => {
            best.is_some_and(|ranked| ranked.intent == *expected) || heard.iter().any(|name| name == expected.as_str())
        }
        None => winner.is_none() && heard.is_empty(),
    };
    if fits {
        return None;
    }
    let got = match (heard.first(), best) {
        (Some(heard), _) => format!("{heard}: {}", line.text),
        (None, Some(best)) => format!("{} (at {:.2}): {}", best.intent, best.confidence, line.text),
        (None, None) => format!("none: {}", line.text),
    };
    let expected = line.intent.as_ref().map_or("none", |intent| intent.as_str());
    let expected = format!("{expected}: {}", line.text);
    Some(Failure { test: test.name.clone(), at: line.at.clone(), expected, got, so_far: Vec::new() })
}

/// `(resolve)`, `(return)`, `(hand back)`, `(hand back FLOW)`, `(note …)`; anything else is said.
fn agent_command(text: &str) -> AgentCommand {
    let said = || AgentCommand::Say { text: text.to_owned(), client: None };
    let Some(command) = text.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return said() };
    match command.trim() {
        "claim" => AgentCommand::Claim,
        "resolve" => AgentCommand::Resolve,
        "return" => AgentCommand::ReturnToQueue,
        "hand back" => AgentCommand::HandBack { flow: None },
        other => match (other.strip_prefix("hand back "), other.strip_prefix("note ")) {
            (Some(flow), _) => AgentCommand::HandBack { flow: Some(FlowName::from(flow.trim())) },
            (_, Some(note)) => AgentCommand::Note { text: note.to_owned(), mentions: Vec::new() },
            _ => said(),
        },
    }
}

fn starts(bot: &Bot, test: &Test) -> Time {
    let zoned = test.starts.unwrap_or(STARTS).to_zoned(bot.program.zone.clone());
    zoned.map(|zoned| Time::from(zoned.timestamp())).unwrap_or_default()
}

/// Compares the beginning, without regard to how blanks and lines fall.
fn begins_with(message: &str, expected: &str) -> bool {
    one_line(message).starts_with(&one_line(expected))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn said(messages: &VecDeque<String>) -> String {
    messages.iter().map(|message| format!("bot: {}", one_line(message))).collect::<Vec<_>>().join("\n")
}

fn owner(conversation: &Conversation) -> &'static str {
    match &conversation.phase {
        Phase::Active(Owner::Bot) => "bot",
        Phase::Active(Owner::Queue(_)) => "queue",
        Phase::Active(Owner::Agent(_)) => "agent",
        Phase::Resolved { .. } => "resolved",
        Phase::Closed => "closed",
    }
}

/// A slot of the task on top, of the contact, or of the handoff.
fn slot(conversation: &Conversation, name: &str) -> Value {
    let contact = name.strip_prefix("contact.").and_then(|attribute| conversation.contact.get(attribute));
    let task = conversation.tasks.iter().rev().find_map(|task| task.slots.get(name));
    let card = conversation.handoff.as_ref().and_then(|card| card.slots.get(name));
    contact.or(task).or(card).map(|slot| slot.value.clone()).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
