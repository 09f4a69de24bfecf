//! `frontdesk channels check`: what it asks, what it says of the answers, and what it must not do.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::Api;
use super::desk::GROUP;
use super::platform::{self, PUBLIC_URL, Platform};
use crate::support::process::{run_with_env, text};

/// What `channels check` says, and whether all is well.
fn check(settings: &str, args: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("frontdesk.yaml"), settings).unwrap();
    let secrets = ["TOKEN", "DESK_TOKEN", "SECRET", "WEBHOOK_SECRET"];
    let secrets = secrets.map(|name| (name, platform::env(name).unwrap()));
    let env: Vec<_> = secrets.iter().map(|(name, secret)| (*name, secret.as_str())).collect();
    let output = run_with_env(Path::new(folder.path()), &[&["channels", "check"], args].concat(), &env);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    for (name, secret) in &secrets {
        assert!(!said.contains(secret), "{name} is shown: {said}");
    }
    (output.status.success(), said)
}

/// A system of the owner's that writes down what it is asked, and knows nothing but its own POST.
async fn system(status: StatusCode) -> (String, Arc<Mutex<Vec<(Method, usize)>>>) {
    let seen: Arc<Mutex<Vec<(Method, usize)>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let answer = move |method: Method, body: Bytes| async move {
        noted.lock().unwrap().push((method, body.len()));
        status
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (url, seen)
}

/// What Telegram says of the operators' group and of the bot in it.
fn lies_at(api: &Api, method: &str, answer: &Value) {
    let token = platform::env("DESK_TOKEN").unwrap();
    api.serve(&format!("/bot{token}/{method}"), answer.to_string().as_bytes());
}

fn group(chat: &Value) -> Value {
    json!({ "ok": true, "result": chat })
}

fn refused(said: &str) -> Value {
    json!({ "ok": false, "error_code": 400, "description": said })
}

fn settings(public_url: &str, rest: &str) -> String {
    format!("public_url: {public_url}\nsites: {{ shop: {{}} }}\n{rest}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_up_that_is_right_is_found_right_and_nobody_hears_of_it() {
    let api = Api::start(Platform::Telegram).await;
    lies_at(&api, "getChat", &group(&json!({ "type": "supergroup", "title": "Our desk", "is_forum": true })));
    lies_at(&api, "getChatMember", &group(&json!({ "status": "administrator", "can_manage_topics": true })));
    let (url, seen) = system(StatusCode::METHOD_NOT_ALLOWED).await;
    let all = format!(
        "channels:\n  telegram: {{ token: TOKEN, secret: SECRET, username: Shop_Desk_Bot, api: '{0}' }}\n  \
         webhook: {{ secret: WEBHOOK_SECRET, url: '{url}' }}\n\
         telegram_desk: {{ token: DESK_TOKEN, secret: SECRET, group: {GROUP}, api: '{0}' }}\n\
         events: [{{ secret: WEBHOOK_SECRET, url: '{url}', site: shop }}]\n",
        api.url
    );
    let (well, said) = check(&settings(PUBLIC_URL, &all), &[]);
    assert!(well, "{said}");
    for line in [
        "telegram (site shop)\n  webhook   https://bot.example.com/webhooks/telegram\n  ok        token: @shop_desk_bot\n  \
         ok        webhook: registered\n",
        "telegram-desk (site shop)\n",
        "  ok        group: \"Our desk\", a topic for each conversation\n  \
         ok        rights: the bot is an admin who may manage topics\n",
        &format!("events (site shop)\n  address   {url}\n  ok        url: somebody answers (nothing was sent)\n"),
    ] {
        assert!(said.contains(line), "{line}\nin\n{said}");
    }
    // The channel's address and that for events: each is asked whether it is there, in the way that changes nothing.
    assert_eq!(*seen.lock().unwrap(), [(Method::OPTIONS, 0), (Method::OPTIONS, 0)]);
    assert!(api.asked().iter().all(|asked| !asked.path.ends_with("/sendMessage")), "{:?}", api.asked());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_operators_bot_lacks_in_its_group_is_said() {
    let api = Api::start(Platform::Telegram).await;
    let desk = format!("telegram_desk: {{ token: DESK_TOKEN, secret: SECRET, group: {GROUP}, api: '{}' }}\n", api.url);
    let forum = group(&json!({ "type": "supergroup", "title": "Our desk", "is_forum": true }));
    let plain = group(&json!({ "type": "group", "title": "Our desk" }));
    let is = |status: &str| group(&json!({ "status": status }));
    let moved = json!({ "ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded",
        "parameters": { "migrate_to_chat_id": -100_777 } });
    for (chat, member, well, expected) in [
        (
            &refused("Bad Request: chat not found"),
            is("member"),
            false,
            "PROBLEM   group: Bad Request: chat not found; is the number right",
        ),
        (
            &moved,
            is("member"),
            false,
            "PROBLEM   group: it has another number since it became a supergroup: write group: -100777",
        ),
        (&group(&json!({ "type": "private" })), is("member"), false, "is a person, not a group"),
        (&forum, is("member"), false, "PROBLEM   rights: the bot is no admin: make it one who may manage topics"),
        (&forum, is("administrator"), false, "PROBLEM   rights: the bot is an admin who may not manage topics"),
        (&forum, is("left"), false, "PROBLEM   rights: the bot is not in the group: add it"),
        (&plain, is("kicked"), false, "PROBLEM   rights: the bot is not in the group: add it"),
        (
            &plain,
            is("member"),
            true,
            "without topics: operators answer by replying to the bot's messages\n  ok        rights: the bot is a member",
        ),
    ] {
        lies_at(&api, "getChat", chat);
        lies_at(&api, "getChatMember", &member);
        let (is_well, said) = check(&settings(PUBLIC_URL, &desk), &["telegram_desk"]);
        assert!(said.contains(expected) && is_well == well, "{expected}\nin\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_another_bots_and_a_system_that_is_not_there_are_problems() {
    let api = Api::start(Platform::Telegram).await;
    let telegram = |rest: &str| format!("channels: {{ telegram: {{ token: TOKEN, secret: SECRET, {rest} }} }}\n");
    let named = telegram(&format!("username: LampsBot, api: '{}'", api.url));
    let (moved, gone) = (system(StatusCode::MOVED_PERMANENTLY).await.0, system(StatusCode::BAD_GATEWAY).await.0);
    let events = |url: &str| format!("events: [{{ secret: WEBHOOK_SECRET, url: '{url}' }}]\n");
    let unheard = telegram("api: 'https://127.0.0.1:9'");
    for (public_url, rest, expected) in [
        (
            PUBLIC_URL,
            named.as_str(),
            "PROBLEM   token: it is the token of @shop_desk_bot, and `username` says @LampsBot",
        ),
        (PUBLIC_URL, &events(&moved), "PROBLEM   url: it leads elsewhere (status 301)"),
        (PUBLIC_URL, &events(&gone), "PROBLEM   url: nothing serves it now (status 502)"),
        (PUBLIC_URL, &events("http://127.0.0.1:9"), "PROBLEM   url: it could not be reached: "),
        (PUBLIC_URL, &unheard, "PROBLEM   token: it could not be reached: "),
        // What is registered there would never be called, and another server's registration would be lost.
        (
            "http://bot.example.com",
            &unheard,
            "PROBLEM   webhook: left as it is: platforms call https addresses alone, and public_url is \"http://bot.example.com\"",
        ),
    ] {
        let (well, said) = check(&settings(public_url, rest), &[]);
        assert!(said.contains(expected) && !well, "{expected}\nin\n{said}");
    }
    // A trial on this machine has no https.
    let trial = telegram(&format!("api: '{}'", api.url));
    let (well, said) = check(&settings("http://127.0.0.1:8080", &trial), &[]);
    assert!(well && said.contains("ok        webhook: registered"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_account_can_be_checked_alone() {
    let api = Api::start(Platform::Telegram).await;
    let two = format!(
        "channels:\n  telegram:\n  - {{ account: uk, token: TOKEN, secret: SECRET, api: '{0}' }}\n  \
         - {{ account: gr, token: DESK_TOKEN, secret: SECRET, api: '{0}' }}\n",
        api.url
    );
    let (well, said) = check(&settings(PUBLIC_URL, &two), &["telegram", "gr"]);
    assert!(well && said.contains("telegram gr (site shop)") && !said.contains("telegram uk"), "{said}");
    assert!(api.asked().iter().all(|asked| asked.path.starts_with("/bot124:")), "{:?}", api.asked());
    for (args, expected) in [
        (&["telegram", "ug"][..], "telegram has no account \"ug\": there are gr, uk"),
        (&["telegrm"], "No channel \"telegrm\" is set up: did you mean \"telegram\"?"),
        (&["viber"], "No channel \"viber\" is set up: it is not under `channels:` in frontdesk.yaml"),
    ] {
        let (well, said) = check(&settings(PUBLIC_URL, &two), args);
        assert!(!well && said.contains(expected), "{expected}\nin\n{said}");
    }
}
