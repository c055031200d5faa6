cloud {
  tier = "enterprise"
}

service "primary" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  release_channel       = "fast"
}

# HW1023, and HW1075
service "elsewhere" {
  cloud_provider        = "aws"
  region                = "eu-west-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  warehouse_id          = service.primary.warehouse_id
  release_channel       = "slow"
}

# HW1024
service_upgrade_window "secondary" {
  service_id     = service.elsewhere.id
  weekday        = 3
  start_hour_utc = 12
}

# HW1027
service_transparent_data_encryption_key_association "plain" {
  service_id = service.primary.id
  key_id     = "arn:aws:kms:eu-central-1:1:key/a"
}

# HW1050
service_private_endpoints_attachment "wrong_cloud" {
  service_id           = service.primary.id
  private_endpoint_ids = ["1234567890"]
}

# HW0624: two blocks, one schedule
service_scheduled_scaling "one" {
  service_id = service.primary.id
  entries    = [{ name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18 }]
}

service_scheduled_scaling "two" {
  service_id = service.primary.id
  entries    = [{ name = "b", weekdays = [2], start_hour_utc = 8, end_hour_utc = 18 }]
}

# HW0624: one endpoint, attached to one service twice
service_private_endpoints_attachment "first" {
  service_id           = service.primary.id
  private_endpoint_ids = ["vpce-0123456789abcdef0"]
}

service_private_endpoints_attachment "second" {
  service_id           = service.primary.id
  private_endpoint_ids = ["vpce-0123456789abcdef1", "vpce-0123456789ABCDEF0"]
}

# HW1056: the warehouse at the peak of a schedule
service "wide" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 20
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

service "wider" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 20
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  warehouse_id          = service.wide.warehouse_id
}

service_scheduled_scaling "peak" {
  service_id = service.wider.id
  entries = [
    { name = "noon", weekdays = [1], start_hour_utc = 12, end_hour_utc = 13, min_replicas = 31, max_replicas = 31 },
    { name = "night", weekdays = [1], start_hour_utc = 20, end_hour_utc = 22, min_replicas = 2, max_replicas = 2 },
  ]
}

# HW1056: the warehouse
service "large" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 40
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

service "larger" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 20
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  warehouse_id          = service.large.warehouse_id
}

# HW1056: the organization
service "many" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  count                 = 18
}

# HW0624: two links through one endpoint
private_link "one" {
  service_ids = [service.primary.id]
  endpoint_id = "vpce-0aaaaaaaaaaaaaaaa"
}

private_link "two" {
  service_ids = [service.wide.id]
  endpoint_id = "vpce-0aaaaaaaaaaaaaaaa"
}

# HW0624: attached by a link as well
service_private_endpoints_attachment "third" {
  service_id           = service.wide.id
  private_endpoint_ids = ["vpce-0aaaaaaaaaaaaaaaa"]
}
