//! The codes of the evaluator's diagnostics: HW03 for values and types, HW04 for references.

use crate::diag::Code;

/// A number literal, or text read as a number, is not one.
pub const NUMBER: Code = Code("HW0301");
/// An operand does not fit its operator.
pub const OPERAND: Code = Code("HW0302");
/// An operation has no result: zero divided by zero, a null operand.
pub const OPERATION: Code = Code("HW0303");
/// The two results of a conditional have no type in common.
pub const CONDITIONAL_TYPES: Code = Code("HW0304");
/// A condition is null or not a truth value.
pub const CONDITION: Code = Code("HW0305");
/// An index selects nothing.
pub const INDEX: Code = Code("HW0306");
/// An attribute does not exist.
pub const ATTRIBUTE: Code = Code("HW0307");
/// A null value was taken apart.
pub const NULL_ACCESS: Code = Code("HW0308");
/// A key of an object is null, of the wrong type, ambiguous, or given twice.
pub const KEY: Code = Code("HW0309");
/// What a `for` or a splat goes over has no elements.
pub const ITERATION: Code = Code("HW0310");
/// A value cannot be part of a string.
pub const INTERPOLATION: Code = Code("HW0311");
/// The number of arguments is wrong, or `...` follows something that is no sequence.
pub const ARGUMENT_COUNT: Code = Code("HW0312");
/// An argument does not fit its parameter.
pub const ARGUMENT: Code = Code("HW0313");
/// A function could not compute a result.
pub const FUNCTION: Code = Code("HW0314");
/// A type constraint cannot be read.
pub const CONSTRAINT: Code = Code("HW0315");
/// A default value does not fit its type constraint.
pub const DEFAULT: Code = Code("HW0316");
/// No function has this name.
pub const UNKNOWN_FUNCTION: Code = Code("HW0401");
/// No value has this name.
pub const UNKNOWN_NAME: Code = Code("HW0402");
