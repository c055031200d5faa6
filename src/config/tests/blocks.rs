use super::*;
use crate::address::Target;
use crate::lang::syntax::ast::ExprKind;

#[test]
fn variables() {
    let module = sound(
        "variable \"a\" {\n  type = list(string)\n  default = []\n  description = \"d\"\n  sensitive = true\n  nullable = false\n  ephemeral = true\n  validation {\n    condition = true\n    error_message = \"e\"\n  }\n}\nvariable \"b\" {}\n",
    );
    let a = &module.variables["a"];
    assert_eq!((a.sensitive, a.nullable, a.ephemeral, a.validations.len()), (true, false, true, 1));
    assert_eq!(a.description.as_deref(), Some("d"));
    let b = &module.variables["b"];
    assert_eq!((b.sensitive, b.nullable, b.default.is_none(), b.type_constraint.is_none()), (false, true, true, true));
    check("variable \"a\" {\n  sensitiv = true\n}\n", &["HW0211 sensitiv"]);
    check("variable \"a\" {\n  sensitive = var.x\n}\n", &["HW0220 var.x"]);
    check("variable \"a\" {\n  validation {}\n}\n", &["HW0213 validation", "HW0213 validation"]);
    check("variable \"a\" {\n  type {}\n}\n", &["HW0212 type"]);
    check("variable \"a\" {\n  validation = 1\n}\n", &["HW0211 validation"]);
    check("variable \"a\" {}\nvariable \"a\" {}\n", &["HW0210 variable \"a\""]);
}

#[test]
fn locals_and_outputs() {
    let module = sound(
        "locals {\n  a = 1\n}\nlocals {\n  b = 2\n}\noutput \"o\" {\n  value = local.a\n  depends_on = [service.x, module.y]\n}\nservice \"x\" {}\n",
    );
    assert_eq!(module.locals.keys().map(|k| &**k).collect::<Vec<_>>(), ["a", "b"]);
    let subjects: Vec<_> = module.outputs["o"].depends_on.iter().map(|d| d.subject.clone()).collect();
    let service = Subject::Resource("service.x".parse().expect("an address"));
    assert_eq!(subjects, [service, Subject::Module("y".into())]);
    check("locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n", &["HW0210 a"]);
    check("output \"o\" {}\n", &["HW0213 output \"o\""]);
    check("locals {\n  a {}\n}\n", &["HW0212 a"]);
}

#[test]
fn meta_arguments_are_taken_out_of_the_body() {
    let module = sound(
        "cloud \"eu\" {}\nservice \"x\" {\n  for_each = var.all\n  cloud = cloud.eu\n  shared = [\"ip_access\", tags]\n  depends_on = [private_link.y[0], clickhouse_service.z]\n  name = each.key\n  lifecycle {\n    prevent_destroy = var.protect\n    ignore_changes = [tags[\"a\"]]\n    replace_triggered_by = [terraform_data.v]\n    precondition {\n      condition = true\n      error_message = \"e\"\n    }\n  }\n  backup {}\n}\n",
    );
    let service = module.resources.values().next().expect("one resource");
    assert_eq!(service.body.items.len(), 2);
    assert!(service.for_each.is_some() && service.count.is_none());
    assert_eq!(service.cloud.as_ref().and_then(|c| c.label.as_deref()), Some("eu"));
    assert_eq!(service.shared.iter().map(|s| &*s.text).collect::<Vec<_>>(), ["ip_access", "tags"]);
    assert_eq!(service.depends_on.len(), 2);
    assert!(service.lifecycle.prevent_destroy.is_some());
    assert!(matches!(&service.lifecycle.ignore_changes, IgnoreChanges::Paths(p) if p.len() == 1));
    assert_eq!((service.lifecycle.replace_triggered_by.len(), service.lifecycle.preconditions.len()), (1, 1));
    let all = sound("service \"x\" {\n  lifecycle {\n    ignore_changes = all\n  }\n}\n");
    assert_eq!(all.resources.values().next().map(|r| r.lifecycle.ignore_changes.clone()), Some(IgnoreChanges::All));
}

#[test]
fn meta_arguments_have_rules() {
    check("service \"x\" {\n  count = 1\n  for_each = {}\n}\n", &["HW0218 for_each"]);
    check("service \"x\" {\n  depends_on = service.y\n}\n", &["HW0219 service.y"]);
    check("service \"x\" {\n  depends_on = [service.y.id]\n}\n", &["HW0219 service.y.id"]);
    check("service \"x\" {\n  depends_on = [service.y[0].id]\n}\n", &["HW0219 service.y[0].id"]);
    check(
        "service \"x\" {\n  depends_on = [\"service.y\", path.root, f()]\n}\n",
        &["HW0219 \"service.y\"", "HW0219 path.root", "HW0219 f()"],
    );
    check("service \"x\" {\n  cloud = \"eu\"\n}\n", &["HW0225 \"eu\""]);
    check("service \"x\" {\n  provider = clickhouse.eu\n}\n", &["HW0225 clickhouse.eu"]);
    check("service \"x\" {\n  shared = [1]\n}\n", &["HW0220 1"]);
    check("service \"x\" {\n  lifecycle {\n    prevent_destory = true\n  }\n}\n", &["HW0211 prevent_destory"]);
    check("service \"x\" {\n  lifecycle {}\n  lifecycle {}\n}\n", &["HW0210 lifecycle"]);
    check("data \"service\" \"x\" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n", &["HW0211 prevent_destroy"]);
    check("service \"x\" {\n  provisioner \"local-exec\" {}\n}\n", &["HW0226 provisioner \"local-exec\""]);
}

#[test]
fn refactoring_blocks() {
    let module = sound(
        "moved {\n  from = clickhouse_service.a\n  to = service.b[\"k\"]\n}\nmoved {\n  from = module.a\n  to = module.b\n}\nremoved {\n  from = service.c\n  lifecycle {\n    destroy = false\n  }\n}\nimport {\n  for_each = var.ids\n  to = service.d[each.key]\n  id = each.value\n}\nservice \"d\" {}\n",
    );
    let address = |text: &str| Target::Resource(text.parse().expect("an address"));
    assert_eq!((&module.moved[0].from, &module.moved[0].to), (&address("service.a"), &address("service.b[\"k\"]")));
    assert!(matches!(&module.moved[1].from, Target::Module(steps) if steps.len() == 1));
    assert!(!module.removed[0].destroy);
    assert_eq!(module.imports[0].block, address("service.d"));
    check("moved {\n  from = service.a\n  to = module.b\n}\n", &["HW0224 moved"]);
    check("moved {\n  from = service.a\n  to = private_link.b\n}\n", &["HW0224 moved"]);
    check("moved {\n  from = service.a.id\n}\n", &["HW0213 moved", "HW0224 service.a.id"]);
    check("import {\n  to = aws_vpc.a\n  id = \"x\"\n}\n", &["HW0216 aws_vpc.a"]);
}

#[test]
fn checks_hold_a_data_source_of_their_own() {
    let module = sound(
        "check \"c\" {\n  data \"clickhouse_service\" \"s\" {\n    id = 1\n  }\n  assert {\n    condition = true\n    error_message = \"e\"\n  }\n}\n",
    );
    let data = module.checks["c"].data.as_ref().expect("a data source");
    assert_eq!(data.address.to_string(), "data.service.s");
    assert!(module.resources.is_empty());
    check("check \"c\" {}\n", &["HW0213 check \"c\""]);
}

#[test]
fn an_argument_with_a_syntax_error_is_not_reported_as_missing() {
    let loaded = load(&[("main.hcl", "output \"o\" {\n  value = \n}\nmoved {\n  from = [\n  to = service.b\n}\n")]);
    let codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.code.0).collect();
    assert!(codes.iter().all(|c| c.starts_with("HW01")), "{codes:?}");
    assert!(matches!(loaded.tree.module.outputs["o"].value.kind, ExprKind::Invalid));
}
