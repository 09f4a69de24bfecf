//! Random tokens, and how they are compared and kept: never in clear.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A token of 256 random bits, in characters that fit in URLs, headers and cookies.
pub fn mint() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// Random bytes.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without a source of randomness no token may be given out: two UUIDs would be guessable.
    while getrandom::fill(&mut bytes).is_err() {
        tracing::error!("the system gives no random bytes; waiting for them");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    bytes
}

/// How a token is kept: its SHA-256 in hexadecimal digits. A token is long enough to need no salt.
pub fn hash(token: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(token.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The name of the visitor whom a widget's token stands for: it cannot be turned back into the token.
pub fn visitor(token: &str) -> String {
    hash(token)[..32].to_owned()
}

/// The token that a page must send with every change, so that no other site can act in a session.
pub fn csrf(session: &str) -> String {
    hash(&format!("csrf {session}"))
}

/// Compares without telling by the time it takes how much was right.
pub fn equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_are_long_and_are_kept_as_sha_256() {
        assert_ne!(mint(), mint());
        assert_eq!(mint().len(), 43);
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(equal("a", "a") && !equal("a", "b") && !equal("a", "aa"));
    }
}
