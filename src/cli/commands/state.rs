//! `state …`: what the state remembers, and changes of it that send no request.

use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use super::show;
use crate::address::Address;
use crate::cli::args::StateCommand;
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::host;
use crate::ops::{self, Replaced, Session, StateChange};

pub async fn run(context: &Context, command: &StateCommand) -> Result {
    if let StateCommand::Show { address } = command {
        return show::state::run(context, Some(address)).await;
    }
    let session = context.session();
    match command {
        StateCommand::List { addresses } => list(context, &session, addresses).await,
        StateCommand::Pull => pull(context, &session).await,
        StateCommand::Rm { addresses } => remove(context, &session, addresses).await,
        StateCommand::Unprotect { addresses } => unprotect(context, &session, addresses).await,
        StateCommand::Mv { from, to, write } => rename(context, &session, (from, to), *write).await,
        StateCommand::Export { sensitive, file, .. } => export(context, &session, *sensitive, file.as_deref()).await,
        StateCommand::Unlock { id } => unlock(context, &session, id).await,
        StateCommand::Push { file, force } => push(context, &session, file, *force).await,
        StateCommand::History => history(context, &session).await,
        StateCommand::Rollback { serial } => rollback(context, &session, *serial).await,
        StateCommand::Rekey => rekey(context, &session).await,
        StateCommand::Show { .. } => Ok(exit::SUCCESS),
    }
}

async fn list(context: &Context, session: &Session, selections: &[Address]) -> Result {
    let state = context.state(session).await?;
    let mut addresses: Vec<Address> = match &state {
        Some(state) => state.resources.keys().filter_map(|text| text.parse().ok()).collect(),
        None => Vec::new(),
    };
    addresses.retain(|a| selections.is_empty() || selections.iter().any(|s| s.covers(a)));
    addresses.sort();
    let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let text = if context.global.json {
        super::pretty(&json!({ "addresses": names }))
    } else {
        names.iter().map(|name| format!("{name}\n")).collect()
    };
    context.terminal.print(&text);
    Ok(exit::SUCCESS)
}

/// The state's own format is JSON already.
async fn pull(context: &Context, session: &Session) -> Result {
    let Some(state) = context.state(session).await? else {
        context.terminal.tell_line("There is no state yet.");
        return Ok(exit::SUCCESS);
    };
    let bytes = housewright_state::format::encode(&state).map_err(|e| {
        let failed = Diagnostic::error(Code("HW0513"), "The state cannot be written down").with_detail(e.to_string());
        Failure::in_session(session, failed)
    })?;
    context.terminal.print(&String::from_utf8_lossy(&bytes));
    Ok(exit::SUCCESS)
}

async fn push(context: &Context, session: &Session, file: &Path, force: bool) -> Result {
    context.refuse_json("state push")?;
    let name = if file == Path::new("-") { "Standard input".to_owned() } else { file.display().to_string() };
    let bytes = if file == Path::new("-") { context.terminal.read_all() } else { host::read(file) };
    let bytes = bytes.map_err(|e| {
        Diagnostic::error(Code("HW0904"), format!("{name} cannot be read"))
            .with_detail(format!("It should hold a state. {e}"))
            .with_help("Name a file that `housewright state pull` has written, or - for standard input.")
    })?;
    let new = ops::read_given(&name, &bytes)?;
    let place = context.state_place(session)?;
    let change = ops::push_state(session, &place, new, force).await;
    replaced(context, &finished(context, session, change)?);
    Ok(exit::SUCCESS)
}

async fn history(context: &Context, session: &Session) -> Result {
    let place = context.state_place(session)?;
    let (stored, past) = ops::history(&place).await.map_err(|d| Failure::in_session(session, d))?;
    let present = stored.iter().map(|s| (s.serial, None));
    let all = present.chain(past.iter().map(|p| (p.serial, p.at)));
    let text = if context.global.json {
        let of = |(serial, at): (u64, Option<jiff::Timestamp>)| json!({ "serial": serial, "at": at });
        super::pretty(&json!({ "history": all.map(of).collect::<Vec<_>>() }))
    } else {
        let line = |(index, (serial, at)): (usize, (u64, Option<jiff::Timestamp>))| match (index, at) {
            (0, _) if stored.is_some() => format!("{serial}  stored now\n"),
            (_, Some(at)) => format!("{serial}  {}\n", at.strftime("%Y-%m-%d %H:%M:%S UTC")),
            (_, None) => format!("{serial}\n"),
        };
        all.enumerate().map(line).collect()
    };
    context.terminal.print(&text);
    Ok(exit::SUCCESS)
}

async fn rollback(context: &Context, session: &Session, serial: u64) -> Result {
    context.refuse_json("state rollback")?;
    let place = context.state_place(session)?;
    let change = ops::rollback_state(session, &place, serial).await;
    replaced(context, &finished(context, session, change)?);
    context.terminal.print("The things themselves stay as they are: look at what `plan` says before you apply.\n");
    Ok(exit::SUCCESS)
}

async fn rekey(context: &Context, session: &Session) -> Result {
    context.refuse_json("state rekey")?;
    let place = context.state_place(session)?;
    let change = ops::rekey_state(session, &place).await;
    let serial = finished(context, session, change)?.serial;
    context.terminal.print(&format!("The state was written anew, as serial {serial}.\n"));
    Ok(exit::SUCCESS)
}

/// What a state that took another's place changed.
fn replaced(context: &Context, replaced: &Replaced) {
    let mut text = format!("Stored as serial {}.\n", replaced.serial);
    for (addresses, what) in
        [(&replaced.dropped, "is no longer remembered, and stays"), (&replaced.returned, "is remembered again")]
    {
        text.extend(addresses.iter().map(|address| format!("  {address} {what}\n")));
    }
    context.terminal.print(&text);
}

async fn unprotect(context: &Context, session: &Session, addresses: &[Address]) -> Result {
    context.refuse_json("state unprotect")?;
    let place = context.state_place(session)?;
    let change = ops::change_state(session, &place, "state unprotect", |state| ops::unprotect(state, addresses)).await;
    let lifted = finished(context, session, change)?;
    if lifted.is_empty() {
        context.terminal.print("Nothing of that is protected.\n");
    }
    for address in lifted {
        context.terminal.print(&format!("Unprotected {address}: from now on it can be destroyed.\n"));
    }
    Ok(exit::SUCCESS)
}

async fn remove(context: &Context, session: &Session, addresses: &[Address]) -> Result {
    context.refuse_json("state rm")?;
    let place = context.state_place(session)?;
    let change = ops::change_state(session, &place, "state rm", |state| ops::forget(state, addresses)).await;
    for address in finished(context, session, change)? {
        context.terminal.print(&format!("Forgot {address}: it stays as it is, and is no longer managed.\n"));
    }
    Ok(exit::SUCCESS)
}

async fn rename(context: &Context, session: &Session, (from, to): (&Address, &Address), write: bool) -> Result {
    context.refuse_json("state mv")?;
    let place = context.state_place(session)?;
    let change = ops::change_state(session, &place, "state mv", |state| ops::rename(state, from, to)).await;
    for (old, new) in finished(context, session, change)? {
        context.terminal.print(&format!("Moved {old} to {new}.\n"));
    }
    if write {
        let written = ops::write_moved(session, from, to).map_err(|d| Failure::in_session(session, d))?;
        context.terminal.print(&match written {
            Some(file) => format!("Wrote the moved block to {}.\n", file.display()),
            None => "The configuration has the moved block already.\n".to_owned(),
        });
    }
    Ok(exit::SUCCESS)
}

/// The outputs as a state of Terraform's; into a file that only its owner can read, because secrets may be asked for.
async fn export(context: &Context, session: &Session, sensitive: bool, file: Option<&Path>) -> Result {
    if file.is_some() {
        context.refuse_json("state export FILE")?;
    }
    let fail = |d: Diagnostic| Failure::in_session(session, d);
    let place = context.state_place(session)?;
    let state = ops::read_state(session, &place).await.map_err(|d| Failure::in_session(session, d))?;
    let Some(state) = state else { return Err(fail(ops::no_state(&place))) };
    let exported = ops::export(session, &state, sensitive);
    if !exported.left_out.is_empty() {
        let names = exported.left_out.join(", ");
        let help = match sensitive {
            false => "Add --sensitive to have them evaluated and written as they stand, if the file may hold secrets.",
            true => "Give the variables the values that were applied, or apply again.",
        };
        let warning = Diagnostic::warning(Code("HW0522"), format!("Sensitive outputs are left out: {names}"))
            .with_detail("Their values are in no state; what reads the export does not find them.")
            .with_help(help);
        context.terminal.diagnostics(warning.into(), &session.sources);
    }
    let Some(file) = file else {
        context.terminal.print(&exported.text);
        return Ok(exit::SUCCESS);
    };
    let name = file.display().to_string();
    if let Ok(bytes) = host::read(file) {
        ops::may_replace(&name, &bytes, &state).map_err(fail)?;
    }
    host::write_private(file, exported.text.as_bytes()).map_err(|e| {
        let failed = Diagnostic::error(Code("HW0916"), format!("{name} cannot be written"));
        fail(failed.with_detail(format!("{e}.")).with_help("Check the directory and its permissions."))
    })?;
    context.terminal.print(&format!("Wrote the outputs as of serial {} to {name}.\n", state.serial));
    Ok(exit::SUCCESS)
}

/// What a change answered, with a word on a lock that was taken over.
fn finished<T>(
    context: &Context,
    session: &Session,
    change: std::result::Result<StateChange<T>, Diagnostics>,
) -> Result<T> {
    let change = change.map_err(|d| Failure::in_session(session, d))?;
    if let Some(holder) = change.taken_over {
        context.terminal.tell_line(&taken_over(&holder));
    }
    Ok(change.result)
}

/// A lock that a dead process left behind was taken over.
pub(super) fn taken_over(holder: &housewright_state::LockInfo) -> String {
    format!(
        "A process that has ended left its lock behind, which was taken over: {holder}. What it did may be unfinished."
    )
}

async fn unlock(context: &Context, session: &Session, id: &str) -> Result {
    context.refuse_json("state unlock")?;
    let place = context.state_place(session)?;
    let id = Uuid::parse_str(id).map_err(|_| {
        let wrong = Diagnostic::error(Code("HW0517"), format!("`{id}` is not the id of a lock"))
            .with_detail("It looks like 0c8a6f1e-5d0b-4c4e-9d55-3f0a8b1c2d3e.")
            .with_help("Copy it from the message that says who holds the lock.");
        Failure::in_session(session, wrong)
    })?;
    ops::unlock_state(&place, id).await.map_err(|d| Failure::in_session(session, d))?;
    context.terminal.print(&format!("The lock {id} was released.\n"));
    Ok(exit::SUCCESS)
}
