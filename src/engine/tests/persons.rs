//! What agents do about people: writing down, merging and its undoing, blocking, finding, erasing; and that none of it mixes up
//! whose conversation is whose.

use super::*;
use crate::engine::{ContactEvent, PersonError, Source, contacts};
use crate::id::ContactId;
use crate::store::StreamId;
use crate::view::Facts;

/// Tells a name in a new conversation, which then closes. Gives contact and conversation.
async fn told(shop: &Shop, user: &str, name: &str) -> (ContactId, ConversationId) {
    let id = shop.says(user, "name").await.conversation;
    shop.says(user, name).await;
    let contact = shop.state(id).opening.clone().unwrap().contact;
    shop.until("the name is known", || {
        let contact = contacts::load(&*shop.store, &"shop".into(), contact).unwrap().unwrap();
        contact.known.contains_key("name")
    })
    .await;
    (contact, id)
}

fn names(shop: &Shop, ann: &AtDesk, contact: ContactId) -> Vec<String> {
    let sheet = shop.engine.person(&shop.account(ann), contact).unwrap();
    let names = sheet.facts.iter().filter(|fact| fact.name == "name").flat_map(|fact| &fact.values);
    names.map(|value| value.value.clone()).collect()
}

#[tokio::test]
async fn a_merge_shows_both_as_one_and_can_be_undone() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let ann = shop.quiet_agent("Ann").await;
    let agent = shop.account(&ann);
    let (zoe, first) = told(&shop, "zoe", "Zoe").await;
    let (una, second) = told(&shop, "una", "Zoe Light").await;
    shop.engine.edit_person(&agent, una, "phone", Some("+30 210 1234567")).await.unwrap();
    shop.engine.merge_people(&agent, zoe, una).await.unwrap();
    for either in [zoe, una] {
        let sheet = shop.engine.person(&agent, either).unwrap();
        assert_eq!((sheet.id, sheet.members.len(), sheet.conversations.len()), (zoe, 2, 2));
        assert!(sheet.facts.iter().any(|fact| fact.name == "name" && fact.is_disputed()), "the difference is seen");
    }
    assert_eq!(names(&shop, &ann, una), ["Zoe", "Zoe Light"]);
    let again = shop.engine.merge_people(&agent, una, zoe).await;
    assert_eq!(again, Err(PersonError::SamePerson));
    let card = shop.engine.card(&agent, first).unwrap();
    assert_eq!((card.whose.id, card.whose.contacts, card.earlier.len()), (zoe, 2, 1));

    // A conversation names its own contact for ever, and what it teaches goes there.
    shop.clock.advance(Span::days(2));
    shop.until("both are closed", || [first, second].map(|id| shop.owner(id)) == ["closed", "closed"]).await;
    let third = shop.says("una", "hello").await.conversation;
    let opening = shop.state(third).opening.clone().unwrap();
    assert_eq!((opening.contact, opening.earlier), (una, 2), "earlier ones of both count");

    let shop = shop.restart(Span::seconds(1)).await;
    assert_eq!(shop.engine.person(&agent, una).unwrap().id, zoe, "it survives a restart");
    assert_eq!(shop.engine.unmerge_person(&agent, una).await, Ok(zoe));
    assert_eq!(names(&shop, &ann, zoe), ["Zoe"]);
    let apart = shop.engine.person(&agent, una).unwrap();
    assert_eq!((apart.id, apart.conversations.len(), names(&shop, &ann, una)), (una, 2, vec!["Zoe Light".to_owned()]));
    assert_eq!(shop.engine.unmerge_person(&agent, una).await, Err(PersonError::NotMerged));
    shop.audit().await;
}

#[tokio::test]
async fn what_one_contact_lacks_the_bot_knows_from_the_other_and_forgets_after_the_undoing() {
    let shop = Shop::new();
    let agent = shop.account(&shop.quiet_agent("Ann").await);
    let (zoe, _) = told(&shop, "zoe", "Zoe").await;
    let id = shop.says("una", "hello").await.conversation;
    let una = shop.state(id).opening.clone().unwrap().contact;
    let knows = || shop.engine.card(&agent, id).unwrap().whose.name;
    assert_eq!(knows(), None);
    shop.engine.merge_people(&agent, zoe, una).await.unwrap();
    assert_eq!(knows().as_deref(), Some("Zoe"));
    shop.engine.unmerge_person(&agent, una).await.unwrap();
    assert_eq!(knows(), None);
    shop.audit().await;
}

#[tokio::test]
async fn a_fact_says_who_wrote_it_down_and_a_later_word_of_the_visitor_counts_again() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let agent = shop.account(&ann);
    let (zoe, first) = told(&shop, "zoe", "Zoe").await;
    let source = || {
        let sheet = shop.engine.person(&agent, zoe).unwrap();
        let value = sheet.facts[0].values[0].clone();
        (value.value, value.source)
    };
    assert_eq!(source(), ("Zoe".to_owned(), Some(Source::Conversation(first))));
    assert_eq!(shop.engine.edit_person(&agent, zoe, "Name", Some(" Zoe\nLight ")).await, Ok(true));
    assert_eq!(source(), ("Zoe Light".to_owned(), Some(Source::Agent(ann.agent.clone()))));
    assert_eq!(shop.engine.edit_person(&agent, zoe, "name", Some("Zoe Light")).await, Ok(false), "nothing changed");
    for (name, value) in [("", "x"), ("a.b", "x"), ("name", &*"x".repeat(301))] {
        let refused = shop.engine.edit_person(&agent, zoe, name, Some(value)).await;
        assert!(matches!(refused, Err(PersonError::Invalid(_))), "{name}");
    }
    let said = Event::SlotSet {
        slot: "contact.name".into(),
        value: "Zora".into(),
        said: "Zora".to_owned(),
        kind: None,
        from: Some(EventNo(9)),
        sensitive: false,
    };
    let said = [Recorded { no: EventNo(10), at: shop.clock.now(), event: said }];
    contacts::learn(&*shop.store, &"shop".into(), zoe, first, &said, shop.clock.now()).await.unwrap();
    assert_eq!(source(), ("Zora".to_owned(), Some(Source::Conversation(first))));
    assert_eq!(shop.engine.edit_person(&agent, zoe, "name", None).await, Ok(true));
    assert!(shop.engine.person(&agent, zoe).unwrap().facts.is_empty());
    shop.audit().await;
}

#[tokio::test]
async fn whoever_is_blocked_waits_no_longer_and_is_refused_until_let_in_again() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let agent = shop.account(&ann);
    let id = shop.says("zoe", bot::PERSON).await.conversation;
    let zoe = shop.state(id).opening.clone().unwrap().contact;
    assert_eq!(shop.owner(id), "queue");
    shop.engine.block_person(&agent, zoe, "insults everybody").await.unwrap();
    assert_eq!((shop.owner(id), shop.engine.place(id)), ("closed".to_owned(), None));
    let before = shop.store.position();
    for _ in 0..3 {
        assert_eq!(shop.message("zoe", "hello", None).await, Err(TurnError::Blocked));
    }
    let open = VisitorTurn::Open { greet: true, invite: None };
    let opened = shop.engine.visitor(&address("zoe"), VisitorFacts::default(), open).await.unwrap();
    assert_eq!((opened.conversation, opened.events.len()), (id, 0), "they see how it ended");
    assert_eq!(shop.store.position(), before, "nothing of it is written");
    shop.says("una", "hello").await;
    let sheet = shop.engine.person(&agent, zoe).unwrap();
    assert_eq!(sheet.blocked.unwrap().reason, "insults everybody");

    shop.engine.unblock_person(&agent, zoe).await.unwrap();
    let next = shop.says("zoe", "hello").await.conversation;
    assert_ne!(next, id);
    shop.audit().await;
}

#[tokio::test]
async fn a_block_holds_for_every_contact_of_the_person_and_over_a_restart() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let agent = shop.account(&shop.quiet_agent("Ann").await);
    let (zoe, _) = told(&shop, "zoe", "Zoe").await;
    let (una, second) = told(&shop, "una", "Zoe").await;
    shop.engine.block_person(&agent, zoe, "").await.unwrap();
    shop.says("una", "hello").await;
    shop.engine.merge_people(&agent, una, zoe).await.unwrap();
    assert_eq!(shop.owner(second), "closed", "who turned out to be blocked is blocked at once");
    let shop = shop.restart(Span::seconds(1)).await;
    for user in ["zoe", "una"] {
        assert_eq!(shop.message(user, "hello", None).await, Err(TurnError::Blocked), "{user}");
    }
    shop.engine.unmerge_person(&agent, zoe).await.unwrap();
    shop.says("una", "hello").await;
    assert_eq!(shop.message("zoe", "hello", None).await, Err(TurnError::Blocked));
    shop.audit().await;
}

#[tokio::test]
async fn erasing_a_person_erases_every_contact_of_theirs() {
    let shop = Shop::new();
    let agent = shop.account(&shop.quiet_agent("Ann").await);
    let (zoe, _) = told(&shop, "zoe", "Zoe").await;
    let (una, _) = told(&shop, "una", "Una").await;
    let (yan, _) = told(&shop, "yan", "Yan").await;
    shop.engine.merge_people(&agent, zoe, una).await.unwrap();
    let refused = shop.engine.forget_person(&agent, una).await;
    assert!(matches!(refused, Err(PersonError::NotAllowed(_))), "agents do not erase");
    let admin = super::super::Account { role: Role::Admin, ..(*agent).clone() };
    assert_eq!(shop.engine.forget_person(&admin, una).await, Ok(2));
    let people: Vec<_> = shop.store.streams(None, 99).unwrap();
    let people = people.iter().filter(|stream| matches!(stream, StreamId::Contact(..))).collect::<Vec<_>>();
    assert_eq!(people, [&StreamId::Contact("shop".into(), yan)]);
    assert_eq!(shop.engine.person(&agent, zoe), Err(PersonError::NotFound));
    shop.audit().await;
}

#[tokio::test]
async fn retention_keeps_an_alias_while_anything_of_the_person_is_left() {
    let shop = Shop::new();
    let agent = shop.account(&shop.quiet_agent("Ann").await);
    let (zoe, _) = told(&shop, "zoe", "Zoe").await;
    let (una, _) = told(&shop, "una", "Una").await;
    shop.engine.merge_people(&agent, una, zoe).await.unwrap();
    shop.clock.advance(Span::days(2));
    let closed = |user: &str| shop.engine.current(&address(user)).unwrap().is_none();
    shop.until("both are closed", || closed("zoe") && closed("una")).await;
    shop.clock.advance(Span::days(40));
    shop.says("una", "hello").await;
    shop.engine.erase_older(Span::days(30)).await.unwrap();
    let sheet = shop.engine.person(&agent, zoe).unwrap();
    assert_eq!((sheet.id, sheet.members.len(), sheet.conversations.len()), (una, 2, 1));
    assert_eq!(shop.engine.erase_orphans(Span::days(30)).await, Ok(0), "nor is the alias an orphan");
    shop.audit().await;
}

#[tokio::test]
async fn people_without_a_conversation_are_swept_when_they_are_old() {
    let shop = Shop::new();
    let now = shop.clock.now();
    contacts::of_address(&*shop.store, &address("ghost"), now).await.unwrap();
    let (zoe, _) = told(&shop, "zoe", "Zoe").await;
    assert_eq!(shop.engine.erase_orphans(Span::days(1)).await, Ok(0), "too young");
    shop.clock.advance(Span::days(2));
    assert_eq!(shop.engine.erase_orphans(Span::days(1)).await, Ok(1));
    let agent = shop.account(&shop.quiet_agent("Ann").await);
    assert!(shop.engine.person(&agent, zoe).is_ok(), "whoever has a conversation stays");
    shop.audit().await;
}

#[tokio::test]
async fn people_are_found_by_name_mail_phone_and_id_by_whoever_may_see_them() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let agent = shop.account(&ann);
    let (zoe, _) = told(&shop, "zoe", "Zoë Light").await;
    let (una, _) = told(&shop, "una", "Una").await;
    let found = |agent: &super::super::Account, query: &str| {
        let rows = shop.engine.find_people(agent, query).unwrap();
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(found(&agent, "LIGHT zoe"), [zoe]);
    assert_eq!(found(&agent, &una.to_string()), [una]);
    assert!(found(&agent, " ").is_empty());
    // What is written down afterwards is found too, a number however it is written.
    shop.engine.edit_person(&agent, una, "phone", Some("+30 210 123-4567")).await.unwrap();
    shop.engine.edit_person(&agent, una, "email", Some("una@home.example")).await.unwrap();
    assert_eq!(found(&agent, "2101234567"), [una]);
    assert_eq!(found(&agent, "una@home"), [una]);
    // Of a merged person there is one row, by whichever name.
    shop.engine.merge_people(&agent, zoe, una).await.unwrap();
    assert_eq!(found(&agent, "una@home"), [zoe]);
    let elsewhere = super::super::Account { sites: vec!["other".into()], ..(*agent).clone() };
    assert!(found(&elsewhere, "zoe").is_empty(), "not on their site");
    assert_eq!(shop.engine.person(&elsewhere, zoe), Err(PersonError::NotFound));
    shop.audit().await;
}

#[tokio::test]
async fn an_agent_of_certain_queues_sees_only_people_who_came_there() {
    let shop = Shop::new();
    let agent = shop.account(&shop.quiet_agent("Ann").await);
    let of_sales = super::super::Account { queues: vec!["sales".into()], ..(*agent).clone() };
    let id = shop.says("zoe", bot::PERSON).await.conversation;
    let zoe = shop.state(id).opening.clone().unwrap().contact;
    assert_eq!(shop.engine.person(&of_sales, zoe), Err(PersonError::NotFound));
    assert_eq!(shop.engine.block_person(&of_sales, zoe, "").await, Err(PersonError::NotFound));
    let boss = super::super::Account { role: Role::Supervisor, ..of_sales };
    assert!(shop.engine.person(&boss, zoe).is_ok(), "supervisors see all queues");
    shop.audit().await;
}

#[tokio::test]
async fn whom_an_agent_may_see_is_found_behind_many_others() {
    let shop = Shop::new();
    let agent = shop.account(&shop.quiet_agent("Ann").await);
    let id = shop.says("common", bot::PERSON).await.conversation;
    let seen = shop.state(id).opening.clone().unwrap().contact;
    let queue = Facts::of(&shop.state(id)).unwrap().queue.unwrap();
    shop.clock.advance(Span::minutes(1));
    for number in 0..450 {
        contacts::of_address(&*shop.store, &address(&format!("common-{number}")), shop.clock.now()).await.unwrap();
    }
    let limited = super::super::Account { queues: vec![queue], ..(*agent).clone() };
    let found = |agent: &super::super::Account| shop.engine.find_people(agent, "common").unwrap();
    assert_eq!(found(&limited).iter().map(|row| row.id).collect::<Vec<_>>(), [seen]);
    assert_eq!(found(&agent).len(), 20, "whoever sees all is shown the newest");
    shop.audit().await;
}

/// Contacts' events as every format so far wrote them, one a line. Lines are added, never changed.
const OLD_EVENTS: &str = include_str!("../../../fixtures/log/contact-events-1.jsonl");

#[test]
fn events_of_contacts_are_read_and_written_as_they_were() {
    for line in OLD_EVENTS.lines() {
        let (at, event): (Time, ContactEvent) = super::super::codec::decode_event(line.as_bytes()).unwrap();
        let written = super::super::codec::encode_event(at, &event).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), line);
    }
    assert_eq!(super::super::codec::without_a_line::<ContactEvent>(OLD_EVENTS), [""; 0], "every kind has a line");
}

#[tokio::test]
async fn undoing_a_merge_leaves_the_block_where_it_was_put() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let agent = shop.account(&ann);
    let contact = |id| shop.state(id).opening.clone().unwrap().contact;
    let zoe = contact(shop.says("zoe", "hello").await.conversation);
    let una = contact(shop.says("una", "hello").await.conversation);
    shop.engine.merge_people(&agent, zoe, una).await.unwrap();
    shop.engine.block_person(&agent, una, "spam").await.unwrap();
    shop.engine.unmerge_person(&agent, una).await.unwrap();
    let refused = shop.message("una", "hello", None).await;
    assert!(matches!(refused, Err(TurnError::Blocked)), "{refused:?}");
    assert!(shop.message("zoe", "hello", None).await.is_ok(), "who was never blocked is heard");
    shop.audit().await;
}
