//! Time, memory and quality of understanding, as one table. `FRONTDESK_DATA` (or an argument) names a folder with `train.tsv` and
//! `val.tsv` (a line is `text<TAB>intent`, `oos` marks a message of no intent); without it only synthetic bots are measured.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use frontdesk::flow::{At, Fallback, Intent, Phrase, Program};
use frontdesk::id::{IntentName, Language, QueueName};
use frontdesk::matcher::{Matcher, Moment, Understand};
use frontdesk::text::{Words, language};
use frontdesk::time::Time;
use indexmap::IndexMap;

/// Labelled messages.
type Labelled = Vec<(String, String)>;

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = folder.or_else(|| std::env::var("FRONTDESK_DATA").ok()).map(PathBuf::from);
    if let Some(folder) = &folder {
        measure_folder(folder);
    }
    measure_synthetic(150, 100, 40.0);
    measure_synthetic(1_000, 10, 60.0);
    measure_synthetic(10_000, 10, 100.0);
}

fn measure_folder(folder: &Path) {
    let train = read(&folder.join("train.tsv"));
    let matcher = compile(&folder.display().to_string(), &train);
    let val = if folder.join("val.tsv").exists() { read(&folder.join("val.tsv")) } else { train.clone() };
    measure_time(&matcher, val.iter().map(|(text, _)| text.as_str()), 40.0);
    measure_quality(&matcher, &val);
}

fn measure_synthetic(intents: usize, phrases: usize, aim: f64) {
    let mut dice = 0x5eed_u64;
    let mut below = |limit: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((dice >> 33) % limit as u64) as usize
    };
    let word = |number: usize| {
        let syllables =
            ["ka", "lo", "mi", "ren", "tu", "sha", "po", "vel", "di", "gor", "ne", "bas", "fi", "zu", "wen", "hal"];
        let mut word = String::new();
        let mut rest = number + 16;
        while rest > 0 {
            word.push_str(syllables[rest % 16]);
            rest /= 16;
        }
        word
    };
    let little = ["i", "want", "to", "the", "my", "how", "can", "is", "a", "for", "do", "please"];
    let (mut labelled, mut held): (Labelled, Labelled) = (Vec::new(), Vec::new());
    for intent in 0..intents {
        let topic: Vec<usize> = (0..5).map(|_| below(intents + 500)).collect();
        // The last one is held out: a message that the bot has not seen.
        for number in 0..=phrases {
            let words: Vec<String> = (0..6 + below(5))
                .map(|_| match below(3) {
                    0 => word(topic[below(5)]),
                    1 => word(below(intents + 500)),
                    _ => little[below(little.len())].to_owned(),
                })
                .collect();
            let list = if number < phrases { &mut labelled } else { &mut held };
            list.push((words.join(" "), format!("intent_{intent}")));
        }
    }
    let held: Labelled = held.into_iter().step_by((intents / MESSAGES).max(1)).collect();
    let matcher = compile(&format!("synthetic, {intents} intents"), &labelled);
    measure_time(&matcher, held.iter().map(|(text, _)| text.as_str()), aim);
    measure_quality(&matcher, &held);
}

fn compile(name: &str, labelled: &Labelled) -> Matcher {
    let program = program(labelled);
    println!("== {name}: {} intents, {} phrases", program.intents.len(), labelled.len());
    let before = memory("VmRSS");
    let start = Instant::now();
    let matcher = Matcher::compile(&program);
    println!(
        "compile {:.2} s · memory of the matcher {} MB · peak of the process {} MB",
        start.elapsed().as_secs_f64(),
        memory("VmRSS").saturating_sub(before) / 1024,
        memory("VmHWM") / 1024
    );
    matcher
}

/// About so many messages are measured of a synthetic bot.
const MESSAGES: usize = 2_000;

/// Rounds after the first, which only warms up.
const ROUNDS: usize = 6;

fn measure_time<'t>(matcher: &Matcher, texts: impl Iterator<Item = &'t str>, aim: f64) {
    let texts: Vec<&str> = texts.collect();
    let moment = moment();
    let mut told = 0;
    let whole = times(&texts, |text| told += matcher.understand(text, &moment).ranked.len());
    let (mean, median) = (whole.mean(), whole.at(0.5));
    println!(
        "a message: mean {mean:.1} µs, median {median:.1}, 99 % {:.1} ({} messages, {told} intents told)",
        whole.at(0.99),
        texts.len()
    );
    // On a machine that does other things too, the fastest round of each message says most about the code.
    let fastest = whole.fastest[whole.fastest.len() / 2];
    let judged = if median <= aim { "met" } else { "missed" };
    println!(
        "  median {median:.1} µs, aim {aim:.0} µs: {judged} (of the fastest round of each message: {fastest:.1} µs)"
    );
    let languages = [Language::from("en")];
    let words = times(&texts, |text| told += Words::of(text).len());
    let spoken = times(&texts, |text| told += usize::from(language(text, &languages).is_some()));
    println!(
        "  of it finding and folding words {:.1} µs, the language {:.1} µs (medians)",
        words.at(0.5),
        (spoken.at(0.5) - words.at(0.5)).max(0.0)
    );
}

/// What something took, in microseconds and in order: every time, and the fastest of each text.
struct Times {
    all: Vec<f64>,
    fastest: Vec<f64>,
}

impl Times {
    fn mean(&self) -> f64 {
        self.all.iter().sum::<f64>() / self.all.len() as f64
    }

    fn at(&self, share: f64) -> f64 {
        self.all[((self.all.len() - 1) as f64 * share) as usize]
    }
}

fn times(texts: &[&str], mut work: impl FnMut(&str)) -> Times {
    let mut times = Times { all: Vec::new(), fastest: vec![f64::MAX; texts.len()] };
    for round in 0..=ROUNDS {
        for (text, fastest) in texts.iter().zip(&mut times.fastest) {
            let start = Instant::now();
            work(text);
            let time = start.elapsed().as_secs_f64() * 1e6;
            if round > 0 {
                times.all.push(time);
                *fastest = fastest.min(time);
            }
        }
    }
    times.all.sort_by(f64::total_cmp);
    times.fastest.sort_by(f64::total_cmp);
    times
}

fn measure_quality(matcher: &Matcher, labelled: &Labelled) {
    let moment = moment();
    let judged: Vec<(f64, bool, bool)> = labelled
        .iter()
        .map(|(text, intent)| {
            let understanding = matcher.understand(text, &moment);
            let best = understanding.ranked.first();
            let right = best.is_some_and(|best| best.intent.as_str() == intent);
            (best.map_or(0.0, |best| best.confidence), right, intent == "oos")
        })
        .collect();
    let own: Vec<_> = judged.iter().filter(|(_, _, stranger)| !stranger).collect();
    let strangers: Vec<f64> = judged.iter().filter(|(_, _, stranger)| *stranger).map(|judged| judged.0).collect();
    let share = |count: usize, of: usize| 100.0 * count as f64 / of.max(1) as f64;
    println!("accuracy of the best intent {:.2} %", share(own.iter().filter(|judged| judged.1).count(), own.len()));
    let acted = own.iter().filter(|judged| judged.0 >= 0.75).count();
    let acted_right = own.iter().filter(|judged| judged.0 >= 0.75 && judged.1).count();
    println!(
        "at 0.75 or more: {:.1} % of the bot's own, {:.2} % of them right; below 0.45: {:.1} % of the bot's own",
        share(acted, own.len()),
        share(acted_right, acted),
        share(own.iter().filter(|judged| judged.0 < 0.45).count(), own.len())
    );
    println!("expected calibration error of the bot's own messages {:.3}", calibration_error(&own));
    if !strangers.is_empty() {
        let right: Vec<f64> = own.iter().filter(|judged| judged.1).map(|judged| judged.0).collect();
        let wins: f64 = right
            .iter()
            .flat_map(|a| {
                strangers.iter().map(move |b| {
                    if a > b {
                        1.0
                    } else if a == b {
                        0.5
                    } else {
                        0.0
                    }
                })
            })
            .sum();
        println!(
            "strangers: AUROC against rightly understood {:.3}; {:.1} % at 0.75 or more, {:.1} % below 0.45",
            wins / (right.len() * strangers.len()) as f64,
            share(strangers.iter().filter(|confidence| **confidence >= 0.75).count(), strangers.len()),
            share(strangers.iter().filter(|confidence| **confidence < 0.45).count(), strangers.len())
        );
    }
}

fn calibration_error(judged: &[&(f64, bool, bool)]) -> f64 {
    let mut bins: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
    for (confidence, right, _) in judged {
        let bin = bins.entry(((confidence * 10.0) as usize).min(9)).or_default();
        *bin = (bin.0 + 1.0, bin.1 + confidence, bin.2 + f64::from(u8::from(*right)));
    }
    bins.values().map(|(_, confidence, right)| (confidence - right).abs()).sum::<f64>() / judged.len() as f64
}

fn read(path: &Path) -> Labelled {
    let text = fs::read_to_string(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    text.lines().filter_map(|line| line.split_once('\t')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

fn memory(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn moment() -> Moment {
    Moment { now: Time(1_767_607_200_000), language: Language::from("en") }
}

fn program(labelled: &Labelled) -> Program {
    let at = At { file: "bench.yaml".into(), line: 1, column: 1 };
    let mut intents: IndexMap<IntentName, Intent> = IndexMap::new();
    for (text, intent) in labelled {
        let name = IntentName::from(intent.as_str());
        let intent = intents.entry(name.clone()).or_insert_with(|| Intent::new(name, at.clone()));
        intent.phrases.push(Phrase::literal(text, None, at.clone()));
    }
    Program {
        name: "Bench".into(),
        languages: vec![Language::from("en")],
        zone: jiff::tz::TimeZone::UTC,
        default_queue: QueueName::from("desk"),
        fallback: Fallback { sure: 0.75, unsure: 0.45, misses: 2, retry: 2 },
        frustration: Default::default(),
        snippets: IndexMap::new(),
        synonyms: Default::default(),
        small_talk: Default::default(),
        intents,
        entities: IndexMap::new(),
        flows: IndexMap::new(),
        services: IndexMap::new(),
        replies: IndexMap::new(),
        queues: IndexMap::new(),
        hours: IndexMap::new(),
        invites: IndexMap::new(),
        sentences: IndexMap::new(),
        tests: Vec::new(),
    }
}
