data "role" "member" {
  name = "Member"
}

invitation "ann" {
  email             = "ann@example.com"
  assigned_role_ids = [data.role.member.id]
}

#: requests create: plan 3, writes 1
#: requests again: plan 3
#: requests update email = "bob@example.com": plan 3, writes 2
#: requests destroy: plan 2, writes 1
#: walk email
#:   records = "Ann@Example.com"
#:   = "bob@example.com"
#: walk assigned_role_ids
#:   = []
#: walk role
#:   = "developer"
#:   = "admin"
#:   without assigned_role_ids
