//! Files over HTTP: what is taken, who gets it, and how it is sent.

use axum::body::{Body, Bytes};
use axum::http::Method;
use futures_util::stream;
use serde_json::{Value, json};

use crate::support::server::{Agent, Call, Server, Visitor};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// A server that keeps files, and the folder in which they lie.
fn keeping() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = frontdesk::store::memory_with_files(folder.path()).unwrap();
    (Server::on(store, |_| {}), folder)
}

/// How many files lie in a folder, and in those inside.
fn lying(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { lying(&path) } else { 1 }).sum()
}

fn sending(server: &Server, visitor: &Visitor<'_>, name: &str, content: impl Into<Vec<u8>>) -> Call {
    let call = server.call(Method::POST, "/api/visitor/files").bearer(&visitor.token);
    call.header("x-file-name", name).bytes(content)
}

/// The event that tells of a file in an answer.
fn file_event(answer: &Value) -> &Value {
    answer["events"].as_array().unwrap().iter().find(|event| event["file"].is_object()).unwrap()
}

#[tokio::test]
async fn a_file_goes_from_the_visitor_to_the_agent_and_back() {
    let (server, _folder) = keeping();
    let (visitor, ada) = (Visitor::new(&server).await, Agent::admin(&server).await);
    let answer = sending(&server, &visitor, "my%20lamp.png", PNG).header("x-client-id", "f1").send().await.ok();
    let event = file_event(&answer);
    let file = json!({ "name": "my lamp.png", "media": "image/png", "bytes": PNG.len(), "picture": true });
    assert_eq!((&event["type"], &event["file"], &event["client_id"]), (&json!("visitor"), &file, &json!("f1")));
    let said = answer["events"].as_array().unwrap().iter().find(|event| event["type"] == "bot").unwrap();
    assert!(said["text"].as_str().unwrap().starts_with("Thank you, I have received it."), "{said}");
    let repeated = sending(&server, &visitor, "my%20lamp.png", PNG).header("x-client-id", "f1").send().await.ok();
    assert_eq!(repeated["events"], answer["events"], "a repeat changes nothing");

    let id = visitor.conversation();
    let seen = ada.get(&format!("/api/agent/conversations/{id}")).await.ok();
    let told = seen["events"].as_array().unwrap().iter().filter(|event| event["file"].is_object()).count();
    assert_eq!(told, 1);
    let fetched = ada.get(&format!("/api/agent/conversations/{id}/files/{}", event["no"])).await;
    assert_eq!(fetched.headers["content-type"], "image/png");
    assert_eq!(fetched.text, String::from_utf8_lossy(PNG));

    let call = ada.call(Method::POST, &format!("/api/agent/conversations/{id}/files"));
    let sent = call.header("x-file-name", "terms.pdf").bytes(b"%PDF-1.7\nterms".to_vec()).send().await.ok();
    let event = file_event(&sent);
    assert_eq!((&event["agent"]["name"], &event["file"]["name"]), (&json!("Ada"), &json!("terms.pdf")));
    let fetch = format!("/api/visitor/files/{id}/{}", event["no"]);
    let fetched = server.get(&fetch).bearer(&visitor.token).send().await;
    assert_eq!(fetched.text, "%PDF-1.7\nterms");
    assert_eq!(fetched.headers["content-disposition"], "attachment; filename*=UTF-8''terms%2Epdf");
}

#[tokio::test]
async fn a_browser_runs_nothing_of_a_file() {
    let (server, _folder) = keeping();
    let visitor = Visitor::new(&server).await;
    for (name, content, disposition) in [
        ("%3Cscript%3E.png", PNG, "inline; filename*=UTF-8''%5Fscript%5F%2Epng"),
        (
            "a%22%0d%0aSet-Cookie%3a%20x.html",
            b"words",
            "attachment; filename*=UTF-8''a%5FSet%2DCookie%5F%20x%2Ehtml%2Etxt",
        ),
        ("..%2f..%2fpasswd", b"words", "attachment; filename*=UTF-8''passwd%2Etxt"),
        ("%ff%fe", b"words", "attachment; filename*=UTF-8''%EF%BF%BD%EF%BF%BD%2Etxt"),
    ] {
        let answer = sending(&server, &visitor, name, content).send().await.ok();
        let fetch = format!("/api/visitor/files/{}/{}", visitor.conversation(), file_event(&answer)["no"]);
        let fetched = server.get(&fetch).bearer(&visitor.token).send().await;
        assert_eq!(fetched.headers["content-disposition"], disposition);
        assert_eq!(fetched.headers["content-security-policy"], "default-src 'none'; sandbox");
        assert_eq!(fetched.headers["x-content-type-options"], "nosniff");
        assert_eq!(fetched.headers["cache-control"], "private, no-store");
        assert!(fetched.status.is_success());
    }
}

#[tokio::test]
async fn only_the_conversations_visitor_and_its_agents_get_a_file() {
    let (server, _folder) = keeping();
    let (visitor, other) = (Visitor::new(&server).await, Visitor::new(&server).await);
    let ada = Agent::admin(&server).await;
    let bob = ada.hired_for("Bob", &[], &["second"]).await;
    visitor.say("a person please").await;
    let answer = sending(&server, &visitor, "a.png", PNG).send().await.ok();
    let (id, no) = (visitor.conversation(), file_event(&answer)["no"].as_u64().unwrap());
    let fetch = format!("/api/visitor/files/{id}/{no}");
    server.get(&fetch).send().await.refused(401, "no_token");
    server.get(&fetch).bearer("x.default").send().await.refused(401, "unknown_token");
    server.get(&fetch).bearer(&other.token).send().await.refused(404, "not_found");
    let at_desk = format!("/api/agent/conversations/{id}/files/{no}");
    server.get(&at_desk).bearer(&visitor.token).send().await.refused(401, "not_logged_in");
    bob.get(&at_desk).await.refused(404, "not_found");
    let call = bob.call(Method::POST, &format!("/api/agent/conversations/{id}/files")).bytes(PNG);
    call.send().await.refused(404, "not_found");
    let without_csrf = server.call(Method::POST, &format!("/api/agent/conversations/{id}/files"));
    without_csrf.header("cookie", &ada.cookie).bytes(PNG).send().await.refused(403, "wrong_csrf_token");
    for (id, no) in [(id, "1"), (id, "99"), (id, "0"), (id, "-1"), (id, "x"), ("c_x", "1"), ("%2e%2e", "1")] {
        let nothing = server.get(&format!("/api/visitor/files/{id}/{no}")).bearer(&visitor.token).send().await;
        nothing.refused(404, "not_found");
    }
}

#[tokio::test]
async fn what_may_not_be_sent_is_refused_and_leaves_nothing() {
    let (server, folder) = keeping();
    let visitor = Visitor::new(&server).await;
    for (content, status, code) in [
        (b"".as_slice(), 400, "file_empty"),
        (b"<!DOCTYPE html><script>alert(1)</script>", 415, "file_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415, "file_kind"),
        (b"MZ\x90\0\x03", 415, "file_kind"),
        (b"PK\x03\x04\x14\0", 415, "file_kind"),
    ] {
        sending(&server, &visitor, "a.png", content).send().await.refused(status, code);
    }
    let large = vec![b'x'; 10 * 1024 * 1024 + 1];
    sending(&server, &visitor, "a.txt", large.clone()).send().await.refused(413, "file_too_large");
    // One that does not say how large it is, and one that breaks off.
    let pieces = large.chunks(65_536).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)));
    let endless = stream::iter(pieces.collect::<Vec<_>>());
    let call = sending(&server, &visitor, "a.txt", Vec::new()).body(Body::from_stream(endless));
    call.send().await.refused(413, "file_too_large");
    let cut = stream::iter([Ok(Bytes::from_static(b"half of")), Err(std::io::Error::other("gone"))]);
    let call = sending(&server, &visitor, "a.txt", Vec::new()).body(Body::from_stream(cut));
    call.send().await.refused(400, "broken_body");
    let long = "x".repeat(3_000);
    sending(&server, &visitor, &long, PNG).send().await.refused(400, "bad_value");
    sending(&server, &visitor, "a", PNG)
        .header("x-client-id", &"x".repeat(65))
        .send()
        .await
        .refused(400, "bad_client_id");
    assert_eq!(lying(folder.path()), 0);

    // Many files at once are too many.
    let mut last = 200;
    for _ in 0..12 {
        last = sending(&server, &visitor, "a.png", PNG).send().await.status.as_u16();
    }
    assert_eq!(last, 429);
}

/// Uploads that have begun and whose bodies never come.
struct Hanging(Vec<tokio::task::JoinHandle<()>>);

impl Hanging {
    /// Begins so many, and waits until each has its place: then its file lies there.
    async fn begin(folder: &std::path::Path, calls: Vec<Call>) -> Self {
        let begun = lying(folder) + calls.len();
        let hang = |call: Call| tokio::spawn(async { drop(call.body(Body::from_stream(never())).send().await) });
        let hanging = Self(calls.into_iter().map(hang).collect());
        let waiting = async {
            while lying(folder) < begun {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.expect("the uploads begin");
        hanging
    }

    async fn end(self) {
        for task in self.0 {
            task.abort();
            let _ = task.await;
        }
    }
}

fn never() -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    stream::pending()
}

#[tokio::test]
async fn one_address_leaves_places_to_others_and_to_agents() {
    let (server, folder) = keeping();
    let (visitor, ada) = (Visitor::new(&server).await, Agent::admin(&server).await);
    let upload = |from: [u8; 4]| sending(&server, &visitor, "a.png", PNG).from(from);
    let home = [192, 0, 2, 1];
    let hanging = Hanging::begin(folder.path(), (0..4).map(|_| upload(home)).collect()).await;
    upload(home).send().await.refused(503, "too_many_uploads");
    upload([192, 0, 2, 2]).send().await.ok();
    visitor.say("a person please").await;
    let at_desk = format!("/api/agent/conversations/{}/files", visitor.conversation());
    let by_agent = || ada.call(Method::POST, &at_desk).header("x-file-name", "a.png").bytes(PNG);
    let also = Hanging::begin(folder.path(), (0..4).map(|_| by_agent()).collect()).await;
    by_agent().send().await.refused(503, "too_many_uploads");
    hanging.end().await;
    also.end().await;
    upload(home).send().await.ok();
    by_agent().send().await.ok();
}

#[tokio::test]
async fn a_server_that_keeps_no_files_says_so() {
    let server = Server::start().await;
    let visitor = Visitor::new(&server).await;
    sending(&server, &visitor, "a.png", PNG).send().await.refused(409, "files_not_kept");
}
