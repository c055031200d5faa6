//! What the language offers around resources: data sources, values in the state, renames, imports, replacements.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use serde_json::json;
use support::Project;

fn service(name: &str, extra: &str) -> String {
    format!(
        "service \"{name}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-central-1\"\n  num_replicas = 2\n  \
         min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = [{{ source = \"192.0.2.0/24\" }}]\n  {extra}\n}}\n"
    )
}

fn id_of(project: &Project, name: &str) -> String {
    project.services().into_iter().find(|s| s.0 == name).expect("a service of that name").1
}

fn output(project: &Project, name: &str) -> serde_json::Value {
    serde_json::from_str(&project.sandbox(&["output", "--json", name]).exits(0).stdout).expect("JSON")
}

#[test]
fn a_data_source_is_asked_while_planning_and_its_answer_decides_what_is_made() {
    let project = Project::new(&service("a", "tags = { team = \"x\" }"));
    project.apply().exits(0);
    let id = id_of(&project, "a");
    let looking = format!(
        "{}data \"service\" \"a\" {{\n  id = \"{id}\"\n}}\ndata \"services\" \"team\" {{\n  tags = {{ team = \"x\" }}\n}}\n\
         terraform_data \"each\" {{\n  for_each = {{ for s in data.services.team.services : s.name => s.region }}\n  input = each.value\n}}\n\
         output \"host\" {{\n  value = one([for e in data.service.a.endpoints : e.host if e.protocol == \"https\"])\n}}\n\
         output \"private\" {{\n  value = data.service.a.private_endpoint_config.endpoint_service_id\n}}\n",
        service("a", "tags = { team = \"x\" }")
    );
    project.write("main.hcl", &looking);
    project.requests();
    project.apply().exits(0).says("terraform_data.each[\"a\"]: created");
    let asked = project.requests();
    let lists = asked.iter().filter(|r| r.starts_with("GET /services →")).count();
    assert_eq!(lists, 1, "the list answers for the resource and both data sources: {asked:?}");
    assert!(output(&project, "host").as_str().unwrap().ends_with(".clickhouse.cloud"));
    assert!(!output(&project, "private").as_str().unwrap().is_empty());
    project.plan().exits(0);
}

#[test]
fn a_data_source_that_depends_on_what_is_made_is_read_during_the_apply() {
    let project = Project::new(&format!(
        "{}data \"service\" \"a\" {{\n  id = service.a.id\n}}\ndata \"services\" \"all\" {{\n  depends_on = [service.a]\n}}\n\
         output \"state\" {{\n  value = data.service.a.state\n}}\noutput \"count\" {{\n  value = length(data.services.all.services)\n}}\n",
        service("a", "")
    ));
    project.plan().exits(2).says("data.service.a will be read during the apply").says("data.services.all will be read");
    project.apply().exits(0);
    assert_eq!((output(&project, "state"), output(&project, "count")), (json!("running"), json!(1)));
    project.plan().exits(0);
}

#[test]
fn what_a_data_source_does_not_find_is_an_error_and_in_a_check_a_warning() {
    let data = "data \"service\" \"x\" {\n  id = \"00000000-0000-0000-0000-000000000000\"\n}\n";
    let project = Project::new(data);
    project.plan().exits(1).says("HW0615").says("main.hcl:2").says("no service with the id");
    project.write("main.hcl", &format!("terraform_data \"a\" {{}}\ncheck \"c\" {{\n{data}\n  assert {{\n    condition = data.service.x.state == \"running\"\n    error_message = \"down\"\n  }}\n}}\n"));
    project.apply().exits(0).says("HW0615");
    project.write("main.hcl", &format!("check \"c\" {{\n{data}\n  assert {{\n    condition = true\n    error_message = \"x\"\n  }}\n}}\noutput \"o\" {{\n  value = data.service.x.state\n}}\n"));
    project.plan().exits(1).says("Reference to scoped resource");
}

#[test]
fn terraform_data_keeps_values_with_their_types_and_needs_no_credentials() {
    let values =
        "{ list = tolist([\"a\"]), tuple = [1, \"x\"], set = toset([\"b\", \"a\"]), null = null, number = 0.1 }";
    let project = Project::new(&format!(
        "terraform_data \"x\" {{\n  input = {values}\n}}\noutput \"x\" {{\n  value = terraform_data.x.output\n}}\n"
    ));
    project.run(&["apply", "--auto-approve"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    project.write(
        "main.hcl",
        &format!("terraform_data \"x\" {{\n  input = {}\n}}\n", values.replace("tolist([\"a\"])", "[\"a\"]")),
    );
    project.run(&["plan", "--detailed-exitcode"]).exits(2);
    project.write("main.hcl", "terraform_data \"x\" {}\n");
    project.run(&["apply", "--auto-approve"]).exits(0).says("1 changed");
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    project.run(&["destroy", "--auto-approve"]).exits(0);
    assert!(!project.read("housewright.state.json").contains("terraform_data"));
}

#[test]
fn a_sensitive_input_is_not_written_down_and_still_gives_its_output() {
    let text = |secret: &str| {
        format!(
            "terraform_data \"x\" {{\n  input = sensitive(\"{secret}\")\n}}\nterraform_data \"y\" {{\n  triggers_replace = terraform_data.x.output\n}}\n\
             output \"length\" {{\n  value = nonsensitive(length(terraform_data.x.output))\n}}\n"
        )
    };
    let project = Project::new(&text("hunter2"));
    project.run(&["apply", "--auto-approve"]).exits(0).does_not_say("hunter2").says("length = 7");
    assert!(!project.read("housewright.state.json").contains("hunter2"));
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    project.write("main.hcl", &text("hunter23"));
    project.run(&["plan", "--detailed-exitcode"]).exits(2).does_not_say("hunter2");
    project.run(&["apply", "--auto-approve"]).exits(0).says("length = 8").does_not_say("hunter2");
    assert!(!project.read("housewright.state.json").contains("hunter2"));
}

#[test]
fn a_trigger_replaces_what_is_cheap_and_only_names_what_is_not() {
    let text = |version: u32| {
        let lifecycle = "lifecycle {\n    replace_triggered_by = [terraform_data.version]\n  }";
        format!(
            "terraform_data \"version\" {{\n  input = {version}\n}}\nterraform_data \"cheap\" {{\n  input = \"x\"\n  {lifecycle}\n}}\n{}",
            service("dear", lifecycle)
        )
    };
    let project = Project::new(&text(1));
    project.apply().exits(0);
    let before = project.services();
    project.written();
    project.write("main.hcl", &text(2));
    project
        .apply()
        .exits(1)
        .says("HW0601")
        .says("service.dear would be replaced because terraform_data.version changes")
        .says("terraform_data.cheap will be destroyed, then created anew");
    assert_eq!(project.services(), before);
    assert_eq!(project.written(), Vec::<String>::new());
    project.sandbox(&["apply", "--auto-approve", "--replace", "service.dear"]).exits(0);
    assert_ne!(project.services(), before);
    project.plan().exits(0);
}

#[test]
fn a_successor_is_made_before_its_predecessor_goes_when_the_block_says_so() {
    let first = "lifecycle {\n    create_before_destroy = true\n  }";
    let text = |region: &str| {
        let used = "terraform_data \"user\" {\n  input = service.a.id\n}\n";
        service("a", first).replace("eu-central-1", region) + used
    };
    let project = Project::new(&text("eu-central-1"));
    project.apply().exits(0);
    project.written();
    project.write("main.hcl", &text("us-east-1"));
    project.sandbox(&["plan", "--replace", "service.a"]).exits(0).says("1 to add, 1 to change, 1 to destroy");
    project.sandbox(&["apply", "--auto-approve", "--replace", "service.a"]).exits(0);
    assert_eq!(project.written(), ["POST /services", "PATCH /services/*/state", "DELETE /services/*"]);
    assert_eq!(project.services().len(), 1);
    project.plan().exits(0);
}

#[test]
fn a_predecessor_that_could_not_go_is_remembered_and_goes_next_time() {
    let first = "lifecycle {\n    create_before_destroy = true\n  }";
    let project = Project::new(&service("a", first));
    project.apply().exits(0);
    let old = id_of(&project, "a");
    let refuse = |method: &str| {
        project.fault(&json!({"method": method, "pathPrefix": "/v1/organizations/", "times": 1,
            "effect": {"answer": {"when": "before", "status": 400, "error": "BAD_REQUEST: not today"}}}));
    };
    refuse("DELETE");
    project.sandbox(&["apply", "--auto-approve", "--replace", "service.a"]).exits(1).says("service.a#deposed");
    assert_eq!(project.services().len(), 2);
    project.plan().exits(2).says("service.a#deposed will be destroyed").says("0 to add");
    project.apply().exits(0);
    let left = project.services();
    assert!(left.len() == 1 && left[0].1 != old, "{left:?}");
    project.plan().exits(0);

    // When the successor never came, there is nothing to be destroyed.
    refuse("POST");
    project.sandbox(&["apply", "--auto-approve", "--replace", "service.a"]).exits(1);
    assert_eq!(project.services(), left);
    project.plan().exits(0);
}

#[test]
fn renames_move_what_exists_and_send_nothing() {
    let project = Project::new(&service("a", ""));
    project.apply().exits(0);
    let id = id_of(&project, "a");
    project.written();
    let renamed = service("b", "name = \"a\"\n  count = 1");
    project.write("main.hcl", &format!("{renamed}moved {{\n  from = clickhouse_service.a\n  to = service.b[0]\n}}\n"));
    project.plan().exits(2).says("moved from service.a").says("0 to add, 0 to change, 0 to destroy");
    project.apply().exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    project.sandbox(&["state", "list"]).exits(0).says("service.b[0]");
    project.plan().exits(0);

    // A count that goes is a rename of itself.
    project.write("main.hcl", &service("b", "name = \"a\""));
    project.apply().exits(0);
    std::fs::create_dir(project.path("m")).unwrap();
    project.write("m/main.hcl", &service("c", "name = \"a\""));
    let call = "module \"new\" {\n  source = \"./m\"\n}\nmoved {\n  from = service.b\n  to = module.new.service.c\n}\n";
    project.write("main.hcl", call);
    project.apply().exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    assert_eq!(id_of(&project, "a"), id);
    project.sandbox(&["state", "list"]).exits(0).says("module.new.service.c");
    project.write("main.hcl", &format!("{}{call}", service("b", "name = \"a\"")));
    project.plan().exits(1).says("HW0609").says("still declared");
}

#[test]
fn what_was_removed_is_forgotten_or_destroyed_as_its_block_says() {
    let project = Project::new(&(service("a", "") + &service("b", "")));
    project.apply().exits(0);
    project.written();
    project.write(
        "main.hcl",
        "removed {\n  from = service.a\n  lifecycle {\n    destroy = false\n  }\n}\nremoved {\n  from = service.b\n}\n",
    );
    project.apply().exits(0);
    assert_eq!(project.services().into_iter().map(|s| s.0).collect::<Vec<_>>(), ["a"]);
    project.plan().exits(0);
    project.write("main.hcl", &(service("a", "") + "removed {\n  from = service.a\n}\n"));
    project.plan().exits(1).says("HW0614");
}

#[test]
fn things_that_exist_are_imported_by_blocks() {
    let project = Project::new(&(service("a", "") + &service("b", "")));
    project.apply().exits(0);
    let (a, b) = (id_of(&project, "a"), id_of(&project, "b"));
    std::fs::remove_file(project.path(".housewright/state.json")).unwrap();
    let block = service("x", "for_each = { a = 1, b = 2 }\n  name = each.key\n  tags = { n = tostring(each.value) }");
    let imports = format!(
        "import {{\n  for_each = {{ a = \"{a}\", b = \"{b}\" }}\n  to = service.x[each.key]\n  id = each.value\n}}\n"
    );
    project.write("main.hcl", &format!("{block}{imports}"));
    project.written();
    project.plan().exits(2).says("imported: it exists as").says("0 to add, 2 to change, 0 to destroy");
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH /services/*", "PATCH /services/*"]);
    project.plan().exits(0);
    assert_eq!((id_of(&project, "a"), id_of(&project, "b")), (a.clone(), b));

    let missing = imports.replace("a = \"", "c = \"");
    project.write("main.hcl", &format!("{block}{missing}"));
    project.plan().exits(1).says("HW0612").says("has no such instance");
    project.write(
        "main.hcl",
        &format!("{block}{imports}import {{\n  to = service.y\n  id = \"x\"\n}}\n{}", service("y", "")),
    );
    project.plan().exits(1).says("HW0617").says("no service with the id x");
    project.write("main.hcl", &format!("import {{\n  to = service.y\n  id = \"{a}\"\n}}\n"));
    project.plan().exits(1).says("HW0612");
    assert_eq!(project.services().len(), 2);
}

#[test]
fn dynamic_blocks_become_blocks() {
    let dynamic = |each: &str| {
        service(
            "a",
            &format!(
                "dynamic \"timeouts\" {{\n    for_each = {each}\n    iterator = t\n    content {{\n      create = t.value\n    }}\n  }}"
            ),
        )
    };
    let project = Project::new(&dynamic("[\"40m\"]"));
    project.plan().exits(2).says("create = \"40m\"");
    project.write("main.hcl", &dynamic("[]"));
    project.plan().exits(2).does_not_say("timeouts");
    project.write("main.hcl", &dynamic("[\"1m\", \"2m\"]"));
    project.plan().exits(1).says("Too many timeouts blocks");
    project.write("main.hcl", &dynamic("1"));
    project.plan().exits(1).says("Invalid dynamic for_each value");
    project.write("main.hcl", &dynamic("[]").replace("\"timeouts\"", "\"timeout\""));
    project.plan().exits(1).says("Unsupported block type");
}

#[test]
fn single_entries_of_a_map_can_be_ignored() {
    let text = |team: &str| {
        service(
            "a",
            &format!(
                "tags = {{ team = \"{team}\", owner = \"me\" }}\n  lifecycle {{\n    ignore_changes = [tags[\"team\"]]\n  }}"
            ),
        )
    };
    let project = Project::new(&text("x"));
    project.apply().exits(0);
    project.write("main.hcl", &text("y"));
    project.plan().exits(0);
    project.write("main.hcl", &text("y").replace("\"me\"", "\"you\""));
    project.apply().exits(0);
    project.plan().exits(0);
    project.write("main.hcl", &text("y").replace("tags[\"team\"]", "ip_access[0]"));
    project.plan().exits(1).says("HW0236");
}

#[test]
fn conditions_and_checks_are_judged_where_they_can_be() {
    let conditions = "lifecycle {\n    precondition {\n      condition = var.go\n      error_message = \"not yet\"\n    }\n    postcondition {\n      condition = self.output == 1\n      error_message = \"it is ${self.output}\"\n    }\n  }";
    let text = format!(
        "variable \"go\" {{\n  default = true\n}}\nterraform_data \"x\" {{\n  input = var.go ? 1 : 2\n  {conditions}\n}}\n\
         check \"c\" {{\n  assert {{\n    condition = terraform_data.x.output == 2\n    error_message = \"checked\"\n  }}\n}}\n"
    );
    let project = Project::new(&text);
    project.run(&["apply", "--auto-approve"]).exits(0).says("checked");
    project.run(&["plan", "--var", "go=false"]).exits(1).says("not yet");
    project.write("main.hcl", &text.replace("condition = var.go", "condition = true"));
    project.run(&["apply", "--auto-approve", "--var", "go=false"]).exits(1).says("it is 2");
}

#[test]
fn a_directory_written_as_json_means_the_same() {
    let project = Project::empty();
    project.write(
        "main.tf.json",
        &json!({
            "variable": {"name": {"default": "a"}},
            "resource": {"clickhouse_service": {"a": {
                "name": "${var.name}", "cloud_provider": "aws", "region": "eu-central-1", "num_replicas": 2,
                "min_replica_memory_gb": 8, "max_replica_memory_gb": 8, "ip_access": [{"source": "192.0.2.0/24"}],
                "lifecycle": {"ignore_changes": ["tags"]},
            }}},
            "data": {"clickhouse_services": {"all": {"depends_on": ["clickhouse_service.a"]}}},
            "output": {"n": {"value": "${length(data.clickhouse_services.all.services)}"}},
        })
        .to_string(),
    );
    project.apply().exits(0).says("n = 1");
    project.plan().exits(0);
}

#[test]
fn what_other_providers_have_is_refused_by_name_all_at_once() {
    let project = Project::empty();
    project.write(
        "main.tf",
        "resource \"aws_vpc\" \"a\" {}\nresource \"aws_subnet\" \"b\" {}\ndata \"google_project\" \"c\" {}\nresource \"clickhouse_clickpipe\" \"d\" {}\n",
    );
    project.run(&["validate"]).exits(1).says("main.tf:1").says("aws_subnet").says("main.tf:3").says("clickpipe");
}

#[test]
fn conditions_stand_beside_the_plan() {
    let text = "variable \"size\" {\n  default = 2\n  validation {\n    condition     = var.size > 1\n    error_message = \"too few\"\n  }\n}\n\
        check \"few\" {\n  assert {\n    condition     = var.size < 2\n    error_message = \"More than one.\"\n  }\n}\n\
        check \"later\" {\n  assert {\n    condition     = terraform_data.a.id != \"\"\n    error_message = \"No id.\"\n  }\n}\n\
        resource \"terraform_data\" \"a\" {\n  input = var.size\n}\n";
    let project = Project::new(text);
    let said = "Conditions: 1 holds; not: check.few; known after the apply: check.later.";
    project.plan().exits(2).says(said).says("More than one.");
    project.sandbox(&["plan", "--out", "the.plan"]).exits(0).says(said);
    project.run(&["show", "the.plan"]).exits(0).says(said).says("warning[HW0234]");
    project
        .run(&["show", "--markdown", "the.plan"])
        .exits(0)
        .says("**Conditions:** 1 hold, 1 do not, 1 are known after apply.");
    project.apply().exits(0).says(said);
    project.plan().exits(0).says("Conditions: 2 hold; not: check.few.");
    project.sandbox(&["plan", "--destroy"]).exits(0).does_not_say("Conditions:");
}
