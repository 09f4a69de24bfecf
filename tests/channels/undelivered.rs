//! What did not arrive is listed at the desk until it was sent again or its conversation is over.

use serde_json::json;

use super::Shop;
use super::api::Behaviour;
use super::platform::Platform;
use crate::support::server::Agent;

#[tokio::test]
async fn what_did_not_arrive_is_listed_until_it_is_sent_again() {
    let shop = Shop::open(Platform::Telegram).await;
    let agent = Agent::admin(&shop.server).await;
    let listed = async |list: &str| {
        let page = agent.get(&format!("/api/agent/conversations?list={list}")).await.ok();
        page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let tab = async || agent.get("/desk?lang=en").await.text.contains("id=\"tab-undelivered\"");
    shop.writes(2, "when are you open", 1).await;
    shop.until("the other's answer", || !shop.api.read_by(2).is_empty()).await;
    assert!(listed("undelivered").await.is_empty() && !tab().await, "nothing is shown where nothing is wrong");

    shop.api.next(1, [Behaviour::Blocked]);
    shop.writes(1, "when are you open", 2).await;
    let lost = || {
        shop.events().into_iter().find_map(|(id, recorded)| match recorded.event {
            frontdesk::dialog::Event::Undelivered { of, .. } => Some((id, of)),
            _ => None,
        })
    };
    shop.until("it is recorded", || lost().is_some()).await;
    let (id, of) = lost().unwrap();
    assert_eq!(listed("undelivered").await, [id.clone()]);
    assert!(tab().await);
    agent.command(&id, "resend", json!({ "of": of.0 })).await.ok();
    assert!(listed("undelivered").await.is_empty() && !tab().await);
    assert!(listed("open").await.contains(&id));
}
