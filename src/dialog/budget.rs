//! What a conversation and a turn may hold, in bytes of JSON, so that the store never refuses what was decided: it takes 64 KB
//! for a state and 64 KB for a commit, which is a turn's events and the record of what came in.
//!
//! A state has 48 KB. Whatever grows it (a slot, a wait, a held message, a call) is counted before it is recorded; what does
//! not fit is left out with an event that says so, and a person goes on. The parts that outlive a handoff are small enough that
//! a message of the full length can always be left afterwards: the opening (10 KB), what is known of the person (6 KB) and the
//! card (12 KB of slots) leave 20 KB. What agents filed is bounded by itself (9 KB) and not counted: no agent may make a bot fail. A turn has 51 KB, and 4 KB more for passing the visitor on; the rest is the record's.
//!
//! Counting is cheap: each event is counted once as it is recorded, without being built. The state is counted whole once a turn,
//! before something grows it for the first time; from then on the events are added to that, which can only be too much, and it
//! is counted again only where the sum seems to reach the limit.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::dialog::turn::Turn;
use crate::dialog::walk::TAKE_MESSAGE;
use crate::dialog::{Conversation, Event, LiveButton, Owner};
use crate::flow::{Priority, Slot};
use crate::id::{EventNo, SlotName};

/// Bytes of a state.
pub(super) const STATE_BYTES_MAX: usize = 48 * 1024;

/// Bytes of a turn's events, before it ends with a handoff.
const TURN_BYTES_MAX: usize = 51 * 1024;

/// Bytes of a turn's events with the handoff that ends it.
pub(super) const TURN_BYTES_END: usize = 55 * 1024;

/// Events of a turn; the store takes 1,000.
const TURN_EVENTS_MAX: usize = 500;

/// Bytes of the messages that are held during a call: one of the full length, or several as people write them.
pub(super) const HELD_BYTES_MAX: usize = 17 * 1024;

/// Bytes of the slots that a handoff takes along.
const CARD_BYTES_MAX: usize = 12 * 1024;

/// Bytes of what a conversation learns about the person.
pub(super) const CONTACT_BYTES_MAX: usize = 6 * 1024;

/// Bytes of the options of one question.
pub(super) const OPTIONS_BYTES_MAX: usize = 12 * 1024;

/// Bytes of the buttons whose labels may be typed.
const LIVE_BUTTONS_BYTES_MAX: usize = 12 * 1024;

/// Characters of a button's label.
pub(super) const LABEL_CHARS_MAX: usize = 200;

/// Characters of the reason for a handoff.
pub(super) const REASON_CHARS_MAX: usize = 500;

/// What the store adds to an event, and the state to what it takes of one.
const EVENT_ENVELOPE: usize = 64;

/// What a turn has used of its budget.
#[derive(Debug, Default)]
pub(super) struct Spent {
    /// Bytes of the events so far.
    events: usize,
    /// At least the bytes of the state, once it was counted.
    state: Option<usize>,
    /// A limit was reached, and the visitor is not with a person yet.
    over: bool,
    /// The visitor was passed on because of a limit.
    handed_over: bool,
}

impl Spent {
    /// An opening is stored in one commit with the message that follows it.
    pub(super) fn before(conversation: &Conversation) -> Self {
        let events = if conversation.version <= EventNo(1) { bytes_of(&conversation.opening) } else { 0 };
        Self { events, ..Self::default() }
    }
}

impl Turn<'_> {
    /// Records an event if the budgets of the turn and of the state allow it; else the turn ends with a handoff.
    pub(super) fn emit_if_room(&mut self, event: Event) -> Option<EventNo> {
        let bytes = weight(&event);
        if self.is_over() {
            return None;
        }
        if !self.turn_has_room(bytes) {
            self.go_over("turn_limit", format!("a turn may have {TURN_EVENTS_MAX} events of {TURN_BYTES_MAX} bytes"));
            return None;
        }
        if !self.state_has_room(growth(&event, bytes)) {
            self.go_over("state_limit", format!("a conversation may hold {STATE_BYTES_MAX} bytes"));
            return None;
        }
        Some(self.record(event, bytes))
    }

    /// Counts an event that is recorded.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.spent.events += bytes;
        if let Some(state) = &mut self.spent.state {
            *state += bytes;
        }
    }

    /// Counts a value in clear, which only the state holds.
    pub(super) fn spend_clear(&mut self, bytes: usize) {
        if let Some(state) = &mut self.spent.state {
            *state += bytes + EVENT_ENVELOPE;
        }
    }

    /// How many bytes of events the turn may still record, the handoff that ends it included.
    pub(super) fn room_left(&self) -> usize {
        TURN_BYTES_END.saturating_sub(self.spent.events)
    }

    /// Whether the turn may record so many bytes more.
    pub(super) fn turn_has_room(&self, bytes: usize) -> bool {
        let limit = if self.spent.handed_over { TURN_BYTES_END } else { TURN_BYTES_MAX };
        self.spent.events + bytes <= limit && self.events.len() < TURN_EVENTS_MAX
    }

    /// Whether the state may grow by so many bytes.
    pub(super) fn state_has_room(&mut self, bytes: usize) -> bool {
        if bytes == 0 {
            return true;
        }
        let at_most = *self.spent.state.get_or_insert_with(|| counted(&self.state));
        if at_most + bytes <= STATE_BYTES_MAX {
            return true;
        }
        let exactly = counted(&self.state);
        self.spent.state = Some(exactly);
        exactly + bytes <= STATE_BYTES_MAX
    }

    /// Whether a limit was reached, so that nothing counts any more but passing the visitor on.
    pub(super) fn is_over(&self) -> bool {
        self.spent.over
    }

    /// A limit is reached: a person goes on.
    pub(super) fn go_over(&mut self, code: &str, detail: String) {
        if !self.spent.over {
            self.spent.over = true;
            self.emit(Event::Fault { code: code.to_owned(), detail });
        }
    }

    /// Passes the visitor to a person, if a limit was reached.
    pub(super) fn hand_over_if_over(&mut self) {
        if !std::mem::take(&mut self.spent.over) || !matches!(self.state.owner(), Some(Owner::Bot)) {
            return;
        }
        let again = std::mem::replace(&mut self.spent.handed_over, true);
        let reason = self.sentence_for_agents("handoff_reason_limit", &[]);
        let queue = self.bot.program.default_queue.clone();
        if again {
            // The flow that runs where nobody can answer reached a limit too: the visitor waits, whatever the hours.
            let (max_wait, closes) = (None, None);
            let priority = Priority::Normal;
            self.emit(Event::HandoffRequested { queue, priority, reason, closed: false, max_wait, closes });
            return;
        }
        self.steps = 0;
        // What was told already is not lost with the flow that asked for it.
        if self.state.running_flows().last().is_some_and(|flow| flow.as_str() == TAKE_MESSAGE) {
            self.message_left();
        }
        self.say_sentence("limit_turn", &[]);
        self.hand_off(&queue, reason, Priority::Normal, Some(String::new()));
    }
}

/// The bytes of a state, without what agents filed.
fn counted(state: &Conversation) -> usize {
    bytes_of(state).saturating_sub(bytes_of(&state.filed))
}

/// By how much an event grows the state, at most.
fn growth(event: &Event, bytes: usize) -> usize {
    match event {
        Event::BotSaid { message, .. } if message.all_buttons().next().is_none() => 0,
        Event::Called { .. } | Event::Understood { .. } => 0,
        _ => bytes,
    }
}

/// What an event takes of a turn.
pub(super) fn weight(event: &Event) -> usize {
    bytes_of(event) + EVENT_ENVELOPE
}

/// The bytes of a value as JSON, counted without building it.
pub(crate) fn bytes_of(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    // Counting cannot fail, and the values have no keys that JSON lacks; a value that could not be written has no size.
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0,
        Err(_) => 0,
    }
}

struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0 += bytes.len();
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Cuts a text after so many characters.
pub(super) fn clip(text: &mut String, chars: usize) {
    // A character has at least one byte, so most texts need no counting.
    if text.len() > chars
        && let Some((end, _)) = text.char_indices().nth(chars)
    {
        text.truncate(end);
    }
}

/// Drops the largest slots until those that stay fit a handoff's card. Gives the names of the dropped ones.
pub(super) fn fit_card(slots: &mut BTreeMap<SlotName, Slot>) -> Vec<SlotName> {
    let mut sizes: Vec<(usize, SlotName)> =
        slots.iter().map(|(name, slot)| (bytes_of(slot) + name.as_str().len(), name.clone())).collect();
    let mut all: usize = sizes.iter().map(|(size, _)| size).sum();
    sizes.sort();
    let mut dropped = Vec::new();
    while all > CARD_BYTES_MAX
        && let Some((size, name)) = sizes.pop()
    {
        slots.remove(&name);
        all -= size;
        dropped.push(name);
    }
    dropped
}

/// Drops the oldest live buttons until the others fit.
pub(super) fn fit_buttons(buttons: &mut Vec<LiveButton>, most: usize) {
    let mut room = LIVE_BUTTONS_BYTES_MAX;
    let fit = buttons.iter().rev().take(most).take_while(|live| {
        // Most labels are short: counting them well is worth more than counting them exactly.
        let bytes = bytes_of(&live.button) + EVENT_ENVELOPE / 2;
        let fits = bytes <= room;
        room = room.saturating_sub(bytes);
        fits
    });
    let surplus = buttons.len() - fit.count();
    buttons.drain(..surplus);
}
