# HW1081
data "terraform_remote_state" "backend" {
  backend = "consul"
  config  = {}
}

# HW1081
data "terraform_remote_state" "object" {
  backend = "s3"
  config  = "bucket"
}

# HW1081
data "terraform_remote_state" "nested" {
  backend = "s3"
  config  = { assume_role = { role_arn = "role" } }
}
