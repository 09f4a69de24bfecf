//! What must not be in the data folder, looked for in its bytes: sensitive words below a file, and what was taken back.

use super::*;
use crate::dialog::{Input, RemoteFile, RemoteKind};
use crate::engine::{contacts, unlearning};

/// Asks for a card.
const CARDS: &str = r#"
bot: { name: Cards, languages: [en] }
intents:
  pay:
    phrases: I want to pay
entities:
  card: { pattern: '\d{16}', example: "4111111111111111", sensitive: true }
flows:
  pay:
    start_on: pay
    steps:
      - ask: Your card number?
        expect: card
        save_as: card
      - say: "Thank you, {{ card }}."
"#;

/// All bytes of the data folder, after what was overwritten has left the disk.
async fn bytes_of(shop: Shop) -> Vec<u8> {
    let Shop { engine, store, folder, .. } = shop;
    stopped(engine, &store).await;
    let report = store::transfer::verify(&*store, &FromEvents).unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    drop(store);
    let folder = folder.expect("only a shop on disk has a folder");
    store::transfer::compact(folder.path()).unwrap();
    let mut bytes = Vec::new();
    read_all(folder.path(), &mut bytes);
    bytes
}

fn read_all(folder: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_all(&path, into);
        } else {
            into.extend(std::fs::read(path).unwrap());
        }
    }
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

fn remote(name: &str) -> RemoteFile {
    RemoteFile { kind: RemoteKind::Image, reference: None, name: Some(name.to_owned()), words: None }
}

#[tokio::test]
async fn a_sensitive_caption_is_not_in_the_data_folder() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let loaded = crate::flow::load(&[crate::flow::SourceFile::new("bot.yaml", CARDS)]);
    let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
    shop.engine.swap_bot(&"shop".into(), Arc::new(crate::bot::Bot::compile(program, "cards".to_owned())));
    let id = shop.says("zoe", "I want to pay").await.conversation;
    let caption = Some("this one: 4111 1111 1111 1111".to_owned());
    let turn = VisitorTurn::Remote { file: remote("card.png"), caption, client: Some("m2".to_owned()) };
    shop.engine.visitor(&address("zoe"), VisitorFacts::default(), turn).await.unwrap();
    assert!(shop.bot_said(id).contains(&"Thank you, ••••.".to_owned()), "{:?}", shop.bot_said(id));
    let bytes = bytes_of(shop).await;
    assert!(holds(&bytes, "I want to pay") && holds(&bytes, "card.png"), "what may be there is found");
    assert!(!holds(&bytes, "4111111111111111") && !holds(&bytes, "4111 1111"));
}

#[tokio::test]
async fn what_was_taken_back_is_not_in_the_data_folder() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    shop.message("zoe", "my secret is xylophone", Some("m1")).await.unwrap();
    let caption = Some("a xylophone too".to_owned());
    let turn = VisitorTurn::Remote { file: remote("xylophone.png"), caption, client: Some("m2".to_owned()) };
    shop.engine.visitor(&address("zoe"), VisitorFacts::default(), turn).await.unwrap();
    shop.message("zoe", "what stays is a marimba", Some("m3")).await.unwrap();
    for message in ["m1", "m2", "m2", "m9"] {
        shop.engine.take_back(&address("zoe"), message).await.unwrap();
    }
    let bytes = bytes_of(shop).await;
    assert!(holds(&bytes, "marimba"), "what may be there is found");
    assert!(!holds(&bytes, "xylophone"));
}

#[tokio::test]
async fn a_fact_that_was_taken_back_is_not_in_the_history_of_its_person() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let id = shop.says("zoe", "name").await.conversation;
    shop.message("zoe", "xylophone", Some("m1")).await.unwrap();
    let contact = shop.state(id).opening.clone().unwrap().contact;
    let known = |shop: &Shop| contacts::load(&*shop.store, &"shop".into(), contact).unwrap().unwrap().known;
    shop.until("the name is known", || known(&shop).contains_key("name")).await;
    // From here on the conversation is read with what is known of its person, and so is the next.
    let shop = shop.restart(Span::seconds(1)).await;
    shop.says("zoe", "hello").await;
    shop.clock.advance(Span::days(2));
    shop.until("it is closed", || shop.owner(id) == "closed").await;
    let id = shop.says("zoe", "hello").await.conversation;
    shop.says("zoe", "hello").await;
    let export = || {
        let mut lines = Vec::new();
        store::transfer::export(&*shop.store, &mut lines).unwrap();
        lines
    };
    assert!(holds(&export(), "\"contact\":{\"name\""), "what is known is recorded with what is said");
    shop.engine.take_back(&address("zoe"), "m1").await.unwrap();
    shop.says("zoe", "what stays is a marimba").await;
    let pending = || !shop.store.scan(Space::Outbox, "contact/", None, 9).unwrap().is_empty();
    shop.until("the contact forgets it", || !pending() && !known(&shop).contains_key("name")).await;
    shop.says("zoe", "name").await;
    assert_eq!(shop.bot_said(id).last().unwrap(), "what is your contact.name?", "the bot does not know it");
    assert!(!holds(&export(), "xylophone"));
    let bytes = bytes_of(shop).await;
    assert!(holds(&bytes, "marimba"), "what may be there is found");
    assert!(!holds(&bytes, "xylophone"));
}

#[tokio::test]
async fn what_was_known_before_a_fact_that_is_unlearned_is_known_again() {
    let shop = Shop::new();
    let (first, second) =
        (shop.says("zoe", "hello").await.conversation, ConversationId::from_uuid(uuid::Uuid::now_v7()));
    let contact = shop.state(first).opening.clone().unwrap().contact;
    let (site, now) = ("shop".into(), shop.clock.now());
    let told = async |from: ConversationId, name: &str, said: u64| {
        let event = Event::SlotSet {
            slot: "contact.name".into(),
            value: name.into(),
            said: name.to_owned(),
            kind: None,
            from: Some(EventNo(said)),
            sensitive: false,
        };
        let told = [Recorded { no: EventNo(said + 1), at: now, event }];
        contacts::learn(&*shop.store, &site, contact, from, &told, now).await.unwrap();
    };
    told(first, "Marimba", 3).await;
    told(second, "xylophone", 3).await;
    let name = || contacts::load(&*shop.store, &site, contact).unwrap().unwrap().known["name"].text();
    assert_eq!(name(), "xylophone");
    let of_second = |slot: &crate::flow::Slot| slot.from == Some(EventNo(3));
    let whose = (contact, &[contact][..]);
    let unlearned = unlearning::unlearn(&*shop.store, &site, whose, second, now, of_second).await;
    assert_eq!(unlearned, Ok(true));
    assert_eq!(name(), "Marimba", "the same number in another conversation is another message");
    let again = unlearning::unlearn(&*shop.store, &site, whose, second, now, |_| true).await;
    assert_eq!(again, Ok(false), "a repeat changes nothing");
    shop.audit().await;
}

#[tokio::test]
async fn a_file_that_could_not_be_removed_is_removed_at_the_next_start() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let turn = VisitorTurn::Remote { file: remote("xylophone.png"), caption: None, client: Some("m1".to_owned()) };
    let done = shop.engine.visitor(&address("zoe"), VisitorFacts::default(), turn).await.unwrap();
    let (id, of) = (done.conversation, sent(&done));
    let mut incoming = shop.engine.receive_file().unwrap();
    incoming.write(b"a secret in a file").await.unwrap();
    let file = incoming.finish("xylophone.txt").await.unwrap();
    file.name(id).await.unwrap();
    let fetched = Input::Fetched { of, file: Some(file.attachment.clone()) };
    let place =
        shop.folder.as_ref().unwrap().path().join("files").join(id.to_string()).join(file.attachment.id.to_string());
    let outcome = shop.engine.turn_of(id, fetched, None).await;
    file.kept_if(&outcome).await;
    // What cannot be removed is what a crash did not let be removed.
    let aside = place.with_extension("aside");
    std::fs::rename(&place, &aside).unwrap();
    std::fs::create_dir(&place).unwrap();
    shop.engine.take_back(&address("zoe"), "m1").await.unwrap();
    let waiting = |shop: &Shop| shop.store.scan(Space::Outbox, "gone/", None, 9).unwrap().len();
    assert_eq!(waiting(&shop), 1, "it is written down with what takes it back");
    let Shop { engine, store, clock, services, folder, .. } = shop;
    stopped(engine, &store).await;
    drop(store);
    std::fs::remove_dir(&place).unwrap();
    std::fs::rename(&aside, &place).unwrap();
    let shop = Shop::start(open(folder.as_ref().unwrap().path()), clock, services, folder);
    shop.until("the file is removed", || waiting(&shop) == 0).await;
    assert!(!place.exists());
    shop.audit().await;
}

/// The event of a file that lies at a messaging app.
fn sent(done: &TurnDone) -> EventNo {
    done.events.iter().find(|recorded| matches!(recorded.event, Event::RemoteSent { .. })).unwrap().no
}
