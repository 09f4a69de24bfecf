//! How a platform is called: at the pace that it bears, and with no more read of its answer than it takes to understand it.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::channel::{Account, Answer, ApiCall, Body, Outcome};
use crate::engine::Engine;

/// The most bytes that are read of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// So many calls are under way at once to one account, so that slow people leave room for the others.
const CALLS_MAX: usize = 256;

/// How fast one account may be called.
pub(super) struct Pace {
    rate: DefaultDirectRateLimiter,
    places: tokio::sync::Semaphore,
}

impl Pace {
    pub(super) fn of(account: &Account) -> Self {
        let calls = NonZeroU32::new(account.channel.traits().calls_per_second).unwrap_or(NonZeroU32::MIN);
        let rate = RateLimiter::direct(Quota::per_second(calls));
        Self { rate, places: tokio::sync::Semaphore::new(CALLS_MAX) }
    }
}

impl Engine {
    /// Calls a platform, when it is this call's turn.
    pub(super) async fn call_platform(&self, account: &Account, call: &ApiCall) -> Outcome {
        let pace = self.0.outbox.paces.get(&(account.name.clone(), account.account.clone()));
        let _place = match pace {
            Some(pace) => {
                pace.rate.until_ready().await;
                // Nobody closes the places.
                pace.places.acquire().await.ok()
            }
            None => None,
        };
        match self.ask_platform(call).await {
            Ok((status, retry_after, body)) => account.channel.outcome(&Answer { status, retry_after, body: &body }),
            // Only what kind of failure: the error's own text holds the address.
            Err(error) => {
                let why = match &error {
                    _ if error.is_timeout() => "the platform did not answer in time",
                    _ if error.is_connect() => "the platform could not be reached",
                    _ => "the platform's answer broke off",
                };
                Outcome::Later { after: None, why: why.to_owned() }
            }
        }
    }

    /// Makes a call. Gives the status, when to come again, and what was answered.
    pub(super) async fn ask_platform(&self, call: &ApiCall) -> Result<(u16, Option<u64>, Vec<u8>), reqwest::Error> {
        let mut request = self.0.outbox.client.post(&call.url);
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
