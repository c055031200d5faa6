variable "any" {}

variable "text" {
  type    = string
  default = "hello"
}

variable "unknown" {
  type = string
}

variable "number" {
  type    = number
  default = 42
}

variable "list" {
  type    = list(string)
  default = ["a", "b", "c"]
}

variable "set" {
  type    = set(number)
  default = [1, 2, 3]
}

variable "map" {
  type    = map(object({ v = number, w = optional(string, "w") }))
  default = { x = { v = 1 }, y = { v = 2, w = "z" } }
}

variable "object" {
  type = object({
    a = string
    b = optional(list(number))
    c = optional(object({ d = optional(bool, true) }), {})
  })
  default  = { a = "x" }
  nullable = false
}

variable "tuple" {
  type    = tuple([string, number, bool])
  default = ["a", 1, true]
}

variable "secret" {
  type      = string
  sensitive = true
  default   = "hidden"
}

variable "passing" {
  type      = string
  ephemeral = true
  default   = "gone"
}

locals {
  list  = [{ id = "a", tags = ["x"] }, { id = "b", tags = [] }]
  map   = { for item in local.list : item.id => item.tags }
  hello = "Hello, $${name}!"
}
