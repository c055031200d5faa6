data "user" "ann" {
  email = "ann@example.com"
}

data "role" "member" {
  name = "Member"
}

member "ann" {
  user_id           = data.user.ann.id
  assigned_role_ids = [data.role.member.id]
}

#: requests create: plan 2, writes 1, reads 1
#: requests again: plan 2
#: requests update assigned_role_ids = []: plan 2, writes 1, reads 1
#: requests destroy: plan 1, writes 1
#: before /members { "name": "Ann", "email": "ann@example.com" }
#: walk assigned_role_ids
#:   = []
#:   = [data.role.member.id]
#: fixed user_id: another user is another member
#: field memberUpdate.role: deprecated; `assigned_role_ids` says it
