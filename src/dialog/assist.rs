//! What helps an agent to answer: ready answers, filled in for the conversation, and what the bot would have said by itself.
//! Nothing here is decided or recorded: the agent sends it, changes it, or leaves it.

use std::collections::BTreeMap;

use crate::bot::Bot;
use crate::dialog::decide::decide;
use crate::dialog::turn::Turn;
use crate::dialog::{ButtonTarget, Conversation, Event, Input, Message, Owner, Phase, Press, Recorded, Task, World};
use crate::flow::{Filled, Slot};
use crate::id::{EventNo, IntentName, SlotName};
use crate::matcher::Moment;

/// The most answers that are suggested for one message.
const SUGGESTED_MAX: usize = 3;

/// So many of the visitor's latest messages are looked at for one that the bot has an answer to.
const LOOK_BACK_MAX: usize = 5;

/// A ready answer of the bot's author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyReply {
    /// The name to type.
    pub name: String,
    /// The answer.
    pub filled: Filled,
}

/// An answer that the bot would have given.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The visitor's message that it answers.
    pub of: EventNo,
    /// What the bot takes the message for.
    pub intent: IntentName,
    /// The intent as its author calls it.
    pub label: String,
    /// How sure the bot is.
    pub confidence: f64,
    /// The answer.
    pub text: String,
}

/// All ready answers, in the conversation's language, as `agent` would send them.
pub fn ready_replies(bot: &Bot, conversation: &Conversation, world: &World, agent: &str) -> Vec<ReadyReply> {
    let task = Task { slots: known_slots(conversation), ..Task::default() };
    let with_all = Conversation { tasks: vec![task], ..conversation.clone() };
    let turn = Turn::new(bot, &with_all, world);
    let replies = bot.program.replies.iter();
    let fill = |text: &crate::flow::Text| turn.with_scope(&[], |scope| text.fill(scope, turn.seed(), agent));
    replies.map(|(name, text)| ReadyReply { name: name.clone(), filled: fill(text) }).collect()
}

/// What is known of the case: at the handoff, and over it what a flow that runs now knows better.
fn known_slots(conversation: &Conversation) -> BTreeMap<SlotName, Slot> {
    let mut slots = conversation.handoff.as_ref().map(|card| card.slots.clone()).unwrap_or_default();
    slots.extend(conversation.all_slots());
    slots
}

/// What the bot would have answered to the latest message that no agent has answered yet and that the bot understands. What
/// it said already is not said again.
pub fn suggestions(bot: &Bot, conversation: &Conversation, world: &World, events: &[Recorded]) -> Vec<Suggestion> {
    let unanswered = events.iter().rev().take_while(|recorded| !matches!(recorded.event, Event::AgentSaid { .. }));
    let written = unanswered.filter_map(|recorded| match &recorded.event {
        Event::VisitorSaid { text, pressed: None, .. } => Some((recorded.no, text)),
        _ => None,
    });
    let idle = idle(conversation);
    for (of, text) in written.take(LOOK_BACK_MAX) {
        let understanding =
            bot.matcher.understand(text, &Moment { now: world.now, language: conversation.language.clone() });
        let near = understanding.ranked.iter().filter(|ranked| {
            ranked.confidence >= bot.program.fallback.unsure && !bot.program.small_talk.contains_key(&ranked.intent)
        });
        let found: Vec<_> = near
            .take(SUGGESTED_MAX)
            .filter_map(|ranked| {
                let answer = answer(bot, &idle, world, &ranked.intent, text)?;
                let label = Turn::new(bot, &idle, world).intent_label_for_agents(&ranked.intent);
                let (intent, confidence) = (ranked.intent.clone(), ranked.confidence);
                Some(Suggestion { of, intent, label, confidence, text: answer })
            })
            .filter(|suggestion| !said(events, &suggestion.text))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// The conversation as if the bot owned it and had nothing to do.
fn idle(conversation: &Conversation) -> Conversation {
    Conversation {
        phase: Phase::Active(Owner::Bot),
        tasks: Vec::new(),
        buttons: Vec::new(),
        held: Vec::new(),
        misses: 0,
        frustration: 0,
        frustration_asked: 0,
        person_offered: false,
        also: None,
        also_offered: None,
        // So that the offer of more help is not part of an answer.
        anything_else: true,
        ..conversation.clone()
    }
}

/// What the bot says to an intent, up to where it would ask a service; nothing where it would call a person itself.
fn answer(bot: &Bot, idle: &Conversation, world: &World, intent: &IntentName, text: &str) -> Option<String> {
    let press = Press { event: EventNo(0), option: 0 };
    let target = ButtonTarget::Intent(intent.clone());
    let input = Input::Press { press, label: text.to_owned(), target, client: None };
    let decision = decide(bot, idle, &input, world).ok()?;
    if decision.events.iter().any(|recorded| matches!(recorded.event, Event::HandoffRequested { .. })) {
        return None;
    }
    let before_calls = decision.events.iter().take_while(|recorded| !matches!(recorded.event, Event::Called { .. }));
    let lines = before_calls.filter_map(|recorded| match &recorded.event {
        Event::BotSaid { message, .. } => Some(words(message)),
        _ => None,
    });
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// A message as one would type it: buttons cannot be typed, links can.
fn words(message: &Message) -> String {
    let link = message.link.as_ref().map(|link| format!("{} {}", link.text, link.url));
    [message.text.trim().to_owned(), link.unwrap_or_default()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn said(events: &[Recorded], text: &str) -> bool {
    events.iter().any(|recorded| match &recorded.event {
        Event::BotSaid { message, .. } => words(message) == text,
        Event::AgentSaid { text: said, .. } => said == text,
        _ => false,
    })
}
