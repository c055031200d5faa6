terraform {
  required_version = ">= 1.5"
  required_providers {
    clickhouse = {
      source  = "ClickHouse/clickhouse"
      version = "~> 3.0"
    }
  }
}

provider "clickhouse" {
  organization_id = var.organization
  token_key       = "key"
  token_secret    = var.token
}

provider "clickhouse" {
  alias           = "second"
  organization_id = "00000000-0000-4000-8000-000000000000"
}

variable "organization" { default = "11111111-1111-4111-8111-111111111111" }
variable "token" {
  type      = string
  sensitive = true
  default   = null
}

resource "clickhouse_service" "this" {
  provider              = clickhouse.second
  name                  = "this"
  cloud_provider        = "gcp"
  region                = "europe-west4"
  idle_scaling          = false
  min_replica_memory_gb = 8
  max_replica_memory_gb = 120
  num_replicas          = 3

  ip_access = [
    {
      source      = "0.0.0.0/0"
      description = "Anywhere" // for now
    }
  ]

  dynamic "query_endpoint" {
    for_each = var.organization == "" ? [] : ["one"]
    content {
      name = query_endpoint.value
    }
  }

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.size]
  }
}

resource "terraform_data" "size" {
  input = clickhouse_service.this.max_replica_memory_gb
}

module "network" {
  source   = "./network"
  for_each = { a = 1, b = 2 }
  cidr     = cidrsubnet("10.0.0.0/8", 8, each.value)
}

moved {
  from = clickhouse_service.old
  to   = clickhouse_service.this
}

removed {
  from = clickhouse_service.gone
  lifecycle {
    destroy = false
  }
}

import {
  to = clickhouse_service.this
  id = "11111111-1111-4111-8111-111111111111"
}

check "health" {
  assert {
    condition     = clickhouse_service.this.state != "failed"
    error_message = "It ${"failed"}."
  }
}

output "endpoint" {
  value = clickhouse_service.this.endpoints[0].host
}
