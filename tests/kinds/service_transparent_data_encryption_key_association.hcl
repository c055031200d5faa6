cloud {
  tier = "enterprise"
}

service "events" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  transparent_data_encryption = { enabled = true }
  ip_access             = [{ source = "192.0.2.0/24", description = "office" }]
}

service_transparent_data_encryption_key_association "events" {
  service_id = service.events.id
  key_id     = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

#: requests create: plan 1, writes 2, waits provision
#: requests again: plan 1
#: requests update key_id = "arn:aws:kms:eu-central-1:111122223333:key/2234abcd-12ab-34cd-56ef-1234567890ab": plan 1, writes 1
#: requests destroy: plan 1, writes 2, waits stop + terminate
#: walk key_id
#:   = "arn:aws:kms:eu-central-1:111122223333:key/2234abcd-12ab-34cd-56ef-1234567890ab"
#: fixed service_id: another service's part is another thing; a replacement is tested for all parts together
