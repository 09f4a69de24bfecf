//! Runs one expression with MiniJinja. Every path that it reads is looked up first and handed over under a name of its own, so
//! that names in any script, `contact.name` and `.said` need nothing of MiniJinja, and an expression reaches nothing else.
//!
//! Comparisons need normal forms and readers need printed ones, in one expression. So a value that prints otherwise than it
//! compares is a string marked as safe: the mark survives `or`, `if`, `first` and `default`, but no change of the text.
//! Nothing here escapes, so the mark has no other meaning.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::civil;
use minijinja::value::{Object, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use crate::flow::expression::Expr;
use crate::flow::print;
use crate::id::Language;

/// Instructions that one expression may run; it has no loops, so this only bounds very long ones.
const FUEL: u64 = 10_000;

/// Where an expression's names get their values.
pub(super) trait Names {
    /// The value of a path; none if there is no such value.
    fn named(&self, path: &[String]) -> Option<Named>;
    /// A function.
    fn function(&self, name: &str) -> Option<Value>;
    /// For whom results are printed; none for normal forms.
    fn reader(&self) -> Option<Reader>;
}

/// A value with what its reader sees, if that is something else.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) value: Value,
    pub(super) shown: Option<String>,
}

impl Named {
    /// A value that prints as it is.
    pub(super) fn plain(value: impl Into<Value>) -> Self {
        Self { value: value.into(), shown: None }
    }

    /// A text that compares as `normal` and prints as `shown`.
    pub(super) fn typed(normal: &str, shown: String) -> Self {
        Self { value: Value::from_safe_string(normal.to_owned()), shown: Some(shown) }
    }
}

/// Whoever reads the results.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) language: Language,
    pub(super) today: civil::Date,
    pub(super) yes: String,
    pub(super) no: String,
    /// `and`, with the blanks that the language puts around it.
    pub(super) and: String,
}

/// The result of an expression, and how to print it.
pub(super) struct Evaluated {
    pub(super) value: Value,
    shown: Arc<Shown>,
}

impl Evaluated {
    /// As a reader sees it, or the normal form as text.
    pub(super) fn print(&self) -> String {
        self.shown.print(&self.value)
    }

    /// As data; what is unset is null.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::to_value(&self.value).unwrap_or(serde_json::Value::Null)
    }
}

/// Runs the expression.
pub(super) fn evaluate(expr: &Expr, names: &dyn Names) -> Result<Evaluated, Error> {
    let parts = expr.parts();
    let mut shown = Shown { reader: names.reader(), typed: Vec::new() };
    let mut context = BTreeMap::new();
    let mut source = String::with_capacity(expr.source.len() + 16);
    let mut copied = 0;
    for (index, read) in parts.reads.iter().enumerate() {
        let named = names.named(&read.path).unwrap_or(Named { value: Value::UNDEFINED, shown: None });
        if let Some(text) = named.shown {
            shown.typed.push((named.value.clone(), text));
        }
        if read.range == (0..expr.source.len()) {
            return Ok(Evaluated { value: named.value, shown: Arc::new(shown) });
        }
        let name = format!("_{index}");
        source.push_str(&expr.source[copied..read.range.start]);
        source.push_str(&if read.joined { format!("({name}|{PRINT})") } else { name.clone() });
        copied = read.range.end;
        context.insert(name, named.value);
    }
    source.push_str(&expr.source[copied..]);
    for function in &parts.calls {
        if let Some(value) = names.function(function) {
            context.insert(function.clone(), value);
        }
    }
    let shown = Arc::new(shown);
    context.insert(SHOWN.to_owned(), Value::from_dyn_object(shown.clone()));
    let value = ENGINE.compile_expression_owned(source)?.eval(Value::from(context))?;
    Ok(Evaluated { value, shown })
}

/// Data as MiniJinja holds it.
pub(super) fn data<T: serde::Serialize>(data: &T) -> Value {
    Value::from(minijinja::value::Serde(data))
}

/// Prints one value.
pub(super) fn print(named: Named, reader: Option<Reader>) -> String {
    named.shown.unwrap_or_else(|| Shown { reader, typed: Vec::new() }.print(&named.value))
}

/// The name under which filters find out how to print.
const SHOWN: &str = "_shown";

/// The filter that prints; authors cannot write it.
const PRINT: &str = "_print";

/// How values print.
#[derive(Debug)]
struct Shown {
    reader: Option<Reader>,
    typed: Vec<(Value, String)>,
}

impl Object for Shown {}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values")
    }
}

impl Shown {
    fn print(&self, value: &Value) -> String {
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => String::new(),
            ValueKind::Bool => match &self.reader {
                Some(reader) => (if value.is_true() { &reader.yes } else { &reader.no }).clone(),
                None => value.to_string(),
            },
            ValueKind::Number => self.number(value, false),
            ValueKind::String => self.string(value),
            ValueKind::Seq | ValueKind::Iterable => self.list(value),
            _ => match value.get_attr("label") {
                Ok(label) if !label.is_undefined() && self.reader.is_some() => self.print(&label),
                _ => serde_json::to_string(value).unwrap_or_default(),
            },
        }
    }

    fn string(&self, value: &Value) -> String {
        let text = value.as_str().unwrap_or_default();
        // The same allocation, not only the same text: a literal that equals a value's normal form prints as written.
        let typed = |(known, _): &&(Value, String)| known.as_str().is_some_and(|known| std::ptr::eq(known, text));
        match self.typed.iter().find(typed) {
            Some((_, shown)) if value.is_safe() => shown.clone(),
            _ => text.to_owned(),
        }
    }

    fn number(&self, value: &Value, grouped: bool) -> String {
        let plain = match f64::try_from(value.clone()) {
            // 3.0 is what dividing gives; nobody writes it so.
            Ok(number) if !value.is_integer() && number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
            _ => value.to_string(),
        };
        self.reader.as_ref().map_or_else(|| plain.clone(), |reader| print::number(&plain, grouped, &reader.language))
    }

    fn list(&self, value: &Value) -> String {
        let items: Vec<String> = value.try_iter().into_iter().flatten().map(|item| self.print(&item)).collect();
        match (&self.reader, &items[..]) {
            (Some(reader), [before @ .., last]) if !before.is_empty() => {
                format!("{}{}{last}", before.join(print::comma(&reader.language)), reader.and)
            }
            _ => items.join(","),
        }
    }
}

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::Chainable);
    engine.set_fuel(Some(FUEL));
    engine.add_filter(PRINT, |state: &State<'_, '_>, value: Value| printed(state, &value));
    engine.add_filter("upper", |state: &State<'_, '_>, value: Value| printed(state, &value).to_uppercase());
    engine.add_filter("lower", |state: &State<'_, '_>, value: Value| printed(state, &value).to_lowercase());
    engine.add_filter("title", |state: &State<'_, '_>, value: Value| title(&printed(state, &value)));
    engine.add_filter("trim", |state: &State<'_, '_>, value: Value| printed(state, &value).trim().to_owned());
    engine.add_filter("replace", |state: &State<'_, '_>, value: Value, from: String, to: String| {
        printed(state, &value).replace(&from, &to)
    });
    engine.add_filter("default", |value: Value, other: Value| if is_unset(&value) { other } else { value });
    engine.add_filter("length", length);
    engine.add_filter("first", |value: Value| end(&value, |items| items.next()));
    engine.add_filter("last", |value: Value| end(&value, |items| items.last()));
    engine.add_filter(
        "join",
        |state: &State<'_, '_>, value: Value, between: Option<String>| -> Result<String, Error> {
            let items: Vec<String> = value.try_iter()?.map(|item| printed(state, &item)).collect();
            Ok(items.join(between.as_deref().unwrap_or(", ")))
        },
    );
    engine.add_filter("round", |value: f64, digits: Option<i32>| {
        let scale = 10_f64.powi(digits.unwrap_or(0).clamp(0, 9));
        Value::from((value * scale).round() / scale)
    });
    engine.add_filter("sort", |value: Value| -> Result<Value, Error> {
        let mut items: Vec<Value> = value.try_iter()?.collect();
        items.sort();
        Ok(Value::from(items))
    });
    engine.add_filter("number", |state: &State<'_, '_>, value: Value| {
        with_shown(state, |shown| shown.map_or_else(|| value.to_string(), |shown| shown.number(&value, true)))
    });
    engine.add_filter("date", |state: &State<'_, '_>, value: Value| {
        as_reader(state, &value, |text, reader| {
            Some(print::date(text.get(..10)?.parse().ok()?, reader.today, &reader.language))
        })
    });
    engine.add_filter("time", |state: &State<'_, '_>, value: Value| {
        as_reader(state, &value, |text, reader| {
            let clock = text.split_once(['T', ' ']).map_or(text, |(_, clock)| clock);
            let (hour, minute) = clock.get(..5)?.split_once(':')?;
            Some(print::time(civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?, &reader.language))
        })
    });
    engine.add_filter("money", |state: &State<'_, '_>, value: Value, currency: Option<String>| {
        let normal = match currency {
            Some(currency) => format!("{value} {currency}"),
            None => value.to_string(),
        };
        as_reader(state, &Value::from(normal), |text, reader| Some(print::money(text, &reader.language)))
    });
    engine
});

/// Whether there is no value: unset, null, or an empty text, list or map.
pub(super) fn is_unset(value: &Value) -> bool {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => true,
        ValueKind::String => value.as_str().is_none_or(str::is_empty),
        ValueKind::Seq | ValueKind::Map => value.len() == Some(0),
        _ => false,
    }
}

fn with_shown<T>(state: &State<'_, '_>, act: impl FnOnce(Option<&Shown>) -> T) -> T {
    let shown = state.lookup(SHOWN);
    act(shown.as_ref().and_then(|shown| shown.downcast_object_ref::<Shown>()))
}

fn printed(state: &State<'_, '_>, value: &Value) -> String {
    with_shown(state, |shown| shown.map_or_else(|| value.to_string(), |shown| shown.print(value)))
}

/// Prints a text of a known form for the reader; for normal forms, and where the form does not fit, it stays as it is.
fn as_reader(state: &State<'_, '_>, value: &Value, print: impl Fn(&str, &Reader) -> Option<String>) -> Value {
    let text = value.to_string();
    with_shown(state, |shown| shown.and_then(|shown| shown.reader.as_ref()).and_then(|reader| print(&text, reader)))
        .map_or_else(|| value.clone(), Value::from)
}

fn length(value: Value) -> Result<usize, Error> {
    match value.as_str() {
        Some(text) => Ok(text.chars().count()),
        None if is_unset(&value) => Ok(0),
        None => value.len().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "this value has no length")),
    }
}

fn end(value: &Value, take: impl FnOnce(&mut dyn Iterator<Item = Value>) -> Option<Value>) -> Result<Value, Error> {
    match value.as_str() {
        Some(text) => Ok(take(&mut text.chars().map(Value::from)).unwrap_or_default()),
        None if is_unset(value) => Ok(Value::UNDEFINED),
        None => Ok(take(&mut value.try_iter()?).unwrap_or_default()),
    }
}

/// Every word with a capital, the rest as written.
fn title(text: &str) -> String {
    let mut before = ' ';
    let mut titled = String::with_capacity(text.len());
    for character in text.chars() {
        if before.is_whitespace() || before == '-' {
            titled.extend(character.to_uppercase());
        } else {
            titled.push(character);
        }
        before = character;
    }
    titled
}
