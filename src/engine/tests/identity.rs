//! People whom a page has proved to be somebody: what comes along, what stays apart, and what signing out ends.

use super::bot::PERSON;
use super::*;
use crate::dialog::ClosedBecause;
use crate::engine::{PersonSheet, SIGNED_IN, Source, Told, address_of, contacts};
use crate::id::ContactId;
use crate::store::StreamId;

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

    /// All contacts that are stored.
    fn contacts(&self) -> Vec<ContactId> {
        let streams = self.store.streams(None, 99).unwrap().into_iter();
        let contact = |stream| if let StreamId::Contact(_, id) = stream { Some(id) } else { None };
        streams.filter_map(contact).collect()
    }

    fn contact_at(&self, address: &Address) -> ContactId {
        contacts::find(&*self.store, address).unwrap().expect("somebody is known there").1
    }

    fn knows_name(&self, contact: ContactId, name: &str) -> bool {
        let contact = contacts::load(&*self.store, &"shop".into(), contact).unwrap().unwrap();
        contact.known.get("name").is_some_and(|slot| slot.value == name)
    }

    async fn sheet(&self, contact: ContactId) -> PersonSheet {
        let ann = match self.engine.accounts().list().first() {
            Some(account) => account.clone(),
            None => self.account(&self.quiet_agent("Ann").await),
        };
        self.engine.person(&ann, contact).unwrap()
    }

    /// What is known of a name, and from where, over all contacts of a person.
    async fn names(&self, contact: ContactId) -> Vec<(String, Option<Source>)> {
        let sheet = self.sheet(contact).await;
        let names = sheet.facts.into_iter().filter(|fact| fact.name == "name").flat_map(|fact| fact.values);
        names.map(|value| (value.value, value.source)).collect()
    }

    /// Says a name in the conversation at an address, and waits until its contact knows it.
    async fn tells_name(&self, user: &str, name: &str) -> ConversationId {
        self.says(user, "name").await;
        let id = self.says(user, name).await.conversation;
        let contact = self.contact(id);
        self.until("the name is known", || self.knows_name(contact, name)).await;
        id
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

fn fact(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn nothing_of_who_signed_in_is_left_where_they_were_anonymous() {
    let shop = Shop::new();
    let form = Told { answers: vec![fact("email", "zoe@home.example")], ..Told::default() };
    let facts = VisitorFacts { told: form, ..VisitorFacts::default() };
    let open = VisitorTurn::Open { greet: true, invite: None };
    let id = shop.engine.visitor(&address("anon"), facts, open).await.unwrap().conversation;
    shop.tells_name("anon", "Zoe").await;
    shop.signs_in(Some("anon"), "t1", false).await;
    let person = shop.contact_at(&maria());
    assert_eq!(shop.contacts(), [person], "the empty contact is gone");
    let sheet = shop.sheet(person).await;
    let told: Vec<_> = sheet.facts.iter().map(|fact| (&*fact.name, fact.values[0].source.clone())).collect();
    assert_eq!(told, [("name", Some(Source::Conversation(id))), ("email", Some(Source::Form))]);
    shop.engine.erase_contact(&"shop".into(), person).await.unwrap();
    assert_eq!(shop.store.streams(None, 99).unwrap().iter().filter(|s| !matches!(s, StreamId::Agent(_))).count(), 0);
    shop.audit().await;
}

#[tokio::test]
async fn earlier_conversations_of_who_signs_in_are_theirs_and_are_erased_with_them() {
    let shop = Shop::new();
    let first = shop.tells_name("anon", "Zoe").await;
    let anonymous = shop.contact(first);
    shop.engine.visitor(&address("anon"), VisitorFacts::default(), VisitorTurn::End).await.unwrap();
    shop.clock.advance(Span::days(2));
    shop.until("the first is closed", || shop.owner(first) == "closed").await;
    let second = shop.says("anon", "hello").await.conversation;
    shop.signs_in(Some("anon"), "t1", false).await;
    let person = shop.contact(second);
    for either in [anonymous, person] {
        let sheet = shop.sheet(either).await;
        assert_eq!((sheet.id, sheet.members.len(), sheet.conversations.len()), (person, 2, 2));
        assert!(sheet.deeds.is_empty(), "no agent did that");
    }
    assert_eq!(shop.engine.known_at(&maria()).unwrap()["name"].value, "Zoe", "so a form does not ask again");
    assert!(!shop.engine.knows(&address("anon")).unwrap(), "the old token leads there no longer");
    shop.says("anon", "hello").await;
    assert!(shop.engine.known_at(&address("anon")).unwrap().is_empty(), "whoever has it is a stranger");
    assert_eq!(shop.engine.erase_contact(&"shop".into(), person).await, Ok(2));
    assert_eq!(shop.contacts(), [shop.contact_at(&address("anon"))]);
    shop.audit().await;
}

#[tokio::test]
async fn what_a_person_became_by_signing_in_survives_a_restart_and_can_be_undone() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let first = shop.tells_name("anon", "Zoe").await;
    let anonymous = shop.contact(first);
    shop.clock.advance(Span::days(2));
    shop.until("the first is closed", || shop.owner(first) == "closed").await;
    shop.says("anon", "hello").await;
    shop.signs_in(Some("anon"), "t1", false).await;
    let person = shop.contact_at(&maria());
    let shop = shop.restart(Span::seconds(1)).await;
    assert_eq!(shop.sheet(anonymous).await.id, person);
    let ann = shop.engine.accounts().list()[0].clone();
    assert_eq!(shop.engine.unmerge_person(&ann, anonymous).await, Ok(person));
    assert_eq!(shop.sheet(anonymous).await.conversations.len(), 1);
    shop.audit().await;
}

#[tokio::test]
async fn what_was_told_before_has_no_better_word_than_what_somebody_stands_for() {
    let shop = Shop::new();
    shop.signs_in(None, "phone", true).await;
    let person = shop.contact_at(&maria());
    let page = Told { proved: Some("42".to_owned()), given: vec![fact("name", "Maria")], ..Told::default() };
    shop.engine.tell(&maria(), &page).await.unwrap();
    shop.tells_name("anon", "Zoe").await;
    shop.signs_in(Some("anon"), "t1", false).await;
    let brought = || shop.store.scan(Space::Outbox, "contact/", None, 9).unwrap().is_empty();
    shop.until("the conversation has told all", brought).await;
    assert_eq!(shop.names(person).await, [("Maria".to_owned(), Some(Source::Page { proved: true }))]);

    // Against their own earlier word, it is the later one.
    let kim = address_of(&"shop".into(), "7");
    let sign_in = async |from: &str, token: &str| {
        shop.engine.sign_in(&"shop".into(), "7", Some(&address(from)), token, false).await.unwrap()
    };
    shop.tells_name("first", "Kim").await;
    sign_in("first", "t2").await;
    shop.clock.advance(Span::minutes(1));
    let later = shop.tells_name("second", "Kimmy").await;
    sign_in("second", "t3").await;
    let words = [("Kimmy".to_owned(), Some(Source::Conversation(later)))];
    assert_eq!(shop.names(shop.contact_at(&kim)).await, words);
    shop.audit().await;
}

#[tokio::test]
async fn nobody_gets_what_may_be_somebody_elses_on_the_same_browser() {
    let shop = Shop::new();
    // The page said that somebody else wrote here before.
    let first = shop.tells_name("anon", "Zoe").await;
    let other = Told { claimed: Some("7".to_owned()), ..Told::default() };
    shop.engine.tell(&address("anon"), &other).await.unwrap();
    shop.clock.advance(Span::days(2));
    shop.until("the first is closed", || shop.owner(first) == "closed").await;
    shop.says("anon", "hello").await;
    shop.signs_in(Some("anon"), "t1", false).await;
    let person = shop.contact_at(&maria());
    assert_eq!(shop.sheet(person).await.members.len(), 1);
    assert_eq!(shop.names(person).await, []);
    // Nothing is open: whose the earlier ones are nobody can tell.
    let third = shop.tells_name("tablet", "Kim").await;
    shop.clock.advance(Span::days(2));
    shop.until("the third is closed", || shop.owner(third) == "closed").await;
    shop.signs_in(Some("tablet"), "t2", true).await;
    assert_eq!(shop.sheet(person).await.members.len(), 1);
    assert_eq!(shop.sheet(shop.contact(third)).await.conversations.len(), 1);
    shop.audit().await;
}

#[tokio::test]
async fn a_conversation_that_a_person_left_on_a_browser_is_not_the_next_persons() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("ann").await;
    shop.signs_in(None, "phone", true).await;
    let there = shop.says_at(&maria(), "hello").await;
    let here = shop.says("anon", "hello").await.conversation;
    for id in [there, here] {
        shop.command(&ann, id, AgentCommand::Claim).await.unwrap();
    }
    assert_eq!(shop.signs_in(Some("anon"), "t1", false).await, None, "people answer both");
    assert!(shop.engine.is_somebody(&address("anon")).unwrap());
    let site = "shop".into();
    let zoe = shop.engine.sign_in(&site, "7", Some(&address("anon")), "t2", false).await.unwrap();
    assert_eq!(zoe, Some(address_of(&site, "7")));
    assert_eq!(shop.contact(here), shop.contact(there), "it stays Maria's");
    assert_eq!(shop.reason(here), Some(ClosedBecause::SignedOut));
    assert_eq!(shop.engine.latest(&zoe.unwrap()).unwrap(), None);
    shop.audit().await;
}

#[tokio::test]
async fn a_claim_without_proof_replaces_nobodys_word() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    let agent = shop.account(&ann);
    let claim = |name: &str| Told {
        claimed: Some("42".to_owned()),
        given: vec![fact("name", name), fact("email", "m@evil.test")],
        ..Told::default()
    };
    let id = shop.says("anon", "hello").await.conversation;
    let contact = shop.contact(id);
    shop.engine.tell(&address("anon"), &claim("Mallory")).await.unwrap();
    let hearsay = Some(Source::Page { proved: false });
    assert_eq!(shop.names(contact).await, [("Mallory".to_owned(), hearsay.clone())]);
    shop.engine.tell(&address("anon"), &claim("Eve")).await.unwrap();
    assert_eq!(shop.names(contact).await, [("Eve".to_owned(), hearsay)], "a page may correct itself");
    shop.engine.edit_person(&agent, contact, "name", Some("Zoe")).await.unwrap();
    shop.engine.edit_person(&agent, contact, "email", None).await.unwrap();
    shop.engine.tell(&address("anon"), &claim("Mallory")).await.unwrap();
    assert_eq!(shop.names(contact).await, [("Zoe".to_owned(), Some(Source::Agent(ann.agent.clone())))]);
    assert!(!shop.engine.known_at(&address("anon")).unwrap().contains_key("email"), "what was removed stays away");

    // And of who is proved, nothing that is only claimed is kept at all.
    shop.signs_in(None, "t1", true).await;
    let proof = Told { proved: Some("42".to_owned()), given: vec![fact("name", "Maria")], ..Told::default() };
    shop.engine.tell(&maria(), &proof).await.unwrap();
    let person = shop.contact_at(&maria());
    for told in [claim("Mallory"), Told { claimed: Some("7".to_owned()), proved: Some("8".to_owned()), ..claim("Eve") }]
    {
        shop.engine.tell(&maria(), &told).await.unwrap();
        assert_eq!(shop.names(person).await, [("Maria".to_owned(), Some(Source::Page { proved: true }))]);
    }
    assert_eq!(shop.engine.known_at(&maria()).unwrap().len(), 1);
    shop.audit().await;
}
