//! Files that arrive at the same time: how many from everybody and from one caller, and how slowly one may come. Visitors and
//! agents have places of their own, so that nobody outside can keep a colleague from sending.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::http::error::ApiError;
use crate::http::limits::{
    AGENT_UPLOADS_MAX, REQUEST_BODY, UPLOAD_BYTES_PER_SECOND_MIN, UPLOADS_ADDRESS_MAX, UPLOADS_AGENT_MAX, UPLOADS_MAX,
};
use crate::id::AgentId;

/// What comes within this time decides whether an upload is too slow.
const LOOK: std::time::Duration = REQUEST_BODY;

/// The places of all uploads.
#[derive(Debug)]
pub(super) struct Uploads {
    visitors: Arc<Places<IpAddr>>,
    agents: Arc<Places<AgentId>>,
}

/// Places, of which one caller gets only some.
#[derive(Debug)]
struct Places<K> {
    all: usize,
    each: usize,
    taken: Mutex<HashMap<K, usize>>,
}

/// A place that is given back when it is dropped.
#[derive(Debug)]
#[must_use]
pub(super) enum Place {
    Visitor(#[expect(dead_code, reason = "held, not read")] Taken<IpAddr>),
    Agent(#[expect(dead_code, reason = "held, not read")] Taken<AgentId>),
}

#[derive(Debug)]
pub(super) struct Taken<K: Hash + Eq> {
    places: Arc<Places<K>>,
    by: K,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            visitors: Places::new(UPLOADS_MAX, UPLOADS_ADDRESS_MAX),
            agents: Places::new(AGENT_UPLOADS_MAX, UPLOADS_AGENT_MAX),
        }
    }
}

impl Uploads {
    /// A place for a file of a visitor at an address.
    pub(super) fn visitor(&self, address: IpAddr) -> Result<Place, ApiError> {
        self.visitors.take(address).map(Place::Visitor)
    }

    /// A place for a file of an agent.
    pub(super) fn agent(&self, agent: AgentId) -> Result<Place, ApiError> {
        self.agents.take(agent).map(Place::Agent)
    }
}

impl<K: Hash + Eq + Copy> Places<K> {
    fn new(all: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { all, each, taken: Mutex::default() })
    }

    fn take(self: &Arc<Self>, by: K) -> Result<Taken<K>, ApiError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let sum: usize = taken.values().sum();
        if sum >= self.all {
            let error = ApiError::unavailable("too_many_uploads", "Too many files are being sent just now.", 5);
            return Err(error.inside(format!("all {} places for uploads are in use", self.all)));
        }
        let own = taken.entry(by).or_default();
        if *own >= self.each {
            let message = "Several of your files are being sent just now. Please wait until they have arrived.";
            return Err(ApiError::unavailable("too_many_uploads", message, 5));
        }
        *own += 1;
        Ok(Taken { places: Arc::clone(self), by })
    }
}

impl<K: Hash + Eq> Drop for Taken<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.by) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.by);
            }
        }
    }
}

/// A body that must keep coming: whoever holds a place with next to nothing loses it.
#[derive(Debug)]
pub(super) struct Arriving {
    body: Body,
    look: Instant,
    bytes: u64,
}

impl Arriving {
    pub(super) fn new(body: Body) -> Self {
        Self { body, look: Instant::now() + LOOK, bytes: 0 }
    }

    /// The next piece; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            let frame = timeout_at(self.look, self.body.frame()).await;
            if Instant::now() >= self.look {
                if self.bytes < UPLOAD_BYTES_PER_SECOND_MIN * LOOK.as_secs() {
                    return Err(too_slow());
                }
                (self.look, self.bytes) = (Instant::now() + LOOK, 0);
            }
            match frame {
                Err(_later) => {}
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => {
                    return Err(ApiError::bad_request("broken_body", "The body ended before it was complete."));
                }
                Ok(Some(Ok(frame))) => {
                    if let Ok(piece) = frame.into_data() {
                        self.bytes += piece.len() as u64;
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }
}

pub(super) fn too_slow() -> ApiError {
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The file did not arrive in time.")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::stream;
    use tokio::time::timeout;

    use super::*;
    use crate::http::limits::UPLOAD_TIME_MAX;

    #[test]
    fn one_caller_gets_some_places_and_leaves_the_others() {
        let uploads = Uploads::default();
        let address = |last: usize| IpAddr::from([192, 0, 2, u8::try_from(last).unwrap()]);
        let mut held: Vec<_> = (0..UPLOADS_ADDRESS_MAX).map(|_| uploads.visitor(address(0)).unwrap()).collect();
        assert_eq!(uploads.visitor(address(0)).unwrap_err().code(), "too_many_uploads");
        held.pop();
        held.push(uploads.visitor(address(0)).expect("a place that was given back"));
        for other in 1..UPLOADS_MAX / UPLOADS_ADDRESS_MAX {
            held.extend((0..UPLOADS_ADDRESS_MAX).map(|_| uploads.visitor(address(other)).unwrap()));
        }
        assert_eq!(uploads.visitor(address(200)).unwrap_err().status(), 503, "all are taken");
        let agent = AgentId::from_uuid(uuid::Uuid::nil());
        held.extend((0..UPLOADS_AGENT_MAX).map(|_| uploads.agent(agent).expect("agents have their own")));
        assert!(uploads.agent(agent).is_err());
        drop(held);
        assert!(uploads.visitors.taken.lock().unwrap().is_empty());
    }

    /// A body of pieces, one every so often.
    fn dripping(piece: usize, every: Duration) -> Arriving {
        let pieces = stream::unfold((), move |()| async move {
            tokio::time::sleep(every).await;
            Some((Ok::<_, std::io::Error>(Bytes::from(vec![0; piece])), ()))
        });
        Arriving::new(Body::from_stream(Box::pin(pieces)))
    }

    #[tokio::test(start_paused = true)]
    async fn what_drips_is_cut_off_and_what_flows_slowly_is_not() {
        let began = Instant::now();
        let mut drips = dripping(1, Duration::from_secs(1));
        let cut = async {
            loop {
                if let Err(error) = drips.next().await {
                    return error;
                }
            }
        };
        let error = timeout(UPLOAD_TIME_MAX, cut).await.expect("it is cut off");
        assert_eq!((error.code(), began.elapsed().as_secs()), ("body_too_slow", LOOK.as_secs()));
        // First much, then nothing: the beginning does not count for ever.
        let much = stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![0; 1 << 20]))]);
        let mut silent = Arriving::new(Body::from_stream(futures_util::StreamExt::chain(much, stream::pending())));
        let began = Instant::now();
        assert!(silent.next().await.unwrap().is_some());
        let cut = timeout(UPLOAD_TIME_MAX, silent.next()).await.expect("it is cut off");
        assert_eq!(cut.unwrap_err().code(), "body_too_slow");
        assert_eq!(began.elapsed().as_secs(), 2 * LOOK.as_secs());
        let mut slow = dripping(8 * 1024, Duration::from_secs(2));
        for _ in 0..100 {
            assert!(slow.next().await.unwrap().is_some());
        }
    }
}
