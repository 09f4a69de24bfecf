//! Requests as they go out, and what is said when something is missing.

use serde_json::json;

use super::*;
use crate::flow::{At, ValueTemplate};
use crate::id::ServiceName;
use crate::time::Span;

fn template(source: &str) -> Template {
    Template::parse(source, At { file: "bot.yaml".into(), line: 1, column: 1 }).unwrap()
}

fn service(method: Method, url: &str) -> Service {
    Service {
        name: ServiceName::from("free_times"),
        method,
        url: template(url),
        headers: vec![],
        body: None,
        timeout: Span::seconds(3),
        idempotent: false,
        sample: None,
        at: At { file: "bot.yaml".into(), line: 1, column: 1 },
    }
}

fn env(name: &str) -> Option<String> {
    (name == "DIARY").then(|| String::from("https://diary.example/api"))
}

fn secret(name: &str) -> Option<String> {
    (name == "TOKEN").then(|| String::from("s3cret/+"))
}

fn ask(service: &Service, with: Json) -> Result<Request, RequestError> {
    request(service, with.as_object().unwrap(), &env, &secret)
}

#[test]
fn values_are_encoded_in_an_address_and_its_base_is_not() {
    for (url, expected) in [
        (
            "{{ env.DIARY }}/free?day={{ day }}&for={{ what }}",
            "https://diary.example/api/free?day=2026-11-24&for=a%26b%20%2F%3F%23",
        ),
        ("{{ env.DIARY }}/{{ name }}/x", "https://diary.example/api/..%2F%D7%90/x"),
        ("https://a.example/?t={{ secret.TOKEN }}", "https://a.example/?t=s3cret%2F%2B"),
        ("https://a.example/?d={{ day or 'none' }}&m={{ missing }}", "https://a.example/?d=2026-11-24&m="),
    ] {
        let with = json!({"day": "2026-11-24", "what": "a&b /?#", "name": "../א"});
        assert_eq!(ask(&service(Method::Get, url), with).unwrap().url, expected);
    }
}

#[test]
fn without_a_body_of_its_own_a_service_gets_what_with_holds() {
    let with = json!({"day": "2026-11-24", "guests": 3});
    assert_eq!(ask(&service(Method::Post, "https://a.example"), with.clone()).unwrap().body, Some(with.clone()));
    assert_eq!(ask(&service(Method::Get, "https://a.example"), with.clone()).unwrap().body, None);
    let body = ValueTemplate::Map(vec![
        (String::from("people"), ValueTemplate::Text(template("{{ guests }}"))),
        (String::from("note"), ValueTemplate::Text(template("for {{ guests }} on {{ day }}"))),
        (String::from("key"), ValueTemplate::Text(template("{{ secret.TOKEN }}"))),
    ]);
    let own = Service { body: Some(body), ..service(Method::Put, "https://a.example") };
    let expected = json!({"people": 3, "note": "for 3 on 2026-11-24", "key": "s3cret/+"});
    assert_eq!(ask(&own, with).unwrap().body, Some(expected));
}

#[test]
fn a_header_stays_one_line() {
    let mut service = service(Method::Get, "https://a.example");
    service.headers = vec![
        (String::from("Authorization"), template("Bearer {{ secret.TOKEN }}")),
        (String::from("X-Name"), template("{{ name }}")),
    ];
    let headers = ask(&service, json!({"name": "a\r\nX-Evil: 1"})).unwrap().headers;
    assert_eq!(headers[0].1, "Bearer s3cret/+");
    assert_eq!(headers[1].1, "a  X-Evil: 1");
}

#[test]
fn what_is_missing_is_named_and_no_value_is() {
    let error = ask(&service(Method::Get, "{{ env.NOWHERE }}/x"), json!({})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the service \"free_times\" needs the environment variable NOWHERE, which is not set"
    );
    let error = ask(&service(Method::Get, "https://a.example/{{ secret.KEY }}"), json!({})).unwrap_err();
    assert_eq!(error.to_string(), "the service \"free_times\" needs the secret KEY, which is not set");
    let error = ask(&service(Method::Get, "https://a.example/{{ secret.TOKEN - 1 }}"), json!({})).unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
    let request = ask(&service(Method::Get, "https://a.example/{{ secret.TOKEN }}"), json!({})).unwrap();
    assert!(!format!("{request:?}").contains("s3cret"));
}

#[test]
fn the_needs_of_a_service_are_known_without_asking_it() {
    let mut service = service(Method::Get, "{{ env.DIARY }}/{{ env.AREA }}");
    service.headers = vec![(String::from("Authorization"), template("{{ secret.TOKEN }}"))];
    service.body = Some(ValueTemplate::List(vec![ValueTemplate::Text(template("{{ secret.KEY }}"))]));
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(needs(&service), Needs { env: set(&["AREA", "DIARY"]), secrets: set(&["KEY", "TOKEN"]) });
}
