//! Deadlines: fired by the clock, found late after a downtime, fired once.

use super::*;

#[tokio::test]
async fn a_wait_goes_on_when_its_time_has_come() {
    let shop = Shop::new();
    let id = shop.says("zoe", "later").await.conversation;
    shop.clock.advance(Span::minutes(89));
    assert_eq!(shop.bot_said(id).iter().filter(|text| text.contains("passed")).count(), 0);
    shop.clock.advance(Span::minutes(2));
    shop.until("the bot goes on", || shop.bot_said(id).iter().any(|text| text.contains("passed"))).await;
    shop.audit().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_wait_loses_nothing_and_a_late_deadline_fires_once() {
    for downtime in [Span::minutes(10), Span::hours(5)] {
        let shop = Shop::on_disk("http://127.0.0.1:9");
        let id = shop.says("zoe", "later").await.conversation;
        let shop = shop.restart(downtime).await;
        shop.clock.advance(Span::minutes(81));
        shop.until("the bot goes on", || shop.bot_said(id).iter().any(|text| text.contains("passed"))).await;
        let shop = shop.restart(Span::minutes(1)).await;
        shop.says("yan", "hello").await;
        let passed = shop.bot_said(id).into_iter().filter(|text| text.contains("passed")).count();
        assert_eq!(passed, 1, "after a downtime of {downtime:?}");
        shop.audit().await;
    }
}

#[tokio::test]
async fn silence_is_broken_once_and_not_hours_late() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let soon = shop.says("zoe", "hello").await.conversation;
    shop.clock.advance(Span::minutes(4));
    let nudged = |shop: &Shop, id| shop.bot_said(id).iter().filter(|text| text.contains("still there")).count();
    shop.until("the bot asks", || nudged(&shop, soon) == 1).await;
    shop.clock.advance(Span::minutes(30));
    let late = shop.says("yan", "hello").await.conversation;
    let shop = shop.restart(Span::hours(3)).await;
    let done = |recorded: &Recorded| matches!(recorded.event, Event::NudgeDone { .. });
    shop.until("the late one is dropped", || shop.events(late).iter().any(done)).await;
    assert_eq!((nudged(&shop, soon), nudged(&shop, late)), (1, 0));
    shop.audit().await;
}

#[tokio::test]
async fn hundreds_of_deadlines_found_after_a_downtime_all_fire() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let mut ids = Vec::new();
    for number in 0..200 {
        ids.push(shop.says(&format!("v{number}"), "hello").await.conversation);
    }
    let shop = shop.restart(Span::days(3)).await;
    shop.until("all are closed", || ids.iter().all(|id| shop.owner(*id) == "closed")).await;
    assert!(ids.iter().all(|id| {
        let closed = |recorded: &&Recorded| matches!(recorded.event, Event::Closed { .. });
        shop.events(*id).iter().filter(closed).count() == 1
    }));
    shop.audit().await;
}
