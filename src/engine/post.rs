//! A POST to a system that is not ours: how long its answer is awaited, what is read of it, and when to come again. Addresses may
//! hold secrets, so errors say only what kind of failure it was.

use std::time::Duration;

use crate::channel::{ApiCall, Body};
use crate::time::Span;

/// What could not be sent for so long never will be.
pub(super) const RETRY_FOR: Span = Span::hours(24);

/// The pause before the second try; each later one is twice as long, give or take a quarter.
pub(super) const PAUSE: Span = Span::seconds(1);

/// The longest pause, where the other side asks for none.
pub(super) const PAUSE_MAX: Span = Span::minutes(5);

/// An answer is awaited for so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The most bytes that are read of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What calls are made with.
pub(super) struct Post(reqwest::Client);

/// Status, `Retry-After` in seconds, and body.
pub(super) type Answered = (u16, Option<u64>, Vec<u8>);

impl Post {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        // What is said, and the key, must go nowhere else.
        Ok(Self(client().redirect(reqwest::redirect::Policy::none()).timeout(ANSWER_WITHIN).build()?))
    }

    /// Makes a call. The error is what the other side did instead of answering: "could not be reached".
    pub(super) async fn send(&self, call: &ApiCall) -> Result<Answered, &'static str> {
        self.answer(call).await.map_err(|error| match &error {
            _ if error.is_timeout() => "did not answer in time",
            _ if error.is_connect() => "could not be reached",
            _ => "broke off",
        })
    }

    async fn answer(&self, call: &ApiCall) -> Result<Answered, reqwest::Error> {
        let mut request = self.0.post(&call.url);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        request = match &call.body {
            Body::Json(json) => request.header("Content-Type", "application/json; charset=utf-8").body(json.clone()),
            Body::Form(pairs) => request.form(pairs),
        };
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            let room = ANSWER_BYTES_MAX - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == ANSWER_BYTES_MAX {
                break;
            }
        }
        Ok((status, after, body))
    }
}

/// A client that says who it is.
pub(super) fn client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
}

/// The pause after some tries: twice as long each time, give or take a quarter so that not all come back at once.
pub(super) fn pause(tries: u32) -> Span {
    let doubled = PAUSE.0.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(PAUSE_MAX.0);
    let mut random = [0; 1];
    // Without randomness all come back at once, which is bearable.
    let _ = getrandom::fill(&mut random);
    Span(doubled * (192 + i64::from(random[0]) / 2) / 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_differ() {
        let long: Vec<i64> = (1..40).map(|tries| pause(tries).0).collect();
        assert!((750..=1_250).contains(&long[0]), "{long:?}");
        assert!((3_000..=5_000).contains(&long[2]), "{long:?}");
        assert!(long.iter().skip(10).all(|pause| (225_000..=375_000).contains(pause)), "{long:?}");
        assert!(long.iter().skip(10).any(|pause| *pause != long[10]), "all come back at once: {long:?}");
    }
}
