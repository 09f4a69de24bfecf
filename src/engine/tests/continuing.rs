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
async fn who_went_on_twice_from_one_browser_can_be_erased() {
    let shop = Shop::new();
    let here = app("7");
    for _ in 0..2 {
        let id = shop.says("zoe", "hello").await.conversation;
        shop.follows(&shop.link(id).await, &here).await;
    }
    let (_, contact) = contacts::find(&*shop.store, &here).unwrap().unwrap();
    // Two of their contacts were at the same address, one after the other.
    let site = "shop".into();
    let erasing = shop.engine.erase_contact(&site, contact);
    let erased = tokio::time::timeout(std::time::Duration::from_secs(20), erasing).await;
    assert!(erased.expect("it waits for itself").unwrap() >= 2);
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

#[tokio::test]
async fn whoever_is_parted_has_what_they_began_and_the_other_is_not_known_by_it() {
    let shop = Shop::new();
    let id = shop.says("zoe", "name").await.conversation;
    shop.says("zoe", "Xylophone").await;
    let begun = shop.contact_of(id);
    let here = app("7");
    shop.follows(&shop.link(id).await, &here).await;
    let has = shop.contact_of(id);
    let name = |address: &Address| shop.engine.known_at(address).unwrap().get("name").map(|slot| slot.text());
    let in_contact = |contact| {
        let contact = contacts::load(&*shop.store, &"shop".into(), contact).unwrap().unwrap();
        contact.known.get("name").map(|slot| slot.text())
    };
    shop.until("the name came along", || in_contact(has).is_some()).await;
    let ann = shop.account(&shop.quiet_agent("Ann").await);
    let sheet = |contact| shop.engine.person(&ann, contact).unwrap();
    assert_eq!((sheet(begun).members.len(), sheet(begun).went_on.len()), (2, 0), "they are one: nothing went anywhere");

    assert_eq!(shop.engine.unmerge_person(&ann, begun).await, Ok(has));
    assert_eq!(name(&here), None, "what was said before it moved is not known of whoever has it");
    assert_eq!(in_contact(begun).as_deref(), Some("Xylophone"));
    for contact in [begun, has] {
        let sheet = sheet(contact);
        assert_eq!(sheet.conversations.iter().map(|summary| summary.id).collect::<Vec<_>>(), [id], "both see it");
        assert_eq!(sheet.went_on.contains(&id), contact == begun);
    }
    let held = |word: &str| {
        let commits = shop.store.log(crate::id::Position(0), 1_000).unwrap();
        commits.iter().flat_map(|commit| &commit.events).any(|event| String::from_utf8_lossy(event).contains(word))
    };
    assert!(held("Xylophone"));

    // Whoever began it is forgotten, and so is what they said.
    assert_eq!(shop.engine.erase_contact(&"shop".into(), begun).await, Ok(1));
    assert!(shop.engine.conversation(id).unwrap().is_none());
    assert!(!held("Xylophone"));
    assert_eq!(sheet(has).conversations.len(), 0);
    shop.audit().await;
}

#[tokio::test]
async fn what_is_told_after_the_move_stays_with_whoever_told_it() {
    let shop = Shop::new();
    let id = shop.says("zoe", "name").await.conversation;
    let begun = shop.contact_of(id);
    let here = app("7");
    shop.follows(&shop.link(id).await, &here).await;
    shop.writes_at(&here, "Una").await;
    let name = || shop.engine.known_at(&here).unwrap().get("name").map(|slot| slot.text());
    let brought = || shop.store.scan(Space::Outbox, "contact/", None, 9).unwrap().is_empty();
    shop.until("the name is known", || brought() && name().is_some()).await;
    let ann = shop.account(&shop.quiet_agent("Ann").await);
    shop.engine.unmerge_person(&ann, begun).await.unwrap();
    assert_eq!(name().as_deref(), Some("Una"));
    shop.audit().await;
}

#[tokio::test]
async fn of_two_who_were_never_one_both_have_what_went_from_one_to_the_other() {
    let shop = Shop::new();
    let (one, other) = (app("7"), app("8"));
    let id = shop.writes_at(&one, "hello").await;
    shop.writes_at(&other, "hello").await;
    let begun = shop.contact_of(id);
    shop.follows(&shop.link(id).await, &other).await;
    let has = shop.contact_of(id);
    let ann = shop.account(&shop.quiet_agent("Ann").await);
    let listed = |contact| {
        let sheet = shop.engine.person(&ann, contact).unwrap();
        (sheet.members.len(), sheet.conversations.iter().any(|summary| summary.id == id), sheet.went_on.contains(&id))
    };
    assert_eq!((listed(begun), listed(has)), ((1, true, true), (1, true, false)));
    shop.audit().await;
}

/// As a crash leaves it between the move and the end of the link.
async fn moved_only(shop: &Shop, id: ConversationId, here: &Address) {
    let (own, _) = contacts::of_address(&*shop.store, here, shop.clock.now()).await.unwrap();
    let hot = shop.engine.find(id).unwrap().unwrap();
    let arrives = crate::dialog::Input::Moved { address: here.clone(), contact: own, by_link: true };
    let from = shop.is_at(id);
    shop.engine.bring_to(&hot, (&from, here), arrives, None, None).await.unwrap();
}

#[tokio::test]
async fn what_a_crash_cut_off_after_the_move_is_finished_by_following_the_link_once_more() {
    for from in [address("zoe"), app("6")] {
        let shop = Shop::on_disk("http://127.0.0.1:9");
        let id = shop.writes_at(&from, "name").await;
        let (code, here, begun) = (shop.link(id).await, app("7"), shop.contact_of(id));
        moved_only(&shop, id, &here).await;
        let shop = shop.restart(Span::seconds(1)).await;
        assert_eq!(shop.is_at(id), here);
        let before = shop.bot_said(id).len();
        assert_eq!(shop.follows(&code, &here).await, GoesOn::Here(id));
        assert_eq!(shop.bot_said(id).len(), before, "nothing is said once more");
        assert_eq!(shop.engine.linked(&code).unwrap(), None, "the link is used up");
        let ann = shop.account(&shop.quiet_agent("Ann").await);
        assert_eq!(shop.engine.person(&ann, begun).unwrap().members.len(), 2, "{from:?}: they are one person");
        let left_open = shop.engine.knows(&from).unwrap();
        assert_eq!(left_open, from == app("6"), "an anonymous browser is a stranger's");
        shop.audit().await;
    }
}

#[tokio::test]
async fn links_and_what_people_are_known_by_outlive_export_and_import() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let id = shop.says("zoe", "name").await.conversation;
    let code = shop.link(id).await;
    let (used, old) = (shop.writes_at(&app("5"), "hello").await, app("6"));
    let used = shop.link(used).await;
    assert!(matches!(shop.follows(&used, &app("4")).await, GoesOn::Here(_)));
    let phone = Vec::from_iter(crate::channel::Vouched::phone("+306912345678"));
    shop.engine.vouch(&old, &phone).await.unwrap();
    shop.writes_at(&old, "hello").await;
    let mut lines = Vec::new();
    store::transfer::export(&*shop.store, &mut lines).unwrap();
    let clock = shop.clock.clone();
    shop.audit().await;

    let folder = tempfile::tempdir().unwrap();
    store::transfer::import(folder.path(), &mut lines.as_slice(), &FromEvents).unwrap();
    let store = open(folder.path());
    let shop = Shop::start(store, clock, "http://127.0.0.1:9".to_owned(), Some(folder));
    assert_eq!(shop.follows(&used, &app("9")).await, GoesOn::Nowhere, "a link that was used is no link again");
    assert_eq!(shop.engine.linked(&code).unwrap(), Some(("shop".into(), id)));
    // Whoever is known by a number is so still, and a conversation goes on where its link leads.
    let elsewhere = Address { channel: "twilio".into(), ..address("+306912345678") };
    shop.engine.vouch(&elsewhere, &phone).await.unwrap();
    let contact = shop.contact_of(shop.writes_at(&elsewhere, "hello").await);
    let ann = shop.account(&shop.quiet_agent("Ann").await);
    assert_eq!(shop.engine.person(&ann, contact).unwrap().members.len(), 2);
    assert_eq!(shop.follows(&code, &app("7")).await, GoesOn::Here(id));
    assert_eq!(shop.follows(&code, &app("8")).await, GoesOn::Nowhere);
    shop.audit().await;
}
