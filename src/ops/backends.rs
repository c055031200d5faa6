//! Where the state is kept: from the `state` block, the command line and the environment to a store.

use std::path::PathBuf;
use std::sync::Arc;

use housewright_state::seal::{InvalidKey, Seal, SealKey};
use housewright_state::settings::{BACKENDS, Backend, Settings, backend};
use housewright_state::{Codec, LocalStore};
use secrecy::{ExposeSecret as _, SecretString};

use super::keeper::state_error;
use super::session::{STATE_FILE, Session, StatePlace, WORKING_DIRECTORY};
use crate::desired::{StateArgument, StateSettings};
use crate::diag::{Code, Diagnostic, Diagnostics, suggestion};
use crate::host::{self, Host};

/// In the place of a key: the state is not to be encrypted any more.
const NO_KEY: &str = "none";

/// The store in a file.
const LOCAL: &str = "local";

/// What is wrong with a `state` block, as far as it can be told without opening the store.
pub(super) fn check(settings: &StateSettings) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let known: Vec<&str> = match backend(&settings.store) {
        Some(found) => found.arguments.iter().map(|a| a.name).collect(),
        None if settings.store == LOCAL => vec!["path"],
        None => {
            diagnostics.push(no_such_store(settings));
            return diagnostics;
        }
    };
    for (name, argument) in &settings.arguments {
        if !known.contains(&name.as_str()) {
            diagnostics.push(unsupported(name, argument, &settings.store, &known));
        } else if backend(&settings.store).is_some_and(|b| stands_there_readable(b, name, argument)) {
            diagnostics.push(readable_secret(argument));
        }
    }
    diagnostics
}

fn no_such_store(settings: &StateSettings) -> Diagnostic {
    let names: Vec<&str> = std::iter::once(LOCAL).chain(BACKENDS.iter().map(|b| b.name)).collect();
    let help = suggestion(&settings.store, names.iter().copied())
        .map_or_else(|| format!("Write one of {}.", names.join(", ")), |meant| format!("Did you mean \"{meant}\"?"));
    Diagnostic::error(Code("HW0239"), format!("There is no state store \"{}\"", settings.store))
        .with_detail("It says where the state is kept.")
        .with_label(settings.span, "not available")
        .with_help(help)
}

fn unsupported(name: &str, argument: &StateArgument, store: &str, known: &[&str]) -> Diagnostic {
    let help = suggestion(name, known.iter().copied()).map_or_else(
        || format!("state \"{store}\" takes {}.", known.join(", ")),
        |meant| format!("Did you mean \"{meant}\"?"),
    );
    Diagnostic::error(Code("HW0211"), "Unsupported argument")
        .with_detail(format!("An argument named \"{name}\" is not expected here."))
        .with_label(argument.name_span, "not known")
        .with_help(help)
}

fn stands_there_readable(backend: &Backend, name: &str, argument: &StateArgument) -> bool {
    let known = backend.arguments.iter().find(|a| a.name == name);
    let value = argument.value.as_ref().filter(|_| !argument.is_sensitive);
    known.zip(value).is_some_and(|(known, value)| known.is_secret(value.expose_secret()))
}

fn readable_secret(argument: &StateArgument) -> Diagnostic {
    Diagnostic::error(Code("HW0221"), "A secret stands in the configuration")
        .with_detail("Configurations are shared and kept; what opens the state must not be in them.")
        .with_hidden_label(argument.span, "readable by everybody who reads this file")
        .with_help("Put it into the environment (docs/backends.md names the variables), or use a variable with sensitive = true.")
}

/// Where the state is kept.
pub(super) fn place(session: &Session, settings: Option<StateSettings>) -> Result<StatePlace, Diagnostics> {
    let directory = &session.options.directory;
    let codec = Codec::new(seal(&session.host)?);
    let told = match &session.options.state {
        Some(file) => Some(session.host.directory.join(file)),
        None if session.options.sandbox => Some(directory.join(WORKING_DIRECTORY).join("state.json")),
        None => None,
    };
    let (path, settings) = match (told, settings) {
        (Some(path), _) => (path, None),
        (None, Some(settings)) if settings.store != LOCAL => (PathBuf::new(), Some(settings)),
        (None, Some(settings)) => (directory.join(text(&settings, "path")?.unwrap_or(STATE_FILE.into())), None),
        (None, None) => (directory.join(STATE_FILE), None),
    };
    match settings {
        None => Ok(StatePlace { store: Arc::new(LocalStore::new(path.clone()).with_codec(codec)), path: Some(path) }),
        Some(settings) => remote(session, &settings, codec),
    }
}

fn remote(session: &Session, stated: &StateSettings, codec: Codec) -> Result<StatePlace, Diagnostics> {
    let found = check(stated);
    let Some(backend) = backend(&stated.store).filter(|_| !found.has_errors()) else { return Err(found) };
    let mut settings =
        Settings { directory: session.host.directory.join(&session.options.directory), ..Settings::default() };
    for (name, argument) in &stated.arguments {
        let value = argument.value.clone().ok_or_else(|| not_given(argument))?;
        settings.arguments.insert(name.clone(), value);
    }
    let environment = session.host.environment.iter();
    settings.environment = environment.map(|(name, value)| (name.clone(), SecretString::from(value.clone()))).collect();
    let store =
        backend.open(&settings, codec).map_err(|e| state_error(&e).with_label(stated.span, "for this store"))?;
    Ok(StatePlace { store, path: None })
}

fn text(settings: &StateSettings, name: &str) -> Result<Option<String>, Diagnostics> {
    let Some(argument) = settings.arguments.get(name) else { return Ok(None) };
    let value = argument.value.as_ref().ok_or_else(|| not_given(argument))?;
    Ok(Some(value.expose_secret().to_owned()))
}

fn not_given(argument: &StateArgument) -> Diagnostics {
    Diagnostic::error(Code("HW0908"), "It cannot be told where the state is kept")
        .with_detail("A variable that says it has no value.")
        .with_label(argument.span, "not known")
        .with_help("Give the variable a value with --var, a file of values, or the environment.")
        .into()
}

/// How the state is encrypted, as the environment says.
pub(super) fn seal(host: &Host) -> Result<Seal, Diagnostic> {
    let key = |passphrase: &str, raw: &str| {
        let given = |name: &str| host.variable(name).map(|v| SecretString::from(v.to_owned()));
        match (given(passphrase), given(raw)) {
            (Some(_), Some(_)) => Err(two_keys(passphrase, raw)),
            (Some(passphrase), None) => Ok(Some(SealKey::Passphrase(passphrase))),
            (None, Some(text)) => SealKey::from_base64(&text).map(Some).map_err(|e| no_key(raw, e)),
            (None, None) => Ok(None),
        }
    };
    let former = key("HOUSEWRIGHT_STATE_FORMER_PASSPHRASE", "HOUSEWRIGHT_STATE_FORMER_KEY")?;
    if host.variable("HOUSEWRIGHT_STATE_KEY") == Some(NO_KEY) {
        return Ok(former.map_or_else(Seal::default, |former| Seal::opening(former, random)));
    }
    match (key("HOUSEWRIGHT_STATE_PASSPHRASE", "HOUSEWRIGHT_STATE_KEY")?, former) {
        (Some(present), former) => Ok(Seal::new(present, former.into_iter().collect(), random)),
        (None, None) => Ok(Seal::default()),
        (None, Some(_)) => Err(Diagnostic::error(Code("HW0520"), "The state would no longer be encrypted")
            .with_detail("A former key of the state is given, and no present one.")
            .with_help("Set HOUSEWRIGHT_STATE_PASSPHRASE or HOUSEWRIGHT_STATE_KEY; or, to decrypt the state for good, HOUSEWRIGHT_STATE_KEY=none.")),
    }
}

fn random(buffer: &mut [u8]) {
    for chunk in buffer.chunks_mut(32) {
        chunk.copy_from_slice(&host::random::<32>()[..chunk.len()]);
    }
}

fn two_keys(first: &str, second: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0520"), "Two keys are given for one purpose")
        .with_detail(format!("Both {first} and {second} are set in the environment."))
        .with_help("Set one of them.")
}

fn no_key(variable: &str, error: InvalidKey) -> Diagnostic {
    Diagnostic::error(Code("HW0520"), format!("{variable} is not a key"))
        .with_detail(format!("It cannot be used: {error}."))
        .with_help("Make one with: head -c 32 /dev/urandom | base64")
}
