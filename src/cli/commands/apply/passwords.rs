//! Where passwords and key secrets go that the platform made up: into the file the user named, and nowhere else.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use crate::address::Address;
use crate::diag::{Code, Diagnostic};
use crate::host;
use crate::kinds::Identity;

/// A new file that its owner alone can read. It is made when there is a first password for it.
pub(super) struct PasswordFile {
    path: Option<PathBuf>,
    file: Option<File>,
}

impl PasswordFile {
    /// # Errors
    /// When the file exists already, or could not be made later.
    pub(super) fn new(path: Option<PathBuf>) -> Result<Self, Diagnostic> {
        let Some(path) = path else { return Ok(Self { path: None, file: None }) };
        let refused = |summary: String, help: &str| {
            Err(Diagnostic::error(Code("HW0919"), summary)
                .with_detail("Passwords are written to a new file only. Nothing was done.")
                .with_help(help))
        };
        if path.symlink_metadata().is_ok() {
            return refused(
                format!("{} exists already", path.display()),
                "Name another file with --password-file, or move that one away.",
            );
        }
        let directory = path.parent().filter(|d| !d.as_os_str().is_empty());
        if directory.is_some_and(|d| !d.is_dir()) {
            return refused(
                format!("The directory of {} does not exist", path.display()),
                "Make the directory, or name another file.",
            );
        }
        Ok(Self { path: Some(path), file: None })
    }

    /// Keeps secrets, if they are to be kept, and says what became of them. `advice`: how to get others.
    pub(super) fn take(
        &mut self,
        address: &Address,
        identity: &Identity,
        secrets: &BTreeMap<String, SecretString>,
        advice: Option<String>,
    ) -> String {
        let names = secrets.keys().map(String::as_str).collect::<Vec<_>>().join(" and ");
        let (is, was) = if secrets.len() == 1 { ("is", "was") } else { ("are", "were") };
        let advice = advice.unwrap_or_else(|| format!("the platform made up its {names}"));
        let Some(path) = self.path.clone() else {
            return format!("{advice}. What was made up was not kept; --password-file FILE would have kept it");
        };
        match self.write(address, identity, secrets) {
            Ok(()) => format!("its {names} {is} in {}", path.display()),
            Err(error) => {
                format!("its {names} could not be written to {} ({error}) and {was} not kept: {advice}", path.display())
            }
        }
    }

    /// One JSON object a line.
    fn write(
        &mut self,
        address: &Address,
        identity: &Identity,
        secrets: &BTreeMap<String, SecretString>,
    ) -> std::io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut line = Map::from_iter([
            ("address".to_owned(), Value::from(address.to_string())),
            ("identity".to_owned(), json!(identity)),
        ]);
        line.extend(secrets.iter().map(|(name, secret)| (name.clone(), Value::from(secret.expose_secret()))));
        let line = zeroize::Zeroizing::new(format!("{}\n", Value::Object(line)));
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(host::create_private(path)?),
        };
        file.write_all(line.as_bytes())?;
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn password() -> BTreeMap<String, SecretString> {
        [("password".to_owned(), "canary".to_owned().into())].into()
    }

    fn identity() -> Identity {
        [("id".to_owned(), "1".to_owned())].into_iter().collect()
    }

    #[test]
    fn passwords_go_to_a_private_file_line_by_line() {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("passwords");
        let mut file = PasswordFile::new(Some(path.clone())).expect("it does not exist");
        assert!(!path.exists());
        for name in ["a", "b"] {
            let text = file.take(&Address::root("service", name), &identity(), &password(), None);
            assert!(!text.contains("canary"), "{text}");
        }
        let content = String::from_utf8(host::read(&path).expect("it was written")).expect("it is text");
        assert_eq!(content.lines().count(), 2);
        assert!(
            content.starts_with(r#"{"address":"service.a","identity":{"id":"1"},"password":"canary"}"#),
            "{content}"
        );
        let mode = path.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(PasswordFile::new(Some(path)).is_err());
    }

    #[test]
    fn secrets_of_several_names_stand_in_one_line() {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("secrets");
        let mut file = PasswordFile::new(Some(path.clone())).expect("it does not exist");
        let secrets = ["key_id", "key_secret"].map(|name| (name.to_owned(), format!("canary {name}").into()));
        let text = file.take(&Address::root("api_key", "a"), &identity(), &secrets.into(), None);
        assert!(text.starts_with("its key_id and key_secret are in ") && !text.contains("canary"), "{text}");
        let line: Value = serde_json::from_slice(&host::read(&path).expect("it was written")).expect("JSON");
        assert_eq!((&line["key_id"], &line["key_secret"]), (&json!("canary key_id"), &json!("canary key_secret")));
    }

    #[test]
    fn without_a_file_a_password_is_dropped() {
        let mut file = PasswordFile::new(None).expect("nothing is asked for");
        let text = file.take(&Address::root("service", "a"), &identity(), &password(), Some("set one".into()));
        assert!(text.starts_with("set one") && !text.contains("canary"), "{text}");
    }
}
