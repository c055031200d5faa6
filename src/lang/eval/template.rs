//! Templates: quoted strings and heredocs with interpolations and directives.

use crate::diag::{Diagnostics, Span};
use crate::lang::syntax::ast::{Template, TemplateFor, TemplateIf, TemplatePart};
use crate::lang::value::convert::convert;
use crate::lang::value::{Data, Marks, Type, Value};

use super::conditional::Branch;
use super::for_expr::Head;
use super::scope::Env;
use super::{Evaluator, codes, error, recurse};

impl Evaluator<'_> {
    /// A template that is one interpolation has that value, whatever its type; any other is a string.
    pub(super) fn template(&mut self, template: &Template, span: Span, env: Env<'_>) -> Value {
        match template.parts.as_slice() {
            [TemplatePart::Interpolation(expr)] => self.value(expr, env),
            parts => self.text(parts, span, env),
        }
    }

    fn text(&mut self, parts: &[TemplatePart], span: Span, env: Env<'_>) -> Value {
        let mut text = String::new();
        let mut marks = Marks::NONE;
        let mut known = true;
        for part in parts {
            let (value, place) = self.part(part, env);
            marks |= value.marks;
            match string_of(&value) {
                Ok(Some(more)) if known => text.push_str(&more),
                Ok(Some(_)) => {}
                Ok(None) => known = false,
                Err(detail) => {
                    let diagnostic = error(codes::INTERPOLATION, INVALID, detail, place.unwrap_or(span));
                    self.report(diagnostic.with_help(how_to_include(&value)));
                }
            }
        }
        let value = if known { Value::string(text) } else { Value::unknown(Type::String).refine_prefix(cut(&text)) };
        value.refine_not_null().with_marks(marks)
    }

    fn part(&mut self, part: &TemplatePart, env: Env<'_>) -> (Value, Option<Span>) {
        match part {
            TemplatePart::Literal { text, span } => (Value::string(text.clone()), Some(*span)),
            TemplatePart::Interpolation(expr) => (self.value(expr, env), Some(expr.span)),
            TemplatePart::If(directive) => (recurse(|| self.template_if(directive, env)), Some(directive.span)),
            TemplatePart::For(directive) => (recurse(|| self.template_for(directive, env)), Some(directive.span)),
        }
    }

    fn template_if(&mut self, directive: &TemplateIf, env: Env<'_>) -> Value {
        let mut branch = |parts| {
            let evaluated: (Value, Diagnostics) = self.attempt(|e| e.text(parts, directive.span, env));
            Branch::new(evaluated, directive.span)
        };
        let t = branch(&directive.if_true);
        let f = branch(&directive.if_false);
        self.choose(&directive.condition, t, f, env)
    }

    fn template_for(&mut self, directive: &TemplateFor, env: Env<'_>) -> Value {
        let head = Head {
            key_var: directive.key_var.as_ref(),
            value_var: &directive.value_var,
            collection: &directive.collection,
            condition: None,
        };
        let rounds = self.for_tuple(head, env, |e, env| e.text(&directive.body, directive.span, env));
        let Data::Tuple(texts) = &rounds.data else { return Value::unknown(Type::String).with_marks(rounds.marks) };
        let marks = texts.iter().fold(rounds.marks, |marks, text| marks | text.marks);
        let all: Option<String> = texts.iter().map(Value::as_str).collect();
        all.map_or_else(|| Value::unknown(Type::String), Value::string).with_marks(marks)
    }
}

/// How much of the start of an unknown string is worth remembering, in bytes.
const PREFIX: usize = 128;

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(PREFIX)).unwrap_or_default()
}

const INVALID: &str = "Invalid template interpolation value";

fn how_to_include(value: &Value) -> &'static str {
    match &value.data {
        Data::Null(_) => "Give a null value a substitute first, for example with coalesce().",
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => "Make it one string, with join(…) or jsonencode(…).",
        _ => "Name one of its attributes, or make it one string with jsonencode(…).",
    }
}

/// The text a part contributes; `None` when it is not known yet.
fn string_of(value: &Value) -> Result<Option<String>, String> {
    if value.is_null() {
        return Err("The expression result is null. Cannot include a null value in a string template.".to_owned());
    }
    if !value.is_known() {
        return Ok(None);
    }
    if let Data::String(text) = &value.data {
        return Ok(Some(text.to_string()));
    }
    match convert(&value.unmarked(), &Type::String) {
        Ok(text) => Ok(text.as_str().map(str::to_owned)),
        Err(why) => Err(format!("Cannot include the given value in a string template: {}.", why.message)),
    }
}
