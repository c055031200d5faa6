//! Private links: one block makes the endpoint, waits for it, and attaches it to the services.

use crate::Field;
use crate::fault_proxy::{Fault, Proxy};
use crate::moto::Account;

/// The network of a customer, and a configuration that connects it with a service.
struct Shop {
    account: Account,
    proxy: Proxy,
    vpc: String,
    subnets: [String; 2],
    group: String,
}

const SERVICE: &str = "cloud { tier = \"scale\" }\nservice \"a\" {\n  cloud_provider = \"aws\"\n  region = \"eu-central-1\"\n  num_replicas = 2\n  min_replica_memory_gb = 16\n  max_replica_memory_gb = 16\n  ip_access = [{ source = \"192.0.2.0/24\" }]\n}\n";

impl Shop {
    fn new() -> Self {
        let account = Account::new("eu-central-1");
        let vpc = account.vpc("10.7.0.0/16");
        let subnets = ["10.7.1.0/24", "10.7.2.0/24"].map(|range| account.subnet(&vpc, range));
        let group = account.security_group(&vpc, "clickhouse");
        let proxy = Proxy::before(account.address());
        Self { account, proxy, vpc, subnets, group }
    }

    fn link(&self, lines: &str) -> String {
        let access = self.account.access(&self.proxy.address);
        format!("{SERVICE}private_link \"shop\" {{\n  aws = {access}\n  vpc_id = \"{}\"\n{lines}\n}}\n", self.vpc)
    }

    fn usual(&self) -> String {
        let Self { subnets, group, .. } = self;
        self.link(&format!(
            "  service_ids = [service.a.id]\n  subnet_ids = [\"{}\"]\n  security_group_ids = [\"{group}\"]",
            subnets[0]
        ))
    }
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_link_is_made_attached_and_taken_back() {
    let shop = Shop::new();
    let field = Field::new(&format!(
        "{}output \"hosts\" {{ value = private_link.shop.private_dns_hostnames }}\n",
        shop.usual()
    ));
    let foreign = "vpce-0f0f0f0f0f0f0f0f0";
    field.apply().exits(0).says(".vpce.aws.clickhouse.cloud");
    field.plan().exits(0);
    let endpoints = shop.account.endpoints();
    assert_eq!(endpoints.len(), 1, "{endpoints:?}");
    assert_eq!(field.attached(), [endpoints[0].0.clone()]);
    let answer = shop.account.ask("DescribeVpcEndpoints", &[]);
    assert!(
        answer.contains("<privateDnsEnabled>false</privateDnsEnabled>"),
        "no private DNS with ClickHouse Cloud: {answer}"
    );
    // Another's endpoint on the service stays, and is no difference.
    let path = format!("/services/{}", field.service());
    field.served.api("PATCH", &path, &serde_json::json!({ "privateEndpointIds": { "add": [foreign] } }));
    field.plan().exits(0);
    field.attachments();
    field.project.write("main.hcl", SERVICE);
    field.apply().exits(0);
    assert_eq!(field.attached(), [foreign]);
    assert_eq!(field.attachments(), [serde_json::json!({ "add": [], "remove": [endpoints[0].0] })]);
    assert_eq!(shop.account.endpoints(), []);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn every_attribute_of_a_link_is_walked() {
    let shop = Shop::new();
    let Shop { subnets: [one, other], group, account, .. } = &shop;
    let field = Field::new(&shop.usual());
    field.settles();
    let second = account.security_group(&shop.vpc, "second");
    let lines = |services: &str, subnets: &str, groups: &str| {
        shop.link(&format!("  service_ids = {services}\n  subnet_ids = {subnets}\n{groups}"))
    };
    let groups = |names: &str| format!("  security_group_ids = {names}");
    let all = "[service.a.id]";
    let both = format!("[\"{other}\", \"{one}\"]");
    let sent = [
        (lines(all, &both, &groups(&format!("[\"{group}\"]"))), vec!["ModifyVpcEndpoint"]),
        (lines(all, &format!("[\"{one}\", \"{other}\", \"{one}\"]"), &groups(&format!("[\"{group}\"]"))), vec![]),
        (lines(all, &format!("[\"{other}\"]"), &groups(&format!("[\"{second}\"]"))), vec!["ModifyVpcEndpoint"]),
        (lines(all, &format!("[\"{other}\"]"), ""), vec![]),
        (lines(all, &format!("[\"{other}\"]"), "  timeouts {\n    update = \"5m\"\n  }"), vec![]),
        // A VPC is fixed: another endpoint is made.
        (lines(all, &format!("[\"{other}\"]"), "  private_dns_enabled = false"), vec![]),
    ];
    shop.proxy.writes();
    for (configuration, expected) in sent {
        field.project.write("main.hcl", &configuration);
        field.settles();
        assert_eq!(shop.proxy.writes(), expected, "{configuration}");
    }
    let before = account.endpoints();
    let vpc = account.vpc("10.8.0.0/16");
    let subnet = account.subnet(&vpc, "10.8.1.0/24");
    let moved = lines(all, &format!("[\"{subnet}\"]"), "").replace(&shop.vpc, &vpc);
    field.project.write("main.hcl", &moved);
    field.settles();
    assert_eq!(shop.proxy.writes(), ["DeleteVpcEndpoints", "CreateVpcEndpoint"]);
    assert_ne!(account.endpoints(), before);
    assert_eq!(field.attached(), [account.endpoints()[0].0.clone()]);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn an_endpoint_made_elsewhere_is_only_attached() {
    let id = "vpce-0123456789abcdef0";
    let link = |lines: &str| format!("{SERVICE}private_link \"theirs\" {{\n{lines}\n}}\n");
    let field = Field::new(&link(&format!("  endpoint_id = \"{id}\"\n  service_ids = [service.a.id]")));
    field.settles();
    assert_eq!(field.attached(), [id]);
    let other = "vpce-0fedcba9876543210";
    field.project.write("main.hcl", &link(&format!("  endpoint_id = \"{other}\"\n  service_ids = [service.a.id]")));
    field.settles();
    assert_eq!(field.attached(), [other]);
    // What is attached already is taken under management.
    field.run(&["state", "rm", "private_link.theirs"]).exits(0);
    field.apply().exits(0);
    field.plan().exits(0);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_pending_acceptance_is_waited_for() {
    let shop = Shop::new();
    shop.proxy.fault("CreateVpcEndpoint", 1, Fault::Told("<state>available", "<state>pendingAcceptance".into()));
    shop.proxy.fault("DescribeVpcEndpoints", 6, Fault::Told("<state>available", "<state>pendingAcceptance".into()));
    let field = Field::new(&shop.usual());
    field.apply().exits(0).says("pendingAcceptance").says("the owner of the endpoint service has to accept it");
    shop.proxy.heal();
    field.plan().exits(0);
    assert_eq!(shop.account.endpoints().len(), 1);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_rejected_endpoint_is_named_and_made_anew() {
    let shop = Shop::new();
    shop.proxy.fault("CreateVpcEndpoint", 1, Fault::Told("<state>available", "<state>pendingAcceptance".into()));
    shop.proxy.fault("DescribeVpcEndpoints", usize::MAX, Fault::Told("<state>available", "<state>rejected".into()));
    let field = Field::new(&shop.usual());
    field.apply().exits(1).says("private_link.shop is rejected").says("ask them to accept it");
    let first = shop.account.endpoints();
    field.plan().exits(2).says(&format!("the endpoint {} is rejected", first[0].0));
    shop.proxy.fault("CreateVpcEndpoint", 1, Fault::Told("nothing", String::new()));
    // The new one is accepted.
    shop.account.ask("DeleteVpcEndpoints", &[("VpcEndpointId.1", &first[0].0)]);
    shop.proxy.heal();
    shop.proxy.writes();
    field.settles();
    assert_eq!(shop.proxy.writes(), ["DeleteVpcEndpoints", "CreateVpcEndpoint"]);
    let second = shop.account.endpoints();
    assert_eq!(second.len(), 1);
    assert_eq!(field.attached(), [second[0].0.clone()], "the old id is off the service");
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_failed_endpoint_ends_the_wait() {
    let shop = Shop::new();
    shop.proxy.fault("CreateVpcEndpoint", 1, Fault::Told("<state>available", "<state>pending".into()));
    shop.proxy.fault("DescribeVpcEndpoints", usize::MAX, Fault::Told("<state>available", "<state>failed".into()));
    let field = Field::new(&shop.usual());
    field.apply().exits(1).says("private_link.shop is failed").says("look at the endpoint in the AWS console");
    assert_eq!(field.attached(), Vec::<String>::new(), "what failed is not attached");
    shop.proxy.heal();
    field.settles();
    assert_eq!(shop.account.endpoints().len(), 1);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_lost_answer_makes_no_second_endpoint() {
    let shop = Shop::new();
    shop.proxy.fault("CreateVpcEndpoint", 1, Fault::Lost);
    let field = Field::new(&shop.usual());
    field.apply().exits(0).says("it was found again as vpce-");
    field.plan().exits(0);
    assert_eq!(shop.account.endpoints().len(), 1);
    assert_eq!(shop.proxy.writes(), ["CreateVpcEndpoint"]);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_lost_answer_that_is_found_by_the_next_run() {
    let shop = Shop::new();
    shop.proxy.fault("CreateVpcEndpoint", 1, Fault::Lost);
    let field = Field::new(SERVICE);
    field.settles();
    field.project.write("main.hcl", &shop.usual());
    // Two looks of the plan pass; then nothing can be seen for the rest of the run.
    shop.proxy.fault(
        "DescribeVpcEndpoints",
        usize::MAX,
        Fault::Told("<vpcEndpointSet>", "<other/><nothingSet>".into()),
    );
    shop.proxy.fault("DescribeVpcEndpoints", usize::MAX, Fault::Told("</vpcEndpointSet>", "</nothingSet>".into()));
    shop.proxy.fault("DescribeVpcEndpoints", usize::MAX, Fault::Told("<vpcEndpointId>", "<hidden>".into()));
    shop.proxy.fault("DescribeVpcEndpoints", usize::MAX, Fault::Told("</vpcEndpointId>", "</hidden>".into()));
    field.apply().exits(1);
    shop.proxy.heal();
    shop.proxy.writes();
    field.settles();
    assert_eq!(shop.proxy.writes(), Vec::<String>::new(), "it was made before");
    let endpoints = shop.account.endpoints();
    assert_eq!(endpoints.len(), 1);
    assert_eq!(field.attached(), [endpoints[0].0.clone()]);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn an_endpoint_that_was_not_attached_is_attached_by_the_next_apply() {
    let shop = Shop::new();
    let field = Field::new(&shop.usual());
    let fault = serde_json::json!({ "method": "PATCH", "times": 1, "effect": { "answer": { "status": 400 } } });
    field.served.control("POST", "/faults", &fault.to_string());
    field.apply().exits(1).says("attach 1");
    assert_eq!((shop.account.endpoints().len(), field.attached().len()), (1, 0));
    shop.proxy.writes();
    field.plan().exits(2).says("private_link.shop will be updated in place").says("+ \"");
    field.settles();
    assert_eq!(shop.proxy.writes(), Vec::<String>::new());
    assert_eq!(field.attached(), [shop.account.endpoints()[0].0.clone()]);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn an_endpoint_detached_behind_our_back_is_named_and_attached_again() {
    let shop = Shop::new();
    let field = Field::new(&shop.usual());
    field.settles();
    let (service, endpoint) = (field.service(), field.attached()[0].clone());
    let body = serde_json::json!({ "privateEndpointIds": { "remove": [endpoint] } });
    field.served.api("PATCH", &format!("/services/{service}"), &body);
    field.attachments();
    shop.proxy.writes();
    field.plan().exits(2).says("service_ids").says(&service).says("Plan: 0 to add, 1 to change, 0 to destroy.");
    field.settles();
    assert_eq!(field.attachments(), [serde_json::json!({ "add": [endpoint], "remove": [] })]);
    assert_eq!(shop.proxy.writes(), Vec::<String>::new());
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn another_way_into_the_account_is_no_change() {
    let shop = Shop::new();
    let field = Field::new(&shop.usual());
    field.settles();
    let again = Proxy::before(shop.account.address());
    let other = shop.usual().replace(&shop.proxy.address, &again.address);
    field.project.write("main.hcl", &other);
    shop.proxy.fault("DescribeVpcEndpoints", usize::MAX, Fault::Refused(403, "UnauthorizedOperation"));
    field.plan().exits(0);
    field.settles();
    // The state has followed: an end without the block goes the new way.
    field.destroys();
    assert_eq!(shop.account.endpoints(), []);
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_link_is_imported_by_its_id_through_the_access_of_its_block() {
    let shop = Shop::new();
    let field = Field::new(&shop.usual());
    field.settles();
    let endpoint = shop.account.endpoints()[0].0.clone();
    for id in [endpoint.clone(), format!("eu-central-1/{endpoint}")] {
        field.run(&["state", "rm", "private_link.shop"]).exits(0);
        shop.proxy.writes();
        field.run(&["import", "private_link.shop", &id]).exits(0).says("No changes.");
        field.plan().exits(0);
        assert_eq!(shop.proxy.writes(), Vec::<String>::new());
    }
    field.run(&["state", "rm", "private_link.shop"]).exits(0);
    let run = field.run(&["import", "private_link.shop", "vpce-00000000000000000"]).exits(1);
    run.says("There is nothing to import as private_link.shop");
    // As a block, beside the other.
    let block = format!("{}import {{\n  to = private_link.shop\n  id = \"{endpoint}\"\n}}\n", shop.usual());
    field.project.write("main.hcl", &block);
    field.settles();
    assert_eq!(shop.account.endpoints().len(), 1);
    field.destroys();
    assert_eq!(shop.account.endpoints(), []);
}

#[test]
#[ignore = "needs tests/servers/run"]
fn an_endpoint_made_elsewhere_is_imported_by_its_id() {
    let id = "vpce-0123456789abcdef0";
    let link =
        format!("{SERVICE}private_link \"theirs\" {{\n  endpoint_id = \"{id}\"\n  service_ids = [service.a.id]\n}}\n");
    let field = Field::new(&link);
    field.settles();
    field.run(&["state", "rm", "private_link.theirs"]).exits(0);
    field.run(&["import", "private_link.theirs", id]).exits(0).says("No changes.");
    field.plan().exits(0);
    field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn an_endpoint_is_waited_for_as_long_as_its_block_says() {
    let shop = Shop::new();
    shop.proxy.fault("CreateVpcEndpoint", 1, Fault::Told("<state>available", "<state>pending".into()));
    shop.proxy.fault("DescribeVpcEndpoints", usize::MAX, Fault::Told("<state>available", "<state>pending".into()));
    let lines = format!(
        "  service_ids = [service.a.id]\n  subnet_ids = [\"{}\"]\n  timeouts {{\n    create = \"2m\"\n  }}",
        shop.subnets[0]
    );
    let field = Field::new(&shop.link(&lines));
    field.apply().exits(1).says("private_link.shop").says("2m");
    assert_eq!(field.attached(), Vec::<String>::new());
    shop.proxy.heal();
    field.settles();
    assert_eq!(shop.account.endpoints().len(), 1);
    field.destroys();
}
