//! What conversations teach contacts, and what is left of people when they are erased.

use std::sync::atomic::{AtomicBool, Ordering};

use super::troubled::Troubled;
use super::*;
use crate::id::ContactId;
use crate::store::{Append, AppendError};

/// Tells a name in a new conversation. Gives the contact.
async fn tells_name(shop: &Shop, user: &str, name: &str) -> ContactId {
    let id = shop.says(user, "name").await.conversation;
    shop.says(user, name).await;
    shop.state(id).opening.clone().unwrap().contact
}

fn knows_name(shop: &Shop, contact: ContactId) -> bool {
    let contact = super::super::contacts::load(&*shop.store, &"shop".into(), contact).unwrap();
    contact.is_some_and(|contact| contact.known.contains_key("name"))
}

fn to_learn(shop: &Shop) -> usize {
    shop.store.scan(Space::Outbox, "contact/", None, 10).unwrap().len()
}

#[tokio::test]
async fn one_who_cannot_be_learned_of_holds_up_nobody() {
    let busy = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&busy);
    let append = move |append: &Append| {
        let learns = |name: &str| {
            let text = String::from_utf8_lossy(append.events.first()?).into_owned();
            (text.contains("\"learned\"") && text.contains(name)).then_some(())
        };
        let never = learns("Zoe").map(|()| AppendError::TooLarge { what: "the state", size: 70_000, max: 65_536 });
        never.or_else(|| learns("Una").filter(|()| still.load(Ordering::SeqCst)).map(|()| AppendError::Busy(4_096)))
    };
    let troubled = Troubled { append: Box::new(append), ..Troubled::new(store::memory().unwrap()) };
    let shop = troubled.shop(Clock::by_hand(START), "http://127.0.0.1:9");
    let zoe = tells_name(&shop, "zoe", "Zoe").await;
    let una = tells_name(&shop, "una", "Una").await;
    let yan = tells_name(&shop, "yan", "Yan").await;
    shop.until_in_time("the others are known", || knows_name(&shop, yan) && to_learn(&shop) == 1).await;
    assert!(!knows_name(&shop, zoe) && !knows_name(&shop, una));
    busy.store(false, Ordering::SeqCst);
    shop.until_in_time("what was only busy is made up for", || knows_name(&shop, una) && to_learn(&shop) == 0).await;
    shop.audit().await;
}

#[tokio::test]
async fn retention_erases_people_with_their_last_conversation_and_nobody_else() {
    let shop = Shop::new();
    let zoe = tells_name(&shop, "zoe", "Zoe").await;
    let una = tells_name(&shop, "una", "Una").await;
    shop.until_in_time("both are known", || knows_name(&shop, zoe) && knows_name(&shop, una)).await;
    shop.clock.advance(Span::days(2));
    let closed = |user: &str| shop.engine.current(&address(user)).unwrap().is_none();
    shop.until("both are closed", || closed("zoe") && closed("una")).await;
    shop.clock.advance(Span::days(40));
    let kept = shop.says("una", "hello").await.conversation;
    assert_eq!(shop.engine.erase_older(Span::days(30)).await, Ok(2));
    assert!(!knows_name(&shop, zoe), "nothing of hers is left");
    assert!(knows_name(&shop, una));
    assert_eq!(shop.state(kept).opening.clone().unwrap().contact, una);
    let again = shop.says("zoe", "hello").await.conversation;
    assert_ne!(shop.state(again).opening.clone().unwrap().contact, zoe, "who comes back is somebody new");
    shop.audit().await;
}
