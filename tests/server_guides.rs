//! The guides that need more than a sandbox: an EC2 and a bucket, which moto plays. `tests/servers/run` starts it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

#[path = "support/guide.rs"]
mod guide;
#[path = "support/moto.rs"]
mod moto;
mod support;

use guide::Guide;
use moto::Account;

fn with_amazon(guide: Guide) -> Guide {
    guide
        .with_variable("AWS_ACCESS_KEY_ID", "test")
        .with_variable("AWS_SECRET_ACCESS_KEY", "test")
        .with_variable("AWS_EC2_METADATA_DISABLED", "true")
}

#[test]
#[ignore = "needs tests/servers/run"]
fn private_networking() {
    let [shop, data, analysts] = [(); 3].map(|()| Account::new("eu-central-1"));
    let vpc = shop.vpc("10.50.0.0/16");
    let subnet = shop.subnet(&vpc, "10.50.1.0/24");
    let group = shop.security_group(&vpc, "clickhouse");
    let shop_values = format!(
        "shop = {{\n  access = {}\n  vpc_id = \"{vpc}\"\n  subnet_ids = [\"{subnet}\"]\n  security_group_ids = [\"{group}\"]\n}}\n",
        shop.access(shop.address())
    );
    // ClickHouse makes the VPC of an infrastructure; the sandbox does not reach into AWS.
    let made = data.managed_vpc("10.40.0.0/16");
    data.route_table(&made);
    let peer = analysts.vpc("10.60.0.0/16");
    let analysts_values = format!(
        "data_account = \"{}\"\ndata = {}\nanalysts = {{ access = {}, vpc_id = \"{peer}\" }}\n",
        data.number,
        data.access(data.address()),
        analysts.access(analysts.address())
    );
    let guide = Guide::of("private-networking.md")
        .with_file("shop.auto.tfvars", &shop_values)
        .with_file("analysts.auto.tfvars", &analysts_values);
    with_amazon(guide).follow();
    assert_eq!((shop.endpoints(), data.connections()), (Vec::new(), Vec::new()), "everything is taken down");
}

#[test]
#[ignore = "needs tests/servers/run"]
fn backends() {
    let endpoint = std::env::var("HOUSEWRIGHT_TEST_S3").expect("tests/servers/run starts moto and says where it is");
    let bucket = std::env::var("HOUSEWRIGHT_TEST_BUCKET").expect("tests/servers/run makes a bucket");
    let state = format!(
        "state \"s3\" {{\n  bucket   = \"{bucket}\"\n  key      = \"guide-{}/state.json\"\n  region   = \"eu-central-1\"\n  endpoint = \
         \"{endpoint}\"\n}}\n",
        std::process::id()
    );
    with_amazon(Guide::of("backends.md").with_file("new/state.hcl", &state)).follow();
}
