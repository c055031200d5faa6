role "reader" {
  policies = [
    {
      effect      = "ALLOW"
      permissions = ["control-plane:service:view", "control-plane:service:view-backups"]
      resources   = ["instance/*"]
    },
    {
      effect      = "ALLOW"
      permissions = ["sql-console:database:access"]
      resources   = ["instance/*"]
      tags        = { role = "sql-console-readonly", grants = ["default"] }
    },
  ]
}

#: walk name
#:   = "other"
#: walk policies
#:   = [{ effect = "ALLOW", permissions = ["control-plane:service:manage"], resources = ["instance/*"] }]
#:   = [{ effect = "DENY", permissions = ["control-plane:service:view", "control-plane:service:manage"], resources = ["instance/*"] }]
#:   = [{ effect = "ALLOW", permissions = ["sql-console:database:access"], resources = ["instance/*"], tags = { role = "sql-console-admin", grants = ["a"] } }]
