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
