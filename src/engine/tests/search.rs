//! The search index: it follows, survives whatever happens to it, and forgets who was erased.

use super::*;
use crate::engine::{Account, Found, Search, SearchError};

impl Shop {
    fn admin(&self) -> Account {
        Account::clone(&self.engine.accounts().list()[0])
    }

    fn look(&self, text: &str) -> Result<Found, SearchError> {
        let search = Search { text: text.to_owned(), ..Search::default() };
        self.engine.search(&self.admin(), &search, 0, 10)
    }

    /// The conversations that a search finds, the latest first; none while the index is not whole.
    fn found(&self, text: &str) -> Option<Vec<ConversationId>> {
        let found = self.look(text).ok().filter(|found| found.whole)?;
        Some(found.hits.iter().map(|hit| hit.row.summary.id).collect())
    }

    async fn until_found(&self, text: &str, ids: &[ConversationId]) {
        self.until(&format!("{text} is found"), || self.found(text).as_deref() == Some(ids)).await;
    }

    fn index(&self) -> std::path::PathBuf {
        self.folder.as_ref().unwrap().path().join("search")
    }
}

#[tokio::test]
async fn what_is_said_is_found_soon_newest_first_and_folded() {
    let shop = Shop::searching();
    let ann = shop.quiet_agent("Ann").await;
    let first = shop.says("a", "Πού είναι η ΠΑΡΑΓΓΕΛΊΑ AB1234;").await.conversation;
    shop.clock.advance(Span::minutes(5));
    let second = shop.says("b", "παραγγελια 99").await.conversation;
    shop.until_found("παραγγελία", &[second, first]).await;
    shop.until_found("ab12", &[first]).await;
    shop.command(&ann, first, AgentCommand::Note { text: "The depot lost it".to_owned(), mentions: Vec::new() })
        .await
        .unwrap();
    shop.until_found("depot lost", &[first]).await;
    let hit = shop.look("DEPOT").unwrap().hits.remove(0).line.unwrap();
    let marks: Vec<_> = hit.marks.iter().map(|mark| &hit.text[mark.clone()]).collect();
    assert_eq!((hit.text.as_str(), marks), ("The depot lost it", vec!["depot"]));
    assert_eq!(shop.found("depot 99"), Some(vec![]), "all words count");
    let add = vec!["Big spender".to_owned()];
    shop.command(&ann, second, AgentCommand::Label { add, remove: Vec::new() }).await.unwrap();
    shop.until_found("spender", &[second]).await;
    shop.audit().await;
}

#[tokio::test]
async fn the_index_goes_on_after_a_restart_and_is_made_anew_where_it_is_missing_or_broken() {
    let shop = Shop::searching();
    shop.quiet_agent("Ann").await;
    let first = shop.says("a", "xylophone").await.conversation;
    shop.until_found("xylophone", &[first]).await;
    let mut shop = shop.restart(Span::minutes(1)).await;
    let second = shop.says("b", "xylophone too").await.conversation;
    shop.until_found("xylophone", &[second, first]).await;
    for broken in [false, true] {
        let index = shop.index();
        let Shop { engine, clock, store, services, folder, search } = shop;
        engine.shutdown().await;
        drop(engine);
        if broken {
            std::fs::write(index.join("db"), "noise").unwrap();
        } else {
            std::fs::remove_dir_all(&index).unwrap();
        }
        shop = Shop::start_with(store, clock, services, folder, search);
        shop.until_found("xylophone", &[second, first]).await;
    }
    shop.audit().await;
}

#[tokio::test]
async fn an_index_of_another_store_is_not_believed() {
    let shop = Shop::searching();
    shop.quiet_agent("Ann").await;
    let first = shop.says("a", "xylophone").await.conversation;
    shop.until_found("xylophone", &[first]).await;
    let Shop { engine, clock, services, folder, .. } = shop;
    engine.shutdown().await;
    drop(engine);
    let shop = Shop::start_with(store::memory().unwrap(), clock, services, folder, true);
    shop.quiet_agent("Ann").await;
    let other = shop.says("b", "nothing like it").await.conversation;
    shop.until_found("nothing", &[other]).await;
    assert_eq!(shop.look("xylophone").unwrap().total, 0);
    shop.audit().await;
}

#[tokio::test]
async fn whoever_is_erased_is_gone_from_the_index() {
    let shop = Shop::searching();
    shop.quiet_agent("Ann").await;
    let kept = shop.says("a", "xylophone of mine").await.conversation;
    let gone = shop.says("b", "xylophone and zyzzyva").await.conversation;
    shop.until_found("xylophone", &[gone, kept]).await;
    let contact = shop.state(gone).opening.as_ref().unwrap().contact;
    shop.engine.erase_contact(&"shop".into(), contact).await.unwrap();
    shop.until_found("xylophone", &[kept]).await;
    shop.until("it is not even counted", || shop.look("zyzzyva").is_ok_and(|found| found.total == 0)).await;
    shop.audit().await;
}

#[tokio::test]
async fn whoever_was_erased_while_nothing_ran_is_forgotten_at_the_start() {
    let shop = Shop::searching();
    shop.quiet_agent("Ann").await;
    let gone = shop.says("b", "zyzzyva").await.conversation;
    shop.until_found("zyzzyva", &[gone]).await;
    let contact = shop.state(gone).opening.as_ref().unwrap().contact;
    let Shop { engine, clock, store, services, folder, search } = shop;
    engine.shutdown().await;
    drop(engine);
    crate::engine::erase_contact(&*store, &"shop".into(), contact).await.unwrap();
    let shop = Shop::start_with(store, clock, services, folder, search);
    shop.until_found("zyzzyva", &[]).await;
    assert_eq!(shop.look("zyzzyva").unwrap().total, 0);
    shop.audit().await;
}

#[tokio::test]
async fn a_word_that_is_corrected_is_found_no_more() {
    let shop = Shop::searching();
    shop.quiet_agent("Ann").await;
    let id = shop.says("a", "hello").await.conversation;
    let contact = shop.state(id).opening.as_ref().unwrap().contact;
    shop.engine.edit_person(&shop.admin(), contact, "name", Some("Zyzzyva Quill")).await.unwrap();
    shop.until_found("zyzzyva", &[id]).await;
    shop.engine.edit_person(&shop.admin(), contact, "name", Some("Xylophone Quill")).await.unwrap();
    shop.until_found("xylophone", &[id]).await;
    assert_eq!((shop.look("zyzzyva").unwrap().total, shop.look("quill").unwrap().total), (0, 1), "not even counted");
    shop.audit().await;
}

#[tokio::test]
async fn an_erasing_that_nobody_told_is_followed_from_the_stores_list() {
    let shop = Shop::searching();
    shop.quiet_agent("Ann").await;
    let told = shop.says("a", "xylophone").await.conversation;
    let untold = shop.says("b", "zyzzyva").await.conversation;
    shop.until_found("zyzzyva", &[untold]).await;
    shop.until_found("xylophone", &[told]).await;
    // As where a crash comes between the store's erasing and the word to the index, just after another one was told.
    let stream = |id| crate::store::StreamId::Conversation("shop".into(), id);
    shop.store.erase(vec![stream(untold)], shop.clock.now()).await.unwrap();
    let contact = shop.state(told).opening.as_ref().unwrap().contact;
    shop.engine.erase_contact(&"shop".into(), contact).await.unwrap();
    shop.until("both are gone", || {
        ["xylophone", "zyzzyva"].iter().all(|word| shop.look(word).is_ok_and(|found| found.total == 0))
    })
    .await;
}

#[tokio::test]
async fn an_index_that_the_system_refuses_is_kept_and_the_search_is_out_until_it_opens() {
    let shop = Shop::searching();
    shop.quiet_agent("Ann").await;
    let id = shop.says("a", "xylophone").await.conversation;
    shop.until_found("xylophone", &[id]).await;
    let index = shop.index();
    let Shop { engine, clock, store, services, folder, search } = shop;
    engine.shutdown().await;
    drop(engine);
    let (db, aside) = (index.join("db"), index.join("aside"));
    std::fs::rename(&db, &aside).unwrap();
    std::fs::create_dir(&db).unwrap();
    let shop = Shop::start_with(store, clock, services, folder, search);
    shop.until("the search is out", || matches!(shop.look("xylophone"), Err(SearchError::Out))).await;
    assert!(aside.exists(), "nothing was deleted");
    shop.says("a", "everything else goes on").await;
    std::fs::remove_dir(&db).unwrap();
    std::fs::rename(&aside, &db).unwrap();
    shop.until_found("xylophone", &[id]).await;
    shop.until_found("everything", &[id]).await;
}
