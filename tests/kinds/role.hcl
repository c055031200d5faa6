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

#: requests create: plan 1, writes 1
#: requests again: plan 1
#: requests update name = "other": plan 1, writes 1
#: requests destroy: plan 1, writes 1
#: walk name
#:   = "other"
#: walk policies
#:   = [{ effect = "ALLOW", permissions = ["control-plane:service:manage"], resources = ["instance/*"] }]
#:   = [{ effect = "DENY", permissions = ["control-plane:service:view", "control-plane:service:manage"], resources = ["instance/*"] }]
#:   = [{ effect = "ALLOW", permissions = ["sql-console:database:access"], resources = ["instance/*"], tags = { role = "sql-console-admin", grants = ["a"] } }]
