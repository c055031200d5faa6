//! The language: syntax, values, functions, evaluation and canonical formatting.
//!
//! Must not know state, plans, the network or the clock: what it needs of the world comes through traits.

pub mod eval;
pub mod fmt;
pub mod functions;
pub mod recursion;
pub mod syntax;
pub mod value;
pub mod write;

#[cfg(test)]
mod tests;
