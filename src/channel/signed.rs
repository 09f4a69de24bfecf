//! Proof as Standard Webhooks say (<https://www.standardwebhooks.com>), for which libraries exist in most languages: a shared
//! secret `whsec_…`, and three headers over the raw bytes. The generic webhook and the owner's own systems use it, both ways.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::channel::{Delivery, Given, proof};

/// A delivery that is older, or from that far ahead, is a recording.
const OLD_SECONDS: i64 = 300;

/// What a secret begins with.
const SECRET: &str = "whsec_";

/// The fewest bytes of a secret.
const SECRET_BYTES_MIN: usize = 16;

/// A shared secret. It shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// Reads a secret.
    ///
    /// # Errors
    ///
    /// What it must be, as the end of a sentence about where it stands.
    pub fn read(secret: &str) -> Result<Self, String> {
        let encoded = secret.strip_prefix(SECRET).unwrap_or(secret);
        let key = STANDARD.decode(encoded).ok().filter(|key| key.len() >= SECRET_BYTES_MIN);
        key.map(Self).ok_or_else(|| format!("must hold {SECRET} and {SECRET_BYTES_MIN} bytes or more in base64"))
    }

    /// The secret of a channel's settings.
    pub(super) fn given(given: &mut Given<'_>) -> Self {
        let secret = given.secret("secret", "the shared secret (whsec_… in base64)");
        let read = if secret.is_empty() { Ok(Self(Vec::new())) } else { Self::read(&secret) };
        read.unwrap_or_else(|what| {
            given.wrong("secret", &format!("names an environment variable that {what}"));
            Self(Vec::new())
        })
    }

    /// The headers that prove a body, sent at a time in seconds since 1970.
    pub fn headers(&self, id: &str, at: i64, body: &[u8]) -> [(&'static str, String); 3] {
        let signature = format!("v1,{}", self.signature(id, &at.to_string(), body));
        [("webhook-id", id.to_owned()), ("webhook-timestamp", at.to_string()), ("webhook-signature", signature)]
    }

    /// The id of a delivery that has its proof and is no recording.
    pub fn proved<'a>(&self, delivery: &Delivery<'a>) -> Option<&'a str> {
        let [Some(id), Some(at), Some(signatures)] =
            ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| delivery.header(name))
        else {
            return None;
        };
        let seconds: i64 = at.parse().ok()?;
        let fresh = (delivery.now.0 / 1_000).saturating_sub(seconds).saturating_abs() <= OLD_SECONDS;
        let expected = self.signature(id, at, delivery.body);
        // Several, while a key is being changed.
        let given = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
        let proved = given.map(|one| proof::is_word(one, &expected)).fold(false, |any, one| any | one);
        (!delivery.get && fresh && proved).then_some(id)
    }

    fn signature(&self, id: &str, at: &str, body: &[u8]) -> String {
        STANDARD.encode(proof::sha256(&self.0, &[id.as_bytes(), b".", at.as_bytes(), b".", body]))
    }
}
