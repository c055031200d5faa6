//! A plan without anything sensitive.

use crate::call::Call;
use crate::lang::value::{Type, Value};
use crate::plan::{Action, AttributeChange, OutputChange, Plan};

/// What stands in a request in the place of a value that must not be shown.
const HIDDEN: &str = "(sensitive value)";

/// The plan with something harmless in the place of everything sensitive. What changes still differs.
pub fn masked(plan: &Plan) -> Plan {
    Plan {
        actions: plan.actions.iter().map(action).collect(),
        outputs: plan.outputs.iter().map(output).collect(),
        ..plan.clone()
    }
}

fn action(action: &Action) -> Action {
    let changes = |all: &[AttributeChange]| all.iter().map(change).collect();
    let calls = |calls: &[Call]| calls.iter().map(|c| masked_call(c, action)).collect();
    Action {
        attributes: changes(&action.attributes),
        drift: changes(&action.drift),
        destroy: calls(&action.destroy),
        apply: calls(&action.apply),
        ..action.clone()
    }
}

fn change(change: &AttributeChange) -> AttributeChange {
    let hide = |value: &Value, word: &str| if change.sensitive { stand_in(value, word) } else { value.masked() };
    AttributeChange { before: hide(&change.before, "before"), after: hide(&change.after, "after"), ..change.clone() }
}

fn output(output: &OutputChange) -> OutputChange {
    // Two stand-ins differ where the values do.
    let word = if output.is_change() { "after" } else { "before" };
    let hide = |value: &Option<Value>, word: &str| match value {
        Some(value) if output.sensitive => Some(stand_in(value, word)),
        value => value.as_ref().map(Value::masked),
    };
    OutputChange { before: hide(&output.before, "before"), after: hide(&output.after, word), ..output.clone() }
}

/// Null and unknown tell nothing; everything else becomes a word.
fn stand_in(value: &Value, word: &str) -> Value {
    match (value.is_null(), value.is_known()) {
        (true, _) => Value::null(Type::Any),
        (_, false) => Value::unknown(Type::Any),
        _ => Value::from(word),
    }
}

/// A request whose body carries something sensitive keeps the names of its fields. What is unknown while planning,
/// secrets among it, is in no body.
pub fn masked_call(call: &Call, action: &Action) -> Call {
    let mut call = call.clone();
    let Some(body) = call.body.as_mut() else { return call };
    let is_hole = |path: &str| body.holes.values().any(|hole| hole == path);
    let carried = |change: &&AttributeChange| change.sensitive && !is_hole(&change.path);
    let written = |path: &str| {
        let under = |w: &String| w == path || path.strip_prefix(w.as_str()).is_some_and(|rest| rest.starts_with('.'));
        call.writes.iter().any(under)
    };
    if action.attributes.iter().filter(carried).any(|change| written(&change.path)) {
        let names: Vec<String> = body.json.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect();
        body.json = names.into_iter().map(|name| (name, HIDDEN.into())).collect::<serde_json::Map<_, _>>().into();
    }
    call
}
