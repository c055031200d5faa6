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

impl Evaluation<'_> {
    pub(super) fn variable(&self, variable: &Variable) -> (Value, Diagnostics) {
        let (constraint, mut diagnostics) = match &variable.type_constraint {
            Some(expr) => constraint::read(expr, &Constant(&self.functions)),
            None => (Constraint::any(), Diagnostics::new()),
        };
        let mut reading = Diagnostics::new();
        let default = variable.default.as_ref().map(|e| self.constant(e, &mut reading));
        let given = self.assignments.get(&*variable.name.text);
        let (value, span, origin) = match (given, default.clone()) {
            (Some(given), _) => {
                let (value, span) = self.assigned(given, &constraint, &mut reading);
                (value, span, given.origin.clone())
            }
            (None, Some(default)) => (default, variable.default.as_ref().map(|e| e.span), ITS_DEFAULT.to_owned()),
            (None, None) => {
                if self.completeness == Completeness::Required {
                    diagnostics.push(no_value(variable));
                }
                (Value::unknown(constraint.ty.without_optional()), None, String::new())
            }
        };
        diagnostics.append(if is_private(variable) { without_values(variable, reading) } else { reading });
        let value = match default {
            Some(default) if value.is_null() && !variable.nullable => default,
            _ => value,
        };
        let value = self.fit(variable, &constraint, &value, span, &origin, &mut diagnostics);
        let value = value.with_marks(Marks { sensitive: variable.sensitive, ephemeral: variable.ephemeral });
        self.validate(variable, &value, &mut diagnostics);
        (value, diagnostics)
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
    fn validate(&self, variable: &Variable, value: &Value, diagnostics: &mut Diagnostics) {
        let subject = crate::config::Subject::Variable(variable.name.text.clone());
        let Some(index) = self.nodes.find(&subject).filter(|_| !variable.validations.is_empty()) else { return };
        if let Some(slot) = self.values.borrow_mut().get_mut(index) {
            *slot = Some(value.clone());
        }
        let scope = Names { evaluation: self, instance: None, itself: None };
        for rule in &variable.validations {
            check_rule(rule, &scope, Severity::Error, "Invalid value for variable", diagnostics);
        }
    }

    pub(super) fn output(&self, output: &Output) -> (Value, Diagnostics) {
        let (value, mut diagnostics) = self.expression(&output.value, None);
        let scope = Names { evaluation: self, instance: None, itself: None };
        for rule in &output.preconditions {
            check_rule(rule, &scope, Severity::Error, "Module output value precondition failed", &mut diagnostics);
        }
        let (_, marks) = value.unmark_deep();
        if marks.sensitive && !output.sensitive {
            diagnostics.push(
                Diagnostic::error(Code("HW0219"), "Output refers to sensitive values")
                    .with_detail("An output that shows a sensitive value must be sensitive itself.")
                    .with_label(output.value.span, "sensitive")
                    .with_help(
                        "Add sensitive = true to the output, or nonsensitive(…) around the value if it may be shown.",
                    ),
            );
        }
        if marks.ephemeral {
            diagnostics.push(
                Diagnostic::error(Code("HW0214"), "Invalid use of ephemeral value")
                    .with_detail("Outputs are remembered, and an ephemeral value must not be.")
                    .with_label(output.value.span, "ephemeral"),
            );
        }
        (value.with_marks(Marks { sensitive: output.sensitive, ephemeral: false }), diagnostics)
    }

    pub(super) fn check(&self, check: &Check) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let scope = Names { evaluation: self, instance: None, itself: None };
        for rule in &check.asserts {
            check_rule(rule, &scope, Severity::Warning, "Check block assertion failed", &mut diagnostics);
        }
        diagnostics
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
