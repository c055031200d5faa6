//! Modules from outside: sources that variables decide, and git repositories, fetched once by the `git` program and
//! kept in the working directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::config::{Module, ModuleTree, Outside};
use crate::desired::{Assignment, Completeness, Evaluation};
use crate::diag::Diagnostics;
use crate::host;
use crate::lang::functions;
use crate::lang::syntax::ast::Expr;

pub(super) struct Repositories<'a> {
    /// Where copies are kept.
    pub directory: PathBuf,
    /// Fetch anew what is there already.
    pub update: bool,
    pub assignments: &'a [Assignment],
    pub functions: functions::Context,
}

impl Outside for Repositories<'_> {
    fn source(&self, callers: &[(Arc<str>, Arc<Module>)], expr: &Expr) -> Result<String, Diagnostics> {
        let names: Vec<Arc<str>> = callers.iter().skip(1).map(|(name, _)| name.clone()).collect();
        let tree = chain(callers);
        let (evaluation, found) =
            Evaluation::new(&tree, self.functions.clone(), self.assignments.to_vec(), Completeness::Lenient);
        // What is wrong elsewhere is told when the whole is evaluated.
        drop(found);
        evaluation.source(&names, expr)
    }

    fn git(&self, url: &str, reference: Option<&str>) -> Result<PathBuf, String> {
        let digest = Sha256::digest(format!("{url}\n{}", reference.unwrap_or_default()));
        let name: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
        let place = self.directory.join(name);
        if place.is_dir() {
            if !self.update {
                return Ok(place);
            }
            host::remove(&place).map_err(|e| e.to_string())?;
        }
        let [a, b, c, d] = host::random::<4>();
        let fresh = self.directory.join(format!(".{a:02x}{b:02x}{c:02x}{d:02x}"));
        let fetched = fetch(url, reference, &fresh)
            .and_then(|()| host::remove(&fresh.join(".git")).map_err(|e| e.to_string()))
            .and_then(|()| keep(&fresh, &place));
        // What is half fetched is of no use to anybody.
        let removed = host::remove(&fresh).map_err(|e| e.to_string());
        fetched.and(removed).map(|()| place)
    }
}

/// The modules from the root to the caller, as a tree without anything beside them.
fn chain(callers: &[(Arc<str>, Arc<Module>)]) -> ModuleTree {
    let mut tree: Option<(Arc<str>, ModuleTree)> = None;
    for (name, module) in callers.iter().rev() {
        let calls = tree.into_iter().collect();
        tree = Some((name.clone(), ModuleTree { module: module.clone(), calls }));
    }
    tree.map_or_else(|| ModuleTree { module: Arc::default(), calls: Default::default() }, |(_, tree)| tree)
}

/// Puts the files of a repository at a reference into a directory that does not exist yet.
fn fetch(url: &str, reference: Option<&str>, into: &Path) -> Result<(), String> {
    let target = into.to_string_lossy();
    let Some(reference) = reference else {
        return git(&["clone", "--quiet", "--depth", "1", "--", url, &target]);
    };
    // The short way knows branches and tags; a commit needs the whole history.
    let short = git(&["clone", "--quiet", "--depth", "1", "--branch", reference, "--", url, &target]);
    if short.is_ok() {
        return short;
    }
    host::remove(into).map_err(|e| e.to_string())?;
    git(&["clone", "--quiet", "--no-checkout", "--", url, &target])?;
    git(&["-C", &target, "checkout", "--quiet", "--detach", reference])
}

fn git(arguments: &[&str]) -> Result<(), String> {
    // Nobody is there to answer a question.
    match host::run("git", arguments, &[("GIT_TERMINAL_PROMPT", "0")]) {
        Ok((true, _)) => Ok(()),
        Ok((false, said)) => {
            let said = said.lines().filter(|l| !l.trim().is_empty()).map(without_credentials).collect::<Vec<_>>();
            Err(if said.is_empty() { "git says nothing about why".to_owned() } else { said.join("; ") })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err("the program `git` is not installed".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The text without what stands between `://` and `@`.
fn without_credentials(line: &str) -> String {
    let Some((before, rest)) = line.split_once("://") else { return line.to_owned() };
    let end = rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len());
    let place = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, place)| place);
    format!("{before}://{place}{}", without_credentials(&rest[end..]))
}

/// Gives the copy its name, unless another process was faster.
fn keep(fresh: &Path, place: &Path) -> Result<(), String> {
    match host::rename(fresh, place) {
        Err(_) if place.is_dir() => Ok(()),
        other => other.map_err(|e| e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_told() {
        for (line, expected) in [
            (
                "fatal: unable to access 'https://me:secret@example.com/x.git/': no",
                "fatal: unable to access 'https://example.com/x.git/': no",
            ),
            ("https://example.com/a@b", "https://example.com/a@b"),
            ("a https://u@x and https://v:w@y", "a https://x and https://y"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(without_credentials(line), expected);
        }
    }
}
