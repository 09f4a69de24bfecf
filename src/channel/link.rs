//! Links by which a conversation goes on in an app: the code that they carry, and how it is found in what comes back.

use std::fmt;

/// What a code begins with, so that it is known in a message.
const PREFIX: &str = "chat-";

/// Letters of a code after that: 80 random bits.
const LETTERS: usize = 16;

/// The letters: no two are easily mistaken for each other, and all may stand in every platform's links.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";

/// What a link carries, and what comes back in a message when it is followed. Whoever has it can take over the conversation, so it
/// is shown in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkCode(String);

impl LinkCode {
    /// The code of random bytes.
    pub fn of_random(bytes: [u8; LETTERS]) -> Self {
        let letters = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(PREFIX.chars().chain(letters).collect())
    }

    /// The code in a text, wherever it stands; none where there is none.
    pub fn find(text: &str) -> Option<Self> {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        words.map(str::to_ascii_lowercase).find(|word| is_code(word)).map(Self)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkCode(…)")
    }
}

fn is_code(word: &str) -> bool {
    word.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == LETTERS && rest.bytes().all(|byte| ALPHABET.contains(&byte)))
}

/// A link that opens an app, with the code as what is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppLink {
    /// The app, as people call it.
    pub app: &'static str,
    /// The address.
    pub url: String,
}

impl AppLink {
    /// A link to an app.
    pub(super) fn new(app: &'static str, url: String) -> Self {
        Self { app, url }
    }
}

/// The link to a number on WhatsApp.
pub(super) fn whatsapp(phone: &str, code: &LinkCode) -> AppLink {
    AppLink::new("WhatsApp", format!("https://wa.me/{}?text={}", digits(phone), code.as_str()))
}

/// A phone number as links have it: digits alone.
pub(super) fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// A text as it stands in a link.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_what_people_send() {
        let code = LinkCode::of_random([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 31, 255, 32, 64, 100]);
        assert_eq!(code.as_str(), "chat-abcdefghjkm99aae");
        for text in ["chat-abcdefghjkm99aae", "Go on: CHAT-ABCDEFGHJKM99AAE.", " (chat-abcdefghjkm99aae) please"] {
            assert_eq!(LinkCode::find(text).as_ref(), Some(&code), "{text}");
        }
        for text in [
            "",
            "chat-",
            "chat-abcdefghjkm99aa",
            "chat-abcdefghjkm99aaee",
            "chat-abcdefghjkm99aal",
            "live-chat-abcdefghjkm99aae",
        ] {
            assert_eq!(LinkCode::find(text), None, "{text}");
        }
        assert_eq!(format!("{code:?}"), "LinkCode(…)");
    }
}
