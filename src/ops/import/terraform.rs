//! Terraform's state, format 4, as wishes: the official provider's resources under our addresses, with what was applied.
//!
//! Must not know what is there, or what the configuration says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use housewright_state::{OutputContent, OutputState};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::Wish;
use crate::address::{Address, InstanceKey, Mode, ModuleStep, Target};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds::{self, Find, Kind};
use crate::lang::syntax::is_identifier;
use crate::lang::value::{Type, Value};
use crate::secret::Fingerprints;

/// The format this reads. Terraform has written it since 0.12.
const VERSION: u64 = 4;
/// The official provider, however its registry is called.
const PROVIDER: &str = "/clickhouse/clickhouse\"]";
/// Terraform's own.
const BUILTIN: &str = "terraform.io/builtin/terraform\"]";

/// What a Terraform state holds for us.
#[derive(Debug, Default)]
pub struct TerraformState {
    pub wishes: Vec<Wish>,
    pub outputs: BTreeMap<String, Output>,
    /// What stays with Terraform, in words: types with how many there are, and why.
    pub left: Vec<String>,
}

/// An output of Terraform's root module.
#[derive(Clone, Deserialize)]
pub struct Output {
    value: Json,
    #[serde(rename = "type")]
    ty: Json,
    #[serde(default)]
    sensitive: bool,
}

/// Without the value, which may be sensitive.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("sensitive", &self.sensitive).finish_non_exhaustive()
    }
}

impl Output {
    /// As our state keeps it: of a sensitive one the fingerprint alone. Nothing when value and type do not fit.
    pub(super) fn stored(&self, fingerprints: &Fingerprints) -> Option<OutputState> {
        let value = Value::from_json_typed(&self.value, &Type::from_json(&self.ty)?).ok()?;
        let content = match self.sensitive {
            true => OutputContent::Sensitive { fingerprint: fingerprints.of(&value.to_json_text().ok()?) },
            false => OutputContent::Plain(value.to_json().ok()?),
        };
        Some(OutputState { ty: self.ty.clone(), content })
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    provider: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Option<Json>,
    #[serde(default)]
    attributes: Map<String, Json>,
    #[serde(default)]
    deposed: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

/// Reads a state that `terraform state pull` printed, or that lies in a file. `name` says where it comes from.
///
/// # Errors
/// When it is no state of Terraform's, one this program cannot read, or a damaged one.
pub fn read_terraform(name: &str, bytes: &[u8]) -> Result<TerraformState, Diagnostics> {
    let json: Json = serde_json::from_slice(bytes).map_err(|e| no_state(name, &format!("It is no JSON: {e}.")))?;
    match json.get("version").and_then(Json::as_u64) {
        Some(VERSION) => {}
        Some(newer) if newer > VERSION => return Err(newer_state(name, newer, &json).into()),
        Some(older) => {
            let why = format!("Its format is {older}, which Terraform wrote before version 0.12.");
            let help = "Have a newer Terraform write it anew: terraform state pull, after an apply.";
            return Err(no_state(name, &why).with_help(help).into());
        }
        None => return Err(no_state(name, "It has no `version`.").into()),
    }
    let file: File = serde_json::from_value(json).map_err(|e| damaged(name, &format!("{e}.")))?;
    let out = TerraformState { outputs: file.outputs, ..TerraformState::default() };
    let mut reading = Reading { name, out, left: BTreeMap::new(), found: Diagnostics::new() };
    for resource in file.resources {
        reading.resource(resource);
    }
    reading.finish()
}

struct Reading<'a> {
    name: &'a str,
    out: TerraformState,
    /// How many of each type are left, with the reason.
    left: BTreeMap<(String, &'static str), usize>,
    found: Diagnostics,
}

impl Reading<'_> {
    fn resource(&mut self, resource: Resource) {
        // What is only read is read again.
        if resource.mode == "data" {
            return;
        }
        let ours = resource.provider.contains(PROVIDER);
        let kind = match ours || resource.provider.contains(BUILTIN) {
            true => kinds::find(crate::config::kind_name(&resource.kind)),
            false => None,
        };
        let Some(kind) = kind else {
            let why = if ours { "this version has no such kind" } else { "of another provider" };
            *self.left.entry((resource.kind.clone(), why)).or_default() += resource.instances.len();
            return;
        };
        let module = match module(resource.module.as_deref()) {
            Ok(module) if is_identifier(&resource.name) => module,
            Ok(_) => return self.refuse(&format!("`{}` is not a name that a block can have.", resource.name)),
            Err(why) => return self.refuse(&why),
        };
        let block = Address {
            module,
            mode: Mode::Managed,
            kind: kind.schema().kind.to_owned(),
            name: resource.name,
            key: None,
            deposed: false,
        };
        for instance in resource.instances {
            self.instance(kind, &block, instance);
        }
    }

    fn instance(&mut self, kind: &'static dyn Kind, block: &Address, instance: Instance) {
        if instance.deposed.is_some() {
            *self
                .left
                .entry((block.to_string(), "what it replaced waits to be destroyed by Terraform"))
                .or_default() += 1;
            return;
        }
        let key = match &instance.index_key {
            None | Some(Json::Null) => None,
            Some(Json::String(name)) => Some(InstanceKey::Name(name.clone())),
            Some(index) if index.as_u64().is_some() => index.as_u64().map(InstanceKey::Index),
            Some(other) => return self.refuse(&format!("{block} has the index_key {other}, which is none.")),
        };
        let to = block.with_key(key);
        if instance.status.as_deref() == Some("tainted") {
            self.found.push(
                Diagnostic::warning(Code("HW0644"), format!("{to} is tainted in Terraform's state"))
                    .with_detail("Terraform would replace it, because its creation did not come to its end. Here it is taken over as it is.")
                    .with_help("Look at it in the console before you rely on it.")
                    .with_address(to.clone()),
            );
        }
        let attributes = kind.terraform_attributes(instance.attributes);
        let located = attributes.get("service_id").and_then(Json::as_str);
        let id = attributes.get("id").and_then(Json::as_str).or(located).filter(|id| !id.is_empty());
        let Some(id) = id.map(str::to_owned) else {
            return self.refuse(&format!("{to} has no id."));
        };
        self.out.wishes.push(Wish { to, find: Find::Id(id), identity: None, past: Some(attributes) });
    }

    fn refuse(&mut self, why: &str) {
        self.found.push(damaged(self.name, why));
    }

    fn finish(mut self) -> Result<TerraformState, Diagnostics> {
        let mut seen = BTreeSet::new();
        let doubles: Vec<String> =
            self.out.wishes.iter().filter(|w| !seen.insert(w.to.clone())).map(|w| w.to.to_string()).collect();
        for address in doubles {
            self.refuse(&format!("{address} stands in it twice."));
        }
        if self.found.has_errors() {
            return Err(self.found);
        }
        let counted = |((kind, why), count): ((String, &str), usize)| match count {
            1 => format!("{kind}: {why}"),
            many => format!("{kind} ({many}): {why}"),
        };
        self.out.left = self.left.into_iter().map(counted).collect();
        self.out.left.extend(self.found.iter().map(|d| format!("{}: {}", d.summary, d.detail)));
        Ok(self.out)
    }
}

fn module(text: Option<&str>) -> Result<Vec<ModuleStep>, String> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(Vec::new()) };
    match text.parse::<Target>() {
        Ok(Target::Module(steps)) => Ok(steps),
        _ => Err(format!("`{text}` is not the address of a module.")),
    }
}

fn no_state(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0645"), format!("{name} is not a state of Terraform's that can be read"))
        .with_detail(format!("{why} Nothing was imported."))
        .with_help("Give the file, or what this prints: terraform state pull")
}

fn newer_state(name: &str, version: u64, json: &Json) -> Diagnostic {
    let program = json.get("terraform_version").and_then(Json::as_str).unwrap_or("a newer version");
    Diagnostic::error(Code("HW0645"), format!("{name} was written by a newer Terraform"))
        .with_detail(format!(
            "Its format is {version} (Terraform {program}), and this program reads format {VERSION}. Nothing was imported."
        ))
        .with_help("Use a newer housewright; or import by id: housewright import ADDRESS ID")
}

fn damaged(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0646"), format!("{name} is damaged, or was changed by hand"))
        .with_detail(format!("{why} Nothing was imported."))
        .with_help("Have Terraform print it anew: terraform state pull")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state(resources: Json) -> Vec<u8> {
        json!({ "version": 4, "terraform_version": "1.11.4", "resources": resources }).to_string().into_bytes()
    }

    fn service(fields: Json) -> Json {
        let mut resource = json!({
            "mode": "managed", "type": "clickhouse_service", "name": "a",
            "provider": "provider[\"registry.terraform.io/clickhouse/clickhouse\"].eu",
            "instances": [{ "attributes": { "id": "1" } }],
        });
        resource.as_object_mut().expect("an object").extend(fields.as_object().cloned().unwrap_or_default());
        resource
    }

    #[test]
    fn addresses_keys_and_what_is_left() {
        let instances = json!([
            { "index_key": "x", "attributes": { "id": "1" } },
            { "index_key": 0, "attributes": { "id": "2" } },
            { "index_key": "old", "deposed": "00", "attributes": { "id": "3" } },
        ]);
        let foreign = json!({
            "mode": "managed", "type": "aws_vpc", "name": "a", "instances": [{ "attributes": {} }, { "attributes": {} }],
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        });
        let data = service(json!({ "mode": "data" }));
        let bytes =
            state(json!([service(json!({ "module": "module.m[\"k\"]", "instances": instances })), foreign, data]));
        let read = read_terraform("it", &bytes).expect("it can be read");
        let wishes: Vec<String> = read.wishes.iter().map(|w| format!("{} {}", w.to, w.find)).collect();
        assert_eq!(wishes, ["module.m[\"k\"].service.a[\"x\"] 1", "module.m[\"k\"].service.a[0] 2"]);
        assert_eq!(
            read.left,
            [
                "aws_vpc (2): of another provider",
                "module.m[\"k\"].service.a: what it replaced waits to be destroyed by Terraform"
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let cases: [(&[u8], &str); 11] = [
            (b"{", "HW0645"),
            (b"[]", "HW0645"),
            (br#"{"version":3}"#, "HW0645"),
            (br#"{"version":5,"terraform_version":"2.0.0"}"#, "HW0645"),
            (br#"{"version":4,"resources":{}}"#, "HW0646"),
            (&state(json!([service(json!({ "name": "9 lives" }))])), "HW0646"),
            (&state(json!([service(json!({ "module": "service.x" }))])), "HW0646"),
            (&state(json!([service(json!({ "instances": [{ "attributes": {} }] }))])), "HW0646"),
            (
                &state(json!([service(json!({ "instances": [{ "index_key": 1.5, "attributes": { "id": "1" } }] }))])),
                "HW0646",
            ),
            (&state(json!([service(json!({})), service(json!({}))])), "HW0646"),
            (&state(json!([service(json!({ "instances": [{ "attributes": [] }] }))])), "HW0646"),
        ];
        for (bytes, code) in cases {
            let found = read_terraform("it", bytes).expect_err("it cannot be read");
            assert_eq!(
                found.iter().map(|d| d.code.0).collect::<Vec<_>>(),
                [code],
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}
