# Values for the names.
text   = "good day"
number = 1.5e3
list   = ["x", "y",
  "z", # the last
]
set = [3, "4", 5]
map = {
  p = { v = 1 }
  q = { v = 2, w = null }
}
object = {
  "a" : "quoted"
  b = [1, 2, 3]
  c = { d = false }
}
tuple   = ["t", 2, false]
unknown = <<-EOT
  a
    b
EOT
