cloud {
  tier = "enterprise"
}

# HW1049
byoc_infrastructure "region" {
  region_id  = "us-east-7"
  account_id = "123456789012"
}

# HW1046
byoc_infrastructure "no_range" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  vpc_cidr_range = "10.0.0.0"
}

# HW1046
byoc_infrastructure "public" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  vpc_cidr_range = "11.0.0.0/16"
}

# HW1046
byoc_infrastructure "small" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  vpc_cidr_range = "10.0.0.0/24"
}

# HW1046
byoc_infrastructure "small_gcp" {
  region_id  = "europe-west4"
  account_id = "project"
  vpc_cidr_range = "10.0.0.0/21"
}

# HW1046
byoc_infrastructure "tight" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  vpc_cidr_range = "10.0.0.0/23"
}

# HW1048
byoc_infrastructure "odd_zone" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  availability_zone_suffixes = ["a", "b", "g"]
}

# HW1048
byoc_infrastructure "twice" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  availability_zone_suffixes = ["a", "b", "b"]
}

# HW1048
byoc_infrastructure "few" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  availability_zone_suffixes = ["a", "b"]
}

# HW1060
byoc_infrastructure "account" {
  region_id  = "us-east-1"
  account_id = "12345"
}

# HW1060
byoc_infrastructure "foreign" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  tenant_id = "tenant"
}

# HW1060
byoc_infrastructure "stranger" {
  region_id  = "eastus"
  account_id = "subscription"
  tenant_id = "tenant"
}

# HW1060
byoc_infrastructure "subnets" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  private_subnet_ids = ["subnet-1"]
}

# HW1060
byoc_infrastructure "both" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  vpc_id             = "vpc-1"
  private_subnet_ids = ["subnet-1"]
  vpc_cidr_range     = "10.0.0.0/16"
}

# HW1060
byoc_infrastructure "azure_vpc" {
  region_id  = "eastus"
  account_id = "subscription"
  vpc_id                      = "vpc-1"
  private_subnet_ids          = ["subnet-1"]
  tenant_id                   = "tenant"
  service_principal_client_id = "client"
}

# HW1060
byoc_infrastructure "no_subnets" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  vpc_id = "vpc-1"
}

# HW1060
byoc_infrastructure "many_subnets" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  vpc_id             = "vpc-1"
  private_subnet_ids = ["subnet-1"]
  public_subnet_ids  = ["1", "2", "3", "4", "5", "6", "7"]
}

# HW1060
byoc_infrastructure "unreachable" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  enable_private_load_balancer = false
  enable_public_load_balancer  = false
}

# HW1060
byoc_infrastructure "linkless" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  enable_private_link          = true
  enable_private_load_balancer = false
}

# HW1060
byoc_infrastructure "psc" {
  region_id  = "europe-west4"
  account_id = "project"
  vpc_id             = "network"
  private_subnet_ids = ["subnet"]
  gcp_psc_subnet_id  = "psc"
}

# HW1060
byoc_infrastructure "marked" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  tags = { housewright = "ours" }
}

# HW1060
byoc_infrastructure "labels" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  tags = { for n in range(50) : "k${n}" => "v" }
}

# HW1059
byoc_infrastructure "patience" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  timeouts {
    create = "soon"
  }
}

# HW1057, and HW1036
byoc_infrastructure "narrow" {
  region_id  = "us-east-1"
  account_id = "123456789012"
  vcpu_quota = 180
}

service "narrow" {
  cloud_provider        = "aws"
  region                = "us-east-1"
  byoc_id               = byoc_infrastructure.narrow.id
  num_replicas          = 2
  min_replica_memory_gb = 116
  max_replica_memory_gb = 116
  ip_access             = [{ source = "192.0.2.0/24" }]
}

service_scheduled_scaling "narrow" {
  service_id = service.narrow.id
  entries    = [{ name = "day", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, min_replicas = 4, max_replicas = 4 }]
}

service "elsewhere" {
  cloud_provider        = "aws"
  region                = "us-east-2"
  byoc_id               = byoc_infrastructure.narrow.id
  num_replicas          = 1
  min_replica_memory_gb = 48
  max_replica_memory_gb = 48
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1057: nobody says what the account has
byoc_infrastructure "unknown" {
  region_id  = "europe-west4"
  account_id = "project"
}

service "unknown" {
  cloud_provider        = "gcp"
  region                = "europe-west4"
  byoc_id               = byoc_infrastructure.unknown.id
  num_replicas          = 2
  min_replica_memory_gb = 48
  max_replica_memory_gb = 48
  ip_access             = [{ source = "192.0.2.0/24" }]
}
