//! Names, attributes and indexes: `var.x`, `value.name`, `value[key]`.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Span, suggestion};
use crate::lang::syntax::ast::{Expr, ExprKind, Ident};
use crate::lang::value::convert::convert;
use crate::lang::value::{Data, Entries, Marks, Number, Type, Value};

use super::scope::Env;
use super::{Evaluator, codes, error, unknown};

/// One step away from a value.
enum Step<'a> {
    Attr(&'a Ident),
    Index(&'a Expr, Span),
}

/// What a chain of steps starts from, and the steps in the order they are taken.
fn unwind(expr: &Expr) -> (&Expr, Vec<Step<'_>>) {
    let mut steps = Vec::new();
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Attr { base, name } => {
                steps.push(Step::Attr(name));
                at = base;
            }
            ExprKind::Index { base, key } => {
                steps.push(Step::Index(key, Span { start: base.span.end, ..at.span }));
                at = base;
            }
            _ => {
                steps.reverse();
                return (at, steps);
            }
        }
    }
}

impl Evaluator<'_> {
    /// A name with the steps that follow it, or steps from any other value.
    pub(super) fn access(&mut self, expr: &Expr, env: Env<'_>) -> Value {
        let (base, steps) = unwind(expr);
        let (mut value, taken) = match &base.kind {
            ExprKind::Variable(name) => self.name(name, base.span, &steps, env),
            _ => (self.value(base, env), 0),
        };
        for step in steps.get(taken..).unwrap_or_default() {
            value = match step {
                Step::Attr(name) => attribute(&value, name),
                Step::Index(key, span) => {
                    let key = self.value(key, env);
                    index(&value, &key, *span)
                }
            }
            .unwrap_or_else(|diagnostic| self.fail(*diagnostic));
        }
        value
    }

    /// The value of a name, and how many of the steps after it belong to it.
    fn name(&mut self, root: &Arc<str>, span: Span, steps: &[Step<'_>], env: Env<'_>) -> (Value, usize) {
        if let Some(value) = env.variable(root) {
            return (value.clone(), 0);
        }
        let root = Ident { text: root.clone(), span };
        let mut path = vec![&root];
        path.extend(steps.iter().map_while(|step| if let Step::Attr(name) = step { Some(*name) } else { None }));
        match self.scope.resolve(&path) {
            Ok((value, taken)) => (value, taken.saturating_sub(1)),
            Err(diagnostic) => (self.fail(diagnostic), steps.len()),
        }
    }
}

/// `value.name`
fn attribute(value: &Value, name: &Ident) -> Result<Value, Box<Diagnostic>> {
    let span = name.span;
    match &value.data {
        Data::Null(_) => Err(null_access("get attribute from", "attributes", span)),
        Data::Object(attributes) => match attributes.get(&name.text) {
            Some(found) => Ok(found.clone().with_marks(value.marks)),
            None => Err(no_attribute(&name.text, attributes.keys(), span)),
        },
        Data::Map(_, elements) => match elements.get(&name.text) {
            Some(found) => Ok(found.clone().with_marks(value.marks)),
            None => Err(no_element(name, elements.keys(), value.marks)),
        },
        Data::Unknown(ty) => attribute_of_unknown(ty, name).map(|v| v.with_marks(value.marks)),
        _ => Err(no_attributes(&value.ty(), name)),
    }
}

fn attribute_of_unknown(ty: &Type, name: &Ident) -> Result<Value, Box<Diagnostic>> {
    match ty {
        Type::Any => Ok(unknown()),
        Type::Map(element) => Ok(Value::unknown((**element).clone())),
        Type::Object(object) => match object.attributes.get(&name.text) {
            Some(attribute) => Ok(Value::unknown(attribute.ty.clone())),
            None => Err(no_attribute(&name.text, object.attributes.keys(), name.span)),
        },
        _ => Err(no_attributes(ty, name)),
    }
}

fn no_attribute<'a>(name: &str, known: impl Iterator<Item = &'a Arc<str>>, span: Span) -> Box<Diagnostic> {
    let detail = format!("This object does not have an attribute named {name:?}.");
    with_suggestion(refusal(codes::ATTRIBUTE, UNSUPPORTED, detail, span), name, known)
}

fn no_element<'a>(name: &Ident, known: impl Iterator<Item = &'a Arc<str>>, marks: Marks) -> Box<Diagnostic> {
    let detail = format!("This map does not have an element with the key {:?}.", name.text);
    let diagnostic = refusal(codes::ATTRIBUTE, "Missing map element", detail, name.span);
    // The keys of a marked map are marked too, so they must not be shown.
    if marks == Marks::NONE { with_suggestion(diagnostic, &name.text, known) } else { diagnostic }
}

fn with_suggestion<'a>(
    mut diagnostic: Box<Diagnostic>,
    given: &str,
    known: impl Iterator<Item = &'a Arc<str>>,
) -> Box<Diagnostic> {
    // Names of one or two letters are all close to each other.
    let close = suggestion(given, known.map(|k| &**k)).filter(|_| given.chars().count() > 2);
    diagnostic.help = close.map(|close| format!("Did you mean {close:?}?"));
    diagnostic
}

/// An error on its way to whoever reports it.
fn refusal(code: Code, summary: &str, detail: impl Into<String>, span: Span) -> Box<Diagnostic> {
    Box::new(error(code, summary, detail, span))
}

const UNSUPPORTED: &str = "Unsupported attribute";

/// Attribute access on what is neither an object nor a map.
fn no_attributes(ty: &Type, name: &Ident) -> Box<Diagnostic> {
    let detail = match ty {
        Type::List(element) => match &**element {
            Type::Object(object) if object.attributes.contains_key(&name.text) => format!(
                "Can't access attributes on a list of objects. Did you mean to access attribute {:?} for a specific \
                 element of the list, or across all elements of the list?",
                name.text
            ),
            Type::Object(_) => {
                "Can't access attributes on a list of objects. Did you mean to access an attribute for a \
                                specific element of the list, or across all elements of the list?"
                    .to_owned()
            }
            _ => NO_ATTRIBUTES.to_owned(),
        },
        Type::Set(element) if matches!(**element, Type::Object(_)) => {
            "Can't access attributes on a set of objects. Did you mean to access an attribute across all elements of \
             the set?"
                .to_owned()
        }
        Type::Bool | Type::Number | Type::String => {
            format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly_name())
        }
        _ => NO_ATTRIBUTES.to_owned(),
    };
    refusal(codes::ATTRIBUTE, UNSUPPORTED, detail, name.span)
}

const NO_ATTRIBUTES: &str = "This value does not have any attributes.";

fn null_access(operation: &str, parts: &str, span: Span) -> Box<Diagnostic> {
    let detail = format!("This value is null, so it does not have any {parts}.");
    let diagnostic = error(codes::NULL_ACCESS, &format!("Attempt to {operation} null value"), detail, span);
    Box::new(diagnostic.with_help("Where null is expected, use try(…, a substitute) or a condition."))
}

/// `value[key]`
fn index(value: &Value, key: &Value, span: Span) -> Result<Value, Box<Diagnostic>> {
    if value.is_null() {
        return Err(null_access("index", "indices", span));
    }
    if key.is_null() {
        return Err(invalid_index("Can't use a null value as an indexing key.", span));
    }
    if matches!(value.data, Data::Unknown(Type::Any)) || matches!(key.data, Data::Unknown(Type::Any)) {
        return Ok(unknown().with_marks(value.marks));
    }
    // The element, where both are known, and the type it has in any case.
    let (found, element) = match &value.data {
        Data::List(element, items) => {
            (position(key, items.len(), value.marks, span)?.and_then(|i| items.get(i).cloned()), element)
        }
        Data::Tuple(items) => {
            (position(key, items.len(), value.marks, span)?.and_then(|i| items.get(i).cloned()), &Type::Any)
        }
        Data::Map(element, entries) => (entry(key, entries, span)?, element),
        Data::Object(attributes) => return object_entry(key, attributes, span).map(|v| v.with_marks(value.marks)),
        Data::Unknown(Type::List(element)) => (index_key(key, &Type::Number, span).map(|_| None)?, &**element),
        Data::Unknown(Type::Map(element)) => (index_key(key, &Type::String, span).map(|_| None)?, &**element),
        Data::Unknown(Type::Tuple(types)) => {
            let at = position(key, types.len(), value.marks, span)?;
            (at.and_then(|i| types.get(i)).map(|ty| Value::unknown(ty.clone())), &Type::Any)
        }
        Data::Unknown(Type::Object(_)) => (index_key(key, &Type::String, span).map(|_| None)?, &Type::Any),
        Data::Set(..) | Data::Unknown(Type::Set(_)) => return Err(invalid_index(SET_INDEX, span)),
        _ => return Err(invalid_index("This value does not have any indices.", span)),
    };
    Ok(match found {
        Some(found) => found.with_marks(value.marks | key.marks),
        None => Value::unknown(element.clone()).with_marks(value.marks),
    })
}

const SET_INDEX: &str = "Elements of a set are identified only by their value and don't have any separate index or key \
                         to select with, so it's only possible to perform operations across all elements of the set.";

/// The key as a map or sequence wants it.
fn index_key(key: &Value, ty: &Type, span: Span) -> Result<Value, Box<Diagnostic>> {
    convert(key, ty).map_err(|why| no_such_element(&format!(": {}.", why.message), span))
}

/// The position a key selects in a sequence of known length; `None` when the key is not known yet.
fn position(key: &Value, length: usize, marks: Marks, span: Span) -> Result<Option<usize>, Box<Diagnostic>> {
    let key = index_key(key, &Type::Number, span)?;
    let Some(number) = key.as_number() else { return Ok(None) };
    let fail = |why: &str| Err(no_such_element(why, span));
    if !number.is_integer() {
        return fail(": indexing a sequence requires a whole number, but the given index has a fractional part.");
    }
    if *number < Number::zero() {
        return fail(": a negative number is not a valid index for a sequence.");
    }
    match number.to_i64().and_then(|i| usize::try_from(i).ok()) {
        Some(i) if i < length => Ok(Some(i)),
        // The length of a marked collection must not show in the message.
        Some(0) if marks == Marks::NONE => fail(": the collection has no elements."),
        Some(i) if i == length && marks == Marks::NONE => {
            fail(": the given index is greater than or equal to the length of the collection.")
        }
        _ => fail("."),
    }
}

fn entry(key: &Value, entries: &Entries, span: Span) -> Result<Option<Value>, Box<Diagnostic>> {
    let key = index_key(key, &Type::String, span)?;
    let Some(name) = key.as_str() else { return Ok(None) };
    entries.get(name).cloned().map(Some).ok_or_else(|| no_such_element(".", span))
}

fn object_entry(key: &Value, attributes: &Entries, span: Span) -> Result<Value, Box<Diagnostic>> {
    let by_number = matches!(key.data, Data::Number(_));
    let key = index_key(key, &Type::String, span)?;
    let Some(name) = key.as_str() else { return Ok(unknown()) };
    attributes.get(name).cloned().ok_or_else(|| {
        let hint = if by_number {
            ". An object only supports looking up attributes by name, not by numeric index."
        } else {
            "."
        };
        let diagnostic = no_such_element(hint, span);
        if key.has_marks() { diagnostic } else { with_suggestion(diagnostic, name, attributes.keys()) }
    })
}

fn no_such_element(why: &str, span: Span) -> Box<Diagnostic> {
    invalid_index(&format!("The given key does not identify an element in this collection value{why}"), span)
}

fn invalid_index(detail: &str, span: Span) -> Box<Diagnostic> {
    refusal(codes::INDEX, "Invalid index", detail, span)
}
