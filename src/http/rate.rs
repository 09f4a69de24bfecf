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
    FILE_BYTES_ADDRESS_DAY, FILES_ADDRESS_BURST, FILES_AGENT_BURST, FILES_BURST, LINKS_BURST, LOGIN_ADDRESS_BURST,
    LOGIN_BURST, NEW_VISITORS_BURST, SIGNALS_BURST,
};
use crate::id::AgentId;

/// All rate limits of a server.
pub struct Rates {
    visitor: Limiter<[u8; 16]>,
    address: Limiter<IpAddr>,
    new_visitors: Limiter<IpAddr>,
    files: Limiter<[u8; 16]>,
    files_address: Limiter<IpAddr>,
    file_bytes: Limiter<IpAddr>,
    files_agent: Limiter<AgentId>,
    signals: Limiter<[u8; 16]>,
    links: Limiter<[u8; 16]>,
    unproved: Limiter<String>,
    login: Limiter<(IpAddr, String)>,
    login_address: Limiter<IpAddr>,
}

const DAY: Duration = Duration::from_secs(24 * 3_600);

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
            file_bytes: limiter(DAY / FILE_BYTES_ADDRESS_DAY, FILE_BYTES_ADDRESS_DAY),
            files_agent: limiter(Duration::from_secs(2), FILES_AGENT_BURST),
            signals: limiter(Duration::from_millis(200), SIGNALS_BURST),
            unproved: limiter(Duration::from_secs(600), 1),
            links: limiter(Duration::from_secs(300), LINKS_BURST),
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

    /// A piece of a visitor's file comes from an address. Who waits for more room waits for hours, so this is no refusal for now.
    pub fn visitor_file_bytes(&self, address: IpAddr, bytes: usize) -> Result<(), ApiError> {
        let Some(bytes) = u32::try_from(bytes).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        match self.file_bytes.check_key_n(&address, bytes) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ApiError::conflict(
                "file_quota",
                "So much was sent from your network today that no more files are taken. Please try again tomorrow.",
            )),
        }
    }

    /// An agent sends a file.
    pub fn agent_sends_file(&self, agent: AgentId) -> Result<(), ApiError> {
        let checked = check(&self.files_agent, &agent, "You are sending many files. Please wait a moment.");
        checked.map_err(|error| error.named("too_many_uploads"))
    }

    /// A visitor, or an agent by the account's id, reads on or is typing.
    pub fn signals(&self, who: &str) -> Result<(), ApiError> {
        check(&self.signals, &short(who), "Too many hints. Please wait a moment.")
    }

    /// A visitor makes a link to go on elsewhere.
    pub fn visitor_links(&self, visitor: &str) -> Result<(), ApiError> {
        check(&self.links, &short(visitor), "You have made many links. Please use the one you have, or wait a moment.")
    }

    /// A delivery of a channel had no proof: told once in ten minutes.
    pub fn unproved(&self, channel: &str) -> Result<(), ApiError> {
        check(&self.unproved, &channel.to_owned(), "Too many deliveries without proof.")
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
        self.links.retain_recent();
        self.files_address.retain_recent();
        self.file_bytes.retain_recent();
        self.files_agent.retain_recent();
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
    fn an_address_sends_so_many_bytes_a_day_and_an_agent_so_many_files() {
        let rates = Rates::new(&Limits::default());
        let (home, elsewhere) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let half = FILE_BYTES_ADDRESS_DAY as usize / 2;
        rates.visitor_file_bytes(home, half).unwrap();
        rates.visitor_file_bytes(home, half).unwrap();
        let refused = rates.visitor_file_bytes(home, half).unwrap_err();
        assert_eq!((refused.code(), refused.status().as_u16()), ("file_quota", 409));
        rates.visitor_file_bytes(elsewhere, half).unwrap();
        let (ann, bob) = (1, 2);
        let agent = |number| AgentId::from_uuid(uuid::Uuid::from_u128(number));
        for _ in 0..FILES_AGENT_BURST {
            rates.agent_sends_file(agent(ann)).unwrap();
        }
        let refused = rates.agent_sends_file(agent(ann)).unwrap_err();
        assert_eq!((refused.code(), refused.status().as_u16()), ("too_many_uploads", 429));
        rates.agent_sends_file(agent(bob)).unwrap();
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
