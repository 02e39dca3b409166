# What the check must refuse although it fits the schema; check.py looks for each.

resource "google_memorystore_instance" "value_that_is_not_documented" {
  instance_id        = "sessions"
  location           = "asia-northeast1"
  shard_count        = 1
  authorization_mode = "IAM"
}

resource "google_monitoring_dashboard" "field_that_cloud_monitoring_does_not_know" {
  dashboard_json = jsonencode({ displayNam = "Genkan" })
}

resource "google_monitoring_alert_policy" "query_that_is_not_promql" {
  display_name = "Genkan"
  combiner     = "OR"
  conditions {
    display_name = "Genkan"
    condition_prometheus_query_language {
      query = "sum(rate(session_checks_total[5m])"
    }
  }
}

resource "google_sql_database_instance" "value_that_is_documented_in_a_sentence" {
  database_version = "POSTGRES_17"
  settings {
    tier    = "db-custom-1-3840"
    edition = "PREMIUM"
  }
}
