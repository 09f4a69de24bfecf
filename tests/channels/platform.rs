//! What the tests must know of each platform: how it signs, how somebody writes, what a message to somebody looks like, and
//! how it answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

/// A platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    Telegram,
    WhatsApp,
    Messenger,
    Slack,
    Twilio,
    Line,
    Viber,
    Webhook,
}

pub(crate) const ALL: [Platform; 8] = [
    Platform::Telegram,
    Platform::WhatsApp,
    Platform::Messenger,
    Platform::Slack,
    Platform::Twilio,
    Platform::Line,
    Platform::Viber,
    Platform::Webhook,
];

/// The address under which the platforms know the server.
pub(crate) const PUBLIC_URL: &str = "https://bot.example.com";

/// The secret of the generic webhook; 24 bytes.
const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The secrets, by the names of their environment variables.
pub(crate) fn env(name: &str) -> Option<String> {
    Some(match name {
        "TOKEN" => "123:token-Of_the-bot".to_owned(),
        "SECRET" => "tg-Secret_token-123".to_owned(),
        "WEBHOOK_SECRET" => WHSEC.to_owned(),
        _ => return None,
    })
}

fn sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn decoded(form: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8(form.to_vec()).unwrap();
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn encoded(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut url = reqwest::Url::parse("http://x/").unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().as_bytes().to_vec()
}

impl Platform {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::WhatsApp => "whatsapp",
            Self::Messenger => "messenger",
            Self::Slack => "slack",
            Self::Twilio => "twilio",
            Self::Line => "line",
            Self::Viber => "viber",
            Self::Webhook => "webhook",
        }
    }

    pub(crate) fn path(self) -> String {
        format!("/webhooks/{}", self.name())
    }

    /// Its part of `channels:`.
    pub(crate) fn settings(self, api: &str) -> String {
        let settings = match self {
            Self::Telegram => "token: TOKEN, secret: SECRET, username: '@LampsBot'".to_owned(),
            Self::Line => "token: TOKEN, secret: SECRET, basic_id: '@lamps'".to_owned(),
            Self::WhatsApp => {
                "token: TOKEN, app_secret: SECRET, verify_token: TOKEN, phone: '+44 20 7946 0000'".to_owned()
            }
            Self::Messenger => {
                "token: TOKEN, app_secret: SECRET, verify_token: TOKEN, app_id: 2055501007418636, page_id: '104005550100273'"
                    .to_owned()
            }
            Self::Slack => "token: TOKEN, signing_secret: SECRET".to_owned(),
            Self::Twilio => "token: SECRET, account_sid: AC00, phone: '+442079460000'".to_owned(),
            Self::Viber => "token: SECRET, name: Corner Lamps, uri: lamps".to_owned(),
            Self::Webhook => return format!("  webhook: {{ secret: WEBHOOK_SECRET, url: '{api}/hook' }}\n"),
        };
        format!("  {}: {{ {settings}, api: '{api}' }}\n", self.name())
    }

    /// The headers with which it proves a body.
    pub(crate) fn signed(self, body: &[u8], now: i64) -> Vec<(&'static str, String)> {
        let secret = b"tg-Secret_token-123";
        let json = ("content-type", "application/json".to_owned());
        let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
        match self {
            Self::Telegram => vec![json, ("x-telegram-bot-api-secret-token", "tg-Secret_token-123".to_owned())],
            Self::WhatsApp | Self::Messenger => {
                vec![json, ("x-hub-signature-256", format!("sha256={}", hex(&sha256(secret, &[body]))))]
            }
            Self::Slack => {
                let at = now.to_string();
                let signature = sha256(secret, &[b"v0:", at.as_bytes(), b":", body]);
                let kind = if body.starts_with(b"{") { json } else { form };
                vec![kind, ("x-slack-request-timestamp", at), ("x-slack-signature", format!("v0={}", hex(&signature)))]
            }
            Self::Twilio => {
                let mut pairs = decoded(body);
                pairs.sort();
                let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret).unwrap();
                mac.update(format!("{PUBLIC_URL}{}", self.path()).as_bytes());
                pairs.iter().for_each(|(name, value)| mac.update(format!("{name}{value}").as_bytes()));
                vec![form, ("x-twilio-signature", STANDARD.encode(mac.finalize().into_bytes()))]
            }
            Self::Line => vec![json, ("x-line-signature", STANDARD.encode(sha256(secret, &[body])))],
            Self::Viber => vec![json, ("x-viber-content-signature", hex(&sha256(secret, &[body])))],
            Self::Webhook => {
                let key = STANDARD.decode(WHSEC.trim_start_matches("whsec_")).unwrap();
                let (id, at) = (format!("msg_{}", hex(&sha256(b"id", &[body]))), now.to_string());
                let signature = STANDARD.encode(sha256(&key, &[id.as_bytes(), b".", at.as_bytes(), b".", body]));
                vec![
                    json,
                    ("webhook-id", id),
                    ("webhook-timestamp", at),
                    ("webhook-signature", format!("v1,{signature}")),
                ]
            }
        }
    }

    /// The platform's name for the n-th visitor.
    pub(crate) fn user(self, number: usize) -> String {
        match self {
            Self::Telegram => (7_000_000_000_usize + number).to_string(),
            Self::WhatsApp => format!("4477009{number:05}"),
            Self::Messenger => format!("72055501{number:08}"),
            Self::Slack => format!("U{number:09}"),
            Self::Twilio => format!("+1217555{number:04}"),
            Self::Line => format!("U{number:032x}"),
            Self::Viber => format!("{}==", STANDARD.encode(format!("viber+user/{number:010}")).trim_end_matches('=')),
            Self::Webhook => format!("user {number}/%"),
        }
    }

    /// A body in which the n-th visitor writes; `number` makes its id.
    pub(crate) fn text_from(self, user: usize, text: &str, number: usize) -> Vec<u8> {
        let who = self.user(user);
        let id: i64 = who.parse().unwrap_or_default();
        let body = match self {
            Self::Telegram => json!({ "update_id": 10_000 + number, "message": {
                "message_id": number, "date": 1, "text": text,
                "from": { "id": id, "is_bot": false, "first_name": "Ann" }, "chat": { "id": id, "type": "private" } } }),
            Self::WhatsApp => json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{
                "field": "messages", "value": { "messaging_product": "whatsapp", "metadata": { "phone_number_id": "20555" },
                "contacts": [{ "profile": { "name": "Ann" }, "wa_id": who }],
                "messages": [{ "from": who, "id": format!("wamid.{number}"), "timestamp": "1", "type": "text",
                    "text": { "body": text } }] } }] }] }),
            Self::Messenger => {
                json!({ "object": "page", "entry": [{ "id": "104005550100273", "time": 1, "messaging": [{
                "sender": { "id": who }, "recipient": { "id": "104005550100273" }, "timestamp": 1,
                "message": { "mid": format!("m_{number}"), "text": text } }] }] })
            }
            Self::Slack => json!({ "type": "event_callback", "event_id": format!("Ev{number}"), "event": {
                "type": "message", "channel_type": "im", "channel": format!("D{who}"), "user": who, "text": text,
                "ts": format!("1700000000.{number:06}") } }),
            Self::Line => {
                json!({ "destination": "U0", "events": [{ "type": "message", "mode": "active", "timestamp": 1,
                "source": { "type": "user", "userId": who }, "webhookEventId": format!("01EV{number}"),
                "deliveryContext": { "isRedelivery": false },
                "message": { "type": "text", "id": number.to_string(), "text": text } }] })
            }
            Self::Viber => {
                json!({ "event": "message", "timestamp": 1, "message_token": 5_741_311_803_571_721_087_u64 + number as u64,
                "sender": { "id": who, "name": "Ann", "language": "en" }, "message": { "type": "text", "text": text } })
            }
            Self::Webhook => json!({ "type": "message", "id": format!("m{number}"), "user": who, "text": text }),
            Self::Twilio => {
                let sid = format!("SM{number:032}");
                return encoded(&[
                    ("MessageSid", &sid),
                    ("From", &who),
                    ("To", "+12125550111"),
                    ("Body", text),
                    ("NumMedia", "0"),
                ]);
            }
        };
        body.to_string().into_bytes()
    }

    /// To whom a call brings which words; none where it brings none.
    pub(crate) fn message(self, body: &[u8]) -> Option<(String, String)> {
        if self == Self::Twilio {
            let pairs = decoded(body);
            let field = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            return Some((field("To")?, field("Body")?));
        }
        let body: Value = serde_json::from_slice(body).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(match self {
            Self::Telegram => (body["chat_id"].as_i64()?.to_string(), text(&body["text"])?),
            Self::WhatsApp => {
                let words = text(&body["text"]["body"]).or_else(|| text(&body["interactive"]["body"]["text"]));
                (text(&body["to"])?, words?)
            }
            Self::Messenger => (text(&body["recipient"]["id"])?, text(&body["message"]["text"])?),
            Self::Slack => (text(&body["channel"])?.trim_start_matches('D').to_owned(), text(&body["text"])?),
            // A reply names nobody: it is the answer to what came.
            Self::Line => (text(&body["to"]).unwrap_or_default(), text(&body["messages"][0]["text"])?),
            Self::Viber => (text(&body["receiver"])?, text(&body["text"])?),
            Self::Webhook => (text(&body["to"]["user"])?, text(&body["text"])?),
            Self::Twilio => return None,
        })
    }

    /// The answer to a call that it took.
    pub(crate) fn taken(self, number: usize) -> (u16, String) {
        let body = match self {
            Self::Telegram => json!({ "ok": true, "result": { "message_id": number } }),
            Self::WhatsApp => {
                json!({ "messaging_product": "whatsapp", "messages": [{ "id": format!("wamid.out{number}") }] })
            }
            Self::Messenger => json!({ "recipient_id": "1", "message_id": format!("m_out{number}") }),
            Self::Slack => json!({ "ok": true, "ts": format!("1700000001.{number:06}") }),
            Self::Twilio => return (201, json!({ "sid": format!("SMout{number}"), "status": "queued" }).to_string()),
            Self::Line => json!({ "sentMessages": [{ "id": number.to_string() }] }),
            Self::Viber => {
                json!({ "status": 0, "status_message": "ok", "message_token": 5_741_000_000_000_000_000_u64 + number as u64 })
            }
            Self::Webhook => json!({}),
        };
        (200, body.to_string())
    }

    /// The header by whose value it knows what it has taken already.
    pub(crate) fn names_by(self) -> Option<&'static str> {
        match self {
            Self::Line => Some("x-line-retry-key"),
            Self::Webhook => Some("webhook-id"),
            _ => None,
        }
    }

    /// The answer to what it has taken already.
    pub(crate) fn taken_before(self) -> (u16, String) {
        let status = if self == Self::Line { 409 } else { 200 };
        (status, json!({ "message": "The retry key is already accepted" }).to_string())
    }

    /// The answer where too much was asked.
    pub(crate) fn too_much(self, seconds: u64) -> (u16, String) {
        let (status, body) = match self {
            Self::Telegram => (
                429,
                json!({ "ok": false, "error_code": 429, "description": "Too Many Requests",
                "parameters": { "retry_after": seconds } }),
            ),
            Self::WhatsApp => (400, json!({ "error": { "code": 130_429, "message": "Rate limit hit" } })),
            Self::Messenger => {
                (400, json!({ "error": { "code": 613, "message": "Calls to this api have exceeded the rate limit." } }))
            }
            Self::Slack => (429, json!({ "ok": false, "error": "ratelimited" })),
            Self::Twilio => (429, json!({ "code": 20_429, "message": "Too Many Requests", "status": 429 })),
            Self::Line => (429, json!({ "message": "The API rate limit has been exceeded." })),
            Self::Viber => (200, json!({ "status": 12, "status_message": "tooManyRequests" })),
            Self::Webhook => (429, json!({})),
        };
        (status, body.to_string())
    }

    /// The answer where the visitor has blocked us, or what is nearest to it.
    pub(crate) fn blocked(self) -> (u16, String) {
        let (status, body) = match self {
            Self::Telegram => (
                403,
                json!({ "ok": false, "error_code": 403, "description": "Forbidden: bot was blocked by the user" }),
            ),
            Self::WhatsApp => (400, json!({ "error": { "code": 131_026, "message": "Message undeliverable" } })),
            Self::Messenger => {
                (400, json!({ "error": { "code": 551, "message": "This person isn't available right now." } }))
            }
            Self::Slack => (200, json!({ "ok": false, "error": "channel_not_found" })),
            Self::Twilio => {
                (400, json!({ "code": 21_610, "message": "Attempt to send to unsubscribed recipient", "status": 400 }))
            }
            Self::Line => (400, json!({ "message": "The property, 'to', in the request body is invalid" })),
            Self::Viber => (200, json!({ "status": 6, "status_message": "notSubscribed" })),
            Self::Webhook => (410, json!({})),
        };
        (status, body.to_string())
    }
}
