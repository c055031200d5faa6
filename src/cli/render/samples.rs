//! Plans that every renderer is tested with.

use std::sync::Arc;

use crate::address::{Address, InstanceKey};
use crate::call::{Body, Call, Method, Read, Until, Wait};
use crate::kinds::{Effect, EffectSort, Identity};
use crate::lang::value::{Marks, Type, Value};
use crate::plan::sheet::{Declared, Judged, Judgement, Remark, Seen, Sheet, Verdict, masked};
use crate::plan::{Action, ActionKind, AttributeChange, OutputChange, Phase, Plan, Step, reasons};

pub(super) fn service(name: &str) -> Address {
    Address::root("service", name)
}

pub(super) fn action(address: Address, kind: ActionKind, attributes: Vec<AttributeChange>) -> Action {
    Action {
        address,
        kind,
        cloud: String::new(),
        destroy_cloud: String::new(),
        reason: None,
        attributes,
        drift: Vec::new(),
        state_changes: Vec::new(),
        records: false,
        notes: Vec::new(),
        effects: Vec::new(),
        destroy: Vec::new(),
        apply: Vec::new(),
        resume: None,
        identity: Identity::new(),
        changed: Default::default(),
        noted: Default::default(),
        protect: false,
        import: None,
        shared: Default::default(),
        dependencies: Vec::new(),
        ownership: None,
    }
}

pub(super) fn change(path: &str, before: impl Into<Value>, after: impl Into<Value>) -> AttributeChange {
    let (before, after) = (before.into(), after.into());
    AttributeChange { path: path.to_owned(), before, after, sensitive: false, reset: None, replaces: false }
}

fn nothing() -> Value {
    Value::null(Type::Any)
}

fn later() -> Value {
    Value::unknown(Type::String)
}

fn object(fields: &[(&str, Value)]) -> Value {
    Value::object(fields.iter().map(|(n, v)| (Arc::from(*n), v.clone())).collect())
}

/// A sheet of these actions, each of which needs the one before it where `chained`.
pub(super) fn sheet(actions: Vec<Action>, outputs: Vec<OutputChange>, chained: bool) -> Sheet {
    let mut steps = Vec::new();
    for (index, action) in actions.iter().enumerate() {
        let needs: Vec<usize> = if chained && !steps.is_empty() { vec![steps.len() - 1] } else { Vec::new() };
        if matches!(action.kind, ActionKind::Delete | ActionKind::Replace | ActionKind::Forget) {
            steps.push(Step { action: index, phase: Phase::Destroy, needs: needs.clone().into() });
        }
        if !matches!(action.kind, ActionKind::Delete | ActionKind::Forget) {
            let mine = if action.kind == ActionKind::Replace { vec![steps.len() - 1] } else { needs };
            steps.push(Step { action: index, phase: Phase::Apply, needs: mine.into() });
        }
    }
    let mut instances: Vec<Seen> = actions.iter().map(seen).collect();
    instances.sort_by(|a, b| a.address.cmp(&b.address));
    let plan = Plan {
        lineage: "3f2a".into(),
        serial: 7,
        actions,
        steps,
        outputs,
        destroying: false,
        asked: Default::default(),
    };
    Sheet {
        program: "0.0.0".into(),
        made: "2026-02-03T04:05:06Z".parse().expect("a time"),
        sandbox: false,
        plan: masked(&plan),
        instances,
        variables: Default::default(),
        judgements: Vec::new(),
        configuration: serde_json::json!({ "root_module": {} }),
        findings: Vec::new(),
    }
}

fn seen(action: &Action) -> Seen {
    let side = |of: &dyn Fn(&AttributeChange) -> Value| {
        let marked = |c: &AttributeChange| if c.sensitive { of(c).with_marks(Marks::SENSITIVE) } else { of(c) };
        let fields: Vec<(&str, Value)> = action.attributes.iter().map(|c| (c.path.as_str(), marked(c))).collect();
        object(&fields).masked()
    };
    let is_new = matches!(action.kind, ActionKind::Create | ActionKind::Read);
    let ends = matches!(action.kind, ActionKind::Delete | ActionKind::Forget);
    Seen {
        address: action.address.clone(),
        schema_version: 1,
        declared: Declared::Single,
        before: (!is_new).then(|| side(&|c| c.before.clone())),
        applied: None,
        after: (!ends).then(|| side(&|c| c.after.clone())),
        dependencies: Vec::new(),
    }
}

fn call(step: &str, method: Method, path: &str) -> Call {
    Call::new(step, "operation", method, path)
}

fn wait(what: &str) -> Wait {
    Wait {
        read: Read::list("instanceGetList", "/v1/organizations/{organizationId}/services"),
        until: Until::Gone { pointer: "/state".into(), ended: Vec::new() },
        timeout: std::time::Duration::from_secs(3600),
        typical: std::time::Duration::from_secs(300),
        what: what.into(),
    }
}

fn creation(address: Address) -> Action {
    let mut post = call("create", Method::Post, "/v1/organizations/{organizationId}/services");
    post.body = Some(Body {
        json: serde_json::json!({ "name": address.name, "numReplicas": 2 }),
        holes: [("password".to_owned(), "password".to_owned())].into(),
        identities: Default::default(),
    });
    post.wait = Some(wait("until it is usable"));
    let secret = AttributeChange { sensitive: true, ..change("password", nothing(), later()) };
    let attributes = vec![
        change("name", nothing(), address.name.as_str()),
        change("num_replicas", nothing(), 2),
        secret,
        change("id", nothing(), later()),
    ];
    Action { apply: vec![post], ..action(address, ActionKind::Create, attributes) }
}

fn deletion(address: Address) -> Action {
    let mut delete = call("delete", Method::Delete, "/v1/organizations/{organizationId}/services/5a1f");
    delete.wait = Some(wait("until it is gone"));
    Action {
        reason: Some(reasons::BLOCK_GONE.into()),
        effects: vec![Effect::new(
            EffectSort::DataLoss,
            "the service and all its data are deleted; this cannot be undone",
        )],
        identity: [("id".to_owned(), "5a1f".to_owned())].into_iter().collect(),
        destroy: vec![delete],
        ..action(address, ActionKind::Delete, Vec::new())
    }
}

pub(super) fn update(address: Address) -> Action {
    let mut patch = call("scale", Method::Patch, "/v1/organizations/{organizationId}/services/5a1f/replicaScaling");
    patch.body = Some(Body {
        json: serde_json::json!({ "maxReplicaMemoryGb": 128 }),
        holes: Default::default(),
        identities: Default::default(),
    });
    Action {
        effects: vec![
            Effect::new(
                EffectSort::MakeBeforeBreak,
                "make before break: new replicas join before the old ones leave; old ones drain up to 60 min",
            ),
            Effect::new(EffectSort::Notice, "the service is idle: the new size applies when it wakes"),
        ],
        apply: vec![patch],
        ..action(address, ActionKind::Update, vec![change("max_replica_memory_gb", 64, 128)])
    }
}

/// Nothing to do.
fn empty() -> Sheet {
    sheet(vec![action(service("same"), ActionKind::NoOp, Vec::new())], Vec::new(), false)
}

/// One of each action, in an unhelpful order, with findings and conditions.
pub(super) fn one_of_each() -> Sheet {
    let replace = Action {
        reason: Some(reasons::REPLACE_REQUESTED.into()),
        attributes: vec![AttributeChange { replaces: true, ..change("region", "us-east-1", "eu-west-1") }],
        kind: ActionKind::Replace,
        apply: creation(service("replaced")).apply,
        ..deletion(service("replaced"))
    };
    let forget = Action {
        reason: Some("a `removed` block says so: it stays as it is, and is no longer managed".into()),
        ..action(service("let_go"), ActionKind::Forget, Vec::new())
    };
    let read = Address { mode: crate::address::Mode::Data, ..service("asked") };
    let noted = Action {
        state_changes: vec!["readonly is released: it keeps its value and is no longer managed".into()],
        ..action(service("noted"), ActionKind::NoOp, Vec::new())
    };
    let changed = Action { drift: vec![change("name", "main", "by hand")], ..update(service("changed")) };
    let actions = vec![
        creation(service("new")),
        noted,
        changed,
        action(read, ActionKind::Read, vec![change("name", nothing(), "x")]),
        forget,
        replace,
        deletion(service("gone")),
    ];
    let outputs = vec![
        OutputChange { name: "host".into(), before: None, after: Some(later()), sensitive: false },
        OutputChange { name: "same".into(), before: Some(1.into()), after: Some(1.into()), sensitive: false },
    ];
    let judgement = |name: &str, verdict, problems: &[&str]| Judgement {
        sort: Judged::Check,
        module: String::new(),
        name: name.into(),
        verdict,
        problems: problems.iter().map(|p| (*p).to_owned()).collect(),
    };
    let finding = Remark {
        severity: "warning".into(),
        code: "HW0605".into(),
        summary: "service.changed is degraded".into(),
        detail: "The plan compares what it is set to, not how it is.".into(),
        help: Some("Look at it in the console.".into()),
        address: Some("service.changed".into()),
        place: Some("main.hcl:3:1".into()),
    };
    Sheet {
        judgements: vec![
            judgement("budget", Verdict::Fail, &["more than 1,000 GB"]),
            judgement("names", Verdict::Pass, &[]),
        ],
        findings: vec![finding],
        ..sheet(actions, outputs, true)
    }
}

/// So many changes of all sorts.
pub(super) fn many(count: u64) -> Sheet {
    let address = |i| service("fleet").with_key(Some(InstanceKey::Index(i)));
    let actions = (0..count).map(|i| match i % 10 {
        0 | 1 => deletion(address(i)),
        2 => Action { kind: ActionKind::Replace, apply: creation(address(i)).apply, ..deletion(address(i)) },
        3..6 => creation(address(i)),
        _ => update(address(i)),
    });
    sheet(actions.collect(), Vec::new(), false)
}

fn drift_only() -> Sheet {
    let drifted = Action {
        drift: vec![change("name", "main", "by hand"), change("num_replicas", 2, 3)],
        ..action(service("main"), ActionKind::NoOp, vec![])
    };
    sheet(vec![drifted], Vec::new(), false)
}

fn unknown() -> Sheet {
    let entry = |source: Value| object(&[("source", source), ("description", "x".into())]);
    let list = Value::tuple(vec![entry("10.0.0.0/8".into()), entry(later())]);
    let attributes = vec![
        change("name", "main", later()),
        change("tags", object(&[("a", "b".into())]), object(&[("a", later())])),
        change("ip_access", Value::tuple(vec![entry("10.0.0.0/8".into())]), list),
    ];
    let output = OutputChange { name: "o".into(), before: Some("x".into()), after: Some(later()), sensitive: false };
    sheet(vec![action(service("main"), ActionKind::Update, attributes)], vec![output], false)
}

pub(super) const CANARY: &str = "canary-1f7c";

pub(super) fn sensitive() -> Sheet {
    let hidden = |path: &str| AttributeChange { sensitive: true, ..change(path, CANARY, format!("{CANARY}!")) };
    let marked = Value::from(CANARY).with_marks(Marks::SENSITIVE);
    let attributes = vec![
        hidden("password"),
        change("tags", object(&[("open", "a".into())]), object(&[("open", "b".into()), ("shut", marked)])),
    ];
    let mut patch = call("password", Method::Patch, "/v1/organizations/{organizationId}/services/5a1f/password");
    patch.body = Some(Body {
        json: serde_json::json!({ "newPasswordHash": CANARY }),
        holes: Default::default(),
        identities: Default::default(),
    });
    patch.writes = vec!["password".into()];
    let changed = Action { apply: vec![patch], ..action(service("main"), ActionKind::Update, attributes) };
    let output =
        OutputChange { name: "o".into(), before: Some(CANARY.into()), after: Some("other".into()), sensitive: true };
    sheet(vec![changed], vec![output], false)
}

fn long() -> Sheet {
    let text = |tail: &str| (0..60).map(|i| format!("line {i}\n")).collect::<String>() + tail;
    let json = |n: i64| format!("{{\"name\":\"main\",\"list\":[1,2,3],\"size\":{n}}}");
    let attributes = vec![
        change("script", text("old\n"), text("new\n")),
        change("policy", json(1), json(2)),
        change("description", "a".repeat(100), "b".repeat(2000)),
        change("created", nothing(), text("")),
    ];
    sheet(vec![action(service("main"), ActionKind::Update, attributes)], Vec::new(), false)
}

fn non_ascii() -> Sheet {
    let key = InstanceKey::Name("東京`\"<b>&\u{202e}@you #1".into());
    let address = service("größe").with_key(Some(key));
    let attributes = vec![change("name", "日本", "Größe | *fett* <script>alert(1)</script> ``` 🦀\u{1b}[31m")];
    let changed = Action {
        reason: Some("weil `x` <i>sich</i> ändert".into()),
        ..action(address.clone(), ActionKind::Update, attributes)
    };
    sheet(vec![changed, deletion(Address { name: "été".into(), ..address })], Vec::new(), false)
}

/// All of them, by name.
pub(super) fn all() -> Vec<(&'static str, Sheet)> {
    vec![
        ("nothing", empty()),
        ("one_of_each", one_of_each()),
        ("300_changes", many(300)),
        ("drift_only", drift_only()),
        ("unknown", unknown()),
        ("sensitive", sensitive()),
        ("long", long()),
        ("non_ascii", non_ascii()),
    ]
}
