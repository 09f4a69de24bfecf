//! A conversation that begins on the website and goes on in an app, by a link; and one person whom two channels know.

use std::collections::BTreeMap;

use frontdesk::dialog::Event;
use frontdesk::id::Position;
use frontdesk::store::{self, StreamId};
use serde_json::{Value, json};

use super::platform::{ALL, PUBLIC_URL, Platform};
use super::{Shop, env};
use crate::support::server::{Agent, Server, Visitor};

/// What a link looks like on each platform, around its code; none where the platform has no links.
fn link(platform: Platform, code: &str) -> Option<(&'static str, String)> {
    Some(match platform {
        Platform::Telegram => ("Telegram", format!("https://t.me/LampsBot?start={code}")),
        Platform::WhatsApp => ("WhatsApp", format!("https://wa.me/442079460000?text={code}")),
        Platform::Messenger => ("Messenger", format!("https://m.me/104005550100273?ref={code}")),
        Platform::Twilio => ("SMS", format!("sms:+442079460000?&body={code}")),
        Platform::Line => ("LINE", format!("https://line.me/R/oaMessage/%40lamps/?{code}")),
        Platform::Viber => ("Viber", format!("viber://pa?chatURI=lamps&text={code}")),
        Platform::Slack | Platform::Webhook => return None,
    })
}

/// What the platform delivers when somebody follows it.
fn followed(platform: Platform, user: usize, code: &str) -> Vec<u8> {
    match platform {
        Platform::Telegram => platform.text_from(user, &format!("/start {code}"), 900),
        Platform::Messenger => json!({ "object": "page", "entry": [{ "id": "104005550100273", "messaging": [{
            "sender": { "id": platform.user(user) }, "timestamp": 5, "referral": { "ref": code, "source": "SHORTLINK", "type": "OPEN_THREAD" } }] }] })
        .to_string()
        .into_bytes(),
        platform => platform.text_from(user, &format!("{} ", code.to_uppercase()), 900),
    }
}

/// The code of a link.
fn code_of(made: &Value) -> String {
    let url = made["url"].as_str().unwrap();
    url.strip_prefix(&format!("{PUBLIC_URL}/continue#")).unwrap_or_else(|| panic!("{url}")).to_owned()
}

async fn ask(server: &Server, path: &str, code: &str) -> crate::support::server::Reply {
    server.post(path, json!({ "code": code })).send().await
}

#[tokio::test]
async fn a_conversation_of_the_website_goes_on_in_every_app() {
    for platform in ALL {
        let shop = Shop::open(platform).await;
        let visitor = Visitor::new(&shop.server).await;
        visitor.say("I want to choose a colour").await;
        let code = code_of(&visitor.post("/api/visitor/continue", json!({})).await.ok());
        let ways = ask(&shop.server, "/api/continue", &code).await.ok();
        let expected = link(platform, &code).map(|(app, url)| json!({ "app": app, "url": url }));
        assert_eq!(ways["apps"], json!(Vec::from_iter(expected)), "{platform:?}");
        assert!(ways["qr"].as_str().unwrap().contains("<svg"));

        assert!(shop.deliver(followed(platform, 1, &code)).await.status.is_success(), "{platform:?}");
        shop.until("the question, once more", || shop.api.read_by(1).iter().any(|text| text.contains("Which colour")))
            .await;
        assert!(shop.api.read_by(1)[0].contains("We go on here"), "{platform:?}: {:?}", shop.api.read_by(1));
        shop.writes(1, "Blue", 2).await;
        let blue = |event: &Event| matches!(event, Event::BotSaid { message, .. } if message.text == "Blue it is.");
        assert!(
            shop.events().iter().any(|(_, seen)| blue(&seen.event)),
            "{platform:?}: the answer to the open question"
        );
        let old = shop.server.get("/api/visitor/events?after=0").bearer(&visitor.token).send().await;
        assert_eq!(old.status, 401, "{platform:?}: the browser that was left reads nothing: {}", old.text);
        let opened = shop.events().iter().filter(|(_, seen)| matches!(seen.event, Event::Opened { .. })).count();
        assert_eq!(opened, 1, "{platform:?}: it is the same conversation");
        // The platform says it once more, and somebody else has seen the code.
        let before = shop.events().len();
        assert!(shop.deliver(followed(platform, 1, &code)).await.status.is_success());
        assert_eq!(shop.events().len(), before, "{platform:?}: a repeat acts once");
        // And they press it once more, which is another message.
        let again = match platform {
            Platform::Messenger => continue,
            platform => platform.text_from(1, &code, 901),
        };
        assert!(shop.deliver(again).await.status.is_success());
        shop.until("the sentence", || shop.api.read_by(1).iter().any(|text| text.contains("has been used"))).await;
        let restarted = shop.events().iter().filter(|(_, seen)| matches!(seen.event, Event::Opened { .. })).count();
        assert_eq!(restarted, 1, "{platform:?}: nothing is begun anew");
        ask(&shop.server, "/api/continue", &code).await.refused(404, "not_found");
        ask(&shop.server, "/api/continue/here", &code).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_conversation_of_an_app_goes_on_in_a_browser() {
    let shop = Shop::open(Platform::Telegram).await;
    let agent = Agent::admin(&shop.server).await;
    shop.writes(1, "I want to choose a colour", 1).await;
    let id = shop.events()[0].0.clone();
    let code = code_of(&agent.command(&id, "link", json!({})).await.ok());
    let here = ask(&shop.server, "/api/continue/here", &code).await.ok();
    let token = here["token"].as_str().expect("a new visitor").to_owned();
    let session =
        shop.server.post("/api/visitor/session", json!({ "site": "default" })).bearer(&token).send().await.ok();
    assert_eq!(session["conversation"]["id"], json!(id));
    let said: Vec<_> =
        session["events"].as_array().unwrap().iter().filter_map(|event| event["text"].as_str()).collect();
    assert!(said.contains(&"I want to choose a colour"), "with all that was said: {said:?}");
    // What is said now is read where they are.
    agent.command(&id, "claim", json!({})).await.ok();
    agent.command(&id, "say", json!({ "text": "In the browser?" })).await.ok();
    // Who signs out there is read in the app again.
    shop.server.post("/api/visitor/forget", json!({})).bearer(&token).send().await;
    agent.command(&id, "say", json!({ "text": "In the app, then" })).await.ok();
    shop.until("the app's message", || shop.api.read_by(1).iter().any(|text| text == "In the app, then")).await;
    assert!(!shop.api.read_by(1).iter().any(|text| text == "In the browser?"));
    let gone = shop.server.get("/api/visitor/events?after=0").bearer(&token).send().await;
    assert_eq!(gone.status, 401, "and nothing is read in the browser any more: {}", gone.text);
}

#[tokio::test]
async fn nobody_makes_or_follows_links_of_others() {
    let shop = Shop::open(Platform::Telegram).await;
    let admin = Agent::admin(&shop.server).await;
    let other = admin.hired_for("Bob", &["default"], &["second"]).await;
    let visitor = Visitor::new(&shop.server).await;
    visitor.say("I want to talk to a person").await;
    other.command(visitor.conversation(), "link", json!({})).await.refused(404, "not_found");
    shop.server.post("/api/visitor/continue", json!({})).send().await.refused(401, "no_token");
    let code = code_of(&visitor.post("/api/visitor/continue", json!({})).await.ok());
    let from_elsewhere =
        shop.server.post("/api/continue/here", json!({ "code": code })).header("origin", "https://evil.test");
    assert_eq!(from_elsewhere.send().await.status, 403);
    for bad in ["", "chat-", "chat-aaaaaaaaaaaaaaaa", &code.replace("chat-", "")] {
        ask(&shop.server, "/api/continue", bad).await.refused(404, "not_found");
    }
    assert!(ask(&shop.server, "/api/continue", &code).await.status.is_success(), "it works still");
}

#[tokio::test]
async fn a_number_and_a_proved_address_make_one_person_of_all_channels() {
    let whatsapp = Platform::WhatsApp.settings("http://127.0.0.1:9");
    let (twilio, webhook) =
        (Platform::Twilio.settings("http://127.0.0.1:9"), Platform::Webhook.settings("http://127.0.0.1:9"));
    let server = Server::with_channels(store::memory().unwrap(), &format!("{whatsapp}{twilio}{webhook}"), &env);
    let agent = Agent::admin(&server).await;
    let now = server.clock.now().0 / 1_000;
    let deliver = |platform: Platform, body: Vec<u8>| {
        let call = server.call(axum::http::Method::POST, &platform.path());
        platform.signed(&body, now).iter().fold(call, |call, (name, value)| call.header(name, value)).bytes(body)
    };
    let number = Platform::WhatsApp.user(1);
    let sms = format!("From=%2B{number}&To=%2B442079460000&Body=hello&MessageSid=SM1").into_bytes();
    let hook = |id: &str, verified: Value| {
        let body = json!({ "type": "message", "id": id, "user": id, "text": "hello", "phone": format!("+{number}"), "verified": verified });
        body.to_string().into_bytes()
    };
    assert!(deliver(Platform::WhatsApp, Platform::WhatsApp.text_from(1, "hello", 1)).send().await.status.is_success());
    let began = std::time::Instant::now();
    while server.engine.store().scan(store::Space::Unique, "vouched/", None, 1).unwrap().is_empty() {
        assert!(began.elapsed() < super::PATIENCE, "the number is never written down");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    assert!(deliver(Platform::Twilio, sms).send().await.status.is_success());
    assert!(deliver(Platform::Webhook, hook("w1", json!(["phone"]))).send().await.status.is_success());
    assert!(deliver(Platform::Webhook, hook("w2", json!([]))).send().await.status.is_success());
    let log = server.engine.store().log(Position(0), 1_000).unwrap();
    let mut people = BTreeMap::new();
    for commit in log {
        let StreamId::Contact(_, id) = commit.stream else { continue };
        let sheet = agent.get(&format!("/api/agent/people/{id}")).await.ok();
        people.insert(sheet["id"].to_string(), sheet);
    }
    let mut counts: Vec<_> = people.values().map(|sheet| sheet["contacts"].as_array().unwrap().len()).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 3], "who only says a number is somebody else: {people:#?}");
    let others = people.values().flat_map(|sheet| sheet["contacts"].as_array().unwrap().iter().skip(1));
    assert!(others.clone().all(|contact| contact["same_by"] == "phone"), "{people:#?}");
}
