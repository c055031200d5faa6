# A value that is kept from one run to the next.
terraform_data "release" {
  input = { version = 1 }
}

output "release" {
  value = terraform_data.release.output
}

#: walk input
#:   = { version = 2 }
#:   = "three"
#: walk triggers_replace
#:   = 1
#:   = 2
