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

service_replica_aware_routing "events" {
  service_id     = service.events.id
  native_enabled = true
}

#: requests create: plan 1, writes 2, waits provision
#: requests again: plan 2
#: requests update http_enabled = true: plan 2, writes 1
#: requests destroy: plan 2, writes 3, waits stop + terminate
#: walk http_enabled
#:   = true
#:   = false
#: walk native_enabled
#:   = false
#:   = true
#:   with http_enabled = true
#: fixed service_id: another service's part is another thing; a replacement is tested for all parts together
