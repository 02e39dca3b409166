# The site's metrics get to Cloud Monitoring by a collector beside each instance. A dashboard shows them, and alerts go to
# one address.

locals {
  collector_image = "us-docker.pkg.dev/cloud-ops-agents-artifacts/cloud-run-gmp-sidecar/cloud-run-gmp-sidecar:1.2.0"
}

resource "google_project_iam_member" "metrics" {
  project = var.project
  role    = "roles/monitoring.metricWriter"
  member  = google_service_account.site.member
}

# Not secret, but the collector takes its configuration from a mounted secret only.
resource "google_secret_manager_secret" "collector" {
  secret_id = "genkan-collector"
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "collector" {
  secret = google_secret_manager_secret.collector.id
  secret_data = yamlencode({
    apiVersion = "monitoring.googleapis.com/v1beta"
    kind       = "RunMonitoring"
    metadata   = { name = "genkan" }
    spec = {
      endpoints    = [{ port = 9000, path = "/metrics", interval = "30s" }]
      targetLabels = { metadata = ["instance", "revision", "service"] }
    }
  })
}

resource "google_monitoring_notification_channel" "email" {
  display_name = "Genkan's operators"
  type         = "email"
  labels       = { email_address = var.alert_email }
}

resource "google_monitoring_alert_policy" "rule" {
  for_each              = local.alerts
  display_name          = "Genkan: ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [google_monitoring_notification_channel.email.id]
  conditions {
    display_name = each.value.summary
    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = "${60 * each.value.minutes}s"
      evaluation_interval       = "30s"
      rule_group                = "genkan"
      alert_rule                = each.key
      disable_metric_validation = true # a metric is unknown until it was first written
    }
  }
  documentation {
    content = each.value.summary
    links {
      display_name = "Runbook"
      url          = "${var.docs}/${each.value.runbook}"
    }
  }
}

# Asks as a browser does, through DNS, certificate and load balancer.
resource "google_monitoring_uptime_check_config" "site" {
  display_name = "Genkan from outside"
  period       = "60s"
  timeout      = "10s"
  http_check {
    path         = "/health/ready"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = var.domain }
  }
}

resource "google_monitoring_alert_policy" "unreachable" {
  display_name          = "Genkan: SiteUnreachable"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [google_monitoring_notification_channel.email.id]
  documentation {
    content = "The site does not answer from outside"
    links {
      display_name = "Runbook"
      url          = "${var.docs}/cloud-run.md#siteunreachable"
    }
  }
  conditions {
    display_name = "The site does not answer from outside"
    condition_threshold {
      filter          = "resource.type = \"uptime_url\" AND metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id = \"${google_monitoring_uptime_check_config.site.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }
}

resource "google_monitoring_dashboard" "site" {
  dashboard_json = jsonencode(local.dashboard)
}
