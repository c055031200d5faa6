# A fleet with everything that a configuration of one directory can hold.
state {
  path = "fleet.state.json"
}

cloud {
  tier = "scale"
}

variable "regions" {
  type = map(object({
    region   = string
    replicas = optional(number, 3)
    sources  = optional(list(object({ source = string, description = optional(string) })), [])
  }))
  default = {
    eu = { region = "eu-central-1", sources = [{ source = "192.0.2.0/24", description = "office" }] }
    us = { region = "us-east-1", replicas = 2 }
  }

  validation {
    condition     = alltrue([for r in values(var.regions) : r.replicas >= 2 && r.replicas <= 20])
    error_message = "A region has between 2 and 20 replicas, not ${jsonencode([for r in var.regions : r.replicas])}."
  }
}

locals {
  names = toset([for name, region in var.regions : upper(name) if region.replicas > 1])
  size  = length(local.names) > 1 ? 16 : 8
  note  = <<-EOT
    %{~for name in local.names~}
    ${name}: ${format("%05.1f", local.size / 3)}
    %{~endfor}
  EOT
}

service "primary" {
  for_each = var.regions

  name                  = "primary-${each.key}"
  cloud_provider        = "aws"
  region                = each.value.region
  num_replicas          = each.value.replicas
  min_replica_memory_gb = local.size
  max_replica_memory_gb = max(local.size, 64)
  ip_access             = concat(each.value.sources, [{ source = cidrsubnet("10.0.0.0/8", 8, 2) }])
  tags = merge(
    { team = "data", note = trimspace(local.note) },
    { for i, name in sort(local.names) : "region_${i}" => lower(name) },
  )

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags["note"], num_replicas]

    precondition {
      condition     = startswith(each.value.region, each.key)
      error_message = "The region ${each.value.region} is not in ${each.key}."
    }
  }
}

service "reports" {
  count = length(local.names) == 0 ? 0 : 1

  cloud_provider        = "aws"
  region                = service.primary["eu"].region
  min_replica_memory_gb = 8
  max_replica_memory_gb = 16
  idle_scaling          = true
  idle_timeout_minutes  = 15
  ip_access             = [for s in service.primary["eu"].ip_access : s if can(cidrhost(s.source, 1))]
  depends_on            = [service.primary]
}

output "hosts" {
  description = "Where to connect."
  value       = { for key, s in service.primary : key => try(s.endpoints[*].host, "unknown") }
}

output "reports" {
  value     = one(service.reports[*].id)
  sensitive = true

  precondition {
    condition     = length(service.reports) <= 1
    error_message = "There is one service for reports."
  }
}
