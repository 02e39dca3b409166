# What the site needs before it can be applied: the services of the project, a bucket for the site's state, a registry
# for its image, and empty secrets. It has no secret values in its own state, which is a local file.

locals {
  services = [
    "artifactregistry.googleapis.com",
    "certificatemanager.googleapis.com",
    "compute.googleapis.com",
    "dns.googleapis.com",
    "iam.googleapis.com",
    "memorystore.googleapis.com",
    "monitoring.googleapis.com",
    "networkconnectivity.googleapis.com",
    "redis.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
  ]
  secrets = ["migrator-password", "site-password", "secret-keys", "smtp-url"]
}

resource "google_project_service" "needed" {
  for_each           = toset(local.services)
  service            = each.key
  disable_on_destroy = false # others may use it by now
}

resource "google_storage_bucket" "state" {
  name                        = "${var.project}-terraform"
  location                    = var.region
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true
  versioning {
    enabled = true # a state that was overwritten by mistake can be restored
  }
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "genkan"
  format        = "DOCKER"
  location      = var.region
  docker_config {
    immutable_tags = true
  }
  cleanup_policies {
    id     = "keep-ten"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "delete-after-90-days"
    action = "DELETE"
    condition {
      older_than = "7776000s"
    }
  }
  depends_on = [google_project_service.needed]
}

# Values are added by hand or by a pipeline, so that no Terraform state contains them.
resource "google_secret_manager_secret" "site" {
  for_each  = toset(local.secrets)
  secret_id = "genkan-${each.key}"
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}
