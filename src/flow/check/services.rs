//! What services read and give: a call must give what the service's texts read, and a sample shows which fields a reply has.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::flow::check::reads::{after_answer, of};
use crate::flow::check::{place_of, place_of_word};
use crate::flow::link::Linked;
use crate::flow::read::Reader;
use crate::flow::report::code;
use crate::flow::{Flow, Op, ROOTS, Service, Template};

pub(super) fn run(linked: &Linked, reader: &mut Reader<'_>) {
    let program = &linked.program;
    let samples: Vec<(&str, &Service, &Value)> = program
        .flows
        .values()
        .flat_map(|flow| &flow.code)
        .filter_map(|step| match &step.op {
            Op::Call(call) => {
                let service = program.services.get(&call.service)?;
                Some((call.save_as.as_ref()?.as_str(), service, service.sample.as_ref()?))
            }
            _ => None,
        })
        .collect();
    for flow in program.flows.values() {
        for step in &flow.code {
            let Op::Call(call) = &step.op else { continue };
            let Some(service) = program.services.get(&call.service) else { continue };
            let given: BTreeSet<&str> = call.with.iter().map(|(name, _)| name.as_str()).collect();
            for name in reads(service) {
                if !given.contains(name.as_str()) {
                    let (place, defined) = (place_of(reader, &step.at), place_of(reader, &service.at));
                    let hint = reader.problems.did_you_mean(&name, given.iter().copied());
                    let message =
                        format!("the service \"{}\" reads \"{name}\", and `with` does not give it", service.name);
                    reader
                        .problems
                        .error(code::MISSING_KEY, place, message)
                        .hint(hint.unwrap_or_else(|| format!("add `{name}: …` under `with:`")))
                        .related(defined, "the service");
                }
            }
        }
        fields(&samples, flow, reader);
    }
}

/// What a service's address, headers and body read of `with`.
fn reads(service: &Service) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |template: &Template| {
        names.extend(template.expressions().flat_map(|expr| expr.names()));
    };
    add(&service.url);
    service.headers.iter().for_each(|(_, header)| add(header));
    let body = service.body.iter().flat_map(|body| body.expressions()).flat_map(|expr| expr.names());
    names.extend(body.collect::<Vec<_>>());
    let names = names.into_iter().map(|path| path.split('.').next().unwrap_or("").to_owned());
    names.filter(|root| !["env", "secret"].contains(&root.as_str()) && !ROOTS.contains(&root.as_str())).collect()
}

/// Fields of a reply that its sample does not have.
fn fields(samples: &[(&str, &Service, &Value)], flow: &Flow, reader: &mut Reader<'_>) {
    for step in &flow.code {
        for read in of(step).into_iter().chain(after_answer(step)) {
            for path in read.expr.names().iter().chain(&read.expr.known()) {
                let mut parts = path.split('.');
                let root = parts.next().unwrap_or("");
                // Several calls may fill one slot: a field is missing where none of them has it.
                let of_slot: Vec<_> = samples.iter().filter(|(slot, ..)| *slot == root).collect();
                let rest: Vec<&str> = parts.filter(|part| *part != "said").collect();
                let lacking = of_slot.iter().filter_map(|(_, service, sample)| Some((service, lacks(sample, &rest)?)));
                let lacking: Vec<_> = lacking.collect();
                if let Some((service, (field, known))) = lacking.first().filter(|_| lacking.len() == of_slot.len()) {
                    let (place, defined) = (place_of_word(reader, read.at, field), place_of(reader, &service.at));
                    let hint = reader.problems.did_you_mean(field, known.iter().map(String::as_str));
                    let message = format!("the sample of \"{}\" has no field \"{field}\"", service.name);
                    reader
                        .problems
                        .error(code::NO_SUCH_FIELD, place, message)
                        .hint(hint.unwrap_or_else(|| format!("it has {}", known.join(", "))))
                        .related(defined, "the service");
                }
            }
        }
    }
}

/// The first part of a path that a sample lacks, and what stands in its place.
fn lacks(sample: &Value, path: &[&str]) -> Option<(String, Vec<String>)> {
    let mut here = sample;
    for part in path {
        match here {
            Value::Object(map) => match map.get(*part) {
                Some(next) => here = next,
                None => return Some(((*part).to_owned(), map.keys().cloned().collect())),
            },
            // A list's items and a null say nothing of their fields.
            _ => return None,
        }
    }
    None
}
