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
