//! Reading directories: which files, in which order, and what cannot be read.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Body, Expr, ExprKind};
use crate::lang::syntax::parse_file;

use super::canonical::{Canonical, Declared, Kinds};
use super::declarations::{Module, ModuleCall};
use super::decode::decode;
use super::files::{ConfigFile, Files, Syntax};
use super::source::{self, Source};
use super::{json, messages, overrides};

/// Levels of module calls below the root. Whoever walks the tree of modules by recursion relies on it: a configuration of
/// so many directories inside each other is a mistake, and every level can multiply the modules below it.
const MAX_MODULE_DEPTH: usize = 100;

/// A module with the modules it calls, by the names of the calls.
#[derive(Debug, Clone, PartialEq)]
pub struct ModuleTree {
    pub module: Arc<Module>,
    pub calls: BTreeMap<Arc<str>, ModuleTree>,
}

/// What reading a tree of modules needs of others.
pub trait Outside {
    /// The text of a source that is no literal. `callers` are the modules from the root to the calling one, with the
    /// names of the calls between them (the root's is empty).
    ///
    /// # Errors
    /// Why it cannot be told.
    fn source(&self, callers: &[(Arc<str>, Arc<Module>)], expr: &Expr) -> Result<String, Diagnostics>;

    /// A directory with the files of a git repository.
    ///
    /// # Errors
    /// Why it cannot be had, in words.
    fn git(&self, url: &str, reference: Option<&str>) -> Result<PathBuf, String>;
}

/// Reads configuration, and registers the texts it reads in the sources that diagnostics point into.
pub struct Loader<'a> {
    files: &'a dyn Files,
    kinds: Kinds<'a>,
    sources: &'a mut Sources,
    /// Modules read already, by their directory: several calls share one.
    loaded: BTreeMap<PathBuf, Arc<Module>>,
}

impl<'a> Loader<'a> {
    pub fn new(files: &'a dyn Files, kinds: Kinds<'a>, sources: &'a mut Sources) -> Self {
        Self { files, kinds, sources, loaded: BTreeMap::new() }
    }

    /// The module in a directory and all modules it calls.
    pub fn load_tree(&mut self, dir: &Path, outside: &dyn Outside) -> (ModuleTree, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let dir = resolved(dir);
        let module = self.module(&dir, &mut diagnostics);
        let mut path = Descent { directories: vec![dir], callers: vec![(Arc::from(""), module.clone())], outside };
        let tree = self.tree(module, &mut path, &mut diagnostics);
        check_clouds(&tree.module, &mut diagnostics);
        (tree, diagnostics.sorted())
    }

    /// The module in one directory.
    pub fn load_module(&mut self, dir: &Path) -> (Arc<Module>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let module = self.module(&resolved(dir), &mut diagnostics);
        (module, diagnostics.sorted())
    }

    fn tree(&mut self, module: Arc<Module>, path: &mut Descent<'_>, diagnostics: &mut Diagnostics) -> ModuleTree {
        let mut calls = BTreeMap::new();
        for (name, call) in &module.module_calls {
            let Some((dir, span)) = directory(&module, call, path, diagnostics) else { continue };
            if path.directories.contains(&dir) {
                diagnostics.push(messages::module_cycle(span, &dir));
                continue;
            }
            if path.directories.len() > MAX_MODULE_DEPTH {
                diagnostics.push(messages::modules_too_deep(span, MAX_MODULE_DEPTH));
                continue;
            }
            let mut found = Diagnostics::new();
            let called = self.module(&dir, &mut found);
            // What cannot be read has no place of its own; the call is what asks for it.
            let placed = |d: Diagnostic| if d.labels.is_empty() { d.with_label(span, "called here") } else { d };
            diagnostics.extend(found.into_iter().map(placed));
            if let Some(state) = &called.state {
                diagnostics.push(messages::state_in_child(state.span));
            }
            path.directories.push(dir);
            path.callers.push((name.clone(), called.clone()));
            calls.insert(name.clone(), recurse(|| self.tree(called, path, diagnostics)));
            path.directories.pop();
            path.callers.pop();
        }
        ModuleTree { module, calls }
    }

    fn module(&mut self, dir: &Path, diagnostics: &mut Diagnostics) -> Arc<Module> {
        if let Some(module) = self.loaded.get(dir) {
            return Arc::clone(module);
        }
        let blocks = self.blocks(dir, diagnostics);
        let module = Arc::new(decode(dir, blocks, self.kinds, diagnostics));
        self.loaded.insert(dir.to_owned(), Arc::clone(&module));
        module
    }

    /// The blocks of all files of a directory, overrides merged.
    fn blocks(&mut self, dir: &Path, diagnostics: &mut Diagnostics) -> Vec<Declared> {
        let mut names = match self.files.read_dir(dir) {
            Ok(names) => names,
            Err(cause) => {
                diagnostics.push(messages::unreadable(dir, "directory", &cause));
                return Vec::new();
            }
        };
        names.sort_unstable();
        let files: Vec<_> = names.into_iter().filter_map(|n| ConfigFile::classify(&n).map(|file| (n, file))).collect();
        if files.is_empty() {
            diagnostics.push(messages::no_configuration(dir));
        }
        let (mut blocks, mut changes) = (Vec::new(), Vec::new());
        let mut canonical = Canonical::new(self.kinds);
        for (name, file) in files {
            let path = if dir == Path::new(".") { PathBuf::from(name) } else { dir.join(name) };
            let Some(body) = self.file(&path, file.syntax, diagnostics) else { continue };
            let into = if file.is_override { &mut changes } else { &mut blocks };
            into.extend(canonical.file(body));
        }
        diagnostics.append(canonical.finish());
        for change in changes {
            overrides::merge(&mut blocks, change, diagnostics);
        }
        blocks
    }

    fn file(&mut self, path: &Path, syntax: Syntax, diagnostics: &mut Diagnostics) -> Option<Body> {
        let (file, text) = self.text(path, diagnostics)?;
        let (body, found) = match syntax {
            Syntax::Native => parse_file(file, &text),
            Syntax::Json => json::parse(file, &text),
        };
        diagnostics.append(found);
        Some(body)
    }

    fn text(&mut self, path: &Path, diagnostics: &mut Diagnostics) -> Option<(FileId, Arc<str>)> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(cause) => {
                diagnostics.push(messages::unreadable(path, "file", &cause));
                return None;
            }
        };
        if u32::try_from(bytes.len()).is_err() {
            diagnostics.push(messages::too_large(path));
            return None;
        }
        let name = path.display().to_string();
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text: Arc<str> = Arc::from(text);
                Some((self.sources.add(name, Arc::clone(&text)), text))
            }
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let line = text.get(..offset).map_or(1, |t| t.matches('\n').count() + 1);
                let end = offset + char::REPLACEMENT_CHARACTER.len_utf8();
                let file = self.sources.add(name, text);
                diagnostics.push(messages::not_utf8(path, offset, line, Span::new(file, offset, end)));
                None
            }
        }
    }
}

/// The way from the root to a module.
struct Descent<'o> {
    /// A module cannot contain itself.
    directories: Vec<PathBuf>,
    callers: Vec<(Arc<str>, Arc<Module>)>,
    outside: &'o dyn Outside,
}

/// The directory of a called module, and where its source is written.
fn directory(
    caller: &Module,
    call: &ModuleCall,
    path: &Descent<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(PathBuf, Span)> {
    let expr = call.source.as_ref().filter(|e| e.kind != ExprKind::Invalid)?;
    let literal = match &expr.kind {
        ExprKind::Template(template) => template.literal().map(str::to_owned),
        _ => None,
    };
    let text = match literal.map_or_else(|| path.outside.source(&path.callers, expr), Ok) {
        Ok(text) => text,
        Err(found) => {
            diagnostics.append(found);
            return None;
        }
    };
    let dir = match source::parse(&text) {
        Ok(Source::Local(local)) => caller.dir.join(local),
        Ok(Source::Git { url, reference, directory }) => match path.outside.git(&url, reference.as_deref()) {
            Ok(copy) => copy.join(directory),
            Err(why) => {
                diagnostics.push(messages::not_fetched(expr.span, &why));
                return None;
            }
        },
        Err(why) => {
            diagnostics.push(messages::invalid_source(expr.span, &text, why));
            return None;
        }
    };
    Some((resolved(&dir), expr.span))
}

/// Choices of clouds that no block declares. Called modules get theirs from the caller, so only the root is judged.
fn check_clouds(root: &Module, diagnostics: &mut Diagnostics) {
    let known: Vec<&str> = root.clouds.iter().filter_map(|c| c.label.as_ref()).map(|l| &*l.text).collect();
    let resources = root.resources.values().filter_map(|r| r.cloud.as_ref());
    let imports = root.imports.iter().filter_map(|i| i.cloud.as_ref());
    let calls = root.module_calls.values().flat_map(|c| c.clouds.values());
    for choice in resources.chain(imports).chain(calls) {
        if let Some(label) = choice.label.as_deref().filter(|l| !known.contains(l)) {
            diagnostics.push(messages::unknown_cloud(choice.span, label, &known));
        }
    }
}

/// The path without `.` (unless it is nothing else) and without `..` where a name stands before it.
fn resolved(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match (component, out.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => _ = out.pop(),
            (component, _) => out.push(component),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}
