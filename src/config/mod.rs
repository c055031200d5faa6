//! Configuration: from the files of a directory to what they declare.
//!
//! Owns which files are read, the spellings of headers (`.tf` and `.hcl` name the same things), what the language's own
//! blocks may hold, overrides, duplicates, and files with values for variables. Expressions are kept as written. Must
//! not know values, state, or which kinds of resources exist and what they hold: their names are given by the caller.

mod canonical;
mod constants;
mod declarations;
mod decode;
mod fields;
mod files;
mod json;
mod loader;
mod messages;
mod meta;
mod overrides;
mod reference;
mod source;
mod target;
mod tfvars;

pub use canonical::Kinds;
pub use declarations::*;
pub use files::{ConfigFile, EXTENSIONS, Files, Syntax};
pub use loader::{Loader, ModuleTree, Outside};
pub use reference::{Subject, kind_name, leading_names};
pub use tfvars::{parse_tfvars, parse_tfvars_json};

#[cfg(test)]
mod tests;
