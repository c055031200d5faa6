//! The example `byoc-aws`, as a whole.

use serde_json::{Value, json};

use crate::Field;
use crate::moto::Account;
use crate::support::{Project, Served};

#[test]
#[ignore = "needs tests/servers/run"]
fn the_example_applies_plans_empty_and_destroys() {
    let [data, shop, analysts] = [(); 3].map(|()| Account::new("eu-central-1"));
    // ClickHouse makes the VPC of an infrastructure; the sandbox does not reach into AWS.
    let vpc = data.managed_vpc("10.40.0.0/16");
    let table = data.route_table(&vpc);
    let shop_vpc = shop.vpc("10.50.0.0/16");
    let subnets = ["10.50.1.0/24", "10.50.2.0/24"].map(|range| shop.subnet(&shop_vpc, range));
    let group = shop.security_group(&shop_vpc, "clickhouse");
    let peer = analysts.vpc("10.60.0.0/16");
    let [data_access, shop_access, peer_access] = [&data, &shop, &analysts].map(|a| a.access(a.address()));
    let project = Project::example("byoc-aws");
    let [one, other] = &subnets;
    let values = format!(
        "byoc_account = \"{}\"\nbyoc_access = {data_access}\nshop = {{ vpc_id = \"{shop_vpc}\", subnet_ids = [\"{one}\", \
         \"{other}\"], security_group_ids = [\"{group}\"], access = {shop_access} }}\nanalysts = {{ vpc_id = \"{peer}\", cidr_range = \"10.60.0.0/16\", \
         access = {peer_access} }}\n",
        data.number
    );
    project.write("test.auto.tfvars", &values);
    let served = Served::start(&project, "3600");
    let field = Field { project, served };

    field.apply().exits(0).says("Please open the security group");
    field.plan().exits(0);
    let get = |path: &str| field.served.api("GET", path, &Value::Null);
    let services = get("/services");
    let named = |name: &str| services.as_array().unwrap().iter().find(|s| s["name"] == name).unwrap();
    let (ingest, reports) = (named("ingest"), named("reports"));
    assert_eq!(ingest["dataWarehouseId"], reports["dataWarehouseId"]);
    let part = |service: &Value, part: &str| get(&format!("/services/{}/{part}", service["id"].as_str().unwrap()));
    assert_eq!(part(ingest, "upgradeWindow")["startHourUtc"], 0);
    assert_eq!(part(reports, "scalingSchedule")["entries"][0]["name"], "working hours");
    assert_eq!(part(reports, "clickhouseSettings/max_threads")["value"], 16);
    assert_eq!(shop.endpoints().len(), 1);
    let connections = data.connections();
    assert_eq!((connections.len(), connections[0].1.as_str()), (1, "active"));
    assert_eq!(data.peering_routes(&table), [("10.60.0.0/16".to_owned(), connections[0].0.clone())]);

    field.destroys();
    assert_eq!((shop.endpoints(), data.connections()), (Vec::new(), Vec::new()));
    assert_eq!(field.served.api("GET", "/services", &Value::Null), json!([]));
}
