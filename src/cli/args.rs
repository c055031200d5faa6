//! The command line as clap reads it. Must not know what any option does.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::address::{Address, Target};
use crate::kinds::Find;

/// A declarative provisioner for ClickHouse Cloud and BYOC.
///
/// Reads the *.hcl and *.tf files of a directory, compares them with what is really there, shows a plan, and applies it.
#[derive(Debug, Parser)]
#[command(name = "housewright", version, propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of all commands")]
pub struct Global {
    /// Run in this directory.
    #[arg(short = 'C', long = "chdir", value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Set a variable of the root module: NAME=VALUE.
    #[arg(long = "var", value_name = "NAME=VALUE", global = true)]
    pub variables: Vec<String>,
    /// Set variables from a file.
    #[arg(long = "var-file", value_name = "FILE", global = true)]
    pub variable_files: Vec<PathBuf>,
    /// Keep the state in this file.
    #[arg(long, value_name = "FILE", global = true)]
    pub state: Option<PathBuf>,
    /// Use the embedded sandbox instead of ClickHouse Cloud: its world is kept in .housewright/.
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Work on this resource or instance, and on what it needs, alone. May be given several times.
    #[arg(long = "target", value_name = "ADDRESS", global = true)]
    pub targets: Vec<Target>,
    /// How many things may be changed at the same time.
    #[arg(long, value_name = "N", default_value_t = 10, global = true)]
    pub parallelism: usize,
    /// Fetch modules from git repositories anew, instead of using the copies in .housewright/modules.
    #[arg(long, global = true)]
    pub update_modules: bool,
    /// How long to wait for a state that somebody else has locked: 30s, 10m.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration, global = true)]
    pub lock_timeout: Duration,
    /// Print JSON for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print without colours; so does NO_COLOR in the environment.
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Never ask anything, as where CI is set in the environment.
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Tell every request; never a body.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// `30s`, `10m`, `1h30m`; a number alone is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write for example 30s or 10m");
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(parsed).map_err(|_| wrong())
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the configuration without sending a request.
    Validate(ValidateArgs),
    /// Show what an apply would do.
    Plan(PlanArgs),
    /// Make everything as the configuration says.
    Apply(ApplyArgs),
    /// Destroy everything the state knows.
    Destroy(ApplyArgs),
    /// Rewrite .tf files into the short spelling of .hcl files; comments stay, and so does what is declared.
    Convert(ConvertArgs),
    /// Tell what somebody changed since the last apply; exit with 2 when there is something. Changes nothing.
    Drift(DriftArgs),
    /// Say what the code of a message means, and what to do; without a code, list all.
    Explain {
        #[arg(value_name = "CODE")]
        code: Option<String>,
    },
    /// Take what exists into the state.
    Import(ImportArgs),
    /// Show the state with its attributes, or a plan that `plan --out` has kept.
    Show(ShowArgs),
    /// Draw resources, or the changes of a kept plan, and what comes before what.
    Graph(GraphArgs),
    /// Print the outputs of the last apply, or one of them.
    Output(OutputArgs),
    /// Evaluate expressions.
    Console(ConsoleArgs),
    /// Rewrite files in the canonical format.
    Fmt(FmtArgs),
    /// Look at the state and change what it remembers.
    #[command(subcommand)]
    State(StateCommand),
    /// The embedded control plane.
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Print the completion script of a shell.
    Completions { shell: clap_complete::Shell },
    /// Write the man pages into a directory.
    Man {
        #[arg(value_name = "DIR")]
        pages: PathBuf,
    },
    /// Print the version.
    Version,
}

#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// Destroy and create this instance anew. May be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<Address>,
    /// With `false`, take the state's word for what is there, and read nothing.
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub refresh: bool,
    /// Plan the destruction of everything.
    #[arg(long)]
    pub destroy: bool,
    /// Exit with 2 when there are changes, 0 when there are none.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// (plan) Tell which permissions of the API key, and which actions in AWS, the plan needs, and what for.
    #[arg(long)]
    pub permissions: bool,
    /// (plan) Print the edit of the configuration under which what others changed is what is wanted.
    #[arg(long, conflicts_with_all = ["replace", "destroy", "out"])]
    pub accept_drift: bool,
    /// (plan) Make that edit.
    #[arg(long, requires = "accept_drift")]
    pub write: bool,
    /// (plan) Keep the plan in this file, so that `apply FILE` carries out this one and no other.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub detail: DetailArgs,
}

#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub plan: PlanArgs,
    /// (apply) A plan that `plan --out` has kept. It is carried out without a question.
    #[arg(value_name = "PLAN")]
    pub file: Option<PathBuf>,
    /// Do not ask.
    #[arg(long)]
    pub auto_approve: bool,
    /// Write passwords and key secrets that the platform made up to this new file, readable by its owner alone.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct ValidateArgs {
    /// Print the findings as SARIF, for code scanning.
    #[arg(long, conflicts_with_all = ["json", "github"])]
    pub sarif: bool,
    /// Print the findings as annotations of GitHub Actions.
    #[arg(long, conflicts_with = "json")]
    pub github: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// A plan that `plan --out` has kept; without one, the state is shown.
    #[arg(value_name = "PLAN")]
    pub file: Option<PathBuf>,
    /// Print the plan as Markdown for a comment, within 65,536 characters.
    #[arg(long, requires = "file", conflicts_with_all = ["json", "html"])]
    pub markdown: bool,
    /// Print the plan as a page for browsers, in one file that needs nothing else.
    #[arg(long, requires = "file", conflicts_with = "json")]
    pub html: bool,
    #[command(flatten)]
    pub detail: DetailArgs,
}

#[derive(Debug, Clone, Args)]
pub struct GraphArgs {
    /// A plan that `plan --out` has kept; without one, the resources of the configuration are drawn.
    #[arg(value_name = "PLAN")]
    pub file: Option<PathBuf>,
    #[arg(long, value_name = "FORMAT", default_value = "dot")]
    pub format: GraphFormat,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum GraphFormat {
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
    /// A picture.
    Svg,
}

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct DetailArgs {
    /// Show one line for each change.
    #[arg(long, conflicts_with = "full")]
    pub compact: bool,
    /// Show also what stays as it is.
    #[arg(long)]
    pub full: bool,
    /// Show the requests that an apply will send.
    #[arg(long)]
    pub calls: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ConvertArgs {
    /// The directory, with those below it; the current one when it is left out.
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Show the differences, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Clone, Args)]
pub struct DriftArgs {
    /// Tell also what exists and nobody manages.
    #[arg(long)]
    pub unmanaged: bool,
    /// Print Markdown, for a comment or a ticket.
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The instance that it is from now on.
    #[arg(required_unless_present_any = ["from_tfstate", "all"])]
    pub address: Option<Address>,
    /// What exists: its id, name:NAME, or tag:KEY=VALUE.
    #[arg(required_unless_present_any = ["from_tfstate", "all"])]
    pub id: Option<Find>,
    /// Take over all that a state of Terraform's holds of the official provider; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["address", "id", "all"])]
    pub from_tfstate: Option<PathBuf>,
    /// Write everything that exists and is not managed yet into new files, and take it over.
    #[arg(long, conflicts_with_all = ["address", "id"])]
    pub all: bool,
    /// (--all) Only what this names: tag:KEY=VALUE, name:NAME, or an id.
    #[arg(long, value_name = "FIND", requires = "all")]
    pub filter: Option<Find>,
    /// (--all) Only things of this kind. May be given several times.
    #[arg(long = "kind", value_name = "KIND", requires = "all")]
    pub kinds: Vec<String>,
    /// (--all) Do not ask.
    #[arg(long, requires = "all")]
    pub auto_approve: bool,
}

#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    pub name: Option<String>,
    /// Print a text, number or bool as it is, without quotes.
    #[arg(long, requires = "name")]
    pub raw: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ConsoleArgs {
    /// Read one JSON object a line, {"id": …, "expr": …}, and answer each with one line.
    #[arg(long)]
    pub batch: bool,
    /// Keep nothing that is typed; so does HOUSEWRIGHT_NO_HISTORY in the environment.
    #[arg(long)]
    pub no_history: bool,
}

#[derive(Debug, Clone, Args)]
pub struct FmtArgs {
    /// Files or directories; `-` is standard input. Default: the current directory.
    pub paths: Vec<PathBuf>,
    /// Write nothing; exit with 3 when a file is not in the canonical format.
    #[arg(long)]
    pub check: bool,
    /// Show the differences.
    #[arg(long)]
    pub diff: bool,
    /// Also directories below.
    #[arg(long)]
    pub recursive: bool,
}

#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// List the addresses in the state.
    List {
        /// Only these, and what is below them.
        addresses: Vec<Address>,
    },
    /// Show one instance.
    Show { address: Address },
    /// Give an instance another address.
    Mv {
        from: Address,
        to: Address,
        /// Write the `moved` block as well, so that other states of the same configuration follow.
        #[arg(long)]
        write: bool,
    },
    /// Print the outputs as a state that Terraform's data source terraform_remote_state reads.
    Export {
        /// In the format of Terraform's states; there is no other.
        #[arg(long, required = true)]
        tfstate: bool,
        /// Also those that are sensitive, evaluated anew, as they stand.
        #[arg(long)]
        sensitive: bool,
        /// The file to write; without one it is printed.
        file: Option<PathBuf>,
    },
    /// Forget instances; the things themselves stay.
    Rm {
        #[arg(required = true)]
        addresses: Vec<Address>,
    },
    /// Lift the protection from destruction that the state remembers, of instances whose block is gone.
    Unprotect {
        #[arg(required = true)]
        addresses: Vec<Address>,
    },
    /// Print the state, with what the journal of an unfinished apply says.
    Pull,
    /// Store a state that `state pull` has printed.
    Push {
        /// `-` is standard input.
        file: PathBuf,
        /// Store it even if it is not a later version of what is stored.
        #[arg(long)]
        force: bool,
    },
    /// List what is stored, and what was stored before.
    History,
    /// Store a state of before once more; the things themselves stay.
    Rollback { serial: u64 },
    /// Write the state anew, encrypted as the environment says now.
    Rekey,
    /// Release a lock that nobody holds any more.
    Unlock { id: String },
}

#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Serve the sandbox over HTTP for other clients.
    Serve(ServeArgs),
    /// Show the sandbox's services: states, sizes, replicas, who idles.
    Status(StatusArgs),
    /// Show what happened to services and why, with the numbers behind it.
    Events(EventsArgs),
    /// Throw the sandbox's world and its state away.
    Reset,
}

#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// Look at the world in this directory instead of .housewright/sandbox.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct EventsArgs {
    /// Look at the world in this directory instead of .housewright/sandbox.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Go on as things happen, while another process serves the sandbox; Ctrl-C ends it.
    #[arg(long)]
    pub follow: bool,
    /// Only what happened after the event of this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub since: u64,
    /// Only what happened to this service: a name or an id.
    #[arg(long, value_name = "SERVICE")]
    pub service: Option<String>,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Address and port; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8123")]
    pub listen: std::net::SocketAddr,
    /// How many virtual seconds pass in a real one.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,
    /// Whether a key may make 10 requests in 10 virtual seconds only, as the real API has it. On at speed 1 unless told.
    #[arg(long, value_name = "on|off")]
    pub rate_limit: Option<Switch>,
    /// Keep the world in this directory instead of .housewright/sandbox.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Give services the loads that this JSON file describes.
    #[arg(long, value_name = "FILE")]
    pub load: Option<PathBuf>,
    /// Change the sandbox's settings, such as durations, by this JSON file.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// The arguments with long options that begin with one dash, as in Terraform, given a second one: `-auto-approve`.
pub fn normal(arguments: impl IntoIterator<Item = OsString>, command: &clap::Command) -> Vec<OsString> {
    let names = long_options(command);
    let mut only_values = false;
    let normal = |argument: OsString| {
        only_values |= argument == "--";
        let name =
            argument.to_str().and_then(|a| a.strip_prefix('-')).map(|a| a.split('=').next().unwrap_or(a).to_owned());
        match name.filter(|n| !only_values && n.len() > 1 && names.contains(n)) {
            Some(_) => {
                let mut longer = OsString::from("-");
                longer.push(argument);
                longer
            }
            None => argument,
        }
    };
    arguments.into_iter().map(normal).collect()
}

fn long_options(command: &clap::Command) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = command.get_arguments().filter_map(|a| a.get_long()).map(str::to_owned).collect();
    names.extend(command.get_subcommands().flat_map(long_options));
    names
}

impl From<DetailArgs> for crate::cli::render::plan::Detail {
    fn from(args: DetailArgs) -> Self {
        use crate::cli::render::plan::{Detail, Level};
        let level = match (args.compact, args.full) {
            (true, _) => Level::Compact,
            (_, true) => Level::Full,
            _ => Level::Normal,
        };
        Detail { level, calls: args.calls }
    }
}
