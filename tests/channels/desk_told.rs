//! The desk in Telegram, what operators are told: what did not arrive, that a note was written down, what the visitor answered to
//! which question, in topics that close and go on, and of being away.

use std::time::Instant;

use frontdesk::engine::AgentStatus;
use serde_json::{Value, json};

use super::PATIENCE;
use super::api::Behaviour;
use super::desk::{Desk, GROUP, MARIA, NIKOS, in_topic};
use crate::support::server::Agent;

/// The bodies of the calls of a method.
fn bodies(desk: &Desk, method: &str) -> Vec<Value> {
    let asked = desk.api.asked().into_iter().filter(|asked| asked.path.ends_with(&format!("/{method}")));
    asked.map(|asked| serde_json::from_slice(&asked.body).unwrap()).collect()
}

/// The visitor has read all that was said so far.
async fn all_read(desk: &Desk, visitor: usize) {
    let all = || !desk.shop.said_to(visitor).is_empty() && desk.shop.api.read_by(visitor) == desk.shop.said_to(visitor);
    desk.shop.until("all is read", all).await;
}

#[tokio::test]
async fn what_did_not_arrive_is_told_with_its_words_and_why() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.link(&ada, MARIA).await;
    let (id, topic) = desk.asked_for(1, GROUP).await;
    all_read(&desk, 1).await;
    // That she has joined does not arrive either.
    desk.shop.api.next(1, [Behaviour::Blocked, Behaviour::Blocked]);
    desk.writes_in(topic.unwrap(), MARIA, "Which bill is it?", 1).await;
    desk.until_read(GROUP, "“Which bill is it?”").await;
    let told = desk.texts(GROUP).into_iter().find(|text| text.contains("Which bill is it?")).unwrap();
    for part in ["Not delivered.", "has blocked us or is not there any more", &format!("/desk/c/{id}")] {
        assert!(told.contains(part), "{part:?} is missing in {told:?}");
    }
    assert!(!told.contains("Forbidden"), "Telegram's own words help nobody: {told}");
}

#[tokio::test]
async fn a_note_is_confirmed_by_a_mark_or_where_none_is_allowed_by_a_line() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.link(&ada, MARIA).await;
    let (_, topic) = desk.asked_for(1, GROUP).await;
    let topic = topic.unwrap();
    assert_eq!(desk.writes_in(topic, MARIA, "// she means April", 2).await, Value::Null);
    desk.shop.until("the mark", || desk.calls("setMessageReaction") == 1).await;
    let mark = bodies(&desk, "setMessageReaction").remove(0);
    assert_eq!((&mark["chat_id"], &mark["message_id"]), (&json!(GROUP), &json!(2)), "{mark}");
    assert_eq!(mark["reaction"][0]["type"], "emoji");
    desk.api.next_to("setMessageReaction", [Behaviour::Blocked]);
    desk.writes_in(topic, MARIA, "/note and is kind", 3).await;
    desk.until_read(GROUP, "Noted. Only colleagues see it.").await;
    let (of, line) = desk.read(GROUP).pop().unwrap();
    assert_eq!((of, &line["reply_parameters"]["message_id"]), (Some(topic), &json!(3)), "{line}");
    // An answer is no note: the visitor's own word comes back.
    desk.writes_in(topic, MARIA, "Which bill is it?", 4).await;
    desk.until_visitor_reads(1, "Which bill is it?").await;
    assert_eq!(desk.calls("setMessageReaction"), 2);
}

#[tokio::test]
async fn a_card_quotes_an_answer_with_its_question() {
    let desk = Desk::in_group().await;
    let _ada = Agent::admin(&desk.shop.server).await;
    desk.shop.writes(1, "I want to choose a colour", 98).await;
    desk.shop.writes(1, "Blue", 99).await;
    let (id, _) = desk.asked_for(1, GROUP).await;
    let (_, card) = desk.card(GROUP, &id);
    let text = card["text"].as_str().unwrap();
    assert!(text.contains(": Which colour?\n“Blue”\n“there is a mistake in my bill”"), "{text}");
    assert!(text.contains("“I want to choose a colour”"), "{text}");
    assert_eq!(text.matches("Blue").count(), 1, "what the bot said to that answers nothing: {text}");
}

#[tokio::test]
async fn a_topic_goes_on_with_its_conversation_whoever_takes_it_up_again() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.link(&ada, MARIA).await;
    let (_, topic) = desk.asked_for(1, GROUP).await;
    let topic = topic.unwrap();
    desk.writes_in(topic, MARIA, "One moment", 1).await;
    desk.until_read(GROUP, "Ada answers").await;
    assert_eq!(desk.calls("reopenForumTopic"), 0, "a topic that was just made is open");
    desk.writes_in(topic, MARIA, "/resolve", 2).await;
    desk.shop.until("it is closed", || desk.calls("closeForumTopic") == 1).await;
    // The operator has one more word.
    desk.writes_in(topic, MARIA, "One more thing", 3).await;
    desk.until_visitor_reads(1, "One more thing").await;
    desk.shop.until("it goes on", || desk.calls("reopenForumTopic") == 1).await;
    desk.writes_in(topic, MARIA, "/resolve", 4).await;
    desk.shop.until("it is closed again", || desk.calls("closeForumTopic") == 2).await;
    // The visitor comes back.
    desk.shop.writes(1, "there is a mistake in my bill", 105).await;
    let cards = || desk.texts(GROUP).iter().filter(|text| text.contains("second")).count();
    desk.shop.until("the second card", || cards() == 2).await;
    assert_eq!((desk.calls("reopenForumTopic"), desk.calls("createForumTopic")), (2, 1));
    for call in bodies(&desk, "reopenForumTopic") {
        assert_eq!(call["message_thread_id"], topic);
    }
}

#[tokio::test]
async fn who_writes_in_a_topic_whose_conversation_is_over_is_told() {
    let desk = Desk::in_group().await;
    let ada = Agent::admin(&desk.shop.server).await;
    desk.link(&ada, MARIA).await;
    let (id, topic) = desk.asked_for(1, GROUP).await;
    let topic = topic.unwrap();
    crate::http_desk::close(&desk.shop.server, &ada, &id).await;
    let mirrors = || desk.shop.server.engine.store().scan(frontdesk::store::Space::Outbox, "mirror/", None, 9).unwrap();
    desk.shop.until("nothing is mirrored", || mirrors().is_empty()).await;
    let below = |topic: i64, maker: i64, number: i64| {
        let mut update = in_topic(topic, MARIA, "Are you there?", number);
        update["message"]["reply_to_message"] = json!({ "message_id": topic, "from": { "id": maker, "is_bot": maker == 124 },
            "forum_topic_created": { "name": "Ann" } });
        update
    };
    // The row is gone from the store a moment before the server knows it; until then the topic has a conversation that is closed.
    let (began, mut number) = (Instant::now(), 100);
    let told = loop {
        let told = desk.deliver(below(topic, 124, number)).await;
        if told["text"] != "This conversation is closed." {
            break told;
        }
        assert!(began.elapsed() < PATIENCE, "the topic is never free");
        number += 1;
    };
    assert!(told["text"].as_str().unwrap().contains("The visitor did not get this"), "{told}");
    assert_eq!(told["message_thread_id"], topic);
    // In a topic that people made they talk among themselves.
    assert_eq!(desk.deliver(below(777, NIKOS, 8)).await, Value::Null);
}

#[tokio::test]
async fn who_is_away_is_asked_only_where_nobody_else_is_there() {
    let desk = Desk::open("").await;
    let ada = Agent::admin(&desk.shop.server).await;
    let maria = ada.hired("Maria", "agent").await;
    let nikos = ada.hired("Nikos", "agent").await;
    desk.link(&maria, MARIA).await;
    desk.link(&nikos, NIKOS).await;
    let status = |agent: &Agent<'_>| {
        let id = agent.id.parse().unwrap();
        desk.shop.server.engine.accounts().get(id).unwrap().status
    };
    for (user, number) in [(MARIA, 1), (NIKOS, 2)] {
        let told = desk.tells(user, "/back", number).await;
        assert!(told["text"].as_str().unwrap().contains("You are here again"), "{told}");
    }
    let told = desk.tells(MARIA, "/away", 3).await;
    assert!(told["text"].as_str().unwrap().contains("You are away now"), "{told}");
    assert_eq!((status(&maria), status(&nikos)), (AgentStatus::Away, AgentStatus::Available));
    let (first, _) = desk.asked_for(1, NIKOS).await;
    desk.tells(NIKOS, "/away", 4).await;
    let (second, _) = desk.asked_for(2, MARIA).await;
    assert!(!desk.texts(MARIA).iter().any(|text| text.contains(&first)), "she was away, and he was there");
    desk.until_read(NIKOS, &second).await;
}
