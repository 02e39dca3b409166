variable "project" {
  type        = string
  description = "The project of all resources."
}

variable "region" {
  type        = string
  description = "The region of the instances and the stores."
}

variable "domain" {
  type        = string
  description = "The host name that browsers know the site by."
  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "The domain is a host name such as members.example.com, without a scheme or a path."
  }
}

variable "dns_zone" {
  type        = string
  default     = null
  description = "The name of a Cloud DNS zone of this project that contains the domain. Without it, add the records in the output dns_records by hand."
}

variable "image" {
  type        = string
  description = "The image by its digest: REGION-docker.pkg.dev/PROJECT/genkan/genkan@sha256:…"
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest: a tag may point to other code at the next start of an instance."
  }
}

variable "mail_from" {
  type        = string
  description = "The sender of mails, as Genkan <genkan@example.com>."
}

variable "alert_email" {
  type        = string
  description = "The address that alerts are sent to."
}

variable "secrets" {
  type = object({
    migrator_password = object({ secret = string, version = string })
    site_password     = object({ secret = string, version = string })
    secret_keys       = object({ secret = string, version = string })
    smtp_url          = object({ secret = string, version = string })
  })
  description = "Names of secrets in Secret Manager, and the versions to use."
  validation {
    condition     = alltrue([for secret in values(var.secrets) : can(regex("^[1-9][0-9]*$", secret.version))])
    error_message = "Versions of secrets are numbers: with \"latest\", two instances could have different keys."
  }
}

variable "database_passwords" {
  type        = object({ migrator = string, site = string })
  default     = null
  ephemeral   = true
  description = "The values of the two passwords in secrets. Needed when they are new, and written to no state."
}

variable "live_sessions" {
  type        = string
  default     = "valkey"
  description = "Where live sessions are kept: valkey (Memorystore for Valkey), redis (Memorystore for Redis) or postgres (no further store)."
  validation {
    condition     = contains(["valkey", "redis", "postgres"], var.live_sessions)
    error_message = "Live sessions are kept in valkey, redis or postgres."
  }
}

variable "valkey" {
  type = object({
    node_type = optional(string, "CUSTOM_PICO")
    replicas  = optional(number, 1)
  })
  default     = {}
  description = "The size of Memorystore for Valkey: one shard and its replicas. CUSTOM_PICO is the smallest for which Google guarantees anything."
}

variable "redis" {
  type = object({
    memory_gb = optional(number, 1)
    tier      = optional(string, "STANDARD_HA")
  })
  default     = {}
  description = "The size of Memorystore for Redis."
}

variable "postgres" {
  type = object({
    name              = optional(string, "genkan-members")
    edition           = optional(string, "ENTERPRISE")
    tier              = optional(string, "db-custom-2-7680")
    availability_type = optional(string, "REGIONAL")
    max_connections   = optional(number, 500)
    retained_backups  = optional(number, 14)
  })
  default     = {}
  description = "The instance of Cloud SQL, and its size. REGIONAL has a standby in another zone."
  validation {
    condition     = contains(["ENTERPRISE", "ENTERPRISE_PLUS"], var.postgres.edition)
    error_message = "The edition is ENTERPRISE or ENTERPRISE_PLUS. Unset, Cloud SQL takes ENTERPRISE_PLUS, which has other tiers."
  }
  validation {
    condition     = (var.postgres.edition == "ENTERPRISE_PLUS") == startswith(var.postgres.tier, "db-perf-optimized-")
    error_message = "ENTERPRISE_PLUS has the tiers db-perf-optimized-*, and ENTERPRISE has others."
  }
  validation {
    condition     = contains(["REGIONAL", "ZONAL"], var.postgres.availability_type)
    error_message = "The availability type is REGIONAL or ZONAL."
  }
}

variable "instances" {
  type = object({
    min         = optional(number, 2)
    max         = optional(number, 20)
    cpu         = optional(number, 1)
    memory      = optional(string, "512Mi")
    concurrency = optional(number, 250)
  })
  default     = {}
  description = "How many instances serve the site, and their size."
  validation {
    condition     = var.instances.min >= 1 && var.instances.min <= var.instances.max
    error_message = "At least one instance is kept, because a start can take a minute until the network is there, and not more than the maximum."
  }
  validation {
    condition     = contains([1, 2, 4, 6, 8], var.instances.cpu)
    error_message = "An instance has 1, 2, 4, 6 or 8 processors."
  }
}

variable "instance_range" {
  type        = string
  default     = "10.10.0.0/24"
  description = "The addresses of instances, a /26 or larger."
  validation {
    condition     = can(cidrhost(var.instance_range, 0)) && tonumber(split("/", var.instance_range)[1]) <= 26
    error_message = "Direct VPC egress needs a subnet of /26 or larger."
  }
}

variable "store_range" {
  type        = string
  default     = "10.10.1.0/28"
  description = "The addresses of Memorystore for Valkey."
}

variable "protected" {
  type        = bool
  default     = true
  description = "Whether the service, the database and the live-session store refuse to be deleted."
}

variable "docs" {
  type        = string
  description = "The address of the folder docs as operators read it. Alerts link to its pages."
}
