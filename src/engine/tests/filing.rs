//! What agents file, where the engine must know it: the order of a queue, the load of an agent, and what comes back by itself.

use super::*;
use crate::flow::Priority;

const PERSON: &str = bot::PERSON;

async fn with_capacity(shop: &Shop, desk: &AtDesk, capacity: u32) {
    let change = super::super::AccountChange { capacity: Some(capacity), ..Default::default() };
    shop.engine.accounts().update(desk.agent.id, change).await.unwrap();
}

#[tokio::test]
async fn a_priority_by_hand_moves_a_visitor_in_the_queue() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let first = shop.says("a", PERSON).await.conversation;
    let second = shop.says("b", PERSON).await.conversation;
    assert_eq!(shop.engine.place(second).unwrap().position, 2);
    shop.command(&ann, second, AgentCommand::Prioritise { priority: Priority::Urgent }).await.unwrap();
    assert_eq!(shop.engine.place(second).unwrap().position, 1);
    assert_eq!(shop.engine.place(first).unwrap().position, 2);
    shop.command(&ann, second, AgentCommand::Prioritise { priority: Priority::Normal }).await.unwrap();
    assert_eq!(shop.engine.place(second).unwrap().position, 2, "back at its own place, not at the front");
    shop.audit().await;
}

#[tokio::test]
async fn what_is_on_hold_takes_nobodys_time_and_waits_for_an_agent_who_went_home() {
    let shop = Shop::new();
    let mut ann = shop.agent("Ann").await;
    with_capacity(&shop, &ann, 1).await;
    let first = shop.says("a", PERSON).await.conversation;
    shop.until("Ann has the first", || shop.owner(first) == "Ann").await;
    let second = shop.says("b", PERSON).await.conversation;
    assert_eq!(shop.owner(second), "queue");
    let until = shop.clock.now() + Span::hours(20);
    shop.command(&ann, first, AgentCommand::Snooze { until }).await.unwrap();
    shop.until("Ann has room for the second", || shop.owner(second) == "Ann").await;
    shop.command(&ann, second, AgentCommand::Resolve).await.unwrap();

    ann.connected = None;
    shop.clock.advance(Span::hours(2));
    let third = shop.says("c", PERSON).await.conversation;
    let away_told = |recorded: &Recorded| recorded.event == Event::AwayTold;
    shop.until("nobody is there", || shop.events(third).iter().any(away_told)).await;
    assert_eq!(shop.owner(first), "Ann", "it is still hers");

    shop.clock.advance(Span::hours(18));
    shop.until("it came back, and as she is not there it is for all", || shop.owner(first) == "queue").await;
    shop.audit().await;
}

#[tokio::test]
async fn what_an_account_that_is_closed_has_on_hold_goes_back_to_its_queue() {
    let shop = Shop::new();
    let ann = shop.agent("Ann").await;
    let id = shop.says("a", PERSON).await.conversation;
    shop.until("Ann has it", || shop.owner(id) == "Ann").await;
    let until = shop.clock.now() + Span::hours(20);
    shop.command(&ann, id, AgentCommand::Snooze { until }).await.unwrap();
    let _bob = shop.quiet_agent("Bob").await;
    let change = super::super::AccountChange { disabled: Some(true), ..Default::default() };
    shop.engine.accounts().update(ann.agent.id, change).await.unwrap();
    shop.until("it waits again", || shop.owner(id) == "queue").await;
    shop.audit().await;
}

#[tokio::test]
async fn holds_and_reminders_survive_a_restart_and_fire_after_it() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let ann = shop.quiet_agent("Ann").await;
    let id = shop.says("a", PERSON).await.conversation;
    shop.command(&ann, id, AgentCommand::Claim).await.unwrap();
    let in_a_day = shop.clock.now() + Span::days(1);
    shop.command(&ann, id, AgentCommand::Snooze { until: in_a_day }).await.unwrap();
    let note = "Ring them".to_owned();
    shop.command(&ann, id, AgentCommand::FollowUp { due: in_a_day, note }).await.unwrap();
    let shop = shop.restart(Span::days(2)).await;
    let fired = |event: &Event| matches!(event, Event::FollowUpDue { .. } | Event::Woken { .. });
    shop.until("both have come", || shop.events(id).iter().filter(|recorded| fired(&recorded.event)).count() == 2)
        .await;
    assert_eq!(shop.state(id).filed.open_follow_ups().len(), 1, "told, not done");
    shop.audit().await;
}
