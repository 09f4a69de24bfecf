//! What supervisors oversee and do, and to whom the assigner gives a visitor who speaks a certain language.

use super::*;
use crate::engine::{AccountChange, Audit, AuditFilter};

async fn promoted(shop: &Shop, desk: &AtDesk, role: Role) -> Arc<super::super::Account> {
    let change = AccountChange { role: Some(role), ..AccountChange::default() };
    shop.engine.accounts().update(desk.agent.id, change).await.unwrap()
}

#[tokio::test]
async fn the_floor_shows_who_is_there_who_waits_and_what_is_live() {
    let shop = Shop::new();
    let sue = shop.quiet_agent("Sue").await;
    let sue_account = promoted(&shop, &sue, Role::Supervisor).await;
    let bob = shop.quiet_agent("Bob").await;
    let waiting = shop.says("zoe", bot::PERSON).await.conversation;
    let since = shop.clock.now();
    shop.clock.advance(Span::seconds(90));
    let owned = shop.says("una", bot::PERSON).await.conversation;
    shop.command(&bob, owned, AgentCommand::Claim).await.unwrap();
    shop.says("yan", "hello").await;
    let floor = shop.engine.floor(&sue_account).unwrap();
    let live: Vec<_> = floor.live.iter().map(|row| row.summary.id).collect();
    assert_eq!(live, [waiting, owned], "who waits longest first; what the bot has is not among them");
    let desk =
        floor.queues.iter().find(|queue| queue.queue.as_str() == "desk" && queue.site.as_str() == "shop").unwrap();
    assert_eq!((desk.waiting, desk.oldest), (1, Some(since)));
    let bob_row = floor.agents.iter().find(|agent| agent.account.id == bob.agent.id).unwrap();
    assert_eq!((bob_row.load, bob_row.online, bob_row.active), (1, true, Some(shop.clock.now())));
    let elsewhere = super::super::Account { sites: vec!["other".into()], ..(*sue_account).clone() };
    let floor = shop.engine.floor(&elsewhere).unwrap();
    assert!(floor.live.is_empty() && floor.queues.iter().all(|queue| queue.site.as_str() == "other"));
    shop.audit().await;
}

#[tokio::test]
async fn a_supervisor_reassigns_and_sets_away_and_an_agent_does_not() {
    let shop = Shop::new();
    let (sue, bob, cat) = (shop.quiet_agent("Sue").await, shop.quiet_agent("Bob").await, shop.quiet_agent("Cat").await);
    let id = shop.says("zoe", bot::PERSON).await.conversation;
    shop.command(&bob, id, AgentCommand::Claim).await.unwrap();
    let agent = shop.account(&cat);
    let refused = shop.engine.reassign(&agent, id, cat.agent.id).await;
    assert!(matches!(refused, Err(TurnError::NotAllowed(_))));
    let refused = shop.engine.set_status_of(&agent, bob.agent.id, AgentStatus::Away).await;
    assert!(matches!(refused, Err(TurnError::NotAllowed(_))));

    let supervisor = promoted(&shop, &sue, Role::Supervisor).await;
    shop.engine.reassign(&supervisor, id, cat.agent.id).await.unwrap();
    assert_eq!(shop.owner(id), "Cat");
    let away = shop.engine.set_status_of(&supervisor, bob.agent.id, AgentStatus::Away).await.unwrap();
    assert_eq!(away.status, AgentStatus::Away);
    promoted(&shop, &cat, Role::Admin).await;
    let refused = shop.engine.set_status_of(&supervisor, cat.agent.id, AgentStatus::Away).await;
    assert!(matches!(refused, Err(TurnError::NotAllowed(_))), "an admin's is for admins");
    let kinds: Vec<_> = shop.engine.audit_trail(&AuditFilter::default()).unwrap().entries;
    let kinds: Vec<_> = kinds.iter().map(|entry| entry.what.kind()).collect();
    assert_eq!(kinds, ["status_set", "reassigned"]);
    shop.audit().await;
}

#[tokio::test]
async fn taking_over_is_written_down_with_whose_it_was() {
    let shop = Shop::new();
    let (sue, bob) = (shop.quiet_agent("Sue").await, shop.quiet_agent("Bob").await);
    let id = shop.says("zoe", bot::PERSON).await.conversation;
    shop.command(&bob, id, AgentCommand::Claim).await.unwrap();
    shop.engine.agent(&sue.agent, Role::Supervisor, id, AgentCommand::TakeOver).await.unwrap();
    let trail = shop.engine.audit_trail(&AuditFilter::default()).unwrap();
    let expected = Audit::TookOver { site: "shop".into(), conversation: id, from: Some(bob.agent.clone()) };
    assert_eq!(trail.entries.iter().map(|entry| &entry.what).collect::<Vec<_>>(), [&expected]);
    shop.audit().await;
}

#[tokio::test]
async fn a_visitor_comes_to_whoever_speaks_their_language_and_waits_for_no_language() {
    let shop = Shop::new();
    let speaks = async |name: &str, languages: &[&str]| {
        let desk = shop.quiet_agent(name).await;
        let languages = Some(languages.iter().map(|language| (*language).into()).collect());
        let change = AccountChange { languages, capacity: Some(1), ..AccountChange::default() };
        shop.engine.accounts().update(desk.agent.id, change).await.unwrap();
        desk
    };
    // The order of their making would be the other way round.
    let _greek = speaks("Eleni", &["el"]).await;
    let _silent = speaks("Cat", &[]).await;
    let _english = speaks("Bob", &["fr", "en-GB"]).await;
    for (user, agent) in [("a", "Bob"), ("b", "Cat"), ("c", "Eleni")] {
        let id = shop.says(user, bot::PERSON).await.conversation;
        shop.until(&format!("{user} comes to {agent}"), || shop.owner(id) == agent).await;
    }
    shop.audit().await;
}
