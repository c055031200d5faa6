//! Peerings: one block asks, accepts and makes the routes of both sides.

use crate::Field;
use crate::fault_proxy::{Fault, Proxy};
use crate::moto::Account;

/// Two accounts with a VPC each, and an infrastructure in the first.
struct Sides {
    field: Field,
    here: Account,
    there: Account,
    proxy: Proxy,
    peer_proxy: Proxy,
    byoc: String,
    vpc: String,
    peer: String,
    /// A second route table of either side.
    table: String,
    peer_table: String,
}

impl Sides {
    fn new() -> Self {
        Self::with("10.0.0.0/16", "10.9.0.0/16")
    }

    fn with(range: &str, peer_range: &str) -> Self {
        let (here, there) = (Account::new("eu-central-1"), Account::new("eu-west-1"));
        let (vpc, peer) = (here.managed_vpc(range), there.vpc(peer_range));
        let (table, peer_table) = (here.route_table(&vpc), there.route_table(&peer));
        let (proxy, peer_proxy) = (Proxy::before(here.address()), Proxy::before(there.address()));
        let field = Field::new("cloud {}\n");
        let byoc = field.infrastructure(&here.number, range);
        let sides = Self { field, here, there, proxy, peer_proxy, byoc, vpc, peer, table, peer_table };
        sides.state("");
        sides
    }

    /// States the peering with these further lines.
    fn state(&self, lines: &str) {
        let (aws, peer_aws) = (self.here.access(&self.proxy.address), self.there.access(&self.peer_proxy.address));
        let Self { byoc, peer, .. } = self;
        let block = format!(
            "cloud {{}}\nvpc_peering \"x\" {{\n  byoc_id = \"{byoc}\"\n  aws = {aws}\n  peer_vpc_id = \"{peer}\"\n  peer_aws = {peer_aws}\n{lines}\n}}\n"
        );
        self.field.project.write("main.hcl", &block);
    }

    fn connection(&self) -> String {
        let connections = self.here.connections();
        assert_eq!(connections.len(), 1, "{connections:?}");
        assert_eq!(connections[0].1, "active");
        connections[0].0.clone()
    }

    fn forget_writes(&self) {
        self.proxy.writes();
        self.peer_proxy.writes();
    }

    /// Everything that was written since the last look, this side's first.
    fn writes(&self) -> Vec<String> {
        self.proxy
            .writes()
            .into_iter()
            .chain(self.peer_proxy.writes().into_iter().map(|w| format!("peer {w}")))
            .collect()
    }
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_peering_is_made_across_accounts_with_its_routes_and_taken_back() {
    let sides = Sides::new();
    sides.field.plan().exits(2).says("by hand").says("TCP 443, 8443 and 9440 from 10.9.0.0/16");
    sides.field.apply().exits(0).says("Please open the security group of the private load balancer");
    sides.field.plan().exits(0).says("HW1217");
    let id = sides.connection();
    assert_eq!(sides.here.peering_routes(&sides.table), [("10.9.0.0/16".to_owned(), id.clone())]);
    assert_eq!(sides.there.peering_routes(&sides.peer_table), [("10.0.0.0/16".to_owned(), id)]);
    let infrastructure =
        sides.field.served.api("GET", &format!("/byocInfrastructure/{}", sides.byoc), &serde_json::Value::Null);
    assert_eq!(infrastructure["enablePrivateLoadBalancer"], true);
    sides.state("  security_group_opened = true");
    sides.field.settles();
    sides.field.plan().exits(0).does_not_say("HW1217");
    sides.field.destroys();
    assert_eq!(sides.here.connections(), []);
    assert_eq!(sides.here.peering_routes(&sides.table), []);
    assert_eq!(sides.there.peering_routes(&sides.peer_table), []);
}

#[test]
#[ignore = "needs tests/servers/run"]
fn every_attribute_of_a_peering_is_walked() {
    let sides = Sides::new();
    sides.field.settles();
    sides.forget_writes();
    let (table, peer_table, vpc) = (&sides.table, &sides.peer_table, &sides.vpc);
    let steps: [(String, &[&str]); 7] = [
        (format!("  route_table_ids = [\"{table}\"]"), &["DeleteRoute"]),
        (
            format!("  route_table_ids = [\"{table}\"]\n  peer_route_table_ids = [\"{peer_table}\"]"),
            &["peer DeleteRoute"],
        ),
        (String::new(), &["CreateRoute", "peer CreateRoute"]),
        (
            "  allow_remote_vpc_dns_resolution = true".to_owned(),
            &["ModifyVpcPeeringConnectionOptions", "peer ModifyVpcPeeringConnectionOptions"],
        ),
        (
            "  allow_remote_vpc_dns_resolution = false".to_owned(),
            &["ModifyVpcPeeringConnectionOptions", "peer ModifyVpcPeeringConnectionOptions"],
        ),
        (format!("  vpc_id = \"{vpc}\"\n  security_group_opened = true"), &[]),
        (
            format!(
                "  vpc_id = \"{vpc}\"\n  peer_vpc_cidr_range = \"10.9.0.0/16\"\n  timeouts {{\n    create = \"5m\"\n  }}"
            ),
            &[],
        ),
    ];
    for (lines, expected) in steps {
        sides.state(&lines);
        sides.field.settles();
        assert_eq!(sides.writes(), expected, "{lines}");
    }
    sides.field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_deleted_route_is_named_and_alone_made_again() {
    let sides = Sides::new();
    sides.field.settles();
    let parameters = [("RouteTableId", sides.peer_table.as_str()), ("DestinationCidrBlock", "10.0.0.0/16")];
    sides.there.ask("DeleteRoute", &parameters);
    sides.forget_writes();
    let name = format!("{} 10.0.0.0/16", sides.peer_table);
    let plan = sides.field.plan().exits(2).says(&name).says("peer_routes").does_not_say(&sides.table);
    assert!(!plan.all().contains("+ routes"), "{}", plan.all());
    sides.field.settles();
    assert_eq!(sides.writes(), ["peer CreateRoute"]);
    sides.field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_peering_ended_behind_our_back_is_named_and_made_again() {
    let sides = Sides::new();
    sides.field.settles();
    let id = sides.connection();
    sides.here.ask("DeleteVpcPeeringConnection", &[("VpcPeeringConnectionId", &id)]);
    sides.forget_writes();
    sides.field.plan().exits(2).says(&format!("the connection {id} is deleted"));
    sides.field.settles();
    let again = sides.connection();
    assert_ne!(again, id);
    // Both tables of either side led through the old one.
    let replaced = |prefix: &str| vec![format!("{prefix}ReplaceRoute"); 2];
    let expected = [
        vec!["CreateVpcPeeringConnection".to_owned()],
        replaced(""),
        vec!["peer AcceptVpcPeeringConnection".to_owned()],
        replaced("peer "),
    ];
    assert_eq!(sides.writes(), expected.concat());
    assert_eq!(sides.there.peering_routes(&sides.peer_table), [("10.0.0.0/16".to_owned(), again)]);
    sides.field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_rejected_peering_is_named_and_asked_for_again() {
    let sides = Sides::new();
    sides.peer_proxy.fault("AcceptVpcPeeringConnection", 1, Fault::Refused(500, "InternalError"));
    sides.proxy.fault(
        "DescribeVpcPeeringConnections",
        usize::MAX,
        Fault::Told("<code>pending-acceptance", "<code>rejected".into()),
    );
    sides.field.apply().exits(1).says("vpc_peering.x is rejected").says("the other account rejected it");
    let first = sides.here.connections()[0].0.clone();
    sides.field.plan().exits(2).says(&format!("the connection {first} is rejected"));
    sides.there.ask("RejectVpcPeeringConnection", &[("VpcPeeringConnectionId", &first)]);
    sides.proxy.heal();
    sides.peer_proxy.heal();
    sides.field.settles();
    assert_ne!(sides.connection(), first);
    sides.field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn without_the_second_account_the_peering_stays_pending_and_the_next_apply_finishes() {
    let sides = Sides::new();
    sides.peer_proxy.fault("AcceptVpcPeeringConnection", 1, Fault::Refused(403, "UnauthorizedOperation"));
    sides.field.apply().exits(1).says("Allow ec2:AcceptVpcPeeringConnection");
    assert_eq!(sides.here.connections()[0].1, "pending-acceptance");
    sides.forget_writes();
    sides.field.plan().exits(2).says("pending-acceptance").says("active");
    sides.field.settles();
    let expected =
        ["CreateRoute", "CreateRoute", "peer AcceptVpcPeeringConnection", "peer CreateRoute", "peer CreateRoute"];
    assert_eq!(sides.writes(), expected);
    sides.connection();
    sides.field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn wrong_credentials_of_the_second_account_are_found_while_planning() {
    let sides = Sides::new();
    sides.peer_proxy.fault("AssumeRole", usize::MAX, Fault::Refused(403, "AccessDenied"));
    sides.field.apply().exits(1).says("there are no AWS credentials").says("AccessDenied");
    assert_eq!(sides.here.connections(), []);
    sides.peer_proxy.heal();
    sides.field.settles();
    sides.field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_lost_answer_makes_no_second_connection() {
    let sides = Sides::new();
    sides.proxy.fault("CreateVpcPeeringConnection", 1, Fault::Lost);
    sides.peer_proxy.fault("AcceptVpcPeeringConnection", 1, Fault::Lost);
    sides.peer_proxy.fault("CreateRoute", 1, Fault::Lost);
    let first = sides.field.apply();
    assert!(first.code == 0 || first.all().contains("CreateRoute"), "{}", first.all());
    sides.field.settles();
    sides.connection();
    assert_eq!(sides.there.peering_routes(&sides.peer_table).len(), 1);
    sides.field.destroys();
}

#[test]
#[ignore = "needs tests/servers/run"]
fn overlapping_networks_are_refused_while_planning() {
    let sides = Sides::with("10.0.0.0/16", "10.0.128.0/20");
    sides.forget_writes();
    sides.field.plan().exits(1).says("The networks overlap: 10.0.0.0/16 and 10.0.128.0/20").says("peer_vpc_id = ");
    sides.field.apply().exits(1);
    assert_eq!(sides.writes(), Vec::<String>::new());
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_route_that_leads_elsewhere_is_not_taken_over() {
    let sides = Sides::new();
    let gateway = crate::moto::parts(&sides.there.ask("CreateInternetGateway", &[]), "internetGatewayId")[0].clone();
    let parameters =
        [("RouteTableId", sides.peer_table.as_str()), ("DestinationCidrBlock", "10.0.0.0/16"), ("GatewayId", &gateway)];
    sides.there.ask("CreateRoute", &parameters);
    sides.forget_writes();
    sides.field.apply().exits(1).says(&format!("{} already leads 10.0.0.0/16 to {gateway}", sides.peer_table));
    assert_eq!(sides.writes(), Vec::<String>::new());
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_peering_is_imported_by_its_id_through_the_access_of_its_block() {
    let sides = Sides::new();
    sides.field.settles();
    let id = sides.connection();
    sides.field.run(&["state", "rm", "vpc_peering.x"]).exits(0);
    sides.forget_writes();
    sides.field.run(&["import", "vpc_peering.x", &id]).exits(0).says("No changes.");
    sides.field.plan().exits(0);
    assert_eq!(sides.writes(), Vec::<String>::new());
    sides.field.destroys();
    assert_eq!(sides.here.connections(), []);
}

#[test]
#[ignore = "needs tests/servers/run"]
fn a_replacement_is_one_apply() {
    let mut sides = Sides::new();
    sides.state(&format!("  vpc_id = \"{}\"", sides.vpc));
    sides.field.settles();
    let first = sides.connection();
    // The same networks: what is left out is found.
    sides.state("");
    sides.field.plan().exits(2).says("vpc_peering.x will be destroyed, then created anew");
    sides.field.settles();
    let second = sides.connection();
    assert_ne!(first, second);
    assert_eq!(sides.here.peering_routes(&sides.table), [("10.9.0.0/16".to_owned(), second.clone())]);
    assert_eq!(sides.there.peering_routes(&sides.peer_table), [("10.0.0.0/16".to_owned(), second)]);
    // Another network on the other side.
    sides.peer = sides.there.vpc("10.10.0.0/16");
    sides.state("");
    sides.field.settles();
    let third = sides.connection();
    assert_eq!(sides.here.peering_routes(&sides.table), [("10.10.0.0/16".to_owned(), third)]);
    assert_eq!(sides.there.peering_routes(&sides.peer_table), []);
    sides.field.destroys();
}
