cloud {
  tier = "enterprise"
}

service "events" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  idle_scaling          = true
  idle_timeout_minutes  = 15
  ip_access = [
    { source = "192.0.2.0/24", description = "office" },
    { source = "198.51.100.7", description = "VPN" },
  ]
  tags = { team = "data" }
}

# A further service over the same data, for queries that must not disturb the first.
service "reports" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  warehouse_id          = service.events.warehouse_id
  readonly              = true
  num_replicas          = 1
  min_replica_memory_gb = 8
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24", description = "office" }]
}

#: requests create: plan 1, writes 2, waits provision + provision
#: requests again: plan 1
#: requests update tags = { team = "ops" }: plan 1, writes 1
#: requests destroy: plan 1, writes 4, waits stop + terminate + stop + terminate
#: walk name
#:   = "one"
#:   = "two"
#: fixed cloud_provider: a region is of one cloud, so it changes only together with region, which is refused
#: walk region
#:   refused = "us-east-1"
#: walk tier
#:   records = "enterprise"
#:   records = "scale"
#: walk num_replicas
#:   = 4
#: walk max_replica_memory_gb
#:   = 64
#:   = 96
#: walk min_replica_memory_gb
#:   = 20
#:   = 24
#: walk min_total_memory_gb
#:   = 72
#:   = 96
#:   with max_total_memory_gb = 360
#:   without min_replica_memory_gb, max_replica_memory_gb
#: walk max_total_memory_gb
#:   = 96
#:   = 192
#:   with min_total_memory_gb = 48
#:   without min_replica_memory_gb, max_replica_memory_gb
#: walk autoscaling_mode
#:   records = "vertical"
#: walk autoscaling_mode
#:   = "horizontal"
#:     and min_replicas = 2
#:     and max_replicas = 4
#:     and no num_replicas
#:   = "vertical"
#:     and num_replicas = 3
#:     and no min_replicas
#:     and no max_replicas
#:   with max_replica_memory_gb = 16
#: walk min_replicas
#:   = 2
#:   = 3
#:   with autoscaling_mode = "horizontal"
#:   with max_replica_memory_gb = 16
#:   with max_replicas = 8
#:   without num_replicas
#:   kept
#: walk max_replicas
#:   = 8
#:   = 9
#:   with autoscaling_mode = "horizontal"
#:   with max_replica_memory_gb = 16
#:   with min_replicas = 2
#:   without num_replicas
#:   kept
#: walk idle_scaling
#:   = false
#:   = true
#:   without idle_timeout_minutes
#: walk idle_timeout_minutes
#:   = 20
#:   = 30
#: walk running
#:   = false
#:   = true
#: walk ip_access
#:   = [{ source = "192.0.2.0/24" }]
#:   = [{ source = "192.0.2.0/24" }, { source = "198.51.100.7", description = "home" }]
#: walk endpoints
#:   = { mysql = { enabled = true } }
#:   = { mysql = { enabled = false } }
#: walk endpoints
#:   = { mysql = { enabled = true } }
#:   = { mysql = { enabled = false } }
#:   with name = "created with an endpoint"
#:   kept
#: walk query_api_endpoints
#:   = { api_key_ids = ["a2c65d0b-0000-4000-8000-000000000001"], roles = ["sql_console_read_only"] }
#:   = { api_key_ids = ["a2c65d0b-0000-4000-8000-000000000001"], roles = ["sql_console_admin"], allowed_origins = "example.com" }
#: walk password
#:   = "correct horse"
#:   = "battery staple"
#: walk password_wo
#:   = "correct horse"
#: walk password_wo_version
#:   = 1
#:   = 2
#:   with password_wo = "correct horse"
#: walk password_hash
#:   = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
#:   = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#: walk double_sha1_password_hash
#:   = "0123456789abcdef0123456789abcdef01234567"
#:   = "1123456789abcdef0123456789abcdef01234567"
#:   with password_hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
#: walk transparent_data_encryption
#:   = { enabled = true }
#:   refused = { enabled = false }
#:   with name = "encrypted from the beginning"
#:   kept
#: walk encryption_key
#:   = "arn:aws:kms:eu-central-1:1:key/a"
#:   refused = "arn:aws:kms:eu-central-1:1:key/b"
#:   with encryption_assumed_role_identifier = "arn:aws:iam::1:role/a"
#:   kept
#: walk encryption_assumed_role_identifier
#:   = "arn:aws:iam::1:role/a"
#:   refused = "arn:aws:iam::1:role/b"
#:   with encryption_key = "arn:aws:kms:eu-central-1:1:key/a"
#:   kept
#: walk backup_configuration
#:   = { backup_period_in_hours = 12, backup_retention_period_in_hours = 48 }
#:   = { backup_period_in_hours = 6, backup_retention_period_in_hours = 48 }
#:   = { backup_start_time = "02:00" }
#:   = { backup_start_time = "03:30" }
#: walk tags
#:   = { team = "ads", env = "dev" }
#: walk release_channel
#:   = "fast"
#:   = "slow"
#: walk release_channel
#:   = "fast"
#:   with name = "created with a channel"
#:   kept
#: walk enable_core_dumps
#:   = false
#:   = true
#: walk enable_core_dumps
#:   = true
#:   with name = "created with core dumps"
#:   kept
#: walk profile
#:   refused = "v1-highmem-xs"
#: walk profile
#:   = "v1-highmem-xs"
#:   refused = "v1-highmem-s"
#:   with min_replica_memory_gb = 32
#:   kept
#: walk compliance_type
#:   refused = "hipaa"
#: walk compliance_type
#:   = "hipaa"
#:   refused = "pci"
#:   with name = "created under a regime"
#:   kept
#: walk backup_id
#:   refused = "a2c65d0b-0000-4000-8000-000000000009"
#: walk warehouse_id
#:   refused = "a2c65d0b-0000-4000-8000-000000000009"
#: walk readonly
#:   records = false
#: fixed byoc_id: it needs an infrastructure, whose example has a service in it
#: walk timeouts
#:   records = { create = "30m" }
#:   records = { create = "40m", delete = "1h" }
#: field instanceCreate.tier: is `tier`, but sent only for organizations on the legacy tiers, and this one is not
#: field instanceCreate.backupId: is `backup_id`; it takes a backup that exists, so a test of its own restores one
#: field instanceCreate.privateEndpointIds: deprecated; service_private_endpoints_attachment attaches them
#: field instanceCreate.backupEncryptionConfig: private preview, for restores of encrypted backups from a bucket of one's own
#: field instanceCreate.privatePreviewTermsChecked: a person agrees to terms, not a configuration
