//! The machine the program runs on: files, environment, randomness, who and where.
//!
//! Owns every ambient access but time (`clock`) and printing (`cli`). Everything else takes a [`Host`].

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What the program may ask of its surroundings.
#[derive(Clone)]
pub struct Host {
    pub environment: BTreeMap<String, String>,
    /// The directory commands were started in.
    pub directory: PathBuf,
    pub user: String,
    pub name: String,
    pub process: u32,
    /// What tells this process apart from others of its number on hosts of its name; empty where nothing does.
    pub birth: String,
}

/// Of the environment only the names: keys and passwords are among the values.
impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.environment.keys().collect();
        f.debug_struct("Host").field("environment", &names).field("directory", &self.directory).finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is where the surroundings enter")]
impl Host {
    /// The real surroundings.
    ///
    /// # Errors
    /// When the current directory is gone or unreadable.
    pub fn real() -> io::Result<Self> {
        let environment: BTreeMap<String, String> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let user =
            environment.get("USER").or_else(|| environment.get("LOGNAME")).cloned().unwrap_or_else(|| "unknown".into());
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").map(|n| n.trim().to_owned()).ok();
        let name = name.or_else(|| environment.get("HOSTNAME").cloned()).unwrap_or_else(|| "unknown".into());
        let process = std::process::id();
        let birth = birth(process).unwrap_or_default();
        Ok(Self { directory: std::env::current_dir()?, user, name, process, birth, environment })
    }
}

/// The machine's start, the space its process ids are in, and when the process began in it.
#[expect(clippy::disallowed_methods, reason = "this module is where the surroundings enter")]
fn birth(process: u32) -> io::Result<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    let space = std::fs::read_link("/proc/self/ns/pid")?;
    let status = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the program's name, which may hold anything, comes the third field; the beginning is the 22nd.
    let began = status.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(19)).unwrap_or_default();
    Ok(format!("{}/{}/{began}", boot.trim(), space.display()))
}

/// Whether the process of that number and birth has certainly ended: it ran here, and runs no more. Of other machines,
/// and of other spaces of process ids, nothing is certain.
pub fn has_ended(host: &Host, process: u32, birth_then: &str) -> bool {
    let here = |birth: &str| birth.rsplit_once('/').map(|(machine, _)| machine.to_owned()).filter(|m| !m.is_empty());
    let same_machine = here(birth_then).is_some() && here(birth_then) == here(&host.birth);
    same_machine
        && match birth(process) {
            Ok(now) => now != birth_then,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
}

impl Host {
    /// Where small files are kept that all processes of the user share, the first choice first. The runtime directory
    /// comes last, because a job without a session has none, and both must find the same file.
    pub fn shared_directories(&self) -> Vec<PathBuf> {
        let absolute = |name: &str| self.variable(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
        let bases = state.into_iter().chain(absolute("XDG_RUNTIME_DIR"));
        bases.map(|base| base.join("housewright")).collect()
    }

    /// The value of a variable, unless it is empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }
}

/// Fresh random bytes.
///
/// # Panics
/// When the operating system has no randomness to give: nothing can be done safely then.
pub fn random<const N: usize>() -> [u8; N] {
    use rand::TryRng as _;
    let mut bytes = [0; N];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// The bytes of a file.
///
/// # Errors
/// As the system says.
#[expect(clippy::disallowed_methods, reason = "this module is where files enter")]
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// Makes a file that only its owner can read, and that must not exist yet.
///
/// # Errors
/// As the system says; `AlreadyExists` when there is one.
pub fn create_private(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a file that only its owner can read, in the place of what is there: whoever looks sees the old or the new one.
///
/// # Errors
/// As the system says; the old content is there then.
#[expect(clippy::disallowed_methods, reason = "this module is where files are written")]
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let [a, b, c, d] = random::<4>();
    let fresh = path.with_file_name(format!(".{name}.{a:02x}{b:02x}{c:02x}{d:02x}"));
    let write = || {
        let mut file = create_private(&fresh)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    };
    let written = write();
    if written.is_err() {
        // What matters is why it failed.
        let _ = std::fs::remove_file(&fresh);
    }
    written
}

/// How long somebody else's lock on a shared file is waited for. Whoever holds it needs it for less than a millisecond.
const PATIENCE: u32 = 250;

/// Changes a small file that several processes share, under its lock. Where there is none yet it is made, with the
/// directory, for its owner alone. `change` is given the content and returns the new one.
///
/// # Errors
/// As the system says; `WouldBlock` when somebody holds the lock for longer than a quarter of a second.
pub fn change_shared(path: &Path, change: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> io::Result<()> {
    use std::io::{Read as _, Seek as _, Write as _};
    let mut file = open_shared(path)?;
    lock_patiently(&file)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    let new = change(&content);
    if new != content {
        file.rewind()?;
        file.set_len(0)?;
        file.write_all(&new)?;
    }
    // Closing it gives the lock back.
    Ok(())
}

fn open_shared(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).or_else(|error| match path.parent() {
        Some(directory) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
            options.open(path)
        }
        _ => Err(error),
    })
}

fn lock_patiently(file: &std::fs::File) -> io::Result<()> {
    for _ in 0..PATIENCE {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

/// Writes a file that is new.
///
/// # Errors
/// When there is one already, or the system refuses.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)
}

/// Replaces the content of a file as a whole: whoever looks sees the old or the new one. Links are followed, and the
/// permissions stay.
///
/// # Errors
/// As the system says; the old content is there then.
#[expect(clippy::disallowed_methods, reason = "this module is where files are written")]
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let path = path.canonicalize()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let [a, b, c, d] = random::<4>();
    let fresh = path.with_file_name(format!(".{name}.{a:02x}{b:02x}{c:02x}{d:02x}"));
    let write = || {
        let mut file = create_private(&fresh)?;
        file.write_all(content)?;
        file.set_permissions(path.metadata()?.permissions())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)
    };
    let written = write();
    if written.is_err() {
        // What matters is why it failed.
        let _ = std::fs::remove_file(&fresh);
    }
    written
}

/// Removes a file, or a directory with all that is in it; what is not there counts as removed.
///
/// # Errors
/// As the system says.
#[expect(clippy::disallowed_methods, reason = "this module is where files are written")]
pub fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    removed.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
}

/// Gives a file or directory another name, in a directory that is made when it is not there.
///
/// # Errors
/// As the system says.
#[expect(clippy::disallowed_methods, reason = "this module is where files are written")]
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::rename(from, to)
}

/// Runs a program to its end, without input. Answers whether it succeeded, and what it said on its error output.
///
/// # Errors
/// When it cannot be started; `NotFound` when there is no such program.
pub fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> io::Result<(bool, String)> {
    let mut command = std::process::Command::new(program);
    command.args(arguments).envs(environment.iter().copied()).stdin(std::process::Stdio::null());
    let output = command.output()?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// Makes a directory, with those it lies in, that only its owner can look into; one that exists stays as it is.
///
/// # Errors
/// As the system says.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a directory the current one.
///
/// # Errors
/// As the system says.
pub fn enter(path: &Path) -> io::Result<()> {
    std::env::set_current_dir(path)
}

/// Names of the entries of a directory, sorted, and whether each is a directory.
///
/// # Errors
/// As the system says.
#[expect(clippy::disallowed_methods, reason = "this module is where files enter")]
pub fn list(path: &Path) -> io::Result<Vec<(String, bool)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let is_dir = entry.path().is_dir();
        entries.push((entry.file_name().to_string_lossy().into_owned(), is_dir));
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ran_here_is_known_to_have_ended() {
        let host = Host::real().expect("a directory");
        let (machine, began) = host.birth.rsplit_once('/').expect("a machine with /proc");
        assert!(!has_ended(&host, host.process, &host.birth));
        assert!(has_ended(&host, host.process, &format!("{machine}/{began}1")), "another one of that number");
        let mut child = std::process::Command::new("true").spawn().expect("a process");
        let (id, born) = (child.id(), birth(child.id()).expect("it is not waited for yet"));
        child.wait().expect("it ends");
        assert!(has_ended(&host, id, &born));
        for elsewhere in ["", "other-boot/pid:[1]/1", &format!("{}x/1", machine)] {
            assert!(!has_ended(&host, host.process, elsewhere), "{elsewhere}");
        }
    }
}
