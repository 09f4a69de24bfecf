//! The queue and its agents: exclusive claims, order, capacity, absence, silence.

use super::*;
use crate::dialog::{QueueLeft, Refused, ReturnedBecause};
use crate::engine::Push;
use crate::id::AgentId;

const PERSON: &str = bot::PERSON;

fn returned(shop: &Shop, id: ConversationId) -> Vec<ReturnedBecause> {
    let why = |recorded: Recorded| match recorded.event {
        Event::Returned { why, .. } => Some(why),
        _ => None,
    };
    shop.events(id).into_iter().filter_map(why).collect()
}

#[tokio::test]
async fn of_fifty_claims_at_once_one_wins_and_the_others_learn_who() {
    let shop = Shop::new();
    let mut desks = Vec::new();
    for number in 0..50 {
        desks.push(shop.quiet_agent(&format!("agent{number}")).await);
    }
    let id = shop.says("zoe", PERSON).await.conversation;
    assert_eq!(shop.owner(id), "queue");
    let mut claims = tokio::task::JoinSet::new();
    for desk in &desks {
        let (engine, agent) = (shop.engine.clone(), desk.agent.clone());
        claims.spawn(async move { engine.agent(&agent, Role::Agent, id, AgentCommand::Claim).await });
    }
    let outcomes = claims.join_all().await;
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won, 1);
    let owner = shop.state(id).with_agent().unwrap().agent.clone();
    for outcome in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(outcome, TurnError::Refused(Refused::OwnedBy { agent: owner.clone() }));
    }
    shop.audit().await;
}

#[tokio::test]
async fn visitors_are_served_by_priority_then_in_order_and_capacity_holds() {
    let shop = Shop::new();
    let waits = shop.quiet_agent("Bob").await;
    let mut ids = Vec::new();
    for (user, words) in [("a", PERSON), ("b", PERSON), ("c", PERSON), ("d", "urgent"), ("e", PERSON)] {
        ids.push(shop.says(user, words).await.conversation);
    }
    let places: Vec<_> = ids.iter().map(|id| shop.engine.place(*id).unwrap().position).collect();
    assert_eq!(places, [2, 3, 4, 1, 5]);
    let ann = shop.agent("Ann").await;
    shop.until("Ann has three", || shop.engine.agents_of(&"shop".into()).iter().any(|agent| agent.load == 3)).await;
    let owners: Vec<_> = ids.iter().map(|id| shop.owner(*id)).collect();
    assert_eq!(owners, ["Ann", "Ann", "queue", "Ann", "queue"], "the urgent one, then the first two");
    shop.command(&ann, ids[3], AgentCommand::Resolve).await.unwrap();
    shop.until("the next has moved up", || shop.owner(ids[2]) == "Ann").await;
    assert_eq!(shop.owner(ids[4]), "queue");
    assert_eq!(shop.engine.place(ids[4]).unwrap().position, 1);
    drop(waits);
    shop.audit().await;
}

#[tokio::test]
async fn the_least_loaded_then_the_longest_idle_agent_is_next_and_queues_lower_the_capacity() {
    let shop = Shop::new();
    let _desks = [shop.agent("Ann").await, shop.agent("Bob").await];
    let mut owners = Vec::new();
    for (number, words) in [PERSON, PERSON, PERSON, PERSON].iter().enumerate() {
        let id = shop.says(&format!("v{number}"), words).await.conversation;
        shop.until("it has an agent", || shop.owner(id) != "queue").await;
        owners.push(shop.owner(id));
        shop.clock.advance(Span::seconds(1));
    }
    assert_eq!(owners, ["Ann", "Bob", "Ann", "Bob"]);
    // Sales allows one conversation at a time, and both have two.
    let id = shop.says("v9", "sales").await.conversation;
    let next = shop.says("v10", PERSON).await.conversation;
    shop.until("the desk's visitor has an agent", || shop.owner(next) != "queue").await;
    assert_eq!(shop.owner(id), "queue", "one who cannot be served holds up nobody");
    shop.audit().await;
}

#[tokio::test]
async fn agents_serve_only_their_queues() {
    let shop = Shop::new();
    let ann = shop.agent("Ann").await;
    let change = super::super::AccountChange { queues: Some(vec!["sales".into()]), ..Default::default() };
    shop.engine.accounts().update(ann.agent.id, change).await.unwrap();
    let bob = shop.agent("Bob").await;
    let id = shop.says("zoe", PERSON).await.conversation;
    let sales = shop.says("yan", "sales").await.conversation;
    shop.until("both are served", || shop.owner(id) == "Bob" && shop.owner(sales) == "Ann").await;
    drop(bob);
    shop.audit().await;
}

#[tokio::test]
async fn an_agent_who_leaves_the_desk_loses_conversations_after_the_grace_and_not_before() {
    let shop = Shop::new();
    let mut ann = shop.agent("Ann").await;
    let id = shop.says("zoe", PERSON).await.conversation;
    shop.until("Ann has it", || shop.owner(id) == "Ann").await;
    ann.connected.take();
    shop.clock.advance(Span::seconds(59));
    // A page that reloads: back within the grace, nothing happened.
    ann.connected = Some(shop.engine.connected(ann.agent.id));
    shop.clock.advance(Span::seconds(59));
    shop.says("yan", "hello").await;
    assert_eq!(shop.owner(id), "Ann");
    let bob = shop.agent("Bob").await;
    ann.connected.take();
    shop.clock.advance(Span::seconds(61));
    shop.until("Bob has it", || shop.owner(id) == "Bob").await;
    assert_eq!(returned(&shop, id), [ReturnedBecause::Away]);
    drop(bob);
    shop.audit().await;
}

#[tokio::test]
async fn one_who_acts_without_a_stream_counts_as_there_until_the_grace_after_the_last_act() {
    let shop = Shop::new();
    let mut ann = shop.quiet_agent("Ann").await;
    ann.connected.take();
    shop.clock.advance(Span::minutes(10));
    let id = shop.says("zoe", "hello").await.conversation;
    shop.command(&ann, id, AgentCommand::Claim).await.unwrap();
    shop.clock.advance(Span::seconds(50));
    let say = AgentCommand::Say { text: "hello".to_owned(), client: None };
    shop.command(&ann, id, say).await.unwrap();
    shop.clock.advance(Span::seconds(50));
    shop.says("yan", "hello").await;
    shop.clock.advance(Span::seconds(10));
    shop.until("it was taken back", || !returned(&shop, id).is_empty()).await;
    let back = shop.events(id).into_iter().find(|recorded| matches!(recorded.event, Event::Returned { .. })).unwrap();
    assert_eq!(back.at, START + Span::seconds(10 * 60 + 50 + 60));
    shop.audit().await;
}

#[tokio::test]
async fn a_silent_agent_loses_the_conversation() {
    let shop = Shop::new();
    let ann = shop.agent("Ann").await;
    let id = shop.says("zoe", PERSON).await.conversation;
    shop.until("Ann has it", || shop.owner(id) == "Ann").await;
    shop.command(&ann, id, AgentCommand::Say { text: "yes?".to_owned(), client: None }).await.unwrap();
    shop.clock.advance(Span::minutes(5));
    shop.says("zoe", "are you there?").await;
    shop.clock.advance(Span::minutes(6));
    assert_eq!(shop.owner(id), "Ann", "not yet: the visitor waits since six minutes");
    shop.clock.advance(Span::minutes(5));
    shop.until("it was taken back", || returned(&shop, id) == [ReturnedBecause::Silent]).await;
    shop.audit().await;
}

#[tokio::test]
async fn a_silent_agent_alone_at_the_desk_does_not_get_the_visitor_back_before_they_are_there_again() {
    let shop = Shop::new();
    let ann = shop.agent("Ann").await;
    let id = shop.says("zoe", PERSON).await.conversation;
    shop.until("Ann has it", || shop.owner(id) == "Ann").await;
    shop.clock.advance(Span::minutes(11));
    shop.until("it was taken back", || !returned(&shop, id).is_empty()).await;
    let status = || shop.engine.accounts().get(ann.agent.id).unwrap().status;
    shop.until("Ann is away", || status() == AgentStatus::Away).await;
    // Another who waits wakes the assigner once more.
    let other = shop.says("yan", PERSON).await.conversation;
    assert_eq!((shop.owner(id), shop.owner(other)), ("queue".to_owned(), "queue".to_owned()));
    shop.engine.set_status(ann.agent.id, AgentStatus::Available).await.unwrap();
    shop.until("Ann has both", || shop.owner(id) == "Ann" && shop.owner(other) == "Ann").await;
    assert_eq!(returned(&shop, id), [ReturnedBecause::Silent]);
    shop.audit().await;
}

#[tokio::test]
async fn whoever_gives_a_visitor_back_is_asked_last() {
    let shop = Shop::new();
    let ann = shop.agent("Ann").await;
    let id = shop.says("zoe", PERSON).await.conversation;
    shop.until("Ann has it", || shop.owner(id) == "Ann").await;
    let bob = shop.agent("Bob").await;
    let busy = shop.says("yan", PERSON).await.conversation;
    shop.until("Bob has one too", || shop.owner(busy) == "Bob").await;
    shop.command(&ann, id, AgentCommand::ReturnToQueue).await.unwrap();
    shop.until("somebody has it", || shop.owner(id) != "queue").await;
    assert_eq!(shop.owner(id), "Bob", "although Ann has nobody");
    // Those behind are not held up, and one who is alone gets the visitor again.
    let change = super::super::AccountChange { capacity: Some(1), ..Default::default() };
    shop.engine.accounts().update(ann.agent.id, change).await.unwrap();
    shop.command(&bob, id, AgentCommand::TransferToAgent { to: ann.agent.clone(), note: None }).await.unwrap();
    drop(bob);
    shop.command(&ann, id, AgentCommand::ReturnToQueue).await.unwrap();
    shop.until("Ann has it again", || shop.owner(id) == "Ann").await;
    shop.audit().await;
}

#[tokio::test]
async fn a_returned_visitor_keeps_their_place() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let first = shop.says("a", PERSON).await.conversation;
    let second = shop.says("b", PERSON).await.conversation;
    shop.command(&ann, first, AgentCommand::Claim).await.unwrap();
    assert_eq!(shop.engine.place(second).unwrap().position, 1);
    shop.command(&ann, first, AgentCommand::ReturnToQueue).await.unwrap();
    assert_eq!(shop.engine.place(first).unwrap().position, 1, "before those who came later");
    assert_eq!(shop.engine.place(second).unwrap().position, 2);
    shop.command(&ann, first, AgentCommand::Claim).await.unwrap();
    let to_sales = AgentCommand::TransferToQueue { queue: "sales".into(), note: Some("wants a lamp".to_owned()) };
    shop.command(&ann, first, to_sales).await.unwrap();
    assert_eq!(shop.engine.place(first).unwrap().position, 1, "at the end of another queue, which is empty");
    shop.audit().await;
}

#[tokio::test]
async fn where_nobody_is_any_more_those_who_wait_are_told_once() {
    let shop = Shop::new();
    let mut ann = shop.quiet_agent("Ann").await;
    let id = shop.says("zoe", PERSON).await.conversation;
    ann.connected.take();
    shop.clock.advance(Span::seconds(61));
    let told = || shop.events(id).iter().filter(|recorded| recorded.event == Event::AwayTold).count();
    shop.until("the visitor was told", || told() == 1).await;
    ann.connected = Some(shop.engine.connected(ann.agent.id));
    ann.connected.take();
    shop.clock.advance(Span::seconds(61));
    shop.says("yan", "hello").await;
    assert_eq!(told(), 1);
    assert_eq!(shop.owner(id), "queue");
    shop.audit().await;
}

#[tokio::test]
async fn one_who_waits_hears_their_place_when_it_changes() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let first = shop.says("a", PERSON).await.conversation;
    let mut follows = shop.engine.hub().visitor(&address("b"));
    shop.says("b", PERSON).await;
    let mut heard = Vec::new();
    while heard.len() < 2 {
        let push = tokio::time::timeout(PATIENCE, follows.recv()).await.expect("a place is told").unwrap();
        if let Push::Place(hint) = push {
            heard.push(hint.position);
            shop.command(&ann, first, AgentCommand::Claim).await.unwrap();
        }
        shop.clock.advance(Span::seconds(2));
    }
    assert_eq!(heard, [2, 1]);
    shop.audit().await;
}

#[tokio::test]
async fn places_of_one_queue_are_told_every_two_seconds_and_no_queue_waits_for_another() {
    let shop = Shop::new();
    let _desk = shop.quiet_agent("Ann").await;
    let [mut a, mut b, mut c] = ["a", "b", "c"].map(|user| shop.engine.hub().visitor(&address(user)));
    let place = async |follows: &mut tokio::sync::broadcast::Receiver<Push>| {
        let told = async {
            loop {
                if let Push::Place(hint) = follows.recv().await.unwrap() {
                    return hint.position;
                }
            }
        };
        tokio::time::timeout(PATIENCE, told).await.expect("a place is told")
    };
    shop.says("a", PERSON).await;
    assert_eq!(place(&mut a).await, 1);
    // The clock stands: the desk has just told its places, and sales has not.
    shop.says("b", PERSON).await;
    shop.says("c", "sales").await;
    assert_eq!(place(&mut c).await, 1);
    while let Ok(push) = b.try_recv() {
        assert!(!matches!(push, Push::Place(_)), "the desk told its places twice at once");
    }
    shop.clock.advance(Span::seconds(2));
    assert_eq!(place(&mut b).await, 2);
    shop.audit().await;
}

#[tokio::test]
async fn after_five_waits_an_estimate_is_told_and_a_restart_does_not_forget_it() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let ann = shop.quiet_agent("Ann").await;
    for number in 0..5 {
        let id = shop.says(&format!("v{number}"), PERSON).await.conversation;
        assert_eq!(shop.engine.place(id).unwrap().estimate, None);
        shop.clock.advance(Span::minutes(4));
        shop.command(&ann, id, AgentCommand::Claim).await.unwrap();
        shop.command(&ann, id, AgentCommand::Resolve).await.unwrap();
    }
    let id = shop.says("v9", PERSON).await.conversation;
    let estimate = shop.engine.place(id).unwrap().estimate.unwrap();
    assert_eq!((estimate.from, estimate.to), (Span::minutes(4), Span::minutes(4)));
    drop(ann);
    let shop = shop.restart(Span::seconds(5)).await;
    assert_eq!(shop.engine.place(id).unwrap().estimate, Some(estimate));
    shop.audit().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_queue_keeps_order_owners_and_grace() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let mut ann = shop.agent("Ann").await;
    let owned = shop.says("o", PERSON).await.conversation;
    shop.until("Ann has it", || shop.owner(owned) == "Ann").await;
    let change = super::super::AccountChange { capacity: Some(1), ..Default::default() };
    shop.engine.accounts().update(ann.agent.id, change).await.unwrap();
    let mut ids = Vec::new();
    for (user, words) in [("a", PERSON), ("b", PERSON), ("c", "urgent")] {
        ids.push(shop.says(user, words).await.conversation);
    }
    ann.connected.take();
    let shop = shop.restart(Span::seconds(30)).await;
    let places: Vec<_> = ids.iter().map(|id| shop.engine.place(*id).unwrap().position).collect();
    assert_eq!(places, [2, 3, 1]);
    shop.clock.advance(Span::seconds(50));
    shop.says("yan", "hello").await;
    assert_eq!(shop.owner(owned), "Ann", "the grace begins with the restart");
    let back = shop.engine.connected(ann.agent.id);
    shop.clock.advance(Span::seconds(50));
    shop.engine.agent(&ann.agent, Role::Agent, owned, AgentCommand::Resolve).await.unwrap();
    shop.until("the urgent one is next", || shop.owner(ids[2]) == "Ann").await;
    drop(back);
    shop.audit().await;
}

#[tokio::test]
async fn only_supervisors_take_over_and_unknown_agents_do_nothing() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let bob = shop.quiet_agent("Bob").await;
    let id = shop.says("zoe", "hello").await.conversation;
    shop.command(&ann, id, AgentCommand::Say { text: "hello".to_owned(), client: Some("s1".to_owned()) })
        .await
        .unwrap();
    assert_eq!(shop.owner(id), "Ann", "writing takes it from the bot");
    let repeated = AgentCommand::Say { text: "hello".to_owned(), client: Some("s1".to_owned()) };
    assert!(shop.command(&ann, id, repeated).await.unwrap().duplicate);
    let refused = shop.command(&bob, id, AgentCommand::TakeOver).await.unwrap_err();
    assert!(matches!(refused, TurnError::NotAllowed(_)));
    shop.engine.agent(&bob.agent, Role::Supervisor, id, AgentCommand::TakeOver).await.unwrap();
    assert_eq!(shop.owner(id), "Bob");
    let nobody = AgentRef { id: AgentId::from_uuid(uuid::Uuid::from_u128(9)), name: "Nobody".to_owned() };
    let error = shop.engine.agent(&nobody, Role::Agent, id, AgentCommand::Claim).await.unwrap_err();
    assert_eq!(error, TurnError::NoSuchAgent);
    shop.audit().await;
}

#[tokio::test]
async fn who_has_waited_too_long_is_led_out_of_the_queue_once() {
    let shop = Shop::new();
    let _ann = shop.quiet_agent("Ann").await;
    let id = shop.says("zoe", PERSON).await.conversation;
    shop.clock.advance(Span::hours(30));
    shop.until("the wait is over", || shop.owner(id) != "queue").await;
    let left: Vec<_> =
        shop.events(id).into_iter().filter(|recorded| matches!(recorded.event, Event::QueueLeft { .. })).collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].event, Event::QueueLeft { why: QueueLeft::WaitedTooLong });
    shop.audit().await;
}

#[tokio::test]
async fn a_left_message_is_listed_until_an_agent_takes_it_up() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let id = shop.says("zoe", "message").await.conversation;
    shop.says("zoe", "please call me").await;
    let account = shop.engine.accounts().get(ann.agent.id).unwrap();
    let inbox = shop.engine.inbox(&account).unwrap();
    assert_eq!(inbox.left.iter().map(|row| row.summary.id).collect::<Vec<_>>(), [id]);
    assert_eq!(inbox.open.len(), 0, "and not twice");
    shop.command(&ann, id, AgentCommand::Claim).await.unwrap();
    assert_eq!(shop.engine.inbox(&account).unwrap().left.len(), 0);
    shop.audit().await;
}
