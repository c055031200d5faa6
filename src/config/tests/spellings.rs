//! JSON says the same as the native syntax.

use super::*;

const JSON: &str = r#"{
  "//": "a comment",
  "terraform": {"required_version": ">= 1", "backend": {"local": {"path": "x"}}},
  "provider": {"clickhouse": [{}, {"alias": "eu"}]},
  "variable": {"a": {"type": "list(string)", "default": ["x"], "validation": {"condition": "${true}", "error_message": "e"}}},
  "locals": {"l": "${var.a[0]}-${var.a[1]}"},
  "output": {"o": {"value": "${local.l}", "depends_on": ["clickhouse_service.x"]}},
  "resource": {"clickhouse_service": {"x": {
    "provider": "clickhouse.eu",
    "name": "n",
    "ip_access": [{"source": "10.0.0.0/8"}],
    "lifecycle": {"prevent_destroy": true, "ignore_changes": ["tags"]}
  }}},
  "data": {"clickhouse_backups": {"y": {}}},
  "moved": [{"from": "service.a", "to": "service.b"}, {"from": "service.c", "to": "service.d"}],
  "check": {"c": {"data": {"service": {"s": {}}}, "assert": [{"condition": true, "error_message": "e"}]}}
}"#;

#[test]
fn json_declares_blocks() {
    let module = load(&[("main.tf.json", JSON)]).sound();
    assert_eq!(addresses(&module), ["service.x", "data.backups.y"]);
    assert_eq!(module.clouds.len(), 2);
    assert_eq!(module.state.as_ref().map(|s| &*s.store.text), Some("local"));
    assert_eq!(module.variables["a"].validations.len(), 1);
    let constraint = module.variables["a"].type_constraint.as_ref().map(|e| &e.kind);
    assert!(matches!(constraint, Some(crate::lang::syntax::ast::ExprKind::Call { .. })));
    let service = &module.resources[&"service.x".parse().expect("an address")];
    assert_eq!(service.cloud.as_ref().and_then(|c| c.label.as_deref()), Some("eu"));
    assert_eq!(service.body.attributes().map(|a| &*a.name.text).collect::<Vec<_>>(), ["name", "ip_access"]);
    assert!(matches!(&service.lifecycle.ignore_changes, IgnoreChanges::Paths(p) if p.len() == 1));
    assert_eq!(module.outputs["o"].depends_on.len(), 1);
    assert_eq!(module.moved.len(), 2);
    assert!(module.checks["c"].data.is_some());
}

#[test]
fn json_in_our_spelling() {
    let text = r#"{"service": {"x": {"name": "n"}}, "cloud": {"eu": {}}, "state": {"local": {}}}"#;
    let module = load(&[("main.hcl.json", text)]).sound();
    assert_eq!(addresses(&module), ["service.x"]);
    assert!(module.clouds[0].label.is_some() && module.state.is_some());
}

#[test]
fn positions_in_json_are_exact() {
    let loaded = load(&[("main.tf.json", r#"{"locals": {"a": "x ${1 +} y"}, "output": {"o": {}}}"#)]);
    assert_eq!(loaded.findings(), ["HW0120 }", "HW0213 \"o\""]);
}

#[test]
fn broken_json_is_told() {
    for (text, place) in [
        ("{", ""),
        ("{\"a\" 1}", "1"),
        ("{\"a\": 1,}", "}"),
        ("{\"a\": x}", "x"),
        ("{\"a\": 01}", "0"),
        ("[1, 2", ""),
        ("{\"a\": \"x\n\"}", "\""),
        ("{\"a\": \"\\q\"}", "\""),
        ("{} {}", "{"),
        ("3", "3"),
    ] {
        let loaded = load(&[("main.tf.json", text)]);
        assert_eq!(loaded.findings(), [format!("HW0160 {place}")], "{text}");
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(load(&[("main.tf.json", &deep)]).findings(), ["HW0160 ["]);
}
