//! The description of the API, with what holds for many calls at once: the token against forged requests, being asked to come
//! again later, the cookie's two names.

use std::sync::LazyLock;

use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use crate::http::{agent, continuing, rest, visitor};

#[derive(OpenApi)]
#[openapi(
    info(title = "Frontdesk", description = "The API of a Frontdesk server: for websites, desks and programs."),
    tags(
        (name = "visitor", description = "For a website's chat. The token comes from the session call."),
        (name = "agent", description = "For desks. The cookie comes from the login call."),
        (name = "rest", description = "The REST channel, for programs that the operator trusts."),
    ),
)]
struct Description;

/// What is said of the desk's cookie.
const COOKIE: &str = "The cookie of the login call. Over https its name is `__Host-frontdesk`; over plain http on the server's \
     own machine, where browsers refuse that prefix, it is `frontdesk`.";

/// What the operator's own programs send and are sent, signed. Its routes are made of the settings and its bodies are read
/// where nothing is known of this description, so it is written out.
const WEBHOOKS: &str = include_str!("webhooks.json");

/// The description of the API as JSON.
pub fn openapi_json() -> &'static str {
    static JSON: LazyLock<String> = LazyLock::new(|| {
        let (_, mut api) = OpenApiRouter::with_openapi(Description::openapi())
            .merge(visitor::router())
            .merge(continuing::router())
            .merge(agent::router())
            .merge(rest::router())
            .split_for_parts();
        let bearer = || SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("visitor", bearer());
        components.add_security_scheme("rest", bearer());
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description("__Host-frontdesk", COOKIE));
        components.add_security_scheme("agent", SecurityScheme::ApiKey(cookie));
        let mut api = serde_json::to_value(api).unwrap_or_default();
        complete(&mut api);
        add(&mut api, serde_json::from_str(WEBHOOKS).unwrap_or_default());
        serde_json::to_string_pretty(&api).unwrap_or_default()
    });
    &JSON
}

/// Adds a part to the description: maps are joined, lists made longer.
fn add(api: &mut Value, part: Value) {
    match (api, part) {
        (Value::Object(api), Value::Object(part)) => {
            for (key, value) in part {
                add(api.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(api), Value::Array(part)) => api.extend(part),
        (api, part) => *api = part,
    }
}

/// Adds to every call what it shares with others.
fn complete(api: &mut Value) {
    let paths = api.get_mut("paths").and_then(Value::as_object_mut);
    for methods in paths.into_iter().flat_map(|paths| paths.values_mut()).filter_map(Value::as_object_mut) {
        for (method, call) in methods {
            let Some(call) = call.as_object_mut() else { continue };
            let of_agent = call.get("security").is_some_and(|security| security.to_string().contains("\"agent\""));
            if of_agent && method != "get" {
                let parameters = call.entry("parameters").or_insert_with(|| json!([]));
                parameters.as_array_mut().into_iter().for_each(|parameters| parameters.push(csrf()));
            }
            let limited = call.get("tags").is_some_and(|tags| tags.to_string().contains("visitor")) || !of_agent;
            if let Some(responses) = call.get_mut("responses").and_then(Value::as_object_mut).filter(|_| limited) {
                responses.insert("429".to_owned(), later());
            }
        }
    }
}

fn csrf() -> Value {
    json!({
        "name": "X-CSRF-Token",
        "in": "header",
        "required": true,
        "description": "The `csrf` of the login call or of `GET /api/agent/me`.",
        "schema": { "type": "string" },
    })
}

fn later() -> Value {
    json!({
        "description": "Too often; nothing changed",
        "headers": { "Retry-After": { "description": "In how many seconds to try again", "schema": { "type": "integer" } } },
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorBody" } } },
    })
}
