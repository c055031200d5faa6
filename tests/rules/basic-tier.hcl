cloud {
  tier = "basic"
}

# HW1033
service "many" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 8
  max_replica_memory_gb = 8
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1027
service "encrypted" {
  cloud_provider              = "aws"
  region                      = "eu-central-1"
  num_replicas                = 1
  min_replica_memory_gb       = 8
  max_replica_memory_gb       = 8
  ip_access                   = [{ source = "192.0.2.0/24" }]
  transparent_data_encryption = { enabled = true }
}

# HW1033
service_private_endpoints_attachment "basic" {
  service_id           = "11111111-2222-4333-8444-555555555555"
  private_endpoint_ids = ["vpce-0123456789abcdef0"]
}

# HW1033
service_backup_bucket "basic" {
  service_id      = "11111111-2222-4333-8444-555555555555"
  bucket_provider = "AZURE"
  container_name  = "c"
  connection_string = "s"
}

# HW1033
service_snapshot_configuration "basic" {
  service_id = "11111111-2222-4333-8444-555555555555"
  enabled    = true
}

# HW1041
service_upgrade_window "basic" {
  service_id     = "11111111-2222-4333-8444-555555555555"
  weekday        = 3
  start_hour_utc = 12
}

# HW1027
service_transparent_data_encryption_key_association "basic" {
  service_id = "11111111-2222-4333-8444-555555555555"
  key_id     = "arn:aws:kms:eu-central-1:1:key/a"
}

# HW1033
service "large" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 1
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1033
service "scheduled" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 1
  min_replica_memory_gb = 8
  max_replica_memory_gb = 8
  ip_access             = [{ source = "192.0.2.0/24" }]
  backup_configuration  = { backup_period_in_hours = 24 }
}

# HW1029
service "channel" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 1
  min_replica_memory_gb = 8
  max_replica_memory_gb = 8
  ip_access             = [{ source = "192.0.2.0/24" }]
  release_channel       = "fast"
}

# HW1033
private_link "basic" {
  service_ids = ["11111111-2222-4333-8444-555555555555"]
  endpoint_id = "vpce-0123456789abcdef1"
}
