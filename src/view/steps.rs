//! What the bot did between what was said: understood, began and ended flows, set values, asked services. Each run of such
//! steps belongs to one line of the transcript and is folded away under it: the message that it follows from.

use std::collections::BTreeMap;

use crate::dialog::{CallOutcome, Ended, Event, Recorded};
use crate::flow::words_said;
use crate::id::{EventNo, FlowName, IntentName, Language, ServiceName, SlotName};
use crate::matcher::Understanding;

/// One step.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of the events, documented there")]
pub enum Step<'a> {
    Understood(&'a Understanding),
    Missed,
    FlowStarted(&'a FlowName),
    FlowEnded { flow: &'a FlowName, how: Ended },
    SlotSet { slot: &'a SlotName, value: &'a serde_json::Value, said: &'a str },
    SlotEmptied(&'a SlotName),
    Called(&'a ServiceName),
    CallDone { service: Option<&'a ServiceName>, outcome: &'a CallOutcome },
    AlsoAsked(&'a IntentName),
    LanguageSet(&'a Language),
}

/// The steps of one line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steps<'a> {
    /// In order.
    pub steps: Vec<Step<'a>>,
    /// The last event among them.
    pub last: EventNo,
}

/// The steps of all lines, by the numbers of the lines' events. What comes before any line belongs to the first one.
pub fn steps(events: &[Recorded]) -> BTreeMap<EventNo, Steps<'_>> {
    let mut of_line: BTreeMap<EventNo, Steps<'_>> = BTreeMap::new();
    let mut services: BTreeMap<EventNo, &ServiceName> = BTreeMap::new();
    let mut before: Steps<'_> = Steps::default();
    let mut line: Option<EventNo> = None;
    for recorded in events {
        if let Event::Called { service, .. } = &recorded.event {
            services.insert(recorded.no, service);
        }
        if begins(&recorded.event) || (line.is_none() && matches!(recorded.event, Event::BotSaid { .. })) {
            line = Some(recorded.no);
            if !before.steps.is_empty() {
                of_line.insert(recorded.no, std::mem::take(&mut before));
            }
        } else if let Some(step) = step(&recorded.event, &services) {
            let of = about(&recorded.event).or(line);
            let steps = of.map_or(&mut before, |no| of_line.entry(no).or_default());
            steps.steps.push(step);
            steps.last = recorded.no;
        }
    }
    of_line
}

/// Whether what follows is the bot's answer to it.
fn begins(event: &Event) -> bool {
    matches!(event, Event::VisitorSaid { .. } | Event::HandedBack { .. } | Event::QueueLeft { .. })
}

/// The message that a step names itself: one that was held during a call is understood later.
fn about(event: &Event) -> Option<EventNo> {
    match event {
        Event::Understood { of, .. } | Event::Missed { of } | Event::Retried { of, .. } => Some(*of),
        Event::SlotSet { from, .. } => *from,
        _ => None,
    }
}

fn step<'a>(event: &'a Event, services: &BTreeMap<EventNo, &'a ServiceName>) -> Option<Step<'a>> {
    Some(match event {
        Event::Understood { understanding, .. } => Step::Understood(understanding),
        Event::Missed { .. } | Event::Retried { .. } => Step::Missed,
        Event::FlowStarted { flow, .. } => Step::FlowStarted(flow),
        Event::FlowEnded { flow, how } => Step::FlowEnded { flow, how: *how },
        Event::SlotSet { slot, value, said, .. } => Step::SlotSet { slot, value, said: words_said(value, said) },
        Event::SlotEmptied { slot } => Step::SlotEmptied(slot),
        Event::Called { service, .. } => Step::Called(service),
        Event::CallDone { call, outcome, .. } => Step::CallDone { service: services.get(call).copied(), outcome },
        Event::AlsoAsked { intent } => Step::AlsoAsked(intent),
        Event::LanguageSet { language } => Step::LanguageSet(language),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::{Message, Started};
    use crate::time::Time;

    #[test]
    fn steps_belong_to_the_message_that_they_follow_from() {
        let said = || Event::VisitorSaid { text: "x".to_owned(), client: None, pressed: None };
        let bot = || Event::BotSaid { message: Message::default(), at: None };
        let flow = |name: &str| Event::FlowStarted { flow: name.into(), how: Started::Task };
        let all = [
            flow("welcome"),
            bot(),
            Event::FlowEnded { flow: "welcome".into(), how: Ended::Finished },
            said(),
            Event::Called { service: "orders".into(), with: serde_json::Value::Null },
            said(),
            Event::CallDone { call: EventNo(5), outcome: CallOutcome::Timeout, awaited: true },
            Event::Missed { of: EventNo(4) },
        ];
        let events: Vec<_> =
            (1..).zip(all).map(|(no, event)| Recorded { no: EventNo(no), at: Time(0), event }).collect();
        let steps = steps(&events);
        let lines: Vec<_> = steps.iter().map(|(no, steps)| (no.0, steps.steps.len(), steps.last.0)).collect();
        assert_eq!(lines, [(2, 2, 3), (4, 2, 8), (6, 1, 7)]);
        let called = "orders".into();
        assert_eq!(
            steps[&EventNo(6)].steps,
            [Step::CallDone { service: Some(&called), outcome: &CallOutcome::Timeout }]
        );
    }
}
