//! The JSON Schema of a bot's files, for editors: made from the document types, so that it knows every key that the reader
//! knows, with the same help.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::flow::document::FileDoc;

/// The schema of one file of a bot.
pub fn schema() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<FileDoc>();
    let mut value = schema.to_value();
    if let Value::Object(map) = &mut value {
        map.insert("title".to_owned(), "A file of a Frontdesk bot".into());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Just enough of a validator for what `schema` makes: it says where a value does not fit.
    fn misfit(root: &Value, schema: &Value, value: &Value, path: &str) -> Option<String> {
        let Value::Object(map) = schema else { return (schema == &Value::Bool(false)).then(|| path.to_owned()) };
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            let target = root.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference}"));
            if let Some(found) = misfit(root, target, value, path) {
                return Some(found);
            }
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(Value::Array(ways)) = map.get(key) {
                let found: Vec<_> = ways.iter().filter_map(|way| misfit(root, way, value, path)).collect();
                if found.len() == ways.len() {
                    return found.into_iter().max_by_key(String::len);
                }
            }
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let fits = |wanted: &Value| wanted == kind || wanted == "number" && kind == "integer";
        match map.get("type") {
            Some(Value::Array(kinds)) if !kinds.iter().any(fits) => return Some(format!("{path} is {kind}")),
            Some(wanted @ Value::String(_)) if !fits(wanted) => return Some(format!("{path} is {kind}")),
            _ => {}
        }
        if let (Value::Array(items), Some(schema)) = (value, map.get("items")) {
            return items.iter().enumerate().find_map(|(n, item)| misfit(root, schema, item, &format!("{path}/{n}")));
        }
        let Value::Object(entries) = value else { return None };
        for needed in map.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !entries.contains_key(needed.as_str().unwrap()) {
                return Some(format!("{path} lacks {needed}"));
            }
        }
        entries.iter().find_map(|(key, value)| {
            let path = format!("{path}/{key}");
            if let Some(schema) = map.get("properties").and_then(|properties| properties.get(key)) {
                return misfit(root, schema, value, &path);
            }
            for (pattern, schema) in map.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
                if regex::Regex::new(pattern).unwrap().is_match(key) {
                    return misfit(root, schema, value, &path);
                }
            }
            misfit(root, map.get("additionalProperties")?, value, &path)
        })
    }

    fn misfit_of(text: &str) -> Option<String> {
        let value: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        let schema = schema();
        misfit(&schema, &schema, &serde_json::to_value(value).unwrap(), "")
    }

    #[test]
    fn the_schema_accepts_the_model_and_the_example_bot() {
        for text in [
            include_str!("../../fixtures/model.yaml"),
            include_str!("../../flows/bot.yaml"),
            include_str!("../../flows/orders.yaml"),
            include_str!("../../flows/returns.yaml"),
            include_str!("../../flows/services.yaml"),
            include_str!("../../flows/tests.yaml"),
            include_str!("../../flows/lang/el.yaml"),
            "bot: { name: x }\nflows: { a: { steps: [{ handoff: }] } }",
        ] {
            assert_eq!(misfit_of(text), None, "{text}");
        }
    }

    #[test]
    fn the_schema_refuses_what_the_reader_refuses() {
        for text in [
            "bots: {}",
            "bot: { nam: x }",
            "flows: { a: { steps: [{ sayy: x }] } }",
            "flows: { a: { steps: [{ say: x, ofer: [b] }] } }",
            "fallback: { misses: two }",
            "hours: { shop: { someday: closed } }",
        ] {
            assert!(misfit_of(text).is_some(), "{text}");
        }
    }
}
