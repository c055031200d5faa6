//! The kind `terraform_data`: a value that lives in the state alone. It carries values from one run to the next, and its
//! replacement can trigger others'.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::call::{Call, Read, Wait};
use crate::kinds::{Answers, Change, Effect, Finding, Identity, Kind, Observed, RuleContext};
use crate::lang::value::{Type, Value};
use crate::schema::{AttrType, Attribute, Schema};

pub struct TerraformData;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "terraform_data",
        1,
        "A value kept in the state, as Terraform's built-in resource of this name.",
        vec![
            Attribute::computed("id", AttrType::String, "Drawn when it is created."),
            Attribute::optional("input", AttrType::Any, "Any value; `output` gives it once it is applied.")
                .unreported()
                .resets_to("nothing"),
            Attribute::computed("output", AttrType::Any, "The applied `input`."),
            Attribute::optional("triggers_replace", AttrType::Any, "A value whose change replaces the resource.")
                .unreported()
                .replaces(),
        ],
    )
});

impl Kind for TerraformData {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn local(&self, id: Value, values: &Value) -> Option<Observed> {
        let part = |name: &str| values.get(name).cloned().unwrap_or_else(|| Value::null(Type::Any));
        let parts = [("id", id), ("input", part("input")), ("output", part("input"))];
        let parts = parts.into_iter().chain([("triggers_replace", part("triggers_replace"))]);
        let values = Value::object(parts.map(|(n, v)| (n.into(), v)).collect::<BTreeMap<_, _>>());
        Some(Observed { values, status: None, usable: true })
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn check(&self, _context: &RuleContext<'_>) -> Vec<Finding> {
        Vec::new()
    }

    fn reads(&self, _identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        Vec::new()
    }

    fn observe(&self, _identity: &Identity, _answers: &dyn Answers) -> Option<Observed> {
        None
    }

    fn calls(&self, _change: &Change<'_>) -> Vec<Call> {
        Vec::new()
    }

    fn effects(&self, _change: &Change<'_>) -> Vec<Effect> {
        Vec::new()
    }

    fn resume(&self, _change: &Change<'_>) -> Option<Wait> {
        None
    }
}
