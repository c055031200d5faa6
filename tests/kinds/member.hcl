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

#: before /members { "name": "Ann", "email": "ann@example.com" }
#: walk assigned_role_ids
#:   = []
#:   = [data.role.member.id]
#: fixed user_id: another user is another member
#: field memberUpdate.role: deprecated; `assigned_role_ids` says it
