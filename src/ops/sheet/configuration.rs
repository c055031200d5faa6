//! The configuration as Terraform's JSON plans tell it: what is written, with what each expression refers to.
//!
//! Of an expression that is a plain literal the value is told, unless it stands where nothing may be shown.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::super::session::Session;
use crate::address::{Address, Mode};
use crate::config::{Cloud, Dependency, Module, ModuleCall, ModuleTree, Output, Resource, Subject, Variable};
use crate::kinds;
use crate::lang::eval::{constant, references};
use crate::lang::functions;
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Body, Expr};

pub(super) fn configuration(session: &Session) -> Json {
    let writer = Writer { functions: session.functions() };
    json!({
        "provider_config": writer.providers(&session.tree),
        "root_module": writer.module(&session.tree),
    })
}

struct Writer {
    functions: functions::Context,
}

impl Writer {
    fn module(&self, tree: &ModuleTree) -> Json {
        let Module { outputs, resources, variables, module_calls, .. } = &*tree.module;
        let mut module = Map::new();
        let scoped = tree.module.checks.values().filter_map(|c| c.data.as_ref());
        let parts = [
            ("outputs", object(outputs.values().map(|o| (o.name.text.to_string(), self.output(o))))),
            ("resources", resources.values().chain(scoped).map(|r| self.resource(r)).collect()),
            ("variables", object(variables.values().map(|v| (v.name.text.to_string(), self.variable(v))))),
            (
                "module_calls",
                object(module_calls.values().filter_map(|call| {
                    let inner = tree.calls.get(&call.name.text)?;
                    Some((call.name.text.to_string(), recurse(|| self.call(call, inner))))
                })),
            ),
        ];
        let filled = |part: &Json| part.as_array().is_none_or(|a| !a.is_empty()) && part != &json!({});
        module.extend(parts.into_iter().filter(|(_, part)| filled(part)).map(|(name, part)| (name.to_owned(), part)));
        module.into()
    }

    fn output(&self, output: &Output) -> Json {
        let mut told = Map::new();
        told.insert("expression".into(), self.expression(&output.value, !output.sensitive && !output.ephemeral));
        put(&mut told, "sensitive", output.sensitive.then_some(true));
        put(&mut told, "ephemeral", output.ephemeral.then_some(true));
        put(&mut told, "description", output.description.clone());
        put_dependencies(&mut told, &output.depends_on);
        told.into()
    }

    fn variable(&self, variable: &Variable) -> Json {
        let private = variable.sensitive || variable.ephemeral;
        let mut told = Map::new();
        let default = variable.default.as_ref().filter(|_| !private).and_then(|e| self.literal(e));
        put(&mut told, "default", default);
        put(&mut told, "description", variable.description.clone());
        put(&mut told, "sensitive", variable.sensitive.then_some(true));
        put(&mut told, "ephemeral", variable.ephemeral.then_some(true));
        told.into()
    }

    fn resource(&self, resource: &Resource) -> Json {
        let address = &resource.address;
        let schema = kinds::schema_of(address);
        let shows = |name: &str| {
            let under = |path: &str| path == name || path.split('.').next() == Some(name);
            schema.is_some_and(|s| !s.leaves().iter().any(|l| l.attribute.is_secret() && under(&l.path)))
        };
        let label = resource.cloud.as_ref().and_then(|c| c.label.as_deref()).map(|l| format!(".{l}"));
        let mut told = Map::new();
        told.insert("address".into(), kinds::terraform_address(address).into());
        told.insert("mode".into(), mode(address).into());
        told.insert("type".into(), kinds::terraform_type(address).into());
        told.insert("name".into(), address.name.clone().into());
        let provider = kinds::terraform_provider(address).0;
        told.insert("provider_config_key".into(), format!("{provider}{}", label.unwrap_or_default()).into());
        told.insert("schema_version".into(), schema.map(|s| s.version).unwrap_or_default().into());
        put(&mut told, "expressions", Some(self.body(&resource.body, &shows)).filter(|e| *e != json!({})));
        put(&mut told, "count_expression", self.repetition(&resource.count));
        put(&mut told, "for_each_expression", self.repetition(&resource.for_each));
        put_dependencies(&mut told, &resource.depends_on);
        told.into()
    }

    fn call(&self, call: &ModuleCall, tree: &ModuleTree) -> Json {
        let inputs = &tree.module.variables;
        let shows = |name: &str| inputs.get(name).is_some_and(|v| !v.sensitive && !v.ephemeral);
        let mut told = Map::new();
        let source = call.source.as_ref().and_then(|e| self.literal(e));
        told.insert("source".into(), source.unwrap_or_else(|| "".into()));
        put(&mut told, "expressions", Some(self.body(&call.inputs, &shows)).filter(|e| *e != json!({})));
        put(&mut told, "count_expression", self.repetition(&call.count));
        put(&mut told, "for_each_expression", self.repetition(&call.for_each));
        put_dependencies(&mut told, &call.depends_on);
        told.insert("module".into(), self.module(tree));
        told.into()
    }

    /// Providers by key: those of `cloud` blocks, and those that resources need.
    fn providers(&self, tree: &ModuleTree) -> Json {
        let mut providers = Map::new();
        let mut stack = vec![tree];
        while let Some(tree) = stack.pop() {
            stack.extend(tree.calls.values());
            for address in tree.module.resources.keys() {
                let (name, full_name) = kinds::terraform_provider(address);
                providers.entry(name).or_insert_with(|| json!({ "name": name, "full_name": full_name }));
            }
        }
        for cloud in &tree.module.clouds {
            let (key, told) = self.provider(cloud);
            providers.insert(key, told);
        }
        providers.into()
    }

    fn provider(&self, cloud: &Cloud) -> (String, Json) {
        let (name, full_name) = kinds::terraform_provider(&Address::root("", ""));
        let mut told = Map::new();
        told.insert("name".into(), name.into());
        told.insert("full_name".into(), full_name.into());
        let label = cloud.label.as_ref().map(|l| l.text.to_string());
        put(&mut told, "alias", label.clone());
        // Keys stand here: no value is told.
        put(&mut told, "expressions", Some(self.body(&cloud.body, &|_| false)).filter(|e| *e != json!({})));
        (label.map_or_else(|| name.to_owned(), |l| format!("{name}.{l}")), told.into())
    }

    /// `shows` says of which arguments the value may be told.
    fn body(&self, body: &Body, shows: &dyn Fn(&str) -> bool) -> Json {
        let mut told = Map::new();
        for attribute in body.attributes() {
            let name = &*attribute.name.text;
            told.insert(name.to_owned(), self.expression(&attribute.expr, shows(name)));
        }
        for block in body.blocks() {
            let name = &*block.keyword.text;
            let shown = shows(name);
            let inner = recurse(|| self.body(&block.body, &|_| shown));
            match told.get_mut(name) {
                Some(Json::Array(blocks)) => blocks.push(inner),
                _ => drop(told.insert(name.to_owned(), json!([inner]))),
            }
        }
        told.into()
    }

    fn repetition(&self, expr: &Option<Expr>) -> Option<Json> {
        Some(self.expression(expr.as_ref()?, true)).filter(|told| *told != json!({}))
    }

    fn expression(&self, expr: &Expr, shows: bool) -> Json {
        let names = referred(expr);
        if !names.is_empty() {
            return json!({ "references": names });
        }
        match self.literal(expr).filter(|_| shows) {
            Some(value) => json!({ "constant_value": value }),
            None => json!({}),
        }
    }

    /// The value of an expression that neither names nor calls anything.
    fn literal(&self, expr: &Expr) -> Option<Json> {
        let (value, found) = constant(expr, &self.functions);
        value.shown_json().filter(|_| !found.has_errors())
    }
}

fn object(entries: impl Iterator<Item = (String, Json)>) -> Json {
    Json::Object(entries.collect())
}

fn put(told: &mut Map<String, Json>, name: &str, value: Option<impl Into<Json>>) {
    if let Some(value) = value {
        told.insert(name.to_owned(), value.into());
    }
}

fn put_dependencies(told: &mut Map<String, Json>, dependencies: &[Dependency]) {
    let names: BTreeSet<String> = dependencies.iter().filter_map(|d| base(&d.subject)).collect();
    put(told, "depends_on", (!names.is_empty()).then(|| Vec::from_iter(names)));
}

fn mode(address: &Address) -> &'static str {
    match address.mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
    }
}

/// What an expression refers to: each reference, followed by the shorter ones it goes through.
fn referred(expr: &Expr) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for reference in references(expr) {
        let path: Vec<&str> = reference.path.iter().map(|i| &*i.text).collect();
        let Some((subject, taken)) = Subject::of(&path) else { continue };
        let Some(base) = base(&subject) else { continue };
        for length in (taken..=path.len()).rev() {
            let rest = path[taken..length].iter().map(|name| format!(".{name}"));
            let name = format!("{base}{}", rest.collect::<String>());
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The name of what is referred to, as Terraform spells it.
fn base(subject: &Subject) -> Option<String> {
    Some(match subject {
        Subject::Variable(name) => format!("var.{name}"),
        Subject::Local(name) => format!("local.{name}"),
        Subject::Module(name) => format!("module.{name}"),
        Subject::Resource(address) => kinds::terraform_address(address),
        Subject::CountIndex => "count.index".to_owned(),
        Subject::Each(part) => format!("each.{part}"),
        Subject::Itself => "self".to_owned(),
        Subject::Path(part) => format!("path.{part}"),
        Subject::Terraform(part) => format!("terraform.{part}"),
        Subject::Cloud(_) => return None,
    })
}
