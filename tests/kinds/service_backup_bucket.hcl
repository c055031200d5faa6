cloud {
  tier = "enterprise"
}

service "events" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24", description = "office" }]
}

variable "hmac_secret" {
  type      = string
  sensitive = true
  default   = "given by the environment in earnest"
}

service_backup_bucket "events" {
  service_id            = service.events.id
  bucket_provider       = "AWS"
  bucket_path           = "s3://example-backups/events"
  iam_role_arn          = "arn:aws:iam::111122223333:role/clickhouse-backups"
  iam_role_session_name = "clickhouse"
  iam_role_external_id  = "events"
}

#: requests create: plan 1, writes 2, waits provision
#: requests again: plan 2
#: requests update bucket_path = "s3://example-backups/elsewhere": plan 2, writes 1
#: requests destroy: plan 2, writes 3, waits stop + terminate
#: walk bucket_provider
#:   = "GCP"
#:     and bucket_path = "gs://example-backups/events"
#:     and access_key_id = "GOOG1E"
#:     and secret_access_key = var.hmac_secret
#:     and no iam_role_arn
#:     and no iam_role_session_name
#:     and no iam_role_external_id
#:   = "AZURE"
#:     and container_name = "backups"
#:     and connection_string = "AccountKey=one"
#:     and no bucket_path
#:     and no access_key_id
#:     and no secret_access_key
#: walk bucket_path
#:   = "s3://example-backups/elsewhere"
#:   kept
#: walk iam_role_arn
#:   = "arn:aws:iam::111122223333:role/other"
#:   kept
#: walk iam_role_session_name
#:   = "nightly"
#: walk iam_role_external_id
#:   = "one"
#:   = "two"
#: walk access_key_id
#:   = "GOOG1E"
#:   = "GOOG2E"
#:   with bucket_provider = "GCP"
#:   with bucket_path = "gs://example-backups/events"
#:   with secret_access_key = "one"
#:   without iam_role_arn, iam_role_session_name, iam_role_external_id
#:   kept
#: walk secret_access_key
#:   = "one"
#:   = "two"
#:   with bucket_provider = "GCP"
#:   with bucket_path = "gs://example-backups/events"
#:   with access_key_id = "GOOG1E"
#:   without iam_role_arn, iam_role_session_name, iam_role_external_id
#:   kept
#: walk container_name
#:   = "backups"
#:   = "other"
#:   with bucket_provider = "AZURE"
#:   with connection_string = "AccountKey=one"
#:   without bucket_path, iam_role_arn, iam_role_session_name, iam_role_external_id
#:   kept
#: walk connection_string
#:   = "AccountKey=one"
#:   = "AccountKey=two"
#:   with bucket_provider = "AZURE"
#:   with container_name = "backups"
#:   without bucket_path, iam_role_arn, iam_role_session_name, iam_role_external_id
#:   kept
#: fixed service_id: another service's part is another thing; a replacement is tested for all parts together
