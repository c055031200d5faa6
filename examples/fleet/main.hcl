# One service for each team in each of its regions, all of one shape.

cloud {
  tier = "scale"
}

variable "teams" {
  description = "Teams with their regions and the size they need."
  type = map(object({
    regions = list(string)
    max_gb  = optional(number, 32)
  }))
  default = {
    ads     = { regions = ["us-east-1", "eu-west-1"], max_gb = 64 }
    search  = { regions = ["us-east-1"] }
    billing = { regions = ["eu-central-1", "ap-southeast-2"] }
  }
}

variable "allowed" {
  description = "IPv4 range all teams connect from."
  type        = string
  default     = "203.0.113.0/24"
}

locals {
  # "team-region" → what the service needs
  fleet = merge([
    for team, wish in var.teams : {
      for region in wish.regions : "${team}-${region}" => { team = team, region = region, max_gb = wish.max_gb }
    }
  ]...)
}

service "team" {
  for_each = local.fleet

  name           = each.key
  cloud_provider = "aws"
  region         = each.value.region

  num_replicas          = 2
  min_replica_memory_gb = 8
  max_replica_memory_gb = each.value.max_gb

  idle_scaling         = true
  idle_timeout_minutes = 30

  ip_access = [{ source = var.allowed, description = "company" }]
  tags      = { team = each.value.team }
}

output "hosts" {
  description = "HTTPS host by team and region."
  value       = { for key, service in service.team : key => service.endpoints.https.host }
}
