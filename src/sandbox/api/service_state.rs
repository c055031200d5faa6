//! Starting, stopping and waking a service.

use serde::Deserialize;

use super::Call;
use crate::sandbox::http::{Answer, Reply};
use crate::sandbox::lifecycle::{self, Command};
use crate::sandbox::shapes;
use crate::sandbox::world::World;

#[derive(Deserialize)]
struct StatePatch {
    command: Word,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Start,
    Stop,
    Awake,
}

/// `instanceStateUpdate`. The answer carries the service in its new, transitional state.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let state = world.service(id)?.state;
    let request: StatePatch = call.read(shapes::SERVICE_STATE_PATCH)?;
    // Waking needs no more than seeing the service.
    let permission = if matches!(request.command, Word::Awake) { "service:view" } else { "service:manage" };
    world.require(call, permission)?;
    let (command, kind) = match request.command {
        Word::Start => (Command::Start, "service_start"),
        Word::Stop => (Command::Stop, "service_stop"),
        Word::Awake => (Command::Awake, "service_awaken"),
    };
    let transition = lifecycle::command(state, command)?;
    if transition.is_some() {
        world.note(call, kind);
    }
    world.begin(id, transition)?;
    Ok(Reply::Result(world.view(id)?))
}
