//! Outputs as `name = value` lines, in Terraform's form. Sensitive ones show as `<sensitive>`.

use std::collections::BTreeMap;

use housewright_state::{OutputContent, OutputState};

use crate::lang::recursion::recurse;
use crate::lang::value::{Data, Type, Value, display};
use crate::lang::write::is_dangerous;

/// What stands in the place of a sensitive output.
pub const SENSITIVE: &str = "<sensitive>";

/// Values as they are after an apply.
pub fn text(outputs: &BTreeMap<String, Value>) -> String {
    let shown = |v: &Value| if v.marks.sensitive { SENSITIVE.to_owned() } else { harmless(&display::value(v)) };
    outputs.iter().map(|(name, value)| format!("{name} = {}\n", shown(value))).collect()
}

/// Values as the state stores them.
pub fn stored(outputs: &BTreeMap<String, OutputState>) -> String {
    outputs.iter().map(|(name, output)| format!("{name} = {}\n", one(output))).collect()
}

/// One stored output.
pub fn one(output: &OutputState) -> String {
    match &output.content {
        OutputContent::Plain(json) => harmless(&display::value(&typed(output, json))),
        OutputContent::Sensitive { .. } => SENSITIVE.to_owned(),
    }
}

fn typed(output: &OutputState, json: &serde_json::Value) -> Value {
    let of = |ty: Type| Value::from_json_typed(json, &ty).ok();
    Type::from_json(&output.ty).and_then(of).unwrap_or_else(|| Value::from_json(json))
}

/// The lines of a text stay lines; what could do something to a terminal is escaped.
fn harmless(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if is_dangerous(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// A stored output for programs, in Terraform's form. Of a sensitive one the value is left out: it is not stored.
pub fn json(output: &OutputState) -> serde_json::Value {
    let mut object = serde_json::json!({ "sensitive": output.is_sensitive(), "type": output.ty });
    if let (OutputContent::Plain(value), Some(fields)) = (&output.content, object.as_object_mut()) {
        fields.insert("value".to_owned(), with_numbers(&typed(output, value)));
    }
    object
}

/// Numbers are stored as texts where a floating point number would not be exact; as far as JSON's readers keep whole
/// numbers, they are numbers again.
fn with_numbers(value: &Value) -> serde_json::Value {
    let inner = |v: &Value| recurse(|| with_numbers(v));
    match &value.data {
        Data::Number(number) => {
            let text = number.to_string();
            let read = serde_json::from_str::<serde_json::Number>(&text).ok().filter(|n| n.to_string() == text);
            read.map_or_else(|| value.to_json().unwrap_or_default(), serde_json::Value::Number)
        }
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => value.elements().map(inner).collect(),
        Data::Map(..) | Data::Object(_) => value.entries().map(|(name, v)| (name.to_string(), inner(v))).collect(),
        _ => value.to_json().unwrap_or_default(),
    }
}

/// A text, number or bool without quotes; `None` for everything else.
pub fn raw(output: &OutputState) -> Option<String> {
    let OutputContent::Plain(json) = &output.content else { return None };
    let value = Value::from_json(json);
    match value.ty() {
        Type::String => value.as_str().map(str::to_owned),
        Type::Bool | Type::Number => value.to_json_text().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stored_as(ty: serde_json::Value, value: serde_json::Value) -> String {
        one(&OutputState { ty, content: OutputContent::Plain(value) })
    }

    #[test]
    fn types_show_as_in_terraform() {
        let cases = [
            (json!(["list", "string"]), json!(["a"]), "tolist([\n  \"a\",\n])"),
            (json!(["map", "number"]), json!({ "a b": 1 }), "tomap({\n  \"a b\" = 1\n})"),
            (json!("string"), json!("a\nb\n"), "<<EOT\na\nb\n\nEOT"),
            (json!("number"), json!(1.5), "1.5"),
        ];
        for (ty, value, expected) in cases {
            assert_eq!(stored_as(ty, value), expected);
        }
    }

    #[test]
    fn nothing_is_done_to_a_terminal() {
        assert_eq!(stored_as(json!("string"), json!("a\n\u{1b}]0;x\u{7}")), "<<EOT\na\n\\u001b]0;x\\u0007\nEOT");
    }
}
