//! What the names in an expression stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::{Address, InstanceKey, Mode};
use crate::config::Subject;
use crate::diag::{Code, Diagnostic, Diagnostics, suggestion};
use crate::lang::eval::Scope;
use crate::lang::functions;
use crate::lang::syntax::ast::{Expr, Ident};
use crate::lang::value::{Marks, Type, Value};

use super::expand::{Expanded, Expansion};
use super::modules::Place;
use super::{Block, Evaluation};

const SELF: &str = "Invalid \"self\" reference";
const PATH: &str = "`path` has `module`, `root` and `cwd`";
const EACH: &str = "`each` has a `key` and a `value`";

/// The names an expression sees at its place.
#[derive(Clone, Copy)]
pub(super) struct Names<'e, 'c> {
    pub evaluation: &'e Evaluation<'c>,
    place: Place,
    instance: Option<&'e Expanded>,
    /// What `self` stands for.
    itself: Option<&'e Value>,
    /// Names that the block around the expression gives: the iterators of `dynamic` blocks.
    own: &'e [(Arc<str>, Value)],
}

impl<'e, 'c> Names<'e, 'c> {
    pub fn at(evaluation: &'e Evaluation<'c>, place: Place) -> Self {
        Self { evaluation, place, instance: None, itself: None, own: &[] }
    }

    /// The value of an expression that uses these names. Misspelt ones are found wherever they stand.
    pub fn evaluate(&self, expr: &Expr) -> (Value, Diagnostics) {
        let (value, mut diagnostics) = crate::lang::eval::evaluate(expr, self);
        diagnostics.append(crate::lang::eval::check(expr, self));
        (value, diagnostics.sorted())
    }

    #[must_use]
    pub fn of(self, instance: Option<&'e Expanded>) -> Self {
        Self { instance, ..self }
    }

    #[must_use]
    pub fn with_self(self, itself: &'e Value) -> Self {
        Self { itself: Some(itself), ..self }
    }

    #[must_use]
    pub fn with_own(self, own: &'e [(Arc<str>, Value)]) -> Self {
        Self { own, ..self }
    }
}

impl Scope for Names<'_, '_> {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        if let Some((_, value)) = path.first().and_then(|root| self.own.iter().rev().find(|(n, _)| *n == root.text)) {
            return Ok((value.clone(), 1));
        }
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
            Subject::Module(name) => return self.module(name, path),
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
    fn declarations(&self) -> &crate::config::Module {
        self.evaluation.modules.module(self.place.module)
    }

    /// A variable or local. During the walk it is settled before whoever asks; in a circle it is unknown.
    fn settled(&self, subject: &Subject, path: &[&Ident]) -> Result<Value, Diagnostic> {
        match self.evaluation.nodes.find(self.place.module, subject) {
            Some(node) => {
                let value = self.evaluation.value_of(node, self.place.instance);
                Ok(value.unwrap_or_else(|| Value::unknown(Type::Any)))
            }
            None if matches!(subject, Subject::Variable(_)) => Err(self.no_variable(path)),
            None => Err(self.no_local(path)),
        }
    }

    /// A module call: one output of a single instance, or all outputs of all instances.
    fn module(&self, name: &Arc<str>, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        let evaluation = self.evaluation;
        let Some(called) = evaluation.modules.get(self.place.module).calls.get(&**name).copied() else {
            let known: Vec<&str> = self.declarations().module_calls.keys().map(|k| &**k).collect();
            // A call whose module could not be read was reported.
            let declared = known.contains(&&**name);
            return if declared { Ok((Value::unknown(Type::Any), 2)) } else { Err(undeclared(path, "module", &known)) };
        };
        let single = matches!(
            evaluation.instances.borrow()[called].of_caller(self.place.instance),
            Some((Expansion::Single(_), _))
        );
        let outputs = &evaluation.modules.module(called).outputs;
        if let Some(output) = path.get(2).filter(|_| single) {
            if !outputs.contains_key(&output.text) {
                return Err(no_output(name, output, outputs.keys().map(|k| &**k)));
            }
            let first = evaluation.instances.borrow()[called].of_caller(self.place.instance).map_or(0, |(_, f)| *f);
            return Ok((self.output(called, first, &output.text), 3));
        }
        Ok((self.whole_module(called, name), 2))
    }

    fn output(&self, called: usize, instance: usize, name: &str) -> Value {
        let node = self.evaluation.nodes.output(called, name);
        let value = node.and_then(|n| self.evaluation.value_of(n, instance));
        value.unwrap_or_else(|| Value::unknown(Type::Any))
    }

    fn whole_module(&self, called: usize, name: &Arc<str>) -> Value {
        let evaluation = self.evaluation;
        let call = evaluation.nodes.find(self.place.module, &Subject::Module(name.clone()));
        let known = call.and_then(|c| evaluation.value_of(c, self.place.instance));
        if let Some(value) = known {
            return value;
        }
        let (expansion, first) = match evaluation.instances.borrow()[called].of_caller(self.place.instance) {
            Some((expansion, first)) => (expansion.clone(), *first),
            None => return Value::unknown(Type::Any),
        };
        let outputs = &evaluation.modules.module(called).outputs;
        let one = |instance: usize| {
            Value::object(outputs.keys().map(|o| (o.clone(), self.output(called, instance, o))).collect())
        };
        let value = match &expansion {
            // Single outputs may be read before others are known, so nothing is kept.
            Expansion::Single(_) => return one(first),
            Expansion::Open(_) | Expansion::Failed => return Value::unknown(Type::Any),
            Expansion::Count(all) => Value::tuple((first..first + all.len()).map(one).collect()),
            Expansion::ForEach(all) => {
                Value::object(all.iter().zip(first..).map(|(x, i)| (key_name(x.key.as_ref()), one(i))).collect())
            }
        };
        if let Some(call) = call {
            evaluation.set_value(call, self.place.instance, value.clone());
        }
        value
    }

    fn no_variable(&self, path: &[&Ident]) -> Diagnostic {
        let names: Vec<&str> = self.declarations().variables.keys().map(|k| &**k).collect();
        undeclared(path, "input variable", &names)
    }

    fn no_local(&self, path: &[&Ident]) -> Diagnostic {
        let names: Vec<&str> = self.declarations().locals.keys().map(|k| &**k).collect();
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
        match self.evaluation.nodes.find(self.place.module, &Subject::Resource(address.clone())) {
            Some(node) => {
                let block = self.evaluation.blocks[node].get(self.place.instance);
                Ok(block.map_or_else(|| Value::unknown(Type::Any), Block::value))
            }
            None => Err(self.no_block(address, path)),
        }
    }

    fn no_block(&self, address: &Address, path: &[&Ident]) -> Diagnostic {
        let blocks = self.declarations().resources.keys();
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
        let text = |path: &std::path::Path| Ok(Value::from(&*path.to_string_lossy()));
        match part {
            "module" => text(&self.declarations().dir),
            "root" => text(&self.evaluation.modules.module(0).dir),
            "cwd" => text(&self.evaluation.functions.cwd),
            _ => Err(no_part(path, PATH)),
        }
    }
}

impl Block {
    /// What a reference to the block gives: the instance, a tuple of them, or an object by name.
    fn value(&self) -> Value {
        self.whole.get_or_init(|| self.assemble()).clone()
    }

    fn assemble(&self) -> Value {
        match &self.expansion {
            Some(Expansion::Single(_)) => {
                self.values.values().next().cloned().unwrap_or_else(|| Value::unknown(Type::Any))
            }
            Some(Expansion::Count(_)) => Value::tuple(self.values.values().cloned().collect()),
            Some(Expansion::ForEach(_)) => {
                let entries = self.values.iter().map(|(key, value)| (key_name(key.as_ref()), value.clone()));
                Value::object(entries.collect::<BTreeMap<_, _>>())
            }
            // Not reached yet (in a circle, or outside a plan), or not known how many there are.
            Some(Expansion::Open(_) | Expansion::Failed) | None => self.outside_a_plan(),
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

fn key_name(key: Option<&InstanceKey>) -> Arc<str> {
    match key {
        Some(InstanceKey::Name(name)) => Arc::from(name.as_str()),
        _ => Arc::from(""),
    }
}

/// `module.x.y`, and the module has no output `y`.
fn no_output<'a>(module: &str, name: &Ident, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let help = match suggestion(&name.text, known.iter().copied()) {
        Some(meant) => format!("Did you mean module.{module}.{meant}?"),
        None if known.is_empty() => "The module has no outputs. Add one there.".to_owned(),
        None => format!("Its outputs are: {}.", known.join(", ")),
    };
    Diagnostic::error(Code("HW0402"), "Unsupported attribute")
        .with_detail(format!("The module \"{module}\" has no output named \"{}\".", name.text))
        .with_label(name.span, "no output of this name")
        .with_help(help)
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
