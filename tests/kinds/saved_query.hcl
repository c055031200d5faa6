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

saved_query "top" {
  service_id = service.events.id
  name       = "Top customers"
  sql        = "SELECT customer, count() FROM events GROUP BY ALL ORDER BY 2 DESC LIMIT {n:UInt32}"
  database   = "default"
  parameters = { n = "10" }
}

#: requests create: plan 1, writes 2, reads 1, waits provision
#: requests again: plan 2
#: requests update name = "Best customers": plan 2, writes 1
#: requests destroy: plan 2, writes 3, waits stop + terminate
#: walk name
#:   = "Best customers"
#: walk sql
#:   = "SELECT 1"
#: walk database
#:   = "system"
#: walk parameters
#:   = {}
#:   = { n = "20", m = "1" }
#: fixed service_id: a query of another service is another thing
