//! Who did not send it is not heard: the worked vectors of the platforms' documentation pass, a flipped byte anywhere does not,
//! and nothing is stored of what has no proof.

use frontdesk::channel::{Delivery, Rejected};
use frontdesk::config;
use frontdesk::time::Time;

use super::Shop;
use super::platform::{ALL, Platform};

/// A worked example: the settings with its secret, the address, the headers, the body, and when it was sent.
struct Vector {
    settings: &'static str,
    secret: &'static str,
    public_url: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    at: i64,
}

const META: &str = "whatsapp: { token: S, app_secret: S, verify_token: S }";
const SLACK: &str = "slack: { token: S, signing_secret: S }";
const TWILIO: &str = "twilio: { token: S, account_sid: AC1 }";
const LINE: &str = "line: { token: S, secret: S }";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");
const TWILIO_BODY: &str = "MessageSid=SM6bdede4eb99b2d333179a7a2a8941b27&From=whatsapp%3A%2B12175550171&To=whatsapp%3A%2B12125550111&\
    Body=20%25+rebate+%2B+%C3%BC+%F0%9F%8E%81&NumMedia=0&ProfileName=%E2%98%80%EF%B8%8F";

const VECTORS: [Vector; 13] = [
    Vector {
        settings: META,
        secret: "wa-app-secret",
        public_url: "",
        path: "",
        headers: &[
            JSON,
            ("x-hub-signature-256", "sha256=5d8600dd18d931fa54fbc46cd5f6ee9caca30e6f09a2ad538012d04401e3b5a9"),
        ],
        body: r#"{"object":"whatsapp_business_account","entry":[]}"#,
        at: 0,
    },
    Vector {
        settings: META,
        secret: "fb-app-secret",
        public_url: "",
        path: "",
        headers: &[
            JSON,
            ("x-hub-signature-256", "sha256=1c5a6b36f0e8e10459eca1e9ad61ed15fa866054137687818609797c1870b570"),
        ],
        body: r#"{"text":"caf\u00e9 \ud83d\ude00","u":"https:\/\/x.example\/"}"#,
        at: 0,
    },
    Vector {
        settings: SLACK,
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        public_url: "",
        path: "",
        headers: &[
            FORM,
            ("x-slack-request-timestamp", "1531420618"),
            ("x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
        ],
        body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&\
               user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com\
               %2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a1\
               4d10d2c447fce8b6703c",
        at: 1_531_420_618,
    },
    Vector {
        settings: SLACK,
        secret: "2d459a561bc6a6be5b9f6e9c0edc27dd",
        public_url: "",
        path: "",
        headers: &[
            JSON,
            ("x-slack-request-timestamp", "1700000000"),
            ("x-slack-signature", "v0=e40a04f14063f52b59ac03740639dac3546751e4bd2d4d302fc4498333516c4a"),
        ],
        body: r#"{"type":"url_verification","challenge":"Wqm091B78bjWMO1DoLzTSEBjLAlVvo4lownArhnORilVWQGnlqBz","token":"x"}"#,
        at: 1_700_000_000,
    },
    Vector {
        settings: TWILIO,
        secret: "12345",
        public_url: "https://example.com",
        path: "/myapp.php?foo=1&bar=2",
        headers: &[FORM, ("x-twilio-signature", "vNe7KK2kJwCsxc9K3OLkkKB3qqI=")],
        body: "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212",
        at: 0,
    },
    Vector {
        settings: TWILIO,
        secret: "twilio-auth-token",
        public_url: "https://bot.example.com",
        path: "/webhooks/twilio",
        headers: &[FORM, ("x-twilio-signature", "92QmSdg+AevnByU18EV6f8Ujvco=")],
        body: TWILIO_BODY,
        at: 0,
    },
    Vector {
        settings: TWILIO,
        secret: "twilio-auth-token",
        public_url: "https://bot.example.com:443",
        path: "/webhooks/twilio",
        headers: &[FORM, ("x-twilio-signature", "92QmSdg+AevnByU18EV6f8Ujvco=")],
        body: TWILIO_BODY,
        at: 0,
    },
    Vector {
        settings: TWILIO,
        secret: "twilio-auth-token",
        public_url: "https://bot.example.com",
        path: "/webhooks/twilio?bodySHA256=18692435f30a621534e6f9318ac2d74f7d75c2a806b06c410b569aee89b1f25d",
        headers: &[JSON, ("x-twilio-signature", "1yGX+QCEun/i0RyxanH7QncKsK8=")],
        body: r#"{"order":"4471","paid":true}"#,
        at: 0,
    },
    Vector {
        settings: LINE,
        secret: "line-channel-secret",
        public_url: "",
        path: "",
        headers: &[JSON, ("x-line-signature", "TmK2H36Q2oIOdkcxSZ5LDRhv+ZnTjlUf953i08R99lU=")],
        body: r#"{"destination":"U0021d89b1449164a0db000711d8d11b4","events":[]}"#,
        at: 0,
    },
    Vector {
        settings: LINE,
        secret: "line-channel-secret",
        public_url: "",
        path: "",
        headers: &[JSON, ("x-line-signature", "lmXikj9du3BVswSwPOc86G2TVXSjRV6eiShtPlA82yI=")],
        body: "{\"destination\":\"U0021d89b1449164a0db000711d8d11b4\",\"events\":[{\"type\":\"message\",\"message\":{\"type\":\"text\",\
               \"id\":\"1\",\"text\":\"荷物はどこですか📦\"}}]}",
        at: 0,
    },
    Vector {
        settings: "viber: { token: S, name: Shop }",
        secret: "2a77b647d4e3074b-63c281a5076ed324-84434f6894e899b3",
        public_url: "",
        path: "",
        headers: &[
            JSON,
            ("x-viber-content-signature", "1e836038f16afb3dcb69786bdae004f7ea39ca5bc752dd95773f05fa2f72047e"),
        ],
        body: r#"{"event":"webhook","timestamp":1457764197627,"message_token":5820017364092815529}"#,
        at: 0,
    },
    Vector {
        settings: "telegram: { token: S, secret: S }",
        secret: "tg-Secret_token-123",
        public_url: "",
        path: "",
        headers: &[JSON, ("x-telegram-bot-api-secret-token", "tg-Secret_token-123")],
        body: r#"{"update_id":1}"#,
        at: 0,
    },
    Vector {
        settings: "webhook: { secret: S, url: 'https://x.example/' }",
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        public_url: "",
        path: "",
        headers: &[
            JSON,
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ],
        body: r#"{"test": 2432232314}"#,
        at: 1_614_265_330,
    },
];

impl Vector {
    /// Whether this passes for proved, with other headers and another body.
    fn proves(&self, headers: &[(String, Vec<u8>)], body: &[u8]) -> bool {
        let text = format!("channels: {{ {} }}", self.settings);
        let config = config::parse(&text, std::path::Path::new("f.yaml"), &|_| None).unwrap();
        let env = |_: &str| Some(self.secret.to_owned());
        let channels = config.connections(&env, self.public_url).unwrap().channels;
        let account = channels.iter().next().unwrap();
        let url = format!("{}{}", self.public_url, self.path);
        let header = |name: &str| {
            let found = headers.iter().find(|(own, _)| own == name)?;
            std::str::from_utf8(&found.1).ok()
        };
        let delivery = Delivery { get: false, url: &url, body, header: &header, now: Time(self.at * 1_000) };
        !matches!(account.channel.receive(&delivery), Err(Rejected::NoProof))
    }

    fn own_headers(&self) -> Vec<(String, Vec<u8>)> {
        self.headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
    }
}

#[test]
fn the_worked_examples_pass_and_no_flipped_byte_does() {
    for (number, vector) in VECTORS.iter().enumerate() {
        let headers = vector.own_headers();
        assert!(vector.proves(&headers, vector.body.as_bytes()), "vector {number} of {}", vector.settings);
        assert!(!vector.proves(&[], vector.body.as_bytes()), "vector {number}: without any header");
        let body = vector.body.as_bytes();
        // Telegram proves itself by a word, which says nothing of the body.
        if !vector.settings.starts_with("telegram") {
            for at in 0..body.len() {
                let mut flipped = body.to_vec();
                flipped[at] ^= 1;
                let same_form = vector.settings.starts_with("twilio") && same(&flipped, body);
                assert!(same_form || !vector.proves(&headers, &flipped), "vector {number}: byte {at} of the body");
            }
            assert!(!vector.proves(&headers, &body[..body.len() - 1]), "vector {number}: cut off");
        }
        for (which, (name, value)) in headers.iter().enumerate().filter(|(_, (name, _))| name != "content-type") {
            for at in 0..value.len() {
                let mut flipped = headers.clone();
                flipped[which].1[at] ^= 1;
                assert!(!vector.proves(&flipped, body), "vector {number}: byte {at} of {name}");
            }
        }
    }
}

/// Whether two forms are the same once they are decoded: `%2B` and `%2b` are.
fn same(one: &[u8], other: &[u8]) -> bool {
    let pairs = |form: &[u8]| {
        let text = String::from_utf8_lossy(form).into_owned();
        let url = reqwest::Url::parse("http://x/").map(|mut url| {
            url.set_query(Some(&text));
            url
        });
        url.unwrap().query_pairs().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    pairs(one) == pairs(other)
}

#[tokio::test]
async fn nothing_is_stored_of_what_has_no_proof_or_makes_no_sense() {
    for platform in ALL {
        let shop = Shop::open(platform).await;
        let body = platform.text_from(1, "hello", 1);
        let now = shop.server.clock.now().0 / 1_000;
        let post = || shop.server.call(axum::http::Method::POST, &platform.path());

        let unsigned = post().bytes(body.clone()).send().await;
        unsigned.refused(403, "no_proof");
        let mut tampered = post();
        for (name, value) in platform.signed(&body, now) {
            let secret = name != "content-type" && !name.ends_with("timestamp") && name != "webhook-id";
            tampered = tampered.header(name, &if secret { format!("{value}0") } else { value });
        }
        tampered.bytes(body.clone()).send().await.refused(403, "no_proof");
        let large = shop.deliver(vec![b'x'; 3 * 1024 * 1024 + 1]).await;
        large.refused(413, "body_too_large");
        if platform != Platform::Twilio {
            let nonsense = shop.deliver(b"{\"update_id\":".to_vec()).await;
            nonsense.refused(400, "bad_delivery");
        }
        if matches!(platform, Platform::Slack | Platform::Webhook) {
            for old in [now - 301, now + 301] {
                let mut replayed = post();
                for (name, value) in platform.signed(&body, old) {
                    replayed = replayed.header(name, &value);
                }
                replayed.bytes(body.clone()).send().await.refused(403, "no_proof");
            }
        }
        assert!(shop.events().is_empty(), "{platform:?}: {:?}", shop.events());

        // The same with its proof is heard, so that the refusals above were for the proof.
        assert!(shop.deliver(body).await.status.is_success());
        assert!(!shop.events().is_empty(), "{platform:?}");
    }
}

#[tokio::test]
async fn what_nobody_knows_is_taken_and_changes_nothing() {
    for (platform, body) in [
        (Platform::Telegram, r#"{"update_id":1,"chat_join_request":{}}"#),
        (
            Platform::Telegram,
            r#"{"update_id":1,"message":{"message_id":1,"from":{"id":1},"chat":{"id":1,"type":"private"},"new_thing":{}}}"#,
        ),
        (
            Platform::WhatsApp,
            r#"{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"flows","value":{}}]}]}"#,
        ),
        (
            Platform::WhatsApp,
            r#"{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},"messages":[{"from":"1","id":"2","type":"hologram"}]}}]}]}"#,
        ),
        (
            Platform::Messenger,
            r#"{"object":"page","entry":[{"id":"104005550100273","messaging":[{"sender":{"id":"1"},"optin":{}}]}]}"#,
        ),
        (Platform::Messenger, r#"{"object":"instagram","entry":[{"id":"1"}]}"#),
        (
            Platform::Messenger,
            r#"{"object":"page","entry":[{"id":"104005550100273","standby":[{"sender":{"id":"1"},"message":{"mid":"1","text":"x"}}]}]}"#,
        ),
        (Platform::Slack, r#"{"type":"event_callback","event":{"type":"reaction_added","user":"U1"}}"#),
        (
            Platform::Slack,
            r#"{"type":"event_callback","event":{"type":"message","user":"U1","channel":"C1","ts":"1","text":"chatter"}}"#,
        ),
        (
            Platform::Line,
            r#"{"events":[{"type":"message","mode":"standby","source":{"userId":"U1"},"webhookEventId":"1","message":{"type":"text","id":"1","text":"x"}}]}"#,
        ),
        (Platform::Line, r#"{"events":[{"type":"beacon","source":{"userId":"U1"},"webhookEventId":"1"}]}"#),
        (Platform::Viber, r#"{"event":"client_status","message_token":1}"#),
    ] {
        let shop = Shop::open(platform).await;
        let reply = shop.deliver(body.as_bytes().to_vec()).await;
        assert_eq!(reply.status.as_u16(), 200, "{platform:?} {body}: {}", reply.text);
        assert!(shop.events().is_empty(), "{platform:?} {body}");
    }
}

#[tokio::test]
async fn a_channel_that_is_not_set_up_has_no_route_and_metas_handshake_needs_its_word() {
    let shop = Shop::open(Platform::WhatsApp).await;
    assert_eq!(shop.server.get("/webhooks/messenger").send().await.status, 404);
    let path = |token: &str| {
        format!("/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444")
    };
    let right = shop.server.get(&path("123:token-Of_the-bot")).send().await;
    assert_eq!((right.status.as_u16(), right.text.as_str()), (200, "1158201444"));
    assert!(right.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    shop.server.get(&path("another")).send().await.refused(403, "no_proof");
}
