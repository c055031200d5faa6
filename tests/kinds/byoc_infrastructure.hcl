byoc_infrastructure "eu" {
  region_id                    = "eu-central-1"
  account_id                   = "123456789012"
  display_name                 = "Europe"
  tags                         = { team = "data" }
  enable_private_load_balancer = true
  enable_private_link          = true
}

# A service in it has one of its sizes.
service "events" {
  cloud_provider        = byoc_infrastructure.eu.cloud_provider
  region                = byoc_infrastructure.eu.region_id
  byoc_id               = byoc_infrastructure.eu.id
  num_replicas          = 2
  min_replica_memory_gb = 116
  max_replica_memory_gb = 116
  ip_access             = [{ source = "192.0.2.0/24", description = "office" }]
}

#: requests create: plan 3, writes 3, reads 2, waits byoc_provision + provision
#: requests again: plan 4
#: requests update display_name = "West": plan 4, writes 1, reads 2
#: requests destroy: plan 3, writes 3, waits stop + terminate + byoc_terminate
#: walk region_id
#:   refused = "us-east-1"
#: walk account_id
#:   refused = "999999999999"
#: walk display_name
#:   = "EU"
#: walk tags
#:   = { team = "ads", env = "dev" }
#: walk enable_private_link
#:   = false
#:   = true
#: walk enable_private_load_balancer
#:   = false
#:     and enable_private_link = false
#:   = true
#: walk enable_public_load_balancer
#:   = false
#:   = true
#: walk vpc_cidr_range
#:   records = "10.0.0.0/16"
#:   refused = "10.8.0.0/16"
#: walk vpc_cidr_range
#:   = "10.8.0.0/16"
#:   refused = "10.9.0.0/16"
#:   with display_name = "another range"
#:   kept
#: walk availability_zone_suffixes
#:   = ["d", "b", "a"]
#:   records = ["a", "b", "d"]
#:   refused = ["a", "b", "c"]
#:   with display_name = "other zones"
#:   kept
#: walk external_id
#:   = "ch-1"
#:   refused = "ch-2"
#:   with display_name = "an external id"
#:   kept
#: walk vpc_id
#:   = "vpc-1"
#:   refused = "vpc-2"
#:   with private_subnet_ids = ["subnet-1", "subnet-2"]
#:   kept
#: walk private_subnet_ids
#:   = ["subnet-1", "subnet-2"]
#:   records = ["subnet-2", "subnet-1"]
#:   refused = ["subnet-1"]
#:   with vpc_id = "vpc-1"
#:   kept
#: walk public_subnet_ids
#:   = ["subnet-3"]
#:   refused = ["subnet-4"]
#:   with vpc_id = "vpc-1"
#:   with private_subnet_ids = ["subnet-1"]
#:   kept
#: walk gcp_pod_cidr_range_names
#:   = ["pods"]
#:   refused = ["more"]
#:   with region_id = "europe-west4"
#:   with account_id = "project"
#:   with vpc_id = "network"
#:   with private_subnet_ids = ["subnet"]
#:   without enable_private_link
#:   kept
#: walk gcp_shared_vpc_host_project_id
#:   = "host"
#:   refused = "other"
#:   with region_id = "europe-west4"
#:   with account_id = "project"
#:   with vpc_id = "network"
#:   with private_subnet_ids = ["subnet"]
#:   without enable_private_link
#:   kept
#: walk gcp_psc_subnet_id
#:   = "psc"
#:   = "psc-2"
#:   with region_id = "europe-west4"
#:   with account_id = "project"
#:   with vpc_id = "network"
#:   with private_subnet_ids = ["subnet"]
#:   kept
#: walk tenant_id
#:   = "tenant"
#:   refused = "another"
#:   with region_id = "eastus"
#:   with account_id = "subscription"
#:   with service_principal_client_id = "client"
#:   kept
#: walk service_principal_client_id
#:   = "client"
#:   refused = "another"
#:   with region_id = "eastus"
#:   with account_id = "subscription"
#:   with tenant_id = "tenant"
#:   kept
#: walk skip_preflight_validation
#:   records = true
#:   records = false
#: walk vcpu_quota
#:   records = 512
#:   records = 1024
#: walk timeouts
#:   records = { create = "2h" }
#:   records = { create = "4h", update = "1h", delete = "1h" }
