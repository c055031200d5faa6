//! The Query protocol on the way out: parameters as a form.
//!
//! Must not know what the parameters mean.

use serde_json::Value as Json;

/// The parameters of an object: lists are numbered from 1, names inside names are joined by dots.
pub fn flat(parameters: &Json) -> Vec<(String, String)> {
    let mut all = Vec::new();
    flatten("", parameters, &mut all);
    all
}

fn flatten(name: &str, value: &Json, out: &mut Vec<(String, String)>) {
    let within = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
    match value {
        Json::Null => {}
        Json::Object(fields) => fields.iter().for_each(|(part, value)| flatten(&within(part), value, out)),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| flatten(&within(&(i + 1).to_string()), value, out));
        }
        Json::String(text) => out.push((name.to_owned(), text.clone())),
        other => out.push((name.to_owned(), other.to_string())),
    }
}

/// The form of a request.
pub fn body(action: &str, version: &str, parameters: &[(String, String)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", action).append_pair("Version", version);
    form.extend_pairs(parameters).finish()
}
