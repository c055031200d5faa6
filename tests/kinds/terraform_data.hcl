# A value that is kept from one run to the next.
terraform_data "release" {
  input = { version = 1 }
}

output "release" {
  value = terraform_data.release.output
}

#: requests create: plan 0
#: requests again: plan 0
#: requests update input = "three": plan 0
#: requests destroy: plan 0
#: walk input
#:   = { version = 2 }
#:   = "three"
#: walk triggers_replace
#:   = 1
#:   = 2
