//! What the names in an expression stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::{Address, InstanceKey, Mode};
use crate::config::Subject;
use crate::diag::{Code, Diagnostic, suggestion};
use crate::lang::eval::Scope;
use crate::lang::functions;
use crate::lang::syntax::ast::Ident;
use crate::lang::value::{Marks, Type, Value};

use super::expand::{Expanded, Expansion};
use super::{Block, Evaluation};

const SELF: &str = "Invalid \"self\" reference";
const PATH: &str = "`path` has `module`, `root` and `cwd`";
const EACH: &str = "`each` has a `key` and a `value`";

pub(super) struct Names<'e, 'c> {
    pub evaluation: &'e Evaluation<'c>,
    pub instance: Option<&'e Expanded>,
    /// What `self` stands for.
    pub itself: Option<&'e Value>,
}

impl Scope for Names<'_, '_> {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        let names: Vec<&str> = path.iter().map(|i| &*i.text).collect();
        let Some((subject, taken)) = Subject::of(&names) else { return Err(self.incomplete(path)) };
        let value = match &subject {
            Subject::Variable(_) | Subject::Local(_) => self.settled(&subject, path),
            Subject::Resource(address) => self.block(address, path),
            Subject::CountIndex => self.count_index(path),
            Subject::Each(part) => self.each(part, path),
            Subject::Itself => self
                .itself
                .cloned()
                .ok_or_else(|| misplaced(path, SELF, "`self` stands for the resource in its own postconditions only")),
            Subject::Path(part) => self.path(part, path),
            Subject::Terraform(part) if &**part == "workspace" => Ok(Value::from("default")),
            Subject::Terraform(part) if &**part == "applying" => {
                Ok(Value::from(false).with_marks(Marks { sensitive: false, ephemeral: true }))
            }
            Subject::Terraform(_) => Err(no_part(path, "`terraform` has `workspace` and `applying`")),
            Subject::Module(_) => Err(undeclared(path, "module", &[])),
            Subject::Cloud(_) => {
                let why = "a `cloud` block is no value; choose one in a resource with cloud = \"label\"";
                Err(misplaced(path, "Invalid reference", why))
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
        match self.evaluation.nodes.find(subject) {
            Some(index) => {
                let value = self.evaluation.values.borrow().get(index).cloned().flatten();
                Ok(value.unwrap_or_else(|| Value::unknown(Type::Any)))
            }
            None if matches!(subject, Subject::Variable(_)) => Err(self.no_variable(path)),
            None => Err(self.no_local(path)),
        }
    }

    fn no_variable(&self, path: &[&Ident]) -> Diagnostic {
        let names: Vec<&str> = self.evaluation.module.variables.keys().map(|k| &**k).collect();
        undeclared(path, "input variable", &names)
    }

    fn no_local(&self, path: &[&Ident]) -> Diagnostic {
        let names: Vec<&str> = self.evaluation.module.locals.keys().map(|k| &**k).collect();
        undeclared(path, "local value", &names)
    }

    /// The names that stand there are too few, or an index stands where a name must.
    fn incomplete(&self, path: &[&Ident]) -> Diagnostic {
        match path.first().map_or("", |i| &*i.text) {
            "var" => self.no_variable(path),
            "local" => self.no_local(path),
            "path" => no_part(path, PATH),
            "each" => no_part(path, EACH),
            "count" => no_part(path, "it must be count.index"),
            "terraform" => no_part(path, "a name must follow, as in terraform.workspace"),
            root => no_resource(path, root),
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
        at(path, Diagnostic::error(Code("HW0402"), "Reference to undeclared resource"))
            .with_detail(format!("There is no {what} {given} in this module."))
            .with_help(help)
    }

    fn count_index(&self, path: &[&Ident]) -> Result<Value, Diagnostic> {
        match self.instance.and_then(|i| i.key.as_ref()) {
            Some(InstanceKey::Index(index)) => Ok(Value::from(i64::try_from(*index).unwrap_or(i64::MAX))),
            None if self.instance.is_some_and(|i| i.open && i.each.is_none()) => Ok(Value::unknown(Type::Number)),
            _ => Err(misplaced(
                path,
                "Reference to \"count\" in non-counted context",
                "`count.index` has a value only in a block with `count`",
            )),
        }
    }

    fn each(&self, part: &str, path: &[&Ident]) -> Result<Value, Diagnostic> {
        match (self.instance.and_then(|i| i.each.as_ref()), part) {
            (Some((key, _)), "key") => Ok(key.clone()),
            (Some((_, value)), "value") => Ok(value.clone()),
            (None, "key" | "value") => Err(misplaced(
                path,
                "Reference to \"each\" in context without for_each",
                "`each` has values only in a block with `for_each`",
            )),
            _ => Err(no_part(path, EACH)),
        }
    }

    fn path(&self, part: &str, path: &[&Ident]) -> Result<Value, Diagnostic> {
        let functions = &self.evaluation.functions;
        match part {
            "module" | "root" => Ok(Value::from(&*functions.module_dir.to_string_lossy())),
            "cwd" => Ok(Value::from(&*functions.cwd.to_string_lossy())),
            _ => Err(no_part(path, PATH)),
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
    let root = path.first().map_or("", |i| &*i.text);
    let diagnostic = at(path, Diagnostic::error(Code("HW0402"), format!("Reference to undeclared {what}")));
    let Some(name) = path.get(1).map(|i| &*i.text) else {
        let detail = format!("A name must follow `{root}`, as in {root}.name; an index in brackets is none.");
        return diagnostic.with_detail(detail).with_help(quotes(root));
    };
    let help = match suggestion(name, known.iter().copied()) {
        Some(meant) => format!("Did you mean {root}.{meant}?"),
        None => format!("Declare it: {}", declaration(root, name)),
    };
    diagnostic.with_detail(format!("There is no {what} named \"{name}\" in this module.")).with_help(help)
}

fn declaration(root: &str, name: &str) -> String {
    match root {
        "var" => format!("variable \"{name}\" {{}}"),
        "local" => format!("locals {{ {name} = … }}"),
        _ => format!("{root} \"{name}\" {{ … }}"),
    }
}

fn quotes(root: &str) -> String {
    format!("If a text is meant, put it in quotes: \"{root}\".")
}

/// `path`, `count` and the like have no such part.
fn no_part(path: &[&Ident], why: &str) -> Diagnostic {
    let root = path.first().map_or("", |i| &*i.text);
    let diagnostic = misplaced(path, &format!("Invalid \"{root}\" attribute"), why);
    if path.len() < 2 { diagnostic.with_help(quotes(root)) } else { diagnostic }
}

fn misplaced(path: &[&Ident], summary: &str, why: &str) -> Diagnostic {
    let written: Vec<&str> = path.iter().take(2).map(|i| &*i.text).collect();
    let diagnostic = Diagnostic::error(Code("HW0402"), summary).with_detail(format!("{}: {why}.", written.join(".")));
    without_value(path, diagnostic, "has no value here")
}

fn no_resource(path: &[&Ident], root: &str) -> Diagnostic {
    let detail = match root {
        "module" => "A name must follow, as in module.name.",
        _ => "A reference to a resource is its kind and its name, as in service.main.",
    };
    let diagnostic = Diagnostic::error(Code("HW0402"), "Invalid reference").with_detail(detail).with_help(quotes(root));
    without_value(path, diagnostic, "no value by this name")
}

fn without_value(path: &[&Ident], diagnostic: Diagnostic, label: &str) -> Diagnostic {
    match path.first() {
        Some(first) => diagnostic.with_label(first.span, label),
        None => diagnostic,
    }
}
