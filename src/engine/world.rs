//! The facts of the world that a decision may use: the time, what is known of the person, and the queues.

use crate::bot::Bot;
use crate::dialog::{Address, MessagingApp, World};
use crate::engine::Engine;
use crate::engine::cache::Hot;
use crate::engine::contacts;

impl Engine {
    /// The world as a turn on this conversation may know it.
    pub(super) fn world(&self, bot: &Bot, hot: &Hot) -> World {
        let now = self.0.clock.now();
        let mut queues = hot.site.hours(bot, now);
        self.staff(bot, &hot.site.id, &mut queues, now);
        let (position, contact) = (self.0.views.place_number(hot.id), (*hot.known).clone());
        let mut world = World { now, contact, position, queues, ..World::default() };
        if let Some(opening) = &hot.conversation.opening {
            world.earlier = opening.earlier;
            world.app = self.app_at(&opening.address);
        }
        world
    }

    /// The messaging app through which somebody is reached.
    pub(super) fn app_at(&self, address: &Address) -> Option<MessagingApp> {
        let account = self.channels().of(address)?;
        Some(MessagingApp { window: account.channel.window(address) })
    }

    /// How many conversations the person had before; asked once, when one begins.
    pub(super) fn earlier(&self, hot: &Hot, contact: crate::id::ContactId) -> u32 {
        // A count that cannot be read is no reason to turn a visitor away.
        let count = |member| contacts::count(&*self.0.store, &hot.site.id, member).unwrap_or(0);
        self.0.people.group(contact).into_iter().map(count).fold(0, u32::saturating_add)
    }
}
