resource "terraform_data" "kept" {}
resource "terraform_data" "each" {
  for_each = toset(["a"])
  input    = each.key
}
resource "terraform_data" "counted" {
  count = 1
  input = count.index
}
resource "terraform_data" "turned" {
  for_each = toset(["a"])
}
