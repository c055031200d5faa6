variable "v" { default = "2" }
resource "terraform_data" "forced" {
  input            = "i"
  triggers_replace = [var.v]
}
resource "terraform_data" "asked" { input = "a" }
resource "terraform_data" "triggered" {
  input = "t"
  lifecycle {
    replace_triggered_by = [terraform_data.forced]
  }
}
resource "terraform_data" "first" {
  triggers_replace = var.v
  lifecycle {
    create_before_destroy = true
  }
}
