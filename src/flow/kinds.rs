//! Kinds of values that are no items of fixed keys: each is a name with its schema. A [`Field`] is only the place of a value
//! of a kind; `read` turns it into one.

use std::borrow::Cow;
use std::marker::PhantomData;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::flow::document::{CardDoc, OptionDoc, StepDoc, TestDoc};
use crate::flow::tree::NodeId;

/// The ready parts that `use:` knows.
pub(crate) const READY: &[&str] = &["small_talk"];

/// A value that stands in the tree and has not been read yet; `T` says what it must be.
#[derive(Debug)]
pub(crate) struct Field<T> {
    pub(crate) node: NodeId,
    kind: PhantomData<fn() -> T>,
}

impl<T> Field<T> {
    pub(crate) fn at(node: NodeId) -> Self {
        Self { node, kind: PhantomData }
    }
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}

impl<'de, T> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(|node| Self::at(NodeId(node)))
    }
}

impl<T: JsonSchema> JsonSchema for Field<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A kind of value that is not a map of fixed keys: its name, and its schema.
macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $inline:literal, |$generator:ident| $schema:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                $inline
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

kind!(
    /// A name that the author chose, or refers to. YAML may take it for a number or truth value; it stays a text.
    Word, true, |_generator| json_schema!({ "type": ["string", "number", "boolean"] })
);
kind!(
    /// A name, or nothing.
    WordOrNone, true, |_generator| json_schema!({ "type": ["string", "number", "boolean", "null"] })
);
kind!(
    /// One name or a list of names.
    Words, true, |generator| {
        let word = generator.subschema_for::<Word>();
        json_schema!({ "anyOf": [word, { "type": "array", "items": word }] })
    }
);
kind!(
    /// Ready parts of a bot.
    Ready, true, |_generator| {
        let name = json_schema!({ "enum": READY });
        json_schema!({ "anyOf": [name, { "type": "array", "items": name }] })
    }
);
kind!(
    /// What the bot says.
    Says, false, |_generator| json_schema!({
        "description": "A text with {{ expressions }}; a list of messages; { one_of: [...] } for variants; or a map of languages.",
        "anyOf": [
            { "type": ["string", "number", "boolean"] },
            { "type": "array", "items": { "$ref": "#/$defs/Says" }, "minItems": 1 },
            { "type": "object", "properties": { "one_of": { "type": "array", "items": { "$ref": "#/$defs/Says" }, "minItems": 1 } },
              "additionalProperties": { "$ref": "#/$defs/Says" }, "minProperties": 1 }
        ]
    })
);
kind!(
    /// A list of texts, each what the bot says.
    SaysList, true, |generator| {
        let says = generator.subschema_for::<Says>();
        json_schema!({ "type": "array", "items": says })
    }
);
kind!(
    /// Entries: a list, or a text block with one entry a line; or a map of languages.
    Lines, false, |_generator| json_schema!({
        "description": "A text block (|) with one entry a line, or a list; or a map of languages with one of them each.",
        "anyOf": [
            { "type": ["string", "number", "boolean"] },
            { "type": "array", "items": { "type": ["string", "number", "boolean"] } },
            { "type": "object", "additionalProperties": { "$ref": "#/$defs/Lines" } }
        ]
    })
);
kind!(
    /// Values of an entity, each with other words for it.
    Values, false, |generator| {
        let lines = generator.subschema_for::<Lines>();
        json_schema!({
            "description": "The values, each with other words for it; or just their names.",
            "anyOf": [
                lines,
                { "type": "object", "additionalProperties": { "anyOf": [lines, { "type": "null" }] } }
            ]
        })
    }
);
kind!(
    /// A length of time: `30s`, `5m`, `2h`, `1d`.
    Duration, true, |_generator| json_schema!({ "type": "string", "pattern": "^\\s*(\\d+(\\.\\d+)?\\s*(ms|s|m|h|d)\\s*)+$" })
);
kind!(
    /// A whole number.
    Count, true, |_generator| json_schema!({ "type": "integer", "minimum": 0 })
);
kind!(
    /// A number from 0 to 1.
    Fraction, true, |_generator| json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
);
kind!(
    /// `true` or `false`.
    Flag, true, |_generator| json_schema!({ "type": "boolean" })
);
kind!(
    /// A condition, such as `day >= today`; `{{ }}` around it may be left out.
    Condition, true, |_generator| json_schema!({ "type": ["string", "boolean"] })
);
kind!(
    /// Any data; its texts may hold `{{ expressions }}`.
    Anything, true, |_generator| json_schema!(true)
);
kind!(
    /// Names with any data; the texts may hold `{{ expressions }}`.
    Data, true, |_generator| json_schema!({ "type": "object" })
);
kind!(
    /// Conditions on the answer, each with what to say when it is false.
    Must, true, |generator| {
        let says = generator.subschema_for::<Says>();
        json_schema!({ "type": "object", "additionalProperties": says })
    }
);
kind!(
    /// A number of repeats, or the texts to say at each.
    Retries, true, |generator| {
        let says = generator.subschema_for::<Says>();
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "array", "items": says }] })
    }
);
kind!(
    /// Steps: a list, or just one.
    Steps, false, |generator| {
        let step = generator.subschema_for::<StepDoc>();
        json_schema!({ "anyOf": [step, { "type": "array", "items": step }] })
    }
);
kind!(
    /// Values and the steps for each; `else` for all others.
    Cases, true, |generator| {
        let steps = generator.subschema_for::<Steps>();
        json_schema!({ "type": "object", "additionalProperties": steps })
    }
);
kind!(
    /// A weekly timetable: days (`mon`, `sat-sun`, `every day`) with ranges, `closed` days, and `special` days.
    Timetable, false, |_generator| {
        let ranges = json_schema!({ "type": "string", "description": "\"09:00-14:00, 17:00-21:00\", or \"closed\"." });
        json_schema!({
            "type": "object",
            "description": "Days (mon, sat-sun, daily) with their ranges; closed days; special days.",
            "properties": {
                "closed": { "description": "Days: 12-25 for every year, 2027-05-03 for once.", "type": ["array", "string"], "items": { "type": "string" } },
                "special": { "description": "Days with ranges of their own.", "type": "object", "additionalProperties": ranges }
            },
            "patternProperties": { "^(mon|tue|wed|thu|fri|sat|sun|daily)": ranges },
            "additionalProperties": false
        })
    }
);
kind!(
    /// A test's chat: `visitor: …`, `bot: …`, `agent: …`, `...`, `(10m pass)`, one a line.
    Chat, true, |_generator| json_schema!({ "type": ["string", "array"] })
);
kind!(
    /// How many agents are there, at every queue or at each.
    Agents, true, |_generator| json_schema!({ "type": ["integer", "object"] })
);
kind!(
    /// Messages by the intent that must be understood; `none` for what must not be.
    IntentTests, true, |generator| {
        let lines = generator.subschema_for::<Lines>();
        json_schema!({ "type": "object", "additionalProperties": lines })
    }
);

kind!(
    /// A list of tests.
    Tests, true, |generator| {
        let test = generator.subschema_for::<TestDoc>();
        json_schema!({ "type": "array", "items": test })
    }
);
kind!(
    /// A list of cards.
    Cards, true, |generator| {
        let card = generator.subschema_for::<CardDoc>();
        json_schema!({ "type": "array", "items": card })
    }
);
kind!(
    /// A list of options.
    OptionList, true, |generator| {
        let option = generator.subschema_for::<OptionDoc>();
        json_schema!({ "type": "array", "items": option })
    }
);

/// Items by name.
#[derive(Debug)]
pub(crate) struct Named<T>(PhantomData<fn() -> T>);

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Named{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        IndexMap::<String, T>::json_schema(generator)
    }
}
