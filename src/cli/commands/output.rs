//! `output`: the outputs of the last apply.

use housewright_state::{OutputContent, OutputState, State};

use crate::cli::args::OutputArgs;
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::cli::render::outputs;
use crate::diag::{Code, Diagnostic, suggestion};

pub async fn run(context: &Context, args: &OutputArgs) -> Result {
    let session = context.session();
    let state = context.state(&session).await?;
    let mut all = state.map(|s: State| s.outputs).unwrap_or_default();
    // An output that is null is none, as in Terraform.
    all.retain(|_, output| !matches!(output.content, OutputContent::Plain(serde_json::Value::Null)));
    let text = match &args.name {
        None if context.global.json => {
            let object: serde_json::Map<_, _> = all.iter().map(|(name, o)| (name.clone(), outputs::json(o))).collect();
            super::pretty(&object)
        }
        None if all.is_empty() => {
            context.terminal.tell_line("There are no outputs: the configuration has none, or nothing was applied yet.");
            String::new()
        }
        None => outputs::stored(&all),
        Some(name) => {
            let output = all.get(name).ok_or_else(|| missing(name, all.keys().map(String::as_str)));
            let text = output.and_then(|o| one(name, o, args.raw, context.global.json));
            text.map_err(|d| Failure::in_session(&session, d))?
        }
    };
    context.terminal.print(&text);
    Ok(exit::SUCCESS)
}

fn one(name: &str, output: &OutputState, raw: bool, json: bool) -> std::result::Result<String, Diagnostic> {
    if output.is_sensitive() && (raw || json) {
        return Err(Diagnostic::error(Code("HW0913"), format!("The output \"{name}\" is sensitive"))
            .with_detail("Its value is kept nowhere, so it cannot be printed from the state.")
            .with_help("Have its expression evaluated: `housewright console --batch` prints sensitive values."));
    }
    if raw {
        return outputs::raw(output).ok_or_else(|| {
            Diagnostic::error(Code("HW0914"), format!("The output \"{name}\" has no raw form"))
                .with_detail("Only a text, a number or a bool can be printed as it is.")
                .with_help(format!("Print it as JSON: housewright output --json {name}"))
        });
    }
    if json {
        let object = outputs::json(output);
        return Ok(super::compact(object.get("value").unwrap_or(&serde_json::Value::Null)));
    }
    Ok(outputs::one(output) + "\n")
}

fn missing<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Diagnostic {
    let listed = known.clone().collect::<Vec<_>>().join(", ");
    let help = match suggestion(name, known) {
        Some(meant) => format!("Did you mean \"{meant}\"?"),
        None if listed.is_empty() => "There are none: apply a configuration with outputs first.".to_owned(),
        None => format!("There are: {listed}."),
    };
    Diagnostic::error(Code("HW0912"), format!("There is no output \"{name}\" in the state")).with_help(help)
}
