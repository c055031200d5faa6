//! Outputs as `name = value` lines. Sensitive ones show as `<sensitive>`.

use std::collections::BTreeMap;

use housewright_state::{OutputContent, OutputState};
use unicode_width::UnicodeWidthStr as _;

use super::value;
use crate::lang::value::{Type, Value};

/// What stands in the place of a sensitive output.
pub const SENSITIVE: &str = "<sensitive>";

/// Values as they are after an apply.
pub fn text(outputs: &BTreeMap<String, Value>) -> String {
    let shown = |v: &Value| if v.marks.sensitive { vec![SENSITIVE.to_owned()] } else { value::lines(v) };
    aligned(outputs.iter().map(|(name, value)| (name.as_str(), shown(value))).collect())
}

/// Values as the state stores them.
pub fn stored(outputs: &BTreeMap<String, OutputState>) -> String {
    aligned(outputs.iter().map(|(name, output)| (name.as_str(), one(output))).collect())
}

/// The lines of one stored output.
pub fn one(output: &OutputState) -> Vec<String> {
    match &output.content {
        OutputContent::Plain(json) => value::lines(&Value::from_json(json)),
        OutputContent::Sensitive { .. } => vec![SENSITIVE.to_owned()],
    }
}

/// A stored output for programs, in Terraform's form. Of a sensitive one the value is left out: it is not stored.
pub fn json(output: &OutputState) -> serde_json::Value {
    let mut object = serde_json::json!({ "sensitive": output.is_sensitive(), "type": output.ty });
    if let (OutputContent::Plain(value), Some(fields)) = (&output.content, object.as_object_mut()) {
        fields.insert("value".to_owned(), value.clone());
    }
    object
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

fn aligned(entries: Vec<(&str, Vec<String>)>) -> String {
    let width = entries.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut out = String::new();
    for (name, lines) in entries {
        out.push_str(&format!("{name}{:pad$} = ", "", pad = width - name.width()));
        out.push_str(&lines.join("\n"));
        out.push('\n');
    }
    out
}
