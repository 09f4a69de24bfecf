//! One person on several channels, by what somebody vouches for.

use super::*;
use crate::channel::Vouched;
use crate::engine::{PersonError, PersonSheet, Source, VisitorTurn, address_of, contacts};
use crate::id::{ContactId, Position};
use crate::store::StreamId;

fn at(channel: &str, user: &str) -> Address {
    Address { channel: channel.into(), ..address(user) }
}

fn phone(number: &str) -> Vec<Vouched> {
    Vouched::phone(number).into_iter().collect()
}

impl Shop {
    /// Somebody writes on a channel that vouches for them.
    async fn writes(&self, channel: &str, user: &str, vouched: &[Vouched]) -> (ConversationId, ContactId) {
        let address = at(channel, user);
        self.engine.vouch(&address, vouched).await.unwrap();
        let turn = VisitorTurn::Message { text: "hello".to_owned(), client: None };
        let id = self.engine.visitor(&address, VisitorFacts::default(), turn).await.unwrap().conversation;
        (id, self.state(id).opening.clone().unwrap().contact)
    }

    fn sheet_of(&self, desk: &AtDesk, contact: ContactId) -> PersonSheet {
        self.engine.person(&self.account(desk), contact).unwrap()
    }
}

#[tokio::test]
async fn a_number_makes_two_channels_one_person_and_again_after_a_restart() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let (first, by_app) = shop.writes("whatsapp", "306912345678", &phone("+306912345678")).await;
    let (second, by_sms) = shop.writes("twilio", "+306912345678", &phone("+30 691 234 5678")).await;
    assert_ne!((first, by_app), (second, by_sms), "each channel has a conversation and a contact of its own");
    let shop = shop.restart(Span::seconds(1)).await;
    let ann = shop.quiet_agent("Ann").await;
    let sheet = shop.sheet_of(&ann, by_sms);
    assert_eq!(sheet.id, by_app, "who was here first stands for the person");
    let mut channels: Vec<_> = sheet.conversations.iter().map(|summary| summary.channel.to_string()).collect();
    channels.sort();
    assert_eq!(channels, ["twilio", "whatsapp"], "one timeline");
    assert_eq!(sheet.members[1].same_by, Vouched::phone("+306912345678"));
    let known = sheet.facts.iter().find(|fact| fact.name == "phone").unwrap();
    assert_eq!(known.values[0].value, "+306912345678");
    assert_eq!(known.values[0].source, Some(Source::Channel("whatsapp".into())));
    let (_, stranger) = shop.writes("twilio", "+306900000000", &phone("+306900000000")).await;
    assert_eq!(shop.sheet_of(&ann, stranger).members.len(), 1, "another number is another person");
    shop.audit().await;
}

#[tokio::test]
async fn what_an_agent_takes_apart_stays_apart() {
    let shop = Shop::new();
    let (_, first) = shop.writes("whatsapp", "1", &phone("+306912345678")).await;
    let (_, second) = shop.writes("twilio", "2", &phone("+306912345678")).await;
    let ann = shop.quiet_agent("Ann").await;
    let account = shop.account(&ann);
    assert_eq!(shop.engine.unmerge_person(&account, second).await, Ok(first));
    shop.writes("twilio", "2", &phone("+306912345678")).await;
    assert_eq!(shop.sheet_of(&ann, second).members.len(), 1, "they write again, and stay somebody else");
    shop.engine.merge_people(&account, first, second).await.unwrap();
    assert_eq!(shop.sheet_of(&ann, second).members.len(), 2, "an agent may join them again");
    shop.audit().await;
}

#[tokio::test]
async fn two_who_are_proved_to_be_two_are_never_one() {
    let shop = Shop::new();
    let email = [Vouched::email("family@home.test").unwrap()];
    for id in ["ada", "bob"] {
        shop.engine.sign_in(&"shop".into(), id, None, id, true).await.unwrap();
        shop.engine.vouch(&address_of(&"shop".into(), id), &email).await.unwrap();
    }
    let contact = |id: &str| contacts::find(&*shop.store, &address_of(&"shop".into(), id)).unwrap().unwrap().1;
    let ann = shop.quiet_agent("Ann").await;
    assert_eq!(shop.sheet_of(&ann, contact("ada")).members.len(), 1);
    assert_eq!(shop.sheet_of(&ann, contact("bob")).members.len(), 1);
    shop.audit().await;
}

#[tokio::test]
async fn the_id_of_the_owners_site_leads_to_the_same_person_on_every_channel() {
    let shop = Shop::new();
    let (_, by_hook) = shop.writes("webhook", "u1", &[Vouched::Id("42".to_owned())]).await;
    let person = shop.engine.sign_in(&"shop".into(), "42", None, "a token", true).await.unwrap().unwrap();
    let by_page = contacts::find(&*shop.store, &person).unwrap().unwrap().1;
    let ann = shop.quiet_agent("Ann").await;
    let sheet = shop.sheet_of(&ann, by_hook);
    assert_eq!(sheet.members.iter().map(|member| member.id).collect::<Vec<_>>(), [by_page, by_hook]);
    for bad in ["", "line\nbreak", &"x".repeat(300)] {
        let (_, other) = shop.writes("webhook", "u2", &[Vouched::Id(bad.to_owned())]).await;
        assert_eq!(shop.sheet_of(&ann, other).members.len(), 1, "{bad:?}");
    }
    shop.audit().await;
}

#[tokio::test]
async fn who_is_blocked_is_not_heard_from_another_channel() {
    let shop = Shop::new();
    let (_, first) = shop.writes("whatsapp", "1", &phone("+306912345678")).await;
    let ann = shop.quiet_agent("Ann").await;
    shop.engine.block_person(&shop.account(&ann), first, "spam").await.unwrap();
    let elsewhere = at("twilio", "2");
    shop.engine.vouch(&elsewhere, &phone("+306912345678")).await.unwrap();
    let turn = VisitorTurn::Message { text: "hello".to_owned(), client: None };
    let heard = shop.engine.visitor(&elsewhere, VisitorFacts::default(), turn).await;
    assert!(matches!(heard, Err(TurnError::Blocked)), "{heard:?}");
    shop.audit().await;
}

#[tokio::test]
async fn a_number_is_free_again_when_its_person_is_erased() {
    let shop = Shop::new();
    let (_, first) = shop.writes("whatsapp", "1", &phone("+306912345678")).await;
    let ann = shop.quiet_agent("Ann").await;
    shop.engine.erase_contact(&"shop".into(), first).await.unwrap();
    let (_, second) = shop.writes("twilio", "2", &phone("+306912345678")).await;
    assert_eq!(shop.engine.person(&shop.account(&ann), first), Err(PersonError::NotFound));
    assert_eq!(shop.sheet_of(&ann, second).members.len(), 1);
    shop.audit().await;
}

#[tokio::test]
async fn whoever_writes_first_is_known_by_their_number_from_the_first_commit_on() {
    let shop = Shop::new();
    let opens = |channel: &str, user: &str, number: &str| {
        let facts = VisitorFacts { vouched: phone(number), ..VisitorFacts::default() };
        let (engine, address) = (shop.engine.clone(), at(channel, user));
        async move {
            let turn = VisitorTurn::Message { text: "hello".to_owned(), client: None };
            let id = engine.visitor(&address, facts, turn).await.unwrap().conversation;
            engine.conversation(id).unwrap().unwrap().opening.clone().unwrap().contact
        }
    };
    let first = opens("whatsapp", "1", "+306912345678").await;
    let of_contact = |id: ContactId| StreamId::Contact("shop".into(), id);
    let commits: Vec<_> = shop.store.log(Position(0), 100).unwrap();
    let made: Vec<_> = commits.iter().filter(|commit| commit.stream == of_contact(first)).collect();
    assert_eq!(
        made.iter().map(|commit| commit.events.len()).collect::<Vec<_>>(),
        [2],
        "they are new, and their number"
    );

    // At one moment on two channels: both are heard, and only one holds the number.
    let (one, two) = tokio::join!(opens("whatsapp", "2", "+306900000002"), opens("twilio", "2", "+306900000002"));
    let ann = shop.quiet_agent("Ann").await;
    for (user, own, number) in [("1", first, "+306912345678"), ("2", one, "+306900000002")] {
        let (_, second) = shop.writes("twilio", user, &phone(number)).await;
        let members = shop.sheet_of(&ann, second).members.len();
        assert_eq!(members, 2, "{user}: known from the other channel");
        assert_eq!(shop.sheet_of(&ann, own).members.len(), 2, "{user}");
    }
    assert_ne!(one, two);
    shop.audit().await;
}

#[tokio::test]
async fn a_contact_that_two_make_at_once_is_one() {
    let shop = Shop::new();
    for round in 0..20 {
        let address = at("whatsapp", &round.to_string());
        let turn = VisitorTurn::Message { text: "hello".to_owned(), client: None };
        let number = phone(&format!("+3069000000{round:02}"));
        let (vouched, begun) = tokio::join!(
            shop.engine.vouch(&address, &number),
            shop.engine.visitor(&address, VisitorFacts::default(), turn)
        );
        vouched.unwrap();
        let (_, of_address) = contacts::find(&*shop.store, &address).unwrap().unwrap();
        let of_conversation = shop.state(begun.unwrap().conversation).opening.clone().unwrap().contact;
        assert_eq!(of_conversation, of_address, "round {round}");
    }
    let made = shop.store.streams(None, 1_000).unwrap();
    assert_eq!(made.iter().filter(|stream| matches!(stream, StreamId::Contact(..))).count(), 20);
    shop.audit().await;
}

#[tokio::test]
async fn who_stays_apart_waits_for_nobody_who_becomes_one_at_every_message() {
    let shop = Shop::new();
    let number = phone("+306912345678");
    shop.writes("whatsapp", "1", &number).await;
    let (_, second) = shop.writes("twilio", "2", &number).await;
    let ann = shop.quiet_agent("Ann").await;
    let account = shop.account(&ann);
    let first = shop.engine.unmerge_person(&account, second).await.unwrap();
    shop.writes("twilio", "2", &number).await;
    {
        // Others are becoming one person.
        let _alone = shop.engine.0.merging.lock().await;
        let address = at("twilio", "2");
        let mut vouching = std::pin::pin!(shop.engine.vouch(&address, &number));
        let at_once = vouching.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        assert!(at_once.is_ready(), "it is known that they stay apart");
    }
    // An agent joins them and parts them again: nothing that was known before stands in the way.
    shop.engine.merge_people(&account, first, second).await.unwrap();
    shop.writes("twilio", "2", &number).await;
    assert_eq!(shop.sheet_of(&ann, second).members.len(), 2);
    shop.engine.unmerge_person(&account, second).await.unwrap();
    shop.writes("twilio", "2", &number).await;
    assert_eq!(shop.sheet_of(&ann, second).members.len(), 1);
    shop.audit().await;
}
