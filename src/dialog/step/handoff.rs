//! `handoff`: pass the visitor to a queue. After it nothing of the flow is reachable.

use crate::dialog::turn::Turn;
use crate::dialog::walk::Next;
use crate::flow::Handoff;

pub(in crate::dialog) fn walk(turn: &mut Turn<'_>, handoff: &Handoff) -> Next {
    let reason = match &handoff.reason {
        Some(reason) => turn.text_for_agents(reason),
        None => turn.handoff_reason(),
    };
    let say = handoff.say.as_ref().map(|say| turn.text(say));
    turn.hand_off(&handoff.queue, reason, handoff.priority, say);
    Next::Stop
}
