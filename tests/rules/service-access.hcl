cloud {
  tier = "enterprise"
}

# HW1000
service "tier" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  tier                  = "gold"
}

# HW1022
service "reader" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  readonly              = true
}

# HW1024
service "shared" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  warehouse_id          = "w"
  password              = "secret"
}

# HW1026
service "twice" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  password              = "a"
  password_wo           = "b"
}

# HW1026
service "hash" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  password_hash         = "plain"
}

# HW1026
service "double" {
  cloud_provider            = "aws"
  region                    = "eu-central-1"
  num_replicas              = 2
  min_replica_memory_gb     = 16
  max_replica_memory_gb     = 32
  ip_access                 = [{ source = "192.0.2.0/24" }]
  password_hash             = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
  double_sha1_password_hash = "short"
}

# HW1028
service "half" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  encryption_key        = "arn"
}

# HW1029
service "channel" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  release_channel       = "nightly"
}

# HW1030
service "regime" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  compliance_type       = "iso"
}

# HW1031
service "tags" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  tags                  = { "a b" = "c" }
}

# HW1032
service "profile" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  profile               = "v1-highmem-xs"
}

# HW1034
service "byoc" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 64
  max_replica_memory_gb = 64
  ip_access             = [{ source = "192.0.2.0/24" }]
  byoc_id               = "b"
}

# HW1035
service "range" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 48
  max_replica_memory_gb = 116
  ip_access             = [{ source = "192.0.2.0/24" }]
  byoc_id               = "b"
}

# HW1037
service "mysql" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 48
  max_replica_memory_gb = 48
  ip_access             = [{ source = "192.0.2.0/24" }]
  byoc_id               = "b"
  endpoints             = { mysql = { enabled = true } }
}

# HW1038
service "query" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  query_api_endpoints   = { api_key_ids = ["k"], roles = ["root"] }
}

# HW1039
service "backup" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  backup_configuration  = { backup_period_in_hours = 7 }
}

# HW1052
service "source" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "::1" }]
}

# HW1052
service "closed" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = []
}

# HW1053
service "open" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "0.0.0.0/0" }]
}

# HW1059
service "patience" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  timeouts              = { create = "soon" }
}

# HW1024
service "kept" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  warehouse_id          = "w"
  backup_configuration  = { backup_period_in_hours = 24 }
}

# HW1026
service "version" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  password_wo_version   = 2
}

# HW1026
service "alone" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  double_sha1_password_hash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
}

# HW1028
service "key_elsewhere" {
  cloud_provider        = "gcp"
  region                = "europe-west4"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  encryption_key        = "key"
  encryption_assumed_role_identifier = "role"
}

# HW1029
service "slow" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  tier                  = "scale"
  release_channel       = "slow"
}

# HW1030
service "regulated" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  tier                  = "scale"
  compliance_type       = "hipaa"
}

# HW1031
service "marked" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  tags                  = { housewright = "ours" }
}

# HW1031
service "nothing" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  tags                  = { team = null }
}

# HW1031
service "value" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  tags                  = { team = "a b" }
}

# HW1031
service "labels" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  tags                  = { for n in range(50) : "k${n}" => "v" }
}

# HW1032
service "custom" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
  tier                  = "scale"
  profile               = "v1-highmem-xs"
}

# HW1034
service "unsized" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  ip_access             = [{ source = "192.0.2.0/24" }]
  byoc_id               = "b"
}

# HW1037
service "key" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 48
  max_replica_memory_gb = 48
  ip_access             = [{ source = "192.0.2.0/24" }]
  byoc_id               = "b"
  encryption_key        = "arn"
  encryption_assumed_role_identifier = "role"
}

# HW1038
service "half_query" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  query_api_endpoints   = { api_key_ids = ["k"] }
}

# HW1039
service "retention" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  backup_configuration  = { backup_retention_period_in_hours = 30 }
}

# HW1039
service "both" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  backup_configuration  = { backup_period_in_hours = 24, backup_start_time = "02:00" }
}

# HW1039
service "hour" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  backup_configuration  = { backup_start_time = "2 am" }
}
