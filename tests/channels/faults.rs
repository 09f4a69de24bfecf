//! When a platform is slow, refuses, fails or says nothing: nothing is lost, nobody's order is changed, nobody waits for
//! somebody else, and only what got no answer may come twice.

use std::time::Duration;

use frontdesk::dialog::{Event, UndeliverableBecause};
use frontdesk::store;

use super::Shop;
use super::api::Behaviour;
use super::platform::{ALL, Platform};
use super::tally::{self, Tally};

/// How many people write on each platform; the platform troubles the first of them.
const PEOPLE: usize = 3;

/// How many messages each of them is sent.
const MESSAGES: usize = 9;

/// A platform that answers after so long is slow.
const SLOW: Duration = Duration::from_secs(5);

/// What platforms do to the first person's messages, by name.
fn faults() -> Vec<(&'static str, Vec<Behaviour>)> {
    use Behaviour::{Blocked, Drops, Fails, Slow, Takes, TakesAndBabbles, TakesAndDrops, TooMuch};
    vec![
        ("429, come again", vec![TooMuch(3), Takes, TooMuch(1), TooMuch(2)]),
        ("500", vec![Fails, Takes, Fails, Fails]),
        ("dropped, not taken", vec![Drops, Takes, Drops, Drops]),
        ("dropped after it was taken", vec![TakesAndDrops, Takes, TakesAndDrops, TakesAndDrops]),
        ("garbage for an answer", vec![Takes, TakesAndBabbles, Takes]),
        ("never (403)", vec![Takes, Blocked, Takes, Blocked]),
        ("5 s for one person", vec![Slow(SLOW)]),
    ]
}

/// What an agent says to somebody: each text once.
fn texts(user: usize) -> Vec<String> {
    (1..=MESSAGES).map(|number| format!("message {number} to {user}")).collect()
}

/// What becomes of messages to some people while the platform troubles the first of them.
async fn under(platform: Platform, fault: &[Behaviour]) -> Tally {
    let shop = Shop::open(platform).await;
    let agent = crate::support::server::Agent::admin(&shop.server).await;
    for user in 0..PEOPLE {
        shop.writes(user, "when are you open", user).await;
    }
    let conversation = |user: usize| {
        let who = platform.user(user);
        shop.events().into_iter().find_map(|(id, recorded)| match recorded.event {
            Event::Opened { address, .. } if address.user == who => Some(id),
            _ => None,
        })
    };
    let ids: Vec<String> = (0..PEOPLE).map(|user| conversation(user).unwrap()).collect();
    for id in &ids {
        agent.command(id, "claim", serde_json::json!({})).await.ok();
    }
    shop.until("the bot is done", || (0..PEOPLE).all(|user| shop.api.read_by(user).len() == shop.said_to(user).len()))
        .await;
    shop.api.next(0, fault.iter().cloned());
    for number in 0..MESSAGES {
        for (user, id) in ids.iter().enumerate() {
            agent.command(id, "say", serde_json::json!({ "text": texts(user)[number] })).await.ok();
        }
    }
    let given_up = || {
        let events = shop.events();
        let words = |of| {
            events.iter().find_map(|(id, recorded)| match &recorded.event {
                Event::AgentSaid { text, .. } if recorded.no == of && *id == ids[0] => Some(text.clone()),
                _ => None,
            })
        };
        let lost = events.iter().filter_map(|(id, recorded)| match &recorded.event {
            Event::Undelivered { of, .. } if *id == ids[0] => words(*of),
            _ => None,
        });
        lost.collect::<Vec<_>>()
    };
    let tally = |user: usize| Tally::of(&texts(user), &shop.api, user, &given_up());
    shop.until("the others have theirs", || (1..PEOPLE).all(|user| tally(user).lost == 0)).await;
    if fault == [Behaviour::Slow(SLOW)] {
        assert_eq!(tally(0).delivered, 0, "{platform:?}: the others waited for the slow one");
    }
    // What was sent stays there for a while, marked as such, where receipts may come.
    let on_its_way = || {
        let rows = shop.server.engine.store().scan(store::Space::Outbox, "out/", None, 1_000).unwrap();
        rows.into_iter().any(|row| !String::from_utf8_lossy(&row.value).contains("\"sent\":"))
    };
    shop.until("nothing is on its way", || tally(0).lost == 0 && !on_its_way()).await;
    (0..PEOPLE).map(tally).fold(Tally::default(), Tally::and)
}

#[tokio::test]
async fn whatever_a_platform_does_nothing_is_lost_nor_out_of_order_and_what_it_answered_comes_once() {
    let mut lines = Vec::new();
    for (name, fault) in faults() {
        let all = futures_util::future::join_all(ALL.map(|platform| under(platform, &fault))).await;
        for (platform, tally) in ALL.into_iter().zip(all) {
            lines.push(tally.line(platform.name(), name));
            let count = |wanted: &[Behaviour]| fault.iter().filter(|one| wanted.contains(one)).count();
            // Where the platform knows a repeat by its name, it does not take it again.
            let unnamed = usize::from(platform.names_by().is_none());
            let permanent = count(&[Behaviour::Blocked]);
            let expected = Tally {
                sent: PEOPLE * MESSAGES,
                delivered: PEOPLE * MESSAGES - permanent,
                after_no_answer: count(&[Behaviour::TakesAndDrops, Behaviour::TakesAndBabbles]) * unnamed,
                permanent,
                ..Tally::default()
            };
            assert_eq!(tally, expected, "{platform:?}, {name}");
        }
    }
    tally::print(&lines);
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
