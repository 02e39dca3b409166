variable "project" {
  type        = string
  description = "The project, which exists and has a billing account."
}

variable "region" {
  type        = string
  description = "Where images and the state are kept; the site's own region."
}
