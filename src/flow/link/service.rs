//! Services and queues.

use indexmap::IndexMap;

use crate::flow::At;
use crate::flow::document::{QueueDoc, ServiceDoc};
use crate::flow::link::{DESK, Linker};
use crate::flow::report::code;
use crate::flow::{Method, Queue, Service};
use crate::id::{HoursName, QueueName, ServiceName};
use crate::time::Span;

/// How long a service may take where it does not say.
const TIMEOUT: Span = Span::seconds(10);

impl Linker<'_> {
    pub(crate) fn services(&mut self) -> IndexMap<ServiceName, Service> {
        let mut services = IndexMap::new();
        for (name, (key, value)) in self.draft.services.clone() {
            let Some(doc) = self.reader.item::<ServiceDoc>(value, &format!("the service \"{name}\"")) else { continue };
            let methods = [
                (Method::Get, doc.get),
                (Method::Post, doc.post),
                (Method::Put, doc.put),
                (Method::Patch, doc.patch),
                (Method::Delete, doc.delete),
            ];
            let given: Vec<_> = methods.into_iter().filter_map(|(method, field)| Some((method, field?))).collect();
            let place = self.reader.tree.place(key);
            let &[(method, field)] = given.as_slice() else {
                if !self.reader.tree.node(value).partial {
                    self.reader
                        .problems
                        .error(code::MISSING_KEY, place, format!("the service \"{name}\" needs one address"))
                        .hint("write it under one of get, post, put, patch, delete");
                }
                continue;
            };
            let url =
                self.reader.prose(field.node, "the address").and_then(|text| self.reader.template(&text, field.node));
            let mut headers = Vec::new();
            if let Some(field) = doc.headers {
                for (header, _, value) in self.reader.named(field.node, "`headers`") {
                    let text = self.reader.prose(value, "a header");
                    let template = text.and_then(|text| self.reader.template(&text, value));
                    headers.extend(template.map(|template| (header, template)));
                }
            }
            let body = doc.body.and_then(|field| self.reader.value_template(field.node));
            let timeout = doc.timeout.and_then(|field| self.reader.span(field)).unwrap_or(TIMEOUT);
            let idempotent = self.reader.flag(doc.idempotent);
            let sample = doc.sample.map(|field| self.reader.json(field.node));
            let at = self.reader.at(place);
            let Some(url) = url else { continue };
            let name = ServiceName(name);
            services
                .insert(name.clone(), Service { name, method, url, headers, body, timeout, idempotent, sample, at });
        }
        services
    }

    pub(crate) fn queues(&mut self) -> IndexMap<QueueName, Queue> {
        let mut queues = IndexMap::new();
        for (name, (key, value)) in self.draft.queues.clone() {
            let doc = if self.reader.tree.is_empty(value) {
                None
            } else {
                self.reader.item::<QueueDoc>(value, &format!("the queue \"{name}\""))
            };
            let at = self.reader.at_node(key);
            let mut queue = empty(QueueName(name.clone()), at);
            if let Some(doc) = doc {
                queue.label = doc.label.and_then(|field| self.reader.inner_text(field.node, "the label"));
                queue.hours = doc.hours.and_then(|field| {
                    let name = self.reader.word(field, "the timetable")?;
                    self.refer(crate::flow::link::What::Hours, &name, field.node).then_some(HoursName(name))
                });
                queue.max_wait = doc.max_wait.and_then(|field| self.reader.span(field));
                queue.target = doc.target.and_then(|field| self.reader.span(field));
                if let (Some(target), Some(max_wait), Some(field)) = (queue.target, queue.max_wait, doc.target)
                    && target >= max_wait
                {
                    let place = self.reader.tree.place(field.node);
                    self.reader
                        .problems
                        .warning(code::BAD_TIME, place, "nobody waits so long: `max_wait` is not longer")
                        .hint("the desk colours those who wait by this target; make it shorter than `max_wait`");
                }
                queue.when_closed = self.flow_of(doc.when_closed);
                queue.when_waited = self.flow_of(doc.when_waited);
                queue.chats_per_agent = self.reader.count(doc.chats_per_agent);
                queue.agent_silent = doc.agent_silent.and_then(|field| self.reader.span(field));
                if doc.hours.is_some() && doc.when_closed.is_none() {
                    let place = self.reader.tree.place(key);
                    self.reader
                        .problems
                        .error(
                            code::CLOSED_FLOW,
                            place,
                            format!("the queue \"{name}\" closes, and nothing says what happens then"),
                        )
                        .hint("add `when_closed: take_message`, or a flow of yours");
                }
            }
            queues.insert(queue.name.clone(), queue);
        }
        if queues.is_empty() {
            let at = self.draft.bot.map(|(key, _)| self.reader.at_node(key));
            let at = at.unwrap_or_else(|| At { file: "".into(), line: 1, column: 1 });
            queues.insert(DESK.into(), empty(DESK.into(), at));
        }
        queues
    }
}

fn empty(name: QueueName, at: At) -> Queue {
    Queue {
        name,
        label: None,
        hours: None,
        max_wait: None,
        target: None,
        when_closed: None,
        when_waited: None,
        chats_per_agent: None,
        agent_silent: None,
        at,
    }
}
