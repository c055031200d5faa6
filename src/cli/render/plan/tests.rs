use std::collections::BTreeMap;
use std::sync::Arc;

use insta::assert_snapshot;

use super::super::samples;
use super::*;
use crate::address::InstanceKey;
use crate::call::{Call, Method};
use crate::kinds::{Effect, EffectSort};
use crate::lang::value::{Type, Value};
use crate::plan::AttributeChange;

const PLAIN: Look = Look { width: 100, color: false, unicode: true };

fn action(kind: ActionKind, attributes: Vec<AttributeChange>) -> Action {
    samples::action(samples::service("primary"), kind, attributes)
}

fn plan(actions: Vec<Action>, outputs: Vec<OutputChange>) -> Plan {
    let asked = Default::default();
    Plan { lineage: String::new(), serial: 0, actions, steps: Vec::new(), outputs, destroying: false, asked }
}

fn change(path: &str, before: Value, after: Value) -> AttributeChange {
    AttributeChange { path: path.to_owned(), before, after, sensitive: false, reset: None, replaces: false }
}

fn new(path: &str, after: impl Into<Value>) -> AttributeChange {
    change(path, Value::null(Type::Any), after.into())
}

fn object(fields: &[(&str, Value)]) -> Value {
    Value::object(fields.iter().map(|(n, v)| (Arc::from(*n), v.clone())).collect())
}

fn map(fields: &[(&str, &str)]) -> Value {
    Value::map(Type::String, fields.iter().map(|(n, v)| (Arc::from(*n), Value::from(*v))).collect::<BTreeMap<_, _>>())
}

fn entry(source: &str, description: &str) -> Value {
    object(&[("source", source.into()), ("description", description.into())])
}

fn list(elements: Vec<Value>) -> Value {
    Value::list(Type::Any, elements)
}

fn calls(count: usize) -> Vec<Call> {
    vec![Call::new("create", "instanceCreate", Method::Post, "/v1"); count]
}

#[test]
fn a_creation_lists_all_attributes_aligned() {
    let unknown = |path: &str| new(path, Value::unknown(Type::String));
    let create = Action {
        apply: calls(1),
        ..action(
            ActionKind::Create,
            vec![
                new("name", "main"),
                new("num_replicas", Value::from(3)),
                new("ip_access", list(vec![entry("192.0.2.0/24", "office")])),
                new("endpoints.mysql.enabled", true),
                unknown("endpoints.mysql.host"),
                unknown("endpoints.https.host"),
                unknown("private_endpoint_config.endpoint_service_id"),
                AttributeChange { sensitive: true, ..unknown("password") },
                unknown("id"),
            ],
        )
    };
    let outputs = vec![OutputChange {
        name: "host".into(),
        before: None,
        after: Some(Value::unknown(Type::String)),
        sensitive: false,
    }];
    assert_snapshot!(text(&plan(vec![create], outputs), PLAIN), @r#"
    Planned: + create

      # service.primary will be created
      + service "primary" {
          + name                    = "main"
          + num_replicas            = 3
          + ip_access               = [
              {
                description = "office"
                source      = "192.0.2.0/24"
              },
            ]
          + endpoints               = {
              + mysql = {
                  + enabled = true
                  + host    = (known after apply)
                }
              + https = (known after apply)
            }
          + private_endpoint_config = (known after apply)
          + password                = (sensitive value)
          + id                      = (known after apply)
        }

    Changes to outputs:
      + host = (known after apply)

    Plan: 1 to add, 0 to change, 0 to destroy.
    Apply sends 1 request, within the limit of 10 in 10s.
    The API key needs (unverified) control-plane:organization:create-service,
      control-plane:service:manage.
    "#);
}

#[test]
fn an_update_shows_entries_effects_and_notes() {
    let same = entry("10.0.0.0/8", "vpn");
    let update = Action {
        apply: calls(25),
        effects: vec![
            Effect::new(EffectSort::MakeBeforeBreak, "make before break: new replicas join first"),
            Effect::new(EffectSort::Unavailable, "connections from 192.0.2.0/24 are refused from then on"),
            Effect::new(EffectSort::Notice, "the service is idle: the new size applies when it wakes"),
        ],
        notes: vec!["ip_access also holds 198.51.100.1/32, which is not managed here".into()],
        state_changes: vec!["readonly is released: it keeps its value and is no longer managed".into()],
        ..action(
            ActionKind::Update,
            vec![
                change("max_replica_memory_gb", Value::from(64), Value::from(128)),
                change("endpoints.mysql.enabled", Value::from(false), Value::from(true)),
                change(
                    "ip_access",
                    list(vec![same.clone(), entry("192.0.2.0/24", "office")]),
                    list(vec![entry("203.0.113.7", "home"), same]),
                ),
                change(
                    "tags",
                    map(&[("env", "dev"), ("team", "a"), ("x", "y")]),
                    map(&[("team", "b"), ("x", "y"), ("new one", "1")]),
                ),
                AttributeChange {
                    sensitive: true,
                    ..change("password", Value::unknown(Type::String), Value::unknown(Type::String))
                },
                change("warehouse_id", Value::from("old"), Value::unknown(Type::String)),
            ],
        )
    };
    assert_snapshot!(text(&plan(vec![update], Vec::new()), PLAIN), @r#"
    Planned: ~ update in place

      # service.primary will be updated in place
      ~ service "primary" {
          ~ max_replica_memory_gb = 64 -> 128
          ~ endpoints             = {
              ~ mysql = {
                  ~ enabled = false -> true
                }
            }
          ~ ip_access             = [
              - {
                  description = "office"
                  source      = "192.0.2.0/24"
                },
              + {
                  description = "home"
                  source      = "203.0.113.7"
                },
                # (1 unchanged)
            ]
          ~ tags                  = {
              - env       = "dev"
              + "new one" = "1"
              ~ team      = "a" -> "b"
                # (1 unchanged)
            }
          ~ password              = (sensitive value)
          ~ warehouse_id          = "old" -> (known after apply)
          i readonly is released: it keeps its value and is no longer managed
          # note: ip_access also holds 198.51.100.1/32, which is not managed here
          ! make before break: new replicas join first
          ! connections from 192.0.2.0/24 are refused from then on
          i the service is idle: the new size applies when it wakes
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    Apply sends 25 requests, at least 20s at the limit of 10 in 10s.
    The API key needs (unverified) control-plane:organization:create-service,
      control-plane:service:manage.
    "#);
}

#[test]
fn resets_name_what_comes_back() {
    let reset = |change, what: &'static str| AttributeChange { reset: Some(what.into()), ..change };
    let update = action(
        ActionKind::Update,
        vec![
            reset(change("tags", map(&[("a", "b")]), Value::null(Type::Any)), "no tags"),
            reset(
                change("backup_configuration.backup_period_in_hours", Value::from(12), Value::null(Type::Number)),
                "the platform's default of 24 hours",
            ),
        ],
    );
    assert_snapshot!(text(&plan(vec![update], Vec::new()), PLAIN), @r#"
    Planned: ~ update in place

      # service.primary will be updated in place
      ~ service "primary" {
          ~ tags                 = {
              a = "b"
            } -> (reset to no tags)
          ~ backup_configuration = {
              ~ backup_period_in_hours = 12 -> (reset to the platform's default of 24 hours)
            }
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
}

#[test]
fn a_destruction_cannot_be_overlooked() {
    let delete = Action {
        reason: Some("its block was removed".into()),
        identity: [("id".to_owned(), "0a0a".to_owned())].into_iter().collect(),
        effects: vec![Effect::new(EffectSort::DataLoss, "the service and its data are deleted; this cannot be undone")],
        destroy: calls(2),
        ..action(ActionKind::Delete, Vec::new())
    };
    assert_snapshot!(text(&plan(vec![delete.clone()], Vec::new()), PLAIN), @r#"
    Planned: - destroy
    ! 1 thing is destroyed, which cannot be undone: service.primary

      # service.primary will be destroyed
      # (because its block was removed)
      - service "primary" {
          - id = "0a0a"
          ! the service and its data are deleted; this cannot be undone
        }

    Plan: 0 to add, 0 to change, 1 to destroy.
    Apply sends 2 requests, within the limit of 10 in 10s.
    The API key needs (unverified) control-plane:organization:create-service,
      control-plane:service:manage.
    "#);
    let colored = text(&plan(vec![delete], Vec::new()), Look { color: true, ..PLAIN });
    assert!(colored.contains("will be \u{1b}[1;31mdestroyed\u{1b}[0m"), "{colored}");
}

#[test]
fn where_a_thing_was_in_aws_is_told_as_it_is_written() {
    let delete = Action {
        identity: [
            ("aws".to_owned(), r#"{"region":"eu-central-1","profile":"network"}"#.to_owned()),
            ("id".to_owned(), "vpce-1".to_owned()),
            ("number".to_owned(), "17".to_owned()),
        ]
        .into_iter()
        .collect(),
        ..action(ActionKind::Delete, Vec::new())
    };
    let text = text(&plan(vec![delete], Vec::new()), PLAIN);
    let block = &text[text.find("  - service").expect("it is there")..text.find("Plan:").expect("it ends")];
    assert_snapshot!(block, @r#"
          - service "primary" {
              - aws    = {
                  - profile = "network"
                  - region  = "eu-central-1"
                }
              - id     = "vpce-1"
              - number = "17"
            }
    "#);
}

#[test]
fn a_replacement_says_what_forces_it() {
    let replace = Action {
        reason: Some("--replace asks for it".into()),
        effects: vec![Effect::new(EffectSort::DataLoss, "the service and its data are deleted; this cannot be undone")],
        ..action(
            ActionKind::Replace,
            vec![
                change("name", "main".into(), "main".into()),
                change("ip_access", list(vec![entry("10.0.0.1", "")]), list(vec![entry("10.0.0.1/32", "")])),
                AttributeChange { replaces: true, ..change("region", "eu-west-1".into(), "us-east-1".into()) },
                change("id", Value::from("0a0a"), Value::unknown(Type::String)),
            ],
        )
    };
    assert_snapshot!(text(&plan(vec![replace], Vec::new()), PLAIN), @r#"
    Planned: -/+ destroy, then create anew
    ! 1 thing is destroyed, which cannot be undone: service.primary

      # service.primary will be destroyed, then created anew
      # (because --replace asks for it)
    -/+ service "primary" {
          ~ region = "eu-west-1" -> "us-east-1" # forces replacement
          ~ id     = "0a0a" -> (known after apply)
            # (2 unchanged)
          ! the service and its data are deleted; this cannot be undone
        }

    Plan: 1 to add, 0 to change, 1 to destroy.
    "#);
}

#[test]
fn changes_of_the_state_alone_are_told_apart() {
    let mut released = action(ActionKind::NoOp, Vec::new());
    released.state_changes = vec!["readonly is released: it keeps its value and is no longer managed".into()];
    let mut gone = action(ActionKind::Forget, Vec::new());
    gone.address.key = Some(InstanceKey::Name("a".into()));
    gone.reason = Some("it is no longer there: only the state still knows it".into());
    assert_snapshot!(text(&plan(vec![released, gone], Vec::new()), PLAIN), @r#"
    Planned: . forget, leave the thing

      # service.primary["a"] will be forgotten
      # (because it is no longer there: only the state still knows it)
      . service "primary" {
        }

      # service.primary stays as it is; only the state changes
        service "primary" {
          i readonly is released: it keeps its value and is no longer managed
        }

    Plan: 0 to add, 0 to change, 0 to destroy. To forget: 1. State only: 1.
    Only the state will change; nothing else is touched.
    "#);
}

#[test]
fn drift_stands_in_a_section_of_its_own() {
    let mut drifted = action(ActionKind::NoOp, Vec::new());
    drifted.drift = vec![
        change("num_replicas", Value::from(3), Value::from(5)),
        change(
            "ip_access",
            list(vec![entry("10.0.0.0/8", "")]),
            list(vec![entry("10.0.0.0/8", ""), entry("0.0.0.0/0", "")]),
        ),
    ];
    assert_snapshot!(text(&plan(vec![drifted], Vec::new()), PLAIN), @r#"
    Changed outside of housewright since the last apply:

      # service.primary has changed
      ~ service "primary" {
          ~ num_replicas = 3 -> 5
          ~ ip_access    = [
              + {
                  description = ""
                  source      = "0.0.0.0/0"
                },
                # (1 unchanged)
            ]
        }

    No changes. What is there is as the configuration says.
    "#);
}

#[test]
fn outputs_change_by_entries_and_hide_what_is_sensitive() {
    let output = |name: &str, before, after, sensitive| OutputChange { name: name.into(), before, after, sensitive };
    let tuple = |elements: &[&str]| Value::tuple(elements.iter().map(|e| Value::from(*e)).collect());
    let outputs = vec![
        output("hosts", Some(tuple(&["a", "b", "c"])), Some(tuple(&["b", "c", "d"])), false),
        output("key", Some(Value::unknown(Type::Any)), Some("topsecret".into()), true),
        output("old", Some("x".into()), None, false),
        output("same", Some("x".into()), Some("x".into()), false),
    ];
    let shown = text(&plan(Vec::new(), outputs), PLAIN);
    assert!(!shown.contains("topsecret"), "{shown}");
    assert_snapshot!(shown, @r#"
    Changes to outputs:
      ~ hosts = [
          - "a",
          + "d",
            # (2 unchanged)
        ]
      ~ key   = (sensitive value)
      - old   = "x"

    Plan: 0 to add, 0 to change, 0 to destroy.
    Only the outputs in the state will change; nothing else is touched.
    "#);
}

#[test]
fn nothing_to_do_says_so() {
    assert_snapshot!(text(&plan(vec![action(ActionKind::NoOp, Vec::new())], Vec::new()), PLAIN), @"No changes. What is there is as the configuration says.");
}

#[test]
fn text_of_several_lines_stays_readable() {
    let update = action(ActionKind::Update, vec![change("name", "one\ntwo".into(), "one\nthree".into())]);
    assert_snapshot!(text(&plan(vec![update], Vec::new()), PLAIN), @r#"
    Planned: ~ update in place

      # service.primary will be updated in place
      ~ service "primary" {
          ~ name = <<-EOT
              one
            - two
            + three
            EOT
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
}
