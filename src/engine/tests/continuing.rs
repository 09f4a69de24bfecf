//! A conversation that goes on elsewhere by a link, and back.

use super::*;
use crate::channel::LinkCode;
use crate::dialog::AgentCommand;
use crate::engine::people::LINK_LIFE;
use crate::engine::{GoesOn, VisitorTurn, contacts};
use crate::id::ContactId;

fn app(user: &str) -> Address {
    Address { channel: "telegram".into(), ..address(user) }
}

impl Shop {
    async fn link(&self, id: ConversationId) -> LinkCode {
        self.engine.make_link(id, None).await.unwrap().expect("it is open").0
    }

    async fn follows(&self, code: &LinkCode, here: &Address) -> GoesOn {
        self.engine.go_on(code, here, None).await.unwrap()
    }

    fn contact_of(&self, id: ConversationId) -> ContactId {
        self.state(id).opening.clone().unwrap().contact
    }

    async fn writes_at(&self, address: &Address, text: &str) -> ConversationId {
        let turn = VisitorTurn::Message { text: text.to_owned(), client: None };
        self.engine.visitor(address, VisitorFacts::default(), turn).await.unwrap().conversation
    }

    fn is_at(&self, id: ConversationId) -> Address {
        self.state(id).opening.clone().unwrap().address
    }
}

#[tokio::test]
async fn a_link_brings_the_conversation_with_its_open_question_and_works_once() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let id = shop.says("zoe", "name").await.conversation;
    let code = shop.link(id).await;
    let shop = shop.restart(Span::seconds(1)).await;
    assert_eq!(shop.engine.linked(&code).unwrap(), Some(("shop".into(), id)));
    let here = app("7");
    assert_eq!(shop.follows(&code, &here).await, GoesOn::Here(id));
    assert_eq!(shop.is_at(id), here);
    assert_eq!(shop.bot_said(id).last().unwrap(), "what is your contact.name?", "asked again, where they are now");
    assert_eq!(shop.writes_at(&here, "Zoe").await, id);
    assert_eq!(shop.bot_said(id).last().unwrap(), "nice to meet you");
    for other in [here, app("8")] {
        assert_eq!(shop.follows(&code, &other).await, GoesOn::Nowhere, "it was used");
    }
    assert_eq!(shop.engine.linked(&code).unwrap(), None);
    shop.audit().await;
}

#[tokio::test]
async fn the_browser_that_was_left_is_a_strangers() {
    let shop = Shop::new();
    let id = shop.says("zoe", "name").await.conversation;
    let here = app("7");
    shop.writes_at(&here, "hello").await;
    shop.follows(&shop.link(id).await, &here).await;
    shop.writes_at(&here, "Zoe").await;
    assert_eq!(shop.engine.latest(&address("zoe")).unwrap(), None, "nobody reads on there");
    assert!(!shop.engine.knows(&address("zoe")).unwrap());
    let anew = shop.says("zoe", "hello").await.conversation;
    assert_ne!(anew, id);
    assert_eq!(shop.engine.known_at(&address("zoe")).unwrap(), Default::default(), "nor learns who they are");
    assert_eq!(shop.engine.latest(&here).unwrap(), Some(id));
    shop.audit().await;
}

#[tokio::test]
async fn of_two_who_are_known_the_one_learns_nothing_of_the_other() {
    let shop = Shop::new();
    let (one, other) = (app("7"), app("8"));
    let id = shop.writes_at(&one, "hello").await;
    shop.writes_at(&other, "name").await;
    shop.writes_at(&other, "Zoe").await;
    shop.follows(&shop.link(id).await, &other).await;
    assert_eq!(shop.is_at(id), other);
    assert_eq!(shop.engine.known_at(&one).unwrap(), Default::default());
    assert_eq!(shop.engine.latest(&one).unwrap(), None);
    shop.audit().await;
}

#[tokio::test]
async fn signing_out_of_a_borrowed_browser_leaves_the_conversation_where_it_was() {
    let shop = Shop::new();
    let id = shop.writes_at(&app("7"), "urgent").await;
    shop.follows(&shop.link(id).await, &address("zoe")).await;
    assert_eq!(shop.is_at(id), address("zoe"));
    shop.engine.sign_out(&"shop".into(), "", &address("zoe")).await.unwrap();
    assert_eq!((shop.owner(id), shop.is_at(id)), ("queue".to_owned(), app("7")));
    assert!(!shop.engine.knows(&address("zoe")).unwrap());
    shop.audit().await;
}

#[tokio::test]
async fn messages_and_a_link_at_once_get_through_on_both_sides() {
    let shop = Shop::new();
    for round in 0..20 {
        let (zoe, here) = (format!("zoe{round}"), app(&round.to_string()));
        let id = shop.says(&zoe, "hello").await.conversation;
        let code = shop.link(id).await;
        let turns = futures_util::future::join3(
            shop.follows(&code, &here),
            shop.writes_at(&here, "hello"),
            shop.says(&zoe, "hello"),
        );
        let all = tokio::time::timeout(PATIENCE, turns).await;
        assert!(all.is_ok(), "somebody waits for somebody who waits");
    }
    shop.audit().await;
}

#[tokio::test]
async fn both_contacts_are_one_person_from_then_on() {
    let shop = Shop::new();
    let here = app("7");
    let earlier = shop.writes_at(&here, "hello").await;
    let id = shop.says("zoe", "urgent").await.conversation;
    shop.follows(&shop.link(id).await, &here).await;
    assert_eq!(shop.owner(earlier), "closed", "what only the bot had gives way");
    assert_eq!(shop.owner(id), "queue", "and who waits keeps the place");
    let ann = shop.quiet_agent("Ann").await;
    let contact = shop.contact_of(id);
    let sheet = shop.engine.person(&shop.account(&ann), contact).unwrap();
    assert_eq!((sheet.members.len(), sheet.conversations.len()), (2, 2));
    shop.audit().await;
}

#[tokio::test]
async fn people_on_both_sides_lose_nobody() {
    let shop = Shop::new();
    let here = app("7");
    let there = shop.writes_at(&here, "urgent").await;
    let id = shop.says("zoe", "urgent").await.conversation;
    let code = shop.link(id).await;
    assert_eq!(shop.engine.go_on(&code, &here, None).await.unwrap(), GoesOn::WithPeople);
    assert_eq!((shop.owner(there), shop.owner(id)), ("queue".to_owned(), "queue".to_owned()));
    assert_eq!((shop.is_at(there), shop.is_at(id)), (here, address("zoe")));
    shop.audit().await;
}

#[tokio::test]
async fn an_agent_goes_on_with_the_visitor_wherever_they_are() {
    let shop = Shop::new();
    let id = shop.says("zoe", "urgent").await.conversation;
    let ann = shop.agent("Ann").await;
    shop.until("Ann has it", || shop.owner(id) == "Ann").await;
    shop.follows(&shop.link(id).await, &app("7")).await;
    assert_eq!(shop.owner(id), "Ann");
    shop.command(&ann, id, AgentCommand::Say { text: "still here".to_owned(), client: None }).await.unwrap();
    assert_eq!(shop.writes_at(&app("7"), "good").await, id);
    shop.audit().await;
}

#[tokio::test]
async fn a_link_that_is_too_old_made_up_or_of_somebody_who_is_blocked_leads_nowhere() {
    let shop = Shop::new();
    let id = shop.says("zoe", "hello").await.conversation;
    let made_up = LinkCode::find("chat-abcdefghjkmnpqrs").unwrap();
    assert_eq!(shop.follows(&made_up, &app("7")).await, GoesOn::Nowhere);
    let old = shop.link(id).await;
    shop.clock.advance(LINK_LIFE);
    assert_eq!(shop.follows(&old, &app("7")).await, GoesOn::Nowhere);
    assert_eq!(contacts::find(&*shop.store, &app("7")).unwrap(), None, "nothing is left behind");
    let elsewhere = Address { site: "other".into(), ..app("7") };
    assert_eq!(shop.follows(&shop.link(id).await, &elsewhere).await, GoesOn::Nowhere, "of another site");
    let ann = shop.quiet_agent("Ann").await;
    let spam = shop.writes_at(&app("9"), "hello").await;
    let spammer = shop.contact_of(spam);
    shop.engine.block_person(&shop.account(&ann), spammer, "spam").await.unwrap();
    assert_eq!(shop.follows(&shop.link(id).await, &app("9")).await, GoesOn::Nowhere);
    assert_eq!(
        (shop.owner(id), shop.is_at(id)),
        ("bot".to_owned(), address("zoe")),
        "the owner of the link loses nothing"
    );
    assert!(shop.engine.person(&shop.account(&ann), shop.contact_of(id)).unwrap().blocked.is_none());
    shop.audit().await;
}

#[tokio::test]
async fn a_conversation_that_is_over_has_no_links() {
    let shop = Shop::new();
    let id = shop.says("zoe", "hello").await.conversation;
    let code = shop.link(id).await;
    shop.engine.sign_out(&"shop".into(), "", &address("zoe")).await.unwrap();
    assert_eq!(shop.engine.make_link(id, None).await.unwrap(), None);
    assert_eq!(shop.follows(&code, &app("7")).await, GoesOn::Nowhere);
    assert_ne!(shop.writes_at(&app("7"), "hello").await, id);
    shop.audit().await;
}
