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
