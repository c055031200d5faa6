cloud {
  tier = "enterprise"
}

# HW1041
service_upgrade_window "day" {
  service_id     = "11111111-2222-4333-8444-000000000017"
  weekday        = 7
  start_hour_utc = 12
}

# HW1041
service_upgrade_window "hour" {
  service_id     = "11111111-2222-4333-8444-000000000018"
  weekday        = 1
  start_hour_utc = 13
}

# HW1040
service_backup_bucket "provider" {
  service_id      = "11111111-2222-4333-8444-000000000019"
  bucket_provider = "aws"
}

# HW1040
service_backup_bucket "needs" {
  service_id      = "11111111-2222-4333-8444-000000000020"
  bucket_provider = "GCP"
  bucket_path     = "gs://b"
  access_key_id   = "k"
}

# HW1040
service_backup_bucket "foreign" {
  service_id        = "11111111-2222-4333-8444-000000000021"
  bucket_provider   = "AZURE"
  container_name    = "c"
  connection_string = "s"
  iam_role_arn      = "arn"
}

# HW1050
service_private_endpoints_attachment "shape" {
  service_id           = "11111111-2222-4333-8444-000000000022"
  private_endpoint_ids = ["vpce-0123456789abcdef0", "vpce-xyz"]
}

# HW1071
service_clickhouse_settings "name" {
  service_id = "11111111-2222-4333-8444-000000000023"
  settings   = { "max threads" = "4" }
}

# HW1071
service_clickhouse_settings "nothing" {
  service_id = "11111111-2222-4333-8444-000000000024"
  settings   = {}
}

# HW1072
service_replica_aware_routing "nothing" {
  service_id = "11111111-2222-4333-8444-000000000025"
}

# HW1073
service_snapshot_configuration "half" {
  service_id     = "11111111-2222-4333-8444-000000000026"
  enabled        = true
  gap_in_minutes = 30
}

# HW1073
service_snapshot_configuration "pair" {
  service_id            = "11111111-2222-4333-8444-000000000027"
  enabled               = true
  gap_in_minutes        = 30
  time_frame_in_minutes = 2880
}
