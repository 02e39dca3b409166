# A whole site: docs/cloud-run.md says how to apply it. The secrets and the bucket of the state come from bootstrap/.

terraform {
  required_version = ">= 1.11"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }
  backend "gcs" {
    prefix = "genkan"
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

module "genkan" {
  source             = "../../modules/genkan"
  project            = var.project
  region             = var.region
  domain             = var.domain
  dns_zone           = var.dns_zone
  image              = var.image
  mail_from          = var.mail_from
  alert_email        = var.alert_email
  docs               = var.docs
  database_passwords = var.database_passwords
  secrets = {
    for name in ["migrator_password", "site_password", "secret_keys", "smtp_url"] :
    name => { secret = "genkan-${replace(name, "_", "-")}", version = tostring(var.secret_versions[name]) }
  }
  live_sessions = var.live_sessions
  valkey        = var.valkey
  redis         = var.redis
  instances     = var.instances
  postgres      = var.postgres
  protected     = var.protected
}

output "dns_records" {
  value = module.genkan.dns_records
}
