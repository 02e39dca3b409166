# Commands of the staff, `genkan admin`, run where the stores can be reached:
#   gcloud run jobs execute genkan-admin --wait --args=admin,grant,hana@example.com

resource "google_cloud_run_v2_job" "admin" {
  name                = "genkan-admin"
  location            = var.region
  deletion_protection = false # it keeps nothing
  template {
    template {
      service_account = google_service_account.site.email
      max_retries     = 0
      timeout         = "600s"
      vpc_access {
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          network    = google_compute_network.main.id
          subnetwork = google_compute_subnetwork.instances.id
        }
      }
      containers {
        image = var.image
        args  = ["admin", "help"]
        dynamic "env" {
          for_each = local.plain_environment
          content {
            name  = env.key
            value = env.value
          }
        }
        dynamic "env" {
          for_each = local.secret_environment
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = env.value.secret
                version = env.value.version
              }
            }
          }
        }
      }
    }
  }
  depends_on = [google_cloud_run_v2_service.site]
}
