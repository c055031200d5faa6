//! What must be known before planning: which organization with which key, and where the state is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use secrecy::SecretString;

use crate::address::{Address, ModuleStep};
use crate::config::{Resource, Subject};
use crate::diag::{Code, Diagnostic, Diagnostics, Span, suggestion};
use crate::kinds;
use crate::lang::syntax::ast::{Body, Expr};
use crate::lang::value::convert::convert;
use crate::lang::value::{Type, Value};

use super::Evaluation;
use super::modules::Place;
use super::nodes::Node;

/// A `cloud` block.
#[derive(Debug, Clone, Default)]
pub struct CloudSettings {
    /// Empty for the block without a label.
    pub label: String,
    pub span: Option<Span>,
    pub organization: Option<String>,
    pub api_url: Option<String>,
    pub tier: Option<String>,
    pub key_id: Option<String>,
    pub key_secret: Option<SecretString>,
    /// Whether creations carry a mark of ownership.
    pub ownership_tag: bool,
}

/// A `state` block.
#[derive(Debug, Clone)]
pub struct StateSettings {
    pub store: String,
    /// Of the store's name.
    pub span: Span,
    pub arguments: BTreeMap<String, StateArgument>,
}

/// One argument of a `state` block.
#[derive(Debug, Clone)]
pub struct StateArgument {
    /// `None` while a variable has no value. Any of them may be a secret.
    pub value: Option<SecretString>,
    /// Of its name.
    pub name_span: Span,
    pub span: Span,
    /// The user calls it sensitive.
    pub is_sensitive: bool,
}

/// Arguments of a `cloud` block by their own name and the official provider's.
const CLOUD: [(&str, &str); 6] = [
    ("organization", "organization_id"),
    ("api_url", "api_url"),
    ("tier", "tier"),
    ("api_key", "token_key"),
    ("api_secret", "token_secret"),
    ("ownership_tag", "ownership_tag"),
];

/// Arguments of the official provider that steer its own requests, and mean nothing here.
const IGNORED: [&str; 2] = ["alias", "timeout_seconds"];

/// The name of an argument of the official provider's block in a `cloud` block.
pub fn cloud_argument(theirs: &str) -> Option<&'static str> {
    CLOUD.iter().find(|(ours, t)| *t == theirs && ours != t).map(|(ours, _)| *ours)
}

const TIERS: [&str; 5] = ["basic", "scale", "enterprise", "development", "production"];

impl Evaluation<'_> {
    /// All `cloud` blocks by label; without any, one without settings.
    pub fn clouds(&self) -> (BTreeMap<String, CloudSettings>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut clouds = BTreeMap::new();
        for cloud in &self.modules.module(0).clouds {
            let label = cloud.label.as_ref().map(|l| l.text.to_string()).unwrap_or_default();
            let settings = self.cloud(&label, cloud.span, &cloud.body, &mut diagnostics);
            clouds.insert(label, settings);
        }
        let unnamed = CloudSettings { ownership_tag: true, ..CloudSettings::default() };
        clouds.entry(String::new()).or_insert(unnamed);
        (clouds, diagnostics)
    }

    fn cloud(&self, label: &str, span: Span, body: &Body, diagnostics: &mut Diagnostics) -> CloudSettings {
        let mut names: Vec<&str> = CLOUD.iter().flat_map(|(a, b)| [*a, *b]).chain(IGNORED).collect();
        // Most are called the same in both spellings.
        names.dedup();
        unknown_arguments(body, &names, "cloud", diagnostics);
        let find = |ours: &str| {
            let theirs = CLOUD.iter().find(|(o, _)| *o == ours).map_or(ours, |(_, t)| t);
            body.attribute(ours).or_else(|| body.attribute(theirs))
        };
        let mut text =
            |ours: &str| find(ours).and_then(|a| self.early_text(&a.expr, diagnostics).map(|v| (v, a.expr.span)));
        let (organization, api_url, tier) = (text("organization"), text("api_url"), text("tier"));
        let key_id = text("api_key");
        let secret = text("api_secret");
        let ownership = find("ownership_tag").map(|a| self.early(Place::ROOT, &a.expr, &Type::Bool, diagnostics));
        if let Some((value, at)) = &tier
            && let Some(tier) = value.as_str().filter(|t| !TIERS.contains(t))
        {
            let help = suggestion(tier, TIERS)
                .map_or_else(|| format!("Write one of {}.", TIERS.join(", ")), |m| format!("Did you mean \"{m}\"?"));
            diagnostics.push(
                Diagnostic::error(Code("HW0238"), format!("There is no tier \"{tier}\""))
                    .with_label(*at, "not a tier")
                    .with_help(help),
            );
        }
        if let Some((_, at)) = secret.as_ref().filter(|(v, _)| !v.marks.sensitive && v.is_known()) {
            diagnostics.push(
                Diagnostic::error(Code("HW0221"), "A secret stands in the configuration")
                    .with_detail("Configurations are shared and kept; an API secret must not be in them.")
                    .with_hidden_label(*at, "readable by everybody who reads this file")
                    .with_help("Put it into CLICKHOUSE_CLOUD_API_SECRET, or use a variable with sensitive = true."),
            );
        }
        let plain = |v: Option<(Value, Span)>| v.and_then(|(v, _)| v.as_str().map(str::to_owned));
        CloudSettings {
            label: label.to_owned(),
            span: Some(span),
            organization: plain(organization),
            api_url: plain(api_url),
            tier: plain(tier),
            key_id: plain(key_id),
            key_secret: plain(secret).map(SecretString::from),
            ownership_tag: ownership.and_then(|v| v.as_bool()).unwrap_or(true),
        }
    }

    /// The `state` block. Which arguments its store takes is not known here.
    pub fn state_settings(&self) -> (Option<StateSettings>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let settings = self.modules.module(0).state.as_ref().map(|block| {
            for nested in block.body.blocks() {
                diagnostics.push(
                    Diagnostic::error(Code("HW0212"), "Unsupported block")
                        .with_detail("A `state` block has no blocks in it.")
                        .with_label(nested.keyword.span, "not known")
                        .with_help("State what the store needs as arguments."),
                );
            }
            let mut arguments = BTreeMap::new();
            for attribute in block.body.attributes() {
                let Some(value) = self.early_text(&attribute.expr, &mut diagnostics) else { continue };
                let argument = StateArgument {
                    value: value.as_str().map(|text| SecretString::from(text.to_owned())),
                    name_span: attribute.name.span,
                    span: attribute.expr.span,
                    is_sensitive: value.marks.sensitive || value.marks.ephemeral,
                };
                arguments.insert(attribute.name.text.to_string(), argument);
            }
            StateSettings { store: block.store.text.to_string(), span: block.store.span, arguments }
        });
        (settings, diagnostics)
    }

    /// The labels of the clouds that resources live in, or are looked for.
    pub fn used_clouds(&self) -> BTreeSet<String> {
        let scoped = (0..self.modules.len()).flat_map(|m| {
            let checks = self.modules.module(m).checks.values().filter_map(|c| c.data.as_ref());
            checks.filter(|d| !lives_elsewhere(&d.address)).map(move |d| self.modules.cloud(m, d.cloud.as_ref()))
        });
        self.declarations().filter(|(a, ..)| !lives_elsewhere(a)).map(|(.., cloud)| cloud).chain(scoped).collect()
    }

    /// The source of a module that a module calls; `names` lead to the calling one.
    ///
    /// # Errors
    /// When it cannot be told before planning.
    pub fn source(&self, names: &[Arc<str>], expr: &Expr) -> Result<String, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let steps: Vec<ModuleStep> = names.iter().map(|n| ModuleStep { name: n.to_string(), key: None }).collect();
        let module = self.modules.find(&steps).unwrap_or_default();
        let mut at = 0;
        for name in names {
            let call = Subject::Module(name.clone());
            if let Some(node) = self.nodes.find(at, &call) {
                diagnostics.append(self.ensure(node, 0));
                if !self.is_settled(node, 0) {
                    diagnostics.append(self.settle(node, 0));
                }
            }
            at = self.modules.get(at).calls.get(&**name).copied().unwrap_or_default();
        }
        let place = Place { module, instance: 0 };
        let mut value = Value::unknown(Type::String);
        if self.instances_of(module) > 0 {
            value = self.early(place, expr, &Type::String, &mut diagnostics);
        }
        match value.unmark_deep().0.as_str() {
            Some(text) if !diagnostics.has_errors() => Ok(text.to_owned()),
            _ if diagnostics.has_errors() => Err(diagnostics),
            _ => Err(Diagnostic::error(Code("HW0223"), "Module source is not known")
                .with_detail("It says which files are read, so it must be known before anything else.")
                .with_label(expr.span, "not known, or null")
                .with_help(
                    "Give the variables it depends on a default, or a value with --var, --var-file or the environment.",
                )
                .into()),
        }
    }

    /// Blocks (without any keys) that ask for protection from destruction, or whose wish cannot be told.
    pub fn protected_blocks(&self) -> BTreeSet<Address> {
        self.declarations().filter(|(a, r, _)| self.asks_for_protection(a, r)).map(|(address, ..)| address).collect()
    }

    /// Blocks (without any keys) whose successors are made before they are destroyed: those that say so, and what they
    /// need, which must not go before them.
    pub fn created_first(&self) -> BTreeSet<Address> {
        let wanted = |(address, resource, _): (Address, &Resource, String)| {
            let expr = resource.lifecycle.create_before_destroy.as_ref()?;
            self.is_wanted(&address, resource, expr, |v| v.as_bool() == Some(true)).then_some(address)
        };
        let mut all = BTreeSet::new();
        let mut stack: Vec<Address> = self.declarations().filter_map(wanted).collect();
        while let Some(block) = stack.pop() {
            if all.insert(block.clone()) {
                stack.extend(self.dependencies(&block));
            }
        }
        all
    }

    fn asks_for_protection(&self, address: &Address, resource: &Resource) -> bool {
        let Some(expr) = &resource.lifecycle.prevent_destroy else { return false };
        self.is_wanted(address, resource, expr, |v| v.as_bool() != Some(false))
    }

    /// Whether a flag of a block holds in any instance of its module.
    fn is_wanted(&self, address: &Address, resource: &Resource, expr: &Expr, holds: fn(&Value) -> bool) -> bool {
        let Some(module) = self.modules.find(&address.module) else { return false };
        if let Some(node) = self.nodes.find(module, &Subject::Resource(resource.address.clone())) {
            // What cannot be told because of something else is reported there.
            drop(self.ensure(node, 0));
        }
        let asks = |instance: usize| {
            holds(&self.early(Place { module, instance }, expr, &Type::Bool, &mut Diagnostics::new()))
        };
        (0..self.instances_of(module)).any(asks)
    }

    fn early_text(&self, expr: &Expr, diagnostics: &mut Diagnostics) -> Option<Value> {
        let value = self.early(Place::ROOT, expr, &Type::String, diagnostics);
        (!value.is_null()).then_some(value)
    }

    /// A value that must not wait for any resource.
    fn early(&self, place: Place, expr: &Expr, ty: &Type, diagnostics: &mut Diagnostics) -> Value {
        if !self.settle_early(place, &[expr], diagnostics) {
            return Value::unknown(ty.clone());
        }
        let (value, found) = self.expression(place, expr, None);
        diagnostics.append(found);
        match convert(&value, ty) {
            Ok(value) => value,
            Err(error) => {
                diagnostics.push(
                    Diagnostic::error(Code("HW0232"), "Incorrect attribute value type")
                        .with_detail(error.message)
                        .with_label(expr.span, "of another type"),
                );
                Value::unknown(ty.clone())
            }
        }
    }

    /// Evaluates all that expressions need, which must not be any resource. Whether that went well.
    pub(super) fn settle_early(&self, place: Place, expressions: &[&Expr], diagnostics: &mut Diagnostics) -> bool {
        for expr in expressions {
            let mut needed = self.nodes.needed(place.module, &[expr], &[], &self.modules);
            needed.sort_by_key(|n| self.nodes.rank(*n));
            if needed.iter().any(|n| self.waits_for_resource(*n)) {
                diagnostics.push(
                    Diagnostic::error(Code("HW0240"), "This must be known before planning")
                        .with_detail("It decides where to look, so it cannot depend on what is found there.")
                        .with_label(expr.span, "depends on a resource")
                        .with_help("Use variables and locals."),
                );
                return false;
            }
            for node in needed {
                for instance in self.related(place.module, place.instance, self.nodes.module(node)) {
                    diagnostics.append(self.ensure(node, instance));
                    if !self.is_settled(node, instance) {
                        diagnostics.append(self.settle(node, instance));
                    }
                }
            }
        }
        true
    }

    fn waits_for_resource(&self, node: usize) -> bool {
        matches!(self.nodes.get(node), Node::Resource(_)) || !self.nodes.blocks_before(node).is_empty()
    }
}

fn unknown_arguments(body: &Body, known: &[&str], of: &str, diagnostics: &mut Diagnostics) {
    let attributes = body.attributes().map(|a| &a.name).chain(body.blocks().map(|b| &b.keyword));
    for name in attributes.filter(|n| !known.contains(&&*n.text)) {
        let help = suggestion(&name.text, known.iter().copied()).map_or_else(
            || format!("A `{of}` block takes {}.", known.join(", ")),
            |m| format!("Did you mean \"{m}\"?"),
        );
        diagnostics.push(
            Diagnostic::error(Code("HW0211"), "Unsupported argument")
                .with_detail(format!("An argument named \"{}\" is not expected here.", name.text))
                .with_label(name.span, "not known")
                .with_help(help),
        );
    }
}

/// Whether it is in no organization: in the state alone, or in a state of others.
fn lives_elsewhere(address: &Address) -> bool {
    match kinds::of(address) {
        Some(kind) => kind.is_local(),
        None => kinds::data::find(&address.kind).is_some_and(kinds::data::DataSource::lies_elsewhere),
    }
}
