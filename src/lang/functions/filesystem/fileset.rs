//! `fileset`: the files below a directory that match a pattern.

use std::path::{Component, Path, PathBuf};

use regex::Regex;

use crate::lang::value::{Type, Value};

use super::super::call::{Call, Result, shown};
use super::super::{Context, FileKind};
use super::{clean, pattern};

/// Directories within directories; more means links that lead round in a circle.
const MAX_DEPTH: usize = 64;

/// Characters that make a part of a pattern more than a name.
const SPECIAL: [char; 5] = ['*', '?', '[', '{', '\\'];

pub(super) fn fileset(call: &Call<'_>) -> Result<Value> {
    let marks = call.arg(0).marks | call.arg(1).marks;
    if call.args.iter().any(|a| !a.is_known()) {
        return Ok(call.unknown().with_marks(marks));
    }
    let base = clean(&call.context.module_dir.join(call.text(0)));
    let wanted = clean_pattern(call.text(1));
    let (start, rest) = split_names(&base, &wanted);
    let matcher = (!rest.is_empty()).then(|| pattern::compile(&rest)).transpose().map_err(|why| {
        format!("failed to glob pattern {}: {why}", shown(&base.join(&wanted).to_string_lossy(), marks))
    })?;
    let depth = if rest.contains("**") { MAX_DEPTH } else { rest.matches('/').count() + 1 };
    let mut search = Search { context: call.context, start: &start, matcher, found: Vec::new() };
    search.path(Path::new(""), if rest.is_empty() { 0 } else { depth });
    let names = search.found.iter().map(|path| Value::from(relative(&base, &clean(&start.join(path)))));
    Ok(Value::set(Type::String, names.collect()).with_marks(marks))
}

/// The pattern without `.` and with `..` taking away what stands before it.
fn clean_pattern(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The directory that the leading plain names of the pattern lead to, and the rest of the pattern.
fn split_names(base: &Path, pattern: &str) -> (PathBuf, String) {
    let mut directory = base.to_owned();
    let mut rest = pattern;
    while !rest.is_empty() {
        let (part, after) = rest.split_once('/').unwrap_or((rest, ""));
        if part.contains(SPECIAL) {
            break;
        }
        directory.push(part);
        rest = after;
    }
    (clean(&directory), rest.to_owned())
}

struct Search<'a> {
    context: &'a Context,
    start: &'a Path,
    /// `None` when the start itself is what is asked for.
    matcher: Option<Regex>,
    found: Vec<PathBuf>,
}

impl Search<'_> {
    /// Joining nothing would add a slash, with which a file cannot be found.
    fn at(&self, path: &Path) -> PathBuf {
        if path.as_os_str().is_empty() { self.start.to_owned() } else { self.start.join(path) }
    }

    /// Looks at a path below the start, and at what it contains as far as that depth. What cannot be read is passed over.
    fn path(&mut self, path: &Path, depth: usize) {
        let is_start = path.as_os_str().is_empty();
        let wanted = || self.matcher.as_ref().is_none_or(|m| !is_start && m.is_match(&path.to_string_lossy()));
        match self.context.files.kind(&self.at(path)) {
            Ok(FileKind::File) if wanted() => self.found.push(path.to_owned()),
            Ok(FileKind::Directory) if depth > 0 => self.directory(path, depth - 1),
            _ => {}
        }
    }

    fn directory(&mut self, path: &Path, depth: usize) {
        let mut names = self.context.files.list(&self.at(path)).unwrap_or_default();
        names.sort();
        for name in names {
            self.path(&path.join(name), depth);
        }
    }
}

/// The way from one directory to a path, with slashes.
fn relative(from: &Path, to: &Path) -> String {
    let is_step = |c: &Component<'_>| *c != Component::CurDir;
    let from: Vec<Component<'_>> = from.components().filter(is_step).collect();
    let to: Vec<Component<'_>> = to.components().filter(is_step).collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(common).map(|_| "..".to_owned());
    let down = to.iter().skip(common).map(|c| c.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
