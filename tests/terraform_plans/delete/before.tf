resource "terraform_data" "kept" {}
resource "terraform_data" "gone" { input = "g" }
resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = each.key
}
resource "terraform_data" "counted" {
  count = 2
  input = count.index
}
resource "terraform_data" "turned" {
  count = 1
}
output "gone" { value = 1 }
