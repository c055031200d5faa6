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

api_key "shop" {
  name = "shop"
}

query_api_endpoint "top" {
  service_id      = service.events.id
  name            = "top-customers"
  sql             = "SELECT customer, count() FROM events GROUP BY ALL ORDER BY 2 DESC LIMIT {n:UInt32}"
  database        = "default"
  parameters      = { n = "10" }
  api_key_ids     = [api_key.shop.id]
  roles           = ["sql_console_read_only"]
  allowed_origins = ["https://example.com"]
}

output "address" {
  value = query_api_endpoint.top.url
}

#: requests create: plan 2, writes 3, reads 1, waits provision
#: requests again: plan 3
#: requests update sql = "SELECT 1": plan 3, writes 1
#: requests destroy: plan 3, writes 4, waits stop + terminate
#: walk name
#:   = "best-customers"
#: walk sql
#:   = "SELECT 1"
#: walk database
#:   = "system"
#: walk parameters
#:   = {}
#:   = { n = "20", m = "1" }
#: walk api_key_ids
#:   = ["11111111-2222-4333-8444-555555555555", api_key.shop.id]
#:   records = [api_key.shop.id, "11111111-2222-4333-8444-555555555555"]
#: walk roles
#:   = ["reader", "sql_console_read_only"]
#:   records = ["sql_console_read_only", "reader"]
#: walk allowed_origins
#:   = ["https://b.example", "https://a.example"]
#:   records = ["https://a.example", "https://b.example"]
#: fixed service_id: an endpoint of another service is another thing
