//! What must not be in the data folder, looked for in its bytes: sensitive words below a file, and what was taken back.

use super::*;
use crate::dialog::{RemoteFile, RemoteKind};

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
