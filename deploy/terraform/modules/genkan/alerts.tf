# What somebody has to look at: now (CRITICAL) or this week (WARNING). Durations keep a short disturbance from alerting.

locals {
  alerts = merge(local.general_alerts, lookup(local.store_alerts, var.live_sessions, {}))

  general_alerts = {
    RequestsFail = {
      summary  = "More than 1 % of requests fail with a status of 500 or above."
      severity = "CRITICAL"
      duration = "120s"
      query    = "sum(rate(run_googleapis_com:request_count{${local.cloud_run},response_code_class=\"5xx\"}[5m])) / sum(rate(run_googleapis_com:request_count{${local.cloud_run}}[5m])) > 0.01"
    }
    RequestsAreSlow = {
      summary  = "5 % of requests take longer than a second."
      severity = "WARNING"
      duration = "600s"
      query    = "histogram_quantile(0.95, sum by (le) (rate(run_googleapis_com:request_latencies_bucket{${local.cloud_run}}[5m]))) > 1000"
    }
    InstancesAtTheirMaximum = {
      summary  = "As many instances run as are allowed."
      severity = "WARNING"
      duration = "600s"
      query    = "sum(run_googleapis_com:container_instance_count{${local.cloud_run}}) >= ${var.instances.max}"
    }
    SessionStoreFailing = {
      summary  = "More than 1 % of session checks get no answer from the live-session store."
      severity = "CRITICAL"
      duration = "120s"
      query    = "sum(rate(session_checks_total{result=\"store_error\"}[5m])) / sum(rate(session_checks_total[5m])) > 0.01"
    }
    SessionsEndByReuse = {
      summary  = "More than three sessions ended in 15 minutes because a refresh token was used again."
      severity = "WARNING"
      duration = "0s"
      query    = "sum(increase(session_ends_total{reason=\"reuse\"}[15m])) > 3"
    }
    LogInsFail = {
      summary  = "Most log-ins have failed for 15 minutes: somebody may be guessing passwords."
      severity = "WARNING"
      duration = "900s"
      query    = "sum(rate(log_ins_total{result=~\"bad_credentials|limited\"}[5m])) > 4 * sum(rate(log_ins_total{result=\"success\"}[5m])) + 0.1"
    }
    PostgresConnectionsRunOut = {
      summary  = "Four fifths of the connections to Postgres are in use."
      severity = "WARNING"
      duration = "300s"
      query    = "sum(cloudsql_googleapis_com:database_postgresql_num_backends{${local.cloud_sql}}) > ${0.8 * var.postgres.max_connections}"
    }
    PostgresIsBusy = {
      summary  = "Postgres has used four fifths of its processors for 15 minutes."
      severity = "WARNING"
      duration = "900s"
      query    = "avg(cloudsql_googleapis_com:database_cpu_utilization{${local.cloud_sql}}) > 0.8"
    }
  }

  # A full store refuses new sessions.
  store_alerts = {
    for kind, store in local.stores : kind => {
      SessionStoreFills = {
        summary  = "Three quarters of the live-session store's memory are in use."
        severity = "CRITICAL"
        duration = "300s"
        query    = "max(${store.memory}) > 0.75"
      }
    }
  }
}
