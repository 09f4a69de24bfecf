//! The secret with which a site's own server proves who its visitors are: it signs their ids, and the page passes the
//! signature on. The secret never leaves the two servers.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::engine::token;

/// A shorter secret could be guessed.
pub const IDENTITY_SECRET_BYTES_MIN: usize = 16;

/// The secret of a site.
#[derive(Clone)]
pub struct IdentityKey(Hmac<Sha256>);

impl IdentityKey {
    /// The key that a secret is; none if it is too short to be one.
    pub fn of(secret: &str) -> Option<Self> {
        let key = Hmac::new_from_slice(secret.as_bytes()).ok()?;
        (secret.len() >= IDENTITY_SECRET_BYTES_MIN).then_some(Self(key))
    }

    /// Whether `hash` is the signature of exactly this text: HMAC-SHA256 in lower-case hexadecimal digits.
    pub fn signs(&self, text: &str, hash: &str) -> bool {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        let expected: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        token::equal(&expected, hash)
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_fits_one_id_exactly() {
        let key = IdentityKey::of("a secret of the shop").unwrap();
        // printf 42 | openssl dgst -sha256 -hmac 'a secret of the shop'
        let hash = "a2c87c10013cfeb09903d9e3e7b93ab5b081307440edc0731da68ab95015d90c";
        assert!(key.signs("42", hash));
        for (id, hash) in [("43", hash), (" 42", hash), ("42", &hash.to_uppercase()), ("42", ""), ("42", &hash[1..])] {
            assert!(!key.signs(id, hash), "{id} {hash}");
        }
    }

    #[test]
    fn a_secret_is_long_and_shown_to_nobody() {
        assert!(IdentityKey::of("short").is_none());
        assert_eq!(format!("{:?}", IdentityKey::of("a secret of the shop").unwrap()), "IdentityKey(…)");
    }
}
