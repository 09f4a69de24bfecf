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
    /// Only the first in the line looks at the clock. All who wait would be woken for each call that may be made, and of thousands
    /// that takes more than all else that the server does.
    line: tokio::sync::Mutex<()>,
    places: tokio::sync::Semaphore,
}

impl Pace {
    pub(super) fn of(account: &Account) -> Self {
        let calls = NonZeroU32::new(account.channel.traits().calls_per_second).unwrap_or(NonZeroU32::MIN);
        Self::at(calls)
    }

    fn at(calls_per_second: NonZeroU32) -> Self {
        let rate = RateLimiter::direct(Quota::per_second(calls_per_second));
        Self { rate, line: tokio::sync::Mutex::default(), places: tokio::sync::Semaphore::new(CALLS_MAX) }
    }

    /// Waits for the turn of one more call, in the order of arrival.
    async fn turn(&self) {
        let _first = self.line.lock().await;
        self.rate.until_ready().await;
    }
}

impl Engine {
    /// Calls a platform, when it is this call's turn.
    pub(super) async fn call_platform(&self, account: &Account, call: &ApiCall) -> Outcome {
        let pace = self.0.outbox.paces.get(&(account.name.clone(), account.account.clone()));
        let _place = match pace {
            Some(pace) => {
                pace.turn().await;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn those_who_wait_for_a_call_are_woken_when_it_is_their_turn_and_not_before() {
        const CALLS: usize = 300;
        let pace = Arc::new(Pace::at(NonZeroU32::new(200).unwrap()));
        let (woken, mut waiting) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        for _ in 0..CALLS {
            let (pace, woken) = (Arc::clone(&pace), Arc::clone(&woken));
            let mut turn = Box::pin(async move { pace.turn().await });
            waiting.spawn(std::future::poll_fn(move |context| {
                woken.fetch_add(1, Ordering::Relaxed);
                turn.as_mut().poll(context)
            }));
        }
        waiting.join_all().await;
        let woken = woken.load(Ordering::Relaxed);
        assert!(woken < CALLS * 5, "{CALLS} calls woke somebody {woken} times");
    }
}
