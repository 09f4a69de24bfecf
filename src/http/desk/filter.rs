//! The inbox's address: which list, which filter, which page. It can be kept, sent to a colleague, and gone back to.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::engine::{Account, Engine, Filter, List, Search};
use crate::flow::Priority;
use crate::text;
use crate::time::Time;

/// Characters of a question that count.
const QUESTION_CHARS_MAX: usize = 400;

/// What follows `?` in the inbox's address. Whatever cannot be read counts as not given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct InboxQuery {
    /// The list; the overview without one.
    pub list: String,
    /// The site.
    pub site: String,
    /// The queue.
    pub queue: String,
    /// The label.
    pub label: String,
    /// The channel.
    pub channel: String,
    /// The language.
    pub language: String,
    /// The agent's id.
    pub agent: String,
    /// The priority.
    pub priority: String,
    /// Where the page begins.
    pub after: String,
}

/// The lists that have a page of their own: their names in addresses, and the names of their titles.
pub(super) const LISTS: [(List, &str, &str); 8] = [
    (List::Due, "due", "desk-due"),
    (List::Mine, "mine", "desk-mine"),
    (List::Queue, "queue", "desk-queue"),
    (List::Left, "left", "desk-left"),
    (List::Open, "open", "desk-all-open"),
    (List::Snoozed, "snoozed", "desk-snoozed"),
    (List::FollowUps, "reminders", "desk-reminders"),
    (List::Closed, "closed", "desk-closed"),
];

/// A list's name in addresses.
pub(super) fn name_of(list: List) -> &'static str {
    LISTS.iter().find(|(known, ..)| *known == list).map_or("others", |(_, name, _)| name)
}

/// A list by its name in addresses.
pub fn list_named(name: &str) -> Option<List> {
    LISTS.iter().find(|(_, known, _)| *known == name).map(|(list, ..)| *list)
}

/// A priority by its name.
pub fn priority_named(name: &str) -> Option<Priority> {
    Some(match name {
        "urgent" => Priority::Urgent,
        "high" => Priority::High,
        "normal" => Priority::Normal,
        "low" => Priority::Low,
        _ => return None,
    })
}

impl InboxQuery {
    /// The list that is asked for; none for the overview.
    pub fn list(&self) -> Option<List> {
        list_named(&self.list)
    }

    /// What the conversations must have in common.
    pub fn filter(&self) -> Filter {
        fn given(text: &str) -> Option<&str> {
            Some(text.trim()).filter(|text| !text.is_empty())
        }
        Filter {
            site: given(&self.site).map(Into::into),
            queue: given(&self.queue).map(Into::into),
            label: given(&self.label).map(text::fold),
            channel: given(&self.channel).map(Into::into),
            language: given(&self.language).map(Into::into),
            agent: given(&self.agent).and_then(|agent| agent.parse().ok()),
            priority: given(&self.priority).and_then(priority_named),
        }
    }

    /// Where the page begins.
    pub fn after(&self) -> Option<&str> {
        Some(self.after.as_str()).filter(|after| !after.is_empty())
    }

    /// The address of a list with the same filter, from its beginning or after a place.
    pub(super) fn address(&self, page: &str, list: Option<List>, after: Option<&str>) -> String {
        let list = list.map(name_of).unwrap_or_default();
        let parts = [
            ("list", list),
            ("site", &self.site),
            ("queue", &self.queue),
            ("label", &self.label),
            ("channel", &self.channel),
            ("language", &self.language),
            ("agent", &self.agent),
            ("priority", &self.priority),
            ("after", after.unwrap_or_default()),
        ];
        address_of(page, &parts)
    }
}

/// What follows `?` in the search's address. Whatever cannot be read counts as not given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    /// The words.
    pub q: String,
    /// The site.
    pub site: String,
    /// The queue.
    pub queue: String,
    /// The label.
    pub label: String,
    /// The channel.
    pub channel: String,
    /// The language.
    pub language: String,
    /// The agent's id.
    pub agent: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// Anything, where the bot's words count too.
    pub bot: String,
    /// Where the page begins.
    pub after: String,
}

impl SearchQuery {
    /// What is looked for. Days are those of the bot of the first site that the agent serves.
    pub fn search(&self, engine: &Engine, agent: &Account) -> Search {
        let query = InboxQuery {
            site: self.site.clone(),
            queue: self.queue.clone(),
            label: self.label.clone(),
            channel: self.channel.clone(),
            language: self.language.clone(),
            agent: self.agent.clone(),
            ..InboxQuery::default()
        };
        let site = engine.sites().find(|site| agent.serves_site(&site.id));
        let zone = site.map_or(jiff::tz::TimeZone::UTC, |site| site.bot().program.zone.clone());
        let day = |text: &str, days: i64| {
            let date: jiff::civil::Date = text.trim().parse().ok()?;
            let date = date.checked_add(jiff::Span::new().days(days)).ok()?;
            Some(Time::from(date.to_zoned(zone.clone()).ok()?.timestamp()))
        };
        Search {
            text: self.q.chars().take(QUESTION_CHARS_MAX).collect(),
            filter: query.filter(),
            from: day(&self.from, 0),
            until: day(&self.until, 1),
            bot: !self.bot.is_empty(),
        }
    }

    /// Where the page begins.
    pub fn offset(&self) -> usize {
        self.after.parse().unwrap_or(0)
    }

    /// Whether something is asked for.
    pub fn is_empty(&self) -> bool {
        self.q.trim().is_empty() && !self.is_filtered()
    }

    /// Whether more than words are asked for.
    pub(super) fn is_filtered(&self) -> bool {
        let parts = [&self.site, &self.queue, &self.label, &self.channel, &self.language, &self.agent];
        parts.into_iter().chain([&self.from, &self.until, &self.bot]).any(|part| !part.is_empty())
    }

    /// The address of the same search, from its beginning or after a place.
    pub(super) fn address(&self, after: Option<usize>) -> String {
        let after = after.map(|after| after.to_string()).unwrap_or_default();
        let parts = [
            ("q", self.q.as_str()),
            ("site", &self.site),
            ("queue", &self.queue),
            ("label", &self.label),
            ("channel", &self.channel),
            ("language", &self.language),
            ("agent", &self.agent),
            ("from", &self.from),
            ("until", &self.until),
            ("bot", &self.bot),
            ("after", &after),
        ];
        address_of("/desk/search", &parts)
    }
}

/// An address with those parts that are given.
fn address_of(page: &str, parts: &[(&str, &str)]) -> String {
    let given = parts.iter().filter(|(_, value)| !value.is_empty());
    let given = given.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    let given = given.collect::<Vec<_>>().join("&");
    if given.is_empty() { page.to_owned() } else { format!("{page}?{given}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_list_and_filter_and_leads_back_to_them() {
        let query = InboxQuery {
            list: "closed".to_owned(),
            label: "a & b/ç".to_owned(),
            priority: "high".to_owned(),
            agent: "nobody".to_owned(),
            ..InboxQuery::default()
        };
        assert_eq!(query.list(), Some(List::Closed));
        let filter = query.filter();
        assert_eq!((filter.label.as_deref(), filter.priority), (Some("a & b/c"), Some(Priority::High)));
        assert_eq!(filter.agent, None, "what cannot be read counts as not given");
        let address = query.address("/desk", Some(List::Closed), Some("x"));
        assert_eq!(address, "/desk?list=closed&label=a%20%26%20b%2F%C3%A7&agent=nobody&priority=high&after=x");
        assert_eq!(InboxQuery::default().address("/desk", None, None), "/desk");
    }
}
