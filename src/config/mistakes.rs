//! What is wrong with the settings: all of it at once, each mistake with its place, the line, and what may have been meant.

use std::collections::BTreeMap;
use std::fmt;

use crate::channel::SettingAt;
use crate::config::{Sites, Written, explain};
use crate::flow::{Excerpt, Outline, Spot, near_name};

/// Why the settings cannot be used: one mistake or more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    mistakes: Vec<Mistake>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: String,
}

/// Where something is set: in the file, or in the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file with line and column where they are known, or the environment variable.
    name: String,
    spot: Option<Spot>,
}

impl Place {
    /// Something without a line to show.
    pub(super) fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), spot: None }
    }

    fn of(spot: &Spot) -> Self {
        Self { name: spot.at.to_string(), spot: Some(spot.clone()) }
    }

    /// In the order of the file, what stands in none before it.
    fn order(&self) -> Option<(u32, u32)> {
        self.spot.as_ref().map(|spot| (spot.at.line, spot.at.column))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl ConfigError {
    /// One mistake, of something without a line.
    pub(super) fn of(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { mistakes: vec![Mistake { place: Place::named(place), what: what.into() }] }
    }

    /// All that is wrong with several parts.
    pub(super) fn all(mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.place.order());
        mistakes.dedup();
        Self { mistakes }
    }

    /// The mistakes, in the order of the file.
    pub fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> =
            self.mistakes.iter().map(|mistake| mistake.to_string().trim_end().to_owned()).collect();
        match &*shown {
            [one] => f.write_str(one),
            _ => write!(f, "the settings have {} mistakes\n\n{}", shown.len(), shown.join("\n\n")),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.place, self.what)?;
        let Some(spot) = &self.place.spot else { return Ok(()) };
        write!(f, "{}", Excerpt { line: &spot.line, column: spot.at.column, width: spot.width })
    }
}

/// Where the settings of one part stand, for what is found when the file is no longer at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    whole: Place,
    /// Of each setting its name and what it says.
    settings: BTreeMap<String, (Place, Place)>,
}

impl Places {
    /// The place of what is wrong.
    pub(super) fn of(&self, at: &SettingAt) -> Place {
        let found = match at {
            SettingAt::Whole => None,
            SettingAt::Key(key) => self.settings.get(key).map(|(name, _)| name),
            SettingAt::Value(key) => self.settings.get(key).map(|(_, value)| value),
        };
        found.unwrap_or(&self.whole).clone()
    }
}

/// Mistakes, being found.
pub(super) struct Mistakes<'a> {
    file: &'a str,
    outline: &'a Outline,
    found: Vec<Mistake>,
    /// What could not be taken and was read around, with its path.
    left_out: Vec<Vec<String>>,
}

impl<'a> Mistakes<'a> {
    pub(super) fn new(file: &'a str, outline: &'a Outline) -> Self {
        Self { file, outline, found: Vec::new(), left_out: Vec::new() }
    }

    /// What YAML cannot read. serde would tell it in words of its own.
    pub(super) fn of_spelling(&mut self) {
        for problem in self.outline.report.problems() {
            let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            let spot = Spot { at: problem.at.clone(), line: problem.line.as_str().into(), width: problem.width };
            self.found.push(Mistake { place: Place::of(&spot), what: format!("{}{hint}", problem.message) });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What the text holds. What cannot be taken is left out and the rest read again, so that all of it is looked at.
    pub(super) fn read(&mut self, text: &str) -> Written {
        let mut rest: Option<serde_yaml::Value> = None;
        let mut text = text.to_owned();
        loop {
            let error = match serde_yaml::from_str::<Option<Written>>(&text) {
                // A file of comments alone is a file of defaults.
                Ok(written) => return written.unwrap_or_default(),
                Err(error) => error,
            };
            let (path, of_key, what) = explain::readable(&error);
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            let place = if of_key { self.outline.key(&keys) } else { self.outline.value(&keys) };
            let unplaced = || match error.location().filter(|_| rest.is_none()) {
                Some(location) => format!("{}:{}:{}", self.file, location.line(), location.column()),
                None => self.file.to_owned(),
            };
            let place = place.map_or_else(|| Place::named(unplaced()), Place::of);
            self.found.push(Mistake { place, what });
            let value = match rest.take() {
                Some(value) => Ok(value),
                None => serde_yaml::from_str(&text),
            };
            // What cannot be found again cannot be read around. A list is left out whole: the others of it would lose their
            // places.
            let Ok(mut value) = value else { return Written::default() };
            let named = keys.iter().rposition(|key| key.parse::<usize>().is_err()).map_or(0, |last| last + 1);
            if !leave_out(&mut value, keys.get(..named).unwrap_or_default()) {
                return Written::default();
            }
            self.left_out.push(path);
            let Ok(written) = serde_yaml::to_string(&value) else { return Written::default() };
            (rest, text) = (Some(value), written);
        }
    }

    /// Whether all of a setting was taken, of which others name parts.
    pub(super) fn is_whole(&self, key: &str) -> bool {
        !self.left_out.iter().any(|path| path.len() <= 2 && path.first().is_some_and(|first| first == key))
    }

    /// The place of a value, or of the nearest that holds it.
    pub(super) fn place(&self, path: &[&str]) -> Place {
        let found = (1..=path.len()).rev().find_map(|length| self.outline.value(path.get(..length)?));
        found.map_or_else(|| Place::named(self.file), Place::of)
    }

    /// The places of a map's settings.
    pub(super) fn places<'k>(&self, path: &[&str], keys: impl Iterator<Item = &'k str>) -> Places {
        let of = |key: &'k str| {
            let path = [path, &[key]].concat();
            let (name, value) = (self.outline.key(&path)?, self.outline.value(&path)?);
            Some((key.to_owned(), (Place::of(name), Place::of(value))))
        };
        Places { whole: self.place(path), settings: keys.filter_map(of).collect() }
    }

    /// Something is wrong with a value.
    pub(super) fn value(&mut self, path: &[&str], what: impl fmt::Display) {
        let place = self.place(path);
        self.at(place, path, what);
    }

    /// Something is wrong with a key, with which the path ends.
    pub(super) fn key(&mut self, path: &[&str], what: impl fmt::Display) {
        let place = self.outline.key(path).map_or_else(|| self.place(path), Place::of);
        self.at(place, &path[..path.len().saturating_sub(1)], what);
    }

    /// Something is missing from a map: unless it is there, only misspelt, which is told already.
    pub(super) fn missing(&mut self, path: &[&str], key: &str, what: impl fmt::Display) {
        let of_this = |left_out: &&Vec<String>| left_out.split_last().is_some_and(|(_, map)| map == path);
        let mut names = self.left_out.iter().filter(of_this).filter_map(|left_out| left_out.last());
        if !names.any(|name| name == key || near_name(name, &[key]).is_some()) {
            self.value(path, format!("{key} is missing: {what}"));
        }
    }

    /// Something is wrong outside the file, or at a place that is known.
    pub(super) fn add(&mut self, place: Place, what: impl Into<String>) {
        self.found.push(Mistake { place, what: what.into() });
    }

    /// More that is wrong.
    pub(super) fn all(&mut self, mistakes: Vec<Mistake>) {
        self.found.extend(mistakes);
    }

    /// What is right, or all that is wrong.
    pub(super) fn done<T>(self, right: impl FnOnce() -> T) -> Result<T, ConfigError> {
        if self.found.is_empty() { Ok(right()) } else { Err(ConfigError::all(self.found)) }
    }

    fn at(&mut self, place: Place, path: &[&str], what: impl fmt::Display) {
        self.found.push(Mistake { place, what: format!("{}{what}", explain::setting(path)) });
    }
}

/// Says that a name is none of a site; nothing where it is one, or where the sites could not be read.
pub(super) fn no_site(name: &str, sites: &Sites) -> Option<String> {
    if !sites.whole || sites.all.contains_key(name) {
        return None;
    }
    let known: Vec<&str> = sites.all.keys().map(crate::id::SiteId::as_str).collect();
    Some(format!("there is no site \"{name}\"; {}", crate::channel::instead(name, &known)))
}

/// Takes a part out of a value; whether it was there.
fn leave_out(value: &mut serde_yaml::Value, path: &[&str]) -> bool {
    use serde_yaml::Value;
    let Some((last, before)) = path.split_last() else { return false };
    let mut holder = value;
    for part in before {
        let inner = match holder {
            Value::Sequence(items) => part.parse::<usize>().ok().and_then(|number| items.get_mut(number)),
            holder => holder.get_mut(*part),
        };
        let Some(inner) = inner else { return false };
        holder = inner;
    }
    holder.as_mapping_mut().is_some_and(|map| map.remove(*last).is_some())
}
