//! What in a bot is easily taken for something else: phrases that another intent outscores, phrases that only their own words
//! keep from another intent, keywords that speak for the wrong one. It is the compiled bot that tells, asked about its own
//! phrases; nothing here knows how understanding weighs.

use std::collections::{BTreeMap, BTreeSet};

use crate::bot::Bot;
use crate::bot::left_out::{LeftOut, Sentence, chosen, content_hash, distinct};
use crate::flow::advice::{NEAR_PHRASE, OUTSCORED, SHADOWING_KEYWORD, SHARED_KEYWORD};
use crate::flow::{At, Builtin, Intent, Phrase, Program, Text};
use crate::id::IntentName;
use crate::matcher::{EvidenceKind, Matcher, Moment, Ranked, Understand, Wordings};
use crate::text::Words;
use crate::time::Time;

/// Of a larger bot so many sentences are asked, chosen by their content: about a second.
const ASKED_MAX: usize = 15_000;

/// A bot is compiled again without some of its phrases if its sentences times its intents are at most so many: about a second.
/// Of a larger one only the intents that keywords bring together, and those only up to the same size.
const COMPILED_MAX: usize = 400_000;

/// In so many parts, and of a larger bot in so few.
const PARTS: usize = 5;
const PARTS_OF_LARGE: usize = 2;

/// So many places are named beside the first.
const RELATED_MAX: usize = 3;

/// Something in the bot's files that is easily taken for something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusable {
    /// One of [`crate::flow::advice::ALL`].
    pub code: &'static str,
    /// Where it stands.
    pub at: At,
    /// How many characters it has.
    pub width: usize,
    /// What is the matter, in one sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The other places, each with a few words.
    pub related: Vec<(At, String)>,
}

impl Bot {
    /// Everything that is easily taken for something else, in the order of its places.
    pub fn confusable(&self) -> Vec<Confusable> {
        let mut found = shared_keywords(&self.program);
        found.extend(self.outscored());
        let known: BTreeSet<At> = found.iter().map(|found| found.at.clone()).collect();
        found.extend(self.left_out().into_iter().filter(|found| !known.contains(&found.at)));
        found.sort_by(|a, b| (&a.at, a.code).cmp(&(&b.at, b.code)));
        found
    }

    fn moment(&self) -> Moment {
        Moment { now: Time::default(), language: self.program.default_language().clone() }
    }

    /// Phrases that the bot, as it is, does not take for their own intent.
    fn outscored(&self) -> Vec<Confusable> {
        let wordings = Wordings::new(&self.program);
        let mut phrases: Vec<(&Intent, &Phrase, Vec<String>)> = own_phrases(&self.program)
            .map(|(intent, phrase)| {
                let all = distinct(wordings.of(phrase));
                (intent, phrase, chosen(all.iter()).cloned().collect())
            })
            .collect();
        if phrases.iter().map(|(_, _, texts)| texts.len()).sum::<usize>() > ASKED_MAX {
            phrases.sort_by_cached_key(|(intent, phrase, _)| (content_hash(&phrase.source), intent.name.clone()));
        }
        let mut asked = 0;
        let within = phrases.iter().take_while(|(_, _, texts)| {
            asked += texts.len();
            asked <= ASKED_MAX
        });
        within.filter_map(|(intent, phrase, texts)| self.outscored_phrase(intent, phrase, texts)).collect()
    }

    /// What the bot takes one phrase for. That a more specific phrase overrules a general one in some of its sentences is how
    /// both are meant; in all of them it is not.
    fn outscored_phrase(&self, intent: &Intent, phrase: &Phrase, texts: &[String]) -> Option<Confusable> {
        let mut overruled = Vec::new();
        for text in texts {
            let understanding = self.matcher.understand(text, &self.moment());
            if let Some(builtin) = self.heard_instead(intent, &understanding) {
                return Some(Confusable {
                    message: format!(
                        "\"{text}\" is a phrase of \"{}\", and the bot hears \"{}\" in it, which comes first",
                        intent.name, builtin.name
                    ),
                    hint: "word it so that it says more of what it is about, or take it out".to_owned(),
                    ..blank(OUTSCORED, phrase)
                });
            }
            let Some((ranked, own)) = rival(intent, &understanding.ranked) else { continue };
            let ties = ranked.confidence <= own;
            let against = if ties { "as much" } else { "instead" };
            let found = Confusable {
                message: format!(
                    "\"{text}\" is a phrase of \"{}\", and the bot takes it for \"{}\" {against}",
                    intent.name, ranked.intent
                ),
                hint: "take what both say out of one of the two".to_owned(),
                related: strongest(&self.program, ranked).into_iter().collect(),
                ..blank(OUTSCORED, phrase)
            };
            if ties || kind_of(ranked) != Some(EvidenceKind::Phrase) {
                return Some(found);
            }
            overruled.push(found);
        }
        if overruled.len() == texts.len() { overruled.into_iter().next() } else { None }
    }

    /// The built-in intent that is heard before the author's intents are looked at.
    fn heard_instead(&self, intent: &Intent, understanding: &crate::matcher::Understanding) -> Option<&Intent> {
        let own = understanding.ranked.iter().find(|ranked| ranked.intent == intent.name);
        let own = own.map_or(0.0, |ranked| ranked.confidence);
        let sure = self.program.fallback.sure;
        let wins = |builtin: Builtin| {
            understanding.builtin.get(&builtin).is_some_and(|heard| match builtin {
                Builtin::Human => heard.whole || understanding.asks_for_person(&self.program.fallback),
                _ => heard.confidence >= sure && heard.confidence >= own,
            })
        };
        let first =
            [Builtin::Human, Builtin::Cancel, Builtin::Restart, Builtin::Back].into_iter().find(|one| wins(*one))?;
        let heard = self.program.intents.values().find(|other| other.builtin == Some(first))?;
        (heard.name != intent.name).then_some(heard)
    }

    /// What the bot makes of its phrases without knowing them by heart.
    fn left_out(&self) -> Vec<Confusable> {
        let wordings = Wordings::new(&self.program);
        let size = |program: &Program| {
            let sentences: usize = own_phrases(program).map(|(_, phrase)| wordings.of(phrase).len()).sum();
            sentences * program.intents.len()
        };
        if size(&self.program) <= COMPILED_MAX {
            return self.without_parts(&self.program, PARTS, true);
        }
        let met = met_by_keywords(&self.program, &wordings);
        let mut part = Program::clone(&self.program);
        part.intents.retain(|name, _| met.contains(name));
        if met.is_empty() || size(&part) > COMPILED_MAX {
            return Vec::new();
        }
        self.without_parts(&part, PARTS_OF_LARGE, false)
    }

    fn without_parts(&self, program: &Program, parts: usize, phrases_too: bool) -> Vec<Confusable> {
        let fallback = &self.program.fallback;
        let left_out = LeftOut::deal(program, parts);
        let mut shadows: BTreeMap<&At, Shadow<'_>> = BTreeMap::new();
        let mut near: BTreeMap<&At, Near<'_>> = BTreeMap::new();
        for part in 0..parts {
            let matcher = Matcher::compile(&left_out.without(part));
            for (intent, sentence) in left_out.asked(part) {
                let phrase = &intent.phrases[sentence.phrase];
                let understanding = matcher.understand(&sentence.text, &self.moment());
                let winner = rival(intent, &understanding.ranked).map(|(ranked, _)| ranked);
                let winner = winner.filter(|ranked| ranked.confidence >= fallback.unsure);
                if let Some((owner, keyword)) = winner.and_then(|ranked| winning_keyword(program, ranked)) {
                    let fresh = Shadow { owner, keyword, phrases: Vec::new() };
                    shadows.entry(&keyword.at).or_insert(fresh).add(intent, phrase);
                } else if phrases_too && !is_label(intent, phrase) {
                    let sure = winner.filter(|ranked| ranked.confidence >= fallback.sure && is_like(ranked)).cloned();
                    let fresh = Near { intent, phrase, all: Vec::new() };
                    near.entry(&phrase.at).or_insert(fresh).all.push((sentence, sure));
                }
            }
        }
        let shadows = shadows.into_values().map(Shadow::finding);
        shadows.chain(near.into_values().filter_map(|near| near.finding(program))).collect()
    }
}

/// A keyword with the phrases of other intents that it won while they were left out.
struct Shadow<'p> {
    owner: &'p Intent,
    keyword: &'p Phrase,
    phrases: Vec<(&'p Intent, &'p Phrase)>,
}

impl<'p> Shadow<'p> {
    fn add(&mut self, intent: &'p Intent, phrase: &'p Phrase) {
        if self.phrases.iter().all(|(_, other)| other.at != phrase.at) {
            self.phrases.push((intent, phrase));
        }
    }

    fn finding(mut self) -> Confusable {
        self.phrases.sort_by(|a, b| a.1.at.cmp(&b.1.at));
        let (count, them) = match self.phrases.len() {
            1 => ("a phrase of another intent".to_owned(), "it"),
            count => (format!("{count} phrases of other intents"), "them"),
        };
        let related = self.phrases.iter().take(RELATED_MAX);
        let related = related.map(|(intent, phrase)| (phrase.at.clone(), format!("a phrase of \"{}\"", intent.name)));
        Confusable {
            message: format!(
                "the keyword \"{}\" is also in {count}, and \"{}\" wins what is only like {them}",
                self.keyword.source, self.owner.name
            ),
            hint: "make it a longer group of words that only this intent has, or a phrase".to_owned(),
            related: related.collect(),
            ..blank(SHADOWING_KEYWORD, self.keyword)
        }
    }
}

/// A phrase with what its sentences were surely taken for while it was left out.
struct Near<'p> {
    intent: &'p Intent,
    phrase: &'p Phrase,
    all: Vec<(&'p Sentence, Option<Ranked>)>,
}

impl Near<'_> {
    /// Something is the matter only where all its sentences go to one and the same other intent.
    fn finding(&self, program: &Program) -> Option<Confusable> {
        let (sentence, winner) = self.all.iter().find_map(|(sentence, winner)| Some((sentence, winner.as_ref()?)))?;
        let same = |other: &Option<Ranked>| other.as_ref().is_some_and(|other| other.intent == winner.intent);
        self.all.iter().all(|(_, other)| same(other)).then(|| Confusable {
            message: format!(
                "were it not written here, \"{}\" would surely be taken for \"{}\", and so will what is only like it",
                sentence.text, winner.intent
            ),
            hint: format!(
                "give \"{}\" more phrases like this one, or move it to \"{}\"",
                self.intent.name, winner.intent
            ),
            related: strongest(program, winner).into_iter().collect(),
            ..blank(NEAR_PHRASE, self.phrase)
        })
    }
}

fn blank(code: &'static str, phrase: &Phrase) -> Confusable {
    let (at, width) = (phrase.at.clone(), phrase.source.chars().count());
    Confusable { code, at, width, message: String::new(), hint: String::new(), related: Vec::new() }
}

/// The phrases that the author wrote, each with its intent.
fn own_phrases(program: &Program) -> impl Iterator<Item = (&Intent, &Phrase)> {
    let phrases = program.intents.values().flat_map(|intent| intent.phrases.iter().map(move |phrase| (intent, phrase)));
    phrases.filter(|(_, phrase)| !phrase.is_built_in())
}

/// The keyword that speaks most for an intent, if nothing else does.
fn winning_keyword<'p>(program: &'p Program, ranked: &Ranked) -> Option<(&'p Intent, &'p Phrase)> {
    let evidence = ranked.evidence.first().filter(|evidence| evidence.kind == EvidenceKind::Keyword)?;
    let intent = program.intents.get(&ranked.intent)?;
    let keyword = intent.keywords.iter().find(|keyword| is_at(&keyword.source, &keyword.at, evidence))?;
    Some((intent, keyword))
}

/// A label is a phrase too, but it is there to be pressed.
fn is_label(intent: &Intent, phrase: &Phrase) -> bool {
    intent.label.iter().flat_map(Text::templates).any(|label| label.at == phrase.at)
}

/// Another intent that is as likely as the message's own, or more; with the confidence of its own.
fn rival<'r>(intent: &Intent, ranked: &'r [Ranked]) -> Option<(&'r Ranked, f64)> {
    let own = ranked.iter().find(|ranked| ranked.intent == intent.name).map_or(0.0, |ranked| ranked.confidence);
    let other = ranked.iter().find(|ranked| ranked.intent != intent.name)?;
    (other.confidence >= own && other.confidence > 0.0).then_some((other, own))
}

/// What speaks most for an intent.
fn kind_of(ranked: &Ranked) -> Option<EvidenceKind> {
    ranked.evidence.first().map(|evidence| evidence.kind)
}

/// Whether it is likeness that speaks for it: what a phrase fits to the letter is another matter.
fn is_like(ranked: &Ranked) -> bool {
    kind_of(ranked) == Some(EvidenceKind::Similar)
}

fn is_at(source: &str, at: &At, evidence: &crate::matcher::Evidence) -> bool {
    source == evidence.rule && format!("{}:{}", at.file, at.line) == evidence.at
}

/// The place of what speaks most for an intent.
fn strongest(program: &Program, ranked: &Ranked) -> Option<(At, String)> {
    let intent = program.intents.get(&ranked.intent)?;
    let evidence = ranked.evidence.first()?;
    let phrases = intent.phrases.iter().map(|phrase| (&phrase.source, &phrase.at, "phrase"));
    let keywords = intent.keywords.iter().map(|keyword| (&keyword.source, &keyword.at, "keyword"));
    let patterns = intent.patterns.iter().map(|pattern| (&pattern.source, &pattern.at, "pattern"));
    let mut all = phrases.chain(keywords).chain(patterns);
    let (_, at, kind) = all.find(|(source, at, _)| is_at(source, at, evidence))?;
    Some((at.clone(), format!("the {kind} of \"{}\"", intent.name)))
}

/// The keywords that the author wrote, each with its intent and its folded spellings.
fn spelled<'p>(program: &'p Program, wordings: &Wordings<'p>) -> Vec<(&'p Intent, &'p Phrase, Vec<String>)> {
    let keywords =
        program.intents.values().flat_map(|intent| intent.keywords.iter().map(move |keyword| (intent, keyword)));
    let own = keywords.filter(|(_, keyword)| !keyword.is_built_in());
    own.map(|(intent, keyword)| {
        let spellings = distinct(wordings.of(keyword)).into_iter().map(|(folded, _)| folded);
        (intent, keyword, spellings.collect())
    })
    .collect()
}

fn shared_keywords(program: &Program) -> Vec<Confusable> {
    let wordings = Wordings::new(program);
    let mut keywords = spelled(program, &wordings);
    keywords.sort_by(|a, b| a.1.at.cmp(&b.1.at));
    let mut first: BTreeMap<&str, (&Intent, &Phrase)> = BTreeMap::new();
    let mut found = Vec::new();
    for (intent, keyword, spellings) in &keywords {
        let mut other = None;
        for spelling in spellings {
            let holder = *first.entry(spelling).or_insert((intent, keyword));
            if holder.0.name != intent.name && other.is_none() {
                other = Some((spelling, holder));
            }
        }
        if let Some((spelling, (owner, place))) = other {
            found.push(Confusable {
                message: format!(
                    "\"{spelling}\" is a keyword of \"{}\" and of \"{}\", so it speaks less for either",
                    owner.name, intent.name
                ),
                hint: "keep it where it says most, or write longer groups of words".to_owned(),
                related: vec![(place.at.clone(), format!("the keyword of \"{}\"", owner.name))],
                ..blank(SHARED_KEYWORD, keyword)
            });
        }
    }
    found
}

/// The intents that a keyword brings together: its own, and those that have it in a phrase.
fn met_by_keywords<'p>(program: &'p Program, wordings: &Wordings<'p>) -> BTreeSet<IntentName> {
    let keywords = spelled(program, wordings);
    let mut owners: BTreeMap<Vec<String>, Vec<&IntentName>> = BTreeMap::new();
    for (intent, _, spellings) in &keywords {
        for spelling in spellings {
            owners.entry(words(spelling)).or_default().push(&intent.name);
        }
    }
    let lengths: BTreeSet<usize> = owners.keys().map(Vec::len).collect();
    let mut met = BTreeSet::new();
    for (intent, phrase) in own_phrases(program) {
        for (folded, _) in distinct(wordings.of(phrase)) {
            let said = words(&folded);
            let groups = lengths.iter().flat_map(|length| said.windows((*length).max(1)));
            for owner in groups.filter_map(|group| owners.get(group)).flatten().filter(|owner| ***owner != intent.name)
            {
                met.extend([(*owner).clone(), intent.name.clone()]);
            }
        }
    }
    met
}

fn words(text: &str) -> Vec<String> {
    Words::of(text).iter().map(|(word, _)| word.to_owned()).collect()
}
