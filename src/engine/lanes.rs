//! One turn at a time for each address, in the order in which they came. An address's lane exists only while somebody is in
//! it; how many may wait is bounded. The lane keeps order and saves work; what keeps the truth is the store's version.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turnstile, OwnedMutexGuard};

/// How many may be in one lane, the one whose turn it is included.
const LANE_MAX: usize = 64;

/// Too many wait in the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LaneFull;

/// All lanes.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: Mutex<HashMap<String, Lane>>,
}

/// tokio's mutex serves in order of arrival.
#[derive(Debug, Default)]
struct Lane {
    turnstile: Arc<Turnstile<()>>,
    users: usize,
}

/// The turn of one who has reached the front of their lane.
#[derive(Debug)]
pub(super) struct LaneTurn {
    _ticket: Ticket,
    _turn: OwnedMutexGuard<()>,
}

/// A place in a lane; given back also when the one who waits gives up.
#[derive(Debug)]
struct Ticket {
    lanes: Arc<Lanes>,
    key: String,
}

impl Lanes {
    /// Waits for the turn of an address.
    pub(super) async fn enter(self: &Arc<Self>, key: &str) -> Result<LaneTurn, LaneFull> {
        let turnstile = {
            let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            let lane = lanes.entry(key.to_owned()).or_default();
            if lane.users >= LANE_MAX {
                return Err(LaneFull);
            }
            lane.users += 1;
            Arc::clone(&lane.turnstile)
        };
        let ticket = Ticket { lanes: Arc::clone(self), key: key.to_owned() };
        let turn = turnstile.lock_owned().await;
        Ok(LaneTurn { _turn: turn, _ticket: ticket })
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut lanes = self.lanes.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get_mut(&self.key) {
            lane.users -= 1;
            if lane.users == 0 {
                lanes.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_come_in_the_order_of_arrival_and_idle_lanes_vanish() {
        let lanes = Arc::new(Lanes::default());
        let first = lanes.enter("a").await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = tokio::task::JoinSet::new();
        for number in 0..20 {
            let (lanes, order) = (Arc::clone(&lanes), Arc::clone(&order));
            waiting.spawn(async move {
                let _turn = lanes.enter("a").await.unwrap();
                order.lock().unwrap().push(number);
            });
            tokio::task::yield_now().await;
        }
        let _other = lanes.enter("b").await.unwrap();
        drop(first);
        while let Some(done) = waiting.join_next().await {
            done.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
        assert_eq!(lanes.len(), 1, "only b is left");
    }

    #[tokio::test]
    async fn a_full_lane_refuses_and_one_who_gives_up_leaves_their_place() {
        let lanes = Arc::new(Lanes::default());
        let _first = lanes.enter("a").await.unwrap();
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 1..LANE_MAX {
            let lanes = Arc::clone(&lanes);
            waiting.spawn(async move { lanes.enter("a").await.map(drop) });
            tokio::task::yield_now().await;
        }
        assert_eq!(lanes.enter("a").await.err(), Some(LaneFull));
        waiting.shutdown().await;
        let gave_up = tokio::time::timeout(std::time::Duration::ZERO, lanes.enter("a")).await;
        assert!(gave_up.is_err(), "there is room to wait again, but it is not their turn");
    }
}
