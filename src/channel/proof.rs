//! How platforms prove that they sent what they sent: HMACs over the raw bytes and shared words, compared in a time that tells
//! nothing of how much was right.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// HMAC-SHA256 of some parts, one after the other.
pub(super) fn sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// HMAC-SHA1 of some parts; for platforms that have nothing better.
pub(super) fn sha1(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// Whether a header holds these bytes in hexadecimal digits, in either case.
pub(super) fn is_hex(given: &str, expected: &[u8]) -> bool {
    use std::fmt::Write as _;
    let digits = expected.iter().fold(String::with_capacity(expected.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    !expected.is_empty() && is_word(&given.to_ascii_lowercase(), &digits)
}

/// Whether a header holds these bytes in base64.
pub(super) fn is_base64(given: &str, expected: &[u8]) -> bool {
    !expected.is_empty() && is_word(given, &STANDARD.encode(expected))
}

/// Whether two words are the same.
pub(super) fn is_word(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}
