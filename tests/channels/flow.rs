//! A conversation in a messaging app: buttons that come back, texts in pieces, receipts, files, an inbox that is not ours.

use frontdesk::dialog::Event;
use frontdesk::id::Position;
use frontdesk::store::StreamId;
use serde_json::{Value, json};

use super::platform::{ALL, Platform, decoded};
use super::{Shop, said};
use crate::support::server::Agent;

/// The payloads and labels of the buttons of the last call that has some; for platforms without buttons, numbers.
fn buttons(shop: &Shop) -> Vec<(String, String)> {
    let asked = shop.api.asked();
    let of = |body: &Value| -> Vec<(String, String)> {
        let pair = |payload: &Value, label: &Value| Some((payload.as_str()?.to_owned(), label.as_str()?.to_owned()));
        let all = |list: &Value, pick: &dyn Fn(&Value) -> Option<(String, String)>| {
            list.as_array().into_iter().flatten().filter_map(pick).collect()
        };
        match shop.platform {
            Platform::Telegram => {
                all(&body["reply_markup"]["inline_keyboard"], &|row| pair(&row[0]["callback_data"], &row[0]["text"]))
            }
            Platform::WhatsApp => {
                all(&body["interactive"]["action"]["buttons"], &|one| pair(&one["reply"]["id"], &one["reply"]["title"]))
            }
            Platform::Messenger => all(&body["message"]["quick_replies"], &|one| pair(&one["payload"], &one["title"])),
            Platform::Slack => all(&body["blocks"][1]["elements"], &|one| pair(&one["value"], &one["text"]["text"])),
            Platform::Line => all(&body["messages"][0]["quickReply"]["items"], &|one| {
                pair(&one["action"]["data"], &one["action"]["label"])
            }),
            Platform::Viber => all(&body["keyboard"]["Buttons"], &|one| pair(&one["ActionBody"], &one["Text"])),
            Platform::Webhook => all(&body["buttons"], &|one| pair(&one["payload"], &one["label"])),
            Platform::Twilio => Vec::new(),
        }
    };
    if shop.platform == Platform::Twilio {
        let texts = asked.iter().flat_map(|call| decoded(&call.body)).filter(|(name, _)| name == "Body");
        let numbered = texts.flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>());
        return numbered
            .filter_map(|line| line.split_once(". ").map(|(number, label)| (number.to_owned(), label.to_owned())))
            .collect();
    }
    let bodies = asked.iter().rev().filter_map(|call| serde_json::from_slice::<Value>(&call.body).ok());
    bodies.map(|body| of(&body)).find(|found| !found.is_empty()).unwrap_or_default()
}

/// The body with which a platform tells that somebody pressed a button.
fn press(platform: Platform, user: usize, payload: &str, label: &str) -> Vec<u8> {
    let who = platform.user(user);
    let id: i64 = who.parse().unwrap_or_default();
    let body = match platform {
        Platform::Telegram => json!({ "update_id": 77, "callback_query": { "id": "q1", "data": payload,
            "from": { "id": id, "is_bot": false }, "message": { "message_id": 1, "date": 0, "chat": { "id": id, "type": "private" } } } }),
        Platform::WhatsApp => {
            json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "messages", "value": {
            "metadata": { "phone_number_id": "20555" }, "messages": [{ "from": who, "id": "wamid.p", "type": "interactive",
            "interactive": { "type": "button_reply", "button_reply": { "id": payload, "title": label } } }] } }] }] })
        }
        Platform::Messenger => {
            json!({ "object": "page", "entry": [{ "id": "104005550100273", "messaging": [{ "sender": { "id": who },
            "timestamp": 5, "message": { "mid": "m_p", "text": label, "quick_reply": { "payload": payload } } }] }] })
        }
        Platform::Slack => {
            let json = json!({ "type": "block_actions", "user": { "id": who }, "channel": { "id": format!("D{who}") }, "trigger_id": "t",
                "message": { "ts": "1" }, "actions": [{ "type": "button", "action_id": "fd0", "value": payload, "action_ts": "9",
                "text": { "type": "plain_text", "text": label } }] });
            let mut url = reqwest::Url::parse("http://x/").unwrap();
            url.query_pairs_mut().append_pair("payload", &json.to_string());
            return url.query().unwrap().as_bytes().to_vec();
        }
        Platform::Line => {
            json!({ "events": [{ "type": "postback", "mode": "active", "source": { "type": "user", "userId": who },
            "webhookEventId": "01P", "replyToken": "r1", "postback": { "data": payload } }] })
        }
        Platform::Webhook => json!({ "type": "press", "id": "p1", "user": who, "payload": payload }),
        // A press comes back as words.
        Platform::Viber | Platform::Twilio => return platform.text_from(user, payload, 5_000),
    };
    body.to_string().into_bytes()
}

#[tokio::test]
async fn a_button_comes_back_as_the_same_choice_on_every_platform() {
    for platform in ALL {
        let shop = Shop::open(platform).await;
        shop.writes(1, "I want to choose a colour", 1).await;
        shop.until("buttons", || !buttons(&shop).is_empty()).await;
        let offered = buttons(&shop);
        let (payload, label) = offered
            .iter()
            .find(|(_, label)| label == "Blue")
            .unwrap_or_else(|| panic!("{platform:?}: {offered:?}"))
            .clone();
        let reply = shop.deliver(press(platform, 1, &payload, &label)).await;
        assert!(reply.status.is_success(), "{platform:?}: {}", reply.text);
        let pressed = shop.events().into_iter().any(|(_, recorded)| {
            matches!(&recorded.event, Event::VisitorSaid { text, pressed: Some(_), .. } if text == "Blue")
        });
        assert!(pressed, "{platform:?}: {:?}", said(&shop.events()));
        assert!(shop.said_to(1).iter().any(|text| text == "Blue it is."), "{platform:?}: the choice is the answer");
        // The platform sends it once more: nothing happens.
        let before = shop.events().len();
        assert!(shop.deliver(press(platform, 1, &payload, &label)).await.status.is_success());
        assert_eq!(shop.events().len(), before, "{platform:?}: a repeat acts once");
    }
}

#[tokio::test]
async fn a_long_text_comes_in_pieces_that_no_platform_refuses() {
    for (platform, most) in [
        (Platform::Telegram, 4_096),
        (Platform::WhatsApp, 4_096),
        (Platform::Messenger, 2_000),
        (Platform::Slack, 4_000),
        (Platform::Twilio, 1_600),
        (Platform::Line, 5_000),
        (Platform::Viber, 7_000),
    ] {
        let shop = Shop::open(platform).await;
        let agent = Agent::admin(&shop.server).await;
        shop.writes(1, "when are you open", 1).await;
        let id = shop.events()[0].0.clone();
        let words: String = (0..600).map(|number| format!("👍{number} ")).collect();
        agent.command(&id, "say", json!({ "text": words.trim() })).await.ok();
        let own = || shop.api.read_by(1).into_iter().filter(|text| text.contains('👍')).collect::<Vec<_>>();
        shop.until("all of it", || own().join(" ") == words.trim()).await;
        for piece in own() {
            assert!(piece.encode_utf16().count() <= most, "{platform:?}");
        }
    }
}

#[tokio::test]
async fn what_was_delivered_seen_and_lost_is_told_at_the_desk() {
    for (platform, receipt) in [
        (
            Platform::WhatsApp,
            &(|id: &str, what: &str| {
                json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "messages", "value": {
                "metadata": { "phone_number_id": "20555" }, "statuses": [{ "id": id, "status": what, "recipient_id": Platform::WhatsApp.user(1),
                "errors": [{ "code": 131_047, "title": "Re-engagement message" }] }] } }] }] }).to_string().into_bytes()
            }) as &dyn Fn(&str, &str) -> Vec<u8>,
        ),
        (Platform::Viber, &|id: &str, what: &str| {
            let what = match what {
                "read" => "seen",
                other => other,
            };
            let token: u64 = id.parse().unwrap();
            json!({ "event": what, "message_token": token, "user_id": Platform::Viber.user(1), "desc": "gone" })
                .to_string()
                .into_bytes()
        }),
        (Platform::Twilio, &|id: &str, what: &str| {
            let mut url = reqwest::Url::parse("http://x/").unwrap();
            url.query_pairs_mut().extend_pairs([
                ("MessageSid", id),
                ("MessageStatus", what),
                ("To", &Platform::Twilio.user(1)),
                ("From", "+12125550111"),
                ("ErrorCode", "63016"),
            ]);
            url.query().unwrap().as_bytes().to_vec()
        }),
    ] {
        let shop = Shop::open(platform).await;
        let agent = Agent::admin(&shop.server).await;
        shop.writes(1, "when are you open", 1).await;
        let id: frontdesk::id::ConversationId = shop.events()[0].0.parse().unwrap();
        agent.command(&id.to_string(), "say", json!({ "text": "One" })).await.ok();
        agent.command(&id.to_string(), "say", json!({ "text": "Two" })).await.ok();
        shop.until("both", || shop.api.read_by(1).iter().filter(|text| *text == "One" || *text == "Two").count() == 2)
            .await;
        // The platform numbers what it takes.
        let calls = shop.api.asked();
        let number = |wanted: &str| {
            1 + calls
                .iter()
                .position(|call| platform.message(&call.body).is_some_and(|(_, text)| text == wanted))
                .unwrap()
        };
        let given = |wanted: &str| {
            let answer: Value = serde_json::from_str(&platform.taken(number(wanted)).1).unwrap();
            let id = match platform {
                Platform::WhatsApp => answer["messages"][0]["id"].clone(),
                Platform::Viber => answer["message_token"].clone(),
                _ => answer["sid"].clone(),
            };
            id.as_str().map_or_else(|| id.to_string(), str::to_owned)
        };
        let event = |wanted: &str| {
            shop.events()
                .into_iter()
                .find_map(|(_, recorded)| match &recorded.event {
                    Event::AgentSaid { text, .. } if text == wanted => Some(recorded.no),
                    _ => None,
                })
                .unwrap()
        };
        let tell = async |message: &str, what: &str| {
            let reply = shop.deliver(receipt(&given(message), what)).await;
            assert!(reply.status.is_success(), "{platform:?}: {}", reply.text);
        };
        let receipts = || shop.server.engine.receipts(id).unwrap();
        tell("One", "delivered").await;
        shop.until("delivered", || receipts().delivered == event("One")).await;
        tell("One", "read").await;
        shop.until("seen", || receipts().seen == event("One")).await;
        // Late and out of order: nothing goes back.
        tell("One", "delivered").await;
        assert_eq!(receipts().seen, event("One"), "{platform:?}");
        tell("Two", "failed").await;
        let lost = shop
            .events()
            .into_iter()
            .any(|(_, recorded)| matches!(recorded.event, Event::Undelivered { of, .. } if of == event("Two")));
        assert!(lost, "{platform:?}: what failed after all is told");
    }
}

#[tokio::test]
async fn after_the_window_nothing_is_sent_and_the_agent_is_told_why() {
    let shop = Shop::open(Platform::WhatsApp).await;
    let agent = Agent::admin(&shop.server).await;
    shop.writes(1, "when are you open", 1).await;
    let id = shop.events()[0].0.clone();
    // All of it: what the bot has not sent when somebody takes the conversation, it does not send any more.
    shop.until("the answer", || shop.api.read_by(1).len() == shop.said_to(1).len()).await;
    agent.command(&id, "claim", json!({})).await.ok();
    shop.until("that somebody is there", || shop.api.read_by(1).len() == shop.said_to(1).len()).await;
    let page = async || agent.get(&format!("/desk/c/{id}")).await.text;
    let open = page().await;
    assert!(open.contains("<h1><bdi>Ann</bdi>"), "it is headed by the name that the app tells: {open}");
    assert!(open.contains("You can write until: <strong><time datetime=\"2026-01-06T10:00:"), "{open}");
    assert!(agent.get("/desk").await.text.contains("<bdi>Ann</bdi>"), "in the lists, too");
    shop.server.clock.advance(frontdesk::time::Span::hours(25));
    assert!(page().await.contains("They must write first."));
    let before = shop.api.asked().len();
    let reply = agent.command(&id, "say", json!({ "text": "Are you still there?" })).await;
    reply.ok();
    {
        let told = || {
            shop.events().into_iter().any(|(_, recorded)| {
            matches!(recorded.event, Event::Undelivered { failure, .. } if failure.reason == frontdesk::dialog::UndeliverableBecause::Window)
        })
        };
        shop.until("the agent is told", told).await;
    }
    assert_eq!(shop.api.asked().len(), before, "and nothing was tried");
}

#[tokio::test]
async fn a_person_in_the_platforms_own_inbox_silences_the_bot() {
    let page_inbox = json!({ "object": "page", "entry": [{ "id": "104005550100273", "messaging": [{ "sender": { "id": "104005550100273" },
        "recipient": { "id": Platform::Messenger.user(1) }, "timestamp": 1,
        "message": { "is_echo": true, "app_id": 263_902_037_430_900_u64, "mid": "m_human", "text": "This is Maria." } }] }] });
    let phone = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "smb_message_echoes", "value": {
        "metadata": { "phone_number_id": "20555" }, "message_echoes": [{ "from": "1", "to": Platform::WhatsApp.user(1), "id": "wamid.h",
        "type": "text", "text": { "body": "This is Maria." } }] } }] }] });
    for (platform, echo) in [(Platform::Messenger, page_inbox), (Platform::WhatsApp, phone)] {
        let shop = Shop::open(platform).await;
        shop.writes(1, "when are you open", 1).await;
        shop.until("the answer", || shop.api.read_by(1).len() == shop.said_to(1).len()).await;
        for _ in 0..2 {
            assert!(shop.deliver(echo.to_string().into_bytes()).await.status.is_success());
        }
        let elsewhere = shop.events().into_iter().filter(|(_, recorded)| matches!(&recorded.event, Event::SaidElsewhere { text, .. } if text == "This is Maria.")).count();
        assert_eq!(elsewhere, 1, "{platform:?}: it is in the transcript, once");
        let before = shop.said_to(1).len();
        shop.writes(1, "when are you open", 2).await;
        assert_eq!(shop.said_to(1).len(), before, "{platform:?}: the bot is silent");
    }
}

#[tokio::test]
async fn what_is_not_text_is_fetched_later_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = frontdesk::store::open(folder.path(), "a test").unwrap();
    let shop = Shop::on(Platform::Telegram, store).await;
    let agent = Agent::admin(&shop.server).await;
    let user = 7_000_000_001_i64;
    let photo = json!({ "update_id": 1, "message": { "message_id": 1, "date": 1, "from": { "id": user, "is_bot": false },
        "chat": { "id": user, "type": "private" }, "caption": "broken", "photo": [{ "file_id": "small" }, { "file_id": "large" }] } });
    assert!(shop.deliver(photo.to_string().into_bytes()).await.status.is_success());
    let kept = || {
        shop.events().into_iter().find_map(|(id, recorded)| match &recorded.event {
            Event::RemoteKept { file, .. } => Some((id, recorded.no, file.clone())),
            _ => None,
        })
    };
    shop.until("it is kept", || kept().is_some()).await;
    let (id, no, file) = kept().unwrap();
    assert_eq!((file.media.as_str(), file.bytes), ("image/png", super::api::PICTURE.len() as u64));
    assert!(
        shop.api.asked().iter().any(|call| call.path.ends_with("/getFile?file_id=large")),
        "the largest was asked for"
    );
    let got = agent.get(&format!("/api/agent/conversations/{id}/files/{no}")).await;
    assert_eq!(got.status.as_u16(), 200, "{}", got.text);

    // What cannot be fetched is said to be lost.
    let voice = json!({ "update_id": 2, "message": { "message_id": 2, "date": 1, "from": { "id": user, "is_bot": false },
        "chat": { "id": user, "type": "private" }, "voice": { "file_id": "gone" } } });
    assert!(shop.deliver(voice.to_string().into_bytes()).await.status.is_success());
    shop.until("it is lost", || {
        shop.events().iter().any(|(_, recorded)| matches!(recorded.event, Event::RemoteLost { .. }))
    })
    .await;
}

#[tokio::test]
async fn a_file_of_an_agent_reaches_the_app_by_an_address_that_nobody_else_knows() {
    let folder = tempfile::tempdir().unwrap();
    let store = frontdesk::store::open(folder.path(), "a test").unwrap();
    let shop = Shop::on(Platform::Telegram, store).await;
    let agent = Agent::admin(&shop.server).await;
    shop.writes(1, "when are you open", 1).await;
    let id = shop.events()[0].0.clone();
    let path = format!("/api/agent/conversations/{id}/files");
    let picture = agent.call(axum::http::Method::POST, &path).header("x-file-name", "lamp.png");
    picture.bytes(super::api::PICTURE).send().await.ok();
    let invoice = agent.call(axum::http::Method::POST, &path).header("x-file-name", "invoice.pdf");
    invoice.bytes(b"%PDF-1.7 an invoice".to_vec()).send().await.ok();
    let bodies = || {
        shop.api
            .asked()
            .into_iter()
            .filter_map(|call| serde_json::from_slice::<Value>(&call.body).ok())
            .collect::<Vec<_>>()
    };
    let text = |body: &Value, key: &str| body[key].as_str().unwrap_or_default().to_owned();
    shop.until("both are sent", || bodies().iter().any(|body| text(body, "text").starts_with("invoice.pdf: "))).await;
    let photo = bodies().iter().map(|body| text(body, "photo")).find(|photo| !photo.is_empty()).unwrap();
    let local = photo.strip_prefix(super::PUBLIC_URL).unwrap();
    let got = shop.server.get(local).send().await;
    assert_eq!((got.status.as_u16(), got.text.len()), (200, String::from_utf8_lossy(super::api::PICTURE).len()));
    assert_eq!(got.headers["cross-origin-resource-policy"], "cross-origin", "a page of the owner's may show it");
    // Another name of the file, another event, or a conversation of the website: nothing.
    let guessed = format!("{}0", &local[..local.len() - 1]);
    let guessed = if guessed == local { format!("{}1", &local[..local.len() - 1]) } else { guessed };
    assert_eq!(shop.server.get(&guessed).send().await.status, 404);
    assert_eq!(shop.server.get(&local.replace("/shared/c_", "/shared/x_")).send().await.status, 404);
}

#[tokio::test]
async fn what_the_bot_had_not_sent_yet_is_held_back_when_a_person_speaks() {
    let shop = Shop::open(Platform::Telegram).await;
    let agent = Agent::admin(&shop.server).await;
    shop.writes(1, "when are you open", 1).await;
    shop.until("the first answers", || shop.api.read_by(1).len() == shop.said_to(1).len()).await;
    shop.api.next(1, [super::api::Behaviour::TooMuch(20)]);
    let tried = shop.api.asked().len();
    shop.writes(1, "when are you open", 2).await;
    shop.until("it was tried", || shop.api.asked().len() > tried).await;
    let id = shop.events()[0].0.clone();
    // A moment later she speaks.
    shop.server.clock.advance(frontdesk::time::Span::seconds(1));
    agent.command(&id, "say", json!({ "text": "Hello, this is Maria." })).await.ok();
    shop.server.clock.advance(frontdesk::time::Span::seconds(20));
    shop.until("she is heard", || shop.api.read_by(1).iter().any(|text| text == "Hello, this is Maria.")).await;
    let held_back =
        shop.events().iter().filter(|(_, recorded)| matches!(recorded.event, Event::BotSaidCancelled { .. })).count();
    assert!(held_back > 0, "what the bot said before is held back");
    let late = shop.api.read_by(1).into_iter().filter(|text| text.starts_with("We are open")).count();
    assert_eq!(late, 1, "and does not come between her words");
    let page = agent.get(&format!("/desk/c/{id}")).await;
    assert!(page.text.contains("not sent"), "the desk says so");
}

#[tokio::test]
async fn a_beginning_that_is_told_twice_greets_once() {
    let user: i64 = Platform::Telegram.user(1).parse().unwrap();
    let start = json!({ "update_id": 5, "message": { "message_id": 1, "date": 1, "text": "/start",
        "from": { "id": user, "is_bot": false }, "chat": { "id": user, "type": "private" } } });
    let shop = Shop::open(Platform::Telegram).await;
    for _ in 0..2 {
        assert!(shop.deliver(start.to_string().into_bytes()).await.status.is_success());
    }
    assert_eq!(shop.said_to(1).iter().filter(|text| *text == "Welcome.").count(), 1);
    // Another one begins anew.
    let again = start.to_string().replace("\"update_id\":5", "\"update_id\":6");
    assert!(shop.deliver(again.into_bytes()).await.status.is_success());
    assert_eq!(shop.said_to(1).iter().filter(|text| *text == "Welcome.").count(), 2);
}

#[tokio::test]
async fn everything_of_a_message_with_several_files_is_kept() {
    let picture =
        |number: u32| json!({ "type": "image", "payload": { "url": format!("https://cdn.example/{number}.png") } });
    let message = json!({ "object": "page", "entry": [{ "id": "104005550100273", "messaging": [{ "sender": { "id": Platform::Messenger.user(1) },
        "timestamp": 1, "message": { "mid": "m_three", "text": "three views", "attachments": [picture(1), picture(2), picture(3)] } }] }] });
    let shop = Shop::open(Platform::Messenger).await;
    assert!(shop.deliver(message.to_string().into_bytes()).await.status.is_success());
    let sent = shop.events().iter().filter(|(_, recorded)| matches!(recorded.event, Event::RemoteSent { .. })).count();
    assert_eq!((sent, said(&shop.events())), (3, vec!["three views".to_owned()]));
}

#[tokio::test]
async fn a_number_said_to_a_person_is_no_button() {
    let shop = Shop::open(Platform::Twilio).await;
    let agent = Agent::admin(&shop.server).await;
    shop.writes(1, "I want to choose a colour", 1).await;
    let id = shop.events()[0].0.clone();
    agent.command(&id, "say", json!({ "text": "How many would you like?" })).await.ok();
    shop.writes(1, "2", 2).await;
    let words = shop.events().into_iter().filter_map(|(_, recorded)| match recorded.event {
        Event::VisitorSaid { text, pressed, .. } => Some((text, pressed.is_some())),
        _ => None,
    });
    assert_eq!(words.last(), Some(("2".to_owned(), false)));
}

#[tokio::test]
async fn whoever_goes_silent_in_another_inbox_loses_the_visitor_to_the_desk_and_anybody_may_take_over() {
    let phone = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "smb_message_echoes", "value": {
        "metadata": { "phone_number_id": "20555" }, "message_echoes": [{ "from": "1", "to": Platform::WhatsApp.user(1), "id": "wamid.h",
        "type": "text", "text": { "body": "This is Maria." } }] } }] }] });
    let shop = Shop::open(Platform::WhatsApp).await;
    let admin = Agent::admin(&shop.server).await;
    let agent = admin.hired("Nikos", "agent").await;
    shop.writes(1, "when are you open", 1).await;
    assert!(shop.deliver(phone.to_string().into_bytes()).await.status.is_success());
    let id = shop.events()[0].0.clone();
    agent.command(&id, "claim", json!({})).await.ok();
    let last = shop.events().into_iter().rev().find_map(|(_, recorded)| match recorded.event {
        Event::Assigned { agent, .. } => Some(agent.name),
        _ => None,
    });
    assert_eq!(last.as_deref(), Some("Nikos"));
}

#[tokio::test]
async fn a_button_of_an_older_conversation_is_answered_also_where_the_platform_tells_no_label() {
    for platform in [Platform::Line, Platform::Viber] {
        let shop = Shop::open(platform).await;
        let agent = Agent::admin(&shop.server).await;
        shop.writes(1, "I want to choose a colour", 1).await;
        shop.until("buttons", || !buttons(&shop).is_empty()).await;
        let (payload, label) = buttons(&shop).into_iter().find(|(_, label)| label == "Blue").unwrap();
        let first = shop.events()[0].0.clone();
        crate::http_desk::close(&shop.server, &agent, &first).await;
        shop.writes(1, "when are you open", 2).await;
        let before = shop.said_to_last().len();
        // Of the conversation before: what it says is what they mean.
        assert!(shop.deliver(press(platform, 1, &payload, &label)).await.status.is_success());
        assert_eq!(said(&shop.events()).last().map(String::as_str), Some("Blue"), "{platform:?}");
        assert!(shop.said_to_last().len() > before, "{platform:?}: and it is answered");
        // Of nobody's: they are answered as who was not understood.
        let before = shop.said_to_last().len();
        let unknown = press(platform, 1, "fd.0123456789ab.7.0", "").to_vec();
        let unknown = String::from_utf8(unknown)
            .unwrap()
            .replace("01P", "01Q")
            .replace("5741311803571726087", "5741311803571726088");
        assert!(shop.deliver(unknown.into_bytes()).await.status.is_success());
        assert!(shop.said_to_last().len() > before, "{platform:?}: {:?}", said(&shop.events()));
    }
}

#[tokio::test]
async fn who_presses_a_button_that_nobody_knows_any_more_is_greeted() {
    let shop = Shop::open(Platform::Line).await;
    let unknown = press(Platform::Line, 1, "fd.0123456789ab.7.0", "");
    assert!(shop.deliver(unknown).await.status.is_success());
    assert_eq!(shop.said_to(1), ["Welcome."]);
}

#[tokio::test]
async fn what_somebody_writes_first_in_the_platforms_inbox_begins_a_conversation_that_the_bot_leaves_alone() {
    let page_inbox = json!({ "object": "page", "entry": [{ "id": "104005550100273", "messaging": [{ "sender": { "id": "104005550100273" },
        "recipient": { "id": Platform::Messenger.user(1) }, "timestamp": 1,
        "message": { "is_echo": true, "app_id": 263_902_037_430_900_u64, "mid": "m_human", "text": "Your lamp is ready." } }] }] });
    let phone = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "smb_message_echoes", "value": {
        "metadata": { "phone_number_id": "20555" }, "message_echoes": [{ "from": "1", "to": Platform::WhatsApp.user(1), "id": "wamid.h",
        "type": "text", "text": { "body": "Your lamp is ready." } }] } }] }] });
    for (platform, echo) in [(Platform::Messenger, page_inbox), (Platform::WhatsApp, phone)] {
        let shop = Shop::open(platform).await;
        let agent = Agent::admin(&shop.server).await;
        for _ in 0..2 {
            assert!(shop.deliver(echo.to_string().into_bytes()).await.status.is_success());
        }
        let events = shop.events();
        let of = |wanted: &dyn Fn(&Event) -> bool| events.iter().filter(|(_, one)| wanted(&one.event)).count();
        let elsewhere =
            |event: &Event| matches!(event, Event::SaidElsewhere { text, .. } if text == "Your lamp is ready.");
        assert_eq!((of(&|event| matches!(event, Event::Opened { .. })), of(&elsewhere)), (1, 1), "{platform:?}: once");
        // The reply is for whoever wrote, and stands in the same conversation, which the desk sees.
        shop.writes(1, "when are you open", 1).await;
        assert_eq!(shop.said_to(1), [""; 0], "{platform:?}: the bot is silent");
        let id = shop.events()[0].0.clone();
        assert!(shop.events().iter().all(|(other, _)| *other == id));
        let page = agent.get(&format!("/desk/c/{id}")).await.text;
        assert!(page.contains("Your lamp is ready.") && page.contains("when are you open"), "{platform:?}");
    }
}

#[tokio::test]
async fn whoever_writes_for_the_first_time_waits_for_no_more_than_two_commits() {
    let shop = Shop::open(Platform::WhatsApp).await;
    shop.writes(1, "when are you open", 1).await;
    let log = shop.server.engine.store().log(Position(0), 2).unwrap();
    let of_person = matches!(log[0].stream, StreamId::Contact(..));
    assert!(of_person && log[0].events.len() == 3, "who they are, their number and what the app tells are one commit");
    assert!(matches!(log[1].stream, StreamId::Conversation(..)), "and what they wrote is the next");
}
