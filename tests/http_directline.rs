//! Direct Line over plain requests: who may call, what is said and heard once, watermarks, files, and what bad input gets.

use std::time::Duration;

use axum::http::Method;
use frontdesk::http::DirectLine;
use frontdesk::time::Span;
use serde_json::{Value, json};

use crate::support::server::{ALLOWED, Agent, Call, Reply, Server};

const SECRET: &str = "the secret of direct line";

pub(crate) async fn server() -> Server {
    Server::with(|config| {
        let origins = vec![ALLOWED.parse().unwrap()];
        config.direct_line = DirectLine::new(SECRET.to_owned(), "default".into(), origins);
    })
    .await
}

/// A client with a conversation.
pub(crate) struct Client<'a> {
    server: &'a Server,
    id: String,
    token: String,
    pub(crate) opened: Value,
}

impl<'a> Client<'a> {
    pub(crate) async fn new(server: &'a Server, user: &str) -> Self {
        let made = server.post("/v3/directline/tokens/generate", json!({ "user": { "id": user } }));
        let made = made.bearer(SECRET).send().await.ok();
        let started = server.post("/v3/directline/conversations", json!({}));
        let started = started.bearer(made["token"].as_str().unwrap()).send().await;
        assert_eq!(started.status, 201);
        let opened = started.ok();
        assert_eq!(opened["conversationId"], made["conversationId"], "the conversation of the token");
        let text = |name: &str| opened[name].as_str().unwrap().to_owned();
        Self { server, id: text("conversationId"), token: text("token"), opened }
    }

    /// The same with a new token.
    pub(crate) async fn refreshed(self) -> Self {
        let refreshed =
            self.server.call(Method::POST, "/v3/directline/tokens/refresh").bearer(&self.token).send().await;
        Self { token: refreshed.ok()["token"].as_str().unwrap().to_owned(), ..self }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v3/directline/conversations/{}{rest}", self.id)
    }

    fn get(&self, rest: &str) -> Call {
        self.server.get(&self.path(rest)).bearer(&self.token)
    }

    async fn post(&self, activity: Value) -> Reply {
        self.server.post(&self.path("/activities"), activity).bearer(&self.token).send().await
    }

    pub(crate) async fn say(&self, text: &str) -> String {
        let posted = self.post(json!({ "type": "message", "from": { "id": "zoe" }, "text": text })).await.ok();
        posted["id"].as_str().unwrap().to_owned()
    }

    /// What is new after a watermark, and the next one.
    async fn heard(&self, watermark: &str) -> (Vec<Value>, String) {
        let set = self.get(&format!("/activities?watermark={watermark}")).send().await.ok();
        (set["activities"].as_array().unwrap().clone(), set["watermark"].as_str().unwrap().to_owned())
    }
}

fn texts(activities: &[Value]) -> Vec<&str> {
    activities.iter().map(|activity| activity["text"].as_str().unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_client_talks_and_hears_everything_once() {
    let server = server().await;
    let zoe = Client::new(&server, "zoe").await;
    assert_eq!(zoe.opened["expires_in"], 1_800);
    let (greeting, mark) = zoe.heard("").await;
    assert_eq!(texts(&greeting), ["Welcome."]);
    assert_eq!(greeting[0]["from"], json!({ "id": "bot", "name": "Test Shop", "role": "bot" }));
    assert_eq!(greeting[0]["suggestedActions"]["actions"][0]["value"], "Opening hours");

    let activity = json!({
        "type": "message", "from": { "id": "zoe" }, "text": "when are you open",
        "channelData": { "clientActivityID": "17.a" },
    });
    let id = zoe.post(activity.clone()).await.ok()["id"].clone();
    assert_eq!(zoe.post(activity).await.ok()["id"], id, "a repeat has the same answer");
    let (news, mark) = zoe.heard(&mark).await;
    assert_eq!(texts(&news)[..2], ["when are you open", "We are open from nine to five."]);
    assert_eq!(news.iter().filter(|activity| activity["from"]["role"] == "user").count(), 1, "and acts once");
    assert_eq!((&news[0]["id"], &news[0]["from"]), (&id, &json!({ "id": "zoe", "role": "user" })));
    assert_eq!(news[0]["channelData"]["clientActivityID"], "17.a");
    assert_eq!(zoe.heard(&mark).await.0, Vec::<Value>::new());

    let again = zoe.get("?watermark=").send().await.ok();
    assert_eq!(again["conversationId"], zoe.id.as_str());
    let reopened = server.post("/v3/directline/conversations", json!({})).bearer(&zoe.token).send().await;
    assert_eq!(reopened.status, 200, "it has begun before");
    let refreshed = server.call(Method::POST, "/v3/directline/tokens/refresh").bearer(&zoe.token).send().await.ok();
    assert_eq!((&refreshed["conversationId"], &refreshed["expires_in"]), (&json!(zoe.id), &json!(1_800)));
}

#[tokio::test]
async fn the_secret_is_a_bearer_for_everything() {
    let server = server().await;
    let begun = json!({ "user": { "id": "max" }, "locale": "en-GB" });
    let begun = server.post("/v3/directline/conversations", begun).bearer(SECRET).send().await.ok();
    let path = format!("/v3/directline/conversations/{}", begun["conversationId"].as_str().unwrap());
    let said = json!({ "type": "message", "text": "when are you open" });
    server.post(&format!("{path}/activities"), said).bearer(SECRET).send().await.ok();
    let heard = server.get(&format!("{path}/activities")).bearer(SECRET).send().await.ok();
    assert_eq!(heard["activities"][1]["from"], json!({ "id": "max", "role": "user" }), "whom the id names");
    server.get(&path).bearer(SECRET).send().await.ok();
    let refresh = server.call(Method::POST, "/v3/directline/tokens/refresh").bearer(SECRET).send().await;
    refresh.refused(400, "BadArgument");
}

#[tokio::test]
async fn who_a_token_does_not_name_the_client_names() {
    let server = server().await;
    let made = server.call(Method::POST, "/v3/directline/tokens/generate").bearer(SECRET).send().await.ok();
    let token = made["token"].as_str().unwrap();
    let begun = server.post("/v3/directline/conversations", json!({ "user": { "id": "dl_7" } }));
    let begun = begun.bearer(token).send().await.ok();
    assert_eq!(begun["conversationId"], made["conversationId"]);
    let path = format!("/v3/directline/conversations/{}/activities", made["conversationId"].as_str().unwrap());
    let token = begun["token"].as_str().unwrap();
    server.post(&path, json!({ "type": "message", "text": "hi" })).bearer(token).send().await.ok();
    let heard = server.get(&path).bearer(token).send().await.ok();
    assert_eq!(heard["activities"][1]["from"]["id"], "dl_7");
}

#[tokio::test]
async fn buttons_are_pressed_by_their_words_or_their_value() {
    let server = server().await;
    let zoe = Client::new(&server, "zoe").await;
    let mark = zoe.heard("").await.1;
    zoe.say("I want to choose a colour").await;
    let (asked, mark) = zoe.heard(&mark).await;
    let asked = asked.last().unwrap();
    let blue = &asked["suggestedActions"]["actions"][1];
    assert_eq!(blue, &json!({ "type": "imBack", "title": "Blue", "value": "Blue" }));
    zoe.say(blue["value"].as_str().unwrap()).await;
    let (chosen, mark) = zoe.heard(&mark).await;
    assert_eq!(texts(&chosen)[..2], ["Blue", "Blue it is."]);
    let attachments = &chosen[1]["attachments"];
    assert_eq!(attachments[0]["contentUrl"], "https://shop.test/Blue.png");
    assert_eq!(attachments[1]["content"]["buttons"][0]["value"], "https://shop.test/colours");

    zoe.say("I want to choose a colour").await;
    let (asked, mark) = zoe.heard(&mark).await;
    let (conversation, event) = asked.last().unwrap()["id"].as_str().unwrap().split_once('.').unwrap();
    let value = json!({ "conversation": conversation, "event": event.parse::<u64>().unwrap(), "option": 0 });
    let press = |value: Value| {
        zoe.post(json!({ "type": "message", "text": "Red", "value": value, "channelData": { "messageBack": {} } }))
    };
    press(value.clone()).await.ok();
    let (pressed, _) = zoe.heard(&mark).await;
    assert_eq!(texts(&pressed)[..2], ["Red", "Red it is."]);
    let mut unknown = value.clone();
    unknown["option"] = json!(9);
    press(unknown).await.refused(404, "not_found");
    let mut elsewhere = value;
    elsewhere["conversation"] = json!("c_0192f0c1a2b37d6e8f901a2b3c4d5e6f");
    press(elsewhere).await.ok();
    zoe.post(json!({ "type": "message", "value": "when are you open", "channelData": { "postBack": true } }))
        .await
        .ok();
}

#[tokio::test]
async fn an_agents_words_come_with_their_name() {
    let server = server().await;
    let ada = Agent::admin(&server).await;
    let zoe = Client::new(&server, "zoe").await;
    let mark = zoe.heard("").await.1;
    let (id, _) = mark.split_once('.').unwrap();
    ada.command(id, "say", json!({ "text": "Ada here." })).await.ok();
    let (said, _) = zoe.heard(&mark).await;
    assert_eq!(texts(&said), ["Ada has joined the conversation.", "Ada here."]);
    assert_eq!(said[1]["from"], json!({ "id": "agent/Ada", "name": "Ada", "role": "bot" }));
}

#[tokio::test]
async fn whoever_is_blocked_is_told_so_and_not_to_try_again() {
    let server = server().await;
    let ada = Agent::admin(&server).await;
    let zoe = Client::new(&server, "zoe").await;
    let mark = zoe.heard("").await.1;
    let (id, _) = mark.split_once('.').unwrap();
    let card = ada.get(&format!("/api/agent/conversations/{id}")).await.ok();
    let person = card["card"]["person"]["id"].as_str().unwrap().to_owned();
    ada.post(&format!("/api/agent/people/{person}/block"), json!({ "reason": "rude" })).await.ok();
    zoe.post(json!({ "type": "message", "text": "hi" })).await.refused(409, "blocked");
}

#[tokio::test]
async fn a_new_conversation_goes_on_in_the_same_one_of_direct_line() {
    let server = server().await;
    let mut zoe = Client::new(&server, "zoe").await;
    let mut mark = zoe.heard("").await.1;
    let mut all = Vec::new();
    let mut conversations = vec![mark.split_once('.').unwrap().0.to_owned()];
    for _ in 0..3 {
        zoe.say("when are you open").await;
        server.clock.advance(Span::days(2));
        let address = server.engine.conversation(conversations.last().unwrap().parse().unwrap()).unwrap().unwrap();
        let address = address.opening.as_ref().unwrap().address.clone();
        let closed = async {
            while server.engine.current(&address).unwrap().is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), closed).await.expect("it closes by its deadline");
        // The token has ended meanwhile, and the client has read nothing of what was said.
        zoe.get("/activities").send().await.refused(403, "TokenExpired");
        let path = zoe.path("/activities");
        let say = json!({ "type": "message", "text": "I want to choose a colour" });
        let id = server.post(&path, say).bearer(SECRET).send().await.ok()["id"].as_str().unwrap().to_owned();
        conversations.push(id.split_once('.').unwrap().0.to_owned());
        let mut heard = Vec::new();
        loop {
            let set = server.get(&format!("{path}?watermark={mark}")).bearer(SECRET).send().await.ok();
            mark = set["watermark"].as_str().unwrap().to_owned();
            if set["activities"].as_array().unwrap().is_empty() {
                break;
            }
            heard.extend(set["activities"].as_array().unwrap().clone());
        }
        let said = texts(&heard);
        let place =
            |text: &str| said.iter().position(|said| *said == text).unwrap_or_else(|| panic!("{text}: {said:?}"));
        assert!(place("We are open from nine to five.") < place("I want to choose a colour"), "{said:?}");
        assert_eq!(said.last(), Some(&"Which colour?"), "{said:?}");
        all.extend(heard.iter().map(|activity| activity["id"].as_str().unwrap().to_owned()));
        let again = server.get(&zoe.path("")).bearer(SECRET).send().await.ok();
        zoe.token = again["token"].as_str().unwrap().to_owned();
    }
    conversations.dedup();
    assert_eq!(conversations.len(), 4, "each followed a closed one");
    let once: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(once.len(), all.len(), "nothing comes twice: {all:?}");
}

fn form(parts: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut form = String::new();
    for (name, file, text) in parts {
        let file = if file.is_empty() { String::new() } else { format!("; filename=\"{file}\"") };
        form.push_str(&format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{text}\r\n"));
    }
    form.push_str("--edge--\r\n");
    form.into_bytes()
}

#[tokio::test]
async fn files_are_sent_as_a_form_and_fetched_by_their_address() {
    let folder = tempfile::tempdir().unwrap();
    let store = frontdesk::store::open(folder.path(), "a test").unwrap();
    let server = Server::on(store, |config| {
        config.direct_line = DirectLine::new(SECRET.to_owned(), "default".into(), Vec::new());
    });
    let zoe = Client::new(&server, "zoe").await;
    let mark = zoe.heard("").await.1;
    let upload = |kind: &'static str, body: Vec<u8>| {
        let path = zoe.path("/upload?userId=zoe");
        zoe.server.call(Method::POST, &path).bearer(&zoe.token).header("content-type", kind).bytes(body).send()
    };
    let kind = "multipart/form-data; boundary=edge";
    let activity = json!({ "type": "message", "text": "my list", "channelData": { "clientActivityID": "f1" } });
    let parts = [("activity", "", &*activity.to_string()), ("file", "list.txt", "one;two"), ("file", "b.txt", "three")];
    let id = upload(kind, form(&parts)).await.ok()["id"].clone();
    assert_eq!(upload(kind, form(&parts)).await.ok()["id"], id, "a repeat has the same answer");
    let (sent, _) = zoe.heard(&mark).await;
    let sent: Vec<_> = sent.iter().filter(|activity| activity["from"]["role"] == "user").collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert_eq!((&sent[0]["text"], &sent[0]["id"]), (&json!("my list"), &id));
    let attachment = &sent[1]["attachments"][0];
    assert_eq!((&attachment["name"], &attachment["contentType"]), (&json!("list.txt"), &json!("text/plain")));
    let url = attachment["contentUrl"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
    let fetched = server.get(url).send().await;
    assert_eq!((fetched.text.as_str(), fetched.status.as_u16()), ("one;two", 200));
    assert_eq!(fetched.headers["cross-origin-resource-policy"], "cross-origin");

    let ada = Agent::admin(&server).await;
    let (id, _) = mark.split_once('.').unwrap();
    let of_ada =
        ada.call(Method::POST, &format!("/api/agent/conversations/{id}/files")).header("x-file-name", "offer.txt");
    of_ada.bytes("a chair").send().await.ok();
    let (heard, _) = zoe.heard(&mark).await;
    let of_ada = heard.iter().find(|activity| activity["from"]["name"] == "Ada").unwrap();
    assert_eq!(of_ada["attachments"][0]["name"], "offer.txt");
    let its = of_ada["attachments"][0]["contentUrl"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
    assert_eq!(server.get(its).send().await.text, "a chair");

    let other = sent[2]["attachments"][0]["contentUrl"].as_str().unwrap();
    let mixed = format!("{}?{}", url.split_once('?').unwrap().0, other.split_once('?').unwrap().1);
    server.get(&mixed).send().await.refused(403, "BadToken");
    server.get(url.split_once('?').unwrap().0).send().await.refused(403, "BadToken");
    server.clock.advance(Span::days(1));
    server.get(url).send().await.refused(403, "TokenExpired");

    let token = server.get(&zoe.path("")).bearer(SECRET).send().await.ok()["token"].as_str().unwrap().to_owned();
    let zoe = Client { token, ..zoe };
    let upload = |kind: &'static str, body: Vec<u8>| {
        zoe.server.call(Method::POST, &zoe.path("/upload")).bearer(&zoe.token).header("content-type", kind).bytes(body)
    };
    upload("text/plain", b"one".to_vec()).send().await.refused(415, "UnsupportedMediaType");
    upload(kind, form(&[])).send().await.refused(400, "MissingProperty");
    upload(kind, form(&[("file", "a.html", "<script>")])).send().await.refused(415, "file_kind");
    upload(kind, form(&[("activity", "", "{"), ("file", "a.txt", "a")])).send().await.refused(400, "bad_json");
    upload(kind, b"--edge\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf".to_vec())
        .send()
        .await
        .refused(400, "broken_body");
    let large = "x".repeat(10 * 1024 * 1024 + 1);
    upload(kind, form(&[("file", "a.txt", &large)])).send().await.refused(413, "file_too_large");
    let many: Vec<_> = (0..11).map(|_| ("file", "a.txt", "a")).collect();
    let refused = upload(kind, form(&many)).send().await;
    assert!(matches!(refused.status.as_u16(), 400 | 429), "{}", refused.text);
    let (heard, _) = zoe.heard(&mark).await;
    let own = heard.iter().filter(|activity| activity["from"]["role"] == "user").count();
    assert_eq!(own, sent.len(), "nothing of it was taken");
}

#[tokio::test]
async fn tokens_open_their_own_conversation_and_the_stream_its_own_socket() {
    let server = server().await;
    let (zoe, max) = (Client::new(&server, "zoe").await, Client::new(&server, "max").await);
    let get = |path: String| server.get(&path);
    get(zoe.path("/activities")).bearer(&max.token).send().await.refused(403, "WrongConversation");
    get(zoe.path("/activities")).send().await.refused(401, "MissingToken");
    get(zoe.path("/activities")).bearer("nothing").send().await.refused(403, "BadToken");
    let generate = server.post("/v3/directline/tokens/generate", json!({}));
    generate.bearer(&zoe.token).send().await.refused(403, "SecretNeeded");
    let theirs = max.heard("").await.1;
    zoe.get(&format!("/activities?watermark={theirs}")).send().await.refused(400, "BadArgument");

    let stream = zoe.opened["streamUrl"].as_str().unwrap();
    let (_, stream_token) = stream.split_once("&t=").unwrap();
    get(zoe.path("/activities")).bearer(stream_token).send().await.refused(403, "BadToken");
    let open = |client: &Client<'_>, token: &str| server.get(&client.path(&format!("/stream?watermark=0&t={token}")));
    open(&max, stream_token).send().await.refused(403, "BadToken");
    open(&zoe, &zoe.token).send().await.refused(403, "BadToken");
    open(&zoe, "").send().await.refused(403, "BadToken");
    open(&zoe, stream_token).send().await.refused(400, "not_a_websocket");
    server.clock.advance(Span::seconds(61));
    open(&zoe, stream_token).send().await.refused(403, "TokenExpired");
    server.clock.advance(Span::minutes(29));
    zoe.get("/activities").send().await.refused(403, "TokenExpired");
    let refresh = server.call(Method::POST, "/v3/directline/tokens/refresh").bearer(&zoe.token).send().await;
    refresh.refused(403, "TokenExpired");
}

#[tokio::test]
async fn only_listed_pages_call() {
    let server = server().await;
    let zoe = Client::new(&server, "zoe").await;
    let preflight = |origin: &str| {
        server
            .call(Method::OPTIONS, "/v3/directline/conversations")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type,x-ms-bot-agent,x-requested-with")
            .send()
    };
    let allowed = preflight(ALLOWED).await;
    assert_eq!(allowed.headers["access-control-allow-origin"], ALLOWED);
    let headers = allowed.headers["access-control-allow-headers"].to_str().unwrap().to_owned();
    for header in ["authorization", "content-type", "x-ms-bot-agent", "x-requested-with"] {
        assert!(headers.contains(header), "{header} in {headers}");
    }
    assert!(!preflight("https://evil.test").await.headers.contains_key("access-control-allow-origin"));
    zoe.get("/activities").header("origin", ALLOWED).send().await.ok();
    zoe.get("/activities").header("origin", "https://evil.test").send().await.refused(403, "origin_not_allowed");
    let (_, token) = zoe.opened["streamUrl"].as_str().unwrap().split_once("&t=").unwrap();
    let stream = server.get(&zoe.path(&format!("/stream?t={token}"))).header("origin", "https://evil.test");
    stream.send().await.refused(403, "origin_not_allowed");
}

#[tokio::test]
async fn it_is_there_only_where_it_is_set_up() {
    let server = Server::start().await;
    let generate = server.call(Method::POST, "/v3/directline/tokens/generate").bearer(SECRET).send().await;
    generate.refused(404, "not_found");
}

#[tokio::test]
async fn what_a_client_gets_wrong_it_is_told() {
    let server = server().await;
    let zoe = Client::new(&server, "zoe").await;
    let before = zoe.heard("").await.0.len();
    for (activity, status, code) in [
        (json!("hi"), 400, "bad_value"),
        (json!({}), 400, "MissingProperty"),
        (json!({ "type": 1 }), 400, "bad_value"),
        (json!({ "type": "message" }), 400, "MissingProperty"),
        (json!({ "type": "message", "text": "  " }), 400, "MissingProperty"),
        (json!({ "type": "message", "text": "x".repeat(4_001) }), 400, "message_too_long"),
        (json!({ "type": "message", "text": "hi", "id": "x".repeat(65) }), 400, "bad_client_id"),
        (
            json!({ "type": "message", "text": "hi", "attachments": [{ "contentUrl": "http://10.0.0.1/" }] }),
            400,
            "BadArgument",
        ),
        (json!({ "type": "message", "text": "hi", "more": "x".repeat(70_000) }), 413, "body_too_large"),
    ] {
        zoe.post(activity).await.refused(status, code);
    }
    for kind in ["typing", "event", "conversationUpdate", "endOfConversation"] {
        assert!(zoe.post(json!({ "type": kind, "name": "webchat/join" })).await.ok()["id"].is_string());
    }
    for watermark in ["1", "undefined", "c_1.2", "%00", "%E0%A4"] {
        let refused = zoe.get(&format!("/activities?watermark={watermark}")).send().await;
        assert_eq!(refused.status, 400, "{watermark}: {}", refused.text);
    }
    assert_eq!(zoe.heard("").await.0.len(), before, "nothing was taken");
    let unknown = "/v3/directline/conversations/0123456789abcdef0123456789abcdef";
    server.get(unknown).bearer(SECRET).send().await.refused(404, "not_found");
    server.get("/v3/directline/conversations/%00").bearer(SECRET).send().await.refused(404, "not_found");
    server.get("/v3/directline/tokens/generate").bearer(SECRET).send().await.refused(405, "wrong_method");
    let longest = json!({ "user": { "id": "%".repeat(64) } });
    server.post("/v3/directline/conversations", longest).bearer(SECRET).send().await.ok();
    let long = json!({ "user": { "id": "x".repeat(65) } });
    server.post("/v3/directline/conversations", long).bearer(SECRET).send().await.refused(400, "BadArgument");
}

#[tokio::test]
async fn no_bytes_break_it() {
    let server = server().await;
    let zoe = Client::new(&server, "zoe").await;
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[1e999]",
        b"\"\\ud800\"",
        b"{\"type\":\"message\",\"text\":\"\\u0000\"}",
        &[0; 512],
    ];
    let paths = ["/v3/directline/tokens/generate", "/v3/directline/tokens/refresh", "/v3/directline/conversations"];
    let own = [zoe.path("/activities"), zoe.path("/upload"), zoe.path(""), zoe.path("/stream"), zoe.path("/files/a/b")];
    for path in paths.iter().map(|path| (*path).to_owned()).chain(own) {
        for body in bodies {
            for method in [Method::POST, Method::GET, Method::PUT] {
                for bearer in [SECRET, &zoe.token, "\u{7f}"] {
                    let call =
                        server.call(method.clone(), &path).header("content-type", "multipart/form-data; boundary=");
                    let answer = if bearer == "\u{7f}" { call } else { call.bearer(bearer) };
                    let answer = answer.bytes(body).send().await;
                    assert!(!answer.status.is_server_error(), "{method} {path} {body:?}: {}", answer.text);
                    let fine = answer.status.is_success() || answer.json["error"]["code"].is_string();
                    assert!(fine, "{method} {path} {body:?}: {}", answer.text);
                }
            }
        }
    }
}
