//! The functions of the language: their signatures, the checks every call goes through, and what they do.
//!
//! A function is pure but for what [`Context`] lends it: files, randomness, the time. `try`, `can` and `templatestring`
//! take expressions and are therefore done by the evaluator; they are listed here so that their signatures are known.
//! Must not know expressions, configuration, state or the network.

mod call;
mod collection;
mod conversion;
mod crypto;
mod encoding;
mod filesystem;
mod format;
mod network;
mod numeric;
mod regexp;
mod signature;
mod string;
mod text_encoding;
mod tfvars;
mod time;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crate::lang::value::Value;

pub use signature::{Parameter, Signature, Wanted};

use signature::Function;

/// What functions need of the world.
#[derive(Clone)]
pub struct Context {
    pub files: Arc<dyn Files>,
    pub random: Arc<dyn Random>,
    /// The directory of the module at hand; relative paths of the file functions start here.
    pub module_dir: PathBuf,
    /// The working directory; `abspath` starts here. Absolute.
    pub cwd: PathBuf,
    /// What a leading `~` stands for.
    pub home: Option<PathBuf>,
    /// The time a plan was made: what `timestamp` and `plantimestamp` answer.
    pub now: jiff::Timestamp,
    /// While planning, what differs from call to call is unknown: `timestamp`, `uuid` and `bcrypt`.
    pub planning: bool,
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    File,
    Directory,
    /// A device, a pipe, a socket.
    Other,
}

/// Access to files; links are followed.
pub trait Files: Send + Sync {
    /// The content of a file.
    ///
    /// # Errors
    /// When it cannot be read; `NotFound` when there is none.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// # Errors
    /// When it cannot be told; `NotFound` when there is nothing.
    fn kind(&self, path: &Path) -> io::Result<FileKind>;

    /// The names in a directory, in any order.
    ///
    /// # Errors
    /// When the path is no directory or cannot be read.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
}

/// A source of random bytes that nobody can predict.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// What needs the parser or the evaluator. Reasons in errors come without a final full stop.
pub trait Templates {
    /// Renders a template; `name` stands for it in messages. `variables` is known and has no marks.
    ///
    /// # Errors
    /// Which argument is to blame: the template (0), the variables (1), or none, and why.
    fn render(&self, name: &str, text: &str, variables: &Value) -> Result<Value, (Option<usize>, String)>;

    /// The object of the constant attributes that text in the syntax of variable files holds.
    ///
    /// # Errors
    /// When the text has another form.
    fn read_variables(&self, text: &str) -> Result<Value, String>;
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// The argument to blame, from 0.
    pub argument: Option<usize>,
    /// The name of its parameter; empty without an argument to blame.
    pub parameter: String,
    /// Why, in lower case, without a final full stop.
    pub message: String,
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FunctionError {}

const FAMILIES: [&[Function]; 13] = [
    collection::FUNCTIONS,
    conversion::FUNCTIONS,
    crypto::FUNCTIONS,
    encoding::FUNCTIONS,
    filesystem::FUNCTIONS,
    format::FUNCTIONS,
    network::FUNCTIONS,
    numeric::FUNCTIONS,
    regexp::FUNCTIONS,
    string::FUNCTIONS,
    tfvars::FUNCTIONS,
    time::FUNCTIONS,
    yaml::FUNCTIONS,
];

static REGISTRY: LazyLock<BTreeMap<&'static str, &'static Function>> =
    LazyLock::new(|| FAMILIES.iter().flat_map(|f| f.iter()).map(|f| (f.signature.name, f)).collect());

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| REGISTRY.keys().copied().collect());

fn find(name: &str) -> Option<&'static Function> {
    REGISTRY.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}

/// The parameters of a function, by its name with or without `core::`.
pub fn signature(name: &str) -> Option<&'static Signature> {
    find(name).map(|f| &f.signature)
}

/// The names of all functions, sorted, without `core::`.
pub fn names() -> &'static [&'static str] {
    &NAMES
}

/// Calls a function.
///
/// # Errors
/// When there is no function of that name, the number of arguments is wrong, an argument is refused, or the function
/// fails.
pub fn call(name: &str, args: &[Value], context: &Context, templates: &dyn Templates) -> Result<Value, FunctionError> {
    let Some(function) = find(name) else {
        let message = format!("there is no function named {name:?}");
        return Err(FunctionError { argument: None, parameter: String::new(), message });
    };
    call::call(function, args, context, templates)
}

#[cfg(test)]
mod tests;
