resource "terraform_data" "kept" {}
removed {
  from = terraform_data.let_go
  lifecycle {
    destroy = false
  }
}
