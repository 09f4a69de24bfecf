//! Watching a bot's folder: when its files have changed, the bot is loaded again and put in the place of the old one. A bot with
//! mistakes changes nothing: the old one goes on, and the operator reads why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::bot::Bot;
use crate::engine::Engine;
use crate::id::SiteId;

/// How often the folder is looked at. Asking for a few dates costs nothing, and it works on every kind of disk.
const EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// The files of a bot, with the date and size of each.
type Files = BTreeMap<PathBuf, (SystemTime, u64)>;

/// Watches for ever. `load` reads and compiles the folder; its error is told to the operator as it is.
pub async fn watch(
    engine: Engine,
    site: SiteId,
    folder: PathBuf,
    load: impl Fn(&Path) -> Result<Bot, String> + Send + Sync + 'static,
) {
    let load = Arc::new(load);
    let mut loaded = files(&folder).await;
    let mut seen = loaded.clone();
    loop {
        tokio::time::sleep(EVERY).await;
        let now = files(&folder).await;
        // Whoever saves several files is given the time to finish: two looks must find the same.
        if now != seen {
            seen = now;
            continue;
        }
        if now == loaded {
            continue;
        }
        loaded = now;
        // What came of it stands in the log and in the server's health.
        let _ = reload(&engine, &site, &folder, &load).await;
    }
}

/// Loads a bot again and puts it in the place of the old one, if it has no mistakes. Gives its version, or the report.
pub async fn reload<L>(engine: &Engine, site: &SiteId, folder: &Path, load: &Arc<L>) -> Result<String, String>
where
    L: Fn(&Path) -> Result<Bot, String> + Send + Sync + 'static,
{
    let (load, at) = (Arc::clone(load), folder.to_owned());
    let loaded = tokio::task::spawn_blocking(move || load(&at)).await.unwrap_or_else(|error| Err(error.to_string()));
    let outcome = loaded.map(|bot| {
        let version = bot.version.clone();
        engine.swap_bot(site, Arc::new(bot));
        version
    });
    let told = match &outcome {
        Ok(version) => {
            tracing::info!(%site, version, "the bot was reloaded");
            "loaded"
        }
        Err(report) => {
            engine.refuse_bot(site);
            tracing::error!(%site, "the changed bot has mistakes, so the old one goes on: {report}");
            "refused"
        }
    };
    metrics::counter!("frontdesk_reloads_total", "outcome" => told).increment(1);
    outcome
}

async fn files(folder: &Path) -> Files {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut files = Files::new();
        collect(&folder, &mut files);
        files
    })
    .await
    .unwrap_or_default()
}

/// A folder that cannot be read has no files: loading it then says why.
fn collect(folder: &Path, files: &mut Files) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else { continue };
        if metadata.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            files.insert(path, (metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len()));
        }
    }
}
