//! `show` without a plan, and `state show`: what the state remembers, with attributes.

use housewright_state::{ResourceState, State};
use serde_json::json;

use crate::address::Address;
use crate::cli::context::{Context, Failure, Result, is_empty_directory};
use crate::cli::exit;
use crate::cli::render;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::lang::value::{Data, Value};
use crate::ops::{self, Session};

/// Everything, or one instance.
pub async fn run(context: &Context, only: Option<&Address>) -> Result {
    let session = context.session();
    if session.diagnostics.iter().any(|d| d.is_error() && !is_empty_directory(d)) {
        return Err(Failure::in_session(&session, unreadable(&session)));
    }
    let state = context.state(&session).await?;
    let Some(state) = state else {
        let empty = if context.global.json {
            super::super::pretty(&json!({ "resources": [], "outputs": {} }))
        } else {
            "The state is empty.\n".to_owned()
        };
        return match only {
            Some(address) => Err(Failure::in_session(&session, ops::missing(address, []))),
            None => {
                context.terminal.print(&empty);
                Ok(exit::SUCCESS)
            }
        };
    };
    if let Some(address) = only {
        ops::selected(&state, address).map_err(|d| Failure::in_session(&session, d))?;
    }
    let text =
        if context.global.json { as_json(&session, &state, only) } else { as_text(context, &session, &state, only) };
    context.terminal.print(&text);
    Ok(exit::SUCCESS)
}

/// What is sensitive stands in the configuration, so nothing is shown without it.
fn unreadable(session: &Session) -> Diagnostics {
    let mut diagnostics = session.diagnostics.clone();
    diagnostics.push(
        Diagnostic::error(Code("HW0920"), "It cannot be told what must not be shown")
            .with_detail("The configuration says which values are sensitive, and it cannot be read.")
            .with_help("Correct it; until then `state list` names what there is."),
    );
    diagnostics
}

fn chosen<'a>(
    session: &'a Session,
    state: &'a State,
    only: Option<&Address>,
) -> Vec<(Address, Value, &'a ResourceState)> {
    let remembered = ops::remember(session, Some(state));
    let wanted = |address: &Address| only.is_none_or(|o| o.covers(address));
    let all = remembered.instances.into_iter().filter(|(address, _)| wanted(address));
    all.filter_map(|(address, value)| state.resources.get(&address.to_string()).map(|r| (address, value, r))).collect()
}

fn as_text(context: &Context, session: &Session, state: &State, only: Option<&Address>) -> String {
    let look = context.terminal.look();
    let one = |(address, value, resource): &(Address, Value, &ResourceState)| {
        render::state::instance(address, value, &remarks(resource), look)
    };
    let mut text = chosen(session, state, only).iter().map(one).collect::<Vec<_>>().join("\n");
    if text.is_empty() && state.outputs.is_empty() {
        return "The state is empty.\n".to_owned();
    }
    if only.is_none() && !state.outputs.is_empty() {
        text.push_str(&format!("\nOutputs:\n\n{}", render::outputs::stored(&state.outputs)));
    }
    text
}

/// What is to be known of an instance besides its attributes.
fn remarks(resource: &ResourceState) -> Vec<String> {
    let all = [
        (!resource.cloud.is_empty(), format!("cloud \"{}\"", resource.cloud)),
        (resource.protected, "protected: prevent_destroy".to_owned()),
        (!resource.settled, "not finished: the next apply goes on with it".to_owned()),
    ];
    all.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text).collect()
}

fn as_json(session: &Session, state: &State, only: Option<&Address>) -> String {
    let resources: Vec<_> = chosen(session, state, only)
        .into_iter()
        .map(|(address, value, resource)| {
            let (values, sensitive) = plain(&value);
            json!({
                "address": address.to_string(),
                "kind": address.kind,
                "name": address.name,
                "identity": resource.identity,
                "cloud": resource.cloud,
                "protected": resource.protected,
                "settled": resource.settled,
                "values": values,
                "sensitive_values": sensitive,
            })
        })
        .collect();
    if only.is_some() {
        return super::super::pretty(&json!({ "resources": resources }));
    }
    let outputs: serde_json::Map<_, _> =
        state.outputs.iter().map(|(name, output)| (name.clone(), render::outputs::json(output))).collect();
    super::super::pretty(&json!({
        "lineage": state.lineage,
        "serial": state.serial,
        "resources": resources,
        "outputs": outputs,
    }))
}

/// The values without what is sensitive, and in the same shape `true` where something was left out.
fn plain(value: &Value) -> (serde_json::Value, serde_json::Value) {
    let Data::Object(fields) = &value.data else {
        return (value.to_json().unwrap_or_default(), serde_json::Value::Bool(value.contains_marks()));
    };
    let (mut values, mut sensitive) = (serde_json::Map::new(), serde_json::Map::new());
    for (name, field) in fields.iter() {
        if field.contains_marks() && !matches!(field.data, Data::Object(_)) {
            sensitive.insert(name.to_string(), true.into());
            continue;
        }
        let (inner, hidden) = plain(field);
        if hidden.as_object().is_some_and(|h| !h.is_empty()) {
            sensitive.insert(name.to_string(), hidden);
        }
        values.insert(name.to_string(), inner);
    }
    (values.into(), sensitive.into())
}
