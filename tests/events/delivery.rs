//! How events reach a system that is slow, down or out of order, and what an operator reads of it.

use std::collections::{BTreeMap, BTreeSet};

use frontdesk::engine::EventState;
use frontdesk::time::Span;
use serde_json::json;

use super::receiver::{Behaviour, Receiver};
use super::{on, server, until, until_in_steps};
use crate::support::server::{Agent, Server, Visitor};

/// The states of the first endpoint's log.
fn states(server: &Server, failed: bool) -> Vec<(EventState, u32, Option<String>)> {
    let endpoint = server.engine.endpoints().next().unwrap();
    let (entries, _) = server.engine.deliveries(endpoint, failed).unwrap();
    entries.into_iter().map(|entry| (entry.state, entry.tries, entry.answer)).collect()
}

#[tokio::test]
async fn what_was_refused_or_broke_off_is_sent_again_and_nothing_of_its_conversation_overtakes_it() {
    let receiver = Receiver::start().await;
    receiver.next([
        Behaviour::Says(429, Some(30)),
        Behaviour::Says(500, None),
        Behaviour::Says(404, None),
        Behaviour::TakesAndDrops,
    ]);
    let server = server(&[(&receiver, ", send: [conversation.opened, handoff.requested]")]);
    let began = server.clock.now();
    let visitor = Visitor::new(&server).await;
    visitor.say("there is a mistake in my bill").await;
    until(&server, "both", || receiver.taken().len() >= 3).await;
    let types: Vec<_> = receiver.came().iter().map(|came| came.event["type"].clone()).collect();
    let (first, second) = ("conversation.opened", "handoff.requested");
    assert_eq!(types, [first, first, first, first, first, second], "in order");
    let names: BTreeSet<_> = receiver.came().into_iter().map(|came| came.id).collect();
    assert_eq!(names.len(), 2, "each try has the same id");
    assert!(server.clock.now().since(began) >= Span::seconds(30), "Retry-After was not honoured");
    until(&server, "the log", || states(&server, false).iter().all(|(state, ..)| *state == EventState::Delivered))
        .await;
    let expected =
        [(EventState::Delivered, 5, Some("204".to_owned())), (EventState::Delivered, 1, Some("204".to_owned()))];
    assert_eq!(states(&server, false), expected);
}

#[tokio::test]
async fn an_event_that_is_refused_again_and_again_holds_up_its_conversation_only_and_only_for_a_while() {
    let receiver = Receiver::start().await;
    let server = server(&[(&receiver, ", send: [conversation.opened, handoff.requested]")]);
    // The first event of a conversation is always this one.
    receiver.always(Some(Behaviour::Says(503, None)));
    let visitor = Visitor::new(&server).await;
    let id = visitor.conversation();
    let refused = format!("{id}-1");
    receiver.refuse(Some(refused.clone()));
    receiver.always(None);
    visitor.say("there is a mistake in my bill").await;
    let tries = || receiver.came().iter().filter(|came| came.id == refused).count();
    let told = |id: &str| {
        let taken = receiver.taken().into_iter().filter(|event| event["conversation"]["id"] == id);
        taken.map(|event| event["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for by in [2, 5, 8] {
        let other = Visitor::new(&server).await;
        until(&server, "another conversation", || told(other.conversation()) == ["conversation.opened"]).await;
        assert!(told(id).is_empty(), "it was overtaken after {} tries", tries());
        until(&server, "more tries", || tries() >= by).await;
    }
    until(&server, "what comes after it", || told(id) == ["handoff.requested"]).await;
    assert_eq!(tries(), 8);
    receiver.refuse(None);
    until_in_steps(&server, Span::seconds(5), "itself", || told(id).len() == 2).await;
    assert_eq!(told(id)[1], "conversation.opened");
}

/// How many conversations there are while a system is down.
const MANY: usize = 8;

#[tokio::test]
async fn a_system_that_takes_nothing_is_asked_rarely_and_has_everything_in_order_when_it_is_back() {
    let receiver = Receiver::start().await;
    receiver.always(Some(Behaviour::Says(503, None)));
    let server = server(&[(&receiver, ", send: [conversation.opened, handoff.requested]")]);
    for _ in 0..MANY {
        Visitor::new(&server).await.say("there is a mistake in my bill").await;
    }
    let began = server.clock.now();
    until_in_steps(&server, Span::seconds(5), "two hours", || server.clock.now().since(began) >= Span::hours(2)).await;
    let calls = receiver.came().len();
    // Eight conversations that come back by themselves would make about 200.
    assert!((20..70).contains(&calls), "{calls} calls in two hours");
    receiver.always(None);
    until_in_steps(&server, Span::seconds(5), "everything", || receiver.taken().len() == 2 * MANY).await;
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in receiver.taken() {
        let [conversation, kind] =
            [&event["conversation"]["id"], &event["type"]].map(|text| text.as_str().unwrap().to_owned());
        told.entry(conversation).or_default().push(kind);
    }
    assert_eq!(told.len(), MANY);
    assert!(told.values().all(|kinds| *kinds == ["conversation.opened", "handoff.requested"]), "{told:#?}");
}

#[tokio::test]
async fn an_endpoint_that_hangs_delays_nobody_else() {
    let (hangs, other) = (Receiver::start().await, Receiver::start().await);
    hangs.always(Some(Behaviour::Hangs));
    let server = server(&[(&hangs, ""), (&other, "")]);
    for _ in 0..5 {
        let visitor = Visitor::new(&server).await;
        visitor.say("there is a mistake in my bill").await;
    }
    until(&server, "everything", || other.taken().len() == 10).await;
    let held: BTreeSet<_> = hangs.came().iter().map(|came| came.event["conversation"]["id"].to_string()).collect();
    assert_eq!((hangs.came().len(), held.len()), (4, 4), "four at a time, each of another conversation");
    assert_eq!(states(&server, false).len(), 10, "nothing is lost");
}

#[tokio::test]
async fn after_a_day_an_event_is_given_up_and_an_operator_sends_it_again() {
    let receiver = Receiver::start().await;
    receiver.always(Some(Behaviour::Says(503, None)));
    let server = server(&[(&receiver, ", send: [conversation.opened]")]);
    let visitor = Visitor::new(&server).await;
    until(&server, "a try", || receiver.came().len() >= 2).await;
    assert_eq!(states(&server, false)[0].0, EventState::Waiting);
    assert!(states(&server, true).is_empty());
    until_in_steps(&server, Span::minutes(20), "the end of its day", || !states(&server, true).is_empty()).await;
    let (state, tries, answer) = states(&server, true).remove(0);
    assert_eq!((state, answer.as_deref()), (EventState::Failed, Some("503 not now")));
    assert!(tries > 10, "{tries} tries in a day");

    // Sent again while they are down, it is tried once and holds up nothing.
    let endpoint = server.engine.endpoints().next().unwrap();
    let id = server.engine.deliveries(endpoint, true).unwrap().0[0].id.clone();
    let before = receiver.came().len();
    assert_eq!(server.engine.resend_event(&id, None).await.unwrap(), 1);
    // A system that is down is asked at pauses of up to five minutes.
    until_in_steps(&server, Span::seconds(5), "one more try", || receiver.came().len() == before + 1).await;
    until_in_steps(&server, Span::seconds(5), "its failure", || states(&server, true).len() == 1).await;

    receiver.always(None);
    assert_eq!(server.engine.resend_event(&id, None).await.unwrap(), 1);
    until_in_steps(&server, Span::seconds(5), "it", || receiver.taken().len() == 1).await;
    assert_eq!(receiver.taken()[0]["conversation"]["id"], visitor.conversation());
    until_in_steps(&server, Span::seconds(5), "the log", || states(&server, false)[0].0 == EventState::Delivered).await;
    assert_eq!(server.engine.resend_event("c_nothing-1", None).await.unwrap(), 0);
}

#[tokio::test]
async fn what_they_will_never_take_is_given_up_at_once() {
    let receiver = Receiver::start().await;
    receiver.next([Behaviour::Says(422, None)]);
    let server = server(&[(&receiver, ", send: [conversation.opened]")]);
    let _first = Visitor::new(&server).await;
    until(&server, "the first", || !receiver.came().is_empty()).await;
    let second = Visitor::new(&server).await;
    until(&server, "the second", || receiver.taken().len() == 1).await;
    assert_eq!(receiver.taken()[0]["conversation"]["id"], second.conversation());
    assert_eq!(states(&server, true), [(EventState::Failed, 1, Some("422 not now".to_owned()))]);
}

#[tokio::test]
async fn the_log_keeps_the_latest_few_hundred() {
    let receiver = Receiver::start().await;
    let server = server(&[(&receiver, ", send: [conversation.opened]")]);
    for number in 0..330_u16 {
        let [high, low] = number.to_be_bytes();
        let call = server.post("/api/visitor/session", json!({ "site": "default" }));
        call.from([10, 0, high, low]).send().await.ok();
    }
    until(&server, "all", || receiver.taken().len() == 330).await;
    until(&server, "the log", || states(&server, false).len() == 300).await;
}

#[tokio::test]
async fn what_waits_for_an_endpoint_that_is_gone_is_forgotten_after_a_day() {
    let store = frontdesk::store::memory().unwrap();
    let (gone, stays) = (Receiver::start().await, Receiver::start().await);
    gone.always(Some(Behaviour::Says(503, None)));
    let opened = ", send: [conversation.opened]";
    let before = on(std::sync::Arc::clone(&store), &[(&gone, opened), (&stays, opened)]);
    Visitor::new(&before).await;
    until(&before, "a try", || !gone.came().is_empty() && states(&before, false).len() == 1).await;
    before.engine.shutdown().await;
    let after = on(std::sync::Arc::clone(&store), &[(&stays, opened)]);
    let rows = || store.scan(frontdesk::store::Space::Outbox, "event/", None, 10).unwrap().len();
    after.clock.advance(Span::hours(23));
    until(&after, "a moment", || after.clock.now().0 > 0).await;
    assert_eq!(rows(), 2, "it may have been taken out by mistake");
    after.clock.advance(Span::hours(2));
    until(&after, "its end", || rows() == 1).await;
    assert_eq!(
        states(&after, false),
        [(EventState::Delivered, 1, Some("204".to_owned()))],
        "the log of the other stays"
    );
}

#[tokio::test]
async fn another_start_sends_what_was_left_and_nothing_twice() {
    let store = frontdesk::store::memory().unwrap();
    let receiver = Receiver::start().await;
    receiver.next([Behaviour::Says(200, None)]);
    receiver.always(Some(Behaviour::Says(503, None)));
    let endpoints = [(&receiver, ", send: [conversation.opened]")];
    let before = on(std::sync::Arc::clone(&store), &endpoints);
    let _ = (Visitor::new(&before).await, Visitor::new(&before).await);
    until(&before, "the second try", || receiver.came().len() >= 3).await;
    before.engine.shutdown().await;
    receiver.always(None);
    let after = on(store, &endpoints);
    let _ada = Agent::admin(&after).await;
    until(&after, "the rest", || receiver.taken().len() == 2).await;
    until(&after, "the log", || states(&after, false).iter().all(|(state, ..)| *state == EventState::Delivered)).await;
    let ids: BTreeSet<_> = receiver.taken().iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), 2);
}
