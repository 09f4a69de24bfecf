//! The inbox's address: which list, which filter, which page. It can be kept, sent to a colleague, and gone back to.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::engine::{Account, Engine, Filter, List, Search};
use crate::flow::Priority;
use crate::text;
use crate::time::Time;

/// Characters of a question that count.
const QUESTION_CHARS_MAX: usize = 400;

/// What conversations must have in common, as an address says it. Whatever cannot be read counts as not given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FilterQuery {
    /// The site.
    pub site: String,
    /// The queue.
    pub queue: String,
    /// A label.
    pub label: String,
    /// The channel.
    pub channel: String,
    /// The language.
    pub language: String,
    /// The id of an agent: in a list whose it is or who solved it, in the search who had to do with it.
    pub agent: String,
}

/// What follows `?` in the inbox's address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct InboxQuery {
    /// `mine`, `queue`, `left`, `open`, `undelivered`, `snoozed`, `reminders`, `due` or `closed`.
    pub list: String,
    /// What the conversations must have in common.
    #[serde(flatten)]
    #[param(ignore)]
    pub common: FilterQuery,
    /// `urgent`, `high`, `normal` or `low`.
    pub priority: String,
    /// What the page before gave as `next`.
    pub after: String,
}

/// The lists that have a page of their own: their names in addresses, and the names of their titles.
pub(super) const LISTS: [(List, &str, &str); 9] = [
    (List::Due, "due", "desk-due"),
    (List::Mine, "mine", "desk-mine"),
    (List::Queue, "queue", "desk-queue"),
    (List::Left, "left", "desk-left"),
    (List::Open, "open", "desk-all-open"),
    (List::Undelivered, "undelivered", "desk-undelivered-list"),
    (List::Snoozed, "snoozed", "desk-snoozed"),
    (List::FollowUps, "reminders", "desk-reminders"),
    (List::Closed, "closed", "desk-closed"),
];

/// A list's name in addresses.
pub(super) fn name_of(list: List) -> &'static str {
    LISTS.iter().find(|(known, ..)| *known == list).map_or("others", |(_, name, _)| name)
}

/// A list by its name in addresses.
fn list_named(name: &str) -> Option<List> {
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

impl FilterQuery {
    fn filter(&self) -> Filter {
        Filter {
            site: given(&self.site).map(Into::into),
            queue: given(&self.queue).map(Into::into),
            label: given(&self.label).map(text::fold),
            channel: given(&self.channel).map(Into::into),
            language: given(&self.language).map(Into::into),
            agent: given(&self.agent).and_then(|agent| agent.parse().ok()),
            priority: None,
        }
    }

    /// Its parts, with their names in addresses.
    fn parts(&self) -> [(&'static str, &str); 6] {
        [
            ("site", &self.site),
            ("queue", &self.queue),
            ("label", &self.label),
            ("channel", &self.channel),
            ("language", &self.language),
            ("agent", &self.agent),
        ]
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

impl InboxQuery {
    /// The list that is asked for; none for the overview.
    pub fn list(&self) -> Option<List> {
        list_named(&self.list)
    }

    /// What the conversations must have in common.
    pub fn filter(&self) -> Filter {
        Filter { priority: given(&self.priority).and_then(priority_named), ..self.common.filter() }
    }

    /// Where the page begins.
    pub fn after(&self) -> Option<&str> {
        Some(self.after.as_str()).filter(|after| !after.is_empty())
    }

    /// The address of a list with the same filter, from its beginning or after a place.
    pub(super) fn address(&self, page: &str, list: Option<List>, after: Option<&str>) -> String {
        let list = ("list", list.map(name_of).unwrap_or_default());
        let rest = [("priority", self.priority.as_str()), ("after", after.unwrap_or_default())];
        address_of(page, [list].into_iter().chain(self.common.parts()).chain(rest))
    }
}

/// What follows `?` in the search's address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SearchQuery {
    /// The words; all of them count, in every spelling that the bot takes for the same. The last may be the beginning of one.
    pub q: String,
    /// What the conversations must have in common.
    #[serde(flatten)]
    #[param(ignore)]
    pub common: FilterQuery,
    /// The first day on which somebody last said something, such as `2026-11-26`.
    pub from: String,
    /// The last such day.
    pub until: String,
    /// Anything, where the bot's words count too.
    pub bot: String,
    /// What the page before gave as `next`.
    pub after: String,
}

impl SearchQuery {
    /// What is looked for. Days are those of the bot of the first site that the agent serves.
    pub fn search(&self, engine: &Engine, agent: &Account) -> Search {
        let site = engine.sites().find(|site| agent.serves_site(&site.id));
        let zone = site.map_or(jiff::tz::TimeZone::UTC, |site| site.bot().program.zone.clone());
        let day = |text: &str, days: i64| {
            let date: jiff::civil::Date = text.trim().parse().ok()?;
            let date = date.checked_add(jiff::Span::new().days(days)).ok()?;
            Some(Time::from(date.to_zoned(zone.clone()).ok()?.timestamp()))
        };
        Search {
            text: self.q.chars().take(QUESTION_CHARS_MAX).collect(),
            filter: self.common.filter(),
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
        let common = self.common.parts().map(|(_, value)| value);
        common.into_iter().chain([self.from.as_str(), &self.until, &self.bot]).any(|part| !part.is_empty())
    }

    /// The address of the same search, from its beginning or after a place.
    pub(super) fn address(&self, after: Option<usize>) -> String {
        let after = after.map(|after| after.to_string()).unwrap_or_default();
        let rest =
            [("from", self.from.as_str()), ("until", &self.until), ("bot", &self.bot), ("after", after.as_str())];
        address_of("/desk/search", [("q", self.q.as_str())].into_iter().chain(self.common.parts()).chain(rest))
    }
}

/// An address with those parts that are given.
fn address_of<'a>(page: &str, parts: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let given = parts.filter(|(_, value)| !value.is_empty());
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
            common: FilterQuery { label: "a & b/ç".to_owned(), agent: "nobody".to_owned(), ..FilterQuery::default() },
            priority: "high".to_owned(),
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
