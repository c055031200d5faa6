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

# Upgrades come on Wednesdays between 12:00 and 18:00 UTC.
service_upgrade_window "events" {
  service_id     = service.events.id
  weekday        = 3
  start_hour_utc = 12
}

#: requests create: plan 1, writes 2, waits provision
#: requests again: plan 2
#: requests update weekday = 5: plan 2, writes 1
#: requests destroy: plan 2, writes 3, waits stop + terminate
#: walk weekday
#:   = 5
#:   = 0
#: walk start_hour_utc
#:   = 18
#:   = 0
#: fixed service_id: another service's window is another thing; a replacement is tested for all parts together
