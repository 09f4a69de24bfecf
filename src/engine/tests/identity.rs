//! People whom a page has proved to be somebody: what comes along, what stays apart, and what signing out ends.

use super::bot::PERSON;
use super::*;
use crate::dialog::ClosedBecause;
use crate::engine::{SIGNED_IN, Told, address_of};
use crate::id::ContactId;

fn maria() -> Address {
    address_of(&"shop".into(), "42")
}

impl Shop {
    async fn signs_in(&self, from: Option<&str>, token: &str, begins: bool) -> Option<Address> {
        let from = from.map(address);
        self.engine.sign_in(&"shop".into(), "42", from.as_ref(), token, begins).await.unwrap()
    }

    async fn says_at(&self, address: &Address, text: &str) -> ConversationId {
        let turn = VisitorTurn::Message { text: text.to_owned(), client: None };
        self.engine.visitor(address, VisitorFacts::default(), turn).await.unwrap().conversation
    }

    fn contact(&self, id: ConversationId) -> ContactId {
        self.state(id).opening.clone().unwrap().contact
    }

    fn reason(&self, id: ConversationId) -> Option<ClosedBecause> {
        self.events(id).into_iter().find_map(|recorded| match recorded.event {
            Event::Closed { why } => Some(why),
            _ => None,
        })
    }
}

#[tokio::test]
async fn an_open_conversation_and_what_was_told_in_it_come_along() {
    let shop = Shop::new();
    let id = shop.says("anon", "name").await.conversation;
    shop.says("anon", "Zoe").await;
    let before = shop.contact(id);
    assert_eq!(shop.signs_in(Some("anon"), "t1", false).await, Some(maria()));
    assert_ne!(shop.contact(id), before);
    assert_eq!(shop.engine.current(&maria()).unwrap(), Some(id));
    assert_eq!(shop.engine.current(&address("anon")).unwrap(), None, "the old address leads there no longer");
    let known = || shop.engine.known_at(&maria()).unwrap().contains_key("name");
    shop.until("the person has the name that was told before", known).await;
    assert_eq!(shop.says_at(&maria(), "hello again").await, id);
    let new = shop.says("anon", "hello").await.conversation;
    assert_ne!(new, id, "whoever has the old token begins anew");
    shop.audit().await;
}

#[tokio::test]
async fn nobody_unknown_is_made_known_before_they_begin() {
    let shop = Shop::new();
    assert_eq!(shop.signs_in(None, "t1", false).await, None);
    assert!(!shop.engine.knows(&maria()).unwrap());
    assert_eq!(shop.signs_in(None, "t1", true).await, Some(maria()));
    shop.audit().await;
}

#[tokio::test]
async fn a_conversation_with_the_bot_gives_way_and_one_with_people_does_not() {
    let shop = Shop::new();
    shop.signs_in(None, "phone", true).await;
    let old = shop.says_at(&maria(), "hello").await;
    let here = shop.says("laptop", "hello").await.conversation;
    assert_eq!(shop.signs_in(Some("laptop"), "laptop", false).await, Some(maria()));
    assert_eq!(shop.reason(old), Some(ClosedBecause::Elsewhere));
    assert_eq!(shop.engine.current(&maria()).unwrap(), Some(here));

    // With people: what the bot has ends, and stands in the person's history.
    let ann = shop.quiet_agent("ann").await;
    shop.command(&ann, here, AgentCommand::Claim).await.unwrap();
    let other = shop.says("tablet", "hello").await.conversation;
    assert_eq!(shop.signs_in(Some("tablet"), "tablet", false).await, Some(maria()));
    assert_eq!(shop.reason(other), Some(ClosedBecause::Elsewhere));
    assert_eq!(shop.contact(other), shop.contact(here));
    assert_eq!(shop.engine.current(&maria()).unwrap(), Some(here));

    // People on both sides: both keep their visitor.
    let third = shop.says("watch", "hello").await.conversation;
    shop.command(&ann, third, AgentCommand::Claim).await.unwrap();
    for _ in 0..2 {
        assert_eq!(shop.signs_in(Some("watch"), "watch", false).await, None);
    }
    assert_eq!(shop.contact(third), shop.contact(here), "but it is known whose it is");
    assert_eq!(shop.says("watch", "still there?").await.conversation, third);
    let joined = shop.events(third).iter().filter(|seen| matches!(seen.event, Event::Identified { .. })).count();
    assert_eq!(joined, 1);
    shop.audit().await;
}

#[tokio::test]
async fn who_waits_keeps_the_place() {
    let shop = Shop::new();
    let first = shop.says("anon", PERSON).await.conversation;
    let second = shop.says("other", PERSON).await.conversation;
    assert_eq!((shop.owner(first).as_str(), shop.owner(second).as_str()), ("queue", "queue"));
    shop.signs_in(Some("anon"), "t1", false).await;
    assert_eq!(shop.engine.place(first).map(|hint| hint.position), Some(1));
    assert_eq!(shop.engine.place(second).map(|hint| hint.position), Some(2));
    shop.audit().await;
}

#[tokio::test]
async fn signing_out_ends_the_token_and_of_a_stranger_the_conversation() {
    let shop = Shop::new();
    let site = "shop".into();
    shop.signs_in(None, "t1", true).await;
    let id = shop.says_at(&maria(), "hello").await;
    assert_eq!(shop.engine.signed_in(&site, "t1").unwrap(), Some(maria()));
    assert_eq!(shop.engine.signed_in(&"other".into(), "t1").unwrap(), None);
    shop.signs_in(None, "t2", true).await;
    shop.engine.sign_out(&site, "t1", &maria()).await.unwrap();
    assert_eq!(shop.engine.signed_in(&site, "t1").unwrap(), None);
    assert_eq!(shop.engine.signed_in(&site, "t2").unwrap(), Some(maria()), "other devices stay");
    assert_eq!(shop.engine.current(&maria()).unwrap(), Some(id));
    shop.clock.advance(SIGNED_IN);
    assert_eq!(shop.engine.signed_in(&site, "t2").unwrap(), None, "but not for ever");

    let anonymous = shop.says("anon", PERSON).await.conversation;
    shop.engine.sign_out(&site, "anon", &address("anon")).await.unwrap();
    assert_eq!(shop.reason(anonymous), Some(ClosedBecause::SignedOut));
    assert!(!shop.engine.knows(&address("anon")).unwrap());
    shop.audit().await;
}

#[tokio::test]
async fn what_a_page_tells_is_written_once_and_never_over_what_was_said() {
    let shop = Shop::new();
    let id = shop.says("anon", "hello").await.conversation;
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let told = Told {
        given: vec![fact("name", "Zoe")],
        attributes: [("plan".to_owned(), Some("pro".to_owned())), ("name".to_owned(), Some("Eve".to_owned()))].into(),
        ..Told::default()
    };
    let version = || {
        let stream = store::StreamId::Contact("shop".into(), shop.contact(id));
        shop.store.load(&stream).unwrap().unwrap().version.0
    };
    for _ in 0..2 {
        shop.engine.tell(&address("anon"), &told).await.unwrap();
        assert_eq!(version(), 3, "made, introduced, told; the second time nothing is new");
    }
    let known = shop.engine.known_at(&address("anon")).unwrap();
    assert_eq!(known["name"].value, "Zoe", "an attribute is never a fact");
    assert!(!known.contains_key("plan"));
    shop.says("anon", "name").await;
    shop.audit().await;
}
