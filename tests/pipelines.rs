//! The pipelines of examples/pipelines, step by step, as far as they go without the services they are for: the real
//! program against the sandbox, with stand-ins for `gh` and `conftest`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use support::{Project, Run, Served};

const CONFIGURATION: &str = "cloud {\n  tier = \"enterprise\"\n}\n\nservice \"main\" {\n  cloud_provider        = \"aws\"\n  \
    region                = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 16\n  ip_access             = []\n}\n";

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pipelines").join(name)
}

/// A file of YAML, read by the program itself, in a directory where there is nothing else.
fn yaml(name: &str) -> Value {
    let project = Project::empty();
    std::fs::copy(example(name), project.path("pipeline.yml")).unwrap();
    let mut console = support::binary(project.root());
    console.args(["console", "--batch"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = console.spawn().unwrap();
    let asked = json!({"id": "1", "expr": "yamldecode(file(\"pipeline.yml\"))"});
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{asked}\n").as_bytes()).unwrap();
    let answer: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(answer["ok"], true, "{answer}");
    answer["value"].clone()
}

/// A machine that runs pipelines: a project, a cloud, and the programs that steps call.
struct Runner {
    project: Project,
    served: Served,
}

impl Runner {
    fn new() -> Self {
        let project = Project::new(CONFIGURATION);
        let served = Served::start(&project, "600");
        let runner = Self { project, served };
        std::fs::create_dir(runner.project.path("bin")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_housewright"), runner.project.path("bin/housewright")).unwrap();
        // What it is asked is written down; of comments there is one once one was made.
        runner.stand_in("gh", "echo \"$@\" >> \"$RUNNER/gh.log\"\ncase \"$*\" in\n  *--paginate*) cat \"$RUNNER/comment\" 2>/dev/null || true ;;\n  \
            *POST*) cp plan.md \"$RUNNER/posted.md\"; echo 42 > \"$RUNNER/comment\" ;;\n  *PATCH*) cp plan.md \"$RUNNER/posted.md\" ;;\n  \
            *\"run list\"*) echo 7 ;;\n  *\"run download\"*) cp \"$RUNNER/kept.plan\" the.plan ;;\nesac");
        runner.stand_in("conftest", "test -s plan.json");
        runner
    }

    fn stand_in(&self, name: &str, script: &str) {
        let path = self.project.path(&format!("bin/{name}"));
        std::fs::write(&path, format!("#!/bin/sh\nset -e\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn script(&self, script: &str) -> Run {
        let root = self.project.root();
        let mut command = self.served.client(&self.project, &[]);
        let environment: Vec<_> = command.get_envs().filter_map(|(k, v)| Some((k.to_owned(), v?.to_owned()))).collect();
        command = Command::new("bash");
        command.env_clear().envs(environment).current_dir(root).args(["-euo", "pipefail", "-c", script]);
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", root.join("bin").display()));
        command
            .env("CI", "true")
            .env("RUNNER", root)
            .env("GITHUB_REPOSITORY", "a/b")
            .env("NUMBER", "5")
            .env("SHA", "c0ffee");
        command.env("PLANFILE", root.join("atlantis.plan")).env("SHOWFILE", root.join("atlantis.json"));
        command.env("HOUSEWRIGHT_STATE_PASSPHRASE", "a passphrase of the pipeline");
        command.output().unwrap().into()
    }

    /// The `run` steps of a job, one after the other; answers the outcome of the first that fails, or of the last.
    fn github(&self, file: &str, job: &str) -> Run {
        let pipeline = yaml(&format!("github/{file}"));
        let steps = pipeline["jobs"][job]["steps"].as_array().unwrap().clone();
        let scripts: Vec<&str> = steps.iter().filter_map(|s| s["run"].as_str()).collect();
        assert!(!scripts.is_empty());
        self.all(&scripts)
    }

    fn gitlab(&self, job: &str) -> Run {
        let pipeline = yaml("gitlab/.gitlab-ci.yml");
        let scripts: Vec<String> =
            pipeline[job]["script"].as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_owned()).collect();
        self.all(&scripts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn all(&self, scripts: &[&str]) -> Run {
        let mut last = None;
        for script in scripts {
            let run = self.script(script);
            if run.code != 0 {
                return run;
            }
            last = Some(run);
        }
        last.unwrap()
    }

    fn services(&self) -> Value {
        self.served.api("GET", "/services", &Value::Null)
    }

    fn change_by_hand(&self) {
        let id = self.services()[0]["id"].as_str().unwrap().to_owned();
        self.served.control("PATCH", &format!("/services/{id}"), &json!({"name": "by hand"}).to_string());
    }
}

#[test]
fn github_plans_comments_applies_what_was_reviewed_and_looks_for_drift() {
    let runner = Runner::new();
    runner.github("plan.yml", "plan").exits(0);
    let comment = runner.project.read("posted.md");
    assert!(comment.starts_with("<!-- housewright plan -->") && comment.contains("service.main"), "{comment}");
    assert!(runner.project.read("plan.html").contains("service.main"));
    assert_eq!(runner.services(), json!([]), "a plan changes nothing");
    // Again: the comment is changed, and there is no second one.
    runner.github("plan.yml", "plan").exits(0);
    let asked = runner.project.read("gh.log");
    assert_eq!((asked.matches("--method POST").count(), asked.matches("--method PATCH").count()), (1, 1), "{asked}");
    // What is merged is what was reviewed.
    std::fs::rename(runner.project.path("the.plan"), runner.project.path("kept.plan")).unwrap();
    runner.github("apply.yml", "apply").exits(0).says("1 added");
    assert_eq!(runner.services().as_array().unwrap().len(), 1);
    runner.github("apply.yml", "apply").exits(1).says("HW0630");
    runner.github("drift.yml", "drift").exits(0);
    runner.change_by_hand();
    runner.github("drift.yml", "drift").exits(1).says("Changed outside: clickhouse_service.main");
    // What is wrong is told before anything is planned.
    runner.project.write("main.hcl", &CONFIGURATION.replace("region ", "regoin "));
    runner.github("plan.yml", "plan").exits(1).says("::error file=main.hcl,line=");
}

#[test]
fn gitlab_checks_plans_applies_and_looks_for_drift() {
    let runner = Runner::new();
    runner.gitlab("check").exits(0);
    runner.gitlab("plan").exits(0);
    let counts: Value = serde_json::from_str(&runner.project.read("changes.json")).unwrap();
    assert_eq!(counts, json!({"create": 1, "update": 0, "delete": 0}));
    runner.gitlab("apply").exits(0).says("1 added");
    runner.gitlab("drift").exits(0);
    runner.change_by_hand();
    assert_ne!(runner.gitlab("drift").code, 0);
}

#[test]
fn atlantis_plans_shows_and_applies() {
    let runner = Runner::new();
    let server = yaml("atlantis/repos.yaml");
    let workflow = &server["workflows"]["housewright"];
    let steps = |stage: &str| -> Vec<String> {
        let of = |step: &Value| step["run"].as_str().or_else(|| step["run"]["command"].as_str()).map(str::to_owned);
        workflow[stage]["steps"].as_array().unwrap().iter().filter_map(of).collect()
    };
    for (stage, said) in [("plan", "service.main will be created"), ("policy_check", ""), ("apply", "1 added")] {
        let scripts = steps(stage);
        runner.all(&scripts.iter().map(String::as_str).collect::<Vec<_>>()).exits(0).says(said);
    }
    assert!(runner.project.read("atlantis.json").contains("resource_changes"));
    assert_eq!(runner.services().as_array().unwrap().len(), 1);
}

#[test]
fn pre_commit_formats_and_validates() {
    let runner = Runner::new();
    let hooks = yaml("pre-commit/.pre-commit-hooks.yaml");
    let entry = |id: &str| {
        let hook = hooks.as_array().unwrap().iter().find(|h| h["id"] == id).unwrap();
        let files = if hook["pass_filenames"] == false { "" } else { " main.hcl" };
        format!("{}{files}", hook["entry"].as_str().unwrap())
    };
    runner.project.write("main.hcl", &CONFIGURATION.replace("region                =", "region ="));
    runner.script(&entry("housewright-fmt")).exits(0);
    assert_eq!(runner.project.read("main.hcl"), CONFIGURATION, "it is formatted");
    runner.script(&entry("housewright-validate")).exits(0);
    runner.project.write("main.hcl", "service \"x\" {}\n");
    runner.script(&entry("housewright-validate")).exits(1);
}
