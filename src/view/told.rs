//! The names of the texts with which a desk tells of a move, on the web and in Telegram.

use crate::dialog::{AssignedBy, ClosedBecause, Ended, QueueLeft, RemoteKind, ReturnedBecause, UndeliverableBecause};

/// Why a visitor no longer waits.
pub fn left(why: QueueLeft) -> &'static str {
    match why {
        QueueLeft::Visitor => "desk-left-visitor",
        QueueLeft::LeftMessage => "desk-left-message",
        QueueLeft::Closed => "desk-left-closed",
        QueueLeft::WaitedTooLong => "desk-left-waited",
        QueueLeft::AgentsAway => "desk-left-away",
    }
}

/// How it came to an agent.
pub fn assigned(by: AssignedBy) -> &'static str {
    match by {
        AssignedBy::Assigner => "desk-assigned-assigner",
        AssignedBy::Claim => "desk-assigned-claim",
        AssignedBy::TakeOver => "desk-assigned-take-over",
        AssignedBy::Transfer => "desk-assigned-transfer",
        AssignedBy::Elsewhere => "desk-assigned-elsewhere",
        AssignedBy::OtherDesk => "desk-assigned-other-desk",
    }
}

/// Why the queue has it again.
pub fn returned(why: ReturnedBecause) -> &'static str {
    match why {
        ReturnedBecause::Agent => "desk-returned-agent",
        ReturnedBecause::Away => "desk-returned-away",
        ReturnedBecause::Silent => "desk-returned-silent",
        ReturnedBecause::Transfer => "desk-returned-transfer",
    }
}

/// Why it is over.
pub fn closed(why: ClosedBecause) -> &'static str {
    match why {
        ClosedBecause::Resolved => "desk-closed-resolved",
        ClosedBecause::Idle => "desk-closed-idle",
        ClosedBecause::Elsewhere => "desk-closed-elsewhere",
        ClosedBecause::SignedOut => "desk-closed-signed-out",
        ClosedBecause::Unsubscribed => "desk-closed-unsubscribed",
        ClosedBecause::Blocked => "desk-closed-blocked",
    }
}

/// How a flow ended, in a word; none while it runs.
pub fn ended(how: Option<Ended>) -> &'static str {
    match how {
        None => "desk-tried-running",
        Some(Ended::Finished) => "desk-tried-finished",
        Some(Ended::Cancelled) => "desk-tried-cancelled",
        Some(Ended::HandedOff) => "desk-tried-handed-off",
        Some(Ended::Replaced) => "desk-tried-replaced",
        Some(Ended::Gone) => "desk-tried-gone",
        Some(Ended::Failed) => "desk-tried-failed",
    }
}

/// What somebody sent from a messaging app.
pub fn remote(kind: RemoteKind) -> &'static str {
    match kind {
        RemoteKind::Image => "desk-remote-image",
        RemoteKind::Video => "desk-remote-video",
        RemoteKind::Audio => "desk-remote-audio",
        RemoteKind::File => "desk-remote-file",
        RemoteKind::Sticker => "desk-remote-sticker",
        RemoteKind::Location => "desk-remote-location",
        RemoteKind::Contact => "desk-remote-contact",
        RemoteKind::Unsupported => "desk-remote-unsupported",
    }
}

/// Why a message never arrives.
pub fn undelivered(why: UndeliverableBecause) -> &'static str {
    match why {
        UndeliverableBecause::Blocked => "desk-undelivered-blocked",
        UndeliverableBecause::Window => "desk-undelivered-window",
        UndeliverableBecause::Refused => "desk-undelivered-refused",
        UndeliverableBecause::Credentials => "desk-undelivered-credentials",
        UndeliverableBecause::Expired => "desk-undelivered-expired",
    }
}
