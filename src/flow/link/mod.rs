//! From a draft to a program: every name is looked up, every item read. One file per part of a bot; this one holds the
//! names that are known, which of them were used, and the order of work.

mod choose;
mod content;
mod entity;
mod flows;
mod frustration;
mod hours;
mod intent;
mod invites;
mod layout;
mod parts;
mod replies;
mod scenarios;
mod service;
mod small_talk;
mod steps;
mod translate;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::flow::document::{BotDoc, FallbackDoc, Field, Steps};
use crate::flow::draft::{Draft, Section};
use crate::flow::program::*;
use crate::flow::read::Reader;
use crate::flow::report::code;
use crate::flow::step::*;
use crate::flow::tree::{NodeId, shown};
use crate::flow::{Phrase, builtin};
use crate::id::{FlowName, Language, QueueName};

pub(crate) use layout::Laid;

/// The parts of a bot that have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum What {
    Intent,
    Entity,
    Flow,
    Service,
    Queue,
    Hours,
    Snippet,
}

impl What {
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Entity => "entity",
            Self::Flow => "flow",
            Self::Service => "service",
            Self::Queue => "queue",
            Self::Hours => "timetable",
            Self::Snippet => "snippet",
        }
    }

    /// Where such names are defined.
    fn section(self) -> &'static str {
        match self {
            Self::Intent => "intents",
            Self::Entity => "entities",
            Self::Flow => "flows",
            Self::Service => "services",
            Self::Queue => "queues",
            Self::Hours => "hours",
            Self::Snippet => "snippets",
        }
    }
}

/// The queue of a bot that has none of its own.
pub(crate) const DESK: &str = "desk";

/// A program with what the checks need beside it.
pub(crate) struct Linked {
    pub(crate) program: Program,
    /// Each flow's steps with the places of what they read.
    pub(crate) laid: IndexMap<String, Laid>,
    pub(crate) used: BTreeSet<(What, String)>,
    /// Where each named thing of the author stands.
    pub(crate) defined: IndexMap<(What, String), NodeId>,
}

pub(crate) struct Linker<'s> {
    pub(crate) reader: Reader<'s>,
    pub(crate) draft: Draft,
    /// Files from this number on are built in.
    builtin_files: u32,
    names: BTreeMap<What, BTreeSet<String>>,
    /// Whether the bot uses the ready small talk.
    small_talk: bool,
    used: BTreeSet<(What, String)>,
    default_queue: QueueName,
    flows: IndexMap<FlowName, Flow>,
    laid: IndexMap<String, Laid>,
    /// The flow, answer or place that an intent starts, to find a second one.
    answered: BTreeMap<String, NodeId>,
}

impl<'s> Linker<'s> {
    pub(crate) fn new(reader: Reader<'s>, draft: Draft, builtin_files: u32) -> Self {
        let mut linker = Self {
            reader,
            draft,
            builtin_files,
            names: BTreeMap::new(),
            small_talk: false,
            used: BTreeSet::new(),
            default_queue: DESK.into(),
            flows: IndexMap::new(),
            laid: IndexMap::new(),
            answered: BTreeMap::new(),
        };
        linker.collect_names();
        linker
    }

    fn collect_names(&mut self) {
        for what in [What::Intent, What::Entity, What::Flow, What::Service, What::Queue, What::Hours, What::Snippet] {
            let names = self.section(what).keys().cloned().collect();
            self.names.insert(what, names);
        }
        let answers: Vec<String> = self
            .draft
            .intents
            .iter()
            .filter(|(_, (_, value))| self.reader.tree.get(*value, "answer").is_some())
            .map(|(name, _)| name.clone())
            .collect();
        self.names.entry(What::Flow).or_default().extend(answers);
        let builtin = builtin::data().intents.keys().map(|intent| builtin::intent_name(*intent).to_owned());
        self.names.entry(What::Intent).or_default().extend(builtin);
        self.read_use();
        for file in &self.draft.languages {
            if let Some(snippets) = file.doc.snippets {
                let names = self.reader.named(snippets.node, "`snippets`").into_iter().map(|(name, ..)| name);
                self.names.entry(What::Snippet).or_default().extend(names);
            }
        }
        if self.draft.queues.is_empty() {
            self.names.entry(What::Queue).or_default().insert(DESK.to_owned());
        }
    }

    pub(crate) fn section(&self, what: What) -> &Section {
        match what {
            What::Intent => &self.draft.intents,
            What::Entity => &self.draft.entities,
            What::Flow => &self.draft.flows,
            What::Service => &self.draft.services,
            What::Queue => &self.draft.queues,
            What::Hours => &self.draft.hours,
            What::Snippet => &self.draft.snippets,
        }
    }

    pub(crate) fn is_known(&self, what: What, name: &str) -> bool {
        self.names.get(&what).is_some_and(|names| names.contains(name))
    }

    /// Looks a name up where the author refers to it.
    pub(crate) fn refer(&mut self, what: What, name: &str, node: NodeId) -> bool {
        let place = self.reader.tree.place(node);
        self.refer_at(what, name, place)
    }

    pub(crate) fn refer_at(&mut self, what: What, name: &str, place: crate::flow::source::Place) -> bool {
        if self.is_known(what, name) {
            self.used.insert((what, name.to_owned()));
            return true;
        }
        if self.reader.is_lost(name) {
            return false;
        }
        let known: Vec<&str> = self.names.get(&what).into_iter().flatten().map(String::as_str).collect();
        let ready = (what == What::Intent).then(|| small_talk::hint(name)).flatten();
        let near = self.reader.problems.did_you_mean(name, known.iter().copied());
        let hint = ready.or(near).or_else(|| match known.len() {
            0 => Some(format!("the bot has no `{}:`", what.section())),
            1..=8 => Some(format!("there is {}", known.join(", "))),
            _ => None,
        });
        self.reader
            .problems
            .error(code::UNKNOWN_NAME, place, format!("there is no {} \"{}\"", what.noun(), shown(name)))
            .maybe_hint(hint);
        false
    }

    /// Links everything. What could not be read was reported; the program is then not used.
    pub(crate) fn link(mut self) -> (Linked, Reader<'s>) {
        let (name, zone) = self.bot();
        self.translations();
        let fallback = self.fallback();
        let frustration = self.frustration();
        let snippets = self.snippets();
        let synonyms = self.synonyms();
        let hours = self.hours();
        let services = self.services();
        let entities = self.entities();
        let mut intents = self.intents();
        let small_talk = self.small_talk_intents(&mut intents);
        let queues = self.queues();
        let replies = self.replies();
        let invites = self.invites();
        self.author_flows(&mut intents);
        self.builtin_flows();
        let tests = self.tests();
        self.check_snippets(&snippets);
        self.unused_translations();
        let defined = [What::Entity, What::Flow, What::Service, What::Queue, What::Hours, What::Snippet]
            .into_iter()
            .flat_map(|what| self.section(what).iter().map(move |(name, (key, _))| ((what, name.clone()), *key)))
            .filter(|(_, key)| self.reader.tree.node(*key).file < self.builtin_files)
            .collect();
        let program = Program {
            name,
            languages: self.reader.languages.clone(),
            zone,
            default_queue: self.default_queue.clone(),
            fallback,
            frustration,
            snippets,
            synonyms,
            intents,
            small_talk,
            entities,
            flows: self.flows,
            services,
            replies,
            queues,
            hours,
            invites,
            sentences: builtin::data().sentences.clone(),
            tests,
        };
        (Linked { program, laid: self.laid, used: self.used, defined }, self.reader)
    }

    fn bot(&mut self) -> (String, jiff::tz::TimeZone) {
        let doc = self.draft.bot.and_then(|(_, field)| self.reader.item::<BotDoc>(field.node, "`bot`"));
        let Some(doc) = doc else {
            return ("Bot".to_owned(), jiff::tz::TimeZone::UTC);
        };
        let name = doc.name.and_then(|field| self.reader.prose(field.node, "the name of the bot"));
        let zone = doc.timezone.and_then(|field| {
            let zone = self.reader.word(field, "the time zone")?;
            match jiff::tz::TimeZone::get(&zone) {
                Ok(found) => Some(found),
                Err(_) => {
                    let place = self.reader.tree.place(field.node);
                    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
                    let hint = self.reader.problems.did_you_mean(&zone, known.iter().map(String::as_str));
                    self.reader
                        .problems
                        .error(code::BAD_TIME, place, format!("there is no time zone \"{}\"", shown(&zone)))
                        .hint(hint.unwrap_or_else(|| "write a place such as Europe/Athens".to_owned()));
                    None
                }
            }
        });
        if let Some(first) = self.draft.queues.keys().next() {
            self.default_queue = QueueName(first.clone());
        }
        if let Some(field) = doc.default_queue
            && let Some(queue) = self.reader.word(field, "the default queue")
            && self.refer(What::Queue, &queue, field.node)
        {
            self.default_queue = QueueName(queue);
        }
        let default = self.default_queue.0.clone();
        self.used.insert((What::Queue, default));
        (name.unwrap_or_else(|| "Bot".to_owned()), zone.unwrap_or(jiff::tz::TimeZone::UTC))
    }

    fn fallback(&mut self) -> Fallback {
        let mut fallback = Fallback { sure: 0.75, unsure: 0.45, misses: 2, retry: 2 };
        let mut otherwise: Option<Field<Steps>> = None;
        if let Some(node) = self.draft.fallback
            && let Some(doc) = self.reader.item::<FallbackDoc>(node, "`fallback`")
        {
            fallback.sure = self.reader.fraction(doc.sure).unwrap_or(fallback.sure);
            fallback.unsure = self.reader.fraction(doc.unsure).unwrap_or(fallback.unsure);
            fallback.misses = self.reader.count(doc.misses).unwrap_or(fallback.misses);
            fallback.retry = self.reader.count(doc.retry).unwrap_or(fallback.retry);
            otherwise = doc.otherwise;
            if fallback.unsure > fallback.sure {
                let place = self.reader.tree.place(doc.unsure.map_or(node, |field| field.node));
                self.reader
                    .problems
                    .error(code::BAD_VALUE, place, "`unsure` is above `sure`")
                    .hint("below `unsure` a message is not understood; from `sure` on the bot acts");
            }
        }
        self.otherwise_flow(otherwise);
        fallback
    }

    fn snippets(&mut self) -> IndexMap<String, Vec<Phrase>> {
        let mut snippets: IndexMap<String, Vec<Phrase>> = IndexMap::new();
        for (name, (_, value)) in self.draft.snippets.clone() {
            let phrases = self.alternatives(value, None, "a snippet");
            snippets.insert(name, phrases);
        }
        for (language, node) in self.language_sections(|doc| doc.snippets) {
            for (name, _, value) in self.reader.named(node, "`snippets`") {
                let phrases = self.alternatives(value, Some(&language), "a snippet");
                snippets.entry(name).or_default().extend(phrases);
            }
        }
        snippets
    }

    /// One part of every language file of a language that the bot has.
    fn language_sections(
        &self,
        part: impl Fn(&crate::flow::document::FileDoc) -> Option<Field<crate::flow::document::Data>>,
    ) -> Vec<(Language, NodeId)> {
        let files = self.draft.languages.iter().filter(|file| self.reader.languages.contains(&file.language));
        files.filter_map(|file| Some((file.language.clone(), part(&file.doc)?.node))).collect()
    }
}
