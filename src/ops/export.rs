//! Exporting: the outputs as a state that Terraform's data source `terraform_remote_state` reads.

use std::collections::BTreeMap;

use housewright_state::{OutputContent, State};
use serde::Serialize;
use serde_json::Value as Json;

use super::remember::{Remembered, remember};
use super::session::Session;
use crate::diag::{Code, Diagnostic};
use crate::secret::Fingerprints;

/// The format of the states that Terraform has written since 0.12.
const VERSION: u64 = 4;
/// The oldest program that is said to have written it: newer ones read it, whatever version they are.
const PROGRAM: &str = "1.0.0";

/// The outputs, written down.
#[derive(Debug)]
pub struct Export {
    pub text: String,
    /// Sensitive outputs that are not in it.
    pub left_out: Vec<String>,
}

#[derive(Serialize)]
struct Document {
    version: u64,
    terraform_version: &'static str,
    serial: u64,
    lineage: String,
    outputs: BTreeMap<String, Output>,
    resources: [(); 0],
    check_results: (),
}

#[derive(Serialize)]
struct Output {
    value: Json,
    #[serde(rename = "type")]
    ty: Json,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sensitive: bool,
}

/// Writes the outputs down. Those that are sensitive are in no state: with `sensitive` they are evaluated anew, and are in
/// what is written as they stand, if they are what was applied.
pub fn export(session: &Session, state: &State, sensitive: bool) -> Export {
    let (mut outputs, mut left_out) = (BTreeMap::new(), Vec::new());
    let values = if sensitive { evaluated(session, state) } else { BTreeMap::new() };
    for (name, output) in &state.outputs {
        let value = match &output.content {
            // To Terraform an output that is null is none.
            OutputContent::Plain(Json::Null) => continue,
            OutputContent::Plain(value) => Some(value.clone()),
            OutputContent::Sensitive { fingerprint } => {
                let same = values.get(name).filter(|(_, found)| found == fingerprint);
                same.map(|(value, _)| value.clone())
            }
        };
        match value {
            Some(value) => {
                let output = Output { value, ty: output.ty.clone(), sensitive: output.is_sensitive() };
                outputs.insert(name.clone(), output);
            }
            None => left_out.push(name.clone()),
        }
    }
    let document = Document {
        version: VERSION,
        terraform_version: PROGRAM,
        serial: state.serial,
        lineage: state.lineage.to_string(),
        outputs,
        resources: [],
        check_results: (),
    };
    let text = serde_json::to_string_pretty(&document).expect("what is written is plain data with string keys");
    Export { text: text + "\n", left_out }
}

/// The outputs as the configuration says with what the state knows, with their fingerprints.
fn evaluated(session: &Session, state: &State) -> BTreeMap<String, (Json, String)> {
    let fingerprints = Fingerprints::new(state.salt.0);
    let Remembered { evaluation, .. } = remember(session, Some(state));
    let of = |(name, value): (String, crate::lang::value::Value)| {
        let (plain, _) = value.unmark_deep();
        let text = plain.to_json_text().ok()?;
        Some((name, (plain.to_json().ok()?, fingerprints.of(&text))))
    };
    evaluation.outputs().0.into_iter().filter_map(of).collect()
}

/// Whether an export may take the place of what stands in a file: only of an earlier one of the same state.
///
/// # Errors
/// When something else stands there.
pub fn may_replace(name: &str, bytes: &[u8], state: &State) -> Result<(), Diagnostic> {
    let there: Json = serde_json::from_slice(bytes).unwrap_or_default();
    let holds_nothing = there.get("resources").and_then(Json::as_array).is_some_and(Vec::is_empty);
    let same = there.get("lineage").and_then(Json::as_str) == Some(&*state.lineage.to_string());
    if same && holds_nothing {
        return Ok(());
    }
    Err(Diagnostic::error(Code("HW0523"), format!("{name} is not an export of this state"))
        .with_detail("What stands there would be lost. Nothing was written.")
        .with_help("Name another file, or remove that one first."))
}
