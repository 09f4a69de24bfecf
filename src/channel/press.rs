//! What a button brings back when it is pressed: which button of which message, in a form that fits into the smallest field of
//! any platform (64 bytes) and that an older conversation's button cannot be mistaken in.

use crate::id::{ConversationId, EventNo};

/// What the payloads of our buttons begin with.
const MARK: &str = "fd";

/// A button of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pressed {
    /// The end of the conversation's id.
    tail: String,
    /// The message.
    pub event: EventNo,
    /// The button in it, from 0.
    pub option: usize,
}

/// The payload of a button.
pub fn payload(conversation: ConversationId, event: EventNo, option: usize) -> String {
    format!("{MARK}.{}.{}.{option}", tail(conversation), event.0)
}

impl Pressed {
    /// Reads a payload; none where it is not one of ours.
    pub fn read(payload: &str) -> Option<Self> {
        let mut parts = payload.split('.');
        let (mark, tail) = (parts.next()?, parts.next()?);
        let event = EventNo(parts.next()?.parse().ok()?);
        let option = parts.next()?.parse().ok()?;
        (mark == MARK && parts.next().is_none()).then(|| Self { tail: tail.to_owned(), event, option })
    }

    /// Whether it belongs to a conversation.
    pub fn is_of(&self, conversation: ConversationId) -> bool {
        self.tail == tail(conversation)
    }
}

/// The last 48 bits of an id, which are random.
fn tail(conversation: ConversationId) -> String {
    let hex = conversation.uuid().simple().to_string();
    hex[hex.len() - 12..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_comes_back_and_fits_everywhere() {
        let id = ConversationId::from_uuid(uuid::Uuid::from_u128(0x0192_f0c1_a2b3_7d6e_8f90_1a2b_3c4d_5e6f));
        let text = payload(id, EventNo(u64::MAX), 999);
        assert!(text.len() <= 64, "{text}");
        let pressed = Pressed::read(&text).unwrap();
        assert_eq!((pressed.event, pressed.option), (EventNo(u64::MAX), 999));
        assert!(pressed.is_of(id) && !pressed.is_of(ConversationId::from_uuid(uuid::Uuid::from_u128(7))));
        for other in ["", "confirm_delivery", "fd", "fd.a.1", "fd.a.1.2.3", "fd.a.x.0", "xx.a.1.0"] {
            assert_eq!(Pressed::read(other), None, "{other}");
        }
    }
}
