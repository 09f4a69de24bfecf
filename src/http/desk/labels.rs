//! What the author calls things: queues, flows and intents by their labels, where there are any, in the desk's language.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bot::Bot;
use crate::dialog::{readable, reason_in};
use crate::engine::Engine;
use crate::flow::{Text, Trigger};
use crate::http::texts::Texts;
use crate::id::{FlowName, IntentName, Language, QueueName, ServiceName, SiteId};
use crate::view::Summary;

/// The labels of one bot for one reader.
#[derive(Debug, Clone)]
pub struct Labels {
    bot: Option<Arc<Bot>>,
    language: Language,
}

impl Labels {
    /// The labels of a bot; without one, names stand for themselves.
    pub fn new(bot: Option<Arc<Bot>>, t: &Texts) -> Self {
        Self { bot, language: t.language().into() }
    }

    /// A queue.
    pub fn queue(&self, name: &QueueName) -> String {
        let label = self.bot.as_ref().and_then(|bot| self.text(bot.program.queues.get(name)?.label.as_ref()?));
        label.unwrap_or_else(|| readable(name.as_str()))
    }

    /// An intent.
    pub fn intent(&self, name: &IntentName) -> String {
        self.intent_label(name).unwrap_or_else(|| readable(name.as_str()))
    }

    /// A flow: by the intent that starts it.
    pub fn flow(&self, name: &FlowName, t: &Texts) -> String {
        let flow = self.bot.as_ref().and_then(|bot| bot.program.flows.get(name));
        if flow.is_some_and(|flow| flow.builtin) {
            let own = match name.as_str() {
                "take_message" => "desk-flow-take-message",
                "did_you_mean" => "desk-flow-did-you-mean",
                "anything_else" => "desk-flow-anything-else",
                _ => return readable(name.as_str()),
            };
            return t.get(own);
        }
        let started = flow.into_iter().flat_map(|flow| &flow.start_on).find_map(|on| match on {
            Trigger::Intent(intent) => self.intent_label(intent),
            _ => None,
        });
        started.or_else(|| self.intent_label(&name.as_str().into())).unwrap_or_else(|| readable(name.as_str()))
    }

    /// A service.
    pub fn service(&self, name: &ServiceName) -> String {
        readable(name.as_str())
    }

    /// Why a person was called: the bot's own reasons in the desk's language.
    pub fn reason(&self, reason: &str) -> String {
        self.bot.as_ref().map_or_else(|| reason.to_owned(), |bot| reason_in(&bot.program, reason, &self.language))
    }

    fn intent_label(&self, name: &IntentName) -> Option<String> {
        let bot = self.bot.as_ref()?;
        self.text(bot.program.intents.get(name)?.label.as_ref()?)
    }

    fn text(&self, text: &Text) -> Option<String> {
        let program = &self.bot.as_ref()?.program;
        Some(text.in_language(&self.language, &program.languages)?.source.clone())
    }
}

/// The labels of all bots for one reader, for lists of conversations.
pub(super) struct SiteLabels(BTreeMap<SiteId, Labels>);

impl SiteLabels {
    pub(super) fn new(engine: &Engine, t: &Texts) -> Self {
        Self(engine.sites().map(|site| (site.id.clone(), Labels::new(Some(site.bot()), t))).collect())
    }

    /// A conversation's queue and reason as they are read.
    pub(super) fn name(&self, summary: &mut Summary) {
        let Some(labels) = self.0.get(&summary.site) else { return };
        summary.queue = summary.queue.as_ref().map(|queue| labels.queue(queue).into());
        summary.reason = summary.reason.as_ref().map(|reason| labels.reason(reason));
    }

    /// A queue of a site.
    pub(super) fn queue(&self, site: &SiteId, name: &QueueName) -> QueueName {
        self.0.get(site).map_or_else(|| name.clone(), |labels| labels.queue(name).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{SourceFile, load};
    use crate::http::texts::texts;

    #[test]
    fn things_are_called_as_their_author_calls_them_and_else_by_their_names() {
        let bot = "bot: { name: Lamps, languages: [en, el] }\n\
            queues: { care: { label: { en: Customer care, el: Εξυπηρέτηση } }, back_office: {} }\n\
            intents: { track: { label: Track an order, phrases: where is my order }, price: { label: Prices, phrases: what does it cost, answer: Much. } }\n\
            flows: { find_it: { start_on: track, steps: [{ handoff: back_office }] } }\n";
        let program = load(&[SourceFile::new("bot.yaml", bot)]).program.unwrap();
        let bot = Arc::new(Bot::compile(program, "1".to_owned()));
        let (english, greek) = (texts("en"), texts("el"));
        let labels = Labels::new(Some(Arc::clone(&bot)), english);
        assert_eq!(
            (labels.queue(&"care".into()), labels.queue(&"back_office".into())),
            ("Customer care".into(), "Back office".into())
        );
        let flows = ["find_it", "price", "take_message", "gone_since"].map(|name| labels.flow(&name.into(), english));
        assert_eq!(flows, ["Track an order", "Prices", "Leave a message", "Gone since"]);
        let labels = Labels::new(Some(bot), greek);
        assert_eq!(labels.queue(&"care".into()), "Εξυπηρέτηση");
        assert_ne!(labels.reason("Asked for a person"), "Asked for a person");
        assert_eq!(labels.reason("Wants a lamp"), "Wants a lamp");
    }
}
