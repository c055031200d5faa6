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

# A snapshot every half hour, of the last day.
service_snapshot_configuration "events" {
  service_id            = service.events.id
  enabled               = true
  gap_in_minutes        = 30
  time_frame_in_minutes = 1440
}

#: requests create: plan 1, writes 2, waits provision
#: requests again: plan 2
#: requests update enabled = false: plan 2, writes 1
#: requests destroy: plan 2, writes 2, waits stop + terminate
#: before PATCH /organization { "entitlements": { "snapshots": true } }
#: walk enabled
#:   = false
#:   = true
#: walk gap_in_minutes
#:   = 60
#:     and time_frame_in_minutes = 2880
#:   kept
#: walk time_frame_in_minutes
#:   = 2880
#:     and gap_in_minutes = 60
#:   kept
#: fixed service_id: another service's part is another thing; a replacement is tested for all parts together
