//! How often one caller may call. Limits are kept in memory only: a restart forgives.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::Limits;
use crate::http::error::ApiError;
use crate::http::limits::{
    FILES_ADDRESS_BURST, FILES_BURST, LOGIN_ADDRESS_BURST, LOGIN_BURST, NEW_VISITORS_BURST, SIGNALS_BURST,
};

/// All rate limits of a server.
pub struct Rates {
    visitor: Limiter<[u8; 16]>,
    address: Limiter<IpAddr>,
    new_visitors: Limiter<IpAddr>,
    files: Limiter<[u8; 16]>,
    files_address: Limiter<IpAddr>,
    signals: Limiter<[u8; 16]>,
    login: Limiter<(IpAddr, String)>,
    login_address: Limiter<IpAddr>,
}

type Limiter<K> = DefaultKeyedRateLimiter<K>;

impl Rates {
    /// The operator's limits, and ours.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            visitor: limiter(Duration::from_secs(1) / limits.messages_per_second.max(1), limits.message_burst),
            address: limiter(Duration::from_secs(1) / limits.requests_per_second.max(1), limits.request_burst),
            new_visitors: limiter(Duration::from_secs(1), NEW_VISITORS_BURST),
            files: limiter(Duration::from_secs(6), FILES_BURST),
            files_address: limiter(Duration::from_secs(1), FILES_ADDRESS_BURST),
            signals: limiter(Duration::from_millis(200), SIGNALS_BURST),
            login: limiter(Duration::from_secs(10), LOGIN_BURST),
            login_address: limiter(Duration::from_secs(2), LOGIN_ADDRESS_BURST),
        }
    }

    /// A visitor, named by the hash of the token, says or presses something.
    pub fn visitor_speaks(&self, visitor: &str) -> Result<(), ApiError> {
        check(&self.visitor, &short(visitor), "You are writing very fast. Please wait a moment.")
    }

    /// A visitor sends a file from an address.
    pub fn visitor_sends_file(&self, visitor: &str, address: IpAddr) -> Result<(), ApiError> {
        let message = "You are sending many files. Please wait a moment.";
        check(&self.files, &short(visitor), message)?;
        check(&self.files_address, &address, message)
    }

    /// A visitor, or an agent by the account's id, reads on or is typing.
    pub fn signals(&self, who: &str) -> Result<(), ApiError> {
        check(&self.signals, &short(who), "Too many hints. Please wait a moment.")
    }

    /// An address calls the visitor API.
    pub fn address_calls(&self, address: IpAddr) -> Result<(), ApiError> {
        check(&self.address, &address, "Too many requests come from your network. Please wait a moment.")
    }

    /// An address asks for a new visitor.
    pub fn new_visitor(&self, address: IpAddr) -> Result<(), ApiError> {
        check(&self.new_visitors, &address, "Too many new chats come from your network. Please wait a moment.")
    }

    /// An address tries to log in to an account.
    pub fn login(&self, address: IpAddr, email: &str) -> Result<(), ApiError> {
        let message = "Too many attempts to log in. Please wait a minute.";
        check(&self.login_address, &address, message)?;
        let email: String = email.trim().to_lowercase().chars().take(200).collect();
        check(&self.login, &(address, email), message)
    }

    /// Forgets callers that have been quiet long enough. Called now and then.
    pub fn forget_quiet_callers(&self) {
        self.visitor.retain_recent();
        self.address.retain_recent();
        self.new_visitors.retain_recent();
        self.files.retain_recent();
        self.files_address.retain_recent();
        self.signals.retain_recent();
        self.login.retain_recent();
        self.login_address.retain_recent();
    }
}

fn limiter<K: Hash + Eq + Clone>(one_every: Duration, burst: u32) -> Limiter<K> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(one_every).unwrap_or(Quota::per_second(burst)).allow_burst(burst);
    RateLimiter::keyed(quota)
}

fn check<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K, message: &'static str) -> Result<(), ApiError> {
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        ApiError::too_many(message, wait.as_secs() + 1)
    })
}

/// The first half of a hash tells visitors apart well enough to count by.
fn short(hash: &str) -> [u8; 16] {
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(hash.bytes()) {
        *to = from;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_burst_is_allowed_and_no_more() {
        let rates = Rates::new(&Limits::default());
        for _ in 0..Limits::default().message_burst {
            rates.visitor_speaks("0123456789abcdef0123").unwrap();
        }
        assert_eq!(rates.visitor_speaks("0123456789abcdef0123").unwrap_err().status(), 429);
        rates.visitor_speaks("another visitor's hash").unwrap();
    }

    #[test]
    fn logins_are_counted_by_address_and_account() {
        let rates = Rates::new(&Limits::default());
        let (home, elsewhere) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..LOGIN_BURST {
            rates.login(home, "Ann@shop.test").unwrap();
        }
        assert!(rates.login(home, " ann@SHOP.test").is_err(), "the same account, written differently");
        rates.login(elsewhere, "ann@shop.test").unwrap();
        rates.login(home, "bob@shop.test").unwrap();
    }
}
