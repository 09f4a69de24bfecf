//! How a platform is called: at the pace that it bears.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::channel::{Account, Answer, ApiCall, Outcome};
use crate::engine::Engine;
use crate::engine::post::Answered;

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
            Err(unanswered) => Outcome::Later { after: None, why: format!("the platform {unanswered}") },
        }
    }

    /// Makes a call. Gives the status, when to come again, and what was answered.
    pub(super) async fn ask_platform(&self, call: &ApiCall) -> Result<Answered, &'static str> {
        self.0.outbox.post.send(call).await
    }
}
