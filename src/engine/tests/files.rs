//! Files: one with each event that tells of it, none without, also after crashes, repeats, erasing and a move.

use super::troubled::Troubled;
use super::*;
use crate::dialog::{FILES_MAX, Refused};
use crate::engine::{FileError, Received};
use crate::store::{Append, AppendError, transfer};

async fn received(shop: &Shop, content: &[u8], name: &str) -> Result<Received, FileError> {
    let mut incoming = shop.engine.receive_file()?;
    for piece in content.chunks(7) {
        incoming.write(piece).await?;
    }
    incoming.finish(name).await
}

async fn sends(shop: &Shop, user: &str, content: &str, client: &str) -> TurnDone {
    let file = received(shop, content.as_bytes(), "list.txt").await.unwrap();
    shop.engine.visitor_file(&address(user), file, Some(client.to_owned())).await.unwrap()
}

/// Every file that lies in the data folder, by its path in it.
fn lying(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = vec![folder.join("files")];
    while let Some(inside) = look.pop() {
        for entry in std::fs::read_dir(&inside).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look.push(path)
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string())
            }
        }
    }
    found.sort();
    found
}

impl Shop {
    fn lying(&self) -> Vec<String> {
        lying(self.folder.as_ref().unwrap().path())
    }

    /// What is in the file of an event.
    fn content(&self, id: ConversationId, no: EventNo) -> Option<String> {
        let (_, file) = self.engine.file(id, no).unwrap()?;
        Some(std::io::read_to_string(file).unwrap())
    }
}

fn file_event(done: &TurnDone) -> EventNo {
    done.events.iter().find(|recorded| recorded.event.file().is_some()).unwrap().no
}

#[tokio::test]
async fn a_file_lies_there_with_its_event_and_goes_with_its_person() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    shop.says("zoe", "hello").await;
    let done = sends(&shop, "zoe", "two lamps", "f1").await;
    let (id, no) = (done.conversation, file_event(&done));
    assert_eq!(shop.content(id, no).as_deref(), Some("two lamps"));
    assert_eq!(shop.content(id, EventNo(no.0 - 1)), None, "another event tells of no file");
    assert_eq!(shop.state(id).last_text, "list.txt");

    // A repeat, whose first answer was lost, changes nothing.
    let again = sends(&shop, "zoe", "two lamps", "f1").await;
    assert!(again.duplicate && file_event(&again) == no);
    assert_eq!(shop.lying().len(), 1, "{:?}", shop.lying());

    let shop = shop.restart(Span::seconds(1)).await;
    assert_eq!(shop.content(id, no).as_deref(), Some("two lamps"));
    let other = sends(&shop, "kim", "one chair", "f1").await;
    let contact = shop.state(id).opening.clone().unwrap().contact;
    shop.engine.erase_contact(&"shop".into(), contact).await.unwrap();
    assert_eq!(shop.content(id, no), None);
    assert_eq!(shop.content(other.conversation, file_event(&other)).as_deref(), Some("one chair"));
    assert_eq!(shop.lying().len(), 1, "{:?}", shop.lying());
    shop.audit().await;
}

#[tokio::test]
async fn what_is_refused_or_broken_off_leaves_no_file() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let id = shop.says("zoe", "hello").await.conversation;
    let mut broken = shop.engine.receive_file().unwrap();
    broken.write(b"half of").await.unwrap();
    drop(broken);
    assert!(matches!(received(&shop, b"", "a.txt").await, Err(FileError::Empty)));
    assert!(matches!(received(&shop, b"<svg onload=alert(1)>", "a.png").await, Err(FileError::Kind)));
    let ann = shop.quiet_agent("Ann").await;
    let bob = shop.quiet_agent("Bob").await;
    shop.command(&ann, id, AgentCommand::Claim).await.unwrap();
    let file = received(&shop, b"words", "a.txt").await.unwrap();
    let refused = shop.engine.agent_file(&bob.agent, Role::Agent, id, file, None).await;
    assert!(matches!(refused, Err(TurnError::Refused(Refused::OwnedBy { .. }))), "{refused:?}");
    assert_eq!(shop.lying(), Vec::<String>::new());
    let file = received(&shop, b"words", "a.txt").await.unwrap();
    let done = shop.engine.agent_file(&ann.agent, Role::Agent, id, file, None).await.unwrap();
    assert_eq!(shop.content(id, file_event(&done)).as_deref(), Some("words"));
    shop.audit().await;
}

#[tokio::test]
async fn what_a_crash_left_half_done_is_ended_at_the_next_start() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let done = sends(&shop, "zoe", "two lamps", "f1").await;
    let (id, no) = (done.conversation, file_event(&done));
    // As it lies after a crash between the event and the move to its place; and two of which no event tells.
    let folder = shop.folder.as_ref().unwrap().path().join("files");
    let at = folder.parent().unwrap().join(&shop.lying()[0]);
    let incoming = folder.join("incoming");
    std::fs::rename(&at, incoming.join(format!("{id}~{}", at.file_name().unwrap().to_str().unwrap()))).unwrap();
    std::fs::write(incoming.join("f_0192f0c1a2b37d6e8f901a2b3c4d5e6f"), "x").unwrap();
    std::fs::write(incoming.join(format!("{id}~f_0192f0c1a2b37d6e8f901a2b3c4d5e6f")), "x").unwrap();
    assert_eq!(shop.content(id, no).as_deref(), Some("two lamps"), "it is found all the same");
    let shop = shop.restart(Span::seconds(1)).await;
    assert_eq!(shop.content(id, no).as_deref(), Some("two lamps"));
    assert_eq!(shop.lying(), [at.strip_prefix(shop.folder.as_ref().unwrap().path()).unwrap().display().to_string()]);
    shop.audit().await;
}

/// A shop on disk whose store says that it has stopped when a file is told of; before it says so, it `does` something.
fn stopping(does: impl Fn(&Arc<dyn Store>, &Append) + Send + Sync + 'static) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let inner = Arc::clone(&store);
    let append = move |append: &Append| {
        let tells = append.events.iter().any(|event| String::from_utf8_lossy(event).contains("visitor_sent"));
        tells.then(|| does(&inner, append)).map(|()| AppendError::Halted("the disk is gone".into()))
    };
    let troubled = Troubled { append: Box::new(append), ..Troubled::new(store) };
    Shop::start(Arc::new(troubled), Clock::by_hand(START), String::new(), Some(folder))
}

#[tokio::test]
async fn a_file_whose_event_may_be_stored_waits_for_the_next_start() {
    // The commit is on the disk although nobody could tell.
    let stored = |store: &Arc<dyn Store>, append: &Append| {
        let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (store, append) = (Arc::clone(store), append.clone());
        std::thread::spawn(move || runtime().block_on(store.append(append)).unwrap()).join().unwrap();
    };
    let shop = stopping(stored);
    let id = shop.says("zoe", "hello").await.conversation;
    let file = received(&shop, b"two lamps", "list.txt").await.unwrap();
    let refused = shop.engine.visitor_file(&address("zoe"), file, None).await;
    assert_eq!(refused, Err(TurnError::Halted));
    let shop = shop.restart(Span::seconds(1)).await;
    let told = shop.events(id).into_iter().find(|recorded| recorded.event.file().is_some()).expect("it was stored");
    assert_eq!(shop.content(id, told.no).as_deref(), Some("two lamps"));
    assert!(shop.lying()[0].starts_with(&format!("files/{id}/")), "{:?}", shop.lying());
    shop.audit().await;

    // It is not: then the file goes.
    let shop = stopping(|_, _| ());
    shop.says("zoe", "hello").await;
    let file = received(&shop, b"two lamps", "list.txt").await.unwrap();
    assert_eq!(shop.engine.visitor_file(&address("zoe"), file, None).await, Err(TurnError::Halted));
    assert_eq!(shop.lying().len(), 1);
    let shop = shop.restart(Span::seconds(1)).await;
    assert_eq!(shop.lying(), Vec::<String>::new());
    shop.audit().await;
}

#[tokio::test]
async fn a_picture_is_kept_without_what_it_tells() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let photo = b"\xff\xd8\xff\xfe\0\x0cElm Street\xff\xdb\0\x03\0\xff\xd9";
    let file = received(&shop, photo, "lamp.jpg").await.unwrap();
    let silent = b"\xff\xd8\xff\xdb\0\x03\0\xff\xd9";
    assert_eq!(file.attachment.bytes, silent.len() as u64);
    let done = shop.engine.visitor_file(&address("zoe"), file, None).await.unwrap();
    let (_, mut kept) = shop.engine.file(done.conversation, file_event(&done)).unwrap().unwrap();
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut kept, &mut content).unwrap();
    assert_eq!(content, silent);
    shop.audit().await;
}

#[tokio::test]
async fn a_conversation_holds_so_many_files_and_no_more() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    for number in 0..FILES_MAX {
        sends(&shop, "zoe", "x", &format!("f{number}")).await;
    }
    let file = received(&shop, b"x", "a.txt").await.unwrap();
    let refused = shop.engine.visitor_file(&address("zoe"), file, None).await;
    assert_eq!(refused, Err(TurnError::Refused(Refused::TooManyFiles)));
    assert_eq!(shop.lying().len(), FILES_MAX as usize);
    sends(&shop, "kim", "x", "another's conversation has room").await;
}

#[tokio::test]
async fn an_export_holds_the_files_and_verify_misses_those_that_are_gone() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let long = "a long list ".repeat(20_000);
    let done = sends(&shop, "zoe", &long, "f1").await;
    let (id, no) = (done.conversation, file_event(&done));
    let mut exported = Vec::new();
    transfer::export(&*shop.store, &mut exported).unwrap();
    let moved = tempfile::tempdir().unwrap();
    // What lay there before belongs to no store.
    std::fs::create_dir_all(moved.path().join("files/c_0192f0c1a2b37d6e8f901a2b3c4d5e6f")).unwrap();
    transfer::import(moved.path(), &mut exported.as_slice(), &FromEvents).unwrap();
    let shop = Shop::start(open(moved.path()), Clock::by_hand(START), String::new(), Some(moved));
    assert_eq!(shop.content(id, no).as_deref(), Some(long.as_str()));
    assert!(transfer::verify(&*shop.store, &FromEvents).unwrap().is_good());

    let folder = shop.folder.as_ref().unwrap().path();
    std::fs::remove_file(folder.join(&shop.lying()[0])).unwrap();
    std::fs::create_dir(folder.join("files/c_0192f0c1a2b37d6e8f901a2b3c4d5e6f")).unwrap();
    let report = transfer::verify(&*shop.store, &FromEvents).unwrap();
    let problems: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("is missing") && problems[1].contains("no such conversation"), "{problems:?}");
}

#[tokio::test]
async fn files_of_what_was_erased_do_not_come_back_with_a_copied_folder() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let done = sends(&shop, "zoe", "two lamps", "f1").await;
    let folder = shop.folder.as_ref().unwrap().path();
    let (at, copy) = (folder.join(&shop.lying()[0]), folder.join("copy"));
    std::fs::copy(&at, &copy).unwrap();
    let contact = shop.state(done.conversation).opening.clone().unwrap().contact;
    shop.engine.erase_contact(&"shop".into(), contact).await.unwrap();
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    std::fs::rename(copy, at).unwrap();
    let shop = shop.restart(Span::seconds(1)).await;
    assert_eq!(shop.lying(), Vec::<String>::new());
}
