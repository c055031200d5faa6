//! Functions of files and paths. Relative paths start at the module's directory, `~` at the home directory.

mod fileset;
mod pattern;

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::lang::value::{Marks, Type, Value};

use super::call::{Call, Failure, Result, shown};
use super::crypto;
use super::signature::{BOOL, Function, Parameter, Returns, STRING, Wanted, any, string};
use super::{Context, FileKind};

const PATH: &[Parameter] = &[string("path")];
const OPEN_PATH: &[Parameter] = &[string("path").marked().unknown()];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("abspath", PATH, STRING, |c| Ok(path_value(&clean(&c.context.cwd.join(c.text(0)))))),
    Function::new("basename", PATH, STRING, |c| Ok(Value::from(basename(c.text(0))))),
    Function::new("dirname", PATH, STRING, |c| Ok(Value::from(dirname(c.text(0))))),
    Function::new("file", OPEN_PATH, STRING, file),
    Function::new("filebase64", OPEN_PATH, STRING, filebase64),
    Function::new("filebase64sha256", PATH, STRING, |c| hash(c, crypto::base64sha256)),
    Function::new("filebase64sha512", PATH, STRING, |c| hash(c, crypto::base64sha512)),
    Function::new("fileexists", OPEN_PATH, BOOL, fileexists),
    Function::new("filemd5", PATH, STRING, |c| hash(c, crypto::md5)),
    Function::new(
        "fileset",
        &[string("path").marked().unknown(), string("pattern").marked().unknown()],
        Returns::Always(Wanted::SetOfString),
        fileset::fileset,
    ),
    Function::new("filesha1", PATH, STRING, |c| hash(c, crypto::sha1)),
    Function::new("filesha256", PATH, STRING, |c| hash(c, crypto::sha256)),
    Function::new("filesha512", PATH, STRING, |c| hash(c, crypto::sha512)),
    Function::new("pathexpand", PATH, STRING, pathexpand),
    Function::new(
        "templatefile",
        &[string("path").marked().unknown(), any("vars").marked().unknown()],
        Returns::Always(Wanted::Any),
        templatefile,
    )
    .maybe_null(),
    // Done by the evaluator: it takes an expression.
    Function::new("templatestring", &[any("template"), any("vars")], STRING, |_| {
        Err("this function takes an expression and cannot be called with a value".into())
    }),
];

fn path_value(path: &Path) -> Value {
    Value::from(path.to_string_lossy().into_owned())
}

/// The path without `.` and, by its text alone, without `..`.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match cleaned.components().next_back() {
                Some(Component::Normal(_)) => {
                    cleaned.pop();
                }
                Some(Component::RootDir) => {}
                _ => cleaned.push(".."),
            },
            other => cleaned.push(other),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

/// The last part of a path.
fn basename(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        trimmed => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
}

/// Everything but the last part of a path.
fn dirname(path: &str) -> String {
    let before = path.rfind('/').and_then(|i| path.get(..=i)).unwrap_or_default();
    clean(Path::new(before)).to_string_lossy().into_owned()
}

/// The path with a leading `~` replaced.
fn expand(context: &Context, path: &str) -> std::result::Result<PathBuf, String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(PathBuf::from(path)) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err("cannot expand user-specific home dir".to_owned());
    }
    let home = context.home.as_ref().ok_or("the home directory is not known")?;
    Ok(clean(&home.join(rest.trim_start_matches('/'))))
}

fn pathexpand(call: &Call<'_>) -> Result<Value> {
    if !call.text(0).starts_with('~') {
        return Ok(call.arg(0).clone());
    }
    Ok(path_value(&expand(call.context, call.text(0))?))
}

/// Where a path given to a file function points.
fn locate(context: &Context, path: &str) -> std::result::Result<PathBuf, String> {
    let path = expand(context, path).map_err(|e| format!("failed to expand ~: {e}"))?;
    Ok(clean(&context.module_dir.join(path)))
}

fn read(context: &Context, path: &str, marks: Marks) -> std::result::Result<Vec<u8>, String> {
    let shown = shown(path, marks);
    context.files.read(&locate(context, path)?).map_err(|e| match e.kind() {
        ErrorKind::NotFound => format!(
            "no file exists at {shown}; this function works only with files that are distributed as part of the \
             configuration source code, so if this file will be created by a resource in this configuration you must \
             instead obtain this result from an attribute of that resource"
        ),
        _ => format!("failed to read file {shown}: {e}"),
    })
}

fn read_text(context: &Context, path: &str, marks: Marks) -> Result<String> {
    let bytes = read(context, path, marks).map_err(|why| Failure::at(0, why))?;
    String::from_utf8(bytes).map_err(|_| {
        let shown = shown(path, marks);
        format!(
            "contents of {shown} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents or \
             the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead"
        )
        .into()
    })
}

fn file(call: &Call<'_>) -> Result<Value> {
    let path = call.arg(0);
    if !path.is_known() {
        return Ok(call.unknown().with_marks(path.marks));
    }
    Ok(Value::from(read_text(call.context, call.text(0), path.marks)?).with_marks(path.marks))
}

fn filebase64(call: &Call<'_>) -> Result<Value> {
    let path = call.arg(0);
    if !path.is_known() {
        return Ok(call.unknown().with_marks(path.marks));
    }
    let bytes = read(call.context, call.text(0), path.marks).map_err(|why| Failure::at(0, why))?;
    Ok(Value::from(STANDARD.encode(bytes)).with_marks(path.marks))
}

fn hash(call: &Call<'_>, digest: fn(&[u8]) -> String) -> Result<Value> {
    let path = locate(call.context, call.text(0))?;
    let bytes = call.context.files.read(&path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => format!("open {}: no such file or directory", path.display()),
        _ => format!("read {}: {e}", path.display()),
    })?;
    Ok(Value::from(digest(&bytes)))
}

fn fileexists(call: &Call<'_>) -> Result<Value> {
    let arg = call.arg(0);
    if !arg.is_known() {
        return Ok(call.unknown().with_marks(arg.marks));
    }
    let path = locate(call.context, call.text(0))?;
    let shown = shown(&path.to_string_lossy(), arg.marks);
    let exists = match call.context.files.kind(&path) {
        Ok(FileKind::File) => true,
        Ok(FileKind::Directory) => return Err(format!("{shown} is a directory, not a file").into()),
        Ok(FileKind::Other) => return Err(format!("{shown} is not a regular file").into()),
        Err(e) if e.kind() == ErrorKind::NotFound => false,
        Err(_) => return Err(format!("failed to stat {shown}").into()),
    };
    Ok(Value::bool(exists).with_marks(arg.marks))
}

fn templatefile(call: &Call<'_>) -> Result<Value> {
    let (path, variables) = (call.arg(0), call.arg(1));
    let (bare, variable_marks) = variables.unmark_deep();
    let marks = path.marks | variable_marks;
    if !path.is_known() || !bare.is_known() {
        return Ok(Value::unknown(Type::Any).with_marks(marks));
    }
    let name = call.text(0);
    let text = read_text(call.context, name, path.marks)?;
    let result = call.templates.render(name, &text, &bare);
    result.map(|value| value.with_marks(marks)).map_err(|(argument, message)| Failure { argument, message })
}
