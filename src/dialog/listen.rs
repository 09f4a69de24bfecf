//! What a visitor's message means, in the order that the format promises: a live button, a request for a person, flows that
//! interrupt always, the open question's answer, cancel, restart and back, other intents, and at last the fallback.

use crate::dialog::budget::{self, HELD_BYTES_MAX};
use crate::dialog::decide::{MESSAGE_CHARS_MAX, Refused, spoken};
use crate::dialog::turn::Turn;
use crate::dialog::walk::TAKE_MESSAGE;
use crate::dialog::{ButtonTarget, Ended, Event, Message, Owner, Phase, Press, WaitKind, WokenBecause};
use crate::flow::{Builtin, Entity, Flow, Kind, MASK, Priority, Slot};
use crate::id::{FlowName, IntentName};
use crate::matcher::{Asked, CountedAs, Evidence, Heard, Ranked, Understanding, Unwanted};
use crate::text;

/// Messages that are kept during a call.
const HELD_MAX: usize = 5;

/// "Did you mean" names at most so many intents.
const CANDIDATES_MAX: usize = 3;

/// An intent below this share of the best one's confidence is not named beside it.
const CANDIDATE_SHARE: f64 = 0.4;

/// Where the two best intents are nearer to each other than this, the bot asks, however sure of the best.
const MARGIN: f64 = 0.1;

/// What is kept of an understanding: intents, and evidence for each.
const KEPT_MAX: usize = 3;

/// Characters of a rule, and of the words that it explains, that are kept of an understanding.
const KEPT_RULE_CHARS: usize = 60;

/// Bytes that are kept of an understanding, before only the strongest evidence stays.
const KEPT_BYTES: usize = 4_096;

/// Words that nothing explains, and characters of each, that are kept of an understanding.
const KEPT_WORDS: usize = 24;
const KEPT_WORD_CHARS: usize = 24;

impl Turn<'_> {
    /// The visitor wrote.
    pub(super) fn visitor_wrote(&mut self, text: &str, client: Option<&str>) -> Result<(), Refused> {
        let text = &*spoken(text)?;
        // A typed label of a live button is a press.
        let typed = text::fold(text);
        let live = self.state.buttons.iter().rev().find(|live| text::fold(&live.button.label) == typed).cloned();
        let pressed = live.as_ref().map(|live| Press { event: live.event, option: live.option });
        self.record_message(text, client, pressed);
        match live {
            Some(live) => self.act_on_press(&live.button.target, text),
            None => self.react(text),
        }
        Ok(())
    }

    /// The visitor pressed a button, perhaps an old one.
    pub(super) fn visitor_pressed(
        &mut self,
        press: &Press,
        label: &str,
        target: &ButtonTarget,
        client: Option<&str>,
    ) -> Result<(), Refused> {
        let label = &*spoken(label)?;
        self.record_message(label, client, Some(press.clone()));
        self.act_on_press(target, label);
        Ok(())
    }

    /// Records what the visitor said; nothing follows from it yet.
    pub(super) fn record_message(&mut self, text: &str, client: Option<&str>, pressed: Option<Press>) {
        let state = &self.state;
        self.also_offered = state.also_offered.clone();
        self.person_offered = state.person_offered;
        self.said_before = state.last_text.clone();
        self.asked_for_more = state.anything_else && state.tasks.is_empty() && state.buttons.is_empty();
        self.message = text.to_owned();
        self.masked_message = self.masked(text);
        let event =
            Event::VisitorSaid { text: self.masked_message.clone(), client: client.map(str::to_owned), pressed };
        self.message_no = Some(self.emit(event));
        if matches!(self.state.phase, Phase::Resolved { .. }) {
            self.emit(Event::Reopened);
        }
        self.end_snooze(WokenBecause::Visitor);
    }

    fn react(&mut self, text: &str) {
        match self.state.owner() {
            Some(Owner::Bot) => self.listen(text),
            Some(Owner::Queue(_)) => self.in_queue(),
            Some(Owner::Agent(_)) | None => {}
        }
    }

    fn act_on_press(&mut self, target: &ButtonTarget, label: &str) {
        match (target, self.state.owner()) {
            (_, Some(Owner::Agent(_)) | None) => {}
            (ButtonTarget::Builtin(builtin), Some(Owner::Queue(_))) => self.builtin_in_queue(*builtin),
            (_, Some(Owner::Queue(_))) => self.in_queue(),
            (_, Some(Owner::Bot)) if self.during_call() && *target != ButtonTarget::Builtin(Builtin::Human) => {
                self.listen(label);
            }
            (ButtonTarget::Text, Some(Owner::Bot)) => self.listen(label),
            (ButtonTarget::Intent(intent), Some(Owner::Bot)) => {
                if !self.serve(&intent.clone()) {
                    self.listen(label);
                }
            }
            (ButtonTarget::Builtin(builtin), Some(Owner::Bot)) => {
                if !self.do_builtin(*builtin) {
                    self.listen(label);
                }
            }
            (ButtonTarget::Option { place, index }, Some(Owner::Bot)) => {
                if !self.take_option(place, *index, label) {
                    self.listen(label);
                }
            }
        }
    }

    /// The bot owns: the message is answered; a visitor who is losing patience is offered a person besides.
    fn listen(&mut self, text: &str) {
        self.answer(text);
        let frustration = self.bot.program.frustration.ask_at;
        let ask_from = self.state.frustration_asked.saturating_add(frustration.max(1));
        let leaves = self.understanding.as_ref().is_some_and(|understanding| understanding.farewell);
        if self.state.with_bot() && !self.during_call() && !leaves && self.state.frustration >= ask_from {
            self.emit(Event::PersonOffered { for_file: false });
            let text = self.sentence("offer_person", &[]);
            let buttons = vec![self.person_button()];
            self.say_message(Message { text, buttons, ..Message::default() }, None);
        }
    }

    /// What does the message mean?
    fn answer(&mut self, text: &str) {
        if self.during_call() {
            return self.listen_during_call(text);
        }
        let understanding = self.understand();
        self.note_understanding(&understanding);
        self.offer_person |= self.state.frustration >= self.bot.program.frustration.offer_at.max(1);
        self.follow_language(&understanding);
        let sure = self.bot.program.fallback.sure;
        let takes_any_text = self.question_takes_any_text();

        // A request for a person comes first, and no rule can shadow it. Where the question takes any text it must be all
        // that the message says; else the text is the answer, and a person is offered beside what follows.
        if let Some(human) = understanding.builtin.get(&Builtin::Human) {
            let clear = understanding.asks_for_person(&self.bot.program.fallback);
            if human.whole || (clear && !takes_any_text) {
                return self.human();
            }
            self.offer_person |= clear;
        }
        if self.mend() {
            return;
        }
        let parts = self.surely_asked(&understanding);
        let surest = parts.first().or(understanding.ranked.first()).filter(|ranked| {
            ranked.confidence >= sure
                && (parts.len() > 1 || understanding.margin() >= MARGIN)
                && (self.flow_of(&ranked.intent).is_some()
                    || self.builtin_of(&ranked.intent).is_some()
                    || self.small_talk_of(&ranked.intent).is_some())
        });
        if let Some(ranked) = surest
            && !takes_any_text
            && self.flow_of(&ranked.intent).is_some_and(|flow| flow.interrupts)
            && self.serve(&ranked.intent)
        {
            return;
        }
        if takes_any_text && self.say_goodbye(&understanding, None) {
            return;
        }
        let whole = |builtin: Builtin| understanding.builtin.get(&builtin).is_some_and(|heard| heard.whole);
        let steering = [Builtin::Cancel, Builtin::Restart, Builtin::Back];
        if takes_any_text
            && let Some(builtin) = steering.into_iter().find(|builtin| whole(*builtin))
            && self.do_builtin(builtin)
        {
            return;
        }
        if self.answer_open_question(&understanding) {
            return;
        }
        if self.say_goodbye(&understanding, surest) || self.drop_unwanted(&understanding, surest.is_some()) {
            return;
        }
        let heard = |builtin: &Builtin| {
            let confidence = understanding.builtin.get(builtin).map_or(0.0, |heard| heard.confidence);
            confidence >= sure && surest.is_none_or(|ranked| ranked.confidence <= confidence)
        };
        if let Some(builtin) = steering.into_iter().find(heard)
            && self.do_builtin(builtin)
        {
            return;
        }
        let talk = surest.and_then(|ranked| self.small_talk_of(&ranked.intent));
        let leaves = talk.is_some_and(|talk| talk.leaves);
        let no_wish = surest.is_none() || talk.is_some();
        if let Some(also) = self.also_offered.take().filter(|_| no_wish && !leaves) {
            if whole(Builtin::Yes) && self.serve(&also) {
                return;
            }
            if whole(Builtin::No) {
                return self.say_sentence("anything_else_no", &[]);
            }
        }
        if self.person_offered && whole(Builtin::Yes) {
            return self.human();
        }
        if self.person_offered && whole(Builtin::No) {
            self.say_sentence(if self.open_step().is_some() { "unwanted_go_on" } else { "unwanted" }, &[]);
            return self.ask_open_question();
        }
        // "No" to a question that it does not answer is no to the task.
        if whole(Builtin::No) && no_wish && self.open_step().is_some() {
            return self.cancel();
        }
        // "Anything else?" is no question of a flow, and yet it may be answered with a word.
        if self.asked_for_more && whole(Builtin::No) && no_wish && !leaves {
            return self.say_sentence("anything_else_no", &[]);
        }
        if let [_, also, ..] = &parts[..] {
            self.emit(Event::AlsoAsked { intent: also.intent.clone() });
        }
        if let Some(ranked) = surest
            && (self.serve(&ranked.intent)
                || self.builtin_of(&ranked.intent).is_some_and(|builtin| self.do_builtin(builtin)))
        {
            return;
        }
        if self.asked_for_more && whole(Builtin::Yes) {
            return self.say_sentence("anything_else_yes", &[]);
        }
        self.fall_back(&understanding);
    }

    /// During a call a request for a person and cancel act at once; other messages wait for the result.
    fn listen_during_call(&mut self, text: &str) {
        let understanding = self.understand();
        let sure = self.bot.program.fallback.sure;
        let heard = |builtin| understanding.builtin.get(&builtin).is_some_and(|heard| heard.confidence >= sure);
        if heard(Builtin::Human) {
            return self.human();
        }
        if heard(Builtin::Cancel) {
            self.cancel();
            return;
        }
        let Some(of) = self.message_no else { return };
        let held = Event::Held { of, text: self.masked(text) };
        let bytes = budget::weight(&held);
        let room = HELD_BYTES_MAX.saturating_sub(budget::bytes_of(&self.state.held));
        if self.state.held.len() >= HELD_MAX
            || bytes > room
            || !self.turn_has_room(bytes)
            || !self.state_has_room(bytes)
        {
            self.say_sentence("still_working_full", &[]);
        } else {
            self.record(held, bytes);
            if self.state.held.len() == 1 {
                self.say_sentence("still_working", &[]);
            }
        }
    }

    /// Decides the messages that came during a call, in their order. A new call keeps the rest waiting.
    pub(super) fn take_held(&mut self) {
        if self.state.held.is_empty() || self.during_call() {
            return;
        }
        let held = self.state.held.clone();
        self.emit(Event::HeldTaken);
        // Of what was taken back meanwhile nothing is left to decide.
        for message in held.into_iter().filter(|message| !message.text.is_empty()) {
            if !self.state.with_bot() {
                // A person will read it in the transcript.
                return;
            }
            if self.during_call() {
                self.emit_if_room(Event::Held { of: message.of, text: message.text });
                continue;
            }
            self.masked_message.clone_from(&message.text);
            self.message = message.text;
            self.message_no = Some(message.of);
            self.understanding = None;
            let text = self.message.clone();
            self.listen(&text);
        }
    }

    fn note_understanding(&mut self, understanding: &Understanding) {
        let Some(of) = self.message_no else { return };
        // What was masked in the message must not come back in its explanation.
        let masked = self.masked_message != self.message;
        let told = if masked { 0 } else { KEPT_MAX };
        let clipped = |text: &str, chars: usize| {
            let mut text = text.to_owned();
            budget::clip(&mut text, chars);
            text
        };
        let evidence = |evidence: &Evidence| Evidence {
            weight: rounded(evidence.weight),
            rule: clipped(&evidence.rule, KEPT_RULE_CHARS),
            words: clipped(&evidence.words, KEPT_RULE_CHARS),
            ..evidence.clone()
        };
        let ranked = understanding.ranked.iter().take(KEPT_MAX).map(|ranked| Ranked {
            intent: ranked.intent.clone(),
            confidence: rounded(ranked.confidence),
            evidence: ranked.evidence.iter().take(told).map(evidence).collect(),
        });
        let counted = |counted: &CountedAs| CountedAs {
            said: clipped(&counted.said, KEPT_RULE_CHARS),
            word: clipped(&counted.word, KEPT_RULE_CHARS),
            at: counted.at.clone(),
        };
        let asked = |asked: &Asked| Asked {
            intent: asked.intent.clone(),
            words: clipped(&asked.words, KEPT_RULE_CHARS),
            confidence: rounded(asked.confidence),
        };
        let unwanted = |unwanted: &Unwanted| Unwanted {
            intent: unwanted.intent.clone(),
            words: clipped(&unwanted.words, KEPT_RULE_CHARS),
            confidence: rounded(unwanted.confidence),
        };
        let heard = |heard: &Heard| Heard { confidence: rounded(heard.confidence), ..*heard };
        let unexplained = understanding.unexplained.iter().take(if masked { 0 } else { KEPT_WORDS });
        let mut kept = Understanding {
            ranked: ranked.collect(),
            farewell: understanding.farewell,
            frustration: understanding.frustration.saturating_add(self.repetition(understanding)),
            parts: if masked { Vec::new() } else { understanding.parts.iter().map(asked).collect() },
            unwanted: if masked { Vec::new() } else { understanding.unwanted.iter().map(unwanted).collect() },
            builtin: understanding.builtin.iter().map(|(builtin, as_heard)| (*builtin, heard(as_heard))).collect(),
            values: Vec::new(),
            counted: understanding.counted.iter().take(told).map(counted).collect(),
            unexplained: unexplained.map(|word| clipped(word, KEPT_WORD_CHARS)).collect(),
            language: understanding.language.clone(),
        };
        // The longest messages leave the least room for their explanation, and nobody reads one of that length.
        if budget::bytes_of(&kept) > KEPT_BYTES {
            kept.unexplained.clear();
            kept.counted.clear();
            kept.ranked.iter_mut().for_each(|ranked| ranked.evidence.truncate(1));
        }
        self.emit(Event::Understood { of, understanding: kept });
    }

    /// The conversation's language follows the visitor.
    pub(super) fn follow_language(&mut self, understanding: &Understanding) {
        if let Some(language) = &understanding.language
            && *language != self.state.language
            && self.bot.program.languages.contains(language)
        {
            self.emit(Event::LanguageSet { language: language.clone() });
        }
    }

    /// Sensitive values in a text, asked for or not, are masked before anything is recorded.
    pub(super) fn masked(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for (from, to) in self.sensitive_ranges(text).into_iter().rev() {
            masked.replace_range(from..to, MASK);
        }
        // A mask may be longer than what it hides.
        budget::clip(&mut masked, MESSAGE_CHARS_MAX);
        masked
    }

    /// Where sensitive values stand in a text, in order; those that overlap are one.
    pub(super) fn sensitive_ranges(&self, text: &str) -> Vec<(usize, usize)> {
        let entities = self.bot.program.entities.values().filter(|entity| entity.sensitive);
        let values =
            |entity: &Entity| self.bot.matcher.values(&Kind::Entity(entity.name.clone()), text, &self.moment());
        let mut found: Vec<_> = entities.flat_map(values).map(|found| found.range).collect();
        found.sort_unstable();
        let mut ranges: Vec<(usize, usize)> = Vec::with_capacity(found.len());
        for (from, to) in found {
            match ranges.last_mut() {
                Some(last) if from < last.1 => last.1 = last.1.max(to),
                _ => ranges.push((from, to)),
            }
        }
        ranges
    }

    fn question_takes_any_text(&self) -> bool {
        let Some((flow, index)) = self.open_step() else { return false };
        match &flow.code[index].op {
            crate::flow::Op::Ask(ask) => matches!(ask.expect, Kind::Text | Kind::Name),
            crate::flow::Op::Rate(_) => {
                matches!(self.state.open_wait().map(|wait| &wait.kind), Some(WaitKind::RateComment { .. }))
            }
            _ => false,
        }
    }

    // ── Acting ──

    /// The flow that serves an intent.
    pub(super) fn flow_of(&self, intent: &IntentName) -> Option<&'_ Flow> {
        self.flow(self.bot.program.intents.get(intent)?.flow.as_ref()?)
    }

    /// Which built-in intent it is, if one: an author may have added words to it.
    fn builtin_of(&self, intent: &IntentName) -> Option<Builtin> {
        self.bot.program.intents.get(intent)?.builtin
    }

    /// Serves an intent that is certain. Says whether anything serves it.
    pub(super) fn serve(&mut self, intent: &IntentName) -> bool {
        let Some(flow) = self.flow_of(intent) else { return self.talk(intent) };
        let (name, interrupts) = (flow.name.clone(), flow.interrupts);
        if self.state.also.as_ref() == Some(intent) {
            self.forget_also();
        }
        if !self.state.tasks.is_empty() {
            self.emit(Event::CountsReset);
        }
        if let Some(task) = self.state.tasks.iter().rposition(|task| task.frames.iter().any(|frame| frame.flow == name))
        {
            // It is running, or waits below: whatever lies above is over, and what the message tells is filled in.
            while self.state.tasks.len() > task + 1 {
                self.end_task(Ended::Replaced);
            }
            self.fill_from_message(&name);
            match self.open_step() {
                Some((_, index)) => self.walk(index),
                None => self.walk(0),
            }
            return true;
        }
        if interrupts {
            self.end_all(Ended::Replaced);
        }
        self.begin(&name, crate::dialog::Started::Task);
        self.emit(Event::CountsReset);
        self.fill_from_message(&name);
        self.walk(0);
        true
    }

    /// Does what a built-in intent says. Says whether it meant anything here.
    fn do_builtin(&mut self, builtin: Builtin) -> bool {
        match builtin {
            Builtin::Human => self.human(),
            Builtin::Cancel => self.cancel(),
            Builtin::Restart => self.restart(),
            Builtin::Back => self.back(),
            Builtin::Yes | Builtin::No | Builtin::Skip => return self.answer_builtin(builtin),
            // "Leave a message" is also offered where nobody is at the desk.
            Builtin::LeaveMessage => self.start(&FlowName::from(TAKE_MESSAGE)),
            Builtin::LeaveQueue => return false,
        }
        true
    }

    /// The visitor asks for a person: the author's flow for it, else the default queue.
    pub(super) fn human(&mut self) {
        self.reason = Some(self.sentence_for_agents("handoff_reason_asked", &[]));
        let own = self.bot.program.intents.values().find(|intent| intent.builtin == Some(Builtin::Human));
        if let Some(flow) = own.and_then(|intent| intent.flow.clone())
            && !self.state.running_flows().contains(&flow)
        {
            return self.start(&flow);
        }
        let queue = self.bot.program.default_queue.clone();
        let reason = self.handoff_reason();
        self.hand_off(&queue, reason, Priority::Normal, None);
    }

    pub(super) fn cancel(&mut self) {
        self.forget_also();
        if self.state.tasks.is_empty() {
            return self.say_sentence("cancelled_nothing", &[]);
        }
        let message = self.state.running_flows().last().is_some_and(|flow| flow.as_str() == TAKE_MESSAGE);
        self.end_task(Ended::Cancelled);
        self.emit(Event::CountsReset);
        self.say_sentence(if message { "take_message_dropped" } else { "cancelled" }, &[]);
        self.ask_open_question();
    }

    fn restart(&mut self) {
        self.forget_also();
        self.end_all(Ended::Cancelled);
        self.emit(Event::CountsReset);
        self.say_sentence("restarted", &[]);
        self.greet();
    }

    /// Back to the question before: what was filled last is emptied and asked again.
    fn back(&mut self) {
        let filled = self.state.tasks.last().map(|task| task.filled.clone()).unwrap_or_default();
        let question = filled.iter().rev().find_map(|slot| Some((slot.clone(), self.question_of(slot)?)));
        match question {
            Some((slot, index)) => {
                self.empty_slot(&slot);
                self.walk(index);
            }
            None if self.state.tasks.is_empty() => self.say_sentence("cancelled_nothing", &[]),
            None => {
                self.say_sentence("back_nothing", &[]);
                self.ask_open_question();
            }
        }
    }

    // ── Not understanding ──

    /// Nothing fitted surely: repeat the question, or ask what was meant, or to put it another way, or call a person.
    fn fall_back(&mut self, understanding: &Understanding) {
        if self.retry_open_question() {
            return;
        }
        let fallback = self.bot.program.fallback.clone();
        // Nobody is asked whether they meant to say hello.
        let best = understanding.ranked.iter().find(|ranked| self.small_talk_of(&ranked.intent).is_none());
        let best = best.map_or(0.0, |ranked| ranked.confidence);
        if best < fallback.unsure && !understanding.unwanted.is_empty() {
            return self.say_sentence("unwanted", &[]);
        }
        if best >= fallback.unsure {
            return self.did_you_mean(understanding, best);
        }
        let Some(of) = self.message_no else { return };
        self.emit(Event::Missed { of });
        if self.state.misses >= fallback.misses {
            let count = Slot::plain(self.state.misses);
            let reason = self.sentence_for_agents("handoff_reason_misses", &[("count", count)]);
            let queue = self.bot.program.default_queue.clone();
            return self.hand_off(&queue, reason, Priority::Normal, None);
        }
        let text = self.sentence("rephrase", &[]);
        let buttons = vec![self.person_button()];
        self.say_message(Message { text, buttons, ..Message::default() }, None);
    }

    fn did_you_mean(&mut self, understanding: &Understanding, best: f64) {
        let own = FlowName::from("did_you_mean");
        if self.flow(&own).is_some_and(|flow| !flow.builtin) {
            return self.start(&own);
        }
        let candidates = understanding
            .ranked
            .iter()
            .filter(|ranked| ranked.confidence >= best * CANDIDATE_SHARE && self.flow_of(&ranked.intent).is_some())
            .take(CANDIDATES_MAX);
        let mut buttons: Vec<_> = candidates.map(|ranked| self.intent_button(&ranked.intent)).collect();
        buttons.push(self.person_button());
        let text = self.sentence("did_you_mean", &[]);
        self.say_message(Message { text, buttons, ..Message::default() }, None);
    }
}

/// Three digits say all that an explanation needs, and keep the row short.
fn rounded(share: f64) -> f64 {
    (share * 1_000.0).round() / 1_000.0
}
