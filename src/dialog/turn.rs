//! One turn in the making: a working copy of the state, the events so far, and the ways to add to them. Every event is applied
//! to the copy as it is emitted, so that a decision and a replay cannot differ.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use crate::bot::Bot;
use crate::dialog::budget::{self, CONTACT_BYTES_MAX, LABEL_CHARS_MAX, Spent};
use crate::dialog::{
    Button, ButtonTarget, Conversation, Decision, Event, Message, QueueFacts, Recorded, Task, WaitKind, World,
};
use crate::flow::{At, Builtin, Flow, Kind, MASK, Scope, Slot, Text};
use crate::id::{EventNo, FlowName, IntentName, Language, QueueName, SlotName};
use crate::matcher::{Moment, Understanding};

/// Walks of one turn stop after so many steps, with a handoff.
pub(super) const STEPS_MAX: usize = 64;

/// Flows on the stack, over all tasks.
pub(super) const STACK_MAX: usize = 16;

/// Slots over all tasks.
const SLOTS_MAX: usize = 64;

/// Bytes of one slot's value as JSON, unless it holds free text or what a service replied.
pub(super) const SLOT_BYTES_MAX: usize = 4_096;

/// Bytes of a service's reply as JSON, and of a free text: the longest message has 16,002.
pub(super) const LONG_SLOT_BYTES_MAX: usize = 16_384;

/// A turn in the making.
pub(super) struct Turn<'a> {
    pub(super) bot: &'a Bot,
    pub(super) world: &'a World,
    /// The state after the events so far.
    pub(super) state: Conversation,
    pub(super) events: Vec<Recorded>,
    /// The queues whose facts were read.
    queues: RefCell<BTreeSet<QueueName>>,
    /// What the turn has used of its budget.
    pub(super) spent: Spent,
    /// The visitor's message that this turn is about, as typed.
    pub(super) message: String,
    /// The same with sensitive values masked: what may be recorded of it.
    pub(super) masked_message: String,
    /// Its event.
    pub(super) message_no: Option<EventNo>,
    /// What it may mean, once it was asked.
    pub(super) understanding: Option<Rc<Understanding>>,
    /// Steps walked in this turn.
    pub(super) steps: usize,
    /// Why a handoff that names no reason happens now.
    pub(super) reason: Option<String>,
    /// Whether "anything else?" is all that the visitor has before them.
    pub(super) asked_for_more: bool,
    /// What was offered, when this message came, because the visitor had asked for it besides.
    pub(super) also_offered: Option<IntentName>,
    /// What the visitor said before this message, shortened.
    pub(super) said_before: String,
    /// Whether the visitor was just asked whether to be passed to a person.
    pub(super) person_offered: bool,
    /// Whether a person should be offered beside the next message.
    pub(super) offer_person: bool,
    /// Whether the visitor said goodbye: nobody is asked whether they are still there.
    pub(super) gone: bool,
    /// Whether the end of the running flow should pass without the offer of more help.
    pub(super) quiet: bool,
    /// What is known of the contact: from the world, then from this conversation.
    contact: BTreeMap<String, Slot>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(bot: &'a Bot, conversation: &Conversation, world: &'a World) -> Self {
        let mut contact = world.contact.clone();
        contact.extend(conversation.contact.clone());
        Self {
            bot,
            world,
            state: conversation.clone(),
            events: Vec::new(),
            queues: RefCell::default(),
            spent: Spent::before(conversation),
            message: String::new(),
            masked_message: String::new(),
            message_no: None,
            understanding: None,
            steps: 0,
            reason: None,
            asked_for_more: false,
            also_offered: None,
            said_before: String::new(),
            person_offered: false,
            offer_person: false,
            gone: false,
            quiet: false,
            contact,
        }
    }

    /// Ends the turn. Where it reached a limit, a person goes on; where the bot has spoken and owns, flows that follow silence
    /// are set.
    pub(super) fn finish(mut self) -> Decision {
        self.hand_over_if_over();
        self.hand_over_if_over();
        self.set_nudges();
        Decision { events: self.events, after: self.state, queues: self.queues.into_inner() }
    }

    /// Records an event in the turn and gives its number.
    pub(super) fn emit(&mut self, event: Event) -> EventNo {
        let bytes = budget::weight(&event);
        self.record(event, bytes)
    }

    /// Records an event whose weight is known.
    pub(super) fn record(&mut self, event: Event, bytes: usize) -> EventNo {
        self.spend(bytes);
        let no = self.state.version.next();
        if let Event::SlotSet { slot, value, said, kind, from, sensitive } = &event
            && let Some(attribute) = slot.contact_attribute()
        {
            let slot = Slot {
                value: value.clone(),
                said: said.clone(),
                kind: kind.clone(),
                from: *from,
                sensitive: *sensitive,
            };
            self.contact.insert(attribute.to_owned(), slot);
        }
        let recorded = Recorded { no, at: self.world.now, event };
        self.state.apply(&recorded);
        self.events.push(recorded);
        no
    }

    /// What the world says of a queue.
    pub(super) fn queue(&self, name: &QueueName) -> Option<&'a QueueFacts> {
        let facts = self.world.queues.get(name)?;
        self.queues.borrow_mut().insert(name.clone());
        Some(facts)
    }

    // ── Names and texts ──

    pub(super) fn moment(&self) -> Moment {
        Moment { now: self.world.now, language: self.state.language.clone() }
    }

    /// The names that expressions and texts may use now, with `slots` over those of the running task.
    pub(super) fn with_scope<T>(&self, more: &[(&str, Slot)], read: impl FnOnce(&Scope<'_>) -> T) -> T {
        self.with_scope_in(&self.state.language, &self.masked_message, more, read)
    }

    fn with_scope_in<T>(
        &self,
        language: &Language,
        message: &str,
        more: &[(&str, Slot)],
        read: impl FnOnce(&Scope<'_>) -> T,
    ) -> T {
        let empty = Task::default();
        let own = &self.state.tasks.last().unwrap_or(&empty).slots;
        let widened;
        let slots = if more.is_empty() {
            own
        } else {
            let mut slots = own.clone();
            slots.extend(more.iter().map(|(name, value)| (SlotName::from(*name), value.clone())));
            widened = slots;
            &widened
        };
        let told =
            more.iter().filter_map(|(name, value)| Some((*name, value)).filter(|_| name.starts_with("contact.")));
        let told = told
            .filter_map(|(name, value)| Some((SlotName::from(name).contact_attribute()?.to_owned(), value.clone())));
        let told: BTreeMap<String, Slot> = told.collect();
        let widened_contact;
        let contact = if told.is_empty() {
            &self.contact
        } else {
            let mut contact = self.contact.clone();
            contact.extend(told);
            widened_contact = contact;
            &widened_contact
        };
        let has_agent = |queue: &QueueName| self.queue(queue).is_some_and(|facts| facts.online > 0);
        let address = self.state.opening.as_ref().map(|opening| &opening.address);
        let no_channel = crate::id::ChannelName::default();
        read(&Scope {
            program: &self.bot.program,
            slots,
            contact,
            now: self.world.now,
            language,
            channel: address.map_or(&no_channel, |address| &address.channel),
            message,
            has_agent: &has_agent,
            answers_here: &|| self.answers_here(),
        })
    }

    /// One of the bot's own sentences in the conversation's language.
    pub(super) fn sentence(&self, key: &str, more: &[(&str, Slot)]) -> String {
        self.sentence_in(&self.state.language, key, more)
    }

    /// One of the bot's own sentences in the language that agents read.
    pub(super) fn sentence_for_agents(&self, key: &str, more: &[(&str, Slot)]) -> String {
        self.sentence_in(self.bot.program.default_language(), key, more)
    }

    fn sentence_in(&self, language: &Language, key: &str, more: &[(&str, Slot)]) -> String {
        let Some(text) = self.bot.program.sentences.get(key) else { return String::new() };
        self.with_scope_in(language, &self.masked_message, more, |scope| text.render(scope, 0).join("\n"))
    }

    /// A text of the author as one string in the conversation's language.
    pub(super) fn text(&self, text: &Text) -> String {
        let seed = self.seed();
        self.with_scope(&[], |scope| text.render(scope, seed)).join("\n")
    }

    /// A text of the author as one string in the language that agents read.
    pub(super) fn text_for_agents(&self, text: &Text) -> String {
        let seed = self.seed();
        let language = self.bot.program.default_language();
        self.with_scope_in(language, &self.masked_message, &[], |scope| text.render(scope, seed)).join("\n")
    }

    /// Variants are picked by this: a hash (FNV-1a) of the address and the next event's number. There is no random source.
    pub(super) fn seed(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        if let Some(opening) = &self.state.opening {
            opening.address.key().bytes().for_each(&mut add);
        }
        self.state.opened_at.0.to_le_bytes().into_iter().for_each(&mut add);
        self.state.version.0.to_le_bytes().into_iter().for_each(&mut add);
        hash
    }

    // ── Speaking ──

    /// Says one message; an empty one without anything else is not said.
    pub(super) fn say_message(&mut self, mut message: Message, at: Option<&At>) {
        if self.offer_person && !message.text.is_empty() {
            self.offer_person = false;
            let button = self.person_button();
            if !message.buttons.iter().any(|other| other.target == button.target) {
                message.buttons.push(button);
            }
        }
        if !message.text.trim().is_empty() || message.image.is_some() || !message.cards.is_empty() {
            let of_cards = message.cards.iter_mut().flat_map(|card| &mut card.buttons);
            for button in message.buttons.iter_mut().chain(of_cards) {
                budget::clip(&mut button.label, LABEL_CHARS_MAX);
            }
            self.emit_if_room(Event::BotSaid { message, at: at.cloned() });
        }
    }

    /// Says one of the bot's own sentences.
    pub(super) fn say_sentence(&mut self, key: &str, more: &[(&str, Slot)]) {
        let text = self.sentence(key, more);
        self.say_message(Message { text, ..Message::default() }, None);
    }

    /// Says a text of the author: its messages in order, the buttons at the last one.
    pub(super) fn say_text(&mut self, text: &Text, buttons: Vec<Button>, at: &At) {
        let seed = self.seed();
        let mut messages = self.with_scope(&[], |scope| text.render(scope, seed));
        let last = messages.pop().unwrap_or_default();
        for text in messages {
            self.say_message(Message { text, ..Message::default() }, Some(at));
        }
        self.say_message(Message { text: last, buttons, ..Message::default() }, Some(at));
    }

    pub(super) fn person_button(&self) -> Button {
        self.builtin_button("person_button", Builtin::Human)
    }

    pub(super) fn builtin_button(&self, key: &str, builtin: Builtin) -> Button {
        Button { label: self.sentence(key, &[]), target: ButtonTarget::Builtin(builtin) }
    }

    /// A button that is an intent, by its label.
    pub(super) fn intent_button(&self, intent: &IntentName) -> Button {
        let known = self.bot.program.intents.get(intent);
        if let Some(builtin) = known.and_then(|intent| intent.builtin)
            && known.is_none_or(|intent| intent.label.is_none())
        {
            let key = match builtin {
                Builtin::Human => "person_button",
                Builtin::Cancel => "cancel_button",
                Builtin::Restart => "restart_button",
                Builtin::Back => "back_button",
                Builtin::Yes => "yes_button",
                Builtin::No => "no_button",
                Builtin::Skip => "skip_button",
                Builtin::LeaveQueue => "leave_queue_button",
                Builtin::LeaveMessage => "leave_message_button",
            };
            return self.builtin_button(key, builtin);
        }
        let label = known.and_then(|intent| intent.label.as_ref()).map(|label| self.text(label));
        Button {
            label: label.unwrap_or_else(|| readable(intent.as_str())),
            target: match known.and_then(|intent| intent.builtin) {
                Some(builtin) => ButtonTarget::Builtin(builtin),
                None => ButtonTarget::Intent(intent.clone()),
            },
        }
    }

    /// What an intent is called, in the language that agents read.
    pub(super) fn intent_label_for_agents(&self, intent: &IntentName) -> String {
        let label = self.bot.program.intents.get(intent).and_then(|intent| intent.label.as_ref());
        label.map_or_else(|| readable(intent.as_str()), |label| self.text_for_agents(label))
    }

    // ── Slots ──

    /// The value of a slot of the running task or of the contact; an optional question that was left out holds null.
    pub(super) fn slot(&self, name: &SlotName) -> Option<&Slot> {
        match name.contact_attribute() {
            Some(attribute) => self.contact.get(attribute),
            None => self.state.tasks.last()?.slots.get(name),
        }
    }

    /// Sets a slot within its limits; a value over them is left out, with an event that says so. Says whether it was set:
    /// nobody may be told that something was kept which was not. `long` values are replies and what is made of them.
    #[must_use]
    pub(super) fn set_slot(&mut self, name: &SlotName, slot: Slot, long: bool) -> bool {
        self.set_slot_masked(name, slot, None, long)
    }

    /// The same for a value in which something is masked; `clear` is the whole one.
    #[must_use]
    pub(super) fn set_slot_masked(&mut self, name: &SlotName, slot: Slot, clear: Option<Value>, long: bool) -> bool {
        // What is known of a person comes along to every later conversation, so it stays short.
        let long = (long || slot.kind == Some(Kind::Text)) && name.contact_attribute().is_none();
        let limit = if long { LONG_SLOT_BYTES_MAX } else { SLOT_BYTES_MAX };
        let count: usize = self.state.tasks.iter().map(|task| task.slots.len()).sum();
        let too_many = count >= SLOTS_MAX && self.slot(name).is_none();
        if too_many {
            let detail = format!("slot \"{name}\" was not set: a conversation holds at most {SLOTS_MAX} slots");
            self.go_over("slot_limit", detail);
            return false;
        }
        let bytes = budget::bytes_of(clear.as_ref().unwrap_or(&slot.value)).max(budget::bytes_of(&slot.value));
        let of_contact = || bytes + budget::bytes_of(&self.state.contact);
        if bytes > limit || (name.contact_attribute().is_some() && of_contact() > CONTACT_BYTES_MAX) {
            let detail = format!("slot \"{name}\" was not set: its value has {bytes} bytes, the limit is {limit}");
            self.emit(Event::Fault { code: "slot_limit".to_owned(), detail });
            return false;
        }
        let (mut value, mut said) = (slot.value, slot.said);
        let mut clear = clear;
        if slot.sensitive && !value.is_null() {
            let whole = std::mem::replace(&mut value, Value::String(MASK.to_owned()));
            clear = clear.or(Some(whole));
            said = MASK.to_owned();
        }
        // A long text is not kept twice.
        if value.as_str() == Some(&said) {
            said.clear();
        }
        if clear.is_some() && !self.state_has_room(bytes) {
            self.go_over("state_limit", format!("slot \"{name}\" was not set: the conversation is full"));
            return false;
        }
        let (kind, from, sensitive) = (slot.kind, slot.from, slot.sensitive);
        let set = self.emit_if_room(Event::SlotSet { slot: name.clone(), value, said, kind, from, sensitive });
        if set.is_some() {
            self.state.clear.slots.remove(name);
        }
        if let Some(value) = clear.filter(|_| set.is_some()) {
            self.spend_clear(bytes);
            self.state.clear.slots.insert(name.clone(), value);
        }
        set.is_some()
    }

    /// Empties a slot, if it is filled.
    pub(super) fn empty_slot(&mut self, name: &SlotName) {
        if self.slot(name).is_some() {
            if let Some(attribute) = name.contact_attribute() {
                self.contact.remove(attribute);
            }
            self.state.clear.slots.remove(name);
            self.emit(Event::SlotEmptied { slot: name.clone() });
        }
    }

    /// Reads with the sensitive values in clear, as a service gets them.
    pub(super) fn with_clear_scope<T>(&self, read: impl FnOnce(&Scope<'_>) -> T) -> T {
        let clear = self.state.clear.slots.iter();
        let clear: Vec<(&str, Slot)> = clear.map(|(name, value)| (name.as_str(), Slot::plain(value.clone()))).collect();
        self.with_scope_in(&self.state.language, &self.message, &clear, read)
    }

    pub(super) fn keep_call_clear(&mut self, call: EventNo, with: Value) {
        self.spend_clear(budget::bytes_of(&with));
        self.state.clear.calls.insert(call, with);
    }

    // ── Where the walk is ──

    pub(super) fn flow(&self, name: &FlowName) -> Option<&'a Flow> {
        self.bot.program.flows.get(name)
    }

    /// Whether the flow on top waits for a service.
    pub(super) fn during_call(&self) -> bool {
        matches!(self.state.open_wait(), Some(wait) if matches!(wait.kind, WaitKind::Call { .. }))
    }

    /// What the message may mean; asked once a turn.
    pub(super) fn understand(&mut self) -> Rc<Understanding> {
        if let Some(understanding) = &self.understanding {
            return Rc::clone(understanding);
        }
        let understanding = Rc::new(self.bot.matcher.understand(&self.message, &self.moment()));
        self.understanding = Some(Rc::clone(&understanding));
        understanding
    }
}

/// A name of the author as a label: `track_order` becomes `Track order`.
pub fn readable(name: &str) -> String {
    let spaced = name.replace(['_', '-'], " ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
