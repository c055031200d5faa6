//! Reading the states that Terraform keeps, wherever it keeps them.
//!
//! What comes back is what can be told of them as JSON, be it that they cannot be read: which of it is a mistake of the
//! configuration is the data source's to say. Must not know what stands in a state beyond what it drops: everything but
//! outputs, because attributes of resources may be secrets that nobody asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use housewright_state::settings::Settings;
use housewright_state::{ErrorKind, terraform};
use secrecy::SecretString;
use serde_json::{Value as Json, json};

use crate::call::{Read, Target, TerraformState};
use crate::clock::Clock;

/// The parts of a state that are kept.
const KEPT: [&str; 6] = ["version", "terraform_version", "outputs", "format", "encrypted_data", "content"];

/// Reads states. They belong to no organization, and need no key of one.
#[derive(Clone)]
pub struct States {
    inner: Arc<Surroundings>,
}

struct Surroundings {
    environment: BTreeMap<String, String>,
    /// What relative paths are relative to.
    directory: PathBuf,
    clock: Arc<dyn Clock>,
}

/// Credentials are in the environment.
impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").field("directory", &self.inner.directory).finish_non_exhaustive()
    }
}

impl States {
    /// Credentials come from the environment where a place does not state them.
    pub fn new(environment: BTreeMap<String, String>, directory: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { inner: Arc::new(Surroundings { environment, directory, clock }) }
    }

    /// The answer to a read of a state; nothing to any other.
    pub async fn answer(&self, read: &Read) -> Option<Json> {
        let Target::State(place) = &read.target else { return None };
        // What goes on outside takes real time, which a clock that jumps must not take for idleness.
        let _outside = self.inner.clock.outside();
        Some(self.read(place).await)
    }

    /// `{ place, state }`, where there is one; `{ place, text }` of something that is no JSON object; `{ place }` where
    /// there is nothing; `{ problem, why, next }` where it cannot be read.
    async fn read(&self, place: &TerraformState) -> Json {
        let secret = |(name, value): (&String, &String)| (name.clone(), SecretString::from(value.clone()));
        let settings = Settings {
            arguments: place.arguments.iter().map(secret).collect(),
            environment: self.inner.environment.iter().map(secret).collect(),
            directory: self.inner.directory.clone(),
        };
        let known = terraform::arguments(&place.backend).unwrap_or_default();
        if let Some(name) = place.arguments.keys().find(|name| !known.contains(&name.as_str())) {
            return json!({
                "problem": format!("`{name}` in `config` is not known"),
                "why": format!("The backend \"{}\" takes {}.", place.backend, known.join(", ")),
                "next": "Remove it; what it says belongs into the environment, where docs/backends.md names variables.",
            });
        }
        match terraform::read(&place.backend, &settings, &place.workspace).await {
            Ok(found) => match found.bytes.map(|bytes| serde_json::from_slice::<Json>(&bytes)) {
                None => json!({ "place": found.place }),
                Some(Ok(Json::Object(mut state))) => {
                    state.retain(|name, _| KEPT.contains(&name.as_str()));
                    json!({ "place": found.place, "state": state })
                }
                Some(Ok(_)) => json!({ "place": found.place, "text": "it is JSON, but no object" }),
                Some(Err(error)) => {
                    let place_of = format!("line {}, column {}", error.line(), error.column());
                    json!({ "place": found.place, "text": format!("it is no JSON ({place_of})") })
                }
            },
            Err(error) => {
                let next = match error.kind() {
                    ErrorKind::Misconfigured => "Correct `config`: its arguments are those of Terraform's backend.",
                    _ => error.next(),
                };
                json!({ "problem": error.what(), "why": error.why(), "next": next })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::data::terraform_remote_state::BACKENDS;

    #[test]
    fn the_data_source_names_the_backends_there_are() {
        assert_eq!(BACKENDS.to_vec(), terraform::backends());
    }

    #[tokio::test]
    async fn arguments_that_mean_nothing_are_named() {
        let arguments = [("profile".to_owned(), "x".to_owned())].into();
        let place = TerraformState { backend: "s3".into(), workspace: "default".into(), arguments };
        let clock = Arc::new(crate::clock::SystemClock::default());
        let states = States::new(BTreeMap::new(), PathBuf::new(), clock);
        assert_eq!(states.read(&place).await["problem"], "`profile` in `config` is not known");
        assert!(!format!("{place:?}").contains("\"x\""));
    }
}
