//! Watching a bot's folder: whatever changes in it is noticed, once it is whole, and a broken bot changes nothing.

use std::time::Duration;

use super::*;
use crate::engine::reload;

/// A folder that is watched for the site "shop". Its bot's version is what its files hold, and a file that says "broken" is a
/// mistake.
struct Watched {
    shop: Shop,
    folder: TempDir,
    loads: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Watched {
    /// Time stands from here on, and jumps ahead whenever everybody waits.
    async fn new() -> Self {
        let (shop, folder, loads) = (Shop::new(), tempfile::tempdir().unwrap(), Arc::default());
        tokio::time::pause();
        let watched = Self { shop, folder, loads };
        watched.write("bot.yaml", "one");
        let (path, loads) = (watched.folder.path().to_owned(), Arc::clone(&watched.loads));
        tokio::spawn(reload::watch(watched.shop.engine.clone(), "shop".into(), path, move |folder| {
            let held = held(folder);
            loads.lock().unwrap().push(held.clone());
            if held.contains("broken") { Err("bot.yaml:1:1: broken".to_owned()) } else { Ok(bot::bot(&held)) }
        }));
        // Half a second apart from the looks, so that every change below falls between two of them.
        tokio::time::sleep(Duration::from_millis(500)).await;
        watched
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn version(&self) -> String {
        self.shop.engine.site(&"shop".into()).unwrap().bot().version.clone()
    }

    /// What was loaded within five seconds from now.
    async fn loads(&self) -> Vec<String> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        std::mem::take(&mut *self.loads.lock().unwrap())
    }
}

/// What the files of a folder hold, in the order of their names.
fn held(folder: &Path) -> String {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: std::path::PathBuf| {
        if path.is_dir() { held(&path) } else { std::fs::read_to_string(path).unwrap() }
    };
    paths.into_iter().map(read).collect::<Vec<_>>().join("+")
}

#[tokio::test]
async fn a_file_that_was_changed_added_or_removed_is_noticed_once() {
    let watched = Watched::new().await;
    assert_eq!((watched.loads().await, watched.version()), (Vec::new(), "1".to_owned()), "nothing has changed yet");
    let remove = |name: &str| std::fs::remove_file(watched.folder.path().join(name)).unwrap();
    let steps: [(&str, &dyn Fn(), &str); 5] = [
        ("changed", &|| watched.write("bot.yaml", "another"), "another"),
        ("added", &|| watched.write("more.yml", "more"), "another+more"),
        ("added in a folder", &|| watched.write("languages/el.yaml", "greek"), "another+greek+more"),
        ("removed", &|| remove("more.yml"), "another+greek"),
        ("removed from a folder", &|| remove("languages/el.yaml"), "another+"),
    ];
    for (what, change, version) in steps {
        change();
        assert_eq!(
            (watched.loads().await, watched.version()),
            (vec![version.to_owned()], version.to_owned()),
            "{what}"
        );
    }
    watched.shop.audit().await;
}

#[tokio::test]
async fn files_that_are_still_being_saved_are_waited_for() {
    let watched = Watched::new().await;
    for number in 0..5 {
        watched.write("bot.yaml", &"half ".repeat(number + 1));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(watched.loads.lock().unwrap().is_empty(), "read while it was being written");
    watched.write("bot.yaml", "whole");
    assert_eq!(watched.loads().await, ["whole"]);
    watched.shop.audit().await;
}

#[tokio::test]
async fn a_broken_bot_keeps_the_old_one_until_it_is_mended() {
    let watched = Watched::new().await;
    watched.write("bot.yaml", "a broken one");
    assert_eq!((watched.loads().await, watched.version()), (vec!["a broken one".to_owned()], "1".to_owned()));
    watched.write("bot.yaml", "mended");
    assert_eq!((watched.loads().await, watched.version()), (vec!["mended".to_owned()], "mended".to_owned()));
    watched.shop.audit().await;
}
