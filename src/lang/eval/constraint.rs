//! Type constraints, `list(object({ name = string, size = optional(number, 1) }))`: what the `type` of a variable says.
//!
//! A constraint is written as an expression but never evaluated as one; only the defaults of `optional` are.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::recursion::Deep;
use crate::lang::syntax::ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey};
use crate::lang::value::convert::{ConvertError, convert, unify};
use crate::lang::value::{AttributeType, Data, Entries, ObjectType, Type, Value};

use super::{Scope, codes, error, evaluate, recurse};

/// A type and the defaults of its optional attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub ty: Type,
    defaults: Option<Defaults>,
}

impl Constraint {
    /// Anything goes: the constraint of a variable without a `type`.
    pub fn any() -> Self {
        Self { ty: Type::Any, defaults: None }
    }

    /// The value as the constraint asks for it: missing optional attributes get their defaults (or null), then the
    /// whole is converted.
    ///
    /// # Errors
    /// Where in the value, and why, it cannot be converted.
    pub fn apply(&self, value: &Value) -> Result<Value, ConvertError> {
        match &self.defaults {
            Some(defaults) => convert(&defaults.apply(value), &self.ty),
            None => convert(value, &self.ty),
        }
    }
}

/// Defaults of optional attributes, at any depth of a type.
#[derive(Debug, Clone, PartialEq)]
enum Defaults {
    /// For all elements of a list, set or map.
    Elements(Deep<Box<Defaults>>),
    Tuple(BTreeMap<usize, Deep<Box<Defaults>>>),
    Object {
        values: BTreeMap<Arc<str>, Value>,
        inner: BTreeMap<Arc<str>, Deep<Box<Defaults>>>,
    },
}

impl Defaults {
    fn apply(&self, value: &Value) -> Value {
        recurse(|| match &value.data {
            Data::List(ty, items) => {
                let items = self.sequence(items);
                rebuilt(&items, ty, Value::list).unwrap_or_else(|| Value::tuple(items))
            }
            Data::Set(ty, items) => {
                let items = self.sequence(items);
                rebuilt(&items, ty, Value::set).unwrap_or_else(|| Value::tuple(items))
            }
            Data::Tuple(items) => Value::tuple(self.sequence(items)),
            Data::Map(ty, entries) => {
                let entries = self.mapping(entries);
                rebuilt_map(&entries, ty).unwrap_or_else(|| Value::object(entries))
            }
            Data::Object(entries) => Value::object(self.mapping(entries)),
            _ => value.clone(),
        })
        .with_marks(value.marks)
    }

    fn sequence(&self, items: &[Value]) -> Vec<Value> {
        let inner = |i| match self {
            Self::Tuple(inner) => inner.get(&i),
            Self::Elements(inner) => Some(inner),
            Self::Object { .. } => None,
        };
        items.iter().enumerate().map(|(i, item)| inner(i).map_or_else(|| item.clone(), |d| d.apply(item))).collect()
    }

    fn mapping(&self, entries: &Entries) -> BTreeMap<Arc<str>, Value> {
        let inner = |name: &Arc<str>| match self {
            Self::Object { inner, .. } => inner.get(name),
            Self::Elements(inner) => Some(inner),
            Self::Tuple(_) => None,
        };
        let applied = |(name, value): (&Arc<str>, &Value)| {
            (name.clone(), inner(name).map_or_else(|| value.clone(), |d| d.apply(value)))
        };
        let mut result: BTreeMap<_, _> = entries.iter().map(applied).collect();
        if let Self::Object { values, inner } = self {
            for (name, default) in values {
                if result.get(name).is_none_or(Value::is_null) {
                    let default = inner.get(name).map_or_else(|| default.clone(), |d| d.apply(default));
                    result.insert(name.clone(), default);
                }
            }
        }
        result
    }
}

/// The items in the collection they came from, when they still have a type in common.
fn rebuilt(items: &[Value], was: &Type, collection: impl Fn(Type, Vec<Value>) -> Value) -> Option<Value> {
    if items.is_empty() {
        return Some(collection(was.clone(), Vec::new()));
    }
    let types: Vec<_> = items.iter().map(Value::ty).collect();
    let element = unify(&types)?;
    let items: Option<Vec<_>> = items.iter().map(|item| convert(item, &element).ok()).collect();
    Some(collection(element, items?))
}

fn rebuilt_map(entries: &BTreeMap<Arc<str>, Value>, was: &Type) -> Option<Value> {
    let values: Vec<_> = entries.values().cloned().collect();
    rebuilt(&values, was, |element, values| Value::map(element, entries.keys().cloned().zip(values).collect()))
}

/// Reads a type constraint. `scope` evaluates the defaults of optional attributes, which may call functions but name
/// nothing. What cannot be read counts as `any` and is reported.
pub fn read(expr: &Expr, scope: &dyn Scope) -> (Constraint, Diagnostics) {
    let mut reader = Reader { scope, diagnostics: Diagnostics::new() };
    let constraint = reader.constraint(expr);
    (constraint, reader.diagnostics)
}

struct Reader<'s> {
    scope: &'s dyn Scope,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn constraint(&mut self, expr: &Expr) -> Constraint {
        let read = recurse(|| match &expr.kind {
            ExprKind::Variable(keyword) => keyword_type(keyword, expr.span),
            ExprKind::Null => keyword_type("null", expr.span),
            ExprKind::Bool(b) => keyword_type(if *b { "true" } else { "false" }, expr.span),
            ExprKind::Call { name, args, .. } => self.constructor(name, args, expr.span),
            ExprKind::Invalid => Ok(Constraint::any()),
            _ => Err(invalid(
                "A type specification is either a primitive type keyword (bool, number, string) or a complex type \
                 constructor call, like list(string).",
                expr.span,
            )),
        });
        read.unwrap_or_else(|diagnostic| {
            self.diagnostics.push(*diagnostic);
            Constraint::any()
        })
    }

    fn constructor(&mut self, name: &Ident, args: &[Expr], span: Span) -> Result<Constraint, Box<Diagnostic>> {
        let collection: fn(Type) -> Type = match &*name.text {
            "list" => Type::list,
            "set" => Type::set,
            "map" => Type::map,
            "object" | "tuple" => |ty| ty,
            "bool" | "string" | "number" => {
                return Err(invalid(
                    &format!("Primitive type keyword {:?} does not expect arguments.", name.text),
                    span,
                ));
            }
            "any" => return Err(invalid("Type constraint keyword \"any\" does not expect arguments.", span)),
            "optional" => {
                let detail = "Keyword \"optional\" is valid only as a modifier for object type attributes.";
                return Err(invalid(detail, name.span));
            }
            other => return Err(invalid(&format!("Keyword {other:?} is not a valid type constructor."), span)),
        };
        let [argument] = args else {
            let place = match args {
                [_, second, .., last] => second.span.to(last.span),
                [_, second] => second.span,
                _ => span,
            };
            return Err(needs_argument(&name.text, place));
        };
        match &*name.text {
            "object" => self.object(argument),
            "tuple" => self.tuple(argument),
            _ => {
                let Constraint { ty, defaults } = self.constraint(argument);
                Ok(Constraint {
                    ty: collection(ty),
                    defaults: defaults.map(|d| Defaults::Elements(Box::new(d).into())),
                })
            }
        }
    }

    fn tuple(&mut self, argument: &Expr) -> Result<Constraint, Box<Diagnostic>> {
        let ExprKind::Tuple(items) = &argument.kind else {
            return Err(invalid("Tuple type constructor requires a list of element types.", argument.span));
        };
        let mut types = Vec::new();
        let mut inner = BTreeMap::new();
        for (i, item) in items.iter().enumerate() {
            let Constraint { ty, defaults } = self.constraint(item);
            types.push(ty);
            if let Some(defaults) = defaults {
                inner.insert(i, Box::new(defaults).into());
            }
        }
        Ok(Constraint {
            ty: Type::Tuple(types.into()),
            defaults: (!inner.is_empty()).then_some(Defaults::Tuple(inner)),
        })
    }

    fn object(&mut self, argument: &Expr) -> Result<Constraint, Box<Diagnostic>> {
        let ExprKind::Object(items) = &argument.kind else {
            let detail = "Object type constructor requires a map whose keys are attribute names and whose values are \
                          the corresponding attribute types.";
            return Err(invalid(detail, argument.span));
        };
        let mut object = ObjectParts::default();
        for item in items {
            if let Err(diagnostic) = self.attribute(item, &mut object) {
                self.diagnostics.push(*diagnostic);
            }
        }
        let ObjectParts { attributes, values, inner } = object;
        let defaults = !(values.is_empty() && inner.is_empty());
        Ok(Constraint {
            ty: Type::Object(Arc::new(ObjectType::new(attributes)).into()),
            defaults: defaults.then_some(Defaults::Object { values, inner }),
        })
    }

    fn attribute(&mut self, item: &ObjectItem, object: &mut ObjectParts) -> Result<(), Box<Diagnostic>> {
        let name = attribute_name(&item.key)?;
        if object.attributes.contains_key(&name.text) {
            return Err(invalid("Object constructor map keys must be unique.", name.span));
        }
        let (ty_expr, default, optional) = match &item.value.kind {
            ExprKind::Call { name: modifier, args, .. } if &*modifier.text == "optional" => match args.as_slice() {
                [ty] => (ty, None, true),
                [ty, default] => (ty, Some(default), true),
                [] => {
                    let detail = "Optional attribute modifier requires the attribute type as its argument.";
                    return Err(invalid(detail, item.value.span));
                }
                _ => {
                    let detail = "Optional attribute modifier expects at most two arguments: the attribute type, and a \
                                  default value.";
                    return Err(invalid(detail, item.value.span));
                }
            },
            _ => (&item.value, None, false),
        };
        let Constraint { ty, defaults } = self.constraint(ty_expr);
        if let Some(value) = default.and_then(|default| self.default(default, &ty)) {
            object.values.insert(name.text.clone(), value);
        }
        if let Some(defaults) = defaults {
            object.inner.insert(name.text.clone(), Box::new(defaults).into());
        }
        object.attributes.insert(name.text.clone(), AttributeType { ty, optional });
        Ok(())
    }

    fn default(&mut self, expr: &Expr, ty: &Type) -> Option<Value> {
        let (value, diagnostics) = evaluate(expr, self.scope);
        let failed = diagnostics.has_errors();
        self.diagnostics.append(diagnostics);
        if failed {
            return None;
        }
        match convert(&value, ty) {
            Ok(value) => Some(value),
            Err(why) => {
                let detail = format!(
                    "This default value is not compatible with the attribute's type constraint: {}.",
                    why.message
                );
                self.diagnostics.push(error(
                    codes::DEFAULT,
                    "Invalid default value for optional attribute",
                    detail,
                    expr.span,
                ));
                None
            }
        }
    }
}

/// The parts of an object type as they are read.
#[derive(Default)]
struct ObjectParts {
    attributes: BTreeMap<Arc<str>, AttributeType>,
    values: BTreeMap<Arc<str>, Value>,
    inner: BTreeMap<Arc<str>, Deep<Box<Defaults>>>,
}

fn attribute_name(key: &ObjectKey) -> Result<Ident, Box<Diagnostic>> {
    match key {
        ObjectKey::Name(name) => Ok(name.clone()),
        ObjectKey::Expr(Expr { kind: ExprKind::Variable(name), span }) => Ok(Ident { text: name.clone(), span: *span }),
        ObjectKey::Expr(expr) => Err(invalid("Object constructor map keys must be attribute names.", expr.span)),
    }
}

fn keyword_type(keyword: &str, span: Span) -> Result<Constraint, Box<Diagnostic>> {
    let ty = match keyword {
        "bool" => Type::Bool,
        "string" => Type::String,
        "number" => Type::Number,
        "any" => Type::Any,
        "list" | "map" | "set" | "object" | "tuple" => return Err(needs_argument(keyword, span)),
        _ => return Err(invalid(&format!("The keyword {keyword:?} is not a valid type specification."), span)),
    };
    Ok(Constraint { ty, defaults: None })
}

fn needs_argument(constructor: &str, span: Span) -> Box<Diagnostic> {
    let what = match constructor {
        "object" => "the attribute types and values as a map",
        "tuple" => "the element types as a list",
        _ => "the element type",
    };
    invalid(&format!("The {constructor} type constructor requires one argument specifying {what}."), span)
}

fn invalid(detail: &str, span: Span) -> Box<Diagnostic> {
    Box::new(error(codes::CONSTRAINT, "Invalid type specification", detail, span))
}
