//! What people in messaging apps are told: of files that are on their way, when they press "Start", and where the answer to a
//! message that they leave will come.

use frontdesk::dialog::{
    AgentCommand, Attachment, Event, Input, Message, MessagingApp, Owner, Phase, QueueFacts, RemoteFile, RemoteKind,
};
use frontdesk::flow::Builtin;
use frontdesk::id::{EventNo, FileId};
use frontdesk::time::Span;
use uuid::Uuid;

use crate::support::talk::{START, Talk, agent, bot, said};

const SHOP: &str = r#"
bot: { name: Lamp Shop, languages: [en], timezone: Europe/Athens, default_queue: desk }
queues: { desk: {} }
intents:
  broken: { label: It is broken, phrases: my lamp is broken }
  hours: { label: Opening hours, phrases: when are you open, answer: From nine to five. }
flows:
  broken:
    start_on: broken
    steps:
      - ask: A photo of it, please.
        expect: photo
        save_as: photo
      - ask: What is your order number?
        expect: number
        save_as: order
      - say: Thank you.
"#;

const RECEIVED: &str = "Thank you, I have received it.";
const LOST: &str = "I am sorry, what you sent did not arrive.";
const UNSUPPORTED: &str = "I am sorry, this kind of message does not arrive here.";

fn remote(kind: RemoteKind) -> RemoteFile {
    let lies_there = !matches!(kind, RemoteKind::Location | RemoteKind::Contact | RemoteKind::Unsupported);
    RemoteFile { kind, reference: lies_there.then(|| "there".to_owned()), name: None, words: None }
}

fn picture(name: &str) -> Attachment {
    let id = FileId::from_uuid(Uuid::from_u128(7));
    Attachment { id, name: name.to_owned(), media: "image/png".to_owned(), bytes: 9 }
}

/// The last message of the bot.
fn last(talk: &Talk) -> &Message {
    let said = talk.events.iter().rev().find_map(|recorded| match &recorded.event {
        Event::BotSaid { message, .. } => Some(message),
        _ => None,
    });
    said.expect("the bot has said something")
}

impl Talk {
    /// The visitor sends something that is not text; gives its event and what the bot says.
    fn sends(&mut self, kind: RemoteKind, caption: Option<&str>) -> (EventNo, Vec<String>) {
        let file = remote(kind);
        let no = EventNo(self.conversation.version.0 + 1);
        let events = self.give(Input::Remote { file, caption: caption.map(str::to_owned), client: None });
        (no, said(&events))
    }

    /// What they sent is here, or lost; gives what the bot says.
    fn fetches(&mut self, of: EventNo, file: Option<Attachment>) -> Vec<String> {
        said(&self.give(Input::Fetched { of, file }))
    }
}

#[track_caller]
fn begins(said: &[String], expected: &[&str]) {
    let fits = said.len() == expected.len() && said.iter().zip(expected).all(|(text, begin)| text.starts_with(begin));
    assert!(fits, "{said:?} instead of {expected:?}");
}

#[test]
fn of_a_file_nothing_is_said_before_it_is_here_and_then_no_more_than_is_true() {
    let mut talk = Talk::new(SHOP);
    let (photo, told) = talk.sends(RemoteKind::Image, None);
    begins(&told, &[]);
    let told = talk.fetches(photo, Some(picture("a.png")));
    begins(&told, &[RECEIVED]);
    assert!(!told[0].contains("will see"), "nobody is promised who does not know of it: {told:?}");
    let buttons: Vec<_> = last(&talk).buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(buttons, ["Talk to a person"]);
    talk.visitor("yes please");
    assert!(matches!(talk.conversation.phase, Phase::Active(Owner::Queue(_))), "a word is enough");
}

#[test]
fn what_never_comes_is_told_as_that() {
    let mut talk = Talk::new(SHOP);
    let (voice, _) = talk.sends(RemoteKind::Audio, None);
    begins(&talk.fetches(voice, None), &[LOST]);
    begins(&talk.sends(RemoteKind::Unsupported, None).1, &[UNSUPPORTED]);
    begins(&talk.sends(RemoteKind::Location, None).1, &[RECEIVED]);
    let (sticker, told) = talk.sends(RemoteKind::Sticker, None);
    begins(&told, &[]);
    begins(&talk.fetches(sticker, None), &[]);
}

#[test]
fn of_what_is_sent_together_is_told_once_and_of_what_is_lost_always() {
    let mut talk = Talk::new(SHOP);
    let photos: Vec<EventNo> = (0..3).map(|_| talk.sends(RemoteKind::Image, None).0).collect();
    begins(&talk.fetches(photos[1], Some(picture("b.png"))), &[RECEIVED]);
    begins(&talk.fetches(photos[0], Some(picture("a.png"))), &[]);
    talk.now = talk.now + Span::seconds(50);
    let (late, _) = talk.sends(RemoteKind::Image, None);
    begins(&talk.fetches(late, Some(picture("d.png"))), &[]);
    begins(&talk.fetches(photos[2], None), &[LOST]);
    let (again, _) = talk.sends(RemoteKind::Image, None);
    begins(&talk.fetches(again, Some(picture("c.png"))), &[RECEIVED]);
    talk.now = talk.now + Span::minutes(2);
    let (another, _) = talk.sends(RemoteKind::Image, None);
    begins(&talk.fetches(another, Some(picture("e.png"))), &[RECEIVED]);
    talk.visitor("yes");
    assert!(matches!(talk.conversation.phase, Phase::Active(Owner::Queue(_))));
}

#[test]
fn whoever_was_offered_a_person_for_another_reason_is_told_of_their_photo() {
    fn loses_patience(talk: &mut Talk) {
        for _ in 0..9 {
            talk.visitor("this is useless, when are you open");
            if talk.conversation.person_offered {
                return;
            }
        }
        panic!("nobody was offered: {:?}", talk.conversation.frustration);
    }
    let mut talk = Talk::new(SHOP);
    loses_patience(&mut talk);
    let (photo, _) = talk.sends(RemoteKind::Image, None);
    begins(&talk.fetches(photo, Some(picture("a.png"))), &[RECEIVED]);
    talk.now = talk.now + Span::minutes(2);
    let (photo, _) = talk.sends(RemoteKind::Image, None);
    loses_patience(&mut talk);
    begins(&talk.fetches(photo, Some(picture("b.png"))), &[RECEIVED]);
}

#[test]
fn a_photo_that_was_asked_for_answers_when_it_is_here_with_or_without_words() {
    for caption in [None, Some("here it is, cracked all over")] {
        let mut talk = Talk::new(SHOP);
        talk.visitor("my lamp is broken");
        let (photo, told) = talk.sends(RemoteKind::Image, caption);
        begins(&told, &[]);
        let (besides, _) = talk.sends(RemoteKind::Image, None);
        begins(&talk.fetches(photo, Some(picture("a.png"))), &["What is your order number?"]);
        begins(&talk.fetches(besides, Some(picture("b.png"))), &[]);
    }
    // The words below it begin what asks for it.
    let mut talk = Talk::new(SHOP);
    let (photo, told) = talk.sends(RemoteKind::Image, Some("my lamp is broken"));
    begins(&told, &["A photo of it, please."]);
    begins(&talk.fetches(photo, Some(picture("a.png"))), &["What is your order number?"]);
    // What was lost is no wrong answer, and what comes in its place is not passed over.
    let mut talk = Talk::new(SHOP);
    talk.visitor("my lamp is broken");
    let (photo, _) = talk.sends(RemoteKind::Image, None);
    begins(&talk.fetches(photo, None), &[LOST, "A photo of it, please."]);
    begins(&talk.sends(RemoteKind::Location, None).1, &[RECEIVED, "A photo of it, please."]);
    assert_eq!(talk.conversation.open_wait().unwrap().retries, 0);
    let (photo, _) = talk.sends(RemoteKind::Image, None);
    begins(&talk.fetches(photo, Some(picture("b.png"))), &["What is your order number?"]);
}

#[test]
fn words_below_a_file_are_answered_alone_unless_it_is_lost() {
    let mut talk = Talk::new(SHOP);
    let (photo, told) = talk.sends(RemoteKind::Image, Some("when are you open"));
    begins(&told, &["From nine to five.", "Is there anything else"]);
    begins(&talk.fetches(photo, Some(picture("a.png"))), &[]);
    let (photo, _) = talk.sends(RemoteKind::Image, Some("when are you open"));
    begins(&talk.fetches(photo, None), &[LOST]);
}

#[test]
fn who_waits_is_told_when_it_is_here_and_with_a_person_the_bot_is_silent() {
    let mut talk = Talk::new(SHOP);
    talk.visitor("I want to talk to a person");
    talk.now = talk.now + Span::minutes(5);
    let (photo, told) = talk.sends(RemoteKind::Image, None);
    begins(&told, &[]);
    begins(&talk.fetches(photo, Some(picture("a.png"))), &["Thank you, I have added that."]);
    let (photo, _) = talk.sends(RemoteKind::Image, None);
    begins(&talk.fetches(photo, None), &[LOST]);
    begins(&talk.sends(RemoteKind::Unsupported, None).1, &[UNSUPPORTED]);
    talk.agent(&agent(1, "Ann"), AgentCommand::Claim);
    begins(&talk.sends(RemoteKind::Unsupported, None).1, &[]);
    let (photo, _) = talk.sends(RemoteKind::Image, None);
    begins(&talk.fetches(photo, None), &[]);
}

#[test]
fn a_card_answers_the_question_for_a_number_and_a_place_the_one_where() {
    const CALL: &str = "bot: { name: Lamp Shop, languages: [en] }\n\
        intents: { call: { label: Call me, phrases: please call me back } }\n\
        flows:\n  call:\n    start_on: call\n    steps:\n\
        \x20   - { ask: What is your number?, expect: phone, save_as: phone }\n\
        \x20   - { ask: Where are you?, expect: text, save_as: place }\n\
        \x20   - say: 'We call {{ phone }} at {{ place }}.'\n";
    let mut talk = Talk::new(CALL);
    talk.visitor("please call me back");
    let mut tells = |kind: RemoteKind, words: &str| {
        let file = RemoteFile { words: Some(words.to_owned()), ..remote(kind) };
        said(&talk.give(Input::Remote { file, caption: None, client: None }))
    };
    begins(&tells(RemoteKind::Location, "38.02, 23.73"), &[RECEIVED, "What is your number?"]);
    begins(&tells(RemoteKind::Contact, "Ann +306912345678"), &["Where are you?"]);
    begins(
        &tells(RemoteKind::Location, "38.02, 23.73"),
        &["We call +306912345678 at 38.02, 23.73.", "Is there anything"],
    );
}

#[test]
fn of_what_was_taken_back_on_its_way_nothing_is_said() {
    let mut talk = Talk::new(SHOP);
    let (photo, _) = talk.sends(RemoteKind::Image, None);
    talk.give(Input::TakenBack { of: photo });
    begins(&talk.fetches(photo, Some(picture("a.png"))), &[]);
}

#[test]
fn who_presses_start_in_an_app_gets_a_word_in_every_language() {
    for (language, hello) in [("en", "Hello"), ("cy", "Helo"), ("fil", "Kumusta"), ("fa", "سلام"), ("el", "Γεια σας")]
    {
        let yaml = SHOP.replace("languages: [en]", &format!("languages: [{language}]"));
        let mut talk = Talk::not_begun(&yaml);
        talk.app = Some(MessagingApp::default());
        let told = said(&talk.open(true));
        begins(&told, &[hello]);
        assert!(told[0].contains("Lamp Shop"), "{told:?}");
        assert_eq!(last(&talk).buttons.len(), 1, "a person is one press away");
    }
    let mut on_a_page = Talk::not_begun(SHOP);
    begins(&said(&on_a_page.open(true)), &[]);
    let greets = SHOP.replace("flows:", "flows:\n  hi: { start_on: conversation_opened, steps: [say: Welcome.] }");
    let mut talk = Talk::not_begun(&greets);
    talk.app = Some(MessagingApp::default());
    begins(&said(&talk.open(true)), &["Welcome."]);
    let mut writes_first = Talk::not_begun(SHOP);
    writes_first.app = Some(MessagingApp::default());
    begins(&said(&writes_first.open(false)), &[]);
}

#[test]
fn an_address_is_asked_for_only_where_the_answer_may_not_reach_the_app() {
    let (here, email) = ("The answer will come here", "Which e-mail address");
    let closed = |hours: i64| QueueFacts { next_opening: Some(START + Span::hours(hours)), ..QueueFacts::default() };
    let unknown = QueueFacts::default();
    let away = QueueFacts { open: true, ..QueueFacts::default() };
    let (ends, endless) = (MessagingApp { window: Some(Span::hours(24)) }, MessagingApp { window: None });
    for (app, queues, expected) in [
        (None, closed(15), email),
        (Some(endless), closed(15), here),
        (Some(endless), closed(63), here),
        (Some(endless), unknown.clone(), here),
        (Some(ends), closed(15), here),
        // It opens in time, and there is no time left to answer.
        (Some(ends), closed(21), email),
        (Some(ends), closed(63), email),
        (Some(ends), unknown, email),
        (Some(ends), away, here),
    ] {
        let mut talk = Talk::new(SHOP);
        (talk.app, talk.queues) = (app, queues.clone());
        talk.visitor("I want to talk to a person");
        if talk.conversation.open_wait().is_none() {
            talk.visitor("leave a message");
        }
        talk.visitor("My lamp hums all night");
        let told = talk.visitor("Ann Light");
        assert!(told.iter().any(|text| text.contains(expected)), "{app:?} {queues:?}: {told:?}");
        assert_eq!(told.iter().any(|text| text.contains(here)), expected == here, "{app:?} {queues:?}: {told:?}");
        assert_eq!(talk.conversation.left.is_some(), expected == here, "and with that it is left");
    }
}

#[test]
fn built_in_labels_fit_where_apps_have_room_for_twenty_letters() {
    let known = bot("bot: { name: Tiny, languages: [en, cy, fil, fa, el] }");
    let labels = known.program.sentences.keys().filter(|key| key.ends_with("_button")).cloned().collect::<Vec<_>>();
    assert!(labels.len() >= 10, "{labels:?}");
    for key in labels {
        for language in &known.program.languages {
            let label = &known.program.sentences[&key].in_language(language, &[]).unwrap().source;
            assert!(label.encode_utf16().count() <= 20, "{key} in {language}: {label}");
        }
    }
    assert!(known.program.intents.values().any(|intent| intent.builtin == Some(Builtin::Human)));
}
