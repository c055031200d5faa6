//! Directories in memory in, declarations and findings out.

mod blocks;
mod depth;
mod directories;
mod headers;
mod spellings;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::diag::{Code, Diagnostic, Diagnostics, Sources};
use crate::lang::syntax::ast::Expr;

/// A file system of texts.
#[derive(Default)]
struct Memory(BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(p, t)| (PathBuf::from(p), t.as_bytes().to_vec())).collect())
    }
}

impl Files for Memory {
    fn read_dir(&self, dir: &Path) -> io::Result<Vec<String>> {
        let dir = if dir == Path::new(".") { Path::new("") } else { dir };
        let inside = self.0.keys().filter(|p| p.parent() == Some(dir));
        let names: Vec<_> = inside.filter_map(|p| p.file_name()).map(|n| n.to_string_lossy().into_owned()).collect();
        if names.is_empty() && dir != Path::new("") { Err(io::ErrorKind::NotFound.into()) } else { Ok(names) }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or(io::ErrorKind::NotFound.into())
    }
}

/// No repositories, and no values.
struct Nowhere;

impl Outside for Nowhere {
    fn source(&self, callers: &[(Arc<str>, Arc<Module>)], expr: &Expr) -> Result<String, Diagnostics> {
        let names: Vec<&str> = callers.iter().map(|(name, _)| &**name).collect();
        Err(Diagnostic::error(Code("HW0223"), format!("asked for by {names:?}")).with_label(expr.span, "").into())
    }

    fn git(&self, url: &str, reference: Option<&str>) -> Result<PathBuf, String> {
        Err(format!("{url} at {reference:?}"))
    }
}

const KINDS: Kinds<'static> =
    Kinds { managed: &["service", "private_link", "terraform_data"], data: &["service", "backups"] };

struct Loaded {
    tree: ModuleTree,
    diagnostics: Diagnostics,
    sources: Sources,
}

fn load_files(files: &Memory) -> Loaded {
    let mut sources = Sources::default();
    let (tree, diagnostics) = Loader::new(files, KINDS, &mut sources).load_tree(Path::new("."), &Nowhere);
    Loaded { tree, diagnostics, sources }
}

fn load(files: &[(&str, &str)]) -> Loaded {
    load_files(&Memory::new(files))
}

impl Loaded {
    /// `code "text of the first label"` of each finding.
    fn findings(&self) -> Vec<String> {
        let text = |d: &crate::diag::Diagnostic| d.span().map_or("", |s| self.sources.snippet(s)).to_owned();
        self.diagnostics.iter().map(|d| format!("{} {}", d.code, text(d))).collect()
    }

    #[track_caller]
    fn sound(self) -> Arc<Module> {
        assert_eq!(self.findings(), Vec::<String>::new());
        self.tree.module
    }
}

/// The module of one native file, which must be without findings.
#[track_caller]
fn sound(text: &str) -> Arc<Module> {
    load(&[("main.hcl", text)]).sound()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(load(&[("main.hcl", text)]).findings(), expected, "{text}");
}

fn addresses(module: &Module) -> Vec<String> {
    module.resources.keys().map(ToString::to_string).collect()
}
