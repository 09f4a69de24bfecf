//! Reading bots from their folders, for `serve` and its reloads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bot::Bot;
use crate::cli::load_bot;
use crate::engine::{Engine, reload};
use crate::id::SiteId;

/// The folders of all sites' bots.
#[derive(Debug, Clone)]
pub(super) struct Bots(pub Vec<(SiteId, PathBuf)>);

impl Bots {
    /// Loads every bot again and puts the good ones in the place of the old ones. Gives each site's new version, or the report.
    pub(super) async fn reload(&self, engine: &Engine) -> Vec<(SiteId, Result<String, String>)> {
        let mut outcomes = Vec::new();
        for (site, folder) in &self.0 {
            outcomes.push((site.clone(), reload::reload(engine, site, folder, &Arc::new(load)).await));
        }
        outcomes
    }
}

/// The bot in a folder; the report for its author if it has mistakes.
pub(super) fn load(folder: &Path) -> Result<Bot, String> {
    let loaded = load_bot(folder).map_err(|error| format!("{error:#}"))?;
    loaded.bot.ok_or_else(|| loaded.report.errors().to_string())
}
