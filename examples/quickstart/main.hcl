# One warehouse: a primary that reads and writes, and a read-only service over the same data that idles at night.

cloud {
  tier = "enterprise"
}

variable "office_ranges" {
  description = "IPv4 ranges from which people may connect."
  type        = list(string)
  default     = ["192.0.2.0/24", "198.51.100.17"]

  validation {
    condition     = !contains(var.office_ranges, "0.0.0.0/0")
    error_message = "The office is not the whole internet."
  }
}

locals {
  office = [for range in var.office_ranges : { source = range, description = "office" }]
}

service "primary" {
  name           = "quickstart-primary"
  cloud_provider = "aws"
  region         = "eu-central-1"

  num_replicas          = 3
  min_replica_memory_gb = 16
  max_replica_memory_gb = 64

  idle_scaling = false
  ip_access    = local.office

  tags = {
    team = "data"
  }
}

service "reports" {
  name           = "quickstart-reports"
  cloud_provider = service.primary.cloud_provider
  region         = service.primary.region
  warehouse_id   = service.primary.warehouse_id
  readonly       = true

  num_replicas          = 1
  min_replica_memory_gb = 8
  max_replica_memory_gb = 32

  idle_scaling         = true
  idle_timeout_minutes = 15
  ip_access            = local.office
}

output "primary_host" {
  description = "Where applications connect over HTTPS."
  value       = service.primary.endpoints.https.host
}

output "reports_host" {
  description = "Where dashboards connect over HTTPS."
  value       = service.reports.endpoints.https.host
}
