//! Function calls: arguments, their number, `...`, and the functions that take expressions instead of values
//! (`try`, `can`, `templatestring`).

use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::functions::{self, FunctionError, Signature};
use crate::lang::syntax::ast::{Expr, ExprKind, Ident};
use crate::lang::value::convert::convert;
use crate::lang::value::{Data, Type, Value};

use super::rendering::{RenderError, Renderer, Source, render};
use super::scope::Env;
use super::{Evaluator, codes, error, unknown};

/// What may be called. Outside a plan there is no time of the plan. Templates may not render templates, and those that
/// come as values may not read files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restriction {
    None,
    NoPlan,
    TemplateFile,
    TemplateString,
}

/// Functions that render a template.
const TEMPLATE_FUNCTIONS: [&str; 2] = ["templatefile", "templatestring"];

/// Functions that read the file system.
const FILE_FUNCTIONS: [&str; 11] = [
    "file",
    "filebase64",
    "filebase64sha256",
    "filebase64sha512",
    "fileexists",
    "filemd5",
    "fileset",
    "filesha1",
    "filesha256",
    "filesha512",
    "templatefile",
];

/// An argument: still an expression, or one of the values that `...` gave.
enum Argument<'e> {
    Expr(&'e Expr),
    Given(Value, Span),
}

impl Argument<'_> {
    fn span(&self) -> Span {
        match self {
            Self::Expr(expr) => expr.span,
            Self::Given(_, span) => *span,
        }
    }
}

/// One call: what is called, with what, and where.
struct Call<'e> {
    /// As written, for messages.
    name: &'e Ident,
    /// Without the namespace `core::`.
    plain: &'e str,
    arguments: Vec<Argument<'e>>,
    span: Span,
}

impl Evaluator<'_> {
    pub(super) fn call(&mut self, name: &Ident, args: &[Expr], expand: bool, span: Span, env: Env<'_>) -> Value {
        let Some(signature) = lookup(&name.text, self.restriction) else {
            return self.fail(unknown_function(name));
        };
        let Some(arguments) = self.arguments(args, expand, env) else { return unknown() };
        let call = Call { name, plain: plain_name(&name.text), arguments, span };
        if let Some(diagnostic) = wrong_count(&call, signature) {
            return self.fail(diagnostic);
        }
        match call.plain {
            "try" => self.try_call(&call, env),
            "can" => self.can_call(&call, env),
            "templatestring" => self.template_string(&call, env),
            _ => self.ordinary_call(&call, signature, env),
        }
    }

    /// The arguments with the last one spread where `...` follows it; `None` when that is not possible (yet).
    fn arguments<'e>(&mut self, args: &'e [Expr], expand: bool, env: Env<'_>) -> Option<Vec<Argument<'e>>> {
        let (last, first) = match args.split_last() {
            Some(split) if expand => split,
            _ => return Some(args.iter().map(Argument::Expr).collect()),
        };
        let value = self.sound(last, env)?;
        let refuse = |e: &mut Self, why: &str| {
            let detail = format!("The expanding argument (indicated by ...) must {why}.");
            e.report(error(codes::ARGUMENT_COUNT, "Invalid expanding argument value", detail, last.span));
            None
        };
        let elements = match &value.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items,
            Data::Null(Type::Any | Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                return refuse(self, "not be null");
            }
            Data::Unknown(Type::Any | Type::List(_) | Type::Set(_) | Type::Tuple(_)) => return None,
            _ => return refuse(self, "be of a tuple, list, or set type"),
        };
        let spread = elements.iter().map(|item| Argument::Given(item.clone().with_marks(value.marks), last.span));
        Some(first.iter().map(Argument::Expr).chain(spread).collect())
    }

    fn argument(&mut self, argument: &Argument<'_>, env: Env<'_>) -> Value {
        match argument {
            Argument::Expr(expr) => self.value(expr, env),
            Argument::Given(value, _) => value.clone(),
        }
    }

    fn ordinary_call(&mut self, call: &Call<'_>, signature: &Signature, env: Env<'_>) -> Value {
        let Some(values) = self.argument_values(call, signature, env) else { return unknown() };
        if let Some(why) = self.forbidden(call.plain) {
            return self.fail(failure(call, &why));
        }
        let context = self.scope.functions();
        let renderer = Renderer { functions: context };
        functions::call(call.plain, &values, context, &renderer)
            .unwrap_or_else(|why| self.fail(function_error(call, why)))
    }

    /// The arguments as the parameters want them; `None` when one of them cannot be had.
    fn argument_values(&mut self, call: &Call<'_>, signature: &Signature, env: Env<'_>) -> Option<Vec<Value>> {
        let mut values = Vec::with_capacity(call.arguments.len());
        for (i, argument) in call.arguments.iter().enumerate() {
            let parameter = signature.parameter(i)?;
            let Some(value) = self.sound_argument(argument, env) else { continue };
            match convert(&value, &parameter.wanted.ty()) {
                Ok(value) => values.push(value),
                Err(why) => self.report(argument_error(call, i, parameter.name, &why.message)),
            }
        }
        (values.len() == call.arguments.len()).then_some(values)
    }

    fn sound_argument(&mut self, argument: &Argument<'_>, env: Env<'_>) -> Option<Value> {
        match argument {
            Argument::Expr(expr) => self.sound(expr, env),
            Argument::Given(value, _) => Some(value.clone()),
        }
    }

    /// Why the function may not be called inside the template at hand.
    fn forbidden(&self, name: &str) -> Option<String> {
        let template = matches!(self.restriction, Restriction::TemplateFile | Restriction::TemplateString);
        if template && TEMPLATE_FUNCTIONS.contains(&name) {
            return Some(format!("cannot recursively call {name} from inside another template function"));
        }
        let forbidden = self.restriction == Restriction::TemplateString && FILE_FUNCTIONS.contains(&name);
        forbidden.then(|| {
            format!(
                "cannot use filesystem access functions like {name} in templatestring templates; consider passing the \
                 function result as a template variable instead"
            )
        })
    }

    /// The first argument that has a value. While that value is not wholly known, nothing is known: another argument
    /// may be taken once it is.
    fn try_call(&mut self, call: &Call<'_>, env: Env<'_>) -> Value {
        let mut failures = Diagnostics::new();
        for argument in &call.arguments {
            let (value, diagnostics) = self.attempt(|e| e.argument(argument, env));
            if !diagnostics.has_errors() {
                return if value.is_wholly_known() { value } else { unknown() };
            }
            failures.append(diagnostics);
        }
        if failures.is_empty() {
            return self.fail(failure(call, "at least one argument is required"));
        }
        let reasons: String = failures.iter().map(|d| format!("- {}\n  {}\n", d.summary, d.detail)).collect();
        let why =
            format!("no expression succeeded:\n{reasons}\nAt least one expression must produce a successful result");
        let diagnostic = failures
            .iter()
            .filter_map(Diagnostic::span)
            .fold(failure(call, &why), |d, span| d.with_label(span, "tried here"));
        self.fail(diagnostic)
    }

    fn can_call(&mut self, call: &Call<'_>, env: Env<'_>) -> Value {
        let Some(argument) = call.arguments.first() else { return unknown() };
        let (value, diagnostics) = self.attempt(|e| e.argument(argument, env));
        if diagnostics.has_errors() {
            Value::bool(false)
        } else if value.is_wholly_known() {
            Value::bool(true)
        } else {
            Value::unknown(Type::Bool)
        }
    }

    /// `templatestring(reference, variables)`: the template must be a plain reference, so that nobody mistakes the
    /// function for a way to write templates in place.
    fn template_string(&mut self, call: &Call<'_>, env: Env<'_>) -> Value {
        let [template, variables] = call.arguments.as_slice() else { return unknown() };
        let Some(variables) = self.sound_argument(variables, env) else { return unknown() };
        if variables.is_null() {
            return self.fail(argument_error(call, 1, "vars", "argument must not be null"));
        }
        if let Some(why) = self.forbidden(call.plain) {
            return self.fail(failure(call, &why));
        }
        let (variables, marks) = variables.unmark_deep();
        if !variables.is_known() {
            // Of variables without a type, it is not even known whether they are an object.
            let untyped = variables.ty() == Type::Any;
            let result = if untyped { unknown() } else { Value::unknown(Type::String).refine_not_null() };
            return result.with_marks(marks);
        }
        self.rendered_string(call, template, &variables, env).with_marks(marks)
    }

    fn rendered_string(&mut self, call: &Call<'_>, template: &Argument<'_>, variables: &Value, env: Env<'_>) -> Value {
        let refuse = |e: &mut Self, why: &str| e.fail(argument_error(call, 0, "template", why));
        if let Some(why) = not_a_reference(template) {
            return refuse(self, &format!("invalid template expression: {why}"));
        }
        let (template, diagnostics) = self.attempt(|e| e.argument(template, env));
        if let Some(first) = diagnostics.iter().find(|d| d.is_error()) {
            return refuse(self, &format!("invalid template expression: {}; {}", first.summary, first.detail));
        }
        if !template.is_known() {
            return Value::unknown(Type::String).refine_not_null();
        }
        let Some(text) = template.as_str() else {
            return refuse(self, "invalid template value: a string is required");
        };
        let source = Source { name: "<templatestring argument>", text };
        let rendered = render(source, variables, Restriction::TemplateString, self.scope.functions());
        let value = match rendered {
            Ok(value) => value,
            Err(RenderError::Syntax(why)) => return refuse(self, &format!("invalid template: {why}")),
            Err(RenderError::Variables(why)) => return self.fail(argument_error(call, 1, "vars", &why)),
            Err(RenderError::Evaluation(why)) => return self.fail(failure(call, &why)),
        };
        match convert(&value, &Type::String) {
            Ok(value) => value.with_marks(template.marks),
            Err(why) => self.fail(failure(call, &format!("invalid template result: {}", why.message))),
        }
    }
}

fn plain_name(name: &str) -> &str {
    name.strip_prefix("core::").unwrap_or(name)
}

/// The function of a name, which may carry the namespace `core::` once.
fn lookup(name: &str, restriction: Restriction) -> Option<&'static Signature> {
    let plain = plain_name(name);
    let absent = plain.starts_with("core::") || (restriction == Restriction::NoPlan && plain == "plantimestamp");
    if absent { None } else { functions::signature(plain) }
}

/// Whether the name is in a namespace that has no such function; unlike a plain name, that is wrong even inside
/// `try()`.
pub(super) fn is_misplaced(name: &str, restriction: Restriction) -> bool {
    name.contains("::") && lookup(name, restriction).is_none()
}

/// Why an argument is no reference to a template that is somewhere else.
fn not_a_reference(argument: &Argument<'_>) -> Option<&'static str> {
    let Argument::Expr(expr) = argument else { return Some(NOT_DIRECT) };
    match &expr.kind {
        ExprKind::Template(template) if template.literal().is_some() => Some(
            "templatestring is only for rendering templates retrieved dynamically from elsewhere, and so does not \
             support providing a literal template; consider using a template string expression instead",
        ),
        ExprKind::Template(template) if matches!(template.parts.as_slice(), [_]) => Some(
            "templatestring is only for rendering templates retrieved dynamically from elsewhere; to treat the inner \
             expression as template syntax, write the reference expression directly without any template interpolation \
             syntax",
        ),
        ExprKind::Template(_) => Some(
            "templatestring is only for rendering templates retrieved dynamically from elsewhere; to render an inline \
             template, consider using a plain template string expression",
        ),
        _ if is_reference(expr) => None,
        _ => Some(NOT_DIRECT),
    }
}

const NOT_DIRECT: &str =
    "must be a direct reference to a single string from elsewhere, containing valid Terraform template syntax";

fn is_reference(expr: &Expr) -> bool {
    let mut at = expr;
    loop {
        at = match &at.kind {
            ExprKind::Variable(_) => return true,
            ExprKind::Attr { base, .. } | ExprKind::Index { base, .. } => base,
            ExprKind::Splat { source, .. } => source,
            _ => return false,
        }
    }
}

fn wrong_count(call: &Call<'_>, signature: &Signature) -> Option<Diagnostic> {
    let (given, wanted) = (call.arguments.len(), signature.parameters.len());
    if let Some(missing) = signature.parameters.get(given) {
        let at_least = if signature.variadic.is_some() { " at least" } else { "" };
        let detail = format!(
            "Function {:?} expects{at_least} {wanted} argument(s). Missing value for {:?}.",
            call.name.text, missing.name
        );
        return Some(error(codes::ARGUMENT_COUNT, "Not enough function arguments", detail, call.span));
    }
    let extra = call.arguments.get(wanted)?;
    if signature.variadic.is_some() {
        return None;
    }
    let detail = format!("Function {:?} expects only {wanted} argument(s).", call.name.text);
    Some(error(codes::ARGUMENT_COUNT, "Too many function arguments", detail, extra.span()))
}

fn failure(call: &Call<'_>, why: &str) -> Diagnostic {
    let detail = format!("Call to function {:?} failed: {why}.", call.name.text);
    error(codes::FUNCTION, "Error in function call", detail, call.span)
}

fn argument_error(call: &Call<'_>, index: usize, parameter: &str, why: &str) -> Diagnostic {
    let span = call.arguments.get(index).map_or(call.span, Argument::span);
    let detail = format!("Invalid value for {parameter:?} parameter: {why}.");
    error(codes::ARGUMENT, "Invalid function argument", detail, span)
}

fn function_error(call: &Call<'_>, why: FunctionError) -> Diagnostic {
    match why.argument {
        Some(index) => argument_error(call, index, &why.parameter, &why.message),
        None => failure(call, &why.message),
    }
}

/// Terraform tells apart a name without a function and a namespace without functions.
pub(super) fn unknown_function(name: &Ident) -> Diagnostic {
    if !name.text.contains("::") {
        return unknown_plain_function(name);
    }
    let mut parts = name.text.split("::");
    let detail = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("provider"), Some(provider), Some(function), None) => format!(
            "There is no function named {:?}. Ensure that provider name {provider:?} is declared in this module's \
             required_providers block, and that this provider offers a function named {function:?}.",
            name.text
        ),
        (first, ..) => format!(
            "The function namespace {:?} is not valid. Provider function calls must use the \"provider::\" namespace \
             prefix.",
            first.unwrap_or_default()
        ),
    };
    error(codes::UNKNOWN_FUNCTION, "Unknown provider function", detail, name.span)
}

fn unknown_plain_function(name: &Ident) -> Diagnostic {
    let close = crate::diag::suggestion(&name.text, functions::names().iter().copied());
    let suggestion = close.map(|close| format!(" Did you mean {close:?}?")).unwrap_or_default();
    let detail = format!("There is no function named {:?}.{suggestion}", name.text);
    error(codes::UNKNOWN_FUNCTION, "Call to unknown function", detail, name.span)
}
