cloud {
  tier = "enterprise"
}

service "here" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

service "google" {
  cloud_provider        = "gcp"
  region                = "europe-west4"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1201
private_link "nowhere" {
  aws         = { region = "eu-central-1" }
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
  subnet_ids  = ["subnet-0a1b2c3d4e5f60718"]
  service_ids = []
}

# HW1202
private_link "both_ways" {
  service_ids = [service.here.id]
  endpoint_id = "vpce-0123456789abcdef0"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
}

# HW1203
private_link "unplaced" {
  service_ids = [service.here.id]
  aws         = { region = "eu-central-1" }
}

# HW1204
private_link "shape" {
  service_ids = [service.here.id]
  endpoint_id = "endpoint"
}

# HW1204: of another cloud
private_link "other_cloud" {
  service_ids = [service.google.id]
  endpoint_id = "vpce-0123456789abcdef1"
}

# HW1205
private_link "byoc_dns" {
  aws         = { region = "eu-central-1" }
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
  subnet_ids  = ["subnet-0a1b2c3d4e5f60718"]
  byoc_id     = "11111111-2222-4333-8444-555555555555"
  private_dns_enabled = false
}

# HW1205: of a service that is still to be made
private_link "cloud_dns" {
  aws         = { region = "eu-central-1" }
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
  subnet_ids  = ["subnet-0a1b2c3d4e5f60718"]
  service_ids = [service.here.id]
  private_dns_enabled = true
}

# HW1206
private_link "names" {
  aws         = { region = "eu-central-1" }
  vpc_id      = "subnet-1"
  subnet_ids  = ["subnet-0a1b2c3d4e5f60718"]
  service_ids = [service.here.id]
}

# HW1206
private_link "no_subnet" {
  aws         = { region = "eu-central-1" }
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
  subnet_ids  = []
  service_ids = [service.here.id]
}

# HW1208: the endpoint is in AWS
private_link "aws_to_google" {
  aws         = { region = "eu-central-1" }
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
  subnet_ids  = ["subnet-0a1b2c3d4e5f60718"]
  service_ids = [service.here.id, service.google.id]
}

# HW1208: in another region
private_link "far" {
  aws         = { region = "us-east-1" }
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
  subnet_ids  = ["subnet-0a1b2c3d4e5f60718"]
  service_ids = [service.here.id]
}

# ranges for what follows
byoc_infrastructure "one" {
  region_id      = "eu-central-1"
  account_id     = "111122223333"
  vpc_cidr_range = "10.0.0.0/16"
}

# and another
byoc_infrastructure "two" {
  region_id      = "eu-west-1"
  account_id     = "111122223333"
  vpc_cidr_range = "10.0.0.0/20"
}

# HW1211
vpc_peering "half" {
  byoc_id     = byoc_infrastructure.one.id
  aws         = { region = "eu-central-1" }
  peer_vpc_id = "vpc-00000001"
}

# HW1206
vpc_peering "tables" {
  byoc_id     = byoc_infrastructure.one.id
  aws         = { region = "eu-central-1" }
  peer_aws    = { region = "eu-central-1", profile = "peer" }
  peer_vpc_id = "vpc-00000002"
  route_table_ids = ["table-1"]
}

# HW1212
vpc_peering "itself" {
  byoc_id     = byoc_infrastructure.one.id
  aws         = { region = "eu-central-1" }
  peer_aws    = { region = "eu-central-1", profile = "peer" }
  peer_vpc_id = "vpc-00000003"
  vpc_id      = "vpc-00000003"
}

# HW1207
vpc_peering "wrong" {
  byoc_id     = byoc_infrastructure.one.id
  aws         = { region = "eu-central-1" }
  peer_aws    = { region = "eu-central-1", profile = "peer" }
  peer_vpc_id = "vpc-00000004"
  peer_vpc_cidr_range = "10.60.0.0"
}

# HW1047: the infrastructure's own
vpc_peering "own" {
  byoc_id     = byoc_infrastructure.one.id
  aws         = { region = "eu-central-1" }
  peer_aws    = { region = "eu-central-1", profile = "peer" }
  peer_vpc_id = "vpc-00000005"
  peer_vpc_cidr_range = "10.0.128.0/20"
}

# HW1047: two peers
vpc_peering "peer_a" {
  byoc_id     = byoc_infrastructure.one.id
  aws         = { region = "eu-central-1" }
  peer_aws    = { region = "eu-central-1", profile = "peer" }
  peer_vpc_id = "vpc-00000006"
  peer_vpc_cidr_range = "10.60.0.0/16"
}

# and the other
vpc_peering "peer_b" {
  byoc_id     = byoc_infrastructure.one.id
  aws         = { region = "eu-central-1" }
  peer_aws    = { region = "eu-central-1", profile = "peer" }
  peer_vpc_id = "vpc-00000007"
  peer_vpc_cidr_range = "10.60.4.0/24"
}

# HW1047: two infrastructures
vpc_peering "shared_a" {
  byoc_id     = byoc_infrastructure.one.id
  aws         = { region = "eu-central-1" }
  peer_aws    = { region = "eu-central-1", profile = "peer" }
  peer_vpc_id = "vpc-00000008"
}

# and the other
vpc_peering "shared_b" {
  byoc_id     = byoc_infrastructure.two.id
  aws         = { region = "eu-central-1" }
  peer_aws    = { region = "eu-central-1", profile = "peer" }
  peer_vpc_id = "vpc-00000008"
}
