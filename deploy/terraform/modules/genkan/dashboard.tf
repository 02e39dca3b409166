# Three charts a row. The site's own metrics have the names that it shows at METRICS_ADDR.

locals {
  # The site's counters that have a label, a chart each.
  labelled_counters = {
    "Session checks"        = { metric = "session_checks_total", label = "result" }
    "Refreshes"             = { metric = "session_refreshes_total", label = "outcome" }
    "Refused refreshes"     = { metric = "session_refreshes_refused_total", label = "reason" }
    "Ended sessions"        = { metric = "session_ends_total", label = "reason" }
    "Log-ins"               = { metric = "log_ins_total", label = "result" }
    "Unauthorised requests" = { metric = "session_unauthorized_total", label = "reason" }
    "Refused requests"      = { metric = "requests_refused_total", label = "reason" }
    "Limits reached"        = { metric = "limits_reached_total", label = "limit" }
  }
  # Those without, several to a chart.
  plain_counters = {
    "Life of sessions" = {
      started  = "session_created_total"
      extended = "session_extensions_total"
      swept    = "session_swept_total"
    }
    "Signs of trouble" = {
      "replayed from elsewhere" = "session_replays_from_elsewhere_total"
      "not closed at once"      = "session_close_failures_total"
      "limited locally"         = "limits_local_total"
    }
  }
  # What else it shows: times, queues and states.
  other_metrics = {
    "Requests by route" = { unit = "1/s", queries = {
      "" = "sum by (route) (rate(http_request_duration_seconds_count[1m]))"
    } }
    "Routes, 99th percentile" = { unit = "s", queries = {
      "" = "histogram_quantile(0.99, sum by (le, route) (rate(http_request_duration_seconds_bucket[5m])))"
    } }
    "Failed operations of stores" = { unit = "1/s", queries = {
      "" = "sum by (store) (rate(store_operation_duration_seconds_count{result=\"error\"}[1m]))"
    } }
    "Operations of stores, 99th percentile" = { unit = "s", queries = {
      "" = "histogram_quantile(0.99, sum by (le, store) (rate(store_operation_duration_seconds_bucket[5m])))"
    } }
    "Mails" = { unit = "1/s", queries = {
      "" = "sum by (result) (rate(mail_delivery_duration_seconds_count[5m]))"
    } }
    "Queues of the fullest instance" = { unit = "10^2.%", queries = {
      "password hashes"         = "max(sum by (instance) (password_hashes) / on (instance) password_hashes_max)"
      "mails"                   = "max(outbox_mails / on (instance) outbox_mails_max)"
      "connections to Postgres" = "max(database_connections{state=\"used\"} / on (instance) database_connections_max)"
    } }
    "Requests that wait for a connection to Postgres" = { unit = "1", queries = {
      "" = "sum by (instance) (database_waiting)"
    } }
    "Clocks, ahead of Postgres'" = { unit = "s", queries = {
      "" = "max by (instance) (clock_difference_seconds)"
    } }
    "States" = { unit = "1", queries = {
      "live-session store not called"      = "max(session_store_circuit_open)"
      "Redis may evict"                    = "max(redis_may_evict)"
      "replicas of Redis"                  = "min(redis_connected_replicas)"
      "memory of Redis in use"             = "max(redis_memory_used_ratio)"
      "a commit waits for a second server" = "min(database_synchronous_standby)"
    } }
  }
  cloud_run = "monitored_resource=\"cloud_run_revision\",service_name=\"${google_cloud_run_v2_service.site.name}\""
  cloud_sql = "monitored_resource=\"cloudsql_database\",database_id=\"${var.project}:${google_sql_database_instance.members.name}\""
  stores = {
    valkey = {
      memory    = "memorystore_googleapis_com:instance_memory_maximum_utilization{monitored_resource=\"memorystore.googleapis.com/Instance\"}"
      processor = "memorystore_googleapis_com:instance_cpu_maximum_utilization{monitored_resource=\"memorystore.googleapis.com/Instance\"}"
    }
    redis = {
      memory = "redis_googleapis_com:stats_memory_usage_ratio{monitored_resource=\"redis_instance\"}"
    }
  }
  # For each chart its unit, and queries by their legends.
  charts = concat(
    [
      {
        title   = "Requests by class of status", unit = "1/s"
        queries = { "" = "sum by (response_code_class) (rate(run_googleapis_com:request_count{${local.cloud_run}}[1m]))" }
      },
      {
        title = "Latency", unit = "ms"
        queries = {
          for quantile in ["0.5", "0.95", "0.99"] :
          quantile => "histogram_quantile(${quantile}, sum by (le) (rate(run_googleapis_com:request_latencies_bucket{${local.cloud_run}}[1m])))"
        }
      },
      {
        title   = "Instances", unit = "1"
        queries = { "" = "sum by (state) (run_googleapis_com:container_instance_count{${local.cloud_run}})" }
      },
    ],
    [
      for title, counter in local.labelled_counters : {
        title   = title, unit = "1/s"
        queries = { "" = "sum by (${counter.label}) (rate(${counter.metric}[1m]))" }
      }
    ],
    [
      for title, counters in local.plain_counters : {
        title   = title, unit = "1/s"
        queries = { for legend, counter in counters : legend => "sum(rate(${counter}[1m]))" }
      }
    ],
    [for title, chart in local.other_metrics : merge({ title = title }, chart)],
    [
      {
        title   = "Connections to Postgres", unit = "1"
        queries = { "" = "sum(cloudsql_googleapis_com:database_postgresql_num_backends{${local.cloud_sql}})" }
      },
      {
        title = "Postgres", unit = "10^2.%"
        queries = {
          processor = "avg(cloudsql_googleapis_com:database_cpu_utilization{${local.cloud_sql}})"
          memory    = "avg(cloudsql_googleapis_com:database_memory_utilization{${local.cloud_sql}})"
          disk      = "avg(cloudsql_googleapis_com:database_disk_utilization{${local.cloud_sql}})"
        }
      },
    ],
    [
      for store in [for kind, store in local.stores : store if kind == var.live_sessions] : {
        title   = "Live-session store", unit = "10^2.%"
        queries = { for part, metric in store : part => "max(${metric})" }
      }
    ],
  )

  dashboard = {
    displayName = "Genkan"
    mosaicLayout = {
      columns = 48
      tiles = [
        for place, chart in local.charts : {
          xPos   = place % 3 * 16
          yPos   = floor(place / 3) * 16
          width  = 16
          height = 16
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [
                for legend, query in chart.queries : {
                  plotType        = "LINE"
                  targetAxis      = "Y1"
                  legendTemplate  = legend
                  timeSeriesQuery = { prometheusQuery = query, unitOverride = chart.unit }
                }
              ]
              yAxis = { scale = "LINEAR" }
            }
          }
        }
      ]
    }
  }
}
