//! Other names for the same things: `moved` is offered where it was forgotten, and written where somebody asks for it.

use crate::support::Project;

const USUAL: &str = "cloud_provider = \"aws\"\n  region         = \"eu-central-1\"\n  ip_access      = []\n";

fn applied(configuration: &str) -> Project {
    let project = Project::new(configuration);
    project.apply().exits(0);
    project.writes();
    project
}

fn service(label: &str, lines: &str) -> String {
    format!("service \"{label}\" {{\n  {lines}{USUAL}}}\n")
}

/// Plans, takes the offer as it is printed, and plans again.
fn takes_the_offer(project: &Project, offers: &[(&str, &str)]) {
    let told = project.plan().exits(2);
    let mut blocks = String::new();
    for (from, to) in offers {
        let block = format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n");
        let text: String = told.all().lines().map(|l| format!("{}\n", l.trim_start_matches([' ', '│']))).collect();
        let flat: String = block.lines().map(|l| format!("{}\n", l.trim_start())).collect();
        assert!(text.contains(&flat), "{flat} is not in\n{}", told.all());
        blocks.push_str(&block);
    }
    let count = told.all().matches("HW0664").count();
    assert_eq!(count, offers.len(), "{}", told.all());
    project.write("moved.hcl", &blocks);
    project.plan().exits(2).says("moved from").does_not_say("HW0664");
    project.apply().exits(0);
    project.plan().exits(0);
    assert_eq!(project.written(), [] as [String; 0], "a name is nothing that is sent");
}

#[test]
fn a_renamed_block_is_offered_as_moved() {
    let project = applied(&service("old", "name = \"ingest\"\n  "));
    project.write("main.hcl", &service("new", "name = \"ingest\"\n  num_replicas = 2\n  "));
    let told = project.plan().exits(2);
    told.says("HW0664").says("service.old is to go, and service.new, which is like it, to come");
    // Here the same name says it, though another line has changed as well.
    project.write("main.hcl", &service("new", "name = \"ingest\"\n  "));
    takes_the_offer(&project, &[("service.old", "service.new")]);
}

/// The name is the label where nobody states one: then all else has to be the same.
#[test]
fn without_a_name_everything_else_tells() {
    let with = |label: &str, replicas: u32| service(label, &format!("num_replicas = {replicas}\n  "));
    let project = applied(&with("old", 2));
    project.write("main.hcl", &with("new", 4));
    project.plan().exits(2).does_not_say("HW0664");
    project.write("main.hcl", &with("new", 2));
    project.plan().exits(2).says("from = service.old").says("to   = service.new");
    // Two that are equally like it: nobody knows which.
    project.write("main.hcl", &format!("{}{}", with("new", 2), with("other", 2)));
    project.plan().exits(2).does_not_say("HW0664");
}

#[test]
fn rows_and_parts_move_with_their_blocks() {
    let rows = |label: &str| {
        format!(
            "service \"{label}\" {{\n  for_each = toset([\"a\", \"b\"])\n  name = \"row-${{each.key}}\"\n  {USUAL}}}\n\
             service_upgrade_window \"{label}\" {{\n  service_id = service.{label}[\"a\"].id\n  weekday = 2\n  start_hour_utc = 6\n}}\n"
        )
    };
    let project = applied(&rows("old"));
    project.write("main.hcl", &rows("new"));
    let windows = ("service_upgrade_window.old", "service_upgrade_window.new");
    takes_the_offer(&project, &[("service.old", "service.new"), windows]);
}

#[test]
fn one_instance_gets_a_key_of_its_own() {
    let project = applied(&service("a", "count = 2\n  name = \"row-${count.index}\"\n  "));
    project.write("main.hcl", &service("a", "for_each = toset([\"row-0\", \"row-1\"])\n  name = each.key\n  "));
    takes_the_offer(&project, &[("service.a[0]", "service.a[\"row-0\"]"), ("service.a[1]", "service.a[\"row-1\"]")]);
}

#[test]
fn a_part_alone_says_which_block_to_write() {
    let window = |label: &str| {
        format!(
            "service_upgrade_window \"{label}\" {{\n  service_id = service.a.id\n  weekday = 2\n  start_hour_utc = 6\n}}\n"
        )
    };
    let project = applied(&format!("{}{}", service("a", ""), window("old")));
    project.write("main.hcl", &format!("{}{}", service("a", ""), window("new")));
    let told = project.plan().exits(1).says("HW0623");
    told.says("from = service_upgrade_window.old").says("to   = service_upgrade_window.new");
}

#[test]
fn state_mv_writes_the_block_on_request() {
    let project = applied(&service("old", "name = \"a\"\n  "));
    project
        .sandbox(&["state", "mv", "service.old", "service.new", "--write"])
        .exits(0)
        .says("Wrote the moved block to moved.hcl");
    let text = project.read("moved.hcl");
    assert_eq!(text, "moved {\n  from = service.old\n  to   = service.new\n}\n");
    project.write("main.hcl", &service("new", "name = \"a\"\n  "));
    project.plan().exits(0);
    // Another one comes behind it; one that is there already is not written twice.
    project.sandbox(&["state", "mv", "service.new", "service.newest", "--write"]).exits(0);
    let text = project.read("moved.hcl");
    assert!(text.ends_with("\n\nmoved {\n  from = service.new\n  to   = service.newest\n}\n"), "{text}");
    project.write("main.hcl", &service("newest", "name = \"a\"\n  "));
    project.plan().exits(0);
    project.sandbox(&["state", "mv", "service.newest", "service.new"]).exits(0);
    project
        .sandbox(&["state", "mv", "service.new", "service.newest", "--write"])
        .exits(0)
        .says("has the moved block already");
    assert_eq!(project.read("moved.hcl"), text);
    // Without the request, and when nothing can be moved, nothing is written.
    project.sandbox(&["state", "mv", "service.absent", "service.other", "--write"]).exits(1);
    assert_eq!(project.read("moved.hcl"), text);
    assert_eq!(project.written(), [] as [String; 0]);
}

#[test]
fn among_terraforms_files_the_block_is_terraforms() {
    let project = Project::empty();
    let resource =
        |label: &str| format!("resource \"clickhouse_service\" \"{label}\" {{\n  name = \"a\"\n  {USUAL}}}\n");
    project.write("main.tf", &resource("old"));
    project.apply().exits(0);
    project.sandbox(&["state", "mv", "service.old", "service.new", "--write"]).exits(0);
    let text = project.read("moved.tf");
    assert_eq!(text, "moved {\n  from = clickhouse_service.old\n  to   = clickhouse_service.new\n}\n");
    project.write("main.tf", &resource("new"));
    project.plan().exits(0);
}

/// What is to be replaced by something else is not one thing.
#[test]
fn another_place_is_another_thing() {
    let project = applied(&service("old", "name = \"a\"\n  "));
    let elsewhere = service("new", "name = \"a\"\n  ").replace("eu-central-1", "us-east-1");
    project.write("main.hcl", &elsewhere);
    project.plan().exits(2).does_not_say("HW0664");
}
