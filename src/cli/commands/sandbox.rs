//! `sandbox …`: the embedded control plane by itself.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::cli::args::{EventsArgs, SandboxCommand, ServeArgs, StatusArgs, Switch};
use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::cli::render;
use crate::clock::{Clock as _, SystemClock};
use crate::diag::{Code, Diagnostic};
use crate::ops::{self, SandboxPlace, SandboxView};
use crate::sandbox::{self, RateLimit, Server, ServerOptions};

/// Real time between two looks at a timeline that is followed.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const UNUSED: &str = "The sandbox has not been used yet.\n";

pub async fn run(context: &Context, command: &SandboxCommand) -> Result {
    match command {
        SandboxCommand::Serve(args) => serve(context, args).await,
        SandboxCommand::Status(args) => status(context, args).await,
        SandboxCommand::Events(args) => events(context, args).await,
        SandboxCommand::Reset => reset(context),
    }
}

/// The sandbox of the configuration, or that of a directory.
fn place(context: &Context, data: Option<&Path>) -> SandboxPlace {
    match data {
        Some(directory) => SandboxPlace { directory: directory.to_owned() },
        None => SandboxPlace::of(&context.directory()),
    }
}

async fn serve(context: &Context, args: &ServeArgs) -> Result {
    let mut sandbox = place(context, args.data.as_deref()).open()?;
    if let Some(file) = &args.settings {
        ops::set_sandbox(&mut sandbox, file)?;
    }
    if let Some(file) = &args.load {
        ops::load_sandbox(&mut sandbox, file)?;
    }
    let organization = sandbox.organization_id().to_string();
    let interrupts = context.interrupts()?;
    #[expect(clippy::float_cmp, reason = "the speed as it was written")]
    let limited = args.rate_limit.map_or(args.speed == 1.0, |switch| switch == Switch::On);
    let rate_limit = limited.then(RateLimit::default);
    let options = ServerOptions { address: args.listen, speed: args.speed, rate_limit };
    let failed = |e: sandbox::ServeError| {
        Diagnostic::error(Code("HW0915"), "The sandbox cannot be served").with_detail(format!("{e}.")).with_help(
            "Choose another address with --listen 127.0.0.1:0, which takes a free port, and a --speed from 0 up.",
        )
    };
    let server = sandbox::serve(sandbox, options).await.map_err(failed)?;
    announce(context, &server, &organization);
    interrupts.leave().await;
    server.stop().await.map_err(failed)?;
    context.terminal.tell_line("\nThe sandbox has stopped; its world is kept.");
    Ok(exit::SUCCESS)
}

fn announce(context: &Context, server: &Server, organization: &str) {
    let (url, key) = (server.base_url(), "sandbox");
    if context.global.json {
        let facts = json!({ "url": url, "key_id": key, "organization_id": organization });
        return context.terminal.print(&format!("{facts}\n"));
    }
    context.terminal.print(&format!(
        "The sandbox listens on {url}; its key is {key}.\n\n\
         export CLICKHOUSE_API_URL={url}/v1\n\
         export CLICKHOUSE_CLOUD_API_KEY={key}\n\
         export CLICKHOUSE_CLOUD_API_SECRET=sandbox\n\
         export CLICKHOUSE_ORG_ID={organization}\n\n\
         End it with Ctrl-C.\n"
    ));
    if !server.address().ip().to_canonical().is_loopback() {
        context.terminal.tell_line("Everybody who reaches this address can use it: its key is no secret.");
    }
}

async fn status(context: &Context, args: &StatusArgs) -> Result {
    let view = SandboxView::open(&place(context, args.data.as_deref()))?;
    let status = match &view {
        Some(view) => Some(view.status().await?),
        None => None,
    };
    let text = match (&status, context.global.json) {
        (status, true) => super::pretty(status),
        (None, false) => UNUSED.to_owned(),
        (Some(status), false) => render::sandbox::status(status, context.terminal.look()),
    };
    context.terminal.print(&text);
    Ok(exit::SUCCESS)
}

/// Prints the timeline; to follow it, looks for more until somebody interrupts.
async fn events(context: &Context, args: &EventsArgs) -> Result {
    let Some(view) = SandboxView::open(&place(context, args.data.as_deref()))? else {
        let text = if context.global.json && !args.follow { "[]\n" } else { UNUSED };
        context.terminal.print(text);
        return Ok(exit::SUCCESS);
    };
    let service = args.service.as_deref();
    let mut entries = view.events(args.since, service).await?;
    if !args.follow {
        show(context, &entries, false);
        return Ok(exit::SUCCESS);
    }
    if !view.is_served() {
        show(context, &entries, true);
        return Err(nothing_to_follow().into());
    }
    let interrupts = context.interrupts()?;
    let (clock, mut since) = (SystemClock::default(), args.since);
    loop {
        show(context, &entries, true);
        since = entries.last().and_then(|entry| entry.get("sequence")?.as_u64()).unwrap_or(since);
        tokio::select! {
            () = interrupts.leave() => return Ok(exit::SUCCESS),
            () = clock.sleep(LOOK_EVERY) => {}
        }
        entries = view.events(since, service).await?;
    }
}

/// As one JSON list, as one JSON object a line, or for people.
fn show(context: &Context, entries: &[serde_json::Value], lines: bool) {
    let text = match (context.global.json, lines) {
        (true, false) => super::pretty(&entries),
        (true, true) => entries.iter().map(|entry| format!("{entry}\n")).collect(),
        (false, _) => entries.iter().map(|entry| render::sandbox::event(entry, context.terminal.look())).collect(),
    };
    context.terminal.print(&text);
}

fn nothing_to_follow() -> Diagnostic {
    Diagnostic::error(Code("HW0926"), "There is nothing to follow")
        .with_detail("Nobody serves this sandbox, so its time stands still. What has happened so far was printed.")
        .with_help("Serve it with `housewright sandbox serve`, then follow it from another terminal.")
}

fn reset(context: &Context) -> Result {
    context.refuse_json("sandbox reset")?;
    let text = if ops::reset_sandbox(&context.directory())? {
        "The sandbox's world and its state were thrown away.\n"
    } else {
        "There was nothing to throw away.\n"
    };
    context.terminal.print(text);
    Ok(exit::SUCCESS)
}
