//! The description of the API is a contract: what changes in it is seen in review, and it names every route and no other.

use axum::http::Method;

use frontdesk::store;

use crate::support::server::Server;

#[tokio::test]
async fn the_description_is_pinned() {
    let server = Server::start().await;
    let api = server.get("/openapi.json").send().await.ok();
    insta::assert_json_snapshot!(api);
}

#[tokio::test]
async fn every_described_path_is_routed() {
    let webhooks = "  webhook: { secret: WEBHOOK_SECRET, url: 'http://127.0.0.1:9' }\n\
                    events: [{ secret: WEBHOOK_SECRET, url: 'http://127.0.0.1:9' }]\n";
    let server = Server::with_channels(store::memory().unwrap(), webhooks, &crate::channels::env);
    let api = server.get("/openapi.json").send().await.ok();
    let paths = api["paths"].as_object().unwrap();
    assert!(paths.len() >= 20, "{}", paths.len());
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{id}", "x").replace("{no}", "1").replace("{site}", "default");
            let reply = server.call(method.clone(), &path).send().await;
            let routed = reply.json["error"]["message"] != "There is nothing at this address." && reply.status != 405;
            assert!(routed, "{method} {path}: {}", reply.text);
        }
    }
}
