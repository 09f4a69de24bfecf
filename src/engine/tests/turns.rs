//! Turns of visitors: order, repeats, closed conversations, buttons, what is remembered of people.

use super::*;
use crate::dialog::{ClosedBecause, Refused};
use crate::engine::{DeskHint, Grown, Push};

#[tokio::test]
async fn the_first_message_opens_a_conversation_and_is_answered_in_one_commit() {
    let shop = Shop::new();
    let done = shop.says("zoe", "hello").await;
    assert_eq!(done.version, EventNo(done.events.len() as u64), "one commit holds it all");
    assert!(matches!(done.events[0].event, Event::Opened { earlier: 0, .. }));
    assert_eq!(shop.bot_said(done.conversation), ["hello from bot 1"], "who has said something is not greeted");
    assert_eq!(shop.engine.current(&address("zoe")).unwrap(), Some(done.conversation));
    shop.audit().await;
}

#[tokio::test]
async fn opening_greets_once() {
    let shop = Shop::new();
    let zoe = address("zoe");
    let open = || shop.engine.visitor(&zoe, VisitorFacts::default(), VisitorTurn::Open { greet: true, invite: None });
    let first = open().await.unwrap();
    let second = open().await.unwrap();
    assert_eq!(second.conversation, first.conversation);
    assert_eq!(second.events.len(), 0);
    assert_eq!(shop.bot_said(first.conversation), ["welcome"]);
    shop.audit().await;
}

#[tokio::test]
async fn messages_at_once_on_one_address_lose_nothing_and_keep_their_order() {
    let shop = Shop::new();
    let mut senders = tokio::task::JoinSet::new();
    for number in 0..40 {
        let engine = shop.engine.clone();
        let turn = VisitorTurn::Message { text: format!("message {number}"), client: Some(format!("m{number}")) };
        senders.spawn(async move { engine.visitor(&address("zoe"), VisitorFacts::default(), turn).await.unwrap() });
        tokio::task::yield_now().await;
    }
    let done = senders.join_all().await;
    let conversations: BTreeSet<_> = done.iter().map(|done| done.conversation).collect();
    assert_eq!(conversations.len(), 1, "all in one conversation");
    let events = shop.events(done[0].conversation);
    let said = events.iter().filter_map(|recorded| match &recorded.event {
        Event::VisitorSaid { text, .. } => Some(text.clone()),
        _ => None,
    });
    let said: Vec<_> = said.collect();
    assert_eq!(said, (0..40).map(|number| format!("message {number}")).collect::<Vec<_>>());
    shop.audit().await;
}

#[tokio::test]
async fn a_repeated_client_id_gets_the_first_answer_and_changes_nothing() {
    let shop = Shop::new();
    let first = shop.message("zoe", "hello", Some("m1")).await.unwrap();
    shop.says("zoe", "name").await;
    let version = shop.state(first.conversation).version;
    let again = shop.message("zoe", "hello", Some("m1")).await.unwrap();
    assert!(again.duplicate && !first.duplicate);
    assert_eq!(again.events, first.events);
    assert_eq!(shop.state(first.conversation).version, version);
    // The same id of somebody else is another message.
    let other = shop.message("ann", "hello", Some("m1")).await.unwrap();
    assert!(!other.duplicate && other.conversation != first.conversation);
    shop.audit().await;
}

#[tokio::test]
async fn a_repeat_is_known_even_in_the_next_conversation() {
    let shop = Shop::new();
    let first = shop.message("zoe", "hello", Some("m1")).await.unwrap();
    shop.clock.advance(Span::days(2));
    shop.until("it is closed", || shop.owner(first.conversation) == "closed").await;
    let again = shop.message("zoe", "hello", Some("m1")).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.conversation, first.conversation);
    assert_eq!(shop.engine.current(&address("zoe")).unwrap(), None, "nothing was opened");
    shop.audit().await;
}

#[tokio::test]
async fn a_message_to_a_closed_conversation_opens_a_new_one_that_knows_the_person() {
    let shop = Shop::new();
    let first = shop.says("zoe", "name").await;
    shop.says("zoe", "Zoe").await;
    let contact = shop.state(first.conversation).opening.clone().unwrap().contact;
    let learned = || super::super::contacts::load(&*shop.store, &"shop".into(), contact).unwrap().unwrap().known;
    shop.until("the contact has learned the name", || learned().contains_key("name")).await;
    shop.clock.advance(Span::days(2));
    shop.until("it is closed", || shop.owner(first.conversation) == "closed").await;
    let closed = shop.events(first.conversation).pop().unwrap();
    assert_eq!(closed.event, Event::Closed { why: ClosedBecause::Idle });

    let second = shop.says("zoe", "name").await;
    assert_ne!(second.conversation, first.conversation);
    let Event::Opened { earlier, .. } = &second.events[0].event else { panic!("{:?}", second.events[0]) };
    assert_eq!(*earlier, 1);
    assert_eq!(shop.bot_said(second.conversation)[0], "nice to meet you", "the name is known and not asked again");
    let ann = shop.quiet_agent("Ann").await;
    let ann = shop.engine.accounts().get(ann.agent.id).unwrap();
    let card = shop.engine.card(&ann, second.conversation).unwrap();
    assert_eq!(card.earlier.len(), 1);
    assert_eq!(card.card.slots[0].name, "contact.name");
    shop.audit().await;
}

#[tokio::test]
async fn a_button_is_what_it_was_when_it_was_sent() {
    let shop = Shop::new();
    let done = shop.says("zoe", "hello").await;
    let event = done.events.iter().find(|recorded| matches!(recorded.event, Event::BotSaid { .. })).unwrap().no;
    let press = |event, option, client: &str| VisitorTurn::Press { event, option, client: Some(client.to_owned()) };
    let zoe = address("zoe");
    let visitor = |turn| shop.engine.visitor(&zoe, VisitorFacts::default(), turn);
    assert_eq!(visitor(press(event, 9, "p0")).await.unwrap_err(), TurnError::NoSuchButton);
    assert_eq!(visitor(press(EventNo(1), 0, "p0")).await.unwrap_err(), TurnError::NoSuchButton);
    // Other words make the button an old one; it still hands over to sales.
    shop.says("zoe", "later").await;
    visitor(press(event, 1, "p1")).await.unwrap();
    let handoff = shop.state(done.conversation).handoff.clone().unwrap();
    assert_eq!(handoff.queue.as_str(), "sales");
    shop.audit().await;
}

#[tokio::test]
async fn a_button_of_a_closed_conversation_begins_a_new_one() {
    let shop = Shop::new();
    let done = shop.says("zoe", "hello").await;
    let event = done.events.iter().find(|recorded| matches!(recorded.event, Event::BotSaid { .. })).unwrap().no;
    shop.clock.advance(Span::days(2));
    shop.until("it is closed", || shop.owner(done.conversation) == "closed").await;
    let turn = VisitorTurn::Press { event, option: 1, client: None };
    let second = shop.engine.visitor(&address("zoe"), VisitorFacts::default(), turn).await.unwrap();
    assert_ne!(second.conversation, done.conversation);
    assert!(shop.state(second.conversation).handoff.is_some());
    shop.audit().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_without_a_trace() {
    let shop = Shop::new();
    let position = shop.store.position();
    let long = "x".repeat(200);
    for (user, text, client) in
        [("zoe", "", None), (long.as_str(), "hello", None), ("", "hello", None), ("zoe", "hello", Some(""))]
    {
        assert!(shop.message(user, text, client).await.is_err(), "{user} {text} {client:?}");
    }
    let empty = shop.message("zoe", " ", None).await.unwrap_err();
    assert_eq!(empty, TurnError::Refused(Refused::Empty));
    let mut elsewhere = address("zoe");
    elsewhere.site = "nowhere".into();
    let turn = VisitorTurn::Open { greet: true, invite: None };
    let error = shop.engine.visitor(&elsewhere, VisitorFacts::default(), turn).await.unwrap_err();
    assert_eq!(error, TurnError::NoSuchSite("nowhere".into()));
    let streams = shop.store.streams(None, 100).unwrap();
    assert!(streams.iter().all(|stream| !matches!(stream, store::StreamId::Conversation(..))), "{streams:?}");
    assert!(shop.store.position().0 <= position.0 + 1, "at most the contact was made");
    shop.audit().await;
}

#[tokio::test]
async fn sites_are_apart() {
    let shop = Shop::new();
    let here = shop.says("zoe", "hello").await;
    let mut elsewhere = address("zoe");
    elsewhere.site = "other".into();
    let turn = VisitorTurn::Message { text: "hello".to_owned(), client: None };
    let there = shop.engine.visitor(&elsewhere, VisitorFacts::default(), turn).await.unwrap();
    assert_ne!(here.conversation, there.conversation);
    assert_eq!(shop.engine.site_of(there.conversation).unwrap(), Some("other".into()));
    let change = super::super::AccountChange { sites: Some(vec!["shop".into()]), ..Default::default() };
    let ann = shop.quiet_agent("Ann").await;
    shop.engine.accounts().update(ann.agent.id, change).await.unwrap();
    assert!(shop.command(&ann, here.conversation, AgentCommand::Claim).await.is_ok());
    let refused = shop.command(&ann, there.conversation, AgentCommand::Claim).await.unwrap_err();
    assert_eq!(refused, TurnError::NoSuchConversation(there.conversation));
    let inbox = shop.engine.inbox(&shop.engine.accounts().get(ann.agent.id).unwrap()).unwrap();
    assert_eq!((inbox.mine.len(), inbox.open.len()), (1, 0), "nothing of the other site is listed");
    shop.audit().await;
}

#[tokio::test]
async fn those_who_follow_get_the_events_when_they_are_stored() {
    let shop = Shop::new();
    let mut visitor = shop.engine.hub().visitor(&address("zoe"));
    let mut desk = shop.engine.hub().desk();
    let done = shop.says("zoe", "hello").await;
    let Push::Events(pushed) = visitor.recv().await.unwrap() else { panic!("events come first") };
    assert_eq!((pushed.conversation, &pushed.events), (done.conversation, &done.events));
    while desk.recv().await.unwrap() != (DeskHint { sites: vec!["shop".into()], urgent: false }) {}
    shop.says("zoe", bot::PERSON).await;
    while desk.recv().await.unwrap() != (DeskHint { sites: vec!["shop".into()], urgent: true }) {}
    let ann = shop.quiet_agent("Ann").await;
    let mut own = shop.engine.hub().owner(ann.agent.id);
    let claimed = shop.command(&ann, done.conversation, AgentCommand::Claim).await.unwrap();
    assert_eq!(own.recv().await.unwrap(), Grown { id: done.conversation, last: claimed.version });
    shop.audit().await;
}

#[tokio::test]
async fn a_swapped_bot_answers_the_next_turn() {
    let shop = Shop::new();
    let done = shop.says("zoe", "hello").await;
    assert!(shop.engine.swap_bot(&"shop".into(), Arc::new(bot::bot("2"))));
    shop.says("zoe", "hello").await;
    assert_eq!(shop.bot_said(done.conversation), ["hello from bot 1", "hello from bot 2"]);
    shop.audit().await;
}

#[tokio::test]
async fn erasing_a_person_leaves_nothing_and_they_begin_anew() {
    let shop = Shop::new();
    let first = shop.says("zoe", "name").await;
    shop.says("zoe", "Zoe").await;
    shop.says("zoe", PERSON_WORD).await;
    let contact = shop.state(first.conversation).opening.clone().unwrap().contact;
    let erased = shop.engine.erase_contact(&"shop".into(), contact).await.unwrap();
    assert_eq!(erased, 1);
    assert!(shop.engine.conversation(first.conversation).unwrap().is_none());
    assert_eq!(shop.engine.place(first.conversation), None);
    let second = shop.says("zoe", "name").await;
    assert_eq!(shop.bot_said(second.conversation), ["what is your contact.name?"]);
    assert_ne!(shop.state(second.conversation).opening.clone().unwrap().contact, contact);
    shop.audit().await;
}

const PERSON_WORD: &str = bot::PERSON;

#[tokio::test]
async fn how_far_something_was_delivered_survives_a_restart() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let done = shop.says("zoe", "hello").await;
    let id = done.conversation;
    assert_eq!(shop.engine.mark(id, "delivered").unwrap(), EventNo(0));
    shop.engine.move_mark(id, "delivered", done.version).unwrap();
    shop.engine.move_mark(id, "delivered", EventNo(1)).unwrap();
    assert_eq!(shop.engine.mark(id, "delivered").unwrap(), done.version, "it counts at once and never goes back");
    let shop = shop.restart(Span::seconds(1)).await;
    assert_eq!(shop.engine.mark(id, "delivered").unwrap(), done.version);
    shop.audit().await;
}

#[tokio::test]
async fn who_follows_an_event_never_sees_the_state_from_before_it() {
    let shop = Shop::new();
    let id = shop.says("ada", "hello").await.conversation;
    let old = shop.engine.find(id).unwrap().unwrap();
    let said = shop.says("ada", "hello again").await;
    let key = address("ada").key();
    // As it is in the moment between a commit and its place in memory.
    shop.engine.0.cache.forget(&key, id);
    shop.engine.0.cache.put(&key, Arc::clone(&old));
    let event = said.version;
    assert!(shop.engine.find(id).unwrap().unwrap().conversation.version < event);
    assert_eq!(shop.engine.find_since(id, event).unwrap().unwrap().conversation.version.0, event.0);
    shop.audit().await;
}
