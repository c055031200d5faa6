# A BYOC infrastructure in AWS with a warehouse of two services, reached from one VPC by PrivateLink and from another by
# a peering. docs/aws.md says what the accounts have to allow.

cloud {
  tier = "enterprise"
}

byoc_infrastructure "data" {
  region_id                    = var.region
  account_id                   = var.byoc_account
  display_name                 = "Data"
  vpc_cidr_range               = "10.40.0.0/16"
  availability_zone_suffixes   = ["a", "b", "c"]
  enable_private_load_balancer = true
  enable_private_link          = true
  vcpu_quota                   = 512
}

# Writes.
service "ingest" {
  cloud_provider        = "aws"
  region                = var.region
  byoc_id               = byoc_infrastructure.data.id
  num_replicas          = 2
  min_replica_memory_gb = 116
  max_replica_memory_gb = 116
  ip_access             = [{ source = "10.0.0.0/8", description = "inside" }]
}

# Reads the same data.
service "reports" {
  cloud_provider        = "aws"
  region                = var.region
  byoc_id               = byoc_infrastructure.data.id
  warehouse_id          = service.ingest.warehouse_id
  readonly              = true
  num_replicas          = 2
  min_replica_memory_gb = 48
  max_replica_memory_gb = 48
  ip_access             = [{ source = "10.0.0.0/8", description = "inside" }]
}

# More of it on working days.
service_scheduled_scaling "reports" {
  service_id = service.reports.id
  entries = [{
    name           = "working hours"
    weekdays       = [1, 2, 3, 4, 5]
    start_hour_utc = 6
    end_hour_utc   = 18
    min_replicas   = 4
    max_replicas   = 4
  }]
}

service_clickhouse_settings "reports" {
  service_id = service.reports.id
  settings   = { max_threads = "16" }
}

service_upgrade_window "ingest" {
  service_id     = service.ingest.id
  weekday        = 0
  start_hour_utc = 0
}

# The shop reaches both services through an endpoint in its own VPC.
private_link "shop" {
  byoc_id            = byoc_infrastructure.data.id
  service_ids        = [service.ingest.id, service.reports.id]
  vpc_id             = var.shop.vpc_id
  subnet_ids         = var.shop.subnet_ids
  security_group_ids = var.shop.security_group_ids
  aws                = var.shop.access
}

# The analysts' VPC is peered; their accounts' routes are made as well.
vpc_peering "analysts" {
  byoc_id     = byoc_infrastructure.data.id
  aws         = var.byoc_access
  peer_vpc_id = var.analysts.vpc_id

  peer_vpc_cidr_range = var.analysts.cidr_range
  peer_aws            = var.analysts.access
}

output "private_hosts" {
  value = private_link.shop.private_dns_hostnames
}
