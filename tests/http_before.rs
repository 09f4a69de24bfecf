//! What happens before a chat: the form, the hosted page, invitations.

use std::collections::BTreeMap;

use frontdesk::config::Question;
use serde_json::{Value, json};

use crate::support::server::{ALLOWED, Agent, Server, Visitor, signed, texts};

fn question(name: &str, optional: bool) -> Question {
    Question { name: name.to_owned(), optional, labels: BTreeMap::new() }
}

/// A server that asks for a name, an e-mail address and, if one likes, a company.
async fn asking() -> Server {
    Server::with(|config| {
        let labels = [("en", "Company"), ("el", "Εταιρεία")].map(|(tag, label)| (tag.to_owned(), label.to_owned()));
        let company = Question { labels: labels.into(), ..question("company", true) };
        let form = vec![question("name", false), question("email", false), company];
        config.ask_first.insert("default".into(), form);
    })
    .await
}

async fn session(server: &Server, token: Option<&str>, mut body: Value) -> Value {
    body["form"] = json!(true);
    let call = server.post("/api/visitor/session", body);
    match token {
        Some(token) => call.bearer(token).send().await.ok(),
        None => call.send().await.ok(),
    }
}

/// The names of what is asked, and whether an answer was wrong.
fn asked(answer: &Value) -> Vec<(&str, bool)> {
    let fields = answer["ask_first"].as_array().map(Vec::as_slice).unwrap_or_default();
    fields.iter().map(|field| (field["name"].as_str().unwrap(), field["wrong"].as_bool().unwrap())).collect()
}

#[tokio::test]
async fn a_form_asks_what_is_not_known_and_its_answers_are_facts() {
    let server = asking().await;
    let agent = Agent::admin(&server).await;
    let first = session(&server, None, json!({ "language": "el" })).await;
    assert_eq!(asked(&first), [("name", false), ("email", false), ("company", false)]);
    assert_eq!(first["ask_first"][2]["label"], "Εταιρεία");
    assert_eq!((first.get("token"), first.get("conversation")), (None, None), "nothing has begun");

    let answers = json!({ "name": "<b>Zoe</b>", "email": "zoe at home", "company": "" });
    let again = session(&server, None, json!({ "answers": answers })).await;
    assert_eq!(asked(&again), [("email", true)]);
    let answers = json!({ "name": "<b>Zoe</b>", "email": "zoe@home.test", "company": "", "plan": "gold" });
    let visitor = Visitor::of(&server, session(&server, None, json!({ "answers": answers })).await);
    assert_eq!((asked(&visitor.session), texts(&visitor.session)), (vec![], vec!["Welcome.".to_owned()]));
    let card = agent.get(&format!("/api/agent/conversations/{}", visitor.conversation())).await.ok();
    let slots: Vec<_> =
        card["card"]["slots"].as_array().unwrap().iter().map(|slot| (&slot["name"], &slot["value"])).collect();
    let expected =
        [("contact.email", "zoe@home.test"), ("contact.name", "<b>Zoe</b>")].map(|(n, v)| (json!(n), json!(v)));
    assert_eq!(slots, expected.each_ref().map(|(name, value)| (name, value)), "only what was asked");

    // The chat goes on without a form; the next one asks only what is still open.
    assert_eq!(asked(&session(&server, Some(&visitor.token), json!({})).await), []);
    visitor.post("/api/visitor/forget", Value::Null).await;
}

#[tokio::test]
async fn what_a_page_tells_is_not_asked_and_what_was_skipped_is_not_asked_twice() {
    let server = asking().await;
    let who = json!({ "id": "42", "hash": signed("42"), "name": "Maria" });
    let told = json!({ "identity": who, "attributes": { "company": "Light Ltd" } });
    assert_eq!(asked(&session(&server, None, told).await), [("email", false)]);
    let skipped = json!({ "identity": who, "skipped": ["company", "email"] });
    assert_eq!(asked(&session(&server, None, skipped).await), [("email", false)], "what is required is asked again");
    // A caller that can show no form is not held up.
    let plain = server.post("/api/visitor/session", json!({})).send().await.ok();
    assert_eq!(texts(&plain), ["Welcome."]);
    let look = session(&server, None, json!({ "greet": false })).await;
    assert_eq!(asked(&look), []);
}

#[tokio::test]
async fn the_hosted_chat_is_a_page_that_only_its_site_may_frame() {
    let server = Server::with(|config| config.public_url = Some("https://chat.test".to_owned())).await;
    let page = server.get("/chat/default?lang=fa").send().await;
    let policy = page.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("script-src 'self'") && policy.ends_with(&format!("frame-ancestors 'self' {ALLOWED}")),
        "{policy}"
    );
    assert!(page.text.contains("dir=\"rtl\"") && page.text.contains("data-mode=\"page\""), "{}", page.text);
    assert!(!page.headers.contains_key("x-robots-tag") && !page.text.contains("noindex"));
    let greek = server.get("/chat/default").header("accept-language", "el-GR,el;q=0.9").send().await;
    assert!(greek.text.contains("<html lang=\"el\""));
    for (path, leads) in [("/chat", "/chat/default"), ("/chat/?lang=el", "/chat/default?lang=el")] {
        assert_eq!(server.get(path).send().await.headers["location"], leads);
    }

    let qr = server.get("/chat/default/qr.svg").send().await;
    assert_eq!(qr.headers["content-type"], "image/svg+xml");
    assert!(qr.text.contains("<svg"));
    let card = server.get("/chat/default/card?lang=en").send().await;
    assert!(card.text.contains("https://chat.test/chat/default"), "{}", card.text);
    for path in ["/chat/nowhere", "/chat/nowhere/qr.svg", "/chat/nowhere/card", "/chat/%ff"] {
        assert!(server.get(path).send().await.status.is_client_error(), "{path}");
    }
}

#[tokio::test]
async fn where_there_is_no_chat_people_get_a_page() {
    let server = Server::of_sites(&["default", "other"]).await;
    for path in ["/chat", "/chat/", "/chat/nowhere", "/chat/%3Cscript%3E/card"] {
        let page = server.get(path).header("accept-language", "el").send().await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        assert!(page.text.contains("<html lang=\"el\"") && !page.text.contains("script"), "{path}: {}", page.text);
        assert!(!page.text.contains("other"), "which sites there are is nobody's business: {path}");
    }
    assert_eq!(server.get("/chat/other").send().await.status, 200);
}

#[tokio::test]
async fn invitations_come_in_the_language_of_the_page_and_within_their_hours() {
    let server = Server::start().await;
    let agent = Agent::admin(&server).await;
    let get = |query: &str| server.get(&format!("/api/visitor/invites{query}")).send();
    let names = |answer: &Value| -> Vec<String> {
        answer["invites"].as_array().unwrap().iter().map(|invite| invite["name"].as_str().unwrap().to_owned()).collect()
    };
    // Monday at ten: the shop is open.
    let open = get("?language=en-GB").await.ok();
    assert_eq!(names(&open), ["colours", "open_now"]);
    let rule = json!({ "name": "colours", "text": "Shall we find your colour?", "pages": ["/paint*"], "after_s": 5, "visits": 2, "rest_s": 604_800 });
    assert_eq!(open["invites"][0], rule);
    server.clock.advance(frontdesk::time::Span::hours(12));
    assert_eq!(names(&get("").await.ok()), ["colours"]);
    get("?site=nowhere").await.refused(404, "not_found");
    server
        .get("/api/visitor/invites")
        .header("origin", "https://evil.test")
        .send()
        .await
        .refused(403, "origin_not_allowed");

    let accepted = server.post("/api/visitor/session", json!({ "invite": "colours" })).send().await.ok();
    assert_eq!(texts(&accepted), ["Shall we find your colour?", "Which colour?"]);
    let card =
        agent.get(&format!("/api/agent/conversations/{}", accepted["conversation"]["id"].as_str().unwrap())).await.ok();
    assert_eq!(card["card"]["invite"], "colours");
    let unknown = server.post("/api/visitor/session", json!({ "invite": "gone" })).send().await.ok();
    assert_eq!(texts(&unknown), ["Welcome."], "an invitation that is gone leads to the greeting");
}
