//! What opens Direct Line: the secret, and the tokens that it signs. A token is bound to one conversation and one purpose, and
//! ends by itself. It is a JWT, because clients read the user's id from it; only its exact head is accepted.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::engine::token;
use crate::time::{Span, Time};

/// A shorter secret could be guessed.
pub const SECRET_BYTES_MIN: usize = 16;

/// The head of every token: `{"alg":"HS256","typ":"JWT"}`.
const HEAD: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// What the key of the tokens is derived for: the secret itself signs nothing.
const PURPOSE: &[u8] = b"frontdesk direct line tokens";

/// The secret of the channel, and the key that is made of it: restarts keep tokens good.
#[derive(Clone)]
pub(super) struct Key {
    secret: String,
    mac: Hmac<Sha256>,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Purpose {
    /// Everything in its conversation.
    Talk,
    /// Opening the WebSocket: it stands in an address, so it is good for a moment only.
    Stream,
    /// One file: it stands in an address too.
    File,
}

impl Purpose {
    /// How long such a token is good.
    pub(super) fn lasts(self) -> Span {
        match self {
            Self::Talk => Span::minutes(30),
            Self::Stream => Span::minutes(1),
            Self::File => Span::days(1),
        }
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// What it is good for.
    pub(super) purpose: Purpose,
    /// The conversation.
    #[serde(rename = "conv")]
    pub(super) conversation: String,
    /// The user, as the page names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    /// When it ends, in seconds since 1970.
    exp: i64,
}

impl Claims {
    /// When the token ends, with which an address of the stream was given out.
    pub(super) fn talk_ends(&self) -> Time {
        let given = Time(self.exp.saturating_mul(1_000)) - self.purpose.lasts();
        given + Purpose::Talk.lasts()
    }
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is none of ours, or for something else.
    Wrong,
    /// It was good.
    Expired,
}

impl Key {
    /// The key that a secret is; none if it is too short to be one.
    pub(super) fn of(secret: String) -> Option<Self> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(PURPOSE);
        let mac = Hmac::new_from_slice(&mac.finalize().into_bytes()).ok()?;
        (secret.len() >= SECRET_BYTES_MIN).then_some(Self { secret, mac })
    }

    /// Whether this is the secret.
    pub(super) fn is_secret(&self, given: &str) -> bool {
        token::equal(given, &self.secret)
    }

    /// A token for a conversation.
    pub(super) fn sign(&self, purpose: Purpose, conversation: &str, user: Option<&str>, now: Time) -> String {
        self.seal(&Claims {
            purpose,
            conversation: conversation.to_owned(),
            user: user.map(str::to_owned),
            file: None,
            exp: (now + purpose.lasts()).0 / 1_000,
        })
    }

    /// A token for one file of a conversation.
    pub(super) fn sign_file(&self, conversation: &str, file: &str, now: Time) -> String {
        self.seal(&Claims {
            purpose: Purpose::File,
            conversation: conversation.to_owned(),
            user: None,
            file: Some(file.to_owned()),
            exp: (now + Purpose::File.lasts()).0 / 1_000,
        })
    }

    fn seal(&self, claims: &Claims) -> String {
        // Claims are texts and numbers: they can always be written.
        let claims = serde_json::to_vec(claims).unwrap_or_default();
        let signed = format!("{HEAD}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.signature(&signed);
        format!("{signed}.{signature}")
    }

    /// What a token says, if it is ours, for this purpose, and good now.
    pub(super) fn open(&self, given: &str, purpose: Purpose, now: Time) -> Result<Claims, Refused> {
        let (signed, signature) = given.rsplit_once('.').ok_or(Refused::Wrong)?;
        let claims = signed.strip_prefix(HEAD).and_then(|rest| rest.strip_prefix('.')).ok_or(Refused::Wrong)?;
        if !token::equal(signature, &self.signature(signed)) {
            return Err(Refused::Wrong);
        }
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| Refused::Wrong)?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| Refused::Wrong)?;
        if claims.purpose != purpose {
            return Err(Refused::Wrong);
        }
        if claims.exp <= now.0 / 1_000 { Err(Refused::Expired) } else { Ok(claims) }
    }

    fn signature(&self, signed: &str) -> String {
        let mut mac = self.mac.clone();
        mac.update(signed.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::of("a secret of the shop".to_owned()).unwrap()
    }

    #[test]
    fn a_token_opens_one_thing_for_a_while() {
        let (key, now) = (key(), Time(1_767_607_200_000));
        let token = key.sign(Purpose::Talk, "one", Some("zoe"), now);
        let claims = key.open(&token, Purpose::Talk, now).unwrap();
        assert_eq!((claims.conversation.as_str(), claims.user.as_deref()), ("one", Some("zoe")));
        assert_eq!(key.open(&token, Purpose::Stream, now), Err(Refused::Wrong));
        assert!(key.open(&token, Purpose::Talk, now + Span::seconds(1_799)).is_ok());
        assert_eq!(key.open(&token, Purpose::Talk, now + Span::seconds(1_800)), Err(Refused::Expired));
        let stream = key.sign(Purpose::Stream, "one", None, now);
        assert_eq!(key.open(&stream, Purpose::Stream, now + Span::seconds(60)), Err(Refused::Expired));
    }

    #[test]
    fn a_changed_token_is_none() {
        let (key, now) = (key(), Time(1_767_607_200_000));
        let token = key.sign(Purpose::Talk, "one", None, now);
        let other = Key::of("another secret, as long".to_owned()).unwrap().sign(Purpose::Talk, "one", None, now);
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
        let longer = format!("{token}A");
        for wrong in ["", ".", "..", "a.b.c", &other, &unsigned, &longer, &token[1..], &token.replace("J9.", "J9..")] {
            assert_eq!(key.open(wrong, Purpose::Talk, now), Err(Refused::Wrong), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_long_and_shown_to_nobody() {
        assert!(Key::of("short".to_owned()).is_none());
        assert_eq!(format!("{:?}", key()), "Key(…)");
    }
}
