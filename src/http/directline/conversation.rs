//! A conversation of Direct Line: a random name that leads to an address of ours, and the place to which a client has read.
//! One such conversation outlives several of the engine's, each of which follows a closed one.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::dialog::Address;
use crate::engine::token;
use crate::id::{ChannelName, ConversationId, EventNo, SiteId};

/// The channel's name in addresses.
const CHANNEL: &str = "directline";

/// Hexadecimal digits of the random part.
const RANDOM_CHARS: usize = 32;

/// Bytes of a user's id, as a page names them.
const USER_BYTES_MAX: usize = 64;

/// The id of a conversation of Direct Line: `<random>` or `<random>-<user>`. It holds the user where they were known when it was
/// made, so that whoever has only the secret and the id learns who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineId {
    random: String,
    user: Option<String>,
}

/// An id that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoSuchLine;

impl fmt::Display for NoSuchLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is no conversation of Direct Line")
    }
}

impl LineId {
    /// A new one.
    pub(super) fn mint(user: Option<String>) -> Self {
        Self { random: token::visitor(&token::mint()), user }
    }

    /// Where its visitor is reached.
    pub(super) fn address(&self, site: &SiteId) -> Address {
        let (chat, user) = match &self.user {
            Some(user) => (self.random.clone(), user.clone()),
            None => (String::new(), self.random.clone()),
        };
        Address { site: site.clone(), channel: ChannelName::from(CHANNEL), account: String::new(), chat, user }
    }

    /// Under what it is counted how often its visitor writes.
    pub(super) fn name(&self) -> &str {
        &self.random
    }

    /// The user, where the id holds them.
    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }
}

/// Whether a text can be the id of a user.
pub(super) fn is_user(text: &str) -> bool {
    (1..=USER_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
}

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.random)?;
        match &self.user {
            Some(user) => write!(f, "-{}", URL_SAFE_NO_PAD.encode(user)),
            None => Ok(()),
        }
    }
}

impl FromStr for LineId {
    type Err = NoSuchLine;

    fn from_str(text: &str) -> Result<Self, NoSuchLine> {
        let (random, user) = text.split_once('-').map_or((text, None), |(random, user)| (random, Some(user)));
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if random.len() != RANDOM_CHARS || !random.bytes().all(hex) {
            return Err(NoSuchLine);
        }
        let user = user.map(|user| {
            let bytes = URL_SAFE_NO_PAD.decode(user).map_err(|_| NoSuchLine)?;
            String::from_utf8(bytes).ok().filter(|user| is_user(user)).ok_or(NoSuchLine)
        });
        Ok(Self { random: random.to_owned(), user: user.transpose()? })
    }
}

/// How far a client has read: in which conversation of ours, and to which event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Watermark {
    /// None before the first.
    pub(super) conversation: Option<ConversationId>,
    /// The number of the last event.
    pub(super) no: EventNo,
}

/// A watermark, or an activity's id, that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoWatermark;

impl fmt::Display for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.conversation {
            Some(conversation) => write!(f, "{conversation}.{}", self.no),
            None => f.write_str("0"),
        }
    }
}

impl FromStr for Watermark {
    type Err = NoWatermark;

    fn from_str(text: &str) -> Result<Self, NoWatermark> {
        // Clients begin without one, or with one of these.
        if matches!(text, "" | "-" | "0") {
            return Ok(Self::default());
        }
        let (conversation, no) = text.split_once('.').ok_or(NoWatermark)?;
        let conversation = conversation.parse().map_err(|_| NoWatermark)?;
        Ok(Self { conversation: Some(conversation), no: EventNo(no.parse().map_err(|_| NoWatermark)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_to_its_user_and_back() {
        for user in [None, Some("dl_42"), Some("Ζωή/%.-")] {
            let id = LineId::mint(user.map(str::to_owned));
            assert_eq!(id.to_string().parse(), Ok(id.clone()));
            assert_eq!(id.user(), user);
            assert_eq!(id.address(&"main".into()).user, user.unwrap_or(id.name()));
        }
    }

    #[test]
    fn what_is_no_id_or_watermark_is_refused() {
        let random = "0123456789abcdef0123456789abcdef";
        let long = format!("{random}-{}", URL_SAFE_NO_PAD.encode("x".repeat(65)));
        for text in ["", "a", &random.to_uppercase(), &format!("{random}-"), &format!("{random}-%%"), &long] {
            assert!(text.parse::<LineId>().is_err(), "{text}");
        }
        for text in
            ["1", "undefined", "c_1.2", "c_0192f0c1a2b37d6e8f901a2b3c4d5e6f.-1", "c_0192f0c1a2b37d6e8f901a2b3c4d5e6f"]
        {
            assert!(text.parse::<Watermark>().is_err(), "{text}");
        }
        let watermark = "c_0192f0c1a2b37d6e8f901a2b3c4d5e6f.12".parse::<Watermark>().unwrap();
        assert_eq!((watermark.no, watermark.to_string().parse()), (EventNo(12), Ok(watermark)));
    }
}
