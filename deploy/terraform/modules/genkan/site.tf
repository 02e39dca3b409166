# The instances.

locals {
  plain_environment = merge(local.postgres_environment, local.live_sessions_environment, {
    DATABASE_URL = "postgres://${local.site_account}@${local.postgres_host}/${local.database}"
    LAME_DUCK    = "0" # Cloud Run sends an ending instance no more requests
    MAIL_FROM    = var.mail_from
    METRICS_ADDR = "127.0.0.1:9000" # the collector in the same instance reads it, and nobody else can
    PUBLIC_URL   = "https://${var.domain}"
    TRUSTED_HOPS = "2" # the load balancer appends the client's address and its own
  })
  secret_environment = merge(
    {
      PGPASSWORD  = var.secrets.site_password
      SECRET_KEYS = var.secrets.secret_keys
      SMTP_URL    = var.secrets.smtp_url
    },
    {
      for version in google_secret_manager_secret_version.redis_url :
      "REDIS_URL" => { secret = google_secret_manager_secret.redis_url[0].secret_id, version = version.version }
    },
  )
}

resource "google_service_account" "site" {
  account_id   = "genkan-site"
  display_name = "Genkan's instances"
}

resource "google_secret_manager_secret_iam_member" "site" {
  for_each  = merge(local.secret_environment, { COLLECTOR = { secret = google_secret_manager_secret.collector.secret_id } })
  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.site.member
}

resource "google_cloud_run_v2_service" "site" {
  name                 = "genkan"
  location             = var.region
  ingress              = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  default_uri_disabled = true # the run.app address would go around the load balancer
  invoker_iam_disabled = true # browsers have no Google identity
  deletion_protection  = var.protected
  scaling {
    min_instance_count = var.instances.min
    max_instance_count = var.instances.max
  }
  template {
    service_account                  = google_service_account.site.email
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = var.instances.concurrency
    timeout                          = "30s"
    session_affinity                 = false # any instance answers any request
    vpc_access {
      egress = "PRIVATE_RANGES_ONLY"
      network_interfaces {
        network    = google_compute_network.main.id
        subnetwork = google_compute_subnetwork.instances.id
      }
    }
    containers {
      name  = "site"
      image = var.image
      ports {
        container_port = 8080
      }
      resources {
        limits            = { cpu = tostring(var.instances.cpu), memory = var.instances.memory }
        cpu_idle          = false # expired rows are deleted and metrics collected between requests
        startup_cpu_boost = true
      }
      startup_probe {
        http_get {
          path = "/health/ready"
        }
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 90 # the first connection through Direct VPC egress may take a minute
      }
      # No readiness probe: when a store fails, all instances would be withdrawn at once.
      liveness_probe {
        http_get {
          path = "/health/live"
        }
        period_seconds    = 10
        timeout_seconds   = 3
        failure_threshold = 3
      }
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
    containers {
      name       = "collector"
      image      = local.collector_image
      depends_on = ["site"]
      resources {
        limits   = { cpu = "500m", memory = "512Mi" }
        cpu_idle = false
      }
      volume_mounts {
        name       = "collector"
        mount_path = "/etc/rungmp"
      }
    }
    volumes {
      name = "collector"
      secret {
        secret = google_secret_manager_secret.collector.secret_id
        items {
          path    = "config.yaml"
          version = google_secret_manager_secret_version.collector.version
        }
      }
    }
  }
  # Stated, so that an apply takes back what was set by hand.
  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = 100
  }
  lifecycle {
    precondition {
      condition     = 2 * var.instances.max * local.pool_size + local.reserved_connections <= var.postgres.max_connections
      error_message = "While revisions change, twice ${var.instances.max} instances with ${local.pool_size} connections each and ${local.reserved_connections} others need more than ${var.postgres.max_connections} connections to Postgres."
    }
    precondition {
      condition     = 4 * var.instances.max <= pow(2, 32 - tonumber(split("/", var.instance_range)[1])) - 4
      error_message = "While revisions change, twice ${var.instances.max} instances with two addresses each need a larger range than ${var.instance_range}."
    }
  }
  depends_on = [
    google_cloud_run_v2_job.migrate,
    google_project_iam_member.metrics,
    google_project_iam_member.valkey,
    google_secret_manager_secret_iam_member.site,
    google_sql_user.site,
  ]
}
