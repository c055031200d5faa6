//! Walking one kind: every edit is planned, applied and planned again.

use housewright::kinds::Kind;
use housewright::schema::{Attribute, Change, Exposure, Presence, Removal};

use crate::case::{Block, Case, Outcome, Step, Walk};
use crate::fields::Sent;
use crate::requests::Cost;
use crate::support::{Project, Write, writes_of};

/// What an edit has to come to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    /// A change that sends something.
    Sends,
    /// A change; whether something is sent is another matter.
    Changes,
    /// A change of the state alone.
    Releases,
    /// No change for a person, and nothing is sent.
    Records,
    /// Nothing happens, and the reason is told.
    Refused,
    /// A first value: sent, or there already.
    Settles,
}

/// Walks all attributes; gives what was sent.
pub fn walk(kind: &dyn Kind, case: &Case) -> Vec<Sent> {
    if case.needs.as_ref().is_some_and(|n| std::env::var_os(format!("HOUSEWRIGHT_TEST_{}", n.to_uppercase())).is_none())
    {
        return Vec::new();
    }
    let mut sent = Vec::new();
    let project = start(case, &case.example, &mut sent);
    for walk in &case.walks {
        let attribute = kind.schema().attribute(&walk.attribute);
        let attribute = attribute.unwrap_or_else(|| panic!("{} has no attribute `{}`", case.kind, walk.attribute));
        let mut block = case.block();
        walk.without.iter().for_each(|name| block.remove(name));
        walk.with.iter().for_each(|(name, value)| block.set(name, value));
        if walk.with.is_empty() && walk.without.is_empty() {
            steps(&project, (kind, attribute), block, walk, &walk.values, &mut sent);
            // Back to where the next walk begins.
            project.write("main.hcl", &case.example);
            settle(&project, &walk.attribute, &mut sent);
        } else {
            let mut values = walk.values.as_slice();
            if !block.has(&walk.attribute) && (walk.kept || attribute.presence == Presence::Required) {
                block.set(&walk.attribute, &walk.values[0].value);
                values = &walk.values[1..];
            }
            let own = start(case, &block.text(), &mut sent);
            steps(&own, (kind, attribute), block, walk, values, &mut sent);
            end(&own, &mut sent);
        }
    }
    end(&project, &mut sent);
    sent
}

fn start(case: &Case, configuration: &str, sent: &mut Vec<Sent>) -> Project {
    let project = Project::new(configuration);
    for (method, path, json) in &case.before {
        project.control(method, path, &serde_json::from_str(json).expect("JSON"));
    }
    settle(&project, "the beginning", sent);
    project
}

/// Applies what stands there, and plans again.
fn settle(project: &Project, what: &str, sent: &mut Vec<Sent>) {
    let apply = project.apply();
    assert_eq!(apply.code, 0, "{what}: the apply\n{}\n{}", project.read("main.hcl"), apply.all());
    keep(project.writes(), sent);
    empty(project, what);
}

fn keep(writes: Vec<Write>, sent: &mut Vec<Sent>) {
    sent.extend(writes.into_iter().map(|w| Sent { what: w.what, body: w.body }));
}

fn empty(project: &Project, what: &str) {
    let plan = project.plan();
    assert_eq!(plan.code, 0, "{what}: the plan after the apply\n{}\n{}", project.read("main.hcl"), plan.all());
    assert_eq!(project.written(), Vec::<String>::new(), "{what}: a plan writes nothing");
}

fn end(project: &Project, sent: &mut Vec<Sent>) {
    let run = project.sandbox(&["destroy", "--auto-approve"]);
    assert_eq!(run.code, 0, "destroy\n{}", run.all());
    keep(project.writes(), sent);
    assert_eq!(project.services(), [], "what is left after the end");
}

fn steps(
    project: &Project,
    (kind, attribute): (&dyn Kind, &Attribute),
    mut block: Block,
    walk: &Walk,
    values: &[Step],
    sent: &mut Vec<Sent>,
) {
    let name = walk.attribute.as_str();
    let mut is_set = block.has(name);
    for step in values {
        block.set(name, &step.value);
        for (other, value) in &step.and {
            match value {
                Some(value) => block.set(other, value),
                None => block.remove(other),
            }
        }
        let expected = match step.outcome {
            Outcome::Records => Expected::Records,
            Outcome::Refused => Expected::Refused,
            Outcome::Usual if kind.is_local() => Expected::Changes,
            Outcome::Usual if !is_set => Expected::Settles,
            Outcome::Usual => changing(attribute),
        };
        is_set = true;
        edit(project, &format!("{name} = {}", step.value), &block, expected, sent);
        if expected == Expected::Refused {
            return;
        }
    }
    if attribute.presence == Presence::Optional && !walk.kept {
        block.remove(name);
        // A thing that is named by its block's label gets that name back.
        let labelled = kind.named_by() == Some(name);
        let expected = if labelled || kind.is_local() { Expected::Changes } else { removing(attribute) };
        edit(project, &format!("{name} removed"), &block, expected, sent);
    }
}

/// What the schema says of a changed value. An object changes as its parts do.
fn changing(attribute: &Attribute) -> Expected {
    match attribute.change {
        Change::InPlace => Expected::Sends,
        Change::Refused(_) => Expected::Refused,
        Change::Replaces => Expected::Changes,
        Change::Local => Expected::Records,
    }
}

fn removing(attribute: &Attribute) -> Expected {
    let parts = attribute.nested();
    let is_object = !parts.is_empty() && !matches!(attribute.ty, housewright::schema::AttrType::List(_));
    if is_object {
        return parts.iter().find(|a| a.settable()).map_or(Expected::Records, removing);
    }
    match (attribute.removal, attribute.change, attribute.exposure) {
        (_, _, Exposure::WriteOnly { .. }) | (_, Change::Local, _) => Expected::Records,
        (Removal::Reset(_), ..) | (_, Change::Replaces, _) => Expected::Changes,
        (Removal::Release, ..) => Expected::Releases,
    }
}

/// The plan told how many requests it took itself and what its apply sends.
fn costs_as_told(what: &str, plan: &str, planned: u64, sent: &[serde_json::Value]) {
    let told = Cost::told(plan);
    assert_eq!(told.plan, planned, "{what}: what the plan took");
    // Nothing happens at all where there is nothing to do.
    let (writes, reads) = Cost::sent(sent, told.plan);
    assert_eq!((writes, reads), (told.writes, told.reads + told.looks), "{what}: {told:?}, but sent was {sent:?}");
}

fn edit(project: &Project, what: &str, block: &Block, expected: Expected, sent: &mut Vec<Sent>) {
    project.write("main.hcl", &block.text());
    let plan = project.sandbox(&["plan", "--detailed-exitcode", "--json"]);
    let planned = project.sent();
    assert_eq!(writes_of(&planned), [], "{what}: a plan writes nothing");
    let codes: &[i32] = match expected {
        Expected::Sends | Expected::Changes | Expected::Releases => &[2],
        Expected::Records => &[0],
        Expected::Refused => &[1],
        Expected::Settles => &[0, 2],
    };
    assert!(codes.contains(&plan.code), "{what}: {expected:?}, exit {}\n{}\n{}", plan.code, block.text(), plan.all());
    let apply = project.apply();
    assert_eq!(apply.code, i32::from(expected == Expected::Refused), "{what}: the apply\n{}", apply.all());
    let sent_now = project.sent();
    if expected != Expected::Refused {
        costs_as_told(what, &plan.stdout, planned.len() as u64, &sent_now);
    }
    let writes = writes_of(&sent_now);
    let refused: Vec<&Write> = writes.iter().filter(|w| w.status >= 400 && w.status != 409).collect();
    assert!(refused.is_empty(), "{what}: {refused:?}");
    match expected {
        Expected::Sends => assert!(!writes.is_empty(), "{what}: nothing was sent\n{}", apply.all()),
        Expected::Releases | Expected::Records | Expected::Refused => {
            assert!(writes.is_empty(), "{what}: {expected:?}, but {writes:?} was sent");
        }
        Expected::Settles => assert_eq!(plan.code == 2, !writes.is_empty(), "{what}: {writes:?}\n{}", plan.all()),
        Expected::Changes => {}
    }
    keep(writes, sent);
    if expected != Expected::Refused {
        empty(project, what);
    }
}
