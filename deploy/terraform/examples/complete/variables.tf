# The module's variables.tf says more about each.

variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "domain" {
  type = string
}

variable "dns_zone" {
  type    = string
  default = null
}

variable "image" {
  type = string
}

variable "mail_from" {
  type = string
}

variable "alert_email" {
  type = string
}

variable "docs" {
  type = string
}

variable "database_passwords" {
  type      = object({ migrator = string, site = string })
  default   = null
  ephemeral = true
}

variable "secret_versions" {
  type        = object({ migrator_password = number, site_password = number, secret_keys = number, smtp_url = number })
  default     = { migrator_password = 1, site_password = 1, secret_keys = 1, smtp_url = 1 }
  description = "The version of each secret; raise it after adding another."
}

variable "live_sessions" {
  type    = string
  default = "valkey"
}

variable "valkey" {
  type    = object({ node_type = optional(string), replicas = optional(number) })
  default = {}
}

variable "redis" {
  type    = object({ memory_gb = optional(number), tier = optional(string) })
  default = {}
}

variable "instances" {
  type    = object({ min = optional(number), max = optional(number), cpu = optional(number), memory = optional(string), concurrency = optional(number) })
  default = {}
}

variable "postgres" {
  type    = object({ name = optional(string), edition = optional(string), tier = optional(string), availability_type = optional(string), max_connections = optional(number), retained_backups = optional(number) })
  default = {}
}

variable "protected" {
  type    = bool
  default = true
}
