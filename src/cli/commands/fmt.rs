//! `fmt`: files in the canonical format.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::cli::args::FmtArgs;
use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::cli::terminal::Terminal;
use crate::config::{ConfigFile, Syntax};
use crate::diag::{Code, Diagnostic, Diagnostics, Sources};
use crate::host;
use crate::lang::{fmt, syntax};

pub fn run(context: &Context, args: &FmtArgs) -> Result {
    context.refuse_json("fmt")?;
    let mut job =
        Job { terminal: &context.terminal, args, sources: Sources::default(), found: Diagnostics::new(), changed: 0 };
    match args.paths.as_slice() {
        [path] if path == Path::new("-") => job.standard_input(),
        [] => job.directory(Path::new(".")),
        paths => paths.iter().for_each(|path| job.path(path)),
    }
    let failed = job.found.has_errors();
    context.terminal.diagnostics(job.found, &job.sources);
    Ok(match (failed, job.changed > 0) {
        (true, _) => exit::FAILURE,
        (false, true) if args.check => exit::UNFORMATTED,
        _ => exit::SUCCESS,
    })
}

/// One run over all files.
struct Job<'a> {
    terminal: &'a Terminal,
    args: &'a FmtArgs,
    sources: Sources,
    found: Diagnostics,
    changed: usize,
}

impl Job<'_> {
    fn standard_input(&mut self) {
        let name = Path::new("<stdin>");
        match self.terminal.read_all() {
            Ok(bytes) => {
                let Some((text, formatted)) = self.formatted(name, bytes) else { return };
                self.changed += usize::from(text != formatted);
                if self.args.diff {
                    self.terminal.print(&diff(name, &text, &formatted));
                } else if !self.args.check {
                    // What is printed ends with the end of a line, as the same command of Terraform does it.
                    let end = if formatted.ends_with('\n') { "" } else { "\n" };
                    self.terminal.print(&format!("{formatted}{end}"));
                }
            }
            Err(error) => self.unusable(name, "read", &error),
        }
    }

    /// Something named on the command line.
    fn path(&mut self, path: &Path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            self.directory(path);
        } else if [".hcl", ".tf", ".tfvars"].iter().any(|ending| name.ends_with(ending)) {
            self.file(path);
        } else if path.exists() {
            self.found.push(
                Diagnostic::error(Code("HW0916"), format!("{} is not a file to format", path.display()))
                    .with_detail(
                        "Files that end with .hcl, .tf or .tfvars have a canonical format. It was left as it is.",
                    )
                    .with_help("Name such files, directories, or - for standard input."),
            );
        } else {
            self.unusable(path, "read", &std::io::ErrorKind::NotFound.into());
        }
    }

    fn directory(&mut self, directory: &Path) {
        let entries = match host::list(directory) {
            Ok(entries) => entries,
            Err(error) => return self.unusable(directory, "read", &error),
        };
        let within = |name: &str| if directory == Path::new(".") { PathBuf::from(name) } else { directory.join(name) };
        for (name, is_directory) in &entries {
            match is_directory {
                false if is_ours(name) => self.file(&within(name)),
                // A link could lead back up.
                true if self.args.recursive && !name.starts_with('.') && !within(name).is_symlink() => {
                    self.directory(&within(name))
                }
                _ => {}
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let bytes = match host::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.unusable(path, "read", &error),
        };
        let Some((text, formatted)) = self.formatted(path, bytes) else { return };
        if text == formatted {
            return;
        }
        self.changed += 1;
        self.terminal.print(&format!("{}\n", path.display()));
        if self.args.diff {
            self.terminal.print(&diff(path, &text, &formatted));
        }
        if !self.args.check
            && let Err(error) = host::replace(path, formatted.as_bytes())
        {
            self.unusable(path, "written", &error);
        }
    }

    /// The text and its canonical form; findings when it is broken.
    fn formatted(&mut self, path: &Path, bytes: Vec<u8>) -> Option<(String, String)> {
        let name = path.display().to_string();
        let Ok(text) = String::from_utf8(bytes) else {
            self.found.push(
                Diagnostic::error(Code("HW0916"), format!("{name} is not UTF-8 text"))
                    .with_detail("It was left as it is.")
                    .with_help("Save it as UTF-8."),
            );
            return None;
        };
        let file = self.sources.add(name, text.clone());
        let (_, found) = syntax::parse_file(file, &text);
        let broken = found.has_errors();
        self.found.append(found);
        (!broken).then(|| {
            let formatted = fmt::format(&text);
            (text, formatted)
        })
    }

    fn unusable(&mut self, path: &Path, action: &str, error: &std::io::Error) {
        self.found.push(
            Diagnostic::error(Code("HW0916"), format!("{} cannot be {action}", path.display()))
                .with_detail(format!("{error}. It was left as it is."))
                .with_help("Check the path and its permissions."),
        );
    }
}

/// Files of a directory that have a canonical format; others must be named.
fn is_ours(name: &str) -> bool {
    let configuration = ConfigFile::classify(name).is_some_and(|file| file.syntax == Syntax::Native);
    configuration || (name.ends_with(".tfvars") && !name.starts_with('.'))
}

fn diff(path: &Path, before: &str, after: &str) -> String {
    let name = path.display();
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("old/{name}"), &format!("new/{name}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_with_a_canonical_format_are_found() {
        let found: Vec<&str> =
            ["main.hcl", "a.tf", "x.auto.tfvars", "a.tf.json", ".terraform.lock.hcl", "a.pkr.hcl", "README.md"]
                .into_iter()
                .filter(|name| is_ours(name))
                .collect();
        assert_eq!(found, ["main.hcl", "a.tf", "x.auto.tfvars"]);
    }
}
