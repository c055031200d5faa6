//! What a function takes and gives.
//!
//! Must not know what a function does with it.

use crate::lang::value::{Type, Value};

use super::call::{Call, Failure};

/// A function's parameters; for calls, messages and completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    pub name: &'static str,
    pub parameters: &'static [Parameter],
    /// Takes every argument beyond the parameters.
    pub variadic: Option<Parameter>,
}

impl Signature {
    /// The parameter an argument belongs to.
    pub fn parameter(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }
}

/// One parameter. Without any allowance an argument must not be null, an unknown one makes the result unknown, and marks
/// pass from it to the result without the function seeing them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub wanted: Wanted,
    pub allow_null: bool,
    pub allow_unknown: bool,
    /// Untyped values too: a bare `null`, or one that is wholly unknown.
    pub allow_untyped: bool,
    pub allow_marked: bool,
}

/// The types parameters and results have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Any,
    Bool,
    Number,
    String,
    ListOfAny,
    ListOfBool,
    ListOfNumber,
    ListOfString,
    SetOfAny,
    SetOfString,
    MapOfListOfString,
}

impl Wanted {
    pub fn ty(self) -> Type {
        match self {
            Self::Any => Type::Any,
            Self::Bool => Type::Bool,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::ListOfAny => Type::list(Type::Any),
            Self::ListOfBool => Type::list(Type::Bool),
            Self::ListOfNumber => Type::list(Type::Number),
            Self::ListOfString => Type::list(Type::String),
            Self::SetOfAny => Type::set(Type::Any),
            Self::SetOfString => Type::set(Type::String),
            Self::MapOfListOfString => Type::map(Type::list(Type::String)),
        }
    }
}

impl Parameter {
    pub(super) const fn new(name: &'static str, wanted: Wanted) -> Self {
        Self { name, wanted, allow_null: false, allow_unknown: false, allow_untyped: false, allow_marked: false }
    }

    pub(super) const fn nullable(self) -> Self {
        Self { allow_null: true, ..self }
    }

    pub(super) const fn unknown(self) -> Self {
        Self { allow_unknown: true, ..self }
    }

    pub(super) const fn untyped(self) -> Self {
        Self { allow_untyped: true, ..self }
    }

    pub(super) const fn marked(self) -> Self {
        Self { allow_marked: true, ..self }
    }
}

pub(super) const fn any(name: &'static str) -> Parameter {
    Parameter::new(name, Wanted::Any)
}

pub(super) const fn number(name: &'static str) -> Parameter {
    Parameter::new(name, Wanted::Number)
}

pub(super) const fn string(name: &'static str) -> Parameter {
    Parameter::new(name, Wanted::String)
}

/// How the type of the result follows from the arguments.
pub(super) enum Returns {
    /// Always the same.
    Always(Wanted),
    /// From the arguments, which may be unknown; also the place to refuse what their types tell to be wrong.
    From(fn(&[Value]) -> Result<Type, Failure>),
}

/// A function of the registry.
pub(super) struct Function {
    pub signature: Signature,
    pub returns: Returns,
    /// An unknown result cannot turn out null.
    pub never_null: bool,
    pub body: fn(&Call<'_>) -> Result<Value, Failure>,
}

impl Function {
    pub const fn new(
        name: &'static str,
        parameters: &'static [Parameter],
        returns: Returns,
        body: fn(&Call<'_>) -> Result<Value, Failure>,
    ) -> Self {
        Self { signature: Signature { name, parameters, variadic: None }, returns, never_null: true, body }
    }

    pub const fn variadic(mut self, parameter: Parameter) -> Self {
        self.signature.variadic = Some(parameter);
        self
    }

    pub const fn maybe_null(mut self) -> Self {
        self.never_null = false;
        self
    }
}

pub(super) const BOOL: Returns = Returns::Always(Wanted::Bool);
pub(super) const NUMBER: Returns = Returns::Always(Wanted::Number);
pub(super) const STRING: Returns = Returns::Always(Wanted::String);
pub(super) const STRINGS: Returns = Returns::Always(Wanted::ListOfString);
