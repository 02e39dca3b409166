mock_provider "google" {
  source = "./tests/mocks"
}

run "the_site_is_reached_through_the_load_balancer_only" {
  assert {
    condition     = google_cloud_run_v2_service.site.ingress == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" && google_cloud_run_v2_service.site.default_uri_disabled
    error_message = "the service has an address that goes around the load balancer and Cloud Armor"
  }
  assert {
    condition     = google_compute_backend_service.site.security_policy == google_compute_security_policy.site.id
    error_message = "the load balancer has no security policy"
  }
  assert {
    condition     = one([for rule in google_compute_security_policy.site.rule : rule.action if rule.priority == 2147483647]) == "allow"
    error_message = "Cloud Armor needs a last rule for all other requests"
  }
  assert {
    condition     = google_compute_global_forwarding_rule.site["80"].target == google_compute_target_http_proxy.redirect.id && google_compute_url_map.redirect.default_url_redirect[0].https_redirect
    error_message = "plain HTTP must be redirected, never served"
  }
  assert {
    condition     = google_compute_ssl_policy.site.min_tls_version == "TLS_1_2" && google_compute_target_https_proxy.site.ssl_policy == google_compute_ssl_policy.site.id
    error_message = "TLS older than 1.2 is accepted"
  }
}

run "an_instance_gets_its_settings_and_secrets_by_version" {
  command = plan
  assert {
    condition = {
      for env in google_cloud_run_v2_service.site.template[0].containers[0].env : env.name => env.value if length(env.value_source) == 0
      } == {
      DATABASE_URL   = "postgres://genkan_site@1a2b.3c4d.asia-northeast1.sql-psa.goog/genkan"
      LAME_DUCK      = "0"
      LIVE_SESSIONS  = "redis"
      MAIL_FROM      = "Genkan <genkan@example.com>"
      METRICS_ADDR   = "127.0.0.1:9000"
      PGSSLROOTCERT  = "CA OF POSTGRES"
      PUBLIC_URL     = "https://members.example.com"
      REDIS_AUTH     = "google-iam"
      REDIS_CA       = "CA OF\nVALKEY"
      REDIS_TLS_NAME = "any"
      REDIS_URL      = "rediss://10.10.1.2:6379"
      TRUSTED_HOPS   = "2"
    }
    error_message = "an instance has other settings: the primary of Valkey over TLS, Postgres by the name in its certificate"
  }
  assert {
    condition = {
      for env in google_cloud_run_v2_service.site.template[0].containers[0].env : env.name => env.value_source[0].secret_key_ref[0].version if length(env.value_source) > 0
    } == { PGPASSWORD = "2", SECRET_KEYS = "3", SMTP_URL = "4" }
    error_message = "secrets are pinned to versions"
  }
}

run "every_setting_is_one_that_the_site_knows" {
  command = plan
  assert {
    condition = [] == [
      for env in google_cloud_run_v2_service.site.template[0].containers[0].env : env.name
      if !strcontains(file("../../../../README.md"), "| `${env.name}`") && !strcontains(file("../../../../docs/postgres.md"), "`${env.name}`")
    ]
    error_message = "a variable is neither in the table of README.md nor in docs/postgres.md"
  }
}

run "an_instance_is_started_when_it_is_ready_and_kept_while_a_store_is_down" {
  command = plan
  assert {
    condition     = google_cloud_run_v2_service.site.template[0].containers[0].startup_probe[0].http_get[0].path == "/health/ready"
    error_message = "the first request would wait for the network"
  }
  assert {
    condition     = google_cloud_run_v2_service.site.template[0].containers[0].startup_probe[0].failure_threshold * google_cloud_run_v2_service.site.template[0].containers[0].startup_probe[0].period_seconds >= 60
    error_message = "the first connection through Direct VPC egress may take a minute"
  }
  assert {
    condition     = google_cloud_run_v2_service.site.template[0].containers[0].liveness_probe[0].http_get[0].path == "/health/live" && length(google_cloud_run_v2_service.site.template[0].containers[0].readiness_probe) == 0
    error_message = "instances would be replaced or withdrawn when a store is down, all at once"
  }
  assert {
    condition     = google_cloud_run_v2_service.site.traffic[0].type == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST" && google_cloud_run_v2_service.site.traffic[0].percent == 100
    error_message = "after going back by hand, the next revision would get no requests"
  }
  assert {
    condition     = google_cloud_run_v2_service.site.scaling[0].min_instance_count == 2 && !google_cloud_run_v2_service.site.template[0].containers[0].resources[0].cpu_idle
    error_message = "two instances run, between requests as well"
  }
}

run "an_image_is_named_by_its_digest" {
  command = plan
  variables {
    image = "asia-northeast1-docker.pkg.dev/example-project/genkan/genkan:latest"
  }
  expect_failures = [var.image]
}

run "secrets_have_no_moving_version" {
  command = plan
  variables {
    secrets = {
      migrator_password = { secret = "genkan-migrator-password", version = "1" }
      site_password     = { secret = "genkan-site-password", version = "2" }
      secret_keys       = { secret = "genkan-secret-keys", version = "latest" }
      smtp_url          = { secret = "genkan-smtp-url", version = "4" }
    }
  }
  expect_failures = [var.secrets]
}

run "a_domain_is_a_host_name" {
  command = plan
  variables {
    domain = "https://members.example.com/"
  }
  expect_failures = [var.domain]
}

run "no_more_instances_than_postgres_has_connections_for" {
  command = plan
  variables {
    instances = { max = 25 }
  }
  expect_failures = [google_cloud_run_v2_service.site]
}

run "no_more_instances_than_the_network_has_addresses_for" {
  command = plan
  variables {
    instance_range = "10.10.0.0/26"
  }
  expect_failures = [google_cloud_run_v2_service.site]
}

run "the_network_of_instances_is_large_enough_for_direct_vpc_egress" {
  command = plan
  variables {
    instance_range = "10.10.0.0/27"
  }
  expect_failures = [var.instance_range]
}

run "one_instance_is_kept" {
  command = plan
  variables {
    instances = { min = 0 }
  }
  expect_failures = [var.instances]
}

run "alerts_are_those_of_prometheus_and_link_to_the_runbook" {
  command = plan
  assert {
    condition     = google_monitoring_alert_policy.rule["SessionStoreFailing"].severity == "CRITICAL" && google_monitoring_alert_policy.rule["SessionStoreFailing"].conditions[0].condition_prometheus_query_language[0].duration == "120s"
    error_message = "an alert has the severity and the patience of its rule"
  }
  assert {
    condition     = google_monitoring_alert_policy.rule["SessionStoreFailing"].documentation[0].links[0].url == "https://example.com/docs/operations.md#sessionstorefailing"
    error_message = "an alert links to its paragraph"
  }
  assert {
    condition = alltrue([
      for name in concat(keys(local.google_alerts), ["SiteUnreachable"]) : strcontains(file("../../../../docs/cloud-run.md"), "### ${name}\n")
    ])
    error_message = "docs/cloud-run.md has a paragraph for each alert that Prometheus does not have"
  }
  assert {
    condition     = alltrue([for name in local.left_out : contains([for rule in local.rules : rule.alert], name)])
    error_message = "an alert is left out that there is not"
  }
}

run "charts_know_the_store" {
  variables {
    live_sessions = "postgres"
  }
  assert {
    condition     = !strcontains(google_monitoring_dashboard.site.dashboard_json, "memorystore")
    error_message = "there is no live-session store to watch beside Postgres"
  }
}

run "every_metric_of_the_site_has_a_chart" {
  command = plan
  assert {
    condition = [] == [
      for metric in flatten([
        for source in flatten([for folder in ["app", "server", "server/domain"] : [for file in fileset("../../../../${folder}/src", "**/*.rs") : "../../../../${folder}/src/${file}"]]) : [
          for described in regexall("describe_[a-z]+!\\(\\s*([A-Z_]+)", file(source)) :
          regexall("const ${described[0]}: &str = \"([a-z_]+)\"", file(source))[0]
        ]
      ]) : metric if !strcontains(google_monitoring_dashboard.site.dashboard_json, metric)
    ]
    error_message = "a metric of the site is in no chart"
  }
}
