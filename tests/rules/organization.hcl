# HW1055
role "mixed" {
  policies = [
    {
      effect      = "ALLOW"
      permissions = ["control-plane:service:view"]
      resources   = ["instance/*", "organization/11111111-2222-4333-8444-555555555555"]
    },
  ]
}

# HW1064
invitation "twice" {
  email             = "ann@example.com"
  role              = "admin"
  assigned_role_ids = ["11111111-2222-4333-8444-555555555555"]
}

# HW1061
api_key "state" {
  name  = "ci"
  state = "off"
}

# HW1061, and HW1062
api_key "when" {
  name        = "ci"
  expire_at   = "tomorrow"
  key_id_hash = "abc"
}

# HW1063
organization_settings "nameless" {
  name = ""
}

# HW1065
saved_query "nameless" {
  service_id = "11111111-2222-4333-8444-555555555555"
  name       = ""
  sql        = "SELECT 1"
  database   = "default"
}

# HW1055
role "effect" {
  policies = [
    {
      effect      = "PERMIT"
      permissions = ["control-plane:service:view"]
      resources   = ["instance/*"]
    },
  ]
}

# HW1055
role "two_sorts" {
  policies = [
    {
      effect      = "ALLOW"
      permissions = ["control-plane:service:view", "control-plane:organization:view"]
      resources   = ["instance/*"]
    },
  ]
}

# HW1055
role "everywhere" {
  policies = [
    {
      effect      = "ALLOW"
      permissions = ["control-plane:organization:view"]
      resources   = ["organization/*"]
    },
  ]
}

# HW1064
invitation "nobody" {
  email = "ann"
}

# HW1064
invitation "owner" {
  email = "ann@example.com"
  role  = "owner"
}

locals {
  kibibytes = join("", [for n in range(1024) : "SELECT 1"])
  endless   = join("", [for n in range(513) : local.kibibytes])
}

# HW1065
saved_query "endless" {
  service_id = "11111111-2222-4333-8444-555555555555"
  name       = "endless"
  sql        = local.endless
  database   = "default"
}

# HW1066
query_api_endpoint "empty" {
  service_id  = "11111111-2222-4333-8444-555555555555"
  name        = " "
  sql         = local.endless
  database    = "default"
  api_key_ids = ["key"]
  roles       = []
}
