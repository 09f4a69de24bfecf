//! Reading bots from their folders, for `serve` and its reloads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bot::Bot;
use crate::cli::load_bot;
use crate::engine::Engine;
use crate::id::SiteId;

/// The folders of all sites' bots.
#[derive(Debug, Clone)]
pub(super) struct Bots(pub Vec<(SiteId, PathBuf)>);

impl Bots {
    /// Loads every bot again and puts the good ones in the place of the old ones. Gives each site's new version, or the report.
    pub(super) async fn reload(&self, engine: &Engine) -> Vec<(SiteId, Result<String, String>)> {
        let mut outcomes = Vec::new();
        for (site, folder) in &self.0 {
            let at = folder.clone();
            let loaded = tokio::task::spawn_blocking(move || load(&at)).await;
            let outcome = loaded.unwrap_or_else(|error| Err(error.to_string())).map(|bot| {
                let version = bot.version.clone();
                engine.swap_bot(site, Arc::new(bot));
                version
            });
            match &outcome {
                Ok(version) => tracing::info!(%site, version, "the bot was reloaded"),
                Err(report) => {
                    tracing::error!(%site, "the changed bot has mistakes, so the old one goes on: {report}");
                }
            }
            outcomes.push((site.clone(), outcome));
        }
        outcomes
    }
}

/// The bot in a folder; the report for its author if it has mistakes.
pub(super) fn load(folder: &Path) -> Result<Bot, String> {
    let loaded = load_bot(folder).map_err(|error| format!("{error:#}"))?;
    loaded.bot.ok_or_else(|| loaded.report.errors().to_string())
}
