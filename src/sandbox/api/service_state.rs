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
    let command = match request.command {
        Word::Start => Command::Start,
        Word::Stop => Command::Stop,
        Word::Awake => Command::Awake,
    };
    world.begin(id, lifecycle::command(state, command)?)?;
    Ok(Reply::Result(world.view(id)?))
}
