//! Values of input variables and outputs, with their types and conditions.

use std::fmt;

use crate::config::{Check, Module, Output, Variable};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Severity, Span, suggestion};
use crate::lang::eval::constraint::{self, Constraint};
use crate::lang::eval::{Scope, evaluate};
use crate::lang::functions;
use crate::lang::syntax::ast::{Expr, Ident};
use crate::lang::syntax::parse_expression;
use crate::lang::value::convert::path_text;
use crate::lang::value::{Marks, Type, Value};

use super::instance::check_rule;
use super::modules::{Modules, Place};
use super::names::Names;
use super::{Completeness, Evaluation};

/// A value somebody gave a variable.
#[derive(Clone)]
pub struct Assignment {
    pub name: String,
    pub value: Assigned,
    /// Where it comes from, in words: `--var`, `the environment variable TF_VAR_x`, `prod.tfvars`.
    pub origin: String,
    /// A name that is not declared: an error, a warning, or nobody's business.
    pub undeclared: Option<Severity>,
}

/// The origin of a value nobody gave.
const ITS_DEFAULT: &str = "its default";

#[derive(Clone)]
pub enum Assigned {
    /// Text of a command line or environment: itself for a string, an expression for anything else.
    Text {
        file: FileId,
        text: String,
    },
    Expr(Expr),
    /// As a kept plan has it.
    Value(Value),
}

/// Without the value: it may be a secret.
impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment").field("name", &self.name).field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Without the value: it may be a secret.
impl fmt::Debug for Assigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { file, .. } => f.debug_struct("Text").field("file", file).finish_non_exhaustive(),
            Self::Value(_) => f.debug_struct("Value").finish_non_exhaustive(),
            Self::Expr(expr) => f.debug_struct("Expr").field("span", &expr.span).finish_non_exhaustive(),
        }
    }
}

/// A scope in which nothing has a name.
struct Constant<'a>(&'a functions::Context);

impl Scope for Constant<'_> {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        let mut diagnostic = Diagnostic::error(Code("HW0402"), "Variables not allowed")
            .with_detail("The value of a variable is constant: it cannot refer to anything.")
            .with_help("If a text is meant, put it in quotes.");
        if let Some(first) = path.first() {
            diagnostic = diagnostic.with_label(first.span, "a reference");
        }
        Err(diagnostic)
    }

    fn functions(&self) -> &functions::Context {
        self.0
    }
}

/// Findings about values for variables that are not declared.
pub(super) fn undeclared(module: &Module, assignments: &[Assignment]) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for given in assignments {
        let Some(severity) = given.undeclared.filter(|_| !module.variables.contains_key(given.name.as_str())) else {
            continue;
        };
        let help = match suggestion(&given.name, module.variables.keys().map(|k| &**k)) {
            Some(meant) => format!("Did you mean \"{meant}\"?"),
            None => format!("Remove it, or declare it: variable \"{}\" {{}}", given.name),
        };
        let mut diagnostic = Diagnostic::new(severity, Code("HW0902"), "Value for undeclared variable")
            .with_detail(format!(
                "The configuration has no variable named \"{}\", to which {} gives a value.",
                given.name, given.origin
            ))
            .with_help(help);
        if let Assigned::Expr(expr) = &given.value {
            // It may be meant for a sensitive variable whose name was misspelt.
            diagnostic = diagnostic.with_hidden_label(expr.span, "this value");
        }
        diagnostics.push(diagnostic);
    }
    diagnostics
}

/// Arguments of module calls that the module has no variable for, and variables that a call must give.
pub(super) fn wrong_inputs(modules: &Modules<'_>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for index in 1..modules.len() {
        let Some((caller, call)) = modules.get(index).caller else { continue };
        let variables = &modules.module(index).variables;
        let mut found = Diagnostics::new();
        for input in call.inputs.attributes().filter(|a| !variables.contains_key(&a.name.text)) {
            let help = match suggestion(&input.name.text, variables.keys().map(|k| &**k)) {
                Some(meant) => format!("Did you mean \"{meant}\"?"),
                None => format!("Remove it, or declare it in the module: variable \"{}\" {{}}", input.name.text),
            };
            found.push(
                Diagnostic::error(Code("HW0211"), "Unsupported argument")
                    .with_detail(format!("The module has no variable named \"{}\".", input.name.text))
                    .with_label(input.name.span, "not a variable of the module")
                    .with_help(help),
            );
        }
        let missing = |v: &&Variable| v.default.is_none() && call.inputs.attribute(&v.name.text).is_none();
        for variable in variables.values().filter(missing) {
            let name = &variable.name.text;
            found.push(
                Diagnostic::error(Code("HW0213"), "Missing required argument")
                    .with_detail(format!("The argument \"{name}\" is required, but no definition was found."))
                    .with_label(call.span, format!("`{name}` is missing in this call"))
                    .with_label(variable.span, "declared here, without a default")
                    .with_help(format!("Give it in the call: {name} = …")),
            );
        }
        diagnostics.append(modules.with_calls(caller, found));
    }
    diagnostics
}

/// The value a variable was given.
struct Given {
    value: Value,
    span: Option<Span>,
    /// Where it comes from, in words.
    origin: String,
}

impl Evaluation<'_> {
    pub(super) fn variable(&self, node: usize, place: Place, variable: &Variable) -> (Value, Diagnostics) {
        let (constraint, mut diagnostics) = match &variable.type_constraint {
            Some(expr) => constraint::read(expr, &Constant(&self.functions)),
            None => (Constraint::any(), Diagnostics::new()),
        };
        let mut reading = Diagnostics::new();
        let default = variable.default.as_ref().map(|e| self.constant(e, &mut reading));
        let given = self.given(place, variable, &constraint, &mut reading).or_else(|| {
            let value = default.clone()?;
            Some(Given { value, span: variable.default.as_ref().map(|e| e.span), origin: ITS_DEFAULT.to_owned() })
        });
        // A call that gives no value was reported when the references were read.
        if given.is_none() && place == Place::ROOT && self.completeness == Completeness::Required {
            diagnostics.push(no_value(variable));
        }
        let unknown = || Value::unknown(constraint.ty.without_optional());
        let Given { value, span, origin } =
            given.unwrap_or_else(|| Given { value: unknown(), span: None, origin: String::new() });
        diagnostics.append(if is_private(variable) { without_values(variable, reading) } else { reading });
        let value = match default {
            Some(default) if value.is_null() && !variable.nullable => default,
            _ => value,
        };
        let value = self.fit(variable, &constraint, &value, span, &origin, &mut diagnostics);
        let value = value.with_marks(Marks { sensitive: variable.sensitive, ephemeral: variable.ephemeral });
        if value.unmark_deep().1.ephemeral && !variable.ephemeral {
            diagnostics.push(ephemeral_input(variable, span));
        }
        self.validate(node, place, variable, &value, span, &mut diagnostics);
        (value, diagnostics)
    }

    /// What the user, or the call of the module, gives the variable.
    fn given(
        &self,
        place: Place,
        variable: &Variable,
        constraint: &Constraint,
        diagnostics: &mut Diagnostics,
    ) -> Option<Given> {
        let name = &variable.name.text;
        let Some((caller, call)) = self.modules.get(place.module).caller else {
            let given = self.assignments.get(&**name)?;
            let (value, span) = self.assigned(given, constraint, diagnostics);
            return Some(Given { value, span, origin: given.origin.clone() });
        };
        let input = call.inputs.attribute(name)?;
        let instance = self.at(place);
        let outer = Place { module: caller, instance: instance.caller };
        let (value, found) = self.expression(outer, &input.expr, Some(&instance.expanded));
        diagnostics.append(found);
        Some(Given { value, span: Some(input.expr.span), origin: "the call of its module".to_owned() })
    }

    fn constant(&self, expr: &Expr, diagnostics: &mut Diagnostics) -> Value {
        let (value, found) = evaluate(expr, &Constant(&self.functions));
        diagnostics.append(found);
        value
    }

    fn assigned(
        &self,
        given: &Assignment,
        constraint: &Constraint,
        diagnostics: &mut Diagnostics,
    ) -> (Value, Option<Span>) {
        match &given.value {
            Assigned::Expr(expr) => (self.constant(expr, diagnostics), Some(expr.span)),
            Assigned::Value(value) => (value.clone(), None),
            Assigned::Text { text, .. } if constraint.ty.is_primitive() || constraint.ty == Type::Any => {
                (Value::from(text.as_str()), None)
            }
            Assigned::Text { file, text } => {
                let (expr, found) = parse_expression(*file, text);
                diagnostics.append(found);
                (self.constant(&expr, diagnostics), Some(expr.span))
            }
        }
    }

    fn fit(
        &self,
        variable: &Variable,
        constraint: &Constraint,
        value: &Value,
        span: Option<Span>,
        origin: &str,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let null = value.is_null() && !variable.nullable;
        match constraint.apply(value) {
            Ok(value) if !null => value,
            result => {
                let why = match result {
                    // Keys, and what stands at them, are part of the value.
                    Err(_) if is_private(variable) => "its type is another one".to_owned(),
                    Err(error) if error.path.is_empty() => error.message,
                    Err(error) => format!("{}: {}", path_text(&error.path).trim_start_matches('.'), error.message),
                    Ok(_) => "null is not allowed".to_owned(),
                };
                let summary = if origin == ITS_DEFAULT {
                    "Invalid default value for variable"
                } else {
                    "Invalid value for variable"
                };
                let mut diagnostic = Diagnostic::error(Code("HW0903"), summary)
                    .with_detail(format!(
                        "The value of \"{}\" from {origin} does not fit its declaration: {why}.",
                        variable.name.text
                    ))
                    .with_help(format!("It must be {}.", constraint.ty.friendly_name()));
                diagnostic = match span {
                    Some(span) if is_private(variable) => diagnostic.with_hidden_label(span, "this value"),
                    Some(span) => diagnostic.with_label(span, "this value"),
                    None => diagnostic,
                };
                diagnostics.push(diagnostic.with_label(variable.span, "declared here"));
                Value::unknown(constraint.ty.without_optional())
            }
        }
    }

    /// The variable's own conditions, in which it has its new value.
    fn validate(
        &self,
        node: usize,
        place: Place,
        variable: &Variable,
        value: &Value,
        span: Option<Span>,
        diagnostics: &mut Diagnostics,
    ) {
        if variable.validations.is_empty() {
            return;
        }
        self.set_value(node, place.instance, value.clone());
        let mut found = Diagnostics::new();
        for rule in &variable.validations {
            check_rule(rule, &Names::at(self, place), Severity::Error, "Invalid value for variable", &mut found);
        }
        diagnostics.extend(found.into_iter().map(|d| match span.filter(|s| !d.labels.iter().any(|l| l.span == *s)) {
            Some(span) if is_private(variable) => d.with_hidden_label(span, "this value"),
            Some(span) => d.with_label(span, "this value"),
            None => d,
        }));
    }

    pub(super) fn output(&self, place: Place, output: &Output) -> (Value, Diagnostics) {
        let (value, mut diagnostics) = self.expression(place, &output.value, None);
        let scope = Names::at(self, place);
        for rule in &output.preconditions {
            check_rule(rule, &scope, Severity::Error, "Module output value precondition failed", &mut diagnostics);
        }
        let (_, marks) = value.unmark_deep();
        if marks.sensitive && !output.sensitive && place == Place::ROOT {
            diagnostics.push(
                Diagnostic::error(Code("HW0237"), "Output refers to sensitive values")
                    .with_detail("An output that shows a sensitive value must be sensitive itself.")
                    .with_label(output.value.span, "sensitive")
                    .with_help(
                        "Add sensitive = true to the output, or nonsensitive(…) around the value if it may be shown.",
                    ),
            );
        }
        diagnostics.extend(self.ephemeral_output(place, output, marks.ephemeral));
        let ephemeral = output.ephemeral && place != Place::ROOT;
        (value.with_marks(Marks { sensitive: output.sensitive, ephemeral }), diagnostics)
    }

    /// What the root gives out is remembered; modules may hand ephemeral values to their callers when they say so.
    fn ephemeral_output(&self, place: Place, output: &Output, ephemeral: bool) -> Option<Diagnostic> {
        let root = place == Place::ROOT;
        let (detail, help) = match (root, output.ephemeral, ephemeral) {
            (true, true, _) => (
                "Outputs of the root module are remembered, so they cannot be ephemeral.",
                "Remove ephemeral = true, or use the value inside the configuration only.",
            ),
            (true, false, true) => (
                "Outputs are remembered, and an ephemeral value must not be.",
                "Use the value inside the configuration only, or ephemeralasnull(…).",
            ),
            (false, false, true) => (
                "An output that gives out an ephemeral value must be ephemeral itself.",
                "Add ephemeral = true to the output.",
            ),
            _ => return None,
        };
        let label = if ephemeral { output.value.span } else { output.span };
        Some(
            Diagnostic::error(Code("HW0233"), "Invalid use of ephemeral value")
                .with_detail(detail)
                .with_label(label, "ephemeral")
                .with_help(help),
        )
    }

    pub(super) fn check(&self, place: Place, check: &Check) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for rule in &check.asserts {
            check_rule(
                rule,
                &Names::at(self, place),
                Severity::Warning,
                "Check block assertion failed",
                &mut diagnostics,
            );
        }
        diagnostics
    }
}

fn ephemeral_input(variable: &Variable, span: Option<Span>) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code("HW0233"), "Invalid use of ephemeral value")
        .with_detail(format!("The variable \"{}\" is not declared ephemeral.", variable.name.text))
        .with_help("Add ephemeral = true to the variable's block.");
    match span {
        Some(span) => diagnostic.with_label(span, "ephemeral"),
        None => diagnostic.with_label(variable.span, "declared here"),
    }
}

/// Whether its values must not be shown.
fn is_private(variable: &Variable) -> bool {
    variable.sensitive || variable.ephemeral
}

/// What is wrong with a value that must not be shown: the code and the places remain of each finding.
fn without_values(variable: &Variable, found: Diagnostics) -> Diagnostics {
    let word = if variable.sensitive { "sensitive" } else { "ephemeral" };
    let hide = |diagnostic: Diagnostic| {
        let bare = Diagnostic::new(diagnostic.severity, diagnostic.code, "Invalid value for variable")
            .with_detail(format!(
                "The value of \"{}\" cannot be read as an expression. It is {word}, so neither it nor what is wrong with it is shown.",
                variable.name.text
            ))
            .with_help("Check its quotes, brackets and function calls; a text stands in double quotes.");
        diagnostic.labels.iter().fold(bare, |d, label| d.with_hidden_label(label.span, "in this value"))
    };
    found.into_iter().map(hide).collect()
}

fn no_value(variable: &Variable) -> Diagnostic {
    let name = &variable.name.text;
    let what = variable.description.as_ref().map(|d| format!(" It is: {d}")).unwrap_or_default();
    Diagnostic::error(Code("HW0901"), "No value for required variable")
        .with_detail(format!("The variable \"{name}\" has no default, and nothing gives it a value.{what}"))
        .with_label(variable.span, "declared here")
        .with_help(format!(
            "Give it with --var '{name}=…', in a *.tfvars file, or as HOUSEWRIGHT_VAR_{name} in the environment."
        ))
}
