use super::*;

#[test]
fn both_spellings_declare_the_same() {
    let text = "service \"a\" {}\nresource \"clickhouse_service\" \"b\" {}\nresource \"service\" \"c\" {}\n\
        clickhouse_service \"d\" {}\ndata \"service\" \"a\" {}\ndata \"clickhouse_backups\" \"b\" {}\n\
        terraform_data \"x\" {}\nresource \"terraform_data\" \"y\" {}\n";
    let expected = [
        "service.a",
        "service.b",
        "service.c",
        "service.d",
        "terraform_data.x",
        "terraform_data.y",
        "data.backups.b",
        "data.service.a",
    ];
    for name in ["main.hcl", "main.tf"] {
        let mut found = addresses(&load(&[(name, text)]).sound());
        found.sort();
        let mut expected = expected.map(String::from).to_vec();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn one_namespace_for_both_spellings() {
    let loaded = load(&[("a.hcl", "service \"x\" {}\n"), ("b.tf", "resource \"clickhouse_service\" \"x\" {}\n")]);
    assert_eq!(loaded.findings(), ["HW0210 resource \"clickhouse_service\" \"x\""]);
    let found = loaded.diagnostics.iter().next().expect("one finding");
    let places: Vec<_> = found.labels.iter().map(|l| loaded.sources.describe(l.span)).collect();
    assert_eq!(places, ["b.tf:1:1", "a.hcl:1:1"]);
}

#[test]
fn clouds_and_state_in_both_spellings() {
    let hcl = sound("cloud { organization_id = \"o\" }\ncloud \"eu\" {}\nstate \"local\" { path = \"x\" }\n");
    let tf = sound(
        "provider \"clickhouse\" { organization_id = \"o\" }\nprovider \"clickhouse\" {\n  alias = \"eu\"\n  version = \"1\"\n}\n\
         terraform {\n  required_version = \">= 1\"\n  required_providers {\n    clickhouse = { source = \"ClickHouse/clickhouse\" }\n  }\n  backend \"local\" { path = \"x\" }\n}\n",
    );
    for module in [&hcl, &tf] {
        let labels: Vec<_> = module.clouds.iter().map(|c| c.label.as_ref().map(|l| l.text.to_string())).collect();
        assert_eq!(labels, [None, Some(String::from("eu"))]);
        assert_eq!(module.clouds[1].body.attributes().count(), 0);
        assert_eq!(module.clouds[0].body.attributes().count(), 1);
        let state = module.state.as_ref().expect("a state block");
        assert_eq!((&*state.store.text, state.body.attributes().count()), ("local", 1));
    }
}

#[test]
fn misspelt_kinds_and_keywords_are_suggested() {
    let help = |text: &str| {
        let loaded = load(&[("main.hcl", text)]);
        loaded.diagnostics.iter().map(|d| (d.code.0, d.help.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    let meant = |word: &str| vec![("HW0216", format!("did you mean {word}?"))];
    assert_eq!(help("servce \"x\" {}\n"), meant("service"));
    assert_eq!(help("varable \"x\" {}\n"), meant("variable"));
    assert_eq!(help("private_lnk \"x\" {}\n"), meant("private_link"));
    assert_eq!(help("resource \"clickhouse_servic\" \"x\" {}\n"), meant("service"));
    assert_eq!(help("clickhouse_servic \"x\" {}\n"), meant("service"));
    assert_eq!(help("data \"backup\" \"x\" {}\n"), meant("backups"));
}

#[test]
fn other_providers_are_refused_together() {
    let loaded = load(&[(
        "main.tf",
        "provider \"aws\" {}\nresource \"aws_vpc\" \"a\" {}\ndata \"aws_region\" \"b\" {}\nrandom_id \"c\" {}\nservice \"x\" {}\n",
    )]);
    let found: Vec<_> = loaded.diagnostics.iter().map(|d| (d.summary.as_str(), d.labels.len())).collect();
    assert_eq!(found, [("Provider aws is not available", 3), ("Provider random is not available", 1)]);
    assert_eq!(addresses(&loaded.tree.module), ["service.x"]);
}

#[test]
fn labels_and_names() {
    check("service {}\n", &["HW0214 service"]);
    check("service \"a\" \"b\" {}\n", &["HW0214 \"b\""]);
    check("locals \"a\" {}\n", &["HW0214 \"a\""]);
    check("data \"service\" {}\n", &["HW0214 data \"service\""]);
    check("service \"a b\" {}\n", &["HW0215 \"a b\""]);
    check("variable \"1\" {}\n", &["HW0215 \"1\""]);
    check("variable \"count\" {}\n", &["HW0215 \"count\""]);
    check("a = 1\n", &["HW0211 a"]);
}
