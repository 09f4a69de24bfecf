//! When a platform is slow, refuses, fails or says nothing: nothing is lost, nobody's order is changed, nobody waits for
//! somebody else, and only what got no answer may come twice.

use std::time::Duration;

use frontdesk::dialog::{Event, UndeliverableBecause};
use frontdesk::store;

use super::Shop;
use super::api::Behaviour;
use super::platform::{ALL, Platform};

/// How many messages each visitor writes; each gets an answer.
const MESSAGES: usize = 5;

/// Each visitor asks so many times.
async fn conversation(shop: &Shop, users: std::ops::Range<usize>) {
    for message in 0..MESSAGES {
        for user in users.clone() {
            shop.writes(user, "when are you open", user * 100 + message).await;
        }
    }
}

/// What somebody read, without what came twice in a row though it was said once: how often that was, and the rest.
fn without_repeats(shop: &Shop, user: usize) -> (usize, Vec<String>) {
    let (said, read) = (shop.said_to(user), shop.api.read_by(user));
    let (mut kept, mut repeats): (Vec<String>, usize) = (Vec::new(), 0);
    for text in read {
        if said.get(kept.len()) == Some(&text) {
            kept.push(text);
        } else {
            assert_eq!(kept.last(), Some(&text), "{:?}: neither the next nor the last once more", shop.platform);
            repeats += 1;
        }
    }
    (repeats, kept)
}

/// Whether somebody has read all that was said to them.
fn has_all(shop: &Shop, user: usize) -> bool {
    shop.api.read_by(user).len() >= shop.said_to(user).len()
}

#[tokio::test]
async fn too_much_failures_and_garbage_lose_nothing_and_change_no_order() {
    for platform in ALL {
        let shop = Shop::open(platform).await;
        shop.api.next(1, [Behaviour::TooMuch(3), Behaviour::Takes, Behaviour::Fails, Behaviour::Fails]);
        shop.api.next(2, [Behaviour::Takes, Behaviour::TakesAndBabbles]);
        shop.api.next(3, [Behaviour::TakesAndDrops]);
        conversation(&shop, 0..4).await;
        let complete = |user: usize| without_repeats(&shop, user).1 == shop.said_to(user);
        shop.until("everything is there, in its order", || (0..4).all(|user| has_all(&shop, user) && complete(user)))
            .await;
        assert!(shop.said_to(0).len() >= MESSAGES);
        let repeats: Vec<usize> = (0..4).map(|user| without_repeats(&shop, user).0).collect();
        // What got no answer, or none that could be read, came twice, except where the platform knows a repeat by its name.
        let twice = usize::from(platform.names_by().is_none());
        assert_eq!(repeats, [0, 0, twice, twice], "{platform:?}");
    }
}

#[tokio::test]
async fn the_order_of_one_persons_messages_outlives_a_failure() {
    for platform in ALL {
        let shop = Shop::open(platform).await;
        let agent = crate::support::server::Agent::admin(&shop.server).await;
        shop.writes(1, "when are you open", 1).await;
        shop.until("the first answer", || !shop.api.read_by(1).is_empty()).await;
        let id = shop.events()[0].0.clone();
        shop.api.next(1, [Behaviour::Fails, Behaviour::TooMuch(2), Behaviour::Fails]);
        for number in 1..=9 {
            agent.command(&id, "say", serde_json::json!({ "text": format!("message {number}") })).await.ok();
        }
        let own = || shop.api.read_by(1).into_iter().filter(|text| text.starts_with("message")).collect::<Vec<_>>();
        shop.until("all nine", || own().len() >= 9).await;
        let expected: Vec<String> = (1..=9).map(|number| format!("message {number}")).collect();
        assert_eq!(own(), expected, "{platform:?}");
    }
}

#[tokio::test]
async fn who_has_blocked_us_is_written_to_no_more_and_the_agent_can_send_again() {
    for platform in ALL {
        let shop = Shop::open(platform).await;
        let agent = crate::support::server::Agent::admin(&shop.server).await;
        shop.api.next(1, [Behaviour::Blocked]);
        shop.writes(1, "when are you open", 1).await;
        let lost = || {
            shop.events().into_iter().find_map(|(id, recorded)| match recorded.event {
                Event::Undelivered { of, failure } => Some((id, of, failure)),
                _ => None,
            })
        };
        shop.until("it is recorded", || lost().is_some()).await;
        let (id, of, failure) = lost().unwrap();
        let expected = match platform {
            // These do not tell why.
            Platform::Line | Platform::Webhook => UndeliverableBecause::Refused,
            _ => UndeliverableBecause::Blocked,
        };
        assert_eq!(failure.reason, expected, "{platform:?}");
        shop.until("the rest is sent", || shop.api.read_by(1).len() + 1 == shop.said_to(1).len()).await;
        assert_eq!(shop.api.read_by(1), shop.said_to(1)[1..], "{platform:?}: what came after it is not held up");
        let page = agent.get(&format!("/desk/c/{id}")).await;
        assert!(
            page.text.contains("Not delivered.") && page.text.contains("/resend"),
            "{platform:?}: the desk says so"
        );

        agent.command(&id, "resend", serde_json::json!({ "of": of.0 })).await.ok();
        shop.until("it came the second time", || shop.api.read_by(1).last() == shop.said_to(1).first()).await;
        let again = agent.command(&id, "resend", serde_json::json!({ "of": of.0 })).await;
        again.refused(409, "not_possible");
        let page = agent.get(&format!("/desk/c/{id}")).await;
        assert!(!page.text.contains("Not delivered."), "{platform:?}: and no longer");
    }
}

#[tokio::test]
async fn nobody_waits_for_somebody_slow() {
    for platform in ALL {
        let shop = Shop::open(platform).await;
        shop.api.always(0, Behaviour::Slow(Duration::from_secs(5)));
        let began = std::time::Instant::now();
        conversation(&shop, 0..3).await;
        shop.until("the others have theirs", || (1..3).all(|user| has_all(&shop, user))).await;
        assert!(
            shop.api.read_by(0).is_empty(),
            "{platform:?}: the slow one is still waiting after {:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn what_cannot_be_sent_for_a_day_is_given_up() {
    let shop = Shop::open(Platform::Telegram).await;
    shop.api.always(1, Behaviour::Fails);
    shop.writes(1, "when are you open", 1).await;
    let expired = || {
        shop.events().into_iter().any(|(_, recorded)| {
            matches!(recorded.event, Event::Undelivered { failure, .. } if failure.reason == UndeliverableBecause::Expired)
        })
    };
    shop.until("the first try", || !shop.api.asked().is_empty()).await;
    shop.until("it is given up", || {
        shop.server.clock.advance(frontdesk::time::Span::minutes(5));
        expired()
    })
    .await;
    assert!(shop.api.asked().len() > 10, "it was tried often: {}", shop.api.asked().len());
}

#[tokio::test]
async fn what_lay_in_the_outbox_is_sent_after_a_restart() {
    let store = store::memory().unwrap();
    let first = Shop::on(Platform::Telegram, std::sync::Arc::clone(&store)).await;
    first.api.always(1, Behaviour::Fails);
    first.writes(1, "when are you open", 1).await;
    first.until("the first try", || !first.api.asked().is_empty()).await;
    first.server.engine.shutdown().await;
    drop(first);
    let second = Shop::on(Platform::Telegram, store).await;
    second.until("it is there", || !second.said_to(1).is_empty() && second.api.read_by(1) == second.said_to(1)).await;
}

#[tokio::test]
async fn what_was_sent_and_cannot_be_written_down_is_not_sent_again_and_again() {
    let store = crate::support::troubled::Troubled::new();
    let shop = Shop::on(Platform::Telegram, store.clone()).await;
    shop.api.always(1, Behaviour::Slow(Duration::from_millis(300)));
    shop.writes(1, "when are you open", 1).await;
    // The first answer is on its way: now the disk fails.
    store.halt("the disk is gone");
    shop.until("it is taken", || !shop.api.read_by(1).is_empty()).await;
    shop.api.always(1, Behaviour::Takes);
    // What would be sent again needs one way to the platform. The test goes it twenty times, five minutes apart.
    let client = reqwest::Client::new();
    for _ in 0..20 {
        shop.server.clock.advance(frontdesk::time::Span::minutes(5));
        client.post(&shop.api.url).body("{}").send().await.unwrap();
    }
    assert_eq!(shop.api.read_by(1).len(), 1, "{:?}", shop.api.read_by(1));
}
