//! Where a called module comes from: a directory beside the configuration, or a git repository.
//!
//! The spellings are Terraform's. Must not know how a repository is fetched.

use std::path::PathBuf;

/// The place of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Relative to the calling module, or absolute.
    Local(PathBuf),
    Git {
        /// As the `git` program takes it.
        url: String,
        /// A branch, a tag or a commit; nothing for the default branch.
        reference: Option<String>,
        /// The module's directory within the repository.
        directory: PathBuf,
    },
}

/// Hosts whose repositories are named without a scheme.
const HOSTS: [&str; 3] = ["github.com/", "gitlab.com/", "bitbucket.org/"];

/// Reads a source.
///
/// # Errors
/// Why it is none, as a sentence.
pub(super) fn parse(text: &str) -> Result<Source, &'static str> {
    if text.starts_with("./") || text.starts_with("../") || text.starts_with('/') || matches!(text, "." | "..") {
        return Ok(Source::Local(PathBuf::from(text)));
    }
    if let Some(repository) = text.strip_prefix("git::") {
        return git(repository);
    }
    if HOSTS.iter().any(|h| text.starts_with(h)) {
        return hosted(text);
    }
    if text.starts_with("git@") {
        return git(text);
    }
    if text.contains("::") || text.contains("://") {
        return Err("Modules come from directories and from git repositories, not from archives or other systems.");
    }
    Err("It looks like the address of a registry, and modules are not downloaded from registries.")
}

/// `github.com/owner/name//directory?ref=…`
fn hosted(text: &str) -> Result<Source, &'static str> {
    let Source::Git { url, reference, mut directory } = git(text)? else { return Err("It names no repository.") };
    let mut parts = url.splitn(4, '/');
    let (Some(host), Some(owner), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("It names an owner, but no repository.");
    };
    if let Some(rest) = parts.next().filter(|r| !r.is_empty()) {
        directory = PathBuf::from(rest).join(directory);
    }
    let name = name.strip_suffix(".git").unwrap_or(name);
    Ok(Source::Git { url: format!("https://{host}/{owner}/{name}.git"), reference, directory })
}

/// `URL//directory?ref=…`
fn git(text: &str) -> Result<Source, &'static str> {
    let (place, query) = text.split_once('?').unwrap_or((text, ""));
    let mut reference = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "ref" if !value.is_empty() => reference = Some(value.into_owned()),
            // How much of the history is fetched does not change what the module is.
            "depth" => {}
            _ => return Err("Of the parameters of a git source only `ref` and `depth` mean something."),
        }
    }
    let scheme = place.find("://").map_or(0, |at| at + 3);
    let (url, directory) = match place[scheme..].split_once("//") {
        Some((url, directory)) => (format!("{}{url}", &place[..scheme]), directory),
        None => (place.to_owned(), ""),
    };
    let directory = PathBuf::from(directory);
    let escapes = |c| !matches!(c, std::path::Component::Normal(_) | std::path::Component::CurDir);
    if directory.components().any(escapes) {
        return Err("The directory behind // leads out of the repository.");
    }
    let dashed = |t: &str| t.starts_with('-');
    if url.is_empty() || dashed(&url) || reference.as_deref().is_some_and(dashed) {
        return Err("It names no repository.");
    }
    Ok(Source::Git { url, reference, directory })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match parse(text) {
            Ok(Source::Local(path)) => format!("local {}", path.display()),
            Ok(Source::Git { url, reference, directory }) => {
                format!("{url} {} {}", reference.as_deref().unwrap_or("-"), directory.display())
            }
            Err(_) => "refused".to_owned(),
        }
    }

    #[test]
    fn sources_are_read_as_terraform_spells_them() {
        for (text, expected) in [
            ("./m", "local ./m"),
            ("../m", "local ../m"),
            ("/srv/m", "local /srv/m"),
            ("git::https://example.com/vpc.git?ref=v1.2.0", "https://example.com/vpc.git v1.2.0 "),
            ("git::https://example.com/vpc.git//modules/a?ref=v1&depth=1", "https://example.com/vpc.git v1 modules/a"),
            ("git::ssh://git@example.com/x.git", "ssh://git@example.com/x.git - "),
            ("git::git@example.com:x/y.git//m", "git@example.com:x/y.git - m"),
            ("git@github.com:x/y.git", "git@github.com:x/y.git - "),
            ("git::file:///srv/x?ref=a%2Fb", "file:///srv/x a/b "),
            ("github.com/a/b", "https://github.com/a/b.git - "),
            ("github.com/a/b.git//m?ref=1", "https://github.com/a/b.git 1 m"),
            ("hashicorp/consul/aws", "refused"),
            ("git::https://example.com/x//../y", "refused"),
            ("git::--upload-pack=x", "refused"),
            ("git::https://example.com/x?ref=--upload-pack", "refused"),
            ("git::https://example.com/x?archive=zip", "refused"),
            ("https://example.com/x.zip", "refused"),
            ("s3::https://example.com/x.zip", "refused"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
