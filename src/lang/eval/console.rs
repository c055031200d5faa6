//! What `console` answers: one expression in, its value with everything worth saying about it out.
//!
//! Names and functions are checked before evaluation, wherever they stand in the expression, so that a misspelt name is
//! refused even inside `try()` or in the branch of a conditional that is not taken. Must not know how answers travel.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use crate::lang::syntax;
use crate::lang::syntax::ast::{Expr, ExprKind};
use crate::lang::value::{Value, display};

use super::call::Restriction;
use super::{Scope, calls, check_within, codes, error, evaluate_within};

/// The answer to one expression.
#[derive(Debug, Clone)]
pub enum Answer {
    Value(Box<Shown>),
    /// Nothing could be computed; at least one error, in the order of their places.
    Refused(Diagnostics),
}

/// A value and its text.
#[derive(Debug, Clone)]
pub struct Shown {
    /// As `type()` prints it: `list(string)`.
    pub ty: String,
    /// Sensitive parts included. `None` when any part is unknown, or has no JSON (an infinite number).
    pub json: Option<Box<RawValue>>,
    pub unknown: bool,
    /// The value or a part of it is sensitive.
    pub sensitive: bool,
    /// As the console prints it, sensitive parts redacted.
    pub display: String,
}

impl Answer {
    /// The answer as one line of JSON, numbers exact:
    /// `{"ok":true,"type":…,"value":…,"unknown":…,"sensitive":…,"display":…}` or
    /// `{"ok":false,"summary":…,"detail":…}`, with `id` in front where one is given.
    pub fn to_line(&self, id: Option<&str>) -> String {
        let line = match self {
            Self::Value(shown) => serde_json::to_string(&ValueLine {
                id,
                ok: true,
                ty: &shown.ty,
                value: shown.json.as_deref(),
                unknown: shown.unknown,
                sensitive: shown.sensitive,
                display: &shown.display,
            }),
            Self::Refused(diagnostics) => {
                let first = diagnostics.iter().find(|d| d.is_error());
                let (summary, detail) = first.map_or(("", ""), |d| (&d.summary, &d.detail));
                serde_json::to_string(&RefusedLine { id, ok: false, summary, detail })
            }
        };
        line.expect("strings, truth values and JSON text always serialize")
    }
}

#[derive(Serialize)]
struct ValueLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    ok: bool,
    #[serde(rename = "type")]
    ty: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a RawValue>,
    unknown: bool,
    sensitive: bool,
    display: &'a str,
}

#[derive(Serialize)]
struct RefusedLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    ok: bool,
    summary: &'a str,
    detail: &'a str,
}

/// Evaluates the text of one expression. `file` is what the positions of diagnostics refer to. A text of several lines
/// is read as it could stand behind the equals sign of an argument, so that it may be copied from a file.
pub fn answer(file: FileId, text: &str, scope: &dyn Scope) -> Answer {
    let parse = if text.contains('\n') { syntax::parse_argument } else { syntax::parse_expression };
    let (expr, diagnostics) = parse(file, text);
    if diagnostics.has_errors() {
        return Answer::Refused(diagnostics.sorted());
    }
    let (expr, asks_type) = match type_arguments(&expr) {
        Some([argument]) => (argument, true),
        Some(arguments) => return Answer::Refused(wrong_type_arguments(arguments, expr.span).into()),
        None => (&expr, false),
    };
    let mut diagnostics = check_within(expr, scope, Restriction::NoPlan);
    if let Some(call) = calls(expr).into_iter().find(|name| &*name.text == "type") {
        let detail = "The console-only \"type\" function cannot be used as part of an expression.";
        diagnostics.push(error(codes::UNKNOWN_FUNCTION, "Invalid use of type function", detail, call.span));
    }
    if diagnostics.has_errors() {
        return Answer::Refused(diagnostics.sorted());
    }
    let (value, diagnostics) = evaluate_within(expr, scope, Restriction::NoPlan);
    if diagnostics.has_errors() {
        return Answer::Refused(diagnostics.sorted());
    }
    let ty = value.ty().to_string();
    let value = if asks_type { Value::string(ty.clone()) } else { value };
    let mut shown = shown(&value);
    if asks_type {
        shown.display = ty;
    }
    Answer::Value(Box::new(shown))
}

/// The value of an expression that is only looked at, as for completion; `None` when anything is wrong with it.
pub fn value(file: FileId, text: &str, scope: &dyn Scope) -> Option<Value> {
    let (expr, diagnostics) = syntax::parse_expression(file, text);
    if diagnostics.has_errors() || check_within(&expr, scope, Restriction::NoPlan).has_errors() {
        return None;
    }
    let (value, diagnostics) = evaluate_within(&expr, scope, Restriction::NoPlan);
    (!diagnostics.has_errors()).then_some(value)
}

/// The arguments of `type(…)`, which is no function: only the console knows it, and only as the whole expression.
fn type_arguments(expr: &Expr) -> Option<&[Expr]> {
    let mut at = expr;
    while let ExprKind::Paren(inner) = &at.kind {
        at = inner;
    }
    match &at.kind {
        ExprKind::Call { name, args, expand: false } if &*name.text == "type" => Some(args),
        _ => None,
    }
}

fn wrong_type_arguments(arguments: &[Expr], span: Span) -> Diagnostic {
    let (summary, detail) = if arguments.is_empty() {
        ("Not enough function arguments", "Function \"type\" expects 1 argument(s). Missing value for \"value\".")
    } else {
        ("Too many function arguments", "Function \"type\" expects only 1 argument(s).")
    };
    error(codes::ARGUMENT_COUNT, summary, detail, arguments.get(1).map_or(span, |extra| extra.span))
}

fn shown(value: &Value) -> Shown {
    let unknown = !value.is_wholly_known();
    Shown {
        ty: value.ty().to_string(),
        json: if unknown { None } else { value.to_json_text().ok().and_then(|text| RawValue::from_string(text).ok()) },
        unknown,
        sensitive: value.unmark_deep().1.sensitive,
        display: display::value(value),
    }
}
