data "role" "billing" {
  name = "Billing"
}

data "user" "ann" {
  email = "ann@example.com"
}

api_key "ci" {
  state = "enabled"
}

role_assignment "billing" {
  role_id     = data.role.billing.id
  user_ids    = [data.user.ann.id]
  api_key_ids = [api_key.ci.id]
}

#: requests create: plan 3, writes 2
#: requests again: plan 3
#: requests update user_ids = []: plan 3, writes 1
#: requests destroy: plan 2, writes 2
#: before /members { "name": "Ann", "email": "ann@example.com" }
#: walk user_ids
#:   = []
#:   = [data.user.ann.id]
#: walk api_key_ids
#:   = []
#:   = [api_key.ci.id]
#: fixed role_id: the assignment of another role is another thing; tests/organization.rs replaces one
