//! A conversation that goes on elsewhere by a link, and back.

use super::*;
use crate::channel::LinkCode;
use crate::dialog::AgentCommand;
use crate::engine::people::LINK_LIFE;
use crate::engine::{VisitorTurn, contacts};

fn app(user: &str) -> Address {
    Address { channel: "telegram".into(), ..address(user) }
}

impl Shop {
    async fn link(&self, id: ConversationId) -> LinkCode {
        self.engine.make_link(id).await.unwrap().expect("it is open").0
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
    assert_eq!(shop.engine.go_on(&code, &here, None).await.unwrap(), Some(id));
    assert_eq!(shop.is_at(id), here);
    assert_eq!(shop.bot_said(id).last().unwrap(), "what is your contact.name?", "asked again, where they are now");
    assert_eq!(shop.writes_at(&here, "Zoe").await, id);
    assert_eq!(shop.bot_said(id).last().unwrap(), "nice to meet you");
    for other in [here, app("8")] {
        assert_eq!(shop.engine.go_on(&code, &other, None).await.unwrap(), None, "it was used");
    }
    assert_eq!(shop.engine.linked(&code).unwrap(), None);
    shop.audit().await;
}

#[tokio::test]
async fn who_writes_where_they_were_before_takes_the_conversation_back() {
    let shop = Shop::new();
    let id = shop.says("zoe", "name").await.conversation;
    let here = app("7");
    shop.engine.go_on(&shop.link(id).await, &here, None).await.unwrap();
    assert_eq!(shop.says("zoe", "Zoe").await.conversation, id);
    assert_eq!(shop.is_at(id), address("zoe"));
    assert_eq!(shop.writes_at(&here, "hello").await, id, "and again");
    assert_eq!(shop.is_at(id), here);
    assert_ne!(shop.says("una", "hello").await.conversation, id, "nobody else gets it");
    shop.audit().await;
}

#[tokio::test]
async fn both_contacts_are_one_person_from_then_on() {
    let shop = Shop::new();
    let here = app("7");
    let earlier = shop.writes_at(&here, "hello").await;
    let id = shop.says("zoe", "urgent").await.conversation;
    shop.engine.go_on(&shop.link(id).await, &here, None).await.unwrap();
    assert_eq!(shop.owner(earlier), "closed", "what only the bot had gives way");
    assert_eq!(shop.owner(id), "queue", "and who waits keeps the place");
    let ann = shop.quiet_agent("Ann").await;
    let contact = shop.state(id).opening.clone().unwrap().contact;
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
    shop.engine.go_on(&shop.link(id).await, &here, None).await.unwrap();
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
    shop.engine.go_on(&shop.link(id).await, &app("7"), None).await.unwrap();
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
    assert_eq!(shop.engine.go_on(&made_up, &app("7"), None).await.unwrap(), None);
    let old = shop.link(id).await;
    shop.clock.advance(LINK_LIFE);
    assert_eq!(shop.engine.go_on(&old, &app("7"), None).await.unwrap(), None);
    assert_eq!(contacts::find(&*shop.store, &app("7")).unwrap(), None, "nothing is left behind");
    let elsewhere = Address { site: "other".into(), ..app("7") };
    assert_eq!(shop.engine.go_on(&shop.link(id).await, &elsewhere, None).await.unwrap(), None, "of another site");
    let ann = shop.quiet_agent("Ann").await;
    let spam = shop.writes_at(&app("9"), "hello").await;
    let spammer = shop.state(spam).opening.clone().unwrap().contact;
    shop.engine.block_person(&shop.account(&ann), spammer, "spam").await.unwrap();
    assert_eq!(shop.engine.go_on(&shop.link(id).await, &app("9"), None).await.unwrap(), None);
    assert_eq!(shop.is_at(id), address("zoe"));
    shop.audit().await;
}

#[tokio::test]
async fn a_conversation_that_is_over_has_no_links() {
    let shop = Shop::new();
    let id = shop.says("zoe", "hello").await.conversation;
    let code = shop.link(id).await;
    shop.engine.sign_out(&"shop".into(), "", &address("zoe")).await.unwrap();
    assert_eq!(shop.engine.make_link(id).await.unwrap(), None);
    assert_eq!(shop.engine.go_on(&code, &app("7"), None).await.unwrap(), None);
    let anew = shop.writes_at(&app("7"), "hello").await;
    assert_ne!(anew, id);
    let ann = shop.quiet_agent("Ann").await;
    let contact = shop.state(anew).opening.clone().unwrap().contact;
    let sheet = shop.engine.person(&shop.account(&ann), contact).unwrap();
    assert_eq!(sheet.conversations.len(), 2, "the person is known all the same");
    shop.audit().await;
}
