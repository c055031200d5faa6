//! Calling: the checks every call goes through before and after the function itself.
//!
//! Must not know any particular function.

use crate::lang::value::convert::convert;
use crate::lang::value::{Marks, Number, Type, Value};

use super::signature::{Function, Returns, Signature};
use super::{Context, FunctionError, Templates};

/// Why a function refuses, and which argument is to blame.
#[derive(Debug)]
pub(super) struct Failure {
    pub argument: Option<usize>,
    pub message: String,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { argument: None, message }
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl Failure {
    pub fn at(argument: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(argument), message: message.into() }
    }
}

pub(super) type Result<T> = std::result::Result<T, Failure>;

/// The arguments as a function gets them: converted to its parameters' types, null, unknown or marked only where the
/// parameter allows it.
pub(super) struct Call<'a> {
    pub args: Vec<Value>,
    /// The type of the result, as it follows from the arguments.
    pub ty: Type,
    pub context: &'a Context,
    pub templates: &'a dyn Templates,
}

impl Call<'_> {
    /// The argument; a null where none was given, which only an optional one can be.
    pub fn arg(&self, index: usize) -> &Value {
        static MISSING: Value = Value::MISSING;
        self.args.get(index).unwrap_or(&MISSING)
    }

    /// The text of a string argument.
    pub fn text(&self, index: usize) -> &str {
        self.arg(index).as_str().unwrap_or_default()
    }

    /// The value of a number argument.
    pub fn number(&self, index: usize) -> Number {
        self.arg(index).as_number().cloned().unwrap_or_else(Number::zero)
    }

    /// A number argument that must be an integer.
    pub fn integer(&self, index: usize) -> std::result::Result<i64, String> {
        integer(self.arg(index))
    }

    /// A number argument as a 64-bit float.
    pub fn float(&self, index: usize) -> std::result::Result<f64, String> {
        let number = self.number(index);
        let float = number.to_f64();
        if float.is_infinite() && !number.is_infinite() {
            return Err(format!("value must be between {:.6} and {:.6} inclusive", f64::MIN, f64::MAX));
        }
        Ok(float)
    }

    /// An unknown value of the type of the result.
    pub fn unknown(&self) -> Value {
        Value::unknown(self.ty.clone())
    }

    /// The element type of a result that is a collection.
    pub fn element_ty(&self) -> Type {
        self.ty.element().cloned().unwrap_or(Type::Any)
    }
}

/// The integer a number is.
pub(super) fn integer(value: &Value) -> std::result::Result<i64, String> {
    value.as_i64().ok_or_else(|| format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
}

/// The text in quotes for a message, or what stands for it when it must not be shown.
pub(super) fn shown(text: &str, marks: Marks) -> String {
    if marks.sensitive { "(sensitive value)".to_owned() } else { format!("{text:?}") }
}

/// Calls a function with arguments that may be anything.
pub(super) fn call(
    function: &Function,
    args: &[Value],
    context: &Context,
    templates: &dyn Templates,
) -> std::result::Result<Value, FunctionError> {
    let signature = &function.signature;
    count(signature, args).map_err(|message| FunctionError { argument: None, parameter: String::new(), message })?;
    checked(function, args, context, templates).map_err(|failure| {
        let parameter = failure.argument.and_then(|i| signature.parameter(i));
        FunctionError {
            argument: parameter.and(failure.argument),
            parameter: parameter.map(|p| p.name.to_owned()).unwrap_or_default(),
            message: failure.message,
        }
    })
}

fn count(signature: &Signature, args: &[Value]) -> std::result::Result<(), String> {
    let (wanted, given) = (signature.parameters.len(), args.len());
    match signature.variadic {
        None if given != wanted => Err(format!("wrong number of arguments ({wanted} required; {given} given)")),
        Some(_) if given < wanted => {
            Err(format!("wrong number of arguments (at least {wanted} required; {given} given)"))
        }
        _ => Ok(()),
    }
}

fn checked(function: &Function, args: &[Value], context: &Context, templates: &dyn Templates) -> Result<Value> {
    let mut converted = Vec::with_capacity(args.len());
    for (i, (arg, parameter)) in args.iter().zip((0..).filter_map(|i| function.signature.parameter(i))).enumerate() {
        converted.push(convert(arg, &parameter.wanted.ty()).map_err(|e| Failure::at(i, e.message))?);
    }
    let Admitted { args, marks, unknown, untyped } = admit(&function.signature, converted)?;
    if untyped {
        return Ok(Value::unknown(Type::Any).with_marks(marks));
    }
    let ty = match function.returns {
        Returns::Always(wanted) => wanted.ty(),
        Returns::From(find) => find(&args)?,
    };
    let result = if unknown { Value::unknown(ty) } else { (function.body)(&Call { args, ty, context, templates })? };
    let result = result.with_marks(marks);
    Ok(if function.never_null { result.refine_not_null() } else { result })
}

/// Arguments that passed the checks of their parameters.
struct Admitted {
    args: Vec<Value>,
    /// Of the arguments whose parameters do not allow any.
    marks: Marks,
    /// One is unknown where that makes the result unknown.
    unknown: bool,
    /// One has no type yet, so that the result can have none either.
    untyped: bool,
}

fn admit(signature: &Signature, args: Vec<Value>) -> Result<Admitted> {
    let mut admitted =
        Admitted { args: Vec::with_capacity(args.len()), marks: Marks::NONE, unknown: false, untyped: false };
    for (i, mut arg) in args.into_iter().enumerate() {
        let Some(parameter) = signature.parameter(i) else { break };
        if !parameter.allow_marked {
            let (bare, marks) = arg.unmark_deep();
            admitted.marks |= marks;
            arg = bare;
        }
        if arg.is_null() && !parameter.allow_null && !admitted.untyped {
            return Err(Failure::at(i, "argument must not be null"));
        }
        admitted.untyped |= !parameter.allow_untyped && arg.ty() == Type::Any;
        admitted.unknown |= !parameter.allow_unknown && !arg.is_known();
        admitted.args.push(arg);
    }
    Ok(admitted)
}
