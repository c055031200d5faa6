//! Outputs: what they were, what they become, and what of them is stored.

use std::collections::BTreeMap;

use housewright_state::{OutputContent, OutputState, State};

use crate::lang::value::{Type, Value};
use crate::plan::OutputChange;
use crate::secret::Fingerprints;

/// Stored outputs against new values. With `partial`, outputs that cannot be told stay as they are.
pub fn changes(
    state: &State,
    values: &BTreeMap<String, Value>,
    fingerprints: &Fingerprints,
    partial: bool,
) -> Vec<OutputChange> {
    let mut changes = Vec::new();
    for (name, value) in values {
        if partial && !value.is_wholly_known() {
            continue;
        }
        let (plain, marks) = value.unmark_deep();
        let before = state.outputs.get(name);
        let sensitive = marks.sensitive || before.is_some_and(OutputState::is_sensitive);
        let before = before.map(|b| stored_value(b, &plain, fingerprints));
        changes.push(OutputChange { name: name.clone(), before, after: Some(plain), sensitive });
    }
    let gone = state.outputs.iter().filter(|(name, _)| !values.contains_key(*name) && !partial);
    for (name, before) in gone {
        let sensitive = before.is_sensitive();
        let null = Value::null(Type::Any);
        changes.push(OutputChange {
            name: name.clone(),
            before: Some(stored_value(before, &null, fingerprints)),
            after: None,
            sensitive,
        });
    }
    changes
}

/// A stored output as a value of the type its successor has. Of a sensitive one, only whether it is the same is known.
fn stored_value(stored: &OutputState, after: &Value, fingerprints: &Fingerprints) -> Value {
    match &stored.content {
        OutputContent::Plain(serde_json::Value::Null) => Value::null(after.ty()),
        OutputContent::Plain(json) if after.is_wholly_known() && !after.is_null() => {
            Value::from_json_typed(json, &after.ty()).unwrap_or_else(|_| Value::from_json(json))
        }
        OutputContent::Plain(json) => Value::from_json(json),
        OutputContent::Sensitive { fingerprint } => {
            let same = after.is_wholly_known()
                && after.to_json_text().is_ok_and(|text| fingerprints.of(&text) == *fingerprint);
            if same { after.clone() } else { Value::unknown(Type::Any) }
        }
    }
}

/// What to store of the outputs. What is not known (after a failure) keeps its old value. Answers the names of those
/// nested too deeply to be stored.
pub fn store(state: &mut State, values: BTreeMap<String, Value>, fingerprints: &Fingerprints) -> Vec<String> {
    let mut too_deep = Vec::new();
    let before = std::mem::take(&mut state.outputs);
    for (name, value) in values {
        let (plain, marks) = value.unmark_deep();
        let (Ok(json), Ok(text)) = (plain.to_json(), plain.to_json_text()) else {
            if plain.is_wholly_known() {
                too_deep.push(name.clone());
            }
            if let Some(old) = before.get(&name) {
                state.outputs.insert(name, old.clone());
            }
            continue;
        };
        let content = if marks.sensitive {
            OutputContent::Sensitive { fingerprint: fingerprints.of(&text) }
        } else {
            OutputContent::Plain(json)
        };
        state.outputs.insert(name, OutputState { ty: plain.ty().to_json(), content });
    }
    too_deep
}
