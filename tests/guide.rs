//! The pages of the guide: what they name is there.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::path::{Path, PathBuf};

use support::Project;

fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().flatten().map(|e| e.path());
    let more = ["README.md", "examples/pipelines/README.md"].map(|name| root.join(name));
    let pages = docs.chain(more).filter(|p| p.extension().is_some_and(|e| e == "md"));
    pages.map(|p| (p.clone(), std::fs::read_to_string(p).unwrap())).collect()
}

/// Where links in a text lead, without those to other machines.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned());
    targets.filter(|t| !t.contains("://") && !t.contains(' ')).collect()
}

/// A heading as links name it.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.trim().to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_lead_somewhere() {
    let (mut followed, mut broken) = (0, Vec::new());
    for (page, text) in pages() {
        for link in links(&text) {
            let (file, place) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let content = std::fs::read_to_string(&target).unwrap_or_default();
            let headings: Vec<String> =
                content.lines().filter(|l| l.starts_with('#')).map(|l| anchor(l.trim_start_matches('#'))).collect();
            followed += 1;
            if !target.exists() || (!place.is_empty() && !headings.iter().any(|h| h == place)) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty() && followed > 30, "{followed} links\n{}", broken.join("\n"));
}

fn is_option(word: &str) -> bool {
    word.strip_prefix("--").is_some_and(|rest| rest.starts_with(char::is_alphabetic))
}

#[test]
fn options_that_the_guide_names_are_there() {
    let project = Project::empty();
    let page = |command: &[&str]| project.run(&[command, &["--help"]].concat()).exits(0).stdout;
    let commands: [&[&str]; 11] = [
        &["plan"],
        &["apply"],
        &["validate"],
        &["show"],
        &["graph"],
        &["fmt"],
        &["console"],
        &["drift"],
        &["import"],
        &["output"],
        &["sandbox", "serve"],
    ];
    let help: String = commands.into_iter().map(page).collect();
    let pages = [
        "getting-started",
        "pipelines",
        "recovering",
        "machine-output",
        "byoc",
        "private-networking",
        "from-terraform",
    ];
    for name in pages.map(|page| format!("{page}.md")) {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(&name)).unwrap();
        // Of this program's own command lines, and of options in the text.
        for word in text.split(|c: char| c.is_whitespace() || "`,;.|()".contains(c)).filter(|w| is_option(w)) {
            let word = word.split('=').next().unwrap_or(word);
            let foreign = ["--policy", "--fail-defined"].contains(&word);
            assert!(foreign || help.contains(word), "{name} names {word}");
        }
    }
}

#[test]
fn man_pages_and_completions_are_written() {
    let project = Project::empty();
    std::fs::create_dir(project.path("man")).unwrap();
    project.run(&["man", "man"]).exits(0);
    for name in ["housewright.1", "housewright-plan.1", "housewright-state-list.1"] {
        assert!(project.read(&format!("man/{name}")).contains(".TH "), "{name}");
    }
    assert!(project.read("man/housewright-show.1").contains("markdown"));
    project.run(&["man", "nowhere"]).exits(1).says("HW0932");
    for shell in ["bash", "zsh", "fish"] {
        let script = project.run(&["completions", shell]).exits(0).stdout;
        assert!(script.contains("markdown") && script.contains("mermaid"), "{shell}");
    }
}

#[test]
fn the_graph_of_a_configuration_needs_no_cloud() {
    let project = Project::new(
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" { input = terraform_data.a.id }\n",
    );
    project.run(&["graph"]).exits(0).says("\"terraform_data.b\" -> \"terraform_data.a\";");
    project.run(&["graph", "--format", "mermaid"]).exits(0).says("n1 --> n0");
    project.run(&["graph", "--format", "svg"]).exits(0).says("<svg ");
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let project = Project::new("resource \"terraform_data\" \"a\" {}\n");
    project.run(&["apply", "--no-input"]).exits(1).says("HW0918").says("--no-input");
    assert_eq!(project.read("housewright.state.json"), "");
}
