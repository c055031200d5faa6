//! What the names in an expression stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::{Address, InstanceKey, Mode};
use crate::config::Subject;
use crate::diag::{Code, Diagnostic, suggestion};
use crate::lang::eval::Scope;
use crate::lang::functions;
use crate::lang::syntax::ast::Ident;
use crate::lang::value::{Type, Value};

use super::expand::{Expanded, Expansion};
use super::{Block, Evaluation};

pub(super) struct Names<'e, 'c> {
    pub evaluation: &'e Evaluation<'c>,
    pub instance: Option<&'e Expanded>,
    /// What `self` stands for.
    pub itself: Option<&'e Value>,
}

impl Scope for Names<'_, '_> {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        let names: Vec<&str> = path.iter().map(|i| &*i.text).collect();
        let Some((subject, taken)) = Subject::of(&names) else { return Err(incomplete(path)) };
        let value = match &subject {
            Subject::Variable(_) | Subject::Local(_) => self.settled(&subject, path),
            Subject::Resource(address) => self.block(address, path),
            Subject::CountIndex => self.count_index(path),
            Subject::Each(part) => self.each(part, path),
            Subject::Itself => self
                .itself
                .cloned()
                .ok_or_else(|| misplaced(path, "`self` stands for the resource in its own postconditions only")),
            Subject::Path(part) => self.path(part, path),
            Subject::Terraform(part) if &**part == "workspace" => Ok(Value::from("default")),
            Subject::Terraform(_) => Err(misplaced(path, "only terraform.workspace is known")),
            Subject::Module(_) => Err(undeclared(path, "module call", &[])),
            Subject::Cloud(_) => {
                Err(misplaced(path, "a `cloud` block is no value; choose one in a resource with cloud = \"label\""))
            }
        };
        value.map(|value| (value, taken))
    }

    fn functions(&self) -> &functions::Context {
        &self.evaluation.functions
    }
}

impl Names<'_, '_> {
    /// A variable or local. During the walk it is settled before whoever asks; in a circle it is unknown.
    fn settled(&self, subject: &Subject, path: &[&Ident]) -> Result<Value, Diagnostic> {
        let module = self.evaluation.module;
        match self.evaluation.nodes.find(subject) {
            Some(index) => {
                let value = self.evaluation.values.borrow().get(index).cloned().flatten();
                Ok(value.unwrap_or_else(|| Value::unknown(Type::Any)))
            }
            None if matches!(subject, Subject::Variable(_)) => {
                let names: Vec<&str> = module.variables.keys().map(|k| &**k).collect();
                Err(undeclared(path, "input variable", &names))
            }
            None => {
                let names: Vec<&str> = module.locals.keys().map(|k| &**k).collect();
                Err(undeclared(path, "local value", &names))
            }
        }
    }

    fn block(&self, address: &Address, path: &[&Ident]) -> Result<Value, Diagnostic> {
        match self.evaluation.blocks.get(address) {
            Some(block) => Ok(block.value()),
            None => Err(self.no_block(address, path)),
        }
    }

    fn no_block(&self, address: &Address, path: &[&Ident]) -> Diagnostic {
        let blocks = self.evaluation.module.resources.keys();
        let known: Vec<String> = blocks.filter(|a| a.mode == address.mode).map(ToString::to_string).collect();
        let what = if address.mode == Mode::Data { "data source" } else { "resource" };
        let given = address.to_string();
        let meant = suggestion(&given, known.iter().map(String::as_str));
        // A single bare word is more likely meant as a text.
        let roots = ["var", "local", "each", "count", "path", "module", "data", "self", "terraform"];
        let root = path.first().map_or("", |i| &i.text);
        let help = match (meant, suggestion(root, roots)) {
            (Some(meant), _) => format!("Did you mean {meant}?"),
            (None, Some(meant)) => format!("Did you mean {meant}.{}?", address.name),
            (None, None) => format!("Declare it, or write the text \"{given}\" in quotes if that was meant."),
        };
        at(path, Diagnostic::error(Code("HW0402"), format!("Reference to undeclared {what}")))
            .with_detail(format!("There is no {what} {given} in this module."))
            .with_help(help)
    }

    fn count_index(&self, path: &[&Ident]) -> Result<Value, Diagnostic> {
        match self.instance.and_then(|i| i.key.as_ref()) {
            Some(InstanceKey::Index(index)) => Ok(Value::from(i64::try_from(*index).unwrap_or(i64::MAX))),
            None if self.instance.is_some_and(|i| i.open && i.each.is_none()) => Ok(Value::unknown(Type::Number)),
            _ => Err(misplaced(path, "`count.index` has a value only in a block with `count`")),
        }
    }

    fn each(&self, part: &str, path: &[&Ident]) -> Result<Value, Diagnostic> {
        match (self.instance.and_then(|i| i.each.as_ref()), part) {
            (Some((key, _)), "key") => Ok(key.clone()),
            (Some((_, value)), "value") => Ok(value.clone()),
            (Some(_), _) => Err(misplaced(path, "`each` has a `key` and a `value`")),
            (None, _) => Err(misplaced(path, "`each` has values only in a block with `for_each`")),
        }
    }

    fn path(&self, part: &str, path: &[&Ident]) -> Result<Value, Diagnostic> {
        let functions = &self.evaluation.functions;
        match part {
            "module" | "root" => Ok(Value::from(&*functions.module_dir.to_string_lossy())),
            "cwd" => Ok(Value::from(&*functions.cwd.to_string_lossy())),
            _ => Err(misplaced(path, "`path` has `module`, `root` and `cwd`")),
        }
    }
}

impl Block {
    /// What a reference to the block gives: the instance, a tuple of them, or an object by name.
    fn value(&self) -> Value {
        match &self.expansion {
            Some(Expansion::Single(_)) => {
                self.values.values().next().cloned().unwrap_or_else(|| Value::unknown(Type::Any))
            }
            Some(Expansion::Count(_)) => Value::tuple(self.values.values().cloned().collect()),
            Some(Expansion::ForEach(_)) => {
                let name = |key: &Option<InstanceKey>| match key {
                    Some(InstanceKey::Name(name)) => Arc::from(name.as_str()),
                    _ => Arc::from(""),
                };
                Value::object(self.values.iter().map(|(k, v)| (name(k), v.clone())).collect::<BTreeMap<_, _>>())
            }
            // Not reached yet (in a circle, or outside a plan), or not known how many there are.
            Some(Expansion::Open(_)) | None => self.outside_a_plan(),
        }
    }

    /// Instances put in by [`Evaluation::set_instance`] without an expansion: their keys tell the shape.
    fn outside_a_plan(&self) -> Value {
        match self.values.first_key_value() {
            None => Value::unknown(Type::Any),
            Some((None, value)) => value.clone(),
            Some((Some(InstanceKey::Index(_)), _)) => Value::tuple(self.values.values().cloned().collect()),
            Some((Some(InstanceKey::Name(_)), _)) => Value::object(
                self.values
                    .iter()
                    .filter_map(|(k, v)| match k {
                        Some(InstanceKey::Name(name)) => Some((Arc::from(name.as_str()), v.clone())),
                        _ => None,
                    })
                    .collect(),
            ),
        }
    }
}

fn at(path: &[&Ident], diagnostic: Diagnostic) -> Diagnostic {
    match (path.first(), path.get(1)) {
        (Some(first), Some(second)) => diagnostic.with_label(first.span.to(second.span), "not declared"),
        (Some(first), None) => diagnostic.with_label(first.span, "not declared"),
        _ => diagnostic,
    }
}

fn undeclared(path: &[&Ident], what: &str, known: &[&str]) -> Diagnostic {
    let name = path.get(1).map_or("", |i| &*i.text);
    let root = path.first().map_or("", |i| &*i.text);
    let help = match suggestion(name, known.iter().copied()) {
        Some(meant) => format!("Did you mean {root}.{meant}?"),
        None => format!("Declare it: {}", declaration(root, name)),
    };
    at(path, Diagnostic::error(Code("HW0402"), format!("Reference to undeclared {what}")))
        .with_detail(format!("There is no {what} named \"{name}\" in this module."))
        .with_help(help)
}

fn declaration(root: &str, name: &str) -> String {
    match root {
        "var" => format!("variable \"{name}\" {{}}"),
        "local" => format!("locals {{ {name} = … }}"),
        _ => format!("{root} \"{name}\" {{ … }}"),
    }
}

fn misplaced(path: &[&Ident], why: &str) -> Diagnostic {
    let written: Vec<&str> = path.iter().take(2).map(|i| &*i.text).collect();
    let mut diagnostic =
        Diagnostic::error(Code("HW0402"), "Invalid reference").with_detail(format!("{}: {why}.", written.join(".")));
    if let Some(first) = path.first() {
        diagnostic = diagnostic.with_label(first.span, "has no value here");
    }
    diagnostic
}

fn incomplete(path: &[&Ident]) -> Diagnostic {
    let root = path.first().map_or("", |i| &*i.text);
    let detail = match root {
        "var" | "local" | "each" | "path" | "terraform" | "module" => format!("A name must follow, as in {root}.name."),
        "count" => "It must be count.index.".to_owned(),
        _ => "A reference to a resource is its kind and its name, as in service.main.".to_owned(),
    };
    let mut diagnostic = Diagnostic::error(Code("HW0402"), "Invalid reference")
        .with_detail(detail)
        .with_help(format!("If a text is meant, put it in quotes: \"{root}\"."));
    if let Some(first) = path.first() {
        diagnostic = diagnostic.with_label(first.span, "no value by this name");
    }
    diagnostic
}
