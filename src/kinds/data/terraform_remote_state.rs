//! The data source `terraform_remote_state`: the outputs of a state that Terraform keeps elsewhere.
//!
//! Owns the format of such a state, as far as outputs go. Must not know how the place is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

use super::{DataSource, Look};
use crate::call::{Read, TerraformState};
use crate::diag::{Code, Severity, suggestion};
use crate::kinds::{Answers, Finding};
use crate::lang::value::{Data, Marks, Type, Value};
use crate::schema::{AttrType, Attribute, Schema};

pub struct TerraformRemoteState;

/// The places that states can be read from.
pub const BACKENDS: [&str; 6] = ["local", "s3", "gcs", "azurerm", "pg", "http"];

/// The format that is read. Terraform has written it since 0.12.
const VERSION: u64 = 4;
const DEFAULT_WORKSPACE: &str = "default";

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let source = "Terraform's data source of this name";
    let any = |name, doc| Attribute::optional(name, AttrType::Any, doc).extension(source);
    Schema::new(
        "terraform_remote_state",
        1,
        "The outputs of a state that Terraform keeps, as its data source of this name. What is sensitive there is so here.",
        vec![
            Attribute::required(
                "backend",
                AttrType::String,
                "Where the state is: `local`, `s3`, `gcs`, `azurerm`, `pg` or `http`.",
            )
            .extension(source),
            any(
                "config",
                "An object with the arguments of Terraform's backend of this name. Credentials belong into the environment.",
            ),
            Attribute::optional("workspace", AttrType::String, "The workspace; `default` when it is left out.")
                .extension(source),
            any("defaults", "An object with values for outputs that the state does not have."),
            Attribute::computed("outputs", AttrType::Any, "The outputs of the root module, by name.").extension(source),
        ],
    )
});

impl DataSource for TerraformRemoteState {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn lies_elsewhere(&self) -> bool {
        true
    }

    fn check(&self, arguments: &Value) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Some(backend) = arguments.get("backend").and_then(Value::as_str).filter(|b| !BACKENDS.contains(b)) {
            let help = match suggestion(backend, BACKENDS) {
                Some(meant) => format!("Did you mean \"{meant}\"?"),
                None => format!("Write one of {}.", BACKENDS.join(", ")),
            };
            let detail = "The outputs of a state can be read from some of Terraform's backends.";
            found.push(finding(
                "backend",
                format!("States cannot be read from the backend \"{backend}\""),
                detail,
                help,
            ));
        }
        for name in ["config", "defaults"] {
            let value = arguments.get(name).filter(|v| !v.is_null() && v.is_known());
            if value.is_some_and(|v| !is_object(v)) {
                let help = format!("Write {name} = {{ … }}.");
                found.push(finding(name, format!("`{name}` is no object"), "It has names with values.", help));
            }
        }
        if let Some(Err(name)) = known(arguments.get("config")).map(place_arguments) {
            let help = "Write a text, a number or a bool. Roles and profiles are told by the environment.".to_owned();
            let summary = format!("`{name}` in `config` is more than one value");
            // Not at the object itself: what opens the place may be written in it.
            found.push(finding("backend", summary, "Arguments of a backend are single values.", help));
        }
        found
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        let config = known(arguments.get("config")).map(place_arguments).transpose();
        let read = Read::state(TerraformState {
            backend: text("backend").unwrap_or_default().to_owned(),
            workspace: text("workspace").unwrap_or(DEFAULT_WORKSPACE).to_owned(),
            // What is wrong with it, a rule has said.
            arguments: config.ok().flatten().unwrap_or_default(),
        });
        if !answers.holds(&read) {
            return Look::Ask(vec![read]);
        }
        let told = answers.get(&read).unwrap_or_default();
        match outputs(&told) {
            Ok(outputs) => {
                let own = known(arguments.get("defaults")).filter(|d| is_object(d));
                let defaults = own.into_iter().flat_map(Value::entries).map(|(n, v)| (n.clone(), v.clone()));
                let all: BTreeMap<Arc<str>, Value> = defaults.chain(outputs).collect();
                let given = SCHEMA.attributes.iter().filter(|a| a.settable()).map(|a| {
                    let value = arguments.get(a.name).cloned().unwrap_or_else(|| a.null());
                    (a.key(), value)
                });
                Look::Found(Value::object(given.chain([("outputs".into(), Value::object(all))]).collect()))
            }
            Err(unusable) => unusable,
        }
    }
}

fn finding(attribute: &str, summary: String, detail: &str, help: String) -> Finding {
    Finding {
        code: Code("HW1081"),
        severity: Severity::Error,
        attributes: vec![attribute.to_owned()],
        beside: Vec::new(),
        summary,
        detail: detail.to_owned(),
        help,
    }
}

fn known(value: Option<&Value>) -> Option<&Value> {
    value.filter(|v| !v.is_null() && v.is_wholly_known())
}

fn is_object(value: &Value) -> bool {
    matches!(value.data, Data::Object(_) | Data::Map(..))
}

/// The arguments of a backend as texts; the name of one that cannot be. Of S3's endpoints, that of S3 alone is needed.
fn place_arguments(config: &Value) -> Result<BTreeMap<String, String>, String> {
    let mut arguments = BTreeMap::new();
    for (name, value) in config.entries().filter(|(_, v)| !v.is_null()) {
        let (name, value) = match (&**name, value) {
            ("endpoints", all) if is_object(all) => match all.get("s3").filter(|v| !v.is_null()) {
                Some(value) => ("endpoint", value),
                None => continue,
            },
            (name, value) => (name, value),
        };
        let text = match &value.data {
            Data::String(text) => text.to_string(),
            Data::Bool(flag) => flag.to_string(),
            Data::Number(number) => number.to_string(),
            _ => return Err(name.to_owned()),
        };
        arguments.insert(name.to_owned(), text);
    }
    Ok(arguments)
}

/// The outputs in what was told of a state, or why there are none.
fn outputs(told: &Json) -> Result<BTreeMap<Arc<str>, Value>, Look> {
    let text = |field: &str| told.get(field).and_then(Json::as_str).unwrap_or_default();
    if told.get("problem").is_some() {
        return Err(unusable("config", text("problem").to_owned(), text("why"), text("next")));
    }
    let place = text("place");
    if told.get("text").is_some() {
        let summary = format!("{place} is no state of Terraform's");
        return Err(unusable("config", summary, &format!("{}.", capital(text("text"))), FOREIGN));
    }
    let Some(state) = told.get("state") else {
        let detail = "Nothing is stored in that place, or in that workspace.";
        let help = "Check `config` and `workspace`, and that Terraform has been applied there.";
        return Err(unusable("config", format!("There is no state at {place}"), detail, help));
    };
    readable(place, state)?;
    let of = |(name, output): (&String, &Json)| Some((Arc::from(name.as_str()), output_value(output)?));
    let all = state.get("outputs").and_then(Json::as_object).into_iter().flatten();
    all.map(of).collect::<Option<_>>().ok_or_else(|| {
        let summary = format!("The state at {place} is damaged, or was changed by hand");
        let detail = "An output has no value of its own type.";
        unusable("config", summary, detail, "Have Terraform write it anew: terraform apply -refresh-only")
    })
}

const FOREIGN: &str = "Check `config`: it names the place of another thing.";

/// Whether it is a state whose format is known.
fn readable(place: &str, state: &Json) -> Result<(), Look> {
    let format = state.get("format").and_then(Json::as_str).unwrap_or_default();
    let ours = format == "housewright-state" || state.get("content").is_some_and(Json::is_string);
    let refuse = |summary: String, detail: &str, help: &str| Err(unusable("config", summary, detail, help));
    if format == "housewright-encrypted" || state.get("encrypted_data").is_some() {
        let detail = "Whoever encrypted it has the key; this data source takes none.";
        let help = "Hand the outputs over in a state of their own that is not encrypted, or as variables.";
        return refuse(format!("The state at {place} is encrypted"), detail, help);
    }
    if ours {
        let detail = "It is a state of this program's, whose outputs are kept in another form.";
        let help = "Export it for others to read: housewright state export --tfstate FILE";
        return refuse(format!("{place} is no state of Terraform's"), detail, help);
    }
    let program = state.get("terraform_version").and_then(Json::as_str);
    match (state.get("version").and_then(Json::as_u64), program) {
        (Some(VERSION), Some(_)) => Ok(()),
        (Some(newer), program) if newer > VERSION => {
            let detail = format!(
                "Its format is {newer} (Terraform {}), and this program reads format {VERSION}.",
                program.unwrap_or("unknown")
            );
            refuse(
                format!("The state at {place} was written by a newer Terraform"),
                &detail,
                "Use a newer housewright.",
            )
        }
        (Some(older), Some(_)) if older < VERSION => {
            let detail = format!("Its format is {older}, which Terraform wrote before version 0.12.");
            let help = "Have a newer Terraform write it anew, by an apply.";
            refuse(format!("The state at {place} is too old"), &detail, help)
        }
        _ => refuse(format!("{place} is no state of Terraform's"), "It is JSON of another kind.", FOREIGN),
    }
}

/// Marked when it is sensitive.
fn output_value(output: &Json) -> Option<Value> {
    let ty = Type::from_json(output.get("type")?)?;
    let value = Value::from_json_typed(output.get("value")?, &ty).ok()?;
    let sensitive = output.get("sensitive").and_then(Json::as_bool) == Some(true);
    Some(value.with_marks(Marks { sensitive, ephemeral: false }))
}

fn unusable(attribute: &'static str, summary: String, detail: &str, help: &str) -> Look {
    Look::Unusable { attribute, summary, detail: detail.to_owned(), help: help.to_owned() }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state(fields: Json) -> Json {
        let mut state = json!({ "version": 4, "terraform_version": "1.9.0", "outputs": {} });
        state.as_object_mut().expect("an object").extend(fields.as_object().cloned().unwrap_or_default());
        json!({ "place": "s3://b/k", "state": state })
    }

    #[test]
    fn outputs_keep_their_types_and_what_is_sensitive() {
        let outputs = json!({
            "ids": { "value": ["a", "b"], "type": ["list", "string"] },
            "secret": { "value": { "n": 1 }, "type": ["object", { "n": "number" }], "sensitive": true },
            "none": { "value": null, "type": "string" },
        });
        let read = super::outputs(&state(json!({ "outputs": outputs }))).expect("a state");
        assert_eq!(read["ids"].ty(), Type::list(Type::String));
        assert!(read["secret"].marks.sensitive && !read["ids"].marks.sensitive);
        assert!(read["none"].is_null());
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let cases = [
            (json!({ "place": "p" }), "There is no state at p"),
            (json!({ "place": "p", "text": "it is no JSON" }), "p is no state"),
            (json!({ "problem": "It is broken", "why": "w", "next": "n" }), "It is broken"),
            (state(json!({ "version": 5 })), "newer Terraform"),
            (state(json!({ "version": 3 })), "too old"),
            (state(json!({ "terraform_version": null })), "no state of Terraform's"),
            (state(json!({ "format": "housewright-state" })), "no state of Terraform's"),
            (state(json!({ "content": "{}" })), "no state of Terraform's"),
            (state(json!({ "format": "housewright-encrypted" })), "encrypted"),
            (state(json!({ "encrypted_data": "x" })), "encrypted"),
            (state(json!({ "outputs": { "a": { "value": "x", "type": "number" } } })), "damaged"),
            (state(json!({ "outputs": { "a": { "value": "x" } } })), "damaged"),
        ];
        for (told, words) in cases {
            let Err(Look::Unusable { summary, .. }) = super::outputs(&told) else { panic!("{told} can be used") };
            assert!(summary.contains(words), "{summary}");
        }
    }

    #[test]
    fn arguments_are_texts() {
        let config = |json: Json| place_arguments(&Value::from_json(&json));
        let endpoints =
            json!({ "bucket": "b", "use_path_style": true, "retry_max": 3, "endpoints": { "s3": "http://h" } });
        let expected = [("bucket", "b"), ("endpoint", "http://h"), ("retry_max", "3"), ("use_path_style", "true")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(config(endpoints), Ok(expected.into()));
        assert_eq!(config(json!({ "assume_role": { "role_arn": "a" } })), Err("assume_role".to_owned()));
    }
}
