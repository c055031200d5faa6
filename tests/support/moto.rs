//! An EC2 that another process plays (moto): what a test puts there, and what is found there. Shares nothing with the
//! program's own client.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};

/// A region of an account, as its owner sees it.
#[derive(Clone)]
pub struct Account {
    /// Host and port.
    address: String,
    pub number: String,
    pub region: String,
}

/// Each test has accounts of its own.
static NEXT: AtomicU32 = AtomicU32::new(1);

impl Account {
    /// An account nobody has used yet.
    pub fn new(region: &str) -> Self {
        let address =
            std::env::var("HOUSEWRIGHT_TEST_MOTO").expect("tests/servers/run starts moto and says where it is");
        let number = format!("{:06}{:06}", std::process::id() % 1_000_000, NEXT.fetch_add(1, Ordering::SeqCst));
        Self { address, number, region: region.to_owned() }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// How the configuration enters it, by way of `endpoint`.
    pub fn access(&self, endpoint: &str) -> String {
        let Self { number, region, .. } = self;
        format!(
            "{{ region = \"{region}\", endpoint_url = \"http://{endpoint}\", assume_role = {{ role_arn = \"arn:aws:iam::{number}:role/net\" }} }}"
        )
    }

    /// The answer to an action, as text.
    #[track_caller]
    pub fn ask(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let mut body = format!("Action={action}&Version=2016-11-15");
        parameters.iter().for_each(|(name, value)| body.push_str(&format!("&{name}={value}")));
        let scope = format!("AKIAIOSFODNN7EXAMPLE/20260101/{}/ec2/aws4_request", self.region);
        let head = format!(
            "POST / HTTP/1.0\r\nhost: ec2.{}.amazonaws.com\r\nx-moto-account-id: {}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
            self.region,
            self.number,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.address).expect("moto listens");
        stream.write_all(format!("{head}{body}").as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.split("\r\n").next().unwrap().contains(" 200"), "{action}: {answer}");
        answer
    }

    pub fn vpc(&self, range: &str) -> String {
        one(&self.ask("CreateVpc", &[("CidrBlock", range)]), "vpcId")
    }

    /// A VPC as ClickHouse makes it for an infrastructure.
    pub fn managed_vpc(&self, range: &str) -> String {
        let vpc = self.vpc(range);
        self.ask("CreateTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", "clickhouse-byoc"), ("Tag.1.Value", "true")]);
        vpc
    }

    pub fn subnet(&self, vpc: &str, range: &str) -> String {
        one(&self.ask("CreateSubnet", &[("VpcId", vpc), ("CidrBlock", range)]), "subnetId")
    }

    pub fn security_group(&self, vpc: &str, name: &str) -> String {
        let parameters = [("VpcId", vpc), ("GroupName", name), ("GroupDescription", name)];
        one(&self.ask("CreateSecurityGroup", &parameters), "groupId")
    }

    pub fn route_table(&self, vpc: &str) -> String {
        one(&self.ask("CreateRouteTable", &[("VpcId", vpc)]), "routeTableId")
    }

    /// The endpoints that are there: id and state.
    pub fn endpoints(&self) -> Vec<(String, String)> {
        let answer = self.ask("DescribeVpcEndpoints", &[]);
        let items = parts(&answer, "vpcEndpointId").into_iter().zip(parts(&answer, "state"));
        items.filter(|(_, state)| state != "deleted").collect()
    }

    /// The peering connections that are there: id and state.
    pub fn connections(&self) -> Vec<(String, String)> {
        let answer = self.ask("DescribeVpcPeeringConnections", &[]);
        let items = parts(&answer, "vpcPeeringConnectionId").into_iter().zip(parts(&answer, "code"));
        items.filter(|(_, state)| !["deleted", "rejected"].contains(&state.as_str())).collect()
    }

    /// The routes of a table that lead through peering connections: range and connection.
    pub fn peering_routes(&self, table: &str) -> Vec<(String, String)> {
        let answer = self.ask("DescribeRouteTables", &[("RouteTableId.1", table)]);
        let routes = inside(&answer, "routeSet");
        let items = routes.split("<item>").filter(|item| item.contains("<vpcPeeringConnectionId>"));
        items.map(|i| (one(i, "destinationCidrBlock"), one(i, "vpcPeeringConnectionId"))).collect()
    }
}

/// The text of all elements of this name.
pub fn parts(text: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    text.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap_or_default().to_owned()).collect()
}

fn one(text: &str, name: &str) -> String {
    parts(text, name).into_iter().next().unwrap_or_else(|| panic!("there is no {name} in {text}"))
}

fn inside<'t>(text: &'t str, name: &str) -> &'t str {
    let from = text.find(&format!("<{name}>")).unwrap_or(text.len());
    let to = text.find(&format!("</{name}>")).unwrap_or(text.len());
    &text[from..to.max(from)]
}
