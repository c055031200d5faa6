data "role" "member" {
  name = "Member"
}

invitation "ann" {
  email             = "ann@example.com"
  assigned_role_ids = [data.role.member.id]
}

#: walk email
#:   records = "Ann@Example.com"
#:   = "bob@example.com"
#: walk assigned_role_ids
#:   = []
#: walk role
#:   = "developer"
#:   = "admin"
#:   without assigned_role_ids
