use super::*;

#[test]
fn files_are_read_in_the_order_of_their_names() {
    let loaded = load(&[
        ("b.hcl", "locals {\n  a = 2\n}\n"),
        ("a.tf", "locals {\n  a = 1\n}\n"),
        (".hidden.tf", "locals {\n  a = 3\n}\n"),
        ("c.tftest.hcl", "run \"x\" {}\n"),
        ("terraform.tfvars", "a = 1\n"),
    ]);
    assert_eq!(loaded.findings(), ["HW0210 a"]);
    let found = loaded.diagnostics.iter().next().expect("one finding");
    let places: Vec<_> = found.labels.iter().map(|l| loaded.sources.describe(l.span)).collect();
    assert_eq!(places, ["b.hcl:2:3", "a.tf:2:3"]);
}

#[test]
fn what_cannot_be_read_is_named() {
    assert_eq!(load(&[]).findings(), ["HW0201 "]);
    let loaded = load(&[("README.md", "x")]);
    let found = loaded.diagnostics.iter().next().expect("one finding");
    assert!(found.detail.contains(".hcl, .tf, .hcl.json, .tf.json"), "{}", found.detail);

    let mut files = Memory::new(&[("a.hcl", "service \"x\" {}\n")]);
    files.0.insert(PathBuf::from("b.hcl"), b"# one\n# two \xff\n".to_vec());
    let loaded = load_files(&files);
    assert_eq!(loaded.findings(), ["HW0203 \u{fffd}"]);
    let found = loaded.diagnostics.iter().next().expect("one finding");
    assert_eq!(found.detail, "b.hcl is not UTF-8: byte 12 (line 2) does not fit.");
    assert_eq!(addresses(&loaded.tree.module), ["service.x"]);
}

#[test]
fn findings_of_all_files_come_together() {
    let loaded = load(&[("a.hcl", "a = \n"), ("b.hcl", "x {\n"), ("c.tf", "servce \"x\" {}\n")]);
    let codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.code.0).collect();
    assert_eq!(codes, ["HW0211", "HW0120", "HW0117", "HW0216"]);
}

#[test]
fn override_files_change_what_others_declare() {
    let module = load(&[
        ("main.hcl", "service \"x\" {\n  name = \"a\"\n  size = 1\n  count = 2\n  lifecycle {\n    prevent_destroy = true\n    ignore_changes = [name]\n  }\n  backup { a = 1 }\n  backup { a = 2 }\n}\nlocals {\n  l = 1\n}\nvariable \"v\" {\n  default = 1\n  description = \"d\"\n}\nstate \"local\" {}\n"),
        ("override.tf", "resource \"clickhouse_service\" \"x\" {\n  size = 9\n  extra = 1\n  lifecycle {\n    prevent_destroy = false\n  }\n  backup { a = 3 }\n}\nterraform {\n  backend \"s3\" {}\n}\n"),
        ("z_override.hcl", "locals {\n  l = 5\n}\nvariable \"v\" {\n  default = 7\n}\n"),
    ])
    .sound();
    let service = module.resources.values().next().expect("one resource");
    let number = |name: &str| service.body.attribute(name).map(|a| a.expr.span.len());
    assert_eq!((number("name"), number("size"), number("extra")), (Some(3), Some(1), Some(1)));
    assert_eq!(service.body.blocks().count(), 1);
    assert!(service.count.is_some());
    let shown = |e: &Option<crate::lang::syntax::ast::Expr>| format!("{:?}", e.as_ref().map(|e| &e.kind));
    assert_eq!(shown(&service.lifecycle.prevent_destroy), "Some(Bool(false))");
    assert!(matches!(service.lifecycle.ignore_changes, IgnoreChanges::Paths(_)));
    assert_eq!(format!("{:?}", module.locals["l"].value.kind), "Number(\"5\")");
    assert_eq!(shown(&module.variables["v"].default), "Some(Number(\"7\"))");
    assert_eq!(module.variables["v"].description.as_deref(), Some("d"));
    assert_eq!(module.state.as_ref().map(|s| &*s.store.text), Some("s3"));
}

#[test]
fn overrides_need_something_to_override() {
    let loaded =
        load(&[("main.hcl", "locals {}\n"), ("override.hcl", "service \"x\" {}\nlocals {\n  a = 1\n}\nmoved {}\n")]);
    assert_eq!(loaded.findings(), ["HW0222 service \"x\"", "HW0222 a", "HW0222 moved"]);
}

#[test]
fn called_modules_are_loaded_once_and_never_into_themselves() {
    let loaded = load(&[
        (
            "main.hcl",
            "module \"a\" {\n  source = \"./m/a\"\n  size = 1\n}\nmodule \"b\" {\n  source = \"./m/../m/a\"\n}\n",
        ),
        (
            "m/a/main.hcl",
            "servce \"x\" {}\nmodule \"again\" {\n  source = \"../../\"\n}\nmodule \"b\" {\n  source = \"../b\"\n}\nstate \"local\" {}\n",
        ),
        ("m/b/main.tf", "service \"y\" {}\n"),
    ]);
    assert_eq!(loaded.findings(), ["HW0216 servce", "HW0223 \"../../\"", "HW0227 state \"local\""],);
    let a = &loaded.tree.calls["a"];
    assert_eq!(addresses(&a.calls["b"].module), ["service.y"]);
    assert!(Arc::ptr_eq(&a.module, &loaded.tree.calls["b"].module));
    assert_eq!(loaded.tree.module.module_calls["a"].inputs.attributes().count(), 1);
}

#[test]
fn module_calls_have_rules() {
    check("module \"a\" {}\n", &["HW0213 module \"a\""]);
    check("module \"a\" {\n  source = \"hashicorp/consul/aws\"\n}\n", &["HW0223 \"hashicorp/consul/aws\""]);
    check("module \"a\" {\n  source = \"./none\"\n}\n", &["HW0202 \"./none\""]);
    check(
        "module \"a\" {\n  source = \"hashicorp/x\"\n  version = \"1\"\n}\n",
        &["HW0223 \"hashicorp/x\"", "HW0226 version"],
    );
    let loaded = load(&[
        (
            "main.tf",
            "provider \"clickhouse\" {\n  alias = \"eu\"\n}\nmodule \"a\" {\n  source = \"./a\"\n  providers = {\n    clickhouse = clickhouse.eu\n    clickhouse.x = clickhouse\n  }\n}\n",
        ),
        ("a/main.tf", "resource \"clickhouse_service\" \"x\" {\n  provider = clickhouse.x\n}\n"),
    ]);
    assert_eq!(loaded.findings(), Vec::<String>::new());
    let clouds = &loaded.tree.module.module_calls["a"].clouds;
    assert_eq!(clouds[&None].label.as_deref(), Some("eu"));
    assert_eq!(clouds[&Some("x".into())].label, None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::with_cases(256)
    })]

    #[test]
    fn no_combination_of_blocks_panics(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "service", "data", "resource", "variable", "locals", "moved", "import", "removed", "check", "module", "cloud",
            "provider", "terraform", "state", "output", " \"x\"", " \"clickhouse_service\"", " {\n", "}\n", "{}\n",
            "count = 1\n", "for_each = x\n", "depends_on = [a.b, a[0].c, module.m]\n", "from = module.a[0]\n",
            "to = service.x[each.key]\n", "id = 1\n", "lifecycle", "source = \"./a\"\n", "value = 1\n",
            "providers = { a = clickhouse.b, c = 1 }\n", "provider = clickhouse\n", "backend", "alias = \"y\"\n",
        ]), 0..30)
    ) {
        let text = words.concat();
        load(&[("main.tf", &text), ("a_override.hcl", &text), ("b.tf.json", &text)]);
    }
}
