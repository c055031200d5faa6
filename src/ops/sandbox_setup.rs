//! What a served sandbox starts with besides its world: the load of its services and its settings, from files.

use std::path::Path;

use serde_json::Value as Json;

use crate::diag::{Code, Diagnostic};
use crate::host;
use crate::sandbox::{Request, Sandbox};

/// Gives the services of a sandbox the loads that a file describes: a JSON list of `service` and `profile`. A recorded
/// series may be named as `csvFile` or `prometheusFile`, relative to the file.
///
/// # Errors
/// When a file cannot be read or the sandbox refuses what it says.
pub fn load_sandbox(sandbox: &mut Sandbox, file: &Path) -> Result<(), Diagnostic> {
    let mut rules = read_json(file)?;
    let here = file.parent().unwrap_or(Path::new(""));
    for rule in rules.as_array_mut().into_iter().flatten() {
        if let Some(Json::Object(recorded)) = rule.pointer_mut("/profile/recorded") {
            for (named, text) in [("csvFile", "csv"), ("prometheusFile", "prometheus")] {
                if let Some(Json::String(name)) = recorded.remove(named) {
                    recorded.insert(text.to_owned(), Json::String(read_text(&here.join(name))?));
                }
            }
        }
    }
    tell(sandbox, "PUT", "/_sandbox/load", &rules, file)
}

/// Changes the settings of a sandbox by a JSON file: durations, defaults, autoscaling, idling.
///
/// # Errors
/// As [`load_sandbox`].
pub fn set_sandbox(sandbox: &mut Sandbox, file: &Path) -> Result<(), Diagnostic> {
    let settings = read_json(file)?;
    tell(sandbox, "PATCH", "/_sandbox/settings", &settings, file)
}

fn tell(sandbox: &mut Sandbox, method: &str, path: &str, body: &Json, file: &Path) -> Result<(), Diagnostic> {
    let response = sandbox.handle(sandbox.now(), &Request::new(method, path).json(body));
    if response.status == 200 {
        return Ok(());
    }
    let body = response.body_json();
    let text = body.get("error").and_then(Json::as_str).unwrap_or("no reason was given");
    Err(refused(file, text))
}

fn read_json(file: &Path) -> Result<Json, Diagnostic> {
    serde_json::from_str(&read_text(file)?).map_err(|error| refused(file, &format!("it is no JSON: {error}")))
}

fn read_text(file: &Path) -> Result<String, Diagnostic> {
    let bytes = host::read(file).map_err(|error| refused(file, &error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| refused(file, "it is no UTF-8 text"))
}

fn refused(file: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0924"), format!("{} cannot be used for the sandbox", file.display()))
        .with_detail(format!("{why}. Nothing was served."))
        .with_help("The forms of loads and settings are described in docs/sandbox.md.")
}
