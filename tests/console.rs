//! `console` as a person uses it: the real binary on a pseudo-terminal.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use support::{Project, binary};

const CONFIGURATION: &str = r#"
variable "region" {
  default = "eu-central-1"
}

variable "sizes" {
  default = { small = 8, large = 64 }
}

locals {
  greeting = "hello"
  text     = "a"
}
"#;

const UP: &str = "\x1b[A";
const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// A session on a terminal of its own.
struct Session {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<String>>,
    /// How much of the screen has been looked at.
    seen: usize,
}

impl Session {
    fn start(mut command: Command) -> Self {
        let size = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(&size, None).expect("a pseudo-terminal");
        let side = || Stdio::from(terminal.slave.try_clone().expect("the terminal's other side"));
        let child = command.stdin(side()).stdout(side()).stderr(side()).spawn().expect("the console starts");
        drop(command);
        drop(terminal.slave);
        let keyboard = File::from(terminal.master);
        let mut reader = keyboard.try_clone().expect("the terminal");
        let screen = Arc::new(Mutex::new(String::new()));
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails once the console has gone.
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                shown.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..n]));
            }
        });
        let mut session = Self { child, keyboard, screen, seen: 0 };
        session.shows("> ");
        session
    }

    fn type_in(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the console listens");
    }

    /// Waits until the text appears behind what has been looked at.
    #[track_caller]
    fn shows(&mut self, text: &str) {
        let begun = Instant::now();
        loop {
            let screen = self.screen.lock().unwrap().clone();
            let fresh = &screen[self.seen..];
            if let Some(at) = fresh.find(text) {
                self.seen += at + text.len();
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "`{text}` does not appear; there is\n{fresh:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types a line and waits for its answer and the next prompt.
    #[track_caller]
    fn answers(&mut self, line: &str, answer: &str) {
        self.type_in(&format!("{line}{ENTER}"));
        self.shows(&format!("\n{answer}\r\n"));
        self.shows("> ");
    }

    fn ends(mut self, keys: &str) -> i32 {
        self.type_in(keys);
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            if begun.elapsed() > Duration::from_secs(60) {
                let _ = self.child.kill();
                panic!("it does not end; there is\n{:?}", self.screen.lock().unwrap());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn console(project: &Project, arguments: &[&str]) -> Command {
    let mut command = binary(project.root());
    command.env("TERM", "xterm").env("NO_COLOR", "1").arg("console").args(arguments);
    command
}

const HISTORY: &str = ".local/state/housewright/console_history";

#[test]
fn names_are_completed() {
    let project = Project::new(CONFIGURATION);
    let mut session = Session::start(console(&project, &[]));
    session.answers("var.re\t", "\"eu-central-1\"");
    session.answers("upper(loc\tgre\t)", "\"HELLO\"");
    session.answers("var.sizes.sm\t * 2", "16");
    session.answers("var.sizes[\"la\t", "64");
    // Several candidates are listed, functions with their parameters.
    session.type_in("cidrs\t\t");
    session.shows("cidrsubnet(prefix, newbits, netnum)");
    session.shows("cidrsubnets(prefix, newbits...)");
    session.shows("> cidrsubnet");
    session.type_in(CTRL_C);
    session.shows("> ");
    assert_eq!(session.ends(CTRL_D), 0);
}

#[test]
fn an_expression_may_have_several_lines() {
    let project = Project::new(CONFIGURATION);
    let mut session = Session::start(console(&project, &[]));
    session.type_in(&format!("[1,{ENTER}"));
    session.answers("2]", "[\r\n  1,\r\n  2,\r\n]");
    session.type_in(&format!("<<EOT{ENTER}line{ENTER}"));
    session.answers("EOT", "<<EOT\r\nline\r\n\r\nEOT");
    // What is wrong is told, and the session goes on.
    session.type_in(&format!("[1, 2{ENTER}{ENTER}"));
    session.shows("Unterminated tuple constructor expression");
    session.shows("> ");
    session.type_in("1 + ");
    session.shows("1 + ");
    session.type_in(CTRL_C);
    session.shows("> ");
    session.answers("local.text", "\"a\"");
    assert_eq!(session.ends(&format!("exit{ENTER}")), 0);
}

#[test]
fn what_was_typed_comes_back() {
    let project = Project::new(CONFIGURATION);
    let mut session = Session::start(console(&project, &[]));
    session.answers("1 + 1", "2");
    session.answers("2 + 3", "5");
    session.answers(" \"not kept\"", "\"not kept\"");
    session.answers(UP, "5");
    session.answers(&format!("{UP}{UP}"), "2");
    assert_eq!(session.ends(CTRL_D), 0);

    let kept = project.path(HISTORY);
    assert_eq!(kept.metadata().expect("history is kept").permissions().mode() & 0o777, 0o600);
    let folder = kept.parent().expect("a folder").metadata().unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    let text = project.read(HISTORY);
    assert!(text.contains("1 + 1") && !text.contains("not kept"), "{text}");

    let mut session = Session::start(console(&project, &[]));
    session.answers(UP, "2");
    assert_eq!(session.ends(CTRL_D), 0);
}

#[test]
fn nothing_is_kept_where_that_is_not_wanted() {
    let project = Project::new(CONFIGURATION);
    let mut session = Session::start(console(&project, &["--no-history"]));
    session.answers("1 + 1", "2");
    assert_eq!(session.ends(CTRL_D), 0);
    let mut command = console(&project, &[]);
    command.env("HOUSEWRIGHT_NO_HISTORY", "1");
    let mut session = Session::start(command);
    session.answers("1 + 1", "2");
    assert_eq!(session.ends(CTRL_D), 0);
    assert!(!project.path(".local").exists());
}

#[test]
fn the_states_values_are_at_hand() {
    let project = Project::example("quickstart");
    project.apply().exits(0);
    let mut session = Session::start(console(&project, &["--sandbox"]));
    session.answers("service.pri\t.region", "\"eu-central-1\"");
    session.answers("service.primary.na\t", "\"quickstart-primary\"");
    session.answers("length(service.primary.id)", "36");
    assert_eq!(session.ends(CTRL_D), 0);
}

/// Where no person types, lines are read as they come, and nothing is kept.
#[test]
fn a_pipe_gives_lines() {
    let project = Project::new(CONFIGURATION);
    let piped = |text: &str| {
        let mut command = console(&project, &[]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(piped("var.region\n[1,\n2]\n"), (Some(0), "\"eu-central-1\"\n[\n  1,\n  2,\n]\n".to_owned()));
    assert_eq!(piped("1\nvar.missing\n3\n"), (Some(1), "1\n3\n".to_owned()));
    assert!(!project.path(".local").exists());
}
