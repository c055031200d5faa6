variable "n" { default = 2 }
resource "terraform_data" "a" { input = { n = var.n, list = ["x", "y"] } }
resource "terraform_data" "b" { input = terraform_data.a.output }
resource "terraform_data" "same" { input = "same" }
output "o" { value = terraform_data.a.output }
output "same" { value = "same" }
