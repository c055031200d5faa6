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

service_clickhouse_settings "events" {
  service_id = service.events.id
  settings = {
    max_query_size = "524288"
    compatibility  = "26.2"
  }
}

#: requests create: plan 1, writes 2, reads 2, waits provision
#: requests again: plan 2
#: requests update settings = { max_query_size = "262144", compatibility = "26.2" }: plan 3, writes 1, reads 1
#: requests destroy: plan 2, writes 4, waits stop + terminate
#: walk settings
#:   = { max_query_size = "262144", compatibility = "26.2" }
#:   = { max_query_size = "262144" }
#:   = { max_threads = "4", keep_alive_timeout = "20" }
#: fixed service_id: another service's part is another thing; a replacement is tested for all parts together
