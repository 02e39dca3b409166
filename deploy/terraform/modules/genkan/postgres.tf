# Postgres, where members and sessions are.

locals {
  database         = "genkan"
  migrator_account = "genkan_migrator"
  site_account     = "genkan_site"
  serving_role     = "genkan_serving"
  # Postgres is verified by this name, which the certificate contains. It has no public record.
  postgres_host = one([
    for name in google_sql_database_instance.members.dns_names : trimsuffix(name.name, ".")
    if name.connection_type == "PRIVATE_SERVICES_ACCESS" && name.dns_scope == "INSTANCE"
  ])
  # sqlx reads a certificate from this variable as well as the name of a file.
  postgres_environment = {
    PGSSLROOTCERT = join("\n", google_sql_database_instance.members.server_ca_cert[*].cert)
  }
  postgres_flags = {
    log_lock_waits  = "on"
    log_statement   = "ddl" # never statements with what members typed
    max_connections = tostring(var.postgres.max_connections)
  }
  # What an instance may open (POOL_SIZE in server/src/postgres/mod.rs), and what migrations, operators and Cloud SQL
  # itself need.
  pool_size            = 10
  reserved_connections = 20
}

resource "google_sql_database_instance" "members" {
  name                = var.postgres.name
  region              = var.region
  database_version    = "POSTGRES_17"
  deletion_protection = var.protected
  settings {
    edition                     = var.postgres.edition
    tier                        = var.postgres.tier
    availability_type           = var.postgres.availability_type
    disk_type                   = "PD_SSD"
    disk_autoresize             = true
    deletion_protection_enabled = var.protected
    retain_backups_on_delete    = true
    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.main.id
      ssl_mode        = "ENCRYPTED_ONLY"
      # Certificates of an authority for each instance, the default, contain no name that could be verified.
      server_ca_mode = "GOOGLE_MANAGED_CAS_CA"
    }
    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      start_time                     = "17:00"
      backup_retention_settings {
        retained_backups = var.postgres.retained_backups
      }
    }
    insights_config {
      query_insights_enabled  = true
      record_application_tags = false
      record_client_address   = false
    }
    dynamic "database_flags" {
      for_each = local.postgres_flags
      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
    maintenance_window {
      day          = 7
      hour         = 18
      update_track = "stable"
    }
  }
  depends_on = [google_service_networking_connection.services]
}

resource "google_sql_database" "members" {
  name     = local.database
  instance = google_sql_database_instance.members.name
}

# Owns the tables. Only the migration job knows its password.
resource "google_sql_user" "migrator" {
  name                = local.migrator_account
  instance            = google_sql_database_instance.members.name
  password_wo         = var.database_passwords == null ? null : var.database_passwords.migrator
  password_wo_version = tonumber(var.secrets.migrator_password.version)
  deletion_policy     = "ABANDON" # it owns the tables; it goes with the instance
}

# Reads and writes rows. Without database_roles, Cloud SQL would make it a member of cloudsqlsuperuser, and the serving
# role exists once the migrations have run.
resource "google_sql_user" "site" {
  name                = local.site_account
  instance            = google_sql_database_instance.members.name
  password_wo         = var.database_passwords == null ? null : var.database_passwords.site
  password_wo_version = tonumber(var.secrets.site_password.version)
  database_roles      = [local.serving_role]
  deletion_policy     = "ABANDON"
  depends_on          = [google_cloud_run_v2_job.migrate]
}

# Cloud SQL puts the instance's name into its certificate, but into no DNS.
resource "google_dns_managed_zone" "postgres" {
  name        = "genkan-postgres"
  dns_name    = "sql-psa.goog."
  description = "The name in the certificate of Postgres"
  visibility  = "private"
  private_visibility_config {
    networks {
      network_url = google_compute_network.main.id
    }
  }
}

resource "google_dns_record_set" "postgres" {
  managed_zone = google_dns_managed_zone.postgres.name
  name         = "${local.postgres_host}."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_sql_database_instance.members.private_ip_address]
}
