//! The sites of the server: each a bot with its look. The bot is swapped whole; a turn uses the one it began with.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use crate::bot::Bot;
use crate::dialog::QueueFacts;
use crate::id::{QueueName, SiteId};
use crate::time::{Span, Time};

/// Where a timetable does not change, it is computed again after so long.
const HOURS_KEPT: Span = Span::hours(1);

/// A site as the server is given it.
#[derive(Debug)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// What visitors read above the chat.
    pub title: String,
    /// The bot.
    pub bot: Arc<Bot>,
    /// Origins of the pages that may hold the widget, such as `https://shop.example`.
    pub origins: Vec<String>,
    /// How the widget looks.
    pub look: Look,
}

/// How the widget looks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The colour of header and buttons, such as `#1f6feb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// `right` or `left`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// What the launcher button says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launcher: Option<String>,
    /// What the closed widget says beside its launcher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// `light`, `dark`, or `auto` as the visitor's system has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// The address of a picture above the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// The address of a picture for the launcher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Pixels between the launcher and the side of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_x: Option<u16>,
    /// Pixels between the launcher and the bottom of the window: above a cookie bar, for instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_y: Option<u16>,
    /// What it may cover: larger covers smaller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z_index: Option<u32>,
    /// `off`: no sound until the visitor switches it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
}

/// A site that runs.
#[derive(Debug)]
pub struct LiveSite {
    /// Its id.
    pub id: SiteId,
    /// What visitors read above the chat.
    pub title: String,
    /// Origins of the pages that may hold the widget.
    pub origins: Vec<String>,
    /// How the widget looks.
    pub look: Look,
    bot: ArcSwap<Bot>,
    /// Whether the bot's files have changed since and were refused.
    outdated: AtomicBool,
    hours: Mutex<Option<HoursNow>>,
}

/// The facts of the queues that follow from the timetables, and until when they hold.
#[derive(Debug)]
struct HoursNow {
    bot: String,
    from: Time,
    until: Time,
    queues: BTreeMap<QueueName, QueueFacts>,
}

impl LiveSite {
    pub(super) fn new(site: Site) -> Self {
        let Site { id, title, bot, origins, look } = site;
        Self {
            id,
            title,
            origins,
            look,
            bot: ArcSwap::new(bot),
            outdated: AtomicBool::new(false),
            hours: Mutex::new(None),
        }
    }

    /// The bot as it is now.
    pub fn bot(&self) -> Arc<Bot> {
        self.bot.load_full()
    }

    pub(super) fn swap(&self, bot: Arc<Bot>) {
        self.bot.store(bot);
        self.outdated.store(false, Ordering::Relaxed);
    }

    pub(super) fn refuse(&self) {
        self.outdated.store(true, Ordering::Relaxed);
    }

    /// Whether a changed bot was refused, so that the one from before goes on.
    pub(super) fn is_outdated(&self) -> bool {
        self.outdated.load(Ordering::Relaxed)
    }

    /// What the timetables say of every queue. Computed again when a queue opens or closes.
    pub(super) fn hours(&self, bot: &Bot, now: Time) -> BTreeMap<QueueName, QueueFacts> {
        let mut kept = self.hours.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(hours) if hours.bot == bot.version && hours.from <= now && now < hours.until => hours.queues.clone(),
            _ => {
                let hours = hours_now(bot, now);
                let queues = hours.queues.clone();
                *kept = Some(hours);
                queues
            }
        }
    }
}

fn hours_now(bot: &Bot, now: Time) -> HoursNow {
    let program = &bot.program;
    let mut until = now + HOURS_KEPT;
    let mut queues = BTreeMap::new();
    for name in program.queues.keys() {
        let open = program.queue_is_open(name, now);
        let closes = if open { program.queue_closes_at(name, now) } else { None };
        let next_opening = if open { None } else { program.queue_opens_at(name, now) };
        for change in [closes, next_opening].into_iter().flatten() {
            until = until.min(change);
        }
        queues.insert(name.clone(), QueueFacts { open, closes, next_opening, ..QueueFacts::default() });
    }
    HoursNow { bot: bot.version.clone(), from: now, until, queues }
}
