variable "n" {
  default = 2
  validation {
    condition     = var.n > 0
    error_message = "n is not positive"
  }
}
resource "terraform_data" "a" {
  count = 2
  input = var.n
  lifecycle {
    precondition {
      condition     = var.n < 10
      error_message = "n is large"
    }
    postcondition {
      condition     = self.output < 10
      error_message = "the output is large"
    }
  }
}
output "o" {
  value = var.n
  precondition {
    condition     = var.n != 7
    error_message = "seven"
  }
}
check "holds" {
  assert {
    condition     = var.n < 100
    error_message = "never"
  }
}
check "fails" {
  assert {
    condition     = var.n > 5
    error_message = "n is small"
  }
}
check "later" {
  assert {
    condition     = terraform_data.a[0].output > 0
    error_message = "later"
  }
}
