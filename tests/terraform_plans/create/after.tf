resource "terraform_data" "plain" { input = "x" }
resource "terraform_data" "nested" { input = { a = 1, b = ["x", null, true], c = { d = 1.5 } } }
resource "terraform_data" "later" { input = terraform_data.plain.id }
output "known" { value = "x" }
output "later" { value = terraform_data.plain.id }
