//! `sandbox …`: the embedded control plane by itself.

use serde_json::json;

use crate::cli::args::{SandboxCommand, ServeArgs, Switch};
use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::diag::{Code, Diagnostic};
use crate::ops::{self, SandboxPlace};
use crate::sandbox::{self, RateLimit, Server, ServerOptions, Status};

pub async fn run(context: &Context, command: &SandboxCommand) -> Result {
    match command {
        SandboxCommand::Serve(args) => serve(context, args).await,
        SandboxCommand::Status => status(context),
        SandboxCommand::Reset => reset(context),
    }
}

async fn serve(context: &Context, args: &ServeArgs) -> Result {
    let place = match &args.data {
        Some(directory) => SandboxPlace { directory: directory.clone() },
        None => SandboxPlace::of(&context.directory()),
    };
    let sandbox = place.open()?;
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
         export CLICKHOUSE_API_URL={url}\n\
         export CLICKHOUSE_CLOUD_API_KEY={key}\n\
         export CLICKHOUSE_CLOUD_API_SECRET=sandbox\n\
         export CLICKHOUSE_ORG_ID={organization}\n\n\
         End it with Ctrl-C.\n"
    ));
    if !server.address().ip().to_canonical().is_loopback() {
        context.terminal.tell_line("Everybody who reaches this address can use it: its key is no secret.");
    }
}

fn status(context: &Context) -> Result {
    let place = SandboxPlace::of(&context.directory());
    let status = if place.directory.exists() { Some(place.open()?.status()) } else { None };
    let text = match (&status, context.global.json) {
        (status, true) => super::pretty(status),
        (None, false) => "The sandbox has not been used yet.\n".to_owned(),
        (Some(status), false) => table(status),
    };
    context.terminal.print(&text);
    Ok(exit::SUCCESS)
}

fn table(status: &Status) -> String {
    let mut text = format!("Its time is {}; its organization is {}.\n", status.now, status.organization_id);
    if status.services.is_empty() {
        return text + "There are no services.\n";
    }
    let title = ["NAME", "STATE", "SIZE", "PROVIDER", "REGION", "ID"].map(str::to_owned);
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let rows = status.services.iter().map(|s| {
        let size = format!("{} x {} GB", s.replicas, s.memory_gb);
        [s.name.clone(), word(json!(s.state)), size, word(json!(s.provider)), s.region.clone(), s.id.to_string()]
    });
    let rows: Vec<[String; 6]> = std::iter::once(title).chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    text.push('\n');
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
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
