//! Which files of a directory are configuration, and the border through which they are read.
//!
//! Must not know what stands in them.

use std::io;
use std::path::Path;

/// The file system, as far as configuration needs it.
pub trait Files {
    /// Names of the files (not directories) of a directory, sorted.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn read_dir(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// The content of a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    Native,
    Json,
}

/// A file name that means configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigFile {
    pub syntax: Syntax,
    /// Its blocks are merged into those of the other files.
    pub is_override: bool,
}

/// The endings of configuration files.
pub const EXTENSIONS: [&str; 4] = [".hcl", ".tf", ".hcl.json", ".tf.json"];

/// Files of other tools, and of other features of Terraform, that end like configuration.
const FOREIGN: [&str; 6] =
    [".tftest.hcl", ".tfmock.hcl", ".tfcomponent.hcl", ".tfdeploy.hcl", ".tfquery.hcl", ".pkr.hcl"];

impl ConfigFile {
    /// What the name of a file says about it; nothing when the file is no configuration.
    pub fn classify(name: &str) -> Option<Self> {
        let is_backup = name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
        if name.starts_with('.') || is_backup || name == "terragrunt.hcl" || FOREIGN.iter().any(|f| name.ends_with(f)) {
            return None;
        }
        let extension = EXTENSIONS.iter().rev().find(|e| name.ends_with(**e))?;
        let stem = name.strip_suffix(extension)?;
        let syntax = if extension.ends_with(".json") { Syntax::Json } else { Syntax::Native };
        Some(Self { syntax, is_override: stem == "override" || stem.ends_with("_override") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_configuration_from_the_rest() {
        let native = |is_override| Some(ConfigFile { syntax: Syntax::Native, is_override });
        let json = |is_override| Some(ConfigFile { syntax: Syntax::Json, is_override });
        for (name, expected) in [
            ("main.hcl", native(false)),
            ("main.tf", native(false)),
            ("main.tf.json", json(false)),
            ("main.hcl.json", json(false)),
            ("override.tf", native(true)),
            ("eu_override.hcl", native(true)),
            ("eu_override.tf.json", json(true)),
            ("overrides.tf", native(false)),
            (".terraform.lock.hcl", None),
            (".main.tf", None),
            ("main.tf~", None),
            ("#main.tf#", None),
            ("a.tftest.hcl", None),
            ("a.pkr.hcl", None),
            ("terragrunt.hcl", None),
            ("terraform.tfvars", None),
            ("x.auto.tfvars.json", None),
            ("README.md", None),
            ("data.json", None),
        ] {
            assert_eq!(ConfigFile::classify(name), expected, "{name}");
        }
    }
}
