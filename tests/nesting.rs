//! Ten thousand brackets inside each other are refused with a diagnostic, in whatever construct they stand.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use support::Project;

const DEEP: usize = 10_000;

/// `open` and `close` that often around `inner`.
fn tower(open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP))
}

/// Validates a directory with a file of that name; what is wrong is told, with its place.
#[track_caller]
fn refused(what: &str, name: &str, text: &str) {
    let project = Project::new("variable \"v\" {\n  type = any\n}\n");
    project.write(name, text);
    let run = project.run(&["validate"]);
    let place = run.all().contains(&format!("{name}:"));
    assert!(run.code == 1 && place, "{what}: exit code {}\n{:.2000}", run.code, run.all());
}

#[test]
fn expressions() {
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{ a = ", "1", " }"),
        ("upper(", "\"a\"", ")"),
        ("\"${", "1", "}\""),
        ("\"%{ if ", "true", " }x%{ endif }\""),
        ("[for x in ", "[]", " : x]"),
        ("{ for k, v in ", "{}", " : k => v }"),
        ("!", "true", ""),
        ("-", "1", ""),
        ("true ? 1 : ", "1", ""),
        ("true ? ", "1", " : 1"),
        ("1 + ", "1", ""),
        ("true && ", "true", ""),
        ("1 == (", "1", ")"),
        ("var.v[", "0", "]"),
        ("", "var.v", "[0]"),
        ("", "var.v", ".a"),
        ("", "var.v", "[*]"),
        ("", "var.v", ".*"),
        // Never closed.
        ("(", "1", ""),
        ("[", "1", ""),
        ("{ a = ", "1", ""),
        ("\"${", "1", ""),
    ] {
        refused(open, "deep.hcl", &format!("output \"o\" {{\n  value = {}\n}}\n", tower(open, inner, close)));
    }
}

#[test]
fn templates_and_blocks() {
    let ifs = tower("%{ if true }", "x", "%{ endif }");
    let fors = tower("%{ for x in [1] }", "x", "%{ endfor }");
    for template in [&ifs, &fors] {
        refused(template, "deep.hcl", &format!("output \"o\" {{\n  value = \"{template}\"\n}}\n"));
        refused(template, "deep.hcl", &format!("output \"o\" {{\n  value = <<EOT\n{template}\nEOT\n}}\n"));
    }
    refused("blocks", "deep.hcl", &tower("a {\n", "b = 1\n", "}\n"));
    refused(
        "blocks in a resource",
        "deep.tf",
        &format!("resource \"clickhouse_service\" \"x\" {{\n{}}}\n", tower("a {\n", "", "}\n")),
    );
    refused("blocks never closed", "deep.hcl", &"a {\n".repeat(DEEP));
}

#[test]
fn types() {
    for (open, inner, close) in [
        ("list(", "string", ")"),
        ("map(", "any", ")"),
        ("object({ a = ", "number", " })"),
        ("tuple([", "bool", "])"),
        ("object({ a = optional(", "number", ") })"),
        ("(", "string", ")"),
    ] {
        refused(open, "deep.hcl", &format!("variable \"t\" {{\n  type = {}\n}}\n", tower(open, inner, close)));
    }
}

#[test]
fn json() {
    let value = |inner: &str| format!("{{\"output\": {{\"o\": {{\"value\": {inner}}}}}}}");
    for (open, inner, close) in [("[", "1", "]"), ("{\"a\": ", "1", "}"), ("[", "", "")] {
        refused(open, "deep.tf.json", &value(&tower(open, inner, close)));
    }
    refused("a template", "deep.hcl.json", &value(&format!("\"{}\"", tower("${(", "1", ")}"))));
    refused(
        "a type",
        "deep.tf.json",
        &format!("{{\"variable\": {{\"t\": {{\"type\": \"{}\"}}}}}}", tower("list(", "any", ")")),
    );
    refused("blocks", "deep.tf.json", &tower("{\"service\": ", "1", "}"));
}

#[test]
fn values_of_variables() {
    for (open, inner, close) in [("[", "1", "]"), ("{ a = ", "1", " }"), ("(", "1", ")"), ("-", "1", "")] {
        refused(open, "terraform.tfvars", &format!("v = {}\n", tower(open, inner, close)));
    }
    for (open, inner, close) in [("[", "1", "]"), ("{\"a\": ", "1", "}")] {
        refused(open, "terraform.tfvars.json", &format!("{{\"v\": {}}}", tower(open, inner, close)));
    }
    let project = Project::new("variable \"v\" {\n  type = list(any)\n}\n");
    project.run(&["validate", "--var", &format!("v={}", tower("[", "1", "]"))]).exits(1).says("--var v");
}

/// Texts that functions read, however deep what is in them.
#[test]
fn texts_for_functions() {
    let project = Project::empty();
    let answer = |expression: &str| {
        let mut command = support::binary(project.root());
        command.args(["console", "--batch"]);
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let line = serde_json::json!({"id": "x", "expr": expression}).to_string();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), line.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{:?}", output.status);
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("an answer")
    };
    let lists = tower("[", "", "]");
    for expression in [
        format!("jsondecode(\"{lists}\")"),
        format!("yamldecode(\"{lists}\")"),
        format!("provider::terraform::decode_tfvars(\"a = {lists}\")"),
        format!("regex(\"{}\", \"a\")", tower("(", "a", ")")),
    ] {
        let answer = answer(&expression);
        assert_eq!(answer["ok"], false, "{:.80} gave {:.200}", expression, answer.to_string());
        let summary =
            if expression.starts_with("regex") { "Invalid function argument" } else { "Error in function call" };
        assert_eq!(answer["summary"], summary, "{:.80}", expression);
    }
}
