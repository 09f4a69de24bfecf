//! The index rows of a conversation: a pure function of its state, so that `rows(after) − rows(before)` is all that a commit
//! has to write, and `verify` can compare. Rows only find conversations; what they show comes from the state. The rows of lists that
//! grow with the archive carry facts (see `facts`), so that a filter need not read every state.
//!
//! | key                                                        | while                          |
//! |------------------------------------------------------------|--------------------------------|
//! | `queue/<site>/<queue>/<9 − priority>/<position>/<id>`      | the visitor waits              |
//! | `owner/<agent>/<site>/<id>`                                | an agent owns it               |
//! | `due/<milliseconds>/<site>/<id>`                           | a deadline runs: the earliest  |
//! | `live/<site>/<minutes, newest first>/<id>`                 | it is not closed               |
//! | `closed/<site>/<minutes, newest first>/<id>`               | it is closed                   |
//! | `left/<site>/<milliseconds>/<id>`                          | a message waits for an agent   |
//! | `mention/<agent>/<milliseconds>/<site>/<id>`              | a note names an agent          |
//! | `label/<site>/<folded label>/<minutes, newest first>/<id>` | it has the label               |
//! | `snoozed/<site>/<milliseconds>/<id>`                       | it is on hold: until when      |
//! | `follow/<site>/<milliseconds>/<event>/<id>`                | a reminder is not done         |
//! | `undelivered/<site>/<minutes, newest first>/<id>`         | a message did not arrive, until it is closed |
//! | `contact/<site>/<contact>/<milliseconds>/<id>`             | always                         |

use std::sync::Arc;

use crate::dialog::{Conversation, Deadline, Owner, Phase};
use crate::flow::Priority;
use crate::id::{AgentId, ContactId, ConversationId, EventNo, QueueName, SiteId};
use crate::time::{Span, Time};
use crate::view::Facts;

/// Deadlines that every word moves (idleness) are found by rows that are early by up to so long: then a turn seldom has to
/// move its row. Whoever finds the row asks the state for the exact time.
const COARSE: Span = Span::hours(1);

/// Lists order conversations by the minute in which somebody last did something.
const RECENT: Span = Span::minutes(1);

/// The key of an index row. Where it orders by the place in the queue, it names the event that gave the place; the store
/// knows that event's position.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndexKey {
    /// A fixed text.
    Fixed(String),
    /// `before`, the position of the commit that holds `event`, `after`.
    AtEvent {
        /// What stands before the position.
        before: String,
        /// The event.
        event: EventNo,
        /// What stands after it.
        after: String,
    },
}

/// An index row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRow {
    /// Its key.
    pub key: IndexKey,
    /// What a filter asks of it, in the rows of the long lists.
    pub facts: Option<Arc<Facts>>,
}

impl IndexRow {
    fn bare(key: IndexKey) -> Self {
        Self { key, facts: None }
    }
}

/// The index rows of a conversation that has begun; none before that.
pub fn rows(id: ConversationId, conversation: &Conversation) -> Vec<IndexRow> {
    let Some(opening) = &conversation.opening else { return Vec::new() };
    let site = part(opening.address.site.as_str());
    let mut rows = Vec::with_capacity(4);
    if let Some((due, deadline)) = conversation.deadlines().into_iter().next() {
        let coarse = matches!(deadline, Deadline::Idle | Deadline::ResolvedOver);
        let due = if coarse { floor(due, COARSE) } else { due.0.max(0) };
        rows.push(IndexKey::Fixed(format!("due/{due:020}/{site}/{id}")));
    }
    match &conversation.phase {
        Phase::Active(Owner::Queue(waits)) => rows.push(IndexKey::AtEvent {
            before: format!("{}{}/", prefix::queue(&opening.address.site, &waits.queue), 9 - rank(waits.priority)),
            event: waits.place,
            after: format!("/{id}"),
        }),
        Phase::Active(Owner::Agent(with_agent)) => {
            rows.push(IndexKey::Fixed(format!("{}{site}/{id}", prefix::owner(with_agent.agent.id))));
        }
        Phase::Active(Owner::Bot) | Phase::Resolved { .. } | Phase::Closed => {}
    }
    let list = if conversation.phase == Phase::Closed { prefix::closed } else { prefix::live };
    let newest_first = i64::MAX - floor(conversation.active_at, RECENT);
    let facts = Facts::of(conversation).map(Arc::new);
    let listed = |key: String| IndexRow { key: IndexKey::Fixed(key), facts: facts.clone() };
    let mut rows: Vec<_> = rows.into_iter().map(IndexRow::bare).collect();
    rows.push(listed(format!("{}{newest_first:020}/{id}", list(&opening.address.site))));
    for label in &conversation.filed.labels {
        rows.push(listed(format!("{}{newest_first:020}/{id}", prefix::label(&opening.address.site, label))));
    }
    if let Some(until) = conversation.with_agent().and_then(|with_agent| with_agent.snoozed) {
        rows.push(listed(format!("{}{:020}/{id}", prefix::snoozed(&opening.address.site), until.0.max(0))));
    }
    for follow_up in conversation.filed.open_follow_ups() {
        let (due, no) = (follow_up.due.0.max(0), follow_up.no);
        rows.push(listed(format!("{}{due:020}/{no}/{id}", prefix::follow(&opening.address.site))));
    }
    if let Some(left) = &conversation.left {
        rows.push(listed(format!("{}{:020}/{id}", prefix::left(&opening.address.site), left.at.0.max(0))));
    }
    if !conversation.undelivered.is_empty() && conversation.phase != Phase::Closed {
        rows.push(listed(format!("{}{newest_first:020}/{id}", prefix::undelivered(&opening.address.site))));
    }
    for (agent, mention) in &conversation.mentions {
        let key = format!("{}{:020}/{site}/{id}", prefix::mentions(*agent), mention.at.0.max(0));
        rows.push(IndexRow::bare(IndexKey::Fixed(key)));
    }
    let contact = prefix::contact(&opening.address.site, opening.contact);
    rows.push(IndexRow::bare(IndexKey::Fixed(format!("{contact}{:020}/{id}", conversation.opened_at.0.max(0)))));
    rows
}

/// What the keys of rows of one kind begin with.
pub mod prefix {
    use super::{AgentId, ContactId, QueueName, SiteId, part};

    /// All deadlines, the earliest first.
    pub const DUE: &str = "due/";

    /// All who wait.
    pub const QUEUES: &str = "queue/";

    /// All that agents own.
    pub const OWNERS: &str = "owner/";

    /// Those who wait in one queue, the next first.
    pub fn queue(site: &SiteId, queue: &QueueName) -> String {
        format!("{QUEUES}{}/{}/", part(site.as_str()), part(queue.as_str()))
    }

    /// What one agent owns.
    pub fn owner(agent: AgentId) -> String {
        format!("{OWNERS}{agent}/")
    }

    /// Where notes name an agent who has not seen it yet, the oldest first.
    pub fn mentions(agent: AgentId) -> String {
        format!("mention/{agent}/")
    }

    /// A site's conversations that are not closed, the latest first.
    pub fn live(site: &SiteId) -> String {
        format!("live/{}/", part(site.as_str()))
    }

    /// A site's conversations with a message that no agent has taken up, the oldest first.
    pub fn left(site: &SiteId) -> String {
        format!("left/{}/", part(site.as_str()))
    }

    /// A site's conversations with a label, the latest first.
    pub fn label(site: &SiteId, label: &str) -> String {
        format!("label/{}/{}/", part(site.as_str()), part(&crate::text::fold(label)))
    }

    /// A site's labels, each as often as it is used.
    pub fn labels(site: &SiteId) -> String {
        format!("label/{}/", part(site.as_str()))
    }

    /// A site's conversations on hold, the first to come back first.
    pub fn snoozed(site: &SiteId) -> String {
        format!("snoozed/{}/", part(site.as_str()))
    }

    /// A site's conversations in which a message did not arrive, the latest first.
    pub fn undelivered(site: &SiteId) -> String {
        format!("undelivered/{}/", part(site.as_str()))
    }

    /// A site's reminders that are not done, the first to be due first.
    pub fn follow(site: &SiteId) -> String {
        format!("follow/{}/", part(site.as_str()))
    }

    /// A site's closed conversations, the latest first.
    pub fn closed(site: &SiteId) -> String {
        format!("closed/{}/", part(site.as_str()))
    }

    /// A contact's conversations, the first first.
    pub fn contact(site: &SiteId, contact: ContactId) -> String {
        format!("contact/{}/{contact}/", part(site.as_str()))
    }
}

/// A name as one part of a key: no part can run into the next.
pub fn part(name: &str) -> std::borrow::Cow<'_, str> {
    if name.contains(['%', '/']) { name.replace('%', "%25").replace('/', "%2F").into() } else { name.into() }
}

fn rank(priority: Priority) -> u8 {
    match priority {
        Priority::Low => 1,
        Priority::Normal => 2,
        Priority::High => 3,
        Priority::Urgent => 4,
    }
}

fn floor(time: Time, step: Span) -> i64 {
    let time = time.0.max(0);
    time - time % step.0
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::dialog::{Address, InQueue, Opening};

    fn conversation() -> Conversation {
        let address = Address {
            site: "shop".into(),
            channel: "web".into(),
            account: String::new(),
            chat: String::new(),
            user: "v".into(),
        };
        let contact = ContactId::from_uuid(Uuid::from_u128(2));
        Conversation {
            version: EventNo(1),
            opening: Some(Opening { address, contact, page: None, earlier: 0, left: Vec::new() }),
            opened_at: Time(1_000),
            active_at: Time(1_000),
            ..Conversation::default()
        }
    }

    fn keys(conversation: &Conversation) -> Vec<String> {
        let rows = rows(ConversationId::from_uuid(Uuid::from_u128(1)), conversation);
        let mut keys: Vec<_> = rows.iter().map(|row| format!("{:?}", row.key)).collect();
        keys.sort();
        keys
    }

    #[test]
    fn a_word_within_the_same_minute_moves_no_row() {
        let before = conversation();
        let after = Conversation { version: EventNo(9), active_at: Time(59_999), ..before.clone() };
        assert_eq!(keys(&before), keys(&after));
        let later = Conversation { active_at: Time(60_000), ..before.clone() };
        assert_ne!(keys(&before), keys(&later));
    }

    #[test]
    fn more_urgent_visitors_sort_first_and_names_cannot_run_into_each_other() {
        let waiting = |queue: &str, priority| {
            let mut conversation = conversation();
            conversation.phase = Phase::Active(Owner::Queue(InQueue {
                queue: queue.into(),
                priority,
                since: Time(1_000),
                entered: None,
                place: EventNo(1),
                max_wait: None,
                closes: None,
                away_told: false,
                left_by: None,
            }));
            let rows = rows(ConversationId::from_uuid(Uuid::from_u128(1)), &conversation);
            let before = rows.iter().find_map(|row| match &row.key {
                IndexKey::AtEvent { before, .. } => Some(before.clone()),
                IndexKey::Fixed(_) => None,
            });
            before.unwrap()
        };
        assert!(waiting("q", Priority::Urgent) < waiting("q", Priority::High));
        assert!(waiting("q", Priority::Normal) < waiting("q", Priority::Low));
        assert_eq!(waiting("a/b", Priority::Normal), "queue/shop/a%2Fb/7/");
    }

    #[test]
    fn a_row_of_a_deadline_is_never_late() {
        let conversation = conversation();
        let (due, _) = conversation.deadlines().remove(0);
        let rows = rows(ConversationId::from_uuid(Uuid::from_u128(1)), &conversation);
        let row = rows.iter().find_map(|row| match &row.key {
            IndexKey::Fixed(key) => key.strip_prefix("due/")?.get(..20)?.parse::<i64>().ok(),
            IndexKey::AtEvent { .. } => None,
        });
        assert!(row.is_some_and(|row| row <= due.0));
    }
}
