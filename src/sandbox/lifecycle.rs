//! Which state follows which: pure functions over [`ServiceState`], without time and without a world.

use serde::{Deserialize, Serialize};

use super::events::Channel;
use super::http::ApiError;
use super::model::{Fate, ServiceState};
use super::settings::Durations;

/// What somebody asks of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the API's commands")]
pub enum Command {
    Start,
    Stop,
    Awake,
    Delete,
}

/// Work of the control plane that ends by itself after some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// A new service is set up.
    Provision,
    /// A stopped service starts.
    Start,
    /// An idle service wakes.
    Wake,
    /// A service stops.
    Stop,
    /// A service is removed.
    Terminate,
    /// A replica joins or leaves; the state does not change.
    Scale,
    /// The load is observed.
    Pulse,
    /// The idle timeout passes.
    Idle,
    /// A query ends.
    Query,
    /// A window of the scaling schedule opens or closes.
    Schedule,
    /// A backup begins or ends.
    Backup,
    /// A backup has been kept long enough.
    Expiry,
    /// An upgrade begins.
    Upgrade,
}

impl Work {
    /// Works of one channel exclude each other.
    pub fn channel(self) -> Channel {
        match self {
            Self::Provision | Self::Start | Self::Wake | Self::Stop | Self::Terminate => Channel::State,
            Self::Scale => Channel::Replicas,
            Self::Pulse => Channel::Pulse,
            Self::Idle => Channel::Idle,
            Self::Query => Channel::Query,
            Self::Schedule => Channel::Schedule,
            Self::Backup => Channel::Backup,
            Self::Expiry => Channel::Expiry,
            Self::Upgrade => Channel::Upgrade,
        }
    }

    /// Virtual seconds a transition takes.
    pub fn duration(self, durations: &Durations) -> u32 {
        match self {
            Self::Provision => durations.provision,
            Self::Start => durations.start,
            Self::Wake => durations.wake,
            Self::Stop => durations.stop,
            Self::Terminate => durations.terminate,
            _ => 0,
        }
    }
}

/// What a command leads to: the state at once, and the work that then goes on. `None`: nothing is to do.
pub type Transition = Option<(ServiceState, Work)>;

/// States in which `DELETE` is accepted, in the order of the API's own text.
const DELETABLE: [ServiceState; 7] = [
    ServiceState::Provisioning,
    ServiceState::Starting,
    ServiceState::Awaking,
    ServiceState::Idle,
    ServiceState::Stopped,
    ServiceState::Degraded,
    ServiceState::Failed,
];

/// What the command does to a service in that state.
///
/// # Errors
/// 409 when the state does not allow the command.
pub fn command(state: ServiceState, command: Command) -> Result<Transition, ApiError> {
    use ServiceState as S;
    let transition = match (command, state) {
        (Command::Start, S::Stopped) => Some((S::Starting, Work::Start)),
        // An idle service counts as started, so `start` leaves it idle.
        (Command::Start, S::Starting | S::Idle | S::Awaking | S::Running | S::PartiallyRunning | S::Degraded) => None,
        (Command::Stop, S::Starting | S::Idle | S::Awaking | S::Running | S::PartiallyRunning | S::Degraded) => {
            Some((S::Stopping, Work::Stop))
        }
        (Command::Stop, S::Stopping | S::Stopped) => None,
        (Command::Awake, S::Idle) => Some((S::Awaking, Work::Wake)),
        (Command::Awake, S::Starting | S::Awaking | S::Running | S::PartiallyRunning | S::Degraded) => None,
        (Command::Delete, state) if DELETABLE.contains(&state) => Some((S::Terminating, Work::Terminate)),
        (Command::Delete, state) => return Err(not_deletable(state)),
        (command, state) => return Err(not_allowed(command, state)),
    };
    Ok(transition)
}

/// The refusal of a deletion, word for word.
pub fn not_deletable(state: ServiceState) -> ApiError {
    let states: Vec<String> = DELETABLE.iter().map(|state| format!("'{}'", state.word())).collect();
    ApiError::conflict(format!(
        "Only instance in one of the following states: {} can be terminated. Current state: '{}'",
        states.join(","),
        state.word()
    ))
}

fn not_allowed(command: Command, state: ServiceState) -> ApiError {
    let verb = match command {
        Command::Start => "started",
        Command::Stop => "stopped",
        Command::Awake => "awakened",
        Command::Delete => "terminated",
    };
    ApiError::conflict(format!("Instance cannot be {verb}. Current state: '{}'", state.word()))
}

/// Refuses changes while the control plane is busy with the service as a whole.
///
/// # Errors
/// 409 in the states where a change of the configuration has nothing to act on.
pub fn must_be_changeable(state: ServiceState, what: &str) -> Result<(), ApiError> {
    use ServiceState as S;
    match state {
        S::Provisioning | S::Stopping | S::Failed => busy(state, what),
        _ => must_exist(state, what),
    }
}

/// Refuses changes of a service that is being removed.
///
/// # Errors
/// 409 while it terminates.
pub fn must_exist(state: ServiceState, what: &str) -> Result<(), ApiError> {
    use ServiceState as S;
    match state {
        S::Terminating | S::Terminated | S::Softdeleting | S::Softdeleted => busy(state, what),
        _ => Ok(()),
    }
}

/// Refuses what needs a service that has been set up.
///
/// # Errors
/// 409 while it is provisioning or terminates.
pub fn must_be_provisioned(state: ServiceState, what: &str) -> Result<(), ApiError> {
    match state {
        ServiceState::Provisioning => busy(state, what),
        _ => must_exist(state, what),
    }
}

fn busy(state: ServiceState, what: &str) -> Result<(), ApiError> {
    Err(ApiError::conflict(format!("{what} cannot be changed now. Current state: '{}'", state.word())))
}

/// The state once the work has ended. `None`: the state stays as it is.
pub fn completed(work: Work, fate: Option<Fate>) -> Option<ServiceState> {
    match work {
        Work::Provision | Work::Start | Work::Wake => Some(match fate {
            Some(Fate::Failed) => ServiceState::Failed,
            Some(Fate::Degraded) => ServiceState::Degraded,
            Some(Fate::Stuck) | None => ServiceState::Running,
        }),
        Work::Stop => Some(ServiceState::Stopped),
        Work::Terminate => Some(ServiceState::Terminated),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_of_a_deletion_is_the_recorded_text() {
        let error = command(ServiceState::Running, Command::Delete).unwrap_err();
        assert_eq!(
            error.to_string(),
            "CONFLICT: Only instance in one of the following states: \
             'provisioning','starting','awaking','idle','stopped','degraded','failed' can be terminated. \
             Current state: 'running'"
        );
    }

    #[test]
    fn start_leaves_an_idle_service_idle_and_awake_does_not_start_a_stopped_one() {
        assert_eq!(command(ServiceState::Idle, Command::Start), Ok(None));
        assert_eq!(command(ServiceState::Stopped, Command::Awake).unwrap_err().status, 409);
    }
}
