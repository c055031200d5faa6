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

# Endpoints that others attached to the service stay.
service_private_endpoints_attachment "events" {
  service_id           = service.events.id
  private_endpoint_ids = ["vpce-0123456789abcdef0"]
}

#: requests create: plan 1, writes 2, waits provision
#: requests again: plan 1
#: requests update private_endpoint_ids = ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"]: plan 1, writes 1
#: requests destroy: plan 1, writes 3, waits stop + terminate
#: walk private_endpoint_ids
#:   = ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"]
#:   records = ["vpce-0123456789abcdef1", "vpce-0123456789abcdef0"]
#:   = ["vpce-0123456789abcdef2"]
#:   = []
#:   = ["vpce-0123456789abcdef3"]
#: fixed service_id: another service's part is another thing; a replacement is tested for all parts together
