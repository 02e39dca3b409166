# Migrations run before a revision that may need them: the service waits for this job, and this job is ready when its
# execution has succeeded. An account of its own owns the tables, and the site's gets only rows.

resource "google_service_account" "migrator" {
  account_id   = "genkan-migrator"
  display_name = "Genkan's migrations"
}

resource "google_secret_manager_secret_iam_member" "migrator" {
  secret_id = var.secrets.migrator_password.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.migrator.member
}

resource "google_cloud_run_v2_job" "migrate" {
  name                = "genkan-migrate"
  location            = var.region
  deletion_protection = false # it keeps nothing
  # A new token starts an execution: one for each image.
  run_execution_token = substr(split("@sha256:", var.image)[1], 0, 16)
  template {
    template {
      service_account = google_service_account.migrator.email
      max_retries     = 3 # the first connection through Direct VPC egress may take a minute, and an attempt gives up before
      timeout         = "900s"
      vpc_access {
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          network    = google_compute_network.main.id
          subnetwork = google_compute_subnetwork.instances.id
        }
      }
      containers {
        image = var.image
        args  = ["migrate", "--serving-role", local.serving_role]
        resources {
          limits = { cpu = "1", memory = "512Mi" }
        }
        dynamic "env" {
          for_each = merge(local.postgres_environment, {
            DATABASE_URL = "postgres://${local.migrator_account}@${local.postgres_host}/${local.database}"
            PUBLIC_URL   = "https://${var.domain}"
          })
          content {
            name  = env.key
            value = env.value
          }
        }
        env {
          name = "PGPASSWORD"
          value_source {
            secret_key_ref {
              secret  = var.secrets.migrator_password.secret
              version = var.secrets.migrator_password.version
            }
          }
        }
      }
    }
  }
  depends_on = [
    google_dns_record_set.postgres,
    google_secret_manager_secret_iam_member.migrator,
    google_sql_database.members,
    google_sql_user.migrator,
  ]
}
