//! Retention: what is older than the operator wants to keep is erased, and nothing else.

use super::*;

/// A shop on disk that keeps closed conversations for so long.
fn keeping(retention: Span) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = (open(folder.path()), Clock::by_hand(START));
    let settings = Settings { clock: clock.clone(), retention: Some(retention), ..Settings::default() };
    let engine = Engine::start(Arc::clone(&store), vec![site("shop")], settings).unwrap();
    Shop { engine, clock, store, services: String::new(), folder: Some(folder), search: false }
}

impl Shop {
    /// Whether anything of a conversation is left, in memory or on disk.
    fn exists(&self, id: ConversationId) -> bool {
        let stream = store::StreamId::Conversation("shop".into(), id);
        let events = self.store.events(&stream, EventNo(0), 10).unwrap();
        !events.is_empty() || self.engine.conversation(id).unwrap().is_some()
    }
}

#[tokio::test]
async fn what_is_older_than_the_retention_is_erased_with_people_of_whom_nothing_else_is_left() {
    let shop = keeping(Span::days(30));
    let gone = shop.says("zoe", "name").await.conversation;
    shop.says("zoe", "Zoe").await;
    let old = shop.says("kim", "hello").await.conversation;
    let left = shop.says("lee", "message").await.conversation;
    shop.says("lee", "call me back").await;
    shop.clock.advance(Span::days(20));
    shop.until("the first day's are closed", || [gone, old].map(|id| shop.owner(id)) == ["closed", "closed"]).await;
    let young = shop.says("kim", "hello").await.conversation;
    assert!(shop.exists(gone) && shop.exists(old) && old != young);

    shop.clock.advance(Span::days(2));
    shop.until("the later one is closed", || shop.owner(young) == "closed").await;
    assert!(shop.exists(gone) && shop.exists(old), "thirty days have not passed");

    // More than thirty days after the first conversations, fewer after the later one.
    shop.clock.advance(Span::days(10));
    shop.until("the first day's are erased", || !shop.exists(gone) && !shop.exists(old)).await;
    assert!(shop.exists(young), "not old enough");
    assert!(shop.exists(left), "still open: nobody has answered the message");
    let known = |user| shop.engine.knows(&address(user)).unwrap();
    assert_eq!([known("zoe"), known("kim"), known("lee")], [false, true, true]);
    let streams = shop.store.streams(None, 99).unwrap();
    let people = streams.iter().filter(|stream| matches!(stream, store::StreamId::Contact(..))).count();
    assert_eq!(people, 2, "what was known of Zoe is gone: {streams:?}");

    // Somebody who comes back is somebody new.
    let again = shop.says("zoe", "name").await.conversation;
    assert!(!shop.bot_said(again).contains(&"nice to meet you".to_owned()), "{:?}", shop.bot_said(again));
    shop.audit().await;
}
