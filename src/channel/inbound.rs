//! What comes from a platform: a delivery as it was on the wire, and the updates that it holds.

use serde::{Deserialize, Serialize};

use crate::channel::ApiCall;
use crate::dialog::{RemoteFile, Undeliverable};
use crate::id::Language;
use crate::time::Time;

/// A request as it came over the wire.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Whether it is a GET, which platforms use to see whether we are who we say.
    pub get: bool,
    /// The address under which the platform knows us, with the query.
    pub url: &'a str,
    /// The raw body.
    pub body: &'a [u8],
    /// A header by its name in lower case; none where it is missing, is not text or came twice.
    pub header: &'a (dyn Fn(&str) -> Option<&'a str> + Sync),
    /// When it came.
    pub now: Time,
}

impl<'a> Delivery<'a> {
    /// The first value of a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.url.split_once('?')?;
        form(query.as_bytes()).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        (self.header)(name)
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// Where it is none. The platform signed it, so it is worth a line in the log.
    pub fn json(&self) -> Result<serde_json::Value, Rejected> {
        let read = serde_json::from_slice(self.body);
        read.or_else(|error| serde_json::from_slice(&without_halves(self.body)).map_err(|_| error))
            .map_err(|error| Rejected::Malformed(format!("the body is not JSON: {error}")))
    }
}

/// JSON in which half of a character of two units becomes U+FFFD. Texts that were cut between the two hold such halves; who refuses them
/// is sent them again and again, and nothing that comes behind.
fn without_halves(json: &[u8]) -> Vec<u8> {
    let unit = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut whole = Vec::with_capacity(json.len());
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        let (taken, is_half) = match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => (12, false),
            Some(0xD800..=0xDFFF) => (6, true),
            Some(_) => (6, false),
            // An escaped backslash begins nothing.
            None if *byte == b'\\' => (2, false),
            None => (1, false),
        };
        let end = json.len().min(at + taken);
        whole.extend_from_slice(if is_half { b"\\ufffd" } else { &json[at..end] });
        at = end;
    }
    whole
}

/// A platform's milliseconds since 1970, up to the year 2286: sums with others never end beyond what a time can be.
pub(super) fn moment(milliseconds: i64) -> Option<Time> {
    (0..10_000_000_000_000).contains(&milliseconds).then_some(Time(milliseconds))
}

/// Whether a body of this type is a form.
pub(super) fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The pairs of a form or query, decoded; bytes that are no UTF-8 become replacement characters.
pub(super) fn form(bytes: &[u8]) -> Vec<(String, String)> {
    let decode = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_encoding::percent_decode(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (decode(&pair[..at]), decode(&pair[at + 1..])),
            None => (decode(pair), String::new()),
        })
        .collect()
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The platform did not send it, or not now.
    #[error("the proof is missing or wrong")]
    NoProof,
    /// It is proved, and makes no sense.
    #[error("{0}")]
    Malformed(String),
}

/// What a delivery holds.
#[derive(Debug, Default)]
pub struct Inbound {
    /// What happened, in the order of the delivery.
    pub updates: Vec<Update>,
    /// What the platform wants to read.
    pub reply: Reply,
    /// Calls to make at once, whose outcome matters to nobody: that a press was heard, that a message was read.
    pub courtesies: Vec<ApiCall>,
}

impl Inbound {
    /// Some updates, and nothing else.
    pub fn of(updates: Vec<Update>) -> Self {
        Self { updates, ..Self::default() }
    }

    /// Nothing but an answer.
    pub fn reply(content_type: &'static str, body: impl Into<String>) -> Self {
        Self { reply: Reply { content_type: Some(content_type), body: body.into() }, ..Self::default() }
    }
}

/// The body of our answer, with 200.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// Its type; none where there is nothing to read.
    pub content_type: Option<&'static str>,
    /// What it says.
    pub body: String,
}

/// Something that happened on a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Who did it.
    pub from: Sender,
    /// The platform's id of it, by which a repeat is known.
    pub id: Option<String>,
    /// What.
    pub what: What,
    /// What makes an answer within a minute free, on LINE.
    pub reply_token: Option<String>,
    /// Whether it concerns us only where a conversation is open already: words in a room that many share.
    pub if_open: bool,
}

impl Update {
    /// Something that somebody did.
    pub fn of(from: Sender, id: impl Into<String>, what: What) -> Self {
        Self { from, id: Some(id.into()), what, reply_token: None, if_open: false }
    }
}

/// Somebody on a platform.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sender {
    /// The chat, where it is not the same as the person.
    pub chat: String,
    /// The person.
    pub user: String,
    /// What the platform says of them, by attribute: `name`, `phone`.
    pub facts: Vec<(String, String)>,
    /// The language of their app.
    pub language: Option<Language>,
    /// What of it the platform vouches for, so that the same person is known on other channels.
    pub vouched: Vec<Vouched>,
}

/// What one person is known by on every channel, where somebody vouches for it: the platform that gave them the number, or the
/// owner's own server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vouched {
    /// A phone number: `+` and digits.
    Phone(String),
    /// An e-mail address, in lower case.
    Email(String),
    /// The id that the owner's site has for them.
    Id(String),
    /// The id that WhatsApp has for them at this business, with and without a number.
    WhatsApp(String),
}

/// Digits of a phone number with its country.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

impl Vouched {
    /// A phone number that begins with `+` or `00` and its country, however it is written; none where it cannot be one. A number
    /// without a country is many people's.
    pub fn phone(written: &str) -> Option<Self> {
        // The zero of a number's own country is not dialled with the country before it.
        let written = written.trim().replace("(0)", "");
        let rest = written.strip_prefix('+').or_else(|| written.strip_prefix("00"))?;
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let plain = rest.chars().all(|letter| letter.is_ascii_digit() || " -().".contains(letter));
        let fits = plain && PHONE_DIGITS.contains(&digits.len()) && !digits.starts_with('0');
        fits.then(|| Self::Phone(format!("+{digits}")))
    }

    /// The same where the country is always there, with or without `+`.
    pub(super) fn whole_phone(digits: &str) -> Option<Self> {
        Self::phone(&format!("+{}", digits.trim_start_matches('+')))
    }

    /// An e-mail address; none where it cannot be one.
    pub fn email(written: &str) -> Option<Self> {
        let address = written.trim();
        let (name, host) = address.split_once('@')?;
        let whole = !name.is_empty() && host.contains('.') && !address.contains(char::is_whitespace);
        whole.then(|| Self::Email(address.to_lowercase()))
    }

    /// What it is, in a word, and its value.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Phone(value) => ("phone", value),
            Self::Email(value) => ("email", value),
            Self::Id(value) => ("id", value),
            Self::WhatsApp(value) => ("whatsapp", value),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// They wrote.
    Text(String),
    /// They begin, or begin anew.
    Start,
    /// They want to hear from us from now on, and have said nothing yet.
    Follows,
    /// They look at us and may not be written to yet: the reply to the delivery may greet them.
    Looks,
    /// They pressed a button.
    Press {
        /// What the button brought back.
        payload: String,
        /// What it says, where the platform tells.
        label: Option<String>,
    },
    /// They sent something that is not text.
    Media {
        /// What.
        file: RemoteFile,
        /// What they wrote below it.
        caption: Option<String>,
    },
    /// What we sent went further.
    Receipt {
        /// How far.
        received: Received,
        /// The platform's ids of the messages; none means all until `until`.
        messages: Vec<String>,
        /// Everything sent until then.
        until: Option<Time>,
    },
    /// A person answered them in the platform's own inbox.
    AnsweredElsewhere {
        /// The inbox, as an agent is named.
        inbox: &'static str,
        /// What was said; empty where the person has only taken it over.
        text: String,
    },
    /// The platform's own inbox leaves them to us again.
    GivenBack {
        /// The inbox, as an agent is named.
        inbox: &'static str,
    },
    /// They took a message back.
    TakenBack {
        /// The platform's id of it.
        message: String,
    },
    /// They want to hear nothing any more.
    Left {
        /// Since when, where the platform tells.
        at: Option<Time>,
    },
}

impl What {
    /// Whether they turned to us, rather than that something became of our words or of theirs.
    pub fn is_theirs(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Start | Self::Follows | Self::Press { .. } | Self::Media { .. })
    }
}

/// How far a message went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It is on their device.
    Delivered,
    /// It was before their eyes.
    Seen,
    /// It did not arrive and never will.
    Failed(Undeliverable),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_are_the_same_however_they_are_written() {
        let rows = [
            ("+30 691 234-5678", Some("+306912345678")),
            ("0030 (691) 2345678", Some("+306912345678")),
            ("+44 (0)20 79460000", Some("+442079460000")),
        ];
        for (written, phone) in rows.into_iter().chain([
            ("306912345678", None),
            ("0691234567", None),
            ("+0691234567", None),
            ("+112", None),
            ("30+6912345678", None),
            ("+30 call me", None),
            ("", None),
        ]) {
            assert_eq!(Vouched::phone(written), phone.map(|phone| Vouched::Phone(phone.to_owned())), "{written}");
        }
        for (written, email) in [(" Ann@Shop.Test ", Some("ann@shop.test")), ("ann", None), ("a b@c.d", None)] {
            assert_eq!(Vouched::email(written), email.map(|email| Vouched::Email(email.to_owned())), "{written}");
        }
    }

    #[test]
    fn half_characters_in_json_are_replaced_and_nothing_else() {
        for (body, text) in [
            (r#""cut \ud83d""#, Some("cut \u{fffd}")),
            (r#""\udE00\ud83d\ude00\uD83D""#, Some("\u{fffd}\u{1f600}\u{fffd}")),
            (r#""\ud83d and \\ud83d""#, Some("\u{fffd} and \\ud83d")),
            (r#""\u00e9""#, Some("é")),
            (r#""\ud8""#, None),
            ("{", None),
            ("\"\\", None),
        ] {
            let header = |_: &str| None;
            let delivery =
                Delivery { get: false, url: "", body: body.as_bytes(), header: &header, now: Time::default() };
            let read = delivery.json().ok();
            assert_eq!(read.as_ref().and_then(serde_json::Value::as_str), text, "{body}");
        }
    }

    #[test]
    fn forms_are_decoded() {
        let pairs = form(b"Body=20%25+rebate+%2B+%C3%BC&Empty=&Bare&=x&&Bad=%ff%zz");
        let expected = [("Body", "20% rebate + ü"), ("Empty", ""), ("Bare", ""), ("", "x"), ("Bad", "\u{fffd}%zz")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
