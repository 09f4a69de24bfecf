//! Activities, the wire types of Direct Line: what clients send, and what they see of our events.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::dialog::{Button, Hyperlink, Message, MessageCard, Picture};
use crate::http::directline::conversation::Watermark;
use crate::id::{ConversationId, EventNo};
use crate::time::Time;
use crate::view::{VisitorLine, VisitorLineKind};

/// Who the bot is in activities.
const BOT: &str = "bot";

/// A set of activities, with the place after which to go on.
#[derive(Debug, Serialize)]
pub(super) struct ActivitySet {
    pub(super) activities: Vec<Activity>,
    pub(super) watermark: String,
}

/// One activity as a client sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Activity {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    timestamp: String,
    channel_id: &'static str,
    from: Party,
    conversation: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment_layout: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_actions: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_data: Option<Value>,
}

/// Who did it.
#[derive(Debug, Clone, Serialize)]
struct Party {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    role: &'static str,
}

/// What an activity that a client sent is taken for.
#[derive(Debug, Deserialize)]
pub(super) struct Posted {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    pub(super) text: Option<String>,
    /// What a button carries: ours, or anything.
    #[serde(default)]
    value: Value,
    #[serde(default)]
    pub(super) locale: Option<String>,
    #[serde(rename = "channelData", default)]
    channel_data: Value,
    #[serde(default)]
    pub(super) attachments: Option<Vec<Value>>,
}

/// What our buttons on cards carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pressed {
    pub(super) conversation: ConversationId,
    pub(super) event: u64,
    pub(super) option: usize,
}

impl Posted {
    /// The sender's own id of the activity, against repeats.
    pub(super) fn client(&self) -> Option<String> {
        let of_client = ["clientActivityID", "clientActivityId"];
        let named = of_client.iter().find_map(|name| self.channel_data.get(name)?.as_str());
        named.map(str::to_owned).or_else(|| self.id.clone()).filter(|id| !id.is_empty())
    }

    /// The button of ours that it presses.
    pub(super) fn pressed(&self) -> Option<Pressed> {
        Pressed::deserialize(&self.value).ok()
    }

    /// What it says: its text, else what a `postBack` carries instead.
    pub(super) fn said(&self) -> Option<String> {
        let text = self.text.as_deref().or(self.value.as_str())?;
        (!text.trim().is_empty()).then(|| text.to_owned())
    }
}

/// The id of the activity that an event is.
pub(super) fn id_of(conversation: ConversationId, no: EventNo) -> String {
    Watermark { conversation: Some(conversation), no }.to_string()
}

/// For whom activities are written, and about which conversation.
pub(super) struct Reader<'a> {
    /// The conversation of Direct Line.
    pub(super) line: String,
    /// The user's id, as their client knows it.
    pub(super) user: &'a str,
    /// What the bot is called.
    pub(super) title: &'a str,
    /// The address of a file that an event tells of.
    pub(super) file_url: &'a dyn Fn(ConversationId, EventNo) -> String,
}

impl Reader<'_> {
    /// The activity that a line is; none for who came and went, which the bot says in words.
    pub(super) fn activity(&self, conversation: ConversationId, line: &VisitorLine<'_>) -> Option<Activity> {
        let base = |from: Party| self.blank("message", id_of(conversation, line.no), line.at, from);
        let file = |file: &crate::dialog::Attachment| {
            let url = (self.file_url)(conversation, line.no);
            vec![json!({ "contentType": file.media, "contentUrl": url, "name": file.name })]
        };
        Some(match &line.kind {
            VisitorLineKind::Visitor { text, client, .. } => Activity {
                text: Some((*text).to_owned()),
                text_format: Some("plain"),
                channel_data: client.map(client_data),
                ..base(self.user())
            },
            VisitorLineKind::VisitorFile { file: sent, client } => {
                Activity { attachments: file(sent), channel_data: client.map(client_data), ..base(self.user()) }
            }
            VisitorLineKind::Bot(message) => self.of_bot(message, conversation, line.no, base(self.bot())),
            VisitorLineKind::Agent { name, text } => {
                Activity { text: Some((*text).to_owned()), text_format: Some("markdown"), ..base(agent(name)) }
            }
            VisitorLineKind::AgentFile { name, file: sent } => {
                Activity { attachments: file(sent), ..base(agent(name)) }
            }
            VisitorLineKind::Status { .. } => return None,
        })
    }

    /// That an agent is typing.
    pub(super) fn typing(&self, name: &str, now: Time) -> Activity {
        self.blank("typing", format!("typing.{}", uuid::Uuid::now_v7().simple()), now, agent(name))
    }

    fn blank(&self, kind: &'static str, id: String, at: Time, from: Party) -> Activity {
        Activity {
            kind,
            id,
            timestamp: at.to_string(),
            channel_id: "directline",
            from,
            conversation: json!({ "id": self.line }),
            text: None,
            text_format: None,
            attachments: Vec::new(),
            attachment_layout: None,
            suggested_actions: None,
            channel_data: None,
        }
    }

    fn user(&self) -> Party {
        Party { id: self.user.to_owned(), name: None, role: "user" }
    }

    fn bot(&self) -> Party {
        Party { id: BOT.to_owned(), name: Some(self.title.to_owned()), role: "bot" }
    }

    fn of_bot(&self, message: &Message, conversation: ConversationId, no: EventNo, base: Activity) -> Activity {
        let mut attachments: Vec<Value> = message.image.iter().map(picture).collect();
        attachments.extend(message.link.iter().map(|link| hero(json!({ "buttons": [open(link)] }))));
        let mut option = message.buttons.len();
        attachments.extend(message.cards.iter().map(|card| {
            let first = option;
            option += card.buttons.len();
            card_of(card, conversation, no, first)
        }));
        // What is typed in the words of a button counts as pressing it, so these work in every client.
        let actions = message
            .buttons
            .iter()
            .map(|button| json!({ "type": "imBack", "title": button.label, "value": button.label }));
        let actions: Vec<Value> = actions.collect();
        Activity {
            text: Some(message.text.clone()),
            text_format: Some("markdown"),
            attachment_layout: (message.cards.len() > 1).then_some("carousel"),
            attachments,
            suggested_actions: (!actions.is_empty()).then(|| json!({ "actions": actions })),
            ..base
        }
    }
}

fn agent(name: &str) -> Party {
    // Clients tell people apart by their ids.
    Party { id: format!("agent/{name}"), name: Some(name.to_owned()), role: "bot" }
}

fn client_data(client: &str) -> Value {
    json!({ "clientActivityID": client })
}

fn picture(picture: &Picture) -> Value {
    let path = picture.url.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let media = match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        _ => "image/png",
    };
    json!({ "contentType": media, "contentUrl": picture.url, "name": picture.alt })
}

fn hero(content: Value) -> Value {
    json!({ "contentType": "application/vnd.microsoft.card.hero", "content": content })
}

fn open(link: &Hyperlink) -> Value {
    let kind = if link.url.starts_with("tel:") { "call" } else { "openUrl" };
    json!({ "type": kind, "title": link.text, "value": link.url })
}

/// A card. Its buttons stay where they are, and several may be called the same, so each says which it is.
fn card_of(card: &MessageCard, conversation: ConversationId, no: EventNo, first: usize) -> Value {
    let press = |(number, button): (usize, &Button)| {
        let value = Pressed { conversation, event: no.0, option: first + number };
        let label = &button.label;
        json!({ "type": "messageBack", "title": label, "displayText": label, "text": label, "value": value })
    };
    let mut buttons: Vec<Value> = card.buttons.iter().enumerate().map(press).collect();
    buttons.extend(card.link.iter().map(open));
    let images: Vec<Value> =
        card.image.iter().map(|picture| json!({ "url": picture.url, "alt": picture.alt })).collect();
    hero(json!({ "title": card.title, "text": card.text, "images": images, "buttons": buttons }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::ButtonTarget;

    fn posted(activity: Value) -> Posted {
        serde_json::from_value(activity).unwrap()
    }

    #[test]
    fn buttons_and_cards_have_their_numbers() {
        let button = |label: &str| Button { label: label.to_owned(), target: ButtonTarget::Text };
        let card = |title: &str| MessageCard {
            title: title.to_owned(),
            text: None,
            image: Some(Picture { url: "https://shop.test/a.JPG?x=.gif".to_owned(), alt: "A".to_owned() }),
            link: Some(Hyperlink { url: "tel:+441".to_owned(), text: "Call".to_owned() }),
            buttons: vec![button("Take it")],
        };
        let message = Message {
            text: "Which?".to_owned(),
            buttons: vec![button("Red"), button("Blue")],
            image: card("").image,
            cards: vec![card("One"), card("Two")],
            ..Message::default()
        };
        let conversation = "c_0192f0c1a2b37d6e8f901a2b3c4d5e6f".parse().unwrap();
        let reader = Reader { line: "line".into(), user: "zoe", title: "Shop", file_url: &|_, _| String::new() };
        let line = VisitorLine { no: EventNo(7), at: Time(0), kind: VisitorLineKind::Bot(&message) };
        let activity = serde_json::to_value(reader.activity(conversation, &line).unwrap()).unwrap();
        assert_eq!(activity["id"], "c_0192f0c1a2b37d6e8f901a2b3c4d5e6f.7");
        assert_eq!(activity["from"], json!({ "id": "bot", "name": "Shop", "role": "bot" }));
        assert_eq!(activity["timestamp"], "1970-01-01T00:00:00.000Z");
        assert_eq!(
            activity["suggestedActions"]["actions"][1],
            json!({ "type": "imBack", "title": "Blue", "value": "Blue" })
        );
        assert_eq!(activity["attachments"][0]["contentType"], "image/jpeg");
        assert_eq!(activity["attachmentLayout"], "carousel");
        let second = &activity["attachments"][2]["content"];
        assert_eq!((second["title"].as_str(), second["buttons"][1]["type"].as_str()), (Some("Two"), Some("call")));
        let press = posted(json!({ "type": "message", "value": second["buttons"][0]["value"] })).pressed().unwrap();
        assert_eq!(press, Pressed { conversation, event: 7, option: 3 });
    }

    #[test]
    fn what_a_client_sends_is_a_text_or_a_press() {
        let said = |activity| posted(activity).said();
        assert_eq!(said(json!({ "text": "hi" })).as_deref(), Some("hi"));
        assert_eq!(said(json!({ "value": "hours", "channelData": { "postBack": true } })).as_deref(), Some("hours"));
        assert_eq!(said(json!({ "text": " ", "value": { "a": 1 } })), None);
        assert_eq!(posted(json!({ "value": { "event": 1, "option": 0 } })).pressed(), None, "of which conversation?");
        let client = |activity| posted(activity).client();
        assert_eq!(client(json!({ "id": "a", "channelData": { "clientActivityID": "b" } })).as_deref(), Some("b"));
        assert_eq!(client(json!({ "id": "a", "channelData": null })).as_deref(), Some("a"));
        assert_eq!(client(json!({})), None);
    }
}
