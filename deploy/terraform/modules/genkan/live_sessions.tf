# Where it is kept which sessions are valid right now. Each store refuses writes when it is full: one that evicts would
# forget that a session has ended. None persists: a store that lost everything logs nobody out.

locals {
  live_sessions_environment = {
    valkey = {
      LIVE_SESSIONS = "redis"
      REDIS_AUTH    = "google-iam"
      # The authority signs for this instance alone, and its certificates name addresses only in their subjects.
      REDIS_TLS_NAME = "any"
      REDIS_URL      = one([for primary in local.valkey_primaries : "rediss://${primary.ip_address}:${primary.port}"])
      REDIS_CA = join("\n", flatten([
        for valkey in google_memorystore_instance.sessions :
        [for authority in valkey.managed_server_ca : authority.ca_certs[*].certificates]
      ]))
    }
    redis = {
      LIVE_SESSIONS  = "redis"
      REDIS_TLS_NAME = "any"
      REDIS_CA       = join("\n", flatten([for redis in google_redis_instance.sessions : redis.server_ca_certs[*].cert]))
    }
    postgres = {
      LIVE_SESSIONS = "postgres"
    }
  }[var.live_sessions]

  # There are two endpoints, in any order, and the reader's refuses writes.
  valkey_primaries = [
    for connection in flatten([
      for endpoint in flatten(google_memorystore_instance.sessions[*].endpoints) : endpoint.connections[*].psc_auto_connection
    ]) : connection if connection.connection_type == "CONNECTION_TYPE_PRIMARY"
  ]
}

# ---- Valkey

resource "google_compute_subnetwork" "stores" {
  count         = var.live_sessions == "valkey" ? 1 : 0
  name          = "genkan-stores"
  network       = google_compute_network.main.id
  region        = var.region
  ip_cidr_range = var.store_range
}

resource "google_network_connectivity_service_connection_policy" "valkey" {
  count         = var.live_sessions == "valkey" ? 1 : 0
  name          = "genkan-valkey"
  location      = var.region
  network       = google_compute_network.main.id
  service_class = "gcp-memorystore"
  psc_config {
    subnetworks = google_compute_subnetwork.stores[*].id
  }
}

resource "google_memorystore_instance" "sessions" {
  count                       = var.live_sessions == "valkey" ? 1 : 0
  instance_id                 = "genkan-sessions"
  location                    = var.region
  engine_version              = "VALKEY_9_0"
  mode                        = "CLUSTER_DISABLED"
  node_type                   = var.valkey.node_type
  shard_count                 = 1
  replica_count               = var.valkey.replicas
  authorization_mode          = "IAM_AUTH"
  transit_encryption_mode     = "SERVER_AUTHENTICATION"
  server_ca_mode              = "GOOGLE_MANAGED_PER_INSTANCE_CA"
  deletion_protection_enabled = var.protected
  engine_configs = {
    "maxmemory-policy" = "noeviction" # the default is volatile-lru
  }
  desired_auto_created_endpoints {
    network    = google_compute_network.main.id
    project_id = var.project
  }
  zone_distribution_config {
    mode = "MULTI_ZONE"
  }
  persistence_config {
    mode = "DISABLED"
  }
  maintenance_policy {
    weekly_maintenance_window {
      day = "SUNDAY"
      start_time {
        hours = 18
      }
    }
  }
  depends_on = [google_network_connectivity_service_connection_policy.valkey]
}

resource "google_project_iam_member" "valkey" {
  count   = var.live_sessions == "valkey" ? 1 : 0
  project = var.project
  role    = "roles/memorystore.dbConnectionUser"
  member  = google_service_account.site.member
}

# ---- Redis

resource "google_redis_instance" "sessions" {
  count                   = var.live_sessions == "redis" ? 1 : 0
  name                    = "genkan-sessions"
  region                  = var.region
  redis_version           = "REDIS_7_2"
  tier                    = var.redis.tier
  memory_size_gb          = var.redis.memory_gb
  authorized_network      = google_compute_network.main.id
  connect_mode            = "PRIVATE_SERVICE_ACCESS"
  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"
  deletion_protection     = var.protected
  redis_configs = {
    "maxmemory-policy" = "noeviction" # the default is volatile-lru
  }
  persistence_config {
    persistence_mode = "DISABLED"
  }
  maintenance_policy {
    weekly_maintenance_window {
      day = "SUNDAY"
      start_time {
        hours = 18
      }
    }
  }
  depends_on = [google_service_networking_connection.services]
}

# The password is Google's, and the provider keeps it in the state, which must therefore be private.
resource "google_secret_manager_secret" "redis_url" {
  count     = var.live_sessions == "redis" ? 1 : 0
  secret_id = "genkan-redis-url"
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "redis_url" {
  count       = var.live_sessions == "redis" ? 1 : 0
  secret      = google_secret_manager_secret.redis_url[0].id
  secret_data = "rediss://:${google_redis_instance.sessions[0].auth_string}@${google_redis_instance.sessions[0].host}:${google_redis_instance.sessions[0].port}"
}
